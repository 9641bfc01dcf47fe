//! CloseBooks: a year at a time, in their order (ordinance on the designated body,
//! art. 11).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::book_year;
use jcm_format::event::Effect;
use jcm_format::time::Year;

pub(super) fn decide(case: &Case<'_>, year: Year) -> Decision {
    let books = case.state.books();
    let book = books.year(year);
    if book.is_some_and(|book| book.closed.is_some()) {
        return reject(Reason::BooksClosed, year);
    }
    if book_year(case.today) <= year {
        return reject(Reason::BooksYearOpen, year);
    }
    if let Some(earlier) = books.open_before(year) {
        return reject(Reason::BooksEarlierOpen, earlier);
    }
    // After this point the command is accepted.
    let totals = book.map(|book| book.totals).unwrap_or_default();
    Ok(vec![Effect::BooksClosed { year, totals }])
}

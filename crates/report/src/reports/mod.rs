//! The reports that are tables: what they are called, what may be asked of them,
//! and how they are made of the entries (`docs/reports.md`).
//!
//! A report is made in two steps: a [`Maker`] reads entries up to the cut-off, and the
//! [`Made`] report gives its rows one after the other. Sums are checked before the first
//! row is given: a report that does not add up is not given at all.

mod article6;
mod balance;
mod holdings;
mod issuances;
mod query;
mod served;
mod statement;
mod uses;

pub use query::{Query, QueryError, ReportKind};

use crate::account_book::{AccountBook, BookError};
use crate::aef::{AefError, AefFold, Request};
use crate::fold::FoldError;
use crate::register::Register;
use crate::rows::{Cell, Column, Head, Row, Rows};
use jcm_format::amount::Tonnes;
use jcm_format::entry::Entry;
use jcm_format::time::{Date, Year};
use jcm_ledger::law;
use statement::Lately;
use std::sync::Arc;

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportFault {
    /// The entries do not add up.
    #[error("the entries do not add up")]
    Fold(#[from] FoldError),
    /// The entries do not make an account's book.
    #[error("the entries do not make the account's book")]
    Book(#[from] BookError),
    /// What was issued is not what is held, retired and cancelled.
    #[error(
        "{what}: issued are {issued_tonnes} t, but held, retired and cancelled are together {found_tonnes} t"
    )]
    Unbalanced {
        /// Of what: a project and vintage, or everything.
        what: String,
        /// What was issued.
        issued_tonnes: u64,
        /// What there is.
        found_tonnes: u64,
    },
    /// The account was not opened before the cut-off.
    #[error("account {0} was not opened by the cut-off")]
    NoAccount(jcm_format::id::AccountNumber),
    /// The entries do not give the report on Article 6.
    #[error(transparent)]
    Article6(#[from] AefError),
    /// The report on Article 6 does not pass its checks.
    #[error("the report on Article 6 does not pass its checks: {0}")]
    Unchecked(String),
}

/// Reads the entries of which a report is made.
#[derive(Debug, Clone)]
pub struct Maker {
    query: Query,
    register: Register,
    book: Option<(AccountBook, Lately)>,
    article6: Option<article6::Reading>,
    done: bool,
}

impl Maker {
    /// A report of which nothing was read yet.
    ///
    /// # Errors
    ///
    /// When the query asks what the report does not answer.
    pub fn new(query: Query) -> Result<Maker, QueryError> {
        query.check()?;
        let book = query.account.filter(|_| query.kind == ReportKind::Statement);
        let book = book.map(|account| (AccountBook::new(account), Lately::default()));
        let article6 = article6::table(query.kind).zip(query.year);
        let article6 = article6.map(|(table, year)| {
            let wanted = "give an earlier year";
            let request = Request::due(year).ok_or(QueryError { field: "year", wanted })?;
            Ok(article6::Reading { table, fold: AefFold::new(year), request })
        });
        let article6 = article6.transpose()?;
        Ok(Maker { query, register: Register::new(), book, article6, done: false })
    }

    /// Takes the next entry. False once the cut-off is reached: neither it nor what
    /// follows is part of the report.
    ///
    /// # Errors
    ///
    /// When the entry cannot follow those before.
    pub fn apply(&mut self, entry: &Entry) -> Result<bool, ReportFault> {
        self.done = self.done || !self.query.cut.admits(entry);
        if self.done {
            return Ok(false);
        }
        self.register.apply(entry)?;
        if let Some((book, lately)) = &mut self.book {
            lately.begin(entry);
            book.apply(entry, lately)?;
            lately.end(entry);
        }
        if let Some(reading) = &mut self.article6 {
            reading.fold.apply(entry)?;
        }
        Ok(true)
    }

    /// How many entries were read.
    pub fn entries(&self) -> u64 {
        self.register.entries()
    }

    /// The report of the entries read.
    pub fn finish(self) -> Made {
        let head = head(&self.register, &self.query);
        let article6 = self.article6.map(article6::Reading::finish);
        let register = Arc::new(self.register);
        Made { head, query: self.query, register, book: self.book, article6 }
    }
}

fn head(register: &Register, query: &Query) -> Head {
    let day = register.last_time().map_or(Date::FIRST, |time| time.date_in_japan());
    Head {
        report: query.kind.word().to_owned(),
        title_ja: query.kind.title_ja().to_owned(),
        title_en: query.kind.title_en().to_owned(),
        basis: basis(query.kind, day),
        registry: register.origin().map_or_else(String::new, ToString::to_string),
        entries: register.entries(),
        last_entry_time: register.last_time(),
        cut: query.cut.to_string(),
        asked: query.asked(),
    }
}

/// The provisions on which a report rests, under their numbers of a day.
fn basis(kind: ReportKind, day: Date) -> String {
    let cited = kind.provisions().iter().map(|key| law::citation(key, day));
    let mut cited: Vec<&str> = cited.filter(|citation| !citation.is_empty()).collect();
    cited.extend(kind.outside_provisions());
    cited.join("、")
}

/// A report.
#[derive(Debug, Clone)]
pub struct Made {
    head: Head,
    query: Query,
    register: Arc<Register>,
    book: Option<(AccountBook, Lately)>,
    article6: Option<article6::Submitted>,
}

impl Made {
    /// Another report of the same entries; a statement and a table of Article 6 are of none
    /// but their own.
    ///
    /// # Errors
    ///
    /// When the query asks what the report does not answer.
    pub fn another(&self, query: Query) -> Result<Made, QueryError> {
        let query = Query { cut: self.query.cut, ..query };
        query.check()?;
        if query.kind == ReportKind::Statement || article6::table(query.kind).is_some() {
            return Err(QueryError { field: "report", wanted: "ask for this report by itself" });
        }
        let head = head(&self.register, &query);
        let register = Arc::clone(&self.register);
        Ok(Made { head, query, register, book: None, article6: None })
    }

    /// What it is about, and what it was made of.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Its columns.
    pub fn columns(&self) -> &'static [Column] {
        self.query.kind.columns()
    }

    /// Its rows.
    ///
    /// # Errors
    ///
    /// When the figures do not add up.
    pub fn rows(&self) -> Result<Rows<'_>, ReportFault> {
        let (register, query) = (&self.register, &self.query);
        match query.kind {
            ReportKind::Holdings => holdings::rows(register, query),
            ReportKind::Balance => balance::rows(register),
            ReportKind::Issuances => issuances::rows(register, query),
            ReportKind::Uses => uses::rows(register, query),
            ReportKind::Shk => served::shk(register, query),
            ReportKind::ShkForm => served::shk_form(register, query),
            ReportKind::GxEts => served::gx_ets(register, query),
            ReportKind::Statement => match &self.book {
                Some((book, _)) => statement::rows(book, register, query),
                // Only a statement has one, and it always does.
                None => Ok(Box::new(std::iter::empty())),
            },
            ReportKind::AefSubmission
            | ReportKind::AefAuthorizations
            | ReportKind::AefActions
            | ReportKind::AefHoldings
            | ReportKind::AefEntities => match &self.article6 {
                Some(submitted) => submitted.rows(),
                // The same as of a statement.
                None => Ok(Box::new(std::iter::empty())),
            },
        }
    }
}

/// What a row is: a figure, or a sum of those before it.
pub(crate) const ITEM: &str = "item";
/// The sum of the items since the subtotal before.
pub(crate) const SUBTOTAL: &str = "subtotal";
/// The sum of all items.
pub(crate) const TOTAL: &str = "total";

pub(crate) const ROW: Column =
    Column { key: "row", ja: "行の種類", en: "item, subtotal or total" };
pub(crate) const PARTNER: Column =
    Column { key: "partner", ja: "パートナー国", en: "partner country, ISO 3166-1 alpha-2" };
pub(crate) const PROJECT: Column =
    Column { key: "project", ja: "プロジェクト", en: "project" };
pub(crate) const VINTAGE: Column =
    Column { key: "vintage", ja: "削減・吸収の年", en: "calendar year of the reductions" };
pub(crate) const CLASS: Column =
    Column { key: "class", ja: "法的区分", en: "legal class: A, B1, B2 or C" };
pub(crate) const ACCOUNT: Column = Column { key: "account", ja: "口座番号", en: "account" };
pub(crate) const QUANTITY: Column = Column {
    key: "quantity_tonnes",
    ja: "数量（トン）",
    en: "quantity in tonnes of CO2 equivalent",
};

/// Whether a day lies between two, where they are given.
fn is_within(day: Date, from: Option<Date>, to: Option<Date>) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

fn sum(amounts: impl IntoIterator<Item = Tonnes>) -> Result<Tonnes, ReportFault> {
    Tonnes::checked_sum(amounts).ok_or(ReportFault::Fold(FoldError::Overflow))
}

/// A row of a sum: its word, empty cells, and the sum at the end.
fn sum_row(word: &str, columns: &[Column], tonnes: Tonnes) -> Row {
    let mut row: Row = vec![Cell::Empty; columns.len()];
    if let Some(first) = row.first_mut() {
        *first = word.into();
    }
    let of = columns.iter().position(|column| column.key == QUANTITY.key);
    if let Some(cell) = of.and_then(|position| row.get_mut(position)) {
        *cell = tonnes.into();
    }
    row
}

fn year_cell(year: Option<Year>) -> Cell {
    year.map_or(Cell::Empty, Cell::from)
}

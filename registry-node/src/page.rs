//! Pages of lists, and dates that requests give. A token says after which item the next page begins, so that
//! what is added or removed in between neither repeats nor hides the rest.

use crate::status::Refusal;
use jcm_format::hash::to_hex;
use jcm_format::time::{Date, Year};

/// Items on a page when the request does not say.
const PAGE_DEFAULT: usize = 50;
/// Most items on a page; a larger wish gets this many.
pub(crate) const PAGE_MAX: usize = 500;
/// A token is the hexadecimal of a short key.
const TOKEN_BYTES_MAX: usize = 512;

/// How many items to give.
pub(crate) fn page_size(wish: u32) -> usize {
    match usize::try_from(wish) {
        Ok(0) => PAGE_DEFAULT,
        Ok(wish) => wish.min(PAGE_MAX),
        Err(_) => PAGE_MAX,
    }
}

/// The token for the page after the item with this key, for lists of one kind.
pub(crate) fn token(kind: &str, last: impl std::fmt::Display) -> String {
    to_hex(format!("{kind}:{last}").as_bytes())
}

/// Reads a token of a list of this kind: the key of the item that was last on
/// the page before, or `None` for the first page.
pub(crate) fn after<T>(
    kind: &str,
    token: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    let wrong = || Refusal::Argument {
        field: "page_token",
        wanted: "give the next_page_token of the same list, or nothing for the first page"
            .to_owned(),
    };
    let text = from_hex(token).ok_or_else(wrong)?;
    let key = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':'));
    key.and_then(parse).map(Some).ok_or_else(wrong)
}

fn from_hex(token: &str) -> Option<String> {
    if TOKEN_BYTES_MAX < token.len() || !token.len().is_multiple_of(2) || !token.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..token.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(token.get(i..i + 2)?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

/// Takes a page from items that come after the key, and the token for the next
/// page, which is empty when there is none.
pub(crate) fn take<T, K: std::fmt::Display>(
    items: impl Iterator<Item = T>,
    size: usize,
    kind: &str,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, String) {
    let mut page: Vec<T> = items.take(size.saturating_add(1)).collect();
    if page.len() <= size {
        return (page, String::new());
    }
    page.truncate(size);
    let next = page.last().map_or_else(String::new, |last| token(kind, key(last)));
    (page, next)
}

/// Longest answer that is not a page: what gRPC clients take without being told to.
const ANSWER_BYTES_MAX: usize = 4_000_000;

/// Refuses an answer that is longer than clients take.
pub(crate) fn check_length(
    answer: &impl prost::Message,
    field: &'static str,
    instead: &str,
) -> Result<(), Refusal> {
    if answer.encoded_len() <= ANSWER_BYTES_MAX {
        return Ok(());
    }
    Err(Refusal::TooMuch { field, wanted: format!("the answer would be too long; {instead}") })
}

/// A year of a request; 0 = none.
pub(crate) fn year(field: &'static str, year: u32) -> Result<Option<Year>, Refusal> {
    if year == 0 {
        return Ok(None);
    }
    let found = u16::try_from(year).ok().and_then(Year::new);
    let wanted = || "give a year from 1970 to 9999".to_owned();
    found.map(Some).ok_or_else(|| Refusal::Argument { field, wanted: wanted() })
}

/// A date of a request; empty = none.
pub(crate) fn date(field: &'static str, text: &str) -> Result<Option<Date>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let wanted = || "give a date as YYYY-MM-DD".to_owned();
    text.parse().map(Some).map_err(|_| Refusal::Argument { field, wanted: wanted() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<u64> {
        text.parse().ok()
    }

    #[test]
    fn pages_cover_everything_once() {
        let mut seen = Vec::new();
        let mut next = String::new();
        loop {
            let from = after("n", &next, number).expect("own token").map_or(0, |last| last + 1);
            let (page, token) = take(from..7, 3, "n", |n| *n);
            seen.extend(page);
            if token.is_empty() {
                break;
            }
            next = token;
        }
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn another_list_s_token_is_refused() {
        let foreign = token("other", 3);
        for bad in [foreign.as_str(), "zz", "6e3", "é", &"6".repeat(600)] {
            assert!(after("n", bad, number).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_size_has_a_default_and_a_limit() {
        assert_eq!([page_size(0), page_size(7), page_size(10_000)], [50, 7, 500]);
    }
}

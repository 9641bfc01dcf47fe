//! The cut-off of a report: up to where the log is read.
//!
//! A report says which entries it was made of. Whoever reads the same entries
//! gets the same report, whatever the registry records later.

use jcm_format::entry::Entry;
use jcm_format::id::EntryIndex;
use jcm_format::time::{Date, Timestamp};
use std::fmt;
use std::str::FromStr;

/// Milliseconds by which Japan is ahead of UTC.
const JAPAN_MS: u64 = 9 * 3_600_000;

/// Up to where the log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// All that there is.
    Newest,
    /// Up to an entry, itself included.
    Entry(EntryIndex),
    /// Up to the end of a day in Japan.
    Day(Date),
    /// Up to a moment, entries of that millisecond included.
    Moment(Timestamp),
}

/// The text names no cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "give the number of an entry, a day as YYYY-MM-DD, or a moment in Japan as YYYY-MM-DDTHH:MM:SS"
)]
pub struct NotACut;

impl Cut {
    /// Whether an entry is still read. The log's time never goes back: after the
    /// first that is not, none is.
    pub fn admits(self, entry: &Entry) -> bool {
        match self {
            Cut::Newest => true,
            Cut::Entry(last) => entry.index <= last,
            Cut::Day(day) => entry.time.date_in_japan() <= day,
            Cut::Moment(moment) => entry.time <= moment,
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cut::Newest => f.write_str("newest"),
            Cut::Entry(entry) => write!(f, "{entry}"),
            Cut::Day(day) => write!(f, "{day}"),
            Cut::Moment(moment) => write!(f, "{moment}"),
        }
    }
}

impl FromStr for Cut {
    type Err = NotACut;

    fn from_str(text: &str) -> Result<Cut, NotACut> {
        if text == "newest" {
            return Ok(Cut::Newest);
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let index = text.parse().map_err(|_| NotACut)?;
            return Ok(Cut::Entry(EntryIndex::new(index)));
        }
        let Some((day, time)) = text.split_once('T') else {
            return text.parse().map(Cut::Day).map_err(|_| NotACut);
        };
        let day: Date = day.parse().map_err(|_| NotACut)?;
        let time = time.strip_suffix("+09:00").unwrap_or(time);
        let ms = milliseconds(time).ok_or(NotACut)?;
        let since = day.days().checked_mul(86_400_000).and_then(|days| days.checked_add(ms));
        let since = since.and_then(|since| since.checked_sub(JAPAN_MS));
        since.and_then(Timestamp::from_ms).map(Cut::Moment).ok_or(NotACut)
    }
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.mmm` since midnight. A text that ends with the
/// second ends with the last millisecond of it.
fn milliseconds(time: &str) -> Option<u64> {
    let (time, fraction) = match time.split_once('.') {
        Some((time, digits)) => (time, number(digits, 3, 999)?),
        None => (time, 999),
    };
    let mut parts = time.split(':');
    let hours = number(parts.next()?, 2, 23)?;
    let minutes = number(parts.next()?, 2, 59)?;
    let seconds = parts.next().map_or(Some(59), |part| number(part, 2, 59))?;
    if parts.next().is_some() {
        return None;
    }
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + fraction)
}

fn number(digits: &str, len: usize, max: u64) -> Option<u64> {
    let is_one = digits.len() == len && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_one && *number <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_an_entry_a_day_or_a_moment_in_japan() {
        let cut = |text: &str| text.parse::<Cut>();
        assert_eq!(cut("7"), Ok(Cut::Entry(EntryIndex::new(7))));
        assert_eq!(cut("2026-12-31"), Ok(Cut::Day("2026-12-31".parse().expect("a date"))));
        // Nine in the morning in Japan is midnight in Greenwich.
        let at = |ms| Ok(Cut::Moment(Timestamp::from_ms(ms).expect("in range")));
        assert_eq!(cut("1970-01-02T09:00:00"), at(86_400_999));
        assert_eq!(cut("1970-01-02T09:00:00.000+09:00"), at(86_400_000));
        assert_eq!(cut("1970-01-02T09:00"), at(86_459_999));
        for wrong in ["", "2026-1-1", "2026-02-30", "1970-01-01T08:00:00", "x", "-1"] {
            assert_eq!(cut(wrong), Err(NotACut), "{wrong}");
        }
        for wrong in ["2026-01-01T24:00:00", "2026-01-01T1:00:00", "2026-01-01T01:00:00Z"] {
            assert_eq!(cut(wrong), Err(NotACut), "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for text in ["newest", "12", "2026-12-31", "2026-12-31T23:59:59.999+09:00"] {
            assert_eq!(text.parse::<Cut>().expect("a cut").to_string(), text);
        }
    }
}

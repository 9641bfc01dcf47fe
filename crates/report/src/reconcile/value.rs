//! What a cell says, read with patience: people type what machines would write.

use calamine::{Data, DataRef};
use jcm_format::time::{Date, Timestamp};

/// A cell as it stands in a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// Written out in full, never rounded here.
    Number(String),
    Day(Date),
}

/// The longest text that is kept of a cell.
pub(super) const CELL_CHARS_MAX: usize = 2_000;

impl Value {
    /// What a cell holds; none if it is empty.
    pub(super) fn of(data: &DataRef<'_>) -> Option<Value> {
        match Data::from(data.clone()) {
            Data::Empty => None,
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
                let text = cleaned(&text);
                (!text.is_empty()).then_some(Value::Text(text))
            }
            Data::Int(number) => Some(Value::Number(number.to_string())),
            Data::Float(number) => Some(Value::Number(number.to_string())),
            Data::Bool(yes) => Some(Value::Text(yes.to_string())),
            Data::DateTime(at) => {
                let (year, month, day, ..) = at.to_ymd_hms_milli();
                let shown = || Value::Number(at.as_f64().to_string());
                Some(Date::new(year, month, day).map_or_else(shown, Value::Day))
            }
            Data::Error(error) => Some(Value::Text(error.to_string())),
        }
    }

    /// As it is quoted.
    pub(super) fn shown(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.clone(),
            Value::Day(day) => day.to_string(),
        }
    }

    /// The text, unless it says that there is nothing to say.
    fn said(&self) -> Option<&str> {
        match self {
            Value::Text(text) => {
                let nothing = ["na", "n/a", "n.a.", "not applicable", "-", "none"];
                let lower = text.to_lowercase();
                (!nothing.contains(&lower.as_str())).then_some(text)
            }
            Value::Number(number) => Some(number),
            Value::Day(_) => Some(""),
        }
    }
}

/// Without space at the ends, one space for each run of spaces and line breaks, and cut.
pub(super) fn cleaned(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let text: String = text.chars().filter(|c| !hidden(*c)).take(CELL_CHARS_MAX).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a field of a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// This.
    This(T),
    /// Nothing: blank, `NA`, or the sheet has no such column.
    Nothing,
    /// Something that cannot be read as what it should be.
    Odd(String),
}

impl<T> Said<T> {
    pub(super) fn this(&self) -> Option<&T> {
        match self {
            Said::This(value) => Some(value),
            Said::Nothing | Said::Odd(_) => None,
        }
    }

    pub(super) fn read(value: Option<&Value>, parse: impl FnOnce(&Value) -> Option<T>) -> Said<T> {
        let Some(value) = value.filter(|value| value.said().is_some()) else {
            return Said::Nothing;
        };
        parse(value).map_or_else(|| Said::Odd(value.shown()), Said::This)
    }
}

/// A whole number: commas, spaces, apostrophes or points between groups of three, or a
/// fraction of nothing but zeros.
pub(super) fn integer(value: &Value) -> Option<u64> {
    let text = match value {
        Value::Number(number) => return number.parse().ok(),
        Value::Day(_) => return None,
        Value::Text(text) => text.as_str(),
    };
    let text = text.strip_suffix(".0").or(text.strip_suffix(".00")).unwrap_or(text);
    for separator in [',', ' ', '\'', '\u{a0}', '\u{202f}', '.'] {
        let groups: Vec<&str> = text.split(separator).collect();
        let [first, rest @ ..] = groups.as_slice() else { continue };
        let grouped = rest.iter().all(|group| group.len() == 3) && (1..=3).contains(&first.len());
        // One point may as well begin a fraction.
        let clear = if separator == '.' { 2 <= rest.len() } else { !rest.is_empty() };
        if grouped && clear {
            return digits(&groups.concat());
        }
    }
    digits(text)
}

fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A day: a real date, `dd/mm/yyyy` with `/`, `.` or `-`, ISO 8601 with or without
/// a time, or the number under which a spreadsheet keeps a date. A moment with `Z`
/// is the day in Japan at that moment. What could be month or day first is read as
/// the format has it, day first.
pub(super) fn day(value: &Value) -> Option<Date> {
    match value {
        Value::Day(day) => Some(*day),
        Value::Number(number) => {
            // Days since 30 December 1899, of which 25,569 lie before 1970.
            let whole = number.split('.').next()?;
            let serial: u64 = whole.parse().ok()?;
            Date::from_days(serial.checked_sub(25_569)?)
        }
        Value::Text(text) => {
            let (date, time) = match text.split_once(['T', ' ']) {
                Some((date, time)) => (date, Some(time)),
                None => (text.as_str(), None),
            };
            let parts: Vec<&str> = date.split(['/', '.', '-']).collect();
            let [first, second, third] = parts.as_slice() else { return None };
            let day = if first.len() == 4 {
                written(first, second, third)?
            } else {
                written(third, second, first)?
            };
            Some(time.and_then(|time| in_japan(day, time)).unwrap_or(day))
        }
    }
}

fn written(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| digits(text).filter(|_| text.len() <= 4);
    let year = number(year).filter(|_| year.len() == 4)?;
    let (month, day) = (number(month)?, number(day)?);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)
}

/// The day in Japan at a time of day in UTC.
fn in_japan(day: Date, time: &str) -> Option<Date> {
    let hours = time.strip_suffix('Z')?.split(':').next()?;
    let hours = digits(hours).filter(|hours| *hours < 24)?;
    let ms = day.days().checked_mul(86_400_000)?.checked_add(hours.checked_mul(3_600_000)?)?;
    Some(Timestamp::from_ms(ms)?.date_in_japan())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(cleaned(text))
    }

    #[test]
    fn numbers_are_read_however_they_are_grouped() {
        for written in [
            "1234567",
            "1,234,567",
            "1 234 567",
            "1\u{a0}234\u{a0}567",
            "1'234'567",
            "1.234.567",
            "1234567.0",
        ] {
            assert_eq!(integer(&text(written)), Some(1_234_567), "{written}");
        }
        assert_eq!(integer(&Value::Number("1234567".to_owned())), Some(1_234_567));
        for odd in
            ["12,34", "1.5", "-1", "1e6", "abc", "", "1,234.5", "1.234", "99999999999999999999"]
        {
            assert_eq!(integer(&text(odd)), None, "{odd}");
        }
        assert_eq!(integer(&Value::Number("0.5".to_owned())), None);
        assert_eq!(integer(&Value::Number("-3".to_owned())), None);
    }

    #[test]
    fn days_are_read_however_they_are_written() {
        let expected: Date = "2025-11-12".parse().expect("a date");
        for written in [
            "12/11/2025",
            "12.11.2025",
            "12-11-2025",
            "2025-11-12",
            "2025/11/12",
            "2025-11-12T01:02:03Z",
            // Already the next day in Japan.
            "2025-11-11T15:00:00.000Z",
            " 2025-11-12 00:00:00 ",
        ] {
            assert_eq!(day(&text(written)), Some(expected), "{written}");
        }
        for serial in ["45973", "45973.625"] {
            assert_eq!(day(&Value::Number(serial.to_owned())), Some(expected), "{serial}");
        }
        for odd in ["11/13/2025", "2025", "12/11/25", "32/01/2025", "soon", "1/2/3/4"] {
            assert_eq!(day(&text(odd)), None, "{odd}");
        }
        assert_eq!(day(&Value::Number("5".to_owned())), None);
    }

    #[test]
    fn nothing_is_told_from_what_cannot_be_read() {
        let read = |value: &str| Said::read(Some(&text(value)), integer);
        for nothing in ["NA", "n/a", "-", "Not  applicable"] {
            assert_eq!(read(nothing), Said::Nothing, "{nothing}");
        }
        assert_eq!(Said::read(None, integer), Said::Nothing);
        assert_eq!(read("12"), Said::This(12));
        assert_eq!(read("a dozen"), Said::Odd("a dozen".to_owned()));
    }

    #[test]
    fn long_texts_are_cut_and_hidden_characters_dropped() {
        assert_eq!(cleaned("a\u{200b} \r\n\t b\u{feff}"), "a b");
        assert_eq!(cleaned(&"x".repeat(10_000)).len(), CELL_CHARS_MAX);
    }
}

//! Dates as Japanese banks write them.

use crate::collect::Fault;
use crate::error::Problem;
use crate::field::Field;
use crate::text::{normal, shown};
use jcm_format::time::Date;

/// The year before Reiwa 1 (2019).
const REIWA_OFFSET: u16 = 2018;
/// Reiwa began on 1 May 2019; until then it was Heisei 31.
const REIWA_BEGAN: (u16, u8, u8) = (2019, 5, 1);

fn reiwa(year: u16, month: u8, day: u8) -> Option<Date> {
    let (began_year, began_month, began_day) = REIWA_BEGAN;
    let began = Date::new(began_year, began_month, began_day)?;
    let date = Date::new(REIWA_OFFSET.checked_add(year)?, month, day)?;
    (1 <= year && began <= date).then_some(date)
}

/// `YYMMDD` with the year of Reiwa, at the latest `today`.
pub(crate) fn of_zengin(field: Field, text: &str, today: Date) -> Result<Date, Fault> {
    let date = any_of_zengin(field, text)?;
    not_after(field, text, Some(date), today)
}

/// `YYMMDD` with the year of Reiwa, in the future too.
pub(crate) fn any_of_zengin(field: Field, text: &str) -> Result<Date, Fault> {
    if text.is_empty() {
        return Err((field, Problem::Missing));
    }
    let date = six_digits(text).and_then(|(year, month, day)| reiwa(year, month, day));
    date.ok_or_else(|| (field, Problem::NotADate { text: shown(text) }))
}

/// `2026-11-23`, `2026/11/23`, `2026.11.23`, `20261123`, `2026年11月23日`,
/// `R8.11.23` or `令和8年11月23日`, with or without leading zeros, at the latest
/// `today`. A two-digit year without its era is refused.
pub(crate) fn of_table(field: Field, text: &str, today: Date) -> Result<Date, Fault> {
    not_after(field, text, in_table(&normal(text)), today)
}

fn not_after(field: Field, text: &str, date: Option<Date>, today: Date) -> Result<Date, Fault> {
    if text.trim().is_empty() {
        return Err((field, Problem::Missing));
    }
    let date = date.ok_or_else(|| (field, Problem::NotADate { text: shown(text) }))?;
    if today < date {
        return Err((field, Problem::Future { text: shown(text) }));
    }
    Ok(date)
}

fn six_digits(text: &str) -> Option<(u16, u8, u8)> {
    let number = digits(text, 6..=6)?;
    let part = |divisor: u32| u8::try_from(number / divisor % 100).ok();
    Some((u16::from(part(10_000)?), part(100)?, part(1)?))
}

fn in_table(text: &str) -> Option<Date> {
    if let Some(number) = digits(text, 8..=8) {
        let part = |divisor: u32| u8::try_from(number / divisor % 100).ok();
        return Date::new(u16::try_from(number / 10_000).ok()?, part(100)?, part(1)?);
    }
    let era = ["令和", "R"].iter().find_map(|era| text.strip_prefix(era));
    let (year, month, day) = three_parts(era.unwrap_or(text))?;
    match era {
        Some(_) => {
            reiwa(u16::try_from(digits(year, 1..=2).or(first_year(year))?).ok()?, month, day)
        }
        None => Date::new(u16::try_from(digits(year, 4..=4)?).ok()?, month, day),
    }
}

/// The first year of an era is written 元.
fn first_year(text: &str) -> Option<u32> {
    (text == "元").then_some(1)
}

/// Year, month and day around two separators of one kind.
fn three_parts(text: &str) -> Option<(&str, u8, u8)> {
    let (year, rest) = text.split_once(['-', '/', '.', '年'])?;
    let separator = text.get(year.len()..)?.chars().next()?;
    let (month, day) = match separator {
        '年' => rest.strip_suffix('日')?.split_once('月')?,
        _ => rest.split_once(separator)?,
    };
    let small = |text| u8::try_from(digits(text, 1..=2)?).ok();
    Some((year, small(month)?, small(day)?))
}

/// A number of so many digits and nothing else; at most nine fit.
fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let fits = length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        Date::new(2026, 11, 23).expect("a date")
    }

    fn zengin(text: &str) -> Result<String, Problem> {
        of_zengin(Field::BookingDate, text, today()).map(|d| d.to_string()).map_err(|(_, p)| p)
    }

    fn table(text: &str) -> Result<String, Problem> {
        of_table(Field::BookingDate, text, today()).map(|d| d.to_string()).map_err(|(_, p)| p)
    }

    #[test]
    fn a_year_of_two_digits_is_one_of_reiwa() {
        assert_eq!(zengin("081123"), Ok("2026-11-23".to_owned()));
        assert_eq!(zengin("010501"), Ok("2019-05-01".to_owned()));
        for bad in ["010430", "000501", "080229", "081301", "08112", "0811233", "08-123", "８１"]
        {
            assert_eq!(zengin(bad), Err(Problem::NotADate { text: bad.to_owned() }), "{bad}");
        }
        assert_eq!(zengin(""), Err(Problem::Missing));
    }

    #[test]
    fn another_calendar_s_year_lies_in_the_future() {
        // Tomorrow, Heisei 31 and 2026 taken for years of Reiwa.
        for bad in ["081124", "310401", "261123"] {
            assert_eq!(zengin(bad), Err(Problem::Future { text: bad.to_owned() }), "{bad}");
        }
    }

    #[test]
    fn a_table_has_dates_in_many_spellings() {
        for good in [
            "2026-01-05",
            "2026/1/5",
            "2026/01/05",
            "2026.1.5",
            "20260105",
            "2026年1月5日",
            "R8.1.5",
            "R08/01/05",
            "令和8年1月5日",
            "２０２６／０１／０５",
            " 2026-01-05 ",
        ] {
            assert_eq!(table(good), Ok("2026-01-05".to_owned()), "{good}");
        }
        assert_eq!(table("令和元年5月1日"), Ok("2019-05-01".to_owned()));
        for bad in [
            "08-01-05",
            "1/5/2026",
            "2026-01/05",
            "2026-13-01",
            "H31.4.1",
            "R1.4.30",
            "R100.1.1",
            "2026-01-05-",
            "2026年1月5",
            "0",
            "20260230",
            "R",
            "2026--1",
            "令和年1月1日",
        ] {
            assert_eq!(table(bad), Err(Problem::NotADate { text: bad.to_owned() }), "{bad}");
        }
        assert_eq!(table("2026-11-24"), Err(Problem::Future { text: "2026-11-24".to_owned() }));
        assert_eq!(table(" "), Err(Problem::Missing));
    }
}

//! The holidays of a year, as a file.
//!
//! ```toml
//! country = "JP"
//! year = 2026
//!
//! [[holiday]]
//! date = "2026-09-22"
//! name = "国民の休日"                        # for people; not recorded
//! ```
//!
//! Saturdays and Sundays need not be listed. The days may stand in any order.

use super::field;
use crate::parse;
use jcm_format::id::Country;
use jcm_format::time::{Date, Year};
use serde::Deserialize;

/// Calendars that come with this program, by year.
pub const BUILT_IN: [(u16, &str); 3] = [
    (2025, include_str!("../../data/holidays-jp-2025.toml")),
    (2026, include_str!("../../data/holidays-jp-2026.toml")),
    (2027, include_str!("../../data/holidays-jp-2027.toml")),
];

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    country: String,
    year: u16,
    #[serde(default, rename = "holiday")]
    holidays: Vec<HolidayFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayFile {
    date: String,
    #[serde(default)]
    name: String,
}

/// The holidays of a country in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The country.
    pub country: Country,
    /// The year.
    pub year: Year,
    /// The days, ascending.
    pub holidays: Vec<Date>,
}

/// Reads a file.
pub fn read(file: &CalendarFile) -> Result<Calendar, String> {
    let year = field("year", parse::year(&file.year.to_string()))?;
    let mut holidays = Vec::with_capacity(file.holidays.len());
    for (i, holiday) in file.holidays.iter().enumerate() {
        let name = format!("holiday[{i}].date ({} {})", holiday.date, holiday.name);
        let date: Date = field(&name, holiday.date.parse())?;
        if date.year() != year {
            return Err(format!("{name}: is not a day of {year}"));
        }
        holidays.push(date);
    }
    holidays.sort_unstable();
    if let Some(pair) = holidays.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("holiday: {} stands there twice", pair[0]));
    }
    Ok(Calendar { country: field("country", parse::country(&file.country))?, year, holidays })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse};

    fn read_text(text: &str) -> Result<Calendar, String> {
        read(&parse(text, false)?)
    }

    fn file(text: &str) -> CalendarFile {
        parse(text, false).expect("TOML")
    }

    /// 0 = Monday. 1970-01-01 was a Thursday.
    fn weekday(date: Date) -> u64 {
        (date.days() + 3) % 7
    }

    #[test]
    fn the_calendars_that_come_with_the_program_are_plausible() {
        for ((year, text), (count, weekdays)) in
            BUILT_IN.into_iter().zip([(24, 20), (23, 21), (22, 19)])
        {
            let calendar = read_text(text).expect("well formed");
            assert_eq!(calendar.year.get(), year);
            assert_eq!(calendar.holidays.len(), count, "{year}");
            let working = calendar.holidays.iter().filter(|day| !day.is_weekend()).count();
            assert_eq!(working, weekdays, "{year}: days on which others would work");
            for HolidayFile { date, name } in file(text).holidays {
                let day: Date = date.parse().expect("a date");
                match name.as_str() {
                    "成人の日" | "海の日" | "敬老の日" | "スポーツの日" => {
                        assert_eq!(weekday(day), 0, "{day} is a Monday by law");
                    }
                    "振替休日" | "国民の休日" => assert!(!day.is_weekend(), "{day}"),
                    _ => {}
                }
            }
        }
    }

    /// Act on National Holidays, art. 3(2) and (3).
    #[test]
    fn sundays_are_replaced_and_days_between_holidays_are_free() {
        for (_, text) in BUILT_IN {
            let national: Vec<(Date, String)> = file(text)
                .holidays
                .into_iter()
                .filter(|holiday| holiday.name != "年末年始")
                .map(|holiday| (holiday.date.parse().expect("a date"), holiday.name))
                .collect();
            let name =
                |day: Date| national.iter().find(|(d, _)| *d == day).map(|(_, n)| n.as_str());
            for (day, _) in national.iter().filter(|(day, _)| weekday(*day) == 6) {
                let mut next = day.next().expect("another");
                while name(next).is_some_and(|name| name != "振替休日") {
                    next = next.next().expect("another");
                }
                assert_eq!(name(next), Some("振替休日"), "{day}");
            }
            for pair in national.windows(2) {
                let between = pair[0].0.next().expect("another");
                let is_between = between.next() == Some(pair[1].0);
                assert!(!is_between || weekday(between) == 6, "{between} is free too");
            }
        }
    }

    #[test]
    fn the_documented_example_is_read_and_stands_on_the_page() {
        let example = documented(include_str!("calendar.rs"));
        assert_eq!(read_text(&example).expect("well formed").holidays.len(), 1);
        assert!(include_str!("../../../../docs/cli.md").contains(&example));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let calendar = |country: &str, day: &str| {
            let day = format!("[[holiday]]\ndate = \"{day}\"\n");
            read_text(&format!("country = \"{country}\"\nyear = 2026\n{day}{day}"))
        };
        for (country, day, named) in [
            ("jp", "2026-01-01", "twice"),
            ("JP", "2025-01-01", "holiday[0].date"),
            ("JP", "2026-02-30", "holiday[0].date"),
            ("JP", "2026-01-01", "2026-01-01 stands there twice"),
        ] {
            let error = calendar(country, day).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
        assert!(read_text("country = \"jp\"\nyear = 2026").is_err_and(|e| e.contains("country")));
    }
}

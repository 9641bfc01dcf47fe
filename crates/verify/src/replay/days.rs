//! Calendar days and working days, reckoned here anew.

use super::state::State;
use jcm_format::id::Country;
use jcm_format::time::{Date, Timestamp, Year};
use std::collections::BTreeSet;

/// The day after, unless it lies beyond the last year there is.
fn next(day: Date) -> Option<Date> {
    let (year, month) = (day.year().get(), day.month());
    let tomorrow = Date::new(year, month, day.day().saturating_add(1));
    let next_month = || Date::new(year, month.saturating_add(1), 1);
    tomorrow.or_else(next_month).or_else(|| Date::new(year.saturating_add(1), 1, 1))
}

/// Zeller's congruence: 0 = Saturday, 1 = Sunday.
fn is_weekend(day: Date) -> bool {
    let (year, month) = (u32::from(day.year().get()), u32::from(day.month()));
    // January and February count as months 13 and 14 of the year before.
    let (year, month) =
        if month < 3 { (year.saturating_sub(1), month + 12) } else { (year, month) };
    let leaps = year / 4 + year / 400;
    let days = u32::from(day.day()) + 13 * (month + 1) / 5 + year + leaps;
    // 7 * year keeps the difference positive and changes nothing modulo 7.
    (days + 7 * year - year / 100) % 7 < 2
}

/// The `count`-th working day in Japan after `day`; unknown where a calendar of
/// a year that is touched is not adopted.
pub(crate) fn working_day_after(state: &State, day: Date, count: u16) -> Option<Date> {
    working_day_in_all(state, &BTreeSet::new(), day, count)
}

/// Likewise, of the days that are working days in Japan and in `others`.
pub(crate) fn working_day_in_all(
    state: &State,
    others: &BTreeSet<Country>,
    day: Date,
    count: u16,
) -> Option<Date> {
    let japan = Country::new("JP")?;
    let mut day = day;
    let mut left = count;
    while 0 < left {
        day = next(day)?;
        let mut works = !is_weekend(day);
        for country in others.iter().chain([&japan]) {
            let holidays = state.calendars.get(&(*country, day.year()))?;
            works &= holidays.binary_search(&day).is_err();
        }
        if works {
            left -= 1;
        }
    }
    Some(day)
}

/// Whether the calendar of any year of a country is adopted.
pub(crate) fn has_calendar(state: &State, country: Country) -> bool {
    let first = (country, Date::FIRST.year());
    state.calendars.range(first..).next().is_some_and(|((known, _), _)| *known == country)
}

/// The hour in Japan, which is nine hours ahead of UTC.
pub(crate) fn hour_in_japan(now: Timestamp) -> u64 {
    (now.as_ms() / 3_600_000 + 9) % 24
}

/// The year of the books to which a day belongs: from April to March, by the
/// calendar year in which it begins.
pub(crate) fn book_year(day: Date) -> Year {
    let year = day.year();
    let before = Year::new(year.get().saturating_sub(1));
    if day.month() < 4 { before.unwrap_or(year) } else { year }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn weekends_are_where_they_were() {
        // 2024-02-29 was a Thursday, 2026-04-10 is a Friday, 2000-01-01 was a Saturday.
        for (day, weekend) in [
            ("2024-02-29", false),
            ("2024-03-02", true),
            ("2024-03-03", true),
            ("2024-03-04", false),
            ("2026-04-10", false),
            ("2026-04-11", true),
            ("2026-04-12", true),
            ("2000-01-01", true),
            ("2100-02-28", true),
            ("2100-03-01", false),
            ("1970-01-01", false),
        ] {
            assert_eq!(is_weekend(date(day)), weekend, "{day}");
        }
    }

    #[test]
    fn five_of_any_seven_days_are_no_weekend() {
        let mut day = date("1999-12-20");
        let mut week = std::collections::VecDeque::new();
        for _ in 0..40_000 {
            week.push_back(is_weekend(day));
            if 7 < week.len() {
                week.pop_front();
                assert_eq!(week.iter().filter(|weekend| **weekend).count(), 2, "{day}");
            }
            day = next(day).expect("far from the end");
        }
        assert_eq!(next(date("9999-12-31")), None);
    }

    #[test]
    fn the_hour_turns_at_fifteen_hours_utc() {
        let hour = |ms| Timestamp::from_ms(ms).map(hour_in_japan);
        assert_eq!((hour(0), hour(15 * 3_600_000 - 1)), (Some(9), Some(23)));
        assert_eq!((hour(15 * 3_600_000), hour(27 * 3_600_000)), (Some(0), Some(12)));
    }

    #[test]
    fn the_books_turn_on_the_first_of_april() {
        let year = |text| book_year(date(text)).get();
        assert_eq!(
            (year("2026-03-31"), year("2026-04-01"), year("2027-01-01")),
            (2025, 2026, 2026)
        );
    }
}

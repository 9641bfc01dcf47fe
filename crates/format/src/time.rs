//! Moments and calendar dates.
//!
//! Nothing here reads a clock. The law counts days in Japan, so a moment is
//! turned into a date at +09:00, which has had no daylight saving since 1951.

use bincode::Encode;
use std::fmt;
use std::str::FromStr;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const JST_OFFSET_MS: u64 = 9 * 60 * 60 * 1_000;

/// Milliseconds since 1970-01-01T00:00:00Z, at the latest 9999-12-31 in Japan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Timestamp(u64);

/// A calendar date in Japan, from 1970-01-01 to 9999-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A calendar year, from 1970 to 9999: the vintage of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Year(u16);

/// The number is outside the range of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date between 1970-01-01 and 9999-12-31, written YYYY-MM-DD")]
pub struct NotADate;

impl Timestamp {
    /// 9999-12-31T23:59:59.999 in Japan.
    pub const MAX: Timestamp = Timestamp(253_402_268_399_999);

    /// A moment, unless it lies beyond the year 9999.
    pub fn from_ms(ms: u64) -> Option<Timestamp> {
        let moment = Timestamp(ms);
        (moment <= Timestamp::MAX).then_some(moment)
    }

    /// Milliseconds since the epoch.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// `self` plus `ms`, at the latest [`Timestamp::MAX`].
    pub fn saturating_add_ms(self, ms: u64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms)).min(Timestamp::MAX)
    }

    /// The date in Japan at this moment.
    pub fn date_in_japan(self) -> Date {
        Date::of_days((self.0 + JST_OFFSET_MS) / DAY_MS)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in Japan's time zone, to the millisecond.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.0 + JST_OFFSET_MS;
        let (seconds, ms) = (local % DAY_MS / 1_000, local % 1_000);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}.{ms:03}+09:00",
            Date::of_days(local / DAY_MS),
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60,
        )
    }
}

impl Date {
    /// 1970-01-01.
    pub const FIRST: Date = Date { year: 1970, month: 1, day: 1 };

    /// 9999-12-31.
    pub const LAST: Date = Date { year: 9999, month: 12, day: 31 };

    /// The predecessor book's last day: the Act's chapter took effect on
    /// 2025-04-01.
    pub const PREDECESSOR_LAST: Date = Date { year: 2025, month: 3, day: 31 };

    /// A date that exists.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let year = Year::new(year)?.get();
        let exists = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        exists.then_some(Date { year, month, day })
    }

    /// The calendar year.
    pub fn year(self) -> Year {
        Year(self.year)
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01.
    ///
    /// Days-from-civil after Howard Hinnant's public description; the inverse of
    /// [`Date::from_days`].
    pub fn days(self) -> u64 {
        let year = u64::from(self.year) - u64::from(self.month <= 2);
        let (era, year_of_era) = (year / 400, year % 400);
        let month_from_march = (u64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + u64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The date so many days after 1970-01-01, at the latest 9999-12-31.
    pub fn from_days(days: u64) -> Option<Date> {
        (days <= Date::LAST.days()).then(|| Date::of_days(days))
    }

    /// The date so many days later, at the latest 9999-12-31.
    pub fn plus_days(self, days: u64) -> Option<Date> {
        Date::from_days(self.days().checked_add(days)?)
    }

    /// The day after, unless this is 9999-12-31.
    pub fn next(self) -> Option<Date> {
        self.plus_days(1)
    }

    /// Whether this is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday, so 2 and 3 days after it are the weekend.
        matches!(self.days() % 7, 2 | 3)
    }

    /// Civil-from-days after Howard Hinnant's public description: eras of 400
    /// years that begin on 1 March make the leap day the last of its year.
    fn of_days(days: u64) -> Date {
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        // The callers bound the year by 9999; the casts lose nothing.
        Date { year: year as u16, month: month as u8, day: day as u8 }
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Date, NotADate> {
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(NotADate);
        let (year, month, day) = (next()?, next()?, next()?);
        let date = Date::new(
            year.parse().map_err(|_| NotADate)?,
            month.parse().map_err(|_| NotADate)?,
            day.parse().map_err(|_| NotADate)?,
        )
        .ok_or(NotADate)?;
        // One date, one spelling.
        if date.to_string() == text { Ok(date) } else { Err(NotADate) }
    }
}

impl Year {
    /// A year from 1970 to 9999.
    pub fn new(year: u16) -> Option<Year> {
        (1970..=9999).contains(&year).then_some(Year(year))
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The year before, unless this is 1970.
    pub fn before(self) -> Option<Year> {
        Year::new(self.0 - 1)
    }

    /// The year after, unless this is 9999.
    pub fn next(self) -> Option<Year> {
        Year::new(self.0 + 1)
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

crate::codec::decode_checked!(Timestamp, u64, Timestamp::from_ms);
crate::codec::decode_checked!(Date, (u16, u8, u8), |(y, m, d)| Date::new(y, m, d));
crate::codec::decode_checked!(Year, u16, Year::new);
crate::codec::serialize_as_text!(Date);

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl serde::Serialize for Year {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> String {
        Timestamp::from_ms(ms).expect("in range").to_string()
    }

    #[test]
    fn the_day_in_japan_begins_at_fifteen_hours_utc() {
        assert_eq!(at(0), "1970-01-01T09:00:00.000+09:00");
        // 2025-03-31T14:59:59.999Z is the last moment of the fiscal year.
        assert_eq!(at(1_743_433_199_999), "2025-03-31T23:59:59.999+09:00");
        assert_eq!(at(1_743_433_200_000), "2025-04-01T00:00:00.000+09:00");
        assert_eq!(at(Timestamp::MAX.as_ms()), "9999-12-31T23:59:59.999+09:00");
        assert_eq!(Timestamp::from_ms(Timestamp::MAX.as_ms() + 1), None);
    }

    #[test]
    fn days_follow_each_other_without_a_gap() {
        let mut previous = Date::FIRST;
        let mut count = 1_u32;
        for days in 1.. {
            let date = Date::from_days(days).expect("before 9999");
            assert_eq!((date.days(), previous.next()), (days, Some(date)));
            assert!(previous < date, "{previous} {date}");
            assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
            if date.year == 2101 {
                break;
            }
            previous = date;
            count += 1;
        }
        // 131 years, 32 of them leap: 1972 to 2096 by fours; 2100 is not.
        assert_eq!(count, 131 * 365 + 32);
    }

    #[test]
    fn days_are_counted_from_the_first_to_the_last() {
        assert_eq!((Date::FIRST.days(), Date::from_days(0)), (0, Some(Date::FIRST)));
        assert_eq!(Date::new(9999, 12, 31), Some(Date::LAST));
        // 9999-12-31 in Japan is the day of the last moment there is.
        assert_eq!(Timestamp::MAX.date_in_japan(), Date::LAST);
        assert_eq!(Date::from_days(Date::LAST.days()), Some(Date::LAST));
        assert_eq!(Date::LAST.days(), 2_932_896);
        assert_eq!((Date::from_days(2_932_897), Date::from_days(u64::MAX)), (None, None));
        assert_eq!((Date::LAST.next(), Date::LAST.plus_days(u64::MAX)), (None, None));
        assert_eq!(Date::PREDECESSOR_LAST.next(), Date::new(2025, 4, 1));
        assert_eq!(Date::PREDECESSOR_LAST.plus_days(366), Date::new(2026, 4, 1));
        assert_eq!(Date::PREDECESSOR_LAST.plus_days(0), Some(Date::PREDECESSOR_LAST));
    }

    #[test]
    fn a_week_has_two_days_without_work() {
        // 2026-11-23 is a Monday.
        let monday: Date = "2026-11-23".parse().expect("a date");
        let week = (0..14).map(|n| monday.plus_days(n).expect("a date").is_weekend());
        let days: Vec<bool> = week.collect();
        assert_eq!(days[..7], [false, false, false, false, false, true, true]);
        assert_eq!(days[7..], days[..7]);
        assert!(!Date::FIRST.is_weekend(), "a Thursday");
    }

    #[test]
    fn years_have_neighbours_within_their_range() {
        let year = |number| Year::new(number).expect("in range");
        assert_eq!((year(1970).before(), year(9999).next()), (None, None));
        assert_eq!((year(2026).before(), year(2026).next()), (Some(year(2025)), Some(year(2027))));
    }

    #[test]
    fn only_dates_that_exist_in_their_one_spelling_are_read() {
        assert_eq!("2024-02-29".parse::<Date>(), Ok(Date::new(2024, 2, 29).expect("leap")));
        for bad in
            ["2023-02-29", "2024-2-29", "2024-13-01", "2024-04-31", "1969-12-31", "", "2024-01-01-"]
        {
            assert_eq!(bad.parse::<Date>(), Err(NotADate), "{bad}");
        }
    }
}

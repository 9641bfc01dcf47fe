//! Working days: days that are neither a weekend's nor holidays of an adopted
//! calendar. Whether a day is one is known only where its year is adopted.

use jcm_format::id::Country;
use jcm_format::time::{Date, Year};
use std::collections::{BTreeMap, BTreeSet};

/// The country whose calendar counts for the days that rules set.
const JAPAN: &str = "JP";

/// The calendars adopted so far.
#[derive(Debug, Clone, Default)]
pub struct Calendars {
    // Holidays, ascending.
    years: BTreeMap<(Country, Year), Vec<Date>>,
}

impl Calendars {
    pub(super) fn adopt(&mut self, country: Country, year: Year, holidays: Vec<Date>) {
        self.years.insert((country, year), holidays);
    }

    /// The holidays of a year, ascending; `None` where it is not adopted.
    pub fn holidays(&self, country: Country, year: Year) -> Option<&[Date]> {
        self.years.get(&(country, year)).map(Vec::as_slice)
    }

    /// Every calendar, by country, then year.
    pub fn iter(&self) -> impl Iterator<Item = (Country, Year, &[Date])> {
        self.years.iter().map(|((country, year), days)| (*country, *year, days.as_slice()))
    }

    /// The `count`-th working day of Japan after `day`; `None` where a calendar is
    /// missing of the years from that of the next day to that of the result.
    pub fn working_day_after(&self, day: Date, count: u16) -> Option<Date> {
        self.shared_working_day_after(day, count, [])
    }

    /// Likewise for days that are working days of Japan and of each of `partners`
    /// of which any calendar is adopted; the others are taken to work always.
    pub fn shared_working_day_after(
        &self,
        day: Date,
        count: u16,
        partners: impl IntoIterator<Item = Country>,
    ) -> Option<Date> {
        let mut countries = BTreeSet::from([Country::new(JAPAN)?]);
        countries.extend(partners.into_iter().filter(|country| self.is_known(*country)));
        let mut found = day;
        for _ in 0..count {
            loop {
                found = found.next()?;
                let mut works = !found.is_weekend();
                for country in &countries {
                    let holidays = self.holidays(*country, found.year())?;
                    works &= holidays.binary_search(&found).is_err();
                }
                if works {
                    break;
                }
            }
        }
        Some(found)
    }

    fn is_known(&self, country: Country) -> bool {
        let years = (country, Date::FIRST.year())..=(country, Date::LAST.year());
        self.years.range(years).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn calendars(of_japan: &[(u16, &[&str])]) -> Calendars {
        let mut calendars = Calendars::default();
        for (year, days) in of_japan {
            let year = Year::new(*year).expect("a year");
            let holidays = days.iter().map(|day| date(day)).collect();
            calendars.adopt(Country::new("JP").expect("a country"), year, holidays);
        }
        calendars
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        // 2026-11-20 is a Friday; Monday the 23rd is Labour Thanksgiving Day.
        let calendars = calendars(&[(2026, &["2026-11-03", "2026-11-23"])]);
        let after = |count| calendars.working_day_after(date("2026-11-20"), count);
        assert_eq!(after(0), Some(date("2026-11-20")));
        assert_eq!(after(1), Some(date("2026-11-24")));
        assert_eq!(after(4), Some(date("2026-11-27")));
        assert_eq!(after(5), Some(date("2026-11-30")));
    }

    #[test]
    fn a_year_touched_must_be_adopted_and_one_not_touched_need_not() {
        let only_first = calendars(&[(2026, &["2026-12-31"])]);
        let both = calendars(&[(2026, &["2026-12-31"]), (2027, &["2027-01-01"])]);
        // 2026-12-30 is a Wednesday.
        let (start, eve) = (date("2026-12-29"), date("2026-12-31"));
        assert_eq!(only_first.working_day_after(start, 1), Some(date("2026-12-30")));
        assert_eq!(only_first.working_day_after(start, 2), None);
        assert_eq!(both.working_day_after(start, 2), Some(date("2027-01-04")));
        // Counting begins after the day, so that the year before is not touched.
        let only_second = self::calendars(&[(2027, &["2027-01-01"])]);
        assert_eq!(only_second.working_day_after(eve, 1), Some(date("2027-01-04")));
        assert_eq!(only_second.working_day_after(start, 1), None);
    }

    #[test]
    fn a_year_adopted_again_takes_the_place_of_the_one_before() {
        let mut calendars = calendars(&[(2026, &["2026-11-24"])]);
        assert_eq!(calendars.working_day_after(date("2026-11-23"), 1), Some(date("2026-11-25")));
        let (japan, year) = (Country::new("JP").expect("a country"), date("2026-01-01").year());
        calendars.adopt(japan, year, Vec::new());
        assert_eq!(calendars.working_day_after(date("2026-11-23"), 1), Some(date("2026-11-24")));
        assert_eq!(calendars.holidays(Country::new("MN").expect("a country"), year), None);
    }

    #[test]
    fn a_partner_counts_once_any_of_its_calendars_is_adopted() {
        let [japan, mongolia, laos] =
            ["JP", "MN", "LA"].map(|code| Country::new(code).expect("a country"));
        let mut calendars = calendars(&[(2026, &["2026-11-23"]), (2027, &["2027-01-01"])]);
        let after = |calendars: &Calendars, day: &str, count| {
            calendars.shared_working_day_after(date(day), count, [mongolia, laos, japan])
        };
        // 2026-11-20 is a Friday.
        assert_eq!(after(&calendars, "2026-11-20", 1), Some(date("2026-11-24")));
        calendars.adopt(mongolia, date("2026-01-01").year(), vec![date("2026-11-24")]);
        assert_eq!(after(&calendars, "2026-11-20", 0), Some(date("2026-11-20")));
        assert_eq!(after(&calendars, "2026-11-20", 1), Some(date("2026-11-25")));
        assert_eq!(calendars.working_day_after(date("2026-11-20"), 1), Some(date("2026-11-24")));
        assert_eq!(after(&calendars, "2026-12-30", 1), Some(date("2026-12-31")));
        assert_eq!(after(&calendars, "2026-12-30", 2), None);
    }

    #[test]
    fn nothing_comes_after_the_last_day_there_is() {
        let calendars = calendars(&[(9999, &[])]);
        assert_eq!(calendars.working_day_after(Date::LAST, 1), None);
    }
}

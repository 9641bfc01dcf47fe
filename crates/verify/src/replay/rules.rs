//! Rule data: what is in force, and how it is adopted.

use super::judge::Case;
use crate::code::{Code, Judged, contradiction, ensure};
use jcm_format::command::{FeePeriod, Rules};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::Country;
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};

/// The fees in force: those of the last period that has begun.
pub(crate) fn fees(case: &Case<'_>) -> Judged<FeePeriod> {
    let today = case.today();
    let begun = case.state.rules.fees.iter().filter(|period| period.from <= today);
    let last = begun.max_by_key(|period| period.from).copied();
    // Rule 412 keeps this from happening; time does not go back.
    last.ok_or_else(|| contradiction("no fees are in force"))
}

/// Rules 411 and 412.
pub(crate) fn adopt(case: &Case<'_>, rules: &Rules) -> Judged<Vec<Effect>> {
    let in_force = case.state.rules.version;
    ensure(in_force.checked_add(1) == Some(rules.version), Code::RulesVersion, || {
        format!("version {} is adopted while version {in_force} is in force", rules.version)
    })?;
    let today = case.today();
    let begun = rules.fees.first().is_some_and(|period| period.from <= today);
    ensure(begun, Code::FeesNotInForce, || {
        format!("the first fees of version {} begin after {today}", rules.version)
    })?;
    Ok(vec![Effect::RulesAdopted { rules: rules.clone() }])
}

/// No rule of its own.
pub(crate) fn adopt_calendar(country: Country, year: Year, holidays: &[Date]) -> Vec<Effect> {
    vec![Effect::CalendarAdopted { country, year, holidays: holidays.to_vec() }]
}

/// Rule 414.
pub(crate) fn open_government_account(
    case: &Case<'_>,
    category: AccountCategory,
    name_ja: &Text,
    name_en: &Text,
) -> Judged<Vec<Effect>> {
    let account = case.state.next_government_account().ok_or_else(|| {
        Code::GovernmentAccountsFull.broken("the numbers of government accounts are used up")
    })?;
    let (name_ja, name_en) = (name_ja.clone(), name_en.clone());
    Ok(vec![
        Effect::GovernmentAccountOpened { account, category },
        Effect::GovernmentAccountNamed { account, name_ja, name_en },
    ])
}

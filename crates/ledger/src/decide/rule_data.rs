//! AdoptRules and AdoptCalendar: what may change without a new program.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::Rules;
use jcm_format::event::Effect;
use jcm_format::id::Country;
use jcm_format::time::{Date, Year};

pub(super) fn adopt_rules(case: &Case<'_>, rules: &Rules) -> Decision {
    let version = case.rules()?.version;
    if version.checked_add(1) != Some(rules.version) {
        return reject(Reason::RulesVersion, format_args!("version {version} is in force"));
    }
    if rules.fees.first().is_none_or(|period| case.today < period.from) {
        return reject(Reason::FeesNotInForce, case.today);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::RulesAdopted { rules: rules.clone() }])
}

/// No rule of its own: a year adopted again takes the place of the one before.
pub(super) fn adopt_calendar(country: Country, year: Year, holidays: &[Date]) -> Decision {
    Ok(vec![Effect::CalendarAdopted { country, year, holidays: holidays.to_vec() }])
}

//! LapseApplication: a matter of the operating rules (ordinance on the designated
//! body, art. 8(x)), so nothing lapses by itself.

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::Application;
use jcm_format::command::LapseGround;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(application, |_| true)?;
    let ground = ground(case, open)?;
    // After this point the command is accepted.
    Ok(vec![Effect::ApplicationLapsed { application, ground }])
}

/// Rules 417 and 519.
fn ground(case: &Case<'_>, open: &Application) -> Result<LapseGround, Rejection> {
    let entry = open.entry;
    if open.completion.as_ref().is_some_and(|completion| completion.due < case.today) {
        return Ok(LapseGround::Incomplete);
    }
    if open.due_yen().get() == 0 {
        return reject(Reason::NotLapsed, format_args!("entry {entry}"));
    }
    let Some(last_day) = case.state.payment_deadline(open) else {
        return reject(Reason::CalendarMissing, format_args!("entry {entry}"));
    };
    if case.today <= last_day {
        return reject(Reason::NotLapsed, format_args!("entry {entry}, payable until {last_day}"));
    }
    Ok(LapseGround::Unpaid)
}

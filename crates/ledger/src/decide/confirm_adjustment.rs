//! ConfirmAdjustment: the partner says that it has added what Japan subtracts (decision
//! 2/CMA.3, annex, paras. 8 and 20).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use crate::state::AdjustmentKey;
use jcm_format::command::Confirmation;
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, confirmation: Confirmation) -> Decision {
    case.article6()?;
    if case.today < confirmation.date {
        return reject(Reason::DateInFuture, confirmation.date);
    }
    let Confirmation { partner, year, vintage, quantity_tonnes, .. } = confirmation;
    let open = case.state.adjustment(AdjustmentKey { partner, year, vintage }).open();
    if open < quantity_tonnes {
        return reject(Reason::ConfirmationExceeded, format_args!("{open} t are open"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::AdjustmentConfirmed(confirmation)])
}

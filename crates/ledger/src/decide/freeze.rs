//! FreezeAccount and UnfreezeAccount: one is enough to stop everything, two
//! operators let it go on.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::event::Effect;
use jcm_format::id::AccountNumber;

pub(super) fn freeze(case: &Case<'_>, account: AccountNumber) -> Decision {
    case.entity_account(account)?;
    case.is_not_frozen(account)?;
    // After this point the command is accepted.
    Ok(vec![Effect::AccountFrozen { account }])
}

pub(super) fn unfreeze(case: &Case<'_>, account: AccountNumber) -> Decision {
    case.entity_account(account)?;
    if !case.state.is_frozen(account) {
        return reject(Reason::AccountNotFrozen, account);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::AccountUnfrozen { account }])
}

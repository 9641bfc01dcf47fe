//! ApplyTrust: a matter of trust without a transfer (Cabinet Order, arts.
//! 11(1)(iii), 12, 14(1)(iii), 19; registry ordinance, arts. 8, 9, 12).

use super::{Case, Decision, record_commission, reject, trusts, units};
use crate::rejection::Reason;
use jcm_format::command::TrustRequest;
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;

pub(super) fn decide(
    case: &Case<'_>,
    account: AccountNumber,
    request: &TrustRequest,
    subrogation: Option<Digest>,
) -> Decision {
    case.entity_account(account)?;
    if subrogation.is_none() {
        case.is_not_frozen(account)?;
    }
    match request {
        TrustRequest::Record { ranges, .. } => {
            units::are_free(case, ranges, account)?;
            units::are_in_no_trust(case, ranges)?;
        }
        TrustRequest::Delete { ranges, .. } => {
            units::are_free(case, ranges, account)?;
            units::are_in_trust(case, ranges)?;
            trusts::no_trustee_is_dismissed(case, ranges)?;
        }
        TrustRequest::Amend { trust, .. } => {
            let record = record_commission::trust(case, *trust)?;
            if record.account != account {
                return reject(Reason::TrustUnknown, format_args!("entry {trust}"));
            }
            record_commission::trustee_is_present(case, *trust)?;
        }
    }
    // After this point the command is accepted.
    Ok(vec![Effect::TrustApplied { account, request: request.clone(), subrogation }])
}

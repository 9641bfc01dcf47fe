//! RecordCommission: what a court commissions (Cabinet Order, arts. 17 and 18;
//! registry ordinance, art. 11).

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::Trust;
use jcm_format::command::{Commission, TrustTerms};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(
    case: &Case<'_>,
    trust: EntryIndex,
    terms: &TrustTerms,
    commission: &Commission,
) -> Decision {
    self::trust(case, trust)?;
    // After this point the command is accepted.
    Ok(vec![Effect::TrustAmended { trust, terms: *terms, commission: Some(commission.clone()) }])
}

/// Rule 721.
pub(super) fn trust<'a>(case: &'a Case<'_>, entry: EntryIndex) -> Result<&'a Trust, Rejection> {
    let trust = case.state.trust(entry);
    trust.ok_or_else(|| Rejection::new(Reason::TrustUnknown, format_args!("entry {entry}")))
}

/// Rule 720 for one trust.
pub(super) fn trustee_is_present(case: &Case<'_>, entry: EntryIndex) -> Result<(), Rejection> {
    if trust(case, entry)?.dismissed {
        return reject(Reason::TrusteeDismissed, format_args!("entry {entry}"));
    }
    Ok(())
}

//! RecordTransfer: debit and credit at once (Act, art. 52(4); registry
//! ordinance, art. 7).

use super::apply_transfer::{self, Asked};
use super::earlier::EarlierTransfers;
use super::{Case, Decision, reject, trusts, units};
use crate::rejection::Reason;
use crate::state::{Subject, SubjectKind, TransfereeConsent, is_by_new_trustee};
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(application, |kind| kind == SubjectKind::Transfer)?;
    let Subject::Transfer(terms) = &open.subject else {
        return reject(Reason::ApplicationUnknown, format_args!("entry {application}"));
    };
    Case::nothing_is_missing(open)?;
    Case::fee_is_settled(open)?;
    let by_new_trustee = is_by_new_trustee(open.trust.as_ref());
    apply_transfer::source_is_not_frozen(case, terms.source, by_new_trustee)?;
    if let Some(first_day) = open.not_before
        && case.today < first_day
    {
        return reject(Reason::TransferDelayed, format_args!("not before {first_day}"));
    }
    if open.consent == TransfereeConsent::Awaited {
        return reject(Reason::AcceptanceAwaited, terms.destination);
    }
    apply_transfer::destination(case, terms)?;
    units::are_unrestricted(case, &terms.ranges, terms.source)?;
    let trust = open.trust.as_ref();
    trusts::trustee_may_act(case, terms, trust)?;
    // After this point only a missing authorisation can refuse the command. The
    // units are still the applicant's: the reservation has kept others off them.
    let use_details = open.use_details.as_ref();
    let asked = Asked { terms, use_details, trust, fee_payment: None };
    let mut earlier = EarlierTransfers::default();
    apply_transfer::effects_of_recording(case, Some(application), asked, &mut earlier)
}

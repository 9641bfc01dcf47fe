//! SetAcceptance and AcceptTransfer: from whom a holder receives units, where the
//! rules in force let holders choose. The Act knows of no such choice.

use super::{Case, Decision, Signers, reject};
use crate::rejection::Reason;
use crate::state::{Subject, TransfereeConsent};
use jcm_format::command::Acceptance;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

pub(super) fn set(case: &Case<'_>, account: AccountNumber, acceptance: &Acceptance) -> Decision {
    if !case.rules()?.transferee_acceptance {
        return reject(Reason::AcceptanceOff, account);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::AcceptanceSet { account, acceptance: acceptance.clone() }])
}

pub(super) fn accept(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.not_closed(application)?;
    let Subject::Transfer(terms) = &open.subject else {
        return reject(Reason::RoleNotPermitted, format_args!("entry {application}"));
    };
    case.signed_by(Signers::account(terms.destination))?;
    if open.consent != TransfereeConsent::Awaited {
        return reject(Reason::AcceptanceNotAsked, format_args!("entry {application}"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::TransferAccepted { application }])
}

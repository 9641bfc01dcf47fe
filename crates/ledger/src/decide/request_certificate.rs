//! RequestCertificate: of one's own account (Act, art. 57-2).

use super::{Case, Decision, settlement};
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};

pub(super) fn decide(
    case: &Case<'_>,
    account: AccountNumber,
    fee_payment: Option<EntryIndex>,
) -> Decision {
    let amount = case.rules()?.certificate_fee_yen;
    let settled =
        fee_payment.map(|payment| settlement::draw(case, payment, account, amount)).transpose()?;
    // After this point the command is accepted.
    let mut effects = vec![Effect::CertificateRequested { account, fee: Fee::Due(amount) }];
    if let Some(settled) = settled {
        effects.push(settled);
        effects.push(Effect::CertificateIssued { application: None });
    }
    Ok(effects)
}

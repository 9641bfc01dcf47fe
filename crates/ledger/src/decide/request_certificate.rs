//! RequestCertificate: of one's own account (Act, art. 57-2).

use super::earlier::EarlierTransfers;
use super::{Case, Decision, issue_certificate, settlement};
use jcm_format::command::PaymentId;
use jcm_format::event::{Effect, Fee};
use jcm_format::id::AccountNumber;

pub(super) fn decide(
    case: &Case<'_>,
    account: AccountNumber,
    fee_payment: Option<PaymentId>,
) -> Decision {
    let amount = case.fees()?.certificate_fee_yen;
    let settled = fee_payment
        .map(|payment| {
            settlement::draw(case, payment, account, amount, &mut EarlierTransfers::default())
        })
        .transpose()?;
    let mut effects = vec![Effect::CertificateRequested { account, fee: Fee::Due(amount) }];
    if let Some(settled) = settled {
        effects.push(settled);
        effects.extend(issue_certificate::effects(case, None, account)?);
    }
    // After this point the command is accepted.
    Ok(effects)
}

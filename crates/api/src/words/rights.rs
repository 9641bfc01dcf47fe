//! Restrictions, trusts and corrections in words.

use super::{are, restriction_ground, units};
use jcm_format::command::{
    Commission, CorrectionGround, Restriction, TransferTrust, TrustRequest, TrustTerms,
};
use jcm_format::event::Effect;
use std::fmt::Write as _;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::RestrictionRecorded { restriction } => restriction_words(restriction),
        Effect::RestrictionReleased { restriction } => {
            format!("releases the restriction of entry {restriction}")
        }
        Effect::TransferTrustStated { trust } => transfer_trust(trust).to_owned(),
        Effect::TrustApplied { account, request, subrogation } => {
            let mut line = format!("applies {}", request_words(request));
            // Writing to a String cannot fail.
            let _ = write!(line, ", trustee {account}");
            if subrogation.is_some() {
                line.push_str(", in the trustee's place");
            }
            line
        }
        Effect::TrustRecorded { account, ranges, terms } => format!(
            "records that {} {} trust property of {account}{}",
            units(ranges),
            are(ranges),
            trust_terms(terms)
        ),
        Effect::TrustDeleted { ranges } => {
            format!("records that {} {} no longer trust property", units(ranges), are(ranges))
        }
        Effect::TrustAmended { trust, terms, commission } => format!(
            "changes the items of the trust of entry {trust}{}{}",
            trust_terms(terms),
            commission.as_ref().map_or_else(String::new, commission_words)
        ),
        Effect::TrustApplicationRecorded { application } => {
            format!("records the trust matter of application {application}")
        }
        Effect::CorrectionRecorded { ground } => correction(ground),
        Effect::UnitsMoved { units: moved } => format!(
            "moves {} from {} to {} by correction",
            units(&moved.ranges),
            moved.source,
            moved.destination
        ),
        _ => String::new(),
    }
}

fn restriction_words(restriction: &Restriction) -> String {
    let what = match &restriction.ranges {
        Some(ranges) => format!("{} of account {}", units(ranges), restriction.account),
        None => format!("whatever account {} holds", restriction.account),
    };
    format!(
        "restricts disposal of {what}: {}, {} {}",
        restriction_ground(restriction.ground),
        restriction.authority,
        restriction.reference
    )
}

fn transfer_trust(trust: &TransferTrust) -> &'static str {
    match trust {
        TransferTrust::Record(_) => "the units become trust property of the transferee",
        TransferTrust::Delete(_) => "the units leave the trust",
        TransferTrust::ChangeTrustee { by_new_trustee: true, .. } => {
            "the units pass to a new trustee, who applies"
        }
        TransferTrust::ChangeTrustee { by_new_trustee: false, .. } => {
            "the units pass to a new trustee"
        }
    }
}

/// What is applied for of a trust without a transfer, as a phrase after "applies".
pub fn request_words(request: &TrustRequest) -> String {
    match request {
        TrustRequest::Record { ranges, .. } => {
            format!("to record that {} {} trust property", units(ranges), are(ranges))
        }
        TrustRequest::Delete { ranges, .. } => {
            format!("to record that {} {} the trustee's own", units(ranges), are(ranges))
        }
        TrustRequest::Amend { trust, .. } => {
            format!("to change the items of the trust of entry {trust}")
        }
    }
}

fn trust_terms(terms: &TrustTerms) -> String {
    let marks = [
        (terms.beneficiary_certificates, "with certificates of beneficial interest"),
        (terms.without_beneficiaries, "without provisions on beneficiaries"),
        (terms.public_interest, "in the public interest"),
    ];
    marks.iter().filter(|(is_so, _)| *is_so).map(|(_, words)| format!(", {words}")).collect()
}

fn commission_words(commission: &Commission) -> String {
    let dismissed = if commission.trustee_dismissed { ", which dismissed the trustee" } else { "" };
    format!(", by commission of {} {}{dismissed}", commission.court, commission.reference)
}

fn correction(ground: &CorrectionGround) -> String {
    format!(
        "corrects the record of account {}, wrong in entry {}: {}; the holder was consulted on {}",
        ground.account, ground.affected, ground.error, ground.consulted_on
    )
}

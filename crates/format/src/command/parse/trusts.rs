//! Trusts (Cabinet Order, arts. 11 to 19).

use super::Parsed;
use super::fields::{account, digest, entry, optional, text};
use super::units::ranges;
use crate::command::{
    Body, Commission, FieldError, FieldRule, TransferTrust, TrustRequest, TrustTerms,
};
use crate::pb;

fn terms(at: &str, m: Option<&pb::TrustTerms>) -> Parsed<TrustTerms> {
    let m = m.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    Ok(TrustTerms {
        details: digest(&format!("{at}.details_commitment"), &m.details_commitment)?,
        evidence: digest(&format!("{at}.evidence"), &m.evidence)?,
        beneficiary_certificates: m.beneficiary_certificates,
        without_beneficiaries: m.without_beneficiaries,
        public_interest: m.public_interest,
    })
}

pub(super) fn transfer_trust(at: &str, m: &pb::TransferTrust) -> Parsed<TransferTrust> {
    use pb::transfer_trust::Kind;
    match &m.kind {
        None => Err(FieldError::new(at, FieldRule::Missing)),
        Some(Kind::Record(m)) => terms(&format!("{at}.record"), Some(m)).map(TransferTrust::Record),
        Some(Kind::Delete(m)) => {
            digest(&format!("{at}.delete.evidence"), &m.evidence).map(TransferTrust::Delete)
        }
        Some(Kind::ChangeTrustee(m)) => Ok(TransferTrust::ChangeTrustee {
            terms: terms(&format!("{at}.change_trustee.terms"), m.terms.as_ref())?,
            by_new_trustee: m.by_new_trustee,
        }),
    }
}

pub(super) fn apply_trust(m: &pb::ApplyTrust) -> Parsed<Body> {
    use pb::apply_trust::Request;
    let at = |field: &str| format!("apply_trust.{field}");
    let account = account(&at("account"), m.account)?;
    let request = match &m.request {
        None => return Err(FieldError::new(at("request"), FieldRule::Missing)),
        Some(Request::Record(m)) => TrustRequest::Record {
            ranges: ranges(&at("record.ranges"), &m.ranges)?,
            terms: terms(&at("record.terms"), m.terms.as_ref())?,
        },
        Some(Request::Delete(m)) => TrustRequest::Delete {
            ranges: ranges(&at("delete.ranges"), &m.ranges)?,
            evidence: digest(&at("delete.evidence"), &m.evidence)?,
            beneficiaries: digest(&at("delete.beneficiaries"), &m.beneficiaries)?,
        },
        Some(Request::Amend(m)) => TrustRequest::Amend {
            trust: entry(&at("amend.trust"), m.trust)?,
            terms: terms(&at("amend.terms"), m.terms.as_ref())?,
        },
    };
    let subrogation = optional(&m.subrogation, |bytes| digest(&at("subrogation"), bytes))?;
    // A beneficiary or settlor may have a trust recorded in the trustee's place, and
    // nothing else (Cabinet Order, art. 12).
    if subrogation.is_some() && !matches!(request, TrustRequest::Record { .. }) {
        return Err(FieldError::new(at("subrogation"), FieldRule::NotAllowed));
    }
    Ok(Body::ApplyTrust { account, request, subrogation })
}

pub(super) fn record_commission(m: &pb::RecordCommission) -> Parsed<Body> {
    Ok(Body::RecordCommission {
        trust: entry("record_commission.trust", m.trust)?,
        terms: terms("record_commission.terms", m.terms.as_ref())?,
        commission: Commission {
            court: text("record_commission.court", &m.court)?,
            reference: text("record_commission.reference", &m.reference)?,
            trustee_dismissed: m.trustee_dismissed,
        },
    })
}

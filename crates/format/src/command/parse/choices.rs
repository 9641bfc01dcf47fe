//! Messages that stand for one choice among several.

use super::Parsed;
use super::accounts::person;
use super::article6::entity as entity_of;
use super::fields::{account, country, name, optional_text, public_key, year};
use super::guard::representative;
use crate::command::{
    FieldError, FieldRule, FirstTransferDefinition, KeyWithPossession, Purpose, RefusalGround,
    RestrictionGround, Role, Side, Use, UseDetails, UseKind,
};
use crate::event::AccountCategory;
use crate::key::Signature;
use crate::pb;

/// What a transfer serves, and what it says of persons, if anything.
pub(super) fn use_(at: &str, m: &pb::Use) -> Parsed<(Use, Option<UseDetails>)> {
    let kind = match m.kind() {
        pb::UseKind::Unspecified => None,
        pb::UseKind::Ndc => Some(UseKind::Ndc),
        pb::UseKind::Shk => Some(UseKind::Shk),
        pb::UseKind::GxEts => Some(UseKind::GxEts),
        pb::UseKind::Voluntary => Some(UseKind::Voluntary),
        pb::UseKind::InternationalMitigation => Some(UseKind::InternationalMitigation),
        pb::UseKind::Other => Some(UseKind::Other),
        pb::UseKind::OtherPurposes => Some(UseKind::OtherPurposes),
        pb::UseKind::Omge => Some(UseKind::Omge),
    };
    let use_ = Use {
        kind: kind.ok_or_else(|| FieldError::new(format!("{at}.kind"), FieldRule::BadChoice))?,
        reporting_year: match m.reporting_year {
            0 => None,
            number => Some(year(&format!("{at}.reporting_year"), number)?),
        },
        beneficiary: optional_text(&format!("{at}.beneficiary"), &m.beneficiary)?,
    };
    let beneficiary = m.beneficiary_id.as_ref();
    let beneficiary =
        beneficiary.map(|m| person(&format!("{at}.beneficiary_id"), Some(m))).transpose()?;
    let entity = m.entity.as_ref();
    let entity = entity.map(|m| entity_of(&format!("{at}.entity"), Some(m))).transpose()?;
    let says_something = beneficiary.is_some() || entity.is_some();
    Ok((use_, says_something.then_some(UseDetails { beneficiary, entity })))
}

pub(super) fn purpose(at: &str, raw: i32) -> Parsed<Purpose> {
    match pb::Purpose::try_from(raw) {
        Ok(pb::Purpose::Retirement) => Ok(Purpose::Retirement),
        Ok(pb::Purpose::Cancellation) => Ok(Purpose::Cancellation),
        Ok(pb::Purpose::Other) => Ok(Purpose::Other),
        Ok(pb::Purpose::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

pub(super) fn side(at: &str, raw: i32) -> Parsed<Side> {
    match pb::AuthorisingSide::try_from(raw) {
        Ok(pb::AuthorisingSide::Japan) => Ok(Side::Japan),
        Ok(pb::AuthorisingSide::Partner) => Ok(Side::Partner),
        Ok(pb::AuthorisingSide::Unspecified) | Err(_) => {
            Err(FieldError::new(at, FieldRule::BadChoice))
        }
    }
}

pub(super) fn first_transfer(at: &str, raw: i32) -> Parsed<FirstTransferDefinition> {
    use pb::FirstTransferDefinition as Wire;
    match Wire::try_from(raw) {
        Ok(Wire::Authorisation) => Ok(FirstTransferDefinition::Authorisation),
        Ok(Wire::Issuance) => Ok(FirstTransferDefinition::Issuance),
        Ok(Wire::UseOrCancellation) => Ok(FirstTransferDefinition::UseOrCancellation),
        Ok(Wire::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

pub(super) fn refusal_ground(at: &str, raw: i32) -> Parsed<RefusalGround> {
    use pb::RefusalGround as Wire;
    match Wire::try_from(raw) {
        Ok(Wire::Restriction) => Ok(RefusalGround::Restriction),
        Ok(Wire::EvidentError) => Ok(RefusalGround::EvidentError),
        Ok(Wire::Irregularity) => Ok(RefusalGround::Irregularity),
        Ok(Wire::Violation) => Ok(RefusalGround::Violation),
        Ok(Wire::Falsehood) => Ok(RefusalGround::Falsehood),
        Ok(Wire::Procedure) => Ok(RefusalGround::Procedure),
        Ok(Wire::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

pub(super) fn restriction_ground(at: &str, raw: i32) -> Parsed<RestrictionGround> {
    use pb::RestrictionGround as Wire;
    match Wire::try_from(raw) {
        Ok(Wire::CourtOrder) => Ok(RestrictionGround::CourtOrder),
        Ok(Wire::EvidentError) => Ok(RestrictionGround::EvidentError),
        Ok(Wire::Irregularity) => Ok(RestrictionGround::Irregularity),
        Ok(Wire::Violation) => Ok(RestrictionGround::Violation),
        Ok(Wire::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

pub(super) fn government_category(at: &str, raw: i32) -> Parsed<AccountCategory> {
    use pb::GovernmentAccountCategory as Wire;
    match Wire::try_from(raw) {
        Ok(Wire::Holding) => Ok(AccountCategory::GovernmentHolding),
        Ok(Wire::Retirement) => Ok(AccountCategory::Retirement),
        Ok(Wire::Cancellation) => Ok(AccountCategory::Cancellation),
        Ok(Wire::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

pub(super) fn role(at: &str, m: Option<pb::Role>) -> Parsed<Role> {
    use pb::role::Kind;
    match m.and_then(|role| role.kind) {
        None => Err(FieldError::new(at, FieldRule::Missing)),
        Some(Kind::Authority(raw)) => name(&format!("{at}.authority"), &raw).map(Role::Authority),
        Some(Kind::Operator(raw)) => name(&format!("{at}.operator"), &raw).map(Role::Operator),
        Some(Kind::Partner(raw)) => country(&format!("{at}.partner"), &raw).map(Role::Partner),
        Some(Kind::Account(raw)) => account(&format!("{at}.account"), raw).map(Role::Account),
        Some(Kind::Auditor(raw)) => name(&format!("{at}.auditor"), &raw).map(Role::Auditor),
        Some(Kind::Representative(m)) => {
            representative(&format!("{at}.representative"), &m).map(Role::Representative)
        }
    }
}

pub(super) fn key_with_possession(
    at: &str,
    m: Option<pb::KeyWithPossession>,
) -> Parsed<KeyWithPossession> {
    let m = m.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    Ok(KeyWithPossession {
        key: public_key(&format!("{at}.public_key"), &m.public_key)?,
        possession: Signature::from_slice(&m.possession)
            .ok_or_else(|| FieldError::new(format!("{at}.possession"), FieldRule::Length))?,
    })
}

/// Whether a transfer for this purpose can serve this use: the Act has use
/// towards the NDC only by retirement (art. 52(3)(iii)), and what is retired
/// cannot serve other international purposes.
pub(super) fn serves(purpose: Purpose, use_: UseKind) -> bool {
    match (purpose, use_) {
        (Purpose::Other, _) => false,
        (Purpose::Retirement, kind) => !matches!(
            kind,
            UseKind::InternationalMitigation | UseKind::OtherPurposes | UseKind::Omge
        ),
        (Purpose::Cancellation, kind) => kind != UseKind::Ndc,
    }
}

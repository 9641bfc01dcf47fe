//! What keeps an account from being emptied.

use super::Parsed;
use super::choices::key_with_possession;
use super::fields::{account, entry, name, optional_tonnes, text};
use crate::command::{
    Body, Control, FieldError, FieldRule, Mandate, Power, Representative, Safeguards,
};
use crate::limits::{HOUR_MAX, WORKING_DAYS_MAX};
use crate::pb;

pub(super) fn representative(at: &str, m: &pb::Representative) -> Parsed<Representative> {
    Ok(Representative {
        account: account(&format!("{at}.account"), m.account)?,
        person: name(&format!("{at}.person"), &m.person)?,
        power: power(&format!("{at}.power"), m.power)?,
    })
}

fn power(at: &str, raw: i32) -> Parsed<Power> {
    match pb::Power::try_from(raw) {
        Ok(pb::Power::Full) => Ok(Power::Full),
        Ok(pb::Power::Initiate) => Ok(Power::Initiate),
        Ok(pb::Power::Approve) => Ok(Power::Approve),
        Ok(pb::Power::Read) => Ok(Power::Read),
        Ok(pb::Power::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

fn control(at: &str, raw: i32) -> Parsed<Control> {
    match pb::Control::try_from(raw) {
        Ok(pb::Control::Single) => Ok(Control::Single),
        Ok(pb::Control::Dual) => Ok(Control::Dual),
        Ok(pb::Control::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

fn mandate(at: &str, m: Option<&pb::Mandate>) -> Parsed<Mandate> {
    let m = m.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    let limit = |field: &str, raw: u64| optional_tonnes(&format!("{at}.{field}"), raw);
    Ok(Mandate {
        control: control(&format!("{at}.control"), m.control)?,
        per_transfer_tonnes: limit("per_transfer_tonnes", m.per_transfer_tonnes)?,
        per_day_tonnes: limit("per_day_tonnes", m.per_day_tonnes)?,
        per_untrusted_tonnes: limit("per_untrusted_tonnes", m.per_untrusted_tonnes)?,
    })
}

pub(super) fn adopt_safeguards(m: &pb::AdoptSafeguards) -> Parsed<Body> {
    let at = |field: &str| format!("adopt_safeguards.{field}");
    let central = at("central_untrusted_tonnes");
    let hour = u8::try_from(m.cutoff_hour).ok().filter(|_| m.cutoff_hour <= HOUR_MAX);
    Ok(Body::AdoptSafeguards(Safeguards {
        default_mandate: mandate(&at("default_mandate"), m.default_mandate.as_ref())?,
        central_untrusted_tonnes: optional_tonnes(&central, m.central_untrusted_tonnes)?,
        delays: m.delays,
        cutoff_hour: hour
            .ok_or_else(|| FieldError::new(at("cutoff_hour"), FieldRule::OutOfRange))?,
        early_days: waiting_days(&at("early_days"), m.early_days)?,
        late_days: waiting_days(&at("late_days"), m.late_days)?,
        trust_days: waiting_days(&at("trust_days"), m.trust_days)?,
        recovery_days: waiting_days(&at("recovery_days"), m.recovery_days)?,
        pinned: m.pinned,
    }))
}

/// Working days to wait; with none, today.
fn waiting_days(at: &str, raw: u32) -> Parsed<u16> {
    let days = u16::try_from(raw).ok().filter(|_| raw <= WORKING_DAYS_MAX);
    days.ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

pub(super) fn set_mandate(m: &pb::SetMandate) -> Parsed<Body> {
    Ok(Body::SetMandate {
        account: account("set_mandate.account", m.account)?,
        mandate: mandate("set_mandate.mandate", m.mandate.as_ref())?,
    })
}

pub(super) fn trust_account(m: &pb::TrustAccount) -> Parsed<Body> {
    Ok(Body::TrustAccount {
        account: account("trust_account.account", m.account)?,
        trusted: account("trust_account.trusted", m.trusted)?,
    })
}

pub(super) fn distrust_account(m: &pb::DistrustAccount) -> Parsed<Body> {
    Ok(Body::DistrustAccount {
        account: account("distrust_account.account", m.account)?,
        trusted: account("distrust_account.trusted", m.trusted)?,
    })
}

pub(super) fn freeze_account(m: &pb::FreezeAccount) -> Parsed<Body> {
    Ok(Body::FreezeAccount {
        account: account("freeze_account.account", m.account)?,
        reason: text("freeze_account.reason", &m.reason)?,
    })
}

pub(super) fn unfreeze_account(m: &pb::UnfreezeAccount) -> Parsed<Body> {
    Ok(Body::UnfreezeAccount {
        account: account("unfreeze_account.account", m.account)?,
        reason: text("unfreeze_account.reason", &m.reason)?,
    })
}

pub(super) fn request_recovery(m: pb::RequestRecovery) -> Parsed<Body> {
    let at = "request_recovery.representative";
    let of = m.representative.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    Ok(Body::RequestRecovery {
        representative: representative(at, &of)?,
        key: key_with_possession("request_recovery.key", m.key)?,
        reason: text("request_recovery.reason", &m.reason)?,
    })
}

pub(super) fn cancel_recovery(m: &pb::CancelRecovery) -> Parsed<Body> {
    Ok(Body::CancelRecovery {
        recovery: entry("cancel_recovery.recovery", m.recovery)?,
        reason: text("cancel_recovery.reason", &m.reason)?,
    })
}

pub(super) fn complete_recovery(m: &pb::CompleteRecovery) -> Parsed<Body> {
    let recovery = entry("complete_recovery.recovery", m.recovery)?;
    Ok(Body::CompleteRecovery { recovery })
}

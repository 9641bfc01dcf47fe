//! The cases of what keeps an account from being emptied.

use super::*;
use FieldRule::{BadChoice, BadName, BadText, Length, Missing, OutOfRange};

type Cases = Vec<(&'static str, FieldRule, Change)>;

/// A limit that is too high.
const TOO_MUCH: u64 = crate::limits::TONNES_MAX + 1;

fn mandate(m: &mut Option<pb::Mandate>) -> &mut pb::Mandate {
    m.as_mut().expect("one")
}

/// The last role that a key is registered for is a representative's.
fn of_role(m: &mut pb::RegisterKey) -> &mut pb::Representative {
    match m.role.as_mut().and_then(|role| role.kind.as_mut()) {
        Some(pb::role::Kind::Representative(of)) => of,
        other => panic!("not a representative: {other:?}"),
    }
}

pub(super) fn role_cases() -> Cases {
    vec![
        (
            "register_key.role.representative.account",
            OutOfRange,
            at!(RegisterKey, |m| of_role(m).account = 0),
        ),
        (
            "register_key.role.representative.account",
            OutOfRange,
            at!(RegisterKey, |m| of_role(m).account = 10_000_000),
        ),
        (
            "register_key.role.representative.person",
            BadName,
            at!(RegisterKey, |m| of_role(m).person.clear()),
        ),
        (
            "register_key.role.representative.person",
            BadName,
            at!(RegisterKey, |m| of_role(m).person.push('中')),
        ),
        (
            "register_key.role.representative.power",
            BadChoice,
            at!(RegisterKey, |m| of_role(m).power = 0),
        ),
        (
            "register_key.role.representative.power",
            BadChoice,
            at!(RegisterKey, |m| of_role(m).power = 5),
        ),
    ]
}

pub(super) fn safeguard_cases() -> Cases {
    vec![
        (
            "adopt_safeguards.default_mandate",
            Missing,
            at!(AdoptSafeguards, |m| m.default_mandate = None),
        ),
        (
            "adopt_safeguards.default_mandate.control",
            BadChoice,
            at!(AdoptSafeguards, |m| mandate(&mut m.default_mandate).control = 0),
        ),
        (
            "adopt_safeguards.default_mandate.per_transfer_tonnes",
            OutOfRange,
            at!(AdoptSafeguards, |m| mandate(&mut m.default_mandate).per_transfer_tonnes =
                TOO_MUCH),
        ),
        (
            "adopt_safeguards.central_untrusted_tonnes",
            OutOfRange,
            at!(AdoptSafeguards, |m| m.central_untrusted_tonnes = TOO_MUCH),
        ),
        ("adopt_safeguards.cutoff_hour", OutOfRange, at!(AdoptSafeguards, |m| m.cutoff_hour = 24)),
        ("adopt_safeguards.cutoff_hour", OutOfRange, at!(AdoptSafeguards, |m| m.cutoff_hour = 256)),
        ("adopt_safeguards.early_days", OutOfRange, at!(AdoptSafeguards, |m| m.early_days = 251)),
        ("adopt_safeguards.late_days", OutOfRange, at!(AdoptSafeguards, |m| m.late_days = 251)),
        (
            "adopt_safeguards.trust_days",
            OutOfRange,
            at!(AdoptSafeguards, |m| m.trust_days = 65_536),
        ),
        (
            "adopt_safeguards.recovery_days",
            OutOfRange,
            at!(AdoptSafeguards, |m| m.recovery_days = 251),
        ),
    ]
}

pub(super) fn mandate_cases() -> Cases {
    vec![
        ("set_mandate.account", OutOfRange, at!(SetMandate, |m| m.account = 0)),
        ("set_mandate.mandate", Missing, at!(SetMandate, |m| m.mandate = None)),
        (
            "set_mandate.mandate.control",
            BadChoice,
            at!(SetMandate, |m| mandate(&mut m.mandate).control = 0),
        ),
        (
            "set_mandate.mandate.control",
            BadChoice,
            at!(SetMandate, |m| mandate(&mut m.mandate).control = 3),
        ),
        (
            "set_mandate.mandate.per_transfer_tonnes",
            OutOfRange,
            at!(SetMandate, |m| mandate(&mut m.mandate).per_transfer_tonnes = TOO_MUCH),
        ),
        (
            "set_mandate.mandate.per_day_tonnes",
            OutOfRange,
            at!(SetMandate, |m| mandate(&mut m.mandate).per_day_tonnes += 1),
        ),
        (
            "set_mandate.mandate.per_untrusted_tonnes",
            OutOfRange,
            at!(SetMandate, |m| mandate(&mut m.mandate).per_untrusted_tonnes = u64::MAX),
        ),
    ]
}

pub(super) fn account_cases() -> Cases {
    vec![
        ("trust_account.account", OutOfRange, at!(TrustAccount, |m| m.account = 0)),
        ("trust_account.trusted", OutOfRange, at!(TrustAccount, |m| m.trusted = 0)),
        ("distrust_account.account", OutOfRange, at!(DistrustAccount, |m| m.account = 10_000_000)),
        ("distrust_account.trusted", OutOfRange, at!(DistrustAccount, |m| m.trusted = 0)),
        ("freeze_account.account", OutOfRange, at!(FreezeAccount, |m| m.account = 0)),
        ("freeze_account.reason", BadText, at!(FreezeAccount, |m| m.reason.clear())),
        ("unfreeze_account.account", OutOfRange, at!(UnfreezeAccount, |m| m.account = 0)),
        ("unfreeze_account.reason", BadText, at!(UnfreezeAccount, |m| m.reason.push('\n'))),
    ]
}

pub(super) fn recovery_cases() -> Cases {
    fn of(m: &mut pb::RequestRecovery) -> &mut pb::Representative {
        m.representative.as_mut().expect("one")
    }
    vec![
        (
            "request_recovery.representative",
            Missing,
            at!(RequestRecovery, |m| m.representative = None),
        ),
        (
            "request_recovery.representative.account",
            OutOfRange,
            at!(RequestRecovery, |m| of(m).account = 0),
        ),
        (
            "request_recovery.representative.person",
            BadName,
            at!(RequestRecovery, |m| of(m).person.clear()),
        ),
        (
            "request_recovery.representative.power",
            BadChoice,
            at!(RequestRecovery, |m| of(m).power = 0),
        ),
        ("request_recovery.key", Missing, at!(RequestRecovery, |m| m.key = None)),
        (
            "request_recovery.key.public_key",
            Length,
            at!(RequestRecovery, |m| m.key.as_mut().expect("one").public_key.push(0)),
        ),
        (
            "request_recovery.key.possession",
            Length,
            at!(RequestRecovery, |m| m.key.as_mut().expect("one").possession.clear()),
        ),
        ("request_recovery.reason", BadText, at!(RequestRecovery, |m| m.reason.clear())),
        ("cancel_recovery.recovery", Missing, at!(CancelRecovery, |m| m.recovery = 0)),
        ("cancel_recovery.reason", BadText, at!(CancelRecovery, |m| m.reason.insert(0, ' '))),
        ("complete_recovery.recovery", Missing, at!(CompleteRecovery, |m| m.recovery = 0)),
    ]
}

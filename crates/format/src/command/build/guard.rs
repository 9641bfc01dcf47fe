//! The messages of what keeps an account from being emptied.

use super::{Wire, key_with_possession};
use crate::amount::Tonnes;
use crate::command::{Control, KeyWithPossession, Mandate, Power, Representative, Safeguards};
use crate::id::{AccountNumber, EntryIndex};
use crate::pb;
use crate::text::Text;

pub(super) fn representative(of: &Representative) -> pb::Representative {
    let power = match of.power {
        Power::Full => pb::Power::Full,
        Power::Initiate => pb::Power::Initiate,
        Power::Approve => pb::Power::Approve,
        Power::Read => pb::Power::Read,
    };
    pb::Representative {
        account: of.account.get(),
        person: of.person.to_string(),
        power: power.into(),
    }
}

/// 0 = no limit.
fn limit(tonnes: Option<Tonnes>) -> u64 {
    tonnes.map_or(0, Tonnes::get)
}

fn mandate(mandate: &Mandate) -> pb::Mandate {
    let control = match mandate.control {
        Control::Single => pb::Control::Single,
        Control::Dual => pb::Control::Dual,
    };
    pb::Mandate {
        control: control.into(),
        per_transfer_tonnes: limit(mandate.per_transfer_tonnes),
        per_day_tonnes: limit(mandate.per_day_tonnes),
        per_untrusted_tonnes: limit(mandate.per_untrusted_tonnes),
    }
}

pub(super) fn safeguards(safeguards: &Safeguards) -> Wire {
    Wire::AdoptSafeguards(pb::AdoptSafeguards {
        default_mandate: Some(mandate(&safeguards.default_mandate)),
        central_untrusted_tonnes: limit(safeguards.central_untrusted_tonnes),
        delays: safeguards.delays,
        cutoff_hour: safeguards.cutoff_hour.into(),
        early_days: safeguards.early_days.into(),
        late_days: safeguards.late_days.into(),
        trust_days: safeguards.trust_days.into(),
        recovery_days: safeguards.recovery_days.into(),
        pinned: safeguards.pinned,
    })
}

pub(super) fn set_mandate(account: AccountNumber, mandate: &Mandate) -> Wire {
    let (account, mandate) = (account.get(), Some(self::mandate(mandate)));
    Wire::SetMandate(pb::SetMandate { account, mandate })
}

pub(super) fn trust(account: AccountNumber, trusted: AccountNumber) -> Wire {
    let (account, trusted) = (account.get(), trusted.get());
    Wire::TrustAccount(pb::TrustAccount { account, trusted })
}

pub(super) fn distrust(account: AccountNumber, trusted: AccountNumber) -> Wire {
    let (account, trusted) = (account.get(), trusted.get());
    Wire::DistrustAccount(pb::DistrustAccount { account, trusted })
}

pub(super) fn freeze(account: AccountNumber, reason: &Text) -> Wire {
    let (account, reason) = (account.get(), reason.to_string());
    Wire::FreezeAccount(pb::FreezeAccount { account, reason })
}

pub(super) fn unfreeze(account: AccountNumber, reason: &Text) -> Wire {
    let (account, reason) = (account.get(), reason.to_string());
    Wire::UnfreezeAccount(pb::UnfreezeAccount { account, reason })
}

pub(super) fn ask(of: &Representative, key: &KeyWithPossession, reason: &Text) -> Wire {
    Wire::RequestRecovery(pb::RequestRecovery {
        representative: Some(representative(of)),
        key: Some(key_with_possession(key)),
        reason: reason.to_string(),
    })
}

pub(super) fn cancel(recovery: EntryIndex, reason: &Text) -> Wire {
    let (recovery, reason) = (recovery.get(), reason.to_string());
    Wire::CancelRecovery(pb::CancelRecovery { recovery, reason })
}

pub(super) fn complete(recovery: EntryIndex) -> Wire {
    Wire::CompleteRecovery(pb::CompleteRecovery { recovery: recovery.get() })
}

//! Safeguards of accounts in words.

use super::{counted, tonnes};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Control, Mandate, Safeguards};
use jcm_format::event::Effect;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::SafeguardsAdopted { safeguards } => safeguards_words(safeguards),
        Effect::MandateSet { account, mandate, effective } => {
            format!(
                "sets the mandate of account {account} from {effective}: {}",
                mandate_words(mandate)
            )
        }
        Effect::TrustedAdded { account, trusted, effective } => {
            format!("account {account} trusts account {trusted} from {effective}")
        }
        Effect::TrustedRemoved { account, trusted } => {
            format!("account {account} no longer trusts account {trusted}")
        }
        Effect::AccountFrozen { account } => {
            format!("freezes account {account}; nothing goes out of it")
        }
        Effect::AccountUnfrozen { account } => format!("ends the freeze of account {account}"),
        Effect::TransferDelayed { not_before } => {
            format!("the transfer is not recorded before {not_before}")
        }
        Effect::RecoveryRequested { representative, key, not_before } => format!(
            "asks for the new key {key} of {} (power: {}) for account {}, not before {not_before}",
            representative.person, representative.power, representative.account
        ),
        Effect::RecoveryCancelled { recovery } => format!("stops the recovery of entry {recovery}"),
        Effect::RecoveryCompleted { recovery } => {
            format!("completes the recovery of entry {recovery}")
        }
        _ => String::new(),
    }
}

/// How an account may be used.
pub fn mandate_words(mandate: &Mandate) -> String {
    let control = match mandate.control {
        Control::Single => "one representative signs",
        Control::Dual => "two representatives sign",
    };
    let limits = [
        (mandate.per_transfer_tonnes, "in one transfer"),
        (mandate.per_day_tonnes, "in a day"),
        (mandate.per_untrusted_tonnes, "in one transfer to an account that is not trusted"),
    ];
    let limits = limits.into_iter().filter_map(|(limit, of)| Some(limit_words(limit?, of)));
    let limits: Vec<String> = limits.collect();
    if limits.is_empty() {
        format!("{control}; no limit")
    } else {
        format!("{control}; {}", limits.join(", "))
    }
}

fn limit_words(limit: Tonnes, of: &str) -> String {
    format!("at most {} {of}", tonnes(limit))
}

/// Rule data for the protection of accounts.
pub fn safeguards_words(safeguards: &Safeguards) -> String {
    let central = match safeguards.central_untrusted_tonnes {
        Some(limit) => format!("at most {}", tonnes(limit)),
        None => "no limit".to_owned(),
    };
    let delays = if safeguards.delays {
        format!(
            "delayed by {} if applied for before {}:00, by {} later",
            counted(safeguards.early_days.into(), "working day"),
            safeguards.cutoff_hour,
            safeguards.late_days
        )
    } else {
        "not delayed".to_owned()
    };
    format!(
        "adopts safeguards of accounts: without a mandate of its own, {}; to accounts that are not \
         trusted, {central} in one transfer whatever the mandate says, and {delays}; {} \
         until an account is trusted or a looser mandate is in force, {} until a lost key is \
         replaced; what two must sign {} its effect",
        mandate_words(&safeguards.default_mandate),
        counted(safeguards.trust_days.into(), "working day"),
        safeguards.recovery_days,
        if safeguards.pinned { "pins" } else { "need not pin" }
    )
}

//! Genesis: creates the registry (Act, art. 47(1)).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::{Genesis, Role};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::AccountNumber;
use std::collections::BTreeSet;

/// The accounts that the government needs from the first day (registry
/// ordinance, art. 2(1)).
const GOVERNMENT_ACCOUNTS: [(u32, AccountCategory); 3] = [
    (1, AccountCategory::GovernmentHolding),
    (2, AccountCategory::Retirement),
    (3, AccountCategory::Cancellation),
];

pub(super) fn decide(case: &Case<'_>, genesis: &Genesis) -> Decision {
    if case.state.entries() != 0 {
        return reject(Reason::RegistryExists, "");
    }
    let log_key_is_an_authority =
        genesis.authorities.iter().any(|(_, key)| *key == genesis.log_key);
    if log_key_is_an_authority || genesis.log_key.admit().is_err() {
        return reject(Reason::KeyUnsuitable, "log_key");
    }
    let listed: BTreeSet<_> = genesis.authorities.iter().map(|(_, key)| *key).collect();
    let signed: BTreeSet<_> = case.signers.iter().copied().collect();
    if listed != signed {
        return reject(Reason::RoleNotPermitted, "every authority key must sign, and no other");
    }
    // After this point the command is accepted.
    let mut effects = vec![
        Effect::RegistryCreated { origin: case.command.registry.clone(), log_key: genesis.log_key },
        Effect::RuleSetAdopted { rule_set: genesis.rule_set },
    ];
    for (number, category) in GOVERNMENT_ACCOUNTS {
        effects.extend(
            AccountNumber::new(number)
                .map(|account| Effect::GovernmentAccountOpened { account, category }),
        );
    }
    effects.extend(genesis.authorities.iter().map(|(person, key)| Effect::KeyRegistered {
        key: *key,
        role: Role::Authority(person.clone()),
    }));
    Ok(effects)
}

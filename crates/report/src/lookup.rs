//! What a fold asks of the log beside the entries it is given.
//!
//! An account that bought units never sees the entry that issued them, and an
//! act on an application names the application alone. Both are looked up, so
//! that a report does not depend on which other entries it was given.

use jcm_format::amount::Yen;
use jcm_format::command::{Acceptance, PaymentId, Representative, Role, Rules};
use jcm_format::entry::Entry;
use jcm_format::event::{CreditClass, Effect};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::time::{Date, Year};
use serde::Serialize;
use std::collections::BTreeMap;

/// What all units of a block have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockFacts {
    /// The project that reduced the emissions.
    pub project: ProjectRef,
    /// Calendar year in which the reductions occurred.
    pub vintage: Year,
    /// Legal class.
    pub class: CreditClass,
    /// Date of issuance, in this book or its predecessor.
    pub issued_on: Date,
}

/// Earlier entries and the facts of blocks.
pub trait Lookup {
    /// The entry at an index; `None` if the log does not have it.
    fn entry(&self, index: EntryIndex) -> Option<Entry>;

    /// The facts of a block; `None` if it was not issued.
    fn block(&self, block: BlockNumber) -> Option<BlockFacts>;
}

/// What a notice says beside: the circumstances at the time of its entry.
pub trait Circumstances: Lookup {
    /// The rules of a version; `None` for the version 0 of genesis.
    fn rules(&self, version: u32) -> Option<Rules>;

    /// The account that a key acts for, or acted for before it was revoked.
    fn key_account(&self, key: &PublicKey) -> Option<AccountNumber>;

    /// What entries before `before` settled of an application's fee.
    fn settled(&self, application: EntryIndex, before: EntryIndex) -> Yen;

    /// From whom an account received units before the entry `before`.
    fn acceptance(&self, account: AccountNumber, before: EntryIndex) -> Acceptance;
}

/// The blocks that an entry issued.
pub fn blocks_in(entry: &Entry) -> Vec<(BlockNumber, BlockFacts)> {
    let mut issued = None;
    let mut blocks = Vec::new();
    for effect in &entry.event.0 {
        match effect {
            Effect::IssuanceRecorded { project, .. } => issued = Some(project),
            Effect::BlockIssued { block, vintage, issued_on, class, .. } => {
                blocks.extend(issued.map(|project| {
                    let (vintage, class, issued_on) = (*vintage, *class, *issued_on);
                    (*block, BlockFacts { project: project.clone(), vintage, class, issued_on })
                }));
            }
            _ => {}
        }
    }
    blocks
}

/// What an entry settles of fees: application, payment, yen.
pub fn settlements_in(entry: &Entry) -> impl Iterator<Item = (EntryIndex, PaymentId, Yen)> {
    entry.event.0.iter().filter_map(|effect| match effect {
        Effect::PaymentApplied { payment, application, amount_yen } => {
            let application = application.unwrap_or(entry.index);
            Some((application, PaymentId::single(*payment), *amount_yen))
        }
        Effect::PaymentLineApplied { payment, application, amount_yen } => {
            Some((application.unwrap_or(entry.index), *payment, *amount_yen))
        }
        _ => None,
    })
}

/// Entries in memory: the look-ups of somebody who has read the whole log.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    entries: BTreeMap<EntryIndex, Entry>,
    blocks: BTreeMap<BlockNumber, BlockFacts>,
    keys: BTreeMap<PublicKey, AccountNumber>,
    rules: BTreeMap<u32, Rules>,
}

impl Archive {
    /// Takes over the next entry.
    pub fn add(&mut self, entry: Entry) {
        self.blocks.extend(blocks_in(&entry));
        for effect in &entry.event.0 {
            match effect {
                Effect::KeyRegistered { key, role: Role::Account(account) }
                | Effect::KeyRegistered {
                    key,
                    role: Role::Representative(Representative { account, .. }),
                } => {
                    self.keys.insert(*key, *account);
                }
                Effect::RuleSetAdopted { rule_set } => {
                    self.rules.insert(rule_set.version, Rules::of_genesis(rule_set));
                }
                Effect::RulesAdopted { rules } => {
                    self.rules.insert(rules.version, rules.clone());
                }
                _ => {}
            }
        }
        self.entries.insert(entry.index, entry);
    }

    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}

impl Lookup for Archive {
    fn entry(&self, index: EntryIndex) -> Option<Entry> {
        self.entries.get(&index).cloned()
    }

    fn block(&self, block: BlockNumber) -> Option<BlockFacts> {
        self.blocks.get(&block).cloned()
    }
}

impl Circumstances for Archive {
    fn rules(&self, version: u32) -> Option<Rules> {
        self.rules.get(&version).cloned()
    }

    fn key_account(&self, key: &PublicKey) -> Option<AccountNumber> {
        self.keys.get(key).copied()
    }

    fn settled(&self, application: EntryIndex, before: EntryIndex) -> Yen {
        let parts = self.entries.range(..before).flat_map(|(_, entry)| settlements_in(entry));
        let of_it = parts.filter(|(of, _, _)| *of == application).map(|(_, _, yen)| yen);
        // Never more than one fee, which is far below the largest number.
        Yen::checked_sum(of_it).unwrap_or(Yen::MAX)
    }

    fn acceptance(&self, account: AccountNumber, before: EntryIndex) -> Acceptance {
        let effects = self.entries.range(..before).rev().flat_map(|(_, entry)| &entry.event.0);
        let mut set = effects.filter_map(|effect| match effect {
            Effect::AcceptanceSet { account: of, acceptance } if *of == account => Some(acceptance),
            _ => None,
        });
        set.next().cloned().unwrap_or(Acceptance::Anybody)
    }
}

//! What can be asked of the state. Everything is read-only and ordered.

use super::{Account, Block, Consent, Executed, Issuance, KeyRecord, Project, State};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Person, Role, Rules};
use jcm_format::event::AccountCategory;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, EntryIndex, ProjectRef};
use jcm_format::itmo::Itmo;
use jcm_format::key::PublicKey;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::Timestamp;
use jcm_format::tlog::Origin;
use std::collections::BTreeMap;

/// Number of the first entity account; those below are the government's.
const FIRST_ENTITY_ACCOUNT: u32 = 1_001;

/// A stretch of units of which nothing is different but the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitStretch {
    /// The units.
    pub range: SerialRange,
    /// Who holds them.
    pub account: AccountNumber,
    /// The open application that reserves them.
    pub reserved: Option<EntryIndex>,
    /// Japan's and the partner's version under which they were first transferred.
    pub first_transferred: Option<(EntryIndex, EntryIndex)>,
    /// The identifier of the first of them, once they have one; serials run on.
    pub itmo: Option<Itmo>,
    /// The entry of the trust whose property they are.
    pub trust: Option<EntryIndex>,
    /// Whether a restriction names them, or restricts the whole account.
    pub restricted: bool,
}

impl State {
    /// How many entries there are.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Leaf hash of the last entry; zero before genesis.
    pub fn head(&self) -> Digest {
        self.head.unwrap_or(Digest::ZERO)
    }

    /// Time of the last entry.
    pub fn last_time(&self) -> Option<Timestamp> {
        self.last_time
    }

    /// The registry's origin; none before genesis.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The key that signs checkpoints.
    pub fn log_key(&self) -> Option<PublicKey> {
        self.log_key
    }

    /// The rule data in force; none before genesis.
    pub fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
    }

    /// The version in force; zero before genesis.
    pub fn rule_set_version(&self) -> u32 {
        self.rules.as_ref().map_or(0, |rules| rules.version)
    }

    /// An executed command that may still be retried at `now`.
    pub fn executed(&self, id: CommandId, now: Timestamp) -> Option<Executed> {
        self.executed.get(&id).filter(|executed| now <= executed.valid_until).copied()
    }

    /// A registered key.
    pub fn key(&self, key: &PublicKey) -> Option<&KeyRecord> {
        self.keys.get(key)
    }

    /// Every key ever registered.
    pub fn keys(&self) -> impl Iterator<Item = (&PublicKey, &KeyRecord)> {
        self.keys.iter()
    }

    /// Whether the person is an operator.
    pub fn is_operator(&self, person: &Name) -> bool {
        self.operators.contains(person)
    }

    /// Every operator.
    pub fn operators(&self) -> impl Iterator<Item = &Name> {
        self.operators.iter()
    }

    /// How many persons have an authority key that is valid, `without` one key.
    pub(crate) fn authority_persons(&self, without: Option<PublicKey>) -> usize {
        let mut persons: Vec<&Name> = self
            .keys
            .iter()
            .filter(|(key, record)| !record.revoked && Some(**key) != without)
            .filter_map(|(_, record)| match &record.role {
                Role::Authority(person) => Some(person),
                _ => None,
            })
            .collect();
        persons.sort_unstable();
        persons.dedup();
        persons.len()
    }

    /// An account, open or closed.
    pub fn account(&self, number: AccountNumber) -> Option<&Account> {
        self.accounts.get(&number)
    }

    /// An account that is not closed: what the rules call an account that exists.
    pub(crate) fn live_account(&self, number: AccountNumber) -> Option<&Account> {
        self.account(number).filter(|account| account.closed.is_none())
    }

    /// Every account, open or closed.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The account of a person, unless it is closed.
    pub fn account_of(&self, person: &Person) -> Option<AccountNumber> {
        self.persons.get(person).copied()
    }

    /// The number that the next entity account gets.
    pub(crate) fn next_account(&self) -> Option<AccountNumber> {
        match self.accounts.last_key_value() {
            Some((last, _)) if FIRST_ENTITY_ACCOUNT <= last.get() => last.next(),
            _ => AccountNumber::new(FIRST_ENTITY_ACCOUNT),
        }
    }

    /// The number that the next government account gets.
    pub(crate) fn next_government_account(&self) -> Option<AccountNumber> {
        let first_entity = AccountNumber::new(FIRST_ENTITY_ACCOUNT)?;
        let (last, _) = self.accounts.range(..first_entity).next_back()?;
        last.next().filter(|next| *next < first_entity)
    }

    /// A project.
    pub fn project(&self, reference: &ProjectRef) -> Option<&Project> {
        self.projects.get(reference)
    }

    /// Every project.
    pub fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.values()
    }

    /// A consent, by the entry that recorded it.
    pub fn consent(&self, entry: EntryIndex) -> Option<&Consent> {
        self.consents.get(&entry)
    }

    /// Every consent.
    pub fn consents(&self) -> impl Iterator<Item = &Consent> {
        self.consents.values()
    }

    /// Every issuance.
    pub fn issuances(&self) -> impl Iterator<Item = &Issuance> {
        self.issuances.values()
    }

    /// A block.
    pub fn block(&self, number: BlockNumber) -> Option<&Block> {
        self.blocks.get(&number)
    }

    /// Every block.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.values()
    }

    pub(crate) fn next_block(&self) -> Option<BlockNumber> {
        match self.blocks.last_key_value() {
            Some((last, _)) => last.next(),
            None => BlockNumber::new(1),
        }
    }

    /// What an account holds, ascending.
    pub fn holdings(&self, account: AccountNumber) -> impl Iterator<Item = SerialRange> {
        self.holdings.get(&account).into_iter().flat_map(|units| units.iter().map(|(r, ())| r))
    }

    /// How much an account holds.
    pub fn balance(&self, account: AccountNumber) -> Tonnes {
        Tonnes::checked_sum(self.holdings(account).map(SerialRange::quantity))
            .unwrap_or(Tonnes::ZERO)
    }

    /// How much the accounts of each category hold together (registry
    /// ordinance, art. 16(2)).
    pub fn totals(&self) -> BTreeMap<AccountCategory, Tonnes> {
        use AccountCategory::{Cancellation, Entity, GovernmentHolding, Retirement};
        let mut totals: BTreeMap<_, _> = [GovernmentHolding, Retirement, Cancellation, Entity]
            .map(|category| (category, Tonnes::ZERO))
            .into();
        for account in self.accounts.values() {
            let total = totals.entry(account.category).or_insert(Tonnes::ZERO);
            *total = total.checked_add(self.balance(account.number)).unwrap_or(*total);
        }
        totals
    }

    /// How much was ever issued.
    pub fn issued(&self) -> Tonnes {
        Tonnes::checked_sum(self.blocks.values().map(|block| block.quantity_tonnes))
            .unwrap_or(Tonnes::ZERO)
    }

    /// What is known of the units of `range`, ascending; units never issued
    /// are left out.
    pub fn units(&self, range: SerialRange) -> Vec<UnitStretch> {
        let mut stretches = Vec::new();
        for (held, account) in self.holders.within(range) {
            let mut open = Some(held);
            while let Some(rest) = open {
                let (reserved, cut) = first_value(&self.reserved, rest);
                let (first_transferred, cut) = first_value(&self.first_transfers, cut);
                let (itmo, cut) = self.first_itmo(cut);
                let (trust, cut) = first_value(&self.in_trust, cut);
                let (named, stretch) = first_value(self.restrictions.named(), cut);
                stretches.push(UnitStretch {
                    range: stretch,
                    account,
                    reserved,
                    first_transferred,
                    itmo,
                    trust,
                    restricted: named.is_some() || self.restrictions.is_whole(account),
                });
                open = rest.without(stretch).1;
            }
        }
        stretches
    }

    /// The account that holds every unit of `range`, if it is one.
    pub(crate) fn all_held_by(&self, range: SerialRange, account: AccountNumber) -> bool {
        self.holders.all_have(range, account)
    }

    /// Whether an open application reserves some unit of `range`.
    pub(crate) fn is_reserved(&self, range: SerialRange) -> bool {
        self.reserved.within(range).next().is_some()
    }

    /// The parts of `range` that are first transferred, with the entries of
    /// both versions.
    pub fn first_transfers(
        &self,
        range: SerialRange,
    ) -> impl Iterator<Item = (SerialRange, (EntryIndex, EntryIndex))> {
        self.first_transfers.within(range)
    }

    /// The parts of `range` that are not first transferred yet.
    pub(crate) fn not_first_transferred(&self, range: SerialRange) -> Vec<SerialRange> {
        self.first_transfers.gaps(range)
    }

    /// Whether every unit issued is in exactly one account, and no other unit
    /// is in any. Holds after every entry; asked after a start.
    pub fn is_conserved(&self) -> bool {
        let mut held: BTreeMap<BlockNumber, Tonnes> = BTreeMap::new();
        for units in self.holdings.values() {
            for (range, ()) in units.iter() {
                let sum = held.entry(range.block()).or_default();
                match sum.checked_add(range.quantity()) {
                    Some(total) => *sum = total,
                    None => return false,
                }
            }
        }
        let issued: BTreeMap<_, _> =
            self.blocks.values().map(|block| (block.number, block.quantity_tonnes)).collect();
        let owners_agree = self.holdings.iter().all(|(account, units)| {
            units.iter().all(|(range, ())| self.holders.all_have(range, *account))
        });
        held == issued && owners_agree
    }
}

/// The value at the start of `range`, and the stretch that has the same one.
pub(super) fn first_value<V: Copy + PartialEq>(
    map: &super::UnitMap<V>,
    range: SerialRange,
) -> (Option<V>, SerialRange) {
    match map.within(range).next() {
        None => (None, range),
        Some((part, value)) if part.first() == range.first() => (Some(value), part),
        Some((part, _)) => (None, range.without(part).0.unwrap_or(range)),
    }
}

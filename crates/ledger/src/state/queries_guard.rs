//! What can be asked of the safeguards of accounts. Everything is read-only and
//! ordered. Days are given by the caller: nothing here knows what day it is.

use super::{DatedMandate, KeyRecord, Outgoing, Recovery, State};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Mandate, Safeguards};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use jcm_format::time::Date;

impl State {
    /// The safeguards in force; none until some are adopted.
    pub fn safeguards(&self) -> Option<&Safeguards> {
        self.guard.safeguards.as_ref()
    }

    /// How an entity account may be used on `day`, today or later: by its own
    /// mandate, or else by the default one. `None` until safeguards are adopted.
    pub fn mandate_on(&self, account: AccountNumber, day: Date) -> Option<Mandate> {
        let safeguards = self.safeguards()?;
        let own = self.own_mandate_on(account, day);
        Some(own.map_or(safeguards.default_mandate, |own| own.mandate))
    }

    /// The mandate of an account's own that is in force on `day`.
    pub fn own_mandate_on(&self, account: AccountNumber, day: Date) -> Option<DatedMandate> {
        self.guard.mandates.get(&account)?.on(day)
    }

    /// The mandate that comes into force after `day`.
    pub fn mandate_after(&self, account: AccountNumber, day: Date) -> Option<DatedMandate> {
        self.guard.mandates.get(&account)?.after(day)
    }

    /// The trusted list of an account, ascending, with the day from which each
    /// counts.
    pub fn trusted_by(
        &self,
        account: AccountNumber,
    ) -> impl Iterator<Item = (AccountNumber, Date)> {
        let list = self.guard.trusted.get(&account).into_iter().flatten();
        list.map(|(trusted, first_day)| (*trusted, *first_day))
    }

    /// The day from which an account on the trusted list of another counts.
    pub fn trusted_from(&self, account: AccountNumber, trusted: AccountNumber) -> Option<Date> {
        self.guard.trusted.get(&account)?.get(&trusted).copied()
    }

    /// Whether `source` trusts `destination` on `day`: it is on the list and its day
    /// has come, or it is the government's.
    pub fn is_trusted(&self, source: AccountNumber, destination: AccountNumber, day: Date) -> bool {
        let is_government =
            self.account(destination).is_some_and(|account| account.category.is_government());
        is_government || self.trusted_from(source, destination).is_some_and(|from| from <= day)
    }

    /// Whether nothing may go out of an account.
    pub fn is_frozen(&self, account: AccountNumber) -> bool {
        self.guard.frozen.contains(&account)
    }

    /// Every frozen account, ascending.
    pub fn frozen(&self) -> impl Iterator<Item = AccountNumber> {
        self.guard.frozen.iter().copied()
    }

    /// A recovery that waits, by the entry that asked for it.
    pub fn recovery(&self, entry: EntryIndex) -> Option<&Recovery> {
        self.guard.recoveries.get(&entry)
    }

    /// Every recovery that waits, oldest first.
    pub fn recoveries(&self) -> impl Iterator<Item = &Recovery> {
        self.guard.recoveries.values()
    }

    /// The recovery of an account that waits; there is one at most.
    pub fn recovery_of(&self, account: AccountNumber) -> Option<&Recovery> {
        self.recovery(*self.guard.recovering.get(&account)?)
    }

    pub(crate) fn key_waits_in_recovery(&self, key: &PublicKey) -> bool {
        self.guard.recovery_keys.contains(key)
    }

    /// What an account applied for on the day of its last application for a
    /// transfer, since safeguards were adopted.
    pub fn outgoing(&self, account: AccountNumber) -> Option<Outgoing> {
        self.guard.outgoing.get(&account).copied()
    }

    /// What an account has applied for on `day`, which is the day of the last entry
    /// or later.
    pub fn outgoing_on(&self, account: AccountNumber, day: Date) -> Tonnes {
        let last = self.outgoing(account).filter(|last| last.day == day);
        last.map_or(Tonnes::ZERO, |last| last.tonnes)
    }

    /// The keys of an account that are not revoked, ascending.
    pub fn keys_of(
        &self,
        account: AccountNumber,
    ) -> impl Iterator<Item = (&PublicKey, &KeyRecord)> {
        let keys = self.account_keys.get(&account).into_iter().flatten();
        keys.filter_map(|key| self.keys.get_key_value(key))
    }

    /// Whether a representative of this name, of any account, has a key that is not
    /// revoked.
    pub fn is_representative(&self, person: &Name) -> bool {
        self.representatives.contains_key(person)
    }
}

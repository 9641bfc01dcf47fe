//! What keeps accounts from being emptied: the safeguards in force, mandates,
//! trusted lists, freezes, recoveries, and how much went out on a day.

use super::{State, is_by_new_trustee};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Mandate, Representative, Safeguards, TransferTerms};
use jcm_format::event::{Effect, Event};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::time::{Date, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A mandate, from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedMandate {
    /// How the account may be used.
    pub mandate: Mandate,
    /// The first day.
    pub effective: Date,
}

/// A new key that is asked for, and waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The entry that asked for it.
    pub entry: EntryIndex,
    /// Whom the key would act for.
    pub representative: Representative,
    /// The key.
    pub key: PublicKey,
    /// The first day on which it may be registered.
    pub not_before: Date,
}

/// What an account applied for on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    /// The day of its last application for a transfer.
    pub day: Date,
    /// What the applications of that day would move together.
    pub tonnes: Tonnes,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Guard {
    pub(super) safeguards: Option<Safeguards>,
    pub(super) mandates: BTreeMap<AccountNumber, Mandates>,
    // By the account that trusts, then the one that is trusted.
    pub(super) trusted: BTreeMap<AccountNumber, BTreeMap<AccountNumber, Date>>,
    pub(super) frozen: BTreeSet<AccountNumber>,
    pub(super) recoveries: BTreeMap<EntryIndex, Recovery>,
    // The same by account, of which each has one at most, and by key.
    pub(super) recovering: BTreeMap<AccountNumber, EntryIndex>,
    pub(super) recovery_keys: BTreeSet<PublicKey>,
    pub(super) outgoing: BTreeMap<AccountNumber, Outgoing>,
}

/// The mandates of one account that still matter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mandates {
    // In force, unless the other has come into force since.
    earlier: Option<DatedMandate>,
    later: Option<DatedMandate>,
}

impl Mandates {
    /// The one in force on a day that is not before the last one's entry.
    pub(super) fn on(&self, day: Date) -> Option<DatedMandate> {
        self.later.filter(|later| later.effective <= day).or(self.earlier)
    }

    /// The one that comes into force after `day`.
    pub(super) fn after(&self, day: Date) -> Option<DatedMandate> {
        self.later.filter(|later| day < later.effective)
    }

    /// The new one takes the place of one that has not come into force.
    fn set(&mut self, new: DatedMandate, today: Date) {
        self.earlier = self.on(today);
        self.later = Some(new);
    }
}

impl Guard {
    fn end_recovery(&mut self, recovery: EntryIndex) {
        if let Some(ended) = self.recoveries.remove(&recovery) {
            self.recovering.remove(&ended.representative.account);
            self.recovery_keys.remove(&ended.key);
        }
    }
}

impl State {
    pub(super) fn apply_guard(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        let guard = &mut self.guard;
        match effect {
            Effect::SafeguardsAdopted { safeguards } => guard.safeguards = Some(*safeguards),
            Effect::MandateSet { account, mandate, effective } => {
                let new = DatedMandate { mandate: *mandate, effective: *effective };
                guard.mandates.entry(*account).or_default().set(new, time.date_in_japan());
            }
            Effect::TrustedAdded { account, trusted, effective } => {
                guard.trusted.entry(*account).or_default().insert(*trusted, *effective);
            }
            Effect::TrustedRemoved { account, trusted } => {
                if let Some(list) = guard.trusted.get_mut(account) {
                    list.remove(trusted);
                }
            }
            Effect::AccountFrozen { account } => {
                guard.frozen.insert(*account);
            }
            Effect::AccountUnfrozen { account } => {
                guard.frozen.remove(account);
            }
            Effect::RecoveryRequested { representative, key, not_before } => {
                let recovery = Recovery {
                    entry: index,
                    representative: representative.clone(),
                    key: *key,
                    not_before: *not_before,
                };
                guard.recovering.insert(representative.account, index);
                guard.recovery_keys.insert(*key);
                guard.recoveries.insert(index, recovery);
            }
            Effect::RecoveryCancelled { recovery } | Effect::RecoveryCompleted { recovery } => {
                guard.end_recovery(*recovery);
            }
            _ => {}
        }
    }

    /// With a closed account ends what protected it.
    pub(super) fn end_guard_of(&mut self, account: AccountNumber) {
        let guard = &mut self.guard;
        guard.mandates.remove(&account);
        guard.trusted.remove(&account);
        for list in guard.trusted.values_mut() {
            list.remove(&account);
        }
        if let Some(recovery) = guard.recovering.get(&account).copied() {
            guard.end_recovery(recovery);
        }
    }

    /// An application of the holder's own counts for its day, whatever becomes of it;
    /// of several in one entry, each.
    pub(super) fn count_outgoing(&mut self, time: Timestamp, event: &Event) {
        let is_new_trustees = |effect: &Effect| matches!(effect, Effect::TransferTrustStated { trust } if is_by_new_trustee(Some(trust)));
        if event.0.iter().any(is_new_trustees) {
            return;
        }
        for effect in &event.0 {
            if let Effect::TransferApplied { terms, .. } = effect {
                self.count_transfer_out(time, terms);
            }
        }
    }

    fn count_transfer_out(&mut self, time: Timestamp, terms: &TransferTerms) {
        let source = self.accounts.get(&terms.source);
        if self.guard.safeguards.is_none() || !source.is_some_and(|source| source.is_entity()) {
            return;
        }
        let day = time.date_in_japan();
        let tonnes = self.outgoing_on(terms.source, day).checked_add(terms.ranges.quantity());
        let tonnes = tonnes.unwrap_or(Tonnes::new(u64::MAX));
        self.guard.outgoing.insert(terms.source, Outgoing { day, tonnes });
    }
}

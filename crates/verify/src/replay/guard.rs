//! What keeps accounts from being emptied, as the entries so far have it: the
//! safeguards, mandates, trusted accounts, freezes and recoveries.

use super::apply::Moment;
use super::state::State;
use crate::code::{Judged, contradiction};
use jcm_format::command::{
    Control, Mandate, Representative, Safeguards, TransferTerms, TransferTrust,
};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Nothing of this acts until safeguards are adopted, but for freezes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    pub(crate) safeguards: Option<Safeguards>,
    /// Of accounts that have set one.
    pub(crate) mandates: BTreeMap<AccountNumber, Mandates>,
    /// The first day of each addition, by the account and whom it trusts.
    pub(crate) trusted: BTreeMap<(AccountNumber, AccountNumber), Date>,
    pub(crate) frozen: BTreeSet<AccountNumber>,
    /// Those that are open.
    pub(crate) recoveries: BTreeMap<EntryIndex, Recovery>,
    /// What an account applied to transfer on the day of its last application.
    pub(crate) outgoing: BTreeMap<AccountNumber, (Date, u128)>,
}

/// The mandates of one account, each with its first day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mandates {
    current: Option<(Date, Mandate)>,
    /// A looser one, which waits for its day.
    coming: Option<(Date, Mandate)>,
}

/// A new key that waits for its day.
#[derive(Debug, Clone)]
pub(crate) struct Recovery {
    pub(crate) representative: Representative,
    pub(crate) key: PublicKey,
    pub(crate) not_before: Date,
}

impl Mandates {
    /// The one in force on a day. Days do not go back, so that the one that was
    /// coming takes the place of the one before for good.
    pub(crate) fn on(&self, day: Date) -> Option<(Date, Mandate)> {
        self.coming.filter(|(first, _)| *first <= day).or(self.current)
    }

    /// The one in force on a day, and one that is yet to come.
    pub(crate) fn from(&self, day: Date) -> impl Iterator<Item = (Date, Mandate)> {
        let coming = self.coming.filter(|(first, _)| day < *first);
        self.on(day).into_iter().chain(coming)
    }

    /// Takes the place of one that has not come into force.
    fn set(&mut self, today: Date, effective: Date, mandate: Mandate) {
        let new = Some((effective, mandate));
        (self.current, self.coming) =
            if effective <= today { (new, None) } else { (self.on(today), new) };
    }
}

impl Guard {
    /// The mandate in force, once there are safeguards.
    pub(crate) fn mandate(&self, account: AccountNumber, day: Date) -> Option<Mandate> {
        let safeguards = self.safeguards.as_ref()?;
        let own = self.mandates.get(&account).and_then(|mandates| mandates.on(day));
        Some(own.map_or(safeguards.default_mandate, |(_, mandate)| mandate))
    }

    /// How many must sign for an account.
    pub(crate) fn control(&self, account: AccountNumber, day: Date) -> Control {
        self.mandate(account, day).map_or(Control::Single, |mandate| mandate.control)
    }

    /// What an account applied to transfer on a day.
    pub(crate) fn outgoing_on(&self, account: AccountNumber, day: Date) -> u128 {
        let known = self.outgoing.get(&account).filter(|(known, _)| *known == day);
        known.map_or(0, |(_, sum)| *sum)
    }

    /// What goes with an account that is closed.
    pub(crate) fn account_closed(&mut self, account: AccountNumber) {
        self.mandates.remove(&account);
        self.trusted.retain(|(own, trusted), _| *own != account && *trusted != account);
        self.recoveries.retain(|_, recovery| recovery.representative.account != account);
    }

    /// Whether the recovery of an account's key is open.
    pub(crate) fn recovering(&self, account: AccountNumber) -> bool {
        self.recoveries.values().any(|recovery| recovery.representative.account == account)
    }

    /// Whether a key waits in a recovery.
    pub(crate) fn awaits(&self, key: PublicKey) -> bool {
        self.recoveries.values().any(|recovery| recovery.key == key)
    }
}

impl State {
    /// Applies one of the effects on what protects accounts.
    pub(crate) fn apply_guard(&mut self, moment: Moment, effect: &Effect) -> Judged<()> {
        let guard = &mut self.guard;
        match effect {
            Effect::SafeguardsAdopted { safeguards } => guard.safeguards = Some(*safeguards),
            Effect::MandateSet { account, mandate, effective } => {
                let mandates = guard.mandates.entry(*account).or_default();
                mandates.set(moment.today, *effective, *mandate);
            }
            Effect::TrustedAdded { account, trusted, effective } => {
                guard.trusted.insert((*account, *trusted), *effective);
            }
            Effect::TrustedRemoved { account, trusted } => {
                guard.trusted.remove(&(*account, *trusted));
            }
            Effect::AccountFrozen { account } => {
                guard.frozen.insert(*account);
            }
            Effect::AccountUnfrozen { account } => {
                guard.frozen.remove(account);
            }
            Effect::TransferDelayed { not_before } => {
                self.application(moment.at)?.not_before = Some(*not_before);
            }
            Effect::RecoveryRequested { representative, key, not_before } => {
                let (representative, key, not_before) = (representative.clone(), *key, *not_before);
                guard.recoveries.insert(moment.at, Recovery { representative, key, not_before });
            }
            Effect::RecoveryCancelled { recovery } | Effect::RecoveryCompleted { recovery } => {
                let ended = guard.recoveries.remove(recovery);
                ended.ok_or_else(|| contradiction("a recovery is gone"))?;
            }
            other => return self.apply_paris(moment, other),
        }
        Ok(())
    }

    /// Counts each application for a transfer for its day, whatever becomes of
    /// it, unless a new trustee made it.
    pub(crate) fn count_outgoing(&mut self, day: Date, effects: &[Effect]) {
        let by_new_trustee = effects.iter().any(|effect| {
            matches!(
                effect,
                Effect::TransferTrustStated {
                    trust: TransferTrust::ChangeTrustee { by_new_trustee: true, .. }
                }
            )
        });
        if by_new_trustee {
            return;
        }
        for effect in effects {
            if let Effect::TransferApplied { terms, .. } = effect {
                self.count_application(day, terms);
            }
        }
    }

    fn count_application(&mut self, day: Date, terms: &TransferTerms) {
        let entity = self.category(terms.source) == Some(AccountCategory::Entity);
        if self.guard.safeguards.is_some() && entity {
            // Each application is of fewer than 2^64 tonnes.
            let quantity = u128::from(terms.ranges.quantity().get());
            let sum = self.guard.outgoing_on(terms.source, day) + quantity;
            self.guard.outgoing.insert(terms.source, (day, sum));
        }
    }
}

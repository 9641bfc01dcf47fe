//! Article 6: the rule data in force, what was booked and what partners confirmed.

use super::State;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Article6, Confirmation};
use jcm_format::event::Effect;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::time::{Timestamp, Year};
use std::collections::BTreeMap;

/// What a corresponding adjustment is booked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdjustmentKey {
    /// The partner country, which adds.
    pub partner: Country,
    /// Calendar year of use, in Japan.
    pub year: Year,
    /// Year in which the mitigation occurred.
    pub vintage: Year,
}

/// What Japan subtracts, and how much of it the partner says that it added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Adjustment {
    /// Booked with retirements.
    pub booked: Tonnes,
    /// Confirmed and not withdrawn: never more.
    pub confirmed: Tonnes,
}

impl Adjustment {
    /// Booked and not confirmed.
    pub fn open(self) -> Tonnes {
        self.booked.checked_sub(self.confirmed).unwrap_or(Tonnes::ZERO)
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Adjustments {
    pub(super) sums: BTreeMap<AdjustmentKey, Adjustment>,
    // Those not withdrawn.
    pub(super) confirmations: BTreeMap<EntryIndex, Confirmation>,
}

impl Adjustments {
    fn book(&mut self, key: AdjustmentKey, quantity: Tonnes) {
        let sum = &mut self.sums.entry(key).or_default().booked;
        *sum = sum.checked_add(quantity).unwrap_or(*sum);
    }

    fn confirm(&mut self, index: EntryIndex, confirmation: &Confirmation) {
        let sum = &mut self.sums.entry(key_of(confirmation)).or_default().confirmed;
        *sum = sum.checked_add(confirmation.quantity_tonnes).unwrap_or(*sum);
        self.confirmations.insert(index, *confirmation);
    }

    fn withdraw(&mut self, confirmation: EntryIndex) {
        let Some(confirmation) = self.confirmations.remove(&confirmation) else { return };
        if let Some(sum) = self.sums.get_mut(&key_of(&confirmation)) {
            let rest = sum.confirmed.checked_sub(confirmation.quantity_tonnes);
            sum.confirmed = rest.unwrap_or(Tonnes::ZERO);
        }
    }
}

fn key_of(confirmation: &Confirmation) -> AdjustmentKey {
    let Confirmation { partner, year, vintage, .. } = *confirmation;
    AdjustmentKey { partner, year, vintage }
}

impl State {
    pub(super) fn apply_article6(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::Article6Adopted(article6) => {
                let is_first = self.article6.is_none();
                self.article6 = Some(*article6);
                if is_first {
                    self.give_first_itmos(article6.registry);
                }
            }
            Effect::FirstTransferred { range, japan, partner } => {
                self.use_authorisations([*japan, *partner], range.quantity());
                self.first_transfers.insert(*range, (*japan, *partner));
                self.give_itmos(*range, *japan);
            }
            Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => {
                let year = time.date_in_japan().year();
                let key = AdjustmentKey { partner: *partner, year, vintage: *vintage };
                self.adjustments.book(key, *quantity_tonnes);
            }
            Effect::AdjustmentConfirmed(confirmation) => {
                self.adjustments.confirm(index, confirmation);
            }
            Effect::ConfirmationWithdrawn { confirmation } => {
                self.adjustments.withdraw(*confirmation);
            }
            _ => {}
        }
    }

    /// The rule data for Article 6 in force; none until they are adopted.
    pub fn article6(&self) -> Option<&Article6> {
        self.article6.as_ref()
    }

    /// The corresponding adjustments: what Japan subtracts and the partner adds, by
    /// country, year of use and vintage.
    pub fn adjustments(&self) -> impl Iterator<Item = (AdjustmentKey, Adjustment)> {
        self.adjustments.sums.iter().map(|(key, sum)| (*key, *sum))
    }

    /// One of them.
    pub fn adjustment(&self, key: AdjustmentKey) -> Adjustment {
        self.adjustments.sums.get(&key).copied().unwrap_or_default()
    }

    /// A confirmation that is not withdrawn, by the entry that recorded it.
    pub fn confirmation(&self, entry: EntryIndex) -> Option<&Confirmation> {
        self.adjustments.confirmations.get(&entry)
    }

    /// Every confirmation that is not withdrawn, oldest first.
    pub fn confirmations(&self) -> impl Iterator<Item = (EntryIndex, &Confirmation)> {
        self.adjustments.confirmations.iter().map(|(entry, confirmation)| (*entry, confirmation))
    }
}

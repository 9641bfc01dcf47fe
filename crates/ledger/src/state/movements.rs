//! Applying effects: units move, and what holds them back or says whose they are.

use super::{ApplicationStatus, State, Subject, Trust};
use jcm_format::command::{TransferTerms, TrustTerms};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRanges;
use jcm_format::time::Timestamp;

impl State {
    pub(super) fn apply_movement(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::TransferRecorded { application } => {
                let application = application.unwrap_or(index);
                if let Some(Subject::Transfer(terms)) =
                    self.close(application, ApplicationStatus::Recorded(index))
                {
                    let TransferTerms { source, destination, purpose, ranges, .. } = &terms;
                    self.move_units(*source, *destination, ranges);
                    self.books.count_transfer(time, *purpose, ranges);
                }
            }
            Effect::UnitsMoved { units } => {
                self.move_units(units.source, units.destination, &units.ranges);
            }
            Effect::RestrictionRecorded { restriction } => {
                self.restrictions.record(index, restriction);
            }
            Effect::RestrictionReleased { restriction } => self.restrictions.release(*restriction),
            Effect::TrustRecorded { account, ranges, terms } => {
                self.record_trust(index, *account, ranges, *terms);
            }
            Effect::TrustDeleted { ranges } => {
                for range in ranges.iter() {
                    self.in_trust.remove(range);
                }
            }
            Effect::TrustAmended { trust, terms, commission } => {
                self.commitments.insert(terms.details);
                if let Some(trust) = self.trusts.get_mut(trust) {
                    trust.terms = *terms;
                    trust.dismissed |=
                        commission.as_ref().is_some_and(|by_court| by_court.trustee_dismissed);
                }
            }
            _ => {}
        }
    }

    fn record_trust(
        &mut self,
        index: EntryIndex,
        account: AccountNumber,
        ranges: &SerialRanges,
        terms: TrustTerms,
    ) {
        self.commitments.insert(terms.details);
        for range in ranges.iter() {
            self.in_trust.insert(range, index);
        }
        self.trusts.insert(index, Trust { entry: index, account, terms, dismissed: false });
    }

    fn move_units(
        &mut self,
        source: AccountNumber,
        destination: AccountNumber,
        ranges: &SerialRanges,
    ) {
        for range in ranges.iter() {
            if let Some(source) = self.holdings.get_mut(&source) {
                source.remove(range);
            }
            self.holdings.entry(destination).or_default().insert(range, ());
            self.holders.insert(range, destination);
        }
    }
}

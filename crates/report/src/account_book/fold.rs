//! What an entry does to the book.

use super::{
    AccountBook, BookError, Movement, MovementKind, OpenApplication, Opening, Particulars, Trust,
};
use crate::application::{Application, Request, ended};
use crate::lookup::{Lookup, settlements_in};
use crate::unit_set::UnitSet;
use crate::words;
use jcm_format::amount::Tonnes;
use jcm_format::command::{ParticularsChange, TransferTerms};
use jcm_format::entry::Entry;
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::EntryIndex;
use jcm_format::serial::{SerialRange, SerialRanges};

impl AccountBook {
    /// Takes over the next entry that concerns the account. Entries between that
    /// do not may be left out or given, as is convenient.
    ///
    /// # Errors
    ///
    /// When the entries cannot be this account's history in the log: out of
    /// order, incomplete, or referring to what cannot be looked up. The book is then
    /// of no further use.
    pub fn apply(&mut self, entry: &Entry, log: &dyn Lookup) -> Result<(), BookError> {
        let index = entry.index;
        if index.get() < self.entries {
            return Err(BookError::OutOfOrder(index));
        }
        for effect in &entry.event.0 {
            self.apply_account(entry, effect, log)?;
            self.apply_units(entry, effect, log)?;
            self.apply_trust(entry, effect);
        }
        self.apply_application(entry)?;
        // An index comes from an entry that exists, so there is a next number.
        self.entries = index.get().saturating_add(1);
        Ok(())
    }

    fn apply_account(
        &mut self,
        entry: &Entry,
        effect: &Effect,
        log: &dyn Lookup,
    ) -> Result<(), BookError> {
        match effect {
            Effect::GovernmentAccountOpened { account, category } if *account == self.account => {
                self.opening = Some(Opening {
                    entry: entry.index,
                    time: entry.time,
                    category: *category,
                    person: None,
                    names: None,
                });
            }
            Effect::GovernmentAccountNamed { account, name_ja, name_en }
                if *account == self.account =>
            {
                if let Some(opening) = &mut self.opening {
                    opening.names = Some((name_ja.clone(), name_en.clone()));
                }
            }
            Effect::AccountOpened { application, account } if *account == self.account => {
                self.open(entry, *application, log)?;
            }
            Effect::ParticularsChanged { account, change, .. } if *account == self.account => {
                self.change(entry.index, change);
            }
            Effect::AccountClosed { account, .. } if *account == self.account => {
                self.closed = Some((entry.index, entry.time));
            }
            Effect::AcceptanceSet { account, acceptance } if *account == self.account => {
                self.acceptance = acceptance.clone();
            }
            Effect::RestrictionRecorded { restriction } if restriction.account == self.account => {
                self.restrictions.insert(entry.index, restriction.clone());
            }
            Effect::RestrictionReleased { restriction } => {
                self.restrictions.remove(restriction);
            }
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        entry: &Entry,
        application: EntryIndex,
        log: &dyn Lookup,
    ) -> Result<(), BookError> {
        let missing = BookError::EntryMissing(application);
        let applied = log.entry(application).ok_or(missing)?;
        let Some(Application { request: Request::Account { person, holder, particulars }, .. }) =
            Application::of(&applied)
        else {
            return Err(missing);
        };
        self.opening = Some(Opening {
            entry: entry.index,
            time: entry.time,
            category: AccountCategory::Entity,
            person: Some(person),
            names: None,
        });
        let effective = entry.time.date_in_japan();
        self.particulars.push(Particulars { entry: entry.index, effective, holder, particulars });
        Ok(())
    }

    fn change(&mut self, entry: EntryIndex, change: &ParticularsChange) {
        let Some(mut next) = self.particulars.last().cloned() else { return };
        next.entry = entry;
        next.effective = change.effective;
        if let Some(holder) = &change.holder {
            next.holder = Some(holder.clone());
        }
        if let Some(particulars) = change.particulars {
            next.particulars = particulars;
        }
        self.particulars.push(next);
    }

    fn apply_units(
        &mut self,
        entry: &Entry,
        effect: &Effect,
        log: &dyn Lookup,
    ) -> Result<(), BookError> {
        match effect {
            Effect::BlockIssued { allocations, .. } => {
                let ours = allocations.iter().filter(|part| part.account == self.account);
                let ranges: Vec<_> = ours.map(|part| part.range).collect();
                if ranges.is_empty() {
                    return Ok(());
                }
                self.book(entry, Movement::plain(entry, MovementKind::Issuance, ranges))
            }
            Effect::TransferRecorded { application } => {
                let (terms, application) = transfer_of(entry, effect, *application, log)?;
                self.transfer(entry, &terms, application)
            }
            Effect::UnitsMoved { units } => {
                let (kind, other) = if units.source == self.account {
                    (MovementKind::CorrectionOut, units.destination)
                } else if units.destination == self.account {
                    (MovementKind::CorrectionIn, units.source)
                } else {
                    return Ok(());
                };
                let movement = Movement::plain(entry, kind, units.ranges.as_slice().to_vec());
                self.book(entry, Movement { counterparty: Some(other), ..movement })
            }
            _ => Ok(()),
        }
    }

    fn transfer(
        &mut self,
        entry: &Entry,
        terms: &TransferTerms,
        application: EntryIndex,
    ) -> Result<(), BookError> {
        let (kind, other) = if terms.source == self.account {
            (MovementKind::outgoing(terms.purpose), terms.destination)
        } else if terms.destination == self.account {
            (MovementKind::TransferIn, terms.source)
        } else {
            return Ok(());
        };
        let movement = Movement::plain(entry, kind, terms.ranges.as_slice().to_vec());
        let served = terms.use_.as_ref();
        self.book(
            entry,
            Movement {
                application: Some(application),
                counterparty: Some(other),
                use_: served.map(|served| words::use_kind(served.kind)),
                reporting_year: served.and_then(|served| served.reporting_year),
                beneficiary: served.and_then(|served| served.beneficiary.clone()),
                ..movement
            },
        )
    }

    fn book(&mut self, entry: &Entry, movement: Movement) -> Result<(), BookError> {
        let kind = movement.kind;
        let too_large = BookError::TooLarge(entry.index);
        for &range in &movement.ranges {
            let fits = if kind.is_in() { self.units.add(range) } else { self.units.remove(range) };
            if !fits {
                return Err(BookError::UnitsElsewhere(entry.index, range));
            }
        }
        let quantity = Tonnes::checked_sum(movement.ranges.iter().map(|range| range.quantity()));
        let quantity = quantity.ok_or(too_large)?;
        let balance = if kind.is_in() {
            self.balance.checked_add(quantity)
        } else {
            self.balance.checked_sub(quantity)
        };
        self.balance = balance.ok_or(too_large)?;
        self.movements.push(Movement {
            quantity_tonnes: quantity,
            balance_tonnes: self.balance,
            ..movement
        });
        Ok(())
    }

    fn apply_trust(&mut self, entry: &Entry, effect: &Effect) {
        match effect {
            Effect::TrustRecorded { account, ranges, terms } if *account == self.account => {
                let mut units = UnitSet::default();
                for range in ranges.iter() {
                    // The ranges of a command are disjoint.
                    let _added = units.add(range);
                }
                let trust = Trust { terms: *terms, dismissed: false, units };
                self.trusts.insert(entry.index, trust);
            }
            Effect::TrustDeleted { ranges } => self.delete_trust(ranges),
            Effect::TrustAmended { trust, terms, commission } => {
                if let Some(trust) = self.trusts.get_mut(trust) {
                    trust.terms = *terms;
                    // Once dismissed, a trustee stays so in this trust.
                    trust.dismissed |= commission.as_ref().is_some_and(|c| c.trustee_dismissed);
                }
            }
            _ => {}
        }
    }

    fn delete_trust(&mut self, ranges: &SerialRanges) {
        for trust in self.trusts.values_mut() {
            ranges.iter().for_each(|range| trust.units.take(range));
        }
    }

    fn apply_application(&mut self, entry: &Entry) -> Result<(), BookError> {
        if let Some(application) = Application::of(entry)
            && application.applicant() == Some(self.account)
        {
            let reserved = application.reserved().map(|ranges| ranges.as_slice().to_vec());
            self.applications.insert(
                entry.index,
                OpenApplication {
                    entry: entry.index,
                    kind: application.kind(),
                    received: entry.time,
                    fee_yen: application.due(),
                    settled_yen: Default::default(),
                    missing: None,
                    reserved: reserved.unwrap_or_default(),
                },
            );
        }
        for (application, _, amount) in settlements_in(entry) {
            if let Some(open) = self.applications.get_mut(&application) {
                let settled = open.settled_yen.checked_add(amount);
                open.settled_yen = settled.ok_or(BookError::TooLarge(entry.index))?;
            }
        }
        for effect in &entry.event.0 {
            match effect {
                Effect::CompletionRequested { application, items, due } => {
                    if let Some(open) = self.applications.get_mut(application) {
                        open.missing = Some((items.clone(), *due));
                    }
                }
                Effect::ApplicationCompleted { application, .. } => {
                    if let Some(open) = self.applications.get_mut(application) {
                        open.missing = None;
                    }
                }
                effect => {
                    if let Some((application, _)) = ended(effect, entry.index) {
                        self.applications.remove(&application);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Movement {
    fn plain(entry: &Entry, kind: MovementKind, ranges: Vec<SerialRange>) -> Movement {
        Movement {
            entry: entry.index,
            application: None,
            time: entry.time,
            kind,
            quantity_tonnes: Tonnes::ZERO,
            ranges,
            counterparty: None,
            use_: None,
            reporting_year: None,
            beneficiary: None,
            balance_tonnes: Tonnes::ZERO,
        }
    }
}

/// What the transfer recorded by an effect of `entry` was applied for, and where. Without
/// an application of an earlier entry that is the one received last before the effect: a
/// command of several parts has several.
pub(crate) fn transfer_of(
    entry: &Entry,
    effect: &Effect,
    application: Option<EntryIndex>,
    log: &dyn Lookup,
) -> Result<(TransferTerms, EntryIndex), BookError> {
    let index = application.unwrap_or(entry.index);
    let missing = BookError::EntryMissing(index);
    if let Some(earlier) = application {
        let applied = log.entry(earlier).as_ref().and_then(Application::of);
        return match applied {
            Some(Application { request: Request::Transfer { terms, .. }, .. }) => {
                Ok((terms, index))
            }
            _ => Err(missing),
        };
    }
    let before = entry.event.0.iter().take_while(|other| !std::ptr::eq(*other, effect));
    let applied = before.filter_map(|other| match other {
        Effect::TransferApplied { terms, .. } => Some(terms),
        _ => None,
    });
    applied.last().map(|terms| (terms.clone(), index)).ok_or(missing)
}

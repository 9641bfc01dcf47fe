//! What the acts of holders and of the implementing body change.

use super::apply::Moment;
use super::state::{Account, Consent, Kind, Particulars, Project, State, Status, Trust};
use super::transfer;
use crate::code::{Judged, contradiction};
use jcm_format::amount::Yen;
use jcm_format::command::{
    ImportedPayment, ParticularsChange, PaymentId, Person, RefundSource, Restriction,
    TransferTrust, TrustRequest,
};
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};

/// Acts without a fee.
const FREE: Fee = Fee::Due(Yen::ZERO);

impl State {
    /// Applies one of the effects that are not the subject of `apply`.
    pub(crate) fn apply_act(&mut self, moment: Moment, effect: &Effect) -> Judged<()> {
        match effect {
            Effect::RulesAdopted { rules } => self.rules = rules.clone(),
            Effect::CalendarAdopted { country, year, holidays } => {
                self.calendars.insert((*country, *year), holidays.clone());
            }
            // Names of government accounts decide nothing.
            Effect::GovernmentAccountNamed { .. } => {}
            Effect::ProponentRegistered { project, person } => {
                let project: &mut Project = self.project(project)?;
                project.proponents.insert(*person);
                self.proponents.insert(*person);
            }
            Effect::IndividualApplied { person, particulars, representative, fee, .. } => {
                let particulars = Particulars::first(None, *particulars);
                let (person, representative) = (Person::Individual(*person), *representative);
                let kind = Kind::Account { person, particulars, representative };
                self.account_applied(moment, kind, *fee);
            }
            Effect::ChangeNotified { account, change, .. } => {
                let change = Box::new(change.clone());
                self.applied(moment, Kind::Change { account: *account, change }, FREE);
            }
            Effect::ParticularsChanged { application, account, change } => {
                if let Some(application) = application {
                    self.close(*application, Status::Recorded)?;
                }
                self.particulars_changed(moment.at, *account, change)?;
            }
            Effect::ClosingApplied { account, .. } => {
                self.applied(moment, Kind::Closing { account: *account }, FREE);
            }
            Effect::AccountClosed { application, account } => {
                self.close(*application, Status::Recorded)?;
                self.account_closed(*account)?;
            }
            Effect::AcceptanceSet { account, acceptance } => {
                self.account(*account)?.acceptance = acceptance.clone();
            }
            Effect::RestrictionRecorded { restriction } => self.restrict(moment.at, restriction),
            Effect::RestrictionReleased { restriction } => self.release(*restriction)?,
            Effect::UnitsMoved { units } => {
                self.move_units(moment, &units.ranges, units.source, units.destination)?;
            }
            // What is corrected follows.
            Effect::CorrectionRecorded { .. } => {}
            Effect::BooksClosed { year, .. } => {
                self.books.entry(*year).or_default().closed = true;
            }
            Effect::PersonalDataErased { commitment } => {
                self.erased.insert(*commitment);
            }
            other => self.apply_handling(moment, other)?,
        }
        Ok(())
    }

    /// Effects on applications, payments and trusts.
    fn apply_handling(&mut self, moment: Moment, effect: &Effect) -> Judged<()> {
        match effect {
            Effect::CompletionRequested { application, due, .. } => {
                self.application(*application)?.missing_until = Some(*due);
            }
            Effect::ApplicationCompleted { application, .. } => {
                self.application(*application)?.missing_until = None;
            }
            Effect::ApplicationRefused { application, .. } => {
                self.came_to_nothing(*application, Status::Refused)?;
            }
            Effect::ApplicationLapsed { application, .. } => {
                self.came_to_nothing(*application, Status::Lapsed)?;
            }
            Effect::TransferAccepted { application } => {
                self.application(*application)?.consent = Consent::Given;
            }
            Effect::StatementImported { statement, payments, .. } => {
                self.statements.insert(*statement);
                self.imported(moment.at, payments)?;
            }
            Effect::Refunded { source, amount_yen, bank_reference } => {
                self.refund_references.insert(bank_reference.clone());
                self.refunded(*source, *amount_yen)?;
            }
            Effect::TransferTrustStated { trust } => self.trust_stated(moment.at, trust)?,
            Effect::TrustApplied { account, request, subrogation } => {
                let request = Box::new(request.clone());
                match &*request {
                    TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. } => {
                        self.reserve(ranges, Some(moment.at));
                    }
                    TrustRequest::Amend { .. } => {}
                }
                let (account, subrogated) = (*account, subrogation.is_some());
                self.applied(moment, Kind::Trust { account, request, subrogated }, FREE);
            }
            Effect::TrustApplicationRecorded { application } => {
                let kind = self.close(*application, Status::Recorded)?;
                self.free(&kind);
            }
            Effect::TrustRecorded { account, ranges, terms } => {
                let (account, details) = (*account, terms.details);
                self.trusts.insert(moment.at, Trust { account, details, dismissed: false });
                for range in ranges.iter() {
                    self.units.in_trust.set(range, Some(moment.at));
                }
            }
            Effect::TrustDeleted { ranges } => {
                for range in ranges.iter() {
                    self.units.in_trust.set(range, None);
                }
            }
            Effect::TrustAmended { trust, terms, commission } => {
                let trust = self.trusts.get_mut(trust);
                let trust = trust.ok_or_else(|| contradiction("a trust is gone"))?;
                trust.details = terms.details;
                trust.dismissed |= commission.as_ref().is_some_and(|c| c.trustee_dismissed);
            }
            other => self.apply_guard(moment, other)?,
        }
        Ok(())
    }

    fn account(&mut self, number: AccountNumber) -> Judged<&mut Account> {
        self.accounts.get_mut(&number).ok_or_else(|| contradiction("an account is gone"))
    }

    fn particulars_changed(
        &mut self,
        at: EntryIndex,
        number: AccountNumber,
        change: &ParticularsChange,
    ) -> Judged<()> {
        let known = self.account(number)?.particulars.as_mut();
        let known = known.ok_or_else(|| contradiction("an account has no holder"))?;
        if let Some(published) = &change.holder {
            known.published = Some(published.clone());
        }
        known.commitment = change.particulars.unwrap_or(known.commitment);
        known.changed = Some(at);
        Ok(())
    }

    /// The person may apply for an account again.
    fn account_closed(&mut self, number: AccountNumber) -> Judged<()> {
        let account = self.account(number)?;
        account.closed = true;
        if let Some(person) = account.person.clone() {
            self.persons.remove(&person);
        }
        self.guard.account_closed(number);
        Ok(())
    }

    /// Frees what an application reserved.
    fn free(&mut self, kind: &Kind) {
        match kind {
            Kind::Transfer { terms, .. } => self.reserve(&terms.ranges, None),
            Kind::Trust { request, .. } => match &**request {
                TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. } => {
                    self.reserve(ranges, None);
                }
                TrustRequest::Amend { .. } => {}
            },
            Kind::Account { .. }
            | Kind::Certificate { .. }
            | Kind::Change { .. }
            | Kind::Closing { .. } => {}
        }
    }

    /// An application is closed without what it asked for.
    pub(crate) fn came_to_nothing(
        &mut self,
        application: EntryIndex,
        status: Status,
    ) -> Judged<()> {
        let kind = self.close(application, status)?;
        self.free(&kind);
        if let Kind::Account { person, representative, .. } = &kind {
            self.persons.remove(person);
            self.representatives.remove(representative);
        }
        Ok(())
    }

    fn restrict(&mut self, at: EntryIndex, restriction: &Restriction) {
        let on_account = self.restricted.entry(restriction.account).or_default();
        on_account.entries.insert(at);
        if restriction.ranges.is_none() {
            on_account.whole = on_account.whole.saturating_add(1);
        }
        for range in restriction.ranges.iter().flat_map(|ranges| ranges.iter()) {
            self.units.restrict(range);
        }
        self.restrictions.insert(at, restriction.clone());
    }

    fn release(&mut self, at: EntryIndex) -> Judged<()> {
        let released = self.restrictions.remove(&at);
        let released = released.ok_or_else(|| contradiction("a restriction is gone"))?;
        if let Some(on_account) = self.restricted.get_mut(&released.account) {
            on_account.entries.remove(&at);
            if released.ranges.is_none() {
                on_account.whole = on_account.whole.saturating_sub(1);
            }
            if on_account.entries.is_empty() {
                self.restricted.remove(&released.account);
            }
        }
        for range in released.ranges.iter().flat_map(|ranges| ranges.iter()) {
            self.units.unrestrict(range);
        }
        Ok(())
    }

    /// Each credit is a payment, numbered from 1.
    fn imported(&mut self, entry: EntryIndex, payments: &[ImportedPayment]) -> Judged<()> {
        for (line, payment) in (1_usize..).zip(payments) {
            let line = u16::try_from(line).map_err(|_| contradiction("a statement is too long"))?;
            self.credits.insert(payment.key);
            self.paid(PaymentId { entry, line }, payment.amount_yen, payment.account);
        }
        Ok(())
    }

    fn refunded(&mut self, source: RefundSource, amount: Yen) -> Judged<()> {
        match source {
            RefundSource::Payment(payment) => self.take(payment, amount),
            RefundSource::Application(application) => {
                let known = self.application(application)?;
                let refunded = known.refunded.checked_add(amount);
                let refunded = refunded.filter(|refunded| *refunded <= known.settled);
                known.refunded =
                    refunded.ok_or_else(|| contradiction("a fee is paid back twice"))?;
                Ok(())
            }
        }
    }

    fn trust_stated(&mut self, application: EntryIndex, stated: &TransferTrust) -> Judged<()> {
        let known = self.application(application)?;
        match &mut known.kind {
            Kind::Transfer { trust, .. } => {
                *trust = Some(stated.clone());
                // Whoever applies consents.
                if transfer::by_new_trustee(Some(stated)) {
                    known.consent = Consent::NotAsked;
                }
                Ok(())
            }
            Kind::Account { .. }
            | Kind::Certificate { .. }
            | Kind::Change { .. }
            | Kind::Closing { .. }
            | Kind::Trust { .. } => Err(contradiction("a trust is stated without a transfer")),
        }
    }
}

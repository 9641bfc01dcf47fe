//! What can be asked of applications, payments, restrictions, trusts, rule data
//! and the books. Everything is read-only and ordered.

use super::{
    Application, ApplicationStatus, Books, Calendars, ClosedApplication, Need, Payment,
    RestrictionRecord, State, Trust,
};
use jcm_format::command::{FeePeriod, LineKey, PaymentId, Person};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::Date;
use std::collections::BTreeSet;

impl State {
    /// The fees in force on `date`: those of the last period that has begun.
    pub fn fee_on(&self, date: Date) -> Option<FeePeriod> {
        let fees = &self.rules()?.fees;
        fees.iter().rev().find(|period| period.from <= date).copied()
    }

    /// The calendars adopted so far.
    pub fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    /// The last day for the payment of an application's fee, by the rules in force
    /// at its receipt; `None` where a calendar is missing.
    pub fn payment_deadline(&self, application: &Application) -> Option<Date> {
        let received = application.received.date_in_japan();
        self.calendars.working_day_after(received, application.payment_days)
    }

    /// The last day on which the implementing body means to act on an application,
    /// counted from its receipt by the rules then in force; `None` where a calendar
    /// is missing.
    pub fn examination_deadline(&self, application: &Application) -> Option<Date> {
        let received = application.received.date_in_japan();
        self.calendars.working_day_after(received, application.examination_days)
    }

    /// The books.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// A payment.
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.get(&id)
    }

    /// Every payment, by entry, then line.
    pub fn payments(&self) -> impl Iterator<Item = &Payment> {
        self.payments.values()
    }

    /// The lines of the statement that `entry` imported, or the payment that it
    /// recorded singly.
    pub fn statement_lines(&self, entry: EntryIndex) -> impl Iterator<Item = &Payment> {
        let last = PaymentId { entry, line: u16::MAX };
        self.payments.range(PaymentId::single(entry)..=last).map(|(_, payment)| payment)
    }

    /// Whether a statement with this digest is imported.
    pub fn has_statement(&self, statement: &Digest) -> bool {
        self.statements.contains(statement)
    }

    /// Digests of the statements imported, ascending.
    pub fn statements(&self) -> impl Iterator<Item = &Digest> {
        self.statements.iter()
    }

    /// Whether a line of an imported statement has this key.
    pub fn has_line(&self, key: &LineKey) -> bool {
        self.line_keys.contains(key)
    }

    pub(crate) fn has_bank_reference(&self, reference: &Name) -> bool {
        self.bank_references.contains(reference)
    }

    pub(crate) fn has_refund(&self, reference: &Name) -> bool {
        self.refund_references.contains(reference)
    }

    /// An application that waits.
    pub fn open_application(&self, entry: EntryIndex) -> Option<&Application> {
        self.open_applications.get(&entry)
    }

    /// Every application that waits, oldest first.
    pub fn open_applications(&self) -> impl Iterator<Item = &Application> {
        self.open_applications.values()
    }

    /// The open applications of an account and the open transfers to it, oldest
    /// first.
    pub fn open_applications_of(
        &self,
        account: AccountNumber,
    ) -> impl Iterator<Item = &Application> {
        let entries = self.concerning.get(&account).into_iter().flatten();
        entries.filter_map(|entry| self.open_applications.get(entry))
    }

    /// An application that is no longer open.
    pub fn closed_application(&self, entry: EntryIndex) -> Option<ClosedApplication> {
        self.closed_applications.get(&entry).copied()
    }

    /// Every application that is no longer open, oldest first.
    pub fn closed_applications(&self) -> impl Iterator<Item = (EntryIndex, ClosedApplication)> {
        self.closed_applications.iter().map(|(entry, closed)| (*entry, *closed))
    }

    /// Where an application stands, open or not.
    pub fn application_status(&self, entry: EntryIndex) -> Option<ApplicationStatus> {
        let open = self.open_application(entry).map(|open| open.status);
        open.or_else(|| self.closed_application(entry).map(|closed| closed.status))
    }

    pub(crate) fn person_has_open_application(&self, person: &Person) -> bool {
        self.applying_persons.contains(person)
    }

    pub(crate) fn key_waits_in_application(&self, key: &PublicKey) -> bool {
        self.applying_keys.contains(key)
    }

    /// Every proponent who is an individual, by project, then commitment.
    pub fn proponents(&self) -> impl Iterator<Item = (&ProjectRef, Digest)> {
        self.proponents.iter().map(|(project, person)| (project, *person))
    }

    /// Whether an individual is a proponent of a project.
    pub fn is_proponent(&self, project: &ProjectRef, person: Digest) -> bool {
        self.proponents.contains(&(project.clone(), person))
    }

    /// Whether an individual is a proponent of some project.
    pub fn is_proponent_of_any(&self, person: &Digest) -> bool {
        self.individuals.contains(person)
    }

    /// A restriction that is not released, by the entry that recorded it.
    pub fn restriction(&self, entry: EntryIndex) -> Option<&RestrictionRecord> {
        self.restrictions.get(entry)
    }

    /// Every restriction that is not released, oldest first.
    pub fn restrictions(&self) -> impl Iterator<Item = &RestrictionRecord> {
        self.restrictions.all()
    }

    /// Those of an account, oldest first.
    pub fn restrictions_of(
        &self,
        account: AccountNumber,
    ) -> impl Iterator<Item = &RestrictionRecord> {
        self.restrictions.of(account)
    }

    /// Whether a unit of `range`, all held by `holder`, is under a restriction.
    pub fn is_restricted(&self, range: SerialRange, holder: AccountNumber) -> bool {
        self.restrictions.is_whole(holder)
            || self.restrictions.named().within(range).next().is_some()
    }

    /// A trust, by the entry that recorded it.
    pub fn trust(&self, entry: EntryIndex) -> Option<&Trust> {
        self.trusts.get(&entry)
    }

    /// Every trust ever recorded, oldest first.
    pub fn trusts(&self) -> impl Iterator<Item = &Trust> {
        self.trusts.values()
    }

    /// The parts of `range` that are trust property, with the entry of the trust.
    pub fn in_trust(&self, range: SerialRange) -> impl Iterator<Item = (SerialRange, EntryIndex)> {
        self.in_trust.within(range)
    }

    /// The parts of `range` that are nobody's trust property.
    pub(crate) fn not_in_trust(&self, range: SerialRange) -> Vec<SerialRange> {
        self.in_trust.gaps(range)
    }

    /// Whether the log has recorded this commitment to personal data.
    pub fn has_commitment(&self, commitment: &Digest) -> bool {
        self.commitments.contains(commitment)
    }

    /// What still needs the personal data under this commitment. It goes through all
    /// accounts, and data is rarely erased.
    pub(crate) fn need_of(&self, commitment: &Digest) -> Option<Need> {
        let account = self
            .accounts
            .values()
            .filter(|account| account.closed.is_none())
            .find(|account| account.holder.as_ref().is_some_and(|of| of.is_under(commitment)));
        if let Some(account) = account {
            return Some(Need::Account(account.number));
        }
        if let Some(open) = self.open_applications().find(|open| open.asks_about(commitment)) {
            return Some(Need::Application(open.entry));
        }
        let trusts: BTreeSet<EntryIndex> = self
            .trusts()
            .filter(|trust| trust.terms.details == *commitment)
            .map(|trust| trust.entry)
            .collect();
        if trusts.is_empty() {
            return None;
        }
        let mut property = self.in_trust.iter();
        property.find(|(_, trust)| trusts.contains(trust)).map(|(_, trust)| Need::Trust(trust))
    }

    /// Whether the personal data under this commitment is erased for good.
    pub fn is_erased(&self, commitment: &Digest) -> bool {
        self.erased.contains(commitment)
    }

    /// Commitments whose data is erased, ascending.
    pub fn erased(&self) -> impl Iterator<Item = &Digest> {
        self.erased.iter()
    }
}

//! The state: what all entries so far amount to. A pure function of the log.
//!
//! Nothing here decides. [`State::apply`] takes the effects of an accepted
//! command and cannot fail; whoever needs the rules looks in `decide`.

mod digest;
mod records;
mod units;

pub use records::{
    Account, AccountHolder, Application, ApplicationStatus, AuthorisationRecord, Block,
    ClosedApplication, Consent, Executed, Issuance, KeyRecord, Payment, Project, Subject,
    SubjectKind,
};
pub use units::UnitMap;

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Person, RuleSet, TransferTerms};
use jcm_format::entry::SealedEntry;
use jcm_format::event::{AccountCategory, Effect, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, Country, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use jcm_format::time::{Timestamp, Year};
use jcm_format::tlog::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// What all entries so far amount to.
#[derive(Debug, Clone, Default)]
pub struct State {
    entries: u64,
    head: Option<Digest>,
    last_time: Option<Timestamp>,
    origin: Option<Origin>,
    log_key: Option<PublicKey>,
    rule_set: Option<RuleSet>,
    executed: BTreeMap<CommandId, Executed>,
    // The same, by when it can no longer be retried and is forgotten.
    retryable: BTreeSet<(Timestamp, CommandId)>,
    keys: BTreeMap<PublicKey, KeyRecord>,
    operators: BTreeSet<Name>,
    accounts: BTreeMap<AccountNumber, Account>,
    persons: BTreeMap<Person, AccountNumber>,
    payments: BTreeMap<EntryIndex, Payment>,
    bank_references: BTreeSet<Name>,
    open_applications: BTreeMap<EntryIndex, Application>,
    // Of the open applications for accounts; without them each further one
    // would cost as much as there are.
    applying_persons: BTreeSet<Person>,
    applying_keys: BTreeSet<PublicKey>,
    closed_applications: BTreeMap<EntryIndex, ClosedApplication>,
    projects: BTreeMap<ProjectRef, Project>,
    authorisations: BTreeMap<EntryIndex, AuthorisationRecord>,
    consents: BTreeMap<EntryIndex, Consent>,
    issuances: BTreeMap<EntryIndex, Issuance>,
    blocks: BTreeMap<BlockNumber, Block>,
    holders: UnitMap<AccountNumber>,
    // The same units by account; kept beside `holders` so that one account's
    // holdings cost what that account holds.
    holdings: BTreeMap<AccountNumber, UnitMap<()>>,
    reserved: UnitMap<EntryIndex>,
    first_transfers: UnitMap<(EntryIndex, EntryIndex)>,
    adjustments: BTreeMap<(Country, Year), Tonnes>,
}

/// What `apply` needs to know of the command beside its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandHeader {
    /// The caller's id.
    pub id: CommandId,
    /// Until when it can be retried.
    pub valid_until: Timestamp,
}

impl State {
    /// The state before genesis.
    pub fn new() -> State {
        State::default()
    }

    /// Applies an accepted entry. The entry must follow the one applied last.
    pub fn apply(&mut self, sealed: &SealedEntry, header: CommandHeader) {
        let entry = sealed.entry();
        debug_assert_eq!(entry.index.get(), self.entries);
        self.entries += 1;
        self.head = Some(sealed.leaf());
        self.last_time = Some(entry.time);
        let executed = Executed {
            entry: entry.index,
            payload: Digest::of(&[&entry.command.payload]),
            valid_until: header.valid_until,
        };
        self.forget_before(entry.time);
        self.executed.insert(header.id, executed);
        self.retryable.insert((header.valid_until, header.id));
        for effect in &entry.event.0 {
            self.apply_effect(entry.index, entry.time, effect);
        }
    }

    /// Forgets commands that can no longer be retried: each once, so that no
    /// entry has to wait for a clean-up.
    fn forget_before(&mut self, now: Timestamp) {
        while let Some((until, id)) = self.retryable.first().copied()
            && until < now
        {
            self.retryable.pop_first();
            // The id may have been used again since.
            if self.executed.get(&id).is_some_and(|executed| executed.valid_until == until) {
                self.executed.remove(&id);
            }
        }
    }

    fn apply_effect(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::RegistryCreated { origin, log_key } => {
                self.origin = Some(origin.clone());
                self.log_key = Some(*log_key);
            }
            Effect::RuleSetAdopted { rule_set } => self.rule_set = Some(*rule_set),
            Effect::GovernmentAccountOpened { account, category } => {
                self.open_account(index, *account, *category, None);
            }
            Effect::KeyRegistered { key, role } => {
                self.keys.insert(*key, KeyRecord { role: role.clone(), revoked: false });
            }
            Effect::KeyRevoked { key } => {
                if let Some(record) = self.keys.get_mut(key) {
                    record.revoked = true;
                }
            }
            Effect::OperatorAppointed { person } => {
                self.operators.insert(person.clone());
            }
            Effect::OperatorRemoved { person } => {
                self.operators.remove(person);
            }
            Effect::PaymentRecorded { .. } | Effect::PaymentApplied { .. } => {
                self.apply_payment(index, effect);
            }
            Effect::AccountApplied { .. }
            | Effect::AccountOpened { .. }
            | Effect::ApplicationWithdrawn { .. }
            | Effect::CertificateRequested { .. }
            | Effect::CertificateIssued { .. } => self.apply_application(index, time, effect),
            Effect::ProjectRegistered { .. }
            | Effect::AuthorisationRecorded { .. }
            | Effect::IssuanceConsented { .. }
            | Effect::IssuanceRecorded { .. }
            | Effect::BlockIssued { .. } => self.apply_issuance(index, effect),
            Effect::FirstTransferred { .. }
            | Effect::TransferApplied { .. }
            | Effect::TransferRecorded { .. }
            | Effect::AdjustmentBooked { .. } => self.apply_transfer(index, time, effect),
        }
    }

    fn open_account(
        &mut self,
        index: EntryIndex,
        number: AccountNumber,
        category: AccountCategory,
        holder: Option<AccountHolder>,
    ) {
        if let Some(holder) = &holder {
            self.persons.insert(holder.person.clone(), number);
        }
        self.accounts.insert(number, Account { number, category, holder, opened: index });
    }

    fn apply_payment(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::PaymentRecorded { bank_reference, amount_yen, value_date, account, .. } => {
                self.bank_references.insert(bank_reference.clone());
                let payment = Payment {
                    entry: index,
                    bank_reference: bank_reference.clone(),
                    amount_yen: *amount_yen,
                    left_yen: *amount_yen,
                    value_date: *value_date,
                    account: *account,
                };
                self.payments.insert(index, payment);
            }
            Effect::PaymentApplied { payment, application, amount_yen } => {
                if let Some(payment) = self.payments.get_mut(payment) {
                    payment.left_yen =
                        payment.left_yen.checked_sub(*amount_yen).unwrap_or(Yen::ZERO);
                }
                if let Some(application) =
                    self.open_applications.get_mut(&application.unwrap_or(index))
                {
                    let settled = application.settled_yen.checked_add(*amount_yen);
                    application.settled_yen = settled.unwrap_or(application.settled_yen);
                }
            }
            _ => {}
        }
    }

    fn apply_application(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::AccountApplied { person, holder, particulars, representative, fee, .. } => {
                let holder = AccountHolder {
                    person: person.clone(),
                    particulars: holder.clone(),
                    commitment: *particulars,
                };
                let subject = Subject::Account { holder, representative: *representative };
                self.receive(index, time, subject, *fee);
            }
            Effect::AccountOpened { application, account } => {
                if let Some(Subject::Account { holder, .. }) =
                    self.close(*application, ApplicationStatus::Recorded(index))
                {
                    self.open_account(index, *account, AccountCategory::Entity, Some(holder));
                }
            }
            Effect::ApplicationWithdrawn { application } => {
                if let Some(Subject::Transfer(terms)) =
                    self.close(*application, ApplicationStatus::Withdrawn(index))
                {
                    self.release(&terms);
                }
            }
            Effect::CertificateRequested { account, fee } => {
                self.receive(index, time, Subject::Certificate(*account), *fee);
            }
            Effect::CertificateIssued { application } => {
                self.close(application.unwrap_or(index), ApplicationStatus::Recorded(index));
            }
            _ => {}
        }
    }

    fn receive(&mut self, index: EntryIndex, received: Timestamp, subject: Subject, fee: Fee) {
        if let Subject::Account { holder, representative } = &subject {
            self.applying_persons.insert(holder.person.clone());
            self.applying_keys.insert(*representative);
        }
        let application = Application {
            entry: index,
            received,
            subject,
            fee,
            settled_yen: Yen::ZERO,
            status: ApplicationStatus::Open,
        };
        self.open_applications.insert(index, application);
    }

    /// Closes an open application and gives back what it was for.
    fn close(&mut self, application: EntryIndex, status: ApplicationStatus) -> Option<Subject> {
        let open = self.open_applications.remove(&application)?;
        if let Subject::Account { holder, representative } = &open.subject {
            self.applying_persons.remove(&holder.person);
            self.applying_keys.remove(representative);
        }
        let closed = ClosedApplication {
            kind: open.subject.kind(),
            fee_yen: open.fee.amount(),
            settled_yen: open.settled_yen,
            status,
        };
        self.closed_applications.insert(application, closed);
        Some(open.subject)
    }

    fn release(&mut self, terms: &TransferTerms) {
        for range in terms.ranges.iter() {
            self.reserved.remove(range);
        }
    }

    fn apply_issuance(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::ProjectRegistered { reference, title, methodology, public_input_date } => {
                let project = Project {
                    reference: reference.clone(),
                    title: title.clone(),
                    methodology: methodology.clone(),
                    public_input_date: *public_input_date,
                };
                self.projects.insert(reference.clone(), project);
            }
            Effect::AuthorisationRecorded { authorisation } => {
                let record = AuthorisationRecord {
                    entry: index,
                    authorisation: authorisation.clone(),
                    used_tonnes: Tonnes::ZERO,
                };
                self.authorisations.insert(index, record);
            }
            Effect::IssuanceConsented { project, decision } => {
                let consent =
                    Consent { entry: index, project: project.clone(), decision: decision.clone() };
                self.consents.insert(index, consent);
            }
            Effect::IssuanceRecorded { project, decision, quantity_tonnes, .. } => {
                let issuance = Issuance {
                    entry: index,
                    project: project.clone(),
                    decision: decision.clone(),
                    quantity_tonnes: *quantity_tonnes,
                };
                self.issuances.insert(index, issuance);
            }
            Effect::BlockIssued { block, vintage, issued_on, class, allocations } => {
                let Some(issuance) = self.issuances.get(&index) else { return };
                let sum = Tonnes::checked_sum(allocations.iter().map(|part| part.range.quantity()));
                let record = Block {
                    number: *block,
                    issuance: index,
                    project: issuance.project.clone(),
                    vintage: *vintage,
                    issued_on: *issued_on,
                    class: *class,
                    quantity_tonnes: sum.unwrap_or(Tonnes::ZERO),
                };
                self.blocks.insert(*block, record);
                for part in allocations {
                    self.holders.insert(part.range, part.account);
                    self.holdings.entry(part.account).or_default().insert(part.range, ());
                }
            }
            _ => {}
        }
    }

    fn apply_transfer(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::FirstTransferred { range, japan, partner } => {
                for authorisation in [japan, partner] {
                    if let Some(record) = self.authorisations.get_mut(authorisation) {
                        let used = record.used_tonnes.checked_add(range.quantity());
                        record.used_tonnes = used.unwrap_or(record.used_tonnes);
                    }
                }
                self.first_transfers.insert(*range, (*japan, *partner));
            }
            Effect::TransferApplied { terms, fee } => {
                for range in terms.ranges.iter() {
                    self.reserved.insert(range, index);
                }
                self.receive(index, time, Subject::Transfer(terms.clone()), *fee);
            }
            Effect::TransferRecorded { application } => {
                let application = application.unwrap_or(index);
                if let Some(Subject::Transfer(terms)) =
                    self.close(application, ApplicationStatus::Recorded(index))
                {
                    self.release(&terms);
                    self.move_units(&terms);
                }
            }
            Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => {
                let sum = self.adjustments.entry((*partner, *vintage)).or_default();
                *sum = sum.checked_add(*quantity_tonnes).unwrap_or(*sum);
            }
            _ => {}
        }
    }

    fn move_units(&mut self, terms: &TransferTerms) {
        for range in terms.ranges.iter() {
            if let Some(source) = self.holdings.get_mut(&terms.source) {
                source.remove(range);
            }
            self.holdings.entry(terms.destination).or_default().insert(range, ());
            self.holders.insert(range, terms.destination);
        }
    }
}

mod queries;

#[cfg(test)]
mod tests;

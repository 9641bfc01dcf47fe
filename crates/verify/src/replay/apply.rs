//! What each effect changes. Only effects that this crate has itself computed
//! and found equal to the recorded ones come here.
//!
//! Failure means that this crate contradicts itself; it is reported rather
//! than assumed away.

use super::state::{
    Account, Application, Authorised, Key, Kind, Payment, Period, Project, State, Status,
};
use crate::code::{Broken, Code, Judged, ensure};
use crate::holdings::{Block, Pair};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Person, TransferTerms};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee, Holding};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Year};

fn contradiction(what: &str) -> Broken {
    Code::ConservationBroken.broken(format!("the replay contradicts itself: {what}"))
}

impl State {
    /// Applies one effect of the entry `at`.
    pub(crate) fn apply(&mut self, at: EntryIndex, effect: &Effect) -> Judged<()> {
        match effect {
            // The state was made from these two.
            Effect::RegistryCreated { .. } => {}
            Effect::RuleSetAdopted { rule_set } => self.rules = *rule_set,
            Effect::GovernmentAccountOpened { account, category } => {
                self.accounts.insert(*account, Account { category: *category, person: None });
            }
            Effect::KeyRegistered { key, role } => {
                self.keys.insert(*key, Key { role: role.clone(), revoked: false });
            }
            Effect::KeyRevoked { key } => self.key_revoked(key)?,
            Effect::OperatorAppointed { person } => {
                self.operators.insert(person.clone());
            }
            Effect::OperatorRemoved { person } => {
                self.operators.remove(person);
            }
            Effect::PaymentRecorded { bank_reference, amount_yen, account, .. } => {
                self.bank_references.insert(bank_reference.clone());
                let payment = Payment { amount: *amount_yen, left: *amount_yen, account: *account };
                self.payments.insert(at, payment);
            }
            Effect::PaymentApplied { payment, application, amount_yen } => {
                self.spend(*payment, application.unwrap_or(at), *amount_yen)?;
            }
            Effect::AccountApplied { person, representative, fee, .. } => {
                self.account_applied(at, person, *representative, *fee);
            }
            Effect::AccountOpened { application, account } => {
                self.account_opened(*application, *account)?;
            }
            Effect::ApplicationWithdrawn { application } => self.withdrawn(*application)?,
            Effect::ProjectRegistered { reference, .. } => {
                self.projects.insert(reference.clone(), Project::default());
            }
            Effect::AuthorisationRecorded { authorisation } => {
                self.authorisation_ids.insert(authorisation.id.clone(), at);
                let authorisation = authorisation.clone();
                self.authorisations.insert(at, Authorised { authorisation, used: Tonnes::ZERO });
            }
            Effect::IssuanceConsented { project, decision } => {
                self.project(project)?.consented.push(Period::of(decision));
                self.consents.insert(at, (project.clone(), decision.clone()));
            }
            Effect::IssuanceRecorded { project, decision, .. } => {
                self.project(project)?.issued.push(Period::of(decision));
                self.issuing = Some(project.clone());
            }
            Effect::BlockIssued { block, vintage, issued_on, class, allocations } => {
                self.block_issued(*block, (*vintage, *issued_on, *class), allocations)?;
            }
            Effect::FirstTransferred { range, japan, partner } => {
                self.first_transferred(*range, Pair { japan: *japan, partner: *partner })?;
            }
            Effect::TransferApplied { terms, fee } => self.transfer_applied(at, terms, *fee),
            Effect::TransferRecorded { application } => {
                self.transfer_recorded(application.unwrap_or(at))?;
            }
            Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => {
                let sum = self.adjustments.entry((*partner, *vintage)).or_insert(0);
                *sum += u128::from(quantity_tonnes.get());
            }
            Effect::CertificateRequested { account, fee } => {
                self.applied(at, Kind::Certificate { account: *account }, *fee);
            }
            Effect::CertificateIssued { application } => {
                self.close(application.unwrap_or(at), Status::Recorded)?;
            }
        }
        Ok(())
    }

    fn key_revoked(&mut self, key: &PublicKey) -> Judged<()> {
        let key = self.keys.get_mut(key).ok_or_else(|| contradiction("a key is gone"))?;
        key.revoked = true;
        Ok(())
    }

    fn project(&mut self, reference: &ProjectRef) -> Judged<&mut Project> {
        self.projects.get_mut(reference).ok_or_else(|| contradiction("a project is gone"))
    }

    fn block_issued(
        &mut self,
        number: BlockNumber,
        (vintage, issued_on, class): (Year, Date, CreditClass),
        allocations: &[Holding],
    ) -> Judged<()> {
        let sum = Tonnes::checked_sum(allocations.iter().map(|part| part.range.quantity()));
        let range = sum.and_then(|sum| SerialRange::whole_block(number, sum).ok());
        let range = range.ok_or_else(|| contradiction("a block has no size"))?;
        let project = self.issuing.clone().ok_or_else(|| contradiction("a project is gone"))?;
        let allocations: Vec<_> =
            allocations.iter().map(|part| (part.account, part.range)).collect();
        self.units.issue(Block { project, vintage, issued_on, class, range }, &allocations)
    }

    fn transfer_applied(&mut self, at: EntryIndex, terms: &TransferTerms, fee: Fee) {
        for range in terms.ranges.iter() {
            self.units.reserved.set(range, Some(at));
        }
        let kind = Kind::Transfer { source: terms.source, terms: Box::new(terms.clone()) };
        self.applied(at, kind, fee);
    }

    fn applied(&mut self, at: EntryIndex, kind: Kind, fee: Fee) {
        let application = Application { kind, status: Status::Open, fee, settled: Yen::ZERO };
        self.applications.insert(at, application);
    }

    fn close(&mut self, application: EntryIndex, status: Status) -> Judged<Kind> {
        let known = self.applications.get_mut(&application);
        let known = known.ok_or_else(|| contradiction("an application is gone"))?;
        known.status = status;
        Ok(known.kind.clone())
    }

    /// Each yen leaves the payment and settles one fee.
    fn spend(&mut self, payment: EntryIndex, application: EntryIndex, amount: Yen) -> Judged<()> {
        let payment = self.payments.get_mut(&payment);
        let payment = payment.ok_or_else(|| contradiction("a payment is gone"))?;
        let left = payment.left.checked_sub(amount);
        payment.left = left.ok_or_else(|| contradiction("a payment is spent twice"))?;
        let application = self.applications.get_mut(&application);
        let application = application.ok_or_else(|| contradiction("an application is gone"))?;
        let settled = application.settled.checked_add(amount);
        let settled = settled.filter(|settled| *settled <= application.fee.amount());
        application.settled = settled.ok_or_else(|| contradiction("a fee is paid twice"))?;
        Ok(())
    }

    fn account_applied(&mut self, at: EntryIndex, person: &Person, key: PublicKey, fee: Fee) {
        self.persons.insert(person.clone());
        self.representatives.insert(key);
        self.applied(at, Kind::Account { person: person.clone(), representative: key }, fee);
    }

    fn account_opened(&mut self, application: EntryIndex, account: AccountNumber) -> Judged<()> {
        let Kind::Account { person, representative } = self.close(application, Status::Recorded)?
        else {
            return Err(contradiction("an account is opened on another application"));
        };
        self.representatives.remove(&representative);
        let opened = Account { category: AccountCategory::Entity, person: Some(person) };
        self.accounts.insert(account, opened);
        Ok(())
    }

    fn withdrawn(&mut self, application: EntryIndex) -> Judged<()> {
        match self.close(application, Status::Withdrawn)? {
            Kind::Account { person, representative } => {
                self.persons.remove(&person);
                self.representatives.remove(&representative);
            }
            Kind::Transfer { terms, .. } => {
                for range in terms.ranges.iter() {
                    self.units.reserved.set(range, None);
                }
            }
            Kind::Certificate { .. } => {}
        }
        Ok(())
    }

    fn transfer_recorded(&mut self, application: EntryIndex) -> Judged<()> {
        let Kind::Transfer { terms, .. } = self.close(application, Status::Recorded)? else {
            return Err(contradiction("a transfer is recorded on another application"));
        };
        let sink = self.category(terms.source).is_none_or(AccountCategory::is_sink);
        ensure(!sink, Code::ConservationBroken, || {
            format!("units leave account {}, which nothing may leave", terms.source)
        })?;
        for range in terms.ranges.iter() {
            self.units.reserved.set(range, None);
            self.units.transfer(range, terms.source, terms.destination)?;
        }
        Ok(())
    }

    /// Once for each unit, and never above what was authorised.
    fn first_transferred(&mut self, range: SerialRange, pair: Pair) -> Judged<()> {
        let first = self.units.first_transferred.stretches(range) == [(range, None)];
        ensure(first, Code::ConservationBroken, || {
            format!("units {range} are first transferred a second time")
        })?;
        self.units.first_transferred.set(range, Some(pair));
        for entry in [pair.japan, pair.partner] {
            let known = self.authorisations.get_mut(&entry);
            let known = known.ok_or_else(|| contradiction("an authorisation is gone"))?;
            let used = known.used.checked_add(range.quantity());
            let used = used.filter(|used| *used <= known.authorisation.quantity_tonnes);
            known.used = used.ok_or_else(|| contradiction("an authorisation is exceeded"))?;
        }
        Ok(())
    }

    /// What must hold after every entry that touches units: all that was issued
    /// is in an account, and Japan has subtracted what it retired.
    pub(crate) fn conserved(&self) -> Judged<()> {
        self.units.balanced()?;
        // Government accounts have the lowest numbers; there are three of them.
        let retirement = self
            .accounts
            .iter()
            .take_while(|(_, account)| account.category.is_government())
            .filter(|(_, account)| account.category == AccountCategory::Retirement);
        let retired: u128 = retirement.map(|(number, _)| self.units.balance(*number)).sum();
        let adjusted: u128 = self.adjustments.values().sum();
        ensure(retired == adjusted, Code::ConservationBroken, || {
            format!("{retired} tonnes are retired, but {adjusted} are adjusted for")
        })
    }
}

//! What each effect changes. Only effects that this crate has itself computed
//! and found equal to the recorded ones come here.
//!
//! Failure means that this crate contradicts itself; it is reported rather
//! than assumed away.

use super::signing;
use super::state::{
    Account, Application, Consent, Key, Kind, Particulars, Payment, Period, Project, State, Status,
};
use crate::code::{Code, Judged, contradiction, ensure};
use crate::holdings::Block;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{PaymentId, TransferTerms};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee, Holding};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::time::{Date, Year};

/// The entry whose effects are applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: EntryIndex,
    /// Its date in Japan.
    pub(crate) today: Date,
}

impl State {
    /// Applies one effect of an entry.
    pub(crate) fn apply(&mut self, moment: Moment, effect: &Effect) -> Judged<()> {
        let at = moment.at;
        match effect {
            Effect::PaymentRecorded { bank_reference, amount_yen, account, .. } => {
                self.bank_references.insert(bank_reference.clone());
                self.paid(PaymentId::single(at), *amount_yen, *account);
            }
            Effect::PaymentApplied { payment, application, amount_yen } => {
                let payment = PaymentId::single(*payment);
                self.spend(payment, application.unwrap_or(at), *amount_yen)?;
            }
            Effect::PaymentLineApplied { payment, application, amount_yen } => {
                self.spend(*payment, application.unwrap_or(at), *amount_yen)?;
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
            Effect::TransferApplied { terms, fee } => self.transfer_applied(moment, terms, *fee)?,
            Effect::UseStated(details) => {
                if let Kind::Transfer { use_details, .. } = &mut self.application(at)?.kind {
                    *use_details = Some(Box::new(details.clone()));
                }
            }
            Effect::TransferRecorded { application } => {
                self.transfer_recorded(moment, application.unwrap_or(at))?;
            }
            Effect::CertificateRequested { account, fee } => {
                self.applied(moment, Kind::Certificate { account: *account }, *fee);
            }
            Effect::CertificateIssued { application } => {
                self.close(application.unwrap_or(at), Status::Recorded)?;
            }
            // Has no effect on the state.
            Effect::CertificateStated { .. } | Effect::PaymentProofSubmitted { .. } => {}
            other => self.apply_founding(moment, other)?,
        }
        Ok(())
    }

    /// Effects by which there come to be rules, keys, accounts and projects.
    fn apply_founding(&mut self, moment: Moment, effect: &Effect) -> Judged<()> {
        match effect {
            // The state was made from these two.
            Effect::RegistryCreated { .. } | Effect::RuleSetAdopted { .. } => {}
            Effect::GovernmentAccountOpened { account, category } => {
                self.accounts.insert(*account, Account::opened(*category, None));
            }
            Effect::KeyRegistered { key, role } => {
                let account = signing::account_of(role);
                self.account_keys.extend(account.map(|account| (account, *key)));
                self.keys.insert(*key, Key { role: role.clone(), revoked: false });
            }
            Effect::KeyRevoked { key } => self.key_revoked(key)?,
            Effect::OperatorAppointed { person } => {
                self.operators.insert(person.clone());
            }
            Effect::OperatorRemoved { person } => {
                self.operators.remove(person);
            }
            Effect::AccountApplied { person, holder, particulars, representative, fee, .. } => {
                let particulars = Particulars::first(Some(holder.clone()), *particulars);
                let (person, representative) = (person.clone(), *representative);
                let kind = Kind::Account { person, particulars, representative };
                self.account_applied(moment, kind, *fee);
            }
            Effect::AccountOpened { application, account } => {
                self.account_opened(*application, *account)?;
            }
            Effect::ApplicationWithdrawn { application } => {
                self.came_to_nothing(*application, Status::Withdrawn)?;
            }
            Effect::ProjectRegistered { reference, public_input_date, .. } => {
                let project = Project { public_input: *public_input_date, ..Project::default() };
                self.projects.insert(reference.clone(), project);
            }
            other => self.apply_act(moment, other)?,
        }
        Ok(())
    }

    fn key_revoked(&mut self, key: &PublicKey) -> Judged<()> {
        let known = self.keys.get_mut(key).ok_or_else(|| contradiction("a key is gone"))?;
        known.revoked = true;
        if let Some(account) = signing::account_of(&known.role) {
            self.account_keys.remove(&(account, *key));
        }
        Ok(())
    }

    pub(crate) fn project(&mut self, reference: &ProjectRef) -> Judged<&mut Project> {
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

    /// Of several in one entry, the last stands for all: the others are recorded.
    fn transfer_applied(&mut self, moment: Moment, terms: &TransferTerms, fee: Fee) -> Judged<()> {
        let parts_before = match self.applications.get(&moment.at) {
            None => Yen::ZERO,
            Some(before) if before.status == Status::Recorded && before.due() == Yen::ZERO => {
                let sum = before.parts_before.checked_add(before.settled);
                sum.ok_or_else(|| contradiction("a sum overflows"))?
            }
            Some(_) => return Err(contradiction("a part of a command waits")),
        };
        self.reserve(&terms.ranges, Some(moment.at));
        self.concerning.insert((terms.destination, moment.at));
        let terms = Box::new(terms.clone());
        let destination = terms.destination;
        self.applied(moment, Kind::Transfer { terms, trust: None, use_details: None }, fee);
        let asks_consent = self.asks_consent(destination);
        let known = self.application(moment.at)?;
        known.parts_before = parts_before;
        if asks_consent {
            known.consent = Consent::Awaited;
        }
        Ok(())
    }

    /// Reserves units, or frees them.
    pub(crate) fn reserve(&mut self, ranges: &SerialRanges, by: Option<EntryIndex>) {
        for range in ranges.iter() {
            self.units.reserved.set(range, by);
        }
    }

    /// An application that waits, until something closes it.
    pub(crate) fn applied(&mut self, moment: Moment, kind: Kind, fee: Fee) {
        let application = Application {
            kind,
            status: Status::Open,
            received: moment.today,
            payment_days: self.rules.payment_days,
            fee,
            settled: Yen::ZERO,
            refunded: Yen::ZERO,
            parts_before: Yen::ZERO,
            missing_until: None,
            consent: Consent::NotAsked,
            not_before: None,
        };
        self.open.insert(moment.at);
        self.concerning.extend(application.account().map(|account| (account, moment.at)));
        self.applications.insert(moment.at, application);
    }

    pub(crate) fn application(&mut self, at: EntryIndex) -> Judged<&mut Application> {
        self.applications.get_mut(&at).ok_or_else(|| contradiction("an application is gone"))
    }

    pub(crate) fn close(&mut self, at: EntryIndex, status: Status) -> Judged<Kind> {
        let known = self.application(at)?;
        known.status = status;
        let (kind, account) = (known.kind.clone(), known.account());
        self.open.remove(&at);
        if let Some(account) = account {
            self.concerning.remove(&(account, at));
        }
        if let Kind::Transfer { terms, .. } = &kind {
            self.concerning.remove(&(terms.destination, at));
        }
        Ok(kind)
    }

    pub(crate) fn paid(&mut self, id: PaymentId, amount: Yen, account: Option<AccountNumber>) {
        self.payments.insert(id, Payment { amount, left: amount, account });
    }

    /// Money leaves a payment once only.
    pub(crate) fn take(&mut self, payment: PaymentId, amount: Yen) -> Judged<()> {
        let payment = self.payments.get_mut(&payment);
        let payment = payment.ok_or_else(|| contradiction("a payment is gone"))?;
        let left = payment.left.checked_sub(amount);
        payment.left = left.ok_or_else(|| contradiction("a payment is spent twice"))?;
        Ok(())
    }

    /// Each yen leaves the payment and settles one fee.
    fn spend(&mut self, payment: PaymentId, application: EntryIndex, amount: Yen) -> Judged<()> {
        self.take(payment, amount)?;
        let application = self.application(application)?;
        let settled = application.settled.checked_add(amount);
        let settled = settled.filter(|settled| *settled <= application.fee.amount());
        application.settled = settled.ok_or_else(|| contradiction("a fee is paid twice"))?;
        Ok(())
    }

    pub(crate) fn account_applied(&mut self, moment: Moment, kind: Kind, fee: Fee) {
        if let Kind::Account { person, representative, .. } = &kind {
            self.persons.insert(person.clone());
            self.representatives.insert(*representative);
        }
        self.applied(moment, kind, fee);
    }

    fn account_opened(&mut self, application: EntryIndex, account: AccountNumber) -> Judged<()> {
        let kind = self.close(application, Status::Recorded)?;
        let Kind::Account { person, particulars, representative } = kind else {
            return Err(contradiction("an account is opened on another application"));
        };
        self.representatives.remove(&representative);
        let opened = Account::opened(AccountCategory::Entity, Some((person, particulars)));
        self.accounts.insert(account, opened);
        Ok(())
    }

    fn transfer_recorded(&mut self, moment: Moment, application: EntryIndex) -> Judged<()> {
        let Kind::Transfer { terms, .. } = self.close(application, Status::Recorded)? else {
            return Err(contradiction("a transfer is recorded on another application"));
        };
        self.reserve(&terms.ranges, None);
        self.move_units(moment, &terms.ranges, terms.source, terms.destination)
    }

    /// Nothing leaves a sink, by whatever act.
    pub(crate) fn move_units(
        &mut self,
        moment: Moment,
        ranges: &SerialRanges,
        source: AccountNumber,
        destination: AccountNumber,
    ) -> Judged<()> {
        let sink = self.category(source).is_none_or(AccountCategory::is_sink);
        ensure(!sink, Code::ConservationBroken, || {
            format!("units leave account {source}, which nothing may leave")
        })?;
        let ends = self.category(destination).is_some_and(AccountCategory::is_sink);
        for range in ranges.iter() {
            self.units.transfer(range, source, destination)?;
            if ends {
                self.units.ended_in.set(range, Some(moment.today.year()));
            }
        }
        Ok(())
    }

    /// What must hold after every entry that touches units: all that was issued
    /// is in an account, Japan has subtracted what it retired, and no partner has
    /// confirmed more.
    pub(crate) fn conserved(&self) -> Judged<()> {
        self.units.balanced()?;
        // Government accounts have the lowest numbers; there are few of them.
        let retirement = self
            .accounts
            .iter()
            .take_while(|(_, account)| account.category.is_government())
            .filter(|(_, account)| account.category == AccountCategory::Retirement);
        let retired: u128 = retirement.map(|(number, _)| self.units.balance(*number)).sum();
        let adjusted: u128 = self.paris.adjustments.values().map(|of| of.booked).sum();
        ensure(retired == adjusted, Code::ConservationBroken, || {
            format!("{retired} tonnes are retired, but {adjusted} are adjusted for")
        })?;
        self.paris.confirmed_within_booked()
    }

    /// The whole walk, once at the end: every unit, and what was authorised for it.
    pub(crate) fn conserved_to_the_end(&self) -> Judged<()> {
        self.units.conserved()?;
        self.paris_conserved()
    }
}

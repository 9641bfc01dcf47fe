//! Applying effects: applications, from receipt to their end.

use super::{
    AccountHolder, Application, ApplicationStatus, ClosedApplication, Completion, State, Subject,
    TransfereeConsent, is_by_new_trustee,
};
use jcm_format::amount::Yen;
use jcm_format::command::{Acceptance, Person, Rules, TransferTerms, TransferTrust, TrustRequest};
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::time::Timestamp;

impl State {
    /// An application is received.
    pub(super) fn apply_application(
        &mut self,
        index: EntryIndex,
        time: Timestamp,
        effect: &Effect,
    ) {
        let (subject, fee) = match effect {
            Effect::AccountApplied { person, holder, particulars, representative, fee, .. } => {
                let holder = AccountHolder {
                    person: person.clone(),
                    particulars: Some(holder.clone()),
                    commitment: *particulars,
                };
                (Subject::Account { holder, representative: *representative }, *fee)
            }
            Effect::IndividualApplied { person, particulars, representative, fee, .. } => {
                let holder = AccountHolder {
                    person: Person::Individual(*person),
                    particulars: None,
                    commitment: *particulars,
                };
                (Subject::Account { holder, representative: *representative }, *fee)
            }
            Effect::CertificateRequested { account, fee } => (Subject::Certificate(*account), *fee),
            Effect::ChangeNotified { account, change, .. } => {
                let change = change.clone();
                (Subject::Change { account: *account, change }, Fee::NotChargeable)
            }
            Effect::ClosingApplied { account, .. } => {
                (Subject::Closing(*account), Fee::NotChargeable)
            }
            Effect::TrustApplied { account, request, subrogation } => {
                let (account, request, subrogation) = (*account, request.clone(), *subrogation);
                (Subject::Trust { account, request, subrogation }, Fee::NotChargeable)
            }
            Effect::TransferApplied { terms, fee } => (Subject::Transfer(terms.clone()), *fee),
            _ => return,
        };
        self.receive(index, time, subject, fee);
    }

    fn receive(&mut self, index: EntryIndex, received: Timestamp, subject: Subject, fee: Fee) {
        match &subject {
            Subject::Account { holder, representative } => {
                self.applying_persons.insert(holder.person.clone());
                self.applying_keys.insert(*representative);
                self.commitments.insert(holder.commitment);
                if let Person::Individual(identity) = &holder.person {
                    self.commitments.insert(*identity);
                }
            }
            Subject::Change { change, .. } => self.commitments.extend(change.particulars),
            Subject::Trust { request, .. } => self.know_trust_request(request),
            Subject::Transfer(_) | Subject::Certificate(_) | Subject::Closing(_) => {}
        }
        for account in concerned(&subject) {
            self.concerning.entry(account).or_default().insert(index);
        }
        for range in subject.units().into_iter().flat_map(|ranges| ranges.iter()) {
            self.reserved.insert(range, index);
        }
        let consent = match &subject {
            Subject::Transfer(terms) if self.needs_consent(terms, None) => {
                TransfereeConsent::Awaited
            }
            _ => TransfereeConsent::NotAsked,
        };
        let days = |of: fn(&Rules) -> u16| self.rules.as_ref().map_or(0, of);
        let application = Application {
            entry: index,
            received,
            payment_days: days(|rules| rules.payment_days),
            examination_days: days(|rules| rules.examination_days),
            subject,
            fee,
            settled_yen: Yen::ZERO,
            status: ApplicationStatus::Open,
            completion: None,
            consent,
            trust: None,
            use_details: None,
            not_before: None,
            proofs: Vec::new(),
        };
        self.open_applications.insert(index, application);
    }

    /// Whether a transfer applied for now waits for the transferee's consent: not
    /// where the transferee itself applies, as a new trustee.
    pub(crate) fn needs_consent(
        &self,
        terms: &TransferTerms,
        trust: Option<&TransferTrust>,
    ) -> bool {
        !is_by_new_trustee(trust)
            && self.rules.as_ref().is_some_and(|rules| rules.transferee_acceptance)
            && self
                .accounts
                .get(&terms.destination)
                .is_some_and(|account| account.acceptance == Acceptance::Consent)
    }

    fn know_trust_request(&mut self, request: &TrustRequest) {
        match request {
            TrustRequest::Record { terms, .. } | TrustRequest::Amend { terms, .. } => {
                self.commitments.insert(terms.details);
            }
            TrustRequest::Delete { .. } => {}
        }
    }

    /// Something happens to an application.
    pub(super) fn apply_progress(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::TransferTrustStated { trust } => {
                if let TransferTrust::Record(terms) | TransferTrust::ChangeTrustee { terms, .. } =
                    trust
                {
                    self.commitments.insert(terms.details);
                }
                self.change_open(index, |open| {
                    open.trust = Some(trust.clone());
                    if is_by_new_trustee(open.trust.as_ref()) {
                        // Until now it looked like the former trustee's.
                        open.consent = TransfereeConsent::NotAsked;
                    }
                });
            }
            Effect::TransferDelayed { not_before } => {
                self.change_open(index, |open| open.not_before = Some(*not_before));
            }
            Effect::UseStated(details) => {
                self.change_open(index, |open| open.use_details = Some(details.clone()));
            }
            Effect::TransferAccepted { application } => {
                self.change_open(*application, |open| open.consent = TransfereeConsent::Given);
            }
            Effect::CompletionRequested { application, items, due } => {
                let completion = Completion { items: items.clone(), due: *due };
                self.change_open(*application, |open| open.completion = Some(completion));
            }
            Effect::ApplicationCompleted { application, .. } => {
                self.change_open(*application, |open| open.completion = None);
            }
            Effect::PaymentProofSubmitted { application, document } => {
                self.change_open(*application, |open| open.proofs.push(*document));
            }
            Effect::ApplicationWithdrawn { application } => {
                self.close(*application, ApplicationStatus::Withdrawn(index));
            }
            Effect::ApplicationRefused { application, ground, .. } => {
                self.close(*application, ApplicationStatus::Refused(index, *ground));
            }
            Effect::ApplicationLapsed { application, ground } => {
                self.close(*application, ApplicationStatus::Lapsed(index, *ground));
            }
            Effect::CertificateIssued { application } => {
                self.close(application.unwrap_or(index), ApplicationStatus::Recorded(index));
            }
            Effect::TrustApplicationRecorded { application } => {
                self.close(*application, ApplicationStatus::Recorded(index));
            }
            _ => {}
        }
    }

    fn change_open(&mut self, application: EntryIndex, change: impl FnOnce(&mut Application)) {
        if let Some(open) = self.open_applications.get_mut(&application) {
            change(open);
        }
    }

    /// Closes an open application, frees what it reserved and gives back what it
    /// was for.
    pub(super) fn close(
        &mut self,
        application: EntryIndex,
        status: ApplicationStatus,
    ) -> Option<Subject> {
        let open = self.open_applications.remove(&application)?;
        if let Subject::Account { holder, representative } = &open.subject {
            self.applying_persons.remove(&holder.person);
            self.applying_keys.remove(representative);
        }
        for account in concerned(&open.subject) {
            if let Some(entries) = self.concerning.get_mut(&account) {
                entries.remove(&application);
                if entries.is_empty() {
                    self.concerning.remove(&account);
                }
            }
        }
        for range in open.subject.units().into_iter().flat_map(|ranges| ranges.iter()) {
            self.reserved.remove(range);
        }
        // Several transfers of one entry are closed one after the other.
        let closed = self.closed_applications.entry(application).or_insert(ClosedApplication {
            kind: open.subject.kind(),
            fee_yen: Yen::ZERO,
            settled_yen: Yen::ZERO,
            refunded_yen: Yen::ZERO,
            status,
        });
        closed.fee_yen = closed.fee_yen.checked_add(open.fee.amount()).unwrap_or(closed.fee_yen);
        let settled = closed.settled_yen.checked_add(open.settled_yen);
        closed.settled_yen = settled.unwrap_or(closed.settled_yen);
        Some(open.subject)
    }
}

/// Whose account an application is, and to which account it would transfer.
fn concerned(subject: &Subject) -> impl Iterator<Item = AccountNumber> {
    let destination = match subject {
        Subject::Transfer(terms) => Some(terms.destination),
        _ => None,
    };
    subject.account().into_iter().chain(destination)
}

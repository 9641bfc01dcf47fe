//! The state: what all entries so far amount to. A pure function of the log.
//!
//! Nothing here decides. [`State::apply`] takes the effects of an accepted
//! command and cannot fail; whoever needs the rules looks in `decide`.

mod applications;
mod article6;
mod authorisations;
mod books;
mod calendar;
mod digest;
mod executed;
mod guard;
mod issuance;
mod itmo;
mod money;
mod movements;
mod queries;
mod queries_acts;
mod queries_guard;
mod records;
mod restrictions;
mod standing;
mod statement;
mod units;

pub use article6::{Adjustment, AdjustmentKey};
pub use authorisations::{AuthorisationRecord, AuthorisationVersion, Revoked};
pub use books::Books;
pub use calendar::Calendars;
pub use executed::Executed;
pub use guard::{DatedMandate, Outgoing, Recovery};
pub use itmo::ItmoStretch;
pub use queries::UnitStretch;
pub use records::{
    Account, AccountHolder, Application, ApplicationStatus, Block, BookYear, ClosedApplication,
    Completion, Consent, GovernmentAccountName, Issuance, KeyRecord, Payment, PaymentReference,
    Project, RestrictionRecord, Subject, SubjectKind, TransfereeConsent, Trust,
};
pub(crate) use records::{Need, account_of, is_by_new_trustee, transfer_applicant};
pub use units::UnitMap;

use article6::Adjustments;
use guard::Guard;
use itmo::Itmos;
use jcm_format::command::{Article6, LineKey, PaymentId, Person, Rules};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use jcm_format::time::Timestamp;
use jcm_format::tlog::Origin;
use restrictions::Restrictions;
use std::collections::{BTreeMap, BTreeSet};

/// What all entries so far amount to.
#[derive(Debug, Clone, Default)]
pub struct State {
    entries: u64,
    head: Option<Digest>,
    last_time: Option<Timestamp>,
    origin: Option<Origin>,
    log_key: Option<PublicKey>,
    rules: Option<Rules>,
    calendars: Calendars,
    executed: BTreeMap<CommandId, Executed>,
    // The same, by when it can no longer be retried and is forgotten.
    retryable: BTreeSet<(Timestamp, CommandId)>,
    keys: BTreeMap<PublicKey, KeyRecord>,
    // Of the keys that are not revoked: those of each account, and how many a
    // representative of this name has.
    account_keys: BTreeMap<AccountNumber, BTreeSet<PublicKey>>,
    representatives: BTreeMap<Name, u64>,
    operators: BTreeSet<Name>,
    accounts: BTreeMap<AccountNumber, Account>,
    persons: BTreeMap<Person, AccountNumber>,
    payments: BTreeMap<PaymentId, Payment>,
    bank_references: BTreeSet<Name>,
    statements: BTreeSet<Digest>,
    line_keys: BTreeSet<LineKey>,
    refund_references: BTreeSet<Name>,
    books: Books,
    open_applications: BTreeMap<EntryIndex, Application>,
    // Of the open applications for accounts; without them each further one
    // would cost as much as there are.
    applying_persons: BTreeSet<Person>,
    applying_keys: BTreeSet<PublicKey>,
    // The open applications of an account and the transfers to it.
    concerning: BTreeMap<AccountNumber, BTreeSet<EntryIndex>>,
    closed_applications: BTreeMap<EntryIndex, ClosedApplication>,
    projects: BTreeMap<ProjectRef, Project>,
    proponents: BTreeSet<(ProjectRef, Digest)>,
    // The same persons, whatever the project.
    individuals: BTreeSet<Digest>,
    article6: Option<Article6>,
    authorisations: BTreeMap<EntryIndex, AuthorisationRecord>,
    // Each version's entry, and the entry of the first version.
    authorisation_versions: BTreeMap<EntryIndex, EntryIndex>,
    consents: BTreeMap<EntryIndex, Consent>,
    // By entry, then part.
    issuances: BTreeMap<(EntryIndex, u16), Issuance>,
    blocks: BTreeMap<BlockNumber, Block>,
    holders: UnitMap<AccountNumber>,
    // The same units by account; kept beside `holders` so that one account's
    // holdings cost what that account holds.
    holdings: BTreeMap<AccountNumber, UnitMap<()>>,
    reserved: UnitMap<EntryIndex>,
    // Japan's and the partner's version.
    first_transfers: UnitMap<(EntryIndex, EntryIndex)>,
    itmos: Itmos,
    adjustments: Adjustments,
    trusts: BTreeMap<EntryIndex, Trust>,
    in_trust: UnitMap<EntryIndex>,
    restrictions: Restrictions,
    guard: Guard,
    // Commitments to personal data, and which of it is erased.
    commitments: BTreeSet<Digest>,
    erased: BTreeSet<Digest>,
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
        self.books.count_entry(entry.time);
        for effect in &entry.event.0 {
            self.books.count_effect(entry.time, effect);
            self.apply_effect(entry.index, entry.time, effect);
        }
        self.count_outgoing(entry.time, &entry.event);
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

    #[allow(clippy::too_many_lines, reason = "one arm for each kind of effect")]
    fn apply_effect(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::RegistryCreated { .. }
            | Effect::RuleSetAdopted { .. }
            | Effect::KeyRegistered { .. }
            | Effect::KeyRevoked { .. }
            | Effect::OperatorAppointed { .. }
            | Effect::OperatorRemoved { .. }
            | Effect::RulesAdopted { .. }
            | Effect::CalendarAdopted { .. }
            | Effect::BooksClosed { .. }
            | Effect::PersonalDataErased { .. } => self.apply_administration(index, effect),
            Effect::GovernmentAccountOpened { .. }
            | Effect::GovernmentAccountNamed { .. }
            | Effect::AccountOpened { .. }
            | Effect::AccountClosed { .. }
            | Effect::ParticularsChanged { .. }
            | Effect::AcceptanceSet { .. } => self.apply_account(index, effect),
            Effect::PaymentRecorded { .. }
            | Effect::PaymentApplied { .. }
            | Effect::PaymentLineApplied { .. }
            | Effect::StatementImported { .. }
            | Effect::Refunded { .. } => self.apply_money(index, time, effect),
            Effect::AccountApplied { .. }
            | Effect::IndividualApplied { .. }
            | Effect::CertificateRequested { .. }
            | Effect::ChangeNotified { .. }
            | Effect::ClosingApplied { .. }
            | Effect::TrustApplied { .. }
            | Effect::TransferApplied { .. } => self.apply_application(index, time, effect),
            Effect::TransferTrustStated { .. }
            | Effect::TransferDelayed { .. }
            | Effect::UseStated(_)
            | Effect::TransferAccepted { .. }
            | Effect::CompletionRequested { .. }
            | Effect::ApplicationCompleted { .. }
            | Effect::PaymentProofSubmitted { .. }
            | Effect::ApplicationWithdrawn { .. }
            | Effect::ApplicationRefused { .. }
            | Effect::ApplicationLapsed { .. }
            | Effect::CertificateIssued { .. }
            | Effect::TrustApplicationRecorded { .. } => self.apply_progress(index, effect),
            Effect::ProjectRegistered { .. }
            | Effect::ProponentRegistered { .. }
            | Effect::IssuanceConsented { .. }
            | Effect::IssuanceRecorded { .. }
            | Effect::BlockIssued { .. } => self.apply_issuance(index, effect),
            Effect::AuthorisationRecorded { .. }
            | Effect::AuthorisationDetailed(_)
            | Effect::AuthorisationChanged(_)
            | Effect::AuthorisationRevoked(_) => self.apply_authorisation(index, effect),
            Effect::Article6Adopted(_)
            | Effect::FirstTransferred { .. }
            | Effect::AdjustmentBooked { .. }
            | Effect::AdjustmentConfirmed(_)
            | Effect::ConfirmationWithdrawn { .. } => self.apply_article6(index, time, effect),
            Effect::TransferRecorded { .. }
            | Effect::UnitsMoved { .. }
            | Effect::RestrictionRecorded { .. }
            | Effect::RestrictionReleased { .. }
            | Effect::TrustRecorded { .. }
            | Effect::TrustDeleted { .. }
            | Effect::TrustAmended { .. } => self.apply_movement(index, time, effect),
            Effect::SafeguardsAdopted { .. }
            | Effect::MandateSet { .. }
            | Effect::TrustedAdded { .. }
            | Effect::TrustedRemoved { .. }
            | Effect::AccountFrozen { .. }
            | Effect::AccountUnfrozen { .. }
            | Effect::RecoveryRequested { .. }
            | Effect::RecoveryCancelled { .. }
            | Effect::RecoveryCompleted { .. } => self.apply_guard(index, time, effect),
            // They state what no rule asks about.
            Effect::CertificateStated { .. } | Effect::CorrectionRecorded { .. } => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! What an entry is about, as far as the entry itself tells.

use jcm_format::command::{RefundSource, Role, TrustRequest};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::serial::SerialRanges;
use std::collections::BTreeSet;

/// Something that has a history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An account.
    Account(AccountNumber),
    /// An application, or another act that later entries refer to: a restriction, a
    /// trust, a recovery, an authorisation or a confirmation. Known by its entry.
    Application(EntryIndex),
    /// A payment, or the payments of an imported statement; known by the entry.
    Payment(EntryIndex),
    /// A project.
    Project(ProjectRef),
    /// A block of units.
    Block(BlockNumber),
}

/// The subjects that the entry's effects name.
///
/// NB: an effect on an application, restriction, trust or recovery of an earlier
/// entry names that alone; its accounts and blocks stand in the earlier entry, and
/// [`super::Index`] adds them. The revocation of a key names no account.
pub fn subjects(entry: &SealedEntry) -> BTreeSet<Subject> {
    let index = entry.entry().index;
    let mut subjects = BTreeSet::new();
    for effect in &entry.entry().event.0 {
        add_subjects(&mut subjects, index, effect);
    }
    subjects
}

/// The subjects that one effect of the entry `index` names.
pub fn effect_subjects(index: EntryIndex, effect: &Effect) -> BTreeSet<Subject> {
    let mut subjects = BTreeSet::new();
    add_subjects(&mut subjects, index, effect);
    subjects
}

#[allow(clippy::too_many_lines, reason = "one arm for each kind of effect")]
fn add_subjects(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::RegistryCreated { .. }
        | Effect::RuleSetAdopted { .. }
        | Effect::KeyRevoked { .. }
        | Effect::OperatorAppointed { .. }
        | Effect::OperatorRemoved { .. }
        | Effect::AdjustmentBooked { .. }
        | Effect::RulesAdopted { .. }
        | Effect::CalendarAdopted { .. }
        | Effect::TransferTrustStated { .. }
        | Effect::SafeguardsAdopted { .. }
        | Effect::TransferDelayed { .. }
        | Effect::UseStated(_)
        | Effect::Article6Adopted(_)
        | Effect::AuthorisationDetailed(_)
        | Effect::BooksClosed { .. }
        | Effect::PersonalDataErased { .. } => {}
        Effect::GovernmentAccountOpened { .. }
        | Effect::GovernmentAccountNamed { .. }
        | Effect::KeyRegistered { .. }
        | Effect::AcceptanceSet { .. }
        | Effect::CertificateStated { .. }
        | Effect::CorrectionRecorded { .. }
        | Effect::ProjectRegistered { .. }
        | Effect::ProponentRegistered { .. }
        | Effect::IssuanceConsented { .. }
        | Effect::IssuanceRecorded { .. } => add_standing(subjects, effect),
        Effect::AuthorisationRecorded { .. }
        | Effect::AuthorisationChanged(_)
        | Effect::AuthorisationRevoked(_)
        | Effect::AdjustmentConfirmed(_)
        | Effect::ConfirmationWithdrawn { .. } => add_article6(subjects, index, effect),
        Effect::PaymentRecorded { .. }
        | Effect::PaymentApplied { .. }
        | Effect::StatementImported { .. }
        | Effect::PaymentLineApplied { .. }
        | Effect::Refunded { .. } => add_money(subjects, index, effect),
        Effect::AccountApplied { .. }
        | Effect::IndividualApplied { .. }
        | Effect::CertificateRequested { .. }
        | Effect::ChangeNotified { .. }
        | Effect::ClosingApplied { .. }
        | Effect::TransferApplied { .. }
        | Effect::TrustApplied { .. } => add_application(subjects, index, effect),
        Effect::AccountOpened { .. }
        | Effect::AccountClosed { .. }
        | Effect::ParticularsChanged { .. }
        | Effect::TransferRecorded { .. }
        | Effect::CertificateIssued { .. }
        | Effect::ApplicationWithdrawn { .. }
        | Effect::CompletionRequested { .. }
        | Effect::ApplicationCompleted { .. }
        | Effect::ApplicationRefused { .. }
        | Effect::ApplicationLapsed { .. }
        | Effect::PaymentProofSubmitted { .. }
        | Effect::TransferAccepted { .. }
        | Effect::TrustApplicationRecorded { .. } => add_progress(subjects, index, effect),
        Effect::BlockIssued { .. }
        | Effect::FirstTransferred { .. }
        | Effect::UnitsMoved { .. }
        | Effect::RestrictionRecorded { .. }
        | Effect::RestrictionReleased { .. }
        | Effect::TrustRecorded { .. }
        | Effect::TrustDeleted { .. }
        | Effect::TrustAmended { .. } => add_units(subjects, index, effect),
        Effect::MandateSet { .. }
        | Effect::TrustedAdded { .. }
        | Effect::TrustedRemoved { .. }
        | Effect::AccountFrozen { .. }
        | Effect::AccountUnfrozen { .. }
        | Effect::RecoveryRequested { .. }
        | Effect::RecoveryCancelled { .. }
        | Effect::RecoveryCompleted { .. } => add_guard(subjects, index, effect),
    }
}

/// Accounts, keys and projects.
fn add_standing(subjects: &mut BTreeSet<Subject>, effect: &Effect) {
    match effect {
        Effect::GovernmentAccountOpened { account, .. }
        | Effect::GovernmentAccountNamed { account, .. }
        | Effect::KeyRegistered { role: Role::Account(account), .. }
        | Effect::AcceptanceSet { account, .. }
        | Effect::CertificateStated { account, .. } => {
            subjects.insert(Subject::Account(*account));
        }
        Effect::KeyRegistered { role: Role::Representative(of), .. } => {
            subjects.insert(Subject::Account(of.account));
        }
        Effect::CorrectionRecorded { ground } => {
            subjects.insert(Subject::Account(ground.account));
        }
        Effect::ProjectRegistered { reference: project, .. }
        | Effect::ProponentRegistered { project, .. }
        | Effect::IssuanceConsented { project, .. }
        | Effect::IssuanceRecorded { project, .. } => {
            subjects.insert(Subject::Project(project.clone()));
        }
        _ => {}
    }
}

/// What the two governments say under Article 6.
fn add_article6(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::AuthorisationRecorded { authorisation } => {
            subjects.insert(Subject::Application(index));
            subjects.extend(authorisation.projects.iter().cloned().map(Subject::Project));
        }
        Effect::AuthorisationChanged(change) => {
            subjects.insert(Subject::Application(change.authorisation));
            subjects.extend(change.terms.projects.iter().cloned().map(Subject::Project));
        }
        Effect::AuthorisationRevoked(revocation) => {
            subjects.insert(Subject::Application(revocation.authorisation));
        }
        Effect::AdjustmentConfirmed(_) => {
            subjects.insert(Subject::Application(index));
        }
        Effect::ConfirmationWithdrawn { confirmation } => {
            subjects.insert(Subject::Application(*confirmation));
        }
        _ => {}
    }
}

fn add_money(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::PaymentRecorded { account, .. } => {
            subjects.insert(Subject::Payment(index));
            subjects.extend(account.map(Subject::Account));
        }
        Effect::StatementImported { payments, .. } => {
            subjects.insert(Subject::Payment(index));
            subjects.extend(payments.iter().filter_map(|line| line.account).map(Subject::Account));
        }
        Effect::PaymentApplied { payment, application, .. } => {
            subjects.insert(Subject::Payment(*payment));
            subjects.insert(Subject::Application(application.unwrap_or(index)));
        }
        Effect::PaymentLineApplied { payment, application, .. } => {
            subjects.insert(Subject::Payment(payment.entry));
            subjects.insert(Subject::Application(application.unwrap_or(index)));
        }
        Effect::Refunded { source, .. } => {
            subjects.insert(match source {
                RefundSource::Payment(payment) => Subject::Payment(payment.entry),
                RefundSource::Application(application) => Subject::Application(*application),
            });
        }
        _ => {}
    }
}

/// An application is received.
fn add_application(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::AccountApplied { .. } | Effect::IndividualApplied { .. } => {
            subjects.insert(Subject::Application(index));
        }
        Effect::CertificateRequested { account, .. }
        | Effect::ChangeNotified { account, .. }
        | Effect::ClosingApplied { account, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(*account));
        }
        Effect::TransferApplied { terms, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(terms.source));
            subjects.insert(Subject::Account(terms.destination));
            add_blocks(subjects, &terms.ranges);
        }
        Effect::TrustApplied { account, request, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(*account));
            match request {
                TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. } => {
                    add_blocks(subjects, ranges);
                }
                TrustRequest::Amend { trust, .. } => {
                    subjects.insert(Subject::Application(*trust));
                }
            }
        }
        _ => {}
    }
}

/// Something happens to an application.
fn add_progress(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::TransferRecorded { application } | Effect::CertificateIssued { application } => {
            subjects.insert(Subject::Application(application.unwrap_or(index)));
        }
        Effect::AccountOpened { application, account }
        | Effect::AccountClosed { application, account } => {
            subjects.insert(Subject::Application(*application));
            subjects.insert(Subject::Account(*account));
        }
        Effect::ParticularsChanged { application, account, .. } => {
            subjects.extend(application.map(Subject::Application));
            subjects.insert(Subject::Account(*account));
        }
        Effect::ApplicationWithdrawn { application }
        | Effect::CompletionRequested { application, .. }
        | Effect::ApplicationCompleted { application, .. }
        | Effect::ApplicationRefused { application, .. }
        | Effect::ApplicationLapsed { application, .. }
        | Effect::PaymentProofSubmitted { application, .. }
        | Effect::TransferAccepted { application }
        | Effect::TrustApplicationRecorded { application } => {
            subjects.insert(Subject::Application(*application));
        }
        _ => {}
    }
}

fn add_units(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::BlockIssued { block, allocations, .. } => {
            subjects.insert(Subject::Block(*block));
            subjects.extend(allocations.iter().map(|holding| Subject::Account(holding.account)));
        }
        Effect::FirstTransferred { range, .. } => {
            subjects.insert(Subject::Block(range.block()));
        }
        Effect::UnitsMoved { units } => {
            subjects.insert(Subject::Account(units.source));
            subjects.insert(Subject::Account(units.destination));
            add_blocks(subjects, &units.ranges);
        }
        Effect::RestrictionRecorded { restriction } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(restriction.account));
            restriction.ranges.iter().for_each(|ranges| add_blocks(subjects, ranges));
        }
        Effect::RestrictionReleased { restriction: earlier }
        | Effect::TrustAmended { trust: earlier, .. } => {
            subjects.insert(Subject::Application(*earlier));
        }
        Effect::TrustRecorded { account, ranges, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(*account));
            add_blocks(subjects, ranges);
        }
        Effect::TrustDeleted { ranges } => add_blocks(subjects, ranges),
        _ => {}
    }
}

/// What protects an account. Whom it trusts is its own affair, as is from whom it
/// receives units.
fn add_guard(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::MandateSet { account, .. }
        | Effect::TrustedAdded { account, .. }
        | Effect::TrustedRemoved { account, .. }
        | Effect::AccountFrozen { account }
        | Effect::AccountUnfrozen { account } => {
            subjects.insert(Subject::Account(*account));
        }
        Effect::RecoveryRequested { representative, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(representative.account));
        }
        Effect::RecoveryCancelled { recovery } | Effect::RecoveryCompleted { recovery } => {
            subjects.insert(Subject::Application(*recovery));
        }
        _ => {}
    }
}

fn add_blocks(subjects: &mut BTreeSet<Subject>, ranges: &SerialRanges) {
    subjects.extend(ranges.iter().map(|range| Subject::Block(range.block())));
}

#[cfg(test)]
mod tests;

//! What an entry is about, as far as the entry itself tells.

use jcm_format::command::Role;
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use std::collections::BTreeSet;

/// Something that has a history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An account.
    Account(AccountNumber),
    /// An application, known by its entry.
    Application(EntryIndex),
    /// A payment, known by its entry.
    Payment(EntryIndex),
    /// A project.
    Project(ProjectRef),
    /// A block of units.
    Block(BlockNumber),
}

/// The subjects that the entry's effects name.
///
/// NB: an effect on an application of an earlier entry names that alone; its
/// accounts and blocks stand in the earlier entry, and [`super::Index`] adds them.
/// The revocation of a key names no account.
pub fn subjects(entry: &SealedEntry) -> BTreeSet<Subject> {
    let index = entry.entry().index;
    let mut subjects = BTreeSet::new();
    for effect in &entry.entry().event.0 {
        add_subjects(&mut subjects, index, effect);
    }
    subjects
}

fn add_subjects(subjects: &mut BTreeSet<Subject>, index: EntryIndex, effect: &Effect) {
    match effect {
        Effect::RegistryCreated { .. }
        | Effect::RuleSetAdopted { .. }
        | Effect::KeyRevoked { .. }
        | Effect::OperatorAppointed { .. }
        | Effect::OperatorRemoved { .. }
        | Effect::AdjustmentBooked { .. } => {}
        Effect::GovernmentAccountOpened { account, .. } => {
            subjects.insert(Subject::Account(*account));
        }
        Effect::KeyRegistered { role, .. } => match role {
            Role::Account(account) => {
                subjects.insert(Subject::Account(*account));
            }
            Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => {}
        },
        Effect::PaymentRecorded { account, .. } => {
            subjects.insert(Subject::Payment(index));
            subjects.extend(account.map(Subject::Account));
        }
        Effect::PaymentApplied { payment, application, .. } => {
            subjects.insert(Subject::Payment(*payment));
            subjects.insert(Subject::Application(application.unwrap_or(index)));
        }
        Effect::AccountApplied { .. } => {
            subjects.insert(Subject::Application(index));
        }
        Effect::AccountOpened { application, account } => {
            subjects.insert(Subject::Application(*application));
            subjects.insert(Subject::Account(*account));
        }
        Effect::ApplicationWithdrawn { application } => {
            subjects.insert(Subject::Application(*application));
        }
        Effect::ProjectRegistered { reference: project, .. }
        | Effect::IssuanceConsented { project, .. }
        | Effect::IssuanceRecorded { project, .. } => {
            subjects.insert(Subject::Project(project.clone()));
        }
        Effect::AuthorisationRecorded { authorisation } => {
            subjects.extend(authorisation.projects.iter().cloned().map(Subject::Project));
        }
        Effect::BlockIssued { block, allocations, .. } => {
            subjects.insert(Subject::Block(*block));
            subjects.extend(allocations.iter().map(|holding| Subject::Account(holding.account)));
        }
        Effect::FirstTransferred { range, .. } => {
            subjects.insert(Subject::Block(range.block()));
        }
        Effect::TransferApplied { terms, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(terms.source));
            subjects.insert(Subject::Account(terms.destination));
            subjects.extend(terms.ranges.iter().map(|range| Subject::Block(range.block())));
        }
        Effect::TransferRecorded { application } | Effect::CertificateIssued { application } => {
            subjects.insert(Subject::Application(application.unwrap_or(index)));
        }
        Effect::CertificateRequested { account, .. } => {
            subjects.insert(Subject::Application(index));
            subjects.insert(Subject::Account(*account));
        }
    }
}

#[cfg(test)]
mod tests;

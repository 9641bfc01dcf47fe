//! Applications and accounts in words.

use super::{fee_words, lapse_ground, listed, refusal_ground};
use jcm_format::command::ParticularsChange;
use jcm_format::event::Effect;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::AccountApplied { person, holder, fee, .. } => {
            format!("applies for an account of {} ({person}); {}", holder.name_en, fee_words(*fee))
        }
        Effect::IndividualApplied { fee, .. } => {
            format!("an individual applies for an account; {}", fee_words(*fee))
        }
        Effect::AccountOpened { application, account } => {
            format!("opens the account {account} of application {application}")
        }
        Effect::ChangeNotified { account, change, .. } => {
            format!("notifies a change of account {account}: {}", change_words(change))
        }
        Effect::ParticularsChanged { account, change, .. } => {
            format!("changes the particulars of account {account}: {}", change_words(change))
        }
        Effect::ClosingApplied { account, .. } => {
            format!("applies for the closing of account {account}")
        }
        Effect::AccountClosed { application, account } => {
            format!("closes the account {account} of application {application} for ever")
        }
        Effect::CertificateRequested { account, fee } => {
            format!("requests a certificate of account {account}; {}", fee_words(*fee))
        }
        Effect::CertificateIssued { application: Some(application) } => {
            format!("issues the certificate of application {application}")
        }
        Effect::CertificateIssued { application: None } => {
            "issues the certificate at once".to_owned()
        }
        Effect::CertificateStated { account, digest } => {
            format!("the certificate states what is recorded of account {account}: {digest}")
        }
        _ => steps(effect),
    }
}

/// What happens to an application between its receipt and its end.
fn steps(effect: &Effect) -> String {
    match effect {
        Effect::CompletionRequested { application, items, due } => format!(
            "asks for what is missing from application {application}, until {due}: {}",
            listed(items, "items")
        ),
        Effect::ApplicationCompleted { application, .. } => {
            format!("hands in what was missing from application {application}")
        }
        Effect::ApplicationRefused { application, ground, explanation } => {
            format!("refuses application {application}: {}; {explanation}", refusal_ground(*ground))
        }
        Effect::ApplicationLapsed { application, ground } => {
            format!("declares application {application} lapsed: {}", lapse_ground(*ground))
        }
        Effect::ApplicationWithdrawn { application } => {
            format!("withdraws application {application}; what it reserved is free")
        }
        _ => String::new(),
    }
}

/// What changes, and since when. The published particulars alone are named.
pub fn change_words(change: &ParticularsChange) -> String {
    let mut words = Vec::new();
    if let Some(holder) = &change.holder {
        words.push(format!("{}, {}", holder.name_en, holder.head_office_en));
    }
    if change.particulars.is_some() {
        words.push("particulars that are not published".to_owned());
    }
    format!("{}, in effect since {}", words.join(", and "), change.effective)
}

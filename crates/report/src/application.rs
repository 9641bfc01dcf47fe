//! Applications, as the entry that recorded one tells them.

use jcm_format::amount::Yen;
use jcm_format::command::Holder;
use jcm_format::command::{
    ParticularsChange, Person, TransferTerms, TransferTrust, TrustRequest, UseDetails,
};
use jcm_format::entry::Entry;
use jcm_format::event::{Effect, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRanges;

/// What an application asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// An account.
    Account { person: Person, holder: Option<Holder>, particulars: Digest },
    /// A transfer.
    Transfer { terms: TransferTerms, trust: Option<TransferTrust>, details: Option<UseDetails> },
    /// A certificate.
    Certificate { account: AccountNumber },
    /// A change of particulars.
    Change { account: AccountNumber, change: ParticularsChange },
    /// The closing of an account.
    Closing { account: AccountNumber },
    /// A matter of trust without a transfer.
    Trust { account: AccountNumber, request: TrustRequest },
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    /// Its entry.
    pub(crate) entry: EntryIndex,
    /// What it asks for.
    pub(crate) request: Request,
    /// What it owes; `None` where the law sets no fee.
    pub(crate) fee: Option<Fee>,
}

impl Application {
    /// The application that `entry` recorded, if it recorded one.
    ///
    /// An entry with several transfers records them at once, so that none of them is
    /// referred to later: this is then the first.
    pub(crate) fn of(entry: &Entry) -> Option<Application> {
        Application::all_of(entry).into_iter().next()
    }

    /// The applications that `entry` recorded, in order. What an effect states about an
    /// application is about the last one before it.
    pub(crate) fn all_of(entry: &Entry) -> Vec<Application> {
        let mut all: Vec<Application> = Vec::new();
        for effect in &entry.event.0 {
            if let Some((request, fee)) = request(effect) {
                all.push(Application { entry: entry.index, request, fee });
                continue;
            }
            let last = all.last_mut().map(|last| &mut last.request);
            let Some(Request::Transfer { trust, details, .. }) = last else { continue };
            match effect {
                Effect::TransferTrustStated { trust: stated } => *trust = Some(stated.clone()),
                Effect::UseStated(stated) => *details = Some(stated.clone()),
                _ => {}
            }
        }
        all
    }

    /// Its kind, in the words of the specification.
    pub(crate) const fn kind(&self) -> &'static str {
        match self.request {
            Request::Account { .. } => "account",
            Request::Transfer { .. } => "transfer",
            Request::Certificate { .. } => "certificate",
            Request::Change { .. } => "change",
            Request::Closing { .. } => "closing",
            Request::Trust { .. } => "trust",
        }
    }

    /// The account that applies; `None` of an application for an account.
    pub(crate) fn applicant(&self) -> Option<AccountNumber> {
        match &self.request {
            Request::Account { .. } => None,
            // Cabinet Order, art. 16(2): the new trustee may apply in place of the former.
            Request::Transfer {
                terms,
                trust: Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }),
                ..
            } => Some(terms.destination),
            Request::Transfer { terms, .. } => Some(terms.source),
            Request::Certificate { account }
            | Request::Change { account, .. }
            | Request::Closing { account }
            | Request::Trust { account, .. } => Some(*account),
        }
    }

    /// The units that it reserves while it is open.
    pub(crate) fn reserved(&self) -> Option<&SerialRanges> {
        match &self.request {
            Request::Transfer { terms, .. } => Some(&terms.ranges),
            Request::Trust {
                request: TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. },
                ..
            } => Some(ranges),
            _ => None,
        }
    }

    /// What it owes.
    pub(crate) fn due(&self) -> Yen {
        self.fee.map_or(Yen::ZERO, Fee::amount)
    }
}

/// Whether an effect is an application.
pub(crate) fn is_request(effect: &Effect) -> bool {
    request(effect).is_some()
}

fn request(effect: &Effect) -> Option<(Request, Option<Fee>)> {
    let found = match effect {
        Effect::AccountApplied { person, holder, particulars, fee, .. } => (
            Request::Account {
                person: person.clone(),
                holder: Some(holder.clone()),
                particulars: *particulars,
            },
            Some(*fee),
        ),
        Effect::IndividualApplied { person, particulars, fee, .. } => (
            Request::Account {
                person: Person::Individual(*person),
                holder: None,
                particulars: *particulars,
            },
            Some(*fee),
        ),
        Effect::TransferApplied { terms, fee } => {
            let terms = terms.clone();
            (Request::Transfer { terms, trust: None, details: None }, Some(*fee))
        }
        Effect::CertificateRequested { account, fee } => {
            (Request::Certificate { account: *account }, Some(*fee))
        }
        Effect::ChangeNotified { account, change, .. } => {
            (Request::Change { account: *account, change: change.clone() }, None)
        }
        Effect::ClosingApplied { account, .. } => (Request::Closing { account: *account }, None),
        Effect::TrustApplied { account, request, .. } => {
            (Request::Trust { account: *account, request: request.clone() }, None)
        }
        _ => return None,
    };
    Some(found)
}

/// The application that an effect ends, and how, in the words of the specification.
pub(crate) fn ended(effect: &Effect, own: EntryIndex) -> Option<(EntryIndex, &'static str)> {
    match effect {
        Effect::TransferRecorded { application } | Effect::CertificateIssued { application } => {
            Some((application.unwrap_or(own), "recorded"))
        }
        Effect::AccountOpened { application, .. }
        | Effect::AccountClosed { application, .. }
        | Effect::ParticularsChanged { application: Some(application), .. }
        | Effect::TrustApplicationRecorded { application } => Some((*application, "recorded")),
        Effect::ApplicationWithdrawn { application } => Some((*application, "withdrawn")),
        Effect::ApplicationRefused { application, .. } => Some((*application, "refused")),
        Effect::ApplicationLapsed { application, .. } => Some((*application, "lapsed")),
        _ => None,
    }
}

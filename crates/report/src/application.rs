//! Applications, as the entry that recorded one tells them.

use jcm_format::amount::Yen;
use jcm_format::command::Holder;
use jcm_format::command::{ParticularsChange, Person, TransferTerms, TransferTrust, TrustRequest};
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
    Transfer { terms: TransferTerms, trust: Option<TransferTrust> },
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
    pub(crate) fn of(entry: &Entry) -> Option<Application> {
        let mut found = None;
        let mut stated = None;
        for effect in &entry.event.0 {
            found = found.or_else(|| request(effect));
            if let Effect::TransferTrustStated { trust } = effect {
                stated = Some(trust.clone());
            }
        }
        let (mut request, fee) = found?;
        if let Request::Transfer { trust, .. } = &mut request {
            *trust = stated;
        }
        Some(Application { entry: entry.index, request, fee })
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
            (Request::Transfer { terms: terms.clone(), trust: None }, Some(*fee))
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

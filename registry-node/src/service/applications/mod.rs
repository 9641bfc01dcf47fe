//! Applications: those that wait are in the state; those that ended are told from
//! the entry that recorded them.

mod ended;
mod list;
mod open;

pub(crate) use ended::End;
pub(crate) use list::{kind_of, list};

use crate::access::{self, Pass};
use crate::clock;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::amount::Yen;
use jcm_format::command::{Holder, ParticularsChange, Person, TransferTerms, TransferTrust};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::invoice::InvoiceReference;
use jcm_ledger::State;
use jcm_ledger::state::SubjectKind;
use std::sync::Arc;

/// One application.
pub(crate) async fn one(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetApplicationRequest,
) -> Result<pb::Application, Refusal> {
    access::application(shared, pass, request.application).await?;
    let index = EntryIndex::new(request.application);
    {
        let view = shared.view();
        let state = view.state();
        if let Some(open) = state.open_application(index) {
            let days = open::Days::new(state, clock::now().date_in_japan());
            return Ok(open::message(state, open, &days));
        }
        if state.closed_application(index).is_none() {
            let which = request.application.to_string();
            return Err(Refusal::Absent { what: "application", which });
        }
    }
    let shared = Arc::clone(shared);
    blocking(move || {
        let mut told = ended::messages(&shared, &[index.get()])?.pop().ok_or(Refusal::DataLoss)?;
        told.payment_proofs = ended::proofs(&shared, index)?;
        Ok(told)
    })
    .await
}

/// Every kind, with the word of the wire.
const KINDS: [(SubjectKind, &str); 6] = [
    (SubjectKind::Account, "account"),
    (SubjectKind::Transfer, "transfer"),
    (SubjectKind::Certificate, "certificate"),
    (SubjectKind::Change, "change"),
    (SubjectKind::Closing, "closing"),
    (SubjectKind::Trust, "trust"),
];

/// The word of the wire for a kind.
pub(crate) fn kind_word(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Account => "account",
        SubjectKind::Transfer => "transfer",
        SubjectKind::Certificate => "certificate",
        SubjectKind::Change => "change",
        SubjectKind::Closing => "closing",
        SubjectKind::Trust => "trust",
    }
}

/// What the payer of a fee puts before its name; empty where nothing is owed.
fn invoice_reference(entry: EntryIndex, fee: Yen) -> String {
    if fee == Yen::ZERO { String::new() } else { InvoiceReference::of(entry).to_string() }
}

/// What an application is about, in words.
struct Told {
    /// The account concerned; none of an account that is not opened yet.
    account: Option<AccountNumber>,
    summary: String,
    applicant: String,
}

impl Told {
    /// For an account. An individual's name is not in the log.
    fn account(person: &Person, holder: Option<&Holder>) -> Told {
        let applicant = match holder {
            Some(holder) => format!("{} ({person})", holder.name_en),
            None => "an individual".to_owned(),
        };
        Told { account: None, summary: format!("account of {applicant}"), applicant }
    }

    fn transfer(state: &State, terms: &TransferTerms, trust: Option<&TransferTrust>) -> Told {
        let by_destination =
            matches!(trust, Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }));
        let applicant = if by_destination { terms.destination } else { terms.source };
        let trust = trust.map_or("", |trust| match trust {
            TransferTrust::Record(_) => ", as trust property of the transferee",
            TransferTrust::Delete(_) => ", out of the trust",
            TransferTrust::ChangeTrustee { .. } => ", to a new trustee",
        });
        Told {
            account: Some(terms.source),
            summary: format!("{}{trust}", words::transfer_terms(terms)),
            applicant: account_words(state, applicant),
        }
    }

    fn certificate(state: &State, account: AccountNumber) -> Told {
        Told::of(state, account, format!("certificate of account {account}"))
    }

    fn change(state: &State, account: AccountNumber, change: &ParticularsChange) -> Told {
        let change = words::change_words(change);
        Told::of(state, account, format!("change of account {account}: {change}"))
    }

    fn closing(state: &State, account: AccountNumber) -> Told {
        Told::of(state, account, format!("closing of account {account}"))
    }

    fn trust(state: &State, account: AccountNumber, request: &str, is_subrogated: bool) -> Told {
        let mut told = Told::of(state, account, format!("trust of account {account}: {request}"));
        if is_subrogated {
            told.applicant = format!("a beneficiary or settlor in the place of {}", told.applicant);
        }
        told
    }

    fn of(state: &State, account: AccountNumber, summary: String) -> Told {
        Told { account: Some(account), summary, applicant: account_words(state, account) }
    }
}

/// An account and who holds it, as far as that is published.
fn account_words(state: &State, number: AccountNumber) -> String {
    let Some(account) = state.account(number) else { return number.to_string() };
    match &account.holder {
        Some(holder) => match &holder.particulars {
            Some(particulars) => format!("{number} {}", particulars.name_en),
            None => format!("{number} (an individual)"),
        },
        None => format!("{number} (government)"),
    }
}

//! The books (帳簿): what each year amounts to, counted from the entries; and
//! what the log has said of personal data.

use super::days::book_year;
use super::judge::Case;
use super::state::{Kind, State};
use crate::code::{Code, Judged, contradiction, ensure};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    BookTotals, ParticularsChange, Person, Purpose, TransferTerms, TransferTrust, TrustRequest,
};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::time::{Date, Year};

/// A year of the books.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    pub(crate) totals: BookTotals,
    pub(crate) closed: bool,
}

/// Rules 812, 811 and 813.
pub(crate) fn close(case: &Case<'_>, year: Year) -> Judged<Vec<Effect>> {
    let books = &case.state.books;
    let known = books.get(&year);
    ensure(!known.is_some_and(|book| book.closed), Code::BooksClosed, || {
        format!("the books of {year} were closed before")
    })?;
    ensure(year < book_year(case.today()), Code::BooksYearOpen, || {
        format!("the books of {year} are closed on {}, before the year has ended", case.today())
    })?;
    let earlier = books.range(..year).find(|(_, book)| !book.closed);
    if let Some((earlier, _)) = earlier {
        let detail = format!("the books of {year} are closed while those of {earlier} are open");
        return Err(Code::BooksEarlierOpen.broken(detail));
    }
    let totals = known.map(|book| book.totals).unwrap_or_default();
    Ok(vec![Effect::BooksClosed { year, totals }])
}

/// Rules 821 to 823.
pub(crate) fn erase(case: &Case<'_>, commitment: Digest) -> Judged<Vec<Effect>> {
    ensure(case.state.commitments.contains(&commitment), Code::CommitmentUnknown, || {
        format!("the data under {commitment} are erased, which the log never recorded")
    })?;
    not_erased(case, commitment)?;
    match case.state.needs(commitment) {
        None => Ok(vec![Effect::PersonalDataErased { commitment }]),
        Some(what) => Err(Code::StillNeeded
            .broken(format!("the data under {commitment} are erased, but {what} needs them"))),
    }
}

/// Rule 822.
pub(crate) fn not_erased(case: &Case<'_>, commitment: Digest) -> Judged<()> {
    ensure(!case.state.erased.contains(&commitment), Code::ErasedAlready, || {
        format!("the data under {commitment} were erased before")
    })
}

impl State {
    /// What still needs the data under a commitment, if something does (823).
    fn needs(&self, commitment: Digest) -> Option<String> {
        let individual = Person::Individual(commitment);
        let account = self.accounts.iter().filter(|(_, known)| !known.closed).find(|(_, known)| {
            known.person.as_ref() == Some(&individual)
                || known.particulars.as_ref().is_some_and(|of| of.commitment == commitment)
        });
        if let Some((account, _)) = account {
            return Some(format!("account {account}, which is not closed,"));
        }
        let application = self.open.iter().find(|application| {
            let known = self.applications.get(*application);
            known.is_some_and(|known| names(&known.kind, commitment))
        });
        if let Some(application) = application {
            return Some(format!("application {application}, which is open,"));
        }
        let trust =
            self.units.in_trust.iter().map(|(_, trust)| trust).find(|trust| {
                self.trusts.get(trust).is_some_and(|known| known.details == commitment)
            });
        trust.map(|trust| format!("the trust of entry {trust}, which has property,"))
    }

    /// Enters an entry in the books of its year, after its effects were applied.
    pub(crate) fn enter(&mut self, at: EntryIndex, day: Date, effects: &[Effect]) -> Judged<()> {
        let year = book_year(day);
        let mut totals = self.books.get(&year).map(|book| book.totals).unwrap_or_default();
        totals.entries = totals.entries.saturating_add(1);
        // Of several transfers applied for in this entry, the last before an effect.
        let mut own = None;
        for effect in effects {
            if let Effect::TransferApplied { terms, .. } = effect {
                own = Some(terms);
            }
            if let Effect::TransferRecorded { application } = effect {
                self.count_transfer(&mut totals, *application, own)?;
            }
            self.count(&mut totals, at, effect)?;
            self.commitments.extend(committed(effect).into_iter().flatten());
        }
        self.books.entry(year).or_default().totals = totals;
        Ok(())
    }

    fn count(&self, totals: &mut BookTotals, at: EntryIndex, effect: &Effect) -> Judged<()> {
        match effect {
            Effect::AccountApplied { .. }
            | Effect::IndividualApplied { .. }
            | Effect::CertificateRequested { .. }
            | Effect::ChangeNotified { .. }
            | Effect::ClosingApplied { .. }
            | Effect::TransferApplied { .. }
            | Effect::TrustApplied { .. } => one_more(&mut totals.received),
            Effect::AccountOpened { .. }
            | Effect::CertificateIssued { .. }
            | Effect::ParticularsChanged { application: Some(_), .. }
            | Effect::AccountClosed { .. }
            | Effect::TransferRecorded { .. }
            | Effect::TrustApplicationRecorded { .. } => one_more(&mut totals.recorded),
            Effect::ApplicationRefused { .. } => one_more(&mut totals.refused),
            Effect::ApplicationWithdrawn { .. } => one_more(&mut totals.withdrawn),
            Effect::ApplicationLapsed { .. } => one_more(&mut totals.lapsed),
            Effect::PaymentRecorded { amount_yen, .. } => {
                add_yen(&mut totals.payments_yen, *amount_yen)?;
            }
            Effect::StatementImported { payments, .. } => {
                for payment in payments {
                    add_yen(&mut totals.payments_yen, payment.amount_yen)?;
                }
            }
            Effect::PaymentApplied { application, amount_yen, .. }
            | Effect::PaymentLineApplied { application, amount_yen, .. } => {
                let sum = self.fees_of(totals, application.unwrap_or(at))?;
                add_yen(sum, *amount_yen)?;
            }
            Effect::Refunded { amount_yen, .. } => {
                add_yen(&mut totals.refunded_yen, *amount_yen)?;
            }
            Effect::BlockIssued { allocations, .. } => {
                for allocation in allocations {
                    add_tonnes(&mut totals.issued_tonnes, allocation.range.quantity())?;
                }
            }
            Effect::UnitsMoved { units } => {
                add_tonnes(&mut totals.corrected_tonnes, units.ranges.quantity())?;
            }
            // The others are not counted.
            _ => {}
        }
        Ok(())
    }

    /// Counts a transfer applied for in an earlier entry, or in this one.
    fn count_transfer(
        &self,
        totals: &mut BookTotals,
        application: Option<EntryIndex>,
        own: Option<&TransferTerms>,
    ) -> Judged<()> {
        let earlier = application.and_then(|at| self.applications.get(&at));
        let terms = match (application, earlier.map(|known| &known.kind), own) {
            (Some(_), Some(Kind::Transfer { terms, .. }), _) => terms,
            (None, _, Some(own)) => own,
            _ => return Err(contradiction("a transfer is counted that is none")),
        };
        let sum = match terms.purpose {
            Purpose::Other => &mut totals.transferred_tonnes,
            Purpose::Retirement => &mut totals.retired_tonnes,
            Purpose::Cancellation => &mut totals.cancelled_tonnes,
        };
        add_tonnes(sum, terms.ranges.quantity())
    }

    /// The sum of the fees for applications of this one's kind.
    fn fees_of<'t>(
        &self,
        totals: &'t mut BookTotals,
        application: EntryIndex,
    ) -> Judged<&'t mut Yen> {
        match self.applications.get(&application).map(|known| &known.kind) {
            Some(Kind::Account { .. }) => Ok(&mut totals.account_opening_fees_yen),
            Some(Kind::Transfer { .. }) => Ok(&mut totals.transfer_fees_yen),
            Some(Kind::Certificate { .. }) => Ok(&mut totals.certificate_fees_yen),
            Some(Kind::Change { .. } | Kind::Closing { .. } | Kind::Trust { .. }) | None => {
                Err(contradiction("a fee is counted where none is due"))
            }
        }
    }
}

/// Whether an application cannot be judged without the data under a commitment.
fn names(kind: &Kind, commitment: Digest) -> bool {
    match kind {
        Kind::Account { person, particulars, .. } => {
            *person == Person::Individual(commitment) || particulars.commitment == commitment
        }
        Kind::Change { change, .. } => change.particulars == Some(commitment),
        Kind::Transfer { trust, .. } => {
            trust.as_ref().is_some_and(|trust| stated_details(trust) == Some(commitment))
        }
        Kind::Trust { request, .. } => requested_details(request) == Some(commitment),
        Kind::Certificate { .. } | Kind::Closing { .. } => false,
    }
}

/// The details of the trust that a transfer is to record.
const fn stated_details(trust: &TransferTrust) -> Option<Digest> {
    match trust {
        TransferTrust::Record(terms) | TransferTrust::ChangeTrustee { terms, .. } => {
            Some(terms.details)
        }
        TransferTrust::Delete(_) => None,
    }
}

/// The details that an application about a trust asks to record.
const fn requested_details(request: &TrustRequest) -> Option<Digest> {
    match request {
        TrustRequest::Record { terms, .. } | TrustRequest::Amend { terms, .. } => {
            Some(terms.details)
        }
        TrustRequest::Delete { .. } => None,
    }
}

fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}

fn add_yen(sum: &mut Yen, amount: Yen) -> Judged<()> {
    *sum = sum.checked_add(amount).ok_or_else(|| contradiction("a sum overflows"))?;
    Ok(())
}

fn add_tonnes(sum: &mut Tonnes, amount: Tonnes) -> Judged<()> {
    *sum = sum.checked_add(amount).ok_or_else(|| contradiction("a sum overflows"))?;
    Ok(())
}

/// The commitments to personal data that an effect names.
fn committed(effect: &Effect) -> [Option<Digest>; 2] {
    let changed = |change: &ParticularsChange| [change.particulars, None];
    match effect {
        Effect::AccountApplied { particulars, .. } => [Some(*particulars), None],
        Effect::IndividualApplied { person, particulars, .. } => {
            [Some(*person), Some(*particulars)]
        }
        Effect::ChangeNotified { change, .. } | Effect::ParticularsChanged { change, .. } => {
            changed(change)
        }
        Effect::PaymentRecorded { payer, .. } => [*payer, None],
        Effect::StatementImported { payers, .. } => [*payers, None],
        Effect::ProponentRegistered { person, .. } => [Some(*person), None],
        Effect::TransferTrustStated { trust } => [stated_details(trust), None],
        Effect::TrustApplied { request, .. } => [requested_details(request), None],
        Effect::TrustRecorded { terms, .. } | Effect::TrustAmended { terms, .. } => {
            [Some(terms.details), None]
        }
        // The others hold none.
        _ => [None, None],
    }
}

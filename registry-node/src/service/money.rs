//! Fees: what one would be, its invoice, the fee ledger and the books.

use super::{applications, units};
use crate::access::{self, Pass};
use crate::clock;
use crate::folds;
use crate::page;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::amount::Yen;
use jcm_format::command::{Holder, TransferTrust};
use jcm_format::entry::Entry;
use jcm_format::event::{CreditClass, Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::invoice::InvoiceReference;
use jcm_format::limits::RANGES_MAX;
use jcm_format::time::Date;
use jcm_ledger::State;
use jcm_ledger::law;
use jcm_ledger::state::SubjectKind;
use jcm_report::fee_ledger::{FeeRow, Interval};
use jcm_report::invoice::{Invoice, InvoiceFacts};
use jcm_report::quote::{FeeQuestion, Quote, TransferFacts, all_class_c};
use jcm_report::{ApplicationKind, ReportError};
use std::sync::Arc;

/// The fee that an application would owe today.
pub(crate) fn quote(
    shared: &Shared,
    request: pb::QuoteRequest,
) -> Result<pb::QuoteResponse, Refusal> {
    let kind = report_kind(applications::kind_of(&request.kind)?);
    let today = clock::now().date_in_japan();
    let view = shared.view();
    let state = view.state();
    let rules = state.rules().ok_or(Refusal::Internal)?;
    let question = if kind == ApplicationKind::Transfer && request.source != 0 {
        FeeQuestion::Transfer(transfer_facts(state, request)?)
    } else {
        FeeQuestion::Plain(kind)
    };
    let quote = Quote::of(question, rules, today, |key| law::citation(key, today));
    Ok(pb::QuoteResponse {
        fee_yen: quote.fee_yen.get(),
        ground: quote.ground.as_str().to_owned(),
        basis: quote.basis,
        text_ja: quote.text_ja,
        text_en: quote.text_en,
    })
}

fn transfer_facts(state: &State, request: pb::QuoteRequest) -> Result<TransferFacts, Refusal> {
    // The public asks as well: which accounts there are is not told here.
    let is_government = |number| {
        let account = AccountNumber::new(number).and_then(|number| state.account(number));
        account.is_some_and(|account| account.category.is_government())
    };
    if RANGES_MAX < request.ranges.len() {
        let wanted = format!("give at most {RANGES_MAX} ranges");
        return Err(Refusal::Argument { field: "ranges", wanted });
    }
    let classes = request.ranges.into_iter().map(|wire| {
        let range = units::range_of(wire, "ranges")?;
        let block = state.block(range.block());
        let block = block.filter(|block| range.last() <= block.quantity_tonnes.get());
        let absent = || Refusal::Absent { what: "unit", which: range.to_string() };
        Ok(block.ok_or_else(absent)?.class)
    });
    let classes: Vec<CreditClass> = classes.collect::<Result<_, Refusal>>()?;
    Ok(TransferFacts {
        from_government: is_government(request.source),
        to_government: is_government(request.destination),
        gratuitous: request.gratuitous,
        all_class_c: all_class_c(classes),
    })
}

const fn report_kind(kind: SubjectKind) -> ApplicationKind {
    match kind {
        SubjectKind::Account => ApplicationKind::Account,
        SubjectKind::Transfer => ApplicationKind::Transfer,
        SubjectKind::Certificate => ApplicationKind::Certificate,
        SubjectKind::Change => ApplicationKind::Change,
        SubjectKind::Closing => ApplicationKind::Closing,
        SubjectKind::Trust => ApplicationKind::Trust,
    }
}

/// The invoice for an application's fee: by the rule data under which it came, and to
/// its payer as published then. Only what is settled of it changes.
pub(crate) async fn invoice(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetInvoiceRequest,
) -> Result<pb::Invoice, Refusal> {
    access::application(shared, pass, request.application).await?;
    let index = EntryIndex::new(request.application);
    let known = {
        let view = shared.view();
        let state = view.state();
        let open = state
            .open_application(index)
            .map(|open| (open.subject.kind(), open.settled_yen, Yen::ZERO));
        open.or_else(|| {
            let closed = state.closed_application(index)?;
            Some((closed.kind, closed.settled_yen, closed.refunded_yen))
        })
    };
    let (kind, settled_yen, refunded_yen) = known.ok_or_else(|| Refusal::Absent {
        what: "application",
        which: request.application.to_string(),
    })?;
    folds::up_to_date(shared).await?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let sealed = shared.stored(index)?.sealed;
        let entry = sealed.entry();
        let (fee, payer) = payer(entry).ok_or_else(no_fee)?;
        let holder = match payer {
            Payer::Holder(holder) => holder.cloned(),
            Payer::Account(account) => published(&shared, account, index)?,
        };
        let rules = shared.folds.read().rules(entry.rule_set).cloned();
        let rules = rules.ok_or(Refusal::DataLoss)?;
        let number = InvoiceReference::of(index).to_string();
        let name_ja = holder.as_ref().and_then(|holder| holder.name_ja.as_ref());
        let invoice = Invoice::of(&InvoiceFacts {
            number: &number,
            application: index,
            kind: report_kind(kind),
            date: entry.time.date_in_japan(),
            recipient_ja: name_ja.map(|name| name.as_str()),
            recipient_en: holder.as_ref().map(|holder| holder.name_en.as_str()),
            fee,
            settled_yen,
            refunded_yen,
            issuer: rules.invoice.as_ref(),
        });
        Ok(invoice_message(&invoice.map_err(|_| no_fee())?))
    })
    .await
}

fn no_fee() -> Refusal {
    let wanted = "give an application that owes a fee; nothing is to be paid for this one";
    Refusal::Argument { field: "application", wanted: wanted.to_owned() }
}

/// What was published of an account's holder before an entry; none of an individual.
fn published(
    shared: &Shared,
    account: AccountNumber,
    before: EntryIndex,
) -> Result<Option<Holder>, Refusal> {
    let stated = shared.folds.read().particulars(account, before);
    let Some(stated) = stated else { return Ok(None) };
    let sealed = shared.stored(stated)?.sealed;
    Ok(sealed.entry().event.0.iter().find_map(|effect| match effect {
        Effect::AccountApplied { holder, .. } => Some(holder.clone()),
        Effect::ParticularsChanged { account: of, change, .. } if *of == account => {
            change.holder.clone()
        }
        _ => None,
    }))
}

/// Whose name stands on an invoice.
enum Payer<'a> {
    Holder(Option<&'a Holder>),
    Account(AccountNumber),
}

/// Fee and payer of the application that an entry received.
fn payer(entry: &Entry) -> Option<(Fee, Payer<'_>)> {
    // Cabinet Order, art. 16(2): the new trustee applies in place of the former.
    let by_new_trustee = entry.event.0.iter().any(|effect| {
        let Effect::TransferTrustStated { trust } = effect else { return false };
        matches!(trust, TransferTrust::ChangeTrustee { by_new_trustee: true, .. })
    });
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::AccountApplied { holder, fee, .. } => Some((*fee, Payer::Holder(Some(holder)))),
        // The name is not in the log.
        Effect::IndividualApplied { fee, .. } => Some((*fee, Payer::Holder(None))),
        Effect::TransferApplied { terms, fee } => {
            let applicant = if by_new_trustee { terms.destination } else { terms.source };
            Some((*fee, Payer::Account(applicant)))
        }
        Effect::CertificateRequested { account, fee } => Some((*fee, Payer::Account(*account))),
        _ => None,
    })
}

fn invoice_message(invoice: &Invoice) -> pb::Invoice {
    pb::Invoice {
        number: invoice.number.clone(),
        date: invoice.date.to_string(),
        issuer: invoice.issuer.clone(),
        registration_number: invoice.registration_number.clone(),
        recipient: invoice.recipient.clone(),
        description: invoice.description_ja.clone(),
        amount_yen: invoice.amount_yen.get(),
        tax_percent: invoice.tax_percent.into(),
        tax_yen: invoice.tax_yen.get(),
        settled_yen: invoice.settled_yen.get(),
        qualified: invoice.qualified,
        note: invoice.note_ja.clone(),
        markdown_ja: invoice.markdown_ja(),
        markdown_en: invoice.markdown_en(),
    }
}

/// Fee income by day, month or fiscal year.
pub(crate) async fn fee_ledger(
    shared: &Arc<Shared>,
    request: pb::GetFeeLedgerRequest,
) -> Result<pb::FeeLedger, Refusal> {
    let by: Interval = request.by.parse().map_err(|_| Refusal::Argument {
        field: "by",
        wanted: "give day, month or fiscal-year".to_owned(),
    })?;
    let from = page::date("from", &request.from)?;
    let to = page::date("to", &request.to)?;
    check_order(from, to)?;
    folds::up_to_date(shared).await?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let table = {
            let folds = shared.folds.read();
            folds.books()?.fees().table(by, from, to).map_err(|_| Refusal::Internal)?
        };
        Ok(pb::FeeLedger {
            rows: table.rows.iter().map(row_message).collect(),
            total: Some(row_message(&table.total)),
            entries: table.entries,
            csv: table.csv().map_err(written)?,
            json: table.json().map_err(written)?,
        })
    })
    .await
}

/// A period that ends before it begins is a slip of the pen.
pub(crate) fn check_order(from: Option<Date>, to: Option<Date>) -> Result<(), Refusal> {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        let wanted = "give a day that is not before from".to_owned();
        return Err(Refusal::Argument { field: "to", wanted });
    }
    Ok(())
}

fn row_message(row: &FeeRow) -> pb::FeeLedgerRow {
    pb::FeeLedgerRow {
        period: row.period.clone(),
        received_yen: row.received_yen.get(),
        account_opening_yen: row.account_opening_yen.get(),
        transfer_yen: row.transfer_yen.get(),
        certificate_yen: row.certificate_yen.get(),
        refunded_yen: row.refunded_yen.get(),
        unapplied_yen: row.unapplied_yen.get(),
    }
}

/// A report that could not be written; its values allow no such thing.
pub(crate) fn written(error: ReportError) -> Refusal {
    tracing::error!(%error, "a report could not be written");
    Refusal::Internal
}

/// A year of the books.
pub(crate) async fn books(
    shared: &Arc<Shared>,
    request: pb::GetBooksRequest,
) -> Result<pb::Books, Refusal> {
    let year = page::year("year", request.year)?.ok_or_else(|| Refusal::Argument {
        field: "year",
        wanted: "give the calendar year in which it begins".to_owned(),
    })?;
    folds::up_to_date(shared).await?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let books = {
            let folds = shared.folds.read();
            folds.books()?.year(year).map_err(|_| Refusal::Internal)?
        };
        let absent = || Refusal::Absent { what: "year of the books", which: year.to_string() };
        let books = books.ok_or_else(absent)?;
        Ok(pb::Books {
            year: request.year,
            closed: books.closing.is_some(),
            closed_entry: books.closing.map_or(0, |closing| closing.entry.get()),
            totals_json: books.totals_json().map_err(written)?,
            csv: books.csv().map_err(written)?,
            markdown_ja: books.markdown(),
        })
    })
    .await
}

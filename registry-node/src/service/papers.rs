//! Papers for holders: statements of account, certificates, and the history of a
//! unit. Each is folded from the entries that concern it, when it is asked for.

use super::{accounts, money, units};
use crate::access::{self, Caller, Pass};
use crate::archive::{self, Archive, Reading, no_book};
use crate::folds;
use crate::page;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Year};
use jcm_ledger::State;
use jcm_ledger::index::Subject;
use jcm_ledger::state::ApplicationStatus;
use jcm_report::account_book::{AccountBook, Movement, Statement};
use jcm_report::cancellation_notice::{self, Act, CancellationNotice, Needed, NoticeError};
use jcm_report::certificate::{CertificateDocument, CertificateError, CertificateSource, Opened};
use jcm_report::document::Signers;
use jcm_report::paper::Language;
use jcm_report::unit_book::{UnitBook, UnitEvent};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Entries that are read for one paper: a second or two, and a hundred MiB at the
/// most. Longer histories are read from an export of the log.
const PAPER_ENTRIES_MAX: usize = 200_000;

/// Opening balance, movements and closing balance.
pub(crate) async fn statement(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetStatementRequest,
) -> Result<pb::Statement, Refusal> {
    let day = |field, text: &str| {
        page::date(field, text)?.ok_or_else(|| Refusal::Argument {
            field,
            wanted: "give a date as YYYY-MM-DD".to_owned(),
        })
    };
    let (from, to) = (day("from", &request.from)?, day("to", &request.to)?);
    money::check_order(Some(from), Some(to))?;
    let account = accounts::seen(shared.view().state(), pass, request.account)?.number;
    let shared = Arc::clone(shared);
    blocking(move || {
        let size = shared.size();
        let book = account_book(&shared, account, size)?;
        let statement = book.statement(from, to).map_err(no_book)?;
        let message = statement_message(&statement)?;
        page::check_length(&message, "to", "ask for a shorter period")?;
        Ok(message)
    })
    .await
}

/// The book of an account, of the first `size` entries.
fn account_book(
    shared: &Shared,
    account: AccountNumber,
    size: u64,
) -> Result<AccountBook, Refusal> {
    let archive = Archive(shared);
    let mut book = AccountBook::new(account);
    let subject = Subject::Account(account);
    let reading =
        Reading { subject: &subject, size, entries_max: PAPER_ENTRIES_MAX, field: "account" };
    archive::read(shared, &reading, |entry| book.apply(entry, &archive).map_err(no_book))?;
    book.read_to(size);
    Ok(book)
}

fn statement_message(statement: &Statement) -> Result<pb::Statement, Refusal> {
    Ok(pb::Statement {
        account: statement.account.get(),
        from: statement.from.to_string(),
        to: statement.to.to_string(),
        opening_tonnes: statement.opening_tonnes.get(),
        opening: ranges(&statement.opening),
        movements: statement.movements.iter().map(movement_message).collect(),
        closing_tonnes: statement.closing_tonnes.get(),
        closing: ranges(&statement.closing),
        entries: statement.entries,
        csv: statement.csv().map_err(money::written)?,
        json: statement.json().map_err(|_| Refusal::Internal)?,
    })
}

fn ranges(ranges: &[SerialRange]) -> Vec<pb::Range> {
    ranges.iter().map(|range| pb::Range::from(*range)).collect()
}

fn movement_message(movement: &Movement) -> pb::Movement {
    pb::Movement {
        entry: movement.entry.get(),
        time_ms: movement.time.as_ms(),
        kind: movement.kind.word().to_owned(),
        quantity_tonnes: movement.quantity_tonnes.get(),
        ranges: ranges(&movement.ranges),
        counterparty: movement.counterparty.map_or(0, AccountNumber::get),
        r#use: movement.use_.unwrap_or_default().to_owned(),
        reporting_year: movement.reporting_year.map_or(0, |year: Year| year.get().into()),
        beneficiary: movement.beneficiary.as_ref().map_or_else(String::new, ToString::to_string),
        balance_tonnes: movement.balance_tonnes.get(),
    }
}

/// A certificate that was issued. Its lines are made anew from the log, and have
/// the digest that its entry states, or there is no answer.
pub(crate) async fn certificate(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetCertificateRequest,
) -> Result<pb::Certificate, Refusal> {
    let language = Language::of(&request.language).ok_or_else(|| Refusal::Argument {
        field: "language",
        wanted: "give ja or en".to_owned(),
    })?;
    access::application(shared, pass, request.application).await?;
    let application = EntryIndex::new(request.application);
    let issued = recorded_by(shared.view().state(), application, not_a_certificate)?;
    folds::up_to_date(shared).await?;
    let (shared, pass) = (Arc::clone(shared), pass.clone());
    blocking(move || {
        let issued = shared.stored(issued)?.sealed;
        let entry = issued.entry();
        let account = certified(entry).ok_or_else(not_a_certificate)?;
        let book = account_book(&shared, account, entry.index.get())?;
        let proof = shared.stored_receipt(entry.index)?;
        let origin = shared.view().state().origin().ok_or(Refusal::Internal)?.to_string();
        // The rules of its day: the certificate is the same whenever it is asked for.
        let rules = shared.folds.read().rules(entry.rule_set).cloned();
        let identification = rules.ok_or(Refusal::DataLoss)?.identification;
        let source = CertificateSource {
            book: &book,
            entry,
            origin: &origin,
            log_key: &shared.log_key.to_string(),
            proof: &proof,
            witnesses: &[],
            identification: &identification,
        };
        // What is not published is shown to its holder and to the implementing body.
        let is_shown =
            pass.account() == Some(account) || matches!(pass.caller(), Caller::Operator { .. });
        let open = |commitment| {
            if shared.view().state().is_erased(&commitment) {
                return Opened::Erased;
            }
            let data = if is_shown { shared.private.get(commitment) } else { None };
            data.map_or(Opened::Withheld, Opened::Data)
        };
        let document = CertificateDocument::new(&source, &Archive(&shared), &open);
        certificate_message(&document.map_err(not_certified)?, language)
    })
    .await
}

fn certificate_message(
    document: &CertificateDocument,
    language: Language,
) -> Result<pb::Certificate, Refusal> {
    let message = pb::Certificate {
        entry: document.entry.get(),
        statement: document.statement.clone(),
        proof: document.proof.clone(),
        json: document.json().map_err(|_| Refusal::Internal)?,
        markdown: document.markdown(language),
        html: document.html(language).map_err(|_| Refusal::Internal)?,
        document: document.document().map_err(|_| Refusal::Internal)?,
    };
    page::check_length(&message, "application", "make it from an export of the log")?;
    Ok(message)
}

/// The notice of a retirement or cancellation that was recorded, with the entries
/// that it rests on, all proved by the newest checkpoint. An issuance that is none
/// of the reader's affair is left out, and with it what only it says of the units.
pub(crate) async fn cancellation_notice(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetCancellationNoticeRequest,
) -> Result<pb::CancellationNotice, Refusal> {
    let language = Language::of(&request.language).ok_or_else(|| Refusal::Argument {
        field: "language",
        wanted: "give ja or en".to_owned(),
    })?;
    access::application(shared, pass, request.application).await?;
    let application = EntryIndex::new(request.application);
    let recorded = recorded_by(shared.view().state(), application, not_a_sink)?;
    folds::up_to_date(shared).await?;
    let (shared, pass) = (Arc::clone(shared), pass.clone());
    blocking(move || {
        let part = request.part;
        let needed = cancellation_notice::entries_needed(recorded, part, &Archive(&shared));
        let Needed { mut entries, issuances } = needed.map_err(not_noticed)?;
        for issuance in issuances {
            if access::entry_shown(&shared, &pass, issuance)? {
                entries.insert(issuance);
            }
        }
        let stored = entries.into_iter().map(|index| Ok(shared.stored(index)?.sealed));
        let stored: Vec<SealedEntry> = stored.collect::<Result<_, Refusal>>()?;
        let view = shared.view();
        let proved = stored.iter().map(|sealed| {
            let entry = sealed.entry();
            let proof = view.receipt(entry.index, sealed.bytes(), view.checkpoint());
            Ok((entry.clone(), proof.ok_or(Refusal::DataLoss)?))
        });
        let proved: Vec<_> = proved.collect::<Result<_, Refusal>>()?;
        let origin = view.state().origin().ok_or(Refusal::Internal)?.to_string();
        drop(view);
        let signers = Signers { log_key: &shared.log_key.to_string(), witnesses: &[] };
        let notice = CancellationNotice::new(recorded, part, &origin, signers, &proved);
        notice_message(&notice.map_err(not_noticed)?, language)
    })
    .await
}

fn notice_message(
    notice: &CancellationNotice,
    language: Language,
) -> Result<pb::CancellationNotice, Refusal> {
    let act = match notice.act() {
        Act::Retirement => "retirement",
        Act::Cancellation => "cancellation",
    };
    let message = pb::CancellationNotice {
        entry: notice.entry().get(),
        act: act.to_owned(),
        statement: notice.statement().to_owned(),
        document: notice.json().map_err(|_| Refusal::Internal)?,
        markdown: notice.markdown(language),
        html: notice.html(language).map_err(|_| Refusal::Internal)?,
    };
    page::check_length(&message, "application", "make it from an export of the log")?;
    Ok(message)
}

fn not_a_sink() -> Refusal {
    let wanted = "give an application whose retirement or cancellation was recorded".to_owned();
    Refusal::Argument { field: "application", wanted }
}

fn not_noticed(error: NoticeError) -> Refusal {
    match error {
        NoticeError::NotRecorded(_) => not_a_sink(),
        NoticeError::Several { .. } => {
            Refusal::Argument { field: "part", wanted: error.to_string() }
        }
        NoticeError::Missing(_) | NoticeError::Unissued(_) | NoticeError::Unruled(_) => {
            tracing::error!(%error, "the log does not give what it recorded");
            Refusal::DataLoss
        }
    }
}

/// The entry that recorded what `application` asked for.
fn recorded_by(
    state: &State,
    application: EntryIndex,
    otherwise: fn() -> Refusal,
) -> Result<EntryIndex, Refusal> {
    let absent = || Refusal::Absent { what: "application", which: application.to_string() };
    match state.application_status(application).ok_or_else(absent)? {
        ApplicationStatus::Recorded(entry) => Ok(entry),
        _ => Err(otherwise()),
    }
}

fn not_a_certificate() -> Refusal {
    let wanted = "give a request whose certificate was issued".to_owned();
    Refusal::Argument { field: "application", wanted }
}

/// The account of which an entry states a certificate.
fn certified(entry: &Entry) -> Option<AccountNumber> {
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::CertificateStated { account, .. } => Some(*account),
        _ => None,
    })
}

fn not_certified(error: CertificateError) -> Refusal {
    tracing::error!(%error, "the log does not give what was certified");
    Refusal::DataLoss
}

/// Everything that happened to one unit.
pub(crate) async fn unit_history(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetUnitHistoryRequest,
) -> Result<pb::GetUnitHistoryResponse, Refusal> {
    let on = page::date("on", &request.on)?;
    let unit = unit_of(shared.view().state(), &request)?;
    folds::up_to_date(shared).await?;
    let (shared, pass) = (Arc::clone(shared), pass.clone());
    blocking(move || {
        let size = shared.size();
        let book = unit_book(&shared, unit, size)?;
        let view = shared.view();
        let stretch = view.state().units(unit).into_iter().next();
        let own = pass.account();
        let is_own = |account: AccountNumber| own.is_none_or(|own| own == account);
        let answer = pb::GetUnitHistoryResponse {
            unit: stretch.map(|stretch| {
                let told = units::message(view.state(), &stretch);
                if is_own(stretch.account) { told } else { without_holder(told) }
            }),
            events: own_events(book.events(), own).map(event_message).collect(),
            holder: holder(&book, on).filter(|it| is_own(*it)).map_or(0, AccountNumber::get),
        };
        let block = view.state().block(unit.block());
        if own.is_some() && answer.events.is_empty()
            || block.is_some_and(|block| !units::is_seen(&pass, block))
        {
            return Err(no_unit(&request));
        }
        page::check_length(&answer, "unit", "read it from an export of the log")?;
        Ok(answer)
    })
    .await
}

/// What concerned a holder: while it held the unit, and how it came and went. Of
/// whoever is not a holder, all.
fn own_events(
    events: &[UnitEvent],
    own: Option<AccountNumber>,
) -> impl Iterator<Item = &UnitEvent> {
    let before = std::iter::once(None).chain(events.iter().map(|event| Some(event.account)));
    let is_own = move |account| own.is_none_or(|own| own == account);
    let events = events.iter().zip(before);
    let own =
        events.filter(move |(event, before)| is_own(event.account) || before.is_some_and(is_own));
    own.map(|(event, _)| event)
}

/// A unit as a former holder sees it: what it is, and not what became of it.
fn without_holder(unit: pb::UnitStretch) -> pb::UnitStretch {
    pb::UnitStretch {
        account: 0,
        reserved_by: 0,
        japan_authorisation: 0,
        partner_authorisation: 0,
        trust: 0,
        restriction: 0,
        ..unit
    }
}

fn no_unit(request: &pb::GetUnitHistoryRequest) -> Refusal {
    let which = if request.identification.is_empty() {
        format!("{}:{}", request.block, request.unit)
    } else {
        request.identification.clone()
    };
    Refusal::Absent { what: "unit", which }
}

fn holder(book: &UnitBook, on: Option<Date>) -> Option<AccountNumber> {
    match on {
        Some(day) => book.holder_on(day),
        None => book.holder(),
    }
}

/// The unit that a request names, one way or the other.
fn unit_of(state: &State, request: &pb::GetUnitHistoryRequest) -> Result<SerialRange, Refusal> {
    if !request.identification.is_empty() {
        if request.block != 0 || request.unit != 0 {
            return Err(Refusal::Argument {
                field: "identification",
                wanted: "give block and unit, or an identification number, not both".to_owned(),
            });
        }
        return units::identified(state, &request.identification);
    }
    let block = BlockNumber::new(request.block).ok_or_else(|| Refusal::Argument {
        field: "block",
        wanted: "give a number from 1".to_owned(),
    })?;
    let range = SerialRange::new(block, request.unit, request.unit);
    let range = range.map_err(|_| Refusal::Argument {
        field: "unit",
        wanted: "give a number from 1".to_owned(),
    })?;
    let quantity = state.block(block).map_or(0, |block| block.quantity_tonnes.get());
    let found = (request.unit <= quantity).then_some(range);
    found.ok_or_else(|| no_unit(request))
}

/// The history of a unit. Restrictions of whole accounts name no block; where one of
/// its holders was ever under one, it is read again with those.
fn unit_book(shared: &Shared, unit: SerialRange, size: u64) -> Result<UnitBook, Refusal> {
    let first = folded_unit(shared, unit, size, &BTreeSet::new())?;
    let holders: BTreeSet<AccountNumber> =
        first.events().iter().map(|event| event.account).collect();
    let whole: BTreeSet<u64> = {
        let folds = shared.folds.read();
        let of_holders = holders.iter().flat_map(|account| folds.whole_restrictions(*account));
        of_holders.copied().filter(|entry| *entry < size).collect()
    };
    if whole.is_empty() { Ok(first) } else { folded_unit(shared, unit, size, &whole) }
}

fn folded_unit(
    shared: &Shared,
    unit: SerialRange,
    size: u64,
    more: &BTreeSet<u64>,
) -> Result<UnitBook, Refusal> {
    let archive = Archive(shared);
    let mut book = UnitBook::new(unit.block(), unit.first()).map_err(|_| Refusal::Internal)?;
    let mut more = more.iter().copied().peekable();
    let subject = Subject::Block(unit.block());
    let reading =
        Reading { subject: &subject, size, entries_max: PAPER_ENTRIES_MAX, field: "block" };
    archive::read(shared, &reading, |entry| {
        let index = entry.index.get();
        while let Some(earlier) = more.next_if(|earlier| *earlier <= index) {
            if earlier != index {
                let earlier = shared.stored(EntryIndex::new(earlier))?.sealed;
                book.apply(earlier.entry(), &archive).map_err(no_book)?;
            }
        }
        book.apply(entry, &archive).map_err(no_book)
    })?;
    for later in more {
        let later = shared.stored(EntryIndex::new(later))?.sealed;
        book.apply(later.entry(), &archive).map_err(no_book)?;
    }
    Ok(book)
}

fn event_message(event: &UnitEvent) -> pb::UnitEvent {
    pb::UnitEvent {
        entry: event.entry.get(),
        time_ms: event.time.as_ms(),
        kind: event.kind.word().to_owned(),
        account: event.account.get(),
        text_en: event.text_en.clone(),
        text_ja: event.text_ja.clone(),
    }
}

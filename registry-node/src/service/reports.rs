//! Reports as tables: made of the log for one caller, and given away row by row.
//!
//! One thread that may wait reads the log, folds it, and sends; it waits for the caller
//! only for so long. What it keeps is the fold, which grows with the accounts, blocks and
//! ranges of units up to the cut-off, and a few hundred rows.

use super::{AnswerStream, accounts};
use crate::access::Pass;
use crate::page;
use crate::shared::{Phase, Shared};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_api::pb::get_report_response::Part;
use jcm_api::pb::report_cell::Value;
use jcm_format::amount::Tonnes;
use jcm_format::entry::SealedEntry;
use jcm_format::text::Text;
use jcm_report::aef::AefError;
use jcm_report::reports::{Made, Maker, Query, QueryError, ReportFault};
use jcm_report::rows::{Cell, Head, Row};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, error::SendTimeoutError};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Reports that are made at once. Each reads the log from its beginning and keeps about
/// as much as the view does.
pub(crate) const REPORTS_MAX: usize = 4;

/// Rows in one message, some 100 KB.
const ROWS_IN_PART: usize = 200;

/// Entries after which the caller is told how far the reading is.
const PROGRESS_ENTRIES: u64 = 20_000;

/// Parts that wait for a slow caller.
const PARTS_AHEAD_MAX: usize = 2;

/// How long a caller may leave a part waiting before it loses its place.
const CALLER_WAIT_MAX: Duration = Duration::from_secs(30);

/// Begins a report.
pub(crate) fn report(
    shared: Arc<Shared>,
    pass: &Pass,
    request: &pb::GetReportRequest,
) -> Result<AnswerStream<pb::GetReportResponse>, Refusal> {
    let maker = Maker::new(query(&shared, pass, request)?).map_err(not_answered)?;
    let permit = Arc::clone(&shared.report_makers).try_acquire_owned();
    let permit = permit.map_err(|_| Refusal::ReadersFull)?;
    // One place is kept for the error that it may end with.
    let (sender, receiver) = mpsc::channel(PARTS_AHEAD_MAX + 1);
    let last = sender.clone().try_reserve_owned().map_err(|_| Refusal::Internal)?;
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let caller = Caller { shared: &shared, sender, runtime, wait_max: CALLER_WAIT_MAX };
        if let Err(End::Refused(refusal)) = caller.serve(maker) {
            last.send(Err(Status::from(refusal)));
        }
        drop(permit);
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

fn query(shared: &Shared, pass: &Pass, request: &pb::GetReportRequest) -> Result<Query, Refusal> {
    let argument = |field, wanted: String| Refusal::Argument { field, wanted };
    let kind = request.report.parse().map_err(|error| argument("report", format!("{error}")))?;
    // Before anything else: what is another's is not there.
    let account = accounts::seen_or_every(shared.view().state(), pass, request.account)?;
    if account.is_some() && request.account == 0 && !Query::is_of_accounts(kind) {
        let own = "a holder asks for a report of its own account: \
                   statement, holdings, uses, shk, shk-form or gx-ets";
        return Err(argument("report", own.to_owned()));
    }
    let beneficiary = match request.beneficiary.as_str() {
        "" => None,
        name => Some(Text::new(name).ok_or_else(|| {
            argument("beneficiary", "give the name as it is recorded".to_owned())
        })?),
    };
    let cut = match request.at.as_str() {
        "" => "newest",
        at => at,
    };
    Ok(Query {
        kind,
        account,
        beneficiary,
        year: page::year("reporting_year", request.reporting_year)?,
        emissions: match request.emissions_tonnes {
            0 => None,
            tonnes => Some(Tonnes::new(tonnes)),
        },
        from: page::date("from", &request.from)?,
        to: page::date("to", &request.to)?,
        cut: cut.parse().map_err(|error| argument("at", format!("{error}")))?,
    })
}

fn not_answered(error: QueryError) -> Refusal {
    let field = match error.field {
        "year" => "reporting_year",
        "emissions" => "emissions_tonnes",
        field => field,
    };
    Refusal::Argument { field, wanted: error.wanted.to_owned() }
}

fn faulty(fault: ReportFault) -> Refusal {
    match fault {
        ReportFault::NoAccount(account) => {
            Refusal::Absent { what: "account at the cut-off", which: account.to_string() }
        }
        ReportFault::Article6(AefError::NotAdopted) => {
            let wanted = "Article 6 is not adopted by the cut-off".to_owned();
            Refusal::Argument { field: "report", wanted }
        }
        ReportFault::Unchecked(_) => {
            Refusal::Argument { field: "report", wanted: fault.to_string() }
        }
        fault => {
            tracing::error!(error = %crate::logging::Chain(&fault), "a report does not add up");
            Refusal::DataLoss
        }
    }
}

/// Why the making ended early.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The caller is told so.
    Refused(Refusal),
    /// Nobody is there to be told.
    Gone,
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> End {
        End::Refused(refusal)
    }
}

/// How far the reading is, as the caller was told last.
struct Progress {
    told: u64,
    entries: u64,
}

impl Progress {
    /// What to tell, if it is time.
    fn at(&mut self, read: u64) -> Option<pb::ReportProgress> {
        if read < self.told.saturating_add(PROGRESS_ENTRIES) {
            return None;
        }
        self.told = read;
        Some(pb::ReportProgress { entries_read: read, entries: self.entries })
    }
}

/// For whom a report is made.
struct Caller<'a> {
    shared: &'a Shared,
    sender: mpsc::Sender<Result<pb::GetReportResponse, Status>>,
    runtime: Handle,
    wait_max: Duration,
}

impl Caller<'_> {
    fn serve(&self, maker: Maker) -> Result<(), End> {
        let made = self.read(maker)?;
        let mut rows = made.rows().map_err(faulty)?.peekable();
        self.send(Part::Head(head(&made)))?;
        let mut count = 0_u64;
        while rows.peek().is_some() {
            let part: Vec<_> = rows.by_ref().take(ROWS_IN_PART).map(row).collect();
            count = count.saturating_add(part.len() as u64);
            self.send(Part::Rows(pb::ReportRows { rows: part }))?;
        }
        self.send(Part::End(pb::ReportEnd { rows: count }))
    }

    /// Reads the log up to the cut-off.
    fn read(&self, mut maker: Maker) -> Result<Made, End> {
        let entries = self.shared.size();
        let mut progress = Progress { told: 0, entries };
        for frame in self.shared.frames(0)? {
            let frame = frame?;
            for (index, bytes) in (frame.first..).zip(frame.entries) {
                let sealed = SealedEntry::open(bytes).map_err(|_| Refusal::DataLoss)?;
                self.shared.check_leaf(index, &sealed)?;
                if !maker.apply(sealed.entry()).map_err(faulty)? {
                    return Ok(maker.finish());
                }
            }
            if let Some(told) = progress.at(maker.entries()) {
                self.send(Part::Progress(told))?;
            }
        }
        Ok(maker.finish())
    }

    /// Waits for the caller, but not for ever, and not while the node stops.
    fn send(&self, part: Part) -> Result<(), End> {
        if *self.shared.phase.borrow() != Phase::Serving {
            return Err(Refusal::Stopping.into());
        }
        let answer = pb::GetReportResponse { part: Some(part) };
        let mut phase = self.shared.phase.subscribe();
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase != Phase::Serving) => {
                    Err(Refusal::Stopping.into())
                }
                sent = self.sender.send_timeout(Ok(answer), self.wait_max) => match sent {
                    Ok(()) => Ok(()),
                    Err(SendTimeoutError::Timeout(_)) => Err(Refusal::SlowReader.into()),
                    Err(SendTimeoutError::Closed(_)) => Err(End::Gone),
                },
            }
        })
    }
}

fn head(made: &Made) -> pb::ReportHead {
    let Head { report, title_ja, title_en, basis, registry, entries, last_entry_time, cut, asked } =
        made.head().clone();
    let fact = |(name, value)| pb::ReportFact { name, value };
    let columns = made.columns().iter().map(|column| pb::ReportColumn {
        key: column.key.to_owned(),
        ja: column.ja.to_owned(),
        en: column.en.to_owned(),
    });
    pb::ReportHead {
        report,
        title_ja,
        title_en,
        basis,
        registry,
        entries,
        last_entry_time_ms: last_entry_time.map_or(0, |time| time.as_ms()),
        cut_off: cut,
        asked: asked.into_iter().map(fact).collect(),
        columns: columns.collect(),
    }
}

fn row(row: Row) -> pb::ReportRow {
    let cells = row.into_iter().map(|cell| pb::ReportCell {
        value: match cell {
            Cell::Empty => None,
            Cell::Text(text) => Some(Value::Text(text)),
            Cell::Number(number) => Some(Value::Number(number)),
        },
    });
    pb::ReportRow { cells: cells.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_a_million_entries_is_told_how_far_it_is() {
        let entries = 1_000_000;
        let mut progress = Progress { told: 0, entries };
        // Entries come in frames of up to 64.
        let read = (64..=entries).step_by(64);
        let told: Vec<pb::ReportProgress> = read.filter_map(|read| progress.at(read)).collect();
        assert_eq!(told.len(), 49);
        for (of, next) in told.iter().zip(&told[1..]) {
            assert!(of.entries_read + PROGRESS_ENTRIES <= next.entries_read);
            assert_eq!(next.entries, entries);
        }
        assert!(Progress { told: 0, entries: 5 }.at(5).is_none(), "a short log is read at once");
    }
}

//! Where a report comes from: the registry makes it, or it is made here from a copy
//! of the log, which is the same report to the byte.

use crate::amount::grouped;
use crate::failure::{Failure, exit};
use crate::log_file::{Follower, LogFile};
use crate::reply::Reply;
use crate::report_file::{ReportSink, Shape};
use crate::session::Context;
use crate::tell;
use jcm_client::{ClientError, RegistryClient, wire};
use jcm_format::entry::Entry;
use jcm_format::time::Timestamp;
use jcm_report::reports::{Maker, Query, ReportFault};
use jcm_report::rows::{Cell, Column, Head, Row};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wire::get_report_response::Part;
use wire::report_cell::Value;

/// How often somebody who waits is told how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// Where a report comes from.
pub enum Source<'a> {
    /// The registry.
    Registry(&'a Context),
    /// A copy of the log.
    Log(&'a Context, PathBuf),
}

impl<'a> Source<'a> {
    /// The copy, where one is named.
    pub fn of(context: &'a Context, export: Option<&Path>) -> Result<Source<'a>, Failure> {
        Ok(match export {
            None => Source::Registry(context),
            Some(path) => Source::Log(context, path.to_owned()),
        })
    }
}

/// Makes one report and writes it.
pub async fn make(
    source: &Source<'_>,
    query: Query,
    shape: Shape,
    out: Option<&Path>,
) -> Result<Reply, Failure> {
    match source {
        Source::Registry(context) => {
            let client = context.connect().await?;
            ask(&client, query, shape, out).await
        }
        Source::Log(context, path) => {
            let mut log = open(context, path)?;
            let maker = read(&mut log, query)?;
            write(maker, shape, out)
        }
    }
}

/// Opens a copy of the log, whose key must be the one that is known.
pub fn open(context: &Context, path: &Path) -> Result<LogFile, Failure> {
    let log = LogFile::open(path)?;
    let claimed = log.log_key();
    let other = |known: &dyn std::fmt::Display| Failure::Other {
        what: format!("{} is signed by {claimed}, not by {known}", path.display()),
        code: exit::UNTRUSTED,
        advice: "Name the right copy, or the right key with --log-key.".to_owned(),
    };
    if let Some(demanded) = &context.log_key {
        let origin = claimed.name().parse();
        let origin = origin.map_err(|_| other(&"a registry's key"))?;
        let demanded =
            demanded.for_origin(&origin).map_err(|what| Failure::other(what, exit::UNTRUSTED))?;
        return if demanded == *claimed { Ok(log) } else { Err(other(&demanded)) };
    }
    match context.known_trust()? {
        Some(trust) if trust.log_key().name() == claimed.name() => {
            if trust.log_key() != claimed {
                return Err(other(trust.log_key()));
            }
        }
        _ => {
            tell!("note: the key of this copy is the one that it names itself:");
            tell!("      {claimed}");
            tell!("      Compare it with the published one, or give it with --log-key.");
        }
    }
    Ok(log)
}

/// Reads a copy of the log up to the cut-off.
pub fn read(log: &mut LogFile, query: Query) -> Result<Maker, Failure> {
    let mut maker = Maker::new(query)
        .map_err(|error| Failure::usage(error.to_string(), "See the help of this report."))?;
    read_entries(log, |entry| maker.apply(entry).map_err(faulty))?;
    Ok(maker)
}

fn read_entries(
    log: &mut LogFile,
    mut take: impl FnMut(&Entry) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut progress = Progress::new();
    let mut read = 0;
    loop {
        let entries = log.entries()?;
        if entries.is_empty() {
            return Ok(());
        }
        for sealed in entries {
            if !take(sealed.entry())? {
                return Ok(());
            }
            read += 1;
        }
        progress.at(read, None);
    }
}

/// Gives every entry of a source to `take`, in order, until that has enough. The log of a
/// registry is checked as it comes, as by an export.
pub async fn each_entry(
    source: &Source<'_>,
    mut take: impl FnMut(&Entry) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let context = match source {
        Source::Log(context, path) => return read_entries(&mut open(context, path)?, take),
        Source::Registry(context) => *context,
    };
    let mut session = context.open().await?;
    let mut follower = Follower::new(session.trust.log_key().clone());
    let mut stream = session.client.read_log(0).await?;
    let mut progress = Progress::new();
    let mut read = 0;
    'log: while let Some(answer) = stream.message().await.map_err(ClientError::from)? {
        let frame = follower.take(&answer.frame)?;
        for sealed in follower.entries(frame)? {
            if !take(sealed.entry())? {
                break 'log;
            }
            read += 1;
        }
        progress.at(read, None);
    }
    if let Some(last) = follower.last() {
        session.client.believe(last.note_text(), &mut session.trust).await?;
    }
    Ok(())
}

/// Writes what was read.
pub fn write(maker: Maker, shape: Shape, out: Option<&Path>) -> Result<Reply, Failure> {
    let made = maker.finish();
    let rows = made.rows().map_err(faulty)?;
    let mut sink = ReportSink::begin(shape, made.head(), made.columns(), out)?;
    for row in rows {
        sink.row(row)?;
    }
    sink.end()
}

/// A report that does not add up.
pub fn faulty(fault: ReportFault) -> Failure {
    match &fault {
        ReportFault::NoAccount(_) => Failure::usage(
            fault.to_string(),
            "Check the number and the cut-off; `jcm account list` shows the accounts.",
        ),
        ReportFault::Fold(source) => not_believed(format!("{fault}: {source}")),
        ReportFault::Book(source) => not_believed(format!("{fault}: {source}")),
        ReportFault::Unbalanced { .. } => not_believed(fault.to_string()),
        ReportFault::Article6(source) => super::report_article6::wrong(source),
        ReportFault::Unchecked(_) => Failure::Other {
            what: fault.to_string(),
            code: exit::REJECTED,
            advice: "Mend what is named, by recorded acts, and make it again.".to_owned(),
        },
    }
}

fn not_believed(what: String) -> Failure {
    Failure::Other {
        what,
        code: exit::UNTRUSTED,
        advice: "No report was made. Have the log judged: jcm export, then jcm-verify.".to_owned(),
    }
}

/// Tells how far the reading is, if it takes long.
struct Progress {
    begun: Instant,
    told: Instant,
}

impl Progress {
    fn new() -> Progress {
        let now = Instant::now();
        Progress { begun: now, told: now }
    }

    fn at(&mut self, read: u64, of: Option<u64>) {
        if self.told.elapsed() < TOLD_EVERY {
            return;
        }
        self.told = Instant::now();
        let seconds = self.begun.elapsed().as_secs().max(1);
        tell!("{}", how_far(read, of, seconds));
    }
}

/// How far the reading is, for people.
fn how_far(read: u64, of: Option<u64>, seconds: u64) -> String {
    let rate = grouped(read / seconds.max(1));
    let read = grouped(read);
    match of {
        Some(of) => format!("read {read} of {} entries, {rate} a second", grouped(of)),
        None => format!("read {read} entries, {rate} a second"),
    }
}

/// Has the registry make it.
async fn ask(
    client: &RegistryClient,
    query: Query,
    shape: Shape,
    out: Option<&Path>,
) -> Result<Reply, Failure> {
    let columns = query.kind.columns();
    let mut stream = client.report(request(&query)).await?;
    let mut progress = Progress::new();
    let mut sink: Option<ReportSink> = None;
    let mut count = 0_u64;
    while let Some(answer) = stream.message().await.map_err(ClientError::from)? {
        match (answer.part, &mut sink) {
            (Some(Part::Progress(at)), None) => progress.at(at.entries_read, Some(at.entries)),
            (Some(Part::Head(head)), None) => {
                is_known(&head, columns)?;
                sink = Some(ReportSink::begin(shape, &from_wire(head)?, columns, out)?);
            }
            (Some(Part::Rows(rows)), Some(sink)) => {
                for row in rows.rows {
                    count = count.saturating_add(1);
                    sink.row(cells(row, columns)?)?;
                }
            }
            (Some(Part::End(end)), Some(_)) if end.rows == count => {
                return sink.map_or_else(|| Err(malformed()), ReportSink::end);
            }
            _ => return Err(malformed()),
        }
    }
    Err(ClientError::Malformed { what: "a report without its end" }.into())
}

fn malformed() -> Failure {
    ClientError::Malformed { what: "a report" }.into()
}

fn request(query: &Query) -> wire::GetReportRequest {
    let day =
        |day: Option<jcm_format::time::Date>| day.map_or_else(String::new, |day| day.to_string());
    wire::GetReportRequest {
        report: query.kind.word().to_owned(),
        account: query.account.map_or(0, |account| account.get()),
        beneficiary: query.beneficiary.as_ref().map_or_else(String::new, ToString::to_string),
        reporting_year: query.year.map_or(0, |year| year.get().into()),
        from: day(query.from),
        to: day(query.to),
        at: query.cut.to_string(),
        emissions_tonnes: query.emissions.map_or(0, |tonnes| tonnes.get()),
    }
}

/// A registry of another version may have other columns.
fn is_known(head: &wire::ReportHead, columns: &[Column]) -> Result<(), Failure> {
    let keys = head.columns.iter().map(|column| column.key.as_str());
    if keys.eq(columns.iter().map(|column| column.key)) {
        return Ok(());
    }
    Err(Failure::Other {
        what: "the registry gives other columns than this program knows: their versions differ"
            .to_owned(),
        code: exit::OTHER,
        advice: "Use the jcm of the registry's version, or make the report from an export."
            .to_owned(),
    })
}

fn from_wire(head: wire::ReportHead) -> Result<Head, Failure> {
    let last_entry_time = match head.last_entry_time_ms {
        0 => None,
        ms => Some(Timestamp::from_ms(ms).ok_or_else(malformed)?),
    };
    Ok(Head {
        report: head.report,
        title_ja: head.title_ja,
        title_en: head.title_en,
        basis: head.basis,
        registry: head.registry,
        entries: head.entries,
        last_entry_time,
        cut: head.cut_off,
        asked: head.asked.into_iter().map(|fact| (fact.name, fact.value)).collect(),
    })
}

fn cells(row: wire::ReportRow, columns: &[Column]) -> Result<Row, Failure> {
    if row.cells.len() != columns.len() {
        return Err(malformed());
    }
    let cell = |cell: wire::ReportCell| match cell.value {
        None => Cell::Empty,
        Some(Value::Text(text)) => Cell::Text(text),
        Some(Value::Number(number)) => Cell::Number(number),
    };
    Ok(row.cells.into_iter().map(cell).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_is_told_how_far_it_is() {
        let of_a_million = how_far(240_000, Some(1_000_000), 4);
        assert_eq!(of_a_million, "read 240,000 of 1,000,000 entries, 60,000 a second");
        assert_eq!(how_far(7, None, 0), "read 7 entries, 7 a second");
    }
}

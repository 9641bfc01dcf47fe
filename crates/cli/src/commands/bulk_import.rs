//! Acts from a sheet: every row is asked of the registry by itself, so that each that
//! would be refused is named with its row; then all of them as one command.

use super::bulk::What;
use super::transfer::sink_account;
use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::bulk::issuances::{self, IssuanceRows};
use crate::bulk::sheet::Sheet;
use crate::bulk::transfers::{self, TransferRow};
use crate::failure::{Failure, exit};
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::{Context, Session};
use crate::tell;
use clap::Args;
use jcm_client::{ClientError, CommandBuilder, reads::Subject, wire};
use jcm_format::command::{ApplyTransfers, Basis, Body, Purpose, TransferPart, UseDetails};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use serde_json::json;
use std::path::PathBuf;

/// Act on a sheet: all rows in one command, one signature, all or nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm bulk import transfers transfers.xlsx --from JP-0001001-05 --key representative.key\n  jcm bulk import issuances issuances.xlsx --key op-07.key --key op-08.key\n\nEvery row is looked at by itself first. If the registry would refuse any, each is told with its row, and\nnothing is sent. What would happen is shown before you sign."
)]
pub struct ImportArgs {
    /// What the sheet is for
    what: What,
    /// The sheet: .csv or .xlsx
    file: PathBuf,
    /// Of transfers: the account that gives; rows of other accounts are left out
    #[arg(long, value_parser = parse::account)]
    from: Option<AccountNumber>,
    /// Of issuances: those carried over, which two authorities sign; without it those on a
    /// partner's consent. Rows of the other kind are left out
    #[arg(long)]
    carried_over: bool,
    /// Show what would happen, and stop
    #[arg(long)]
    dry_run: bool,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// A command of one part, with the row that it stands in.
struct Part {
    row: u32,
    words: Vec<String>,
    body: Body,
}

/// Acts on a sheet.
pub async fn run(context: &Context, args: ImportArgs) -> Result<Reply, Failure> {
    let (name, columns) = args.what.sheet();
    let sheet = Sheet::read(&args.file, name, columns)?;
    let (parts, whole, headings) = match args.what {
        What::Transfers => {
            let rows = transfers::read(&sheet)?;
            let session = context.open().await?;
            let (source, rows) = of_one_account(rows, args.from)?;
            let parts = transfer_parts(&session, source, rows).await?;
            let whole = Body::ApplyTransfers(ApplyTransfers {
                source,
                parts: parts.iter().map(|(_, part)| part.clone()).collect(),
            });
            (
                parts.into_iter().map(|(row, part)| of_transfer(source, row, part)).collect(),
                whole,
                TRANSFER,
            )
        }
        What::Issuances => {
            let rows = of_one_basis(issuances::read(&sheet)?, args.carried_over)?;
            let session = context.open().await?;
            let rows = with_consents(&session, &sheet, rows).await?;
            let whole = Body::RecordIssuances {
                parts: rows.iter().map(|of| of.issuance.clone()).collect(),
            };
            (rows.into_iter().map(of_issuance).collect::<Vec<Part>>(), whole, ISSUANCE)
        }
    };
    let mut session = context.open().await?;
    tell!("{}\n", table(headings, parts.iter().map(|part| part.words.clone())));
    let signers = args.act.signers(&context.keyring.open(&args.act.key)?)?;
    each_alone(&session, &signers, &sheet, &parts).await?;
    if args.dry_run {
        return dry(&session, &signers, whole, &parts).await;
    }
    let done = act(context, &mut session, &args.act, whole, Vec::new()).await;
    done.inspect_err(|failure| tell_row(failure, &sheet, &parts))
}

const TRANSFER: &[Column] = &[
    Column::Right("row"),
    Column::Left("purpose"),
    Column::Left("destination"),
    Column::Right("tonnes"),
    Column::Left("units"),
    Column::Left("use"),
    Column::Left("beneficiary"),
    Column::Left("numbers"),
];

const ISSUANCE: &[Column] = &[
    Column::Right("row"),
    Column::Left("project"),
    Column::Left("decision"),
    Column::Right("tonnes"),
    Column::Left("vintages"),
];

/// The rows of the account that signs, and which that is.
fn of_one_account(
    rows: Vec<TransferRow>,
    from: Option<AccountNumber>,
) -> Result<(AccountNumber, Vec<TransferRow>), Failure> {
    let named = rows.iter().find_map(|row| row.source);
    let source = from.or(named).ok_or_else(|| {
        Failure::usage("which account gives?", "Name it with --from, or in the column source.")
    })?;
    let all = rows.len();
    let is_its = |row: &TransferRow| row.source.is_none_or(|of| of == source);
    let rows: Vec<_> = rows.into_iter().filter(is_its).collect();
    match all.saturating_sub(rows.len()) {
        0 => {}
        others if from.is_some() => tell!("{others} rows of other accounts are left out"),
        others => {
            return Err(Failure::usage(
                format!("{others} rows are of other accounts than {source}"),
                "One command is of one account: choose it with --from, one after the other.",
            ));
        }
    }
    if rows.is_empty() {
        return Err(Failure::usage(format!("no row is of {source}"), "Check --from."));
    }
    let ranges: usize = rows.iter().map(|row| row.ranges.as_slice().len()).sum();
    if transfers::PARTS_MAX < rows.len() || transfers::RANGES_MAX < ranges {
        return Err(Failure::usage(
            format!("{} rows with {ranges} ranges are more than one command holds", rows.len()),
            format!(
                "Divide the sheet: at most {} rows with together {} ranges.",
                transfers::PARTS_MAX,
                transfers::RANGES_MAX
            ),
        ));
    }
    Ok((source, rows))
}

/// The issuances that the same persons sign: a command holds those carried over, or
/// those on a consent.
fn of_one_basis(rows: Vec<IssuanceRows>, carried_over: bool) -> Result<Vec<IssuanceRows>, Failure> {
    let all = rows.len();
    let rows: Vec<_> = rows.into_iter().filter(|of| of.is_carried_over() == carried_over).collect();
    let (these, others) = match carried_over {
        true => ("carried over", "on a consent"),
        false => ("on a consent", "carried over"),
    };
    if rows.is_empty() {
        return Err(Failure::usage(
            format!("no issuance of the sheet is {these}"),
            "Those carried over are imported with --carried-over, the others without.",
        ));
    }
    match all.saturating_sub(rows.len()) {
        0 => {}
        left => tell!("{left} issuances that are {others} are left out"),
    }
    Ok(rows)
}

async fn transfer_parts(
    session: &Session,
    source: AccountNumber,
    rows: Vec<TransferRow>,
) -> Result<Vec<(TransferRow, TransferPart)>, Failure> {
    let mut sinks = [None, None];
    let mut parts = Vec::with_capacity(rows.len());
    for row in rows {
        let destination = match (row.destination, row.purpose) {
            (Some(destination), _) => destination,
            // Reading the sheet made sure that a transfer names one.
            (None, purpose) => {
                let sink = &mut sinks[usize::from(purpose == Purpose::Cancellation)];
                match *sink {
                    Some(sink) => sink,
                    None => *sink.insert(sink_account(session, purpose).await?),
                }
            }
        };
        let part = TransferPart {
            terms: row.terms(source, destination),
            use_details: row.use_details.clone(),
            fee_payment: row.payment,
        };
        parts.push((row, part));
    }
    Ok(parts)
}

fn of_transfer(source: AccountNumber, row: TransferRow, part: TransferPart) -> Part {
    let terms = &part.terms;
    let units: Vec<String> = terms.ranges.iter().map(|range| range.to_string()).collect();
    let use_ = terms.use_.as_ref();
    let words = vec![
        row.row.to_string(),
        transfers::purpose_word(terms.purpose).to_owned(),
        terms.destination.to_string(),
        grouped(terms.ranges.quantity().get()),
        units.join("\n"),
        use_.map_or("", |use_| transfers::use_word(use_.kind)).to_owned(),
        use_.and_then(|use_| use_.beneficiary.as_ref())
            .map_or_else(String::new, ToString::to_string),
        persons(part.use_details.as_ref()),
    ];
    let body = Body::ApplyTransfers(ApplyTransfers { source, parts: vec![part] });
    Part { row: row.row, words, body }
}

/// Whom a use names by number, for whoever signs.
fn persons(details: Option<&UseDetails>) -> String {
    let Some(UseDetails { beneficiary, entity }) = details else { return String::new() };
    let beneficiary = beneficiary.as_ref().map(|number| format!("beneficiary {number}"));
    let entity = entity.as_ref().map(|entity| format!("entity {entity}"));
    beneficiary.into_iter().chain(entity).collect::<Vec<_>>().join("\n")
}

fn of_issuance(rows: IssuanceRows) -> Part {
    let issuance = rows.issuance;
    let vintage = |of: &jcm_format::command::VintageIssue| {
        format!("{}: {}", of.year, grouped(of.quantity_tonnes.get()))
    };
    let vintages: Vec<String> = issuance.vintages.iter().map(vintage).collect();
    let words = vec![
        rows.row.to_string(),
        issuance.project.to_string(),
        issuance.decision.reference.to_string(),
        grouped(issuance.quantity_tonnes.get()),
        vintages.join("\n"),
    ];
    Part { row: rows.row, words, body: Body::RecordIssuances { parts: vec![issuance] } }
}

/// Issuances of which the sheet does not say who consented: the consent is found by
/// project and decision.
async fn with_consents(
    session: &Session,
    sheet: &Sheet,
    mut rows: Vec<IssuanceRows>,
) -> Result<Vec<IssuanceRows>, Failure> {
    if issuances::PARTS_MAX < rows.len() {
        return Err(Failure::usage(
            format!("{} issuances are more than one command holds", rows.len()),
            format!("Divide the sheet: at most {} issuances.", issuances::PARTS_MAX),
        ));
    }
    let mut missing = Vec::new();
    for of in rows.iter_mut().filter(|of| !of.basis_known) {
        let project = of.issuance.project.to_string();
        let mut found = None;
        for summary in session.client.history(Subject::Project(project)).await? {
            if summary.command == "ConsentIssuance" {
                let entry = session.client.entry(summary.entry).await?;
                if consents(&entry, &of.issuance)? {
                    found = Some(EntryIndex::new(summary.entry));
                }
            }
        }
        match found {
            Some(entry) => {
                of.issuance.basis = Basis::Consent(entry);
                of.basis_known = true;
            }
            None => missing.push(format!(
                "\n       {}, row {}, consent: the partner has not consented to {} of {} as the sheet has it",
                sheet.name, of.row, of.issuance.decision.reference, of.issuance.project
            )),
        }
    }
    if missing.is_empty() {
        return Ok(rows);
    }
    Err(Failure::usage(
        format!("{} issuances rest on nothing:{}", missing.len(), missing.concat()),
        "Check the decision's dates and quantities; the consent is recorded with `jcm issue consent`.",
    ))
}

fn consents(
    entry: &wire::GetEntryResponse,
    issuance: &jcm_format::command::RecordIssuance,
) -> Result<bool, Failure> {
    let sealed = SealedEntry::open(entry.entry.clone())
        .map_err(|_| ClientError::Malformed { what: "an entry" })?;
    Ok(sealed.entry().event.0.iter().any(|effect| match effect {
        Effect::IssuanceConsented { project, decision } => {
            *project == issuance.project && *decision == issuance.decision
        }
        _ => false,
    }))
}

/// Asks of each part by itself what it would do. All that would be refused are told.
async fn each_alone(
    session: &Session,
    signers: &[PublicKey],
    sheet: &Sheet,
    parts: &[Part],
) -> Result<(), Failure> {
    let mut refused = Vec::new();
    for part in parts {
        let command = CommandBuilder::new(session.info.origin.clone(), part.body.clone()).build();
        let prepared = match command {
            Ok(command) => session.client.prepare(&command, signers).await.map(|_| ()),
            Err(error) => Err(error),
        };
        match prepared {
            Ok(()) => {}
            Err(error) if error.refusal().is_some_and(|refusal| !refusal.is_transient()) => {
                refused.push(format!("\n       {}, row {}: {error}", sheet.name, part.row));
            }
            Err(error @ ClientError::Command(_)) => {
                refused.push(format!("\n       {}, row {}: {error}", sheet.name, part.row));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    Err(Failure::Other {
        what: format!(
            "the registry would refuse {} of {}:{}",
            refused.len(),
            parts.len(),
            refused.concat()
        ),
        code: exit::REJECTED,
        advice: "Mend these rows and try again. Nothing was sent.".to_owned(),
    })
}

async fn dry(
    session: &Session,
    signers: &[PublicKey],
    whole: Body,
    parts: &[Part],
) -> Result<Reply, Failure> {
    let command = CommandBuilder::new(session.info.origin.clone(), whole).build()?;
    let effect = session.client.prepare(&command, signers).await?;
    let fee = effect.fee_yen;
    let json =
        json!({ "parts": parts.len(), "effects": effect.effects, "fee_yen": fee, "sent": false });
    let lines: Vec<String> = (1..)
        .zip(&effect.effects)
        .map(|(number, effect)| format!("  {number}. {effect}\n"))
        .collect();
    let fee = if fee == 0 { "none".to_owned() } else { format!("{} yen", grouped(fee)) };
    Ok(Reply::new(json, format!("Effect:\n{}Fee: {fee}\nNothing was sent.", lines.concat())))
}

/// Where the whole is refused, which row that is.
fn tell_row(failure: &Failure, sheet: &Sheet, parts: &[Part]) {
    let (Failure::Client(error) | Failure::Kept { source: error, .. }) = failure else { return };
    let Some(refusal) = error.refusal() else { return };
    let fields = refusal.violations.iter().map(|violation| violation.field.as_str());
    let told = fields.chain([refusal.subject.as_str()]).find_map(part_of);
    if let Some(part) = told.and_then(|part| parts.get(part)) {
        tell!("{}, row {}:", sheet.name, part.row);
    }
}

/// The number in `parts[2]`.
fn part_of(text: &str) -> Option<usize> {
    let (_, rest) = text.split_once("parts[")?;
    rest.split_once(']')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_a_refusal_is_found() {
        assert_eq!(part_of("parts[2]: 7:1-5"), Some(2));
        assert_eq!(part_of("apply_transfers.parts[12].ranges[0].last"), Some(12));
        assert_eq!(part_of("7:1-5"), None);
    }
}

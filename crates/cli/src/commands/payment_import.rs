//! A bank statement, from the file to the fees that it pays.
//!
//! 1. The file is read whole; with one bad line nothing is done, and every bad line
//!    is named.
//! 2. The registry says which lines it has; the others are imported by one command.
//! 3. What the lines are probably for is shown, and applied after confirmation.

use super::payment;
use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::{Failure, exit};
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::{Context, Session};
use crate::tell;
use clap::{Args, ValueEnum};
use jcm_bank::{Ground, OpenFee, Options, Outcome, Proposal, Statement, StatementLine};
use jcm_client::{ClientError, PrivateValue, wire};
use jcm_format::amount::Yen;
use jcm_format::command::{
    Body, ImportStatement, ImportedPayment, LineKey, PaymentId, PaymentPart,
};
use jcm_format::id::EntryIndex;
use jcm_format::limits::PAYMENT_PARTS_MAX;
use jcm_format::text::Name;
use jcm_format::time::{Date, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The most that the registry's private store takes in one piece.
const PRIVATE_BYTES_MAX: usize = 1024 * 1024;

/// A bank statement.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm payment import statement.txt --key operator-07.key\n  jcm payment import nyukin.csv --format csv --encoding shift-jis --no-match --key operator-07.key\n\nWith one bad line nothing is imported; every bad line is named. Lines imported before are left out.\nA statement must hold whole days: no payment of today. The formats are described in docs/cli.md."
)]
pub struct ImportArgs {
    /// The file: 全銀協 振込入金通知 or 入出金取引明細, or a table (CSV)
    file: PathBuf,
    /// The format; without it the content tells
    #[arg(long)]
    format: Option<FormatArg>,
    /// With --format csv: the encoding; without it the content tells
    #[arg(long, requires = "format")]
    encoding: Option<EncodingArg>,
    /// Which bank account the statement is of: one label for each, always the same
    #[arg(long, value_name = "LABEL", default_value = "main", value_parser = parse::name)]
    bank_account: Name,
    /// Import the rest of a day that is recorded in part: only when you know why it was
    #[arg(long, conflicts_with = "match_only")]
    complete_days: bool,
    /// Import nothing; only match lines imported before with open fees
    #[arg(long, conflicts_with = "no_match")]
    match_only: bool,
    /// Only import
    #[arg(long)]
    no_match: bool,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Fixed-width records of the Japanese Bankers Association (全銀協)
    Zengin,
    /// A table with a header line
    Csv,
}

/// In which letters a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EncodingArg {
    /// UTF-8
    Utf8,
    /// Shift_JIS
    ShiftJis,
}

/// A statement, and which of its lines the registry has.
struct Known {
    statement: Statement,
    bytes: Vec<u8>,
    lines: BTreeSet<usize>,
    whole: bool,
}

/// Imports, matches and applies.
pub async fn run(context: &Context, args: ImportArgs) -> Result<Reply, Failure> {
    let bytes = std::fs::read(&args.file).map_err(Failure::reading(&args.file))?;
    let format = format(&bytes, args.format, args.encoding)?;
    let mut session = context.open().await?;
    let today = Timestamp::from_ms(session.info.now_ms)
        .ok_or(ClientError::Malformed { what: "the registry's clock" })?
        .date_in_japan();
    let account_label = args.bank_account.to_string();
    let statement =
        jcm_bank::read(&bytes, Options { today, account_label, format }).map_err(|errors| {
            Failure::usage(
                format!("{}: {}\n{}", args.file.display(), errors.english(), errors.japanese()),
                "Correct the lines named, or ask the bank for the file again; nothing was changed.",
            )
        })?;
    let known = known(&session, statement, bytes).await?;
    tell!("{}\n", lines(&known));
    let imported = match args.match_only {
        true => None,
        false => import(context, &mut session, &args, &known).await?,
    };
    if args.act.unsigned_out.is_some()
        && let Some(written) = imported
    {
        return Ok(written);
    }
    let mut reply = imported.map_or_else(
        || Reply::new(json!({ "imported": null }), "Nothing was imported."),
        |reply| Reply::new(json!({ "imported": reply.json() }), reply.show(false)),
    );
    if !args.no_match {
        // Should the next step fail, what this one did is said all the same.
        tell!("{}\n", reply.show(false));
        reply = matched(context, &mut session, &args.act, &known, reply).await?;
    }
    Ok(reply)
}

/// What the caller knows of the format, if it says anything.
fn format(
    bytes: &[u8],
    format: Option<FormatArg>,
    encoding: Option<EncodingArg>,
) -> Result<Option<jcm_bank::Format>, Failure> {
    match (format, encoding) {
        (None, _) => Ok(None),
        (Some(FormatArg::Zengin), None) => Ok(Some(match bytes.get(1..3) {
            Some(b"03") => jcm_bank::Format::ZenginTransactions,
            _ => jcm_bank::Format::ZenginTransfers,
        })),
        (Some(FormatArg::Zengin), Some(_)) => Err(Failure::usage(
            "--encoding is for tables; the fixed-width format has its own",
            "Leave --encoding out.",
        )),
        (Some(FormatArg::Csv), Some(EncodingArg::Utf8)) => Ok(Some(jcm_bank::Format::TableUtf8)),
        (Some(FormatArg::Csv), Some(EncodingArg::ShiftJis)) => {
            Ok(Some(jcm_bank::Format::TableShiftJis))
        }
        (Some(FormatArg::Csv), None) => Ok(Some(match str::from_utf8(bytes) {
            Ok(_) => jcm_bank::Format::TableUtf8,
            Err(_) => jcm_bank::Format::TableShiftJis,
        })),
    }
}

async fn known(session: &Session, statement: Statement, bytes: Vec<u8>) -> Result<Known, Failure> {
    let request = wire::FindStatementLinesRequest {
        keys: statement.lines.iter().map(|line| line.key.to_vec()).collect(),
        statement: statement.digest.as_bytes().to_vec(),
    };
    let answer = session.client.statement_lines(request).await?;
    let positions = answer.known.iter().map(|position| usize::try_from(*position));
    let lines: BTreeSet<usize> = positions.flatten().collect();
    Ok(Known { statement, bytes, lines, whole: answer.statement_known })
}

/// The payments of the file, as a person compares them with the bank's paper.
fn lines(known: &Known) -> String {
    let columns = [
        Column::Right("line"),
        Column::Left("value date"),
        Column::Right("yen"),
        Column::Left("payer"),
        Column::Left("reference"),
        Column::Left("status"),
    ];
    let row = |(i, line): (usize, &StatementLine)| {
        let references = line.references();
        let references: Vec<_> = references.iter().map(ToString::to_string).collect();
        let status = if known.lines.contains(&i) { "recorded already" } else { "new" };
        vec![
            line.line.to_string(),
            line.value_date.to_string(),
            grouped(line.amount.get()),
            line.payer.clone(),
            references.join(" "),
            status.to_owned(),
        ]
    };
    let statement = &known.statement;
    let mut text = table(&columns, statement.lines.iter().enumerate().map(row));
    for (count, what) in [
        (statement.skipped_debits, "lines of money that went out are left out"),
        (statement.skipped_other_credits, "credits other than transfers are left out"),
    ] {
        if count != 0 {
            text += &format!("\n{count} {what}");
        }
    }
    text
}

/// Imports the lines that the registry does not have, if there are any.
async fn import(
    context: &Context,
    session: &mut Session,
    args: &ImportArgs,
    known: &Known,
) -> Result<Option<Reply>, Failure> {
    let statement = &known.statement;
    let new = statement.lines.iter().enumerate().filter(|(i, _)| !known.lines.contains(i));
    let new: Vec<&StatementLine> = new.map(|(_, line)| line).collect();
    let payments: Vec<_> = new.iter().map(|line| imported(line)).collect();
    if payments.is_empty() {
        return Ok(None);
    }
    if known.whole {
        return Err(Failure::other(
            "the registry has this statement, and not all of its lines",
            exit::OTHER,
        ));
    }
    if !args.complete_days {
        days_in_part(known)?;
    }
    warn_of_doubles(session, &new).await?;
    let payers = match known.bytes.len() {
        0..=PRIVATE_BYTES_MAX => Some(PrivateValue::new(known.bytes.clone())?),
        _ => {
            tell!("note: the file is too large to be kept beside the log: keep it yourself.");
            None
        }
    };
    let body = Body::ImportStatement(ImportStatement {
        statement: statement.digest,
        payers: payers.as_ref().map(PrivateValue::commitment),
        payments,
    });
    act(context, session, &args.act, body, payers.into_iter().collect()).await.map(Some)
}

/// A statement of whole days brings a day's payments together. Where the registry
/// has some of a day and not the others, one of two files was not whole, or is of
/// another bank account, and a line that counts as recorded may be other money.
fn days_in_part(known: &Known) -> Result<(), Failure> {
    let mut days: BTreeMap<Date, [Vec<u32>; 2]> = BTreeMap::new();
    for (i, line) in known.statement.lines.iter().enumerate() {
        let [new, recorded] = days.entry(line.booked).or_default();
        if known.lines.contains(&i) { recorded } else { new }.push(line.line);
    }
    let in_part = days.iter().find(|(_, [new, recorded])| !new.is_empty() && !recorded.is_empty());
    let Some((day, [new, recorded])) = in_part else { return Ok(()) };
    let list = |lines: &[u32]| lines.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    Err(Failure::usage(
        format!(
            "the day {day} is recorded in part: line {} counts as recorded, line {} is new",
            list(recorded),
            list(new)
        ),
        "Nothing was imported. Is this another bank account? Give it a label of its own with --bank-account. Did the file imported before not hold the whole day? Compare the lines, and give --complete-days.",
    ))
}

/// Says which lines are perhaps money that was recorded by hand before.
async fn warn_of_doubles(session: &Session, new: &[&StatementLine]) -> Result<(), Failure> {
    for warning in doubles(new, &session.client.payments(false).await?) {
        tell!("{warning}");
    }
    Ok(())
}

/// Nothing but date and amount can be compared: a payment recorded singly has no key.
fn doubles(new: &[&StatementLine], payments: &[wire::Payment]) -> Vec<String> {
    let mut singly: BTreeMap<(String, u64), Vec<&wire::Payment>> = BTreeMap::new();
    for payment in payments.iter().filter(|payment| payment.line == 0) {
        singly.entry((payment.value_date.clone(), payment.amount_yen)).or_default().push(payment);
    }
    let warning = |line: &&StatementLine| {
        let (date, yen) = (line.value_date.to_string(), line.amount.get());
        let same = singly.get(&(date.clone(), yen))?;
        let name = |p: &&wire::Payment| format!("{} ({})", payment::id(p), p.bank_reference);
        let same: Vec<_> = same.iter().map(name).collect();
        Some(format!(
            "WARNING: line {} ({date}, {} yen) may be the same money as payment {}, recorded singly",
            line.line,
            grouped(yen),
            same.join(", ")
        ))
    };
    new.iter().filter_map(warning).collect()
}

fn imported(line: &StatementLine) -> ImportedPayment {
    ImportedPayment {
        key: LineKey::from_bytes(line.key),
        amount_yen: line.amount,
        value_date: line.value_date,
        // Who paid is for a person to say: a payer's name proves no account.
        account: None,
    }
}

/// Shows what the lines are probably for, and applies it.
async fn matched(
    context: &Context,
    session: &mut Session,
    args: &ActArgs,
    known: &Known,
    before: Reply,
) -> Result<Reply, Failure> {
    let payments = session.client.payments(true).await?;
    let by_key: BTreeMap<String, PaymentId> =
        payments.iter().map(|found| (found.bank_reference.clone(), payment::id(found))).collect();
    let key = |line: &[u8; StatementLine::KEY_LEN]| LineKey::from_bytes(*line).to_string();
    let left: BTreeMap<&str, u64> =
        payments.iter().map(|found| (found.bank_reference.as_str(), found.left_yen)).collect();
    let with_left = known.statement.lines.iter().filter_map(|line| {
        let left = left.get(key(&line.key).as_str())?;
        Some(StatementLine { amount: Yen::new(*left), ..line.clone() })
    });
    let lines: Vec<StatementLine> = with_left.collect();
    let proposals = jcm_bank::propose(&lines, &open_fees(session).await?);
    let parts: Vec<PaymentPart> = proposals
        .iter()
        .filter_map(|proposal| part(proposal, *by_key.get(&key(&proposal.key))?))
        .collect();
    let shown = proposals_table(&proposals, &lines);
    let mut json = before.json().clone();
    json["proposals"] = proposals.iter().map(proposal_json).collect();
    let mut text = format!("{}\n\nProposals\n{shown}", before.show(false));
    if parts.is_empty() {
        text += "\n\nNothing is applied.";
        return Ok(Reply::new(json, text));
    }
    tell!("Proposals\n{shown}\n");
    let mut applied = Vec::new();
    for parts in parts.chunks(PAYMENT_PARTS_MAX) {
        let reply = act(context, session, args, payment::body(parts.to_vec()), Vec::new()).await?;
        text += &format!("\n\n{}", reply.show(false));
        applied.push(reply.json().clone());
    }
    json["applied"] = Value::from(applied);
    Ok(Reply::new(json, text))
}

/// What is owed, and under which names it may be paid.
async fn open_fees(session: &Session) -> Result<Vec<OpenFee>, Failure> {
    let open = session.client.applications(wire::ListApplicationsRequest::default()).await?;
    let accounts = session.client.accounts().await?;
    let names: BTreeMap<u32, Vec<String>> = accounts
        .into_iter()
        .filter_map(|account| {
            let holder = account.holder?;
            Some((account.id, vec![holder.name_ja, holder.name_en]))
        })
        .collect();
    let fee = |a: &wire::Application| OpenFee {
        application: EntryIndex::new(a.entry),
        due: Yen::new(a.fee_yen.saturating_sub(a.settled_yen)),
        payer_names: match names.get(&a.account) {
            Some(names) => names.clone(),
            None => vec![a.applicant.clone()],
        },
    };
    let fees = open.applications.iter().map(fee);
    Ok(fees.filter(|fee| fee.due != Yen::ZERO).collect())
}

/// What of a proposal is applied: never more than is owed, and nothing twice.
fn part(proposal: &Proposal, payment: PaymentId) -> Option<PaymentPart> {
    let amount_yen = match proposal.outcome {
        Outcome::Exact | Outcome::Partial { .. } => proposal.amount,
        Outcome::Over { left } => proposal.amount.checked_sub(left)?,
        Outcome::Duplicate => return None,
    };
    let application = proposal.application;
    (amount_yen != Yen::ZERO).then_some(PaymentPart { payment, application, amount_yen })
}

fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::ByReference => "reference",
        Ground::ByAmountAndPayer => "amount and payer",
    }
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Exact => "pays the fee".to_owned(),
        Outcome::Partial { left } => format!("{} yen still due", grouped(left.get())),
        Outcome::Over { left } => format!("{} yen too much, not applied", grouped(left.get())),
        Outcome::Duplicate => "paid already, not applied".to_owned(),
    }
}

fn proposals_table(proposals: &[Proposal], lines: &[StatementLine]) -> String {
    let columns = [
        Column::Right("line"),
        Column::Right("application"),
        Column::Right("yen"),
        Column::Left("by"),
        Column::Left("outcome"),
    ];
    let row = |proposal: &Proposal| {
        vec![
            proposal.line.to_string(),
            proposal.application.to_string(),
            grouped(proposal.amount.get()),
            ground(proposal.ground).to_owned(),
            outcome(proposal.outcome),
        ]
    };
    let mut text = table(&columns, proposals.iter().map(row));
    let matched: BTreeSet<u32> = proposals.iter().map(|proposal| proposal.line).collect();
    let open = lines.iter().map(|line| line.line).filter(|line| !matched.contains(line));
    let open = runs(open);
    if !open.is_empty() {
        text += &format!("\nfor a person to find out: line {open}");
    }
    text
}

/// Ascending numbers, those that follow each other as one: `4, 7-9`.
fn runs(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let one = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    runs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn proposal_json(proposal: &Proposal) -> Value {
    json!({
        "line": proposal.line,
        "application": proposal.application.get(),
        "amount_yen": proposal.amount.get(),
        "by": ground(proposal.ground),
        "outcome": outcome(proposal.outcome),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(amount: u64, outcome: Outcome) -> Proposal {
        Proposal {
            line: 1,
            key: [0; StatementLine::KEY_LEN],
            application: EntryIndex::new(12),
            amount: Yen::new(amount),
            ground: Ground::ByReference,
            outcome,
        }
    }

    #[test]
    fn never_more_than_is_owed_is_applied_and_nothing_twice() {
        let payment = PaymentId { entry: EntryIndex::new(41), line: 1 };
        let applied = |amount, outcome| {
            part(&proposal(amount, outcome), payment).map(|part| part.amount_yen.get())
        };
        assert_eq!(applied(14_400, Outcome::Exact), Some(14_400));
        assert_eq!(applied(10_000, Outcome::Partial { left: Yen::new(4_400) }), Some(10_000));
        assert_eq!(applied(14_700, Outcome::Over { left: Yen::new(300) }), Some(14_400));
        assert_eq!(applied(14_400, Outcome::Duplicate), None);
    }

    #[test]
    fn the_page_shows_a_table_that_is_read() {
        let page = include_str!("../../../../docs/cli.md");
        let table = page.split("```csv\n").nth(1).and_then(|rest| rest.split("```").next());
        let today = "2026-04-02".parse().expect("a date");
        let options = Options { today, account_label: "main".to_owned(), format: None };
        let statement = jcm_bank::read(table.expect("a table").as_bytes(), options);
        let lines = statement.expect("well formed").lines;
        assert_eq!((lines.len(), lines[0].amount), (1, Yen::new(14_400)));
        let reference = lines[0].reference.map(|reference| reference.to_string());
        assert_eq!(reference.as_deref(), Some("J0000004172"));
    }

    #[test]
    fn a_credit_that_was_perhaps_recorded_singly_is_named_with_it() {
        let table = "日付,入金額,振込人名\n2026-04-01,14400,A\n2026-04-01,2500,B\n";
        let today = "2026-04-02".parse().expect("a date");
        let options = Options { today, account_label: "main".to_owned(), format: None };
        let lines = jcm_bank::read(table.as_bytes(), options).expect("well formed").lines;
        let payment = |line, amount_yen, value_date: &str| wire::Payment {
            entry: 41,
            line,
            bank_reference: "B-1".to_owned(),
            amount_yen,
            value_date: value_date.to_owned(),
            ..wire::Payment::default()
        };
        let payments = [
            payment(0, 14_400, "2026-04-01"),
            payment(0, 2_500, "2026-03-31"),
            payment(7, 2_500, "2026-04-01"),
        ];
        let lines: Vec<_> = lines.iter().collect();
        assert_eq!(
            doubles(&lines, &payments),
            [
                "WARNING: line 2 (2026-04-01, 14,400 yen) may be the same money as payment 41 (B-1), \
              recorded singly"
            ]
        );
    }

    #[test]
    fn lines_that_follow_each_other_are_named_as_one() {
        assert_eq!(runs([4, 7, 8, 9, 11]), "4, 7-9, 11");
        assert_eq!(runs([]), "");
        assert_eq!(runs([u32::MAX - 1, u32::MAX]), "4294967294-4294967295");
    }

    #[test]
    fn the_format_is_what_the_caller_says_or_what_the_content_tells() {
        let told = |bytes: &[u8], name, encoding| format(bytes, name, encoding).ok().flatten();
        assert_eq!(told(b"103", None, None), None);
        let zengin = Some(FormatArg::Zengin);
        assert_eq!(told(b"103", zengin, None), Some(jcm_bank::Format::ZenginTransactions));
        assert_eq!(told(b"101", zengin, None), Some(jcm_bank::Format::ZenginTransfers));
        let csv = Some(FormatArg::Csv);
        assert_eq!(told("日付".as_bytes(), csv, None), Some(jcm_bank::Format::TableUtf8));
        assert_eq!(told(b"\x93\xfa", csv, None), Some(jcm_bank::Format::TableShiftJis));
        let shift_jis = Some(EncodingArg::ShiftJis);
        assert_eq!(told(b"a", csv, shift_jis), Some(jcm_bank::Format::TableShiftJis));
        assert!(format(b"", zengin, shift_jis).is_err());
    }
}

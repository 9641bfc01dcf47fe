//! Applications: what waits, and every step until one is recorded or ended.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::reads::Applications;
use jcm_client::{ClientError, RegistryClient, wire};
use jcm_format::command::{Body, RefusalGround};
use jcm_format::entry::SealedEntry;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use jcm_format::time::{Date, Timestamp};
use serde_json::{Value, json};

/// Applications: list, queue, show, complete, record, refuse, withdraw.
#[derive(Debug, Subcommand)]
pub enum ApplicationCommand {
    /// List applications, oldest first; without a filter those that wait
    #[command(
        after_help = "Example:\n  jcm application list\n  jcm application list --mine JP-0001001-05 --status ended"
    )]
    List(ListArgs),
    /// What waits for the operator, oldest first, with deadlines
    #[command(after_help = "Example:\n  jcm application queue --overdue")]
    Queue {
        /// Only those of which a day has passed
        #[arg(long)]
        overdue: bool,
    },
    /// Show one application
    #[command(after_help = "Example:\n  jcm application show 42")]
    Show {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
    },
    /// Hand in what was missing, as the applicant
    #[command(
        after_help = "Example:\n  jcm application complete 42 --attachment articles.pdf --key representative.key"
    )]
    Complete {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// A document handed in, of which the digest is recorded: a file, or sha256:<hex>
        #[arg(long, value_name = "FILE", value_parser = parse::document, required = true)]
        attachment: Vec<Digest>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Withdraw an application before it is acted on
    #[command(
        after_help = "Example:\n  jcm application withdraw 42 --reason 'wrong quantity' --key representative.key"
    )]
    Withdraw {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// Why; recorded and public
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Record a change of particulars, a closing or a matter of trust
    #[command(after_help = "Example:\n  jcm application record 42 --key operator-07.key")]
    Record {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Ask the applicant for what is missing
    #[command(
        after_help = "Example:\n  jcm application request-completion 42 --missing '登記事項証明書' --due 2026-12-25 \\\n    --key operator-07.key"
    )]
    RequestCompletion {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// What is missing; may be repeated; recorded and public
        #[arg(long, value_name = "TEXT", value_parser = parse::text, required = true)]
        missing: Vec<Text>,
        /// Until when it is to be handed in, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        due: Date,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Refuse an application (registry ordinance, art. 7; Act, art. 50(5))
    #[command(
        after_help = "Example:\n  jcm application refuse 42 --ground 5 --explanation '添付書類が偽造' --key operator-07.key\n\nGrounds: 1 restriction, 2 evident-error, 3 irregularity, 4 violation, 5 falsehood, 6 procedure.\nFor what is not a transfer: 5 and 6; for a matter of trust also 1."
    )]
    Refuse {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// The item of art. 7(1), 1 to 6, or its word
        #[arg(long, value_parser = parse::refusal_ground)]
        ground: RefusalGround,
        /// In words; recorded and public
        #[arg(long, value_parser = parse::text)]
        explanation: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Declare an application lapsed: not paid or not completed in time
    #[command(after_help = "Example:\n  jcm application lapse 42 --key operator-07.key")]
    Lapse {
        /// The entry that recorded it
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Which applications.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Of this account
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    mine: Option<AccountNumber>,
    /// Of this kind
    #[arg(long)]
    kind: Option<KindArg>,
    /// In this status
    #[arg(long)]
    status: Option<StatusArg>,
    /// For whose act they wait
    #[arg(long, value_name = "WHO")]
    next: Option<NextArg>,
    /// Only those of which a day has passed
    #[arg(long)]
    overdue: bool,
}

/// Kind of an application.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KindArg {
    /// To open an account
    Account,
    /// A transfer, retirement or cancellation
    Transfer,
    /// A certificate
    Certificate,
    /// Changed particulars
    Change,
    /// To close an account
    Closing,
    /// A matter of trust
    Trust,
}

/// Status of an application.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StatusArg {
    /// All that wait
    Open,
    /// All that do not
    Ended,
    /// Its fee is not paid
    AwaitingPayment,
    /// Something is missing
    Incomplete,
    /// The transferee has not consented
    AwaitingConsent,
    /// It must not be recorded before a day
    Delayed,
    /// The operator examines it
    UnderExamination,
    /// Done
    Recorded,
    /// Refused
    Refused,
    /// Withdrawn by the applicant
    Withdrawn,
    /// Not paid or not completed in time
    Lapsed,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum NextArg {
    /// Whoever applied
    Applicant,
    /// The transferee
    Transferee,
    /// The operator
    Operator,
}

/// The name of a value as the command line and the registry write it.
pub(super) fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Runs one of them.
pub async fn run(context: &Context, command: ApplicationCommand) -> Result<Reply, Failure> {
    let (body, args) = match command {
        ApplicationCommand::List(args) => return filtered(context, filter(&args)).await,
        ApplicationCommand::Queue { overdue } => {
            let filter = wire::ListApplicationsRequest {
                next: "operator".to_owned(),
                overdue_only: overdue,
                ..Default::default()
            };
            return filtered(context, filter).await;
        }
        ApplicationCommand::Show { application } => {
            let client = context.connect().await?;
            let found = client.application(application).await?;
            let commitments = commitments(&client, application).await?;
            let mut json = to_json(&found);
            let digests = commitments
                .iter()
                .map(|(name, digest)| json!({ "what": name, "commitment": digest }));
            json["commitments"] = digests.collect();
            return Ok(Reply::new(json, one(&found, commitments)));
        }
        ApplicationCommand::Complete { application, attachment, act } => {
            let application = EntryIndex::new(application);
            (Body::CompleteApplication { application, attachments: attachment }, act)
        }
        ApplicationCommand::Withdraw { application, reason, act } => {
            let application = EntryIndex::new(application);
            (Body::WithdrawApplication { application, reason }, act)
        }
        ApplicationCommand::Record { application, act } => {
            (Body::RecordApplication { application: EntryIndex::new(application) }, act)
        }
        ApplicationCommand::RequestCompletion { application, missing, due, act } => {
            let application = EntryIndex::new(application);
            (Body::RequestCompletion { application, items: missing, due }, act)
        }
        ApplicationCommand::Refuse { application, ground, explanation, act } => {
            let application = EntryIndex::new(application);
            (Body::RefuseApplication { application, ground, explanation }, act)
        }
        ApplicationCommand::Lapse { application, act } => {
            (Body::LapseApplication { application: EntryIndex::new(application) }, act)
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, Vec::new()).await
}

/// The registry's reason where there is nothing that the caller may see.
const ABSENT: &str = "ABSENT";

/// What an application commits to. Its entry may hold what concerns others, and is then
/// not shown.
async fn commitments(
    client: &RegistryClient,
    application: u64,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let entry = match client.entry(application).await {
        Err(ClientError::Refused(refusal)) if refusal.reason == ABSENT => return Ok(Vec::new()),
        answer => answer?,
    };
    let entry = SealedEntry::open(entry.entry)
        .map_err(|_| ClientError::Malformed { what: "the entry's bytes" })?;
    Ok(super::look::commitments(&entry))
}

fn filter(args: &ListArgs) -> wire::ListApplicationsRequest {
    wire::ListApplicationsRequest {
        kind: args.kind.map(word).unwrap_or_default(),
        // The registry writes its words apart.
        status: args.status.map(word).unwrap_or_default().replace('-', " "),
        account: args.mine.map_or(0, AccountNumber::get),
        next: args.next.map(word).unwrap_or_default(),
        overdue_only: args.overdue,
        ..Default::default()
    }
}

async fn filtered(
    context: &Context,
    filter: wire::ListApplicationsRequest,
) -> Result<Reply, Failure> {
    let found = context.connect().await?.applications(filter).await?;
    let count = |c: &wire::ApplicationCount| -> Value {
        json!({ "kind": c.kind, "status": c.status, "count": c.count })
    };
    let json = json!({
        "applications": found.applications.iter().map(to_json).collect::<Vec<_>>(),
        "counts": found.counts.iter().map(count).collect::<Vec<_>>(),
        "total": found.total,
    });
    Ok(Reply::new(json, list(&found)))
}

fn list(found: &Applications) -> String {
    let columns = [
        Column::Right("application"),
        Column::Left("kind"),
        Column::Left("status"),
        Column::Right("due (yen)"),
        Column::Left("next to act"),
        Column::Left("received"),
        Column::Left("until"),
        Column::Left("applicant"),
        Column::Left("what"),
    ];
    let row = |a: &wire::Application| {
        vec![
            a.entry.to_string(),
            a.kind.clone(),
            a.status.clone(),
            grouped(a.fee_yen.saturating_sub(a.settled_yen)),
            a.next.clone(),
            day(a.received_ms),
            until(a),
            a.applicant.clone(),
            a.summary.clone(),
        ]
    };
    let mut text = table(&columns, found.applications.iter().map(row));
    if !found.counts.is_empty() {
        let rows = found
            .counts
            .iter()
            .map(|c| vec![c.kind.clone(), c.status.clone(), grouped(c.count)])
            .chain([vec!["all".to_owned(), String::new(), grouped(found.total)]]);
        let columns = [Column::Left("kind"), Column::Left("status"), Column::Right("count")];
        text += &format!("\n\n{}", table(&columns, rows));
    }
    text
}

/// The day that comes next for it, and whether it has passed.
fn until(a: &wire::Application) -> String {
    let day = match a.status.as_str() {
        "incomplete" => &a.completion_due,
        "awaiting payment" => &a.payment_due,
        "delayed" => &a.not_before,
        _ => &a.examination_due,
    };
    match (day.as_str(), a.overdue) {
        ("", true) => "OVERDUE".to_owned(),
        (day, true) => format!("{day} OVERDUE"),
        (day, false) => day.to_owned(),
    }
}

fn day(ms: u64) -> String {
    Timestamp::from_ms(ms).map_or_else(String::new, |time| time.date_in_japan().to_string())
}

fn some(text: &String) -> Option<&String> {
    (!text.is_empty()).then_some(text)
}

fn to_json(a: &wire::Application) -> Value {
    let entry = |entry: u64| (entry != 0).then_some(entry);
    json!({
        "entry": a.entry,
        "kind": a.kind,
        "status": a.status,
        "fee_yen": a.fee_yen,
        "fee_ground": a.fee_ground,
        "settled_yen": a.settled_yen,
        "refunded_yen": a.refunded_yen,
        "next": some(&a.next),
        "received_ms": a.received_ms,
        "account": (a.account != 0).then_some(a.account),
        "applicant": a.applicant,
        "summary": a.summary,
        "closed_entry": entry(a.closed_entry),
        "ground": some(&a.ground),
        "invoice_reference": some(&a.invoice_reference),
        "missing": a.missing,
        "completion_due": some(&a.completion_due),
        "payment_due": some(&a.payment_due),
        "examination_due": some(&a.examination_due),
        "not_before": some(&a.not_before),
        "calendar_note": some(&a.calendar_note),
        "overdue": a.overdue,
        "restriction": entry(a.restriction),
        "payment_proofs": a.payment_proofs,
    })
}

fn one(a: &wire::Application, commitments: Vec<(&'static str, String)>) -> String {
    let received = Timestamp::from_ms(a.received_ms);
    let mut lines = vec![
        ("application", a.entry.to_string()),
        ("kind", a.kind.clone()),
        ("status", a.status.clone()),
        ("applicant", a.applicant.clone()),
        ("what", a.summary.clone()),
        ("fee", format!("{} yen ({})", grouped(a.fee_yen), a.fee_ground)),
        ("settled", format!("{} yen", grouped(a.settled_yen))),
        ("received", received.map_or_else(String::new, |time| time.to_string())),
    ];
    if a.refunded_yen != 0 {
        lines.push(("refunded", format!("{} yen", grouped(a.refunded_yen))));
    }
    for (name, value) in [
        ("next to act", &a.next),
        ("reference for the transfer", &a.invoice_reference),
        ("to be paid until", &a.payment_due),
        ("to be completed until", &a.completion_due),
        ("examined until", &a.examination_due),
        ("not recorded before", &a.not_before),
        ("days", &a.calendar_note),
        ("ground", &a.ground),
    ] {
        lines.extend(some(value).map(|value| (name, value.clone())));
    }
    lines.extend(a.missing.iter().map(|item| ("missing", item.clone())));
    lines.extend(a.payment_proofs.iter().map(|digest| ("proof of payment", digest.clone())));
    if a.overdue {
        lines.push(("overdue", "yes".to_owned()));
    }
    if a.restriction != 0 {
        lines.push(("restriction", format!("entry {}", a.restriction)));
    }
    if a.closed_entry != 0 {
        lines.push(("closed by entry", a.closed_entry.to_string()));
    }
    lines.extend(commitments);
    pairs(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_in_the_registry_s_words() {
        let args = ListArgs {
            mine: AccountNumber::new(1001),
            kind: Some(KindArg::Closing),
            status: Some(StatusArg::UnderExamination),
            next: Some(NextArg::Transferee),
            overdue: true,
        };
        let filter = filter(&args);
        let words = (filter.kind.as_str(), filter.status.as_str(), filter.next.as_str());
        assert_eq!(words, ("closing", "under examination", "transferee"));
        assert_eq!((filter.account, filter.overdue_only), (1001, true));
    }

    #[test]
    fn the_day_that_counts_is_the_one_of_the_status() {
        let mut a = wire::Application {
            status: "awaiting payment".to_owned(),
            payment_due: "2026-05-01".to_owned(),
            completion_due: "2026-06-01".to_owned(),
            ..wire::Application::default()
        };
        assert_eq!(until(&a), "2026-05-01");
        a.overdue = true;
        assert_eq!(until(&a), "2026-05-01 OVERDUE");
        a.status = "incomplete".to_owned();
        assert_eq!(until(&a), "2026-06-01 OVERDUE");
    }
}

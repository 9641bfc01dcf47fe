//! Trusts over units (Cabinet Order, arts. 11 to 19).

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::files::{self, trust};
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::Context;
use clap::{Args, Subcommand};
use jcm_client::wire;
use jcm_format::command::{Body, TrustRequest};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::{SerialRange, SerialRanges};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Trusts: apply, record a court's commission, list.
#[derive(Debug, Subcommand)]
pub enum TrustCommand {
    /// Apply for a matter of trust without a transfer
    #[command(subcommand)]
    Apply(ApplyCommand),
    /// Record what a court commissions (Cabinet Order, arts. 17, 18), as two operators
    #[command(
        after_help = "Example:\n  jcm trust commission 70 commission.toml --key operator-07.key --key operator-08.key\n\nThe file is described in docs/cli.md; it has a table [commission]."
    )]
    Commission {
        /// The entry that recorded the trust
        #[arg(value_parser = parse::number::<u64>)]
        trust: u64,
        /// The trust as it is now, and the commission
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List trusts
    #[command(after_help = "Example:\n  jcm trust list --account JP-0001001-05")]
    List {
        /// Of this account only
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountNumber>,
    },
}

/// What to apply for. A transfer with a trust is `jcm transfer apply --trust-record`.
#[derive(Debug, Subcommand)]
pub enum ApplyCommand {
    /// Units of the account are trust property
    #[command(
        after_help = "Example:\n  jcm trust apply record JP-0001001-05 trust.toml --range 7:1-500 --key representative.key\n\nThe file is described in docs/cli.md."
    )]
    Record {
        /// The trustee's account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// The trust
        file: PathBuf,
        /// The units, as block:first-last; may be repeated
        #[arg(long, required = true)]
        range: Vec<SerialRange>,
        /// In whose place.
        #[command(flatten)]
        place: Place,
    },
    /// Units become the trustee's own (Cabinet Order, art. 14(1)(iii))
    #[command(
        after_help = "Example:\n  jcm trust apply delete JP-0001001-05 --range 7:1-500 --evidence deed.pdf \\\n    --beneficiaries application.pdf --key representative.key"
    )]
    Delete {
        /// The trustee's account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// The units, as block:first-last; may be repeated
        #[arg(long, required = true)]
        range: Vec<SerialRange>,
        /// The document that proves the cause: a file, or sha256:<hex>
        #[arg(long, value_name = "FILE", value_parser = parse::document)]
        evidence: Digest,
        /// The beneficiaries' application: a file, or sha256:<hex>
        #[arg(long, value_name = "FILE", value_parser = parse::document)]
        beneficiaries: Digest,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// The trust's items have changed (Cabinet Order, art. 19)
    #[command(
        after_help = "Example:\n  jcm trust apply amend JP-0001001-05 70 trust.toml --key representative.key"
    )]
    Amend {
        /// The trustee's account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// The entry that recorded the trust
        #[arg(value_parser = parse::number::<u64>)]
        trust: u64,
        /// The trust as it is now
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Who applies.
#[derive(Debug, Args)]
pub struct Place {
    /// A beneficiary or settlor applies in the trustee's place (Cabinet Order, art. 12), through
    /// an operator: the document that proves the cause, a file or sha256:<hex>
    #[arg(long, value_name = "FILE", value_parser = parse::document)]
    subrogation: Option<Digest>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Runs one of them.
pub async fn run(context: &Context, command: TrustCommand) -> Result<Reply, Failure> {
    match command {
        TrustCommand::Apply(command) => apply(context, command).await,
        TrustCommand::Commission { trust, file, act: args } => {
            let read = read(&file)?;
            let commission = read.commission.ok_or_else(|| {
                Failure::usage(
                    format!("{}: commission is missing", file.display()),
                    "Give the table [commission] with court and reference; docs/cli.md shows it.",
                )
            })?;
            let trust = EntryIndex::new(trust);
            let body = Body::RecordCommission { trust, terms: read.terms, commission };
            let mut session = context.open().await?;
            act(context, &mut session, &args, body, vec![read.details]).await
        }
        TrustCommand::List { account } => {
            let account = account.map_or(0, AccountNumber::get);
            let trusts = context.connect().await?.trusts(account).await?.trusts;
            Ok(Reply::new(trusts.iter().map(to_json).collect(), list(&trusts)))
        }
    }
}

async fn apply(context: &Context, command: ApplyCommand) -> Result<Reply, Failure> {
    let (account, request, subrogation, private, args) = match command {
        ApplyCommand::Record { account, file, range, place } => {
            let trust = read(&file)?;
            let request = TrustRequest::Record { ranges: ranges(range)?, terms: trust.terms };
            (account, request, place.subrogation, vec![trust.details], place.act)
        }
        ApplyCommand::Delete { account, range, evidence, beneficiaries, act } => {
            let ranges = ranges(range)?;
            let request = TrustRequest::Delete { ranges, evidence, beneficiaries };
            (account, request, None, Vec::new(), act)
        }
        ApplyCommand::Amend { account, trust, file, act } => {
            let read = read(&file)?;
            let request = TrustRequest::Amend { trust: EntryIndex::new(trust), terms: read.terms };
            (account, request, None, vec![read.details], act)
        }
    };
    let body = Body::ApplyTrust { account, request, subrogation };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, private).await
}

fn read(path: &Path) -> Result<trust::Trust, Failure> {
    files::read(path, "a trust", |folder, file| trust::read(folder, &file))
}

/// Ranges in the order of a command.
pub(super) fn ranges(mut ranges: Vec<SerialRange>) -> Result<SerialRanges, Failure> {
    ranges.sort_unstable();
    SerialRanges::new(ranges)
        .map_err(|error| Failure::usage(format!("--range: {error}"), "Name each unit once."))
}

/// Ranges in one line, as the registry gives them.
pub(super) fn range_texts(ranges: &[wire::Range]) -> Vec<String> {
    ranges.iter().map(|r| format!("{}:{}-{}", r.block, r.first, r.last)).collect()
}

fn tonnes(ranges: &[wire::Range]) -> u64 {
    ranges.iter().map(|range| (range.last + 1).saturating_sub(range.first)).sum()
}

fn to_json(trust: &wire::TrustRecord) -> Value {
    json!({
        "entry": trust.entry,
        "account": trust.account,
        "ranges": range_texts(&trust.ranges),
        "quantity_tonnes": tonnes(&trust.ranges),
        "details_commitment": trust.details_commitment,
        "beneficiary_certificates": trust.beneficiary_certificates,
        "without_beneficiaries": trust.without_beneficiaries,
        "public_interest": trust.public_interest,
        "trustee_dismissed": trust.trustee_dismissed,
    })
}

fn list(trusts: &[wire::TrustRecord]) -> String {
    let columns = [
        Column::Right("trust"),
        Column::Left("account"),
        Column::Right("tonnes"),
        Column::Left("units"),
        Column::Left("kind"),
        Column::Left("trustee"),
        Column::Left("details (committed)"),
    ];
    let row = |trust: &wire::TrustRecord| {
        let kinds = [
            (trust.beneficiary_certificates, "certificates"),
            (trust.without_beneficiaries, "without beneficiaries"),
            (trust.public_interest, "public interest"),
        ];
        let kinds: Vec<_> = kinds.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
        let account = AccountNumber::new(trust.account);
        vec![
            trust.entry.to_string(),
            account.map_or_else(String::new, |account| account.to_string()),
            grouped(tonnes(&trust.ranges)),
            range_texts(&trust.ranges).join(" "),
            kinds.join(", "),
            if trust.trustee_dismissed { "dismissed" } else { "in office" }.to_owned(),
            trust.details_commitment.clone(),
        ]
    };
    table(&columns, trusts.iter().map(row))
}

//! Restrictions on disposal (Cabinet Order, art. 10; registry ordinance, art. 7).

use super::trust::{range_texts, ranges};
use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::command::{Body, Restriction, RestrictionGround};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::text::Text;
use serde_json::{Value, json};

/// Restrictions: record, release, list.
#[derive(Debug, Subcommand)]
pub enum RestrictionCommand {
    /// Record a restriction, as two operators
    #[command(
        after_help = "Example:\n  jcm restriction record JP-0001001-05 --range 7:1-500 --ground court-order \\\n    --authority '東京地方裁判所' --reference '令和8年(ヨ)第12号' --document order.pdf \\\n    --key operator-07.key --key operator-08.key\n\nWithout --range whatever the account holds is restricted, now and later."
    )]
    Record(Box<RecordArgs>),
    /// Release a restriction, as two operators
    #[command(
        after_help = "Example:\n  jcm restriction release 80 --reference '令和8年(ヲ)第3号' --document release.pdf \\\n    --key operator-07.key --key operator-08.key"
    )]
    Release {
        /// The entry that recorded the restriction
        #[arg(value_parser = parse::number::<u64>)]
        restriction: u64,
        /// Reference of the release
        #[arg(long, value_parser = parse::text)]
        reference: Text,
        /// The document, of which the digest is recorded: a file, or sha256:<hex>
        #[arg(long, value_name = "FILE", value_parser = parse::document)]
        document: Digest,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List restrictions that are not released
    #[command(after_help = "Example:\n  jcm restriction list --account JP-0001001-05")]
    List {
        /// Of this account only
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountNumber>,
    },
}

/// What is restricted, and why.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// Only these units, as block:first-last; may be repeated
    #[arg(long)]
    range: Vec<SerialRange>,
    /// On what it rests
    #[arg(long)]
    ground: GroundArg,
    /// The court or authority
    #[arg(long, value_parser = parse::text)]
    authority: Text,
    /// Its reference
    #[arg(long, value_parser = parse::text)]
    reference: Text,
    /// The order, of which the digest is recorded: a file, or sha256:<hex>
    #[arg(long, value_name = "FILE", value_parser = parse::document)]
    document: Digest,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// On what a restriction rests.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum GroundArg {
    /// An order of a court or of an authority that enforces a claim
    CourtOrder,
    /// Registry ordinance, art. 7(1)(ii): an evident error in the record
    EvidentError,
    /// Art. 7(1)(iii): a wrongful act or grave breach of law
    Irregularity,
    /// Art. 7(1)(iv): the holder broke the law
    Violation,
}

impl From<GroundArg> for RestrictionGround {
    fn from(ground: GroundArg) -> RestrictionGround {
        match ground {
            GroundArg::CourtOrder => RestrictionGround::CourtOrder,
            GroundArg::EvidentError => RestrictionGround::EvidentError,
            GroundArg::Irregularity => RestrictionGround::Irregularity,
            GroundArg::Violation => RestrictionGround::Violation,
        }
    }
}

/// Runs one of them.
pub async fn run(context: &Context, command: RestrictionCommand) -> Result<Reply, Failure> {
    let (body, args) = match command {
        RestrictionCommand::List { account } => {
            let account = account.map_or(0, AccountNumber::get);
            let found = context.connect().await?.restrictions(account).await?.restrictions;
            return Ok(Reply::new(found.iter().map(to_json).collect(), list(&found)));
        }
        RestrictionCommand::Record(args) => {
            let args = *args;
            let some = !args.range.is_empty();
            let restriction = Restriction {
                account: args.account,
                ranges: some.then(|| ranges(args.range)).transpose()?,
                ground: args.ground.into(),
                authority: args.authority,
                reference: args.reference,
                document: args.document,
            };
            (Body::RecordRestriction(restriction), args.act)
        }
        RestrictionCommand::Release { restriction, reference, document, act } => {
            let restriction = EntryIndex::new(restriction);
            (Body::ReleaseRestriction { restriction, reference, document }, act)
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, Vec::new()).await
}

fn to_json(restriction: &wire::RestrictionRecord) -> Value {
    json!({
        "entry": restriction.entry,
        "account": restriction.account,
        "ranges": range_texts(&restriction.ranges),
        "ground": restriction.ground,
        "authority": restriction.authority,
        "reference": restriction.reference,
    })
}

fn list(found: &[wire::RestrictionRecord]) -> String {
    let columns = [
        Column::Right("restriction"),
        Column::Left("account"),
        Column::Left("units"),
        Column::Left("ground"),
        Column::Left("authority"),
        Column::Left("reference"),
    ];
    let row = |restriction: &wire::RestrictionRecord| {
        let account = AccountNumber::new(restriction.account);
        let units = match restriction.ranges.is_empty() {
            true => "whatever it holds".to_owned(),
            false => range_texts(&restriction.ranges).join(" "),
        };
        vec![
            restriction.entry.to_string(),
            account.map_or_else(String::new, |account| account.to_string()),
            units,
            restriction.ground.clone(),
            restriction.authority.clone(),
            restriction.reference.clone(),
        ]
    };
    table(&columns, found.iter().map(row))
}

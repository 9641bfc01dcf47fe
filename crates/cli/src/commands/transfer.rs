//! Transfers, retirement (無効化) and cancellation (取消し).

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::parse;
use crate::picker::{Choice, Stretch, pick};
use crate::reply::Reply;
use crate::session::{Context, Session};
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::ClientError;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Body, Purpose, TransferTerms, Use, UseKind};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::Text;
use jcm_format::time::Year;

/// Reductions before this year cannot serve the NDC.
const RETIREMENT_VINTAGE_MIN: u32 = 2021;

/// Transfers: apply, record.
#[derive(Debug, Subcommand)]
pub enum TransferCommand {
    /// Apply for a transfer to another account
    #[command(
        after_help = "Example:\n  jcm transfer apply --from JP-0001001-05 --to JP-0001002-02 --quantity 1,000 \\\n    --fee-payment 40 --key representative.key\n\nWithout --fee-payment an application with a fee waits for its payment."
    )]
    Apply(Box<ApplyArgs>),
    /// Record a transfer whose application waited
    #[command(after_help = "Example:\n  jcm transfer record 42 --key operator-07.key")]
    Record {
        /// The entry that recorded the application
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Which units, from where.
#[derive(Debug, Args)]
pub struct Units {
    /// The account that is debited
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    from: AccountNumber,
    /// How many tonnes: the oldest vintage first, then the lowest block
    #[arg(long, value_name = "TONNES", value_parser = parse::tonnes,
        required_unless_present = "range", conflicts_with = "range")]
    quantity: Option<Tonnes>,
    /// Exactly these units, as block:first-last; may be repeated
    #[arg(long, value_name = "RANGE")]
    range: Vec<SerialRange>,
    /// With --quantity: of this vintage only
    #[arg(long, value_name = "YEAR", requires = "quantity")]
    vintage: Option<u32>,
    /// With --quantity: of class C, which never mixes with others
    #[arg(long, requires = "quantity")]
    class_c: bool,
    /// Declare the transfer to a government account free of charge, which waives the fee
    #[arg(long)]
    gratuitous: bool,
    /// The entry of a payment to draw the fee from
    #[arg(long, value_name = "PAYMENT")]
    fee_payment: Option<u64>,
}

/// A transfer to another account.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The account that is credited, with its check digits
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::checked_account)]
    to: AccountNumber,
    /// Which units.
    #[command(flatten)]
    units: Units,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// A retirement or cancellation: the account is looked up.
#[derive(Debug, Args)]
pub struct SinkArgs {
    /// Which units.
    #[command(flatten)]
    units: Units,
    /// What it serves
    #[arg(long = "use", value_name = "USE")]
    use_: Option<UseArg>,
    /// Fiscal year of the report that it serves
    #[arg(long, value_parser = parse::year, requires = "use_")]
    year: Option<Year>,
    /// In whose favour; without it, the applicant's
    #[arg(long, value_parser = parse::text, requires = "use_")]
    beneficiary: Option<Text>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// What a retirement or cancellation serves.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum UseArg {
    /// Japan's NDC, without a report of one's own
    Ndc,
    /// Accounting and reporting under the Act (SHK)
    Shk,
    /// The emissions trading system (GX-ETS)
    GxEts,
    /// A voluntary claim
    Voluntary,
    /// Other international mitigation purposes, such as CORSIA
    InternationalMitigation,
    /// Anything else
    Other,
}

/// Runs one of them.
pub async fn run(context: &Context, command: TransferCommand) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    match command {
        TransferCommand::Apply(args) => {
            let ApplyArgs { to, units, act: act_args } = *args;
            let body = body(&session, &units, to, Purpose::Other, None).await?;
            act(context, &mut session, &act_args, body, Vec::new()).await
        }
        TransferCommand::Record { application, act: args } => {
            let body = Body::RecordTransfer { application: EntryIndex::new(application) };
            act(context, &mut session, &args, body, Vec::new()).await
        }
    }
}

/// Retires or cancels.
pub async fn sink(context: &Context, args: SinkArgs, purpose: Purpose) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let account = sink_account(&session, purpose).await?;
    let use_ = args.use_.map(|kind| Use {
        kind: kind.into(),
        reporting_year: args.year,
        beneficiary: args.beneficiary,
    });
    let body = body(&session, &args.units, account, purpose, use_).await?;
    act(context, &mut session, &args.act, body, Vec::new()).await
}

async fn body(
    session: &Session,
    units: &Units,
    destination: AccountNumber,
    purpose: Purpose,
    use_: Option<Use>,
) -> Result<Body, Failure> {
    if let Some(holder) = holder(session, destination).await? {
        eprintln!("to: {holder}");
    }
    let terms = TransferTerms {
        source: units.from,
        destination,
        ranges: ranges(session, units, purpose).await?,
        purpose,
        gratuitous: units.gratuitous,
        use_,
    };
    Ok(Body::ApplyTransfer { terms, fee_payment: units.fee_payment.map(EntryIndex::new) })
}

/// Whom a person would recognise.
async fn holder(session: &Session, account: AccountNumber) -> Result<Option<String>, Failure> {
    let account = session.client.account(account.get()).await?;
    let name = account.holder.map(|holder| format!("{} {}", holder.name_ja, holder.name_en));
    let name = name.unwrap_or_else(|| format!("the {} account", account.category));
    Ok(Some(format!("{} ({})", account.number, name.trim())))
}

async fn ranges(
    session: &Session,
    units: &Units,
    purpose: Purpose,
) -> Result<SerialRanges, Failure> {
    let Some(quantity) = units.quantity else {
        let mut ranges = units.range.clone();
        ranges.sort_unstable();
        return SerialRanges::new(ranges)
            .map_err(|error| Failure::usage(format!("--range: {error}"), "Name each unit once."));
    };
    let holdings = session.client.holdings(units.from.get()).await?;
    let stretches: Option<Vec<_>> = holdings.iter().map(Stretch::from_wire).collect();
    let stretches = stretches.ok_or(ClientError::Malformed { what: "a holding" })?;
    let retirement = purpose == Purpose::Retirement;
    let choice = Choice {
        vintage_min: if retirement { RETIREMENT_VINTAGE_MIN } else { 0 },
        vintage: units.vintage,
        class_c: units.class_c,
    };
    pick(&stretches, quantity, choice).map_err(|error| {
        let advice = format!("`jcm holdings {}` shows what the account holds.", units.from);
        Failure::usage(error.to_string(), advice)
    })
}

async fn sink_account(session: &Session, purpose: Purpose) -> Result<AccountNumber, Failure> {
    let category = purpose.to_string();
    let accounts = session.client.accounts().await?;
    let account = accounts.iter().find(|account| account.category == category);
    account
        .and_then(|account| AccountNumber::new(account.id))
        .ok_or_else(|| ClientError::Malformed { what: "the list of government accounts" }.into())
}

impl From<UseArg> for UseKind {
    fn from(kind: UseArg) -> UseKind {
        match kind {
            UseArg::Ndc => UseKind::Ndc,
            UseArg::Shk => UseKind::Shk,
            UseArg::GxEts => UseKind::GxEts,
            UseArg::Voluntary => UseKind::Voluntary,
            UseArg::InternationalMitigation => UseKind::InternationalMitigation,
            UseArg::Other => UseKind::Other,
        }
    }
}

//! Transfers, retirement (無効化) and cancellation (取消し).

use super::units;
use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::files::{self, trust};
use crate::parse;
use crate::picker::{self, Choice, Stretch, pick};
use crate::reply::Reply;
use crate::session::{Context, Session};
use crate::tell;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::{ClientError, PrivateValue};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Body, EntityRef, PaymentId, Person, Purpose, TransferTerms, TransferTrust, Use, UseDetails,
    UseKind,
};
use jcm_format::event::CreditClass;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex, ProjectRef};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::Text;
use jcm_format::time::Year;
use std::path::PathBuf;

/// Reductions before this year cannot serve the NDC.
const RETIREMENT_VINTAGE_MIN: u32 = 2021;

/// Transfers: apply, accept, record.
#[derive(Debug, Subcommand)]
pub enum TransferCommand {
    /// Apply for a transfer to another account
    #[command(
        after_help = "Example:\n  jcm transfer apply --from JP-0001001-05 --to JP-0001002-02 --quantity 1,000 \\\n    --fee-payment 40 --key representative.key\n  jcm transfer apply --from JP-0001001-05 --to JP-0001002-02 --quantity 1,000 \\\n    --project MN003 --from-vintage 2021 --trust-record trust.toml --key representative.key\n\nWithout --fee-payment an application with a fee waits for its payment."
    )]
    Apply(Box<ApplyArgs>),
    /// Consent to a transfer to one's own account, where that is awaited
    #[command(after_help = "Example:\n  jcm transfer accept 42 --key representative.key")]
    Accept {
        /// The entry that recorded the application
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Record a transfer whose application waited
    #[command(after_help = "Example:\n  jcm transfer record 42 --key operator-07.key")]
    Record {
        /// The entry that recorded the application
        #[arg(value_parser = parse::number::<u64>)]
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
    /// How to choose.
    #[command(flatten)]
    filter: Filter,
    /// Declare the transfer to a government account free of charge, which waives the fee
    #[arg(long)]
    gratuitous: bool,
    /// A payment to draw the fee from, such as 41, or 41/7 for a statement's line, recorded
    /// for the account that applies
    #[arg(long, value_name = "PAYMENT", value_parser = parse::payment)]
    fee_payment: Option<PaymentId>,
}

/// With a quantity: which units to choose from.
#[derive(Debug, Args)]
pub struct Filter {
    /// With --quantity: of this project only
    #[arg(long, value_parser = parse::project, requires = "quantity")]
    project: Option<ProjectRef>,
    /// With --quantity: of this class only; without it of any but C, which never mixes with others
    #[arg(long, value_parser = picker::class, requires = "quantity", value_name = "A|B1|B2|C")]
    class: Option<CreditClass>,
    /// With --quantity: of this vintage and later
    #[arg(long, value_name = "YEAR", value_parser = parse::year, requires = "quantity")]
    from_vintage: Option<Year>,
    /// With --quantity: of this vintage and earlier
    #[arg(long, value_name = "YEAR", value_parser = parse::year, requires = "quantity")]
    to_vintage: Option<Year>,
    /// With --quantity: of this vintage only
    #[arg(long, value_name = "YEAR", value_parser = parse::year, requires = "quantity",
        conflicts_with_all = ["from_vintage", "to_vintage"])]
    vintage: Option<Year>,
    /// The same as --class C
    #[arg(long, requires = "quantity", conflicts_with = "class")]
    class_c: bool,
}

impl Filter {
    fn choice(&self, purpose: Purpose, trust: bool) -> Choice {
        let year = |year: Year| u32::from(year.get());
        let first = self.vintage.or(self.from_vintage).map_or(0, year);
        let retirable = if purpose == Purpose::Retirement { RETIREMENT_VINTAGE_MIN } else { 0 };
        Choice {
            vintage_min: first.max(retirable),
            vintage_max: self.vintage.or(self.to_vintage).map_or(u32::MAX, year),
            project: self.project.clone(),
            class: if self.class_c { Some(CreditClass::C) } else { self.class },
            trust,
        }
    }
}

/// What is asked for of a trust together with the transfer (Cabinet Order, arts. 13,
/// 15 and 16).
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct TrustArgs {
    /// The units become trust property of the destination: the trust, as a file (docs/cli.md)
    #[arg(long, value_name = "FILE")]
    trust_record: Option<PathBuf>,
    /// The units leave the trust: the document that proves the cause, a file or sha256:<hex>
    #[arg(long, value_name = "DOCUMENT", value_parser = parse::document)]
    trust_delete: Option<Digest>,
    /// The destination becomes trustee, and the former one applies: the trust, as a file
    #[arg(long, value_name = "FILE")]
    new_trustee: Option<PathBuf>,
    /// The destination becomes trustee and applies itself (art. 16(2)): the trust, as a file
    #[arg(long, value_name = "FILE")]
    new_trustee_applies: Option<PathBuf>,
}

impl TrustArgs {
    /// What is stated, with the private data behind it.
    fn read(&self) -> Result<(Option<TransferTrust>, Vec<PrivateValue>), Failure> {
        let read = |path| files::read(path, "a trust", |folder, file| trust::read(folder, &file));
        if let Some(evidence) = self.trust_delete {
            return Ok((Some(TransferTrust::Delete(evidence)), Vec::new()));
        }
        let by_new_trustee = self.new_trustee_applies.is_some();
        let change = self.new_trustee.as_ref().or(self.new_trustee_applies.as_ref());
        let Some(path) = self.trust_record.as_ref().or(change) else {
            return Ok((None, Vec::new()));
        };
        let trust::Trust { terms, details, .. } = read(path)?;
        let stated = match self.trust_record {
            Some(_) => TransferTrust::Record(terms),
            None => TransferTrust::ChangeTrustee { terms, by_new_trustee },
        };
        Ok((Some(stated), vec![details]))
    }
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
    /// Whether a trust is concerned.
    #[command(flatten)]
    trust: TrustArgs,
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
    /// The number of the corporation in whose favour it is: JP:<corporate number>, or
    /// <country>:<number>
    #[arg(long, value_name = "NUMBER", value_parser = parse::person, requires = "use_")]
    beneficiary_number: Option<Person>,
    /// The entity that uses or cancels, as an authorisation names it: <country>:<number>
    #[arg(long, value_name = "NUMBER", value_parser = parse::entity, requires = "use_")]
    entity: Option<EntityRef>,
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
    /// International mitigation purposes (IMP), such as CORSIA
    InternationalMitigation,
    /// Other purposes under Article 6 (OP)
    OtherPurposes,
    /// Overall mitigation in global emissions (OMGE)
    Omge,
    /// Anything else
    Other,
}

/// Runs one of them.
pub async fn run(context: &Context, command: TransferCommand) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    match command {
        TransferCommand::Apply(args) => {
            let ApplyArgs { to, units, trust, act: act_args } = *args;
            let (stated, private) = trust.read()?;
            let terms = terms(&session, &units, to, Purpose::Other, stated.as_ref()).await?;
            let fee_payment = units.fee_payment;
            let body = Body::ApplyTransfer { terms, use_details: None, trust: stated, fee_payment };
            act(context, &mut session, &act_args, body, private).await
        }
        TransferCommand::Accept { application, act: args } => {
            let body = Body::AcceptTransfer { application: EntryIndex::new(application) };
            act(context, &mut session, &args, body, Vec::new()).await
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
    let terms = terms(&session, &args.units, account, purpose, None).await?;
    let terms = TransferTerms { use_, ..terms };
    if let Some(use_) = args.use_ {
        tell!("{}\n", units::eligibility_notice(&session, &terms, use_).await?);
    }
    let (beneficiary, entity) = (args.beneficiary_number, args.entity);
    let says_persons = beneficiary.is_some() || entity.is_some();
    let use_details = says_persons.then_some(UseDetails { beneficiary, entity });
    let fee_payment = args.units.fee_payment;
    let body = Body::ApplyTransfer { terms, use_details, trust: None, fee_payment };
    act(context, &mut session, &args.act, body, Vec::new()).await
}

async fn terms(
    session: &Session,
    units: &Units,
    destination: AccountNumber,
    purpose: Purpose,
    trust: Option<&TransferTrust>,
) -> Result<TransferTerms, Failure> {
    if let Some(holder) = holder(session, destination).await? {
        tell!("to: {holder}");
    }
    let leaves_trust =
        matches!(trust, Some(TransferTrust::Delete(_) | TransferTrust::ChangeTrustee { .. }));
    Ok(TransferTerms {
        source: units.from,
        destination,
        ranges: ranges(session, units, purpose, leaves_trust).await?,
        purpose,
        gratuitous: units.gratuitous,
        use_: None,
    })
}

/// Whom a person would recognise.
async fn holder(session: &Session, account: AccountNumber) -> Result<Option<String>, Failure> {
    // What everybody may know: whoever sends something there need not see the account.
    let published = session.client.publication(account.get()).await?;
    let government = published.government.iter().find(|it| it.id == account.get());
    let name = match (government, published.holders.first()) {
        (Some(government), _) => format!("the {} account", government.category),
        (None, Some(holder)) if holder.withheld => "an individual".to_owned(),
        (None, Some(holder)) => format!("{} {}", holder.name_ja, holder.name_en),
        // There is none: the registry says so when it is asked for the effect.
        (None, None) => return Ok(None),
    };
    Ok(Some(format!("{account} ({})", name.trim())))
}

async fn ranges(
    session: &Session,
    units: &Units,
    purpose: Purpose,
    trust: bool,
) -> Result<SerialRanges, Failure> {
    let Some(quantity) = units.quantity else {
        let mut ranges = units.range.clone();
        ranges.sort_unstable();
        return SerialRanges::new(ranges)
            .map_err(|error| Failure::usage(format!("--range: {error}"), "Name each unit once."));
    };
    let holdings = match session.client.holdings(units.from.get()).await {
        Err(ClientError::Refused(refusal)) if refusal.reason == ABSENT => {
            return Err(Failure::usage(
                format!("what account {} holds is not shown to this key", units.from),
                "Check the account number; units of another's account are named with --range.",
            ));
        }
        answer => answer?,
    };
    let stretches: Option<Vec<_>> = holdings.iter().map(Stretch::from_wire).collect();
    let stretches = stretches.ok_or(ClientError::Malformed { what: "a holding" })?;
    let choice = units.filter.choice(purpose, trust);
    pick(&stretches, quantity, &choice).map_err(|error| {
        let advice = format!("`jcm holdings {}` shows what the account holds.", units.from);
        Failure::usage(error.to_string(), advice)
    })
}

/// The registry's reason where there is nothing that the caller may see.
const ABSENT: &str = "ABSENT";

/// An account that every registry has: what is asked for are those beside it.
const GOVERNMENT: u32 = 1;

pub(super) async fn sink_account(
    session: &Session,
    purpose: Purpose,
) -> Result<AccountNumber, Failure> {
    let category = purpose.to_string();
    let published = session.client.publication(GOVERNMENT).await?;
    let account = published.government.iter().find(|account| account.category == category);
    account
        .and_then(|account| AccountNumber::new(account.id))
        .ok_or_else(|| ClientError::Malformed { what: "the list of government accounts" }.into())
}

impl UseArg {
    /// As the registry writes it.
    pub(super) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl From<UseArg> for UseKind {
    fn from(kind: UseArg) -> UseKind {
        match kind {
            UseArg::Ndc => UseKind::Ndc,
            UseArg::Shk => UseKind::Shk,
            UseArg::GxEts => UseKind::GxEts,
            UseArg::Voluntary => UseKind::Voluntary,
            UseArg::InternationalMitigation => UseKind::InternationalMitigation,
            UseArg::OtherPurposes => UseKind::OtherPurposes,
            UseArg::Omge => UseKind::Omge,
            UseArg::Other => UseKind::Other,
        }
    }
}

//! Authorisations under Article 6 of the Paris Agreement.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Authorisation, AuthorisedPurposes, Body, FirstTransferDefinition, Side};
use jcm_format::hash::Digest;
use jcm_format::id::{CooperativeApproach, Country, ProjectRef};
use jcm_format::text::Name;
use jcm_format::time::{Date, Year};
use serde_json::{Value, json};

/// Authorisations under Article 6: record, list.
#[derive(Debug, Subcommand)]
pub enum AuthorisationCommand {
    /// Record an authorisation: Japan's by two authorities, the partner's by its authority
    #[command(
        after_help = "Example:\n  jcm authorisation record JP-2026-01 --side japan --partner MN --approach CA0007 \\\n    --date 2026-04-01 --quantity 100,000 --vintages 2021-2030 --for ndc \\\n    --document letter.pdf --key a1.key --key a2.key"
    )]
    Record(Box<RecordArgs>),
    /// List authorisations
    #[command(after_help = "Example:\n  jcm authorisation list")]
    List,
}

/// What is authorised.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The authorising Party's own identifier
    #[arg(value_parser = parse::name)]
    id: Name,
    /// Who authorises
    #[arg(long)]
    side: SideArg,
    /// The partner country, on whichever side this stands
    #[arg(long, value_parser = parse::country)]
    partner: Country,
    /// The cooperative approach, such as CA0007
    #[arg(long)]
    approach: CooperativeApproach,
    /// Date of the authorisation, YYYY-MM-DD
    #[arg(long)]
    date: Date,
    /// The most that may be first transferred under it, in tonnes
    #[arg(long, value_name = "TONNES", value_parser = parse::tonnes)]
    quantity: Tonnes,
    /// Vintages covered, such as 2021-2030
    #[arg(long, value_name = "YEARS", value_parser = parse::years)]
    vintages: (Year, Year),
    /// Purposes: ndc, imp (international mitigation), op (other)
    #[arg(long = "for", value_name = "PURPOSE", value_delimiter = ',', required = true)]
    purposes: Vec<PurposeArg>,
    /// When units count as first transferred, for other purposes than the NDC
    #[arg(long, value_enum, default_value_t = FirstTransferArg::Authorisation)]
    first_transfer: FirstTransferArg,
    /// A project covered; without any, all in the partner country
    #[arg(long, value_parser = parse::project)]
    project: Vec<ProjectRef>,
    /// The document, of which the digest is recorded: a file, or sha256:<hex>
    #[arg(long, value_name = "FILE", value_parser = parse::document)]
    document: Digest,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Who authorises.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SideArg {
    /// Japan
    Japan,
    /// The partner country
    Partner,
}

/// For what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PurposeArg {
    /// Nationally determined contribution
    Ndc,
    /// International mitigation purposes
    Imp,
    /// Other purposes
    Op,
}

/// When units count as first transferred.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FirstTransferArg {
    /// At authorisation
    Authorisation,
    /// At issuance
    Issuance,
    /// At use or cancellation
    UseOrCancellation,
}

/// Runs one of them.
pub async fn run(context: &Context, command: AuthorisationCommand) -> Result<Reply, Failure> {
    match command {
        AuthorisationCommand::Record(args) => {
            let mut session = context.open().await?;
            let (body, act_args) = body(*args);
            act(context, &mut session, &act_args, body, Vec::new()).await
        }
        AuthorisationCommand::List => {
            let authorisations = context.connect().await?.authorisations().await?;
            Ok(Reply::new(authorisations.iter().map(to_json).collect(), list(&authorisations)))
        }
    }
}

fn body(args: RecordArgs) -> (Body, ActArgs) {
    let mut projects = args.project;
    projects.sort_unstable();
    projects.dedup();
    let authorisation = Authorisation {
        id: args.id,
        side: match args.side {
            SideArg::Japan => Side::Japan,
            SideArg::Partner => Side::Partner,
        },
        partner: args.partner,
        cooperative_approach: args.approach,
        date: args.date,
        quantity_tonnes: args.quantity,
        first_vintage: args.vintages.0,
        last_vintage: args.vintages.1,
        purposes: AuthorisedPurposes {
            ndc: args.purposes.contains(&PurposeArg::Ndc),
            imp: args.purposes.contains(&PurposeArg::Imp),
            op: args.purposes.contains(&PurposeArg::Op),
        },
        first_transfer: match args.first_transfer {
            FirstTransferArg::Authorisation => FirstTransferDefinition::Authorisation,
            FirstTransferArg::Issuance => FirstTransferDefinition::Issuance,
            FirstTransferArg::UseOrCancellation => FirstTransferDefinition::UseOrCancellation,
        },
        projects,
        document: args.document,
    };
    (Body::RecordAuthorisation { authorisation, details: None }, args.act)
}

fn to_json(a: &wire::Authorisation) -> Value {
    json!({
        "entry": a.entry,
        "id": a.id,
        "side": a.side,
        "partner": a.partner,
        "cooperative_approach": a.cooperative_approach,
        "date": a.date,
        "quantity_tonnes": a.quantity_tonnes,
        "used_tonnes": a.used_tonnes,
        "first_vintage": a.first_vintage,
        "last_vintage": a.last_vintage,
        "projects": a.projects,
    })
}

fn list(authorisations: &[wire::Authorisation]) -> String {
    let columns = [
        Column::Right("entry"),
        Column::Left("identifier"),
        Column::Left("side"),
        Column::Left("partner"),
        Column::Left("approach"),
        Column::Left("date"),
        Column::Right("tonnes"),
        Column::Right("used"),
        Column::Left("vintages"),
        Column::Left("projects"),
    ];
    let row = |a: &wire::Authorisation| {
        let projects = if a.projects.is_empty() { "all".to_owned() } else { a.projects.join(" ") };
        vec![
            a.entry.to_string(),
            a.id.clone(),
            a.side.clone(),
            a.partner.clone(),
            a.cooperative_approach.clone(),
            a.date.clone(),
            grouped(a.quantity_tonnes),
            grouped(a.used_tonnes),
            format!("{}-{}", a.first_vintage, a.last_vintage),
            projects,
        ]
    };
    table(&columns, authorisations.iter().map(row))
}

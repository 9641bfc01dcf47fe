//! Authorisations under Article 6 of the Paris Agreement.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::files;
use crate::parse;
use crate::reply::{Column, Reply, pairs, parsed, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Authorisation, AuthorisationChange, AuthorisationDetails, AuthorisationRevocation,
    AuthorisationTerms, AuthorisedPurposes, Body, FirstTransferDefinition, Side,
};
use jcm_format::hash::Digest;
use jcm_format::id::{CooperativeApproach, Country, EntryIndex, ProjectRef};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Year};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A change is never the first version.
const VERSION_OF_CHANGE_MIN: u32 = 2;

/// Authorisations under Article 6: record, change, revoke, list, show.
#[derive(Debug, Subcommand)]
pub enum AuthorisationCommand {
    /// Record an authorisation: Japan's by two authorities, the partner's by its authority
    #[command(
        after_help = "Example:\n  jcm authorisation record JP-2026-01 --side japan --partner MN --approach CA0007 \\\n    --date 2026-04-01 --quantity 100,000 --vintages 2021-2030 --for ndc \\\n    --document letter.pdf --details details.toml --key a1.key --key a2.key\n\nOnce rule data for Article 6 are adopted (`jcm article6 adopt`) the details are needed: a file\nthat docs/cli.md describes."
    )]
    Record(Box<RecordArgs>),
    /// Record a later version, as a whole; side, partner, identifier and approach stay
    #[command(
        after_help = "Example:\n  jcm authorisation change 20 --date 2027-04-01 --quantity 200,000 --vintages 2021-2030 \\\n    --for ndc,imp --document letter-2.pdf --details details-2.toml --key a1.key --key a2.key\n\nThe version's number is that of the file: one more than the version in force."
    )]
    Change(Box<ChangeArgs>),
    /// End an authorisation for good: nothing further is first transferred under it
    #[command(
        after_help = "Example:\n  jcm authorisation revoke 20 --date 2027-06-01 --document letter-3.pdf \\\n    --reason 'project ended' --key a1.key --key a2.key"
    )]
    Revoke(RevokeArgs),
    /// List authorisations
    #[command(after_help = "Example:\n  jcm authorisation list")]
    List,
    /// Show one authorisation, with its versions and everything that one of them says
    #[command(
        after_help = "Example:\n  jcm authorisation show 20\n  jcm authorisation show 20 --version 31"
    )]
    Show {
        /// The entry that recorded the first version
        #[arg(value_parser = parse::number::<u64>)]
        authorisation: u64,
        /// The entry of the version to show; without it, that of the last one
        #[arg(long, value_name = "ENTRY", default_value_t = 0, hide_default_value = true,
            value_parser = parse::number::<u64>)]
        version: u64,
    },
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
    /// What a version says.
    #[command(flatten)]
    terms: TermsArgs,
    /// Version, sectors, entities, terms and so on, as a file (docs/cli.md)
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// What every version says anew.
#[derive(Debug, Args)]
pub struct TermsArgs {
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
}

/// A later version.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The entry that recorded the first version
    #[arg(value_parser = parse::number::<u64>)]
    authorisation: u64,
    /// What the version says.
    #[command(flatten)]
    terms: TermsArgs,
    /// Version, sectors, entities, terms and so on, as a file (docs/cli.md)
    #[arg(long, value_name = "FILE")]
    details: PathBuf,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// The end of an authorisation.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The entry that recorded the first version
    #[arg(value_parser = parse::number::<u64>)]
    authorisation: u64,
    /// Date of the revocation, YYYY-MM-DD
    #[arg(long)]
    date: Date,
    /// The document, of which the digest is recorded: a file, or sha256:<hex>
    #[arg(long, value_name = "FILE", value_parser = parse::document)]
    document: Digest,
    /// Why
    #[arg(long, value_parser = parse::text)]
    reason: Text,
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
    let (body, act_args) = match command {
        AuthorisationCommand::Record(args) => recorded(*args)?,
        AuthorisationCommand::Change(args) => changed(*args)?,
        AuthorisationCommand::Revoke(args) => revoked(args),
        AuthorisationCommand::List => {
            let authorisations = context.connect().await?.authorisations().await?;
            let json = authorisations.iter().map(to_json).collect();
            return Ok(Reply::new(json, list(&authorisations)));
        }
        AuthorisationCommand::Show { authorisation, version } => {
            return show(context, authorisation, version).await;
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &act_args, body, Vec::new()).await
}

fn recorded(args: RecordArgs) -> Result<(Body, ActArgs), Failure> {
    let terms = terms(args.terms);
    let authorisation = Authorisation {
        id: args.id,
        side: match args.side {
            SideArg::Japan => Side::Japan,
            SideArg::Partner => Side::Partner,
        },
        partner: args.partner,
        cooperative_approach: args.approach,
        date: terms.date,
        quantity_tonnes: terms.quantity_tonnes,
        first_vintage: terms.first_vintage,
        last_vintage: terms.last_vintage,
        purposes: terms.purposes,
        first_transfer: terms.first_transfer,
        projects: terms.projects,
        document: terms.document,
    };
    let details = args.details.as_deref().map(details).transpose()?;
    Ok((Body::RecordAuthorisation { authorisation, details }, args.act))
}

fn changed(args: ChangeArgs) -> Result<(Body, ActArgs), Failure> {
    let details = details(&args.details)?;
    if details.version < VERSION_OF_CHANGE_MIN {
        let entry = args.authorisation;
        return Err(Failure::usage(
            format!(
                "{}: version: {} is the first version",
                args.details.display(),
                details.version
            ),
            format!(
                "Number it one above the version in force; `jcm authorisation show {entry}` shows it."
            ),
        ));
    }
    let change = AuthorisationChange {
        authorisation: EntryIndex::new(args.authorisation),
        terms: terms(args.terms),
        details,
    };
    Ok((Body::ChangeAuthorisation(change), args.act))
}

fn revoked(args: RevokeArgs) -> (Body, ActArgs) {
    let revocation = AuthorisationRevocation {
        authorisation: EntryIndex::new(args.authorisation),
        date: args.date,
        document: args.document,
    };
    (Body::RevokeAuthorisation { revocation, reason: args.reason }, args.act)
}

fn details(path: &Path) -> Result<AuthorisationDetails, Failure> {
    files::read(path, "the details of an authorisation", |_, file| {
        files::authorisation::read(&file)
    })
}

fn terms(args: TermsArgs) -> AuthorisationTerms {
    let mut projects = args.project;
    projects.sort_unstable();
    projects.dedup();
    AuthorisationTerms {
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
    }
}

fn to_json(a: &wire::Authorisation) -> Value {
    let version = |v: &wire::AuthorisationVersion| -> Value {
        json!({
            "entry": v.entry,
            "version": v.version,
            "date": v.date,
            "quantity_tonnes": v.quantity_tonnes,
            "first_vintage": v.first_vintage,
            "last_vintage": v.last_vintage,
            "purposes": v.purposes,
        })
    };
    json!({
        "entry": a.entry,
        "id": a.id,
        "party": a.party,
        "side": a.side,
        "partner": a.partner,
        "cooperative_approach": a.cooperative_approach,
        "status": a.status,
        "version": a.version,
        "version_entry": a.version_entry,
        "date": a.date,
        "quantity_tonnes": a.quantity_tonnes,
        "used_tonnes": a.used_tonnes,
        "left_tonnes": a.left_tonnes,
        "first_vintage": a.first_vintage,
        "last_vintage": a.last_vintage,
        "purposes": a.purposes,
        "first_transfer": a.first_transfer,
        "projects": a.projects,
        "changes_reach_first_transferred": a.changes_reach_first_transferred,
        "revoked_entry": (a.revoked_entry != 0).then_some(a.revoked_entry),
        "revoked_on": (!a.revoked_on.is_empty()).then_some(&a.revoked_on),
        "version_count": a.version_count,
        "versions": a.versions.iter().map(version).collect::<Vec<_>>(),
    })
}

fn list(authorisations: &[wire::Authorisation]) -> String {
    let columns = [
        Column::Right("entry"),
        Column::Left("identifier"),
        Column::Left("Party"),
        Column::Left("partner"),
        Column::Left("approach"),
        Column::Left("status"),
        Column::Right("version"),
        Column::Left("date"),
        Column::Right("tonnes"),
        Column::Right("first transferred"),
        Column::Right("left"),
        Column::Left("for"),
        Column::Left("vintages"),
        Column::Left("projects"),
    ];
    let row = |a: &wire::Authorisation| {
        vec![
            a.entry.to_string(),
            a.id.clone(),
            a.party.clone(),
            a.partner.clone(),
            a.cooperative_approach.clone(),
            a.status.clone(),
            a.version.to_string(),
            a.date.clone(),
            grouped(a.quantity_tonnes),
            grouped(a.used_tonnes),
            grouped(a.left_tonnes),
            a.purposes.join(" "),
            format!("{}-{}", a.first_vintage, a.last_vintage),
            projects(a),
        ]
    };
    table(&columns, authorisations.iter().map(row))
}

fn projects(a: &wire::Authorisation) -> String {
    if a.projects.is_empty() { "all".to_owned() } else { a.projects.join(" ") }
}

async fn show(context: &Context, entry: u64, version: u64) -> Result<Reply, Failure> {
    let answer = context.connect().await?.authorisation(entry, version).await?;
    let found = answer.authorisation.unwrap_or_default();
    let terms = parsed(&answer.terms_json, "the terms of an authorisation")?;
    let details = match answer.details_json.as_str() {
        "" => Value::Null,
        json => parsed(json, "the details of an authorisation")?,
    };
    let reach = if found.changes_reach_first_transferred { "yes" } else { "no" };
    let mut head = vec![
        ("authorisation", format!("{} of {}, entry {}", found.id, found.party, found.entry)),
        ("partner, approach", format!("{}, {}", found.partner, found.cooperative_approach)),
        ("status", status(&found)),
        ("tonnes", grouped(found.quantity_tonnes)),
        ("first transferred", grouped(found.used_tonnes)),
        ("left", grouped(found.left_tonnes)),
        ("changes reach units first transferred", reach.to_owned()),
    ];
    let hidden = u64::from(found.version_count).saturating_sub(found.versions.len() as u64);
    if hidden != 0 {
        head.push(("versions not shown", hidden.to_string()));
    }
    let text = format!(
        "{}\n\n{}\n\nVersion of entry {}\n{}",
        pairs(head),
        versions(&found.versions),
        answer.version,
        pairs([&terms, &details].into_iter().flat_map(fields))
    );
    let json = json!({
        "authorisation": to_json(&found),
        "version_entry": answer.version,
        "terms": terms,
        "details": details,
    });
    Ok(Reply::new(json, text))
}

fn status(a: &wire::Authorisation) -> String {
    match a.revoked_entry {
        0 => a.status.clone(),
        entry => format!("revoked on {}, by entry {entry}", a.revoked_on),
    }
}

fn versions(versions: &[wire::AuthorisationVersion]) -> String {
    let columns = [
        Column::Right("version"),
        Column::Right("entry"),
        Column::Left("date"),
        Column::Right("tonnes"),
        Column::Left("for"),
        Column::Left("vintages"),
    ];
    let row = |v: &wire::AuthorisationVersion| {
        vec![
            v.version.to_string(),
            v.entry.to_string(),
            v.date.clone(),
            grouped(v.quantity_tonnes),
            v.purposes.join(" "),
            format!("{}-{}", v.first_vintage, v.last_vintage),
        ]
    };
    table(&columns, versions.iter().map(row))
}

/// The fields of a JSON object, one line each, a list one line for each item.
fn fields(object: &Value) -> Vec<(&str, String)> {
    let Value::Object(object) = object else { return Vec::new() };
    object
        .iter()
        .flat_map(|(name, value)| {
            let values = match value {
                // No project named is every project.
                Value::Array(items) if items.is_empty() && name == "projects" => {
                    vec!["all".to_owned()]
                }
                Value::Array(items) if items.is_empty() => vec!["none".to_owned()],
                Value::Array(items) => items.iter().map(|item| shown(name, item)).collect(),
                other => vec![shown(name, other)],
            };
            values.into_iter().map(move |value| (name.as_str(), value))
        })
        .collect()
}

/// A field as people write it.
fn shown(name: &str, value: &Value) -> String {
    match name {
        "quantity_tonnes" => value.as_u64().map_or_else(|| plain(value), grouped),
        "purposes" => {
            let all = [("ndc", "NDC"), ("imp", "IMP"), ("op", "OP")];
            let given = all.iter().filter(|(purpose, _)| value[*purpose] == true);
            given.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
        }
        "use_years" if value.is_object() => {
            format!("{} to {}", plain(&value["first"]), plain(&value["last"]))
        }
        "entities" => {
            let of = |name: &str| plain(&value["entity"][name]);
            let who = format!("{}:{} {}", of("country"), of("number"), plain(&value["name"]));
            match value["conditions"].as_str() {
                Some(conditions) => format!("{who}, on condition: {conditions}"),
                None => who,
            }
        }
        // Words of controlled lists.
        "first_transfer" | "mitigation" | "sectors" | "activities" => {
            plain(value).replace('_', " ")
        }
        _ => plain(value),
    }
}

/// A value as one line; years are no amounts, so that numbers stay as they are.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "none".to_owned(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name} {}", plain(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

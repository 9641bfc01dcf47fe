//! Units: what is known of them, choosing some, whether they serve a use, and what
//! happened to one.

use super::look;
use super::transfer::UseArg;
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse::{self, UnitArg};
use crate::picker;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::{Context, Session};
use clap::{Args, Subcommand};
use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::command::TransferTerms;
use jcm_format::event::CreditClass;
use jcm_format::id::{AccountNumber, ProjectRef};
use jcm_format::itmo::Itmo;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Timestamp, Year};
use serde_json::{Value, json};

/// What is known of units.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm units 7:1-500\n  jcm units JP-MN003-2023-7-42\n  jcm units CA0007-JPN01-MNG-1234-2023",
    args_conflicts_with_subcommands = true
)]
pub struct UnitsArgs {
    /// The units, as block:first-last, or one unit's identification number or ITMO identifier
    #[arg(value_parser = which, required = true)]
    which: Option<Which>,
    /// More.
    #[command(subcommand)]
    command: Option<UnitsCommand>,
}

/// A range, or one unit.
#[derive(Debug, Clone)]
pub enum Which {
    /// A range.
    Range(SerialRange),
    /// One unit.
    Unit(UnitArg),
    /// One unit, by its ITMO identifier.
    Itmo(Itmo),
}

fn which(text: &str) -> Result<Which, String> {
    if let Ok(itmo) = text.parse() {
        return Ok(Which::Itmo(itmo));
    }
    // What begins like an ITMO identifier is meant as one.
    if text.strip_prefix("CA").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        let wanted = "CA0007-JPN01-MNG-1234-2024: approach, registry, Party, serial and vintage";
        return Err(format!("{text} is not an ITMO identifier such as {wanted}"));
    }
    match text.parse() {
        Ok(range) => Ok(Which::Range(range)),
        Err(error) => match parse::unit(text) {
            Ok(unit) => Ok(Which::Unit(unit)),
            // The error of what it looks like.
            Err(_) => Err(format!("{error}")),
        },
    }
}

/// More of units.
#[derive(Debug, Subcommand)]
pub enum UnitsCommand {
    /// Choose units of an account for a quantity: the oldest vintage first
    #[command(
        after_help = "Example:\n  jcm units pick JP-0001001-05 --quantity 1,000 --project MN003 --from-vintage 2021\n\nNothing is reserved. The ranges may be given to `jcm transfer apply --range`."
    )]
    Pick(PickArgs),
    /// Whether units may serve a use, and by which operation
    #[command(after_help = "Example:\n  jcm units eligible 7:1-500 --use gx-ets")]
    Eligible {
        /// The units, as block:first-last; may be repeated
        #[arg(required = true)]
        range: Vec<SerialRange>,
        /// What they are to serve
        #[arg(long = "use", value_name = "USE")]
        use_: UseArg,
    },
    /// Everything that happened to one unit, and who held it on a day
    #[command(
        after_help = "Example:\n  jcm units history 7:42 --on 2026-03-31\n  jcm units history JP-MN003-2023-7-42"
    )]
    History {
        /// The unit, as block:number, or its identification number
        #[arg(value_parser = parse::unit)]
        unit: UnitArg,
        /// Who held it at the end of this day in Japan, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
}

/// How many, and which.
#[derive(Debug, Args)]
pub struct PickArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// How many tonnes
    #[arg(long, value_name = "TONNES", value_parser = parse::tonnes)]
    quantity: Tonnes,
    /// Of this project only
    #[arg(long, value_parser = parse::project)]
    project: Option<ProjectRef>,
    /// Of this class only
    #[arg(long, value_parser = picker::class, value_name = "A|B1|B2|C")]
    class: Option<CreditClass>,
    /// Of this vintage and later
    #[arg(long, value_name = "YEAR", value_parser = parse::year)]
    from_vintage: Option<Year>,
    /// Of this vintage and earlier
    #[arg(long, value_name = "YEAR", value_parser = parse::year)]
    to_vintage: Option<Year>,
}

/// Runs one of them.
pub async fn run(context: &Context, args: UnitsArgs) -> Result<Reply, Failure> {
    match (args.command, args.which) {
        (Some(UnitsCommand::Pick(args)), _) => pick(context, args).await,
        (Some(UnitsCommand::Eligible { range, use_ }), _) => {
            let results = eligibility(&context.connect().await?, &range, use_).await?;
            let json = results.iter().map(eligibility_json).collect();
            Ok(Reply::new(json, eligibility_table(&results)))
        }
        (Some(UnitsCommand::History { unit, on }), _) => history(context, unit, on).await,
        (None, Some(which)) => show(context, which).await,
        (None, None) => Err(Failure::usage("which units?", "Name them, such as 7:1-500.")),
    }
}

async fn show(context: &Context, which: Which) -> Result<Reply, Failure> {
    let client = context.connect().await?;
    let (name, units) = match which {
        Which::Range(range) => (range.to_string(), client.units(range).await?),
        Which::Itmo(itmo) => {
            let itmo = itmo.to_string();
            let units = client.unit_transferred_as(&itmo).await?;
            (itmo, units)
        }
        Which::Unit(UnitArg::Identification(name)) => {
            let units = client.unit_named(&name).await?;
            (name, units)
        }
        Which::Unit(UnitArg::Place(block, unit)) => {
            let range = SerialRange::new(block, unit, unit)
                .map_err(|error| Failure::usage(error.to_string(), "Name units such as 7:42."))?;
            (range.to_string(), client.units(range).await?)
        }
    };
    let json = json!({
        "range": name,
        "units": units.iter().map(look::stretch).collect::<Vec<_>>(),
    });
    Ok(Reply::new(json, look::stretches(&units)))
}

async fn pick(context: &Context, args: PickArgs) -> Result<Reply, Failure> {
    let year = |year: Option<Year>| year.map_or(0, |year| u32::from(year.get()));
    let request = wire::PickUnitsRequest {
        account: args.account.get(),
        quantity_tonnes: args.quantity.get(),
        project: args.project.map_or_else(String::new, |project| project.to_string()),
        class: args.class.map_or_else(String::new, |class| class.to_string()),
        first_vintage: year(args.from_vintage),
        last_vintage: year(args.to_vintage),
    };
    let picked = context.connect().await?.pick_units(request).await?;
    let ranges: Vec<String> = picked.units.iter().map(look::range_text).collect();
    let json = json!({
        "account": args.account,
        "quantity_tonnes": picked.quantity_tonnes,
        "ranges": ranges,
        "units": picked.units.iter().map(look::stretch).collect::<Vec<_>>(),
    });
    let flags: Vec<String> = ranges.iter().map(|range| format!("--range {range}")).collect();
    let text = format!(
        "{}\n\ntotal {} t\nfor `jcm transfer apply`: {}",
        look::stretches(&picked.units),
        grouped(picked.quantity_tonnes),
        flags.join(" ")
    );
    Ok(Reply::new(json, text))
}

async fn eligibility(
    client: &jcm_client::RegistryClient,
    ranges: &[SerialRange],
    use_: UseArg,
) -> Result<Vec<wire::Eligibility>, Failure> {
    let range = |range: &SerialRange| wire::Range {
        block: range.block().get(),
        first: range.first(),
        last: range.last(),
    };
    let ranges = ranges.iter().map(range).collect();
    let request = wire::CheckEligibilityRequest { ranges, r#use: use_.word() };
    Ok(client.eligibility(request).await?.results)
}

/// Whether the units of a retirement or cancellation may serve its use: what a
/// person reads before signing. The registry decides, whatever this says.
pub(super) async fn eligibility_notice(
    session: &Session,
    terms: &TransferTerms,
    use_: UseArg,
) -> Result<String, Failure> {
    let ranges: Vec<_> = terms.ranges.iter().collect();
    let results = eligibility(&session.client, &ranges, use_).await?;
    let purpose = terms.purpose.to_string();
    let misfit = |e: &wire::Eligibility| !e.eligible || e.operation != purpose;
    let warning = match results.iter().any(misfit) {
        true => format!("WARNING: not all of these units serve this use by {purpose}:\n"),
        false => "These units serve this use:\n".to_owned(),
    };
    Ok(warning + &eligibility_table(&results))
}

fn eligibility_json(e: &wire::Eligibility) -> Value {
    let range = e.range.unwrap_or_default();
    json!({
        "range": format!("{}:{}-{}", range.block, range.first, range.last),
        "eligible": e.eligible,
        "operation": (!e.operation.is_empty()).then_some(&e.operation),
        "reason_ja": e.reason_ja,
        "reason_en": e.reason_en,
    })
}

fn eligibility_table(results: &[wire::Eligibility]) -> String {
    let columns = [
        Column::Left("units"),
        Column::Left("eligible"),
        Column::Left("by"),
        Column::Left("reason"),
    ];
    let row = |e: &wire::Eligibility| {
        let range = e.range.unwrap_or_default();
        vec![
            format!("{}:{}-{}", range.block, range.first, range.last),
            if e.eligible { "yes" } else { "NO" }.to_owned(),
            e.operation.clone(),
            [e.reason_en.as_str(), e.reason_ja.as_str()].join("\n").trim().to_owned(),
        ]
    };
    table(&columns, results.iter().map(row))
}

async fn history(context: &Context, unit: UnitArg, on: Option<Date>) -> Result<Reply, Failure> {
    let (block, unit, identification) = match unit {
        UnitArg::Place(block, unit) => (block.get(), unit, String::new()),
        UnitArg::Identification(name) => (0, 0, name),
    };
    let on = on.map_or_else(String::new, |on| on.to_string());
    let request = wire::GetUnitHistoryRequest { block, unit, identification, on: on.clone() };
    let answer = context.connect().await?.unit_history(request).await?;
    let event = |e: &wire::UnitEvent| -> Value {
        json!({
            "entry": e.entry,
            "time": time(e.time_ms),
            "kind": e.kind,
            "account": (e.account != 0).then_some(e.account),
            "text_en": e.text_en,
            "text_ja": e.text_ja,
        })
    };
    let holder = AccountNumber::new(answer.holder).map(|account| account.to_string());
    let json = json!({
        "unit": answer.unit.as_ref().map(look::stretch),
        "on": (!on.is_empty()).then_some(&on),
        "holder": holder,
        "events": answer.events.iter().map(event).collect::<Vec<_>>(),
    });
    let columns = [
        Column::Right("entry"),
        Column::Left("time"),
        Column::Left("event"),
        Column::Left("account"),
        Column::Left("what"),
    ];
    let row = |e: &wire::UnitEvent| {
        let account = AccountNumber::new(e.account);
        vec![
            e.entry.to_string(),
            time(e.time_ms),
            e.kind.clone(),
            account.map_or_else(String::new, |account| account.to_string()),
            e.text_en.clone(),
        ]
    };
    let unit = answer.unit.as_ref().map(look::range_text).unwrap_or_default();
    let when = if on.is_empty() { "now".to_owned() } else { format!("at the end of {on}") };
    let holder = holder.unwrap_or_else(|| "nobody: not issued then".to_owned());
    let head = pairs([("unit", unit), ("held", format!("{when}, by {holder}"))]);
    let text = format!("{head}\n\n{}", table(&columns, answer.events.iter().map(row)));
    Ok(Reply::new(json, text))
}

fn time(ms: u64) -> String {
    Timestamp::from_ms(ms).map_or_else(String::new, |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_a_range_a_place_or_a_name() {
        assert!(matches!(which("7:1-500"), Ok(Which::Range(_))));
        assert!(matches!(which("7:42"), Ok(Which::Unit(UnitArg::Place(_, 42)))));
        let name = which("JP-MN003-2023-7-42");
        assert!(matches!(name, Ok(Which::Unit(UnitArg::Identification(_)))));
        assert!(matches!(which("CA0007-JPN01-MNG-1,234-2023"), Ok(Which::Itmo(_))));
        let cut = which("CA0007-JPN01-MNG");
        assert!(cut.is_err_and(|error| error.contains("approach, registry, Party, serial")));
        assert!(which("7").is_err_and(|error| error.contains("7:1-500")));
    }
}

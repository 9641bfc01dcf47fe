//! Rule data and calendars.

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::files::{self, calendar, rules};
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::Subcommand;
use jcm_client::{ClientError, wire};
use jcm_format::command::Body;
use jcm_format::time::Year;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Rule data: show, adopt.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Show the rule data in force
    #[command(after_help = "Example:\n  jcm rules show")]
    Show,
    /// Adopt rule data, as two authorities
    #[command(
        after_help = "Example:\n  jcm rules adopt rules.toml --key a1.key --key a2.key\n\nThe file is described in docs/cli.md."
    )]
    Adopt {
        /// The rules
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Calendars of holidays: adopt, list, example.
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// Adopt the holidays of a year, as two operators; again to replace them
    #[command(
        after_help = "Example:\n  jcm calendar adopt 2027 holidays.toml --key operator-07.key --key operator-08.key\n\nThe file is described in docs/cli.md; `jcm calendar example 2027` prints one for Japan."
    )]
    Adopt {
        /// The year
        #[arg(value_parser = parse::year)]
        year: Year,
        /// The holidays
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List the calendars adopted
    #[command(after_help = "Example:\n  jcm calendar list")]
    List,
    /// Print the holidays of Japan in a year that this program knows, as a file to adopt
    #[command(after_help = "Example:\n  jcm calendar example 2027 > holidays.toml")]
    Example {
        /// The year
        #[arg(value_parser = parse::year)]
        year: Year,
    },
}

/// Runs one of them.
pub async fn rules(context: &Context, command: RulesCommand) -> Result<Reply, Failure> {
    match command {
        RulesCommand::Show => {
            let answer = context.connect().await?.rules().await?;
            let rules: Value = serde_json::from_str(&answer.rules_json)
                .map_err(|_| ClientError::Malformed { what: "the rules" })?;
            let text = format!("{}\n\nCalendars\n{}", shown(&rules), calendars(&answer.calendars));
            let calendars = answer.calendars.iter().map(calendar_json);
            let json = json!({ "rules": rules, "calendars": calendars.collect::<Vec<_>>() });
            Ok(Reply::new(json, text))
        }
        RulesCommand::Adopt { file, act: args } => {
            let read = files::read(&file, "rule data", |_, file| rules::read(&file))?;
            let mut session = context.open().await?;
            act(context, &mut session, &args, Body::AdoptRules(read), Vec::new()).await
        }
    }
}

/// Runs one of them.
pub async fn calendar(context: &Context, command: CalendarCommand) -> Result<Reply, Failure> {
    match command {
        CalendarCommand::Adopt { year, file, act: args } => {
            let read = files::read(&file, "a calendar", |_, file| {
                let calendar = calendar::read(&file)?;
                match calendar.year == year {
                    true => Ok(calendar),
                    false => Err(format!("year: the file is for {}, not {year}", calendar.year)),
                }
            })?;
            let calendar::Calendar { country, year, holidays } = read;
            let body = Body::AdoptCalendar { country, year, holidays };
            let mut session = context.open().await?;
            act(context, &mut session, &args, body, Vec::new()).await
        }
        CalendarCommand::List => {
            let found = context.connect().await?.rules().await?.calendars;
            Ok(Reply::new(found.iter().map(calendar_json).collect(), calendars(&found)))
        }
        CalendarCommand::Example { year } => {
            let known = calendar::BUILT_IN.iter().find(|(known, _)| *known == year.get());
            let (_, text) = known.ok_or_else(|| {
                let years = calendar::BUILT_IN.map(|(year, _)| year.to_string());
                Failure::usage(
                    format!("this program knows no holidays of {year}"),
                    format!("It knows {}; write a file after one of them.", years.join(", ")),
                )
            })?;
            Ok(Reply::new(json!({ "file": text }), *text))
        }
    }
}

/// A value of the registry's JSON as one word.
pub(super) fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => {
            number.as_u64().map_or_else(|| number.to_string(), crate::amount::grouped)
        }
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn shown(rules: &Value) -> String {
    let names = [
        ("version", "version"),
        ("payment days", "payment_days"),
        ("examination days", "examination_days"),
        ("holders choose from whom they receive", "transferee_acceptance"),
        ("SHK: issued until", "shk_issued_until"),
        ("SHK: public input until", "shk_public_input_until"),
        ("identification numbers", "identification"),
    ];
    let mut lines: Vec<_> = names.map(|(name, field)| (name, word(&rules[field]))).to_vec();
    let issuer = &rules["invoice"];
    match issuer.is_null() {
        true => lines.push(("invoice issuer", "none".to_owned())),
        false => {
            lines.push(("invoice issuer", word(&issuer["name"])));
            let number = match &issuer["registration_number"] {
                Value::String(number) => format!("T{number}"),
                other => word(other),
            };
            lines.push(("registration number", number));
            lines.push(("tax in a fee", format!("{} %", word(&issuer["tax_percent"]))));
        }
    }
    let columns = [
        Column::Left("fees from"),
        Column::Right("account (yen)"),
        Column::Right("transfer (yen)"),
        Column::Right("certificate (yen)"),
    ];
    let row = |period: &Value| {
        ["from", "account_opening_fee_yen", "transfer_fee_yen", "certificate_fee_yen"]
            .map(|field| word(&period[field]))
            .to_vec()
    };
    let fees = rules["fees"].as_array().map(Vec::as_slice).unwrap_or_default();
    format!("{}\n\n{}", pairs(lines), table(&columns, fees.iter().map(row)))
}

fn calendar_json(calendar: &wire::Calendar) -> Value {
    json!({ "country": calendar.country, "year": calendar.year, "holidays": calendar.holidays })
}

fn calendars(calendars: &[wire::Calendar]) -> String {
    let columns = [Column::Left("country"), Column::Right("year"), Column::Left("holidays")];
    let row = |calendar: &wire::Calendar| {
        let country = calendar.country.clone();
        vec![country, calendar.year.to_string(), calendar.holidays.join(" ")]
    };
    table(&columns, calendars.iter().map(row))
}

//! Corresponding adjustments: what partners confirm that they added.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::Context;
use clap::{Args, Subcommand};
use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Body, Confirmation};
use jcm_format::hash::Digest;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};
use serde_json::{Value, json};

/// Corresponding adjustments: confirm, withdraw, list.
#[derive(Debug, Subcommand)]
pub enum AdjustmentCommand {
    /// Confirm, as the partner's authority, that it has added what Japan subtracts
    #[command(
        after_help = "Example:\n  jcm adjustment confirm --partner MN --year 2026 --vintage 2023 --quantity 1,000 \\\n    --date 2027-03-01 --document letter.pdf --key mongolia.key"
    )]
    Confirm(ConfirmArgs),
    /// Take a mistaken confirmation back, as the same authority
    #[command(
        after_help = "Example:\n  jcm adjustment withdraw 90 --reason 'wrong vintage' --key mongolia.key"
    )]
    Withdraw {
        /// The entry that recorded the confirmation
        #[arg(value_parser = parse::number::<u64>)]
        confirmation: u64,
        /// Why
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List adjustments by partner, year of use and vintage, and the confirmations
    #[command(
        after_help = "Example:\n  jcm adjustment list --partner MN\n  jcm adjustment list --open"
    )]
    List {
        /// Of one partner country only
        #[arg(long, value_parser = parse::country)]
        partner: Option<Country>,
        /// Only those of which something is not confirmed yet
        #[arg(long)]
        open: bool,
    },
}

/// What is confirmed.
#[derive(Debug, Args)]
pub struct ConfirmArgs {
    /// The partner country
    #[arg(long, value_parser = parse::country)]
    partner: Country,
    /// Calendar year of use, in Japan
    #[arg(long, value_parser = parse::year)]
    year: Year,
    /// Year in which the mitigation occurred
    #[arg(long, value_parser = parse::year)]
    vintage: Year,
    /// How much, in tonnes: at most what is open
    #[arg(long, value_name = "TONNES", value_parser = parse::tonnes)]
    quantity: Tonnes,
    /// Date of the confirmation, YYYY-MM-DD
    #[arg(long)]
    date: Date,
    /// The document, of which the digest is recorded: a file, or sha256:<hex>
    #[arg(long, value_name = "FILE", value_parser = parse::document)]
    document: Digest,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Runs one of them.
pub async fn run(context: &Context, command: AdjustmentCommand) -> Result<Reply, Failure> {
    match command {
        AdjustmentCommand::Confirm(args) => {
            let ConfirmArgs { partner, year, vintage, quantity, date, document, act: act_args } =
                args;
            let quantity_tonnes = quantity;
            let body = Body::ConfirmAdjustment(Confirmation {
                partner,
                year,
                vintage,
                quantity_tonnes,
                date,
                document,
            });
            let mut session = context.open().await?;
            act(context, &mut session, &act_args, body, Vec::new()).await
        }
        AdjustmentCommand::Withdraw { confirmation, reason, act: args } => {
            let confirmation = EntryIndex::new(confirmation);
            let body = Body::WithdrawConfirmation { confirmation, reason };
            let mut session = context.open().await?;
            act(context, &mut session, &args, body, Vec::new()).await
        }
        AdjustmentCommand::List { partner, open } => {
            let client = context.connect().await?;
            let partner = partner.map_or_else(String::new, |partner| partner.to_string());
            let adjustments = client.adjustments(&partner, open).await?;
            let confirmations = client.confirmations(&partner).await?;
            let json = json!({
                "adjustments": adjustments.iter().map(to_json).collect::<Vec<_>>(),
                "confirmations": confirmations.iter().map(confirmation).collect::<Vec<_>>(),
            });
            let text = format!(
                "{}\n\nConfirmations\n{}",
                list(&adjustments),
                confirmations_list(&confirmations)
            );
            Ok(Reply::new(json, text))
        }
    }
}

/// As programs read it.
pub(super) fn to_json(a: &wire::Adjustment) -> Value {
    json!({
        "partner": a.partner,
        "year": a.year,
        "vintage": a.vintage,
        "quantity_tonnes": a.quantity_tonnes,
        "confirmed_tonnes": a.confirmed_tonnes,
        "open_tonnes": a.open_tonnes,
    })
}

/// As people read it.
pub(super) fn list(adjustments: &[wire::Adjustment]) -> String {
    let columns = [
        Column::Left("partner adds"),
        Column::Right("year of use"),
        Column::Right("vintage"),
        Column::Right("tonnes (Japan subtracts)"),
        Column::Right("confirmed"),
        Column::Right("open"),
    ];
    let row = |a: &wire::Adjustment| {
        vec![
            a.partner.clone(),
            a.year.to_string(),
            a.vintage.to_string(),
            grouped(a.quantity_tonnes),
            grouped(a.confirmed_tonnes),
            grouped(a.open_tonnes),
        ]
    };
    table(&columns, adjustments.iter().map(row))
}

fn confirmation(c: &wire::Confirmation) -> Value {
    json!({
        "entry": c.entry,
        "partner": c.partner,
        "year": c.year,
        "vintage": c.vintage,
        "quantity_tonnes": c.quantity_tonnes,
        "date": c.date,
        "document": c.document,
    })
}

fn confirmations_list(confirmations: &[wire::Confirmation]) -> String {
    let columns = [
        Column::Right("entry"),
        Column::Left("partner"),
        Column::Right("year of use"),
        Column::Right("vintage"),
        Column::Right("tonnes"),
        Column::Left("date"),
    ];
    let row = |c: &wire::Confirmation| {
        vec![
            c.entry.to_string(),
            c.partner.clone(),
            c.year.to_string(),
            c.vintage.to_string(),
            grouped(c.quantity_tonnes),
            c.date.clone(),
        ]
    };
    table(&columns, confirmations.iter().map(row))
}

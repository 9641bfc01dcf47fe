//! Payments of fees.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::{Context, Session};
use clap::Subcommand;
use jcm_client::{PrivateValue, wire};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, RecordPayment};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Name;
use jcm_format::time::Date;
use serde_json::{Value, json};

/// Fee payments: record, apply, list, show.
#[derive(Debug, Subcommand)]
pub enum PaymentCommand {
    /// Record a payment that the bank reported
    #[command(
        after_help = "Example:\n  jcm payment record --reference B-2026-0001 --amount 14,400 --date 2026-04-01 \\\n    --payer 'ﾚｲｼﾞ(ｶ' --key operator-07.key"
    )]
    Record {
        /// The bank's own reference; recorded once only
        #[arg(long, value_parser = parse::name)]
        reference: Name,
        /// In yen
        #[arg(long, value_name = "YEN", value_parser = parse::yen)]
        amount: Yen,
        /// Day on which the bank credited it, YYYY-MM-DD
        #[arg(long)]
        date: Date,
        /// Account whose holder paid; only that holder may then draw on it
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountNumber>,
        /// The payer's name: kept outside the log
        #[arg(long)]
        payer: Option<String>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Apply a payment to an application
    #[command(after_help = "Example:\n  jcm payment apply 11 --to 12 --key operator-07.key")]
    Apply {
        /// The entry that recorded the payment
        payment: u64,
        /// The entry that recorded the application
        #[arg(long, value_name = "APPLICATION")]
        to: u64,
        /// In yen; without it, what is still due, as far as the payment reaches
        #[arg(long, value_name = "YEN", value_parser = parse::yen)]
        amount: Option<Yen>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List payments of which something is left
    #[command(after_help = "Example:\n  jcm payment list --all")]
    List {
        /// Those that are spent, too
        #[arg(long)]
        all: bool,
    },
    /// Show one payment
    #[command(after_help = "Example:\n  jcm payment show 11")]
    Show {
        /// The entry that recorded it
        payment: u64,
    },
}

/// Runs one of them.
pub async fn run(context: &Context, command: PaymentCommand) -> Result<Reply, Failure> {
    match command {
        PaymentCommand::Record { reference, amount, date, account, payer, act: args } => {
            let mut session = context.open().await?;
            let payer = payer.map(|name| PrivateValue::new(name.into_bytes())).transpose()?;
            let body = Body::RecordPayment(RecordPayment {
                bank_reference: reference,
                amount_yen: amount,
                value_date: date,
                account,
                payer: payer.as_ref().map(PrivateValue::commitment),
            });
            act(context, &mut session, &args, body, payer.into_iter().collect()).await
        }
        PaymentCommand::Apply { payment, to, amount, act: args } => {
            let mut session = context.open().await?;
            let amount = match amount {
                Some(amount) => amount,
                None => still_due(&session, payment, to).await?,
            };
            let body = Body::ApplyPayment {
                payment: EntryIndex::new(payment),
                application: EntryIndex::new(to),
                amount_yen: amount,
            };
            act(context, &mut session, &args, body, Vec::new()).await
        }
        PaymentCommand::List { all } => {
            let payments = context.connect().await?.payments(!all).await?;
            let json = payments.iter().map(to_json).collect();
            Ok(Reply::new(json, list(&payments)))
        }
        PaymentCommand::Show { payment } => {
            let payment = context.connect().await?.payment(payment).await?;
            Ok(Reply::new(to_json(&payment), list(&[payment])))
        }
    }
}

async fn still_due(session: &Session, payment: u64, application: u64) -> Result<Yen, Failure> {
    let left = session.client.payment(payment).await?.left_yen;
    let application = session.client.application(application).await?;
    let due = application.fee_yen.saturating_sub(application.settled_yen);
    match due.min(left) {
        0 if due == 0 => Err(Failure::usage("nothing is due for this application", "")),
        0 => Err(Failure::usage(
            "nothing is left of this payment",
            "Choose another one: `jcm payment list` shows them.",
        )),
        amount => Ok(Yen::new(amount)),
    }
}

fn to_json(payment: &wire::Payment) -> Value {
    json!({
        "entry": payment.entry,
        "bank_reference": payment.bank_reference,
        "amount_yen": payment.amount_yen,
        "left_yen": payment.left_yen,
        "value_date": payment.value_date,
        "account": (payment.account != 0).then_some(payment.account),
    })
}

fn list(payments: &[wire::Payment]) -> String {
    let columns = [
        Column::Right("payment"),
        Column::Left("bank reference"),
        Column::Left("value date"),
        Column::Right("yen"),
        Column::Right("left"),
        Column::Left("account"),
    ];
    let row = |payment: &wire::Payment| {
        let account = AccountNumber::new(payment.account);
        vec![
            payment.entry.to_string(),
            payment.bank_reference.clone(),
            payment.value_date.clone(),
            grouped(payment.amount_yen),
            grouped(payment.left_yen),
            account.map_or_else(String::new, |account| account.to_string()),
        ]
    };
    table(&columns, payments.iter().map(row))
}

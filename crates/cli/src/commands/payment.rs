//! Payments of fees.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::{Context, Session};
use clap::{Args, Subcommand};
use jcm_client::{PrivateValue, wire};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, PaymentId, PaymentPart, RecordPayment, Refund, RefundSource};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::{Name, Text};
use jcm_format::time::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Fee payments: record, import, apply, prove, refund, list, show.
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
    /// Import a bank statement, and apply what it pays
    Import(Box<super::payment_import::ImportArgs>),
    /// Apply payments to applications, all or none
    #[command(
        after_help = "Example:\n  jcm payment apply 11 --to 12 --key operator-07.key\n  jcm payment apply --part 41/1:12 --part 41/7:13:2,500 --key operator-07.key"
    )]
    Apply(ApplyArgs),
    /// Hand in a proof of payment, as the applicant (registry ordinance, art. 17)
    #[command(
        after_help = "Example:\n  jcm payment proof 42 --document receipt.pdf --key representative.key"
    )]
    Proof {
        /// The entry that recorded the application
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// The document, of which the digest is recorded: a file, or sha256:<hex>
        #[arg(long, value_name = "FILE", value_parser = parse::document)]
        document: Digest,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Record that money was paid back, as two operators
    #[command(
        after_help = "Example:\n  jcm payment refund --payment 41/7 --amount 300 --reference OUT-2026-0001 \\\n    --reason 'paid too much' --key operator-07.key --key operator-08.key"
    )]
    Refund(RefundArgs),
    /// List payments of which something is left
    #[command(after_help = "Example:\n  jcm payment list --all")]
    List {
        /// Those that are spent, too
        #[arg(long)]
        all: bool,
    },
    /// Show one payment
    #[command(after_help = "Example:\n  jcm payment show 41/7")]
    Show {
        /// The entry that recorded it, and its line in an imported statement
        #[arg(value_parser = parse::payment)]
        payment: PaymentId,
    },
}

/// What for what.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The entry that recorded the payment, such as 41, or 41/7 for a statement's line
    #[arg(value_parser = parse::payment, required_unless_present = "part", requires = "to")]
    payment: Option<PaymentId>,
    /// The entry that recorded the application
    #[arg(long, value_name = "APPLICATION", requires = "payment", value_parser = parse::number::<u64>)]
    to: Option<u64>,
    /// In yen; without it, what is still due, as far as the payment reaches
    #[arg(long, value_name = "YEN", value_parser = parse::yen, requires = "payment")]
    amount: Option<Yen>,
    /// Several at once, each as PAYMENT:APPLICATION, or PAYMENT:APPLICATION:YEN
    #[arg(long, value_name = "PART", value_parser = part, conflicts_with = "payment")]
    part: Vec<Part>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// What is paid back.
#[derive(Debug, Args)]
pub struct RefundArgs {
    /// What is left of this payment
    #[arg(long, value_parser = parse::payment, required_unless_present = "application",
        conflicts_with = "application")]
    payment: Option<PaymentId>,
    /// What was paid for this application, which came to nothing
    #[arg(long, value_name = "ENTRY", value_parser = parse::number::<u64>)]
    application: Option<u64>,
    /// In yen
    #[arg(long, value_name = "YEN", value_parser = parse::yen)]
    amount: Yen,
    /// The bank's reference of the outgoing payment
    #[arg(long, value_parser = parse::name)]
    reference: Name,
    /// Why; recorded and public
    #[arg(long, value_parser = parse::text)]
    reason: Text,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// A payment, an application, and how much; without an amount, what is still due.
type Part = (PaymentId, u64, Option<Yen>);

fn part(text: &str) -> Result<Part, String> {
    let expected = || format!("{text} is not a part such as 41/7:12 or 41/7:12:2,500");
    let mut words = text.splitn(3, ':');
    let payment = parse::payment(words.next().ok_or_else(expected)?)?;
    let application = words.next().and_then(|word| word.parse().ok()).ok_or_else(expected)?;
    Ok((payment, application, words.next().map(parse::yen).transpose()?))
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
        PaymentCommand::Import(args) => super::payment_import::run(context, *args).await,
        PaymentCommand::Apply(args) => apply(context, args).await,
        PaymentCommand::Proof { application, document, act: args } => {
            let application = EntryIndex::new(application);
            let body = Body::SubmitPaymentProof { application, document };
            let mut session = context.open().await?;
            act(context, &mut session, &args, body, Vec::new()).await
        }
        PaymentCommand::Refund(args) => refund(context, args).await,
        PaymentCommand::List { all } => {
            let payments = context.connect().await?.payments(!all).await?;
            let json = payments.iter().map(to_json).collect();
            Ok(Reply::new(json, list(&payments)))
        }
        PaymentCommand::Show { payment } => {
            let (entry, line) = (payment.entry.get(), payment.line.into());
            let payment = context.connect().await?.payment(entry, line).await?;
            Ok(Reply::new(to_json(&payment), list(&[payment])))
        }
    }
}

async fn apply(context: &Context, args: ApplyArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let single = args.payment.zip(args.to).map(|(payment, to)| (payment, to, args.amount));
    let parts = still_due(&session, single.into_iter().chain(args.part).collect()).await?;
    act(context, &mut session, &args.act, body(parts), Vec::new()).await
}

/// One part of a payment recorded singly is applied by a command of its own.
pub(super) fn body(parts: Vec<PaymentPart>) -> Body {
    match parts[..] {
        [PaymentPart { payment: PaymentId { entry, line: 0 }, application, amount_yen }] => {
            Body::ApplyPayment { payment: entry, application, amount_yen }
        }
        _ => Body::ApplyPayments { parts },
    }
}

/// The parts with their amounts: what is due, as far as the payment reaches, after
/// the parts before.
async fn still_due(session: &Session, parts: Vec<Part>) -> Result<Vec<PaymentPart>, Failure> {
    let mut left: BTreeMap<PaymentId, u64> = BTreeMap::new();
    let mut due: BTreeMap<u64, u64> = BTreeMap::new();
    let mut whole = Vec::with_capacity(parts.len());
    for (payment, application, amount) in parts {
        if let Entry::Vacant(vacant) = left.entry(payment) {
            let (entry, line) = (payment.entry.get(), payment.line.into());
            vacant.insert(session.client.payment(entry, line).await?.left_yen);
        }
        if let Entry::Vacant(vacant) = due.entry(application) {
            let found = session.client.application(application).await?;
            vacant.insert(found.fee_yen.saturating_sub(found.settled_yen));
        }
        let here = left.get(&payment).copied().unwrap_or_default();
        let there = due.get(&application).copied().unwrap_or_default();
        // An amount that is given is for the registry to judge.
        let amount = match amount {
            Some(amount) => amount.get(),
            None if there == 0 => {
                return Err(Failure::usage(
                    format!("nothing is due for application {application}"),
                    "`jcm application show` shows what became of it.",
                ));
            }
            None if here == 0 => {
                return Err(Failure::usage(
                    format!("nothing is left of payment {payment}"),
                    "Choose another one: `jcm payment list` shows them.",
                ));
            }
            None => here.min(there),
        };
        left.insert(payment, here.saturating_sub(amount));
        due.insert(application, there.saturating_sub(amount));
        let application = EntryIndex::new(application);
        whole.push(PaymentPart { payment, application, amount_yen: Yen::new(amount) });
    }
    Ok(whole)
}

async fn refund(context: &Context, args: RefundArgs) -> Result<Reply, Failure> {
    let source = match (args.payment, args.application) {
        (Some(payment), _) => RefundSource::Payment(payment),
        (None, Some(application)) => RefundSource::Application(EntryIndex::new(application)),
        (None, None) => {
            return Err(Failure::usage("refund what?", "Give --payment or --application."));
        }
    };
    let body = Body::Refund(Refund {
        source,
        amount_yen: args.amount,
        bank_reference: args.reference,
        reason: args.reason,
    });
    let mut session = context.open().await?;
    act(context, &mut session, &args.act, body, Vec::new()).await
}

/// What commands call it.
pub(super) fn id(payment: &wire::Payment) -> PaymentId {
    let line = u16::try_from(payment.line).unwrap_or(u16::MAX);
    PaymentId { entry: EntryIndex::new(payment.entry), line }
}

fn to_json(payment: &wire::Payment) -> Value {
    json!({
        "payment": id(payment),
        "entry": payment.entry,
        "line": (payment.line != 0).then_some(payment.line),
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
            id(payment).to_string(),
            payment.bank_reference.clone(),
            payment.value_date.clone(),
            grouped(payment.amount_yen),
            grouped(payment.left_yen),
            account.map_or_else(String::new, |account| account.to_string()),
        ]
    };
    table(&columns, payments.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_names_payment_application_and_perhaps_yen() {
        let (payment, application, amount) = part("41/7:12:2,500").expect("well formed");
        assert_eq!((payment.to_string().as_str(), application), ("41/7", 12));
        assert_eq!(amount, Some(Yen::new(2_500)));
        assert_eq!(part("41:12").map(|part| part.2), Ok(None));
        for bad in ["41", "41:", ":12", "41:12:", "41:12:1:2", "41/0:12"] {
            assert!(part(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_part_of_a_single_payment_is_the_command_of_its_own() {
        let part = |text: &str| {
            let (payment, application, _) = self::part(text).expect("well formed");
            let application = EntryIndex::new(application);
            PaymentPart { payment, application, amount_yen: Yen::new(1) }
        };
        assert_eq!(body(vec![part("41:12")]).name(), "ApplyPayment");
        assert_eq!(body(vec![part("41/1:12")]).name(), "ApplyPayments");
        assert_eq!(body(vec![part("41:12"), part("42:12")]).name(), "ApplyPayments");
    }
}

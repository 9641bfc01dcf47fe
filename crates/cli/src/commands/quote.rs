//! What an application costs, and its invoice.

use super::application::{KindArg, word};
use super::certificate::Language;
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Reply, document, pairs};
use crate::session::Context;
use clap::{Args, ValueEnum};
use jcm_client::wire;
use jcm_format::id::AccountNumber;
use jcm_format::serial::SerialRange;
use serde_json::json;
use std::path::PathBuf;

/// The fee that an application would owe today, and why.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm quote account\n  jcm quote transfer --from JP-0001001-05 --to JP-0001002-02 --range 7:1-500"
)]
pub struct QuoteArgs {
    /// What would be applied for
    kind: KindArg,
    /// For a transfer: the account that is debited
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    from: Option<AccountNumber>,
    /// For a transfer: the account that is credited
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
    to: Option<AccountNumber>,
    /// For a transfer: declared free of charge
    #[arg(long)]
    gratuitous: bool,
    /// For a transfer: units, as block:first-last; may be repeated
    #[arg(long)]
    range: Vec<SerialRange>,
}

/// What an invoice for an application's fee says.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm invoice 42\n  jcm invoice 42 --format markdown --language ja --out invoice-42.md"
)]
pub struct InvoiceArgs {
    /// The entry that recorded the application
    #[arg(value_parser = parse::number::<u64>)]
    application: u64,
    /// In which form
    #[arg(long, value_enum, default_value_t = InvoiceFormat::Text)]
    format: InvoiceFormat,
    /// Language of the document
    #[arg(long, value_enum, default_value_t = Language::Ja)]
    language: Language,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Form of an invoice.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum InvoiceFormat {
    /// Names and values
    Text,
    /// The document
    Markdown,
}

/// Says what an application costs.
pub async fn quote(context: &Context, args: QuoteArgs) -> Result<Reply, Failure> {
    let transfer = matches!(args.kind, KindArg::Transfer);
    if transfer && (args.from.is_none() || args.to.is_none()) {
        return Err(Failure::usage(
            "--from and --to are missing",
            "The fee of a transfer depends on both accounts: name them.",
        ));
    }
    let account = |account: Option<AccountNumber>| account.map_or(0, AccountNumber::get);
    let range = |range: &SerialRange| wire::Range {
        block: range.block().get(),
        first: range.first(),
        last: range.last(),
    };
    let request = wire::QuoteRequest {
        kind: word(args.kind),
        source: account(args.from),
        destination: account(args.to),
        gratuitous: args.gratuitous,
        ranges: args.range.iter().map(range).collect(),
    };
    let quote = context.connect().await?.quote(request).await?;
    let json = json!({
        "fee_yen": quote.fee_yen,
        "ground": quote.ground,
        "basis": quote.basis,
        "text_ja": quote.text_ja,
        "text_en": quote.text_en,
    });
    let text = pairs([
        ("fee", format!("{} yen ({})", grouped(quote.fee_yen), quote.ground)),
        ("basis", quote.basis),
        ("", quote.text_ja),
        ("", quote.text_en),
    ]);
    Ok(Reply::new(json, text))
}

/// Shows an invoice.
pub async fn invoice(context: &Context, args: InvoiceArgs) -> Result<Reply, Failure> {
    let invoice = context.connect().await?.invoice(args.application).await?;
    let json = json!({
        "application": args.application,
        "number": invoice.number,
        "date": invoice.date,
        "issuer": invoice.issuer,
        "registration_number": invoice.registration_number,
        "recipient": invoice.recipient,
        "description": invoice.description,
        "amount_yen": invoice.amount_yen,
        "tax_percent": invoice.tax_percent,
        "tax_yen": invoice.tax_yen,
        "settled_yen": invoice.settled_yen,
        "qualified": invoice.qualified,
        "note": invoice.note,
    });
    let text = match (args.format, args.language) {
        (InvoiceFormat::Text, _) => shown(&invoice),
        (InvoiceFormat::Markdown, Language::Ja) => invoice.markdown_ja,
        (InvoiceFormat::Markdown, Language::En) => invoice.markdown_en,
    };
    document(json, text, args.out.as_deref())
}

fn shown(invoice: &wire::Invoice) -> String {
    let yen = |amount: u64| format!("{} yen", grouped(amount));
    let tax = match invoice.tax_percent {
        0 => "not taxable".to_owned(),
        percent => format!("{} ({percent} %), contained", yen(invoice.tax_yen)),
    };
    let mut lines = vec![
        ("invoice", invoice.number.clone()),
        ("date", invoice.date.clone()),
        ("issuer", invoice.issuer.clone()),
        ("registration number", invoice.registration_number.clone()),
        ("recipient", invoice.recipient.clone()),
        ("for", invoice.description.clone()),
        ("amount", yen(invoice.amount_yen)),
        ("consumption tax", tax),
        ("settled", yen(invoice.settled_yen)),
        ("still due", yen(invoice.amount_yen.saturating_sub(invoice.settled_yen))),
        ("qualified invoice", if invoice.qualified { "yes" } else { "no" }.to_owned()),
        ("note", invoice.note.clone()),
    ];
    lines.retain(|(_, value)| !value.is_empty());
    pairs(lines)
}

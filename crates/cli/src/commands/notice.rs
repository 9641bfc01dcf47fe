//! Notices of a retirement (無効化) or cancellation (取消し), which prove themselves.

use super::certificate::Language;
use crate::failure::{Failure, exit};
use crate::parse;
use crate::reply::{Reply, document};
use crate::session::Context;
use clap::{Args, ValueEnum};
use jcm_client::wire;
use jcm_format::entry::Entry;
use jcm_format::id::EntryIndex;
use jcm_report::cancellation_notice::CancellationNotice;
use jcm_report::document::{Document, Signers};
use serde_json::json;
use std::path::PathBuf;

/// Which one, and in which form.
#[derive(Debug, Args)]
pub struct NoticeArgs {
    /// The entry that recorded the application
    #[arg(value_parser = parse::number::<u64>)]
    application: u64,
    /// Of several transfers in one entry: which one, from 1
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true,
        value_parser = parse::number::<u32>)]
    part: u32,
    /// In which form
    #[arg(long, value_enum, default_value_t = NoticeFormat::Markdown)]
    format: NoticeFormat,
    /// In which language
    #[arg(long, value_enum, default_value_t = Language::Ja)]
    language: Language,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Form of a notice.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum NoticeFormat {
    /// A document to read, without the proofs
    Markdown,
    /// A document to print and to check
    Html,
    /// The document that proves itself, for `jcm-verify document`
    Document,
    /// The lines that it states
    Statement,
}

/// Gets a notice, and checks it.
pub async fn show(context: &Context, args: NoticeArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let request = wire::GetCancellationNoticeRequest {
        application: args.application,
        language: args.language.code().to_owned(),
        part: args.part,
    };
    let notice = session.client.cancellation_notice(request).await?;
    let given =
        Document::read(&notice.document).map_err(|_| doubted("the document in it is none"))?;
    let mut proved: Vec<(Entry, String)> = Vec::new();
    for proof in given.proofs() {
        let receipt = session.client.check_any_receipt(proof, &mut session.trust).await?;
        proved.push((receipt.entry().clone(), proof.clone()));
    }
    let key = session.trust.log_key().to_string();
    says(&notice, args.part, session.trust.log_key().name(), &key, &proved)?;
    let json = json!({
        "entry": notice.entry,
        "application": args.application,
        "part": (args.part != 0).then_some(args.part),
        "act": notice.act,
        "checked": true,
        "statement": notice.statement,
        "document": notice.document,
        "file": args.out,
    });
    let text = match args.format {
        NoticeFormat::Markdown => notice.markdown,
        NoticeFormat::Html => notice.html,
        NoticeFormat::Document => notice.document,
        NoticeFormat::Statement => notice.statement,
    };
    document(json, text, args.out.as_deref())
}

/// Makes the notice anew from the entries that were proved, and compares.
fn says(
    notice: &wire::CancellationNotice,
    part: u32,
    registry: &str,
    log_key: &str,
    proved: &[(Entry, String)],
) -> Result<(), Failure> {
    let signers = Signers { log_key, witnesses: &[] };
    let recording = EntryIndex::new(notice.entry);
    let own = CancellationNotice::new(recording, part, registry, signers, proved)
        .map_err(|error| doubted(&error.to_string()))?;
    if own.statement() != notice.statement {
        return Err(doubted("its lines are not what its entries say"));
    }
    match own.json() {
        Ok(json) if json == notice.document => Ok(()),
        Ok(_) | Err(_) => Err(doubted("its document is not what its entries say")),
    }
}

fn doubted(what: &str) -> Failure {
    Failure::Other {
        what: format!("the notice is not believed: {what}"),
        code: exit::UNTRUSTED,
        advice:
            "Nothing was written. Ask for it again, and tell an auditor if it comes back the same."
                .to_owned(),
    }
}

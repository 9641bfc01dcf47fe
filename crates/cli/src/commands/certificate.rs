//! Certificates of recorded matters (記録事項証明書).

use crate::act::{ActArgs, act};
use crate::failure::{Failure, exit};
use crate::parse;
use crate::reply::{Reply, document, parsed};
use crate::session::{Context, Session};
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::command::{Body, PaymentId};
use jcm_format::event::{Effect, Event};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Certificates of recorded matters: request, issue, show.
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Request a certificate of one's own account
    #[command(
        after_help = "Example:\n  jcm certificate request JP-0001001-05 --fee-payment 41/7 --key representative.key"
    )]
    Request {
        /// The account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// A payment to draw the fee from, such as 41, or 41/7 for a statement's line, recorded for
        /// the account; it is then issued at once
        #[arg(long, value_name = "PAYMENT", value_parser = parse::payment)]
        fee_payment: Option<PaymentId>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Issue the certificate requested, once its fee is paid
    #[command(after_help = "Example:\n  jcm certificate issue 50 --key operator-07.key")]
    Issue {
        /// The entry that recorded the request
        #[arg(value_parser = parse::number::<u64>)]
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Show a certificate that was issued, after checking it against its proof
    #[command(
        after_help = "Example:\n  jcm certificate show 50 --format html --out certificate.html\n\nWhat the certificate states is compared with the digest in the entry, and the entry is proved, before\nanything is written."
    )]
    Show(ShowArgs),
}

/// Which one, and in which form.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The entry that recorded the request
    #[arg(value_parser = parse::number::<u64>)]
    application: u64,
    /// In which form
    #[arg(long, value_enum, default_value_t = CertificateFormat::Markdown)]
    format: CertificateFormat,
    /// In which language
    #[arg(long, value_enum, default_value_t = Language::Ja)]
    language: Language,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to write the proof, which `jcm receipt check` checks
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

/// Form of a certificate.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CertificateFormat {
    /// A document to read
    Markdown,
    /// A document to print
    Html,
    /// For programs
    Json,
    /// The document that proves itself, for `jcm-verify document`
    Document,
    /// The lines that the entry states the digest of
    Statement,
}

/// Language of a document.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Language {
    /// Japanese
    Ja,
    /// English
    En,
}

impl Language {
    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Language::Ja => "ja",
            Language::En => "en",
        }
    }
}

/// Runs one of them.
pub async fn run(context: &Context, command: CertificateCommand) -> Result<Reply, Failure> {
    let (body, args) = match command {
        CertificateCommand::Show(args) => return show(context, args).await,
        CertificateCommand::Request { account, fee_payment, act } => {
            (Body::RequestCertificate { account, fee_payment }, act)
        }
        CertificateCommand::Issue { application, act } => {
            (Body::IssueCertificate { application: EntryIndex::new(application) }, act)
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, Vec::new()).await
}

async fn show(context: &Context, args: ShowArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let request = wire::GetCertificateRequest {
        application: args.application,
        language: args.language.code().to_owned(),
    };
    let certificate = session.client.certificate(request).await?;
    check(&mut session, &certificate, args.application).await?;
    if let Some(path) = &args.proof {
        std::fs::write(path, &certificate.proof).map_err(Failure::writing(path))?;
    }
    let json = json!({
        "entry": certificate.entry,
        "application": args.application,
        "checked": true,
        "certificate": parsed(&certificate.json, "the certificate").unwrap_or(Value::Null),
        "statement": certificate.statement,
        "proof": certificate.proof,
        "file": args.out,
    });
    let text = match args.format {
        CertificateFormat::Markdown => certificate.markdown,
        CertificateFormat::Html => certificate.html,
        CertificateFormat::Json => certificate.json,
        CertificateFormat::Document => certificate.document,
        CertificateFormat::Statement => certificate.statement,
    };
    document(json, text, args.out.as_deref())
}

/// Proves the entry, and compares what it states with the lines given.
async fn check(
    session: &mut Session,
    certificate: &wire::Certificate,
    application: u64,
) -> Result<(), Failure> {
    let proof = session.client.check_any_receipt(&certificate.proof, &mut session.trust).await?;
    if proof.index().get() != certificate.entry {
        return Err(doubted("its proof is of another entry"));
    }
    states(&proof.entry().event, certificate, application)
}

/// Whether the entry issues this certificate, and states these lines.
fn states(event: &Event, certificate: &wire::Certificate, application: u64) -> Result<(), Failure> {
    let answers = |of: &Option<EntryIndex>| of.map_or(certificate.entry, EntryIndex::get);
    let issued = event.0.iter().any(|effect| {
        matches!(effect, Effect::CertificateIssued { application: of } if answers(of) == application)
    });
    if !issued {
        return Err(doubted("the entry that is proved issues no certificate on this request"));
    }
    let stated = event.0.iter().find_map(|effect| match effect {
        Effect::CertificateStated { digest, .. } => Some(*digest),
        _ => None,
    });
    match stated == Some(Digest::of(&[certificate.statement.as_bytes()])) {
        true => Ok(()),
        false => Err(doubted("its lines are not those that the entry states the digest of")),
    }
}

fn doubted(what: &str) -> Failure {
    Failure::Other {
        what: format!("the certificate is not believed: {what}"),
        code: exit::UNTRUSTED,
        advice:
            "Nothing was written. Ask for it again, and tell an auditor if it comes back the same."
                .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_whose_lines_differ_from_the_entry_is_not_believed() {
        let account = AccountNumber::new(1001).expect("from 1");
        let statement = "jcm-account/v1\nentries 41\n".to_owned();
        let digest = Digest::of(&[statement.as_bytes()]);
        let event = |application| {
            Event(vec![
                Effect::CertificateIssued { application },
                Effect::CertificateStated { account, digest },
            ])
        };
        let honest = wire::Certificate { entry: 52, statement, ..Default::default() };
        let on = Some(EntryIndex::new(50));
        assert!(states(&event(on), &honest, 50).is_ok());
        assert!(states(&event(None), &honest, 52).is_ok());
        assert!(states(&event(on), &honest, 49).is_err(), "on another request");
        let forged =
            wire::Certificate { statement: honest.statement.replace("41", "42"), ..honest };
        let error = states(&event(on), &forged, 50).expect_err("forged");
        assert_eq!(error.exit_code(), exit::UNTRUSTED);
        assert!(states(&Event(Vec::new()), &forged, 50).is_err());
    }
}

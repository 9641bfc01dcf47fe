//! Checking a document without the registry.

use super::{EXIT_FINDINGS, Failure, files};
use jcm_format::tlog::VerifierKey;
use jcm_verify::document::{Checked, DocumentError, How, Kind, Trust, check};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Check a certificate, a notice or a receipt, without the registry
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  jcm-verify document notice.html --log-key registry.example/jcm/2026+4f0b2c11+AWyp..."
)]
pub(crate) struct Args {
    /// The document, as JSON or as the HTML file that holds it, or a receipt (.tlog-proof)
    file: PathBuf,
    /// The published key of the log (vkey); without it a document's own word is taken
    #[arg(long, value_name = "VKEY")]
    log_key: Option<VerifierKey>,
    /// The key of a witness that must have cosigned (vkey). May be given several times
    #[arg(long, value_name = "VKEY")]
    witness: Vec<VerifierKey>,
    /// Pass over signatures by keys that are not known; changes to them go unnoticed
    #[arg(long)]
    ignore_unknown_signatures: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks a document.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let text = files::text(&args.file)?;
    let trust = Trust {
        log_key: args.log_key.clone(),
        witnesses: args.witness.clone(),
        ignore_unknown_signatures: args.ignore_unknown_signatures,
    };
    let outcome = check(&text, &trust);
    if let Err(error @ DocumentError::NoKey) = &outcome {
        return Err(Failure::usage(error.to_string()));
    }
    // A reader that went away does not change the verdict.
    let _ = print(args, text.starts_with('<'), &outcome);
    Ok(match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(EXIT_FINDINGS),
    })
}

fn print(args: &Args, html: bool, outcome: &Result<Checked, DocumentError>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match outcome {
        Ok(checked) if args.json => {
            let mut value = serde_json::to_value(checked)?;
            if let Some(members) = value.as_object_mut() {
                members.insert("holds".to_owned(), json!(true));
            }
            writeln!(out, "{value:#}")
        }
        Err(error) if args.json => {
            writeln!(out, "{:#}", json!({ "holds": false, "reason": error.to_string() }))
        }
        Ok(checked) => words(&mut out, checked, html),
        Err(error) => writeln!(out, "DOES NOT HOLD: {error}"),
    }
}

fn words(out: &mut impl Write, checked: &Checked, html: bool) -> io::Result<()> {
    let kind = match checked.kind {
        Kind::Receipt => "receipt",
        Kind::Certificate => "certificate of recorded matters (記録事項証明書)",
        Kind::Notice => "notice of retirement or cancellation (無効化・取消し通知)",
    };
    writeln!(out, "{:<12}{kind}", "document")?;
    writeln!(out, "{:<12}{}", "registry", checked.registry)?;
    writeln!(out, "{:<12}{}", "log key", checked.log_key)?;
    if !checked.log_key_pinned {
        let warning = "taken from the document itself: compare it with the published one";
        writeln!(out, "{:<12}{warning}", "")?;
    }
    writeln!(out, "{:<12}the first {} entries of the log", "signed", checked.size)?;
    for witness in &checked.witnesses {
        writeln!(out, "{:<12}{witness}", "witness")?;
    }
    for entry in &checked.entries {
        let (index, time, command) = (entry.index, entry.time, entry.command);
        writeln!(out, "{:<12}{index}, {time}, {command}", "entry")?;
        for signer in &entry.signers {
            writeln!(out, "{:<12}  signed by {signer}", "")?;
        }
        if checked.kind == Kind::Receipt {
            for effect in &entry.event.0 {
                let effect = serde_json::to_string(effect)?;
                writeln!(out, "{:<12}  {effect}", "")?;
            }
        }
    }
    if let Some(statement) = &checked.statement {
        writeln!(out, "\nIt says:\n")?;
        for line in statement.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    writeln!(out)?;
    for ground in &checked.grounds {
        let how = match ground.how {
            How::Proved => "proved",
            How::Stated => "only stated",
            How::NotShown => "not shown",
        };
        writeln!(out, "{how:<12}{}", ground.what)?;
    }
    if html {
        let warning = "what the file shows around the document was not checked: read it here";
        writeln!(out, "{:<12}{warning}", "not checked")?;
    }
    writeln!(out, "\nThe document holds.")
}

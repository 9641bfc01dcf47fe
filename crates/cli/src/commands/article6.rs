//! Rule data for Article 6 of the Paris Agreement.

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::files::{self, article6};
use crate::reply::{Reply, pairs, parsed};
use crate::session::Context;
use clap::Subcommand;
use jcm_format::command::Body;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Rule data for Article 6: show, adopt.
#[derive(Debug, Subcommand)]
pub enum Article6Command {
    /// Show the rule data in force
    #[command(after_help = "Example:\n  jcm article6 show")]
    Show,
    /// Adopt rule data for Article 6, as two authorities
    #[command(
        after_help = "Example:\n  jcm article6 adopt article6.toml --key a1.key --key a2.key\n\nThe file is described in docs/cli.md. The first adoption gives identifiers to the units first\ntransferred before."
    )]
    Adopt {
        /// The rule data
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Runs one of them.
pub async fn run(context: &Context, command: Article6Command) -> Result<Reply, Failure> {
    match command {
        Article6Command::Show => {
            let text = context.connect().await?.rules().await?.article6_json;
            if text.is_empty() {
                let text =
                    "None are adopted: authorisations have no versions, units no identifiers.";
                return Ok(Reply::new(json!({ "article6": null }), text));
            }
            let found = parsed(&text, "the rule data for Article 6")?;
            let text = shown(&found);
            Ok(Reply::new(json!({ "article6": found }), text))
        }
        Article6Command::Adopt { file, act: args } => {
            let what = "rule data for Article 6";
            let adopted = files::read(&file, what, |_, file| article6::read(&file))?;
            let mut session = context.open().await?;
            act(context, &mut session, &args, Body::AdoptArticle6(adopted), Vec::new()).await
        }
    }
}

fn shown(article6: &Value) -> String {
    let word = super::rules::word;
    // Years are no amounts.
    let year = |name: &str| article6[name].to_string();
    let cap = match &article6["gx_ets_cap_basis_points"] {
        Value::Null => "units do not serve it".to_owned(),
        points => format!("{} basis points of a year's emissions", word(points)),
    };
    let years = format!("{} to {}", year("ndc_first_year"), year("ndc_last_year"));
    pairs([
        ("ITMO registry", word(&article6["registry"])),
        ("period of the NDC", years),
        ("IMP and OP need authorisation", word(&article6["oimp_needs_authorisation"])),
        ("GX-ETS", cap),
        ("identifiers in reports", word(&article6["identifiers"])),
    ])
}

//! Issuance: the partner's consent, and the issuance itself, both from one file.
//!
//! ```toml
//! project = "MN003"
//! verifier = "Example Verification Ltd."
//! report = "verification-report.pdf"        # a file, or "sha256:<hex>"
//! # consent = 31                            # entry of the consent, or --consent
//! # japan_authorisation = "JP-2026-01"      # both or neither
//! # partner_authorisation = "MN-2026-01"
//!
//! [decision]
//! reference = "MN-JC-2026-01"
//! date = "2026-05-10"
//! period_start = "2023-07-01"
//! period_end = "2024-12-31"
//! notified_total_tonnes = 12000
//! notified_japan_tonnes = 9000
//!
//! # [carried_over]                          # in place of a consent
//! # issued_on = "2024-03-29"
//! # recognition_reference = "..."
//!
//! [[vintage]]                               # one for each calendar year of the period
//! year = 2023
//! allocations = [{ account = "JP-0001001-05", tonnes = 3000 }]
//!
//! [[vintage]]
//! year = 2024
//! allocations = [{ account = "JP-0001001-05", tonnes = 5500 }, { account = 1, tonnes = 500 }]
//! ```
//!
//! JSON with the same names does as well, in a file that ends in `.json`.

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::files::{self, AccountText};
use crate::parse;
use crate::reply::Reply;
use crate::session::Context;
use clap::Subcommand;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Allocation, Basis, Body, Decision, RecordIssuance, VintageIssue};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Issuance: the partner's consent, and the issuance itself.
#[derive(Debug, Subcommand)]
pub enum IssueCommand {
    /// Consent to an issuance, as the partner authority
    #[command(
        after_help = "Example:\n  jcm issue consent issuance.toml --key mn.key\n\nThe file is described in docs/cli.md; the consent takes project and decision from it."
    )]
    Consent {
        /// The file that describes the issuance
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Record an issuance: on a consent by two operators, carried over by two authorities
    #[command(
        after_help = "Example:\n  jcm issue record issuance.toml --consent 31 --key op-07.key --key op-08.key\n\nThe file is described in docs/cli.md."
    )]
    Record {
        /// The file that describes the issuance
        file: PathBuf,
        /// The entry of the partner authority's consent
        #[arg(long, value_name = "ENTRY", value_parser = parse::number::<u64>)]
        consent: Option<u64>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuanceFile {
    project: String,
    #[serde(default)]
    verifier: String,
    #[serde(default)]
    report: String,
    consent: Option<u64>,
    japan_authorisation: Option<String>,
    partner_authorisation: Option<String>,
    decision: DecisionFile,
    carried_over: Option<CarriedOverFile>,
    #[serde(default)]
    vintage: Vec<VintageFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionFile {
    reference: String,
    date: String,
    period_start: String,
    period_end: String,
    notified_total_tonnes: u64,
    notified_japan_tonnes: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarriedOverFile {
    issued_on: String,
    recognition_reference: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VintageFile {
    year: u16,
    allocations: Vec<AllocationFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllocationFile {
    account: AccountText,
    tonnes: u64,
}

/// Runs one of them.
pub async fn run(context: &Context, command: IssueCommand) -> Result<Reply, Failure> {
    let (body, args) = match command {
        IssueCommand::Consent { file, act } => (with_file(&file, |_, text| consent(&text))?, act),
        IssueCommand::Record { file, consent, act } => {
            (with_file(&file, |folder, text| record(folder, text, consent))?, act)
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, Vec::new()).await
}

fn with_file(
    path: &Path,
    read: impl FnOnce(&Path, IssuanceFile) -> Result<Body, String>,
) -> Result<Body, Failure> {
    files::read(path, "a file that describes an issuance", read)
}

fn consent(file: &IssuanceFile) -> Result<Body, String> {
    let project = parse::project(&file.project)?;
    Ok(Body::ConsentIssuance { project, decision: decision(&file.decision)? })
}

fn record(folder: &Path, file: IssuanceFile, consent: Option<u64>) -> Result<Body, String> {
    let basis = match (consent.or(file.consent), &file.carried_over) {
        (Some(consent), None) => Basis::Consent(EntryIndex::new(consent)),
        (None, Some(carried)) => Basis::CarriedOver {
            issued_on: carried.issued_on.parse().map_err(|error| format!("issued_on: {error}"))?,
            recognition_reference: parse::text(&carried.recognition_reference)?,
        },
        _ => return Err(
            "give either the partner's consent, in the file or with --consent, or [carried_over]"
                .to_owned(),
        ),
    };
    let authorisations = match (&file.japan_authorisation, &file.partner_authorisation) {
        (None, None) => None,
        (Some(japan), Some(partner)) => Some((parse::name(japan)?, parse::name(partner)?)),
        _ => return Err("give both authorisations or neither".to_owned()),
    };
    let vintages: Vec<VintageIssue> = file.vintage.iter().map(vintage).collect::<Result<_, _>>()?;
    let quantity = Tonnes::checked_sum(vintages.iter().map(|vintage| vintage.quantity_tonnes));
    Ok(Body::RecordIssuance(RecordIssuance {
        project: parse::project(&file.project)?,
        decision: decision(&file.decision)?,
        basis,
        verifier: parse::text(&file.verifier).map_err(|error| format!("verifier: {error}"))?,
        verification_report: report(folder, &file.report)?,
        quantity_tonnes: quantity.ok_or("the quantities are too large")?,
        vintages,
        authorisations,
    }))
}

/// A path in the file is relative to the file.
fn report(folder: &Path, report: &str) -> Result<Digest, String> {
    match report {
        "" => Err("report: the verification report is missing".to_owned()),
        digest if digest.starts_with("sha256:") => parse::document(digest),
        path => parse::document(&folder.join(path).to_string_lossy()),
    }
}

fn decision(file: &DecisionFile) -> Result<Decision, String> {
    let date =
        |name: &str, text: &str| text.parse().map_err(|error| format!("decision.{name}: {error}"));
    Ok(Decision {
        reference: parse::name(&file.reference)?,
        date: date("date", &file.date)?,
        period_start: date("period_start", &file.period_start)?,
        period_end: date("period_end", &file.period_end)?,
        notified_total_tonnes: Tonnes::new(file.notified_total_tonnes),
        notified_japan_tonnes: Tonnes::new(file.notified_japan_tonnes),
    })
}

fn vintage(file: &VintageFile) -> Result<VintageIssue, String> {
    let allocation = |part: &AllocationFile| {
        let account = part.account.account("vintage.allocations.account")?;
        Ok(Allocation { account, quantity_tonnes: Tonnes::new(part.tonnes) })
    };
    let allocations: Vec<_> =
        file.allocations.iter().map(allocation).collect::<Result<_, String>>()?;
    let quantity = Tonnes::checked_sum(allocations.iter().map(|part| part.quantity_tonnes));
    Ok(VintageIssue {
        year: parse::year(&file.year.to_string())?,
        quantity_tonnes: quantity.ok_or("the quantities are too large")?,
        allocations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example above, as it stands there.
    fn example() -> String {
        let source = include_str!("issue.rs");
        let lines = source.lines().skip_while(|line| *line != "//! ```toml").skip(1);
        let lines = lines.take_while(|line| *line != "//! ```");
        lines.map(|line| line.trim_start_matches("//!").trim_start()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_documented_example_is_an_issuance() {
        let text =
            example().replace("verification-report.pdf", &format!("sha256:{}", "ab".repeat(32)));
        let file = files::parse(&text, false).expect("TOML");
        assert!(matches!(consent(&file), Ok(Body::ConsentIssuance { .. })));
        let body = record(Path::new("."), file, Some(31)).expect("complete");
        let Body::RecordIssuance(issuance) = &body else { panic!("{body:?}") };
        assert_eq!(issuance.quantity_tonnes, Tonnes::new(9_000));
        assert_eq!(issuance.vintages.len(), 2);
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        assert!(jcm_client::CommandBuilder::new(origin, body).build().is_ok());
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&example()), "docs/cli.md differs from the example in issue.rs");
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let text =
            example().replace("verification-report.pdf", &format!("sha256:{}", "ab".repeat(32)));
        let file = |text: &str| files::parse::<IssuanceFile>(text, false).expect("TOML");
        let error = record(Path::new("."), file(&text), None).expect_err("no basis");
        assert!(error.contains("consent"), "{error}");
        let one = text.replace("# japan_authorisation", "japan_authorisation");
        assert!(record(Path::new("."), file(&one), Some(1)).is_err());
        assert!(files::parse::<IssuanceFile>(&format!("colour = 1\n{text}"), false).is_err());
    }
}

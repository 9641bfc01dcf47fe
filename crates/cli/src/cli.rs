//! The command line, as clap reads it.

use crate::commands;
use crate::parse;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use jcm_client::KeyName;
use jcm_format::key::PublicKey;
use jcm_format::tlog::{KeyType, Origin, VerifierKey, VerifierKeyError};
use std::path::PathBuf;
use std::str::FromStr;

/// Options of every command stand apart in the help.
const HEADING: &str = "Options of every command";

/// The registry of JCM credits, from the command line.
#[derive(Debug, Parser)]
#[command(name = "jcm", version, max_term_width = 100, subcommand_required = true)]
#[command(
    after_help = "Example:\n  jcm totals\n  jcm account show JP-0001001-05 --key representative.key\n\nMost questions are answered to those concerned only: give your key with --key, or in JCM_KEY or\nJCM_READER.\n\nExit codes: 0 done, 1 other, 2 usage, 3 rejected by a rule, 4 not permitted,\n5 unavailable (try again), 6 proofs do not hold (evidence is kept)."
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Where the registry is: https://HOST:PORT, or http:// on this computer
    #[arg(
        long,
        global = true, help_heading = HEADING,
        value_name = "URL",
        env = "JCM_ENDPOINT",
        hide_env_values = true,
        default_value = "http://127.0.0.1:50051"
    )]
    pub endpoint: String,
    /// Certificate of the authority behind an https endpoint, in PEM; without it the public ones
    /// are believed
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE", env = "JCM_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
    /// Certificate to show to a registry that asks for one, in PEM
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE", env = "JCM_CLIENT_CERT", hide_env_values = true)]
    pub client_cert: Option<PathBuf>,
    /// Private key of --client-cert, in PEM
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE", env = "JCM_CLIENT_KEY", hide_env_values = true)]
    pub client_key: Option<PathBuf>,
    /// Folder for trust store, receipts and pending commands [default: ~/.jcm]
    #[arg(long, global = true, help_heading = HEADING, value_name = "FOLDER", env = "JCM_HOME", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// Log key to trust, as <origin>+<id>+<base64> or 64 hexadecimal digits; without it the
    /// first one that the registry shows is kept
    #[arg(long, global = true, help_heading = HEADING, value_name = "KEY", env = "JCM_LOG_KEY", hide_env_values = true)]
    pub log_key: Option<LogKey>,
    /// Believe nothing that too few witnesses have cosigned: a policy file with the witnesses and
    /// their quorum, as the registry publishes it
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE", env = "JCM_WITNESS_POLICY", hide_env_values = true)]
    pub witness_policy: Option<PathBuf>,
    /// Key of whoever asks: its file, or agent: and its fingerprint or comment in the ssh-agent;
    /// most questions are answered to those concerned only
    #[arg(
        long,
        global = true, help_heading = HEADING,
        value_name = "KEY",
        env = "JCM_KEY",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = parse::key_name
    )]
    pub key: Vec<KeyName>,
    /// Key to ask with where no --key is given
    #[arg(long, global = true, help_heading = HEADING, value_name = "KEY", env = "JCM_READER", hide_env_values = true, value_parser = parse::key_name)]
    pub reader: Option<KeyName>,
    /// File whose first line is the passphrase of the key file; one for all key files, or one for
    /// each of them in their order. Without it, you are asked
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE", env = "JCM_PASSPHRASE_FILE", hide_env_values = true, value_delimiter = ',')]
    pub passphrase_file: Vec<PathBuf>,
    /// Answer with one JSON document
    #[arg(long, global = true, help_heading = HEADING)]
    pub json: bool,
}

/// A log key as it is given: with its name, or the bare public key.
#[derive(Debug, Clone)]
pub enum LogKey {
    /// The key with its origin.
    Named(VerifierKey),
    /// The key alone.
    Bare(PublicKey),
}

impl LogKey {
    /// The key as one of `origin`.
    pub fn for_origin(&self, origin: &Origin) -> Result<VerifierKey, String> {
        match self {
            LogKey::Named(key) if key.name() == origin.as_ref() => Ok(key.clone()),
            LogKey::Named(key) => Err(format!("the log key {key} is not one of {origin}")),
            LogKey::Bare(key) => VerifierKey::new(origin.as_ref(), KeyType::Ed25519, key)
                .map_err(|error| format!("{key} cannot be a log key: {error}")),
        }
    }
}

impl FromStr for LogKey {
    type Err = String;

    fn from_str(text: &str) -> Result<LogKey, String> {
        match text.parse() {
            Ok(key) => Ok(LogKey::Bare(key)),
            Err(_) => text.parse().map(LogKey::Named).map_err(|error: VerifierKeyError| {
                format!("{error}, and it is not a public key of 64 hexadecimal digits either")
            }),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keys: make, show, prove, register, revoke, list, recover
    #[command(subcommand)]
    Key(commands::key::KeyCommand),
    /// Make the signed genesis of a new registry
    Genesis(commands::genesis::GenesisArgs),
    /// Who the registry is, and its rule data
    #[command(after_help = "Example:\n  jcm registry")]
    Registry,
    /// Totals by account category, and corresponding adjustments
    #[command(after_help = "Example:\n  jcm totals --json")]
    Totals,
    /// Operators: appoint, remove
    #[command(subcommand)]
    Operator(commands::people::OperatorCommand),
    /// Partner authorities: register a key
    #[command(subcommand)]
    Partner(commands::people::PartnerCommand),
    /// Auditors: register a key
    #[command(subcommand)]
    Auditor(commands::people::AuditorCommand),
    /// Accounts: apply, change, close, acceptance, mandate, trust, freeze, open, show, list
    #[command(subcommand)]
    Account(commands::account::AccountCommand),
    /// Fee payments: record, import, apply, prove, refund, list, show
    #[command(subcommand)]
    Payment(commands::payment::PaymentCommand),
    /// Projects: register, proponent, list
    #[command(subcommand)]
    Project(commands::project::ProjectCommand),
    /// Rule data for Article 6: show, adopt
    #[command(subcommand)]
    Article6(commands::article6::Article6Command),
    /// Authorisations under Article 6: record, change, revoke, list, show
    #[command(subcommand)]
    Authorisation(commands::authorisation::AuthorisationCommand),
    /// Corresponding adjustments: confirm, withdraw, list
    #[command(subcommand)]
    Adjustment(commands::adjustment::AdjustmentCommand),
    /// Issuance: the partner's consent, and the issuance itself
    #[command(subcommand)]
    Issue(commands::issue::IssueCommand),
    /// Transfers: apply, accept, record
    #[command(subcommand)]
    Transfer(commands::transfer::TransferCommand),
    /// Retire units towards Japan's NDC (無効化)
    #[command(
        after_help = "Example:\n  jcm retire --from JP-0001001-05 --quantity 1,000 --use gx-ets --year 2026 \\\n    --gratuitous --key representative.key"
    )]
    Retire(commands::transfer::SinkArgs),
    /// Cancel units (取消し)
    #[command(
        after_help = "Example:\n  jcm cancel --from JP-0001001-05 --range 7:1-500 --use voluntary \\\n    --beneficiary 'Example K.K.' --gratuitous --key representative.key"
    )]
    Cancel(commands::transfer::SinkArgs),
    /// Applications: list, queue, show, complete, record, refuse, withdraw
    #[command(subcommand)]
    Application(commands::application::ApplicationCommand),
    /// Certificates of recorded matters: request, issue, show
    #[command(subcommand)]
    Certificate(commands::certificate::CertificateCommand),
    /// The notice of a retirement or cancellation, which proves itself
    #[command(
        after_help = "Example:\n  jcm notice 61 --format html --out notice.html\n\nThe entries in it are proved, and what it says is compared with them, before anything is written.\nWhoever is given it checks it with `jcm-verify document` or in the verifier's page."
    )]
    Notice(commands::notice::NoticeArgs),
    /// The fee that an application would owe today, and why
    Quote(commands::quote::QuoteArgs),
    /// What an invoice for an application's fee says
    Invoice(commands::quote::InvoiceArgs),
    /// Trusts over units: apply, record a court's commission, list
    #[command(subcommand)]
    Trust(commands::trust::TrustCommand),
    /// Restrictions on disposal: record, release, list
    #[command(subcommand)]
    Restriction(commands::restriction::RestrictionCommand),
    /// Corrections of the record
    #[command(subcommand)]
    Correction(commands::office::CorrectionCommand),
    /// The notices that the law asks for, to one holder
    Notices(commands::notices::NoticesArgs),
    /// Opening balance, movements and closing balance of an account
    Statement(commands::statement::StatementArgs),
    /// What an account holds
    Holdings(commands::look::HoldingsArgs),
    /// What is known of units; choosing some; whether they serve a use; what happened to one
    Units(commands::units::UnitsArgs),
    /// Entries that concern one account, application, payment, project or block
    History(commands::look::HistoryArgs),
    /// One entry
    Entry(commands::look::EntryArgs),
    /// Receipts: show, check
    #[command(subcommand)]
    Receipt(commands::receipt::ReceiptCommand),
    /// Get the proof that an entry is in the log, and check it
    Proof(commands::receipt::ProofArgs),
    /// Books of a year (帳簿): close, show
    #[command(subcommand)]
    Books(commands::office::BooksCommand),
    /// Fee income
    #[command(subcommand)]
    Fees(commands::office::FeesCommand),
    /// What the registry publishes (registry ordinance, art. 16)
    Publication(commands::office::PublicationArgs),
    /// Reports: accounts, holdings, issuances, uses, balance, SHK, GX-ETS, Article 6, a year's pack
    #[command(subcommand)]
    Report(commands::report::ReportCommand),
    /// Erase personal data from the private store for good
    Erase(commands::office::EraseArgs),
    /// Rule data: show, adopt
    #[command(subcommand)]
    Rules(commands::rules::RulesCommand),
    /// Safeguards of accounts: show, adopt
    #[command(subcommand)]
    Safeguards(commands::guard::SafeguardsCommand),
    /// Calendars of holidays: adopt, list, example
    #[command(subcommand)]
    Calendar(commands::rules::CalendarCommand),
    /// Many acts from a spreadsheet: template, check, import, export
    #[command(subcommand)]
    Bulk(commands::bulk::BulkCommand),
    /// Get the whole log, check it, and write it to a file
    Export(commands::export::ExportArgs),
    /// Add a signature to a command file
    Sign(commands::offline::SignArgs),
    /// Send a signed command file
    Submit(commands::offline::SubmitArgs),
    /// Write a completion script for a shell
    #[command(after_help = "Example:\n  jcm completion bash > /etc/bash_completion.d/jcm")]
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// The completion script for a shell.
pub fn completion(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "jcm", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

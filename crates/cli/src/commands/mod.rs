//! One file for each group of commands.

pub mod key;
pub mod people;
pub mod recover;

pub mod genesis;
pub mod registry;

pub mod account;
pub mod application;
pub mod certificate;
pub mod guard;
pub mod holder;
pub mod notice;
pub mod notices;
pub mod payment;
pub mod payment_import;
pub mod quote;
pub mod statement;

pub mod adjustment;
pub mod article6;
pub mod authorisation;
pub mod issue;
pub mod project;

pub mod restriction;
pub mod transfer;
pub mod trust;
pub mod units;

pub mod office;
pub mod report;
pub mod report_article6;
pub mod report_pack;
pub mod report_source;
pub mod rules;

pub mod bulk;
pub mod bulk_import;
pub mod export;
pub mod look;
pub mod receipt;

pub mod offline;

use crate::cli::{Cli, Command, completion};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::session::Context;
use jcm_format::command::Purpose;
use serde_json::json;

/// Does what the command line says.
pub async fn run(cli: Cli) -> Result<Reply, Failure> {
    let context = &Context::new(&cli.global)?;
    match cli.command {
        Command::Key(command) => key::run(context, command).await,
        Command::Genesis(args) => genesis::run(cli.global.log_key.as_ref(), args),
        Command::Registry => registry::info(context).await,
        Command::Totals => registry::totals(context).await,
        Command::Operator(command) => people::operator(context, command).await,
        Command::Partner(command) => people::partner(context, command).await,
        Command::Auditor(command) => people::auditor(context, command).await,
        Command::Account(command) => account::run(context, command).await,
        Command::Payment(command) => payment::run(context, command).await,
        Command::Project(command) => project::run(context, command).await,
        Command::Authorisation(command) => authorisation::run(context, command).await,
        Command::Article6(command) => article6::run(context, command).await,
        Command::Adjustment(command) => adjustment::run(context, command).await,
        Command::Issue(command) => issue::run(context, command).await,
        Command::Transfer(command) => transfer::run(context, command).await,
        Command::Retire(args) => transfer::sink(context, args, Purpose::Retirement).await,
        Command::Cancel(args) => transfer::sink(context, args, Purpose::Cancellation).await,
        Command::Application(command) => application::run(context, command).await,
        Command::Certificate(command) => certificate::run(context, command).await,
        Command::Notice(args) => notice::show(context, args).await,
        Command::Holdings(args) => look::holdings(context, args).await,
        Command::Units(args) => units::run(context, args).await,
        Command::Statement(args) => statement::run(context, args).await,
        Command::Notices(args) => notices::run(context, args, cli.global.json).await,
        Command::Quote(args) => quote::quote(context, args).await,
        Command::Invoice(args) => quote::invoice(context, args).await,
        Command::Trust(command) => trust::run(context, command).await,
        Command::Restriction(command) => restriction::run(context, command).await,
        Command::Correction(command) => office::correction(context, command).await,
        Command::Books(command) => office::books(context, command).await,
        Command::Fees(command) => office::fees(context, command).await,
        Command::Publication(args) => office::publication(context, args).await,
        Command::Report(command) => report::run(context, command, cli.global.json).await,
        Command::Erase(args) => office::erase(context, args).await,
        Command::Rules(command) => rules::rules(context, command).await,
        Command::Safeguards(command) => guard::safeguards(context, command).await,
        Command::Calendar(command) => rules::calendar(context, command).await,
        Command::History(args) => look::history(context, args).await,
        Command::Entry(args) => look::entry(context, args).await,
        Command::Receipt(command) => receipt::run(context, command).await,
        Command::Proof(args) => receipt::proof(context, args).await,
        Command::Bulk(command) => bulk::run(context, command).await,
        Command::Export(args) => export::run(context, args).await,
        Command::Sign(args) => offline::sign(context, args).await,
        Command::Submit(args) => offline::submit(context, args).await,
        Command::Completion { shell } => {
            let script = completion(shell);
            Ok(Reply::new(json!({ "script": script }), script))
        }
    }
}

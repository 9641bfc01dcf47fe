//! Operators, partner authorities and auditors.

use crate::act::{ActArgs, act};
use crate::commands::key::Possession;
use crate::failure::Failure;
use crate::parse;
use crate::reply::Reply;
use crate::session::Context;
use clap::{Args, Subcommand};
use jcm_format::command::{Body, Role};
use jcm_format::id::Country;
use jcm_format::text::{Name, Text};
use std::path::PathBuf;

/// Operators: appoint, remove.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Appoint a member of staff as operator, with a first key
    #[command(
        after_help = "Example:\n  jcm operator appoint op-07 --possession op-07.possession --key a1.key --key a2.key"
    )]
    Appoint {
        /// Stable name
        #[arg(value_parser = parse::name)]
        name: Name,
        /// The proof and how to act.
        #[command(flatten)]
        registration: Registration,
    },
    /// Remove an operator with all keys
    #[command(
        after_help = "Example:\n  jcm operator remove op-07 --reason 'left the body' --key a1.key --key a2.key"
    )]
    Remove {
        /// Stable name
        #[arg(value_parser = parse::name)]
        name: Name,
        /// Why; recorded and public
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Partner authorities: register a key.
#[derive(Debug, Subcommand)]
pub enum PartnerCommand {
    /// Register a key of a partner country's competent authority
    #[command(
        after_help = "Example:\n  jcm partner register MN --possession mn.possession --key a1.key --key a2.key"
    )]
    Register {
        /// Country code, such as MN
        #[arg(value_parser = parse::country)]
        country: Country,
        /// The proof and how to act.
        #[command(flatten)]
        registration: Registration,
    },
}

/// Auditors: register a key.
#[derive(Debug, Subcommand)]
pub enum AuditorCommand {
    /// Register an auditor's key
    #[command(
        after_help = "Example:\n  jcm auditor register auditor-1 --possession a.possession --key a1.key --key a2.key"
    )]
    Register {
        /// Stable name
        #[arg(value_parser = parse::name)]
        name: Name,
        /// The proof and how to act.
        #[command(flatten)]
        registration: Registration,
    },
}

/// A key's proof, and how to act.
#[derive(Debug, Args)]
pub struct Registration {
    /// The owner's proof, made with `jcm key possession` for this role
    #[arg(long, value_name = "FILE")]
    possession: PathBuf,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Runs one of them.
pub async fn operator(context: &Context, command: OperatorCommand) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    match command {
        OperatorCommand::Appoint { name, registration } => {
            let role = Role::Operator(name.clone());
            let Registration { possession, act: args } = registration;
            let proof = Possession::read(&possession, &session.info.origin, Some(&role))?;
            let body = Body::AppointOperator { person: name, key: proof.key() };
            act(context, &mut session, &args, body, Vec::new()).await
        }
        OperatorCommand::Remove { name, reason, act: args } => {
            let body = Body::RemoveOperator { person: name, reason };
            act(context, &mut session, &args, body, Vec::new()).await
        }
    }
}

/// Runs one of them.
pub async fn partner(context: &Context, command: PartnerCommand) -> Result<Reply, Failure> {
    let PartnerCommand::Register { country, registration } = command;
    register(context, Role::Partner(country), registration).await
}

/// Runs one of them.
pub async fn auditor(context: &Context, command: AuditorCommand) -> Result<Reply, Failure> {
    let AuditorCommand::Register { name, registration } = command;
    register(context, Role::Auditor(name), registration).await
}

async fn register(
    context: &Context,
    role: Role,
    Registration { possession, act: args }: Registration,
) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let proof = Possession::read(&possession, &session.info.origin, Some(&role))?;
    let body = Body::RegisterKey { role, key: proof.key() };
    act(context, &mut session, &args, body, Vec::new()).await
}

//! Projects.

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::Context;
use clap::Subcommand;
use jcm_client::{PrivateValue, wire};
use jcm_format::command::{Body, RegisterProject};
use jcm_format::hash::Digest;
use jcm_format::id::ProjectRef;
use jcm_format::text::{Name, Text};
use jcm_format::time::Date;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Projects: register, proponent, list.
#[derive(Debug, Subcommand)]
pub enum ProjectCommand {
    /// Register a project
    #[command(
        after_help = "Example:\n  jcm project register MN003 --title '首都近郊農場での12.7MW太陽光発電' \\\n    --methodology MN_AM003 --public-input 2017-05-01 --key operator-07.key"
    )]
    Register {
        /// Reference, which begins with the partner country's code
        #[arg(value_parser = parse::project)]
        reference: ProjectRef,
        /// Title
        #[arg(long, value_parser = parse::text)]
        title: Text,
        /// Methodology
        #[arg(long, value_parser = parse::name)]
        methodology: Name,
        /// Day on which public input on the design document began, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        public_input: Option<Date>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Register an individual as proponent of a project: a commitment, never the name
    #[command(
        after_help = "Example:\n  jcm project proponent MN003 --identity person.json --key operator-07.key\n  jcm project proponent VN001 --key operator-07.key \\\n    --person 6f1c4e0f8f3a3a2c1c0e7c0a5d2b9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e\n\nThe commitment is shown; it stands for the person in every further project and in the application for an\naccount. The identity is kept outside the log."
    )]
    Proponent {
        /// The project
        #[arg(value_parser = parse::project)]
        project: ProjectRef,
        /// The identity, in a file of any form: committed to under a fresh salt
        #[arg(
            long,
            value_name = "FILE",
            required_unless_present = "person",
            conflicts_with = "person"
        )]
        identity: Option<PathBuf>,
        /// The commitment of a person that is proponent of another project
        #[arg(long, value_name = "COMMITMENT", value_parser = parse::commitment)]
        person: Option<Digest>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List projects
    #[command(after_help = "Example:\n  jcm project list")]
    List,
}

/// Runs one of them.
pub async fn run(context: &Context, command: ProjectCommand) -> Result<Reply, Failure> {
    match command {
        ProjectCommand::Register { reference, title, methodology, public_input, act: args } => {
            let mut session = context.open().await?;
            let body = Body::RegisterProject(RegisterProject {
                reference,
                title,
                methodology,
                public_input_date: public_input,
            });
            act(context, &mut session, &args, body, Vec::new()).await
        }
        ProjectCommand::Proponent { project, identity, person, act: args } => {
            let read = |path: &PathBuf| std::fs::read(path).map_err(Failure::reading(path));
            let identity = identity.as_ref().map(read).transpose()?;
            let identity = identity.map(PrivateValue::new).transpose()?;
            let person = person.or(identity.as_ref().map(PrivateValue::commitment));
            let person = person.ok_or_else(|| {
                Failure::usage("whose proponent?", "Give --identity, or --person.")
            })?;
            let body = Body::RegisterProponent { project, person };
            let mut session = context.open().await?;
            act(context, &mut session, &args, body, identity.into_iter().collect()).await
        }
        ProjectCommand::List => {
            let projects = context.connect().await?.projects().await?;
            Ok(Reply::new(projects.iter().map(to_json).collect(), list(&projects)))
        }
    }
}

fn to_json(project: &wire::Project) -> Value {
    json!({
        "reference": project.reference,
        "title": project.title,
        "methodology": project.methodology,
        "public_input_date":
            (!project.public_input_date.is_empty()).then_some(&project.public_input_date),
    })
}

fn list(projects: &[wire::Project]) -> String {
    let columns = [
        Column::Left("project"),
        Column::Left("methodology"),
        Column::Left("public input"),
        Column::Left("title"),
    ];
    let row = |project: &wire::Project| {
        vec![
            project.reference.clone(),
            project.methodology.clone(),
            project.public_input_date.clone(),
            project.title.clone(),
        ]
    };
    table(&columns, projects.iter().map(row))
}

//! Projects.

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::session::Context;
use clap::Subcommand;
use jcm_client::wire;
use jcm_format::command::{Body, RegisterProject};
use jcm_format::id::ProjectRef;
use jcm_format::text::{Name, Text};
use jcm_format::time::Date;
use serde_json::{Value, json};

/// Projects: register, list.
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

//! Projects.

use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::id::ProjectRef;
use jcm_ledger::state::Project;

/// Every project, by reference.
pub(crate) fn projects(
    shared: &Shared,
    request: &pb::ListProjectsRequest,
) -> Result<pb::ListProjectsResponse, Refusal> {
    let after = page::after("projects", &request.page_token, ProjectRef::new)?;
    let view = shared.view();
    let projects = view
        .state()
        .projects()
        .skip_while(|project| after.as_ref().is_some_and(|after| project.reference <= *after));
    let (projects, next_page_token) =
        page::take(projects, page::page_size(request.page_size), "projects", |project| {
            project.reference.clone()
        });
    let projects = projects.into_iter().map(project_message).collect();
    Ok(pb::ListProjectsResponse { projects, next_page_token })
}

fn project_message(project: &Project) -> pb::Project {
    pb::Project {
        reference: project.reference.to_string(),
        title: project.title.to_string(),
        methodology: project.methodology.to_string(),
        public_input_date: project
            .public_input_date
            .map_or_else(String::new, |date| date.to_string()),
    }
}

//! Projects and authorisations.

use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::command::Side;
use jcm_format::id::ProjectRef;
use jcm_ledger::state::{AuthorisationRecord, Project};

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

/// Every authorisation, in the order of recording.
pub(crate) fn authorisations(
    shared: &Shared,
    request: &pb::ListAuthorisationsRequest,
) -> Result<pb::ListAuthorisationsResponse, Refusal> {
    let after =
        page::after("authorisations", &request.page_token, |text| text.parse::<u64>().ok())?;
    let view = shared.view();
    let records = view
        .state()
        .authorisations()
        .skip_while(|record| after.is_some_and(|after| record.entry.get() <= after));
    let (records, next_page_token) =
        page::take(records, page::page_size(request.page_size), "authorisations", |record| {
            record.entry
        });
    let authorisations = records.into_iter().map(authorisation_message).collect();
    Ok(pb::ListAuthorisationsResponse { authorisations, next_page_token })
}

fn authorisation_message(record: &AuthorisationRecord) -> pb::Authorisation {
    let authorisation = &record.authorisation;
    let side = match authorisation.side {
        Side::Japan => "japan",
        Side::Partner => "partner",
    };
    pb::Authorisation {
        entry: record.entry.get(),
        id: authorisation.id.to_string(),
        side: side.to_owned(),
        partner: authorisation.partner.to_string(),
        cooperative_approach: authorisation.cooperative_approach.to_string(),
        date: authorisation.date.to_string(),
        quantity_tonnes: authorisation.quantity_tonnes.get(),
        used_tonnes: record.used_tonnes.get(),
        first_vintage: authorisation.first_vintage.get().into(),
        last_vintage: authorisation.last_vintage.get().into(),
        projects: authorisation.projects.iter().map(ProjectRef::to_string).collect(),
    }
}

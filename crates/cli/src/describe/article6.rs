//! What the two governments say under Article 6, and commands of several parts.

use super::acts::yes_no;
use super::{Line, line, optional, tonnes};
use jcm_format::command::{
    Article6, Authorisation, AuthorisationDetails, AuthorisationTerms, AuthorisedPurposes, Body,
    Confirmation, FirstTransferDefinition, Side, UseDetails,
};
use std::fmt::Display;

/// One line for each thing that the command says; none for a command of another
/// kind.
pub(super) fn body(body: &Body) -> Vec<Line> {
    match body {
        Body::AdoptArticle6(article6) => self::article6(article6),
        Body::RecordAuthorisation { authorisation, details } => [
            self::authorisation(authorisation),
            details.as_ref().map(self::details).unwrap_or_default(),
        ]
        .concat(),
        Body::ChangeAuthorisation(change) => [
            vec![line("authorisation", change.authorisation)],
            terms(&change.terms),
            details(&change.details),
        ]
        .concat(),
        Body::RevokeAuthorisation { revocation, reason } => vec![
            line("authorisation", revocation.authorisation),
            line("date", revocation.date),
            line("document", revocation.document),
            line("reason", reason),
        ],
        Body::ConfirmAdjustment(confirmation) => self::confirmation(confirmation),
        Body::WithdrawConfirmation { confirmation, reason } => {
            vec![line("confirmation", confirmation), line("reason", reason)]
        }
        _ => Vec::new(),
    }
}

/// The parts of a command, each with its number as the registry counts them.
pub(super) fn parts<T>(
    what: &'static str,
    parts: &[T],
    describe: impl Fn(&T) -> Vec<Line>,
) -> Vec<Line> {
    let mut lines = vec![line("parts, all or none", parts.len())];
    for (number, part) in parts.iter().enumerate() {
        lines.push(line(what, format!("parts[{number}]")));
        lines.extend(describe(part));
    }
    lines
}

/// What a use says of persons.
pub(super) fn use_details(details: Option<&UseDetails>) -> Vec<Line> {
    let beneficiary = details.and_then(|details| details.beneficiary.as_ref());
    let entity = details.and_then(|details| details.entity.as_ref());
    [optional("beneficiary's number", beneficiary), optional("authorised entity", entity)].concat()
}

fn article6(m: &Article6) -> Vec<Line> {
    let cap = match m.gx_ets_cap_basis_points {
        None => "units do not serve it".to_owned(),
        Some(points) => format!("{}.{:02} % of a year's emissions", points / 100, points % 100),
    };
    vec![
        line("ITMO registry", m.registry),
        line("period of the NDC", format!("{} to {}", m.ndc_first_year, m.ndc_last_year)),
        line("IMP and OP need both sides' authorisation", yes_no(m.oimp_needs_authorisation)),
        line("GX-ETS", cap),
        line("identifiers in reports", m.identifiers),
    ]
}

fn authorisation(m: &Authorisation) -> Vec<Line> {
    let side = match m.side {
        Side::Japan => "Japan",
        Side::Partner => "partner",
    };
    let head = vec![
        line("identifier", &m.id),
        line("side", side),
        line("partner", m.partner),
        line("cooperative approach", m.cooperative_approach),
    ];
    [head, terms(&AuthorisationTerms::from(m))].concat()
}

fn terms(m: &AuthorisationTerms) -> Vec<Line> {
    let first_transfer = match m.first_transfer {
        FirstTransferDefinition::Authorisation => "authorisation",
        FirstTransferDefinition::Issuance => "issuance",
        FirstTransferDefinition::UseOrCancellation => "use or cancellation",
    };
    let mut lines = vec![
        line("date", m.date),
        line("quantity", tonnes(m.quantity_tonnes.get())),
        line("vintages", format!("{} to {}", m.first_vintage, m.last_vintage)),
        line("purposes", purposes(m.purposes)),
        line("first transfer, for IMP and OP", first_transfer),
    ];
    if m.projects.is_empty() {
        lines.push(line("projects", "all"));
    }
    lines.extend(m.projects.iter().map(|project| line("project", project)));
    lines.push(line("document", m.document));
    lines
}

fn purposes(m: AuthorisedPurposes) -> String {
    let all = [(m.ndc, "NDC"), (m.imp, "IMP"), (m.op, "OP")];
    joined(all.iter().filter(|(on, _)| *on).map(|(_, word)| word))
}

fn details(m: &AuthorisationDetails) -> Vec<Line> {
    let mut lines = vec![line("version", m.version), line("mitigation", m.mitigation)];
    lines.extend(optional("global warming potentials", m.gwp.as_ref()));
    lines.push(line("sectors", joined(&m.sectors)));
    lines.extend(m.activities.iter().map(|activity| line("activity type", activity)));
    lines.extend(m.parties.iter().map(|party| line("authorised Party", party)));
    for entity in &m.entities {
        lines.push(line("authorised entity", format!("{} {}", entity.entity, entity.name)));
        lines.extend(optional("on condition", entity.conditions.as_ref()));
    }
    let years = m.use_years.map(|years| format!("{} to {}", years.first, years.last));
    lines.push(line("years of use", years.as_deref().unwrap_or("any")));
    lines.extend(optional("which other purposes", m.oimp.as_ref()));
    lines.extend(m.terms.iter().map(|paragraph| line("terms", paragraph)));
    let reach = yes_no(m.changes_reach_first_transferred);
    lines.push(line("changes reach units first transferred", reach));
    lines.extend(optional("notes", m.notes.as_ref()));
    lines
}

fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    words.join(", ")
}

fn confirmation(m: &Confirmation) -> Vec<Line> {
    vec![
        line("partner, which has added", m.partner),
        line("year of use", m.year),
        line("vintage", m.vintage),
        line("quantity", tonnes(m.quantity_tonnes.get())),
        line("date", m.date),
        line("document", m.document),
    ]
}

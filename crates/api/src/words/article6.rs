//! Article 6 of the Paris Agreement in words.

use super::issuance::purposes;
use super::{listed, tonnes};
use jcm_format::command::{
    Article6, AuthorisationChange, AuthorisationDetails, FirstTransferDefinition, ItmoRendering,
};
use jcm_format::event::Effect;

/// The pattern of the effects that are said here.
macro_rules! of_article6 {
    () => {
        Effect::Article6Adopted(_)
            | Effect::AuthorisationDetailed(_)
            | Effect::AuthorisationChanged(_)
            | Effect::AuthorisationRevoked(_)
            | Effect::AdjustmentConfirmed(_)
            | Effect::ConfirmationWithdrawn { .. }
    };
}

pub(super) use of_article6;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::Article6Adopted(article6) => article6_words(article6),
        Effect::AuthorisationDetailed(details) => format!("details: {}", details_words(details)),
        Effect::AuthorisationChanged(change) => change_words(change),
        Effect::AuthorisationRevoked(revocation) => format!(
            "revokes the authorisation of entry {}, dated {}: nothing more is first transferred \
             under it",
            revocation.authorisation, revocation.date
        ),
        Effect::AdjustmentConfirmed(of) => format!(
            "{} confirms that it added {}, vintage {}, used in {}",
            of.partner,
            tonnes(of.quantity_tonnes),
            of.vintage,
            of.year
        ),
        Effect::ConfirmationWithdrawn { confirmation } => {
            format!("withdraws the confirmation of entry {confirmation}")
        }
        _ => String::new(),
    }
}

/// Rule data for Article 6.
pub fn article6_words(article6: &Article6) -> String {
    let oimp = if article6.oimp_needs_authorisation { "needs" } else { "does not need" };
    let gx_ets = match article6.gx_ets_cap_basis_points {
        None => "units do not serve GX-ETS".to_owned(),
        Some(points) => format!(
            "units serve GX-ETS for up to {}.{:02} % of a year's emissions",
            points / 100,
            points % 100
        ),
    };
    let rendering = match article6.identifiers {
        ItmoRendering::Integer => "as the serial alone",
        ItmoRendering::Full => "in full",
    };
    format!(
        "adopts rule data for Article 6: registry {}, NDC from {} to {}; cancellation for other \
         international mitigation purposes {oimp} authorisation; {gx_ets}; reports write \
         identifiers {rendering}",
        article6.registry, article6.ndc_first_year, article6.ndc_last_year
    )
}

fn change_words(change: &AuthorisationChange) -> String {
    let terms = &change.terms;
    let first_transfer = match terms.first_transfer {
        FirstTransferDefinition::Authorisation => "at authorisation",
        FirstTransferDefinition::Issuance => "at issuance",
        FirstTransferDefinition::UseOrCancellation => "at use or cancellation",
    };
    let projects = if terms.projects.is_empty() {
        "all projects".to_owned()
    } else {
        format!("projects {}", listed(&terms.projects, "of them"))
    };
    format!(
        "changes the authorisation of entry {} by {}: {}, vintages {} to {}, for {}, {projects}, \
         first transferred for other purposes than the NDC {first_transfer}; {}",
        change.authorisation,
        terms.date,
        tonnes(terms.quantity_tonnes),
        terms.first_vintage,
        terms.last_vintage,
        purposes(terms.purposes),
        details_words(&change.details)
    )
}

/// What an authorisation says beside its terms.
pub fn details_words(details: &AuthorisationDetails) -> String {
    let mut words = vec![
        format!("version {}", details.version),
        details.mitigation.to_string(),
        format!("sectors {}", listed(&details.sectors, "of them")),
    ];
    if !details.activities.is_empty() {
        words.push(format!("activities {}", listed(&details.activities, "of them")));
    }
    if !details.parties.is_empty() {
        words.push(format!("Parties {}", listed(&details.parties, "of them")));
    }
    if !details.entities.is_empty() {
        let entities: Vec<_> = details.entities.iter().map(|of| &of.entity).collect();
        words.push(format!("entities {}", listed(&entities, "of them")));
    }
    if let Some(years) = details.use_years {
        words.push(format!("to be used from {} to {}", years.first, years.last));
    }
    words.extend(details.gwp.as_ref().map(|gwp| format!("GWP {gwp}")));
    words.extend(details.oimp.as_ref().map(|oimp| format!("other purposes: {oimp}")));
    let paragraphs = details.terms.len();
    if paragraphs > 0 {
        words.push(super::counted(paragraphs as u64, "paragraph") + " of terms");
    }
    words.push(format!(
        "changes {} units already first transferred",
        if details.changes_reach_first_transferred { "reach" } else { "do not reach" }
    ));
    words.extend(details.notes.as_ref().map(|notes| format!("note: {notes}")));
    words.join("; ")
}

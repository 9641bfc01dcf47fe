//! The messages of Article 6 of the Paris Agreement.

use super::{Wire, date, optional_text};
use crate::command::{
    ActivityType, Article6, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisedEntity, Confirmation, EntityRef, FirstTransferDefinition,
    Sector, Side, YearSpan,
};
use crate::id::EntryIndex;
use crate::pb;
use crate::text::Text;
use crate::time::Year;

pub(super) fn record(
    authorisation: &Authorisation,
    details: &Option<AuthorisationDetails>,
) -> Wire {
    let side = match authorisation.side {
        Side::Japan => pb::AuthorisingSide::Japan,
        Side::Partner => pb::AuthorisingSide::Partner,
    };
    Wire::RecordAuthorisation(pb::RecordAuthorisation {
        authorisation_id: authorisation.id.to_string(),
        side: side.into(),
        partner: authorisation.partner.to_string(),
        cooperative_approach: authorisation.cooperative_approach.to_string(),
        date: Some(date(authorisation.date)),
        quantity_tonnes: authorisation.quantity_tonnes.get(),
        first_vintage: authorisation.first_vintage.get().into(),
        last_vintage: authorisation.last_vintage.get().into(),
        for_ndc: authorisation.purposes.ndc,
        for_imp: authorisation.purposes.imp,
        for_op: authorisation.purposes.op,
        first_transfer: first_transfer(authorisation.first_transfer),
        projects: authorisation.projects.iter().map(|project| project.to_string()).collect(),
        document: authorisation.document.as_bytes().to_vec(),
        details: details.as_ref().map(self::details),
    })
}

fn first_transfer(definition: FirstTransferDefinition) -> i32 {
    let wire = match definition {
        FirstTransferDefinition::Authorisation => pb::FirstTransferDefinition::Authorisation,
        FirstTransferDefinition::Issuance => pb::FirstTransferDefinition::Issuance,
        FirstTransferDefinition::UseOrCancellation => {
            pb::FirstTransferDefinition::UseOrCancellation
        }
    };
    wire.into()
}

fn details(details: &AuthorisationDetails) -> pb::AuthorisationDetails {
    // 0 = whenever.
    let bound =
        |of: fn(&YearSpan) -> Year| details.use_years.as_ref().map_or(0, |y| of(y).get().into());
    pb::AuthorisationDetails {
        version: details.version,
        // `parse` accepts no other.
        metric: pb::Metric::Ghg.into(),
        mitigation: details.mitigation.to_wire(),
        gwp: optional_text(details.gwp.as_ref()),
        sectors: details.sectors.iter().copied().map(Sector::to_wire).collect(),
        activities: details.activities.iter().copied().map(ActivityType::to_wire).collect(),
        parties: details.parties.iter().map(|party| party.to_string()).collect(),
        entities: details.entities.iter().map(authorised_entity).collect(),
        use_first_year: bound(|years| years.first),
        use_last_year: bound(|years| years.last),
        oimp: optional_text(details.oimp.as_ref()),
        terms: details.terms.iter().map(Text::to_string).collect(),
        changes_reach_first_transferred: details.changes_reach_first_transferred,
        notes: optional_text(details.notes.as_ref()),
    }
}

fn authorised_entity(of: &AuthorisedEntity) -> pb::AuthorisedEntity {
    pb::AuthorisedEntity {
        entity: Some(entity(&of.entity)),
        name: of.name.to_string(),
        conditions: optional_text(of.conditions.as_ref()),
    }
}

pub(super) fn entity(entity: &EntityRef) -> pb::EntityReference {
    let (country, number) = (entity.country.to_string(), entity.number.to_string());
    pb::EntityReference { country, number }
}

pub(super) fn change(change: &AuthorisationChange) -> Wire {
    let terms = &change.terms;
    Wire::ChangeAuthorisation(pb::ChangeAuthorisation {
        authorisation: change.authorisation.get(),
        date: Some(date(terms.date)),
        quantity_tonnes: terms.quantity_tonnes.get(),
        first_vintage: terms.first_vintage.get().into(),
        last_vintage: terms.last_vintage.get().into(),
        for_ndc: terms.purposes.ndc,
        for_imp: terms.purposes.imp,
        for_op: terms.purposes.op,
        first_transfer: first_transfer(terms.first_transfer),
        projects: terms.projects.iter().map(|project| project.to_string()).collect(),
        document: terms.document.as_bytes().to_vec(),
        details: Some(details(&change.details)),
    })
}

pub(super) fn revoke(revocation: &AuthorisationRevocation, reason: &Text) -> Wire {
    Wire::RevokeAuthorisation(pb::RevokeAuthorisation {
        authorisation: revocation.authorisation.get(),
        date: Some(date(revocation.date)),
        reason: reason.to_string(),
        document: revocation.document.as_bytes().to_vec(),
    })
}

pub(super) fn adoption(article6: &Article6) -> Wire {
    Wire::AdoptArticle6(pb::AdoptArticle6 {
        registry_id: article6.registry.to_string(),
        ndc_first_year: article6.ndc_first_year.get().into(),
        ndc_last_year: article6.ndc_last_year.get().into(),
        oimp_needs_authorisation: article6.oimp_needs_authorisation,
        gx_ets_cap_basis_points: article6.gx_ets_cap_basis_points.unwrap_or(0).into(),
        identifiers: article6.identifiers.to_wire(),
    })
}

pub(super) fn confirm(confirmation: &Confirmation) -> Wire {
    Wire::ConfirmAdjustment(pb::ConfirmAdjustment {
        partner: confirmation.partner.to_string(),
        year: confirmation.year.get().into(),
        vintage: confirmation.vintage.get().into(),
        quantity_tonnes: confirmation.quantity_tonnes.get(),
        date: Some(date(confirmation.date)),
        document: confirmation.document.as_bytes().to_vec(),
    })
}

pub(super) fn withdraw(confirmation: EntryIndex, reason: &Text) -> Wire {
    let (confirmation, reason) = (confirmation.get(), reason.to_string());
    Wire::WithdrawConfirmation(pb::WithdrawConfirmation { confirmation, reason })
}

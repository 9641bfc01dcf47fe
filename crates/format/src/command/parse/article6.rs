//! Article 6 of the Paris Agreement: rule data, authorisations, confirmations.

use super::Parsed;
use super::choices::{first_transfer, side};
use super::fields::{
    at_most, country, date, digest, entry, name, optional_text, project, text, tonnes, year,
};
use crate::command::{
    ActivityType, Article6, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisationTerms, AuthorisedEntity, AuthorisedPurposes, Body,
    Confirmation, EntityRef, FieldError, FieldRule, ItmoRendering, MitigationType, Sector,
    YearSpan,
};
use crate::id::{Country, ProjectRef};
use crate::itmo::ItmoRegistry;
use crate::limits::{
    AUTHORISATION_TERMS_MAX, AUTHORISED_ENTITIES_MAX, AUTHORISED_PARTIES_MAX, BASIS_POINTS_MAX,
    PROJECTS_MAX,
};
use crate::party::Party;
use crate::pb;
use crate::time::Year;

/// Mitigation before this year cannot be authorised under Article 6.
const FIRST_YEAR: u16 = 2021;

pub(super) fn record_authorisation(m: &pb::RecordAuthorisation) -> Parsed<Body> {
    let at = |field: &str| format!("record_authorisation.{field}");
    let (first_vintage, last_vintage) = vintages(&at, m.first_vintage, m.last_vintage)?;
    let purposes =
        purposes(&at, AuthorisedPurposes { ndc: m.for_ndc, imp: m.for_imp, op: m.for_op })?;
    at_most(&at("projects"), m.projects.len(), PROJECTS_MAX)?;
    let partner = country(&at("partner"), &m.partner)?;
    let projects = projects(&at("projects"), &m.projects, Some(partner))?;
    let authorisation = Authorisation {
        id: name(&at("authorisation_id"), &m.authorisation_id)?,
        side: side(&at("side"), m.side)?,
        partner,
        cooperative_approach: m
            .cooperative_approach
            .parse()
            .map_err(|_| FieldError::new(at("cooperative_approach"), FieldRule::BadId))?,
        date: date(&at("date"), m.date)?,
        quantity_tonnes: tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?,
        first_vintage,
        last_vintage,
        purposes,
        first_transfer: first_transfer(&at("first_transfer"), m.first_transfer)?,
        projects,
        document: digest(&at("document"), &m.document)?,
    };
    let details = m.details.as_ref().map(|m| details(&at("details"), m, purposes)).transpose()?;
    Ok(Body::RecordAuthorisation { authorisation, details })
}

fn vintages(at: &impl Fn(&str) -> String, first: u32, last: u32) -> Parsed<(Year, Year)> {
    let first_vintage = year(&at("first_vintage"), first)?;
    let last_vintage = year(&at("last_vintage"), last)?;
    if first_vintage.get() < FIRST_YEAR {
        return Err(FieldError::new(at("first_vintage"), FieldRule::OutOfRange));
    }
    if last_vintage < first_vintage {
        return Err(FieldError::new(at("last_vintage"), FieldRule::OutOfRange));
    }
    Ok((first_vintage, last_vintage))
}

/// At least one.
fn purposes(
    at: &impl Fn(&str) -> String,
    purposes: AuthorisedPurposes,
) -> Parsed<AuthorisedPurposes> {
    if purposes.ndc || purposes.imp || purposes.op {
        return Ok(purposes);
    }
    Err(FieldError::new(at("for_ndc"), FieldRule::Missing))
}

/// Ascending; of the partner country, where the message names it.
fn projects(at: &str, items: &[String], partner: Option<Country>) -> Parsed<Vec<ProjectRef>> {
    let mut projects: Vec<ProjectRef> = Vec::with_capacity(items.len());
    for (i, reference) in items.iter().enumerate() {
        let path = format!("{at}[{i}]");
        let reference = project(&path, reference)?;
        if partner.is_some_and(|partner| reference.country() != partner) {
            return Err(FieldError::new(path, FieldRule::BadId));
        }
        if projects.last().is_some_and(|last| reference <= *last) {
            return Err(FieldError::new(path, FieldRule::Repeated));
        }
        projects.push(reference);
    }
    Ok(projects)
}

pub(super) fn change_authorisation(m: &pb::ChangeAuthorisation) -> Parsed<Body> {
    let at = |field: &str| format!("change_authorisation.{field}");
    let (first_vintage, last_vintage) = vintages(&at, m.first_vintage, m.last_vintage)?;
    let purposes =
        purposes(&at, AuthorisedPurposes { ndc: m.for_ndc, imp: m.for_imp, op: m.for_op })?;
    at_most(&at("projects"), m.projects.len(), PROJECTS_MAX)?;
    let terms = AuthorisationTerms {
        date: date(&at("date"), m.date)?,
        quantity_tonnes: tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?,
        first_vintage,
        last_vintage,
        purposes,
        first_transfer: first_transfer(&at("first_transfer"), m.first_transfer)?,
        projects: projects(&at("projects"), &m.projects, None)?,
        document: digest(&at("document"), &m.document)?,
    };
    let path = at("details");
    let details = m.details.as_ref().ok_or_else(|| FieldError::new(&path, FieldRule::Missing))?;
    // The first version has number 1 at least.
    if details.version < 2 {
        return Err(FieldError::new(format!("{path}.version"), FieldRule::OutOfRange));
    }
    Ok(Body::ChangeAuthorisation(AuthorisationChange {
        authorisation: entry(&at("authorisation"), m.authorisation)?,
        terms,
        details: self::details(&path, details, purposes)?,
    }))
}

fn details(
    at: &str,
    m: &pb::AuthorisationDetails,
    purposes: AuthorisedPurposes,
) -> Parsed<AuthorisationDetails> {
    let at = |field: &str| format!("{at}.{field}");
    if m.version == 0 {
        return Err(FieldError::new(at("version"), FieldRule::OutOfRange));
    }
    metric(&at("metric"), m.metric)?;
    if m.sectors.is_empty() {
        return Err(FieldError::new(at("sectors"), FieldRule::EmptyList));
    }
    if !(m.oimp.is_empty() || purposes.imp || purposes.op) {
        return Err(FieldError::new(at("oimp"), FieldRule::NotAllowed));
    }
    at_most(&at("terms"), m.terms.len(), AUTHORISATION_TERMS_MAX)?;
    let paragraphs = m.terms.iter().enumerate();
    let paragraphs = paragraphs.map(|(i, raw)| text(&format!("{}[{i}]", at("terms")), raw));
    Ok(AuthorisationDetails {
        version: m.version,
        mitigation: MitigationType::from_wire(m.mitigation)
            .ok_or_else(|| FieldError::new(at("mitigation"), FieldRule::BadChoice))?,
        gwp: optional_text(&at("gwp"), &m.gwp)?,
        sectors: ascending(&at("sectors"), &m.sectors, |path, raw| {
            Sector::from_wire(*raw).ok_or_else(|| FieldError::new(path, FieldRule::BadChoice))
        })?,
        activities: ascending(&at("activities"), &m.activities, |path, raw| {
            ActivityType::from_wire(*raw).ok_or_else(|| FieldError::new(path, FieldRule::BadChoice))
        })?,
        parties: parties(&at("parties"), &m.parties)?,
        entities: entities(&at("entities"), &m.entities)?,
        use_years: use_years(&at, m.use_first_year, m.use_last_year)?,
        oimp: optional_text(&at("oimp"), &m.oimp)?,
        terms: paragraphs.collect::<Parsed<_>>()?,
        changes_reach_first_transferred: m.changes_reach_first_transferred,
        notes: optional_text(&at("notes"), &m.notes)?,
    })
}

/// A unit is a tonne of CO2 equivalent: no other metric can be counted in units.
fn metric(at: &str, raw: i32) -> Parsed<()> {
    match pb::Metric::try_from(raw) {
        Ok(pb::Metric::Ghg) => Ok(()),
        Ok(pb::Metric::NonGhg) => Err(FieldError::new(at, FieldRule::MetricNotGhg)),
        Ok(pb::Metric::Unspecified) | Err(_) => Err(FieldError::new(at, FieldRule::BadChoice)),
    }
}

/// Items each once, in ascending order.
fn ascending<M, T: Ord>(
    at: &str,
    items: &[M],
    read: impl Fn(&str, &M) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut all: Vec<T> = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let path = format!("{at}[{i}]");
        let item = read(&path, item)?;
        if all.last().is_some_and(|last| item <= *last) {
            return Err(FieldError::new(path, FieldRule::ListUnsorted));
        }
        all.push(item);
    }
    Ok(all)
}

fn parties(at: &str, items: &[String]) -> Parsed<Vec<Party>> {
    at_most(at, items.len(), AUTHORISED_PARTIES_MAX)?;
    ascending(at, items, |path, raw| {
        Party::new(raw).ok_or_else(|| FieldError::new(path, FieldRule::BadId))
    })
}

fn entities(at: &str, items: &[pb::AuthorisedEntity]) -> Parsed<Vec<AuthorisedEntity>> {
    at_most(at, items.len(), AUTHORISED_ENTITIES_MAX)?;
    let mut entities: Vec<AuthorisedEntity> = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let path = format!("{at}[{i}]");
        let entity = entity(&format!("{path}.entity"), item.entity.as_ref())?;
        if entities.last().is_some_and(|last| entity <= last.entity) {
            return Err(FieldError::new(path, FieldRule::ListUnsorted));
        }
        entities.push(AuthorisedEntity {
            entity,
            name: text(&format!("{path}.name"), &item.name)?,
            conditions: optional_text(&format!("{path}.conditions"), &item.conditions)?,
        });
    }
    Ok(entities)
}

pub(super) fn entity(at: &str, m: Option<&pb::EntityReference>) -> Parsed<EntityRef> {
    let m = m.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    Ok(EntityRef {
        country: country(&format!("{at}.country"), &m.country)?,
        number: name(&format!("{at}.number"), &m.number)?,
    })
}

fn use_years(at: &impl Fn(&str) -> String, first: u32, last: u32) -> Parsed<Option<YearSpan>> {
    let (path, last_path) = (at("use_first_year"), at("use_last_year"));
    match (first, last) {
        (0, 0) => Ok(None),
        (0, _) => Err(FieldError::new(path, FieldRule::Missing)),
        (_, 0) => Err(FieldError::new(last_path, FieldRule::Missing)),
        (first, last) => {
            let span = YearSpan { first: year(&path, first)?, last: year(&last_path, last)? };
            if span.last < span.first {
                return Err(FieldError::new(last_path, FieldRule::OutOfRange));
            }
            Ok(Some(span))
        }
    }
}

pub(super) fn revoke_authorisation(m: &pb::RevokeAuthorisation) -> Parsed<Body> {
    let at = |field: &str| format!("revoke_authorisation.{field}");
    Ok(Body::RevokeAuthorisation {
        revocation: AuthorisationRevocation {
            authorisation: entry(&at("authorisation"), m.authorisation)?,
            date: date(&at("date"), m.date)?,
            document: digest(&at("document"), &m.document)?,
        },
        reason: text(&at("reason"), &m.reason)?,
    })
}

pub(super) fn adopt_article6(m: &pb::AdoptArticle6) -> Parsed<Body> {
    let at = |field: &str| format!("adopt_article6.{field}");
    let registry = ItmoRegistry::new(&m.registry_id);
    let ndc_first_year = year(&at("ndc_first_year"), m.ndc_first_year)?;
    let ndc_last_year = year(&at("ndc_last_year"), m.ndc_last_year)?;
    if ndc_first_year.get() < FIRST_YEAR {
        return Err(FieldError::new(at("ndc_first_year"), FieldRule::OutOfRange));
    }
    if ndc_last_year < ndc_first_year {
        return Err(FieldError::new(at("ndc_last_year"), FieldRule::OutOfRange));
    }
    Ok(Body::AdoptArticle6(Article6 {
        registry: registry.ok_or_else(|| FieldError::new(at("registry_id"), FieldRule::BadId))?,
        ndc_first_year,
        ndc_last_year,
        oimp_needs_authorisation: m.oimp_needs_authorisation,
        gx_ets_cap_basis_points: cap(&at("gx_ets_cap_basis_points"), m.gx_ets_cap_basis_points)?,
        identifiers: ItmoRendering::from_wire(m.identifiers)
            .ok_or_else(|| FieldError::new(at("identifiers"), FieldRule::BadChoice))?,
    }))
}

/// 0 = units do not serve GX-ETS.
fn cap(at: &str, raw: u32) -> Parsed<Option<u16>> {
    if raw == 0 {
        return Ok(None);
    }
    let points = u16::try_from(raw).ok().filter(|_| raw <= BASIS_POINTS_MAX);
    points.map(Some).ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

pub(super) fn confirm_adjustment(m: &pb::ConfirmAdjustment) -> Parsed<Body> {
    let at = |field: &str| format!("confirm_adjustment.{field}");
    Ok(Body::ConfirmAdjustment(Confirmation {
        partner: country(&at("partner"), &m.partner)?,
        year: year(&at("year"), m.year)?,
        vintage: year(&at("vintage"), m.vintage)?,
        quantity_tonnes: tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?,
        date: date(&at("date"), m.date)?,
        document: digest(&at("document"), &m.document)?,
    }))
}

pub(super) fn withdraw_confirmation(m: &pb::WithdrawConfirmation) -> Parsed<Body> {
    Ok(Body::WithdrawConfirmation {
        confirmation: entry("withdraw_confirmation.confirmation", m.confirmation)?,
        reason: text("withdraw_confirmation.reason", &m.reason)?,
    })
}

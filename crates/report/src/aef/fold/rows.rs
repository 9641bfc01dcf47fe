//! The rows of a submission, from what the fold has kept.

use super::authorisations::{Recorded, Version};
use super::units::{Block, Consumed, Stretch};
use super::{AefError, AefFold, Ending, Request};
use crate::aef::AefSubmission;
use crate::aef::nomenclature::{
    ActionSubtype, ActionType, FirstTransferForOimp, Metric, PurposeForAuthorization,
    UnderlyingRegistry,
};
use crate::aef::provenance::{Part, Provenance};
use crate::aef::rows::{
    ActionRow, AuthorizationRow, EntityRow, HoldingRow, ItmoBlock, SubmissionRow, Timeframe,
    Underlying,
};
use jcm_format::command::{Article6, FirstTransferDefinition, Purpose, UseKind};
use jcm_format::id::EntryIndex;
use jcm_format::identification::UnitName;
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::text::Text;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn submission(fold: &AefFold, request: &Request) -> Result<AefSubmission, AefError> {
    let data = fold.article6.ok_or(AefError::NotAdopted)?;
    let submission = SubmissionRow {
        party: Party::JAPAN,
        version: request.version,
        year: fold.year,
        date: request.date,
        period_first: data.ndc_first_year,
        period_last: data.ndc_last_year,
    };
    let shown = shown(fold);
    let authorizations =
        shown.iter().map(|(recorded, version)| authorization(fold, recorded, version));
    Ok(AefSubmission {
        submission,
        authorizations: authorizations.collect(),
        actions: actions(fold, &data)?,
        holdings: holdings(fold)?,
        entities: entities(&shown),
        opening: Some(opening(fold)?),
        first_transferred: Some(first_transferred(fold)?),
        ids: data.identifiers,
        entries: fold.scope.unwrap_or(fold.entries()),
    })
}

/// Table 2 shows every authorisation of Japan: the versions of the year, or the last
/// one before it.
fn shown(fold: &AefFold) -> Vec<(&Recorded, &Version)> {
    let mut shown = Vec::new();
    for recorded in fold.authorisations.of_japan() {
        let of_year = |version: &&Version| version.at.date_in_japan().year() == fold.year;
        let before = shown.len();
        let known = || recorded.versions.iter().filter(|version| in_scope(fold, version.entry));
        shown.extend(known().filter(of_year).map(|version| (recorded, version)));
        if shown.len() == before {
            shown.extend(known().next_back().map(|version| (recorded, version)));
        }
    }
    shown
}

fn in_scope(fold: &AefFold, entry: EntryIndex) -> bool {
    fold.scope.is_none_or(|scope| entry.get() < scope)
}

fn purposes(version: &Version) -> Option<PurposeForAuthorization> {
    let allowed = version.terms.purposes;
    PurposeForAuthorization::of(allowed.ndc, allowed.imp, allowed.op)
}

fn authorization(fold: &AefFold, recorded: &Recorded, version: &Version) -> AuthorizationRow {
    let Version { terms, details, .. } = version;
    let details = details.as_ref();
    let purposes = purposes(version);
    let covers_oimp = purposes.is_some_and(PurposeForAuthorization::covers_oimp);
    let use_years = details.and_then(|details| details.use_years);
    let last = recorded.versions.last().is_some_and(|last| last.entry == version.entry);
    let revoked = recorded.revoked.filter(|(entry, _)| last && in_scope(fold, *entry));
    let said = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
    let mut note: Vec<String> =
        details.and_then(|details| said(&details.notes)).into_iter().collect();
    note.extend(revoked.map(|(_, date)| format!("Revoked on {date}.")));
    let terms_said = details.map(|details| {
        let paragraphs: Vec<&str> = details.terms.iter().map(Text::as_str).collect();
        paragraphs.join(" ")
    });
    let mut sources = vec![(Part::Authorisation, version.entry)];
    sources.extend(revoked.map(|(entry, _)| (Part::Revocation, entry)));
    AuthorizationRow {
        id: recorded.id.clone(),
        date: terms.date,
        approach: recorded.approach,
        version: details.map_or(1, |details| details.version),
        quantity: Some(terms.quantity_tonnes.get()),
        metric: Metric::Ghg,
        gwp: details.and_then(|details| said(&details.gwp)),
        non_ghg_metric: None,
        sectors: details.map_or_else(Vec::new, |details| details.sectors.clone()),
        activities: details.map_or_else(Vec::new, |details| details.activities.clone()),
        purposes,
        parties: details.map_or_else(Vec::new, |details| details.parties.clone()),
        entities: details.map_or_else(Vec::new, |details| {
            details.entities.iter().map(|of| of.entity.number.to_string()).collect()
        }),
        oimp: details.and_then(|details| said(&details.oimp)).filter(|_| covers_oimp),
        timeframe: Some(Timeframe {
            occurs: (terms.first_vintage, terms.last_vintage),
            use_: use_years.map(|years| (years.first, years.last)),
        }),
        terms: terms_said.filter(|said| !said.is_empty()),
        first_transfer: covers_oimp.then_some(match terms.first_transfer {
            FirstTransferDefinition::Authorisation => FirstTransferForOimp::Authorisation,
            FirstTransferDefinition::Issuance => FirstTransferForOimp::Issuance,
            FirstTransferDefinition::UseOrCancellation => FirstTransferForOimp::UseOrCancellation,
        }),
        note: (!note.is_empty()).then(|| note.join(" ")),
        provenance: Provenance::new(sources),
    }
}

/// Table 5: each entity that a version of table 2 lists, once for each approach.
fn entities(shown: &[(&Recorded, &Version)]) -> Vec<EntityRow> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for (recorded, version) in shown {
        let Some(details) = &version.details else { continue };
        for of in &details.entities {
            if !seen.insert((&of.entity, recorded.approach)) {
                continue;
            }
            let changes = if details.changes_reach_first_transferred {
                "A change or revocation of the authorization stops the use of units already first transferred under it."
            } else {
                "A change or revocation of the authorization does not affect units already first transferred under it."
            };
            rows.push(EntityRow {
                date: version.terms.date,
                name: of.name.as_str().to_owned(),
                country: Party::from(of.entity.country),
                number: of.entity.number.to_string(),
                approach: recorded.approach,
                conditions: of.conditions.as_ref().map(|text| text.as_str().to_owned()),
                change_conditions: Some(changes.to_owned()),
                note: None,
                provenance: Provenance::new([(Part::Authorisation, version.entry)]),
            });
        }
    }
    rows
}

/// What a row of units says, beside what happened to them.
struct Facts<'a> {
    stretch: &'a Stretch,
    block: &'a Block,
    japan: (&'a Recorded, &'a Version),
    partner: &'a Recorded,
    units: ItmoBlock,
    underlying: Underlying,
}

/// The facts about `range`, of the stretch that begins with the unit `first`.
fn facts<'a>(fold: &'a AefFold, range: SerialRange, first: u64) -> Result<Facts<'a>, AefError> {
    let unknown = AefError::BlockUnknown { entry: EntryIndex::GENESIS, block: range.block() };
    let stretch = fold.units.stretch(range.block(), first).ok_or(unknown)?;
    let block = fold.units.block(stretch.entry, range.block())?;
    let japan = fold.authorisations.version(stretch.entry, stretch.japan)?;
    let (partner, _) = fold.authorisations.version(stretch.entry, stretch.partner)?;
    let (series, number) = stretch.number.ok_or(AefError::NotAdopted)?;
    // A unit's number is as far from the first as the unit itself.
    let number_of = |unit: u64| number.saturating_add(unit.saturating_sub(first));
    let units = ItmoBlock {
        series,
        vintage: block.vintage,
        first: number_of(range.first()),
        last: number_of(range.last()),
    };
    let identification = |unit: u64| {
        let name = UnitName {
            project: block.project.as_ref().clone(),
            vintage: block.vintage,
            block: range.block(),
            unit,
        };
        fold.identification.print(&name)
    };
    let underlying = Underlying {
        registry: UnderlyingRegistry::Jcm,
        first: identification(range.first()),
        last: identification(range.last()),
    };
    Ok(Facts { stretch, block, japan, partner, units, underlying })
}

impl Facts<'_> {
    fn sources(&self) -> Vec<(Part, EntryIndex)> {
        vec![
            (Part::Authorisation, self.stretch.japan),
            (Part::PartnerAuthorisation, self.stretch.partner),
            (Part::Issuance, self.block.issued),
            (Part::FirstTransfer, self.stretch.entry),
        ]
    }

    fn action(&self, action: ActionType) -> ActionRow {
        let (recorded, version) = self.japan;
        let details = version.details.as_ref();
        ActionRow {
            at: self.stretch.at,
            action,
            subtype: None,
            approach: recorded.approach,
            authorization: recorded.id.clone(),
            registry: self.units.series.registry,
            block: Some(self.units),
            underlying: Some(self.underlying.clone()),
            metric: Metric::Ghg,
            gwp: details.and_then(|details| details.gwp.as_ref()).map(Text::to_string),
            non_ghg_metric: None,
            quantity: self.units.quantity(),
            mitigation: details.map(|details| details.mitigation),
            transferring: None,
            acquiring: None,
            purpose: None,
            using_party: None,
            entity: None,
            year_of_use: None,
            note: None,
            partner_authorization: Some(self.partner.id.clone()),
            provenance: Provenance::new(self.sources()),
        }
    }
}

/// Table 3, in the order of the entries.
fn actions(fold: &AefFold, data: &Article6) -> Result<Vec<ActionRow>, AefError> {
    // Within an entry: authorisations, then what comes, then what goes.
    let mut rows: Vec<((EntryIndex, u8), ActionRow)> = Vec::new();
    for recorded in fold.authorisations.of_japan() {
        let of_year = recorded.versions.iter().filter(|version| {
            version.at.date_in_japan().year() == fold.year && in_scope(fold, version.entry)
        });
        rows.extend(
            of_year.map(|version| ((version.entry, 0), authorized(data, recorded, version))),
        );
    }
    let of_year =
        fold.units.stretches().filter(|stretch| stretch.at.date_in_japan().year() == fold.year);
    for stretch in of_year {
        let facts = facts(fold, stretch.range, stretch.range.first())?;
        let row = ActionRow {
            transferring: Some(facts.units.series.party),
            ..facts.action(ActionType::Acquisition)
        };
        rows.push(((stretch.entry, 1), row));
    }
    for (consumed, ending) in &fold.consumed {
        let facts = facts(fold, consumed.range, consumed.stretch)?;
        rows.push(((consumed.record, 2), ended(&facts, consumed, ending)));
    }
    rows.sort_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn authorized(data: &Article6, recorded: &Recorded, version: &Version) -> ActionRow {
    let details = version.details.as_ref();
    ActionRow {
        at: version.at,
        action: ActionType::Authorization,
        subtype: None,
        approach: recorded.approach,
        authorization: recorded.id.clone(),
        registry: data.registry,
        block: None,
        underlying: None,
        metric: Metric::Ghg,
        gwp: details.and_then(|details| details.gwp.as_ref()).map(Text::to_string),
        non_ghg_metric: None,
        quantity: Some(version.terms.quantity_tonnes.get()),
        mitigation: details.map(|details| details.mitigation),
        transferring: None,
        acquiring: None,
        purpose: None,
        using_party: None,
        entity: None,
        year_of_use: None,
        note: None,
        partner_authorization: None,
        provenance: Provenance::new([(Part::Authorisation, version.entry)]),
    }
}

/// Type, subtype and purpose of what ended units.
fn mapped(ending: &Ending) -> (ActionType, Option<ActionSubtype>, Option<&'static str>) {
    if ending.purpose == Purpose::Retirement {
        return (ActionType::Use, None, None);
    }
    let other = Some(ActionSubtype::OtherCancellations);
    match ending.kind {
        Some(UseKind::InternationalMitigation) => (ActionType::Cancellation, other, Some("IMP")),
        Some(UseKind::OtherPurposes) => (ActionType::Cancellation, other, Some("OP")),
        Some(UseKind::Omge) => {
            (ActionType::VoluntaryCancellation, Some(ActionSubtype::VoluntaryOmge), None)
        }
        // The NDC is served by retirement only; other kinds are nobody's NDC and no OIMP.
        None
        | Some(
            UseKind::Ndc | UseKind::Shk | UseKind::GxEts | UseKind::Voluntary | UseKind::Other,
        ) => (ActionType::VoluntaryCancellation, other, None),
    }
}

fn ended(facts: &Facts<'_>, consumed: &Consumed, ending: &Ending) -> ActionRow {
    let (action, subtype, purpose) = mapped(ending);
    let mut sources = facts.sources();
    sources.push((Part::Application, consumed.application));
    sources.push((Part::Record, consumed.record));
    ActionRow {
        at: consumed.at,
        subtype,
        purpose: purpose.map(str::to_owned),
        using_party: Some(Party::JAPAN),
        entity: ending.entity.as_ref().map(|entity| entity.number.to_string()),
        year_of_use: (action == ActionType::Use).then(|| consumed.at.date_in_japan().year()),
        provenance: Provenance::new(sources),
        ..facts.action(action)
    }
}

/// Table 4.
fn holdings(fold: &AefFold) -> Result<Vec<HoldingRow>, AefError> {
    fold.held()
        .map(|held| {
            let facts = facts(fold, held.range, held.stretch)?;
            let mut sources = facts.sources();
            for (part, end) in [(Part::EndBefore, held.before), (Part::EndAfter, held.after)] {
                let entries =
                    end.into_iter().flat_map(|(application, record)| [application, record]);
                sources.extend(entries.map(|entry| (part, entry)));
            }
            let (recorded, version) = facts.japan;
            let details = version.details.as_ref();
            Ok(HoldingRow {
                authorization: recorded.id.clone(),
                block: facts.units,
                metric: Metric::Ghg,
                gwp: details.and_then(|details| details.gwp.as_ref()).map(Text::to_string),
                non_ghg_metric: None,
                quantity: held.range.quantity().get(),
                mitigation: details.map(|details| details.mitigation),
                provenance: Provenance::new(sources),
                underlying: Some(facts.underlying),
            })
        })
        .collect()
}

fn opening(fold: &AefFold) -> Result<Vec<ItmoBlock>, AefError> {
    // Without an entry of the year or later, what is held was held when it began.
    let now = || fold.units.held();
    let opening = fold.opening.clone().unwrap_or_else(now);
    opening.into_iter().map(|(range, first)| Ok(facts(fold, range, first)?.units)).collect()
}

fn first_transferred(fold: &AefFold) -> Result<BTreeMap<String, u64>, AefError> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for stretch in fold.units.stretches() {
        let (recorded, _) = fold.authorisations.version(stretch.entry, stretch.japan)?;
        let sum = sums.entry(recorded.id.clone()).or_default();
        *sum = sum.saturating_add(stretch.range.quantity().get());
    }
    Ok(sums)
}

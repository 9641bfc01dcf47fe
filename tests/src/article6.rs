//! Article 6, as the two governments and the holders would act under it.

use crate::acts::{AUTHORITIES, OPERATORS, digest};
use crate::random::Random;
use crate::world::{
    CANCELLATION, GOVERNMENT, World, account, authorisation, date, issuance, project, terms, text,
    year,
};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Allocation, Article6, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisationTerms, AuthorisedEntity, AuthorisedPurposes, Basis, Body,
    Confirmation, EntityRef, FirstTransferDefinition, ItmoRendering, MitigationType, Purpose,
    RecordIssuance, Sector, Side, TransferTerms, Use, UseDetails, UseKind, VintageIssue,
};
use jcm_format::event::Effect;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::itmo::ItmoRegistry;
use jcm_format::serial::SerialRange;

/// Towards the NDC alone.
pub const NDC: AuthorisedPurposes = AuthorisedPurposes { ndc: true, imp: false, op: false };
/// For international mitigation purposes alone.
pub const IMP: AuthorisedPurposes = AuthorisedPurposes { ndc: false, imp: true, op: false };
/// For other purposes alone.
pub const OP: AuthorisedPurposes = AuthorisedPurposes { ndc: false, imp: false, op: true };
/// For everything.
pub const ANY: AuthorisedPurposes = AuthorisedPurposes { ndc: true, imp: true, op: true };

/// Mongolia's authority.
pub const PARTNER: &[&str] = &["mongolia"];

/// Mongolia.
pub fn mongolia() -> Country {
    project("MN001").country()
}

/// Rule data: JPN01, OIMP only with both sides' authorisation, GX-ETS off.
pub fn article6() -> Article6 {
    Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Full,
    }
}

/// Details that say no more than they must.
pub fn details(version: u32) -> AuthorisationDetails {
    AuthorisationDetails {
        version,
        mitigation: MitigationType::Reductions,
        gwp: None,
        sectors: vec![Sector::EnergyGeneration],
        activities: Vec::new(),
        parties: Vec::new(),
        entities: Vec::new(),
        use_years: None,
        oimp: None,
        terms: Vec::new(),
        changes_reach_first_transferred: false,
        notes: None,
    }
}

/// The same with an authorised entity.
pub fn with_entity(details: AuthorisationDetails, number: &str) -> AuthorisationDetails {
    let entity = AuthorisedEntity { entity: entity(number), name: text("社"), conditions: None };
    AuthorisationDetails { entities: vec![entity], ..details }
}

/// A corporation of Japan, by its number.
pub fn entity(number: &str) -> EntityRef {
    let country = Country::new("JP").expect("a country");
    EntityRef { country, number: crate::world::name(number) }
}

/// An authorisation of 1,000 t for some purposes.
pub fn authorised(id: &str, side: Side, purposes: AuthorisedPurposes) -> Authorisation {
    Authorisation { purposes, ..authorisation(id, side, 1_000) }
}

/// The terms of the next version: the same, with another quantity.
pub fn changed(
    authorisation: EntryIndex,
    terms: &Authorisation,
    details: AuthorisationDetails,
) -> Body {
    let terms = AuthorisationTerms::from(terms);
    Body::ChangeAuthorisation(AuthorisationChange { authorisation, terms, details })
}

/// Ends an authorisation, today.
pub fn revoked(authorisation: EntryIndex) -> Body {
    let (date, document) = (date("2026-11-23"), digest("revocation"));
    let revocation = AuthorisationRevocation { authorisation, date, document };
    Body::RevokeAuthorisation { revocation, reason: text("事業の終了") }
}

/// Mongolia confirms what it added.
pub fn confirmed(use_year: u16, vintage: u16, tonnes: u64) -> Confirmation {
    Confirmation {
        partner: mongolia(),
        year: year(use_year),
        vintage: year(vintage),
        quantity_tonnes: Tonnes::new(tonnes),
        date: date("2026-11-23"),
        document: digest("confirmation"),
    }
}

/// A cancellation by account 1001 for some use, declared free of charge.
pub fn cancel_for(kind: UseKind, units: &[&str]) -> TransferTerms {
    let terms = terms(1_001, CANCELLATION, units, Purpose::Cancellation);
    TransferTerms { gratuitous: true, use_: Some(use_for(kind)), ..terms }
}

/// A use without a year and a beneficiary.
pub fn use_for(kind: UseKind) -> Use {
    Use { kind, reporting_year: None, beneficiary: None }
}

/// An application for a transfer whose use names an entity.
pub fn by_entity(terms: TransferTerms, number: &str) -> Body {
    let use_details = Some(UseDetails { beneficiary: None, entity: Some(entity(number)) });
    Body::ApplyTransfer { terms, use_details, trust: None, fee_payment: None }
}

/// An issuance of several vintages, each to account 1001, decided in 2026.
pub fn vintages(reference: &str, of: &[(u16, u64)]) -> RecordIssuance {
    let total = of.iter().map(|(_, tonnes)| tonnes).sum();
    let (first, last) = (of[0].0, of[of.len() - 1].0);
    let mut body = issuance(reference, first, total, 0);
    body.decision.date = date("2026-06-01");
    body.decision.period_end = date(&format!("{last}-12-31"));
    body.vintages = of
        .iter()
        .map(|(of, tonnes)| VintageIssue {
            year: year(*of),
            quantity_tonnes: Tonnes::new(*tonnes),
            allocations: vec![Allocation {
                account: account(1_001),
                quantity_tonnes: Tonnes::new(*tonnes),
            }],
        })
        .collect();
    body
}

/// Names a pair for a first transfer at the issuance.
pub fn under(issuance: RecordIssuance, japan: &str, partner: &str) -> RecordIssuance {
    let ids = (crate::world::name(japan), crate::world::name(partner));
    RecordIssuance { authorisations: Some(ids), ..issuance }
}

impl World {
    /// A stocked registry that has adopted rule data for Article 6.
    pub fn under_article6() -> World {
        let mut world = World::stocked();
        world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
        world
    }

    /// Both sides authorise for some purposes under identifiers that end in `id`; the
    /// partner defines first transfer. Gives the entries.
    pub fn pair(
        &mut self,
        id: &str,
        purposes: AuthorisedPurposes,
        definition: FirstTransferDefinition,
        details: &AuthorisationDetails,
    ) -> (EntryIndex, EntryIndex) {
        let mut record = |side, prefix: &str, signers| {
            let authorisation = Authorisation {
                first_transfer: definition,
                ..authorised(&format!("{prefix}-{id}"), side, purposes)
            };
            let details = Some(details.clone());
            self.accepted(Body::RecordAuthorisation { authorisation, details }, signers)
        };
        (record(Side::Japan, "JP", AUTHORITIES), record(Side::Partner, "MN", PARTNER))
    }

    /// The partner consents to an issuance, which then rests on it.
    pub fn consented(&mut self, issuance: RecordIssuance) -> RecordIssuance {
        let (project, decision) = (issuance.project.clone(), issuance.decision.clone());
        let consent = self.accepted(Body::ConsentIssuance { project, decision }, PARTNER);
        RecordIssuance { basis: Basis::Consent(consent), ..issuance }
    }

    /// Consents to and records an issuance.
    pub fn issued(&mut self, issuance: RecordIssuance) -> EntryIndex {
        let issuance = self.consented(issuance);
        self.accepted(Body::RecordIssuance(issuance), OPERATORS)
    }

    /// The units first transferred by an entry.
    pub fn first_transferred(&self, entry: EntryIndex) -> Vec<String> {
        let effects = self.effects(entry).into_iter();
        let transferred = effects.filter_map(|effect| match effect {
            Effect::FirstTransferred { range, .. } => Some(range.to_string()),
            _ => None,
        });
        transferred.collect()
    }

    /// The identifiers of a range, as stretches with the first unit's.
    pub fn itmos(&self, units: &str) -> Vec<(String, String)> {
        let range: SerialRange = units.parse().expect("a range");
        let stretches = self.state().units(range).into_iter();
        let shown = stretches.map(|stretch| {
            let itmo = stretch.itmo.map_or_else(|| "-".to_owned(), |itmo| itmo.to_string());
            (stretch.range.to_string(), itmo)
        });
        shown.collect()
    }

    /// The identifier of one unit, such as `7:31`; `-` where it has none.
    pub fn itmo(&self, unit: &str) -> String {
        let (block, number) = unit.split_once(':').expect("a unit");
        self.itmos(&format!("{block}:{number}-{number}")).remove(0).1
    }

    /// What stands in the state digest of one kind.
    pub fn lines(&self, kind: &str) -> Vec<String> {
        let lines = self.state().digest_lines().into_iter();
        lines.filter(|line| line.starts_with(&format!("{kind} "))).collect()
    }

    /// Moves the government's units of `units` out of everybody's way.
    pub fn give_away(&mut self, units: &[&str]) -> EntryIndex {
        let terms = terms(1_001, GOVERNMENT, units, Purpose::Other);
        let terms = TransferTerms { gratuitous: true, ..terms };
        self.accepted(crate::world::apply_transfer(terms), &["alpha"])
    }
}

/// A registry under Article 6, made by random acts over some months: what is held by two
/// accounts is transferred, used and cancelled for every purpose, and partly confirmed.
pub fn busy(seed: u64, acts: u32) -> World {
    let mut random = Random::new(seed);
    let mut world = World::under_article6();
    let (first, second) = (with_entity(details(1), ENTITY), with_entity(details(2), ENTITY));
    let (japan, _) = world.pair("1", ANY, FirstTransferDefinition::Issuance, &first);
    let issuance = under(vintages("MN002", &[(2024, 300), (2025, 200)]), "JP-1", "MN-1");
    world.issued(issuance);
    let terms = authorised("JP-1", Side::Japan, ANY);
    let terms = Authorisation { quantity_tonnes: Tonnes::new(900), ..terms };
    world.accepted(changed(japan, &terms, second), AUTHORITIES);
    for _ in 0..acts {
        if random.one_in(6) {
            world.wait_days(random.between(1, 9));
        }
        busy_act(&mut random, &mut world);
    }
    world.check();
    world
}

/// The entity that both sides authorise in [`busy`].
const ENTITY: &str = "8700110005901";

/// One act; what the ledger refuses changes nothing.
fn busy_act(random: &mut Random, world: &mut World) {
    let (of, key) = *random.pick(&[(1_001, "alpha"), (1_002, "beta")]);
    let held: Vec<SerialRange> =
        world.state().holdings(account(of)).filter(|range| 5 <= range.block().get()).collect();
    let Some(range) = held.get(random.below(held.len().max(1) as u64) as usize).copied() else {
        return;
    };
    let first = random.between(range.first(), range.last());
    let last = random.between(first, range.last().min(first + 20));
    let units = format!("{}:{first}-{last}", range.block());
    let units = [units.as_str()];
    let body = match random.below(6) {
        0 => {
            let other = if of == 1_001 { 1_002 } else { 1_001 };
            let payment = world.pay(2_500, Some(account(of)));
            let terms = terms(of, other, &units, Purpose::Other);
            crate::acts::paid_transfer(terms, payment)
        }
        1 | 2 => crate::world::retire(of, &units),
        kind => {
            let kinds = [
                UseKind::InternationalMitigation,
                UseKind::OtherPurposes,
                UseKind::Omge,
                UseKind::Voluntary,
            ];
            let use_ = Use { beneficiary: Some(text("=甲")), ..use_for(*random.pick(&kinds)) };
            let terms = TransferTerms {
                source: account(of),
                use_: Some(use_),
                ..cancel_for(UseKind::Omge, &units)
            };
            if kind == 3 { by_entity(terms, ENTITY) } else { crate::world::apply_transfer(terms) }
        }
    };
    let command = world.command(body);
    world.submit(crate::world::sign(&command, &[key]));
}

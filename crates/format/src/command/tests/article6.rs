//! Commands of Article 6 and those of several parts, with every choice within. The last
//! of each name has every field.

use super::*;
use crate::itmo::ItmoRegistry;
use crate::party::Party;

fn party(code: &str) -> Party {
    Party::new(code).expect("a Party")
}

pub(super) fn entity(code: &str, number: &str) -> EntityRef {
    EntityRef { country: country(code), number: name(number) }
}

fn plain() -> AuthorisationDetails {
    AuthorisationDetails {
        version: 1,
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

pub(super) fn details(version: u32) -> AuthorisationDetails {
    let authorised = |entity, conditions: Option<&str>| AuthorisedEntity {
        entity,
        name: text("例株式会社"),
        conditions: conditions.map(text),
    };
    AuthorisationDetails {
        version,
        mitigation: MitigationType::Both,
        gwp: Some(text("AR5, 100 years")),
        sectors: Sector::ALL.to_vec(),
        activities: ActivityType::ALL.to_vec(),
        parties: vec![party("JPN"), party("MNG")],
        entities: vec![
            authorised(entity("JP", "8700110005901"), None),
            authorised(entity("MN", "9-01"), Some("none but solar")),
            authorised(entity("MN", "9-02"), None),
        ],
        use_years: Some(YearSpan { first: year(2021), last: year(2030) }),
        oimp: Some(text("CORSIA")),
        terms: vec![text("第一条"), text("Article 2")],
        changes_reach_first_transferred: true,
        notes: Some(text("二国間クレジット制度")),
    }
}

pub(super) fn authorisations() -> [Body; 5] {
    let with = |details| Body::RecordAuthorisation { authorisation: authorisation(), details };
    let removals = AuthorisationDetails { mitigation: MitigationType::Removals, ..plain() };
    let once = YearSpan { first: year(2026), last: year(2026) };
    let once = AuthorisationDetails { use_years: Some(once), ..plain() };
    [None, Some(plain()), Some(removals), Some(once), Some(details(u32::MAX))].map(with)
}

/// Of the transfer at a place in a list: nobody, one of the two, or both.
pub(super) fn use_details(position: usize) -> Option<UseDetails> {
    let corporation = Person::Corporation("8700110005901".parse().expect("a number"));
    let foreign = Person::ForeignCorporation { country: country("MN"), number: name("9-01") };
    let (beneficiary, entity) = match position % 4 {
        0 => return None,
        1 => (Some(corporation), None),
        2 => (None, Some(entity("MN", "9-01"))),
        _ => (Some(foreign), Some(entity("JP", "8700110005901"))),
    };
    Some(UseDetails { beneficiary, entity })
}

pub(super) fn change(version: u32) -> AuthorisationChange {
    AuthorisationChange {
        authorisation: EntryIndex::new(12),
        terms: AuthorisationTerms::from(&authorisation()),
        details: details(version),
    }
}

/// A part with its own units.
fn part(units: &str, purpose: Purpose, use_: Option<Use>, position: usize) -> TransferPart {
    let payment = PaymentId { entry: EntryIndex::new(11), line: 7 };
    TransferPart {
        use_details: use_.as_ref().and_then(|_| use_details(position)),
        terms: TransferTerms {
            ranges: SerialRanges::new(units.split(' ').map(range).collect()).expect("ascending"),
            purpose,
            use_,
            ..transfer()
        },
        fee_payment: [None, Some(payment)][position % 2],
    }
}

fn transfers() -> ApplyTransfers {
    let parts = vec![
        part("3:1-5 4:1-1", Purpose::Retirement, transfer().use_, 3),
        part("1:1-5 3:6-6", Purpose::Cancellation, None, 0),
        part("2:7-7", Purpose::Other, None, 1),
    ];
    ApplyTransfers { source: account(1_001), parts }
}

pub(super) fn bodies() -> Vec<Body> {
    let (confirmation, authorisation) = (EntryIndex::new(u64::MAX), EntryIndex::new(12));
    let article6 = |cap, identifiers| Article6 {
        registry: ItmoRegistry::new("JPN01").expect("one"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: cap == Some(1),
        gx_ets_cap_basis_points: cap,
        identifiers,
    };
    let revocation =
        AuthorisationRevocation { authorisation, date: date("2026-11-30"), document: digest(7) };
    let issuances = |last: RecordIssuance| Body::RecordIssuances {
        parts: vec![RecordIssuance { project: project("MN004"), ..last.clone() }, last],
    };
    let Body::RecordIssuance(carried_over) = carried_over() else {
        unreachable!("that is what it is");
    };
    vec![
        Body::AdoptArticle6(article6(None, ItmoRendering::Full)),
        Body::AdoptArticle6(article6(Some(1), ItmoRendering::Integer)),
        Body::AdoptArticle6(article6(Some(10_000), ItmoRendering::Full)),
        Body::ChangeAuthorisation(change(2)),
        Body::RevokeAuthorisation { revocation, reason: text("撤回") },
        Body::ConfirmAdjustment(Confirmation {
            partner: country("MN"),
            year: year(2026),
            vintage: year(2024),
            quantity_tonnes: Tonnes::MAX,
            date: date("2026-11-30"),
            document: digest(8),
        }),
        Body::WithdrawConfirmation { confirmation, reason: text("a slip of the pen") },
        Body::ApplyTransfers(transfers()),
        issuances(issuance()),
        issuances(carried_over),
    ]
}

/// What reports call the values, letter by letter, and their numbers in stored entries.
#[test]
fn controlled_values_keep_their_text_and_number() {
    assert_eq!((Sector::ALL.len(), ActivityType::ALL.len()), (9, 27));
    let texts = [
        (Sector::CrossSectoral.to_string(), "Cross-sectoral mechanisms"),
        (ActivityType::Co2Usage.to_string(), "C02 usage"),
        (ActivityType::NitrousOxide.to_string(), "N2O"),
        (ActivityType::EfficiencyHouseholds.to_string(), "Energy Efficiency households"),
        (MitigationType::Both.to_string(), "Emission reductions and removals"),
    ];
    for (text, expected) in texts {
        assert_eq!(text, expected);
    }
    for (number, sector) in Sector::ALL.iter().enumerate() {
        assert_eq!(codec::encode(sector).map(|bytes| usize::from(bytes[0])), Ok(number));
    }
    for (number, activity) in ActivityType::ALL.iter().enumerate() {
        assert_eq!(codec::encode(activity).map(|bytes| usize::from(bytes[0])), Ok(number));
    }
    for (activity, name) in [
        (ActivityType::Co2Usage, "co2_usage"),
        (ActivityType::PfcsAndSf6, "pfcs_and_sf6"),
        (ActivityType::CoalBedMethane, "coal_bed_methane"),
    ] {
        assert_eq!(serde_json::to_value(activity).ok(), Some(name.into()));
    }
}

/// Who uploads a table wants to mend all of its rows at once.
#[test]
fn each_part_that_breaks_a_rule_names_its_field() {
    let mut message = build::command(&command(Body::ApplyTransfers(transfers())));
    let Some(pb::command::Body::ApplyTransfers(m)) = &mut message.body else {
        unreachable!("that is what was built");
    };
    m.parts[0].destination = 0;
    m.parts[0].purpose = 0;
    m.parts[2].ranges[0].last = 6;
    let error = match Command::parse(&message.encode_to_vec()) {
        Err(PayloadError::Field(error)) => error,
        other => panic!("{other:?}"),
    };
    let expected = [
        ("apply_transfers.parts[0].purpose", FieldRule::BadChoice),
        ("apply_transfers.parts[2].ranges[0].last", FieldRule::RangeReversed),
    ];
    assert_eq!(error.all().collect::<Vec<_>>(), expected);
    assert_eq!(
        error.to_string(),
        "apply_transfers.parts[0].purpose: must be one of the values listed for it; \
         apply_transfers.parts[2].ranges[0].last: ends before it begins"
    );
    let envelope = EnvelopeError::Field(error);
    assert_eq!((envelope.number(), envelope.field()), (118, Some(expected[0])));
    assert_eq!(envelope.fields(), expected);
    assert!(EnvelopeError::SignatureCount.fields().is_empty());
}

/// The second and third part share a unit with one before, the third in its second range.
#[test]
fn units_are_in_one_part_only() {
    let mut several = transfers();
    several.parts[1] = part("1:1-5 4:1-3", Purpose::Cancellation, None, 0);
    several.parts[2] = part("2:7-7 3:1-1 4:3-3", Purpose::Other, None, 1);
    let payload = command(Body::ApplyTransfers(several)).to_payload();
    let Err(PayloadError::Field(error)) = Command::parse(&payload) else {
        panic!("it was accepted");
    };
    let expected = [
        ("apply_transfers.parts[1].ranges[1]", FieldRule::RangesOverlap),
        ("apply_transfers.parts[2].ranges[1]", FieldRule::RangesOverlap),
    ];
    assert_eq!(error.all().collect::<Vec<_>>(), expected);
}

#[test]
fn a_single_transfer_and_a_part_obey_the_same_rules() {
    let of_part = |change: fn(&mut pb::TransferPart)| {
        let mut message = build::command(&command(Body::ApplyTransfers(transfers())));
        if let Some(pb::command::Body::ApplyTransfers(m)) = &mut message.body {
            change(&mut m.parts[0]);
        }
        match Command::parse(&message.encode_to_vec()) {
            Err(PayloadError::Field(error)) => (error.field, error.rule),
            other => panic!("{other:?}"),
        }
    };
    let at = |field: &str| format!("apply_transfers.parts[0].{field}");
    assert_eq!(
        of_part(|m| m.quantity_tonnes += 1),
        (at("quantity_tonnes"), FieldRule::QuantityMismatch)
    );
    assert_eq!(of_part(|m| m.ranges.swap(0, 1)), (at("ranges[1]"), FieldRule::RangesUnsorted));
    assert_eq!(of_part(|m| m.destination = 0), (at("destination"), FieldRule::OutOfRange));
    assert_eq!(
        of_part(|m| m.r#use.as_mut().expect("one").kind = 7),
        (at("use.kind"), FieldRule::UseMisfit)
    );
    assert_eq!(
        of_part(|m| (m.fee_payment, m.fee_payment_line) = (0, 7)),
        (at("fee_payment"), FieldRule::Missing)
    );
}

/// Written by the program before there were details: the same commands have the same
/// bytes, and are read as they were.
#[test]
fn payloads_of_before_keep_their_bytes() {
    let header = "0a1972656769737472792e6578616d706c652f6a636d2f323032361210\
                  c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c11880fdaaafa034";
    let payment = PaymentId { entry: EntryIndex::new(11), line: 7 };
    let cases = [
        (
            Body::RecordAuthorisation { authorisation: authorisation(), details: None },
            "d201680a0c4a502d4d4e2f323032342f3110011a024d4e22064341303030372a0708e80f10051801\
             3080a0b787e90538e50f40ee0f4801580160036a054d4e3030336a054d4e30303472200505050505\
             050505050505050505050505050505050505050505050505050505",
        ),
        (
            Body::ApplyTransfer {
                terms: transfer(),
                use_details: None,
                trust: None,
                fee_payment: Some(payment),
            },
            "ea014508e9071002180a2206080110011805220608011008180922060802100118032801\
             30013a1c080310e90f1a15e6a0aae5bc8fe4bc9ae7a4bee381bfe38289e38184400b4807",
        ),
    ];
    for (body, expected) in cases {
        let command = command(body);
        let payload = command.to_payload();
        assert_eq!(crate::hash::to_hex(&payload), format!("{header}{expected}"));
        assert_eq!(Command::parse(&payload), Ok(command));
    }
}

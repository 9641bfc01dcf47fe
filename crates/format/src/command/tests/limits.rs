//! That what the rules of form allow fits a payload, and its event an entry.

use super::acts::line_key;
use super::*;
use crate::entry::{Entry, FormatVersion, SealedEntry};
use crate::event::{CreditClass, Effect, Event, Fee, Holding};
use crate::limits::{
    ALLOCATIONS_MAX, AUTHORISATION_TERMS_MAX, AUTHORISED_ENTITIES_MAX, AUTHORISED_PARTIES_MAX,
    ENTRY_BYTES_MAX, IMPORT_LINES_MAX, ISSUANCE_PARTS_MAX, ISSUANCES_VINTAGES_MAX, NAME_BYTES_MAX,
    PAYMENT_PARTS_MAX, PROJECTS_MAX, RANGES_MAX, SIGNATURES_MAX, TEXT_BYTES_MAX, TONNES_MAX,
    TRANSFER_PARTS_MAX, TRANSFERS_TEXT_BYTES_MAX,
};

/// A header as long as it can be.
fn longest(body: Body) -> Command {
    Command {
        registry: "x".repeat(255).parse().expect("an origin"),
        valid_until: Timestamp::MAX,
        effect_digest: Some(digest(0xff)),
        ..command(body)
    }
}

/// The entry of a command with as many signatures and as large numbers as there
/// can be, after it was read back.
fn entry_of(command: &Command, effects: Vec<Effect>) -> SealedEntry {
    let signature = CommandSignature {
        key: PublicKey::from_bytes([0xff; 32]),
        signature: Signature::from_bytes([0xff; 64]),
    };
    let entry = Entry {
        version: FormatVersion::V1,
        index: EntryIndex::new(u64::MAX),
        prev: digest(0xff),
        time: Timestamp::MAX,
        rule_set: u32::MAX,
        command: SignedCommand {
            payload: command.to_payload(),
            signatures: vec![signature; SIGNATURES_MAX],
        },
        event: Event(effects),
    };
    let sealed = SealedEntry::seal(entry).expect("within the limit");
    assert_eq!(SealedEntry::open(sealed.bytes().to_vec()).as_ref(), Ok(&sealed));
    sealed
}

#[test]
fn the_longest_statement_fits_a_payload_and_an_entry() {
    let payment = |number: usize| ImportedPayment {
        key: line_key(number as u64),
        amount_yen: Yen::MAX,
        value_date: Date::LAST,
        account: Some(account(AccountNumber::MAX)),
    };
    let statement = ImportStatement {
        statement: digest(0xff),
        payers: Some(digest(0xff)),
        payments: (0..IMPORT_LINES_MAX).map(payment).collect(),
    };
    let command = longest(Body::ImportStatement(statement.clone()));
    let payload = command.to_payload();
    assert_eq!(Command::parse(&payload), Ok(command.clone()));
    // The arithmetic of the limit: 26 bytes for each credit and 700 beside them.
    let credits = 26 * IMPORT_LINES_MAX;
    assert!((credits..credits + 700).contains(&payload.len()), "{}", payload.len());
    assert!(payload.len() <= PAYLOAD_BYTES_MAX);
    let ImportStatement { statement, payers, payments } = statement;
    let effect = Effect::StatementImported { statement, payers, payments };
    let event = codec::encode(&effect).expect("short").len();
    assert!((32_000..32_100).contains(&event), "{event}");
    let sealed = entry_of(&command, vec![effect]);
    assert!(sealed.bytes().len() < 60_000 && 60_000 < ENTRY_BYTES_MAX, "{}", sealed.bytes().len());
}

#[test]
fn the_most_parts_of_payments_fit() {
    let (payment, application) =
        (PaymentId { entry: EntryIndex::new(u64::MAX), line: 1_000 }, EntryIndex::new(u64::MAX));
    let part = PaymentPart { payment, application, amount_yen: Yen::MAX };
    let command = longest(Body::ApplyPayments { parts: vec![part; PAYMENT_PARTS_MAX] });
    assert_eq!(Command::parse(&command.to_payload()), Ok(command.clone()));
    let amount_yen = Yen::MAX;
    let effect = Effect::PaymentLineApplied { payment, application: Some(application), amount_yen };
    assert_eq!(codec::encode(&effect).expect("short").len(), 32);
    entry_of(&command, vec![effect; PAYMENT_PARTS_MAX]);
}

#[test]
fn the_longest_correction_fits() {
    let range = |number: usize| {
        let block = BlockNumber::new(u32::MAX).expect("from 1");
        let last = TONNES_MAX - number as u64;
        SerialRange::new(block, last, last).expect("one unit")
    };
    let each = RANGES_MAX / crate::limits::CORRECTION_MOVES_MAX;
    let moves = (0..crate::limits::CORRECTION_MOVES_MAX).map(|n| CorrectionMove {
        source: account(AccountNumber::MAX),
        destination: account(AccountNumber::MAX - 1),
        ranges: SerialRanges::new((n * each..(n + 1) * each).rev().map(range).collect())
            .expect("ascending"),
    });
    let Some(Body::RecordCorrection(correction)) = acts::corrections().pop() else {
        unreachable!("the last is a correction");
    };
    let correction = RecordCorrection { moves: moves.collect(), ..correction };
    let command = longest(Body::RecordCorrection(correction.clone()));
    assert_eq!(Command::parse(&command.to_payload()), Ok(command.clone()));
    let moved = correction.moves.into_iter().map(|units| Effect::UnitsMoved { units });
    entry_of(&command, moved.collect());
}

fn longest_text() -> Text {
    text(&"x".repeat(TEXT_BYTES_MAX))
}

fn longest_name() -> Name {
    name(&"x".repeat(NAME_BYTES_MAX))
}

/// Of as many as there can be, each as long as it can be.
fn longest_details() -> AuthorisationDetails {
    let entity = |number: usize| AuthorisedEntity {
        entity: EntityRef { country: country("JP"), number: name(&format!("{number:064}")) },
        name: longest_text(),
        conditions: Some(longest_text()),
    };
    let party = |number: usize| format!("AA{}", char::from(b'A' + number as u8));
    let party = |number: usize| crate::party::Party::new(&party(number)).expect("a Party");
    AuthorisationDetails {
        gwp: Some(longest_text()),
        parties: (0..AUTHORISED_PARTIES_MAX).map(party).collect(),
        entities: (0..AUTHORISED_ENTITIES_MAX).map(entity).collect(),
        oimp: Some(longest_text()),
        terms: vec![longest_text(); AUTHORISATION_TERMS_MAX],
        notes: Some(longest_text()),
        ..article6::details(u32::MAX)
    }
}

#[test]
fn the_longest_authorisation_and_its_longest_change_fit() {
    let project = |number: usize| project(&format!("MN{number:014}"));
    let authorisation = Authorisation {
        id: longest_name(),
        purposes: AuthorisedPurposes { ndc: true, imp: true, op: true },
        date: Date::LAST,
        projects: (0..PROJECTS_MAX).map(project).collect(),
        ..authorisation()
    };
    let terms = AuthorisationTerms::from(&authorisation);
    let details = longest_details();
    let record = Body::RecordAuthorisation {
        authorisation: authorisation.clone(),
        details: Some(details.clone()),
    };
    let change = AuthorisationChange {
        authorisation: EntryIndex::new(u64::MAX),
        terms,
        details: details.clone(),
    };
    let cases = [
        (
            record,
            vec![
                Effect::AuthorisationRecorded { authorisation },
                Effect::AuthorisationDetailed(details),
            ],
        ),
        (Body::ChangeAuthorisation(change.clone()), vec![Effect::AuthorisationChanged(change)]),
    ];
    for (body, effects) in cases {
        let command = longest(body);
        let payload = command.to_payload();
        assert_eq!(Command::parse(&payload), Ok(command.clone()));
        // The arithmetic of the limit.
        assert!((28_000..29_200).contains(&payload.len()), "{}", payload.len());
        let sealed = entry_of(&command, effects);
        let length = sealed.bytes().len();
        assert!((55_000..60_000).contains(&length), "{length}");
    }
}

/// Parts with units, texts and numbers as large as they can be, and every effect that a
/// retirement can have.
#[test]
fn the_most_transfers_fit() {
    let block = BlockNumber::new(u32::MAX).expect("from 1");
    let unit = |number: usize| {
        let last = TONNES_MAX - number as u64;
        SerialRange::new(block, last, last).expect("one unit")
    };
    // The last part has what is left of the ranges.
    let ranges = |part: usize| {
        let first = part * (RANGES_MAX / TRANSFER_PARTS_MAX);
        let after = if part + 1 == TRANSFER_PARTS_MAX { RANGES_MAX } else { first + 2 };
        SerialRanges::new((first..after).rev().map(unit).collect()).expect("ascending")
    };
    let each = TRANSFERS_TEXT_BYTES_MAX / TRANSFER_PARTS_MAX;
    let payment = PaymentId { entry: EntryIndex::new(u64::MAX), line: 1_000 };
    let part = |number: usize| TransferPart {
        terms: TransferTerms {
            source: account(AccountNumber::MAX),
            destination: account(AccountNumber::MAX - 1),
            ranges: ranges(number),
            purpose: Purpose::Retirement,
            gratuitous: true,
            use_: Some(Use {
                kind: UseKind::GxEts,
                reporting_year: Some(Year::new(9_999).expect("a year")),
                beneficiary: Some(text(&"x".repeat(each - 2))),
            }),
        },
        use_details: Some(UseDetails {
            beneficiary: Some(Person::ForeignCorporation {
                country: country("MN"),
                number: name("1"),
            }),
            entity: Some(article6::entity("MN", "1")),
        }),
        fee_payment: Some(payment),
    };
    let parts: Vec<TransferPart> = (0..TRANSFER_PARTS_MAX).map(part).collect();
    let effects = parts.iter().flat_map(|part| {
        let mut effects = vec![
            Effect::TransferApplied { terms: part.terms.clone(), fee: Fee::Due(Yen::MAX) },
            Effect::UseStated(part.use_details.clone().expect("some")),
            Effect::PaymentLineApplied { payment, application: None, amount_yen: Yen::MAX },
            Effect::TransferRecorded { application: None },
        ];
        let entry = EntryIndex::new(u64::MAX);
        effects.extend(part.terms.ranges.iter().flat_map(|range| {
            [
                Effect::FirstTransferred { range, japan: entry, partner: entry },
                Effect::AdjustmentBooked {
                    partner: country("MN"),
                    vintage: Year::new(9_999).expect("a year"),
                    quantity_tonnes: Tonnes::MAX,
                    japan_authorisation: entry,
                    partner_authorisation: entry,
                },
            ]
        }));
        effects
    });
    let effects: Vec<Effect> = effects.collect();
    let source = account(AccountNumber::MAX);
    let command = longest(Body::ApplyTransfers(ApplyTransfers { source, parts }));
    let payload = command.to_payload();
    assert_eq!(Command::parse(&payload), Ok(command.clone()));
    // The arithmetic of the limit.
    assert!((19_000..21_174).contains(&payload.len()), "{}", payload.len());
    let event = codec::encode(&Event(effects.clone())).expect("short").len();
    assert!((39_000..40_990).contains(&event), "{event}");
    let length = entry_of(&command, effects).bytes().len();
    assert!((60_000..63_064).contains(&length), "{length}");
}

#[test]
fn the_most_issuances_fit() {
    let entry = EntryIndex::new(u64::MAX);
    let years = ISSUANCES_VINTAGES_MAX / ISSUANCE_PARTS_MAX;
    let each = ALLOCATIONS_MAX / ISSUANCES_VINTAGES_MAX;
    let vintage = |number: usize| VintageIssue {
        year: Year::new(2021 + number as u16).expect("a year"),
        quantity_tonnes: Tonnes::new(TONNES_MAX / 8),
        allocations: (0..each)
            .map(|n| Allocation {
                account: account(AccountNumber::MAX - n as u32),
                quantity_tonnes: Tonnes::new(TONNES_MAX / 8 / each as u64),
            })
            .collect(),
    };
    let issuance = RecordIssuance {
        project: project(&format!("MN{:014}", 1)),
        decision: Decision {
            reference: longest_name(),
            date: date("2025-03-31"),
            period_start: date("2021-12-31"),
            period_end: date("2024-12-31"),
            notified_total_tonnes: Tonnes::MAX,
            notified_japan_tonnes: Tonnes::MAX,
        },
        basis: Basis::CarriedOver {
            issued_on: date("2025-03-31"),
            recognition_reference: longest_text(),
        },
        verifier: longest_text(),
        verification_report: digest(0xff),
        quantity_tonnes: Tonnes::new(TONNES_MAX / 8 * years as u64),
        vintages: (0..years).map(vintage).collect(),
        authorisations: Some((longest_name(), longest_name())),
    };
    let recorded = Effect::IssuanceRecorded {
        project: issuance.project.clone(),
        decision: issuance.decision.clone(),
        basis: issuance.basis.clone(),
        verifier: issuance.verifier.clone(),
        verification_report: issuance.verification_report,
        quantity_tonnes: issuance.quantity_tonnes,
    };
    let block = BlockNumber::new(u32::MAX).expect("from 1");
    let whole = SerialRange::new(block, TONNES_MAX, TONNES_MAX).expect("one unit");
    let holding = Holding { account: account(AccountNumber::MAX), range: whole };
    let issued = Effect::BlockIssued {
        block,
        vintage: Year::new(9_999).expect("a year"),
        issued_on: Date::LAST,
        class: CreditClass::A,
        allocations: vec![holding; each],
    };
    let first = Effect::FirstTransferred { range: whole, japan: entry, partner: entry };
    let mut of_part = vec![recorded];
    of_part.extend(vec![[issued, first]; years].into_iter().flatten());
    let parts = vec![issuance; ISSUANCE_PARTS_MAX];
    let effects: Vec<Effect> = vec![of_part; ISSUANCE_PARTS_MAX].into_iter().flatten().collect();
    let command = longest(Body::RecordIssuances { parts });
    let payload = command.to_payload();
    assert_eq!(Command::parse(&payload), Ok(command.clone()));
    // The arithmetic of the limit.
    assert!((25_000..26_302).contains(&payload.len()), "{}", payload.len());
    let event = codec::encode(&Event(effects.clone())).expect("short").len();
    assert!((28_000..30_106).contains(&event), "{event}");
    let length = entry_of(&command, effects).bytes().len();
    assert!((54_000..57_308).contains(&length), "{length}");
}

/// bincode counts the memory that a list takes; `codec` allows 512 bytes for each
/// byte of the encoding.
#[test]
fn no_item_of_a_list_takes_more_memory_than_the_codec_allows() {
    assert!(size_of::<Effect>() <= 512, "{}", size_of::<Effect>());
    assert!(size_of::<ImportedPayment>() <= 512);
    assert!(size_of::<FeePeriod>() <= 512);
    assert!(size_of::<AuthorisedEntity>() <= 512);
}

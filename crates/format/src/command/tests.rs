//! Tests of the commands: every body comes back as it was, every rule of form
//! names its field, and no second spelling of a command is accepted.

mod acts;
mod article6;
mod guard;
mod limits;
mod rules;

use super::*;
use crate::amount::Tonnes;
use crate::codec;
use crate::envelope::{CommandSignature, EnvelopeError, SignedCommand};
use crate::id::{BlockNumber, CorporateNumber, Country};
use crate::identification::IdentificationFormat;
use crate::key::{SecretKey, Signature};
use crate::serial::{SerialRange, SerialRanges};
use crate::time::Year;
use std::collections::BTreeSet;

fn name(name: &str) -> Name {
    Name::new(name).expect("a name")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

fn date(date: &str) -> Date {
    date.parse().expect("a date")
}

fn year(year: u16) -> Year {
    Year::new(year).expect("a year")
}

fn country(code: &str) -> Country {
    Country::new(code).expect("a country")
}

fn project(reference: &str) -> ProjectRef {
    ProjectRef::new(reference).expect("a reference")
}

fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("a number")
}

fn public_key(seed: u8) -> PublicKey {
    SecretKey::from_seed(&[seed; 32]).public_key()
}

fn digest(seed: u8) -> Digest {
    Digest::from_bytes([seed; 32])
}

fn key(seed: u8) -> KeyWithPossession {
    KeyWithPossession { key: public_key(seed), possession: Signature::from_bytes([seed; 64]) }
}

fn decision() -> Decision {
    Decision {
        reference: name("JC-MN/2024-03"),
        date: date("2024-06-01"),
        period_start: date("2021-04-01"),
        period_end: date("2022-03-31"),
        notified_total_tonnes: Tonnes::new(1_000),
        notified_japan_tonnes: Tonnes::new(600),
    }
}

fn vintage(number: u16, parts: &[(u32, u64)]) -> VintageIssue {
    VintageIssue {
        year: year(number),
        quantity_tonnes: Tonnes::new(parts.iter().map(|(_, quantity)| quantity).sum()),
        allocations: parts
            .iter()
            .map(|(number, quantity)| Allocation {
                account: account(*number),
                quantity_tonnes: Tonnes::new(*quantity),
            })
            .collect(),
    }
}

fn issuance() -> RecordIssuance {
    RecordIssuance {
        project: project("MN003"),
        decision: decision(),
        basis: Basis::Consent(EntryIndex::new(9)),
        verifier: text("Lloyd's Register 品質保証"),
        verification_report: digest(4),
        quantity_tonnes: Tonnes::new(500),
        vintages: vec![vintage(2021, &[(1_001, 300), (1, 100)]), vintage(2022, &[(1_001, 100)])],
        authorisations: None,
    }
}

fn authorisation() -> Authorisation {
    Authorisation {
        id: name("JP-MN/2024/1"),
        side: Side::Japan,
        partner: country("MN"),
        cooperative_approach: "CA0007".parse().expect("an approach"),
        date: date("2024-05-01"),
        quantity_tonnes: Tonnes::MAX,
        first_vintage: year(2021),
        last_vintage: year(2030),
        purposes: AuthorisedPurposes { ndc: true, imp: false, op: true },
        first_transfer: FirstTransferDefinition::UseOrCancellation,
        projects: vec![project("MN003"), project("MN004")],
        document: digest(5),
    }
}

fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

fn transfer() -> TransferTerms {
    TransferTerms {
        source: account(1_001),
        destination: account(2),
        ranges: SerialRanges::new(vec![range("1:1-5"), range("1:8-9"), range("2:1-3")])
            .expect("ascending"),
        purpose: Purpose::Retirement,
        gratuitous: true,
        use_: Some(Use {
            kind: UseKind::GxEts,
            reporting_year: Some(year(2025)),
            beneficiary: Some(text("株式会社みらい")),
        }),
    }
}

fn application(person: Person, japanese: Option<&str>) -> Body {
    Body::ApplyAccount(ApplyAccount {
        person,
        holder: Holder {
            name_ja: japanese.map(text),
            name_en: text("Example KK"),
            head_office_ja: japanese.map(text),
            head_office_en: text("1-1 Chiyoda, Tokyo"),
        },
        particulars: digest(1),
        attachments: vec![digest(2), digest(2)],
        representative: public_key(3),
    })
}

fn genesis() -> Body {
    Body::Genesis(Genesis {
        log_key: public_key(1),
        authorities: vec![
            (name("authority-1"), public_key(2)),
            (name("authority-2"), public_key(3)),
        ],
        rule_set: RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::new(14_400),
            transfer_fee_yen: Yen::new(2_500),
            certificate_fee_yen: Yen::new(1_200),
        },
    })
}

/// Every body, in the order of the field numbers, and every choice within.
fn bodies() -> Vec<Body> {
    let corporation: CorporateNumber = "8700110005901".parse().expect("a number");
    let foreign = Person::ForeignCorporation { country: country("MN"), number: name("9-01") };
    let roles = [
        Role::Authority(name("authority-3")),
        Role::Operator(name("op-07")),
        Role::Partner(country("MN")),
        Role::Account(account(1_001)),
        Role::Auditor(name("auditor.1")),
    ];
    let (payment, waiting) = (EntryIndex::new(11), EntryIndex::new(u64::MAX));
    let line = PaymentId { entry: payment, line: 1_000 };
    let mut bodies = vec![genesis()];
    let roles = roles.into_iter().chain(guard::roles());
    bodies.extend(roles.map(|role| Body::RegisterKey { role, key: key(7) }));
    bodies.extend([
        Body::RevokeKey { key: public_key(7), reason: text("lost") },
        Body::AppointOperator { person: name("op-08"), key: key(8) },
        Body::RemoveOperator { person: name("op-08"), reason: text("退職") },
    ]);
    bodies.extend([(None, None), (Some(account(1_001)), Some(digest(9)))].map(
        |(account, payer)| {
            let (bank_reference, value_date) = (name("MUFG/2026-11/001"), date("2026-11-20"));
            let amount_yen = Yen::MAX;
            Body::RecordPayment(RecordPayment {
                bank_reference,
                amount_yen,
                value_date,
                account,
                payer,
            })
        },
    ));
    bodies.extend([
        Body::ApplyPayment { payment, application: waiting, amount_yen: Yen::new(1) },
        application(Person::Corporation(corporation), Some("例株式会社")),
        application(foreign.clone(), None),
        application(foreign, Some("例")),
        Body::OpenAccount { application: waiting },
    ]);
    bodies.extend([None, Some(date("2023-01-31"))].map(|public_input_date| {
        let (reference, title) = (project("MN003"), text("首都近郊農場での太陽光発電"));
        let methodology = name("MN_AM003");
        Body::RegisterProject(RegisterProject { reference, title, methodology, public_input_date })
    }));
    bodies.extend(partner_authorisations());
    bodies.extend(article6::authorisations());
    bodies.push(Body::ConsentIssuance { project: project("MN003"), decision: decision() });
    bodies.push(Body::RecordIssuance(issuance()));
    bodies.push(carried_over());
    bodies.extend(transfers());
    bodies.extend([
        Body::RecordTransfer { application: waiting },
        Body::WithdrawApplication { application: waiting, reason: text("by mistake") },
        Body::RequestCertificate { account: account(1_001), fee_payment: None },
        Body::RequestCertificate {
            account: account(1_001),
            fee_payment: Some(PaymentId::single(payment)),
        },
        Body::RequestCertificate { account: account(1_001), fee_payment: Some(line) },
        Body::IssueCertificate { application: waiting },
    ]);
    bodies.extend(acts::bodies());
    bodies.extend(guard::bodies());
    bodies.extend(article6::bodies());
    bodies
}

fn partner_authorisations() -> [Body; 3] {
    let definitions = [
        FirstTransferDefinition::Authorisation,
        FirstTransferDefinition::Issuance,
        FirstTransferDefinition::UseOrCancellation,
    ];
    definitions.map(|first_transfer| {
        let (side, projects) = (Side::Partner, Vec::new());
        let authorisation = Authorisation { first_transfer, side, projects, ..authorisation() };
        Body::RecordAuthorisation { authorisation, details: None }
    })
}

fn carried_over() -> Body {
    let basis = Basis::CarriedOver {
        issued_on: date("2025-03-31"),
        recognition_reference: text("環地温発第1号"),
    };
    let authorisations = Some((name("JP-MN/2024/1"), name("MN-JP/2024/1")));
    Body::RecordIssuance(RecordIssuance { basis, authorisations, ..issuance() })
}

fn serving(kind: UseKind) -> Purpose {
    match kind {
        UseKind::InternationalMitigation | UseKind::OtherPurposes | UseKind::Omge => {
            Purpose::Cancellation
        }
        _ => Purpose::Retirement,
    }
}

fn transfers() -> Vec<Body> {
    let kinds = [
        UseKind::Ndc,
        UseKind::Shk,
        UseKind::GxEts,
        UseKind::Voluntary,
        UseKind::InternationalMitigation,
        UseKind::Other,
        UseKind::OtherPurposes,
        UseKind::Omge,
    ];
    let plain = |kind| Some(Use { kind, reporting_year: None, beneficiary: None });
    let mut terms: Vec<_> = kinds
        .map(|kind| TransferTerms { use_: plain(kind), purpose: serving(kind), ..transfer() })
        .into();
    terms.push(transfer());
    terms.push(TransferTerms {
        purpose: Purpose::Cancellation,
        use_: plain(UseKind::Voluntary),
        gratuitous: false,
        ..transfer()
    });
    terms.push(TransferTerms { purpose: Purpose::Other, use_: None, ..transfer() });
    let payment = |i: usize| match i % 3 {
        0 => None,
        1 => Some(PaymentId::single(EntryIndex::new(11))),
        _ => Some(PaymentId { entry: EntryIndex::new(11), line: 7 }),
    };
    let trusts = acts::transfer_trusts();
    let bodies = terms.into_iter().enumerate();
    let bodies = bodies.map(|(i, terms)| Body::ApplyTransfer {
        use_details: terms.use_.as_ref().and_then(|_| article6::use_details(i)),
        terms,
        trust: i.checked_sub(6).and_then(|i| trusts.get(i).cloned()),
        fee_payment: payment(i),
    });
    bodies.collect()
}

fn command(body: Body) -> Command {
    Command {
        registry: "registry.example/jcm/2026".parse().expect("an origin"),
        id: CommandId::from_bytes([0xc1; 16]),
        valid_until: Timestamp::from_ms(1_795_395_600_000).expect("in range"),
        effect_digest: None,
        body,
    }
}

#[test]
fn every_body_comes_back_as_it_was() {
    let mut names = BTreeSet::new();
    for body in bodies() {
        names.insert(body.name());
        let plain = command(body);
        let pinned = Command { effect_digest: Some(digest(6)), ..plain.clone() };
        for command in [plain, pinned] {
            let payload = command.to_payload();
            assert_eq!(Command::parse(&payload), Ok(command));
        }
    }
    assert_eq!(names.len(), 59, "{names:?}");
}

#[test]
fn no_second_spelling_of_a_command_is_accepted() {
    let good = command(Body::OpenAccount { application: EntryIndex::new(7) }).to_payload();
    assert!(Command::parse(&good).is_ok());
    // The body is the last field: tag c2 01, length 02, then 08 07.
    let body = good.len() - 5;
    assert_eq!(good[body..], [0xc2, 0x01, 0x02, 0x08, 0x07]);
    let with_body = |body_bytes: &[u8]| [&good[..body], body_bytes].concat();
    let after = |extra: &[u8]| [&good[..], extra].concat();
    let not_canonical = [
        ("an unknown field", after(&[0xa2, 0x04, 0x00])),
        ("an unknown field in the body", with_body(&[0xc2, 1, 4, 8, 7, 0x10, 1])),
        ("the registry again", after(&good[..27])),
        ("the body again", after(&good[body..])),
        ("another body as well", after(&[0xf2, 0x01, 0x02, 0x08, 0x07])),
        ("a repeated field in the body", with_body(&[0xc2, 1, 4, 8, 7, 8, 7])),
        ("the body first", [&good[body..], &good[..body]].concat()),
        ("an empty effect digest", [&good[..body], &[0x22, 0], &good[body..]].concat()),
        ("a long number", with_body(&[0xc2, 1, 3, 8, 0x87, 0])),
        ("a long tag", with_body(&[0xc2, 0x81, 0, 2, 8, 7])),
        ("a long length", with_body(&[0xc2, 1, 0x82, 0, 8, 7])),
    ];
    for (what, payload) in not_canonical {
        assert_eq!(Command::parse(&payload), Err(PayloadError::NotCanonical), "{what}");
    }
    let malformed = [
        ("a byte too many", after(&[0])),
        ("a byte too few", good[..good.len() - 1].to_vec()),
        ("half a tag", after(&[0xff])),
        ("another type of field", with_body(&[0xc0, 1, 7])),
        ("text that is not UTF-8", [&[0x0a, 1, 0xff], &good[27..]].concat()),
        ("a length beyond the end", with_body(&[0xc2, 1, 3, 8, 7])),
    ];
    for (what, payload) in malformed {
        assert_eq!(Command::parse(&payload), Err(PayloadError::Malformed), "{what}");
    }
    let zero = with_body(&[0xc2, 1, 2, 8, 0]);
    assert_eq!(Command::parse(&zero), Err(PayloadError::NotCanonical), "a field at its default");
    let long = vec![0x0a; PAYLOAD_BYTES_MAX + 1];
    assert_eq!(Command::parse(&long), Err(PayloadError::TooLong));
    assert_eq!(Command::parse(&long[1..]), Err(PayloadError::Malformed));
    assert_eq!(Command::parse(&[]).err().map(|e| matches!(e, PayloadError::Field(_))), Some(true));
}

/// An envelope that breaks every rule; each step mends the one reported.
#[test]
fn the_first_rule_broken_is_reported() {
    let secrets = [SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32])];
    let sign = |payload: &[u8]| -> SignedCommand {
        let unsigned = SignedCommand { payload: payload.to_vec(), signatures: Vec::new() };
        let message = unsigned.signed_bytes();
        let signatures = secrets.iter().map(|secret| CommandSignature {
            key: secret.public_key(),
            signature: secret.sign(&message),
        });
        SignedCommand { signatures: signatures.collect(), ..unsigned }
    };
    let malformed = sign(&[0xff]);
    let [first, second] = [malformed.signatures[0], malformed.signatures[1]];
    let weak = CommandSignature { key: PublicKey::from_bytes([0; 32]), ..first };
    let forged = CommandSignature { signature: second.signature, ..first };
    let with =
        |payload: Vec<u8>, signatures: Vec<CommandSignature>| SignedCommand { payload, signatures };
    let long = vec![0xff; PAYLOAD_BYTES_MAX + 1];
    let unknown = command(bodies().remove(0)).to_payload();
    let unknown = [&unknown[..], &[0xa2, 0x04, 0x00]].concat();
    let mut message = build::command(&command(genesis()));
    message.command_id.clear();
    let steps = [
        (101, "PAYLOAD_TOO_LONG", with(long, Vec::new())),
        (102, "SIGNATURE_COUNT", with(vec![0xff], Vec::new())),
        (102, "SIGNATURE_COUNT", with(vec![0xff], vec![weak; 9])),
        (201, "SIGNER_REPEATED", with(vec![0xff], vec![weak, forged, weak])),
        (202, "KEY_UNSUITABLE", with(vec![0xff], vec![weak, forged])),
        (203, "SIGNATURE_INVALID", with(vec![0xff], vec![forged, second])),
        (203, "SIGNATURE_INVALID", with(vec![0xfe], vec![first, second])),
        (103, "PAYLOAD_MALFORMED", malformed),
        (104, "PAYLOAD_NOT_CANONICAL", sign(&unknown)),
        (112, "FIELD_LENGTH", sign(&message.encode_to_vec())),
    ];
    for (number, reason, envelope) in steps {
        let error = envelope.verify(PublicKey::admit).expect_err(reason);
        assert_eq!((error.number(), error.reason()), (number, reason));
        let field = matches!(error, EnvelopeError::Field(_)).then_some("command_id");
        assert_eq!(error.field().map(|(field, _)| field), field);
    }
    let good = sign(&command(genesis()).to_payload());
    let verified = good.clone().verify(PublicKey::admit).expect("nothing left to mend");
    assert_eq!(verified.command(), &command(genesis()));
    assert_eq!(verified.signed(), &good);
    assert_eq!(verified.signers().count(), 2);
}

/// SplitMix64: the same bytes on every run.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[test]
fn whatever_is_parsed_is_written_as_it_was_read() {
    let mut state = 2026;
    let mut next = |end: usize| usize::try_from(random(&mut state) % end as u64).expect("small");
    let good: Vec<Vec<u8>> = bodies().into_iter().map(|body| command(body).to_payload()).collect();
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..40_000 {
        let mut payload = if round % 8 == 0 {
            (0..next(200)).map(|_| next(256) as u8).collect()
        } else {
            good[next(good.len())].clone()
        };
        for _ in 0..=next(2) {
            let at = next(payload.len().max(1)).min(payload.len().saturating_sub(1));
            match (next(4), payload.is_empty()) {
                (_, true) => payload.push(next(256) as u8),
                (0, _) => payload[at] ^= 1 << next(8),
                (1, _) => payload[at] = payload[at].wrapping_add(1),
                (2, _) => payload.insert(at, next(256) as u8),
                _ => drop(payload.remove(at)),
            }
        }
        match Command::parse(&payload) {
            Ok(command) => {
                assert_eq!(command.to_payload(), payload, "{command:?}");
                accepted += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(accepted > 1_000 && refused > 10_000, "{accepted} accepted, {refused} refused");
}

/// The codec's own rule, for the parts of commands that entries hold too.
#[test]
fn parts_are_encoded_with_their_invariants() {
    let reversed = (BlockNumber::new(1).expect("from 1"), 9_u64, 3_u64);
    let bytes = codec::encode(&vec![reversed]).expect("short");
    assert!(codec::decode::<SerialRanges>(&bytes).is_err());
    let bytes = codec::encode(&authorisation()).expect("short");
    assert_eq!(codec::decode::<Authorisation>(&bytes), Ok(authorisation()));
    let bytes = codec::encode(&transfer()).expect("short");
    assert_eq!(codec::decode::<TransferTerms>(&bytes), Ok(transfer()));
}

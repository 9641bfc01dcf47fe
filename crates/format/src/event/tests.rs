//! The number of every effect, and the bytes of those that stored entries hold:
//! an effect that moves, or whose fields do, would make old logs unreadable.

use super::*;
use crate::command::{
    ActivityType, AuthorisationTerms, AuthorisedEntity, AuthorisedPurposes, Control, EntityRef,
    FeePeriod, FirstTransferDefinition, InvoiceIssuer, ItmoRendering, LineKey, MitigationType,
    Power, Purpose, RestrictionGround, Sector, Side, Use, UseKind, YearSpan,
};
use crate::hash::to_hex;
use crate::identification::IdentificationFormat;
use crate::itmo::ItmoRegistry;
use crate::party::Party;

fn name(name: &str) -> Name {
    Name::new(name).expect("a name")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

fn date() -> Date {
    Date::new(2026, 11, 23).expect("a date")
}

fn year() -> Year {
    Year::new(2026).expect("a year")
}

fn country() -> Country {
    Country::new("MN").expect("a country")
}

fn project() -> ProjectRef {
    ProjectRef::new("MN003").expect("a reference")
}

fn account() -> AccountNumber {
    AccountNumber::new(1_001).expect("a number")
}

fn digest() -> Digest {
    Digest::from_bytes([0xdd; 32])
}

fn key() -> PublicKey {
    PublicKey::from_bytes([0xee; 32])
}

fn entry() -> EntryIndex {
    EntryIndex::new(300)
}

fn range() -> SerialRange {
    "7:1-500".parse().expect("a range")
}

fn ranges() -> SerialRanges {
    SerialRanges::new(vec![range()]).expect("one")
}

fn holder() -> Holder {
    Holder {
        name_ja: Some(text("例")),
        name_en: text("E"),
        head_office_ja: None,
        head_office_en: text("T"),
    }
}

fn decision() -> Decision {
    Decision {
        reference: name("D"),
        date: date(),
        period_start: date(),
        period_end: date(),
        notified_total_tonnes: Tonnes::new(900),
        notified_japan_tonnes: Tonnes::new(500),
    }
}

fn authorisation() -> Authorisation {
    Authorisation {
        id: name("A"),
        side: Side::Partner,
        partner: country(),
        cooperative_approach: "CA0007".parse().expect("one"),
        date: date(),
        quantity_tonnes: Tonnes::new(900),
        first_vintage: year(),
        last_vintage: year(),
        purposes: AuthorisedPurposes { ndc: true, imp: false, op: true },
        first_transfer: FirstTransferDefinition::Issuance,
        projects: vec![project()],
        document: digest(),
    }
}

fn transfer() -> TransferTerms {
    let use_ = Use { kind: UseKind::Shk, reporting_year: Some(year()), beneficiary: None };
    TransferTerms {
        source: account(),
        destination: account(),
        ranges: ranges(),
        purpose: Purpose::Retirement,
        gratuitous: false,
        use_: Some(use_),
    }
}

/// Effects 0 to 14 with their bytes; `..dd..` and `..ee..` stand for 32 of them.
// One table.
#[allow(clippy::too_many_lines)]
fn of_the_registry() -> Vec<(Effect, &'static str)> {
    let rule_set = RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::new(14_400),
        transfer_fee_yen: Yen::new(2_500),
        certificate_fee_yen: Yen::new(1_200),
    };
    let corporation = Person::Corporation("8700110005901".parse().expect("a number"));
    let application = entry();
    vec![
        (
            Effect::RegistryCreated { origin: "o".parse().expect("one"), log_key: key() },
            "00016f..ee..",
        ),
        (Effect::RuleSetAdopted { rule_set }, "0101fb4038fbc409fbb004"),
        (
            Effect::GovernmentAccountOpened {
                account: account(),
                category: AccountCategory::Cancellation,
            },
            "02fbe90302",
        ),
        (Effect::KeyRegistered { key: key(), role: Role::Account(account()) }, "03..ee..03fbe903"),
        (Effect::KeyRevoked { key: key() }, "04..ee.."),
        (Effect::OperatorAppointed { person: name("p") }, "050170"),
        (Effect::OperatorRemoved { person: name("p") }, "060170"),
        (
            Effect::PaymentRecorded {
                bank_reference: name("b"),
                amount_yen: Yen::new(2_500),
                value_date: date(),
                account: Some(account()),
                payer: None,
            },
            "070162fbc409fbea070b1701fbe90300",
        ),
        (
            Effect::PaymentApplied {
                payment: entry(),
                application: Some(application),
                amount_yen: Yen::new(2_500),
            },
            "08fb2c0101fb2c01fbc409",
        ),
        (
            Effect::AccountApplied {
                person: corporation,
                holder: holder(),
                particulars: digest(),
                attachments: vec![digest()],
                representative: key(),
                fee: Fee::Due(Yen::new(14_400)),
            },
            "0900fd8d66f7a6e90700000103e4be8b0145000154..dd..01..dd....ee..00fb4038",
        ),
        (Effect::AccountOpened { application, account: account() }, "0afb2c01fbe903"),
        (Effect::ApplicationWithdrawn { application }, "0bfb2c01"),
        (
            Effect::ProjectRegistered {
                reference: project(),
                title: text("t"),
                methodology: name("m"),
                public_input_date: Some(date()),
            },
            "0c054d4e3030330174016d01fbea070b17",
        ),
        (
            Effect::AuthorisationRecorded { authorisation: authorisation() },
            "0d0141014d4e07fbea070b17fb8403fbea07fbea070100010101054d4e303033..dd..",
        ),
        (
            Effect::IssuanceConsented { project: project(), decision: decision() },
            "0e054d4e3030330144fbea070b17fbea070b17fbea070b17fb8403fbf401",
        ),
    ]
}

/// Effects 15 to 22.
fn of_units() -> Vec<(Effect, &'static str)> {
    vec![
        (
            Effect::IssuanceRecorded {
                project: project(),
                decision: decision(),
                basis: Basis::Consent(entry()),
                verifier: text("v"),
                verification_report: digest(),
                quantity_tonnes: Tonnes::new(500),
            },
            "0f054d4e3030330144fbea070b17fbea070b17fbea070b17fb8403fbf40100fb2c010176..dd..fbf401",
        ),
        (
            Effect::BlockIssued {
                block: range().block(),
                vintage: year(),
                issued_on: date(),
                class: CreditClass::A,
                allocations: vec![Holding { account: account(), range: range() }],
            },
            "1007fbea07fbea070b170001fbe9030701fbf401",
        ),
        (
            Effect::FirstTransferred { range: range(), japan: entry(), partner: entry() },
            "110701fbf401fb2c01fb2c01",
        ),
        (
            Effect::TransferApplied { terms: transfer(), fee: Fee::Waived },
            "12fbe903fbe903010701fbf4010000010101fbea070001",
        ),
        (Effect::TransferRecorded { application: Some(entry()) }, "1301fb2c01"),
        (
            Effect::AdjustmentBooked {
                partner: country(),
                vintage: year(),
                quantity_tonnes: Tonnes::new(500),
                japan_authorisation: entry(),
                partner_authorisation: entry(),
            },
            "144d4efbea07fbf401fb2c01fb2c01",
        ),
        (
            Effect::CertificateRequested { account: account(), fee: Fee::NotChargeable },
            "15fbe90302",
        ),
        (Effect::CertificateIssued { application: None }, "1600"),
    ]
}

fn rules() -> Rules {
    let period = FeePeriod {
        from: date(),
        account_opening_fee_yen: Yen::new(14_400),
        transfer_fee_yen: Yen::new(2_500),
        certificate_fee_yen: Yen::new(1_200),
    };
    let issuer = InvoiceIssuer {
        name: text("b"),
        registration_number: Some("8700110005901".parse().expect("a number")),
        tax_percent: 10,
    };
    Rules {
        version: 2,
        fees: vec![period],
        payment_days: 20,
        examination_days: 10,
        transferee_acceptance: true,
        shk_issued_until: date(),
        shk_public_input_until: date(),
        identification: IdentificationFormat::new("{block}-{unit}").expect("one"),
        invoice: Some(issuer),
    }
}

fn change() -> ParticularsChange {
    ParticularsChange { holder: None, particulars: Some(digest()), effective: date() }
}

fn terms() -> TrustTerms {
    TrustTerms {
        details: digest(),
        evidence: digest(),
        beneficiary_certificates: true,
        without_beneficiaries: false,
        public_interest: true,
    }
}

/// Effects 23 to 36.
fn of_applications() -> Vec<(Effect, &'static str)> {
    let (account, application, attachments) = (account(), entry(), vec![digest()]);
    vec![
        (
            Effect::RulesAdopted { rules: rules() },
            "170201fbea070b17fb4038fbc409fbb004140a01fbea070b17fbea070b170e7b626c6f636b7d2d7b756e69747d01016201fd8d66f7a6e90700000a",
        ),
        (
            Effect::CalendarAdopted { country: country(), year: year(), holidays: vec![date()] },
            "184d4efbea0701fbea070b17",
        ),
        (
            Effect::GovernmentAccountNamed { account, name_ja: text("例"), name_en: text("E") },
            "19fbe90303e4be8b0145",
        ),
        (
            Effect::ProponentRegistered { project: project(), person: digest() },
            "1a054d4e303033..dd..",
        ),
        (
            Effect::IndividualApplied {
                person: digest(),
                particulars: digest(),
                attachments: attachments.clone(),
                representative: key(),
                fee: Fee::Due(Yen::new(14_400)),
            },
            "1b..dd....dd..01..dd....ee..00fb4038",
        ),
        (
            Effect::ChangeNotified { account, change: change(), attachments: attachments.clone() },
            "1cfbe9030001..dd..fbea070b1701..dd..",
        ),
        (
            Effect::ParticularsChanged { application: None, account, change: change() },
            "1d00fbe9030001..dd..fbea070b17",
        ),
        (Effect::ClosingApplied { account, attachments: attachments.clone() }, "1efbe90301..dd.."),
        (Effect::AccountClosed { application, account }, "1ffb2c01fbe903"),
        (
            Effect::CompletionRequested { application, items: vec![text("i")], due: date() },
            "20fb2c01010169fbea070b17",
        ),
        (Effect::ApplicationCompleted { application, attachments }, "21fb2c0101..dd.."),
        (
            Effect::ApplicationRefused {
                application,
                ground: RefusalGround::Procedure,
                explanation: text("x"),
            },
            "22fb2c01050178",
        ),
        (Effect::ApplicationLapsed { application, ground: LapseGround::Incomplete }, "23fb2c0101"),
        (Effect::PaymentProofSubmitted { application, document: digest() }, "24fb2c01..dd.."),
    ]
}

/// Effects 37 to 41.
fn of_payments() -> Vec<(Effect, &'static str)> {
    let credit = ImportedPayment {
        key: LineKey::from_bytes([0xcc; 12]),
        amount_yen: Yen::new(2_500),
        value_date: date(),
        account: Some(account()),
    };
    let payment = PaymentId { entry: entry(), line: 1_000 };
    let amount_yen = Yen::new(2_500);
    let restriction = Restriction {
        account: account(),
        ranges: Some(ranges()),
        ground: RestrictionGround::Violation,
        authority: text("a"),
        reference: text("r"),
        document: digest(),
    };
    vec![
        (
            Effect::StatementImported { statement: digest(), payers: None, payments: vec![credit] },
            "25..dd..0001ccccccccccccccccccccccccfbc409fbea070b1701fbe903",
        ),
        (
            Effect::PaymentLineApplied { payment, application: Some(entry()), amount_yen },
            "26fb2c01fbe80301fb2c01fbc409",
        ),
        (
            Effect::Refunded {
                source: RefundSource::Application(entry()),
                amount_yen,
                bank_reference: name("b"),
            },
            "2701fb2c01fbc4090162",
        ),
        (Effect::RestrictionRecorded { restriction }, "28fbe90301010701fbf4010301610172..dd.."),
        (Effect::RestrictionReleased { restriction: entry() }, "29fb2c01"),
    ]
}

/// Effects 42 to 49.
fn of_trusts_and_corrections() -> Vec<(Effect, &'static str)> {
    let (account, ranges, terms) = (account(), ranges(), terms());
    let commission = Commission { court: text("c"), reference: text("r"), trustee_dismissed: true };
    let ground = CorrectionGround {
        account,
        affected: entry(),
        error: text("e"),
        consulted_on: date(),
        consultation: digest(),
        third_party_consent: None,
    };
    let request = TrustRequest::Amend { trust: entry(), terms };
    let trust = TransferTrust::ChangeTrustee { terms, by_new_trustee: true };
    let units = CorrectionMove { source: account, destination: account, ranges: ranges.clone() };
    vec![
        (Effect::TransferTrustStated { trust }, "2a02..dd....dd..01000101"),
        (
            Effect::TrustApplied { account, request, subrogation: None },
            "2bfbe90302fb2c01..dd....dd..01000100",
        ),
        (
            Effect::TrustRecorded { account, ranges: ranges.clone(), terms },
            "2cfbe903010701fbf401..dd....dd..010001",
        ),
        (Effect::TrustDeleted { ranges }, "2d010701fbf401"),
        (
            Effect::TrustAmended { trust: entry(), terms, commission: Some(commission) },
            "2efb2c01..dd....dd..010001010163017201",
        ),
        (Effect::TrustApplicationRecorded { application: entry() }, "2ffb2c01"),
        (Effect::CorrectionRecorded { ground }, "30fbe903fb2c010165fbea070b17..dd..00"),
        (Effect::UnitsMoved { units }, "31fbe903fbe903010701fbf401"),
    ]
}

/// Effects 50 to 54.
fn of_acceptance_and_the_books() -> Vec<(Effect, &'static str)> {
    let totals = BookTotals {
        entries: 1,
        received: 2,
        recorded: 3,
        refused: 4,
        withdrawn: 5,
        lapsed: 6,
        payments_yen: Yen::new(7),
        account_opening_fees_yen: Yen::new(8),
        transfer_fees_yen: Yen::new(9),
        certificate_fees_yen: Yen::new(10),
        refunded_yen: Yen::new(11),
        issued_tonnes: Tonnes::new(12),
        transferred_tonnes: Tonnes::new(13),
        retired_tonnes: Tonnes::new(14),
        cancelled_tonnes: Tonnes::new(15),
        corrected_tonnes: Tonnes::new(16),
    };
    let acceptance = Acceptance::Listed(vec![account()]);
    vec![
        (Effect::AcceptanceSet { account: account(), acceptance }, "32fbe9030101fbe903"),
        (Effect::TransferAccepted { application: entry() }, "33fb2c01"),
        (Effect::CertificateStated { account: account(), digest: digest() }, "34fbe903..dd.."),
        (Effect::BooksClosed { year: year(), totals }, "35fbea070102030405060708090a0b0c0d0e0f10"),
        (Effect::PersonalDataErased { commitment: digest() }, "36..dd.."),
    ]
}

/// Effects 55 to 64.
fn of_safeguards() -> Vec<(Effect, &'static str)> {
    let (account, recovery) = (account(), entry());
    let default_mandate = Mandate {
        control: Control::Dual,
        per_transfer_tonnes: Some(Tonnes::new(500)),
        per_day_tonnes: Some(Tonnes::new(250)),
        per_untrusted_tonnes: None,
    };
    let safeguards = Safeguards {
        default_mandate,
        central_untrusted_tonnes: Some(Tonnes::new(900)),
        delays: true,
        cutoff_hour: 23,
        early_days: 0,
        late_days: 2,
        trust_days: 7,
        recovery_days: 250,
        pinned: false,
    };
    let mandate = Mandate {
        control: Control::Single,
        per_transfer_tonnes: None,
        per_day_tonnes: None,
        per_untrusted_tonnes: Some(Tonnes::new(500)),
    };
    let representative = Representative { account, person: name("p"), power: Power::Approve };
    let trusted = account;
    vec![
        (Effect::SafeguardsAdopted { safeguards }, "370101fbf40101fa0001fb84030117000207fa00"),
        (
            Effect::MandateSet { account, mandate, effective: date() },
            "38fbe90300000001fbf401fbea070b17",
        ),
        (Effect::TrustedAdded { account, trusted, effective: date() }, "39fbe903fbe903fbea070b17"),
        (Effect::TrustedRemoved { account, trusted }, "3afbe903fbe903"),
        (Effect::AccountFrozen { account }, "3bfbe903"),
        (Effect::AccountUnfrozen { account }, "3cfbe903"),
        (Effect::TransferDelayed { not_before: date() }, "3dfbea070b17"),
        (
            Effect::RecoveryRequested { representative, key: key(), not_before: date() },
            "3efbe903017002..ee..fbea070b17",
        ),
        (Effect::RecoveryCancelled { recovery }, "3ffb2c01"),
        (Effect::RecoveryCompleted { recovery }, "40fb2c01"),
    ]
}

fn details() -> AuthorisationDetails {
    let entity = EntityRef { country: country(), number: name("n") };
    AuthorisationDetails {
        version: 3,
        mitigation: MitigationType::Both,
        gwp: Some(text("g")),
        sectors: vec![Sector::Agriculture, Sector::WasteManagement],
        activities: vec![ActivityType::Wind],
        parties: vec![Party::new("JPN").expect("a Party")],
        entities: vec![AuthorisedEntity { entity, name: text("e"), conditions: None }],
        use_years: Some(YearSpan { first: year(), last: year() }),
        oimp: None,
        terms: vec![text("t")],
        changes_reach_first_transferred: true,
        notes: Some(text("x")),
    }
}

/// Effects 65 to 71.
fn of_article_6() -> Vec<(Effect, &'static str)> {
    let article6 = Article6 {
        registry: ItmoRegistry::new("JPN01").expect("one"),
        ndc_first_year: year(),
        ndc_last_year: year(),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: Some(1_000),
        identifiers: ItmoRendering::Full,
    };
    let change = AuthorisationChange {
        authorisation: entry(),
        terms: AuthorisationTerms::from(&authorisation()),
        details: details(),
    };
    let revocation =
        AuthorisationRevocation { authorisation: entry(), date: date(), document: digest() };
    let confirmation = Confirmation {
        partner: country(),
        year: year(),
        vintage: year(),
        quantity_tonnes: Tonnes::new(500),
        date: date(),
        document: digest(),
    };
    let used = UseDetails {
        beneficiary: Some(Person::Corporation("8700110005901".parse().expect("a number"))),
        entity: Some(EntityRef { country: country(), number: name("n") }),
    };
    vec![
        (Effect::Article6Adopted(article6), "414a504e3031fbea07fbea070101fbe80301"),
        (
            Effect::AuthorisationDetailed(details()),
            "42030201016702000801\
             1a014a504e014d4e016e01650001fbea07fbea070001017401010178",
        ),
        (
            Effect::AuthorisationChanged(change),
            "43fb2c01fbea070b17fb8403fbea07fbea070100010101054d4e303033..dd..\
             030201016702000801\
             1a014a504e014d4e016e01650001fbea07fbea070001017401010178",
        ),
        (Effect::AuthorisationRevoked(revocation), "44fb2c01fbea070b17..dd.."),
        (Effect::AdjustmentConfirmed(confirmation), "454d4efbea07fbea07fbf401fbea070b17..dd.."),
        (Effect::ConfirmationWithdrawn { confirmation: entry() }, "46fb2c01"),
        (Effect::UseStated(used), "470100fd8d66f7a6e9070000014d4e016e"),
    ]
}

/// The first six are in stored entries.
#[test]
fn kinds_of_use_keep_their_numbers() {
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
    let numbers = kinds.map(|kind| codec::encode(&kind).expect("short")[0]);
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn every_effect_has_the_bytes_that_it_was_stored_in() {
    let parts = [
        of_the_registry(),
        of_units(),
        of_applications(),
        of_payments(),
        of_trusts_and_corrections(),
        of_acceptance_and_the_books(),
        of_safeguards(),
        of_article_6(),
    ];
    let mut count = 0;
    for (number, (effect, expected)) in parts.into_iter().flatten().enumerate() {
        let bytes = codec::encode(&effect).expect("short");
        assert_eq!(usize::from(bytes[0]), number, "{effect:?}");
        let expected = expected.replace("..dd..", &"dd".repeat(32));
        let expected = expected.replace("..ee..", &"ee".repeat(32));
        assert_eq!(to_hex(&bytes), expected, "{effect:?}");
        assert_eq!(codec::decode::<Effect>(&bytes), Ok(effect));
        count += 1;
    }
    assert_eq!(count, 72);
    // There is none after the last.
    assert!(codec::decode::<Effect>(&[72, 0, 0]).is_err());
}

/// A representative is the sixth kind of role, with its account, name and power.
#[test]
fn a_key_of_a_representative_has_the_bytes_that_it_is_stored_in() {
    let representative =
        Representative { account: account(), person: name("p"), power: Power::Read };
    let effect = Effect::KeyRegistered { key: key(), role: Role::Representative(representative) };
    let bytes = codec::encode(&effect).expect("short");
    assert_eq!(to_hex(&bytes), format!("03{}05fbe903017003", "ee".repeat(32)));
    assert_eq!(codec::decode::<Effect>(&bytes), Ok(effect));
}

/// An individual is the third kind of person; the others keep their numbers.
#[test]
fn a_person_keeps_its_number() {
    let foreign = Person::ForeignCorporation { country: country(), number: name("n") };
    let corporation = Person::Corporation("8700110005901".parse().expect("a number"));
    for (person, number) in [(corporation, 0), (foreign, 1), (Person::Individual(digest()), 2)] {
        let bytes = codec::encode(&person).expect("short");
        assert_eq!(bytes[0], number, "{person}");
        assert_eq!(codec::decode::<Person>(&bytes), Ok(person));
    }
}

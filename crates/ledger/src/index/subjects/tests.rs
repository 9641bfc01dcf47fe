use super::*;
use crate::log::sample;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Acceptance, Article6, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisationTerms, AuthorisedPurposes, Basis, BookTotals,
    Confirmation, Control, CorrectionGround, CorrectionMove, Decision, FirstTransferDefinition,
    Holder, ImportedPayment, ItmoRendering, LapseGround, LineKey, Mandate, MitigationType,
    ParticularsChange, PaymentId, Person, Power, Purpose, RefundSource, RefusalGround,
    Representative, Restriction, RestrictionGround, RuleSet, Rules, Safeguards, Sector, Side,
    TransferTerms, TransferTrust, TrustRequest, TrustTerms, UseDetails,
};
use jcm_format::event::{AccountCategory, CreditClass, Event, Fee, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::Country;
use jcm_format::itmo::ItmoRegistry;
use jcm_format::key::PublicKey;
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Year};

/// Position of the entries that the effects stand in.
const OWN: u64 = 50;

const KEY: PublicKey = PublicKey::from_bytes([3; PublicKey::LEN]);

fn number(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("in range")
}

fn account(number: u32) -> Subject {
    Subject::Account(self::number(number))
}

fn application(entry: u64) -> Subject {
    Subject::Application(EntryIndex::new(entry))
}

fn payment(entry: u64) -> Subject {
    Subject::Payment(EntryIndex::new(entry))
}

fn reference(text: &str) -> ProjectRef {
    ProjectRef::new(text).expect("a reference")
}

fn project(text: &str) -> Subject {
    Subject::Project(reference(text))
}

fn block(number: u32) -> Subject {
    Subject::Block(BlockNumber::new(number).expect("in range"))
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

fn date() -> Date {
    Date::new(2026, 4, 1).expect("a date")
}

fn year() -> Year {
    Year::new(2024).expect("a year")
}

fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

fn decision() -> Decision {
    Decision {
        reference: name("JC-1"),
        date: date(),
        period_start: date(),
        period_end: date(),
        notified_total_tonnes: Tonnes::new(2),
        notified_japan_tonnes: Tonnes::new(1),
    }
}

fn terms() -> TransferTerms {
    TransferTerms {
        source: number(1_001),
        destination: number(1_002),
        ranges: SerialRanges::new(vec![range("3:1-5"), range("3:9-9"), range("7:1-2")])
            .expect("ascending"),
        purpose: Purpose::Other,
        gratuitous: false,
        use_: None,
    }
}

fn authorisation() -> Authorisation {
    Authorisation {
        id: name("A-1"),
        side: Side::Japan,
        partner: Country::new("MN").expect("a country"),
        cooperative_approach: "CA0001".parse().expect("an approach"),
        date: date(),
        quantity_tonnes: Tonnes::new(9),
        first_vintage: year(),
        last_vintage: year(),
        purposes: AuthorisedPurposes { ndc: true, imp: false, op: false },
        first_transfer: FirstTransferDefinition::Issuance,
        projects: vec![reference("MN001"), reference("MN002")],
        document: Digest::ZERO,
    }
}

/// The account with keys, operators and payments.
fn registration_cases() -> Vec<(Effect, Vec<Subject>)> {
    let rule_set = RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::new(1),
        transfer_fee_yen: Yen::new(1),
        certificate_fee_yen: Yen::new(1),
    };
    let key_of = |role| Effect::KeyRegistered { key: KEY, role };
    let paid = |account| Effect::PaymentRecorded {
        bank_reference: name("bank-1"),
        amount_yen: Yen::new(5),
        value_date: date(),
        account,
        payer: None,
    };
    let applied = |application| Effect::PaymentApplied {
        payment: EntryIndex::new(7),
        application,
        amount_yen: Yen::new(5),
    };
    let origin = "registry.example/log".parse().expect("an origin");
    vec![
        (Effect::RegistryCreated { origin, log_key: KEY }, vec![]),
        (Effect::RuleSetAdopted { rule_set }, vec![]),
        (
            Effect::GovernmentAccountOpened {
                account: number(1),
                category: AccountCategory::GovernmentHolding,
            },
            vec![account(1)],
        ),
        (key_of(Role::Account(number(1_001))), vec![account(1_001)]),
        (key_of(Role::Representative(representative())), vec![account(1_001)]),
        (key_of(Role::Authority(name("minister"))), vec![]),
        (key_of(Role::Operator(name("clerk"))), vec![]),
        (key_of(Role::Partner(Country::new("MN").expect("a country"))), vec![]),
        (key_of(Role::Auditor(name("auditor"))), vec![]),
        (Effect::KeyRevoked { key: KEY }, vec![]),
        (Effect::OperatorAppointed { person: name("clerk") }, vec![]),
        (Effect::OperatorRemoved { person: name("clerk") }, vec![]),
        (paid(Some(number(1_001))), vec![payment(OWN), account(1_001)]),
        (paid(None), vec![payment(OWN)]),
        (applied(Some(EntryIndex::new(8))), vec![payment(7), application(8)]),
        (applied(None), vec![payment(7), application(OWN)]),
    ]
}

fn application_cases() -> Vec<(Effect, Vec<Subject>)> {
    let fee = Fee::Due(Yen::new(400));
    let holder = Holder {
        name_ja: None,
        name_en: text("GS"),
        head_office_ja: None,
        head_office_en: text("Tokyo"),
    };
    let person = Person::Corporation("8700110005901".parse().expect("a corporate number"));
    let earlier = EntryIndex::new(8);
    vec![
        (
            Effect::AccountApplied {
                person,
                holder,
                particulars: Digest::ZERO,
                attachments: vec![],
                representative: KEY,
                fee,
            },
            vec![application(OWN)],
        ),
        (
            Effect::AccountOpened { application: earlier, account: number(1_001) },
            vec![application(8), account(1_001)],
        ),
        (Effect::ApplicationWithdrawn { application: earlier }, vec![application(8)]),
        (
            Effect::TransferApplied { terms: terms(), fee },
            vec![application(OWN), account(1_001), account(1_002), block(3), block(7)],
        ),
        (Effect::TransferRecorded { application: Some(earlier) }, vec![application(8)]),
        (Effect::TransferRecorded { application: None }, vec![application(OWN)]),
        (
            Effect::CertificateRequested { account: number(1_001), fee },
            vec![application(OWN), account(1_001)],
        ),
        (Effect::CertificateIssued { application: Some(earlier) }, vec![application(8)]),
        (Effect::CertificateIssued { application: None }, vec![application(OWN)]),
    ]
}

fn issuance_cases() -> Vec<(Effect, Vec<Subject>)> {
    let (japan, partner) = (EntryIndex::new(1), EntryIndex::new(2));
    let holding = |account, text| Holding { account: number(account), range: range(text) };
    vec![
        (
            Effect::ProjectRegistered {
                reference: reference("MN001"),
                title: text("Solar"),
                methodology: name("M1"),
                public_input_date: None,
            },
            vec![project("MN001")],
        ),
        (
            Effect::AuthorisationRecorded { authorisation: authorisation() },
            vec![application(OWN), project("MN001"), project("MN002")],
        ),
        (
            Effect::IssuanceConsented { project: reference("MN001"), decision: decision() },
            vec![project("MN001")],
        ),
        (
            Effect::IssuanceRecorded {
                project: reference("MN001"),
                decision: decision(),
                basis: Basis::Consent(EntryIndex::new(3)),
                verifier: text("Verifier"),
                verification_report: Digest::ZERO,
                quantity_tonnes: Tonnes::new(9),
            },
            vec![project("MN001")],
        ),
        (
            Effect::BlockIssued {
                block: BlockNumber::new(3).expect("in range"),
                vintage: year(),
                issued_on: date(),
                class: CreditClass::A,
                allocations: vec![holding(1, "3:1-4"), holding(1_001, "3:5-9")],
            },
            vec![block(3), account(1), account(1_001)],
        ),
        (Effect::FirstTransferred { range: range("7:1-2"), japan, partner }, vec![block(7)]),
        (
            Effect::AdjustmentBooked {
                partner: Country::new("MN").expect("a country"),
                vintage: year(),
                quantity_tonnes: Tonnes::new(2),
                japan_authorisation: japan,
                partner_authorisation: partner,
            },
            vec![],
        ),
    ]
}

/// Rule data, the books, and what happens to accounts.
fn standing_cases() -> Vec<(Effect, Vec<Subject>)> {
    let rule_set = RuleSet {
        version: 2,
        account_opening_fee_yen: Yen::new(1),
        transfer_fee_yen: Yen::new(1),
        certificate_fee_yen: Yen::new(1),
    };
    let change = ParticularsChange { holder: None, particulars: None, effective: date() };
    let account_number = number(1_001);
    vec![
        (Effect::RulesAdopted { rules: Rules::of_genesis(&rule_set) }, vec![]),
        (
            Effect::CalendarAdopted {
                country: Country::new("JP").expect("a country"),
                year: year(),
                holidays: vec![],
            },
            vec![],
        ),
        (
            Effect::GovernmentAccountNamed {
                account: number(4),
                name_ja: text("Name"),
                name_en: text("Name"),
            },
            vec![account(4)],
        ),
        (
            Effect::ProponentRegistered { project: reference("MN001"), person: Digest::ZERO },
            vec![project("MN001")],
        ),
        (
            Effect::ParticularsChanged {
                application: Some(EntryIndex::new(8)),
                account: account_number,
                change: change.clone(),
            },
            vec![application(8), account(1_001)],
        ),
        (
            Effect::ParticularsChanged { application: None, account: account_number, change },
            vec![account(1_001)],
        ),
        (
            Effect::AccountClosed { application: EntryIndex::new(8), account: account_number },
            vec![application(8), account(1_001)],
        ),
        (
            Effect::AcceptanceSet {
                account: account_number,
                acceptance: Acceptance::Listed(vec![number(1_002)]),
            },
            vec![account(1_001)],
        ),
        (
            Effect::CertificateStated { account: account_number, digest: Digest::ZERO },
            vec![account(1_001)],
        ),
        (Effect::BooksClosed { year: year(), totals: BookTotals::default() }, vec![]),
        (Effect::PersonalDataErased { commitment: Digest::ZERO }, vec![]),
    ]
}

fn act_cases() -> Vec<(Effect, Vec<Subject>)> {
    let earlier = EntryIndex::new(8);
    let change = ParticularsChange { holder: None, particulars: None, effective: date() };
    vec![
        (
            Effect::IndividualApplied {
                person: Digest::ZERO,
                particulars: Digest::ZERO,
                attachments: vec![],
                representative: KEY,
                fee: Fee::Due(Yen::new(1)),
            },
            vec![application(OWN)],
        ),
        (
            Effect::ChangeNotified { account: number(1_001), change, attachments: vec![] },
            vec![application(OWN), account(1_001)],
        ),
        (
            Effect::ClosingApplied { account: number(1_001), attachments: vec![] },
            vec![application(OWN), account(1_001)],
        ),
        (
            Effect::CompletionRequested { application: earlier, items: vec![], due: date() },
            vec![application(8)],
        ),
        (
            Effect::ApplicationCompleted { application: earlier, attachments: vec![] },
            vec![application(8)],
        ),
        (
            Effect::ApplicationRefused {
                application: earlier,
                ground: RefusalGround::Procedure,
                explanation: text("Defective"),
            },
            vec![application(8)],
        ),
        (
            Effect::ApplicationLapsed { application: earlier, ground: LapseGround::Unpaid },
            vec![application(8)],
        ),
        (
            Effect::PaymentProofSubmitted { application: earlier, document: Digest::ZERO },
            vec![application(8)],
        ),
        (Effect::TransferAccepted { application: earlier }, vec![application(8)]),
        (Effect::TrustApplicationRecorded { application: earlier }, vec![application(8)]),
    ]
}

fn money_cases() -> Vec<(Effect, Vec<Subject>)> {
    let line = PaymentId { entry: EntryIndex::new(7), line: 3 };
    let credit = |key, account| ImportedPayment {
        key: LineKey::from_bytes([key; LineKey::LEN]),
        amount_yen: Yen::new(5),
        value_date: date(),
        account,
    };
    let applied = |application| Effect::PaymentLineApplied {
        payment: line,
        application,
        amount_yen: Yen::new(5),
    };
    let refunded = |source| Effect::Refunded {
        source,
        amount_yen: Yen::new(5),
        bank_reference: name("out-1"),
    };
    vec![
        (
            Effect::StatementImported {
                statement: Digest::ZERO,
                payers: None,
                payments: vec![credit(1, Some(number(1_001))), credit(2, None)],
            },
            vec![payment(OWN), account(1_001)],
        ),
        (applied(Some(EntryIndex::new(8))), vec![payment(7), application(8)]),
        (applied(None), vec![payment(7), application(OWN)]),
        (refunded(RefundSource::Payment(line)), vec![payment(7)]),
        (refunded(RefundSource::Application(EntryIndex::new(8))), vec![application(8)]),
    ]
}

fn unit_cases() -> Vec<(Effect, Vec<Subject>)> {
    let earlier = EntryIndex::new(8);
    let ranges = || terms().ranges;
    let trust = TrustTerms {
        details: Digest::ZERO,
        evidence: Digest::ZERO,
        beneficiary_certificates: false,
        without_beneficiaries: false,
        public_interest: false,
    };
    let restriction = |ranges| Effect::RestrictionRecorded {
        restriction: Restriction {
            account: number(1_001),
            ranges,
            ground: RestrictionGround::CourtOrder,
            authority: text("Court"),
            reference: text("1"),
            document: Digest::ZERO,
        },
    };
    let applied =
        |request| Effect::TrustApplied { account: number(1_001), request, subrogation: None };
    let delete = TrustRequest::Delete {
        ranges: ranges(),
        evidence: Digest::ZERO,
        beneficiaries: Digest::ZERO,
    };
    let own = || vec![application(OWN), account(1_001), block(3), block(7)];
    let ground = CorrectionGround {
        account: number(1_001),
        affected: earlier,
        error: text("Slip"),
        consulted_on: date(),
        consultation: Digest::ZERO,
        third_party_consent: None,
    };
    let units =
        CorrectionMove { source: number(1_002), destination: number(1_001), ranges: ranges() };
    vec![
        (restriction(Some(ranges())), own()),
        (restriction(None), vec![application(OWN), account(1_001)]),
        (Effect::RestrictionReleased { restriction: earlier }, vec![application(8)]),
        (Effect::TransferTrustStated { trust: TransferTrust::Delete(Digest::ZERO) }, vec![]),
        (applied(TrustRequest::Record { ranges: ranges(), terms: trust }), own()),
        (applied(delete), own()),
        (
            applied(TrustRequest::Amend { trust: earlier, terms: trust }),
            vec![application(OWN), account(1_001), application(8)],
        ),
        (Effect::TrustRecorded { account: number(1_001), ranges: ranges(), terms: trust }, own()),
        (Effect::TrustDeleted { ranges: ranges() }, vec![block(3), block(7)]),
        (
            Effect::TrustAmended { trust: earlier, terms: trust, commission: None },
            vec![application(8)],
        ),
        (Effect::CorrectionRecorded { ground }, vec![account(1_001)]),
        (Effect::UnitsMoved { units }, vec![account(1_001), account(1_002), block(3), block(7)]),
    ]
}

fn representative() -> Representative {
    Representative { account: number(1_001), person: name("tanaka"), power: Power::Full }
}

/// What protects accounts.
fn guard_cases() -> Vec<(Effect, Vec<Subject>)> {
    let recovery = EntryIndex::new(8);
    let mandate = Mandate {
        control: Control::Single,
        per_transfer_tonnes: None,
        per_day_tonnes: None,
        per_untrusted_tonnes: None,
    };
    let safeguards = Safeguards {
        default_mandate: mandate,
        central_untrusted_tonnes: None,
        delays: true,
        cutoff_hour: 12,
        early_days: 1,
        late_days: 2,
        trust_days: 3,
        recovery_days: 5,
        pinned: true,
    };
    let (of, trusted, effective) = (number(1_001), number(1_002), date());
    let (representative, not_before) = (representative(), date());
    vec![
        (Effect::SafeguardsAdopted { safeguards }, vec![]),
        (Effect::MandateSet { account: of, mandate, effective }, vec![account(1_001)]),
        (Effect::TrustedAdded { account: of, trusted, effective }, vec![account(1_001)]),
        (Effect::TrustedRemoved { account: of, trusted }, vec![account(1_001)]),
        (Effect::AccountFrozen { account: of }, vec![account(1_001)]),
        (Effect::AccountUnfrozen { account: of }, vec![account(1_001)]),
        (Effect::TransferDelayed { not_before }, vec![]),
        (
            Effect::RecoveryRequested { representative, key: KEY, not_before },
            vec![application(OWN), account(1_001)],
        ),
        (Effect::RecoveryCancelled { recovery }, vec![application(8)]),
        (Effect::RecoveryCompleted { recovery }, vec![application(8)]),
    ]
}

fn details() -> AuthorisationDetails {
    AuthorisationDetails {
        version: 2,
        mitigation: MitigationType::Reductions,
        gwp: None,
        sectors: vec![Sector::Transportation],
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

/// What the two governments say under Article 6.
fn article6_cases() -> Vec<(Effect, Vec<Subject>)> {
    let earlier = EntryIndex::new(8);
    let year = Year::new(2026).expect("a year");
    let article6 = Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year,
        ndc_last_year: year,
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Full,
    };
    let change = AuthorisationChange {
        authorisation: earlier,
        terms: AuthorisationTerms::from(&authorisation()),
        details: details(),
    };
    let (date, document) = (date(), Digest::ZERO);
    let revocation = AuthorisationRevocation { authorisation: earlier, date, document };
    let confirmation = Confirmation {
        partner: Country::new("MN").expect("a country"),
        year,
        vintage: year,
        quantity_tonnes: Tonnes::new(9),
        date,
        document,
    };
    vec![
        (Effect::Article6Adopted(article6), vec![]),
        (Effect::AuthorisationDetailed(details()), vec![]),
        (
            Effect::AuthorisationChanged(change),
            vec![application(8), project("MN001"), project("MN002")],
        ),
        (Effect::AuthorisationRevoked(revocation), vec![application(8)]),
        (Effect::AdjustmentConfirmed(confirmation), vec![application(OWN)]),
        (Effect::ConfirmationWithdrawn { confirmation: earlier }, vec![application(8)]),
        (Effect::UseStated(UseDetails { beneficiary: None, entity: None }), vec![]),
    ]
}

fn cases() -> Vec<(Effect, Vec<Subject>)> {
    [
        registration_cases(),
        application_cases(),
        issuance_cases(),
        standing_cases(),
        act_cases(),
        money_cases(),
        unit_cases(),
        guard_cases(),
        article6_cases(),
    ]
    .concat()
}

fn entry_with(effects: Vec<Effect>) -> SealedEntry {
    sample::seal(OWN, Digest::ZERO, Vec::new(), Event(effects))
}

#[test]
fn every_effect_names_its_subjects() {
    let mut kinds = BTreeSet::new();
    for (effect, expected) in cases() {
        let entry = entry_with(vec![effect.clone()]);
        assert_eq!(subjects(&entry), expected.into_iter().collect(), "{effect:?}");
        // The variant's number is the byte before everything else.
        kinds.insert(jcm_format::codec::encode(&effect).expect("small")[0]);
    }
    assert_eq!(kinds, (0..=71).collect(), "a case for every variant");
}

#[test]
fn an_entry_names_the_subjects_of_all_its_effects() {
    let (effects, expected): (Vec<_>, Vec<_>) = cases().into_iter().unzip();
    let expected: BTreeSet<_> = expected.into_iter().flatten().collect();
    assert_eq!(subjects(&entry_with(effects)), expected);
    assert_eq!(subjects(&entry_with(Vec::new())), BTreeSet::new());
}

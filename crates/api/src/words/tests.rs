use super::*;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Commission, FeePeriod, ParticularsChange, PaymentId, Purpose, RefundSource, Restriction, Rules,
    TransferTerms, TransferTrust, TrustTerms, Use, UseKind,
};
use jcm_format::id::{AccountNumber, Country, EntryIndex};
use jcm_format::serial::SerialRanges;
use jcm_format::text::Text;
use jcm_format::time::Year;

fn terms(ranges: Vec<&str>) -> TransferTerms {
    let ranges = ranges.iter().map(|text| text.parse().expect("a range")).collect();
    TransferTerms {
        source: AccountNumber::new(1_001).expect("a number"),
        destination: AccountNumber::new(2).expect("a number"),
        ranges: SerialRanges::new(ranges).expect("sorted"),
        purpose: Purpose::Retirement,
        gratuitous: true,
        use_: Some(Use {
            kind: UseKind::Shk,
            reporting_year: Year::new(2026),
            beneficiary: Text::new("Example KK"),
        }),
    }
}

#[test]
fn a_transfer_names_units_accounts_purpose_use_and_fee() {
    let applied =
        Effect::TransferApplied { terms: terms(vec!["1:1-100", "2:5-5"]), fee: Fee::Waived };
    assert_eq!(
        effect(&applied),
        "applies to transfer 101 t (units 1:1-100, 2:5-5) from JP-0001001-05 to JP-0000002-92, \
         for retirement, free of charge, to serve accounting and reporting under the Act of \
         fiscal year 2026 in favour of Example KK; fee waived"
    );
}

#[test]
fn many_ranges_are_counted() {
    let ranges: Vec<String> = (1..=9).map(|block| format!("{block}:1-1")).collect();
    let words = transfer_terms(&terms(ranges.iter().map(String::as_str).collect()));
    assert!(words.starts_with("9 t (units 9 ranges) from"), "{words}");
}

#[test]
fn an_adjustment_says_who_subtracts() {
    let booked = Effect::AdjustmentBooked {
        partner: Country::new("MN").expect("a country"),
        vintage: Year::new(2022).expect("a year"),
        quantity_tonnes: Tonnes::new(7),
        japan_authorisation: EntryIndex::new(1),
        partner_authorisation: EntryIndex::new(2),
    };
    assert_eq!(
        effect(&booked),
        "books a corresponding adjustment of 7 t, vintage 2022: Japan subtracts, MN adds"
    );
}

#[test]
fn the_fee_is_that_of_the_application() {
    let account = AccountNumber::new(1_001).expect("a number");
    let fee = Fee::Due(Yen::new(1_200));
    let event = Event(vec![Effect::CertificateRequested { account, fee }]);
    assert_eq!(fee_of(&event), Some(fee));
    assert_eq!(fee_of(&Event(Vec::new())), None);
}

fn digest() -> jcm_format::hash::Digest {
    jcm_format::hash::Digest::from_bytes([7; 32])
}

fn text(words: &str) -> Text {
    Text::new(words).expect("a text")
}

fn ranges(range: &str) -> SerialRanges {
    SerialRanges::new(vec![range.parse().expect("a range")]).expect("one")
}

#[test]
fn rules_say_fees_days_and_choices() {
    let rules = Rules {
        version: 2,
        fees: vec![FeePeriod {
            from: "2027-04-01".parse().expect("a date"),
            account_opening_fee_yen: Yen::new(1),
            transfer_fee_yen: Yen::new(2),
            certificate_fee_yen: Yen::new(3),
        }],
        ..Rules::of_genesis(&jcm_format::command::RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::ZERO,
            transfer_fee_yen: Yen::ZERO,
            certificate_fee_yen: Yen::ZERO,
        })
    };
    assert_eq!(
        effect(&Effect::RulesAdopted { rules }),
        "adopts rules 2: from 2027-04-01 account opening 1 yen, transfer 2 yen, certificate 3 yen; \
         20 working days for payment, 10 for examination; holders do not choose from whom they \
         receive; units before 2021 serve reports if issued until 2025-03-31 or with public input \
         until 2025-03-31; identification numbers JP-{project}-{vintage}-{block}-{unit}"
    );
}

#[test]
fn money_names_lines_and_sources() {
    let payment = PaymentId { entry: EntryIndex::new(9), line: 3 };
    let applied = Effect::PaymentLineApplied {
        payment,
        application: Some(EntryIndex::new(11)),
        amount_yen: Yen::new(2_500),
    };
    assert_eq!(effect(&applied), "applies 2,500 yen of payment 9/3 to application 11");
    let refunded = Effect::Refunded {
        source: RefundSource::Payment(payment),
        amount_yen: Yen::new(100),
        bank_reference: jcm_format::text::Name::new("OUT-1").expect("a name"),
    };
    assert_eq!(effect(&refunded), "pays back 100 yen of what is left of payment 9/3, by OUT-1");
}

#[test]
fn what_is_private_is_not_told() {
    let change = ParticularsChange {
        holder: None,
        particulars: Some(digest()),
        effective: "2026-10-01".parse().expect("a date"),
    };
    let account = AccountNumber::new(1_001).expect("a number");
    let notified = Effect::ChangeNotified { account, change, attachments: Vec::new() };
    assert_eq!(
        effect(&notified),
        "notifies a change of account JP-0001001-05: particulars that are not published, in \
         effect since 2026-10-01"
    );
}

#[test]
fn restrictions_and_trusts_name_units_and_grounds() {
    let account = AccountNumber::new(1_001).expect("a number");
    let restriction = Restriction {
        account,
        ranges: Some(ranges("1:1-5")),
        ground: RestrictionGround::CourtOrder,
        authority: text("Tokyo District Court"),
        reference: text("2026 (wa) 1"),
        document: digest(),
    };
    assert_eq!(
        effect(&Effect::RestrictionRecorded { restriction }),
        "restricts disposal of 5 t (units 1:1-5) of account JP-0001001-05: an order of a court or \
         authority, Tokyo District Court 2026 (wa) 1"
    );
    let terms = TrustTerms {
        details: digest(),
        evidence: digest(),
        beneficiary_certificates: false,
        without_beneficiaries: true,
        public_interest: true,
    };
    let commission =
        Commission { court: text("the court"), reference: text("R 1"), trustee_dismissed: true };
    let trust = EntryIndex::new(5);
    assert_eq!(
        effect(&Effect::TrustAmended { trust, terms, commission: Some(commission) }),
        "changes the items of the trust of entry 5, without provisions on beneficiaries, in the \
         public interest, by commission of the court R 1, which dismissed the trustee"
    );
    let stated = Effect::TransferTrustStated { trust: TransferTrust::Delete(digest()) };
    assert_eq!(effect(&stated), "the units leave the trust");
}

#[test]
fn an_end_says_its_ground() {
    let application = EntryIndex::new(8);
    let refused = Effect::ApplicationRefused {
        application,
        ground: RefusalGround::Falsehood,
        explanation: text("the seal is another"),
    };
    assert_eq!(
        effect(&refused),
        "refuses application 8: (v) what is applied for is false; the seal is another"
    );
    let lapsed = Effect::ApplicationLapsed { application, ground: LapseGround::Unpaid };
    assert_eq!(effect(&lapsed), "declares application 8 lapsed: its fee was not paid in time");
}

#[test]
fn amounts_stand_in_groups_and_one_is_singular() {
    for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
        assert_eq!(grouped(number), shown);
    }
    assert_eq!(units(&ranges("1:1-1200000")), "1,200,000 t (units 1:1-1200000)");
    assert_eq!(units(&ranges("1:5-5")), "1 t (unit 1:5-5)");
    assert_eq!(fee_words(Fee::Due(Yen::new(14_400))), "fee 14,400 yen");
    let deleted = |range| effect(&Effect::TrustDeleted { ranges: ranges(range) });
    assert_eq!(deleted("1:5-5"), "records that 1 t (unit 1:5-5) is no longer trust property");
    assert_eq!(deleted("1:5-6"), "records that 2 t (units 1:5-6) are no longer trust property");
    let first = |range: &str| {
        effect(&Effect::FirstTransferred {
            range: range.parse().expect("a range"),
            japan: EntryIndex::new(1),
            partner: EntryIndex::new(2),
        })
    };
    assert!(first("1:5-5").starts_with("first transfer of unit 1:5-5 under"));
    assert!(first("1:5-6").starts_with("first transfer of units 1:5-6 under"));
}

#[test]
fn payments_and_days_are_counted() {
    let credit = |key| jcm_format::command::ImportedPayment {
        key: jcm_format::command::LineKey::from_bytes([key; 12]),
        amount_yen: Yen::new(1_500),
        value_date: "2026-04-01".parse().expect("a date"),
        account: None,
    };
    let imported = |keys: &[u8]| {
        effect(&Effect::StatementImported {
            statement: digest(),
            payers: None,
            payments: keys.iter().map(|key| credit(*key)).collect(),
        })
    };
    assert!(imported(&[1]).ends_with(": 1 payment, 1,500 yen together"));
    assert!(imported(&[1, 2]).ends_with(": 2 payments, 3,000 yen together"));
    let genesis = jcm_format::command::RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::new(14_400),
        transfer_fee_yen: Yen::ZERO,
        certificate_fee_yen: Yen::ZERO,
    };
    let rules = Rules { payment_days: 1, ..Rules::of_genesis(&genesis) };
    let told = effect(&Effect::RulesAdopted { rules });
    assert!(told.contains("; 1 working day for payment, "), "{told}");
    assert!(told.contains("account opening 14,400 yen, transfer 0 yen"), "{told}");
    assert_eq!(
        (counted(1, "working day"), counted(0, "working day")),
        ("1 working day".to_owned(), "0 working days".to_owned())
    );
}

#[test]
fn safeguards_say_what_is_limited_and_how_long_it_waits() {
    use jcm_format::command::{Control, Mandate, Power, Representative, Safeguards};
    let account = |number| AccountNumber::new(number).expect("a number");
    let mut mandate = Mandate {
        control: Control::Single,
        per_transfer_tonnes: None,
        per_day_tonnes: None,
        per_untrusted_tonnes: None,
    };
    let safeguards = Safeguards {
        default_mandate: mandate,
        central_untrusted_tonnes: Some(Tonnes::new(2_000_000)),
        delays: true,
        cutoff_hour: 12,
        early_days: 1,
        late_days: 2,
        trust_days: 4,
        recovery_days: 10,
        pinned: true,
    };
    assert_eq!(
        effect(&Effect::SafeguardsAdopted { safeguards }),
        "adopts safeguards of accounts: without a mandate of its own, one representative signs; no \
         limit; to accounts that are not trusted, at most 2,000,000 t in one transfer whatever the \
         mandate says, and delayed by 1 working day if applied for before 12:00, by 2 later; 4 \
         working days until an account is trusted or a looser mandate is in force, 10 until a lost \
         key is replaced; what two must sign pins its effect"
    );
    (mandate.control, mandate.per_day_tonnes) = (Control::Dual, Some(Tonnes::new(7)));
    let effective = "2027-01-05".parse().expect("a date");
    assert_eq!(
        effect(&Effect::MandateSet { account: account(1_001), mandate, effective }),
        "sets the mandate of account JP-0001001-05 from 2027-01-05: two representatives sign; at \
         most 7 t in a day"
    );
    assert_eq!(
        effect(&Effect::TransferDelayed { not_before: effective }),
        "the transfer is not recorded before 2027-01-05"
    );
    let representative = Representative {
        account: account(1_001),
        person: jcm_format::text::Name::new("tanaka").expect("a name"),
        power: Power::Read,
    };
    let key = jcm_format::key::PublicKey::from_bytes([7; 32]);
    let words = effect(&Effect::RecoveryRequested { representative, key, not_before: effective });
    assert_eq!(
        words,
        format!(
            "asks for the new key {key} of tanaka (power: read) for account JP-0001001-05, not \
             before 2027-01-05"
        )
    );
}

#[test]
fn article_6_is_said_with_its_period_cap_and_rendering() {
    use jcm_format::command::{Article6, ItmoRendering};
    use jcm_format::itmo::ItmoRegistry;
    let year = |number| Year::new(number).expect("a year");
    let article6 = Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: Some(1_005),
        identifiers: ItmoRendering::Full,
    };
    assert_eq!(
        effect(&Effect::Article6Adopted(article6)),
        "adopts rule data for Article 6: registry JPN01, NDC from 2021 to 2030; cancellation for \
         other international mitigation purposes needs authorisation; units serve GX-ETS for up \
         to 10.05 % of a year's emissions; reports write identifiers in full"
    );
    let off = Article6 { gx_ets_cap_basis_points: None, ..article6 };
    assert!(article6_words(&off).contains("; units do not serve GX-ETS;"));
}

#[test]
fn an_authorisation_says_its_details() {
    use jcm_format::command::{
        ActivityType, AuthorisationDetails, AuthorisedEntity, EntityRef, MitigationType, Sector,
        YearSpan,
    };
    use jcm_format::party::Party;
    use jcm_format::text::Name;
    let year = |number| Year::new(number).expect("a year");
    let entity = EntityRef {
        country: Country::new("MN").expect("a country"),
        number: Name::new("9-01").expect("a name"),
    };
    let details = AuthorisationDetails {
        version: 2,
        mitigation: MitigationType::Reductions,
        gwp: Text::new("AR5"),
        sectors: vec![Sector::EnergyGeneration],
        activities: vec![ActivityType::Solar, ActivityType::Wind],
        parties: vec![Party::new("JPN").expect("a Party")],
        entities: vec![AuthorisedEntity {
            entity,
            name: Text::new("Example LLC").expect("a text"),
            conditions: None,
        }],
        use_years: Some(YearSpan { first: year(2021), last: year(2030) }),
        oimp: Text::new("CORSIA"),
        terms: vec![Text::new("one").expect("a text"), Text::new("two").expect("a text")],
        changes_reach_first_transferred: false,
        notes: None,
    };
    assert_eq!(
        effect(&Effect::AuthorisationDetailed(details)),
        "details: version 2; Emission reductions; sectors Energy generation; activities Solar, \
         Wind; Parties JPN; entities MN:9-01; to be used from 2021 to 2030; GWP AR5; other \
         purposes: CORSIA; 2 paragraphs of terms; changes do not reach units already first \
         transferred"
    );
}

#[test]
fn a_use_says_for_whom_and_by_whom() {
    use jcm_format::command::{EntityRef, Person, UseDetails};
    use jcm_format::text::Name;
    let entity = EntityRef {
        country: Country::new("MN").expect("a country"),
        number: Name::new("9-01").expect("a name"),
    };
    let corporation = Person::Corporation("8700110005901".parse().expect("a number"));
    let details = UseDetails { beneficiary: Some(corporation), entity: Some(entity) };
    assert_eq!(
        effect(&Effect::UseStated(details)),
        "states of the use: in favour of JP:8700110005901, by the authorised entity MN:9-01"
    );
}

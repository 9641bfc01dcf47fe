//! Commands of the acts of account holders and of the implementing body, with
//! every choice within. The last of each name has every field.

use super::*;
use crate::event::AccountCategory;

fn entry() -> EntryIndex {
    EntryIndex::new(300)
}

fn ranges(texts: &[&str]) -> SerialRanges {
    SerialRanges::new(texts.iter().map(|text| range(text)).collect()).expect("ascending")
}

fn holder(japanese: Option<&str>) -> Holder {
    Holder {
        name_ja: japanese.map(text),
        name_en: text("New Name KK"),
        head_office_ja: japanese.map(text),
        head_office_en: text("2-2 Chiyoda, Tokyo"),
    }
}

/// Each of the items, then all of them.
fn terms() -> [TrustTerms; 4] {
    [(false, false, true), (false, true, false), (true, false, false), (true, true, true)].map(
        |(beneficiary_certificates, without_beneficiaries, public_interest)| TrustTerms {
            details: digest(21),
            evidence: digest(22),
            beneficiary_certificates,
            without_beneficiaries,
            public_interest,
        },
    )
}

pub(super) fn transfer_trusts() -> Vec<TransferTrust> {
    let [first, second, third, all] = terms();
    vec![
        TransferTrust::Record(first),
        TransferTrust::Delete(digest(23)),
        TransferTrust::ChangeTrustee { terms: second, by_new_trustee: false },
        TransferTrust::ChangeTrustee { terms: third, by_new_trustee: true },
        TransferTrust::Record(all),
    ]
}

pub(super) fn rules() -> Rules {
    let genesis = RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::new(14_400),
        transfer_fee_yen: Yen::new(2_500),
        certificate_fee_yen: Yen::new(1_200),
    };
    Rules { version: 2, ..Rules::of_genesis(&genesis) }
}

fn all_rules() -> Rules {
    let period = |day: &str, yen| FeePeriod {
        from: date(day),
        account_opening_fee_yen: Yen::new(yen),
        transfer_fee_yen: Yen::new(1),
        certificate_fee_yen: Yen::MAX,
    };
    Rules {
        version: u32::MAX,
        fees: vec![period("2025-04-01", 14_400), period("2027-04-01", 15_000)],
        payment_days: 1,
        examination_days: 250,
        transferee_acceptance: true,
        shk_issued_until: date("2025-03-31"),
        shk_public_input_until: date("2025-04-01"),
        identification: IdentificationFormat::new("{country}:{block:4}/{unit:9}").expect("one"),
        invoice: Some(InvoiceIssuer {
            name: text("実施機関"),
            registration_number: Some("8700110005901".parse().expect("a number")),
            tax_percent: 99,
        }),
    }
}

fn rule_data() -> Vec<Body> {
    let untaxed = InvoiceIssuer {
        name: text("Implementing body"),
        registration_number: None,
        tax_percent: 0,
    };
    let holidays = vec![date("2027-01-01"), date("2027-01-11"), date("2027-12-31")];
    let calendar =
        |holidays| Body::AdoptCalendar { country: country("JP"), year: year(2027), holidays };
    let mut bodies = vec![
        Body::AdoptRules(rules()),
        Body::AdoptRules(Rules { invoice: Some(untaxed), ..rules() }),
        Body::AdoptRules(all_rules()),
        calendar(Vec::new()),
        calendar(holidays),
    ];
    let categories = [
        AccountCategory::GovernmentHolding,
        AccountCategory::Retirement,
        AccountCategory::Cancellation,
    ];
    bodies.extend(categories.map(|category| Body::OpenGovernmentAccount {
        category,
        name_ja: text("無効化口座"),
        name_en: text("Retirement 2"),
    }));
    bodies.extend([
        Body::RegisterProponent { project: project("MN003"), person: digest(30) },
        Body::CloseBooks { year: year(2025) },
        Body::CloseBooks { year: year(9999) },
        Body::EraseData { commitment: digest(31), reason: text("保存期間の満了") },
    ]);
    bodies
}

fn applications() -> Vec<Body> {
    let (account, effective) = (account(1_001), date("2026-10-01"));
    let change = |holder, particulars| {
        let change = ParticularsChange { holder, particulars, effective };
        Body::NotifyChange(NotifyChange { account, change, attachments: vec![digest(2); 16] })
    };
    let mut bodies = vec![
        Body::ApplyIndividualAccount(ApplyIndividualAccount {
            person: digest(30),
            particulars: digest(32),
            attachments: vec![digest(2), digest(3)],
            representative: public_key(3),
        }),
        change(Some(holder(None)), None),
        change(None, Some(digest(33))),
        change(Some(holder(Some("新名称"))), Some(digest(33))),
        Body::ApplyClosing { account, attachments: vec![digest(2)] },
        Body::RecordApplication { application: entry() },
        Body::RequestCompletion {
            application: entry(),
            items: vec![text("certificate of registered matters"), text("委任状")],
            due: date("2026-12-28"),
        },
        Body::CompleteApplication { application: entry(), attachments: vec![digest(2)] },
    ];
    let grounds = [
        RefusalGround::Restriction,
        RefusalGround::EvidentError,
        RefusalGround::Irregularity,
        RefusalGround::Violation,
        RefusalGround::Falsehood,
        RefusalGround::Procedure,
    ];
    let (application, explanation) = (entry(), text("documents of another corporation"));
    bodies.extend(grounds.map(|ground| Body::RefuseApplication {
        application,
        ground,
        explanation: explanation.clone(),
    }));
    bodies.push(Body::LapseApplication { application: entry() });
    bodies
}

pub(super) fn line_key(number: u64) -> LineKey {
    let mut bytes = [0xff; LineKey::LEN];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    LineKey::from_bytes(bytes)
}

fn payments() -> Vec<Body> {
    let payment = |number, account| ImportedPayment {
        key: line_key(number),
        amount_yen: Yen::new(1),
        value_date: date("1970-01-01"),
        account,
    };
    let statement = |payers, payments| {
        let statement = digest(40);
        Body::ImportStatement(ImportStatement { statement, payers, payments })
    };
    let refund = |source| {
        Body::Refund(Refund {
            source,
            amount_yen: Yen::MAX,
            bank_reference: name("OUT/2026-11/001"),
            reason: text("過納"),
        })
    };
    let line = |line| PaymentId { entry: entry(), line };
    let part = |payment, amount_yen| PaymentPart { payment, application: entry(), amount_yen };
    vec![
        Body::SubmitPaymentProof { application: entry(), document: digest(42) },
        statement(None, vec![payment(0, None)]),
        statement(None, vec![payment(0, None), payment(1, None)]),
        statement(
            Some(digest(41)),
            vec![payment(9, None), payment(8, Some(account(1_001))), payment(1, None)],
        ),
        Body::ApplyPayments { parts: vec![part(line(0), Yen::new(1))] },
        Body::ApplyPayments { parts: vec![part(line(1_000), Yen::MAX), part(line(1), Yen::MAX)] },
        refund(RefundSource::Application(entry())),
        refund(RefundSource::Payment(PaymentId::single(entry()))),
        refund(RefundSource::Payment(line(1_000))),
    ]
}

fn restrictions() -> Vec<Body> {
    let restriction = |ground, ranges| {
        Body::RecordRestriction(Restriction {
            account: account(1_001),
            ranges,
            ground,
            authority: text("東京地方裁判所"),
            reference: text("令和8年(ヲ)第1号"),
            document: digest(50),
        })
    };
    let some = || Some(ranges(&["1:1-5", "2:1-1"]));
    vec![
        restriction(RestrictionGround::CourtOrder, None),
        restriction(RestrictionGround::EvidentError, some()),
        restriction(RestrictionGround::Irregularity, None),
        restriction(RestrictionGround::Violation, some()),
        Body::ReleaseRestriction {
            restriction: entry(),
            reference: text("令和8年(ヲ)第2号"),
            document: digest(51),
        },
    ]
}

fn trusts() -> Vec<Body> {
    let (account, [first, second, third, all]) = (account(1_001), terms());
    let (units, trust) = (ranges(&["1:1-5", "2:1-1"]), entry());
    let (evidence, beneficiaries) = (digest(22), digest(24));
    let commission = |terms, trustee_dismissed| Body::RecordCommission {
        trust,
        terms,
        commission: Commission {
            court: text("東京地方裁判所"),
            reference: text("令和8年(ヒ)第1号"),
            trustee_dismissed,
        },
    };
    let apply = |request, subrogation| Body::ApplyTrust { account, request, subrogation };
    vec![
        apply(TrustRequest::Amend { trust, terms: second }, None),
        apply(TrustRequest::Delete { ranges: units.clone(), evidence, beneficiaries }, None),
        apply(TrustRequest::Record { ranges: units, terms: all }, Some(digest(25))),
        commission(third, false),
        commission(first, true),
    ]
}

pub(super) fn corrections() -> Vec<Body> {
    let (account, other, effective) = (account(1_001), account(1_002), date("2026-04-01"));
    let ground = |third_party_consent| CorrectionGround {
        account,
        affected: entry(),
        error: text("units of another block"),
        consulted_on: date("2026-11-01"),
        consultation: digest(60),
        third_party_consent,
    };
    let moved = |source, destination, texts: &[&str]| {
        let ranges = ranges(texts);
        CorrectionMove { source, destination, ranges }
    };
    let change = |holder, particulars| Some(ParticularsChange { holder, particulars, effective });
    let correction =
        |ground, change, moves| Body::RecordCorrection(RecordCorrection { ground, change, moves });
    vec![
        correction(ground(None), change(None, Some(digest(62))), Vec::new()),
        correction(ground(None), change(Some(holder(None)), None), Vec::new()),
        correction(ground(None), None, vec![moved(account, other, &["1:1-5"])]),
        correction(
            ground(Some(digest(61))),
            change(Some(holder(Some("例"))), Some(digest(62))),
            vec![moved(account, other, &["1:1-5", "3:1-9"]), moved(other, account, &["1:6-9"])],
        ),
    ]
}

fn acceptances() -> Vec<Body> {
    let set = |acceptance| Body::SetAcceptance { account: account(1_001), acceptance };
    vec![
        set(Acceptance::Anybody),
        set(Acceptance::Consent),
        set(Acceptance::Listed(vec![account(1), account(1_002)])),
        Body::AcceptTransfer { application: entry() },
    ]
}

pub(super) fn bodies() -> Vec<Body> {
    let parts = [
        rule_data(),
        applications(),
        payments(),
        restrictions(),
        trusts(),
        corrections(),
        acceptances(),
    ];
    parts.into_iter().flatten().collect()
}

/// What the format has no message for is refused, never recorded as something
/// else.
#[test]
fn what_cannot_be_written_is_refused_when_read() {
    let individual = application(Person::Individual(digest(30)), Some("例"));
    let entity = Body::OpenGovernmentAccount {
        category: AccountCategory::Entity,
        name_ja: text("例"),
        name_en: text("Example"),
    };
    for (body, field, rule) in [
        (individual, "apply_account.person", FieldRule::Missing),
        (entity, "open_government_account.category", FieldRule::BadChoice),
    ] {
        let error = Command::parse(&command(body).to_payload()).expect_err(field);
        assert_eq!(error, PayloadError::Field(FieldError::new(field, rule)));
    }
}

#[test]
fn a_payment_is_shown_by_its_entry_and_line() {
    let single = PaymentId::single(EntryIndex::new(41));
    assert_eq!((single.to_string(), single.line), ("41".to_owned(), 0));
    let line = PaymentId { line: 7, ..single };
    assert_eq!(line.to_string(), "41/7");
    assert_eq!(serde_json::to_string(&line).expect("JSON"), "\"41/7\"");
    assert!(single < line);
    assert_eq!(line_key(1).to_string(), "0100000000000000ffffffff");
}

#[test]
fn a_year_of_the_books_begins_in_april() {
    let cases = [("2025-04-01", 2025), ("2026-03-31", 2025), ("2026-04-01", 2026)];
    for (day, number) in cases {
        assert_eq!(book_year(date(day)), year(number), "{day}");
    }
    // There is no year before the first.
    assert_eq!(book_year(Date::FIRST), year(1970));
}

#[test]
fn the_rules_of_genesis_are_rules_that_could_be_adopted() {
    let body = Body::AdoptRules(rules());
    let payload = command(body.clone()).to_payload();
    assert_eq!(Command::parse(&payload).map(|command| command.body), Ok(body));
    let bytes = codec::encode(&rules()).expect("short");
    assert_eq!(codec::decode::<Rules>(&bytes), Ok(rules()));
}

use super::*;
use crate::testlog::day;
use jcm_format::command::{FeePeriod, RuleSet};

fn rules() -> Rules {
    let rule_set = RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::new(14_400),
        transfer_fee_yen: Yen::new(2_500),
        certificate_fee_yen: Yen::new(1_200),
    };
    let mut rules = Rules::of_genesis(&rule_set);
    rules.fees.push(FeePeriod {
        from: day("2027-04-01"),
        account_opening_fee_yen: Yen::new(15_000),
        transfer_fee_yen: Yen::new(2_600),
        certificate_fee_yen: Yen::new(1_300),
    });
    rules
}

fn cite(key: &str) -> &'static str {
    match key {
        "ACT.FEES" => "法第62条",
        "ACT.TRANSFER" => "法第52条",
        "CO.FEES" => "施行令第20条",
        "CO.FEE_WAIVER" => "施行令第20条第3項",
        "ORD.FEE_WAIVER" => "口座簿省令第18条",
        _ => "",
    }
}

fn transfer() -> TransferFacts {
    TransferFacts {
        from_government: false,
        to_government: false,
        gratuitous: false,
        all_class_c: false,
    }
}

fn quote(question: FeeQuestion, on: &str) -> Quote {
    Quote::of(question, &rules(), day(on), cite)
}

#[test]
fn the_fee_is_that_of_the_last_period_begun() {
    for (kind, before, from) in [
        (ApplicationKind::Account, 14_400, 15_000),
        (ApplicationKind::Transfer, 2_500, 2_600),
        (ApplicationKind::Certificate, 1_200, 1_300),
    ] {
        let fee = |on| quote(FeeQuestion::Plain(kind), on).fee_yen.get();
        assert_eq!((fee("2027-03-31"), fee("2027-04-01"), fee("2030-01-01")), (before, from, from));
    }
    let mut late = rules();
    late.fees.remove(0);
    assert_eq!(scheduled_fee(&late, ApplicationKind::Account, day("2027-03-31")), None);
}

#[test]
fn every_row_of_the_table_of_fees_is_decided() {
    let plain = transfer();
    for (facts, ground, fee) in [
        (plain, "due", 2_500),
        // Not declared free of charge: due, even into the retirement account.
        (TransferFacts { to_government: true, ..plain }, "due", 2_500),
        // Free of charge between entity accounts: due.
        (TransferFacts { gratuitous: true, ..plain }, "due", 2_500),
        (TransferFacts { to_government: true, gratuitous: true, ..plain }, "waived", 0),
        (TransferFacts { all_class_c: true, ..plain }, "not chargeable", 0),
        // What may not be charged cannot be waived.
        (
            TransferFacts { all_class_c: true, to_government: true, gratuitous: true, ..plain },
            "not chargeable",
            0,
        ),
        (TransferFacts { from_government: true, ..plain }, "no application", 0),
        (TransferFacts { from_government: true, all_class_c: true, ..plain }, "no application", 0),
    ] {
        let quote = quote(FeeQuestion::Transfer(facts), "2026-11-23");
        assert_eq!((quote.ground.as_str(), quote.fee_yen.get()), (ground, fee), "{facts:?}");
        assert_eq!(quote.kind, ApplicationKind::Transfer);
    }
    for kind in [ApplicationKind::Change, ApplicationKind::Closing, ApplicationKind::Trust] {
        let quote = quote(FeeQuestion::Plain(kind), "2026-11-23");
        assert_eq!((quote.ground.as_str(), quote.fee_yen), ("no fee", Yen::ZERO));
        assert!(quote.text_en.contains(kind.en()) && quote.text_ja.contains(kind.ja()));
    }
}

#[test]
fn the_text_names_amount_and_provision() {
    let due = quote(FeeQuestion::Plain(ApplicationKind::Account), "2026-11-23");
    assert_eq!(due.basis, "法第62条、施行令第20条");
    assert_eq!(
        due.text_ja,
        "法人等保有口座の開設の申請の手数料は14,400円です。納付があるまで記録等は行いません（法第62条、施行令第20条）。"
    );
    assert_eq!(
        due.text_en,
        "The fee for the application to open an account is JPY 14,400. Nothing is recorded before it is settled (法第62条、施行令第20条)."
    );
    let waived = TransferFacts { to_government: true, gratuitous: true, ..transfer() };
    let waived = quote(FeeQuestion::Transfer(waived), "2026-11-23");
    assert_eq!(waived.basis, "施行令第20条第3項、口座簿省令第18条");
    let uncited = Quote::decided(ApplicationKind::Transfer, Some(Fee::NotChargeable), |_| "");
    assert_eq!(uncited.basis, "");
    assert!(uncited.text_ja.ends_with("対象外です。") && uncited.text_en.ends_with("statute."));
}

#[test]
fn units_of_class_c_are_so_only_together() {
    assert!(all_class_c([CreditClass::C, CreditClass::C]));
    assert!(!all_class_c([CreditClass::C, CreditClass::B2]));
    assert!(!all_class_c([]));
}

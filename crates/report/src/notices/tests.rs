//! Notices of a log whose every step is known.

use super::*;
use crate::account_book::tests::{eventful, restrict};
use crate::sample_log::*;
use jcm_format::command::{
    Acceptance, Control, EntityRef, ImportedPayment, LapseGround, LineKey, Mandate, PaymentId,
    Person, Power, Purpose, RefundSource, RefusalGround, Representative, Role, TransferTerms,
    TransferTrust, TrustRequest, UseDetails, UseKind,
};
use jcm_format::event::Fee;
use jcm_format::id::Country;

fn of(log: &Log, index: EntryIndex) -> Vec<Notice> {
    notices(&log.entry(index), &log.archive).expect("everything can be looked up")
}

fn last(log: &Log) -> Vec<Notice> {
    let index = log.archive.entries().last().expect("an entry").index;
    of(log, index)
}

fn kinds(notices: &[Notice]) -> Vec<(&'static str, Option<u32>)> {
    notices.iter().map(|n| (n.kind, n.account.map(AccountNumber::get))).collect()
}

fn holders() -> Log {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.open(1002, "Beta");
    log.issue(7, &[(1001, "7:1-600"), (1002, "7:601-1000"), (1001, "8:1-500")]);
    log
}

#[test]
fn a_transfer_is_notified_to_both_sides_and_its_fee_to_the_applicant() {
    let mut log = holders();
    log.on_day(10);
    let index = log.transfer(terms(1001, 1002, &["7:1-100"]));
    let sent = of(&log, index);
    assert_eq!(
        kinds(&sent),
        [("transfer-recorded", Some(1001)), ("transfer-recorded", Some(1002))]
    );
    assert_eq!(
        sent[0].text_ja,
        "国際協力排出削減量の振替を口座簿に記録しましたので通知します。\n\
         振替元口座：JP-0001001-05\n\
         振替先口座：JP-0001002-02\n\
         数量：100トン（二酸化炭素換算）\n\
         識別番号：JP-MN003-2021-7-1 - JP-MN003-2021-7-100\n\
         手数料：1,500円\n\
         申請番号：6\n\
         記録番号：6\n\
         記録日時：2026-04-11T12:00:00.000+09:00\n\
         根拠：法第52条"
    );
    assert_eq!(sent[0].title_ja, "振替の通知");
    assert!(
        sent[0].text_en.starts_with("The transfer is recorded.\nFrom account: JP-0001001-05\n")
    );
    assert!(sent[0].text_en.contains("\nFee: 1,500 yen\n"));
    assert!(!sent[1].text_ja.contains("手数料") && !sent[1].text_en.contains("Fee"));
    assert_eq!(sent[1].position.to_string(), "6.1");
    assert_eq!((sent[0].basis_key, sent[0].basis), ("ACT.TRANSFER", "法第52条"));
    assert_eq!(sent[0].application, Some(index));
}

#[test]
fn what_is_retired_is_notified_to_the_holder_alone() {
    let mut log = holders();
    log.transfer(sunk(1001, Purpose::Retirement, &["7:1-50"], UseKind::Shk));
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("retirement-recorded", Some(1001))]);
    assert!(
        sent[0].text_ja.contains("無効化のための振替")
            && sent[0].text_ja.contains("報告年度：2026年度")
    );
    log.transfer(sunk(1001, Purpose::Cancellation, &["7:51-60"], UseKind::Voluntary));
    assert_eq!(kinds(&last(&log)), [("cancellation-recorded", Some(1001))]);
}

#[test]
fn each_of_several_transfers_in_one_entry_has_its_own_notice() {
    let mut log = holders();
    let part = |terms: TransferTerms, more: Vec<Effect>| {
        let applied = Effect::TransferApplied { terms, fee: Fee::Waived };
        let recorded = Effect::TransferRecorded { application: None };
        [vec![applied], more, vec![recorded]].concat()
    };
    let named = UseDetails {
        beneficiary: Some(Person::Corporation("8700110005901".parse().expect("a number"))),
        entity: Some(EntityRef {
            country: Country::new("TH").expect("a country"),
            number: name("E-1"),
        }),
    };
    let parts = [
        part(terms(1001, 1002, &["7:1-10"]), Vec::new()),
        part(
            sunk(1001, Purpose::Retirement, &["7:11-30"], UseKind::Shk),
            vec![Effect::UseStated(named)],
        ),
        part(sunk(1001, Purpose::Cancellation, &["8:1-7"], UseKind::Voluntary), Vec::new()),
    ];
    log.push(parts.concat());
    let sent = last(&log);
    assert_eq!(
        kinds(&sent),
        [
            ("transfer-recorded", Some(1001)),
            ("transfer-recorded", Some(1002)),
            ("retirement-recorded", Some(1001)),
            ("cancellation-recorded", Some(1001)),
        ]
    );
    for (notice, part, quantity, units) in [
        (&sent[0], "1 / 3", "10", "JP-MN003-2021-7-1 - JP-MN003-2021-7-10"),
        (&sent[1], "1 / 3", "10", "JP-MN003-2021-7-1 - JP-MN003-2021-7-10"),
        (&sent[2], "2 / 3", "20", "JP-MN003-2021-7-11 - JP-MN003-2021-7-30"),
        (&sent[3], "3 / 3", "7", "JP-MN003-2022-8-1 - JP-MN003-2022-8-7"),
    ] {
        let english = &notice.text_en;
        assert!(english.contains(&format!("\nPart: {part}\n")), "{english}");
        assert!(english.contains(&format!("\nQuantity: {quantity} t CO2e\n")), "{english}");
        assert!(english.contains(&format!(": {units}\n")), "{english}");
        assert_eq!(english.matches("Identification numbers").count(), 1, "{english}");
    }
    let number = "\nNumber of the corporation: JP:8700110005901\nAuthorised entity: TH:E-1\n";
    assert!(sent[2].text_en.contains(number), "{}", sent[2].text_en);
    assert!(!sent[3].text_en.contains("Number of the corporation"), "not that of another part");
}

#[test]
fn each_of_several_issuances_in_one_entry_notifies_of_its_own_units() {
    let mut log = holders();
    let first = last_issuance(&log, 17);
    let second = last_issuance(&log, 27);
    log.push([first, second].concat());
    let sent = last(&log);
    let of_units: Vec<(Option<u32>, bool, bool)> = sent
        .iter()
        .map(|n| {
            let has = |block: &str| n.text_en.contains(block);
            (n.account.map(AccountNumber::get), has("-17-"), has("-27-"))
        })
        .collect();
    let (first, second) = ((Some(1001), true, false), (Some(1001), false, true));
    assert_eq!(of_units, [first, (Some(1002), true, false), second, (Some(1002), false, true)]);
}

/// The effects of the last issuance with other numbers of blocks, from `block` on.
fn last_issuance(log: &Log, block: u32) -> Vec<Effect> {
    let entry = log.archive.entries().last().expect("an entry").clone();
    let moved = |range: SerialRange, block: BlockNumber| {
        SerialRange::new(block, range.first(), range.last()).expect("as before")
    };
    let mut next = block;
    let mut effects = entry.event.0;
    for effect in &mut effects {
        if let Effect::BlockIssued { block, allocations, .. } = effect {
            *block = BlockNumber::new(next).expect("a number");
            for part in allocations {
                part.range = moved(part.range, *block);
            }
            next += 1;
        }
    }
    effects
}

#[test]
fn an_issuance_is_notified_once_to_each_account() {
    let log = holders();
    let sent = last(&log);
    let credited = "issuance-credited";
    assert_eq!(kinds(&sent), [(credited, Some(1001)), (credited, Some(1002))]);
    assert!(sent[0].text_en.contains("Quantity: 1,100 t CO2e"));
    assert!(sent[0].text_en.contains("JP-MN003-2022-8-1 - JP-MN003-2022-8-500"));
    assert!(!sent[1].text_en.contains("2022") && !sent[1].text_en.contains("JP-0001001-05"));
    assert_eq!(sent[0].basis, "法第45条");
}

#[test]
fn before_an_account_is_open_its_applicant_is_addressed_by_application() {
    let mut log = Log::new();
    let (applied, opened) = log.open(1001, "Alpha");
    assert!(of(&log, applied).is_empty());
    let sent = of(&log, opened);
    // One notice: the first key is in it.
    assert_eq!(kinds(&sent), [("account-opened", Some(1001))]);
    assert_eq!(sent[0].application, Some(applied));
    assert!(sent[0].text_ja.contains("手数料：12,000円") && sent[0].basis == "法第50条");
    let (applied, _) = log.open(1002, "Beta");
    log.push(vec![Effect::ApplicationRefused {
        application: applied,
        ground: RefusalGround::Falsehood,
        explanation: text("The number is not in the register."),
    }]);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("account-refused", None)]);
    assert_eq!((sent[0].application, sent[0].basis_key), (Some(applied), "ACT.OPENING"));
    let due = date("2026-06-01");
    log.push(vec![Effect::CompletionRequested {
        application: applied,
        items: vec![text("登記事項証明書"), text("印鑑証明書")],
        due,
    }]);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("completion-requested", None)]);
    assert!(sent[0].text_ja.contains("期限：2026-06-01\n補正を要する事項：登記事項証明書\n補正を"));
}

#[test]
fn each_end_of_an_application_has_its_notice() {
    let mut log = holders();
    let application = log.apply_transfer(terms(1001, 1002, &["7:1-10"]));
    assert!(last(&log).is_empty());
    let paid = Effect::PaymentApplied {
        payment: entry(0),
        application: Some(application),
        amount_yen: Yen::new(500),
    };
    log.push(vec![paid]);
    let refusal = Effect::ApplicationRefused {
        application,
        ground: RefusalGround::Restriction,
        explanation: text("Entry 9."),
    };
    log.push(vec![refusal]);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("transfer-refused", Some(1001))]);
    assert!(sent[0].text_ja.starts_with("振替の申請を拒否しましたので通知します。"));
    assert!(sent[0].text_ja.contains("納付済みの手数料：500円"));
    assert!(sent[0].text_ja.contains("（第1号）") && sent[0].basis == "口座簿省令第7条");
    log.push(vec![Effect::ApplicationLapsed { application, ground: LapseGround::Unpaid }]);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("transfer-lapsed", Some(1001))]);
    assert!(sent[0].text_en.starts_with("Your application for a transfer has lapsed."));
    log.push(vec![Effect::ApplicationWithdrawn { application }]);
    assert_eq!(kinds(&last(&log)), [("transfer-withdrawn", Some(1001))]);
}

#[test]
fn a_payment_says_what_is_still_due() {
    let mut log = holders();
    let application = log.apply_transfer(terms(1001, 1002, &["7:1-10"]));
    let single = |yen| Effect::PaymentApplied {
        payment: entry(3),
        application: Some(application),
        amount_yen: Yen::new(yen),
    };
    log.push(vec![single(400)]);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("payment-partly-applied", Some(1001))]);
    assert!(sent[0].text_ja.contains("充当額：400円\n手数料：1,500円\n未納額：1,100円"));
    // Two parts in one entry: the second fills up what the first left.
    let line = Effect::PaymentLineApplied {
        payment: PaymentId { entry: entry(4), line: 2 },
        application: Some(application),
        amount_yen: Yen::new(1_000),
    };
    log.push(vec![single(100), line]);
    let sent = last(&log);
    assert_eq!(
        kinds(&sent),
        [("payment-partly-applied", Some(1001)), ("payment-applied", Some(1001))]
    );
    assert!(sent[0].text_en.contains("Still due: 1,000 yen"));
    assert!(
        sent[1].text_en.contains("Payment: 4/2") && sent[1].text_en.contains("Still due: 0 yen")
    );
    assert_eq!(sent[1].position, Position { entry: entry(8), number: 1 });
}

#[test]
fn a_refund_goes_to_who_paid_and_to_nobody_who_is_not_known() {
    let mut log = holders();
    let credit = |byte, number: Option<u32>| ImportedPayment {
        key: LineKey::from_bytes([byte; LineKey::LEN]),
        amount_yen: Yen::new(1_500),
        value_date: date("2026-04-01"),
        account: number.map(account),
    };
    let imported = log.push(vec![Effect::StatementImported {
        statement: digest(1),
        payers: None,
        payments: vec![credit(1, None), credit(2, Some(1002))],
    }]);
    let refund = |log: &mut Log, source| {
        log.push(vec![Effect::Refunded {
            source,
            amount_yen: Yen::new(1_500),
            bank_reference: name("OUT-1"),
        }]);
        last(log)
    };
    let of_line = |line| RefundSource::Payment(PaymentId { entry: imported, line });
    assert!(refund(&mut log, of_line(1)).is_empty());
    let sent = refund(&mut log, of_line(2));
    assert_eq!(kinds(&sent), [("refunded", Some(1002))]);
    assert!(sent[0].text_ja.contains("還付額：1,500円"));
    let application = log.apply_transfer(terms(1001, 1002, &["7:1-10"]));
    let sent = refund(&mut log, RefundSource::Application(application));
    assert_eq!(
        (kinds(&sent), sent[0].application),
        (vec![("refunded", Some(1001))], Some(application))
    );
}

#[test]
fn consent_is_asked_for_only_where_it_counts() {
    let consent = |acceptance| Effect::AcceptanceSet { account: account(1002), acceptance };
    let mut log = holders();
    log.push(vec![consent(Acceptance::Consent)]);
    // The rules do not let holders choose.
    log.apply_transfer(terms(1001, 1002, &["7:1-10"]));
    assert!(last(&log).is_empty());
    log.adopt_choice();
    let application = log.apply_transfer(terms(1001, 1002, &["7:11-20"]));
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("consent-awaited", Some(1002))]);
    assert_eq!(sent[0].application, Some(application));
    assert!(sent[0].text_en.contains("From account: JP-0001001-05"));
    log.push(vec![consent(Acceptance::Anybody)]);
    log.apply_transfer(terms(1001, 1002, &["7:21-30"]));
    assert!(last(&log).is_empty());
    // What was asked for earlier stays what it was.
    assert_eq!(of(&log, application), sent);
}

#[test]
fn restrictions_name_what_they_cover() {
    let mut log = holders();
    let restriction = restrict(&mut log, 1001, Some(ranges(&["7:1-10"])));
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("restriction-recorded", Some(1001))]);
    assert!(sent[0].text_ja.contains("識別番号：JP-MN003-2021-7-1 - JP-MN003-2021-7-10"));
    assert_eq!(sent[0].basis, "施行令第10条");
    log.push(vec![Effect::RestrictionReleased { restriction }]);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("restriction-released", Some(1001))]);
    assert!(sent[0].text_en.contains(&format!("Entry of the restriction: {restriction}")));
    restrict(&mut log, 1002, None);
    assert!(last(&log)[0].text_ja.contains("口座の全部"));
}

#[test]
fn keys_are_notified_to_their_account_and_only_there() {
    let mut log = holders();
    let role = |role| vec![Effect::KeyRegistered { key: key(200), role }];
    log.push(role(Role::Account(account(1001))));
    assert_eq!(kinds(&last(&log)), [("key-registered", Some(1001))]);
    log.push(vec![Effect::KeyRevoked { key: key(200) }]);
    assert_eq!(kinds(&last(&log)), [("key-revoked", Some(1001))]);
    log.push(vec![Effect::KeyRegistered { key: key(201), role: Role::Operator(name("op-1")) }]);
    assert!(last(&log).is_empty());
    log.push(vec![Effect::KeyRevoked { key: key(201) }]);
    assert!(last(&log).is_empty());
    let asked =
        log.push(vec![Effect::ClosingApplied { account: account(1001), attachments: Vec::new() }]);
    log.push(vec![
        Effect::AccountClosed { application: asked, account: account(1001) },
        Effect::KeyRevoked { key: key(1) },
    ]);
    assert_eq!(kinds(&last(&log)), [("account-closed", Some(1001))]);
}

#[test]
fn a_correction_tells_others_what_moved_and_not_what_was_wrong() {
    let log = eventful();
    let correction = log.archive.entries().find(|entry| {
        entry.event.0.iter().any(|effect| matches!(effect, Effect::CorrectionRecorded { .. }))
    });
    let sent = notices(correction.expect("recorded"), &log.archive).expect("looked up");
    let corrected = "correction-recorded";
    assert_eq!(kinds(&sent), [(corrected, Some(1001)), (corrected, Some(1002))]);
    assert!(sent[0].text_en.contains("Ten units too many."));
    assert!(!sent[1].text_en.contains("Ten units too many."));
    for notice in &sent {
        assert!(notice.text_ja.contains("JP-MN003-2021-7-91 - JP-MN003-2021-7-100"));
    }
}

#[test]
fn trusts_are_notified_where_they_begin_and_where_they_end() {
    let log = eventful();
    let sent: Vec<_> = log
        .archive
        .entries()
        .flat_map(|entry| notices(entry, &log.archive).expect("looked up"))
        .filter(|notice| notice.kind.starts_with("trust-") || notice.kind == "particulars-changed")
        .collect();
    assert_eq!(
        kinds(&sent),
        [
            ("particulars-changed", Some(1001)),
            ("trust-recorded", Some(1001)),
            ("trust-amended", Some(1001)),
            ("trust-deleted", Some(1001)),
            ("trust-recorded", Some(1002)),
        ]
    );
    assert!(sent[0].text_ja.contains("名称：株式会社Omega"));
    assert!(
        sent[2].text_ja.contains("嘱託をした裁判所：東京地方裁判所")
            && sent[2].text_ja.contains("解任")
    );
    assert_eq!(sent[1].basis, "施行令第11条から第19条まで");
}

/// A transfer to Beta that the new trustee, or the former, applies for.
fn trustee_change(log: &mut Log, by_new_trustee: bool) -> EntryIndex {
    let trust = TransferTrust::ChangeTrustee { terms: trust_terms(5), by_new_trustee };
    log.push(vec![
        Effect::TransferApplied {
            terms: terms(1001, 1002, &["7:1-10"]),
            fee: Fee::Due(Yen::new(1_500)),
        },
        Effect::TransferTrustStated { trust },
    ])
}

#[test]
fn a_trustee_hears_at_once_of_a_new_one_who_applies() {
    let mut log = holders();
    trustee_change(&mut log, false);
    assert!(last(&log).is_empty(), "who applies knows");
    let application = trustee_change(&mut log, true);
    let sent = last(&log);
    assert_eq!(kinds(&sent), [("trustee-change-applied", Some(1001))]);
    assert_eq!((sent[0].application, sent[0].basis), (Some(application), "口座簿省令第10条"));
    assert!(sent[0].text_ja.starts_with("新たな受託者から、"), "{}", sent[0].text_ja);
    assert!(sent[0].text_ja.contains("\n振替先口座：JP-0001002-02\n数量：10トン"));
    assert!(sent[0].text_en.contains("\nFrom account: JP-0001001-05\n"), "{}", sent[0].text_en);

    // Its money is the new trustee's.
    log.push(vec![Effect::PaymentApplied {
        payment: entry(0),
        application: Some(application),
        amount_yen: Yen::new(1_500),
    }]);
    assert_eq!(kinds(&last(&log)), [("payment-applied", Some(1002))]);
    log.push(vec![Effect::Refunded {
        source: RefundSource::Application(application),
        amount_yen: Yen::new(1_500),
        bank_reference: name("OUT-1"),
    }]);
    assert_eq!(kinds(&last(&log)), [("refunded", Some(1002))]);
}

#[test]
fn a_trustee_hears_at_once_of_who_applies_in_its_place() {
    let mut log = holders();
    let apply = |log: &mut Log, request, subrogation| {
        log.push(vec![Effect::TrustApplied { account: account(1001), request, subrogation }]);
        last(log)
    };
    let units = || ranges(&["7:1-10"]);
    let record = || TrustRequest::Record { ranges: units(), terms: trust_terms(3) };
    assert!(apply(&mut log, record(), None).is_empty(), "who applies knows");
    let sent = apply(&mut log, record(), Some(digest(0xab)));
    assert_eq!(kinds(&sent), [("trust-applied-in-place", Some(1001))]);
    assert_eq!(sent[0].application, Some(sent[0].position.entry));
    assert!(sent[0].text_ja.starts_with("受益者又は委託者から、"), "{}", sent[0].text_ja);
    assert!(sent[0].text_ja.contains("申請：信託の記録\n数量：10トン"), "{}", sent[0].text_ja);
    assert!(sent[0].text_en.contains(&"ab".repeat(32)), "{}", sent[0].text_en);
    let amend = TrustRequest::Amend { trust: entry(9), terms: trust_terms(4) };
    let sent = apply(&mut log, amend, Some(digest(1)));
    assert!(sent[0].text_en.contains("For: to amend a trust\nEntry of the trust: 9\n"));
}

#[test]
fn a_certificate_is_notified_with_its_digest() {
    let mut log = holders();
    log.push(vec![
        Effect::CertificateRequested { account: account(1001), fee: Fee::Due(Yen::new(450)) },
        Effect::PaymentApplied { payment: entry(0), application: None, amount_yen: Yen::new(450) },
        Effect::CertificateIssued { application: None },
        Effect::CertificateStated { account: account(1001), digest: digest(0xab) },
    ]);
    let sent = last(&log);
    // The payment of what is issued at once has no notice of its own.
    assert_eq!(kinds(&sent), [("certificate-issued", Some(1001))]);
    assert!(sent[0].text_en.contains(&"ab".repeat(32)) && sent[0].text_en.contains("Fee: 450 yen"));
}

#[test]
fn nobody_reads_another_holders_name() {
    let log = eventful();
    let names = [(1001, ["Alpha", "Omega"]), (1002, ["Beta", "Beta"])];
    for entry in log.archive.entries() {
        for notice in notices(entry, &log.archive).expect("looked up") {
            let text = [notice.text_ja, notice.text_en, notice.title_ja, notice.title_en].concat();
            for (number, others) in &names {
                let own = notice.account.map(AccountNumber::get) == Some(*number);
                assert!(own || !others.iter().any(|name| text.contains(name)), "{text}");
            }
        }
    }
}

#[test]
fn what_cannot_be_looked_up_is_an_error_and_not_silence() {
    let mut log = holders();
    let index = log.push(vec![Effect::ApplicationWithdrawn { application: entry(0) }]);
    let found = notices(&log.entry(index), &log.archive);
    assert_eq!(found, Err(BookError::EntryMissing(entry(0))));
}

#[test]
fn a_position_has_one_spelling() {
    let position = Position { entry: entry(120), number: 1 };
    assert_eq!("120.1".parse(), Ok(position));
    assert_eq!(position.to_string(), "120.1");
    assert!(position < Position { entry: entry(120), number: 2 });
    assert!(position < Position { entry: entry(121), number: 0 });
    for bad in ["", "120", "120.", ".1", "0120.1", "120.01", "120.+1", "120.1.1", "-1.0", "a.b"] {
        assert_eq!(bad.parse::<Position>(), Err(NotAPosition), "{bad}");
    }
}

fn representative() -> Representative {
    Representative { account: account(1001), person: name("tanaka"), power: Power::Approve }
}

/// The only notice of the last entry: to the first holder, of this kind.
fn only(log: &Log, kind: &str) -> Notice {
    let sent = last(log);
    assert_eq!(kinds(&sent), [(kind, Some(1001))]);
    sent.into_iter().next().expect("one")
}

#[test]
fn a_mandate_a_trusted_account_and_a_freeze_are_notified_to_the_holder_alone() {
    let mut log = holders();
    let (account, trusted, effective) = (account(1001), account(1002), date("2026-05-01"));
    log.push(vec![Effect::SafeguardsAdopted {
        safeguards: jcm_format::command::Safeguards {
            default_mandate: mandate(None),
            central_untrusted_tonnes: None,
            delays: true,
            cutoff_hour: 12,
            early_days: 1,
            late_days: 2,
            trust_days: 4,
            recovery_days: 10,
            pinned: true,
        },
    }]);
    assert!(last(&log).is_empty());
    log.push(vec![Effect::MandateSet { account, mandate: mandate(Some(1_500)), effective }]);
    let set = only(&log, "mandate-set");
    for line in [
        "適用開始日：2026-05-01",
        "署名する者：二名（起案及び承認）",
        "一件の上限：1,500トン",
        "一日の上限：なし",
    ] {
        assert!(set.text_ja.contains(line), "{}", set.text_ja);
    }
    for line in ["In force from: 2026-05-01", "At most in one transfer: 1,500 t", "no limit"] {
        assert!(set.text_en.contains(line), "{}", set.text_en);
    }
    log.push(vec![Effect::TrustedAdded { account, trusted, effective }]);
    assert!(only(&log, "account-trusted").text_ja.contains("信頼口座：JP-0001002-02"));
    log.push(vec![Effect::TrustedRemoved { account, trusted }]);
    assert!(only(&log, "account-distrusted").text_en.contains("Removed account: JP-0001002-02"));
    log.push(vec![Effect::AccountFrozen { account }]);
    only(&log, "account-frozen");
    log.push(vec![Effect::AccountUnfrozen { account }]);
    only(&log, "account-unfrozen");
}

fn mandate(per_transfer: Option<u64>) -> Mandate {
    Mandate {
        control: Control::Dual,
        per_transfer_tonnes: per_transfer.map(jcm_format::amount::Tonnes::new),
        per_day_tonnes: None,
        per_untrusted_tonnes: None,
    }
}

#[test]
fn a_delayed_transfer_tells_its_applicant_until_when_it_can_be_stopped() {
    let mut log = holders();
    let fee = Fee::Due(jcm_format::amount::Yen::new(1_500));
    let index = log.push(vec![
        Effect::TransferApplied { terms: terms(1001, 1002, &["7:1-10"]), fee },
        Effect::TransferDelayed { not_before: date("2026-05-07") },
    ]);
    let sent = only(&log, "transfer-delayed");
    assert_eq!(sent.application, Some(index));
    assert!(sent.text_ja.contains("記録できる最初の日：2026-05-07\n振替元口座：JP-0001001-05"));
    assert!(sent.text_en.contains("Not recorded before: 2026-05-07"), "{}", sent.text_en);
    assert!(sent.text_en.contains("JP-MN003-2021-7-1 - JP-MN003-2021-7-10"));
}

#[test]
fn keys_of_representatives_belong_to_their_account_and_a_recovery_names_its_own() {
    let mut log = holders();
    let role = Role::Representative(representative());
    log.push(vec![Effect::KeyRegistered { key: key(200), role: role.clone() }]);
    let registered = only(&log, "key-registered");
    assert!(registered.text_ja.contains("代表者：tanaka\n権限：承認\n"), "{}", registered.text_ja);
    log.push(vec![Effect::KeyRevoked { key: key(200) }]);
    only(&log, "key-revoked");
    let ask = |log: &mut Log| {
        log.push(vec![Effect::RecoveryRequested {
            representative: representative(),
            key: key(201),
            not_before: date("2026-06-01"),
        }])
    };
    let recovery = ask(&mut log);
    let asked = only(&log, "recovery-requested");
    assert!(asked.text_en.contains("Not registered before: 2026-06-01"), "{}", asked.text_en);
    assert!(asked.text_en.contains(&format!("Entry of the recovery: {recovery}")));
    log.push(vec![Effect::RecoveryCancelled { recovery }]);
    assert!(only(&log, "recovery-cancelled").text_ja.contains("代表者：tanaka"));
    let recovery = ask(&mut log);
    log.push(vec![
        Effect::RecoveryCompleted { recovery },
        Effect::KeyRegistered { key: key(201), role },
    ]);
    assert!(only(&log, "recovery-completed").text_en.contains(&key(201).to_string()));
}

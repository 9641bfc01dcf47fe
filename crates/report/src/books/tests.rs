use super::*;
use crate::testlog::{applied as paying, *};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    LapseGround, ParticularsChange, PaymentId, Purpose, RefundSource, TrustRequest,
};
use serde_json::Value;

fn folded(log: &Log) -> BooksFold {
    let mut fold = BooksFold::new();
    for entry in &log.entries {
        fold.apply(entry).expect("an entry in order");
    }
    fold
}

fn books(log: &Log, number: u16) -> Books {
    folded(log).year(year(number)).expect("small").expect("a year with entries")
}

/// Fiscal year 2026, entry by entry.
pub(crate) fn year_of_work() -> Log {
    let mut log = Log::genesis("2026-03-31");
    // Applied for in fiscal year 2025, opened in 2026.
    let alpha = log.on("2026-03-31", vec![account_applied("alpha")]);
    let payment = log.on("2026-04-01", vec![paid(30_000)]);
    log.on("2026-04-01", vec![paying(payment, 0, Some(alpha), OPENING)]);
    log.on("2026-04-02", vec![opened(alpha, 1_001)]);
    log.on("2026-05-01", issuance(1, &[(1_001, 1, 900), (1, 901, 1_000)]));
    let statement = log.on("2026-06-01", vec![imported(&[TRANSFER, CERTIFICATE, 77])]);
    // At once: applied for, paid and recorded in one entry.
    log.on(
        "2026-06-02",
        vec![
            transfer(1_001, 2, Purpose::Retirement, &["1:1-100"]),
            paying(statement, 1, None, TRANSFER),
            Effect::TransferRecorded { application: None },
        ],
    );
    // Applied for in June, recorded in July.
    let waits =
        log.on("2026-06-03", vec![transfer(1_001, 3, Purpose::Cancellation, &["1:101-107"])]);
    log.on("2026-07-01", vec![paying(payment, 0, Some(waits), TRANSFER)]);
    log.on("2026-07-02", vec![Effect::TransferRecorded { application: Some(waits) }]);
    log.on(
        "2026-07-03",
        vec![
            certificate(1_001),
            paying(statement, 2, None, CERTIFICATE),
            Effect::CertificateIssued { application: None },
        ],
    );
    // Part-paid and refused; its fee and what is left of a payment are paid back.
    let refusal = log.on("2026-08-01", vec![transfer(1_001, 1, Purpose::Other, &["1:200-209"])]);
    log.on("2026-08-02", vec![paying(payment, 0, Some(refusal), 1_000)]);
    log.on("2026-08-03", vec![refused(refusal)]);
    log.on("2026-08-04", vec![refunded(RefundSource::Application(refusal), 1_000)]);
    let line = PaymentId { entry: statement, line: 3 };
    log.on("2026-08-05", vec![refunded(RefundSource::Payment(line), 77)]);
    let moved = log.on("2026-09-01", vec![transfer(1, 1_001, Purpose::Other, &["1:901-930"])]);
    log.on("2026-09-02", vec![Effect::TransferRecorded { application: Some(moved) }]);
    log.on("2026-10-01", correction(&[(1_001, 1, "1:300-304")]));
    let gone = log.on("2026-11-01", vec![certificate(1_001)]);
    log.on("2026-11-02", vec![Effect::ApplicationWithdrawn { application: gone }]);
    // Open at the end of the year.
    log.on("2027-03-31", vec![account_applied("beta")]);
    log
}

pub(crate) fn totals() -> BookTotals {
    BookTotals {
        // All but the two of 31 March 2026.
        entries: 21,
        received: 7,
        recorded: 5,
        refused: 1,
        withdrawn: 1,
        lapsed: 0,
        payments_yen: Yen::new(30_000 + 2_500 + 1_200 + 77),
        account_opening_fees_yen: Yen::new(14_400),
        // Once more what was paid back for the refused one.
        transfer_fees_yen: Yen::new(2_500 + 2_500 + 1_000),
        certificate_fees_yen: Yen::new(1_200),
        refunded_yen: Yen::new(1_077),
        issued_tonnes: Tonnes::new(1_000),
        transferred_tonnes: Tonnes::new(30),
        retired_tonnes: Tonnes::new(100),
        cancelled_tonnes: Tonnes::new(7),
        corrected_tonnes: Tonnes::new(5),
    }
}

fn closed(totals: BookTotals) -> Log {
    let mut log = year_of_work();
    log.on("2027-04-01", vec![Effect::BooksClosed { year: year(2026), totals }]);
    log
}

#[test]
fn the_totals_are_those_that_the_specification_asks_for() {
    let log = year_of_work();
    let books = books(&log, 2026);
    assert_eq!(books.totals, totals());
    assert_eq!(books.closing, None);
    assert_eq!(books.check(), Ok(()));
    let before = super::tests::books(&log, 2025);
    assert_eq!((before.totals.entries, before.totals.received), (2, 1));
    let years: Vec<_> = folded(&log).years().map(Year::get).collect();
    assert_eq!(years, [2025, 2026]);
    assert_eq!(folded(&log).year(year(2024)), Ok(None));
}

#[test]
fn performance_is_by_kind_and_carries_what_is_open() {
    let log = year_of_work();
    let of = |number, kind| books(&log, number).performance[&kind];
    let opened_before = Performance { received: 1, open: 1, ..Performance::default() };
    assert_eq!(of(2025, ApplicationKind::Account), opened_before);
    // Alpha's was recorded, beta's is open.
    let accounts = Performance { received: 1, recorded: 1, open: 1, ..Performance::default() };
    assert_eq!(of(2026, ApplicationKind::Account), accounts);
    let transfers = Performance { received: 4, recorded: 3, refused: 1, ..Performance::default() };
    assert_eq!(of(2026, ApplicationKind::Transfer), transfers);
    let certificates =
        Performance { received: 2, recorded: 1, withdrawn: 1, ..Performance::default() };
    assert_eq!(of(2026, ApplicationKind::Certificate), certificates);
    assert_eq!(of(2026, ApplicationKind::Trust), Performance::default());
    assert_eq!(books(&log, 2026).performance.len(), 6);
}

#[test]
fn receipts_are_by_month_and_reconcile_with_the_fee_ledger() {
    let log = year_of_work();
    let books = books(&log, 2026);
    let months: Vec<_> = books.months.iter().map(|row| row.period.as_str()).collect();
    assert_eq!(
        (months.len(), months[0], months[8], months[11]),
        (12, "2026-04", "2026-12", "2027-03")
    );
    let june = &books.months[2];
    assert_eq!((june.received_yen, june.transfer_yen), (Yen::new(3_777), Yen::new(2_500)));
    let august = &books.months[4];
    assert_eq!((august.refunded_fees_yen.get(), august.refunded_payments_yen.get()), (1_000, 77));
    assert_eq!((august.income_yen, august.unapplied_yen.get()), (0, 12_100));
    let mut before = Yen::ZERO;
    for month in &books.months {
        assert!(month.follows(before), "{}", month.period);
        before = month.unapplied_yen;
    }
    // The fee ledger, folded by itself, has the same sums by kind.
    let mut ledger = FeeLedger::new();
    log.entries.iter().for_each(|entry| ledger.apply(entry).expect("in order"));
    let table = ledger.table(Interval::FiscalYear, None, None).expect("small");
    let row = table.rows.iter().find(|row| row.period == "2026").expect("a row");
    let of_books = [
        books.totals.payments_yen,
        books.totals.account_opening_fees_yen,
        books.totals.transfer_fees_yen,
        books.totals.certificate_fees_yen,
        books.totals.refunded_yen,
    ];
    let of_ledger = [
        row.received_yen,
        row.account_opening_yen,
        row.transfer_yen,
        row.certificate_yen,
        row.refunded_yen,
    ];
    assert_eq!(of_ledger, of_books);
    assert_eq!(row.income_yen, 14_400 + 5_000 + 1_200);
}

#[test]
fn a_closing_entry_is_compared_with_what_was_folded() {
    let agreed = books(&closed(totals()), 2026);
    assert_eq!(agreed.closing.map(|closing| closing.entry.get()), Some(23));
    assert_eq!(agreed.closing.map(|closing| closing.date), Some(day("2027-04-01")));
    assert_eq!(agreed.check(), Ok(()));
    assert!(agreed.markdown().contains("2027-04-01に記録第23号により閉鎖した。"));
    assert!(agreed.markdown().contains("一致する。"));
    let wrong = BookTotals { refunded_yen: Yen::new(1), ..totals() };
    let differing = books(&closed(wrong), 2026);
    assert_eq!(differing.check(), Err(Disagreement::Closing));
    let page = differing.markdown();
    assert!(page.contains("**閉鎖時の合計は、記録から計算した合計と一致しない。**"));
    assert!(page.contains("| 返還 [paid back] | 円 | 1,077 | 1 |"), "{page}");
    // The closing entry itself is one of the next year.
    assert_eq!(books(&closed(totals()), 2027).totals.entries, 1);
}

#[test]
fn what_does_not_add_up_is_found() {
    let mut wrong = books(&year_of_work(), 2026);
    wrong.totals.certificate_fees_yen = Yen::new(1_201);
    assert_eq!(wrong.check(), Err(Disagreement::Fees));
    let mut wrong = books(&year_of_work(), 2026);
    wrong.months.pop();
    wrong.totals.lapsed = 1;
    assert_eq!(wrong.check(), Err(Disagreement::Performance));
}

#[test]
fn file_page_and_document_have_the_same_figures() {
    let books = books(&closed(totals()), 2026);
    let rows = cells(&books.csv().expect("written"));
    let json: Value = serde_json::from_str(&books.json().expect("written")).expect("JSON");
    let totals: Value = serde_json::from_str(&books.totals_json().expect("written")).expect("JSON");
    assert_eq!(json["totals"], totals);
    let mut seen = 0;
    for row in &rows[1..] {
        let [year, section, item, figure, amount] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(year, "2026");
        let same = match section.as_str() {
            "closing" => &json["closing"]["entry"],
            "totals" => &json["totals"][figure],
            "closing-totals" => &json["closing"]["totals"][figure],
            "performance" => &json["performance"][item][figure],
            "receipts" if item == "2026" => &json["fees"][figure],
            "receipts" => {
                let months = json["months"].as_array().expect("months");
                &months.iter().find(|month| month["period"] == **item).expect("a month")[figure]
            }
            other => panic!("{other}"),
        };
        assert_eq!(same.to_string(), *amount, "{section} {item} {figure}");
        seen += 1;
    }
    assert_eq!(seen, 1 + 16 + 16 + 6 * 6 + 13 * 9);
    let page = books.markdown();
    assert!(page.starts_with(
        "# 国際協力排出削減量関係事務 帳簿（2026年度） [Books of fiscal year 2026]\n"
    ));
    assert!(page.contains("| 入金 [payments received] | 円 | 33,777 |\n"), "{page}");
    assert!(page.contains("| 振替の申請 [application for a transfer] | 4 | 3 | 1 | 0 | 0 | 0 |\n"));
    assert!(page.contains("| 2026-08 | 0 | 0 | 1,000 | 0 | 1,077 | 77 | 1,000 | 0 | 12,100 |\n"));
    let open = super::tests::books(&year_of_work(), 2026).markdown();
    assert!(open.contains("**閉鎖されていない。数値は確定していない。**"));
}

#[test]
fn an_individual_s_account_counts_as_one() {
    let mut log = Log::genesis("2026-04-01");
    let application = log.on("2026-04-01", vec![individual_applied(digest(5), digest(6))]);
    let payment = log.on("2026-04-02", vec![paid(OPENING)]);
    log.on("2026-04-02", vec![paying(payment, 0, Some(application), OPENING)]);
    log.on("2026-04-03", vec![opened(application, 1_001)]);
    log.on("2026-04-04", vec![Effect::PersonalDataErased { commitment: digest(6) }]);
    let books = books(&log, 2026);
    assert_eq!(books.totals.account_opening_fees_yen, Yen::new(OPENING));
    assert_eq!((books.totals.received, books.totals.recorded), (1, 1));
    assert_eq!(books.check(), Ok(()));
}

#[test]
fn a_change_a_closing_and_a_matter_of_trust_count_as_such() {
    let mut log = Log::genesis("2026-04-01");
    let holder = account(1_001);
    let change = ParticularsChange {
        holder: None,
        particulars: Some(digest(8)),
        effective: day("2026-04-01"),
    };
    let changed = |application| Effect::ParticularsChanged {
        application,
        account: holder,
        change: change.clone(),
    };
    let notified =
        Effect::ChangeNotified { account: holder, change: change.clone(), attachments: Vec::new() };
    let notified = log.on("2026-04-02", vec![notified]);
    log.on("2026-04-03", vec![changed(Some(notified))]);
    // A correction answers no application.
    log.on("2026-04-04", vec![changed(None)]);
    let trust = || Effect::TrustApplied {
        account: holder,
        request: TrustRequest::Delete {
            ranges: ranges(&["1:1-5"]),
            evidence: digest(1),
            beneficiaries: digest(2),
        },
        subrogation: None,
    };
    let application = log.on("2026-04-05", vec![trust()]);
    let recorded = Effect::TrustApplicationRecorded { application };
    log.on("2026-04-06", vec![recorded, Effect::TrustDeleted { ranges: ranges(&["1:1-5"]) }]);
    let application = log.on("2026-04-07", vec![trust()]);
    let ground = LapseGround::Incomplete;
    log.on("2026-04-08", vec![Effect::ApplicationLapsed { application, ground }]);
    let closing = Effect::ClosingApplied { account: holder, attachments: Vec::new() };
    let application = log.on("2026-04-09", vec![closing]);
    log.on("2026-04-10", vec![Effect::AccountClosed { application, account: holder }]);
    let books = books(&log, 2026);
    let of = |kind| books.performance[&kind];
    let once = Performance { received: 1, recorded: 1, ..Performance::default() };
    assert_eq!(of(ApplicationKind::Change), once);
    assert_eq!(of(ApplicationKind::Closing), once);
    let trusts = Performance { received: 2, recorded: 1, lapsed: 1, ..Performance::default() };
    assert_eq!(of(ApplicationKind::Trust), trusts);
    let totals = books.totals;
    assert_eq!((totals.received, totals.recorded, totals.lapsed), (4, 3, 1));
    assert_eq!(books.check(), Ok(()));
}

use super::{FeeLedger, FeeRow, FoldError, Interval};
use crate::testlog::*;
use jcm_format::amount::Yen;
use jcm_format::command::{PaymentId, Purpose, RefundSource};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use proptest::prelude::*;
use serde_json::Value;

fn folded(log: &Log) -> FeeLedger {
    let mut ledger = FeeLedger::new();
    for entry in &log.entries {
        ledger.apply(entry).expect("an entry in order");
    }
    ledger
}

fn yen(amount: u64) -> Yen {
    Yen::new(amount)
}

/// Two fiscal years: an account opened by a payment with too much, a transfer paid from a
/// statement and refused, its fee paid back in the next year, a certificate at once.
fn sample() -> Log {
    let mut log = Log::genesis("2026-03-01");
    let account = log.on("2026-03-30", vec![account_applied("alpha")]);
    let payment = log.on("2026-03-31", vec![paid(20_000)]);
    log.on("2026-03-31", vec![applied(payment, 0, Some(account), 14_400)]);
    log.on("2026-04-01", vec![opened(account, 1_001)]);
    let statement = log.on("2026-04-01", vec![imported(&[2_500, 1_200])]);
    let transfer = log.on("2026-04-02", vec![transfer(1_001, 1_002, Purpose::Other, &["1:1-5"])]);
    log.on("2026-04-02", vec![applied(statement, 1, Some(transfer), 2_500)]);
    log.on("2026-05-07", vec![refused(transfer)]);
    log.on(
        "2027-04-01",
        vec![
            certificate(1_001),
            applied(statement, 2, None, 1_200),
            Effect::CertificateIssued { application: None },
        ],
    );
    log.on("2027-04-02", vec![refunded(RefundSource::Application(transfer), 2_500)]);
    log.on("2027-04-03", vec![refunded(RefundSource::Payment(PaymentId::single(payment)), 5_000)]);
    log
}

fn figures(row: &FeeRow) -> (&str, [u64; 6], i64, u64) {
    let columns = [
        row.received_yen,
        row.account_opening_yen,
        row.transfer_yen,
        row.certificate_yen,
        row.refunded_payments_yen,
        row.refunded_fees_yen,
    ];
    (&row.period, columns.map(Yen::get), row.income_yen, row.unapplied_yen.get())
}

#[test]
fn each_yen_is_in_its_fiscal_year_and_kind() {
    let table = folded(&sample()).table(Interval::FiscalYear, None, None).expect("small");
    let rows: Vec<_> = table.rows.iter().map(figures).collect();
    assert_eq!(
        rows,
        [
            // Until 31 March 2026.
            ("2025", [20_000, 14_400, 0, 0, 0, 0], 14_400, 5_600),
            ("2026", [3_700, 0, 2_500, 0, 0, 0], 2_500, 6_800),
            // More fees were paid back than applied.
            ("2027", [0, 0, 0, 1_200, 5_000, 2_500], -1_300, 600),
        ]
    );
    assert_eq!(
        figures(&table.total),
        ("total", [23_700, 14_400, 2_500, 1_200, 5_000, 2_500], 15_600, 600)
    );
    assert_eq!(table.total.refunded_yen, yen(7_500));
    assert!(table.balances());
}

#[test]
fn months_and_days_are_those_of_japan() {
    let mut log = Log::genesis("2026-03-01");
    // The last millisecond of March in Japan, and the first of April.
    let april = start("2026-04-01");
    let march = jcm_format::time::Timestamp::from_ms(april.as_ms() - 1).expect("in range");
    log.at(march, vec![paid(1)]);
    log.at(april, vec![paid(20)]);
    let ledger = folded(&log);
    let labels = |by| {
        let table = ledger.table(by, None, None).expect("small");
        table.rows.iter().map(|row| (row.period.clone(), row.received_yen.get())).collect()
    };
    let own =
        |labels: [(&str, u64); 2]| labels.map(|(label, yen)| (label.to_owned(), yen)).to_vec();
    let days: Vec<_> = labels(Interval::Day);
    assert_eq!(days, own([("2026-03-31", 1), ("2026-04-01", 20)]));
    let months: Vec<_> = labels(Interval::Month);
    assert_eq!(months, own([("2026-03", 1), ("2026-04", 20)]));
    let years: Vec<_> = labels(Interval::FiscalYear);
    assert_eq!(years, own([("2025", 1), ("2026", 20)]));
}

#[test]
fn a_bound_carries_the_balance_in() {
    let ledger = folded(&sample());
    let (from, to) = (Some(day("2026-04-02")), Some(day("2027-04-01")));
    let table = ledger.table(Interval::Month, from, to).expect("small");
    assert_eq!(table.opening_unapplied_yen, yen(9_300));
    let rows: Vec<_> = table.rows.iter().map(figures).collect();
    // What came in on 1 April 2026 is before the bound.
    assert_eq!(
        rows,
        [
            ("2026-04", [0, 0, 2_500, 0, 0, 0], 2_500, 6_800),
            ("2027-04", [0, 0, 0, 1_200, 0, 0], 1_200, 5_600),
        ]
    );
    assert!(table.balances());
    let nothing = ledger.table(Interval::Day, Some(day("2030-01-01")), None).expect("small");
    assert_eq!((nothing.rows.len(), nothing.total.unapplied_yen), (0, yen(600)));
    let before = ledger.table(Interval::Day, None, Some(day("2020-01-01"))).expect("small");
    assert_eq!((before.rows.len(), before.total.unapplied_yen), (0, Yen::ZERO));
}

#[test]
fn the_file_and_the_document_have_the_same_figures() {
    let table = folded(&sample()).table(Interval::FiscalYear, None, None).expect("small");
    let rows = cells(&table.csv().expect("written"));
    let json: Value = serde_json::from_str(&table.json().expect("written")).expect("JSON");
    assert_eq!(json["entries"], 12);
    assert_eq!(json["by"], "fiscal-year");
    let periods = json["rows"].as_array().expect("rows").iter().chain([&json["total"]]);
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[1], ["opening", "0", "0", "0", "0", "0", "0", "0", "0", "0"]);
    assert_eq!(rows[4], ["2027", "0", "0", "0", "1200", "7500", "5000", "2500", "-1300", "600"]);
    for (row, period) in rows[2..].iter().zip(periods) {
        for (name, cell) in rows[0].iter().zip(row) {
            let figure = &period[name];
            let figure = figure.as_str().map_or_else(|| figure.to_string(), str::to_owned);
            assert_eq!(*cell, figure, "{name}");
        }
    }
}

#[test]
fn entries_that_do_not_follow_are_refused_and_nothing_is_added_afterwards() {
    let log = sample();
    let mut ledger = FeeLedger::new();
    let skipped = ledger.apply(&log.entries[1]);
    assert_eq!(skipped, Err(FoldError::OutOfOrder { expected: 0, found: 1 }));
    ledger.apply(&log.entries[0]).expect("the first");
    let again = ledger.apply(&log.entries[0]);
    assert_eq!(again, Err(FoldError::OutOfOrder { expected: 1, found: 0 }));

    let mut broken = Log::genesis("2026-04-01");
    let payment = broken.on("2026-04-01", vec![paid(100)]);
    let application = broken.on("2026-04-01", vec![certificate(1_001)]);
    broken.on("2026-04-01", vec![applied(payment, 0, Some(application), 101)]);
    broken.on("2026-04-01", vec![paid(100)]);
    let mut ledger = FeeLedger::new();
    let results: Vec<_> = broken.entries.iter().map(|entry| ledger.apply(entry)).collect();
    assert_eq!(results[3], Err(FoldError::Exceeded(EntryIndex::new(3))));
    assert_eq!(results[4], Err(FoldError::Broken));
}

#[test]
fn money_for_an_application_that_ended_or_never_was_is_found() {
    for (effects, error) in
        [(vec![Effect::ApplicationWithdrawn { application: EntryIndex::new(2) }], 2), (vec![], 7)]
    {
        let mut log = Log::genesis("2026-04-01");
        let payment = log.on("2026-04-01", vec![paid(5_000)]);
        log.on("2026-04-01", vec![transfer(1_001, 1_002, Purpose::Other, &["1:1-5"])]);
        log.on("2026-04-01", effects);
        let application = EntryIndex::new(error);
        let entry = log.on("2026-04-01", vec![applied(payment, 0, Some(application), 2_500)]);
        let mut ledger = FeeLedger::new();
        let last = log.entries.iter().map(|entry| ledger.apply(entry)).last();
        assert_eq!(last, Some(Err(FoldError::ApplicationUnknown { entry, application })));
    }
}

/// One step of a random history; numbers choose among what is possible.
#[derive(Debug, Clone)]
enum Step {
    Pay(u64),
    Import(Vec<u64>),
    Apply(u8),
    Settle { payment: usize, application: usize, yen: u64 },
    Refuse(usize),
    RefundPayment(usize, u64),
    RefundApplication(usize, u64),
}

fn step() -> impl Strategy<Value = Step> {
    let amount = 1_u64..30_000;
    prop_oneof![
        amount.clone().prop_map(Step::Pay),
        prop::collection::vec(amount.clone(), 1..4).prop_map(Step::Import),
        (0_u8..3).prop_map(Step::Apply),
        (any::<usize>(), any::<usize>(), amount.clone())
            .prop_map(|(payment, application, yen)| Step::Settle { payment, application, yen }),
        any::<usize>().prop_map(Step::Refuse),
        (any::<usize>(), amount.clone()).prop_map(|(of, yen)| Step::RefundPayment(of, yen)),
        (any::<usize>(), amount).prop_map(|(of, yen)| Step::RefundApplication(of, yen)),
    ]
}

/// Purses: what is left of each payment, and what each application holds. The fold has
/// neither, so that both ways of counting check each other.
#[derive(Default)]
struct Purses {
    log: Log,
    day: u64,
    payments: Vec<(PaymentId, u64)>,
    applications: Vec<(EntryIndex, u8, u64, bool)>,
    applied: [u64; 3],
    received: u64,
    paid_back: [u64; 2],
}

impl Purses {
    fn push(&mut self, effect: Effect) -> EntryIndex {
        let date = day("2026-03-01").plus_days(self.day).expect("in range");
        self.log.on(&date.to_string(), vec![effect])
    }

    fn step(&mut self, step: Step) {
        // Steps of one day and of days apart, over the end of a fiscal year.
        self.day += self.log.entries.len() as u64 % 3 * 9;
        match step {
            Step::Pay(yen) => {
                let entry = self.push(paid(yen));
                self.payments.push((PaymentId::single(entry), yen));
                self.received += yen;
            }
            Step::Import(amounts) => {
                let entry = self.push(imported(&amounts));
                for (line, yen) in (1..).zip(&amounts) {
                    self.payments.push((PaymentId { entry, line }, *yen));
                    self.received += yen;
                }
            }
            Step::Apply(kind) => {
                let entry = self.push(match kind {
                    0 => account_applied("alpha"),
                    1 => transfer(1_001, 1_002, Purpose::Other, &["1:1-5"]),
                    _ => certificate(1_001),
                });
                self.applications.push((entry, kind, 0, true));
            }
            Step::Settle { payment, application, yen } => self.settle(payment, application, yen),
            Step::Refuse(of) => {
                let count = self.applications.len().max(1);
                if let Some((entry, _, _, true)) = self.applications.get(of % count).copied() {
                    self.push(refused(entry));
                    self.applications[of % count].3 = false;
                }
            }
            Step::RefundPayment(of, yen) => {
                let of = of % self.payments.len().max(1);
                if let Some((id, left)) =
                    self.payments.get(of).copied().filter(|(_, left)| *left > 0)
                {
                    let yen = yen.min(left);
                    self.push(refunded(RefundSource::Payment(id), yen));
                    self.payments[of].1 -= yen;
                    self.paid_back[0] += yen;
                }
            }
            Step::RefundApplication(of, yen) => {
                let of = of % self.applications.len().max(1);
                let found = self.applications.get(of).copied();
                if let Some((id, _, held, false)) = found.filter(|(_, _, held, _)| *held > 0) {
                    let yen = yen.min(held);
                    self.push(refunded(RefundSource::Application(id), yen));
                    self.applications[of].2 -= yen;
                    self.paid_back[1] += yen;
                }
            }
        }
    }

    fn settle(&mut self, payment: usize, application: usize, yen: u64) {
        let payment = payment % self.payments.len().max(1);
        let application = application % self.applications.len().max(1);
        let Some((id, left)) = self.payments.get(payment).copied() else { return };
        let Some((entry, kind, _, true)) = self.applications.get(application).copied() else {
            return;
        };
        let yen = yen.min(left);
        if yen > 0 {
            self.push(crate::testlog::applied(id.entry, id.line, Some(entry), yen));
            self.payments[payment].1 -= yen;
            self.applications[application].2 += yen;
            self.applied[usize::from(kind)] += yen;
        }
    }
}

proptest! {
    /// Received = applied + paid back out of payments + left; income is what
    /// applications still hold. Of every period, and by every length of period.
    #[test]
    fn no_yen_appears_or_is_lost(steps in prop::collection::vec(step(), 0..60)) {
        let mut purses = Purses { log: Log::genesis("2026-03-01"), ..Purses::default() };
        for step in steps {
            purses.step(step);
        }
        let ledger = folded(&purses.log);
        let left: u64 = purses.payments.iter().map(|(_, left)| left).sum();
        let held: u64 = purses.applications.iter().map(|(_, _, held, _)| held).sum();
        prop_assert_eq!(ledger.unapplied(), yen(left));
        prop_assert_eq!(ledger.income(), yen(held));
        let cut = day("2026-04-15");
        for by in [Interval::Day, Interval::Month, Interval::FiscalYear] {
            let table = ledger.table(by, None, None).expect("small");
            prop_assert!(table.balances());
            let total = &table.total;
            prop_assert_eq!(total.received_yen, yen(purses.received));
            prop_assert_eq!(total.account_opening_yen, yen(purses.applied[0]));
            prop_assert_eq!(total.transfer_yen, yen(purses.applied[1]));
            prop_assert_eq!(total.certificate_yen, yen(purses.applied[2]));
            prop_assert_eq!(total.refunded_payments_yen, yen(purses.paid_back[0]));
            prop_assert_eq!(total.refunded_fees_yen, yen(purses.paid_back[1]));
            prop_assert_eq!(total.unapplied_yen, yen(left));
            prop_assert_eq!(u64::try_from(total.income_yen), Ok(held));
            // Cut anywhere, the second part goes on from the first.
            let first = ledger.table(by, None, Some(cut)).expect("small");
            let second = ledger.table(by, cut.next(), None).expect("small");
            prop_assert!(first.balances() && second.balances());
            prop_assert_eq!(first.total.unapplied_yen, second.opening_unapplied_yen);
            prop_assert_eq!(first.total.income_yen + second.total.income_yen, total.income_yen);
        }
    }
}

//! The book of an account against figures worked out by hand, and against the
//! ledger's own state.

use super::*;
use crate::paper::Language;
use crate::sample_log::*;
use jcm_format::command::{
    Commission, CorrectionGround, CorrectionMove, ParticularsChange, RestrictionGround,
    TransferTerms, TransferTrust, TrustRequest, Use, UseKind,
};
use jcm_format::event::{Effect, Fee};
use jcm_format::serial::SerialRanges;

fn book_of(log: &Log, number: u32) -> AccountBook {
    let mut book = AccountBook::new(account(number));
    for entry in log.archive.entries() {
        book.apply(entry, &log.archive).expect("a history");
    }
    book
}

fn served(kind: UseKind, year_: u16, beneficiary: &str) -> Use {
    Use { kind, reporting_year: Some(year(year_)), beneficiary: Some(text(beneficiary)) }
}

/// Two holders; 1,100 and 400 units issued, 100 sold, 50 + 30 retired, 20
/// cancelled, 10 corrected back.
fn story() -> Log {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.open(1002, "Beta");
    log.on_day(1);
    log.issue(7, &[(1001, "7:1-600"), (1002, "7:601-1000"), (1001, "8:1-500")]);
    log.on_day(10);
    log.transfer(terms(1001, 1002, &["7:1-100"]));
    log.on_day(20);
    let mut retired = sunk(1001, Purpose::Retirement, &["7:101-150"], UseKind::Shk);
    retired.use_ = Some(served(UseKind::Shk, 2026, "=Gamma"));
    log.transfer(retired.clone());
    let more = TransferTerms { ranges: ranges(&["8:1-30"]), ..retired };
    log.on_day(30);
    log.transfer(more);
    log.transfer(sunk(
        1001,
        Purpose::Cancellation,
        &["8:481-500"],
        UseKind::InternationalMitigation,
    ));
    log.on_day(40);
    log.push(vec![
        Effect::CorrectionRecorded { ground: ground(1001, 9) },
        Effect::UnitsMoved {
            units: CorrectionMove {
                source: account(1002),
                destination: account(1001),
                ranges: ranges(&["7:91-100"]),
            },
        },
    ]);
    log
}

fn ground(number: u32, affected: u64) -> CorrectionGround {
    CorrectionGround {
        account: account(number),
        affected: entry(affected),
        error: text("Ten units too many."),
        consulted_on: date("2026-05-01"),
        consultation: digest(1),
        third_party_consent: Some(digest(2)),
    }
}

#[test]
fn the_figures_of_a_story_are_those_worked_out_by_hand() {
    let log = story();
    let book = book_of(&log, 1001);
    let moved: Vec<_> = book
        .movements()
        .iter()
        .map(|m| (m.kind.word(), m.quantity_tonnes.get(), m.balance_tonnes.get()))
        .collect();
    assert_eq!(
        moved,
        [
            // Two blocks are two movements of one entry.
            ("issuance", 600, 600),
            ("issuance", 500, 1_100),
            ("transfer out", 100, 1_000),
            ("retirement", 50, 950),
            ("retirement", 30, 920),
            ("cancellation", 20, 900),
            ("correction in", 10, 910),
        ]
    );
    assert_eq!(shown(&book.holdings()), ["7:91-100", "7:151-600", "8:31-480"]);
    assert_eq!(book.balance(), Tonnes::new(10 + 450 + 450));
    let sale = &book.movements()[2];
    assert_eq!(sale.counterparty, Some(account(1002)));
    assert_eq!((sale.application, sale.use_), (Some(sale.entry), None));
    let retired = &book.movements()[3];
    assert_eq!((retired.use_, retired.reporting_year), (Some("shk"), Some(year(2026))));
    let other = book_of(&log, 1002);
    assert_eq!(shown(&other.holdings()), ["7:1-90", "7:601-1000"]);
    assert_eq!(other.movements()[2].kind, MovementKind::CorrectionOut);
    assert_eq!(other.movements()[2].counterparty, Some(account(1001)));
    let described = other.described_holdings(&log.archive).expect("issued");
    let vintages: Vec<_> = described.iter().map(|(_, facts)| facts.vintage.get()).collect();
    assert_eq!(vintages, [2021, 2021]);
    let sink = book_of(&log, 2);
    assert_eq!(
        (sink.balance(), sink.movements()[0].kind),
        (Tonnes::new(80), MovementKind::TransferIn)
    );
}

#[test]
fn a_statement_joins_two_balances_and_days_are_days_in_japan() {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.on_day(0);
    log.issue(7, &[(1001, "7:1-1000")]);
    log.open(1002, "Beta");
    let last_ms = 86_400_000 - 1;
    let transfer = |units: &[&str]| {
        vec![
            Effect::TransferApplied { terms: terms(1001, 1002, units), fee: Fee::Waived },
            Effect::TransferRecorded { application: None },
        ]
    };
    log.push_at(last_ms, transfer(&["7:1-10"]));
    log.on_day(1);
    log.push_at(0, transfer(&["7:11-30"]));
    log.push_at(last_ms, transfer(&["7:31-60"]));
    log.on_day(2);
    log.push_at(0, transfer(&["7:61-100"]));
    let book = book_of(&log, 1001);
    let second = book.statement(date("2026-04-02"), date("2026-04-02")).expect("a statement");
    assert_eq!(
        (second.opening_tonnes, second.closing_tonnes),
        (Tonnes::new(990), Tonnes::new(940))
    );
    assert_eq!(shown(&second.opening), ["7:11-1000"]);
    assert_eq!(shown(&second.closing), ["7:61-1000"]);
    assert_eq!(second.movements.len(), 2);
    assert_eq!(second.turnover(), Some((Tonnes::ZERO, Tonnes::new(50))));
    let empty = book.statement(date("2025-04-01"), date("2026-03-31")).expect("a statement");
    assert_eq!((empty.opening_tonnes, empty.closing_tonnes), (Tonnes::ZERO, Tonnes::ZERO));
    assert!(empty.movements.is_empty() && empty.closing.is_empty());
    let later = book.statement(date("2027-04-01"), date("2028-03-31")).expect("a statement");
    assert_eq!((later.opening_tonnes, later.closing_tonnes), (Tonnes::new(900), Tonnes::new(900)));
    let (from, to) = (date("2026-04-02"), date("2026-04-01"));
    assert_eq!(book.statement(from, to), Err(BookError::PeriodReversed(from, to)));
}

#[test]
fn the_statements_of_any_two_days_in_a_row_meet() {
    let log = story();
    for number in [1, 2, 3, 1001, 1002] {
        let book = book_of(&log, number);
        let mut before = (Tonnes::ZERO, Vec::new());
        for day in 1..=30 {
            let from = date(&format!("2026-04-{day:02}"));
            let statement = book.statement(from, from).expect("it adds up");
            assert_eq!((statement.opening_tonnes, statement.opening), before, "{number} {day}");
            before = (statement.closing_tonnes, statement.closing);
        }
        let whole = book.statement(date("2026-04-01"), date("2026-12-31")).expect("it adds up");
        assert_eq!((whole.closing_tonnes, whole.closing), (book.balance(), book.holdings()));
    }
}

#[test]
fn what_was_cancelled_is_summed_by_what_it_serves() {
    let book = book_of(&story(), 1001);
    let year_ = book.statement(date("2026-04-01"), date("2027-03-31")).expect("a statement");
    let totals: Vec<_> = year_
        .cancellations
        .iter()
        .map(|t| {
            let for_ = t.beneficiary.as_ref().map(ToString::to_string);
            (t.purpose.word(), t.use_, t.reporting_year, for_, t.quantity_tonnes.get())
        })
        .collect();
    let year_2026 = Some(year(2026));
    assert_eq!(
        totals,
        [
            ("retirement", Some("shk"), year_2026, Some("=Gamma".to_owned()), 80),
            ("cancellation", Some("international-mitigation"), year_2026, None, 20),
        ]
    );
    // The second retirement alone, which was on the 31st day.
    let may = book.statement(date("2026-05-01"), date("2026-05-01")).expect("a statement");
    assert_eq!(may.cancellations[0].quantity_tonnes, Tonnes::new(30));
}

#[test]
fn entries_that_do_not_concern_the_account_change_nothing() {
    let log = story();
    let whole = book_of(&log, 1001);
    let mut lean = AccountBook::new(account(1001));
    // Its opening, its movements, and nothing else: neither applications for an
    // account nor the other holder's opening.
    let concerned: Vec<_> = whole.movements().iter().map(|movement| movement.entry).collect();
    for entry in log.archive.entries() {
        let opens = whole.opening().is_some_and(|opening| opening.entry == entry.index);
        if opens || concerned.contains(&entry.index) {
            lean.apply(entry, &log.archive).expect("a history");
        }
    }
    lean.read_to(whole.entries());
    let to = date("2027-03-31");
    let statement = |book: &AccountBook| book.statement(date("2026-04-01"), to).expect("adds up");
    assert_eq!(statement(&lean), statement(&whole));
    assert_eq!(lean.particulars(), whole.particulars());
}

#[test]
fn a_history_with_a_gap_or_out_of_order_is_refused() {
    let log = story();
    let mut book = AccountBook::new(account(1001));
    let sale = book_of(&log, 1001).movements()[2].entry;
    let found = book.apply(&log.entry(sale), &log.archive);
    assert_eq!(found, Err(BookError::UnitsElsewhere(sale, range("7:1-100"))));
    let mut book = book_of(&log, 1001);
    assert_eq!(book.apply(&log.entry(sale), &log.archive), Err(BookError::OutOfOrder(sale)));
    let mut book = AccountBook::new(account(1001));
    let opened = Effect::AccountOpened { application: entry(99), account: account(1001) };
    let mut log = Log::new();
    let index = log.push(vec![opened]);
    let found = book.apply(&log.entry(index), &log.archive);
    assert_eq!(found, Err(BookError::EntryMissing(entry(99))));
}

#[test]
fn applications_stay_open_until_they_end() {
    let mut log = story();
    let waiting = log.apply_transfer(terms(1001, 1002, &["7:200-209"]));
    let paid = |yen| Effect::PaymentApplied {
        payment: entry(0),
        application: Some(waiting),
        amount_yen: Yen::new(yen),
    };
    log.push(vec![paid(1_000), paid(200)]);
    let items = vec![text("代表者の印鑑証明書")];
    let due = date("2026-06-30");
    log.push(vec![Effect::CompletionRequested { application: waiting, items: items.clone(), due }]);
    let book = book_of(&log, 1001);
    let open: Vec<_> = book.applications().collect();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].kind, open[0].fee_yen, open[0].settled_yen),
        ("transfer", Yen::new(1_500), Yen::new(1_200))
    );
    assert_eq!(open[0].missing, Some((items, due)));
    assert_eq!(shown(&open[0].reserved), ["7:200-209"]);
    // It is the applicant's, not the transferee's.
    assert_eq!(book_of(&log, 1002).applications().count(), 0);
    log.push(vec![Effect::ApplicationCompleted { application: waiting, attachments: Vec::new() }]);
    assert_eq!(book_of(&log, 1001).applications().next().and_then(|a| a.missing.clone()), None);
    log.push(vec![Effect::TransferRecorded { application: Some(waiting) }]);
    let book = book_of(&log, 1001);
    assert_eq!(book.applications().count(), 0);
    let last = book.movements().last().expect("recorded");
    assert_eq!((last.application, last.quantity_tonnes), (Some(waiting), Tonnes::new(10)));
}

/// A story with everything that a certificate states.
pub(crate) fn eventful() -> Log {
    let mut log = story();
    let change = ParticularsChange {
        holder: Some(holder("Omega")),
        particulars: Some(digest(77)),
        effective: date("2026-05-05"),
    };
    let notified = log.push(vec![Effect::ChangeNotified {
        account: account(1001),
        change: change.clone(),
        attachments: Vec::new(),
    }]);
    log.push(vec![Effect::ParticularsChanged {
        application: Some(notified),
        account: account(1001),
        change,
    }]);
    let request =
        TrustRequest::Record { ranges: ranges(&["8:101-200", "8:301-400"]), terms: trust_terms(3) };
    let trust = log.push(vec![Effect::TrustApplied {
        account: account(1001),
        request: request.clone(),
        subrogation: None,
    }]);
    let TrustRequest::Record { ranges: units, terms: trust_of } = request else { unreachable!() };
    let recorded = log.push(vec![
        Effect::TrustApplicationRecorded { application: trust },
        Effect::TrustRecorded { account: account(1001), ranges: units, terms: trust_of },
    ]);
    log.push(vec![Effect::TrustAmended {
        trust: recorded,
        terms: trust_terms(4),
        commission: Some(Commission {
            court: text("東京地方裁判所"),
            reference: text("令和8年(チ)第1号"),
            trustee_dismissed: true,
        }),
    }]);
    let to_beta = log.push(vec![
        Effect::TransferApplied { terms: terms(1001, 1002, &["8:151-200"]), fee: Fee::Waived },
        Effect::TransferTrustStated {
            trust: TransferTrust::ChangeTrustee { terms: trust_terms(5), by_new_trustee: true },
        },
    ]);
    log.push(vec![
        Effect::TransferRecorded { application: Some(to_beta) },
        Effect::TrustDeleted { ranges: ranges(&["8:151-200"]) },
        Effect::TrustRecorded {
            account: account(1002),
            ranges: ranges(&["8:151-200"]),
            terms: trust_terms(5),
        },
    ]);
    restrict(&mut log, 1001, Some(ranges(&["7:151-160", "7:161-170"])));
    let released = restrict(&mut log, 1001, None);
    log.push(vec![Effect::RestrictionReleased { restriction: released }]);
    restrict(&mut log, 1002, None);
    log
}

pub(crate) fn restrict(log: &mut Log, number: u32, units: Option<SerialRanges>) -> EntryIndex {
    log.push(vec![Effect::RestrictionRecorded {
        restriction: Restriction {
            account: account(number),
            ranges: units,
            ground: RestrictionGround::CourtOrder,
            authority: text("東京地方裁判所"),
            reference: text("令和8年(ヨ)第<1>号"),
            document: digest(8),
        },
    }])
}

#[test]
fn trusts_restrictions_and_particulars_are_those_in_force() {
    let log = eventful();
    let book = book_of(&log, 1001);
    let trusts: Vec<_> =
        book.trusts().map(|(_, t)| (shown(&t.ranges()), t.dismissed, t.terms)).collect();
    let left = vec!["8:101-150".to_owned(), "8:301-400".to_owned()];
    assert_eq!(trusts, [(left, true, trust_terms(4))]);
    assert_eq!(book.restrictions().count(), 1);
    let now = book.particulars().last().expect("opened");
    assert_eq!(now.holder, Some(holder("Omega")));
    assert_eq!((now.particulars, now.effective), (digest(77), date("2026-05-05")));
    assert_eq!(book.particulars()[0].effective, date("2026-04-01"));
    let beta = book_of(&log, 1002);
    assert_eq!(beta.trusts().map(|(_, t)| shown(&t.ranges())).collect::<Vec<_>>(), [["8:151-200"]]);
    assert!(beta.restrictions().all(|(_, restriction)| restriction.ranges.is_none()));
}

#[test]
fn a_closed_account_and_a_named_one_say_so() {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    let asked =
        log.push(vec![Effect::ClosingApplied { account: account(1001), attachments: Vec::new() }]);
    let closed = Effect::AccountClosed { application: asked, account: account(1001) };
    let closing = log.push(vec![closed]);
    log.push(vec![
        Effect::GovernmentAccountOpened {
            account: account(4),
            category: AccountCategory::Cancellation,
        },
        Effect::GovernmentAccountNamed {
            account: account(4),
            name_ja: text("取消口座（その二）"),
            name_en: text("Cancellation account 2"),
        },
    ]);
    let book = book_of(&log, 1001);
    assert_eq!(book.closed().map(|(entry, _)| entry), Some(closing));
    let named = book_of(&log, 4);
    let opening = named.opening().expect("opened");
    assert_eq!(opening.category, AccountCategory::Cancellation);
    assert!(opening.names.is_some() && opening.person.is_none());
}

#[test]
fn files_show_the_figures_and_run_nothing() {
    let book = book_of(&story(), 1001);
    let may = book.statement(date("2026-04-11"), date("2026-05-01")).expect("a statement");
    let csv = may.csv().expect("rows");
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 4 + 1);
    assert_eq!(lines[1], ",2026-04-11,opening balance,,7:1-600 8:1-500,,,,,1100");
    assert!(lines[2].ends_with(",transfer out,100,7:1-100,JP-0001002-02,,,,1000"), "{}", lines[2]);
    assert!(lines[3].ends_with(",retirement,50,7:101-150,JP-0000002-92,shk,2026,'=Gamma,950"));
    assert_eq!(lines[6], ",2026-05-01,closing balance,,7:151-600 8:31-480,,,,,900");
    assert_eq!(
        may.cancellations_csv().expect("rows"),
        "purpose,use,reporting_year,beneficiary,quantity_tonnes\n\
         retirement,shk,2026,'=Gamma,80\n\
         cancellation,international-mitigation,2026,,20\n"
    );
    let json = may.json().expect("JSON");
    assert!(json.contains("\"opening_tonnes\": 1100") && json.contains("\"kind\": \"retirement\""));
    let ja = may.markdown(Language::Japanese);
    assert!(ja.starts_with("# 残高・移動明細書\n"));
    assert!(ja.contains("| 無効化 |") && ja.contains("| −50 t |") && ja.contains("2026年度"));
    let en = may.markdown(Language::English);
    assert!(en.contains("| Opening balance | 1,100 t |") && en.contains("| cancellation |"));
}

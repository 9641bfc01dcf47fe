//! The life of single units of a log whose every step is known.

use super::*;
use crate::account_book::tests::{eventful, restrict};
use crate::sample_log::*;
use jcm_format::command::{CorrectionMove, LapseGround, TransferTerms, UseKind};
use jcm_format::event::Fee;

fn book_of(log: &Log, block: u32, unit: u64) -> UnitBook {
    let mut book = UnitBook::new(BlockNumber::new(block).expect("from 1"), unit).expect("a unit");
    for entry in log.archive.entries() {
        book.apply(entry, &log.archive).expect("a history");
    }
    book
}

fn kinds(book: &UnitBook) -> Vec<(&'static str, u32)> {
    book.events().iter().map(|event| (event.kind.word(), event.account.get())).collect()
}

#[test]
fn a_unit_goes_from_hand_to_hand() {
    let log = eventful();
    assert_eq!(kinds(&book_of(&log, 7, 101)), [("issued", 1001), ("retired", 2)]);
    assert_eq!(kinds(&book_of(&log, 8, 500)), [("issued", 1001), ("cancelled", 3)]);
    assert_eq!(kinds(&book_of(&log, 7, 900)), [("issued", 1002), ("restricted", 1002)]);
    let corrected = [("issued", 1001), ("transferred", 1002), ("corrected", 1001)];
    let whole_account = [("restricted", 1001), ("released", 1001)];
    assert_eq!(kinds(&book_of(&log, 7, 95)), [&corrected[..], &whole_account].concat());
    // Under the trust of 1001, then under the one of 1002, whose account is restricted.
    let trusted = book_of(&log, 8, 160);
    assert_eq!(
        kinds(&trusted),
        [
            ("issued", 1001),
            ("applied for", 1001),
            ("trust recorded", 1001),
            ("applied for", 1001),
            ("transferred", 1002),
            ("trust deleted", 1002),
            ("trust recorded", 1002),
            ("restricted", 1002),
        ]
    );
    assert_eq!(trusted.restrictions().count(), 1);
    assert_eq!(trusted.trust(), trusted.events().get(6).map(|event| event.entry));
    let both = book_of(&log, 7, 160);
    assert_eq!(
        kinds(&both),
        [("issued", 1001), ("restricted", 1001), ("restricted", 1001), ("released", 1001)]
    );
    assert_eq!(both.restrictions().count(), 1);
}

#[test]
fn the_holder_of_a_day_is_the_one_at_its_end_in_japan() {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.open(1002, "Beta");
    log.on_day(1);
    log.issue(7, &[(1001, "7:1-1000")]);
    log.on_day(3);
    let transfer = |terms: TransferTerms| {
        vec![
            Effect::TransferApplied { terms, fee: Fee::Waived },
            Effect::TransferRecorded { application: None },
        ]
    };
    log.push_at(86_400_000 - 1, transfer(terms(1001, 1002, &["7:1-10"])));
    log.on_day(4);
    log.push_at(0, transfer(sunk(1002, Purpose::Retirement, &["7:1-10"], UseKind::Ndc)));
    let book = book_of(&log, 7, 10);
    let on = |day: &str| book.holder_on(date(day)).map(AccountNumber::get);
    assert_eq!(on("2026-04-01"), None);
    assert_eq!(on("2026-04-02"), Some(1001));
    assert_eq!(on("2026-04-03"), Some(1001));
    assert_eq!(on("2026-04-04"), Some(1002));
    assert_eq!(on("2026-04-05"), Some(2));
    assert_eq!(on("2030-01-01"), Some(2));
    assert_eq!(book.holder(), Some(account(2)));
    // Its neighbour stayed.
    assert_eq!(book_of(&log, 7, 11).holder(), Some(account(1001)));
}

#[test]
fn an_application_that_came_to_nothing_ends_without_a_move() {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.open(1002, "Beta");
    log.issue(7, &[(1001, "7:1-1000")]);
    for end in 0..3 {
        let application = log.apply_transfer(terms(1001, 1002, &["7:1-10"]));
        log.push(vec![match end {
            0 => Effect::ApplicationWithdrawn { application },
            1 => Effect::ApplicationRefused {
                application,
                ground: jcm_format::command::RefusalGround::Procedure,
                explanation: text("No reason."),
            },
            _ => Effect::ApplicationLapsed { application, ground: LapseGround::Unpaid },
        }]);
    }
    let book = book_of(&log, 7, 5);
    let ended = [("applied for", 1001), ("application ended", 1001)];
    assert_eq!(kinds(&book), [&[("issued", 1001)][..], &ended, &ended, &ended].concat());
    let texts: Vec<_> =
        book.events().iter().skip(2).step_by(2).map(|event| event.text_en.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Application 6 was withdrawn.",
            "Application 8 was refused.",
            "Application 10 has lapsed."
        ]
    );
    assert_eq!(kinds(&book_of(&log, 7, 11)), [("issued", 1001)]);
}

#[test]
fn a_unit_that_enters_a_restricted_account_is_restricted() {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.open(1002, "Beta");
    log.issue(7, &[(1001, "7:1-1000")]);
    let restriction = restrict(&mut log, 1002, None);
    log.transfer(terms(1001, 1002, &["7:1-10"]));
    log.push(vec![Effect::FirstTransferred {
        range: range("7:1-20"),
        japan: entry(1),
        partner: entry(2),
    }]);
    log.push(vec![Effect::RestrictionReleased { restriction }]);
    log.push(vec![Effect::UnitsMoved {
        units: CorrectionMove {
            source: account(1002),
            destination: account(1),
            ranges: ranges(&["7:1-5"]),
        },
    }]);
    assert_eq!(
        kinds(&book_of(&log, 7, 5)),
        [
            ("issued", 1001),
            ("transferred", 1002),
            ("restricted", 1002),
            ("first transferred", 1002),
            ("released", 1002),
            ("corrected", 1),
        ]
    );
    let stayed = [("issued", 1001), ("first transferred", 1001)];
    assert_eq!(kinds(&book_of(&log, 7, 20)), stayed);
}

#[test]
fn no_unit_is_numbered_nought_and_none_that_was_not_issued_has_a_history() {
    assert!(UnitBook::new(BlockNumber::new(1).expect("from 1"), 0).is_err());
    let book = book_of(&eventful(), 9, 1);
    assert!(book.events().is_empty() && book.holder().is_none());
    assert_eq!(book.holder_on(date("2030-01-01")), None);
}

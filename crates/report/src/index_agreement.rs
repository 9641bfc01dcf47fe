//! Whoever folds only the entries that the ledger's index names gets the same as
//! whoever folds them all.

use crate::account_book::AccountBook;
use crate::account_book::tests::eventful;
use crate::notices::notices;
use crate::sample_log::*;
use crate::unit_book::{UnitBook, UnitEvent};
use jcm_format::command::{PaymentId, RefundSource, Role};
use jcm_format::event::Effect;
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_ledger::index::{Index, PAGE_ENTRIES_MAX, Subject};

/// The entries that an index names.
struct Named {
    index: Index,
    _folder: tempfile::TempDir,
}

impl Named {
    fn of(log: &Log) -> Named {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut index, _) = Index::open(&folder.path().join("index")).expect("a new index");
        index.apply(&log.sealed).expect("a chain");
        Named { index, _folder: folder }
    }

    fn entries(&self, subject: &Subject) -> Vec<u64> {
        self.index.entries_of(subject, 0, PAGE_ENTRIES_MAX).expect("an answer")
    }
}

#[test]
fn the_index_names_every_entry_that_a_book_needs() {
    let log = eventful();
    let named = Named::of(&log);
    let all: Vec<u64> = (0..log.sealed.len() as u64).collect();
    for number in [1, 2, 3, 1001, 1002] {
        let book_of = |entries: &[u64]| {
            let mut book = AccountBook::new(account(number));
            for index in entries {
                let entry = log.entry(EntryIndex::new(*index));
                book.apply(&entry, &log.archive).expect("a history");
            }
            book.read_to(all.len() as u64);
            book
        };
        let few = named.entries(&Subject::Account(account(number)));
        assert!(few.len() < all.len(), "the index leaves something out");
        // Debug shows every field of a book.
        assert_eq!(format!("{:?}", book_of(&few)), format!("{:?}", book_of(&all)), "{number}");
    }
}

#[test]
fn the_index_names_every_entry_that_a_unit_needs_but_for_whole_accounts() {
    let log = eventful();
    let named = Named::of(&log);
    let all: Vec<u64> = (0..log.sealed.len() as u64).collect();
    let units = (1..=1_000).step_by(7).map(|unit| (7, unit));
    for (block, unit) in units.chain((1..=500).step_by(7).map(|unit| (8, unit))) {
        let block = BlockNumber::new(block).expect("from 1");
        let events_of = |entries: &[u64]| -> Vec<UnitEvent> {
            let mut book = UnitBook::new(block, unit).expect("a unit");
            for index in entries {
                let entry = log.entry(EntryIndex::new(*index));
                book.apply(&entry, &log.archive).expect("a history");
            }
            // Entries 19 to 21 restrict whole accounts and release one.
            let of_account = |event: &&UnitEvent| (19..=21).contains(&event.entry.get());
            book.events().iter().filter(|event| !of_account(event)).cloned().collect()
        };
        let few = named.entries(&Subject::Block(block));
        assert_eq!(events_of(&few), events_of(&all), "{block}:{unit}");
    }
}

#[test]
fn the_index_leads_to_every_notice_but_two_kinds() {
    let mut log = eventful();
    log.push(vec![Effect::KeyRegistered { key: key(200), role: Role::Account(account(1001)) }]);
    let revoked = log.push(vec![Effect::KeyRevoked { key: key(200) }]);
    let payment = log.push(vec![Effect::PaymentRecorded {
        bank_reference: name("IN-1"),
        amount_yen: jcm_format::amount::Yen::new(10),
        value_date: date("2026-05-01"),
        account: Some(account(1001)),
        payer: None,
    }]);
    let refunded = log.push(vec![Effect::Refunded {
        source: RefundSource::Payment(PaymentId::single(payment)),
        amount_yen: jcm_format::amount::Yen::new(10),
        bank_reference: name("OUT-1"),
    }]);
    let named = Named::of(&log);
    let mut not_led_to = Vec::new();
    for entry in log.archive.entries() {
        for notice in notices(entry, &log.archive).expect("looked up") {
            let subject = notice.account.map(Subject::Account);
            let subject = subject.or(notice.application.map(Subject::Application));
            let entries = named.entries(&subject.expect("somebody is addressed"));
            if !entries.contains(&entry.index.get()) {
                not_led_to.push((entry.index, notice.kind));
            }
        }
    }
    // The effects name neither the key's account nor the payment's.
    assert_eq!(not_led_to, [(revoked, "key-revoked"), (refunded, "refunded")]);
}

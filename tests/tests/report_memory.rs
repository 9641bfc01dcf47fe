//! A report reads a long log in little memory: what it keeps grows with accounts,
//! blocks and separate ranges of units, not with entries; and rows are given away as
//! they are made.
//!
//! In a process of its own, one test after the other, because it is the process that is
//! measured.

#![cfg(target_os = "linux")]

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Basis, Purpose, RuleSet, TransferTerms, Use, UseKind};
use jcm_format::entry::{Entry, FormatVersion};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::{AccountCategory, CreditClass, Effect, Event, Fee, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::time::Timestamp;
use jcm_report::aef::{AefFold, Request};
use jcm_report::balance::AdjustmentFold;
use jcm_report::encode::{Encoder, Format};
use jcm_report::reports::{Maker, Query, ReportKind};
use jcm_tests::world::*;
use std::fmt::Write as _;

/// More units than entries.
const UNITS: u64 = 4_000_000;

fn entry(index: u64, effects: Vec<Effect>) -> Entry {
    Entry {
        version: FormatVersion::V1,
        index: EntryIndex::new(index),
        prev: Digest::ZERO,
        // A second apart.
        time: Timestamp::from_ms(NOW_MS + index * 1_000).expect("in range"),
        rule_set: u32::from(index != 0),
        // As long as a signed command is.
        command: SignedCommand { payload: vec![7; 300], signatures: Vec::new() },
        event: Event(effects),
    }
}

/// A log that is never in memory: its accounts, one block, and then one small transfer
/// after the other, to and fro and into the cancellation account.
fn entries(count: u64) -> impl Iterator<Item = Entry> {
    let rule_set = RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::ZERO,
        transfer_fee_yen: Yen::ZERO,
        certificate_fee_yen: Yen::ZERO,
    };
    let open =
        |number, category| Effect::GovernmentAccountOpened { account: account(number), category };
    let genesis = vec![
        Effect::RegistryCreated { origin: origin(), log_key: secret("log").public_key() },
        Effect::RuleSetAdopted { rule_set },
        open(1, AccountCategory::GovernmentHolding),
        open(2, AccountCategory::Retirement),
        open(3, AccountCategory::Cancellation),
        open(4, AccountCategory::GovernmentHolding),
        Effect::Article6Adopted(jcm_tests::article6::article6()),
    ];
    let issued = issuance("MN001", 2_020, UNITS, 0);
    let block = BlockNumber::new(1).expect("from 1");
    let whole = SerialRange::whole_block(block, Tonnes::new(UNITS)).expect("a block");
    let issuance = vec![
        Effect::IssuanceRecorded {
            project: issued.project,
            decision: issued.decision,
            basis: Basis::Consent(EntryIndex::new(0)),
            verifier: issued.verifier,
            verification_report: issued.verification_report,
            quantity_tonnes: Tonnes::new(UNITS),
        },
        Effect::BlockIssued {
            block,
            vintage: year(2_020),
            issued_on: date("2024-07-01"),
            class: CreditClass::B2,
            allocations: vec![Holding { account: account(1), range: whole }],
        },
    ];
    let first = [entry(0, genesis), entry(1, issuance)];
    first.into_iter().chain((2..count).map(|index| entry(index, moved(index))))
}

/// Every third entry cancels a unit more; the others take one away and bring it back.
fn moved(index: u64) -> Vec<Effect> {
    let (source, destination, unit, purpose) = match index % 3 {
        2 => (1, 3, index / 3 + 1, Purpose::Cancellation),
        0 => (1, 4, UNITS, Purpose::Other),
        _ => (4, 1, UNITS, Purpose::Other),
    };
    let mut units = String::new();
    write!(units, "1:{unit}-{unit}").expect("room");
    let use_ = (purpose == Purpose::Cancellation).then(|| Use {
        kind: UseKind::Shk,
        reporting_year: Some(year(2_026)),
        beneficiary: Some(text("甲")),
    });
    let terms = terms(source, destination, &[&units], purpose);
    vec![
        Effect::TransferApplied {
            terms: TransferTerms { use_, ..terms },
            fee: Fee::NotAnApplication,
        },
        Effect::TransferRecorded { application: None },
    ]
}

fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(field)).expect("there");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("KiB")
}

/// By how many KiB the memory of the process grew at the most while `work` ran.
fn peak_of(work: impl FnOnce()) -> u64 {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Begins the record of the peak anew.
    std::fs::write("/proc/self/clear_refs", "5").expect("one's own");
    let before = status("VmRSS:");
    work();
    status("VmHWM:").saturating_sub(before)
}

/// Makes the reports of a log of so many entries, and throws each file away as it grows.
fn make(count: u64) -> u64 {
    let mut maker = Maker::new(Query::of(ReportKind::Balance)).expect("answered");
    for entry in entries(count) {
        assert_eq!(maker.apply(&entry), Ok(true));
    }
    let made = maker.finish();
    let mut bytes = 0;
    for kind in [ReportKind::Balance, ReportKind::Holdings, ReportKind::Uses, ReportKind::Shk] {
        let report = made.another(Query::of(kind)).expect("answered");
        for format in [Format::Csv, Format::Json] {
            let mut encoder = Encoder::new(format, report.head(), report.columns()).expect("begun");
            for row in report.rows().expect("adds up") {
                encoder.row(&row).expect("written");
                bytes += encoder.take().len();
            }
            bytes += encoder.finish().expect("whole").len();
        }
    }
    assert!(bytes > 1_000);
    article6(count);
    count
}

/// The same for the reports on Article 6, which keep nothing of transfers within the registry.
fn article6(count: u64) {
    let of = year(2_026);
    let (mut aef, mut adjustments) = (AefFold::new(of), AdjustmentFold::new(of));
    for entry in entries(count) {
        aef.apply(&entry).expect("in order");
        adjustments.apply(&entry).expect("in order");
    }
    let report = aef.finish(&Request::due(of).expect("a year")).expect("adopted");
    assert!(report.entries > 900 && report.check().all_passed());
    report.to_csv(&report.settings()).expect("written");
    assert!(adjustments.finish().expect("sums that fit").entries > 900);
}

#[test]
fn a_million_entries_take_no_more_memory_than_ten_thousand() {
    // Whatever is set up once is not counted.
    make(1_000);
    let small = peak_of(|| assert_eq!(make(10_000), 10_000));
    let large = peak_of(|| assert_eq!(make(1_000_000), 1_000_000));
    // The 990,000 entries more are some 500 MB; what may grow are a few pages.
    assert!(large < small + 4_096, "10,000 entries: {small} KiB; a million: {large} KiB");
}

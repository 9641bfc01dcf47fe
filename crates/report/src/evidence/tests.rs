//! The pack against RFC 4648's own vectors and a log with proofs.

use super::*;
use crate::sample_log::*;
use jcm_format::amount::Tonnes;

#[test]
fn base64_is_that_of_the_rfc() {
    let cases = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(base64(bytes.as_bytes()), expected);
    }
    assert_eq!(base64(&[0xff, 0xef, 0xbe, 0x00]), "/+++AA==");
}

#[test]
fn a_fiscal_year_begins_in_april() {
    let days = fiscal_year(year(2026)).expect("a year");
    assert_eq!(days, (date("2026-04-01"), date("2027-03-31")));
    assert_eq!(fiscal_year(year(9999)), None);
}

fn pack(
    prove: &dyn Fn(EntryIndex) -> Option<ProvedEntry>,
) -> (EntryIndex, EntryIndex, Result<EvidencePack, EvidenceError>) {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.open(1002, "Beta");
    log.issue(7, &[(1002, "7:1-1000")]);
    log.on_day(5);
    let applied = log.apply_transfer(terms(1002, 1001, &["7:1-40"]));
    log.on_day(6);
    let recorded =
        log.push(vec![jcm_format::event::Effect::TransferRecorded { application: Some(applied) }]);
    log.transfer(terms(1002, 1001, &["7:41-50"]));
    let mut book = AccountBook::new(account(1001));
    for entry in log.archive.entries() {
        book.apply(entry, &log.archive).expect("a history");
    }
    let period = fiscal_year(year(2026)).expect("a year");
    (applied, recorded, EvidencePack::new(&book, period, ("jcm.example", "key"), prove))
}

#[test]
fn each_movement_comes_with_its_entry_and_its_application() {
    let prove = |entry: EntryIndex| {
        Some(ProvedEntry { bytes: vec![1, 2, 3], proof: format!("proof of {entry}\n") })
    };
    let (applied, recorded, pack) = pack(&prove);
    let pack = pack.expect("proved");
    assert_eq!(pack.statement.closing_tonnes, Tonnes::new(50));
    let roles: Vec<_> = pack.entries.iter().map(|e| (e.entry, e.role)).collect();
    let at_once = pack.statement.movements[1].entry;
    assert_eq!(roles, [(applied, "application"), (recorded, "movement"), (at_once, "movement")]);
    assert_eq!(pack.entries[0].bytes_base64, "AQID");
    let json = pack.json().expect("JSON");
    assert!(json.contains("JP-0001001-05") && json.contains("JP-0001002-02"));
    // The other account has a number here, and no name.
    assert!(!json.contains("Beta"));
    assert!(json.contains("網羅性") && json.contains("completeness"));
    assert!(!json.contains("{account}") && !json.contains("{from}"));
}

#[test]
fn without_a_proof_there_is_no_pack() {
    let (applied, _, pack) = pack(&|_| None);
    assert_eq!(pack, Err(EvidenceError::NotProved(applied)));
}

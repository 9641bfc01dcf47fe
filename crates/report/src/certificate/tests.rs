//! The certificate against the lines written by hand and against the ledger.

use super::*;
use crate::account_book::tests::eventful;
use crate::lookup::Lookup as _;
use crate::paper::Language;
use crate::sample_log::*;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Fee;
use jcm_format::id::CommandId;
use jcm_ledger::{CommandHeader, State};

fn book_before(log: &Log, number: u32, entries: u64) -> AccountBook {
    let mut book = AccountBook::new(account(number));
    for entry in log.archive.entries().take_while(|entry| entry.index.get() < entries) {
        book.apply(entry, &log.archive).expect("a history");
    }
    book
}

fn state_of(log: &Log) -> State {
    let mut state = State::new();
    for entry in log.archive.entries() {
        let mut id = [0; CommandId::LEN];
        id[..8].copy_from_slice(&entry.index.get().to_be_bytes());
        let header = CommandHeader { id: CommandId::from_bytes(id), valid_until: entry.time };
        state.apply(&SealedEntry::seal(entry.clone()).expect("short"), header);
    }
    state
}

#[test]
fn the_lines_are_those_of_the_specification() {
    let log = eventful();
    let entries = log.archive.entries().count() as u64;
    let lines = statement_lines(&book_before(&log, 1001, entries), entries, &log.archive);
    let lines = lines.expect("opened");
    let particulars = digest(77);
    let expected = format!(
        "jcm-account/v1\n\
         entries {entries}\n\
         account JP-0001001-05 entity\n\
         person MN:Alpha\n\
         name-ja 株式会社Omega\n\
         name-en Omega K.K.\n\
         head-office-ja 東京都\n\
         head-office-en Tokyo\n\
         particulars {particulars}\n\
         holding 7:91-100 MN003 2021 A 2026-04-02\n\
         holding 7:151-600 MN003 2021 A 2026-04-02\n\
         holding 8:31-150 MN003 2022 A 2026-04-02\n\
         holding 8:201-480 MN003 2022 A 2026-04-02\n\
         trust 8:101-150 14\n\
         trust 8:301-400 14\n\
         restriction 18 7:151-160\n\
         restriction 18 7:161-170\n"
    );
    assert_eq!(lines, expected);
}

#[test]
fn the_ledger_states_the_same_of_every_account() {
    let log = eventful();
    let state = state_of(&log);
    let entries = state.entries();
    for number in [1, 2, 3, 1001, 1002] {
        let book = book_before(&log, number, entries);
        let lines = statement_lines(&book, entries, &log.archive).expect("opened");
        let theirs = state.account_statement_lines(account(number)).expect("it exists");
        assert_eq!(lines.lines().collect::<Vec<_>>(), theirs, "{number}");
        let digest = Digest::of(&[lines.as_bytes()]);
        assert_eq!(state.account_statement(account(number)), Some(digest));
        assert_eq!(book.balance(), state.balance(account(number)));
    }
}

/// A certificate of what stands before it, and the log with it.
fn certified(number: u32) -> (Log, EntryIndex) {
    let mut log = eventful();
    let state = state_of(&log);
    let digest = state.account_statement(account(number)).expect("it exists");
    let entry = log.push(vec![
        Effect::CertificateRequested { account: account(number), fee: Fee::Due(Yen::new(450)) },
        Effect::CertificateIssued { application: None },
        Effect::CertificateStated { account: account(number), digest },
    ]);
    (log, entry)
}

fn document(number: u32, opened: Opened) -> Result<CertificateDocument, CertificateError> {
    let (log, index) = certified(number);
    let book = book_before(&log, number, index.get());
    let entry = log.archive.entry(index).expect("recorded");
    let source = CertificateSource {
        book: &book,
        entry: &entry,
        origin: "jcm.example/registry",
        log_key: "jcm.example/registry+00000000+key",
        proof: "c2sp.org/tlog-proof@v1\nindex 1\n",
        witnesses: &[],
        identification: &IdentificationFormat::default(),
    };
    CertificateDocument::new(&source, &log.archive, &|_| opened.clone())
}

#[test]
fn a_certificate_shows_every_item() {
    let data = r#"{"representative":"<b>甲</b>","phone":3}"#.as_bytes().to_vec();
    let certificate = document(1001, Opened::Data(data)).expect("certified");
    assert_eq!(certificate.totals.held_tonnes, Tonnes::new(860));
    assert_eq!(certificate.totals.trust_tonnes, Tonnes::new(150));
    assert_eq!(certificate.totals.restricted_tonnes, Tonnes::new(20));
    assert_eq!(certificate.basis, "法第57条の2");
    assert_eq!(certificate.holdings[1].identification, "JP-MN003-2021-7-151 - JP-MN003-2021-7-600");
    let html = certificate.html(Language::Japanese).expect("JSON");
    for shown in [
        "<h1>記録事項証明書</h1>",
        "JP-0001001-05",
        "株式会社Omega",
        "法人等保有口座",
        "&lt;b&gt;甲&lt;/b&gt;",
        "JP-MN003-2022-8-31 - JP-MN003-2022-8-150",
        "<td>860 t</td>",
        "東京地方裁判所",
        "令和8年(ヨ)第&lt;1&gt;号",
        "holding 8:31-150 MN003 2022 A 2026-04-02",
        "c2sp.org/tlog-proof@v1",
    ] {
        assert!(html.contains(shown), "{shown}");
    }
    for active in ["<script", "href", "src=", "<b>", "<1>"] {
        assert!(!html.contains(active), "{active}");
    }
    let english = certificate.markdown(Language::English);
    assert!(english.starts_with("# Certificate of recorded matters\n"));
    assert!(english.contains("| Account number | JP-0001001-05 |"));
    // What the holder says stands apart from what the registry says.
    let (_, given) = english.split_once("## Particulars not published").expect("a heading");
    assert!(given.contains("| phone | 3 |"));
    assert!(english.contains("```text\njcm-account/v1\n"));
    let json: serde_json::Value =
        serde_json::from_str(&certificate.json().expect("JSON")).expect("JSON");
    assert_eq!(json["category"], "entity");
    assert_eq!(json["statement_sha256"], certificate.statement_sha256.to_string());
    assert_eq!(json["holder"]["particulars"], "given");
}

#[test]
fn what_was_erased_is_said_to_be_and_not_shown() {
    let certificate = document(1001, Opened::Erased).expect("certified");
    let holder = certificate.holder.as_ref().expect("an entity's");
    assert_eq!((holder.particulars, holder.details.len()), (Shown::Erased, 0));
    assert!(certificate.html(Language::English).expect("JSON").contains("<td>erased</td>"));
    assert!(certificate.markdown(Language::Japanese).contains("| 消去済み |"));
    let withheld = document(1001, Opened::Withheld).expect("certified");
    assert!(withheld.markdown(Language::English).contains("| not shown here |"));
}

#[test]
fn a_whole_account_under_a_restriction_is_all_restricted() {
    let certificate = document(1002, Opened::Withheld).expect("certified");
    let totals = &certificate.totals;
    assert_eq!(totals.held_tonnes, Tonnes::new(90 + 400 + 50));
    assert_eq!(totals.restricted_tonnes, totals.held_tonnes);
    assert_eq!(totals.trust_tonnes, Tonnes::new(50));
    assert!(certificate.markdown(Language::English).contains("| the whole account |"));
}

#[test]
fn a_government_account_has_no_holder() {
    let certificate = document(2, Opened::Withheld).expect("certified");
    assert_eq!((&certificate.holder, certificate.totals.held_tonnes), (&None, Tonnes::new(80)));
    assert!(certificate.html(Language::Japanese).expect("JSON").contains("無効化口座"));
}

#[test]
fn other_lines_than_those_certified_make_no_certificate() {
    let (log, index) = certified(1001);
    let entry = log.archive.entry(index).expect("recorded");
    // The book stops short of the last entries.
    let book = book_before(&log, 1001, index.get() - 4);
    let mut source = CertificateSource {
        book: &book,
        entry: &entry,
        origin: "o",
        log_key: "k",
        proof: "p",
        witnesses: &[],
        identification: &IdentificationFormat::default(),
    };
    let withheld = |_: Digest| Opened::Withheld;
    let found = CertificateDocument::new(&source, &log.archive, &withheld);
    assert!(matches!(found, Err(CertificateError::DigestDiffers { .. })), "{found:?}");
    let book = book_before(&log, 1001, index.get() + 1);
    source.book = &book;
    let found = CertificateDocument::new(&source, &log.archive, &withheld);
    assert_eq!(found, Err(CertificateError::Book(BookError::ReadBeyond(index))));
    let book = book_before(&log, 1002, index.get());
    source.book = &book;
    let found = CertificateDocument::new(&source, &log.archive, &withheld);
    assert_eq!(found, Err(CertificateError::NotStated(index, account(1002))));
}

#[test]
fn an_individual_has_a_commitment_and_no_name() {
    let mut log = Log::new();
    let applied = log.push(vec![Effect::IndividualApplied {
        person: digest(0xaa),
        particulars: digest(0xbb),
        attachments: Vec::new(),
        representative: key(5),
        fee: Fee::Due(Yen::new(12_000)),
    }]);
    log.push(vec![Effect::AccountOpened { application: applied, account: account(1001) }]);
    let lines = statement_lines(&book_before(&log, 1001, 3), 3, &log.archive).expect("opened");
    let (person, particulars) = ("aa".repeat(32), "bb".repeat(32));
    assert_eq!(
        lines,
        format!(
            "jcm-account/v1\nentries 3\naccount JP-0001001-05 entity\nperson individual:{person}\n\
             particulars {particulars}\n"
        )
    );
    let theirs = state_of(&log).account_statement_lines(account(1001)).expect("it exists");
    assert_eq!(lines.lines().collect::<Vec<_>>(), theirs);
}

use super::*;
use crate::sample_log::*;
use jcm_format::command::{EntityRef, Person, UseKind};
use jcm_format::event::{Effect, Fee};
use jcm_format::id::Country;

const KEY: &str = "jcm.example/registry+00000000+key";

fn signers() -> Signers<'static> {
    Signers { log_key: KEY, witnesses: &[] }
}

impl NoticeLookup for Log {
    fn issuance(&self, block: BlockNumber) -> Option<EntryIndex> {
        let issued = |entry: &&Entry| blocks_in(entry).iter().any(|(known, _)| *known == block);
        self.archive.entries().find(issued).map(|entry| entry.index)
    }

    fn adoption(&self, rule_set: u32) -> Option<EntryIndex> {
        let adopted = |entry: &&Entry| form_adopted(entry, rule_set).is_some();
        self.archive.entries().find(adopted).map(|entry| entry.index)
    }
}

impl Lookup for Log {
    fn entry(&self, index: EntryIndex) -> Option<Entry> {
        self.archive.entry(index)
    }

    fn block(&self, block: BlockNumber) -> Option<crate::lookup::BlockFacts> {
        self.archive.block(block)
    }
}

/// Two blocks, of which units are retired, and some later cancelled.
fn log() -> (Log, EntryIndex, EntryIndex) {
    let mut log = Log::new();
    log.open(1001, "Alpha");
    log.issue(7, &[(1001, "7:1-1000"), (1001, "8:1-500")]);
    let mut terms = sunk(1001, Purpose::Retirement, &["7:1-10", "8:5-9"], UseKind::GxEts);
    if let Some(used) = &mut terms.use_ {
        used.beneficiary = Some(text("Example K.K."));
    }
    let applied = log.apply_transfer(terms);
    let retired = log.push(vec![
        Effect::TransferRecorded { application: Some(applied) },
        Effect::AdjustmentBooked {
            partner: jcm_format::id::Country::new("MN").expect("a country"),
            vintage: year(2021),
            quantity_tonnes: jcm_format::amount::Tonnes::new(10),
            japan_authorisation: entry(3),
            partner_authorisation: entry(4),
        },
    ]);
    log.adopt_choice();
    let terms = sunk(1001, Purpose::Cancellation, &["7:11-12"], UseKind::Voluntary);
    let cancelled = log.push(vec![
        Effect::TransferApplied { terms, fee: Fee::Waived },
        Effect::TransferRecorded { application: None },
    ]);
    (log, retired, cancelled)
}

fn notice(log: &Log, recording: EntryIndex) -> CancellationNotice {
    notice_of(log, recording, 0)
}

fn notice_of(log: &Log, recording: EntryIndex, part: u32) -> CancellationNotice {
    let Needed { entries, issuances } = entries_needed(recording, part, log).expect("recorded");
    let needed: BTreeSet<_> = entries.union(&issuances).copied().collect();
    let entries: Vec<(Entry, String)> =
        needed.iter().map(|index| (log.entry(*index), format!("proof of {index}"))).collect();
    let made =
        CancellationNotice::new(recording, part, "jcm.example/registry", signers(), &entries);
    made.expect("everything is at hand")
}

#[test]
fn a_retirement_is_stated_line_by_line() {
    let (log, retired, _) = log();
    let notice = notice(&log, retired);
    assert_eq!(notice.act(), Act::Retirement);
    assert_eq!(
        notice.statement(),
        "jcm-notice/v1\n\
         registry jcm.example/registry\n\
         act retirement\n\
         entry 5 2026-04-01T12:00:00.000+09:00\n\
         application 4 2026-04-01T12:00:00.000+09:00\n\
         source JP-0001001-05\n\
         destination JP-0000002-92\n\
         use gx_ets 2026\n\
         beneficiary Example K.K.\n\
         identification JP-{project}-{vintage}-{block}-{unit}\n\
         units 7:1-10 MN003 2021 A 2026-04-02 10 JP-MN003-2021-7-1 - JP-MN003-2021-7-10\n\
         units 8:5-9 MN003 2022 A 2026-04-02 5 JP-MN003-2022-8-5 - JP-MN003-2022-8-9\n\
         adjustment MN 2021 10 3 4\n\
         total 15\n"
    );
    let json = notice.json().expect("JSON");
    let proofs = Document::read(&json).expect("its own").proofs().to_vec();
    assert_eq!(proofs, ["proof of 0", "proof of 3", "proof of 4", "proof of 5"]);
}

#[test]
fn a_cancellation_rests_on_the_rules_of_its_day() {
    let (log, _, cancelled) = log();
    let notice = notice(&log, cancelled);
    assert_eq!(notice.act(), Act::Cancellation);
    assert!(notice.statement().contains("act cancellation\nentry 7 "));
    let proofs = Document::read(&notice.json().expect("JSON")).expect("read").proofs().to_vec();
    assert_eq!(proofs, ["proof of 3", "proof of 6", "proof of 7"]);
}

#[test]
fn the_paper_is_for_people_and_holds_the_document() {
    let (log, retired, _) = log();
    let notice = notice(&log, retired);
    let html = notice.html(Language::Japanese).expect("JSON");
    for shown in [
        "<h1>無効化通知書</h1>",
        "<td>Example K.K.</td>",
        "<td>JP-MN003-2021-7-1 - JP-MN003-2021-7-10</td>",
        "<td>15 t</td>",
        "<pre id=\"jcm-document\">{\n  &quot;format&quot;: &quot;jcm-document/v1&quot;",
    ] {
        assert!(html.contains(shown), "{shown} is not in {html}");
    }
    for active in ["<script", "href", "src="] {
        assert!(!html.contains(active), "{active}");
    }
    let english = notice.markdown(Language::English);
    assert!(english.starts_with("# Notice of retirement\n"));
    assert!(english.contains("| Beneficiary | Example K.K. |"));
    assert!(english.contains("| MN | 2021 | 10 t |"));
}

#[test]
fn there_is_a_notice_of_nothing_else() {
    let (mut log, retired, _) = log();
    let moved = log.transfer(terms(1001, 1002, &["7:20-21"]));
    let not_recorded = |entry| Err(NoticeError::NotRecorded(entry));
    assert_eq!(entries_needed(moved, 0, &log), not_recorded(moved));
    assert_eq!(entries_needed(entry(0), 0, &log), not_recorded(entry(0)));
    assert_eq!(entries_needed(entry(99), 0, &log), Err(NoticeError::Missing(entry(99))));
    let Needed { entries, .. } = entries_needed(retired, 0, &log).expect("recorded");
    for left_out in entries.iter().copied() {
        let rest = entries.iter().filter(|index| **index != left_out);
        let rest: Vec<_> = rest.map(|index| (log.entry(*index), String::new())).collect();
        let made = CancellationNotice::new(retired, 0, "o", signers(), &rest);
        assert!(made.is_err(), "{left_out} is needed");
    }
}

#[test]
fn without_the_issuance_nothing_is_said_that_only_it_says() {
    let (log, retired, _) = log();
    let Needed { entries, .. } = entries_needed(retired, 0, &log).expect("recorded");
    let rest: Vec<_> = entries.iter().map(|index| (log.entry(*index), String::new())).collect();
    let notice = CancellationNotice::new(retired, 0, "o", signers(), &rest).expect("enough");
    assert!(notice.statement().contains("\nunits 7:1-10 10\nunits 8:5-9 5\nadjustment "));
    assert!(!notice.statement().contains("MN003"));
    let english = notice.markdown(Language::English);
    assert!(english.contains("| – | 7:1-10 | 10 t | – | – | – | – |"), "{english}");
    assert!(english.contains("Ask the implementing body."));
}

#[test]
fn every_issuance_is_looked_for() {
    let (log, _, cancelled) = log();
    let Needed { issuances, .. } = entries_needed(cancelled, 0, &log).expect("recorded");
    assert_eq!(issuances, BTreeSet::from([entry(3)]));
}

#[test]
fn each_of_several_transfers_has_a_notice_of_its_own() {
    let (mut log, ..) = log();
    let part = |terms: TransferTerms, more: Vec<Effect>| {
        let applied = Effect::TransferApplied { terms, fee: Fee::Waived };
        let recorded = Effect::TransferRecorded { application: None };
        [vec![applied], more, vec![recorded]].concat()
    };
    let entity = EntityRef { country: Country::new("TH").expect("a country"), number: name("E-1") };
    let number = Person::Corporation("8700110005901".parse().expect("a number"));
    let named = UseDetails { beneficiary: Some(number), entity: Some(entity) };
    let adjusted = Effect::AdjustmentBooked {
        partner: Country::new("MN").expect("a country"),
        vintage: year(2022),
        quantity_tonnes: jcm_format::amount::Tonnes::new(20),
        japan_authorisation: entry(3),
        partner_authorisation: entry(4),
    };
    let stated = vec![Effect::UseStated(named)];
    let mut retired = part(sunk(1001, Purpose::Retirement, &["8:21-40"], UseKind::Ndc), Vec::new());
    retired.push(adjusted);
    let parts = [
        part(terms(1001, 1002, &["7:31-40"]), Vec::new()),
        part(sunk(1001, Purpose::Cancellation, &["7:41-45"], UseKind::Voluntary), stated),
        retired,
    ];
    let all = log.push(parts.concat());
    let cancelled = notice_of(&log, all, 2);
    assert_eq!(cancelled.act(), Act::Cancellation);
    let said = cancelled.statement();
    let numbers = "\nbeneficiary_number JP:8700110005901\nentity TH:E-1\n";
    for line in
        ["\npart 2 3\nsource JP-0001001-05\n", numbers, "\nunits 7:41-45 MN003", "\ntotal 5\n"]
    {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("adjustment"), "that of another part: {said}");
    let retired = notice_of(&log, all, 3);
    let said = retired.statement();
    assert_eq!(retired.act(), Act::Retirement);
    for line in ["\npart 3 3\n", "\nadjustment MN 2022 20 3 4\n", "\ntotal 20\n"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("entity"), "that of another part: {said}");
    assert!(retired.markdown(Language::English).contains("| Part of the application | 3 / 3 |"));
    let several = Err(NoticeError::Several { application: all, parts: 3 });
    assert_eq!(entries_needed(all, 0, &log), several, "which?");
    assert_eq!(entries_needed(all, 4, &log), several);
    assert_eq!(entries_needed(all, 1, &log), Err(NoticeError::NotRecorded(all)));
}

use super::*;
use crate::log::sample;
use crate::log::{FaultPlan, SimulatedLog, SimulatedMedium};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, Purpose, RecordPayment, TransferTerms};
use jcm_format::event::{Effect, Event, Fee};
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp};
use std::collections::BTreeMap;
use std::time::Instant;

fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("in range")
}

fn block(number: u32) -> BlockNumber {
    BlockNumber::new(number).expect("in range")
}

/// A chain of entries that grows.
struct Chain {
    entries: Vec<SealedEntry>,
    seed: u64,
}

impl Chain {
    fn new(seed: u64) -> Chain {
        Chain { entries: Vec::new(), seed }
    }

    fn push(&mut self, body: Body, effects: Vec<Effect>) -> EntryIndex {
        let index = self.entries.len() as u64;
        let prev = self.entries.last().map_or(Digest::ZERO, SealedEntry::leaf);
        let payload = Command {
            registry: "registry.example/log".parse().expect("an origin"),
            id: self.id(index),
            valid_until: Timestamp::from_ms(1_764_000_000_000 + index).expect("a time"),
            effect_digest: None,
            body,
        }
        .to_payload();
        self.entries.push(sample::seal(index, prev, payload, Event(effects)));
        EntryIndex::new(index)
    }

    fn id(&self, index: u64) -> CommandId {
        let digest = Digest::of(&[&self.seed.to_be_bytes(), &index.to_be_bytes()]);
        CommandId::from_slice(&digest.as_bytes()[..16]).expect("16 bytes")
    }

    fn random(&self, salt: u64, limit: u64) -> u64 {
        let index = self.entries.len() as u64;
        let seeds = [self.seed, salt, index].map(u64::to_be_bytes).concat();
        let digest = Digest::of(&[&seeds]);
        digest.as_bytes()[..8].iter().fold(0, |n: u64, b| n << 8 | u64::from(*b)) % limit
    }

    fn payment(&mut self, from: AccountNumber) -> EntryIndex {
        let name = Name::new(&format!("bank-{}", self.entries.len())).expect("a name");
        let payment = RecordPayment {
            bank_reference: name.clone(),
            amount_yen: Yen::new(10_000),
            value_date: Date::new(2026, 4, 1).expect("a date"),
            account: Some(from),
            payer: None,
        };
        let effect = Effect::PaymentRecorded {
            bank_reference: name,
            amount_yen: payment.amount_yen,
            value_date: payment.value_date,
            account: payment.account,
            payer: None,
        };
        self.push(Body::RecordPayment(payment), vec![effect])
    }

    fn terms(&self, accounts: u64) -> TransferTerms {
        let source = 1_001 + self.random(1, accounts);
        let destination = 1_001 + (source + self.random(2, accounts - 1)) % accounts;
        let first = 1 + self.random(3, 1_000_000);
        let of_block = block(1 + self.random(4, 500) as u32);
        let range = SerialRange::new(of_block, first, first + 99).expect("in order");
        TransferTerms {
            source: account(source as u32),
            destination: account(destination as u32),
            ranges: SerialRanges::new(vec![range]).expect("one"),
            purpose: Purpose::Other,
            gratuitous: false,
            use_: None,
        }
    }

    fn transfer(&mut self, accounts: u64, payment: EntryIndex) -> EntryIndex {
        let terms = self.terms(accounts);
        let fee = Yen::new(400);
        let body = Body::ApplyTransfer { terms: terms.clone(), fee_payment: Some(payment) };
        let effects = vec![
            Effect::TransferApplied { terms, fee: Fee::Due(fee) },
            Effect::PaymentApplied { payment, application: None, amount_yen: fee },
            Effect::TransferRecorded { application: None },
        ];
        self.push(body, effects)
    }

    fn waiting_transfer(&mut self, accounts: u64) -> EntryIndex {
        let terms = self.terms(accounts);
        let body = Body::ApplyTransfer { terms: terms.clone(), fee_payment: None };
        self.push(body, vec![Effect::TransferApplied { terms, fee: Fee::Due(Yen::new(400)) }])
    }

    fn record(&mut self, application: EntryIndex) -> EntryIndex {
        let effect = Effect::TransferRecorded { application: Some(application) };
        self.push(Body::RecordTransfer { application }, vec![effect])
    }

    fn withdraw(&mut self, application: EntryIndex) -> EntryIndex {
        let reason = Text::new("changed my mind").expect("a text");
        let effect = Effect::ApplicationWithdrawn { application };
        self.push(Body::WithdrawApplication { application, reason }, vec![effect])
    }

    /// Payments, transfers recorded at once, and some that wait.
    fn mixed(seed: u64, count: usize, accounts: u64) -> Chain {
        let mut chain = Chain::new(seed);
        let mut payment = chain.payment(account(1_001));
        while chain.entries.len() < count {
            match chain.entries.len() % 10 {
                0 => payment = chain.payment(account(1_001 + chain.random(5, accounts) as u32)),
                4 => {
                    let application = chain.waiting_transfer(accounts);
                    chain.record(application);
                }
                7 => {
                    let application = chain.waiting_transfer(accounts);
                    chain.withdraw(application);
                }
                _ => {
                    chain.transfer(accounts, payment);
                }
            }
        }
        chain
    }

    fn frames(&self) -> Vec<Frame> {
        let batches: Vec<_> = self.entries.chunks(20).map(<[_]>::to_vec).collect();
        sample::batches(&batches)
    }
}

fn log_of(frames: &[Frame]) -> SimulatedLog {
    let medium = SimulatedMedium::new(FaultPlan::none());
    let mut log = medium.open().expect("power");
    let fenced = log.fence().expect("alive");
    let mut head = fenced.head;
    for frame in frames {
        head = log.append(fenced.epoch, head, frame).expect("fits");
    }
    log
}

/// The answer by definition: every entry looked at.
fn expected_entries(chain: &Chain) -> BTreeMap<Subject, Vec<u64>> {
    let mut expected: BTreeMap<Subject, Vec<u64>> = BTreeMap::new();
    for entry in &chain.entries {
        let index = entry.entry().index;
        let mut all = subjects(entry);
        for subject in all.clone() {
            if let Subject::Application(application) = subject
                && application != index
            {
                let applied = &chain.entries[application.get() as usize];
                all.extend(
                    subjects(applied).into_iter().filter(|subject| {
                        matches!(subject, Subject::Account(_) | Subject::Block(_))
                    }),
                );
            }
        }
        for subject in all {
            expected.entry(subject).or_default().push(index.get());
        }
    }
    expected
}

fn assert_answers(index: &Index, chain: &Chain, context: &str) {
    assert_eq!(index.applied().size, chain.entries.len() as u64, "{context}");
    for (position, _) in chain.entries.iter().enumerate() {
        let id = chain.id(position as u64);
        let found = index.entry_of_command(id).expect("healthy");
        assert_eq!(found, Some(position as u64), "{context}");
    }
    for (subject, entries) in expected_entries(chain) {
        let found = index.entries_of(&subject, 0, PAGE_ENTRIES_MAX).expect("healthy");
        assert_eq!(found, entries, "{context}: {subject:?}");
    }
}

fn fresh(dir: &Path, log: &dyn OrderedLog) -> (Index, IndexReport) {
    let (mut index, report) = Index::open(dir).expect("a folder");
    assert!(report.rebuilt.is_none());
    let report = index.align(log).expect("whole");
    (index, report)
}

#[test]
fn the_index_answers_as_the_log_itself_would() {
    let chain = Chain::mixed(1, 700, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = Index::open(folder.path()).expect("a folder");
    // Batches of any size, among them such that split an application's entries.
    let mut rest = chain.entries.as_slice();
    for size in (1..).map(|i| i * 7 % 31 + 1) {
        let (batch, tail) = rest.split_at(rest.len().min(size));
        index.apply(batch).expect("next");
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    assert_answers(&index, &chain, "in batches");
    index.flush().expect("healthy");

    let (busiest, entries) = expected_entries(&chain)
        .into_iter()
        .max_by_key(|(_, entries)| entries.len())
        .expect("some");
    assert!(entries.len() > 50);
    for from in 0..=701 {
        let tail: Vec<_> = entries.iter().copied().filter(|entry| from <= *entry).collect();
        let page = index.entries_of(&busiest, from, 5).expect("healthy");
        assert_eq!(page, tail[..tail.len().min(5)], "from {from}");
    }
    assert_eq!(index.entries_of(&busiest, 0, 0).expect("healthy"), Vec::<u64>::new());
    let nobody = Subject::Account(account(999));
    assert_eq!(index.entries_of(&nobody, 0, 9).expect("healthy"), Vec::<u64>::new());
    assert_eq!(index.entry_of_command(CommandId::from_bytes([9; 16])).expect("healthy"), None);
}

#[test]
fn entries_out_of_order_are_refused() {
    let chain = Chain::mixed(1, 30, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = Index::open(folder.path()).expect("a folder");
    assert!(matches!(index.apply(&chain.entries[1..3]), Err(IndexError::NotNext(_))));
    index.apply(&chain.entries[..10]).expect("next");
    assert!(matches!(index.apply(&chain.entries[9..12]), Err(IndexError::NotNext(_))));
    let other = Chain::mixed(2, 30, 9);
    assert!(matches!(index.apply(&other.entries[10..12]), Err(IndexError::NotNext(_))));
    index.apply(&chain.entries[10..]).expect("next");
    assert_answers(&index, &chain, "after refusals");
}

#[test]
fn an_index_of_a_shorter_log_is_continued() {
    let chain = Chain::mixed(1, 500, 9);
    let frames = chain.frames();
    let folder = tempfile::tempdir().expect("a folder");
    let (index, report) = fresh(folder.path(), &log_of(&frames[..11]));
    assert_eq!((report.found, report.applied), (Head::EMPTY, 220));
    drop(index);
    let (index, report) = fresh(folder.path(), &log_of(&frames));
    assert_eq!((report.found.size, report.applied), (220, 280 + 1));
    assert!(report.rebuilt.is_none());
    assert_answers(&index, &chain, "continued");
}
fn disk_bytes(folder: &Path) -> u64 {
    let mut bytes = 0;
    for item in std::fs::read_dir(folder).expect("a folder") {
        let item = item.expect("readable");
        let metadata = item.metadata().expect("readable");
        bytes += if metadata.is_dir() { disk_bytes(&item.path()) } else { metadata.len() };
    }
    bytes
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// Measured, not only checked: run with `--nocapture`.
#[test]
fn the_index_stays_small() {
    const ENTRIES: usize = 20_000;
    let chain = Chain::mixed(1, std::env::var("N").map_or(ENTRIES, |n| n.parse().unwrap()), 2_000);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = Index::open(folder.path()).expect("a folder");
    let batch: usize = std::env::var("B").map_or(200, |n| n.parse().unwrap());
    let before = resident_kib();
    let begin = Instant::now();
    for batch in chain.entries.chunks(batch) {
        index.apply(batch).expect("next");
    }
    let applied = begin.elapsed();
    index.flush().unwrap();
    println!("rss {} -> {}", before, resident_kib());
    println!("disk before close {}", disk_bytes(folder.path()) / chain.entries.len() as u64);
    drop(index);
    let bytes = disk_bytes(folder.path()) / chain.entries.len() as u64;
    let begin = Instant::now();
    let r0 = resident_kib();
    let (index, report) = Index::open(folder.path()).expect("healthy");
    println!(
        "{applied:?} apply, {bytes} bytes per entry, open+check {:?} rss {} -> {}",
        begin.elapsed(),
        r0,
        resident_kib()
    );
    assert!(report.rebuilt.is_none());
    println!("{} keys", index.reader.store.count());
}

use super::*;
use crate::log::sample;
use crate::log::{FaultPlan, SimulatedLog, SimulatedMedium};
use jcm_format::amount::Yen;
use jcm_format::command::{
    Body, Commission, KeyWithPossession, PaymentId, Power, Purpose, RecordPayment, Representative,
    Restriction, RestrictionGround, TransferTerms, TrustTerms,
};
use jcm_format::event::{Effect, Event, Fee};
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber};
use jcm_format::key::{PublicKey, Signature};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp};
use std::collections::BTreeMap;

fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("in range")
}

fn block(number: u32) -> BlockNumber {
    BlockNumber::new(number).expect("in range")
}

fn trust_terms() -> TrustTerms {
    TrustTerms {
        details: Digest::ZERO,
        evidence: Digest::ZERO,
        beneficiary_certificates: false,
        without_beneficiaries: false,
        public_interest: false,
    }
}

/// A chain of entries that grows.
struct Chain {
    entries: Vec<SealedEntry>,
    seed: u64,
    /// Ids before the first is used again.
    ids: u64,
}

impl Chain {
    fn new(seed: u64) -> Chain {
        Chain { entries: Vec::new(), seed, ids: u64::MAX }
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
        let number = index % self.ids;
        let digest = Digest::of(&[&self.seed.to_be_bytes(), &number.to_be_bytes()]);
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
        let fee_payment = Some(PaymentId::single(payment));
        let body = Body::ApplyTransfer {
            terms: terms.clone(),
            use_details: None,
            trust: None,
            fee_payment,
        };
        let effects = vec![
            Effect::TransferApplied { terms, fee: Fee::Due(fee) },
            Effect::PaymentApplied { payment, application: None, amount_yen: fee },
            Effect::TransferRecorded { application: None },
        ];
        self.push(body, effects)
    }

    fn waiting_transfer(&mut self, accounts: u64) -> EntryIndex {
        let terms = self.terms(accounts);
        let body = Body::ApplyTransfer {
            terms: terms.clone(),
            use_details: None,
            trust: None,
            fee_payment: None,
        };
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

    /// A restriction of units of an account, and its release much later.
    fn restrict(&mut self, holder: AccountNumber) -> EntryIndex {
        let text = || Text::new("Court").expect("a text");
        let terms = self.terms(9);
        let restriction = Restriction {
            account: holder,
            ranges: Some(terms.ranges),
            ground: RestrictionGround::CourtOrder,
            authority: text(),
            reference: text(),
            document: Digest::ZERO,
        };
        let effect = Effect::RestrictionRecorded { restriction: restriction.clone() };
        self.push(Body::RecordRestriction(restriction), vec![effect])
    }

    fn release(&mut self, restriction: EntryIndex) -> EntryIndex {
        let reference = Text::new("1").expect("a text");
        let body = Body::ReleaseRestriction { restriction, reference, document: Digest::ZERO };
        self.push(body, vec![Effect::RestrictionReleased { restriction }])
    }

    fn ask_for_recovery(&mut self, of: AccountNumber) -> EntryIndex {
        let person = Name::new("tanaka").expect("a name");
        let representative = Representative { account: of, person, power: Power::Full };
        let not_before = Date::new(2026, 4, 8).expect("a date");
        let key = PublicKey::from_bytes([7; PublicKey::LEN]);
        let effect =
            Effect::RecoveryRequested { representative: representative.clone(), key, not_before };
        let possession = Signature::from_bytes([7; Signature::LEN]);
        let key = KeyWithPossession { key, possession };
        let reason = Text::new("Lost").expect("a text");
        self.push(Body::RequestRecovery { representative, key, reason }, vec![effect])
    }

    fn cancel_recovery(&mut self, recovery: EntryIndex) -> EntryIndex {
        let reason = Text::new("Found").expect("a text");
        let body = Body::CancelRecovery { recovery, reason };
        self.push(body, vec![Effect::RecoveryCancelled { recovery }])
    }

    /// Records a waiting transfer into a trust.
    fn record_in_trust(&mut self, application: EntryIndex) -> EntryIndex {
        let terms = self.terms(9);
        let effects = vec![
            Effect::TransferRecorded { application: Some(application) },
            Effect::TrustRecorded {
                account: terms.destination,
                ranges: terms.ranges,
                terms: trust_terms(),
            },
        ];
        self.push(Body::RecordTransfer { application }, effects)
    }

    fn commission(&mut self, trust: EntryIndex) -> EntryIndex {
        let text = || Text::new("Court").expect("a text");
        let (court, reference) = (text(), text());
        let commission = Commission { court, reference, trustee_dismissed: true };
        let effect = Effect::TrustAmended {
            trust,
            terms: trust_terms(),
            commission: Some(commission.clone()),
        };
        self.push(Body::RecordCommission { trust, terms: trust_terms(), commission }, vec![effect])
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
        assert_eq!(found, Some(position as u64 % chain.ids), "{context}");
    }
    for (subject, entries) in expected_entries(chain) {
        let found = index.entries_of(&subject, 0, PAGE_ENTRIES_MAX).expect("healthy");
        assert_eq!(found, entries, "{context}: {subject:?}");
    }
}

/// Small, so that most of a test's entries are in the database.
const STEP: u64 = 64;

fn open(dir: &Path) -> (Index, IndexReport) {
    Index::open_with_step(dir, STEP).expect("a folder")
}

/// Opens and aligns as a node does at start. Tells why it was built anew.
fn start(dir: &Path, log: &dyn OrderedLog) -> (Index, u64, Option<IndexError>) {
    let (mut index, opened) = open(dir);
    let aligned = index.align(log).expect("whole");
    let reasons = [opened.rebuilt, aligned.rebuilt];
    let reason = reasons.into_iter().flatten().next().map(|rebuilt| rebuilt.reason);
    (index, aligned.found.size, reason)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("room");
    for item in std::fs::read_dir(from).expect("a folder") {
        let item = item.expect("readable");
        let target = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &target);
        } else {
            std::fs::copy(item.path(), target).expect("room");
        }
    }
}

#[test]
fn the_index_answers_as_the_log_itself_would() {
    let chain = Chain::mixed(1, 700, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = open(folder.path());
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

/// The account and the blocks stand in the entry of the restriction, trust or
/// recovery.
#[test]
fn a_release_an_amendment_and_an_objection_are_found_under_account_and_blocks() {
    let mut chain = Chain::mixed(1, 100, 9);
    let restriction = chain.restrict(account(1_001));
    let application = chain.waiting_transfer(9);
    let trust = chain.record_in_trust(application);
    let recovery = chain.ask_for_recovery(account(1_001));
    while chain.entries.len() < 300 {
        chain.payment(account(1_009));
    }
    let release = chain.release(restriction);
    let commission = chain.commission(trust);
    let objection = chain.cancel_recovery(recovery);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = open(folder.path());
    for batch in chain.entries.chunks(20) {
        index.apply(batch).expect("next");
    }
    assert_answers(&index, &chain, "acts on earlier acts");
    let pairs = [(restriction, release), (trust, commission), (recovery, objection)];
    for (of, entry) in pairs {
        let earlier = subjects(&chain.entries[of.get() as usize]);
        let inherited = earlier
            .iter()
            .filter(|subject| matches!(subject, Subject::Account(_) | Subject::Block(_)));
        for subject in inherited {
            let found = index.entries_of(subject, entry.get(), 1).expect("healthy");
            assert_eq!(found, [entry.get()], "{subject:?}");
        }
        let history = index.entries_of(&Subject::Application(of), 0, 9).expect("healthy");
        assert_eq!(history.len(), 2);
    }
}

#[test]
fn entries_out_of_order_are_refused() {
    let chain = Chain::mixed(1, 30, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = open(folder.path());
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
    let (index, found, reason) = start(folder.path(), &log_of(&frames[..11]));
    assert_eq!((index.applied().size, found), (220, 0));
    assert!(reason.is_none());
    drop(index);
    let (index, found, reason) = start(folder.path(), &log_of(&frames));
    assert!((1..=220).contains(&found), "{found}");
    assert!(reason.is_none());
    assert_answers(&index, &chain, "continued");
}

#[test]
fn readers_see_what_is_applied_and_outlive_a_rebuild() {
    let chain = Chain::mixed(1, 300, 9);
    let other = Chain::mixed(2, 300, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = open(folder.path());
    let reader = index.reader();
    index.apply(&chain.entries).expect("next");
    assert_eq!(reader.entry_of_command(chain.id(299)).expect("healthy"), Some(299));
    index.align(&log_of(&other.frames())).expect("whole");
    assert_eq!(reader.entry_of_command(chain.id(299)).expect("healthy"), None);
    assert_eq!(reader.entry_of_command(other.id(299)).expect("healthy"), Some(299));
}

#[test]
fn an_id_that_is_used_again_names_its_first_entry() {
    // Within what is written at once, across it, and from memory to what is written.
    for ids in [20, 50, 280] {
        let mut chain = Chain::new(1);
        chain.ids = ids;
        for number in 0..300 {
            chain.payment(account(1_001 + number % 9));
        }
        let log = log_of(&chain.frames());
        let folder = tempfile::tempdir().expect("a folder");
        drop(start(folder.path(), &log));
        let (index, found, reason) = start(folder.path(), &log);
        assert!(reason.is_none() && STEP <= found, "{ids}: {reason:?} {found}");
        assert_answers(&index, &chain, "ids used again");
    }
}

#[test]
fn a_restart_in_use_empties_it_and_readers_go_on() {
    let chain = Chain::mixed(1, 300, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = open(folder.path());
    let reader = index.reader();
    index.apply(&chain.entries).expect("next");
    let rebuilt = index.restart(IndexError::Damaged).expect("room");
    assert!(rebuilt.moved_to.is_some_and(|folder| folder.is_dir()));
    assert_eq!(index.applied(), Head::EMPTY);
    assert_eq!(reader.entry_of_command(chain.id(299)).expect("healthy"), None);
    index.apply(&chain.entries).expect("next");
    assert_eq!(reader.entry_of_command(chain.id(299)).expect("healthy"), Some(299));
    assert_answers(&index, &chain, "after a restart");
}

#[test]
fn an_index_of_another_log_is_built_anew() {
    let chain = Chain::mixed(1, 300, 9);
    let log = log_of(&chain.frames());
    // Of the same length, and longer than the log.
    for length in [300, 500] {
        let other = Chain::mixed(2, length, 9);
        let folder = tempfile::tempdir().expect("a folder");
        drop(start(folder.path(), &log_of(&other.frames())));
        let (index, _, reason) = start(folder.path(), &log);
        assert!(matches!(reason, Some(IndexError::OtherLog)), "{length}: {reason:?}");
        assert_answers(&index, &chain, "built anew");
        assert!(folder.path().join("index.damaged-1").is_dir());
    }
}

#[test]
fn records_that_disagree_with_the_log_are_found_although_their_sum_is_right() {
    let chain = Chain::mixed(1, 300, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (index, _, _) = start(folder.path(), &log_of(&chain.frames()));
    {
        let content = index.reader.read();
        let mut changes = store::Changes::after(content.stored);
        for run in &content.runs {
            let first = CommandId::from_bytes([0; 16]);
            let keys = key::of_commands(*run, first)..=key::of_commands(run + 1, first);
            let (key, value) = content.store.last_in(keys).expect("healthy").expect("there");
            changes.set(&key, Some(&value), &vec![7; value.len()]);
        }
        content.store.commit(changes, content.stored.head).expect("healthy");
    }
    drop(index);
    let (index, found, reason) = start(folder.path(), &log_of(&chain.frames()));
    assert!(found >= STEP);
    assert!(matches!(reason, Some(IndexError::OtherLog)), "{reason:?}");
    assert_answers(&index, &chain, "built anew");
}

#[test]
fn whatever_happened_to_the_folder_the_answers_are_the_same() {
    let chain = Chain::mixed(1, 500, 9);
    let frames = chain.frames();
    let log = log_of(&frames);
    let folder = tempfile::tempdir().expect("a folder");
    let older = folder.path().join("older");
    let healthy = folder.path().join("healthy");
    drop(start(&older, &log_of(&frames[..11])));
    drop(start(&healthy, &log));

    type Damaging = fn(&Path);
    let damages: [(&str, Damaging); 6] = [
        ("deleted", |index| std::fs::remove_dir_all(index).expect("there")),
        ("empty", |index| {
            std::fs::remove_dir_all(index).expect("there");
            std::fs::create_dir(index).expect("room");
        }),
        ("a file", |index| {
            std::fs::remove_dir_all(index).expect("there");
            std::fs::write(index, b"not a folder").expect("room");
        }),
        ("database of garbage", |index| {
            let len = std::fs::metadata(index.join("db")).expect("there").len();
            std::fs::write(index.join("db"), vec![0xa5; len as usize]).expect("room");
        }),
        ("configuration of garbage", |index| {
            std::fs::write(index.join("conf"), b"garbage").expect("room");
        }),
        ("database emptied", |index| {
            std::fs::write(index.join("db"), b"").expect("room");
        }),
    ];
    for (name, damage) in damages {
        let dir = folder.path().join(name);
        copy(&healthy, &dir);
        damage(&dir.join("index"));
        let (index, _, _) = start(&dir, &log);
        assert_answers(&index, &chain, name);
        drop(index);
        let (index, found, reason) = start(&dir, &log);
        assert!(reason.is_none() && found >= 500 - STEP, "{name}: {reason:?} {found}");
        assert_answers(&index, &chain, name);
    }
    let (index, found, reason) = start(&older, &log);
    assert!(reason.is_none() && found <= 220, "{reason:?}");
    assert_answers(&index, &chain, "older");
}

#[test]
fn an_index_that_is_in_use_is_not_taken_for_damaged() {
    let chain = Chain::mixed(1, 200, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let (index, _, _) = start(folder.path(), &log_of(&chain.frames()));
    let second = Index::open(folder.path()).map(drop);
    assert!(matches!(second, Err(IndexError::InUse { .. })), "{second:?}");
    assert_answers(&index, &chain, "still there");
    drop(index);
    let (_, _, reason) = start(folder.path(), &log_of(&chain.frames()));
    assert!(reason.is_none());
}

#[test]
fn damaged_folders_do_not_pile_up() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..6 {
        let chain = Chain::mixed(seed, 100, 9);
        let (index, _, reason) = start(folder.path(), &log_of(&chain.frames()));
        assert_eq!(reason.is_some(), seed > 0);
        assert_answers(&index, &chain, "again");
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|item| item.expect("readable").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    assert_eq!(names, ["index", "index.damaged-1", "index.damaged-2", "index.damaged-3"]);
}

#[test]
fn no_flipped_byte_or_cut_file_changes_an_answer() {
    const POSITIONS: usize = 30;
    let chain = Chain::mixed(1, 400, 9);
    let log = log_of(&chain.frames());
    let folder = tempfile::tempdir().expect("a folder");
    let healthy = folder.path().join("healthy");
    drop(start(&healthy, &log));
    let mut outcomes = [0; 2];
    for item in std::fs::read_dir(healthy.join("index")).expect("a folder") {
        let item = item.expect("readable");
        if item.path().is_dir() {
            continue;
        }
        let content = std::fs::read(item.path()).expect("readable");
        // Where there is something: files are padded with long runs of zeros.
        let used: Vec<_> = (0..content.len()).filter(|i| content[*i] != 0).collect();
        for step in 0..POSITIONS.min(used.len()) {
            let position = used[step * used.len() / POSITIONS.min(used.len())];
            for is_cut in [false, true] {
                let dir = folder.path().join("damaged");
                copy(&healthy, &dir);
                let mut damaged = content.clone();
                if is_cut {
                    damaged.truncate(position);
                } else {
                    damaged[position] ^= 0x20;
                }
                std::fs::write(dir.join("index").join(item.file_name()), damaged).expect("room");
                let (index, _, reason) = start(&dir, &log);
                outcomes[usize::from(reason.is_some())] += 1;
                let context = format!("{:?} at {position}, cut: {is_cut}", item.file_name());
                assert_answers(&index, &chain, &context);
                drop(index);
                std::fs::remove_dir_all(&dir).expect("there");
            }
        }
    }
    println!("{} harmless or continued, {} built anew", outcomes[0], outcomes[1]);
    assert!(outcomes[1] > 0);
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

/// Random ids, two thousand accounts, small batches: what a registry sees.
#[test]
fn the_index_stays_small() {
    const ENTRIES: u64 = 20_000;
    let chain = Chain::mixed(1, ENTRIES as usize, 2_000);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = Index::open(folder.path()).expect("a folder");
    for batch in chain.entries.chunks(200) {
        index.apply(batch).expect("next");
    }
    assert_eq!(index.entry_of_command(chain.id(7)).expect("healthy"), Some(7));
    drop(index);
    let bytes = disk_bytes(folder.path()) / ENTRIES;
    assert!(bytes < 200, "{bytes} bytes for each entry");
}

use super::*;
use jcm_format::tlog::{KeyType, SignedCheckpoint, Tree, Verdict, leaf_hash};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

const ORIGIN: &str = "registry.example/jcm/test";
const NAME: &str = "witness.example/w";
const NOW_S: u64 = 1_760_000_000;

fn log_secret() -> SecretKey {
    SecretKey::from_seed(&[5; 32])
}

fn log_key() -> VerifierKey {
    VerifierKey::new(ORIGIN, KeyType::Ed25519, &log_secret().public_key()).expect("honest")
}

fn identity() -> Identity {
    let secret = SecretKey::from_seed(&[6; 32]);
    let key = VerifierKey::new(NAME, KeyType::Cosignature, &secret.public_key());
    Identity { key: key.expect("honest"), secret }
}

/// A disk that forgets at the end of the test, and can fail or be cut off.
///
/// What is not synced may be lost or not: at a power cut the test says which.
#[derive(Clone, Default)]
struct SimDisk(Rc<RefCell<Sim>>);

#[derive(Clone, Default)]
struct Sim {
    files: BTreeMap<String, usize>,
    durable_files: BTreeMap<String, usize>,
    content: Vec<Vec<u8>>,
    durable_content: Vec<Vec<u8>>,
    /// Operations until everything fails.
    left: Option<usize>,
    done: usize,
}

/// What of the unsynced survives a power cut.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Nothing,
    Names,
    Content,
    Everything,
}

impl SimDisk {
    fn cut(&self, cut: Cut) -> SimDisk {
        let sim = self.0.borrow();
        let (names, content) = match cut {
            Cut::Nothing => (&sim.durable_files, &sim.durable_content),
            Cut::Names => (&sim.files, &sim.durable_content),
            Cut::Content => (&sim.durable_files, &sim.content),
            Cut::Everything => (&sim.files, &sim.content),
        };
        let (names, content) = (names.clone(), content.clone());
        SimDisk(Rc::new(RefCell::new(Sim {
            files: names.clone(),
            durable_files: names,
            content: content.clone(),
            durable_content: content,
            left: None,
            done: 0,
        })))
    }

    fn step(&self) -> io::Result<std::cell::RefMut<'_, Sim>> {
        let mut sim = self.0.borrow_mut();
        if sim.left == Some(0) {
            return Err(io::Error::other("the power is cut"));
        }
        sim.left = sim.left.map(|left| left - 1);
        sim.done += 1;
        Ok(sim)
    }
}

impl Disk for SimDisk {
    fn read(&self, name: &str, _: u64) -> io::Result<Option<Vec<u8>>> {
        let sim = self.0.borrow();
        Ok(sim.files.get(name).map(|place| sim.content[*place].clone()))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut sim = self.step()?;
        let place = sim.content.len();
        sim.content.push(bytes.to_vec());
        // What a file holds before it is synced: a part.
        sim.durable_content.push(bytes[..bytes.len() / 2].to_vec());
        sim.files.insert(name.to_owned(), place);
        Ok(())
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let mut sim = self.step()?;
        let place = sim.files[name];
        sim.durable_content[place] = sim.content[place].clone();
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut sim = self.step()?;
        let place = sim.files.remove(from).expect("there");
        sim.files.insert(to.to_owned(), place);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut sim = self.step()?;
        sim.durable_files = sim.files.clone();
        Ok(())
    }
}

fn witness(disk: &SimDisk) -> Witness<SimDisk> {
    Witness::new(identity(), vec![log_key()], Store::new(disk.clone())).expect("readable")
}

/// The tree of `size` leaves of one history or another.
fn tree(history: u8, size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|i| tree.push(leaf_hash(&[history, i as u8])));
    tree
}

fn note(tree: &Tree, size: u64) -> String {
    let root = tree.root_at(size).expect("within");
    Checkpoint { origin: ORIGIN.parse().expect("an origin"), size, root }.sign(&log_secret())
}

fn body(tree: &Tree, old_size: u64, size: u64) -> String {
    let checkpoint = SignedCheckpoint::parse(&note(tree, size)).expect("well formed");
    let proof = tree.consistency_proof(old_size, size).unwrap_or_default();
    AddCheckpoint { old_size, proof, checkpoint }.to_string()
}

fn add(witness: &Witness<SimDisk>, tree: &Tree, old: u64, size: u64) -> Answer {
    witness.add_checkpoint(body(tree, old, size).as_bytes(), NOW_S)
}

#[test]
fn a_log_that_grows_is_cosigned() {
    let disk = SimDisk::default();
    let witness = witness(&disk);
    let log = tree(1, 20);
    let log_name = name(ORIGIN);
    assert_eq!(witness.last(&log_name), None);
    let mut old = 0;
    for size in [3, 4, 4, 11, 20] {
        let answer = add(&witness, &log, old, size);
        assert_eq!((answer.status, answer.content_type), (200, TEXT), "{}", answer.body);
        let checkpoint = TrustedCheckpoint::open(&note(&log, size), &log_key()).expect("signed");
        assert_eq!(checkpoint.cosignature_in(&answer.body, witness.key()), Some(answer.body));
        let last = witness.last(&log_name).expect("remembered");
        let last = TrustedCheckpoint::open(&last, &log_key()).expect("signed");
        let cosigned = last.cosignature(&identity().key).map(|found| found.time_s);
        assert_eq!((last.checkpoint().size, cosigned), (size, Some(NOW_S)));
        old = size;
    }
    // A new start remembers.
    let again = super::tests::witness(&disk);
    assert_eq!(add(&again, &log, 0, 20).body, "20\n");
}

fn name(origin: &str) -> String {
    files::name_of(&origin.parse().expect("an origin"))
}

/// What an independent generator made from the specifications, and other programs confirmed.
#[test]
fn the_golden_log_gets_the_golden_cosignatures() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../format/src/tlog/vectors/golden.json"))
            .expect("JSON");
    let text = |name: &str| golden[name].as_str().expect(name);
    let seed = jcm_format::hash::from_hex::<32>(text("witness_seed_hex")).expect("a seed");
    let key = text("witness_vkey").parse().expect("a key");
    let identity = Identity { key, secret: SecretKey::from_seed(&seed) };
    let log = text("log_vkey").parse().expect("a key");
    let store = Store::new(SimDisk::default());
    let witness = Witness::new(identity, vec![log], store).expect("readable");
    let mut tree = Tree::new();
    let entry = |i: u64| if i == 0 { String::new() } else { format!("record {i}") };
    (0..70_000).for_each(|i| tree.push(leaf_hash(entry(i).as_bytes())));
    let mut old = 0;
    for size in [0, 1, 3, 600, 70_000] {
        let note = text(&format!("checkpoint_{size}"));
        // As the log itself signed it: the last line is the witness's.
        let (bare, cosigned) = note.trim_end().rsplit_once('\n').expect("two lines");
        let proof = tree.consistency_proof(old, size).expect("it only grows");
        let checkpoint = SignedCheckpoint::parse(&format!("{bare}\n")).expect("well formed");
        let request = AddCheckpoint { old_size: old, proof, checkpoint }.to_string();
        if (old, size) == (3, 600) {
            assert_eq!(request, text("add_checkpoint_3_to_600"));
        }
        let answer = witness.add_checkpoint(request.as_bytes(), NOW_S);
        assert_eq!((answer.status, answer.body), (200, format!("{cosigned}\n")), "{size}");
        assert_eq!(witness.last(&name(text("origin"))).as_deref(), Some(note));
        old = size;
    }
    let again = text("add_checkpoint_3_to_600");
    let refused = witness.add_checkpoint(again.as_bytes(), NOW_S);
    assert_eq!((refused.status, refused.body.as_str()), (409, "70000\n"));
}

#[test]
fn every_refusal_has_its_status_in_the_order_of_the_specification() {
    let witness = witness(&SimDisk::default());
    let log = tree(1, 20);
    assert_eq!(add(&witness, &log, 0, 9).status, 200);
    let good = body(&log, 9, 20);
    let other_log = {
        let origin = "registry.example/other".parse().expect("an origin");
        let head = Checkpoint { origin, size: 9, root: log.root_at(9).expect("within") };
        format!("old 9\n\n{}", head.sign(&log_secret()))
    };
    let forged = {
        let origin = ORIGIN.parse().expect("an origin");
        let head = Checkpoint { origin, size: 20, root: log.root() };
        format!("old 99\n\n{}", head.sign(&SecretKey::from_seed(&[9; 32])))
    };
    let bad_signature = {
        let mut text = good.clone();
        let at = text.len() - 6;
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        text.replace_range(at..at + 1, other);
        text
    };
    let no_proof = format!("old 9\n\n{}", note(&log, 20));
    let longer = good.replacen("old 9\n", &format!("old 9\n{}\n", "A".repeat(43) + "="), 1);
    let cases = [
        ("", 400),
        ("\u{0}", 400),
        ("old 9\n\n", 400),
        (&good.replacen("old 9", "old 09", 1), 400),
        (&good.replacen("\n20\n", "\n020\n", 1), 400),
        (&other_log, 404),
        (&forged, 403),
        (&bad_signature, 403),
        (&format!("old 10\n\n{}", note(&log, 9)), 400),
        (&format!("old 21\n\n{}", note(&log, 20)), 400),
        (&body(&log, 0, 20), 409),
        (&body(&log, 8, 20), 409),
        (&body(&log, 0, 9), 409),
        (&body(&log, 12, 20), 409),
        (&no_proof, 422),
        (&longer, 422),
        (&body(&tree(2, 20), 9, 20), 422),
        (&body(&tree(2, 20), 9, 9), 422),
        (&body(&log, 9, 9), 200),
        (&good, 200),
    ];
    for (text, status) in cases {
        let answer = witness.add_checkpoint(text.as_bytes(), NOW_S);
        assert_eq!(answer.status, status, "{text}: {}", answer.body);
        if status == 409 {
            assert_eq!((answer.content_type, answer.body.as_str()), ("text/x.tlog.size", "9\n"));
        }
        assert!(status == 200 || !answer.body.contains('\u{2014}'), "no cosignature");
    }
    assert_eq!(witness.add_checkpoint(&[0xff], NOW_S).status, 400);
    let unknown = witness.add_checkpoint(body(&log, 1, 9).as_bytes(), NOW_S);
    assert_eq!((unknown.status, unknown.body.as_str()), (409, "20\n"));
}

#[test]
fn a_first_checkpoint_needs_no_proof_and_takes_none() {
    let log = tree(1, 20);
    let with_proof =
        body(&log, 0, 20).replacen("old 0\n", &format!("old 0\n{}\n", "A".repeat(43) + "="), 1);
    let first = witness(&SimDisk::default());
    assert_eq!(first.add_checkpoint(with_proof.as_bytes(), NOW_S).status, 422);
    assert_eq!(add(&first, &log, 0, 0).status, 200);
    assert_eq!(add(&first, &log, 0, 0).status, 200);
    assert_eq!(add(&first, &log, 0, 20).status, 200);
}

#[test]
fn one_changed_byte_of_a_request_is_never_cosigned() {
    let disk = SimDisk::default();
    let log = tree(1, 20);
    assert_eq!(add(&witness(&disk), &log, 0, 9).status, 200);
    let good = body(&log, 9, 20).into_bytes();
    for at in 0..good.len() {
        for by in [0x01, 0x20, 0x80] {
            let mut changed = good.clone();
            changed[at] ^= by;
            let witness = witness(&disk.cut(Cut::Everything));
            let answer = witness.add_checkpoint(&changed, NOW_S);
            assert!((400..500).contains(&answer.status), "{at} {by}: {}", answer.body);
        }
    }
}

#[test]
fn a_split_view_is_refused_and_kept_as_evidence() {
    let disk = SimDisk::default();
    let witness = witness(&disk);
    assert_eq!(add(&witness, &tree(1, 9), 0, 9).status, 200);
    let fork = tree(2, 20);
    assert_eq!(add(&witness, &fork, 9, 9).status, 422);
    assert_eq!(add(&witness, &fork, 9, 20).status, 422);
    assert_eq!(add(&witness, &fork, 9, 20).status, 422, "the same again is kept once");
    let verdicts: Vec<Verdict> = (0..3)
        .filter_map(|n| disk.read(&format!("evidence-{n:02}"), u64::MAX).expect("readable"))
        .map(|bytes| String::from_utf8(bytes).expect("text"))
        .map(|text| Evidence::open(&text, &log_key()).expect("evidence").verdict())
        .collect();
    assert_eq!(verdicts, [Verdict::TwoRoots, Verdict::Fork]);
    // The honest log goes on.
    assert_eq!(add(&witness, &tree(1, 20), 9, 20).status, 200);
}

#[test]
fn evidence_does_not_fill_the_disk() {
    let disk = SimDisk::default();
    let witness = witness(&disk);
    assert_eq!(add(&witness, &tree(1, 9), 0, 9).status, 200);
    for history in 2..100 {
        assert_eq!(add(&witness, &tree(history, 20), 9, 20).status, 422);
    }
    assert_eq!(disk.0.borrow().files.len(), 1 + 64);
}

#[test]
fn whatever_was_cosigned_is_remembered_after_a_power_cut() {
    let log = tree(1, 20);
    let sizes = [3, 7, 20];
    let total = {
        let disk = SimDisk::default();
        let witness = witness(&disk);
        let mut old = 0;
        for size in sizes {
            assert_eq!(add(&witness, &log, old, size).status, 200);
            old = size;
        }
        disk.0.borrow().done
    };
    assert_eq!(total, 4 * sizes.len(), "write, sync, rename, sync of the names");
    for left in 0..total {
        let disk = SimDisk::default();
        disk.0.borrow_mut().left = Some(left);
        let witness = witness(&disk);
        let mut cosigned = 0;
        for size in sizes {
            let answer = add(&witness, &log, cosigned, size);
            if answer.status != 200 {
                assert_eq!(answer.status, 500);
                assert!(witness.is_poisoned());
                // Nothing is cosigned after a write of which nobody knows the outcome.
                assert_eq!(add(&witness, &log, cosigned, size).status, 500);
                break;
            }
            cosigned = size;
        }
        for cut in [Cut::Nothing, Cut::Names, Cut::Content, Cut::Everything] {
            let again = super::tests::witness(&disk.cut(cut));
            let told = add(&again, &tree(2, 30), 30, 30);
            let remembered: u64 = told.body.trim_end().parse().expect("a size");
            assert_eq!(told.status, 409);
            assert!(cosigned <= remembered, "{left} {cut:?}: {remembered} of {cosigned}");
            // Another history of what was cosigned is not.
            if cosigned != 0 {
                assert_eq!(add(&again, &tree(2, 30), remembered, 30).status, 422);
            }
        }
    }
}

#[test]
fn a_damaged_memory_is_not_forgotten() {
    let disk = SimDisk::default();
    assert_eq!(add(&witness(&disk), &tree(1, 9), 0, 9).status, 200);
    let file = format!("{}.log", name(ORIGIN));
    let note = disk.read(&file, u64::MAX).expect("readable").expect("there");
    for damaged in [Vec::new(), note[1..].to_vec(), vec![0xff], note[..note.len() / 2].to_vec()] {
        disk.write(&file, &damaged).expect("simulated");
        let opened = Witness::new(identity(), vec![log_key()], Store::new(disk.clone()));
        assert!(matches!(opened, Err(WitnessError::Damaged { .. })));
    }
    let of_witness = vec![identity().key];
    let opened = Witness::new(identity(), of_witness, Store::new(disk));
    assert!(matches!(opened, Err(WitnessError::NotALogKey(_))));
}

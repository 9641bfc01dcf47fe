use super::*;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{Checkpoint, KeyType, Policy, Tree, Verdict, cosign, leaf_hash};

const ORIGIN: &str = "registry.example/jcm/test";

fn secret() -> SecretKey {
    SecretKey::from_seed(&[5; 32])
}

fn log_key() -> VerifierKey {
    VerifierKey::new(ORIGIN, KeyType::Ed25519, &secret().public_key()).expect("honest")
}

/// The tree of `size` leaves of one history or another.
fn tree(history: u8, size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|i| tree.push(leaf_hash(&[history, i as u8])));
    tree
}

fn note(tree: &Tree, secret: &SecretKey) -> String {
    let origin = ORIGIN.parse().expect("an origin");
    Checkpoint { origin, size: tree.len(), root: tree.root() }.sign(secret)
}

/// Judges and, where a proof is needed, brings the one that `tree` gives.
fn show(store: &mut TrustStore, tree: &Tree, size: u64) -> Result<bool, TrustError> {
    let mut head = Tree::new();
    (0..size).for_each(|i| head.push(tree.leaf(i).expect("within")));
    match store.judge(&note(&head, &secret()))? {
        Standing::Believed(_) => Ok(true),
        Standing::Unproved { checkpoint, old_size, new_size } => {
            let proof = tree.consistency_proof(old_size, new_size).unwrap_or_default();
            store.believe(&checkpoint, &proof)
        }
    }
}

#[test]
fn a_log_that_grows_is_believed_and_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    assert!(TrustStore::load(&file).expect("absent").is_none());
    let mut store = TrustStore::create(&file, log_key(), KeySource::FirstUse).expect("new");
    let log = tree(1, 20);
    for size in [3, 4, 11, 20, 7] {
        assert!(show(&mut store, &log, size).expect("honest"), "{size}");
    }
    // An older receipt is believed, and does not move the store back.
    assert_eq!(store.last().expect("seen").checkpoint().size, 20);
    let again = TrustStore::load(&file).expect("ours").expect("there");
    assert_eq!(again.last(), store.last());
    assert_eq!(again.key_source(), KeySource::FirstUse);
}

#[test]
fn two_roots_of_one_size_are_kept_as_evidence_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    let mut store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
    show(&mut store, &tree(1, 9), 9).expect("first");
    let error = show(&mut store, &tree(2, 9), 9).expect_err("a split view");
    let TrustError::SplitView(evidence) = &error else { panic!("{error}") };
    assert_eq!((evidence.files.len(), &evidence.unkept), (3, &None));
    for path in &evidence.files {
        assert!(error.to_string().contains(&path.display().to_string()));
    }
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("kept");
    for path in &evidence.files[..2] {
        assert!(TrustedCheckpoint::open(&read(path), &log_key()).is_ok());
    }
    // The third alone convinces whoever has the log's key.
    let alone = Contradiction::open(&read(&evidence.files[2]), &log_key()).expect("signed");
    assert_eq!(
        (alone.verdict(), read(&evidence.files[2])),
        (Verdict::TwoRoots, evidence.text.clone())
    );
    let refused = show(&mut store, &tree(1, 9), 9).expect_err("condemned");
    assert!(matches!(refused, TrustError::Condemned(_)));
    assert!(matches!(TrustStore::load(&file), Err(TrustError::Condemned(_))));
}

#[test]
fn a_proof_of_another_history_condemns_the_log() {
    for (size_before, size_after) in [(9, 12), (12, 9), (3, 20)] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("trust");
        let mut store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
        show(&mut store, &tree(1, size_before), size_before).expect("first");
        // What a log that grew another way shows and proves, when asked.
        let error = prove(&mut store, &tree(2, 20), size_after);
        if size_before < size_after {
            let TrustError::SplitView(evidence) = &error else { panic!("{error}") };
            let alone = std::fs::read_to_string(&evidence.files[2]).expect("kept");
            let alone = Contradiction::open(&alone, &log_key()).expect("signed");
            assert_eq!(alone.verdict(), Verdict::Fork);
            assert!(matches!(TrustStore::load(&file), Err(TrustError::Condemned(_))));
        } else {
            // The older tree is then the other one, and its own proof leads nowhere.
            assert!(matches!(error, TrustError::Unproven { .. }), "{error}");
        }
    }
}

/// Shows a checkpoint with the proof that its own log would give.
fn prove(store: &mut TrustStore, tree: &Tree, size: u64) -> TrustError {
    show(store, tree, size).expect_err("another history")
}

#[test]
fn a_log_that_forgot_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    // For a power of two the proof does not contain the older root; a wrong one proves
    // nothing either.
    for (size_before, size_after, proof) in
        [(8, 16, None), (9, 12, Some(Vec::new())), (12, 9, Some(vec![Digest::ZERO]))]
    {
        let _ = std::fs::remove_file(&file);
        let mut store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
        show(&mut store, &tree(1, size_before), size_before).expect("first");
        let error = match proof {
            None => prove(&mut store, &tree(2, 20), size_after),
            Some(proof) => {
                let offered = store.judge(&note(&tree(2, size_after), &secret())).expect("signed");
                let Standing::Unproved { checkpoint, .. } = offered else { panic!("unproved") };
                store.believe(&checkpoint, &proof).expect_err("no proof")
            }
        };
        let TrustError::Unproven { evidence, why: Unproven::Wrong(_) } = &error else {
            panic!("{error}")
        };
        assert!(!error.to_string().contains("a proved contradiction"), "{error}");
        assert_eq!(evidence.files.len(), 3);
        assert!(evidence.files.iter().all(|file| file.exists()));
        // Not condemned: a proof may still come.
        assert!(show(&mut store, &tree(1, 20), 20).expect("proved"));
        let again = TrustStore::load(&file).expect("not condemned").expect("there");
        assert_eq!(again.last().expect("seen").checkpoint().size, 20);
    }
}

#[test]
fn evidence_that_cannot_be_kept_is_told_in_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    let mut store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
    show(&mut store, &tree(1, 9), 9).expect("first");
    // In the place of the folder stands a file.
    std::fs::write(folder.path().join(EVIDENCE), "").expect("writable");
    let error = show(&mut store, &tree(2, 9), 9).expect_err("a split view");
    let TrustError::SplitView(evidence) = &error else { panic!("{error}") };
    assert!(evidence.files.is_empty() && evidence.unkept.is_some());
    let told = error.to_string();
    assert!(told.contains("COULD NOT BE KEPT"), "{told}");
    let (_, text) = told.split_once("all of it\n").expect("the evidence itself");
    let alone = Contradiction::open(text, &log_key()).expect("signed");
    assert_eq!(alone.verdict(), Verdict::TwoRoots);
    // A store without a file has nowhere to keep it, and says nothing of files.
    let mut store = TrustStore::in_memory(log_key());
    show(&mut store, &tree(1, 9), 9).expect("first");
    let error = show(&mut store, &tree(2, 9), 9).expect_err("a split view");
    let TrustError::SplitView(evidence) = &error else { panic!("{error}") };
    assert_eq!((evidence.files.len(), &evidence.unkept), (0, &None));
}

#[test]
fn another_key_or_a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    let mut store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
    let other = SecretKey::from_seed(&[6; 32]);
    let forged = note(&tree(1, 3), &other);
    assert!(matches!(store.judge(&forged), Err(TrustError::Checkpoint(_))));
    let other = VerifierKey::new(ORIGIN, KeyType::Ed25519, &other.public_key()).expect("honest");
    assert!(matches!(store.expect_key(&other), Err(TrustError::KeyDiffers { .. })));
    show(&mut store, &tree(1, 3), 3).expect("honest");
    let text = std::fs::read_to_string(&file).expect("ours").replace("\n3\n", "\n4\n");
    std::fs::write(&file, text).expect("ours");
    assert!(matches!(TrustStore::load(&file), Err(TrustError::Damaged(_))));
}

#[test]
fn two_programs_with_one_store_do_not_move_it_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    let mut first = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
    let mut second = TrustStore::load(&file).expect("ours").expect("there");
    let log = tree(1, 20);
    assert!(show(&mut first, &log, 15).expect("honest"));
    // The store has moved: judged again, it is the older of the two.
    assert!(!show(&mut second, &log, 10).expect("honest"));
    assert!(show(&mut second, &log, 10).expect("honest"));
    let kept = TrustStore::load(&file).expect("ours").expect("there");
    assert_eq!(kept.last().expect("seen").checkpoint().size, 15);
}

#[test]
fn a_note_is_verified_once() {
    let mut store = TrustStore::in_memory(log_key());
    let log = tree(1, 5);
    assert!(show(&mut store, &log, 5).expect("honest"));
    let standing = store.judge(&note(&log, &secret())).expect("honest");
    assert!(matches!(standing, Standing::Believed(_)));
}

#[test]
fn a_store_is_not_begun_twice_nor_beside_evidence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    let create = || TrustStore::create(&file, log_key(), KeySource::Pinned);
    create().expect("new");
    assert!(matches!(create(), Err(TrustError::Io { .. })));
    std::fs::remove_file(&file).expect("ours");
    let evidence = folder.path().join(EVIDENCE);
    // Evidence that cannot be read is not the absence of evidence.
    std::fs::write(&evidence, "").expect("writable");
    assert!(matches!(TrustStore::load(&file), Err(TrustError::Io { .. })));
    assert!(matches!(create(), Err(TrustError::Io { .. })));
    std::fs::remove_file(&evidence).expect("ours");
    std::fs::create_dir(&evidence).expect("writable");
    std::fs::write(evidence.join("9-a.checkpoint"), "").expect("writable");
    assert!(matches!(TrustStore::load(&file), Err(TrustError::Condemned(_))));
    assert!(matches!(create(), Err(TrustError::Condemned(_))));
}

/// A witness of the tests, by a number.
fn witness(seed: u8) -> (SecretKey, VerifierKey) {
    let secret = SecretKey::from_seed(&[seed; 32]);
    let name = format!("witness.example/{seed}");
    let key = VerifierKey::new(&name, KeyType::Cosignature, &secret.public_key());
    (secret, key.expect("honest"))
}

/// Two of three.
fn policy(more: &str) -> Policy {
    let line = |seed| format!("witness w{seed} {}\n", witness(seed).1);
    let lines: String = (11..14).map(line).collect();
    format!("{more}{lines}group g 2 w11 w12 w13\nquorum g\n").parse().expect("a policy")
}

/// The note of the first `size` leaves, cosigned by some.
fn cosigned(tree: &Tree, size: u64, by: &[u8]) -> String {
    let origin = ORIGIN.parse().expect("an origin");
    let root = tree.root_at(size).expect("within");
    let note = Checkpoint { origin, size, root }.sign(&secret());
    let bare = TrustedCheckpoint::open(&note, &log_key()).expect("signed");
    let line = |seed: &u8| {
        let (secret, key) = witness(*seed);
        cosign(&bare, key.name(), &secret, 1_760_000_000).expect("cosigned")
    };
    let lines: Vec<String> = by.iter().map(line).collect();
    bare.with_lines(&lines, &log_key()).expect("a note").note_text().to_owned()
}

fn show_note(store: &mut TrustStore, tree: &Tree, note: &str) -> Result<bool, TrustError> {
    match store.judge(note)? {
        Standing::Believed(_) => Ok(true),
        Standing::Unproved { checkpoint, old_size, new_size } => {
            let proof = tree.consistency_proof(old_size, new_size).unwrap_or_default();
            store.believe(&checkpoint, &proof)
        }
    }
}

#[test]
fn too_few_witnesses_are_not_enough_and_what_they_saw_covers_what_was_before() {
    let log = tree(1, 20);
    let mut store = TrustStore::in_memory(log_key()).demanding(policy("")).expect("of any log");
    for by in [&[][..], &[11], &[13]] {
        let refused = show_note(&mut store, &log, &cosigned(&log, 9, by)).expect_err("too few");
        let TrustError::NotWitnessed { size: 9, lacking } = refused else { panic!("{refused}") };
        assert_eq!(lacking.matches('w').count(), 3 - by.len(), "{lacking}");
        assert!(store.last().is_none(), "nothing is remembered of it");
    }
    assert!(show_note(&mut store, &log, &cosigned(&log, 9, &[11, 13])).expect("a quorum"));
    // What a witnessed checkpoint contains needs no cosignature; what goes on from it does.
    assert!(show_note(&mut store, &log, &cosigned(&log, 5, &[])).expect("contained"));
    assert!(show_note(&mut store, &log, &cosigned(&log, 9, &[])).expect("the same"));
    let refused = show_note(&mut store, &log, &cosigned(&log, 12, &[12])).expect_err("one");
    assert!(matches!(refused, TrustError::NotWitnessed { size: 12, .. }), "{refused}");
    assert_eq!(store.last().expect("seen").checkpoint().size, 9);
    assert!(show_note(&mut store, &log, &cosigned(&log, 12, &[12, 13, 11])).expect("all"));
}

#[test]
fn what_was_believed_without_witnesses_waits_for_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trust");
    let log = tree(1, 20);
    let mut store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
    let bare = cosigned(&log, 9, &[]);
    assert!(show_note(&mut store, &log, &bare).expect("nobody is demanded"));
    let load = || TrustStore::load(&file).expect("ours").expect("there").demanding(policy(""));
    let mut again = load().expect("of any log");
    let refused = show_note(&mut again, &log, &bare).expect_err("believed before, and now?");
    assert!(matches!(refused, TrustError::NotWitnessed { .. }), "{refused}");
    // The same size with cosignatures takes its place, and stays.
    assert!(show_note(&mut again, &log, &cosigned(&log, 9, &[12, 13])).expect("a quorum"));
    assert!(show_note(&mut load().expect("of any log"), &log, &bare).expect("the same tree"));
}

#[test]
fn a_contradiction_is_kept_whoever_has_cosigned_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, fork) = (tree(1, 20), tree(2, 20));
    for (size, by) in [(9, &[][..]), (9, &[11, 12, 13]), (15, &[])] {
        let file = folder.path().join(format!("{size}-{}", by.len())).join("trust");
        let store = TrustStore::create(&file, log_key(), KeySource::Pinned).expect("new");
        let mut store = store.demanding(policy("")).expect("of any log");
        assert!(show_note(&mut store, &log, &cosigned(&log, 9, &[11, 12])).expect("a quorum"));
        let refused = show_note(&mut store, &fork, &cosigned(&fork, size, by)).expect_err("a fork");
        let TrustError::SplitView(evidence) = &refused else { panic!("{refused}") };
        assert_eq!(evidence.files.len(), 3, "both, and the two in one");
    }
}

#[test]
fn a_cosignature_that_was_not_made_is_worse_than_none() {
    let log = tree(1, 20);
    let mut store = TrustStore::in_memory(log_key()).demanding(policy("")).expect("of any log");
    assert!(show_note(&mut store, &log, &cosigned(&log, 12, &[11, 12])).expect("a quorum"));
    // The line of another checkpoint.
    let (good, other) = (cosigned(&log, 9, &[11, 12]), cosigned(&log, 10, &[11, 12]));
    let swapped = good.lines().take(5).chain(other.lines().skip(5));
    let swapped: String = swapped.map(|line| format!("{line}\n")).collect();
    let refused = show_note(&mut store, &log, &swapped).expect_err("not the witness's");
    assert!(matches!(refused, TrustError::Cosignature { size: 9, .. }), "{refused}");
    assert!(!refused.advice().is_empty());
}

#[test]
fn a_policy_of_another_log_or_of_nobody_is_refused() {
    let own = format!("log {}\n", log_key());
    assert!(TrustStore::in_memory(log_key()).demanding(policy(&own)).is_ok());
    let stranger = SecretKey::from_seed(&[6; 32]).public_key();
    let stranger = VerifierKey::new(ORIGIN, KeyType::Ed25519, &stranger).expect("honest");
    let other = format!("log {stranger}\n");
    let refused = TrustStore::in_memory(log_key()).demanding(policy(&other)).expect_err("another");
    assert!(matches!(refused, TrustError::PolicyOfAnother { .. }), "{refused}");
    let nobody = "quorum none\n".parse().expect("a policy");
    let refused = TrustStore::in_memory(log_key()).demanding(nobody).expect_err("of nobody");
    assert!(matches!(refused, TrustError::PolicyOfNobody), "{refused}");
}

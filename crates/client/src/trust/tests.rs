use super::*;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{Checkpoint, KeyType, Tree, Verdict, leaf_hash};

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

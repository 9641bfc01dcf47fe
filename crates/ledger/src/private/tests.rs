use super::*;
use std::os::unix::fs::PermissionsExt as _;

const SALT: [u8; SALT_LEN] = [7; SALT_LEN];

fn store() -> (tempfile::TempDir, PrivateStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = PrivateStore::open(folder.path()).expect("room");
    (folder, store)
}

#[test]
fn what_is_put_is_there_until_it_is_erased() {
    let (folder, store) = store();
    let (digest, other) = (commit(&SALT, b"name"), commit(&SALT, b""));
    assert_eq!(store.get(digest).expect("readable"), None);
    store.put(digest, &SALT, b"name").expect("room");
    store.put(digest, &SALT, b"name").expect("again");
    store.put(other, &SALT, b"").expect("nothing is data too");
    assert_eq!(store.list().expect("readable"), BTreeSet::from([digest, other]));
    let path = folder.path().join("private").join(digest.to_string());
    let mode = std::fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(store);

    let store = PrivateStore::open(folder.path()).expect("there");
    let found = store.get(digest).expect("intact").expect("there");
    assert_eq!((found.salt, found.data.as_slice()), (SALT, b"name".as_slice()));
    assert_eq!(format!("{found:?}"), "PrivateData(4 bytes)");
    assert!(store.erase(digest).expect("there"));
    assert!(!store.erase(digest).expect("not there"));
    assert_eq!(store.get(digest).expect("readable"), None);
    assert_eq!(store.list().expect("readable"), BTreeSet::from([other]));
}

#[test]
fn only_what_was_committed_to_is_stored() {
    let (_folder, store) = store();
    let digest = commit(&SALT, b"name");
    let other_data = store.put(digest, &SALT, b"game");
    assert!(matches!(other_data, Err(PutError::OtherCommitment(named)) if named == digest));
    let other_salt = store.put(digest, &[8; SALT_LEN], b"name");
    assert!(matches!(other_salt, Err(PutError::OtherCommitment(_))));
    let long = vec![0; PRIVATE_BYTES_MAX + 1];
    assert!(matches!(store.put(commit(&SALT, &long), &SALT, &long), Err(PutError::TooLong)));
    let longest = &long[1..];
    let digest = commit(&SALT, longest);
    store.put(digest, &SALT, longest).expect("the limit is allowed");
    assert_eq!(store.get(digest).expect("intact").expect("there").data, longest);
}

#[test]
fn damage_is_named_and_mended_by_storing_again() {
    let (folder, store) = store();
    let digest = commit(&SALT, b"name");
    store.put(digest, &SALT, b"name").expect("room");
    let path = folder.path().join("private").join(digest.to_string());
    let whole = std::fs::read(&path).expect("there");
    for position in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 1;
        for content in [damaged.as_slice(), &whole[..position]] {
            std::fs::write(&path, content).expect("room");
            let answer = store.get(digest);
            assert!(matches!(answer, Err(GetError::Damaged(named)) if named == digest));
        }
    }
    std::fs::write(&path, vec![0; SALT_LEN + PRIVATE_BYTES_MAX + 9]).expect("room");
    assert!(matches!(store.get(digest), Err(GetError::Damaged(_))));
    store.put(digest, &SALT, b"name").expect("room");
    assert!(store.get(digest).expect("intact").is_some());
}

#[test]
fn what_an_interrupted_write_left_is_removed() {
    let (folder, _store) = store();
    let digest = commit(&SALT, b"name");
    let unfinished = folder.path().join("private").join(format!("{digest}.new"));
    std::fs::write(&unfinished, b"half a na").expect("room");
    let foreign = folder.path().join("private/notes.new");
    std::fs::write(&foreign, b"").expect("room");
    let store = PrivateStore::open(folder.path()).expect("there");
    assert!(!unfinished.exists());
    assert!(foreign.exists());
    assert_eq!(store.list().expect("readable"), BTreeSet::new());
}

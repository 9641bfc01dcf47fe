//! A registry made anew from an export of its log, with the program as an operator
//! runs it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::Digest;
use jcm_format::tlog::{Checkpoint, Tree};
use jcm_tests::world::World;
use std::fs;
use std::path::{Path, PathBuf};
use support::*;

fn import(folder: &Folder, from: &Path) -> Ended {
    let config = folder.config_file();
    let output =
        program().arg("import").arg("--config").arg(config).arg("--from").arg(from).output();
    Ended::from(output.expect("it starts"))
}

fn export(folder: &Folder, frames: &[Frame]) -> PathBuf {
    let mut bytes = MAGIC.to_vec();
    frames.iter().for_each(|frame| bytes.extend(frame.encode().expect("small")));
    let path = folder.path().join("registry.jcmlog");
    fs::write(&path, bytes).expect("writable");
    path
}

/// Nothing of a registry is left behind.
fn is_untouched(folder: &Folder) -> bool {
    !folder.path().join("log").exists() && !folder.path().join("log.unfinished").exists()
}

/// Frames with these entries, chained and signed anew as an operator who cheats can.
fn signed_anew(entries: Vec<Entry>) -> Vec<Frame> {
    let (mut tree, mut prev) = (Tree::new(), Digest::ZERO);
    let frame = |entry: Entry| {
        let first = entry.index.get();
        let sealed = SealedEntry::seal(Entry { prev, ..entry }).expect("an entry");
        prev = sealed.leaf();
        tree.push(sealed.leaf());
        let head = Checkpoint { origin: origin(), size: tree.len(), root: tree.root() };
        let checkpoint = head.sign(&secret("log"));
        Frame { first, entries: vec![sealed.bytes().to_vec()], checkpoint }
    };
    entries.into_iter().map(frame).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_log_is_the_same_registry_and_goes_on() {
    let mut world = World::stocked();
    // More than one segment holds.
    for _ in 0..150 {
        world.pay(1, None);
    }
    let folder = Folder { more: "segment_bytes = 65536\n".to_owned(), ..Folder::with_key() };
    let from = export(&folder, &world.log.frames());
    let ended = import(&folder, &from);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let expected = format!(
        "registry registry.test/jcm\nentries {}\nroot {}\nstate {}\n",
        world.state().entries(),
        world.view.tree_ahead().root(),
        world.state().digest()
    );
    assert_eq!(ended.stdout, expected);
    let segments = fs::read_dir(folder.path().join("log")).expect("a folder");
    let names = segments.filter_map(|item| item.expect("readable").file_name().into_string().ok());
    assert!(1 < names.filter(|name| name.ends_with(".seg")).count());

    let (node, mut client) = folder.start().await;
    accepted(&mut client, payment("after-import", 100, None), &["op-1"]).await;
    node.shutdown().await.expect("stopped");
    let report = jcm_verify::verify_path(folder.path(), &jcm_verify::Options::full());
    let report = report.expect("readable");
    assert!(report.ok, "{report:?}");
    assert_eq!(report.entries, world.state().entries() + 1);

    // It is a registry now, which no import replaces.
    let again = import(&folder, &from);
    assert_eq!(again.code, Some(73), "{again:?}");
    assert!(again.stderr.contains("exists; nothing was written"), "{again:?}");
}

#[test]
fn what_is_not_whole_or_not_signed_is_not_imported() {
    let world = World::stocked();
    let (frames, entries) = (world.log.frames(), world.entries());
    let refused = |frames: &[Frame], part: &str| {
        let folder = Folder::with_key();
        let ended = import(&folder, &export(&folder, frames));
        assert_eq!(ended.code, Some(65), "{part}: {ended:?}");
        assert!(ended.stderr.contains(part), "{part}: {ended:?}");
        assert!(is_untouched(&folder), "{part}");
    };
    // One entry left out, with and without new signatures.
    let mut gap = frames.clone();
    gap.remove(4);
    refused(&gap, "entry 5 follows entry 4");
    // Frames in another order.
    let mut swapped = frames.clone();
    swapped.swap(4, 5);
    refused(&swapped, "entry 5 follows entry 4");
    // A checkpoint of another size.
    let mut other = frames.clone();
    other[4].checkpoint = frames[3].checkpoint.clone();
    refused(&other, "another log's");
    // A byte of an entry.
    let mut changed = frames.clone();
    *changed[6].entries[0].last_mut().expect("bytes") ^= 1;
    refused(&changed, "the checkpoint of size 7 is another log's");
    // A command that nobody signed, in a log that is signed anew.
    let mut unsigned = entries.clone();
    let signature = unsigned[7].command.signatures[0].signature;
    unsigned[8].command.signatures[0].signature = signature;
    refused(&signed_anew(unsigned), "entry 8: ");
    // A time before the entry before.
    let mut early = entries;
    early[9].time = jcm_format::time::Timestamp::from_ms(1).expect("in range");
    refused(&signed_anew(early), "entry 9: it is earlier");
    refused(&[], "it holds no entries");
}

#[test]
fn a_file_that_is_torn_or_something_else_is_not_imported() {
    let world = World::bare();
    let folder = Folder::with_key();
    let from = export(&folder, &world.log.frames());
    let whole = fs::read(&from).expect("written");
    for (bytes, part) in [
        (&whole[..whole.len() - 3], "the file ends inside a frame"),
        (b"something else".as_slice(), "does not begin as an export"),
    ] {
        fs::write(&from, bytes).expect("writable");
        let ended = import(&folder, &from);
        assert_eq!(ended.code, Some(65), "{ended:?}");
        assert!(ended.stderr.contains(part), "{part}: {ended:?}");
        assert!(is_untouched(&folder));
    }
    let missing = import(&folder, &folder.path().join("nowhere"));
    assert_eq!(missing.code, Some(66), "{missing:?}");
}

#[test]
fn a_folder_that_is_not_new_or_has_another_key_is_refused() {
    let world = World::bare();
    let folder = Folder::with_key();
    let from = export(&folder, &world.log.frames());
    fs::create_dir(folder.path().join("private")).expect("a folder");
    fs::write(folder.path().join("private/something"), b"personal").expect("writable");
    let ended = import(&folder, &from);
    assert_eq!(ended.code, Some(73), "{ended:?}");
    assert!(ended.stderr.contains("private exists"), "{ended:?}");
    fs::remove_dir_all(folder.path().join("private")).expect("removed");

    let key = folder.path().join("keys/log.key");
    let seed = jcm_format::hash::to_hex(&secret("somebody else").seed());
    fs::write(&key, format!("{seed}\n")).expect("writable");
    let ended = import(&folder, &from);
    assert_eq!(ended.code, Some(65), "{ended:?}");
    assert!(ended.stderr.contains("another registry's"), "{ended:?}");
    fs::remove_file(&key).expect("removed");
    let ended = import(&folder, &from);
    assert_eq!(ended.code, Some(66), "{ended:?}");
    assert!(is_untouched(&folder));
}

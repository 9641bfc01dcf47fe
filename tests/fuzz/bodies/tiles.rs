//! Tiles and bundles, as a web server may give them. The first byte is the width.

use jcm_format::hash::Digest;
use jcm_format::tlog::{check_tiles, decode_bundle, encode_bundle, read_hashes};

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Some((width, rest)) = bytes.split_first() else { return false };
    let width = u16::from(*width) + 1;
    let mut read = false;
    if let Some(hashes) = read_hashes(rest, width) {
        assert_eq!(hashes.len(), usize::from(width));
        let again: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        assert_eq!(again, rest, "accepted in a second form");
        read = true;
    }
    if let Some(entries) = decode_bundle(rest, width) {
        assert_eq!(entries.len(), usize::from(width));
        assert_eq!(encode_bundle(entries).as_deref(), Some(rest), "accepted in a second form");
        read = true;
    }
    // No bytes are those of a root that was drawn by lot.
    let root = Digest::of(&[b"root"]);
    for with_entries in [false, true] {
        let checked = check_tiles(u64::from(width), &root, with_entries, |_| Some(rest.to_vec()));
        assert!(checked.is_err(), "forged");
    }
    read
}

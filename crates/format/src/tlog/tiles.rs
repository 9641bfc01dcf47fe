//! Tiles: the tree and its entries as files that never change
//! (`docs/spec/tlog.md` §7; C2SP tlog-tiles).
//!
//! Names and bytes only. Who keeps the files, and who may read them, is for others.

use super::merkle::{Frontier, Nodes, leaf_hash, node_hash};
use super::text::from_decimal;
use crate::hash::Digest;
use crate::limits::ENTRY_BYTES_MAX;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Bytes of a full tile of hashes.
pub const TILE_BYTES: usize = TILE_WIDTH as usize * Digest::LEN;

/// Longest bundle: 256 entries of the greatest length, each behind two bytes.
pub const BUNDLE_BYTES_MAX: usize = TILE_WIDTH as usize * (2 + ENTRY_BYTES_MAX);

/// Highest level in a path. A tree of 2^64 leaves ends at level 8.
pub const TILE_LEVEL_MAX: u8 = 63;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes over 256^`level` leaves each: at level 0 the leaf hashes.
    Hashes {
        /// From 0 to [`TILE_LEVEL_MAX`].
        level: u8,
    },
    /// The entries themselves: a bundle.
    Entries,
}

/// The name of a tile. `Display` writes its path below the log's prefix and
/// `FromStr` reads only what `Display` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    kind: TileKind,
    index: u64,
    // 1 to 256; below 256 it is partial.
    width: u16,
}

/// A path is not that of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile, as in tile/0/x001/067 or tile/entries/000.p/12")]
pub struct TilePathError;

/// Why tiles are not those of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A tile is not there.
    #[error("{0} is not there")]
    Missing(TileId),
    /// A tile has not as many bytes as its name says, or is not a bundle.
    #[error("{0} is not of the form that its name demands")]
    Form(TileId),
    /// A tile's hashes are not those of the tiles below it.
    #[error("{0} holds other hashes than the tiles below it give")]
    Hashes(TileId),
    /// An entry has not the hash that the tree has for it.
    #[error("entry {0} is not the one that the tree was made of")]
    Entry(u64),
    /// The tiles make another tree than the checkpoint signs.
    #[error("the tiles give another root than the checkpoint signs")]
    Root,
}

impl TileId {
    /// Names a tile; `None` beyond the bounds of level or width, or of what can be counted.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<TileId> {
        let level_is_good = match kind {
            TileKind::Hashes { level } => level <= TILE_LEVEL_MAX,
            TileKind::Entries => true,
        };
        let is_good = level_is_good && (1..=TILE_WIDTH).contains(&width);
        let tile = TileId { kind, index, width };
        (is_good && tile.positions().is_some()).then_some(tile)
    }

    /// What it holds.
    pub fn kind(self) -> TileKind {
        self.kind
    }

    /// Where it stands among the tiles of its kind.
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether it holds as many as a tile can.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The positions, among the hashes of its level or the entries, that it holds.
    pub fn positions(self) -> Option<Range<u64>> {
        let first = self.index.checked_mul(TILE_WIDTH.into())?;
        Some(first..first.checked_add(self.width.into())?)
    }

    /// Whether a tree of `size` leaves reaches so far.
    pub fn is_within(self, size: u64) -> bool {
        let reached = self.kind.count(size);
        self.positions().is_some_and(|positions| positions.end <= reached)
    }

    /// Every tile of a tree of `size` leaves: hashes from level 0 up, then bundles.
    pub fn all(size: u64) -> impl Iterator<Item = TileId> {
        TileId::beyond(0, size)
    }

    /// The tiles of a tree of `size` leaves that the tree of its first `old` leaves
    /// has not.
    pub fn beyond(old: u64, size: u64) -> impl Iterator<Item = TileId> {
        let levels = (0..8).map(|level| TileKind::Hashes { level });
        levels.chain([TileKind::Entries]).flat_map(move |kind| {
            let (before, count) = (kind.count(old), kind.count(size));
            let width = u64::from(TILE_WIDTH);
            let first = if before < count { before / width } else { count.div_ceil(width) };
            (first..count.div_ceil(width)).filter_map(move |index| {
                let rest = count.saturating_sub(index.saturating_mul(width)).min(width);
                TileId::new(kind, index, u16::try_from(rest).ok()?)
            })
        })
    }
}

impl TileKind {
    /// How many hashes or entries of this kind a tree of `size` leaves has.
    fn count(self, size: u64) -> u64 {
        match self {
            TileKind::Hashes { level } => size.checked_shr(u32::from(level) * 8).unwrap_or(0),
            TileKind::Entries => size,
        }
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        // Groups of three digits, so that no folder has more than 2,000 names.
        let mut groups = vec![self.index % 1_000];
        let mut rest = self.index / 1_000;
        while rest != 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        let (last, before) = groups.split_first().unwrap_or((&0, &[]));
        for group in before.iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{last:03}")?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TileId {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<TileId, TilePathError> {
        let tile = read_path(path).ok_or(TilePathError)?;
        if tile.to_string() == path { Ok(tile) } else { Err(TilePathError) }
    }
}

fn read_path(path: &str) -> Option<TileId> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes { level: u8::try_from(from_decimal(level)?).ok()? },
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, u16::try_from(from_decimal(width)?).ok()?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for group in groups.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let number: u64 = digits.parse().ok()?;
        index = index.checked_mul(1_000)?.checked_add(number)?;
    }
    TileId::new(kind, index, width)
}

/// Reads a tile of hashes; `None` when it has not exactly `width` of them.
pub fn read_hashes(bytes: &[u8], width: u16) -> Option<Vec<Digest>> {
    if bytes.len() != usize::from(width) * Digest::LEN {
        return None;
    }
    bytes.chunks_exact(Digest::LEN).map(Digest::from_slice).collect()
}

/// Writes a bundle: each entry behind its length in two bytes. `None` when one is
/// longer than [`ENTRY_BYTES_MAX`].
pub fn encode_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Some(bytes)
}

/// Reads a bundle; `None` when it has not exactly `width` entries or goes on after them.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    let mut rest = bytes;
    let mut entries = Vec::new();
    for _ in 0..width {
        let (entry, after) = split_entry(rest)?;
        entries.push(entry);
        rest = after;
    }
    rest.is_empty().then_some(entries)
}

/// The first entry of a bundle and the bytes after it; `None` when the bundle ends before it
/// does. For whoever tells where a bundle is damaged.
pub fn split_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// Makes tiles of hashes from leaf hashes as they come, with one unfinished tile
/// of each level in memory.
#[derive(Clone, Debug, Default)]
pub struct Tiler {
    levels: Vec<Unfinished>,
}

#[derive(Clone, Debug, Default)]
struct Unfinished {
    index: u64,
    hashes: Vec<Digest>,
}

impl Tiler {
    /// Before the first leaf.
    pub fn new() -> Tiler {
        Tiler::default()
    }

    /// Takes the next leaf hash; gives the tiles that it completed, lowest first.
    pub fn push(&mut self, leaf: Digest) -> Vec<(TileId, Vec<u8>)> {
        let mut completed = Vec::new();
        let mut hash = leaf;
        for level in 0..=TILE_LEVEL_MAX {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Unfinished::default());
            }
            let Some(unfinished) = self.levels.get_mut(usize::from(level)) else { break };
            unfinished.hashes.push(hash);
            if unfinished.hashes.len() < usize::from(TILE_WIDTH) {
                break;
            }
            let Some(root) = root_over(&unfinished.hashes) else { break };
            completed.extend(unfinished.tile(level));
            hash = root;
            unfinished.hashes.clear();
            unfinished.index += 1;
        }
        completed
    }

    /// The partial tiles of the leaves so far.
    pub fn partials(&self) -> Vec<(TileId, Vec<u8>)> {
        let levels = (0..).zip(&self.levels);
        levels.filter_map(|(level, unfinished)| unfinished.tile(level)).collect()
    }
}

impl Unfinished {
    fn tile(&self, level: u8) -> Option<(TileId, Vec<u8>)> {
        let width = u16::try_from(self.hashes.len()).ok()?;
        let tile = TileId::new(TileKind::Hashes { level }, self.index, width)?;
        Some((tile, self.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()))
    }
}

/// The root over a power of two of hashes.
fn root_over(hashes: &[Digest]) -> Option<Digest> {
    let mut hashes = hashes.to_vec();
    while let [_, _, ..] = hashes.as_slice() {
        let pairs = hashes.chunks(2);
        hashes = pairs
            .map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                _ => None,
            })
            .collect::<Option<_>>()?;
    }
    hashes.first().copied()
}

/// The tree behind tiles: roots and proofs for any size up to `size`, from the
/// tiles that `read` gives.
///
/// NB: nothing here says that the tiles are right. A root that comes out is compared
/// with a checkpoint, and a proof is verified.
pub struct TileNodes<R> {
    size: u64,
    read: R,
}

impl<R: Fn(TileId) -> Option<Vec<u8>>> TileNodes<R> {
    /// Reads tiles of a tree of `size` leaves with `read`.
    pub fn new(size: u64, read: R) -> TileNodes<R> {
        TileNodes { size, read }
    }
}

impl<R: Fn(TileId) -> Option<Vec<u8>>> Nodes for TileNodes<R> {
    fn node(&self, level: u32, index: u64) -> Option<Digest> {
        let (tile_level, height) = (u8::try_from(level / 8).ok()?, level % 8);
        let kind = TileKind::Hashes { level: tile_level };
        let first = index.checked_mul(1 << height)?;
        let wide = u64::from(TILE_WIDTH);
        let width = kind.count(self.size).checked_sub(first / wide * wide)?.min(wide);
        let tile = TileId::new(kind, first / wide, u16::try_from(width).ok()?)?;
        let hashes = read_hashes(&(self.read)(tile)?, tile.width)?;
        let from = usize::try_from(first % wide).ok()?;
        root_over(hashes.get(from..from.checked_add(1 << height)?)?)
    }
}

/// Checks that the tiles are those of the tree of `size` leaves with root `root`:
/// every hash of every level, and with `with_entries` every entry.
///
/// # Errors
///
/// The first tile or entry that is not.
pub fn check_tiles(
    size: u64,
    root: &Digest,
    with_entries: bool,
    mut read: impl FnMut(TileId) -> Option<Vec<u8>>,
) -> Result<(), TileError> {
    let mut read = |tile| read(tile).ok_or(TileError::Missing(tile));
    let (mut tiler, mut frontier) = (Tiler::new(), Frontier::new());
    let lowest = TileId::all(size).filter(|tile| tile.kind == TileKind::Hashes { level: 0 });
    for tile in lowest {
        let hashes = read_hashes(&read(tile)?, tile.width).ok_or(TileError::Form(tile))?;
        if with_entries {
            let bundle = TileId { kind: TileKind::Entries, ..tile };
            let bytes = read(bundle)?;
            check_bundle(bundle, &bytes, &hashes)?;
        }
        for hash in hashes {
            frontier.push(hash);
            for made in tiler.push(hash) {
                compare(made, &mut read)?;
            }
        }
    }
    for made in tiler.partials() {
        compare(made, &mut read)?;
    }
    if frontier.root() == *root { Ok(()) } else { Err(TileError::Root) }
}

/// Checks that each entry of a bundle has the hash that stands in the tile beside it.
fn check_bundle(bundle: TileId, bytes: &[u8], hashes: &[Digest]) -> Result<(), TileError> {
    let entries = decode_bundle(bytes, bundle.width).ok_or(TileError::Form(bundle))?;
    let positions = bundle.positions().unwrap_or_default();
    for ((position, entry), hash) in positions.zip(entries).zip(hashes) {
        if leaf_hash(entry) != *hash {
            return Err(TileError::Entry(position));
        }
    }
    Ok(())
}

/// Compares a tile that was made from those below it with the one that is there.
fn compare(
    (tile, bytes): (TileId, Vec<u8>),
    read: &mut impl FnMut(TileId) -> Result<Vec<u8>, TileError>,
) -> Result<(), TileError> {
    // Level 0 is where the hashes came from.
    if tile.kind == (TileKind::Hashes { level: 0 }) || read(tile)? == bytes {
        return Ok(());
    }
    Err(TileError::Hashes(tile))
}

#[cfg(test)]
mod tests {
    use super::super::{Tree, golden, verify_consistency, verify_inclusion};
    use super::*;
    use std::collections::BTreeMap;

    const fn hashes(level: u8) -> TileKind {
        TileKind::Hashes { level }
    }

    fn tile(path: &str) -> TileId {
        path.parse().expect(path)
    }

    /// Everything that a log of `size` golden entries publishes.
    fn published(size: u64) -> BTreeMap<TileId, Vec<u8>> {
        let tree = golden::tree(size);
        let bytes = |tile: TileId| match tile.kind() {
            TileKind::Hashes { .. } => tree.tile(tile).expect("within"),
            TileKind::Entries => {
                let entries: Vec<_> = tile.positions().expect("few").map(golden::entry).collect();
                encode_bundle(entries.iter().map(Vec::as_slice)).expect("short")
            }
        };
        TileId::all(size).map(|tile| (tile, bytes(tile))).collect()
    }

    fn check(size: u64, files: &BTreeMap<TileId, Vec<u8>>) -> Result<(), TileError> {
        let root = golden::tree(size).root();
        check_tiles(size, &root, true, |tile| files.get(&tile).cloned())
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        let cases = [
            (hashes(0), 0, 256, "tile/0/000"),
            (hashes(0), 999, 256, "tile/0/999"),
            (hashes(0), 1_000, 1, "tile/0/x001/000.p/1"),
            (hashes(2), 1_234_067, 256, "tile/2/x001/x234/067"),
            (hashes(63), 1, 255, "tile/63/001.p/255"),
            (TileKind::Entries, 1_234_067, 17, "tile/entries/x001/x234/067.p/17"),
            (
                TileKind::Entries,
                (u64::MAX >> 8) - 1,
                256,
                "tile/entries/x072/x057/x594/x037/x927/934",
            ),
        ];
        for (kind, index, width, path) in cases {
            let named = TileId::new(kind, index, width).expect(path);
            assert_eq!((named.to_string().as_str(), tile(path)), (path, named));
        }
        assert_eq!(TileId::new(hashes(64), 0, 1), None);
        assert_eq!(TileId::new(hashes(0), 0, 0), None);
        assert_eq!(TileId::new(hashes(0), 0, 257), None);
        assert_eq!(TileId::new(hashes(0), u64::MAX, 1), None);
    }

    #[test]
    fn every_other_spelling_of_a_path_is_refused() {
        for path in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "/tile/0/000",
            "tile/0/000/",
            "tile/00/000",
            "tile/+0/000",
            "tile/-1/000",
            "tile/64/000",
            "tile/256/000",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/x001/x000",
            "tile/0/X001/000",
            "tile/0/x1/000",
            "tile/0/+01",
            "tile/0/a00",
            "tile/0/000.p",
            "tile/0/000.p/",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/257",
            "tile/0/000.p/01",
            "tile/0/000.p/1/",
            "tile/0/000.p/1.p/1",
            "tile/0/000.P/1",
            "tile/8/0/000",
            "tile/data/000",
            "tile/entries/",
            "tile/entries/0",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/..",
            "tile/../checkpoint",
            "tile/0/%30%30%30",
            "tile/0/000\n",
            "tile/0/\u{663}00",
            "tile//000",
            "tile/0//000",
        ] {
            assert_eq!(path.parse::<TileId>(), Err(TilePathError), "{path:?}");
        }
    }

    #[test]
    fn a_tree_has_exactly_the_tiles_of_the_specification() {
        let paths = |size| TileId::all(size).map(|tile| tile.to_string()).collect::<Vec<_>>();
        assert_eq!(paths(0), [""; 0]);
        assert_eq!(paths(1), ["tile/0/000.p/1", "tile/entries/000.p/1"]);
        assert_eq!(paths(256), ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
        let all = paths(70_000);
        assert_eq!(all.len(), 274 + 2 + 1 + 274);
        for last in ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"] {
            assert_eq!(all.iter().filter(|path| *path == last).count(), 1, "{last}");
        }
        assert_eq!(all.last().map(String::as_str), Some("tile/entries/273.p/112"));
        for (old, new) in [(0, 600), (3, 600), (256, 600), (511, 512), (600, 600), (600, 70_000)] {
            let (before, after) = (paths(old), paths(new));
            let fresh: Vec<_> = TileId::beyond(old, new).map(|tile| tile.to_string()).collect();
            let missing: Vec<_> = after.into_iter().filter(|path| !before.contains(path)).collect();
            assert_eq!(fresh, missing, "{old} {new}");
        }
        assert!(tile("tile/1/001.p/17").is_within(70_000));
        assert!(!tile("tile/1/001.p/18").is_within(70_000));
        assert!(tile("tile/1/001.p/3").is_within(70_000));
        assert!(!tile("tile/63/000.p/1").is_within(u64::MAX));
        assert!(!tile("tile/0/000.p/1").is_within(0));
    }

    #[test]
    fn the_golden_sizes_are_rebuilt_from_their_tiles() {
        for size in golden::SIZES {
            let files = published(size);
            assert_eq!(check(size, &files), Ok(()), "{size}");
            let mut tiler = Tiler::new();
            let mut made: BTreeMap<TileId, Vec<u8>> = BTreeMap::new();
            let tree = golden::tree(size);
            for index in 0..size {
                made.extend(tiler.push(tree.leaf(index).expect("within")));
            }
            made.extend(tiler.partials());
            let of_hashes = files.iter().filter(|(tile, _)| tile.kind() != TileKind::Entries);
            assert!(made.iter().eq(of_hashes), "{size}");
            assert!(made.iter().all(|(tile, bytes)| bytes.len() == usize::from(tile.width()) * 32));
        }
        let full = golden::tree(70_000).tile(tile("tile/1/000")).expect("full");
        assert_eq!(full.len(), TILE_BYTES);
        let parent = read_hashes(&golden::tree(70_000).tile(tile("tile/2/000.p/1")).expect("p"), 1);
        let whole = read_hashes(&full, 256).expect("full");
        assert_eq!(parent.map(|hashes| hashes[0]), root_over(&whole));
    }

    #[test]
    fn proofs_made_from_tiles_are_those_of_the_tree() {
        let files = published(70_000);
        let nodes = TileNodes::new(70_000, |tile| files.get(&tile).cloned());
        let tree = golden::tree(70_000);
        assert_eq!(nodes.inclusion_of(69_999, 70_000), Some(golden::hashes("incl_69999_70000")));
        assert_eq!(nodes.consistency_of(600, 70_000), Some(golden::hashes("cons_600_70000")));
        for size in [1, 3, 255, 256, 257, 600, 65_536, 65_537, 69_999, 70_000] {
            let root = nodes.root_of(size).expect("within");
            assert_eq!(Some(root), tree.root_at(size));
            for index in [0, size / 2, size - 1] {
                let proof = nodes.inclusion_of(index, size).expect("within");
                let leaf = tree.leaf(index).expect("within");
                assert_eq!(verify_inclusion(index, size, &leaf, &proof, &root), Ok(()));
            }
            let proof = nodes.consistency_of(size, 70_000).expect("within");
            assert_eq!(verify_consistency(size, 70_000, &root, &tree.root(), &proof), Ok(()));
        }
        assert_eq!(nodes.root_of(70_001), None);
        let none = TileNodes::new(70_000, |_| None);
        assert_eq!(none.inclusion_of(0, 70_000), None);
    }

    #[test]
    fn every_changed_byte_of_a_tile_or_bundle_is_found() {
        // 258 leaves: full and partial tiles on two levels, and a bundle of each kind.
        let size = 258;
        let files = published(size);
        let root = golden::tree(size).root();
        let small = [
            "tile/0/001.p/2",
            "tile/1/000.p/1",
            "tile/entries/001.p/2",
            "tile/entries/000",
            "tile/0/000",
        ];
        let mut changes = 0;
        for path in small {
            let id = tile(path);
            let original = &files[&id];
            // Every byte; in the large ones every 7th, which meets every position in a hash.
            let step = if original.len() < 100 { 1 } else { 7 };
            for at in (0..original.len()).step_by(step) {
                let mut changed = original.clone();
                changed[at] ^= 1;
                let read = |asked: TileId| {
                    if asked == id { Some(changed.clone()) } else { files.get(&asked).cloned() }
                };
                assert!(check_tiles(size, &root, true, read).is_err(), "{path} {at}");
                changes += 1;
            }
            for changed in [&original[1..], &[original.as_slice(), &[0]].concat()] {
                let read = |asked: TileId| {
                    if asked == id { Some(changed.to_vec()) } else { files.get(&asked).cloned() }
                };
                assert!(check_tiles(size, &root, true, read).is_err(), "{path}");
            }
            let missing = check_tiles(size, &root, true, |asked| {
                files.get(&asked).filter(|_| asked != id).cloned()
            });
            assert_eq!(missing, Err(TileError::Missing(id)));
        }
        assert!(changes > 1_500, "{changes}");
        let other = golden::tree(257).root();
        let read = |tile| files.get(&tile).cloned();
        assert_eq!(check_tiles(size, &other, true, read), Err(TileError::Root));
    }

    #[test]
    fn a_bundle_is_read_only_as_it_is_written() {
        let entries: [&[u8]; 3] = [b"", b"one", &[7; ENTRY_BYTES_MAX]];
        let bytes = encode_bundle(entries).expect("not too long");
        assert_eq!(decode_bundle(&bytes, 3), Some(entries.to_vec()));
        assert_eq!(encode_bundle([[0; ENTRY_BYTES_MAX + 1].as_slice()]), None);
        assert_eq!(decode_bundle(&bytes, 2), None);
        assert_eq!(decode_bundle(&bytes, 4), None);
        assert_eq!(decode_bundle(&bytes[..bytes.len() - 1], 3), None);
        assert_eq!(decode_bundle(&[bytes.as_slice(), &[0]].concat(), 3), None);
        assert_eq!(decode_bundle(&[0], 1), None);
        assert_eq!(decode_bundle(&[], 0), Some(Vec::new()));
        let most = BUNDLE_BYTES_MAX;
        assert_eq!(most, 256 * (2 + 65_535));
        assert_eq!(Tree::new().tile(tile("tile/0/000.p/1")), None);
    }
}

//! A log as C2SP tiles (`docs/spec/tlog.md`): a checkpoint, bundles of entries,
//! and hash tiles, out of a folder or from a node.
//!
//! The tiles are checked against the entries, each of them: others who trust the
//! same publisher may read nothing but tiles.

use super::{OpenError, Piece, Progressed, Stop};
use crate::code::Code;
use crate::excerpt::Excerpt;
use crate::report::Place;
use jcm_format::hash::Digest;
use jcm_format::tlog::{NOTE_BYTES_MAX, SignedCheckpoint, Tree, leaf_hash};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Entries of a bundle, and hashes of a tile.
const WIDTH: u64 = 256;

/// Bytes of a hash.
const HASH_LEN: usize = 32;

/// A full tile.
const TILE_BYTES_MAX: usize = 256 * HASH_LEN;

/// 256 entries of 65,535 bytes, each with its length.
const BUNDLE_BYTES_MAX: usize = 256 * (65_535 + 2);

/// Gives the files of a log by their names in the C2SP layout.
pub(super) trait Fetch: fmt::Debug + Send {
    /// The bytes of a file, at most so many, or `None` if there is no such file.
    fn get(&mut self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, OpenError>;
}

/// The bundles of a log, in order.
#[derive(Debug)]
pub(super) struct Tiles {
    fetch: Box<dyn Fetch>,
    checkpoint: SignedCheckpoint,
    /// Number of the next bundle.
    bundle: u64,
    begin_at: u64,
    /// Whether bundles were left out.
    skipped: bool,
    /// The hashes of the tile under way, by level. Level 0 is a bundle's.
    levels: Vec<Vec<Digest>>,
    stopped: bool,
}

impl Tiles {
    /// Whether a folder is laid out as tiles.
    pub(super) fn is_folder(path: &Path) -> bool {
        path.join("checkpoint").is_file() && path.join("tile").is_dir()
    }

    /// The tiles of a folder.
    pub(super) fn folder(path: &Path) -> Result<Tiles, OpenError> {
        Tiles::new(Box::new(Folder(path.to_owned())))
    }

    /// The tiles that a node serves.
    #[cfg(feature = "http")]
    pub(super) fn node(node: super::http::Node) -> Result<Tiles, OpenError> {
        Tiles::new(Box::new(node))
    }

    fn new(mut fetch: Box<dyn Fetch>) -> Result<Tiles, OpenError> {
        let path = || PathBuf::from("checkpoint");
        let invalid = |what: String| OpenError::Read {
            path: path(),
            source: io::Error::new(io::ErrorKind::InvalidData, what),
        };
        let bytes = fetch.get("checkpoint", NOTE_BYTES_MAX)?;
        let bytes = bytes.ok_or_else(|| OpenError::NotALog { path: path() })?;
        let text = String::from_utf8(bytes).map_err(|_| invalid("it is not text".to_owned()))?;
        let checkpoint = SignedCheckpoint::parse(&text)
            .map_err(|error| invalid(crate::chain::reason_of(&error)))?;
        let (bundle, begin_at, skipped, stopped) = (0, 0, false, false);
        let levels = Vec::new();
        Ok(Tiles { fetch, checkpoint, bundle, begin_at, skipped, levels, stopped })
    }

    /// What the publisher states to have.
    pub(super) fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Leaves out entries before this one. The tiles of level 1 and above are then
    /// not compared: that needs all entries.
    pub(super) fn begin_at(&mut self, entry: u64) {
        self.begin_at = entry;
        self.bundle = entry / WIDTH;
        self.skipped = 0 < self.bundle;
    }

    pub(super) fn progressed(&self) -> Progressed {
        let total = self.size();
        Progressed { done: self.bundle.saturating_mul(WIDTH).min(total), total }
    }

    fn size(&self) -> u64 {
        self.checkpoint.claimed().size
    }

    /// The next entries that are not left out.
    fn advance(&mut self) -> Result<Option<Piece>, Stop> {
        let (size, bundle) = (self.size(), self.bundle);
        let first = bundle.saturating_mul(WIDTH);
        if size <= first.max(self.begin_at) {
            return Ok(None);
        }
        let width = (size - first).min(WIDTH);
        let (name, mut entries) = self.entries(bundle, width)?;
        let leaves: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        self.compare(0, bundle, &leaves)?;
        self.bundle = bundle.saturating_add(1);
        if !self.skipped {
            self.climb(leaves, bundle)?;
        }
        let ends = first.saturating_add(width);
        // What was read before stays out; where it stood still counts for offsets.
        let left_out = self.begin_at.saturating_sub(first).min(width);
        let rest = entries.split_off(usize::try_from(left_out).unwrap_or(usize::MAX));
        let head_len = entries.iter().map(|entry| entry.len() as u64 + 2).sum();
        let checkpoint = (ends == size).then(|| self.checkpoint.note_text().to_owned());
        let (place, first) = (Some(Place { file: name, offset: 0 }), first + left_out);
        Ok(Some(Piece { first, entries: rest, checkpoint, place, head_len, prefix_len: 2 }))
    }

    /// The entries of a bundle, of which `width` count.
    fn entries(&mut self, bundle: u64, width: u64) -> Result<(String, Vec<Vec<u8>>), Stop> {
        let place = format!("tile/entries/{}", index_path(bundle));
        let (name, bytes) = self.read(&place, width, BUNDLE_BYTES_MAX)?;
        let mut entries = Vec::new();
        let mut rest = bytes.as_slice();
        while (entries.len() as u64) < width {
            let offset = (bytes.len() - rest.len()) as u64;
            let Some((entry, after)) = one_entry(rest) else {
                let have = entries.len();
                let detail = format!("the bundle ends after {have} of its {width} entries");
                let found = Excerpt::of_file(offset, rest);
                return Err(damage(Code::BundleMalformed, detail, (name, offset), found));
            };
            entries.push(entry.to_vec());
            rest = after;
        }
        let surplus = !rest.is_empty() && name.ends_with(&format!(".p/{width}"));
        if surplus || (width == WIDTH && !rest.is_empty()) {
            let offset = (bytes.len() - rest.len()) as u64;
            let detail = format!("bytes are left over after the {width} entries of the bundle");
            let found = Excerpt::of_file(offset, rest);
            return Err(damage(Code::BundleMalformed, detail, (name, offset), found));
        }
        Ok((name, entries))
    }

    /// A file of which `width` parts count: the partial one, or the full one when
    /// the publisher has taken the partial one away.
    fn read(&mut self, place: &str, width: u64, max: usize) -> Result<(String, Vec<u8>), Stop> {
        if width < WIDTH {
            let name = format!("{place}.p/{width}");
            if let Some(bytes) = self.fetch.get(&name, max).map_err(Stop::Io)? {
                return Ok((name, bytes));
            }
        }
        match self.fetch.get(place, max).map_err(Stop::Io)? {
            Some(bytes) => Ok((place.to_owned(), bytes)),
            None => {
                let size = self.size();
                let detail = format!(
                    "the checkpoint states {size} entries, of which this file has to hold some, \
                     and it is not there"
                );
                Err(damage(Code::TileMissing, detail, (place.to_owned(), 0), None))
            }
        }
    }

    /// Compares a tile with the hashes that it should have.
    fn compare(&mut self, level: usize, tile: u64, hashes: &[Digest]) -> Result<(), Stop> {
        let place = format!("tile/{level}/{}", index_path(tile));
        let (name, bytes) = self.read(&place, hashes.len() as u64, TILE_BYTES_MAX)?;
        for (position, hash) in hashes.iter().enumerate() {
            let at = position * HASH_LEN;
            let found = bytes.get(at..at + HASH_LEN).unwrap_or_default();
            if found != hash.as_bytes() {
                let detail =
                    format!("hash {position} of the tile is not that of the entries, {hash}");
                let place = (name, at as u64);
                return Err(damage(
                    Code::TileDiffers,
                    detail,
                    place,
                    Excerpt::of_file(at as u64, found),
                ));
            }
        }
        let full = name == place;
        if bytes.len() != hashes.len() * HASH_LEN && !(full && bytes.len() == TILE_BYTES_MAX) {
            let at = (hashes.len() * HASH_LEN) as u64;
            let detail = format!("the tile has {} bytes", bytes.len());
            return Err(damage(Code::TileDiffers, detail, (name, at), None));
        }
        Ok(())
    }

    /// Compares the tiles above a bundle: full ones when they are complete, partial
    /// ones at the end.
    fn climb(&mut self, leaves: Vec<Digest>, bundle: u64) -> Result<(), Stop> {
        let ends = bundle.saturating_mul(WIDTH).saturating_add(leaves.len() as u64);
        let mut hashes = leaves;
        let (mut level, mut index) = (1, bundle);
        while hashes.len() as u64 == WIDTH {
            if self.levels.len() < level {
                self.levels.push(Vec::new());
            }
            let Some(above) = self.levels.get_mut(level - 1) else { break };
            above.push(root_of(&hashes));
            if (above.len() as u64) < WIDTH {
                break;
            }
            hashes = std::mem::take(above);
            index /= WIDTH;
            self.compare(level, index, &hashes)?;
            level += 1;
        }
        if ends == self.size() {
            let mut covered = ends;
            for level in 1..=self.levels.len() {
                covered /= WIDTH;
                let hashes = self.levels.get(level - 1).cloned().unwrap_or_default();
                if !hashes.is_empty() {
                    self.compare(level, covered / WIDTH, &hashes)?;
                }
            }
        }
        Ok(())
    }
}

impl Iterator for Tiles {
    type Item = Result<Piece, Stop>;

    fn next(&mut self) -> Option<Result<Piece, Stop>> {
        if self.stopped {
            return None;
        }
        let next = self.advance().transpose();
        self.stopped = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The tiles of a folder.
#[derive(Debug)]
struct Folder(PathBuf);

impl Fetch for Folder {
    fn get(&mut self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, OpenError> {
        let path = self.0.join(name);
        let failed = |source| OpenError::Read { path: path.clone(), source };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::Open { path: path.clone(), source }),
        };
        let mut bytes = Vec::new();
        // One byte more than there may be, so that too long a file is seen to be.
        let limit = (bytes_max as u64).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }
}

fn damage(code: Code, detail: String, place: (String, u64), bytes: Option<Box<Excerpt>>) -> Stop {
    let (file, offset) = place;
    Stop::Damage { code, detail, place: Place { file, offset }, bytes }
}

/// The first entry of a bundle, and the bytes after it.
fn one_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// The root over the hashes of a full tile.
fn root_of(hashes: &[Digest]) -> Digest {
    let mut tree = Tree::new();
    hashes.iter().for_each(|hash| tree.push(*hash));
    tree.root()
}

/// `1234067` is `x001/x234/067`.
fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while 0 < rest {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(index_path(0), "000");
        assert_eq!(index_path(999), "999");
        assert_eq!(index_path(1_000), "x001/000");
        assert_eq!(index_path(1_234_067), "x001/x234/067");
    }
}

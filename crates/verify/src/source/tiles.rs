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
use jcm_format::tlog::{
    BUNDLE_BYTES_MAX, NOTE_BYTES_MAX, SignedCheckpoint, TILE_BYTES, TILE_WIDTH, TileError, TileId,
    TileKind, Tiler, check_tiles, leaf_hash, split_entry,
};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Entries of a bundle, and hashes of a tile.
const WIDTH: u64 = TILE_WIDTH as u64;

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
    /// Makes the tiles that the entries should have.
    tiler: Tiler,
    stopped: bool,
}

impl Tiles {
    /// Whether a folder is laid out as tiles.
    pub(super) fn is_folder(path: &Path) -> bool {
        path.join("checkpoint").is_file() && path.join("tile").is_dir()
    }

    /// The files of a folder.
    pub(super) fn folder(path: &Path) -> Box<dyn Fetch> {
        Box::new(Folder(path.to_owned()))
    }

    /// Reads the checkpoint.
    pub(super) fn new(mut fetch: Box<dyn Fetch>) -> Result<Tiles, OpenError> {
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
        let tiler = Tiler::new();
        Ok(Tiles { fetch, checkpoint, bundle, begin_at, skipped, tiler, stopped })
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

    /// Checks the tiles of hashes alone, on every level, and no entries: what anybody can do who
    /// is shown no entries. Gives how many there were, or what is wrong with them.
    pub(super) fn check_hashes(&mut self) -> Result<Result<u64, TileError>, OpenError> {
        let head = self.checkpoint.claimed();
        let (size, root) = (head.size, head.root);
        let (mut count, mut failed) = (0_u64, None);
        let fetch = &mut self.fetch;
        let checked = check_tiles(size, &root, false, |wanted| {
            count = count.saturating_add(1);
            let full = TileId::new(wanted.kind(), wanted.index(), TILE_WIDTH)?;
            let mut get = |tile: TileId| match fetch.get(&tile.to_string(), TILE_BYTES) {
                Ok(bytes) => bytes,
                Err(error) => {
                    failed = Some(error);
                    None
                }
            };
            // As `read`: of a full tile that stands in for a partial one the beginning counts.
            let length = usize::from(wanted.width()) * Digest::LEN;
            get(wanted).or_else(|| get(full).and_then(|all| all.get(..length).map(<[u8]>::to_vec)))
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(checked.map(|()| count)),
        }
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
        let width = u16::try_from((size - first).min(WIDTH)).unwrap_or(TILE_WIDTH);
        let (name, mut entries) = self.entries(tile(TileKind::Entries, bundle, width)?)?;
        let leaves: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let hashes = tile(TileKind::Hashes { level: 0 }, bundle, width)?;
        self.compare(hashes, &leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect::<Vec<_>>())?;
        self.bundle = bundle.saturating_add(1);
        let width = u64::from(width);
        if !self.skipped {
            self.climb(leaves, first.saturating_add(width) == size)?;
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

    /// The entries of a bundle, of which its width counts.
    fn entries(&mut self, bundle: TileId) -> Result<(String, Vec<Vec<u8>>), Stop> {
        let (found_in, bytes) = self.read(bundle, BUNDLE_BYTES_MAX)?;
        let (name, width) = (found_in.to_string(), usize::from(bundle.width()));
        let mut entries = Vec::new();
        let mut rest = bytes.as_slice();
        while entries.len() < width {
            let offset = (bytes.len() - rest.len()) as u64;
            let Some((entry, after)) = split_entry(rest) else {
                let have = entries.len();
                let detail = format!("the bundle ends after {have} of its {width} entries");
                let found = Excerpt::of_file(offset, rest);
                return Err(damage(Code::BundleMalformed, detail, (name, offset), found));
            };
            entries.push(entry.to_vec());
            rest = after;
        }
        // A full bundle that stands in for a partial one goes on.
        if !rest.is_empty() && found_in == bundle {
            let offset = (bytes.len() - rest.len()) as u64;
            let detail = format!("bytes are left over after the {width} entries of the bundle");
            let found = Excerpt::of_file(offset, rest);
            return Err(damage(Code::BundleMalformed, detail, (name, offset), found));
        }
        Ok((name, entries))
    }

    /// A file: the partial one, or the full one when the publisher has taken the partial one
    /// away. Which of them it is comes with the bytes.
    fn read(&mut self, wanted: TileId, max: usize) -> Result<(TileId, Vec<u8>), Stop> {
        let full = tile(wanted.kind(), wanted.index(), TILE_WIDTH)?;
        for tile in [Some(wanted), (wanted != full).then_some(full)].into_iter().flatten() {
            if let Some(bytes) = self.fetch.get(&tile.to_string(), max).map_err(Stop::Io)? {
                return Ok((tile, bytes));
            }
        }
        let size = self.size();
        let detail = format!(
            "the checkpoint states {size} entries, of which this file has to hold some, \
             and it is not there"
        );
        Err(damage(Code::TileMissing, detail, (full.to_string(), 0), None))
    }

    /// Compares a tile with the hashes that it should have.
    fn compare(&mut self, tile: TileId, expected: &[u8]) -> Result<(), Stop> {
        let (found_in, bytes) = self.read(tile, TILE_BYTES)?;
        let name = found_in.to_string();
        for (position, hash) in expected.chunks(Digest::LEN).enumerate() {
            let at = position * Digest::LEN;
            let found = bytes.get(at..at + Digest::LEN).unwrap_or_default();
            if found != hash {
                let hash = Digest::from_slice(hash).unwrap_or(Digest::ZERO);
                let detail =
                    format!("hash {position} of the tile is not that of the entries, {hash}");
                let found = Excerpt::of_file(at as u64, found);
                return Err(damage(Code::TileDiffers, detail, (name, at as u64), found));
            }
        }
        if bytes.len() != usize::from(found_in.width()) * Digest::LEN {
            let detail = format!("the tile has {} bytes", bytes.len());
            let at = expected.len() as u64;
            return Err(damage(Code::TileDiffers, detail, (name, at), None));
        }
        Ok(())
    }

    /// Compares the tiles above a bundle: full ones when they are complete, partial
    /// ones at the end. Level 0 has been compared.
    fn climb(&mut self, leaves: Vec<Digest>, is_end: bool) -> Result<(), Stop> {
        let mut made: Vec<(TileId, Vec<u8>)> = Vec::new();
        for leaf in leaves {
            made.extend(self.tiler.push(leaf));
        }
        if is_end {
            made.extend(self.tiler.partials());
        }
        for (tile, bytes) in made {
            if tile.kind() != (TileKind::Hashes { level: 0 }) {
                self.compare(tile, &bytes)?;
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

/// The name of a file; there is none beyond what can be counted.
fn tile(kind: TileKind, index: u64, width: u16) -> Result<TileId, Stop> {
    TileId::new(kind, index, width).ok_or_else(|| {
        let detail = "the checkpoint states more entries than can be counted".to_owned();
        damage(Code::TileMissing, detail, ("checkpoint".to_owned(), 0), None)
    })
}

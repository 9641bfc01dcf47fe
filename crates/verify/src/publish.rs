//! A log as a folder of C2SP tiles that any web server can publish
//! (`docs/spec/tlog.md` §7).
//!
//! A published checkpoint is a promise for ever, so what is published is read twice:
//! once to see that it hangs together and continues what was published before, and
//! once to write it. The checkpoint is written last; whoever reads the folder meanwhile
//! finds everything that the checkpoint there covers.

mod folder;
mod released;

use crate::audit::claimed_log_key;
use crate::head::Head;
use crate::source::{Access, OpenError, Piece, Source, Stop};
use folder::Folder;
use jcm_format::hash::Digest;
use jcm_format::tlog::{
    CheckpointError, Frontier, TILE_WIDTH, TileId, TileKind, Tiler, TrustedCheckpoint, VerifierKey,
    encode_bundle, leaf_hash,
};
use std::io;
use std::path::{Path, PathBuf};

/// What to publish, and against what.
#[derive(Debug, Clone)]
pub struct Publishing {
    /// Whether the entries are published too, or the hashes alone.
    pub with_entries: bool,
    /// The log key that was published; without it, the log's own word is taken.
    pub log_key: Option<VerifierKey>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The log.
    pub origin: String,
    /// How many entries the folder covers now.
    pub size: u64,
    /// How many it covered before, if it was there.
    pub before: Option<u64>,
    /// How many files were written, the checkpoint included.
    pub files: u64,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The source cannot be read.
    #[error("the log cannot be read")]
    Open(#[source] OpenError),
    /// The source is not a log that hangs together.
    #[error("{0}; run jcm-verify on it, nothing was published")]
    Damaged(String),
    /// The key given is not the one that signed.
    #[error("a checkpoint is not by the log's key; nothing was published")]
    Checkpoint(#[source] CheckpointError),
    /// The source has less than was published.
    #[error(
        "{} covers {published} entries and the source has only {found}: it is an older copy, or entries were lost; nothing was written",
        out.display()
    )]
    Behind {
        /// The folder.
        out: PathBuf,
        /// What it covers.
        published: u64,
        /// What the source has.
        found: u64,
    },
    /// The source has another history than was published.
    #[error(
        "{} was published from another history: its checkpoint of {size} entries has the root {published}, the source has {found}; keep both as evidence, nothing was written",
        out.display()
    )]
    OtherHistory {
        /// The folder.
        out: PathBuf,
        /// What it covers.
        size: u64,
        /// The root that was published.
        published: Digest,
        /// The root that the source has.
        found: Digest,
    },
    /// The folder's checkpoint is not one.
    #[error("{} is not a checkpoint; nothing was written", .0.display())]
    NotACheckpoint(PathBuf),
    /// Another program publishes into the folder.
    #[error("another program publishes into {}", .0.display())]
    InUse(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Publishes the log at `source`, reached by `access`, into the folder `out`: all of it, or what is new. The
/// order of effects:
///
/// 1. the source is read, and must continue what the folder covers;
/// 2. the tiles that the folder has not are written, each under another name first;
/// 3. everything is made durable;
/// 4. the checkpoint is replaced.
///
/// # Errors
///
/// When the source is not a log, does not continue the folder, or a file cannot be
/// written. The folder's checkpoint is then as it was.
pub fn publish_tiles(
    source: &Path,
    access: &Access,
    out: &Path,
    publishing: &Publishing,
) -> Result<Published, PublishError> {
    // Before a folder is made for nothing.
    let source = &Origin { path: source, access };
    drop(Reading::open(source)?);
    let mut folder = Folder::open(out)?;
    let survey = Survey::of(source, out, publishing, folder.claimed_size())?;
    if let Some(published) = folder.checkpoint(&survey.log_key)? {
        survey.expect_continuation(out, &published)?;
    }
    let head = survey.checkpoint.checkpoint();
    let mut writing = Writing {
        known: folder.claimed_size().unwrap_or(0),
        with_entries: publishing.with_entries,
        folder: &mut folder,
        tiler: Tiler::new(),
        frontier: Frontier::new(),
        bundle: Vec::new(),
    };
    read(source, head.size, |entry| writing.entry(entry))?;
    writing.finish()?;
    if writing.frontier.root() != head.root {
        return Err(PublishError::Damaged("the log changed while it was read".to_owned()));
    }
    let before = folder.claimed_size();
    let files = folder.publish(survey.checkpoint.note_text())?;
    Ok(Published { origin: head.origin.to_string(), size: head.size, before, files })
}

/// Where the log is, and how it is reached.
struct Origin<'a> {
    path: &'a Path,
    access: &'a Access,
}

/// What is to be published, found by reading all of it.
struct Survey {
    log_key: VerifierKey,
    checkpoint: TrustedCheckpoint,
    /// The source's root at the size that the folder covers, if it has so many.
    root_then: Option<Digest>,
}

impl Survey {
    fn of(
        source: &Origin<'_>,
        out: &Path,
        publishing: &Publishing,
        covered: Option<u64>,
    ) -> Result<Survey, PublishError> {
        // Before the log: what is released by then is in it.
        let released = released::read(source.path)?;
        let mut reading = Reading::open(source)?;
        if let Some(released) = &released {
            reading.end = Some(reading.end.map_or(released.size, |end| end.min(released.size)));
        }
        let (mut frontier, mut log_key, mut last) = (Frontier::new(), None, None);
        let mut root_then = covered.filter(|size| *size == 0).map(|_| frontier.root());
        for piece in reading {
            let piece = piece?;
            if log_key.is_none() {
                log_key = publishing.log_key.clone().or_else(|| claimed_log_key(&piece));
            }
            for entry in &piece.entries {
                frontier.push(leaf_hash(entry));
                if covered == Some(frontier.len()) {
                    root_then = Some(frontier.root());
                }
            }
            if let Some(checkpoint) = piece.checkpoint {
                last = Some((checkpoint, frontier.len(), frontier.root()));
            }
        }
        let damaged = |text: &str| PublishError::Damaged(text.to_owned());
        let log_key = log_key.ok_or_else(|| damaged("the first entry names no log key"))?;
        let (note, size, root) = last.ok_or_else(|| damaged("the log has no entry"))?;
        if let Some(published) = covered.filter(|published| size < *published) {
            return Err(PublishError::Behind { out: out.to_owned(), published, found: size });
        }
        let note = released.and_then(|released| released.note).unwrap_or(note);
        let checkpoint =
            TrustedCheckpoint::open(&note, &log_key).map_err(PublishError::Checkpoint)?;
        if (checkpoint.checkpoint().size, checkpoint.checkpoint().root) != (size, root) {
            return Err(damaged("the last checkpoint is of another tree than the entries make"));
        }
        Ok(Survey { log_key, checkpoint, root_then })
    }

    fn expect_continuation(
        &self,
        out: &Path,
        published: &TrustedCheckpoint,
    ) -> Result<(), PublishError> {
        let published = published.checkpoint();
        let found = self.root_then.unwrap_or(Digest::ZERO);
        if published.root == found {
            return Ok(());
        }
        Err(PublishError::OtherHistory {
            out: out.to_owned(),
            size: published.size,
            published: published.root,
            found,
        })
    }
}

/// The entries of a source, as far as it is known to be durable.
struct Reading {
    source: Source,
    /// Where the head says that the log ends. What stands after it may be a write that
    /// was never acknowledged, and must not be published.
    end: Option<u64>,
    next: u64,
}

impl Reading {
    fn open(from: &Origin<'_>) -> Result<Reading, PublishError> {
        let mut source = Source::open(from.path, from.access).map_err(PublishError::Open)?;
        let end = match source.take_head() {
            Some(Head::Signed(note)) => Some(note.claimed().size),
            Some(Head::Unwritten) => Some(0),
            Some(Head::Damaged) => {
                return Err(PublishError::Damaged("the head file is damaged".to_owned()));
            }
            None => None,
        };
        Ok(Reading { source, end, next: 0 })
    }
}

impl Iterator for Reading {
    type Item = Result<Piece, PublishError>;

    fn next(&mut self) -> Option<Result<Piece, PublishError>> {
        if self.end.is_some_and(|end| end <= self.next) {
            return None;
        }
        let piece = match self.source.next_piece()? {
            Ok(piece) => piece,
            Err(Stop::Io(error)) => return Some(Err(PublishError::Open(error))),
            Err(Stop::Damage { detail, place, .. } | Stop::Torn { detail, place }) => {
                return Some(Err(PublishError::Damaged(format!("{place}: {detail}"))));
            }
        };
        if piece.first != self.next {
            let text = format!("a piece begins with entry {}, not {}", piece.first, self.next);
            return Some(Err(PublishError::Damaged(text)));
        }
        self.next = self.next.saturating_add(piece.entries.len() as u64);
        Some(Ok(piece))
    }
}

/// Reads the first `size` entries.
fn read(
    source: &Origin<'_>,
    size: u64,
    mut take: impl FnMut(Vec<u8>) -> Result<(), PublishError>,
) -> Result<(), PublishError> {
    let mut left = size;
    for piece in Reading::open(source)? {
        for entry in piece?.entries {
            if left == 0 {
                return Ok(());
            }
            take(entry)?;
            left -= 1;
        }
    }
    if left == 0 {
        return Ok(());
    }
    Err(PublishError::Damaged("the log became shorter while it was read".to_owned()))
}

/// Tiles on their way into the folder.
struct Writing<'f> {
    folder: &'f mut Folder,
    /// What the folder covers already.
    known: u64,
    with_entries: bool,
    tiler: Tiler,
    frontier: Frontier,
    bundle: Vec<Vec<u8>>,
}

impl Writing<'_> {
    fn entry(&mut self, entry: Vec<u8>) -> Result<(), PublishError> {
        let leaf = leaf_hash(&entry);
        self.frontier.push(leaf);
        if self.with_entries {
            self.bundle.push(entry);
        }
        for (tile, bytes) in self.tiler.push(leaf) {
            self.write(tile, &bytes)?;
        }
        if self.frontier.len().is_multiple_of(TILE_WIDTH.into()) {
            self.bundle()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), PublishError> {
        for (tile, bytes) in self.tiler.partials() {
            self.write(tile, &bytes)?;
        }
        self.bundle()
    }

    fn bundle(&mut self) -> Result<(), PublishError> {
        let Some(last) = self.frontier.len().checked_sub(1) else { return Ok(()) };
        let width = u16::try_from(self.bundle.len()).unwrap_or(0);
        let tile = TileId::new(TileKind::Entries, last / u64::from(TILE_WIDTH), width);
        if let Some(tile) = tile {
            let bytes = encode_bundle(self.bundle.iter().map(Vec::as_slice));
            let too_long = || PublishError::Damaged("an entry is too long for a bundle".to_owned());
            self.write(tile, &bytes.ok_or_else(too_long)?)?;
        }
        self.bundle.clear();
        Ok(())
    }

    /// Writes a tile, unless the folder covers it: then it never changes.
    fn write(&mut self, tile: TileId, bytes: &[u8]) -> Result<(), PublishError> {
        if tile.is_within(self.known) && self.folder.has(tile) {
            return Ok(());
        }
        self.folder.write(tile, bytes)
    }
}

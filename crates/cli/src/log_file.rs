//! The log without a registry: an export, or the log of a data folder. Read frame
//! by frame, and checked as it comes (`docs/spec/log-file.md`).
//!
//! What is checked is that nothing is missing or changed since the log key signed it.
//! Whether the registry was right to record it is for `jcm-verify`.

use crate::failure::{Failure, exit};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::frame::{Frame, FrameError};
use jcm_format::hash::Digest;
use jcm_format::tlog::{Frontier, KeyType, TrustedCheckpoint, VerifierKey, leaf_hash};
use jcm_ledger::log::{ExportError, ExportReader};
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Follows frames and refuses the first that does not continue the log.
#[derive(Debug)]
pub struct Follower {
    frontier: Frontier,
    log_key: VerifierKey,
    last: Option<TrustedCheckpoint>,
    leaf: Digest,
}

impl Follower {
    /// Before the first frame of a log whose key this is.
    pub fn new(log_key: VerifierKey) -> Follower {
        Follower { frontier: Frontier::new(), log_key, last: None, leaf: Digest::ZERO }
    }

    /// The checkpoint of the frame taken last.
    pub fn last(&self) -> Option<&TrustedCheckpoint> {
        self.last.as_ref()
    }

    /// Takes the bytes of the next frame.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Frame, Failure> {
        let (frame, length) = Frame::decode(bytes).map_err(|error| refuse(error.to_string()))?;
        if length != bytes.len() {
            return Err(refuse("a frame is followed by other bytes".to_owned()));
        }
        self.follow(&frame)?;
        Ok(frame)
    }

    /// Takes the next frame.
    pub fn follow(&mut self, frame: &Frame) -> Result<(), Failure> {
        if frame.first != self.frontier.len() {
            let (first, expected) = (frame.first, self.frontier.len());
            return Err(refuse(format!("entry {first} follows where {expected} should")));
        }
        for entry in &frame.entries {
            self.frontier.push(leaf_hash(entry));
        }
        let checkpoint = TrustedCheckpoint::open(&frame.checkpoint, &self.log_key)
            .map_err(|error| refuse(error.to_string()))?;
        let head = checkpoint.checkpoint();
        if head.size != self.frontier.len() || head.root != self.frontier.root() {
            return Err(refuse(format!("the checkpoint of size {} is another log's", head.size)));
        }
        self.last = Some(checkpoint);
        Ok(())
    }

    /// The entries of a frame, each of which names the one before.
    pub fn entries(&mut self, frame: Frame) -> Result<Vec<SealedEntry>, Failure> {
        let mut entries = Vec::with_capacity(frame.entries.len());
        for (index, bytes) in (frame.first..).zip(frame.entries) {
            let sealed = SealedEntry::open(bytes);
            let sealed = sealed.map_err(|error| refuse(format!("entry {index}: {error}")))?;
            let entry = sealed.entry();
            if entry.index.get() != index || entry.prev != self.leaf {
                return Err(refuse(format!("entry {index} does not continue the chain")));
            }
            self.leaf = sealed.leaf();
            entries.push(sealed);
        }
        Ok(entries)
    }
}

fn refuse(what: String) -> Failure {
    Failure::Other {
        what: format!("the log is not believed: {what}"),
        code: exit::UNTRUSTED,
        advice: "Nothing was written. Try again, and tell an auditor if it happens again."
            .to_owned(),
    }
}

type Reader = ExportReader<BufReader<File>>;

/// A log on this computer.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    files: VecDeque<PathBuf>,
    open: Option<Reader>,
    first: Option<Frame>,
    follower: Follower,
}

impl LogFile {
    /// Opens an export, a data folder or a folder of segments, and reads its first
    /// frame. Which key signs its checkpoints is what its first entry says.
    pub fn open(path: &Path) -> Result<LogFile, Failure> {
        let mut files = files(path)?;
        let mut open = None;
        let frame = next_frame(&mut files, &mut open)?;
        let frame = frame.ok_or_else(|| not_a_log(path, "it holds no entries"))?;
        let log_key = claimed_key(&frame)
            .ok_or_else(|| not_a_log(path, "its first entry creates no registry"))?;
        let follower = Follower::new(log_key);
        Ok(LogFile { path: path.to_owned(), files, open, first: Some(frame), follower })
    }

    /// The key that its first entry names.
    pub fn log_key(&self) -> &VerifierKey {
        &self.follower.log_key
    }

    /// The checkpoint up to which it was read.
    pub fn checkpoint(&self) -> Option<&TrustedCheckpoint> {
        self.follower.last()
    }

    /// The entries of the next frame; none at the end.
    pub fn entries(&mut self) -> Result<Vec<SealedEntry>, Failure> {
        let frame = match self.first.take() {
            Some(first) => Some(first),
            None => next_frame(&mut self.files, &mut self.open)?,
        };
        let Some(frame) = frame else { return Ok(Vec::new()) };
        self.follower.follow(&frame)?;
        self.follower.entries(frame)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn not_a_log(path: &Path, what: &str) -> Failure {
    Failure::usage(
        format!("{} is not a log: {what}", path.display()),
        "Name a file that `jcm export` wrote, or the data folder of a registry.",
    )
}

/// The files of a log, in order.
fn files(path: &Path) -> Result<VecDeque<PathBuf>, Failure> {
    let metadata = std::fs::metadata(path).map_err(Failure::reading(path))?;
    if !metadata.is_dir() {
        return Ok([path.to_owned()].into());
    }
    let inside = path.join("log");
    let folder = if inside.is_dir() { inside } else { path.to_owned() };
    let mut files = Vec::new();
    for item in std::fs::read_dir(&folder).map_err(Failure::reading(&folder))? {
        let path = item.map_err(Failure::reading(&folder))?.path();
        if is_segment(&path) {
            files.push(path);
        }
    }
    // Their names begin with the number of their first entry.
    files.sort();
    if files.is_empty() {
        return Err(not_a_log(path, "the folder holds no segments"));
    }
    Ok(files.into())
}

fn claimed_key(frame: &Frame) -> Option<VerifierKey> {
    let first = SealedEntry::open(frame.entries.first()?.clone()).ok()?;
    first.entry().event.0.iter().find_map(|effect| match effect {
        Effect::RegistryCreated { origin, log_key } => {
            VerifierKey::new(origin.as_ref(), KeyType::Ed25519, log_key).ok()
        }
        _ => None,
    })
}

/// The next frame of the files. What a registry that runs is writing at this moment may
/// end inside a frame, in the last segment alone; the rest of it is not there yet.
fn next_frame(
    files: &mut VecDeque<PathBuf>,
    open: &mut Option<Reader>,
) -> Result<Option<Frame>, Failure> {
    loop {
        let Some(path) = files.front().cloned() else { return Ok(None) };
        let reader = match open {
            Some(reader) => reader,
            None => open.insert(begin(&path)?),
        };
        let is_last_segment = files.len() == 1 && is_segment(&path);
        match reader.next_frame() {
            Ok(Some(frame)) => return Ok(Some(frame)),
            Ok(None) => {}
            Err(ExportError::Frame { error: FrameError::Truncated, .. }) if is_last_segment => {}
            Err(error) => return Err(unread(&path, error)),
        }
        files.pop_front();
        *open = None;
    }
}

fn is_segment(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "seg")
}

fn begin(path: &Path) -> Result<Reader, Failure> {
    let file = File::open(path).map_err(Failure::reading(path))?;
    ExportReader::begin(BufReader::new(file)).map_err(|error| unread(path, error))
}

fn unread(path: &Path, error: ExportError) -> Failure {
    match error {
        ExportError::Io(source) => Failure::reading(path)(source),
        ExportError::NotAnExport => not_a_log(path, "it does not begin as one"),
        error @ ExportError::Frame { .. } => refuse(format!("{} {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::frame::MAGIC;
    use jcm_format::key::SecretKey;
    use jcm_format::tlog::Checkpoint;

    const ORIGIN: &str = "registry.example/jcm/test";

    /// Frames of one and two entries, and their key.
    fn frames() -> (Vec<Vec<u8>>, VerifierKey) {
        let secret = SecretKey::from_seed(&[5; 32]);
        let mut frontier = Frontier::new();
        let mut frames = Vec::new();
        for entries in [vec![b"a".to_vec()], vec![b"b".to_vec(), b"c".to_vec()]] {
            let first = frontier.len();
            entries.iter().for_each(|entry| frontier.push(leaf_hash(entry)));
            let origin = ORIGIN.parse().expect("an origin");
            let head = Checkpoint { origin, size: frontier.len(), root: frontier.root() };
            let frame = Frame { first, entries, checkpoint: head.sign(&secret) };
            frames.push(frame.encode().expect("small"));
        }
        let key = VerifierKey::new(ORIGIN, KeyType::Ed25519, &secret.public_key());
        (frames, key.expect("honest"))
    }

    fn follow(frames: &[Vec<u8>], log_key: VerifierKey) -> Result<u64, Failure> {
        let mut follower = Follower::new(log_key);
        frames.iter().try_for_each(|frame| follower.take(frame).map(|_| ()))?;
        Ok(follower.frontier.len())
    }

    #[test]
    fn a_whole_log_is_followed_and_a_broken_one_refused() {
        let (frames, key) = frames();
        assert_eq!(follow(&frames, key.clone()).expect("whole"), 3);
        assert!(follow(&frames[1..], key.clone()).is_err());
        let swapped = [frames[1].clone(), frames[0].clone()];
        assert!(follow(&swapped, key.clone()).is_err());
        let mut flipped = frames.clone();
        let middle = flipped[1].len() / 2;
        flipped[1][middle] ^= 1;
        assert_eq!(follow(&flipped, key).expect_err("flipped").exit_code(), exit::UNTRUSTED);
        let other = SecretKey::from_seed(&[6; 32]).public_key();
        let other = VerifierKey::new(ORIGIN, KeyType::Ed25519, &other).expect("honest");
        assert!(follow(&frames, other).is_err());
    }

    #[test]
    fn what_is_no_log_is_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("export.jcmlog");
        for content in [&b""[..], b"jcm", b"something else", MAGIC] {
            std::fs::write(&file, content).expect("writable");
            let told = LogFile::open(&file).expect_err("no log").show();
            assert!(told.contains("is not a log"), "{told}");
        }
        let told = LogFile::open(folder.path()).expect_err("no segments").show();
        assert!(told.contains("holds no segments"), "{told}");
    }
}

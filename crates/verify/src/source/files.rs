//! A data folder, a folder of segments or one export file.

use super::{OpenError, Piece, Progressed, Stop};
use crate::code::Code;
use crate::excerpt::Excerpt;
use crate::head::Head;
use crate::report::Place;
use jcm_format::frame::{Frame, FrameError, HEADER_LEN, MAGIC};
use jcm_format::limits::FRAME_BYTES_MAX;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The frames of a path, in order.
#[derive(Debug)]
pub(super) struct Files {
    files: VecDeque<Segment>,
    current: Option<Reading>,
    /// The last signed checkpoint that was written beside the segments.
    pub(super) head: Option<Head>,
    has_head: bool,
    stopped: bool,
    begin_at: u64,
    /// The checkpoint of the last frame that was left out.
    pub(super) left_out: Option<String>,
    /// Bytes of the files that were read to their end.
    read: u64,
    total: u64,
}

/// Bytes of a frame's body before its first entry: its number and the count.
const BODY_HEAD_LEN: usize = 12;

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    /// The index in the file's name; an export may have any name.
    named: Option<Option<u64>>,
    bytes: u64,
}

#[derive(Debug)]
struct Reading {
    segment: Segment,
    reader: BufReader<File>,
    offset: u64,
}

impl Files {
    /// Finds out what `path` is. Nothing but the head is read yet; it is read
    /// before the segments, so that a log that grows meanwhile covers it.
    pub(super) fn open(path: &Path) -> Result<Files, OpenError> {
        let open = |source| OpenError::Open { path: path.to_owned(), source };
        let metadata = fs::metadata(path).map_err(open)?;
        if !metadata.is_dir() {
            let bytes = metadata.len();
            let segment = Segment { path: path.to_owned(), named: None, bytes };
            return Ok(Files::of(vec![segment], None));
        }
        let inner = path.join("log");
        let folder = if inner.is_dir() { inner } else { path.to_owned() };
        let head = Head::read(&folder.join("head"))?;
        let segments = segments(&folder)?;
        if segments.is_empty() && head.is_none() {
            return Err(OpenError::NotALog { path: path.to_owned() });
        }
        Ok(Files::of(segments, head))
    }

    fn of(files: Vec<Segment>, head: Option<Head>) -> Files {
        let has_head = head.is_some();
        let total = files.iter().map(|file| file.bytes).sum();
        let files = files.into();
        let (current, stopped, begin_at, read) = (None, false, 0, 0);
        let left_out = None;
        Files { files, current, head, has_head, stopped, begin_at, left_out, read, total }
    }

    /// Leaves out the frames before the one that holds this entry, and the files
    /// before the one that holds that frame.
    pub(super) fn begin_at(&mut self, entry: u64) {
        self.begin_at = entry;
        let due = |file: &Segment| matches!(file.named, Some(Some(first)) if first <= entry);
        while self.files.get(1).is_some_and(due) {
            self.files.pop_front();
        }
        self.total = self.files.iter().map(|file| file.bytes).sum();
    }

    pub(super) fn progressed(&self) -> Progressed {
        let current = self.current.as_ref().map_or(0, |reading| reading.offset);
        let done = self.read.saturating_add(current);
        Progressed { done, total: self.total.max(done) }
    }

    fn advance(&mut self) -> Result<Option<Piece>, Stop> {
        loop {
            let fresh = self.current.is_none();
            if fresh {
                let Some(segment) = self.files.pop_front() else { return Ok(None) };
                self.current = Some(Reading::open(segment)?);
            }
            let last = self.files.is_empty();
            let Some(reading) = &mut self.current else { return Ok(None) };
            let outcome = match fresh {
                true => reading.magic().and_then(|()| reading.frame(true)),
                false => reading.frame(false),
            };
            match outcome {
                Ok(Some(piece)) if ends(&piece) <= self.begin_at => {
                    self.left_out = piece.checkpoint;
                }
                Ok(Some(piece)) => return Ok(Some(piece)),
                Ok(None) => {
                    self.read = self.read.saturating_add(reading.offset);
                    self.current = None;
                }
                // What a crash leaves behind can stand at the very end only.
                Err(Stop::Damage { code: Code::FrameTruncated, detail, place, .. })
                    if last && self.has_head =>
                {
                    return Err(Stop::Torn { detail, place });
                }
                Err(stop) => return Err(stop),
            }
        }
    }
}

impl Iterator for Files {
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

/// The number of the entry after a piece.
fn ends(piece: &Piece) -> u64 {
    piece.first.saturating_add(piece.entries.len() as u64)
}

/// The segment files of a folder, by name and so by index.
fn segments(folder: &Path) -> Result<Vec<Segment>, OpenError> {
    let failed = |source| OpenError::Read { path: folder.to_owned(), source };
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("");
            let digits = name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit());
            let index = digits.then(|| name.parse().ok()).flatten();
            let bytes = entry.metadata().map_err(failed)?.len();
            segments.push(Segment { named: Some(index), path, bytes });
        }
    }
    segments.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(segments)
}

impl Reading {
    fn open(segment: Segment) -> Result<Reading, Stop> {
        match File::open(&segment.path) {
            Ok(file) => Ok(Reading { segment, reader: BufReader::new(file), offset: 0 }),
            Err(source) => Err(Stop::Io(OpenError::Open { path: segment.path, source })),
        }
    }

    fn place(&self) -> Place {
        let name = self.segment.path.file_name().unwrap_or(self.segment.path.as_os_str());
        Place { file: name.to_string_lossy().into_owned(), offset: self.offset }
    }

    fn damage(&self, code: Code, detail: impl Into<String>, found: &[u8]) -> Stop {
        let bytes = Excerpt::of_file(self.offset, found);
        Stop::Damage { code, detail: detail.into(), place: self.place(), bytes }
    }

    /// Up to `length` bytes: fewer at the end of the file only.
    fn take(&mut self, length: usize, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        let read = self.reader.by_ref().take(limit).read_to_end(buffer);
        read.map(drop)
            .map_err(|source| Stop::Io(OpenError::Read { path: self.segment.path.clone(), source }))
    }

    fn magic(&mut self) -> Result<(), Stop> {
        let mut magic = Vec::new();
        self.take(MAGIC.len(), &mut magic)?;
        if magic == MAGIC {
            self.offset = MAGIC.len() as u64;
            return Ok(());
        }
        if MAGIC.starts_with(&magic) {
            let detail = "the file ends inside its first line";
            return Err(self.damage(Code::FrameTruncated, detail, &magic));
        }
        let detail = "the file does not begin as a log does, with the line \"jcmlog/1\"";
        Err(self.damage(Code::FileMagic, detail, &magic))
    }

    fn frame(&mut self, first_of_file: bool) -> Result<Option<Piece>, Stop> {
        let mut bytes = Vec::new();
        self.take(HEADER_LEN, &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        // An absurd length is not read; decoding then refuses it by name.
        let length = bytes.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if bytes.len() == HEADER_LEN && length <= FRAME_BYTES_MAX {
            self.take(length, &mut bytes)?;
        }
        let (frame, consumed) = Frame::decode(&bytes).map_err(|error| {
            let code = match error {
                FrameError::Truncated => Code::FrameTruncated,
                FrameError::Length => Code::FrameLength,
                FrameError::Check => Code::FrameCheck,
                FrameError::Body => Code::FrameBody,
            };
            self.damage(code, error.to_string(), &bytes)
        })?;
        if first_of_file && self.segment.named.is_some_and(|named| named != Some(frame.first)) {
            let detail = format!(
                "the file holds entries from {} on; a segment is named by its first entry, in 20 digits",
                frame.first
            );
            return Err(self.damage(Code::SegmentName, detail, &bytes));
        }
        let place = Some(self.place());
        self.offset += consumed as u64;
        let head_len = (HEADER_LEN + BODY_HEAD_LEN) as u64;
        let Frame { first, entries, checkpoint } = frame;
        let checkpoint = Some(checkpoint);
        Ok(Some(Piece { first, entries, checkpoint, place, head_len, prefix_len: 4 }))
    }
}

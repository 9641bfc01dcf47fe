//! Where the frames come from: a data folder, a folder of segments or one
//! export file. One frame at a time is in memory, never the log.

use crate::code::Code;
use crate::head::Head;
use crate::report::Place;
use jcm_format::frame::{Frame, FrameError, HEADER_LEN, MAGIC};
use jcm_format::limits::FRAME_BYTES_MAX;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// A frame and where it stands.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) frame: Frame,
    pub(crate) place: Option<Place>,
}

/// Why no more frames come.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The bytes are not what they should be.
    Damage { code: Code, detail: String, place: Place },
    /// The last file ends inside a frame; what stands there was never complete.
    Torn { detail: String, place: Place },
    /// The file could not be read on.
    Io(OpenError),
}

/// The log cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path leads nowhere, or to something else than a file or folder.
    #[error("cannot open {}", path.display())]
    Open {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A folder without segments.
    #[error("{} is neither a log nor a folder that holds one", path.display())]
    NotALog {
        /// The path.
        path: PathBuf,
    },
    /// Reading failed half-way.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// The frames of a path, in order.
#[derive(Debug)]
pub(crate) struct Source {
    files: std::vec::IntoIter<Segment>,
    current: Option<Reading>,
    /// The last signed checkpoint that was written beside the segments.
    pub(crate) head: Option<Head>,
    has_head: bool,
    stopped: bool,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    /// The index in the file's name; an export may have any name.
    named: Option<Option<u64>>,
}

#[derive(Debug)]
struct Reading {
    segment: Segment,
    reader: BufReader<File>,
    offset: u64,
}

impl Source {
    /// Finds out what `path` is. Nothing but the head is read yet; it is read
    /// before the segments, so that a log that grows meanwhile covers it.
    pub(crate) fn open(path: &Path) -> Result<Source, OpenError> {
        let open = |source| OpenError::Open { path: path.to_owned(), source };
        let metadata = fs::metadata(path).map_err(open)?;
        if !metadata.is_dir() {
            let segment = Segment { path: path.to_owned(), named: None };
            return Ok(Source::of(vec![segment], None));
        }
        let inner = path.join("log");
        let folder = if inner.is_dir() { inner } else { path.to_owned() };
        let head = Head::read(&folder.join("head"))?;
        let segments = segments(&folder)?;
        if segments.is_empty() && head.is_none() {
            return Err(OpenError::NotALog { path: path.to_owned() });
        }
        Ok(Source::of(segments, head))
    }

    fn of(files: Vec<Segment>, head: Option<Head>) -> Source {
        let has_head = head.is_some();
        Source { files: files.into_iter(), current: None, head, has_head, stopped: false }
    }

    fn advance(&mut self) -> Result<Option<Located>, Stop> {
        loop {
            let fresh = self.current.is_none();
            if fresh {
                let Some(segment) = self.files.next() else { return Ok(None) };
                self.current = Some(Reading::open(segment)?);
            }
            let last = self.files.len() == 0;
            let Some(reading) = &mut self.current else { return Ok(None) };
            let outcome = match fresh {
                true => reading.magic().and_then(|()| reading.frame(true)),
                false => reading.frame(false),
            };
            match outcome {
                Ok(Some(located)) => return Ok(Some(located)),
                Ok(None) => self.current = None,
                // What a crash leaves behind can stand at the very end only.
                Err(Stop::Damage { code: Code::FrameTruncated, detail, place })
                    if last && self.has_head =>
                {
                    return Err(Stop::Torn { detail, place });
                }
                Err(stop) => return Err(stop),
            }
        }
    }
}

impl Iterator for Source {
    type Item = Result<Located, Stop>;

    fn next(&mut self) -> Option<Result<Located, Stop>> {
        if self.stopped {
            return None;
        }
        let next = self.advance().transpose();
        self.stopped = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The segment files of a folder, by name and so by index.
fn segments(folder: &Path) -> Result<Vec<Segment>, OpenError> {
    let failed = |source| OpenError::Read { path: folder.to_owned(), source };
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("");
            let digits = name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit());
            let index = digits.then(|| name.parse().ok()).flatten();
            segments.push(Segment { named: Some(index), path });
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

    fn damage(&self, code: Code, detail: impl Into<String>) -> Stop {
        Stop::Damage { code, detail: detail.into(), place: self.place() }
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
            return Err(self.damage(Code::FrameTruncated, "the file ends inside its first line"));
        }
        let detail = "the file does not begin as a log does, with the line \"jcmlog/1\"";
        Err(self.damage(Code::FileMagic, detail))
    }

    fn frame(&mut self, first_of_file: bool) -> Result<Option<Located>, Stop> {
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
            self.damage(code, error.to_string())
        })?;
        if first_of_file && self.segment.named.is_some_and(|named| named != Some(frame.first)) {
            let detail = format!(
                "the file holds entries from {} on; a segment is named by its first entry, in 20 digits",
                frame.first
            );
            return Err(self.damage(Code::SegmentName, detail));
        }
        let place = Some(self.place());
        self.offset += consumed as u64;
        Ok(Some(Located { frame, place }))
    }
}

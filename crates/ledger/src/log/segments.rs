//! The embedded engine: append-only segment files, one write and one `fdatasync`
//! for each batch. What happens at opening is in `recover`.

use super::chain::{self, Damage};
use super::disk::{Disk, DiskFile, RealDisk};
use super::head_file::{HEAD_NOTE_BYTES_MAX, HeadFile};
use super::recover;
use super::scan::{FrameReader, ScanError};
use super::{AppendError, Epoch, Fenced, Frames, Head, LogError, OrderedLog};
use jcm_format::frame::{Frame, MAGIC};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Size at which a segment is closed: small enough to copy and to check at once,
/// large enough that ten million entries take about a hundred files.
pub const SEGMENT_BYTES_DEFAULT: u64 = 64 * 1024 * 1024;

/// Distance of the remembered positions in a segment: reading one entry reads at
/// most this much and a frame. 64 MiB / 64 KiB * 16 B = 16 KiB of memory a segment.
const MARK_BYTES: u64 = 64 * 1024;

/// Name of the log's folder in the data folder.
const FOLDER_NAME: &str = "log";

/// What an operator may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentOptions {
    /// A segment that would grow beyond this is closed, unless it holds no frame.
    pub segment_bytes: u64,
}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// Where the log ends.
    pub head: Head,
    /// How many segments there are.
    pub segments: usize,
    /// Length of an unacknowledged frame that was torn and has been cut off.
    pub truncated_bytes: u64,
    /// Whether the head file was lost and has been made again from the log.
    pub head_rebuilt: bool,
    /// Slots of the head file that held neither zeros nor a checkpoint. One is
    /// what a power cut may leave.
    pub head_slots_damaged: usize,
    /// Whether the last frame lay beyond the head file and was written again.
    pub last_frame_rewritten: bool,
}

/// The embedded log.
pub struct SegmentLog<D: Disk = RealDisk> {
    disk: D,
    options: SegmentOptions,
    report: OpenReport,
    /// The lock on the folder, as long as the log is open.
    _lock: Option<File>,
    current: D::File,
    head_file: HeadFile<D::File>,
    head: Head,
    /// The last take-over of this opening. None before it survives the lock.
    epoch: Option<Epoch>,
    is_poisoned: bool,
    /// What readers see: acknowledged frames only. Locked for look-ups, never
    /// during I/O.
    extent: Arc<Mutex<Extent>>,
}

impl SegmentLog {
    /// Opens the log in the data folder `dir`, or begins one.
    ///
    /// # Errors
    ///
    /// When the folder is in use, a file fails, or the log is damaged.
    pub fn open(dir: &Path, options: SegmentOptions) -> Result<SegmentLog, LogError> {
        let disk = RealDisk::prepare(&dir.join(FOLDER_NAME)).map_err(io_error("make", "."))?;
        let lock = disk.lock()?;
        SegmentLog::open_locked(disk, options, Some(lock))
    }
}

impl<D: Disk> SegmentLog<D> {
    /// Opens the log on a disk that nobody else uses.
    ///
    /// # Errors
    ///
    /// When a file fails, or the log is damaged.
    pub fn open_on(disk: D, options: SegmentOptions) -> Result<SegmentLog<D>, LogError> {
        SegmentLog::open_locked(disk, options, None)
    }

    fn open_locked(
        disk: D,
        options: SegmentOptions,
        lock: Option<File>,
    ) -> Result<SegmentLog<D>, LogError> {
        let recovered = recover::recover(&disk)?;
        Ok(SegmentLog {
            disk,
            options,
            head: recovered.report.head,
            report: recovered.report,
            _lock: lock,
            current: recovered.current,
            head_file: recovered.head_file,
            epoch: None,
            is_poisoned: false,
            extent: Arc::new(Mutex::new(recovered.extent)),
        })
    }

    /// What opening found and did.
    pub fn report(&self) -> &OpenReport {
        &self.report
    }

    /// Makes the head file durable: for idle moments and before the end. Without
    /// it nothing is lost, but after a power cut a damaged last frame may pass
    /// for a torn one.
    ///
    /// # Errors
    ///
    /// When the sync fails: the log is poisoned.
    pub fn seal(&mut self) -> Result<(), LogError> {
        if self.is_poisoned {
            return Err(LogError::Poisoned);
        }
        self.head_file.seal().map_err(|source| {
            self.is_poisoned = true;
            LogError::Io { action: "seal", file: "head".to_owned(), source }
        })
    }

    /// A handle that reads while this one appends.
    pub fn reader(&self) -> SegmentReader<D> {
        SegmentReader { disk: self.disk.clone(), extent: Arc::clone(&self.extent) }
    }

    /// Order of effects, each only after the one before succeeded:
    ///
    /// 1. if the segment is full: seal the head file, make the next segment;
    /// 2. write the frame at the end of the segment;
    /// 3. `fdatasync` the segment. **From here on the batch is recorded;**
    /// 4. write the checkpoint into the head file; for the first frame of a log,
    ///    sync that too, so that a head file of zeros means at most one frame;
    /// 5. show the frame to readers, and the new head to the caller.
    ///
    /// A failure anywhere poisons the log. Nothing is tried twice: a system whose
    /// sync failed may have dropped the bytes, and say yes the next time.
    fn write(&mut self, batch: &Frame, bytes: &[u8], next: Head) -> io::Result<()> {
        let is_full = {
            let last_len = lock(&self.extent).last_len();
            last_len > MAGIC.len() as u64
                && self.options.segment_bytes < last_len.saturating_add(bytes.len() as u64)
        };
        if is_full {
            self.head_file.seal()?;
            self.current = recover::create_segment(&self.disk, batch.first)?;
            lock(&self.extent).begin_segment(batch.first);
        }
        let offset = lock(&self.extent).last_len();
        if let Err(error) = self.current.write_all_at(bytes, offset) {
            // The disk may be full: leave no half frame, so that it can be
            // opened without repair. Should this fail too, opening repairs it.
            let _ = self.current.truncate(offset).and_then(|()| self.current.sync_data());
            return Err(error);
        }
        self.current.sync_data()?;
        self.head_file.write(&batch.checkpoint)?;
        if batch.first == 0 {
            self.head_file.seal()?;
        }
        lock(&self.extent).push_frame(batch.first, next.size, bytes.len() as u64);
        Ok(())
    }
}

impl<D: Disk> OrderedLog for SegmentLog<D> {
    fn fence(&mut self) -> Result<Fenced, LogError> {
        if self.is_poisoned {
            return Err(LogError::Poisoned);
        }
        let epoch = self.epoch.unwrap_or(Epoch::new(0)).next();
        self.epoch = Some(epoch);
        Ok(Fenced { epoch, head: self.head })
    }

    fn append(&mut self, epoch: Epoch, head: Head, batch: &Frame) -> Result<Head, AppendError> {
        if self.is_poisoned {
            return Err(AppendError::Poisoned);
        }
        if self.epoch != Some(epoch) || self.head != head {
            return Err(AppendError::Conflict);
        }
        let (next, bytes) = check_batch(head, batch).map_err(AppendError::Unfit)?;
        if let Err(error) = self.write(batch, &bytes, next) {
            self.is_poisoned = true;
            return Err(AppendError::Unknown(error));
        }
        self.head = next;
        Ok(next)
    }

    fn read(&self, from: u64) -> Result<Frames, LogError> {
        if self.is_poisoned {
            return Err(LogError::Poisoned);
        }
        self.reader().read(from)
    }
}

/// What `batch` makes of the head, and its bytes.
pub(super) fn check_batch(head: Head, batch: &Frame) -> Result<(Head, Vec<u8>), Damage> {
    let next = chain::follow(head, batch)?;
    if HEAD_NOTE_BYTES_MAX < batch.checkpoint.len() {
        return Err(Damage::Limit);
    }
    let bytes = batch.encode().ok_or(Damage::Limit)?;
    Ok((next, bytes))
}

/// Reads acknowledged frames while the log is being written.
#[derive(Clone)]
pub struct SegmentReader<D: Disk = RealDisk> {
    disk: D,
    extent: Arc<Mutex<Extent>>,
}

impl<D: Disk> SegmentReader<D> {
    /// As [`OrderedLog::read`], also after the log was poisoned or closed.
    ///
    /// # Errors
    ///
    /// When `from` is beyond the end.
    pub fn read(&self, from: u64) -> Result<Frames, LogError> {
        let (parts, expected) = {
            let extent = lock(&self.extent);
            if extent.size < from {
                return Err(LogError::BeyondEnd { from, size: extent.size });
            }
            extent.parts_from(from)
        };
        let disk = self.disk.clone();
        Ok(Frames::new(SegmentFrames { disk, parts, expected, from, reader: None }))
    }
}

fn lock(extent: &Mutex<Extent>) -> MutexGuard<'_, Extent> {
    // Every change under the lock is a single step; a panic leaves none half done.
    extent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which frames there are, and where.
pub(super) struct Extent {
    segments: Vec<Segment>,
    size: u64,
}

struct Segment {
    first: u64,
    len: u64,
    /// Some of its frames, ascending.
    marks: Vec<Mark>,
}

struct Mark {
    first: u64,
    offset: u64,
}

/// A stretch of one file that is to be read.
struct Part {
    name: String,
    offset: u64,
    end: u64,
}

impl Extent {
    /// Of a log without a segment.
    pub(super) fn new() -> Extent {
        Extent { segments: Vec::new(), size: 0 }
    }

    /// Begins a segment that has its mark and no frame.
    pub(super) fn begin_segment(&mut self, first: u64) {
        self.segments.push(Segment { first, len: MAGIC.len() as u64, marks: Vec::new() });
    }

    /// Adds a frame to the last segment.
    pub(super) fn push_frame(&mut self, first: u64, end: u64, len: u64) {
        if let Some(segment) = self.segments.last_mut() {
            let offset = segment.len;
            let is_far = segment.marks.last().is_none_or(|mark| mark.offset + MARK_BYTES <= offset);
            if is_far {
                segment.marks.push(Mark { first, offset });
            }
            segment.len += len;
            self.size = end;
        }
    }

    /// How many segments there are.
    pub(super) fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// Bytes in the last segment up to the end of its last frame.
    pub(super) fn last_len(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.len)
    }

    /// What to read for the entries from `from` on, and which entry comes first.
    fn parts_from(&self, from: u64) -> (VecDeque<Part>, u64) {
        let begin = self.segments.partition_point(|segment| segment.first <= from);
        let begin = begin.saturating_sub(1);
        let mut expected = from;
        let mut parts = VecDeque::new();
        for (i, segment) in self.segments.iter().enumerate().skip(begin) {
            let mut offset = MAGIC.len() as u64;
            if i == begin {
                let next = segment.marks.partition_point(|mark| mark.first <= from);
                let mark = next.checked_sub(1).and_then(|i| segment.marks.get(i));
                expected = mark.map_or(segment.first, |mark| mark.first);
                offset = mark.map_or(offset, |mark| mark.offset);
            }
            let name = recover::segment_name(segment.first);
            parts.push_back(Part { name, offset, end: segment.len });
        }
        (parts, expected)
    }
}

struct SegmentFrames<D: Disk> {
    disk: D,
    parts: VecDeque<Part>,
    reader: Option<(String, FrameReader<D::File>)>,
    /// First entry of the next frame.
    expected: u64,
    /// Frames that end before are passed over.
    from: u64,
}

impl<D: Disk> SegmentFrames<D> {
    fn next_frame(&mut self) -> Result<Option<Frame>, LogError> {
        loop {
            let Some((name, reader)) = &mut self.reader else {
                let Some(part) = self.parts.pop_front() else {
                    return Ok(None);
                };
                let file = self.disk.open(&part.name).map_err(io_error("open", &part.name))?;
                let reader = FrameReader::new(file, part.offset, part.end);
                self.reader = Some((part.name, reader));
                continue;
            };
            let offset = reader.offset();
            let Some(frame) =
                reader.next_frame().map_err(|error| scan_error(error, name, offset))?
            else {
                self.reader = None;
                continue;
            };
            if frame.first != self.expected {
                return Err(LogError::Damaged { file: name.clone(), offset, what: Damage::Gap });
            }
            self.expected = frame.end();
            if self.from < frame.end() {
                return Ok(Some(frame));
            }
        }
    }
}

impl<D: Disk> Iterator for SegmentFrames<D> {
    type Item = Result<Frame, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.next_frame().transpose();
        if matches!(result, Some(Err(_))) {
            self.parts.clear();
            self.reader = None;
        }
        result
    }
}

/// The error of a file operation.
pub(super) fn io_error(action: &'static str, file: &str) -> impl FnOnce(io::Error) -> LogError {
    let file = file.to_owned();
    move |source| LogError::Io { action, file, source }
}

/// The error of reading a frame where one should be.
pub(super) fn scan_error(error: ScanError, file: &str, offset: u64) -> LogError {
    match error {
        ScanError::Io(source) => io_error("read", file)(source),
        ScanError::Frame(error) => {
            LogError::Damaged { file: file.to_owned(), offset, what: Damage::Frame(error) }
        }
    }
}

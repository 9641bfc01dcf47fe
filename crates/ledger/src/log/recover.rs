//! Opening the embedded log: from whatever a crash left to a log that may be
//! written, or to an error that says where the damage is.
//!
//! The rule for what may be thrown away is `docs/spec/log-file.md`, "Torn tail".

use super::chain::{self, Damage};
use super::disk::{Disk, DiskFile};
use super::head_file::{HEAD_NAME, HeadFile, SECOND_SLOT_OFFSET, Slot};
use super::scan::{FrameReader, ScanError, read_full};
use super::segments::{Extent, OpenReport, io_error, scan_error};
use super::{Head, LogError};
use jcm_format::frame::{Frame, FrameError, HEADER_LEN, MAGIC};
use jcm_format::limits::FRAME_BYTES_MAX;
use jcm_format::tlog::{TrustedCheckpoint, VerifierKey};
use std::io;

/// How names of segments end.
const SEGMENT_SUFFIX: &str = ".seg";

/// How names of files that are being made end.
const UNFINISHED_SUFFIX: &str = ".new";

/// Digits of a segment's name: those of 2^64 - 1.
const NAME_DIGITS: usize = 20;

/// A log that may be written.
pub(super) struct Recovered<D: Disk> {
    pub(super) report: OpenReport,
    pub(super) extent: Extent,
    pub(super) current: D::File,
    pub(super) head_file: HeadFile<D::File>,
}

/// Order of effects. Nothing on the disk is changed, unfinished files apart,
/// before the verdict that the log is whole:
///
/// 1. remove files whose making was interrupted;
/// 2. in an empty folder: make the head file, then the first segment;
/// 3. read every frame of every segment: checks, positions, chain;
/// 4. judge the tail and the head file, or halt;
/// 5. cut off a torn tail and sync;
/// 6. if the last frame lies beyond the head file: write it again as it is, and
///    sync, because a sync that failed may have left it in the cache only;
/// 7. write the newest head again and sync; then, if it was behind, write and
///    sync the checkpoint of the last frame;
/// 8. sync the folder, whose last change may not have been synced.
pub(super) fn recover<D: Disk>(disk: &D) -> Result<Recovered<D>, LogError> {
    let names = remove_unfinished(disk)?;
    let has_head = names.iter().any(|name| name == HEAD_NAME);
    let mut firsts = segment_firsts(&names)?;
    if firsts.is_empty() && !has_head {
        create_head(disk)?;
    }
    let (mut head_file, slots) = if has_head || firsts.is_empty() {
        let file = disk.open(HEAD_NAME).map_err(io_error("open", HEAD_NAME))?;
        let (file, slots) = HeadFile::load(file).map_err(io_error("read", HEAD_NAME))?;
        (Some(file), slots)
    } else {
        (None, [Slot::Damaged, Slot::Damaged])
    };
    if firsts.is_empty() {
        if slots != [Slot::Empty, Slot::Empty] {
            return Err(damaged(HEAD_NAME, 0, Damage::EntriesLost));
        }
        create_segment(disk, 0).map_err(io_error("make", &segment_name(0)))?;
        firsts.push(0);
    }
    let walk = Walk::over(disk, &firsts, &slots)?;
    let verdict = walk.judge(&slots)?;
    // From here on the log is whole, and the disk is put in order.
    let current = walk.repair_segments(disk, &verdict)?;
    let head_file = match head_file.take() {
        Some(head_file) => head_file,
        None => create_head(disk)?,
    };
    let head_file = walk.repair_head(head_file, &slots, &verdict)?;
    disk.sync_dir().map_err(io_error("sync", "."))?;
    let report = OpenReport {
        head: walk.head,
        segments: walk.extent.segment_count(),
        truncated_bytes: walk.tail.as_ref().map_or(0, |tail| tail.bytes),
        head_rebuilt: verdict.is_head_lost,
        head_slots_damaged: slots.iter().filter(|slot| **slot == Slot::Damaged).count(),
        last_frame_rewritten: verdict.is_head_behind,
    };
    Ok(Recovered { report, extent: walk.extent, current, head_file })
}

/// Name of the segment that begins with entry `first`.
pub(super) fn segment_name(first: u64) -> String {
    format!("{first:0NAME_DIGITS$}{SEGMENT_SUFFIX}")
}

/// Makes a segment without frames, durably.
pub(super) fn create_segment<D: Disk>(disk: &D, first: u64) -> io::Result<D::File> {
    create_file(disk, &segment_name(first), |file| file.write_all_at(MAGIC, 0))
}

fn create_head<D: Disk>(disk: &D) -> Result<HeadFile<D::File>, LogError> {
    let file =
        create_file(disk, HEAD_NAME, HeadFile::format).map_err(io_error("make", HEAD_NAME))?;
    let (head_file, _) = HeadFile::load(file).map_err(io_error("read", HEAD_NAME))?;
    Ok(head_file)
}

/// Under its own name a file is always complete.
fn create_file<D: Disk>(
    disk: &D,
    name: &str,
    fill: impl FnOnce(&D::File) -> io::Result<()>,
) -> io::Result<D::File> {
    let unfinished = format!("{name}{UNFINISHED_SUFFIX}");
    let file = disk.create(&unfinished)?;
    fill(&file)?;
    file.sync_data()?;
    disk.rename(&unfinished, name)?;
    disk.sync_dir()?;
    Ok(file)
}

fn remove_unfinished<D: Disk>(disk: &D) -> Result<Vec<String>, LogError> {
    let mut names = disk.list().map_err(io_error("list", "."))?;
    let is_unfinished = |name: &String| {
        name.strip_suffix(UNFINISHED_SUFFIX)
            .is_some_and(|name| name == HEAD_NAME || name.ends_with(SEGMENT_SUFFIX))
    };
    for name in names.iter().filter(|name| is_unfinished(name)) {
        disk.remove(name).map_err(io_error("remove", name))?;
    }
    names.retain(|name| !is_unfinished(name));
    Ok(names)
}

/// First entries of the segments, ascending. Other files are left alone.
fn segment_firsts(names: &[String]) -> Result<Vec<u64>, LogError> {
    let mut firsts = Vec::new();
    for name in names {
        if let Some(digits) = name.strip_suffix(SEGMENT_SUFFIX) {
            let first = digits.parse().ok().filter(|first| segment_name(*first) == *name);
            firsts.push(first.ok_or_else(|| damaged(name, 0, Damage::Name))?);
        }
    }
    firsts.sort_unstable();
    Ok(firsts)
}

fn damaged(file: &str, offset: u64, what: Damage) -> LogError {
    LogError::Damaged { file: file.to_owned(), offset, what }
}

/// What reading all frames found.
struct Walk {
    head: Head,
    extent: Extent,
    /// Name of the last segment.
    last_segment: String,
    frame_count: u64,
    last_frame: Option<LastFrame>,
    tail: Option<Tail>,
    /// The key of the registry's checkpoints, where the first entry names it.
    log_key: Option<VerifierKey>,
    /// Which slots of the head file stand in the log.
    is_slot_found: [bool; 2],
}

/// The last frame that is intact.
struct LastFrame {
    segment: String,
    offset: u64,
    len: u64,
    note: String,
}

/// What stands behind it, if anything does.
struct Tail {
    offset: u64,
    bytes: u64,
}

/// What is to be put in order.
struct Verdict {
    is_head_lost: bool,
    is_head_behind: bool,
}

impl Walk {
    fn over<D: Disk>(disk: &D, firsts: &[u64], slots: &[Slot; 2]) -> Result<Walk, LogError> {
        let mut walk = Walk {
            head: Head::EMPTY,
            extent: Extent::new(),
            last_segment: String::new(),
            frame_count: 0,
            last_frame: None,
            tail: None,
            log_key: None,
            is_slot_found: [false; 2],
        };
        for (i, first) in firsts.iter().enumerate() {
            walk.read_segment(disk, *first, i + 1 == firsts.len(), slots)?;
        }
        Ok(walk)
    }

    fn read_segment<D: Disk>(
        &mut self,
        disk: &D,
        first: u64,
        is_last: bool,
        slots: &[Slot; 2],
    ) -> Result<(), LogError> {
        let name = segment_name(first);
        if first != self.head.size {
            return Err(damaged(&name, 0, Damage::MissingSegment));
        }
        let file = disk.open(&name).map_err(io_error("open", &name))?;
        let len = file.len().map_err(io_error("measure", &name))?;
        let mut magic = [0; MAGIC.len()];
        let count = read_full(&file, &mut magic, 0).map_err(io_error("read", &name))?;
        if count < MAGIC.len() || magic != *MAGIC {
            return Err(damaged(&name, 0, Damage::Magic));
        }
        self.extent.begin_segment(first);
        self.last_segment = name.clone();
        let mut reader = FrameReader::new(file, MAGIC.len() as u64, len);
        loop {
            let offset = reader.offset();
            match reader.next_frame() {
                Ok(Some(frame)) => {
                    let frame_len = reader.offset() - offset;
                    self.add(&frame, &name, offset, frame_len, slots)?;
                }
                Ok(None) => return Ok(()),
                Err(ScanError::Frame(error)) if is_last && may_be_torn(error) => {
                    let file = disk.open(&name).map_err(io_error("open", &name))?;
                    let bytes = len - offset;
                    self.check_is_last(&file, &name, offset, bytes)?;
                    self.tail = Some(Tail { offset, bytes });
                    return Ok(());
                }
                Err(error) => return Err(scan_error(error, &name, offset)),
            }
        }
    }

    fn add(
        &mut self,
        frame: &Frame,
        segment: &str,
        offset: u64,
        len: u64,
        slots: &[Slot; 2],
    ) -> Result<(), LogError> {
        let head =
            chain::follow(self.head, frame).map_err(|what| damaged(segment, offset, what))?;
        for (slot, is_found) in slots.iter().zip(&mut self.is_slot_found) {
            if let Slot::Note { size, note } = slot {
                *is_found |= *size == head.size && *note == frame.checkpoint;
            }
        }
        if self.frame_count == 0 {
            self.log_key = frame.entries.first().and_then(|entry| chain::registry_key(entry));
        }
        self.head = head;
        self.frame_count += 1;
        self.extent.push_frame(frame.first, head.size, len);
        let note = frame.checkpoint.clone();
        self.last_frame = Some(LastFrame { segment: segment.to_owned(), offset, len, note });
        Ok(())
    }

    /// A single write was under way at the crash. What it left is no longer than
    /// a frame, and no intact frame stands behind it.
    fn check_is_last<F: DiskFile>(
        &self,
        file: &F,
        name: &str,
        offset: u64,
        bytes: u64,
    ) -> Result<(), LogError> {
        let region_len = usize::try_from(bytes)
            .ok()
            .filter(|bytes| *bytes <= HEADER_LEN + FRAME_BYTES_MAX)
            .ok_or_else(|| damaged(name, offset, Damage::NotTheLast))?;
        let mut region = vec![0; region_len];
        read_full(file, &mut region, offset).map_err(io_error("read", name))?;
        for start in 1..region.len() {
            if self.is_later_frame(&region[start..], bytes) {
                return Err(damaged(name, offset, Damage::NotTheLast));
            }
        }
        Ok(())
    }

    /// Whether `bytes` begin with a frame that could have followed a lost one.
    ///
    /// NB: entries hold bytes chosen by outsiders, attachments' digests among
    /// them, in which a whole frame has room. What nobody outside can make is a
    /// checkpoint signed by the registry.
    fn is_later_frame(&self, bytes: &[u8], region_len: u64) -> bool {
        let Some(first) = bytes.get(HEADER_LEN..).and_then(|body| body.first_chunk::<8>()) else {
            return false;
        };
        let first = u64::from_le_bytes(*first);
        if first <= self.head.size || self.head.size.saturating_add(region_len) < first {
            return false;
        }
        let Ok((frame, _)) = Frame::decode(bytes) else {
            return false;
        };
        match &self.log_key {
            Some(key) => TrustedCheckpoint::open(&frame.checkpoint, key)
                .is_ok_and(|trusted| trusted.checkpoint().size == frame.end()),
            None => chain::checkpoint_size(&frame.checkpoint) == Some(frame.end()),
        }
    }

    fn judge(&self, slots: &[Slot; 2]) -> Result<Verdict, LogError> {
        let end = self.tail.as_ref().map_or(self.extent.last_len(), |tail| tail.offset);
        for (i, slot) in slots.iter().enumerate() {
            let Slot::Note { size, .. } = slot else {
                continue;
            };
            if self.head.size < *size {
                return Err(damaged(&self.last_segment, end, Damage::EntriesLost));
            }
            if !self.is_slot_found[i] {
                let offset = if i == 0 { 0 } else { SECOND_SLOT_OFFSET };
                return Err(damaged(HEAD_NAME, offset, Damage::OtherHead));
            }
        }
        let known = slots.iter().filter_map(Slot::size).max();
        // The head is sealed with the first frame: before, and only then, the
        // file may hold nothing but zeros.
        let is_new = *slots == [Slot::Empty, Slot::Empty]
            && (self.frame_count == 0 || self.frame_count == 1 && self.tail.is_none());
        if known.is_none() && !is_new && self.tail.is_some() {
            return Err(damaged(&self.last_segment, end, Damage::HeadLost));
        }
        Ok(Verdict {
            is_head_lost: known.is_none() && !is_new,
            is_head_behind: known.unwrap_or(0) < self.head.size,
        })
    }

    /// Gives the segment to write to.
    fn repair_segments<D: Disk>(&self, disk: &D, verdict: &Verdict) -> Result<D::File, LogError> {
        let name = &self.last_segment;
        let current = disk.open(name).map_err(io_error("open", name))?;
        if let Some(tail) = &self.tail {
            current.truncate(tail.offset).map_err(io_error("truncate", name))?;
            current.sync_data().map_err(io_error("sync", name))?;
        }
        if let Some(last) = self.last_frame.as_ref().filter(|_| verdict.is_head_behind) {
            rewrite(disk, last).map_err(io_error("write again", &last.segment))?;
        }
        Ok(current)
    }

    fn repair_head<F: DiskFile>(
        &self,
        mut head_file: HeadFile<F>,
        slots: &[Slot; 2],
        verdict: &Verdict,
    ) -> Result<HeadFile<F>, LogError> {
        head_file.reseal(slots).map_err(io_error("seal", HEAD_NAME))?;
        if let Some(last) = self.last_frame.as_ref().filter(|_| verdict.is_head_behind) {
            head_file.write(&last.note).map_err(io_error("write", HEAD_NAME))?;
            head_file.seal().map_err(io_error("seal", HEAD_NAME))?;
        }
        Ok(head_file)
    }
}

/// Whether an interrupted write can look like this.
fn may_be_torn(error: FrameError) -> bool {
    match error {
        FrameError::Truncated | FrameError::Length | FrameError::Check => true,
        // Whole, and yet not a frame: somebody wrote that.
        FrameError::Body => false,
    }
}

fn rewrite<D: Disk>(disk: &D, frame: &LastFrame) -> io::Result<()> {
    let file = disk.open(&frame.segment)?;
    let len = usize::try_from(frame.len).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut bytes = vec![0; len];
    if read_full(&file, &mut bytes, frame.offset)? != bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    file.write_all_at(&bytes, frame.offset)?;
    file.sync_data()
}

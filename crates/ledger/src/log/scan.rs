//! Reading the frames of one file in their order, without holding the file.

use super::disk::DiskFile;
use jcm_format::frame::{Frame, FrameError, HEADER_LEN};
use jcm_format::limits::FRAME_BYTES_MAX;
use std::io;

/// Bytes asked for at once.
const CHUNK_BYTES: usize = 128 * 1024;

/// Fills `buffer` from `offset` on as far as the file goes; gives the count.
pub(super) fn read_full<F: DiskFile>(
    file: &F,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        let position = offset.saturating_add(count as u64);
        match file.read_at(&mut buffer[count..], position) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// Frames of one file from an offset on.
pub(super) struct FrameReader<F> {
    file: F,
    /// Where reading stops, whatever else the file holds.
    end: u64,
    /// Position in the file of `buffer[start]`.
    offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

/// Why there is no next frame.
#[derive(Debug)]
pub(super) enum ScanError {
    /// The bytes at the reader's offset are not a frame.
    Frame(FrameError),
    /// The file cannot be read.
    Io(io::Error),
}

impl<F: DiskFile> FrameReader<F> {
    /// Reads the frames from `offset` up to `end`.
    pub(super) fn new(file: F, offset: u64, end: u64) -> FrameReader<F> {
        FrameReader { file, end, offset, buffer: Vec::new(), start: 0 }
    }

    /// Where the next frame begins; after an error, the frame that caused it.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next frame, `None` at the end.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, ScanError> {
        if self.offset == self.end {
            return Ok(None);
        }
        let mut wanted = HEADER_LEN;
        let available = self.fill(wanted).map_err(ScanError::Io)?;
        if let Some(length) = available.first_chunk::<4>() {
            let body_len = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            wanted += body_len.min(FRAME_BYTES_MAX);
        }
        let available = self.fill(wanted).map_err(ScanError::Io)?;
        let (frame, len) = Frame::decode(available).map_err(ScanError::Frame)?;
        self.start += len;
        self.offset += len as u64;
        Ok(Some(frame))
    }

    /// At least `wanted` bytes at the offset, or all there are.
    fn fill(&mut self, wanted: usize) -> io::Result<&[u8]> {
        let held = self.buffer.len() - self.start;
        if held < wanted {
            self.buffer.drain(..self.start);
            self.start = 0;
            let position = self.offset + held as u64;
            let left = usize::try_from(self.end.saturating_sub(position)).unwrap_or(usize::MAX);
            let more = (wanted - held).max(CHUNK_BYTES).min(left);
            self.buffer.resize(held + more, 0);
            let count = read_full(&self.file, &mut self.buffer[held..], position)?;
            self.buffer.truncate(held + count);
        }
        Ok(&self.buffer[self.start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::Disk as _;
    use crate::log::sample;
    use crate::log::sim_disk::SimDisk;

    #[test]
    fn frames_of_any_size_are_read_in_order() {
        let frames = sample::frames_with(&[(1, 10), (256, 2_000), (3, 10), (250, 1_500)]);
        let bytes = frames.iter().flat_map(|frame| frame.encode().expect("small")).collect();
        let bytes: Vec<u8> = bytes;
        assert!(bytes.len() > 4 * CHUNK_BYTES);
        let disk = SimDisk::new();
        let file = disk.create("file").expect("room");
        file.write_all_at(&bytes, 0).expect("room");
        let mut reader = FrameReader::new(file, 0, bytes.len() as u64);
        let mut read = Vec::new();
        while let Some(frame) = reader.next_frame().expect("intact") {
            read.push(frame);
        }
        assert_eq!(read, frames);
        assert_eq!(reader.offset(), bytes.len() as u64);
    }
}

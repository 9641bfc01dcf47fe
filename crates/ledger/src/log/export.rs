//! Frames of an export, or of one segment, from anything that can be read to its
//! end: no lock, no repair, one frame in memory (`docs/spec/log-file.md`).

use jcm_format::frame::{Frame, FrameError, HEADER_LEN, MAGIC};
use jcm_format::limits::FRAME_BYTES_MAX;
use std::io::{self, Read};

/// Reads frames one after the other. What they say is for the caller to check.
#[derive(Debug)]
pub struct ExportReader<R> {
    source: R,
    offset: u64,
}

/// Why there is no next frame.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The bytes cannot be read.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// It does not begin as an export does.
    #[error("the file does not begin as an export of a log does")]
    NotAnExport,
    /// The bytes at an offset are not a frame.
    #[error("at byte {offset}: {error}")]
    Frame {
        /// Where.
        offset: u64,
        /// Why not.
        error: FrameError,
    },
}

impl<R: Read> ExportReader<R> {
    /// Reads the beginning.
    ///
    /// # Errors
    ///
    /// When it is not that of an export.
    pub fn begin(mut source: R) -> Result<ExportReader<R>, ExportError> {
        let mut magic = [0; MAGIC.len()];
        match source.read_exact(&mut magic) {
            Ok(()) if magic == *MAGIC => {}
            Ok(()) => return Err(ExportError::NotAnExport),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ExportError::NotAnExport);
            }
            Err(error) => return Err(ExportError::Io(error)),
        }
        Ok(ExportReader { source, offset: MAGIC.len() as u64 })
    }

    /// The next frame; none at the end.
    ///
    /// # Errors
    ///
    /// When what follows is not a frame, or ends inside one
    /// ([`FrameError::Truncated`]).
    pub fn next_frame(&mut self) -> Result<Option<Frame>, ExportError> {
        let mut bytes = Vec::new();
        let offset = self.offset;
        let wrong = |error| ExportError::Frame { offset, error };
        if !self.more(&mut bytes, HEADER_LEN)? {
            return if bytes.is_empty() { Ok(None) } else { Err(wrong(FrameError::Truncated)) };
        }
        let length = bytes.first_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
        let length = usize::try_from(length).ok().filter(|length| *length <= FRAME_BYTES_MAX);
        let length = length.ok_or(wrong(FrameError::Length))?;
        if !self.more(&mut bytes, length)? {
            return Err(wrong(FrameError::Truncated));
        }
        let (frame, read) = Frame::decode(&bytes).map_err(wrong)?;
        self.offset = self.offset.saturating_add(read as u64);
        Ok(Some(frame))
    }

    /// Reads so many bytes more; false where there are fewer.
    fn more(&mut self, bytes: &mut Vec<u8>, count: usize) -> Result<bool, ExportError> {
        let limit = u64::try_from(count).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(limit).read_to_end(bytes);
        read.map(|read| read == count).map_err(ExportError::Io)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::sample;

    fn export(frames: &[Frame]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        frames.iter().for_each(|frame| bytes.extend(frame.encode().expect("small")));
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Frame>, ExportError> {
        let mut reader = ExportReader::begin(bytes)?;
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    #[test]
    fn an_export_is_read_frame_by_frame() {
        let frames = sample::frames_with(&[(1, 10), (256, 200), (3, 10)]);
        assert_eq!(read(&export(&frames)).expect("whole"), frames);
        assert_eq!(read(MAGIC).expect("empty"), []);
    }

    #[test]
    fn what_is_not_an_export_or_not_whole_is_told() {
        assert!(matches!(read(b"jcmlog"), Err(ExportError::NotAnExport)));
        assert!(matches!(read(b"something else"), Err(ExportError::NotAnExport)));
        let frames = sample::frames_with(&[(2, 50), (2, 50)]);
        let bytes = export(&frames);
        for cut in [bytes.len() - 1, bytes.len() - 60] {
            let error = read(&bytes[..cut]).expect_err("torn");
            let ExportError::Frame { error: FrameError::Truncated, .. } = error else {
                panic!("{error}")
            };
        }
        let mut flipped = bytes;
        *flipped.last_mut().expect("bytes") ^= 1;
        let first = MAGIC.len() + frames[0].encode().expect("small").len();
        let error = read(&flipped).expect_err("flipped").to_string();
        assert!(error.starts_with(&format!("at byte {first}: ")), "{error}");
    }
}

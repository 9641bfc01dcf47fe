//! Releases: under which checkpoint entries were shown to the public
//! (`docs/spec/log-file.md`, *Releases*).
//!
//! A cosignature has a time in it and cannot be made twice, so a registry with
//! witnesses writes down what it released, before it tells anybody. This is the form of
//! that file; who writes and reads it is for others.

use crate::hash::Digest;
use crate::tlog::NOTE_BYTES_MAX;

/// What the file begins with.
pub const RELEASES_MAGIC: &[u8] = b"jcmreleases/1\n";

/// Length and check before each record.
pub const RELEASE_HEADER_LEN: usize = 12;

/// Kind and two sizes, before the note.
const BODY_LEN_MIN: usize = 17;

/// Longest record, its header included.
pub const RELEASE_BYTES_MAX: usize = RELEASE_HEADER_LEN + BODY_LEN_MIN + NOTE_BYTES_MAX;

/// One record. The first size of each is the last size of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Release {
    /// Entries `from` up to but not including `to` were released under a cosigned
    /// checkpoint of `to` entries.
    Witnessed {
        /// The first entry.
        from: u64,
        /// The size after the last.
        to: u64,
        /// The checkpoint with the lines of log and witnesses.
        note: String,
    },
    /// They were released without witnesses, each under the checkpoint of its batch.
    Plain {
        /// The first entry.
        from: u64,
        /// The size after the last.
        to: u64,
    },
    /// From here on no witnesses are asked, and entries are released once they are
    /// durable. The next record says where that ended.
    Open {
        /// The first such entry.
        from: u64,
    },
}

/// What stands at a place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A record, and how many bytes it takes.
    Record(Release, usize),
    /// Nothing: the file ends.
    End,
    /// No record; and none that is whole comes after it, so that an interrupted write
    /// may have left this.
    Torn,
    /// No record, where none but a damaged one can be.
    Damaged,
}

impl Release {
    /// The size before it and the size after it.
    pub fn sizes(&self) -> (u64, u64) {
        match self {
            Release::Witnessed { from, to, .. } | Release::Plain { from, to } => (*from, *to),
            Release::Open { from } => (*from, *from),
        }
    }

    /// The record as it is written; `None` when the note is too long for one.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let (kind, note) = match self {
            Release::Witnessed { note, .. } => (1, note.as_str()),
            Release::Plain { .. } => (2, ""),
            Release::Open { .. } => (3, ""),
        };
        if note.len() > NOTE_BYTES_MAX {
            return None;
        }
        let (from, to) = self.sizes();
        let mut body = vec![kind];
        body.extend_from_slice(&from.to_le_bytes());
        body.extend_from_slice(&to.to_le_bytes());
        body.extend_from_slice(note.as_bytes());
        let length = u32::try_from(body.len()).ok()?.to_le_bytes();
        let check = Digest::of(&[&length, &body]);
        let (check, _) = check.as_bytes().split_at(8);
        Some([&length, check, &body].concat())
    }

    /// Reads the record at the beginning of `bytes`, which go on to the end of the file
    /// or are at least [`RELEASE_BYTES_MAX`].
    pub fn find(bytes: &[u8]) -> Found {
        if bytes.is_empty() {
            return Found::End;
        }
        if let Some((release, length)) = decode(bytes) {
            return Found::Record(release, length);
        }
        let follows = (1..bytes.len()).any(|at| bytes.get(at..).and_then(decode).is_some());
        if follows || bytes.len() > RELEASE_BYTES_MAX { Found::Damaged } else { Found::Torn }
    }
}

fn decode(bytes: &[u8]) -> Option<(Release, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let body_len = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if !(BODY_LEN_MIN..=BODY_LEN_MIN + NOTE_BYTES_MAX).contains(&body_len) {
        return None;
    }
    let (check, rest) = rest.split_first_chunk::<8>()?;
    let body = rest.get(..body_len)?;
    if Digest::of(&[length, body]).as_bytes().get(..8)? != check {
        return None;
    }
    let (kind, rest) = body.split_first()?;
    let (from, rest) = rest.split_first_chunk()?;
    let (to, note) = rest.split_first_chunk()?;
    let (from, to) = (u64::from_le_bytes(*from), u64::from_le_bytes(*to));
    let note = std::str::from_utf8(note).ok()?;
    let release = match kind {
        1 => Release::Witnessed { from, to, note: note.to_owned() },
        2 => Release::Plain { from, to },
        3 => Release::Open { from },
        _ => return None,
    };
    // One content, one spelling.
    let length = RELEASE_HEADER_LEN + body_len;
    (release.encode()?.as_slice() == bytes.get(..length)?).then_some((release, length))
}

/// What a file of releases says, record by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// How many entries are released.
    pub released: u64,
    /// Whether more are, without a record.
    pub is_open: bool,
}

impl Progress {
    /// Takes the next record; `None` when it does not follow.
    pub fn follow(self, release: &Release) -> Option<Progress> {
        let (from, to) = release.sizes();
        let is_open = matches!(release, Release::Open { .. });
        // What was open is closed by saying up to where.
        let fits = !self.is_open || matches!(release, Release::Plain { .. });
        let follows = from == self.released && from <= to && fits;
        follows.then_some(Progress { released: to, is_open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witnessed() -> Release {
        Release::Witnessed { from: 3, to: 9, note: "a note\n".to_owned() }
    }

    fn all() -> [Release; 3] {
        [witnessed(), Release::Plain { from: 9, to: 12 }, Release::Open { from: 12 }]
    }

    fn bytes(release: &Release) -> Vec<u8> {
        release.encode().expect("short")
    }

    #[test]
    fn a_record_is_read_as_it_is_written() {
        for release in all() {
            let bytes = bytes(&release);
            assert_eq!(Release::find(&bytes), Found::Record(release.clone(), bytes.len()));
            let more = [bytes.as_slice(), b"more"].concat();
            assert_eq!(Release::find(&more), Found::Record(release, bytes.len()));
        }
        assert_eq!(Release::find(&[]), Found::End);
        let long = "x".repeat(NOTE_BYTES_MAX + 1);
        assert_eq!(Release::Witnessed { from: 0, to: 1, note: long }.encode(), None);
    }

    #[test]
    fn a_changed_or_cut_record_is_torn_at_the_end_and_damage_before_it() {
        let whole = bytes(&witnessed());
        let next = bytes(&Release::Plain { from: 9, to: 12 });
        for at in 0..whole.len() {
            for by in [0x01, 0x80] {
                let mut changed = whole.clone();
                changed[at] ^= by;
                assert_eq!(Release::find(&changed), Found::Torn, "{at}");
                changed.extend_from_slice(&next);
                assert_eq!(Release::find(&changed), Found::Damaged, "{at}");
            }
            if at != 0 {
                assert_eq!(Release::find(&whole[..at]), Found::Torn);
            }
        }
        let garbage = vec![7; RELEASE_BYTES_MAX + 1];
        assert_eq!(Release::find(&garbage), Found::Damaged, "more than one record's bytes");
    }

    #[test]
    fn records_follow_each_other() {
        let mut progress = Progress { released: 3, is_open: false };
        for release in all() {
            progress = progress.follow(&release).expect("it follows");
        }
        assert_eq!(progress, Progress { released: 12, is_open: true });
        let close = Release::Plain { from: 12, to: 12 };
        assert_eq!(progress.follow(&close), Some(Progress { released: 12, is_open: false }));
        let wrong = [
            Release::Open { from: 12 },
            Release::Witnessed { from: 12, to: 13, note: String::new() },
            Release::Plain { from: 11, to: 13 },
            Release::Plain { from: 13, to: 14 },
            Release::Plain { from: 12, to: 11 },
        ];
        for release in wrong {
            assert_eq!(progress.follow(&release), None, "{release:?}");
        }
    }
}

//! Proof files: everything needed to check, offline and years later, that an
//! entry is in the log (`docs/spec/tlog.md` §5).
//!
//! The entry itself is not in the file. The verifier brings its bytes, the log's
//! key and, if it wants witnesses, their keys.

use super::checkpoint::{CheckpointError, SignedCheckpoint, TrustedCheckpoint};
use super::cosignature::CosignatureError;
use super::merkle::leaf_hash;
use super::note::NOTE_BYTES_MAX;
use super::text::{digest_from_base64, from_base64, from_decimal, to_base64};
use super::verify::{PROOF_HASHES_MAX, ProofError, verify_inclusion};
use super::vkey::VerifierKey;
use crate::hash::Digest;
use std::fmt;
use std::str::FromStr;

/// Longest extra data: room for one entry, the largest of which has 65,535 bytes.
pub const PROOF_EXTRA_BYTES_MAX: usize = 64 * 1024;

/// Longest proof file: a note, the extra data in base64 (4 characters for 3
/// bytes: below 88 KiB), 64 hashes of 45 characters and two short lines.
pub const PROOF_FILE_BYTES_MAX: usize = NOTE_BYTES_MAX + 96 * 1024;

/// The first line, which names the format and its version.
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";

/// A proof file: well-formed, but nothing in it is verified.
///
/// `Display` writes the file; `FromStr` reads only what `Display` writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    // Never empty: a file without extra data has no such line.
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Digest>,
    checkpoint: SignedCheckpoint,
}

/// Why a text is not a proof file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// More than [`PROOF_FILE_BYTES_MAX`] bytes.
    #[error("the proof file has more than {PROOF_FILE_BYTES_MAX} bytes")]
    TooLong,
    /// Another format, or another version of it.
    #[error("the first line is not c2sp.org/tlog-proof@v1")]
    FirstLine,
    /// No blank line before the checkpoint.
    #[error("no blank line separates the proof from the checkpoint")]
    NoSeparator,
    /// The extra data is empty or not canonical base64.
    #[error("the extra data is empty or not canonical base64")]
    Extra,
    /// More than [`PROOF_EXTRA_BYTES_MAX`] bytes of extra data.
    #[error("there are more than {PROOF_EXTRA_BYTES_MAX} bytes of extra data")]
    ExtraTooLong,
    /// The index line is missing or not a canonical decimal.
    #[error("the index is missing or not a decimal without leading zeros")]
    Index,
    /// A line is not the canonical base64 of 32 bytes.
    #[error("a line of the proof is not the base64 of a hash")]
    Hash,
    /// More than [`PROOF_HASHES_MAX`] hashes.
    #[error("the proof has more than {PROOF_HASHES_MAX} hashes")]
    TooManyHashes,
    /// The rest is not a checkpoint.
    #[error("the proof does not end with a checkpoint")]
    Checkpoint(#[source] CheckpointError),
}

/// Why a proof file does not convince.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofVerifyError {
    /// The checkpoint is not by this log's key.
    #[error("the checkpoint is not believed")]
    Checkpoint(#[source] CheckpointError),
    /// The cosignatures are not believed.
    #[error("the cosignatures are not believed")]
    Cosignatures(#[source] CosignatureError),
    /// Fewer witnesses than demanded saw the checkpoint.
    #[error("{found} witnesses cosigned where {required} are required")]
    Quorum {
        /// How many are demanded.
        required: usize,
        /// How many cosigned.
        found: usize,
    },
    /// The entry is not shown to be in the tree.
    #[error("the entry is not proved to be in the log")]
    Inclusion(#[source] ProofError),
}

impl ProofFile {
    /// Puts together the proof for the entry at `index`, from
    /// [`Tree::inclusion_proof`](super::Tree::inclusion_proof) for the size of `checkpoint`.
    pub fn new(index: u64, hashes: Vec<Digest>, checkpoint: &TrustedCheckpoint) -> ProofFile {
        ProofFile { extra: None, index, hashes, checkpoint: checkpoint.signed().clone() }
    }

    /// Adds extra data, which nothing authenticates; empty data is the same as none.
    pub fn with_extra(self, extra: Vec<u8>) -> Result<ProofFile, ProofFileError> {
        if extra.len() > PROOF_EXTRA_BYTES_MAX {
            return Err(ProofFileError::ExtraTooLong);
        }
        Ok(ProofFile { extra: Some(extra).filter(|extra| !extra.is_empty()), ..self })
    }

    /// The extra data. NB: not authenticated, whatever [`ProofFile::verify`] says.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Where the entry is said to be.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion proof, the leaf's sibling first.
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The checkpoint, as far as nobody has verified it: good for choosing a key.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Verifies that the log put `entry` at the file's index, without asking for
    /// witnesses (`docs/spec/tlog.md` §5.2).
    pub fn verify(
        &self,
        entry: &[u8],
        log_key: &VerifierKey,
    ) -> Result<TrustedCheckpoint, ProofVerifyError> {
        self.verify_witnessed(entry, log_key, &[], 0)
    }

    /// Verifies that the log put `entry` at the file's index, and that at least
    /// `quorum` of `witnesses` saw the checkpoint (`docs/spec/tlog.md` §5.2):
    ///
    /// 1. the leaf hash, from the verifier's own bytes;
    /// 2. origin and signature of the log;
    /// 3. the cosignatures against the quorum;
    /// 4. the inclusion.
    pub fn verify_witnessed(
        &self,
        entry: &[u8],
        log_key: &VerifierKey,
        witnesses: &[VerifierKey],
        quorum: usize,
    ) -> Result<TrustedCheckpoint, ProofVerifyError> {
        let leaf = leaf_hash(entry);
        let signed = self.checkpoint.clone();
        let trusted = signed.verify(log_key).map_err(ProofVerifyError::Checkpoint)?;
        let found = trusted.cosignatures(witnesses).map_err(ProofVerifyError::Cosignatures)?.len();
        if found < quorum {
            return Err(ProofVerifyError::Quorum { required: quorum, found });
        }
        let head = trusted.checkpoint();
        verify_inclusion(self.index, head.size, &leaf, &self.hashes, &head.root)
            .map_err(ProofVerifyError::Inclusion)?;
        Ok(trusted)
    }
}

impl FromStr for ProofFile {
    type Err = ProofFileError;

    fn from_str(text: &str) -> Result<ProofFile, ProofFileError> {
        if text.len() > PROOF_FILE_BYTES_MAX {
            return Err(ProofFileError::TooLong);
        }
        let rest = text.strip_prefix(FIRST_LINE).ok_or(ProofFileError::FirstLine)?;
        let (proof, note) = rest.split_once("\n\n").ok_or(ProofFileError::NoSeparator)?;
        let mut lines = proof.split('\n').peekable();
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(read_extra).transpose()?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(from_decimal).ok_or(ProofFileError::Index)?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == PROOF_HASHES_MAX {
                return Err(ProofFileError::TooManyHashes);
            }
            hashes.push(digest_from_base64(line).ok_or(ProofFileError::Hash)?);
        }
        let checkpoint = SignedCheckpoint::parse(note).map_err(ProofFileError::Checkpoint)?;
        Ok(ProofFile { extra, index, hashes, checkpoint })
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FIRST_LINE)?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", to_base64(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint.note_text())
    }
}

fn read_extra(line: &str) -> Result<Vec<u8>, ProofFileError> {
    let extra = line.strip_prefix("extra ").and_then(from_base64).ok_or(ProofFileError::Extra)?;
    match extra.len() {
        0 => Err(ProofFileError::Extra),
        len if len > PROOF_EXTRA_BYTES_MAX => Err(ProofFileError::ExtraTooLong),
        _ => Ok(extra),
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    const GOLDEN: &str = "tlog_proof_index_300_size_600";

    fn golden_file() -> ProofFile {
        golden::text(GOLDEN).parse().expect("a proof file")
    }

    #[test]
    fn the_golden_proof_verifies_and_is_made_alike() {
        let (log, witness) = (golden::vkey("log_vkey"), [golden::vkey("witness_vkey")]);
        let (file, entry) = (golden_file(), golden::entry(300));
        assert_eq!(file.to_string(), golden::text(GOLDEN));
        let trusted = file.verify_witnessed(&entry, &log, &witness, 1).expect("verifies");
        assert_eq!(file.verify(&entry, &log), Ok(trusted.clone()));
        let hashes = golden::tree(600).inclusion_proof(300, 600).expect("a proof");
        assert_eq!(ProofFile::new(300, hashes, &trusted).to_string(), golden::text(GOLDEN));
    }

    #[test]
    fn what_is_missing_is_told_in_the_order_of_the_specification() {
        let (log, witness) = (golden::vkey("log_vkey"), [golden::vkey("witness_vkey")]);
        let (file, wrong) = (golden_file(), golden::entry(301));
        let inclusion = Err(ProofVerifyError::Inclusion(ProofError::RootMismatch));
        assert_eq!(file.verify(&wrong, &log), inclusion);
        let quorum = Err(ProofVerifyError::Quorum { required: 2, found: 1 });
        assert_eq!(file.verify_witnessed(&wrong, &log, &witness, 2), quorum);
        let misused = file.verify_witnessed(&wrong, &log, std::slice::from_ref(&log), 2);
        assert!(matches!(misused, Err(ProofVerifyError::Cosignatures(_))));
        let stranger = file.verify_witnessed(&wrong, &witness[0], &witness, 2);
        assert!(matches!(stranger, Err(ProofVerifyError::Checkpoint(_))));
    }

    #[test]
    fn one_changed_byte_never_proves_anything_else() {
        let (log, entry, text) =
            (golden::vkey("log_vkey"), golden::entry(300), golden::text(GOLDEN));
        let witness_line = text.rfind('\u{2014}').expect("a witness line");
        for changed in golden::one_byte_off(&text) {
            let Ok(file) = changed.parse::<ProofFile>() else { continue };
            if file.verify(&entry, &log).is_ok() {
                assert_eq!(changed[..witness_line], text[..witness_line]);
            }
        }
    }

    #[test]
    fn extra_data_is_carried_and_changes_nothing() {
        let (log, entry) = (golden::vkey("log_vkey"), golden::entry(300));
        let file = golden_file().with_extra(b"salt".to_vec()).expect("short enough");
        let text = file.to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 300\n"));
        assert_eq!(text.parse(), Ok(file.clone()));
        assert_eq!(file.extra(), Some(b"salt".as_slice()));
        assert!(file.verify(&entry, &log).is_ok());
        assert_eq!(golden_file().with_extra(Vec::new()), Ok(golden_file()));
        let longest = golden_file().with_extra(vec![0; PROOF_EXTRA_BYTES_MAX]).expect("allowed");
        assert_eq!(longest.to_string().parse(), Ok(longest));
        let longer = golden_file().with_extra(vec![0; PROOF_EXTRA_BYTES_MAX + 1]);
        assert_eq!(longer, Err(ProofFileError::ExtraTooLong));
    }

    #[test]
    fn the_only_entry_of_a_log_needs_no_hashes() {
        let log = golden::vkey("log_vkey");
        let trusted = TrustedCheckpoint::open(&golden::checkpoint(1), &log).expect("signed");
        let file = ProofFile::new(0, Vec::new(), &trusted);
        let read: ProofFile = file.to_string().parse().expect("a proof file");
        assert_eq!(read.verify(b"", &log), Ok(trusted));
        assert!(read.verify(b"x", &log).is_err());
    }

    #[test]
    fn malformed_files_are_refused_by_name() {
        let text = golden::text(GOLDEN);
        let hash = format!("{}\n", to_base64(&[0; 32]));
        for (bad, error) in [
            (" ".repeat(PROOF_FILE_BYTES_MAX + 1), ProofFileError::TooLong),
            (text.replace("proof@v1", "proof@v2"), ProofFileError::FirstLine),
            (String::new(), ProofFileError::FirstLine),
            ("c2sp.org/tlog-proof@v1\nindex 0\n".to_owned(), ProofFileError::NoSeparator),
            (text.replace("index 300\n", "extra \nindex 300\n"), ProofFileError::Extra),
            (text.replace("index 300\n", "extra AB==\nindex 300\n"), ProofFileError::Extra),
            (text.replace("index 300\n", "index 0300\n"), ProofFileError::Index),
            (text.replace("index 300\n", "index +300\n"), ProofFileError::Index),
            (text.replace("index 300\n", "index 300 \n"), ProofFileError::Index),
            (text.replace("index 300\n", ""), ProofFileError::Index),
            (text.replace("index 300\n", "index 300\nextra AA==\n"), ProofFileError::Hash),
            (text.replace("index 300\n", "index 300\nAA==\n"), ProofFileError::Hash),
            (
                text.replace("index 300\n", &format!("index 300\n{}", hash.repeat(64))),
                ProofFileError::TooManyHashes,
            ),
        ] {
            assert_eq!(bad.parse::<ProofFile>(), Err(error), "{}", &bad[..bad.len().min(80)]);
        }
        let cut = text.strip_suffix('\n').expect("a last newline").parse::<ProofFile>();
        assert!(matches!(cut, Err(ProofFileError::Checkpoint(_))));
    }

    #[test]
    fn garbage_is_refused() {
        let head = |text: &String| format!("{FIRST_LINE}{text}");
        assert!(golden::garbage(20_000).all(|text| text.parse::<ProofFile>().is_err()));
        assert!(golden::garbage(20_000).all(|text| head(&text).parse::<ProofFile>().is_err()));
    }
}

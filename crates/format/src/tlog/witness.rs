//! What a log sends to a witness, and what it makes of the answer
//! (`docs/spec/tlog.md` §9; C2SP tlog-witness).

use super::checkpoint::{CheckpointError, SignedCheckpoint, TrustedCheckpoint};
use super::cosignature::Cosignature;
use super::note::{NOTE_BYTES_MAX, Note, NoteSignature, signature_line};
use super::text::{digest_from_base64, from_decimal, to_base64};
use super::vkey::{KeyType, VerifierKey};
use crate::hash::Digest;
use std::fmt;
use std::str::FromStr;

/// Most hashes in a request.
pub const ADD_CHECKPOINT_HASHES_MAX: usize = 63;

/// Longest request: a line with a number, 63 hashes of 45 characters, a note.
pub const ADD_CHECKPOINT_BYTES_MAX: usize = NOTE_BYTES_MAX + 4 * 1024;

/// The type of the answer that states the size that the witness knows.
pub const TREE_SIZE_TYPE: &str = "text/x.tlog.size";

/// A request to cosign a checkpoint: well-formed, nothing verified.
///
/// `Display` writes the body of the request; `FromStr` reads only what `Display` writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is thought to know.
    pub old_size: u64,
    /// The proof that the checkpoint's tree begins with the one of that size.
    pub proof: Vec<Digest>,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// Why a text is not such a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// More than [`ADD_CHECKPOINT_BYTES_MAX`] bytes.
    #[error("the request has more than {ADD_CHECKPOINT_BYTES_MAX} bytes")]
    TooLong,
    /// The first line is not `old` and a size.
    #[error("the first line is not `old` and a decimal without leading zeros")]
    OldSize,
    /// A line of the proof is not the canonical base64 of 32 bytes.
    #[error("a line of the proof is not the base64 of a hash")]
    Hash,
    /// More than [`ADD_CHECKPOINT_HASHES_MAX`] hashes.
    #[error("the proof has more than {ADD_CHECKPOINT_HASHES_MAX} hashes")]
    TooManyHashes,
    /// No empty line before the checkpoint.
    #[error("no empty line separates the proof from the checkpoint")]
    NoSeparator,
    /// The rest is not a checkpoint.
    #[error("the request does not end with a checkpoint")]
    Checkpoint(#[source] CheckpointError),
}

impl FromStr for AddCheckpoint {
    type Err = AddCheckpointError;

    fn from_str(text: &str) -> Result<AddCheckpoint, AddCheckpointError> {
        if text.len() > ADD_CHECKPOINT_BYTES_MAX {
            return Err(AddCheckpointError::TooLong);
        }
        let (head, note) = text.split_once("\n\n").ok_or(AddCheckpointError::NoSeparator)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old_size.and_then(from_decimal).ok_or(AddCheckpointError::OldSize)?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == ADD_CHECKPOINT_HASHES_MAX {
                return Err(AddCheckpointError::TooManyHashes);
            }
            proof.push(digest_from_base64(line).ok_or(AddCheckpointError::Hash)?);
        }
        let checkpoint = SignedCheckpoint::parse(note).map_err(AddCheckpointError::Checkpoint)?;
        Ok(AddCheckpoint { old_size, proof, checkpoint })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.proof {
            writeln!(f, "{}", to_base64(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint.note_text())
    }
}

/// Reads the size that a witness states when it knows another one than was said.
pub fn read_tree_size(body: &str) -> Option<u64> {
    from_decimal(body.strip_suffix('\n')?)
}

impl TrustedCheckpoint {
    /// The whole line in a witness's answer that is its cosignature of this checkpoint,
    /// if there is one that verifies. What else stands in the answer is not looked at.
    pub fn cosignature_in(&self, answer: &str, witness: &VerifierKey) -> Option<String> {
        if witness.kind() != KeyType::Cosignature {
            return None;
        }
        let note = Note::parse(&format!("{}\n{answer}", self.checkpoint().text())).ok()?;
        let known = std::slice::from_ref(witness);
        // One bad line by the witness condemns its answer, as it would a note.
        if note.verified(known).ok()?.is_empty() {
            return None;
        }
        let by_witness = |line: &&super::NoteSignature| {
            line.name() == witness.name() && line.key_id() == witness.id()
        };
        let line = note.signatures().iter().find(by_witness)?;
        Some(signature_line(line.name(), line.key_id(), line.bytes()))
    }

    /// This checkpoint with cosignature lines after the lines that it has.
    ///
    /// # Errors
    ///
    /// When the lines are not such, or too many.
    pub fn with_lines(
        &self,
        lines: &[String],
        log_key: &VerifierKey,
    ) -> Result<TrustedCheckpoint, CheckpointError> {
        let mut note = self.note_text().to_owned();
        lines.iter().for_each(|line| note.push_str(line));
        TrustedCheckpoint::open(&note, log_key)
    }

    /// This checkpoint with the log's own lines alone.
    pub fn alone(&self, log_key: &VerifierKey) -> Option<TrustedCheckpoint> {
        let mut text = format!("{}\n", self.checkpoint().text());
        let is_own =
            |line: &&NoteSignature| line.name() == log_key.name() && line.key_id() == log_key.id();
        for line in self.note().signatures().iter().filter(is_own) {
            text.push_str(&signature_line(line.name(), line.key_id(), line.bytes()));
        }
        TrustedCheckpoint::open(&text, log_key).ok()
    }

    /// The cosignature of one witness, if it is on the checkpoint and verifies.
    pub fn cosignature<'a>(&self, witness: &'a VerifierKey) -> Option<Cosignature<'a>> {
        self.cosignatures(std::slice::from_ref(witness)).ok()?.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{cosign, golden};
    use super::*;

    fn golden_request() -> AddCheckpoint {
        golden::text("add_checkpoint_3_to_600").parse().expect("a request")
    }

    #[test]
    fn the_golden_request_is_read_and_written_alike() {
        let request = golden_request();
        assert_eq!(request.old_size, 3);
        assert_eq!(request.checkpoint.claimed().size, 600);
        assert_eq!(request.to_string(), golden::text("add_checkpoint_3_to_600"));
        let proof = golden::tree(600).consistency_proof(3, 600).expect("within");
        assert_eq!(request.proof, proof);
    }

    #[test]
    fn each_fault_of_a_request_has_its_name() {
        let good = golden_request().to_string();
        let hash = good.lines().nth(1).expect("a hash");
        let many = |count: usize| good.replacen(hash, &vec![hash; count].join("\n"), 1);
        let lines = golden_request().proof.len();
        assert!(many(64 - lines).parse::<AddCheckpoint>().is_ok(), "63 hashes");
        let cases = [
            (many(65 - lines), AddCheckpointError::TooManyHashes),
            (good.replacen("old 3", "old 03", 1), AddCheckpointError::OldSize),
            (good.replacen("old 3", "old -1", 1), AddCheckpointError::OldSize),
            (good.replacen("old 3", "old  3", 1), AddCheckpointError::OldSize),
            (good.replacen("old 3", "Old 3", 1), AddCheckpointError::OldSize),
            (good.replacen("old 3", "old 18446744073709551616", 1), AddCheckpointError::OldSize),
            (good.replacen("old 3\n", "", 1), AddCheckpointError::OldSize),
            (good.replacen(hash, &hash[1..], 1), AddCheckpointError::Hash),
            (good.replacen('\n', "\r\n", 1), AddCheckpointError::OldSize),
            ("old 3\n".to_owned(), AddCheckpointError::NoSeparator),
            (String::new(), AddCheckpointError::NoSeparator),
            (" ".repeat(ADD_CHECKPOINT_BYTES_MAX + 1), AddCheckpointError::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<AddCheckpoint>(), Err(error), "{text}");
        }
        let bad = good.replacen("\n600\n", "\n0600\n", 1);
        let refused = bad.parse::<AddCheckpoint>();
        assert_eq!(refused, Err(AddCheckpointError::Checkpoint(CheckpointError::Text)));
        for text in golden::garbage(5_000) {
            assert!(text.parse::<AddCheckpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_read_only_as_it_is_written() {
        assert_eq!(read_tree_size("600\n"), Some(600));
        for bad in ["600", "0600\n", "", "\n", "600\n\n", " 600\n", "-1\n", "x\n"] {
            assert_eq!(read_tree_size(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_cosignature_is_taken_from_an_answer_only_if_it_verifies() {
        let log = golden::vkey("log_vkey");
        let witness = golden::vkey("witness_vkey");
        let secret = golden::secret("witness_seed_hex");
        let bare = golden_request().checkpoint.claimed().sign(&golden::secret("log_seed_hex"));
        let bare = TrustedCheckpoint::open(&bare, &log).expect("signed");
        let name = "witness.example/w1";
        let line = cosign(&bare, name, &secret, golden::TIME_S).expect("cosigned");
        assert_eq!(bare.cosignature_in(&line, &witness), Some(line.clone()));
        let stranger = cosign(&bare, "stranger", &secret, 7).expect("cosigned");
        let answer = format!("{stranger}{line}");
        assert_eq!(bare.cosignature_in(&answer, &witness), Some(line.clone()));
        assert_eq!(bare.cosignature_in(&stranger, &witness), None);
        let other = TrustedCheckpoint::open(&golden::checkpoint(256), &log).expect("signed");
        assert_eq!(other.cosignature_in(&line, &witness), None, "of another checkpoint");
        for changed in golden::one_byte_off(&line) {
            assert_eq!(bare.cosignature_in(&changed, &witness), None, "{changed}");
        }
        for bad in ["", "\n", "x\n", line.trim_end()] {
            assert_eq!(bare.cosignature_in(bad, &witness), None, "{bad:?}");
        }
        let cosigned = bare.with_lines(std::slice::from_ref(&line), &log).expect("a note");
        assert_eq!(cosigned.note_text(), golden::checkpoint(600));
        assert_eq!(cosigned.cosignature(&witness).map(|found| found.time_s), Some(golden::TIME_S));
        assert!(bare.cosignature(&witness).is_none());
        assert_eq!(cosigned.alone(&log), Some(bare));
        assert_eq!(cosigned.alone(&witness), None);
    }
}

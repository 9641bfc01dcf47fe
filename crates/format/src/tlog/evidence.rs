//! Evidence that a log contradicted itself, in one file that convinces anybody who
//! has the log's key (`docs/spec/tlog.md` §10).

use super::checkpoint::{CheckpointError, TrustedCheckpoint};
use super::note::NOTE_BYTES_MAX;
use super::text::{digest_from_base64, to_base64};
use super::verify::{PROOF_HASHES_MAX, ProofError, shows_fork};
use super::vkey::VerifierKey;
use crate::hash::Digest;
use std::fmt;
use std::str::FromStr;

/// The first line, which names the format and its version.
const FIRST_LINE: &str = "jcm-contradiction/1";

/// Longest file: two notes, 64 hashes and a key.
pub const EVIDENCE_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX + 8 * 1024;

/// Two checkpoints that the log's key signed, and what was offered to connect them.
/// There is none whose signatures were not verified.
///
/// `Display` writes the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    log_key: VerifierKey,
    // Not larger than the second.
    first: TrustedCheckpoint,
    second: TrustedCheckpoint,
    proof: Vec<Digest>,
}

/// What two checkpoints prove to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One size, two roots: the log signed two histories.
    TwoRoots,
    /// The hashes lead to the root of the larger tree and to another root of the smaller
    /// one than was signed: the larger history does not contain the smaller.
    Fork,
    /// They agree, as far as they go.
    Consistent,
    /// They do not prove anything to others: that the proof is wrong may be the doing of
    /// whoever wrote the file.
    Unproven,
}

/// Why a text is not evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Not the form of such a file.
    #[error("not a file of evidence, whose first line is jcm-contradiction/1")]
    Form,
    /// The key is not the one that is trusted.
    #[error("the evidence is about another log key than the one given")]
    OtherKey,
    /// The log did not sign one of the checkpoints: this accuses nobody.
    #[error("one of the checkpoints is not signed by the log")]
    Checkpoint(#[source] CheckpointError),
}

impl Evidence {
    /// Puts two checkpoints side by side, with the proof that was offered to connect
    /// them, if there was one.
    pub fn new(
        log_key: &VerifierKey,
        one: &TrustedCheckpoint,
        other: &TrustedCheckpoint,
        proof: &[Digest],
    ) -> Evidence {
        let (first, second) = if other.checkpoint().size < one.checkpoint().size {
            (other, one)
        } else {
            (one, other)
        };
        let proof = proof.iter().take(PROOF_HASHES_MAX).copied().collect();
        Evidence { log_key: log_key.clone(), first: first.clone(), second: second.clone(), proof }
    }

    /// Reads a file and verifies the signatures of `log_key` in it.
    ///
    /// # Errors
    ///
    /// When it is not one, or the log did not sign what is in it.
    pub fn open(text: &str, log_key: &VerifierKey) -> Result<Evidence, EvidenceError> {
        let parsed: Parsed = text.parse()?;
        if parsed.log_key != *log_key {
            return Err(EvidenceError::OtherKey);
        }
        let open =
            |note: &str| TrustedCheckpoint::open(note, log_key).map_err(EvidenceError::Checkpoint);
        let evidence =
            Evidence::new(log_key, &open(&parsed.first)?, &open(&parsed.second)?, &parsed.proof);
        if evidence.to_string() == text { Ok(evidence) } else { Err(EvidenceError::Form) }
    }

    /// The key that a file is about, to be compared with the one that was published.
    pub fn claimed_key(text: &str) -> Option<VerifierKey> {
        text.parse::<Parsed>().ok().map(|parsed| parsed.log_key)
    }

    /// The smaller checkpoint, or the one that was there first.
    pub fn first(&self) -> &TrustedCheckpoint {
        &self.first
    }

    /// The larger checkpoint, or the one that came later.
    pub fn second(&self) -> &TrustedCheckpoint {
        &self.second
    }

    /// What the file proves, by its own content alone.
    pub fn verdict(&self) -> Verdict {
        let (old, new) = (self.first.checkpoint(), self.second.checkpoint());
        if old.size == new.size {
            return if old.root == new.root { Verdict::Consistent } else { Verdict::TwoRoots };
        }
        let sizes = (old.size, new.size);
        match super::verify_consistency(old.size, new.size, &old.root, &new.root, &self.proof) {
            Ok(()) => Verdict::Consistent,
            Err(ProofError::OldRootMismatch)
                if shows_fork(sizes, &old.root, &new.root, &self.proof) =>
            {
                Verdict::Fork
            }
            Err(_) => Verdict::Unproven,
        }
    }
}

impl Verdict {
    /// Whether it condemns the log in the eyes of anybody.
    pub fn is_contradiction(self) -> bool {
        match self {
            Verdict::TwoRoots | Verdict::Fork => true,
            Verdict::Consistent | Verdict::Unproven => false,
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FIRST_LINE}\nlog {}\n", self.log_key)?;
        for hash in &self.proof {
            writeln!(f, "{}", to_base64(hash.as_bytes()))?;
        }
        write!(f, "\n{}\n{}", self.first.note_text(), self.second.note_text())
    }
}

struct Parsed {
    log_key: VerifierKey,
    proof: Vec<Digest>,
    first: String,
    second: String,
}

impl FromStr for Parsed {
    type Err = EvidenceError;

    fn from_str(text: &str) -> Result<Parsed, EvidenceError> {
        if text.len() > EVIDENCE_BYTES_MAX {
            return Err(EvidenceError::Form);
        }
        // A checkpoint has no empty line but the one before its signatures.
        let parts: Vec<&str> = text.split("\n\n").collect();
        let [head, first, first_lines, second, second_lines] = parts.as_slice() else {
            return Err(EvidenceError::Form);
        };
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(EvidenceError::Form);
        }
        let log_key = lines.next().and_then(|line| line.strip_prefix("log ")?.parse().ok());
        let proof: Option<Vec<Digest>> = lines.map(digest_from_base64).collect();
        Ok(Parsed {
            log_key: log_key.ok_or(EvidenceError::Form)?,
            proof: proof
                .filter(|proof| proof.len() <= PROOF_HASHES_MAX)
                .ok_or(EvidenceError::Form)?,
            first: format!("{first}\n\n{first_lines}\n"),
            second: format!("{second}\n\n{second_lines}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Checkpoint, Tree, golden, leaf_hash};
    use super::*;

    fn key() -> VerifierKey {
        golden::vkey("log_vkey")
    }

    /// The tree of `size` leaves of one history or another.
    fn tree(history: u8, size: u8) -> Tree {
        let mut tree = Tree::new();
        (0..size).for_each(|i| tree.push(leaf_hash(&[history, i])));
        tree
    }

    fn signed(tree: &Tree, size: u64) -> TrustedCheckpoint {
        let origin = golden::text("origin").parse().expect("an origin");
        let root = tree.root_at(size).expect("within");
        let note = Checkpoint { origin, size, root }.sign(&golden::secret("log_seed_hex"));
        TrustedCheckpoint::open(&note, &key()).expect("signed")
    }

    fn verdict(one: &TrustedCheckpoint, other: &TrustedCheckpoint, proof: &[Digest]) -> Verdict {
        let evidence = Evidence::new(&key(), one, other, proof);
        let text = evidence.to_string();
        let again = Evidence::open(&text, &key()).expect("its own text");
        assert_eq!((again.to_string(), &again), (text, &evidence));
        again.verdict()
    }

    #[test]
    fn two_roots_of_one_size_prove_a_contradiction() {
        let (ours, theirs) = (tree(1, 9), tree(2, 9));
        let found = verdict(&signed(&ours, 9), &signed(&theirs, 9), &[]);
        assert_eq!(found, Verdict::TwoRoots);
        assert!(found.is_contradiction());
        assert_eq!(verdict(&signed(&ours, 9), &signed(&ours, 9), &[]), Verdict::Consistent);
    }

    #[test]
    fn the_other_history_s_own_proof_proves_the_fork() {
        let (ours, theirs) = (tree(1, 30), tree(2, 30));
        for old in 1..30_u64 {
            for new in old + 1..=30 {
                let (first, second) = (signed(&ours, old), signed(&theirs, new));
                let proof = theirs.consistency_proof(old, new).expect("within");
                // For a power of two the proof does not contain the older root.
                let expected =
                    if old.is_power_of_two() { Verdict::Unproven } else { Verdict::Fork };
                assert_eq!(verdict(&first, &second, &proof), expected, "{old} {new}");
                assert_eq!(verdict(&second, &first, &proof), expected, "{old} {new}");
                let honest = signed(&ours, new);
                let proof = ours.consistency_proof(old, new).expect("within");
                assert_eq!(verdict(&first, &honest, &proof), Verdict::Consistent);
                // No altered proof of an honest log accuses it.
                for at in 0..proof.len() {
                    let mut altered = proof.clone();
                    altered[at] = Digest::ZERO;
                    assert_eq!(verdict(&first, &honest, &altered), Verdict::Unproven);
                }
                assert_eq!(verdict(&first, &honest, &[]), Verdict::Unproven);
            }
        }
    }

    #[test]
    fn one_changed_byte_accuses_nobody_of_anything_else() {
        let (ours, theirs) = (tree(1, 9), tree(2, 9));
        let evidence = Evidence::new(&key(), &signed(&ours, 9), &signed(&theirs, 9), &[]);
        let text = evidence.to_string();
        for changed in golden::one_byte_off(&text) {
            assert!(Evidence::open(&changed, &key()).is_err(), "{changed}");
        }
        assert_eq!(Evidence::claimed_key(&text), Some(key()));
        let other = golden::secret("witness_seed_hex").public_key();
        let other = VerifierKey::new(key().name(), super::super::KeyType::Ed25519, &other);
        assert_eq!(Evidence::open(&text, &other.expect("a key")), Err(EvidenceError::OtherKey));
        assert!(golden::garbage(5_000).all(|text| Evidence::open(&text, &key()).is_err()));
    }
}

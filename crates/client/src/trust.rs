//! What this client believes of a log, and keeps across runs.
//!
//! A store holds the log's key and the last checkpoint that was believed. A
//! further checkpoint is believed when the key signed it and it is consistent
//! with that one. The key is pinned by the caller, or kept on first use: the
//! first use is then the one moment at which nothing protects the caller.
//!
//! Where two checkpoints cannot both be true, both are kept as files, and the
//! store refuses everything from then on, in later runs too, until a person has
//! moved the evidence away.

mod advice;
mod files;
mod witnesses;

pub use witnesses::Witnesses;

use crate::error::Refusal;
use files::{keep, lock, name, write_atomically};
use jcm_format::hash::Digest;
use jcm_format::tlog::{
    CheckpointError, CosignatureError, Evidence as Contradiction, ProofError, TrustedCheckpoint,
    VerifierKey, VerifierKeyError, verify_consistency,
};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "jcm-trust/1";

/// Checkpoints remembered as believed, so that the receipts of a batch cost one
/// verification: more than a caller has batches under way.
const RECENT_MAX: usize = 32;

/// The folder beside the store's file for proved contradictions: what lies there
/// condemns the log.
const EVIDENCE: &str = "evidence";

/// The folder for checkpoints between which a proof is wanting.
const UNPROVEN: &str = "unproven";

/// How the log's key came into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The caller gave it.
    Pinned,
    /// The registry gave it when it was first asked.
    FirstUse,
}

/// The log's key and the last checkpoint believed.
#[derive(Debug)]
pub struct TrustStore {
    file: Option<PathBuf>,
    log_key: VerifierKey,
    source: KeySource,
    last: Option<TrustedCheckpoint>,
    recent: VecDeque<TrustedCheckpoint>,
    condemned: Option<Evidence>,
    /// Who has to have cosigned, if the caller demands it.
    witnesses: Option<Witnesses>,
}

/// How a signed checkpoint stands to what is believed.
#[derive(Debug, Clone)]
pub enum Standing {
    /// Believed already.
    Believed(TrustedCheckpoint),
    /// Signed by the log; to be shown consistent by a proof between these sizes.
    Unproved {
        /// The checkpoint.
        checkpoint: TrustedCheckpoint,
        /// The smaller size.
        old_size: u64,
        /// The larger size.
        new_size: u64,
    },
}

/// Two checkpoints that contradict each other, or are not proved to agree, and
/// where they lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Everything in one text, which convinces whoever has the log's key if it is a
    /// contradiction (`docs/spec/tlog.md` §10). Empty where only files of an earlier run
    /// are known.
    pub text: String,
    /// The files: both checkpoints, and the text. None if the store has no file.
    pub files: Vec<PathBuf>,
    /// Why they could not all be written, if they could not.
    pub unkept: Option<String>,
}

/// Why what the log shows is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The store's file cannot be used.
    #[error("the trust store {path} cannot be {verb}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// "read" or "written".
        verb: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store's file is not one.
    #[error("{0} is not a trust store, or it is damaged")]
    Damaged(PathBuf),
    /// The key is not one.
    #[error("{text} is not a log key: {source}")]
    NotAKey {
        /// What was given.
        text: String,
        /// Why.
        #[source]
        source: VerifierKeyError,
    },
    /// The registry shows another key than the one trusted.
    #[error("the registry shows the log key {offered}, but {trusted} is trusted")]
    KeyDiffers {
        /// The key in the store.
        trusted: String,
        /// The key shown.
        offered: String,
    },
    /// A checkpoint is not by the log's key.
    #[error("a checkpoint is not by the trusted log key: {0}")]
    Checkpoint(#[source] CheckpointError),
    /// Too few of the witnesses that are demanded have cosigned.
    #[error(
        "too few witnesses have cosigned the checkpoint of {size} entries: no cosignature by {lacking}"
    )]
    NotWitnessed {
        /// The checkpoint's size.
        size: u64,
        /// The names of those who have not, as the policy calls them.
        lacking: String,
    },
    /// A line by a witness that is demanded does not verify.
    #[error("a cosignature of the checkpoint of {size} entries is not the witness's: {source}")]
    Cosignature {
        /// The checkpoint's size.
        size: u64,
        /// Why.
        #[source]
        source: CosignatureError,
    },
    /// The policy of witnesses is for other logs.
    #[error("the witness policy has log lines, but none with the trusted log key {log_key}")]
    PolicyOfAnother {
        /// The trusted key.
        log_key: String,
    },
    /// The policy of witnesses demands nobody.
    #[error("the quorum of the witness policy is none, so that it demands nobody")]
    PolicyOfNobody,
    /// Two signed checkpoints cannot both be true: a proved contradiction, for ever and
    /// to anybody.
    #[error(
        "SPLIT VIEW, a proved contradiction: the log's key signed two different histories{}",
        kept(.0)
    )]
    SplitView(Box<Evidence>),
    /// The registry did not prove that the larger checkpoint continues the smaller.
    #[error(
        "the registry could not prove that its log still contains the last trusted checkpoint ({why}){}",
        kept(.evidence)
    )]
    Unproven {
        /// Both checkpoints.
        evidence: Box<Evidence>,
        /// What it gave in place of a proof.
        why: Unproven,
    },
    /// Evidence of an earlier run lies there.
    #[error("this log was caught in a proved contradiction before{}", kept(.0))]
    Condemned(Box<Evidence>),
    /// Other programs change the store faster than this one can follow.
    #[error("the trust store is changed by others all the time")]
    Contended,
}

/// What came in place of a proof that the log only grew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The registry refused to give one: it may have lost entries.
    #[error("it refused: {0}")]
    Refused(Box<Refusal>),
    /// The answer is not a proof.
    #[error("its answer is not well formed: {0}")]
    Malformed(&'static str),
    /// The proof does not connect the two.
    #[error("its proof fails: {0}")]
    Wrong(#[source] ProofError),
}

fn kept(evidence: &Evidence) -> String {
    let names: Vec<_> = evidence.files.iter().map(|file| file.display().to_string()).collect();
    let files =
        if names.is_empty() { String::new() } else { format!("; evidence: {}", names.join(", ")) };
    match &evidence.unkept {
        None => files,
        Some(why) => format!(
            "{files}; THE EVIDENCE COULD NOT BE KEPT ({why}): copy the following to a safe place now, all of it\n{}",
            evidence.text
        ),
    }
}

impl TrustStore {
    /// A store that forgets at the end of the program.
    pub fn in_memory(log_key: VerifierKey) -> TrustStore {
        TrustStore::with(None, log_key, KeySource::Pinned, None)
    }

    /// Reads the store of an earlier run; `None` if there is none.
    pub fn load(file: &Path) -> Result<Option<TrustStore>, TrustError> {
        expect_no_evidence(file)?;
        let Some((log_key, source, last)) = read(file)? else {
            return Ok(None);
        };
        Ok(Some(TrustStore::with(Some(file.to_owned()), log_key, source, last)))
    }

    /// Begins a store; refused where there is one.
    pub fn create(
        file: &Path,
        log_key: VerifierKey,
        source: KeySource,
    ) -> Result<TrustStore, TrustError> {
        let store = TrustStore::with(Some(file.to_owned()), log_key, source, None);
        expect_no_evidence(file)?;
        let _lock = lock(file)?;
        if read(file)?.is_some() {
            let source = std::io::ErrorKind::AlreadyExists.into();
            return Err(TrustError::Io { path: file.to_owned(), verb: "written", source });
        }
        store.write(file)?;
        Ok(store)
    }

    fn with(
        file: Option<PathBuf>,
        log_key: VerifierKey,
        source: KeySource,
        last: Option<TrustedCheckpoint>,
    ) -> TrustStore {
        let recent = last.iter().cloned().collect();
        TrustStore { file, log_key, source, last, recent, condemned: None, witnesses: None }
    }

    /// The log's key.
    pub fn log_key(&self) -> &VerifierKey {
        &self.log_key
    }

    /// How the key came here.
    pub fn key_source(&self) -> KeySource {
        self.source
    }

    /// The last checkpoint believed.
    pub fn last(&self) -> Option<&TrustedCheckpoint> {
        self.last.as_ref()
    }

    /// Compares a key that the registry shows with the one trusted.
    pub fn expect_key(&self, offered: &VerifierKey) -> Result<(), TrustError> {
        if *offered == self.log_key {
            return Ok(());
        }
        Err(TrustError::KeyDiffers {
            trusted: self.log_key.to_string(),
            offered: offered.to_string(),
        })
    }

    /// Verifies a checkpoint's signature, once for each distinct note, and tells
    /// how it stands to what is believed.
    pub fn judge(&mut self, note_text: &str) -> Result<Standing, TrustError> {
        if let Some(evidence) = &self.condemned {
            return Err(TrustError::Condemned(Box::new(evidence.clone())));
        }
        if let Some(known) = self.recent.iter().find(|known| known.note_text() == note_text) {
            return Ok(Standing::Believed(known.clone()));
        }
        let checkpoint =
            TrustedCheckpoint::open(note_text, &self.log_key).map_err(TrustError::Checkpoint)?;
        let Some(last) = &self.last else {
            return Ok(Standing::Unproved { checkpoint, old_size: 0, new_size: 0 });
        };
        let (old, new) = (last.checkpoint(), checkpoint.checkpoint());
        if old.size == new.size && old.root != new.root {
            return Err(self.condemn(&checkpoint, &[]));
        }
        Ok(Standing::Unproved {
            old_size: old.size.min(new.size),
            new_size: old.size.max(new.size),
            checkpoint,
        })
    }

    /// Believes a checkpoint that [`TrustStore::judge`] found unproved, if `proof`
    /// shows it consistent with the last one and the witnesses who are demanded have cosigned it;
    /// keeps the larger of the two.
    ///
    /// `false`: another program has moved the store meanwhile; judge again.
    pub fn believe(
        &mut self,
        checkpoint: &TrustedCheckpoint,
        proof: &[Digest],
    ) -> Result<bool, TrustError> {
        if let Some(last) = &self.last {
            let (mut old, mut new) = (last.checkpoint(), checkpoint.checkpoint());
            if old.size > new.size {
                (old, new) = (new, old);
            }
            let consistent = verify_consistency(old.size, new.size, &old.root, &new.root, proof);
            if let Err(source) = consistent {
                // A proof that is wrong proves nothing; one that is right for another
                // history proves that there are two.
                let contradiction = Contradiction::new(&self.log_key, last, checkpoint, proof);
                return Err(if contradiction.verdict().is_contradiction() {
                    self.condemn(checkpoint, proof)
                } else {
                    self.unproven_by(checkpoint, Unproven::Wrong(source), proof)
                });
            }
        }
        // After the contradictions, which are kept whoever has cosigned them.
        self.expect_witnessed(checkpoint)?;
        if self.replaces_last(checkpoint) && !self.keep(checkpoint)? {
            return Ok(false);
        }
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(checkpoint.clone());
        Ok(true)
    }

    /// Makes a checkpoint the last one, in the file first.
    fn keep(&mut self, checkpoint: &TrustedCheckpoint) -> Result<bool, TrustError> {
        if let Some(file) = self.file.clone() {
            let _lock = lock(&file)?;
            let on_disk = read(&file)?.and_then(|(_, _, last)| last);
            let ours = self.last.as_ref().map(TrustedCheckpoint::checkpoint);
            if on_disk.as_ref().map(TrustedCheckpoint::checkpoint) != ours {
                self.last = on_disk;
                self.recent.clear();
                return Ok(false);
            }
            let store =
                TrustStore::with(None, self.log_key.clone(), self.source, Some(checkpoint.clone()));
            store.write(&file)?;
        }
        self.last = Some(checkpoint.clone());
        Ok(true)
    }

    /// Keeps both notes and refuses everything from now on.
    fn condemn(&mut self, offered: &TrustedCheckpoint, proof: &[Digest]) -> TrustError {
        let evidence = self.evidence(offered, proof, EVIDENCE);
        self.condemned = Some(evidence.clone());
        TrustError::SplitView(Box::new(evidence))
    }

    /// Keeps both notes. The last checkpoint believed stays the one to prove
    /// against: a registry that brings the proof later is believed again.
    pub fn unproven(&self, offered: &TrustedCheckpoint, why: Unproven) -> TrustError {
        self.unproven_by(offered, why, &[])
    }

    fn unproven_by(
        &self,
        offered: &TrustedCheckpoint,
        why: Unproven,
        proof: &[Digest],
    ) -> TrustError {
        TrustError::Unproven { evidence: Box::new(self.evidence(offered, proof, UNPROVEN)), why }
    }

    fn evidence(&self, offered: &TrustedCheckpoint, proof: &[Digest], folder: &str) -> Evidence {
        let trusted = self.last.as_ref().unwrap_or(offered);
        let text = Contradiction::new(&self.log_key, trusted, offered, proof).to_string();
        let (mut files, mut unkept) = (Vec::new(), None);
        if let Some(file) = &self.file {
            let folder = file.with_file_name(folder);
            let both = format!("{}-and-{}.contradiction", name(trusted), name(offered));
            let wanted = [
                (format!("{}.checkpoint", name(trusted)), trusted.note_text()),
                (format!("{}.checkpoint", name(offered)), offered.note_text()),
                (both, &text),
            ];
            for (name, content) in wanted {
                // The refusal stands whether or not the disk has room for it; what it
                // has no room for is told.
                match keep(&folder, &name, content) {
                    Ok(path) => files.push(path),
                    Err(error) => unkept = Some(format!("{}: {error}", folder.display())),
                }
            }
        }
        Evidence { text, files, unkept }
    }

    fn write(&self, file: &Path) -> Result<(), TrustError> {
        let source = match self.source {
            KeySource::Pinned => "pinned",
            KeySource::FirstUse => "first-use",
        };
        let note = self.last.as_ref().map_or("", TrustedCheckpoint::note_text);
        let text = format!("{FIRST_LINE}\n{source}\n{}\n\n{note}", self.log_key);
        write_atomically(file, text.as_bytes()).map_err(|source| TrustError::Io {
            path: file.to_owned(),
            verb: "written",
            source,
        })
    }
}

type Contents = (VerifierKey, KeySource, Option<TrustedCheckpoint>);

fn read(file: &Path) -> Result<Option<Contents>, TrustError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(TrustError::Io { path: file.to_owned(), verb: "read", source });
        }
    };
    parse(&text).map(Some).ok_or_else(|| TrustError::Damaged(file.to_owned()))
}

fn parse(text: &str) -> Option<Contents> {
    let rest = text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?;
    let (source, rest) = rest.split_once('\n')?;
    let source = match source {
        "pinned" => KeySource::Pinned,
        "first-use" => KeySource::FirstUse,
        _ => return None,
    };
    let (key, note) = rest.split_once("\n\n")?;
    let key: VerifierKey = key.parse().ok()?;
    let last = match note {
        "" => None,
        note => Some(TrustedCheckpoint::open(note, &key).ok()?),
    };
    Some((key, source, last))
}

fn evidence_folder(file: &Path) -> PathBuf {
    file.with_file_name(EVIDENCE)
}

/// Refuses if evidence of an earlier run lies there, or if that cannot be told.
fn expect_no_evidence(file: &Path) -> Result<(), TrustError> {
    let folder = evidence_folder(file);
    let failed = |source| TrustError::Io { path: folder.clone(), verb: "read", source };
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(source)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let is_evidence = |kind: &std::ffi::OsStr| kind == "checkpoint" || kind == "contradiction";
        if path.extension().is_some_and(is_evidence) {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Ok(());
    }
    files.sort();
    let evidence = Evidence { text: String::new(), files, unkept: None };
    Err(TrustError::Condemned(Box::new(evidence)))
}

#[cfg(test)]
mod tests;

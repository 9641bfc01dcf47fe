//! A C2SP witness (`docs/spec/tlog.md` §9): it sees that each log it knows only grows,
//! and says so by a cosignature.
//!
//! It reads no entries and judges no rules. What it must never do is cosign two
//! histories of one log, so what it cosigned is on disk before the cosignature leaves,
//! and comparing and replacing are one step.

mod disk;
mod files;
mod server;

pub use disk::{Disk, RealDisk};
pub use files::{OpenedWitness, WitnessError, create_witness, open_witness};
pub use jcm_keys::{Passphrase, PassphraseError, Protection};
pub use server::serve_witness;

use files::Store;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{
    AddCheckpoint, Checkpoint, CheckpointError, Evidence, Origin, TREE_SIZE_TYPE,
    TrustedCheckpoint, VerifierKey, cosign, empty_root, verify_consistency,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The identity of a witness.
pub(crate) struct Identity {
    /// The name in its cosignatures.
    pub(crate) key: VerifierKey,
    pub(crate) secret: SecretKey,
}

/// A witness and what it remembers.
pub struct Witness<D> {
    identity: Identity,
    logs: Vec<VerifierKey>,
    // Held while a checkpoint is compared, made durable and replaced.
    memory: Mutex<Memory<D>>,
}

struct Memory<D> {
    store: Store<D>,
    known: BTreeMap<Origin, TrustedCheckpoint>,
    /// A write failed: what is on disk is known after a new start only.
    is_poisoned: bool,
}

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

const TEXT: &str = "text/plain; charset=utf-8";

impl Answer {
    fn new(status: u16, body: impl Into<String>) -> Answer {
        Answer { status, content_type: TEXT, body: body.into() }
    }
}

impl<D: Disk> Witness<D> {
    /// A witness of these logs. What it remembers of others stays as it is.
    pub(crate) fn new(
        identity: Identity,
        logs: Vec<VerifierKey>,
        store: Store<D>,
    ) -> Result<Witness<D>, WitnessError> {
        let mut known = BTreeMap::new();
        for log in &logs {
            if let Some(checkpoint) = store.load(log)? {
                known.insert(checkpoint.checkpoint().origin.clone(), checkpoint);
            }
        }
        let memory = Mutex::new(Memory { store, known, is_poisoned: false });
        Ok(Witness { identity, logs, memory })
    }

    /// The key that its cosignatures verify with.
    pub fn key(&self) -> &VerifierKey {
        &self.identity.key
    }

    /// Whether a write failed, so that only a new start can tell what it remembers.
    pub fn is_poisoned(&self) -> bool {
        self.memory().is_poisoned
    }

    fn memory(&self) -> MutexGuard<'_, Memory<D>> {
        // A panic while it was held left nothing half done that the disk does not know.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request to cosign, at `now_s` in POSIX seconds. In this order:
    ///
    /// 1. 400 for what is not a request;
    /// 2. 404 for a log that it does not know;
    /// 3. 403 when the log's key did not sign;
    /// 4. 400 when the old size is above the checkpoint's;
    /// 5. 409, with the size that it knows, when the old size is another;
    /// 6. 422 when the roots of one size differ or the proof does not hold;
    /// 7. 500 when what it would remember cannot be made durable;
    /// 8. 200 with its cosignature.
    pub fn add_checkpoint(&self, body: &[u8], now_s: u64) -> Answer {
        let request = std::str::from_utf8(body).ok().map(str::parse::<AddCheckpoint>);
        let request = match request {
            Some(Ok(request)) => request,
            Some(Err(error)) => return Answer::new(400, format!("{error}\n")),
            None => return Answer::new(400, "the request is not UTF-8\n"),
        };
        let AddCheckpoint { old_size, proof, checkpoint } = request;
        let origin = checkpoint.claimed().origin.clone();
        let Some(log_key) = self.logs.iter().find(|key| key.name() == origin.as_ref()) else {
            return Answer::new(404, "this witness does not know the log\n");
        };
        let checkpoint = match checkpoint.verify(log_key) {
            Ok(checkpoint) => checkpoint,
            Err(CheckpointError::Signature(error)) => {
                return Answer::new(403, format!("{error}\n"));
            }
            Err(error) => return Answer::new(400, format!("{error}\n")),
        };
        if checkpoint.checkpoint().size < old_size {
            return Answer::new(400, "the old size is above the checkpoint's\n");
        }
        self.memory().add(&self.identity, log_key, old_size, &proof, &checkpoint, now_s)
    }

    /// The last checkpoint that it cosigned of a log, with its cosignature; the log is
    /// named by the lowercase hexadecimal SHA-256 of its origin.
    pub fn last(&self, log: &str) -> Option<String> {
        let memory = self.memory();
        let found = memory.known.iter().find(|(origin, _)| files::name_of(origin) == log);
        found.map(|(_, checkpoint)| checkpoint.note_text().to_owned())
    }
}

impl<D: Disk> Memory<D> {
    fn add(
        &mut self,
        identity: &Identity,
        log_key: &VerifierKey,
        old_size: u64,
        proof: &[jcm_format::hash::Digest],
        checkpoint: &TrustedCheckpoint,
        now_s: u64,
    ) -> Answer {
        if self.is_poisoned {
            return Answer::new(500, "a write failed; start the witness again\n");
        }
        let new = checkpoint.checkpoint();
        let known = self.known.get(&new.origin);
        let empty = Checkpoint { origin: new.origin.clone(), size: 0, root: empty_root() };
        let old = known.map_or(&empty, TrustedCheckpoint::checkpoint);
        if old.size != old_size {
            let body = format!("{}\n", old.size);
            return Answer { status: 409, content_type: TREE_SIZE_TYPE, body };
        }
        if let Err(error) = verify_consistency(old.size, new.size, &old.root, &new.root, proof) {
            if let Some(known) = known {
                // The answer stands whether or not there is room for the evidence.
                self.store.keep_evidence(&Evidence::new(log_key, known, checkpoint, proof));
            }
            return Answer::new(422, format!("{error}\n"));
        }
        match self.remember(identity, log_key, checkpoint, now_s) {
            Ok(line) => Answer::new(200, line),
            Err(answer) => answer,
        }
    }

    /// Cosigns, and makes durable what was cosigned. The cosignature leaves after that.
    fn remember(
        &mut self,
        identity: &Identity,
        log_key: &VerifierKey,
        checkpoint: &TrustedCheckpoint,
        now_s: u64,
    ) -> Result<String, Answer> {
        let failed = |text: String| Answer::new(500, text);
        let line = cosign(checkpoint, identity.key.name(), &identity.secret, now_s)
            .map_err(|error| failed(format!("{error}\n")))?;
        let bare = checkpoint.alone(log_key);
        let cosigned = bare
            .and_then(|bare| bare.with_lines(std::slice::from_ref(&line), log_key).ok())
            .ok_or_else(|| failed("the checkpoint cannot be cosigned\n".to_owned()))?;
        // Until the write is over nobody can tell what a new start would remember.
        self.is_poisoned = true;
        self.store.put(&cosigned).map_err(|_| {
            failed("what is cosigned could not be made durable; nothing was cosigned\n".to_owned())
        })?;
        self.is_poisoned = false;
        self.known.insert(cosigned.checkpoint().origin.clone(), cosigned);
        Ok(line)
    }
}

#[cfg(test)]
mod tests;

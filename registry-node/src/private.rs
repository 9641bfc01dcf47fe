//! Private data on its way into the side store: compared with the command's
//! commitment, stored before the command is executed, and erased again when it
//! was not.

use crate::logging::Chain;
use crate::status::Refusal;
use jcm_api::{convert, pb};
use jcm_format::command::{Body, Command};
use jcm_format::commitment::{SALT_LEN, commit};
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::Digest;
use jcm_ledger::private::{PRIVATE_BYTES_MAX, PrivateStore};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Salted data that the command commits to.
pub(crate) struct Committed {
    digest: Digest,
    salt: [u8; SALT_LEN],
    data: Vec<u8>,
}

/// Data that is stored for a command whose outcome is not known yet. To be given
/// back by [`Private::settle`], whatever becomes of the caller.
pub(crate) struct Claim(Vec<Digest>);

/// The side store, and who is about to need what is in it.
pub(crate) struct Private {
    store: PrivateStore,
    /// Commands in progress for each commitment. Two commands may bring the same
    /// data: it is erased when the last of them is refused, and only if it came
    /// with one of them. Held while files are written, so that storing and
    /// erasing the same data never cross; they are rare.
    claims: Mutex<BTreeMap<Digest, Claims>>,
}

struct Claims {
    in_progress: usize,
    /// It was there before, or a command that commits to it was executed.
    is_needed: bool,
}

/// Compares private data with the commitments of a command.
pub(crate) fn check(
    command: &Command,
    data: Vec<pb::PrivateData>,
) -> Result<Vec<Committed>, Refusal> {
    let committed: Vec<Digest> = match &command.body {
        Body::ApplyAccount(application) => vec![application.particulars],
        Body::RecordPayment(payment) => payment.payer.into_iter().collect(),
        _ => Vec::new(),
    };
    let check = |(index, part): (usize, pb::PrivateData)| {
        let salt = convert::salt(&part, index)
            .map_err(|error| Refusal::Envelope(EnvelopeError::Field(error)))?;
        if PRIVATE_BYTES_MAX < part.data.len() {
            let wanted = format!("give at most {PRIVATE_BYTES_MAX} bytes");
            return Err(Refusal::Argument { field: "private_data", wanted });
        }
        let digest = commit(&salt, &part.data);
        if !committed.contains(&digest) {
            return Err(Refusal::NotCommitted { index });
        }
        Ok(Committed { digest, salt, data: part.data })
    };
    data.into_iter().enumerate().map(check).collect()
}

impl Private {
    pub(crate) fn new(store: PrivateStore) -> Private {
        Private { store, claims: Mutex::new(BTreeMap::new()) }
    }

    /// Stores data, durably, before its command is executed.
    pub(crate) fn store(&self, parts: Vec<Committed>) -> Result<Claim, Refusal> {
        let mut claims = self.claims();
        let mut claimed = Vec::with_capacity(parts.len());
        for part in parts {
            let claim = claims.entry(part.digest).or_insert_with(|| Claims {
                in_progress: 0,
                // What cannot be read back was there, and is mended.
                is_needed: !matches!(self.store.get(part.digest), Ok(None)),
            });
            claim.in_progress += 1;
            claimed.push(part.digest);
            if let Err(error) = self.store.put(part.digest, &part.salt, &part.data) {
                tracing::error!(error = %Chain(&error), "private data was not stored");
                drop(claims);
                self.settle(Claim(claimed), true);
                return Err(Refusal::PrivateStore);
            }
        }
        Ok(Claim(claimed))
    }

    /// Erases what was stored for a command that was not executed, unless it was
    /// there before or another command needs it.
    pub(crate) fn settle(&self, claim: Claim, is_unused: bool) {
        let mut claims = self.claims();
        for digest in claim.0 {
            let Some(claim) = claims.get_mut(&digest) else { continue };
            claim.in_progress -= 1;
            claim.is_needed |= !is_unused;
            if claim.in_progress != 0 {
                continue;
            }
            let is_needed = claim.is_needed;
            claims.remove(&digest);
            if !is_needed && let Err(error) = self.store.erase(digest) {
                tracing::error!(error = %Chain(&error), %digest, "private data was not erased");
            }
        }
    }

    fn claims(&self) -> MutexGuard<'_, BTreeMap<Digest, Claims>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; SALT_LEN] = [5; SALT_LEN];

    fn part() -> Vec<Committed> {
        let data = b"data".to_vec();
        vec![Committed { digest: commit(&SALT, &data), salt: SALT, data }]
    }

    fn stored(folder: &tempfile::TempDir) -> usize {
        PrivateStore::open(folder.path()).expect("opens").list().expect("lists").len()
    }

    fn private(folder: &tempfile::TempDir) -> Private {
        Private::new(PrivateStore::open(folder.path()).expect("opens"))
    }

    #[test]
    fn data_of_a_refused_command_is_erased() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = private(&folder);
        let claim = private.store(part()).expect("stored");
        assert_eq!(stored(&folder), 1);
        private.settle(claim, true);
        assert_eq!(stored(&folder), 0);
    }

    #[test]
    fn data_that_was_there_before_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = private(&folder);
        let executed = private.store(part()).expect("stored");
        private.settle(executed, false);
        let refused = private.store(part()).expect("stored again");
        private.settle(refused, true);
        assert_eq!(stored(&folder), 1);
    }

    #[test]
    fn the_last_of_two_commands_decides_only_if_both_are_refused() {
        for (first, second, left) in
            [(true, true, 0), (true, false, 1), (false, true, 1), (false, false, 1)]
        {
            let folder = tempfile::tempdir().expect("a folder");
            let private = private(&folder);
            let claims = [part(), part()].map(|part| private.store(part).expect("stored"));
            for (claim, is_unused) in claims.into_iter().zip([first, second]) {
                private.settle(claim, is_unused);
            }
            assert_eq!(stored(&folder), left, "{first} {second}");
        }
    }
}

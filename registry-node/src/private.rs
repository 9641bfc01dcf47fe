//! Private data on its way into the side store and out of it: compared with the
//! command's commitment, stored before the command is executed, and erased again
//! when it was not, or when the record says that it is erased for good.

use crate::logging::Chain;
use crate::status::Refusal;
use jcm_api::{convert, pb};
use jcm_format::command::{Body, Command, TransferTrust, TrustRequest};
use jcm_format::commitment::{SALT_LEN, commit};
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::Digest;
use jcm_ledger::private::{PRIVATE_BYTES_MAX, PrivateStore};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
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
    let committed = commitment(&command.body);
    let check = |(index, part): (usize, pb::PrivateData)| {
        let salt = convert::salt(&part, index)
            .map_err(|error| Refusal::Envelope(EnvelopeError::Field(error)))?;
        if PRIVATE_BYTES_MAX < part.data.len() {
            let wanted = format!("give at most {PRIVATE_BYTES_MAX} bytes");
            return Err(Refusal::Argument { field: "private_data", wanted });
        }
        let digest = commit(&salt, &part.data);
        if committed != Some(digest) {
            return Err(Refusal::NotCommitted { index });
        }
        Ok(Committed { digest, salt, data: part.data })
    };
    data.into_iter().enumerate().map(check).collect()
}

/// The commitment to private data that a command brings; none brings two.
///
/// An individual's identity comes with `RegisterProponent`; an application for an
/// account only repeats its commitment.
fn commitment(body: &Body) -> Option<Digest> {
    match body {
        Body::ApplyAccount(application) => Some(application.particulars),
        Body::ApplyIndividualAccount(application) => Some(application.particulars),
        Body::RecordPayment(payment) => payment.payer,
        Body::ImportStatement(import) => import.payers,
        Body::RegisterProponent { person, .. } => Some(*person),
        Body::NotifyChange(notification) => notification.change.particulars,
        Body::RecordCorrection(correction) => {
            correction.change.as_ref().and_then(|change| change.particulars)
        }
        Body::ApplyTransfer {
            trust: Some(TransferTrust::Record(terms) | TransferTrust::ChangeTrustee { terms, .. }),
            ..
        }
        | Body::ApplyTrust {
            request: TrustRequest::Record { terms, .. } | TrustRequest::Amend { terms, .. },
            ..
        }
        | Body::RecordCommission { terms, .. } => Some(terms.details),
        _ => None,
    }
}

impl Committed {
    /// What it was committed to by.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }
}

impl Claim {
    /// The commitments whose data is stored.
    pub(crate) fn digests(&self) -> &[Digest] {
        &self.0
    }
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
                self.settle(Claim(claimed), true, &BTreeSet::new());
                return Err(Refusal::PrivateStore);
            }
        }
        Ok(Claim(claimed))
    }

    /// Erases what was stored for a command that was not executed, unless it was
    /// there before or another command needs it. What the record says is erased
    /// for good goes in any case: it may have been erased before it was stored.
    pub(crate) fn settle(&self, claim: Claim, is_unused: bool, erased: &BTreeSet<Digest>) {
        let mut claims = self.claims();
        for digest in claim.0 {
            let Some(claim) = claims.get_mut(&digest) else { continue };
            claim.in_progress -= 1;
            claim.is_needed |= !is_unused;
            let (is_last, mut is_needed) = (claim.in_progress == 0, claim.is_needed);
            if is_last {
                claims.remove(&digest);
            }
            if erased.contains(&digest) {
                is_needed = false;
            } else if !is_last {
                continue;
            }
            if !is_needed && let Err(error) = self.store.erase(digest) {
                tracing::error!(error = %Chain(&error), %digest, "private data was not erased");
            }
        }
    }

    /// Erases data for good: the record says so. Whether there was any does not
    /// matter.
    ///
    /// # Errors
    ///
    /// When the file could not be removed; it may still be there.
    pub(crate) fn erase(&self, digest: Digest) -> io::Result<()> {
        // While it is held nobody stores; who stored before asks the record again.
        let _claims = self.claims();
        self.store.erase(digest).map(drop)
    }

    /// Erases again everything that the record says is erased: a backup may have
    /// been restored. Tells how much was there.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or a file could not be removed.
    pub(crate) fn erase_again<'a>(
        &self,
        erased: impl Iterator<Item = &'a Digest>,
    ) -> io::Result<usize> {
        let _claims = self.claims();
        let stored = self.store.list()?;
        let mut found = 0;
        for digest in erased.filter(|digest| stored.contains(digest)) {
            self.store.erase(*digest)?;
            found += 1;
        }
        Ok(found)
    }

    /// The data of a commitment, if it is there and what was committed to.
    pub(crate) fn get(&self, digest: Digest) -> Option<Vec<u8>> {
        match self.store.get(digest) {
            Ok(found) => found.map(|found| found.data),
            Err(error) => {
                tracing::error!(error = %Chain(&error), %digest, "private data cannot be read");
                None
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

    fn none() -> BTreeSet<Digest> {
        BTreeSet::new()
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
        private.settle(claim, true, &none());
        assert_eq!(stored(&folder), 0);
    }

    #[test]
    fn data_that_was_there_before_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = private(&folder);
        let executed = private.store(part()).expect("stored");
        private.settle(executed, false, &none());
        let refused = private.store(part()).expect("stored again");
        private.settle(refused, true, &none());
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
                private.settle(claim, is_unused, &none());
            }
            assert_eq!(stored(&folder), left, "{first} {second}");
        }
    }

    #[test]
    fn what_the_record_says_is_erased_does_not_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = private(&folder);
        let digest = part()[0].digest();
        let before = private.store(part()).expect("stored");
        private.settle(before, false, &none());
        private.erase(digest).expect("erased");
        assert_eq!(stored(&folder), 0);
        // A command that was on its way brings it again, beside another one.
        let claims = [part(), part()].map(|part| private.store(part).expect("stored"));
        for claim in claims {
            private.settle(claim, false, &BTreeSet::from([digest]));
            assert_eq!(stored(&folder), 0);
        }
        assert!(private.claims().is_empty());
    }

    #[test]
    fn a_restored_backup_is_erased_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = private(&folder);
        let restored = private.store(part()).expect("stored");
        private.settle(restored, false, &none());
        let erased = [part()[0].digest(), Digest::ZERO];
        assert_eq!(private.erase_again(erased.iter()).expect("erased"), 1);
        assert_eq!(stored(&folder), 0);
        assert_eq!(private.erase_again(erased.iter()).expect("nothing"), 0);
        assert_eq!(private.get(erased[0]), None);
    }
}

//! Private data on its way into the side store: compared with the command's
//! commitment, stored before the command is executed, and erased again when it
//! was not.

use crate::status::Refusal;
use jcm_api::{convert, pb};
use jcm_format::command::{Body, Command};
use jcm_format::commitment::{SALT_LEN, commit};
use jcm_format::hash::Digest;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Salted data that the command commits to.
pub(crate) struct Committed {
    digest: Digest,
    salt: [u8; SALT_LEN],
    data: Vec<u8>,
}

/// Data that is stored for a command whose outcome is not known yet.
pub(crate) struct Claim(Vec<Digest>);

/// The side store, and who is about to need what is in it.
pub(crate) struct Private {
    store: PrivateStore,
    /// Commands in progress for each commitment. Two commands may bring the same
    /// data: it is erased when the last of them is refused, and only if it came
    /// with one of them. Held for look-ups and for the store's own writes, which
    /// are rare: an application or a payment each.
    claims: Mutex<BTreeMap<Digest, Claims>>,
}

#[derive(Debug, Clone, Copy)]
struct Claims {
    in_progress: usize,
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
        let salt = convert::salt(&part, index).map_err(|error| {
            Refusal::Envelope(jcm_format::envelope::EnvelopeError::Field(error))
        })?;
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

    fn claims(&self) -> MutexGuard<'_, BTreeMap<Digest, Claims>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
pub(crate) struct PrivateStore;
impl Private {
    pub(crate) fn store(&self, _committed: Vec<Committed>) -> Result<Claim, Refusal> {
        Ok(Claim(Vec::new()))
    }
    pub(crate) fn settle(&self, _claim: Claim, _is_unused: bool) {}
}
pub(crate) fn open(_c: &crate::config::Config) -> Result<PrivateStore, crate::failure::Failure> {
    Ok(PrivateStore)
}

//! Whom a caller demands to have cosigned what it believes (`docs/spec/tlog.md` §8).

use super::{TrustError, TrustStore};
use jcm_format::tlog::{Policy, TrustedCheckpoint, VerifierKey};

/// A policy that demands somebody, for one log.
#[derive(Debug, Clone)]
pub struct Witnesses(Policy);

impl Witnesses {
    /// Demands the quorum of a policy for the log with this key.
    ///
    /// # Errors
    ///
    /// The policy demands nobody, or is for other logs.
    pub fn of(policy: Policy, log_key: &VerifierKey) -> Result<Witnesses, TrustError> {
        if policy.is_met(|_| false) {
            return Err(TrustError::PolicyOfNobody);
        }
        // A policy without log lines is for any log, as the node reads it.
        if !policy.logs().is_empty() && policy.logs().iter().all(|log| log.key != *log_key) {
            return Err(TrustError::PolicyOfAnother { log_key: log_key.to_string() });
        }
        Ok(Witnesses(policy))
    }

    /// The quorum has cosigned a checkpoint.
    ///
    /// # Errors
    ///
    /// It has not, or a line by one of the witnesses does not verify.
    pub fn demand(&self, checkpoint: &TrustedCheckpoint) -> Result<(), TrustError> {
        let size = checkpoint.checkpoint().size;
        let is_met = self.0.is_met_by(checkpoint);
        if is_met.map_err(|source| TrustError::Cosignature { size, source })? {
            return Ok(());
        }
        let lacking = self.0.witnesses().iter().filter(|one| {
            !matches!(checkpoint.cosignatures(std::slice::from_ref(&one.key)), Ok(found) if !found.is_empty())
        });
        let lacking: Vec<_> = lacking.map(|one| one.name.clone()).collect();
        Err(TrustError::NotWitnessed { size, lacking: lacking.join(", ") })
    }
}

impl TrustStore {
    /// Demands from now on that the quorum of a policy has cosigned what is believed, or
    /// something later that contains it. What was believed before without, no longer counts.
    ///
    /// # Errors
    ///
    /// As of [`Witnesses::of`].
    pub fn demanding(mut self, policy: Policy) -> Result<TrustStore, TrustError> {
        let witnesses = Witnesses::of(policy, &self.log_key)?;
        self.recent.retain(|known| witnesses.demand(known).is_ok());
        self.witnesses = Some(witnesses);
        Ok(self)
    }

    /// Whether a checkpoint that was proved consistent with the last one is witnessed: by its own
    /// lines, or because a witnessed one contains it.
    pub(super) fn expect_witnessed(
        &self,
        checkpoint: &TrustedCheckpoint,
    ) -> Result<(), TrustError> {
        let Some(witnesses) = &self.witnesses else { return Ok(()) };
        let Err(error) = witnesses.demand(checkpoint) else { return Ok(()) };
        let size = checkpoint.checkpoint().size;
        let contains = |last: &TrustedCheckpoint| {
            size <= last.checkpoint().size && witnesses.demand(last).is_ok()
        };
        // A line that does not verify condemns the note, whatever else contains it.
        let is_contained = self.last.as_ref().is_some_and(contains);
        match error {
            TrustError::NotWitnessed { .. } if is_contained => Ok(()),
            error => Err(error),
        }
    }

    /// Whether a checkpoint is to become the last one: it is larger, or of the same size and
    /// witnessed where the last one is not.
    pub(super) fn replaces_last(&self, checkpoint: &TrustedCheckpoint) -> bool {
        let size = |of: &TrustedCheckpoint| of.checkpoint().size;
        let Some(last) = &self.last else { return true };
        let lacks = |witnesses: &Witnesses| {
            witnesses.demand(last).is_err() && witnesses.demand(checkpoint).is_ok()
        };
        size(last) < size(checkpoint)
            || (size(last) == size(checkpoint) && self.witnesses.as_ref().is_some_and(lacks))
    }
}

//! How often and how long a command is sent again.

use crate::error::{ClientError, Refusal};
use std::time::Duration;

/// How [`RegistryClient::submit`](crate::RegistryClient::submit) deals with a
/// registry that does not answer or has no room. Whatever it says, a command is
/// never sent after its `valid_until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmitPolicy {
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// The first pause.
    pub pause_first: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// Sent at most this often.
    pub attempts_max: u32,
}

impl SubmitPolicy {
    /// Ten seconds for an answer; pauses from 100 ms to 10 s; about an hour in all,
    /// which is the default validity.
    pub const STANDARD: SubmitPolicy = SubmitPolicy {
        attempt_timeout: Duration::from_secs(10),
        pause_first: Duration::from_millis(100),
        pause_max: Duration::from_secs(10),
        attempts_max: 360,
    };

    /// The pause after attempt `attempt` (from 1): doubled each time, and between
    /// half and all of that by `random`, so that clients do not return together.
    /// A registry that names a delay is not asked sooner.
    pub fn pause(&self, attempt: u32, random: u32, hint: Option<Duration>) -> Duration {
        let doublings = attempt.saturating_sub(1).min(20);
        let full = self.pause_first.saturating_mul(1 << doublings).min(self.pause_max);
        let half_ms = u64::try_from(full.as_millis() / 2).unwrap_or(u64::MAX);
        let jitter_ms = u64::from(random) % (half_ms + 1);
        let pause = Duration::from_millis(half_ms.saturating_add(jitter_ms));
        hint.map_or(pause, |hint| pause.max(hint.min(Duration::from_secs(60))))
    }
}

impl Default for SubmitPolicy {
    fn default() -> SubmitPolicy {
        SubmitPolicy::STANDARD
    }
}

/// Random bits for the jitter; without any, the longest pause is as good.
pub(crate) fn random_u32() -> u32 {
    let mut bytes = [0xff; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_) => u32::MAX,
    }
}

/// The refusal, if the same bytes may be sent again.
pub(crate) fn transient(error: ClientError) -> Result<Box<Refusal>, ClientError> {
    match error {
        ClientError::Refused(refusal) if refusal.is_transient() => Ok(refusal),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_keep_half_under_any_jitter() {
        let policy = SubmitPolicy::STANDARD;
        for (attempt, full_ms) in [(1, 100), (2, 200), (5, 1_600), (8, 10_000), (u32::MAX, 10_000)]
        {
            for random in [0, 1, 77, 12_345, u32::MAX] {
                let pause = policy.pause(attempt, random, None).as_millis();
                assert!((full_ms / 2..=full_ms).contains(&pause), "{attempt} {random} {pause}");
            }
        }
    }

    #[test]
    fn a_hint_of_the_registry_is_kept_within_reason() {
        let policy = SubmitPolicy::STANDARD;
        let hint = Duration::from_secs(3);
        assert_eq!(policy.pause(1, 0, Some(hint)), hint);
        assert_eq!(policy.pause(1, 0, Some(Duration::MAX)), Duration::from_secs(60));
        assert!(policy.pause(10, 0, Some(Duration::ZERO)) >= Duration::from_secs(5));
    }
}

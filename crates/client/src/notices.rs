//! The notices to one holder, without an end: the subscription is made anew, from
//! the last notice that was given, whenever it breaks off.

use crate::client::RegistryClient;
use crate::error::{ClientError, Refusal};
use crate::retry::{SubmitPolicy, random_u32, transient};
use jcm_api::pb;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use tonic::Streaming;

/// Where a notice stands among all: the entry, and its number in the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The entry.
    pub entry: u64,
    /// Its number in the entry.
    pub number: u32,
}

/// Text that is not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected <entry>.<number>, such as 41.0")]
pub struct NotAPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entry, self.number)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Position, NotAPosition> {
        let (entry, number) = text.split_once('.').ok_or(NotAPosition)?;
        let position = Position {
            entry: entry.parse().map_err(|_| NotAPosition)?,
            number: number.parse().map_err(|_| NotAPosition)?,
        };
        // One position, one spelling: no signs, no zeros in front.
        if position.to_string() == text { Ok(position) } else { Err(NotAPosition) }
    }
}

/// A subscription to the notices of one account. Each notice comes once, in
/// order, whatever happens to the connection meanwhile.
///
/// Whoever goes on in another run keeps [`NoticeFeed::position`] once a notice is
/// dealt with: it then comes again if the program ends before that, and is not
/// missed.
#[derive(Debug)]
pub struct NoticeFeed {
    client: RegistryClient,
    account: u32,
    position: Option<Position>,
    policy: SubmitPolicy,
    stream: Option<Streaming<pb::Notice>>,
    /// Failures since the last notice.
    failures: u32,
    /// How long to wait before the next attempt.
    pause: Option<Duration>,
}

/// What a subscription comes to next.
#[derive(Debug)]
pub enum FeedEvent {
    /// A notice.
    Notice(Box<pb::Notice>),
    /// The subscription broke off or was not granted, and is going to be made anew.
    Interrupted {
        /// What the registry or the connection said; `None` = it ended in order.
        refusal: Option<Box<Refusal>>,
        /// Failures since the last notice, this one included.
        failures: u32,
    },
}

impl NoticeFeed {
    /// Notices to `account` after `after`; `None` = from the first.
    pub fn new(client: RegistryClient, account: u32, after: Option<Position>) -> NoticeFeed {
        let policy = SubmitPolicy::STANDARD;
        NoticeFeed {
            client,
            account,
            position: after,
            policy,
            stream: None,
            failures: 0,
            pause: None,
        }
    }

    /// Uses other pauses, and another number of failures in a row to bear.
    #[must_use]
    pub fn with_policy(self, policy: SubmitPolicy) -> NoticeFeed {
        NoticeFeed { policy, ..self }
    }

    /// The last notice that was given.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Waits for the next notice. Fails if the registry refuses for good, or does
    /// not come back for as long as the policy bears it. May be dropped while it
    /// waits: nothing is lost.
    pub async fn next(&mut self) -> Result<pb::Notice, ClientError> {
        loop {
            if let FeedEvent::Notice(notice) = self.next_event().await? {
                return Ok(*notice);
            }
        }
    }

    /// As [`NoticeFeed::next`], and tells of every interruption before it waits for
    /// the next attempt.
    pub async fn next_event(&mut self) -> Result<FeedEvent, ClientError> {
        loop {
            if let Some(pause) = self.pause {
                tokio::time::sleep(pause).await;
                self.pause = None;
            }
            match self.receive().await {
                Ok(Some(notice)) => {
                    self.failures = 0;
                    if let Some(notice) = self.taken(notice)? {
                        return Ok(FeedEvent::Notice(Box::new(notice)));
                    }
                }
                // A registry that stops in order ends the stream without an error.
                Ok(None) => return self.interrupted(None),
                Err(error) => return self.interrupted(Some(error)),
            }
        }
    }

    async fn receive(&mut self) -> Result<Option<pb::Notice>, ClientError> {
        if self.stream.is_none() {
            let after = self.position.map_or_else(String::new, |position| position.to_string());
            let request = pb::SubscribeNoticesRequest { account: self.account, after };
            self.stream = Some(self.client.grpc().subscribe_notices(request).await?.into_inner());
        }
        match &mut self.stream {
            Some(stream) => Ok(stream.message().await?),
            None => Ok(None),
        }
    }

    /// The notice, unless it was given before: after a break it may come again.
    fn taken(&mut self, notice: pb::Notice) -> Result<Option<pb::Notice>, ClientError> {
        let position = notice.position.parse();
        let position: Position =
            position.map_err(|_| ClientError::Malformed { what: "a notice's position" })?;
        if self.position.is_some_and(|given| position <= given) {
            return Ok(None);
        }
        self.position = Some(position);
        Ok(Some(notice))
    }

    /// Sets the pause before the subscription is made anew; fails with what is not
    /// to be borne.
    fn interrupted(&mut self, error: Option<ClientError>) -> Result<FeedEvent, ClientError> {
        self.stream = None;
        self.failures = self.failures.saturating_add(1);
        let refusal = error.map(transient).transpose()?;
        let hint = refusal.as_ref().and_then(|refusal| refusal.retry_after);
        if self.policy.attempts_max <= self.failures {
            let ended = ClientError::Malformed { what: "a subscription that ends at once" };
            return Err(refusal.map_or(ended, ClientError::Refused));
        }
        self.pause = Some(self.policy.pause(self.failures, random_u32(), hint));
        Ok(FeedEvent::Interrupted { refusal, failures: self.failures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_ordered_by_entry_then_number_and_have_one_text() {
        let position = |text: &str| text.parse::<Position>();
        assert!(position("9.2").ok() < position("10.0").ok());
        assert!(position("10.9").ok() < position("10.10").ok());
        assert_eq!(position("41.0").map(|p| p.to_string()), Ok("41.0".to_owned()));
        for bad in ["", "41", "41.", ".0", "41.0.0", "+41.0", "041.0", "-1.0"] {
            assert_eq!(position(bad), Err(NotAPosition), "{bad}");
        }
    }
}

//! Asking: one task for each witness, which always has the newest checkpoint in hand.

use super::Witnesses;
use super::http::{Answered, Line};
use super::releaser::Event;
use crate::shared::Shared;
use jcm_format::tlog::{
    AddCheckpoint, SignedCheckpoint, TREE_SIZE_TYPE, TrustedCheckpoint, VerifierKey, read_tree_size,
};
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a witness that failed is left alone; twice as long after each failure.
const REST_MIN: Duration = Duration::from_millis(500);
/// But never longer than this.
const REST_MAX: Duration = Duration::from_secs(30);

/// What a witness said.
pub(crate) struct Reply {
    pub(super) witness: usize,
    pub(super) size: u64,
    /// Its signature line; `None`: it failed.
    pub(super) line: Option<String>,
}

/// What is offered to all witnesses.
pub(super) type Offers = watch::Receiver<Option<TrustedCheckpoint>>;

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("it cannot be reached: {0}")]
    Io(#[source] io::Error),
    #[error("it took too long")]
    TimedOut,
    #[error("it answered {0}")]
    Status(u16),
    #[error("its answer holds no cosignature of its key that verifies")]
    NoCosignature,
    #[error(
        "it has cosigned {0} entries, more than there are: this log lost entries, or its key signs another one"
    )]
    Ahead(u64),
    #[error("the registry has stopped")]
    Stopped,
}

impl Refused {
    fn outcome(&self) -> &'static str {
        match self {
            Refused::Io(_) => "UNREACHABLE",
            Refused::TimedOut => "TIMED_OUT",
            Refused::Status(422) => "INCONSISTENT",
            Refused::Status(_) => "REFUSED",
            Refused::NoCosignature => "NO_COSIGNATURE",
            Refused::Ahead(_) => "AHEAD",
            Refused::Stopped => "STOPPED",
        }
    }
}

/// Starts asking on the runtime that this is called on, and tells which witnesses are
/// asked. Ends when the offers end.
pub(crate) fn ask_all(
    witnesses: &Arc<Witnesses>,
    shared: &Arc<Shared>,
    offers: &Offers,
    replies: &Sender<Event>,
) -> Vec<bool> {
    let keys = witnesses.policy.witnesses().iter();
    let all = keys.zip(&witnesses.prefixes).enumerate();
    all.map(|(place, (witness, prefix))| {
        let Some(prefix) = prefix else { return false };
        let asker = Asker {
            place,
            name: witness.name.clone(),
            key: witness.key.clone(),
            timeout: witnesses.timeout,
            line: Line::new(prefix.clone(), Arc::clone(&witnesses.tls)),
            shared: Arc::downgrade(shared),
            known_size: 0,
        };
        tokio::spawn(asker.run(offers.clone(), replies.clone()));
        true
    })
    .collect()
}

struct Asker {
    place: usize,
    name: String,
    key: VerifierKey,
    timeout: Duration,
    line: Line,
    /// Whoever asks keeps no registry open.
    shared: Weak<Shared>,
    /// The size that the witness cosigned last, as far as is known.
    known_size: u64,
}

impl Asker {
    async fn run(mut self, mut offers: Offers, replies: Sender<Event>) {
        let (mut cosigned, mut rest) = (None, REST_MIN);
        let mut resting: Option<Instant> = None;
        loop {
            let offer = offers.borrow_and_update().clone();
            let size = offer.as_ref().map(|offer| offer.checkpoint().size);
            let Some(offer) = offer.filter(|_| size != cosigned) else {
                if offers.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let size = offer.checkpoint().size;
            let place = self.place;
            let reply = |line| Event::Reply(Reply { witness: place, size, line });
            if let Some(until) = resting.filter(|until| Instant::now() < *until) {
                // Nobody waits for a witness that is left alone.
                let _ = replies.send(reply(None));
                tokio::select! {
                    changed = offers.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep_until(until) => resting = None,
                }
                continue;
            }
            let asked = tokio::time::timeout(self.timeout, self.ask(&offer)).await;
            let line = asked.unwrap_or(Err(Refused::TimedOut));
            self.tell(size, &line);
            match line {
                Ok(line) => {
                    (cosigned, resting, rest) = (Some(size), None, REST_MIN);
                    let _ = replies.send(reply(Some(line)));
                }
                Err(_) => {
                    resting = Some(Instant::now() + rest);
                    rest = (rest * 2).min(REST_MAX);
                }
            }
        }
    }

    /// Asks, and asks again with the size that the witness states, if it is another than
    /// was thought.
    async fn ask(&mut self, offer: &TrustedCheckpoint) -> Result<String, Refused> {
        let mut answered = self.send(offer).await?;
        if answered.status == 409 && answered.content_type == TREE_SIZE_TYPE {
            let known = read_tree_size(&answered.body).ok_or(Refused::Status(409))?;
            if offer.checkpoint().size < known {
                return Err(Refused::Ahead(known));
            }
            self.known_size = known;
            answered = self.send(offer).await?;
        }
        if answered.status != 200 {
            return Err(Refused::Status(answered.status));
        }
        let line = offer.cosignature_in(&answered.body, &self.key).ok_or(Refused::NoCosignature)?;
        self.known_size = offer.checkpoint().size;
        Ok(line)
    }

    async fn send(&mut self, offer: &TrustedCheckpoint) -> Result<Answered, Refused> {
        let size = offer.checkpoint().size;
        // A size beyond the offer was learnt from an earlier, larger one.
        let old_size = self.known_size.min(size);
        let proof = {
            let shared = self.shared.upgrade().ok_or(Refused::Stopped)?;
            let view = shared.view();
            view.tree_ahead().consistency_proof(old_size, size).ok_or(Refused::Stopped)?
        };
        let checkpoint = SignedCheckpoint::from(offer.clone());
        let body = AddCheckpoint { old_size, proof, checkpoint }.to_string();
        self.line.add_checkpoint(body).await.map_err(Refused::Io)
    }

    fn tell(&self, size: u64, line: &Result<String, Refused>) {
        let Some(shared) = self.shared.upgrade() else { return };
        match line {
            Ok(_) => shared.metrics.witness(&self.name, "COSIGNED"),
            Err(error) => {
                shared.metrics.witness(&self.name, error.outcome());
                tracing::warn!(witness = self.name, size, %error, "a witness did not cosign");
            }
        }
    }
}

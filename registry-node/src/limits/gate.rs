//! What stands before the service: every request passes it, and every answer.

use super::body::{Answered, Commands, Received};
use super::caller::CallerKey;
use super::class::Class;
use super::link::Link;
use super::{Limit, NodeBudgets};
use crate::config::Limits;
use crate::shared::Shared;
use crate::status::Refusal;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::service::Routes;

/// A refusal for the budget waits for at least so long, so that a caller that knows no
/// pause is given one: it cannot have more streams open than a connection may have.
const REFUSAL_WAITS_MS: u64 = 100;
/// And for up to so much longer: all that one caller asked at once would otherwise be
/// refused, and asked again, at once as well, and others would wait behind the lot.
const REFUSAL_SPREAD_MS: u64 = 100;

/// The service, as one connection reaches it.
#[derive(Clone)]
pub(crate) struct Gate {
    routes: Routes,
    link: Arc<Link>,
    budgets: Arc<NodeBudgets>,
    shared: Arc<Shared>,
    receive: Duration,
    idle: Duration,
}

impl Gate {
    pub(crate) fn new(
        routes: Routes,
        link: Arc<Link>,
        shared: &Arc<Shared>,
        limits: &Limits,
    ) -> Gate {
        Gate {
            routes,
            link,
            budgets: Arc::clone(&shared.budgets),
            shared: Arc::clone(shared),
            receive: Duration::from_millis(limits.receive_timeout_ms),
            idle: Duration::from_millis(limits.connection_idle_ms),
        }
    }

    /// The refusal, and how long it waits.
    fn refuse(&self, limit: Limit) -> (Refusal, Duration) {
        self.shared.metrics.limited(limit.name);
        let nth = self.link.refused();
        (Refusal::Limited(limit), refusal_waits(self.link.id(), nth))
    }
}

/// How long the `nth` refusal of a connection waits: spread evenly, and by nothing that a
/// caller chooses.
fn refusal_waits(link: u64, nth: u32) -> Duration {
    // Fibonacci hashing: consecutive numbers end up far apart.
    let mixed = link.wrapping_add(nth.into()).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    Duration::from_millis(REFUSAL_WAITS_MS + mixed * REFUSAL_SPREAD_MS / (1 << 32))
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

impl Service<http::Request<Body>> for Gate {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<http::Request<Body>>::poll_ready(&mut self.routes, cx)
    }

    /// In this order:
    ///
    /// 1. the request is counted as in progress;
    /// 2. the caller's budget is asked, before anything is read or verified;
    /// 3. the service answers, and reads the request while it arrives;
    /// 4. the answer is given as fast as it is read, and holds its place until then.
    fn call(&mut self, request: http::Request<Body>) -> Answer {
        let in_progress = self.link.begin();
        let caller = CallerKey::Peer(self.link.peer());
        let path = request.uri().path();
        let class = Class::of(path);
        let is_stream = Class::is_stream_of_commands(path);
        let place = self.budgets.take(caller, class).and_then(|()| match class {
            Class::CostlyRead => self.budgets.place(caller).map(Some),
            _ => Ok(None),
        });
        let place = match place {
            Ok(place) => place,
            Err(limit) => {
                let (refusal, waits) = self.refuse(limit);
                let status = refusal.status();
                return Box::pin(async move {
                    tokio::time::sleep(waits).await;
                    drop(in_progress);
                    Ok(status.into_http())
                });
            }
        };
        let budgets = Arc::clone(&self.budgets);
        let commands = is_stream.then(|| Commands::new(budgets, caller, self.idle));
        let receive = self.receive;
        let request = request.map(|body| Body::new(Received::new(body, receive, commands)));
        let answered = self.routes.call(request);
        Box::pin(async move {
            let response = answered.await?;
            Ok(response.map(|body| Body::new(Answered::new(body, in_progress, place))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one connection may have open, and the same of many connections.
    #[test]
    fn refusals_wait_at_least_as_said_and_do_not_end_together() {
        for link in [0, 1, 77, u64::MAX] {
            let mut in_tenth = [0; 10];
            for nth in 1..=200 {
                let ms = u64::try_from(refusal_waits(link, nth).as_millis()).expect("short");
                let beyond = ms.checked_sub(REFUSAL_WAITS_MS).expect("not before");
                in_tenth[usize::try_from(beyond * 10 / REFUSAL_SPREAD_MS).expect("small")] += 1;
            }
            assert!(in_tenth.iter().all(|count| (15..=25).contains(count)), "{in_tenth:?}");
        }
        let firsts: std::collections::BTreeSet<_> =
            (0..64).map(|link| refusal_waits(link, 1)).collect();
        assert!(40 < firsts.len(), "{firsts:?}");
    }
}

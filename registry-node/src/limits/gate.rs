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

/// A refusal for the budget waits for so long, so that a caller that knows no pause is
/// given one: it cannot have more streams open than a connection may have.
const REFUSAL_WAITS: Duration = Duration::from_millis(100);

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

    fn refuse(&self, limit: Limit) -> Refusal {
        self.shared.metrics.limited(limit.name);
        self.link.refused();
        Refusal::Limited(limit)
    }
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
                let status = self.refuse(limit).status();
                return Box::pin(async move {
                    tokio::time::sleep(REFUSAL_WAITS).await;
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

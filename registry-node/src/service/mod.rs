//! The gRPC service. Handlers decode, ask, and encode; what may be done is the
//! ledger's to decide, and what an error is on the wire is in `status`.

mod accounts;
mod applications;
mod log;
mod prepare;
mod projects;
mod registry;
mod submit;
mod units;

pub(crate) use log::LOG_READERS_MAX;
pub(crate) use registry::TotalsCache;

use crate::shared::Shared;
use jcm_api::pb;
use jcm_api::pb::registry_server::Registry;
use std::pin::Pin;
use std::sync::Arc;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// The service of one node.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
}

type Answer<T> = Result<Response<T>, Status>;
type AnswerStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What a handler found, as the transport wants it.
fn answer<T>(result: Result<T, crate::status::Refusal>) -> Answer<T> {
    result.map(Response::new).map_err(Status::from)
}

#[tonic::async_trait]
impl Registry for Service {
    type SubmitStreamStream = AnswerStream<pb::SubmitStreamResponse>;
    type ReadLogStream = AnswerStream<pb::ReadLogResponse>;

    async fn get_registry(
        &self,
        _: Request<pb::GetRegistryRequest>,
    ) -> Answer<pb::GetRegistryResponse> {
        answer(registry::describe(&self.shared))
    }

    async fn prepare(&self, request: Request<pb::PrepareRequest>) -> Answer<pb::PrepareResponse> {
        answer(prepare::prepare(&self.shared, request.into_inner()))
    }

    async fn submit(&self, request: Request<pb::SubmitRequest>) -> Answer<pb::SubmitResponse> {
        answer(submit::submit(&self.shared, request.into_inner()).await)
    }

    async fn submit_stream(
        &self,
        request: Request<Streaming<pb::SubmitStreamRequest>>,
    ) -> Answer<Self::SubmitStreamStream> {
        answer(Ok(submit::stream(Arc::clone(&self.shared), request.into_inner())))
    }

    async fn get_receipt(
        &self,
        request: Request<pb::GetReceiptRequest>,
    ) -> Answer<pb::SubmitResponse> {
        answer(submit::receipt(&self.shared, request.into_inner()).await)
    }

    async fn get_account(&self, request: Request<pb::GetAccountRequest>) -> Answer<pb::Account> {
        answer(accounts::one(&self.shared, request.into_inner()))
    }

    async fn list_accounts(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Answer<pb::ListAccountsResponse> {
        answer(accounts::list(&self.shared, &request.into_inner()))
    }

    async fn list_holdings(
        &self,
        request: Request<pb::ListHoldingsRequest>,
    ) -> Answer<pb::ListHoldingsResponse> {
        answer(units::holdings(&self.shared, &request.into_inner()))
    }

    async fn get_units(
        &self,
        request: Request<pb::GetUnitsRequest>,
    ) -> Answer<pb::GetUnitsResponse> {
        answer(units::units(&self.shared, request.into_inner()))
    }

    async fn get_application(
        &self,
        request: Request<pb::GetApplicationRequest>,
    ) -> Answer<pb::Application> {
        answer(applications::one(&self.shared, request.into_inner()).await)
    }

    async fn list_applications(
        &self,
        request: Request<pb::ListApplicationsRequest>,
    ) -> Answer<pb::ListApplicationsResponse> {
        answer(applications::list(&self.shared, &request.into_inner()))
    }

    async fn get_payment(&self, request: Request<pb::GetPaymentRequest>) -> Answer<pb::Payment> {
        answer(accounts::payment(&self.shared, request.into_inner()))
    }

    async fn list_payments(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Answer<pb::ListPaymentsResponse> {
        answer(accounts::payments(&self.shared, &request.into_inner()))
    }

    async fn list_projects(
        &self,
        request: Request<pb::ListProjectsRequest>,
    ) -> Answer<pb::ListProjectsResponse> {
        answer(projects::projects(&self.shared, &request.into_inner()))
    }

    async fn list_authorisations(
        &self,
        request: Request<pb::ListAuthorisationsRequest>,
    ) -> Answer<pb::ListAuthorisationsResponse> {
        answer(projects::authorisations(&self.shared, &request.into_inner()))
    }

    async fn get_totals(&self, _: Request<pb::GetTotalsRequest>) -> Answer<pb::GetTotalsResponse> {
        answer(registry::totals(Arc::clone(&self.shared)).await)
    }

    async fn list_history(
        &self,
        request: Request<pb::ListHistoryRequest>,
    ) -> Answer<pb::ListHistoryResponse> {
        answer(log::history(&self.shared, request.into_inner()).await)
    }

    async fn get_checkpoint(
        &self,
        _: Request<pb::GetCheckpointRequest>,
    ) -> Answer<pb::GetCheckpointResponse> {
        answer(Ok(log::checkpoint(&self.shared)))
    }

    async fn get_entry(
        &self,
        request: Request<pb::GetEntryRequest>,
    ) -> Answer<pb::GetEntryResponse> {
        answer(log::entry(&self.shared, request.into_inner()).await)
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<pb::GetInclusionProofRequest>,
    ) -> Answer<pb::GetInclusionProofResponse> {
        answer(log::inclusion(&self.shared, request.into_inner()))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Answer<pb::GetConsistencyProofResponse> {
        answer(log::consistency(&self.shared, request.into_inner()))
    }

    async fn read_log(&self, request: Request<pb::ReadLogRequest>) -> Answer<Self::ReadLogStream> {
        answer(log::read(Arc::clone(&self.shared), request.into_inner()).await)
    }
}

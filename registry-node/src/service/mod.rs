//! The gRPC service. Handlers decode, ask, and encode; what may be done is the
//! ledger's to decide, and what an error is on the wire is in `status`.

mod accounts;
mod applications;
mod checkpoints;
mod eligibility;
mod keys;
mod log;
mod money;
mod notices;
mod papers;
mod payments;
mod pick;
mod prepare;
mod projects;
mod publication;
mod registry;
mod rights;
mod submit;
mod subscribers;
mod units;

pub(crate) use applications::End;
pub(crate) use log::LOG_READERS_MAX;
pub(crate) use publication::publish;
pub(crate) use registry::TotalsCache;
pub(crate) use subscribers::{PLACES_OF_CALLER_MAX, Subscribers};

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
    type SubscribeNoticesStream = AnswerStream<pb::Notice>;
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

    async fn list_keys(
        &self,
        request: Request<pb::ListKeysRequest>,
    ) -> Answer<pb::ListKeysResponse> {
        answer(keys::list(&self.shared, &request.into_inner()))
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
        answer(applications::list(&self.shared, request.into_inner()).await)
    }

    async fn quote(&self, request: Request<pb::QuoteRequest>) -> Answer<pb::QuoteResponse> {
        answer(money::quote(&self.shared, request.into_inner()))
    }

    async fn get_invoice(&self, request: Request<pb::GetInvoiceRequest>) -> Answer<pb::Invoice> {
        answer(money::invoice(&self.shared, request.into_inner()).await)
    }

    async fn pick_units(
        &self,
        request: Request<pb::PickUnitsRequest>,
    ) -> Answer<pb::PickUnitsResponse> {
        answer(pick::pick(&self.shared, &request.into_inner()))
    }

    async fn check_eligibility(
        &self,
        request: Request<pb::CheckEligibilityRequest>,
    ) -> Answer<pb::CheckEligibilityResponse> {
        answer(eligibility::check(&self.shared, request.into_inner()))
    }

    async fn get_unit_history(
        &self,
        request: Request<pb::GetUnitHistoryRequest>,
    ) -> Answer<pb::GetUnitHistoryResponse> {
        answer(papers::unit_history(&self.shared, request.into_inner()).await)
    }

    async fn list_restrictions(
        &self,
        request: Request<pb::ListRestrictionsRequest>,
    ) -> Answer<pb::ListRestrictionsResponse> {
        answer(rights::restrictions(&self.shared, request.into_inner()))
    }

    async fn list_trusts(
        &self,
        request: Request<pb::ListTrustsRequest>,
    ) -> Answer<pb::ListTrustsResponse> {
        answer(rights::trusts(&self.shared, request.into_inner()))
    }

    async fn list_notices(
        &self,
        request: Request<pb::ListNoticesRequest>,
    ) -> Answer<pb::ListNoticesResponse> {
        answer(notices::list(&self.shared, request.into_inner()).await)
    }

    async fn subscribe_notices(
        &self,
        request: Request<pb::SubscribeNoticesRequest>,
    ) -> Answer<Self::SubscribeNoticesStream> {
        let peer = request.remote_addr();
        answer(notices::subscribe(Arc::clone(&self.shared), peer, request.into_inner()).await)
    }

    async fn get_statement(
        &self,
        request: Request<pb::GetStatementRequest>,
    ) -> Answer<pb::Statement> {
        answer(papers::statement(&self.shared, request.into_inner()).await)
    }

    async fn get_certificate(
        &self,
        request: Request<pb::GetCertificateRequest>,
    ) -> Answer<pb::Certificate> {
        answer(papers::certificate(&self.shared, request.into_inner()).await)
    }

    async fn get_fee_ledger(
        &self,
        request: Request<pb::GetFeeLedgerRequest>,
    ) -> Answer<pb::FeeLedger> {
        answer(money::fee_ledger(&self.shared, request.into_inner()).await)
    }

    async fn get_books(&self, request: Request<pb::GetBooksRequest>) -> Answer<pb::Books> {
        answer(money::books(&self.shared, request.into_inner()).await)
    }

    async fn find_statement_lines(
        &self,
        request: Request<pb::FindStatementLinesRequest>,
    ) -> Answer<pb::FindStatementLinesResponse> {
        answer(payments::find_lines(&self.shared, &request.into_inner()))
    }

    async fn get_rules(&self, _: Request<pb::GetRulesRequest>) -> Answer<pb::GetRulesResponse> {
        answer(registry::rules(&self.shared))
    }

    async fn get_publication(
        &self,
        _: Request<pb::GetPublicationRequest>,
    ) -> Answer<pb::Publication> {
        answer(publication::publication(&self.shared).await)
    }

    async fn get_payment(&self, request: Request<pb::GetPaymentRequest>) -> Answer<pb::Payment> {
        answer(payments::one(&self.shared, request.into_inner()))
    }

    async fn list_payments(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Answer<pb::ListPaymentsResponse> {
        answer(payments::list(&self.shared, &request.into_inner()))
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
        answer(Ok(checkpoints::newest(&self.shared)))
    }

    async fn list_checkpoints(
        &self,
        request: Request<pb::ListCheckpointsRequest>,
    ) -> Answer<pb::ListCheckpointsResponse> {
        answer(checkpoints::list(&self.shared, request.into_inner()).await)
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

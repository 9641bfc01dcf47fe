//! The gRPC service. Handlers decode, ask, and encode; what may be done is the
//! ledger's to decide, and what an error is on the wire is in `status`.

mod accounts;
mod applications;
mod article6;
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
mod reports;
mod rights;
mod submit;
mod subscribers;
mod units;

pub(crate) use applications::End;
pub(crate) use log::LOG_READERS_MAX;
pub(crate) use publication::publish;
pub(crate) use registry::TotalsCache;
pub(crate) use reports::REPORTS_MAX;
pub(crate) use subscribers::{PLACES_OF_CALLER_MAX, Subscribers};

use crate::access::{AboutWhom, Pass};
use crate::shared::Shared;
use crate::status::Refusal;
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

impl Service {
    /// Takes a request of a method that is not open to everybody, with its pass; a read
    /// of other people's data is written down first.
    async fn enter<T: AboutWhom>(&self, request: Request<T>) -> Result<(Pass, T), Status> {
        let pass = request.extensions().get::<Pass>().cloned();
        // Nobody gets here but through the door.
        let pass = pass.ok_or(Refusal::Internal).map_err(Status::from)?;
        let message = request.into_inner();
        pass.write_down(&self.shared, message.about()).await.map_err(Status::from)?;
        Ok((pass, message))
    }
}

/// What a handler found, as the transport wants it.
fn answer<T>(result: Result<T, crate::status::Refusal>) -> Answer<T> {
    result.map(Response::new).map_err(Status::from)
}

#[tonic::async_trait]
impl Registry for Service {
    type SubmitStreamStream = AnswerStream<pb::SubmitStreamResponse>;
    type SubscribeNoticesStream = AnswerStream<pb::Notice>;
    type ReadLogStream = AnswerStream<pb::ReadLogResponse>;
    type GetReportStream = AnswerStream<pb::GetReportResponse>;

    async fn get_registry(
        &self,
        _: Request<pb::GetRegistryRequest>,
    ) -> Answer<pb::GetRegistryResponse> {
        answer(registry::describe(&self.shared))
    }

    async fn prepare(&self, request: Request<pb::PrepareRequest>) -> Answer<pb::PrepareResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(prepare::prepare(&self.shared, &pass, message))
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
        let (pass, message) = self.enter(request).await?;
        pass.answer(submit::receipt(&self.shared, &pass, message).await)
    }

    async fn get_account(&self, request: Request<pb::GetAccountRequest>) -> Answer<pb::Account> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(accounts::one(&self.shared, &pass, message))
    }

    async fn list_keys(
        &self,
        request: Request<pb::ListKeysRequest>,
    ) -> Answer<pb::ListKeysResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(keys::list(&self.shared, &pass, &message))
    }

    async fn list_accounts(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Answer<pb::ListAccountsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(accounts::list(&self.shared, &message))
    }

    async fn list_holdings(
        &self,
        request: Request<pb::ListHoldingsRequest>,
    ) -> Answer<pb::ListHoldingsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(units::holdings(&self.shared, &pass, &message))
    }

    async fn get_units(
        &self,
        request: Request<pb::GetUnitsRequest>,
    ) -> Answer<pb::GetUnitsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(units::units(&self.shared, &pass, message))
    }

    async fn get_application(
        &self,
        request: Request<pb::GetApplicationRequest>,
    ) -> Answer<pb::Application> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(applications::one(&self.shared, &pass, message).await)
    }

    async fn list_applications(
        &self,
        request: Request<pb::ListApplicationsRequest>,
    ) -> Answer<pb::ListApplicationsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(applications::list(&self.shared, &pass, message).await)
    }

    async fn quote(&self, request: Request<pb::QuoteRequest>) -> Answer<pb::QuoteResponse> {
        answer(money::quote(&self.shared, request.into_inner()))
    }

    async fn get_invoice(&self, request: Request<pb::GetInvoiceRequest>) -> Answer<pb::Invoice> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(money::invoice(&self.shared, &pass, message).await)
    }

    async fn pick_units(
        &self,
        request: Request<pb::PickUnitsRequest>,
    ) -> Answer<pb::PickUnitsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(pick::pick(&self.shared, &pass, &message))
    }

    async fn check_eligibility(
        &self,
        request: Request<pb::CheckEligibilityRequest>,
    ) -> Answer<pb::CheckEligibilityResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(eligibility::check(&self.shared, message))
    }

    async fn get_unit_history(
        &self,
        request: Request<pb::GetUnitHistoryRequest>,
    ) -> Answer<pb::GetUnitHistoryResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(papers::unit_history(&self.shared, &pass, message).await)
    }

    async fn list_restrictions(
        &self,
        request: Request<pb::ListRestrictionsRequest>,
    ) -> Answer<pb::ListRestrictionsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(rights::restrictions(&self.shared, &pass, message))
    }

    async fn list_trusts(
        &self,
        request: Request<pb::ListTrustsRequest>,
    ) -> Answer<pb::ListTrustsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(rights::trusts(&self.shared, &pass, message))
    }

    async fn list_notices(
        &self,
        request: Request<pb::ListNoticesRequest>,
    ) -> Answer<pb::ListNoticesResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(notices::list(&self.shared, &pass, message).await)
    }

    async fn subscribe_notices(
        &self,
        request: Request<pb::SubscribeNoticesRequest>,
    ) -> Answer<Self::SubscribeNoticesStream> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(notices::subscribe(Arc::clone(&self.shared), &pass, message).await)
    }

    async fn get_statement(
        &self,
        request: Request<pb::GetStatementRequest>,
    ) -> Answer<pb::Statement> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(papers::statement(&self.shared, &pass, message).await)
    }

    async fn get_certificate(
        &self,
        request: Request<pb::GetCertificateRequest>,
    ) -> Answer<pb::Certificate> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(papers::certificate(&self.shared, &pass, message).await)
    }

    async fn get_report(
        &self,
        request: Request<pb::GetReportRequest>,
    ) -> Answer<Self::GetReportStream> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(reports::report(Arc::clone(&self.shared), &pass, &message))
    }

    async fn get_cancellation_notice(
        &self,
        request: Request<pb::GetCancellationNoticeRequest>,
    ) -> Answer<pb::CancellationNotice> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(papers::cancellation_notice(&self.shared, &pass, message).await)
    }

    async fn get_fee_ledger(
        &self,
        request: Request<pb::GetFeeLedgerRequest>,
    ) -> Answer<pb::FeeLedger> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(money::fee_ledger(&self.shared, message).await)
    }

    async fn get_books(&self, request: Request<pb::GetBooksRequest>) -> Answer<pb::Books> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(money::books(&self.shared, message).await)
    }

    async fn find_statement_lines(
        &self,
        request: Request<pb::FindStatementLinesRequest>,
    ) -> Answer<pb::FindStatementLinesResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(payments::find_lines(&self.shared, &message))
    }

    async fn get_rules(&self, _: Request<pb::GetRulesRequest>) -> Answer<pb::GetRulesResponse> {
        answer(registry::rules(&self.shared))
    }

    async fn get_publication(
        &self,
        request: Request<pb::GetPublicationRequest>,
    ) -> Answer<pb::Publication> {
        answer(publication::publication(&self.shared, request.into_inner()).await)
    }

    async fn get_payment(&self, request: Request<pb::GetPaymentRequest>) -> Answer<pb::Payment> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(payments::one(&self.shared, &pass, message))
    }

    async fn list_payments(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Answer<pb::ListPaymentsResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(payments::list(&self.shared, &pass, &message))
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
        answer(article6::authorisations(&self.shared, &request.into_inner()))
    }

    async fn get_authorisation(
        &self,
        request: Request<pb::GetAuthorisationRequest>,
    ) -> Answer<pb::GetAuthorisationResponse> {
        answer(article6::authorisation(&self.shared, &request.into_inner()))
    }

    async fn list_adjustments(
        &self,
        request: Request<pb::ListAdjustmentsRequest>,
    ) -> Answer<pb::ListAdjustmentsResponse> {
        answer(article6::adjustments(&self.shared, &request.into_inner()))
    }

    async fn list_confirmations(
        &self,
        request: Request<pb::ListConfirmationsRequest>,
    ) -> Answer<pb::ListConfirmationsResponse> {
        answer(article6::confirmations(&self.shared, &request.into_inner()))
    }

    async fn get_totals(&self, _: Request<pb::GetTotalsRequest>) -> Answer<pb::GetTotalsResponse> {
        answer(registry::totals(Arc::clone(&self.shared)).await)
    }

    async fn list_history(
        &self,
        request: Request<pb::ListHistoryRequest>,
    ) -> Answer<pb::ListHistoryResponse> {
        let (pass, message) = self.enter(request).await?;
        pass.answer(log::history(&self.shared, &pass, message).await)
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
        let (pass, message) = self.enter(request).await?;
        pass.answer(log::entry(&self.shared, &pass, message).await)
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
        let (pass, message) = self.enter(request).await?;
        pass.answer(log::read(Arc::clone(&self.shared), &pass, message).await)
    }
}

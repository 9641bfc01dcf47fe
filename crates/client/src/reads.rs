//! Reading: what the registry says, in the wire's own types, all pages at once.
//!
//! These answers carry no proof. What must be proved is asked for as an entry
//! with its proof ([`RegistryClient::proof_of`]) or as the whole log
//! ([`RegistryClient::read_log`]).

use crate::client::{Grpc, RegistryClient, read};
use crate::error::ClientError;
use crate::retry::{SubmitPolicy, random_u32};
use jcm_api::pb;
use jcm_format::entry::SealedEntry;
use jcm_format::serial::SerialRange;
use jcm_format::tlog::ProofFile;
use tonic::{Response, Status, Streaming};

pub use pb::list_history_request::Subject;

/// How often a read is tried.
const ATTEMPTS: u32 = 4;

/// Items asked for at once; the registry may give fewer.
const PAGE_SIZE: u32 = 500;

/// So many pages hold every holder there could be; more means a registry that
/// never comes to an end.
const PAGES_MAX: usize = 10_000;

/// Defines a method that gathers all pages of a list.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $item:ident, $rpc:ident($request:ident), $field:ident) => {
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<Vec<pb::$item>, ClientError> {
            self.pages(|mut grpc: Grpc, page_token| async move {
                let request = pb::$request { page_size: PAGE_SIZE, page_token, $($arg),* };
                let answer = grpc.$rpc(read(request)).await?.into_inner();
                Ok((answer.$field, answer.next_page_token))
            })
            .await
        }
    };
}

/// Defines a method that sends a request as it is given, and gives the answer.
macro_rules! ask {
    ($(#[$doc:meta])* $name:ident($request:ident) -> $answer:ident, $rpc:ident) => {
        $(#[$doc])*
        pub async fn $name(&self, request: pb::$request) -> Result<pb::$answer, ClientError> {
            self.read(|mut grpc: Grpc| {
                let request = read(request.clone());
                async move { grpc.$rpc(request).await }
            })
            .await
        }
    };
}

/// Defines a method that asks for one thing.
macro_rules! get {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $item:ident, $rpc:ident($request:ident)) => {
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<pb::$item, ClientError> {
            self.read(|mut grpc: Grpc| async move {
                grpc.$rpc(read(pb::$request { $($arg),* })).await
            })
            .await
        }
    };
}

/// What [`RegistryClient::applications`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Applications {
    /// The applications, oldest first.
    pub applications: Vec<pb::Application>,
    /// How many there are of each kind and status.
    pub counts: Vec<pb::ApplicationCount>,
    /// How many there are in all.
    pub total: u64,
}

impl RegistryClient {
    get! {
        /// One account, by its number without check digits.
        account(account: u32) -> Account, get_account(GetAccountRequest)
    }
    get! {
        /// Who may sign for an account, and a recovery of a lost key that waits.
        keys(account: u32, revoked_too: bool) -> ListKeysResponse, list_keys(ListKeysRequest)
    }
    get! {
        /// One application, by the entry that recorded it.
        application(application: u64) -> Application, get_application(GetApplicationRequest)
    }
    get! {
        /// One payment, by the entry that recorded it and, in an imported statement,
        /// its line; 0 = recorded singly.
        payment(payment: u64, line: u32) -> Payment, get_payment(GetPaymentRequest)
    }
    get! {
        /// Totals by account category, and the corresponding adjustments.
        totals() -> GetTotalsResponse, get_totals(GetTotalsRequest)
    }
    get! {
        /// The newest checkpoint, not judged: see [`RegistryClient::believe`].
        checkpoint() -> GetCheckpointResponse, get_checkpoint(GetCheckpointRequest)
    }
    get! {
        /// One entry: its bytes, and the same in words.
        entry(entry: u64) -> GetEntryResponse, get_entry(GetEntryRequest)
    }
    list! {
        /// Every account.
        accounts() -> Account, list_accounts(ListAccountsRequest), accounts
    }
    list! {
        /// What an account holds.
        holdings(account: u32) -> UnitStretch, list_holdings(ListHoldingsRequest), holdings
    }
    list! {
        /// Payments; with `unspent_only`, those of which something is left.
        payments(unspent_only: bool) -> Payment, list_payments(ListPaymentsRequest), payments
    }
    list! {
        /// Every project.
        projects() -> Project, list_projects(ListProjectsRequest), projects
    }
    list! {
        /// Every authorisation.
        authorisations() -> Authorisation,
        list_authorisations(ListAuthorisationsRequest), authorisations
    }
    get! {
        /// One authorisation, by the entry of its first version, and one of its versions in
        /// full; version 0 = the one recorded last.
        authorisation(entry: u64, version: u64) -> GetAuthorisationResponse,
        get_authorisation(GetAuthorisationRequest)
    }

    /// Corresponding adjustments; of every country where `partner` is empty.
    pub async fn adjustments(
        &self,
        partner: &str,
        open_only: bool,
    ) -> Result<Vec<pb::Adjustment>, ClientError> {
        self.pages(|mut grpc: Grpc, page_token| {
            let partner = partner.to_owned();
            let request =
                pb::ListAdjustmentsRequest { partner, open_only, page_size: PAGE_SIZE, page_token };
            async move {
                let answer = grpc.list_adjustments(read(request)).await?.into_inner();
                Ok((answer.adjustments, answer.next_page_token))
            }
        })
        .await
    }

    /// What partners confirmed and did not withdraw; of every country where `partner`
    /// is empty.
    pub async fn confirmations(&self, partner: &str) -> Result<Vec<pb::Confirmation>, ClientError> {
        self.pages(|mut grpc: Grpc, page_token| {
            let partner = partner.to_owned();
            let request =
                pb::ListConfirmationsRequest { partner, page_size: PAGE_SIZE, page_token };
            async move {
                let answer = grpc.list_confirmations(read(request)).await?.into_inner();
                Ok((answer.confirmations, answer.next_page_token))
            }
        })
        .await
    }

    /// What is known of each unit of a range.
    pub async fn units(&self, range: SerialRange) -> Result<Vec<pb::UnitStretch>, ClientError> {
        let (block, first, last) = (range.block().get(), range.first(), range.last());
        let range = Some(pb::Range { block, first, last });
        let request = pb::GetUnitsRequest { range, ..pb::GetUnitsRequest::default() };
        self.units_asked(request).await.map(|answer| answer.units)
    }

    /// The unit that an identification number names.
    pub async fn unit_named(&self, number: &str) -> Result<Vec<pb::UnitStretch>, ClientError> {
        let identification = number.to_owned();
        let request = pb::GetUnitsRequest { identification, ..pb::GetUnitsRequest::default() };
        self.units_asked(request).await.map(|answer| answer.units)
    }

    /// The unit that an ITMO identifier names.
    pub async fn unit_transferred_as(
        &self,
        itmo: &str,
    ) -> Result<Vec<pb::UnitStretch>, ClientError> {
        let itmo = itmo.to_owned();
        let request = pb::GetUnitsRequest { itmo, ..pb::GetUnitsRequest::default() };
        self.units_asked(request).await.map(|answer| answer.units)
    }

    ask! {
        /// Units by range or by number: [`RegistryClient::units`],
        /// [`RegistryClient::unit_named`].
        units_asked(GetUnitsRequest) -> GetUnitsResponse, get_units
    }
    ask! {
        /// The fee that an application would owe today, and why.
        quote(QuoteRequest) -> QuoteResponse, quote
    }
    get! {
        /// What an invoice for an application's fee says.
        invoice(application: u64) -> Invoice, get_invoice(GetInvoiceRequest)
    }
    get! {
        /// The rule data in force, the calendars adopted, and the safeguards of accounts.
        rules() -> GetRulesResponse, get_rules(GetRulesRequest)
    }
    ask! {
        /// Units of an account for a quantity, the oldest vintage first.
        pick_units(PickUnitsRequest) -> PickUnitsResponse, pick_units
    }
    ask! {
        /// Whether units may serve a use, and by which operation.
        eligibility(CheckEligibilityRequest) -> CheckEligibilityResponse, check_eligibility
    }
    ask! {
        /// Everything that happened to one unit, and who held it on a day.
        unit_history(GetUnitHistoryRequest) -> GetUnitHistoryResponse, get_unit_history
    }
    get! {
        /// Restrictions that are not released; account 0 = of every account.
        restrictions(account: u32) -> ListRestrictionsResponse,
        list_restrictions(ListRestrictionsRequest)
    }
    get! {
        /// Trusts; account 0 = of every account.
        trusts(account: u32) -> ListTrustsResponse, list_trusts(ListTrustsRequest)
    }
    ask! {
        /// Opening balance, movements and closing balance of an account.
        statement(GetStatementRequest) -> Statement, get_statement
    }
    ask! {
        /// A certificate that was issued, with its proof.
        certificate(GetCertificateRequest) -> Certificate, get_certificate
    }
    ask! {
        /// A notice of a retirement or cancellation, which proves itself.
        cancellation_notice(GetCancellationNoticeRequest) -> CancellationNotice, get_cancellation_notice
    }
    get! {
        /// What the registry publishes (registry ordinance, art. 16).
        /// Of account 0 everything; of another one, what is published of it, and the
        /// government accounts.
        publication(account: u32) -> Publication, get_publication(GetPublicationRequest)
    }
    ask! {
        /// Fee income by day, month or fiscal year.
        fee_ledger(GetFeeLedgerRequest) -> FeeLedger, get_fee_ledger
    }
    get! {
        /// A year of the books.
        books(year: u32) -> Books, get_books(GetBooksRequest)
    }
    ask! {
        /// Which credits of a bank statement are recorded already.
        statement_lines(FindStatementLinesRequest) -> FindStatementLinesResponse,
        find_statement_lines
    }

    /// Applications that the filters let through, oldest first. What `filter` says
    /// of pages does not matter.
    pub async fn applications(
        &self,
        filter: pb::ListApplicationsRequest,
    ) -> Result<Applications, ClientError> {
        let page = |mut grpc: Grpc, page_token| {
            let request =
                pb::ListApplicationsRequest { page_size: PAGE_SIZE, page_token, ..filter.clone() };
            async move {
                let answer = grpc.list_applications(read(request)).await?.into_inner();
                let next = answer.next_page_token.clone();
                Ok((vec![answer], next))
            }
        };
        let pages = self.pages(page).await?;
        // Every page counts everything; the last one counted last.
        let last = pages.last().cloned().unwrap_or_default();
        let applications = pages.into_iter().flat_map(|page| page.applications).collect();
        Ok(Applications { applications, counts: last.counts, total: last.total })
    }

    /// The notices to an account after `after`, oldest first; empty = all of them.
    pub async fn notices(&self, account: u32, after: &str) -> Result<Vec<pb::Notice>, ClientError> {
        let page = |mut grpc: Grpc, token: String| {
            let after = if token.is_empty() { after.to_owned() } else { token };
            async move {
                let request = pb::ListNoticesRequest { account, after, page_size: PAGE_SIZE };
                let answer = grpc.list_notices(read(request)).await?.into_inner();
                Ok((answer.notices, answer.next_after))
            }
        };
        self.pages(page).await
    }

    /// The entries that concern `subject`, oldest first.
    pub async fn history(&self, subject: Subject) -> Result<Vec<pb::EntrySummary>, ClientError> {
        self.pages(|mut grpc: Grpc, page_token| {
            let subject = Some(subject.clone());
            async move {
                let request = pb::ListHistoryRequest { subject, page_size: PAGE_SIZE, page_token };
                let answer = grpc.list_history(read(request)).await?.into_inner();
                Ok((answer.entries, answer.next_page_token))
            }
        })
        .await
    }

    /// The proof that an entry is in the log, with the entry's bytes in it: a
    /// receipt, not checked yet ([`RegistryClient::check_any_receipt`]).
    pub async fn proof_of(&self, entry: u64) -> Result<String, ClientError> {
        let bytes = self.entry(entry).await?.entry;
        let sealed = SealedEntry::open(bytes)
            .map_err(|_| ClientError::Malformed { what: "the entry's bytes" })?;
        let call = |mut grpc: Grpc| async move {
            grpc.get_inclusion_proof(read(pb::GetInclusionProofRequest { entry })).await
        };
        let text = self.read(call).await?.proof;
        let malformed = |_| ClientError::Malformed { what: "the inclusion proof" };
        let proof: ProofFile = text.parse().map_err(malformed)?;
        let proof = proof.with_extra(sealed.bytes().to_vec()).map_err(malformed)?;
        Ok(proof.to_string())
    }

    /// The log from an entry on, as frames.
    pub async fn read_log(
        &self,
        from_entry: u64,
    ) -> Result<Streaming<pb::ReadLogResponse>, ClientError> {
        let answer = self.grpc().read_log(pb::ReadLogRequest { from_entry }).await?;
        Ok(answer.into_inner())
    }

    /// A report as a table, in parts.
    pub async fn report(
        &self,
        request: pb::GetReportRequest,
    ) -> Result<Streaming<pb::GetReportResponse>, ClientError> {
        self.read(|mut grpc| {
            let request = request.clone();
            async move { grpc.get_report(request).await }
        })
        .await
    }

    /// Makes a call that changes nothing, and makes it again while the registry is
    /// not available.
    pub(crate) async fn read<T, F, Answer>(&self, call: F) -> Result<T, ClientError>
    where
        F: Fn(Grpc) -> Answer,
        Answer: Future<Output = Result<Response<T>, Status>>,
    {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match call(self.grpc()).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) => ClientError::from(status),
            };
            let retry_after = match error.refusal() {
                Some(refusal) if refusal.is_transient() && attempt < ATTEMPTS => {
                    refusal.retry_after
                }
                _ => return Err(error),
            };
            let pause = SubmitPolicy::STANDARD.pause(attempt, random_u32(), retry_after);
            tokio::time::sleep(pause).await;
        }
    }

    async fn pages<T, F, Answer>(&self, call: F) -> Result<Vec<T>, ClientError>
    where
        F: Fn(Grpc, String) -> Answer,
        Answer: Future<Output = Result<(Vec<T>, String), Status>>,
    {
        let mut items = Vec::new();
        let mut token = String::new();
        for _ in 0..PAGES_MAX {
            let page = |grpc| {
                let answer = call(grpc, token.clone());
                async move { answer.await.map(Response::new) }
            };
            let (more, next) = self.read(page).await?;
            items.extend(more);
            if next.is_empty() {
                return Ok(items);
            }
            if next == token {
                break;
            }
            token = next;
        }
        Err(ClientError::Malformed { what: "a list that does not end" })
    }
}

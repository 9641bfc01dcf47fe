//! Every cell of the table of roles, on a service that runs: `docs/spec/access.md` is
//! walked as it is printed, and a unit test holds the page to the code.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_api::pb::list_history_request::Subject;
use jcm_format::amount::Yen;
use jcm_format::command::{
    Body, ImportStatement, ImportedPayment, PaymentId, PaymentPart, Purpose, Role, Side,
};
use jcm_format::id::{Country, EntryIndex};
use jcm_tests::acts::{digest, line, line_key};
use jcm_tests::world::authorisation;
use std::collections::BTreeMap;
use std::fmt::Debug;
use support::*;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];
/// A corporate number of nobody's yet.
const GAMMA_NUMBER: &str = "7010001008844";
/// What no account, entry or block has as its number.
const NOBODY: u32 = 999_999;

/// The key of a role in the table; the public has none.
fn key_of(role: &str) -> Option<&'static str> {
    match role {
        "public" => None,
        "applicant" => Some("gamma"),
        "holder" => Some("alpha"),
        "partner" => Some("mongolia"),
        "operator" => Some("op-1"),
        "authority" => Some("authority-1"),
        "auditor" => Some("audit-1"),
        _ => panic!("{role} is new"),
    }
}

/// Things of one person, or of nobody.
#[derive(Debug, Clone)]
struct Things {
    account: u32,
    application: u64,
    certificate: u64,
    /// A cancellation.
    notice: u64,
    payment: u64,
    authorisation: u64,
    entry: u64,
    command: Vec<u8>,
    unit: pb::Range,
    subject: Subject,
    signer: &'static str,
}

/// A registry in which everybody has something.
struct Stage {
    alpha: Things,
    beta: Things,
    gamma: Things,
    /// Of Mongolia's projects, and of another country's.
    mongolia: Things,
    vietnam: Things,
    nobody: Things,
}

async fn register(client: &mut Client, who: &str, role: Role) {
    let key = possessed(&secret(who), &role);
    accepted(client, Body::RegisterKey { role, key }, &AUTHORITIES).await;
}

fn unit(block: u32, unit: u64) -> pb::Range {
    pb::Range { block, first: unit, last: unit }
}

/// A certificate of an account: its request, and the id of that command.
async fn certificate(
    client: &mut Client,
    number: u32,
    who: &str,
    fee: EntryIndex,
) -> (u64, Vec<u8>) {
    let fee_payment = Some(PaymentId::single(fee));
    let body = Body::RequestCertificate { account: account(number), fee_payment };
    let command = command(body);
    let id = command.id.as_bytes().to_vec();
    let answer = client.submit(request(sign(&command, &[who]))).await.expect("accepted");
    (answer.into_inner().entry, id)
}

/// A cancellation of units of an account.
async fn cancelled(
    client: &mut Client,
    number: u32,
    units: &str,
    who: &str,
    fee: EntryIndex,
) -> u64 {
    let terms = jcm_tests::world::terms(number, 3, &[units], Purpose::Cancellation);
    let fee_payment = Some(PaymentId::single(fee));
    let body = Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment };
    entry(client, body, &[who]).await.get()
}

#[allow(clippy::too_many_lines, reason = "one registry in which everybody has something")]
async fn stage(client: &mut Client) -> Stage {
    let alphas_payment = populate(client, 100).await;
    register(client, "audit-1", Role::Auditor(name("audit-1"))).await;
    register(client, "mongolia", Role::Partner(Country::new("MN").expect("a country"))).await;
    accepted(client, register_project("VN001"), &["op-1"]).await;
    accepted(client, carried_over(issuance("VN001", 2022, 10, 0)), &AUTHORITIES).await;
    let mut betas = issuance("MN001", 2021, 10, 0);
    betas.vintages[0].allocations[0].account = account(BETA);
    accepted(client, carried_over(betas), &AUTHORITIES).await;
    let betas_payment = entry(client, payment("beta", 100_000, Some(BETA)), &["op-1"]).await;
    // Unit 5 of block 1 was alpha's once; those of block 3 never were.
    accepted(client, transfer(5, Some(alphas_payment)), &["alpha"]).await;
    let (alphas, alphas_command) = certificate(client, ALPHA, "alpha", alphas_payment).await;
    let (betas, betas_command) = certificate(client, BETA, "beta", betas_payment).await;
    let alphas_notice = cancelled(client, ALPHA, "1:6-6", "alpha", alphas_payment).await;
    let betas_notice = cancelled(client, BETA, "3:2-2", "beta", betas_payment).await;
    let applying = command(apply_account("gamma", GAMMA_NUMBER));
    let gammas = client.submit(request(sign(&applying, &["gamma"]))).await.expect("accepted");
    let gammas = gammas.into_inner().entry;
    let japan = authorisation("JP-1", Side::Japan, 1_000);
    let japan = Body::RecordAuthorisation { authorisation: japan, details: None };
    let authorisation = entry(client, japan, &AUTHORITIES).await.get();
    let alpha = Things {
        account: ALPHA,
        application: alphas,
        certificate: alphas,
        notice: alphas_notice,
        payment: alphas_payment.get(),
        authorisation,
        entry: alphas,
        command: alphas_command,
        unit: unit(1, 1),
        subject: Subject::Account(ALPHA),
        signer: "alpha",
    };
    let beta = Things {
        account: BETA,
        application: betas,
        certificate: betas,
        notice: betas_notice,
        payment: betas_payment.get(),
        authorisation,
        entry: betas,
        command: betas_command,
        unit: unit(3, 1),
        subject: Subject::Account(BETA),
        signer: "beta",
    };
    let gamma = Things {
        application: gammas,
        entry: gammas,
        command: applying.id.as_bytes().to_vec(),
        subject: Subject::Application(gammas),
        signer: "gamma",
        ..alpha.clone()
    };
    let mongolia = Things { subject: Subject::Block(1), signer: "mongolia", ..alpha.clone() };
    let vietnam = Things { subject: Subject::Block(2), unit: unit(2, 1), ..beta.clone() };
    let nobody = Things {
        account: NOBODY,
        application: NOBODY.into(),
        certificate: NOBODY.into(),
        notice: NOBODY.into(),
        payment: NOBODY.into(),
        authorisation: NOBODY.into(),
        entry: NOBODY.into(),
        command: vec![9; 16],
        unit: unit(NOBODY, 1),
        subject: Subject::Account(NOBODY),
        signer: "nobody",
    };
    Stage { alpha, beta, gamma, mongolia, vietnam, nobody }
}

/// What came of a call: the answer, or everything that a refusal says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Came {
    Answer(String),
    Refusal { code: Code, reason: String, said: String },
}

fn came<T: Debug>(result: Result<Response<T>, Status>) -> Came {
    match result {
        Ok(answer) => Came::Answer(format!("{:?}", answer.into_inner())),
        Err(status) => {
            let info = status.get_error_details().error_info().cloned();
            let metadata: BTreeMap<_, _> =
                info.into_iter().flat_map(|info| info.metadata).collect();
            let said = format!("{} {metadata:?} {:?}", status.message(), status.metadata());
            Came::Refusal { code: status.code(), reason: reason(&status), said }
        }
    }
}

/// Every part of a report.
async fn told(mut stream: tonic::Streaming<pb::GetReportResponse>) -> Result<String, Status> {
    let mut parts = String::new();
    while let Some(part) = stream.message().await? {
        parts += &format!("{part:?} ");
    }
    Ok(parts)
}

/// What came of the call without the names of what was asked for, so that two calls
/// for different things can be compared.
fn unnamed(came: Came, things: &Things) -> Came {
    let Came::Refusal { code, reason, said } = came else { return came };
    let command: String = things.command.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut names = vec![
        command,
        format!("{}:{}", things.unit.block, things.unit.first),
        things.account.to_string(),
        things.application.to_string(),
        things.notice.to_string(),
        things.payment.to_string(),
    ];
    if let Subject::Block(number) = things.subject {
        names.push(number.to_string());
    }
    // The status repeats its message in binary; what it says is above.
    let said = said.split(" MetadataMap").next().unwrap_or_default().to_owned();
    // Dates in headers are no answer.
    let said = names.iter().fold(said, |said, name| said.replace(&format!(" {name}"), " #"));
    let said = names.iter().fold(said, |said, name| said.replace(&format!("\"{name}\""), "\"#\""));
    Came::Refusal { code, reason, said }
}

/// Calls a method for some things.
#[allow(clippy::too_many_lines, reason = "one arm for each method")]
async fn call(client: &Client, method: &str, it: &Things) -> Came {
    let mut client = client.clone();
    let client = &mut client;
    let today = now().date_in_japan().to_string();
    let account = it.account;
    match method {
        "GetRegistry" => came(client.get_registry(pb::GetRegistryRequest {}).await),
        "Prepare" => {
            let payload = command(payment("prepared", 1, None)).to_payload();
            let signers = vec![secret(it.signer).public_key().as_bytes().to_vec()];
            came(client.prepare(pb::PrepareRequest { payload, signers }).await)
        }
        "Submit" => came(client.submit(pb::SubmitRequest::default()).await),
        "SubmitStream" => {
            let nothing = Request::new(tokio_stream::empty());
            came(client.submit_stream(nothing).await.map(|answer| answer.map(|_| "a stream")))
        }
        "GetReceipt" => {
            let command_id = it.command.clone();
            came(client.get_receipt(pb::GetReceiptRequest { command_id }).await)
        }
        "GetAccount" => came(client.get_account(pb::GetAccountRequest { account }).await),
        "ListKeys" => {
            came(client.list_keys(pb::ListKeysRequest { account, revoked_too: true }).await)
        }
        "ListAccounts" => came(client.list_accounts(pb::ListAccountsRequest::default()).await),
        "ListHoldings" => {
            let request = pb::ListHoldingsRequest { account, ..Default::default() };
            came(client.list_holdings(request).await)
        }
        "GetUnits" => {
            let request = pb::GetUnitsRequest { range: Some(it.unit), ..Default::default() };
            came(client.get_units(request).await)
        }
        "GetApplication" => {
            let request = pb::GetApplicationRequest { application: it.application };
            came(client.get_application(request).await)
        }
        "ListApplications" => {
            // An applicant has no account to be asked about.
            let account = if it.signer == "gamma" { 0 } else { account };
            let request = pb::ListApplicationsRequest { account, ..Default::default() };
            came(client.list_applications(request).await)
        }
        "Quote" => {
            let request = pb::QuoteRequest {
                kind: "transfer".to_owned(),
                source: account,
                destination: account,
                ..Default::default()
            };
            came(client.quote(request).await)
        }
        "GetInvoice" => {
            let request = pb::GetInvoiceRequest { application: it.application };
            came(client.get_invoice(request).await)
        }
        "GetRules" => came(client.get_rules(pb::GetRulesRequest {}).await),
        "PickUnits" => {
            let request =
                pb::PickUnitsRequest { account, quantity_tonnes: 1, ..Default::default() };
            came(client.pick_units(request).await)
        }
        "CheckEligibility" => {
            let request =
                pb::CheckEligibilityRequest { ranges: vec![it.unit], r#use: "ndc".to_owned() };
            came(client.check_eligibility(request).await)
        }
        "GetUnitHistory" => {
            let request = pb::GetUnitHistoryRequest {
                block: it.unit.block,
                unit: it.unit.first,
                ..Default::default()
            };
            came(client.get_unit_history(request).await)
        }
        "ListRestrictions" => {
            came(client.list_restrictions(pb::ListRestrictionsRequest { account }).await)
        }
        "ListTrusts" => came(client.list_trusts(pb::ListTrustsRequest { account }).await),
        "ListNotices" => {
            let request = pb::ListNoticesRequest { account, ..Default::default() };
            came(client.list_notices(request).await)
        }
        "SubscribeNotices" => {
            let request = pb::SubscribeNoticesRequest { account, after: String::new() };
            came(client.subscribe_notices(request).await.map(|answer| answer.map(|_| "a stream")))
        }
        "GetStatement" => {
            let request = pb::GetStatementRequest { account, from: today.clone(), to: today };
            came(client.get_statement(request).await)
        }
        "GetCertificate" => {
            let language = "en".to_owned();
            let request = pb::GetCertificateRequest { application: it.certificate, language };
            came(client.get_certificate(request).await)
        }
        "GetCancellationNotice" => {
            let (application, language) = (it.notice, "en".to_owned());
            let request = pb::GetCancellationNoticeRequest { application, language, part: 0 };
            came(client.get_cancellation_notice(request).await)
        }
        "GetPublication" => {
            came(client.get_publication(pb::GetPublicationRequest::default()).await)
        }
        "GetReport" => {
            let report = "holdings".to_owned();
            let request = pb::GetReportRequest { report, account, ..Default::default() };
            match client.get_report(request).await {
                Err(status) => came::<&str>(Err(status)),
                Ok(answer) => came(told(answer.into_inner()).await.map(Response::new)),
            }
        }
        "GetFeeLedger" => {
            let by = "day".to_owned();
            let request = pb::GetFeeLedgerRequest { by, ..Default::default() };
            came(client.get_fee_ledger(request).await)
        }
        "GetBooks" => {
            let year = now().date_in_japan().year().get().into();
            came(client.get_books(pb::GetBooksRequest { year }).await)
        }
        "FindStatementLines" => {
            came(client.find_statement_lines(pb::FindStatementLinesRequest::default()).await)
        }
        "GetPayment" => {
            came(client.get_payment(pb::GetPaymentRequest { payment: it.payment, line: 0 }).await)
        }
        "ListPayments" => came(client.list_payments(pb::ListPaymentsRequest::default()).await),
        "ListProjects" => came(client.list_projects(pb::ListProjectsRequest::default()).await),
        "ListAuthorisations" => {
            came(client.list_authorisations(pb::ListAuthorisationsRequest::default()).await)
        }
        "GetAuthorisation" => {
            let request = pb::GetAuthorisationRequest { entry: it.authorisation, version: 0 };
            came(client.get_authorisation(request).await)
        }
        "ListAdjustments" => {
            came(client.list_adjustments(pb::ListAdjustmentsRequest::default()).await)
        }
        "ListConfirmations" => {
            came(client.list_confirmations(pb::ListConfirmationsRequest::default()).await)
        }
        "GetTotals" => came(client.get_totals(pb::GetTotalsRequest {}).await),
        "ListHistory" => {
            let subject = Some(it.subject.clone());
            let request = pb::ListHistoryRequest { subject, ..Default::default() };
            came(client.list_history(request).await)
        }
        "GetCheckpoint" => came(client.get_checkpoint(pb::GetCheckpointRequest {}).await),
        "ListCheckpoints" => {
            came(client.list_checkpoints(pb::ListCheckpointsRequest::default()).await)
        }
        "GetEntry" => came(client.get_entry(pb::GetEntryRequest { entry: it.entry }).await),
        "GetInclusionProof" => {
            let request = pb::GetInclusionProofRequest { entry: 0 };
            came(client.get_inclusion_proof(request).await)
        }
        "GetConsistencyProof" => {
            let request = pb::GetConsistencyProofRequest { old_size: 1, new_size: 2 };
            came(client.get_consistency_proof(request).await)
        }
        "ReadLog" => {
            let request = pb::ReadLogRequest { from_entry: 0 };
            came(client.read_log(request).await.map(|answer| answer.map(|_| "a stream")))
        }
        _ => panic!("{method} is new"),
    }
}

/// The table: method, role, "all", "own" or "-".
fn cells() -> Vec<(String, String, String)> {
    let page = include_str!("../../docs/spec/access.md");
    let (_, table) = page.split_once("<!-- generated: roles -->").expect("the table");
    let (table, _) = table.split_once("<!-- end -->").expect("its end");
    let row = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let mut lines = table.lines().filter(|line| line.starts_with('|'));
    let head = row(lines.next().expect("a head"));
    let mut cells = Vec::new();
    for line in lines.skip(1) {
        let line = row(line);
        for (role, cell) in head.iter().zip(&line).skip(1) {
            cells.push((line[0].clone(), role.clone(), cell.clone()));
        }
    }
    cells
}

impl Stage {
    /// What is a role's own, what is another's, and what is nobody's.
    fn things(&self, role: &str) -> [Things; 3] {
        let nobody = |subject| Things { subject, ..self.nobody.clone() };
        match role {
            "applicant" => {
                // Asked for an application, as for its own.
                let of_alpha = Subject::Application(self.alpha.application);
                let others = Things { subject: of_alpha, ..self.alpha.clone() };
                [self.gamma.clone(), others, nobody(Subject::Application(NOBODY.into()))]
            }
            "partner" => {
                [self.mongolia.clone(), self.vietnam.clone(), nobody(Subject::Block(NOBODY))]
            }
            _ => {
                let signer = key_of(role).unwrap_or("alpha");
                let own = Things { signer, ..self.alpha.clone() };
                [own, self.beta.clone(), self.nobody.clone()]
            }
        }
    }
}

/// What of an answer to a holder would be somebody else's.
fn is_foreign(answer: &str) -> bool {
    let names = ["beta Inc.", "account: 1002", "bank_reference: \"beta\"", "of account JP-0001002"];
    names.iter().any(|name| answer.contains(name))
}

/// Methods without a name in the request: they show what is the caller's own.
const OWN_LISTS: [&str; 1] = ["ListPayments"];

fn check_all(what: &str, came: &[Came; 3]) {
    let [own, others, nobodys] = came;
    for came in [own, others] {
        match came {
            Came::Answer(_) => {}
            // Nothing is submitted, which is not the door's affair.
            Came::Refusal { code: Code::InvalidArgument, .. } if what.starts_with("Submit ") => {}
            refused @ Came::Refusal { .. } => panic!("{what}: {refused:?}"),
        }
    }
    if let Came::Refusal { code, .. } = nobodys {
        assert!(![Code::Unauthenticated, Code::PermissionDenied].contains(code), "{what}");
    }
}

fn check_own(what: &str, method: &str, role: &str, came: &[Came; 3]) {
    let [own, others, nobodys] = came;
    match (method, own) {
        // The ledger refuses what only an operator may do; who is not let in is told so.
        ("Prepare", Came::Refusal { code, reason, .. }) => {
            assert!(!reason.starts_with("CALLER"), "{what}: {own:?}");
            assert!([Code::PermissionDenied, Code::Unauthenticated].contains(code), "{what}");
        }
        (_, Came::Refusal { .. }) => panic!("{what}: {own:?}"),
        (_, Came::Answer(answer)) => {
            let is_empty = !answer.contains("entry")
                && !answer.contains("account")
                && ["GetUnits", "ListHistory"].contains(&method);
            assert!(!is_empty, "{what}: {answer}");
            assert!(role != "holder" || !is_foreign(answer), "{what}: {answer}");
        }
    }
    assert_eq!(others, nobodys, "{what}: nobody is told which");
    match others {
        Came::Refusal { code: Code::NotFound, reason, .. } => assert_eq!(reason, "ABSENT"),
        Came::Refusal { code: Code::PermissionDenied, reason, .. } if method == "Prepare" => {
            assert_eq!(reason, "CALLER_NOT_A_SIGNER");
        }
        Came::Answer(answer) if OWN_LISTS.contains(&method) => {
            assert!(!is_foreign(answer), "{what}: {answer}");
        }
        Came::Answer(answer) => {
            assert!(["GetUnits", "ListApplications"].contains(&method), "{what}: {answer}");
        }
        other @ Came::Refusal { .. } => panic!("{what}: {other:?}"),
    }
}

fn check_denied(what: &str, role: &str, came: &[Came; 3]) {
    let expected = match role {
        "public" => (Code::Unauthenticated, "CALLER_PROOF_MISSING"),
        _ => (Code::PermissionDenied, "CALLER_ROLE"),
    };
    for came in came {
        let Came::Refusal { code, reason, said } = came else { panic!("{what}: {came:?}") };
        assert_eq!((*code, reason.as_str()), expected, "{what}: {said}");
    }
    assert!(came[0] == came[1] && came[1] == came[2], "{what}: whatever is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_of_the_table_is_so() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let stage = stage(&mut client).await;
    let url = format!("http://{}", node.grpc_addr());
    let mut clients: BTreeMap<String, Client> = BTreeMap::new();
    let cells = cells();
    assert_eq!(cells.len(), 45 * 7);
    for (method, role, cell) in cells {
        if !clients.contains_key(&role) {
            clients.insert(role.clone(), connect_as(&url, key_of(&role)).await);
        }
        let client = clients.get(&role).expect("there").clone();
        let [own, others, nobody] = stage.things(&role);
        let came = [
            unnamed(call(&client, &method, &own).await, &own),
            unnamed(call(&client, &method, &others).await, &others),
            unnamed(call(&client, &method, &nobody).await, &nobody),
        ];
        let what = format!("{method} by {role}: {cell}");
        match cell.as_str() {
            "all" => check_all(&what, &came),
            "own" => check_own(&what, &method, &role, &came),
            "-" => check_denied(&what, &role, &came),
            _ => panic!("{what}"),
        }
    }
    drop(clients);
    node.shutdown().await.expect("stopped");
}

/// What holders may ask of by other names than in the walk.
#[tokio::test(flavor = "multi_thread")]
async fn a_holder_sees_what_concerns_it_and_no_more() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let stage = stage(&mut client).await;
    let mut alpha = client_of(&node, "alpha").await;
    let mut beta = client_of(&node, "beta").await;

    // Histories of what is not its own.
    let nobody = u64::from(NOBODY);
    for (theirs, nobodys) in [
        (Subject::Application(stage.beta.application), Subject::Application(nobody)),
        (Subject::Payment(stage.beta.payment), Subject::Payment(nobody)),
        (Subject::Project("MN001".to_owned()), Subject::Project("MN999".to_owned())),
        (Subject::Block(1), Subject::Block(NOBODY)),
    ] {
        let mut refusals = Vec::new();
        for subject in [theirs, nobodys] {
            let request = pb::ListHistoryRequest { subject: Some(subject), ..Default::default() };
            let status = alpha.list_history(request).await.expect_err("not its own");
            assert!(status.message().contains("that this key may read"), "{status:?}");
            refusals.push((status.code(), reason(&status)));
        }
        assert_eq!(refusals[0], refusals[1]);
    }

    // Of the one payment, application and issuance that are its own.
    let history = async |client: &mut Client, subject| {
        let request = pb::ListHistoryRequest { subject: Some(subject), ..Default::default() };
        client.list_history(request).await.expect("its own").into_inner().entries
    };
    assert!(!history(&mut alpha, Subject::Payment(stage.alpha.payment)).await.is_empty());
    assert!(!history(&mut alpha, Subject::Application(stage.alpha.application)).await.is_empty());
    let opened = history(&mut beta, Subject::Account(BETA)).await;
    let commands: Vec<&str> = opened.iter().map(|entry| entry.command.as_str()).collect();
    let expected = [
        "OpenAccount",
        "RecordIssuance",
        "RecordPayment",
        "ApplyTransfer",
        "RequestCertificate",
        "ApplyTransfer",
    ];
    assert_eq!(commands, expected);

    // The unit that it gave away: how it came and went, and not who has it now.
    let asked = pb::GetUnitHistoryRequest { block: 1, unit: 5, ..Default::default() };
    let former = alpha.get_unit_history(asked.clone()).await.expect("was its own").into_inner();
    assert_eq!((former.holder, former.unit.expect("known").account), (0, 0));
    let kinds: Vec<&str> = former.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"issued"), Some(&"transferred")));
    let present = beta.get_unit_history(asked).await.expect("its own").into_inner();
    assert_eq!((present.holder, present.unit.expect("known").account), (BETA, BETA));
    assert!(present.events.iter().all(|event| event.kind != "issued"), "that was alpha's");

    // An identification number of another's unit, and of none.
    for identification in ["JP-MN001-2022-1-5", "JP-MN001-2022-1-5000"] {
        let request =
            pb::GetUnitsRequest { identification: identification.to_owned(), ..Default::default() };
        let status = alpha.get_units(request).await.expect_err("not its own");
        let expected = format!("there is no unit {identification} that this key may read");
        assert_eq!((status.code(), status.message()), (Code::NotFound, expected.as_str()));
    }

    // Without an account named, lists are of its own.
    let own = alpha.list_applications(pb::ListApplicationsRequest::default()).await;
    assert!(own.expect("told").into_inner().applications.iter().all(|one| one.account == ALPHA));
    let payments = alpha.list_payments(pb::ListPaymentsRequest::default()).await;
    let payments = payments.expect("told").into_inner().payments;
    assert!(!payments.is_empty() && payments.iter().all(|one| one.account == ALPHA));
    assert!(alpha.list_restrictions(pb::ListRestrictionsRequest { account: 0 }).await.is_ok());
    node.shutdown().await.expect("stopped");
}

/// One command may be about several: a bank statement, payments for applications of two
/// holders, a transfer between them.
#[tokio::test(flavor = "multi_thread")]
async fn of_what_concerns_several_each_sees_its_part() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let fees = populate(&mut client, 100).await;
    let asks = |of| Body::RequestCertificate { account: account(of), fee_payment: None };
    let of_alpha = entry(&mut client, asks(ALPHA), &["alpha"]).await;
    let of_beta = entry(&mut client, asks(BETA), &["beta"]).await;
    let lines = [(ALPHA, 2_500_u64), (BETA, 4_444)];
    let payments = lines.map(|(number, yen)| ImportedPayment {
        key: line_key(&yen.to_string()),
        amount_yen: Yen::new(yen),
        value_date: date("2026-11-20"),
        account: Some(account(number)),
    });
    let statement = ImportStatement {
        statement: digest("statement"),
        payers: None,
        payments: payments.to_vec(),
    };
    let imported = entry(&mut client, Body::ImportStatement(statement), &["op-1"]).await;
    let part = |number, application, yen| PaymentPart {
        payment: line(imported, number),
        application,
        amount_yen: Yen::new(yen),
    };
    let parts = vec![part(1, of_alpha, 1_200), part(2, of_beta, 1_200)];
    let applied = entry(&mut client, Body::ApplyPayments { parts }, &["op-1"]).await;
    let moved = entry(&mut client, transfer(9, Some(fees)), &["alpha"]).await;

    let [mut alpha, mut beta] = [client_of(&node, "alpha").await, client_of(&node, "beta").await];
    for (client, number, own, others) in [
        (&mut alpha, ALPHA, "2,500 yen", ["4,444".to_owned(), format!("application {of_beta}")]),
        (&mut beta, BETA, "4,444 yen", ["2,500".to_owned(), format!("application {of_alpha}")]),
    ] {
        let subject = Some(Subject::Account(number));
        let request = pb::ListHistoryRequest { subject, page_size: 500, ..Default::default() };
        let told = client.list_history(request).await.expect("its own").into_inner().entries;
        let of = |entry: EntryIndex| told.iter().find(|one| one.entry == entry.get());
        let import = of(imported).expect("its line is in it");
        assert_eq!(import.effects.len(), 1);
        assert!(import.effects[0].contains("1 payment, "), "{:?}", import.effects);
        assert!(import.effects[0].contains(own), "{:?}", import.effects);
        let said = [import.effects.join(" "), of(applied).expect("its part").effects.join(" ")];
        for foreign in others {
            assert!(said.iter().all(|said| !said.contains(&foreign)), "{number}: {said:?}");
        }
        // The bytes of what is others' as well are shown to neither.
        for entry in [imported, applied] {
            let asked = pb::GetEntryRequest { entry: entry.get() };
            let status = client.get_entry(asked).await.expect_err("not its alone");
            assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "ABSENT"));
        }
        // A transfer is shown whole to both, with the fee that was drawn for it.
        let both = client.get_entry(pb::GetEntryRequest { entry: moved.get() }).await;
        assert!(!both.expect("of both").into_inner().entry.is_empty());
        assert!(of(moved).expect("of both").effects.len() > 1);
    }
    // What concerns nobody in particular is nobody's to ask for; rules are read elsewhere.
    let genesis = alpha.get_entry(pb::GetEntryRequest { entry: 0 }).await;
    assert_eq!(genesis.expect_err("nobody's").code(), Code::NotFound);
    // Nor another's keys and operators.
    let appointed = alpha.get_entry(pb::GetEntryRequest { entry: 1 }).await;
    assert_eq!(appointed.expect_err("nobody's").code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

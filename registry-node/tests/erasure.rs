//! Personal data: what commands bring, what is published, and what is forgotten.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::amount::Yen;
use jcm_format::command::{
    ApplyIndividualAccount, Body, ImportStatement, TransferTrust, TrustTerms,
};
use jcm_ledger::private::PRIVATE_BYTES_MAX;
use jcm_tests::acts::{close, digest, erase, statement, transfer_with, trust};
use jcm_tests::world::project;
use std::fs;
use support::*;
use tonic::Code;

const OPERATORS: [&str; 2] = ["op-1", "op-2"];

fn with_data(body: Body, signers: &[&str], data: &[pb::PrivateData]) -> pb::SubmitRequest {
    let mut request = request(signed(body, signers));
    request.private_data = data.to_vec();
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_bring_the_data_that_they_commit_to() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let (data, details) = committed(b"settlor, trustee, beneficiaries");
    let terms = TrustTerms { details, ..trust("deed") };
    let transfer = transfer_with(ALPHA, BETA, &["1:1-1"], TransferTrust::Record(terms));
    client.submit(with_data(transfer, &["alpha"], &[data])).await.expect("kept");
    assert_eq!(private_files(&folder), [details.to_string()]);

    let (data, payers) = committed(b"the statement file");
    let Body::ImportStatement(import) = statement("s", &[("one", 1, "2026-01-05")]) else {
        panic!("a statement")
    };
    let import = Body::ImportStatement(ImportStatement { payers: Some(payers), ..import });
    client.submit(with_data(import, &["op-1"], &[data])).await.expect("kept");
    assert!(private_files(&folder).contains(&payers.to_string()));

    // As much as one part may be fits into a message without any configuration.
    let (data, payers) = committed(&vec![7; PRIVATE_BYTES_MAX]);
    let Body::ImportStatement(import) = statement("t", &[("two", 1, "2026-01-05")]) else {
        panic!("a statement")
    };
    let import = Body::ImportStatement(ImportStatement { payers: Some(payers), ..import });
    client.submit(with_data(import, &["op-1"], &[data])).await.expect("kept");
    assert!(private_files(&folder).contains(&payers.to_string()));

    // Another command's data is refused, and data beside an erasure.
    let (other, _) = committed(b"other");
    let refused =
        client.submit(with_data(register_project("MN9"), &["op-1"], std::slice::from_ref(&other)));
    assert_eq!(reason(&refused.await.expect_err("not committed")), "PRIVATE_DATA_NOT_COMMITTED");
    let refused = client.submit(with_data(erase(payers), &OPERATORS, &[other])).await;
    assert_eq!(reason(&refused.expect_err("erases")), "PRIVATE_DATA_NOT_COMMITTED");
    assert_eq!(private_files(&folder).len(), 3);
    node.shutdown().await.expect("stopped");
}

/// An individual with an account, whose particulars are in the private store.
async fn individual(client: &mut Client) -> (pb::PrivateData, jcm_format::hash::Digest) {
    let identity = digest("somebody");
    let register = Body::RegisterProponent { project: project("MN001"), person: identity };
    accepted(client, register, &["op-1"]).await;
    let json = r#"{"format":"jcm-particulars/1","name_ja":"例示 太郎","name_en":"Taro Reiji",
        "head_office_ja":"東京都","head_office_en":"Tokyo","contacts":[]}"#;
    let (data, particulars) = committed(json.as_bytes());
    let apply = Body::ApplyIndividualAccount(ApplyIndividualAccount {
        person: identity,
        particulars,
        attachments: vec![digest("form")],
        representative: secret("taro").public_key(),
    });
    let request = with_data(apply, &["taro"], std::slice::from_ref(&data));
    let application = client.submit(request).await.expect("applied").into_inner().entry;
    let application = jcm_format::id::EntryIndex::new(application);
    let payment = entry(client, payment("taro", 14_400, None), &["op-1"]).await;
    let amount_yen = Yen::new(14_400);
    let pay = Body::ApplyPayment { payment, application, amount_yen };
    accepted(client, pay, &["op-1"]).await;
    accepted(client, Body::OpenAccount { application }, &["op-1"]).await;
    (data, particulars)
}

async fn published(client: &mut Client) -> pb::PublishedHolder {
    let publication = client.get_publication(pb::GetPublicationRequest::default()).await;
    let publication = publication.expect("published").into_inner();
    assert_eq!(publication.totals.len(), 4);
    assert!(publication.csv_holders.starts_with("account,"));
    publication
        .holders
        .into_iter()
        .find(|holder| holder.account.starts_with("JP-0001003"))
        .expect("one")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_stays_erased() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let (data, particulars) = individual(&mut client).await;
    let holder = published(&mut client).await;
    assert_eq!((holder.name_en.as_str(), holder.withheld), ("Taro Reiji", false));
    let shown = client.get_account(pb::GetAccountRequest { account: 1_003 }).await;
    let shown = shown.expect("one").into_inner().holder.expect("a holder");
    assert_eq!(shown.name_en, "", "only the publication tells the name");
    let file = folder.path().join("private").join(particulars.to_string());
    let backup = fs::read(&file).expect("kept");

    // While the account is open, nobody forgets who holds it.
    let early = client.submit(request(signed(erase(particulars), &OPERATORS))).await;
    assert_eq!(reason(&early.expect_err("needed")), "STILL_NEEDED");
    assert!(file.exists());
    let application = entry(&mut client, close(1_003), &["taro"]).await;
    accepted(&mut client, Body::RecordApplication { application }, &["op-1"]).await;

    let erasure = signed(erase(particulars), &OPERATORS);
    client.submit(request(erasure.clone())).await.expect("erased");
    assert!(!file.exists());
    client.submit(request(erasure)).await.expect("repeated");
    let twice = client.submit(request(signed(erase(particulars), &OPERATORS))).await;
    assert_eq!(twice.expect_err("erased").code(), Code::AlreadyExists);

    // Nobody brings it back with a new command, and no backup does.
    let change = Body::NotifyChange(jcm_format::command::NotifyChange {
        account: account(ALPHA),
        change: jcm_format::command::ParticularsChange {
            holder: None,
            particulars: Some(particulars),
            effective: date("2026-01-05"),
        },
        attachments: vec![digest("form")],
    });
    let refused = client.submit(with_data(change, &["alpha"], &[data])).await;
    assert_eq!(reason(&refused.expect_err("erased")), "PRIVATE_DATA_ERASED");
    assert!(!file.exists());
    node.shutdown().await.expect("stopped");
    fs::write(&file, backup).expect("restored");
    let (node, _client) = folder.start().await;
    assert!(!file.exists());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn particulars_are_shown_to_their_holder_and_to_the_implementing_body() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    individual(&mut client).await;
    let fee = entry(&mut client, payment("certificate", 1_200, Some(1_003)), &["op-1"]).await;
    let fee_payment = Some(jcm_format::command::PaymentId::single(fee));
    let request = Body::RequestCertificate { account: account(1_003), fee_payment };
    let application = entry(&mut client, request, &["taro"]).await.get();
    for (who, sees) in [("taro", true), ("op-1", true), ("authority-1", false)] {
        let request = pb::GetCertificateRequest { application, language: "en".to_owned() };
        let told = client_of(&node, who).await.get_certificate(request).await.expect("told");
        let told = told.into_inner();
        assert_eq!(told.markdown.contains("Taro Reiji"), sees, "{who}: {}", told.markdown);
        assert_eq!(told.html.contains("Taro Reiji"), sees, "{who}");
        assert_eq!(told.json.contains("Taro Reiji"), sees, "{who}");
    }
    // What is published of one account is what is published of all.
    let one = pb::GetPublicationRequest { account: 1_003 };
    let one = client.get_publication(one).await.expect("published").into_inner();
    assert_eq!(one.holders, [published(&mut client).await]);
    let all = client.get_publication(pb::GetPublicationRequest::default()).await.expect("all");
    assert_eq!(one.government, all.into_inner().government);
    let categories: Vec<&str> = one.government.iter().map(|it| it.category.as_str()).collect();
    assert_eq!(categories, ["government-holding", "retirement", "cancellation"]);
    for (number, holders) in [(ALPHA, 1), (1, 0), (4_000, 0)] {
        let asked = pb::GetPublicationRequest { account: number };
        let told = client.get_publication(asked).await.expect("published").into_inner();
        assert_eq!(told.holders.len(), holders, "{number}");
    }
    node.shutdown().await.expect("stopped");
}

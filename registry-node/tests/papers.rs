//! Papers and notices to holders, as a client sees them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::{Body, PaymentId, Purpose, Role};
use jcm_format::hash::Digest;
use jcm_format::tlog::ProofFile;
use jcm_tests::acts::{refuse, request_completion};
use std::time::Duration;
use support::*;
use tokio_stream::StreamExt as _;
use tonic::{Code, Streaming};

fn period(from: &str, to: &str) -> pb::GetStatementRequest {
    pb::GetStatementRequest { account: ALPHA, from: from.to_owned(), to: to.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_adds_up() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    for unit in [3, 7] {
        accepted(&mut client, transfer(unit, Some(payment)), &["alpha"]).await;
    }
    let today = now().date_in_japan().to_string();
    let told = client.get_statement(period(&today, &today)).await.expect("told").into_inner();
    assert_eq!((told.opening_tonnes, told.closing_tonnes), (0, 98));
    let kinds: Vec<_> = told.movements.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["issuance", "transfer out", "transfer out"]);
    assert_eq!(told.movements[2].counterparty, BETA);
    assert_eq!((told.closing.len(), told.csv.lines().count()), (3, 6));
    assert!(told.json.contains("\"closing_tonnes\": 98"), "{}", told.json);
    let before = period("2020-01-01", "2020-12-31");
    let told = client.get_statement(before).await.expect("told").into_inner();
    assert_eq!((told.closing_tonnes, told.movements.len()), (0, 0));
    for (wrong, named) in [
        (period("", &today), "from"),
        (period(&today, "soon"), "to"),
        (period(&today, "2020-01-01"), "to"),
    ] {
        assert_eq!(field(&client.get_statement(wrong).await.expect_err(named)), named);
    }
    let other = pb::GetStatementRequest { account: 4_000, ..period(&today, &today) };
    assert_eq!(client.get_statement(other).await.expect_err("none").code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_proves_its_lines() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let fee_payment = Some(PaymentId::single(payment));
    let request = Body::RequestCertificate { account: account(ALPHA), fee_payment };
    let issued = entry(&mut client, request, &["alpha"]).await;
    // What comes later does not change it.
    accepted(&mut client, transfer(3, Some(payment)), &["alpha"]).await;
    let ask = |application, language: &str| pb::GetCertificateRequest {
        application,
        language: language.to_owned(),
    };
    let told = client.get_certificate(ask(issued.get(), "ja")).await.expect("told").into_inner();
    assert_eq!(told.entry, issued.get());
    assert!(
        told.statement.contains("holding 1:1-100 MN001 2022 B1 2024-07-01\n"),
        "{}",
        told.statement
    );
    let proof: ProofFile = told.proof.parse().expect("a proof");
    let bytes = proof.extra().expect("the entry").to_vec();
    proof.verify(&bytes, &log_key()).expect("it proves itself");
    let digest = Digest::of(&[told.statement.as_bytes()]);
    let entry = jcm_format::entry::SealedEntry::open(bytes).expect("an entry");
    let states = entry.entry().event.0.iter().any(|effect| {
        matches!(effect, jcm_format::event::Effect::CertificateStated { digest: stated, .. } if *stated == digest)
    });
    assert!(states);
    assert!(told.html.starts_with("<!DOCTYPE html>") && told.markdown.starts_with("# "));
    let english = client.get_certificate(ask(issued.get(), "en")).await.expect("told");
    assert_ne!(english.into_inner().markdown, told.markdown);
    let error = client.get_certificate(ask(issued.get(), "fr")).await.expect_err("no language");
    assert_eq!(field(&error), "language");
    let error = client.get_certificate(ask(issued.get() + 1, "ja")).await.expect_err("a transfer");
    assert_eq!(field(&error), "application");
    let error = client.get_certificate(ask(1, "ja")).await.expect_err("no application");
    assert_eq!(error.code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_cancellation_proves_itself() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let terms = jcm_tests::world::terms(ALPHA, 3, &["1:5-9"], Purpose::Cancellation);
    let fee_payment = Some(PaymentId::single(payment));
    let body = Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment };
    let cancelled = entry(&mut client, body, &["alpha"]).await;
    accepted(&mut client, transfer(3, Some(payment)), &["alpha"]).await;
    let ask = |application, language: &str| pb::GetCancellationNoticeRequest {
        application,
        language: language.to_owned(),
        part: 0,
    };
    let told = client.get_cancellation_notice(ask(cancelled.get(), "ja")).await.expect("told");
    let told = told.into_inner();
    assert_eq!((told.entry, told.act.as_str()), (cancelled.get(), "cancellation"));
    let trust = jcm_verify::document::Trust { log_key: Some(log_key()), ..Default::default() };
    for text in [&told.document, &told.html] {
        let checked = jcm_verify::document::check(text, &trust).expect("it holds");
        assert_eq!(checked.statement.as_deref(), Some(told.statement.as_str()));
    }
    assert!(
        told.statement.contains("units 1:5-9 MN001 2022 B1 2024-07-01 5 "),
        "{}",
        told.statement
    );
    assert!(told.markdown.starts_with("# 取消し通知書"), "{}", told.markdown);
    // A certificate's document proves itself too.
    let request = Body::RequestCertificate { account: account(ALPHA), fee_payment };
    let issued = entry(&mut client, request, &["alpha"]).await;
    let asked = pb::GetCertificateRequest { application: issued.get(), language: "en".to_owned() };
    let told = client.get_certificate(asked).await.expect("told").into_inner();
    for text in [&told.document, &told.html] {
        let checked = jcm_verify::document::check(text, &trust).expect("it holds");
        assert_eq!(checked.statement.as_deref(), Some(told.statement.as_str()));
    }
    // There is a notice of nothing else.
    for (application, language, named) in [
        (cancelled.get(), "fr", "language"),
        (issued.get(), "ja", "application"),
        (cancelled.get() + 1, "ja", "application"),
    ] {
        let error = client.get_cancellation_notice(ask(application, language)).await;
        assert_eq!(field(&error.expect_err(named)), named);
    }
    let error = client.get_cancellation_notice(ask(1, "ja")).await.expect_err("no application");
    assert_eq!(error.code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

/// The next notices of a stream, by kind.
async fn next(stream: &mut Streaming<pb::Notice>, count: usize) -> Vec<pb::Notice> {
    let mut notices = Vec::new();
    for _ in 0..count {
        let next = tokio::time::timeout(Duration::from_secs(5), stream.next()).await;
        notices.push(next.expect("soon").expect("one more").expect("told"));
    }
    notices
}

fn kinds(notices: &[pb::Notice]) -> Vec<&str> {
    notices.iter().map(|notice| notice.kind.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_listed_and_followed_without_a_gap() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    accepted(&mut client, transfer(3, Some(payment)), &["alpha"]).await;
    let mut all: Vec<pb::Notice> = Vec::new();
    let mut after = String::new();
    loop {
        let request = pb::ListNoticesRequest { account: ALPHA, after, page_size: 2 };
        let page = client.list_notices(request).await.expect("listed").into_inner();
        assert!(page.notices.len() <= 2);
        all.extend(page.notices);
        after = page.next_after;
        if after.is_empty() {
            break;
        }
    }
    assert!(kinds(&all).contains(&"account-opened"), "{:?}", kinds(&all));
    assert!(kinds(&all).contains(&"transfer-recorded"), "{:?}", kinds(&all));
    for notice in &all {
        assert!(notice.account == ALPHA && !notice.title_ja.is_empty(), "{notice:?}");
        assert!(!notice.text_en.contains("beta"), "others are named by number: {notice:?}");
    }

    let ask = |after: &str| pb::SubscribeNoticesRequest { account: ALPHA, after: after.to_owned() };
    let mut stream = client.subscribe_notices(ask("")).await.expect("followed").into_inner();
    assert_eq!(next(&mut stream, all.len()).await, all);
    let refused = entry(&mut client, transfer(4, None), &["alpha"]).await;
    accepted(&mut client, request_completion(refused, "2999-12-31"), &["op-1"]).await;
    let ground = jcm_format::command::RefusalGround::Falsehood;
    accepted(&mut client, refuse(refused, ground), &["op-1"]).await;
    let mut told = next(&mut stream, 2).await;
    while told.last().is_none_or(|last| last.kind != "transfer-refused") {
        told.extend(next(&mut stream, 1).await);
    }
    // A revoked key is told although its entry names no account.
    let key = possessed(&secret("alpha-2"), &Role::Account(account(ALPHA)));
    let role = Role::Account(account(ALPHA));
    accepted(&mut client, Body::RegisterKey { role, key }, &["alpha"]).await;
    let reason = jcm_tests::world::text("lost");
    let revoke = Body::RevokeKey { key: secret("alpha-2").public_key(), reason };
    let revoked = entry(&mut client, revoke, &["alpha"]).await;
    let last = loop {
        let notice = next(&mut stream, 1).await.pop().expect("one");
        if notice.entry == revoked.get() {
            break notice;
        }
    };
    // Whoever comes back with a position goes on after it.
    let mut again = client.subscribe_notices(ask(&all[0].position)).await.expect("followed");
    assert_eq!(next(again.get_mut(), 1).await, all[1..2]);
    let mut newest = client.subscribe_notices(ask(&last.position)).await.expect("followed");
    accepted(&mut client, transfer(5, Some(payment)), &["alpha"]).await;
    assert!(last.entry < next(newest.get_mut(), 1).await[0].entry);

    let wrong = client.subscribe_notices(ask("now")).await.expect_err("no position");
    assert_eq!(field(&wrong), "after");
    let other = pb::ListNoticesRequest { account: 4_000, ..Default::default() };
    assert_eq!(client.list_notices(other).await.expect_err("none").code(), Code::NotFound);
    // A stop ends them all and says so.
    let stopping = tokio::spawn(node.shutdown());
    let end = loop {
        match newest.get_mut().next().await {
            Some(Ok(_)) => {}
            other => break other,
        }
    };
    assert_eq!(end.expect("said").expect_err("stopping").code(), Code::Unavailable);
    drop((stream, again, newest, client));
    stopping.await.expect("no panic").expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_follow_notices() {
    let mut folder = Folder::with_registry();
    // One key asks for all of them, faster than it may.
    folder.more = "[limits]\ncostly_reads_burst = 1000\n".to_owned();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let ask = pb::SubscribeNoticesRequest { account: BETA, after: String::new() };
    let mut streams = Vec::new();
    let mut connections = Vec::new();
    let full = loop {
        // So many of one connection, so many of all.
        let mut client = connect(&format!("http://{}", node.grpc_addr())).await;
        let before = streams.len();
        let status = loop {
            match client.subscribe_notices(ask.clone()).await {
                Ok(stream) => streams.push(stream),
                Err(status) => break status,
            }
        };
        connections.push(client);
        if reason(&status) != "SUBSCRIPTIONS_OF_CALLER" {
            break status;
        }
        assert_eq!((streams.len() - before, status.code()), (8, Code::ResourceExhausted));
        assert!(status.message().contains("8 times"), "{}", status.message());
    };
    assert_eq!((streams.len(), reason(&full).as_str()), (128, "SUBSCRIBERS_FULL"));
    assert_eq!(full.code(), Code::ResourceExhausted);
    streams.clear();
    // Their places are free again once the node has noticed.
    for _ in 0..100 {
        if client.subscribe_notices(ask.clone()).await.is_ok() {
            drop((client, connections));
            node.shutdown().await.expect("stopped");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no place became free");
}

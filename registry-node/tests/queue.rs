//! Applications and money: an operator's queue, a holder's list, quotes, invoices,
//! the fee ledger and the books, as a client sees them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::{Body, InvoiceIssuer, RefusalGround, Rules};
use jcm_format::id::EntryIndex;
use jcm_format::invoice::InvoiceReference;
use jcm_tests::acts::{
    calendar, change, digest, line_key, refund_of, refuse, request_completion, rules, statement,
};
use support::*;
use tonic::Code;

const OPERATORS: [&str; 2] = ["op-1", "op-2"];

fn ask(status: &str) -> pb::ListApplicationsRequest {
    pb::ListApplicationsRequest { status: status.to_owned(), ..Default::default() }
}

async fn listed(
    client: &mut Client,
    request: pb::ListApplicationsRequest,
) -> pb::ListApplicationsResponse {
    client.list_applications(request).await.expect("listed").into_inner()
}

fn entries(list: &pb::ListApplicationsResponse) -> Vec<u64> {
    list.applications.iter().map(|one| one.entry).collect()
}

async fn application(client: &mut Client, entry: EntryIndex) -> pb::Application {
    let request = pb::GetApplicationRequest { application: entry.get() };
    client.get_application(request).await.expect("known").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_says_whose_turn_it_is_and_until_when() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let unpaid = entry(&mut client, transfer(1, None), &["alpha"]).await;
    let notified = entry(&mut client, change(BETA, "New Beta", "2026-01-05"), &["beta"]).await;
    let asked = request_completion(notified, "2999-12-31");
    accepted(&mut client, asked, &["op-1"]).await;
    let proof = Body::SubmitPaymentProof { application: unpaid, document: digest("slip") };
    accepted(&mut client, proof, &["alpha"]).await;

    let told = application(&mut client, unpaid).await;
    assert_eq!((told.status.as_str(), told.next.as_str()), ("awaiting payment", "applicant"));
    assert_eq!(told.invoice_reference, InvoiceReference::of(unpaid).to_string());
    assert_eq!(told.payment_proofs, [digest("slip").to_string()]);
    assert_eq!(told.applicant, "JP-0001001-05 alpha Inc.");
    assert!(told.payment_due.is_empty() && told.calendar_note.contains("calendar"), "{told:?}");
    let this_year = now().date_in_japan().year().get();
    for year in [this_year, this_year + 1] {
        accepted(&mut client, calendar(year, &[]), &OPERATORS).await;
    }
    let told = application(&mut client, unpaid).await;
    assert!(told.calendar_note.is_empty() && told.examination_due < told.payment_due, "{told:?}");
    assert!(!told.overdue);

    let told = application(&mut client, notified).await;
    assert_eq!((told.kind.as_str(), told.status.as_str()), ("change", "incomplete"));
    assert_eq!((told.missing.len(), told.completion_due.as_str()), (1, "2999-12-31"));
    assert_eq!((told.fee_yen, told.invoice_reference.as_str()), (0, ""));

    let all = listed(&mut client, ask("")).await;
    assert_eq!((entries(&all), all.total), (vec![unpaid.get(), notified.get()], 2));
    let counts: Vec<_> =
        all.counts.iter().map(|c| (c.kind.as_str(), c.status.as_str(), c.count)).collect();
    assert_eq!(counts, [("transfer", "awaiting payment", 1), ("change", "incomplete", 1)]);
    let of_beta = pb::ListApplicationsRequest { account: BETA, ..ask("open") };
    assert_eq!(entries(&listed(&mut client, of_beta).await), [unpaid.get(), notified.get()]);
    let incomplete = listed(&mut client, ask("incomplete")).await;
    assert_eq!(entries(&incomplete), [notified.get()]);
    let operator = pb::ListApplicationsRequest { next: "operator".to_owned(), ..ask("") };
    assert_eq!(listed(&mut client, operator).await.total, 0);
    let overdue = pb::ListApplicationsRequest { overdue_only: true, ..ask("") };
    assert_eq!(listed(&mut client, overdue).await.total, 0);
    for (wrong, named) in [
        (ask("done"), "status"),
        (pb::ListApplicationsRequest { kind: "x".to_owned(), ..ask("") }, "kind"),
        (pb::ListApplicationsRequest { next: "me".to_owned(), ..ask("") }, "next"),
        (pb::ListApplicationsRequest { page_token: "zz".to_owned(), ..ask("") }, "page_token"),
    ] {
        let error = client.list_applications(wrong).await.expect_err(named);
        assert_eq!((error.code(), field(&error).as_str()), (Code::InvalidArgument, named));
    }
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_applications_are_found_by_end_kind_and_account() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let mut recorded = Vec::new();
    for unit in 1..=5 {
        recorded.push(entry(&mut client, transfer(unit, Some(payment)), &["alpha"]).await.get());
    }
    let refused = entry(&mut client, transfer(6, None), &["alpha"]).await;
    accepted(&mut client, refuse(refused, RefusalGround::Falsehood), &["op-1"]).await;
    let withdrawn = entry(&mut client, transfer(7, None), &["alpha"]).await;
    let proof = Body::SubmitPaymentProof { application: withdrawn, document: digest("slip") };
    accepted(&mut client, proof, &["alpha"]).await;
    let reason = jcm_tests::world::text("other buyer");
    let withdraw = Body::WithdrawApplication { application: withdrawn, reason };
    accepted(&mut client, withdraw, &["alpha"]).await;

    for account in [0, ALPHA] {
        let mut seen = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListApplicationsRequest {
                kind: "transfer".to_owned(),
                page_size: 2,
                account,
                page_token,
                ..ask("ended")
            };
            let page = listed(&mut client, request).await;
            assert_eq!((page.total, page.counts.len()), (7, 3), "account {account}");
            seen.extend(entries(&page));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let expected = [recorded.as_slice(), &[refused.get(), withdrawn.get()]].concat();
        assert_eq!(seen, expected, "account {account}");
    }
    let told = application(&mut client, withdrawn).await;
    assert_eq!((told.status.as_str(), told.next.as_str()), ("withdrawn", ""));
    assert_eq!(told.ground, "other buyer");
    assert_eq!(told.payment_proofs, [digest("slip").to_string()]);
    let ended = listed(&mut client, ask("refused")).await;
    assert_eq!(entries(&ended), [refused.get()]);
    let ground = &ended.applications[0].ground;
    assert!(ground.starts_with("(v) ") && ground.ends_with("書類に不備があります。"), "{ground}");
    let opened =
        pb::ListApplicationsRequest { account: BETA, kind: "account".to_owned(), ..ask("ended") };
    let opened = listed(&mut client, opened).await;
    assert_eq!((opened.total, opened.applications[0].account), (1, BETA));
    let next = pb::ListApplicationsRequest { next: "operator".to_owned(), ..ask("ended") };
    assert_eq!(listed(&mut client, next).await.total, 0);
    node.shutdown().await.expect("stopped");
    // What is kept in memory is folded again.
    let (node, mut client) = folder.start().await;
    assert_eq!(listed(&mut client, ask("recorded")).await.total, 7);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_and_an_invoice_say_what_is_owed() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let plain = |kind: &str| pb::QuoteRequest { kind: kind.to_owned(), ..Default::default() };
    for (request, yen, ground) in [
        (plain("account"), 14_400, "due"),
        (plain("certificate"), 1_200, "due"),
        (plain("closing"), 0, "no fee"),
        (pb::QuoteRequest { source: ALPHA, destination: BETA, ..plain("transfer") }, 2_500, "due"),
        (
            pb::QuoteRequest {
                source: ALPHA,
                destination: 2,
                gratuitous: true,
                ..plain("transfer")
            },
            0,
            "waived",
        ),
        (
            pb::QuoteRequest { source: 1, destination: BETA, ..plain("transfer") },
            0,
            "no application",
        ),
    ] {
        let quote = client.quote(request).await.expect("quoted").into_inner();
        assert_eq!((quote.fee_yen, quote.ground.as_str()), (yen, ground));
        assert!(!quote.basis.is_empty() && !quote.text_ja.is_empty() && !quote.text_en.is_empty());
    }
    assert_eq!(field(&client.quote(plain("refund")).await.expect_err("no kind")), "kind");

    let unpaid = entry(&mut client, transfer(1, None), &["alpha"]).await;
    let request = pb::GetInvoiceRequest { application: unpaid.get() };
    let invoice = client.get_invoice(request).await.expect("made").into_inner();
    assert_eq!(invoice.number, InvoiceReference::of(unpaid).to_string());
    assert_eq!((invoice.amount_yen, invoice.settled_yen, invoice.qualified), (2_500, 0, false));
    assert_eq!(invoice.recipient, "株式会社alpha");
    assert!(invoice.markdown_en.contains("2,500"));
    let notified = entry(&mut client, change(BETA, "New Beta", "2026-01-05"), &["beta"]).await;
    let request = pb::GetInvoiceRequest { application: notified.get() };
    assert_eq!(field(&client.get_invoice(request).await.expect_err("no fee")), "application");
    let absent = client.get_invoice(pb::GetInvoiceRequest { application: 1 << 40 }).await;
    assert_eq!(absent.expect_err("none").code(), Code::NotFound);
    let rules = client.get_rules(pb::GetRulesRequest {}).await.expect("told").into_inner();
    assert!(rules.rules_json.contains("\"payment_days\":20"), "{}", rules.rules_json);
    accepted(&mut client, calendar(2026, &["2026-11-23"]), &OPERATORS).await;
    let rules = client.get_rules(pb::GetRulesRequest {}).await.expect("told").into_inner();
    assert_eq!(rules.calendars[0].holidays, ["2026-11-23"]);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_never_says_something_else() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let opening = entry(&mut client, apply_account("gamma", "7111110005902"), &["gamma"]).await;
    let unpaid = entry(&mut client, transfer(1, None), &["alpha"]).await;
    let ask = |of: EntryIndex| pb::GetInvoiceRequest { application: of.get() };
    let mut before = Vec::new();
    for of in [opening, unpaid] {
        before.push(client.get_invoice(ask(of)).await.expect("made").into_inner());
    }
    assert!(before.iter().all(|invoice| !invoice.qualified && invoice.tax_yen == 0));

    let notified = entry(&mut client, change(ALPHA, "New Alpha", "2026-01-05"), &["alpha"]).await;
    let record = Body::RecordApplication { application: notified };
    accepted(&mut client, record, &["op-1"]).await;
    let issuer = InvoiceIssuer {
        name: jcm_tests::world::text("New body"),
        registration_number: Some("8700110005901".parse().expect("a number")),
        tax_percent: 10,
    };
    let adopted = Rules { invoice: Some(issuer), ..rules(&[("2025-04-01", 3_000)]) };
    let authorities = ["authority-1", "authority-2"];
    accepted(&mut client, Body::AdoptRules(adopted), &authorities).await;
    for (of, before) in [opening, unpaid].into_iter().zip(&before) {
        let after = client.get_invoice(ask(of)).await.expect("made").into_inner();
        assert_eq!(&after, before);
    }
    let later = entry(&mut client, transfer(2, None), &["alpha"]).await;
    let later = client.get_invoice(ask(later)).await.expect("made").into_inner();
    assert_eq!((later.recipient.as_str(), later.issuer.as_str()), ("株式会社新名", "New body"));
    assert!(later.qualified && later.amount_yen == 3_000 && later.tax_yen == 272, "{later:?}");
    drop(client);
    node.shutdown().await.expect("stopped");

    // What is kept in memory is folded again.
    let (node, mut client) = folder.start().await;
    let again = client.get_invoice(ask(unpaid)).await.expect("made").into_inner();
    assert_eq!(again, before[1]);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_fees_and_books_add_up() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let credits = [("one", 2_500, "2026-01-05"), ("two", 999, "2026-01-06")];
    let import = entry(&mut client, statement("s", &credits), &["op-1"]).await;
    let keys = ["one", "three", "two"].map(|key| line_key(key).as_bytes().to_vec());
    let ask = pb::FindStatementLinesRequest {
        keys: keys.to_vec(),
        statement: digest("s").as_bytes().to_vec(),
    };
    let found = client.find_statement_lines(ask.clone()).await.expect("told").into_inner();
    assert_eq!((found.known, found.statement_known), (vec![0, 2], true));
    let short = pb::FindStatementLinesRequest { keys: vec![vec![1]], ..ask.clone() };
    assert_eq!(field(&client.find_statement_lines(short).await.expect_err("short")), "keys");
    let short = pb::FindStatementLinesRequest { statement: vec![1], ..ask };
    assert_eq!(field(&client.find_statement_lines(short).await.expect_err("short")), "statement");

    let line = |line| pb::GetPaymentRequest { payment: import.get(), line };
    let two = client.get_payment(line(2)).await.expect("known").into_inner();
    assert_eq!((two.amount_yen, two.line, two.entry), (999, 2, import.get()));
    assert_eq!(client.get_payment(line(3)).await.expect_err("none").code(), Code::NotFound);
    assert_eq!(field(&client.get_payment(line(1 << 20)).await.expect_err("far")), "line");
    let source = jcm_format::command::RefundSource::Payment(jcm_tests::acts::line(import, 2));
    accepted(&mut client, refund_of(source, 999, "OUT-1"), &OPERATORS).await;
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListPaymentsRequest { page_size: 2, page_token, unspent_only: true };
        let page = client.list_payments(request).await.expect("listed").into_inner();
        all.extend(page.payments.iter().map(|one| (one.entry, one.line)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(all.last(), Some(&(import.get(), 1)));

    let ask = |by: &str| pb::GetFeeLedgerRequest { by: by.to_owned(), ..Default::default() };
    let ledger = client.get_fee_ledger(ask("month")).await.expect("told").into_inner();
    let total = ledger.total.expect("a total");
    assert_eq!((total.account_opening_yen, total.refunded_yen), (28_800, 999));
    assert_eq!(total.received_yen, 1_000_000_000_000 + 28_800 + 2_500 + 999);
    assert_eq!((ledger.rows.len(), ledger.csv.lines().count()), (1, 4));
    for (wrong, named) in [
        (ask("week"), "by"),
        (pb::GetFeeLedgerRequest { from: "x".to_owned(), ..ask("day") }, "from"),
        (
            pb::GetFeeLedgerRequest {
                from: "2026-02-01".to_owned(),
                to: "2026-01-01".to_owned(),
                ..ask("day")
            },
            "to",
        ),
    ] {
        assert_eq!(field(&client.get_fee_ledger(wrong).await.expect_err(named)), named);
    }
    let year = jcm_format::command::book_year(now().date_in_japan()).get().into();
    let books = client.get_books(pb::GetBooksRequest { year }).await.expect("told").into_inner();
    assert_eq!((books.year, books.closed), (year, false));
    assert!(books.totals_json.contains("\"account_opening_fees_yen\": 28800"), "{books:?}");
    assert_eq!(
        field(&client.get_books(pb::GetBooksRequest { year: 0 }).await.expect_err("0")),
        "year"
    );
    let absent = client.get_books(pb::GetBooksRequest { year: 1999 }).await.expect_err("none");
    assert_eq!(absent.code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

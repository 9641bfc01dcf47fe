//! Units: picking, identification numbers, eligibility, histories, restrictions and
//! trusts, as a client sees them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::{Body, Purpose, Side, TransferTrust, TrustRequest};
use jcm_tests::acts::{apply_trust, release, restriction, transfer_with, trust};
use jcm_tests::world::{authorisation, ranges, retire, terms};
use support::*;
use tonic::Code;

const OPERATORS: [&str; 2] = ["op-1", "op-2"];
const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];

fn range(block: u32, first: u64, last: u64) -> pb::Range {
    pb::Range { block, first, last }
}

/// What was picked, as `block:first-last`.
fn shown(units: &[pb::UnitStretch]) -> Vec<String> {
    let shown = units.iter().map(|unit| {
        let range = unit.range.expect("a range");
        format!("{}:{}-{}", range.block, range.first, range.last)
    });
    shown.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_picked_oldest_first_and_only_free_ones() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    accepted(&mut client, carried_over(issuance("MN001", 2018, 50, 0)), &AUTHORITIES).await;
    accepted(&mut client, transfer(10, None), &["alpha"]).await;
    accepted(&mut client, restriction(ALPHA, &["2:1-5"]), &OPERATORS).await;
    let request = TrustRequest::Record { ranges: ranges(&["2:20-20"]), terms: trust("deed") };
    let application = entry(&mut client, apply_trust(ALPHA, request), &["alpha"]).await;
    accepted(&mut client, Body::RecordApplication { application }, &["op-1"]).await;

    let ask = |quantity_tonnes| pb::PickUnitsRequest {
        account: ALPHA,
        quantity_tonnes,
        ..Default::default()
    };
    let picked = client.pick_units(ask(60)).await.expect("picked").into_inner();
    assert_eq!(shown(&picked.units), ["2:6-19", "2:21-50", "1:1-9", "1:11-17"]);
    assert_eq!(picked.quantity_tonnes, 60);
    let filtered = pb::PickUnitsRequest { first_vintage: 2021, ..ask(10) };
    let picked = client.pick_units(filtered).await.expect("picked").into_inner();
    assert_eq!(shown(&picked.units), ["1:1-9", "1:11-11"]);
    let filtered = pb::PickUnitsRequest { class: "B2".to_owned(), ..ask(1) };
    let picked = client.pick_units(filtered).await.expect("picked").into_inner();
    assert_eq!(shown(&picked.units), ["2:6-6"]);

    let short = client.pick_units(ask(144)).await.expect_err("too many");
    assert_eq!((short.code(), reason(&short).as_str()), (Code::FailedPrecondition, "UNITS_SHORT"));
    assert!(short.message().contains("143 t"), "{}", short.message());
    for (wrong, named) in [
        (ask(0), "quantity_tonnes"),
        (pb::PickUnitsRequest { class: "D".to_owned(), ..ask(1) }, "class"),
        (pb::PickUnitsRequest { project: "x".to_owned(), ..ask(1) }, "project"),
        (pb::PickUnitsRequest { first_vintage: 99_999, ..ask(1) }, "first_vintage"),
        (pb::PickUnitsRequest { last_vintage: 1, ..ask(1) }, "last_vintage"),
    ] {
        let error = client.pick_units(wrong).await.expect_err(named);
        assert_eq!((error.code(), field(&error).as_str()), (Code::InvalidArgument, named));
    }
    let absent = client.pick_units(pb::PickUnitsRequest { account: 4_000, ..ask(1) }).await;
    assert_eq!(absent.expect_err("none").code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_found_by_its_identification_number() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let holdings = pb::ListHoldingsRequest { account: ALPHA, ..Default::default() };
    let held = client.list_holdings(holdings).await.expect("listed").into_inner().holdings;
    assert_eq!(held[0].identification_first, "JP-MN001-2022-1-1");
    assert_eq!(held[0].identification_last, "JP-MN001-2022-1-100");
    let ask = |identification: &str| pb::GetUnitsRequest {
        identification: identification.to_owned(),
        ..Default::default()
    };
    let found = client.get_units(ask("JP-MN001-2022-1-7")).await.expect("found").into_inner();
    assert_eq!(shown(&found.units), ["1:7-7"]);
    for other in ["JP-MN001-2023-1-7", "JP-MN002-2022-1-7", "JP-MN001-2022-1-101"] {
        let error = client.get_units(ask(other)).await.expect_err(other);
        assert_eq!(error.code(), Code::NotFound, "{other}");
    }
    let error = client.get_units(ask("1-7")).await.expect_err("another form");
    assert_eq!(field(&error), "identification");
    let both = pb::GetUnitsRequest { range: Some(range(1, 1, 1)), ..ask("JP-MN001-2022-1-7") };
    assert_eq!(field(&client.get_units(both).await.expect_err("both")), "range");
    let registry = client.get_registry(pb::GetRegistryRequest {}).await.expect("told").into_inner();
    assert_eq!(registry.identification_format, "JP-{project}-{vintage}-{block}-{unit}");
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn eligibility_follows_vintage_authorisation_and_use() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    accepted(&mut client, carried_over(issuance("MN001", 2018, 50, 0)), &AUTHORITIES).await;
    let mut ask = async |use_: &str| {
        let (ranges, r#use) = (vec![range(1, 1, 9), range(2, 1, 9)], use_.to_owned());
        let request = pb::CheckEligibilityRequest { ranges, r#use };
        let answer = client.check_eligibility(request).await.expect("told").into_inner();
        let told = answer.results.into_iter().map(|result| {
            assert_eq!(result.eligible, !result.operation.is_empty());
            assert!(!result.reason_ja.is_empty() && !result.reason_en.is_empty());
            result.operation
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(ask("ndc").await, ["", ""]);
    assert_eq!(ask("shk").await, ["", "cancellation"]);
    assert_eq!(ask("voluntary").await, ["cancellation", "cancellation"]);
    assert_eq!(ask("international-mitigation").await, ["cancellation", "cancellation"]);

    accepted(&mut client, recorded(Side::Japan, "J-1"), &AUTHORITIES).await;
    register_partner(&mut client).await;
    accepted(&mut client, recorded(Side::Partner, "P-1"), &["mongolia"]).await;
    let request = pb::CheckEligibilityRequest {
        ranges: vec![range(1, 1, 50), range(1, 1, 51), range(1, 1, 101), range(9, 1, 1)],
        r#use: "ndc".to_owned(),
    };
    let answer = client.check_eligibility(request).await.expect("told").into_inner();
    let told: Vec<_> = answer.results.iter().map(|result| result.operation.as_str()).collect();
    assert_eq!(told, ["retirement", "", "", ""]);
    assert!(answer.results[1].reason_en.contains("less is left of the authorised quantity"));

    let none = pb::CheckEligibilityRequest { ranges: Vec::new(), r#use: "ndc".to_owned() };
    assert_eq!(field(&client.check_eligibility(none).await.expect_err("none")), "ranges");
    let other = pb::CheckEligibilityRequest {
        ranges: vec![range(1, 1, 1)],
        r#use: "offsetting".to_owned(),
    };
    assert_eq!(field(&client.check_eligibility(other).await.expect_err("no use")), "use");
    node.shutdown().await.expect("stopped");
}

/// An authorisation of 50 t.
fn recorded(side: Side, id: &str) -> Body {
    Body::RecordAuthorisation { authorisation: authorisation(id, side, 50), details: None }
}

async fn register_partner(client: &mut Client) {
    let country = jcm_format::id::Country::new("MN").expect("a country");
    let role = jcm_format::command::Role::Partner(country);
    let key = possessed(&secret("mongolia"), &role);
    accepted(client, Body::RegisterKey { role, key }, &AUTHORITIES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_tells_its_history() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let whole = entry(&mut client, restriction(ALPHA, &[]), &OPERATORS).await;
    accepted(&mut client, release(whole), &OPERATORS).await;
    let refused = entry(&mut client, transfer(7, None), &["alpha"]).await;
    let withdraw = Body::WithdrawApplication {
        application: refused,
        reason: jcm_tests::world::text("other buyer"),
    };
    accepted(&mut client, withdraw, &["alpha"]).await;
    accepted(&mut client, transfer(7, Some(payment)), &["alpha"]).await;
    let ask = |unit| pb::GetUnitHistoryRequest { block: 1, unit, ..Default::default() };
    let history = client.get_unit_history(ask(7)).await.expect("told").into_inner();
    let kinds: Vec<_> = history.events.iter().map(|event| event.kind.as_str()).collect();
    let expected =
        ["issued", "restricted", "released", "applied for", "application ended", "transferred"];
    assert_eq!(kinds, expected);
    assert_eq!((history.holder, history.unit.expect("one").account), (BETA, BETA));
    let before = pb::GetUnitHistoryRequest { on: "2020-01-01".to_owned(), ..ask(7) };
    assert_eq!(client.get_unit_history(before).await.expect("told").into_inner().holder, 0);
    let by_name = pb::GetUnitHistoryRequest {
        identification: "JP-MN001-2022-1-8".to_owned(),
        ..Default::default()
    };
    let other = client.get_unit_history(by_name).await.expect("told").into_inner();
    assert_eq!((other.holder, other.events.len()), (ALPHA, 3));
    for (wrong, named) in [
        (pb::GetUnitHistoryRequest { block: 0, ..ask(7) }, "block"),
        (ask(0), "unit"),
        (pb::GetUnitHistoryRequest { on: "yesterday".to_owned(), ..ask(7) }, "on"),
        (pb::GetUnitHistoryRequest { identification: "x".to_owned(), ..ask(7) }, "identification"),
    ] {
        assert_eq!(field(&client.get_unit_history(wrong).await.expect_err(named)), named);
    }
    let absent = client.get_unit_history(ask(101)).await.expect_err("never issued");
    assert_eq!(absent.code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn restrictions_and_trusts_are_listed_and_shown_on_units() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let restricted = entry(&mut client, restriction(ALPHA, &["1:1-5"]), &OPERATORS).await;
    let transfer = transfer_with(ALPHA, BETA, &["1:10-19"], TransferTrust::Record(trust("deed")));
    let application = entry(&mut client, transfer, &["alpha"]).await;
    let payment = entry(&mut client, payment("trust", 2_500, None), &["op-1"]).await;
    let amount_yen = jcm_format::amount::Yen::new(2_500);
    let pay = Body::ApplyPayment { payment, application, amount_yen };
    accepted(&mut client, pay, &["op-1"]).await;
    let trust = entry(&mut client, Body::RecordTransfer { application }, &["op-1"]).await;

    let all = client.list_restrictions(pb::ListRestrictionsRequest { account: 0 }).await;
    let all = all.expect("listed").into_inner().restrictions;
    assert_eq!((all[0].entry, all[0].account, all.len()), (restricted.get(), ALPHA, 1));
    assert_eq!(all[0].ranges, [range(1, 1, 5)]);
    let none = client.list_restrictions(pb::ListRestrictionsRequest { account: BETA }).await;
    assert!(none.expect("listed").into_inner().restrictions.is_empty());
    let trusts = client.list_trusts(pb::ListTrustsRequest { account: BETA }).await;
    let trusts = trusts.expect("listed").into_inner().trusts;
    assert_eq!((trusts[0].entry, trusts.len()), (trust.get(), 1));
    assert_eq!(trusts[0].ranges, [range(1, 10, 19)]);
    let unknown = client.list_trusts(pb::ListTrustsRequest { account: 4_000 }).await;
    assert_eq!(unknown.expect_err("none").code(), Code::NotFound);

    let account = |account| pb::GetAccountRequest { account };
    let alpha = client.get_account(account(ALPHA)).await.expect("alpha").into_inner();
    assert_eq!((alpha.restricted_tonnes, alpha.trust_tonnes), (5, 0));
    let beta = client.get_account(account(BETA)).await.expect("beta").into_inner();
    assert_eq!((beta.restricted_tonnes, beta.trust_tonnes), (0, 10));
    assert_eq!((beta.acceptance.as_str(), beta.closed), ("anybody", false));
    let holdings = pb::ListHoldingsRequest { account: ALPHA, ..Default::default() };
    let held = client.list_holdings(holdings).await.expect("listed").into_inner().holdings;
    assert_eq!(shown(&held), ["1:1-5", "1:6-9", "1:20-100"]);
    assert_eq!((held[0].restriction, held[1].restriction), (restricted.get(), 0));
    let error = client.submit(request(signed(retire(ALPHA, &["1:5-6"]), &["alpha"]))).await;
    assert_eq!(reason(&error.expect_err("restricted")), "UNITS_RESTRICTED");
    let terms = terms(BETA, ALPHA, &["1:10-10"], Purpose::Other);
    let error = client.submit(request(signed(jcm_tests::world::apply_transfer(terms), &["beta"])));
    assert_eq!(reason(&error.await.expect_err("in trust")), "UNITS_IN_TRUST");
    node.shutdown().await.expect("stopped");
}

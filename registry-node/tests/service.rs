//! The service as a client sees it, on a node within this process.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_api::pb::list_history_request::Subject;
use jcm_api::pb::submit_stream_response::Result as Streamed;
use jcm_format::command::Body;
use jcm_format::commitment::commit;
use jcm_format::entry::SealedEntry;
use jcm_format::envelope::SignedCommand;
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{SignedCheckpoint, verify_consistency};
use std::collections::BTreeSet;
use support::*;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_types::StatusExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_proves_itself_and_repeats_byte_for_byte() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let project = signed(register_project("MN777"), &["op-1"]);
    let first = client.submit(request(project.clone())).await.expect("accepted").into_inner();
    check_receipt(&first);
    accepted(&mut client, register_project("MN778"), &["op-1"]).await;
    let again = client.submit(request(project.clone())).await.expect("repeated").into_inner();
    assert_eq!(again, first);

    // The same id with other content is an error.
    let mut other = jcm_format::command::Command::parse(&project.payload).expect("own");
    other.body = register_project("MN779");
    let error = client.submit(request(sign(&other, &["op-1"]))).await.expect_err("reused");
    assert_eq!((error.code(), reason(&error).as_str()), (Code::AlreadyExists, "COMMAND_ID_REUSED"));

    let id = other.id.as_bytes().to_vec();
    let by_id = client.get_receipt(pb::GetReceiptRequest { command_id: id.clone() }).await;
    assert_eq!(by_id.expect("known").into_inner(), first);
    let unknown = client.get_receipt(pb::GetReceiptRequest { command_id: vec![9; 16] }).await;
    assert_eq!(unknown.expect_err("unknown").code(), Code::NotFound);

    node.shutdown().await.expect("stopped");
    let (node, mut client) = folder.start().await;
    let again = client.submit(request(project)).await.expect("repeated").into_inner();
    assert_eq!(again, first, "after a restart too");
    let by_id = client.get_receipt(pb::GetReceiptRequest { command_id: id }).await;
    assert_eq!(by_id.expect("known").into_inner(), first);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_duplicates_at_once_are_one_entry() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let before = entries(&mut client).await;
    let transfer = signed(transfer(1, Some(payment)), &["alpha"]);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (mut client, transfer) = (client.clone(), transfer.clone());
            tokio::spawn(async move { client.submit(request(transfer)).await })
        })
        .collect();
    let mut receipts = BTreeSet::new();
    for task in tasks {
        let response = task.await.expect("no panic").expect("accepted").into_inner();
        check_receipt(&response);
        receipts.insert(response.receipt);
    }
    assert_eq!(receipts.len(), 1);
    assert_eq!(entries(&mut client).await, before + 1);
    node.shutdown().await.expect("stopped");
}

async fn entries(client: &mut Client) -> u64 {
    client.get_registry(pb::GetRegistryRequest {}).await.expect("described").into_inner().entries
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_can_be_read_back() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let recorded = entry(&mut client, transfer(5, Some(payment)), &["alpha"]).await;
    let waiting = entry(&mut client, transfer(7, None), &["alpha"]).await;

    let alpha = client.get_account(pb::GetAccountRequest { account: ALPHA }).await;
    let alpha = alpha.expect("alpha").into_inner();
    assert_eq!((alpha.number.as_str(), alpha.balance_tonnes), ("JP-0001001-05", 99));
    assert_eq!(alpha.holder.expect("a holder").name_ja, "株式会社alpha");
    let missing = client.get_account(pb::GetAccountRequest { account: 4_000 }).await;
    assert_eq!(missing.expect_err("none").code(), Code::NotFound);

    let one = pb::GetApplicationRequest { application: recorded.get() };
    let one = client.get_application(one).await.expect("recorded").into_inner();
    assert_eq!(
        (one.status.as_str(), one.kind.as_str(), one.fee_yen),
        ("recorded", "transfer", 2_500)
    );
    assert_eq!((one.account, one.closed_entry), (ALPHA, recorded.get()));
    let list = client.list_applications(pb::ListApplicationsRequest::default()).await;
    let list = list.expect("listed").into_inner().applications;
    let shown: Vec<_> =
        list.iter().map(|open| (open.entry, open.status.as_str(), open.next.as_str())).collect();
    assert_eq!(shown, [(waiting.get(), "awaiting payment", "applicant")]);

    let range = pb::Range { block: 1, first: 4, last: 8 };
    let units =
        client.get_units(pb::GetUnitsRequest { range: Some(range), ..Default::default() }).await;
    let units = units.expect("known").into_inner().units;
    let shown: Vec<_> = units
        .iter()
        .map(|unit| (unit.range.expect("a range").first, unit.account, unit.reserved_by))
        .collect();
    let waits = waiting.get();
    assert_eq!(
        shown,
        [(4, ALPHA, 0), (5, BETA, 0), (6, ALPHA, 0), (7, ALPHA, waits), (8, ALPHA, 0)]
    );
    assert_eq!(units[0].block.as_ref().map(|block| block.class.as_str()), Some("B1"));

    let fees = client.get_payment(pb::GetPaymentRequest { payment: payment.get(), line: 0 }).await;
    assert_eq!(fees.expect("known").into_inner().left_yen, 1_000_000_000_000 - 2_500);
    let unspent = pb::ListPaymentsRequest { unspent_only: true, ..Default::default() };
    let unspent = client.list_payments(unspent).await.expect("listed").into_inner().payments;
    assert_eq!(unspent.iter().map(|one| one.entry).collect::<Vec<_>>(), [payment.get()]);

    let totals = client.get_totals(pb::GetTotalsRequest {}).await.expect("told").into_inner();
    assert_eq!((totals.issued_tonnes, totals.entries), (100, waiting.get() + 1));
    assert_eq!(totals.state_digest.len(), 64);
    let projects = client.list_projects(pb::ListProjectsRequest::default()).await;
    assert_eq!(projects.expect("listed").into_inner().projects.len(), 1);
    let none = client.list_authorisations(pb::ListAuthorisationsRequest::default()).await;
    assert!(none.expect("listed").into_inner().authorisations.is_empty());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_range_is_one_stretch_where_nothing_differs() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100_000).await;
    accepted(&mut client, transfer(50_000, Some(payment)), &["alpha"]).await;
    let range = pb::Range { block: 1, first: 1, last: 1_000_000 };
    let units =
        client.get_units(pb::GetUnitsRequest { range: Some(range), ..Default::default() }).await;
    let units = units.expect("known").into_inner().units;
    let ranges = units.iter().map(|unit| unit.range.expect("a range"));
    let shown: Vec<_> = ranges.map(|range| (range.first, range.last)).collect();
    assert_eq!(shown, [(1, 49_999), (50_000, 50_000), (50_001, 100_000)]);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    for unit in [10, 20, 30] {
        accepted(&mut client, transfer(unit, Some(payment)), &["alpha"]).await;
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListHoldingsRequest { account: ALPHA, page_size: 1, page_token };
        let page = client.list_holdings(request).await.expect("listed").into_inner();
        seen.extend(page.holdings.iter().map(|unit| {
            let range = unit.range.expect("a range");
            (range.first, range.last)
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [(1, 9), (11, 19), (21, 29), (31, 100)]);
    let accounts = pb::ListAccountsRequest { page_size: 3, page_token: String::new() };
    let first = client.list_accounts(accounts).await.expect("listed").into_inner();
    let rest = pb::ListAccountsRequest { page_size: 3, page_token: first.next_page_token.clone() };
    let rest = client.list_accounts(rest).await.expect("listed").into_inner();
    let ids: Vec<u32> =
        first.accounts.iter().chain(&rest.accounts).map(|account| account.id).collect();
    assert_eq!(ids, [1, 2, 3, ALPHA, BETA]);
    let foreign = pb::ListProjectsRequest { page_size: 1, page_token: first.next_page_token };
    let error = client.list_projects(foreign).await.expect_err("another list's");
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.get_error_details().bad_request().is_some());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_knows_the_newest_entry_at_once() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    for unit in 1..=20 {
        let recorded = entry(&mut client, transfer(unit, Some(payment)), &["alpha"]).await;
        let subject = Some(Subject::Account(BETA));
        let mut last = 0;
        let mut page_token = String::new();
        loop {
            let request =
                pb::ListHistoryRequest { subject: subject.clone(), page_size: 7, page_token };
            let page = client.list_history(request).await.expect("listed").into_inner();
            for summary in page.entries {
                assert!(last < summary.entry, "ascending");
                last = summary.entry;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(last, recorded.get());
    }
    for subject in [Subject::Project("MN001".to_owned()), Subject::Block(1)] {
        let request = pb::ListHistoryRequest { subject: Some(subject), ..Default::default() };
        assert!(
            !client.list_history(request).await.expect("known").into_inner().entries.is_empty()
        );
    }
    let unknown = pb::ListHistoryRequest { subject: Some(Subject::Block(9)), ..Default::default() };
    assert_eq!(client.list_history(unknown).await.expect_err("none").code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_proves_itself_to_a_stranger() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let early = checkpoint(&mut client).await;
    populate(&mut client, 100).await;
    let late = checkpoint(&mut client).await;
    let (old_size, new_size) = (early.size, late.size);
    let proof = pb::GetConsistencyProofRequest { old_size, new_size };
    let hashes = client.get_consistency_proof(proof).await.expect("proved").into_inner().hashes;
    let hashes: Vec<Digest> =
        hashes.iter().map(|hash| Digest::from_slice(hash).expect("a hash")).collect();
    verify_consistency(old_size, new_size, &early.root, &late.root, &hashes).expect("consistent");

    // Read as a stream, the frames hold every entry, and each one is proved.
    let mut stream = client.read_log(pb::ReadLogRequest { from_entry: 0 }).await.expect("read");
    let mut next = 0;
    while let Some(message) = stream.get_mut().next().await {
        let bytes = message.expect("a frame").frame;
        let (frame, length) = Frame::decode(&bytes).expect("whole");
        assert_eq!((frame.first, length), (next, bytes.len()));
        next = frame.end();
        for (index, entry) in (frame.first..).zip(frame.entries) {
            let one = pb::GetEntryRequest { entry: index };
            let one = client.get_entry(one).await.expect("known").into_inner();
            assert_eq!(one.entry, entry);
            let sealed = SealedEntry::open(entry).expect("canonical");
            assert_eq!(sealed.entry().index, EntryIndex::new(index));
            assert!(!one.summary.expect("a summary").effects.is_empty());
            assert!(one.json.contains(&sealed.entry().prev.to_string()));
            let proof = pb::GetInclusionProofRequest { entry: index };
            let proof = client.get_inclusion_proof(proof).await.expect("proved").into_inner().proof;
            let proof: jcm_format::tlog::ProofFile = proof.parse().expect("a proof");
            proof.verify(sealed.bytes(), &log_key()).expect("included");
        }
    }
    assert_eq!(next, new_size);
    let mut rest = client.read_log(pb::ReadLogRequest { from_entry: next }).await.expect("empty");
    assert!(rest.get_mut().next().await.is_none());
    let beyond = client.read_log(pb::ReadLogRequest { from_entry: next + 1 }).await;
    assert_eq!(beyond.expect_err("beyond").code(), Code::NotFound);
    let beyond = client.get_entry(pb::GetEntryRequest { entry: next }).await;
    assert_eq!(beyond.expect_err("beyond").code(), Code::NotFound);
    node.shutdown().await.expect("stopped");
}

async fn checkpoint(client: &mut Client) -> jcm_format::tlog::Checkpoint {
    let note = client.get_checkpoint(pb::GetCheckpointRequest {}).await.expect("one");
    let signed = SignedCheckpoint::parse(&note.into_inner().checkpoint).expect("a note");
    signed.verify(&log_key()).expect("signed").checkpoint().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_prepare_shows_is_what_happens() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let mut command = command(transfer(1, Some(payment)));
    let prepare = pb::PrepareRequest {
        payload: command.to_payload(),
        signers: vec![secret("alpha").public_key().as_bytes().to_vec()],
    };
    let mut alpha = client_of(&node, "alpha").await;
    let shown = alpha.prepare(prepare.clone()).await.expect("allowed").into_inner();
    assert_eq!((shown.fee_yen, shown.fee_ground.as_str()), (2_500, "due"));
    assert!(shown.effects[0].starts_with("applies to transfer 1 t"), "{:?}", shown.effects);
    assert!(shown.effects_json.contains("transfer_applied"));
    command.effect_digest = Digest::from_slice(&shown.effect_digest);

    // The pinned effect is executed; another one is refused.
    let mut moved = command.clone();
    moved.body = transfer(2, Some(payment));
    let error = client.submit(request(sign(&moved, &["alpha"]))).await.expect_err("another");
    assert_eq!((error.code(), reason(&error).as_str()), (Code::Aborted, "EFFECT_CHANGED"));
    client.submit(request(sign(&command, &["alpha"]))).await.expect("as shown");

    let strangers = pb::PrepareRequest {
        signers: vec![secret("nobody").public_key().as_bytes().to_vec()],
        ..prepare.clone()
    };
    let mut stranger = client_of(&node, "nobody").await;
    let error = stranger.prepare(strangers).await.expect_err("unknown");
    assert_eq!(error.code(), Code::AlreadyExists, "the id is spent by now");
    let nobody = pb::PrepareRequest { signers: Vec::new(), ..prepare };
    assert_eq!(client.prepare(nobody).await.expect_err("nobody").code(), Code::InvalidArgument);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_refusal_has_its_code_and_details() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let mut refused = async |signed: SignedCommand| {
        let error = client.submit(request(signed)).await.expect_err("refused");
        (error.code(), reason(&error))
    };
    let mut tampered = signed(transfer(1, Some(payment)), &["alpha"]);
    tampered.payload[40] ^= 1;
    assert_eq!(refused(tampered).await, (Code::Unauthenticated, "SIGNATURE_INVALID".to_owned()));
    let unsigned = SignedCommand { signatures: Vec::new(), ..signed(genesis(), &["op-1"]) };
    assert_eq!(refused(unsigned).await, (Code::InvalidArgument, "SIGNATURE_COUNT".to_owned()));
    let stranger = signed(transfer(1, Some(payment)), &["nobody"]);
    assert_eq!(refused(stranger).await, (Code::Unauthenticated, "KEY_UNKNOWN".to_owned()));
    let wrong_role = signed(transfer(1, Some(payment)), &["op-1"]);
    assert_eq!(
        refused(wrong_role).await,
        (Code::PermissionDenied, "ROLE_NOT_PERMITTED".to_owned())
    );
    let not_held = signed(transfer(101, Some(payment)), &["alpha"]);
    assert_eq!(refused(not_held).await, (Code::NotFound, "UNITS_UNKNOWN".to_owned()));

    let error = client.submit(pb::SubmitRequest::default()).await.expect_err("nothing");
    assert_eq!(error.code(), Code::InvalidArgument);
    let not_held = request(signed(transfer(1, None), &["alpha"]));
    client.submit(not_held).await.expect("reserved");
    let reserved = request(signed(transfer(1, Some(payment)), &["alpha"]));
    let error = client.submit(reserved).await.expect_err("reserved");
    assert_eq!(error.code(), Code::FailedPrecondition);
    let details = error.get_error_details();
    let info = details.error_info().expect("info");
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("UNITS_RESERVED", "jcm-registry"));
    assert_eq!(info.metadata.get("number").map(String::as_str), Some("708"));
    assert!(info.metadata.get("message_ja").is_some_and(|text| text.contains("申請")));
    assert!(info.metadata.get("subject").is_some_and(|text| text.contains("1:1-1")));
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_answers_every_command() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 1_000).await;
    let requests: Vec<_> = (1..=1_000_u64)
        .map(|unit| {
            let signer = if unit % 10 == 0 { "beta" } else { "alpha" };
            let signed = signed(transfer(unit, Some(payment)), &[signer]);
            pb::SubmitStreamRequest { tag: unit, request: Some(request(signed)) }
        })
        .collect();
    let mut answers =
        client.submit_stream(tokio_stream::iter(requests)).await.expect("streaming").into_inner();
    let mut tags = BTreeSet::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.expect("an answer");
        assert!(tags.insert(answer.tag));
        match answer.result.expect("a result") {
            Streamed::Accepted(response) => {
                assert_ne!(answer.tag % 10, 0);
                check_receipt(&response);
            }
            Streamed::Failure(failure) => {
                assert_eq!(answer.tag % 10, 0, "{failure:?}");
                assert_eq!(failure.code, Code::PermissionDenied as i32);
                assert_eq!(failure.reason, "ROLE_NOT_PERMITTED");
            }
        }
    }
    assert_eq!(tags.len(), 1_000);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_when_to_try_again() {
    let mut folder = Folder::with_registry();
    folder.more = "[limits]\nqueue_length_max = 1\nbatch_entries_max = 1\n".to_owned();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100_000).await;
    let mut units = 1..;
    // Sooner or later a hundred callers meet a queue of one.
    let refused = loop {
        let tasks: Vec<_> = units
            .by_ref()
            .take(100)
            .map(|unit| {
                let mut client = client.clone();
                let signed = signed(transfer(unit, Some(payment)), &["alpha"]);
                tokio::spawn(async move {
                    let refused = client.submit(request(signed.clone())).await.err();
                    submit_until_accepted(&mut client, &signed).await;
                    refused
                })
            })
            .collect();
        let mut refused = None;
        for task in tasks {
            refused = task.await.expect("no panic").or(refused);
        }
        if let Some(status) = refused {
            break status;
        }
    };
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "QUEUE_FULL")
    );
    assert!(refused.get_error_details().retry_info().is_some());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_is_refused_and_harms_nobody() {
    let mut folder = Folder::with_registry();
    folder.more = "[limits]\nmessage_bytes_max = 65536\n".to_owned();
    let (node, mut client) = folder.start().await;
    let mut long = request(signed(genesis(), &["op-1"]));
    long.private_data.push(pb::PrivateData { salt: Vec::new(), data: vec![0; 65_536] });
    let error = client.submit(long).await.expect_err("too long");
    assert_eq!(error.code(), Code::OutOfRange);
    populate(&mut client, 1).await;
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn private_data_must_be_committed_to_and_stays_with_the_accepted() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let (salt, data) = ([7; 32], b"representative: Hanako Yamada".to_vec());
    let Body::ApplyAccount(mut application) = apply_account("gamma", jcm_tests::world::ALPHA)
    else {
        panic!("an application");
    };
    application.particulars = commit(&salt, &data);
    let mut wire = request(signed(Body::ApplyAccount(application), &["gamma"]));
    let part = pb::PrivateData { salt: salt.to_vec(), data: data.clone() };
    wire.private_data = vec![pb::PrivateData { data: b"other".to_vec(), ..part.clone() }];
    let error = client.submit(wire.clone()).await.expect_err("not committed to");
    assert_eq!(reason(&error), "PRIVATE_DATA_NOT_COMMITTED");
    wire.private_data = vec![pb::PrivateData { salt: vec![7; 31], ..part.clone() }];
    let error = client.submit(wire.clone()).await.expect_err("a short salt");
    assert_eq!(reason(&error), "FIELD_LENGTH");
    wire.private_data = vec![part];
    let stored = || std::fs::read_dir(folder.path().join("private")).expect("a folder").count();
    assert_eq!(stored(), 0);
    let first = client.submit(wire.clone()).await.expect("accepted").into_inner();
    let again = client.submit(wire.clone()).await.expect("repeated").into_inner();
    assert_eq!(again, first);
    assert_eq!(stored(), 1);

    // What came with a refused command is not kept.
    let (salt, data) = ([8; 32], b"payer".to_vec());
    let Body::RecordPayment(mut payment) = payment("refused", 1, None) else {
        panic!("a payment");
    };
    payment.payer = Some(commit(&salt, &data));
    let mut refused = request(signed(Body::RecordPayment(payment), &["gamma"]));
    refused.private_data = vec![pb::PrivateData { salt: salt.to_vec(), data }];
    let error = client.submit(refused).await.expect_err("no operator");
    assert_eq!(error.code(), Code::Unauthenticated);
    assert_eq!(stored(), 1);
    node.shutdown().await.expect("stopped");
}

//! Keys are replaced while their owners go on working: the new one is registered,
//! both work, the old one is revoked and refused from the next entry on, and nothing
//! is lost. Docs: `docs/cli.md`, *Rotate a key*.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::{Body, Role};
use jcm_format::id::EntryIndex;
use jcm_tests::guard::{register_as, revoke};
use jcm_tests::world::{account, name};
use jcm_verify::Options;
use std::collections::BTreeSet;
use support::*;
use tokio::sync::{mpsc, watch};

const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];

/// What became of one act.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Recorded { act: u64, entry: u64, key: &'static str },
    Refused { act: u64, key: &'static str, reason: String },
}

/// Somebody at work: act after act with the key in use, each until it is recorded. An
/// act that is refused is signed anew once there is another key. No key ends the work.
async fn work(
    mut client: Client,
    body: impl Fn(u64) -> Body,
    mut key: watch::Receiver<&'static str>,
    told: mpsc::UnboundedSender<Told>,
) {
    for act in 1.. {
        loop {
            let with = *key.borrow_and_update();
            if with.is_empty() {
                return;
            }
            match client.submit(request(signed(body(act), &[with]))).await {
                Ok(response) => {
                    let entry = check_receipt(response.get_ref());
                    told.send(Told::Recorded { act, entry, key: with }).expect("heard");
                    break;
                }
                Err(status) => {
                    let reason = reason(&status);
                    told.send(Told::Refused { act, key: with, reason }).expect("heard");
                    key.changed().await.expect("another key");
                }
            }
        }
    }
}

/// Reads on until `enough` have been recorded with `key`.
async fn recorded(
    told: &mut mpsc::UnboundedReceiver<Told>,
    all: &mut Vec<Told>,
    key: &str,
    enough: usize,
) {
    let mut count = 0;
    while count < enough {
        let one = told.recv().await.expect("the work goes on");
        assert!(matches!(one, Told::Recorded { .. }), "refused while its key is valid: {one:?}");
        if matches!(&one, Told::Recorded { key: with, .. } if *with == key) {
            count += 1;
        }
        all.push(one);
    }
}

/// Replaces the key `old` by `new` under load; everything that was told, and the entry
/// that revoked the old key.
async fn rotate(
    client: &mut Client,
    (old, new): (&'static str, &'static str),
    (role, helpers): (Role, (&[&str], &[&str])),
    body: impl Fn(u64) -> Body + Send + 'static,
) -> (Vec<Told>, EntryIndex) {
    let (key, in_use) = watch::channel(old);
    let (sender, mut told) = mpsc::unbounded_channel();
    let at_work = tokio::spawn(work(client.clone(), body, in_use, sender));
    let mut all = Vec::new();
    recorded(&mut told, &mut all, old, 20).await;
    entry(client, register_as(role, new), helpers.0).await;
    // Both work.
    recorded(&mut told, &mut all, old, 20).await;
    key.send_replace(new);
    recorded(&mut told, &mut all, new, 20).await;
    key.send_replace(old);
    recorded(&mut told, &mut all, old, 20).await;
    let revoked = entry(client, revoke(old), helpers.1).await;
    // What was under way may still be recorded before; then the old key is refused.
    loop {
        let one = told.recv().await.expect("the work goes on");
        all.push(one.clone());
        if let Told::Refused { key, reason, .. } = one {
            assert_eq!((key, reason.as_str()), (old, "KEY_REVOKED"));
            break;
        }
    }
    key.send_replace(new);
    recorded(&mut told, &mut all, new, 20).await;
    key.send_replace("");
    at_work.await.expect("no panic");
    while let Some(one) = told.recv().await {
        all.push(one);
    }
    (all, revoked)
}

/// Every act was recorded once, in order, and none with the old key after it was
/// revoked.
fn check(all: &[Told], old: &str, revoked: EntryIndex) {
    let mut next = 1;
    let (mut entries, mut refused, mut after) = (BTreeSet::new(), Vec::new(), 0);
    for one in all {
        match one {
            Told::Recorded { act, entry, key } => {
                assert_eq!(*act, next, "nothing is left out");
                next += 1;
                assert!(entries.insert(*entry), "nothing is recorded twice");
                if *key == old {
                    assert!(*entry < revoked.get(), "{one:?}, revoked at {revoked}");
                } else {
                    after += usize::from(revoked.get() < *entry);
                }
            }
            Told::Refused { act, .. } => refused.push(*act),
        }
    }
    assert_eq!(refused.len(), 1, "one act was refused, and then signed anew");
    assert!(entries.len() > usize::try_from(refused[0]).expect("few"), "and recorded");
    assert!(20 <= after, "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_and_an_operator_replace_their_keys_while_they_work() {
    let folder = Folder::with_registry();
    let running = folder.spawn();
    let mut client = running.client().await;
    let fees = populate(&mut client, 100_000).await;

    let holder = Role::Account(account(ALPHA));
    let (all, revoked) = rotate(
        &mut client,
        ("alpha", "alpha-new"),
        // A holder needs nobody's help: the old key registers the new one, which
        // revokes the old one.
        (holder, (&["alpha"], &["alpha-new"])),
        move |unit| transfer(unit, Some(fees)),
    )
    .await;
    check(&all, "alpha", revoked);
    let moved = all.iter().filter(|one| matches!(one, Told::Recorded { .. })).count();

    let (all, revoked) = rotate(
        &mut client,
        ("op-1", "op-1-new"),
        (Role::Operator(name("op-1")), (&AUTHORITIES, &AUTHORITIES)),
        |act| payment(&format!("rotation-{act}"), 1, None),
    )
    .await;
    check(&all, "op-1", revoked);

    let beta = client.get_account(pb::GetAccountRequest { account: BETA }).await;
    let held = beta.expect("it exists").into_inner().balance_tonnes;
    assert_eq!(usize::try_from(held).expect("few"), moved);
    running.terminate();
    assert_eq!(running.wait().code(), Some(0));
    let report = jcm_verify::verify_path(folder.path(), &Options::full()).expect("it holds");
    assert!(report.ok && 200 < report.entries, "{report:?}");
}

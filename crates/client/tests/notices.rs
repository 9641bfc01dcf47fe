//! Following notices: each comes once and in order, however often the connection
//! breaks off.

#![allow(clippy::expect_used, reason = "a test may")]

mod support;

use jcm_client::{ClientError, FeedEvent, NoticeFeed, RegistryClient, SubmitPolicy, wire};
use std::time::Duration;
use support::{Fake, Subscription};
use tonic::Code;

const QUICK: SubmitPolicy = SubmitPolicy {
    attempt_timeout: Duration::from_secs(5),
    pause_first: Duration::from_millis(2),
    pause_max: Duration::from_millis(10),
    attempts_max: 6,
};

/// Five notices, two of them of one entry.
const POSITIONS: [&str; 5] = ["3.0", "7.0", "7.1", "10.0", "12.0"];

async fn world(subscriptions: &[Subscription]) -> (Fake, RegistryClient) {
    let (fake, endpoint) = Fake::start().await;
    let notice = |position: &str| wire::Notice {
        position: position.to_owned(),
        account: 1001,
        ..wire::Notice::default()
    };
    fake.log().notices = POSITIONS.map(notice).to_vec();
    fake.log().subscriptions = subscriptions.to_vec().into();
    (fake, RegistryClient::connect(&endpoint).await.expect("it runs"))
}

async fn follow(feed: &mut NoticeFeed, count: usize) -> Vec<String> {
    let mut positions = Vec::new();
    for _ in 0..count {
        positions.push(feed.next().await.expect("a notice").position);
    }
    positions
}

#[tokio::test]
async fn what_breaks_off_goes_on_after_the_last_notice() {
    let (fake, client) = world(&[
        Subscription::Give(0, 2, Some(Code::Unavailable)),
        Subscription::Refuse(Code::Unavailable),
        // In order, as when the registry is stopped; what was given comes again.
        Subscription::Give(1, 2, None),
        Subscription::Give(2, 1, Some(Code::Internal)),
    ])
    .await;
    let mut feed = NoticeFeed::new(client, 1001, None).with_policy(QUICK);
    assert_eq!(follow(&mut feed, 5).await, POSITIONS);
    assert_eq!(fake.log().asked_after, ["", "7.0", "7.0", "7.1", "7.1"]);
    assert_eq!(feed.position().map(|p| p.to_string()).as_deref(), Some("12.0"));
}

#[tokio::test]
async fn every_interruption_is_told_before_the_next_attempt() {
    let (_fake, client) = world(&[
        Subscription::Refuse(Code::ResourceExhausted),
        Subscription::Give(0, 1, None),
        Subscription::Refuse(Code::Unavailable),
    ])
    .await;
    let mut feed = NoticeFeed::new(client, 1001, None).with_policy(QUICK);
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(match feed.next_event().await.expect("transient") {
            FeedEvent::Notice(notice) => notice.position,
            FeedEvent::Interrupted { refusal, failures } => {
                format!("{failures} {:?}", refusal.map(|refusal| refusal.code))
            }
        });
    }
    assert_eq!(told, ["1 Some(ResourceExhausted)", "3.0", "1 None", "2 Some(Unavailable)", "7.0"]);
}

#[tokio::test]
async fn another_run_goes_on_from_the_position_kept() {
    let (fake, client) = world(&[]).await;
    let kept = "7.0".parse().expect("a position");
    let mut feed = NoticeFeed::new(client, 1001, Some(kept)).with_policy(QUICK);
    assert_eq!(follow(&mut feed, 3).await, POSITIONS[2..]);
    assert_eq!(fake.log().asked_after, ["7.0"]);
}

#[tokio::test]
async fn a_refusal_for_good_and_a_registry_that_stays_away_end_it() {
    let (_fake, client) = world(&[Subscription::Refuse(Code::NotFound)]).await;
    let mut feed = NoticeFeed::new(client, 9, None).with_policy(QUICK);
    assert!(matches!(feed.next().await, Err(ClientError::Refused(_))));
    let away = vec![Subscription::Refuse(Code::Unavailable); 20];
    let (fake, client) = world(&away).await;
    let mut feed = NoticeFeed::new(client, 1001, None).with_policy(QUICK);
    assert!(feed.next().await.is_err());
    assert_eq!(fake.log().asked_after.len(), 6);
}

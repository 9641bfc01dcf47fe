//! Callers who mean harm, against a real process: what they get, and that a holder is
//! served meanwhile.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "abuse/raw.rs"]
mod raw;
mod support;

use jcm_api::pb;
use jcm_format::caller::CALLER_HEADER;
use jcm_format::hash::to_hex;
use raw::*;
use std::process::Command as Process;
use support::*;
use tokio::net::TcpStream;
use tonic::codegen::Bytes;

const LOCAL: [u8; 4] = [127, 0, 0, 1];

fn limited(lines: &str) -> Folder {
    let mut folder = Folder::with_registry();
    folder.more = format!("[limits]\n{lines}\n[logging]\nlevel = \"error\"\n");
    folder
}

/// A holder is answered.
async fn serves(client: &mut Client) {
    client.get_registry(pb::GetRegistryRequest {}).await.expect("answered");
}

/// The number of a line of the metrics page; 0 if it is not there.
async fn metric(node: &Running, name: &str) -> u64 {
    let page = page(&node.metrics).await;
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |number| number.parse().expect("a whole number"))
}

/// Waits until a line of the metrics page has at least a number.
async fn until_metric(node: &Running, name: &str, least: u64) {
    let waiting = async {
        while metric(node, name).await < least {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(LONG, waiting).await.is_err() {
        panic!("{name} does not reach {least}:\n{}", page(&node.metrics).await);
    }
}

fn ended(outcome: &str) -> String {
    format!("registry_connections_total{{outcome=\"{outcome}\"}}")
}

/// Resident memory of the node, in MiB.
fn resident_mib(node: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kib: u64 = line.split_whitespace().next().expect("a number").parse().expect("a number");
    kib / 1_024
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_2_ends_its_own_connection() {
    let folder = limited("handshake_timeout_ms = 5000");
    let node = folder.spawn();
    let mut holder = node.client().await;
    let settings = frame(SETTINGS, 0, 0, &[]);
    let call = call_headers("GetRegistry");
    let after_greeting: &[(&str, Vec<u8>)] = &[
        ("a frame longer than allowed", frame_of(16_385, DATA, 0, 1, &[0; 16_385])),
        ("the longest frame there is", frame_of((1 << 24) - 1, HEADERS, 0, 1, &[0; 64])),
        ("headers of stream 0", frame(HEADERS, END_HEADERS, 0, &call)),
        ("headers of the server's stream", frame(HEADERS, END_HEADERS, 2, &call)),
        ("data of no stream", frame(DATA, END_STREAM, 5, b"data")),
        ("settings of a wrong length", frame(SETTINGS, 0, 0, &[0; 5])),
        ("a window that does not grow", frame(WINDOW, 0, 0, &[0; 4])),
        ("a window beyond all bounds", frame(WINDOW, 0, 0, &[0x7f, 0xff, 0xff, 0xff]).repeat(2)),
        ("a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, &call)),
        ("a ping of a wrong length", frame(6, 0, 0, &[0; 7])),
        ("headers that do not unpack", frame(HEADERS, END_HEADERS, 1, &[0xff; 40])),
        ("an index beyond the table", frame(HEADERS, END_HEADERS, 1, &[0xfe])),
        ("another frame within headers", [frame(HEADERS, 0, 1, &call), settings].concat()),
    ];
    for (what, bytes) in after_greeting {
        let mut raw = Raw::greeted(&node).await;
        raw.send(bytes).await;
        let kinds = raw.rest().await;
        // A reset may overtake what was sent; that it ends is what counts.
        assert!(!kinds.contains(&HEADERS), "{what} was answered: {kinds:?}");
        serves(&mut holder).await;
    }
    for what in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &PREFACE.repeat(2)] {
        let mut raw = Raw::connect(&node).await;
        raw.send(what).await;
        raw.rest().await;
        serves(&mut holder).await;
    }
    // Cut off in the middle, at every place.
    let whole = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(HEADERS, END_HEADERS, 1, &call)];
    let whole = whole.concat();
    for length in 0..whole.len() {
        Raw::connect(&node).await.send(&whole[..length]).await;
    }
    serves(&mut holder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_whose_length_lies_are_refused() {
    let node = Folder::with_registry();
    let node = node.spawn();
    let mut rude = Rude::connect(&node, LOCAL).await;
    let before = resident_mib(&node);
    let cases = [
        ("longer than any", message_of(0, u32::MAX, b"four"), "11"),
        ("longer than allowed", message_of(0, 1_179_649, &[0; 100]), "11"),
        ("shorter than said", message_of(0, 100, b"ten"), "13"),
        ("cut off in the prefix", vec![0, 0, 0], "13"),
        ("none at all", Vec::new(), "13"),
        ("not a message of the schema", message(&[0xff; 20]), "13"),
        ("a flag that is none", message_of(2, 2, &[0, 0]), "13"),
    ];
    for (what, body, code) in cases {
        for method in ["GetRegistry", "Submit", "GetPublication", "GetInclusionProof"] {
            let (found, told) = rude.call(method, &[], body.clone()).await;
            assert_eq!(found, code, "{method}, {what}: {told}");
        }
        // Without a proof nothing of it is read, and with one for another message neither.
        assert_eq!(rude.call("GetStatement", &[], body.clone()).await.0, "16", "{what}");
        let other = proof("GetStatement", b"another");
        let more = [(CALLER_HEADER, other.as_str())];
        let (found, told) = rude.call("GetStatement", &more, body.clone()).await;
        assert!(found == "16" || found == code, "{what}: {found} {told}");
    }
    assert!(resident_mib(&node) < before + 64, "nothing was reserved for what never came");
    assert_eq!(rude.call("GetRegistry", &[], message(&[])).await.0, "0");
}

/// A gzip file of nothing but zeros: for each of its bytes a thousand come out.
fn bomb() -> Vec<u8> {
    // Stored by hand: one block of DEFLATE that repeats a zero at distance 1. The code
    // of length 258 is 11000101 and that of distance 1 is 00000, so that 13 bits make
    // 258 bytes; the bits of the pattern are packed below.
    let mut bits: Vec<bool> = vec![true, true, false];
    let huffman = |bits: &mut Vec<bool>, code: u32, length: u32| {
        bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
    };
    huffman(&mut bits, 0x30, 8);
    for _ in 0..600_000 {
        huffman(&mut bits, 0b1100_0101, 8);
        huffman(&mut bits, 0, 5);
    }
    huffman(&mut bits, 0, 7);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    bytes.extend(bits.chunks(8).map(|byte| {
        byte.iter().enumerate().fold(0, |byte, (place, bit)| byte | u8::from(*bit) << place)
    }));
    bytes.extend_from_slice(&[0; 8]);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_messages_are_refused_and_never_inflated() {
    let node = Folder::with_registry();
    let node = node.spawn();
    let bomb = bomb();
    // It is one, for whoever inflates it: 155 MB in less than one.
    assert!(bomb.len() < 1 << 20);
    let python = "import sys,zlib;d=zlib.decompressobj(-15);print(len(d.decompress(sys.stdin.buffer.read()[10:])))";
    assert_eq!(piped("python3", &["-c", python], &bomb).trim(), "154800001");

    let before = resident_mib(&node);
    let mut rude = Rude::connect(&node, LOCAL).await;
    let length = u32::try_from(bomb.len()).expect("short");
    for encoding in ["gzip", "deflate", "zstd", "br"] {
        for method in ["GetRegistry", "Submit", "SubmitStream"] {
            let body = message_of(1, length, &bomb);
            let (code, told) = rude.call(method, &[("grpc-encoding", encoding)], body).await;
            assert!(code == "12" || code == "h2", "{method} {encoding}: {code} {told}");
        }
    }
    // Named by none: the flag alone.
    let (code, told) = rude.call("Submit", &[], message_of(1, length, &bomb)).await;
    assert!(code == "13" || code == "12", "{code} {told}");
    assert!(resident_mib(&node) < before + 64, "it was inflated");
    assert_eq!(rude.call("GetRegistry", &[], message(&[])).await.0, "0");
}

/// What a program makes of its input.
fn piped(program: &str, arguments: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = Process::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("piped").write_all(input).expect("sent");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_headers_end_their_own_connection() {
    let node = Folder::with_registry();
    let node = node.spawn();
    let mut holder = node.client().await;
    let before = resident_mib(&node);
    let call = call_headers("GetRegistry");

    // Longer than the list may be, in one header and in many: refused and not looked at.
    let huge = [call.clone(), header("x-huge", &"x".repeat(17_000))].concat();
    let many: Vec<u8> = (0..600).flat_map(|i| header(&format!("x-{i}"), "y")).collect();
    for headers in [huge, [call.clone(), many].concat()] {
        let mut raw = Raw::greeted(&node).await;
        let (first, rest) = headers.split_at(16_000.min(headers.len()));
        raw.send(&frame(HEADERS, END_STREAM, 1, first)).await;
        raw.send(&frame(CONTINUATION, END_HEADERS, 1, rest)).await;
        let refused = raw.next_of(&[HEADERS, RESET, GOAWAY]).await;
        let (kind, payload) = refused.expect("an answer");
        // 431 has no index in the static table; it is spelled out or the stream is reset.
        assert!(kind != HEADERS || !payload.starts_with(&[0x88]), "200: {}", to_hex(&payload));
        serves(&mut holder).await;
    }

    // Headers that never end.
    let mut raw = Raw::greeted(&node).await;
    raw.send(&frame(HEADERS, END_STREAM, 1, &call)).await;
    let part = frame(CONTINUATION, 0, 1, &header("x-more", &"z".repeat(16_000)));
    let mut sent = 0;
    while sent < 10_000 && raw.send(&part).await {
        sent += 1;
    }
    assert!(sent < 10_000, "160 MB of headers were taken");
    // The same in frames of nothing.
    let mut raw = Raw::greeted(&node).await;
    raw.send(&frame(HEADERS, END_STREAM, 1, &call)).await;
    let empty = frame(CONTINUATION, 0, 1, &[]).repeat(1_000);
    let mut sent = 0;
    while sent < 5_000 && raw.send(&empty).await {
        sent += 1;
    }
    assert!(sent < 5_000, "five million frames were taken");
    // A small block that unpacks to much: one long header, remembered and repeated.
    let mut raw = Raw::greeted(&node).await;
    let mut remembered = header("x-table", &"t".repeat(3_900));
    remembered[0] = 0x40;
    let block = [call.clone(), remembered, vec![0xbe; 12_000]].concat();
    raw.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block)).await;
    let (kind, payload) = raw.next_of(&[HEADERS, RESET, GOAWAY]).await.expect("an answer");
    assert!(kind != HEADERS || !payload.starts_with(&[0x88]), "47 MB of headers were taken");

    serves(&mut holder).await;
    assert!(resident_mib(&node) < before + 64, "it was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn rapid_resets_end_their_connection() {
    let node = Folder::with_registry();
    let node = node.spawn();
    let mut holder = node.client().await;
    let call = call_headers("GetStatement");
    let mut raw = Raw::greeted(&node).await;
    let mut sent = 0;
    // Many in one write, so that they are there before the node has looked at them.
    for first in (0..200_000u32).step_by(500) {
        let burst: Vec<u8> = (first..first + 500)
            .flat_map(|i| {
                let stream = 2 * i + 1;
                let headers = frame(HEADERS, END_HEADERS, stream, &call);
                [headers, frame(RESET, 0, stream, &8u32.to_be_bytes())].concat()
            })
            .collect();
        if !raw.send(&burst).await {
            break;
        }
        sent += 500;
    }
    assert!(sent < 200_000, "all were taken");
    serves(&mut holder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_streams_than_a_connection_may_open_are_refused() {
    let folder = limited("connection_streams_max = 10");
    let node = folder.spawn();
    let mut raw = Raw::greeted(&node).await;
    // The settings that say so are on their way to a client that does not care.
    for i in 0..11u32 {
        raw.send(&frame(HEADERS, END_HEADERS, 2 * i + 1, &call_headers("GetRegistry"))).await;
    }
    const REFUSED_STREAM: u32 = 7;
    assert_eq!(raw.error(RESET).await, Some(REFUSED_STREAM));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_slowly_is_refused() {
    let folder = limited("receive_timeout_ms = 300\nconnection_idle_ms = 2000");
    let node = folder.spawn();
    let mut rude = Rude::connect(&node, LOCAL).await;
    let (response, mut stream) = rude.begin("Submit", &[]).await;
    let writing = tokio::spawn(async move {
        // A byte now and then, for as long as it is taken.
        let bytes = message_of(0, 1_000, &[0; 1_000]);
        for byte in bytes {
            if stream.send_data(Bytes::from(vec![byte]), false).is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("it was read to the end");
    });
    let (code, told) = end(response).await;
    assert_eq!(code, "4", "{told}");
    writing.await.expect("no panic");
    // A command of a stream that does not become whole.
    let (response, mut stream) = rude.begin("SubmitStream", &[]).await;
    stream.send_data(Bytes::from(message_of(0, 50, &[0; 10])), false).expect("sent");
    assert_eq!(end(response).await.0, "4");
    // A stream without a command.
    let (response, _stream) = rude.begin("SubmitStream", &[]).await;
    assert_eq!(end(response).await.0, "4");
    serves(&mut node.client().await).await;
}

/// A log that is longer than what fits the buffers of both ends.
async fn long_log(client: &mut Client) {
    populate(client, 10).await;
    for i in 0..300 {
        let body = payment(&format!("{i}-{}", "x".repeat(50)), 1, None);
        accepted(client, body, &["op-1"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_and_gives_back_what_it_held() {
    let folder =
        limited("stall_timeout_ms = 400\ncostly_reads_at_once = 1\nloopback_callers = \"address\"");
    let node = folder.spawn();
    long_log(&mut node.client().await).await;

    // Its window is as small as may be, and it never takes what is in it.
    let tcp = tcp(&node.grpc, [127, 0, 0, 7]).await;
    let mut builder = h2::client::Builder::new();
    let handshake = builder.initial_window_size(1_000).handshake::<_, Bytes>(tcp);
    let (send, connection) = handshake.await.expect("HTTP/2");
    let mut rude = Rude { send, connection: tokio::spawn(connection) };
    let proof = proof("ReadLog", &[]);
    let (response, mut stream) = rude.begin("ReadLog", &[(CALLER_HEADER, &proof)]).await;
    stream.send_data(Bytes::from(message(&[])), true).expect("sent");
    let response = response.await.expect("it begins");
    let _unread = response.into_body();

    // Meanwhile its one place is taken, for it alone.
    let mut second = Rude::connect(&node, [127, 0, 0, 7]).await;
    let (code, told) = second.read_log().await;
    assert!(code == "8" && told.contains("COSTLY_READS_AT_ONCE"), "{code} {told}");
    let mut other = Rude::connect(&node, [127, 0, 0, 8]).await;
    assert_eq!(other.read_log().await.0, "0");

    let end = tokio::time::timeout(LONG, &mut rude.connection).await.expect("cut");
    drop(end);
    until_metric(&node, &ended("STALLED"), 1).await;
    assert_eq!(second.read_log().await.0, "0", "the place is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_grants_any_window_and_reads_no_byte_is_cut() {
    let folder = limited("stall_timeout_ms = 400\ncostly_reads_at_once = 200");
    let node = folder.spawn();
    long_log(&mut node.client().await).await;
    let mut raw = Raw::greeted(&node).await;
    let window = 0x7000_0000u32.to_be_bytes();
    raw.send(&frame(SETTINGS, 0, 0, &[&[0, 4][..], &window].concat())).await;
    raw.send(&frame(WINDOW, 0, 0, &window)).await;
    // The socket fills up, whatever the windows say.
    for i in 0..100u32 {
        let proof = header(CALLER_HEADER, &proof("ReadLog", &[]));
        let headers = [call_headers("ReadLog"), proof].concat();
        let call = frame(HEADERS, END_HEADERS, 2 * i + 1, &headers);
        raw.send(&[call, frame(DATA, END_STREAM, 2 * i + 1, &message(&[]))].concat()).await;
    }
    until_metric(&node, &ended("STALLED"), 1).await;
    serves(&mut node.client().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_when_it_is_silent_idle_or_old() {
    let folder = limited(
        "handshake_timeout_ms = 300\nconnection_idle_ms = 1200\nconnection_age_ms = 2500\n\
         connection_grace_ms = 400",
    );
    let node = folder.spawn();
    // Never a byte.
    let mut silent = Raw::connect(&node).await;
    assert!(!silent.rest().await.contains(&GOAWAY), "there is nobody to tell");
    until_metric(&node, &ended("SILENT"), 1).await;

    // A greeting and nothing more: told to go, without an error.
    let mut idle = Raw::greeted(&node).await;
    assert_eq!(idle.error(GOAWAY).await, Some(0));
    idle.rest().await;
    until_metric(&node, &ended("IDLE"), 1).await;
    // A ping of the node's is never answered, so it has to be helped out.
    until_metric(&node, &ended("LINGERED"), 1).await;

    // Always busy: told to go when it is old, and closed for all its business.
    let mut old = Raw::greeted(&node).await;
    let call = frame(HEADERS, END_HEADERS, 1, &call_headers("SubmitStream"));
    old.send(&call).await;
    assert_eq!(old.error(GOAWAY).await, Some(0));
    old.rest().await;
    until_metric(&node, &ended("LINGERED"), 2).await;
    let mut holder = node.client().await;
    serves(&mut holder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_whose_connection_was_ended_goes_on() {
    let folder = limited("connection_idle_ms = 100\nconnection_age_ms = 60000");
    let node = folder.spawn();
    let mut holder = node.client().await;
    for round in 1..=3 {
        serves(&mut holder).await;
        until_metric(&node, &ended("IDLE"), round).await;
    }
    serves(&mut holder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_outlives_the_connections_that_it_comes_over() {
    let folder = limited("connection_age_ms = 300\nconnection_grace_ms = 200");
    let node = folder.spawn();
    let mut holder = node.client().await;
    let payment = populate(&mut holder, 10).await;
    let url = format!("http://{}", node.grpc);
    let client = jcm_client::RegistryClient::connect(&url).await.expect("it listens");
    let client = client.with_caller(jcm_client::Caller::new(origin(), secret("alpha")));
    let mut feed = jcm_client::NoticeFeed::new(client, ALPHA, None);
    for round in 1..=3 {
        // The subscription is there, and its connection is ended under it.
        feed.next().await.expect("a notice");
        let before = metric(&node, &ended("LINGERED")).await;
        until_metric(&node, &ended("LINGERED"), before + 1).await;
        let entry = accepted(&mut holder, transfer(round, Some(payment)), &["alpha"]).await.entry;
        let told = async { while feed.next().await.expect("it goes on").entry != entry {} };
        tokio::time::timeout(LONG, told).await.expect("told");
        // One more, for the next round to begin with.
        accepted(&mut holder, transfer(round + 5, Some(payment)), &["alpha"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_pings_is_closed() {
    let folder = limited("keepalive_interval_ms = 100\nkeepalive_timeout_ms = 200");
    let node = folder.spawn();
    let mut holder = node.client().await;
    serves(&mut holder).await;
    let mut raw = Raw::greeted(&node).await;
    const PING: u8 = 6;
    let kinds = raw.rest().await;
    assert!(kinds.contains(&PING), "{kinds:?}");
    serves(&mut holder).await;
}

/// Ten thousand connections need as many files, twice: in the node, and here. The soft
/// limit of a process may be raised up to the hard one, which the shell does for a
/// copy of this test.
#[test]
fn ten_thousand_idle_connections_keep_nobody_out() {
    const RAISED: &str = "JCM_TEST_FILES_RAISED";
    if std::env::var_os(RAISED).is_none() {
        let script = "ulimit -S -n \"$(ulimit -H -n)\" && exec \"$0\" \"$@\"";
        let copy = Process::new("sh")
            .args(["-c", script])
            .arg(std::env::current_exe().expect("this program"))
            .args(["--exact", "ten_thousand_idle_connections_keep_nobody_out", "--nocapture"])
            .env(RAISED, "1")
            .status();
        assert!(copy.expect("a shell").success());
        return;
    }
    let files = std::fs::read_to_string("/proc/self/limits").expect("Linux");
    let files = files.lines().find_map(|line| line.strip_prefix("Max open files")).expect("there");
    let files = files.split_whitespace().next().expect("soft").parse().unwrap_or(1 << 20);
    // Where the machine allows fewer, as many as it allows.
    let count = 10_000.min((files - 1_000) / 250 * 250);
    println!("{count} idle connections");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(idle_connections(count));
}

async fn idle_connections(count: usize) {
    const BATCH: usize = 250;
    let folder = limited(&format!("connections_max = {}", count + 100));
    let node = folder.spawn();
    let mut holder = node.client().await;
    let payment = populate(&mut holder, 100).await;
    let before = resident_mib(&node);
    let mut idle = Vec::with_capacity(count);
    // No faster than they are let in: what the system's queue has no room for is tried
    // again only a second later.
    for unit in 1..=count / BATCH {
        let batch: Vec<_> = (0..BATCH)
            .map(|_| {
                let address = node.grpc.clone();
                tokio::spawn(async move { Raw::greeted_at(&address).await })
            })
            .collect();
        for raw in batch {
            idle.push(raw.await.expect("no panic"));
        }
        let taken = u64::try_from(idle.len()).expect("small");
        until_metric(&node, "registry_connections", taken).await;
        let unit = u64::try_from(unit).expect("small");
        accepted(&mut holder, transfer(unit, Some(payment)), &["alpha"]).await;
    }
    until_metric(&node, "registry_connections", u64::try_from(count).expect("small")).await;
    accepted(&mut holder, transfer(50, Some(payment)), &["alpha"]).await;
    // And somebody new.
    serves(&mut node.client().await).await;
    let each_kib = (resident_mib(&node) - before) * 1_024 / u64::try_from(count).expect("small");
    println!("{each_kib} KiB each");
    assert!(each_kib < 64, "{each_kib} KiB for an idle connection");
    drop(idle);
    node.terminate();
    assert_eq!(node.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_places_are_taken_who_does_nothing_gives_way() {
    let folder = limited("connections_max = 32\nhandshakes_max = 16");
    let node = folder.spawn();
    let mut holder = node.client().await;
    let payment = populate(&mut holder, 100).await;
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..200 {
        idle.push(TcpStream::connect(&node.grpc).await.expect("it listens"));
    }
    // All that came first are gone in the end, and who asks is served: the holder who was
    // there, and one who comes now.
    let mut newcomer = node.client().await;
    serves(&mut newcomer).await;
    accepted(&mut holder, transfer(1, Some(payment)), &["alpha"]).await;
    until_metric(&node, &ended("REPLACED"), 100).await;
    accepted(&mut holder, transfer(2, Some(payment)), &["alpha"]).await;
    serves(&mut newcomer).await;
}

/// A submission with a signature that is none costs the node a verification and nothing
/// else.
#[tokio::test(flavor = "multi_thread")]
async fn bad_signatures_change_nothing() {
    let folder = Folder::with_registry();
    let node = folder.spawn();
    let mut client = node.client().await;
    populate(&mut client, 10).await;
    let before = client.get_checkpoint(pb::GetCheckpointRequest {}).await.expect("one");
    let signed = pb::SignedCommand::from(signed(transfer(1, None), &["alpha"]));
    for byte in 0..64 {
        let mut spoilt = signed.clone();
        spoilt.signatures[0].signature[byte] ^= 1;
        let request = pb::SubmitRequest { command: Some(spoilt), private_data: Vec::new() };
        let status = client.submit(request).await.expect_err("not verified");
        assert_eq!(status.code(), tonic::Code::Unauthenticated, "{status:?}");
    }
    let after = client.get_checkpoint(pb::GetCheckpointRequest {}).await.expect("one");
    assert_eq!(before.get_ref(), after.get_ref());
}

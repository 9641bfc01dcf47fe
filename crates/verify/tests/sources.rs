//! Everything around the replay: tiles, checkpoints that others were shown, what an
//! earlier run found, reports of others, the bytes of findings, one unit's way.

#![allow(clippy::expect_used)]

mod common;

use common::who::*;
use common::*;
use jcm_format::frame::Frame;
use jcm_format::hash::{Digest, to_hex};
use jcm_format::tlog::{
    Checkpoint, Frontier, ProofFile, Tree, TrustedCheckpoint, VerifierKey, leaf_hash,
};
use jcm_verify::{Options, Report, Seen, TrustedState, Verifier, compare, verify_path};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("jcm-sources-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        fs::write(&path, bytes).expect("written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jcm-verify"));
    command.args(arguments).output().expect("it runs")
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

fn entries_of(frames: &[Frame]) -> Vec<Vec<u8>> {
    frames.iter().flat_map(|frame| frame.entries.clone()).collect()
}

/// The checkpoint over some entries, signed by whom.
fn checkpoint(entries: &[Vec<u8>], signer: u8) -> String {
    let mut tree = Frontier::new();
    entries.iter().for_each(|entry| tree.push(leaf_hash(entry)));
    Checkpoint { origin: origin(), size: tree.len(), root: tree.root() }.sign(&secret(signer))
}

fn log_key() -> VerifierKey {
    VerifierKey::new(origin().as_ref(), jcm_format::tlog::KeyType::Ed25519, &public(LOG))
        .expect("a key")
}

/// Many entries of one kind after an honest life, so that tiles of two levels fill.
fn long(entries: usize) -> Vec<Frame> {
    let mut life = Life::honest();
    let mut number = 0;
    while life.steps.len() < entries {
        number += 1;
        let (body, event) = payment(&format!("long-{number}"), 1, None);
        life.push(&[OPERATOR_1], body, event);
    }
    life.frames()
}

/// A log as C2SP tiles, written by hand from the specification.
fn tiles(folder: &Folder, entries: &[Vec<u8>]) {
    let number = |index: u64| match index {
        0..1_000 => format!("{index:03}"),
        _ => format!("x{:03}/{:03}", index / 1_000, index % 1_000),
    };
    let name = |of: &str, index: usize, width: usize| {
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        format!("tile/{of}/{}{partial}", number(index as u64))
    };
    for (index, bundle) in entries.chunks(256).enumerate() {
        let bytes = bundle.iter().flat_map(|entry| {
            let length = u16::try_from(entry.len()).expect("short").to_be_bytes();
            [&length, entry.as_slice()].concat()
        });
        folder.write(&name("entries", index, bundle.len()), bytes.collect::<Vec<_>>());
    }
    let mut level = 0;
    let mut hashes: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    while !hashes.is_empty() {
        for (index, tile) in hashes.chunks(256).enumerate() {
            let bytes: Vec<u8> = tile.iter().flat_map(|hash| *hash.as_bytes()).collect();
            folder.write(&name(&level.to_string(), index, tile.len()), bytes);
        }
        let full = hashes.chunks_exact(256).map(|tile| {
            let mut tree = Tree::new();
            tile.iter().for_each(|hash| tree.push(*hash));
            tree.root()
        });
        hashes = full.collect();
        level += 1;
    }
    folder.write("checkpoint", checkpoint(entries, LOG));
}

#[test]
fn tiles_are_the_same_log() {
    let frames = long(600);
    let wanted = verify(frames.clone());
    let entries = entries_of(&frames);
    for size in [1, 255, 256, 257, 600] {
        let folder = Folder::new();
        tiles(&folder, &entries[..size]);
        let report = verify_path(&folder.0, &options(2)).expect("readable");
        assert!(report.ok, "{size}: {report}");
        assert_eq!(report.entries, size as u64);
        if size == entries.len() {
            assert_eq!((report.state_digest, report.root), (wanted.state_digest, wanted.root));
        }
    }
}

#[test]
fn a_wrong_tile_is_found_whatever_it_holds() {
    let entries = entries_of(&long(520));
    let found = |spoil: &dyn Fn(&Folder)| {
        let folder = Folder::new();
        tiles(&folder, &entries);
        spoil(&folder);
        codes(&verify_path(&folder.0, &options(2)).expect("readable"))
    };
    let flip = |name: &'static str, at: usize| {
        move |folder: &Folder| {
            let path = folder.0.join(name);
            let mut bytes = fs::read(&path).expect("there");
            bytes[at] ^= 1;
            fs::write(&path, bytes).expect("written");
        }
    };
    assert_eq!(found(&|_| {}), [""; 0]);
    assert_eq!(found(&flip("tile/0/001", 8_191)), ["TILE_DIFFERS"]);
    assert_eq!(found(&flip("tile/0/002.p/8", 0)), ["TILE_DIFFERS"]);
    assert_eq!(found(&flip("tile/1/000.p/2", 33)), ["TILE_DIFFERS"]);
    // A changed entry differs from its hash before anything is judged.
    assert_eq!(found(&flip("tile/entries/000", 5)), ["TILE_DIFFERS"]);
    let remove = |name: &'static str| {
        move |folder: &Folder| fs::remove_file(folder.0.join(name)).expect("there")
    };
    assert_eq!(found(&remove("tile/entries/001")), ["TILE_MISSING"]);
    assert_eq!(found(&remove("tile/1/000.p/2")), ["TILE_MISSING"]);
    let cut = |folder: &Folder| {
        let path = folder.0.join("tile/entries/002.p/8");
        let bytes = fs::read(&path).expect("there");
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("written");
    };
    assert_eq!(found(&cut), ["BUNDLE_MALFORMED"]);
    let more = |folder: &Folder| {
        let path = folder.0.join("tile/entries/002.p/8");
        let bytes = fs::read(&path).expect("there");
        fs::write(&path, [bytes.as_slice(), &[0, 0]].concat()).expect("written");
    };
    assert_eq!(found(&more), ["BUNDLE_MALFORMED"]);
    let stranger =
        |folder: &Folder| drop(folder.write("checkpoint", checkpoint(&entries, STRANGER)));
    assert_eq!(found(&stranger), ["CHECKPOINT_SIGNATURE"]);
}

#[test]
fn hashes_alone_are_checked_and_never_taken_for_the_log() {
    let entries = entries_of(&long(520));
    let folder = Folder::new();
    tiles(&folder, &entries);
    fs::remove_dir_all(folder.0.join("tile/entries")).expect("there");
    let key = log_key().to_string();
    let check = |more: &[&str]| {
        let arguments = [&["--hashes-only", "--log-key", &key, shown(&folder.0)], more].concat();
        program(&arguments)
    };
    let good = check(&[]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let said = stdout(&good);
    assert!(said.starts_with("HASHES ONLY: no entry was read, and nothing was judged"), "{said}");
    assert!(said.contains(&format!("entries      {}", entries.len())), "{said}");
    let report: Value = serde_json::from_slice(&check(&["--json"]).stdout).expect("JSON");
    assert_eq!(report["checked"], "hashes only");
    assert_eq!((&report["ok"], &report["tiles"]), (&json!(true), &json!(4)));
    assert_eq!(report["log_key"], json!(key));

    let names = ["tile/0/000", "tile/0/001", "tile/0/002.p/8", "tile/1/000.p/2"];
    for name in names {
        let good = fs::read(folder.0.join(name)).expect("there");
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            folder.write(name, bad);
            let report = jcm_verify::check_hashes(&folder.0, &Default::default(), None);
            let report = report.expect("readable");
            assert!(!report.ok, "{name} {at}");
            assert!(report.finding.expect("found").starts_with("TILE_DIFFERS"), "{name} {at}");
        }
        fs::remove_file(folder.0.join(name)).expect("there");
        let gone = check(&[]);
        assert_eq!(gone.status.code(), Some(1));
        assert!(stdout(&gone).contains(&format!("TILE_MISSING: {name} is not there")), "{name}");
        folder.write(name, good);
    }
    // A full tile may stand in for a partial one that was taken away.
    let part = fs::read(folder.0.join(names[2])).expect("there");
    fs::remove_file(folder.0.join(names[2])).expect("there");
    folder.write("tile/0/002", [part.as_slice(), &[7; 248 * 32]].concat());
    assert_eq!(check(&[]).status.code(), Some(0));
    folder.write("checkpoint", checkpoint(&entries, STRANGER));
    let stranger = check(&[]);
    assert_eq!(stranger.status.code(), Some(1));
    assert!(stdout(&stranger).contains("the checkpoint is not believed"), "{stranger:?}");
    // Whose log it is has to be known beforehand: the entry that says so is not read.
    let unknown = program(&["--hashes-only", shown(&folder.0)]);
    assert_eq!(unknown.status.code(), Some(64));
}

/// A web server for the files of a folder; it answers one request for each
/// connection, and 401 below `/closed`. It ends with the test.
fn serve(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            reader.read_line(&mut line).expect("a request");
            let mut rest = String::new();
            while reader.read_line(&mut rest).expect("a header") > 2 {
                rest.clear();
            }
            let path = line.split(' ').nth(1).expect("a path").trim_start_matches('/');
            let (status, body) = match fs::read(folder.join(path)) {
                _ if path.starts_with("closed/") => ("401 Unauthorized", Vec::new()),
                Ok(bytes) => ("200 OK", bytes),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_node_is_read_over_http_and_followed() {
    let folder = Folder::new();
    let entries = entries_of(&long(300));
    tiles(&folder, &entries[..270]);
    let url = serve(&folder.0);
    let report = verify_path(Path::new(&url), &options(2)).expect("readable");
    assert!(report.ok, "{report}");
    assert_eq!(report.entries, 270);
    // The next look reads on from there, in the middle of a bundle.
    let mut verifier = Verifier::new(&Options { keep_leaves: true, ..options(2) });
    let look = |verifier: &mut Verifier| {
        let access = jcm_verify::Access::default();
        let mut source = jcm_verify::Source::open(Path::new(&url), &access).expect("there");
        verifier.read(&mut source).expect("readable");
        codes(&verifier.conclude())
    };
    assert_eq!((look(&mut verifier), verifier.entries()), (Vec::new(), 270));
    tiles(&folder, &entries);
    assert_eq!((look(&mut verifier), verifier.entries()), (Vec::new(), entries.len() as u64));
    assert_eq!(verifier.report().state_digest, verify(common::frames_of(&entries, 4)).state_digest);
    // What it shows now is older than what it showed before.
    folder.write("checkpoint", checkpoint(&entries[..270], LOG));
    assert_eq!(look(&mut verifier), [""; 0]);
    let back = verifier.went_back(entries.len() as u64, "the node").expect("it went back");
    assert_eq!(back.code, "LOG_TRUNCATED");
    for (address, named) in [
        ("http://registry.example", "use https://"),
        (format!("{url}/closed").as_str(), "--token-file"),
        (format!("{url}/elsewhere").as_str(), "neither a log"),
        ("http://127.0.0.1:1", "cannot fetch"),
    ] {
        let output = program(&[address]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(66), "{said}");
        assert!(said.contains(named), "{address}: {said}");
    }
}

/// Two logs that part at the last entry, both signed by the log's key.
fn parted() -> (Vec<Frame>, Vec<Frame>) {
    let mut one = Life::honest();
    let mut two = one.clone();
    let (body, event) = payment("for-one", 1, None);
    one.push(&[OPERATOR_1], body, event);
    let (body, event) = payment("for-two", 1, None);
    two.push(&[OPERATOR_1], body, event);
    (one.frames(), two.frames())
}

fn with_seen(frames: Vec<Frame>, note: &str) -> Report {
    let seen = vec![Seen { from: "somebody".to_owned(), note: note.to_owned() }];
    jcm_verify::verify_frames(frames, &Options { seen, ..options(2) })
}

#[test]
fn a_split_view_is_found_and_both_checkpoints_are_the_evidence() {
    let (one, two) = parted();
    let shown_to_two = &two.last().expect("not empty").checkpoint;
    assert!(verify(one.clone()).ok && verify(two.clone()).ok, "each is right in itself");
    let report = with_seen(one.clone(), shown_to_two);
    let last = report.entries - 1;
    assert_eq!(first_bad(&report), Some((last, "SPLIT_VIEW")));
    let detail = &report.findings[0].detail;
    for note in [shown_to_two, &one.last().expect("not empty").checkpoint] {
        assert!(detail.contains(&format!("{note:?}")), "{detail}");
    }
    // What they have in common, and a receipt of it, are no split view.
    let common = &one[one.len() - 3].checkpoint;
    assert!(with_seen(two.clone(), common).ok);
    let entries = entries_of(&two);
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| tree.push(leaf_hash(entry)));
    let trusted = TrustedCheckpoint::open(shown_to_two, &log_key()).expect("signed");
    let hashes = tree.inclusion_proof(3, tree.len()).expect("there");
    let receipt = ProofFile::new(3, hashes, &trusted).to_string();
    assert!(with_seen(two, &receipt).ok);
    assert_eq!(codes(&with_seen(one, &receipt)), ["SPLIT_VIEW"]);
}

#[test]
fn a_checkpoint_that_was_signed_before_its_entries_is_found() {
    let frames = Life::honest().frames();
    // In the log: a frame whose checkpoint covers the next frame's entries too.
    let mut early = frames.clone();
    early[2].checkpoint = early[3].checkpoint.clone();
    let last = early[2].first + early[2].entries.len() as u64 - 1;
    assert_eq!(first_bad(&verify(early)), Some((last, "CHECKPOINT_SIZE")));
    // Outside of it: somebody was shown more than was ever recorded.
    let mut more = entries_of(&frames);
    more.push(b"an entry that nobody ever saw".to_vec());
    let report = with_seen(frames.clone(), &checkpoint(&more, LOG));
    assert_eq!(first_bad(&report), Some((report.entries, "SEEN_BEYOND")));
    // Somebody else's word is no evidence against the log.
    let report = with_seen(frames, &checkpoint(&more, STRANGER));
    assert_eq!(codes(&report), ["SEEN_NOT_BELIEVED"]);
}

/// What a run over these frames vouches for.
fn vouched(frames: Vec<Frame>, folder: &Folder) -> Option<TrustedState> {
    let export = folder.write("vouched.jcmlog", file(&frames));
    let state = folder.0.join("state");
    let _ = fs::remove_file(&state);
    program(&[shown(&export), "--quiet", "--state", shown(&state)]);
    TrustedState::read(&state).expect("readable")
}

fn resumed(frames: Vec<Frame>, trusted: TrustedState) -> Report {
    let trusted = Some(trusted);
    jcm_verify::verify_frames(frames, &Options { trusted, ..options(2) })
}

#[test]
fn a_run_goes_on_from_what_the_one_before_found() {
    let folder = Folder::new();
    let frames = Life::honest().frames();
    let half = frames.len() / 2;
    let trusted = vouched(frames[..half].to_vec(), &folder).expect("nothing was found");
    let (whole, report) = (verify(frames.clone()), resumed(frames.clone(), trusted.clone()));
    assert!(report.ok, "{report}");
    assert_eq!((report.state_digest, report.root), (whole.state_digest, whole.root));
    assert_eq!(report.resumed_from, Some(trusted.entries));
    assert!(report.signatures < whole.signatures, "those of the first half are taken over");
    assert!(report.notes.iter().any(|note| note.contains("on the word of the state file")));
    // Whoever has another log is not helped by the file.
    let mut other = Life::honest();
    other.steps[5].time_ms += 1;
    let rewritten = resumed(other.frames(), trusted.clone());
    assert_eq!(codes(&rewritten), ["HISTORY_DIFFERS"]);
    assert_eq!(rewritten.state_digest, None, "nobody vouches for that state");
    // The state after the same entries is compared as well.
    let mut elsewhere = trusted.clone();
    elsewhere.state_digest = Digest::ZERO.to_string();
    assert_eq!(codes(&resumed(frames.clone(), elsewhere)), ["STATE_DIFFERS"]);
    // A log that is shorter than before has lost something.
    let shorter = resumed(frames[..half - 1].to_vec(), trusted);
    assert_eq!(codes(&shorter), ["LOG_TRUNCATED"]);
    assert_eq!(shorter.state_digest, None);
}

#[test]
fn a_forged_signature_before_the_trusted_checkpoint_is_no_better_for_the_file() {
    let folder = Folder::new();
    let frames = Life::honest().frames();
    let trusted = vouched(frames, &folder).expect("nothing was found");
    let mut entries = Life::honest().entries();
    entries[5].command.signatures[0].signature = no_signature();
    relink(&mut entries);
    assert_eq!(codes(&resumed(common::frames(&entries), trusted)), ["HISTORY_DIFFERS"]);
}

#[test]
fn a_state_file_that_was_touched_is_refused() {
    let folder = Folder::new();
    let frames = Life::honest().frames();
    vouched(frames.clone(), &folder).expect("nothing was found");
    let export = folder.write("export", file(&frames));
    let state = folder.0.join("state");
    let text = fs::read_to_string(&state).expect("there");
    for position in (0..text.len()).step_by(7) {
        let mut bytes = text.clone().into_bytes();
        bytes[position] ^= 1;
        let path = folder.write("touched", &bytes);
        let same = serde_json::from_slice::<Value>(&bytes).ok() == serde_json::from_str(&text).ok();
        assert!(same || TrustedState::read(&path).is_err(), "byte {position}");
    }
    let path = folder.write("touched", text.replacen("\"entries\": ", "\"entries\": 1", 1));
    let output = program(&[shown(&export), "--state", shown(&path)]);
    assert_eq!(output.status.code(), Some(66));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("changed or damaged") && said.contains("delete it"), "{said}");
}

#[test]
fn a_bad_log_leaves_no_state_behind() {
    let folder = Folder::new();
    let mut life = Life::honest();
    life.step("class-c").signers = vec![STRANGER];
    assert_eq!(vouched(life.frames(), &folder), None);
}

fn compared(frames: Vec<Frame>, report: &Value) -> Report {
    let claims = compare::read(&report.to_string()).expect("a report");
    let snapshots = claims.entries().into_iter().collect();
    let mut verifier = Verifier::new(&Options { snapshots, ..options(2) });
    let folder = Folder::new();
    let path = folder.write("export", file(&frames));
    let mut source =
        jcm_verify::Source::open(&path, &jcm_verify::Access::default()).expect("there");
    verifier.read(&mut source).expect("readable");
    verifier.compare_report("the report", &claims);
    verifier.conclude()
}

/// Totals as a node gives them of an honest log.
fn totals(report: &Report) -> Value {
    let figures = report.figures.as_ref().expect("replayed");
    let totals = figures.categories.iter();
    let adjustments = [2022, 2023, 2024]
        .map(|vintage| json!({ "partner": "VN", "vintage": vintage, "quantity_tonnes": 100 }));
    json!({
        "entries": report.entries,
        "state_digest": report.state_digest,
        "issued_tonnes": figures.issued_tonnes,
        "totals": totals.map(|(category, of)| json!({ "category": category, "quantity_tonnes": of.tonnes })).collect::<Vec<_>>(),
        "adjustments": adjustments,
    })
}

#[test]
fn totals_that_differ_from_the_log_are_found_by_name() {
    let frames = Life::honest().frames();
    let honest = totals(&verify(frames.clone()));
    let report = compared(frames.clone(), &honest);
    let booked: Vec<&str> = report.findings.iter().map(|finding| finding.detail.as_str()).collect();
    assert!(report.ok, "{booked:?}");
    assert!(report.compared["the report"] >= 7, "{:?}", report.compared);
    // The same of fewer entries than there are.
    let half = frames.len() / 2;
    let earlier = verify(frames[..half].to_vec());
    let mut of_half = totals(&earlier);
    of_half["adjustments"] = json!([]);
    assert!(compared(frames.clone(), &of_half).ok, "{}", compared(frames.clone(), &of_half));
    for (change, named) in [
        ("/issued_tonnes", "issued tonnes"),
        ("/totals/0/quantity_tonnes", "total"),
        ("/adjustments/0/quantity_tonnes", "adjustment VN 2022"),
        ("/adjustments/0/vintage", "adjustment VN 2022"),
    ] {
        let mut wrong = honest.clone();
        let number = wrong.pointer_mut(change).expect("there");
        *number = json!(number.as_u64().expect("a number") + 1);
        let report = compared(frames.clone(), &wrong);
        assert!(report.findings.iter().all(|finding| finding.code == "REPORT_DIFFERS"));
        assert!(report.findings.iter().any(|f| f.detail.contains(named)), "{change}: {report}");
    }
    let mut digest = honest.clone();
    digest["state_digest"] = json!(Digest::ZERO.to_string());
    assert_eq!(codes(&compared(frames.clone(), &digest)), ["REPORT_DIFFERS"]);
    let mut missing = honest.clone();
    missing["totals"].as_array_mut().expect("a list").pop();
    assert_eq!(codes(&compared(frames.clone(), &missing)), ["REPORT_DIFFERS"]);
    let mut later = honest;
    later["entries"] = json!(1_000_000);
    assert_eq!(codes(&compared(frames, &later)), ["REPORT_DIFFERS"]);
}

#[test]
fn our_own_report_can_be_compared() {
    let folder = Folder::new();
    let frames = Life::honest().frames();
    let export = folder.write("export", file(&frames));
    let report = stdout(&program(&[shown(&export), "--json"]));
    let honest = folder.write("honest.json", &report);
    let output = program(&[shown(&export), "--compare", shown(&honest)]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("compared: "));
    let forged = folder.write(
        "forged.json",
        report.replacen("\"issued_tonnes\": 3200", "\"issued_tonnes\": 3300", 1),
    );
    let output = program(&[shown(&export), "--compare", shown(&forged)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("REPORT_DIFFERS"), "{}", stdout(&output));
    let strange = folder.write("strange.json", "{\"a\": 1}");
    let workbook = folder.write("aef.xlsx", b"PK");
    let output = program(&[shown(&export), "--compare", shown(&workbook)]);
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("make it anew with --format json"), "{said}");
    let output = program(&[shown(&export), "--compare", shown(&strange)]);
    assert_eq!(output.status.code(), Some(64));
}

/// A submission in the Agreed Electronic Format, of what the honest life has done.
fn aef(actions: &[Value], held: &[Value]) -> Value {
    let entries = Life::honest().steps.len();
    json!({
        "entries_read": entries,
        "table_1_submission": [{ "Reported year": 2026 }],
        "table_2_authorizations": [{
            "Authorization ID": "JP-A1", "Version of the authorization": 1, "Authorized quantity": 1_000,
        }],
        "table_3_actions": actions,
        "table_4_holdings": held,
    })
}

/// A row of the honest life's units, with an action or without.
fn row(action: &str, units: (u64, u64, u64), tonnes: u64, vintage: u64) -> Value {
    let (block, first, last) = units;
    // Blocks 1 and 2 are of the first project, block 5 of the fourth.
    let project = if block == 5 { "VN004" } else { "VN001" };
    let mut row = json!({
        "First unit ID": format!("JP-{project}-{}-{block}-{first}", if block == 5 { 2024 } else { 2021 + block }),
        "Last unit ID": format!("JP-{project}-{}-{block}-{last}", if block == 5 { 2024 } else { 2021 + block }),
        "First transferring participating Party ID": "VNM",
        "Quantity (t CO2 eq)": tonnes,
        "Vintage": vintage,
    });
    if !action.is_empty() {
        row["Action type"] = json!(action);
    }
    row
}

/// What the honest life did in 2026.
fn actions() -> [Value; 7] {
    [
        row("Use", (1, 101, 200), 100, 2022),
        row("Use", (2, 501, 600), 100, 2023),
        row("Use", (5, 1, 100), 100, 2024),
        row("Acquisition", (1, 101, 200), 100, 2022),
        row("Acquisition", (2, 501, 600), 100, 2023),
        row("Acquisition", (5, 1, 600), 600, 2024),
        json!({ "Action type": "Authorization", "Authorization ID": "JP-A1", "Quantity (t CO2 eq)": 1_000 }),
    ]
}

/// What it holds in the end.
fn held() -> [Value; 1] {
    [row("", (5, 101, 600), 500, 2024)]
}

#[test]
fn tables_of_the_agreed_electronic_format_are_compared_unit_by_unit() {
    let frames = Life::honest().frames();
    let (actions, held) = (actions(), held());
    let honest = compared(frames.clone(), &aef(&actions, &held));
    assert!(honest.ok, "{honest}");
    // One row in place of another, and what is said of it.
    let wrong = |at: usize, instead: Value, words: &str| {
        let mut rows = actions.to_vec();
        rows[at] = instead;
        said(&compared(frames.clone(), &aef(&rows, &held)), words);
    };
    wrong(
        0,
        row("Use", (1, 101, 200), 99, 2022),
        "Quantity (t CO2 eq): 99 is stated, but the log amounts to 100",
    );
    wrong(
        0,
        row("Use", (1, 101, 200), 100, 2023),
        "Vintage: 2023 is stated, but the log amounts to 2022",
    );
    wrong(0, row("Use", (1, 201, 210), 10, 2022), "not all of 1:201-210 were first transferred");
    wrong(0, row("Use", (5, 101, 110), 10, 2024), "are said to be used, but are not all retired");
    wrong(0, row("Use", (1, 101, 9_999), 9_899, 2022), "are no units of one block");
    wrong(3, row("First transfer", (1, 101, 200), 100, 2022), "no transfer to another Party");
    wrong(
        3,
        row("Acquisition", (1, 101, 150), 50, 2022),
        "the acquisitions from VNM of 2022 sum up to 50 t, but 100 t were first transferred in 2026",
    );
    // As much of the same Party and vintage, and not the same units.
    let again = row("Acquisition", (5, 201, 300), 100, 2024);
    let mut twice = actions.to_vec();
    twice[5] = row("Acquisition", (5, 1, 500), 500, 2024);
    twice.push(again);
    said(
        &compared(frames.clone(), &aef(&twice, &held)),
        "some of 5:201-300 are first transferred in another row",
    );
    wrong(
        3,
        actions[6].clone(),
        "the act of authorising JP-A1 is listed 2 times, but the log amounts to 1",
    );
    let cancelled = row("Cancellation", (5, 101, 110), 10, 2024);
    wrong(3, cancelled, "the cancellations of units from VNM of 2024 sum up to 10 t, but 0 t");
}

#[test]
fn what_a_submission_leaves_out_is_noticed() {
    let frames = Life::honest().frames();
    let (actions, held) = (actions(), held());
    // What is held, and whether all of it is.
    let held_as = |held: &[Value], words: &str| {
        said(&compared(frames.clone(), &aef(&actions, held)), words);
    };
    held_as(&[], "the holdings sum up to 0 t, but 500 t");
    held_as(&[row("", (5, 101, 599), 499, 2024)], "the holdings sum up to 499 t, but 500 t");
    held_as(&[row("", (5, 1, 600), 600, 2024)], "are listed as held, but are not all held");
    held_as(&[row("", (5, 1, 600), 600, 2024)], "the holdings sum up to 600 t, but 500 t");
    // The submission as a whole.
    let mut without = aef(&actions, &held);
    without["table_2_authorizations"] = json!([]);
    said(&compared(frames.clone(), &without), "authorisation JP-A1, version 1 is listed 0 times");
    without = aef(&actions, &held);
    without["table_1_submission"] = json!([]);
    said(&compared(frames, &without), "does not say on which year it reports");
}

/// The report is found to differ, and with these words.
fn said(report: &Report, words: &str) {
    assert!(!report.ok && report.findings.iter().all(|of| of.code == "REPORT_DIFFERS"), "{report}");
    assert!(report.findings.iter().any(|of| of.detail.contains(words)), "{words}: {report}");
}

#[test]
fn damage_of_frames_and_a_log_without_a_key_are_named() {
    let folder = Folder::new();
    let honest = file(&Life::honest().frames());
    let of = |bytes: &[u8]| {
        let path = folder.write("export", bytes);
        codes(&verify_path(&path, &options(2)).expect("readable"))
    };
    let changed = |at: usize, byte: u8| {
        let mut bytes = honest.clone();
        bytes[at] = byte;
        bytes
    };
    // The length is little-endian and stands after the first line of 9 bytes.
    assert_eq!(of(&changed(12, 0xff)), ["FRAME_LENGTH"]);
    assert_eq!(of(&changed(50, honest[50] ^ 1)), ["FRAME_CHECK"]);
    let mut body = honest.clone();
    body.truncate(9);
    let (length, content) = (4_u32.to_le_bytes(), [0_u8; 4]);
    body.extend(length);
    body.extend(&Digest::of(&[&length, &content]).as_bytes()[..8]);
    body.extend(content);
    assert_eq!(of(&body), ["FRAME_BODY"]);
    // A position behind which none can be counted, in a frame that is well formed otherwise.
    let mut last = honest.clone();
    let (magic, header) = (9, 12);
    let length = u32::from_le_bytes(last[magic..magic + 4].try_into().expect("four bytes"));
    last.truncate(magic + header + length as usize);
    last[magic + header..magic + header + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    let check = Digest::of(&[&length.to_le_bytes(), &last[magic + header..]]);
    last[magic + 4..magic + header].copy_from_slice(&check.as_bytes()[..8]);
    assert_eq!(of(&last), ["FRAME_BODY"]);
    let mut life = Life::honest();
    life.steps.remove(0);
    life.steps.truncate(3);
    let found = codes(&verify(life.frames()));
    assert!(found.contains(&"LOG_KEY_UNKNOWN"), "{found:?}");
}

#[test]
fn a_finding_shows_the_bytes_that_it_is_about() {
    let folder = Folder::new();
    let life = Life::honest();
    let entries = life.entries();
    let mut bad = life.clone();
    bad.step("class-c").rule_set = 7;
    let index = bad.at("class-c").get();
    let frames = bad.frames();
    let path = folder.write("export", file(&frames));
    let report = verify_path(&path, &options(2)).expect("readable");
    let finding = &report.findings[0];
    assert_eq!((finding.index, finding.code), (Some(index), "RULE_SET_VERSION"));
    let excerpt = finding.bytes.as_ref().expect("bytes");
    assert_eq!(excerpt.hex, "07");
    let offset = usize::try_from(excerpt.file_offset.expect("in a file")).expect("small");
    assert_eq!(fs::read(&path).expect("there")[offset], 7, "at byte {offset} of the file");
    // A broken chain shows the hash that does not fit.
    let mut frames = common::frames(&entries);
    frames[3].entries[0][40] ^= 1;
    let path = folder.write("export", file(&frames));
    let report = verify_path(&path, &options(2)).expect("readable");
    let finding = &report.findings[0];
    assert!(finding.bytes.is_some(), "{report}");
    let text = report.to_string();
    assert!(text.contains(" bytes (") && text.contains("of the file: "), "{text}");
    // Damage of a file shows what stands there.
    let mut bytes = file(&common::frames(&entries));
    bytes[60] ^= 1;
    let path = folder.write("export", &bytes);
    let report = verify_path(&path, &options(2)).expect("readable");
    let excerpt = report.findings[0].bytes.as_ref().expect("bytes");
    assert_eq!(excerpt.file_offset, Some(9));
    assert!(to_hex(&bytes).contains(&excerpt.hex));
}

#[test]
fn the_way_of_a_unit_is_told_with_its_proofs() {
    let folder = Folder::new();
    let life = Life::honest();
    let export = folder.write("export", file(&life.frames()));
    let ask = |more: &[&str]| {
        let arguments = [&["unit", shown(&export), "1:101", "--json"], more].concat();
        let output = program(&arguments);
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), answer)
    };
    let (status, answer) = ask(&[]);
    assert_eq!(status, Some(0), "{answer:#}");
    assert_eq!(answer["holder"], "JP-0000002-92", "{answer:#}");
    let moves = answer["unit"]["moves"].as_array().expect("a list");
    assert_eq!(moves[0]["command"], "RecordIssuance");
    assert_eq!(moves[0]["from"], Value::Null);
    let mut holder = Value::Null;
    for moved in moves {
        assert_eq!(moved["from"], holder, "each begins where the one before ended");
        holder = moved["to"].clone();
        let proof: ProofFile = moved["proof"].as_str().expect("text").parse().expect("a proof");
        let bytes = proof.extra().expect("the entry").to_vec();
        assert!(proof.verify(&bytes, &log_key()).is_ok());
        assert_eq!(moved["entry"], proof.index());
    }
    let issued = moves[0]["time"].as_str().expect("a time").to_owned();
    let (status, then) = ask(&["--at", &issued]);
    assert_eq!((status, &then["since"]), (Some(0), &moves[0]["entry"]));
    assert_eq!(then["until"], moves[1]["entry"]);
    let (_, before) = ask(&["--at", "2020-01-01"]);
    assert_eq!(before["holder"], Value::Null);
    // Of what comes after the last entry, nobody knows.
    let later = stdout(&program(&["unit", shown(&export), "1:101", "--at", "2100-01-01"]));
    assert!(later.contains("which is after the last entry: as of that, 2026-04-"), "{later}");
    // In words, what rests on what.
    let words = stdout(&program(&["unit", shown(&export), "JP-VN001-2022-1-101"]));
    for text in ["held by", "proved by inclusion alone", "known by the full replay", "not known"] {
        assert!(words.contains(text), "{words}");
    }
    // A unit that was never issued, and a number that names another project.
    assert_eq!(program(&["unit", shown(&export), "99:1"]).status.code(), Some(1));
    let strange = program(&["unit", shown(&export), "JP-VN009-2022-1-101"]);
    assert_eq!(strange.status.code(), Some(64));
    // Where the log is not in order, nothing is vouched for.
    let mut bad = life;
    bad.step("class-c").signers = vec![STRANGER];
    let export = folder.write("bad", file(&bad.frames()));
    let output = program(&["unit", shown(&export), "1:101"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("NOT ESTABLISHED"), "{}", stdout(&output));
}

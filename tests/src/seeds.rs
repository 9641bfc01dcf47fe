//! Good examples for the fuzz targets of `tests/fuzz` to begin with.

use crate::article6::{ANY, article6, authorised, details, mongolia};
use crate::papers::Papers;
use crate::world::*;
use jcm_api::pb;
use jcm_cli::bulk::{BulkColumn, issuances, transfers};
use jcm_cli::command_file::CommandFile;
use jcm_client::{KeySource, PrivateValue, TrustStore, UnsignedCommand};
use jcm_format::caller::{Call, CallerProof, Nonce};
use jcm_format::command::{Basis, Body, PaymentId, Purpose, RecordIssuance, Side, TransferTerms};
use jcm_format::commitment::SALT_LEN;
use jcm_format::entry::SealedEntry;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::id::EntryIndex;
use jcm_format::key::SecretKey;
use jcm_format::party::Party;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{
    AddCheckpoint, Evidence, KeyType, SignedCheckpoint, TileId, Tree, TrustedCheckpoint,
    VerifierKey, encode_bundle,
};
use jcm_keys::{KeyFile, Passphrase, Protection};
use jcm_report::aef::{ActionSubtype, ActionType, AefSubmission, Request, SubmissionVersion};
use jcm_report::paper::Language;
use jcm_report::xlsx::{XlsxBook, XlsxCell};
use prost::Message as _;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

/// Examples by target.
pub type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// The examples of every target.
pub fn seeds() -> Seeds {
    let world = World::stocked();
    let frames = world.log.frames();
    let mut seeds = Seeds::new();
    of_log(&mut seeds, &frames);
    of_commands(&mut seeds, &frames);
    of_notes(&mut seeds, &frames);
    of_documents(&mut seeds);
    of_files(&mut seeds);
    of_people(&mut seeds);
    of_workbooks(&mut seeds);
    seeds
}

fn put(seeds: &mut Seeds, target: &'static str, bytes: impl Into<Vec<u8>>) {
    seeds.entry(target).or_default().push(bytes.into());
}

fn log_key() -> VerifierKey {
    let public = secret("log").public_key();
    VerifierKey::new(origin().as_ref(), KeyType::Ed25519, &public).expect("honest")
}

fn of_log(seeds: &mut Seeds, frames: &[Frame]) {
    let mut segment = MAGIC.to_vec();
    for frame in frames {
        let bytes = frame.encode().expect("short");
        segment.extend_from_slice(&bytes);
        put(seeds, "log", bytes);
        for entry in &frame.entries {
            put(seeds, "entry", entry.clone());
        }
    }
    let length = u32::try_from(segment.len()).expect("short").to_le_bytes();
    put(seeds, "folder", [&length[..], &segment].concat());
    let entries: Vec<&[u8]> =
        frames.iter().flat_map(|frame| &frame.entries).map(Vec::as_slice).take(5).collect();
    let bundle = encode_bundle(entries.iter().copied()).expect("short");
    put(seeds, "tiles", [&[4], bundle.as_slice()].concat());
    put(seeds, "tiles", [&[2], [7; 96].as_slice()].concat());
    // Position, size, two numbers that belong to nothing, and what the tree proves.
    let mut tree = Tree::new();
    (0..11_u8).for_each(|entry| tree.push(jcm_format::tlog::leaf_hash(&[entry])));
    let included = tree.inclusion_proof(6, 11).expect("within");
    for proof in [included, tree.consistency_proof(6, 11).expect("within")] {
        let mut bytes = [&[6, 11][..], &[3; 16]].concat();
        proof.iter().for_each(|hash| bytes.extend_from_slice(hash.as_bytes()));
        put(seeds, "proofs", bytes);
    }
}

fn of_commands(seeds: &mut Seeds, frames: &[Frame]) {
    for entry in frames.iter().flat_map(|frame| &frame.entries) {
        let sealed = SealedEntry::open(entry.clone()).expect("canonical");
        let command = sealed.entry().command.clone();
        put(seeds, "command", command.payload.clone());
        let signers = command.signatures.iter().map(|signed| signed.key.as_bytes().to_vec());
        let prepare =
            pb::PrepareRequest { payload: command.payload.clone(), signers: signers.collect() };
        put(seeds, "grpc", [&[method("Prepare")], prepare.encode_to_vec().as_slice()].concat());
        let wire = pb::SignedCommand::from(command);
        put(seeds, "envelope", wire.encode_to_vec());
        let submit = pb::SubmitRequest { command: Some(wire), private_data: Vec::new() };
        put(seeds, "grpc", [&[method("Submit")], submit.encode_to_vec().as_slice()].concat());
    }
    // Every method, with a request that says nothing; and of those that begin with an
    // account, block or entry some that name one.
    for method in methods().into_iter().map(method) {
        put(seeds, "grpc", [method]);
    }
    let numbered = ["GetAccount", "ListHoldings", "GetStatement", "ListNotices", "ListHistory"];
    for method in numbered.map(method) {
        put(seeds, "grpc", [method, 0x08, 0xe9, 0x07]);
    }
    for method in ["GetCertificate", "GetEntry", "GetApplication"].map(method) {
        put(seeds, "grpc", [method, 0x08, 0x04]);
    }
    put(seeds, "grpc", [method("GetUnitHistory"), 0x08, 0x04, 0x10, 0x01]);
    let key = SecretKey::from_seed(&[5; 32]);
    let (public, signature) = (key.public_key(), key.sign(b"message"));
    let parts = [&public.as_bytes()[..], signature.as_bytes(), b"message"];
    put(seeds, "envelope", parts.concat());
}

/// The methods of the service, as its definition has them.
pub fn methods() -> Vec<&'static str> {
    let definition = include_str!("../../proto/jcm/registry/v1/registry.proto");
    let names = definition.lines().filter_map(|line| line.trim_start().strip_prefix("rpc "));
    names.filter_map(|line| line.split('(').next()).collect()
}

fn method(name: &str) -> u8 {
    let number = methods().iter().position(|method| *method == name).expect("a method");
    u8::try_from(number).expect("few")
}

fn of_notes(seeds: &mut Seeds, frames: &[Frame]) {
    for frame in frames.iter().take(4) {
        put(seeds, "notes", frame.checkpoint.as_bytes());
    }
    let papers = Papers::of(frames, &secret("log"));
    let cosigned = papers.cosigned("witness.test/w1", &secret("witness"));
    put(seeds, "notes", cosigned.receipt(EntryIndex::new(3)).into_bytes());
    put(seeds, "notes", log_key().to_string());
    let [old, new] = [frames.first(), frames.last()].map(|frame| {
        let note = &frame.expect("a frame").checkpoint;
        TrustedCheckpoint::open(note, &log_key()).expect("signed")
    });
    let mut tree = Tree::new();
    for entry in frames.iter().flat_map(|frame| &frame.entries) {
        tree.push(jcm_format::tlog::leaf_hash(entry));
    }
    let (from, to) = (old.checkpoint().size, new.checkpoint().size);
    let proof = tree.consistency_proof(from, to).expect("within");
    put(seeds, "notes", Evidence::new(&log_key(), &old, &new, &proof).to_string());
    let checkpoint = SignedCheckpoint::parse(new.note_text()).expect("one");
    put(seeds, "notes", AddCheckpoint { old_size: from, proof, checkpoint }.to_string());
    for tile in TileId::all(to).take(2) {
        put(seeds, "notes", tile.to_string());
    }
}

/// Papers of a log, with its key: receipts, a notice, a certificate, and the notice as a
/// page.
pub fn papers() -> (VerifierKey, Vec<String>) {
    let mut world = World::stocked();
    world.authorise(500, 500);
    let retirement = TransferTerms {
        gratuitous: true,
        ..terms(1_001, RETIREMENT, &["4:1-10"], Purpose::Retirement)
    };
    let retired = world.accepted(apply_transfer(retirement), &["alpha"]);
    let payment = world.pay(1_200, Some(account(1_001)));
    let fee_payment = Some(PaymentId::single(payment));
    let body = Body::RequestCertificate { account: account(1_001), fee_payment };
    let certified = world.accepted(body, &["alpha"]);
    let papers = Papers::of(&world.log.frames(), &secret("log"));
    let notice = papers.notice(retired);
    let texts = vec![
        papers.receipt(EntryIndex::new(3)),
        papers.receipt(retired),
        notice.json().expect("JSON"),
        notice.html(Language::English).expect("a page"),
        papers.certificate(certified, account(1_001)).document().expect("JSON"),
    ];
    (papers.log_key().clone(), texts)
}

fn of_documents(seeds: &mut Seeds) {
    for paper in papers().1 {
        put(seeds, "documents", paper);
    }
    let totals = "{\"entries\":9,\"state_digest\":\"\",\"issued_tonnes\":600,\"totals\":\
                  [{\"category\":\"entity_account\",\"quantity_tonnes\":600}]}";
    put(seeds, "documents", totals);
}

/// The bytes of a file that something writes at a path.
fn written(write: impl FnOnce(&std::path::Path)) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    write(&path);
    std::fs::read(&path).expect("written")
}

fn of_files(seeds: &mut Seeds) {
    let key = SecretKey::from_seed(&[7; 32]);
    let passphrase = Passphrase::new("six words by lot are six");
    for protection in [Protection::Passphrase(&passphrase), Protection::Unencrypted] {
        put(
            seeds,
            "keys",
            written(|path| {
                KeyFile::write(path, &key, &protection).expect("written");
            }),
        );
    }
    put(seeds, "keys", format!("{}\n", "07".repeat(32)));
    put(seeds, "keys", format!("jcm-key/1\n{}\n", "07".repeat(32)));
    put(
        seeds,
        "config",
        "data_dir = \"d\"\n[limits]\nreads_burst = 9\n[logging]\nlevel = \"warn\"\n",
    );
    put(seeds, "config", include_str!("../../docs/operating/registry-node.toml"));
    let witness = VerifierKey::new("w", KeyType::Cosignature, &key.public_key()).expect("honest");
    put(
        seeds,
        "config",
        format!(
            "log {}\nwitness a {witness} https://a.example\ngroup g 1 a\nquorum g\n",
            log_key()
        ),
    );
    put(
        seeds,
        "files",
        written(|path| {
            drop(TrustStore::create(path, log_key(), KeySource::Pinned).expect("new"));
        }),
    );
    ACTS.iter().for_each(|module| put(seeds, "files", example(module)));
    put(seeds, "files", written(|path| on_its_way().write(path).expect("written")));
    let signature = key.sign(b"message");
    let (payload, key) = (jcm_format::hash::Digest::of(&[b"payload"]), key.public_key());
    put(
        seeds,
        "files",
        format!(
            "{{\"format\":\"jcm-signature/1\",\"command_id\":\"{}\",\"payload_sha256\":\"{payload}\",\
             \"signatures\":[{{\"key\":\"{key}\",\"signature\":\"{signature}\"}}]}}",
            "01".repeat(16),
        ),
    );
}

/// Modules of `jcm` whose comments show a file that describes an act.
const ACTS: [&str; 8] = [
    include_str!("../../crates/cli/src/files/article6.rs"),
    include_str!("../../crates/cli/src/files/authorisation.rs"),
    include_str!("../../crates/cli/src/files/calendar.rs"),
    include_str!("../../crates/cli/src/files/correction.rs"),
    include_str!("../../crates/cli/src/files/particulars.rs"),
    include_str!("../../crates/cli/src/files/rules.rs"),
    include_str!("../../crates/cli/src/files/safeguards.rs"),
    include_str!("../../crates/cli/src/files/trust.rs"),
];

/// The example of a module, with a digest in place of each document that it names.
fn example(module: &str) -> String {
    let lines = module.lines().skip_while(|line| *line != "//! ```toml").skip(1);
    let lines = lines.take_while(|line| *line != "//! ```");
    let lines = lines.map(|line| line.strip_prefix("//! ").unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join("\n");
    let digest = format!("sha256:{}", "ab".repeat(32));
    let parts = text.split('"').enumerate().map(|(number, part)| {
        let named = number % 2 == 1 && [".pdf", ".json"].iter().any(|end| part.ends_with(end));
        if named { digest.clone() } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("\"")
}

/// A command on its way, with its signatures.
fn on_its_way() -> CommandFile {
    let mut world = World::staffed();
    let command = world.command(apply_account("alpha", ALPHA));
    let signed = sign(&command, &["alpha"]);
    CommandFile {
        command: UnsignedCommand::from_payload(signed.payload.clone()).expect("one"),
        signers: signed.signatures.iter().map(|signature| signature.key).collect(),
        signed,
        private: vec![PrivateValue::from_parts([7; SALT_LEN], b"personal".to_vec())],
        effect: None,
    }
}

fn of_people(seeds: &mut Seeds) {
    let registry = "registry.example/test".parse().expect("an origin");
    let now = Timestamp::from_ms(1_000_000).expect("in range");
    let call = Call { registry: &registry, method: "/a/b", message: None };
    let statement = call.statement(now, Nonce::from_bytes([7; 16]));
    let proof = CallerProof::sign(statement, &SecretKey::from_seed(&[7; 32]));
    put(seeds, "caller", proof.to_bytes());
    let bank = |name: &str| {
        let folder = crate::root().join("crates/bank/tests/data");
        std::fs::read(folder.join(name)).expect("an example")
    };
    put(seeds, "bank", bank("table.csv"));
    put(seeds, "bank", bank("zengin-01.txt"));
}

fn of_workbooks(seeds: &mut Seeds) {
    for columns in [transfers::COLUMNS, issuances::COLUMNS] {
        let line = |cell: fn(&BulkColumn) -> &'static str| {
            columns.iter().map(|of| format!("\"{}\"", cell(of))).collect::<Vec<_>>().join(",")
        };
        let table = format!("{}\n{}\n", line(|of| of.name), line(|of| of.example));
        put(seeds, "sheets", [&[0], table.as_bytes()].concat());
    }
    let book = sheet(transfers::SHEET, transfers::COLUMNS);
    put(seeds, "sheets", [&[0], book.as_slice()].concat());
    for (number, part) in (1..).zip(parts(&book)) {
        put(seeds, "sheets", [&[number], part.as_slice()].concat());
    }
    let (_, theirs) = reports();
    put(seeds, "workbook", [&[0], theirs.as_slice()].concat());
    for (number, part) in (1..).zip(parts(&theirs)) {
        put(seeds, "workbook", [&[number], part.as_slice()].concat());
    }
}

/// A workbook with one sheet: the headings, and the example of each column.
pub fn sheet(name: &str, columns: &[BulkColumn]) -> Vec<u8> {
    let mut book = XlsxBook::new("t");
    book.sheet(name);
    book.heading(columns.iter().map(|column| column.name)).expect("a row");
    book.row(columns.iter().map(|column| XlsxCell::Text(column.example))).expect("a row");
    book.finish().expect("written")
}

/// Japan's report of a year, and the workbook of its partner that agrees with it.
pub fn reports() -> (AefSubmission, Vec<u8>) {
    let mut world = World::stocked();
    let authorities = ["authority-1", "authority-2"];
    world.accepted(Body::AdoptArticle6(article6()), &authorities);
    for (id, side, who) in
        [("JP-1", Side::Japan, &authorities[..]), ("MN-1", Side::Partner, &["mongolia"])]
    {
        let authorisation = authorised(id, side, ANY);
        world.accepted(Body::RecordAuthorisation { authorisation, details: Some(details(1)) }, who);
    }
    let mut body = issuance("MN001", 2024, 500, 100);
    body.decision.date = date("2025-06-01");
    let (project, decision) = (body.project.clone(), body.decision.clone());
    let consent = world.accepted(Body::ConsentIssuance { project, decision }, &["mongolia"]);
    let body = RecordIssuance {
        basis: Basis::Consent(consent),
        authorisations: Some((name("JP-1"), name("MN-1"))),
        ..body
    };
    world.accepted(Body::RecordIssuance(body), &["op-1", "op-2"]);
    let of = world.state().last_time().expect("entries").date_in_japan().year();
    let day = date(&format!("{}-04-15", of.get() + 1));
    let request = Request { year: of, date: day, version: SubmissionVersion::FIRST };
    let ours = AefSubmission::from_entries(&world.entries(), &request).expect("a submission");
    let mut theirs = ours.clone();
    theirs.submission.party = Party::from(mongolia());
    theirs.actions.retain(|row| row.action == ActionType::Acquisition);
    theirs.holdings.clear();
    for row in &mut theirs.actions {
        row.action = ActionType::FirstTransfer;
        row.subtype = Some(ActionSubtype::ToAnotherParty);
        (row.transferring, row.acquiring) = (None, Some(Party::JAPAN));
    }
    let workbook = theirs.to_xlsx(&theirs.settings()).expect("a workbook");
    (ours, workbook)
}

/// The parts of a workbook, unpacked.
pub fn parts(workbook: &[u8]) -> Vec<Vec<u8>> {
    unpacked(workbook).into_iter().map(|(_, content)| content).collect()
}

fn unpacked(workbook: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).expect("an archive");
    let count = archive.len();
    let part = |index| {
        let mut entry = archive.by_index(index).expect("a part");
        let name = entry.name().expect("a name").into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("unpacked");
        (name, content)
    };
    (0..count).map(part).collect()
}

/// A workbook with one part replaced: a changed byte of an archive would be found by its
/// checksum, and nothing behind that would ever be tried.
pub fn with_part(workbook: &[u8], index: usize, content: &[u8]) -> Vec<u8> {
    let parts = unpacked(workbook);
    let index = index % parts.len();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (at, (name, own)) in parts.iter().enumerate() {
        writer.start_file(name.as_str(), options).expect("a part");
        writer.write_all(if at == index { content } else { own }).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

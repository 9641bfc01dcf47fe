//! The Python decoder, written from the specification, and the Rust one read
//! the same values from the same bytes, and refuse the same bytes.

use jcm_format::amount::Yen;
use jcm_format::command::{ImportedPayment, LineKey};
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::{CommandSignature, SignedCommand};
use jcm_format::event::{Effect, Event};
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::{Digest, to_hex};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::SecretKey;
use jcm_format::limits::IMPORT_LINES_MAX;
use jcm_format::pb;
use jcm_format::time::{Date, Timestamp};
use jcm_format::tlog::{Checkpoint, Frontier, Origin, leaf_hash};
use jcm_tests::values::{EFFECT_COUNT, Values, effect_number};
use jcm_tests::world::{NOW_MS, World};
use jcm_tests::{PythonError, PythonLog, python_decoder, python_entries, python_faults};
use prost::Message as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const ORIGIN: &str = "registry.test/jcm";

fn origin() -> Origin {
    ORIGIN.parse().expect("an origin")
}

fn log_key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

/// One body of each kind, and its name.
fn bodies() -> Vec<(&'static str, pb::command::Body)> {
    use pb::command::Body;
    vec![
        ("Genesis", Body::Genesis(pb::Genesis::default())),
        ("RegisterKey", Body::RegisterKey(pb::RegisterKey::default())),
        ("RevokeKey", Body::RevokeKey(pb::RevokeKey::default())),
        ("AppointOperator", Body::AppointOperator(pb::AppointOperator::default())),
        ("RemoveOperator", Body::RemoveOperator(pb::RemoveOperator::default())),
        ("RecordPayment", Body::RecordPayment(pb::RecordPayment::default())),
        ("ApplyPayment", Body::ApplyPayment(pb::ApplyPayment::default())),
        ("ApplyAccount", Body::ApplyAccount(pb::ApplyAccount::default())),
        ("OpenAccount", Body::OpenAccount(pb::OpenAccount::default())),
        ("RegisterProject", Body::RegisterProject(pb::RegisterProject::default())),
        ("RecordAuthorisation", Body::RecordAuthorisation(pb::RecordAuthorisation::default())),
        ("ConsentIssuance", Body::ConsentIssuance(pb::ConsentIssuance::default())),
        ("RecordIssuance", Body::RecordIssuance(pb::RecordIssuance::default())),
        ("ApplyTransfer", Body::ApplyTransfer(pb::ApplyTransfer::default())),
        ("RecordTransfer", Body::RecordTransfer(pb::RecordTransfer::default())),
        ("WithdrawApplication", Body::WithdrawApplication(pb::WithdrawApplication::default())),
        ("RequestCertificate", Body::RequestCertificate(pb::RequestCertificate::default())),
        ("IssueCertificate", Body::IssueCertificate(pb::IssueCertificate { application: 3 })),
        ("AdoptRules", Body::AdoptRules(pb::AdoptRules::default())),
        ("AdoptCalendar", Body::AdoptCalendar(pb::AdoptCalendar::default())),
        (
            "OpenGovernmentAccount",
            Body::OpenGovernmentAccount(pb::OpenGovernmentAccount::default()),
        ),
        ("RegisterProponent", Body::RegisterProponent(pb::RegisterProponent::default())),
        (
            "ApplyIndividualAccount",
            Body::ApplyIndividualAccount(pb::ApplyIndividualAccount::default()),
        ),
        ("NotifyChange", Body::NotifyChange(pb::NotifyChange::default())),
        ("ApplyClosing", Body::ApplyClosing(pb::ApplyClosing::default())),
        ("RecordApplication", Body::RecordApplication(pb::RecordApplication::default())),
        ("RequestCompletion", Body::RequestCompletion(pb::RequestCompletion::default())),
        ("CompleteApplication", Body::CompleteApplication(pb::CompleteApplication::default())),
        ("RefuseApplication", Body::RefuseApplication(pb::RefuseApplication::default())),
        ("LapseApplication", Body::LapseApplication(pb::LapseApplication::default())),
        ("SubmitPaymentProof", Body::SubmitPaymentProof(pb::SubmitPaymentProof::default())),
        ("ImportStatement", Body::ImportStatement(pb::ImportStatement::default())),
        ("ApplyPayments", Body::ApplyPayments(pb::ApplyPayments::default())),
        ("Refund", Body::Refund(pb::Refund::default())),
        ("RecordRestriction", Body::RecordRestriction(pb::RecordRestriction::default())),
        ("ReleaseRestriction", Body::ReleaseRestriction(pb::ReleaseRestriction::default())),
        ("ApplyTrust", Body::ApplyTrust(pb::ApplyTrust::default())),
        ("RecordCommission", Body::RecordCommission(pb::RecordCommission::default())),
        ("RecordCorrection", Body::RecordCorrection(pb::RecordCorrection::default())),
        ("SetAcceptance", Body::SetAcceptance(pb::SetAcceptance::default())),
        ("AcceptTransfer", Body::AcceptTransfer(pb::AcceptTransfer::default())),
        ("CloseBooks", Body::CloseBooks(pb::CloseBooks::default())),
        ("EraseData", Body::EraseData(pb::EraseData::default())),
        ("AdoptSafeguards", Body::AdoptSafeguards(pb::AdoptSafeguards::default())),
        ("SetMandate", Body::SetMandate(pb::SetMandate::default())),
        ("TrustAccount", Body::TrustAccount(pb::TrustAccount::default())),
        ("DistrustAccount", Body::DistrustAccount(pb::DistrustAccount::default())),
        ("FreezeAccount", Body::FreezeAccount(pb::FreezeAccount::default())),
        ("UnfreezeAccount", Body::UnfreezeAccount(pb::UnfreezeAccount::default())),
        ("RequestRecovery", Body::RequestRecovery(pb::RequestRecovery::default())),
        ("CancelRecovery", Body::CancelRecovery(pb::CancelRecovery::default())),
        ("CompleteRecovery", Body::CompleteRecovery(pb::CompleteRecovery::default())),
        ("AdoptArticle6", Body::AdoptArticle6(pb::AdoptArticle6::default())),
        ("ChangeAuthorisation", Body::ChangeAuthorisation(pb::ChangeAuthorisation::default())),
        ("RevokeAuthorisation", Body::RevokeAuthorisation(pb::RevokeAuthorisation::default())),
        ("ConfirmAdjustment", Body::ConfirmAdjustment(pb::ConfirmAdjustment::default())),
        ("WithdrawConfirmation", Body::WithdrawConfirmation(pb::WithdrawConfirmation::default())),
        ("ApplyTransfers", Body::ApplyTransfers(pb::ApplyTransfers::default())),
        ("RecordIssuances", Body::RecordIssuances(pb::RecordIssuances::default())),
    ]
}

/// A command as far as the Python decoder reads it, and what it must read.
fn command(values: &mut Values, position: usize) -> (SignedCommand, Value) {
    let bodies = bodies();
    let (name, body) = bodies[position % bodies.len()].clone();
    let effect = values.digest();
    let pinned = values.one_of(&[true, false]);
    let message = pb::Command {
        registry: ORIGIN.to_owned(),
        command_id: values.bytes::<16>().to_vec(),
        valid_until_ms: NOW_MS + values.below(1 << 40),
        effect_digest: if pinned { effect.as_bytes().to_vec() } else { Vec::new() },
        body: Some(body),
    };
    let until = Timestamp::from_ms(message.valid_until_ms).expect("before the year 10000");
    let header = json!({
        "registry": ORIGIN,
        "id": to_hex(&message.command_id),
        "valid_until": until.to_string(),
        "effect_digest": pinned.then(|| effect.to_string()),
        "body": name,
    });
    let signature = |values: &mut Values| CommandSignature {
        key: values.public_key(),
        signature: values.signature(),
    };
    let signatures = (0..1 + values.index(8)).map(|_| signature(values)).collect();
    (SignedCommand { payload: message.encode_to_vec(), signatures }, header)
}

/// Entries that follow each other, and the headers of their commands.
struct Chain {
    entries: Vec<SealedEntry>,
    headers: Vec<Value>,
    values: Values,
}

impl Chain {
    fn from_seed(seed: u64) -> Chain {
        let mut chain =
            Chain { entries: Vec::new(), headers: Vec::new(), values: Values::from_seed(seed) };
        let genesis = Effect::RegistryCreated { origin: origin(), log_key: log_key().public_key() };
        chain.push(vec![genesis]);
        chain
    }

    /// What the next entry would be.
    fn next(&mut self, effects: Vec<Effect>) -> (Entry, Value) {
        let index = self.entries.len();
        let (command, header) = command(&mut self.values, index);
        let step = self.values.below(100_000);
        let time = self.entries.last().map_or(Timestamp::from_ms(NOW_MS), |last| {
            Some(last.entry().time.saturating_add_ms(step))
        });
        let entry = Entry {
            version: FormatVersion::V1,
            index: EntryIndex::new(index as u64),
            prev: self.entries.last().map_or(Digest::ZERO, SealedEntry::leaf),
            time: time.expect("in range"),
            rule_set: if index == 0 { 0 } else { 1 + self.values.below(300) as u32 },
            command,
            event: Event(effects),
        };
        (entry, header)
    }

    fn push(&mut self, effects: Vec<Effect>) {
        let (entry, header) = self.next(effects);
        self.entries.push(SealedEntry::seal(entry).expect("within the limit"));
        self.headers.push(header);
    }

    fn bytes(&self) -> Vec<Vec<u8>> {
        self.entries.iter().map(|entry| entry.bytes().to_vec()).collect()
    }
}

/// One effect of every variant, many times over with other values.
fn full_chain() -> Chain {
    let mut chain = Chain::from_seed(2026);
    chain.push(Vec::new());
    for round in 0..40 {
        for number in 0..EFFECT_COUNT {
            let mut effects = vec![chain.values.effect(number)];
            for _ in 0..round % 3 {
                let other = chain.values.below(EFFECT_COUNT.into()) as u32;
                effects.push(chain.values.effect(other));
            }
            chain.push(effects);
        }
    }
    chain
}

/// The frames of these bytes as entries, whatever they are, in batches of these
/// sizes, the last of which takes the rest.
fn frames(entries: &[Vec<u8>], sizes: &[usize]) -> Vec<Frame> {
    let mut frontier = Frontier::new();
    let (mut frames, mut rest, mut sizes) = (Vec::new(), entries, sizes.iter());
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(256).min(rest.len());
        let (batch, tail) = rest.split_at(size);
        let first = frontier.len();
        batch.iter().for_each(|entry| frontier.push(leaf_hash(entry)));
        let head = Checkpoint { origin: origin(), size: frontier.len(), root: frontier.root() };
        let checkpoint = head.sign(&log_key());
        frames.push(Frame { first, entries: batch.to_vec(), checkpoint });
        rest = tail;
    }
    frames
}

fn file(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for frame in frames {
        bytes.extend(frame.encode().expect("within the limits"));
    }
    bytes
}

fn read(bytes: &[u8]) -> Result<PythonLog, PythonError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.jcmlog");
    fs::write(&path, bytes).expect("written");
    python_decoder(&path)
}

/// Has every file read by one run of the decoder.
fn faults(files: impl IntoIterator<Item = Vec<u8>>) -> Vec<Option<Value>> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths: Vec<PathBuf> = Vec::new();
    for (i, bytes) in files.into_iter().enumerate() {
        paths.push(folder.path().join(i.to_string()));
        fs::write(&paths[i], bytes).expect("written");
    }
    python_faults(&paths).expect("the decoder runs")
}

fn judged(entries: &[Vec<u8>]) -> Vec<Option<Value>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("entries");
    let lines: String = entries.iter().map(|entry| to_hex(entry) + "\n").collect();
    fs::write(&path, lines).expect("written");
    python_entries(&path).expect("the decoder runs")
}

#[test]
fn both_decoders_read_the_same_values() {
    let chain = full_chain();
    assert!(chain.entries.len() > 500);
    let frames = frames(&chain.bytes(), &[1, 2, 7, 256, 1, 30]);
    let log = read(&file(&frames)).expect("a good log");
    assert_eq!(log.entries.len(), chain.entries.len());
    for (i, (sealed, python)) in chain.entries.iter().zip(&log.entries).enumerate() {
        let ours = serde_json::to_value(sealed.entry()).expect("JSON");
        assert_eq!(python.entry, ours, "entry {i}");
        assert_eq!(python.leaf, sealed.leaf().to_string(), "entry {i}");
        assert_eq!(python.command, chain.headers[i], "entry {i}");
        assert_eq!(SealedEntry::open(sealed.bytes().to_vec()).as_ref(), Ok(sealed), "entry {i}");
    }
    let mut tree = Frontier::new();
    chain.entries.iter().for_each(|entry| tree.push(entry.leaf()));
    assert_eq!(log.summary["root"], tree.root().to_string());
    assert_eq!(log.summary["frames"], frames.len());
    assert_eq!(log.summary["origin"], ORIGIN);
}

/// Without this, a variant that the generator forgets would be compared nowhere.
#[test]
fn every_variant_of_every_enumeration_was_compared() {
    let chain = full_chain();
    let effects = || chain.entries.iter().flat_map(|entry| &entry.entry().event.0);
    let numbers: BTreeSet<u32> = effects().map(effect_number).collect();
    assert_eq!(numbers, (0..EFFECT_COUNT).collect());
    let mut held = BTreeSet::new();
    for effect in effects() {
        let bytes = jcm_format::codec::encode(effect).expect("short");
        assert_eq!(u32::from(bytes[0]), effect_number(effect), "{effect:?}");
        walk("", &serde_json::to_value(effect).expect("JSON"), &mut held);
    }
    for expected in [
        "role: authority operator partner account auditor representative",
        "person: corporation foreign_corporation individual",
        "basis: consent carried_over",
        "fee: due waived not_chargeable not_an_application",
        "side: japan partner",
        "first_transfer: authorisation issuance use_or_cancellation",
        "purpose: retirement cancellation other",
        "kind: ndc shk gx_ets voluntary international_mitigation other",
        "category: government_holding retirement cancellation entity",
        "class: A B1 B2 C",
        "gratuitous: true false",
        "ndc: true false",
        "imp: true false",
        "op: true false",
        "use_: null kind",
        "payer: null",
        "name_ja: null",
        "head_office_ja: null",
        "reporting_year: null 2026",
        "beneficiary: null",
        "public_input_date: null 2024-02-29",
        "ground: restriction evident_error irregularity violation falsehood procedure court_order",
        "ground: unpaid incomplete",
        "source: payment application",
        "trust: record delete change_trustee",
        "request: record delete amend",
        "acceptance: anybody listed consent",
        "transferee_acceptance: true false",
        "beneficiary_certificates: true false",
        "without_beneficiaries: true false",
        "public_interest: true false",
        "by_new_trustee: true false",
        "trustee_dismissed: true false",
        "invoice: null name",
        "registration_number: null",
        "holder: null name_en",
        "particulars: null",
        "ranges: null",
        "subrogation: null",
        "commission: null court",
        "third_party_consent: null",
        "payers: null",
        "account: null",
        "power: full initiate approve read",
        "control: single dual",
        "per_transfer_tonnes: null",
        "per_day_tonnes: null",
        "per_untrusted_tonnes: null",
        "central_untrusted_tonnes: null",
        "delays: true false",
        "pinned: true false",
    ] {
        let (field, variants) = expected.split_once(": ").expect("a field");
        for variant in variants.split(' ') {
            assert!(held.contains(&format!("{field}: {variant}")), "{field}: {variant}");
        }
    }
}

/// Notes `field: value` for every plain value and `field: name` for every name
/// in an object.
fn walk(field: &str, value: &Value, held: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                held.insert(format!("{field}: {name}"));
                walk(name, member, held);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(field, item, held)),
        Value::String(text) => {
            held.insert(format!("{field}: {text}"));
        }
        plain => {
            held.insert(format!("{field}: {plain}"));
        }
    }
}

#[test]
fn both_decoders_accept_and_refuse_the_same_bytes() {
    let mut chain = full_chain();
    let small: Vec<Vec<u8>> = chain.bytes().into_iter().filter(|b| b.len() < 1_200).collect();
    let mut mutants = Vec::new();
    for (i, entry) in small.iter().enumerate().skip(1) {
        // The event comes last; the command is mostly bytes that mean nothing here.
        let event = entry.len() - chain.values.index(entry.len().min(200)) - 1;
        let at = if i % 4 == 0 { chain.values.index(entry.len()) } else { event };
        for change in 0..7 {
            let mut mutant = entry.clone();
            let edge = chain.values.one_of(&[0, 1, 2, 0x7f, 250, 251, 252, 253, 254, 255]);
            match change {
                0 => mutant[at] ^= 1 << chain.values.below(8),
                1 => mutant[at] = edge,
                2 => mutant[at] = mutant[at].wrapping_add(1),
                3 => drop(mutant.remove(at)),
                4 => mutant.insert(at, edge),
                5 => mutant.truncate(at),
                // A number that fits one byte, in three.
                _ => drop(mutant.splice(at..=at, [0xfb, entry[at], 0])),
            }
            mutants.push(mutant);
        }
    }
    let (mut accepted, mut refused) = (0, 0);
    for (mutant, python) in mutants.iter().zip(judged(&mutants)) {
        let ours = SealedEntry::open(mutant.clone()).ok();
        let ours = ours.map(|sealed| serde_json::to_value(sealed.entry()).expect("JSON"));
        if ours.is_some() {
            accepted += 1
        } else {
            refused += 1
        }
        assert_eq!(python, ours, "{}", to_hex(mutant));
    }
    assert!(accepted > 200 && refused > 1_000, "{accepted} accepted, {refused} refused");
}

/// Entry 1 of a log of two, with `effects`, and what `change` makes of its bytes.
fn with_last(effects: Vec<Effect>, change: impl Fn(&mut Vec<u8>)) -> Vec<Vec<u8>> {
    let mut chain = Chain::from_seed(7);
    chain.push(effects);
    let mut entries = chain.bytes();
    change(&mut entries[1]);
    entries
}

#[test]
fn each_way_to_break_the_encoding_is_refused_by_both() {
    let opened = || {
        let mut values = Values::from_seed(1);
        values.effect(11)
    };
    let replaced = |from: &[u8], to: &[u8]| {
        let (from, to) = (from.to_vec(), to.to_vec());
        move |entry: &mut Vec<u8>| {
            let at = entry.len() - from.len();
            assert_eq!(entry[at..], from, "the end of the entry");
            entry.splice(at.., to.iter().copied());
        }
    };
    let range = Effect::FirstTransferred {
        range: "7:3-9".parse().expect("a range"),
        japan: EntryIndex::new(1),
        partner: EntryIndex::new(2),
    };
    let unit = Effect::TransferRecorded { application: Some(EntryIndex::new(5)) };
    type Change = Box<dyn Fn(&mut Vec<u8>)>;
    let cases: Vec<(&str, Effect, Change)> = vec![
        ("a trailing byte", opened(), Box::new(|entry| entry.push(0))),
        ("a missing byte", opened(), Box::new(|entry| entry.truncate(entry.len() - 1))),
        ("another version", opened(), Box::new(|entry| entry[0] = 2)),
        ("a long varint", unit.clone(), Box::new(replaced(&[5], &[0xfb, 5, 0]))),
        ("a longer varint", unit.clone(), Box::new(replaced(&[5], &[0xfc, 5, 0, 0, 0]))),
        ("the longest", unit.clone(), Box::new(replaced(&[5], &[0xfd, 5, 0, 0, 0, 0, 0, 0, 0]))),
        ("a reserved mark", unit.clone(), Box::new(replaced(&[5], &[0xff]))),
        ("128 bits", unit.clone(), Box::new(replaced(&[5], &[[0xfe; 17]].concat()))),
        ("an option of 2", unit.clone(), Box::new(replaced(&[1, 5], &[2, 5]))),
        ("an unknown effect", unit, Box::new(replaced(&[19, 1, 5], &[65, 1, 5]))),
        ("a reversed range", range.clone(), Box::new(replaced(&[7, 3, 9, 1, 2], &[7, 9, 3, 1, 2]))),
        ("a range from 0", range.clone(), Box::new(replaced(&[7, 3, 9, 1, 2], &[7, 0, 9, 1, 2]))),
        ("block 0", range, Box::new(replaced(&[7, 3, 9, 1, 2], &[0, 3, 9, 1, 2]))),
    ];
    let broken: Vec<Vec<Vec<u8>>> =
        cases.iter().map(|(_, effect, change)| with_last(vec![effect.clone()], change)).collect();
    for ((what, effect, _), entries) in cases.iter().zip(&broken) {
        assert!(SealedEntry::open(entries[1].clone()).is_err(), "{what}");
        let good = with_last(vec![effect.clone()], |_| ());
        assert!(SealedEntry::open(good[1].clone()).is_ok(), "{what}");
    }
    let alone: Vec<Vec<u8>> = broken.iter().map(|entries| entries[1].clone()).collect();
    assert_eq!(judged(&alone), vec![None; cases.len()]);
    // As part of a log whose chain, tree and checkpoint are right for the bytes.
    let faults = faults(broken.iter().map(|entries| file(&frames(entries, &[]))));
    for ((what, ..), fault) in cases.iter().zip(faults) {
        assert_eq!(fault.map(|fault| fault["entry"].clone()), Some(json!(1)), "{what}");
    }
}

/// Templates have a rule of their own, and each decoder its own program for it.
#[test]
fn both_decoders_take_the_same_templates() {
    let pieces = [
        "{project}",
        "{country}",
        "{vintage}",
        "{block}",
        "{unit}",
        "{unit:9}",
        "{block:15}",
        "{vintage:16}",
        "{unit:0}",
        "{project:1}",
        "{",
        "}",
        "{unit",
        "-",
        "X",
        "9",
        "./_:",
        " ",
        "é",
        "-{block}-{unit}",
        "{unit}.{block:1}",
        ".................................",
    ];
    let mut values = Values::from_seed(11);
    let mut templates: Vec<String> = pieces.map(str::to_owned).into();
    templates.push(String::new());
    for _ in 0..3_000 {
        let count = 1 + values.index(6);
        templates.push((0..count).map(|_| values.one_of(&pieces)).collect());
    }
    let known = "{block}:{unit}";
    let rules = loop {
        match values.effect(23) {
            Effect::RulesAdopted { rules } if rules.identification.as_str() == known => {
                break Effect::RulesAdopted { rules };
            }
            _ => (),
        }
    };
    let good = with_last(vec![rules], |_| ()).swap_remove(1);
    let at = good.windows(known.len()).position(|part| part == known.as_bytes()).expect("once");
    let entries: Vec<Vec<u8>> = templates
        .iter()
        .map(|template| {
            let length = u8::try_from(template.len()).expect("short");
            assert!(length < 251);
            let (before, after) = (&good[..at - 1], &good[at + known.len()..]);
            [before, &[length], template.as_bytes(), after].concat()
        })
        .collect();
    let mut accepted = 0;
    for ((template, entry), python) in templates.iter().zip(&entries).zip(judged(&entries)) {
        let ours = SealedEntry::open(entry.clone()).is_ok();
        assert_eq!(python.is_some(), ours, "{template}");
        accepted += usize::from(ours);
    }
    assert!((50..2_000).contains(&accepted), "{accepted}");
}

#[test]
fn no_flipped_byte_of_a_file_is_accepted() {
    let mut chain = Chain::from_seed(3);
    for number in [4, 17, 20] {
        let effect = chain.values.effect(number);
        chain.push(vec![effect]);
    }
    let good = file(&frames(&chain.bytes(), &[1, 2]));
    let flipped = (0..good.len()).map(|position| {
        let mut bytes = good.clone();
        bytes[position] ^= 1 << (position % 8);
        bytes
    });
    assert!(faults([good.clone()])[0].is_none());
    for (position, fault) in faults(flipped).iter().enumerate() {
        assert!(fault.is_some(), "byte {position}");
    }
    let cut = (0..good.len()).step_by(13).map(|length| good[..length].to_vec());
    let frame_ends: Vec<usize> =
        (0..3).map(|n| file(&frames(&chain.bytes(), &[1, 2])[..n]).len()).collect();
    for (step, fault) in faults(cut).iter().enumerate() {
        assert!(fault.is_some() || frame_ends[1..].contains(&(step * 13)), "{step}");
    }
}

/// Whoever can write the file can make the checks of the frames right again;
/// the chain and the tree still tell.
#[test]
fn no_flipped_byte_of_an_entry_is_accepted_in_a_sound_frame() {
    let mut chain = Chain::from_seed(4);
    let effect = chain.values.effect(18);
    chain.push(vec![effect]);
    let good = frames(&chain.bytes(), &[1]);
    let mut files = Vec::new();
    for (number, frame) in good.iter().enumerate() {
        for position in 0..frame.entries[0].len() {
            let mut frames = good.clone();
            frames[number].entries[0][position] ^= 1 << (position % 8);
            files.push(file(&frames));
        }
    }
    let count = files.len();
    assert_eq!(faults(files).iter().filter(|fault| fault.is_some()).count(), count);
}

#[test]
fn each_way_to_break_the_log_is_found_where_it_is() {
    let mut chain = Chain::from_seed(5);
    chain.push(vec![]);
    let (next, _) = chain.next(vec![]);
    let entry = |change: &dyn Fn(&mut Entry)| {
        let mut entry = next.clone();
        change(&mut entry);
        let sealed = SealedEntry::seal(entry).expect("short");
        frames(&[chain.bytes(), vec![sealed.bytes().to_vec()]].concat(), &[1])
    };
    let note = |change: &dyn Fn(&mut Checkpoint), key: &SecretKey| {
        let mut frames = entry(&|_| ());
        let mut frontier = Frontier::new();
        frames.iter().flat_map(|f| &f.entries).for_each(|e| frontier.push(leaf_hash(e)));
        let mut head = Checkpoint { origin: origin(), size: 3, root: frontier.root() };
        change(&mut head);
        frames[1].checkpoint = head.sign(key);
        frames
    };
    let payload = |change: &dyn Fn(&mut pb::Command)| {
        entry(&|e| {
            let mut message = pb::Command::decode(&*e.command.payload).expect("a command");
            change(&mut message);
            e.command.payload = message.encode_to_vec();
        })
    };
    let signer = next.command.signatures[0];
    let cases: Vec<(&str, Vec<Frame>)> = vec![
        ("another index", entry(&|e| e.index = EntryIndex::new(3))),
        ("name the hash", entry(&|e| e.prev = Digest::ZERO)),
        ("older", entry(&|e| e.time = Timestamp::from_ms(NOW_MS - 1).expect("in range"))),
        ("rule set 0", entry(&|e| e.rule_set = 0)),
        ("1 to 8 signatures", entry(&|e| e.command.signatures.clear())),
        ("1 to 8 signatures", entry(&|e| e.command.signatures = vec![signer; 9])),
        ("signed a command twice", entry(&|e| e.command.signatures = vec![signer; 2])),
        ("32,768", entry(&|e| e.command.payload = vec![0; 32_769])),
        ("another registry", payload(&|m| m.registry = "other.test/jcm".to_owned())),
        ("not an origin", payload(&|m| m.registry = "a b".to_owned())),
        ("names no registry", payload(&|m| m.registry.clear())),
        ("id does not have 16", payload(&|m| m.command_id.truncate(15))),
        ("validity", payload(&|m| m.valid_until_ms = 0)),
        ("validity", payload(&|m| m.valid_until_ms = u64::MAX)),
        ("effect digest", payload(&|m| m.effect_digest = vec![1; 31])),
        ("exactly one body", payload(&|m| m.body = None)),
        ("unknown field", entry(&|e| e.command.payload.extend([0xa2, 6, 0]))),
        ("not ascending", entry(&|e| e.command.payload.extend([0x0a, 1, b'a']))),
        ("another type", entry(&|e| e.command.payload = vec![0x08, 1])),
        (
            "of another log",
            note(&|h| h.origin = "other.test/jcm".parse().expect("one"), &log_key()),
        ),
        ("another size", note(&|h| h.size = 2, &log_key())),
        ("another root", note(&|h| h.root = Digest::ZERO, &log_key())),
        ("by the log's key", note(&|_| (), &SecretKey::from_seed(&[2; 32]))),
    ];
    assert!(read(&file(&note(&|_| (), &log_key()))).is_ok());
    let faults = faults(cases.iter().map(|(_, frames)| file(frames)));
    for ((expected, _), fault) in cases.iter().zip(faults) {
        let fault = fault.unwrap_or_else(|| panic!("accepted: {expected}"));
        let what = fault["what"].as_str().expect("a text");
        assert!(what.contains(expected), "{what:?} for {expected:?}");
        assert_eq!(fault["entry"], 2, "{expected}");
    }
}

#[test]
fn a_folder_of_segments_is_one_log() {
    let mut chain = Chain::from_seed(6);
    (0..9).for_each(|_| chain.push(vec![]));
    let frames = frames(&chain.bytes(), &[2, 3, 1]);
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, frames: &[Frame]| {
        fs::write(folder.path().join(name), file(frames)).expect("written");
    };
    put("00000000000000000000.seg", &frames[..2]);
    put("00000000000000000005.seg", &frames[2..]);
    fs::write(folder.path().join("head"), "not a segment").expect("written");
    let log = python_decoder(folder.path()).expect("a good log");
    assert_eq!(log.entries.len(), 10);
    let missing = |name: &str| {
        fs::remove_file(folder.path().join(name)).expect("removed");
        match python_decoder(folder.path()) {
            Err(PythonError::Fault(fault)) => fault["what"].as_str().unwrap_or_default().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert!(missing("00000000000000000000.seg").contains("segment is missing"));
    assert!(missing("00000000000000000005.seg").contains("no segment"));
}

/// What the ledger itself recorded, not only what a generator made up.
#[test]
fn a_registry_s_own_log_is_read_alike() {
    let world = World::stocked();
    let frames = world.log.frames();
    let recorded: Vec<&Vec<u8>> = frames.iter().flat_map(|frame| &frame.entries).collect();
    let log = read(&file(&frames)).expect("a good log");
    assert_eq!(log.entries.len(), recorded.len());
    for (bytes, python) in recorded.into_iter().zip(&log.entries) {
        let sealed = SealedEntry::open(bytes.clone()).expect("canonical");
        let ours = serde_json::to_value(sealed.entry()).expect("JSON");
        assert_eq!((&python.entry, &python.leaf), (&ours, &sealed.leaf().to_string()));
    }
}

/// As many credits as a statement may have, with the largest numbers.
#[test]
fn the_longest_statement_is_read_back() {
    let mut chain = Chain::from_seed(9);
    let credit = |number: usize| ImportedPayment {
        key: LineKey::from_bytes(std::array::from_fn(|i| (number >> (8 * (i % 2))) as u8)),
        amount_yen: Yen::MAX,
        value_date: Date::LAST,
        account: AccountNumber::new(AccountNumber::MAX),
    };
    let (entry, _) = chain.next(vec![Effect::StatementImported {
        statement: Digest::ZERO,
        payers: Some(Digest::ZERO),
        payments: (0..IMPORT_LINES_MAX).map(credit).collect(),
    }]);
    let sealed = SealedEntry::seal(entry).expect("within the limit");
    let judged = judged(&[sealed.bytes().to_vec()]).swap_remove(0).expect("accepted");
    assert_eq!(judged, serde_json::to_value(sealed.entry()).expect("JSON"));
}

/// A retirement of the most ranges that a transfer may name, none of them first
/// transferred before: the longest event there is. A limit that counted memory
/// instead of bytes once made such an entry unreadable after it was recorded.
#[test]
fn the_longest_event_is_read_back() {
    let mut chain = Chain::from_seed(8);
    let mut effects = vec![chain.values.effect(18), Effect::TransferRecorded { application: None }];
    effects.extend((0..256).map(|_| chain.values.effect(17)));
    effects.extend((0..256).map(|_| chain.values.effect(20)));
    let (entry, _) = chain.next(effects);
    let sealed = SealedEntry::seal(entry).expect("within the limit");
    assert!(judged(&[sealed.bytes().to_vec()])[0].is_some());
    assert_eq!(SealedEntry::open(sealed.bytes().to_vec()).as_ref(), Ok(&sealed));
}

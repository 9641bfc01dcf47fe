//! What the specification quotes from the code is what the code says.
//! `UPDATE_DOCS=1 cargo test -p jcm-tests --test docs` writes it anew.

use jcm_format::caller::{Call, CallerProof, Nonce};
use jcm_format::codec;
use jcm_format::command::{
    Body, Command, FieldError, FieldRule, PaymentId, Power, Purpose, Representative, Role,
    TransferTerms, Use, UseKind,
};
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::{
    CommandSignature, EnvelopeError, SignedCommand, pae, possession_challenge,
};
use jcm_format::event::{Effect, Event, Fee};
use jcm_format::hash::{Digest, to_hex};
use jcm_format::id::{AccountNumber, CommandId, Country, EntryIndex};
use jcm_format::key::{PublicKey, SecretKey, UnsuitableKey};
use jcm_format::serial::SerialRanges;
use jcm_format::text::Name;
use jcm_format::time::{Date, Timestamp, Year};
use jcm_format::tlog::{KeyType, Origin, VerifierKey};
use jcm_ledger::{Category, Reason, law};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn page(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "docs", "spec", name].iter().collect()
}

/// Compares what stands between the marks of `block` with `content`.
fn holds(name: &str, block: &str, content: &str) {
    let text = std::fs::read_to_string(page(name)).expect("the page");
    let start = format!("<!-- generated: {block} -->\n");
    let (before, rest) = text.split_once(&start).expect("the mark before");
    let (current, after) = rest.split_once("<!-- end -->").expect("the mark after");
    let content = format!("\n{}\n\n", content.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = format!("{before}{start}{content}<!-- end -->{after}");
        std::fs::write(page(name), text).expect("written");
    } else {
        assert_eq!(current, content, "{name} is stale: run with UPDATE_DOCS=1");
    }
}

fn table(head: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let columns = head.matches('|').count() - 1;
    let mut text = format!("{head}\n| --: |{}\n", " --- |".repeat(columns - 1));
    for row in rows {
        assert_eq!(row.len(), columns);
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(text, "| {} |", cells.join(" | ")).expect("room");
    }
    text.replace("|  |", "| |")
}

const fn envelope_status(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::PayloadTooLong
        | EnvelopeError::SignatureCount
        | EnvelopeError::SignerRepeated(_)
        | EnvelopeError::PayloadMalformed
        | EnvelopeError::PayloadNotCanonical
        | EnvelopeError::Field(_) => "INVALID_ARGUMENT",
        EnvelopeError::UnsuitableKey(..) | EnvelopeError::BadSignature(_) => "UNAUTHENTICATED",
    }
}

const fn status(category: Category) -> &'static str {
    match category {
        Category::Unauthenticated => "UNAUTHENTICATED",
        Category::PermissionDenied => "PERMISSION_DENIED",
        Category::NotFound => "NOT_FOUND",
        Category::AlreadyExists => "ALREADY_EXISTS",
        Category::FailedPrecondition => "FAILED_PRECONDITION",
        Category::InvalidArgument => "INVALID_ARGUMENT",
        Category::Aborted => "ABORTED",
    }
}

#[test]
fn the_page_of_rejections_lists_every_number() {
    let key = PublicKey::from_bytes([7; 32]);
    let field = FieldError::new("", FieldRule::Missing);
    let errors = [
        EnvelopeError::PayloadTooLong,
        EnvelopeError::SignatureCount,
        EnvelopeError::SignerRepeated(key),
        EnvelopeError::UnsuitableKey(key, UnsuitableKey::Weak),
        EnvelopeError::BadSignature(key),
        EnvelopeError::PayloadMalformed,
        EnvelopeError::PayloadNotCanonical,
        EnvelopeError::Field(field),
    ];
    let rows = errors.iter().map(|error| match error {
        EnvelopeError::Field(_) => {
            let last = FieldRule::ALL.last().expect("rules").number();
            let numbers = format!("111 to {last}");
            let cells = [numbers.as_str(), "", envelope_status(error), "as below"];
            cells.map(str::to_owned).to_vec()
        }
        _ => {
            let number = error.number().to_string();
            let english = error.to_string().replace(&key.to_string(), "`<key>`");
            vec![number, error.reason().to_owned(), envelope_status(error).to_owned(), english]
        }
    });
    holds("rejections.md", "envelope", &table("| number | reason | status | text |", rows));

    let rows = FieldRule::ALL.iter().map(|rule| {
        vec![rule.number().to_string(), rule.reason().to_owned(), rule.english().to_owned()]
    });
    holds("rejections.md", "fields", &table("| number | reason | text |", rows));

    let in_force = Date::new(2026, 4, 1).expect("a date");
    let rows = Reason::ALL.iter().map(|reason| {
        let basis = match reason.basis() {
            "" => String::new(),
            key => format!("{key} {}", law::citation(key, in_force)),
        };
        vec![
            reason.number().to_string(),
            reason.code().to_owned(),
            status(reason.category()).to_owned(),
            basis,
            reason.english().to_owned(),
            reason.japanese().to_owned(),
        ]
    });
    let head = "| number | reason | status | basis | English | Japanese |";
    holds("rejections.md", "reasons", &table(head, rows));
}

#[test]
fn the_page_of_entries_lists_the_parties_of_all_countries() {
    let pairs = jcm_format::party::PARTIES.split(' ').map(|pair| pair.split_at(2));
    let pairs: Vec<String> = pairs.map(|(country, party)| format!("{country} {party}")).collect();
    let lines: Vec<String> = pairs.chunks(12).map(|line| line.join(", ")).collect();
    holds("entry.md", "parties", &format!("```\n{}\n```", lines.join(",\n")));
}

#[test]
fn every_number_that_the_commands_name_is_that_reason() {
    let text = std::fs::read_to_string(page("commands.md")).expect("the page");
    let mut named = 0;
    for row in text.lines().filter_map(|line| line.strip_prefix("| ")) {
        let mut cells = row.split(" | ");
        let (Some(Ok(number)), Some(code)) = (cells.next().map(str::parse::<u16>), cells.next())
        else {
            continue;
        };
        let reason = Reason::ALL.iter().find(|reason| reason.number() == number);
        assert_eq!(reason.map(|reason| reason.code()), Some(code), "{row}");
        named += 1;
    }
    assert!(named > 60, "{named}");
    let unnamed: Vec<_> =
        Reason::ALL.iter().filter(|reason| !text.contains(reason.code())).collect();
    // Not a rule of a command, but the limit of an entry (entry.md).
    assert_eq!(unnamed, [&Reason::EntryTooLarge]);
}

const ORIGIN: &str = "registry.example/jcm/2026";

fn origin() -> Origin {
    ORIGIN.parse().expect("an origin")
}

fn wrapped(hex: &str) -> String {
    let lines: Vec<&str> =
        hex.as_bytes().chunks(96).map(|c| str::from_utf8(c).expect("hex")).collect();
    lines.join("\n")
}

#[test]
fn the_page_of_keys_has_working_examples() {
    let unsuitable = [
        ("y = 2, which has no x", "02", "00"),
        ("the identity with y = p + 1", "ee", "7f"),
        ("the identity", "01", "00"),
    ];
    let mut rows = vec![(
        "order 8".to_owned(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
    )];
    rows.extend(unsuitable.map(|(what, first, last)| {
        let middle = if last == "7f" { "ff" } else { "00" };
        (what.to_owned(), format!("{first}{}{last}", middle.repeat(30)))
    }));
    rows.push((
        "an honest key plus the point of order 2".to_owned(),
        to_hex(mixed_order(9).as_bytes()),
    ));
    let rows = rows.into_iter().map(|(what, hex)| {
        let key: PublicKey = hex.parse().expect("hexadecimal");
        let error = key.admit().expect_err("unsuitable");
        vec![format!("`{hex}`"), what, error.to_string()]
    });
    let head = "| key | what it is | why it is refused |";
    let rows = table(head, rows).replace("| --: |", "| --- |");
    holds("keys.md", "unsuitable-keys", &format!("Keys that are refused:\n\n{rows}"));

    let secret = SecretKey::from_seed(&[7; 32]);
    let key = secret.public_key();
    let role = Role::Operator(Name::new("op-07").expect("a name"));
    let challenge = possession_challenge(&origin(), &role, &key);
    let payload = format!("{ORIGIN}\noperator:op-07\n{key}\n");
    let type_ = "application/vnd.jcm-registry.key-possession.v1";
    assert_eq!(challenge, pae(type_, payload.as_bytes()));
    let signature = secret.sign(&challenge);
    assert_eq!(key.admit().expect("honest").verify(&challenge, &signature), Ok(()));
    let text = format!(
        "Example, for the seed of 32 bytes 07, the registry `{ORIGIN}` and the role\n\
         `{role}`. The message in hexadecimal has {} bytes:\n\n```\nkey\n{key}\nmessage\n{}\n\
         signature\n{}\n```\n",
        challenge.len(),
        wrapped(&to_hex(&challenge)),
        wrapped(&signature.to_string()),
    );
    holds("keys.md", "possession-example", &text);
    roles_are_written_as_the_page_says();

    let vkey = VerifierKey::new(ORIGIN, KeyType::Ed25519, &key).expect("a key");
    let text = format!(
        "The same key as that of the log `{ORIGIN}`:\n\n```\nID    {}\nvkey  {vkey}\n```\n",
        vkey.id()
    );
    holds("keys.md", "note-key-example", &text);
}

#[test]
fn the_example_of_a_caller_s_proof_is_what_the_code_makes() {
    let registry: Origin = "registry.example/test".parse().expect("an origin");
    let secret = SecretKey::from_seed(&[7; 32]);
    let message = [0x08, 0xe9, 0x07];
    let call = Call {
        registry: &registry,
        method: "/jcm.registry.v1.Registry/GetAccount",
        message: Some(Digest::of(&[&message])),
    };
    let issued_at = Timestamp::from_ms(1_000_000).expect("in range");
    let payload = call.statement(issued_at, Nonce::from_bytes([3; 16]));
    let proof = CallerProof::sign(payload.clone(), &secret);
    let text = format!(
        "```\nstatement\n{}\nproof\n{}\n```\n",
        wrapped(&to_hex(&payload)),
        wrapped(&to_hex(&proof.to_bytes()))
    );
    holds("access.md", "caller-example", &text);
}

fn roles_are_written_as_the_page_says() {
    let name = || Name::new("p-1").expect("a name");
    let account = AccountNumber::new(1_001).expect("a number");
    let representative = Representative { account, person: name(), power: Power::Initiate };
    let cases = [
        (Role::Authority(name()), "authority:p-1"),
        (Role::Operator(name()), "operator:p-1"),
        (Role::Partner(Country::new("MN").expect("a country")), "partner:MN"),
        (Role::Account(account), "account:JP-0001001-05"),
        (Role::Auditor(name()), "auditor:p-1"),
        (Role::Representative(representative), "representative:JP-0001001-05:p-1:initiate"),
    ];
    for (role, text) in cases {
        assert_eq!(role.to_string(), text);
    }
}

/// The honest key of a seed plus (0, -1), the point of order 2: (-x, -y).
fn mixed_order(seed: u8) -> PublicKey {
    let mut bytes = *SecretKey::from_seed(&[seed; 32]).public_key().as_bytes();
    let sign = bytes[31] & 0x80;
    bytes[31] &= 0x7f;
    let mut borrow = 0_i16;
    for (i, byte) in bytes.iter_mut().enumerate() {
        let prime = match i {
            0 => 0xed,
            31 => 0x7f,
            _ => 0xff,
        };
        let difference = prime - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = difference.rem_euclid(256) as u8;
    }
    bytes[31] |= sign ^ 0x80;
    PublicKey::from_bytes(bytes)
}

fn example_terms() -> TransferTerms {
    TransferTerms {
        source: AccountNumber::new(1_001).expect("a number"),
        destination: AccountNumber::new(2).expect("a number"),
        ranges: SerialRanges::new(vec!["7:1-500".parse().expect("a range")]).expect("one"),
        purpose: Purpose::Retirement,
        gratuitous: false,
        use_: Some(Use { kind: UseKind::Shk, reporting_year: Year::new(2025), beneficiary: None }),
    }
}

fn example_entry() -> Entry {
    let now = Timestamp::from_ms(1_795_395_600_000).expect("in range");
    let secret = SecretKey::from_seed(&[7; 32]);
    let command = Command {
        registry: origin(),
        id: CommandId::from_bytes([0xc1; 16]),
        valid_until: now.saturating_add_ms(600_000),
        effect_digest: None,
        body: Body::ApplyTransfer {
            terms: example_terms(),
            use_details: None,
            trust: None,
            fee_payment: Some(PaymentId::single(EntryIndex::new(41))),
        },
    };
    let unsigned = SignedCommand { payload: command.to_payload(), signatures: Vec::new() };
    let signature = secret.sign(&unsigned.signed_bytes());
    let signatures = vec![CommandSignature { key: secret.public_key(), signature }];
    let fee = jcm_format::amount::Yen::new(2_500);
    let event = Event(vec![
        Effect::TransferApplied { terms: example_terms(), fee: Fee::Due(fee) },
        Effect::PaymentApplied { payment: EntryIndex::new(41), application: None, amount_yen: fee },
        Effect::TransferRecorded { application: None },
        Effect::AdjustmentBooked {
            partner: Country::new("MN").expect("a country"),
            vintage: Year::new(2024).expect("a year"),
            quantity_tonnes: jcm_format::amount::Tonnes::new(500),
            japan_authorisation: EntryIndex::new(12),
            partner_authorisation: EntryIndex::new(13),
        },
    ]);
    Entry {
        version: FormatVersion::V1,
        index: EntryIndex::new(300),
        prev: Digest::of(&[]),
        time: now,
        rule_set: 1,
        command: SignedCommand { signatures, ..unsigned },
        event,
    }
}

#[test]
fn the_page_of_entries_has_a_working_example() {
    let entry = example_entry();
    let sealed = SealedEntry::seal(entry.clone()).expect("short");
    let hex = |bytes: &[u8]| wrapped(&to_hex(bytes));
    let event = &entry.event.0;
    let mut parts = vec![
        ("version", codec::encode(&entry.version)),
        ("index: 300", codec::encode(&entry.index)),
        ("prev", codec::encode(&entry.prev)),
        ("time: 1,795,395,600,000", codec::encode(&entry.time)),
        ("rule_set", codec::encode(&entry.rule_set)),
        ("command.payload: length, then the bytes", codec::encode(&entry.command.payload)),
        ("command.signatures: one", codec::encode(&1_u64)),
        ("  key", codec::encode(&entry.command.signatures[0].key)),
        ("  signature", codec::encode(&entry.command.signatures[0].signature)),
        ("event: four effects", codec::encode(&(event.len() as u64))),
    ];
    let names = [
        "  18 transfer_applied: source, destination, one range, retirement, not gratuitous, use, fee",
        "  8 payment_applied: payment 41, none, 2,500 yen",
        "  19 transfer_recorded: none",
        "  20 adjustment_booked: MN, 2024, 500 tonnes, entries 12 and 13",
    ];
    parts.extend(names.into_iter().zip(event.iter().map(codec::encode)));
    let (mut text, mut all) = (String::from("```\n"), Vec::new());
    for (name, bytes) in parts {
        let bytes = bytes.expect("short");
        writeln!(text, "{name}\n{}", hex(&bytes)).expect("room");
        all.extend(bytes);
    }
    assert_eq!(all, sealed.bytes());
    let json = serde_json::to_string_pretty(&entry.event).expect("JSON");
    write!(
        text,
        "```\n\nThe entry is these {} bytes one after the other. Its leaf hash:\n\n```\n{}\n```\n\n\
         The event as JSON:\n\n```json\n{json}\n```\n",
        all.len(),
        sealed.leaf(),
    )
    .expect("room");
    holds("entry.md", "entry-example", &text);
}

#[test]
fn the_index_of_the_specification_names_every_page() {
    let index = std::fs::read_to_string(page("README.md")).expect("the page");
    let folder = std::fs::read_dir(page("")).expect("the folder");
    for entry in folder {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        let linked = index.contains(&format!("[{name}]({name})"));
        assert!(linked || name == "README.md", "{name} is not in the index");
    }
}

/// Text of every file of tests, and of the sources of the crates named.
fn sources(folder: &Path, out: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            out.push((path, text));
        }
    }
}

/// What the page on Article 6 names as evidence is there: files of tests, modules of a
/// crate, and tests.
#[test]
fn the_evidence_of_article_6_is_there() {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect();
    let text = std::fs::read_to_string(root.join("docs/article-6.md")).expect("the page");
    let (_, evidence) = text.split_once("\n## Evidence\n").expect("the section");
    let mut all = Vec::new();
    for folder in ["crates/report/src", "crates/cli", "registry-node/src", "tests/tests"] {
        sources(&root.join(folder), &mut all);
    }
    let mut named = 0;
    for row in evidence.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next().expect("a column");
        for token in shown_by.split('`').skip(1).step_by(2) {
            let path = token.replace("::", "/");
            let is_file = ["tests/tests/NAME.rs", "crates/cli/tests/NAME.rs"]
                .iter()
                .any(|place| root.join(place.replace("NAME", token)).is_file());
            let tail = |ending: &str| format!("/{path}{ending}");
            let is_module = all.iter().any(|(of, _)| {
                let of = of.display().to_string();
                of.ends_with(&tail(".rs")) || of.ends_with(&tail("/mod.rs"))
                    // Tests at the end of their file.
                    || path.strip_suffix("/tests").is_some_and(|of_file| of.ends_with(&format!("/{of_file}.rs")))
            });
            let is_test = all.iter().any(|(_, text)| text.contains(&format!("fn {token}(")));
            let is_word =
                token.starts_with("--") || token.starts_with("JCM_") || root.join(token).is_dir();
            assert!(is_file || is_module || is_test || is_word, "{token}: {row}");
            named += usize::from(!is_word);
        }
    }
    assert!(25 < named, "{named}");
}

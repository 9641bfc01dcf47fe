//! A log written by hand: commands, the effects that they should have, and the
//! seal. No ledger is involved; every event below is spelled out.
// Each test program uses a part of this.
#![allow(dead_code, clippy::expect_used, clippy::panic)]

pub(crate) mod acts;
pub(crate) mod article6;
pub(crate) mod guard;
mod life;
mod life_acts;

#[allow(unused_imports)]
pub(crate) use life_acts::for_report;

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Allocation, Authorisation, AuthorisedPurposes, Basis, Body, Command, Decision,
    FirstTransferDefinition, Holder, KeyWithPossession, PaymentId, Person, Purpose, RecordIssuance,
    RecordPayment, RegisterProject, Role, Side, TransferTerms, Use, UseKind, VintageIssue,
};
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::{CommandSignature, SignedCommand, possession_challenge};
use jcm_format::event::{CreditClass, Effect, Event, Fee, Holding};
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, EntryIndex, ProjectRef};
use jcm_format::key::{PublicKey, SecretKey, Signature};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp, Year};
use jcm_format::tlog::{Checkpoint, Frontier, Origin};
use jcm_verify::{Options, Report};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Seeds of the keys, one for each actor.
pub(crate) mod who {
    pub(crate) const LOG: u8 = 1;
    pub(crate) const AUTHORITY_1: u8 = 2;
    pub(crate) const AUTHORITY_2: u8 = 3;
    pub(crate) const OPERATOR_1: u8 = 4;
    pub(crate) const OPERATOR_2: u8 = 5;
    /// A second key of the first operator.
    pub(crate) const OPERATOR_1_AGAIN: u8 = 6;
    pub(crate) const PARTNER: u8 = 7;
    pub(crate) const ALPHA: u8 = 8;
    pub(crate) const BETA: u8 = 9;
    /// A second key of alpha's, revoked later.
    pub(crate) const ALPHA_REVOKED: u8 = 10;
    pub(crate) const OPERATOR_REMOVED: u8 = 11;
    pub(crate) const GAMMA: u8 = 12;
    pub(crate) const STRANGER: u8 = 13;
    pub(crate) const OTHER_LOG: u8 = 14;
    /// An individual who is a project proponent.
    pub(crate) const DELTA: u8 = 15;
    /// Of alpha's representatives: one initiates, one approves, one reads.
    pub(crate) const TANAKA: u8 = 20;
    pub(crate) const SUZUKI: u8 = 21;
    pub(crate) const SATO: u8 = 22;
    /// A second key of tanaka's, which approves.
    pub(crate) const TANAKA_AGAIN: u8 = 23;
    /// The new key of one who lost the old.
    pub(crate) const YAMADA: u8 = 24;
    /// The authority of Mongolia.
    pub(crate) const MONGOLIA: u8 = 25;
}
use who::*;

pub(crate) const AUTHORITIES: &[u8] = &[AUTHORITY_1, AUTHORITY_2];
pub(crate) const OPERATORS: &[u8] = &[OPERATOR_1, OPERATOR_2];

/// 2026-04-10T09:00 in Japan.
pub(crate) const BEGINNING_MS: u64 = 1_775_779_200_000;
pub(crate) const TODAY: &str = "2026-04-10";

pub(crate) const GOVERNMENT: u32 = 1;
pub(crate) const RETIREMENT: u32 = 2;
pub(crate) const CANCELLATION: u32 = 3;
pub(crate) const ALPHA_ACCOUNT: u32 = 1_001;
pub(crate) const BETA_ACCOUNT: u32 = 1_002;
pub(crate) const DELTA_ACCOUNT: u32 = 1_003;
pub(crate) const GAMMA_ACCOUNT: u32 = 1_004;
/// A further cancellation account.
pub(crate) const CANCELLATION_2: u32 = 4;

/// One entry to be, as its author would have it.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) time_ms: u64,
    pub(crate) rule_set: u32,
    pub(crate) signers: Vec<u8>,
    pub(crate) command: Command,
    pub(crate) event: Vec<Effect>,
}

/// The steps of a log.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) steps: Vec<Step>,
    pub(crate) named: BTreeMap<&'static str, EntryIndex>,
    /// The rules in force for the next step.
    pub(crate) rule_set: u32,
    /// How much later than by the minute the next step is.
    pub(crate) skipped_ms: u64,
}

impl Life {
    /// Appends a command; it is signed when the log is sealed.
    pub(crate) fn push(&mut self, signers: &[u8], body: Body, event: Vec<Effect>) -> EntryIndex {
        let index = self.steps.len() as u64;
        let time_ms = BEGINNING_MS + index * 60_000 + self.skipped_ms;
        let mut id = [0; CommandId::LEN];
        id[..8].copy_from_slice(&index.to_be_bytes());
        let command = Command {
            registry: origin(),
            id: CommandId::from_bytes(id),
            valid_until: Timestamp::from_ms(time_ms + 600_000).expect("in range"),
            effect_digest: None,
            body,
        };
        let rule_set = if index == 0 { 0 } else { self.rule_set };
        let signers = signers.to_vec();
        self.steps.push(Step { time_ms, rule_set, signers, command, event });
        EntryIndex::new(index)
    }

    /// As `push`, to be found again.
    pub(crate) fn name(
        &mut self,
        name: &'static str,
        signers: &[u8],
        body: Body,
        event: Vec<Effect>,
    ) -> EntryIndex {
        let index = self.push(signers, body, event);
        self.named.insert(name, index);
        index
    }

    /// Lets days go by.
    pub(crate) fn skip(&mut self, days: u64) {
        self.skipped_ms += days * 86_400_000;
    }

    pub(crate) fn at(&self, name: &str) -> EntryIndex {
        *self.named.get(name).unwrap_or_else(|| panic!("no step is called {name}"))
    }

    pub(crate) fn step(&mut self, name: &str) -> &mut Step {
        let index = self.at(name).get();
        &mut self.steps[index as usize]
    }

    pub(crate) fn last(&mut self) -> &mut Step {
        self.steps.last_mut().expect("not empty")
    }

    /// Signs and links.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.steps.iter().map(entry).collect();
        relink(&mut entries);
        entries
    }

    pub(crate) fn frames(&self) -> Vec<Frame> {
        frames(&self.entries())
    }
}

fn entry(step: &Step) -> Entry {
    Entry {
        version: FormatVersion::V1,
        index: EntryIndex::new(0),
        prev: Digest::ZERO,
        time: Timestamp::from_ms(step.time_ms).expect("in range"),
        rule_set: step.rule_set,
        command: signed(&step.command.to_payload(), &step.signers),
        event: Event(step.event.clone()),
    }
}

/// Signs a payload, whatever it is.
pub(crate) fn signed(payload: &[u8], signers: &[u8]) -> SignedCommand {
    let unsigned = SignedCommand { payload: payload.to_vec(), signatures: Vec::new() };
    let message = unsigned.signed_bytes();
    let signatures = signers
        .iter()
        .map(|seed| CommandSignature {
            key: public(*seed),
            signature: secret(*seed).sign(&message),
        })
        .collect();
    SignedCommand { signatures, ..unsigned }
}

/// Gives every entry the index and predecessor of its place.
pub(crate) fn relink(entries: &mut [Entry]) {
    let mut prev = Digest::ZERO;
    for (index, entry) in (0..).zip(entries) {
        entry.index = EntryIndex::new(index);
        entry.prev = prev;
        prev = SealedEntry::seal(entry.clone()).expect("short").leaf();
    }
}

/// Frames of one to four entries, each with its signed checkpoint.
pub(crate) fn frames(entries: &[Entry]) -> Vec<Frame> {
    let bytes = entries
        .iter()
        .map(|entry| SealedEntry::seal(entry.clone()).expect("short").bytes().to_vec());
    frames_of(&bytes.collect::<Vec<_>>(), 4)
}

/// Frames over entries that are bytes already.
pub(crate) fn frames_of(entries: &[Vec<u8>], most: usize) -> Vec<Frame> {
    let mut tree = Frontier::new();
    let mut frames = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        // Sizes 1 to `most` in turn, so that frames differ.
        let count = (frames.len() % most + 1).min(rest.len());
        let (batch, tail) = rest.split_at(count);
        let first = tree.len();
        for bytes in batch {
            tree.push(jcm_format::tlog::leaf_hash(bytes));
        }
        let checkpoint = Checkpoint { origin: origin(), size: tree.len(), root: tree.root() };
        let checkpoint = checkpoint.sign(&secret(LOG));
        frames.push(Frame { first, entries: batch.to_vec(), checkpoint });
        rest = tail;
    }
    frames
}

/// The bytes of an export.
pub(crate) fn file(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for frame in frames {
        bytes.extend(frame.encode().expect("within the limits"));
    }
    bytes
}

pub(crate) fn options(threads: usize) -> Options {
    let threads = NonZeroUsize::new(threads).expect("not zero");
    Options { threads, keep_state: true, ..Options::full() }
}

pub(crate) fn verify(frames: Vec<Frame>) -> Report {
    jcm_verify::verify_frames(frames, &options(2))
}

/// Index and code of the first finding.
pub(crate) fn first_bad(report: &Report) -> Option<(u64, &'static str)> {
    report.findings.first().map(|finding| (finding.index.unwrap_or(u64::MAX), finding.code))
}

pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; SecretKey::SEED_LEN])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    secret(seed).public_key()
}

pub(crate) fn origin() -> Origin {
    "registry.example/jcm/2026".parse().expect("an origin")
}

pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(&[text.as_bytes()])
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn text(raw: &str) -> Text {
    Text::new(raw).expect("text")
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("a number")
}

pub(crate) fn project(reference: &str) -> ProjectRef {
    ProjectRef::new(reference).expect("a reference")
}

pub(crate) fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

pub(crate) fn possession(seed: u8, role: &Role) -> KeyWithPossession {
    let key = public(seed);
    let possession = secret(seed).sign(&possession_challenge(&origin(), role, &key));
    KeyWithPossession { key, possession }
}

pub(crate) fn operator(person: &str) -> Role {
    Role::Operator(name(person))
}

pub(crate) fn no_signature() -> Signature {
    Signature::from_bytes([0; Signature::LEN])
}

pub(crate) fn corporation(number: &str) -> Person {
    Person::Corporation(number.parse().expect("a corporate number"))
}

pub(crate) fn holder(english: &str) -> Holder {
    Holder {
        name_ja: Some(text("株式会社")),
        name_en: text(english),
        head_office_ja: Some(text("東京都")),
        head_office_en: text("Tokyo"),
    }
}

pub(crate) fn payment(reference: &str, yen: u64, payer: Option<u32>) -> (Body, Vec<Effect>) {
    let (bank_reference, amount_yen) = (name(reference), Yen::new(yen));
    let (value_date, account) = (date(TODAY), payer.map(account));
    let body = RecordPayment {
        bank_reference: bank_reference.clone(),
        amount_yen,
        value_date,
        account,
        payer: None,
    };
    let effect =
        Effect::PaymentRecorded { bank_reference, amount_yen, value_date, account, payer: None };
    (Body::RecordPayment(body), vec![effect])
}

pub(crate) fn pay(payment: EntryIndex, application: EntryIndex, yen: u64) -> (Body, Vec<Effect>) {
    let amount_yen = Yen::new(yen);
    let effect = Effect::PaymentApplied { payment, application: Some(application), amount_yen };
    (Body::ApplyPayment { payment, application, amount_yen }, vec![effect])
}

pub(crate) fn apply_account(person: &Person, seed: u8) -> (Body, Vec<Effect>) {
    let body = jcm_format::command::ApplyAccount {
        person: person.clone(),
        holder: holder("Corporation"),
        particulars: digest("particulars"),
        attachments: vec![digest("articles")],
        representative: public(seed),
    };
    let effect = Effect::AccountApplied {
        person: body.person.clone(),
        holder: body.holder.clone(),
        particulars: body.particulars,
        attachments: body.attachments.clone(),
        representative: body.representative,
        fee: Fee::Due(Yen::new(14_400)),
    };
    (Body::ApplyAccount(body), vec![effect])
}

pub(crate) fn open_account(application: EntryIndex, number: u32, seed: u8) -> (Body, Vec<Effect>) {
    let account = account(number);
    let effects = vec![
        Effect::AccountOpened { application, account },
        Effect::KeyRegistered { key: public(seed), role: Role::Account(account) },
    ];
    (Body::OpenAccount { application }, effects)
}

pub(crate) fn register_key(seed: u8, role: &Role) -> (Body, Vec<Effect>) {
    let effect = Effect::KeyRegistered { key: public(seed), role: role.clone() };
    let key = possession(seed, role);
    (Body::RegisterKey { role: role.clone(), key }, vec![effect])
}

pub(crate) fn revoke_key(seed: u8) -> (Body, Vec<Effect>) {
    let key = public(seed);
    (Body::RevokeKey { key, reason: text("lost") }, vec![Effect::KeyRevoked { key }])
}

pub(crate) fn appoint(person: &str, seed: u8) -> (Body, Vec<Effect>) {
    let role = operator(person);
    let effects = vec![
        Effect::OperatorAppointed { person: name(person) },
        Effect::KeyRegistered { key: public(seed), role: role.clone() },
    ];
    (Body::AppointOperator { person: name(person), key: possession(seed, &role) }, effects)
}

pub(crate) fn register_project(reference: &str) -> (Body, Vec<Effect>) {
    let body = RegisterProject {
        reference: project(reference),
        title: text("Solar power"),
        methodology: name("VN_AM001"),
        public_input_date: Some(date("2021-05-01")),
    };
    let effect = Effect::ProjectRegistered {
        reference: body.reference.clone(),
        title: body.title.clone(),
        methodology: body.methodology.clone(),
        public_input_date: body.public_input_date,
    };
    (Body::RegisterProject(body), vec![effect])
}

pub(crate) fn authorise(
    id: &str,
    side: Side,
    tonnes: u64,
    projects: &[&str],
) -> (Body, Vec<Effect>) {
    let authorisation = Authorisation {
        id: name(id),
        side,
        partner: project("VN001").country(),
        cooperative_approach: "CA0001".parse().expect("an approach"),
        date: date("2026-01-15"),
        quantity_tonnes: Tonnes::new(tonnes),
        first_vintage: year(2021),
        last_vintage: year(2030),
        purposes: AuthorisedPurposes { ndc: true, imp: false, op: false },
        first_transfer: FirstTransferDefinition::Issuance,
        projects: projects.iter().map(|reference| project(reference)).collect(),
        document: digest(id),
    };
    let effect = Effect::AuthorisationRecorded { authorisation: authorisation.clone() };
    (Body::RecordAuthorisation { authorisation, details: None }, vec![effect])
}

pub(crate) fn year(number: u16) -> Year {
    Year::new(number).expect("a year")
}

pub(crate) fn decision(period: (&str, &str), tonnes: u64) -> Decision {
    Decision {
        reference: name("JC-1"),
        date: date("2026-02-01"),
        period_start: date(period.0),
        period_end: date(period.1),
        notified_total_tonnes: Tonnes::new(tonnes * 2),
        notified_japan_tonnes: Tonnes::new(tonnes),
    }
}

pub(crate) fn consent(reference: &str, decision: &Decision) -> (Body, Vec<Effect>) {
    let (project, decision) = (project(reference), decision.clone());
    let effect = Effect::IssuanceConsented { project: project.clone(), decision: decision.clone() };
    (Body::ConsentIssuance { project, decision }, vec![effect])
}

/// One vintage to be issued: year, block, class, and who gets how much.
pub(crate) type Vintage<'a> = (u16, u32, CreditClass, &'a [(u32, u64)]);

pub(crate) fn issue(
    reference: &str,
    decision: &Decision,
    basis: Basis,
    vintages: &[Vintage<'_>],
) -> (Body, Vec<Effect>) {
    let issued_on = match &basis {
        Basis::Consent(_) => date(TODAY),
        Basis::CarriedOver { issued_on, .. } => *issued_on,
    };
    // What was carried over had been decided before it was issued.
    let decision = &match &basis {
        Basis::Consent(_) => decision.clone(),
        Basis::CarriedOver { issued_on, .. } => Decision { date: *issued_on, ..decision.clone() },
    };
    let sum = |parts: &[(u32, u64)]| Tonnes::new(parts.iter().map(|(_, tonnes)| tonnes).sum());
    let total = vintages.iter().map(|(.., parts)| sum(parts).get()).sum();
    let body = RecordIssuance {
        project: project(reference),
        decision: decision.clone(),
        basis: basis.clone(),
        verifier: text("Verifier"),
        verification_report: digest("report"),
        quantity_tonnes: Tonnes::new(total),
        vintages: vintages
            .iter()
            .map(|(vintage, _, _, parts)| VintageIssue {
                year: year(*vintage),
                quantity_tonnes: sum(parts),
                allocations: parts
                    .iter()
                    .map(|(number, tonnes)| Allocation {
                        account: account(*number),
                        quantity_tonnes: Tonnes::new(*tonnes),
                    })
                    .collect(),
            })
            .collect(),
        authorisations: None,
    };
    let mut effects = vec![Effect::IssuanceRecorded {
        project: body.project.clone(),
        decision: body.decision.clone(),
        basis,
        verifier: body.verifier.clone(),
        verification_report: body.verification_report,
        quantity_tonnes: body.quantity_tonnes,
    }];
    for (vintage, number, class, parts) in vintages.iter().filter(|(.., parts)| !parts.is_empty()) {
        let block = BlockNumber::new(*number).expect("from 1");
        let mut first = 1;
        let mut allocations = Vec::new();
        for (holder, tonnes) in *parts {
            let range = SerialRange::new(block, first, first + tonnes - 1).expect("a range");
            allocations.push(Holding { account: account(*holder), range });
            first += tonnes;
        }
        let (vintage, class) = (year(*vintage), *class);
        effects.push(Effect::BlockIssued { block, vintage, issued_on, class, allocations });
    }
    (Body::RecordIssuance(body), effects)
}

pub(crate) fn terms(
    source: u32,
    destination: u32,
    ranges: &[&str],
    purpose: Purpose,
) -> TransferTerms {
    let kind = match purpose {
        Purpose::Retirement => UseKind::Ndc,
        Purpose::Cancellation | Purpose::Other => UseKind::Voluntary,
    };
    let use_ = Use { kind, reporting_year: None, beneficiary: None };
    TransferTerms {
        source: account(source),
        destination: account(destination),
        ranges: SerialRanges::new(ranges.iter().map(|text| range(text)).collect()).expect("a set"),
        purpose,
        gratuitous: false,
        use_: (purpose != Purpose::Other).then_some(use_),
    }
}

pub(crate) fn gratuitous(terms: TransferTerms) -> TransferTerms {
    TransferTerms { gratuitous: true, ..terms }
}

/// An application that waits for its fee.
pub(crate) fn apply_transfer(terms: TransferTerms) -> (Body, Vec<Effect>) {
    let fee = Fee::Due(Yen::new(2_500));
    let effect = Effect::TransferApplied { terms: terms.clone(), fee };
    (Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment: None }, vec![effect])
}

/// A transfer for which nothing is due, recorded at once, and what else it did.
pub(crate) fn transfer(terms: TransferTerms, fee: Fee, more: Vec<Effect>) -> (Body, Vec<Effect>) {
    let mut effects = vec![
        Effect::TransferApplied { terms: terms.clone(), fee },
        Effect::TransferRecorded { application: None },
    ];
    effects.extend(more);
    (Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment: None }, effects)
}

/// A transfer whose fee is drawn from a payment.
pub(crate) fn transfer_paid(terms: TransferTerms, payment: EntryIndex) -> (Body, Vec<Effect>) {
    let amount_yen = Yen::new(2_500);
    let effects = vec![
        Effect::TransferApplied { terms: terms.clone(), fee: Fee::Due(amount_yen) },
        Effect::PaymentApplied { payment, application: None, amount_yen },
        Effect::TransferRecorded { application: None },
    ];
    let fee_payment = Some(PaymentId::single(payment));
    (Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment }, effects)
}

/// What a certificate states, by its lines: of the first so many entries.
pub(crate) fn statement(entries: EntryIndex, lines: &[&str]) -> Digest {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Digest::of(&[format!("jcm-account/v1\nentries {entries}\n{text}").as_bytes()])
}

/// A certificate whose fee is drawn from a payment, and what it states.
pub(crate) fn certificate(number: u32, payment: EntryIndex, digest: Digest) -> (Body, Vec<Effect>) {
    let (account, amount_yen) = (account(number), Yen::new(1_200));
    let effects = vec![
        Effect::CertificateRequested { account, fee: Fee::Due(amount_yen) },
        Effect::PaymentApplied { payment, application: None, amount_yen },
        Effect::CertificateIssued { application: None },
        Effect::CertificateStated { account, digest },
    ];
    let fee_payment = Some(PaymentId::single(payment));
    (Body::RequestCertificate { account, fee_payment }, effects)
}

pub(crate) fn record_transfer(application: EntryIndex) -> (Body, Vec<Effect>) {
    let effect = Effect::TransferRecorded { application: Some(application) };
    (Body::RecordTransfer { application }, vec![effect])
}

pub(crate) fn first_transferred(units: &str, pair: (EntryIndex, EntryIndex)) -> Effect {
    Effect::FirstTransferred { range: range(units), japan: pair.0, partner: pair.1 }
}

pub(crate) fn adjusted(vintage: u16, tonnes: u64, pair: (EntryIndex, EntryIndex)) -> Effect {
    Effect::AdjustmentBooked {
        partner: project("VN001").country(),
        vintage: year(vintage),
        quantity_tonnes: Tonnes::new(tonnes),
        japan_authorisation: pair.0,
        partner_authorisation: pair.1,
    }
}

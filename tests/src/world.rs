//! A registry in memory, with people in it, whose every step is re-judged.
//!
//! [`World::check`] is the auditor's verifier, run over everything recorded so
//! far, and a comparison of its state with the ledger's. Tests that change
//! anything end with it.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Allocation, ApplyAccount, Authorisation, AuthorisedPurposes, Basis, Body, Command, Decision,
    FirstTransferDefinition, Genesis, Holder, KeyWithPossession, Person, Purpose, RecordIssuance,
    RecordPayment, RegisterProject, Role, RuleSet, Side, TransferTerms, VintageIssue,
};
use jcm_format::envelope::{
    CommandSignature, SignedCommand, VerifiedCommand, possession_challenge,
};
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, CommandId, EntryIndex, ProjectRef};
use jcm_format::key::{PublicKey, SecretKey};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp, Year};
use jcm_format::tlog::Origin;
use jcm_ledger::log::{AppendError, Epoch, Fenced, Frames, Head, LogError, OrderedLog};
use jcm_ledger::{Ledger, Outcome, Reason, Rejection, State, View};
use std::sync::{Arc, Mutex};

/// 2026-11-23T10:00:00 in Japan.
pub const NOW_MS: u64 = 1_795_395_600_000;

/// The government's holding account.
pub const GOVERNMENT: u32 = 1;
/// 無効化口座.
pub const RETIREMENT: u32 = 2;
/// 取消口座.
pub const CANCELLATION: u32 = 3;

/// A log in memory that a test can look into.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    frames: Arc<Mutex<Vec<Frame>>>,
}

impl MemoryLog {
    /// Everything appended so far.
    pub fn frames(&self) -> Vec<Frame> {
        self.frames.lock().expect("not poisoned").clone()
    }
}

impl OrderedLog for MemoryLog {
    fn fence(&mut self) -> Result<Fenced, LogError> {
        let frames = self.frames();
        let head = frames.last().map_or(Head::EMPTY, |frame| Head {
            size: frame.end(),
            leaf: jcm_format::tlog::leaf_hash(frame.entries.last().expect("one at least")),
        });
        Ok(Fenced { epoch: Epoch::new(1), head })
    }

    fn append(&mut self, _: Epoch, head: Head, batch: &Frame) -> Result<Head, AppendError> {
        assert_eq!(batch.first, head.size, "batches follow each other");
        self.frames.lock().expect("not poisoned").push(batch.clone());
        let last = batch.entries.last().expect("one at least");
        Ok(Head { size: batch.end(), leaf: jcm_format::tlog::leaf_hash(last) })
    }

    fn read(&self, _: u64) -> Result<Frames, LogError> {
        Ok(Frames::new(self.frames().into_iter().map(Ok)))
    }
}

/// A registry in memory.
pub struct World {
    /// The write side.
    pub ledger: Ledger<MemoryLog>,
    /// The read side.
    pub view: View,
    /// What was appended.
    pub log: MemoryLog,
    /// The registry's clock.
    pub now: Timestamp,
    ids: u128,
}

/// A test key, the same for the same name for ever.
pub fn secret(name: &str) -> SecretKey {
    SecretKey::from_seed(Digest::of(&[b"test key ", name.as_bytes()]).as_bytes())
}

/// The registry's origin.
pub fn origin() -> Origin {
    "registry.test/jcm".parse().expect("an origin")
}

/// A name.
pub fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// Text.
pub fn text(text: &str) -> Text {
    Text::new(text).expect("text")
}

/// A date.
pub fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

/// A year.
pub fn year(year: u16) -> Year {
    Year::new(year).expect("a year")
}

/// An account.
pub fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("an account number")
}

/// A project.
pub fn project(reference: &str) -> ProjectRef {
    ProjectRef::new(reference).expect("a reference")
}

/// Ranges such as `1:1-10`.
pub fn ranges(texts: &[&str]) -> SerialRanges {
    let ranges = texts.iter().map(|text| text.parse::<SerialRange>().expect("a range")).collect();
    SerialRanges::new(ranges).expect("ascending and disjoint")
}

/// A key with the proof that it is held in `role`.
pub fn possessed(key: &SecretKey, role: &Role) -> KeyWithPossession {
    let public = key.public_key();
    let possession = key.sign(&possession_challenge(&origin(), role, &public));
    KeyWithPossession { key: public, possession }
}

/// A command with signatures, as a caller would make it.
pub fn sign(command: &Command, signers: &[&str]) -> SignedCommand {
    let mut signed = SignedCommand { payload: command.to_payload(), signatures: Vec::new() };
    let message = signed.signed_bytes();
    signed.signatures = signers
        .iter()
        .map(|signer| CommandSignature {
            key: secret(signer).public_key(),
            signature: secret(signer).sign(&message),
        })
        .collect();
    signed
}

/// Verifies a command that a test expects to be well formed.
pub fn verified(signed: SignedCommand) -> VerifiedCommand {
    signed.verify(PublicKey::admit).expect("well formed and well signed")
}

/// The fees in force.
pub const RULES: RuleSet = RuleSet {
    version: 1,
    account_opening_fee_yen: Yen::new(14_400),
    transfer_fee_yen: Yen::new(2_500),
    certificate_fee_yen: Yen::new(1_200),
};

/// The genesis command of the test registry.
pub fn genesis() -> Body {
    Body::Genesis(Genesis {
        log_key: secret("log").public_key(),
        authorities: ["authority-1", "authority-2"]
            .map(|person| (name(person), secret(person).public_key()))
            .to_vec(),
        rule_set: RULES,
    })
}

impl World {
    /// A registry with its two authorities and nobody else.
    pub fn bare() -> World {
        let now = Timestamp::from_ms(NOW_MS).expect("in range");
        let log = MemoryLog::default();
        let command = Command {
            registry: origin(),
            id: CommandId::from_bytes([0; 16]),
            valid_until: now.saturating_add_ms(3_600_000),
            effect_digest: None,
            body: genesis(),
        };
        let genesis = verified(sign(&command, &["authority-1", "authority-2"]));
        let opened =
            Ledger::create(log.clone(), secret("log"), genesis, now).expect("genesis is accepted");
        World { ledger: opened.ledger, view: opened.view, log, now, ids: 1 }
    }

    /// A registry with operators `op-1` and `op-2`, the partner authority
    /// `mongolia` and the projects MN001 and MN002.
    pub fn staffed() -> World {
        let mut world = World::bare();
        for person in ["op-1", "op-2"] {
            let role = Role::Operator(name(person));
            let key = possessed(&secret(person), &role);
            let body = Body::AppointOperator { person: name(person), key };
            world.accepted(body, &["authority-1", "authority-2"]);
        }
        let role = Role::Partner(project("MN001").country());
        let key = possessed(&secret("mongolia"), &role);
        world.accepted(Body::RegisterKey { role, key }, &["authority-1", "authority-2"]);
        for reference in ["MN001", "MN002"] {
            world.accepted(register_project(reference), &["op-1"]);
        }
        world
    }

    /// A staffed registry with the entity accounts of `alpha` and `beta`,
    /// whose representatives' keys are called the same.
    pub fn peopled() -> World {
        let mut world = World::staffed();
        world.open_account("alpha", ALPHA);
        world.open_account("beta", BETA);
        world
    }

    /// A peopled registry in which `alpha` holds units of each class: block 1,
    /// vintage 2019 carried over (B2); block 2, vintage 2022 carried over (B1);
    /// block 3, vintage 2020 issued now (C); block 4, vintage 2023 issued now
    /// (A). 1,000 units each, the last 100 of each the government's.
    pub fn stocked() -> World {
        let mut world = World::peopled();
        for (period, project) in [(2019, "MN001"), (2022, "MN001")] {
            let carried = carried_over(issuance(project, period, 900, 100));
            world.accepted(carried, &["authority-1", "authority-2"]);
        }
        for (period, project) in [(2020, "MN002"), (2023, "MN002")] {
            world.issue(project, period, 900, 100);
        }
        world
    }

    /// Consents to and records an issuance of one vintage.
    pub fn issue(&mut self, project: &str, period: u16, alpha: u64, government: u64) -> EntryIndex {
        let body = issuance(project, period, alpha, government);
        let consent = Body::ConsentIssuance {
            project: body.project.clone(),
            decision: body.decision.clone(),
        };
        let consent = self.accepted(consent, &["mongolia"]);
        let body = RecordIssuance { basis: Basis::Consent(consent), ..body };
        self.accepted(Body::RecordIssuance(body), &["op-1", "op-2"])
    }

    /// Opens an account for a corporation, fee and all.
    pub fn open_account(&mut self, key: &str, number: &str) -> AccountNumber {
        let application = self.accepted(apply_account(key, number), &[key]);
        let payment = self.pay(14_400, None);
        let amount_yen = Yen::new(14_400);
        self.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
        self.accepted(Body::OpenAccount { application }, &["op-1"]);
        let person = Person::Corporation(number.parse().expect("a corporate number"));
        self.state().account_of(&person).expect("open now")
    }

    /// Records a payment.
    pub fn pay(&mut self, yen: u64, account: Option<AccountNumber>) -> EntryIndex {
        self.ids += 1;
        let body = record_payment(&format!("bank-{}", self.ids), yen, account);
        self.accepted(body, &["op-1"])
    }

    /// The command around a body: valid for an hour, with an id of its own.
    pub fn command(&mut self, body: Body) -> Command {
        self.ids += 1;
        Command {
            registry: origin(),
            id: CommandId::from_bytes(self.ids.to_be_bytes()),
            valid_until: self.now.saturating_add_ms(3_600_000),
            effect_digest: None,
            body,
        }
    }

    /// Submits a signed command.
    pub fn submit(&mut self, signed: SignedCommand) -> Outcome {
        let committed = self.ledger.commit(vec![verified(signed)], self.now).expect("committed");
        if let Some(batch) = &committed.batch {
            self.view.publish(batch);
        }
        committed.outcomes.into_iter().next().expect("one outcome")
    }

    /// Signs and submits, and expects acceptance.
    pub fn accepted(&mut self, body: Body, signers: &[&str]) -> EntryIndex {
        let command = self.command(body);
        match self.submit(sign(&command, signers)) {
            Outcome::Recorded { entry } => entry,
            other => panic!("{} by {signers:?}: {other:?}", command.body.name()),
        }
    }

    /// Signs and submits, and expects a rejection that changes nothing; had it been
    /// recorded, the auditor's verifier would have objected for the same reason.
    pub fn rejected(&mut self, body: Body, signers: &[&str]) -> Rejection {
        let command = self.command(body);
        self.rejected_command(&command, signers)
    }

    /// As [`World::rejected`], for a command made by hand.
    pub fn rejected_command(&mut self, command: &Command, signers: &[&str]) -> Rejection {
        let before = (self.ledger.state().digest(), self.view.state().digest());
        let outcome = self.submit(sign(command, signers));
        let after = (self.ledger.state().digest(), self.view.state().digest());
        assert_eq!(before, after, "a rejection changes nothing");
        match outcome {
            Outcome::Rejected(rejection) => {
                self.objected(command, signers, rejection.reason);
                rejection
            }
            other => panic!("{} by {signers:?}: {other:?}", command.body.name()),
        }
    }

    /// Expects a rejection for exactly this reason.
    pub fn refused(&mut self, body: Body, signers: &[&str], reason: Reason) {
        let rejection = self.rejected(body, signers);
        assert_eq!(rejection.reason, reason, "{rejection}");
    }

    /// The published state.
    pub fn state(&self) -> &State {
        self.view.state()
    }

    /// The auditor's verifier over everything so far, and its state against
    /// the ledger's.
    pub fn check(&self) {
        let options = jcm_verify::Options { keep_state: true, ..jcm_verify::Options::full() };
        let report = jcm_verify::verify_frames(self.log.frames(), &options);
        assert!(report.ok, "{:#?}", report.findings);
        assert_eq!(report.entries, self.state().entries());
        let lines: Vec<_> = report.state_lines().map(str::to_owned).collect();
        assert_eq!(lines, self.state().digest_lines());
        assert_eq!(report.state_digest, Some(self.state().digest()));
        assert_eq!(self.ledger.state().digest(), self.state().digest());
        assert!(self.state().is_conserved());
    }
}

/// Corporate number of `alpha`.
pub const ALPHA: &str = "8700110005901";
/// Corporate number of `beta`.
pub const BETA: &str = "4000012090001";

/// An application by a corporation.
pub fn apply_account(key: &str, number: &str) -> Body {
    Body::ApplyAccount(ApplyAccount {
        person: Person::Corporation(number.parse().expect("a corporate number")),
        holder: Holder {
            name_ja: Some(text(&format!("株式会社{key}"))),
            name_en: text(&format!("{key} Inc.")),
            head_office_ja: Some(text("東京都千代田区霞が関1-2-2")),
            head_office_en: text("1-2-2 Kasumigaseki, Chiyoda-ku, Tokyo"),
        },
        particulars: Digest::of(&[key.as_bytes()]),
        attachments: vec![Digest::of(&[b"articles"]), Digest::of(&[b"certificate"])],
        representative: secret(key).public_key(),
    })
}

/// A payment with value today.
pub fn record_payment(reference: &str, yen: u64, account: Option<AccountNumber>) -> Body {
    Body::RecordPayment(RecordPayment {
        bank_reference: name(reference),
        amount_yen: Yen::new(yen),
        value_date: date("2026-11-23"),
        account,
        payer: None,
    })
}

/// A project.
pub fn register_project(reference: &str) -> Body {
    Body::RegisterProject(RegisterProject {
        reference: project(reference),
        title: text("太陽光発電による電力供給プロジェクト"),
        methodology: name("MN_AM003"),
        public_input_date: Some(date("2018-04-01")),
    })
}

/// An issuance of one calendar year to `alpha` (account 1001) and the government.
pub fn issuance(reference: &str, period: u16, alpha: u64, government: u64) -> RecordIssuance {
    let total = alpha + government;
    let parts = [(1_001, alpha), (GOVERNMENT, government)];
    let allocations = parts
        .into_iter()
        .filter(|(_, quantity)| *quantity != 0)
        .map(|(number, quantity)| Allocation {
            account: account(number),
            quantity_tonnes: Tonnes::new(quantity),
        })
        .collect();
    RecordIssuance {
        project: project(reference),
        decision: Decision {
            reference: name(&format!("JC-{reference}-{period}")),
            date: date("2024-06-01"),
            period_start: date(&format!("{period}-01-01")),
            period_end: date(&format!("{period}-12-31")),
            notified_total_tonnes: Tonnes::new(total * 2),
            notified_japan_tonnes: Tonnes::new(total),
        },
        basis: Basis::Consent(EntryIndex::new(u64::MAX)),
        verifier: text("Verifier Ltd."),
        verification_report: Digest::of(&[b"report"]),
        quantity_tonnes: Tonnes::new(total),
        vintages: vec![VintageIssue {
            year: year(period),
            quantity_tonnes: Tonnes::new(total),
            allocations,
        }],
        authorisations: None,
    }
}

/// The same issuance, carried over from the predecessor book.
pub fn carried_over(issuance: RecordIssuance) -> Body {
    Body::RecordIssuance(RecordIssuance {
        basis: Basis::CarriedOver {
            issued_on: date("2024-07-01"),
            recognition_reference: text("環境大臣・経済産業大臣 認定"),
        },
        ..issuance
    })
}

/// An authorisation for Mongolia's vintages 2021 to 2030 towards the NDC.
pub fn authorisation(id: &str, side: Side, quantity: u64) -> Authorisation {
    Authorisation {
        id: name(id),
        side,
        partner: project("MN001").country(),
        cooperative_approach: "CA0007".parse().expect("an approach"),
        date: date("2025-10-01"),
        quantity_tonnes: Tonnes::new(quantity),
        first_vintage: year(2021),
        last_vintage: year(2030),
        purposes: AuthorisedPurposes { ndc: true, imp: false, op: false },
        first_transfer: FirstTransferDefinition::Issuance,
        projects: Vec::new(),
        document: Digest::of(&[id.as_bytes()]),
    }
}

/// What a transfer asks for.
pub fn terms(source: u32, destination: u32, units: &[&str], purpose: Purpose) -> TransferTerms {
    TransferTerms {
        source: account(source),
        destination: account(destination),
        ranges: ranges(units),
        purpose,
        gratuitous: false,
        use_: None,
    }
}

/// An application for a transfer without a payment.
pub fn apply_transfer(terms: TransferTerms) -> Body {
    Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment: None }
}

/// A transfer to the retirement account, declared free of charge.
pub fn retire(source: u32, units: &[&str]) -> Body {
    let terms = terms(source, RETIREMENT, units, Purpose::Retirement);
    apply_transfer(TransferTerms { gratuitous: true, ..terms })
}

/// A transfer to the cancellation account, declared free of charge.
pub fn cancel(source: u32, units: &[&str]) -> Body {
    let terms = terms(source, CANCELLATION, units, Purpose::Cancellation);
    apply_transfer(TransferTerms { gratuitous: true, ..terms })
}

impl World {
    /// Lets days pass.
    pub fn wait_days(&mut self, days: u64) {
        self.now = self.now.saturating_add_ms(days * 86_400_000);
    }

    /// The effects of an entry.
    pub fn effects(&self, entry: EntryIndex) -> Vec<jcm_format::event::Effect> {
        let frames = self.log.frames();
        let bytes = frames.iter().flat_map(|frame| &frame.entries).nth(entry.get() as usize);
        let sealed = jcm_format::entry::SealedEntry::open(bytes.expect("recorded").clone());
        sealed.expect("canonical").entry().event.0.clone()
    }

    /// What an account holds, in tonnes.
    pub fn balance(&self, number: u32) -> u64 {
        self.state().balance(account(number)).get()
    }

    /// Both sides authorise, for the NDC.
    pub fn authorise(&mut self, japan: u64, partner: u64) {
        let body = authorisation("JP-1", Side::Japan, japan);
        self.accepted(
            Body::RecordAuthorisation { authorisation: body, details: None },
            &["authority-1", "authority-2"],
        );
        let body = authorisation("MN-1", Side::Partner, partner);
        self.accepted(
            Body::RecordAuthorisation { authorisation: body, details: None },
            &["mongolia"],
        );
    }

    /// Pays an application's fee from a payment of its own.
    pub fn settle(&mut self, application: EntryIndex, yen: u64) {
        let payment = self.pay(yen, None);
        let amount_yen = Yen::new(yen);
        self.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    }
}

impl World {
    /// Every entry so far, as stored.
    pub fn sealed_entries(&self) -> Vec<jcm_format::entry::SealedEntry> {
        let frames = self.log.frames();
        let bytes = frames.into_iter().flat_map(|frame| frame.entries);
        bytes.map(|bytes| jcm_format::entry::SealedEntry::open(bytes).expect("canonical")).collect()
    }

    /// Every entry so far, decoded.
    pub fn entries(&self) -> Vec<jcm_format::entry::Entry> {
        self.sealed_entries().iter().map(|sealed| sealed.entry().clone()).collect()
    }
}

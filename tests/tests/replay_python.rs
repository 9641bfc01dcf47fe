//! A replay in Python, written from the specification alone, comes to the ledger's state,
//! line by line; and it finds what was changed in a log, and what cannot have happened.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Acceptance, ApplyTransfers, Article6, Authorisation, AuthorisedPurposes, Basis, Body,
    Commission, FirstTransferDefinition, Mandate, PaymentId, Person, Power, Purpose,
    RecordIssuance, RefundSource, RefusalGround, Rules, Side, TransferPart, TransferTerms,
    TransferTrust, TrustRequest, Use, UseDetails, UseKind,
};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::Effect;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::itmo::ItmoRegistry;
use jcm_format::key::Signature;
use jcm_format::serial::SerialRange;
use jcm_format::tlog::{Checkpoint, Tree};
use jcm_ledger::Outcome;
use jcm_tests::acts::*;
use jcm_tests::article6::*;
use jcm_tests::guard::*;
use jcm_tests::random::{Random, Seeded, seeds};
use jcm_tests::world::*;
use jcm_tests::{PythonReplay, python_replay};
use std::collections::BTreeSet;
use std::fs;

/// Random acts of everybody; most are accepted, and the others change nothing.
struct Run {
    random: Random,
    world: World,
    named: u32,
    /// Proponents whose identity may be erased.
    persons: Vec<String>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut world = World::stocked();
        world.accepted(calendar(2026, &["2026-11-23", "2026-12-31"]), OPERATORS);
        world.accepted(calendar(2027, &["2027-01-01"]), OPERATORS);
        world.accepted(calendar_of("MN", 2026, &[]), OPERATORS);
        Run { random: Random::new(seed), world, named: 0, persons: Vec::new() }
    }

    /// Submits, and tells the entry if there is one.
    fn submit(&mut self, body: Body, signers: &[&str]) -> Option<EntryIndex> {
        let command = self.world.command(body);
        match self.world.submit(sign(&command, signers)) {
            Outcome::Recorded { entry } => Some(entry),
            _ => None,
        }
    }

    fn name(&mut self, of: &str) -> String {
        self.named += 1;
        format!("{of}-{}", self.named)
    }

    /// An entry of late, which may be an application, a trust, or nothing of the kind.
    fn late(&mut self) -> EntryIndex {
        let size = self.world.state().entries();
        EntryIndex::new(self.random.between(size.saturating_sub(25).max(1), size - 1))
    }

    fn holder(&mut self) -> (u32, &'static str, u32) {
        *self.random.pick(&[(1_001, "alpha", 1_002), (1_002, "beta", 1_001)])
    }

    /// Units that an account holds.
    fn units(&mut self, of: u32) -> String {
        let held: Vec<SerialRange> = self.world.state().holdings(account(of)).collect();
        if held.is_empty() {
            return "1:1-1".to_owned();
        }
        let range = *self.random.pick(&held);
        let first = self.random.between(range.first(), range.last());
        let last = self.random.between(first, range.last().min(first + 30));
        format!("{}:{first}-{last}", range.block())
    }

    fn terms(&mut self, of: u32, other: u32) -> TransferTerms {
        let units = self.units(of);
        let units = &[units.as_str()];
        let kinds = [UseKind::Ndc, UseKind::Shk];
        match self.random.below(5) {
            0 | 1 => terms(of, other, units, Purpose::Other),
            2 => {
                let terms = terms(of, GOVERNMENT, units, Purpose::Other);
                TransferTerms { gratuitous: true, ..terms }
            }
            3 => {
                let kind = *self.random.pick(&kinds);
                let use_ = Some(Use { reporting_year: Some(year(2026)), ..use_for(kind) });
                let terms = terms(of, RETIREMENT, units, Purpose::Retirement);
                TransferTerms { gratuitous: true, use_, ..terms }
            }
            _ => {
                let kinds = [UseKind::InternationalMitigation, UseKind::OtherPurposes];
                let mut terms = cancel_for(*self.random.pick(&kinds), units);
                terms.source = account(of);
                terms.use_ = terms.use_.filter(|_| self.random.one_in(2));
                terms
            }
        }
    }

    fn transfer(&mut self) {
        let (of, key, other) = self.holder();
        let terms = self.terms(of, other);
        match self.random.below(4) {
            0 => {
                self.submit(apply_transfer(terms), &[key]);
            }
            1 => {
                let payment = self.world.pay(3_000, Some(account(of)));
                self.submit(paid_transfer(terms, payment), &[key]);
            }
            2 => {
                let payment = self.world.pay(10_000, Some(account(of)));
                let mut all = vec![terms];
                for _ in 0..2 {
                    let more = self.terms(of, other);
                    let units = || all.iter().flat_map(|part| part.ranges.iter());
                    if !more.ranges.iter().any(|range| units().any(|of| of.overlaps(range))) {
                        all.push(more);
                    }
                }
                let part = |terms: TransferTerms| TransferPart {
                    fee_payment: (terms.purpose == Purpose::Other && !terms.gratuitous)
                        .then(|| PaymentId::single(payment)),
                    use_details: terms.use_.as_ref().map(|_| UseDetails {
                        beneficiary: Some(Person::Corporation(
                            "8700110005901".parse().expect("its number"),
                        )),
                        entity: None,
                    }),
                    terms,
                };
                let parts = all.into_iter().map(part).collect();
                let bulk = ApplyTransfers { source: account(of), parts };
                self.submit(Body::ApplyTransfers(bulk), &[key]);
            }
            _ => {
                let units = self.units(of);
                let stated = match self.random.below(3) {
                    0 => TransferTrust::Record(trust(&units)),
                    1 => TransferTrust::Delete(digest("end")),
                    _ => TransferTrust::ChangeTrustee {
                        terms: trust(&units),
                        by_new_trustee: self.random.one_in(2),
                    },
                };
                let key = if matches!(
                    stated,
                    TransferTrust::ChangeTrustee { by_new_trustee: true, .. }
                ) {
                    if of == 1_001 { "beta" } else { "alpha" }
                } else {
                    key
                };
                self.submit(transfer_with(of, other, &[units.as_str()], stated), &[key]);
            }
        }
    }

    /// What becomes of an application.
    fn handle(&mut self) {
        let application = self.late();
        let signers: &[&str] = if self.random.one_in(2) { &["alpha"] } else { &["beta"] };
        let (body, signers): (Body, &[&str]) = match self.random.below(12) {
            0..=2 => {
                let fee = if self.random.one_in(2) { 2_500 } else { 1_200 };
                let payment = self.world.pay(fee, None);
                let amount_yen = Yen::new(if self.random.one_in(3) { 700 } else { fee });
                (Body::ApplyPayment { payment, application, amount_yen }, OPERATORS)
            }
            3 | 4 => (Body::RecordTransfer { application }, OPERATORS),
            5 => (Body::RecordApplication { application }, OPERATORS),
            6 => (Body::IssueCertificate { application }, OPERATORS),
            7 => (withdraw(application), signers),
            8 => (request_completion(application, "2027-12-01"), OPERATORS),
            9 => (complete(application), OPERATORS),
            10 => (refuse(application, RefusalGround::Falsehood), OPERATORS),
            _ if self.random.one_in(2) => (Body::AcceptTransfer { application }, signers),
            _ => (Body::LapseApplication { application }, OPERATORS),
        };
        self.submit(body, signers);
    }

    fn apply(&mut self) {
        let (of, key, _) = self.holder();
        let units = self.units(of);
        let ranges = ranges(&[units.as_str()]);
        let late = self.late();
        let body = match self.random.below(8) {
            0 | 1 => apply_trust(of, TrustRequest::Record { ranges, terms: trust(&units) }),
            2 => {
                let (evidence, beneficiaries) = (digest("end"), digest("consent"));
                apply_trust(of, TrustRequest::Delete { ranges, evidence, beneficiaries })
            }
            3 => apply_trust(of, TrustRequest::Amend { trust: late, terms: trust("amended") }),
            4 => Body::RequestCertificate { account: account(of), fee_payment: None },
            5 => change(of, &self.name("Name"), "2026-11-20"),
            6 => close(of),
            _ => {
                let wishes = [
                    Acceptance::Anybody,
                    Acceptance::Consent,
                    Acceptance::Listed(vec![account(1_001), account(1_002)]),
                ];
                let acceptance = self.random.pick(&wishes).clone();
                Body::SetAcceptance { account: account(of), acceptance }
            }
        };
        if let Some(application) = self.submit(body, &[key])
            && self.random.one_in(2)
        {
            self.submit(Body::RecordApplication { application }, OPERATORS);
        }
    }

    fn operate(&mut self) {
        let (of, _, other) = self.holder();
        let (units, late, name) = (self.units(of), self.late(), self.name("x"));
        let body = match self.random.below(9) {
            0 if self.random.one_in(8) => restriction(of, &[]),
            0 => restriction(of, &[units.as_str()]),
            1 | 2 => {
                let found = self.world.state().digest_lines();
                let of = found.iter().find_map(|line| line.strip_prefix("restriction "));
                let entry = of.and_then(|line| line.split(' ').next()?.parse().ok());
                release(EntryIndex::new(entry.unwrap_or(1)))
            }
            3 => Body::RecordCorrection(correction(of, late, &[(of, other, &[units.as_str()])])),
            4 => statement(
                &name,
                &[(name.as_str(), 2_500, "2026-11-20"), (units.as_str(), 900, "2026-11-21")],
            ),
            5 => refund(late, 500, &name),
            6 => refund_of(RefundSource::Application(late), 500, &name),
            7 => {
                let [court, reference] = ["東京地方裁判所", "令和8年(チ)第45号"].map(text);
                let trustee_dismissed = self.random.one_in(2);
                let commission = Commission { court, reference, trustee_dismissed };
                Body::RecordCommission { trust: late, terms: trust("as ordered"), commission }
            }
            _ => {
                let person = digest(&name);
                self.persons.push(name);
                Body::RegisterProponent { project: project("MN001"), person }
            }
        };
        self.submit(body, OPERATORS);
    }

    fn protect(&mut self) {
        let (of, key, other) = self.holder();
        let own = [key];
        let late = self.late();
        let name = self.name("r");
        let per_day = Some(Tonnes::new(self.random.between(50, 500)));
        let (body, signers): (Body, &[&str]) = match self.random.below(9) {
            0 => (set_mandate(of, Mandate { per_day_tonnes: per_day, ..OPEN }), &own),
            1 => (set_mandate(of, OPEN), &own),
            2 | 3 => (trust_account(of, other), &own),
            4 if self.random.one_in(2) => (distrust(of, other), &own),
            4 => (freeze(of), &own),
            5 | 6 => (unfreeze(of), OPERATORS),
            7 => (recover(representative(of, &name, Power::Approve), &name), OPERATORS),
            _ if self.random.one_in(2) => (cancel_recovery(late), OPERATORS),
            _ => (Body::CompleteRecovery { recovery: late }, OPERATORS),
        };
        self.submit(body, signers);
        if self.random.one_in(4) {
            self.submit(register(of, &name, &name, Power::Read), &own);
            if self.random.one_in(2) {
                self.submit(revoke(&name), &own);
            }
        }
    }

    fn authorise(&mut self) {
        let purposes = *self.random.pick(&[
            AuthorisedPurposes { ndc: true, imp: false, op: false },
            AuthorisedPurposes { ndc: true, imp: true, op: true },
        ]);
        let (side, signers) =
            *self.random.pick(&[(Side::Japan, AUTHORITIES), (Side::Partner, PARTNER)]);
        let id = self.name("A");
        let first_transfer = FirstTransferDefinition::Issuance;
        let terms = Authorisation { first_transfer, ..authorised(&id, side, purposes) };
        let late = self.late();
        match self.random.below(6) {
            0..=2 => {
                let with = self.world.state().digest_lines();
                let adopted = with.iter().any(|line| line.starts_with("article6 "));
                let details = adopted.then(|| details(1));
                self.submit(Body::RecordAuthorisation { authorisation: terms, details }, signers);
            }
            3 => {
                self.submit(changed(late, &terms, details(2)), signers);
            }
            4 => {
                self.submit(revoked(late), signers);
            }
            _ => {
                let confirmation = confirmed(2026, 2023, self.random.between(1, 20));
                let entry = self.submit(Body::ConfirmAdjustment(confirmation), PARTNER);
                if let Some(confirmation) = entry.filter(|_| self.random.one_in(3)) {
                    let reason = text("誤り");
                    self.submit(Body::WithdrawConfirmation { confirmation, reason }, PARTNER);
                }
            }
        }
    }

    fn issue(&mut self) {
        let reference = self.name("MNX");
        self.submit(register_project(&reference), &["op-1"]);
        let issuance = vintages(&reference, &[(2022, 60), (2023, 40)]);
        let (project, decision) = (issuance.project.clone(), issuance.decision.clone());
        let consent = self.submit(Body::ConsentIssuance { project, decision }, PARTNER);
        let basis = Basis::Consent(consent.expect("nothing is in the way"));
        let issuance = RecordIssuance { basis, ..issuance };
        let lines = self.world.state().digest_lines();
        let pair: Vec<String> = ["JPN", "MNG"]
            .iter()
            .filter_map(|party| {
                let mut of = lines.iter().filter(|line| line.starts_with("authorisation "));
                let found =
                    of.rfind(|l| l.ends_with(" valid") && l.split(' ').nth(2) == Some(*party));
                Some(found?.split(' ').nth(3)?.to_owned())
            })
            .collect();
        let part = match pair.as_slice() {
            [japan, partner] => under(issuance.clone(), japan, partner),
            _ => issuance.clone(),
        };
        if self.submit(Body::RecordIssuances { parts: vec![part] }, OPERATORS).is_none() {
            self.submit(Body::RecordIssuance(issuance), OPERATORS);
        }
    }

    fn govern(&mut self) {
        let name = self.name("op");
        let (body, signers) = match self.random.below(7) {
            0 => {
                let registry = *self.random.pick(&["JPN01", "JPN02"]);
                let registry = ItmoRegistry::new(registry).expect("an identifier");
                (Body::AdoptArticle6(Article6 { registry, ..article6() }), AUTHORITIES)
            }
            1 => (Body::AdoptSafeguards(SAFEGUARDS), AUTHORITIES),
            2 => {
                let version = self.world.state().rule_set_version() + 1;
                let new = rules(&[("2025-04-01", 2_500), ("2027-04-01", 2_600)]);
                let transferee_acceptance = self.random.one_in(2);
                (Body::AdoptRules(Rules { version, transferee_acceptance, ..new }), AUTHORITIES)
            }
            3 => (appoint(&name, &name), AUTHORITIES),
            4 => (Body::CloseBooks { year: year(2026) }, OPERATORS),
            5 => (erase(trust("amended").details), OPERATORS),
            _ => (erase(digest(&self.persons.pop().unwrap_or_default())), OPERATORS),
        };
        let appointed = matches!(body, Body::AppointOperator { .. });
        if self.submit(body, signers).is_some() && appointed && self.random.one_in(2) {
            let person = jcm_tests::world::name(&name);
            self.submit(Body::RemoveOperator { person, reason: text("異動") }, AUTHORITIES);
        }
    }

    fn step(&mut self) {
        match self.random.below(24) {
            0..=7 => self.transfer(),
            8..=12 => self.handle(),
            13..=15 => self.apply(),
            16 | 17 => self.operate(),
            18 | 19 => self.protect(),
            20 => self.authorise(),
            21 => self.issue(),
            22 => self.govern(),
            _ => self.world.wait_days(self.random.between(0, 3)),
        }
    }
}

/// Plays, and compares the two states now and then.
fn play(seed: u64, steps: u32, seen: &mut BTreeSet<String>) {
    let _seeded = Seeded::run(seed);
    let mut run = Run::new(seed);
    for step in 1..=steps {
        run.step();
        if step % 250 == 0 {
            same_lines(&run.world, seen);
        }
    }
    run.submit(freeze(1_001), &["alpha"]);
    run.world.wait_days(200);
    run.submit(Body::CloseBooks { year: year(2026) }, OPERATORS).expect("the year has ended");
    same_lines(&run.world, seen);
    run.world.check();
}

fn same_lines(world: &World, seen: &mut BTreeSet<String>) {
    let read = replayed(&world.log.frames(), &["--dump-state", "--signatures", "50"]);
    assert!(read.good, "{:?}", read.lines);
    let lines = world.state().digest_lines();
    for (of_python, of_ledger) in read.lines.iter().zip(&lines) {
        assert_eq!(of_python, of_ledger, "after {} entries", world.state().entries());
    }
    assert_eq!(read.lines.len(), lines.len());
    seen.extend(lines.iter().filter_map(|line| Some(line.split(' ').next()?.to_owned())));
}

/// What the Python replay says of frames.
fn replayed(frames: &[Frame], options: &[&str]) -> PythonReplay {
    let mut bytes = MAGIC.to_vec();
    for frame in frames {
        bytes.extend(frame.encode().expect("within the limits"));
    }
    replayed_bytes(&bytes, options)
}

fn replayed_bytes(bytes: &[u8], options: &[&str]) -> PythonReplay {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log.export");
    fs::write(&file, bytes).expect("written");
    python_replay(&file, options).expect("it runs")
}

#[test]
fn a_replay_in_python_comes_to_the_ledger_s_state() {
    let mut seen = BTreeSet::new();
    for seed in seeds(0..3) {
        play(seed, 500, &mut seen);
    }
    let kinds = "rules fee calendar key operator account holder holding reserved trust in-trust \
        restriction project proponent article6 authorisation block first-transferred itmo \
        itmo-next adjustment confirmation payment statement safeguards mandate trusted frozen \
        recovery outgoing application books erased";
    let missing: Vec<_> = kinds.split_whitespace().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "no line of {missing:?}; there were {seen:?}");
}

/// The last lines of the other form: what a reader compares first.
#[test]
fn it_prints_entries_root_and_state_digest() {
    let world = World::stocked();
    let read = replayed(&world.log.frames(), &[]);
    let entries = world.sealed_entries();
    let signatures: usize = entries.iter().map(|e| e.entry().command.signatures.len()).sum();
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| tree.push(entry.leaf()));
    let expected = [
        format!("entries {0} in {0} frames", entries.len()),
        format!("command signatures verified {signatures}"),
        format!("root {}", tree.root()),
        format!("state digest {}", world.state().digest()),
    ];
    assert!(read.good);
    assert_eq!(read.lines, expected);
    let sampled = replayed(&world.log.frames(), &["--signatures", "0"]);
    assert_eq!(sampled.lines[1], "command signatures verified 0");
}

/// Expects a fault of this entry, told in these words.
fn found(frames: &[Frame], entry: usize, what: &str) {
    let read = replayed(frames, &[]);
    assert!(!read.good, "{what}, entry {entry}: nothing found");
    let [line] = read.lines.as_slice() else { panic!("{:?}", read.lines) };
    assert!(line.starts_with("fault: "), "{line}");
    assert!(line.contains(what), "{line}, instead of: {what}");
    assert!(line.contains(&format!("(entry {entry},")), "{line}, instead of entry {entry}");
}

/// The log with every entry changed by `change`, chained and signed as if that were right.
fn reforged(world: &World, change: impl Fn(&mut Entry)) -> Vec<Frame> {
    let (mut tree, mut prev, mut frames) = (Tree::new(), Digest::ZERO, Vec::new());
    for mut entry in world.entries() {
        change(&mut entry);
        entry.prev = prev;
        let first = entry.index.get();
        let sealed = SealedEntry::seal(entry).expect("an entry");
        prev = sealed.leaf();
        tree.push(prev);
        let checkpoint = Checkpoint { origin: origin(), size: tree.len(), root: tree.root() };
        let entries = vec![sealed.bytes().to_vec()];
        frames.push(Frame { first, entries, checkpoint: checkpoint.sign(&secret("log")) });
    }
    frames
}

#[test]
fn a_changed_byte_is_found_and_named_with_its_entry() {
    let world = World::stocked();
    let frames = world.log.frames();
    assert!(replayed(&frames, &[]).good);
    let last = frames.len() - 1;
    for number in [0, 1, last / 2, last] {
        // A byte on the medium.
        let before: usize = frames[..number].iter().map(|f| f.encode().expect("small").len()).sum();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(frames.iter().flat_map(|frame| frame.encode().expect("small")));
        bytes[MAGIC.len() + before + 40] ^= 1;
        let read = replayed_bytes(&bytes, &[]);
        assert!(!read.good);
        assert!(read.lines[0].contains(&format!("match its check (entry {number},")), "{read:?}");
        // From here on by somebody who makes the check anew.
        let mut prev = frames.clone();
        prev[number].entries[0][5] ^= 1;
        found(&prev, number, "does not name the hash of the one before");
        let mut entry = frames.clone();
        *entry[number].entries[0].last_mut().expect("bytes") ^= 1;
        let read = replayed(&entry, &[]);
        assert!(!read.good);
        assert!(read.lines[0].contains(&format!("(entry {number},")), "{read:?}");
        // The root, and the signature of the checkpoint.
        let checkpoint = frames[number].checkpoint.clone();
        let flipped = |line: usize, at: usize| {
            let mut lines: Vec<String> = checkpoint.lines().map(str::to_owned).collect();
            let old = lines[line].as_bytes()[lines[line].len() - at];
            let new = if old == b'A' { "B" } else { "A" };
            let place = lines[line].len() - at;
            lines[line].replace_range(place..=place, new);
            let mut changed = frames.clone();
            changed[number].checkpoint = lines.join("\n") + "\n";
            changed
        };
        found(&flipped(2, 20), number, "another root than the entries");
        found(&flipped(4, 20), number, "a checkpoint's signature does not verify");
    }
    // The chain, the tree and every checkpoint made anew: the command's own signature is left.
    for number in [0, 5, last] {
        let forged = reforged(&world, |entry| {
            if entry.index.get() == number as u64 {
                let signature = &mut entry.command.signatures[0].signature;
                let mut bytes = *signature.as_bytes();
                bytes[40] ^= 1;
                *signature = Signature::from_bytes(bytes);
            }
        });
        found(&forged, number, "a command's signature does not verify");
        let payload = reforged(&world, |entry| {
            if entry.index.get() == number as u64 {
                // In the identifier of the command, behind the registry's name.
                entry.command.payload[25] ^= 1;
            }
        });
        found(&payload, number, "a command's signature does not verify");
    }
    assert!(replayed(&reforged(&world, |_| ()), &[]).good, "a log made anew is as good");
}

/// The entry that the last command recorded, with its effects changed.
fn bent(world: &World, change: impl Fn(&mut Effect)) -> (Vec<Frame>, usize) {
    let last = world.state().entries() - 1;
    let frames = reforged(world, |entry| {
        if entry.index.get() == last {
            entry.event.0.iter_mut().for_each(&change);
        }
    });
    (frames, usize::try_from(last).expect("small"))
}

#[test]
fn effects_that_cannot_be_are_found_though_everything_is_signed() {
    let mut world = World::under_article6();
    let purposes = AuthorisedPurposes { ndc: true, imp: false, op: false };
    let definition = FirstTransferDefinition::Issuance;
    world.pair("1", purposes, definition, &details(1));
    let range = |units: &str| -> SerialRange { units.parse().expect("a range") };
    // Units that the source does not hold: block 4 is alpha's up to 900.
    world.accepted(retire(1_001, &["4:1-100"]), &["alpha"]);
    let (frames, last) = bent(&world, |effect| {
        if let Effect::TransferApplied { terms, .. } = effect {
            terms.ranges = ranges(&["4:850-950"]);
        }
    });
    found(&frames, last, "not held by the account that it leaves");
    let (frames, last) = bent(&world, |effect| {
        if let Effect::FirstTransferred { range: of, .. } = effect {
            *of = range("4:1-1001");
        }
    });
    found(&frames, last, "beyond a block");
    // First transferred twice, and beyond what is authorised: 1,000 t.
    world.accepted(retire(1_001, &["4:101-200"]), &["alpha"]);
    let bend = |units: &'static str| {
        bent(&world, move |effect| {
            if let Effect::FirstTransferred { range: of, .. } = effect {
                *of = units.parse().expect("a range");
            }
        })
    };
    let (frames, last) = bend("4:100-199");
    found(&frames, last, "first transferred twice");
    let (frames, last) = bend("2:1-901");
    found(&frames, last, "used beyond its quantity");
    // A block of which units are nobody's, or somebody's already.
    world.issue("MN002", 2022, 90, 10);
    let (frames, last) = bent(&world, |effect| {
        if let Effect::BlockIssued { allocations, .. } = effect {
            let of = &mut allocations[1].range;
            *of = SerialRange::new(of.block(), of.first() + 1, of.last()).expect("a range");
        }
    });
    found(&frames, last, "not numbered without a gap");
    // A yen that is spent twice.
    let payment = world.pay(3_000, Some(account(1_001)));
    let terms = terms(1_001, 1_002, &["1:1-5"], Purpose::Other);
    world.accepted(paid_transfer(terms, payment), &["alpha"]);
    let (frames, last) = bent(&world, |effect| {
        if let Effect::PaymentApplied { amount_yen, .. } = effect {
            *amount_yen = Yen::new(3_001);
        }
    });
    found(&frames, last, "more is taken from a payment than is left of it");
}

//! Many clients, lost answers, failing disks, restarts and a clock that jumps,
//! all from one seed. What must hold, whatever happens:
//!
//! * what was acknowledged is in the log, once, for ever;
//! * a repeated command gets the same receipt, byte for byte;
//! * a command is judged by what the commands before it in its batch have done;
//! * the auditor's verifier accepts the log after every restart, with the same state.

use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, Body, Command, Commission, PaymentId, Purpose, RecordPayment, RefundSource,
    RefusalGround, RegisterProject, Role, Rules, TransferTerms, TransferTrust, TrustRequest,
};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::Effect;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::serial::SerialRanges;
use jcm_format::time::Timestamp;
use jcm_ledger::log::{AppendFault, FaultPlan, OrderedLog, SimulatedLog, SimulatedMedium};
use jcm_ledger::state::{SubjectKind, TransfereeConsent};
use jcm_ledger::{CommitError, Ledger, Outcome, Reason, State, View};
use jcm_tests::acts::*;
use jcm_tests::random::{Random, Seeded, seeds};
use jcm_tests::world::*;
use std::collections::{BTreeMap, BTreeSet};

/// How often a command that the published state would have admitted was rejected for
/// what another one in its batch had done; and how often one was admitted for it.
#[derive(Default)]
struct Batches {
    spoilt: BTreeMap<(&'static str, Reason), u32>,
    enabled: BTreeMap<&'static str, u32>,
}

impl Batches {
    /// `alone`: each command, and whether it would have been admitted by itself.
    fn note(&mut self, outcomes: &[Outcome], alone: &[(&'static str, bool)]) {
        for (outcome, (name, admitted)) in outcomes.iter().zip(alone) {
            match outcome {
                Outcome::Rejected(rejection) if *admitted => {
                    *self.spoilt.entry((name, rejection.reason)).or_default() += 1;
                }
                Outcome::Recorded { .. } if !admitted => {
                    *self.enabled.entry(name).or_default() += 1;
                }
                _ => {}
            }
        }
    }
}

const ALPHA_ACCOUNT: u32 = 1_001;
const BETA_ACCOUNT: u32 = 1_002;
/// What `alpha` has in the beginning.
const UNITS: u64 = 200;

struct Simulation {
    random: Random,
    medium: SimulatedMedium,
    running: Option<(Ledger<SimulatedLog>, View)>,
    now_ms: u64,
    next_id: u128,
    /// Sent at least once and not acknowledged to the client.
    pending: Vec<SignedCommand>,
    /// What clients were told, by command id.
    acknowledged: BTreeMap<CommandId, (EntryIndex, String)>,
    faults: u32,
    batches: Batches,
}

impl Simulation {
    fn new(seed: u64) -> Simulation {
        let medium = SimulatedMedium::new(FaultPlan::none());
        let now = Timestamp::from_ms(NOW_MS).expect("in range");
        let mut simulation = Simulation {
            random: Random::new(seed),
            medium: medium.clone(),
            running: None,
            now_ms: NOW_MS,
            next_id: 1,
            pending: Vec::new(),
            acknowledged: BTreeMap::new(),
            faults: 0,
            batches: Batches::default(),
        };
        let command = simulation.command(genesis());
        let genesis = verified(sign(&command, &["authority-1", "authority-2"]));
        let log = medium.open().expect("on");
        let opened = Ledger::create(log, secret("log"), genesis, now).expect("created");
        simulation.running = Some((opened.ledger, opened.view));
        simulation.populate();
        simulation
    }

    /// Two operators, a partner, two holders, of whom `alpha` has 200 units and `beta`
    /// receives none without its consent.
    fn populate(&mut self) {
        for person in ["op-1", "op-2"] {
            let key = possessed(&secret(person), &Role::Operator(name(person)));
            self.done(Body::AppointOperator { person: name(person), key }, AUTHORITIES);
        }
        let role = Role::Partner(project("MN001").country());
        let key = possessed(&secret("mongolia"), &role);
        self.done(Body::RegisterKey { role, key }, AUTHORITIES);
        self.done(register_project("MN001"), &["op-1"]);
        for (key, number) in [("alpha", ALPHA), ("beta", BETA)] {
            let application = self.done(apply_account(key, number), &[key]);
            let payment = self.done(record_payment(key, 14_400, None), &["op-1"]);
            let amount_yen = Yen::new(14_400);
            self.done(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
            self.done(Body::OpenAccount { application }, &["op-1"]);
        }
        let mut carried = issuance("MN001", 2023, UNITS, 0);
        carried.decision.date = date("2024-06-01");
        self.done(carried_over(carried), AUTHORITIES);
        self.done(rules_with_acceptance(), AUTHORITIES);
        let wish =
            Body::SetAcceptance { account: account(BETA_ACCOUNT), acceptance: Acceptance::Consent };
        self.done(wish, &["beta"]);
    }

    /// Has something done before the faults begin.
    fn done(&mut self, body: Body, signers: &[&str]) -> EntryIndex {
        let command = self.command(body);
        self.pending.push(sign(&command, signers));
        while !self.pending.is_empty() {
            self.deliver(false);
        }
        self.acknowledged.get(&command.id).expect("accepted").0
    }

    fn state(&self) -> &State {
        self.running.as_ref().expect("running").1.state()
    }

    fn command(&mut self, body: Body) -> Command {
        self.next_id += 1;
        Command {
            registry: origin(),
            id: CommandId::from_bytes(self.next_id.to_be_bytes()),
            valid_until: Timestamp::from_ms(self.now_ms + 80_000_000).expect("in range"),
            effect_digest: None,
            body,
        }
    }

    /// A client decides on something new to do; now and then two clients on things
    /// that do not go together.
    fn ask(&mut self) {
        match self.random.below(12) {
            0..=1 => self.ask_as_before(),
            2..=3 => self.ask_for_import(),
            4 => self.ask_for_refunds(),
            5..=6 => self.ask_about_restrictions(),
            7..=8 => self.ask_for_transfer(),
            9..=10 => self.ask_about_application(),
            _ => self.ask_for_the_rest(),
        }
    }

    fn send(&mut self, body: Body, signers: &[&str]) {
        let command = self.command(body);
        self.pending.push(sign(&command, signers));
    }

    /// Collides now and then: the second one is rejected.
    fn ask_as_before(&mut self) {
        let number = self.random.below(500);
        let body = if self.random.one_in(3) {
            Body::RegisterProject(RegisterProject {
                reference: project(&format!("MN{number:03}")),
                title: text("a project"),
                methodology: name("MN_AM003"),
                public_input_date: None,
            })
        } else {
            let account = self.random.one_in(2).then(|| account(ALPHA_ACCOUNT));
            record_payment(&format!("bank-{number}"), 2_400 + number, account)
        };
        self.send(body, &["op-1"]);
    }

    /// Statements that overlap: one line in two of them, or one of them twice.
    fn ask_for_import(&mut self) {
        let first = self.random.below(160);
        for _ in 0..self.random.between(1, 2) {
            let statement_id = format!("statement {}", self.random.below(60));
            let keys = [first, first + 1].map(|key| format!("line {key}"));
            let lines = keys.each_ref().map(|key| (key.as_str(), 2_500, "2026-11-20"));
            let Body::ImportStatement(mut import) = statement(&statement_id, &lines) else {
                unreachable!()
            };
            import.payments[0].account = Some(account(ALPHA_ACCOUNT));
            self.send(Body::ImportStatement(import), &["op-1"]);
        }
    }

    fn payment(&mut self) -> Option<(PaymentId, u64)> {
        let payments = self.state().payments().filter(|payment| payment.left_yen != Yen::ZERO);
        let payments: Vec<_> =
            payments.map(|payment| (payment.id, payment.left_yen.get())).collect();
        (!payments.is_empty()).then(|| *self.random.pick(&payments))
    }

    /// Two refunds of the same rest, under two references or one.
    fn ask_for_refunds(&mut self) {
        let Some((payment, left)) = self.payment() else { return };
        for _ in 0..2 {
            let reference = format!("back {}", self.random.below(200)).replace(' ', "-");
            self.send(refund_of(RefundSource::Payment(payment), left, &reference), OPERATORS);
        }
    }

    fn units(&mut self) -> String {
        let first = self.random.between(1, UNITS);
        format!("1:{first}-{}", (first + self.random.below(4)).min(UNITS))
    }

    /// An order on units, and a holder in a hurry.
    fn ask_about_restrictions(&mut self) {
        let units = self.units();
        let known: Vec<_> = self.state().restrictions().map(|record| record.entry).collect();
        if !known.is_empty() && self.random.one_in(2) {
            let order = *self.random.pick(&known);
            return self.send(release(order), OPERATORS);
        }
        let whole = self.random.one_in(8);
        let named = [units.as_str()];
        self.send(restriction(ALPHA_ACCOUNT, if whole { &[] } else { &named }), OPERATORS);
        self.send(cancel(ALPHA_ACCOUNT, &[&units]), &["alpha"]);
    }

    fn ask_for_transfer(&mut self) {
        let units = self.units();
        let fee_payment = self.payment().map(|(payment, _)| payment);
        let body = match self.random.below(4) {
            0 => Body::RequestCertificate { account: account(ALPHA_ACCOUNT), fee_payment },
            1 => transfer_with(
                ALPHA_ACCOUNT,
                BETA_ACCOUNT,
                &[&units],
                TransferTrust::Record(trust("deed")),
            ),
            _ => Body::ApplyTransfer {
                terms: terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &[&units], Purpose::Other),
                use_details: None,
                trust: None,
                fee_payment,
            },
        };
        // The holder's two representatives do not talk to each other.
        for _ in 0..self.random.between(1, 2) {
            self.send(body.clone(), &["alpha"]);
        }
    }

    /// What a holder and two clerks do about an open application, all at once.
    fn ask_about_application(&mut self) {
        let open = self.state().open_applications();
        let open: Vec<_> = open
            .map(|open| {
                let awaits = open.consent == TransfereeConsent::Awaited;
                (open.entry, open.subject.kind(), open.due_yen(), awaits)
            })
            .collect();
        if open.is_empty() {
            return;
        }
        let (application, kind, due, awaits) = *self.random.pick(&open);
        if awaits {
            self.send(Body::AcceptTransfer { application }, &["beta"]);
            self.send(Body::AcceptTransfer { application }, &["beta"]);
        }
        if due != Yen::ZERO
            && let Some((payment, left)) = self.payment()
            && payment.line == 0
            && due.get() <= left
        {
            let payment = payment.entry;
            self.send(Body::ApplyPayment { payment, application, amount_yen: due }, &["op-1"]);
        }
        let body = match (self.random.below(6), kind) {
            (0, _) => refuse(application, RefusalGround::Procedure),
            (_, SubjectKind::Transfer) => Body::RecordTransfer { application },
            (_, SubjectKind::Certificate) => Body::IssueCertificate { application },
            _ => Body::RecordApplication { application },
        };
        self.send(body, &["op-2"]);
    }

    fn ask_for_the_rest(&mut self) {
        let units = self.units();
        match self.random.below(4) {
            0 => {
                let request =
                    TrustRequest::Record { ranges: ranges(&[&units]), terms: trust("own") };
                self.send(apply_trust(ALPHA_ACCOUNT, request), &["alpha"]);
            }
            1 => {
                let moves: &[(u32, u32, &[&str])] = &[(ALPHA_ACCOUNT, GOVERNMENT, &[&units])];
                let body = correction(ALPHA_ACCOUNT, EntryIndex::new(1), moves);
                self.send(Body::RecordCorrection(body), OPERATORS);
            }
            2 => {
                let body = Body::CloseBooks { year: year(2_025) };
                self.send(body, OPERATORS);
            }
            _ => {
                let name_en = format!("Alpha {}", self.random.below(9));
                self.send(change(ALPHA_ACCOUNT, &name_en, "2026-11-01"), &["alpha"]);
                self.send(change(ALPHA_ACCOUNT, &name_en, "2026-11-01"), &["alpha"]);
            }
        }
    }

    /// Delivers some pending commands as one batch, some of them twice.
    fn deliver(&mut self, faulty: bool) {
        let Some((ledger, view)) = &mut self.running else { return };
        let mut batch = Vec::new();
        let mut taken = Vec::new();
        for (position, signed) in self.pending.iter().enumerate() {
            if batch.len() < 200 && !self.random.one_in(4) {
                batch.push(verified(signed.clone()));
                taken.push(position);
                if self.random.one_in(10) {
                    batch.push(verified(signed.clone()));
                    taken.push(position);
                }
            }
        }
        if faulty {
            let faults = [AppendFault::Lose, AppendFault::Persist, AppendFault::PowerLoss];
            self.medium.fail_next(*self.random.pick(&faults));
        }
        let now = Timestamp::from_ms(self.now_ms).expect("in range");
        let ids: Vec<_> = batch.iter().map(|command| command.command().id).collect();
        // What would become of each if it came alone.
        let time = view.state().last_time().map_or(now, |last| last.max(now));
        let alone: Vec<_> = batch
            .iter()
            .map(|command| {
                let admitted = jcm_ledger::decide(view.state(), time, command).is_ok();
                (command.command().body.name(), admitted)
            })
            .collect();
        let committed = match ledger.commit(batch, now) {
            Ok(committed) => committed,
            Err(_) => {
                self.faults += 1;
                assert!(ledger.is_poisoned());
                // Whatever comes next is refused, whether or not the log would take it.
                let next = self.pending.first().cloned().map(verified).into_iter().collect();
                let refused = ledger.commit(next, now).expect_err("poisoned");
                assert!(matches!(refused, CommitError::Poisoned), "{refused}");
                return self.restart();
            }
        };
        if let Some(batch) = &committed.batch {
            view.publish(batch);
        }
        self.batches.note(&committed.outcomes, &alone);
        let mut done = Vec::new();
        for ((outcome, id), position) in committed.outcomes.iter().zip(ids).zip(taken) {
            match outcome {
                Outcome::Recorded { entry } | Outcome::Repeated { entry } => {
                    let receipt = receipt(&self.medium, view, *entry);
                    match self.acknowledged.get(&id) {
                        Some(before) => assert_eq!(*before, (*entry, receipt), "the same receipt"),
                        None => {
                            self.acknowledged.insert(id, (*entry, receipt));
                        }
                    }
                    // Now and then the answer is lost and the client asks again.
                    if !self.random.one_in(5) {
                        done.push(position);
                    }
                }
                Outcome::Rejected(_) => done.push(position),
            }
        }
        done.sort_unstable();
        done.dedup();
        for position in done.into_iter().rev() {
            self.pending.swap_remove(position);
        }
    }

    fn restart(&mut self) {
        self.running = None;
        self.medium.power_on();
        let log = self.medium.open().expect("on");
        let opened = Ledger::open(log, secret("log")).expect("opens again");
        self.running = Some((opened.ledger, opened.view));
        self.check();
    }

    fn entries(&self) -> Vec<Entry> {
        let log = self.medium.open().expect("on");
        let frames = log.read(0).expect("readable");
        let entries = frames.flat_map(|frame| frame.expect("intact").entries);
        entries.map(|bytes| SealedEntry::open(bytes).expect("canonical").entry().clone()).collect()
    }

    fn check(&self) {
        let Some((ledger, view)) = &self.running else { return };
        let log = self.medium.open().expect("on");
        let frames: Vec<_> =
            log.read(0).expect("readable").collect::<Result<_, _>>().expect("intact");
        let report = jcm_verify::verify_frames(frames, &jcm_verify::Options::full());
        assert!(report.ok, "{:#?}", report.findings);
        assert_eq!(report.state_digest, Some(view.state().digest()));
        assert_eq!(ledger.state().digest(), view.state().digest());
        for (entry, before) in self.acknowledged.values() {
            assert_eq!(receipt(&self.medium, view, *entry), *before);
        }
    }
}

/// The receipt as a server would make it from the log.
fn receipt(medium: &SimulatedMedium, view: &View, entry: EntryIndex) -> String {
    let log = medium.open().expect("on");
    let frame = log.read(entry.get()).expect("published").next().expect("there").expect("intact");
    let position = usize::try_from(entry.get() - frame.first).expect("small");
    let key = jcm_format::tlog::VerifierKey::new(
        origin().as_ref(),
        jcm_format::tlog::KeyType::Ed25519,
        &secret("log").public_key(),
    );
    let checkpoint =
        jcm_format::tlog::TrustedCheckpoint::open(&frame.checkpoint, &key.expect("a key"));
    view.receipt(entry, &frame.entries[position], &checkpoint.expect("signed")).expect("covered")
}

/// Reads the log as an auditor with a pencil would: nothing that happens once has
/// happened twice, and nothing restricted has moved.
fn nothing_happened_twice(entries: &[Entry]) {
    let (mut lines, mut accepted, mut left) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    let mut restrictions: BTreeMap<EntryIndex, Option<BTreeSet<u64>>> = BTreeMap::new();
    let mut terms: BTreeMap<EntryIndex, TransferTerms> = BTreeMap::new();
    let numbers = |ranges: &SerialRanges| -> BTreeSet<u64> {
        ranges.iter().flat_map(|range| range.first()..=range.last()).collect()
    };
    for entry in entries {
        let here = entry.index;
        for effect in &entry.event.0 {
            match effect {
                Effect::PaymentRecorded { amount_yen, .. } => {
                    left.insert(PaymentId::single(here), amount_yen.get());
                }
                Effect::StatementImported { payments, .. } => {
                    for (number, payment) in (1..).zip(payments) {
                        assert!(lines.insert(payment.key), "{here}: {} twice", payment.key);
                        left.insert(line(here, number), payment.amount_yen.get());
                    }
                }
                Effect::PaymentApplied { payment, amount_yen, .. } => {
                    let left = left.get_mut(&PaymentId::single(*payment)).expect("recorded");
                    *left = left.checked_sub(amount_yen.get()).expect("spent once");
                }
                Effect::PaymentLineApplied { payment, amount_yen, .. }
                | Effect::Refunded { source: RefundSource::Payment(payment), amount_yen, .. } => {
                    let left = left.get_mut(payment).expect("recorded");
                    *left = left.checked_sub(amount_yen.get()).expect("spent once");
                }
                Effect::TransferAccepted { application } => {
                    assert!(accepted.insert(*application), "{application} accepted twice");
                }
                Effect::RestrictionRecorded { restriction } => {
                    restrictions.insert(here, restriction.ranges.as_ref().map(numbers));
                }
                Effect::RestrictionReleased { restriction } => {
                    assert!(restrictions.remove(restriction).is_some(), "{restriction}");
                }
                Effect::TransferApplied { terms: applied, .. } => {
                    terms.insert(here, applied.clone());
                }
                Effect::TransferRecorded { application } => {
                    let moved = terms.remove(&application.unwrap_or(here)).expect("once");
                    // Every order of this simulation is on the holder who transfers.
                    assert_eq!(moved.source.get(), ALPHA_ACCOUNT);
                    let moved = numbers(&moved.ranges);
                    for (order, units) in &restrictions {
                        let free = units.as_ref().is_some_and(|units| units.is_disjoint(&moved));
                        assert!(free, "{here} moves what {order} restricts");
                    }
                }
                _ => {}
            }
        }
    }
}

fn play(seed: u64, steps: u32) -> Simulation {
    let _named = Seeded::run(seed);
    let mut simulation = Simulation::new(seed);
    for _ in 0..steps {
        match simulation.random.below(20) {
            0..=11 => simulation.ask(),
            12..=16 => simulation.deliver(false),
            17 => simulation.deliver(true),
            18 => simulation.restart(),
            _ => {
                let jump = simulation.random.below(120_000);
                let back = simulation.random.one_in(2);
                let now = simulation.now_ms;
                simulation.now_ms = if back { now - jump } else { now + jump };
            }
        }
    }
    while !simulation.pending.is_empty() {
        simulation.deliver(false);
    }
    simulation.restart();
    nothing_happened_twice(&simulation.entries());
    simulation
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let (mut acknowledged, mut faults, mut batches) = (0, 0, Batches::default());
    for seed in seeds(0..12) {
        let simulation = play(seed, 150);
        acknowledged += simulation.acknowledged.len();
        faults += simulation.faults;
        for (what, count) in simulation.batches.spoilt {
            *batches.spoilt.entry(what).or_default() += count;
        }
        for (what, count) in simulation.batches.enabled {
            *batches.enabled.entry(what).or_default() += count;
        }
    }
    // The run must have exercised what it claims to.
    assert!(acknowledged > 500 && faults > 50, "{acknowledged} acknowledged, {faults} faults");
    for what in [
        ("AcceptTransfer", Reason::AcceptanceNotAsked),
        ("ApplyTransfer", Reason::UnitsReserved),
        ("ApplyTransfer", Reason::UnitsRestricted),
        ("ImportStatement", Reason::PaymentRecordedBefore),
        ("NotifyChange", Reason::ApplicationPending),
        ("RecordApplication", Reason::ApplicationClosed),
        ("Refund", Reason::PaymentSpent),
        ("ReleaseRestriction", Reason::RestrictionUnknown),
    ] {
        assert!(batches.spoilt.contains_key(&what), "{what:?}: {:?}", batches.spoilt);
    }
    assert!(batches.enabled.contains_key("RecordTransfer"), "{:?}", batches.enabled);
}

/// A command with its signers.
type Signed<'a> = (Body, &'a [&'a str]);

/// Both in one batch: the first is recorded, and this becomes of the second.
fn together(world: &mut World, first: Signed<'_>, second: Signed<'_>, expected: Option<Reason>) {
    let shown = format!("{} and {}", first.0.name(), second.0.name());
    let commands = [first, second].map(|(body, signers)| (world.command(body), signers));
    let batch = commands.each_ref().map(|(command, signers)| verified(sign(command, signers)));
    let time = world.now;
    let alone = batch.each_ref().map(|c| jcm_ledger::decide(world.state(), time, c).is_ok());
    assert_eq!(alone, [true, expected.is_some()], "{shown}: each by itself");
    let committed = world.ledger.commit(batch.into(), time).expect("committed");
    world.view.publish(committed.batch.as_ref().expect("one is recorded"));
    let found = committed.outcomes.iter().map(|outcome| match outcome {
        Outcome::Recorded { .. } => None,
        Outcome::Rejected(rejection) => Some(rejection.reason),
        Outcome::Repeated { .. } => panic!("a new id"),
    });
    assert_eq!(found.collect::<Vec<_>>(), [None, expected], "{shown}");
    if let (Some(reason), (command, signers)) = (expected, &commands[1]) {
        world.objected(command, signers, reason);
    }
}

fn to_beta(units: &[&str]) -> Body {
    apply_transfer(terms(ALPHA_ACCOUNT, BETA_ACCOUNT, units, Purpose::Other))
}

// One table; split, it would no longer show that the pairs are alike.
#[allow(clippy::too_many_lines)]
#[test]
fn the_second_of_a_batch_is_judged_after_the_first() {
    let mut world = World::stocked();
    let w = &mut world;
    let (op, alpha, beta) = (&["op-1"][..], &["alpha"][..], &["beta"][..]);
    let order = |units: &[&str]| (restriction(ALPHA_ACCOUNT, units), OPERATORS);
    together(
        w,
        order(&["4:1-1"]),
        (cancel(ALPHA_ACCOUNT, &["4:1-9"]), alpha),
        Some(Reason::UnitsRestricted),
    );
    together(
        w,
        (cancel(ALPHA_ACCOUNT, &["4:2-2"]), alpha),
        order(&["4:2-3"]),
        Some(Reason::UnitsNotHeld),
    );
    let entry = w.state().restrictions().next().expect("one").entry;
    together(w, (release(entry), OPERATORS), (cancel(ALPHA_ACCOUNT, &["4:1-1"]), alpha), None);
    let whole = w.accepted(restriction(ALPHA_ACCOUNT, &[]), OPERATORS);
    together(
        w,
        (release(whole), OPERATORS),
        (release(whole), OPERATORS),
        Some(Reason::RestrictionUnknown),
    );
    // Money.
    let import = |id: &str, key: &str| (statement(id, &[(key, 900, "2026-11-20")]), op);
    together(w, import("s1", "a"), import("s2", "a"), Some(Reason::PaymentRecordedBefore));
    together(w, import("s3", "b"), import("s3", "c"), Some(Reason::StatementImported));
    let payment = w.pay(3_000, Some(account(ALPHA_ACCOUNT)));
    let back = |yen, reference| (refund(payment, yen, reference), OPERATORS);
    together(w, back(200, "o1"), back(200, "o1"), Some(Reason::PaymentRecordedBefore));
    together(w, back(200, "o2"), back(2_601, "o3"), Some(Reason::PaymentSpent));
    let fee_payment = Some(PaymentId::single(payment));
    let ask = Body::RequestCertificate { account: account(ALPHA_ACCOUNT), fee_payment };
    together(w, (ask.clone(), alpha), back(1_401, "o4"), Some(Reason::PaymentSpent));
    together(w, (ask.clone(), alpha), (ask, alpha), Some(Reason::PaymentSpent));
    // Units.
    let own = |units| TrustRequest::Record { ranges: ranges(units), terms: trust("own") };
    let entrust = |units| (apply_trust(ALPHA_ACCOUNT, own(units)), alpha);
    together(w, entrust(&["4:11-20"]), (to_beta(&["4:20-21"]), alpha), Some(Reason::UnitsReserved));
    let moves: &[(u32, u32, &[&str])] = &[(ALPHA_ACCOUNT, GOVERNMENT, &["4:30-31"])];
    let correct = || {
        let body = correction(ALPHA_ACCOUNT, EntryIndex::new(1), moves);
        (Body::RecordCorrection(body), OPERATORS)
    };
    together(w, correct(), correct(), Some(Reason::UnitsNotHeld));
    // A trustee who is dismissed in the same breath.
    let application = w.accepted(entrust(&["4:41-50"]).0, alpha);
    let deed = w.accepted(Body::RecordApplication { application }, op);
    let end = TransferTrust::Delete(digest("end"));
    let leaves = transfer_with(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:41-42"], end);
    let waiting = w.accepted(leaves.clone(), alpha);
    w.settle(waiting, 2_500);
    let dismissal = Body::RecordCommission {
        trust: deed,
        terms: trust("as ordered"),
        commission: Commission {
            court: text("東京地方裁判所"),
            reference: text("令和8年(チ)第45号"),
            trustee_dismissed: true,
        },
    };
    let record = (Body::RecordTransfer { application: waiting }, op);
    together(w, (dismissal, OPERATORS), record, Some(Reason::TrusteeDismissed));
    // Consent, which is needed once.
    together(
        w,
        (rules_with_acceptance(), AUTHORITIES),
        (Body::AdoptRules(Rules { payment_days: 9, ..rules(&[("2025-04-01", 1)]) }), AUTHORITIES),
        Some(Reason::RulesVersion),
    );
    let wish = |acceptance| Body::SetAcceptance { account: account(BETA_ACCOUNT), acceptance };
    let nobody = wish(Acceptance::Listed(vec![account(4_711)]));
    let hurry = (to_beta(&["4:60-60"]), alpha);
    together(w, (nobody, beta), hurry.clone(), Some(Reason::NotAccepted));
    w.accepted(wish(Acceptance::Consent), beta);
    let application = w.accepted(hurry.0, alpha);
    w.settle(application, 2_500);
    let accept = || (Body::AcceptTransfer { application }, beta);
    together(w, accept(), accept(), Some(Reason::AcceptanceNotAsked));
    w.accepted(Body::RecordTransfer { application }, op);
    let application = w.accepted(to_beta(&["4:61-61"]), alpha);
    w.settle(application, 2_500);
    let accept = (Body::AcceptTransfer { application }, beta);
    together(w, accept, (Body::RecordTransfer { application }, op), None);
    // What is closed or erased once.
    let books = || (Body::CloseBooks { year: year(2_025) }, OPERATORS);
    together(w, books(), books(), Some(Reason::BooksClosed));
    let payment = match record_payment("of-a-payer", 1, None) {
        Body::RecordPayment(payment) => payment,
        other => panic!("{other:?}"),
    };
    let payer = Some(digest("payer"));
    w.accepted(Body::RecordPayment(RecordPayment { payer, ..payment }), op);
    let erased = || (erase(digest("payer")), OPERATORS);
    together(w, erased(), erased(), Some(Reason::ErasedAlready));
    w.accepted(cancel(BETA_ACCOUNT, &["4:60-61"]), beta);
    let refused = refuse(waiting, RefusalGround::Procedure);
    let closing = (close(BETA_ACCOUNT), beta);
    together(w, (refused, op), closing, None);
    let application = w.state().open_applications().last().expect("the closing").entry;
    let closed = (Body::RecordApplication { application }, op);
    let late = (wish(Acceptance::Anybody), beta);
    together(w, closed, late, Some(Reason::KeyRevoked));
    world.check();
}

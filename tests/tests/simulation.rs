//! Many clients, lost answers, failing disks, restarts and a clock that jumps,
//! all from one seed. What must hold, whatever happens:
//!
//! * what was acknowledged is in the log, once, for ever;
//! * a repeated command gets the same receipt, byte for byte;
//! * the auditor's verifier accepts the log after every restart.

use jcm_format::command::{Body, Command, RegisterProject};
use jcm_format::envelope::SignedCommand;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::time::Timestamp;
use jcm_ledger::log::{AppendFault, FaultPlan, OrderedLog, SimulatedLog, SimulatedMedium};
use jcm_ledger::{Ledger, Outcome, View};
use jcm_tests::random::Random;
use jcm_tests::world::*;
use std::collections::BTreeMap;

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
        };
        let command = simulation.command(genesis());
        let genesis = verified(sign(&command, &["authority-1", "authority-2"]));
        let log = medium.open().expect("on");
        let opened = Ledger::create(log, secret("log"), genesis, now).expect("created");
        simulation.running = Some((opened.ledger, opened.view));
        let role = jcm_format::command::Role::Operator(name("op-1"));
        let key = possessed(&secret("op-1"), &role);
        let appoint = Body::AppointOperator { person: name("op-1"), key };
        let command = simulation.command(appoint);
        simulation.pending.push(sign(&command, &["authority-1", "authority-2"]));
        while !simulation.pending.is_empty() {
            simulation.deliver(false);
        }
        simulation
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

    /// A client decides on something new to do.
    fn ask(&mut self) {
        let number = self.random.below(500);
        let body = if self.random.one_in(3) {
            // Collides now and then: the second one is rejected.
            Body::RegisterProject(RegisterProject {
                reference: project(&format!("MN{number:03}")),
                title: text("a project"),
                methodology: name("MN_AM003"),
                public_input_date: None,
            })
        } else {
            record_payment(&format!("bank-{number}"), 1 + number, None)
        };
        let command = self.command(body);
        self.pending.push(sign(&command, &["op-1"]));
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
        let committed = match ledger.commit(batch, now) {
            Ok(committed) => committed,
            Err(_) => {
                self.faults += 1;
                assert!(ledger.is_poisoned());
                return self.restart();
            }
        };
        if let Some(batch) = &committed.batch {
            view.publish(batch);
        }
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

fn play(seed: u64, steps: u32) -> (usize, u32) {
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
    (simulation.acknowledged.len(), simulation.faults)
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let (mut acknowledged, mut faults) = (0, 0);
    for seed in 0..25 {
        let (told, failed) = play(seed, 120);
        acknowledged += told;
        faults += failed;
    }
    // The run must have exercised what it claims to.
    assert!(acknowledged > 500 && faults > 50, "{acknowledged} acknowledged, {faults} faults");
}

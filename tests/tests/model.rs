//! Random transfers against a model that knows one thing: who has each unit.
//!
//! The model keeps an array cell for every unit and predicts, for every
//! command, whether it is accepted. Nothing in it is a range.

use jcm_format::amount::Yen;
use jcm_format::command::{Body, PaymentId, Purpose, Side};
use jcm_format::id::EntryIndex;
use jcm_ledger::Outcome;
use jcm_tests::random::Random;
use jcm_tests::world::*;

const UNITS: u64 = 60;
const ALPHA_ACCOUNT: u32 = 1_001;
const BETA_ACCOUNT: u32 = 1_002;

/// Two blocks of 60 units: block 1 of 2019, block 2 of 2023.
struct Model {
    owner: [[u32; UNITS as usize]; 2],
    reserved: [[Option<EntryIndex>; UNITS as usize]; 2],
    first_transferred: [bool; UNITS as usize],
    authorised_left: u64,
    retired: u64,
}

struct Move {
    source: u32,
    destination: u32,
    block: usize,
    first: u64,
    last: u64,
}

impl Move {
    fn units(&self) -> impl Iterator<Item = usize> {
        (self.first - 1..self.last).map(|unit| usize::try_from(unit).expect("small"))
    }

    fn purpose(&self) -> Purpose {
        match self.destination {
            RETIREMENT => Purpose::Retirement,
            CANCELLATION => Purpose::Cancellation,
            _ => Purpose::Other,
        }
    }
}

impl Model {
    fn allows(&self, m: &Move) -> bool {
        let held = m.units().all(|unit| self.owner[m.block][unit] == m.source);
        let free = m.units().all(|unit| self.reserved[m.block][unit].is_none());
        held && free && m.source != m.destination && self.allows_retirement(m)
    }

    fn allows_retirement(&self, m: &Move) -> bool {
        m.destination != RETIREMENT || (m.block == 1 && self.fresh(m) <= self.authorised_left)
    }

    fn fresh(&self, m: &Move) -> u64 {
        m.units().filter(|unit| !self.first_transferred[*unit]).count() as u64
    }

    fn record(&mut self, m: &Move) {
        if m.destination == RETIREMENT {
            self.authorised_left -= self.fresh(m);
            self.retired += m.last - m.first + 1;
        }
        for unit in m.units() {
            self.owner[m.block][unit] = m.destination;
            self.reserved[m.block][unit] = None;
            if m.destination == RETIREMENT {
                self.first_transferred[unit] = true;
            }
        }
    }

    fn agrees_with(&self, world: &World) {
        for (block, owners) in self.owner.iter().enumerate() {
            for (unit, owner) in owners.iter().enumerate() {
                let text = format!("{}:{}-{}", block + 1, unit + 1, unit + 1);
                let units = world.state().units(text.parse().expect("a range"));
                assert_eq!(units.len(), 1, "{text}");
                assert_eq!(units[0].account.get(), *owner, "{text}");
                assert_eq!(units[0].reserved, self.reserved[block][unit], "{text}");
            }
        }
        let adjusted: u64 = world.state().adjustments().map(|(_, tonnes)| tonnes.get()).sum();
        assert_eq!(adjusted, self.retired);
    }
}

fn world_and_model(authorised: u64) -> (World, Model) {
    let mut world = World::peopled();
    let old = issuance("MN001", 2019, UNITS, 0);
    world.accepted(carried_over(old), &["authority-1", "authority-2"]);
    world.issue("MN002", 2023, UNITS, 0);
    let body = authorisation("JP-1", Side::Japan, authorised);
    world.accepted(Body::RecordAuthorisation(body), &["authority-1", "authority-2"]);
    let body = authorisation("MN-1", Side::Partner, authorised + 5);
    world.accepted(Body::RecordAuthorisation(body), &["mongolia"]);
    let model = Model {
        owner: [[ALPHA_ACCOUNT; UNITS as usize]; 2],
        reserved: [[None; UNITS as usize]; 2],
        first_transferred: [false; UNITS as usize],
        authorised_left: authorised,
        retired: 0,
    };
    (world, model)
}

fn random_move(random: &mut Random) -> Move {
    let (a, span) = (random.between(1, UNITS), random.below(8));
    Move {
        source: *random.pick(&[ALPHA_ACCOUNT, ALPHA_ACCOUNT, BETA_ACCOUNT]),
        destination: *random.pick(&[
            ALPHA_ACCOUNT,
            BETA_ACCOUNT,
            BETA_ACCOUNT,
            RETIREMENT,
            CANCELLATION,
        ]),
        block: usize::try_from(random.below(2)).expect("small"),
        first: a,
        last: (a + span).min(UNITS),
    }
}

fn signer(number: u32) -> &'static str {
    if number == ALPHA_ACCOUNT { "alpha" } else { "beta" }
}

/// Applies, pays, records and withdraws at random; after every step each unit
/// is where the model says.
fn play(seed: u64, steps: u32) {
    let mut random = Random::new(seed);
    let (mut world, mut model) = world_and_model(random.between(5, 40));
    let mut waiting: Vec<(EntryIndex, Move)> = Vec::new();
    for _ in 0..steps {
        match random.below(10) {
            0 if !waiting.is_empty() => {
                let at = usize::try_from(random.below(waiting.len() as u64)).expect("small");
                let (application, m) = waiting.swap_remove(at);
                let body = Body::WithdrawApplication { application, reason: text("changed") };
                world.accepted(body, &[signer(m.source)]);
                m.units().for_each(|unit| model.reserved[m.block][unit] = None);
            }
            1..=2 if !waiting.is_empty() => {
                let at = usize::try_from(random.below(waiting.len() as u64)).expect("small");
                let (application, m) = waiting.swap_remove(at);
                let due = world.state().open_application(application).expect("waits").due_yen();
                if due != Yen::ZERO {
                    let payment = world.pay(due.get(), Some(account(m.source)));
                    let body = Body::ApplyPayment { payment, application, amount_yen: due };
                    world.accepted(body, &["op-1"]);
                }
                let command = world.command(Body::RecordTransfer { application });
                let outcome = world.submit(sign(&command, &["op-2"]));
                let recorded = matches!(outcome, Outcome::Recorded { .. });
                assert_eq!(recorded, model.allows_retirement(&m), "seed {seed}: {outcome:?}");
                if recorded {
                    model.record(&m);
                } else {
                    waiting.push((application, m));
                }
            }
            choice => {
                let m = random_move(&mut random);
                let units = format!("{}:{}-{}", m.block + 1, m.first, m.last);
                let mut terms = terms(m.source, m.destination, &[&units], m.purpose());
                let waits = choice >= 7;
                let to_government = m.destination <= CANCELLATION;
                terms.gratuitous = to_government && !waits;
                let fee_payment = (!waits && !to_government)
                    .then(|| PaymentId::single(world.pay(2_500, Some(account(m.source)))));
                let command =
                    world.command(Body::ApplyTransfer { terms, trust: None, fee_payment });
                let outcome = world.submit(sign(&command, &[signer(m.source)]));
                let accepted = match outcome {
                    Outcome::Recorded { entry } => Some(entry),
                    Outcome::Rejected(_) => None,
                    Outcome::Repeated { .. } => panic!("a new id"),
                };
                assert_eq!(accepted.is_some(), model.allows(&m), "seed {seed}: {outcome:?}");
                match accepted {
                    Some(entry) if waits => {
                        m.units().for_each(|unit| model.reserved[m.block][unit] = Some(entry));
                        waiting.push((entry, m));
                    }
                    Some(_) => model.record(&m),
                    None => {}
                }
            }
        }
        model.agrees_with(&world);
    }
    world.check();
}

#[test]
fn every_unit_is_where_a_naive_model_says() {
    for seed in 0..12 {
        play(seed, 150);
    }
}

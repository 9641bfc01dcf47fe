//! Random acts against a naive model that keeps a row for each unit (`model/naive.rs`).
//!
//! Of every act the model foretells what becomes of it, the reason of a rejection
//! included; after every act each unit, account, trust, restriction and application is
//! as the model says, and at the end the auditor's verifier agrees. When a command is
//! rejected for a reason for the first time, the verifier is asked for its own.

#[path = "model/naive.rs"]
mod naive;

use jcm_format::command::{
    Acceptance, Body, Commission, CorrectionMove, PaymentId, Purpose, RecordCorrection,
    RefusalGround, Rules, TransferTerms, TransferTrust, TrustRequest,
};
use jcm_format::event::AccountCategory;
use jcm_format::id::{CorporateNumber, EntryIndex};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::time::{Date, Timestamp};
use jcm_ledger::{Outcome, Reason};
use jcm_tests::acts::*;
use jcm_tests::random::{Random, Seeded, seeds};
use jcm_tests::world::*;
use naive::*;
use std::collections::{BTreeMap, BTreeSet};

/// How often an act was accepted, or rejected for a reason.
type Seen = BTreeMap<(&'static str, Option<Reason>), u32>;

struct Run<'a> {
    random: Random,
    world: World,
    model: Model,
    /// The account of each of four persons.
    persons: [u32; 4],
    /// Entries that recorded something that is no application.
    others: Vec<EntryIndex>,
    seen: &'a mut Seen,
}

fn corporate_number(person: usize) -> String {
    let base = 7_000_000_000 + person as u64;
    let number = (1..=9).find_map(|check| CorporateNumber::new(check * 1_000_000_000_000 + base));
    number.expect("one check digit fits").to_string()
}

fn key_of(account: u32) -> String {
    format!("holder-{account}")
}

fn date_of(day: Day) -> Date {
    Timestamp::from_ms(NOW_MS + day * 86_400_000).expect("in range").date_in_japan()
}

fn ranges_of(stretches: &[Stretch]) -> SerialRanges {
    let texts: Vec<String> = stretches.iter().map(Stretch::text).collect();
    ranges(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

impl<'a> Run<'a> {
    fn new(seed: u64, seen: &'a mut Seen) -> Run<'a> {
        let mut random = Random::new(seed);
        let mut world = World::staffed();
        let persons: [u32; 4] = std::array::from_fn(|person| {
            let number = 1_001 + u32::try_from(person).expect("small");
            let opened = world.open_account(&key_of(number), &corporate_number(person));
            assert_eq!(opened.get(), number);
            number
        });
        use AccountCategory::{Cancellation, GovernmentHolding, Retirement};
        for category in [GovernmentHolding, Cancellation, Retirement] {
            let [name_ja, name_en] = ["口座", "Account"].map(text);
            let body = Body::OpenGovernmentAccount { category, name_ja, name_en };
            world.accepted(body, AUTHORITIES);
        }
        // The first holder and the government start with everything.
        let old = carried_over(issuance("MN001", 2019, UNITS - 4, 4));
        world.accepted(old, AUTHORITIES);
        world.issue("MN002", 2023, UNITS - 4, 4);
        world.issue("MN002", 2020, UNITS - 4, 4);
        let authorised = random.between(1, 8);
        world.authorise(authorised, authorised + 5);
        let units = (1..=3).flat_map(|block| {
            (1..=UNITS).map(move |number| Unit {
                block,
                number,
                owner: if number <= UNITS - 4 { 1_001 } else { GOVERNMENT },
                reserved: None,
                trust: None,
                first_transferred: false,
            })
        });
        let model = Model {
            units: units.collect(),
            holders: persons.map(|number| (number, Holder::default())).into(),
            restrictions: BTreeMap::new(),
            trusts: BTreeMap::new(),
            applications: BTreeMap::new(),
            calendars: BTreeSet::new(),
            version: 1,
            fee: 2_500,
            payment_days: 20,
            choice: false,
            authorised_left: authorised,
            retired: 0,
            today: 0,
        };
        Run { random, world, model, persons, others: vec![EntryIndex::new(1)], seen }
    }

    // What to do next.

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.random.below(length as u64)).expect("small")
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        (!items.is_empty()).then(|| *self.random.pick(items))
    }

    fn person(&mut self) -> u32 {
        let number = self.index(4);
        self.persons[number]
    }

    /// Any account there ever was, or none.
    fn anybody(&mut self) -> u32 {
        let mut all: Vec<u32> = self.model.holders.keys().copied().collect();
        all.extend(GOVERNMENT_ACCOUNTS.map(|(number, _)| number));
        all.push(4_711);
        *self.random.pick(&all)
    }

    /// From a row on, as long as the owner stays the same, mostly.
    fn stretch_from(&mut self, row: usize) -> Stretch {
        let Unit { block, number, owner, .. } = self.model.units[row];
        let (length, greedy) = (self.random.below(6), self.random.one_in(8));
        let mut last = number;
        // Now and then across the owners.
        while last < (number + length).min(UNITS) {
            let next = &self.model.units[row + usize::try_from(last + 1 - number).expect("small")];
            if next.owner != owner && !greedy {
                break;
            }
            last += 1;
        }
        Stretch { block, first: number, last: last + u64::from(self.random.one_in(60)) * UNITS }
    }

    /// Units of one owner, in one stretch or two, from among those wanted.
    fn units(&mut self, wanted: impl Fn(&Unit) -> bool) -> (u32, Vec<Stretch>) {
        let rows = 0..self.model.units.len();
        let fit: Vec<usize> = rows.filter(|row| wanted(&self.model.units[*row])).collect();
        let any = self.index(self.model.units.len());
        let row = self.pick(&fit).unwrap_or(any);
        let first = self.stretch_from(row);
        let owner = self.model.units[row].owner;
        let mut stretches = vec![first];
        if self.random.one_in(3) {
            let after = |unit: &Unit| (first.block, first.last) < (unit.block, unit.number);
            let mut more = fit;
            more.retain(|row| {
                let unit = &self.model.units[*row];
                unit.owner == owner && after(unit)
            });
            if let Some(row) = self.pick(&more) {
                stretches.push(self.stretch_from(row));
            }
        }
        (owner, stretches)
    }

    fn transfer(&mut self) -> Act {
        let word = match self.random.below(9) {
            0..=1 => Some(Word::Record),
            2..=3 => Some(Word::Delete),
            4 => Some(Word::ChangeTrustee { by_new: false }),
            5 => Some(Word::ChangeTrustee { by_new: true }),
            _ => None,
        };
        let careless = self.random.one_in(6);
        let to_be_in_trust = !matches!(word, None | Some(Word::Record));
        let (owner, stretches) = self.units(|unit| {
            careless || unit.trust.is_some() == to_be_in_trust && !is_sink(unit.owner)
        });
        let source = if is_sink(owner) || self.random.one_in(12) { self.person() } else { owner };
        let to_trustee = !matches!(word, None | Some(Word::Delete));
        let mut destination = match self.random.below(12) {
            _ if to_trustee && !careless => self.person(),
            0..=2 => *self.random.pick(&[RETIREMENT, RETIREMENT, 6]),
            3 => *self.random.pick(&[CANCELLATION, 5]),
            4 => *self.random.pick(&[GOVERNMENT, 4]),
            5 => self.anybody(),
            _ => self.person(),
        };
        if destination == source && !careless {
            let others = self.persons.map(|other| if other == source { 1_001 } else { other });
            destination = *self.random.pick(&others);
        }
        let careless_of_purpose = self.random.one_in(25);
        let purpose =
            if careless_of_purpose { Purpose::Cancellation } else { purpose_towards(destination) };
        let to_government = is_government(destination);
        let gratuitous = self.random.one_in(if to_government { 2 } else { 30 });
        let word = match word {
            Some(Word::ChangeTrustee { by_new: true })
                if !self.model.holders.contains_key(&destination) =>
            {
                None
            }
            word => word,
        };
        let money = match self.random.below(12) {
            0..=3 => Money::Enough,
            4 => Money::Short,
            5 => Money::OfAnother,
            _ => Money::None,
        };
        let transfer = Transfer { source, destination, purpose, stretches, gratuitous, word };
        Act::Transfer(transfer, money)
    }

    fn about_trust(&mut self) -> Act {
        let kind = self.random.below(4);
        let known: Vec<EntryIndex> = self.model.trusts.keys().copied().collect();
        let careless = self.random.one_in(5);
        let (owner, stretches) = self
            .units(|unit| careless || unit.owner > 1_000 && unit.trust.is_some() == (kind == 2));
        let account =
            if is_government(owner) || self.random.one_in(10) { self.person() } else { owner };
        let subrogation = kind < 2 && self.random.one_in(3);
        match (kind, self.pick(&known)) {
            (2, _) => Act::Trust { account, request: Request::Delete(stretches), subrogation },
            (3, Some(trust)) => {
                let other = self.random.one_in(3);
                let account = if other { self.person() } else { self.model.trusts[&trust].account };
                Act::Trust { account, request: Request::Amend(trust), subrogation }
            }
            _ => Act::Trust { account, request: Request::Record(stretches), subrogation },
        }
    }

    /// What a clerk or a holder does about an application, mostly an open one.
    fn about_application(&mut self) -> Option<Act> {
        let all = self.model.applications.iter();
        let open = all.filter(|(_, application)| application.open).map(|(entry, _)| *entry);
        let open: Vec<EntryIndex> = open.collect();
        let all: Vec<EntryIndex> = self.model.applications.keys().copied().collect();
        let careless = self.random.one_in(10);
        let entry = self.pick(if careless { &all } else { &open })?;
        let application = self.model.applications[&entry].clone();
        let is_transfer = matches!(application.kind, Kind::Transfer(_));
        let act = match self.random.below(20) {
            0 => Act::Withdraw(entry),
            1 => {
                use RefusalGround::{EvidentError, Falsehood, Procedure, Restriction};
                let grounds = [EvidentError, Falsehood, Procedure, Restriction, Restriction];
                Act::Refuse(entry, *self.random.pick(&grounds))
            }
            2..=3 => Act::Lapse(entry),
            4 => Act::Ask(entry, self.model.today + self.random.below(4)),
            5..=6 => Act::Complete(entry),
            7..=9 => match &application.kind {
                Kind::Transfer(transfer)
                    if self.model.holders.contains_key(&transfer.destination) =>
                {
                    Act::Accept(entry)
                }
                _ => return None,
            },
            10..=13 if application.open && application.due != 0 => Act::Pay(entry),
            _ if is_transfer != self.random.one_in(15) => Act::RecordTransfer(entry),
            _ => Act::RecordApplication(entry),
        };
        Some(act)
    }

    fn correction(&mut self) -> Act {
        let mut moves: Moves = Vec::new();
        let account = self.person();
        for _ in 0..self.random.between(1, 2) {
            let own = self.random.one_in(2);
            let careless = self.random.one_in(5);
            let (owner, mut stretches) = self
                .units(|unit| careless || (unit.owner == account) == own && unit.trust.is_none());
            // The moves of a correction share no unit, which is a rule of form.
            let moved = |block| {
                moves.iter().any(|(_, _, units)| units.iter().any(|unit| unit.block == block))
            };
            stretches.retain(|stretch| !moved(stretch.block));
            let destination = match self.random.below(8) {
                0 => self.anybody(),
                1 => *self.random.pick(&[GOVERNMENT, 4]),
                _ if owner == account => self.person(),
                _ => account,
            };
            if !stretches.is_empty() {
                moves.push((owner, destination, stretches));
            }
        }
        let affected = EntryIndex::new(self.random.between(1, self.world.state().entries() + 1));
        let consulted = self.model.today + u64::from(self.random.one_in(10));
        let consent = !self.random.one_in(4);
        Act::Correct(Correction { account, affected, consulted, consent, moves })
    }

    fn rule_data(&mut self) -> Act {
        match self.random.below(8) {
            0 => Act::AdoptCalendar(*self.random.pick(&[2026, 2027, 2027])),
            1..=2 => Act::AdoptRules {
                version: self.model.version + 1 + u32::from(self.random.one_in(8)),
                fee: self.random.between(1_000, 4_000),
                days: u16::try_from(self.random.between(1, 8)).expect("small"),
                choice: !self.random.one_in(4),
            },
            _ => {
                let mut listed = [self.person(), self.person()].map(account).to_vec();
                listed.sort_unstable();
                listed.dedup();
                let wishes = [Acceptance::Anybody, Acceptance::Consent, Acceptance::Listed(listed)];
                Act::SetAcceptance(self.person(), self.random.pick(&wishes).clone())
            }
        }
    }

    fn restriction(&mut self) -> Act {
        let known: Vec<EntryIndex> = self.model.restrictions.keys().copied().collect();
        let released = self.pick(&self.others.clone()).expect("one at least");
        match self.random.below(5) {
            0 if known.len() < 3 => {
                let account = if self.random.one_in(6) { self.anybody() } else { self.person() };
                Act::Restrict { account, stretches: Vec::new() }
            }
            1..=2 if known.len() < 4 => {
                let (owner, stretches) = self.units(|unit| unit.owner > 1_000);
                let account = if self.random.one_in(8) { self.person() } else { owner };
                Act::Restrict { account, stretches }
            }
            _ if self.random.one_in(8) => Act::Release(released),
            _ => Act::Release(self.pick(&known).unwrap_or(released)),
        }
    }

    fn choose(&mut self) -> Option<Act> {
        Some(match self.random.below(40) {
            0..=10 => self.transfer(),
            11..=13 => self.about_trust(),
            14..=27 => return self.about_application(),
            28..=31 => self.restriction(),
            32 => {
                let known: Vec<EntryIndex> = self.model.trusts.keys().copied().collect();
                let trust = self.pick(&known).unwrap_or(NOBODY);
                Act::Commission { trust, dismissed: self.random.one_in(2) }
            }
            33..=34 => match self.correction() {
                Act::Correct(Correction { moves, .. }) if moves.is_empty() => return None,
                act => act,
            },
            35..=36 => self.rule_data(),
            37 => {
                // One that may be closed, now and then.
                let mut empty: Vec<u32> = self.persons.to_vec();
                let holds =
                    |account: &u32| self.model.units.iter().any(|unit| unit.owner == *account);
                empty.retain(|account| !holds(account));
                let other = self.person();
                Act::Close(self.pick(&empty).filter(|_| !self.random.one_in(4)).unwrap_or(other))
            }
            38 if self.random.one_in(2) => Act::Certificate(self.person()),
            38 => {
                let effective = self.model.today + u64::from(self.random.one_in(6));
                Act::Change { account: self.person(), effective }
            }
            _ => {
                let days = self.random.between(1, 4);
                self.world.wait_days(days);
                self.model.today += days;
                return None;
            }
        })
    }

    // How it is asked for.

    fn transfer_body(&mut self, transfer: &Transfer, money: Money) -> Body {
        let source = account(transfer.source);
        let fee = self.model.fee;
        // Where it can have none, its payment does not come to be judged.
        let applicant = match transfer.word {
            Some(Word::ChangeTrustee { by_new: true }) => transfer.destination,
            _ => transfer.source,
        };
        let holder = self.model.holders.get(&applicant);
        let payer = holder.filter(|holder| !holder.closed).map(|_| account(applicant));
        let mut pay = |yen, account| Some(PaymentId::single(self.world.pay(yen, account)));
        let fee_payment = match money {
            Money::None => None,
            Money::Enough => pay(fee, payer),
            Money::Short => pay(fee - 1, payer),
            Money::OfAnother => pay(fee, None),
        };
        let terms = TransferTerms {
            source,
            destination: account(transfer.destination),
            ranges: ranges_of(&transfer.stretches),
            purpose: transfer.purpose,
            gratuitous: transfer.gratuitous,
            use_: None,
        };
        let trust = transfer.word.map(|word| match word {
            Word::Record => TransferTrust::Record(trust("deed")),
            Word::Delete => TransferTrust::Delete(digest("end")),
            Word::ChangeTrustee { by_new } => {
                TransferTrust::ChangeTrustee { terms: trust("new"), by_new_trustee: by_new }
            }
        });
        Body::ApplyTransfer { terms, use_details: None, trust, fee_payment }
    }

    fn correction_body(&self, correction: &Correction) -> Body {
        let Correction { account: of, affected, consulted, consent, moves } = correction;
        let mut body = jcm_tests::acts::correction(*of, *affected, &[]);
        body.ground.consulted_on = date_of(*consulted);
        body.ground.third_party_consent = consent.then(|| digest("consent"));
        let moves = moves.iter().map(|(source, destination, stretches)| CorrectionMove {
            source: account(*source),
            destination: account(*destination),
            ranges: ranges_of(stretches),
        });
        Body::RecordCorrection(RecordCorrection { moves: moves.collect(), ..body })
    }

    // One arm for each act.
    #[allow(clippy::too_many_lines)]
    fn body(&mut self, act: &Act) -> Body {
        match act.clone() {
            Act::Transfer(transfer, money) => self.transfer_body(&transfer, money),
            Act::Trust { account: of, request, subrogation } => Body::ApplyTrust {
                account: account(of),
                request: match request {
                    Request::Record(units) => {
                        TrustRequest::Record { ranges: ranges_of(&units), terms: trust("deed") }
                    }
                    Request::Delete(units) => TrustRequest::Delete {
                        ranges: ranges_of(&units),
                        evidence: digest("cause"),
                        beneficiaries: digest("beneficiaries"),
                    },
                    Request::Amend(of) => TrustRequest::Amend { trust: of, terms: trust("new") },
                },
                subrogation: subrogation.then(|| digest("cause")),
            },
            Act::Close(of) => close(of),
            Act::Change { account, effective } => {
                change(account, "New Inc.", &date_of(effective).to_string())
            }
            Act::RecordTransfer(application) => Body::RecordTransfer { application },
            Act::RecordApplication(application) => Body::RecordApplication { application },
            Act::Pay(application) => {
                let amount_yen = self.world.state().open_application(application);
                let amount_yen = amount_yen.expect("open").due_yen();
                let payment = self.world.pay(amount_yen.get(), None);
                Body::ApplyPayment { payment, application, amount_yen }
            }
            Act::Withdraw(application) => {
                Body::WithdrawApplication { application, reason: text("changed") }
            }
            Act::Refuse(application, ground) => refuse(application, ground),
            Act::Lapse(application) => Body::LapseApplication { application },
            Act::Ask(application, due) => {
                request_completion(application, &date_of(due).to_string())
            }
            Act::Complete(application) => complete(application),
            Act::Accept(application) => Body::AcceptTransfer { application },
            Act::Restrict { account, stretches } => {
                let texts: Vec<String> = stretches.iter().map(Stretch::text).collect();
                restriction(account, &texts.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Act::Release(entry) => release(entry),
            Act::Commission { trust: of, dismissed } => Body::RecordCommission {
                trust: of,
                terms: trust("as ordered"),
                commission: Commission {
                    court: text("東京地方裁判所"),
                    reference: text("令和8年(チ)第45号"),
                    trustee_dismissed: dismissed,
                },
            },
            Act::Correct(correction) => self.correction_body(&correction),
            Act::AdoptRules { version, fee, days, choice } => Body::AdoptRules(Rules {
                version,
                payment_days: days,
                transferee_acceptance: choice,
                ..rules(&[("2025-04-01", fee)])
            }),
            Act::AdoptCalendar(year) => {
                let of_year = |day: &&str| day.starts_with(&year.to_string());
                let days: Vec<&str> =
                    HOLIDAYS.iter().map(|(_, day)| *day).filter(of_year).collect();
                calendar(year, &days)
            }
            Act::Certificate(of) => {
                let holder = &self.model.holders[&of];
                let payer = (!holder.closed).then(|| account(of));
                let fee_payment = Some(PaymentId::single(self.world.pay(1_200, payer)));
                Body::RequestCertificate { account: account(of), fee_payment }
            }
            Act::SetAcceptance(of, acceptance) => {
                Body::SetAcceptance { account: account(of), acceptance }
            }
        }
    }

    fn signers(&self, act: &Act) -> Vec<String> {
        let two = |persons: &[&str]| persons.iter().map(ToString::to_string).collect();
        match (self.model.signer(act), act) {
            (Some(account), _) => vec![key_of(account)],
            (None, Act::AdoptRules { .. }) => two(AUTHORITIES),
            (None, _) => two(OPERATORS),
        }
    }

    /// One act: foretold, done, compared.
    fn step(&mut self) {
        let Some(act) = self.choose() else { return };
        let body = self.body(&act);
        let name = body.name();
        let signers = self.signers(&act);
        let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
        let foretold = self.model.verdict(&act, self.world.state().entries());
        let command = self.world.command(body);
        let outcome = self.world.submit(sign(&command, &signers));
        let (found, entry) = match &outcome {
            Outcome::Recorded { entry } => (Ok(()), Some(*entry)),
            Outcome::Rejected(rejection) => (Err(rejection.reason), None),
            Outcome::Repeated { .. } => panic!("a new id"),
        };
        assert_eq!(found, foretold, "{act:?}: {outcome:?}");
        let seen = self.seen.entry((name, found.err())).or_default();
        *seen += 1;
        if let (Err(reason), 1) = (found, *seen) {
            self.world.objected(&command, &signers, reason);
        }
        if let Some(entry) = entry {
            self.model.apply(&act, entry);
            if !self.model.applications.contains_key(&entry) {
                self.others.push(entry);
            }
        }
        self.compare();
        self.reopen();
    }

    /// A person whose account was closed opens another, some time later.
    fn reopen(&mut self) {
        for person in 0..4 {
            if self.model.holders[&self.persons[person]].closed && self.random.one_in(10) {
                let next = self.model.holders.keys().last().expect("four at least") + 1;
                let opened = self.world.open_account(&key_of(next), &corporate_number(person));
                assert_eq!(opened.get(), next);
                self.model.holders.insert(next, Holder::default());
                self.persons[person] = next;
            }
        }
    }

    // Whether it is so.

    fn compare(&mut self) {
        let state = self.world.state();
        let mut rows = self.model.units.iter().enumerate();
        for block in 1..=3 {
            let range: SerialRange = format!("{block}:1-{UNITS}").parse().expect("a range");
            let mut next = 1;
            for stretch in state.units(range) {
                assert_eq!(stretch.range.first(), next, "without a gap");
                next = stretch.range.last() + 1;
                for number in stretch.range.first()..=stretch.range.last() {
                    let (row, unit) = rows.next().expect("as many units");
                    assert_eq!((unit.block, unit.number), (block, number));
                    assert_eq!(stretch.account.get(), unit.owner, "{unit:?}");
                    assert_eq!(stretch.reserved, unit.reserved, "{unit:?}");
                    assert_eq!(stretch.trust, unit.trust, "{unit:?}");
                    assert_eq!(stretch.restricted, self.model.restricted(row), "{unit:?}");
                    let first_transferred = stretch.first_transferred.is_some();
                    assert_eq!(first_transferred, unit.first_transferred, "{unit:?}");
                }
            }
            assert_eq!(next, UNITS + 1);
        }
        let adjusted: u64 = state.adjustments().map(|(_, sum)| sum.booked.get()).sum();
        assert_eq!(adjusted, self.model.retired);
        self.compare_accounts();
        self.compare_applications();
    }

    fn compare_accounts(&self) {
        let state = self.world.state();
        for (number, holder) in &self.model.holders {
            let known = state.account(account(*number)).expect("opened");
            assert_eq!(known.closed.is_some(), holder.closed, "{number}");
            let acceptance = holder.acceptance.clone().unwrap_or(Acceptance::Anybody);
            assert_eq!(known.acceptance, acceptance, "{number}");
            let held = self.model.units.iter().filter(|unit| unit.owner == *number).count();
            assert_eq!(self.world.balance(*number), held as u64, "{number}");
        }
        let trusts: Vec<_> =
            state.trusts().map(|t| (t.entry, t.account.get(), t.dismissed)).collect();
        let expected = self.model.trusts.iter();
        let expected: Vec<_> =
            expected.map(|(entry, trust)| (*entry, trust.account, trust.dismissed)).collect();
        assert_eq!(trusts, expected);
        let restrictions: Vec<_> = state.restrictions().map(|record| record.entry).collect();
        assert_eq!(restrictions, self.model.restrictions.keys().copied().collect::<Vec<_>>());
    }

    fn compare_applications(&self) {
        use jcm_ledger::state::TransfereeConsent;
        let found: Vec<_> = self
            .world
            .state()
            .open_applications()
            .map(|open| {
                let due = open.completion.as_ref().map(|completion| completion.due);
                let awaits = open.consent == TransfereeConsent::Awaited;
                (open.entry, open.due_yen().get(), due, awaits)
            })
            .collect();
        let open = self.model.applications.iter().filter(|(_, application)| application.open);
        let expected: Vec<_> = open
            .map(|(entry, application)| {
                let missing = application.missing.map(date_of);
                (*entry, application.due, missing, application.awaits_consent)
            })
            .collect();
        assert_eq!(found, expected);
    }
}

fn play(seed: u64, steps: u32, seen: &mut Seen) {
    let _named = Seeded::run(seed);
    let mut run = Run::new(seed, seen);
    for _ in 0..steps {
        run.step();
    }
    run.world.check();
}

#[test]
fn every_unit_is_where_a_naive_model_says() {
    let mut seen = Seen::new();
    for seed in seeds(0..16) {
        play(seed, 400, &mut seen);
    }
    // The runs must have come to what they claim to compare.
    use Reason::*;
    let rejections: [(&str, &[Reason]); 13] = [
        ("AcceptTransfer", &[ApplicationClosed, AcceptanceNotAsked]),
        ("AdoptRules", &[RulesVersion]),
        ("ApplyClosing", &[ApplicationPending, AccountNotEmpty, AccountRestricted]),
        (
            "ApplyTransfer",
            &[
                TrustAccount,
                NotAccepted,
                UnitsUnknown,
                UnitsNotHeld,
                UnitsRestricted,
                UnitsReserved,
                UnitsInTrust,
                UnitsNotInTrust,
                TrustsDiffer,
                TrusteeDismissed,
                TrusteeInOffice,
                ClassesMixed,
                RetirementBefore2021,
                AuthorisationExhausted,
                FeePaymentNotNeeded,
            ],
        ),
        (
            "ApplyTrust",
            &[UnitsRestricted, UnitsReserved, UnitsInTrust, UnitsNotInTrust, TrustUnknown],
        ),
        ("LapseApplication", &[CalendarMissing, NotLapsed, ApplicationClosed]),
        ("NotifyChange", &[ApplicationPending, KeyRevoked]),
        (
            "RecordApplication",
            &[CompletionAwaited, ApplicationPending, AccountNotEmpty, UnitsRestricted],
        ),
        (
            "RecordCorrection",
            &[
                UnitsRestricted,
                UnitsReserved,
                UnitsInTrust,
                MoveUnrelated,
                ThirdPartyConsentMissing,
            ],
        ),
        ("RecordRestriction", &[AccountUnknown, UnitsNotHeld]),
        (
            "RecordTransfer",
            &[CompletionAwaited, FeeUnpaid, AcceptanceAwaited, UnitsRestricted, TrusteeDismissed],
        ),
        ("RefuseApplication", &[GroundNotApplicable, GroundUnfounded]),
        ("ReleaseRestriction", &[RestrictionUnknown]),
    ];
    for (command, reasons) in rejections {
        let outcomes = reasons.iter().copied().map(Some).chain([None]);
        for outcome in outcomes {
            assert!(seen.contains_key(&(command, outcome)), "never {command}: {outcome:?}");
        }
    }
}

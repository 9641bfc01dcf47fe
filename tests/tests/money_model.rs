//! Money against a model that keeps a cell for every yen.
//!
//! A yen lies unapplied in its payment, or settles one application, or has been paid
//! back; it cannot be in two cells, and no cell disappears. What the ledger accepts,
//! what the books of a year say when they are closed, and what the reports fold from
//! the entries are compared with these cells and with a journal of what happened.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Body, BookTotals, FeePeriod, ImportStatement, ImportedPayment, PaymentId, PaymentPart, Purpose,
    RefundSource, RefusalGround, Rules,
};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::time::Date;
use jcm_ledger::{Outcome, Reason};
use jcm_report::books::BooksFold;
use jcm_report::fee_ledger::{FeeLedger, FeeRow, Interval};
use jcm_tests::acts::*;
use jcm_tests::random::{Random, Seeded, seeds};
use jcm_tests::world::*;
use std::collections::{BTreeMap, BTreeSet};

type Verdict = Result<(), Reason>;
type Seen = BTreeMap<(&'static str, Option<Reason>), u32>;

/// Where a yen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In its payment, applied to nothing.
    Payment,
    /// Settles this application.
    Fee(EntryIndex),
    /// Paid back out of its payment.
    Back,
    /// Paid back after it had settled this application, which came to nothing.
    FeeBack(EntryIndex),
}

#[derive(Debug)]
struct Payment {
    account: Option<u32>,
    yen: Vec<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Account,
    Transfer,
    Certificate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    Recorded,
    Nothing,
}

#[derive(Debug)]
struct Application {
    kind: Kind,
    account: Option<u32>,
    fee: u64,
    status: Status,
}

/// What happened in a year of the books, as one would tick it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Entry,
    Received,
    Recorded,
    Refused,
    Withdrawn,
    Lapsed,
    YenIn,
    Applied(Kind),
    PaymentBack,
    FeeBack,
    Issued,
    Transferred,
}

struct Run<'a> {
    random: Random,
    world: World,
    payments: BTreeMap<PaymentId, Payment>,
    applications: BTreeMap<EntryIndex, Application>,
    /// The keys that applied for accounts.
    applicants: BTreeMap<EntryIndex, String>,
    references: BTreeSet<String>,
    refunds: BTreeSet<String>,
    statements: BTreeSet<String>,
    lines: BTreeSet<String>,
    /// What happened, by the first day of the year it happened in.
    journal: BTreeMap<u16, BTreeMap<Event, u64>>,
    closed: BTreeSet<u16>,
    fees: [u64; 3],
    next_unit: u64,
    next_person: u64,
    seen: &'a mut Seen,
}

fn fee_rules(version: u32, [account, transfer, certificate]: [u64; 3]) -> Body {
    let period = FeePeriod {
        from: date("2025-04-01"),
        account_opening_fee_yen: Yen::new(account),
        transfer_fee_yen: Yen::new(transfer),
        certificate_fee_yen: Yen::new(certificate),
    };
    Body::AdoptRules(Rules { version, fees: vec![period], payment_days: 5, ..rules(&[]) })
}

/// April to March, by the year in which it begins.
fn book_year(day: Date) -> u16 {
    day.year().get() - u16::from(day.month() < 4)
}

impl<'a> Run<'a> {
    fn new(seed: u64, seen: &'a mut Seen) -> Run<'a> {
        let mut world = World::peopled();
        // Two accounts for 14,400 each, from payments that are used up.
        let before = [(Event::Received, 2), (Event::Recorded, 2), (Event::YenIn, 28_800)];
        let paid = [(Event::Applied(Kind::Account), 28_800)];
        let issued = [(Event::Issued, 1_000)];
        world.issue("MN002", 2023, 1_000, 0);
        let fees = [7, 5, 3];
        world.accepted(fee_rules(2, fees), AUTHORITIES);
        for year in 2026..2035 {
            world.accepted(calendar(year, &[]), OPERATORS);
        }
        let entries = [(Event::Entry, world.state().entries())];
        let journal = before.into_iter().chain(paid).chain(issued).chain(entries).collect();
        Run {
            random: Random::new(seed),
            world,
            payments: BTreeMap::new(),
            applications: BTreeMap::new(),
            applicants: BTreeMap::new(),
            references: BTreeSet::new(),
            refunds: BTreeSet::new(),
            statements: BTreeSet::new(),
            lines: BTreeSet::new(),
            journal: [(2026, journal)].into(),
            closed: BTreeSet::new(),
            fees,
            next_unit: 1,
            next_person: 0,
            seen,
        }
    }

    // The cells.

    fn count(&self, is: impl Fn(&Place) -> bool) -> u64 {
        let all = self.payments.values().flat_map(|payment| &payment.yen);
        all.filter(|place| is(place)).count() as u64
    }

    fn left(&self, payment: PaymentId) -> u64 {
        let yen = self.payments.get(&payment).map(|payment| payment.yen.as_slice());
        let left = yen.unwrap_or(&[]).iter().filter(|place| **place == Place::Payment);
        left.count() as u64
    }

    fn settled(&self, application: EntryIndex) -> u64 {
        self.count(|place| [Place::Fee(application), Place::FeeBack(application)].contains(place))
    }

    fn due(&self, application: EntryIndex) -> u64 {
        self.applications[&application].fee - self.settled(application)
    }

    /// Moves so many yen of a payment, one by one.
    fn take(&mut self, payment: PaymentId, yen: u64, to: Place) {
        let payment = self.payments.get_mut(&payment).expect("judged before");
        for _ in 0..yen {
            let cell = payment.yen.iter_mut().find(|place| **place == Place::Payment);
            *cell.expect("judged before") = to;
        }
    }

    fn note(&mut self, event: Event, times: u64) {
        let year = self.journal.entry(book_year(self.world.now.date_in_japan())).or_default();
        *year.entry(event).or_default() += times;
    }

    fn noted(&self, year: u16, event: Event) -> u64 {
        self.journal.get(&year).and_then(|year| year.get(&event)).copied().unwrap_or(0)
    }

    // The rules.

    fn may_apply(&self, parts: &[PaymentPart]) -> Verdict {
        let mut taken: BTreeMap<PaymentId, u64> = BTreeMap::new();
        let mut paid: BTreeMap<EntryIndex, u64> = BTreeMap::new();
        for part in parts {
            let payment = self.payments.get(&part.payment).ok_or(Reason::PaymentUnknown)?;
            let application = self.applications.get(&part.application);
            let application = application.ok_or(Reason::ApplicationUnknown)?;
            if application.status != Status::Open {
                return Err(Reason::ApplicationClosed);
            }
            if payment.account.is_some() && payment.account != application.account {
                return Err(Reason::PaymentOfAnother);
            }
            let taken = taken.entry(part.payment).or_default();
            let paid = paid.entry(part.application).or_default();
            *taken += part.amount_yen.get();
            *paid += part.amount_yen.get();
            if self.left(part.payment) < *taken {
                return Err(Reason::PaymentSpent);
            }
            if self.due(part.application) < *paid {
                return Err(Reason::FeeExceeded);
            }
        }
        Ok(())
    }

    fn may_draw(&self, payment: PaymentId, account: u32, fee: u64) -> Verdict {
        let of = self.payments.get(&payment).ok_or(Reason::PaymentUnknown)?.account;
        match (of == Some(account), fee <= self.left(payment)) {
            (false, _) => Err(Reason::PaymentOfAnother),
            (true, false) => Err(Reason::PaymentSpent),
            (true, true) => Ok(()),
        }
    }

    fn may_refund(&self, source: RefundSource, yen: u64, reference: &str) -> Verdict {
        if self.refunds.contains(reference) {
            return Err(Reason::PaymentRecordedBefore);
        }
        match source {
            RefundSource::Payment(payment) if !self.payments.contains_key(&payment) => {
                Err(Reason::PaymentUnknown)
            }
            RefundSource::Payment(payment) if self.left(payment) < yen => Err(Reason::PaymentSpent),
            RefundSource::Payment(_) => Ok(()),
            RefundSource::Application(application) => {
                let known = self.applications.get(&application);
                if known.is_none_or(|known| known.status != Status::Nothing) {
                    return Err(Reason::NotRefundable);
                }
                let kept = self.count(|place| *place == Place::Fee(application));
                if kept < yen { Err(Reason::RefundExceeded) } else { Ok(()) }
            }
        }
    }

    fn may_close(&self, year: u16) -> Verdict {
        if self.closed.contains(&year) {
            return Err(Reason::BooksClosed);
        }
        if book_year(self.world.now.date_in_japan()) <= year {
            return Err(Reason::BooksYearOpen);
        }
        let mut earlier = self.journal.keys().filter(|earlier| **earlier < year);
        if earlier.any(|earlier| !self.closed.contains(earlier)) {
            return Err(Reason::BooksEarlierOpen);
        }
        Ok(())
    }

    /// Submits; where the model has a verdict, it is the ledger's.
    fn submit(&mut self, body: Body, signers: &[&str], verdict: Verdict) -> Option<EntryIndex> {
        let (name, shown) = (body.name(), format!("{body:?}"));
        let command = self.world.command(body);
        let (found, entry) = match self.world.submit(sign(&command, signers)) {
            Outcome::Recorded { entry } => (Ok(()), Some(entry)),
            Outcome::Rejected(rejection) => (Err(rejection.reason), None),
            Outcome::Repeated { .. } => panic!("a new id"),
        };
        assert_eq!(found, verdict, "{shown}");
        let seen = self.seen.entry((name, found.err())).or_default();
        *seen += 1;
        if let (Err(reason), 1) = (found, *seen) {
            self.world.objected(&command, signers, reason);
        }
        if entry.is_some() {
            self.note(Event::Entry, 1);
        }
        entry
    }

    // What happens.

    fn reference(&mut self) -> String {
        format!("r-{}", self.random.below(60))
    }

    fn payer(&mut self) -> Option<u32> {
        *self.random.pick(&[None, None, None, Some(1_001), Some(1_002)])
    }

    fn any_payment(&mut self) -> PaymentId {
        let known: Vec<PaymentId> = self.payments.keys().copied().collect();
        let left: Vec<PaymentId> =
            known.iter().copied().filter(|payment| self.left(*payment) != 0).collect();
        match (known.as_slice(), left.as_slice(), self.random.below(10)) {
            (_, [], 1..) | ([], _, _) | (_, _, 0) => {
                PaymentId { entry: EntryIndex::new(self.random.between(1, 5)), line: 0 }
            }
            (all, _, 1) => *self.random.pick(all),
            (_, left, _) => *self.random.pick(left),
        }
    }

    fn any_application(&mut self) -> EntryIndex {
        let known: Vec<EntryIndex> = self.applications.keys().copied().collect();
        let open = known.iter().copied();
        let open: Vec<EntryIndex> =
            open.filter(|entry| self.applications[entry].status == Status::Open).collect();
        match (known.as_slice(), open.as_slice(), self.random.below(8)) {
            ([], _, _) => NOBODY,
            (all, [], _) | (all, _, 0) => *self.random.pick(all),
            (_, open, _) => *self.random.pick(open),
        }
    }

    fn record_payment(&mut self) {
        let (reference, yen, payer) = (self.reference(), self.random.between(1, 20), self.payer());
        let verdict = match self.references.contains(&reference) {
            true => Err(Reason::PaymentRecordedBefore),
            false => Ok(()),
        };
        let body = record_payment(&reference, yen, payer.map(account));
        if let Some(entry) = self.submit(body, &["op-1"], verdict) {
            self.references.insert(reference);
            self.paid(PaymentId::single(entry), yen, payer);
        }
    }

    fn paid(&mut self, id: PaymentId, yen: u64, account: Option<u32>) {
        let cells = (0..yen).map(|_| Place::Payment).collect();
        self.payments.insert(id, Payment { account, yen: cells });
        self.note(Event::YenIn, yen);
    }

    fn import(&mut self) {
        let statement = format!("s-{}", self.random.below(30));
        let mut keys: Vec<String> = Vec::new();
        let mut credits = Vec::new();
        for _ in 0..self.random.between(1, 4) {
            let key = format!("line-{}", self.random.below(150));
            // That no key stands twice in one statement is a rule of form.
            if !keys.contains(&key) {
                credits.push((self.random.between(1, 15), self.payer(), self.random.one_in(25)));
                keys.push(key);
            }
        }
        let tomorrow = self.world.now.saturating_add_ms(86_400_000).date_in_japan();
        let mut verdict = Ok(());
        for (key, (_, _, future)) in keys.iter().zip(&credits).rev() {
            if *future {
                verdict = Err(Reason::ValueDateInFuture);
            }
            if self.lines.contains(key) {
                verdict = Err(Reason::PaymentRecordedBefore);
            }
        }
        if self.statements.contains(&statement) {
            verdict = Err(Reason::StatementImported);
        }
        let payment = |(key, (yen, payer, future)): (&String, &(u64, Option<u32>, bool))| {
            let value_date = if *future { tomorrow } else { date("2026-11-20") };
            let account = payer.map(account);
            ImportedPayment { key: line_key(key), amount_yen: Yen::new(*yen), value_date, account }
        };
        let import = ImportStatement {
            statement: digest(&statement),
            payers: None,
            payments: keys.iter().zip(&credits).map(payment).collect(),
        };
        if let Some(entry) = self.submit(Body::ImportStatement(import), &["op-1"], verdict) {
            self.statements.insert(statement);
            for (number, (key, (yen, payer, _))) in (1..).zip(keys.into_iter().zip(credits)) {
                self.lines.insert(key);
                self.paid(line(entry, number), yen, payer);
            }
        }
    }

    fn apply_payments(&mut self) {
        let mut parts = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            let (payment, application) = (self.any_payment(), self.any_application());
            let known = self.applications.contains_key(&application);
            let due = if known { self.due(application) } else { 4 };
            let most = due.min(self.left(payment)).max(1);
            // Mostly what settles it, sometimes a part, sometimes too much.
            let yen = match self.random.below(6) {
                0 => self.random.between(1, most),
                1 => self.random.between(1, 9),
                _ => most,
            };
            parts.push(PaymentPart { payment, application, amount_yen: Yen::new(yen) });
        }
        let verdict = self.may_apply(&parts);
        let body = match parts.as_slice() {
            [PaymentPart { payment: PaymentId { entry, line: 0 }, application, amount_yen }] => {
                let (payment, application, amount_yen) = (*entry, *application, *amount_yen);
                Body::ApplyPayment { payment, application, amount_yen }
            }
            parts => Body::ApplyPayments { parts: parts.to_vec() },
        };
        if self.submit(body, &["op-1"], verdict).is_some() {
            for part in parts {
                self.settle(part.payment, part.application, part.amount_yen.get());
            }
        }
    }

    fn settle(&mut self, payment: PaymentId, application: EntryIndex, yen: u64) {
        self.take(payment, yen, Place::Fee(application));
        self.note(Event::Applied(self.applications[&application].kind), yen);
    }

    fn receive(&mut self, at: EntryIndex, kind: Kind, account: Option<u32>, fee: u64) {
        self.applications.insert(at, Application { kind, account, fee, status: Status::Open });
        self.note(Event::Received, 1);
    }

    fn record(&mut self, application: EntryIndex) {
        let known = self.applications.get_mut(&application).expect("known");
        known.status = Status::Recorded;
        let kind = known.kind;
        self.note(Event::Recorded, 1);
        if kind == Kind::Transfer {
            self.note(Event::Transferred, 1);
        }
    }

    /// A new application, with its fee beside it or without.
    fn apply(&mut self) {
        let with_payment = self.random.one_in(2);
        let payment = with_payment.then(|| self.any_payment());
        let (kind, of, fee, body) = match self.random.below(3) {
            0 => {
                self.next_person += 1;
                let (key, person) = (format!("p-{}", self.next_person), self.next_person);
                let body = apply_account(&key, &corporate_number(person));
                let entry = self.submit(body, &[&key], Ok(())).expect("accepted");
                self.applicants.insert(entry, key);
                return self.receive(entry, Kind::Account, None, self.fees[0]);
            }
            1 => {
                let unit = format!("1:{0}-{0}", self.next_unit);
                let terms = terms(1_001, 1_002, &[&unit], Purpose::Other);
                let body = Body::ApplyTransfer {
                    terms,
                    use_details: None,
                    trust: None,
                    fee_payment: payment,
                };
                (Kind::Transfer, 1_001, self.fees[1], body)
            }
            _ => {
                let of = *self.random.pick(&[1_001, 1_002]);
                let body = Body::RequestCertificate { account: account(of), fee_payment: payment };
                (Kind::Certificate, of, self.fees[2], body)
            }
        };
        let verdict = payment.map_or(Ok(()), |payment| self.may_draw(payment, of, fee));
        let signer = if of == 1_001 { "alpha" } else { "beta" };
        let Some(entry) = self.submit(body, &[signer], verdict) else { return };
        self.next_unit += u64::from(kind == Kind::Transfer);
        self.receive(entry, kind, Some(of), fee);
        if let Some(payment) = payment {
            self.settle(payment, entry, fee);
            self.record(entry);
        }
    }

    /// Records an application, or ends it otherwise.
    fn decide(&mut self) {
        let application = self.any_application();
        let Some(known) = self.applications.get(&application) else { return };
        let (kind, is_open) = (known.kind, known.status == Status::Open);
        let (due, of) = (self.due(application), known.account);
        let open = if is_open { Ok(()) } else { Err(Reason::ApplicationClosed) };
        let (body, event) = match self.random.below(6) {
            0 => (refuse(application, RefusalGround::Procedure), Event::Refused),
            1 => {
                let body = Body::WithdrawApplication { application, reason: text("changed") };
                let signer = match (kind, of) {
                    // Its key is known only as long as the application is open.
                    (Kind::Account, _) if !is_open => "op-1".to_owned(),
                    (Kind::Account, _) => self.applicants[&application].clone(),
                    (_, Some(1_001)) => "alpha".to_owned(),
                    _ => "beta".to_owned(),
                };
                if self.submit(body, &[&signer], open).is_some() {
                    self.come_to_nothing(application, Event::Withdrawn);
                }
                return;
            }
            2 => return self.lapse(application, open),
            _ => {
                let body = match kind {
                    Kind::Account => Body::OpenAccount { application },
                    Kind::Transfer => Body::RecordTransfer { application },
                    Kind::Certificate => Body::IssueCertificate { application },
                };
                let paid = if due == 0 { Ok(()) } else { Err(Reason::FeeUnpaid) };
                if self.submit(body, &["op-1"], open.and(paid)).is_some() {
                    self.record(application);
                }
                return;
            }
        };
        if self.submit(body, &["op-1"], open).is_some() {
            self.come_to_nothing(application, event);
        }
    }

    /// When an application lapses is another model's matter; here it is taken as it is.
    fn lapse(&mut self, application: EntryIndex, open: Verdict) {
        let command = self.world.command(Body::LapseApplication { application });
        match self.world.submit(sign(&command, &["op-1"])) {
            Outcome::Recorded { .. } => {
                assert_eq!(open, Ok(()), "only an open application lapses");
                assert_ne!(self.due(application), 0, "what is paid does not lapse");
                *self.seen.entry(("LapseApplication", None)).or_default() += 1;
                self.note(Event::Entry, 1);
                self.come_to_nothing(application, Event::Lapsed);
            }
            Outcome::Rejected(rejection) => {
                let reasons = [Reason::ApplicationClosed, Reason::NotLapsed];
                assert!(reasons.contains(&rejection.reason), "{rejection}");
            }
            Outcome::Repeated { .. } => panic!("a new id"),
        }
    }

    fn come_to_nothing(&mut self, application: EntryIndex, event: Event) {
        self.applications.get_mut(&application).expect("known").status = Status::Nothing;
        self.note(event, 1);
    }

    fn refund(&mut self) {
        let reference = self.reference();
        let nothing: Vec<EntryIndex> = self
            .applications
            .iter()
            .filter(|(entry, known)| known.status == Status::Nothing && self.settled(**entry) != 0)
            .map(|(entry, _)| *entry)
            .collect();
        let source = match (nothing.as_slice(), self.random.below(8)) {
            (_, 0) => RefundSource::Application(self.any_application()),
            ([_, ..], 1..=4) => RefundSource::Application(*self.random.pick(&nothing)),
            _ => RefundSource::Payment(self.any_payment()),
        };
        let yen = self.random.between(1, 6);
        let verdict = self.may_refund(source, yen, &reference);
        let body = refund_of(source, yen, &reference);
        if self.submit(body, OPERATORS, verdict).is_none() {
            return;
        }
        self.refunds.insert(reference);
        match source {
            RefundSource::Payment(payment) => {
                self.take(payment, yen, Place::Back);
                self.note(Event::PaymentBack, yen);
            }
            RefundSource::Application(application) => {
                let mut cells = self.payments.values_mut().flat_map(|payment| &mut payment.yen);
                for _ in 0..yen {
                    let cell = cells.find(|place| **place == Place::Fee(application));
                    *cell.expect("judged before") = Place::FeeBack(application);
                }
                self.note(Event::FeeBack, yen);
            }
        }
    }

    fn totals(&self, year: u16) -> BookTotals {
        let of = |event| self.noted(year, event);
        let yen = |event| Yen::new(of(event));
        BookTotals {
            entries: of(Event::Entry),
            received: of(Event::Received),
            recorded: of(Event::Recorded),
            refused: of(Event::Refused),
            withdrawn: of(Event::Withdrawn),
            lapsed: of(Event::Lapsed),
            payments_yen: yen(Event::YenIn),
            account_opening_fees_yen: yen(Event::Applied(Kind::Account)),
            transfer_fees_yen: yen(Event::Applied(Kind::Transfer)),
            certificate_fees_yen: yen(Event::Applied(Kind::Certificate)),
            refunded_yen: Yen::new(of(Event::PaymentBack) + of(Event::FeeBack)),
            issued_tonnes: Tonnes::new(of(Event::Issued)),
            transferred_tonnes: Tonnes::new(of(Event::Transferred)),
            retired_tonnes: Tonnes::ZERO,
            cancelled_tonnes: Tonnes::ZERO,
            corrected_tonnes: Tonnes::ZERO,
        }
    }

    fn close_books(&mut self) {
        let last = book_year(self.world.now.date_in_japan());
        let of = u16::try_from(self.random.between(2_025, u64::from(last))).expect("a year");
        let verdict = self.may_close(of);
        // The closing itself is an entry of the year in which it is made.
        let expected = self.totals(of);
        if let Some(entry) = self.submit(Body::CloseBooks { year: year(of) }, OPERATORS, verdict) {
            self.closed.insert(of);
            let effects = self.world.effects(entry);
            let stated = Effect::BooksClosed { year: year(of), totals: expected };
            assert_eq!(effects, [stated]);
        }
    }

    fn step(&mut self) {
        match self.random.below(40) {
            0..=6 => self.record_payment(),
            7..=9 => self.import(),
            10..=17 => self.apply(),
            18..=24 => self.apply_payments(),
            25..=31 => self.decide(),
            32..=35 => self.refund(),
            36 => self.close_books(),
            37 => {
                self.fees = std::array::from_fn(|_| self.random.between(1, 9));
                let version = self.world.state().rule_set_version() + 1;
                let adopted = self.submit(fee_rules(version, self.fees), AUTHORITIES, Ok(()));
                adopted.expect("accepted");
            }
            38 => self.world.wait_days(self.random.between(1, 9)),
            _ => self.world.wait_days(self.random.between(20, 90)),
        }
    }

    // Whether every yen is where it should be.

    fn compare(&self) {
        let state = self.world.state();
        let received = self.count(|_| true) + 28_800;
        assert_eq!(
            received,
            self.journal.keys().map(|y| self.noted(*y, Event::YenIn)).sum::<u64>()
        );
        for (id, payment) in &self.payments {
            let known = state.payment(*id).expect("recorded");
            assert_eq!(known.amount_yen.get(), payment.yen.len() as u64, "{id}");
            assert_eq!(known.left_yen.get(), self.left(*id), "{id}");
        }
        assert_eq!(state.payments().count(), self.payments.len() + 2);
        for (entry, application) in &self.applications {
            let settled = self.settled(*entry);
            assert!(settled <= application.fee, "nobody pays more than the fee");
            if application.status == Status::Open {
                let known = state.open_application(*entry).expect("open");
                assert_eq!(known.settled_yen.get(), settled, "{entry}");
                assert_eq!(known.fee.amount().get(), application.fee, "{entry}");
            } else {
                let known = state.closed_application(*entry).expect("closed");
                let kept = self.count(|place| *place == Place::Fee(*entry));
                assert_eq!(known.settled_yen.get(), settled, "{entry}");
                assert_eq!(known.kept_yen().get(), kept, "{entry}");
            }
        }
    }

    /// The reports, folded from the entries alone.
    fn compare_reports(&self) {
        let (mut fees, mut books) = (FeeLedger::new(), BooksFold::new());
        for entry in self.world.entries() {
            fees.apply(&entry).expect("folds");
            books.apply(&entry).expect("folds");
        }
        let unapplied = self.count(|place| *place == Place::Payment);
        let kept = self.count(|place| matches!(place, Place::Fee(_))) + 28_800;
        assert_eq!((fees.unapplied().get(), fees.income().get()), (unapplied, kept));
        let table = fees.table(Interval::FiscalYear, None, None).expect("fits");
        assert!(table.balances());
        let mut before = 0;
        let mut rows = BTreeMap::new();
        for year in self.journal.keys() {
            let row = self.fee_row(*year, before);
            before = row.unapplied_yen.get();
            rows.insert(year.to_string(), row);
        }
        // A year without money has no row.
        rows.retain(|_, row| {
            let none = FeeRow {
                period: row.period.clone(),
                unapplied_yen: row.unapplied_yen,
                ..nothing()
            };
            *row != none
        });
        assert_eq!(table.rows, rows.into_values().collect::<Vec<_>>());
        for of in self.journal.keys() {
            let book = books.year(year(*of)).expect("fits").expect("has entries");
            assert_eq!(book.totals, self.totals(*of), "{of}");
            assert_eq!(book.closing.is_some(), self.closed.contains(of), "{of}");
            assert_eq!(book.check(), Ok(()), "{of}");
            let ledger = self.world.state().books().year(year(*of)).expect("has entries");
            assert_eq!(ledger.totals, self.totals(*of), "{of}");
        }
    }

    fn fee_row(&self, year: u16, before: u64) -> FeeRow {
        let of = |event| self.noted(year, event);
        let kinds = [Kind::Account, Kind::Transfer, Kind::Certificate];
        let [account, transfer, certificate] = kinds.map(|kind| of(Event::Applied(kind)));
        let applied = account + transfer + certificate;
        let (payments, refunded) = (of(Event::PaymentBack), of(Event::FeeBack));
        let signed = |yen: u64| i64::try_from(yen).expect("small");
        FeeRow {
            period: year.to_string(),
            received_yen: Yen::new(of(Event::YenIn)),
            account_opening_yen: Yen::new(account),
            transfer_yen: Yen::new(transfer),
            certificate_yen: Yen::new(certificate),
            refunded_yen: Yen::new(payments + refunded),
            refunded_payments_yen: Yen::new(payments),
            refunded_fees_yen: Yen::new(refunded),
            income_yen: signed(applied) - signed(refunded),
            unapplied_yen: Yen::new(before + of(Event::YenIn) - applied - payments),
        }
    }
}

fn nothing() -> FeeRow {
    let none = Yen::ZERO;
    FeeRow {
        period: String::new(),
        received_yen: none,
        account_opening_yen: none,
        transfer_yen: none,
        certificate_yen: none,
        refunded_yen: none,
        refunded_payments_yen: none,
        refunded_fees_yen: none,
        income_yen: 0,
        unapplied_yen: none,
    }
}

fn corporate_number(person: u64) -> String {
    let base = 5_000_000_000 + person;
    let number = (1..=9)
        .find_map(|check| jcm_format::id::CorporateNumber::new(check * 1_000_000_000_000 + base));
    number.expect("one check digit fits").to_string()
}

fn play(seed: u64, steps: u32, seen: &mut Seen) -> usize {
    let _named = Seeded::run(seed);
    let mut run = Run::new(seed, seen);
    for _ in 0..steps {
        run.step();
        run.compare();
    }
    run.compare_reports();
    run.world.check();
    run.closed.len()
}

#[test]
fn every_yen_is_where_a_naive_model_says() {
    let mut seen = Seen::new();
    let mut closed = 0;
    for seed in seeds(0..9) {
        closed += play(seed, 320, &mut seen);
    }
    // The runs must have come to what they claim to compare.
    use Reason::*;
    let draw: &[Reason] = &[PaymentUnknown, PaymentOfAnother, PaymentSpent];
    let rejections: [(&str, &[Reason]); 14] = [
        ("ApplyPayment", &[PaymentOfAnother, ApplicationClosed]),
        ("ApplyPayments", &[ApplicationClosed, PaymentOfAnother, PaymentSpent, FeeExceeded]),
        ("ApplyTransfer", draw),
        ("CloseBooks", &[BooksClosed, BooksYearOpen]),
        ("ImportStatement", &[StatementImported, PaymentRecordedBefore, ValueDateInFuture]),
        ("IssueCertificate", &[FeeUnpaid]),
        ("LapseApplication", &[]),
        ("OpenAccount", &[FeeUnpaid]),
        ("RecordPayment", &[PaymentRecordedBefore]),
        ("RecordTransfer", &[FeeUnpaid]),
        ("Refund", &[PaymentRecordedBefore, PaymentSpent, NotRefundable, RefundExceeded]),
        ("RefuseApplication", &[ApplicationClosed]),
        ("RequestCertificate", draw),
        ("WithdrawApplication", &[ApplicationClosed]),
    ];
    for (command, reasons) in rejections {
        let outcomes = reasons.iter().copied().map(Some).chain([None]);
        for outcome in outcomes {
            assert!(seen.contains_key(&(command, outcome)), "never {command}: {outcome:?}");
        }
    }
    assert!(5 < closed, "{closed} years closed");
}

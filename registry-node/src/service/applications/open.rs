//! Applications that wait.

use super::{Told, invoice_reference, kind_word};
use jcm_api::{pb, words};
use jcm_format::amount::Yen;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use jcm_format::time::Date;
use jcm_ledger::State;
use jcm_ledger::state::{Application, RestrictionRecord, Subject, TransfereeConsent};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Where a waiting application stands, and whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stand {
    /// Something is missing from it.
    Incomplete,
    /// Its fee is not paid.
    AwaitingPayment,
    /// The transferee has not consented.
    AwaitingConsent,
    /// It must not be recorded before a day.
    Delayed,
    /// Nothing is left but to act on it.
    UnderExamination,
}

impl Stand {
    pub(super) const ALL: [Stand; 5] = [
        Stand::Incomplete,
        Stand::AwaitingPayment,
        Stand::AwaitingConsent,
        Stand::Delayed,
        Stand::UnderExamination,
    ];

    pub(super) fn of(open: &Application, today: Date) -> Stand {
        if open.completion.is_some() {
            Stand::Incomplete
        } else if open.due_yen() != Yen::ZERO {
            Stand::AwaitingPayment
        } else if open.consent == TransfereeConsent::Awaited {
            Stand::AwaitingConsent
        } else if open.not_before.is_some_and(|first_day| today < first_day) {
            Stand::Delayed
        } else {
            Stand::UnderExamination
        }
    }

    /// The word of the wire.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Stand::Incomplete => "incomplete",
            Stand::AwaitingPayment => "awaiting payment",
            Stand::AwaitingConsent => "awaiting consent",
            Stand::Delayed => "delayed",
            Stand::UnderExamination => "under examination",
        }
    }

    /// Who must act next.
    pub(super) const fn next(self) -> &'static str {
        match self {
            Stand::Incomplete | Stand::AwaitingPayment => "applicant",
            Stand::AwaitingConsent => "transferee",
            Stand::Delayed | Stand::UnderExamination => "operator",
        }
    }
}

/// The days by which something is due. Working days are counted once for each day
/// of receipt, however many applications came on it.
pub(super) struct Days<'a> {
    state: &'a State,
    today: Date,
    known: RefCell<BTreeMap<Date, Counted>>,
}

/// The days that follow from a day of receipt; none where a calendar is missing.
#[derive(Debug, Clone, Copy)]
struct Counted {
    payment: Option<Date>,
    examination: Option<Date>,
}

/// When things are due for one application.
struct Due {
    completion: Option<Date>,
    /// Asked for only where a fee is due.
    payment: Option<Date>,
    examination: Option<Date>,
    is_calendar_missing: bool,
}

impl<'a> Days<'a> {
    pub(super) fn new(state: &'a State, today: Date) -> Days<'a> {
        Days { state, today, known: RefCell::default() }
    }

    fn counted(&self, received: Date) -> Counted {
        if let Some(counted) = self.known.borrow().get(&received) {
            return *counted;
        }
        let rules = self.state.rules();
        let calendars = self.state.calendars();
        let after = |days: Option<u16>| calendars.working_day_after(received, days?);
        let counted = Counted {
            payment: after(rules.map(|rules| rules.payment_days)),
            examination: after(rules.map(|rules| rules.examination_days)),
        };
        self.known.borrow_mut().insert(received, counted);
        counted
    }

    fn due(&self, open: &Application) -> Due {
        let counted = self.counted(open.received.date_in_japan());
        let owes = open.due_yen() != Yen::ZERO;
        Due {
            completion: open.completion.as_ref().map(|completion| completion.due),
            payment: counted.payment.filter(|_| owes),
            examination: counted.examination,
            is_calendar_missing: counted.examination.is_none() || owes && counted.payment.is_none(),
        }
    }

    /// Where an application stands today.
    pub(super) fn stand(&self, open: &Application) -> Stand {
        Stand::of(open, self.today)
    }

    /// Whether some day by which something is due has passed.
    pub(super) fn is_overdue(&self, open: &Application) -> bool {
        let due = self.due(open);
        let days = [due.completion, due.payment, due.examination];
        days.into_iter().flatten().any(|day| day < self.today)
    }
}

/// A waiting application as the wire has it.
pub(super) fn message(state: &State, open: &Application, days: &Days<'_>) -> pb::Application {
    let stand = days.stand(open);
    let told = told(state, open);
    let due = days.due(open);
    let date = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
    let missing = open.completion.iter().flat_map(|completion| &completion.items);
    let note = if due.is_calendar_missing {
        "working days cannot be counted: a calendar of Japan is not adopted yet"
    } else {
        ""
    };
    pb::Application {
        entry: open.entry.get(),
        kind: kind_word(open.subject.kind()).to_owned(),
        status: stand.word().to_owned(),
        fee_yen: open.fee.amount().get(),
        fee_ground: words::fee_ground(open.fee).to_owned(),
        settled_yen: open.settled_yen.get(),
        next: stand.next().to_owned(),
        received_ms: open.received.as_ms(),
        account: told.account.map_or(0, AccountNumber::get),
        summary: told.summary,
        closed_entry: 0,
        invoice_reference: invoice_reference(open.entry, open.fee.amount()),
        missing: missing.map(Text::to_string).collect(),
        completion_due: date(due.completion),
        payment_due: date(due.payment),
        examination_due: date(due.examination),
        calendar_note: note.to_owned(),
        overdue: days.is_overdue(open),
        restriction: restriction(state, open).map_or(0, EntryIndex::get),
        payment_proofs: open.proofs.iter().map(Digest::to_string).collect(),
        applicant: told.applicant,
        refunded_yen: 0,
        ground: String::new(),
        not_before: date(open.not_before),
    }
}

fn told(state: &State, open: &Application) -> Told {
    match &open.subject {
        Subject::Account { holder, .. } => {
            Told::account(&holder.person, holder.particulars.as_ref())
        }
        Subject::Transfer(terms) => Told::transfer(state, terms, open.trust.as_ref()),
        Subject::Certificate(account) => Told::certificate(state, *account),
        Subject::Change { account, change } => Told::change(state, *account, change),
        Subject::Closing(account) => Told::closing(state, *account),
        Subject::Trust { account, request, subrogation } => {
            let request = words::request_words(request);
            Told::trust(state, *account, &request, subrogation.is_some())
        }
    }
}

/// A restriction that keeps an application from being recorded: on its units, or,
/// of a closing, on anything of the account.
fn restriction(state: &State, open: &Application) -> Option<EntryIndex> {
    let account = open.subject.account()?;
    let is_closing = matches!(open.subject, Subject::Closing(_));
    let units = open.subject.units();
    let concerns = |record: &&RestrictionRecord| match (&record.restriction.ranges, units) {
        _ if is_closing => true,
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(named), Some(units)) => {
            units.iter().any(|range| named.iter().any(|named| named.overlaps(range)))
        }
    };
    state.restrictions_of(account).find(concerns).map(|record| record.entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::command::{Acceptance, Body, Control, Mandate, Purpose, Safeguards};
    use jcm_tests::acts::{calendar, request_completion, restriction, rules_with_acceptance};
    use jcm_tests::world::{World, account, apply_transfer, terms};

    const OPERATORS: [&str; 2] = ["op-1", "op-2"];

    fn transfer() -> Body {
        apply_transfer(terms(1_001, 1_002, &["2:1-5"], Purpose::Other))
    }

    /// A waiting application as it is told on a day so many days later.
    fn told(world: &World, entry: EntryIndex, days_later: u64) -> pb::Application {
        let state = world.state();
        let later = world.now.date_in_japan().days() + days_later;
        let days = Days::new(state, Date::from_days(later).expect("a day"));
        message(state, state.open_application(entry).expect("open"), &days)
    }

    #[test]
    fn a_day_that_has_passed_is_told() {
        let mut world = World::stocked();
        let entry = world.accepted(transfer(), &["alpha"]);
        let before = told(&world, entry, 100);
        assert!(!before.overdue && !before.calendar_note.is_empty(), "not known: {before:?}");
        let year = world.now.date_in_japan().year().get();
        for year in [year, year + 1] {
            world.accepted(calendar(year, &[]), &OPERATORS);
        }
        let told = |days| told(&world, entry, days);
        assert!(told(0).calendar_note.is_empty() && !told(0).overdue);
        // Ten working days are two weeks; the twentieth is for the payment.
        assert_eq!([told(14).overdue, told(15).overdue], [false, true]);
        let [received, due] = [told(0).examination_due, told(0).payment_due];
        assert!(received < due, "{received} {due}");
    }

    #[test]
    fn what_is_missing_comes_first_then_the_fee_then_consent() {
        let mut world = World::stocked();
        world.accepted(rules_with_acceptance(), &["authority-1", "authority-2"]);
        let consent =
            Body::SetAcceptance { account: account(1_002), acceptance: Acceptance::Consent };
        world.accepted(consent, &["beta"]);
        let entry = world.accepted(transfer(), &["alpha"]);
        world.accepted(request_completion(entry, "2999-12-31"), &["op-1"]);
        let stands = |world: &World| {
            let told = told(world, entry, 0);
            (told.status, told.next)
        };
        let pair = |status: &str, next: &str| (status.to_owned(), next.to_owned());
        assert_eq!(stands(&world), pair("incomplete", "applicant"));
        world.accepted(jcm_tests::acts::complete(entry), &["alpha"]);
        assert_eq!(stands(&world), pair("awaiting payment", "applicant"));
        world.settle(entry, 2_500);
        assert_eq!(stands(&world), pair("awaiting consent", "transferee"));
        world.accepted(Body::AcceptTransfer { application: entry }, &["beta"]);
        assert_eq!(stands(&world), pair("under examination", "operator"));
    }

    #[test]
    fn a_delayed_transfer_waits_for_its_day_once_it_is_paid() {
        let mut world = World::stocked();
        let mandate = Mandate {
            control: Control::Single,
            per_transfer_tonnes: None,
            per_day_tonnes: None,
            per_untrusted_tonnes: None,
        };
        let safeguards = Safeguards {
            default_mandate: mandate,
            central_untrusted_tonnes: None,
            delays: true,
            cutoff_hour: 12,
            early_days: 2,
            late_days: 2,
            trust_days: 4,
            recovery_days: 10,
            pinned: false,
        };
        let year = world.now.date_in_japan().year().get();
        for year in [year, year + 1] {
            world.accepted(calendar(year, &[]), &OPERATORS);
        }
        world.accepted(Body::AdoptSafeguards(safeguards), &["authority-1", "authority-2"]);
        let entry = world.accepted(transfer(), &["alpha"]);
        let before = told(&world, entry, 0);
        assert_eq!((before.status.as_str(), before.not_before.len()), ("awaiting payment", 10));
        world.settle(entry, 2_500);
        let delayed = told(&world, entry, 1);
        assert_eq!((delayed.status.as_str(), delayed.next.as_str()), ("delayed", "operator"));
        assert_eq!(delayed.not_before, before.not_before);
        // Two working days are four days at the most.
        assert_eq!(told(&world, entry, 4).status, "under examination");
    }

    #[test]
    fn a_restriction_in_the_way_is_named() {
        let mut world = World::stocked();
        let entry = world.accepted(transfer(), &["alpha"]);
        world.accepted(restriction(1_001, &["2:6-9"]), &OPERATORS);
        assert_eq!(told(&world, entry, 0).restriction, 0, "other units");
        let named = world.accepted(restriction(1_001, &["2:5-9"]), &OPERATORS);
        assert_eq!(told(&world, entry, 0).restriction, named.get());
    }
}

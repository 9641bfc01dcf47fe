mod guard;

use super::*;
use crate::state::tests::{DAY_MS, Replay, account, date, digest, line, name, ranges, text, trust};
use crate::state::{ApplicationStatus, Trust};
use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, ApplyIndividualAccount, Commission, CorrectionGround, CorrectionMove,
    ImportStatement, ImportedPayment, LineKey, NotifyChange, ParticularsChange, PaymentId,
    PaymentPart, Purpose, RecordCorrection, Refund, RefundSource, RefusalGround, Restriction,
    RestrictionGround, Role, TransferTerms, TransferTrust, TrustRequest, Use, UseKind,
};
use jcm_format::event::{AccountCategory, Fee};
use jcm_format::id::{CommandId, Country, ProjectRef};
use jcm_format::time::Year;

const fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; PublicKey::LEN])
}

const MINISTERS: &[PublicKey] = &[key(101), key(102)];
const OPERATORS: &[PublicKey] = &[key(111), key(112)];
const OPERATOR: &[PublicKey] = &[key(111)];
/// Representatives of the accounts 1001 and 1002.
const FIRST: &[PublicKey] = &[key(121)];
const SECOND: &[PublicKey] = &[key(122)];

/// A registry with people in it. Account 1001 holds units 1 to 100 of block 1.
struct Registry {
    replay: Replay,
}

impl Registry {
    fn new() -> Registry {
        let mut replay = Replay::new();
        let second = Effect::IndividualApplied {
            person: digest(60),
            particulars: digest(61),
            attachments: Vec::new(),
            representative: key(122),
            fee: Fee::Due(Yen::new(0)),
        };
        let application = replay.entry(vec![second]);
        replay.entry(vec![Effect::AccountOpened { application, account: account(1_002) }]);
        let registered = |key, role| Effect::KeyRegistered { key, role };
        replay.entry(vec![
            registered(key(101), Role::Authority(name("minister-1"))),
            registered(key(102), Role::Authority(name("minister-2"))),
            Effect::OperatorAppointed { person: name("clerk-1") },
            Effect::OperatorAppointed { person: name("clerk-2") },
            registered(key(111), Role::Operator(name("clerk-1"))),
            registered(key(112), Role::Operator(name("clerk-2"))),
            registered(key(121), Role::Account(account(1_001))),
            registered(key(122), Role::Account(account(1_002))),
        ]);
        Registry { replay }
    }

    fn state(&self) -> &State {
        &self.replay.state
    }

    fn prepare(&self, body: Body, signers: &[PublicKey]) -> Result<Event, Rejection> {
        let now = Timestamp::from_ms(self.replay.time).expect("a time");
        let mut id = [1; 16];
        id[..8].copy_from_slice(&self.state().entries().to_be_bytes());
        let command = Command {
            registry: self.state().origin().expect("after genesis").clone(),
            id: CommandId::from_bytes(id),
            valid_until: now,
            effect_digest: None,
            body,
        };
        prepare(self.state(), now, &command, signers)
    }

    /// Decides and applies.
    fn act(&mut self, body: Body, signers: &[PublicKey]) -> Result<EntryIndex, Reason> {
        let event = self.prepare(body, signers).map_err(|rejection| rejection.reason)?;
        let entry = self.replay.entry(event.0);
        assert!(self.state().is_conserved());
        Ok(entry)
    }

    fn done(&mut self, body: Body, signers: &[PublicKey]) -> EntryIndex {
        self.act(body, signers).expect("accepted")
    }

    /// A payment of the holder of account 1001.
    fn paid(&mut self, yen: u64) -> PaymentId {
        let reference = format!("in-{}", self.state().entries());
        let body = Body::RecordPayment(jcm_format::command::RecordPayment {
            bank_reference: name(&reference),
            amount_yen: Yen::new(yen),
            value_date: date("2026-03-31"),
            account: Some(account(1_001)),
            payer: None,
        });
        PaymentId::single(self.done(body, OPERATOR))
    }

    fn adopt(&mut self, change: impl FnOnce(&mut Rules)) {
        let mut rules = self.state().rules().expect("after genesis").clone();
        rules.version += 1;
        change(&mut rules);
        self.done(Body::AdoptRules(rules), MINISTERS);
    }

    fn status(&self, application: EntryIndex) -> ApplicationStatus {
        self.state().application_status(application).expect("an application")
    }
}

fn terms(units: &str, destination: u32) -> TransferTerms {
    TransferTerms {
        source: account(1_001),
        destination: account(destination),
        ranges: ranges(&[units]),
        purpose: Purpose::Other,
        gratuitous: false,
        use_: None,
    }
}

fn transfer(units: &str, destination: u32, fee_payment: Option<PaymentId>) -> Body {
    Body::ApplyTransfer {
        terms: terms(units, destination),
        use_details: None,
        trust: None,
        fee_payment,
    }
}

fn with_trust(units: &str, destination: u32, trust: TransferTrust) -> Body {
    let terms = terms(units, destination);
    Body::ApplyTransfer { terms, use_details: None, trust: Some(trust), fee_payment: None }
}

fn restriction(units: Option<&str>) -> Body {
    Body::RecordRestriction(Restriction {
        account: account(1_001),
        ranges: units.map(|units| ranges(&[units])),
        ground: RestrictionGround::CourtOrder,
        authority: text("Court"),
        reference: text("1"),
        document: digest(9),
    })
}

fn release(restriction: EntryIndex) -> Body {
    Body::ReleaseRestriction { restriction, reference: text("2"), document: digest(9) }
}

fn record_trust(units: &str) -> Body {
    let request = TrustRequest::Record { ranges: ranges(&[units]), terms: trust(1) };
    Body::ApplyTrust { account: account(1_001), request, subrogation: None }
}

fn refusal(application: EntryIndex, ground: RefusalGround) -> Body {
    Body::RefuseApplication { application, ground, explanation: text("Because") }
}

#[test]
fn a_restriction_stops_new_transfers_and_those_that_wait() {
    let mut registry = Registry::new();
    let payment = registry.paid(10_000);
    let waiting = registry.done(transfer("1:1-10", 1_002, None), FIRST);
    assert_eq!(registry.act(restriction(Some("1:101-101")), OPERATORS), Err(Reason::UnitsUnknown));
    assert_eq!(registry.act(restriction(None), OPERATOR), Err(Reason::SecondSignatureMissing));
    let named = registry.done(restriction(Some("1:5-20")), OPERATORS);
    // The restriction comes before the reservation, the title before both.
    let again =
        |registry: &mut Registry, units| registry.act(transfer(units, 1_002, Some(payment)), FIRST);
    assert_eq!(again(&mut registry, "1:10-10"), Err(Reason::UnitsRestricted));
    assert_eq!(again(&mut registry, "1:1-4"), Err(Reason::UnitsReserved));
    let amount_yen = Yen::new(2_500);
    let part = PaymentPart { payment, application: waiting, amount_yen };
    registry.done(Body::ApplyPayments { parts: vec![part] }, OPERATOR);
    let record = Body::RecordTransfer { application: waiting };
    assert_eq!(registry.act(record.clone(), OPERATOR), Err(Reason::UnitsRestricted));
    let founded = refusal(waiting, RefusalGround::Restriction);
    assert!(registry.prepare(founded, OPERATOR).is_ok());
    registry.done(release(named), OPERATORS);
    assert_eq!(registry.act(release(named), OPERATORS), Err(Reason::RestrictionUnknown));
    let unfounded = refusal(waiting, RefusalGround::Restriction);
    assert_eq!(registry.act(unfounded, OPERATOR), Err(Reason::GroundUnfounded));
    registry.done(record, OPERATOR);
    registry.done(restriction(None), OPERATORS);
    assert_eq!(again(&mut registry, "1:90-90"), Err(Reason::UnitsRestricted));
    assert_eq!(registry.state().balance(account(1_002)).get(), 10);
}

#[test]
#[allow(clippy::too_many_lines, reason = "one story")]
fn a_trust_begins_changes_hands_and_ends() {
    let mut registry = Registry::new();
    let payment = registry.paid(100_000);
    let settle = |registry: &mut Registry, application| {
        let amount_yen = Yen::new(2_500);
        let parts = vec![PaymentPart { payment, application, amount_yen }];
        registry.done(Body::ApplyPayments { parts }, OPERATOR)
    };
    let recorded = TransferTrust::Record(trust(1));
    let to_government = with_trust("1:1-10", 1, recorded.clone());
    assert_eq!(registry.act(to_government, FIRST), Err(Reason::TrustAccount));
    // Paid in full, it waits all the same: a person judges the evidence.
    let body = Body::ApplyTransfer {
        terms: terms("1:1-10", 1_002),
        use_details: None,
        trust: Some(recorded),
        fee_payment: Some(payment),
    };
    let application = registry.done(body, FIRST);
    assert_eq!(registry.status(application), ApplicationStatus::Open);
    let first = registry.done(Body::RecordTransfer { application }, OPERATOR);
    assert_eq!(registry.state().trust(first).map(|t| t.account), Some(account(1_002)));

    // The trustee, account 1002, is dismissed; the new one is account 1001.
    let back = |trust| Body::ApplyTransfer {
        terms: TransferTerms { source: account(1_002), ..terms("1:1-10", 1_001) },
        use_details: None,
        trust,
        fee_payment: None,
    };
    assert_eq!(registry.act(back(None), SECOND), Err(Reason::UnitsInTrust));
    let change =
        |by_new_trustee| Some(TransferTrust::ChangeTrustee { terms: trust(2), by_new_trustee });
    let application = registry.done(back(change(false)), SECOND);
    assert_eq!(registry.act(back(change(true)), SECOND), Err(Reason::RoleNotPermitted));
    let commission =
        Commission { court: text("Court"), reference: text("3"), trustee_dismissed: true };
    let commission = |trust| Body::RecordCommission {
        trust,
        terms: self::trust(1),
        commission: commission.clone(),
    };
    assert_eq!(registry.act(commission(application), OPERATORS), Err(Reason::TrustUnknown));
    registry.done(commission(first), OPERATORS);
    let bill = registry.paid(10_000);
    assert!(matches!(registry.state().trust(first), Some(Trust { dismissed: true, .. })));
    // The payment names account 1001, the application is that of 1002.
    let part = PaymentPart { payment: bill, application, amount_yen: Yen::new(1) };
    let other = Body::ApplyPayments { parts: vec![part] };
    assert_eq!(registry.act(other, OPERATOR), Err(Reason::PaymentOfAnother));
    let withdrawal = |application| Body::WithdrawApplication { application, reason: text("Slip") };
    registry.done(withdrawal(application), SECOND);
    assert_eq!(registry.act(back(change(false)), SECOND), Err(Reason::TrusteeDismissed));
    let by_new = registry.done(back(change(true)), FIRST);
    assert_eq!(registry.act(withdrawal(by_new), SECOND), Err(Reason::RoleNotPermitted));
    let anonymous = registry.replay.paid("anonymous", 2_500);
    let part = PaymentPart {
        payment: PaymentId::single(anonymous),
        application: by_new,
        amount_yen: Yen::new(2_500),
    };
    registry.done(Body::ApplyPayments { parts: vec![part] }, OPERATOR);
    let second = registry.done(Body::RecordTransfer { application: by_new }, OPERATOR);
    assert_eq!(registry.state().in_trust(ranges(&["1:1-10"]).as_slice()[0]).next(), {
        Some((ranges(&["1:1-10"]).as_slice()[0], second))
    });

    // Units of another trust may not be mixed; the trust of the units ends.
    let application = registry.done(record_trust("1:11-20"), FIRST);
    registry.done(Body::RecordApplication { application }, OPERATOR);
    let mixed = TransferTrust::ChangeTrustee { terms: trust(4), by_new_trustee: false };
    assert_eq!(registry.act(with_trust("1:1-20", 1_002, mixed), FIRST), Err(Reason::TrustsDiffer));
    let delete = |units| with_trust(units, 1_002, TransferTrust::Delete(digest(7)));
    assert_eq!(registry.act(delete("1:15-21"), FIRST), Err(Reason::UnitsNotInTrust));
    let application = registry.done(delete("1:1-20"), FIRST);
    settle(&mut registry, application);
    registry.done(Body::RecordTransfer { application }, OPERATOR);
    assert_eq!(registry.state().in_trust(ranges(&["1:1-100"]).as_slice()[0]).count(), 0);
}

#[test]
fn a_trust_of_ones_own_units_is_recorded_amended_and_deleted() {
    let mut registry = Registry::new();
    let application = registry.done(record_trust("1:1-10"), FIRST);
    assert_eq!(registry.act(record_trust("1:10-10"), FIRST), Err(Reason::UnitsReserved));
    let held = registry.done(restriction(Some("1:1-1")), OPERATORS);
    let record = |application| Body::RecordApplication { application };
    assert_eq!(registry.act(record(application), OPERATOR), Err(Reason::UnitsRestricted));
    registry.done(release(held), OPERATORS);
    let trust_entry = registry.done(record(application), OPERATOR);
    assert_eq!(registry.act(record(application), OPERATOR), Err(Reason::ApplicationClosed));
    assert_eq!(registry.act(record_trust("1:10-10"), FIRST), Err(Reason::UnitsInTrust));
    let amend = |account, trust| Body::ApplyTrust {
        account,
        request: TrustRequest::Amend { trust, terms: self::trust(3) },
        subrogation: None,
    };
    let unknown = amend(account(1_002), trust_entry);
    assert_eq!(registry.act(unknown, SECOND), Err(Reason::TrustUnknown));
    let application = registry.done(amend(account(1_001), trust_entry), FIRST);
    registry.done(record(application), OPERATOR);
    let amended = registry.state().trust(trust_entry).expect("a trust");
    assert_eq!(amended.terms.details, digest(3));
    let request = TrustRequest::Delete {
        ranges: ranges(&["1:1-10"]),
        evidence: digest(7),
        beneficiaries: digest(8),
    };
    let body = Body::ApplyTrust { account: account(1_001), request, subrogation: None };
    let application = registry.done(body, FIRST);
    registry.done(record(application), OPERATOR);
    assert_eq!(registry.state().in_trust(ranges(&["1:1-100"]).as_slice()[0]).count(), 0);
    // In subrogation two operators sign, and only they withdraw.
    let request = TrustRequest::Record { ranges: ranges(&["1:1-10"]), terms: trust(5) };
    let body = |account| Body::ApplyTrust {
        account,
        request: request.clone(),
        subrogation: Some(digest(6)),
    };
    assert_eq!(registry.act(body(account(1)), OPERATORS), Err(Reason::AccountUnknown));
    assert_eq!(registry.act(body(account(1_001)), OPERATOR), Err(Reason::SecondSignatureMissing));
    let application = registry.done(body(account(1_001)), OPERATORS);
    let withdrawal = Body::WithdrawApplication { application, reason: text("Slip") };
    assert_eq!(registry.act(withdrawal.clone(), FIRST), Err(Reason::RoleNotPermitted));
    registry.done(withdrawal, OPERATORS);
}

#[test]
fn an_account_is_closed_once_nothing_is_left_of_it() {
    let mut registry = Registry::new();
    let closing = Body::ApplyClosing { account: account(1_001), attachments: Vec::new() };
    assert_eq!(registry.act(closing.clone(), FIRST), Err(Reason::AccountNotEmpty));
    let payment = registry.paid(10_000);
    let all = registry.done(transfer("1:1-100", 1_002, None), FIRST);
    assert_eq!(registry.act(closing.clone(), FIRST), Err(Reason::ApplicationPending));
    let part = PaymentPart { payment, application: all, amount_yen: Yen::new(2_500) };
    registry.done(Body::ApplyPayments { parts: vec![part] }, OPERATOR);
    registry.done(Body::RecordTransfer { application: all }, OPERATOR);
    let held = registry.done(restriction(None), OPERATORS);
    assert_eq!(registry.act(closing.clone(), FIRST), Err(Reason::AccountRestricted));
    registry.done(release(held), OPERATORS);
    let application = registry.done(closing, FIRST);
    // A transfer to it that comes in between stops the closing, as long as it is open.
    let back = Body::ApplyTransfer {
        terms: TransferTerms { source: account(1_002), ..terms("1:1-1", 1_001) },
        use_details: None,
        trust: None,
        fee_payment: None,
    };
    let to_it = registry.done(back.clone(), SECOND);
    let record = Body::RecordApplication { application };
    assert_eq!(registry.act(record.clone(), OPERATOR), Err(Reason::ApplicationPending));
    registry.done(Body::WithdrawApplication { application: to_it, reason: text("No") }, SECOND);
    let closed = registry.done(record, OPERATOR);
    let account = registry.state().account(account(1_001)).expect("it stays");
    assert_eq!(account.closed, Some(closed));
    assert!(registry.state().key(&FIRST[0]).is_some_and(|key| key.revoked));
    assert_eq!(registry.act(back, SECOND), Err(Reason::DestinationUnknown));
    assert_eq!(registry.act(restriction(None), OPERATORS), Err(Reason::AccountUnknown));
}

#[test]
fn what_is_missing_must_be_handed_in_before_a_record() {
    let mut registry = Registry::new();
    let application = registry.done(transfer("1:1-10", 1_002, None), FIRST);
    let complete = Body::CompleteApplication { application, attachments: vec![digest(1)] };
    assert_eq!(registry.act(complete.clone(), FIRST), Err(Reason::CompletionNotAsked));
    let request =
        |due| Body::RequestCompletion { application, items: vec![text("A seal")], due: date(due) };
    assert_eq!(registry.act(request("2026-03-31"), OPERATOR), Err(Reason::DueDatePast));
    registry.done(request("2026-04-01"), OPERATOR);
    let record = Body::RecordTransfer { application };
    assert_eq!(registry.act(record.clone(), OPERATOR), Err(Reason::CompletionAwaited));
    assert_eq!(registry.act(complete.clone(), SECOND), Err(Reason::RoleNotPermitted));
    registry.done(complete, FIRST);
    assert_eq!(registry.act(record, OPERATOR), Err(Reason::FeeUnpaid));
}

#[test]
fn an_application_lapses_after_its_last_day_only() {
    let mut registry = Registry::new();
    let application = registry.done(transfer("1:1-10", 1_002, None), FIRST);
    let lapse = Body::LapseApplication { application };
    assert_eq!(registry.act(lapse.clone(), OPERATOR), Err(Reason::CalendarMissing));
    let holidays = vec![date("2026-04-29")];
    let (country, year) = (Country::new("JP").expect("a country"), date("2026-01-01").year());
    registry.done(Body::AdoptCalendar { country, year, holidays }, OPERATORS);
    // Received on Tuesday 2026-03-31; the 20th working day after is 2026-04-28.
    let open = registry.state().open_application(application).expect("open");
    assert_eq!(registry.state().payment_deadline(open), Some(date("2026-04-28")));
    registry.replay.time += 28 * DAY_MS;
    assert_eq!(registry.act(lapse.clone(), OPERATOR), Err(Reason::NotLapsed));
    let request = Body::RequestCompletion {
        application,
        items: vec![text("A seal")],
        due: date("2026-04-29"),
    };
    registry.done(request, OPERATOR);
    registry.replay.time += DAY_MS;
    let unpaid = registry.prepare(lapse.clone(), OPERATOR).expect("the day has passed");
    let ground = jcm_format::command::LapseGround::Unpaid;
    assert_eq!(unpaid.0, [Effect::ApplicationLapsed { application, ground }]);
    registry.replay.time += DAY_MS;
    let entry = registry.done(lapse, OPERATOR);
    let ground = jcm_format::command::LapseGround::Incomplete;
    assert_eq!(registry.status(application), ApplicationStatus::Lapsed(entry, ground));
}

#[test]
fn each_yen_is_applied_or_paid_back_once() {
    let mut registry = Registry::new();
    let credit = |key, yen, day| ImportedPayment {
        key: LineKey::from_bytes([key; LineKey::LEN]),
        amount_yen: Yen::new(yen),
        value_date: date(day),
        account: Some(account(1_001)),
    };
    let import = |statement, payments| {
        Body::ImportStatement(ImportStatement {
            statement: digest(statement),
            payers: None,
            payments,
        })
    };
    let first = vec![credit(1, 2_500, "2026-03-31"), credit(2, 3_000, "2026-03-31")];
    let statement = registry.done(import(1, first.clone()), OPERATOR);
    assert_eq!(registry.act(import(1, vec![]), OPERATOR), Err(Reason::StatementImported));
    assert_eq!(registry.act(import(2, first), OPERATOR), Err(Reason::PaymentRecordedBefore));
    let future = vec![credit(3, 1, "2026-04-01")];
    assert_eq!(registry.act(import(2, future), OPERATOR), Err(Reason::ValueDateInFuture));
    // The first line pays a transfer that is recorded at once.
    registry.done(transfer("1:1-10", 1_002, Some(line(statement, 1))), FIRST);
    assert_eq!(registry.state().balance(account(1_002)).get(), 10);
    let [one, two] =
        ["1:11-20", "1:21-30"].map(|units| registry.done(transfer(units, 1_002, None), FIRST));
    let part = |application, yen| PaymentPart {
        payment: line(statement, 2),
        application,
        amount_yen: Yen::new(yen),
    };
    let apply = |parts: &[PaymentPart]| Body::ApplyPayments { parts: parts.to_vec() };
    let too_much = apply(&[part(one, 2_000), part(two, 1_001)]);
    assert_eq!(registry.act(too_much, OPERATOR), Err(Reason::PaymentSpent));
    let twice = apply(&[part(one, 1_500), part(one, 1_001)]);
    assert_eq!(registry.act(twice, OPERATOR), Err(Reason::FeeExceeded));
    registry.done(apply(&[part(one, 2_000), part(two, 900)]), OPERATOR);
    let refund = |source, yen, reference: &str| {
        Body::Refund(Refund {
            source,
            amount_yen: Yen::new(yen),
            bank_reference: name(reference),
            reason: text("Too much"),
        })
    };
    let rest = |yen, reference| refund(RefundSource::Payment(line(statement, 2)), yen, reference);
    assert_eq!(registry.act(rest(101, "out-1"), OPERATORS), Err(Reason::PaymentSpent));
    registry.done(rest(100, "out-1"), OPERATORS);
    assert_eq!(registry.act(rest(1, "out-1"), OPERATORS), Err(Reason::PaymentRecordedBefore));
    let of = |yen, reference| refund(RefundSource::Application(one), yen, reference);
    assert_eq!(registry.act(of(1, "out-2"), OPERATORS), Err(Reason::NotRefundable));
    registry.done(refusal(one, RefusalGround::Falsehood), OPERATOR);
    registry.done(of(1_500, "out-2"), OPERATORS);
    assert_eq!(registry.act(of(501, "out-3"), OPERATORS), Err(Reason::RefundExceeded));
    registry.done(of(500, "out-3"), OPERATORS);
}

#[test]
fn a_holder_chooses_from_whom_it_receives_units_where_the_rules_allow_it() {
    let mut registry = Registry::new();
    let set = |acceptance| Body::SetAcceptance { account: account(1_002), acceptance };
    assert_eq!(registry.act(set(Acceptance::Consent), SECOND), Err(Reason::AcceptanceOff));
    registry.adopt(|rules| rules.transferee_acceptance = true);
    registry.done(set(Acceptance::Listed(vec![account(1)])), SECOND);
    assert_eq!(registry.act(transfer("1:1-1", 1_002, None), FIRST), Err(Reason::NotAccepted));
    registry.done(set(Acceptance::Consent), SECOND);
    let payment = registry.paid(10_000);
    let application = registry.done(transfer("1:1-1", 1_002, Some(payment)), FIRST);
    let record = Body::RecordTransfer { application };
    assert_eq!(registry.act(record.clone(), OPERATOR), Err(Reason::AcceptanceAwaited));
    let accept = Body::AcceptTransfer { application };
    assert_eq!(registry.act(accept.clone(), FIRST), Err(Reason::RoleNotPermitted));
    registry.done(accept.clone(), SECOND);
    assert_eq!(registry.act(accept.clone(), SECOND), Err(Reason::AcceptanceNotAsked));
    registry.done(record, OPERATOR);
    assert_eq!(registry.act(accept, SECOND), Err(Reason::ApplicationClosed));
    // What was applied for when holders could not choose waits for nobody.
    registry.adopt(|rules| rules.transferee_acceptance = false);
    registry.done(transfer("1:2-2", 1_002, Some(payment)), FIRST);
    assert_eq!(registry.state().balance(account(1_002)).get(), 2);
}

#[test]
fn changed_particulars_are_notified_and_recorded() {
    let mut registry = Registry::new();
    let change = |holder, effective| ParticularsChange {
        holder,
        particulars: Some(digest(52)),
        effective: date(effective),
    };
    let notify = |number, change| {
        Body::NotifyChange(NotifyChange {
            account: account(number),
            change,
            attachments: Vec::new(),
        })
    };
    let holder = crate::state::tests::holder();
    // Its head office has no Japanese spelling, which a Japanese corporation must have.
    let misfit = change(Some(holder.clone()), "2026-03-31");
    assert_eq!(registry.act(notify(1_001, misfit), FIRST), Err(Reason::ParticularsMisfit));
    let individual = change(Some(holder.clone()), "2026-03-31");
    assert_eq!(registry.act(notify(1_002, individual), SECOND), Err(Reason::ParticularsMisfit));
    let future = change(None, "2026-04-01");
    assert_eq!(registry.act(notify(1_001, future), FIRST), Err(Reason::DateInFuture));
    let application = registry.done(notify(1_001, change(None, "2026-03-31")), FIRST);
    let again = notify(1_001, change(None, "2026-03-31"));
    assert_eq!(registry.act(again, FIRST), Err(Reason::ApplicationPending));
    assert_eq!(
        registry.act(refusal(application, RefusalGround::Restriction), OPERATOR),
        Err(Reason::GroundNotApplicable)
    );
    registry.done(Body::RecordApplication { application }, OPERATOR);
    let account = registry.state().account(account(1_001)).expect("an account");
    assert_eq!(account.holder.as_ref().map(|holder| holder.commitment), Some(digest(52)));
}

#[test]
fn a_correction_takes_from_another_holder_with_its_consent_only() {
    let mut registry = Registry::new();
    let payment = registry.paid(2_500);
    let wrong = registry.done(transfer("1:1-10", 1_002, Some(payment)), FIRST);
    let ground = CorrectionGround {
        account: account(1_001),
        affected: wrong,
        error: text("Slip"),
        consulted_on: date("2026-03-31"),
        consultation: digest(5),
        third_party_consent: None,
    };
    let correct = |ground: &CorrectionGround, source, destination| {
        let units = CorrectionMove {
            source: account(source),
            destination: account(destination),
            ranges: ranges(&["1:1-10"]),
        };
        let ground = ground.clone();
        Body::RecordCorrection(RecordCorrection { ground, change: None, moves: vec![units] })
    };
    let rejected = [
        (CorrectionGround { account: account(1), ..ground.clone() }, Reason::AccountUnknown),
        (CorrectionGround { affected: EntryIndex::new(99), ..ground.clone() }, {
            Reason::EntryUnknown
        }),
        (CorrectionGround { consulted_on: date("2026-04-01"), ..ground.clone() }, {
            Reason::DateInFuture
        }),
        (ground.clone(), Reason::ThirdPartyConsentMissing),
    ];
    for (ground, reason) in rejected {
        assert_eq!(registry.act(correct(&ground, 1_002, 1_001), OPERATORS), Err(reason));
    }
    for (source, destination, reason) in [
        (1_002, 1, Reason::MoveUnrelated),
        (2, 1_001, Reason::SourceIsSink),
        (1_001, 1_001, Reason::DestinationIsSource),
        (1_001, 1_009, Reason::DestinationUnknown),
        (1_001, 2, Reason::MoveToSink),
        (1_001, 1_002, Reason::UnitsNotHeld),
    ] {
        assert_eq!(registry.act(correct(&ground, source, destination), OPERATORS), Err(reason));
    }
    let agreed = CorrectionGround { third_party_consent: Some(digest(6)), ..ground };
    registry.done(correct(&agreed, 1_002, 1_001), OPERATORS);
    assert_eq!(registry.state().balance(account(1_001)).get(), 100);
}

#[test]
fn the_books_are_closed_year_by_year() {
    let mut registry = Registry::new();
    let close = |year| Body::CloseBooks { year: Year::new(year).expect("a year") };
    assert_eq!(registry.act(close(2025), OPERATORS), Err(Reason::BooksYearOpen));
    registry.replay.time += DAY_MS;
    registry.replay.paid("next-year", 1);
    registry.replay.time += 365 * DAY_MS;
    assert_eq!(registry.act(close(2026), OPERATORS), Err(Reason::BooksEarlierOpen));
    registry.done(close(2024), OPERATORS);
    registry.done(close(2025), OPERATORS);
    assert_eq!(registry.act(close(2025), OPERATORS), Err(Reason::BooksClosed));
    registry.done(close(2026), OPERATORS);
    assert_eq!(registry.act(close(2027), OPERATORS), Err(Reason::BooksYearOpen));
}

#[test]
fn rules_calendars_and_government_accounts_are_laid_down() {
    let mut registry = Registry::new();
    let rules = registry.state().rules().expect("after genesis").clone();
    let same = Body::AdoptRules(rules.clone());
    assert_eq!(registry.act(same, MINISTERS), Err(Reason::RulesVersion));
    let mut later = Rules { version: 2, ..rules };
    later.fees[0].from = date("2026-04-01");
    assert_eq!(registry.act(Body::AdoptRules(later), MINISTERS), Err(Reason::FeesNotInForce));
    let open = Body::OpenGovernmentAccount {
        category: AccountCategory::Retirement,
        name_ja: text("名"),
        name_en: text("Name"),
    };
    assert_eq!(registry.act(open.clone(), OPERATORS), Err(Reason::RoleNotPermitted));
    registry.done(open, MINISTERS);
    let fourth = registry.state().account(account(4)).expect("opened");
    assert_eq!(fourth.category, AccountCategory::Retirement);
}

#[test]
fn individuals_apply_as_proponents() {
    let mut registry = Registry::new();
    let apply = |person| {
        Body::ApplyIndividualAccount(ApplyIndividualAccount {
            person: digest(person),
            particulars: digest(65),
            attachments: Vec::new(),
            representative: key(123),
        })
    };
    assert_eq!(registry.act(apply(64), &[key(123)]), Err(Reason::NotAProponent));
    let register = |project, person| Body::RegisterProponent {
        project: ProjectRef::new(project).expect("a reference"),
        person: digest(person),
    };
    assert_eq!(registry.act(register("MN009", 64), OPERATOR), Err(Reason::ProjectUnknown));
    registry.done(register("MN001", 64), OPERATOR);
    assert_eq!(registry.act(register("MN001", 64), OPERATOR), Err(Reason::ProponentExists));
    // The commitment of the proponent who has account 1002.
    registry.done(register("MN001", 60), OPERATOR);
    assert_eq!(registry.act(apply(60), &[key(123)]), Err(Reason::AccountExistsForPerson));
    let application = registry.done(apply(64), &[key(123)]);
    let proof = Body::SubmitPaymentProof { application, document: digest(1) };
    assert_eq!(registry.act(proof.clone(), &[key(124)]), Err(Reason::KeyUnknown));
    registry.done(proof, &[key(123)]);
    let erase = |commitment| Body::EraseData { commitment, reason: text("Asked for") };
    assert_eq!(registry.act(erase(digest(66)), OPERATORS), Err(Reason::CommitmentUnknown));
    for needed in [64, 65, 60] {
        assert_eq!(registry.act(erase(digest(needed)), OPERATORS), Err(Reason::StillNeeded));
    }
    let withdrawal = Body::WithdrawApplication { application, reason: text("Slip") };
    assert_eq!(registry.act(withdrawal.clone(), OPERATOR), Err(Reason::RoleNotPermitted));
    registry.done(withdrawal, &[key(123)]);
    registry.done(erase(digest(65)), OPERATORS);
    assert_eq!(registry.act(erase(digest(65)), OPERATORS), Err(Reason::ErasedAlready));
    assert_eq!(registry.act(apply(64), &[key(123)]), Err(Reason::ErasedAlready));
    registry.done(erase(digest(64)), OPERATORS);
    assert_eq!(registry.act(apply(64), &[key(123)]), Err(Reason::ErasedAlready));
    assert_eq!(registry.act(register("MN001", 65), OPERATOR), Err(Reason::ErasedAlready));
}

#[test]
fn old_units_serve_reports_by_the_dates_that_the_rules_set() {
    let mut registry = Registry::new();
    let use_ = Some(Use { kind: UseKind::Shk, reporting_year: None, beneficiary: None });
    let terms = TransferTerms { purpose: Purpose::Cancellation, use_, ..terms("1:1-10", 3) };
    let body = Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment: None };
    // Vintage 2024 serves them by retirement.
    assert_eq!(registry.act(body, FIRST), Err(Reason::UseNotEligible));
}

#[test]
fn a_certificate_states_the_account_as_before_its_entry() {
    let mut registry = Registry::new();
    let payment = registry.paid(400);
    let expected = registry.state().account_statement(account(1_001)).expect("an account");
    let fee_payment = Some(payment);
    let body = Body::RequestCertificate { account: account(1_001), fee_payment };
    let event = registry.prepare(body, FIRST).expect("accepted");
    let account = account(1_001);
    assert_eq!(
        event.0[2..],
        [
            Effect::CertificateIssued { application: None },
            Effect::CertificateStated { account, digest: expected },
        ]
    );
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// Any command about units, well-formed but as often as not against a rule.
fn any_body(numbers: &mut Numbers, entries: u64) -> Body {
    let first = 1 + numbers.below(30);
    let units = format!("1:{first}-{}", first + numbers.below(8));
    let (source, destination) = match numbers.below(4) {
        0 | 1 => (1_001, 1_002),
        2 => (1_002, 1_001),
        _ => (1_001, 1),
    };
    let recent = EntryIndex::new(entries - 1 - numbers.below(12).min(entries - 1));
    let terms = TransferTerms { source: account(source), ..terms(&units, destination) };
    let by_new_trustee = numbers.below(2) == 0;
    match numbers.below(16) {
        0..=3 => {
            let trust = match numbers.below(4) {
                0 => Some(TransferTrust::Record(trust(1))),
                1 => Some(TransferTrust::Delete(digest(1))),
                2 => Some(TransferTrust::ChangeTrustee { terms: trust(2), by_new_trustee }),
                _ => None,
            };
            Body::ApplyTransfer { terms, use_details: None, trust, fee_payment: None }
        }
        4 => Body::WithdrawApplication { application: recent, reason: text("No") },
        5 => refusal(recent, RefusalGround::Restriction),
        6 => release(recent),
        7 => restriction((numbers.below(4) != 0).then_some(units.as_str())),
        8 | 9 => {
            let ranges = terms.ranges;
            let request = match numbers.below(2) {
                0 => TrustRequest::Record { ranges, terms: trust(3) },
                _ => {
                    let (evidence, beneficiaries) = (digest(1), digest(2));
                    TrustRequest::Delete { ranges, evidence, beneficiaries }
                }
            };
            Body::ApplyTrust { account: account(source), request, subrogation: None }
        }
        10 => {
            let TransferTerms { source, destination, ranges, .. } = terms;
            let ground = CorrectionGround {
                account: account(1_001),
                affected: recent,
                error: text("Slip"),
                consulted_on: date("2026-03-31"),
                consultation: digest(5),
                third_party_consent: Some(digest(6)),
            };
            let moves = vec![CorrectionMove { source, destination, ranges }];
            Body::RecordCorrection(RecordCorrection { ground, change: None, moves })
        }
        11 | 12 => Body::RecordApplication { application: recent },
        13 => {
            let commission =
                Commission { court: text("Court"), reference: text("1"), trustee_dismissed: true };
            Body::RecordCommission { trust: recent, terms: trust(4), commission }
        }
        _ => Body::RecordTransfer { application: recent },
    }
}

/// What holds between the records of the state, whatever was done.
fn assert_consistent(state: &State) {
    for number in [1, 1_001, 1_002].map(account) {
        let concerning: Vec<_> = state.open_applications_of(number).map(|a| a.entry).collect();
        let scanned = state.open_applications().filter(|open| match &open.subject {
            crate::state::Subject::Transfer(terms) => {
                [terms.source, terms.destination].contains(&number)
            }
            subject => subject.account() == Some(number),
        });
        assert_eq!(concerning, scanned.map(|open| open.entry).collect::<Vec<_>>());
    }
    let everything = ranges(&["1:1-100"]);
    for stretch in state.units(everything.as_slice()[0]) {
        if let Some(trust) = stretch.trust {
            let trustee = state.trust(trust).map(|trust| trust.account);
            assert_eq!(trustee, Some(stretch.account), "{}", stretch.range);
        }
        let reserving = state.open_applications().find(|open| {
            let units = open.subject.units().into_iter().flat_map(|ranges| ranges.iter());
            units.into_iter().any(|range| range.contains(stretch.range))
        });
        assert_eq!(stretch.reserved, reserving.map(|open| open.entry), "{}", stretch.range);
        if let Some(open) = reserving {
            assert_eq!(open.subject.account(), Some(stretch.account), "{}", stretch.range);
        }
        let restricting = state.restrictions().filter(|record| match &record.restriction.ranges {
            None => record.restriction.account == stretch.account,
            Some(named) => named.iter().any(|range| range.overlaps(stretch.range)),
        });
        for record in restricting {
            assert!(stretch.restricted, "{}", stretch.range);
            assert_eq!(record.restriction.account, stretch.account, "{}", stretch.range);
        }
    }
}

#[test]
fn trusts_restrictions_and_reservations_agree_after_any_commands() {
    let mut accepted = std::collections::BTreeMap::<&str, u32>::new();
    for seed in 1..=40 {
        let mut numbers = Numbers(seed);
        let mut registry = Registry::new();
        // Nothing to pay, so that what waits can be recorded.
        registry.adopt(|rules| rules.fees[0].transfer_fee_yen = Yen::new(0));
        for _ in 0..250 {
            let body = any_body(&mut numbers, registry.state().entries());
            let command = body.name();
            let signers = [FIRST, SECOND, OPERATOR, OPERATORS];
            let done = signers.iter().any(|keys| registry.act(body.clone(), keys).is_ok());
            if done {
                *accepted.entry(command).or_default() += 1;
                assert_consistent(registry.state());
            }
        }
    }
    assert_eq!(accepted.len(), 10, "{accepted:?}");
    assert!(accepted.values().all(|count| 5 < *count), "{accepted:?}");
}

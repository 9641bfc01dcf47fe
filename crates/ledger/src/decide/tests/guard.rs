//! Safeguards: mandates, trusted lists, delays, freezes and recoveries.

use super::*;
use crate::state::DatedMandate;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Control, KeyWithPossession, Mandate, Power, Representative};
use jcm_format::envelope::possession_challenge;
use jcm_format::hash::Digest;
use jcm_format::key::SecretKey;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Keys of representatives of account 1001.
const TANAKA: PublicKey = key(131);
const TANAKA_TOO: PublicKey = key(132);
const SUZUKI: PublicKey = key(133);
const READER: PublicKey = key(134);
const MINISTER: PublicKey = key(101);

const OPEN: Mandate = Mandate {
    control: Control::Single,
    per_transfer_tonnes: None,
    per_day_tonnes: None,
    per_untrusted_tonnes: None,
};
const DUAL: Mandate = Mandate { control: Control::Dual, ..OPEN };

/// Nothing is limited or delayed; a looser mandate waits three working days.
fn lenient() -> Safeguards {
    Safeguards {
        default_mandate: OPEN,
        central_untrusted_tonnes: None,
        delays: false,
        cutoff_hour: 12,
        early_days: 1,
        late_days: 2,
        trust_days: 3,
        recovery_days: 5,
        pinned: false,
    }
}

fn tonnes(tonnes: u64) -> Option<Tonnes> {
    Some(Tonnes::new(tonnes))
}

fn representative(number: u32, person: &str, power: Power) -> Representative {
    Representative { account: account(number), person: name(person), power }
}

impl Registry {
    /// With safeguards and Japan's calendar of 2026, and without fees, so that a
    /// transfer that nothing holds up is recorded at once. It is Wednesday
    /// 2026-04-01, nine o'clock.
    fn guarded(safeguards: Safeguards) -> Registry {
        let mut registry = Registry::new();
        registry.adopt(|rules| rules.fees[0].transfer_fee_yen = Yen::new(0));
        registry.calendar("JP", 2026, &["2026-04-29"]);
        registry.done(Body::AdoptSafeguards(safeguards), MINISTERS);
        registry.at("2026-04-01", 9);
        registry
    }

    /// Tanaka, who initiates with one key and approves with another, Suzuki, who
    /// approves, and one who reads.
    fn with_representatives(safeguards: Safeguards) -> Registry {
        let mut registry = Registry::guarded(safeguards);
        for (key, person, power) in [
            (TANAKA, "tanaka", Power::Initiate),
            (TANAKA_TOO, "tanaka", Power::Approve),
            (SUZUKI, "suzuki", Power::Approve),
            (READER, "reader", Power::Read),
        ] {
            let role = Role::Representative(representative(1_001, person, power));
            registry.replay.entry(vec![Effect::KeyRegistered { key, role }]);
        }
        registry
    }

    fn at(&mut self, day: &str, hour: u64) {
        let days = date(day).days();
        self.replay.time = days * DAY_MS + hour * HOUR_MS - 9 * HOUR_MS;
    }

    fn calendar(&mut self, country: &str, year: u16, holidays: &[&str]) {
        let (country, year) = (Country::new(country), Year::new(year));
        let (country, year) = (country.expect("a country"), year.expect("a year"));
        let holidays = holidays.iter().map(|day| date(day)).collect();
        self.done(Body::AdoptCalendar { country, year, holidays }, OPERATORS);
    }

    fn first_day(&self, application: EntryIndex) -> Option<Date> {
        self.state().open_application(application).expect("open").not_before
    }

    fn lines_with(&self, kind: &str) -> Vec<String> {
        let lines = self.state().digest_lines().into_iter();
        lines.filter(|line| line.starts_with(&format!("{kind} "))).collect()
    }

    /// What an account asks for a new key with, and the key.
    fn possession(&self, seed: u8, role: &Role) -> KeyWithPossession {
        let secret = SecretKey::from_seed(&[seed; 32]);
        let key = secret.public_key();
        let origin = self.state().origin().expect("after genesis");
        KeyWithPossession {
            key,
            possession: secret.sign(&possession_challenge(origin, role, &key)),
        }
    }

    fn register(&self, seed: u8, role: Role) -> Body {
        let key = self.possession(seed, &role);
        Body::RegisterKey { role, key }
    }
}

fn mandate(mandate: Mandate) -> Body {
    Body::SetMandate { account: account(1_001), mandate }
}

fn trust_account(number: u32) -> Body {
    Body::TrustAccount { account: account(1_001), trusted: account(number) }
}

fn distrust(number: u32) -> Body {
    Body::DistrustAccount { account: account(1_001), trusted: account(number) }
}

fn freeze(number: u32) -> Body {
    Body::FreezeAccount { account: account(number), reason: text("Stolen") }
}

fn unfreeze(number: u32) -> Body {
    Body::UnfreezeAccount { account: account(number), reason: text("Found") }
}

fn withdraw(application: EntryIndex) -> Body {
    Body::WithdrawApplication { application, reason: text("Not mine") }
}

#[test]
fn nothing_acts_until_safeguards_are_adopted() {
    let mut registry = Registry::new();
    let role = Role::Representative(representative(1_001, "sato", Power::Full));
    let Role::Representative(sato) = &role else { unreachable!() };
    let recovery = Body::RequestRecovery {
        representative: sato.clone(),
        key: registry.possession(1, &role),
        reason: text("Lost"),
    };
    for (body, signers) in
        [(mandate(OPEN), FIRST), (trust_account(1_002), FIRST), (recovery, OPERATORS)]
    {
        assert_eq!(registry.act(body, signers), Err(Reason::SafeguardsOff));
    }
    assert_eq!(registry.act(distrust(1_002), FIRST), Err(Reason::NotTrusted));
    assert_eq!(registry.act(mandate(OPEN), SECOND), Err(Reason::RoleNotPermitted));
    registry.done(transfer("1:1-10", 1_002, None), FIRST);
    assert_eq!(registry.state().mandate_on(account(1_001), date("2026-04-01")), None);
    assert_eq!(registry.state().outgoing(account(1_001)), None);
    assert_eq!(registry.act(Body::AdoptSafeguards(lenient()), OPERATORS), {
        Err(Reason::RoleNotPermitted)
    });
}

#[test]
fn limits_hold_for_one_transfer_for_a_day_and_towards_strangers() {
    let limits = Mandate {
        per_transfer_tonnes: tonnes(20),
        per_day_tonnes: tonnes(30),
        per_untrusted_tonnes: tonnes(10),
        ..OPEN
    };
    let mut registry = Registry::guarded(Safeguards {
        default_mandate: limits,
        central_untrusted_tonnes: tonnes(8),
        ..lenient()
    });
    let rejected = [
        ("1:1-21", 1, Reason::LimitPerTransfer),
        ("1:1-21", 1_002, Reason::LimitPerTransfer),
        ("1:1-11", 1_002, Reason::LimitUntrusted),
        ("1:1-9", 1_002, Reason::LimitUntrusted),
    ];
    for (units, destination, reason) in rejected {
        let body = transfer(units, destination, None);
        assert_eq!(registry.act(body, FIRST), Err(reason), "{units} to {destination}");
    }
    registry.done(transfer("1:1-20", 1, None), FIRST);
    assert_eq!(registry.act(transfer("1:21-31", 1, None), FIRST), Err(Reason::LimitPerDay));
    // What is withdrawn counts too, or a thief would try again and again.
    let recorded = with_trust("1:21-28", 1_002, TransferTrust::Record(trust(1)));
    let waiting = registry.done(recorded, FIRST);
    registry.done(withdraw(waiting), FIRST);
    assert_eq!(registry.act(transfer("1:21-23", 1, None), FIRST), Err(Reason::LimitPerDay));
    registry.done(transfer("1:21-22", 1, None), FIRST);
    assert_eq!(registry.lines_with("outgoing"), ["outgoing JP-0001001-05 2026-04-01 30"]);
    // The government's own transfers have no mandate.
    let back = TransferTerms { source: account(1), ..terms("1:1-22", 1_002) };
    let back =
        Body::ApplyTransfer { terms: back, use_details: None, trust: None, fee_payment: None };
    registry.done(back, OPERATORS);
    registry.at("2026-04-01", 23);
    assert_eq!(registry.act(transfer("1:23-23", 1, None), FIRST), Err(Reason::LimitPerDay));
    registry.at("2026-04-02", 0);
    registry.done(transfer("1:23-30", 1_002, None), FIRST);
    assert_eq!(registry.lines_with("outgoing"), ["outgoing JP-0001001-05 2026-04-02 8"]);
}

#[test]
fn a_transfer_to_a_stranger_waits_and_can_be_withdrawn_by_one() {
    let mut registry = Registry::guarded(Safeguards { delays: true, ..lenient() });
    let apply = |registry: &mut Registry, units| registry.done(transfer(units, 1_002, None), FIRST);
    let early = registry.prepare(transfer("1:1-10", 1_002, None), FIRST).expect("accepted");
    let not_before = date("2026-04-02");
    assert_eq!(early.0[1..], [Effect::TransferDelayed { not_before }]);
    registry.replay.time += 3 * HOUR_MS - 1;
    let early = apply(&mut registry, "1:1-10");
    registry.replay.time += 1;
    let late = apply(&mut registry, "1:11-20");
    assert_eq!(registry.first_day(early), Some(date("2026-04-02")));
    assert_eq!(registry.first_day(late), Some(date("2026-04-03")));
    let lines = registry.lines_with("application");
    assert!(lines[2].ends_with("transfer open 0 0 0 complete none 2026-04-02"), "{lines:?}");
    // The government is no stranger.
    registry.done(transfer("1:91-100", 1, None), FIRST);
    let record = |application| Body::RecordTransfer { application };
    assert_eq!(registry.act(record(early), OPERATOR), Err(Reason::TransferDelayed));
    registry.at("2026-04-02", 0);
    registry.done(record(early), OPERATOR);
    assert_eq!(registry.act(record(late), OPERATOR), Err(Reason::TransferDelayed));
    registry.done(withdraw(late), FIRST);
    assert!(registry.lines_with("application")[3].ends_with("withdrawn 0 0 0 - - -"));
    // Friday afternoon; what is stated of a trust comes after the delay.
    registry.at("2026-04-03", 12);
    let body = with_trust("1:11-20", 1_002, TransferTrust::Record(trust(1)));
    let event = registry.prepare(body, FIRST).expect("accepted");
    assert_eq!(event.0[1], Effect::TransferDelayed { not_before: date("2026-04-07") });
    assert!(matches!(event.0[2], Effect::TransferTrustStated { .. }));
    // No days of delay: it waits for an operator all the same.
    registry.done(
        Body::AdoptSafeguards(Safeguards { delays: true, late_days: 0, ..lenient() }),
        MINISTERS,
    );
    let application = apply(&mut registry, "1:11-20");
    assert_eq!(registry.first_day(application), Some(date("2026-04-03")));
    registry.done(record(application), OPERATOR);
}

#[test]
fn a_delay_counts_days_on_which_the_partner_works_too() {
    let mut registry = Registry::guarded(Safeguards { delays: true, ..lenient() });
    let apply = |registry: &mut Registry, units| {
        let application = registry.act(transfer(units, 1_002, None), FIRST)?;
        Ok(registry.first_day(application))
    };
    registry.calendar("MN", 2026, &["2026-04-02"]);
    // Another country's holidays do not matter.
    registry.calendar("VN", 2026, &["2026-04-03"]);
    assert_eq!(apply(&mut registry, "1:1-1"), Ok(Some(date("2026-04-03"))));
    registry.at("2026-12-30", 9);
    assert_eq!(apply(&mut registry, "1:2-2"), Ok(Some(date("2026-12-31"))));
    registry.at("2026-12-31", 9);
    assert_eq!(apply(&mut registry, "1:3-3"), Err(Reason::CalendarMissing));
    registry.calendar("JP", 2027, &["2027-01-01"]);
    assert_eq!(apply(&mut registry, "1:3-3"), Err(Reason::CalendarMissing));
    registry.calendar("MN", 2027, &["2027-01-04"]);
    assert_eq!(apply(&mut registry, "1:3-3"), Ok(Some(date("2027-01-05"))));
    // The order: a limit comes first, then the calendar, then a retirement's own.
    registry.at("2028-01-04", 9);
    let limited = Mandate { per_untrusted_tonnes: tonnes(1), ..OPEN };
    registry.done(mandate(limited), FIRST);
    assert_eq!(apply(&mut registry, "1:4-5"), Err(Reason::LimitUntrusted));
    assert_eq!(apply(&mut registry, "1:4-4"), Err(Reason::CalendarMissing));
    let retirement = TransferTerms { purpose: Purpose::Retirement, ..terms("1:4-4", 2) };
    let body = Body::ApplyTransfer {
        terms: retirement,
        use_details: None,
        trust: None,
        fee_payment: None,
    };
    assert_eq!(registry.act(body, FIRST), Err(Reason::AuthorisationOfJapanMissing));
}

#[test]
fn a_looser_mandate_waits_and_a_tighter_one_does_not() {
    let limits = Mandate { per_day_tonnes: tonnes(30), ..OPEN };
    let mut registry = Registry::guarded(Safeguards { default_mandate: limits, ..lenient() });
    let on = |registry: &Registry, day| registry.state().mandate_on(account(1_001), date(day));
    let after =
        |registry: &Registry, day| registry.state().mandate_after(account(1_001), date(day));
    let line = |limit, day| format!("mandate JP-0001001-05 single,-,{limit},- {day}");
    registry.done(mandate(Mandate { per_day_tonnes: tonnes(40), ..OPEN }), FIRST);
    // Wednesday: the third working day after is Monday.
    let forty = Mandate { per_day_tonnes: tonnes(40), ..OPEN };
    let coming = DatedMandate { mandate: forty, effective: date("2026-04-06") };
    assert_eq!(after(&registry, "2026-04-05"), Some(coming));
    assert_eq!(on(&registry, "2026-04-05"), Some(limits));
    assert_eq!(on(&registry, "2026-04-06"), Some(forty));
    // A tighter one takes the place of the one that waits.
    let ten = Mandate { per_day_tonnes: tonnes(10), ..OPEN };
    registry.done(mandate(ten), FIRST);
    assert_eq!((on(&registry, "2026-04-01"), on(&registry, "2026-04-06")), (Some(ten), Some(ten)));
    assert_eq!(after(&registry, "2026-04-01"), None);
    // So does a looser one, and neither is in force before its day.
    registry.done(mandate(forty), FIRST);
    registry.done(mandate(OPEN), FIRST);
    assert_eq!(on(&registry, "2026-04-05"), Some(ten));
    assert_eq!(
        registry.lines_with("mandate"),
        [line("10", "2026-04-01"), { line("-", "2026-04-06") }]
    );
    assert_eq!(registry.act(transfer("1:1-11", 1, None), FIRST), Err(Reason::LimitPerDay));
    registry.at("2026-04-06", 0);
    registry.done(transfer("1:1-11", 1, None), FIRST);
    assert_eq!(registry.lines_with("mandate"), [line("-", "2026-04-06")]);
    // The same again is not looser; a limit more is tighter, one less is not.
    registry.done(mandate(ten), FIRST);
    registry.done(mandate(ten), FIRST);
    assert_eq!(registry.lines_with("mandate"), [line("10", "2026-04-06")]);
    let other = Mandate { per_transfer_tonnes: tonnes(1), ..OPEN };
    let event = registry.prepare(mandate(other), FIRST).expect("accepted");
    assert!(matches!(event.0[..], [Effect::MandateSet { effective, .. }]
        if effective == date("2026-04-09")));
    registry.at("2026-12-31", 9);
    assert_eq!(registry.act(mandate(OPEN), FIRST), Err(Reason::CalendarMissing));
    // Accounts that have none of their own have the default one, as it is now.
    registry.done(Body::AdoptSafeguards(lenient()), MINISTERS);
    let second = registry.state().mandate_on(account(1_002), date("2026-12-31"));
    assert_eq!(second, Some(OPEN));
}

#[test]
fn one_person_with_two_keys_is_not_dual_control() {
    let mut registry = Registry::guarded(lenient());
    registry.replay.entry(vec![Effect::KeyRevoked { key: FIRST[0] }]);
    let add = |registry: &mut Registry, key, person, power| {
        let role = Role::Representative(representative(1_001, person, power));
        registry.replay.entry(vec![Effect::KeyRegistered { key, role }])
    };
    add(&mut registry, TANAKA, "tanaka", Power::Full);
    add(&mut registry, TANAKA_TOO, "tanaka", Power::Approve);
    assert_eq!(registry.act(mandate(DUAL), &[TANAKA]), Err(Reason::RepresentativesMissing));
    add(&mut registry, SUZUKI, "suzuki", Power::Approve);
    add(&mut registry, READER, "reader", Power::Read);
    registry.done(mandate(DUAL), &[TANAKA]);
    let body = transfer("1:1-10", 1_002, None);
    for (signers, reason) in [
        (&[TANAKA][..], Reason::SecondSignatureMissing),
        (&[TANAKA, TANAKA_TOO], Reason::SecondSignatureMissing),
        (&[TANAKA_TOO, SUZUKI], Reason::SecondSignatureMissing),
        (&[TANAKA, READER], Reason::RoleNotPermitted),
        (&[TANAKA, SUZUKI, READER], Reason::RoleNotPermitted),
        (&[TANAKA, key(122)], Reason::RoleNotPermitted),
    ] {
        assert_eq!(registry.act(body.clone(), signers), Err(reason), "{signers:?}");
    }
    registry.done(body, &[SUZUKI, TANAKA]);
    registry.done(transfer("1:11-20", 1_002, None), &[TANAKA, TANAKA_TOO, SUZUKI]);
    // Single control again is looser, and two must sign until it is in force.
    registry.done(mandate(OPEN), &[TANAKA, SUZUKI]);
    let body = transfer("1:21-30", 1_002, None);
    assert_eq!(registry.act(body.clone(), &[TANAKA]), Err(Reason::SecondSignatureMissing));
    registry.at("2026-04-06", 0);
    registry.done(body, &[TANAKA]);
}

#[test]
fn a_nameless_key_is_a_person_of_its_own() {
    let mut registry = Registry::guarded(lenient());
    assert_eq!(registry.act(mandate(DUAL), FIRST), Err(Reason::RepresentativesMissing));
    let role = Role::Representative(representative(1_001, "tanaka", Power::Initiate));
    registry.replay.entry(vec![Effect::KeyRegistered { key: TANAKA, role }]);
    registry.done(mandate(DUAL), FIRST);
    let body = transfer("1:1-10", 1_002, None);
    assert_eq!(registry.act(body.clone(), FIRST), Err(Reason::SecondSignatureMissing));
    registry.done(body, &[FIRST[0], TANAKA]);
}

#[test]
fn under_single_control_one_who_initiates_must_sign() {
    let mut registry = Registry::with_representatives(lenient());
    let body = transfer("1:1-10", 1_002, None);
    for signers in [&[SUZUKI][..], &[TANAKA_TOO, SUZUKI], &[READER], &[TANAKA, READER]] {
        assert_eq!(registry.act(body.clone(), signers), Err(Reason::RoleNotPermitted));
    }
    registry.done(body, &[TANAKA]);
    registry.done(transfer("1:11-20", 1_002, None), &[SUZUKI, TANAKA]);
}

#[test]
fn one_is_enough_for_what_lessens_a_risk() {
    let mut registry = Registry::with_representatives(Safeguards { delays: true, ..lenient() });
    registry.done(trust_account(1_002), &[TANAKA]);
    registry.done(mandate(DUAL), &[TANAKA]);
    let two = &[TANAKA, SUZUKI];
    let application = registry.done(transfer("1:1-10", 1_002, None), two);
    let proof = Body::SubmitPaymentProof { application, document: digest(1) };
    let revoke = |key| Body::RevokeKey { key, reason: text("Lost") };
    for body in [withdraw(application), proof.clone(), distrust(1_002), revoke(TANAKA)] {
        assert_eq!(registry.act(body, &[READER]), Err(Reason::RoleNotPermitted));
    }
    registry.done(proof, &[SUZUKI]);
    registry.done(withdraw(application), &[SUZUKI]);
    registry.done(distrust(1_002), &[TANAKA_TOO]);
    assert_eq!(registry.act(distrust(1_002), &[SUZUKI]), Err(Reason::NotTrusted));
    registry.done(revoke(TANAKA), &[SUZUKI]);
    assert_eq!(registry.act(freeze(1_001), SECOND), Err(Reason::RoleNotPermitted));
    registry.done(freeze(1_001), &[READER]);
    let certificate = Body::RequestCertificate { account: account(1_001), fee_payment: None };
    assert_eq!(registry.act(certificate, &[READER]), Err(Reason::RoleNotPermitted));
}

#[test]
fn trusted_accounts_count_after_their_waiting_time() {
    let mut registry = Registry::guarded(Safeguards { delays: true, ..lenient() });
    for (number, reason) in [
        (1_009, Reason::AccountUnknown),
        (1, Reason::AccountUnknown),
        (1_001, Reason::DestinationIsSource),
    ] {
        assert_eq!(registry.act(trust_account(number), FIRST), Err(reason));
    }
    registry.done(trust_account(1_002), FIRST);
    assert_eq!(registry.act(trust_account(1_002), FIRST), Err(Reason::TrustedAlready));
    let line = "trusted JP-0001001-05 JP-0001002-02 2026-04-06";
    assert_eq!(registry.lines_with("trusted"), [line]);
    let is_trusted = |registry: &Registry, day| {
        registry.state().is_trusted(account(1_001), account(1_002), date(day))
    };
    assert!(!is_trusted(&registry, "2026-04-05") && is_trusted(&registry, "2026-04-06"));
    registry.at("2026-04-05", 23);
    let waiting = registry.done(transfer("1:1-10", 1_002, None), FIRST);
    assert!(registry.first_day(waiting).is_some());
    registry.at("2026-04-06", 0);
    registry.done(transfer("1:11-20", 1_002, None), FIRST);
    assert_eq!(registry.state().balance(account(1_002)).get(), 10);
    // What was applied for before stays delayed.
    assert_eq!(registry.first_day(waiting), Some(date("2026-04-07")));
    registry.done(distrust(1_002), FIRST);
    assert_eq!(registry.lines_with("trusted"), [""; 0]);
    let again = registry.done(transfer("1:21-30", 1_002, None), FIRST);
    assert_eq!(registry.first_day(again), Some(date("2026-04-07")));
    registry.at("2026-12-31", 9);
    assert_eq!(registry.act(trust_account(1_002), FIRST), Err(Reason::CalendarMissing));
}

#[test]
fn nothing_goes_out_of_a_frozen_account() {
    let mut registry = Registry::guarded(lenient());
    let record_trust = with_trust("1:1-10", 1_002, TransferTrust::Record(trust(1)));
    let application = registry.done(record_trust, FIRST);
    assert_eq!(registry.act(freeze(1), OPERATOR), Err(Reason::AccountUnknown));
    assert_eq!(registry.act(unfreeze(1_001), OPERATORS), Err(Reason::AccountNotFrozen));
    registry.done(freeze(1_001), OPERATOR);
    assert_eq!(registry.act(freeze(1_001), FIRST), Err(Reason::AccountFrozen));
    assert_eq!(registry.lines_with("frozen"), ["frozen JP-0001001-05"]);
    let role = Role::Account(account(1_001));
    let new_key = registry.register(1, role);
    let closing = Body::ApplyClosing { account: account(1_001), attachments: Vec::new() };
    for body in [
        transfer("1:11-20", 1_001, None),
        closing,
        new_key.clone(),
        mandate(OPEN),
        trust_account(1_009),
    ] {
        assert_eq!(registry.act(body.clone(), FIRST), Err(Reason::AccountFrozen), "{body:?}");
    }
    let record = Body::RecordTransfer { application };
    assert_eq!(registry.act(record.clone(), OPERATOR), Err(Reason::AccountFrozen));
    // Two ministers' keys register a key, and units still come in.
    let mixed = [FIRST[0], MINISTER];
    assert_eq!(registry.act(new_key.clone(), &mixed), Err(Reason::AccountFrozen));
    registry.done(new_key, MINISTERS);
    let unproved = registry.register(1, Role::Account(account(1_001)));
    assert_eq!(registry.act(unproved, FIRST), Err(Reason::KeyAlreadyRegistered));
    assert_eq!(registry.act(unfreeze(1_001), FIRST), Err(Reason::RoleNotPermitted));
    assert_eq!(registry.act(unfreeze(1_001), OPERATOR), Err(Reason::SecondSignatureMissing));
    registry.done(unfreeze(1_001), OPERATORS);
    registry.done(record, OPERATOR);
}

#[test]
fn a_lost_key_is_replaced_after_a_time_in_which_the_account_can_object() {
    let mut registry = Registry::guarded(lenient());
    let sato = representative(1_001, "sato", Power::Full);
    let role = Role::Representative(sato.clone());
    let request = |registry: &Registry, seed, representative: &Representative| {
        let role = Role::Representative(representative.clone());
        Body::RequestRecovery {
            representative: representative.clone(),
            key: registry.possession(seed, &role),
            reason: text("The phone fell into the sea; passport seen"),
        }
    };
    let clerk = representative(1_001, "clerk-1", Power::Full);
    let nobody = representative(1_009, "sato", Power::Full);
    for (representative, reason) in
        [(&clerk, Reason::PersonInTwoRoles), (&nobody, Reason::AccountUnknown)]
    {
        let body = request(&registry, 1, representative);
        assert_eq!(registry.act(body, OPERATORS), Err(reason));
    }
    let body = request(&registry, 1, &sato);
    assert_eq!(registry.act(body.clone(), OPERATOR), Err(Reason::SecondSignatureMissing));
    let first = registry.done(body.clone(), OPERATORS);
    assert_eq!(registry.act(body, OPERATORS), Err(Reason::KeyAlreadyRegistered));
    let other = request(&registry, 2, &sato);
    assert_eq!(registry.act(other.clone(), OPERATORS), Err(Reason::RecoveryPending));
    let same_key = registry.register(1, role.clone());
    assert_eq!(registry.act(same_key, FIRST), Err(Reason::KeyAlreadyRegistered));
    let key = SecretKey::from_seed(&[1; 32]).public_key();
    let line = "representative:JP-0001001-05:sato:full";
    assert_eq!(registry.lines_with("recovery"), {
        [format!("recovery {first} {line} {key} 2026-04-08")]
    });
    let cancel = |recovery| Body::CancelRecovery { recovery, reason: text("I have my key") };
    let complete = |recovery| Body::CompleteRecovery { recovery };
    assert_eq!(registry.act(complete(first), OPERATOR), Err(Reason::RecoveryTooEarly));
    assert_eq!(registry.act(cancel(first), SECOND), Err(Reason::RoleNotPermitted));
    assert_eq!(registry.act(cancel(EntryIndex::new(1)), SECOND), Err(Reason::RecoveryUnknown));
    registry.done(cancel(first), FIRST);
    assert_eq!(registry.act(cancel(first), FIRST), Err(Reason::RecoveryUnknown));

    let second = registry.done(other, OPERATORS);
    assert_eq!(registry.state().recovery_of(account(1_001)).map(|r| r.entry), Some(second));
    registry.done(freeze(1_001), FIRST);
    registry.at("2026-04-08", 0);
    assert_eq!(registry.act(complete(second), FIRST), Err(Reason::RoleNotPermitted));
    registry.done(complete(second), OPERATOR);
    assert_eq!(registry.act(complete(second), OPERATOR), Err(Reason::RecoveryUnknown));
    let key = SecretKey::from_seed(&[2; 32]).public_key();
    let record = registry.state().key(&key).expect("registered");
    assert_eq!((&record.role, record.revoked), (&role, false));
    assert!(registry.state().is_frozen(account(1_001)), "a freeze stays");
    assert!(registry.state().recoveries().next().is_none());
    registry.at("2026-12-30", 0);
    let late = request(&registry, 3, &sato);
    assert_eq!(registry.act(late, OPERATORS), Err(Reason::CalendarMissing));
}

#[test]
fn nobody_is_operator_and_representative() {
    let mut registry = Registry::guarded(lenient());
    let clerk = Role::Representative(representative(1_001, "clerk-1", Power::Read));
    let body = registry.register(1, clerk);
    assert_eq!(registry.act(body, FIRST), Err(Reason::PersonInTwoRoles));
    let sato = Role::Representative(representative(1_001, "sato", Power::Read));
    let body = registry.register(1, sato.clone());
    registry.done(body, FIRST);
    let body = registry.register(2, sato);
    registry.done(body, FIRST);
    let role = Role::Operator(name("sato"));
    let appoint = |registry: &Registry, seed| Body::AppointOperator {
        person: name("sato"),
        key: registry.possession(seed, &role),
    };
    let [one, two] = [1, 2].map(|seed| SecretKey::from_seed(&[seed; 32]).public_key());
    let revoke = |key| Body::RevokeKey { key, reason: text("Left") };
    // That the person has two roles comes before that the key is used.
    let body = appoint(&registry, 1);
    assert_eq!(registry.act(body, MINISTERS), Err(Reason::PersonInTwoRoles));
    registry.done(revoke(one), FIRST);
    let body = appoint(&registry, 3);
    assert_eq!(registry.act(body.clone(), MINISTERS), Err(Reason::PersonInTwoRoles));
    registry.done(revoke(two), FIRST);
    assert!(!registry.state().is_representative(&name("sato")));
    registry.done(body, MINISTERS);
    // When a key is registered, that it is used comes first.
    let clerk = Role::Representative(representative(1_001, "sato", Power::Full));
    let body = registry.register(3, clerk.clone());
    assert_eq!(registry.act(body, FIRST), Err(Reason::KeyAlreadyRegistered));
    let body = registry.register(4, clerk);
    assert_eq!(registry.act(body, FIRST), Err(Reason::PersonInTwoRoles));
}

#[test]
fn a_key_of_an_account_is_registered_as_its_mandate_says() {
    let mut registry = Registry::with_representatives(lenient());
    registry.done(mandate(DUAL), FIRST);
    let sato = Role::Representative(representative(1_001, "sato", Power::Full));
    let body = registry.register(1, sato);
    for signers in [&[TANAKA][..], &[TANAKA, TANAKA_TOO], &[MINISTER], &[TANAKA, MINISTER]] {
        assert_eq!(registry.act(body.clone(), signers), Err(Reason::SecondSignatureMissing));
    }
    assert_eq!(registry.act(body.clone(), SECOND), Err(Reason::RoleNotPermitted));
    assert!(registry.prepare(body.clone(), MINISTERS).is_ok());
    registry.done(body, &[TANAKA, SUZUKI]);
}

#[test]
fn what_two_must_sign_pins_its_effect_where_the_safeguards_say_so() {
    let mut registry = Registry::with_representatives(Safeguards { pinned: true, ..lenient() });
    let judge = |registry: &Registry, body, signers: &[PublicKey], effect_digest| {
        let now = Timestamp::from_ms(registry.replay.time).expect("a time");
        let command = Command {
            registry: registry.state().origin().expect("after genesis").clone(),
            id: CommandId::from_bytes([9; 16]),
            valid_until: now,
            effect_digest,
            body,
        };
        judge(registry.state(), now, &command, signers, true).map_err(|rejection| rejection.reason)
    };
    let pin = |registry: &Registry, body, signers: &[PublicKey]| -> Digest {
        let event = registry.prepare(body, signers).expect("nobody has signed yet");
        event.digest(registry.state().rule_set_version()).expect("small")
    };
    let body = || transfer("1:1-10", 1_002, None);
    assert!(judge(&registry, body(), FIRST, None).is_ok(), "one signs");
    // The role and the second person come first, every rule of its own after.
    assert_eq!(judge(&registry, restriction(None), OPERATOR, None), {
        Err(Reason::SecondSignatureMissing)
    });
    let release = || release(EntryIndex::new(1));
    assert_eq!(judge(&registry, release(), OPERATORS, None), Err(Reason::EffectNotPinned));
    let digest = pin(&registry, restriction(None), OPERATORS);
    assert!(judge(&registry, restriction(None), OPERATORS, Some(digest)).is_ok());
    let wrong = Some(Digest::ZERO);
    assert_eq!(judge(&registry, restriction(None), OPERATORS, wrong), Err(Reason::EffectChanged));
    registry.done(mandate(DUAL), FIRST);
    let two = &[TANAKA, SUZUKI];
    assert_eq!(judge(&registry, body(), two, None), Err(Reason::EffectNotPinned));
    let digest = pin(&registry, body(), two);
    assert!(judge(&registry, body(), two, Some(digest)).is_ok());
    // One is enough to freeze and to revoke, so nothing is pinned.
    let revoke = Body::RevokeKey { key: TANAKA, reason: text("Lost") };
    assert!(judge(&registry, revoke.clone(), &[SUZUKI], None).is_ok());
    assert!(judge(&registry, revoke.clone(), &[SUZUKI, MINISTER], None).is_ok());
    let all = [SUZUKI, MINISTERS[0], MINISTERS[1]];
    assert!(judge(&registry, revoke.clone(), &all, None).is_ok());
    assert_eq!(judge(&registry, revoke, MINISTERS, None), Err(Reason::EffectNotPinned));
    assert!(judge(&registry, freeze(1_001), &[READER], None).is_ok());
}

#[test]
fn a_new_trustee_pays_for_the_change_and_a_dismissed_one_is_out() {
    let mut registry = Registry::new();
    let application = registry.done(record_trust("1:1-10"), FIRST);
    let recorded = registry.done(Body::RecordApplication { application }, OPERATOR);
    let trust_request =
        |request| Body::ApplyTrust { account: account(1_001), request, subrogation: None };
    let delete = trust_request(TrustRequest::Delete {
        ranges: ranges(&["1:5-10"]),
        evidence: digest(7),
        beneficiaries: digest(8),
    });
    let amend = trust_request(TrustRequest::Amend { trust: recorded, terms: trust(3) });
    assert!(registry.prepare(delete.clone(), FIRST).is_ok());
    let commission =
        Commission { court: text("Court"), reference: text("3"), trustee_dismissed: true };
    let terms = trust(1);
    registry.done(Body::RecordCommission { trust: recorded, terms, commission }, OPERATORS);
    for body in [delete, amend] {
        assert_eq!(registry.act(body, FIRST), Err(Reason::TrusteeDismissed));
    }
    let of_first = registry.paid(2_500);
    let of_second = registry.replay.entry(vec![Effect::PaymentRecorded {
        bank_reference: name("in-second"),
        amount_yen: Yen::new(5_000),
        value_date: date("2026-03-31"),
        account: Some(account(1_002)),
        payer: None,
    }]);
    let of_second = PaymentId::single(of_second);
    let change = |units, fee_payment| Body::ApplyTransfer {
        terms: super::terms(units, 1_002),
        use_details: None,
        trust: Some(TransferTrust::ChangeTrustee { terms: trust(2), by_new_trustee: true }),
        fee_payment,
    };
    let body = change("1:1-5", Some(of_first));
    assert_eq!(registry.act(body, SECOND), Err(Reason::PaymentOfAnother));
    registry.done(change("1:1-5", Some(of_second)), SECOND);
    let application = registry.done(change("1:6-10", None), SECOND);
    let pay = |payment| {
        let part = PaymentPart { payment, application, amount_yen: Yen::new(2_500) };
        Body::ApplyPayments { parts: vec![part] }
    };
    assert_eq!(registry.act(pay(of_first), OPERATOR), Err(Reason::PaymentOfAnother));
    registry.done(pay(of_second), OPERATOR);
}

#[test]
fn keys_of_representatives_end_with_the_account() {
    let mut registry = Registry::with_representatives(lenient());
    registry.done(transfer("1:1-100", 1, None), FIRST);
    let closing = Body::ApplyClosing { account: account(1_001), attachments: Vec::new() };
    let application = registry.done(closing, FIRST);
    let event = registry.prepare(Body::RecordApplication { application }, OPERATOR);
    let event = event.expect("accepted");
    let keys = [FIRST[0], TANAKA, TANAKA_TOO, SUZUKI, READER];
    assert_eq!(event.0[1..], keys.map(|key| Effect::KeyRevoked { key }));
    registry.done(Body::RecordApplication { application }, OPERATOR);
    assert_eq!(registry.state().keys_of(account(1_001)).count(), 0);
    assert!(!registry.state().is_representative(&name("tanaka")));
    assert_eq!(registry.act(freeze(1_001), OPERATOR), Err(Reason::AccountUnknown));
}

#[test]
fn the_digest_has_a_line_for_every_figure() {
    let registry = Registry::guarded(Safeguards {
        default_mandate: Mandate { per_untrusted_tonnes: tonnes(7), ..DUAL },
        central_untrusted_tonnes: tonnes(9),
        pinned: true,
        ..lenient()
    });
    let line = "safeguards dual,-,-,7 9 off 12 1 2 3 5 on";
    assert_eq!(registry.lines_with("safeguards"), [line]);
    let lenient = Registry::guarded(Safeguards { delays: true, ..lenient() });
    let line = "safeguards single,-,-,- - on 12 1 2 3 5 off";
    assert_eq!(lenient.lines_with("safeguards"), [line]);
}

fn trust_request(request: TrustRequest) -> Body {
    Body::ApplyTrust { account: account(1_001), request, subrogation: None }
}

fn delete_trust(units: &str) -> Body {
    trust_request(TrustRequest::Delete {
        ranges: ranges(&[units]),
        evidence: digest(7),
        beneficiaries: digest(8),
    })
}

fn change_trustee(units: &str, destination: u32, by_new_trustee: bool) -> Body {
    let terms = trust(2);
    with_trust(units, destination, TransferTrust::ChangeTrustee { terms, by_new_trustee })
}

#[test]
fn whoever_became_an_operator_gets_no_key_of_an_account() {
    let mut registry = Registry::guarded(lenient());
    let sato = representative(1_001, "sato", Power::Full);
    let key = registry.possession(1, &Role::Representative(sato.clone()));
    let body = Body::RequestRecovery { representative: sato, key, reason: text("Lost") };
    let recovery = registry.done(body, OPERATORS);
    let key = registry.possession(2, &Role::Operator(name("sato")));
    registry.done(Body::AppointOperator { person: name("sato"), key }, MINISTERS);
    let complete = || Body::CompleteRecovery { recovery };
    assert_eq!(registry.act(complete(), OPERATOR), Err(Reason::PersonInTwoRoles));
    let body = Body::RemoveOperator { person: name("sato"), reason: text("Left") };
    registry.done(body, MINISTERS);
    assert_eq!(registry.act(complete(), OPERATOR), Err(Reason::RecoveryTooEarly));
    registry.at("2026-04-08", 0);
    registry.done(complete(), OPERATOR);
}

#[test]
fn what_protected_an_account_ends_with_it() {
    let mut registry = Registry::guarded(lenient());
    let account_of_second = account(1_002);
    let trusts_first =
        || Body::TrustAccount { account: account_of_second, trusted: account(1_001) };
    registry.done(trust_account(1_002), FIRST);
    registry.done(trusts_first(), SECOND);
    registry.done(mandate(Mandate { per_day_tonnes: tonnes(500), ..OPEN }), FIRST);
    registry.done(mandate(OPEN), FIRST);
    let sato = representative(1_001, "sato", Power::Full);
    let key = registry.possession(1, &Role::Representative(sato.clone()));
    let lost = Body::RequestRecovery { representative: sato, key, reason: text("Lost") };
    let recovery = registry.done(lost, OPERATORS);
    registry.done(transfer("1:1-100", 1, None), FIRST);
    let closing = Body::ApplyClosing { account: account(1_001), attachments: Vec::new() };
    let application = registry.done(closing, FIRST);
    let record = || Body::RecordApplication { application };
    registry.done(freeze(1_001), OPERATOR);
    assert_eq!(registry.act(record(), OPERATOR), Err(Reason::AccountFrozen));
    registry.done(unfreeze(1_001), OPERATORS);
    assert_eq!(registry.lines_with("mandate").len(), 2);
    registry.done(record(), OPERATOR);
    for kind in ["mandate", "trusted", "recovery", "frozen"] {
        assert_eq!(registry.lines_with(kind), [""; 0], "{kind}");
    }
    assert_eq!(registry.lines_with("outgoing").len(), 1, "what went out did so");
    let complete = Body::CompleteRecovery { recovery };
    assert_eq!(registry.act(complete, OPERATOR), Err(Reason::RecoveryUnknown));
    assert!(registry.state().recovery_of(account(1_001)).is_none());
    let distrust = Body::DistrustAccount { account: account_of_second, trusted: account(1_001) };
    assert_eq!(registry.act(distrust, SECOND), Err(Reason::NotTrusted));
    assert_eq!(registry.act(trusts_first(), SECOND), Err(Reason::AccountUnknown));
    // The key waits for nothing any more.
    let body = registry.register(1, Role::Account(account_of_second));
    registry.done(body, SECOND);
}

#[test]
fn what_a_trustee_applied_for_is_not_recorded_after_its_dismissal() {
    let mut registry = Registry::guarded(lenient());
    let application = registry.done(record_trust("1:1-10"), FIRST);
    let trust_entry = registry.done(Body::RecordApplication { application }, OPERATOR);
    let delete = registry.done(delete_trust("1:5-10"), FIRST);
    let amend = trust_request(TrustRequest::Amend { trust: trust_entry, terms: trust(3) });
    let amend = registry.done(amend, FIRST);
    let commission =
        Commission { court: text("Court"), reference: text("3"), trustee_dismissed: true };
    let terms = trust(1);
    registry.done(Body::RecordCommission { trust: trust_entry, terms, commission }, OPERATORS);
    let record = |application| Body::RecordApplication { application };
    for application in [delete, amend] {
        assert_eq!(registry.act(record(application), OPERATOR), Err(Reason::TrusteeDismissed));
    }
    // That the units are restricted comes first.
    registry.done(restriction(None), OPERATORS);
    assert_eq!(registry.act(record(delete), OPERATOR), Err(Reason::UnitsRestricted));
    assert_eq!(registry.act(record(amend), OPERATOR), Err(Reason::TrusteeDismissed));
}

#[test]
fn a_frozen_account_applies_for_no_trust_but_others_do_in_its_place() {
    let mut registry = Registry::guarded(lenient());
    let application = registry.done(record_trust("1:1-10"), FIRST);
    let trust_entry = registry.done(Body::RecordApplication { application }, OPERATOR);
    registry.done(freeze(1_001), FIRST);
    let amend = trust_request(TrustRequest::Amend { trust: trust_entry, terms: trust(3) });
    for body in [record_trust("1:11-20"), record_trust("9:1-1"), delete_trust("1:1-5"), amend] {
        assert_eq!(registry.act(body, FIRST), Err(Reason::AccountFrozen));
    }
    let Body::ApplyTrust { request, .. } = record_trust("1:11-20") else { unreachable!() };
    let in_place =
        Body::ApplyTrust { account: account(1_001), request, subrogation: Some(digest(9)) };
    registry.done(in_place, OPERATORS);
}

/// A dismissed trustee has no will in it, and must not be able to stop it.
#[test]
fn safeguards_do_not_act_on_what_a_new_trustee_applies_for() {
    let limits = Mandate {
        per_transfer_tonnes: tonnes(5),
        per_day_tonnes: tonnes(5),
        per_untrusted_tonnes: tonnes(1),
        ..OPEN
    };
    let mut registry = Registry::guarded(Safeguards { delays: true, ..lenient() });
    let application = registry.done(record_trust("1:1-30"), FIRST);
    let deed = registry.done(Body::RecordApplication { application }, OPERATOR);
    registry.done(mandate(limits), FIRST);
    registry.done(transfer("1:91-94", 1, None), FIRST);
    let counted = registry.lines_with("outgoing");
    let body = change_trustee("1:1-10", 1_002, false);
    assert_eq!(registry.act(body, FIRST), Err(Reason::LimitPerTransfer));
    let body = change_trustee("1:1-10", 1_002, true);
    assert_eq!(registry.act(body.clone(), SECOND), Err(Reason::TrusteeInOffice));
    let commission =
        Commission { court: text("Court"), reference: text("3"), trustee_dismissed: true };
    let dismissal = Body::RecordCommission { trust: deed, terms: trust(1), commission };
    registry.done(dismissal, OPERATORS);
    let application = registry.done(body, SECOND);
    assert_eq!(registry.first_day(application), None, "it is not delayed");
    assert_eq!(registry.lines_with("outgoing"), counted);
    registry.done(freeze(1_001), FIRST);
    registry.done(Body::RecordTransfer { application }, OPERATOR);
    let second = registry.done(change_trustee("1:11-30", 1_002, true), SECOND);
    registry.done(Body::RecordTransfer { application: second }, OPERATOR);
    assert_eq!(registry.state().balance(account(1_002)).get(), 30);
    // What is of no trust is as any other transfer.
    registry.done(unfreeze(1_001), OPERATORS);
    let body = transfer("1:95-96", 1, None);
    assert_eq!(registry.act(body, FIRST), Err(Reason::LimitPerDay));
    registry.done(transfer("1:95-95", 1, None), FIRST);
}

//! An honest log passes, whole or in parts, and its figures are right.

mod common;

use common::acts::*;
use common::who::{ALPHA, BETA, GAMMA, OPERATOR_1, OPERATOR_2, STRANGER};
use common::*;
use jcm_format::command::{
    Body, BookTotals, LapseGround, PaymentId, Purpose, RefusalGround, Side, TransferTrust,
    TrustRequest,
};
use jcm_format::event::{Effect, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_verify::verify_frames;

#[test]
fn an_honest_log_passes() {
    let life = Life::honest();
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
    assert_eq!(report.entries, life.steps.len() as u64);
    assert_eq!(report.replayed, report.entries);
    let figures = report.figures.clone().expect("replayed to the end");
    assert_eq!(figures.issued_tonnes, 1_000 + 800 + 400 + 200 + 600 + 100 + 100);
    assert_eq!(figures.retired_tonnes, 300);
    assert_eq!(figures.cancelled_tonnes, 100);
    assert_eq!(figures.held_tonnes, 3_200 - 400);
    assert_eq!(figures.adjustments_tonnes.get("VN"), Some(&300));
}

#[test]
fn any_number_of_threads_gives_the_same_report() {
    let frames = Life::honest().frames();
    let one = verify_frames(frames.clone(), &options(1));
    for threads in [2, 3, 8] {
        assert_eq!(verify_frames(frames.clone(), &options(threads)), one);
    }
}

#[test]
fn a_command_id_may_be_used_again_after_its_time() {
    let mut life = Life::honest();
    let old = life.step("class-c").command.clone();
    let (body, event) = register_project("VN007");
    life.push(&[OPERATOR_1], body, event);
    life.last().command.id = old.id;
    let step = life.last();
    // Not while the earlier command is valid, to the millisecond.
    assert!(old.valid_until.as_ms() < step.time_ms);
    assert!(verify(life.frames()).ok);
}

/// The lines were read over by a person, against the life and the specification.
#[test]
fn the_state_is_written_as_specified() {
    let report = verify(Life::honest().frames());
    let lines: Vec<&str> = report.state_lines().collect();
    let wanted: Vec<&str> = include_str!("honest.state").lines().collect();
    assert_eq!(lines, wanted);
    let digest = Digest::of(&[include_bytes!("honest.state")]);
    assert_eq!(report.state_digest, Some(digest));
}

#[test]
fn the_acts_of_a_year_pass() {
    let report = verify(Life::acts().frames());
    assert!(report.ok, "{report}");
    let figures = report.figures.clone().expect("replayed to the end");
    assert_eq!((figures.retired_tonnes, figures.cancelled_tonnes), (300, 110));
    assert_eq!((figures.trust_tonnes, figures.restricted_tonnes), (60, 51));
    assert_eq!(figures.categories.get("entity").map(|entity| entity.closed), Some(1));
}

/// As for the honest life.
#[test]
fn the_state_after_the_acts_is_written_as_specified() {
    let report = verify(Life::acts().frames());
    assert!(report.ok, "{report}");
    let lines: Vec<&str> = report.state_lines().collect();
    let wanted: Vec<&str> = include_str!("acts.state").lines().collect();
    assert_eq!(lines, wanted);
}

/// Two more authorisations, each of 500 tonnes; of the first pair 200 are left.
fn with_a_second_pair() -> (Life, [(EntryIndex, EntryIndex); 2]) {
    let mut life = Life::honest();
    let first = (life.at("japan"), life.at("partner"));
    let (body, event) = authorise("JP-A2", Side::Japan, 500, &["VN001"]);
    let japan = life.push(AUTHORITIES, body, event);
    let (body, event) = authorise("VN-A2", Side::Partner, 500, &["VN001"]);
    let partner = life.push(&[who::PARTNER], body, event);
    (life, [first, (japan, partner)])
}

#[test]
fn a_retirement_takes_the_first_pair_with_enough_left() {
    let (mut life, [_, second]) = with_a_second_pair();
    let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:401-601"], Purpose::Retirement);
    let more = vec![first_transferred("1:401-601", second), adjusted(2022, 201, second)];
    let (body, event) = transfer(gratuitous(asked), Fee::Waived, more);
    life.push(&[ALPHA], body, event);
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
}

#[test]
fn a_retirement_counts_what_it_has_itself_taken() {
    let (mut life, [first, second]) = with_a_second_pair();
    let ranges = ["1:401-550", "1:551-601", "2:1-50"];
    let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &ranges, Purpose::Retirement);
    let more = vec![
        first_transferred(ranges[0], first),
        adjusted(2022, 150, first),
        first_transferred(ranges[1], second),
        adjusted(2022, 51, second),
        first_transferred(ranges[2], first),
        adjusted(2023, 50, first),
    ];
    let (body, event) = transfer(gratuitous(asked), Fee::Waived, more);
    life.push(&[ALPHA], body, event);
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
}

#[test]
fn a_waiting_retirement_is_judged_again_when_it_is_recorded() {
    let (mut life, [first, second]) = with_a_second_pair();
    let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:401-550"], Purpose::Retirement);
    let (body, event) = apply_transfer(asked);
    let application = life.push(&[ALPHA], body, event);
    // Meanwhile 100 of the 200 tonnes are taken by another.
    let asked = terms(GOVERNMENT, RETIREMENT, &["2:601-700"], Purpose::Retirement);
    let more = vec![first_transferred("2:601-700", first), adjusted(2023, 100, first)];
    let (body, event) = transfer(asked, Fee::NotAnApplication, more);
    life.push(OPERATORS, body, event);
    let (body, event) = pay(life.at("alpha-payment"), application, 2_500);
    life.push(&[OPERATOR_1], body, event);
    let (body, mut event) = record_transfer(application);
    event.push(first_transferred("1:401-550", second));
    event.push(adjusted(2022, 150, second));
    life.push(&[OPERATOR_1], body, event);
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
}

/// What the rules allow although it looks like what they forbid.
#[test]
fn rarer_acts_pass() {
    let mut life = Life::one_day();
    let act = |life: &mut Life, signers: &[u8], act: Act| life.push(signers, act.0, act.1);

    // In the place of a dismissed trustee the new one applies and pays. Whom it
    // receives units from otherwise does not matter.
    let paid = act(&mut life, &[OPERATOR_1], payment("bank-beta-3", 2_500, Some(BETA_ACCOUNT)));
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-30"], Purpose::Other);
    let stated = change_trustee("fourth trust", true);
    let application =
        act(&mut life, &[BETA], transfer_trust(asked, stated, PaymentId::single(paid)));
    let (body, mut event) = record_transfer(application);
    event.push(Effect::TrustDeleted { ranges: ranges(&["6:1-30"]) });
    event.push(trust_recorded(BETA_ACCOUNT, &["6:1-30"], "fourth trust"));
    let fourth = life.push(&[OPERATOR_1], body, event);

    // Units leave it with a transfer, and the rest becomes the trustee's own.
    let asked = terms(BETA_ACCOUNT, GOVERNMENT, &["6:1-10"], Purpose::Other);
    let delete = TransferTrust::Delete(digest("deed"));
    let third = line(life.at("statement"), 3);
    let application = act(&mut life, &[BETA], transfer_trust(asked, delete, third));
    let (body, mut event) = record_transfer(application);
    event.push(Effect::TrustDeleted { ranges: ranges(&["6:1-10"]) });
    life.push(&[OPERATOR_1], body, event);
    let units: &[&str] = &["6:11-30"];
    let application = act(&mut life, &[BETA], apply_trust(BETA_ACCOUNT, delete_trust(units)));
    let own = vec![
        Effect::TrustApplicationRecorded { application },
        Effect::TrustDeleted { ranges: ranges(units) },
    ];
    act(&mut life, &[OPERATOR_2], record(application, own));
    let third_trust = life.at("trustee-changed");
    for (trust, signer, number) in
        [(fourth, BETA, BETA_ACCOUNT), (third_trust, ALPHA, ALPHA_ACCOUNT)]
    {
        let terms = acts::trust("amended");
        let request = TrustRequest::Amend { trust, terms };
        let application = act(&mut life, &[signer], apply_trust(number, request));
        let amended = vec![
            Effect::TrustApplicationRecorded { application },
            Effect::TrustAmended { trust, terms, commission: None },
        ];
        act(&mut life, &[OPERATOR_1], record(application, amended));
    }

    // Two operators apply in the trustee's place, hand in what was missing, and
    // withdraw.
    let application = act(&mut life, OPERATORS, subrogate(&["2:41-50"], "fifth trust"));
    act(&mut life, &[OPERATOR_1], ask(application, "2026-04-20"));
    act(&mut life, OPERATORS, complete(application));
    let body = Body::WithdrawApplication { application, reason: text("settled") };
    life.push(OPERATORS, body, vec![Effect::ApplicationWithdrawn { application }]);

    // Whoever closed an account may apply for another; a refused person too. An
    // operator hands in what such an application lacks.
    let again = || individual_with("delta", "new particulars of delta", STRANGER);
    let application = act(&mut life, &[STRANGER], again());
    act(&mut life, &[OPERATOR_1], ask(application, "2026-04-20"));
    act(&mut life, &[OPERATOR_1], complete(application));
    act(&mut life, &[OPERATOR_2], prove(application));
    act(&mut life, &[OPERATOR_1], refuse(application, RefusalGround::Falsehood));
    act(&mut life, &[STRANGER], again());

    // The government's units are no third party's; a foreign corporation may do
    // without Japanese names.
    let moves = vec![moved(GOVERNMENT, ALPHA_ACCOUNT, &["2:601-610"])];
    let sale = life.at("sale");
    act(&mut life, OPERATORS, correct(ground(ALPHA_ACCOUNT, sale), None, moves));
    let mut foreign = change(Some("Beta"), Some("beta's particulars"));
    if let Some(holder) = &mut foreign.holder {
        (holder.name_ja, holder.head_office_ja) = (None, None);
    }
    let notified = act(&mut life, &[BETA], notify(BETA_ACCOUNT, foreign.clone()));
    act(&mut life, &[OPERATOR_1], changed(notified, BETA_ACCOUNT, foreign));

    // What nothing needs any more is erased: particulars that others followed and
    // those of an application that is withdrawn, the details of a trust without
    // property.
    let application = life.at("gamma-applies");
    let body = Body::WithdrawApplication { application, reason: text("no longer") };
    life.push(&[GAMMA], body, vec![Effect::ApplicationWithdrawn { application }]);
    for commitment in ["particulars", "payers", "fifth trust", "fourth trust", "second trust"] {
        act(&mut life, OPERATORS, erase(commitment));
    }

    // An empty year of the books: only the year of the entries is missing then.
    act(&mut life, OPERATORS, close_books(2025, BookTotals::default()));
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
    assert_eq!(report.figures.map(|figures| figures.trust_tonnes), Some(30));
}

#[test]
fn the_days_for_payment_are_those_at_receipt() {
    let mut life = Life::one_day();
    let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &["2:41-50"], Purpose::Other);
    let (body, event) = apply_transfer(asked);
    let application = life.push(&[ALPHA], body, event);
    let mut longer = rules(3);
    longer.payment_days = 100;
    let (body, event) = adopt(longer);
    life.push(AUTHORITIES, body, event);
    life.rule_set = 3;
    // Thursday the 16th was the last day.
    life.skip(7);
    let (body, event) = lapse(application, LapseGround::Unpaid);
    life.push(&[OPERATOR_1], body, event);
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
}

/// An individual's data go when the account does.
#[test]
fn a_closed_account_needs_no_data() {
    let mut life = Life::until("closed");
    for commitment in ["an individual's particulars", "delta"] {
        let (body, event) = erase(commitment);
        life.push(OPERATORS, body, event);
    }
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
}

#[test]
fn a_notification_after_a_correction_is_recorded() {
    let mut life = Life::one_day();
    let new = change(None, Some("newest particulars"));
    let (body, event) = notify(ALPHA_ACCOUNT, new.clone());
    let notified = life.push(&[ALPHA], body, event);
    // Of another account.
    let ground = ground(BETA_ACCOUNT, life.at("sale"));
    let (body, event) = correct(ground, Some(change(None, Some("beta's"))), Vec::new());
    life.push(OPERATORS, body, event);
    let (body, event) = changed(notified, ALPHA_ACCOUNT, new);
    life.push(&[OPERATOR_1], body, event);
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
}

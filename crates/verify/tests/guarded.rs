//! A life under safeguards, written by hand, must pass as it is.

// Each test program uses a part of the builders.
#![allow(clippy::expect_used)]

mod common;

use common::acts::*;
use common::guard::*;
use common::who::*;
use common::*;
use jcm_format::command::{Acceptance, Body, Control, PaymentId, Power, Purpose, Safeguards};
use jcm_format::event::{Effect, Fee};
use jcm_format::frame::Frame;

#[test]
fn a_life_under_safeguards_passes_every_check() {
    let report = verify(Life::guarded().frames());
    assert!(report.ok, "{report}");
}

/// Kinds of lines that only safeguards bring.
const KINDS: &[&str] = &["safeguards", "mandate", "trusted", "frozen", "recovery", "outgoing"];

/// Written by hand, as those of the other lives.
#[test]
fn the_state_under_safeguards_is_written_as_specified() {
    let report = verify(Life::guarded().frames());
    assert!(report.ok, "{report}");
    let lines: Vec<&str> = report.state_lines().collect();
    let wanted: Vec<&str> = include_str!("guarded.state").lines().collect();
    // What the lives without safeguards have besides is compared there.
    let kept = lines.into_iter().filter(|line| {
        let kind = line.split(' ').next().unwrap_or_default();
        let delayed = kind == "application" && !line.ends_with(" -");
        KINDS.contains(&kind) || line.contains("representative:") || delayed
    });
    assert_eq!(kept.collect::<Vec<_>>(), wanted);
}

fn passes(frames: Vec<Frame>) {
    let report = verify(frames);
    assert!(report.ok, "{report}");
}

fn to_cancel(units: &[&str]) -> Act {
    let asked = terms(ALPHA_ACCOUNT, CANCELLATION, units, Purpose::Cancellation);
    transfer(gratuitous(asked), Fee::Waived, Vec::new())
}

#[test]
fn limits_are_reached_and_begin_anew_with_the_day() {
    let mut life = Life::guarded_until("mandate");
    life.pinned("most", BOTH, to_cancel(&["1:401-600"]));
    life.pinned("rest", BOTH, to_cancel(&["1:601-700"]));
    life.skip(1);
    life.pinned("next day", BOTH, to_cancel(&["1:701-900"]));
    // The government is not limited.
    let asked = terms(GOVERNMENT, CANCELLATION, &["2:601-800"], Purpose::Cancellation);
    let (body, event) = transfer(asked, Fee::NotAnApplication, Vec::new());
    life.pinned("government", OPERATORS, (body, event));
    passes(life.frames());
}

#[test]
fn a_delay_of_no_days_needs_no_calendar_and_an_operator() {
    let mut life = Life::honest();
    let none = mandate(Control::Single, [0, 0, 0]);
    let safeguards = Safeguards {
        default_mandate: none,
        central_untrusted_tonnes: None,
        cutoff_hour: 0,
        late_days: 0,
        trust_days: 0,
        pinned: false,
        ..rule_data()
    };
    life.plain("safeguards", AUTHORITIES, adopt_safeguards(safeguards));
    let from = PaymentId::single(life.at("alpha-payment"));
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-900"], Purpose::Other);
    let (body, mut event) = transfer_waiting(asked, from);
    event.insert(1, Effect::TransferDelayed { not_before: date(TODAY) });
    let application = life.plain("delayed", &[ALPHA], (body, event));
    life.plain("recorded", &[OPERATOR_1], record_transfer(application));
    // The list works at once, and with it recording.
    life.plain("list", &[ALPHA], trust_account(ALPHA_ACCOUNT, BETA_ACCOUNT, TODAY));
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:51-60"], Purpose::Other);
    let (body, event) = transfer(asked, Fee::NotChargeable, Vec::new());
    life.plain("at once", &[ALPHA], (body, event));
    passes(life.frames());
}

#[test]
fn without_safeguards_only_freezes_act() {
    let mut life = Life::honest();
    let act = register(TANAKA, ALPHA_ACCOUNT, "tanaka", Power::Initiate);
    life.plain("tanaka", &[ALPHA], act);
    life.plain("initiated", &[TANAKA], to_cancel(&["1:401-900"]));
    life.plain("freeze", &[TANAKA, OPERATOR_1], freeze(ALPHA_ACCOUNT));
    // What comes in, and what is no unit, is not held up.
    life.plain("certificate", &[TANAKA], request(ALPHA_ACCOUNT));
    life.plain("unfrozen", OPERATORS, unfreeze(ALPHA_ACCOUNT));
    passes(life.frames());
}

#[test]
fn what_lessens_a_risk_needs_one_signature() {
    let mut life = Life::guarded_until("late");
    let late = life.at("late");
    life.plain("lacks", &[OPERATOR_1], ask(late, "2026-04-20"));
    life.plain("completed", &[SUZUKI], complete(late));
    life.plain("proved", &[SUZUKI], prove(late));
    life.plain("frozen", &[SATO], freeze(ALPHA_ACCOUNT));
    // Even now: what was applied for is withdrawn, and the list shortened.
    life.plain("withdrawn", &[TANAKA_AGAIN], withdraw(late));
    life.plain("distrusted", &[SUZUKI], distrust_account(ALPHA_ACCOUNT, BETA_ACCOUNT));
    life.plain("revoked", &[SUZUKI], revoke_key(TANAKA));
    // Two authorities replace a key of a frozen account.
    let act = register(STRANGER, ALPHA_ACCOUNT, "tanaka", Power::Initiate);
    life.pinned("replaced", AUTHORITIES, act);
    // With an authority's, the signature of one who initiates is enough.
    let act = register(DELTA, BETA_ACCOUNT, "kato", Power::Full);
    life.plain("beside", &[BETA, AUTHORITY_1], act);
    let tighter = mandate(Control::Dual, [100, 300, 60]);
    life.pinned("unfrozen", OPERATORS, unfreeze(ALPHA_ACCOUNT));
    life.pinned("tighter", &[STRANGER, SUZUKI], set_mandate(ALPHA_ACCOUNT, tighter, TODAY));
    passes(life.frames());
}

#[test]
fn a_closed_account_has_no_key_left() {
    let mut life = Life::one_day();
    life.plain("safeguards", AUTHORITIES, adopt_safeguards(rule_data()));
    life.open_gamma();
    life.plain("named", &[GAMMA], register(TANAKA, GAMMA_ACCOUNT, "tanaka", Power::Full));
    life.plain(
        "dual",
        &[TANAKA],
        set_mandate(GAMMA_ACCOUNT, mandate(Control::Dual, [1, 1, 1]), TODAY),
    );
    let act = trust_account(GAMMA_ACCOUNT, BETA_ACCOUNT, "2026-04-15");
    life.pinned("trusts", &[GAMMA, TANAKA], act);
    let act = trust_account(BETA_ACCOUNT, GAMMA_ACCOUNT, "2026-04-15");
    life.plain("trusted", &[BETA], act);
    let kato = representative(GAMMA_ACCOUNT, "kato", Power::Full);
    life.pinned("recovery", OPERATORS, request_recovery(YAMADA, kato, "2026-04-16"));
    let closing = life.pinned("closing", &[GAMMA, TANAKA], apply_closing(GAMMA_ACCOUNT));
    let mut keys = [GAMMA, TANAKA];
    keys.sort_unstable_by_key(|seed| public(*seed));
    life.plain("closed", &[OPERATOR_1], close(closing, GAMMA_ACCOUNT, &keys));
    // The key no longer waits.
    let kato = register(YAMADA, BETA_ACCOUNT, "kato", Power::Full);
    life.plain("elsewhere", &[BETA], kato);
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
    let kinds = ["mandate", "trusted", "recovery"];
    let left = report
        .state_lines()
        .find(|line| kinds.contains(&line.split(' ').next().unwrap_or_default()));
    assert_eq!(left, None);
}

/// The safeguards are those of a holder's own will.
#[test]
fn a_new_trustee_is_not_held_up() {
    let mut life = Life::one_day();
    life.plain("calendar-too", OPERATORS, holidays("JP", 2026, &[]));
    life.plain("safeguards", AUTHORITIES, adopt_safeguards(rule_data()));
    let act = set_mandate(ALPHA_ACCOUNT, mandate(Control::Single, [1, 1, 1]), TODAY);
    life.plain("mandate", &[ALPHA], act);
    let (body, event) = payment("bank-beta-3", 2_500, Some(BETA_ACCOUNT));
    let paid = life.plain("paid", &[OPERATOR_1], (body, event));
    life.plain("freeze", &[OPERATOR_1], freeze(ALPHA_ACCOUNT));
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-40"], Purpose::Other);
    let act = transfer_trust(asked, change_trustee("new", true), PaymentId::single(paid));
    // Nor by its own wish from whom to receive units.
    let listed = Acceptance::Listed(vec![account(GOVERNMENT)]);
    life.plain("listed-too", &[BETA], choose(BETA_ACCOUNT, listed));
    let application = life.plain("applied", &[BETA], act);
    let (body, mut event) = record_transfer(application);
    event.push(Effect::TrustDeleted { ranges: ranges(&["6:1-40"]) });
    event.push(trust_recorded(BETA_ACCOUNT, &["6:1-40"], "new"));
    life.plain("recorded", &[OPERATOR_1], (body, event));
    passes(life.frames());
}

#[test]
fn the_new_trustee_pays() {
    let mut life = Life::one_day();
    let (body, event) = payment("bank-beta-3", 2_500, Some(BETA_ACCOUNT));
    let paid = life.plain("paid", &[OPERATOR_1], (body, event));
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-40"], Purpose::Other);
    let (body, event) = transfer_trust(asked, change_trustee("new", true), PaymentId::single(paid));
    let application = life.plain("applied", &[BETA], (unpaid(body), event[..2].to_vec()));
    let part = (PaymentId::single(paid), application, 2_500);
    life.plain("pays", &[OPERATOR_1], pay_all(&[part]));
    passes(life.frames());
}

/// The application without its payment.
fn unpaid(body: Body) -> Body {
    match body {
        Body::ApplyTransfer { terms, use_details, trust, .. } => {
            Body::ApplyTransfer { terms, use_details, trust, fee_payment: None }
        }
        other => other,
    }
}

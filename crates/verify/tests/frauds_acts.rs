//! Planted frauds in the acts of holders and of the implementing body. As in
//! `frauds.rs` the cheat signs, links and seals everything again.

// The cases are tables, and tables are long.
#![allow(clippy::expect_used, clippy::too_many_lines)]

mod common;

use common::acts::*;
use common::guard::withdraw;
use common::who::*;
use common::*;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Acceptance, Body, BookTotals, LapseGround, PaymentId, Purpose, RefundSource, RefusalGround,
    Role, TransferTrust,
};
use jcm_format::event::{AccountCategory, Effect, Fee};
use jcm_format::frame::Frame;
use jcm_format::id::EntryIndex;

/// A case: its name, the code to be found, and the log with the index of its
/// first bad entry.
type Case = (&'static str, &'static str, fn() -> (Vec<Frame>, u64));

fn run(cases: &[Case]) {
    let mut missed = Vec::new();
    for (name, code, spoil) in cases {
        let (frames, index) = spoil();
        let report = verify(frames);
        let found = first_bad(&report);
        if report.ok || found != Some((index, *code)) {
            missed.push(format!("{name}: wanted {index} {code}, found {found:?}\n{report}"));
        }
    }
    assert!(missed.is_empty(), "{} cases missed:\n{}", missed.len(), missed.join("\n"));
}

/// Appends one more command, with the event that the cheat would have.
fn more(mut life: Life, signers: &[u8], act: Act) -> (Vec<Frame>, u64) {
    let index = life.push(signers, act.0, act.1);
    (life.frames(), index.get())
}

/// Lets the signers of a step be others.
fn signed_by(step: &str, signers: &[u8]) -> (Vec<Frame>, u64) {
    let mut life = Life::acts();
    let index = life.at(step).get();
    life.step(step).signers = signers.to_vec();
    (life.frames(), index)
}

/// Spoils the recorded event of a step.
fn event(step: &str, spoil: impl Fn(&mut Vec<Effect>)) -> (Vec<Frame>, u64) {
    let mut life = Life::acts();
    let index = life.at(step).get();
    let before = life.step(step).event.clone();
    spoil(&mut life.step(step).event);
    assert_ne!(before, life.step(step).event, "the event of {step} was not spoiled");
    (life.frames(), index)
}

/// A transfer of alpha's to the government that waits for its fee.
fn sale(units: &[&str]) -> Act {
    apply_transfer(terms(ALPHA_ACCOUNT, GOVERNMENT, units, Purpose::Other))
}

fn entry(life: &Life) -> EntryIndex {
    EntryIndex::new(life.steps.len() as u64)
}

#[test]
fn what_is_recorded_is_not_what_was_asked() {
    const CODE: &str = "EFFECT_MISMATCH";
    run(&[
        ("a certificate that states something else", CODE, || {
            event("certificate-may", |event| {
                if let Some(Effect::CertificateStated { digest: stated, .. }) = event.last_mut() {
                    *stated = digest("something else");
                }
            })
        }),
        ("a certificate about another account", CODE, || {
            event("issued", |event| {
                if let Some(Effect::CertificateStated { account: stated, .. }) = event.last_mut() {
                    *stated = account(ALPHA_ACCOUNT);
                }
            })
        }),
        ("a certificate that states nothing", CODE, || {
            event("certificate-may", |event| drop(event.pop()))
        }),
        ("the fee of the period before", CODE, || {
            event("certificate-may", |event| {
                let fee = Fee::Due(Yen::new(1_200));
                event[0] = Effect::CertificateRequested { account: account(ALPHA_ACCOUNT), fee };
            })
        }),
        ("a transfer at the fee of the period before", CODE, || {
            let mut life = Life::one_day();
            life.skip(25);
            more(life, &[ALPHA], sale(&["2:41-50"]))
        }),
        ("keys kept on closing", CODE, || event("closed", |event| drop(event.pop()))),
        ("a trust that is not recorded", CODE, || event("entrusted", |event| drop(event.pop()))),
        ("a trust of another trustee", CODE, || {
            event("entrusted", |event| {
                if let Some(Effect::TrustRecorded { account: trustee, .. }) = event.last_mut() {
                    *trustee = account(ALPHA_ACCOUNT);
                }
            })
        }),
        ("a trust not asked for", CODE, || {
            event("entrusted-applied", |event| drop(event.remove(1)))
        }),
        ("a new trust over the old one", CODE, || {
            event("trustee-changed", |event| drop(event.remove(1)))
        }),
        ("a transfer with a trust that nobody looked at", CODE, || {
            event("entrusted-applied", |event| {
                event.push(Effect::TransferRecorded { application: None });
            })
        }),
        ("the transferee's wish ignored", CODE, || {
            event("asked", |event| event.push(Effect::TransferRecorded { application: None }))
        }),
        ("a dismissal left out", CODE, || {
            event("dismissed", |event| {
                if let Effect::TrustAmended { commission, .. } = &mut event[0] {
                    *commission = None;
                }
            })
        }),
        ("more money than the statement has", CODE, || {
            event("statement", |event| {
                if let Effect::StatementImported { payments, .. } = &mut event[0] {
                    payments[1].amount_yen = Yen::new(3_000_000);
                }
            })
        }),
        ("another line of the statement drawn on", CODE, || {
            event("pay-all", |event| {
                if let Effect::PaymentLineApplied { payment, .. } = &mut event[0] {
                    payment.line = 2;
                }
            })
        }),
        ("a part of the payments left out", CODE, || {
            event("pay-all", |event| drop(event.remove(1)))
        }),
        ("lapsed on another ground", CODE, || {
            event("lapsed", |event| {
                if let Effect::ApplicationLapsed { ground, .. } = &mut event[0] {
                    *ground = LapseGround::Incomplete;
                }
            })
        }),
        ("another number for a government account", CODE, || {
            event("fourth", |event| {
                if let Effect::GovernmentAccountOpened { account: number, .. } = &mut event[0] {
                    *number = account(5);
                }
            })
        }),
        ("lower fees than were adopted", CODE, || {
            event("rules", |event| {
                if let Effect::RulesAdopted { rules } = &mut event[0] {
                    rules.fees[0].transfer_fee_yen = Yen::new(1);
                }
            })
        }),
        ("another day for completion", CODE, || {
            event("delta-lacks", |event| {
                if let Effect::CompletionRequested { due, .. } = &mut event[0] {
                    *due = date("2026-12-31");
                }
            })
        }),
        ("a correction that moves more", CODE, || {
            event("corrected", |event| {
                if let Some(Effect::UnitsMoved { units }) = event.last_mut() {
                    units.ranges = ranges(&["1:201-300"]);
                }
            })
        }),
        ("a correction without its reason", CODE, || {
            event("corrected", |event| drop(event.remove(0)))
        }),
        ("another account's particulars changed", CODE, || {
            event("changed", |event| {
                if let Effect::ParticularsChanged { account: number, .. } = &mut event[0] {
                    *number = account(BETA_ACCOUNT);
                }
            })
        }),
        ("more paid back than was asked", CODE, || {
            event("refund-in-part", |event| {
                if let Effect::Refunded { amount_yen, .. } = &mut event[0] {
                    *amount_yen = Yen::new(1_000);
                }
            })
        }),
        ("a wider restriction than was ordered", CODE, || {
            event("restricted", |event| {
                if let Effect::RestrictionRecorded { restriction } = &mut event[0] {
                    restriction.ranges = None;
                }
            })
        }),
        ("an individual's account free of charge", CODE, || {
            event("delta-applies", |event| {
                if let Effect::IndividualApplied { fee, .. } = &mut event[0] {
                    *fee = Fee::Waived;
                }
            })
        }),
    ]);
}

#[test]
fn every_total_of_the_books_is_counted() {
    let spoils: [fn(&mut BookTotals); 16] = [
        |totals| totals.entries += 1,
        |totals| totals.received += 1,
        |totals| totals.recorded += 1,
        |totals| totals.refused = 0,
        |totals| totals.withdrawn = 0,
        |totals| totals.lapsed = 1,
        |totals| totals.payments_yen = Yen::new(106_201),
        |totals| totals.account_opening_fees_yen = Yen::new(28_800),
        |totals| totals.transfer_fees_yen = Yen::new(18_501),
        |totals| totals.certificate_fees_yen = Yen::new(3_899),
        |totals| totals.refunded_yen = Yen::ZERO,
        |totals| totals.issued_tonnes = Tonnes::new(3_201),
        |totals| totals.transferred_tonnes = Tonnes::new(249),
        |totals| totals.retired_tonnes = Tonnes::new(301),
        |totals| totals.cancelled_tonnes = Tonnes::new(100),
        |totals| totals.corrected_tonnes = Tonnes::ZERO,
    ];
    for (position, spoil) in spoils.into_iter().enumerate() {
        let (frames, index) = event("books", |event| {
            if let Effect::BooksClosed { totals, .. } = &mut event[0] {
                spoil(totals);
            }
        });
        let found = verify(frames);
        assert_eq!(first_bad(&found), Some((index, "EFFECT_MISMATCH")), "total {position}");
    }
}

#[test]
fn roles() {
    const ROLE: &str = "ROLE_NOT_PERMITTED";
    const SECOND: &str = "SECOND_SIGNATURE_MISSING";
    run(&[
        ("a calendar by one operator", SECOND, || signed_by("calendar", &[OPERATOR_1])),
        ("rules by operators", ROLE, || signed_by("rules", OPERATORS)),
        ("rules by one authority", SECOND, || signed_by("rules", &[AUTHORITY_1])),
        ("a government account by operators", ROLE, || signed_by("fourth", OPERATORS)),
        ("a refund by one operator", SECOND, || signed_by("refund", &[OPERATOR_1])),
        ("a refund by one person with two keys", SECOND, || {
            signed_by("refund-payment", &[OPERATOR_1, OPERATOR_1_AGAIN])
        }),
        ("a restriction by one operator", SECOND, || signed_by("restricted", &[OPERATOR_1])),
        ("a release by one operator", SECOND, || signed_by("released", &[OPERATOR_2])),
        ("a release by the holder", ROLE, || signed_by("released", &[ALPHA])),
        ("a commission by one operator", SECOND, || signed_by("dismissed", &[OPERATOR_1])),
        ("a correction by one operator", SECOND, || signed_by("corrected", &[OPERATOR_2])),
        ("books closed by one operator", SECOND, || signed_by("books", &[OPERATOR_1])),
        ("data erased by one operator", SECOND, || signed_by("erased", &[OPERATOR_1])),
        ("a statement imported by the payer", ROLE, || signed_by("statement", &[ALPHA])),
        ("an individual's application by an operator", ROLE, || {
            signed_by("delta-applies", &[OPERATOR_1])
        }),
        ("completed by somebody else", ROLE, || signed_by("delta-completes", &[ALPHA])),
        ("completed by the applicant and an operator", ROLE, || {
            signed_by("delta-completes", &[DELTA, OPERATOR_1])
        }),
        ("proved by somebody else", ROLE, || signed_by("delta-proves", &[BETA])),
        ("a change notified by an operator", ROLE, || signed_by("notified", &[OPERATOR_1])),
        ("a change recorded by the holder", ROLE, || signed_by("changed", &[ALPHA])),
        ("a trust applied for by a stranger to it", ROLE, || signed_by("trust-applied", &[BETA])),
        ("accepted by the transferor", ROLE, || signed_by("accepted", &[ALPHA])),
        ("accepted by an operator", ROLE, || signed_by("accepted", &[OPERATOR_1])),
        ("another's choice", ROLE, || signed_by("by-consent", &[ALPHA])),
        ("closed by another", ROLE, || signed_by("closing", &[ALPHA])),
        ("refused by the transferee", ROLE, || signed_by("refused", &[BETA])),
        ("lapsed by the holder", ROLE, || signed_by("lapsed", &[ALPHA])),
        ("the holder acts in its own place", ROLE, || {
            more(Life::one_day(), &[ALPHA], subrogate(&["2:41-50"], "other"))
        }),
        ("one operator acts in the holder's place", SECOND, || {
            more(Life::one_day(), &[OPERATOR_1], subrogate(&["2:41-50"], "other"))
        }),
        ("one operator with two keys acts in the holder's place", SECOND, || {
            let signers = &[OPERATOR_1, OPERATOR_1_AGAIN];
            more(Life::one_day(), signers, subrogate(&["2:41-50"], "other"))
        }),
        ("one operator withdraws what two applied for", SECOND, || {
            let mut life = Life::one_day();
            let (body, event) = subrogate(&["2:41-50"], "other");
            let application = life.push(OPERATORS, body, event);
            more(life, &[OPERATOR_2], withdraw(application))
        }),
        ("one operator completes what two applied for", SECOND, || {
            let mut life = Life::one_day();
            let (body, event) = subrogate(&["2:41-50"], "other");
            let application = life.push(OPERATORS, body, event);
            let (body, event) = ask(application, "2026-04-20");
            life.push(&[OPERATOR_1], body, event);
            more(life, &[OPERATOR_1], complete(application))
        }),
        ("an operator withdraws an application for an account", ROLE, || {
            let life = Life::one_day();
            let application = life.at("gamma-applies");
            more(life, &[OPERATOR_1], withdraw(application))
        }),
        ("two operators withdraw an application for an account", ROLE, || {
            let life = Life::one_day();
            let application = life.at("gamma-applies");
            more(life, OPERATORS, withdraw(application))
        }),
        ("the applicant and an operator withdraw", ROLE, || {
            let life = Life::until("delta-lacks");
            let application = life.at("delta-applies");
            more(life, &[DELTA, OPERATOR_1], withdraw(application))
        }),
        ("the former trustee signs for the new one", ROLE, || {
            let life = Life::one_day();
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-40"], Purpose::Other);
            let from = line(life.at("statement"), 2);
            more(life, &[ALPHA], transfer_trust(asked, change_trustee("new", true), from))
        }),
        ("the new trustee signs for the former", ROLE, || {
            let life = Life::one_day();
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-40"], Purpose::Other);
            let from = line(life.at("statement"), 2);
            more(life, &[BETA], transfer_trust(asked, change_trustee("new", false), from))
        }),
        ("a transfer accepted that does not exist", ROLE, || {
            let life = Life::one_day();
            let nothing = life.at("rules");
            more(life, &[BETA], accept(nothing))
        }),
        ("the key of a withdrawn application", "KEY_UNKNOWN", || {
            let mut life = Life::one_day();
            let application = life.at("gamma-applies");
            let (body, event) = withdraw(application);
            life.push(&[GAMMA], body, event);
            more(life, &[GAMMA], prove(application))
        }),
        ("the key of a closed account", "KEY_REVOKED", || {
            more(Life::one_day(), &[DELTA], apply_closing(DELTA_ACCOUNT))
        }),
    ]);
}

#[test]
fn rules_and_office() {
    run(&[
        ("a version skipped", "RULES_VERSION", || {
            more(Life::one_day(), AUTHORITIES, adopt(rules(4)))
        }),
        ("a version repeated", "RULES_VERSION", || {
            more(Life::one_day(), AUTHORITIES, adopt(rules(2)))
        }),
        ("no fees until tomorrow", "FEES_NOT_IN_FORCE", || {
            let mut later = rules(3);
            later.fees[0].from = date("2026-04-11");
            more(Life::one_day(), AUTHORITIES, adopt(later))
        }),
        ("recorded under the rules before", "RULE_SET_VERSION", || {
            let mut life = Life::one_day();
            life.rule_set = 1;
            more(life, &[ALPHA], sale(&["2:41-50"]))
        }),
        ("the year's books closed early", "BOOKS_YEAR_OPEN", || {
            let life = Life::one_day();
            let totals = Life::totals(entry(&life).get());
            more(life, OPERATORS, close_books(2026, totals))
        }),
        ("books closed on the year's last day", "BOOKS_YEAR_OPEN", || {
            let mut life = Life::one_day();
            life.skip(355);
            more(life, OPERATORS, close_books(2026, BookTotals::default()))
        }),
        ("books closed twice", "BOOKS_CLOSED", || {
            let life = Life::acts();
            let totals = Life::totals(entry(&life).get());
            more(life, OPERATORS, close_books(2026, totals))
        }),
        ("a year of the books passed over", "BOOKS_EARLIER_OPEN", || {
            let mut life = Life::one_day();
            life.skip(800);
            more(life, OPERATORS, close_books(2027, BookTotals::default()))
        }),
        ("data erased twice", "ERASED_ALREADY", || {
            more(Life::one_day(), OPERATORS, erase("an individual's particulars"))
        }),
        ("data erased that nobody recorded", "COMMITMENT_UNKNOWN", || {
            more(Life::one_day(), OPERATORS, erase("articles"))
        }),
        ("a proponent whose identity is erased", "ERASED_ALREADY", || {
            let mut life = Life::one_day();
            let (body, event) = erase("delta");
            life.push(OPERATORS, body, event);
            more(life, &[OPERATOR_1], proponent("VN002", "delta"))
        }),
        ("a proponent twice", "PROPONENT_EXISTS", || {
            more(Life::one_day(), &[OPERATOR_1], proponent("VN001", "delta"))
        }),
        ("a proponent of no project", "PROJECT_UNKNOWN", || {
            more(Life::one_day(), &[OPERATOR_1], proponent("VN999", "delta"))
        }),
    ]);
}

#[test]
fn accounts() {
    run(&[
        ("an individual who is no proponent", "NOT_A_PROPONENT", || {
            more(Life::one_day(), &[STRANGER], individual("epsilon", STRANGER))
        }),
        ("an individual's second account", "ACCOUNT_EXISTS_FOR_PERSON", || {
            more(Life::until("delta-opens"), &[STRANGER], individual("delta", STRANGER))
        }),
        ("an individual with a used key", "KEY_ALREADY_REGISTERED", || {
            more(Life::until("closed"), &[GAMMA], individual("delta", GAMMA))
        }),
        ("an individual whose identity is erased", "ERASED_ALREADY", || {
            let mut life = Life::until("closed");
            let (body, event) = erase("delta");
            life.push(OPERATORS, body, event);
            more(life, &[STRANGER], individual("delta", STRANGER))
        }),
        ("an individual whose particulars are erased", "ERASED_ALREADY", || {
            more(Life::one_day(), &[STRANGER], individual("delta", STRANGER))
        }),
        ("opened while completion is awaited", "COMPLETION_AWAITED", || {
            let mut life = Life::one_day();
            let application = life.at("gamma-applies");
            let (body, event) = ask(application, "2026-04-20");
            life.push(&[OPERATOR_1], body, event);
            more(life, &[OPERATOR_1], open_account(application, 1_004, GAMMA))
        }),
        ("an individual's account without its fee", "FEE_UNPAID", || {
            let life = Life::until("delta-proves");
            let application = life.at("delta-applies");
            more(life, &[OPERATOR_1], open_account(application, DELTA_ACCOUNT, DELTA))
        }),
        ("a closed account's number given again", "EFFECT_MISMATCH", || {
            let mut life = Life::one_day();
            let application = life.at("gamma-applies");
            let (body, event) = payment("bank-gamma", 14_400, None);
            let paid = life.push(&[OPERATOR_1], body, event);
            let (body, event) = pay(paid, application, 14_400);
            life.push(&[OPERATOR_1], body, event);
            more(life, &[OPERATOR_1], open_account(application, DELTA_ACCOUNT, GAMMA))
        }),
        ("an individual's name published", "PARTICULARS_MISFIT", || {
            let change = change(Some("Delta"), None);
            more(Life::until("delta-opens"), &[DELTA], notify(DELTA_ACCOUNT, change))
        }),
        ("a Japanese corporation without its name", "PARTICULARS_MISFIT", || {
            let mut change = change(Some("Alpha"), None);
            if let Some(holder) = &mut change.holder {
                holder.name_ja = None;
            }
            more(Life::one_day(), &[ALPHA], notify(ALPHA_ACCOUNT, change))
        }),
        ("two notifications at once", "APPLICATION_PENDING", || {
            let change = change(None, Some("other particulars"));
            more(Life::until("notified"), &[ALPHA], notify(ALPHA_ACCOUNT, change))
        }),
        ("a change that undoes a correction", "PARTICULARS_CHANGED_SINCE", || {
            let mut life = Life::one_day();
            let new = change(None, Some("other particulars"));
            let (body, event) = notify(ALPHA_ACCOUNT, new.clone());
            let notified = life.push(&[ALPHA], body, event);
            let ground = ground(ALPHA_ACCOUNT, life.at("sale"));
            let right = change(None, Some("the right particulars"));
            let (body, event) = correct(ground, Some(right), Vec::new());
            life.push(OPERATORS, body, event);
            more(life, &[OPERATOR_1], changed(notified, ALPHA_ACCOUNT, new))
        }),
        ("a change after a correction of what is published", "PARTICULARS_CHANGED_SINCE", || {
            let mut life = Life::until("notified");
            let ground = ground(ALPHA_ACCOUNT, life.at("sale"));
            let right = change(Some("Alpha Corporation"), None);
            let (body, event) = correct(ground, Some(right), Vec::new());
            life.push(OPERATORS, body, event);
            let notified = life.at("notified");
            let new = change(Some("Alpha"), None);
            more(life, &[OPERATOR_1], changed(notified, ALPHA_ACCOUNT, new))
        }),
        ("a change of tomorrow", "DATE_IN_FUTURE", || {
            let mut change = change(None, Some("other particulars"));
            change.effective = date("2026-04-11");
            more(Life::one_day(), &[ALPHA], notify(ALPHA_ACCOUNT, change))
        }),
        ("closing with units", "ACCOUNT_NOT_EMPTY", || {
            more(Life::one_day(), &[ALPHA], apply_closing(ALPHA_ACCOUNT))
        }),
        ("closing while an application is open", "APPLICATION_PENDING", || {
            more(Life::honest(), &[ALPHA], apply_closing(ALPHA_ACCOUNT))
        }),
        ("closing while units are to come", "APPLICATION_PENDING", || {
            more(Life::until("to-refuse"), &[DELTA], apply_closing(DELTA_ACCOUNT))
        }),
        ("closing under a restriction", "ACCOUNT_RESTRICTED", || {
            more(Life::until("delta-restricted"), &[DELTA], apply_closing(DELTA_ACCOUNT))
        }),
        ("restricted before the closing is recorded", "ACCOUNT_RESTRICTED", || {
            let mut life = Life::until("closing");
            let (body, event) = restrict(DELTA_ACCOUNT, None);
            life.push(OPERATORS, body, event);
            let application = life.at("closing");
            more(life, &[OPERATOR_1], close(application, DELTA_ACCOUNT, &[DELTA]))
        }),
        ("units to come before the closing is recorded", "APPLICATION_PENDING", || {
            let mut life = Life::until("closing");
            let asked = terms(ALPHA_ACCOUNT, DELTA_ACCOUNT, &["2:41-50"], Purpose::Other);
            let (body, event) = apply_transfer(asked);
            life.push(&[ALPHA], body, event);
            let application = life.at("closing");
            more(life, &[OPERATOR_1], close(application, DELTA_ACCOUNT, &[DELTA]))
        }),
        ("a closing recorded twice", "APPLICATION_CLOSED", || {
            let life = Life::one_day();
            let application = life.at("closing");
            more(life, &[OPERATOR_1], close(application, DELTA_ACCOUNT, &[]))
        }),
        ("a transfer recorded as a closing", "APPLICATION_UNKNOWN", || {
            let life = Life::honest();
            let application = life.at("waiting");
            more(life, &[OPERATOR_1], close(application, ALPHA_ACCOUNT, &[ALPHA]))
        }),
        ("units to a closed account", "DESTINATION_UNKNOWN", || {
            let asked = terms(ALPHA_ACCOUNT, DELTA_ACCOUNT, &["2:41-50"], Purpose::Other);
            more(Life::one_day(), &[ALPHA], apply_transfer(asked))
        }),
        ("a key for a closed account", "ACCOUNT_UNKNOWN", || {
            let role = Role::Account(account(DELTA_ACCOUNT));
            more(Life::one_day(), AUTHORITIES, register_key(STRANGER, &role))
        }),
        ("a payment of a closed account", "ACCOUNT_UNKNOWN", || {
            let act = import("another file", &[(9, 1_000, Some(DELTA_ACCOUNT))]);
            more(Life::one_day(), &[OPERATOR_1], act)
        }),
    ]);
}

#[test]
fn money() {
    run(&[
        ("a statement imported twice", "STATEMENT_IMPORTED", || {
            more(Life::one_day(), &[OPERATOR_1], import("file", &[(9, 1_000, None)]))
        }),
        ("a credit imported again with another file", "PAYMENT_RECORDED_BEFORE", || {
            let act = import("another file", &[(9, 1_000, None), (2, 30_000, None)]);
            more(Life::one_day(), &[OPERATOR_1], act)
        }),
        ("a credit twice in one file", "LIST_REPEATS", || {
            let act = import("another file", &[(9, 1_000, None), (9, 1_000, None)]);
            more(Life::one_day(), &[OPERATOR_1], act)
        }),
        ("a credit of tomorrow", "VALUE_DATE_IN_FUTURE", || {
            let (mut body, mut event) = import("another file", &[(9, 1_000, None)]);
            if let (Body::ImportStatement(import), Effect::StatementImported { payments, .. }) =
                (&mut body, &mut event[0])
            {
                import.payments[0].value_date = date("2026-04-11");
                payments[0].value_date = date("2026-04-11");
            }
            more(Life::one_day(), &[OPERATOR_1], (body, event))
        }),
        ("two parts that are together more than the payment", "PAYMENT_SPENT", || {
            let life = Life::one_day();
            let (first, gamma) = (line(life.at("statement"), 1), life.at("gamma-applies"));
            more(life, &[OPERATOR_1], pay_all(&[(first, gamma, 3_000), (first, gamma, 601)]))
        }),
        ("two parts that are together more than the fee", "FEE_EXCEEDED", || {
            let mut life = Life::one_day();
            let (body, event) = sale(&["2:41-50"]);
            let application = life.push(&[ALPHA], body, event);
            let second = line(life.at("statement"), 2);
            let parts = [(second, application, 2_000), (second, application, 501)];
            more(life, &[OPERATOR_1], pay_all(&parts))
        }),
        ("a line of another's", "PAYMENT_OF_ANOTHER", || {
            let life = Life::one_day();
            let (second, gamma) = (line(life.at("statement"), 2), life.at("gamma-applies"));
            more(life, &[OPERATOR_1], pay_all(&[(second, gamma, 1_000)]))
        }),
        ("a line that is not there", "PAYMENT_UNKNOWN", || {
            let life = Life::one_day();
            let (fourth, gamma) = (line(life.at("statement"), 4), life.at("gamma-applies"));
            more(life, &[OPERATOR_1], pay_all(&[(fourth, gamma, 1_000)]))
        }),
        ("a statement as if it were one payment", "PAYMENT_UNKNOWN", || {
            let life = Life::one_day();
            let (statement, gamma) = (life.at("statement"), life.at("gamma-applies"));
            more(life, &[OPERATOR_1], pay(statement, gamma, 1_000))
        }),
        ("a refused application paid for", "APPLICATION_CLOSED", || {
            let life = Life::one_day();
            let (second, refused) = (line(life.at("statement"), 2), life.at("to-refuse"));
            more(life, &[OPERATOR_1], pay_all(&[(second, refused, 1)]))
        }),
        ("paid back beyond what is left", "PAYMENT_SPENT", || {
            let life = Life::one_day();
            let first = RefundSource::Payment(line(life.at("statement"), 1));
            more(life, OPERATORS, refund(first, 3_601, "out-9"))
        }),
        ("a payment spent after it was paid back", "PAYMENT_SPENT", || {
            let life = Life::one_day();
            let (first, gamma) = (line(life.at("statement"), 1), life.at("gamma-applies"));
            more(life, &[OPERATOR_1], pay_all(&[(first, gamma, 5_600)]))
        }),
        ("a fee paid back twice", "REFUND_EXCEEDED", || {
            let life = Life::one_day();
            let refused = RefundSource::Application(life.at("to-refuse"));
            more(life, OPERATORS, refund(refused, 1, "out-9"))
        }),
        ("more of a fee paid back than was paid", "REFUND_EXCEEDED", || {
            let life = Life::acts();
            let unpaid = RefundSource::Application(life.at("unpaid"));
            more(life, OPERATORS, refund(unpaid, 401, "out-9"))
        }),
        ("the fee of a recorded transfer paid back", "NOT_REFUNDABLE", || {
            let life = Life::one_day();
            let recorded = RefundSource::Application(life.at("asked"));
            more(life, OPERATORS, refund(recorded, 1, "out-9"))
        }),
        ("the fee of an open application paid back", "NOT_REFUNDABLE", || {
            let life = Life::one_day();
            let open = RefundSource::Application(life.at("gamma-applies"));
            more(life, OPERATORS, refund(open, 1, "out-9"))
        }),
        ("a refund recorded twice", "PAYMENT_RECORDED_BEFORE", || {
            let life = Life::one_day();
            let first = RefundSource::Payment(line(life.at("statement"), 1));
            more(life, OPERATORS, refund(first, 1, "out-2"))
        }),
        ("a refund of no payment", "PAYMENT_UNKNOWN", || {
            let life = Life::one_day();
            let none = RefundSource::Payment(line(life.at("statement"), 0));
            more(life, OPERATORS, refund(none, 1, "out-9"))
        }),
    ]);
}

#[test]
fn applications() {
    run(&[
        ("lapsed before the deadline", "NOT_LAPSED", || {
            let mut life = Life::one_day();
            let (body, event) = sale(&["2:41-50"]);
            let application = life.push(&[ALPHA], body, event);
            // Thursday the 16th is the last day.
            life.skip(6);
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Unpaid))
        }),
        ("lapsed as incomplete on the last day", "NOT_LAPSED", || {
            let mut life = Life::until("delta-lacks");
            let application = life.at("delta-applies");
            // The first request's day, which the second put off.
            let (body, event) = ask(application, "2026-04-12");
            life.push(&[OPERATOR_1], body, event);
            life.skip(2);
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Incomplete))
        }),
        ("lapsed by the day that was put off", "NOT_LAPSED", || {
            let mut life = Life::until("delta-lacks-more");
            let application = life.at("delta-applies");
            let (body, event) = adopt({
                let mut longer = rules(3);
                longer.payment_days = 100;
                longer
            });
            life.push(AUTHORITIES, body, event);
            life.rule_set = 3;
            let part = (line(life.at("statement"), 1), application, 14_400);
            let (body, event) = pay_all(&[part]);
            life.push(&[OPERATOR_1], body, event);
            life.skip(12);
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Incomplete))
        }),
        ("lapsed by rules adopted since", "NOT_LAPSED", || {
            // Twenty days at receipt, three by now.
            let mut life = Life::one_day();
            let application = life.at("gamma-applies");
            life.skip(10);
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Unpaid))
        }),
        ("lapsed though it is paid", "NOT_LAPSED", || {
            let mut life = Life::until("to-refuse-pays");
            let application = life.at("to-refuse");
            life.skip(60);
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Unpaid))
        }),
        ("lapsed without a calendar", "CALENDAR_MISSING", || {
            let mut life = Life::honest();
            let application = life.at("waiting");
            life.skip(60);
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Unpaid))
        }),
        ("lapsed twice", "APPLICATION_CLOSED", || {
            let life = Life::acts();
            let application = life.at("unpaid");
            more(life, &[OPERATOR_1], lapse(application, LapseGround::Unpaid))
        }),
        ("completed without a request", "COMPLETION_NOT_ASKED", || {
            let life = Life::one_day();
            let application = life.at("gamma-applies");
            more(life, &[GAMMA], complete(application))
        }),
        ("completed twice", "COMPLETION_NOT_ASKED", || {
            let life = Life::until("delta-completes");
            let application = life.at("delta-applies");
            more(life, &[DELTA], complete(application))
        }),
        ("to be completed until today", "DUE_DATE_PAST", || {
            let life = Life::one_day();
            let application = life.at("gamma-applies");
            more(life, &[OPERATOR_1], ask(application, TODAY))
        }),
        ("a proof for a closed application", "APPLICATION_CLOSED", || {
            let life = Life::one_day();
            let application = life.at("sale");
            more(life, &[BETA], prove(application))
        }),
        ("a change recorded while something is missing", "COMPLETION_AWAITED", || {
            let mut life = Life::until("notified");
            let application = life.at("notified");
            let (body, event) = ask(application, "2026-04-20");
            life.push(&[OPERATOR_1], body, event);
            let act = changed(application, ALPHA_ACCOUNT, change(Some("Alpha"), None));
            more(life, &[OPERATOR_1], act)
        }),
        ("a transfer recorded while something is missing", "COMPLETION_AWAITED", || {
            let mut life = Life::until("pay-all");
            let application = life.at("waiting");
            let (body, event) = ask(application, "2026-04-20");
            life.push(&[OPERATOR_1], body, event);
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("an account refused for a restriction", "GROUND_NOT_APPLICABLE", || {
            let life = Life::one_day();
            let application = life.at("gamma-applies");
            more(life, &[OPERATOR_1], refuse(application, RefusalGround::Restriction))
        }),
        ("a matter of trust refused for an error", "GROUND_NOT_APPLICABLE", || {
            let life = Life::until("trust-applied");
            let application = life.at("trust-applied");
            more(life, &[OPERATOR_1], refuse(application, RefusalGround::EvidentError))
        }),
        ("refused for a restriction that is not there", "GROUND_UNFOUNDED", || {
            let life = Life::honest();
            let application = life.at("waiting");
            more(life, &[OPERATOR_1], refuse(application, RefusalGround::Restriction))
        }),
        ("a refused transfer recorded", "APPLICATION_CLOSED", || {
            let life = Life::one_day();
            let application = life.at("to-refuse");
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
    ]);
}

#[test]
fn restrictions() {
    const RESTRICTED: &str = "UNITS_RESTRICTED";
    run(&[
        ("restricted units transferred", RESTRICTED, || {
            more(Life::one_day(), &[ALPHA], sale(&["7:50-51"]))
        }),
        ("units that one of two restrictions still names", RESTRICTED, || {
            more(Life::one_day(), &[ALPHA], sale(&["7:41-45"]))
        }),
        ("a restricted account's units", RESTRICTED, || {
            let mut life = Life::one_day();
            let (body, event) = restrict(ALPHA_ACCOUNT, None);
            life.push(OPERATORS, body, event);
            more(life, &[ALPHA], sale(&["2:41-50"]))
        }),
        ("restricted units retired", RESTRICTED, || {
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["7:1-10"], Purpose::Retirement);
            let act = transfer(gratuitous(asked), Fee::Waived, Vec::new());
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("restricted units entrusted", RESTRICTED, || {
            let act = apply_trust(ALPHA_ACCOUNT, record_trust(&["2:21-30"], "other"));
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("restricted units corrected", RESTRICTED, || {
            let life = Life::one_day();
            let ground = ground(ALPHA_ACCOUNT, life.at("sale"));
            let moves = vec![moved(ALPHA_ACCOUNT, GOVERNMENT, &["7:1-10"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
        ("recorded in spite of a restriction since", RESTRICTED, || {
            let mut life = Life::until("accepted");
            let (body, event) = restrict(ALPHA_ACCOUNT, Some(&["2:10-10"]));
            life.push(OPERATORS, body, event);
            let application = life.at("asked");
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("a trust recorded in spite of a restriction since", RESTRICTED, || {
            let mut life = Life::until("trust-applied");
            let (body, event) = restrict(ALPHA_ACCOUNT, None);
            life.push(OPERATORS, body, event);
            let application = life.at("trust-applied");
            let recorded = vec![
                Effect::TrustApplicationRecorded { application },
                trust_recorded(ALPHA_ACCOUNT, &["6:1-40"], "first trust"),
            ];
            more(life, &[OPERATOR_1], record(application, recorded))
        }),
        ("a restriction released twice", "RESTRICTION_UNKNOWN", || {
            let life = Life::one_day();
            let released = life.at("restricted-too");
            more(life, OPERATORS, release(released))
        }),
        ("something released that is no restriction", "RESTRICTION_UNKNOWN", || {
            let life = Life::one_day();
            let trust = life.at("trust");
            more(life, OPERATORS, release(trust))
        }),
        ("another's units restricted", "UNITS_NOT_HELD", || {
            more(Life::one_day(), OPERATORS, restrict(BETA_ACCOUNT, Some(&["2:41-50"])))
        }),
        ("the government restricted", "ACCOUNT_UNKNOWN", || {
            more(Life::one_day(), OPERATORS, restrict(GOVERNMENT, None))
        }),
    ]);
}

/// A transfer out of alpha's account that states something of a trust.
fn entrust(signer: u8, to: u32, units: &[&str], trust: TransferTrust) -> (Vec<Frame>, u64) {
    let life = Life::one_day();
    let asked = terms(ALPHA_ACCOUNT, to, units, Purpose::Other);
    let from = line(life.at("statement"), 2);
    more(life, &[signer], transfer_trust(asked, trust, from))
}

/// Beta applies to follow alpha as trustee of these units, and pays.
fn take_over(mut life: Life, units: &[&str]) -> (Life, EntryIndex) {
    let (body, event) = payment("bank-beta-3", 2_500, Some(BETA_ACCOUNT));
    let paid = life.push(&[OPERATOR_1], body, event);
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, units, Purpose::Other);
    let stated = change_trustee("new", true);
    let (body, event) = transfer_trust(asked, stated, PaymentId::single(paid));
    let application = life.push(&[BETA], body, event);
    (life, application)
}

#[test]
fn new_trustees() {
    run(&[
        ("the property of a trustee in office", "TRUSTEE_IN_OFFICE", || {
            let (life, application) = take_over(Life::one_day(), &["6:41-60"]);
            (life.frames(), application.get())
        }),
        ("before the commission", "TRUSTEE_IN_OFFICE", || {
            let (life, application) = take_over(Life::until("listed"), &["6:45-45", "6:50-60"]);
            (life.frames(), application.get())
        }),
        ("a commission that dismisses nobody", "TRUSTEE_IN_OFFICE", || {
            let mut life = Life::one_day();
            let third = life.at("trustee-changed");
            let (body, event) = commission(third, "third trust", false);
            life.push(OPERATORS, body, event);
            let (life, application) = take_over(life, &["6:41-60"]);
            (life.frames(), application.get())
        }),
        ("a consent that nobody asked for", "ACCEPTANCE_NOT_ASKED", || {
            let (life, application) = take_over(Life::one_day(), &["6:1-40"]);
            more(life, &[BETA], accept(application))
        }),
        ("a takeover without the trust", "EFFECT_MISMATCH", || {
            let (life, application) = take_over(Life::one_day(), &["6:1-40"]);
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
    ]);
}

#[test]
fn data_erased_that_something_needs() {
    const CODE: &str = "STILL_NEEDED";
    run(&[
        ("a holder's particulars", CODE, || {
            more(Life::one_day(), OPERATORS, erase("new particulars"))
        }),
        ("the particulars of several", CODE, || {
            more(Life::honest(), OPERATORS, erase("particulars"))
        }),
        ("an individual's particulars", CODE, || {
            more(Life::until("delta-opens"), OPERATORS, erase("an individual's particulars"))
        }),
        ("an individual's identity", CODE, || {
            more(Life::until("delta-opens"), OPERATORS, erase("delta"))
        }),
        ("an account that is to be closed", CODE, || {
            more(Life::until("closing"), OPERATORS, erase("delta"))
        }),
        ("an applicant's particulars", CODE, || {
            more(Life::until("delta-applies"), OPERATORS, erase("an individual's particulars"))
        }),
        ("an applicant's identity", CODE, || {
            more(Life::until("delta-applies"), OPERATORS, erase("delta"))
        }),
        ("what a notification names", CODE, || {
            let mut life = Life::one_day();
            let (body, event) = notify(ALPHA_ACCOUNT, change(None, Some("other particulars")));
            life.push(&[ALPHA], body, event);
            more(life, OPERATORS, erase("other particulars"))
        }),
        ("the details of a trust", CODE, || more(Life::one_day(), OPERATORS, erase("third trust"))),
        ("the details of a trust, amended", CODE, || {
            more(Life::one_day(), OPERATORS, erase("first trust, again"))
        }),
        ("the details of a trust that is applied for", CODE, || {
            more(Life::until("trust-applied"), OPERATORS, erase("first trust"))
        }),
        ("the details of a trust that a transfer states", CODE, || {
            more(Life::until("entrusted-applied"), OPERATORS, erase("second trust"))
        }),
        ("the details of a new trustee's trust", CODE, || {
            let (life, _) = take_over(Life::one_day(), &["6:1-40"]);
            more(life, OPERATORS, erase("new"))
        }),
        ("the details of a trust to be amended", CODE, || {
            let mut life = Life::one_day();
            let (trust, terms) = (life.at("trustee-changed"), trust("amended"));
            let request = jcm_format::command::TrustRequest::Amend { trust, terms };
            let (body, event) = apply_trust(ALPHA_ACCOUNT, request);
            life.push(&[ALPHA], body, event);
            more(life, OPERATORS, erase("amended"))
        }),
    ]);
}

#[test]
fn trusts() {
    run(&[
        ("trust property sold", "UNITS_IN_TRUST", || {
            more(Life::one_day(), &[ALPHA], sale(&["6:60-61"]))
        }),
        ("trust property retired", "UNITS_IN_TRUST", || {
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["6:1-10"], Purpose::Retirement);
            let act = transfer(gratuitous(asked), Fee::Waived, Vec::new());
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("entrusted twice", "UNITS_IN_TRUST", || {
            let act = apply_trust(ALPHA_ACCOUNT, record_trust(&["6:1-5"], "other"));
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("entrusted twice with a transfer", "UNITS_IN_TRUST", || {
            entrust(ALPHA, BETA_ACCOUNT, &["6:41-61"], TransferTrust::Record(trust("other")))
        }),
        ("trust property moved by a correction", "UNITS_IN_TRUST", || {
            let life = Life::one_day();
            let ground = ground(ALPHA_ACCOUNT, life.at("sale"));
            let moves = vec![moved(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-10"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
        ("taken out of a trust that holds them not", "UNITS_NOT_IN_TRUST", || {
            let act = apply_trust(ALPHA_ACCOUNT, delete_trust(&["6:60-61"]));
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("taken out of no trust with a transfer", "UNITS_NOT_IN_TRUST", || {
            entrust(ALPHA, GOVERNMENT, &["6:41-61"], TransferTrust::Delete(digest("deed")))
        }),
        ("the government as trustee", "TRUST_ACCOUNT", || {
            entrust(ALPHA, GOVERNMENT, &["2:41-50"], TransferTrust::Record(trust("other")))
        }),
        ("a trustee of two trusts", "TRUSTS_DIFFER", || {
            entrust(BETA, BETA_ACCOUNT, &["6:31-50"], change_trustee("new", true))
        }),
        ("a dismissed trustee takes units out", "TRUSTEE_DISMISSED", || {
            entrust(ALPHA, GOVERNMENT, &["6:1-10"], TransferTrust::Delete(digest("deed")))
        }),
        ("a dismissed trustee chooses the new one", "TRUSTEE_DISMISSED", || {
            entrust(ALPHA, BETA_ACCOUNT, &["6:1-40"], change_trustee("new", false))
        }),
        ("dismissed before the transfer is recorded", "TRUSTEE_DISMISSED", || {
            let mut life = Life::until("trustee-applied");
            let second = life.at("entrusted");
            let (body, event) = commission(second, "second trust", true);
            life.push(OPERATORS, body, event);
            // Nothing that follows brings the trustee back.
            let (body, event) = commission(second, "second trust", false);
            life.push(OPERATORS, body, event);
            let (body, mut event) = record_transfer(life.at("trustee-applied"));
            event.push(Effect::TrustDeleted { ranges: ranges(&["6:41-60"]) });
            event.push(trust_recorded(ALPHA_ACCOUNT, &["6:41-60"], "third trust"));
            more(life, &[OPERATOR_1], (body, event))
        }),
        ("recorded without the transferee's consent", "ACCEPTANCE_AWAITED", || {
            let mut life = Life::one_day();
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["2:41-50"], Purpose::Other);
            let stated = TransferTrust::Record(trust("other"));
            let act = transfer_trust(asked, stated, line(life.at("statement"), 2));
            let application = life.push(&[ALPHA], act.0, act.1);
            let (body, mut event) = record_transfer(application);
            event.push(trust_recorded(BETA_ACCOUNT, &["2:41-50"], "other"));
            more(life, &[OPERATOR_1], (body, event))
        }),
        ("another's trust amended", "TRUST_UNKNOWN", || {
            let life = Life::one_day();
            let (trust, terms) = (life.at("entrusted"), trust("other"));
            let request = jcm_format::command::TrustRequest::Amend { trust, terms };
            more(life, &[ALPHA], apply_trust(ALPHA_ACCOUNT, request))
        }),
        ("a commission about no trust", "TRUST_UNKNOWN", || {
            let life = Life::one_day();
            let application = life.at("trust-applied");
            more(life, OPERATORS, commission(application, "other", true))
        }),
        ("units of a waiting matter of trust", "UNITS_RESERVED", || {
            more(Life::until("trust-applied"), &[ALPHA], sale(&["6:40-41"]))
        }),
    ]);
}

#[test]
fn choices_and_uses() {
    run(&[
        ("from an account that is not listed", "NOT_ACCEPTED", || {
            let asked = terms(GOVERNMENT, ALPHA_ACCOUNT, &["2:601-610"], Purpose::Other);
            let act = transfer(asked, Fee::NotAnApplication, Vec::new());
            more(Life::one_day(), OPERATORS, act)
        }),
        ("a choice before the rules allow one", "ACCEPTANCE_OFF", || {
            more(Life::honest(), &[BETA], choose(BETA_ACCOUNT, Acceptance::Consent))
        }),
        ("recorded before it is accepted", "ACCEPTANCE_AWAITED", || {
            let life = Life::until("asked");
            let application = life.at("asked");
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("accepted twice", "ACCEPTANCE_NOT_ASKED", || {
            let life = Life::until("accepted");
            let application = life.at("asked");
            more(life, &[BETA], accept(application))
        }),
        ("accepted though nobody asked", "ACCEPTANCE_NOT_ASKED", || {
            let life = Life::until("to-refuse");
            let application = life.at("to-refuse");
            more(life, &[DELTA], accept(application))
        }),
        ("units from 2021 cancelled for a report", "USE_NOT_ELIGIBLE", || {
            let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["2:41-50"], Purpose::Cancellation);
            let act = transfer(for_report(gratuitous(asked)), Fee::Waived, Vec::new());
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("units issued too late for a report", "USE_NOT_ELIGIBLE", || {
            let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["4:51-60"], Purpose::Cancellation);
            let act = transfer(for_report(asked), Fee::NotChargeable, Vec::new());
            more(Life::one_day(), &[ALPHA], act)
        }),
        ("the fee twice for one transfer", "FEE_PAYMENT_NOT_NEEDED", || {
            let life = Life::one_day();
            let asked = terms(ALPHA_ACCOUNT, CANCELLATION_2, &["2:41-50"], Purpose::Cancellation);
            let from = line(life.at("statement"), 2);
            more(life, &[ALPHA], transfer_waiting(gratuitous(asked), from))
        }),
    ]);
}

#[test]
fn corrections() {
    fn correction(moves: &[(u32, u32, &[&str])]) -> (Vec<Frame>, u64) {
        let life = Life::one_day();
        let ground = ground(ALPHA_ACCOUNT, life.at("sale-recorded"));
        let moves = moves.iter().map(|(from, to, units)| moved(*from, *to, units)).collect();
        more(life, OPERATORS, correct(ground, None, moves))
    }
    run(&[
        ("another holder's units without its consent", "THIRD_PARTY_CONSENT_MISSING", || {
            correction(&[(BETA_ACCOUNT, ALPHA_ACCOUNT, &["1:6-10"])])
        }),
        ("out of a sink", "SOURCE_IS_SINK", || {
            correction(&[(CANCELLATION, ALPHA_ACCOUNT, &["1:301-310"])])
        }),
        ("out of a further sink", "SOURCE_IS_SINK", || {
            correction(&[(CANCELLATION_2, ALPHA_ACCOUNT, &["3:1-10"])])
        }),
        ("into a sink", "MOVE_TO_SINK", || {
            correction(&[(ALPHA_ACCOUNT, RETIREMENT, &["2:41-50"])])
        }),
        ("between two others", "MOVE_UNRELATED", || {
            correction(&[(BETA_ACCOUNT, GOVERNMENT, &["1:6-10"])])
        }),
        ("into a closed account", "DESTINATION_UNKNOWN", || {
            correction(&[(ALPHA_ACCOUNT, DELTA_ACCOUNT, &["2:41-50"])])
        }),
        ("to itself", "DESTINATION_IS_SOURCE", || {
            correction(&[(ALPHA_ACCOUNT, ALPHA_ACCOUNT, &["2:41-50"])])
        }),
        ("units not held", "UNITS_NOT_HELD", || {
            correction(&[(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:6-10"])])
        }),
        ("units twice", "RANGES_OVERLAP", || {
            correction(&[
                (ALPHA_ACCOUNT, BETA_ACCOUNT, &["2:41-50"]),
                (BETA_ACCOUNT, ALPHA_ACCOUNT, &["2:41-50"]),
            ])
        }),
        ("units of a waiting application", "UNITS_RESERVED", || {
            let life = Life::honest();
            let ground = ground(ALPHA_ACCOUNT, life.at("sale"));
            let moves = vec![moved(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:951-960"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
        ("of an entry that is not there", "ENTRY_UNKNOWN", || {
            let life = Life::one_day();
            let ground = ground(ALPHA_ACCOUNT, entry(&life));
            let moves = vec![moved(ALPHA_ACCOUNT, BETA_ACCOUNT, &["2:41-50"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
        ("after a consultation of tomorrow", "DATE_IN_FUTURE", || {
            let life = Life::one_day();
            let mut ground = ground(ALPHA_ACCOUNT, life.at("sale"));
            ground.consulted_on = date("2026-04-11");
            let moves = vec![moved(ALPHA_ACCOUNT, BETA_ACCOUNT, &["2:41-50"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
        ("of a closed account", "ACCOUNT_UNKNOWN", || {
            let life = Life::one_day();
            let ground = ground(DELTA_ACCOUNT, life.at("sale"));
            let moves = vec![moved(ALPHA_ACCOUNT, DELTA_ACCOUNT, &["2:41-50"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
        ("of the government's account", "ACCOUNT_UNKNOWN", || {
            let life = Life::one_day();
            let ground = ground(GOVERNMENT, life.at("sale"));
            let moves = vec![moved(GOVERNMENT, BETA_ACCOUNT, &["2:601-610"])];
            more(life, OPERATORS, correct(ground, None, moves))
        }),
    ]);
}

#[test]
fn a_further_government_account_is_a_sink_too() {
    let asked = terms(CANCELLATION_2, ALPHA_ACCOUNT, &["3:1-10"], Purpose::Other);
    let act = transfer(asked, Fee::NotAnApplication, Vec::new());
    let (frames, index) = more(Life::one_day(), OPERATORS, act);
    assert_eq!(first_bad(&verify(frames)), Some((index, "SOURCE_IS_SINK")));
}

#[test]
fn government_accounts_end_below_the_entities() {
    let mut life = Life::one_day();
    for number in 5..=1_000 {
        let (body, event) = government(number, AccountCategory::GovernmentHolding);
        life.push(AUTHORITIES, body, event);
    }
    assert!(verify(life.frames()).ok);
    let act = government(1_001, AccountCategory::GovernmentHolding);
    let (frames, index) = more(life, AUTHORITIES, act);
    assert_eq!(first_bad(&verify(frames)), Some((index, "GOVERNMENT_ACCOUNTS_FULL")));
}

//! Planted frauds. Unless a case says otherwise the cheating operator does
//! everything right that can be done afterwards: the commands are signed, the
//! chain is linked again and every checkpoint is signed with the real log key.

// The cases are tables, and tables are long.
#![allow(clippy::expect_used, clippy::too_many_lines)]

mod common;

use common::who::*;
use common::*;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::codec;
use jcm_format::command::{Basis, Body, KeyWithPossession, Purpose, Role, Side};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::{CreditClass, Effect, Fee};
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::time::Timestamp;
use jcm_format::tlog::Checkpoint;

/// A case: its name, the code to be found, and how the log is spoiled. The
/// last gives the index of the first bad entry.
type Case = (&'static str, &'static str, fn(Life) -> (Vec<Frame>, u64));

fn run(cases: &[Case]) {
    let mut missed = Vec::new();
    for (name, code, spoil) in cases {
        let (frames, index) = spoil(Life::honest());
        let report = verify(frames.clone());
        let found = first_bad(&report);
        if report.ok || found != Some((index, *code)) {
            missed.push(format!("{name}: wanted {index} {code}, found {found:?}\n{report}"));
        }
        assert_eq!(
            jcm_verify::verify_frames(frames, &options(1)),
            report,
            "{name}: depends on the number of threads"
        );
    }
    assert!(missed.is_empty(), "{} cases missed:\n{}", missed.len(), missed.join("\n"));
}

/// Seals a life and names the bad step.
fn sealed(life: &Life, index: EntryIndex) -> (Vec<Frame>, u64) {
    (life.frames(), index.get())
}

/// Spoils the recorded event of a step.
fn event(mut life: Life, step: &str, spoil: impl Fn(&mut Vec<Effect>)) -> (Vec<Frame>, u64) {
    let index = life.at(step);
    let before = life.step(step).event.clone();
    spoil(&mut life.step(step).event);
    assert_ne!(before, life.step(step).event, "the event of {step} was not spoiled");
    sealed(&life, index)
}

/// Appends one more command, with the event that the cheat would have.
fn more(mut life: Life, signers: &[u8], step: (Body, Vec<Effect>)) -> (Vec<Frame>, u64) {
    let index = life.push(signers, step.0, step.1);
    sealed(&life, index)
}

/// Spoils entries and links them again.
fn entries(life: &Life, spoil: impl Fn(&mut Vec<Entry>)) -> Vec<Frame> {
    let mut entries = life.entries();
    spoil(&mut entries);
    relink(&mut entries);
    frames(&entries)
}

fn pair(life: &Life) -> (EntryIndex, EntryIndex) {
    (life.at("japan"), life.at("partner"))
}

#[test]
fn what_is_recorded_is_not_what_was_asked() {
    const CODE: &str = "EFFECT_MISMATCH";
    run(&[
        ("more money than the bank reported", CODE, |life| {
            event(life, "alpha-payment", |event| {
                if let Effect::PaymentRecorded { amount_yen, .. } = &mut event[0] {
                    *amount_yen = Yen::new(1_000_000);
                }
            })
        }),
        ("units minted in the event", CODE, |life| {
            event(life, "issue", |event| {
                if let Effect::BlockIssued { allocations, .. } = &mut event[1] {
                    allocations[0].range = range("1:1-2000");
                }
            })
        }),
        ("a whole block minted", CODE, |life| {
            event(life, "issue", |event| {
                let mut extra = event[2].clone();
                if let Effect::BlockIssued { block, .. } = &mut extra {
                    *block = BlockNumber::new(3).expect("from 1");
                }
                event.push(extra);
            })
        }),
        ("another account credited", CODE, |life| {
            event(life, "issue", |event| {
                if let Effect::BlockIssued { allocations, .. } = &mut event[1] {
                    allocations[0].account = account(BETA_ACCOUNT);
                }
            })
        }),
        ("another vintage", CODE, |life| {
            event(life, "carry-over", |event| {
                if let Effect::BlockIssued { vintage, .. } = &mut event[1] {
                    *vintage = year(2021);
                }
            })
        }),
        ("another class", CODE, |life| {
            event(life, "carry-over", |event| {
                if let Effect::BlockIssued { class, .. } = &mut event[1] {
                    *class = CreditClass::B1;
                }
            })
        }),
        ("block numbers skip", CODE, |life| {
            event(life, "carry-over", |event| {
                if let Effect::BlockIssued { block, allocations, .. } = &mut event[1] {
                    *block = BlockNumber::new(4).expect("from 1");
                    allocations[0].range = range("4:1-400");
                }
            })
        }),
        ("issued on another day", CODE, |life| {
            event(life, "issue", |event| {
                if let Effect::BlockIssued { issued_on, .. } = &mut event[1] {
                    *issued_on = date("2026-04-09");
                }
            })
        }),
        ("first transfer at issuance left out", CODE, |life| {
            event(life, "issue-transferred", |event| drop(event.pop()))
        }),
        ("first transfer at retirement left out", CODE, |life| {
            event(life, "retire", |event| drop(event.remove(2)))
        }),
        ("the adjustment left out", CODE, |life| event(life, "retire", |event| drop(event.pop()))),
        ("the adjustment with another amount", CODE, |life| {
            event(life, "retire", |event| {
                if let Some(Effect::AdjustmentBooked { quantity_tonnes, .. }) = event.last_mut() {
                    *quantity_tonnes = Tonnes::new(99);
                }
            })
        }),
        ("the adjustment with another country", CODE, |life| {
            event(life, "retire", |event| {
                if let Some(Effect::AdjustmentBooked { partner, .. }) = event.last_mut() {
                    *partner = project("MN001").country();
                }
            })
        }),
        ("the adjustment with another vintage", CODE, |life| {
            event(life, "retire", |event| {
                if let Some(Effect::AdjustmentBooked { vintage, .. }) = event.last_mut() {
                    *vintage = year(2023);
                }
            })
        }),
        ("the adjustment booked twice", CODE, |life| {
            event(life, "retire", |event| event.extend(event.last().cloned()))
        }),
        ("two adjustments made one", CODE, |life| {
            event(life, "retire-transferred", |event| {
                event.pop();
                if let Some(Effect::AdjustmentBooked { quantity_tonnes, .. }) = event.last_mut() {
                    *quantity_tonnes = Tonnes::new(100);
                }
            })
        }),
        ("the fee lowered", CODE, |life| {
            event(life, "sale", |event| {
                if let Effect::TransferApplied { fee, .. } = &mut event[0] {
                    *fee = Fee::Due(Yen::new(100));
                }
            })
        }),
        ("the fee waived without a declaration", CODE, |life| {
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:401-410"], Purpose::Retirement);
            let made =
                vec![first_transferred("1:401-410", pair(&life)), adjusted(2022, 10, pair(&life))];
            more(life, &[ALPHA], transfer(asked, Fee::Waived, made))
        }),
        ("no fee, as if class B2 were class C", CODE, |life| {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["3:1-10"], Purpose::Other);
            more(life, &[ALPHA], transfer(asked, Fee::NotChargeable, Vec::new()))
        }),
        ("a transfer recorded without a payment", CODE, |life| {
            event(life, "waiting", |event| {
                event.push(Effect::TransferRecorded { application: None })
            })
        }),
        ("the terms changed", CODE, |life| {
            event(life, "class-c", |event| {
                if let Effect::TransferApplied { terms, .. } = &mut event[0] {
                    terms.destination = account(ALPHA_ACCOUNT + 1_000);
                }
            })
        }),
        ("another account number", CODE, |life| {
            event(life, "beta-opens", |event| {
                if let Effect::AccountOpened { account, .. } = &mut event[0] {
                    *account = AccountNumber::new(1_003).expect("a number");
                }
            })
        }),
        ("another key for the account", CODE, |life| {
            event(life, "alpha-opens", |event| {
                if let Effect::KeyRegistered { key, .. } = &mut event[1] {
                    *key = public(STRANGER);
                }
            })
        }),
        ("another role for the key", CODE, |life| {
            event(life, "partner-key", |event| {
                if let Effect::KeyRegistered { role, .. } = &mut event[0] {
                    *role = operator("op-9");
                }
            })
        }),
        ("a key slipped in", CODE, |life| {
            event(life, "beta-opens", |event| {
                let role = Role::Account(account(ALPHA_ACCOUNT));
                event.push(Effect::KeyRegistered { key: public(STRANGER), role });
            })
        }),
        ("a revocation left out", CODE, |life| event(life, "remove", |event| drop(event.pop()))),
        ("nothing at all", CODE, |life| event(life, "sale-recorded", Vec::clear)),
        ("another fee schedule", CODE, |life| {
            event(life, "genesis", |event| {
                if let Effect::RuleSetAdopted { rule_set } = &mut event[1] {
                    rule_set.transfer_fee_yen = Yen::new(1);
                }
            })
        }),
    ]);
}

#[test]
fn signatures_and_roles() {
    run(&[
        ("the payload changed after signing", "SIGNATURE_INVALID", |life| {
            let index = life.at("alpha-payment");
            let (body, _) = payment("bank-alpha-2", 1_000_000, Some(ALPHA_ACCOUNT));
            let mut command = life.steps[index.get() as usize].command.clone();
            command.body = body;
            let payload = command.to_payload();
            let spoiled = entries(&life, |entries| {
                entries[index.get() as usize].command.payload.clone_from(&payload);
            });
            (spoiled, index.get())
        }),
        ("a stranger signs in an operator's name", "SIGNATURE_INVALID", |life| {
            let index = life.at("sale-recorded").get();
            let spoiled = entries(&life, |entries| {
                let command = &mut entries[index as usize].command;
                let forged = secret(STRANGER).sign(&command.signed_bytes());
                command.signatures[0].signature = forged;
            });
            (spoiled, index)
        }),
        ("one of two signatures forged", "SIGNATURE_INVALID", |life| {
            let index = life.at("issue").get();
            let spoiled = entries(&life, |entries| {
                entries[index as usize].command.signatures[1].signature = no_signature();
            });
            (spoiled, index)
        }),
        ("a key signs twice", "SIGNER_REPEATED", |mut life| {
            let index = life.at("issue");
            life.step("issue").signers = vec![OPERATOR_1, OPERATOR_1];
            sealed(&life, index)
        }),
        ("nobody signs", "SIGNATURE_COUNT", |mut life| {
            let index = life.at("issue");
            life.step("issue").signers.clear();
            sealed(&life, index)
        }),
        ("a weak key signs", "KEY_UNSUITABLE", |life| {
            let index = life.at("sale-recorded").get();
            let spoiled = entries(&life, |entries| {
                entries[index as usize].command.signatures[0].key = weak_key();
            });
            (spoiled, index)
        }),
        ("a revoked key signs", "KEY_REVOKED", |life| {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            more(life, &[ALPHA_REVOKED], apply_transfer(asked))
        }),
        ("a removed operator signs", "KEY_REVOKED", |life| {
            more(life, &[OPERATOR_REMOVED], register_project("VN007"))
        }),
        ("an unknown key signs", "KEY_UNKNOWN", |life| {
            more(life, &[STRANGER], register_project("VN007"))
        }),
        ("an applicant acts before the account is open", "KEY_UNKNOWN", |life| {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            more(life, &[GAMMA], apply_transfer(asked))
        }),
        ("an operator authorises for Japan", "ROLE_NOT_PERMITTED", |life| {
            more(life, OPERATORS, authorise("JP-A2", Side::Japan, 5_000, &["VN006"]))
        }),
        ("Japan authorises for the partner", "ROLE_NOT_PERMITTED", |life| {
            more(life, AUTHORITIES, authorise("VN-A2", Side::Partner, 5_000, &["VN006"]))
        }),
        ("an operator consents for the partner", "ROLE_NOT_PERMITTED", |life| {
            let decided = decision(("2025-01-01", "2025-12-31"), 100);
            more(life, &[OPERATOR_1], consent("VN001", &decided))
        }),
        ("an operator moves a holder's units", "ROLE_NOT_PERMITTED", |life| {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            more(life, OPERATORS, apply_transfer(asked))
        }),
        ("a holder moves another's units", "ROLE_NOT_PERMITTED", |life| {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            more(life, &[BETA], apply_transfer(asked))
        }),
        ("one of two signers has no role", "ROLE_NOT_PERMITTED", |mut life| {
            let index = life.at("issue");
            life.step("issue").signers = vec![OPERATOR_1, OPERATOR_2, ALPHA];
            sealed(&life, index)
        }),
        ("a holder gives itself a key for another account", "ROLE_NOT_PERMITTED", |life| {
            let role = Role::Account(account(ALPHA_ACCOUNT));
            more(life, &[BETA], register_key(STRANGER, &role))
        }),
        ("operators appoint an operator", "ROLE_NOT_PERMITTED", |life| {
            more(life, OPERATORS, appoint("op-4", STRANGER))
        }),
        ("one operator alone", "SECOND_SIGNATURE_MISSING", |mut life| {
            let index = life.at("issue");
            life.step("issue").signers = vec![OPERATOR_1];
            sealed(&life, index)
        }),
        ("one person with two keys", "SECOND_SIGNATURE_MISSING", |mut life| {
            let index = life.at("issue");
            life.step("issue").signers = vec![OPERATOR_1, OPERATOR_1_AGAIN];
            sealed(&life, index)
        }),
        ("one operator moves the government's units", "SECOND_SIGNATURE_MISSING", |mut life| {
            let index = life.at("government");
            life.step("government").signers = vec![OPERATOR_2];
            sealed(&life, index)
        }),
        ("one authority alone", "SECOND_SIGNATURE_MISSING", |life| {
            more(life, &[AUTHORITY_1], appoint("op-4", STRANGER))
        }),
        ("genesis without one of its authorities", "ROLE_NOT_PERMITTED", |mut life| {
            life.step("genesis").signers = vec![AUTHORITY_1];
            sealed(&life, EntryIndex::GENESIS)
        }),
    ]);
}

#[test]
fn commands_that_had_no_business_here() {
    run(&[
        ("a command id used again", "COMMAND_ID_REUSED", |mut life| {
            let id = life.step("remove").command.id;
            let (body, event) = register_project("VN007");
            let index = life.push(&[OPERATOR_1], body, event);
            life.last().command.id = id;
            sealed(&life, index)
        }),
        ("a command recorded twice", "COMMAND_REPEATED", |mut life| {
            let again = life.step("remove").clone();
            let index = EntryIndex::new(life.steps.len() as u64);
            life.steps.push(Step { time_ms: BEGINNING_MS + index.get() * 60_000, ..again });
            sealed(&life, index)
        }),
        ("a command recorded again after its time", "COMMAND_EXPIRED", |mut life| {
            let again = life.step("class-c").clone();
            let index = EntryIndex::new(life.steps.len() as u64);
            life.steps.push(Step { time_ms: BEGINNING_MS + index.get() * 60_000, ..again });
            sealed(&life, index)
        }),
        ("a command for another registry", "WRONG_REGISTRY", |mut life| {
            let index = life.at("sale");
            life.step("sale").command.registry =
                "registry.example/jcm/test".parse().expect("an origin");
            sealed(&life, index)
        }),
        ("an expired command", "COMMAND_EXPIRED", |mut life| {
            let index = life.at("sale");
            let step = life.step("sale");
            step.command.valid_until = Timestamp::from_ms(step.time_ms - 1).expect("in range");
            sealed(&life, index)
        }),
        ("a command that stays valid too long", "VALIDITY_TOO_LONG", |mut life| {
            let index = life.at("sale");
            let step = life.step("sale");
            let until = Timestamp::from_ms(step.time_ms + 86_400_001);
            step.command.valid_until = until.expect("in range");
            sealed(&life, index)
        }),
        ("a second genesis", "REGISTRY_EXISTS", |mut life| {
            let again = life.steps[0].clone();
            let index = life.push(AUTHORITIES, again.command.body, again.event);
            sealed(&life, index)
        }),
        ("a second genesis by one of its keys", "REGISTRY_EXISTS", |mut life| {
            let again = life.steps[0].clone();
            let index = life.push(&[AUTHORITY_1], again.command.body, again.event);
            sealed(&life, index)
        }),
        ("no genesis", "REGISTRY_MISSING", |mut life| {
            life.steps.remove(0);
            sealed(&life, EntryIndex::GENESIS)
        }),
        ("the log key is an authority's", "KEY_UNSUITABLE", |mut life| {
            if let Body::Genesis(genesis) = &mut life.step("genesis").command.body {
                genesis.log_key = public(AUTHORITY_1);
            }
            sealed(&life, EntryIndex::GENESIS)
        }),
        ("another effect than the signers approved", "EFFECT_CHANGED", |mut life| {
            let index = life.at("retire");
            life.step("retire").command.effect_digest = Some(digest("another effect"));
            sealed(&life, index)
        }),
        ("a payload that is not canonical", "PAYLOAD_NOT_CANONICAL", |life| {
            let index = life.at("sale").get();
            let mut payload = life.steps[index as usize].command.to_payload();
            // Field 1000, a number that no reader would show.
            payload.extend([0xc0, 0x3e, 0x01]);
            let spoiled = entries(&life, |entries| {
                entries[index as usize].command = signed(&payload, &[ALPHA])
            });
            (spoiled, index)
        }),
        ("a payload that is no command", "PAYLOAD_MALFORMED", |life| {
            let index = life.at("sale").get();
            let spoiled = entries(&life, |entries| {
                entries[index as usize].command = signed(b"\xff\xff\xff", &[ALPHA]);
            });
            (spoiled, index)
        }),
        ("another rule set than the one in force", "RULE_SET_VERSION", |mut life| {
            let index = life.at("sale");
            life.step("sale").rule_set = 2;
            sealed(&life, index)
        }),
    ]);
}

/// A point of order 1: every signature under it could be made by anybody.
fn weak_key() -> PublicKey {
    let mut bytes = [0; PublicKey::LEN];
    bytes[0] = 1;
    PublicKey::from_bytes(bytes)
}

#[test]
fn keys_and_accounts() {
    run(&[
        ("a weak key registered", "KEY_UNSUITABLE", |life| {
            let (key, role) = (weak_key(), operator("op-1"));
            let body = Body::RegisterKey {
                role: role.clone(),
                key: KeyWithPossession { key, possession: no_signature() },
            };
            more(life, AUTHORITIES, (body, vec![Effect::KeyRegistered { key, role }]))
        }),
        ("a key that nobody proved to hold", "POSSESSION_NOT_PROVED", |life| {
            let (key, role) = (public(STRANGER), operator("op-1"));
            let body = Body::RegisterKey {
                role: role.clone(),
                key: KeyWithPossession { key, possession: no_signature() },
            };
            more(life, AUTHORITIES, (body, vec![Effect::KeyRegistered { key, role }]))
        }),
        ("possession proved for another role", "POSSESSION_NOT_PROVED", |life| {
            let (key, role) = (possession(STRANGER, &operator("op-2")), operator("op-1"));
            let effect = Effect::KeyRegistered { key: key.key, role: role.clone() };
            more(life, AUTHORITIES, (Body::RegisterKey { role, key }, vec![effect]))
        }),
        ("the log key made an operator's", "KEY_ALREADY_REGISTERED", |life| {
            more(life, AUTHORITIES, register_key(LOG, &operator("op-1")))
        }),
        ("a revoked key registered again", "KEY_ALREADY_REGISTERED", |life| {
            let role = Role::Account(account(ALPHA_ACCOUNT));
            more(life, &[ALPHA], register_key(ALPHA_REVOKED, &role))
        }),
        ("an applicant's key made an operator's", "KEY_ALREADY_REGISTERED", |life| {
            more(life, AUTHORITIES, register_key(GAMMA, &operator("op-1")))
        }),
        ("a key for an operator who was removed", "OPERATOR_UNKNOWN", |life| {
            more(life, AUTHORITIES, register_key(STRANGER, &operator("op-3")))
        }),
        ("an operator appointed twice", "OPERATOR_EXISTS", |life| {
            more(life, AUTHORITIES, appoint("op-2", STRANGER))
        }),
        ("a key revoked twice", "KEY_NOT_REGISTERED", |life| {
            more(life, AUTHORITIES, revoke_key(ALPHA_REVOKED))
        }),
        ("the ministers lock themselves out", "LAST_AUTHORITY_KEYS", |life| {
            more(life, AUTHORITIES, revoke_key(AUTHORITY_2))
        }),
        ("a second account for a person", "ACCOUNT_EXISTS_FOR_PERSON", |life| {
            let person = corporation("7000012050002");
            more(life, &[STRANGER], apply_account(&person, STRANGER))
        }),
        ("a second application by a person", "ACCOUNT_EXISTS_FOR_PERSON", |life| {
            let person = corporation("8700110005901");
            more(life, &[STRANGER], apply_account(&person, STRANGER))
        }),
        ("an account opened twice", "APPLICATION_CLOSED", |life| {
            let application = life.at("alpha-applies");
            more(life, &[OPERATOR_1], open_account(application, 1_003, ALPHA))
        }),
        ("an account opened without its fee", "FEE_UNPAID", |life| {
            let application = life.at("gamma-applies");
            more(life, &[OPERATOR_1], open_account(application, 1_003, GAMMA))
        }),
        ("an account opened on a transfer", "APPLICATION_UNKNOWN", |life| {
            let application = life.at("waiting");
            more(life, &[OPERATOR_1], open_account(application, 1_003, GAMMA))
        }),
    ]);
}

#[test]
fn fees() {
    run(&[
        ("recorded without the fee", "FEE_UNPAID", |life| {
            let application = life.at("waiting");
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("recorded with part of the fee", "FEE_UNPAID", |mut life| {
            let (application, purse) = (life.at("waiting"), life.at("alpha-payment"));
            let (body, event) = pay(purse, application, 2_499);
            life.push(&[OPERATOR_1], body, event);
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("a payment spent twice", "PAYMENT_SPENT", |life| {
            let (application, purse) = (life.at("gamma-applies"), life.at("alpha-first-payment"));
            more(life, &[OPERATOR_1], pay(purse, application, 14_400))
        }),
        ("a payment drawn on beyond its end", "PAYMENT_SPENT", |mut life| {
            let purse = life.at("alpha-payment");
            // 10,000 - 2,500 - 2,500 - 1,200 = 3,800 are left: enough for one.
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            let (body, event) = transfer_paid(asked, purse);
            life.push(&[ALPHA], body, event);
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:411-420"], Purpose::Other);
            more(life, &[ALPHA], transfer_paid(asked, purse))
        }),
        ("the fee from another's payment", "PAYMENT_OF_ANOTHER", |life| {
            let purse = life.at("beta-payment");
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            more(life, &[ALPHA], transfer_paid(asked, purse))
        }),
        ("another's payment applied", "PAYMENT_OF_ANOTHER", |life| {
            let (application, purse) = (life.at("gamma-applies"), life.at("alpha-payment"));
            more(life, &[OPERATOR_1], pay(purse, application, 1_000))
        }),
        ("a payment that does not exist", "PAYMENT_UNKNOWN", |life| {
            let (application, none) = (life.at("gamma-applies"), life.at("sale"));
            more(life, &[OPERATOR_1], pay(none, application, 1_000))
        }),
        ("more than the fee taken", "FEE_EXCEEDED", |life| {
            let (application, purse) = (life.at("waiting"), life.at("alpha-payment"));
            more(life, &[OPERATOR_1], pay(purse, application, 2_501))
        }),
        ("a payment recorded twice", "PAYMENT_RECORDED_BEFORE", |life| {
            more(life, &[OPERATOR_1], payment("bank-alpha-2", 10_000, Some(ALPHA_ACCOUNT)))
        }),
        ("a payment of tomorrow", "VALUE_DATE_IN_FUTURE", |life| {
            let (mut body, mut event) = payment("bank-9", 10_000, None);
            if let (Body::RecordPayment(payment), Effect::PaymentRecorded { value_date, .. }) =
                (&mut body, &mut event[0])
            {
                payment.value_date = date("2026-04-11");
                *value_date = date("2026-04-11");
            }
            more(life, &[OPERATOR_1], (body, event))
        }),
        ("free of charge towards a holder", "GRATUITOUS_NOT_APPLICABLE", |life| {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Other);
            more(life, &[ALPHA], transfer(gratuitous(asked), Fee::Waived, Vec::new()))
        }),
        ("a fee drawn where none is due", "FEE_PAYMENT_NOT_NEEDED", |life| {
            let purse = life.at("alpha-payment");
            let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["1:401-410"], Purpose::Cancellation);
            more(life, &[ALPHA], transfer_paid(gratuitous(asked), purse))
        }),
        ("a certificate without its fee", "FEE_UNPAID", |mut life| {
            let account = account(BETA_ACCOUNT);
            let fee = Fee::Due(Yen::new(1_200));
            let body = Body::RequestCertificate { account, fee_payment: None };
            let event = vec![Effect::CertificateRequested { account, fee }];
            let application = life.push(&[BETA], body, event);
            let event = vec![Effect::CertificateIssued { application: Some(application) }];
            more(life, &[OPERATOR_1], (Body::IssueCertificate { application }, event))
        }),
    ]);
}

/// Appends a retirement of alpha's for which no fee is due.
fn retire(life: Life, units: &str, vintage: u16) -> (Vec<Frame>, u64) {
    let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &[units], Purpose::Retirement);
    let tonnes = range(units).quantity().get();
    let made = vec![first_transferred(units, pair(&life)), adjusted(vintage, tonnes, pair(&life))];
    more(life, &[ALPHA], transfer(gratuitous(asked), Fee::Waived, made))
}

/// Appends a transfer that waits for its fee.
fn apply(
    life: Life,
    by: &[u8],
    from: u32,
    to: u32,
    units: &[&str],
    purpose: Purpose,
) -> (Vec<Frame>, u64) {
    more(life, by, apply_transfer(terms(from, to, units, purpose)))
}

#[test]
fn transfers() {
    const OTHER: Purpose = Purpose::Other;
    run(&[
        ("units not held", "UNITS_NOT_HELD", |life| {
            apply(life, &[BETA], BETA_ACCOUNT, ALPHA_ACCOUNT, &["1:401-410"], OTHER)
        }),
        ("one unit of many not held", "UNITS_NOT_HELD", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:200-250"], OTHER)
        }),
        ("units sold twice", "UNITS_NOT_HELD", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:1-100"], OTHER)
        }),
        ("cancelled twice", "UNITS_NOT_HELD", |life| {
            let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["1:301-400"], Purpose::Cancellation);
            more(life, &[ALPHA], transfer(gratuitous(asked), Fee::Waived, Vec::new()))
        }),
        ("retired twice", "UNITS_NOT_HELD", |life| retire(life, "1:101-200", 2022)),
        ("units never issued", "UNITS_UNKNOWN", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:901-1001"], OTHER)
        }),
        ("a block never issued", "UNITS_UNKNOWN", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["8:1-1"], OTHER)
        }),
        ("units reserved by another application", "UNITS_RESERVED", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:941-951"], OTHER)
        }),
        ("out of the retirement account", "SOURCE_IS_SINK", |life| {
            let asked = terms(RETIREMENT, ALPHA_ACCOUNT, &["1:101-200"], OTHER);
            more(life, OPERATORS, transfer(asked, Fee::NotAnApplication, Vec::new()))
        }),
        ("out of the cancellation account", "SOURCE_IS_SINK", |life| {
            let asked = terms(CANCELLATION, GOVERNMENT, &["1:301-400"], OTHER);
            more(life, OPERATORS, transfer(asked, Fee::NotAnApplication, Vec::new()))
        }),
        ("to oneself", "DESTINATION_IS_SOURCE", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, ALPHA_ACCOUNT, &["1:401-410"], OTHER)
        }),
        ("to nowhere", "DESTINATION_UNKNOWN", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, 1_003, &["1:401-410"], OTHER)
        }),
        ("retirement to a holder", "PURPOSE_DESTINATION_MISMATCH", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-410"], Purpose::Retirement)
        }),
        ("retirement to the cancellation account", "PURPOSE_DESTINATION_MISMATCH", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, CANCELLATION, &["1:401-410"], Purpose::Retirement)
        }),
        (
            "into the retirement account as if it were none",
            "PURPOSE_DESTINATION_MISMATCH",
            |life| apply(life, &[ALPHA], ALPHA_ACCOUNT, RETIREMENT, &["3:1-10"], OTHER),
        ),
        ("class C mixed with others", "CLASSES_MIXED", |life| {
            apply(life, &[ALPHA], ALPHA_ACCOUNT, BETA_ACCOUNT, &["3:1-10", "4:51-60"], OTHER)
        }),
        ("retirement of a vintage before 2021", "RETIREMENT_BEFORE_2021", |life| {
            retire(life, "3:1-10", 2020)
        }),
        ("retirement without Japan's authorisation", "AUTHORISATION_OF_JAPAN_MISSING", |life| {
            retire(life, "7:1-10", 2022)
        }),
        ("retirement without the partner's", "AUTHORISATION_OF_PARTNER_MISSING", |life| {
            retire(life, "6:1-10", 2022)
        }),
        // 1,000 authorised; 600 + 100 + 100 taken; 200 left.
        ("retirement above what is authorised", "AUTHORISATION_EXHAUSTED", |life| {
            retire(life, "1:401-601", 2022)
        }),
        ("a withdrawn transfer recorded", "APPLICATION_CLOSED", |life| {
            let application = life.at("withdrawn");
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("a transfer recorded twice", "APPLICATION_CLOSED", |life| {
            let application = life.at("sale");
            more(life, &[OPERATOR_1], record_transfer(application))
        }),
        ("a withdrawal by somebody else", "ROLE_NOT_PERMITTED", |life| {
            let application = life.at("waiting");
            let body = Body::WithdrawApplication { application, reason: text("theirs") };
            more(life, &[BETA], (body, vec![Effect::ApplicationWithdrawn { application }]))
        }),
    ]);
}

/// Appends a consent and an issuance on it that `spoil` changed.
fn issuance(mut life: Life, parts: &[(u32, u64)], spoil: impl Fn(&mut Body)) -> (Vec<Frame>, u64) {
    let decided = decision(("2025-01-01", "2025-12-31"), 100);
    let (body, event) = consent("VN001", &decided);
    let consented = life.push(&[PARTNER], body, event);
    let vintages: [Vintage<'_>; 1] = [(2025, 8, CreditClass::A, parts)];
    let (mut body, event) = issue("VN001", &decided, Basis::Consent(consented), &vintages);
    spoil(&mut body);
    more(life, OPERATORS, (body, event))
}

/// Appends an issuance of alpha's that is first transferred at once.
fn first_transfer(mut life: Life, reference: &str, tonnes: u64) -> (Vec<Frame>, u64) {
    let decided = decision(("2025-01-01", "2025-12-31"), tonnes);
    let (body, event) = consent(reference, &decided);
    let consented = life.push(&[PARTNER], body, event);
    let parts: &[(u32, u64)] = &[(ALPHA_ACCOUNT, tonnes)];
    let vintages: [Vintage<'_>; 1] = [(2025, 8, CreditClass::A, parts)];
    let (mut body, mut event) = issue(reference, &decided, Basis::Consent(consented), &vintages);
    if let Body::RecordIssuance(issuance) = &mut body {
        issuance.authorisations = Some((name("JP-A1"), name("VN-A1")));
    }
    event.push(first_transferred(&format!("8:1-{tonnes}"), pair(&life)));
    more(life, OPERATORS, (body, event))
}

#[test]
fn issuances() {
    run(&[
        ("issued above the amount notified", "NOTIFIED_EXCEEDED", |life| {
            issuance(life, &[(ALPHA_ACCOUNT, 101)], |_| {})
        }),
        ("a vintage left out", "VINTAGE_SPLIT", |mut life| {
            let decided = decision(("2024-07-01", "2025-12-31"), 100);
            let (body, event) = consent("VN001", &decided);
            let consented = life.push(&[PARTNER], body, event);
            let vintages: [Vintage<'_>; 1] = [(2025, 8, CreditClass::A, &[(ALPHA_ACCOUNT, 100)])];
            let step = issue("VN001", &decided, Basis::Consent(consented), &vintages);
            more(life, OPERATORS, step)
        }),
        ("allocations that do not add up", "ALLOCATION_SUM", |life| {
            issuance(life, &[(ALPHA_ACCOUNT, 100)], |body| {
                if let Body::RecordIssuance(issuance) = body {
                    issuance.vintages[0].allocations[0].quantity_tonnes = Tonnes::new(99);
                }
            })
        }),
        ("issued into the retirement account", "ALLOCATION_TO_SINK", |life| {
            issuance(life, &[(RETIREMENT, 100)], |_| {})
        }),
        ("issued to nobody", "ACCOUNT_UNKNOWN", |life| issuance(life, &[(1_003, 100)], |_| {})),
        ("issued twice for a period", "ISSUED_BEFORE", |life| {
            let (decided, consented) =
                (decision(("2022-01-01", "2023-12-31"), 1_800), life.at("consent"));
            let vintages: [Vintage<'_>; 2] = [
                (2022, 8, CreditClass::A, &[(ALPHA_ACCOUNT, 1_000)]),
                (2023, 9, CreditClass::A, &[(ALPHA_ACCOUNT, 800)]),
            ];
            let step = issue("VN001", &decided, Basis::Consent(consented), &vintages);
            more(life, OPERATORS, step)
        }),
        ("no consent", "CONSENT_UNKNOWN", |life| {
            let decided = decision(("2025-01-01", "2025-12-31"), 100);
            let vintages: [Vintage<'_>; 1] = [(2025, 8, CreditClass::A, &[(ALPHA_ACCOUNT, 100)])];
            let basis = Basis::Consent(life.at("sale"));
            more(life, OPERATORS, issue("VN001", &decided, basis, &vintages))
        }),
        ("consent to another decision", "CONSENT_DIFFERS", |life| {
            issuance(life, &[(ALPHA_ACCOUNT, 100)], |body| {
                if let Body::RecordIssuance(issuance) = body {
                    issuance.decision.notified_japan_tonnes = Tonnes::new(150);
                }
            })
        }),
        ("consent twice", "CONSENT_EXISTS", |life| {
            let decided = decision(("2023-12-31", "2024-06-30"), 100);
            more(life, &[PARTNER], consent("VN001", &decided))
        }),
        ("a decision of tomorrow", "DATE_IN_FUTURE", |life| {
            let mut decided = decision(("2025-01-01", "2025-12-31"), 100);
            decided.date = date("2026-04-11");
            more(life, &[PARTNER], consent("VN001", &decided))
        }),
        ("a decision before the period's end", "DECISION_BEFORE_PERIOD_END", |life| {
            let mut decided = decision(("2025-01-01", "2025-12-31"), 100);
            decided.date = date("2025-12-30");
            more(life, &[PARTNER], consent("VN001", &decided))
        }),
        ("a project that is not registered", "PROJECT_UNKNOWN", |life| {
            let decided = decision(("2025-01-01", "2025-12-31"), 100);
            more(life, &[PARTNER], consent("VN999", &decided))
        }),
        ("a project registered twice", "PROJECT_EXISTS", |life| {
            more(life, &[OPERATOR_1], register_project("VN001"))
        }),
        ("an authorisation recorded twice", "AUTHORISATION_EXISTS", |life| {
            more(life, AUTHORITIES, authorise("JP-A1", Side::Japan, 9_000, &["VN001"]))
        }),
        (
            "first transferred where the partner has not authorised",
            "AUTHORISATION_DOES_NOT_COVER",
            |life| first_transfer(life, "VN005", 100),
        ),
        ("first transferred above what is authorised", "AUTHORISATION_EXHAUSTED", |life| {
            first_transfer(life, "VN001", 201)
        }),
        ("carried over by operators", "ROLE_NOT_PERMITTED", |mut life| {
            let index = life.at("carry-over");
            life.step("carry-over").signers = OPERATORS.to_vec();
            sealed(&life, index)
        }),
        ("first transferred under another's authorisation", "AUTHORISATION_UNKNOWN", |life| {
            issuance(life, &[(ALPHA_ACCOUNT, 100)], |body| {
                if let Body::RecordIssuance(issuance) = body {
                    issuance.authorisations = Some((name("VN-A1"), name("JP-A1")));
                }
            })
        }),
    ]);
}

#[test]
fn history_rewritten() {
    run(&[
        ("an entry dropped", "ENTRY_INDEX", |life| {
            let mut entries = life.entries();
            let index = life.at("sale-pays").get();
            entries.remove(index as usize);
            (frames(&entries), index)
        }),
        ("an entry dropped and the rest linked again", "FEE_UNPAID", |life| {
            let index = life.at("alpha-pays").get();
            let spoiled = entries(&life, |entries| drop(entries.remove(index as usize)));
            (spoiled, index)
        }),
        ("a whole frame dropped", "FRAME_POSITION", |life| {
            let mut frames = life.frames();
            let index = frames[5].first;
            frames.remove(5);
            (frames, index)
        }),
        ("two entries exchanged", "ENTRY_INDEX", |life| {
            let mut entries = life.entries();
            entries.swap(20, 21);
            (frames(&entries), 20)
        }),
        ("two entries exchanged and linked again", "FEE_UNPAID", |life| {
            let index = life.at("alpha-pays").get();
            let spoiled = entries(&life, |entries| {
                let (a, b) = (index as usize, index as usize + 1);
                entries.swap(a, b);
                let time = entries[a].time;
                entries[a].time = entries[b].time;
                entries[b].time = time;
            });
            (spoiled, index)
        }),
        ("an entry duplicated", "COMMAND_REPEATED", |life| {
            let index = life.at("class-c").get();
            let spoiled = entries(&life, |entries| {
                let again = entries[index as usize].clone();
                entries.insert(index as usize + 1, again);
            });
            (spoiled, index + 1)
        }),
        ("an entry linked to another past", "CHAIN_BROKEN", |life| {
            let mut entries = life.entries();
            entries[20].prev = digest("another past");
            (frames(&entries), 20)
        }),
        ("an entry changed and nothing linked again", "EFFECT_MISMATCH", |life| {
            let mut entries = life.entries();
            let index = life.at("retire").get();
            entries[index as usize].event.0.pop();
            (frames(&entries), index)
        }),
        ("a harmless change and nothing linked again", "CHAIN_BROKEN", |life| {
            let mut entries = life.entries();
            entries[20].time = Timestamp::from_ms(entries[20].time.as_ms() + 1).expect("in range");
            (frames(&entries), 21)
        }),
        ("time goes back", "TIME_REVERSED", |mut life| {
            let index = life.at("sale");
            let step = life.step("sale");
            step.time_ms -= 60_001;
            step.command.valid_until = Timestamp::from_ms(step.time_ms).expect("in range");
            sealed(&life, index)
        }),
        ("a byte appended to an entry", "ENTRY_MALFORMED", |life| {
            let mut bytes = sealed_bytes(&life);
            bytes[20].push(0);
            (frames_of(&bytes, 4), 20)
        }),
        ("a number spelled long", "ENTRY_MALFORMED", |life| {
            let mut bytes = sealed_bytes(&life);
            // version 1, then the index: 20 as a number of 16 bits.
            bytes[20].splice(1..2, [0xfb, 20, 0]);
            (frames_of(&bytes, 4), 20)
        }),
        ("a future format", "ENTRY_MALFORMED", |life| {
            let mut bytes = sealed_bytes(&life);
            bytes[20][0] = 2;
            (frames_of(&bytes, 4), 20)
        }),
    ]);
}

fn sealed_bytes(life: &Life) -> Vec<Vec<u8>> {
    let seal = |entry| SealedEntry::seal(entry).expect("short").bytes().to_vec();
    let bytes: Vec<Vec<u8>> = life.entries().into_iter().map(seal).collect();
    assert!(bytes.iter().all(|bytes| codec::decode::<Entry>(bytes).is_ok()));
    bytes
}

/// Signs another checkpoint over frame 6, with this key.
fn checkpoint(life: &Life, seed: u8, spoil: impl Fn(&mut Checkpoint)) -> (Vec<Frame>, u64) {
    let mut frames = life.frames();
    let text = frames[6].checkpoint.split("\n\n").next().map(|text| format!("{text}\n"));
    let mut checkpoint = Checkpoint::parse(&text.expect("a note")).expect("a checkpoint");
    spoil(&mut checkpoint);
    frames[6].checkpoint = checkpoint.sign(&secret(seed));
    let last = frames[6].end() - 1;
    (frames, last)
}

#[test]
fn checkpoints() {
    run(&[
        ("a checkpoint over another tree", "CHECKPOINT_ROOT", |life| {
            checkpoint(&life, LOG, |checkpoint| checkpoint.root = digest("another tree"))
        }),
        ("a checkpoint of another size", "CHECKPOINT_SIZE", |life| {
            checkpoint(&life, LOG, |checkpoint| checkpoint.size += 1)
        }),
        ("a checkpoint signed by another key", "CHECKPOINT_SIGNATURE", |life| {
            checkpoint(&life, OTHER_LOG, |_| {})
        }),
        ("a checkpoint of another log", "CHECKPOINT_ORIGIN", |life| {
            checkpoint(&life, LOG, |checkpoint| {
                checkpoint.origin = "registry.example/jcm/test".parse().expect("an origin");
            })
        }),
        ("a checkpoint that was not signed", "CHECKPOINT_MALFORMED", |life| {
            let mut frames = life.frames();
            frames[6].checkpoint = "signed by nobody\n".to_owned();
            let last = frames[6].end() - 1;
            (frames, last)
        }),
        ("a checkpoint repeated from the frame before", "CHECKPOINT_SIZE", |life| {
            let mut frames = life.frames();
            frames[6].checkpoint = frames[5].checkpoint.clone();
            let last = frames[6].end() - 1;
            (frames, last)
        }),
        ("a signature changed in some bits", "CHECKPOINT_SIGNATURE", |life| {
            let mut frames = life.frames();
            let note = &mut frames[6].checkpoint;
            let middle = note.len() - 20;
            note.replace_range(middle..middle + 4, "AAAA");
            let last = frames[6].end() - 1;
            (frames, last)
        }),
    ]);
}

#[test]
fn the_chain_alone_finds_what_was_not_linked_again() {
    let life = Life::honest();
    let mut entries = life.entries();
    entries[20].event.0.clear();
    let chain_only = jcm_verify::Options { chain_only: true, ..options(2) };
    let report = jcm_verify::verify_frames(frames(&entries), &chain_only);
    assert_eq!(first_bad(&report), Some((21, "CHAIN_BROKEN")));
    let report = jcm_verify::verify_frames(life.frames(), &chain_only);
    assert!(report.ok && report.state_digest.is_none(), "{report}");
}

#[test]
fn pins_are_compared() {
    let life = Life::honest();
    let report = verify(life.frames());
    let own: jcm_format::tlog::VerifierKey =
        report.log_key.expect("known").parse().expect("a vkey");
    let pinned = jcm_verify::Options { log_key: Some(own), genesis: report.genesis, ..options(2) };
    assert!(jcm_verify::verify_frames(life.frames(), &pinned).ok);
    let other = jcm_format::tlog::VerifierKey::new(
        origin().as_ref(),
        jcm_format::tlog::KeyType::Ed25519,
        &public(OTHER_LOG),
    );
    let pinned = jcm_verify::Options { log_key: other.ok(), ..options(2) };
    let report = jcm_verify::verify_frames(life.frames(), &pinned);
    assert_eq!(first_bad(&report), Some((0, "LOG_KEY_DIFFERS")));
    let pinned = jcm_verify::Options { genesis: Some(Digest::ZERO), ..options(2) };
    let report = jcm_verify::verify_frames(life.frames(), &pinned);
    assert_eq!(first_bad(&report), Some((0, "GENESIS_DIFFERS")));
}

//! Decisions: one file per command, each a straight list of rules in order of
//! precedence and, after the last of them, the effect.
//!
//! Nothing here writes. Specification: `docs/spec/commands.md`.

mod apply_account;
mod apply_payment;
mod apply_transfer;
mod appoint_operator;
mod consent_issuance;
mod genesis;
mod issue_certificate;
mod open_account;
mod record_authorisation;
mod record_issuance;
mod record_payment;
mod record_transfer;
mod register_key;
mod register_project;
mod remove_operator;
mod request_certificate;
mod retirement;
mod revoke_key;
mod settlement;
mod withdraw_application;

use crate::rejection::{Reason, Rejection};
use crate::state::{Application, State};
use jcm_format::command::{Basis, Body, Command, Role, RuleSet, Side};
use jcm_format::envelope::VerifiedCommand;
use jcm_format::event::{Effect, Event};
use jcm_format::id::{AccountNumber, Country, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::limits::VALIDITY_MS_MAX;
use jcm_format::time::{Date, Timestamp};
use std::collections::BTreeSet;

type Decision = Result<Vec<Effect>, Rejection>;

/// Decides a signed command against the state at `now`.
///
/// # Errors
///
/// The first rule broken, in the order of the specification.
pub fn decide(
    state: &State,
    now: Timestamp,
    command: &VerifiedCommand,
) -> Result<Event, Rejection> {
    let signers: Vec<PublicKey> = command.signers().collect();
    prepare(state, now, command.command(), &signers)
}

/// Decides a command that `signers` are going to sign: the exact effect that
/// it would have now.
///
/// # Errors
///
/// The first rule broken, in the order of the specification.
pub fn prepare(
    state: &State,
    now: Timestamp,
    command: &Command,
    signers: &[PublicKey],
) -> Result<Event, Rejection> {
    let case = Case { state, now, today: now.date_in_japan(), command, signers };
    case.common()?;
    let event = Event(case.body()?);
    // After this point only the approvers' own pin can refuse the command.
    if let Some(pinned) = command.effect_digest {
        let actual = event
            .digest(state.rule_set_version())
            .map_err(|_| Rejection::new(Reason::EntryTooLarge, ""))?;
        if actual != pinned {
            return Err(Rejection::new(Reason::EffectChanged, format_args!("now {actual}")));
        }
    }
    Ok(event)
}

/// One command to decide, and everything that the decision may depend on.
struct Case<'a> {
    state: &'a State,
    now: Timestamp,
    today: Date,
    command: &'a Command,
    signers: &'a [PublicKey],
}

/// Who must sign a command.
enum Signers {
    /// Two ministers' keys.
    TwoAuthorities,
    /// Any operator.
    Operator,
    /// Two different operators.
    TwoOperators,
    /// The authority of a partner country.
    Partner(Country),
    /// A representative of an account.
    Account(AccountNumber),
    /// A representative of an account, or two ministers' keys.
    AccountOrAuthorities(AccountNumber),
}

impl Case<'_> {
    /// The rules common to all commands, up to the keys' validity.
    fn common(&self) -> Result<(), Rejection> {
        let command = self.command;
        let is_genesis = matches!(command.body, Body::Genesis(_));
        match self.state.origin() {
            None if !is_genesis => return reject(Reason::RegistryMissing, ""),
            Some(origin) if *origin != command.registry => {
                return reject(Reason::WrongRegistry, &command.registry);
            }
            None | Some(_) => {}
        }
        if self.state.executed(command.id, self.now).is_some() {
            return reject(Reason::CommandIdReused, command.id);
        }
        if command.valid_until < self.now {
            return reject(Reason::CommandExpired, command.valid_until);
        }
        if self.now.saturating_add_ms(VALIDITY_MS_MAX) < command.valid_until {
            return reject(Reason::ValidityTooLong, command.valid_until);
        }
        for signer in self.signers {
            match self.state.key(signer) {
                None if self.may_be_unregistered(signer) => {}
                None => return reject(Reason::KeyUnknown, signer),
                Some(record) if record.revoked => return reject(Reason::KeyRevoked, signer),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Keys that act before they are registered: those of genesis, and that of
    /// an application for an account.
    fn may_be_unregistered(&self, signer: &PublicKey) -> bool {
        match &self.command.body {
            Body::Genesis(_) => true,
            Body::ApplyAccount(apply) => apply.representative == *signer,
            Body::WithdrawApplication { application, .. } => self
                .state
                .open_application(*application)
                .is_some_and(|open| withdraw_application::applicant_key(open) == Some(*signer)),
            _ => false,
        }
    }

    fn body(&self) -> Decision {
        use Signers::{Account, Operator, Partner, TwoAuthorities, TwoOperators};
        match &self.command.body {
            Body::Genesis(body) => genesis::decide(self, body),
            Body::RegisterKey { role, key } => register_key::decide(self, role, key),
            Body::RevokeKey { key, .. } => revoke_key::decide(self, *key),
            Body::AppointOperator { person, key } => {
                self.signed_by(TwoAuthorities)?;
                appoint_operator::decide(self, person, key)
            }
            Body::RemoveOperator { person, .. } => {
                self.signed_by(TwoAuthorities)?;
                remove_operator::decide(self, person)
            }
            Body::RecordPayment(body) => {
                self.signed_by(Operator)?;
                record_payment::decide(self, body)
            }
            Body::ApplyPayment { payment, application, amount_yen } => {
                self.signed_by(Operator)?;
                apply_payment::decide(self, *payment, *application, *amount_yen)
            }
            Body::ApplyAccount(body) => apply_account::decide(self, body),
            Body::OpenAccount { application } => {
                self.signed_by(Operator)?;
                open_account::decide(self, *application)
            }
            Body::RegisterProject(body) => {
                self.signed_by(Operator)?;
                register_project::decide(self, body)
            }
            Body::RecordAuthorisation(body) => {
                self.signed_by(match body.side {
                    Side::Japan => TwoAuthorities,
                    Side::Partner => Partner(body.partner),
                })?;
                record_authorisation::decide(self, body)
            }
            Body::ConsentIssuance { project, decision } => {
                self.signed_by(Partner(project.country()))?;
                consent_issuance::decide(self, project, decision)
            }
            Body::RecordIssuance(body) => {
                self.signed_by(match body.basis {
                    Basis::Consent(_) => TwoOperators,
                    Basis::CarriedOver { .. } => TwoAuthorities,
                })?;
                record_issuance::decide(self, body)
            }
            Body::ApplyTransfer { terms, fee_payment } => {
                apply_transfer::decide(self, terms, *fee_payment)
            }
            Body::RecordTransfer { application } => {
                self.signed_by(Operator)?;
                record_transfer::decide(self, *application)
            }
            Body::WithdrawApplication { application, .. } => {
                withdraw_application::decide(self, *application)
            }
            Body::RequestCertificate { account, fee_payment } => {
                self.signed_by(Account(*account))?;
                request_certificate::decide(self, *account, *fee_payment)
            }
            Body::IssueCertificate { application } => {
                self.signed_by(Operator)?;
                issue_certificate::decide(self, *application)
            }
        }
    }

    /// Every signer acts in the role asked for, and where two are asked for,
    /// they are two persons: one person with two keys is still one person.
    fn signed_by(&self, needed: Signers) -> Result<(), Rejection> {
        let mut persons = BTreeSet::new();
        for signer in self.signers {
            let role = self.state.key(signer).map(|record| &record.role);
            let permitted = match (&needed, role) {
                (Signers::TwoAuthorities, Some(Role::Authority(_))) => true,
                (Signers::Operator | Signers::TwoOperators, Some(Role::Operator(_))) => true,
                (Signers::Partner(country), Some(Role::Partner(own))) => own == country,
                (
                    Signers::Account(account) | Signers::AccountOrAuthorities(account),
                    Some(Role::Account(own)),
                ) => own == account,
                (Signers::AccountOrAuthorities(_), Some(Role::Authority(_))) => true,
                _ => false,
            };
            match role {
                Some(role) if permitted => persons.insert(role),
                _ => return reject(Reason::RoleNotPermitted, signer),
            };
        }
        let enough = match needed {
            Signers::TwoAuthorities | Signers::TwoOperators => 2,
            Signers::Operator | Signers::Partner(_) | Signers::Account(_) => 1,
            Signers::AccountOrAuthorities(_) => {
                let by_account = persons.iter().any(|role| matches!(role, Role::Account(_)));
                if by_account { 1 } else { 2 }
            }
        };
        if persons.len() < enough {
            return reject(Reason::SecondSignatureMissing, "");
        }
        Ok(())
    }

    /// The rule data in force; `common` has refused everything before genesis.
    fn rules(&self) -> Result<RuleSet, Rejection> {
        self.state.rule_set().ok_or_else(|| Rejection::new(Reason::RegistryMissing, ""))
    }

    /// An application of one kind that waits: rules 504 and 505.
    fn open_application(
        &self,
        entry: EntryIndex,
        is_of_kind: impl Fn(&Application) -> bool,
        closed_is_of_kind: impl Fn(crate::state::SubjectKind) -> bool,
    ) -> Result<&Application, Rejection> {
        if let Some(application) = self.state.open_application(entry) {
            if is_of_kind(application) {
                return Ok(application);
            }
        } else if let Some(closed) = self.state.closed_application(entry)
            && closed_is_of_kind(closed.kind)
        {
            return reject(Reason::ApplicationClosed, format_args!("entry {entry}"));
        }
        reject(Reason::ApplicationUnknown, format_args!("entry {entry}"))
    }

    /// Rule 511.
    fn fee_is_settled(application: &Application) -> Result<(), Rejection> {
        let due = application.due_yen();
        if due.get() == 0 {
            return Ok(());
        }
        reject(Reason::FeeUnpaid, format_args!("entry {}, {due} yen due", application.entry))
    }
}

fn reject<T>(reason: Reason, subject: impl std::fmt::Display) -> Result<T, Rejection> {
    Err(Rejection::new(reason, subject))
}

#[cfg(test)]
mod tests;

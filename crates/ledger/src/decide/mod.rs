//! Decisions: one file per command, each a straight list of rules in order of
//! precedence and, after the last of them, the effect.
//!
//! Nothing here writes. Specification: `docs/spec/commands.md`.

mod acceptance;
mod adopt_article6;
mod apply_account;
mod apply_individual_account;
mod apply_payment;
mod apply_transfer;
mod apply_transfers;
mod apply_trust;
mod appoint_operator;
mod authorisations;
mod books;
mod change_authorisation;
mod closing;
mod completion;
mod confirm_adjustment;
mod consent_issuance;
mod correction;
mod earlier;
mod erase_data;
mod freeze;
mod genesis;
mod government_account;
mod import_statement;
mod issue_certificate;
mod lapse;
mod mandate;
mod notify_change;
mod open_account;
mod record_application;
mod record_authorisation;
mod record_commission;
mod record_issuance;
mod record_issuances;
mod record_payment;
mod record_transfer;
mod recovery;
mod refund;
mod refusal;
mod register_key;
mod register_project;
mod register_proponent;
mod remove_operator;
mod request_certificate;
mod restriction;
mod revoke_authorisation;
mod revoke_key;
mod rule_data;
mod safeguards;
mod settlement;
mod signers;
mod submit_payment_proof;
mod trusted;
mod trusts;
mod units;
mod uses;
mod withdraw_application;
mod withdraw_confirmation;

use crate::rejection::{Reason, Rejection};
use crate::state::{Account, Application, State, SubjectKind};
use apply_transfer::Asked;
use jcm_format::command::{Article6, Body, Command, FeePeriod, Rules, Safeguards};
use jcm_format::envelope::VerifiedCommand;
use jcm_format::event::{Effect, Event};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::limits::VALIDITY_MS_MAX;
use jcm_format::time::{Date, Timestamp};
use signers::{OfAccount, Persons, Signers, Staff};
pub use uses::Uses;

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
    judge(state, now, command.command(), &signers, true)
}

/// Decides a command that `signers` are going to sign: the exact effect that
/// it would have now. That the command pins it is not asked for yet, because this
/// is where one learns what to pin.
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
    judge(state, now, command, signers, false)
}

fn judge(
    state: &State,
    now: Timestamp,
    command: &Command,
    signers: &[PublicKey],
    is_signed: bool,
) -> Result<Event, Rejection> {
    let case = Case { state, now, today: now.date_in_japan(), command, signers, is_signed };
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
    /// Whether they have signed it, or are only going to.
    is_signed: bool,
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

    #[allow(clippy::too_many_lines, reason = "one arm for each kind of command")]
    fn body(&self) -> Decision {
        if let Some(needed) = signers::needed(&self.command.body) {
            self.signed_by(needed)?;
        }
        match &self.command.body {
            Body::Genesis(body) => genesis::decide(self, body),
            Body::RegisterKey { role, key } => register_key::decide(self, role, key),
            Body::RevokeKey { key, .. } => revoke_key::decide(self, *key),
            Body::AppointOperator { person, key } => appoint_operator::decide(self, person, key),
            Body::RemoveOperator { person, .. } => remove_operator::decide(self, person),
            Body::RegisterProject(body) => register_project::decide(self, body),
            Body::RegisterProponent { project, person } => {
                register_proponent::decide(self, project, *person)
            }
            Body::ConsentIssuance { project, decision } => {
                consent_issuance::decide(self, project, decision)
            }
            Body::RecordIssuance(body) => record_issuance::decide(self, body),
            Body::RecordIssuances { parts } => record_issuances::decide(self, parts),
            Body::AdoptArticle6(_)
            | Body::RecordAuthorisation { .. }
            | Body::ChangeAuthorisation(_)
            | Body::RevokeAuthorisation { .. }
            | Body::ConfirmAdjustment(_)
            | Body::WithdrawConfirmation { .. } => self.of_article6(),
            Body::AdoptRules(rules) => rule_data::adopt_rules(self, rules),
            Body::AdoptCalendar { country, year, holidays } => {
                rule_data::adopt_calendar(*country, *year, holidays)
            }
            Body::OpenGovernmentAccount { category, name_ja, name_en } => {
                government_account::decide(self, *category, name_ja, name_en)
            }
            Body::CloseBooks { year } => books::decide(self, *year),
            Body::EraseData { commitment, .. } => erase_data::decide(self, *commitment),
            Body::RecordPayment(_)
            | Body::ApplyPayment { .. }
            | Body::ApplyPayments { .. }
            | Body::ImportStatement(_)
            | Body::SubmitPaymentProof { .. }
            | Body::Refund(_) => self.money(),
            Body::ApplyAccount(_)
            | Body::ApplyIndividualAccount(_)
            | Body::ApplyTransfer { .. }
            | Body::ApplyTransfers(_)
            | Body::ApplyClosing { .. }
            | Body::ApplyTrust { .. }
            | Body::NotifyChange(_)
            | Body::RequestCertificate { .. }
            | Body::SetAcceptance { .. } => self.account_holder(),
            Body::OpenAccount { .. }
            | Body::RecordTransfer { .. }
            | Body::RecordApplication { .. }
            | Body::IssueCertificate { .. }
            | Body::WithdrawApplication { .. }
            | Body::RequestCompletion { .. }
            | Body::CompleteApplication { .. }
            | Body::RefuseApplication { .. }
            | Body::LapseApplication { .. }
            | Body::AcceptTransfer { .. } => self.on_application(),
            Body::RecordRestriction(body) => restriction::record(self, body),
            Body::ReleaseRestriction { restriction, .. } => {
                restriction::release(self, *restriction)
            }
            Body::RecordCommission { trust, terms, commission } => {
                record_commission::decide(self, *trust, terms, commission)
            }
            Body::RecordCorrection(body) => correction::decide(self, body),
            Body::AdoptSafeguards(_)
            | Body::SetMandate { .. }
            | Body::TrustAccount { .. }
            | Body::DistrustAccount { .. }
            | Body::FreezeAccount { .. }
            | Body::UnfreezeAccount { .. }
            | Body::RequestRecovery { .. }
            | Body::CancelRecovery { .. }
            | Body::CompleteRecovery { .. } => self.guard(),
        }
    }

    /// What the two governments say under Article 6.
    fn of_article6(&self) -> Decision {
        match &self.command.body {
            Body::AdoptArticle6(article6) => adopt_article6::decide(*article6),
            Body::RecordAuthorisation { authorisation, details } => {
                record_authorisation::decide(self, authorisation, details.as_ref())
            }
            Body::ChangeAuthorisation(change) => change_authorisation::decide(self, change),
            Body::RevokeAuthorisation { revocation, .. } => {
                revoke_authorisation::decide(self, *revocation)
            }
            Body::ConfirmAdjustment(confirmation) => {
                confirm_adjustment::decide(self, *confirmation)
            }
            Body::WithdrawConfirmation { confirmation, .. } => {
                withdraw_confirmation::decide(self, *confirmation)
            }
            // `body` sends nothing else here.
            _ => reject(Reason::RoleNotPermitted, ""),
        }
    }

    /// What protects accounts.
    fn guard(&self) -> Decision {
        match &self.command.body {
            Body::AdoptSafeguards(safeguards) => safeguards::adopt(safeguards),
            Body::SetMandate { account, mandate } => mandate::set(self, *account, mandate),
            Body::TrustAccount { account, trusted } => trusted::add(self, *account, *trusted),
            Body::DistrustAccount { account, trusted } => trusted::remove(self, *account, *trusted),
            Body::FreezeAccount { account, .. } => freeze::freeze(self, *account),
            Body::UnfreezeAccount { account, .. } => freeze::unfreeze(self, *account),
            Body::RequestRecovery { representative, key, .. } => {
                recovery::request(self, representative, key)
            }
            Body::CancelRecovery { recovery, .. } => recovery::cancel(self, *recovery),
            Body::CompleteRecovery { recovery } => recovery::complete(self, *recovery),
            // `body` sends nothing else here.
            _ => reject(Reason::RoleNotPermitted, ""),
        }
    }

    /// What concerns payments.
    fn money(&self) -> Decision {
        match &self.command.body {
            Body::RecordPayment(body) => record_payment::decide(self, body),
            Body::ApplyPayment { payment, application, amount_yen } => {
                apply_payment::one(self, *payment, *application, *amount_yen)
            }
            Body::ApplyPayments { parts } => apply_payment::several(self, parts),
            Body::ImportStatement(body) => import_statement::decide(self, body),
            Body::SubmitPaymentProof { application, document } => {
                submit_payment_proof::decide(self, *application, *document)
            }
            Body::Refund(body) => refund::decide(self, body),
            // `body` sends nothing else here.
            _ => reject(Reason::RoleNotPermitted, ""),
        }
    }

    /// What holders, and those who want to be, ask for.
    fn account_holder(&self) -> Decision {
        match &self.command.body {
            Body::ApplyAccount(body) => apply_account::decide(self, body),
            Body::ApplyIndividualAccount(body) => apply_individual_account::decide(self, body),
            Body::ApplyTransfer { terms, use_details, trust, fee_payment } => {
                let (use_details, trust) = (use_details.as_ref(), trust.as_ref());
                let fee_payment = *fee_payment;
                apply_transfer::decide(self, Asked { terms, use_details, trust, fee_payment })
            }
            Body::ApplyTransfers(body) => apply_transfers::decide(self, body),
            Body::ApplyClosing { account, attachments } => {
                closing::decide(self, *account, attachments)
            }
            Body::ApplyTrust { account, request, subrogation } => {
                apply_trust::decide(self, *account, request, *subrogation)
            }
            Body::NotifyChange(body) => notify_change::decide(self, body),
            Body::RequestCertificate { account, fee_payment } => {
                request_certificate::decide(self, *account, *fee_payment)
            }
            Body::SetAcceptance { account, acceptance } => {
                acceptance::set(self, *account, acceptance)
            }
            // `body` sends nothing else here.
            _ => reject(Reason::RoleNotPermitted, ""),
        }
    }

    /// What becomes of an application.
    fn on_application(&self) -> Decision {
        match &self.command.body {
            Body::OpenAccount { application } => open_account::decide(self, *application),
            Body::RecordTransfer { application } => record_transfer::decide(self, *application),
            Body::RecordApplication { application } => {
                record_application::decide(self, *application)
            }
            Body::IssueCertificate { application } => issue_certificate::decide(self, *application),
            Body::WithdrawApplication { application, .. } => {
                withdraw_application::decide(self, *application)
            }
            Body::RequestCompletion { application, items, due } => {
                completion::request(self, *application, items, *due)
            }
            Body::CompleteApplication { application, attachments } => {
                completion::complete(self, *application, attachments)
            }
            Body::RefuseApplication { application, ground, explanation } => {
                refusal::decide(self, *application, *ground, explanation)
            }
            Body::LapseApplication { application } => lapse::decide(self, *application),
            Body::AcceptTransfer { application } => acceptance::accept(self, *application),
            // `body` sends nothing else here.
            _ => reject(Reason::RoleNotPermitted, ""),
        }
    }

    /// The rule data in force; `common` has refused everything before genesis.
    fn rules(&self) -> Result<&Rules, Rejection> {
        self.state.rules().ok_or_else(|| Rejection::new(Reason::RegistryMissing, ""))
    }

    /// The fees of today. Rule 412 has seen to it that there are some.
    fn fees(&self) -> Result<FeePeriod, Rejection> {
        let fees = self.state.fee_on(self.today);
        fees.ok_or_else(|| Rejection::new(Reason::FeesNotInForce, self.today))
    }

    /// Rule 405 for entity accounts.
    fn entity_account(&self, number: AccountNumber) -> Result<&Account, Rejection> {
        let account = self.state.live_account(number).filter(|account| account.is_entity());
        account.ok_or_else(|| Rejection::new(Reason::AccountUnknown, number))
    }

    /// Rule 761.
    fn is_not_frozen(&self, account: AccountNumber) -> Result<(), Rejection> {
        if self.state.is_frozen(account) {
            return reject(Reason::AccountFrozen, account);
        }
        Ok(())
    }

    /// Rule 616.
    fn article6(&self) -> Result<&Article6, Rejection> {
        self.state.article6().ok_or_else(|| Rejection::new(Reason::Article6Off, ""))
    }

    /// Rule 766.
    fn safeguards(&self) -> Result<&Safeguards, Rejection> {
        self.state.safeguards().ok_or_else(|| Rejection::new(Reason::SafeguardsOff, ""))
    }

    /// The first day of what waits for so many working days of Japan: rule 417.
    fn first_day_after(&self, working_days: u16) -> Result<Date, Rejection> {
        let day = self.state.calendars().working_day_after(self.today, working_days);
        day.ok_or_else(|| safeguards::calendar_missing(self.today, working_days))
    }

    /// An application of one of these kinds that waits: rules 504 and 505.
    fn open_application(
        &self,
        entry: EntryIndex,
        is_kind: impl Fn(SubjectKind) -> bool,
    ) -> Result<&Application, Rejection> {
        if let Some(application) = self.state.open_application(entry) {
            if is_kind(application.subject.kind()) {
                return Ok(application);
            }
        } else if let Some(closed) = self.state.closed_application(entry)
            && is_kind(closed.kind)
        {
            return reject(Reason::ApplicationClosed, format_args!("entry {entry}"));
        }
        reject(Reason::ApplicationUnknown, format_args!("entry {entry}"))
    }

    /// Rule 512.
    fn nothing_is_missing(application: &Application) -> Result<(), Rejection> {
        match &application.completion {
            None => Ok(()),
            Some(completion) => reject(
                Reason::CompletionAwaited,
                format_args!("entry {}, until {}", application.entry, completion.due),
            ),
        }
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

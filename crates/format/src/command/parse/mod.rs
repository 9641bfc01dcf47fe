//! From the protobuf message to the command: every rule of form, field by field.

mod accounts;
mod applications;
mod article6;
mod choices;
mod fields;
mod guard;
mod issuance;
mod keys;
mod money;
mod rules;
mod trusts;
mod units;

use super::{Body, Command, FieldError, FieldRule, RegisterProject};
use crate::id::CommandId;
use crate::pb;
use crate::time::Timestamp;
use fields::{date, digest, name, optional, project, text};

type Parsed<T> = Result<T, FieldError>;

pub(super) fn command(message: pb::Command) -> Parsed<Command> {
    let registry =
        message.registry.parse().map_err(|_| FieldError::new("registry", FieldRule::BadId))?;
    let id = CommandId::from_slice(&message.command_id)
        .ok_or_else(|| FieldError::new("command_id", FieldRule::Length))?;
    let valid_until = Timestamp::from_ms(message.valid_until_ms)
        .filter(|moment| moment.as_ms() > 0)
        .ok_or_else(|| FieldError::new("valid_until_ms", FieldRule::OutOfRange))?;
    let effect_digest = optional(&message.effect_digest, |bytes| digest("effect_digest", bytes))?;
    let body = message.body.ok_or_else(|| FieldError::new("body", FieldRule::Missing))?;
    Ok(Command { registry, id, valid_until, effect_digest, body: parse_body(body)? })
}

fn parse_body(body: pb::command::Body) -> Parsed<Body> {
    use pb::command::Body as Wire;
    match body {
        Wire::Genesis(m) => keys::genesis(&m),
        Wire::RegisterKey(m) => keys::register_key(m),
        Wire::RevokeKey(m) => keys::revoke_key(&m),
        Wire::AppointOperator(m) => keys::appoint_operator(m),
        Wire::RemoveOperator(m) => keys::remove_operator(&m),
        Wire::RecordPayment(m) => money::record_payment(&m),
        Wire::ApplyPayment(m) => money::apply_payment(&m),
        Wire::ApplyAccount(m) => accounts::apply_account(&m),
        Wire::OpenAccount(m) => accounts::open_account(&m),
        Wire::RegisterProject(m) => register_project(&m),
        Wire::RecordAuthorisation(m) => article6::record_authorisation(&m),
        Wire::ConsentIssuance(m) => issuance::consent_issuance(m),
        Wire::RecordIssuance(m) => issuance::record_issuance(m),
        Wire::ApplyTransfer(m) => units::apply_transfer(&m),
        Wire::RecordTransfer(m) => units::record_transfer(&m),
        Wire::WithdrawApplication(m) => applications::withdraw_application(&m),
        Wire::RequestCertificate(m) => money::request_certificate(&m),
        Wire::IssueCertificate(m) => money::issue_certificate(&m),
        Wire::AdoptRules(m) => rules::adopt_rules(&m),
        Wire::AdoptCalendar(m) => rules::adopt_calendar(&m),
        Wire::OpenGovernmentAccount(m) => rules::open_government_account(&m),
        Wire::RegisterProponent(m) => accounts::register_proponent(&m),
        Wire::ApplyIndividualAccount(m) => accounts::apply_individual_account(&m),
        Wire::NotifyChange(m) => accounts::notify_change(&m),
        Wire::ApplyClosing(m) => accounts::apply_closing(&m),
        Wire::RecordApplication(m) => applications::record_application(&m),
        Wire::RequestCompletion(m) => applications::request_completion(&m),
        Wire::CompleteApplication(m) => applications::complete_application(&m),
        Wire::RefuseApplication(m) => applications::refuse_application(&m),
        Wire::LapseApplication(m) => applications::lapse_application(&m),
        Wire::SubmitPaymentProof(m) => money::submit_payment_proof(&m),
        Wire::ImportStatement(m) => money::import_statement(&m),
        Wire::ApplyPayments(m) => money::apply_payments(&m),
        Wire::Refund(m) => money::refund(&m),
        Wire::RecordRestriction(m) => units::record_restriction(&m),
        Wire::ReleaseRestriction(m) => units::release_restriction(&m),
        Wire::ApplyTrust(m) => trusts::apply_trust(&m),
        Wire::RecordCommission(m) => trusts::record_commission(&m),
        Wire::RecordCorrection(m) => units::record_correction(&m),
        Wire::SetAcceptance(m) => units::set_acceptance(&m),
        Wire::AcceptTransfer(m) => units::accept_transfer(&m),
        Wire::CloseBooks(m) => rules::close_books(&m),
        Wire::EraseData(m) => rules::erase_data(&m),
        Wire::AdoptSafeguards(m) => guard::adopt_safeguards(&m),
        Wire::SetMandate(m) => guard::set_mandate(&m),
        Wire::TrustAccount(m) => guard::trust_account(&m),
        Wire::DistrustAccount(m) => guard::distrust_account(&m),
        Wire::FreezeAccount(m) => guard::freeze_account(&m),
        Wire::UnfreezeAccount(m) => guard::unfreeze_account(&m),
        Wire::RequestRecovery(m) => guard::request_recovery(m),
        Wire::CancelRecovery(m) => guard::cancel_recovery(&m),
        Wire::CompleteRecovery(m) => guard::complete_recovery(&m),
        Wire::AdoptArticle6(m) => article6::adopt_article6(&m),
        Wire::ChangeAuthorisation(m) => article6::change_authorisation(&m),
        Wire::RevokeAuthorisation(m) => article6::revoke_authorisation(&m),
        Wire::ConfirmAdjustment(m) => article6::confirm_adjustment(&m),
        Wire::WithdrawConfirmation(m) => article6::withdraw_confirmation(&m),
        Wire::ApplyTransfers(m) => units::apply_transfers(&m),
        Wire::RecordIssuances(m) => issuance::record_issuances(m),
    }
}

fn register_project(m: &pb::RegisterProject) -> Parsed<Body> {
    Ok(Body::RegisterProject(RegisterProject {
        reference: project("register_project.reference", &m.reference)?,
        title: text("register_project.title", &m.title)?,
        methodology: name("register_project.methodology", &m.methodology)?,
        public_input_date: match m.public_input_date {
            None => None,
            some => Some(date("register_project.public_input_date", some)?),
        },
    }))
}

/// Every part, read in order; where some break a rule of form, the first of each.
fn parts<M, T>(
    at: &str,
    items: &[M],
    limit: usize,
    read: impl Fn(&str, &M) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    if items.is_empty() {
        return Err(FieldError::new(at, FieldRule::EmptyList));
    }
    fields::at_most(at, items.len(), limit)?;
    let mut good = Vec::with_capacity(items.len());
    let mut broken = Vec::new();
    for (i, item) in items.iter().enumerate() {
        match read(&format!("{at}[{i}]"), item) {
            Ok(part) => good.push(part),
            Err(error) => broken.push(error),
        }
    }
    first_with_further(broken).map_or(Ok(good), Err)
}

/// The first of several errors, with the others behind it.
fn first_with_further(errors: Vec<FieldError>) -> Option<FieldError> {
    let mut errors = errors.into_iter();
    let first = errors.next()?;
    Some(FieldError { further: errors.collect(), ..first })
}

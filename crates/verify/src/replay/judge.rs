//! The rules that all commands share, and the way to each command's own.

use super::parts::Before;
use super::roles;
use super::state::{Application, Payment, State, Status};
use super::{
    accounts, article6, books, corrections, fees, handling, issuance, keys, parts, restrictions,
    rules, safeguards, transfer, trusts,
};
use crate::code::{Broken, Code, Judged, contradiction, ensure};
use jcm_format::command::{Body, Command, PaymentId, PaymentPart};
use jcm_format::event::{Effect, Event};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;
use jcm_format::limits::VALIDITY_MS_MAX;
use jcm_format::time::{Date, Timestamp};

/// One command, and the registry at the moment at which it is judged.
pub(crate) struct Case<'a> {
    pub(crate) state: &'a State,
    pub(crate) now: Timestamp,
    pub(crate) command: &'a Command,
    pub(crate) signers: &'a [PublicKey],
    /// Of a command of several parts: what the parts before this one have done.
    pub(crate) before: Before,
}

impl<'a> Case<'a> {
    /// The date in Japan.
    pub(crate) fn today(&self) -> Date {
        self.now.date_in_japan()
    }

    /// The payment, if it exists (503).
    pub(crate) fn payment(&self, payment: PaymentId) -> Judged<&Payment> {
        self.state.payments.get(&payment).ok_or_else(|| {
            Code::PaymentUnknown
                .broken(format!("entry {payment} is named as a payment and is none"))
        })
    }

    /// The date is not after today (604).
    pub(crate) fn not_in_future(&self, date: Date) -> Judged<()> {
        ensure(date <= self.today(), Code::DateInFuture, || {
            format!("the date {date} is after {}", self.today())
        })
    }

    /// The application, if it exists and `fits` (504), and is open (505).
    pub(crate) fn open_application(
        &self,
        application: EntryIndex,
        wanted: &str,
        fits: impl Fn(&Application) -> bool,
    ) -> Judged<&'a Application> {
        let known = self.state.applications.get(&application).filter(|known| fits(known));
        let known = known.ok_or_else(|| {
            Code::ApplicationUnknown
                .broken(format!("entry {application} is named as {wanted} and is none"))
        })?;
        still_open(application, known)?;
        Ok(known)
    }

    /// Nothing is missing from an application (512).
    pub(crate) fn complete(&self, at: EntryIndex, application: &Application) -> Judged<()> {
        ensure(application.missing_until.is_none(), Code::CompletionAwaited, || {
            format!("what is missing from application {at} was not handed in")
        })
    }

    /// The fee of an application is settled in full (511).
    pub(crate) fn settled(&self, at: EntryIndex, application: &Application) -> Judged<()> {
        let (due, settled) = (application.fee.amount(), application.settled);
        ensure(due <= settled, Code::FeeUnpaid, || {
            format!("application {at} owes a fee of {due} yen, of which {settled} yen are paid")
        })
    }
}

/// Rule 505.
fn still_open(at: EntryIndex, application: &Application) -> Judged<()> {
    ensure(application.status == Status::Open, Code::ApplicationClosed, || {
        format!("application {at} was already {}", application.status.name())
    })
}

/// The common rules in their order (204, 207, 205, 206, 208, 209), what comes
/// before the role, the role (301 to 303), and the command's own rules.
pub(crate) fn judge(case: &Case<'_>, payload: Digest) -> Judged<Vec<Effect>> {
    let Case { state, now, command, .. } = case;
    ensure(command.registry == state.origin, Code::WrongRegistry, || {
        format!("the command is for registry {}, this is {}", command.registry, state.origin)
    })?;
    let retryable = |earlier: &&(Digest, Timestamp)| *now <= earlier.1;
    if let Some((earlier, _)) = state.commands.get(&command.id).filter(retryable) {
        let detail = format!("an earlier entry has the command id {}", command.id);
        return Err(if *earlier == payload {
            Code::CommandRepeated.broken(format!(
                "{detail} and the same content; a repeated command is answered and not recorded"
            ))
        } else {
            Code::CommandIdReused.broken(format!("{detail} with other content"))
        });
    }
    validity(*now, command)?;
    roles::known(case)?;
    before_the_role(case)?;
    roles::permitted(case)?;
    own_rules(case)
}

/// The command's rules that are judged before the role, which depends on them.
fn before_the_role(case: &Case<'_>) -> Judged<()> {
    match &case.command.body {
        Body::RevokeKey { key, .. } => keys::to_be_revoked(case, *key).map(drop),
        Body::ApplyTransfer { terms, .. } => transfer::source_is_no_sink(case, terms.source),
        Body::ApplyTransfers(several) => transfer::source_is_no_sink(case, several.source),
        Body::ChangeAuthorisation(change) => article6::known(case, change.authorisation).map(drop),
        Body::RevokeAuthorisation { revocation, .. } => {
            article6::known(case, revocation.authorisation).map(drop)
        }
        Body::WithdrawConfirmation { confirmation, .. } => {
            article6::confirmed_by(case, *confirmation).map(drop)
        }
        Body::Genesis(_) => Err(second_genesis()),
        Body::WithdrawApplication { application, .. }
        | Body::CompleteApplication { application, .. }
        | Body::SubmitPaymentProof { application, .. }
        | Body::AcceptTransfer { application } => {
            let known = case.state.applications.get(application);
            known.map_or(Ok(()), |known| still_open(*application, known))
        }
        Body::CancelRecovery { recovery, .. } => {
            safeguards::open_recovery(case, *recovery).map(drop)
        }
        _ => Ok(()),
    }
}

/// Rules 205 and 206.
pub(crate) fn validity(now: Timestamp, command: &Command) -> Judged<()> {
    let until = command.valid_until;
    ensure(now <= until, Code::CommandExpired, || {
        format!("the command was valid until {until} and was recorded at {now}")
    })?;
    let most = now.as_ms().saturating_add(VALIDITY_MS_MAX);
    ensure(until.as_ms() <= most, Code::ValidityTooLong, || {
        format!("the command is valid until {until}, more than 24 hours after {now}")
    })
}

/// Rule 401, which comes before the role: entry 0 is judged elsewhere.
fn second_genesis() -> Broken {
    Code::RegistryExists.broken("a second genesis is recorded; the registry exists since entry 0")
}

fn own_rules(case: &Case<'_>) -> Judged<Vec<Effect>> {
    match &case.command.body {
        Body::Genesis(_) => Err(second_genesis()),
        Body::RegisterKey { role, key } => keys::register(case, role, key),
        Body::RevokeKey { key, .. } => keys::revoke(case, *key),
        Body::AppointOperator { person, key } => keys::appoint(case, person, key),
        Body::RemoveOperator { person, .. } => keys::remove(case, person),
        Body::RecordPayment(payment) => fees::record_payment(case, payment),
        Body::ApplyPayment { payment, application, amount_yen } => {
            let payment = PaymentId::single(*payment);
            let (application, amount_yen) = (*application, *amount_yen);
            fees::apply_payments(case, &[PaymentPart { payment, application, amount_yen }])
        }
        Body::ApplyAccount(apply) => accounts::apply(case, apply),
        Body::OpenAccount { application } => accounts::open(case, *application),
        Body::RegisterProject(project) => issuance::register_project(case, project),
        Body::ConsentIssuance { project, decision } => issuance::consent(case, project, decision),
        Body::RecordIssuance(issuance) => issuance::record(case, issuance),
        Body::ApplyTransfer { terms, use_details, trust, fee_payment } => {
            let (use_details, trust) = (use_details.as_ref(), trust.as_ref());
            let fee_payment = *fee_payment;
            transfer::apply(case, &transfer::Asked { terms, use_details, trust, fee_payment })
        }
        Body::RecordTransfer { application } => transfer::record(case, *application),
        Body::WithdrawApplication { application, .. } => handling::withdraw(case, *application),
        Body::RequestCertificate { account, fee_payment } => {
            accounts::request_certificate(case, *account, *fee_payment)
        }
        Body::IssueCertificate { application } => accounts::issue_certificate(case, *application),
        _ => rules_of_acts(case),
    }
}

fn rules_of_acts(case: &Case<'_>) -> Judged<Vec<Effect>> {
    match &case.command.body {
        Body::AdoptRules(rules) => rules::adopt(case, rules),
        Body::AdoptCalendar { country, year, holidays } => {
            Ok(rules::adopt_calendar(*country, *year, holidays))
        }
        Body::OpenGovernmentAccount { category, name_ja, name_en } => {
            rules::open_government_account(case, *category, name_ja, name_en)
        }
        Body::RegisterProponent { project, person } => {
            issuance::register_proponent(case, project, *person)
        }
        Body::ApplyIndividualAccount(apply) => accounts::apply_as_individual(case, apply),
        Body::NotifyChange(notified) => accounts::notify_change(case, notified),
        Body::ApplyClosing { account, attachments } => {
            accounts::apply_closing(case, *account, attachments)
        }
        Body::ImportStatement(import) => fees::import(case, import),
        Body::ApplyPayments { parts } => fees::apply_payments(case, parts),
        Body::Refund(refund) => fees::refund(case, refund),
        Body::RecordRestriction(restriction) => restrictions::record(case, restriction),
        Body::ReleaseRestriction { restriction, .. } => restrictions::release(case, *restriction),
        Body::ApplyTrust { account, request, subrogation } => {
            trusts::apply(case, *account, request, *subrogation)
        }
        Body::RecordCommission { trust, terms, commission } => {
            trusts::commission(case, *trust, terms, commission)
        }
        Body::RecordCorrection(correction) => corrections::record(case, correction),
        Body::SetAcceptance { account, acceptance } => {
            transfer::set_acceptance(case, *account, acceptance)
        }
        Body::AcceptTransfer { application } => transfer::accept(case, *application),
        Body::CloseBooks { year } => books::close(case, *year),
        Body::EraseData { commitment, .. } => books::erase(case, *commitment),
        _ => rules_of_handling(case),
    }
}

fn rules_of_handling(case: &Case<'_>) -> Judged<Vec<Effect>> {
    match &case.command.body {
        Body::RecordApplication { application } => handling::record(case, *application),
        Body::RequestCompletion { application, items, due } => {
            handling::request_completion(case, *application, items, *due)
        }
        Body::CompleteApplication { application, attachments } => {
            handling::complete(case, *application, attachments)
        }
        Body::RefuseApplication { application, ground, explanation } => {
            handling::refuse(case, *application, *ground, explanation)
        }
        Body::LapseApplication { application } => handling::lapse(case, *application),
        Body::SubmitPaymentProof { application, document } => {
            handling::submit_proof(case, *application, *document)
        }
        _ => rules_of_protection(case),
    }
}

fn rules_of_protection(case: &Case<'_>) -> Judged<Vec<Effect>> {
    match &case.command.body {
        // No rule of its own.
        Body::AdoptSafeguards(safeguards) => {
            Ok(vec![Effect::SafeguardsAdopted { safeguards: *safeguards }])
        }
        Body::SetMandate { account, mandate } => safeguards::set_mandate(case, *account, *mandate),
        Body::TrustAccount { account, trusted } => safeguards::trust(case, *account, *trusted),
        Body::DistrustAccount { account, trusted } => {
            safeguards::distrust(case, *account, *trusted)
        }
        Body::FreezeAccount { account, .. } => safeguards::freeze(case, *account),
        Body::UnfreezeAccount { account, .. } => safeguards::unfreeze(case, *account),
        Body::RequestRecovery { representative, key, .. } => {
            safeguards::request_recovery(case, representative, key)
        }
        Body::CancelRecovery { recovery, .. } => safeguards::cancel_recovery(case, *recovery),
        Body::CompleteRecovery { recovery } => safeguards::complete_recovery(case, *recovery),
        _ => rules_of_article6(case),
    }
}

fn rules_of_article6(case: &Case<'_>) -> Judged<Vec<Effect>> {
    match &case.command.body {
        // No rule of its own.
        Body::AdoptArticle6(data) => Ok(vec![Effect::Article6Adopted(*data)]),
        Body::RecordAuthorisation { authorisation, details } => {
            article6::authorise(case, authorisation, details.as_ref())
        }
        Body::ChangeAuthorisation(change) => article6::change(case, change),
        Body::RevokeAuthorisation { revocation, .. } => article6::revoke(case, revocation),
        Body::ConfirmAdjustment(confirmation) => article6::confirm(case, confirmation),
        Body::WithdrawConfirmation { confirmation, .. } => article6::withdraw(case, *confirmation),
        Body::ApplyTransfers(several) => parts::transfers(case, several),
        Body::RecordIssuances { parts } => parts::issuances(case, parts),
        other => Err(contradiction(&format!("{} has no rules here", other.name()))),
    }
}

/// Rule 901, judged last.
pub(crate) fn effect_pinned(command: &Command, rule_set: u32, event: &Event) -> Judged<()> {
    let Some(pinned) = command.effect_digest else { return Ok(()) };
    let digest = event.digest(rule_set).ok();
    ensure(digest == Some(pinned), Code::EffectChanged, || {
        format!("the signers approved the effect {pinned}, but the effect is another one")
    })
}

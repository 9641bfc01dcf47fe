//! The rules that all commands share, and the way to each command's own.

use super::roles;
use super::state::{Application, Payment, State};
use super::{accounts, fees, issuance, keys, transfer};
use crate::code::{Broken, Code, Judged, ensure};
use jcm_format::command::{Body, Command};
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
}

impl Case<'_> {
    /// The date in Japan.
    pub(crate) fn today(&self) -> Date {
        self.now.date_in_japan()
    }

    /// The payment, if it exists (503).
    pub(crate) fn payment(&self, payment: EntryIndex) -> Judged<&Payment> {
        self.state.payments.get(&payment).ok_or_else(|| {
            Code::PaymentUnknown
                .broken(format!("entry {payment} is named as a payment and is none"))
        })
    }

    /// The application, if it exists and `fits` (504), and is open (505).
    pub(crate) fn open_application(
        &self,
        application: EntryIndex,
        wanted: &str,
        fits: impl Fn(&Application) -> bool,
    ) -> Judged<&Application> {
        let known = self.state.applications.get(&application).filter(|known| fits(known));
        let known = known.ok_or_else(|| {
            Code::ApplicationUnknown
                .broken(format!("entry {application} is named as {wanted} and is none"))
        })?;
        let open = known.status == super::state::Status::Open;
        ensure(open, Code::ApplicationClosed, || {
            format!("application {application} was already {}", known.status.name())
        })?;
        Ok(known)
    }

    /// The fee of an application is settled in full (511).
    pub(crate) fn settled(&self, at: EntryIndex, application: &Application) -> Judged<()> {
        let (due, settled) = (application.fee.amount(), application.settled);
        ensure(due <= settled, Code::FeeUnpaid, || {
            format!("application {at} owes a fee of {due} yen, of which {settled} yen are paid")
        })
    }
}

/// The common rules in their order (204, 207, 205, 206, 208, 209), what comes
/// before the role, the role (301, 302), and the command's own rules.
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
    match &command.body {
        Body::RevokeKey { key, .. } => keys::to_be_revoked(case, *key).map(drop)?,
        Body::ApplyTransfer { terms, .. } => transfer::source_is_no_sink(case, terms)?,
        Body::Genesis(_) => return Err(second_genesis()),
        Body::RegisterKey { .. }
        | Body::AppointOperator { .. }
        | Body::RemoveOperator { .. }
        | Body::RecordPayment(_)
        | Body::ApplyPayment { .. }
        | Body::ApplyAccount(_)
        | Body::OpenAccount { .. }
        | Body::RegisterProject(_)
        | Body::RecordAuthorisation(_)
        | Body::ConsentIssuance { .. }
        | Body::RecordIssuance(_)
        | Body::RecordTransfer { .. }
        | Body::WithdrawApplication { .. }
        | Body::RequestCertificate { .. }
        | Body::IssueCertificate { .. } => {}
    }
    roles::permitted(case)?;
    own_rules(case)
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
            fees::apply_payment(case, *payment, *application, *amount_yen)
        }
        Body::ApplyAccount(apply) => accounts::apply(case, apply),
        Body::OpenAccount { application } => accounts::open(case, *application),
        Body::RegisterProject(project) => issuance::register_project(case, project),
        Body::RecordAuthorisation(authorisation) => issuance::authorise(case, authorisation),
        Body::ConsentIssuance { project, decision } => issuance::consent(case, project, decision),
        Body::RecordIssuance(issuance) => issuance::record(case, issuance),
        Body::ApplyTransfer { terms, fee_payment } => transfer::apply(case, terms, *fee_payment),
        Body::RecordTransfer { application } => transfer::record(case, *application),
        Body::WithdrawApplication { application, .. } => accounts::withdraw(case, *application),
        Body::RequestCertificate { account, fee_payment } => {
            accounts::request_certificate(case, *account, *fee_payment)
        }
        Body::IssueCertificate { application } => accounts::issue_certificate(case, *application),
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

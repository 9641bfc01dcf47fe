//! Who must sign a command.

use super::{Case, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{Application, Subject};
use jcm_format::command::{Basis, Body, Role, Side, TransferTerms, TransferTrust};
use jcm_format::event::AccountCategory;
use jcm_format::id::{AccountNumber, Country, EntryIndex};
use jcm_format::key::PublicKey;
use std::collections::BTreeSet;

/// Who must sign a command.
pub(super) enum Signers {
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

/// Who must sign, where the command alone tells. Where it depends on the state,
/// the command's own rules say.
pub(super) fn needed(body: &Body) -> Option<Signers> {
    match body {
        Body::Genesis(_)
        | Body::RegisterKey { .. }
        | Body::RevokeKey { .. }
        | Body::ApplyAccount(_)
        | Body::ApplyIndividualAccount(_)
        | Body::ApplyTransfer { .. }
        | Body::WithdrawApplication { .. }
        | Body::CompleteApplication { .. }
        | Body::SubmitPaymentProof { .. }
        | Body::AcceptTransfer { .. } => None,
        Body::AppointOperator { .. }
        | Body::RemoveOperator { .. }
        | Body::AdoptRules(_)
        | Body::OpenGovernmentAccount { .. } => Some(Signers::TwoAuthorities),
        Body::AdoptCalendar { .. }
        | Body::Refund(_)
        | Body::RecordRestriction(_)
        | Body::ReleaseRestriction { .. }
        | Body::RecordCommission { .. }
        | Body::RecordCorrection(_)
        | Body::CloseBooks { .. }
        | Body::EraseData { .. } => Some(Signers::TwoOperators),
        Body::RecordPayment(_)
        | Body::ApplyPayment { .. }
        | Body::ApplyPayments { .. }
        | Body::ImportStatement(_)
        | Body::OpenAccount { .. }
        | Body::RegisterProject(_)
        | Body::RegisterProponent { .. }
        | Body::RecordTransfer { .. }
        | Body::IssueCertificate { .. }
        | Body::RecordApplication { .. }
        | Body::RequestCompletion { .. }
        | Body::RefuseApplication { .. }
        | Body::LapseApplication { .. } => Some(Signers::Operator),
        Body::RecordAuthorisation(body) => Some(match body.side {
            Side::Japan => Signers::TwoAuthorities,
            Side::Partner => Signers::Partner(body.partner),
        }),
        Body::ConsentIssuance { project, .. } => Some(Signers::Partner(project.country())),
        Body::RecordIssuance(body) => Some(match body.basis {
            Basis::Consent(_) => Signers::TwoOperators,
            Basis::CarriedOver { .. } => Signers::TwoAuthorities,
        }),
        Body::RequestCertificate { account, .. }
        | Body::ApplyClosing { account, .. }
        | Body::SetAcceptance { account, .. } => Some(Signers::Account(*account)),
        Body::NotifyChange(body) => Some(Signers::Account(body.account)),
        Body::ApplyTrust { account, subrogation, .. } => {
            Some(for_trust(*account, subrogation.is_some()))
        }
    }
}

/// For an application about a trust without a transfer.
fn for_trust(account: AccountNumber, in_subrogation: bool) -> Signers {
    // A beneficiary or settlor has no key of its own here (Cabinet Order, art. 12).
    if in_subrogation { Signers::Operator } else { Signers::Account(account) }
}

impl Case<'_> {
    /// Every signer acts in the role asked for, and where two are asked for,
    /// they are two persons: one person with two keys is still one person.
    pub(super) fn signed_by(&self, needed: Signers) -> Result<(), Rejection> {
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

    /// Keys that act before they are registered: those of genesis, and that of
    /// an application for an account.
    pub(super) fn may_be_unregistered(&self, signer: &PublicKey) -> bool {
        match &self.command.body {
            Body::Genesis(_) => true,
            Body::ApplyAccount(apply) => apply.representative == *signer,
            Body::ApplyIndividualAccount(apply) => apply.representative == *signer,
            Body::WithdrawApplication { application, .. }
            | Body::CompleteApplication { application, .. }
            | Body::SubmitPaymentProof { application, .. } => {
                let open = self.state.open_application(*application);
                open.is_some_and(|open| applicant_key(open) == Some(*signer))
            }
            _ => false,
        }
    }

    /// An open application, and that those sign who may act for the applicant:
    /// rules 505 and 504, which is answered as 301.
    pub(super) fn applicants_own(
        &self,
        application: EntryIndex,
    ) -> Result<&Application, Rejection> {
        let open = self.not_closed(application)?;
        match &open.subject {
            Subject::Account { representative, .. } => {
                // An operator clears away an application that nobody stands behind,
                // which would keep the person's own out (art. 50(2)).
                if self.signers != [*representative] {
                    self.signed_by(Signers::Operator)?;
                }
            }
            Subject::Transfer(terms) => {
                self.signed_by(self.transferor(terms, open.trust.as_ref()))?;
            }
            Subject::Certificate(account)
            | Subject::Change { account, .. }
            | Subject::Closing(account) => self.signed_by(Signers::Account(*account))?,
            Subject::Trust { account, subrogation, .. } => {
                self.signed_by(for_trust(*account, subrogation.is_some()))?;
            }
        }
        Ok(open)
    }

    /// An application that is not closed. One that does not exist is answered with
    /// 301, so that the answer does not tell a stranger what exists.
    pub(super) fn not_closed(&self, application: EntryIndex) -> Result<&Application, Rejection> {
        if self.state.closed_application(application).is_some() {
            return reject(Reason::ApplicationClosed, format_args!("entry {application}"));
        }
        let open = self.state.open_application(application);
        open.ok_or_else(|| {
            Rejection::new(Reason::RoleNotPermitted, format_args!("entry {application}"))
        })
    }

    /// Who applies for a transfer.
    pub(super) fn transferor(
        &self,
        terms: &TransferTerms,
        trust: Option<&TransferTrust>,
    ) -> Signers {
        let category = self.state.account(terms.source).map(|account| account.category);
        match (category, trust) {
            // The government moves its own units by two of the operators.
            (Some(AccountCategory::GovernmentHolding), _) => Signers::TwoOperators,
            (Some(_), Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. })) => {
                Signers::Account(terms.destination)
            }
            // What does not exist can have no representative.
            (Some(_) | None, _) => Signers::Account(terms.source),
        }
    }
}

/// The key that applied for an account, which is not registered yet.
fn applicant_key(open: &Application) -> Option<PublicKey> {
    match &open.subject {
        Subject::Account { representative, .. } => Some(*representative),
        _ => None,
    }
}

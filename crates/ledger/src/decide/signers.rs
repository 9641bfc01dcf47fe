//! Who must sign a command.

use super::{Case, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{Application, KeyRecord, Subject, transfer_applicant};
use jcm_format::command::{Basis, Body, Control, Power, Role, Side};
use jcm_format::event::AccountCategory;
use jcm_format::id::{AccountNumber, Country, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use std::collections::BTreeSet;

/// Who must sign a command: an account, staff, or either. Where keys of both
/// sign, it is enough that one of the two has signed as it must.
#[derive(Clone, Copy)]
pub(super) struct Signers {
    account: Option<(AccountNumber, Hand)>,
    staff: Option<Staff>,
}

/// Those who act for a government or the implementing body.
#[derive(Clone, Copy)]
pub(super) enum Staff {
    /// Two ministers' keys.
    TwoAuthorities,
    /// Any operator.
    Operator,
    /// Two different operators.
    TwoOperators,
    /// The authority of a partner country.
    Partner(Country),
}

/// With what power, and how many, an account signs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// As its mandate says.
    Mandated,
    /// One who may do more than read: for what lessens a risk.
    Lessening,
    /// One of whatever power.
    Any,
}

/// Who acts for an applicant that has no account yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OfAccount {
    /// The key that applied.
    Applicant,
    /// That key, or an operator, to whom papers are handed.
    ApplicantOrOperator,
}

impl Signers {
    /// Staff alone.
    pub(super) const fn staff(staff: Staff) -> Signers {
        Signers { account: None, staff: Some(staff) }
    }

    /// An account, as its mandate says.
    pub(super) const fn account(account: AccountNumber) -> Signers {
        Signers { account: Some((account, Hand::Mandated)), staff: None }
    }

    /// One of an account's signers, for what lessens a risk.
    pub(super) const fn lessening(account: AccountNumber) -> Signers {
        Signers { account: Some((account, Hand::Lessening)), staff: None }
    }

    /// One of an account's signers of whatever power.
    const fn any_of(account: AccountNumber) -> Signers {
        Signers { account: Some((account, Hand::Any)), staff: None }
    }

    /// The same, or else staff.
    pub(super) const fn or(self, staff: Staff) -> Signers {
        Signers { staff: Some(staff), ..self }
    }

    /// The same account, where what is signed lessens a risk.
    fn to_lessen(self) -> Signers {
        let account = self.account.map(|(account, _)| (account, Hand::Lessening));
        Signers { account, ..self }
    }
}

/// Who must sign, where the command alone tells. Where it depends on the state,
/// the command's own rules say.
pub(super) fn needed(body: &Body) -> Option<Signers> {
    Some(match body {
        Body::Genesis(_)
        | Body::RegisterKey { .. }
        | Body::RevokeKey { .. }
        | Body::ApplyAccount(_)
        | Body::ApplyIndividualAccount(_)
        | Body::ApplyTransfer { .. }
        | Body::ApplyTransfers(_)
        | Body::WithdrawApplication { .. }
        | Body::CompleteApplication { .. }
        | Body::SubmitPaymentProof { .. }
        | Body::AcceptTransfer { .. }
        | Body::CancelRecovery { .. }
        | Body::ChangeAuthorisation(_)
        | Body::RevokeAuthorisation { .. }
        | Body::WithdrawConfirmation { .. } => return None,
        Body::AppointOperator { .. }
        | Body::RemoveOperator { .. }
        | Body::AdoptRules(_)
        | Body::AdoptSafeguards(_)
        | Body::AdoptArticle6(_)
        | Body::OpenGovernmentAccount { .. } => Signers::staff(Staff::TwoAuthorities),
        Body::AdoptCalendar { .. }
        | Body::Refund(_)
        | Body::RecordRestriction(_)
        | Body::ReleaseRestriction { .. }
        | Body::RecordCommission { .. }
        | Body::RecordCorrection(_)
        | Body::CloseBooks { .. }
        | Body::EraseData { .. }
        | Body::UnfreezeAccount { .. }
        | Body::RequestRecovery { .. } => Signers::staff(Staff::TwoOperators),
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
        | Body::LapseApplication { .. }
        | Body::CompleteRecovery { .. } => Signers::staff(Staff::Operator),
        Body::RecordAuthorisation { authorisation, .. } => {
            of_authorisation(authorisation.side, authorisation.partner)
        }
        Body::ConsentIssuance { project, .. } => Signers::staff(Staff::Partner(project.country())),
        Body::ConfirmAdjustment(body) => Signers::staff(Staff::Partner(body.partner)),
        Body::RecordIssuance(body) => for_issuance(&body.basis),
        // All parts have a basis of the same kind; a list without parts is not parsed.
        Body::RecordIssuances { parts } => for_issuance(&parts.first()?.basis),
        Body::RequestCertificate { account, .. }
        | Body::ApplyClosing { account, .. }
        | Body::SetAcceptance { account, .. }
        | Body::SetMandate { account, .. }
        | Body::TrustAccount { account, .. } => Signers::account(*account),
        Body::DistrustAccount { account, .. } => Signers::lessening(*account),
        Body::FreezeAccount { account, .. } => Signers::any_of(*account).or(Staff::Operator),
        Body::NotifyChange(body) => Signers::account(body.account),
        Body::ApplyTrust { account, subrogation, .. } => for_trust(*account, subrogation.is_some()),
    })
}

/// For whatever one side says of an authorisation.
pub(super) const fn of_authorisation(side: Side, partner: Country) -> Signers {
    Signers::staff(match side {
        Side::Japan => Staff::TwoAuthorities,
        Side::Partner => Staff::Partner(partner),
    })
}

/// On a consent operators issue; what is carried over the minister recognises.
const fn for_issuance(basis: &Basis) -> Signers {
    Signers::staff(match basis {
        Basis::Consent(_) => Staff::TwoOperators,
        Basis::CarriedOver { .. } => Staff::TwoAuthorities,
    })
}

/// For an application about a trust without a transfer.
fn for_trust(account: AccountNumber, in_subrogation: bool) -> Signers {
    // A beneficiary or settlor has no key of its own here (Cabinet Order, art. 12), and
    // the trustee is not asked.
    if in_subrogation { Signers::staff(Staff::TwoOperators) } else { Signers::account(account) }
}

impl Staff {
    fn is(self, role: &Role) -> bool {
        match (self, role) {
            (Staff::TwoAuthorities, Role::Authority(_))
            | (Staff::Operator | Staff::TwoOperators, Role::Operator(_)) => true,
            (Staff::Partner(country), Role::Partner(own)) => *own == country,
            _ => false,
        }
    }

    const fn persons(self) -> usize {
        match self {
            Staff::TwoAuthorities | Staff::TwoOperators => 2,
            Staff::Operator | Staff::Partner(_) => 1,
        }
    }
}

/// Persons of one account, by what they may do.
#[derive(Default)]
pub(super) struct Persons<'a> {
    initiate: BTreeSet<Person<'a>>,
    approve: BTreeSet<Person<'a>>,
}

/// Who stands behind a key of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Person<'a> {
    /// A representative, whatever number of keys it has.
    Named(&'a Name),
    /// Nobody knows whose the key is, so it is a person of its own.
    Key(&'a PublicKey),
}

impl<'a> Persons<'a> {
    pub(super) fn add(&mut self, key: &'a PublicKey, record: &'a KeyRecord) {
        let person = match &record.role {
            Role::Representative(of) => Person::Named(&of.person),
            _ => Person::Key(key),
        };
        if matches!(record.power(), Some(Power::Full | Power::Initiate)) {
            self.initiate.insert(person);
        }
        if matches!(record.power(), Some(Power::Full | Power::Approve)) {
            self.approve.insert(person);
        }
    }

    /// Whether one may initiate and another approve.
    pub(super) fn are_two(&self) -> bool {
        let persons = self.initiate.union(&self.approve).count();
        !self.initiate.is_empty() && !self.approve.is_empty() && 2 <= persons
    }
}

/// Whether a key is one of the account's, and its power is not too small.
fn may_sign((account, hand): (AccountNumber, Hand), record: &KeyRecord) -> bool {
    record.account() == Some(account) && (hand == Hand::Any || record.power() != Some(Power::Read))
}

impl Case<'_> {
    /// Every signer acts in a role asked for, and as many persons as are asked for
    /// have signed: one person with two keys is still one person. Rules 301, 302
    /// and 303.
    pub(super) fn signed_by(&self, needed: Signers) -> Result<(), Rejection> {
        let mut of_staff = BTreeSet::new();
        let mut of_account = Vec::new();
        for signer in self.signers {
            match self.state.key(signer) {
                Some(record) if needed.staff.is_some_and(|staff| staff.is(&record.role)) => {
                    of_staff.insert(&record.role);
                }
                Some(record) if needed.account.is_some_and(|needed| may_sign(needed, record)) => {
                    of_account.push((signer, record));
                }
                Some(_) | None => return reject(Reason::RoleNotPermitted, signer),
            }
        }
        let by_account = match needed.account {
            Some((account, hand)) => self.account_signed(account, hand, &of_account)?,
            None => None,
        };
        let by_staff =
            needed.staff.map(Staff::persons).filter(|persons| *persons <= of_staff.len());
        // The fewer persons were needed, the less has to be pinned.
        match by_account.into_iter().chain(by_staff).min() {
            None => reject(Reason::SecondSignatureMissing, ""),
            Some(1) => Ok(()),
            Some(_) => self.is_pinned(),
        }
    }

    /// How many persons were needed, if so many of the account have signed.
    fn account_signed(
        &self,
        account: AccountNumber,
        hand: Hand,
        signers: &[(&PublicKey, &KeyRecord)],
    ) -> Result<Option<usize>, Rejection> {
        let Some((first, _)) = signers.first() else { return Ok(None) };
        let mut persons = Persons::default();
        signers.iter().for_each(|(key, record)| persons.add(key, record));
        let control = self.state.mandate_on(account, self.today).map(|mandate| mandate.control);
        match (hand, control) {
            (Hand::Lessening | Hand::Any, _) => Ok(Some(1)),
            (Hand::Mandated, Some(Control::Dual)) => Ok(persons.are_two().then_some(2)),
            (Hand::Mandated, Some(Control::Single) | None) => {
                if persons.initiate.is_empty() {
                    return reject(Reason::RoleNotPermitted, first);
                }
                Ok(Some(1))
            }
        }
    }

    /// Rule 303. Whoever prepares a command wants to learn what to pin.
    fn is_pinned(&self) -> Result<(), Rejection> {
        let must_pin = self.state.safeguards().is_some_and(|safeguards| safeguards.pinned);
        if must_pin && self.is_signed && self.command.effect_digest.is_none() {
            return reject(Reason::EffectNotPinned, "effect_digest");
        }
        Ok(())
    }

    /// Whether two ministers' keys are among the signers.
    pub(super) fn two_authorities_sign(&self) -> bool {
        let roles = self.signers.iter().filter_map(|signer| self.state.key(signer));
        let persons: BTreeSet<_> = roles
            .map(|record| &record.role)
            .filter(|role| Staff::TwoAuthorities.is(role))
            .collect();
        Staff::TwoAuthorities.persons() <= persons.len()
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

    /// An open application, and that somebody signs who may act for the applicant.
    /// What is done to one's own application lessens a risk, so one is enough:
    /// rules 505 and 504, which is answered as 301.
    pub(super) fn applicants_own(
        &self,
        application: EntryIndex,
        of_account: OfAccount,
    ) -> Result<&Application, Rejection> {
        let open = self.not_closed(application)?;
        match &open.subject {
            Subject::Account { representative, .. } => {
                if self.signers != [*representative] {
                    self.instead_of_applicant(of_account)?;
                }
            }
            Subject::Transfer(terms) => {
                let applicant = transfer_applicant(terms, open.trust.as_ref());
                self.signed_by(self.transferor(terms.source, applicant).to_lessen())?;
            }
            Subject::Certificate(account)
            | Subject::Change { account, .. }
            | Subject::Closing(account) => self.signed_by(Signers::lessening(*account))?,
            Subject::Trust { account, subrogation, .. } => {
                self.signed_by(for_trust(*account, subrogation.is_some()).to_lessen())?;
            }
        }
        Ok(open)
    }

    /// Who signs for an application for an account, if not the key that applied.
    fn instead_of_applicant(&self, of_account: OfAccount) -> Result<(), Rejection> {
        match of_account {
            OfAccount::ApplicantOrOperator => self.signed_by(Signers::staff(Staff::Operator)),
            OfAccount::Applicant => {
                reject(Reason::RoleNotPermitted, "the key that applied signs, and no other")
            }
        }
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
    pub(super) fn transferor(&self, source: AccountNumber, applicant: AccountNumber) -> Signers {
        let category = self.state.account(source).map(|account| account.category);
        match category {
            // The government moves its own units by two of the operators.
            Some(AccountCategory::GovernmentHolding) => Signers::staff(Staff::TwoOperators),
            // What does not exist can have no representative.
            None => Signers::account(source),
            Some(_) => Signers::account(applicant),
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

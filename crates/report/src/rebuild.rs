//! A registry in two lists, from which another with the same parties can be made: what
//! was issued, and what then went from the account that it was issued to, to where it is.
//!
//! The second list goes straight: a unit that changed hands often is one line. What the
//! lists do not keep is who held it in between; that is in the log alone.

use crate::fold::{FoldError, Position};
use crate::register::Register;
use crate::reports::ReportFault;
use jcm_format::command::{Basis, Decision, Purpose, Use, UseDetails};
use jcm_format::entry::Entry;
use jcm_format::event::{AccountCategory, Effect, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, ProjectRef};
use jcm_format::serial::SerialRange;
use jcm_format::text::{Name, Text};
use jcm_format::time::Year;
use jcm_ledger::state::UnitMap;
use std::collections::BTreeMap;

/// What was decided and issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedHead {
    /// The project.
    pub project: ProjectRef,
    /// What was decided.
    pub decision: Decision,
    /// On what it rested; a consent by its entry in this log.
    pub basis: Basis,
    /// The verifier.
    pub verifier: Text,
    /// Digest of the verification report.
    pub report: Digest,
    /// Identifiers of the authorisations under which the units were first transferred at
    /// once: Japan's and the partner's.
    pub authorisations: Option<(Name, Name)>,
}

/// What one account received of one vintage of an issuance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedLine {
    /// The issuance.
    pub issuance: IssuedHead,
    /// The vintage.
    pub vintage: Year,
    /// Who received the units.
    pub account: AccountNumber,
    /// The units.
    pub range: SerialRange,
}

/// Units that left the account to which they were issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedLine {
    /// The account to which they were issued.
    pub source: AccountNumber,
    /// Where they are.
    pub destination: AccountNumber,
    /// What for.
    pub purpose: Purpose,
    /// What they serve.
    pub use_: Option<Use>,
    /// Whom it names by number.
    pub use_details: Option<UseDetails>,
    /// The units, ascending.
    pub ranges: Vec<SerialRange>,
}

/// The fold: give it every entry, in order.
#[derive(Debug, Clone, Default)]
pub struct Rebuild {
    position: Position,
    register: Register,
    issued: Vec<IssuedLine>,
    issued_to: UnitMap<AccountNumber>,
    authorisations: BTreeMap<u64, Name>,
}

impl Rebuild {
    /// The lists of no entries.
    pub fn new() -> Rebuild {
        Rebuild::default()
    }

    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// [`FoldError`]; after one the fold takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.position.begin(entry)?;
        self.register.apply(entry)?;
        let mut issuance: Option<IssuedHead> = None;
        let from = self.issued.len();
        for effect in &entry.event.0 {
            match effect {
                Effect::AuthorisationRecorded { authorisation } => {
                    self.authorisations.insert(entry.index.get(), authorisation.id.clone());
                }
                Effect::AuthorisationChanged(change) => {
                    let id = self.authorisations.get(&change.authorisation.get()).cloned();
                    self.authorisations.extend(id.map(|id| (entry.index.get(), id)));
                }
                Effect::IssuanceRecorded {
                    project,
                    decision,
                    basis,
                    verifier,
                    verification_report,
                    ..
                } => {
                    issuance = Some(IssuedHead {
                        project: project.clone(),
                        decision: decision.clone(),
                        basis: basis.clone(),
                        verifier: verifier.clone(),
                        report: *verification_report,
                        authorisations: None,
                    });
                }
                Effect::BlockIssued { vintage, allocations, .. } => {
                    for &Holding { account, range } in allocations {
                        self.issued_to.insert(range, account);
                        let vintage = *vintage;
                        self.issued.extend(issuance.clone().map(|issuance| IssuedLine {
                            issuance,
                            vintage,
                            account,
                            range,
                        }));
                    }
                }
                Effect::FirstTransferred { range, japan, partner } => {
                    let name = |entry: u64| self.authorisations.get(&entry).cloned();
                    let both = name(japan.get()).zip(name(partner.get()));
                    let lines = self.issued.get_mut(from..).unwrap_or_default().iter_mut();
                    let same = lines.filter(|line| line.range.block() == range.block());
                    same.for_each(|line| line.issuance.authorisations = both.clone());
                }
                _ => {}
            }
        }
        self.position.end()
    }

    /// What was issued, in the order of the blocks.
    pub fn issued(&self) -> &[IssuedLine] {
        &self.issued
    }

    /// What went from the account that it was issued to, by account.
    ///
    /// # Errors
    ///
    /// When units are with an account that was not opened.
    pub fn moved(&self) -> Result<Vec<MovedLine>, ReportFault> {
        let mut lines: BTreeMap<_, Vec<SerialRange>> = BTreeMap::new();
        let uses = self.register.uses();
        let mut use_of: UnitMap<usize> = UnitMap::default();
        for (number, (_, ranges)) in uses.iter().enumerate() {
            ranges.iter().for_each(|range| use_of.insert(*range, number));
        }
        for (range, holder) in self.register.holders() {
            for (part, source) in self.issued_to.within(range) {
                if source == holder {
                    continue;
                }
                let used: Vec<_> = use_of.within(part).collect();
                let parts = match used.is_empty() {
                    true => vec![(part, None)],
                    false => used.into_iter().map(|(part, number)| (part, Some(number))).collect(),
                };
                for (part, number) in parts {
                    lines.entry((source, holder, number)).or_default().push(part);
                }
            }
        }
        let line =
            |((source, destination, number), ranges): ((_, AccountNumber, Option<usize>), _)| {
                let account = self.register.account(destination);
                let account = account.ok_or(ReportFault::NoAccount(destination))?;
                let purpose = match account.category {
                    AccountCategory::Retirement => Purpose::Retirement,
                    AccountCategory::Cancellation => Purpose::Cancellation,
                    AccountCategory::GovernmentHolding | AccountCategory::Entity => Purpose::Other,
                };
                let served = number.and_then(|number| Some(uses.get(number)?.0));
                let use_ = served.and_then(|served| self.use_for(served, source));
                let use_details = served.and_then(details_for);
                Ok(MovedLine { source, destination, purpose, use_, use_details, ranges })
            };
        lines.into_iter().map(line).collect()
    }

    /// What units serve, said by the account that they were issued to: a beneficiary who
    /// was another holder is named.
    fn use_for(&self, use_: &crate::register::Use, source: AccountNumber) -> Option<Use> {
        let served = use_.served.as_ref()?;
        let holder = self.register.account(use_.account);
        let holder = holder.and_then(|account| Text::new(account.names.listed()));
        let by_other = if use_.account == source { None } else { holder };
        Some(Use {
            kind: served.kind.0,
            reporting_year: served.reporting_year,
            beneficiary: served.beneficiary.clone().or(by_other),
        })
    }
}

/// Whom a use names by number.
fn details_for(use_: &crate::register::Use) -> Option<UseDetails> {
    let (beneficiary, entity) = (use_.beneficiary_number().cloned(), use_.entity().cloned());
    (beneficiary.is_some() || entity.is_some()).then_some(UseDetails { beneficiary, entity })
}

//! Commands of several parts, all or none: each part is judged as of after the parts
//! before it.

use super::judge::Case;
use super::state::{Period, State};
use super::{issuance, safeguards, transfer};
use crate::code::{Broken, Code, Judged, contradiction, ensure};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{ApplyTransfers, PaymentId, RecordIssuance};
use jcm_format::event::Effect;
use jcm_format::id::{BlockNumber, EntryIndex, ProjectRef};
use std::collections::BTreeMap;

/// What the parts before this one have done, as far as a rule of this part may ask.
/// They share no unit with it, so that their units do not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Before {
    /// Taken of payments.
    payments: BTreeMap<PaymentId, Yen>,
    /// Taken of authorisations, by the entry of the first version.
    pub(crate) authorisations: BTreeMap<EntryIndex, Tonnes>,
    /// Applied for, to leave the common source today.
    pub(crate) outgoing: u128,
    /// Issued for.
    issued: Vec<(ProjectRef, Period)>,
    last_block: Option<BlockNumber>,
}

impl Before {
    /// Taken of a payment.
    pub(crate) fn of_payment(&self, payment: PaymentId) -> Yen {
        self.payments.get(&payment).copied().unwrap_or(Yen::ZERO)
    }

    /// Taken of an authorisation.
    pub(crate) fn of_authorisation(&self, first: EntryIndex) -> Tonnes {
        self.authorisations.get(&first).copied().unwrap_or(Tonnes::ZERO)
    }

    /// The periods for which units of a project were issued.
    pub(crate) fn issued_for(&self, project: &ProjectRef) -> impl Iterator<Item = Period> {
        self.issued.iter().filter(move |(of, _)| of == project).map(|(_, period)| *period)
    }

    /// The last block issued.
    pub(crate) fn last_block(&self) -> Option<BlockNumber> {
        self.last_block
    }

    /// Adds what a part does.
    fn add(&mut self, state: &State, effects: &[Effect]) -> Judged<()> {
        let overflows = || contradiction("a sum overflows");
        for effect in effects {
            match effect {
                Effect::TransferApplied { terms, .. } => {
                    self.outgoing += u128::from(terms.ranges.quantity().get());
                }
                Effect::PaymentApplied { payment, amount_yen, .. } => {
                    let sum = self.payments.entry(PaymentId::single(*payment)).or_default();
                    *sum = sum.checked_add(*amount_yen).ok_or_else(overflows)?;
                }
                Effect::PaymentLineApplied { payment, amount_yen, .. } => {
                    let sum = self.payments.entry(*payment).or_default();
                    *sum = sum.checked_add(*amount_yen).ok_or_else(overflows)?;
                }
                Effect::FirstTransferred { range, japan, partner } => {
                    for version in [*japan, *partner] {
                        let (first, _) = state.paris.of_version(version)?;
                        let sum = self.authorisations.entry(first).or_insert(Tonnes::ZERO);
                        *sum = sum.checked_add(range.quantity()).ok_or_else(overflows)?;
                    }
                }
                Effect::IssuanceRecorded { project, decision, .. } => {
                    self.issued.push((project.clone(), Period::of(decision)));
                }
                Effect::BlockIssued { block, .. } => self.last_block = Some(*block),
                // What else a part does, no part asks for.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Judges part by part; a finding says which is broken.
fn each<'a, P>(
    case: &Case<'a>,
    parts: &[P],
    judge: impl Fn(&Case<'a>, &P) -> Judged<Vec<Effect>>,
) -> Judged<Vec<Effect>> {
    let Case { state, now, command, signers, .. } = *case;
    let mut case = Case { state, now, command, signers, before: Before::default() };
    let mut effects = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let own = judge(&case, part).map_err(|Broken { code, detail }| Broken {
            code,
            detail: format!("parts[{number}]: {detail}"),
        })?;
        case.before.add(state, &own)?;
        effects.extend(own);
    }
    Ok(effects)
}

/// Rule 761 for the source; then all rules from 702 on, and 728, part by part.
pub(crate) fn transfers(case: &Case<'_>, several: &ApplyTransfers) -> Judged<Vec<Effect>> {
    safeguards::not_frozen(case, several.source)?;
    each(case, &several.parts, |case, part| {
        let asked = transfer::Asked {
            terms: &part.terms,
            use_details: part.use_details.as_ref(),
            trust: None,
            fee_payment: part.fee_payment,
        };
        let (effects, recorded) = transfer::ask(case, &asked)?;
        ensure(recorded, Code::PartWouldWait, || {
            format!("the transfer to {} could not be recorded at once", part.terms.destination)
        })?;
        Ok(effects)
    })
}

/// Rules 603 to 613, part by part.
pub(crate) fn issuances(case: &Case<'_>, parts: &[RecordIssuance]) -> Judged<Vec<Effect>> {
    each(case, parts, issuance::record)
}

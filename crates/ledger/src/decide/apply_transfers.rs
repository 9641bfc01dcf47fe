//! ApplyTransfers: several transfers from one account, all or none.

use super::apply_transfer::{Asked, one, source};
use super::earlier::{EarlierTransfers, in_part};
use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::ApplyTransfers;

pub(super) fn decide(case: &Case<'_>, command: &ApplyTransfers) -> Decision {
    let source = source(case, command.source, command.source, false)?;
    let mut earlier = EarlierTransfers::default();
    let mut effects = Vec::new();
    for (position, part) in command.parts.iter().enumerate() {
        let asked = Asked {
            terms: &part.terms,
            use_details: part.use_details.as_ref(),
            trust: None,
            fee_payment: part.fee_payment,
        };
        let accepted = one(case, source, asked, &mut earlier);
        // What waits could be refused later, and then not all would be recorded.
        let accepted = accepted.and_then(|accepted| match accepted.waits {
            Some(why) => reject(Reason::PartWouldWait, why),
            None => Ok(accepted),
        });
        effects.extend(accepted.map_err(|broken| in_part(position, broken))?.effects());
    }
    // After this point the command is accepted.
    Ok(effects)
}

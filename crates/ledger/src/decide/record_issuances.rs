//! RecordIssuances: several issuances, all or none.

use super::earlier::in_part;
use super::record_issuance::{EarlierIssuances, one};
use super::{Case, Decision};
use jcm_format::command::RecordIssuance;

pub(super) fn decide(case: &Case<'_>, parts: &[RecordIssuance]) -> Decision {
    let mut earlier = EarlierIssuances::default();
    let mut effects = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        let of_part = one(case, part, &mut earlier);
        effects.extend(of_part.map_err(|broken| in_part(position, broken))?);
    }
    // After this point the command is accepted.
    Ok(effects)
}

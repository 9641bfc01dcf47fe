//! Projects, authorisations and issuances in words.

use super::tonnes;
use jcm_format::command::{AuthorisedPurposes, Basis, Side};
use jcm_format::event::Effect;
use std::fmt::Write as _;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::ProjectRegistered { reference, title, methodology, .. } => {
            format!("registers project {reference}: {title} (methodology {methodology})")
        }
        Effect::ProponentRegistered { project, .. } => {
            format!("registers an individual as proponent of project {project}")
        }
        Effect::AuthorisationRecorded { authorisation } => {
            let side = match authorisation.side {
                Side::Japan => "Japan's",
                Side::Partner => "the partner's",
            };
            format!(
                "records {side} authorisation {} under {} with {}: {}, vintages {} to {}, for {}",
                authorisation.id,
                authorisation.cooperative_approach,
                authorisation.partner,
                tonnes(authorisation.quantity_tonnes),
                authorisation.first_vintage,
                authorisation.last_vintage,
                purposes(authorisation.purposes)
            )
        }
        Effect::IssuanceConsented { project, decision } => format!(
            "consents to the issuance for {project} by decision {}, at most {} t",
            decision.reference, decision.notified_japan_tonnes
        ),
        Effect::IssuanceRecorded { project, decision, basis, quantity_tonnes, .. } => {
            let basis = match basis {
                Basis::Consent(entry) => format!("with the consent of entry {entry}"),
                Basis::CarriedOver { issued_on, .. } => {
                    format!("carried over from the predecessor book, issued {issued_on}")
                }
            };
            format!(
                "issues {} for {project} by decision {}, {basis}",
                tonnes(*quantity_tonnes),
                decision.reference
            )
        }
        Effect::BlockIssued { block, vintage, class, allocations, .. } => {
            let mut line = format!("block {block}, vintage {vintage}, class {class}:");
            for (i, part) in allocations.iter().enumerate() {
                let comma = if i == 0 { "" } else { "," };
                // Writing to a String cannot fail.
                let _ = write!(line, "{comma} {} to {}", part.range, part.account);
            }
            line
        }
        _ => String::new(),
    }
}

pub(super) fn purposes(purposes: AuthorisedPurposes) -> String {
    let mut words = Vec::new();
    if purposes.ndc {
        words.push("NDC");
    }
    if purposes.imp {
        words.push("international mitigation purposes");
    }
    if purposes.op {
        words.push("other purposes");
    }
    words.join(", ")
}

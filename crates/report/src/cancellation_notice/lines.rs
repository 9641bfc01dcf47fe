//! The lines of a notice (`docs/spec/documents.md`).

use super::Act;
use crate::lookup::BlockFacts;
use crate::words;
use jcm_format::amount::Tonnes;
use jcm_format::command::{TransferTerms, UseDetails, UseKind};
use jcm_format::event::Effect;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::identification::IdentificationFormat;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Timestamp, Year};
use std::fmt::Write as _;

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) registry: String,
    pub(super) act: Act,
    /// The entry that recorded it, and its time.
    pub(super) recorded: (EntryIndex, Timestamp),
    /// The entry of the application, and its time.
    pub(super) applied: (EntryIndex, Timestamp),
    /// Of several transfers in one entry: which, from 1, and of how many.
    pub(super) part: Option<(u32, u32)>,
    pub(super) terms: TransferTerms,
    /// Whom the use names by number.
    pub(super) details: Option<UseDetails>,
    pub(super) identification: IdentificationFormat,
    pub(super) units: Vec<Units>,
    pub(super) adjustments: Vec<Adjustment>,
}

/// Units of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) range: SerialRange,
    /// What their issuance says of them, and the identification numbers of the first
    /// and the last; nothing where the issuance is left out.
    pub(super) known: Option<(BlockFacts, String)>,
}

/// A corresponding adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Adjustment {
    pub(super) partner: Country,
    pub(super) vintage: Year,
    pub(super) tonnes: Tonnes,
    japan: EntryIndex,
    authorised_by_partner: EntryIndex,
}

pub(super) const fn adjustment(effect: &Effect) -> Option<Adjustment> {
    match effect {
        Effect::AdjustmentBooked {
            partner,
            vintage,
            quantity_tonnes,
            japan_authorisation,
            partner_authorisation,
        } => Some(Adjustment {
            partner: *partner,
            vintage: *vintage,
            tonnes: *quantity_tonnes,
            japan: *japan_authorisation,
            authorised_by_partner: *partner_authorisation,
        }),
        _ => None,
    }
}

impl Content {
    /// One spelling for one content.
    pub(super) fn statement(&self) -> String {
        let terms = &self.terms;
        let act = match self.act {
            Act::Retirement => "retirement",
            Act::Cancellation => "cancellation",
        };
        let mut lines = vec![
            "jcm-notice/v1".to_owned(),
            format!("registry {}", self.registry),
            format!("act {act}"),
            format!("entry {} {}", self.recorded.0, self.recorded.1),
            format!("application {} {}", self.applied.0, self.applied.1),
        ];
        lines.extend(self.part.map(|(number, of)| format!("part {number} {of}")));
        lines.push(format!("source {}", terms.source));
        lines.push(format!("destination {}", terms.destination));
        if let Some(used) = &terms.use_ {
            let year = used.reporting_year.map_or_else(|| "-".to_owned(), |year| year.to_string());
            lines.push(format!("use {} {year}", kind_in_lines(used.kind)));
            lines.extend(used.beneficiary.as_ref().map(|named| format!("beneficiary {named}")));
        }
        if let Some(UseDetails { beneficiary, entity }) = &self.details {
            let number = beneficiary.as_ref().map(|number| format!("beneficiary_number {number}"));
            lines.extend(number);
            lines.extend(entity.as_ref().map(|entity| format!("entity {entity}")));
        }
        lines.push(format!("identification {}", self.identification));
        for Units { range, known } in &self.units {
            let tonnes = range.quantity();
            lines.push(match known {
                Some((BlockFacts { project, vintage, class, issued_on }, named)) => format!(
                    "units {range} {project} {vintage} {class} {issued_on} {tonnes} {named}"
                ),
                None => format!("units {range} {tonnes}"),
            });
        }
        for booked in &self.adjustments {
            let Adjustment { partner, vintage, tonnes, japan, authorised_by_partner } = booked;
            lines.push(format!(
                "adjustment {partner} {vintage} {tonnes} {japan} {authorised_by_partner}"
            ));
        }
        lines.push(format!("total {}", terms.ranges.quantity()));
        let mut text = String::new();
        for line in lines {
            // Writing to a string does not fail.
            let _written = writeln!(text, "{line}");
        }
        text
    }

    /// The use for people: Japanese, English.
    pub(super) fn use_texts(&self) -> Option<(String, String)> {
        let used = self.terms.use_.as_ref()?;
        let (japanese, english) = words::use_texts(words::use_kind(used.kind));
        Some(match used.reporting_year {
            Some(year) => (format!("{japanese}（{year}年度）"), format!("{english}, {year}")),
            None => (japanese.to_owned(), english.to_owned()),
        })
    }
}

/// As in the JSON of an entry (`docs/spec/entry.md`).
const fn kind_in_lines(kind: UseKind) -> &'static str {
    match kind {
        UseKind::Ndc => "ndc",
        UseKind::Shk => "shk",
        UseKind::GxEts => "gx_ets",
        UseKind::Voluntary => "voluntary",
        UseKind::InternationalMitigation => "international_mitigation",
        UseKind::OtherPurposes => "other_purposes",
        UseKind::Omge => "omge",
        UseKind::Other => "other",
    }
}

//! The notice of a retirement (無効化通知) or a cancellation (取消し通知): which units,
//! for whom, when, by which entry, with the entries and their proofs.
//!
//! Every line of it follows from entries that it carries, so that its reader needs
//! nothing of the registry's but the log's key (`docs/spec/documents.md`).

mod lines;
mod paper;
#[cfg(test)]
mod tests;

use crate::document::{Document, Signers};
use crate::lookup::{Lookup, blocks_in};
use crate::paper::Language;
use jcm_format::command::{Purpose, TransferTerms, UseDetails};
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_format::identification::IdentificationFormat;
use lines::{Content, Units};
use std::collections::BTreeSet;

/// Where the entries stand that a notice rests on.
pub trait NoticeLookup: Lookup {
    /// The entry that issued a block.
    fn issuance(&self, block: BlockNumber) -> Option<EntryIndex>;

    /// The entry that adopted a version of the rules.
    fn adoption(&self, rule_set: u32) -> Option<EntryIndex>;
}

/// What a transfer to a sink is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// 無効化.
    Retirement,
    /// 取消し.
    Cancellation,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancellationNotice {
    content: Content,
    statement: String,
    document: Document,
}

/// The entries that a notice rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Without these there is no notice.
    pub entries: BTreeSet<EntryIndex>,
    /// These say of which project, vintage and class the units are. They also say
    /// who else was issued units; where one is left out, so is what it says.
    pub issuances: BTreeSet<EntryIndex>,
}

/// Why there is no notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The entry records no retirement or cancellation.
    #[error("entry {0} records no retirement or cancellation")]
    NotRecorded(EntryIndex),
    /// The entry has several transfers, and it was not said which, or it has no such one.
    #[error("entry {application} has {parts} transfers: name one of them, from 1 to {parts}")]
    Several {
        /// The entry that applied for them.
        application: EntryIndex,
        /// How many they are.
        parts: u32,
    },
    /// An entry that the notice rests on is not at hand.
    #[error("entry {0} is not at hand")]
    Missing(EntryIndex),
    /// Who issued a block is not known.
    #[error("the entry that issued block {0} is not at hand")]
    Unissued(BlockNumber),
    /// The entry that adopted the rules of the day is not at hand.
    #[error("the entry that adopted rule set {0} is not at hand")]
    Unruled(u32),
}

/// One of the transfers that an entry applied for.
struct Part<'a> {
    /// Which, from 1, and of how many.
    number: (u32, u32),
    terms: &'a TransferTerms,
    details: Option<&'a UseDetails>,
    /// Its effects in the entry, the application first.
    effects: &'a [Effect],
}

/// The entries that the notice of a recorded transfer rests on. Of several transfers in
/// one entry (`ApplyTransfers`) `part` names one, from 1; 0 is the only one.
///
/// # Errors
///
/// The entry records no retirement or cancellation, or one of the others cannot
/// be found; it has several transfers, and `part` is none of them.
pub fn entries_needed(
    recording: EntryIndex,
    part: u32,
    log: &dyn NoticeLookup,
) -> Result<Needed, NoticeError> {
    let missing = |entry| move || NoticeError::Missing(entry);
    let entry = log.entry(recording).ok_or_else(missing(recording))?;
    let application = recorded_by(&entry).ok_or(NoticeError::NotRecorded(recording))?;
    let applied = log.entry(application).ok_or_else(missing(application))?;
    let Part { terms, .. } = part_of(&applied, part)?;
    act_of(terms).ok_or(NoticeError::NotRecorded(recording))?;
    let adoption = log.adoption(entry.rule_set).ok_or(NoticeError::Unruled(entry.rule_set))?;
    let issuances = terms.ranges.iter().map(|range| {
        let block = range.block();
        log.issuance(block).ok_or(NoticeError::Unissued(block))
    });
    Ok(Needed {
        entries: BTreeSet::from([recording, application, adoption]),
        issuances: issuances.collect::<Result<_, _>>()?,
    })
}

impl CancellationNotice {
    /// The notice of the transfer that an entry recorded, or of the `part` of several.
    /// `entries` are those of [`entries_needed`] with their proofs, ascending, all under
    /// one checkpoint.
    ///
    /// # Errors
    ///
    /// As for [`entries_needed`].
    pub fn new(
        recording: EntryIndex,
        part: u32,
        registry: &str,
        signers: Signers<'_>,
        entries: &[(Entry, String)],
    ) -> Result<CancellationNotice, NoticeError> {
        let find = |index| {
            let found = entries.iter().map(|(entry, _)| entry).find(|entry| entry.index == index);
            found.ok_or(NoticeError::Missing(index))
        };
        let recorded = find(recording)?;
        let application = recorded_by(recorded).ok_or(NoticeError::NotRecorded(recording))?;
        let applied = find(application)?;
        let Part { number, terms, details, effects } = part_of(applied, part)?;
        // What is recorded with its application is recorded among its effects.
        let effects = if application == recording { effects } else { &recorded.event.0 };
        let act = act_of(terms).ok_or(NoticeError::NotRecorded(recording))?;
        let all = entries.iter().map(|(entry, _)| entry);
        let identification = all.clone().find_map(|entry| form_adopted(entry, recorded.rule_set));
        let identification = identification.ok_or(NoticeError::Unruled(recorded.rule_set))?;
        let mut units = Vec::new();
        for range in terms.ranges.iter() {
            let issued = all.clone().flat_map(blocks_in).find(|(block, _)| *block == range.block());
            let known = issued.map(|(_, facts)| {
                let named = identification.print_range(&facts.project, facts.vintage, range);
                (facts, named)
            });
            units.push(Units { range, known });
        }
        let content = Content {
            registry: registry.to_owned(),
            act,
            recorded: (recording, recorded.time),
            applied: (application, applied.time),
            part: Some(number).filter(|(_, of)| *of > 1),
            terms: terms.clone(),
            details: details.cloned(),
            identification,
            units,
            adjustments: effects.iter().filter_map(lines::adjustment).collect(),
        };
        let statement = content.statement();
        let proofs = entries.iter().map(|(_, proof)| proof.clone());
        let document = Document::new("notice", signers, &statement, proofs);
        Ok(CancellationNotice { content, statement, document })
    }

    /// The entry that recorded it.
    pub fn entry(&self) -> EntryIndex {
        self.content.recorded.0
    }

    /// Retirement or cancellation.
    pub fn act(&self) -> Act {
        self.content.act
    }

    /// The lines that it states.
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// The document that proves itself, as JSON in its one spelling.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        self.document.json()
    }

    /// The notice as Markdown, without the document.
    pub fn markdown(&self, language: Language) -> String {
        self.paper(language, None).markdown()
    }

    /// The notice as one HTML file, fit to be printed, with the document in it.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn html(&self, language: Language) -> Result<String, serde_json::Error> {
        Ok(self.paper(language, Some(self.json()?)).html())
    }
}

/// The application whose transfer an entry records.
fn recorded_by(entry: &Entry) -> Option<EntryIndex> {
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::TransferRecorded { application } => Some(application.unwrap_or(entry.index)),
        _ => None,
    })
}

/// The transfer that an entry applied for; of several the one that is named, each having
/// its own use and beneficiary.
fn part_of(entry: &Entry, part: u32) -> Result<Part<'_>, NoticeError> {
    let is_applied = |effect: &Effect| matches!(effect, Effect::TransferApplied { .. });
    let application = entry.index;
    let parts = entry.event.0.iter().filter(|effect| is_applied(effect)).count();
    let parts = u32::try_from(parts).unwrap_or(u32::MAX);
    let number = match (part, parts) {
        (_, 0) => return Err(NoticeError::NotRecorded(application)),
        (0, 1) => 1,
        (part, parts) if (1..=parts).contains(&part) => part,
        _ => return Err(NoticeError::Several { application, parts }),
    };
    let mut begins = (0..).zip(&entry.event.0).filter(|(_, effect)| is_applied(effect));
    let skipped = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let missing = NoticeError::NotRecorded(application);
    let (begin, applied) = begins.nth(skipped).ok_or(missing)?;
    let Effect::TransferApplied { terms, .. } = applied else { return Err(missing) };
    let end = begins.next().map_or(entry.event.0.len(), |(end, _)| end);
    let effects = entry.event.0.get(begin..end).ok_or(missing)?;
    let details = effects.iter().find_map(|effect| match effect {
        Effect::UseStated(details) => Some(details),
        _ => None,
    });
    Ok(Part { number: (number, parts), terms, details, effects })
}

const fn act_of(terms: &TransferTerms) -> Option<Act> {
    match terms.purpose {
        Purpose::Retirement => Some(Act::Retirement),
        Purpose::Cancellation => Some(Act::Cancellation),
        Purpose::Other => None,
    }
}

/// The form of identification numbers that an entry adopted with a rule set.
fn form_adopted(entry: &Entry, version: u32) -> Option<IdentificationFormat> {
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::RulesAdopted { rules } if rules.version == version => {
            Some(rules.identification.clone())
        }
        Effect::RuleSetAdopted { rule_set } if rule_set.version == version => {
            Some(IdentificationFormat::default())
        }
        _ => None,
    })
}

//! From the log to a submission.
//!
//! What is kept: authorisations with their versions; for each block whose it is; a
//! stretch for each first transfer, because identifiers are counted and not recorded;
//! a piece for each run of units that is held; applications that wait. Beside that,
//! what happened in the reported year.

mod authorisations;
mod rows;
mod units;

#[cfg(test)]
mod tests;

use super::AefSubmission;
use super::rows::SubmissionVersion;
use crate::fold::{FoldError, Position, ended};
use authorisations::Authorisations;
use jcm_format::command::{Article6, EntityRef, Purpose, Rules, UseKind};
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_format::identification::IdentificationFormat;
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::time::{Date, Timestamp, Year};
use std::collections::BTreeMap;
use units::{Consumed, Held, Units};

/// What the caller says about a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The calendar year on which it reports.
    pub year: Year,
    /// The day on which it is handed in.
    pub date: Date,
    /// Its version.
    pub version: SubmissionVersion,
}

impl Request {
    /// The first version, handed in on the day on which it is due: 15 April of the year
    /// after. None of a year that has none after it.
    pub fn due(year: Year) -> Option<Request> {
        let date = Date::new(year.next()?.get(), 4, 15)?;
        Some(Request { year, date, version: SubmissionVersion::FIRST })
    }
}

/// Why entries do not give a submission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AefError {
    /// The entries are not a whole log in its order.
    #[error("the entries are not a whole log in its order")]
    Fold(#[from] FoldError),
    /// Without the rule data there is neither a registry nor an NDC period to name.
    #[error("Article 6 is not adopted in these entries; two authorities adopt it (AdoptArticle6)")]
    NotAdopted,
    /// An effect names an authorisation, or a version, that no entry before recorded.
    #[error("entry {entry} names authorisation {authorisation}, which is not recorded before")]
    AuthorisationUnknown {
        /// The entry.
        entry: EntryIndex,
        /// What it names.
        authorisation: EntryIndex,
    },
    /// An effect names units of a block that no entry before issued.
    #[error("entry {entry} names units of block {block}, which is not issued before")]
    BlockUnknown {
        /// The entry.
        entry: EntryIndex,
        /// The block.
        block: BlockNumber,
    },
    /// Units are first transferred a second time.
    #[error("entry {entry} first transfers units {range} again")]
    FirstTransferredTwice {
        /// The entry.
        entry: EntryIndex,
        /// The units.
        range: SerialRange,
    },
    /// Units are retired that were not first transferred, or used before.
    #[error("entry {entry} retires units {range}, of which some are not held as ITMOs")]
    NotHeld {
        /// The entry.
        entry: EntryIndex,
        /// The units.
        range: SerialRange,
    },
}

/// A transfer that was applied for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Waiting {
    /// Units stay in the book and in the Party.
    Within,
    /// Units come to an end.
    Ending { ranges: SerialRanges, ending: Ending },
}

/// How units come to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ending {
    purpose: Purpose,
    kind: Option<UseKind>,
    entity: Option<EntityRef>,
}

/// The fold: give it every entry, in order, from the first.
#[derive(Debug, Clone)]
pub struct AefFold {
    year: Year,
    position: Position,
    /// How many entries the year and those before have; none until a later one came.
    scope: Option<u64>,
    article6: Option<Article6>,
    identification: IdentificationFormat,
    authorisations: Authorisations,
    units: Units,
    waiting: BTreeMap<EntryIndex, Waiting>,
    /// What was held when the year began; none until an entry of the year or of a later one came.
    opening: Option<Vec<(SerialRange, u64)>>,
    consumed: Vec<(Consumed, Ending)>,
}

impl AefFold {
    /// The fold of no entries, for a report on `year`.
    pub fn new(year: Year) -> AefFold {
        AefFold {
            year,
            position: Position::default(),
            scope: None,
            article6: None,
            identification: IdentificationFormat::default(),
            authorisations: Authorisations::default(),
            units: Units::default(),
            waiting: BTreeMap::new(),
            opening: None,
            consumed: Vec::new(),
        }
    }

    /// Looks at the next entry. Entries of later years matter only until Article 6 is
    /// adopted, which gives identifiers to units first transferred before.
    ///
    /// # Errors
    ///
    /// Entries left out, repeated or swapped, or effects that name what no entry
    /// recorded. After an error of the second kind the fold takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), AefError> {
        self.position.begin(entry)?;
        let year = entry.time.date_in_japan().year();
        if self.year <= year && self.opening.is_none() {
            self.opening = Some(self.units.held());
        }
        if self.year < year {
            self.scope.get_or_insert(entry.index.get());
            if self.article6.is_none() {
                self.number(entry)?;
            }
        } else {
            self.number(entry)?;
            self.record(entry)?;
        }
        self.position.end()?;
        Ok(())
    }

    /// Rule data, authorisations, issuances and first transfers: all that identifiers
    /// depend on.
    fn number(&mut self, entry: &Entry) -> Result<(), AefError> {
        let here = entry.index;
        for effect in &entry.event.0 {
            match effect {
                Effect::Article6Adopted(data) => {
                    if self.article6.is_none() {
                        self.units.number_all(&self.authorisations, data.registry)?;
                    }
                    self.article6 = Some(*data);
                }
                Effect::AuthorisationRecorded { authorisation } => {
                    self.authorisations.record(entry, authorisation);
                }
                Effect::AuthorisationDetailed(details) => {
                    self.authorisations.detail(here, details)?
                }
                Effect::AuthorisationChanged(change) => {
                    self.authorisations.change(entry, change)?
                }
                Effect::AuthorisationRevoked(revocation) => {
                    self.authorisations.revoke(here, revocation)?;
                }
                Effect::IssuanceRecorded { project, .. } => self.units.issuing(project.clone()),
                Effect::BlockIssued { block, vintage, .. } => {
                    self.units.issue(here, *block, *vintage);
                }
                Effect::FirstTransferred { range, japan, partner } => {
                    let registry = self.article6.map(|data| data.registry);
                    let pair = (*japan, *partner);
                    let in_scope = self.scope.is_none();
                    let authorisations = &self.authorisations;
                    self.units.first_transfer(
                        entry,
                        *range,
                        pair,
                        authorisations,
                        registry,
                        in_scope,
                    )?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Rules and transfers: what comes to an end. First transfers of the same entry
    /// are taken in before, though they may stand behind.
    fn record(&mut self, entry: &Entry) -> Result<(), AefError> {
        let here = entry.index;
        for effect in &entry.event.0 {
            match effect {
                Effect::RuleSetAdopted { rule_set } => {
                    self.identification = Rules::of_genesis(rule_set).identification;
                }
                Effect::RulesAdopted { rules } => {
                    self.identification = rules.identification.clone();
                }
                Effect::TransferApplied { terms, .. } => {
                    let kind = terms.use_.as_ref().map(|use_| use_.kind);
                    let ending = Ending { purpose: terms.purpose, kind, entity: None };
                    let waiting = match terms.purpose {
                        Purpose::Other => Waiting::Within,
                        Purpose::Retirement | Purpose::Cancellation => {
                            Waiting::Ending { ranges: terms.ranges.clone(), ending }
                        }
                    };
                    self.waiting.insert(here, waiting);
                }
                Effect::UseStated(details) => {
                    if let Some(Waiting::Ending { ending, .. }) = self.waiting.get_mut(&here) {
                        ending.entity = details.entity.clone();
                    }
                }
                _ => self.ended(entry, effect)?,
            }
        }
        Ok(())
    }

    fn ended(&mut self, entry: &Entry, effect: &Effect) -> Result<(), AefError> {
        let here = entry.index;
        let Some((application, _)) = ended(effect, here) else { return Ok(()) };
        let waiting = self.waiting.remove(&application);
        if !matches!(effect, Effect::TransferRecorded { .. }) {
            return Ok(());
        }
        match waiting {
            None => Err(FoldError::ApplicationUnknown { entry: here, application }.into()),
            Some(Waiting::Within) => Ok(()),
            Some(Waiting::Ending { ranges, ending }) => {
                self.end(entry.time, (application, here), &ranges, ending)
            }
        }
    }

    fn end(
        &mut self,
        at: Timestamp,
        (application, record): (EntryIndex, EntryIndex),
        ranges: &SerialRanges,
        ending: Ending,
    ) -> Result<(), AefError> {
        let in_year = at.date_in_japan().year() == self.year;
        for range in ranges.iter() {
            let pieces = self.units.consume(range, application, record);
            let found: u64 = pieces.iter().map(|piece| piece.range.quantity().get()).sum();
            // A unit that is cancelled need not be an ITMO; one that serves the NDC must.
            if ending.purpose == Purpose::Retirement && found != range.quantity().get() {
                return Err(AefError::NotHeld { entry: record, range });
            }
            if in_year {
                let with_time = pieces.into_iter().map(|piece| Consumed { at, ..piece });
                self.consumed.extend(with_time.map(|piece| (piece, ending.clone())));
            }
        }
        Ok(())
    }

    /// How many entries were read.
    pub const fn entries(&self) -> u64 {
        self.position.entries()
    }

    /// The submission.
    ///
    /// # Errors
    ///
    /// Article 6 that no entry adopts; an authorisation that is not recorded.
    pub fn finish(&self, request: &Request) -> Result<AefSubmission, AefError> {
        rows::submission(self, request)
    }

    fn held(&self) -> impl Iterator<Item = Held> {
        self.units.pieces()
    }
}

impl AefSubmission {
    /// The submission that `entries` give, from the first entry of the log on.
    ///
    /// # Errors
    ///
    /// [`AefError`].
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = &'a Entry>,
        request: &Request,
    ) -> Result<AefSubmission, AefError> {
        let mut fold = AefFold::new(request.year);
        for entry in entries {
            fold.apply(entry)?;
        }
        fold.finish(request)
    }
}

//! The history of one unit: how it came to be, through whose hands it went, and
//! what it serves now.
//!
//! A fold over the entries that concern the unit's block. A restriction on a
//! whole account names no block: it is part of the history only if the entries
//! given include the one that recorded it, and for the unit only while its
//! holder is that account.

use crate::account_book::{BookError, transfer_of};
use crate::application::{Application, Request, ended};
use crate::lookup::Lookup;
use jcm_format::command::{Purpose, Restriction};
use jcm_format::entry::Entry;
use jcm_format::event::{Effect, Holding};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::serial::{RangeError, SerialRange, SerialRanges};
use jcm_format::time::{Date, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One unit, as of the entries applied so far.
#[derive(Debug, Clone)]
pub struct UnitBook {
    unit: SerialRange,
    holder: Option<AccountNumber>,
    entries: u64,
    applications: BTreeSet<EntryIndex>,
    // Those on the unit, and those on whole accounts, whoever holds them.
    restrictions: BTreeMap<EntryIndex, Restriction>,
    trust: Option<EntryIndex>,
    events: Vec<UnitEvent>,
}

/// What happened to a unit. The words are those of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitEventKind {
    /// It was issued.
    Issued,
    /// Somebody applied for a transfer or a matter of trust that then waited.
    #[serde(rename = "applied for")]
    AppliedFor,
    /// That application ended without being recorded.
    #[serde(rename = "application ended")]
    ApplicationEnded,
    /// It went to another account, neither retired nor cancelled.
    Transferred,
    /// 無効化.
    Retired,
    /// 取消し.
    Cancelled,
    /// It became an internationally transferred mitigation outcome.
    #[serde(rename = "first transferred")]
    FirstTransferred,
    /// A correction moved it.
    Corrected,
    /// It became trust property.
    #[serde(rename = "trust recorded")]
    TrustRecorded,
    /// It is trust property no more.
    #[serde(rename = "trust deleted")]
    TrustDeleted,
    /// A restriction on its disposal began.
    Restricted,
    /// A restriction ended.
    Released,
}

impl UnitEventKind {
    /// The word of the service.
    pub const fn word(self) -> &'static str {
        match self {
            UnitEventKind::Issued => "issued",
            UnitEventKind::AppliedFor => "applied for",
            UnitEventKind::ApplicationEnded => "application ended",
            UnitEventKind::Transferred => "transferred",
            UnitEventKind::Retired => "retired",
            UnitEventKind::Cancelled => "cancelled",
            UnitEventKind::FirstTransferred => "first transferred",
            UnitEventKind::Corrected => "corrected",
            UnitEventKind::TrustRecorded => "trust recorded",
            UnitEventKind::TrustDeleted => "trust deleted",
            UnitEventKind::Restricted => "restricted",
            UnitEventKind::Released => "released",
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitEvent {
    /// The entry.
    pub entry: EntryIndex,
    /// When it was recorded.
    pub time: Timestamp,
    /// What happened.
    pub kind: UnitEventKind,
    /// Who holds the unit afterwards.
    pub account: AccountNumber,
    /// In words, English.
    pub text_en: String,
    /// In words, Japanese.
    pub text_ja: String,
}

impl UnitBook {
    /// The history of a unit of which nothing was read.
    ///
    /// # Errors
    ///
    /// When no block has a unit of this number.
    pub fn new(block: BlockNumber, unit: u64) -> Result<UnitBook, RangeError> {
        Ok(UnitBook {
            unit: SerialRange::new(block, unit, unit)?,
            holder: None,
            entries: 0,
            applications: BTreeSet::new(),
            restrictions: BTreeMap::new(),
            trust: None,
            events: Vec::new(),
        })
    }

    /// Everything that happened, oldest first.
    pub fn events(&self) -> &[UnitEvent] {
        &self.events
    }

    /// Who holds the unit; `None` if it was not issued.
    pub fn holder(&self) -> Option<AccountNumber> {
        self.holder
    }

    /// Who held it at the end of a day in Japan; `None` if it was not issued then.
    pub fn holder_on(&self, day: Date) -> Option<AccountNumber> {
        // The log's time never goes back, so the events are sorted by day.
        let until = self.events.partition_point(|event| event.time.date_in_japan() <= day);
        self.events.get(..until)?.last().map(|event| event.account)
    }

    /// The trust that it is property of.
    pub fn trust(&self) -> Option<EntryIndex> {
        self.trust
    }

    /// The restrictions on it that are not released, of those that were read.
    pub fn restrictions(&self) -> impl Iterator<Item = EntryIndex> {
        let on_it = |restriction: &Restriction| self.is_under(restriction);
        self.restrictions.iter().filter(move |(_, r)| on_it(r)).map(|(entry, _)| *entry)
    }

    /// Takes over the next entry that concerns the block. Others may be left out or
    /// given, as is convenient.
    ///
    /// # Errors
    ///
    /// When entries are out of order, or an application cannot be looked up. The
    /// book is then of no further use.
    pub fn apply(&mut self, entry: &Entry, log: &dyn Lookup) -> Result<(), BookError> {
        if entry.index.get() < self.entries {
            return Err(BookError::OutOfOrder(entry.index));
        }
        for effect in &entry.event.0 {
            self.apply_issue(entry, effect);
            self.apply_move(entry, effect, log)?;
            self.apply_state(entry, effect);
        }
        self.apply_application(entry);
        // An index comes from an entry that exists, so there is a next number.
        self.entries = entry.index.get().saturating_add(1);
        Ok(())
    }

    fn apply_issue(&mut self, entry: &Entry, effect: &Effect) {
        let has = |part: &&Holding| part.range.contains(self.unit);
        match effect {
            Effect::BlockIssued { allocations, .. } => {
                let Some(first) = allocations.iter().find(has) else { return };
                self.holder = Some(first.account);
                let account = first.account;
                self.note(entry, UnitEventKind::Issued, || {
                    (format!("口座{account}に発行"), format!("Issued to account {account}."))
                });
            }
            Effect::FirstTransferred { range, japan, partner } if range.contains(self.unit) => {
                self.note(entry, UnitEventKind::FirstTransferred, || {
                    (
                        format!("最初の国際的な移転（日本の承認 記録{japan}、相手国の承認 記録{partner}）"),
                        format!(
                            "First transferred internationally, under the authorisations of \
                             entries {japan} (Japan) and {partner} (partner)."
                        ),
                    )
                });
            }
            _ => {}
        }
    }

    fn apply_move(
        &mut self,
        entry: &Entry,
        effect: &Effect,
        log: &dyn Lookup,
    ) -> Result<(), BookError> {
        match effect {
            Effect::TransferRecorded { application } => {
                let (terms, application) = transfer_of(entry, effect, *application, log)?;
                self.applications.remove(&application);
                if !self.is_in(&terms.ranges) {
                    return Ok(());
                }
                let (from, to) = (terms.source, terms.destination);
                self.holder = Some(to);
                let (kind, ja, en) = match terms.purpose {
                    Purpose::Retirement => (UnitEventKind::Retired, "無効化", "Retired"),
                    Purpose::Cancellation => (UnitEventKind::Cancelled, "取消し", "Cancelled"),
                    Purpose::Other => (UnitEventKind::Transferred, "振替", "Transferred"),
                };
                self.note(entry, kind, || {
                    (
                        format!("{ja}（口座{from}から口座{to}へ、申請番号{application}）"),
                        format!("{en}: from account {from} to {to}, application {application}."),
                    )
                });
                self.enter_restricted(entry, to);
            }
            Effect::UnitsMoved { units } if self.is_in(&units.ranges) => {
                let (from, to) = (units.source, units.destination);
                self.holder = Some(to);
                self.note(entry, UnitEventKind::Corrected, || {
                    (
                        format!("訂正により口座{from}から口座{to}へ移動"),
                        format!("Moved from account {from} to {to} by a correction."),
                    )
                });
                self.enter_restricted(entry, to);
            }
            _ => {}
        }
        Ok(())
    }

    /// A whole account's restriction takes in what enters the account.
    fn enter_restricted(&mut self, entry: &Entry, account: AccountNumber) {
        let whole = |r: &Restriction| r.ranges.is_none() && r.account == account;
        let found: Vec<_> =
            self.restrictions.iter().filter(|(_, r)| whole(r)).map(|(index, _)| *index).collect();
        for restriction in found {
            self.note(entry, UnitEventKind::Restricted, || restricted_texts(restriction, true));
        }
    }

    fn apply_state(&mut self, entry: &Entry, effect: &Effect) {
        match effect {
            Effect::TrustRecorded { account, ranges, .. } if self.is_in(ranges) => {
                self.trust = Some(entry.index);
                self.note(entry, UnitEventKind::TrustRecorded, || {
                    (
                        format!("信託財産である旨を記録（受託者の口座{account}）"),
                        format!("Recorded as trust property; the trustee's account is {account}."),
                    )
                });
            }
            Effect::TrustDeleted { ranges } if self.is_in(ranges) => {
                self.trust = None;
                self.note(entry, UnitEventKind::TrustDeleted, || {
                    (
                        "信託財産である旨の記録を抹消".to_owned(),
                        "Trust property no more.".to_owned(),
                    )
                });
            }
            Effect::RestrictionRecorded { restriction } => {
                let index = entry.index;
                if restriction.ranges.as_ref().is_none_or(|ranges| self.is_in(ranges)) {
                    self.restrictions.insert(index, restriction.clone());
                }
                if self.is_under(restriction) {
                    let whole = restriction.ranges.is_none();
                    self.note(entry, UnitEventKind::Restricted, || restricted_texts(index, whole));
                }
            }
            Effect::RestrictionReleased { restriction: index } => {
                let Some(restriction) = self.restrictions.remove(index) else { return };
                if self.is_under(&restriction) {
                    self.note(entry, UnitEventKind::Released, || {
                        (
                            format!("処分の制限（記録番号{index}）の解除"),
                            format!("The restriction of entry {index} was released."),
                        )
                    });
                }
            }
            _ => {}
        }
    }

    fn apply_application(&mut self, entry: &Entry) {
        for effect in &entry.event.0 {
            let Some((application, how)) = ended(effect, entry.index) else { continue };
            // What was recorded shows in what it did to the unit.
            if self.applications.remove(&application) && how != "recorded" {
                let (how_ja, how_en) = match how {
                    "withdrawn" => ("取下げ", "was withdrawn"),
                    "refused" => ("拒否", "was refused"),
                    _ => ("失効", "has lapsed"),
                };
                self.note(entry, UnitEventKind::ApplicationEnded, || {
                    (
                        format!("申請番号{application}の{how_ja}"),
                        format!("Application {application} {how_en}."),
                    )
                });
            }
        }
        self.apply_new(entry);
    }

    fn apply_new(&mut self, entry: &Entry) {
        let Some(application) = Application::of(entry) else { return };
        let index = entry.index;
        let at_once = entry.event.0.iter().any(|effect| {
            ended(effect, index).is_some_and(|(application, _)| application == index)
        });
        if at_once || !application.reserved().is_some_and(|ranges| self.is_in(ranges)) {
            return;
        }
        self.applications.insert(index);
        let (ja, en) = match &application.request {
            Request::Transfer { terms, .. } => match terms.purpose {
                Purpose::Retirement => ("無効化", "retirement"),
                Purpose::Cancellation => ("取消し", "cancellation"),
                Purpose::Other => ("振替", "transfer"),
            },
            _ => ("信託に関する記録", "a matter of trust"),
        };
        self.note(entry, UnitEventKind::AppliedFor, || {
            (
                format!("{ja}の申請（申請番号{index}）"),
                format!("Applied for: {en}, application {index}."),
            )
        });
    }

    fn is_in(&self, ranges: &SerialRanges) -> bool {
        ranges.iter().any(|range| range.contains(self.unit))
    }

    fn is_under(&self, restriction: &Restriction) -> bool {
        match &restriction.ranges {
            Some(ranges) => self.is_in(ranges),
            None => self.holder == Some(restriction.account),
        }
    }

    /// Adds an event; before the unit is issued there is none.
    fn note(
        &mut self,
        entry: &Entry,
        kind: UnitEventKind,
        texts: impl FnOnce() -> (String, String),
    ) {
        let Some(account) = self.holder else { return };
        let (text_ja, text_en) = texts();
        let (entry, time) = (entry.index, entry.time);
        self.events.push(UnitEvent { entry, time, kind, account, text_en, text_ja });
    }
}

fn restricted_texts(entry: EntryIndex, whole_account: bool) -> (String, String) {
    if whole_account {
        (
            format!("口座の全部に対する処分の制限（記録番号{entry}）"),
            format!("Under the restriction of entry {entry} on the whole account."),
        )
    } else {
        (
            format!("処分の制限（記録番号{entry}）"),
            format!("Under the restriction of entry {entry}."),
        )
    }
}

#[cfg(test)]
mod tests;

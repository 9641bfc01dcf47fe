//! Notices: what the registry tells a holder of an act that concerns it.
//!
//! The Act and its orders answer most acts with a notice. A notice is derived
//! from the entry alone and what it refers to, so it is the same whenever and
//! wherever it is made, and its position never changes. It names other accounts
//! by number, never by their holders' names.

mod account;
mod application;
mod guard;
mod letter;
#[cfg(test)]
mod tests;
mod units;

use crate::account_book::BookError;
use crate::application::{Application, is_request};
use crate::lookup::{BlockFacts, Circumstances, blocks_in};
use jcm_format::amount::Yen;
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::identification::IdentificationFormat;
use jcm_format::serial::SerialRange;
use jcm_format::time::Timestamp;
use jcm_ledger::law::citation;
use letter::Letter;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Where it stands among all notices.
    pub position: Position,
    /// When the act was recorded.
    pub time: Timestamp,
    /// To whom; none: to the applicant of `application`, who has no account.
    pub account: Option<AccountNumber>,
    /// The application that it is about.
    pub application: Option<EntryIndex>,
    /// A stable word, such as `transfer-recorded`.
    pub kind: &'static str,
    /// Key of the provision.
    pub basis_key: &'static str,
    /// The provision, as cited on the day of the act in Japan.
    pub basis: &'static str,
    /// Title in Japanese.
    pub title_ja: String,
    /// Text in Japanese: a sentence, then one line for each item.
    pub text_ja: String,
    /// Title in English.
    pub title_en: String,
    /// Text in English.
    pub text_en: String,
}

/// Where a notice stands: its entry, and its number among the notices of the
/// entry, from 0. Text form `<entry>.<number>`, such as `120.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The entry.
    pub entry: EntryIndex,
    /// The number in it.
    pub number: u32,
}

/// The text is not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a position such as 120.1 (entry.number)")]
pub struct NotAPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.entry, self.number))
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Position, NotAPosition> {
        let (entry, number) = text.split_once('.').ok_or(NotAPosition)?;
        let entry = EntryIndex::new(entry.parse().map_err(|_| NotAPosition)?);
        let position = Position { entry, number: number.parse().map_err(|_| NotAPosition)? };
        // One position, one spelling.
        if position.to_string() == text { Ok(position) } else { Err(NotAPosition) }
    }
}

impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The notices of an entry, in order.
///
/// # Errors
///
/// When an entry or block that it refers to cannot be looked up. Then nothing is
/// returned, because the positions of the others would change.
pub fn notices(entry: &Entry, log: &dyn Circumstances) -> Result<Vec<Notice>, BookError> {
    let mut desk = Desk::new(entry, log);
    for (position, effect) in entry.event.0.iter().enumerate() {
        desk.position = position;
        desk.applied = desk.applied.saturating_add(usize::from(is_request(effect)));
        desk.of_account(effect)?;
        desk.of_application(effect)?;
        desk.of_guard(effect)?;
        desk.of_units(effect)?;
    }
    Ok(desk.notices)
}

/// Whom a notice is for, and about which application.
#[derive(Debug, Clone, Copy)]
struct Address {
    account: Option<AccountNumber>,
    application: Option<EntryIndex>,
}

impl Address {
    fn account(account: AccountNumber) -> Address {
        Address { account: Some(account), application: None }
    }

    fn applicant(application: &Application) -> Address {
        Address { account: application.applicant(), application: Some(application.entry) }
    }
}

/// Where the notices of one entry are written.
struct Desk<'a> {
    entry: &'a Entry,
    log: &'a dyn Circumstances,
    identification: IdentificationFormat,
    // The blocks that the entry itself issues cannot be looked up yet.
    issued: BTreeMap<BlockNumber, BlockFacts>,
    // What the entry settled so far, by application.
    settled: BTreeMap<EntryIndex, Yen>,
    // What the entry applied for: a command of several parts has several.
    own: Vec<Application>,
    // How many of these came before the effect that is looked at, itself included.
    applied: usize,
    // Which effect is looked at.
    position: usize,
    notices: Vec<Notice>,
}

impl<'a> Desk<'a> {
    fn new(entry: &'a Entry, log: &'a dyn Circumstances) -> Desk<'a> {
        let rules = log.rules(entry.rule_set);
        Desk {
            entry,
            log,
            identification: rules.map_or_else(Default::default, |rules| rules.identification),
            issued: blocks_in(entry).into_iter().collect(),
            settled: BTreeMap::new(),
            own: Application::all_of(entry),
            applied: 0,
            position: 0,
            notices: Vec::new(),
        }
    }

    fn send(&mut self, to: Address, kind: &'static str, basis_key: &'static str, letter: Letter) {
        let (entry, time) = (self.entry.index, self.entry.time);
        let basis = citation(basis_key, time.date_in_japan());
        let mut letter = letter;
        if let Some(application) = to.application {
            letter = letter.item(("申請番号", "Application"), application);
        }
        letter = letter.item(("記録番号", "Entry"), entry).item(("記録日時", "Recorded"), time);
        if !basis.is_empty() {
            letter = letter.item(("根拠", "Basis"), basis);
        }
        let number = u32::try_from(self.notices.len()).unwrap_or(u32::MAX);
        self.notices.push(Notice {
            position: Position { entry, number },
            time,
            account: to.account,
            application: to.application,
            kind,
            basis_key,
            basis,
            title_ja: letter.title.0.to_owned(),
            text_ja: letter.text_ja,
            title_en: letter.title.1.to_owned(),
            text_en: letter.text_en,
        });
    }

    /// An application that the effect refers to; none = this entry's own, and of several
    /// the last before the effect.
    fn application(&self, index: Option<EntryIndex>) -> Result<Application, BookError> {
        let found = match index {
            None => self.own.get(self.applied.saturating_sub(1)).cloned(),
            Some(earlier) => self.log.entry(earlier).as_ref().and_then(Application::of),
        };
        found.ok_or(BookError::EntryMissing(index.unwrap_or(self.entry.index)))
    }

    /// Whether the entry has an effect like this.
    fn has(&self, like: impl Fn(&Effect) -> bool) -> bool {
        self.entry.event.0.iter().any(like)
    }

    /// The identification numbers of units.
    fn identified(&self, range: SerialRange) -> Result<String, BookError> {
        let block = range.block();
        let facts = self.issued.get(&block).cloned().or_else(|| self.log.block(block));
        let facts = facts.ok_or(BookError::BlockMissing(block))?;
        Ok(self.identification.print_range(&facts.project, facts.vintage, range))
    }

    /// A letter with the quantity and the identification numbers of units.
    fn with_units(
        &self,
        letter: Letter,
        ranges: impl IntoIterator<Item = SerialRange>,
    ) -> Result<Letter, BookError> {
        let ranges: Vec<_> = ranges.into_iter().collect();
        let quantity = ranges.iter().map(|range| range.quantity().get());
        let quantity = quantity.fold(0_u64, u64::saturating_add);
        let mut letter = letter.tonnes(("数量", "Quantity"), quantity);
        for range in ranges {
            let numbers = self.identified(range)?;
            letter = letter.item(("識別番号", "Identification numbers"), numbers);
        }
        Ok(letter)
    }
}

/// The accounts that a correction touches.
fn touched(entry: &Entry) -> BTreeSet<AccountNumber> {
    let accounts = entry.event.0.iter().flat_map(|effect| match effect {
        Effect::CorrectionRecorded { ground } => vec![ground.account],
        Effect::UnitsMoved { units } => vec![units.source, units.destination],
        _ => Vec::new(),
    });
    accounts.collect()
}

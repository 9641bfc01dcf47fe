//! One account as a book: who holds it, what it holds, and every movement that
//! made it so (Act, art. 49(2)).
//!
//! A book is a fold over the entries that concern the account, in the order of
//! the log. Entries that do not concern it change nothing, so it does not matter
//! whether they are among those given. What an entry only refers to is looked
//! up. The times are those of the log; days are days in Japan.

mod fold;
mod statement;
#[cfg(test)]
pub(crate) mod tests;
mod write;

pub(crate) use fold::transfer_of;
pub use statement::{CancellationTotal, Statement};
pub(crate) use write::tonnes;

use crate::lookup::{BlockFacts, Lookup};
use crate::unit_set::UnitSet;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Acceptance, Holder, Person, Purpose, Restriction, TrustTerms};
use jcm_format::event::AccountCategory;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::text::Text;
use jcm_format::time::{Date, Timestamp, Year};
use serde::Serialize;
use std::collections::BTreeMap;

/// An account, as of the entries applied so far.
#[derive(Debug, Clone)]
pub struct AccountBook {
    account: AccountNumber,
    /// How many entries of the log were read.
    entries: u64,
    opening: Option<Opening>,
    closed: Option<(EntryIndex, Timestamp)>,
    particulars: Vec<Particulars>,
    units: UnitSet,
    balance: Tonnes,
    trusts: BTreeMap<EntryIndex, Trust>,
    restrictions: BTreeMap<EntryIndex, Restriction>,
    applications: BTreeMap<EntryIndex, OpenApplication>,
    acceptance: Acceptance,
    movements: Vec<Movement>,
}

/// How an account began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The entry that opened it.
    pub entry: EntryIndex,
    /// When.
    pub time: Timestamp,
    /// Its category.
    pub category: AccountCategory,
    /// The holder; none of a government account.
    pub person: Option<Person>,
    /// Name of a government account, Japanese and English, where it has one.
    pub names: Option<(Text, Text)>,
}

/// The holder's particulars from an entry on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Particulars {
    /// The entry that recorded them.
    pub entry: EntryIndex,
    /// The day from which they are right: that of the change as it was notified
    /// (Act, art. 51(1)), or that on which the account was opened.
    pub effective: Date,
    /// What is published; none of an individual.
    pub holder: Option<Holder>,
    /// Commitment to the others.
    pub particulars: Digest,
}

/// A trust of which the account holds the property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Its items.
    pub terms: TrustTerms,
    /// A court has dismissed the trustee.
    pub dismissed: bool,
    units: UnitSet,
}

impl Trust {
    /// Its units in the account, ascending, joined.
    pub fn ranges(&self) -> Vec<SerialRange> {
        self.units.to_vec()
    }
}

/// An application of the account that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenApplication {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// `transfer`, `certificate`, `change`, `closing` or `trust`.
    pub kind: &'static str,
    /// When it was received.
    pub received: Timestamp,
    /// What it owes, in yen.
    pub fee_yen: Yen,
    /// What is settled of that, in yen.
    pub settled_yen: Yen,
    /// What is missing from it, and until when that is to be handed in.
    pub missing: Option<(Vec<Text>, Date)>,
    /// The units that it reserves.
    pub reserved: Vec<SerialRange>,
}

/// What a movement is. The words are those of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum MovementKind {
    /// Units issued to the account.
    #[serde(rename = "issuance")]
    Issuance,
    /// Units received from another account.
    #[serde(rename = "transfer in")]
    TransferIn,
    /// Units given to another account, neither retired nor cancelled.
    #[serde(rename = "transfer out")]
    TransferOut,
    /// 無効化.
    #[serde(rename = "retirement")]
    Retirement,
    /// 取消し.
    #[serde(rename = "cancellation")]
    Cancellation,
    /// Units received by a correction.
    #[serde(rename = "correction in")]
    CorrectionIn,
    /// Units taken by a correction.
    #[serde(rename = "correction out")]
    CorrectionOut,
}

impl MovementKind {
    /// Whether it adds to the account.
    pub const fn is_in(self) -> bool {
        matches!(
            self,
            MovementKind::Issuance | MovementKind::TransferIn | MovementKind::CorrectionIn
        )
    }

    /// The word of the service.
    pub const fn word(self) -> &'static str {
        match self {
            MovementKind::Issuance => "issuance",
            MovementKind::TransferIn => "transfer in",
            MovementKind::TransferOut => "transfer out",
            MovementKind::Retirement => "retirement",
            MovementKind::Cancellation => "cancellation",
            MovementKind::CorrectionIn => "correction in",
            MovementKind::CorrectionOut => "correction out",
        }
    }

    /// The word in Japanese.
    pub const fn word_ja(self) -> &'static str {
        match self {
            MovementKind::Issuance => "発行",
            MovementKind::TransferIn => "振替（増加）",
            MovementKind::TransferOut => "振替（減少）",
            MovementKind::Retirement => "無効化",
            MovementKind::Cancellation => "取消し",
            MovementKind::CorrectionIn => "訂正（増加）",
            MovementKind::CorrectionOut => "訂正（減少）",
        }
    }

    const fn outgoing(purpose: Purpose) -> MovementKind {
        match purpose {
            Purpose::Retirement => MovementKind::Retirement,
            Purpose::Cancellation => MovementKind::Cancellation,
            Purpose::Other => MovementKind::TransferOut,
        }
    }
}

/// Units that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The entry of the application, where there was one.
    pub application: Option<EntryIndex>,
    /// When it was recorded.
    pub time: Timestamp,
    /// What it is.
    pub kind: MovementKind,
    /// How much, in tonnes of CO2 equivalent.
    pub quantity_tonnes: Tonnes,
    /// The units, as they were applied for or issued.
    pub ranges: Vec<SerialRange>,
    /// The other account; none of an issuance.
    pub counterparty: Option<AccountNumber>,
    /// What it serves, in the words of the service.
    #[serde(rename = "use")]
    pub use_: Option<&'static str>,
    /// Fiscal year of the report that it serves.
    pub reporting_year: Option<Year>,
    /// In whose favour it is; none = the applicant.
    pub beneficiary: Option<Text>,
    /// The balance afterwards, in tonnes of CO2 equivalent.
    pub balance_tonnes: Tonnes,
}

/// Why entries do not make a book, or a book does not make a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Entries were given out of order, or one twice.
    #[error("entry {0} comes after a later one, or was given before")]
    OutOfOrder(EntryIndex),
    /// An earlier entry that is referred to cannot be looked up, or is not what
    /// it is referred to as.
    #[error("entry {0} cannot be looked up, or is not an application")]
    EntryMissing(EntryIndex),
    /// Units leave that are not there, or come that are: entries are missing.
    #[error("entry {0} moves units {1} that the entries before it leave elsewhere")]
    UnitsElsewhere(EntryIndex, SerialRange),
    /// A sum is larger than any that the registry can hold.
    #[error("a sum at entry {0} is too large")]
    TooLarge(EntryIndex),
    /// The facts of a block cannot be looked up.
    #[error("block {0} cannot be looked up")]
    BlockMissing(BlockNumber),
    /// The account was not opened by the entries given.
    #[error("account {0} was not opened by the entries read")]
    NotOpened(AccountNumber),
    /// The first day comes after the last.
    #[error("the first day {0} comes after the last day {1}")]
    PeriodReversed(Date, Date),
    /// The book covers entries that the report is not to cover.
    #[error("entry {0} was read already")]
    ReadBeyond(EntryIndex),
    /// Opening balance and movements do not make the closing balance.
    #[error("the movements until {0} do not add up")]
    DoesNotAddUp(Date),
}

impl AccountBook {
    /// The book of an account of which nothing was read.
    pub fn new(account: AccountNumber) -> AccountBook {
        AccountBook {
            account,
            entries: 0,
            opening: None,
            closed: None,
            particulars: Vec::new(),
            units: UnitSet::default(),
            balance: Tonnes::ZERO,
            trusts: BTreeMap::new(),
            restrictions: BTreeMap::new(),
            applications: BTreeMap::new(),
            acceptance: Acceptance::Anybody,
            movements: Vec::new(),
        }
    }

    /// Says that the log was read up to `entries` entries, the last of which did
    /// not concern the account.
    pub fn read_to(&mut self, entries: u64) {
        self.entries = self.entries.max(entries);
    }

    /// How many entries of the log were read.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The account.
    pub fn account(&self) -> AccountNumber {
        self.account
    }

    /// How it began; `None` if it has not.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }

    /// The entry that closed it, and when.
    pub fn closed(&self) -> Option<(EntryIndex, Timestamp)> {
        self.closed
    }

    /// The holder's particulars, oldest first; the last are the present ones.
    pub fn particulars(&self) -> &[Particulars] {
        &self.particulars
    }

    /// What it holds: ascending, ranges that touch are joined.
    pub fn holdings(&self) -> Vec<SerialRange> {
        self.units.to_vec()
    }

    /// What it holds, with the facts of each range's block.
    ///
    /// # Errors
    ///
    /// When the facts of a block cannot be looked up.
    pub fn described_holdings(
        &self,
        log: &dyn Lookup,
    ) -> Result<Vec<(SerialRange, BlockFacts)>, BookError> {
        let described = self.units.iter().map(|range| {
            let facts = log.block(range.block()).ok_or(BookError::BlockMissing(range.block()))?;
            Ok((range, facts))
        });
        described.collect()
    }

    /// How much it holds, in tonnes of CO2 equivalent.
    pub fn balance(&self) -> Tonnes {
        self.balance
    }

    /// The trusts of which it holds property, by the entry that recorded them.
    pub fn trusts(&self) -> impl Iterator<Item = (EntryIndex, &Trust)> {
        // A trust whose units have all left is not one of the account any more.
        let present = |trust: &&Trust| trust.units.iter().next().is_some();
        self.trusts.iter().map(|(entry, trust)| (*entry, trust)).filter(move |(_, t)| present(t))
    }

    /// The restrictions that are not released, by the entry that recorded them.
    pub fn restrictions(&self) -> impl Iterator<Item = (EntryIndex, &Restriction)> {
        self.restrictions.iter().map(|(entry, restriction)| (*entry, restriction))
    }

    /// Its applications that wait, by entry.
    pub fn applications(&self) -> impl Iterator<Item = &OpenApplication> {
        self.applications.values()
    }

    /// From whom it receives units, where the rules let it choose.
    pub fn acceptance(&self) -> &Acceptance {
        &self.acceptance
    }

    /// Everything that came and went, oldest first.
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }
}

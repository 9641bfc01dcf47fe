//! The register as of a cut-off: who holds which units, what they are, and what
//! those serve that are retired or cancelled.
//!
//! A fold over all entries, in their order. It grows with what there is (accounts,
//! blocks, separate ranges of units, uses), not with the number of entries, so that a
//! long log is read in little memory. It decides nothing, and refuses entries that
//! move units which are not where they are said to be.

mod fold;
mod uses;

pub(crate) use uses::{Served, Use};

use crate::fold::{FoldError, Position};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Article6, Holder, Restriction, Rules, TransferTerms, UseDetails};
use jcm_format::event::{AccountCategory, CreditClass};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::{Date, Timestamp, Year};
use jcm_format::tlog::Origin;
use jcm_ledger::state::UnitMap;
use std::collections::{BTreeMap, BTreeSet};

/// The register. Give it every entry, in order.
#[derive(Debug, Clone, Default)]
pub struct Register {
    position: Position,
    last_time: Option<Timestamp>,
    origin: Option<Origin>,
    rules: BTreeMap<u32, Rules>,
    projects: BTreeMap<ProjectRef, Project>,
    accounts: BTreeMap<AccountNumber, Account>,
    /// Of applications for accounts that wait.
    applicants: BTreeMap<EntryIndex, Option<Holder>>,
    blocks: BTreeMap<BlockNumber, Block>,
    /// Transfers that wait.
    waiting: BTreeMap<EntryIndex, Waiting>,
    holders: UnitMap<AccountNumber>,
    trusts: UnitMap<EntryIndex>,
    restrictions: BTreeMap<EntryIndex, Restriction>,
    uses: uses::Uses,
    article6: Option<Article6>,
}

/// What reports tell of a project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) methodology: Name,
    pub(crate) public_input: Option<Date>,
}

/// What reports tell of an account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) category: AccountCategory,
    pub(crate) names: Names,
}

/// Japanese and English name; none of an individual, and of a government account
/// that has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) ja: Option<String>,
    pub(crate) en: Option<String>,
}

impl Names {
    /// The name by which reports list: the Japanese one where there is one.
    pub(crate) fn listed(&self) -> &str {
        self.ja.as_deref().or(self.en.as_deref()).unwrap_or_default()
    }

    /// Whether it is one of the names.
    pub(crate) fn is(&self, name: &str) -> bool {
        [&self.ja, &self.en].into_iter().any(|own| own.as_deref() == Some(name))
    }
}

impl From<&Holder> for Names {
    fn from(holder: &Holder) -> Names {
        Names {
            ja: holder.name_ja.as_ref().map(ToString::to_string),
            en: Some(holder.name_en.to_string()),
        }
    }
}

/// A block of units.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) project: ProjectRef,
    pub(crate) vintage: Year,
    pub(crate) class: CreditClass,
    pub(crate) issued_on: Date,
    /// The day in Japan on which this book recorded it.
    pub(crate) recorded_on: Date,
    pub(crate) quantity: Tonnes,
}

#[derive(Debug, Clone)]
struct Waiting {
    terms: TransferTerms,
    details: Option<UseDetails>,
    rule_set: u32,
}

impl Register {
    /// The register of no entries.
    pub fn new() -> Register {
        Register::default()
    }

    /// How many entries were read.
    pub fn entries(&self) -> u64 {
        self.position.entries()
    }

    /// The time of the last entry.
    pub fn last_time(&self) -> Option<Timestamp> {
        self.last_time
    }

    /// The registry.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The rules adopted last.
    pub(crate) fn rules(&self) -> Option<&Rules> {
        self.rules.last_key_value().map(|(_, rules)| rules)
    }

    /// How much of a year's emissions units may serve in the emissions trading system, in
    /// basis points; none where the rule data set nothing.
    pub(crate) fn gx_ets_cap(&self) -> Option<u16> {
        self.article6.and_then(|data| data.gx_ets_cap_basis_points)
    }

    pub(crate) fn project(&self, reference: &ProjectRef) -> Option<&Project> {
        self.projects.get(reference)
    }

    pub(crate) fn account(&self, number: AccountNumber) -> Option<&Account> {
        self.accounts.get(&number)
    }

    pub(crate) fn block(&self, number: BlockNumber) -> Option<&Block> {
        self.blocks.get(&number)
    }

    pub(crate) fn blocks(&self) -> impl Iterator<Item = (BlockNumber, &Block)> {
        self.blocks.iter().map(|(number, block)| (*number, block))
    }

    /// Every unit with its holder, ascending.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (SerialRange, AccountNumber)> {
        self.holders.iter()
    }

    /// Units in trust, with the entry that recorded the trust.
    pub(crate) fn trusts(&self) -> &UnitMap<EntryIndex> {
        &self.trusts
    }

    /// Units that are restricted, alone or with their whole account.
    pub(crate) fn restricted(&self) -> UnitMap<()> {
        let whole = self.restrictions.values().filter(|restriction| restriction.ranges.is_none());
        let whole: BTreeSet<AccountNumber> = whole.map(|restriction| restriction.account).collect();
        let mut restricted = UnitMap::default();
        let held = self.holders.iter().filter(|(_, holder)| whole.contains(holder));
        held.for_each(|(range, _)| restricted.insert(range, ()));
        let named = self.restrictions.values().filter_map(|of| of.ranges.as_ref());
        named.flat_map(|ranges| ranges.iter()).for_each(|range| restricted.insert(range, ()));
        restricted
    }

    /// What retired and cancelled units serve: each with its units, ascending.
    pub(crate) fn uses(&self) -> Vec<(&Use, Vec<SerialRange>)> {
        self.uses.listed()
    }

    /// What units that are held can say of themselves.
    pub(crate) fn known_block(&self, range: SerialRange) -> Result<&Block, FoldError> {
        // Units move only after their block was issued.
        self.block(range.block()).ok_or(FoldError::BlockUnknown(range.block()))
    }
}

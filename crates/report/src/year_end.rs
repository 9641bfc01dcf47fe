//! Holdings at the end of a day, such as 31 December: what they were then, they
//! stay, because entries are only added and each has its time.

use jcm_format::amount::Tonnes;
use jcm_format::command::Command;
use jcm_format::entry::SealedEntry;
use jcm_format::event::{AccountCategory, CreditClass};
use jcm_format::id::{EntryIndex, ProjectRef};
use jcm_format::time::{Date, Year};
use jcm_ledger::{CommandHeader, State};
use std::collections::BTreeMap;

/// What accounts of one category held of one project, vintage and class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingRow {
    /// The category of account.
    pub category: AccountCategory,
    /// The project.
    pub project: ProjectRef,
    /// The vintage.
    pub vintage: Year,
    /// The legal class.
    pub class: CreditClass,
    /// How much, in tonnes of CO2 equivalent.
    pub quantity_tonnes: Tonnes,
}

/// Why holdings cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HoldingsError {
    /// The sum does not fit.
    #[error("the holdings of {0} do not sum to a number of 64 bits")]
    Sum(AccountCategory),
    /// An entry without a command.
    #[error("the payload of entry {0} is not a command")]
    Command(EntryIndex),
    /// A unit of a block that was never issued.
    #[error("an account holds units of a block that the entries before do not issue")]
    Block,
}

/// Holdings at the end of `day` in Japan, of a log from its first entry on; by
/// category, project, vintage and class.
///
/// # Errors
///
/// When the entries are not those of a ledger.
pub fn holdings_at(entries: &[SealedEntry], day: Date) -> Result<Vec<HoldingRow>, HoldingsError> {
    let mut state = State::new();
    // Times never decrease, so that a later entry ends it.
    for entry in entries.iter().take_while(|entry| entry.entry().time.date_in_japan() <= day) {
        let command = Command::parse(&entry.entry().command.payload);
        let command = command.map_err(|_| HoldingsError::Command(entry.entry().index))?;
        state.apply(entry, CommandHeader { id: command.id, valid_until: command.valid_until });
    }
    let mut sums: BTreeMap<(AccountCategory, ProjectRef, Year, CreditClass), Tonnes> =
        BTreeMap::new();
    for account in state.accounts() {
        for range in state.holdings(account.number) {
            let block = state.block(range.block()).ok_or(HoldingsError::Block)?;
            let key = (account.category, block.project.clone(), block.vintage, block.class);
            let sum = sums.entry(key).or_default();
            let total = sum.checked_add(range.quantity());
            *sum = total.ok_or(HoldingsError::Sum(account.category))?;
        }
    }
    let row = |((category, project, vintage, class), quantity_tonnes)| HoldingRow {
        category,
        project,
        vintage,
        class,
        quantity_tonnes,
    };
    Ok(sums.into_iter().map(row).collect())
}

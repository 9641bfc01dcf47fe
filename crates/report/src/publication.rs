//! What the law has published: the holders' names and head offices, and the
//! quantity by category of account (registry ordinance, art. 16), with the annual
//! summary of transactions. Never the balance of one holder: the fold keeps none.

use crate::cell::neutral;
use crate::fold::{FoldError, Position};
use crate::movement::Move;
use crate::table::{ReportError, csv_of, json_of};
use crate::years::{YearOfTransactions, YearSummary};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Holder, ParticularsChange};
use jcm_format::entry::Entry;
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The publication at a cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// How many entries it covers.
    pub entries: u64,
    /// Digest of the state at the same entry, hexadecimal; empty where not given.
    pub state_digest: String,
    /// Art. 16(1): every holder of an entity account that is open, by number.
    pub holders: Vec<PublicHolder>,
    /// Art. 16(2): every category, also those that hold nothing.
    pub totals: Vec<CategoryTotal>,
    /// The calendar years with a transaction, ascending.
    pub years: Vec<YearOfTransactions>,
}

/// A holder as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicHolder {
    /// The account.
    pub account: AccountNumber,
    /// Name in Japanese; empty where a foreign corporation has none.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Head office, or an individual's project office, in Japanese; empty where
    /// a foreign corporation has none.
    pub head_office_ja: String,
    /// The same in English.
    pub head_office_en: String,
    /// Why an individual's name and office do not stand here.
    pub withheld: Option<Withheld>,
}

/// Why an individual's name and office cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// An entry says that the personal data were erased.
    Erased,
    /// Whoever made the publication has no private store, or the store lacks them.
    NotAtHand,
}

impl Withheld {
    /// The reason, for readers.
    pub const fn note(self) -> &'static str {
        match self {
            Withheld::Erased => "個人情報は消去済み [personal data erased]",
            Withheld::NotAtHand => "個人情報は手元にない [personal data not at hand]",
        }
    }
}

/// An individual's name and project office (registry ordinance, art. 16(1)), out
/// of the private store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicIndividual {
    /// Name in Japanese.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Office of the project in Japanese.
    pub office_ja: String,
    /// Office of the project in English.
    pub office_en: String,
}

/// How much the accounts of one category hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CategoryTotal {
    /// The category.
    pub category: AccountCategory,
    /// Tonnes of CO2 equivalent.
    pub quantity_tonnes: Tonnes,
}

/// Who holds an account, as far as the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HolderRecord {
    Corporation(Box<Holder>),
    Individual {
        /// Commitment to the identity.
        person: Digest,
        /// Commitment to all particulars, as they are now.
        particulars: Digest,
    },
}

/// The fold: give it every entry, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationFold {
    position: Position,
    years: YearSummary,
    /// Applications for an account that wait.
    applicants: BTreeMap<EntryIndex, HolderRecord>,
    /// Open entity accounts.
    holders: BTreeMap<AccountNumber, HolderRecord>,
    /// Government accounts; every other account is an entity account.
    government: BTreeMap<AccountNumber, AccountCategory>,
    /// Sums of categories, never of an account.
    totals: BTreeMap<AccountCategory, Tonnes>,
    /// Commitments whose data are erased.
    erased: BTreeSet<Digest>,
}

impl Default for PublicationFold {
    fn default() -> PublicationFold {
        PublicationFold::new()
    }
}

impl PublicationFold {
    /// The publication of no entries.
    pub fn new() -> PublicationFold {
        let categories = [
            AccountCategory::GovernmentHolding,
            AccountCategory::Retirement,
            AccountCategory::Cancellation,
            AccountCategory::Entity,
        ];
        PublicationFold {
            position: Position::default(),
            years: YearSummary::new(),
            applicants: BTreeMap::new(),
            holders: BTreeMap::new(),
            government: BTreeMap::new(),
            totals: categories.map(|category| (category, Tonnes::ZERO)).into(),
            erased: BTreeSet::new(),
        }
    }

    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// [`FoldError`]; after one the fold takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.position.begin(entry)?;
        for effect in &entry.event.0 {
            self.apply_to_accounts(effect, entry.index)?;
        }
        for moved in self.years.apply_moves(entry)? {
            self.apply_move(&moved, entry.index)?;
        }
        self.position.end()
    }

    fn apply_to_accounts(&mut self, effect: &Effect, here: EntryIndex) -> Result<(), FoldError> {
        match effect {
            Effect::GovernmentAccountOpened { account, category } => {
                self.government.insert(*account, *category);
            }
            Effect::AccountApplied { holder, .. } => {
                let holder = HolderRecord::Corporation(Box::new(holder.clone()));
                self.applicants.insert(here, holder);
            }
            Effect::IndividualApplied { person, particulars, .. } => {
                let (person, particulars) = (*person, *particulars);
                self.applicants.insert(here, HolderRecord::Individual { person, particulars });
            }
            Effect::AccountOpened { application, account } => {
                let unknown =
                    FoldError::ApplicationUnknown { entry: here, application: *application };
                let holder = self.applicants.remove(application).ok_or(unknown)?;
                self.holders.insert(*account, holder);
            }
            Effect::ApplicationRefused { application, .. }
            | Effect::ApplicationWithdrawn { application }
            | Effect::ApplicationLapsed { application, .. } => {
                self.applicants.remove(application);
            }
            Effect::ParticularsChanged { account, change, .. } => self.change(*account, change),
            Effect::AccountClosed { account, .. } => {
                self.holders.remove(account);
            }
            Effect::PersonalDataErased { commitment } => {
                self.erased.insert(*commitment);
            }
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, account: AccountNumber, change: &ParticularsChange) {
        match self.holders.get_mut(&account) {
            Some(HolderRecord::Corporation(holder)) => {
                if let Some(changed) = &change.holder {
                    **holder = changed.clone();
                }
            }
            Some(HolderRecord::Individual { particulars, .. }) => {
                *particulars = change.particulars.unwrap_or(*particulars);
            }
            // A correction may concern an account that is closed.
            None => {}
        }
    }

    fn apply_move(&mut self, moved: &Move, here: EntryIndex) -> Result<(), FoldError> {
        if let Some(source) = moved.source {
            let total = self.totals.entry(self.category(source)).or_default();
            *total = total.checked_sub(moved.tonnes).ok_or(FoldError::Exceeded(here))?;
        }
        let total = self.totals.entry(self.category(moved.destination)).or_default();
        *total = total.checked_add(moved.tonnes).ok_or(FoldError::Overflow)?;
        Ok(())
    }

    fn category(&self, account: AccountNumber) -> AccountCategory {
        self.government.get(&account).copied().unwrap_or(AccountCategory::Entity)
    }

    /// How many entries were read.
    pub const fn entries(&self) -> u64 {
        self.position.entries()
    }

    /// The publication of the entries read. `state_digest` is the digest of the
    /// state at the same entry, where there is one. `individual` finds in the
    /// private store what an individual's commitment to the particulars stands
    /// for; it is not asked about data that the log says are erased, because a
    /// restored backup may still have them.
    pub fn publication(
        &self,
        state_digest: Option<Digest>,
        individual: impl Fn(Digest) -> Option<PublicIndividual>,
    ) -> Publication {
        let holders = self.holders.iter().map(|(account, holder)| match holder {
            HolderRecord::Corporation(holder) => PublicHolder::corporation(*account, holder),
            HolderRecord::Individual { person, particulars } => {
                if self.erased.contains(person) || self.erased.contains(particulars) {
                    return PublicHolder::withheld(*account, Withheld::Erased);
                }
                individual(*particulars).map_or_else(
                    || PublicHolder::withheld(*account, Withheld::NotAtHand),
                    |found| PublicHolder::individual(*account, found),
                )
            }
        });
        let total = |(category, tonnes): (&AccountCategory, &Tonnes)| CategoryTotal {
            category: *category,
            quantity_tonnes: *tonnes,
        };
        Publication {
            entries: self.entries(),
            state_digest: state_digest.map_or_else(String::new, |digest| digest.to_string()),
            holders: holders.collect(),
            totals: self.totals.iter().map(total).collect(),
            years: self.years.years().collect(),
        }
    }
}

impl PublicHolder {
    fn corporation(account: AccountNumber, holder: &Holder) -> PublicHolder {
        let text = |text: &Option<_>| text.as_ref().map_or_else(String::new, ToString::to_string);
        PublicHolder {
            account,
            name_ja: text(&holder.name_ja),
            name_en: holder.name_en.to_string(),
            head_office_ja: text(&holder.head_office_ja),
            head_office_en: holder.head_office_en.to_string(),
            withheld: None,
        }
    }

    fn individual(account: AccountNumber, found: PublicIndividual) -> PublicHolder {
        PublicHolder {
            account,
            name_ja: found.name_ja,
            name_en: found.name_en,
            head_office_ja: found.office_ja,
            head_office_en: found.office_en,
            withheld: None,
        }
    }

    fn withheld(account: AccountNumber, withheld: Withheld) -> PublicHolder {
        PublicHolder {
            account,
            name_ja: String::new(),
            name_en: String::new(),
            head_office_ja: String::new(),
            head_office_en: String::new(),
            withheld: Some(withheld),
        }
    }
}

impl Publication {
    /// The holders as a CSV file with a heading.
    ///
    /// # Errors
    ///
    /// When a row cannot be written, which the writer's own limits would have to cause.
    pub fn holders_csv(&self) -> Result<String, ReportError> {
        let heading =
            ["account", "name_ja", "name_en", "head_office_ja", "head_office_en", "withheld"];
        let rows = self.holders.iter().map(|holder| {
            let account = holder.account.to_string();
            let withheld = holder.withheld.map_or("", Withheld::note);
            [
                &account,
                &holder.name_ja,
                &holder.name_en,
                &holder.head_office_ja,
                &holder.head_office_en,
                withheld,
            ]
            .map(|text| neutral(text).into_owned())
        });
        csv_of(heading, rows)
    }

    /// The totals as a CSV file with a heading.
    ///
    /// # Errors
    ///
    /// As for [`Publication::holders_csv`].
    pub fn totals_csv(&self) -> Result<String, ReportError> {
        let rows = self
            .totals
            .iter()
            .map(|total| [total.category.to_string(), total.quantity_tonnes.to_string()]);
        csv_of(["category", "quantity_tonnes"], rows)
    }

    /// The annual summary as a CSV file with a heading.
    ///
    /// # Errors
    ///
    /// As for [`Publication::holders_csv`].
    pub fn years_csv(&self) -> Result<String, ReportError> {
        let heading = [
            "year",
            "issued_tonnes",
            "transferred_tonnes",
            "retired_tonnes",
            "cancelled_tonnes",
            "corrected_tonnes",
            "transactions",
        ];
        let rows = self.years.iter().map(|year| {
            [
                year.year.to_string(),
                year.issued_tonnes.to_string(),
                year.transferred_tonnes.to_string(),
                year.retired_tonnes.to_string(),
                year.cancelled_tonnes.to_string(),
                year.corrected_tonnes.to_string(),
                year.transactions.to_string(),
            ]
        });
        csv_of(heading, rows)
    }

    /// Everything as one JSON document.
    ///
    /// # Errors
    ///
    /// When the document cannot be written, which no value of this type causes.
    pub fn json(&self) -> Result<String, ReportError> {
        json_of(self)
    }
}

#[cfg(test)]
pub(crate) mod tests;

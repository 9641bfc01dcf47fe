//! What the law has published: the holders' names and head offices, and the
//! quantity by category of account (registry ordinance, art. 16). Never the
//! balance of one holder.

use crate::cell::neutral;
use jcm_format::event::AccountCategory;
use jcm_ledger::State;
use serde::Serialize;

/// The publication at a cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// How many entries it covers.
    pub entries: u64,
    /// Digest of the state that it was made from, hexadecimal.
    pub state_digest: String,
    /// Art. 16(1): every holder of an entity account, by account number.
    pub holders: Vec<PublicHolder>,
    /// Art. 16(2): every category, also those that hold nothing.
    pub totals: Vec<CategoryTotal>,
}

/// A holder as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicHolder {
    /// Name in Japanese; empty where a foreign corporation has none.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Head office in Japanese; empty where a foreign corporation has none.
    pub head_office_ja: String,
    /// Head office in English.
    pub head_office_en: String,
}

/// How much the accounts of one category hold together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CategoryTotal {
    /// The category.
    pub category: AccountCategory,
    /// Tonnes of CO2 equivalent.
    pub quantity_tonnes: u64,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A row could not be written.
    #[error("a row could not be written")]
    Csv(#[source] csv::Error),
    /// The rows are not text.
    #[error("the rows are not text")]
    Text(#[source] std::string::FromUtf8Error),
    /// The end of the file could not be written.
    #[error("the end of the file could not be written")]
    Flush,
}

impl Publication {
    /// The publication of what `state` holds.
    pub fn of(state: &State) -> Publication {
        let text = |text: &Option<_>| text.as_ref().map_or_else(String::new, ToString::to_string);
        let holders = state.accounts().filter_map(|account| account.holder.as_ref());
        let holders = holders.map(|holder| PublicHolder {
            name_ja: text(&holder.particulars.name_ja),
            name_en: holder.particulars.name_en.to_string(),
            head_office_ja: text(&holder.particulars.head_office_ja),
            head_office_en: holder.particulars.head_office_en.to_string(),
        });
        let totals = state.totals().into_iter().map(|(category, quantity)| CategoryTotal {
            category,
            quantity_tonnes: quantity.get(),
        });
        Publication {
            entries: state.entries(),
            state_digest: state.digest().to_string(),
            holders: holders.collect(),
            totals: totals.collect(),
        }
    }

    /// The holders as a CSV file with a heading.
    ///
    /// # Errors
    ///
    /// When a row cannot be written, which the writer's own limits would have to cause.
    pub fn holders_csv(&self) -> Result<String, ReportError> {
        let heading = ["name_ja", "name_en", "head_office_ja", "head_office_en"];
        let rows = self.holders.iter().map(|holder| {
            [&holder.name_ja, &holder.name_en, &holder.head_office_ja, &holder.head_office_en]
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
}

fn csv_of<const N: usize>(
    heading: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading).map_err(ReportError::Csv)?;
    for row in rows {
        writer.write_record(row).map_err(ReportError::Csv)?;
    }
    let bytes = writer.into_inner().map_err(|_| ReportError::Flush)?;
    String::from_utf8(bytes).map_err(ReportError::Text)
}

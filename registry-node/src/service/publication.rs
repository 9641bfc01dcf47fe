//! What the law has published (registry ordinance, art. 16).

use super::{accounts, money};
use crate::folds;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::hash::Digest;
use jcm_report::publication::{PublicHolder, PublicIndividual, Publication, PublicationFold};
use jcm_report::years::YearOfTransactions;
use serde::Deserialize;
use std::sync::Arc;

/// What of an individual's particulars in the private store is published: name and
/// office. The rest of them is not read.
#[derive(Deserialize)]
struct Individual {
    #[serde(default)]
    name_ja: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    head_office_ja: String,
    #[serde(default)]
    head_office_en: String,
}

/// Holders, totals by category and transactions by year.
pub(crate) async fn publication(shared: &Arc<Shared>) -> Result<pb::Publication, Refusal> {
    folds::up_to_date(shared).await?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let fold = shared.folds.read().publication()?.clone();
        message(&publish(&fold, None, |digest| shared.private.get(digest)))
    })
    .await
}

/// The publication of a fold, with individuals out of a private store.
pub(crate) fn publish(
    fold: &PublicationFold,
    state_digest: Option<Digest>,
    stored: impl Fn(Digest) -> Option<Vec<u8>>,
) -> Publication {
    fold.publication(state_digest, |particulars| {
        let data = stored(particulars)?;
        let found: Individual = serde_json::from_slice(&data).ok()?;
        let is_named = !found.name_ja.is_empty() || !found.name_en.is_empty();
        is_named.then_some(PublicIndividual {
            name_ja: found.name_ja,
            name_en: found.name_en,
            office_ja: found.head_office_ja,
            office_en: found.head_office_en,
        })
    })
}

fn message(publication: &Publication) -> Result<pb::Publication, Refusal> {
    let totals = publication.totals.iter().map(|total| pb::CategoryTotal {
        category: accounts::category(total.category).to_owned(),
        quantity_tonnes: total.quantity_tonnes.get(),
    });
    Ok(pb::Publication {
        holders: publication.holders.iter().map(holder_message).collect(),
        totals: totals.collect(),
        years: publication.years.iter().map(year_message).collect(),
        entries: publication.entries,
        csv_holders: publication.holders_csv().map_err(money::written)?,
        csv_totals: publication.totals_csv().map_err(money::written)?,
        csv_years: publication.years_csv().map_err(money::written)?,
        json: publication.json().map_err(money::written)?,
    })
}

fn holder_message(holder: &PublicHolder) -> pb::PublishedHolder {
    pb::PublishedHolder {
        account: holder.account.to_string(),
        name_ja: holder.name_ja.clone(),
        name_en: holder.name_en.clone(),
        head_office_ja: holder.head_office_ja.clone(),
        head_office_en: holder.head_office_en.clone(),
        withheld: holder.withheld.is_some(),
    }
}

fn year_message(year: &YearOfTransactions) -> pb::YearOfTransactions {
    pb::YearOfTransactions {
        year: year.year.get().into(),
        issued_tonnes: year.issued_tonnes.get(),
        transferred_tonnes: year.transferred_tonnes.get(),
        retired_tonnes: year.retired_tonnes.get(),
        cancelled_tonnes: year.cancelled_tonnes.get(),
        corrected_tonnes: year.corrected_tonnes.get(),
        transactions: year.transactions,
    }
}

//! What the law has published (registry ordinance, art. 16).

use super::{accounts, money};
use crate::folds;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;
use jcm_ledger::State;
use jcm_ledger::state::Account;
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
pub(crate) async fn publication(
    shared: &Arc<Shared>,
    request: pb::GetPublicationRequest,
) -> Result<pb::Publication, Refusal> {
    if request.account != 0 {
        let shared = Arc::clone(shared);
        return blocking(move || Ok(of_account(&shared, request.account))).await;
    }
    folds::up_to_date(shared).await?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let fold = shared.folds.read().publication()?.clone();
        let whole = message(&publish(&fold, None, |digest| shared.private.get(digest)))?;
        Ok(pb::Publication { government: government(shared.view().state()), ..whole })
    })
    .await
}

/// What is published of one account, for whoever is about to send something there.
fn of_account(shared: &Shared, number: u32) -> pb::Publication {
    let (holder, government, entries) = {
        let view = shared.view();
        let state = view.state();
        let account = AccountNumber::new(number).and_then(|number| state.account(number));
        let account = account.filter(|account| account.closed.is_none());
        let holder = account.and_then(|it| Some((it.number, it.holder.clone()?)));
        (holder, government(state), state.entries())
    };
    let holder = holder.map(|(number, holder)| {
        let account = number.to_string();
        match holder.particulars {
            Some(of) => pb::PublishedHolder {
                account,
                name_ja: of.name_ja.map_or_else(String::new, |name| name.to_string()),
                name_en: of.name_en.to_string(),
                head_office_ja: of.head_office_ja.map_or_else(String::new, |it| it.to_string()),
                head_office_en: of.head_office_en.to_string(),
                withheld: false,
            },
            None => match individual(shared.private.get(holder.commitment)) {
                Some(of) => pb::PublishedHolder {
                    account,
                    name_ja: of.name_ja,
                    name_en: of.name_en,
                    head_office_ja: of.office_ja,
                    head_office_en: of.office_en,
                    withheld: false,
                },
                None => pb::PublishedHolder { account, withheld: true, ..Default::default() },
            },
        }
    });
    pb::Publication {
        holders: holder.into_iter().collect(),
        government,
        entries,
        ..Default::default()
    }
}

fn government(state: &State) -> Vec<pb::PublishedGovernmentAccount> {
    let accounts = state.accounts().filter(|account| account.category.is_government());
    let message = |account: &Account| pb::PublishedGovernmentAccount {
        account: account.number.to_string(),
        id: account.number.get(),
        category: accounts::category(account.category).to_owned(),
        name_ja: account.name.as_ref().map_or_else(String::new, |name| name.ja.to_string()),
        name_en: account.name.as_ref().map_or_else(String::new, |name| name.en.to_string()),
    };
    accounts.map(message).collect()
}

/// The publication of a fold, with individuals out of a private store.
pub(crate) fn publish(
    fold: &PublicationFold,
    state_digest: Option<Digest>,
    stored: impl Fn(Digest) -> Option<Vec<u8>>,
) -> Publication {
    fold.publication(state_digest, |particulars| individual(stored(particulars)))
}

/// What is published of an individual, if that is at hand.
fn individual(stored: Option<Vec<u8>>) -> Option<PublicIndividual> {
    let found: Individual = serde_json::from_slice(&stored?).ok()?;
    let is_named = !found.name_ja.is_empty() || !found.name_en.is_empty();
    is_named.then_some(PublicIndividual {
        name_ja: found.name_ja,
        name_en: found.name_en,
        office_ja: found.head_office_ja,
        office_en: found.head_office_en,
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
        government: Vec::new(),
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

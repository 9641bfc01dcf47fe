//! What stands under Article 6: authorisations in their versions, corresponding
//! adjustments, and what partners confirmed of them. All of it is what reports publish.

use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::command::{AuthorisedPurposes, Confirmation, FirstTransferDefinition, Side};
use jcm_format::id::{Country, EntryIndex, ProjectRef};
use jcm_format::time::Year;
use jcm_ledger::state::{Adjustment, AdjustmentKey, AuthorisationRecord, AuthorisationVersion};

/// Versions in brief of each authorisation of a list: 500 authorisations stay within
/// one message.
const VERSIONS_LISTED_MAX: usize = 8;

/// Versions in brief of one authorisation.
const VERSIONS_SHOWN_MAX: usize = 1_000;

/// Every authorisation, in the order of the first versions.
pub(crate) fn authorisations(
    shared: &Shared,
    request: &pb::ListAuthorisationsRequest,
) -> Result<pb::ListAuthorisationsResponse, Refusal> {
    let after =
        page::after("authorisations", &request.page_token, |text| text.parse::<u64>().ok())?;
    let view = shared.view();
    let records = view
        .state()
        .authorisations()
        .skip_while(|record| after.is_some_and(|after| record.entry.get() <= after));
    let (records, next_page_token) =
        page::take(records, page::page_size(request.page_size), "authorisations", |record| {
            record.entry
        });
    let message = |record| authorisation_message(record, VERSIONS_LISTED_MAX);
    let authorisations = records.into_iter().map(message).collect();
    Ok(pb::ListAuthorisationsResponse { authorisations, next_page_token })
}

/// One authorisation, and one of its versions in full.
pub(crate) fn authorisation(
    shared: &Shared,
    request: &pb::GetAuthorisationRequest,
) -> Result<pb::GetAuthorisationResponse, Refusal> {
    let absent = |what, entry: u64| Refusal::Absent { what, which: format!("entry {entry}") };
    let view = shared.view();
    let record = view
        .state()
        .authorisation(EntryIndex::new(request.entry))
        .ok_or_else(|| absent("authorisation", request.entry))?;
    let version = match request.version {
        0 => record.latest(),
        entry => record
            .versions()
            .find(|version| version.entry.get() == entry)
            .ok_or_else(|| absent("version of the authorisation", entry))?,
    };
    let terms_json = serde_json::to_string(&version.terms).map_err(|_| Refusal::Internal)?;
    let details_json = version.details.as_ref().map(serde_json::to_string).transpose();
    Ok(pb::GetAuthorisationResponse {
        authorisation: Some(authorisation_message(record, VERSIONS_SHOWN_MAX)),
        version: version.entry.get(),
        terms_json,
        details_json: details_json.map_err(|_| Refusal::Internal)?.unwrap_or_default(),
    })
}

fn authorisation_message(record: &AuthorisationRecord, versions_max: usize) -> pb::Authorisation {
    let latest = record.latest();
    let terms = &latest.terms;
    let is_revoked = record.revoked.is_some();
    let first_transfer = match terms.first_transfer {
        FirstTransferDefinition::Authorisation => "authorisation",
        FirstTransferDefinition::Issuance => "issuance",
        FirstTransferDefinition::UseOrCancellation => "use_or_cancellation",
    };
    let revocation = record.revoked.map(|revoked| revoked.revocation);
    pb::Authorisation {
        entry: record.entry.get(),
        id: record.id.to_string(),
        side: match record.side {
            Side::Japan => "japan".to_owned(),
            Side::Partner => "partner".to_owned(),
        },
        partner: record.partner.to_string(),
        cooperative_approach: record.cooperative_approach.to_string(),
        date: terms.date.to_string(),
        quantity_tonnes: terms.quantity_tonnes.get(),
        used_tonnes: record.used_tonnes.get(),
        first_vintage: terms.first_vintage.get().into(),
        last_vintage: terms.last_vintage.get().into(),
        projects: terms.projects.iter().map(ProjectRef::to_string).collect(),
        party: record.party().to_string(),
        left_tonnes: if is_revoked { 0 } else { record.left_tonnes().get() },
        status: if is_revoked { "revoked" } else { "valid" }.to_owned(),
        purposes: purposes(terms.purposes),
        first_transfer: first_transfer.to_owned(),
        version: latest.number,
        version_entry: latest.entry.get(),
        version_count: u32::try_from(record.versions().count()).unwrap_or(u32::MAX),
        versions: record.versions().take(versions_max).map(version_message).collect(),
        revoked_entry: record.revoked.map_or(0, |revoked| revoked.entry.get()),
        revoked_on: revocation.map_or_else(String::new, |revocation| revocation.date.to_string()),
        changes_reach_first_transferred: record.changes_reach_first_transferred(),
    }
}

fn version_message(version: &AuthorisationVersion) -> pb::AuthorisationVersion {
    pb::AuthorisationVersion {
        entry: version.entry.get(),
        version: version.number,
        date: version.terms.date.to_string(),
        quantity_tonnes: version.terms.quantity_tonnes.get(),
        first_vintage: version.terms.first_vintage.get().into(),
        last_vintage: version.terms.last_vintage.get().into(),
        purposes: purposes(version.terms.purposes),
    }
}

fn purposes(purposes: AuthorisedPurposes) -> Vec<String> {
    let all = [(purposes.ndc, "NDC"), (purposes.imp, "IMP"), (purposes.op, "OP")];
    all.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned()).collect()
}

/// Corresponding adjustments, by country, year of use and vintage.
pub(crate) fn adjustments(
    shared: &Shared,
    request: &pb::ListAdjustmentsRequest,
) -> Result<pb::ListAdjustmentsResponse, Refusal> {
    let partner = partner(&request.partner)?;
    let after = page::after("adjustments", &request.page_token, key)?;
    let view = shared.view();
    let all = view.state().adjustments().filter(|(key, sum)| {
        after.is_none_or(|after| after < *key)
            && partner.is_none_or(|partner| partner == key.partner)
            && (!request.open_only || sum.open().get() != 0)
    });
    let (page, next_page_token) =
        page::take(all, page::page_size(request.page_size), "adjustments", |(key, _)| {
            format!("{}-{}-{}", key.partner, key.year, key.vintage)
        });
    let adjustments = page.into_iter().map(|(key, sum)| adjustment_message(key, sum)).collect();
    Ok(pb::ListAdjustmentsResponse { adjustments, next_page_token })
}

fn key(text: &str) -> Option<AdjustmentKey> {
    let mut parts = text.split('-');
    let partner = Country::new(parts.next()?)?;
    let mut year = || Year::new(parts.next()?.parse().ok()?);
    Some(AdjustmentKey { partner, year: year()?, vintage: year()? })
}

/// An adjustment as the wire has it.
pub(crate) fn adjustment_message(key: AdjustmentKey, sum: Adjustment) -> pb::Adjustment {
    pb::Adjustment {
        partner: key.partner.to_string(),
        vintage: key.vintage.get().into(),
        quantity_tonnes: sum.booked.get(),
        year: key.year.get().into(),
        confirmed_tonnes: sum.confirmed.get(),
        open_tonnes: sum.open().get(),
    }
}

/// What partners confirmed and did not withdraw, oldest first.
pub(crate) fn confirmations(
    shared: &Shared,
    request: &pb::ListConfirmationsRequest,
) -> Result<pb::ListConfirmationsResponse, Refusal> {
    let partner = partner(&request.partner)?;
    let after = page::after("confirmations", &request.page_token, |text| text.parse::<u64>().ok())?;
    let view = shared.view();
    let all = view.state().confirmations().filter(|(entry, confirmed)| {
        after.is_none_or(|after| after < entry.get())
            && partner.is_none_or(|partner| partner == confirmed.partner)
    });
    let (page, next_page_token) =
        page::take(all, page::page_size(request.page_size), "confirmations", |(entry, _)| *entry);
    let message = |(entry, confirmed): (EntryIndex, &Confirmation)| pb::Confirmation {
        entry: entry.get(),
        partner: confirmed.partner.to_string(),
        year: confirmed.year.get().into(),
        vintage: confirmed.vintage.get().into(),
        quantity_tonnes: confirmed.quantity_tonnes.get(),
        date: confirmed.date.to_string(),
        document: confirmed.document.to_string(),
    };
    let confirmations = page.into_iter().map(message).collect();
    Ok(pb::ListConfirmationsResponse { confirmations, next_page_token })
}

fn partner(code: &str) -> Result<Option<Country>, Refusal> {
    if code.is_empty() {
        return Ok(None);
    }
    let wanted = || "give two capital letters such as MN, or nothing for every country".to_owned();
    let wrong = || Refusal::Argument { field: "partner", wanted: wanted() };
    Country::new(code).map(Some).ok_or_else(wrong)
}

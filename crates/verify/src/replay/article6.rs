//! Article 6: authorisations and their versions, and what partners confirm.

use super::issuance::project;
use super::judge::Case;
use super::paris::{Authorised, Version, japan};
use crate::code::{Broken, Code, Judged, contradiction, ensure};
use jcm_format::command::{
    Authorisation, AuthorisationChange, AuthorisationDetails, AuthorisationRevocation,
    Confirmation, Side,
};
use jcm_format::event::Effect;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::party::Party;
use jcm_format::time::Date;

/// Rule 616.
pub(crate) fn adopted(case: &Case<'_>, what: &str) -> Judged<()> {
    ensure(case.state.paris.data.is_some(), Code::Article6Off, || {
        format!("{what}, but no rule data for Article 6 are adopted")
    })
}

/// Rules 616, 624 and 602 to 604.
pub(crate) fn authorise(
    case: &Case<'_>,
    authorisation: &Authorisation,
    details: Option<&AuthorisationDetails>,
) -> Judged<Vec<Effect>> {
    let (id, paris) = (&authorisation.id, &case.state.paris);
    match details {
        Some(_) => adopted(case, &format!("authorisation {id} has details"))?,
        None => ensure(paris.data.is_none(), Code::AuthorisationDetailsMissing, || {
            format!("authorisation {id} has no details, which Article 6 asks for")
        })?,
    }
    let party = match authorisation.side {
        Side::Japan => japan()?,
        Side::Partner => Party::from(authorisation.partner),
    };
    let namesakes = paris.ids.get(id);
    let taken = match paris.data {
        Some(_) => namesakes.is_some_and(|by_party| by_party.contains_key(&party)),
        None => namesakes.is_some(),
    };
    ensure(!taken, Code::AuthorisationExists, || {
        format!("authorisation {id} of {party} is recorded, but the identifier is taken")
    })?;
    for reference in &authorisation.projects {
        project(case, reference)?;
    }
    case.not_in_future(authorisation.date)?;
    let mut effects = vec![Effect::AuthorisationRecorded { authorisation: authorisation.clone() }];
    effects.extend(details.map(|details| Effect::AuthorisationDetailed(details.clone())));
    Ok(effects)
}

/// Rule 611, which comes before the role.
pub(crate) fn known<'a>(case: &Case<'a>, authorisation: EntryIndex) -> Judged<&'a Authorised> {
    case.state.paris.authorisations.get(&authorisation).ok_or_else(|| {
        Code::AuthorisationUnknown.broken(format!(
            "entry {authorisation} is named as an authorisation and did not record the first version of one"
        ))
    })
}

/// Rules 611, 616 and 618: the version in force.
fn in_force<'a>(
    case: &Case<'a>,
    authorisation: EntryIndex,
) -> Judged<(&'a Authorised, &'a Version)> {
    let authorised = known(case, authorisation)?;
    adopted(case, &format!("authorisation {authorisation} is changed or revoked"))?;
    let version = authorised.in_force().ok_or_else(|| revoked(authorisation))?;
    Ok((authorised, version))
}

/// Rule 618.
pub(crate) fn revoked(authorisation: EntryIndex) -> Broken {
    Code::AuthorisationRevoked
        .broken(format!("authorisation {authorisation} is named, which was revoked"))
}

/// Rule 620.
fn not_before(version: &Version, date: Date) -> Judged<()> {
    let before = version.terms.date;
    ensure(before <= date, Code::DateBeforeVersion, || {
        format!("the date {date} is before {before}, that of the version in force")
    })
}

/// Rules 611, 616, 618, 617, 603, 604, 620, 625 and 619.
pub(crate) fn change(case: &Case<'_>, change: &AuthorisationChange) -> Judged<Vec<Effect>> {
    let AuthorisationChange { authorisation, terms, details } = change;
    let (authorised, version) = in_force(case, *authorisation)?;
    let (before, number) = (version.number(), details.version);
    ensure(before.checked_add(1) == Some(number), Code::AuthorisationVersion, || {
        format!(
            "version {number} of authorisation {authorisation} is recorded while version {before} is in force"
        )
    })?;
    for reference in &terms.projects {
        project(case, reference)?;
        ensure(reference.country() == authorised.partner, Code::ProjectUnknown, || {
            format!("project {reference} is none of {}", authorised.partner)
        })?;
    }
    case.not_in_future(terms.date)?;
    not_before(version, terms.date)?;
    let reaches = details.changes_reach_first_transferred;
    ensure(reaches == authorised.reaches_back(), Code::TermsOnChangeDiffer, || {
        format!(
            "version {number} of authorisation {authorisation} says otherwise than the first whether changes reach what is first transferred"
        )
    })?;
    let (used, quantity) = (authorised.used, terms.quantity_tonnes);
    ensure(used <= quantity, Code::QuantityBelowUsed, || {
        format!(
            "authorisation {authorisation} is changed to {quantity} tonnes, but {used} are first transferred under it"
        )
    })?;
    Ok(vec![Effect::AuthorisationChanged(change.clone())])
}

/// Rules 611, 616, 618, 604 and 620.
pub(crate) fn revoke(case: &Case<'_>, revocation: &AuthorisationRevocation) -> Judged<Vec<Effect>> {
    let (_, version) = in_force(case, revocation.authorisation)?;
    case.not_in_future(revocation.date)?;
    not_before(version, revocation.date)?;
    Ok(vec![Effect::AuthorisationRevoked(*revocation)])
}

/// Rules 616, 604 and 622.
pub(crate) fn confirm(case: &Case<'_>, confirmation: &Confirmation) -> Judged<Vec<Effect>> {
    let Confirmation { partner, year, vintage, quantity_tonnes, date, .. } = confirmation;
    adopted(case, "an adjustment is confirmed")?;
    case.not_in_future(*date)?;
    let known = case.state.paris.adjustments.get(&(*partner, *year, *vintage)).copied();
    let open = known.unwrap_or_default().open();
    ensure(u128::from(quantity_tonnes.get()) <= open, Code::ConfirmationExceeded, || {
        format!(
            "{partner} confirms {quantity_tonnes} tonnes of vintage {vintage} used in {year}, of which {open} are booked and not confirmed"
        )
    })?;
    Ok(vec![Effect::AdjustmentConfirmed(*confirmation)])
}

/// Rule 623, which comes before the role: the country whose confirmation it is.
pub(crate) fn confirmed_by(case: &Case<'_>, confirmation: EntryIndex) -> Judged<Country> {
    let known = case.state.paris.confirmations.get(&confirmation);
    known.map(|confirmed| confirmed.partner).ok_or_else(|| {
        Code::ConfirmationUnknown.broken(format!(
            "the confirmation of entry {confirmation} is withdrawn, which recorded none or whose is withdrawn"
        ))
    })
}

/// Rule 623.
pub(crate) fn withdraw(case: &Case<'_>, confirmation: EntryIndex) -> Judged<Vec<Effect>> {
    confirmed_by(case, confirmation)?;
    Ok(vec![Effect::ConfirmationWithdrawn { confirmation }])
}

/// Rules 734 and 735, once Article 6 is adopted.
pub(crate) fn reportable(case: &Case<'_>, use_: Option<&jcm_format::command::Use>) -> Judged<()> {
    use jcm_format::command::UseKind;
    let (Some(data), Some(use_)) = (&case.state.paris.data, use_) else { return Ok(()) };
    let gx_ets = use_.kind == UseKind::GxEts;
    ensure(!gx_ets || data.gx_ets_cap_basis_points.is_some(), Code::GxEtsOff, || {
        "units are to serve GX-ETS, which the data in force do not allow".to_owned()
    })?;
    let reported = gx_ets || use_.kind == UseKind::Shk;
    ensure(!reported || use_.reporting_year.is_some(), Code::ReportingYearMissing, || {
        "a use for a report does not say of which year".to_owned()
    })
}

/// A block is gone, which cannot be.
pub(crate) fn block_gone() -> Broken {
    contradiction("a block is gone")
}

//! Whether a submission lists all that its year has, each once: what was acquired and
//! cancelled, authorisations with the acts by which they came, and their entities.

use super::{
    APPROACH, AUTHORIZATION, AefClaims, AefRow, ENTITY, FIRST, Kind, LAST, PARTY, QUANTITY,
    VERSION, VINTAGE, units_of,
};
use crate::holdings::UnitMap;
use crate::replay::{Authorised, State, Version};
use jcm_format::command::Side;
use jcm_format::event::AccountCategory;
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use std::collections::BTreeMap;

/// What is left out or listed too often, of the reported year.
pub(super) fn wrong(claims: &AefClaims, state: &State) -> Vec<String> {
    let year = claims.reported_year.and_then(|year| Year::new(u16::try_from(year).ok()?));
    let Some(year) = year else {
        return vec!["the submission does not say on which year it reports".to_owned()];
    };
    let mut wrong = of_units(claims, state, year);
    wrong.extend(once_and_in(claims, state, year));
    let of_kind = |kind: Kind| claims.rows.iter().filter(move |row| row.kind == kind);
    let shown = shown(state, year);
    wrong.extend(counted(
        "authorisation",
        of_kind(Kind::Authorisation)
            .map(|row| version(&cell(row, AUTHORIZATION), row.number(VERSION).unwrap_or(0))),
        shown.iter().map(|(of, shown)| version(of.id.as_str(), u64::from(shown.number()))),
    ));
    let acts = of_japan(state)
        .flat_map(|of| of.versions().filter(|known| known.year == year).map(|_| of.id.to_string()));
    wrong.extend(counted(
        "the act of authorising",
        of_kind(Kind::Authorising).map(|row| cell(row, AUTHORIZATION)),
        acts,
    ));
    let mut entities: Vec<String> = shown
        .iter()
        .flat_map(|(of, shown)| {
            shown
                .entities()
                .map(|listed| entity(&listed.entity.number.to_string(), &of.approach.to_string()))
        })
        .collect();
    entities.sort_unstable();
    entities.dedup();
    wrong.extend(counted(
        "entity",
        of_kind(Kind::Entity).map(|row| entity(&cell(row, ENTITY), &cell(row, APPROACH))),
        entities.into_iter(),
    ));
    wrong
}

fn cell(row: &AefRow, column: &str) -> String {
    row.cell(column).unwrap_or_default()
}

fn version(id: &str, number: u64) -> String {
    format!("{id}, version {number}")
}

fn entity(number: &str, approach: &str) -> String {
    format!("{number} under {approach}")
}

fn of_japan(state: &State) -> impl Iterator<Item = &Authorised> {
    state.paris.authorisations.values().filter(|of| of.side == Side::Japan)
}

/// The versions that the year recorded, of each authorisation; the last one before of
/// those of which it recorded none.
fn shown(state: &State, year: Year) -> Vec<(&Authorised, &Version)> {
    let mut shown = Vec::new();
    for of in of_japan(state) {
        let before = shown.len();
        let recorded = of.versions().filter(|known| known.year == year);
        shown.extend(recorded.map(|known| (of, known)));
        if shown.len() == before {
            shown.push((of, of.last()));
        }
    }
    shown
}

/// What is stated more or less often than the log has it.
fn counted(
    what: &str,
    stated: impl Iterator<Item = String>,
    known: impl Iterator<Item = String>,
) -> Vec<String> {
    let mut times: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for of in stated {
        times.entry(of).or_default().0 += 1;
    }
    for of in known {
        times.entry(of).or_default().1 += 1;
    }
    let differing = times.into_iter().filter(|(_, (stated, known))| stated != known);
    differing
        .map(|(of, (stated, known))| {
            format!("{what} {of} is listed {stated} times, but the log amounts to {known}")
        })
        .collect()
}

/// By Party and vintage, what is said to be acquired and cancelled, and what was.
fn of_units(claims: &AefClaims, state: &State, year: Year) -> Vec<String> {
    let mut sums: BTreeMap<(bool, String, u64), (u128, u128)> = BTreeMap::new();
    for row in &claims.rows {
        let Kind::Action(action) = &row.kind else { continue };
        let acquired = action == "Acquisition";
        if acquired || action.ends_with("ancellation") {
            let key = (acquired, cell(row, PARTY), row.number(VINTAGE).unwrap_or(0));
            sums.entry(key).or_default().0 += u128::from(row.number(QUANTITY).unwrap_or(0));
        }
    }
    for (acquired, range) in acted_on(state, year) {
        let Some(block) = state.units.block_of(range) else { continue };
        let party = Party::from(block.project.country()).to_string();
        let key = (acquired, party, u64::from(block.vintage.get()));
        sums.entry(key).or_default().1 += u128::from(range.quantity().get());
    }
    let differing = sums.into_iter().filter(|(_, (stated, known))| stated != known);
    differing
        .map(|((acquired, party, vintage), (stated, known))| match acquired {
            true => format!(
                "the acquisitions from {party} of {vintage} sum up to {stated} t, but {known} t \
                 were first transferred in {year}"
            ),
            false => format!(
                "the cancellations of units from {party} of {vintage} sum up to {stated} t, but \
                 {known} t that were first transferred were cancelled in {year}"
            ),
        })
        .collect()
}

/// That no unit is acquired, ended or held twice, and that each was acquired or ended in the
/// reported year: with the sums, that it is these units and no others.
fn once_and_in(claims: &AefClaims, state: &State, year: Year) -> Vec<String> {
    let units = &state.units;
    let mut wrong = Vec::new();
    let mut listed: BTreeMap<&str, UnitMap<()>> = BTreeMap::new();
    for row in &claims.rows {
        let (what, in_year) = match &row.kind {
            Kind::Action(action) if action == "Acquisition" => {
                ("first transferred", Some(&units.transferred_in))
            }
            Kind::Action(_) => ("used or cancelled", Some(&units.ended_in)),
            Kind::Holding => ("held", None),
            Kind::Authorisation | Kind::Authorising | Kind::Entity => continue,
        };
        let Some(range) = units_of(row, &cell(row, FIRST), &cell(row, LAST), state) else {
            continue;
        };
        let at = &row.at;
        let other = |map: &UnitMap<Year>| map.stretches(range).iter().any(|of| of.1 != Some(year));
        if in_year.is_some_and(other) {
            wrong.push(format!("{at}: not all of {range} were {what} in {year}"));
        }
        let before = listed.entry(what).or_insert_with(UnitMap::new);
        if before.stretches(range).iter().any(|(_, listed)| listed.is_some()) {
            wrong.push(format!("{at}: some of {range} are {what} in another row as well"));
        }
        before.set(range, Some(()));
    }
    wrong
}

/// The units first transferred in a year, and those of all first transferred that were
/// cancelled in it.
fn acted_on(state: &State, year: Year) -> impl Iterator<Item = (bool, SerialRange)> {
    let units = &state.units;
    let in_year = move |map: &'_ UnitMap<Year>| -> Vec<SerialRange> {
        map.iter().filter(|(_, of)| *of == year).map(|(range, _)| range).collect()
    };
    let acquired = in_year(&units.transferred_in).into_iter().map(|range| (true, range));
    let is_cancelled = |account| state.category(account) == Some(AccountCategory::Cancellation);
    let ended = in_year(&units.ended_in).into_iter();
    let cancelled = ended
        .flat_map(|range| units.held.stretches(range))
        .filter(move |(_, account)| account.is_some_and(is_cancelled))
        .flat_map(|(range, _)| units.first_transferred.stretches(range))
        .filter_map(|(range, pair)| pair.map(|_| (false, range)));
    acquired.chain(cancelled)
}

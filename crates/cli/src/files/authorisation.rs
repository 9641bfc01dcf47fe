//! The details of an authorisation under Article 6, as a file. Sectors and activity
//! types are the words of the agreed electronic format.
//!
//! ```toml
//! version = 1                               # as the authorising Party numbers it
//! mitigation = "Emission reductions"        # or "Removals", "Emission reductions and removals"
//! gwp = "AR5"                               # source of the global warming potentials; may be absent
//! sectors = ["Energy generation"]           # at least one
//! activities = ["Solar"]                    # may be absent
//! parties = ["JPN", "MNG"]                  # authorised Parties; may be absent
//! use_years = "2021-2030"                   # when units may be used; absent: whenever
//! # oimp = "CORSIA, first phase"            # which other purposes, where authorised for IMP or OP
//! terms = ["Units are used once."]          # terms and conditions, in paragraphs; may be absent
//! changes_reach_first_transferred = false   # do changes reach units already first transferred? stays for ever
//! # notes = "..."                           # whatever else is to be said
//!
//! [[entities]]                              # authorised entities; may be absent
//! country = "JP"
//! number = "8700110005901"
//! name = "Example K.K."
//! # conditions = "..."                      # on what conditions
//! ```

use super::{field, optional};
use crate::parse;
use jcm_format::command::{
    ActivityType, AuthorisationDetails, AuthorisedEntity, EntityRef, MitigationType, Sector,
    YearSpan,
};
use jcm_format::party::Party;
use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailsFile {
    version: u32,
    mitigation: String,
    gwp: Option<String>,
    sectors: Vec<String>,
    #[serde(default)]
    activities: Vec<String>,
    #[serde(default)]
    parties: Vec<String>,
    use_years: Option<String>,
    oimp: Option<String>,
    #[serde(default)]
    terms: Vec<String>,
    changes_reach_first_transferred: bool,
    notes: Option<String>,
    #[serde(default)]
    entities: Vec<EntityFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntityFile {
    country: String,
    number: String,
    name: String,
    conditions: Option<String>,
}

/// Reads a file. Lists come into the order of a command.
pub fn read(file: &DetailsFile) -> Result<AuthorisationDetails, String> {
    let years = optional("use_years", file.use_years.as_ref(), parse::years)?;
    let mut entities = each("entities", &file.entities, entity)?;
    entities.sort_unstable_by(|one, other| one.entity.cmp(&other.entity));
    Ok(AuthorisationDetails {
        version: file.version,
        mitigation: choice("mitigation", &file.mitigation, MitigationType::ALL)?,
        gwp: optional("gwp", file.gwp.as_ref(), parse::text)?,
        sectors: sorted(each("sectors", &file.sectors, |n, t| choice(n, t, Sector::ALL))?),
        activities: sorted(each("activities", &file.activities, |name, text| {
            choice(name, text, ActivityType::ALL)
        })?),
        parties: sorted(each("parties", &file.parties, |name, text| field(name, party(text)))?),
        entities,
        use_years: years.map(|(first, last)| YearSpan { first, last }),
        oimp: optional("oimp", file.oimp.as_ref(), parse::text)?,
        terms: each("terms", &file.terms, |name, text| field(name, parse::text(text)))?,
        changes_reach_first_transferred: file.changes_reach_first_transferred,
        notes: optional("notes", file.notes.as_ref(), parse::text)?,
    })
}

/// Names each item by its position.
fn each<T, R>(
    name: &str,
    items: &[T],
    read: impl Fn(&str, &T) -> Result<R, String>,
) -> Result<Vec<R>, String> {
    let one = |(i, item): (usize, &T)| read(&format!("{name}[{i}]"), item);
    items.iter().enumerate().map(one).collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items
}

/// A value of a controlled list, by its words in whatever case.
fn choice<T: Copy + std::fmt::Display>(name: &str, text: &str, all: &[T]) -> Result<T, String> {
    let words = |value: &T| value.to_string();
    let found = all.iter().find(|value| words(value).eq_ignore_ascii_case(text)).copied();
    found.ok_or_else(|| {
        let all: Vec<String> = all.iter().map(words).collect();
        format!("{name}: {text} is none of: {}", all.join(", "))
    })
}

fn party(text: &str) -> Result<Party, String> {
    Party::new(text).ok_or_else(|| format!("{text} is not a Party's code such as MNG"))
}

fn entity(at: &str, file: &EntityFile) -> Result<AuthorisedEntity, String> {
    let at = |name: &str| format!("{at}.{name}");
    Ok(AuthorisedEntity {
        entity: EntityRef {
            country: field(&at("country"), parse::country(&file.country))?,
            number: field(&at("number"), parse::name(&file.number))?,
        },
        name: field(&at("name"), parse::text(&file.name))?,
        conditions: optional(&at("conditions"), file.conditions.as_ref(), parse::text)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse};

    fn example() -> String {
        documented(include_str!("authorisation.rs"))
    }

    fn read_text(text: &str) -> Result<AuthorisationDetails, String> {
        read(&parse(text, false)?)
    }

    #[test]
    fn the_documented_example_is_read() {
        let details = read_text(&example()).expect("an example");
        assert_eq!(details.sectors, [Sector::EnergyGeneration]);
        assert_eq!(details.activities, [ActivityType::Solar]);
        assert_eq!(details.entities[0].entity.to_string(), "JP:8700110005901");
        assert!(!details.changes_reach_first_transferred);
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        let example = example();
        assert!(page.contains(&example), "docs/cli.md differs from authorisation.rs");
    }

    #[test]
    fn lists_come_into_order() {
        let text =
            example().replace("[\"Energy generation\"]", "[\"transportation\", \"Agriculture\"]");
        let details = read_text(&text).expect("in any order");
        assert_eq!(details.sectors, [Sector::Agriculture, Sector::Transportation]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("\"Emission reductions\"  ", "\"Savings\"", "mitigation"),
            ("Energy generation", "Energy", "sectors[0]"),
            ("\"Solar\"", "\"Sun\"", "activities[0]"),
            ("\"MNG\"", "\"MN\"", "parties[1]"),
            ("2021-2030", "soon", "use_years"),
            ("country = \"JP\"", "country = \"JPN\"", "entities[0].country"),
            ("changes_reach", "change_reach", "change_reach"),
        ] {
            let error = read_text(&example().replacen(from, to, 1)).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}

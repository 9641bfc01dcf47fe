//! Reports that others made, compared with what the replay has found.
//!
//! A report is taken apart into statements, each with a key and a value; the
//! replay gives its own value for the same key. Whoever adds a kind of report
//! writes a [`Reader`] for it and, if need be, facts for its keys.

mod aef;
mod readers;
mod tables;

use crate::code::{Broken, Code};
use crate::holdings::category_name;
use crate::replay::State;
use jcm_format::hash::Digest;
use serde_json::Value;
use std::collections::BTreeMap;

/// Findings of one report: more would say nothing new.
const DIFFERENCES_MAX: usize = 20;

/// What a report states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// After how many entries; none = after the last.
    pub(crate) entries: Option<u64>,
    /// What is stated under which key.
    pub(crate) stated: Vec<(String, String)>,
    /// Keys that begin so are stated completely: one that is missing is missing.
    pub(crate) complete: Vec<&'static str>,
    /// Tables of the Agreed Electronic Format.
    pub(crate) aef: aef::AefClaims,
    /// A report of the registry as a table.
    pub(crate) table: Option<tables::TableClaims>,
}

/// Takes a kind of report apart.
trait Reader {
    /// Whether a document is of this kind.
    fn recognises(&self, report: &Value) -> bool;

    /// What it states.
    fn claims(&self, report: &Value) -> Result<Claims, String>;
}

/// Takes a report apart, whatever kind it is of.
///
/// # Errors
///
/// It is of no kind that is known, or not well formed; in words.
pub fn read(text: &str) -> Result<Claims, String> {
    let report: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let readers: [&dyn Reader; 5] = [
        &readers::OurReport,
        &aef::Tables,
        &tables::Report,
        &readers::Adjustments,
        &readers::Totals,
    ];
    let reader = readers.iter().find(|reader| reader.recognises(&report));
    let reader = reader.ok_or(
        "it is none of the reports that can be compared, as JSON: totals, a publication, a report of \
         jcm-verify, tables of the Agreed Electronic Format, adjustments, balance, holdings, \
         issuances, uses, shk or gx-ets",
    )?;
    let claims = reader.claims(&report)?;
    if claims.statements() == 0 {
        return Err("it states nothing that could be compared".to_owned());
    }
    Ok(claims)
}

/// The name and office of a holder that the log does not have: an individual's.
const NOT_IN_THE_LOG: &str = "an individual, whose particulars are not in the log";

/// The facts of a state, by key.
fn facts(state: &State, root: Digest) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut tell = |key: String, value: String| {
        facts.insert(key, value);
    };
    tell("entries".to_owned(), state.entries.to_string());
    tell("root".to_owned(), root.to_string());
    tell("state digest".to_owned(), Digest::of(&[state.text().as_bytes()]).to_string());
    tell("issued tonnes".to_owned(), state.units.issued().to_string());
    let mut totals: BTreeMap<&str, u128> = BTreeMap::new();
    for (number, account) in &state.accounts {
        let total = totals.entry(category_name(account.category)).or_default();
        *total += state.units.balance(*number);
        let Some(particulars) = account.particulars.as_ref().filter(|_| !account.closed) else {
            continue;
        };
        let nothing = || NOT_IN_THE_LOG.to_owned();
        let holder = particulars.published.as_ref().map_or_else(nothing, |holder| {
            let japanese =
                |text: &Option<_>| text.as_ref().map_or_else(String::new, ToString::to_string);
            let (name, office) = (japanese(&holder.name_ja), japanese(&holder.head_office_ja));
            [name, holder.name_en.to_string(), office, holder.head_office_en.to_string()]
                .join(" / ")
        });
        tell(format!("holder {number}"), holder);
    }
    for (category, total) in totals {
        tell(format!("total {category}"), total.to_string());
    }
    // Totals are told by country and vintage, whatever the year of use.
    let mut adjusted: BTreeMap<_, u128> = BTreeMap::new();
    for ((country, _, vintage), of_year) in &state.paris.adjustments {
        *adjusted.entry((*country, *vintage)).or_default() += of_year.booked;
    }
    for ((country, year, vintage), of_year) in &state.paris.adjustments {
        for (what, tonnes) in
            [("booked", of_year.booked), ("confirmed", of_year.confirmed), ("open", of_year.open())]
        {
            tell(format!("{what} {country} {year} {vintage}"), tonnes.to_string());
        }
    }
    let mut outcomes: BTreeMap<_, u128> = BTreeMap::new();
    for (range, _) in state.units.first_transferred.iter() {
        if let Some(block) = state.units.block_of(range) {
            let of = (block.project.country(), block.vintage);
            *outcomes.entry(of).or_default() += u128::from(range.quantity().get());
        }
    }
    for ((country, vintage), tonnes) in outcomes {
        tell(format!("first transferred {country} {vintage}"), tonnes.to_string());
    }
    for ((country, vintage), tonnes) in adjusted {
        tell(format!("adjustment {country} {vintage}"), tonnes.to_string());
    }
    facts
}

/// Every statement that is not so.
pub(crate) fn differences(
    report: &str,
    claims: &Claims,
    state: &State,
    root: Digest,
) -> Vec<Broken> {
    let facts = facts(state, root);
    let of_table = claims.table.iter().flat_map(|table| table.wrong(state));
    let wrong = aef::wrong(&claims.aef, state).into_iter().chain(of_table);
    let mut found: Vec<Broken> =
        wrong.map(|what| Code::ReportDiffers.broken(format!("{report}: {what}"))).collect();
    let mut differ = |key: &str, stated: &str, fact: &str| {
        let detail =
            format!("{report}: {key} is stated as {stated}, but the log amounts to {fact}");
        found.push(Code::ReportDiffers.broken(detail));
    };
    for (key, stated) in &claims.stated {
        // What nobody has is none of it.
        let none = if key.starts_with("holder ") { "nothing" } else { "0" };
        let fact = facts.get(key).map_or(none, String::as_str);
        if fact != stated && fact != NOT_IN_THE_LOG {
            differ(key, stated, fact);
        }
    }
    let stated = |key: &str| claims.stated.iter().any(|(known, _)| known == key);
    for (key, fact) in &facts {
        let complete = claims.complete.iter().any(|prefix| key.starts_with(prefix));
        if complete && fact != "0" && !stated(key) {
            differ(key, "nothing", fact);
        }
    }
    found.truncate(DIFFERENCES_MAX);
    found
}

impl Claims {
    /// After how many entries it is to be compared.
    pub fn entries(&self) -> Option<u64> {
        self.entries
    }

    /// How many statements it makes.
    pub fn statements(&self) -> u64 {
        let rows = self.table.as_ref().map_or(0, |table| table.rows());
        (self.stated.len() + self.aef.rows.len() + rows) as u64
    }
}

//! Rule data for Article 6, as a file.
//!
//! ```toml
//! registry = "JPN01"                        # the registry's identifier: three letters, two digits
//! ndc_years = "2021-2030"                   # period of the NDC
//! oimp_needs_authorisation = true           # does cancellation for IMP or OP need both sides' authorisation?
//! # gx_ets_cap_basis_points = 1000          # most of a year's emissions that units may serve under GX-ETS; absent: they do not
//! identifiers = "full"                      # how reports write identifiers of ITMOs: "full", or "integer"
//! ```

use super::field;
use crate::parse;
use jcm_format::command::{Article6, ItmoRendering};
use jcm_format::itmo::ItmoRegistry;
use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article6File {
    registry: String,
    ndc_years: String,
    oimp_needs_authorisation: bool,
    gx_ets_cap_basis_points: Option<u16>,
    identifiers: String,
}

/// Reads a file.
pub fn read(file: &Article6File) -> Result<Article6, String> {
    let (ndc_first_year, ndc_last_year) = field("ndc_years", parse::years(&file.ndc_years))?;
    Ok(Article6 {
        registry: field("registry", registry(&file.registry))?,
        ndc_first_year,
        ndc_last_year,
        oimp_needs_authorisation: file.oimp_needs_authorisation,
        gx_ets_cap_basis_points: cap(file.gx_ets_cap_basis_points)?,
        identifiers: field("identifiers", identifiers(&file.identifiers))?,
    })
}

fn registry(text: &str) -> Result<ItmoRegistry, String> {
    ItmoRegistry::new(text).ok_or_else(|| format!("{text} is not an identifier such as JPN01"))
}

fn identifiers(text: &str) -> Result<ItmoRendering, String> {
    let known = ItmoRendering::ALL.iter().copied().find(|known| known.as_str() == text);
    known.ok_or_else(|| format!("{text} is neither full nor integer"))
}

/// On the wire 0 is no use at all: it must not be that by mistake.
fn cap(basis_points: Option<u16>) -> Result<Option<u16>, String> {
    match basis_points {
        Some(0) => Err("gx_ets_cap_basis_points: leave it out where units do not serve".to_owned()),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse};
    use jcm_format::command::Body;

    fn example() -> String {
        documented(include_str!("article6.rs"))
    }

    fn read_text(text: &str) -> Result<Article6, String> {
        read(&parse(text, false)?)
    }

    #[test]
    fn the_documented_example_is_well_formed() {
        let article6 = read_text(&example()).expect("an example");
        assert_eq!(article6.gx_ets_cap_basis_points, None, "off by default");
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        let command = jcm_client::CommandBuilder::new(origin, Body::AdoptArticle6(article6));
        assert!(command.build().is_ok());
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&example()), "docs/cli.md differs from the example in article6.rs");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("JPN01", "JP01", "registry"),
            ("2021-2030", "21-30", "ndc_years"),
            ("# gx_ets_cap_basis_points = 1000", "gx_ets_cap_basis_points = 0", "gx_ets_cap"),
            ("\"full\"", "\"long\"", "identifiers"),
            ("oimp_needs", "oimp_need", "oimp_need"),
        ] {
            let error = read_text(&example().replacen(from, to, 1)).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}

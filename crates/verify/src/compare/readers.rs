//! Reports of figures: this program's own, a node's totals, a publication.

use super::{Claims, Reader};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A report of `jcm-verify --json`.
pub(super) struct OurReport;

/// What `jcm report adjustments` gives as JSON.
pub(super) struct Adjustments;

/// What `jcm totals` and `jcm publication` give as JSON.
pub(super) struct Totals;

impl Reader for OurReport {
    fn recognises(&self, report: &Value) -> bool {
        ["figures", "root", "replayed"].iter().all(|name| report.get(name).is_some())
    }

    fn claims(&self, report: &Value) -> Result<Claims, String> {
        let mut claims = Claims { entries: Some(number(report, "entries")?), ..Claims::default() };
        claims.state("entries", number(report, "entries")?);
        claims.state("root", text(report, "root")?);
        claims.state("state digest", text(report, "state_digest")?);
        let figures = member(report, "figures")?;
        claims.state("issued tonnes", number(figures, "issued_tonnes")?);
        for (category, of_it) in object(figures, "categories")? {
            claims.state(format!("total {category}"), number(of_it, "tonnes")?);
        }
        claims.complete.push("total ");
        Ok(claims)
    }
}

impl Reader for Adjustments {
    fn recognises(&self, report: &Value) -> bool {
        ["partners", "japan", "period_first", "entries"].iter().all(|of| report.get(of).is_some())
    }

    fn claims(&self, report: &Value) -> Result<Claims, String> {
        let mut claims = Claims { entries: Some(number(report, "entries")?), ..Claims::default() };
        claims.state("entries", number(report, "entries")?);
        for partner in array(report, "partners")? {
            let country = text(partner, "country")?;
            for of in array(partner, "confirmations")? {
                let (year, vintage) = (number(of, "year")?, number(of, "vintage")?);
                let key = |what: &str| format!("{what} {country} {year} {vintage}");
                claims.state(key("booked"), number(of, "booked_tonnes")?);
                claims.state(key("confirmed"), number(of, "confirmed_tonnes")?);
                claims.state(key("open"), number(of, "open_tonnes")?);
            }
            for of in array(partner, "vintages")? {
                let key = format!("first transferred {country} {}", number(of, "vintage")?);
                claims.state(key, number(of, "first_transferred_tonnes")?);
            }
        }
        claims.complete.extend(["booked ", "confirmed ", "open ", "first transferred "]);
        Ok(claims)
    }
}

impl Reader for Totals {
    fn recognises(&self, report: &Value) -> bool {
        report.get("totals").is_some_and(Value::is_array) && report.get("entries").is_some()
    }

    fn claims(&self, report: &Value) -> Result<Claims, String> {
        let mut claims = Claims { entries: Some(number(report, "entries")?), ..Claims::default() };
        let digest = text(report, "state_digest")?;
        // A publication that was made without a state has none.
        if !digest.is_empty() {
            claims.state("state digest", digest);
        }
        for total in array(report, "totals")? {
            let category = text(total, "category")?.replace('_', "-");
            claims.state(format!("total {category}"), number(total, "quantity_tonnes")?);
        }
        claims.complete.push("total ");
        if report.get("issued_tonnes").is_some() {
            claims.state("issued tonnes", number(report, "issued_tonnes")?);
        }
        if report.get("adjustments").is_some() {
            // One row for each year of use; what is compared is their sum.
            let mut sums: BTreeMap<String, u64> = BTreeMap::new();
            for adjustment in array(report, "adjustments")? {
                let (partner, vintage) =
                    (text(adjustment, "partner")?, number(adjustment, "vintage")?);
                let sum = sums.entry(format!("adjustment {partner} {vintage}")).or_default();
                *sum = sum.saturating_add(number(adjustment, "quantity_tonnes")?);
            }
            for (key, sum) in sums {
                claims.state(key, sum);
            }
            claims.complete.push("adjustment ");
        }
        if report.get("holders").is_some() {
            for holder in array(report, "holders")? {
                claims.state(format!("holder {}", text(holder, "account")?), published(holder)?);
            }
            claims.complete.push("holder ");
        }
        Ok(claims)
    }
}

/// Name and office of a holder; of an individual the log has none.
fn published(holder: &Value) -> Result<String, String> {
    if !holder.get("withheld").is_none_or(Value::is_null) {
        return Ok(String::new());
    }
    let names = ["name_ja", "name_en", "head_office_ja", "head_office_en"];
    let texts: Vec<&str> = names.iter().map(|name| text(holder, name)).collect::<Result<_, _>>()?;
    Ok(texts.join(" / "))
}

impl Claims {
    pub(super) fn state(&mut self, key: impl Into<String>, value: impl ToString) {
        self.stated.push((key.into(), value.to_string()));
    }
}

pub(super) fn member<'v>(value: &'v Value, name: &str) -> Result<&'v Value, String> {
    value.get(name).ok_or_else(|| format!("{name} is missing"))
}

pub(super) fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str, String> {
    member(value, name)?.as_str().ok_or_else(|| format!("{name} is not a text"))
}

pub(super) fn number(value: &Value, name: &str) -> Result<u64, String> {
    member(value, name)?.as_u64().ok_or_else(|| format!("{name} is not a whole number"))
}

pub(super) fn array<'v>(value: &'v Value, name: &str) -> Result<&'v Vec<Value>, String> {
    member(value, name)?.as_array().ok_or_else(|| format!("{name} is not a list"))
}

fn object<'v>(value: &'v Value, name: &str) -> Result<&'v Map<String, Value>, String> {
    member(value, name)?.as_object().ok_or_else(|| format!("{name} is not an object"))
}

//! The announced issuances that the demo records.

use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Allocation, Basis, Body, Decision, RecordIssuance, RegisterProject, VintageIssue,
};
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;
use jcm_format::id::ProjectRef;
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Year};
use serde::Deserialize;

const CSV: &str = include_str!("announced_issuances.csv");

/// One row of the file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Announced {
    pub(crate) project: String,
    pub(crate) country: String,
    pub(crate) title: String,
    methodology: String,
    period_start: String,
    period_end: String,
    pub(crate) decision_date: String,
    pub(crate) announced_total_t: u64,
    pub(crate) government_t: u64,
    issued_on: String,
    vintage_split: String,
    pub(crate) synthetic: String,
    pub(crate) source: String,
}

/// Every row.
pub(crate) fn announced() -> Result<Vec<Announced>, csv::Error> {
    csv::Reader::from_reader(CSV.as_bytes()).deserialize().collect()
}

impl Announced {
    /// First day of the monitoring period.
    pub(crate) fn period_start(&self) -> &str {
        &self.period_start
    }

    /// Last day of the monitoring period.
    pub(crate) fn period_end(&self) -> &str {
        &self.period_end
    }

    /// The project, to be registered first.
    pub(crate) fn project(&self) -> Option<Body> {
        Some(Body::RegisterProject(RegisterProject {
            reference: ProjectRef::new(&self.project)?,
            title: Text::new(&self.title)?,
            methodology: Name::new(&self.methodology)?,
            public_input_date: None,
        }))
    }

    /// The government's part, carried over from the predecessor book.
    pub(crate) fn issuance(&self, government: AccountNumber) -> Option<Body> {
        let date = |text: &str| text.parse::<Date>().ok();
        let vintages = self.vintage_split.split(' ').map(|item| {
            let (year, tonnes) = item.split_once(':')?;
            let quantity_tonnes = Tonnes::new(tonnes.parse().ok()?);
            Some(VintageIssue {
                year: Year::new(year.parse().ok()?)?,
                quantity_tonnes,
                allocations: vec![Allocation { account: government, quantity_tonnes }],
            })
        });
        Some(Body::RecordIssuance(RecordIssuance {
            project: ProjectRef::new(&self.project)?,
            decision: Decision {
                reference: Name::new(&format!("JC-{}-{}", self.project, self.decision_date))?,
                date: date(&self.decision_date)?,
                period_start: date(&self.period_start)?,
                period_end: date(&self.period_end)?,
                notified_total_tonnes: Tonnes::new(self.announced_total_t),
                notified_japan_tonnes: Tonnes::new(self.government_t),
            },
            basis: Basis::CarriedOver {
                issued_on: date(&self.issued_on)?,
                recognition_reference: Text::new(
                    "recognition of the predecessor book (synthetic)",
                )?,
            },
            verifier: Text::new("not stated in the announcement")?,
            verification_report: Digest::of(&[self.source.as_bytes()]),
            quantity_tonnes: Tonnes::new(self.government_t),
            vintages: vintages.collect::<Option<_>>()?,
            authorisations: None,
        }))
    }
}

//! The rows of the five tables, as values, and what each says in each column.

use super::columns::Table;
use super::nomenclature::{
    ActionSubtype, ActionType, FirstTransferForOimp, Metric, PurposeForAuthorization,
    UnderlyingRegistry,
};
use super::provenance::Provenance;
use super::settings::{Settings, TimeframeStyle};
use crate::sheet::Cell;
use jcm_format::command::{ActivityType, ItmoRendering, MitigationType, Sector};
use jcm_format::id::CooperativeApproach;
use jcm_format::itmo::{Itmo, ItmoRegistry, ItmoSeries};
use jcm_format::party::Party;
use jcm_format::time::{Date, Timestamp, Year};

/// Table 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    /// The reporting Party.
    pub party: Party,
    /// The version of the submission.
    pub version: SubmissionVersion,
    /// The calendar year on which it reports.
    pub year: Year,
    /// The day on which it is handed in.
    pub date: Date,
    /// First year of the period of the nationally determined contribution.
    pub period_first: Year,
    /// Its last year.
    pub period_last: Year,
}

/// The version of a submission, `X.Y`; the first is 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubmissionVersion {
    /// From 1.
    major: u16,
    /// From 0.
    minor: u16,
}

impl SubmissionVersion {
    /// The first version.
    pub const FIRST: SubmissionVersion = SubmissionVersion { major: 1, minor: 0 };

    /// A version of which the first number is not zero.
    pub fn new(major: u16, minor: u16) -> Option<SubmissionVersion> {
        (major != 0).then_some(SubmissionVersion { major, minor })
    }
}

impl std::fmt::Display for SubmissionVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// One row of table 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRow {
    /// As the reporting Party assigned it.
    pub id: String,
    /// The day of the authorisation.
    pub date: Date,
    /// The cooperative approach.
    pub approach: CooperativeApproach,
    /// Its version, from 1.
    pub version: u32,
    /// The most that may be first transferred under it.
    pub quantity: Option<u64>,
    /// The metric.
    pub metric: Metric,
    /// The global warming potentials that apply.
    pub gwp: Option<String>,
    /// The metric, if it is not one of greenhouse gases.
    pub non_ghg_metric: Option<String>,
    /// The sectors.
    pub sectors: Vec<Sector>,
    /// The activity types.
    pub activities: Vec<ActivityType>,
    /// What use is allowed.
    pub purposes: Option<PurposeForAuthorization>,
    /// The Parties that may use.
    pub parties: Vec<Party>,
    /// The entities that may use or cancel, by their identification numbers.
    pub entities: Vec<String>,
    /// The other international mitigation purpose, in words.
    pub oimp: Option<String>,
    /// When the mitigation occurs and may be used.
    pub timeframe: Option<Timeframe>,
    /// Terms and conditions.
    pub terms: Option<String>,
    /// What first transfer is, for other international mitigation purposes.
    pub first_transfer: Option<FirstTransferForOimp>,
    /// Additional information.
    pub note: Option<String>,
    /// The entries that it stems from.
    pub provenance: Provenance,
}

/// When mitigation occurs, and when it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeframe {
    /// First and last calendar year in which it occurs.
    pub occurs: (Year, Year),
    /// First and last calendar year of use, where they are limited.
    pub use_: Option<(Year, Year)>,
}

impl Timeframe {
    fn shown(&self, style: TimeframeStyle) -> String {
        let (first, last) = (self.occurs.0.get(), self.occurs.1.get());
        match (style, self.use_) {
            (TimeframeStyle::Years, _) => format!("{first} - {last}"),
            (TimeframeStyle::OccurredAndUse, None) => format!("Occurred: from {first} to {last}"),
            (TimeframeStyle::OccurredAndUse, Some((from, to))) => {
                let (from, to) = (from.get(), to.get());
                format!("Occurred: from {first} to {last}. Use: from {from} to {to}")
            }
        }
    }
}

/// Units of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItmoBlock {
    /// What their running numbers are counted for.
    pub series: ItmoSeries,
    /// Calendar year in which the mitigation occurred.
    pub vintage: Year,
    /// The first running number.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl ItmoBlock {
    /// How many units these are; none if the last comes before the first.
    pub const fn quantity(&self) -> Option<u64> {
        match self.last.checked_sub(self.first) {
            Some(difference) => difference.checked_add(1),
            None => None,
        }
    }

    /// The unit with the running number `serial`.
    pub const fn itmo(&self, serial: u64) -> Itmo {
        Itmo { series: self.series, serial, vintage: self.vintage }
    }

    fn id(&self, serial: u64, style: ItmoRendering) -> Cell {
        match style {
            ItmoRendering::Integer => Cell::Integer(serial),
            ItmoRendering::Full => text(self.itmo(serial)),
        }
    }
}

/// The same units in the registry below, by its own identification numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Underlying {
    /// The registry.
    pub registry: UnderlyingRegistry,
    /// The first unit.
    pub first: String,
    /// The last.
    pub last: String,
}

/// One row of table 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    /// When the registry recorded it.
    pub at: Timestamp,
    /// What was done.
    pub action: ActionType,
    /// More exactly.
    pub subtype: Option<ActionSubtype>,
    /// The cooperative approach.
    pub approach: CooperativeApproach,
    /// The reporting Party's authorisation.
    pub authorization: String,
    /// The registry that tracks it.
    pub registry: ItmoRegistry,
    /// The units; none for an authorisation, which has none yet.
    pub block: Option<ItmoBlock>,
    /// The same units in the registry below.
    pub underlying: Option<Underlying>,
    /// The metric.
    pub metric: Metric,
    /// The global warming potentials that apply.
    pub gwp: Option<String>,
    /// The metric, if it is not one of greenhouse gases.
    pub non_ghg_metric: Option<String>,
    /// In tonnes of CO2 equivalent.
    pub quantity: Option<u64>,
    /// Reductions, removals or both.
    pub mitigation: Option<MitigationType>,
    /// Of an acquisition: from whom.
    pub transferring: Option<Party>,
    /// Of a transfer: to whom.
    pub acquiring: Option<Party>,
    /// Of a cancellation: for which purpose.
    pub purpose: Option<String>,
    /// Who uses or cancels.
    pub using_party: Option<Party>,
    /// The authorised entity that uses or cancels.
    pub entity: Option<String>,
    /// Of a use: the calendar year for which it counts.
    pub year_of_use: Option<Year>,
    /// Additional information.
    pub note: Option<String>,
    /// The partner's authorisation, which the format has no column for; for
    /// reconciliation.
    pub partner_authorization: Option<String>,
    /// The entries that it stems from.
    pub provenance: Provenance,
}

/// One row of table 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingRow {
    /// The reporting Party's authorisation.
    pub authorization: String,
    /// The units.
    pub block: ItmoBlock,
    /// The same units in the registry below.
    pub underlying: Option<Underlying>,
    /// The metric.
    pub metric: Metric,
    /// The global warming potentials that apply.
    pub gwp: Option<String>,
    /// The metric, if it is not one of greenhouse gases.
    pub non_ghg_metric: Option<String>,
    /// In tonnes of CO2 equivalent.
    pub quantity: u64,
    /// Reductions, removals or both.
    pub mitigation: Option<MitigationType>,
    /// The entries that it stems from.
    pub provenance: Provenance,
}

/// One row of table 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityRow {
    /// The day of its authorisation.
    pub date: Date,
    /// Its name.
    pub name: String,
    /// Where it is incorporated.
    pub country: Party,
    /// Its identification number there.
    pub number: String,
    /// The cooperative approach.
    pub approach: CooperativeApproach,
    /// Conditions.
    pub conditions: Option<String>,
    /// Conditions of change and revocation.
    pub change_conditions: Option<String>,
    /// Additional information.
    pub note: Option<String>,
    /// The entries that it stems from.
    pub provenance: Provenance,
}

fn text(value: impl ToString) -> Cell {
    Cell::Text(value.to_string())
}

fn shown_or_na(value: Option<impl ToString>) -> Cell {
    Cell::text_or_na(value.map(|value| value.to_string()))
}

/// A list in one cell; `NA` where it is empty.
fn list<T: ToString>(values: &[T]) -> Cell {
    let shown: Vec<String> = values.iter().map(T::to_string).collect();
    Cell::text_or_na((!shown.is_empty()).then(|| shown.join(", ")))
}

fn year(year: Year) -> Cell {
    Cell::Integer(u64::from(year.get()))
}

/// First unit, last unit: identifiers as the settings want them.
fn ids(block: Option<&ItmoBlock>, settings: &Settings) -> [Cell; 2] {
    let cell = |serial: fn(&ItmoBlock) -> u64| {
        block.map_or(Cell::NotApplicable, |block| block.id(serial(block), settings.ids))
    };
    [cell(|block| block.first), cell(|block| block.last)]
}

fn underlying(units: Option<&Underlying>) -> [Cell; 3] {
    [
        shown_or_na(units.map(|units| units.registry)),
        shown_or_na(units.map(|units| &units.first)),
        shown_or_na(units.map(|units| &units.last)),
    ]
}

/// A row of one of the tables: its cells, in the order of the columns.
pub trait AefRow {
    /// The table.
    const TABLE: Table;

    /// What it says, as many cells as the table has columns.
    fn cells(&self, settings: &Settings) -> Vec<Cell>;

    /// The entries that it stems from; none for table 1, which is the caller's.
    fn provenance(&self) -> Option<&Provenance>;
}

impl AefRow for SubmissionRow {
    const TABLE: Table = Table::Submission;

    fn cells(&self, _: &Settings) -> Vec<Cell> {
        vec![
            text(self.party),
            text(self.version),
            year(self.year),
            Cell::Day(self.date),
            Cell::Blank,
            Cell::Blank,
            year(self.period_first),
            year(self.period_last),
            Cell::Blank,
        ]
    }

    fn provenance(&self) -> Option<&Provenance> {
        None
    }
}

impl AefRow for AuthorizationRow {
    const TABLE: Table = Table::Authorizations;

    fn cells(&self, settings: &Settings) -> Vec<Cell> {
        vec![
            text(&self.id),
            Cell::Day(self.date),
            text(self.approach),
            Cell::Integer(u64::from(self.version)),
            Cell::integer_or_na(self.quantity),
            text(self.metric),
            shown_or_na(self.gwp.as_ref()),
            shown_or_na(self.non_ghg_metric.as_ref()),
            list(&self.sectors),
            list(&self.activities),
            shown_or_na(self.purposes),
            list(&self.parties),
            list(&self.entities),
            shown_or_na(self.oimp.as_ref()),
            shown_or_na(self.timeframe.map(|frame| frame.shown(settings.timeframe))),
            shown_or_na(self.terms.as_ref()),
            Cell::Blank,
            shown_or_na(self.first_transfer),
            shown_or_na(self.note.as_ref()),
        ]
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance)
    }
}

impl AefRow for ActionRow {
    const TABLE: Table = Table::Actions;

    fn cells(&self, settings: &Settings) -> Vec<Cell> {
        let series = self.block.map(|block| block.series);
        let mut cells = vec![
            Cell::Moment(self.at),
            text(self.action),
            shown_or_na(self.subtype),
            text(self.approach),
            text(&self.authorization),
            shown_or_na(series.map(|series| series.party)),
            text(self.registry),
        ];
        cells.extend(ids(self.block.as_ref(), settings));
        cells.extend(underlying(self.underlying.as_ref()));
        cells.extend([
            text(self.metric),
            shown_or_na(self.gwp.as_ref()),
            shown_or_na(self.non_ghg_metric.as_ref()),
            Cell::integer_or_na(self.quantity),
            Cell::NotApplicable,
            shown_or_na(self.mitigation),
            self.block.map_or(Cell::NotApplicable, |block| year(block.vintage)),
            shown_or_na(self.transferring),
            shown_or_na(self.acquiring),
            shown_or_na(self.purpose.as_ref()),
            shown_or_na(self.using_party),
            shown_or_na(self.entity.as_ref()),
            self.year_of_use.map_or(Cell::NotApplicable, year),
            Cell::Blank,
            shown_or_na(self.note.as_ref()),
        ]);
        cells
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance)
    }
}

impl AefRow for HoldingRow {
    const TABLE: Table = Table::Holdings;

    fn cells(&self, settings: &Settings) -> Vec<Cell> {
        let series = self.block.series;
        let mut cells = vec![
            text(series.approach),
            text(&self.authorization),
            text(series.party),
            text(series.registry),
        ];
        cells.extend(ids(Some(&self.block), settings));
        cells.extend(underlying(self.underlying.as_ref()));
        cells.extend([
            text(self.metric),
            shown_or_na(self.gwp.as_ref()),
            shown_or_na(self.non_ghg_metric.as_ref()),
            Cell::Integer(self.quantity),
            Cell::NotApplicable,
            shown_or_na(self.mitigation),
            year(self.block.vintage),
        ]);
        cells
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance)
    }
}

impl AefRow for EntityRow {
    const TABLE: Table = Table::AuthorizedEntities;

    fn cells(&self, _: &Settings) -> Vec<Cell> {
        vec![
            Cell::Day(self.date),
            text(&self.name),
            text(self.country),
            text(&self.number),
            text(self.approach),
            shown_or_na(self.conditions.as_ref()),
            shown_or_na(self.change_conditions.as_ref()),
            shown_or_na(self.note.as_ref()),
        ]
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance)
    }
}

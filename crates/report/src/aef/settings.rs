//! How a submission is written, where its sources leave a choice.

use crate::sheet::DateStyle;
use jcm_format::command::ItmoRendering;

/// How the authorised timeframe is written. The common nomenclatures want years;
/// a public checker wants sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeframeStyle {
    /// `2021 - 2030`.
    Years,
    /// `Occurred: from 2021 to 2030. Use: from 2025 to 2030`.
    OccurredAndUse,
}

/// The choices. None of them changes a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How First ID and Last ID are written. The common nomenclatures of 17 February
    /// 2026 want whole numbers; a public checker wants the whole identifier. The rule
    /// data say which the registry reports (`AdoptArticle6`).
    pub ids: ItmoRendering,
    /// How days are written.
    pub dates: DateStyle,
    /// How the authorised timeframe is written.
    pub timeframe: TimeframeStyle,
    /// Whether the workbook has a sheet that names the entries behind each row.
    pub provenance_sheet: bool,
    /// Whether the workbook has the sheet `Index` that the public workbook has.
    pub index_sheet: bool,
}

impl Settings {
    /// As the common nomenclatures and the public workbook have it, with provenance.
    pub const NOMENCLATURE: Settings = Settings {
        ids: ItmoRendering::Integer,
        dates: DateStyle::DayMonthYear,
        timeframe: TimeframeStyle::Years,
        provenance_sheet: true,
        index_sheet: true,
    };
}

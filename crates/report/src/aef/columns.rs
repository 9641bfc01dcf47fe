//! The five tables: sheet names, headings in their order, and what each column
//! asks for.
//!
//! Source: decision 4/CMA.6, annex II, as the "List of common nomenclatures under
//! Article 6.2" of 17 February 2026 describes its fields; sheet names, titles and the
//! empty columns between groups as the public workbook has them.

/// One of the five tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Table 1.
    Submission,
    /// Table 2.
    Authorizations,
    /// Table 3.
    Actions,
    /// Table 4.
    Holdings,
    /// Table 5.
    AuthorizedEntities,
}

impl Table {
    /// All five, in order.
    pub const ALL: [Table; 5] = [
        Table::Submission,
        Table::Authorizations,
        Table::Actions,
        Table::Holdings,
        Table::AuthorizedEntities,
    ];

    /// The name of its sheet.
    pub const fn sheet(self) -> &'static str {
        match self {
            Table::Submission => "Table 1 Submission",
            Table::Authorizations => "Table 2 Authorizations",
            Table::Actions => "Table 3 Actions",
            Table::Holdings => "Table 4 Holdings",
            Table::AuthorizedEntities => "Table 5 Auth. entities",
        }
    }

    /// Its title in the sheet.
    pub const fn title(self) -> &'static str {
        match self {
            Table::Submission => "Table 1: Submission",
            Table::Authorizations => "Table 2: Authorizations",
            Table::Actions => "Table 3: Actions",
            Table::Holdings => "Table 4: Holdings",
            Table::AuthorizedEntities => "Table 5: Authorized entities",
        }
    }

    /// The name of its CSV file.
    pub const fn csv_file(self) -> &'static str {
        match self {
            Table::Submission => "table-1-submission.csv",
            Table::Authorizations => "table-2-authorizations.csv",
            Table::Actions => "table-3-actions.csv",
            Table::Holdings => "table-4-holdings.csv",
            Table::AuthorizedEntities => "table-5-authorized-entities.csv",
        }
    }

    /// Its key in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Table::Submission => "table_1_submission",
            Table::Authorizations => "table_2_authorizations",
            Table::Actions => "table_3_actions",
            Table::Holdings => "table_4_holdings",
            Table::AuthorizedEntities => "table_5_authorized_entities",
        }
    }

    /// The row of the sheet, from 1, on which its headings stand in the public
    /// workbook. Table 1 stands on its side: its labels begin there.
    pub const fn heading_row(self) -> u32 {
        match self {
            Table::Submission => 4,
            Table::Authorizations | Table::Holdings => 7,
            Table::Actions => 8,
            Table::AuthorizedEntities => 10,
        }
    }

    /// Its columns, in order.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Table::Submission => SUBMISSION,
            Table::Authorizations => AUTHORIZATIONS,
            Table::Actions => ACTIONS,
            Table::Holdings => HOLDINGS,
            Table::AuthorizedEntities => AUTHORIZED_ENTITIES,
        }
    }

    /// Its headings, in order.
    pub fn headings(self) -> Vec<&'static str> {
        self.columns().iter().map(|column| column.heading).collect()
    }

    /// The position of a heading, from 0.
    pub fn position(self, heading: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.heading == heading)
    }
}

/// What a column asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// A value in every row.
    Required,
    /// A value in every row but those of an authorisation, which has no units yet.
    RequiredOfUnits,
    /// A value, or `NA` where there is none.
    Optional,
    /// Nothing: the platform that receives the file (CARP) fills it.
    FilledByPlatform,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The heading, to the letter.
    pub heading: &'static str,
    /// The technical name of the common nomenclatures.
    pub technical: &'static str,
    /// What it asks for.
    pub demand: Demand,
    /// Whether an empty column stands after it in the workbook.
    pub gap_after: bool,
}

const fn column(heading: &'static str, technical: &'static str, demand: Demand) -> Column {
    Column { heading, technical, demand, gap_after: false }
}

const fn before_gap(heading: &'static str, technical: &'static str, demand: Demand) -> Column {
    Column { heading, technical, demand, gap_after: true }
}

use Demand::{FilledByPlatform, Optional, Required, RequiredOfUnits};

const SUBMISSION: &[Column] = &[
    column("Party", "ParticipatingParty", Required),
    column("Version", "SubmissionVersion", Required),
    column("Reported year", "ReportedYear", Required),
    column("Date of submission", "DateOfSubmission", Required),
    column("Review status of the initial report", "ReviewStatusOfInitialReport", FilledByPlatform),
    column(
        "Result of the consistency check of this AEF submission",
        "ResultOfConsistencyCheck",
        FilledByPlatform,
    ),
    column("First year of the NDC implementation period", "FirstYearOfNDCPeriod", Required),
    column("Last year of the NDC implementation period", "LastYearOfNDCPeriod", Required),
    column(
        "Reference to the Article 6 technical expert review report of the initial report",
        "ReferenceToTerReport",
        FilledByPlatform,
    ),
];

const AUTHORIZATIONS: &[Column] = &[
    column("Authorization ID", "AuthorizationID", Required),
    column("Date of authorization", "DateOfAuthorization", Required),
    column("Cooperative approach ID", "CooperativeApproachID", Required),
    before_gap("Version of the authorization", "AuthorizationVersion", Required),
    column("Authorized quantity", "AuthorizedQuantity", Optional),
    column("Metric", "Metric", Required),
    column("Applicable GWP value(s)", "GWPValues", Optional),
    column("Applicable non-GHG metric", "Non-GHGMetric", Optional),
    column("Sector(s)", "Sectors", Required),
    column("Activity type(s)", "ActivityType", Optional),
    column("Purposes for authorization", "PurposeForAuthorization", Required),
    column("Authorized Party(ies) ID", "AuthorizedPartyIDs", Optional),
    column("Authorized entity(ies) ID", "AuthorizedEntityIDs", Optional),
    column("OIMP authorized by the Party", "OIMPAuthorized", Optional),
    column("Authorized timeframe", "AuthorizedTimeframe", Optional),
    column("Authorization terms and conditions", "AuthorizationT&Cs", Optional),
    column("Authorization documentation", "AuthorizationDocumentation", FilledByPlatform),
    column("First transfer definition for OIMP", "FirstTransferDefnForOIMP", Optional),
    column("Additional explanatory information", "AdditionalExplanatoryInformation", Optional),
];

const ACTIONS: &[Column] = &[
    column("Action date", "ActionDateTime", Required),
    column("Action type", "ActionType", Required),
    column("Action subtype", "ActionSubtype", Optional),
    column("Cooperative approach ID", "CooperativeApproachID", Required),
    column("Authorization ID", "AuthorizationID", Required),
    column(
        "First transferring participating Party ID",
        "FirstTransferringPartyID",
        RequiredOfUnits,
    ),
    column("Party ITMO registry ID", "PartyITMORegistryID", Required),
    column("First ID", "FirstID", RequiredOfUnits),
    before_gap("Last ID", "LastID", RequiredOfUnits),
    column("Underlying unit registry ID", "UnderlyingUnitRegistryID", Optional),
    column("First unit ID", "UnderlyingUnitFirstUnitID", Optional),
    before_gap("Last unit ID", "UnderlyingUnitLastUnitID", Optional),
    column("Metric", "Metric", Required),
    column("Applicable GWP value(s)", "GWPValues", Optional),
    column("Applicable non-GHG metric", "Non-GHGMetric", Optional),
    column("Quantity (t CO2 eq)", "QuantityCO2", RequiredOfUnits),
    before_gap("Quantity (in non-GHG metric)", "QuantityNon-GHG", Optional),
    column("Mitigation type", "MitigationType", RequiredOfUnits),
    before_gap("Vintage", "Vintage", RequiredOfUnits),
    column("Transferring participating Party ID", "TransferringPartyID", Optional),
    before_gap("Acquiring participating Party ID", "AcquiringPartyID", Optional),
    column(
        "Purpose for which the ITMO has been used towards or cancelled for OIMP",
        "PurposeITMOUsedForOIMP",
        Optional,
    ),
    column("Using/cancelling participating Party ID", "Using/cancellingPartyID", Optional),
    column("Using/cancelling authorized entity ID", "Using/cancellingEntityID", Optional),
    before_gap(
        "Calendar year for which the ITMOs are used towards the Party's NDC",
        "YearITMOUsedTowardsNDC",
        Optional,
    ),
    column("Result of the consistency checks", "ResultOfConsistencyChecks", FilledByPlatform),
    column("Additional explanatory information", "AdditionalExplanatoryInformation", Optional),
];

const HOLDINGS: &[Column] = &[
    column("Cooperative approach ID", "CooperativeApproachID", Required),
    column("Authorization ID", "AuthorizationID", Required),
    column("First transferring participating Party ID", "FirstTransferringPartyID", Required),
    column("Party ITMO registry ID", "PartyITMORegistryID", Required),
    column("First ID", "FirstID", Required),
    before_gap("Last ID", "LastID", Required),
    column("Underlying unit registry ID", "UnderlyingUnitRegistryID", Optional),
    column("First unit ID", "UnderlyingUnitFirstUnitID", Optional),
    before_gap("Last unit ID", "UnderlyingUnitLastUnitID", Optional),
    column("Metric", "Metric", Required),
    column("Applicable GWP value(s)", "GWPValues", Optional),
    column("Applicable non-GHG metric", "Non-GHGMetric", Optional),
    column("Quantity (t CO2 eq)", "QuantityCO2", Required),
    before_gap("Quantity (in non-GHG metric)", "QuantityNon-GHG", Optional),
    column("Mitigation type", "MitigationType", Required),
    column("Vintage", "Vintage", Required),
];

const AUTHORIZED_ENTITIES: &[Column] = &[
    column("Date of the authorization", "DateOfAuthorization", Required),
    column("Name", "AuthorizedEntityName", Required),
    column("Country of incorporation", "AuthorizedEntityCountryOfIncorporation", Required),
    column("Identification number", "AuthorizedEntityID", Required),
    column("Cooperative approach ID", "CooperativeApproachID", Required),
    column("Conditions", "AuthorizedEntityConditions", Optional),
    column("Change and revocation conditions", "AuthorizedEntityChangeConditions", Optional),
    column("Additional explanatory information", "AdditionalExplanatoryInformation", Optional),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_as_many_columns_as_the_format_says() {
        let counts = Table::ALL.map(|table| table.columns().len());
        assert_eq!(counts, [9, 19, 27, 16, 8]);
    }

    #[test]
    fn headings_of_a_table_are_told_apart() {
        for table in Table::ALL {
            for (position, column) in table.columns().iter().enumerate() {
                assert_eq!(table.position(column.heading), Some(position), "{}", column.heading);
            }
        }
    }

    #[test]
    fn what_the_platform_fills_is_what_the_format_says() {
        let filled = |table: Table| {
            let columns = table.columns().iter();
            columns.filter(|column| column.demand == FilledByPlatform).count()
        };
        assert_eq!(Table::ALL.map(filled), [3, 1, 1, 0, 0]);
    }

    #[test]
    fn names_of_sheets_fit_a_workbook() {
        assert!(Table::ALL.iter().all(|table| table.sheet().len() <= 31));
    }
}

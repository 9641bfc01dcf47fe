//! Article 6 of the Paris Agreement: rule data, versions of authorisations, what a
//! partner confirms, and what a use says beside its kind.

use super::{
    Authorisation, AuthorisedPurposes, FirstTransferDefinition, PaymentId, Person, TransferTerms,
};
use crate::amount::Tonnes;
use crate::hash::Digest;
use crate::id::{AccountNumber, Country, EntryIndex, ProjectRef};
use crate::itmo::ItmoRegistry;
use crate::party::Party;
use crate::pb;
use crate::text::{Name, Text};
use crate::time::{Date, Year};
use bincode::{Decode, Encode};
use serde::Serialize;

/// Values of a controlled list, each with what the agreed electronic format calls it.
macro_rules! controlled {
    ($(#[$doc:meta])* $name:ident: $($(#[$of:meta])* $variant:ident = $text:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* #[doc = $text] $variant,)*
        }

        impl $name {
            /// Every value, in the order of the numbers.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The controlled value, letter by letter.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            pub(super) fn from_wire(raw: i32) -> Option<$name> {
                match pb::$name::try_from(raw) {
                    $(Ok(pb::$name::$variant) => Some($name::$variant),)*
                    Ok(pb::$name::Unspecified) | Err(_) => None,
                }
            }

            pub(super) fn to_wire(self) -> i32 {
                match self { $($name::$variant => pb::$name::$variant.into(),)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

controlled! {
    /// How the mitigation came about.
    MitigationType:
    Reductions = "Emission reductions",
    Removals = "Removals",
    Both = "Emission reductions and removals",
}

controlled! {
    /// Sector of an authorisation.
    Sector:
    Agriculture = "Agriculture",
    BuildingAndConstruction = "Building and construction",
    CrossSectoral = "Cross-sectoral mechanisms",
    EnergyGeneration = "Energy generation",
    ForestryAndLandUse = "Forestry and land use",
    IndustrialProcesses = "Industrial processes",
    Transportation = "Transportation",
    UrbanDevelopment = "Urban development",
    WasteManagement = "Waste management",
}

controlled! {
    /// Activity type of an authorisation, spelled as in the list of nomenclatures,
    /// which writes CO2 usage with a zero.
    ActivityType:
    Afforestation = "Afforestation",
    Agriculture = "Agriculture",
    Biogas = "Biogas",
    BiomassEnergy = "Biomass Energy",
    Cement = "Cement",
    Co2Usage = "C02 usage",
    CoalBedMethane = "Coal bed/mine methane",
    EnergyDistribution = "Energy distribution",
    EfficiencyHouseholds = "Energy Efficiency households",
    EfficiencyIndustry = "Energy Efficiency Industry",
    EfficiencyOwnGeneration = "Energy Efficiency own generation",
    EfficiencyService = "Energy Efficiency service",
    EfficiencySupplySide = "Energy Efficiency supply side",
    FossilFuelSwitch = "Fossil fuel switch",
    Fugitive = "Fugitive",
    Geothermal = "Geothermal",
    Hydro = "Hydro",
    LandfillGas = "Landfill gas",
    MethaneAvoidance = "Methane avoidance",
    NitrousOxide = "N2O",
    PfcsAndSf6 = "PFCs and SF6",
    Reforestation = "Reforestation",
    Solar = "Solar",
    Tidal = "Tidal",
    Transport = "Transport",
    Waste = "Waste",
    Wind = "Wind",
}

controlled! {
    /// How reports write identifiers of ITMOs.
    ItmoRendering:
    /// The serial alone.
    Integer = "integer",
    /// All five parts.
    Full = "full",
}

/// Rule data for Article 6, and for the uses that reports are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Article6 {
    /// The Party's ITMO registry.
    pub registry: ItmoRegistry,
    /// First year of the period of the NDC.
    pub ndc_first_year: Year,
    /// Last year of that period.
    pub ndc_last_year: Year,
    /// Whether cancellation for other international mitigation purposes needs both
    /// sides' authorisation.
    pub oimp_needs_authorisation: bool,
    /// How much of a year's emissions units may serve under GX-ETS, in basis points;
    /// none = they do not serve it.
    pub gx_ets_cap_basis_points: Option<u16>,
    /// How reports write identifiers.
    pub identifiers: ItmoRendering,
}

/// Calendar years, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct YearSpan {
    /// The first.
    pub first: Year,
    /// The last.
    pub last: Year,
}

impl YearSpan {
    /// Whether the year is one of them.
    pub fn contains(self, year: Year) -> bool {
        self.first <= year && year <= self.last
    }
}

/// A corporation by its number in a country's register.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
pub struct EntityRef {
    /// Country of incorporation.
    pub country: Country,
    /// Its number there.
    pub number: Name,
}

impl std::fmt::Display for EntityRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.country, self.number)
    }
}

/// A corporation that an authorisation allows to take part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AuthorisedEntity {
    /// Which.
    pub entity: EntityRef,
    /// Its name.
    pub name: Text,
    /// On what conditions.
    pub conditions: Option<Text>,
}

/// What a later version of an authorisation may say anew: all of
/// [`Authorisation`] but whose it is and under which approach.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AuthorisationTerms {
    /// Date of the version.
    pub date: Date,
    /// The most that may be first transferred under all versions.
    pub quantity_tonnes: Tonnes,
    /// First vintage covered.
    pub first_vintage: Year,
    /// Last vintage covered.
    pub last_vintage: Year,
    /// Purposes.
    pub purposes: AuthorisedPurposes,
    /// Definition of first transfer for other purposes than the NDC.
    pub first_transfer: FirstTransferDefinition,
    /// Projects covered, ascending; empty = all in the partner country.
    pub projects: Vec<ProjectRef>,
    /// Digest of the document.
    pub document: Digest,
}

impl From<&Authorisation> for AuthorisationTerms {
    /// The terms of the first version.
    fn from(first: &Authorisation) -> AuthorisationTerms {
        AuthorisationTerms {
            date: first.date,
            quantity_tonnes: first.quantity_tonnes,
            first_vintage: first.first_vintage,
            last_vintage: first.last_vintage,
            purposes: first.purposes,
            first_transfer: first.first_transfer,
            projects: first.projects.clone(),
            document: first.document,
        }
    }
}

/// What decision 4/CMA.6 asks of an authorisation beside its terms. The metric is
/// GHG: units are tonnes of CO2 equivalent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AuthorisationDetails {
    /// From 1, as the authorising Party numbers it.
    pub version: u32,
    /// How the mitigation came about.
    pub mitigation: MitigationType,
    /// Source of the global warming potentials.
    pub gwp: Option<Text>,
    /// Sectors, ascending, at least one.
    pub sectors: Vec<Sector>,
    /// Activity types, ascending.
    pub activities: Vec<ActivityType>,
    /// Authorised Parties, ascending.
    pub parties: Vec<Party>,
    /// Authorised entities, ascending.
    pub entities: Vec<AuthorisedEntity>,
    /// When units may be used; none = whenever.
    pub use_years: Option<YearSpan>,
    /// Which other international mitigation purposes.
    pub oimp: Option<Text>,
    /// Terms and conditions, in paragraphs.
    pub terms: Vec<Text>,
    /// Whether changes and revocations reach units already first transferred.
    pub changes_reach_first_transferred: bool,
    /// Whatever else is to be said.
    pub notes: Option<Text>,
}

/// A later version of an authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AuthorisationChange {
    /// Entry that recorded the first version.
    pub authorisation: EntryIndex,
    /// What is authorised from now on.
    pub terms: AuthorisationTerms,
    /// The rest of it, with the version's number.
    pub details: AuthorisationDetails,
}

/// An authorisation comes to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AuthorisationRevocation {
    /// Entry that recorded the first version.
    pub authorisation: EntryIndex,
    /// Date of the revocation.
    pub date: Date,
    /// Digest of the document.
    pub document: Digest,
}

/// A partner has added what Japan subtracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Confirmation {
    /// The partner country.
    pub partner: Country,
    /// Calendar year of use.
    pub year: Year,
    /// Year in which the mitigation occurred.
    pub vintage: Year,
    /// How much.
    pub quantity_tonnes: Tonnes,
    /// Date of the confirmation.
    pub date: Date,
    /// Digest of the document.
    pub document: Digest,
}

/// What a use says of persons: at least one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct UseDetails {
    /// The number of the corporation in whose favour it is.
    pub beneficiary: Option<Person>,
    /// The authorised entity that uses or cancels.
    pub entity: Option<EntityRef>,
}

/// Several transfers from one account, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyTransfers {
    /// The account that is debited.
    pub source: AccountNumber,
    /// The transfers, in order; they share no unit.
    pub parts: Vec<TransferPart>,
}

/// One of several transfers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferPart {
    /// What is asked for, from the common source.
    pub terms: TransferTerms,
    /// What the use says of persons.
    pub use_details: Option<UseDetails>,
    /// Payment to draw the fee from.
    pub fee_payment: Option<PaymentId>,
}

//! The controlled values of the Agreed Electronic Format, spelled as their source
//! spells them, its slips included: other spellings are refused where the file
//! is handed in.
//!
//! Source of every list: UNFCCC, "List of common nomenclatures under Article 6.2",
//! 17 February 2026, of which the table is named at each list, for the format
//! of decision 4/CMA.6, annex II. Sectors, activity types and mitigation types are
//! recorded with authorisations, so their lists are those of `jcm-format`.

use std::fmt;
use std::str::FromStr;

/// The text is none of the values of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {list} of the common nomenclatures")]
pub struct NotAValue {
    /// The list.
    pub list: &'static str,
}

macro_rules! controlled {
    ($(#[$doc:meta])* $name:ident, $list:literal, { $($(#[$line:meta])* $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$line])* #[doc = $text] $variant,)+
        }

        impl $name {
            /// All of them, in the order of the list.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The value as the list spells it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = NotAValue;

            /// Exactly as the list spells it.
            fn from_str(text: &str) -> Result<$name, NotAValue> {
                let found = $name::ALL.iter().find(|value| value.as_str() == text);
                found.copied().ok_or(NotAValue { list: $list })
            }
        }
    };
}

controlled! {
    /// Table 12(b).
    Metric, "metric", {
        Ghg => "GHG",
        NonGhg => "non-GHG",
    }
}

controlled! {
    /// Table 16(b).
    PurposeForAuthorization, "purpose for authorization", {
        Ndc => "NDC",
        Oimp => "OIMP",
        Imp => "IMP",
        Op => "OP",
        NdcAndOimp => "NDC and OIMP",
        NdcAndImp => "NDC and IMP",
        NdcAndOp => "NDC and OP",
    }
}

impl PurposeForAuthorization {
    /// The value for what an authorisation allows; none for nothing.
    ///
    /// Other international mitigation purposes (OIMP) are international
    /// mitigation purposes (IMP) and other purposes (OP) together.
    pub const fn of(ndc: bool, imp: bool, op: bool) -> Option<PurposeForAuthorization> {
        Some(match (ndc, imp, op) {
            (true, false, false) => PurposeForAuthorization::Ndc,
            (false, true, true) => PurposeForAuthorization::Oimp,
            (false, true, false) => PurposeForAuthorization::Imp,
            (false, false, true) => PurposeForAuthorization::Op,
            (true, true, true) => PurposeForAuthorization::NdcAndOimp,
            (true, true, false) => PurposeForAuthorization::NdcAndImp,
            (true, false, true) => PurposeForAuthorization::NdcAndOp,
            (false, false, false) => return None,
        })
    }

    /// Whether it covers more than a nationally determined contribution.
    pub const fn covers_oimp(self) -> bool {
        !matches!(self, PurposeForAuthorization::Ndc)
    }
}

controlled! {
    /// Table 22(b), which spells the first value with an s.
    FirstTransferForOimp, "first transfer definition for OIMP", {
        Authorisation => "Authorisation",
        Issuance => "Issuance",
        UseOrCancellation => "Use or Cancellation",
    }
}

controlled! {
    /// Table 25(b).
    ActionType, "action type", {
        Authorization => "Authorization",
        FirstTransfer => "First transfer",
        Transfer => "Transfer",
        Acquisition => "Acquisition",
        Use => "Use",
        Cancellation => "Cancellation",
        VoluntaryCancellation => "Voluntary Cancellation",
    }
}

impl ActionType {
    /// Whether the units are gone after it.
    pub const fn consumes(self) -> bool {
        matches!(
            self,
            ActionType::Use | ActionType::Cancellation | ActionType::VoluntaryCancellation
        )
    }
}

controlled! {
    /// Table 26(b).
    ActionSubtype, "action subtype", {
        ToAnotherParty => "First transfer to another Party",
        Authorization => "Authorization",
        Issuance => "Issuance",
        UseOrCancellation => "Use or cancellation",
        MandatoryToAdaptationFund => "Mandatory transfer to the Adaptation Fund (A6.4 ERs)",
        VoluntaryToAdaptationFund => "Voluntary transfer to the Adaptation Fund (A6.4 ERs)",
        MandatoryOmge => "Mandatory cancellation to deliver OMGE",
        VoluntaryOmge => "Voluntary cancellation to deliver OMGE",
        OtherCancellations => "Other cancellations",
        NotYetDefined => "Not yet defined",
    }
}

impl ActionSubtype {
    /// Whether the descriptions of table 26(b) allow the subtype for `action`.
    pub const fn fits(self, action: ActionType) -> bool {
        match self {
            ActionSubtype::NotYetDefined => true,
            ActionSubtype::ToAnotherParty
            | ActionSubtype::Authorization
            | ActionSubtype::Issuance
            | ActionSubtype::UseOrCancellation => matches!(action, ActionType::FirstTransfer),
            ActionSubtype::MandatoryToAdaptationFund | ActionSubtype::VoluntaryToAdaptationFund => {
                matches!(action, ActionType::Transfer)
            }
            ActionSubtype::MandatoryOmge
            | ActionSubtype::VoluntaryOmge
            | ActionSubtype::OtherCancellations => matches!(
                action,
                ActionType::FirstTransfer
                    | ActionType::Cancellation
                    | ActionType::VoluntaryCancellation
            ),
        }
    }
}

controlled! {
    /// Table 31(b).
    UnderlyingRegistry, "underlying unit registry", {
        Vcs => "VCS",
        Gs => "GS",
        Car => "CAR",
        Acr => "ACR",
        Art => "ART",
        Gcc => "GCC",
        Cercarbono => "Cercarbono",
        Isometric => "Isometric",
        Isfl => "ISFL",
        Fcpf => "FCPF",
        TVer => "T-VER",
        Jcm => "JCM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::command::{ActivityType, MitigationType, Sector};

    #[test]
    fn the_lists_are_as_long_as_their_source_says() {
        assert_eq!(Metric::ALL.len(), 2);
        assert_eq!(PurposeForAuthorization::ALL.len(), 7);
        assert_eq!(FirstTransferForOimp::ALL.len(), 3);
        assert_eq!(ActionType::ALL.len(), 7);
        assert_eq!(ActionSubtype::ALL.len(), 10);
        assert_eq!((Sector::ALL.len(), MitigationType::ALL.len()), (9, 3));
        assert_eq!(ActivityType::ALL.len(), 27);
        assert_eq!(UnderlyingRegistry::ALL.len(), 12);
    }

    /// The lists once more, as the source writes them.
    #[test]
    fn every_value_is_spelled_as_in_its_source() {
        fn all<T: fmt::Display>(values: &[T]) -> String {
            values.iter().map(T::to_string).collect::<Vec<_>>().join("; ")
        }
        assert_eq!(all(Metric::ALL), "GHG; non-GHG");
        assert_eq!(
            all(PurposeForAuthorization::ALL),
            "NDC; OIMP; IMP; OP; NDC and OIMP; NDC and IMP; NDC and OP"
        );
        assert_eq!(all(FirstTransferForOimp::ALL), "Authorisation; Issuance; Use or Cancellation");
        assert_eq!(
            all(ActionType::ALL),
            "Authorization; First transfer; Transfer; Acquisition; Use; Cancellation; \
             Voluntary Cancellation"
        );
        assert_eq!(
            all(ActionSubtype::ALL),
            "First transfer to another Party; Authorization; Issuance; Use or cancellation; \
             Mandatory transfer to the Adaptation Fund (A6.4 ERs); \
             Voluntary transfer to the Adaptation Fund (A6.4 ERs); \
             Mandatory cancellation to deliver OMGE; Voluntary cancellation to deliver OMGE; \
             Other cancellations; Not yet defined"
        );
        assert_eq!(
            all(MitigationType::ALL),
            "Emission reductions; Removals; Emission reductions and removals"
        );
        assert_eq!(
            all(Sector::ALL),
            "Agriculture; Building and construction; Cross-sectoral mechanisms; \
             Energy generation; Forestry and land use; Industrial processes; Transportation; \
             Urban development; Waste management"
        );
        let activities = all(ActivityType::ALL);
        assert!(activities.starts_with("Afforestation; ") && activities.ends_with("; Wind"));
        // The source's own slip.
        assert!(activities.contains("; C02 usage; "), "{activities}");
        assert_eq!(
            all(UnderlyingRegistry::ALL),
            "VCS; GS; CAR; ACR; ART; GCC; Cercarbono; Isometric; ISFL; FCPF; T-VER; JCM"
        );
    }

    #[test]
    fn values_are_read_exactly_as_they_are_spelled() {
        assert_eq!("JCM".parse(), Ok(UnderlyingRegistry::Jcm));
        assert_eq!("jcm".parse::<Metric>(), Err(NotAValue { list: "metric" }));
        assert_eq!("Voluntary Cancellation".parse(), Ok(ActionType::VoluntaryCancellation));
        assert!("voluntary cancellation".parse::<ActionType>().is_err());
        for value in ActionSubtype::ALL {
            assert_eq!(value.as_str().parse(), Ok(*value));
        }
    }

    #[test]
    fn every_combination_of_purposes_has_its_word() {
        use PurposeForAuthorization as Purpose;
        assert_eq!(Purpose::of(true, false, false), Some(Purpose::Ndc));
        assert_eq!(Purpose::of(true, true, true).map(Purpose::as_str), Some("NDC and OIMP"));
        assert_eq!(Purpose::of(false, true, true).map(Purpose::as_str), Some("OIMP"));
        assert_eq!(Purpose::of(false, false, true).map(Purpose::as_str), Some("OP"));
        assert_eq!(Purpose::of(false, false, false), None);
        assert!(!Purpose::Ndc.covers_oimp() && Purpose::NdcAndImp.covers_oimp());
    }

    #[test]
    fn subtypes_belong_to_their_action() {
        assert!(ActionSubtype::VoluntaryOmge.fits(ActionType::VoluntaryCancellation));
        assert!(!ActionSubtype::VoluntaryOmge.fits(ActionType::Use));
        assert!(!ActionSubtype::ToAnotherParty.fits(ActionType::Acquisition));
        assert!(ActionSubtype::NotYetDefined.fits(ActionType::Acquisition));
    }
}

//! What versions of authorisations allow: rules that issuances and uses share.
//!
//! Specification: `docs/spec/commands.md`, Article 6.

use crate::state::{AuthorisationRecord, AuthorisationVersion};
use jcm_format::amount::Tonnes;
use jcm_format::command::AuthorisedPurposes;
use jcm_format::id::{EntryIndex, ProjectRef};
use jcm_format::time::Year;
use std::collections::BTreeMap;

/// Japan's and the partner's version, by their entries.
pub(super) type Pair = (EntryIndex, EntryIndex);

/// What units that are first transferred may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsePurpose {
    /// Japan's nationally determined contribution.
    Ndc,
    /// International mitigation purposes.
    Imp,
    /// Other purposes.
    Op,
}

impl UsePurpose {
    const ALL: [UsePurpose; 3] = [UsePurpose::Ndc, UsePurpose::Imp, UsePurpose::Op];

    pub(super) fn is_among(self, purposes: AuthorisedPurposes) -> bool {
        match self {
            UsePurpose::Ndc => purposes.ndc,
            UsePurpose::Imp => purposes.imp,
            UsePurpose::Op => purposes.op,
        }
    }
}

/// Whether some purpose is one of both versions.
pub(super) fn have_common_purpose(
    one: &AuthorisationVersion,
    other: &AuthorisationVersion,
) -> bool {
    let is_common = |purpose| is_common(purpose, one, other);
    UsePurpose::ALL.into_iter().any(is_common)
}

/// Whether a purpose is one of both versions.
pub(super) fn is_common(
    purpose: UsePurpose,
    one: &AuthorisationVersion,
    other: &AuthorisationVersion,
) -> bool {
    purpose.is_among(one.terms.purposes) && purpose.is_among(other.terms.purposes)
}

/// Whether a version covers units of a project and vintage, whatever they are used for.
pub(super) fn covers(
    record: &AuthorisationRecord,
    version: &AuthorisationVersion,
    project: &ProjectRef,
    vintage: Year,
) -> bool {
    let terms = &version.terms;
    let named = terms.projects.is_empty() || terms.projects.contains(project);
    record.partner == project.country()
        && named
        && terms.first_vintage <= vintage
        && vintage <= terms.last_vintage
}

/// Whether a version allows use for a purpose in a year.
pub(super) fn allows(version: &AuthorisationVersion, purpose: UsePurpose, year: Year) -> bool {
    let years = version.details.as_ref().and_then(|details| details.use_years);
    purpose.is_among(version.terms.purposes) && years.is_none_or(|years| years.contains(year))
}

/// What earlier parts of the same command take of authorisations, by the entries of the
/// first versions.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<EntryIndex, Tonnes>);

impl Taken {
    /// What is left of an authorisation after that.
    pub(super) fn left_of(&self, record: &AuthorisationRecord) -> Tonnes {
        let already = self.0.get(&record.entry).copied().unwrap_or(Tonnes::ZERO);
        record.left_tonnes().checked_sub(already).unwrap_or(Tonnes::ZERO)
    }

    /// Takes from two authorisations of which enough is left.
    pub(super) fn take(&mut self, pair: [&AuthorisationRecord; 2], quantity: Tonnes) {
        for record in pair {
            let sum = self.0.entry(record.entry).or_default();
            *sum = sum.checked_add(quantity).unwrap_or(Tonnes::MAX);
        }
    }
}

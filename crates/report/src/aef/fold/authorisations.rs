//! Authorisations and their versions. An authorisation is known by the entry of its
//! first version, a version by its own.

use super::AefError;
use jcm_format::command::{
    Authorisation, AuthorisationChange, AuthorisationDetails, AuthorisationRevocation,
    AuthorisationTerms, Side,
};
use jcm_format::entry::Entry;
use jcm_format::id::{CooperativeApproach, Country, EntryIndex};
use jcm_format::time::{Date, Timestamp};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) entry: EntryIndex,
    pub(super) at: Timestamp,
    pub(super) terms: AuthorisationTerms,
    pub(super) details: Option<AuthorisationDetails>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) id: String,
    pub(super) side: Side,
    pub(super) partner: Country,
    pub(super) approach: CooperativeApproach,
    /// At least one.
    pub(super) versions: Vec<Version>,
    /// Entry and date of the revocation.
    pub(super) revoked: Option<(EntryIndex, Date)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Authorisations {
    recorded: BTreeMap<EntryIndex, Recorded>,
    /// The first version of each version.
    first: BTreeMap<EntryIndex, EntryIndex>,
}

impl Authorisations {
    pub(super) fn record(&mut self, entry: &Entry, authorisation: &Authorisation) {
        let version = Version {
            entry: entry.index,
            at: entry.time,
            terms: authorisation.into(),
            details: None,
        };
        let recorded = Recorded {
            id: authorisation.id.as_str().to_owned(),
            side: authorisation.side,
            partner: authorisation.partner,
            approach: authorisation.cooperative_approach,
            versions: vec![version],
            revoked: None,
        };
        self.recorded.insert(entry.index, recorded);
        self.first.insert(entry.index, entry.index);
    }

    pub(super) fn detail(
        &mut self,
        here: EntryIndex,
        details: &AuthorisationDetails,
    ) -> Result<(), AefError> {
        let version = self.known(here, here)?.versions.last_mut();
        if let Some(version) = version {
            version.details = Some(details.clone());
        }
        Ok(())
    }

    pub(super) fn change(
        &mut self,
        entry: &Entry,
        change: &AuthorisationChange,
    ) -> Result<(), AefError> {
        let AuthorisationChange { authorisation, terms, details } = change;
        let version = Version {
            entry: entry.index,
            at: entry.time,
            terms: terms.clone(),
            details: Some(details.clone()),
        };
        self.known(entry.index, *authorisation)?.versions.push(version);
        self.first.insert(entry.index, *authorisation);
        Ok(())
    }

    pub(super) fn revoke(
        &mut self,
        here: EntryIndex,
        revocation: &AuthorisationRevocation,
    ) -> Result<(), AefError> {
        self.known(here, revocation.authorisation)?.revoked = Some((here, revocation.date));
        Ok(())
    }

    fn known(
        &mut self,
        entry: EntryIndex,
        authorisation: EntryIndex,
    ) -> Result<&mut Recorded, AefError> {
        let error = AefError::AuthorisationUnknown { entry, authorisation };
        self.recorded.get_mut(&authorisation).ok_or(error)
    }

    /// The authorisation of a version, and the version, which `entry` names.
    pub(super) fn version(
        &self,
        entry: EntryIndex,
        version: EntryIndex,
    ) -> Result<(&Recorded, &Version), AefError> {
        let found = self.first.get(&version).and_then(|first| self.recorded.get(first));
        let found = found.and_then(|recorded| {
            let of_version = recorded.versions.iter().find(|of| of.entry == version)?;
            Some((recorded, of_version))
        });
        found.ok_or(AefError::AuthorisationUnknown { entry, authorisation: version })
    }

    /// Those of Japan, in the order of their first versions.
    pub(super) fn of_japan(&self) -> impl Iterator<Item = &Recorded> {
        self.recorded.values().filter(|recorded| recorded.side == Side::Japan)
    }
}

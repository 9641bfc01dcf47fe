//! Authorisations under Article 6, each in its versions.
//!
//! An authorisation is known by the entry of its first version, a version by its own.

use super::State;
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Authorisation, AuthorisationDetails, AuthorisationRevocation, AuthorisationTerms, Side,
};
use jcm_format::event::Effect;
use jcm_format::id::{CooperativeApproach, Country, EntryIndex};
use jcm_format::party::Party;
use jcm_format::text::Name;

/// The version of an authorisation that is recorded without details.
const FIRST_VERSION: u32 = 1;

/// An authorisation, and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationRecord {
    /// The entry that recorded its first version.
    pub entry: EntryIndex,
    /// The authorising Party's identifier.
    pub id: Name,
    /// Who authorises.
    pub side: Side,
    /// The partner country, on whichever side this stands.
    pub partner: Country,
    /// The cooperative approach.
    pub cooperative_approach: CooperativeApproach,
    /// First transferred under any of its versions.
    pub used_tonnes: Tonnes,
    /// What ended it.
    pub revoked: Option<Revoked>,
    first: AuthorisationVersion,
    // In their order.
    later: Vec<AuthorisationVersion>,
}

/// One version of an authorisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationVersion {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// As the authorising Party numbers it.
    pub number: u32,
    /// What it authorises.
    pub terms: AuthorisationTerms,
    /// The rest of it; a first version recorded before Article 6 was adopted has none.
    pub details: Option<AuthorisationDetails>,
}

/// The end of an authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// Since when and by which document.
    pub revocation: AuthorisationRevocation,
}

impl AuthorisationRecord {
    fn new(entry: EntryIndex, authorisation: &Authorisation) -> AuthorisationRecord {
        let first = AuthorisationVersion {
            entry,
            number: FIRST_VERSION,
            terms: AuthorisationTerms::from(authorisation),
            details: None,
        };
        AuthorisationRecord {
            entry,
            id: authorisation.id.clone(),
            side: authorisation.side,
            partner: authorisation.partner,
            cooperative_approach: authorisation.cooperative_approach,
            used_tonnes: Tonnes::ZERO,
            revoked: None,
            first,
            later: Vec::new(),
        }
    }

    /// The authorising Party, in which the identifier is one.
    pub fn party(&self) -> Party {
        match self.side {
            Side::Japan => Party::JAPAN,
            Side::Partner => Party::from(self.partner),
        }
    }

    /// Every version, the first one first.
    pub fn versions(&self) -> impl Iterator<Item = &AuthorisationVersion> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The version recorded last, also of a revoked authorisation.
    pub fn latest(&self) -> &AuthorisationVersion {
        self.later.last().unwrap_or(&self.first)
    }

    /// The version recorded last, unless the authorisation is revoked.
    pub fn in_force(&self) -> Option<&AuthorisationVersion> {
        if self.revoked.is_some() { None } else { Some(self.latest()) }
    }

    /// Whether changes and revocation reach units already first transferred: a term
    /// of the first version that never changes.
    pub fn changes_reach_first_transferred(&self) -> bool {
        let details = self.first.details.as_ref();
        details.is_some_and(|details| details.changes_reach_first_transferred)
    }

    /// What may still be first transferred under it, unless it is revoked.
    pub fn left_tonnes(&self) -> Tonnes {
        let quantity = self.latest().terms.quantity_tonnes;
        quantity.checked_sub(self.used_tonnes).unwrap_or(Tonnes::ZERO)
    }
}

impl State {
    pub(super) fn apply_authorisation(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::AuthorisationRecorded { authorisation } => {
                self.authorisations.insert(index, AuthorisationRecord::new(index, authorisation));
                self.authorisation_versions.insert(index, index);
            }
            Effect::AuthorisationDetailed(details) => {
                if let Some(record) = self.authorisations.get_mut(&index) {
                    record.first.number = details.version;
                    record.first.details = Some(details.clone());
                }
            }
            Effect::AuthorisationChanged(change) => {
                if let Some(record) = self.authorisations.get_mut(&change.authorisation) {
                    record.later.push(AuthorisationVersion {
                        entry: index,
                        number: change.details.version,
                        terms: change.terms.clone(),
                        details: Some(change.details.clone()),
                    });
                    self.authorisation_versions.insert(index, record.entry);
                }
            }
            Effect::AuthorisationRevoked(revocation) => {
                if let Some(record) = self.authorisations.get_mut(&revocation.authorisation) {
                    record.revoked = Some(Revoked { entry: index, revocation: *revocation });
                }
            }
            _ => {}
        }
    }

    /// Every authorisation, in the order of the first versions.
    pub fn authorisations(&self) -> impl Iterator<Item = &AuthorisationRecord> {
        self.authorisations.values()
    }

    /// An authorisation, by the entry of its first version.
    pub fn authorisation(&self, entry: EntryIndex) -> Option<&AuthorisationRecord> {
        self.authorisations.get(&entry)
    }

    /// The authorisation with this identifier: the authorising Party's own, once Article 6
    /// is adopted; until then identifiers are those of all Parties together.
    pub fn authorisation_of(&self, party: Party, id: &Name) -> Option<&AuthorisationRecord> {
        let is_scoped = self.article6().is_some();
        let mut all = self.authorisations.values();
        all.find(|record| record.id == *id && (!is_scoped || record.party() == party))
    }

    /// A version of an authorisation, by its own entry.
    pub fn authorisation_version(
        &self,
        version: EntryIndex,
    ) -> Option<(&AuthorisationRecord, &AuthorisationVersion)> {
        let record = self.authorisation(*self.authorisation_versions.get(&version)?)?;
        // Ascending by entry, because versions are recorded one after the other.
        let later = record.later.binary_search_by_key(&version, |version| version.entry);
        match later {
            Ok(position) => record.later.get(position).map(|version| (record, version)),
            Err(_) => (record.entry == version).then_some((record, &record.first)),
        }
    }

    /// Units are first transferred under these versions.
    pub(super) fn use_authorisations(&mut self, versions: [EntryIndex; 2], quantity: Tonnes) {
        for version in versions {
            let entry = self.authorisation_versions.get(&version);
            if let Some(record) = entry.and_then(|entry| self.authorisations.get_mut(entry)) {
                let used = record.used_tonnes.checked_add(quantity);
                record.used_tonnes = used.unwrap_or(record.used_tonnes);
            }
        }
    }
}

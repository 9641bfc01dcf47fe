//! What the entries so far have brought about under Article 6 of the Paris
//! Agreement: rule data, authorisations in versions, adjustments and what partners
//! have confirmed of them.

use super::apply::Moment;
use super::itmos::Itmos;
use super::state::State;
use crate::code::{Code, Judged, contradiction, ensure};
use crate::holdings::{Block, Pair};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Article6, Authorisation, AuthorisationChange, AuthorisationDetails, AuthorisationTerms,
    AuthorisedEntity, AuthorisedPurposes, Confirmation, EntityRef, Side,
};
use jcm_format::event::Effect;
use jcm_format::id::{CooperativeApproach, Country, EntryIndex};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::Year;
use std::collections::BTreeMap;

/// Authorisations and adjustments, and what acts once Article 6 is adopted.
#[derive(Debug, Clone)]
pub(crate) struct Paris {
    /// The data in force, once any are adopted.
    pub(crate) data: Option<Article6>,
    /// By the entry of the first version.
    pub(crate) authorisations: BTreeMap<EntryIndex, Authorised>,
    /// The authorisations with an identifier, by authorising Party.
    pub(crate) ids: BTreeMap<Name, BTreeMap<Party, EntryIndex>>,
    /// The authorisation of every version.
    versions: BTreeMap<EntryIndex, EntryIndex>,
    /// By country, calendar year of use and vintage.
    pub(crate) adjustments: BTreeMap<(Country, Year, Year), Adjusted>,
    /// Those not withdrawn.
    pub(crate) confirmations: BTreeMap<EntryIndex, Confirmed>,
    pub(crate) itmos: Itmos,
}

/// An authorisation in all its versions, and what was first transferred under it.
#[derive(Debug, Clone)]
pub(crate) struct Authorised {
    pub(crate) id: Name,
    pub(crate) side: Side,
    pub(crate) partner: Country,
    pub(crate) approach: CooperativeApproach,
    first: Version,
    /// In the order of their entries.
    later: Vec<Version>,
    pub(crate) revoked: bool,
    /// Under all versions together.
    pub(crate) used: Tonnes,
}

/// One version of an authorisation.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) entry: EntryIndex,
    /// The calendar year in which it was recorded.
    pub(crate) year: Year,
    pub(crate) terms: AuthorisationTerms,
    details: Option<AuthorisationDetails>,
}

/// What units are used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    Ndc,
    Imp,
    Op,
}

/// Japan's adjustments for one country, year and vintage, and what the country has
/// confirmed of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Adjusted {
    pub(crate) booked: u128,
    pub(crate) confirmed: u128,
}

/// A confirmation, known by its entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confirmed {
    pub(crate) partner: Country,
    pub(crate) year: Year,
    pub(crate) vintage: Year,
    pub(crate) tonnes: Tonnes,
}

impl Aim {
    const fn is_among(self, purposes: AuthorisedPurposes) -> bool {
        match self {
            Aim::Ndc => purposes.ndc,
            Aim::Imp => purposes.imp,
            Aim::Op => purposes.op,
        }
    }

    /// As findings name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Aim::Ndc => "Japan's NDC",
            Aim::Imp => "international mitigation purposes",
            Aim::Op => "other purposes",
        }
    }
}

/// Japan, as a Party.
pub(crate) fn japan() -> Judged<Party> {
    let japan = Country::new("JP").map(Party::from);
    japan.ok_or_else(|| contradiction("Japan has no code"))
}

impl Version {
    /// As the authorising Party numbers it; without details it is the first.
    pub(crate) fn number(&self) -> u32 {
        self.details.as_ref().map_or(1, |details| details.version)
    }

    /// Whether it allows a purpose in a year.
    pub(crate) fn allows(&self, aim: Aim, year: Year) -> bool {
        let years = self.details.as_ref().and_then(|details| details.use_years);
        aim.is_among(self.terms.purposes) && years.is_none_or(|years| years.contains(year))
    }

    /// The entities that it lists.
    pub(crate) fn entities(&self) -> impl Iterator<Item = &AuthorisedEntity> {
        self.details.iter().flat_map(|details| &details.entities)
    }

    /// Whether it lists an entity.
    pub(crate) fn lists(&self, entity: &EntityRef) -> bool {
        self.entities().any(|listed| listed.entity == *entity)
    }
}

impl Authorised {
    fn first(moment: Moment, authorisation: &Authorisation) -> Authorised {
        let terms = AuthorisationTerms::from(authorisation);
        Authorised {
            id: authorisation.id.clone(),
            side: authorisation.side,
            partner: authorisation.partner,
            approach: authorisation.cooperative_approach,
            first: Version { entry: moment.at, year: moment.today.year(), terms, details: None },
            later: Vec::new(),
            revoked: false,
            used: Tonnes::ZERO,
        }
    }

    /// Whose it is.
    pub(crate) fn party(&self) -> Judged<Party> {
        match self.side {
            Side::Japan => japan(),
            Side::Partner => Ok(Party::from(self.partner)),
        }
    }

    /// The version recorded last, also if it is revoked.
    pub(crate) fn last(&self) -> &Version {
        self.later.last().unwrap_or(&self.first)
    }

    /// All versions, in their order.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The version in force; of a revoked authorisation none is.
    pub(crate) fn in_force(&self) -> Option<&Version> {
        (!self.revoked).then(|| self.last())
    }

    /// The version that an entry recorded.
    fn version(&self, entry: EntryIndex) -> Option<&Version> {
        self.versions().find(|version| version.entry == entry)
    }

    /// Whether changes and revocations reach units already first transferred.
    pub(crate) fn reaches_back(&self) -> bool {
        self.first.details.as_ref().is_some_and(|of| of.changes_reach_first_transferred)
    }

    /// What may still be first transferred under it.
    pub(crate) fn left(&self) -> Tonnes {
        self.last().terms.quantity_tonnes.checked_sub(self.used).unwrap_or(Tonnes::ZERO)
    }

    /// Whether one of its versions covers units of this block.
    pub(crate) fn covers(&self, version: &Version, block: &Block) -> bool {
        self.covers_vintage(version, &block.project, block.vintage)
    }

    /// Whether one of its versions covers units of a project and vintage.
    pub(crate) fn covers_vintage(
        &self,
        version: &Version,
        project: &jcm_format::id::ProjectRef,
        vintage: Year,
    ) -> bool {
        let terms = &version.terms;
        self.partner == project.country()
            && (terms.projects.is_empty() || terms.projects.contains(project))
            && terms.first_vintage <= vintage
            && vintage <= terms.last_vintage
    }

    /// The version in force, if it serves units of a block for a purpose this year.
    pub(crate) fn serving(&self, block: &Block, aim: Aim, year: Year) -> Option<&Version> {
        self.in_force().filter(|version| self.covers(version, block) && version.allows(aim, year))
    }

    /// No more was first transferred than is authorised.
    fn within(&self) -> Judged<()> {
        let most = self.last().terms.quantity_tonnes;
        ensure(self.used <= most, Code::ConservationBroken, || {
            format!(
                "{} tonnes are first transferred under authorisation {}, which is of {most}",
                self.used, self.first.entry
            )
        })
    }
}

impl Adjusted {
    /// What is booked and not confirmed.
    pub(crate) fn open(self) -> u128 {
        self.booked.saturating_sub(self.confirmed)
    }
}

impl Paris {
    pub(crate) const fn new() -> Paris {
        Paris {
            data: None,
            authorisations: BTreeMap::new(),
            ids: BTreeMap::new(),
            versions: BTreeMap::new(),
            adjustments: BTreeMap::new(),
            confirmations: BTreeMap::new(),
            itmos: Itmos::new(),
        }
    }

    /// The authorisation of a version that an effect names.
    pub(crate) fn of_version(&self, version: EntryIndex) -> Judged<(EntryIndex, &Authorised)> {
        let known = self.versions.get(&version);
        let known = known.and_then(|first| Some((*first, self.authorisations.get(first)?)));
        known.ok_or_else(|| contradiction("an authorisation is gone"))
    }

    /// A version that an effect names.
    pub(crate) fn version(&self, entry: EntryIndex) -> Judged<&Version> {
        let (_, authorised) = self.of_version(entry)?;
        authorised.version(entry).ok_or_else(|| contradiction("a version is gone"))
    }

    fn authorisation(&mut self, first: EntryIndex) -> Judged<&mut Authorised> {
        let known = self.authorisations.get_mut(&first);
        known.ok_or_else(|| contradiction("an authorisation is gone"))
    }

    fn recorded(&mut self, moment: Moment, authorisation: &Authorisation) -> Judged<()> {
        let at = moment.at;
        let authorised = Authorised::first(moment, authorisation);
        let (id, party) = (authorised.id.clone(), authorised.party()?);
        let before = self.ids.entry(id).or_default().insert(party, at);
        ensure(before.is_none(), Code::ConservationBroken, || {
            format!("{party} has two authorisations with the identifier {}", authorisation.id)
        })?;
        self.versions.insert(at, at);
        self.authorisations.insert(at, authorised);
        Ok(())
    }

    fn changed(&mut self, moment: Moment, change: &AuthorisationChange) -> Judged<()> {
        let (entry, year) = (moment.at, moment.today.year());
        let (terms, details) = (change.terms.clone(), Some(change.details.clone()));
        let authorised = self.authorisation(change.authorisation)?;
        authorised.later.push(Version { entry, year, terms, details });
        authorised.within()?;
        self.versions.insert(entry, change.authorisation);
        Ok(())
    }

    /// Counts units under the authorisations whose versions are named.
    fn count(&mut self, pair: Pair, quantity: Tonnes) -> Judged<()> {
        for version in [pair.japan, pair.partner] {
            let (first, _) = self.of_version(version)?;
            let known = self.authorisation(first)?;
            let used = known.used.checked_add(quantity);
            known.used = used.ok_or_else(|| contradiction("a sum overflows"))?;
            known.within()?;
        }
        Ok(())
    }

    fn confirmed(&mut self, at: EntryIndex, of: &Confirmation) -> Judged<()> {
        let (partner, year, vintage) = (of.partner, of.year, of.vintage);
        let tonnes = of.quantity_tonnes;
        let known = self.adjustments.get_mut(&(partner, year, vintage));
        let known = known.ok_or_else(|| contradiction("nothing was booked that is confirmed"))?;
        known.confirmed += u128::from(tonnes.get());
        self.confirmations.insert(at, Confirmed { partner, year, vintage, tonnes });
        Ok(())
    }

    fn withdrawn(&mut self, confirmation: EntryIndex) -> Judged<()> {
        let gone = || contradiction("a confirmation is gone");
        let Confirmed { partner, year, vintage, tonnes } =
            self.confirmations.remove(&confirmation).ok_or_else(gone)?;
        let known = self.adjustments.get_mut(&(partner, year, vintage)).ok_or_else(gone)?;
        let left = known.confirmed.checked_sub(u128::from(tonnes.get()));
        known.confirmed = left.ok_or_else(gone)?;
        Ok(())
    }

    /// Partners have confirmed no more than is booked.
    pub(crate) fn confirmed_within_booked(&self) -> Judged<()> {
        for ((country, year, vintage), Adjusted { booked, confirmed }) in &self.adjustments {
            ensure(confirmed <= booked, Code::ConservationBroken, || {
                format!(
                    "{country} has confirmed {confirmed} tonnes of vintage {vintage} used in {year}, of which {booked} are booked"
                )
            })?;
        }
        Ok(())
    }

    /// What confirmations that are not withdrawn amount to.
    fn confirmations_counted(&self) -> Judged<()> {
        let mut counted: BTreeMap<(Country, Year, Year), u128> = BTreeMap::new();
        for of in self.confirmations.values() {
            let key = (of.partner, of.year, of.vintage);
            *counted.entry(key).or_insert(0) += u128::from(of.tonnes.get());
        }
        let same = self
            .adjustments
            .iter()
            .all(|(key, adjusted)| counted.get(key).copied().unwrap_or(0) == adjusted.confirmed);
        ensure(same, Code::ConservationBroken, || {
            "what is confirmed is not the sum of the confirmations".to_owned()
        })
    }
}

impl State {
    /// Applies one of the effects of Article 6.
    pub(crate) fn apply_paris(&mut self, moment: Moment, effect: &Effect) -> Judged<()> {
        let (at, paris) = (moment.at, &mut self.paris);
        match effect {
            Effect::Article6Adopted(data) => {
                let first = paris.data.replace(*data).is_none();
                if first {
                    self.identify_earlier()?;
                }
            }
            Effect::AuthorisationRecorded { authorisation } => {
                paris.recorded(moment, authorisation)?
            }
            Effect::AuthorisationDetailed(details) => {
                paris.authorisation(at)?.first.details = Some(details.clone());
            }
            Effect::AuthorisationChanged(change) => paris.changed(moment, change)?,
            Effect::AuthorisationRevoked(revocation) => {
                paris.authorisation(revocation.authorisation)?.revoked = true;
            }
            Effect::FirstTransferred { range, japan, partner } => {
                let pair = Pair { japan: *japan, partner: *partner };
                self.first_transferred(moment, *range, pair)?;
            }
            Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => {
                let key = (*partner, moment.today.year(), *vintage);
                let adjusted = paris.adjustments.entry(key).or_default();
                adjusted.booked += u128::from(quantity_tonnes.get());
            }
            Effect::AdjustmentConfirmed(confirmation) => paris.confirmed(at, confirmation)?,
            Effect::ConfirmationWithdrawn { confirmation } => paris.withdrawn(*confirmation)?,
            _ => return Err(contradiction("an effect changes nothing")),
        }
        Ok(())
    }

    /// Once for each unit, and never above what was authorised.
    fn first_transferred(&mut self, moment: Moment, range: SerialRange, pair: Pair) -> Judged<()> {
        let first = self.units.first_transferred.stretches(range) == [(range, None)];
        ensure(first, Code::ConservationBroken, || {
            format!("units {range} are first transferred a second time")
        })?;
        self.units.first_transferred.set(range, Some(pair));
        self.units.transferred_in.set(range, Some(moment.today.year()));
        self.paris.count(pair, range.quantity())?;
        self.identify(range, pair)
    }

    /// The whole walk of what the authorisations stand for, once at the end.
    pub(crate) fn paris_conserved(&self) -> Judged<()> {
        let paris = &self.paris;
        let mut counted: BTreeMap<EntryIndex, u128> = BTreeMap::new();
        for (range, pair) in self.units.first_transferred.iter() {
            let block = self.units.block_of(range);
            let partner = block.map(|block| block.project.country());
            for (version, side) in [(pair.japan, Side::Japan), (pair.partner, Side::Partner)] {
                let (first, authorised) = paris.of_version(version)?;
                let own = authorised.side == side && Some(authorised.partner) == partner;
                ensure(own, Code::ConservationBroken, || {
                    format!("units {range} are first transferred under another's authorisation")
                })?;
                *counted.entry(first).or_insert(0) += u128::from(range.quantity().get());
            }
        }
        for (first, authorised) in &paris.authorisations {
            authorised.within()?;
            let (counted, used) = (counted.get(first).copied().unwrap_or(0), authorised.used);
            ensure(counted == u128::from(used.get()), Code::ConservationBroken, || {
                format!(
                    "{used} tonnes are used of authorisation {first}, but {counted} units name it"
                )
            })?;
        }
        paris.confirmed_within_booked()?;
        paris.confirmations_counted()?;
        self.identified()
    }
}

#[cfg(test)]
mod tests;

//! Units as one would keep them on paper: a row for each, with its first transfer, and
//! the rules of Article 6 asked of one row after the other.

use jcm_format::command::{
    Authorisation, AuthorisationDetails, AuthorisedPurposes, Purpose, Side, UseKind,
};
use jcm_format::id::{BlockNumber, CooperativeApproach, EntryIndex};
use jcm_format::itmo::{Itmo, ItmoRegistry, ItmoSeries};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use jcm_ledger::Reason;
use std::collections::BTreeMap;

/// What a retirement or cancellation uses units for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    Ndc,
    Imp,
    Op,
    Nothing,
}

impl Served {
    pub(crate) fn kind(self) -> UseKind {
        match self {
            Served::Ndc => UseKind::Ndc,
            Served::Imp => UseKind::InternationalMitigation,
            Served::Op => UseKind::OtherPurposes,
            Served::Nothing => UseKind::Omge,
        }
    }

    fn is_among(self, purposes: AuthorisedPurposes) -> bool {
        match self {
            Served::Ndc => purposes.ndc,
            Served::Imp => purposes.imp,
            Served::Op => purposes.op,
            Served::Nothing => false,
        }
    }
}

/// Rows that a command names together, both included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// One part of a command.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) source: u32,
    pub(crate) destination: u32,
    pub(crate) purpose: Purpose,
    pub(crate) use_: Option<Served>,
    pub(crate) stretches: Vec<Stretch>,
}

/// A unit's row.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) block: u32,
    pub(crate) number: u64,
    pub(crate) owner: u32,
    pub(crate) partner: &'static str,
    pub(crate) vintage: u16,
    pub(crate) first: Option<First>,
}

/// The first transfer of a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct First {
    /// Japan's and the partner's.
    pub(crate) versions: (EntryIndex, EntryIndex),
    pub(crate) itmo: Option<Itmo>,
}

/// What one version says.
#[derive(Debug, Clone, Copy)]
struct Version {
    paper: usize,
    purposes: AuthorisedPurposes,
    vintages: (u16, u16),
    years: Option<(u16, u16)>,
}

/// An authorisation.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    pub(crate) entry: EntryIndex,
    pub(crate) side: Side,
    pub(crate) partner: &'static str,
    approach: CooperativeApproach,
    pub(crate) quantity: u64,
    pub(crate) used: u64,
    pub(crate) version: u32,
    pub(crate) version_entry: EntryIndex,
    pub(crate) reach: bool,
    pub(crate) revoked: bool,
}

/// Country, year of use, vintage.
type Key = (&'static str, u16, u16);

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) units: Vec<Unit>,
    pub(crate) papers: Vec<Paper>,
    versions: BTreeMap<EntryIndex, Version>,
    /// The registry's identifier, once it is adopted.
    pub(crate) registry: Option<ItmoRegistry>,
    oimp: bool,
    /// The next serial of each series.
    pub(crate) next: BTreeMap<ItmoSeries, u64>,
    /// Booked, and confirmed.
    pub(crate) adjustments: BTreeMap<Key, (u64, u64)>,
}

fn country(partner: &str) -> &'static str {
    if partner == "MN" { "MN" } else { "VN" }
}

impl Model {
    pub(crate) fn blocks(&self) -> u32 {
        self.units.last().map_or(0, |unit| unit.block)
    }

    /// A new block, all of it of account 1001.
    pub(crate) fn issue(&mut self, partner: &str, vintage: u16, units: u64) -> u32 {
        let block = self.blocks() + 1;
        let partner = country(partner);
        self.units.extend((1..=units).map(|number| Unit {
            block,
            number,
            owner: 1_001,
            partner,
            vintage,
            first: None,
        }));
        block
    }

    /// The rows as a command names them.
    pub(crate) fn range(&self, stretch: &Stretch) -> SerialRange {
        let (first, last) = (&self.units[stretch.first], &self.units[stretch.last]);
        let block = BlockNumber::new(first.block).expect("from 1");
        SerialRange::new(block, first.number, last.number).expect("a range")
    }

    pub(crate) fn record(
        &mut self,
        entry: EntryIndex,
        side: Side,
        partner: &str,
        terms: &Authorisation,
        details: Option<&AuthorisationDetails>,
    ) {
        let paper = Paper {
            entry,
            side,
            partner: country(partner),
            approach: terms.cooperative_approach,
            quantity: 0,
            used: 0,
            version: 0,
            version_entry: entry,
            reach: details.is_some_and(|details| details.changes_reach_first_transferred),
            revoked: false,
        };
        self.papers.push(paper);
        self.say(self.papers.len() - 1, entry, terms, details);
    }

    pub(crate) fn change(
        &mut self,
        position: usize,
        entry: EntryIndex,
        terms: &Authorisation,
        details: &AuthorisationDetails,
    ) {
        self.say(position, entry, terms, Some(details));
    }

    fn say(
        &mut self,
        position: usize,
        entry: EntryIndex,
        terms: &Authorisation,
        details: Option<&AuthorisationDetails>,
    ) {
        let years = details.and_then(|details| details.use_years);
        let version = Version {
            paper: position,
            purposes: terms.purposes,
            vintages: (terms.first_vintage.get(), terms.last_vintage.get()),
            years: years.map(|years| (years.first.get(), years.last.get())),
        };
        self.versions.insert(entry, version);
        let paper = &mut self.papers[position];
        paper.version = details.map_or(1, |details| details.version);
        paper.version_entry = entry;
        paper.quantity = terms.quantity_tonnes.get();
    }

    /// The first adoption numbers what was first transferred before.
    pub(crate) fn adopt(&mut self, registry: &str, oimp: bool) {
        let is_first = self.registry.is_none();
        self.registry = ItmoRegistry::new(registry);
        self.oimp = oimp;
        if is_first {
            for row in 0..self.units.len() {
                if let Some(versions) = self.units[row].first.as_ref().map(|first| first.versions) {
                    let itmo = self.number(row, versions);
                    self.units[row].first = Some(First { versions, itmo });
                }
            }
        }
    }

    /// The next identifier of a unit's series.
    fn number(&mut self, row: usize, (japan, _): (EntryIndex, EntryIndex)) -> Option<Itmo> {
        let registry = self.registry?;
        let unit = &self.units[row];
        let party = if unit.partner == "MN" { "MNG" } else { "VNM" };
        let party = Party::new(party).expect("three letters");
        let approach = self.papers[self.versions[&japan].paper].approach;
        let series = ItmoSeries { approach, registry, party };
        let next = self.next.entry(series).or_insert(1);
        let vintage = Year::new(unit.vintage).expect("a year");
        let itmo = Itmo { series, serial: *next, vintage };
        *next += 1;
        Some(itmo)
    }

    fn transfer(&mut self, row: usize, versions: (EntryIndex, EntryIndex)) {
        for version in [versions.0, versions.1] {
            let paper = self.versions[&version].paper;
            self.papers[paper].used += 1;
        }
        let itmo = self.number(row, versions);
        self.units[row].first = Some(First { versions, itmo });
    }

    /// Whether a version serves the unit: it covers it, and allows the purpose this year.
    fn serves(&self, version: EntryIndex, unit: &Unit, served: Served, year: u16) -> bool {
        let said = self.versions[&version];
        let (first, last) = said.vintages;
        self.papers[said.paper].partner == unit.partner
            && first <= unit.vintage
            && unit.vintage <= last
            && self.allows(version, served, year)
    }

    fn allows(&self, version: EntryIndex, served: Served, year: u16) -> bool {
        let said = self.versions[&version];
        let in_time = said.years.is_none_or(|(first, last)| first <= year && year <= last);
        served.is_among(said.purposes) && in_time
    }

    /// A pair that an issuance of vintages 2021 to 2025 may name, by positions.
    pub(crate) fn pair_for_issuance(&self, partner: &str, units: u64) -> Option<(usize, usize)> {
        let fits = |position: &usize| {
            let paper = &self.papers[*position];
            let (first, last) = self.versions[&paper.version_entry].vintages;
            let covers = paper.partner == partner && first <= 2021 && 2025 <= last;
            covers && !paper.revoked && units <= paper.quantity - paper.used
        };
        let of_side = |side| {
            let all = (0..self.papers.len()).filter(move |i| self.papers[*i].side == side);
            all.filter(fits).collect::<Vec<_>>()
        };
        let purposes =
            |position: usize| self.versions[&self.papers[position].version_entry].purposes;
        for japan in of_side(Side::Japan) {
            for partner in of_side(Side::Partner) {
                let (one, other) = (purposes(japan), purposes(partner));
                let has_common = match self.registry {
                    Some(_) => one.ndc && other.ndc || one.imp && other.imp || one.op && other.op,
                    None => one.ndc && other.ndc,
                };
                if has_common && self.papers[japan].approach == self.papers[partner].approach {
                    return Some((japan, partner));
                }
            }
        }
        None
    }

    /// Every unit of a block is first transferred, at its issuance.
    pub(crate) fn transfer_block(&mut self, block: u32, (japan, partner): (usize, usize)) {
        let versions = (self.papers[japan].version_entry, self.papers[partner].version_entry);
        for row in 0..self.units.len() {
            if self.units[row].block == block {
                self.transfer(row, versions);
            }
        }
    }

    /// What a part does, or the rule that it breaks. It then does nothing.
    pub(crate) fn apply(&mut self, asked: &Asked, year: u16) -> Result<(), Reason> {
        let served = match (asked.purpose, asked.use_) {
            (Purpose::Retirement, _) => Some(Served::Ndc),
            (_, Some(Served::Op | Served::Nothing)) if self.registry.is_none() => {
                return Err(Reason::Article6Off);
            }
            (_, Some(served @ (Served::Imp | Served::Op))) if self.oimp => Some(served),
            _ => None,
        };
        let before: Vec<u64> = self.papers.iter().map(|paper| paper.used).collect();
        let mut chosen = Vec::new();
        let judged = asked.stretches.iter().try_for_each(|stretch| {
            chosen.push(self.judge(stretch, asked.purpose, served, year)?);
            Ok(())
        });
        // What was taken to judge is taken again, unit by unit.
        for (paper, used) in self.papers.iter_mut().zip(before) {
            paper.used = used;
        }
        judged?;
        for (stretch, pair) in asked.stretches.iter().zip(chosen) {
            for row in stretch.first..=stretch.last {
                self.units[row].owner = asked.destination;
                if let Some(versions) = pair
                    && self.units[row].first.is_none()
                {
                    self.transfer(row, versions);
                }
                if asked.purpose == Purpose::Retirement {
                    let unit = &self.units[row];
                    let key = (unit.partner, year, unit.vintage);
                    self.adjustments.entry(key).or_default().0 += 1;
                }
            }
        }
        Ok(())
    }

    /// Rules 710 to 732 and 613 for one range: the versions of what is first transferred.
    fn judge(
        &mut self,
        stretch: &Stretch,
        purpose: Purpose,
        served: Option<Served>,
        year: u16,
    ) -> Result<Option<(EntryIndex, EntryIndex)>, Reason> {
        let units = &self.units[stretch.first..=stretch.last];
        if units[0].vintage < 2021 {
            return match purpose {
                Purpose::Retirement => Err(Reason::RetirementBefore2021),
                Purpose::Cancellation | Purpose::Other => Ok(None),
            };
        }
        let Some(served) = served else { return Ok(None) };
        let mut missing = 0;
        for unit in units {
            match unit.first {
                None => missing += 1,
                Some(first) => self.may_be_used(unit, first.versions, served, year)?,
            }
        }
        if missing == 0 {
            return Ok(None);
        }
        let unit = units[0].clone();
        let (of_japan, of_partner) = match served {
            Served::Ndc => {
                (Reason::AuthorisationOfJapanMissing, Reason::AuthorisationOfPartnerMissing)
            }
            _ => (Reason::OimpOfJapanMissing, Reason::OimpOfPartnerMissing),
        };
        let serving = |side: Side| -> Vec<usize> {
            let papers = self.papers.iter().enumerate();
            let in_force = papers.filter(|(_, paper)| paper.side == side && !paper.revoked);
            let serving =
                in_force.filter(|(_, paper)| self.serves(paper.version_entry, &unit, served, year));
            serving.map(|(position, _)| position).collect()
        };
        let (japans, partners) = (serving(Side::Japan), serving(Side::Partner));
        let Some(_) = japans.first() else { return Err(of_japan) };
        let mut reason = of_partner;
        for japan in japans {
            for partner in &partners {
                if self.papers[japan].approach != self.papers[*partner].approach {
                    continue;
                }
                reason = Reason::AuthorisationExhausted;
                let left = |paper: &Paper| paper.quantity - paper.used;
                if [japan, *partner].iter().all(|of| missing <= left(&self.papers[*of])) {
                    self.papers[japan].used += missing;
                    self.papers[*partner].used += missing;
                    let entry = |of: usize| self.papers[of].version_entry;
                    return Ok(Some((entry(japan), entry(*partner))));
                }
            }
        }
        Err(reason)
    }

    /// Rules 729 and 730 for one unit.
    fn may_be_used(
        &self,
        unit: &Unit,
        versions: (EntryIndex, EntryIndex),
        served: Served,
        year: u16,
    ) -> Result<(), Reason> {
        let both = [versions.0, versions.1];
        if !both.iter().all(|version| self.allows(*version, served, year)) {
            return Err(Reason::UseNotAuthorised);
        }
        for version in both {
            let paper = &self.papers[self.versions[&version].paper];
            let serves = || self.serves(paper.version_entry, unit, served, year);
            if paper.reach && (paper.revoked || !serves()) {
                return Err(Reason::AuthorisationWithdrawn);
            }
        }
        Ok(())
    }
}

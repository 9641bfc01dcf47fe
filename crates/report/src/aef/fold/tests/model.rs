//! Against a model that knows every unit by itself: who holds it, its number, whether
//! it was first transferred and how it ended.

use super::*;
use crate::balance::AdjustmentFold;
use proptest::prelude::*;
use std::collections::BTreeSet;

type Unit = (u32, u64);

/// What is known of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    vintage: u16,
    holder: u32,
    number: Option<u64>,
    ended: Option<(ActionType, u16)>,
}

#[derive(Debug, Clone, Default)]
struct Model {
    units: BTreeMap<Unit, Known>,
    next: u64,
}

/// One act, with numbers that are brought into range where it is done.
#[derive(Debug, Clone, Copy)]
enum Act {
    Issue { units: u64, vintage: u16, authorised: bool },
    Transfer { at: usize, units: u64 },
    Retire { at: usize, units: u64 },
    Cancel { at: usize, units: u64, kind: usize },
    NextYear,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (1_u64..60, 2020_u16..2026, any::<bool>())
            .prop_map(|(units, vintage, authorised)| Act::Issue { units, vintage, authorised }),
        18 => (any::<usize>(), 1_u64..12).prop_map(|(at, units)| Act::Transfer { at, units }),
        6 => (any::<usize>(), 1_u64..6).prop_map(|(at, units)| Act::Retire { at, units }),
        6 => (any::<usize>(), 1_u64..6, 0_usize..5)
            .prop_map(|(at, units, kind)| Act::Cancel { at, units, kind }),
        1 => Just(Act::NextYear),
    ];
    prop::collection::vec(act, 1_000)
}

const KINDS: [UseKind; 5] = [
    UseKind::InternationalMitigation,
    UseKind::OtherPurposes,
    UseKind::Omge,
    UseKind::Voluntary,
    UseKind::Shk,
];

/// A log and its model, side by side.
struct Both {
    log: Log,
    model: Model,
    year: u16,
    day: u16,
    blocks: u32,
}

impl Both {
    fn date(&mut self) -> String {
        self.day = (self.day + 1).min(27);
        format!("{}-06-{:02}", self.year, self.day)
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Issue { units, vintage, authorised } => self.issue(units, vintage, authorised),
            Act::Transfer { at, units } => {
                let Some(range) = self.pick(at, units, |_| true) else { return };
                let date = self.date();
                let moved = self.applied(range, Purpose::Other, None);
                self.log.on(&date, vec![moved, AT_ONCE]);
                for unit in range.first()..=range.last() {
                    let known = self.model.units.get_mut(&(range.block().get(), unit));
                    let known = known.expect("there");
                    known.holder = 2_003 - known.holder;
                }
            }
            Act::Retire { at, units } => {
                let itmo = |known: &Known| 2021 <= known.vintage;
                let Some(range) = self.pick(at, units, itmo) else { return };
                self.end(range, Purpose::Retirement, UseKind::Ndc, ActionType::Use);
            }
            Act::Cancel { at, units, kind } => {
                let Some(range) = self.pick(at, units, |_| true) else { return };
                let kind = KINDS[kind];
                let action = match kind {
                    UseKind::InternationalMitigation | UseKind::OtherPurposes => {
                        ActionType::Cancellation
                    }
                    _ => ActionType::VoluntaryCancellation,
                };
                self.end(range, Purpose::Cancellation, kind, action);
            }
            // Each year more is a report more to compare.
            Act::NextYear if self.year < 2029 => {
                self.year += 1;
                self.day = 0;
            }
            Act::NextYear => {}
        }
    }

    fn issue(&mut self, units: u64, vintage: u16, authorised: bool) {
        self.blocks += 1;
        // What has not occurred is not issued.
        let (block, vintage) = (self.blocks, vintage.min(self.year));
        let mut effects = issued("VN001", &[(block, vintage, units)]);
        let itmos = authorised && 2021 <= vintage;
        if itmos {
            effects.push(first_transferred(&format!("{block}:1-{units}"), JAPAN, PARTNER));
        }
        let date = self.date();
        self.log.on(&date, effects);
        for unit in 1..=units {
            let number = itmos.then(|| self.model.number());
            let known = Known { vintage, holder: 1_001, number, ended: None };
            self.model.units.insert((block, unit), known);
        }
    }

    /// A run of units of one block and holder that are there and fit.
    fn pick(&self, at: usize, units: u64, fits: impl Fn(&Known) -> bool) -> Option<SerialRange> {
        let from = (u32::try_from(at % 64).ok()? % self.blocks.max(1) + 1, (at >> 8) as u64 % 60);
        let there = |(_, known): &(&Unit, &Known)| known.ended.is_none() && fits(known);
        let mut after = self.model.units.range(from..).chain(self.model.units.range(..from));
        let ((block, first), Known { holder, .. }) = after.find(there)?;
        let run = self.model.units.range((*block, *first)..).zip(*first..).take(units as usize);
        let same = run.take_while(|((unit, known), expected)| {
            **unit == (*block, *expected) && known.holder == *holder && there(&(unit, known))
        });
        let last = *first + same.count() as u64 - 1;
        SerialRange::new(BlockNumber::new(*block)?, *first, last).ok()
    }

    /// A transfer of units out of the account that holds them.
    fn applied(&self, range: SerialRange, purpose: Purpose, kind: Option<UseKind>) -> Effect {
        let holder = self.model.units[&(range.block().get(), range.first())].holder;
        applied_from(holder, purpose, kind, &[&range.to_string()])
    }

    /// As the ledger does: what is not first transferred yet is, by the act that uses it.
    fn end(&mut self, range: SerialRange, purpose: Purpose, kind: UseKind, action: ActionType) {
        let uses = matches!(
            kind,
            UseKind::Ndc | UseKind::InternationalMitigation | UseKind::OtherPurposes
        );
        let mut effects = vec![self.applied(range, purpose, Some(kind)), AT_ONCE];
        let block = range.block().get();
        let mut gap: Option<(u64, u64)> = None;
        let mut gaps = Vec::new();
        for unit in range.first()..=range.last() {
            let known = self.model.units.get_mut(&(block, unit)).expect("there");
            known.ended = Some((action, self.year));
            if uses && known.number.is_none() && 2021 <= known.vintage {
                self.model.next += 1;
                known.number = Some(self.model.next);
                gap = Some(gap.map_or((unit, unit), |(first, _)| (first, unit)));
            } else {
                gaps.extend(gap.take());
            }
        }
        gaps.extend(gap);
        let transfers = gaps.iter().map(|(first, last)| {
            first_transferred(&format!("{block}:{first}-{last}"), JAPAN, PARTNER)
        });
        effects.extend(transfers);
        if purpose == Purpose::Retirement {
            let vintage = self.model.units[&(block, range.first())].vintage;
            effects.push(Effect::AdjustmentBooked {
                partner: country("VN"),
                vintage: year(vintage),
                quantity_tonnes: range.quantity(),
                japan_authorisation: JAPAN,
                partner_authorisation: PARTNER,
            });
        }
        let date = self.date();
        self.log.on(&date, effects);
    }

    /// Everything that the reports say, against the model.
    fn compare(&self) {
        let came = self.came();
        for of in 2024..=self.year {
            let report = sound(&self.log, of);
            let held: BTreeMap<u64, u16> =
                self.numbered(&report.holdings.iter().map(|row| row.block).collect::<Vec<_>>());
            let expected = self.model.expected(
                |known, came| came <= of && known.ended.is_none_or(|(_, ended)| of < ended),
                &came,
            );
            assert_eq!(held, expected, "held at the end of {of}");
            for action in [
                ActionType::Acquisition,
                ActionType::Use,
                ActionType::Cancellation,
                ActionType::VoluntaryCancellation,
            ] {
                let rows = report.actions.iter().filter(|row| row.action == action);
                let blocks: Vec<_> = rows.filter_map(|row| row.block).collect();
                let expected = self.model.expected(
                    |known, came| match action {
                        ActionType::Acquisition => came == of,
                        _ => known.ended == Some((action, of)),
                    },
                    &came,
                );
                assert_eq!(self.numbered(&blocks), expected, "{action} of {of}");
            }
            super::proved::suffices(&self.log, &report);
        }
        self.state_agrees();
        let mut fold = AdjustmentFold::new(year(self.year));
        self.log.entries.iter().for_each(|entry| fold.apply(entry).expect("in order"));
        let report = fold.finish().expect("sums that fit");
        let vintages = report.partners.first().map_or(&[][..], |partner| &partner.vintages);
        for vintage in 2020..2030 {
            let of = |ended: bool| {
                let units = self.model.units.iter().filter(|(unit, known)| {
                    let used = matches!(known.ended, Some((ActionType::Use, _)));
                    known.vintage == vintage && came.contains_key(unit) && (used || !ended)
                });
                units.count() as u64
            };
            let found = vintages.iter().find(|of| of.vintage == year(vintage));
            let found = found.map_or((0, 0), |of| (of.first_transferred_tonnes, of.used_tonnes));
            assert_eq!(found, (of(false), of(true)), "vintage {vintage}");
        }
    }

    /// The ledger's state counts for itself: the same numbers, held and booked.
    fn state_agrees(&self) {
        let state = crate::agreement::state(&self.log);
        let mut held = BTreeMap::new();
        for block in state.blocks() {
            let whole = SerialRange::whole_block(block.number, block.quantity_tonnes);
            for stretch in state.units(whole.expect("units")) {
                let Some(itmo) = stretch.itmo else { continue };
                // Accounts 2 and 3 are those of which nothing comes back.
                if 1_000 < stretch.account.get() {
                    for number in itmo.serial..itmo.serial + stretch.range.quantity().get() {
                        held.insert(number, itmo.vintage.get());
                    }
                }
            }
        }
        let report = report(&self.log, self.year);
        let blocks: Vec<_> = report.holdings.iter().map(|row| row.block).collect();
        assert_eq!(self.numbered(&blocks), held);
        let mut fold = AdjustmentFold::new(year(self.year));
        self.log.entries.iter().for_each(|entry| fold.apply(entry).expect("in order"));
        let report = fold.finish().expect("sums that fit");
        let booked: Vec<_> = report
            .partners
            .iter()
            .flat_map(|partner| &partner.confirmations)
            .map(|of| (of.year, of.vintage, of.booked_tonnes, of.open_tonnes))
            .collect();
        let of_state: Vec<_> = state
            .adjustments()
            .map(|(key, sum)| (key.year, key.vintage, sum.booked.get(), sum.open().get()))
            .collect();
        assert_eq!(booked, of_state);
        for row in report.partners.iter().flat_map(|partner| &partner.years) {
            let of_year = state.adjustments().filter(|(key, _)| key.year == row.year);
            assert_eq!(of_year.map(|(_, sum)| sum.booked.get()).sum::<u64>(), row.used_tonnes);
        }
    }

    /// Number and vintage of each unit of blocks: none may be there twice.
    fn numbered(&self, blocks: &[crate::aef::ItmoBlock]) -> BTreeMap<u64, u16> {
        let mut units = BTreeMap::new();
        for block in blocks {
            for number in block.first..=block.last {
                assert_eq!(units.insert(number, block.vintage.get()), None, "unit {number} twice");
            }
        }
        units
    }

    /// The year in which each unit was first transferred, from the log, one by one.
    fn came(&self) -> BTreeMap<Unit, u16> {
        let mut came = BTreeMap::new();
        for entry in &self.log.entries {
            for effect in &entry.event.0 {
                if let Effect::FirstTransferred { range, .. } = effect {
                    let year = entry.time.date_in_japan().year().get();
                    for unit in range.first()..=range.last() {
                        let before = came.insert((range.block().get(), unit), year);
                        assert_eq!(before, None, "first transferred twice");
                    }
                }
            }
        }
        came
    }
}

impl Model {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn expected(
        &self,
        wanted: impl Fn(&Known, u16) -> bool,
        came: &BTreeMap<Unit, u16>,
    ) -> BTreeMap<u64, u16> {
        let known = self.units.iter().filter_map(|(unit, known)| {
            let (number, came) = (known.number?, *came.get(unit)?);
            wanted(known, came).then_some((number, known.vintage))
        });
        known.collect()
    }
}

proptest! {
    // 100 logs of 1,000 acts: a hundred thousand acts.
    #![proptest_config(ProptestConfig {
        cases: 100,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_reports_say_what_the_units_say(acts in acts()) {
        let mut both =
            Both { log: begun(), model: Model::default(), year: 2024, day: 0, blocks: 0 };
        for act in acts {
            both.act(act);
        }
        let numbers: BTreeSet<u64> =
            both.model.units.values().filter_map(|known| known.number).collect();
        prop_assert_eq!(numbers.len() as u64, both.model.next);
        both.compare();
    }
}

//! Choosing units for a quantity: the oldest vintage first, then the lowest
//! block, then the lowest number; never units that another application reserves or
//! that are under a restriction, and trust property only where that is asked for.

use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::event::CreditClass;
use jcm_format::id::{BlockNumber, ProjectRef};
use jcm_format::serial::{RangesError, SerialRange, SerialRanges};

/// Units that an account holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The units.
    pub range: SerialRange,
    /// Year of the reductions.
    pub vintage: u32,
    /// The project; `None` = its reference makes no sense.
    pub project: Option<ProjectRef>,
    /// The legal class. C is outside the statute: never together with others.
    pub class: CreditClass,
    /// In another open application, or under a restriction.
    pub reserved: bool,
    /// Entry of the trust that the units are property of.
    pub trust: Option<u64>,
}

/// Which units to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Only reductions of this year and later.
    pub vintage_min: u32,
    /// Only reductions of this year and earlier.
    pub vintage_max: u32,
    /// Only units of this project.
    pub project: Option<ProjectRef>,
    /// Only units of this class; `None` = of any but C.
    pub class: Option<CreditClass>,
    /// Trust property, of one trust alone, in place of other units.
    pub trust: bool,
}

impl Choice {
    fn admits(&self, stretch: &Stretch) -> bool {
        let class = self.class.map_or(stretch.class != CreditClass::C, |c| c == stretch.class);
        !stretch.reserved
            && class
            && self.trust == stretch.trust.is_some()
            && (self.vintage_min..=self.vintage_max).contains(&stretch.vintage)
            && (self.project.is_none() || self.project == stretch.project)
    }
}

/// A class as the registry writes it.
pub fn class(text: &str) -> Result<CreditClass, String> {
    match text {
        "A" => Ok(CreditClass::A),
        "B1" => Ok(CreditClass::B1),
        "B2" => Ok(CreditClass::B2),
        "C" => Ok(CreditClass::C),
        _ => Err(format!("{text} is not a class: A, B1, B2 or C")),
    }
}

/// Why no units were chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PickError {
    /// Not enough.
    #[error("only {available} t of those units are free, {asked} t are asked for")]
    NotEnough {
        /// What there is.
        available: Tonnes,
        /// What is asked for.
        asked: Tonnes,
    },
    /// Nothing is asked for.
    #[error("a quantity is at least 1 t")]
    Nothing,
    /// The units do not fit one application.
    #[error("the units do not fit one application: {0}")]
    Ranges(#[from] RangesError),
}

impl Stretch {
    /// Reads what the registry says; `None` when it makes no sense.
    pub fn from_wire(stretch: &wire::UnitStretch) -> Option<Stretch> {
        let (range, block) = (stretch.range.as_ref()?, stretch.block.as_ref()?);
        let number = BlockNumber::new(range.block)?;
        Some(Stretch {
            range: SerialRange::new(number, range.first, range.last).ok()?,
            vintage: block.vintage,
            project: ProjectRef::new(&block.project),
            class: class(&block.class).ok()?,
            reserved: stretch.reserved_by != 0 || stretch.restriction != 0,
            trust: (stretch.trust != 0).then_some(stretch.trust),
        })
    }
}

/// Chooses exactly `quantity`, and gives the units in the order of a command.
pub fn pick(
    holdings: &[Stretch],
    quantity: Tonnes,
    choice: &Choice,
) -> Result<SerialRanges, PickError> {
    if quantity == Tonnes::ZERO {
        return Err(PickError::Nothing);
    }
    let mut free: Vec<&Stretch> =
        holdings.iter().filter(|stretch| choice.admits(stretch)).collect();
    free.sort_by_key(|stretch| (stretch.vintage, stretch.range));
    // One application concerns one trust.
    if let Some(trust) = free.first().and_then(|first| first.trust) {
        free.retain(|stretch| stretch.trust == Some(trust));
    }
    let mut missing = quantity;
    let mut chosen = Vec::new();
    for stretch in &free {
        let held = stretch.range.quantity();
        // Within the range that is split: never more than it holds.
        let Some((taken, _)) = stretch.range.split_at(missing.min(held)) else { break };
        chosen.push(taken);
        missing = missing.checked_sub(taken.quantity()).unwrap_or(Tonnes::ZERO);
    }
    if missing != Tonnes::ZERO {
        let available = quantity.checked_sub(missing).unwrap_or(Tonnes::ZERO);
        return Err(PickError::NotEnough { available, asked: quantity });
    }
    chosen.sort_unstable();
    Ok(SerialRanges::new(joined(chosen))?)
}

/// Joins ranges that touch, so that as few as possible are named.
fn joined(ranges: Vec<SerialRange>) -> Vec<SerialRange> {
    let mut joined: Vec<SerialRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.joined(range).is_some() => {
                *last = last.joined(range).unwrap_or(range);
            }
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ANY: Choice =
        Choice { vintage_min: 0, vintage_max: u32::MAX, project: None, class: None, trust: false };

    fn stretch(range: &str, vintage: u32) -> Stretch {
        let range = range.parse().expect("a range");
        let project = ProjectRef::new("MN003");
        Stretch { range, vintage, project, class: CreditClass::A, reserved: false, trust: None }
    }

    fn picked(holdings: &[Stretch], quantity: u64, choice: &Choice) -> Result<String, PickError> {
        let ranges = pick(holdings, Tonnes::new(quantity), choice)?;
        let texts: Vec<_> = ranges.iter().map(|range| range.to_string()).collect();
        Ok(texts.join(" "))
    }

    #[test]
    fn the_oldest_vintage_goes_first_then_the_lowest_block() {
        let holdings = [stretch("1:1-10", 2023), stretch("3:5-9", 2021), stretch("2:1-5", 2021)];
        assert_eq!(picked(&holdings, 3, &ANY).as_deref(), Ok("2:1-3"));
        assert_eq!(picked(&holdings, 7, &ANY).as_deref(), Ok("2:1-5 3:5-6"));
        assert_eq!(picked(&holdings, 12, &ANY).as_deref(), Ok("1:1-2 2:1-5 3:5-9"));
        let error = PickError::NotEnough { available: Tonnes::new(20), asked: Tonnes::new(21) };
        assert_eq!(picked(&holdings, 21, &ANY), Err(error));
        assert_eq!(picked(&holdings, 0, &ANY), Err(PickError::Nothing));
    }

    #[test]
    fn touching_stretches_are_named_as_one() {
        let holdings = [stretch("1:4-6", 2021), stretch("1:1-3", 2021)];
        assert_eq!(picked(&holdings, 5, &ANY).as_deref(), Ok("1:1-5"));
    }

    #[test]
    fn reserved_units_and_other_classes_are_left_alone() {
        let reserved = Stretch { reserved: true, ..stretch("1:1-10", 2021) };
        let outside = Stretch { class: CreditClass::C, ..stretch("2:1-10", 2019) };
        let holdings = [reserved, outside, stretch("3:1-10", 2022)];
        assert_eq!(picked(&holdings, 10, &ANY).as_deref(), Ok("3:1-10"));
        let class_c = Choice { class: Some(CreditClass::C), ..ANY };
        assert_eq!(picked(&holdings, 4, &class_c).as_deref(), Ok("2:1-4"));
        let old = [stretch("4:1-10", 2020), stretch("5:1-10", 2022)];
        let retirable = Choice { vintage_min: 2021, ..ANY };
        assert_eq!(picked(&old, 4, &retirable).as_deref(), Ok("5:1-4"));
        let one = Choice { vintage_min: 2022, vintage_max: 2022, ..ANY };
        assert_eq!(picked(&old, 4, &one).as_deref(), Ok("5:1-4"));
        let older = Choice { vintage_max: 2020, ..ANY };
        assert_eq!(picked(&old, 4, &older).as_deref(), Ok("4:1-4"));
    }

    #[test]
    fn filters_and_trusts_choose_among_what_is_free() {
        let other = Stretch { project: ProjectRef::new("VN001"), ..stretch("2:1-10", 2022) };
        let b1 = Stretch { class: CreditClass::B1, ..stretch("3:1-10", 2021) };
        let holdings = [stretch("1:1-10", 2023), other, b1];
        let project = Choice { project: ProjectRef::new("VN001"), ..ANY };
        assert_eq!(picked(&holdings, 4, &project).as_deref(), Ok("2:1-4"));
        let class = Choice { class: Some(CreditClass::A), ..ANY };
        assert_eq!(picked(&holdings, 11, &class).as_deref(), Ok("1:1-1 2:1-10"));
        let trust = |range, entry| Stretch { trust: Some(entry), ..stretch(range, 2021) };
        let held = [trust("4:1-5", 70), trust("5:1-5", 71), stretch("6:1-5", 2021)];
        assert_eq!(picked(&held, 4, &ANY).as_deref(), Ok("6:1-4"));
        let property = Choice { trust: true, ..ANY };
        assert_eq!(picked(&held, 4, &property).as_deref(), Ok("4:1-4"));
        assert!(picked(&held, 6, &property).is_err(), "one trust alone");
    }

    proptest! {
        /// A naive model: every unit by itself, sorted, the first ones taken.
        #[test]
        fn the_choice_is_that_of_a_model_that_counts_single_units(
            parts in prop::collection::vec((1_u32..5, 0_u64..4, 1_u64..6, any::<bool>()), 1..12),
            quantity in 1_u64..40,
        ) {
            let mut next = [1_u64; 5];
            let mut holdings = Vec::new();
            for (block, gap, length, reserved) in parts {
                let position = block as usize;
                let first = next[position] + gap;
                let last = first + length - 1;
                next[position] = last + 1;
                let number = BlockNumber::new(block).expect("from 1");
                let range = SerialRange::new(number, first, last).expect("ascending");
                // Vintages fall as blocks rise, so that the two orders differ.
                let stretch = Stretch { range, vintage: 2030 - block, ..stretch("1:1-1", 1) };
                holdings.push(Stretch { reserved, ..stretch });
            }
            let mut units: Vec<(u32, u32, u64)> = holdings
                .iter()
                .filter(|stretch| !stretch.reserved)
                .flat_map(|stretch| {
                    let block = stretch.range.block().get();
                    let each = stretch.range.first()..=stretch.range.last();
                    each.map(move |unit| (stretch.vintage, block, unit))
                })
                .collect();
            units.sort_unstable();
            let wanted = usize::try_from(quantity).expect("small");
            let result = pick(&holdings, Tonnes::new(quantity), &ANY);
            if units.len() < wanted {
                let available = Tonnes::new(units.len() as u64);
                let error = PickError::NotEnough { available, asked: Tonnes::new(quantity) };
                prop_assert_eq!(result, Err(error));
            } else {
                let mut expected: Vec<(u32, u64)> =
                    units[..wanted].iter().map(|(_, block, unit)| (*block, *unit)).collect();
                expected.sort_unstable();
                let ranges = result.expect("enough");
                let chosen: Vec<(u32, u64)> = ranges
                    .iter()
                    .flat_map(|range| {
                        let block = range.block().get();
                        (range.first()..=range.last()).map(move |unit| (block, unit))
                    })
                    .collect();
                prop_assert_eq!(chosen, expected);
            }
        }
    }
}

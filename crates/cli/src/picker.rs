//! Choosing units for a quantity: the oldest vintage first, then the lowest
//! block, then the lowest number; never units that another application reserves.

use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::id::BlockNumber;
use jcm_format::serial::{RangesError, SerialRange, SerialRanges};

/// Units that an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The units.
    pub range: SerialRange,
    /// Year of the reductions.
    pub vintage: u32,
    /// Outside the statute: never together with others.
    pub class_c: bool,
    /// In another open application.
    pub reserved: bool,
}

/// Which units to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Only reductions of this year and later.
    pub vintage_min: u32,
    /// Only reductions of this year.
    pub vintage: Option<u32>,
    /// Class C units in place of the others.
    pub class_c: bool,
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
            class_c: block.class == "C",
            reserved: stretch.reserved_by != 0,
        })
    }
}

/// Chooses exactly `quantity`, and gives the units in the order of a command.
pub fn pick(
    holdings: &[Stretch],
    quantity: Tonnes,
    choice: Choice,
) -> Result<SerialRanges, PickError> {
    if quantity == Tonnes::ZERO {
        return Err(PickError::Nothing);
    }
    let mut free: Vec<&Stretch> = holdings
        .iter()
        .filter(|stretch| !stretch.reserved && stretch.class_c == choice.class_c)
        .filter(|stretch| choice.vintage_min <= stretch.vintage)
        .filter(|stretch| choice.vintage.is_none_or(|vintage| stretch.vintage == vintage))
        .collect();
    free.sort_by_key(|stretch| (stretch.vintage, stretch.range));
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

    const ANY: Choice = Choice { vintage_min: 0, vintage: None, class_c: false };

    fn stretch(range: &str, vintage: u32) -> Stretch {
        let range = range.parse().expect("a range");
        Stretch { range, vintage, class_c: false, reserved: false }
    }

    fn picked(holdings: &[Stretch], quantity: u64, choice: Choice) -> Result<String, PickError> {
        let ranges = pick(holdings, Tonnes::new(quantity), choice)?;
        let texts: Vec<_> = ranges.iter().map(|range| range.to_string()).collect();
        Ok(texts.join(" "))
    }

    #[test]
    fn the_oldest_vintage_goes_first_then_the_lowest_block() {
        let holdings = [stretch("1:1-10", 2023), stretch("3:5-9", 2021), stretch("2:1-5", 2021)];
        assert_eq!(picked(&holdings, 3, ANY).as_deref(), Ok("2:1-3"));
        assert_eq!(picked(&holdings, 7, ANY).as_deref(), Ok("2:1-5 3:5-6"));
        assert_eq!(picked(&holdings, 12, ANY).as_deref(), Ok("1:1-2 2:1-5 3:5-9"));
        let error = PickError::NotEnough { available: Tonnes::new(20), asked: Tonnes::new(21) };
        assert_eq!(picked(&holdings, 21, ANY), Err(error));
        assert_eq!(picked(&holdings, 0, ANY), Err(PickError::Nothing));
    }

    #[test]
    fn touching_stretches_are_named_as_one() {
        let holdings = [stretch("1:4-6", 2021), stretch("1:1-3", 2021)];
        assert_eq!(picked(&holdings, 5, ANY).as_deref(), Ok("1:1-5"));
    }

    #[test]
    fn reserved_units_and_other_classes_are_left_alone() {
        let reserved = Stretch { reserved: true, ..stretch("1:1-10", 2021) };
        let outside = Stretch { class_c: true, ..stretch("2:1-10", 2019) };
        let holdings = [reserved, outside, stretch("3:1-10", 2022)];
        assert_eq!(picked(&holdings, 10, ANY).as_deref(), Ok("3:1-10"));
        assert_eq!(picked(&holdings, 4, Choice { class_c: true, ..ANY }).as_deref(), Ok("2:1-4"));
        let old = [stretch("4:1-10", 2020), stretch("5:1-10", 2022)];
        let retirable = Choice { vintage_min: 2021, ..ANY };
        assert_eq!(picked(&old, 4, retirable).as_deref(), Ok("5:1-4"));
        let one = Choice { vintage: Some(2022), ..ANY };
        assert_eq!(picked(&old, 4, one).as_deref(), Ok("5:1-4"));
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
                holdings.push(Stretch { range, vintage: 2030 - block, class_c: false, reserved });
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
            let result = pick(&holdings, Tonnes::new(quantity), ANY);
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

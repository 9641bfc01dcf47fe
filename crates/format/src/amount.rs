//! Amounts: whole tonnes and whole yen, with checked arithmetic only.

use crate::limits::{TONNES_MAX, YEN_MAX};
use bincode::{Decode, Encode};
use std::fmt;

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode,
            serde::Serialize,
        )]
        pub struct $name(u64);

        impl $name {
            /// Nothing.
            pub const ZERO: $name = $name(0);

            /// The largest single amount that a command may name.
            pub const MAX: $name = $name($max);

            /// An amount; sums may exceed [`Self::MAX`], single amounts are
            /// checked against it where a command is parsed.
            pub const fn new(amount: u64) -> $name {
                $name(amount)
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The sum, unless it overflows.
            pub const fn checked_add(self, other: $name) -> Option<$name> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some($name(sum)),
                    None => None,
                }
            }

            /// The difference, unless it is negative.
            pub const fn checked_sub(self, other: $name) -> Option<$name> {
                match self.0.checked_sub(other.0) {
                    Some(difference) => Some($name(difference)),
                    None => None,
                }
            }

            /// The sum of all `amounts`, unless it overflows.
            pub fn checked_sum(amounts: impl IntoIterator<Item = $name>) -> Option<$name> {
                amounts.into_iter().try_fold($name::ZERO, $name::checked_add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

amount! {
    /// Tonnes of CO2 equivalent, whole (Act, art. 2(8)).
    Tonnes, TONNES_MAX
}

amount! {
    /// Japanese yen, whole.
    Yen, YEN_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_differences_never_wrap() {
        assert_eq!(Tonnes::new(u64::MAX).checked_add(Tonnes::new(1)), None);
        assert_eq!(Tonnes::new(1).checked_sub(Tonnes::new(2)), None);
        assert_eq!(Yen::checked_sum([Yen::new(2), Yen::new(3)]), Some(Yen::new(5)));
        assert_eq!(Yen::checked_sum([Yen::new(u64::MAX), Yen::new(1)]), None);
    }

    #[test]
    fn a_batch_of_the_largest_amounts_still_adds_up() {
        let many = std::iter::repeat_n(Tonnes::MAX, 1 << 16);
        assert!(Tonnes::checked_sum(many).is_some());
    }
}

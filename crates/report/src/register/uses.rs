//! What retired and cancelled units serve.
//!
//! Uses that say the same are one use, so that a million small cancellations for
//! one report take the room of a few ranges.

use jcm_format::command::{EntityRef, Person, Purpose, UseKind};
use jcm_format::id::AccountNumber;
use jcm_format::serial::SerialRange;
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};
use jcm_ledger::eligibility::ShkGround;
use jcm_ledger::state::UnitMap;
use std::collections::BTreeMap;

/// What units serve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    /// Whether they lie in the retirement account; else in the cancellation account.
    pub(crate) retired: bool,
    /// For what; none where none was named.
    pub(crate) served: Option<Served>,
    /// Whose units they were.
    pub(crate) account: AccountNumber,
    /// The day in Japan on which it was recorded.
    pub(crate) recorded_on: Date,
    /// Why they serve a report under the Act, by the rules of the application.
    pub(crate) ground: Option<ShkGround>,
}

/// What was named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Served {
    pub(crate) kind: Kind,
    pub(crate) reporting_year: Option<Year>,
    /// None = the holder of the account.
    pub(crate) beneficiary: Option<Text>,
    /// The number of the corporation in whose favour it is.
    pub(crate) beneficiary_number: Option<Person>,
    /// The authorised entity that used or cancelled.
    pub(crate) entity: Option<EntityRef>,
}

/// A kind of use that can be put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) UseKind);

impl Kind {
    const fn rank(self) -> u8 {
        match self.0 {
            UseKind::Ndc => 0,
            UseKind::Shk => 1,
            UseKind::GxEts => 2,
            UseKind::Voluntary => 3,
            UseKind::InternationalMitigation => 4,
            UseKind::Other => 5,
            UseKind::OtherPurposes => 6,
            UseKind::Omge => 7,
        }
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Kind) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Kind) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Use {
    pub(crate) fn kind(&self) -> Option<UseKind> {
        self.served.as_ref().map(|served| served.kind.0)
    }

    pub(crate) fn purpose(&self) -> Purpose {
        if self.retired { Purpose::Retirement } else { Purpose::Cancellation }
    }

    pub(crate) fn reporting_year(&self) -> Option<Year> {
        self.served.as_ref().and_then(|served| served.reporting_year)
    }

    pub(crate) fn beneficiary(&self) -> Option<&Text> {
        self.served.as_ref().and_then(|served| served.beneficiary.as_ref())
    }

    pub(crate) fn beneficiary_number(&self) -> Option<&Person> {
        self.served.as_ref().and_then(|served| served.beneficiary_number.as_ref())
    }

    pub(crate) fn entity(&self) -> Option<&EntityRef> {
        self.served.as_ref().and_then(|served| served.entity.as_ref())
    }
}

/// Uses, and which units serve which.
#[derive(Debug, Clone, Default)]
pub(super) struct Uses {
    numbers: BTreeMap<Use, u32>,
    units: UnitMap<u32>,
}

impl Uses {
    /// Units serve a use from now on. False when there are too many uses.
    #[must_use]
    pub(super) fn add(&mut self, range: SerialRange, use_: Use) -> bool {
        let Ok(next) = u32::try_from(self.numbers.len()) else { return false };
        let number = *self.numbers.entry(use_).or_insert(next);
        self.units.insert(range, number);
        true
    }

    /// Units serve nothing any more.
    pub(super) fn remove(&mut self, range: SerialRange) {
        self.units.remove(range);
    }

    /// Every use that still has units, in order, with them.
    pub(super) fn listed(&self) -> Vec<(&Use, Vec<SerialRange>)> {
        let mut ranges: BTreeMap<u32, Vec<SerialRange>> = BTreeMap::new();
        for (range, number) in self.units.iter() {
            ranges.entry(number).or_default().push(range);
        }
        let with_units = self.numbers.iter();
        let with_units = with_units.filter_map(|(use_, number)| {
            let ranges = ranges.remove(number)?;
            Some((use_, ranges))
        });
        with_units.collect()
    }
}

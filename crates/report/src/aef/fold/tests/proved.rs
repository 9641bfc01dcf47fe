//! Each row's entries exist and suffice: from them alone, and from what specification
//! says that effects mean, a naive reader makes the row's quantity again.

use super::*;
use crate::aef::Provenance;
use jcm_format::entry::Entry;
use std::collections::BTreeSet;

/// The units of an effect's ranges, one by one.
fn each(ranges: impl IntoIterator<Item = SerialRange>) -> BTreeSet<(u32, u64)> {
    let units = ranges.into_iter().flat_map(|range| {
        (range.first()..=range.last()).map(move |unit| (range.block().get(), unit))
    });
    units.collect()
}

/// What the entries named, and no others, say.
struct Named<'a>(Vec<&'a Entry>);

impl<'a> Named<'a> {
    fn by(log: &'a Log, provenance: &Provenance, parts: &[Part]) -> Named<'a> {
        let sources = provenance.sources().iter().filter(|source| parts.contains(&source.part));
        let entries: BTreeSet<u64> = sources.map(|source| source.entry.get()).collect();
        let entry = |index: u64| log.entries.get(index as usize).expect("the entry exists");
        Named(entries.into_iter().map(entry).collect())
    }

    fn effects(&self) -> impl Iterator<Item = &'a Effect> {
        self.0.iter().flat_map(|entry| &entry.event.0)
    }

    /// Units that effects first transfer, set by set.
    fn first_transfers(&self) -> Vec<BTreeSet<(u32, u64)>> {
        self.effects()
            .filter_map(|effect| match effect {
                Effect::FirstTransferred { range, .. } => Some(each([*range])),
                _ => None,
            })
            .collect()
    }

    /// Ranges that applications name, range by range.
    fn applications(&self) -> Vec<SerialRange> {
        let ranges = self.effects().filter_map(|effect| match effect {
            Effect::TransferApplied { terms, .. } => Some(terms.ranges.iter()),
            _ => None,
        });
        ranges.flatten().collect()
    }
}

/// The longest run of units in `set` that holds `unit`.
fn run(set: &BTreeSet<(u32, u64)>, unit: (u32, u64)) -> u64 {
    let (block, number) = unit;
    let below = (1..=number).rev().take_while(|n| set.contains(&(block, *n))).count() as u64;
    let above = (number + 1..).take_while(|n| set.contains(&(block, *n))).count() as u64;
    below + above
}

/// The unit that the row begins with, by its identification number
/// (`JP-<project>-<vintage>-<block>-<unit>`).
fn begins(underlying: Option<&crate::aef::Underlying>) -> (u32, u64) {
    let first = &underlying.expect("units below").first;
    let mut parts = first.rsplit('-');
    let unit = parts.next().and_then(|text| text.parse().ok()).expect("a unit");
    (parts.next().and_then(|text| text.parse().ok()).expect("a block"), unit)
}

/// Makes every quantity of table 3 and 4 again from the row's own entries.
pub(super) fn suffices(log: &Log, report: &AefSubmission) -> usize {
    let mut made = 0;
    for row in report.actions.iter().filter(|row| row.block.is_some()) {
        let first = begins(row.underlying.as_ref());
        let came = Named::by(log, &row.provenance, &[Part::FirstTransfer]).first_transfers();
        let came = came.into_iter().find(|units| units.contains(&first)).expect("a first transfer");
        let quantity = if row.action == ActionType::Acquisition {
            run(&came, first)
        } else {
            let named = Named::by(log, &row.provenance, &[Part::Application]);
            let asked =
                named.applications().into_iter().find(|range| each([*range]).contains(&first));
            let asked = each([asked.expect("an application")]);
            run(&asked.intersection(&came).copied().collect(), first)
        };
        assert_eq!(Some(quantity), row.quantity, "{row:?}");
        let block = Named::by(log, &row.provenance, &[Part::Issuance]);
        let vintage = block.effects().find_map(|effect| match effect {
            Effect::BlockIssued { block, vintage, .. } if block.get() == first.0 => Some(*vintage),
            _ => None,
        });
        assert_eq!(vintage, row.block.map(|block| block.vintage));
        made += 1;
    }
    for row in &report.holdings {
        let first = begins(row.underlying.as_ref());
        let came = Named::by(log, &row.provenance, &[Part::FirstTransfer]).first_transfers();
        let mut left = came.into_iter().find(|units| units.contains(&first)).expect("one");
        let ends = Named::by(log, &row.provenance, &[Part::EndBefore, Part::EndAfter]);
        for unit in each(ends.applications()) {
            left.remove(&unit);
        }
        assert_eq!(run(&left, first), row.quantity, "{row:?}");
        made += 1;
    }
    for row in &report.authorizations {
        let named = Named::by(log, &row.provenance, &[Part::Authorisation]);
        let quantity = named.effects().find_map(|effect| match effect {
            Effect::AuthorisationRecorded { authorisation } => Some(authorisation.quantity_tonnes),
            Effect::AuthorisationChanged(change) => Some(change.terms.quantity_tonnes),
            _ => None,
        });
        assert_eq!(quantity.map(Tonnes::get), row.quantity);
        made += 1;
    }
    made
}

#[test]
fn the_entries_of_a_row_make_its_quantity_again() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-100", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    for units in [&["1:11-20", "1:31-40"][..], &["1:50-50"], &["1:100-100"]] {
        log.on(
            "2025-04-01",
            vec![applied(Purpose::Retirement, Some(UseKind::Ndc), units), AT_ONCE],
        );
    }
    let report = sound(&log, 2025);
    assert_eq!(suffices(&log, &report), 1 + 4 + 4 + 1);
    assert_eq!(
        held(&report),
        [
            "CA0007-JPN01-VNM-1-2023 - 10",
            "CA0007-JPN01-VNM-21-2023 - 30",
            "CA0007-JPN01-VNM-41-2023 - 49",
            "CA0007-JPN01-VNM-51-2023 - 99",
        ]
    );
    // A holding names what took its neighbours, and nothing else.
    let ends = |row: usize| {
        let sources = report.holdings[row].provenance.sources().iter();
        let ends = sources.filter(|source| matches!(source.part, Part::EndBefore | Part::EndAfter));
        ends.map(|source| (source.part, source.entry.get())).collect::<Vec<_>>()
    };
    assert_eq!(ends(2), [(Part::EndBefore, 5), (Part::EndAfter, 6)]);
}

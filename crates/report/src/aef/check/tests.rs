use super::super::nomenclature::{ActionSubtype, ActionType};
use super::super::provenance::Provenance;
use super::super::rows::ItmoBlock;
use super::super::sample::{action, approach, block, holding, party, sample, series};
use super::*;
use crate::testlog::{day, year};
use jcm_format::command::MitigationType;

/// Spoils the sample, and wants `check` to fail in `table` and `row`, which is 0 where
/// none can be named, with `words`,
/// and no check to fail beside those of `also`.
fn fails(
    check: Check,
    spoil: impl FnOnce(&mut AefSubmission),
    (table, row): (Table, usize),
    words: &str,
    also: &[Check],
) {
    let mut submission = sample();
    spoil(&mut submission);
    let checks = submission.check();
    let Some(Outcome::Failed { findings, count }) = checks.outcome(check) else {
        panic!("check {} is not failed: {checks}", check.number());
    };
    assert_eq!(*count, findings.len() as u64);
    let found = findings.iter().find(|found| {
        (found.table, found.row.unwrap_or(0)) == (table, row) && found.wrong.contains(words)
    });
    let found = found.unwrap_or_else(|| panic!("nothing like that about the row: {checks}"));
    assert!(!found.mend.is_empty());
    let others = Check::ALL.iter().filter(|other| **other != check && !also.contains(other));
    for other in others {
        let outcome = checks.outcome(*other);
        assert!(
            matches!(outcome, Some(Outcome::Passed { .. })),
            "{} too: {checks}",
            other.number()
        );
    }
    for other in also {
        assert!(
            matches!(checks.outcome(*other), Some(Outcome::Failed { .. })),
            "{}",
            other.number()
        );
    }
    assert!(!checks.all_passed());
}

#[test]
fn the_sample_passes_and_every_check_looked_at_something() {
    let checks = sample().check();
    assert!(checks.all_passed(), "{checks}");
    for check in Check::ALL {
        let Some(Outcome::Passed { looked_at }) = checks.outcome(*check) else { panic!() };
        assert!(0 < *looked_at, "check {} looked at nothing", check.number());
    }
}

#[test]
fn numbers_are_those_of_the_order() {
    let numbers: Vec<u16> = Check::ALL.iter().map(|check| check.number()).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<u16>>());
}

#[test]
fn required_cells_are_neither_empty_nor_na() {
    fails(
        Check::RequiredCells,
        |s| s.authorizations[0].sectors.clear(),
        (Table::Authorizations, 1),
        "\"Sector(s)\" is empty",
        &[],
    );
    fails(
        Check::RequiredCells,
        |s| s.entities[0].name = " ".to_owned(),
        (Table::AuthorizedEntities, 1),
        "\"Name\"",
        &[],
    );
    // An authorisation has no units, but an acquisition has.
    fails(
        Check::RequiredCells,
        |s| s.actions[1].block = None,
        (Table::Actions, 2),
        "\"First ID\"",
        &[Check::Balance],
    );
    fails(
        Check::RequiredCells,
        |s| s.holdings[1].mitigation = None,
        (Table::Holdings, 2),
        "\"Mitigation type\"",
        &[],
    );
}

#[test]
fn cells_stand_where_they_apply() {
    let (applies, actions) = (Check::Applicability, Table::Actions);
    let heading = "\"Acquiring participating Party ID\" does not apply to Use";
    fails(applies, |s| s.actions[2].acquiring = Some(party("VNM")), (actions, 3), heading, &[]);
    let heading = "\"Transferring participating Party ID\" is missing from Acquisition";
    fails(applies, |s| s.actions[1].transferring = None, (actions, 2), heading, &[]);
    let heading = "\"Calendar year for which";
    fails(applies, |s| s.actions[2].year_of_use = None, (actions, 3), heading, &[]);
    fails(applies, |s| s.actions[3].year_of_use = Some(year(2025)), (actions, 4), heading, &[]);
    let heading = "\"Purpose for which";
    fails(applies, |s| s.actions[2].purpose = Some("IMP".to_owned()), (actions, 3), heading, &[]);
    let heading = "non-GHG metric";
    let metric = || Some("MWh".to_owned());
    fails(applies, |s| s.actions[1].non_ghg_metric = metric(), (actions, 2), heading, &[]);
    fails(applies, |s| s.holdings[0].non_ghg_metric = metric(), (Table::Holdings, 1), heading, &[]);
    let two = (Table::Authorizations, 1);
    fails(applies, |s| s.authorizations[0].non_ghg_metric = metric(), two, heading, &[]);
    let only_ndc = |s: &mut AefSubmission| {
        s.authorizations[0].purposes = crate::aef::PurposeForAuthorization::of(true, false, false);
    };
    fails(applies, only_ndc, two, "\"OIMP authorized by the Party\"", &[]);
    fails(applies, |s| s.authorizations[0].first_transfer = None, two, "is missing", &[]);
}

#[test]
fn subtypes_and_ids_are_as_the_lists_want_them() {
    fails(
        Check::Subtypes,
        |s| s.actions[2].subtype = Some(ActionSubtype::Issuance),
        (Table::Actions, 3),
        "\"Issuance\" does not belong to Use",
        &[],
    );
    fails(
        Check::AuthorizationIds,
        |s| {
            s.authorizations[0].id = "JPN_1".to_owned();
            s.actions.iter_mut().for_each(|row| row.authorization = "JPN_1".to_owned());
            s.holdings.iter_mut().for_each(|row| row.authorization = "JPN_1".to_owned());
        },
        (Table::Authorizations, 1),
        "\"JPN_1\"",
        &[],
    );
}

#[test]
fn rows_name_what_is_in_other_tables() {
    let other = || "JPN-2".to_owned();
    fails(
        Check::ActionAuthorizations,
        |s| s.actions[2].authorization = other(),
        (Table::Actions, 3),
        "\"JPN-2\" is not in Table 2",
        &[],
    );
    fails(
        Check::HoldingAuthorizations,
        |s| s.holdings[0].authorization = other(),
        (Table::Holdings, 1),
        "\"JPN-2\" is not in Table 2",
        &[],
    );
    fails(
        Check::Entities,
        |s| s.actions[3].entity = Some("T-2".to_owned()),
        (Table::Actions, 4),
        "\"T-2\" is not in Table 5",
        &[],
    );
    fails(
        Check::UniqueRows,
        |s| s.entities.push(s.entities[0].clone()),
        (Table::AuthorizedEntities, 2),
        "\"T-1\" is there twice",
        &[],
    );
    fails(
        Check::UniqueRows,
        |s| s.authorizations.push(s.authorizations[0].clone()),
        (Table::Authorizations, 2),
        "version 1, is there twice",
        &[],
    );
}

#[test]
fn rows_stem_from_entries_that_were_read() {
    fails(
        Check::Provenance,
        |s| s.actions[2].provenance = Provenance::default(),
        (Table::Actions, 3),
        "no entry",
        &[],
    );
    fails(Check::Provenance, |s| s.entries = 7, (Table::Actions, 1), "entry 7 was not read", &[]);
}

#[test]
fn blocks_are_in_order_and_as_long_as_they_say() {
    let turned = |s: &mut AefSubmission| {
        s.actions.push(action(ActionType::Use, Some(block(9, 1)), "2025-05-05"));
    };
    // A block the wrong way round has no quantity, which is then missing.
    let also = [Check::RequiredCells];
    fails(Check::FirstAndLast, turned, (Table::Actions, 5), "from 9 to 1", &also);
    let one_less = |s: &mut AefSubmission| s.holdings[0].quantity = 49;
    let words = "49 t for units 51 to 100";
    fails(Check::Quantities, one_less, (Table::Holdings, 1), words, &[]);
    let none = |s: &mut AefSubmission| s.actions[1].quantity = None;
    let also = [Check::RequiredCells];
    fails(Check::Quantities, none, (Table::Actions, 2), "no quantity", &also);
}

#[test]
fn units_are_held_once_and_not_after_use() {
    let twice = |s: &mut AefSubmission| s.holdings.push(holding(block(60, 70)));
    let words = "units 60 to 70 of CA0007-JPN01-VNM stand in row 1 as well";
    fails(Check::HoldingsApart, twice, (Table::Holdings, 3), words, &[]);
    let used = |s: &mut AefSubmission| s.holdings[0] = holding(block(31, 100));
    let words = "units 31 to 40 of CA0007-JPN01-VNM are held, and row 3 of Table 3 is their Use";
    fails(Check::ConsumedNotHeld, used, (Table::Holdings, 1), words, &[]);
}

#[test]
fn units_come_and_go_once() {
    let again = |s: &mut AefSubmission| {
        s.actions.push(action(
            ActionType::VoluntaryCancellation,
            Some(block(30, 35)),
            "2025-07-01",
        ));
    };
    let words = "units 30 to 35 of CA0007-JPN01-VNM are used or cancelled in row 3 as well";
    fails(Check::ConsumedOnce, again, (Table::Actions, 5), words, &[]);
    let again = |s: &mut AefSubmission| {
        s.actions.push(action(ActionType::Acquisition, Some(block(90, 100)), "2025-07-01"));
    };
    fails(Check::ConsumedOnce, again, (Table::Actions, 5), "acquired in row 2 as well", &[]);
    let of_before = |s: &mut AefSubmission| {
        let block = ItmoBlock { series: series(), vintage: year(2022), first: 101, last: 105 };
        let mut row = action(ActionType::Acquisition, Some(block), "2025-07-01");
        row.underlying = None;
        s.actions.push(row);
    };
    let words = "acquired in the year before as well";
    fails(Check::ConsumedOnce, of_before, (Table::Actions, 5), words, &[]);
}

#[test]
fn a_unit_is_the_same_in_all_rows() {
    let check = Check::SameAttributes;
    let other_vintage = |s: &mut AefSubmission| {
        s.actions[2].block.as_mut().expect("units").vintage = year(2024);
    };
    let words = "another vintage in Table 3 Actions, row 2";
    fails(check, other_vintage, (Table::Actions, 3), words, &[]);
    let removals =
        |s: &mut AefSubmission| s.holdings[0].mitigation = Some(MitigationType::Removals);
    let words = "units 51 to 100 of CA0007-JPN01-VNM have another mitigation type";
    fails(check, removals, (Table::Holdings, 1), words, &[]);
    let non_ghg = |s: &mut AefSubmission| s.holdings[0].metric = crate::aef::Metric::NonGhg;
    fails(check, non_ghg, (Table::Holdings, 1), "another metric", &[]);
    // The same unit of the registry below, under another approach or of another Party.
    let other = |s: &mut AefSubmission| {
        s.actions[2].block.as_mut().expect("units").series.approach = approach(8);
    };
    let words = "unit JP-VN001-2023-1-1 has another cooperative approach";
    fails(check, other, (Table::Actions, 3), words, &[Check::Balance]);
    let other = |s: &mut AefSubmission| {
        s.actions[2].block.as_mut().expect("units").series.party = party("THA");
    };
    let words = "unit JP-VN001-2023-1-1 has another first transferring Party";
    fails(check, other, (Table::Actions, 3), words, &[Check::Balance]);
}

#[test]
fn what_comes_and_does_not_go_is_held() {
    let check = Check::Balance;
    let lost = |s: &mut AefSubmission| s.holdings[0] = holding(block(52, 100));
    let words = "units 51 to 51 of CA0007-JPN01-VNM are there, and neither used";
    fails(check, lost, (Table::Actions, 2), words, &[]);
    let never = |s: &mut AefSubmission| s.holdings.push(holding(block(500, 500)));
    fails(check, never, (Table::Holdings, 3), "are held, and were never acquired", &[]);
    let never = |s: &mut AefSubmission| {
        s.actions.push(action(ActionType::Use, Some(block(500, 501)), "2025-05-05"));
    };
    fails(check, never, (Table::Actions, 5), "used or cancelled, and were never acquired", &[]);
    let lost_of_before = |s: &mut AefSubmission| {
        s.holdings.pop();
    };
    fails(check, lost_of_before, (Table::Holdings, 0), "units 101 to 120", &[]);
    let mut submission = sample();
    lost_of_before(&mut submission);
    let words = submission.check().to_string();
    assert!(words.contains("  Table 4 Holdings: units 101 to 120"), "{words}");
}

#[test]
fn years_and_vintages_are_those_of_the_report() {
    let early = |s: &mut AefSubmission| s.submission.date = day("2025-12-31");
    fails(Check::Years, early, (Table::Submission, 1), "before 2025 is over", &[]);
    let turned = |s: &mut AefSubmission| s.submission.period_last = year(2020);
    fails(Check::Years, turned, (Table::Submission, 1), "NDC period", &[]);
    let other = |s: &mut AefSubmission| s.actions[1].at = crate::testlog::start("2026-01-01");
    fails(Check::Years, other, (Table::Actions, 2), "of 2026", &[]);
    let old = |s: &mut AefSubmission| s.holdings[1].block.vintage = year(2020);
    fails(Check::Vintages, old, (Table::Holdings, 2), "vintage 2020 lies before 2021", &[]);
    let coming = |s: &mut AefSubmission| s.holdings[1].block.vintage = year(2026);
    fails(Check::Vintages, coming, (Table::Holdings, 2), "2026 lies after", &[]);
}

#[test]
fn no_more_is_first_transferred_than_authorised() {
    let less = |s: &mut AefSubmission| s.authorizations[0].quantity = Some(119);
    let words = "120 t were first transferred, and 119 t are authorised";
    fails(Check::AuthorizedQuantities, less, (Table::Authorizations, 1), words, &[]);
    // The last version counts.
    let mut submission = sample();
    submission.authorizations[0].quantity = Some(1);
    let mut second = submission.authorizations[0].clone();
    (second.version, second.quantity) = (2, Some(120));
    submission.authorizations.push(second);
    let checks = submission.check();
    assert!(checks.all_passed(), "{checks}");
}

#[test]
fn a_check_without_its_data_is_not_passed() {
    let mut submission = sample();
    submission.opening = None;
    submission.holdings.pop();
    submission.first_transferred = None;
    let checks = submission.check();
    for check in [Check::Balance, Check::AuthorizedQuantities] {
        assert!(matches!(checks.outcome(check), Some(Outcome::Undecided { .. })), "{checks}");
    }
    assert!(!checks.all_passed());
    assert!(checks.to_string().contains("check 17"), "{checks}");
    // What is wrong without doubt is still found.
    submission.holdings.clear();
    assert!(matches!(submission.check().outcome(Check::Balance), Some(Outcome::Failed { .. })));
}

#[test]
fn a_report_says_what_to_mend_and_does_not_grow_without_end() {
    let mut submission = sample();
    let row = action(ActionType::Use, Some(block(500, 500)), "2025-05-05");
    submission.actions.extend((0..300).map(|n| {
        let mut row = row.clone();
        row.authorization = format!("X-{n}");
        row
    }));
    let checks = submission.check();
    let Some(Outcome::Failed { findings, count }) = checks.outcome(Check::ActionAuthorizations)
    else {
        panic!()
    };
    assert_eq!((findings.len(), *count), (FINDINGS_MAX, 300));
    let words = checks.to_string();
    assert!(words.contains("and 200 more"), "{words}");
    assert!(words.contains("check 6 (the authorization of every action is in Table 2)"), "{words}");
    assert!(words.contains("Table 3 Actions, row 5: authorization \"X-0\""), "{words}");
    assert!(words.contains("see that the authorisation was recorded"), "{words}");
}

#[test]
fn what_the_platform_fills_cannot_be_filled() {
    // The rows have no field for it, so no submission fails; the check looks all the same.
    let Some(Outcome::Passed { looked_at }) =
        sample().check().outcome(Check::PlatformCells).cloned()
    else {
        panic!()
    };
    let rows = (3, 1, 4);
    assert_eq!(looked_at, rows.0 + rows.1 + rows.2);
}

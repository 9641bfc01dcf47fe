use super::*;
use crate::testlog::{Log, day, digest, text, year};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Article6, Basis, Confirmation, Decision, ItmoRendering};
use jcm_format::event::{CreditClass, Effect};
use jcm_format::id::{BlockNumber, EntryIndex, ProjectRef};
use jcm_format::itmo::ItmoRegistry;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use std::collections::BTreeMap;

fn country(code: &str) -> Country {
    Country::new(code).expect("a country")
}

fn adopted() -> Effect {
    Effect::Article6Adopted(Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Integer,
    })
}

/// A block of a project, all first transferred.
fn first_transferred(project: &str, block: u32, vintage: u16, tonnes: u64) -> Vec<Effect> {
    let quantity = Tonnes::new(tonnes);
    let name = |text: &str| Name::new(text).expect("a name");
    let decision = Decision {
        reference: name("JC-1"),
        date: day("2022-04-01"),
        period_start: day("2021-01-01"),
        period_end: day("2021-12-31"),
        notified_total_tonnes: quantity,
        notified_japan_tonnes: quantity,
    };
    let number = BlockNumber::new(block).expect("from 1");
    vec![
        Effect::IssuanceRecorded {
            project: ProjectRef::new(project).expect("a project"),
            decision,
            basis: Basis::Consent(EntryIndex::new(1)),
            verifier: text("verifier"),
            verification_report: digest(2),
            quantity_tonnes: quantity,
        },
        Effect::BlockIssued {
            block: number,
            vintage: year(vintage),
            issued_on: day("2022-04-01"),
            class: CreditClass::A,
            allocations: Vec::new(),
        },
        Effect::FirstTransferred {
            range: SerialRange::new(number, 1, tonnes).expect("a range"),
            japan: EntryIndex::new(1),
            partner: EntryIndex::new(2),
        },
    ]
}

fn booked(partner: &str, vintage: u16, tonnes: u64) -> Effect {
    Effect::AdjustmentBooked {
        partner: country(partner),
        vintage: year(vintage),
        quantity_tonnes: Tonnes::new(tonnes),
        japan_authorisation: EntryIndex::new(1),
        partner_authorisation: EntryIndex::new(2),
    }
}

fn confirmed(partner: &str, of: u16, vintage: u16, tonnes: u64) -> Effect {
    Effect::AdjustmentConfirmed(Confirmation {
        partner: country(partner),
        year: year(of),
        vintage: year(vintage),
        quantity_tonnes: Tonnes::new(tonnes),
        date: day("2027-01-01"),
        document: digest(1),
    })
}

fn report(log: &Log, of: u16) -> AdjustmentReport {
    let mut fold = AdjustmentFold::new(year(of));
    for entry in &log.entries {
        fold.apply(entry).expect("in order");
    }
    fold.finish().expect("sums that fit")
}

/// Thailand and Viet Nam over some years.
fn sample() -> Log {
    let mut log = Log::genesis("2024-01-10");
    log.on("2024-02-01", vec![adopted()]);
    log.on("2024-03-01", first_transferred("TH001", 1, 2022, 1_000));
    log.on("2024-03-02", first_transferred("VN001", 2, 2023, 500));
    log.on("2024-06-01", vec![booked("TH", 2022, 100), booked("VN", 2023, 7)]);
    log.on("2026-06-01", vec![booked("TH", 2022, 200)]);
    log.on("2026-07-01", first_transferred("TH001", 3, 2025, 40));
    log.on("2026-08-01", vec![booked("TH", 2025, 10)]);
    log
}

#[test]
fn sums_are_those_until_the_end_of_the_year() {
    let log = sample();
    let of_2024 = report(&log, 2024);
    let [thailand, viet_nam] = of_2024.partners.as_slice() else { panic!("{of_2024:?}") };
    assert_eq!((thailand.party.to_string(), thailand.used_tonnes), ("THA".to_owned(), 100));
    assert_eq!((viet_nam.first_transferred_tonnes, viet_nam.used_tonnes), (500, 7));
    assert_eq!(of_2024.used_tonnes, 107);
    // What the year says does not change with what comes later.
    let mut early = log.clone();
    early.entries.truncate(5);
    assert_eq!(report(&early, 2024), of_2024);
    let of_2026 = report(&log, 2026);
    let thailand = &of_2026.partners[0];
    assert_eq!(
        thailand.vintages,
        [
            OfVintage { vintage: year(2022), first_transferred_tonnes: 1_000, used_tonnes: 300 },
            OfVintage { vintage: year(2025), first_transferred_tonnes: 40, used_tonnes: 10 },
        ]
    );
    assert_eq!(
        thailand.years,
        [
            OfYear { year: year(2024), used_tonnes: 100, cumulative_tonnes: 100 },
            OfYear { year: year(2026), used_tonnes: 210, cumulative_tonnes: 310 },
        ]
    );
}

/// Rule and quotient of each average.
fn shown(averages: &[LabelledAverage]) -> Vec<(Rule, String)> {
    averages.iter().map(|of| (of.rule, of.average.to_string())).collect()
}

#[test]
fn both_averages_are_given_and_labelled() {
    let report = report(&sample(), 2026);
    // Six years have elapsed: 2021 to 2026.
    assert_eq!(
        shown(&report.partners[0].averages),
        [
            (Rule::JapanTenth, "31".to_owned()),
            (Rule::UsedByElapsedYears, "51 2/3".to_owned()),
            (Rule::FirstTransferredByElapsedYears, "173 1/3".to_owned()),
        ]
    );
    assert_eq!(
        shown(&report.japan),
        [(Rule::JapanTenth, "31.7".to_owned()), (Rule::UsedByElapsedYears, "52 5/6".to_owned())]
    );
    assert!(Rule::JapanTenth.says().contains("as Japan publishes it"));
    assert!(Rule::UsedByElapsedYears.says().contains("2/CMA.3"));
}

#[test]
fn in_the_last_year_of_the_period_both_rules_agree() {
    for (of, expected) in [(2030, "31.7"), (2035, "31.7")] {
        let report = report(&sample(), of);
        let quotients: Vec<String> = report.japan.iter().map(|of| of.average.to_string()).collect();
        assert_eq!(quotients, [expected, expected]);
    }
}

#[test]
fn vintages_outside_the_period_are_shown_and_not_averaged() {
    let mut log = sample();
    log.on("2032-01-01", vec![booked("TH", 2031, 1_000)]);
    let report = report(&log, 2032);
    assert_eq!(report.used_tonnes, 317);
    let thailand = &report.partners[0];
    assert_eq!(thailand.used_tonnes, 310);
    assert_eq!(thailand.vintages.last().map(|of| of.used_tonnes), Some(1_000));
}

#[test]
fn what_a_partner_has_still_to_confirm_is_listed() {
    let mut log = sample();
    log.on("2027-01-01", vec![confirmed("TH", 2024, 2022, 100)]);
    let mistake = log.on("2027-01-02", vec![confirmed("TH", 2026, 2022, 150)]);
    let open = |report: &AdjustmentReport, partner: usize| -> Vec<(u16, u16, u64)> {
        let open = report.partners[partner].open();
        open.map(|of| (of.year.get(), of.vintage.get(), of.open_tonnes)).collect()
    };
    let before = report(&log, 2027);
    assert_eq!(open(&before, 0), [(2026, 2022, 50), (2026, 2025, 10)]);
    assert_eq!(open(&before, 1), [(2024, 2023, 7)]);
    log.on("2027-01-03", vec![Effect::ConfirmationWithdrawn { confirmation: mistake }]);
    let after = report(&log, 2027);
    assert_eq!(open(&after, 0), [(2026, 2022, 200), (2026, 2025, 10)]);
    // At the end of the year before nothing was confirmed.
    assert_eq!(open(&report(&log, 2026), 0).len(), 3);
}

fn figures(
    emissions: &[(u16, u64)],
    trajectory: &[(u16, u64)],
    use_: &[(u16, u64)],
) -> PartyFigures {
    let map = |of: &[(u16, u64)]| of.iter().map(|(of, tonnes)| (year(*of), *tonnes)).collect();
    PartyFigures {
        emissions: map(emissions),
        trajectory: map(trajectory),
        other_use: map(use_),
        other_first_transfers: BTreeMap::new(),
    }
}

#[test]
fn japan_subtracts_what_it_uses_in_the_year_of_use() {
    let report = report(&sample(), 2026);
    let rows =
        report.japan_balance(&figures(&[(2024, 10_000), (2025, 9_000)], &[(2024, 9_900)], &[]));
    let of = |number: u16| rows.iter().find(|row| row.year == year(number)).expect("the year");
    assert_eq!(rows.len(), 6);
    assert_eq!((of(2024).used_tonnes, of(2024).first_transferred_tonnes), (Some(107), 0));
    assert_eq!(of(2024).balance_tonnes, Some(9_893));
    assert_eq!(of(2024).above_trajectory_tonnes, Some(-7));
    assert_eq!((of(2025).used_tonnes, of(2025).balance_tonnes), (Some(0), Some(9_000)));
    // Without emissions there is an adjustment, but no balance.
    assert_eq!((of(2026).used_tonnes, of(2026).balance_tonnes), (Some(210), None));
    assert_eq!(of(2026).cumulative_adjustment_tonnes, Some(-317));
    let csv = crate::testlog::cells(&party_years_csv(&rows).expect("a file"));
    assert_eq!(csv[4], ["2024", "10000", "0", "107", "9893", "-107", "9900", "-7"]);
    assert_eq!(csv[6], ["2026", "NA", "0", "210", "NA", "-317", "NA", "NA"]);
    assert_eq!(of(2025).above_trajectory_tonnes, None);
}

#[test]
fn a_partner_adds_what_it_first_transfers_in_the_year_of_mitigation() {
    let report = report(&sample(), 2026);
    let thailand = country("TH");
    let said =
        figures(&[(2022, 50_000), (2025, 50_000)], &[(2022, 51_000)], &[(2021, 0), (2022, 5)]);
    let rows = report.partner_balance(thailand, &said).expect("a partner");
    let of = |number: u16| rows.iter().find(|row| row.year == year(number)).expect("the year");
    // All 1,000 units of the vintage, though Japan has used 300 of them.
    assert_eq!(of(2022).first_transferred_tonnes, 1_000);
    assert_eq!(of(2022).balance_tonnes, Some(50_995));
    assert_eq!(of(2022).above_trajectory_tonnes, Some(-5));
    assert_eq!(of(2022).cumulative_adjustment_tonnes, Some(995));
    // Its own use in 2025 is not known, so nothing is made up.
    assert_eq!((of(2025).first_transferred_tonnes, of(2025).used_tonnes), (40, None));
    assert_eq!((of(2025).balance_tonnes, of(2025).cumulative_adjustment_tonnes), (None, None));
    let nobody = report.partner_balance(country("KE"), &said);
    assert_eq!(nobody, Err(BalanceError::NoSuchPartner(country("KE"))));
}

#[test]
fn both_sides_adjust_by_the_same_when_all_is_used() {
    let mut log = Log::genesis("2024-01-10");
    log.on("2024-02-01", vec![adopted()]);
    log.on("2024-03-01", first_transferred("TH001", 1, 2022, 1_000));
    log.on("2024-06-01", vec![booked("TH", 2022, 1_000)]);
    let report = report(&log, 2030);
    let japan = report.japan_balance(&PartyFigures::default());
    let none: Vec<(u16, u64)> = (2021..=2030).map(|year| (year, 0)).collect();
    let partner = report.partner_balance(country("TH"), &figures(&[], &[], &none)).expect("one");
    let last = |rows: &[PartyYear]| rows.last().and_then(|row| row.cumulative_adjustment_tonnes);
    assert_eq!((last(&japan), last(&partner)), (Some(-1_000), Some(1_000)));
}

#[test]
fn files_say_what_the_report_says() {
    let report = report(&sample(), 2026);
    let files = report.to_csv().expect("files");
    let cells = |name: &str| {
        let file = files.iter().find(|(file, _)| *file == name).expect("the file");
        crate::testlog::cells(&file.1)
    };
    let averages = cells("averages.csv");
    assert_eq!(averages[0], ["Partner", "Rule", "Sum (t)", "Years", "Average (t per year)"]);
    assert_eq!(averages[2][..1], ["THA"]);
    assert_eq!(averages[2][2..], ["310", "6", "51 2/3"]);
    assert_eq!(
        averages.last().map(|row| row[2..].to_vec()),
        Some(vec!["317".to_owned(), "6".to_owned(), "52 5/6".to_owned()])
    );
    assert_eq!(cells("by-vintage.csv")[1], ["THA", "2022", "1000", "300"]);
    assert_eq!(cells("by-year.csv")[2], ["THA", "2026", "210", "310"]);
    assert_eq!(cells("confirmations.csv")[1], ["THA", "2024", "2022", "100", "0", "100"]);
    let json: serde_json::Value =
        serde_json::from_str(&report.to_json().expect("a document")).expect("JSON");
    assert_eq!(json["partners"][0]["averages"][1]["average"], "51 2/3");
    assert_eq!(json["partners"][0]["averages"][1]["rule"], "used_by_elapsed_years");
    let bytes = report.to_xlsx(day("2027-04-15")).expect("a workbook");
    use calamine::Reader;
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes)).expect("a workbook");
    for (sheet, file) in [
        ("Averages", "averages.csv"),
        ("By vintage", "by-vintage.csv"),
        ("By year of use", "by-year.csv"),
        ("Confirmations", "confirmations.csv"),
    ] {
        let range = book.worksheet_range(sheet).expect("the sheet");
        let rows: Vec<Vec<String>> =
            range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(rows, cells(file));
    }
}

#[test]
fn entries_out_of_order_are_refused() {
    let log = sample();
    let mut fold = AdjustmentFold::new(year(2026));
    assert!(fold.apply(&log.entries[1]).is_err());
    let mut fold = AdjustmentFold::new(year(2026));
    fold.apply(&log.entries[0]).expect("the first");
    assert!(fold.apply(&log.entries[2]).is_err());
    assert!(fold.apply(&log.entries[0]).is_err());
    // Nothing was taken in, so that the right one still fits.
    fold.apply(&log.entries[1]).expect("the next");
    // A first transfer of units that no entry issued.
    let mut log = Log::genesis("2024-01-10");
    let mut effects = first_transferred("TH001", 1, 2022, 1_000);
    log.on("2024-03-01", effects.split_off(2));
    let mut fold = AdjustmentFold::new(year(2026));
    fold.apply(&log.entries[0]).expect("the first");
    assert!(fold.apply(&log.entries[1]).is_err());
}

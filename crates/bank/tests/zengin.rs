//! The fixed-width statements.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use common::*;
use jcm_bank::{CREDIT_LINES_MAX, Expected, FILE_BYTES_MAX, Format, Options, Problem, read};
use jcm_format::amount::Yen;
use jcm_format::hash::Digest;

const REFERENCE: &str = "J0000004172";

fn three() -> Vec<In> {
    vec![
        transfer(14_400, "ｶ)ﾆﾎﾝﾊﾂﾃﾞﾝ", REFERENCE, 1),
        transfer(2_500, "J0000004269ﾐﾄﾞﾘｼﾖｳｼﾞ(ｶ", "", 2),
        transfer(1_200, "ﾕ)ﾔﾏ", "J0000004172J0000004269", 3),
    ]
}

/// The faults of the three transfers after `change` to the records.
fn after(change: impl FnOnce(&mut Vec<Record>)) -> Vec<(Option<u32>, Problem)> {
    let mut records = transfers(&three());
    change(&mut records);
    faults(read(&joined(&records, "\r\n"), options()))
}

/// The same with the value of one field of the second of three transfers.
fn after_put(position: usize, text: &str) -> Vec<(Option<u32>, Problem)> {
    after(|records| put(&mut records[2], position, text))
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn a_notice_of_transfers_is_read() {
    let mut lines = three();
    lines[1].date = "081121";
    // The memo has twenty positions, one reference and the start of another.
    lines[2].memo = text("J0000004172J00000042");
    let mut records = transfers(&lines);
    put(&mut records[1], 14, "081119");
    let bytes = joined(&records, "\r\n");
    let statement = read(&bytes, options()).expect("good");
    assert_eq!(statement.format, Format::ZenginTransfers);
    assert_ne!(statement.digest, Digest::of(&[&bytes]), "the file has names");
    assert_eq!((statement.skipped_debits, statement.skipped_other_credits), (0, 0));
    let [first, second, third] = statement.lines.as_slice() else { panic!("three lines") };
    assert_eq!((first.line, first.value_date), (2, date("2026-11-19")));
    assert_eq!(first.amount, Yen::new(14_400));
    assert_eq!((first.payer.as_str(), first.memo.as_str()), ("カ)ニホンハツデン", REFERENCE));
    assert_eq!(first.bank_number, "000001");
    assert_eq!(first.reference, REFERENCE.parse().ok());
    assert_eq!((second.line, second.value_date), (3, date("2026-11-21")));
    assert_eq!(second.reference, "J0000004269".parse().ok());
    // What is cut off is no reference.
    assert_eq!((third.reference, third.several_references), (REFERENCE.parse().ok(), false));
}

#[test]
fn several_references_are_none_and_said() {
    let lines = [transfer(16_900, "J0000004172 J0000004269 ｶ)ﾆﾎﾝ", "", 1)];
    let statement = read(&joined(&transfers(&lines), ""), options()).expect("good");
    let line = &statement.lines[0];
    assert_eq!((line.reference, line.several_references), (None, true));
    assert_eq!(line.references().len(), 2);
}

#[test]
fn records_may_stand_with_any_line_ends_or_none() {
    let records = transfers(&three());
    let plain = read(&joined(&records, ""), options()).expect("good").lines;
    let mut mixed = Vec::new();
    for (record, line_end) in records.iter().zip(["\r\n", "\n", "\r", "", "\n\n"].iter().cycle()) {
        mixed.extend_from_slice(record);
        mixed.extend_from_slice(line_end.as_bytes());
    }
    let filled = [joined(&records, "\r\n"), b"\x1a\x1a\x1a".to_vec()].concat();
    for bytes in [joined(&records, "\n"), joined(&records, "\r\n"), mixed, filled] {
        assert_eq!(read(&bytes, options()).expect("good").lines, plain);
    }
}

#[test]
fn a_statement_without_payment_is_good() {
    let statement = read(&joined(&transfers(&[]), "\r\n"), options()).expect("good");
    assert!(statement.lines.is_empty());
}

#[test]
fn of_everything_that_moved_only_transfers_that_came_in_are_payments() {
    let line = |yen, number| transfer(yen, "ｶ)ﾆﾎﾝ", REFERENCE, number);
    let nameless = transfer(5, "", "", 9);
    let records = [
        header_03(),
        data_03(&line(14_400, 1), 1, "11"),
        data_03(&line(330, 2), 2, "14"),
        data_03(&line(700, 3), 1, "10"),
        data_03(&line(800, 4), 1, "  "),
        data_03(&nameless, 1, "  "),
        data_03(&line(900, 6), 2, "11"),
        trailer_03((4, 15_905), (2, 1_230)),
        end(),
    ];
    let statement = read(&joined(&records, "\r\n"), options()).expect("good");
    assert_eq!(statement.format, Format::ZenginTransactions);
    let amounts: Vec<_> = statement.lines.iter().map(|line| line.amount.get()).collect();
    assert_eq!(amounts, [14_400, 800]);
    assert_eq!((statement.skipped_debits, statement.skipped_other_credits), (2, 2));
    assert_eq!(statement.lines[0].memo, "J0000004172 フリコミ");
    assert_eq!(statement.lines[0].bank_number, "00000001");
}

#[test]
fn a_file_may_have_several_headers_of_one_account_only() {
    let mut records = transfers(&three());
    records.pop();
    let mut more = transfers(&three());
    let same = read(&joined(&[records.clone(), more.clone()].concat(), ""), options());
    let same = same.expect("good");
    assert_eq!((same.lines.len(), same.lines[3].line), (6, 7));
    assert_ne!(same.lines[0].key, same.lines[3].key);
    put(&mut more[0], 61, "0012346");
    records.extend(more);
    let found = faults(read(&joined(&records, ""), options()));
    assert_eq!(found, [(Some(6), Problem::OtherAccount)]);
}

#[test]
fn the_label_and_not_the_header_says_which_account_it_is() {
    let keys = |account: &str, label: &str| -> Vec<[u8; 12]> {
        let mut records = transfers(&three());
        put(&mut records[0], 61, account);
        let options = Options { account_label: text(label), ..options() };
        let statement = read(&joined(&records, ""), options).expect("good");
        statement.lines.iter().map(|line| line.key).collect()
    };
    let main = keys("0012345", "main");
    assert_eq!(keys("0012346", "main"), main);
    assert!(keys("0012345", "second").iter().all(|key| !main.contains(key)));
}

#[test]
fn a_payment_has_one_key_in_every_format() {
    let mut lines = three();
    // 03 has room for twenty bytes.
    lines[2].memo = text(REFERENCE);
    let mut transactions = vec![header_03()];
    transactions.extend(lines.iter().map(|line| data_03(line, 1, "11")));
    transactions.extend([trailer_03((3, 18_100), (0, 0)), end()]);
    let table: String = lines.iter().map(|l| format!("2026-11-20,{},\"{}\"\n", l.yen, 1)).collect();
    let table = format!("勘定日,入金額,振込人名\n{table}");
    let of = |bytes: &[u8]| {
        let statement = read(bytes, options()).expect("good");
        let keys: Vec<_> = statement.lines.iter().map(|line| line.key).collect();
        (keys, statement.digest)
    };
    let one = of(&joined(&transfers(&lines), ""));
    assert_eq!(of(&joined(&transactions, "")), one);
    assert_eq!(of(table.as_bytes()), one);
}

#[test]
fn a_payment_of_today_is_refused_as_the_day_is_not_over() {
    let mut lines = three();
    lines[1].date = "081123";
    let mut records = transfers(&lines);
    put(&mut records[0], 17, "081123");
    let not_over = Problem::DayNotOver { date: date("2026-11-23") };
    let found = faults(read(&joined(&records, ""), options()));
    assert_eq!(found, [(Some(3), not_over)]);
}

#[test]
fn amounts_of_twelve_digits_are_read() {
    let wide = |yen: &str| {
        let mut record = data_01(&transfer(0, "ｶ)ﾆﾎﾝ", "", 1));
        put(&mut record, 129, yen);
        put(&mut record, 141, "000000000000");
        put(&mut record, 153, REFERENCE);
        record
    };
    let records = [header_01(), wide("012345678901"), trailer_01(1, 12_345_678_901), end()];
    let statement = read(&joined(&records, ""), options()).expect("good");
    assert_eq!(statement.lines[0].amount, Yen::new(12_345_678_901));
    assert_eq!(statement.lines[0].memo, REFERENCE);
    // Both amounts in one record.
    let mut both = records.to_vec();
    put(&mut both[1], 20, "0000014400");
    assert_eq!(faults(read(&joined(&both, ""), options())), [(Some(2), Problem::TwoAmounts)]);
}

#[test]
fn one_bad_line_in_a_thousand_is_named_and_nothing_else_is_returned() {
    let lines: Vec<In> = (1..=1_000).map(|n| transfer(1_200, "ｶ)ﾆﾎﾝ", "", n)).collect();
    let good = transfers(&lines);
    assert_eq!(read(&joined(&good, "\r\n"), options()).expect("good").lines.len(), 1_000);
    let mut bad = good.clone();
    put(&mut bad[567], 20, "00000012A0");
    for line_end in ["\r\n", "\n", ""] {
        let found = faults(read(&joined(&bad, line_end), options()));
        assert_eq!(found, [(Some(568), Problem::NotANumber { text: text("00000012A0") })]);
    }
    let mut short = good.clone();
    short[567].truncate(199);
    let found = faults(read(&joined(&short, "\r\n"), options()));
    assert_eq!(found, [(Some(568), Problem::RecordLength { bytes: 199 })]);
}

#[test]
fn every_bad_line_is_named_at_most_a_hundred_shown() {
    let lines: Vec<In> = (1..=300).map(|n| transfer(1_200, "ｶ)ﾆﾎﾝ", "", n)).collect();
    let mut records = transfers(&lines);
    for record in &mut records[1..=250] {
        put(record, 8, "080230");
    }
    let errors = read(&joined(&records, "\n"), options()).expect_err("refused");
    assert_eq!((errors.total, errors.shown.len()), (250, 100));
    assert_eq!(errors.shown[99].line, Some(101));
    assert!(errors.to_string().ends_with("\nand 150 more"), "{errors}");
    assert!(errors.japanese().ends_with("\nほか150件"));
}

#[test]
fn a_record_of_another_length_is_named() {
    let length = |bytes| Problem::RecordLength { bytes };
    assert_eq!(after(|r| r[2].truncate(150)), [(Some(3), length(150))]);
    assert_eq!(after(|r| r[2].push(b' ')), [(Some(3), length(201))]);
    assert_eq!(after(|r| r[0].truncate(199)), [(Some(1), length(199))]);
    assert_eq!(after(|r| r[4].truncate(10)), [(Some(5), length(10))]);
    assert_eq!(after(|r| r[5].truncate(1)), [(Some(6), length(1))]);
    // Kana saved as UTF-8 by an editor: three bytes each.
    let records = transfers(&three());
    let (utf8, _, _) = encoding_rs::SHIFT_JIS.decode(&records[1]);
    let utf8 = utf8.into_owned().into_bytes();
    assert!(matches!(after(|r| r[1] = utf8)[..], [(Some(2), Problem::RecordLength { .. })]));
}

#[test]
fn a_file_cut_off_without_line_ends_is_refused() {
    let bytes = joined(&transfers(&three()), "");
    for length in 1..bytes.len() {
        let cut = &bytes[..length];
        let found = faults(common::read_as(cut, Format::ZenginTransfers));
        assert!(!found.is_empty(), "{length}");
    }
    // Between two records only the missing end shows.
    let found = faults(read(&bytes[..600], options()));
    let expected = Expected::DataOrTrailer;
    assert_eq!(found, [(None, Problem::EndsEarly { expected })]);
}

#[test]
fn a_record_out_of_its_place_is_named_once() {
    let out = |found: &str, expected| Problem::UnexpectedRecord { found: text(found), expected };
    assert_eq!(after(|r| drop(r.remove(0))), [(Some(1), out("2", Expected::Header))]);
    assert_eq!(after(|r| r.insert(1, header_01())), [(Some(2), out("1", Expected::DataOrTrailer))]);
    assert_eq!(after(|r| drop(r.remove(4))), [(Some(5), out("9", Expected::DataOrTrailer))]);
    assert_eq!(after(|r| r.push(end())), [(Some(7), out("9", Expected::Nothing))]);
    assert_eq!(
        after(|r| r.insert(5, data_01(&three()[0]))),
        [(Some(6), out("2", Expected::HeaderOrEnd)), (Some(7), out("9", Expected::DataOrTrailer)),]
    );
    assert_eq!(after(|r| put(&mut r[2], 1, "5")), [(Some(3), out("5", Expected::DataOrTrailer))]);
    assert_eq!(
        after(|r| drop(r.pop())),
        [(None, Problem::EndsEarly { expected: Expected::HeaderOrEnd })]
    );
}

#[test]
fn a_trailer_that_differs_is_named() {
    let differs = |said, found| Problem::TrailerDiffers { said, found };
    assert_eq!(after(|r| put(&mut r[4], 2, "000002")), [(Some(5), differs(2, 3))]);
    assert_eq!(after(|r| put(&mut r[4], 8, "000000018101")), [(Some(5), differs(18_101, 18_100))]);
    assert_eq!(after(|r| put(&mut r[4], 20, "000001")), [(Some(5), differs(1, 0))]);
    assert_eq!(after(|r| put(&mut r[4], 26, "000000014400")), [(Some(5), differs(14_400, 0))]);
    // A bank that keeps no cancellations leaves their fields empty.
    let mut records = transfers(&three());
    put(&mut records[4], 20, &" ".repeat(18));
    assert!(read(&joined(&records, ""), options()).is_ok());
    assert_eq!(after(|r| put(&mut r[4], 2, "      ")), [(Some(5), Problem::Missing)]);
    // A line left out.
    assert_eq!(after(|r| drop(r.remove(3))), [(Some(4), differs(3, 2))]);
    let records = |trailer| {
        let line = transfer(100, "ｶ)ﾆﾎﾝ", "", 1);
        [header_03(), data_03(&line, 1, "11"), data_03(&line, 2, "11"), trailer, end()]
    };
    for (trailer, problem) in [
        (trailer_03((0, 100), (2, 100)), differs(0, 1)),
        (trailer_03((1, 101), (1, 100)), differs(101, 100)),
        (trailer_03((1, 100), (2, 100)), differs(2, 1)),
        (trailer_03((1, 100), (1, 99)), differs(99, 100)),
    ] {
        let found = faults(read(&joined(&records(trailer), ""), options()));
        assert_eq!(found, [(Some(4), problem)]);
    }
    let mut trailer = trailer_03((1, 100), (1, 100));
    put(&mut trailer, 55, "0000003");
    let found = faults(read(&joined(&records(trailer), ""), options()));
    assert_eq!(found, [(Some(4), differs(3, 2))]);
}

#[test]
fn a_bad_header_is_named_and_its_lines_are_read_on() {
    let put_header = |position, value: &str| after(|r| put(&mut r[0], position, value));
    let wrong_kind = |found: &str| Problem::WrongKind {
        found: text(found),
        expected: "01 (振込入金通知)",
    };
    assert_eq!(put_header(2, "21"), [(Some(1), wrong_kind("21"))]);
    assert_eq!(put_header(4, "1"), [(Some(1), Problem::Ebcdic)]);
    assert_eq!(put_header(4, "2"), [(Some(1), Problem::UnknownCode { text: text("2") })]);
    assert_eq!(put_header(60, "5"), [(Some(1), Problem::TimeDeposit)]);
    assert_eq!(put_header(60, "3"), [(Some(1), Problem::UnknownCode { text: text("3") })]);
    assert_eq!(put_header(23, "    "), [(Some(1), Problem::Missing)]);
    assert_eq!(put_header(11, "310401"), [(Some(1), Problem::Future { text: text("310401") })]);
    assert_eq!(put_header(17, "010430"), [(Some(1), Problem::NotADate { text: text("010430") })]);
    assert_eq!(
        put_header(17, "081031"),
        [(Some(1), Problem::OutsidePeriod { text: text("2026-10-31") })]
    );
    let both = after(|r| {
        put(&mut r[0], 60, "3");
        put(&mut r[2], 8, "080230");
    });
    assert_eq!(both.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [Some(1), Some(3)]);
    // Asked for the other kind, or two kinds in one file.
    let other = read_as(&joined(&transfers(&three()), ""), Format::ZenginTransactions);
    let problem = Problem::WrongKind { found: text("01"), expected: "03 (入出金取引明細)" };
    assert_eq!(faults(other), [(Some(1), problem)]);
    let mixed = after(|r| {
        r.pop();
        r.extend([header_03(), trailer_01(0, 0), end()]);
    });
    assert_eq!(mixed, [(Some(6), wrong_kind("03"))]);
}

#[test]
fn a_bad_field_is_named() {
    let one = |problem| vec![(Some(3), problem)];
    let not_a_date = |date: &str| Problem::NotADate { text: text(date) };
    assert_eq!(after_put(8, "081131"), one(not_a_date("081131")));
    assert_eq!(after_put(14, "010430"), one(not_a_date("010430")));
    assert_eq!(after_put(8, "      "), one(Problem::Missing));
    assert_eq!(after_put(8, "261120"), one(Problem::Future { text: text("261120") }));
    assert_eq!(after_put(8, "081031"), one(Problem::OutsidePeriod { text: text("2026-10-31") }));
    assert_eq!(after_put(20, "          "), one(Problem::Missing));
    assert_eq!(after_put(20, "      2500"), one(Problem::NotANumber { text: text("2500") }));
    assert_eq!(after_put(20, "0000000000"), one(Problem::Zero));
    assert_eq!(after_put(30, "0000000500"), one(Problem::Uncleared { text: text("500") }));
    assert_eq!(after_put(128, "7"), one(Problem::UnknownCode { text: text("7") }));
    let encoding = "Shift_JIS";
    assert_eq!(after(|r| r[2][97 - 1] = 0x81), one(Problem::NotText { encoding }));
    assert_eq!(after(|r| r[2][60] = 0x07), one(Problem::UnsafeText));
    // The largest amount of the field, and a total that is one less.
    let found = after(|r| {
        put(&mut r[1], 20, "9999999999");
        put(&mut r[4], 8, "010000003698");
    });
    assert_eq!(
        found,
        [(Some(5), Problem::TrailerDiffers { said: 10_000_003_698, found: 10_000_003_699 })]
    );
}

#[test]
fn an_empty_value_date_is_the_booking_date() {
    for empty in ["      ", "000000"] {
        let mut records = transfers(&three());
        put(&mut records[1], 14, empty);
        let statement = read(&joined(&records, ""), options()).expect("good");
        assert_eq!(statement.lines[0].value_date, date("2026-11-20"));
    }
}

#[test]
fn corrections_and_cancellations_are_for_a_person() {
    assert_eq!(after_put(128, "1"), [(Some(3), Problem::Correction)]);
    assert!(Problem::Correction.advice().contains("by hand"));
    // 訂正 of a credit is a debit, and a correction all the same.
    for direction in [1, 2] {
        let line = transfer(100, "ｶ)ﾆﾎﾝ", "", 1);
        let trailer = trailer_03((0, 0), (0, 0));
        let records = [header_03(), data_03(&line, direction, "19"), trailer, end()];
        let found = faults(read(&joined(&records, ""), options()));
        assert_eq!(found, [(Some(2), Problem::Correction)]);
    }
}

#[test]
fn codes_that_the_format_lacks_and_amounts_beyond_all_fees_are_named() {
    let line = transfer(100, "ｶ)ﾆﾎﾝ", "", 1);
    let huge = transfer(999_999_999_999, "ｶ)ﾆﾎﾝ", "", 1);
    let refused = |data: Record| {
        let records = [header_03(), data, trailer_03((1, 100), (0, 0)), end()];
        faults(read(&joined(&records, ""), options()))
    };
    let unknown = |code: &str| vec![(Some(2), Problem::UnknownCode { text: text(code) })];
    assert_eq!(refused(data_03(&line, 3, "11")), unknown("3"));
    assert_eq!(refused(data_03(&line, 1, "77")), unknown("77"));
    // The largest that fits the field is within what an amount may be; the sum
    // of many is not, and does not overflow.
    assert!(999_999_999_999 <= Yen::MAX.get());
    let mut records = vec![header_03()];
    records.extend((0..40).map(|_| data_03(&huge, 2, "11")));
    records.extend([trailer_03((0, 0), (40, 9_999_999_999_999)), end()]);
    let found = faults(read(&joined(&records, ""), options()));
    let problem = Problem::TrailerDiffers { said: 9_999_999_999_999, found: 39_999_999_999_960 };
    assert_eq!(found, [(Some(42), problem)]);
}

#[test]
fn limits_of_a_file_hold() {
    let lines: Vec<In> = (1..=1_001).map(|n| transfer(1_200, "ｶ)ﾆﾎﾝ", "", n)).collect();
    let found = faults(read(&joined(&transfers(&lines), ""), options()));
    assert_eq!(found, [(None, Problem::TooManyCredits { credits: 1_001 })]);
    assert!(found[0].1.advice().contains("days"));
    assert_eq!(CREDIT_LINES_MAX, 1_000);
    let found = faults(read(&vec![b'1'; FILE_BYTES_MAX + 1], options()));
    let bytes = FILE_BYTES_MAX as u64 + 1;
    assert_eq!(found, [(None, Problem::FileTooLarge { bytes })]);
    assert_eq!(faults(read(b"", options())), [(None, Problem::Empty)]);
    // As large as may be, and wrong everywhere.
    let errors = read(&b"1010\n".repeat(FILE_BYTES_MAX / 5), options()).expect_err("refused");
    assert_eq!(errors.shown.len(), 100);
    assert!(1_000_000 < errors.total);
}

#[test]
fn the_same_line_of_overlapping_statements_has_the_same_key() {
    let line = |number| transfer(1_200, "ｶ)ﾆﾎﾝ", "", number);
    let keys = |lines: &[In]| -> Vec<[u8; 12]> {
        let statement = read(&joined(&transfers(lines), ""), options()).expect("good");
        statement.lines.iter().map(|line| line.key).collect()
    };
    // Several are equal in day and amount, whoever paid them.
    let other_day = |number| In { date: "081121", ..line(number) };
    let first = [line(1), line(2), line(2)];
    let longer = [line(8), line(9), line(2), other_day(3), other_day(4)];
    assert_eq!(keys(&first), keys(&longer)[..3]);
    let mut all = keys(&longer);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5);
    // What differs in day or amount has another key; who paid makes none.
    let mut others = vec![line(1), line(1), line(1)];
    others[1].yen = 1_201;
    others[2].date = "081121";
    let mut keys_of_others = keys(&others);
    let renamed: Vec<In> = others
        .iter()
        .map(|line| In { payer: text("ﾕ)ﾔﾏ"), memo: text("A"), ..line.clone() })
        .collect();
    assert_eq!(keys(&renamed), keys_of_others);
    keys_of_others.sort_unstable();
    keys_of_others.dedup();
    assert_eq!(keys_of_others.len(), 3);
}

/// `tests/data/zengin-01.txt` was made for this project; nobody in it exists.
#[test]
fn the_sample_is_read() {
    let sample = include_bytes!("data/zengin-01.txt");
    assert_eq!(sample.as_slice(), joined(&transfers(&sample_lines()), "\r\n"));
    let statement = read(sample, options()).expect("good");
    assert_eq!(statement.lines.len(), 4);
    assert_eq!(statement.lines[0].reference, REFERENCE.parse().ok());
}

fn sample_lines() -> Vec<In> {
    vec![
        transfer(14_400, "ｶ)ﾐﾎﾝﾃﾞﾝﾘﾖｸ", REFERENCE, 101),
        transfer(2_500, "J0000004269 ﾐﾎﾝｼﾖｳｼﾞ(ｶ", "", 102),
        transfer(3_700, "J0000004366 J0000004463 ﾐﾎﾝｼﾖｳｶｲ", "", 103),
        transfer(1_200, "ﾄﾞ)ﾐﾎﾝﾉｳｴﾝ", "", 104),
    ]
}

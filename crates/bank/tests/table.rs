//! Statements as tables.

#![allow(clippy::expect_used, reason = "a test may")]

mod common;

use common::*;
use jcm_bank::{Field, Format, Options, Problem, Statement, StatementErrors, TEXT_BYTES_MAX, read};
use jcm_format::amount::Yen;

const HEADER: &str = "取引日,入金額,出金額,振込人名,照会番号,EDI情報,取引区分\n";

fn rows(rows: &str) -> Result<Statement, StatementErrors> {
    read(format!("{HEADER}{rows}").as_bytes(), options())
}

/// The faults of a table with one good row, `row`, and another good row.
fn row(row: &str) -> Vec<(Option<u32>, Problem)> {
    let good = "2026-11-20,1200,,A,1,,\n";
    faults(rows(&format!("{good}{row}\n{good}")))
}

fn table(text: &str) -> Vec<(Option<u32>, Problem)> {
    faults(read(text.as_bytes(), options()))
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// `tests/data/table.csv` was made for this project; nobody in it exists.
#[test]
fn the_sample_is_read_in_each_encoding_alike() {
    let sample = include_str!("data/table.csv");
    let utf8 = read(sample.as_bytes(), options()).expect("good");
    assert_eq!(utf8.format, Format::TableUtf8);
    assert_eq!((utf8.skipped_debits, utf8.skipped_other_credits), (1, 0));
    let lines: Vec<_> = utf8.lines.iter().map(|l| (l.line, l.amount.get())).collect();
    assert_eq!(lines, [(2, 14_400), (4, 2_500), (5, 1_200)]);
    assert_eq!(utf8.lines[0].value_date, date("2026-11-19"));
    assert_eq!(utf8.lines[0].reference, "J0000004172".parse().ok());
    assert_eq!(utf8.lines[1].payer, "J0000004269 ミホンシヨウジ(カ");
    assert_eq!(utf8.lines[1].reference, "J0000004269".parse().ok());
    assert_eq!((utf8.lines[2].reference, utf8.lines[2].bank_number.as_str()), (None, "104"));
    let with_mark = read(format!("\u{feff}{sample}").as_bytes(), options()).expect("good");
    assert_eq!(with_mark.lines, utf8.lines);
    let other = read(&shift_jis(sample), options()).expect("good");
    assert_eq!((other.format, &other.lines), (Format::TableShiftJis, &utf8.lines));
    assert_eq!(other.digest, utf8.digest);
}

#[test]
fn columns_have_english_names_too_and_stand_in_any_order() {
    let english = "Memo,Payer,Reference No.,Balance,Amount,Value Date\n\
                   J0000004172,ACME,7,999,\"14,400\",2026-11-20\n";
    let statement = read(english.as_bytes(), options()).expect("good");
    let line = &statement.lines[0];
    assert_eq!((line.payer.as_str(), line.memo.as_str()), ("ACME", "J0000004172"));
    assert_eq!((line.bank_number.as_str(), line.amount), ("7", Yen::new(14_400)));
    // Half-width names, and 摘要 as the payer where nothing else names one.
    let short = "日付,ﾆﾕｳｷﾝ,摘要,お預入金額（円）\n2026/11/20,,ｶ)ﾆﾎﾝ,500\n";
    let statement = read(short.as_bytes(), options()).expect("good");
    assert_eq!(statement.lines[0].payer, "カ)ニホン");
    // Some banks: 摘要 says how, 摘要内容 who.
    let two = "日付,摘要,摘要内容,支払い金額,預かり金額\n2026/11/20,振込1,カ)ニホン,,500\n";
    let line = &read(two.as_bytes(), options()).expect("good").lines[0];
    assert_eq!((line.payer.as_str(), line.memo.as_str()), ("カ)ニホン", "振込1"));
}

#[test]
fn a_table_without_payment_is_good() {
    for empty in ["", "2026-11-20,,500,A,1,,\n", "\n\n", ",,,,,,\n"] {
        assert!(rows(empty).expect("good").lines.is_empty(), "{empty}");
    }
    // The header line need not end.
    assert!(read("取引日,入金額,振込人名".as_bytes(), options()).is_ok());
}

#[test]
fn line_ends_may_be_mixed_and_lines_keep_their_numbers() {
    let mixed = "取引日,入金額,振込人名\r2026-11-20,1,A\r\n\r\n2026-11-20,2,B\n2026-11-20,3,C";
    let statement = read(mixed.as_bytes(), options()).expect("good");
    let lines: Vec<_> = statement.lines.iter().map(|l| (l.line, l.amount.get())).collect();
    assert_eq!(lines, [(2, 1), (4, 2), (5, 3)]);
}

#[test]
fn what_is_no_transfer_that_came_in_is_counted_and_skipped() {
    let kinds = "2026-11-20,1,,A,1,,振込\n2026-11-20,2,,A,1,,利息\n2026-11-20,3,,A,1,,11\n\
                 2026-11-20,4,,A,1,,Transfer\n2026-11-20,,5,A,1,,振込\n2026-11-20,0,6,A,1,,\n";
    let statement = rows(kinds).expect("good");
    let amounts: Vec<_> = statement.lines.iter().map(|line| line.amount.get()).collect();
    assert_eq!(amounts, [1, 3, 4]);
    assert_eq!((statement.skipped_debits, statement.skipped_other_credits), (2, 1));
    let by_direction = "日付,金額,摘要,入払区分\n2026-11-20,1,A,1\n2026-11-20,2,A,出金\n\
                        2026-11-20,3,A,入\n";
    let statement = read(by_direction.as_bytes(), options()).expect("good");
    assert_eq!((statement.lines.len(), statement.skipped_debits), (2, 1));
}

#[test]
fn one_bad_line_in_a_thousand_is_named_and_nothing_else_is_returned() {
    let mut lines: Vec<String> =
        (1..=1_000).map(|n| format!("2026-11-20,\"1,200\",,カ)ニホン,{n},,\n")).collect();
    assert_eq!(rows(&lines.concat()).expect("good").lines.len(), 1_000);
    lines[765] = text("2026-11-20,12OO,,カ)ニホン,1,,\n");
    let found = faults(rows(&lines.concat()));
    assert_eq!(found, [(Some(767), Problem::NotANumber { text: text("12OO") })]);
    lines[0] = text("2026-11-31,1,,A,1,,\n");
    let errors = rows(&lines.concat()).expect_err("refused");
    assert_eq!((errors.total, errors.shown[0].field), (2, Field::BookingDate));
    assert_eq!(
        errors.to_string(),
        "nothing was taken over; 2 faults:\n\
         line 2, booking date: \"2026-11-31\" is not a date of the calendar used here; a Zengin \
         file has the year of Reiwa (R8 = 08), a table 2026-11-23 or R8.11.23\n\
         line 767, amount: \"12OO\" is not a whole number; correct the cell after the bank's own \
         screen"
    );
    assert_eq!(
        errors.japanese(),
        "何も取り込んでいません。誤り2件:\n\
         2行目 勘定日: 「2026-11-31」はこの暦の日付ではありません。全銀形式は令和の年\
         (令和8年=08)、表形式は2026-11-23又はR8.11.23と書きます。\n\
         767行目 入金額: 「12OO」は整数ではありません。銀行の画面のとおりに直してください。"
    );
}

#[test]
fn a_bad_cell_is_named() {
    let one = |problem| vec![(Some(3), problem)];
    assert_eq!(row("2026-11-24,1,,A,1,,"), one(Problem::Future { text: text("2026-11-24") }));
    assert_eq!(row("08-11-20,1,,A,1,,"), one(Problem::NotADate { text: text("08-11-20") }));
    assert_eq!(row(",1,,A,1,,"), one(Problem::Missing));
    assert_eq!(row("2026-11-20,,,A,1,,"), one(Problem::Missing));
    assert_eq!(row("2026-11-20,0,,A,1,,"), one(Problem::Zero));
    assert_eq!(row("2026-11-20,1,2,A,1,,"), one(Problem::TwoAmounts));
    assert_eq!(row("2026-11-20,-500,,A,1,,"), one(Problem::Correction));
    assert_eq!(row("2026-11-20,500,,A,1,,振込取消"), one(Problem::Correction));
    assert_eq!(row("2026-11-20,,500,A,1,,訂正"), one(Problem::Correction));
    let huge = "99999999999999999999";
    assert_eq!(
        row(&format!("2026-11-20,{huge},,A,1,,")),
        one(Problem::TooMuch { text: text(huge) })
    );
    assert_eq!(row("2026-11-20,1,,A\u{202e}B,1,,"), one(Problem::UnsafeText));
    let long = "A".repeat(TEXT_BYTES_MAX + 1);
    let too_long = Problem::TooLong { max: TEXT_BYTES_MAX };
    assert_eq!(row(&format!("2026-11-20,1,,{long},1,,")), one(too_long.clone()));
    assert_eq!(row(&format!("2026-11-20,1,,A,1,{long},")), one(too_long));
    let number = "1".repeat(65);
    let too_long = Problem::TooLong { max: 64 };
    assert_eq!(row(&format!("2026-11-20,1,,A,{number},,")), one(too_long));
    let count = |found| Problem::CellCount { found, expected: 7 };
    assert_eq!(row("2026-11-20,1,,A,1,"), one(count(6)));
    assert_eq!(row("2026-11-20,1,400,,A,1,,"), one(count(8)));
    let direction = "日付,金額,摘要,入払区分\n2026-11-20,1,A,9\n";
    assert_eq!(table(direction), [(Some(2), Problem::UnknownCode { text: text("9") })]);
}

#[test]
fn an_open_quote_swallows_no_line_unseen() {
    // The rest of the file becomes one cell; it is refused and not skipped.
    assert_eq!(row("2026-11-20,1,,\"A,1,,"), [(Some(3), Problem::OpenQuote)]);
    let in_header = "取引日,入金額,振込人名,\"備考\n2026-11-20,1,A,B\n";
    assert_eq!(table(in_header), [(Some(1), Problem::OpenQuote)]);
    // Quotes that are closed are quotes.
    let statement = rows("\"2026-11-20\",\"1,200\",,\"A \"\"B\"\", C\",1,,\n").expect("good");
    assert_eq!(statement.lines[0].payer, "A \"B\", C");
}

#[test]
fn a_header_line_that_lacks_or_doubles_a_column_is_named() {
    let fields = |text: &str| {
        let errors = read(text.as_bytes(), options()).expect_err("refused");
        let shown = &errors.shown[0];
        (errors.total, shown.line, shown.field, shown.problem.clone())
    };
    let missing = |field| (1, Some(1), field, Problem::NoColumn);
    assert_eq!(fields("入金額,振込人名\n1,A\n"), missing(Field::BookingDate));
    assert_eq!(fields("取引日,振込人名\n2026-11-20,A\n"), missing(Field::Amount));
    assert_eq!(fields("取引日,入金額\n2026-11-20,1\n"), missing(Field::Payer));
    let same = Problem::SameColumn { name: text("amount") };
    assert_eq!(fields("date,入金額,payer,Amount\n"), (1, Some(1), Field::Amount, same));
    let many = "x,".repeat(64);
    let count = Problem::CellCount { found: 65, expected: 64 };
    assert_eq!(fields(&many), (1, Some(1), Field::HeaderLine, count));
    assert_eq!(fields("\n\n"), (1, Some(1), Field::HeaderLine, Problem::Missing));
    assert_eq!(fields("a PDF, perhaps"), missing(Field::BookingDate));
}

#[test]
fn lines_that_are_not_text_are_named() {
    let encoding = "UTF-8";
    let mut bytes = format!("{HEADER}2026-11-20,1,,A,1,,\n").into_bytes();
    bytes.extend_from_slice(
        b"2026-11-20,1,,\xff,1,,\n2026-11-20,1,,A,1,,\n2026-11-20,1,,\xb6,1,,\n",
    );
    let not_text = Problem::NotText { encoding };
    assert_eq!(faults(read(&bytes, options())), [(Some(3), not_text.clone()), (Some(5), not_text)]);
    let mut bytes = shift_jis(HEADER);
    bytes.extend_from_slice(b"2026-11-20,1,,\x81,1,,\n");
    let encoding = "Shift_JIS";
    assert_eq!(faults(read(&bytes, options())), [(Some(2), Problem::NotText { encoding })]);
}

#[test]
fn the_format_may_be_named_where_the_content_does_not_tell() {
    // Half-width kana in Shift_JIS that happen to be UTF-8 as well.
    let bytes = [b"date,amount,payer\n2026-11-20,1,".as_slice(), b"\xc3\xb1\n"].concat();
    let guessed = read(&bytes, options()).expect("good");
    assert_eq!((guessed.format, guessed.lines[0].payer.as_str()), (Format::TableUtf8, "ñ"));
    let named = read_as(&bytes, Format::TableShiftJis).expect("good");
    assert_eq!((named.format, named.lines[0].payer.as_str()), (Format::TableShiftJis, "テア"));
}

#[test]
fn more_payments_than_a_person_can_look_through_are_refused() {
    let lines = "2026-11-20,1,,A,1,,\n".repeat(1_001);
    let found = faults(rows(&lines));
    assert_eq!(found, [(None, Problem::TooManyCredits { credits: 1_001 })]);
    // Debits are not counted against it.
    assert_eq!(rows(&"2026-11-20,,1,A,1,,\n".repeat(5_000)).expect("good").skipped_debits, 5_000);
}

#[test]
fn the_same_line_of_overlapping_statements_has_the_same_key() {
    let twice = "2026-11-20,1200,,A,,,\n2026-11-20,1200,,B,,,\n";
    let before = "2026-11-19,1200,,A,,,\n";
    let short = rows(twice).expect("good").lines;
    let long = rows(&format!("{before}{twice}")).expect("good").lines;
    assert_ne!(short[0].key, short[1].key);
    assert_eq!([short[0].key, short[1].key], [long[1].key, long[2].key]);
    assert!(short.iter().all(|line| line.key != long[0].key));
}

#[test]
fn a_table_with_both_days_is_cut_by_the_day_of_booking() {
    let both = |booked: &str, value: &str| {
        let text = format!("勘定日,起算日,入金額,振込人名\n{booked},{value},1200,A\n");
        let lines = read(text.as_bytes(), options()).expect("good").lines;
        (lines[0].value_date, lines[0].key)
    };
    let (value_date, key) = both("2026-11-20", "2026-11-18");
    assert_eq!(value_date, date("2026-11-18"));
    assert_eq!(both("2026-11-20", "2026-11-20").1, key);
    assert_ne!(both("2026-11-18", "2026-11-18").1, key);
    // The only day that a table gives is both.
    let one = |name: &str| {
        let text = format!("{name},入金額,振込人名\n2026-11-20,1200,A\n");
        read(text.as_bytes(), options()).expect("good").lines[0].key
    };
    assert_eq!((one("起算日"), one("勘定日")), (key, key));
}

#[test]
fn a_payment_of_today_is_refused_as_the_day_is_not_over() {
    let not_over = Problem::DayNotOver { date: date("2026-11-23") };
    assert_eq!(row("2026-11-23,1200,,A,1,,"), [(Some(3), not_over.clone())]);
    let errors = rows("2026-11-23,1200,,A,1,,\n").expect_err("refused");
    assert_eq!(
        errors.to_string(),
        "nothing was taken over; 1 fault:\n\
         line 2, booking date: 2026-11-23 is today, and the day is not over; a statement must \
         hold whole days: import it from tomorrow on, fetched anew"
    );
    assert!(errors.japanese().contains("明日以降"), "{}", errors.japanese());
    let value = "勘定日,起算日,入金額,振込人名\n2026-11-22,2026-11-23,1200,A\n";
    assert_eq!(table(value), [(Some(2), not_over)]);
    // Money that went out today is nothing that is taken over.
    assert_eq!(rows("2026-11-23,,1200,A,1,,\n").expect("good").skipped_debits, 1);
    let tomorrow = Options { today: date("2026-11-24"), ..options() };
    let today = format!("{HEADER}2026-11-23,1200,,A,1,,\n");
    assert_eq!(read(today.as_bytes(), tomorrow).expect("good").lines.len(), 1);
}

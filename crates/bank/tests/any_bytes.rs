//! Whatever the bytes, there is an answer and no panic.

mod common;

use common::*;
use jcm_bank::{
    CREDIT_LINES_MAX, ERRORS_SHOWN_MAX, Format, OpenFee, Options, Outcome, propose, read,
};
use jcm_format::amount::Yen;
use jcm_format::id::EntryIndex;
use proptest::prelude::*;

const FORMATS: [Option<Format>; 5] = [
    None,
    Some(Format::ZenginTransfers),
    Some(Format::ZenginTransactions),
    Some(Format::TableUtf8),
    Some(Format::TableShiftJis),
];

/// Reads `bytes` in every way; whatever comes out keeps its promises.
fn judge(bytes: &[u8]) {
    for format in FORMATS {
        match read(bytes, Options { format, ..options() }) {
            Ok(statement) => {
                assert!(statement.lines.len() <= CREDIT_LINES_MAX);
                let mut keys: Vec<_> = statement.lines.iter().map(|line| line.key).collect();
                keys.sort_unstable();
                keys.dedup();
                assert_eq!(keys.len(), statement.lines.len());
                for line in &statement.lines {
                    assert!(Yen::ZERO < line.amount && line.amount <= Yen::MAX);
                    assert!(line.value_date < options().today);
                    assert_eq!(line.payer.trim(), line.payer);
                }
                propose(&statement.lines, &[]);
            }
            Err(errors) => {
                assert!(0 < errors.total && errors.shown.len() <= ERRORS_SHOWN_MAX);
                assert!(!errors.to_string().is_empty() && !errors.japanese().is_empty());
            }
        }
    }
}

fn lines() -> Vec<In> {
    vec![
        transfer(14_400, "ｶ)ﾆﾎﾝﾊﾂﾃﾞﾝ", "J0000004172", 1),
        transfer(2_500, "J0000004269ﾐﾄﾞﾘ", "", 2),
        transfer(1_200, "ﾕ)ﾔﾏ", "", 3),
    ]
}

fn of_transactions() -> Vec<u8> {
    let mut records = vec![header_03()];
    records.extend(lines().iter().map(|line| data_03(line, 1, "11")));
    records.extend([trailer_03((3, 18_100), (0, 0)), end()]);
    joined(&records, "\n")
}

proptest! {
    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        judge(&bytes);
    }

    #[test]
    fn bytes_that_look_like_records(bytes in "1010[0-9 ]{196}(\r\n)?(2[0-9A-Zｱ-ﾝ ]{199}|8[0-9]{199}){0,9}") {
        judge(&shift_jis(&bytes));
    }

    #[test]
    fn text_that_looks_like_a_table(rows in prop::collection::vec("[0-9A-Z,\"年月日,\n-]{0,40}", 0..20)) {
        judge(format!("取引日,入金額,振込人名\n{}", rows.join("\n")).as_bytes());
    }

    /// A good file with some bytes changed, put in or taken out.
    #[test]
    fn damaged_statements(
        which in 0..3_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let table = include_bytes!("data/table.csv").to_vec();
        let mut bytes = match which {
            0 => joined(&transfers(&lines()), "\r\n"),
            1 => of_transactions(),
            _ => table,
        };
        for (at, value, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = value,
                1 => bytes.insert(at, value),
                _ => drop(bytes.remove(at)),
            }
        }
        judge(&bytes);
    }

    /// No yen is invented or lost: the parts of a line never exceed it, and an
    /// application is covered to what it owes before anything is too much.
    #[test]
    fn proposals_add_up(
        payments in prop::collection::vec((1..30_000_u64, 0..6_u64, 0..6_u64), 1..20),
        fees in prop::collection::vec((0..6_u64, 0..20_000_u64), 0..6),
    ) {
        let reference = |index| jcm_format::invoice::InvoiceReference::of(EntryIndex::new(index));
        let lines: Vec<In> = payments
            .iter()
            .map(|(yen, a, b)| transfer(*yen, &format!("{} {}", reference(*a), reference(*b)), "", 1))
            .collect();
        let statement = read(&joined(&transfers(&lines), ""), options());
        let lines = statement.map_err(|errors| TestCaseError::fail(errors.to_string()))?.lines;
        let open: Vec<OpenFee> = fees
            .iter()
            .map(|(application, due)| OpenFee {
                application: EntryIndex::new(*application),
                due: Yen::new(*due),
                payer_names: Vec::new(),
            })
            .collect();
        let proposals = propose(&lines, &open);
        for line in &lines {
            let parts = proposals.iter().filter(|p| p.key == line.key).map(|p| p.amount);
            prop_assert!(Yen::checked_sum(parts).is_some_and(|sum| sum <= line.amount));
        }
        for fee in &open {
            let of_fee: Vec<_> =
                proposals.iter().filter(|p| p.application == fee.application).collect();
            let exact = of_fee.iter().filter(|p| p.outcome == Outcome::Exact).count();
            let over = of_fee.iter().filter(|p| matches!(p.outcome, Outcome::Over { .. })).count();
            prop_assert!(exact + over <= 1);
        }
    }
}

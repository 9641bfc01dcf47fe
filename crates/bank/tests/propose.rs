//! Which application a payment is probably for.

#![allow(clippy::expect_used, reason = "a test may")]

mod common;

use common::*;
use jcm_bank::{Ground, OpenFee, Outcome, StatementLine, propose, read};
use jcm_format::amount::Yen;
use jcm_format::id::EntryIndex;
use jcm_format::invoice::InvoiceReference;

fn fee(application: u64, due: u64, payer_names: &[&str]) -> OpenFee {
    OpenFee {
        application: EntryIndex::new(application),
        due: Yen::new(due),
        payer_names: payer_names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn reference(application: u64) -> String {
    InvoiceReference::of(EntryIndex::new(application)).to_string()
}

/// Lines of a statement with these amounts and payers.
fn lines(payments: &[(u64, &str)]) -> Vec<StatementLine> {
    let transfers_in: Vec<In> =
        payments.iter().map(|(yen, payer)| transfer(*yen, payer, "", 1)).collect();
    read(&joined(&transfers(&transfers_in), ""), options()).expect("good").lines
}

/// Proposals as (record, application, yen, ground, outcome).
fn proposed(payments: &[(u64, &str)], open: &[OpenFee]) -> Vec<(u32, u64, u64, Ground, Outcome)> {
    let lines = lines(payments);
    let proposals = propose(&lines, open);
    assert!(proposals.iter().all(|p| lines.iter().any(|l| (l.line, l.key) == (p.line, p.key))));
    proposals
        .iter()
        .map(|p| (p.line, p.application.get(), p.amount.get(), p.ground, p.outcome))
        .collect()
}

use Ground::{ByAmountAndPayer, ByReference};
use Outcome::{Duplicate, Exact};

fn partial(left: u64) -> Outcome {
    Outcome::Partial { left: Yen::new(left) }
}

fn over(left: u64) -> Outcome {
    Outcome::Over { left: Yen::new(left) }
}

#[test]
fn a_reference_says_which_application_whatever_the_amount() {
    let (a, b, c) = (reference(1), reference(2), reference(3));
    let open = [fee(1, 14_400, &[]), fee(2, 2_500, &[]), fee(3, 1_200, &[])];
    let payments = [(14_400, format!("{a} ｶ)ﾆﾎﾝ")), (2_000, format!("ｶ)ﾆﾎﾝ {b}")), (1_300, c)];
    let payments: Vec<_> = payments.iter().map(|(yen, payer)| (*yen, payer.as_str())).collect();
    assert_eq!(
        proposed(&payments, &open),
        [
            (2, 1, 14_400, ByReference, Exact),
            (3, 2, 2_000, ByReference, partial(500)),
            (4, 3, 1_300, ByReference, over(100)),
        ]
    );
}

#[test]
fn parts_add_up_and_what_comes_after_is_a_duplicate() {
    let a = reference(1);
    let payments = [(10_000, a.as_str()), (4_400, &a), (14_400, &a), (1, &a)];
    assert_eq!(
        proposed(&payments, &[fee(1, 14_400, &[])]),
        [
            (2, 1, 10_000, ByReference, partial(4_400)),
            (3, 1, 4_400, ByReference, Exact),
            (4, 1, 14_400, ByReference, Duplicate),
            (5, 1, 1, ByReference, Duplicate),
        ]
    );
}

#[test]
fn a_payment_for_several_applications_is_split_in_their_order() {
    let both = format!("{} {}", reference(2), reference(1));
    let open = [fee(1, 14_400, &[]), fee(2, 2_500, &[])];
    let split = |yen| proposed(&[(yen, both.as_str())], &open);
    let first = (2, 2, 2_500, ByReference, Exact);
    assert_eq!(split(16_900), [first, (2, 1, 14_400, ByReference, Exact)]);
    assert_eq!(split(10_000), [first, (2, 1, 7_500, ByReference, partial(6_900))]);
    assert_eq!(split(20_000), [first, (2, 1, 17_500, ByReference, over(3_100))]);
    assert_eq!(split(2_500), [first]);
    assert_eq!(split(2_000), [(2, 2, 2_000, ByReference, partial(500))]);
}

#[test]
fn a_reference_to_no_open_fee_is_for_a_person() {
    let (known, unknown) = (reference(1), reference(9));
    let open = [fee(1, 14_400, &["ニホン"])];
    // Not by amount and payer either: the payer meant another application.
    let payer = format!("{unknown} ｶ)ﾆﾎﾝ");
    assert_eq!(proposed(&[(14_400, payer.as_str())], &open), []);
    let both = format!("{known}{unknown}");
    assert_eq!(proposed(&[(14_400, both.as_str())], &open), []);
    // What owes nothing is not open.
    assert_eq!(proposed(&[(14_400, known.as_str())], &[fee(1, 0, &[])]), []);
}

#[test]
fn without_reference_amount_and_payer_must_fit_one_fee_alone() {
    let open = [
        fee(1, 14_400, &["株式会社ニホン", "Nihon Co., Ltd."]),
        fee(2, 2_500, &["カ)ニホン"]),
        fee(3, 2_500, &["ミドリ商事"]),
    ];
    let found = [(2, 1, 14_400, ByAmountAndPayer, Exact), (3, 2, 2_500, ByAmountAndPayer, Exact)];
    assert_eq!(proposed(&[(14_400, "ｶ)ﾆﾎﾝ"), (2_500, "ﾆﾎﾝ(ｶ")], &open), found);
    assert_eq!(proposed(&[(14_400, "NIHON CO.,LTD.")], &open)[0].1, 1);
    // Another amount, another payer, no payer.
    assert_eq!(proposed(&[(14_399, "ｶ)ﾆﾎﾝ"), (14_400, "ｶ)ﾐﾄﾞﾘ"), (14_400, "")], &open), []);
    // Two fees that fit, one company under two names notwithstanding.
    let two = [fee(1, 2_500, &["ニホン"]), fee(2, 2_500, &["(株)ニホン", "ニホン"])];
    assert_eq!(proposed(&[(2_500, "ｶ)ﾆﾎﾝ")], &two), []);
    // A name of which nothing is left fits nobody.
    assert_eq!(proposed(&[(2_500, "ｶ)")], &[fee(1, 2_500, &["株式会社", ""])]), []);
}

#[test]
fn the_same_payment_twice_is_a_duplicate_unless_another_fee_is_open() {
    let twice = [(2_500, "ｶ)ﾆﾎﾝ"), (2_500, "ｶ)ﾆﾎﾝ")];
    assert_eq!(
        proposed(&twice, &[fee(1, 2_500, &["ニホン"])]),
        [(2, 1, 2_500, ByAmountAndPayer, Exact), (3, 1, 2_500, ByAmountAndPayer, Duplicate)]
    );
    // A reference counts first wherever it stands; what is left is the other.
    let quoted = format!("{} ｶ)ﾆﾎﾝ", reference(2));
    let open = [fee(1, 2_500, &["ニホン"]), fee(2, 2_500, &["ニホン"])];
    assert_eq!(
        proposed(&[(2_500, "ｶ)ﾆﾎﾝ"), (2_500, quoted.as_str())], &open),
        [(2, 1, 2_500, ByAmountAndPayer, Exact), (3, 2, 2_500, ByReference, Exact)]
    );
}

#[test]
fn an_application_listed_twice_counts_once() {
    let open = [fee(1, 2_500, &["ニホン"]), fee(1, 9_999, &["ニホン"])];
    assert_eq!(proposed(&[(2_500, "ｶ)ﾆﾎﾝ")], &open), [(2, 1, 2_500, ByAmountAndPayer, Exact)]);
    assert_eq!(propose(&[], &open), []);
}

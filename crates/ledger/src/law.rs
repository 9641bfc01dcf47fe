//! Citations of the law, by a stable key and the date of the act.
//!
//! Chapter 9 of the Act was renumbered on 2026-01-01, and the Cabinet Order
//! again on 2026-04-01. A record made in 2025 is cited by the numbers of 2025.

use jcm_format::time::Date;

/// One provision under the numbers that it has had.
struct Provision {
    key: &'static str,
    /// The first day of a numbering, and the citation under it; ascending.
    numbers: &'static [((u16, u8, u8), &'static str)],
}

const ACT: (u16, u8, u8) = (2025, 4, 1);
const RENUMBERED: (u16, u8, u8) = (2026, 1, 1);
const ORDER_RENUMBERED: (u16, u8, u8) = (2026, 4, 1);

const PROVISIONS: &[Provision] = &[
    act("ACT.PROJECT", &[(ACT, "法第57条の2"), (RENUMBERED, "法第43条")]),
    act("ACT.ISSUANCE", &[(ACT, "法第57条の4"), (RENUMBERED, "法第45条")]),
    act("ACT.BOOK", &[(ACT, "法第57条の6"), (RENUMBERED, "法第47条")]),
    act("ACT.TITLE", &[(ACT, "法第57条の7"), (RENUMBERED, "法第48条")]),
    act("ACT.RECORDS", &[(ACT, "法第57条の8第2項"), (RENUMBERED, "法第49条第2項")]),
    act("ACT.OPENING", &[(ACT, "法第57条の9"), (RENUMBERED, "法第50条")]),
    act("ACT.ACCOUNT_ONE", &[(ACT, "法第57条の9第2項"), (RENUMBERED, "法第50条第2項")]),
    act("ACT.CHANGE", &[(ACT, "法第57条の10"), (RENUMBERED, "法第51条")]),
    act("ACT.TRANSFER", &[(ACT, "法第57条の11"), (RENUMBERED, "法第52条")]),
    act(
        "ACT.TRANSFER_PURPOSE",
        &[(ACT, "法第57条の11第3項第3号"), (RENUMBERED, "法第52条第3項第3号")],
    ),
    act("ACT.ASSIGNMENT", &[(ACT, "法第57条の12"), (RENUMBERED, "法第53条")]),
    act("ACT.PLEDGE", &[(ACT, "法第57条の13"), (RENUMBERED, "法第54条")]),
    act("ACT.TRUST", &[(ACT, "法第57条の14"), (RENUMBERED, "法第55条")]),
    act("ACT.PRESUMPTION", &[(ACT, "法第57条の15"), (RENUMBERED, "法第56条")]),
    act("ACT.GOOD_FAITH", &[(ACT, "法第57条の16"), (RENUMBERED, "法第57条")]),
    act("ACT.CERTIFICATE", &[(ACT, "法第57条の17"), (RENUMBERED, "法第57条の2")]),
    act("ACT.NDC_USE", &[(ACT, "法第57条の18"), (RENUMBERED, "法第57条の3")]),
    act("ACT.BOOKS", &[(ACT, "法第57条の27"), (RENUMBERED, "法第57条の12")]),
    act("ACT.FEES", &[(ACT, "法第62条第4号から第6号まで"), (RENUMBERED, "法第62条")]),
    act("CO.RESTRICTION", &[(ACT, "施行令第21条"), (RENUMBERED, "施行令第10条")]),
    act(
        "CO.TRUST",
        &[
            (ACT, "施行令第22条から第28条まで"),
            (RENUMBERED, "施行令第11条から第20条まで"),
            (ORDER_RENUMBERED, "施行令第11条から第19条まで"),
        ],
    ),
    act(
        "CO.FEES",
        &[(ACT, "施行令第29条"), (RENUMBERED, "施行令第21条"), (ORDER_RENUMBERED, "施行令第20条")],
    ),
    act(
        "CO.FEE_WAIVER",
        &[
            (ACT, "施行令第29条第3項"),
            (RENUMBERED, "施行令第21条第3項"),
            (ORDER_RENUMBERED, "施行令第20条第3項"),
        ],
    ),
    act("ORD.GOVERNMENT_ACCOUNTS", &[(ACT, "口座簿省令第2条")]),
    act("ORD.PARTICULARS", &[(ACT, "口座簿省令第3条")]),
    act("ORD.OPENING", &[(ACT, "口座簿省令第4条")]),
    act("ORD.CHANGE", &[(ACT, "口座簿省令第5条")]),
    act("ORD.TRANSFER", &[(ACT, "口座簿省令第6条")]),
    act("ORD.REFUSAL", &[(ACT, "口座簿省令第7条")]),
    act("ORD.TRUST", &[(ACT, "口座簿省令第8条")]),
    act("ORD.TRUST_DELETION", &[(ACT, "口座簿省令第9条")]),
    act("ORD.TRUSTEE_CHANGE", &[(ACT, "口座簿省令第10条")]),
    act("ORD.COMMISSION", &[(ACT, "口座簿省令第11条")]),
    act("ORD.TRUST_AMENDMENT", &[(ACT, "口座簿省令第12条")]),
    act("ORD.CERTIFICATE", &[(ACT, "口座簿省令第13条")]),
    act("ORD.CLOSING", &[(ACT, "口座簿省令第14条")]),
    act("ORD.CORRECTION", &[(ACT, "口座簿省令第15条")]),
    act("ORD.PUBLICATION", &[(ACT, "口座簿省令第16条")]),
    act("ORD.FEE_METHOD", &[(ACT, "口座簿省令第17条")]),
    act("ORD.FEE_WAIVER", &[(ACT, "口座簿省令第18条")]),
    act("JCMA.RULES", &[(ACT, "指定実施機関省令第8条")]),
    act("JCMA.BOOKS", &[(ACT, "指定実施機関省令第11条")]),
    act("JCMA.HANDOVER", &[(ACT, "指定実施機関省令第13条")]),
    act("PA.ARTICLE6", &[(ACT, "パリ協定第6条")]),
    act("CMA.2_3", &[(ACT, "締約国会合決定2/CMA.3")]),
    act("CMA.4_6", &[(ACT, "締約国会合決定4/CMA.6")]),
];

/// The keys of all provisions, in the order of the law; the Paris Agreement last.
pub const KEYS: [&str; PROVISIONS.len()] = {
    let mut keys = [""; PROVISIONS.len()];
    let mut position = 0;
    while position < PROVISIONS.len() {
        keys[position] = PROVISIONS[position].key;
        position += 1;
    }
    keys
};

const fn act(key: &'static str, numbers: &'static [((u16, u8, u8), &'static str)]) -> Provision {
    Provision { key, numbers }
}

/// The citation of the provision with this key on `date`; empty for a key that
/// is not known or a date before the provision.
pub fn citation(key: &str, date: Date) -> &'static str {
    let day = (date.year().get(), date.month(), date.day());
    PROVISIONS
        .iter()
        .find(|provision| provision.key == key)
        .and_then(|provision| provision.numbers.iter().rev().find(|(from, _)| *from <= day))
        .map_or("", |(_, citation)| citation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::Reason;

    #[test]
    fn a_transfer_of_2025_is_cited_by_the_numbers_of_2025() {
        let on = |date: &str| citation("ACT.TRANSFER", date.parse().expect("a date"));
        assert_eq!(on("2025-03-31"), "");
        assert_eq!(on("2025-12-31"), "法第57条の11");
        assert_eq!(on("2026-01-01"), "法第52条");
        let fees = |date: &str| citation("CO.FEES", date.parse().expect("a date"));
        assert_eq!(fees("2026-03-31"), "施行令第21条");
        assert_eq!(fees("2026-04-01"), "施行令第20条");
    }

    #[test]
    fn trusts_are_cited_by_three_numberings() {
        let on = |date: &str| citation("CO.TRUST", date.parse().expect("a date"));
        assert_eq!(on("2025-12-31"), "施行令第22条から第28条まで");
        assert_eq!(on("2026-03-31"), "施行令第11条から第20条まで");
        assert_eq!(on("2026-04-01"), "施行令第11条から第19条まで");
    }

    #[test]
    fn keys_occur_once_and_every_one_has_a_citation() {
        let today = "2026-11-23".parse().expect("a date");
        let distinct: std::collections::BTreeSet<_> = KEYS.iter().collect();
        assert_eq!(distinct.len(), KEYS.len());
        assert!(KEYS.iter().all(|key| !citation(key, today).is_empty()));
    }

    #[test]
    fn every_basis_that_a_rejection_names_has_a_citation() {
        let today = "2026-11-23".parse().expect("a date");
        for reason in Reason::ALL.iter().filter(|reason| !reason.basis().is_empty()) {
            assert!(!citation(reason.basis(), today).is_empty(), "{reason:?}");
        }
    }
}

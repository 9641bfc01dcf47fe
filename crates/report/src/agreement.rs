//! The reports fold the entries by themselves. The ledger counts the same in its
//! state; here the two are held against each other.

use crate::books::BooksFold;
use crate::books::tests::{totals, year_of_work};
use crate::publication::PublicationFold;
use crate::publication::tests::{moved, stocked};
use crate::quote::{FeeQuestion, Ground, Quote, TransferFacts};
use crate::testlog::{Log, day, year};
use crate::{ApplicationKind, fee_ledger::FeeLedger};
use jcm_format::amount::Yen;
use jcm_format::entry::SealedEntry;
use jcm_format::event::{AccountCategory, Effect, Fee};
use jcm_format::id::CommandId;
use jcm_format::time::Timestamp;
use jcm_ledger::{CommandHeader, State};
use std::collections::BTreeMap;

/// What the ledger holds after the entries of a log.
pub(crate) fn state(log: &Log) -> State {
    let mut state = State::new();
    for entry in &log.entries {
        let sealed = SealedEntry::seal(entry.clone()).expect("canonical");
        let mut id = [0; CommandId::LEN];
        id[..8].copy_from_slice(&entry.index.get().to_be_bytes());
        let header = CommandHeader { id: CommandId::from_bytes(id), valid_until: Timestamp::MAX };
        state.apply(&sealed, header);
    }
    state
}

#[test]
fn the_ledger_closes_the_year_with_the_totals_that_are_folded() {
    let mut log = year_of_work();
    let of_ledger = state(&log).books().year(year(2026)).expect("counted").totals;
    assert_eq!(of_ledger, totals());
    log.on("2027-04-01", vec![Effect::BooksClosed { year: year(2026), totals: of_ledger }]);
    let (state, mut fold) = (state(&log), BooksFold::new());
    log.entries.iter().for_each(|entry| fold.apply(entry).expect("in order"));
    for of in fold.years().collect::<Vec<_>>() {
        let books = fold.year(of).expect("small").expect("a year");
        let counted = state.books().year(of).expect("counted");
        assert_eq!((books.totals, books.check()), (counted.totals, Ok(())), "{of}");
        assert_eq!(books.closing.map(|closing| closing.entry), counted.closed, "{of}");
    }
}

#[test]
fn the_fee_ledger_leaves_what_the_payments_have_left() {
    let log = year_of_work();
    let (state, mut ledger) = (state(&log), FeeLedger::new());
    log.entries.iter().for_each(|entry| ledger.apply(entry).expect("in order"));
    let left = Yen::checked_sum(state.payments().map(|payment| payment.left_yen));
    assert_eq!((Some(ledger.unapplied()), ledger.unapplied().get()), (left, 12_100));
}

#[test]
fn the_publication_has_the_totals_and_the_holders_of_the_state() {
    let mut log = stocked();
    moved(&mut log);
    let (state, mut fold) = (state(&log), PublicationFold::new());
    log.entries.iter().for_each(|entry| fold.apply(entry).expect("in order"));
    let publication = fold.publication(Some(state.digest()), |_| None);
    assert_eq!(publication.entries, state.entries());
    let totals: BTreeMap<AccountCategory, _> =
        publication.totals.iter().map(|total| (total.category, total.quantity_tonnes)).collect();
    assert_eq!(totals, state.totals());
    let holders: Vec<_> = publication.holders.iter().map(|holder| holder.account).collect();
    let open = state.accounts().filter(|account| account.is_entity() && account.closed.is_none());
    assert_eq!(holders, open.map(|account| account.number).collect::<Vec<_>>());
    assert_eq!(holders.len(), 3);
}

#[test]
fn every_ground_of_a_quote_has_a_citation_on_every_day_of_the_book() {
    for on in ["2025-04-01", "2026-01-01", "2026-04-01"] {
        let fees = [
            (ApplicationKind::Transfer, Some(Fee::Due(Yen::new(2_500)))),
            (ApplicationKind::Transfer, Some(Fee::Waived)),
            (ApplicationKind::Transfer, Some(Fee::NotChargeable)),
            (ApplicationKind::Transfer, Some(Fee::NotAnApplication)),
            (ApplicationKind::Change, None),
        ];
        for (kind, fee) in fees {
            let quote = Quote::decided(kind, fee, |key| jcm_ledger::law::citation(key, day(on)));
            let provisions = match quote.ground {
                Ground::Due | Ground::Waived | Ground::NoApplication => 2,
                Ground::NotChargeable | Ground::NoFee => 1,
            };
            assert_eq!(quote.basis.split('、').count(), provisions, "{on} {fee:?}");
            assert!(quote.basis.contains('条') && quote.text_en.contains(&quote.basis));
        }
    }
}

#[test]
fn a_quote_uses_the_schedule_of_the_state() {
    let mut log = Log::default();
    let rule_set = jcm_format::command::RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::new(14_400),
        transfer_fee_yen: Yen::new(2_500),
        certificate_fee_yen: Yen::new(1_200),
    };
    log.on("2026-04-01", vec![Effect::RuleSetAdopted { rule_set }]);
    let state = state(&log);
    let (rules, today) = (state.rules().expect("adopted"), day("2026-11-23"));
    let fees = state.fee_on(today).expect("in force");
    let facts = TransferFacts {
        from_government: false,
        to_government: true,
        gratuitous: false,
        all_class_c: false,
    };
    for (question, fee) in [
        (FeeQuestion::Plain(ApplicationKind::Account), fees.account_opening_fee_yen),
        (FeeQuestion::Transfer(facts), fees.transfer_fee_yen),
        (FeeQuestion::Plain(ApplicationKind::Certificate), fees.certificate_fee_yen),
    ] {
        assert_eq!(Quote::of(question, rules, today, |_| "").fee_yen, fee);
    }
}

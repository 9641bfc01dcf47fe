//! Reports say what the ledger says.

use jcm_format::amount::Yen;
use jcm_format::command::Body;
use jcm_format::entry::{Entry, SealedEntry};
use jcm_report::Publication;
use jcm_report::books::BooksFold;
use jcm_report::fee_ledger::FeeLedger;
use jcm_report::publication::PublicationFold;
use jcm_tests::world::*;

/// The entries as they were written.
fn entries(world: &World) -> Vec<Entry> {
    let bytes = world.log.frames().into_iter().flat_map(|frame| frame.entries);
    bytes.map(|bytes| SealedEntry::open(bytes).expect("canonical").entry().clone()).collect()
}

fn publication(world: &World) -> Publication {
    let mut fold = PublicationFold::new();
    entries(world).iter().for_each(|entry| fold.apply(entry).expect("in order"));
    fold.publication(Some(world.state().digest()), |_| None)
}

/// R19: registry ordinance, art. 16.
#[test]
fn holders_and_totals_are_published_and_no_balance_of_one_holder() {
    let mut world = World::stocked();
    world.accepted(cancel(1_001, &["1:1-7"]), &["alpha"]);
    let publication = publication(&world);
    let names: Vec<_> = publication.holders.iter().map(|h| h.name_en.as_str()).collect();
    assert_eq!(names, ["alpha Inc.", "beta Inc."]);
    let totals: Vec<_> = publication.totals.iter().map(|t| t.quantity_tonnes.get()).collect();
    assert_eq!(totals, [400, 0, 7, 3_593]);
    assert_eq!(publication.state_digest, world.state().digest().to_string());
    assert_eq!(totals.iter().sum::<u64>(), world.state().issued().get());
    assert_eq!(
        publication.totals_csv().expect("written"),
        "category,quantity_tonnes\ngovernment holding,400\nretirement,0\ncancellation,7\nentity,3593\n"
    );
    let holders = publication.holders_csv().expect("written");
    assert_eq!(holders.lines().count(), 3);
    assert!(!holders.contains("3593") && holders.contains("株式会社alpha"));
    world.check();
}

#[test]
fn a_name_that_looks_like_a_formula_is_neutralised() {
    let mut world = World::staffed();
    let Body::ApplyAccount(mut apply) = apply_account("alpha", ALPHA) else { unreachable!() };
    apply.holder.name_en = text("=HYPERLINK(\"http://example.com\")");
    let application = world.accepted(Body::ApplyAccount(apply), &["alpha"]);
    let payment = world.pay(14_400, None);
    let amount_yen = jcm_format::amount::Yen::new(14_400);
    world.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    world.accepted(Body::OpenAccount { application }, &["op-1"]);
    let csv = publication(&world).holders_csv().expect("written");
    assert!(csv.contains("'=HYPERLINK"), "{csv}");
    world.check();
}

/// R21: the books and the fee ledger say what the state says.
#[test]
fn fees_are_in_the_books_as_they_are_in_the_state() {
    let mut world = World::stocked();
    world.accepted(cancel(1_001, &["1:1-7"]), &["alpha"]);
    let (mut books, mut fees) = (BooksFold::new(), FeeLedger::new());
    for entry in entries(&world) {
        books.apply(&entry).expect("in order");
        fees.apply(&entry).expect("in order");
    }
    let mut applied = Yen::ZERO;
    for year in books.years().collect::<Vec<_>>() {
        let book = books.year(year).expect("small").expect("a year with entries");
        assert_eq!(book.check(), Ok(()));
        assert_eq!(world.state().books().year(year).expect("counted").totals, book.totals);
        applied = applied.checked_add(book.fees.applied_yen().expect("small")).expect("small");
    }
    let left = Yen::checked_sum(world.state().payments().map(|payment| payment.left_yen));
    assert_eq!(Some(fees.unapplied()), left);
    // Two accounts were opened.
    assert_eq!((applied, fees.income()), (Yen::new(28_800), Yen::new(28_800)));
}

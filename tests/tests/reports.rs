//! Reports say what the ledger says.

use jcm_format::command::Body;
use jcm_report::Publication;
use jcm_tests::world::*;

/// R19: registry ordinance, art. 16.
#[test]
fn holders_and_totals_are_published_and_no_balance_of_one_holder() {
    let mut world = World::stocked();
    world.accepted(cancel(1_001, &["1:1-7"]), &["alpha"]);
    let publication = Publication::of(world.state());
    let names: Vec<_> = publication.holders.iter().map(|h| h.name_en.as_str()).collect();
    assert_eq!(names, ["alpha Inc.", "beta Inc."]);
    let totals: Vec<_> = publication.totals.iter().map(|t| t.quantity_tonnes).collect();
    assert_eq!(totals, [400, 0, 7, 3_593]);
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
    let csv = Publication::of(world.state()).holders_csv().expect("written");
    assert!(csv.contains("'=HYPERLINK"), "{csv}");
    world.check();
}

//! Reports say what the ledger says.

use jcm_format::amount::Yen;
use jcm_format::command::{Body, PaymentId, PaymentPart, Purpose, RefundSource, RefusalGround};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::time::Timestamp;
use jcm_report::Publication;
use jcm_report::books::BooksFold;
use jcm_report::fee_ledger::{FeeLedger, Interval};
use jcm_report::publication::{PublicIndividual, PublicationFold};
use jcm_tests::acts::*;
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

/// R21, with every way that money takes, a correction and a closing entry of the ledger.
#[test]
fn a_year_that_the_ledger_closes_is_the_year_that_is_folded() {
    let mut world = World::stocked();
    let operators = ["op-1", "op-2"];
    let statement = world.accepted(
        statement("november", &[("a", 2_500, "2026-11-20"), ("b", 900, "2026-11-20")]),
        &["op-1"],
    );
    let other = |units| apply_transfer(terms(1_001, 1_002, units, Purpose::Other));
    let recorded = world.accepted(other(&["1:1-10"]), &["alpha"]);
    let refused = world.accepted(other(&["1:11-20"]), &["alpha"]);
    let part = |line, application, yen| PaymentPart {
        payment: PaymentId { entry: statement, line },
        application,
        amount_yen: Yen::new(yen),
    };
    let parts = vec![part(1, recorded, 2_500), part(2, refused, 600)];
    world.accepted(Body::ApplyPayments { parts }, &["op-1"]);
    world.accepted(Body::RecordTransfer { application: recorded }, &["op-1"]);
    world.accepted(refuse(refused, RefusalGround::Procedure), &["op-1"]);
    world.accepted(refund_of(RefundSource::Application(refused), 600, "out-1"), &operators);
    let left = RefundSource::Payment(line(statement, 2));
    world.accepted(refund_of(left, 100, "out-2"), &operators);
    let wrong = correction(1_001, recorded, &[(1_001, 1_002, &["1:21-24"])]);
    world.accepted(Body::RecordCorrection(wrong), &operators);
    // 1 April 2027, ten o'clock in Japan.
    world.now = Timestamp::from_ms(1_806_541_200_000).expect("in range");
    let closing = world.accepted(Body::CloseBooks { year: year(2_026) }, &operators);

    let mut books = BooksFold::new();
    entries(&world).iter().for_each(|entry| books.apply(entry).expect("in order"));
    let book = books.year(year(2_026)).expect("small").expect("a year with entries");
    assert_eq!(book.check(), Ok(()));
    assert_eq!(book.closing.map(|closing| closing.entry), Some(closing));
    let totals = book.totals;
    // Two accounts at 14,400 and the statement came in.
    assert_eq!(totals.payments_yen, Yen::new(28_800 + 3_400));
    assert_eq!((totals.transfer_fees_yen, totals.refunded_yen), (Yen::new(3_100), Yen::new(700)));
    assert_eq!((totals.transferred_tonnes.get(), totals.corrected_tonnes.get()), (10, 4));
    assert_eq!((totals.received, totals.recorded, totals.refused), (4, 3, 1));
    let total = books.fees().table(Interval::FiscalYear, None, None).expect("small");
    assert!(total.balances());
    let total = total.total;
    assert_eq!((total.income_yen, total.unapplied_yen), (28_800 + 2_500, Yen::new(200)));
    let years = publication(&world).years;
    let years: Vec<_> =
        years.iter().map(|of| (of.year.get(), of.transferred_tonnes.get())).collect();
    assert_eq!(years, [(2_026, 10)]);
    world.check();
}

/// Registry ordinance, art. 16(1): an individual's name; no account that is closed.
#[test]
fn an_individual_is_published_until_the_account_is_closed() {
    let mut world = World::stocked();
    let person = digest("carol");
    world.accepted(Body::RegisterProponent { project: project("MN001"), person }, &["op-1"]);
    let application = world.accepted(apply_individual("carol", "carol"), &["carol"]);
    let payment = world.pay(14_400, None);
    let amount_yen = Yen::new(14_400);
    world.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    world.accepted(Body::OpenAccount { application }, &["op-1"]);
    let particulars = digest("particulars of carol");
    let publish = |world: &World| {
        let mut fold = PublicationFold::new();
        entries(world).iter().for_each(|entry| fold.apply(entry).expect("in order"));
        let store = |commitment| {
            (commitment == particulars).then(|| PublicIndividual {
                name_ja: "山田花子".to_owned(),
                name_en: "Hanako Yamada".to_owned(),
                office_ja: "札幌市".to_owned(),
                office_en: "Sapporo".to_owned(),
            })
        };
        fold.publication(None, store).holders
    };
    let holders = publish(&world);
    assert_eq!((holders.len(), holders[2].name_en.as_str()), (3, "Hanako Yamada"));
    let account = holders[2].account;
    let application = world.accepted(close(account.get()), &["carol"]);
    world.accepted(Body::RecordApplication { application }, &["op-1"]);
    assert_eq!(publish(&world).len(), 2);
    world.accepted(erase(particulars), &["op-1", "op-2"]);
    assert_eq!(publish(&world).len(), 2);
    world.check();
}

use super::*;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Acceptance, BookTotals, Commission, CorrectionMove, Holder, ImportedPayment, LapseGround,
    ParticularsChange, Purpose, RefundSource, RefusalGround, Restriction, RestrictionGround,
    RuleSet, TransferTerms, TransferTrust, TrustRequest, TrustTerms,
};
use jcm_format::entry::{Entry, FormatVersion};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::{AccountCategory, CreditClass, Event, Fee, Holding};
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};

mod article6;

/// 2026-03-31 in Japan, an hour before midnight: the last day of the year 2025.
pub(crate) const EVE_MS: u64 = 1_774_965_600_000;
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

const KEY: PublicKey = PublicKey::from_bytes([3; PublicKey::LEN]);

/// A state that grows by effects alone, as in a replay.
pub(crate) struct Replay {
    pub(crate) state: State,
    pub(crate) time: u64,
}

impl Replay {
    /// A registry with account 1001, which holds units 1 to 100 of block 1.
    pub(crate) fn new() -> Replay {
        let mut replay = Replay { state: State::new(), time: EVE_MS };
        let rule_set = RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::new(3_000),
            transfer_fee_yen: Yen::new(2_500),
            certificate_fee_yen: Yen::new(400),
        };
        let government = [
            (1, AccountCategory::GovernmentHolding),
            (2, AccountCategory::Retirement),
            (3, AccountCategory::Cancellation),
        ];
        let mut genesis = vec![
            Effect::RegistryCreated { origin: origin(), log_key: KEY },
            Effect::RuleSetAdopted { rule_set },
        ];
        genesis.extend(government.map(|(number, category)| Effect::GovernmentAccountOpened {
            account: account(number),
            category,
        }));
        replay.entry(genesis);
        let application = replay.entry(vec![account_applied(1, Yen::new(3_000))]);
        replay.entry(vec![Effect::AccountOpened { application, account: account(1_001) }]);
        replay.entry(issued());
        replay
    }

    pub(crate) fn entry(&mut self, effects: Vec<Effect>) -> EntryIndex {
        let index = EntryIndex::new(self.state.entries());
        let entry = Entry {
            version: FormatVersion::V1,
            index,
            prev: self.state.head(),
            time: Timestamp::from_ms(self.time).expect("a time"),
            rule_set: self.state.rule_set_version(),
            command: SignedCommand { payload: Vec::new(), signatures: Vec::new() },
            event: Event(effects),
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&index.get().to_be_bytes());
        let header = CommandHeader { id: CommandId::from_bytes(id), valid_until: entry.time };
        let sealed = SealedEntry::seal(entry).expect("small");
        self.state.apply(&sealed, header);
        index
    }

    pub(crate) fn paid(&mut self, reference: &str, yen: u64) -> EntryIndex {
        self.entry(vec![Effect::PaymentRecorded {
            bank_reference: name(reference),
            amount_yen: Yen::new(yen),
            value_date: date("2026-03-31"),
            account: None,
            payer: Some(digest(90)),
        }])
    }

    fn lines_with(&self, prefix: &str) -> Vec<String> {
        let lines = self.state.digest_lines().into_iter();
        lines.filter(|line| line.starts_with(&format!("{prefix} "))).collect()
    }

    fn totals(&self, year: u16) -> BookTotals {
        let year = Year::new(year).expect("a year");
        self.state.books().year(year).map(|book| book.totals).unwrap_or_default()
    }
}

fn origin() -> Origin {
    "registry.example/jcm".parse().expect("an origin")
}

pub(crate) fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("in range")
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; Digest::LEN])
}

pub(crate) fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

pub(crate) fn ranges(texts: &[&str]) -> SerialRanges {
    SerialRanges::new(texts.iter().map(|text| range(text)).collect()).expect("ascending")
}

pub(crate) fn holder() -> Holder {
    Holder {
        name_ja: Some(text("商事")),
        name_en: text("Trading"),
        head_office_ja: None,
        head_office_en: text("Tokyo"),
    }
}

fn account_applied(key: u8, fee: Yen) -> Effect {
    Effect::AccountApplied {
        person: Person::Corporation("8700110005901".parse().expect("a corporate number")),
        holder: holder(),
        particulars: digest(50),
        attachments: Vec::new(),
        representative: PublicKey::from_bytes([key; PublicKey::LEN]),
        fee: Fee::Due(fee),
    }
}

fn issued() -> Vec<Effect> {
    let project = ProjectRef::new("MN001").expect("a reference");
    let decision = jcm_format::command::Decision {
        reference: name("JC-1"),
        date: date("2026-03-01"),
        period_start: date("2024-01-01"),
        period_end: date("2024-12-31"),
        notified_total_tonnes: Tonnes::new(200),
        notified_japan_tonnes: Tonnes::new(100),
    };
    vec![
        Effect::ProjectRegistered {
            reference: project.clone(),
            title: text("Solar"),
            methodology: name("M1"),
            public_input_date: None,
        },
        Effect::IssuanceRecorded {
            project,
            decision,
            basis: jcm_format::command::Basis::Consent(EntryIndex::new(1)),
            verifier: text("Verifier"),
            verification_report: digest(1),
            quantity_tonnes: Tonnes::new(100),
        },
        Effect::BlockIssued {
            block: BlockNumber::new(1).expect("from 1"),
            vintage: Year::new(2024).expect("a year"),
            issued_on: date("2026-03-31"),
            class: CreditClass::A,
            allocations: vec![Holding { account: account(1_001), range: range("1:1-100") }],
        },
    ]
}

pub(crate) fn transfer(range: &str, destination: u32, purpose: Purpose, fee: Fee) -> Effect {
    let terms = TransferTerms {
        source: account(1_001),
        destination: account(destination),
        ranges: ranges(&[range]),
        purpose,
        gratuitous: false,
        use_: None,
    };
    Effect::TransferApplied { terms, fee }
}

pub(crate) fn trust(details: u8) -> TrustTerms {
    TrustTerms {
        details: digest(details),
        evidence: digest(99),
        beneficiary_certificates: false,
        without_beneficiaries: false,
        public_interest: false,
    }
}

pub(crate) fn line(entry: EntryIndex, line: u16) -> PaymentId {
    PaymentId { entry, line }
}

#[test]
fn a_log_from_before_the_acts_has_the_rules_of_genesis() {
    let replay = Replay::new();
    assert_eq!(
        replay.lines_with("rules"),
        ["rules 1 20 10 off 2025-03-31 2025-03-31 JP-{project}-{vintage}-{block}-{unit}"]
    );
    assert_eq!(replay.lines_with("fee"), ["fee 1970-01-01 3000 2500 400"]);
    assert_eq!(replay.lines_with("invoice"), [""; 0]);
    assert_eq!(
        replay.lines_with("account"),
        [
            "account JP-0000001-95 government-holding - open anybody",
            "account JP-0000002-92 retirement - open anybody",
            "account JP-0000003-89 cancellation - open anybody",
            "account JP-0001001-05 entity JP:8700110005901 open anybody",
        ]
    );
    let published = Digest::of(&["商事\nTrading\n\nTokyo\n".as_bytes()]);
    assert_eq!(
        replay.lines_with("holder"),
        [format!("holder JP-0001001-05 {} {published}", digest(50))]
    );
    assert_eq!(replay.lines_with("application"), ["application 1 account recorded 3000 0 0 - - -"]);
}

#[test]
fn the_fee_in_force_is_that_of_the_last_period_that_has_begun() {
    let mut replay = Replay::new();
    let mut rules = replay.state.rules().expect("after genesis").clone();
    let first = rules.fees[0];
    rules.version = 2;
    rules.fees = vec![
        jcm_format::command::FeePeriod { from: date("2026-01-01"), ..first },
        jcm_format::command::FeePeriod {
            from: date("2026-07-01"),
            transfer_fee_yen: Yen::new(2_000),
            ..first
        },
    ];
    replay.entry(vec![Effect::RulesAdopted { rules }]);
    let fee = |day: &str| replay.state.fee_on(date(day)).map(|fees| fees.transfer_fee_yen.get());
    assert_eq!(fee("2025-12-31"), None);
    assert_eq!(fee("2026-06-30"), Some(2_500));
    assert_eq!(fee("2026-07-01"), Some(2_000));
    assert_eq!(replay.state.rule_set_version(), 2);
}

#[test]
fn the_books_count_by_japans_fiscal_year() {
    let mut replay = Replay::new();
    let due = Fee::Due(Yen::new(2_500));
    let payment = replay.paid("in-1", 10_000);
    replay.entry(vec![
        transfer("1:1-10", 1, Purpose::Other, due),
        Effect::PaymentApplied { payment, application: None, amount_yen: Yen::new(2_500) },
        Effect::TransferRecorded { application: None },
    ]);
    // An hour and a second later it is 1 April.
    replay.time += 60 * 60 * 1_000 + 1_000;
    let waiting = replay.entry(vec![transfer("1:11-30", 3, Purpose::Cancellation, due)]);
    let statement = replay.entry(vec![statement(&[7_000, 500])]);
    let amount_yen = Yen::new(2_500);
    let settled = Effect::PaymentLineApplied {
        payment: line(statement, 1),
        application: Some(waiting),
        amount_yen,
    };
    replay.entry(vec![settled]);
    replay.entry(vec![Effect::TransferRecorded { application: Some(waiting) }]);
    replay.entry(vec![transfer("1:31-35", 2, Purpose::Retirement, Fee::NotChargeable), {
        Effect::TransferRecorded { application: None }
    }]);
    for end in [refused, withdrawn, lapsed] {
        let application = replay.entry(vec![transfer("1:41-41", 1, Purpose::Other, due)]);
        replay.entry(vec![end(application)]);
    }
    let certificate = Effect::CertificateRequested { account: account(1_001), fee: due };
    replay.entry(vec![certificate, Effect::CertificateIssued { application: None }]);
    let units = CorrectionMove {
        source: account(1),
        destination: account(1_001),
        ranges: ranges(&["1:1-4"]),
    };
    replay.entry(vec![Effect::UnitsMoved { units }]);
    replay.entry(vec![refund(RefundSource::Payment(line(statement, 2)), 500)]);

    let first = replay.totals(2025);
    assert_eq!((first.entries, first.received, first.recorded), (6, 2, 2));
    assert_eq!((first.payments_yen.get(), first.transfer_fees_yen.get()), (10_000, 2_500));
    assert_eq!((first.issued_tonnes.get(), first.transferred_tonnes.get()), (100, 10));
    let second = replay.totals(2026);
    assert_eq!((second.entries, second.received, second.recorded), (14, 6, 3));
    assert_eq!((second.refused, second.withdrawn, second.lapsed), (1, 1, 1));
    assert_eq!((second.payments_yen.get(), second.transfer_fees_yen.get()), (7_500, 2_500));
    assert_eq!((second.cancelled_tonnes.get(), second.retired_tonnes.get()), (20, 5));
    assert_eq!((second.corrected_tonnes.get(), second.refunded_yen.get()), (4, 500));
    assert_eq!(
        replay.lines_with("books"),
        [
            "books 2025 open 6 2 2 0 0 0 10000 0 2500 0 0 100 10 0 0 0",
            "books 2026 open 14 6 3 1 1 1 7500 0 2500 0 500 0 0 5 20 4",
        ]
    );
    assert!(replay.state.is_conserved());
}

fn refused(application: EntryIndex) -> Effect {
    let ground = RefusalGround::Procedure;
    Effect::ApplicationRefused { application, ground, explanation: text("Defective") }
}

fn withdrawn(application: EntryIndex) -> Effect {
    Effect::ApplicationWithdrawn { application }
}

fn lapsed(application: EntryIndex) -> Effect {
    Effect::ApplicationLapsed { application, ground: LapseGround::Unpaid }
}

fn refund(source: RefundSource, yen: u64) -> Effect {
    Effect::Refunded { source, amount_yen: Yen::new(yen), bank_reference: name("out") }
}

pub(crate) fn statement(amounts: &[u64]) -> Effect {
    let credit = |(key, amount): (u8, &u64)| ImportedPayment {
        key: LineKey::from_bytes([key; LineKey::LEN]),
        amount_yen: Yen::new(*amount),
        value_date: date("2026-03-31"),
        account: None,
    };
    Effect::StatementImported {
        statement: digest(70),
        payers: Some(digest(71)),
        payments: (1..).zip(amounts).map(credit).collect(),
    }
}

#[test]
fn a_closed_year_keeps_its_totals() {
    let mut replay = Replay::new();
    let totals = replay.totals(2025);
    replay.time += 2 * DAY_MS;
    let year = Year::new(2025).expect("a year");
    let by = replay.entry(vec![Effect::BooksClosed { year, totals }]);
    let book = replay.state.books().year(year).expect("closed");
    assert_eq!((book.totals, book.closed), (totals, Some(by)));
    assert_eq!(replay.lines_with("books").len(), 2);
    assert_eq!(replay.state.books().open_before(Year::new(2027).expect("a year")), Year::new(2026));
}

#[test]
fn lines_of_a_statement_are_payments_of_their_own() {
    let mut replay = Replay::new();
    let single = replay.paid("in-1", 100);
    let imported = replay.entry(vec![statement(&[7_000, 500])]);
    replay.entry(vec![refund(RefundSource::Payment(line(imported, 1)), 1_000)]);
    assert_eq!(
        replay.lines_with("payment"),
        [
            format!("payment {single} 100 100"),
            format!("payment {imported}/1 7000 6000"),
            format!("payment {imported}/2 500 500"),
        ]
    );
    assert_eq!(replay.lines_with("statement"), [format!("statement {}", digest(70))]);
    assert_eq!(replay.state.statement_lines(imported).count(), 2);
    assert_eq!(replay.state.statement_lines(single).count(), 1);
    assert!(replay.state.has_line(&LineKey::from_bytes([2; LineKey::LEN])));
    assert!(
        replay.state.has_refund(&name("out")) && !replay.state.has_bank_reference(&name("out"))
    );
}

#[test]
fn what_ends_without_a_record_frees_its_units_and_may_be_paid_back() {
    let mut replay = Replay::new();
    let payment = replay.paid("in-1", 3_000);
    for end in [refused, withdrawn, lapsed] {
        let due = Fee::Due(Yen::new(2_500));
        let open = replay.entry(vec![transfer("1:41-50", 1, Purpose::Other, due)]);
        let amount_yen = Yen::new(1_000);
        let application = Some(open);
        replay.entry(vec![Effect::PaymentApplied { payment, application, amount_yen }]);
        assert!(replay.state.is_reserved(range("1:50-60")));
        assert_eq!(replay.state.open_applications_of(account(1)).count(), 1);
        replay.entry(vec![end(open)]);
        assert!(!replay.state.is_reserved(range("1:1-100")));
        assert_eq!(replay.state.open_applications_of(account(1)).count(), 0);
        replay.entry(vec![refund(RefundSource::Application(open), 400)]);
        let closed = replay.state.closed_application(open).expect("closed");
        assert_eq!((closed.settled_yen.get(), closed.kept_yen().get()), (1_000, 600));
    }
    let ends: Vec<_> = replay.lines_with("application");
    assert!(ends[1].ends_with("transfer refused 2500 1000 400 - - -"), "{ends:?}");
    assert!(ends[2].ends_with("transfer withdrawn 2500 1000 400 - - -"), "{ends:?}");
    assert!(ends[3].ends_with("transfer lapsed 2500 1000 400 - - -"), "{ends:?}");
}

#[test]
fn completion_consent_and_proofs_are_kept_while_an_application_is_open() {
    let mut replay = Replay::new();
    let mut rules = replay.state.rules().expect("after genesis").clone();
    rules.transferee_acceptance = true;
    replay.entry(vec![Effect::RulesAdopted { rules }]);
    replay.entry(vec![Effect::AcceptanceSet {
        account: account(1),
        acceptance: Acceptance::Consent,
    }]);
    let due = Fee::Due(Yen::new(2_500));
    let application = replay.entry(vec![transfer("1:41-50", 1, Purpose::Other, due)]);
    let line = || replay_line(application);
    fn replay_line(application: EntryIndex) -> String {
        format!("application {application} transfer open 2500 0 0")
    }
    assert_eq!(replay.lines_with("application")[1], format!("{} complete awaited -", line()));
    let items = vec![text("A seal")];
    let asked = Effect::CompletionRequested { application, items, due: date("2026-04-30") };
    replay.entry(vec![asked]);
    replay.entry(vec![Effect::TransferAccepted { application }]);
    replay.entry(vec![Effect::PaymentProofSubmitted { application, document: digest(8) }]);
    assert_eq!(
        replay.lines_with("application")[1],
        format!("{} awaited:2026-04-30 given -", line())
    );
    replay.entry(vec![Effect::ApplicationCompleted { application, attachments: Vec::new() }]);
    let open = replay.state.open_application(application).expect("open");
    assert_eq!((open.completion.is_none(), open.proofs.len()), (true, 1));
    assert_eq!(
        replay.lines_with("account")[0],
        "account JP-0000001-95 government-holding - open consent"
    );
}

#[test]
fn trusts_follow_their_units() {
    let mut replay = Replay::new();
    let request = TrustRequest::Record { ranges: ranges(&["1:1-10", "1:21-30"]), terms: trust(1) };
    let applied = replay.entry(vec![Effect::TrustApplied {
        account: account(1_001),
        request,
        subrogation: None,
    }]);
    assert!(
        replay.state.is_reserved(range("1:30-40")) && !replay.state.is_reserved(range("1:11-20"))
    );
    let recorded = replay.entry(vec![
        Effect::TrustApplicationRecorded { application: applied },
        Effect::TrustRecorded {
            account: account(1_001),
            ranges: ranges(&["1:1-10", "1:21-30"]),
            terms: trust(1),
        },
    ]);
    replay.entry(vec![Effect::TrustDeleted { ranges: ranges(&["1:6-25"]) }]);
    let commission =
        Commission { court: text("Court"), reference: text("1"), trustee_dismissed: true };
    let (terms, commission) = (trust(2), Some(commission));
    replay.entry(vec![Effect::TrustAmended { trust: recorded, terms, commission }]);
    replay.entry(vec![Effect::TrustAmended { trust: recorded, terms, commission: None }]);
    assert_eq!(
        replay.lines_with("trust"),
        [format!("trust {recorded} JP-0001001-05 {} dismissed", digest(2))]
    );
    assert_eq!(
        replay.lines_with("in-trust"),
        [format!("in-trust 1:1-5 {recorded}"), format!("in-trust 1:26-30 {recorded}")]
    );
    let stated = TransferTrust::Record(trust(3));
    let fee = Fee::Due(Yen::new(2_500));
    let application = replay.entry(vec![
        transfer("1:51-60", 1, Purpose::Other, fee),
        Effect::TransferTrustStated { trust: stated.clone() },
    ]);
    let open = replay.state.open_application(application).expect("open");
    assert_eq!(open.trust, Some(stated));
    for details in 1..=3 {
        assert!(replay.state.has_commitment(&digest(details)), "{details}");
    }
    assert!(!replay.state.has_commitment(&digest(99)), "evidence is no commitment");
}

#[test]
fn restrictions_are_found_by_unit_and_by_account() {
    let mut replay = Replay::new();
    let restriction = |ranges| Restriction {
        account: account(1_001),
        ranges,
        ground: RestrictionGround::CourtOrder,
        authority: text("Court"),
        reference: text("1"),
        document: digest(9),
    };
    let named = restriction(Some(ranges(&["1:1-10", "1:21-30"])));
    let named = replay.entry(vec![Effect::RestrictionRecorded { restriction: named }]);
    let holder = account(1_001);
    assert!(replay.state.is_restricted(range("1:10-20"), holder));
    assert!(!replay.state.is_restricted(range("1:11-20"), holder));
    let whole = restriction(None);
    let whole = replay.entry(vec![Effect::RestrictionRecorded { restriction: whole }]);
    assert!(replay.state.is_restricted(range("1:11-20"), holder));
    assert_eq!(
        replay.lines_with("restriction"),
        [
            format!("restriction {named} JP-0001001-05 1:1-10,1:21-30"),
            format!("restriction {whole} JP-0001001-05 account"),
        ]
    );
    let units = replay.state.units(range("1:1-100"));
    assert!(units.iter().all(|stretch| stretch.restricted));
    replay.entry(vec![Effect::RestrictionReleased { restriction: whole }]);
    assert_eq!(replay.state.restrictions_of(holder).count(), 1);
    let stretches = replay.state.units(range("1:1-100"));
    let shown: Vec<_> = stretches.iter().map(|s| (s.range.to_string(), s.restricted)).collect();
    let expected = [("1:1-10", true), ("1:11-20", false), ("1:21-30", true), ("1:31-100", false)];
    assert_eq!(shown, expected.map(|(range, restricted)| (range.to_owned(), restricted)));
}

#[test]
fn a_closed_account_stays_and_its_person_may_apply_again() {
    let mut replay = Replay::new();
    let person = Person::Corporation("8700110005901".parse().expect("a corporate number"));
    assert_eq!(replay.state.account_of(&person), Some(account(1_001)));
    let closing = Effect::ClosingApplied { account: account(1_001), attachments: Vec::new() };
    let application = replay.entry(vec![closing]);
    let closed = Effect::AccountClosed { application, account: account(1_001) };
    replay.entry(vec![closed]);
    assert_eq!(replay.state.account_of(&person), None);
    assert!(replay.state.account(account(1_001)).is_some());
    assert!(replay.state.live_account(account(1_001)).is_none());
    assert_eq!(replay.state.next_account(), AccountNumber::new(1_002));
    assert_eq!(
        replay.lines_with("account")[3],
        "account JP-0001001-05 entity JP:8700110005901 closed anybody"
    );
}

#[test]
fn government_accounts_are_numbered_below_the_entities() {
    let mut replay = Replay::new();
    assert_eq!(replay.state.next_government_account(), AccountNumber::new(4));
    let opened = |number| Effect::GovernmentAccountOpened {
        account: account(number),
        category: AccountCategory::Retirement,
    };
    let named = Effect::GovernmentAccountNamed {
        account: account(1_000),
        name_ja: text("名"),
        name_en: text("Name"),
    };
    replay.entry(vec![opened(1_000), named]);
    assert_eq!(replay.state.next_government_account(), None);
    assert_eq!(replay.state.next_account(), AccountNumber::new(1_002));
    let name = replay.state.account(account(1_000)).and_then(|account| account.name.as_ref());
    assert_eq!(name.map(|name| name.en.as_str()), Some("Name"));
}

#[test]
fn changed_particulars_take_the_place_of_those_before_field_by_field() {
    let mut replay = Replay::new();
    let change = |holder, particulars| ParticularsChange {
        holder,
        particulars,
        effective: date("2026-03-31"),
    };
    let new = Holder { name_en: text("Renamed"), ..holder() };
    let notified = change(Some(new.clone()), None);
    let application = replay.entry(vec![Effect::ChangeNotified {
        account: account(1_001),
        change: notified.clone(),
        attachments: Vec::new(),
    }]);
    let account = account(1_001);
    replay.entry(vec![Effect::ParticularsChanged {
        application: Some(application),
        account,
        change: notified,
    }]);
    let corrected = change(None, Some(digest(51)));
    replay.entry(vec![Effect::ParticularsChanged {
        application: None,
        account,
        change: corrected,
    }]);
    let holder = replay.state.account(account).and_then(|account| account.holder.clone());
    let holder = holder.expect("an entity account");
    assert_eq!((holder.particulars, holder.commitment), (Some(new), digest(51)));
    assert_eq!(replay.totals(2025).recorded, 2, "a correction is no application");
    assert!(replay.state.has_commitment(&digest(50)) && replay.state.has_commitment(&digest(51)));
}

#[test]
fn individuals_have_no_published_particulars() {
    let mut replay = Replay::new();
    let project = ProjectRef::new("MN001").expect("a reference");
    replay
        .entry(vec![Effect::ProponentRegistered { project: project.clone(), person: digest(60) }]);
    assert!(replay.state.is_proponent(&project, digest(60)));
    assert!(!replay.state.is_proponent_of_any(&digest(61)));
    let application = replay.entry(vec![Effect::IndividualApplied {
        person: digest(60),
        particulars: digest(62),
        attachments: Vec::new(),
        representative: PublicKey::from_bytes([5; PublicKey::LEN]),
        fee: Fee::Due(Yen::new(3_000)),
    }]);
    assert!(replay.state.person_has_open_application(&Person::Individual(digest(60))));
    replay.entry(vec![Effect::AccountOpened { application, account: account(1_002) }]);
    replay.entry(vec![Effect::PersonalDataErased { commitment: digest(62) }]);
    let individual = format!("individual:{}", digest(60));
    assert_eq!(
        replay.lines_with("account")[4],
        format!("account JP-0001002-02 entity {individual} open anybody")
    );
    assert_eq!(replay.lines_with("holder")[1], format!("holder JP-0001002-02 {} -", digest(62)));
    assert_eq!(replay.lines_with("proponent"), [format!("proponent MN001 {individual}")]);
    assert_eq!(replay.lines_with("erased"), [format!("erased {}", digest(62))]);
    let statement = replay.state.account_statement_lines(account(1_002)).expect("an account");
    let expected = [
        "jcm-account/v1".to_owned(),
        "entries 8".to_owned(),
        "account JP-0001002-02 entity".to_owned(),
        format!("person {individual}"),
        format!("particulars {}", digest(62)),
    ];
    assert_eq!(statement, expected);
}

#[test]
fn a_certificate_states_holdings_trusts_and_restrictions() {
    let mut replay = Replay::new();
    let terms = trust(1);
    let recorded = Effect::TrustRecorded {
        account: account(1_001),
        ranges: ranges(&["1:1-10", "1:11-20"]),
        terms,
    };
    let trust = replay.entry(vec![recorded]);
    replay.entry(vec![
        transfer("1:91-95", 1, Purpose::Other, Fee::NotChargeable),
        Effect::TransferRecorded { application: None },
    ]);
    let restriction = Restriction {
        account: account(1_001),
        ranges: Some(ranges(&["1:1-2", "1:3-4"])),
        ground: RestrictionGround::Violation,
        authority: text("Ministry"),
        reference: text("1"),
        document: digest(9),
    };
    let whole = Restriction { ranges: None, ..restriction.clone() };
    let named = replay.entry(vec![Effect::RestrictionRecorded { restriction }]);
    let whole = replay.entry(vec![Effect::RestrictionRecorded { restriction: whole }]);
    let lines = replay.state.account_statement_lines(account(1_001)).expect("an account");
    let expected = [
        "jcm-account/v1".to_owned(),
        "entries 8".to_owned(),
        "account JP-0001001-05 entity".to_owned(),
        "person JP:8700110005901".to_owned(),
        "name-ja 商事".to_owned(),
        "name-en Trading".to_owned(),
        "head-office-en Tokyo".to_owned(),
        format!("particulars {}", digest(50)),
        "holding 1:1-90 MN001 2024 A 2026-03-31".to_owned(),
        "holding 1:96-100 MN001 2024 A 2026-03-31".to_owned(),
        format!("trust 1:1-20 {trust}"),
        format!("restriction {named} 1:1-2"),
        format!("restriction {named} 1:3-4"),
        format!("restriction {whole} account"),
    ];
    assert_eq!(lines, expected);
    let text = expected.map(|line| line + "\n").concat();
    let digest = replay.state.account_statement(account(1_001));
    assert_eq!(digest, Some(Digest::of(&[text.as_bytes()])));
    assert_eq!(replay.state.account_statement(account(1_009)), None);
}

#[test]
fn the_digest_is_that_of_its_lines() {
    let replay = Replay::new();
    let text: String = replay.state.digest_lines().into_iter().map(|line| line + "\n").collect();
    assert!(text.starts_with("jcm-state/v4\nentries 4\nrules 1 "), "{text}");
    assert_eq!(replay.state.digest(), Digest::of(&[text.as_bytes()]));
}

#[test]
fn keys_are_found_by_account_and_name_as_long_as_they_are_not_revoked() {
    use jcm_format::command::{Power, Representative, Role};
    let mut replay = Replay::new();
    let role = |byte: u8| {
        let number = account(1_001 + u32::from(byte % 3));
        let person = name(["sato", "ito"][usize::from(byte % 2)]);
        match byte % 5 {
            0 => Role::Account(number),
            1 => Role::Operator(person),
            _ => {
                Role::Representative(Representative { account: number, person, power: Power::Full })
            }
        }
    };
    let key = |byte| PublicKey::from_bytes([byte; PublicKey::LEN]);
    for byte in 100..160 {
        replay.entry(vec![Effect::KeyRegistered { key: key(byte), role: role(byte) }]);
        // Most are revoked later, some of them twice, and never in the order they came.
        replay.entry(vec![Effect::KeyRevoked { key: key(100 + byte.wrapping_mul(7) % 50) }]);
        for number in (1_001..=1_003).map(account) {
            let found: Vec<_> = replay.state.keys_of(number).collect();
            let all = replay.state.keys();
            let scanned: Vec<_> = all
                .filter(|(_, record)| !record.revoked && record.account() == Some(number))
                .collect();
            assert_eq!(found, scanned, "{number}");
        }
        for person in ["sato", "ito"].map(name) {
            let scanned = replay.state.keys().any(|(_, record)| {
                matches!(&record.role, Role::Representative(of) if of.person == person)
                    && !record.revoked
            });
            assert_eq!(replay.state.is_representative(&person), scanned, "{person}");
        }
    }
}

//! Logs for tests, entry by entry. Nothing here was decided by the ledger: the
//! effects are those that `docs/spec/commands.md` gives the commands.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    CorrectionGround, CorrectionMove, Decision, Holder, ImportedPayment, LineKey, PaymentId,
    Person, Purpose, RefundSource, RefusalGround, TransferTerms,
};
use jcm_format::entry::{Entry, FormatVersion};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::{AccountCategory, CreditClass, Effect, Event, Fee, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp, Year};

pub(crate) const OPENING: u64 = 14_400;
pub(crate) const TRANSFER: u64 = 2_500;
pub(crate) const CERTIFICATE: u64 = 1_200;

/// A log under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    /// Adds an entry of the first moment of `date` in Japan.
    pub(crate) fn on(&mut self, date: &str, effects: Vec<Effect>) -> EntryIndex {
        self.at(start(date), effects)
    }

    pub(crate) fn at(&mut self, time: Timestamp, effects: Vec<Effect>) -> EntryIndex {
        let index = EntryIndex::new(self.entries.len() as u64);
        self.entries.push(Entry {
            version: FormatVersion::V1,
            index,
            prev: Digest::from_bytes([0; Digest::LEN]),
            time,
            rule_set: 1,
            command: SignedCommand { payload: Vec::new(), signatures: Vec::new() },
            event: Event(effects),
        });
        index
    }

    /// The government accounts: entry 0.
    pub(crate) fn genesis(date: &str) -> Log {
        let mut log = Log::default();
        let government = |number, category| Effect::GovernmentAccountOpened {
            account: account(number),
            category,
        };
        let effects = vec![
            government(1, AccountCategory::GovernmentHolding),
            government(2, AccountCategory::Retirement),
            government(3, AccountCategory::Cancellation),
        ];
        log.on(date, effects);
        log
    }
}

/// The first moment of a date in Japan.
pub(crate) fn start(date: &str) -> Timestamp {
    let days = day(date).days();
    Timestamp::from_ms(days * 86_400_000 - 9 * 3_600_000).expect("in range")
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn year(number: u16) -> Year {
    Year::new(number).expect("a year")
}

pub(crate) fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("a number")
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).expect("text")
}

pub(crate) fn digest(seed: u8) -> Digest {
    Digest::from_bytes([seed; Digest::LEN])
}

pub(crate) fn ranges(texts: &[&str]) -> SerialRanges {
    let ranges = texts.iter().map(|text| text.parse().expect("a range"));
    SerialRanges::new(ranges.collect()).expect("ranges")
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn holder(name: &str) -> Holder {
    Holder {
        name_ja: Some(text(&format!("株式会社{name}"))),
        name_en: text(&format!("{name} Inc.")),
        head_office_ja: Some(text("東京都千代田区")),
        head_office_en: text("Chiyoda, Tokyo"),
    }
}

pub(crate) fn paid(yen: u64) -> Effect {
    Effect::PaymentRecorded {
        bank_reference: name("b-1"),
        amount_yen: Yen::new(yen),
        value_date: day("2020-01-01"),
        account: None,
        payer: None,
    }
}

pub(crate) fn imported(amounts: &[u64]) -> Effect {
    let payments = amounts.iter().enumerate().map(|(i, yen)| ImportedPayment {
        key: LineKey::from_bytes([i as u8; LineKey::LEN]),
        amount_yen: Yen::new(*yen),
        value_date: day("2020-01-01"),
        account: None,
    });
    Effect::StatementImported { statement: digest(9), payers: None, payments: payments.collect() }
}

pub(crate) fn applied(
    payment: EntryIndex,
    line: u16,
    application: Option<EntryIndex>,
    yen: u64,
) -> Effect {
    let amount_yen = Yen::new(yen);
    match line {
        0 => Effect::PaymentApplied { payment, application, amount_yen },
        line => {
            let payment = PaymentId { entry: payment, line };
            Effect::PaymentLineApplied { payment, application, amount_yen }
        }
    }
}

pub(crate) fn refunded(source: RefundSource, yen: u64) -> Effect {
    Effect::Refunded { source, amount_yen: Yen::new(yen), bank_reference: name("r-1") }
}

pub(crate) fn account_applied(who: &str) -> Effect {
    Effect::AccountApplied {
        person: Person::Corporation("8700110005901".parse().expect("a number")),
        holder: holder(who),
        particulars: digest(1),
        attachments: Vec::new(),
        representative: PublicKey::from_bytes([7; PublicKey::LEN]),
        fee: Fee::Due(Yen::new(OPENING)),
    }
}

pub(crate) fn individual_applied(person: Digest, particulars: Digest) -> Effect {
    Effect::IndividualApplied {
        person,
        particulars,
        attachments: Vec::new(),
        representative: PublicKey::from_bytes([7; PublicKey::LEN]),
        fee: Fee::Due(Yen::new(OPENING)),
    }
}

pub(crate) fn opened(application: EntryIndex, number: u32) -> Effect {
    Effect::AccountOpened { application, account: account(number) }
}

pub(crate) fn transfer(source: u32, destination: u32, purpose: Purpose, units: &[&str]) -> Effect {
    let terms = TransferTerms {
        source: account(source),
        destination: account(destination),
        ranges: ranges(units),
        purpose,
        gratuitous: false,
        use_: None,
    };
    Effect::TransferApplied { terms, fee: Fee::Due(Yen::new(TRANSFER)) }
}

pub(crate) fn certificate(number: u32) -> Effect {
    Effect::CertificateRequested { account: account(number), fee: Fee::Due(Yen::new(CERTIFICATE)) }
}

pub(crate) fn refused(application: EntryIndex) -> Effect {
    Effect::ApplicationRefused {
        application,
        ground: RefusalGround::Procedure,
        explanation: text("incomplete"),
    }
}

/// An issuance of one block: who holds which units first.
pub(crate) fn issuance(block: u32, holdings: &[(u32, u64, u64)]) -> Vec<Effect> {
    let number = BlockNumber::new(block).expect("from 1");
    let allocations: Vec<_> = holdings
        .iter()
        .map(|(to, first, last)| Holding {
            account: account(*to),
            range: SerialRange::new(number, *first, *last).expect("a range"),
        })
        .collect();
    let quantity = Tonnes::checked_sum(allocations.iter().map(|held| held.range.quantity()));
    let quantity = quantity.expect("small");
    let project = ProjectRef::new("MN003").expect("a project");
    let decision = Decision {
        reference: name("JC-1"),
        date: day("2026-04-01"),
        period_start: day("2024-01-01"),
        period_end: day("2024-12-31"),
        notified_total_tonnes: quantity,
        notified_japan_tonnes: quantity,
    };
    vec![
        Effect::IssuanceRecorded {
            project,
            decision,
            basis: jcm_format::command::Basis::Consent(EntryIndex::new(1)),
            verifier: text("verifier"),
            verification_report: digest(2),
            quantity_tonnes: quantity,
        },
        Effect::BlockIssued {
            block: number,
            vintage: year(2024),
            issued_on: day("2026-04-01"),
            class: CreditClass::A,
            allocations,
        },
    ]
}

pub(crate) fn correction(moves: &[(u32, u32, &str)]) -> Vec<Effect> {
    let ground = CorrectionGround {
        account: account(moves[0].0),
        affected: EntryIndex::new(1),
        error: text("wrong"),
        consulted_on: day("2026-04-01"),
        consultation: digest(3),
        third_party_consent: None,
    };
    let moved = moves.iter().map(|(source, destination, units)| Effect::UnitsMoved {
        units: CorrectionMove {
            source: account(*source),
            destination: account(*destination),
            ranges: ranges(&[units]),
        },
    });
    std::iter::once(Effect::CorrectionRecorded { ground }).chain(moved).collect()
}

/// The cells of a CSV file, the heading first.
pub(crate) fn cells(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

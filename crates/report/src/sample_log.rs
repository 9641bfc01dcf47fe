//! A log for tests: entries by their effects alone, since reports read nothing
//! else of them.

use crate::lookup::{Archive, Lookup as _};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Basis, Body, Command, Decision, Holder, Person, Purpose, Role, RuleSet, Rules, TransferTerms,
    TrustTerms, Use, UseKind,
};
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::{AccountCategory, CreditClass, Effect, Event, Fee, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp, Year};

/// 2026-04-01T00:00:00 in Japan.
const FIRST_MS: u64 = 1_774_969_200_000;

/// A log that grows.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) archive: Archive,
    pub(crate) sealed: Vec<SealedEntry>,
    next: u64,
    day: u64,
    rule_set: u32,
}

pub(crate) fn account(number: u32) -> AccountNumber {
    AccountNumber::new(number).expect("in range")
}

pub(crate) fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

pub(crate) fn ranges(texts: &[&str]) -> SerialRanges {
    SerialRanges::new(texts.iter().map(|text| range(text)).collect()).expect("sorted")
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn year(number: u16) -> Year {
    Year::new(number).expect("a year")
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).expect("text")
}

pub(crate) fn name(name: &str) -> Name {
    Name::new(name).expect("a name")
}

pub(crate) fn entry(index: u64) -> EntryIndex {
    EntryIndex::new(index)
}

pub(crate) fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; Digest::LEN])
}

pub(crate) fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; PublicKey::LEN])
}

pub(crate) fn shown(ranges: &[SerialRange]) -> Vec<String> {
    ranges.iter().map(ToString::to_string).collect()
}

pub(crate) fn holder(which: &str) -> Holder {
    Holder {
        name_ja: Some(text(&format!("株式会社{which}"))),
        name_en: text(&format!("{which} K.K.")),
        head_office_ja: Some(text("東京都")),
        head_office_en: text("Tokyo"),
    }
}

pub(crate) fn trust_terms(byte: u8) -> TrustTerms {
    TrustTerms {
        details: digest(byte),
        evidence: digest(byte),
        beneficiary_certificates: false,
        without_beneficiaries: true,
        public_interest: false,
    }
}

pub(crate) fn terms(source: u32, destination: u32, units: &[&str]) -> TransferTerms {
    TransferTerms {
        source: account(source),
        destination: account(destination),
        ranges: ranges(units),
        purpose: Purpose::Other,
        gratuitous: false,
        use_: None,
    }
}

/// The retirement or cancellation of units of an account.
pub(crate) fn sunk(source: u32, purpose: Purpose, units: &[&str], kind: UseKind) -> TransferTerms {
    let destination = if purpose == Purpose::Retirement { 2 } else { 3 };
    let use_ = Use { kind, reporting_year: Some(year(2026)), beneficiary: None };
    TransferTerms { purpose, use_: Some(use_), ..terms(source, destination, units) }
}

/// Some command: an index wants to know its id, and nobody what it says.
fn payload(index: EntryIndex, time: Timestamp) -> Vec<u8> {
    let mut id = [1; CommandId::LEN];
    id[..8].copy_from_slice(&index.get().to_be_bytes());
    let command = Command {
        registry: "registry.example/log".parse().expect("an origin"),
        id: CommandId::from_bytes(id),
        valid_until: time,
        effect_digest: None,
        body: Body::CloseBooks { year: year(2026) },
    };
    command.to_payload()
}

impl Log {
    /// A log with its genesis: three government accounts and one rule set.
    pub(crate) fn new() -> Log {
        let mut log = Log::default();
        let rule_set = RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::new(12_000),
            transfer_fee_yen: Yen::new(1_500),
            certificate_fee_yen: Yen::new(450),
        };
        let categories = [
            AccountCategory::GovernmentHolding,
            AccountCategory::Retirement,
            AccountCategory::Cancellation,
        ];
        let mut effects = vec![Effect::RuleSetAdopted { rule_set }];
        effects.extend((1..).zip(categories).map(|(number, category)| {
            Effect::GovernmentAccountOpened { account: account(number), category }
        }));
        log.push(effects);
        log.rule_set = 1;
        log
    }

    /// The day of the next entry, counted from 2026-04-01 as 0.
    pub(crate) fn on_day(&mut self, day: u64) {
        self.day = day;
    }

    /// The next entry, at noon in Japan.
    pub(crate) fn push(&mut self, effects: Vec<Effect>) -> EntryIndex {
        self.push_at(12 * 3_600_000, effects)
    }

    /// The next entry, so many milliseconds after midnight in Japan.
    pub(crate) fn push_at(&mut self, ms: u64, effects: Vec<Effect>) -> EntryIndex {
        let index = entry(self.next);
        self.next += 1;
        let time = Timestamp::from_ms(FIRST_MS + self.day * 86_400_000 + ms).expect("in range");
        let entry = Entry {
            version: FormatVersion::V1,
            index,
            prev: self.sealed.last().map_or(Digest::ZERO, SealedEntry::leaf),
            time,
            rule_set: self.rule_set,
            command: SignedCommand { payload: payload(index, time), signatures: Vec::new() },
            event: Event(effects),
        };
        self.sealed.push(SealedEntry::seal(entry.clone()).expect("canonical"));
        self.archive.add(entry);
        index
    }

    pub(crate) fn entry(&self, index: EntryIndex) -> Entry {
        self.archive.entry(index).expect("recorded")
    }

    /// Rules under which holders choose from whom they receive units.
    pub(crate) fn adopt_choice(&mut self) {
        let rules =
            self.archive.entry(entry(0)).and_then(|genesis| match genesis.event.0.first() {
                Some(Effect::RuleSetAdopted { rule_set }) => Some(Rules::of_genesis(rule_set)),
                _ => None,
            });
        let rules = rules.expect("genesis");
        self.push(vec![Effect::RulesAdopted {
            rules: Rules { version: 2, transferee_acceptance: true, ..rules },
        }]);
        self.rule_set = 2;
    }

    /// Applies for an account and opens it: the entries of both.
    pub(crate) fn open(&mut self, number: u32, which: &str) -> (EntryIndex, EntryIndex) {
        let seed = u8::try_from(number % 250).expect("small");
        let applied = self.push(vec![Effect::AccountApplied {
            person: Person::ForeignCorporation {
                country: jcm_format::id::Country::new("MN").expect("a country"),
                number: name(which),
            },
            holder: holder(which),
            particulars: digest(seed),
            attachments: Vec::new(),
            representative: key(seed),
            fee: Fee::Due(Yen::new(12_000)),
        }]);
        let account = account(number);
        let opened = self.push(vec![
            Effect::AccountOpened { application: applied, account },
            Effect::KeyRegistered { key: key(seed), role: Role::Account(account) },
        ]);
        (applied, opened)
    }

    /// Issues a block of 1,000 units of 2021, and one of 500 of 2022, to the accounts.
    pub(crate) fn issue(&mut self, first_block: u32, parts: &[(u32, &str)]) -> EntryIndex {
        let decision = Decision {
            reference: name("JC-1"),
            date: date("2026-03-01"),
            period_start: date("2021-01-01"),
            period_end: date("2022-12-31"),
            notified_total_tonnes: Tonnes::new(3_000),
            notified_japan_tonnes: Tonnes::new(1_500),
        };
        let mut effects = vec![Effect::IssuanceRecorded {
            project: ProjectRef::new("MN003").expect("a reference"),
            decision,
            basis: Basis::Consent(entry(0)),
            verifier: text("Verifier"),
            verification_report: digest(9),
            quantity_tonnes: Tonnes::new(1_500),
        }];
        for (offset, vintage) in [(0, 2021), (1, 2022)] {
            let block = BlockNumber::new(first_block + offset).expect("from 1");
            let of_block = parts.iter().map(|(to, units)| (*to, range(units)));
            let allocations: Vec<_> = of_block
                .filter(|(_, units)| units.block() == block)
                .map(|(to, range)| Holding { account: account(to), range })
                .collect();
            if !allocations.is_empty() {
                effects.push(Effect::BlockIssued {
                    block,
                    vintage: year(vintage),
                    issued_on: date("2026-04-02"),
                    class: CreditClass::A,
                    allocations,
                });
            }
        }
        self.push(effects)
    }

    /// A transfer that is applied for and recorded in one entry.
    pub(crate) fn transfer(&mut self, terms: TransferTerms) -> EntryIndex {
        self.push(vec![
            Effect::TransferApplied { terms, fee: Fee::Due(Yen::new(1_500)) },
            Effect::PaymentApplied {
                payment: entry(0),
                application: None,
                amount_yen: Yen::new(1_500),
            },
            Effect::TransferRecorded { application: None },
        ])
    }

    /// An application for a transfer that waits.
    pub(crate) fn apply_transfer(&mut self, terms: TransferTerms) -> EntryIndex {
        self.push(vec![Effect::TransferApplied { terms, fee: Fee::Due(Yen::new(1_500)) }])
    }
}

//! Values of the format that follow from a seed: well-formed one by one, and
//! without any sense between them. What the encoding must carry, not what the
//! ledger would ever record.

use crate::random::Random;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Acceptance, ActivityType, Article6, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisationTerms, AuthorisedEntity, AuthorisedPurposes, Basis,
    BookTotals, Commission, Confirmation, Control, CorrectionGround, CorrectionMove, Decision,
    EntityRef, FeePeriod, FirstTransferDefinition, Holder, ImportedPayment, InvoiceIssuer,
    ItmoRendering, LapseGround, LineKey, Mandate, MitigationType, ParticularsChange, PaymentId,
    Person, Power, Purpose, RefundSource, RefusalGround, Representative, Restriction,
    RestrictionGround, Role, RuleSet, Rules, Safeguards, Sector, Side, TransferTerms,
    TransferTrust, TrustRequest, TrustTerms, Use, UseDetails, UseKind, YearSpan,
};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::{
    AccountNumber, BlockNumber, CooperativeApproach, CorporateNumber, Country, EntryIndex,
    ProjectRef,
};
use jcm_format::identification::IdentificationFormat;
use jcm_format::itmo::ItmoRegistry;
use jcm_format::key::{PublicKey, Signature};
use jcm_format::limits::{NAME_BYTES_MAX, RANGES_MAX, TEXT_BYTES_MAX, TONNES_MAX};
use jcm_format::party::Party;
use jcm_format::serial::{SerialRange, SerialRanges};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Year};
use jcm_format::tlog::Origin;

/// How many effects there are; [`Values::effect`] makes one for each number.
pub const EFFECT_COUNT: u32 = 72;

/// A stream of values.
#[derive(Debug, Clone)]
pub struct Values(Random);

impl Values {
    /// The stream that this seed determines.
    pub fn from_seed(seed: u64) -> Values {
        Values(Random::new(seed))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.below(end)
    }

    /// A position below `end`.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or(0)
    }

    /// `N` bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.bits().to_le_bytes()[0])
    }

    /// One of `items`.
    pub fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        self.0.pick(items).clone()
    }

    fn coin(&mut self) -> bool {
        self.0.one_in(2)
    }

    fn option<T>(&mut self, make: impl FnOnce(&mut Values) -> T) -> Option<T> {
        if self.coin() { Some(make(self)) } else { None }
    }

    /// A number of any magnitude, with those at which the encoding changes its
    /// form more often than the others.
    pub fn number(&mut self) -> u64 {
        const EDGES: [u64; 11] =
            [0, 1, 250, 251, 255, 256, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX];
        if self.coin() { self.one_of(&EDGES) } else { self.bits() >> self.below(64) }
    }

    fn number_u16(&mut self) -> u16 {
        u16::try_from(self.number() & 0xffff).unwrap_or(0)
    }

    fn number_u32(&mut self) -> u32 {
        u32::try_from(self.number() & 0xffff_ffff).unwrap_or(0)
    }

    /// A digest.
    pub fn digest(&mut self) -> Digest {
        Digest::from_bytes(self.bytes())
    }

    /// Bytes in the place of a key.
    pub fn public_key(&mut self) -> PublicKey {
        PublicKey::from_bytes(self.bytes())
    }

    /// Bytes in the place of a signature.
    pub fn signature(&mut self) -> Signature {
        Signature::from_bytes(self.bytes())
    }

    fn entry_index(&mut self) -> EntryIndex {
        EntryIndex::new(self.number())
    }

    fn tonnes(&mut self) -> Tonnes {
        Tonnes::new(self.number())
    }

    fn yen(&mut self) -> Yen {
        Yen::new(self.number())
    }

    fn string(&mut self, letters: &[char], length: usize) -> String {
        (0..length).map(|_| self.one_of(letters)).collect()
    }

    fn name(&mut self) -> Name {
        let letters: Vec<char> = "AZaz09-._/".chars().collect();
        let length = 1 + self.index(NAME_BYTES_MAX);
        let name = self.string(&letters, length);
        Name::new(&name).unwrap_or_else(|| unreachable!("{name}"))
    }

    fn text(&mut self) -> Text {
        let longest = "x".repeat(TEXT_BYTES_MAX);
        let known = ["x", "首都近郊農場での12.7MW太陽光発電", "\"q\\/\u{301}\u{10ffff}", &longest];
        let text = if self.coin() {
            self.one_of(&known).to_owned()
        } else {
            let letters: Vec<char> = "aé国\u{1f5fb}\u{ad}\u{2010}\"\\ \u{3000}".chars().collect();
            let length = self.index(100);
            format!("x{}x", self.string(&letters, length))
        };
        Text::new(&text).unwrap_or_else(|| unreachable!("{text}"))
    }

    fn origin(&mut self) -> Origin {
        let letters: Vec<char> = "!*,-./09AZaz~".chars().collect();
        let length = 1 + self.index(255);
        let origin = self.string(&letters, length);
        origin.parse().unwrap_or_else(|_| unreachable!("{origin}"))
    }

    fn country(&mut self) -> Country {
        let code = self.string(&['A', 'M', 'N', 'Z'], 2);
        Country::new(&code).unwrap_or_else(|| unreachable!("{code}"))
    }

    fn project(&mut self) -> ProjectRef {
        let length = 1 + self.index(14);
        let rest = self.string(&['A', 'Z', '0', '9', '-'], length);
        let reference = format!("{}{rest}", self.country());
        ProjectRef::new(&reference).unwrap_or_else(|| unreachable!("{reference}"))
    }

    fn approach(&mut self) -> CooperativeApproach {
        let number = [0, 7, 250, 251, 9_999];
        CooperativeApproach::new(self.one_of(&number)).unwrap_or_else(|| unreachable!())
    }

    fn corporate_number(&mut self) -> CorporateNumber {
        let base = self.below(1_000_000_000_000);
        (1..=9)
            .find_map(|check| CorporateNumber::new(check * 1_000_000_000_000 + base))
            .unwrap_or_else(|| unreachable!("{base}"))
    }

    fn account(&mut self) -> AccountNumber {
        let numbers = [1, 3, 250, 251, 1_001, 65_535, 65_536, AccountNumber::MAX];
        AccountNumber::new(self.one_of(&numbers)).unwrap_or_else(|| unreachable!())
    }

    fn block(&mut self) -> BlockNumber {
        BlockNumber::new(self.number_u32().max(1)).unwrap_or_else(|| unreachable!())
    }

    fn year(&mut self) -> Year {
        let years = [1970, 2020, 2021, 2026, 9999];
        Year::new(self.one_of(&years)).unwrap_or_else(|| unreachable!())
    }

    fn date(&mut self) -> Date {
        let (month, day) = self.one_of(&[(1, 1), (2, 28), (3, 31), (4, 30), (12, 31)]);
        let date = Date::new(self.year().get(), month, day);
        let leap = Date::new(2024, 2, 29);
        self.one_of(&[date, leap]).unwrap_or_else(|| unreachable!())
    }

    fn range(&mut self) -> SerialRange {
        let block = self.block();
        let last = 1 + self.number() % TONNES_MAX;
        let first = 1 + self.number() % last;
        SerialRange::new(block, first, last).unwrap_or_else(|_| unreachable!())
    }

    /// Ranges, of which some touch and some do not.
    pub fn ranges(&mut self, count: usize) -> SerialRanges {
        let mut ranges = Vec::with_capacity(count);
        let (mut block, mut next) = (self.block().get() >> 16 | 1, 1);
        for _ in 0..count.clamp(1, RANGES_MAX) {
            if self.below(4) == 0 {
                (block, next) = (block + 1, 1);
            }
            let first = next + self.below(3);
            let last = first + self.below(1_000);
            next = last + 1;
            let block = BlockNumber::new(block).unwrap_or_else(|| unreachable!());
            ranges.extend(SerialRange::new(block, first, last));
        }
        SerialRanges::new(ranges).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn role(&mut self) -> Role {
        match self.below(6) {
            0 => Role::Authority(self.name()),
            1 => Role::Operator(self.name()),
            2 => Role::Partner(self.country()),
            3 => Role::Account(self.account()),
            4 => Role::Auditor(self.name()),
            _ => Role::Representative(self.representative()),
        }
    }

    fn representative(&mut self) -> Representative {
        let powers = [Power::Full, Power::Initiate, Power::Approve, Power::Read];
        Representative { account: self.account(), person: self.name(), power: self.one_of(&powers) }
    }

    fn rule_set(&mut self) -> RuleSet {
        RuleSet {
            version: self.number_u32(),
            account_opening_fee_yen: self.yen(),
            transfer_fee_yen: self.yen(),
            certificate_fee_yen: self.yen(),
        }
    }

    fn person(&mut self) -> Person {
        match self.below(3) {
            0 => Person::Corporation(self.corporate_number()),
            1 => Person::ForeignCorporation { country: self.country(), number: self.name() },
            _ => Person::Individual(self.digest()),
        }
    }

    fn holder(&mut self) -> Holder {
        Holder {
            name_ja: self.option(Values::text),
            name_en: self.text(),
            head_office_ja: self.option(Values::text),
            head_office_en: self.text(),
        }
    }

    fn decision(&mut self) -> Decision {
        Decision {
            reference: self.name(),
            date: self.date(),
            period_start: self.date(),
            period_end: self.date(),
            notified_total_tonnes: self.tonnes(),
            notified_japan_tonnes: self.tonnes(),
        }
    }

    fn basis(&mut self) -> Basis {
        if self.coin() {
            Basis::Consent(self.entry_index())
        } else {
            Basis::CarriedOver { issued_on: self.date(), recognition_reference: self.text() }
        }
    }

    fn authorisation(&mut self) -> Authorisation {
        let first_transfer = [
            FirstTransferDefinition::Authorisation,
            FirstTransferDefinition::Issuance,
            FirstTransferDefinition::UseOrCancellation,
        ];
        Authorisation {
            id: self.name(),
            side: self.one_of(&[Side::Japan, Side::Partner]),
            partner: self.country(),
            cooperative_approach: self.approach(),
            date: self.date(),
            quantity_tonnes: self.tonnes(),
            first_vintage: self.year(),
            last_vintage: self.year(),
            purposes: AuthorisedPurposes { ndc: self.coin(), imp: self.coin(), op: self.coin() },
            first_transfer: self.one_of(&first_transfer),
            projects: (0..self.index(5)).map(|_| self.project()).collect(),
            document: self.digest(),
        }
    }

    fn use_(&mut self) -> Use {
        let kinds = [
            UseKind::Ndc,
            UseKind::Shk,
            UseKind::GxEts,
            UseKind::Voluntary,
            UseKind::InternationalMitigation,
            UseKind::Other,
            UseKind::OtherPurposes,
            UseKind::Omge,
        ];
        Use {
            kind: self.one_of(&kinds),
            reporting_year: self.option(Values::year),
            beneficiary: self.option(Values::text),
        }
    }

    fn terms(&mut self) -> TransferTerms {
        let purposes = [Purpose::Retirement, Purpose::Cancellation, Purpose::Other];
        let count = self.one_of(&[1, 2, 7, RANGES_MAX]);
        TransferTerms {
            source: self.account(),
            destination: self.account(),
            ranges: self.ranges(count),
            purpose: self.one_of(&purposes),
            gratuitous: self.coin(),
            use_: self.option(Values::use_),
        }
    }

    fn fee(&mut self) -> Fee {
        let due = Fee::Due(self.yen());
        self.one_of(&[due, Fee::Waived, Fee::NotChargeable, Fee::NotAnApplication])
    }

    fn holding(&mut self) -> Holding {
        Holding { account: self.account(), range: self.range() }
    }

    fn list<T>(&mut self, end: usize, mut make: impl FnMut(&mut Values) -> T) -> Vec<T> {
        (0..self.index(end)).map(|_| make(self)).collect()
    }

    fn attachments(&mut self) -> Vec<Digest> {
        self.list(4, Values::digest)
    }

    fn some_ranges(&mut self) -> SerialRanges {
        let count = self.one_of(&[1, 2, 7]);
        self.ranges(count)
    }

    fn identification(&mut self) -> IdentificationFormat {
        let longest = format!("{{block}}{}{{unit}}", ".".repeat(51));
        let templates = [
            "JP-{project}-{vintage}-{block}-{unit}",
            "{block}:{unit}",
            "{country}/{unit:15}_x9y_{block:1}Z",
            "9-{project}9-A{vintage:9}b.{block}-{unit:10}",
            &longest,
        ];
        let template = self.one_of(&templates);
        IdentificationFormat::new(template).unwrap_or_else(|| unreachable!("{template}"))
    }

    fn fee_period(&mut self) -> FeePeriod {
        FeePeriod {
            from: self.date(),
            account_opening_fee_yen: self.yen(),
            transfer_fee_yen: self.yen(),
            certificate_fee_yen: self.yen(),
        }
    }

    fn rules(&mut self) -> Rules {
        Rules {
            version: self.number_u32(),
            fees: self.list(4, Values::fee_period),
            payment_days: self.number_u16(),
            examination_days: self.number_u16(),
            transferee_acceptance: self.coin(),
            shk_issued_until: self.date(),
            shk_public_input_until: self.date(),
            identification: self.identification(),
            invoice: self.option(|values| InvoiceIssuer {
                name: values.text(),
                registration_number: values.option(Values::corporate_number),
                tax_percent: values.bytes::<1>()[0],
            }),
        }
    }

    fn change(&mut self) -> ParticularsChange {
        ParticularsChange {
            holder: self.option(Values::holder),
            particulars: self.option(Values::digest),
            effective: self.date(),
        }
    }

    fn payment(&mut self) -> PaymentId {
        PaymentId { entry: self.entry_index(), line: self.number_u16() }
    }

    fn imported(&mut self) -> ImportedPayment {
        ImportedPayment {
            key: LineKey::from_bytes(self.bytes()),
            amount_yen: self.yen(),
            value_date: self.date(),
            account: self.option(Values::account),
        }
    }

    fn restriction(&mut self) -> Restriction {
        let grounds = [
            RestrictionGround::CourtOrder,
            RestrictionGround::EvidentError,
            RestrictionGround::Irregularity,
            RestrictionGround::Violation,
        ];
        Restriction {
            account: self.account(),
            ranges: self.option(Values::some_ranges),
            ground: self.one_of(&grounds),
            authority: self.text(),
            reference: self.text(),
            document: self.digest(),
        }
    }

    fn trust_terms(&mut self) -> TrustTerms {
        TrustTerms {
            details: self.digest(),
            evidence: self.digest(),
            beneficiary_certificates: self.coin(),
            without_beneficiaries: self.coin(),
            public_interest: self.coin(),
        }
    }

    fn transfer_trust(&mut self) -> TransferTrust {
        match self.below(3) {
            0 => TransferTrust::Record(self.trust_terms()),
            1 => TransferTrust::Delete(self.digest()),
            _ => TransferTrust::ChangeTrustee {
                terms: self.trust_terms(),
                by_new_trustee: self.coin(),
            },
        }
    }

    fn trust_request(&mut self) -> TrustRequest {
        match self.below(3) {
            0 => TrustRequest::Record { ranges: self.some_ranges(), terms: self.trust_terms() },
            1 => TrustRequest::Delete {
                ranges: self.some_ranges(),
                evidence: self.digest(),
                beneficiaries: self.digest(),
            },
            _ => TrustRequest::Amend { trust: self.entry_index(), terms: self.trust_terms() },
        }
    }

    fn commission(&mut self) -> Commission {
        Commission { court: self.text(), reference: self.text(), trustee_dismissed: self.coin() }
    }

    fn correction(&mut self) -> CorrectionGround {
        CorrectionGround {
            account: self.account(),
            affected: self.entry_index(),
            error: self.text(),
            consulted_on: self.date(),
            consultation: self.digest(),
            third_party_consent: self.option(Values::digest),
        }
    }

    fn correction_move(&mut self) -> CorrectionMove {
        CorrectionMove {
            source: self.account(),
            destination: self.account(),
            ranges: self.some_ranges(),
        }
    }

    fn acceptance(&mut self) -> Acceptance {
        match self.below(3) {
            0 => Acceptance::Anybody,
            1 => Acceptance::Listed(self.list(5, Values::account)),
            _ => Acceptance::Consent,
        }
    }

    fn totals(&mut self) -> BookTotals {
        BookTotals {
            entries: self.number(),
            received: self.number(),
            recorded: self.number(),
            refused: self.number(),
            withdrawn: self.number(),
            lapsed: self.number(),
            payments_yen: self.yen(),
            account_opening_fees_yen: self.yen(),
            transfer_fees_yen: self.yen(),
            certificate_fees_yen: self.yen(),
            refunded_yen: self.yen(),
            issued_tonnes: self.tonnes(),
            transferred_tonnes: self.tonnes(),
            retired_tonnes: self.tonnes(),
            cancelled_tonnes: self.tonnes(),
            corrected_tonnes: self.tonnes(),
        }
    }

    fn mandate(&mut self) -> Mandate {
        Mandate {
            control: self.one_of(&[Control::Single, Control::Dual]),
            per_transfer_tonnes: self.option(Values::tonnes),
            per_day_tonnes: self.option(Values::tonnes),
            per_untrusted_tonnes: self.option(Values::tonnes),
        }
    }

    fn safeguards(&mut self) -> Safeguards {
        Safeguards {
            default_mandate: self.mandate(),
            central_untrusted_tonnes: self.option(Values::tonnes),
            delays: self.coin(),
            cutoff_hour: self.bytes::<1>()[0],
            early_days: self.number_u16(),
            late_days: self.number_u16(),
            trust_days: self.number_u16(),
            recovery_days: self.number_u16(),
            pinned: self.coin(),
        }
    }

    /// An effect of the variant with this number.
    pub fn effect(&mut self, number: u32) -> Effect {
        match number {
            0..=6 => self.effect_on_keys(number),
            7..=11 => self.effect_on_applications(number),
            12..=16 => self.effect_of_issuance(number),
            17..=22 => self.effect_on_units(number),
            23..=31 => self.effect_on_rules_and_holders(number),
            32..=41 => self.effect_on_procedure(number),
            42..=49 => self.effect_on_trusts_and_records(number),
            50..=54 => self.effect_on_the_books(number),
            55..=64 => self.effect_on_safeguards(number),
            _ => self.effect_of_article6(number),
        }
    }

    fn effect_on_keys(&mut self, number: u32) -> Effect {
        let categories = [
            AccountCategory::GovernmentHolding,
            AccountCategory::Retirement,
            AccountCategory::Cancellation,
            AccountCategory::Entity,
        ];
        match number {
            0 => Effect::RegistryCreated { origin: self.origin(), log_key: self.public_key() },
            1 => Effect::RuleSetAdopted { rule_set: self.rule_set() },
            2 => Effect::GovernmentAccountOpened {
                account: self.account(),
                category: self.one_of(&categories),
            },
            3 => Effect::KeyRegistered { key: self.public_key(), role: self.role() },
            4 => Effect::KeyRevoked { key: self.public_key() },
            5 => Effect::OperatorAppointed { person: self.name() },
            _ => Effect::OperatorRemoved { person: self.name() },
        }
    }

    fn effect_on_applications(&mut self, number: u32) -> Effect {
        match number {
            7 => Effect::PaymentRecorded {
                bank_reference: self.name(),
                amount_yen: self.yen(),
                value_date: self.date(),
                account: self.option(Values::account),
                payer: self.option(Values::digest),
            },
            8 => Effect::PaymentApplied {
                payment: self.entry_index(),
                application: self.option(Values::entry_index),
                amount_yen: self.yen(),
            },
            9 => Effect::AccountApplied {
                person: self.person(),
                holder: self.holder(),
                particulars: self.digest(),
                attachments: (0..self.index(4)).map(|_| self.digest()).collect(),
                representative: self.public_key(),
                fee: self.fee(),
            },
            10 => {
                Effect::AccountOpened { application: self.entry_index(), account: self.account() }
            }
            _ => Effect::ApplicationWithdrawn { application: self.entry_index() },
        }
    }

    fn effect_of_issuance(&mut self, number: u32) -> Effect {
        let classes = [CreditClass::A, CreditClass::B1, CreditClass::B2, CreditClass::C];
        match number {
            12 => Effect::ProjectRegistered {
                reference: self.project(),
                title: self.text(),
                methodology: self.name(),
                public_input_date: self.option(Values::date),
            },
            13 => Effect::AuthorisationRecorded { authorisation: self.authorisation() },
            14 => Effect::IssuanceConsented { project: self.project(), decision: self.decision() },
            15 => Effect::IssuanceRecorded {
                project: self.project(),
                decision: self.decision(),
                basis: self.basis(),
                verifier: self.text(),
                verification_report: self.digest(),
                quantity_tonnes: self.tonnes(),
            },
            _ => Effect::BlockIssued {
                block: self.block(),
                vintage: self.year(),
                issued_on: self.date(),
                class: self.one_of(&classes),
                allocations: (0..self.index(6)).map(|_| self.holding()).collect(),
            },
        }
    }

    fn effect_on_units(&mut self, number: u32) -> Effect {
        match number {
            17 => Effect::FirstTransferred {
                range: self.range(),
                japan: self.entry_index(),
                partner: self.entry_index(),
            },
            18 => Effect::TransferApplied { terms: self.terms(), fee: self.fee() },
            19 => Effect::TransferRecorded { application: self.option(Values::entry_index) },
            20 => Effect::AdjustmentBooked {
                partner: self.country(),
                vintage: self.year(),
                quantity_tonnes: self.tonnes(),
                japan_authorisation: self.entry_index(),
                partner_authorisation: self.entry_index(),
            },
            21 => Effect::CertificateRequested { account: self.account(), fee: self.fee() },
            _ => Effect::CertificateIssued { application: self.option(Values::entry_index) },
        }
    }

    fn effect_on_rules_and_holders(&mut self, number: u32) -> Effect {
        match number {
            23 => Effect::RulesAdopted { rules: self.rules() },
            24 => Effect::CalendarAdopted {
                country: self.country(),
                year: self.year(),
                holidays: self.list(4, Values::date),
            },
            25 => Effect::GovernmentAccountNamed {
                account: self.account(),
                name_ja: self.text(),
                name_en: self.text(),
            },
            26 => Effect::ProponentRegistered { project: self.project(), person: self.digest() },
            27 => Effect::IndividualApplied {
                person: self.digest(),
                particulars: self.digest(),
                attachments: self.attachments(),
                representative: self.public_key(),
                fee: self.fee(),
            },
            28 => Effect::ChangeNotified {
                account: self.account(),
                change: self.change(),
                attachments: self.attachments(),
            },
            29 => Effect::ParticularsChanged {
                application: self.option(Values::entry_index),
                account: self.account(),
                change: self.change(),
            },
            30 => {
                Effect::ClosingApplied { account: self.account(), attachments: self.attachments() }
            }
            _ => Effect::AccountClosed { application: self.entry_index(), account: self.account() },
        }
    }

    fn effect_on_procedure(&mut self, number: u32) -> Effect {
        let grounds = [
            RefusalGround::Restriction,
            RefusalGround::EvidentError,
            RefusalGround::Irregularity,
            RefusalGround::Violation,
            RefusalGround::Falsehood,
            RefusalGround::Procedure,
        ];
        let application = self.entry_index();
        match number {
            32 => Effect::CompletionRequested {
                application,
                items: self.list(4, Values::text),
                due: self.date(),
            },
            33 => Effect::ApplicationCompleted { application, attachments: self.attachments() },
            34 => Effect::ApplicationRefused {
                application,
                ground: self.one_of(&grounds),
                explanation: self.text(),
            },
            35 => Effect::ApplicationLapsed {
                application,
                ground: self.one_of(&[LapseGround::Unpaid, LapseGround::Incomplete]),
            },
            36 => Effect::PaymentProofSubmitted { application, document: self.digest() },
            37 => Effect::StatementImported {
                statement: self.digest(),
                payers: self.option(Values::digest),
                payments: self.list(30, Values::imported),
            },
            38 => Effect::PaymentLineApplied {
                payment: self.payment(),
                application: self.option(Values::entry_index),
                amount_yen: self.yen(),
            },
            39 => Effect::Refunded {
                source: match self.coin() {
                    true => RefundSource::Payment(self.payment()),
                    false => RefundSource::Application(application),
                },
                amount_yen: self.yen(),
                bank_reference: self.name(),
            },
            40 => Effect::RestrictionRecorded { restriction: self.restriction() },
            _ => Effect::RestrictionReleased { restriction: application },
        }
    }

    fn effect_on_trusts_and_records(&mut self, number: u32) -> Effect {
        match number {
            42 => Effect::TransferTrustStated { trust: self.transfer_trust() },
            43 => Effect::TrustApplied {
                account: self.account(),
                request: self.trust_request(),
                subrogation: self.option(Values::digest),
            },
            44 => Effect::TrustRecorded {
                account: self.account(),
                ranges: self.some_ranges(),
                terms: self.trust_terms(),
            },
            45 => Effect::TrustDeleted { ranges: self.some_ranges() },
            46 => Effect::TrustAmended {
                trust: self.entry_index(),
                terms: self.trust_terms(),
                commission: self.option(Values::commission),
            },
            47 => Effect::TrustApplicationRecorded { application: self.entry_index() },
            48 => Effect::CorrectionRecorded { ground: self.correction() },
            _ => Effect::UnitsMoved { units: self.correction_move() },
        }
    }

    fn effect_on_the_books(&mut self, number: u32) -> Effect {
        match number {
            50 => Effect::AcceptanceSet { account: self.account(), acceptance: self.acceptance() },
            51 => Effect::TransferAccepted { application: self.entry_index() },
            52 => Effect::CertificateStated { account: self.account(), digest: self.digest() },
            53 => Effect::BooksClosed { year: self.year(), totals: self.totals() },
            _ => Effect::PersonalDataErased { commitment: self.digest() },
        }
    }

    fn party(&mut self) -> Party {
        let code: String = (0..3).map(|_| char::from(b'A' + self.below(26) as u8)).collect();
        Party::new(&code).expect("three capitals")
    }

    fn entity(&mut self) -> EntityRef {
        EntityRef { country: self.country(), number: self.name() }
    }

    fn article6(&mut self) -> Article6 {
        let registry = format!("{}{:02}", self.party(), self.below(100));
        Article6 {
            registry: ItmoRegistry::new(&registry).expect("an identifier"),
            ndc_first_year: self.year(),
            ndc_last_year: self.year(),
            oimp_needs_authorisation: self.coin(),
            gx_ets_cap_basis_points: self.option(Values::number_u16),
            identifiers: self.one_of(ItmoRendering::ALL),
        }
    }

    fn authorisation_details(&mut self) -> AuthorisationDetails {
        AuthorisationDetails {
            version: self.number_u32(),
            mitigation: self.one_of(MitigationType::ALL),
            gwp: self.option(Values::text),
            sectors: self.list(5, |values| values.one_of(Sector::ALL)),
            activities: self.list(9, |values| values.one_of(ActivityType::ALL)),
            parties: self.list(4, Values::party),
            entities: self.list(4, |values| AuthorisedEntity {
                entity: values.entity(),
                name: values.text(),
                conditions: values.option(Values::text),
            }),
            use_years: self.option(|values| YearSpan { first: values.year(), last: values.year() }),
            oimp: self.option(Values::text),
            terms: self.list(4, Values::text),
            changes_reach_first_transferred: self.coin(),
            notes: self.option(Values::text),
        }
    }

    fn effect_of_article6(&mut self, number: u32) -> Effect {
        match number {
            65 => Effect::Article6Adopted(self.article6()),
            66 => Effect::AuthorisationDetailed(self.authorisation_details()),
            67 => Effect::AuthorisationChanged(AuthorisationChange {
                authorisation: self.entry_index(),
                terms: AuthorisationTerms::from(&self.authorisation()),
                details: self.authorisation_details(),
            }),
            68 => Effect::AuthorisationRevoked(AuthorisationRevocation {
                authorisation: self.entry_index(),
                date: self.date(),
                document: self.digest(),
            }),
            69 => Effect::AdjustmentConfirmed(Confirmation {
                partner: self.country(),
                year: self.year(),
                vintage: self.year(),
                quantity_tonnes: self.tonnes(),
                date: self.date(),
                document: self.digest(),
            }),
            70 => Effect::ConfirmationWithdrawn { confirmation: self.entry_index() },
            _ => Effect::UseStated(UseDetails {
                beneficiary: self.option(Values::person),
                entity: self.option(Values::entity),
            }),
        }
    }

    fn effect_on_safeguards(&mut self, number: u32) -> Effect {
        match number {
            55 => Effect::SafeguardsAdopted { safeguards: self.safeguards() },
            56 => Effect::MandateSet {
                account: self.account(),
                mandate: self.mandate(),
                effective: self.date(),
            },
            57 => Effect::TrustedAdded {
                account: self.account(),
                trusted: self.account(),
                effective: self.date(),
            },
            58 => Effect::TrustedRemoved { account: self.account(), trusted: self.account() },
            59 => Effect::AccountFrozen { account: self.account() },
            60 => Effect::AccountUnfrozen { account: self.account() },
            61 => Effect::TransferDelayed { not_before: self.date() },
            62 => Effect::RecoveryRequested {
                representative: self.representative(),
                key: self.public_key(),
                not_before: self.date(),
            },
            63 => Effect::RecoveryCancelled { recovery: self.entry_index() },
            _ => Effect::RecoveryCompleted { recovery: self.entry_index() },
        }
    }
}

/// The number that `docs/spec/entry.md` gives to an effect. A new effect does
/// not compile here until it has a number, which is the moment to make one in
/// [`Values::effect`] and to teach it to the Python decoder.
#[allow(clippy::too_many_lines, reason = "one arm for each kind of effect")]
pub const fn effect_number(effect: &Effect) -> u32 {
    match effect {
        Effect::RegistryCreated { .. } => 0,
        Effect::RuleSetAdopted { .. } => 1,
        Effect::GovernmentAccountOpened { .. } => 2,
        Effect::KeyRegistered { .. } => 3,
        Effect::KeyRevoked { .. } => 4,
        Effect::OperatorAppointed { .. } => 5,
        Effect::OperatorRemoved { .. } => 6,
        Effect::PaymentRecorded { .. } => 7,
        Effect::PaymentApplied { .. } => 8,
        Effect::AccountApplied { .. } => 9,
        Effect::AccountOpened { .. } => 10,
        Effect::ApplicationWithdrawn { .. } => 11,
        Effect::ProjectRegistered { .. } => 12,
        Effect::AuthorisationRecorded { .. } => 13,
        Effect::IssuanceConsented { .. } => 14,
        Effect::IssuanceRecorded { .. } => 15,
        Effect::BlockIssued { .. } => 16,
        Effect::FirstTransferred { .. } => 17,
        Effect::TransferApplied { .. } => 18,
        Effect::TransferRecorded { .. } => 19,
        Effect::AdjustmentBooked { .. } => 20,
        Effect::CertificateRequested { .. } => 21,
        Effect::CertificateIssued { .. } => 22,
        Effect::RulesAdopted { .. } => 23,
        Effect::CalendarAdopted { .. } => 24,
        Effect::GovernmentAccountNamed { .. } => 25,
        Effect::ProponentRegistered { .. } => 26,
        Effect::IndividualApplied { .. } => 27,
        Effect::ChangeNotified { .. } => 28,
        Effect::ParticularsChanged { .. } => 29,
        Effect::ClosingApplied { .. } => 30,
        Effect::AccountClosed { .. } => 31,
        Effect::CompletionRequested { .. } => 32,
        Effect::ApplicationCompleted { .. } => 33,
        Effect::ApplicationRefused { .. } => 34,
        Effect::ApplicationLapsed { .. } => 35,
        Effect::PaymentProofSubmitted { .. } => 36,
        Effect::StatementImported { .. } => 37,
        Effect::PaymentLineApplied { .. } => 38,
        Effect::Refunded { .. } => 39,
        Effect::RestrictionRecorded { .. } => 40,
        Effect::RestrictionReleased { .. } => 41,
        Effect::TransferTrustStated { .. } => 42,
        Effect::TrustApplied { .. } => 43,
        Effect::TrustRecorded { .. } => 44,
        Effect::TrustDeleted { .. } => 45,
        Effect::TrustAmended { .. } => 46,
        Effect::TrustApplicationRecorded { .. } => 47,
        Effect::CorrectionRecorded { .. } => 48,
        Effect::UnitsMoved { .. } => 49,
        Effect::AcceptanceSet { .. } => 50,
        Effect::TransferAccepted { .. } => 51,
        Effect::CertificateStated { .. } => 52,
        Effect::BooksClosed { .. } => 53,
        Effect::PersonalDataErased { .. } => 54,
        Effect::SafeguardsAdopted { .. } => 55,
        Effect::MandateSet { .. } => 56,
        Effect::TrustedAdded { .. } => 57,
        Effect::TrustedRemoved { .. } => 58,
        Effect::AccountFrozen { .. } => 59,
        Effect::AccountUnfrozen { .. } => 60,
        Effect::TransferDelayed { .. } => 61,
        Effect::RecoveryRequested { .. } => 62,
        Effect::RecoveryCancelled { .. } => 63,
        Effect::RecoveryCompleted { .. } => 64,
        Effect::Article6Adopted(_) => 65,
        Effect::AuthorisationDetailed(_) => 66,
        Effect::AuthorisationChanged(_) => 67,
        Effect::AuthorisationRevoked(_) => 68,
        Effect::AdjustmentConfirmed(_) => 69,
        Effect::ConfirmationWithdrawn { .. } => 70,
        Effect::UseStated(_) => 71,
    }
}

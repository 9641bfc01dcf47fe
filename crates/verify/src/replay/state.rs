//! What the entries so far have brought about.

use super::books::Book;
use super::guard::Guard;
use super::paris::Paris;
use super::transfer;
use crate::holdings::Units;
use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, Decision, FeePeriod, Holder, LineKey, ParticularsChange, PaymentId, Person,
    Restriction, Role, RuleSet, Rules, TransferTerms, TransferTrust, TrustRequest, UseDetails,
};
use jcm_format::event::{AccountCategory, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, CommandId, Country, EntryIndex, ProjectRef};
use jcm_format::identification::IdentificationFormat;
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use jcm_format::time::{Date, Timestamp, Year};
use jcm_format::tlog::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// The registry as it stands after some entries; there is none before entry 0.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) entries: u64,
    /// The date in Japan of the last entry.
    pub(crate) today: Date,
    pub(crate) origin: Origin,
    pub(crate) log_key: PublicKey,
    pub(crate) rules: Rules,
    /// The holidays of a country's year, ascending.
    pub(crate) calendars: BTreeMap<(Country, Year), Vec<Date>>,
    /// Digest of the payload of every command that could still be retried, and
    /// until when, by its id.
    pub(crate) commands: BTreeMap<CommandId, (Digest, Timestamp)>,
    pub(crate) keys: BTreeMap<PublicKey, Key>,
    /// The keys of accounts that are not revoked.
    pub(crate) account_keys: BTreeSet<(AccountNumber, PublicKey)>,
    pub(crate) operators: BTreeSet<Name>,
    pub(crate) accounts: BTreeMap<AccountNumber, Account>,
    /// Persons with an open account or an open application for one.
    pub(crate) persons: BTreeSet<Person>,
    /// The representatives' keys of open applications.
    pub(crate) representatives: BTreeSet<PublicKey>,
    pub(crate) payments: BTreeMap<PaymentId, Payment>,
    pub(crate) bank_references: BTreeSet<Name>,
    /// The bank's references of what was paid back.
    pub(crate) refund_references: BTreeSet<Name>,
    pub(crate) statements: BTreeSet<Digest>,
    /// The keys of all credits imported.
    pub(crate) credits: BTreeSet<LineKey>,
    pub(crate) applications: BTreeMap<EntryIndex, Application>,
    /// Those of them that are open.
    pub(crate) open: BTreeSet<EntryIndex>,
    /// Open applications by the account whose they are, and transfers by the
    /// account to which they go as well.
    pub(crate) concerning: BTreeSet<(AccountNumber, EntryIndex)>,
    pub(crate) projects: BTreeMap<ProjectRef, Project>,
    /// The proponents of all projects.
    pub(crate) proponents: BTreeSet<Digest>,
    pub(crate) consents: BTreeMap<EntryIndex, (ProjectRef, Decision)>,
    pub(crate) units: Units,
    /// Restrictions that are not released.
    pub(crate) restrictions: BTreeMap<EntryIndex, Restriction>,
    /// The same by account; accounts without one are absent.
    pub(crate) restricted: BTreeMap<AccountNumber, OnAccount>,
    pub(crate) trusts: BTreeMap<EntryIndex, Trust>,
    pub(crate) paris: Paris,
    /// The project of the issuance whose blocks are being applied.
    pub(crate) issuing: Option<ProjectRef>,
    pub(crate) books: BTreeMap<Year, Book>,
    /// Commitments to personal data that effects have named.
    pub(crate) commitments: BTreeSet<Digest>,
    pub(crate) erased: BTreeSet<Digest>,
    pub(crate) guard: Guard,
}

/// A key that was registered at some time.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) role: Role,
    pub(crate) revoked: bool,
}

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) category: AccountCategory,
    pub(crate) person: Option<Person>,
    pub(crate) particulars: Option<Particulars>,
    pub(crate) closed: bool,
    pub(crate) acceptance: Acceptance,
}

/// What is recorded of a holder.
#[derive(Debug, Clone)]
pub(crate) struct Particulars {
    /// An individual has none.
    pub(crate) published: Option<Holder>,
    /// The commitment to the others.
    pub(crate) commitment: Digest,
    /// The entry that changed something of them last.
    pub(crate) changed: Option<EntryIndex>,
}

/// A payment and what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) amount: Yen,
    pub(crate) left: Yen,
    pub(crate) account: Option<AccountNumber>,
}

/// An application, known by its entry.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    /// The day of receipt.
    pub(crate) received: Date,
    /// Within how many working days after it the fee is to be paid.
    pub(crate) payment_days: u16,
    pub(crate) fee: Fee,
    pub(crate) settled: Yen,
    pub(crate) refunded: Yen,
    /// What was due for the parts of the same command before this one, and is
    /// settled: in the state digest they are one application.
    pub(crate) parts_before: Yen,
    /// Until when what is missing is to be handed in, if something is.
    pub(crate) missing_until: Option<Date>,
    pub(crate) consent: Consent,
    /// The first day on which a delayed transfer may be recorded.
    pub(crate) not_before: Option<Date>,
}

/// What is applied for.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Account {
        person: Person,
        particulars: Particulars,
        representative: PublicKey,
    },
    Transfer {
        terms: Box<TransferTerms>,
        trust: Option<TransferTrust>,
        /// What the use says of persons.
        use_details: Option<Box<UseDetails>>,
    },
    Certificate {
        account: AccountNumber,
    },
    Change {
        account: AccountNumber,
        change: Box<ParticularsChange>,
    },
    Closing {
        account: AccountNumber,
    },
    Trust {
        account: AccountNumber,
        request: Box<TrustRequest>,
        subrogated: bool,
    },
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Recorded,
    Withdrawn,
    Refused,
    Lapsed,
}

/// Whether the transferee has to consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    NotAsked,
    Awaited,
    Given,
}

/// The restrictions on one account.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnAccount {
    pub(crate) entries: BTreeSet<EntryIndex>,
    /// How many of them restrict the whole account.
    pub(crate) whole: u32,
}

/// A trust, known by the entry that recorded it.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    /// The trustee's.
    pub(crate) account: AccountNumber,
    pub(crate) details: Digest,
    pub(crate) dismissed: bool,
}

/// A project, with the periods that were consented to and issued for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    pub(crate) public_input: Option<Date>,
    pub(crate) proponents: BTreeSet<Digest>,
    pub(crate) consented: Vec<Period>,
    pub(crate) issued: Vec<Period>,
}

/// A monitoring period, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

/// How often the ids of commands that can no longer be retried are dropped.
const FORGET_EVERY: u64 = 65_536;

/// Government accounts are numbered below this one, entity accounts from it on.
const FIRST_ENTITY_ACCOUNT: u32 = 1_001;

impl State {
    /// Bounds the memory that command ids take; no rule asks for older ones.
    pub(crate) fn forget_what_cannot_be_retried(&mut self, now: Timestamp) {
        if self.entries.is_multiple_of(FORGET_EVERY) {
            self.commands.retain(|_, (_, until)| now <= *until);
        }
    }

    /// Nothing yet but a name: what `RegistryCreated` brings about.
    pub(crate) fn new(origin: Origin, log_key: PublicKey, rule_set: &RuleSet) -> State {
        State {
            entries: 0,
            today: Date::FIRST,
            origin,
            log_key,
            rules: first_rules(rule_set),
            calendars: BTreeMap::new(),
            commands: BTreeMap::new(),
            keys: BTreeMap::new(),
            account_keys: BTreeSet::new(),
            operators: BTreeSet::new(),
            accounts: BTreeMap::new(),
            persons: BTreeSet::new(),
            representatives: BTreeSet::new(),
            payments: BTreeMap::new(),
            bank_references: BTreeSet::new(),
            refund_references: BTreeSet::new(),
            statements: BTreeSet::new(),
            credits: BTreeSet::new(),
            applications: BTreeMap::new(),
            open: BTreeSet::new(),
            concerning: BTreeSet::new(),
            projects: BTreeMap::new(),
            proponents: BTreeSet::new(),
            consents: BTreeMap::new(),
            units: Units::new(),
            restrictions: BTreeMap::new(),
            restricted: BTreeMap::new(),
            trusts: BTreeMap::new(),
            paris: Paris::new(),
            issuing: None,
            books: BTreeMap::new(),
            commitments: BTreeSet::new(),
            erased: BTreeSet::new(),
            guard: Guard::default(),
        }
    }

    /// The category of an account that was opened, closed or not.
    pub(crate) fn category(&self, account: AccountNumber) -> Option<AccountCategory> {
        self.accounts.get(&account).map(|account| account.category)
    }

    /// The category of an account that exists: it was opened and is not closed.
    pub(crate) fn open_category(&self, account: AccountNumber) -> Option<AccountCategory> {
        let open = self.accounts.get(&account).filter(|account| !account.closed);
        open.map(|account| account.category)
    }

    /// The keys of an account that are not revoked, ascending.
    pub(crate) fn keys_of(&self, account: AccountNumber) -> impl Iterator<Item = PublicKey> {
        let first = (account, PublicKey::from_bytes([0; PublicKey::LEN]));
        let keys = self.account_keys.range(first..);
        keys.take_while(move |(of, _)| *of == account).map(|(_, key)| *key)
    }

    /// The number of the next entity account.
    pub(crate) fn next_account(&self) -> Option<AccountNumber> {
        let first = AccountNumber::new(FIRST_ENTITY_ACCOUNT)?;
        match self.accounts.last_key_value() {
            Some((last, _)) if first <= *last => last.next(),
            Some(_) | None => Some(first),
        }
    }

    /// The number of the next government account, unless they are used up.
    pub(crate) fn next_government_account(&self) -> Option<AccountNumber> {
        let first_entity = AccountNumber::new(FIRST_ENTITY_ACCOUNT)?;
        let (last, _) = self.accounts.range(..first_entity).next_back()?;
        last.next().filter(|next| *next < first_entity)
    }

    /// Whether the whole of an account is restricted.
    pub(crate) fn wholly_restricted(&self, account: AccountNumber) -> bool {
        self.restricted.get(&account).is_some_and(|on_account| 0 < on_account.whole)
    }

    /// How many units are under a restriction, by name or with their account.
    pub(crate) fn restricted_units(&self) -> u128 {
        let parts = self.units.held.iter().flat_map(|(range, account)| {
            if self.wholly_restricted(account) { vec![range] } else { self.units.restricted(range) }
        });
        parts.map(|part| u128::from(part.quantity().get())).sum()
    }

    /// How many units are property of a trust.
    pub(crate) fn trust_units(&self) -> u128 {
        self.units.in_trust.iter().map(|(range, _)| u128::from(range.quantity().get())).sum()
    }

    /// Whether an application for a transfer to `destination` waits for the
    /// transferee's consent.
    pub(crate) fn asks_consent(&self, destination: AccountNumber) -> bool {
        let known = self.accounts.get(&destination);
        self.rules.transferee_acceptance
            && known.is_some_and(|account| account.acceptance == Acceptance::Consent)
    }

    /// Open applications of an account, and transfers to it, ascending.
    pub(crate) fn open_concerning(
        &self,
        account: AccountNumber,
    ) -> impl Iterator<Item = EntryIndex> {
        let all = (account, EntryIndex::new(0))..=(account, EntryIndex::new(u64::MAX));
        self.concerning.range(all).map(|(_, application)| *application)
    }
}

/// What is in force from genesis on (`docs/spec/commands.md`, rule data).
fn first_rules(rule_set: &RuleSet) -> Rules {
    Rules {
        version: rule_set.version,
        fees: vec![FeePeriod {
            from: Date::FIRST,
            account_opening_fee_yen: rule_set.account_opening_fee_yen,
            transfer_fee_yen: rule_set.transfer_fee_yen,
            certificate_fee_yen: rule_set.certificate_fee_yen,
        }],
        payment_days: 20,
        examination_days: 10,
        transferee_acceptance: false,
        shk_issued_until: Date::PREDECESSOR_LAST,
        shk_public_input_until: Date::PREDECESSOR_LAST,
        identification: IdentificationFormat::default(),
        invoice: None,
    }
}

impl Account {
    /// An account that has just been opened: it receives units from anybody.
    pub(crate) fn opened(
        category: AccountCategory,
        holder: Option<(Person, Particulars)>,
    ) -> Account {
        let (person, particulars) = holder.unzip();
        let acceptance = Acceptance::Anybody;
        Account { category, person, particulars, closed: false, acceptance }
    }
}

impl Particulars {
    /// As a holder applies with them.
    pub(crate) const fn first(published: Option<Holder>, commitment: Digest) -> Particulars {
        Particulars { published, commitment, changed: None }
    }
}

impl Application {
    /// What is still to be paid.
    pub(crate) fn due(&self) -> Yen {
        self.fee.amount().checked_sub(self.settled).unwrap_or(Yen::ZERO)
    }

    /// What was due and what is settled, of all parts of the command.
    pub(crate) fn sums(&self) -> Option<(Yen, Yen)> {
        let (due, settled) = (self.fee.amount(), self.settled);
        Some((self.parts_before.checked_add(due)?, self.parts_before.checked_add(settled)?))
    }

    /// The account whose application it is; a person who applies for an
    /// account has none yet.
    pub(crate) fn account(&self) -> Option<AccountNumber> {
        match &self.kind {
            Kind::Account { .. } => None,
            Kind::Transfer { terms, .. } => Some(terms.source),
            Kind::Certificate { account }
            | Kind::Change { account, .. }
            | Kind::Closing { account }
            | Kind::Trust { account, .. } => Some(*account),
        }
    }

    /// The account that applied, which for a change of trustee may be that of
    /// the new one.
    pub(crate) fn applicant(&self) -> Option<AccountNumber> {
        match &self.kind {
            Kind::Transfer { terms, trust, .. } => Some(transfer::applicant(terms, trust.as_ref())),
            _ => self.account(),
        }
    }
}

impl Kind {
    /// The word for it in the state digest.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Kind::Account { .. } => "account",
            Kind::Transfer { .. } => "transfer",
            Kind::Certificate { .. } => "certificate",
            Kind::Change { .. } => "change",
            Kind::Closing { .. } => "closing",
            Kind::Trust { .. } => "trust",
        }
    }
}

impl Status {
    /// The word for it in the state digest.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Recorded => "recorded",
            Status::Withdrawn => "withdrawn",
            Status::Refused => "refused",
            Status::Lapsed => "lapsed",
        }
    }
}

impl Consent {
    /// The word for it in the state digest.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Consent::NotAsked => "none",
            Consent::Awaited => "awaited",
            Consent::Given => "given",
        }
    }
}

impl Period {
    /// The period of a decision.
    pub(crate) const fn of(decision: &Decision) -> Period {
        Period { first: decision.period_start, last: decision.period_end }
    }

    /// Whether some day is in both.
    pub(crate) fn overlaps(self, other: Period) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

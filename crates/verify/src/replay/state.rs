//! What the entries so far have brought about.

use crate::holdings::Units;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Authorisation, Decision, Person, Role, RuleSet, TransferTerms};
use jcm_format::event::{AccountCategory, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, CommandId, Country, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use jcm_format::time::{Date, Timestamp, Year};
use jcm_format::tlog::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// The registry as it stands after some entries; there is none before entry 0.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) entries: u64,
    pub(crate) origin: Origin,
    pub(crate) log_key: PublicKey,
    pub(crate) rules: RuleSet,
    /// Digest of the payload of every command that could still be retried, and
    /// until when, by its id.
    pub(crate) commands: BTreeMap<CommandId, (Digest, Timestamp)>,
    pub(crate) keys: BTreeMap<PublicKey, Key>,
    pub(crate) operators: BTreeSet<Name>,
    pub(crate) accounts: BTreeMap<AccountNumber, Account>,
    /// Persons with an account or an open application for one.
    pub(crate) persons: BTreeSet<Person>,
    /// The representatives' keys of open applications.
    pub(crate) representatives: BTreeSet<PublicKey>,
    pub(crate) payments: BTreeMap<EntryIndex, Payment>,
    pub(crate) bank_references: BTreeSet<Name>,
    pub(crate) applications: BTreeMap<EntryIndex, Application>,
    pub(crate) projects: BTreeMap<ProjectRef, Project>,
    pub(crate) authorisations: BTreeMap<EntryIndex, Authorised>,
    pub(crate) authorisation_ids: BTreeMap<Name, EntryIndex>,
    pub(crate) consents: BTreeMap<EntryIndex, (ProjectRef, Decision)>,
    pub(crate) units: Units,
    pub(crate) adjustments: BTreeMap<(Country, Year), u128>,
    /// The project of the issuance whose blocks are being applied.
    pub(crate) issuing: Option<ProjectRef>,
}

/// A key that was registered at some time.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) role: Role,
    pub(crate) revoked: bool,
}

/// An account; it stays open for ever.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) category: AccountCategory,
    pub(crate) person: Option<Person>,
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
    pub(crate) fee: Fee,
    pub(crate) settled: Yen,
}

/// What is applied for.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Account { person: Person, representative: PublicKey },
    Transfer { source: AccountNumber, terms: Box<TransferTerms> },
    Certificate { account: AccountNumber },
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Recorded,
    Withdrawn,
}

/// A project, with the periods that were consented to and issued for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    pub(crate) consented: Vec<Period>,
    pub(crate) issued: Vec<Period>,
}

/// A monitoring period, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

/// An authorisation and what was first transferred under it.
#[derive(Debug, Clone)]
pub(crate) struct Authorised {
    pub(crate) authorisation: Authorisation,
    pub(crate) used: Tonnes,
}

/// How often the ids of commands that can no longer be retried are dropped.
const FORGET_EVERY: u64 = 65_536;

impl State {
    /// Bounds the memory that command ids take; no rule asks for older ones.
    pub(crate) fn forget_what_cannot_be_retried(&mut self, now: Timestamp) {
        if self.entries.is_multiple_of(FORGET_EVERY) {
            self.commands.retain(|_, (_, until)| now <= *until);
        }
    }

    /// Nothing yet but a name: what `RegistryCreated` brings about.
    pub(crate) fn new(origin: Origin, log_key: PublicKey, rules: RuleSet) -> State {
        State {
            entries: 0,
            origin,
            log_key,
            rules,
            commands: BTreeMap::new(),
            keys: BTreeMap::new(),
            operators: BTreeSet::new(),
            accounts: BTreeMap::new(),
            persons: BTreeSet::new(),
            representatives: BTreeSet::new(),
            payments: BTreeMap::new(),
            bank_references: BTreeSet::new(),
            applications: BTreeMap::new(),
            projects: BTreeMap::new(),
            authorisations: BTreeMap::new(),
            authorisation_ids: BTreeMap::new(),
            consents: BTreeMap::new(),
            units: Units::new(),
            adjustments: BTreeMap::new(),
            issuing: None,
        }
    }

    /// The category of an account that exists.
    pub(crate) fn category(&self, account: AccountNumber) -> Option<AccountCategory> {
        self.accounts.get(&account).map(|account| account.category)
    }

    /// The number of the next entity account.
    pub(crate) fn next_account(&self) -> Option<AccountNumber> {
        const FIRST_ENTITY_ACCOUNT: u32 = 1_001;
        let first = AccountNumber::new(FIRST_ENTITY_ACCOUNT)?;
        match self.accounts.last_key_value() {
            Some((last, _)) if first <= *last => last.next(),
            Some(_) | None => Some(first),
        }
    }
}

impl Application {
    /// What is still to be paid.
    pub(crate) fn due(&self) -> Yen {
        self.fee.amount().checked_sub(self.settled).unwrap_or(Yen::ZERO)
    }

    /// The account whose application it is; a person who applies for an
    /// account has none yet.
    pub(crate) fn account(&self) -> Option<AccountNumber> {
        match &self.kind {
            Kind::Account { .. } => None,
            Kind::Transfer { source, .. } => Some(*source),
            Kind::Certificate { account } => Some(*account),
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
        }
    }
}

impl Authorised {
    /// What may still be first transferred under it.
    pub(crate) fn left(&self) -> Tonnes {
        self.authorisation.quantity_tonnes.checked_sub(self.used).unwrap_or(Tonnes::ZERO)
    }

    /// Whether it allows units of this project and vintage to be used towards
    /// an NDC.
    pub(crate) fn covers(&self, project: &ProjectRef, vintage: Year) -> bool {
        let a = &self.authorisation;
        a.partner == project.country()
            && (a.projects.is_empty() || a.projects.contains(project))
            && a.first_vintage <= vintage
            && vintage <= a.last_vintage
            && a.purposes.ndc
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

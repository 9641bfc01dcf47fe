//! Who calls, and what that lets them see. `docs/spec/access.md` is the
//! specification; `table` is the one place that says who may call what.
//!
//! Every call of the service passes here, in this order:
//!
//! 1. its method is looked up; what is no method of the service goes on to be
//!    answered as unknown;
//! 2. its proof, where it brings one, is verified, and is seen for the first time;
//! 3. the key's role is looked up in the *published* view: [`Caller`];
//! 4. the table says whether this role may call this method at all;
//! 5. [`Pass`] goes with the request to its handler, which shows of what the table
//!    calls `Own` nothing but that, and answers for what is somebody else's as if
//!    it did not exist;
//! 6. a read of other people's data is written to the audit file before it is
//!    answered.
//!
//! A limit for each peer belongs before step 2, where nothing has cost anything yet:
//! `layer::admit` has the peer's address there. A limit for each caller belongs
//! after step 3, where it is known who calls: [`Caller::key`] tells keys apart,
//! [`Caller`] what they are. Both find the same in the request's extensions later,
//! as [`Pass`].

mod layer;
mod method;
mod proofs;
mod scope;
mod subject;
mod table;

pub(crate) use layer::{Guarded, admit_reader};
pub(crate) use method::Method;
pub(crate) use proofs::Proofs;
pub(crate) use scope::{Part, application, entry_shown, is_in_force, is_payer, is_shown, own_part};
pub(crate) use subject::AboutWhom;
pub(crate) use table::{Class, who_may};

use table::Grant;

use crate::audit::Read;
use crate::clock;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_format::command::Role;
use jcm_format::id::{AccountNumber, Country};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use jcm_ledger::State;
use std::net::SocketAddr;
use std::sync::Arc;
use tonic::{Response, Status};

/// Who calls, as far as is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody who proves nothing.
    Public,
    /// The owner of a key that nobody registered.
    Applicant(PublicKey),
    /// A representative of an account, whatever the power. The keys of a closed
    /// account are revoked with it.
    Holder { key: PublicKey, account: AccountNumber, person: Option<Name> },
    /// The competent authority of a partner country.
    Partner { key: PublicKey, country: Country },
    /// Staff of the implementing body.
    Operator { key: PublicKey, person: Name },
    /// A minister's key.
    Authority { key: PublicKey, person: Name },
    /// An auditor.
    Auditor { key: PublicKey, person: Name },
}

impl Caller {
    /// Who the owner of a key is now. None where the key was revoked, or its owner
    /// is an operator no longer.
    pub(crate) fn of(state: &State, key: PublicKey) -> Option<Caller> {
        let Some(record) = state.key(&key) else { return Some(Caller::Applicant(key)) };
        if record.revoked {
            return None;
        }
        Some(match &record.role {
            Role::Authority(person) => Caller::Authority { key, person: person.clone() },
            Role::Operator(person) if state.is_operator(person) => {
                Caller::Operator { key, person: person.clone() }
            }
            Role::Operator(_) => return None,
            Role::Partner(country) => Caller::Partner { key, country: *country },
            Role::Account(account) => Caller::Holder { key, account: *account, person: None },
            Role::Representative(of) => {
                Caller::Holder { key, account: of.account, person: Some(of.person.clone()) }
            }
            Role::Auditor(person) => Caller::Auditor { key, person: person.clone() },
        })
    }

    /// The column of the table.
    pub(crate) fn class(&self) -> Class {
        match self {
            Caller::Public => Class::Public,
            Caller::Applicant(_) => Class::Applicant,
            Caller::Holder { .. } => Class::Holder,
            Caller::Partner { .. } => Class::Partner,
            Caller::Operator { .. } => Class::Operator,
            Caller::Authority { .. } => Class::Authority,
            Caller::Auditor { .. } => Class::Auditor,
        }
    }

    /// Who it is, by the stable name; a partner authority is its country.
    fn person(&self) -> String {
        match self {
            Caller::Public | Caller::Applicant(_) => String::new(),
            Caller::Holder { account, person, .. } => {
                let person = person.as_ref().map_or_else(String::new, ToString::to_string);
                format!("{account} {person}").trim_end().to_owned()
            }
            Caller::Partner { country, .. } => country.to_string(),
            Caller::Operator { person, .. }
            | Caller::Authority { person, .. }
            | Caller::Auditor { person, .. } => person.to_string(),
        }
    }

    /// Whether both act for one account, one person of the staff, or one country.
    pub(crate) fn acts_for_the_same_as(&self, other: &Caller) -> bool {
        match (self, other) {
            (Caller::Holder { account: one, .. }, Caller::Holder { account: another, .. }) => {
                one == another
            }
            (Caller::Partner { country: one, .. }, Caller::Partner { country: another, .. }) => {
                one == another
            }
            (Caller::Operator { person: one, .. }, Caller::Operator { person: another, .. })
            | (Caller::Authority { person: one, .. }, Caller::Authority { person: another, .. })
            | (Caller::Auditor { person: one, .. }, Caller::Auditor { person: another, .. }) => {
                one == another
            }
            _ => false,
        }
    }

    /// The key that proved it.
    pub(crate) fn key(&self) -> Option<PublicKey> {
        match self {
            Caller::Public => None,
            Caller::Applicant(key)
            | Caller::Holder { key, .. }
            | Caller::Partner { key, .. }
            | Caller::Operator { key, .. }
            | Caller::Authority { key, .. }
            | Caller::Auditor { key, .. } => Some(*key),
        }
    }
}

/// What a handler gets to know of who calls it. Made only at the door.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    caller: Caller,
    grant: Grant,
    method: Method,
    peer: Option<SocketAddr>,
}

impl Pass {
    /// Whether nothing of what the method shows is kept from the caller.
    pub(crate) fn sees_all(&self) -> bool {
        self.grant == Grant::Allowed
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// From where.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The account whose holder the caller is.
    pub(crate) fn account(&self) -> Option<AccountNumber> {
        match self.caller {
            Caller::Holder { account, .. } => Some(account),
            _ => None,
        }
    }

    /// The country whose authority the caller is.
    pub(crate) fn country(&self) -> Option<Country> {
        match self.caller {
            Caller::Partner { country, .. } => Some(country),
            _ => None,
        }
    }

    /// Whether the caller may see what is of this account.
    pub(crate) fn sees_account(&self, number: u32) -> bool {
        self.sees_all() || self.account().is_some_and(|own| own.get() == number)
    }

    /// Whether the caller's key is among some keys.
    pub(crate) fn is_one_of(&self, mut keys: impl Iterator<Item = PublicKey>) -> bool {
        self.caller.key().is_some_and(|own| keys.any(|key| key == own))
    }

    /// The same refusal, in the words for somebody who does not see everything: for
    /// whom "another's" and "none" are the same.
    fn refusal(&self, refusal: Refusal) -> Refusal {
        match refusal {
            Refusal::Absent { what, which } if !self.sees_all() => Refusal::Hidden { what, which },
            other => other,
        }
    }

    /// What a handler found, as the transport wants it.
    pub(crate) fn answer<T>(&self, found: Result<T, Refusal>) -> Result<Response<T>, Status> {
        found.map(Response::new).map_err(|refusal| Status::from(self.refusal(refusal)))
    }

    /// Writes a read of other people's data down, before it is answered.
    pub(crate) async fn write_down(
        &self,
        shared: &Arc<Shared>,
        subject: String,
    ) -> Result<(), Refusal> {
        if !self.is_audited() {
            return Ok(());
        }
        let peer = self.peer.map_or_else(String::new, |peer| peer.to_string());
        let read = Read {
            role: self.caller.class().word(),
            person: self.caller.person(),
            key: self.caller.key().map_or_else(String::new, |key| key.to_string()),
            peer,
            method: self.method.name(),
            subject,
        };
        let shared = Arc::clone(shared);
        blocking(move || {
            shared.audit.record(&read, clock::now()).map_err(|error| {
                tracing::error!(%error, "a read was refused, because it could not be written down");
                Refusal::AuditStore
            })
        })
        .await
    }

    /// Whether this is a read of other people's data by somebody whose reads are
    /// written down.
    fn is_audited(&self) -> bool {
        let is_of_staff = match self.caller.class() {
            Class::Public | Class::Applicant | Class::Holder => false,
            Class::Partner | Class::Operator | Class::Authority | Class::Auditor => true,
        };
        is_of_staff && table::is_protected(self.method)
    }
}

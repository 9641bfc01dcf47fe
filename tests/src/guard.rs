//! Safeguards of accounts, as those would use them whom they protect.

use crate::acts::{AUTHORITIES, OPERATORS, calendar};
use crate::world::{World, account, apply_transfer, date, name, possessed, secret, sign, terms};
use crate::world::{text, year};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Body, Command, Control, Mandate, Power, Purpose, Representative, Role, Safeguards,
};
use jcm_format::hash::Digest;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::time::{Date, Timestamp};
use jcm_ledger::{Outcome, Reason};

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// One signs, and nothing is limited.
pub const OPEN: Mandate = Mandate {
    control: Control::Single,
    per_transfer_tonnes: None,
    per_day_tonnes: None,
    per_untrusted_tonnes: None,
};
/// Two sign, and nothing is limited.
pub const DUAL: Mandate = Mandate { control: Control::Dual, ..OPEN };

/// Transfers wait one working day, from noon on two; additions to a trusted list and
/// looser mandates three; a lost key five. Nothing is limited or pinned.
pub const SAFEGUARDS: Safeguards = Safeguards {
    default_mandate: OPEN,
    central_untrusted_tonnes: None,
    delays: true,
    cutoff_hour: 12,
    early_days: 1,
    late_days: 2,
    trust_days: 3,
    recovery_days: 5,
    pinned: false,
};

/// A limit.
pub const fn tonnes(tonnes: u64) -> Option<Tonnes> {
    Some(Tonnes::new(tonnes))
}

/// What an account's key acts as that has a person's name.
pub fn representative(number: u32, person: &str, power: Power) -> Representative {
    Representative { account: account(number), person: name(person), power }
}

/// Registers a representative's key, which is called `key`.
pub fn register(number: u32, person: &str, key: &str, power: Power) -> Body {
    register_as(Role::Representative(representative(number, person, power)), key)
}

/// Registers a key in some role.
pub fn register_as(role: Role, key: &str) -> Body {
    let key = possessed(&secret(key), &role);
    Body::RegisterKey { role, key }
}

/// Appoints an operator with a first key, which is called `key`.
pub fn appoint(person: &str, key: &str) -> Body {
    let key = possessed(&secret(key), &Role::Operator(name(person)));
    Body::AppointOperator { person: name(person), key }
}

/// Revokes a key.
pub fn revoke(key: &str) -> Body {
    Body::RevokeKey { key: secret(key).public_key(), reason: text("盗難") }
}

/// Lays down how an account may be used.
pub fn set_mandate(number: u32, mandate: Mandate) -> Body {
    Body::SetMandate { account: account(number), mandate }
}

/// Puts an account on another's trusted list.
pub fn trust_account(number: u32, trusted: u32) -> Body {
    Body::TrustAccount { account: account(number), trusted: account(trusted) }
}

/// Takes it off again.
pub fn distrust(number: u32, trusted: u32) -> Body {
    Body::DistrustAccount { account: account(number), trusted: account(trusted) }
}

/// Freezes an account.
pub fn freeze(number: u32) -> Body {
    Body::FreezeAccount { account: account(number), reason: text("鍵の盗難のおそれ") }
}

/// Lets it go on.
pub fn unfreeze(number: u32) -> Body {
    Body::UnfreezeAccount { account: account(number), reason: text("本人確認済み") }
}

/// Asks for a new key, called `key`, in the place of a lost one.
pub fn recover(representative: Representative, key: &str) -> Body {
    let role = Role::Representative(representative.clone());
    let key = possessed(&secret(key), &role);
    Body::RequestRecovery {
        representative, key, reason: text("端末の紛失。旅券を確認。")
    }
}

/// Stops a recovery.
pub fn cancel_recovery(recovery: EntryIndex) -> Body {
    Body::CancelRecovery { recovery, reason: text("鍵は手元にある") }
}

/// Withdraws an application.
pub fn withdraw(application: EntryIndex) -> Body {
    Body::WithdrawApplication { application, reason: text("申請していない") }
}

/// A transfer to another entity account.
pub fn transfer(source: u32, destination: u32, units: &[&str]) -> Body {
    apply_transfer(terms(source, destination, units, Purpose::Other))
}

/// Holidays of any country.
pub fn calendar_of(country: &str, of: u16, holidays: &[&str]) -> Body {
    Body::AdoptCalendar {
        country: Country::new(country).expect("a country"),
        year: year(of),
        holidays: holidays.iter().map(|day| date(day)).collect(),
    }
}

impl World {
    /// A stocked registry with safeguards and Japan's calendar of 2026. It is
    /// Tuesday 2026-11-24, ten o'clock.
    pub fn guarded(safeguards: Safeguards) -> World {
        let mut world = World::stocked();
        world.accepted(calendar(2026, &["2026-11-23"]), OPERATORS);
        world.accepted(Body::AdoptSafeguards(safeguards), AUTHORITIES);
        world.at("2026-11-24", 10);
        world
    }

    /// Representatives of `alpha` with keys called as they are: `tanaka` initiates, also
    /// by `tanaka-2` approves; `suzuki` approves; `reader` reads.
    pub fn with_representatives(safeguards: Safeguards) -> World {
        let mut world = World::guarded(safeguards);
        for (person, key, power) in [
            ("tanaka", "tanaka", Power::Initiate),
            ("tanaka", "tanaka-2", Power::Approve),
            ("suzuki", "suzuki", Power::Approve),
            ("reader", "reader", Power::Read),
        ] {
            world.accepted(register(1_001, person, key, power), &["alpha"]);
        }
        world
    }

    /// Sets the clock to an hour in Japan.
    pub fn at(&mut self, day: &str, hour: u64) {
        let start = date(day).days() * 24 * HOUR_MS - 9 * HOUR_MS;
        let now = Timestamp::from_ms(start + hour * HOUR_MS).expect("in range");
        assert!(self.now <= now, "time does not go back");
        self.now = now;
    }

    /// The first day of a delayed transfer that is open.
    pub fn first_day(&self, application: EntryIndex) -> Option<Date> {
        self.state().open_application(application).expect("open").not_before
    }

    /// The lines of the state digest of one kind.
    pub fn lines_of(&self, kind: &str) -> Vec<String> {
        let kind = format!("{kind} ");
        self.state().digest_lines().into_iter().filter(|line| line.starts_with(&kind)).collect()
    }

    /// The command as two sign it: with its exact effect.
    pub fn pinned(&mut self, body: Body, signers: &[&str]) -> Command {
        let command = self.command(body);
        let keys: Vec<PublicKey> = signers.iter().map(|key| secret(key).public_key()).collect();
        let event = jcm_ledger::prepare(self.state(), self.now, &command, &keys);
        let event = event.unwrap_or_else(|error| panic!("{}: {error}", command.body.name()));
        let digest = event.digest(self.state().rule_set_version()).expect("small enough");
        Command { effect_digest: Some(digest), ..command }
    }

    /// Signs with the effect pinned, and expects acceptance.
    pub fn agreed(&mut self, body: Body, signers: &[&str]) -> EntryIndex {
        let command = self.pinned(body, signers);
        match self.submit(sign(&command, signers)) {
            Outcome::Recorded { entry } => entry,
            other => panic!("{} by {signers:?}: {other:?}", command.body.name()),
        }
    }

    /// As [`World::refused`], for a command that pins some effect.
    pub fn refused_pinned(&mut self, body: Body, signers: &[&str], reason: Reason) {
        let command = Command { effect_digest: Some(Digest::ZERO), ..self.command(body) };
        let rejection = self.rejected_command(&command, signers);
        assert_eq!(rejection.reason, reason, "{rejection}");
    }
}

//! Who signs for an account: its representatives, each with a power, alone or
//! two together.

use super::judge::Case;
use super::roles::{Quorum, all, authority, operator, two};
use super::state::State;
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{Control, Power, Role};
use jcm_format::id::AccountNumber;
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use std::collections::BTreeSet;

/// Who stands behind a key. A key that names no person is one of its own.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Signatory<'a> {
    Key(PublicKey),
    Person(&'a Name),
}

/// What the keys of an account have signed, or could sign.
#[derive(Default)]
struct Hands<'a> {
    initiate: BTreeSet<Signatory<'a>>,
    approve: BTreeSet<Signatory<'a>>,
}

/// The account whose key it is, if it is one's.
pub(crate) fn account_of(role: &Role) -> Option<AccountNumber> {
    match role {
        Role::Account(account) => Some(*account),
        Role::Representative(of) => Some(of.account),
        Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => None,
    }
}

/// What a key may do for an account, if it is one of its keys.
fn power(role: &Role, account: AccountNumber) -> Option<Power> {
    match role {
        Role::Account(own) if *own == account => Some(Power::Full),
        Role::Representative(of) if of.account == account => Some(of.power),
        _ => None,
    }
}

/// As [`power`], unless it may only read.
fn acting(role: &Role, account: AccountNumber) -> Option<Power> {
    power(role, account).filter(|power| *power != Power::Read)
}

impl<'a> Hands<'a> {
    fn of(
        state: &'a State,
        account: AccountNumber,
        keys: impl Iterator<Item = PublicKey>,
    ) -> Hands<'a> {
        let mut hands = Hands::default();
        for key in keys {
            let Some(role) = state.keys.get(&key).map(|known| &known.role) else { continue };
            let signatory = || match role {
                Role::Representative(of) => Signatory::Person(&of.person),
                _ => Signatory::Key(key),
            };
            let power = power(role, account);
            if matches!(power, Some(Power::Full | Power::Initiate)) {
                hands.initiate.insert(signatory());
            }
            if matches!(power, Some(Power::Full | Power::Approve)) {
                hands.approve.insert(signatory());
            }
        }
        hands
    }

    /// One initiates, and another approves.
    fn are_two(&self) -> bool {
        !self.initiate.is_empty()
            && !self.approve.is_empty()
            && 1 < self.initiate.union(&self.approve).count()
    }
}

/// Whether an account has a person to initiate and another to approve.
pub(crate) fn could_be_two(state: &State, account: AccountNumber) -> bool {
    Hands::of(state, account, state.keys_of(account)).are_two()
}

/// By the representatives whom the mandate in force asks for (301, 302).
pub(crate) fn by_account(case: &Case<'_>, account: AccountNumber) -> Judged<Quorum> {
    let wanted = format!("representatives of account {account}");
    all(case, &wanted, |role| acting(role, account).is_some())?;
    let command = case.command.body.name();
    match case.state.guard.control(account, case.today()) {
        Control::Single => {
            ensure(may_initiate(case, account), Code::RoleNotPermitted, || {
                format!("{command} is signed for account {account} by nobody who may initiate it")
            })?;
            Ok(Quorum::One)
        }
        Control::Dual => {
            let hands = Hands::of(case.state, account, case.signers.iter().copied());
            ensure(hands.are_two(), Code::SecondSignatureMissing, || {
                format!(
                    "{command} is to be signed for account {account} by one person who initiates it and another who approves it"
                )
            })?;
            Ok(Quorum::Two)
        }
    }
}

/// By any one who does more than read, also under dual control (301): the
/// command lessens a risk.
pub(crate) fn by_one_of_account(case: &Case<'_>, account: AccountNumber) -> Judged<Quorum> {
    let wanted = format!("a representative of account {account}");
    all(case, &wanted, |role| acting(role, account).is_some())?;
    Ok(Quorum::One)
}

/// By any one of the account, with or without those who only read, or by an
/// operator (301).
pub(crate) fn by_one_or_operator(
    case: &Case<'_>,
    account: AccountNumber,
    readers: bool,
) -> Judged<Quorum> {
    let wanted = format!("a representative of account {account} or an operator");
    all(case, &wanted, |role| {
        let own = if readers { power(role, account) } else { acting(role, account) };
        own.is_some() || operator(role).is_some()
    })?;
    Ok(Quorum::One)
}

/// By the account itself, or by two authorities (301, 302). Where keys of both
/// sign, one of the account is enough.
pub(crate) fn by_account_or_authorities(
    case: &Case<'_>,
    account: AccountNumber,
    lessens_risk: bool,
) -> Judged<Quorum> {
    let wanted = format!("a representative of account {account} or an authority");
    all(case, &wanted, |role| acting(role, account).is_some() || authority(role).is_some())?;
    let by_account = roles(case).any(|role| acting(role, account).is_some());
    if by_account && lessens_risk {
        return Ok(Quorum::One);
    }
    let by_authority = roles(case).any(|role| authority(role).is_some());
    match (by_account, by_authority) {
        (true, false) => self::by_account(case, account),
        (true, true) if may_initiate(case, account) => Ok(Quorum::One),
        (true | false, _) => {
            two(case, "an authority", |role| acting(role, account).is_some(), authority)
        }
    }
}

fn roles<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a Role> {
    case.signers.iter().filter_map(|signer| case.state.keys.get(signer)).map(|key| &key.role)
}

fn may_initiate(case: &Case<'_>, account: AccountNumber) -> bool {
    let mut powers = roles(case).filter_map(|role| power(role, account));
    powers.any(|power| matches!(power, Power::Full | Power::Initiate))
}

/// Whether two authorities are among those who signed.
pub(crate) fn two_authorities(case: &Case<'_>) -> bool {
    1 < roles(case).filter_map(authority).collect::<BTreeSet<&Name>>().len()
}

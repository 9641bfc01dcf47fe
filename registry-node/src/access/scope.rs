//! What is whose. Where the table says `Own`, what a caller may see is asked here,
//! always before anything is looked up for the answer; what is somebody else's is
//! answered as what does not exist.
//!
//! The functions that read the index or the log are not for the threads that serve
//! requests.

use super::{Caller, Pass};
use crate::folds;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_format::entry::SealedEntry;
use jcm_format::event::{Effect, Event};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_ledger::State;
use jcm_ledger::index::{Subject, effect_subjects};
use std::sync::Arc;

/// Refuses, as absent, an application that is not the caller's: that neither concerns
/// its account nor was signed by its key.
pub(crate) async fn application(
    shared: &Arc<Shared>,
    pass: &Pass,
    application: u64,
) -> Result<(), Refusal> {
    if pass.sees_all() {
        return Ok(());
    }
    let (shared, pass) = (Arc::clone(shared), pass.clone());
    blocking(move || {
        let is_own = is_shown(&shared, &pass, EntryIndex::new(application))?;
        let which = application.to_string();
        is_own.then_some(()).ok_or(Refusal::Absent { what: "application", which })
    })
    .await
}

/// Whether an entry concerns the caller's account or was signed by one of its keys.
/// Reads the index and the log.
pub(crate) fn is_shown(shared: &Shared, pass: &Pass, entry: EntryIndex) -> Result<bool, Refusal> {
    if pass.sees_all() {
        return Ok(true);
    }
    if shared.size() <= entry.get() {
        return Ok(false);
    }
    match pass.caller() {
        Caller::Public => return Ok(false),
        Caller::Holder { account, .. } => {
            if concerns(shared, *account, entry)? || opened_on(shared, *account)? == Some(entry) {
                return Ok(true);
            }
        }
        Caller::Applicant(_)
        | Caller::Partner { .. }
        | Caller::Operator { .. }
        | Caller::Authority { .. }
        | Caller::Auditor { .. } => {}
    }
    let sealed = shared.stored(entry)?.sealed;
    Ok(is_signed_by(shared.view().state(), pass, &sealed))
}

fn concerns(shared: &Shared, account: AccountNumber, entry: EntryIndex) -> Result<bool, Refusal> {
    let subject = Subject::Account(account);
    let next = shared.index.history(shared.size(), &subject, entry.get(), 1)?;
    Ok(next.first() == Some(&entry.get()))
}

/// The application on which an account was opened; government accounts have none.
fn opened_on(shared: &Shared, account: AccountNumber) -> Result<Option<EntryIndex>, Refusal> {
    let opened = shared.view().state().account(account).map(|account| account.opened);
    let Some(opened) = opened else { return Ok(None) };
    let opened = shared.stored(opened)?.sealed;
    Ok(folds::account_opened(opened.entry(), account))
}

/// Whether the caller's key signed the entry's command, or another of its account.
fn is_signed_by(state: &State, pass: &Pass, sealed: &SealedEntry) -> bool {
    let signers = || sealed.entry().command.signatures.iter().map(|signature| signature.key);
    let is_of_account = |key: PublicKey| {
        let of_key = state.key(&key).and_then(|record| record.account());
        of_key.is_some() && of_key == pass.account()
    };
    pass.is_one_of(signers()) || signers().any(is_of_account)
}

/// What of an entry the caller may see, which is all of it or the effects that
/// concern it; none where nothing does.
pub(crate) enum Part {
    /// All.
    Whole,
    /// Some effects, and of those that name several accounts what is the caller's.
    Effects(Event),
}

/// What of an entry the caller may see. Reads the index and the log.
pub(crate) fn own_part(
    shared: &Shared,
    pass: &Pass,
    sealed: &SealedEntry,
) -> Result<Option<Part>, Refusal> {
    let is_whole = pass.sees_all()
        || pass.country().is_some()
        || is_signed_by(shared.view().state(), pass, sealed);
    if is_whole {
        return Ok(Some(Part::Whole));
    }
    let entry = sealed.entry();
    let (mut kept, mut is_own, mut is_cut) = (Vec::new(), false, false);
    for effect in &entry.event.0 {
        let reduced = reduced(effect, pass.account());
        is_cut |= reduced != *effect;
        match relation(shared, pass, entry.index, &reduced)? {
            Relation::Own => {
                is_own = true;
                kept.push(reduced);
            }
            Relation::Neutral => kept.push(reduced),
            Relation::Foreign => is_cut = true,
        }
    }
    Ok(match (is_own, is_cut) {
        (false, _) => None,
        (true, false) => Some(Part::Whole),
        (true, true) => Some(Part::Effects(Event(kept))),
    })
}

/// One entry whole, or refuses it as absent. Reads the index and the log.
pub(crate) fn entry_shown(
    shared: &Shared,
    pass: &Pass,
    entry: EntryIndex,
) -> Result<bool, Refusal> {
    if pass.sees_all() {
        return Ok(true);
    }
    if !is_shown(shared, pass, entry)? {
        return Ok(false);
    }
    let sealed = shared.stored(entry)?.sealed;
    Ok(matches!(own_part(shared, pass, &sealed)?, Some(Part::Whole)))
}

/// An effect without what it says of other accounts than `own`. What concerns several
/// at once, such as an issuance or a transfer, is shown to each; the payments of others
/// are not.
fn reduced(effect: &Effect, own: Option<AccountNumber>) -> Effect {
    let mut effect = effect.clone();
    if let Effect::StatementImported { payments, .. } = &mut effect {
        payments.retain(|line| line.account.is_some() && line.account == own);
    }
    effect
}

/// Whose an effect is.
enum Relation {
    /// It concerns the caller.
    Own,
    /// It concerns nobody in particular.
    Neutral,
    /// It concerns others.
    Foreign,
}

fn relation(
    shared: &Shared,
    pass: &Pass,
    index: EntryIndex,
    effect: &Effect,
) -> Result<Relation, Refusal> {
    if let Effect::KeyRevoked { key } = effect {
        let view = shared.view();
        let of_key = view.state().key(key).and_then(|record| record.account());
        let is_own = of_key.is_some() && of_key == pass.account();
        return Ok(if is_own { Relation::Own } else { Relation::Foreign });
    }
    let (mut is_of_somebody, mut is_payment, mut is_of_this) = (false, false, false);
    for subject in effect_subjects(index, effect) {
        match subject {
            Subject::Account(account) if Some(account) == pass.account() => {
                return Ok(Relation::Own);
            }
            Subject::Account(_) => is_of_somebody = true,
            // What is received by this very entry has its accounts beside it.
            Subject::Application(of) if of == index => is_of_this = true,
            Subject::Application(of) => {
                if is_shown(shared, pass, of)? {
                    return Ok(Relation::Own);
                }
                is_of_somebody = true;
            }
            Subject::Payment(_) => is_payment = true,
            Subject::Project(_) | Subject::Block(_) => {}
        }
    }
    // A payment of nobody's is the office's affair; one drawn from here belongs to this.
    let is_foreign = is_of_somebody || is_payment && !is_of_this;
    Ok(if is_foreign { Relation::Foreign } else { Relation::Neutral })
}

/// Whether a payment is the caller's.
pub(crate) fn is_payer(pass: &Pass, account: Option<AccountNumber>) -> bool {
    pass.sees_all() || account.is_some() && account == pass.account()
}

/// Whether the caller is still who it was at the door: for streams, which outlive the
/// check at the door.
pub(crate) fn is_in_force(shared: &Shared, pass: &Pass) -> bool {
    let Some(key) = pass.caller().key() else { return true };
    Caller::of(shared.view().state(), key).as_ref() == Some(pass.caller())
}

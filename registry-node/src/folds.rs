//! What is folded from the whole log and kept in memory: books, fees, publication,
//! the rules by version, and which applications ended how.
//!
//! Every entry is read once. The state answers most questions; these are the ones
//! for which it keeps too few words, and none of them decides anything.

use crate::service::End;
use crate::shared::{Phase, Shared, blocking};
use crate::status::Refusal;
use jcm_format::command::{Acceptance, Rules};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_ledger::State;
use jcm_ledger::state::{KeyRecord, SubjectKind};
use jcm_report::FoldError;
use jcm_report::books::BooksFold;
use jcm_report::publication::PublicationFold;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// How long one request may read entries that nobody has folded yet. After a start
/// on a long log the first requests may end with this; what they read stays read.
const ADVANCE_MAX: Duration = Duration::from_secs(10);

/// What an account without such entries has.
static NONE: BTreeSet<u64> = BTreeSet::new();

/// The folds of one node.
pub(crate) struct Folds {
    folded: RwLock<Folded>,
    /// Held by whoever reads the log for them. Those that wait hold no thread.
    advancing: Arc<tokio::sync::Mutex<()>>,
}

/// Applications by kind and end, ascending.
type Ended = BTreeMap<(SubjectKind, End), Vec<u64>>;

/// Everything folded so far.
#[derive(Default)]
pub(crate) struct Folded {
    /// The entry that comes next.
    next: u64,
    ended: Ended,
    /// The rules of each version, and the entry that adopted them.
    rules: BTreeMap<u32, (EntryIndex, Rules)>,
    /// Entries that record or release a restriction of a whole account.
    whole_restrictions: BTreeMap<AccountNumber, BTreeSet<u64>>,
    /// Entries that revoke an account's keys.
    revocations: BTreeMap<AccountNumber, BTreeSet<u64>>,
    /// From whom accounts received units since which entry.
    acceptances: BTreeMap<AccountNumber, Vec<(EntryIndex, Acceptance)>>,
    /// Which entries state accounts' published particulars, and since which entry.
    particulars: BTreeMap<AccountNumber, Vec<(EntryIndex, EntryIndex)>>,
    /// Accounts of the restrictions of whole accounts.
    restricted: BTreeMap<EntryIndex, AccountNumber>,
    reports: Reports,
}

/// The reports' own folds. After an error they take no further entries.
#[derive(Default)]
struct Reports {
    books: BooksFold,
    publication: PublicationFold,
    error: Option<FoldError>,
}

impl Folds {
    pub(crate) fn new() -> Folds {
        Folds { folded: RwLock::default(), advancing: Arc::default() }
    }

    /// What is folded so far; see [`up_to_date`]. Not to be held for long.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Folded> {
        self.folded.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folded {
    /// How many entries are folded.
    pub(crate) fn entries(&self) -> u64 {
        self.next
    }

    /// Applications that ended, by kind and end.
    pub(crate) fn ended(&self) -> impl Iterator<Item = ((SubjectKind, End), &[u64])> {
        self.ended.iter().map(|(key, entries)| (*key, entries.as_slice()))
    }

    /// The rules of a version.
    pub(crate) fn rules(&self, version: u32) -> Option<&Rules> {
        self.rules.get(&version).map(|(_, rules)| rules)
    }

    /// The entry that adopted a version of the rules.
    pub(crate) fn adoption(&self, version: u32) -> Option<EntryIndex> {
        self.rules.get(&version).map(|(entry, _)| *entry)
    }

    /// Entries that record or release a restriction of the whole account.
    pub(crate) fn whole_restrictions(&self, account: AccountNumber) -> &BTreeSet<u64> {
        self.whole_restrictions.get(&account).unwrap_or(&NONE)
    }

    /// Entries that revoke keys of the account.
    pub(crate) fn revocations(&self, account: AccountNumber) -> &BTreeSet<u64> {
        self.revocations.get(&account).unwrap_or(&NONE)
    }

    /// From whom an account received units before an entry.
    pub(crate) fn acceptance(&self, account: AccountNumber, before: EntryIndex) -> Acceptance {
        let set = self.acceptances.get(&account).into_iter().flatten().rev();
        let set = set.map(|(entry, acceptance)| (*entry, acceptance));
        let mut set = set.filter(|(entry, _)| *entry < before);
        set.next().map_or(Acceptance::Anybody, |(_, acceptance)| acceptance.clone())
    }

    /// The entry that states an account's published particulars as they were before an
    /// entry; none of an individual.
    pub(crate) fn particulars(
        &self,
        account: AccountNumber,
        before: EntryIndex,
    ) -> Option<EntryIndex> {
        let mut stated = self.particulars.get(&account)?.iter().rev();
        stated.find(|(since, _)| *since < before).map(|(_, stated)| *stated)
    }

    /// The books and fees.
    pub(crate) fn books(&self) -> Result<&BooksFold, Refusal> {
        self.reports.check().map(|()| &self.reports.books)
    }

    /// What is published.
    pub(crate) fn publication(&self) -> Result<&PublicationFold, Refusal> {
        self.reports.check().map(|()| &self.reports.publication)
    }

    fn apply(&mut self, entry: &Entry, state: &State) {
        for effect in &entry.event.0 {
            match effect {
                Effect::RuleSetAdopted { rule_set } => {
                    let rules = (entry.index, Rules::of_genesis(rule_set));
                    self.rules.insert(rule_set.version, rules);
                }
                Effect::RulesAdopted { rules } => {
                    self.rules.insert(rules.version, (entry.index, rules.clone()));
                }
                effect => {
                    self.note(effect, entry.index, state);
                    self.end(ended(effect, entry.index), state);
                }
            }
        }
        self.reports.apply(entry);
        self.next = entry.index.get().saturating_add(1);
    }

    /// What the index does not tell of an account.
    fn note(&mut self, effect: &Effect, here: EntryIndex, state: &State) {
        match effect {
            Effect::RestrictionRecorded { restriction } if restriction.ranges.is_none() => {
                self.restricted.insert(here, restriction.account);
                let entries = self.whole_restrictions.entry(restriction.account).or_default();
                entries.insert(here.get());
            }
            Effect::RestrictionReleased { restriction } => {
                if let Some(account) = self.restricted.remove(restriction) {
                    self.whole_restrictions.entry(account).or_default().insert(here.get());
                }
            }
            Effect::KeyRevoked { key } => {
                if let Some(account) = state.key(key).and_then(KeyRecord::account) {
                    self.revocations.entry(account).or_default().insert(here.get());
                }
            }
            Effect::AccountOpened { application, account } => {
                self.particulars.entry(*account).or_default().push((here, *application));
            }
            Effect::ParticularsChanged { account, change, .. } if change.holder.is_some() => {
                self.particulars.entry(*account).or_default().push((here, here));
            }
            Effect::AcceptanceSet { account, acceptance } => {
                let set = (here, acceptance.clone());
                self.acceptances.entry(*account).or_default().push(set);
            }
            _ => {}
        }
    }

    fn end(&mut self, application: Option<EntryIndex>, state: &State) {
        let Some(application) = application else { return };
        let Some(closed) = state.closed_application(application) else { return };
        let Some((end, _)) = End::of(closed.status) else { return };
        let entries = self.ended.entry((closed.kind, end)).or_default();
        // Most end soon after they came: this is near the end of the list.
        let position = entries.partition_point(|entry| *entry < application.get());
        entries.insert(position, application.get());
    }
}

impl Reports {
    fn apply(&mut self, entry: &Entry) {
        if self.error.is_some() {
            return;
        }
        let applied = self.books.apply(entry).and_then(|()| self.publication.apply(entry));
        if let Err(error) = applied {
            tracing::error!(%error, entry = %entry.index, "the entries do not add up to reports");
            self.error = Some(error);
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.error.is_none() { Ok(()) } else { Err(Refusal::Internal) }
    }
}

/// The application that an effect of entry `here` ends.
fn ended(effect: &Effect, here: EntryIndex) -> Option<EntryIndex> {
    match effect {
        Effect::TransferRecorded { application } | Effect::CertificateIssued { application } => {
            Some(application.unwrap_or(here))
        }
        Effect::AccountOpened { application, .. }
        | Effect::AccountClosed { application, .. }
        | Effect::TrustApplicationRecorded { application }
        | Effect::ParticularsChanged { application: Some(application), .. }
        | Effect::ApplicationRefused { application, .. }
        | Effect::ApplicationWithdrawn { application }
        | Effect::ApplicationLapsed { application, .. } => Some(*application),
        _ => None,
    }
}

/// The application on which an entry opened an account.
pub(crate) fn account_opened(entry: &Entry, number: AccountNumber) -> Option<EntryIndex> {
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::AccountOpened { application, account } if *account == number => Some(*application),
        _ => None,
    })
}

/// Folds what is published now and not folded yet. One request reads at a time,
/// on a thread that may wait, and without a lock while it reads.
///
/// # Errors
///
/// When there is more than may be read in one request, or the log cannot be read.
pub(crate) async fn up_to_date(shared: &Arc<Shared>) -> Result<(), Refusal> {
    let size = shared.size();
    if size <= shared.folds.read().next {
        return Ok(());
    }
    let turn = Arc::clone(&shared.folds.advancing).lock_owned().await;
    let shared = Arc::clone(shared);
    blocking(move || {
        let result = advance(&shared, size, Instant::now() + ADVANCE_MAX);
        drop(turn);
        result
    })
    .await
}

fn advance(shared: &Shared, size: u64, until: Instant) -> Result<(), Refusal> {
    let next = shared.folds.read().next;
    if size <= next {
        return Ok(());
    }
    for frame in shared.frames(next)? {
        if *shared.phase.borrow() != Phase::Serving {
            return Err(Refusal::Stopping);
        }
        let frame = frame?;
        let mut entries = Vec::with_capacity(frame.entries.len());
        for (index, bytes) in (frame.first..).zip(frame.entries) {
            if next <= index {
                let sealed = SealedEntry::open(bytes).map_err(|_| Refusal::DataLoss)?;
                shared.check_leaf(index, &sealed)?;
                entries.push(sealed);
            }
        }
        let mut folded = shared.folds.folded.write().unwrap_or_else(PoisonError::into_inner);
        let view = shared.view();
        entries.iter().for_each(|sealed| folded.apply(sealed.entry(), view.state()));
        if size <= folded.next {
            return Ok(());
        }
        if until <= Instant::now() {
            return Err(Refusal::IndexBehind);
        }
    }
    // Frames end with the newest: nothing is missing.
    Ok(())
}

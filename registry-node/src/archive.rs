//! The log as the papers of `jcm-report` ask for it: earlier entries, the facts of
//! blocks, and the circumstances of an entry. Reads files: for threads that may
//! wait.

use crate::shared::Shared;
use crate::status::Refusal;
use jcm_format::amount::Yen;
use jcm_format::command::{Acceptance, Rules};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_ledger::index::{PAGE_ENTRIES_MAX, Subject};
use jcm_report::account_book::BookError;
use jcm_report::cancellation_notice::NoticeLookup;
use jcm_report::lookup::{BlockFacts, Circumstances, Lookup, settlements_in};

/// Entries read at once for one paper: some MiB.
const STEP_ENTRIES: usize = 256;

/// Look-ups in the published log.
pub(crate) struct Archive<'a>(pub(crate) &'a Shared);

impl Lookup for Archive<'_> {
    fn entry(&self, index: EntryIndex) -> Option<Entry> {
        self.0.stored(index).ok().map(|stored| stored.sealed.entry().clone())
    }

    fn block(&self, block: BlockNumber) -> Option<BlockFacts> {
        let view = self.0.view();
        let block = view.state().block(block)?;
        Some(BlockFacts {
            project: block.project.clone(),
            vintage: block.vintage,
            class: block.class,
            issued_on: block.issued_on,
        })
    }
}

impl NoticeLookup for Archive<'_> {
    fn issuance(&self, block: BlockNumber) -> Option<EntryIndex> {
        // The first thing that concerns a block is that it was issued.
        let history = self.0.index.history(self.0.size(), &Subject::Block(block), 0, 1).ok()?;
        history.first().copied().map(EntryIndex::new)
    }

    fn adoption(&self, rule_set: u32) -> Option<EntryIndex> {
        self.0.folds.read().adoption(rule_set)
    }
}

impl Circumstances for Archive<'_> {
    fn rules(&self, version: u32) -> Option<Rules> {
        self.0.folds.read().rules(version).cloned()
    }

    fn key_account(&self, key: &PublicKey) -> Option<AccountNumber> {
        self.0.view().state().key(key)?.account()
    }

    fn settled(&self, application: EntryIndex, before: EntryIndex) -> Yen {
        let subject = Subject::Application(application);
        let entries = self.0.index.history(before.get(), &subject, 0, PAGE_ENTRIES_MAX);
        let entries = entries.and_then(|entries| self.0.stored_entries(&entries));
        let entries: Vec<SealedEntry> = entries.unwrap_or_default();
        let parts = entries.iter().flat_map(|sealed| settlements_in(sealed.entry()));
        let of_it = parts.filter(|(of, _, _)| *of == application).map(|(_, _, yen)| yen);
        Yen::checked_sum(of_it).unwrap_or(Yen::MAX)
    }

    fn acceptance(&self, account: AccountNumber, before: EntryIndex) -> Acceptance {
        self.0.folds.read().acceptance(account, before)
    }
}

/// Which entries a paper is made of.
pub(crate) struct Reading<'a> {
    /// What they concern.
    pub(crate) subject: &'a Subject,
    /// Entries of the log that count.
    pub(crate) size: u64,
    /// Most entries that are read.
    pub(crate) entries_max: usize,
    /// The field of the request that leads to them.
    pub(crate) field: &'static str,
}

/// Gives the entries that concern a subject, oldest first, to `take`. A few at a
/// time are in memory.
///
/// # Errors
///
/// When there are too many, when they cannot be read, or as `take` says.
pub(crate) fn read(
    shared: &Shared,
    reading: &Reading<'_>,
    mut take: impl FnMut(&Entry) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let (mut from, mut count) = (0, 0_usize);
    loop {
        let found = shared.index.history(reading.size, reading.subject, from, STEP_ENTRIES)?;
        count = count.saturating_add(found.len());
        if reading.entries_max < count {
            let wanted = format!(
                "more than {} entries would have to be read; export the log and read it there",
                reading.entries_max
            );
            return Err(Refusal::TooMuch { field: reading.field, wanted });
        }
        for sealed in shared.stored_entries(&found)? {
            take(sealed.entry())?;
        }
        match found.last() {
            Some(last) if found.len() == STEP_ENTRIES => from = last.saturating_add(1),
            _ => return Ok(()),
        }
    }
}

/// A book that entries of the log do not make: they are not what was written.
pub(crate) fn no_book(error: BookError) -> Refusal {
    tracing::error!(%error, "the entries do not make a book");
    Refusal::DataLoss
}

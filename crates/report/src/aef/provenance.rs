//! Which entries of the log a row stems from, so that anybody who has the log can
//! make the row again.

use jcm_format::id::EntryIndex;
use serde::Serialize;

/// What an entry has to do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It recorded Japan's authorisation, or the version of it.
    Authorisation,
    /// It revoked Japan's authorisation.
    Revocation,
    /// It recorded the partner's.
    PartnerAuthorisation,
    /// It issued the block.
    Issuance,
    /// By it the units became internationally transferred mitigation outcomes.
    FirstTransfer,
    /// It asked for the use or cancellation.
    Application,
    /// It recorded the use or cancellation.
    Record,
    /// It took the units before the first of the row.
    EndBefore,
    /// It took the units after the last of the row.
    EndAfter,
}

impl Part {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Authorisation => "authorisation",
            Part::Revocation => "revocation",
            Part::PartnerAuthorisation => "partner's authorisation",
            Part::Issuance => "issuance",
            Part::FirstTransfer => "first transfer",
            Part::Application => "application",
            Part::Record => "record",
            Part::EndBefore => "took the units before",
            Part::EndAfter => "took the units after",
        }
    }
}

/// The entries behind a row, each with its part; ascending, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Provenance(Vec<Source>);

/// One entry behind a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// The entry.
    pub entry: EntryIndex,
    /// What it has to do with the row.
    pub part: Part,
}

impl Provenance {
    /// Sorted, and each once.
    pub fn new(sources: impl IntoIterator<Item = (Part, EntryIndex)>) -> Provenance {
        let sources = sources.into_iter().map(|(part, entry)| Source { entry, part });
        let mut sources: Vec<Source> = sources.collect();
        sources.sort_unstable();
        sources.dedup();
        Provenance(sources)
    }

    /// The entries, ascending.
    pub fn sources(&self) -> &[Source] {
        &self.0
    }

    /// The entries alone, each once, ascending.
    pub fn entries(&self) -> Vec<EntryIndex> {
        let mut entries: Vec<EntryIndex> = self.0.iter().map(|source| source.entry).collect();
        entries.dedup();
        entries
    }

    /// `12 (issuance), 45 (record)`.
    pub fn shown(&self) -> String {
        let shown =
            self.0.iter().map(|source| format!("{} ({})", source.entry, source.part.as_str()));
        shown.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_named_once() {
        let entry = EntryIndex::new;
        let provenance = Provenance::new([
            (Part::Record, entry(9)),
            (Part::Issuance, entry(4)),
            (Part::FirstTransfer, entry(4)),
            (Part::Record, entry(9)),
        ]);
        assert_eq!(provenance.shown(), "4 (issuance), 4 (first transfer), 9 (record)");
        assert_eq!(provenance.entries(), [entry(4), entry(9)]);
    }
}

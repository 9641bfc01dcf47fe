//! What was found, for people and for machines.

use crate::code::Broken;
use crate::excerpt::Excerpt;
use crate::holdings::category_name;
use crate::replay::State;
use jcm_format::envelope::EnvelopeError;
use jcm_format::event::AccountCategory;
use jcm_format::hash::Digest;
use jcm_format::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Where in the files something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Name of the file.
    pub file: String,
    /// Bytes before the frame.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, byte {}", self.file, self.offset)
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The entry concerned, or the first that is missing.
    pub index: Option<u64>,
    /// The frame concerned.
    pub place: Option<Place>,
    /// The stable code (`docs/spec/verification.md`).
    pub code: &'static str,
    /// The number of the rule, where it is one of a command's.
    pub number: Option<u16>,
    /// The article that the rule rests on.
    pub article: Option<&'static str>,
    /// What is recorded, and what should have been.
    pub detail: String,
    /// The bytes concerned, where there are any.
    pub bytes: Option<Excerpt>,
    /// Found by judging the entry's content, so that the chain may yet hold.
    #[serde(skip)]
    pub(crate) by_rules: bool,
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing was found.
    pub ok: bool,
    /// Only the chain, the tree and the checkpoints were looked at.
    pub chain_only: bool,
    /// The registry's origin.
    pub origin: Option<String>,
    /// How many entries the chain has, up to the first that does not fit.
    pub entries: u64,
    /// How many of them were judged by the rules and found right.
    pub replayed: u64,
    /// For how many of them the signatures were taken from an earlier run.
    pub resumed_from: Option<u64>,
    /// When the last of them was recorded, by the registry's clock.
    pub last_time: Option<Timestamp>,
    /// The Merkle root over `entries`.
    pub root: Digest,
    /// The text of the last checkpoint that was verified.
    pub checkpoint: Option<String>,
    /// The same as it was signed.
    pub signed_checkpoint: Option<String>,
    /// The key that signed the checkpoints, as a vkey.
    pub log_key: Option<String>,
    /// Whether it was compared with a published one.
    pub log_key_pinned: bool,
    /// The leaf hash of entry 0.
    pub genesis: Option<Digest>,
    /// Whether it was compared with a published one.
    pub genesis_pinned: bool,
    /// Signatures of commands that were verified.
    pub signatures: u64,
    /// Signatures of checkpoints that were verified.
    pub checkpoint_signatures: u64,
    /// The state digest; absent where the rules were not applied to the end.
    pub state_digest: Option<Digest>,
    /// Totals; absent where the rules were not applied to the end.
    pub figures: Option<Figures>,
    /// How many statements of each report that was given were compared.
    pub compared: BTreeMap<String, u64>,
    /// Everything that is not as it should be, in order.
    pub findings: Vec<Finding>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// The lines of the state digest, if they were asked for.
    #[serde(skip)]
    pub state_text: Option<String>,
}

/// Totals in tonnes after the last entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Ever issued.
    pub issued_tonnes: u64,
    /// In accounts out of which units may still go.
    pub held_tonnes: u64,
    /// In the retirement accounts.
    pub retired_tonnes: u64,
    /// In the cancellation accounts.
    pub cancelled_tonnes: u64,
    /// Of what is held, under a restriction on disposal.
    pub restricted_tonnes: u64,
    /// Of what is held, property of a trust.
    pub trust_tonnes: u64,
    /// How many accounts of each category there are, and what they hold.
    pub categories: BTreeMap<&'static str, CategoryFigures>,
    /// Corresponding adjustments by partner country.
    pub adjustments_tonnes: BTreeMap<String, u64>,
}

/// The accounts of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CategoryFigures {
    /// How many were opened.
    pub accounts: u64,
    /// How many of them are closed.
    pub closed: u64,
    /// What they hold together.
    pub tonnes: u64,
}

impl Finding {
    pub(crate) fn new(index: Option<u64>, place: Option<Place>, broken: Broken) -> Finding {
        Finding {
            index,
            place,
            code: broken.code.reason(),
            number: broken.code.number(),
            article: broken.code.article(),
            detail: broken.detail,
            bytes: None,
            by_rules: false,
        }
    }

    pub(crate) fn of_envelope(index: u64, place: Option<Place>, error: &EnvelopeError) -> Finding {
        let detail = match error.field() {
            Some((field, rule)) => format!("the command's field {field} {}", rule.english()),
            None => error.to_string(),
        };
        Finding {
            index: Some(index),
            place,
            code: error.reason(),
            number: Some(error.number()),
            article: None,
            detail,
            bytes: None,
            by_rules: true,
        }
    }
}

impl Figures {
    pub(crate) fn of(state: &State) -> Figures {
        // Blocks together never come near 2^64 tonnes: 2^38 in each.
        let tonnes = |amount: u128| u64::try_from(amount).unwrap_or(u64::MAX);
        let mut sums = BTreeMap::new();
        for (number, account) in &state.accounts {
            let sum = sums.entry(account.category).or_insert((0_u64, 0_u64, 0_u128));
            let closed = u64::from(account.closed);
            *sum = (sum.0 + 1, sum.1 + closed, sum.2 + state.units.balance(*number));
        }
        let held_in = |category| tonnes(sums.get(&category).map_or(0, |(.., sum)| *sum));
        let mut adjustments_tonnes = BTreeMap::new();
        for ((country, ..), adjusted) in &state.paris.adjustments {
            let sum: &mut u64 = adjustments_tonnes.entry(country.to_string()).or_insert(0);
            *sum = sum.saturating_add(tonnes(adjusted.booked));
        }
        let open = held_in(AccountCategory::Entity);
        Figures {
            issued_tonnes: tonnes(state.units.issued()),
            held_tonnes: open.saturating_add(held_in(AccountCategory::GovernmentHolding)),
            retired_tonnes: held_in(AccountCategory::Retirement),
            cancelled_tonnes: held_in(AccountCategory::Cancellation),
            restricted_tonnes: tonnes(state.restricted_units()),
            trust_tonnes: tonnes(state.trust_units()),
            categories: sums
                .iter()
                .map(|(category, (accounts, closed, sum))| {
                    let (accounts, closed, tonnes) = (*accounts, *closed, tonnes(*sum));
                    (category_name(*category), CategoryFigures { accounts, closed, tonnes })
                })
                .collect(),
            adjustments_tonnes,
        }
    }
}

impl Report {
    /// The lines of the state digest, if they were asked for.
    pub fn state_lines(&self) -> impl Iterator<Item = &str> {
        self.state_text.iter().flat_map(|text| text.lines())
    }

    fn write_identity(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = || "unknown".to_owned();
        let origin = self.origin.clone().unwrap_or_else(unknown);
        row(f, "registry", &origin)?;
        row(f, "entries", &self.entries.to_string())?;
        row(f, "root", &self.root.to_string())?;
        row(f, "log key", &self.log_key.clone().unwrap_or_else(unknown))?;
        if !self.log_key_pinned {
            row(f, "", "taken from the log itself: compare it with the published one")?;
        }
        row(f, "genesis", &self.genesis.map_or_else(unknown, |digest| digest.to_string()))?;
        if self.chain_only {
            return row(f, "looked at", "chain, tree and checkpoints only, not the rules");
        }
        row(f, "judged", &format!("{} entries by the rules", self.replayed))?;
        let (commands, checkpoints) = (self.signatures, self.checkpoint_signatures);
        row(f, "signatures", &format!("{commands} of commands, {checkpoints} of checkpoints"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_identity(f)?;
        if let Some(digest) = self.state_digest {
            row(f, "state", &digest.to_string())?;
        }
        if let Some(figures) = &self.figures {
            writeln!(f)?;
            write!(f, "{figures}")?;
        }
        writeln!(f)?;
        for (report, statements) in &self.compared {
            writeln!(f, "compared: {statements} statements of {report}")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        match self.findings.len() {
            0 if self.chain_only => writeln!(f, "The chain holds. The rules were not applied."),
            0 => writeln!(f, "Everything holds."),
            1 => writeln!(f, "NOT IN ORDER: 1 finding."),
            count => writeln!(f, "NOT IN ORDER: {count} findings."),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = |f: &mut fmt::Formatter<'_>, name: &str, tonnes: u64| {
            writeln!(f, "{name:<22}{tonnes:>16} t")
        };
        amount(f, "issued", self.issued_tonnes)?;
        amount(f, "  held", self.held_tonnes)?;
        if 0 < self.restricted_tonnes {
            amount(f, "    restricted", self.restricted_tonnes)?;
        }
        if 0 < self.trust_tonnes {
            amount(f, "    in trust", self.trust_tonnes)?;
        }
        amount(f, "  retired", self.retired_tonnes)?;
        amount(f, "  cancelled", self.cancelled_tonnes)?;
        for (category, figures) in &self.categories {
            let CategoryFigures { accounts, closed, tonnes } = figures;
            write!(f, "{category:<22}{tonnes:>16} t in {accounts} account(s)")?;
            if 0 < *closed {
                write!(f, ", {closed} of them closed")?;
            }
            writeln!(f)?;
        }
        for (country, tonnes) in &self.adjustments_tonnes {
            amount(f, &format!("adjustment {country}"), *tonnes)?;
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BAD")?;
        if let Some(index) = self.index {
            write!(f, " entry {index}")?;
        }
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        write!(f, ": {}", self.code)?;
        if let Some(article) = self.article {
            write!(f, " [{article}]")?;
        }
        write!(f, "\n    {}", self.detail)?;
        match &self.bytes {
            Some(bytes) => write!(f, "\n    {bytes}"),
            None => Ok(()),
        }
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{name:<12}{value}")
}

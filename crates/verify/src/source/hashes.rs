//! The tiles of hashes alone: what anybody can check of a node that shows entries to auditors
//! only (`docs/spec/verification.md`, *Hashes only*).

use super::{Access, OpenError, Tiles, fetch};
use jcm_format::hash::Digest;
use jcm_format::tlog::{
    CheckpointError, SignedCheckpoint, TileError, TrustedCheckpoint, VerifierKey,
};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// What was found without reading an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HashReport {
    /// Nothing was found in what could be checked.
    pub ok: bool,
    /// So that nobody takes this for a report on the log.
    pub checked: &'static str,
    /// The origin that the checkpoint states.
    pub origin: String,
    /// How many entries it states.
    pub entries: u64,
    /// The root that it states.
    pub root: Digest,
    /// The published key that was found to have signed it; absent where none was given.
    pub log_key: Option<String>,
    /// How many tiles there were.
    pub tiles: Option<u64>,
    /// What does not hold.
    pub finding: Option<String>,
}

/// Checks the checkpoint's signature, where the log's key is given, and that the tiles of
/// hashes, all of them, make its root. No entry is asked for.
///
/// # Errors
///
/// There are no tiles there, or they cannot be read.
pub fn check_hashes(
    path: &Path,
    access: &Access,
    log_key: Option<&VerifierKey>,
) -> Result<HashReport, OpenError> {
    let fetch = fetch(path, access)?;
    let fetch = fetch.ok_or_else(|| OpenError::NotALog { path: path.to_owned() })?;
    let mut tiles = Tiles::new(fetch)?;
    let signed = tiles.checkpoint().clone();
    let head = signed.claimed();
    let mut report = HashReport {
        ok: true,
        checked: "hashes only",
        origin: head.origin.to_string(),
        entries: head.size,
        root: head.root,
        log_key: None,
        tiles: None,
        finding: None,
    };
    if let Some(key) = log_key {
        match opened(&signed, key) {
            Ok(_) => report.log_key = Some(key.to_string()),
            Err(error) => report.find(format!("the checkpoint is not believed: {error}")),
        }
    }
    match tiles.check_hashes()? {
        Ok(count) => report.tiles = Some(count),
        Err(error) => report.find(detail(&error)),
    }
    Ok(report)
}

fn opened(
    signed: &SignedCheckpoint,
    key: &VerifierKey,
) -> Result<TrustedCheckpoint, CheckpointError> {
    TrustedCheckpoint::open(signed.note_text(), key)
}

fn detail(error: &TileError) -> String {
    match error {
        TileError::Missing(tile) => format!("TILE_MISSING: {tile} is not there"),
        error => format!("TILE_DIFFERS: {error}"),
    }
}

impl HashReport {
    fn find(&mut self, what: String) {
        self.ok = false;
        // The first is what to look at.
        self.finding.get_or_insert(what);
    }
}

impl fmt::Display for HashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "HASHES ONLY: no entry was read, and nothing was judged by the rules")?;
        writeln!(f, "registry     {}", self.origin)?;
        writeln!(f, "entries      {}", self.entries)?;
        writeln!(f, "root         {}", self.root)?;
        match &self.log_key {
            Some(key) => writeln!(f, "signed by    {key}")?,
            None if self.ok => {
                writeln!(f, "signed by    not checked: name the published log key with --log-key")?;
            }
            None => writeln!(f, "signed by    not known")?,
        }
        match (&self.finding, self.tiles) {
            (Some(finding), _) => writeln!(f, "FOUND        {finding}"),
            (None, tiles) => {
                let tiles = tiles.unwrap_or_default();
                writeln!(f, "tiles        {tiles}, on every level, make the root of the checkpoint")
            }
        }
    }
}

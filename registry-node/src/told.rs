//! Opening a registry of which the public may not have been told everything.

use crate::config::Config;
use crate::failure::Failure;
use crate::witness::{Releases, ReleasesError, path_in};
use jcm_format::key::SecretKey;
use jcm_format::release::Release;
use jcm_format::tlog::{KeyType, TrustedCheckpoint, VerifierKey};
use jcm_ledger::log::SegmentLog;
use jcm_ledger::{CommittedBatch, Ledger, OpenError, OpenedAhead, View};
use std::fs::File;
use std::sync::Arc;

/// A registry, opened.
pub(crate) struct Opened {
    pub(crate) ledger: Ledger<SegmentLog>,
    /// What the public was told; its tree has everything.
    pub(crate) view: View,
    /// What it was not told.
    pub(crate) untold: Vec<Arc<CommittedBatch>>,
    /// What was released under which checkpoint, if witnesses were ever configured.
    pub(crate) releases: Option<Arc<Releases<File>>>,
}

/// Opens the log, and compares it with what was released. Where witnesses are configured
/// for the first time, or again, what the log has by then counts as released without
/// them, because it was.
///
/// # Errors
///
/// When the log or that file is damaged, or the log is not the one that was released.
pub(crate) fn open(
    config: &Config,
    log: SegmentLog,
    key: SecretKey,
    with_witnesses: bool,
) -> Result<Opened, Failure> {
    let public_key = key.public_key();
    let releases = Releases::open(&config.data_dir).map_err(Failure::Releases)?;
    let progress = releases.as_ref().map(Releases::progress);
    let told = match progress {
        Some(progress) if with_witnesses && !progress.is_open => progress.released,
        Some(_) | None => u64::MAX,
    };
    let opened = Ledger::open_ahead(log, key, told).map_err(|error| match error {
        OpenError::Empty => Failure::NoRegistry { data_dir: config.data_dir.clone() },
        error => Failure::Open(error),
    })?;
    let OpenedAhead { ledger, mut view, untold } = opened;
    let entries = ledger.state().entries();
    if let Some(releases) = &releases {
        let origin = view.state().origin().map_or_else(String::new, ToString::to_string);
        let log_key = VerifierKey::new(&origin, KeyType::Ed25519, &public_key)
            .map_err(|_| Failure::Open(OpenError::WrongLogKey))?;
        compare(config, releases, &mut view, &log_key, entries).map_err(Failure::Releases)?;
    }
    untold.iter().for_each(|batch| view.foresee(batch));
    let releases = settle(config, releases, with_witnesses, entries).map_err(Failure::Releases)?;
    Ok(Opened { ledger, view, untold, releases: releases.map(Arc::new) })
}

/// The log must have what was released, and as it was released.
fn compare(
    config: &Config,
    releases: &Releases<File>,
    view: &mut View,
    log_key: &VerifierKey,
    entries: u64,
) -> Result<(), ReleasesError> {
    let path = || path_in(&config.data_dir);
    let released = releases.progress().released;
    if entries < released {
        return Err(ReleasesError::Behind { path: path(), released, entries });
    }
    let shown = view.state().entries();
    if shown != entries && shown != released {
        // It was released up to the middle of a batch, which never happens.
        return Err(ReleasesError::OtherHistory { path: path(), size: released });
    }
    if let Some((size, note)) = releases.last_witnessed()? {
        let other = || ReleasesError::OtherHistory { path: path(), size };
        let note = TrustedCheckpoint::open(&note, log_key).map_err(|_| other())?;
        if view.tree_ahead().root_at(size) != Some(note.checkpoint().root) {
            return Err(other());
        }
        // Where it is the newest, it is what is shown.
        view.cosigned(&note);
    }
    Ok(())
}

/// Writes down where witnesses begin or end.
fn settle(
    config: &Config,
    releases: Option<Releases<File>>,
    with_witnesses: bool,
    entries: u64,
) -> Result<Option<Releases<File>>, ReleasesError> {
    match (releases, with_witnesses) {
        (None, false) => Ok(None),
        (None, true) => {
            let first = Release::Plain { from: 0, to: entries };
            Releases::create(&config.data_dir, &first).map(Some)
        }
        (Some(releases), _) => {
            let progress = releases.progress();
            let from = progress.released;
            match (with_witnesses, progress.is_open) {
                (true, true) => releases.append(&Release::Plain { from, to: entries })?,
                (false, false) => releases.append(&Release::Open { from })?,
                (true, false) | (false, true) => {}
            }
            Ok(Some(releases))
        }
    }
}

//! How much of a data folder was released, where it has witnesses
//! (`docs/spec/log-file.md`, *Releases*). What is not released must not be published.

use super::PublishError;
use jcm_format::release::{Found, Progress, RELEASES_MAGIC, Release};
use std::fs;
use std::io;
use std::path::Path;

/// What the public was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Released {
    /// How many entries.
    pub(super) size: u64,
    /// The checkpoint of so many entries that witnesses cosigned; without one, it is that
    /// of the batch.
    pub(super) note: Option<String>,
}

/// Reads the record of a data folder. `None` where everything durable is released: there
/// are no witnesses, or `source` is not a data folder.
pub(super) fn read(source: &Path) -> Result<Option<Released>, PublishError> {
    let path = source.join("witness").join("releases");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(PublishError::Damaged(format!("{}: {error}", path.display())));
        }
    };
    let damaged =
        |offset: usize| PublishError::Damaged(format!("{} at byte {offset}", path.display()));
    if !bytes.starts_with(RELEASES_MAGIC) {
        return Err(damaged(0));
    }
    let mut offset = RELEASES_MAGIC.len();
    let (mut progress, mut note) = (Progress::default(), None);
    loop {
        match Release::find(bytes.get(offset..).unwrap_or_default()) {
            Found::Record(release, length) => {
                progress = progress.follow(&release).ok_or_else(|| damaged(offset))?;
                note = match release {
                    Release::Witnessed { note, .. } => Some(note),
                    Release::Plain { .. } | Release::Open { .. } => None,
                };
                offset += length;
            }
            // What is being written is not released yet.
            Found::End | Found::Torn => break,
            Found::Damaged => return Err(damaged(offset)),
        }
    }
    Ok((!progress.is_open).then_some(Released { size: progress.released, note }))
}

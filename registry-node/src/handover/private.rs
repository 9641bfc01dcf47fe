//! Copies of the private data, which has a backup of its own: it must not live
//! longer in a copy than it may in the registry.

use super::folder::OutFolder;
use super::open;
use crate::config::Config;
use crate::failure::Failure;
use jcm_format::commitment::{SALT_LEN, commit};
use jcm_format::hash::Digest;
use jcm_ledger::log::LogError;
use jcm_ledger::private::{PRIVATE_BYTES_MAX, PrivateStore, PutError};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What became of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Copied, and compared with their commitments.
    pub copied: usize,
    /// Left out, because the record says that they are erased.
    pub erased: usize,
    /// Left out, because the log knows of no such commitment.
    pub unknown: usize,
}

/// A file of private data.
struct Stored {
    salt: [u8; SALT_LEN],
    data: Vec<u8>,
}

/// Copies the private data into a new folder. A node may run meanwhile: it keeps
/// out what is erased, and a file under its name is always complete.
///
/// # Errors
///
/// When the folder exists or cannot be made, or when files are damaged: then the
/// others are copied, and these are named.
pub fn backup(config: &Config, out: &Path) -> Result<Copied, Failure> {
    let erased: BTreeSet<Digest> = match open(config) {
        Ok(opening) => opening.view.state().erased().copied().collect(),
        Err(Failure::Log(LogError::InUse { .. })) => BTreeSet::new(),
        Err(failure) => return Err(failure),
    };
    let from = config.private_dir();
    let (copied, damaged) = OutFolder::make(out, |folder| copy(&from, &erased, folder))?;
    finish(copied, damaged)
}

/// What was copied, and what is damaged.
fn copy(
    from: &Path,
    erased: &BTreeSet<Digest>,
    folder: &mut OutFolder,
) -> Result<(Copied, Vec<Digest>), Failure> {
    let (mut copied, mut damaged) = (Copied::default(), Vec::new());
    for commitment in list(from)? {
        if erased.contains(&commitment) {
            copied.erased += 1;
            continue;
        }
        match read(from, commitment)? {
            Found::Stored(stored) => {
                let content = [stored.salt.as_slice(), &stored.data].concat();
                folder.write(&commitment.to_string(), &content)?;
                copied.copied += 1;
            }
            Found::Damaged => damaged.push(commitment),
            // Erased since the folder was listed.
            Found::Gone => {}
        }
    }
    Ok((copied, damaged))
}

/// Brings back what a backup has, into the data folder of a stopped node: only what
/// the log commits to, and nothing that it says is erased.
///
/// # Errors
///
/// When a node runs on the data folder, the backup holds no private data, a file cannot
/// be read or written, or files are damaged: then the others are brought back, and these are named.
pub fn restore(config: &Config, from: &Path) -> Result<Copied, Failure> {
    let opening = open(config)?;
    let state = opening.view.state();
    let store = PrivateStore::open(&config.data_dir).map_err(Failure::Private)?;
    let (mut copied, mut damaged) = (Copied::default(), Vec::new());
    let found = list(from)?;
    if found.is_empty() {
        return Err(Failure::NothingToRestore { path: from.to_owned() });
    }
    for commitment in found {
        if state.is_erased(&commitment) {
            copied.erased += 1;
        } else if !state.has_commitment(&commitment) {
            copied.unknown += 1;
        } else {
            match read(from, commitment)? {
                Found::Stored(Stored { salt, data }) => {
                    store.put(commitment, &salt, &data).map_err(|error| match error {
                        PutError::Io(source) => Failure::Private(source),
                        error => Failure::Private(io::Error::other(error)),
                    })?;
                    copied.copied += 1;
                }
                Found::Damaged => damaged.push(commitment),
                Found::Gone => {}
            }
        }
    }
    finish(copied, damaged)
}

fn finish(copied: Copied, damaged: Vec<Digest>) -> Result<Copied, Failure> {
    if damaged.is_empty() {
        Ok(copied)
    } else {
        Err(Failure::PrivateDamaged { commitments: damaged })
    }
}

/// What is under a name.
enum Found {
    Stored(Stored),
    Damaged,
    Gone,
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    move |source| Failure::Input { path: path.to_owned(), source }
}

/// The commitments that name files of a folder, ascending; other names are left
/// alone.
fn list(folder: &Path) -> Result<BTreeSet<Digest>, Failure> {
    let mut commitments = BTreeSet::new();
    for item in std::fs::read_dir(folder).map_err(failed(folder))? {
        let name = item.map_err(failed(folder))?.file_name();
        commitments.extend(name.to_str().and_then(|name| name.parse::<Digest>().ok()));
    }
    Ok(commitments)
}

fn read(folder: &Path, commitment: Digest) -> Result<Found, Failure> {
    let path: PathBuf = folder.join(commitment.to_string());
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Gone),
        Err(error) => return Err(failed(&path)(error)),
    };
    let mut bytes = Vec::new();
    // One byte more than allowed shows that there are more.
    let limit = SALT_LEN + PRIVATE_BYTES_MAX + 1;
    file.take(limit as u64).read_to_end(&mut bytes).map_err(failed(&path))?;
    Ok(match bytes.split_first_chunk::<SALT_LEN>() {
        Some((salt, data)) if commit(salt, data) == commitment && bytes.len() < limit => {
            Found::Stored(Stored { salt: *salt, data: data.to_vec() })
        }
        _ => Found::Damaged,
    })
}

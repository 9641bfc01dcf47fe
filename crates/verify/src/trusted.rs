//! What one run found, for the next to go on from.
//!
//! The file is this program's own word and no proof: whoever can write it can
//! make the next run leave out signatures. It never makes a run believe entries
//! that another log has, because their root is computed anew and compared.

use jcm_format::hash::Digest;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The format of the file.
const FORMAT: &str = "jcm-verify-state/v1";

/// What an earlier run found at a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedState {
    format: String,
    /// The program that found it. Another one judges anew.
    program: String,
    /// The log's name.
    pub origin: String,
    /// The log's key, as a vkey.
    pub log_key: String,
    /// Leaf hash of entry 0.
    pub genesis: String,
    /// How many entries were judged.
    pub entries: u64,
    /// The Merkle root over them.
    pub root: String,
    /// The state digest after them.
    pub state_digest: String,
    /// The checkpoint, as it was signed.
    pub checkpoint: String,
    /// SHA-256 over the other fields, in this order, each ended by a line feed:
    /// against damage, not against people.
    check: String,
}

/// Why a file is not what an earlier run wrote.
#[derive(Debug, thiserror::Error)]
pub enum TrustedStateError {
    /// It cannot be read or written.
    #[error("cannot read or write {}", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something else stands in it.
    #[error("{} is not a state file: {what}; delete it to begin anew", path.display())]
    Content {
        /// The path.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// What a run can vouch for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vouched<'a> {
    pub(crate) origin: &'a str,
    pub(crate) log_key: &'a str,
    pub(crate) genesis: Digest,
    pub(crate) entries: u64,
    pub(crate) root: Digest,
    pub(crate) state_digest: Digest,
    pub(crate) checkpoint: &'a str,
}

impl TrustedState {
    pub(crate) fn new(vouched: &Vouched<'_>) -> TrustedState {
        let mut state = TrustedState {
            format: FORMAT.to_owned(),
            program: program(),
            origin: vouched.origin.to_owned(),
            log_key: vouched.log_key.to_owned(),
            genesis: vouched.genesis.to_string(),
            entries: vouched.entries,
            root: vouched.root.to_string(),
            state_digest: vouched.state_digest.to_string(),
            checkpoint: vouched.checkpoint.to_owned(),
            check: String::new(),
        };
        state.check = state.computed_check();
        state
    }

    fn computed_check(&self) -> String {
        let entries = self.entries.to_string();
        let lines = [
            &self.format,
            &self.program,
            &self.origin,
            &self.log_key,
            &self.genesis,
            &entries,
            &self.root,
            &self.state_digest,
            &self.checkpoint,
        ];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        Digest::of(&[text.as_bytes()]).to_string()
    }

    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read, or it is not one that a run of this program wrote.
    pub fn read(path: &Path) -> Result<Option<TrustedState>, TrustedStateError> {
        let content = |what: &str| TrustedStateError::Content {
            path: path.to_owned(),
            what: what.to_owned(),
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TrustedStateError::File { path: path.to_owned(), source }),
        };
        let state: TrustedState =
            serde_json::from_str(&text).map_err(|error| content(&error.to_string()))?;
        if state.format != FORMAT {
            return Err(content("it is of another format"));
        }
        if state.check != state.computed_check() {
            return Err(content("it was changed or damaged since it was written"));
        }
        Ok(Some(state))
    }

    /// Whether it was written by this very version of the program, whose rules are
    /// then those that it was judged by.
    pub fn is_of_this_program(&self) -> bool {
        self.program == program()
    }

    /// Writes the file in one step, so that there is always a whole one.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TrustedStateError> {
        let failed = |source| TrustedStateError::File { path: path.to_owned(), source };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        write_whole(path, format!("{text}\n").as_bytes()).map_err(failed)
    }
}

fn program() -> String {
    format!("jcm-verify {}", env!("CARGO_PKG_VERSION"))
}

/// Writes a file beside its place, then puts it there, so that there is always a
/// whole one.
///
/// # Errors
///
/// It cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    fs::write(&beside, bytes)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path)
}

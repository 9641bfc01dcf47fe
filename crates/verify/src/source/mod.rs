//! Where the entries come from: files, a folder of tiles or a node. A piece at
//! a time is in memory, never the log.

mod files;
mod hashes;
mod tiles;

#[cfg(feature = "http")]
mod http;

pub use hashes::{HashReport, check_hashes};
#[cfg(feature = "http")]
pub use http::Caller;

use crate::code::Code;
use crate::excerpt::Excerpt;
use crate::head::Head;
use crate::report::Place;
use files::Files;
use std::io;
use std::path::{Path, PathBuf};
use tiles::{Fetch, Tiles};

/// Some entries that follow each other, and where they stand.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Number of the first.
    pub(crate) first: u64,
    /// The entries' bytes.
    pub(crate) entries: Vec<Vec<u8>>,
    /// The signed checkpoint that ends with the last of them, where there is one.
    pub(crate) checkpoint: Option<String>,
    /// Where the piece begins.
    pub(crate) place: Option<Place>,
    /// Bytes of the piece before its first entry's length.
    pub(crate) head_len: u64,
    /// Bytes of an entry's length.
    pub(crate) prefix_len: u64,
}

/// How far a source has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progressed {
    /// Done so far, in bytes or entries.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// Why no more pieces come.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The bytes are not what they should be.
    Damage { code: Code, detail: String, place: Place, bytes: Option<Box<Excerpt>> },
    /// The last file ends inside a frame; what stands there was never complete.
    Torn { detail: String, place: Place },
    /// The source could not be read on.
    Io(OpenError),
}

/// The log cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path leads nowhere, or to something else than a file or folder.
    #[error("cannot open {}", path.display())]
    Open {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A folder without segments or tiles.
    #[error("{} is neither a log nor a folder that holds one", path.display())]
    NotALog {
        /// The path.
        path: PathBuf,
    },
    /// Reading failed half-way.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A node does not answer, or not as it should.
    #[error("cannot fetch {url}: {what}")]
    Fetch {
        /// What was asked for.
        url: String,
        /// What went wrong.
        what: String,
    },
    /// A node does not show this to whoever asks.
    #[error("{url} is not shown: {what}")]
    Denied {
        /// What was asked for.
        url: String,
        /// What the node says, and what to do.
        what: String,
    },
    /// The address is not one that may be used.
    #[error("{url}: {what}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        what: String,
    },
}

/// How a node is reached.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The authority to believe in place of the public ones, in PEM.
    pub authority_pem: Option<Vec<u8>>,
    /// Who asks for entries.
    #[cfg(feature = "http")]
    pub caller: Option<Caller>,
    /// A bearer token, where something in front of the node asks for one.
    pub token: Option<String>,
}

/// The pieces of a log, in order.
#[derive(Debug)]
pub struct Source {
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Files(Box<Files>),
    Tiles(Box<Tiles>),
}

impl Source {
    /// Finds out what `path` is: an address that begins with `http://` or
    /// `https://`, a folder of tiles, a data folder, a folder of segments, or an
    /// export. Of files, nothing but head or checkpoint is read yet; it is read
    /// before the entries, so that a log that grows meanwhile covers it.
    ///
    /// # Errors
    ///
    /// There is no log there, or it cannot be read.
    pub fn open(path: &Path, access: &Access) -> Result<Source, OpenError> {
        let inner = match fetch(path, access)? {
            Some(fetch) => Inner::Tiles(Box::new(Tiles::new(fetch)?)),
            None => Inner::Files(Box::new(Files::open(path)?)),
        };
        Ok(Source { inner })
    }

    /// Leaves out what lies wholly before this entry.
    pub(crate) fn begin_at(&mut self, entry: u64) {
        match &mut self.inner {
            Inner::Files(files) => files.begin_at(entry),
            Inner::Tiles(tiles) => tiles.begin_at(entry),
        }
    }

    /// The last checkpoint that is stated beside the entries.
    pub(crate) fn take_head(&mut self) -> Option<Head> {
        match &mut self.inner {
            Inner::Files(files) => files.head.take(),
            // Theirs comes with the last piece.
            Inner::Tiles(_) => None,
        }
    }

    /// The checkpoint that tiles come with; files have one for each frame.
    pub fn checkpoint(&self) -> Option<String> {
        match &self.inner {
            Inner::Files(_) => None,
            Inner::Tiles(tiles) => Some(tiles.checkpoint().note_text().to_owned()),
        }
    }

    /// The checkpoint that stands where entries were left out: of tiles the only
    /// one, of files that of the last frame that was left out.
    pub(crate) fn stated(&self) -> Option<String> {
        match &self.inner {
            Inner::Files(files) => files.left_out.clone(),
            Inner::Tiles(tiles) => Some(tiles.checkpoint().note_text().to_owned()),
        }
    }

    /// The next entries.
    pub(crate) fn next_piece(&mut self) -> Option<Result<Piece, Stop>> {
        match &mut self.inner {
            Inner::Files(files) => files.next(),
            Inner::Tiles(tiles) => tiles.next(),
        }
    }

    /// How far it has been read.
    pub(crate) fn progressed(&self) -> Progressed {
        match &self.inner {
            Inner::Files(files) => files.progressed(),
            Inner::Tiles(tiles) => tiles.progressed(),
        }
    }
}

/// What gives the files of a log that is laid out as tiles; `None` where it is not.
fn fetch(path: &Path, access: &Access) -> Result<Option<Box<dyn Fetch>>, OpenError> {
    if let Some(url) = path.to_str().filter(|text| is_address(text)) {
        return fetched(url, access).map(Some);
    }
    Ok(Tiles::is_folder(path).then(|| Tiles::folder(path)))
}

#[cfg(feature = "http")]
fn fetched(url: &str, access: &Access) -> Result<Box<dyn Fetch>, OpenError> {
    Ok(Box::new(http::Node::new(url, access)?))
}

#[cfg(not(feature = "http"))]
fn fetched(url: &str, _access: &Access) -> Result<Box<dyn Fetch>, OpenError> {
    let what = "this program was built without any network; give it a file or a folder";
    Err(OpenError::Address { url: url.to_owned(), what: what.to_owned() })
}

/// Whether a text is the address of a node rather than a path.
pub fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

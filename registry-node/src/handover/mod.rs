//! Handing the registry over (ordinance on the designated body, art. 13), and
//! copies of the private data: what is made of the data folder of a stopped node.

mod folder;
mod import;
mod private;
mod readme;

pub use import::{Imported, import};
pub use private::{Copied, backup, restore};

use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::init;
use crate::keyfile;
use crate::service;
use folder::{FileRecord, OutFolder};
use jcm_format::entry::SealedEntry;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::Digest;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{KeyType, VerifierKey};
use jcm_ledger::log::{SegmentLog, SegmentReader};
use jcm_ledger::private::{GetError, PrivateStore};
use jcm_ledger::{Ledger, OpenError, Opened, State, View};
use jcm_report::ReportError;
use jcm_report::books::BooksFold;
use jcm_report::fee_ledger::Interval;
use jcm_report::publication::PublicationFold;
use serde::Serialize;
use std::path::Path;

/// Name of the export of the log.
const LOG_FILE: &str = "registry.jcmlog";
/// Name of the record of what was released under which checkpoint.
const RELEASES_FILE: &str = "releases";
/// Name of the folder with the private data.
const PRIVATE_FOLDER: &str = "private";

/// What a handover holds. The file lists every other file of the folder.
#[derive(Serialize)]
struct Manifest {
    format: &'static str,
    /// The provision, as cited on the day on which it was made.
    basis: &'static str,
    registry: String,
    log_key: String,
    /// Leaf hash of entry 0.
    genesis: Digest,
    entries: u64,
    /// The newest checkpoint.
    checkpoint: String,
    state_digest: Digest,
    made: Timestamp,
    /// Commitments to personal data whose data is erased for good.
    erased: Vec<Digest>,
    files: Vec<FileRecord>,
}

/// What was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The registry's origin.
    pub origin: String,
    /// How many entries the log has.
    pub entries: u64,
    /// How much personal data there is.
    pub private: usize,
}

/// A registry that is opened and served to nobody. The log stays locked.
struct Opening {
    _ledger: Ledger<SegmentLog>,
    reader: SegmentReader,
    view: View,
    log_key: VerifierKey,
}

/// The folds that a handover's papers are made of.
struct Folds {
    books: BooksFold,
    publication: PublicationFold,
}

fn open(config: &Config) -> Result<Opening, Failure> {
    if !config.log_dir().is_dir() {
        return Err(Failure::NoRegistry { data_dir: config.data_dir.clone() });
    }
    let log = init::open_log(config)?;
    let key = keyfile::load(&config.log_key_path()).map_err(Failure::Key)?;
    let public_key = key.public_key();
    let reader = log.reader();
    let Opened { ledger, view } = Ledger::open(log, key).map_err(|error| match error {
        OpenError::Empty => Failure::NoRegistry { data_dir: config.data_dir.clone() },
        error => Failure::Open(error),
    })?;
    let origin = view.state().origin().map_or_else(String::new, ToString::to_string);
    let log_key = VerifierKey::new(&origin, KeyType::Ed25519, &public_key)
        .map_err(|_| Failure::Open(OpenError::WrongLogKey))?;
    Ok(Opening { _ledger: ledger, reader, view, log_key })
}

/// Makes a folder with everything that a successor needs: the log, the private
/// data, the books, the fee ledger, the publication, and a list of it all. The
/// folder has its name once it is complete; when it cannot be completed, nothing is left.
///
/// # Errors
///
/// When the folder exists, a node runs on the data folder, something is damaged,
/// or a file cannot be written.
pub fn handover(config: &Config, out: &Path) -> Result<HandedOver, Failure> {
    let opening = open(config)?;
    let store = PrivateStore::open(&config.data_dir).map_err(Failure::Private)?;
    let releases = releases(&config.data_dir)?;
    OutFolder::make(out, |folder| {
        if let Some(content) = &releases {
            folder.write(RELEASES_FILE, content)?;
        }
        fill(&opening, &store, folder)
    })
}

/// What was released under which checkpoint, where there are or were witnesses: the
/// successor's receipts are to be those that were given out.
fn releases(data_dir: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let path = crate::witness::path_in(data_dir);
    match std::fs::read(&path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Failure::Input { path, source }),
    }
}

fn fill(
    opening: &Opening,
    store: &PrivateStore,
    folder: &mut OutFolder,
) -> Result<HandedOver, Failure> {
    let state = opening.view.state();
    let folds = write_log(opening, folder)?;
    let private = write_private(state, store, folder)?;
    write_books(&folds.books, folder)?;
    write_publication(&folds.publication, state, store, folder)?;
    let now = clock::now();
    let told = readme::Told {
        origin: state.origin().map_or_else(String::new, ToString::to_string),
        log_key: opening.log_key.to_string(),
        entries: state.entries(),
        private,
        made: now.date_in_japan(),
    };
    folder.write("README.ja.md", readme::japanese(&told).as_bytes())?;
    folder.write("README.en.md", readme::english(&told).as_bytes())?;
    write_manifest(opening, now, folder)?;
    Ok(HandedOver { origin: told.origin, entries: told.entries, private })
}

/// Writes the export and folds its entries on the way.
fn write_log(opening: &Opening, folder: &mut OutFolder) -> Result<Folds, Failure> {
    let mut folds = Folds { books: BooksFold::new(), publication: PublicationFold::new() };
    let mut file = folder.file(LOG_FILE)?;
    file.write(MAGIC.as_ref())?;
    for frame in opening.reader.read(0).map_err(Failure::Log)? {
        let frame: Frame = frame.map_err(Failure::Log)?;
        file.write(&frame.encode().ok_or(Failure::Unreadable { entry: frame.first })?)?;
        for (index, bytes) in (frame.first..).zip(frame.entries) {
            let sealed =
                SealedEntry::open(bytes).map_err(|_| Failure::Unreadable { entry: index })?;
            let entry = sealed.entry();
            let folded = folds.books.apply(entry).and_then(|()| folds.publication.apply(entry));
            folded.map_err(Failure::Fold)?;
        }
    }
    folder.add(file)?;
    let checkpoint = opening.view.checkpoint().note_text();
    folder.write("checkpoint.txt", checkpoint.as_bytes())?;
    Ok(folds)
}

/// Copies what is in the private store and not erased; each file is compared with
/// its commitment.
fn write_private(
    state: &State,
    store: &PrivateStore,
    folder: &mut OutFolder,
) -> Result<usize, Failure> {
    folder.folder(PRIVATE_FOLDER)?;
    let mut copied = 0;
    for commitment in store.list().map_err(Failure::Private)? {
        if state.is_erased(&commitment) {
            continue;
        }
        let found = store.get(commitment).map_err(|error| match error {
            GetError::Damaged(commitment) => {
                Failure::PrivateDamaged { commitments: vec![commitment] }
            }
            GetError::Io(source) => Failure::Private(source),
        })?;
        // Nobody else removes files: the log is locked.
        let Some(found) = found else { continue };
        let content = [found.salt.as_slice(), &found.data].concat();
        folder.write(&format!("{PRIVATE_FOLDER}/{commitment}"), &content)?;
        copied += 1;
    }
    Ok(copied)
}

fn write_books(fold: &BooksFold, folder: &mut OutFolder) -> Result<(), Failure> {
    folder.folder("books")?;
    for year in fold.years().collect::<Vec<_>>() {
        let Some(books) = fold.year(year).map_err(Failure::Fold)? else { continue };
        let csv = books.csv().map_err(report)?;
        folder.write(&format!("books/{year}.csv"), csv.as_bytes())?;
        let json = books.json().map_err(report)?;
        folder.write(&format!("books/{year}.json"), json.as_bytes())?;
        folder.write(&format!("books/{year}.md"), books.markdown().as_bytes())?;
    }
    folder.folder("fees")?;
    for (by, name) in
        [(Interval::Day, "day"), (Interval::Month, "month"), (Interval::FiscalYear, "fiscal-year")]
    {
        let table = fold.fees().table(by, None, None).map_err(Failure::Fold)?;
        let csv = table.csv().map_err(report)?;
        folder.write(&format!("fees/{name}.csv"), csv.as_bytes())?;
        let json = table.json().map_err(report)?;
        folder.write(&format!("fees/{name}.json"), json.as_bytes())?;
    }
    Ok(())
}

fn write_publication(
    fold: &PublicationFold,
    state: &State,
    store: &PrivateStore,
    folder: &mut OutFolder,
) -> Result<(), Failure> {
    let stored = |digest| store.get(digest).ok().flatten().map(|found| found.data);
    let publication = service::publish(fold, Some(state.digest()), stored);
    folder.folder("publication")?;
    for (name, content) in [
        ("holders.csv", publication.holders_csv()),
        ("totals.csv", publication.totals_csv()),
        ("years.csv", publication.years_csv()),
        ("publication.json", publication.json()),
    ] {
        let content = content.map_err(report)?;
        folder.write(&format!("publication/{name}"), content.as_bytes())?;
    }
    Ok(())
}

fn report(error: ReportError) -> Failure {
    Failure::Report(error)
}

fn write_manifest(
    opening: &Opening,
    made: Timestamp,
    folder: &mut OutFolder,
) -> Result<(), Failure> {
    let state = opening.view.state();
    let manifest = Manifest {
        format: "jcm-handover/1",
        basis: jcm_ledger::law::citation("JCMA.HANDOVER", made.date_in_japan()),
        registry: state.origin().map_or_else(String::new, ToString::to_string),
        log_key: opening.log_key.to_string(),
        genesis: opening.view.leaf(0).unwrap_or(Digest::ZERO),
        entries: state.entries(),
        checkpoint: opening.view.checkpoint().note_text().to_owned(),
        state_digest: state.digest(),
        made,
        erased: state.erased().copied().collect(),
        files: folder.files().to_vec(),
    };
    let mut json = serde_json::to_string_pretty(&manifest)
        .map_err(|error| Failure::System { action: "write the manifest", source: error.into() })?;
    json.push('\n');
    folder.write("manifest.json", json.as_bytes())
}

//! The file of what was released under which checkpoint, `witness/releases` in the
//! data folder (`docs/spec/log-file.md`, *Releases*).
//!
//! Written by one thread, synced before anybody is told; read by those who make receipts
//! again.

use jcm_format::release::{Found, Progress, RELEASE_BYTES_MAX, RELEASES_MAGIC, Release};
use jcm_ledger::log::DiskFile;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReleasesError {
    /// It cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is damaged before its end.
    #[error("{} is damaged at byte {offset}; restore it from a copy", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
    },
    /// The log has less than was released.
    #[error(
        "{} says that {released} entries were released, but the log has {entries}: the log lost entries that others hold receipts for; restore the newer copy",
        path.display()
    )]
    Behind {
        /// The file.
        path: PathBuf,
        /// What was released.
        released: u64,
        /// What the log has.
        entries: u64,
    },
    /// The log has other entries than were released.
    #[error(
        "the log has another history than the checkpoint of {size} entries in {}; it must not be run",
        path.display()
    )]
    OtherHistory {
        /// The file.
        path: PathBuf,
        /// The size.
        size: u64,
    },
    /// A note is too long for a record.
    #[error("a checkpoint with its cosignatures is too long")]
    TooLong,
}

/// The file, opened.
pub(crate) struct Releases<F> {
    file: F,
    path: PathBuf,
    /// Held for look-ups of a few numbers and while a record is appended to the list;
    /// never while the file is read or written.
    written: RwLock<Written>,
}

#[derive(Default)]
struct Written {
    /// Where the next record goes.
    end: u64,
    progress: Progress,
    /// Where the cosigned checkpoints stand, in their order.
    witnessed: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    from: u64,
    to: u64,
    offset: u64,
    length: usize,
}

impl Releases<File> {
    /// Opens the file of a data folder; `None` if there never was one.
    pub(crate) fn open(data_dir: &Path) -> Result<Option<Releases<File>>, ReleasesError> {
        let path = path_in(data_dir);
        match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => Releases::read(file, path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ReleasesError::Io { action: "open", path, source }),
        }
    }

    /// Makes the file in a data folder, with a first record. It has its name once that
    /// is on disk.
    pub(crate) fn create(
        data_dir: &Path,
        first: &Release,
    ) -> Result<Releases<File>, ReleasesError> {
        let path = path_in(data_dir);
        let failed = |source| ReleasesError::Io { action: "make", path: path.clone(), source };
        let folder = path.parent().unwrap_or(data_dir);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let unfinished = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(&unfinished).map_err(failed)?;
        let releases = Releases::begin(file, path.clone())?;
        releases.append(first)?;
        let named = || {
            std::fs::rename(&unfinished, &path)?;
            File::open(folder)?.sync_all()?;
            File::open(data_dir)?.sync_all()
        };
        named().map_err(failed)?;
        Ok(releases)
    }
}

/// Where the file is.
pub(crate) fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("witness").join("releases")
}

impl<F: DiskFile> Releases<F> {
    /// Begins an empty file. Not durable before the first record is.
    fn begin(file: F, path: PathBuf) -> Result<Releases<F>, ReleasesError> {
        let end = RELEASES_MAGIC.len() as u64;
        file.write_all_at(RELEASES_MAGIC, 0).map_err(|source| ReleasesError::Io {
            action: "write",
            path: path.clone(),
            source,
        })?;
        let written = RwLock::new(Written { end, ..Written::default() });
        Ok(Releases { file, path, written })
    }

    /// Reads every record. What an interrupted write left at the end was told to nobody
    /// and is cut off.
    fn read(file: F, path: PathBuf) -> Result<Releases<F>, ReleasesError> {
        let mut window = Window { file: &file, bytes: Vec::new(), next: 0, is_whole: false };
        let mut written = Written::default();
        loop {
            window.fill().map_err(|source| io_error("read", &path, source))?;
            if written.end == 0 {
                if !window.bytes.starts_with(RELEASES_MAGIC) {
                    return Err(ReleasesError::Damaged { path, offset: 0 });
                }
                written.end = window.take(RELEASES_MAGIC.len());
                continue;
            }
            match Release::find(&window.bytes) {
                Found::End => break,
                Found::Record(release, length) => {
                    let offset = written.end;
                    let Some(progress) = written.progress.follow(&release) else {
                        return Err(ReleasesError::Damaged { path, offset });
                    };
                    written.note(&release, progress, length);
                    window.take(length);
                }
                Found::Torn => {
                    tracing::warn!(
                        at = written.end,
                        "an unfinished record of a release was cut off"
                    );
                    let cut = || {
                        file.truncate(written.end)?;
                        file.sync_data()
                    };
                    cut().map_err(|source| io_error("cut", &path, source))?;
                    break;
                }
                Found::Damaged => {
                    return Err(ReleasesError::Damaged { path, offset: written.end });
                }
            }
        }
        Ok(Releases { file, path, written: RwLock::new(written) })
    }

    /// Appends a record, durably.
    pub(crate) fn append(&self, release: &Release) -> Result<(), ReleasesError> {
        let bytes = release.encode().ok_or(ReleasesError::TooLong)?;
        let end = self.written().end;
        let write = || {
            self.file.write_all_at(&bytes, end)?;
            self.file.sync_data()
        };
        write().map_err(|source| io_error("write", &self.path, source))?;
        let mut written = self.written.write().unwrap_or_else(PoisonError::into_inner);
        let (_, released) = release.sizes();
        let is_open = matches!(release, Release::Open { .. });
        written.note(release, Progress { released, is_open }, bytes.len());
        Ok(())
    }

    /// How far the records go.
    pub(crate) fn progress(&self) -> Progress {
        self.written().progress
    }

    /// The cosigned checkpoint under which an entry was released, if there is one.
    pub(crate) fn covering(&self, entry: u64) -> Result<Option<String>, ReleasesError> {
        let place = {
            let written = self.written();
            let after = written.witnessed.partition_point(|place| place.to <= entry);
            written.witnessed.get(after).filter(|place| place.from <= entry).copied()
        };
        place.map(|place| self.note_at(place)).transpose()
    }

    /// The cosigned checkpoint of exactly this size, if there is one.
    pub(crate) fn of_size(&self, size: u64) -> Result<Option<String>, ReleasesError> {
        let place = {
            let written = self.written();
            let found = written.witnessed.binary_search_by_key(&size, |place| place.to);
            found.ok().and_then(|at| written.witnessed.get(at)).copied()
        };
        place.map(|place| self.note_at(place)).transpose()
    }

    /// The newest cosigned checkpoint, and its size.
    pub(crate) fn last_witnessed(&self) -> Result<Option<(u64, String)>, ReleasesError> {
        let place = self.written().witnessed.last().copied();
        place.map(|place| Ok((place.to, self.note_at(place)?))).transpose()
    }

    fn note_at(&self, place: Place) -> Result<String, ReleasesError> {
        let mut bytes = vec![0; place.length];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let read = self.file.read_at(rest, place.offset + filled as u64);
            match read.map_err(|source| io_error("read", &self.path, source))? {
                0 => break,
                read => filled += read,
            }
        }
        match Release::find(&bytes) {
            Found::Record(Release::Witnessed { note, .. }, _) => Ok(note),
            _ => Err(ReleasesError::Damaged { path: self.path.clone(), offset: place.offset }),
        }
    }

    fn written(&self) -> std::sync::RwLockReadGuard<'_, Written> {
        self.written.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    fn note(&mut self, release: &Release, progress: Progress, length: usize) {
        let offset = self.end;
        if let Release::Witnessed { from, to, .. } = release {
            self.witnessed.push(Place { from: *from, to: *to, offset, length });
        }
        self.end += length as u64;
        self.progress = progress;
    }
}

/// The part of the file that is looked at: to its end, or more than one record.
struct Window<'f, F> {
    file: &'f F,
    bytes: Vec<u8>,
    next: u64,
    is_whole: bool,
}

/// How much is read at once.
const STEP: usize = 1 << 20;

impl<F: DiskFile> Window<'_, F> {
    fn fill(&mut self) -> io::Result<()> {
        while !self.is_whole && self.bytes.len() <= RELEASE_BYTES_MAX {
            let before = self.bytes.len();
            self.bytes.resize(before + STEP, 0);
            let read =
                self.file.read_at(self.bytes.get_mut(before..).unwrap_or_default(), self.next)?;
            self.bytes.truncate(before + read);
            self.next += read as u64;
            self.is_whole = read == 0;
        }
        Ok(())
    }

    /// Goes on after so many bytes; gives their number.
    fn take(&mut self, length: usize) -> u64 {
        self.bytes.drain(..length.min(self.bytes.len()));
        length as u64
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> ReleasesError {
    ReleasesError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_ledger::log::{Cut, Disk, Residue, SimDisk};

    fn witnessed(from: u64, to: u64) -> Release {
        Release::Witnessed { from, to, note: format!("the note of {to}\n") }
    }

    fn path() -> PathBuf {
        PathBuf::from("releases")
    }

    fn open(disk: &SimDisk) -> Result<Releases<<SimDisk as Disk>::File>, ReleasesError> {
        Releases::read(disk.open("releases").expect("there"), path())
    }

    /// A file with records, durable.
    fn written(records: &[Release]) -> SimDisk {
        let disk = SimDisk::new();
        let file = disk.create("releases").expect("simulated");
        let releases = Releases::begin(file, path()).expect("simulated");
        for record in records {
            releases.append(record).expect("simulated");
        }
        disk.sync_dir().expect("simulated");
        disk
    }

    #[test]
    fn an_entry_keeps_the_first_checkpoint_that_covered_it() {
        let records = [
            Release::Plain { from: 0, to: 2 },
            witnessed(2, 5),
            witnessed(5, 6),
            Release::Plain { from: 6, to: 8 },
            witnessed(8, 11),
            Release::Open { from: 11 },
        ];
        let disk = written(&records);
        let releases = open(&disk).expect("readable");
        let noted = |size: u64| Some(format!("the note of {size}\n"));
        for (entry, note) in [
            (0, None),
            (1, None),
            (2, noted(5)),
            (4, noted(5)),
            (5, noted(6)),
            (6, None),
            (7, None),
            (8, noted(11)),
            (10, noted(11)),
            (11, None),
        ] {
            assert_eq!(releases.covering(entry).expect("readable"), note, "{entry}");
        }
        assert_eq!(releases.of_size(6).expect("readable"), noted(6));
        assert_eq!(releases.of_size(8).expect("readable"), None);
        assert_eq!(releases.progress(), Progress { released: 11, is_open: true });
    }

    #[test]
    fn what_was_told_survives_every_power_cut() {
        let records = [Release::Plain { from: 0, to: 1 }, witnessed(1, 4), witnessed(4, 9)];
        let base = written(&records[..1]);
        let first = base.operations();
        let residues = (0..8).flat_map(|seed| [Residue::Prefix(seed), Residue::Sectors(seed)]);
        let residues: Vec<_> = residues.chain([Residue::Lost, Residue::All]).collect();
        for cut in (first..first + 4).flat_map(|at| [Cut::Before(at), Cut::After(at)]) {
            for residue in residues.iter().copied() {
                let disk = base.fork();
                disk.cut_at(cut);
                let mut told = 1;
                if let Ok(releases) = open(&disk) {
                    for record in &records[1..] {
                        if releases.append(record).is_err() {
                            break;
                        }
                        told = record.sizes().1;
                    }
                }
                disk.restart(residue);
                let again = open(&disk).expect("a torn end is no damage");
                let released = again.progress().released;
                assert!(told <= released, "{cut:?}: {told} told, {released} known");
                assert!(again.append(&witnessed(released, 20)).is_ok());
                assert_eq!(open(&disk).expect("readable").progress().released, 20);
            }
        }
    }

    #[test]
    fn damage_before_the_end_is_named_and_nothing_is_guessed() {
        let records = [Release::Plain { from: 0, to: 1 }, witnessed(1, 4), witnessed(4, 9)];
        let whole = written(&records).content("releases").expect("there");
        let last = records[2].encode().expect("short").len();
        for at in 0..whole.len() {
            let disk = written(&records);
            disk.damage("releases", |bytes| bytes[at] ^= 0x10);
            let opened = open(&disk);
            if at < whole.len() - last {
                assert!(matches!(opened, Err(ReleasesError::Damaged { .. })), "{at}");
            } else {
                assert_eq!(opened.expect("cut off").progress().released, 4, "{at}");
            }
        }
        for length in whole.len() - last..whole.len() {
            let disk = written(&records);
            disk.damage("releases", |bytes| bytes.truncate(length));
            let releases = open(&disk).expect("cut off");
            assert_eq!(releases.progress().released, 4, "{length}");
            releases.append(&witnessed(4, 9)).expect("goes on");
            assert_eq!(disk.content("releases"), Some(whole.clone()));
        }
        let gap = written(&[Release::Plain { from: 0, to: 1 }, witnessed(2, 4)]);
        assert!(matches!(open(&gap), Err(ReleasesError::Damaged { .. })));
    }

    #[test]
    fn a_folder_gets_its_file_with_the_first_record() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Releases::open(folder.path()).expect("readable").is_none());
        let first = Release::Plain { from: 0, to: 7 };
        drop(Releases::create(folder.path(), &first).expect("made"));
        let releases = Releases::open(folder.path()).expect("readable").expect("there");
        assert_eq!(releases.progress(), Progress { released: 7, is_open: false });
    }
}

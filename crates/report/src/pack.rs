//! The annual information pack: every report of one calendar year, adjustments and the
//! report on Article 6, the books and fees, what is published, and an index with the digest
//! of each file.
//!
//! The log is read up to the end of 31 December in Japan. What is in the pack cannot
//! change afterwards: whoever has the log makes the same files, to the byte.

use crate::aef::{AefError, AefFold, Request, SubmissionVersion, WriteError};
use crate::balance::AdjustmentFold;
use crate::books::BooksFold;
use crate::cut::Cut;
use crate::encode::{Encoder, Format};
use crate::fee_ledger::Interval;
use crate::fold::FoldError;
use crate::publication::PublicationFold;
use crate::reports::{Made, Maker, Query, QueryError, ReportFault, ReportKind};
use crate::sheet::SheetError;
use crate::table::{ReportError, json_of};
use jcm_format::entry::Entry;
use jcm_format::hash::{Digest, Hasher};
use jcm_format::time::{Date, Timestamp, Year};
use serde::Serialize;

/// Name of the index.
pub const INDEX: &str = "index.json";

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The reports cannot be made.
    #[error(transparent)]
    Report(#[from] ReportFault),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] ReportError),
    /// A report was asked for in a way that it does not answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The entries do not give the report on Article 6.
    #[error(transparent)]
    Article6(#[from] AefError),
    /// The report on Article 6 cannot be written.
    #[error(transparent)]
    Write6(#[from] WriteError),
    /// A workbook cannot be written.
    #[error(transparent)]
    Workbook(#[from] SheetError),
}

impl From<FoldError> for PackError {
    fn from(error: FoldError) -> PackError {
        PackError::Report(ReportFault::Fold(error))
    }
}

/// Reads the entries of which a pack is made.
#[derive(Debug, Clone)]
pub struct PackMaker {
    year: Year,
    maker: Maker,
    books: BooksFold,
    publication: PublicationFold,
    adjustments: AdjustmentFold,
    aef: AefFold,
}

/// A file of the pack, as the index lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackFile {
    /// Its name.
    pub name: String,
    /// What it is, in Japanese.
    pub title_ja: String,
    /// What it is, in English.
    pub title_en: String,
    /// The provisions on which it rests.
    pub basis: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: Digest,
}

/// What the index says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackIndex {
    /// `jcm-year/1`.
    pub format: &'static str,
    /// The registry.
    pub registry: String,
    /// The calendar year.
    pub year: Year,
    /// How many entries of the log were read, from the first.
    pub entries: u64,
    /// The time of the last of them.
    pub last_entry_time: Option<Timestamp>,
    /// Every other file.
    pub files: Vec<PackFile>,
}

impl PackMaker {
    /// The pack of a calendar year of which nothing was read yet.
    ///
    /// # Errors
    ///
    /// When the year has no end.
    pub fn new(year: Year) -> Result<PackMaker, QueryError> {
        let [_, last] = bounds(year)?;
        let query = Query { cut: Cut::Day(last), ..Query::of(ReportKind::Balance) };
        let (books, publication) = (BooksFold::new(), PublicationFold::new());
        let (adjustments, aef) = (AdjustmentFold::new(year), AefFold::new(year));
        let maker = Maker::new(query)?;
        Ok(PackMaker { year, maker, books, publication, adjustments, aef })
    }

    /// Takes the next entry; false once the year is over.
    ///
    /// # Errors
    ///
    /// When the entry cannot follow those before.
    pub fn apply(&mut self, entry: &Entry) -> Result<bool, PackError> {
        if !self.maker.apply(entry)? {
            return Ok(false);
        }
        self.books.apply(entry)?;
        self.publication.apply(entry)?;
        self.adjustments.apply(entry)?;
        self.aef.apply(entry)?;
        Ok(true)
    }

    /// How many entries were read.
    pub fn entries(&self) -> u64 {
        self.maker.entries()
    }

    /// Gives every file to `put`, the index last. Nothing is given of a pack whose
    /// balance sheet does not add up.
    ///
    /// # Errors
    ///
    /// When a report does not add up or cannot be written, or as `put` says.
    pub fn finish<E: From<PackError>>(
        self,
        mut put: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<PackIndex, E> {
        let made = self.maker.finish();
        // Before anything else: a book that is not balanced has no other figures.
        drop(made.rows().map_err(PackError::from)?);
        let mut files = Vec::new();
        let mut add = |file: (String, [String; 3], Vec<u8>)| -> Result<(), E> {
            let (name, [title_ja, title_en, basis], content) = file;
            put(&name, &content)?;
            let mut hasher = Hasher::new();
            hasher.update(&content);
            let (bytes, sha256) = (content.len() as u64, hasher.finish());
            files.push(PackFile { name, title_ja, title_en, basis, bytes, sha256 });
            Ok(())
        };
        for query in queries(self.year).map_err(PackError::from)? {
            let report = made.another(query).map_err(PackError::from)?;
            for format in Format::ALL {
                add(report_file(&report, format)?)?;
            }
        }
        for file in books(&self.books, self.year)? {
            add(file)?;
        }
        for file in publication(&self.publication)? {
            add(file)?;
        }
        for file in article6(&self.adjustments, &self.aef, self.year)? {
            add(file)?;
        }
        let head = made.head();
        let index = PackIndex {
            format: "jcm-year/1",
            registry: head.registry.clone(),
            year: self.year,
            entries: head.entries,
            last_entry_time: head.last_entry_time,
            files,
        };
        let json = json_of(&index).map_err(PackError::from)?;
        put(INDEX, json.as_bytes())?;
        Ok(index)
    }
}

/// 1 January and 31 December.
fn bounds(year: Year) -> Result<[Date; 2], QueryError> {
    let day = |month, day| Date::new(year.get(), month, day);
    let wanted = "give a calendar year";
    let both = day(1, 1).zip(day(12, 31)).ok_or(QueryError { field: "year", wanted })?;
    Ok([both.0, both.1])
}

fn queries(year: Year) -> Result<Vec<Query>, QueryError> {
    let [first, last] = bounds(year)?;
    let within = |kind| Query { from: Some(first), to: Some(last), ..Query::of(kind) };
    Ok(vec![
        Query::of(ReportKind::Balance),
        Query::of(ReportKind::Holdings),
        within(ReportKind::Issuances),
        within(ReportKind::Uses),
        within(ReportKind::Shk),
        within(ReportKind::GxEts),
    ])
}

type Named = (String, [String; 3], Vec<u8>);

fn report_file<E: From<PackError>>(report: &Made, format: Format) -> Result<Named, E> {
    let head = report.head();
    let write = || -> Result<Vec<u8>, PackError> {
        let mut encoder = Encoder::new(format, head, report.columns())?;
        for row in report.rows()? {
            encoder.row(&row)?;
        }
        Ok(encoder.finish()?)
    };
    let name = format!("{}.{format}", head.report);
    Ok((name, [head.title_ja.clone(), head.title_en.clone(), head.basis.clone()], write()?))
}

/// The books of the fiscal year that ended in the calendar year and of the one that
/// began in it, as they stood at its end; and the fees.
fn books(fold: &BooksFold, year: Year) -> Result<Vec<Named>, PackError> {
    let basis = "法第57条の12、指定実施機関省令第11条";
    let titled = |ja: String, en: String| [ja, en, basis.to_owned()];
    let mut files = Vec::new();
    for fiscal in year.before().into_iter().chain([year]) {
        let Some(books) = fold.year(fiscal)? else { continue };
        let title =
            titled(format!("帳簿（{fiscal}年度）"), format!("Books of fiscal year {fiscal}"));
        let (csv, json) = (books.csv()?, books.json()?);
        files.push((format!("books-{fiscal}.csv"), title.clone(), csv.into_bytes()));
        files.push((format!("books-{fiscal}.json"), title, json.into_bytes()));
    }
    let (from, to) = match bounds(year) {
        Ok([from, to]) => (from, to),
        Err(error) => return Err(error.into()),
    };
    let fees = fold.fees().table(Interval::Month, Some(from), Some(to))?;
    let title = titled("手数料（月別）".to_owned(), "Fees by month".to_owned());
    files.push(("fees.csv".to_owned(), title.clone(), fees.csv()?.into_bytes()));
    files.push(("fees.json".to_owned(), title, fees.json()?.into_bytes()));
    Ok(files)
}

/// What the law has published, without the names of individuals, which the log does
/// not hold.
fn publication(fold: &PublicationFold) -> Result<Vec<Named>, PackError> {
    let published = fold.publication(None, |_| None);
    let title = |ja: &str, en: &str| [ja.to_owned(), en.to_owned(), "口座簿省令第16条".to_owned()];
    let files = [
        (
            "published-totals.csv",
            "口座の区分ごとの数量",
            "Totals by category",
            published.totals_csv()?,
        ),
        ("published-holders.csv", "法人等保有口座の名義人", "Holders", published.holders_csv()?),
        ("published-years.csv", "年ごとの取引", "Transactions by year", published.years_csv()?),
    ];
    let named =
        files.map(|(name, ja, en, content)| (name.to_owned(), title(ja, en), content.into_bytes()));
    Ok(named.into())
}

/// Adjustments at the end of the year, and the Agreed Electronic Format where Article 6 is
/// adopted. One that does not pass its checks is not written; what to mend is.
fn article6(
    adjustments: &AdjustmentFold,
    aef: &AefFold,
    year: Year,
) -> Result<Vec<Named>, PackError> {
    let basis = "パリ協定第6条2、決定2/CMA.3";
    let titled = |ja: &str, en: &str| [ja.to_owned(), en.to_owned(), basis.to_owned()];
    let [_, last] = bounds(year)?;
    let report = adjustments.finish()?;
    let title = titled("相当調整", "Corresponding adjustments");
    let mut files = vec![
        ("adjustments.xlsx".to_owned(), title.clone(), report.to_xlsx(last)?),
        ("adjustments.json".to_owned(), title, report.to_json()?.into_bytes()),
    ];
    let due = year.next().and_then(|next| Date::new(next.get(), 4, 15)).unwrap_or(last);
    let request = Request { year, date: due, version: SubmissionVersion::FIRST };
    let submission = match aef.finish(&request) {
        Err(AefError::NotAdopted) => return Ok(files),
        other => other?,
    };
    let title = titled("合意された電子様式（AEF）", "Agreed Electronic Format");
    let checks = submission.check();
    if checks.all_passed() {
        let settings = submission.settings();
        let (xlsx, json) = (submission.to_xlsx(&settings)?, submission.to_json(&settings)?);
        files.push(("aef.xlsx".to_owned(), title.clone(), xlsx));
        files.push(("aef.json".to_owned(), title, json.into_bytes()));
    } else {
        let title = titled("AEFの点検結果", "What the Agreed Electronic Format lacks");
        files.push(("aef-checks.json".to_owned(), title, json_of(&checks)?.into_bytes()));
    }
    Ok(files)
}

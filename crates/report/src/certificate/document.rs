//! The certificate for programs: the figures of the documents.

use super::lines::statement_lines;
use super::{CertificateError, CertificateSource, Opened, request_of, stated_digest};
use crate::account_book::{AccountBook, BookError, Trust};
use crate::document::{Document, Signers};
use crate::lookup::{BlockFacts, Lookup};
use crate::paper::Language;
use crate::unit_set::UnitSet;
use crate::words;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Holder, Person, RestrictionGround};
use jcm_format::event::{AccountCategory, CreditClass};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex, ProjectRef};
use jcm_format::identification::IdentificationFormat;
use jcm_format::serial::SerialRange;
use jcm_format::text::Text;
use jcm_format::time::{Date, Timestamp, Year};
use jcm_ledger::law::citation;
use serde::Serialize;
use std::collections::BTreeMap;

/// A certificate of recorded matters: the items of art. 49(2) of the Act, the
/// entry that certifies them, and its proof. Quantities are in tonnes of CO2
/// equivalent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateDocument {
    /// `jcm-certificate/v1`.
    pub format: &'static str,
    /// The provision under which it is issued, as cited on its day.
    pub basis: String,
    /// Name of the log.
    pub registry: String,
    /// The log's key, as a C2SP verifier key.
    pub log_key: String,
    /// The entry of the request.
    pub application: Option<EntryIndex>,
    /// The entry that issued it.
    pub entry: EntryIndex,
    /// When it was issued.
    pub time: Timestamp,
    /// It states what the entries before this number say.
    pub as_of_entries: u64,
    /// The account.
    pub account: AccountNumber,
    /// Its category.
    #[serde(serialize_with = "category_word")]
    pub category: AccountCategory,
    /// When it was opened.
    pub opened: Timestamp,
    /// Name of a government account in Japanese and English.
    pub account_names: Option<(Text, Text)>,
    /// The holder; none of a government account.
    pub holder: Option<CertificateHolder>,
    /// The units, by range.
    pub holdings: Vec<CertificateHolding>,
    /// The sums.
    pub totals: CertificateTotals,
    /// The trusts.
    pub trusts: Vec<CertificateTrust>,
    /// The restrictions on disposal.
    pub restrictions: Vec<CertificateRestriction>,
    /// The lines that are certified.
    pub statement: String,
    /// SHA-256 over them, which the entry states.
    pub statement_sha256: Digest,
    /// A tlog-proof of the entry.
    pub proof: String,
    /// The keys of the witnesses whose signatures the proof has.
    pub witnesses: Vec<String>,
}

/// Who holds the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateHolder {
    /// The person, as the log knows it.
    pub person: Person,
    /// What is published; none of an individual.
    pub published: Option<Holder>,
    /// Since when the particulars are right.
    pub effective: Date,
    /// Commitment to the particulars that are not published.
    pub commitment: Digest,
    /// Whether these are shown.
    pub particulars: Shown,
    /// The particulars that are not published, name by name.
    pub details: Vec<(String, String)>,
}

/// Whether personal data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// It is.
    Given,
    /// It was erased for good.
    Erased,
    /// It is not at hand, or not for the reader.
    Withheld,
}

/// Units of one block that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateHolding {
    /// The units.
    pub range: SerialRange,
    /// The identification numbers of the first and the last.
    pub identification: String,
    /// How many.
    pub quantity_tonnes: Tonnes,
    /// The project.
    pub project: ProjectRef,
    /// Calendar year of the reductions.
    pub vintage: Year,
    /// Legal class.
    pub class: CreditClass,
    /// Date of issuance.
    pub issued_on: Date,
}

/// The sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateTotals {
    /// Everything that the account holds.
    pub held_tonnes: Tonnes,
    /// By legal class.
    pub by_class: Vec<(CreditClass, Tonnes)>,
    /// Of what it holds, trust property.
    pub trust_tonnes: Tonnes,
    /// Of what it holds, under a restriction.
    pub restricted_tonnes: Tonnes,
}

/// A trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateTrust {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The units.
    pub ranges: Vec<SerialRange>,
    /// How many.
    pub quantity_tonnes: Tonnes,
    /// Commitment to the items that are not in the log.
    pub details: Digest,
    /// A trust with certificates of beneficial interest.
    pub beneficiary_certificates: bool,
    /// A trust without provisions on beneficiaries.
    pub without_beneficiaries: bool,
    /// A public-interest trust.
    pub public_interest: bool,
    /// A court has dismissed the trustee.
    pub trustee_dismissed: bool,
}

/// A restriction on disposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateRestriction {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The units; none = the whole account.
    pub ranges: Option<Vec<SerialRange>>,
    /// On what it rests.
    pub ground: RestrictionGround,
    /// The court or authority.
    pub authority: Text,
    /// Its reference.
    pub reference: Text,
}

impl CertificateDocument {
    /// The certificate that an entry issued. `open` gives what the private store
    /// has under a commitment, as far as the reader may see it.
    ///
    /// # Errors
    ///
    /// When the entry issued no certificate of this account, or one of other lines
    /// than the book has: then the book is not what was certified.
    pub fn new(
        source: &CertificateSource<'_>,
        log: &dyn Lookup,
        open: &dyn Fn(Digest) -> Opened,
    ) -> Result<CertificateDocument, CertificateError> {
        let (book, entry) = (source.book, source.entry);
        let (account, index) = (book.account(), entry.index);
        let not_stated = CertificateError::NotStated(index, account);
        let stated = stated_digest(entry, account).ok_or(not_stated)?;
        let statement = statement_lines(book, index.get(), log)?;
        let found = Digest::of(&[statement.as_bytes()]);
        if stated != found {
            return Err(CertificateError::DigestDiffers { entry: index, stated, found });
        }
        let opening = book.opening().ok_or(BookError::NotOpened(account))?;
        let holdings = book.described_holdings(log)?;
        Ok(CertificateDocument {
            format: "jcm-certificate/v1",
            basis: citation("ACT.CERTIFICATE", entry.time.date_in_japan()).to_owned(),
            registry: source.origin.to_owned(),
            log_key: source.log_key.to_owned(),
            application: request_of(entry),
            entry: index,
            time: entry.time,
            as_of_entries: index.get(),
            account,
            category: opening.category,
            opened: opening.time,
            account_names: opening.names.clone(),
            holder: holder(book, open),
            totals: totals(book, &holdings, index)?,
            holdings: holdings
                .into_iter()
                .map(|(range, facts)| holding(range, facts, source.identification))
                .collect(),
            trusts: book
                .trusts()
                .map(|(e, trust)| trust_line(e, trust))
                .collect::<Result<_, _>>()?,
            restrictions: restrictions(book),
            statement,
            statement_sha256: stated,
            proof: source.proof.to_owned(),
            witnesses: source.witnesses.to_vec(),
        })
    }

    /// The certificate as JSON, on many lines.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// The document that proves itself, as JSON in its one spelling: what is
    /// certified and its proof, and none of the rest.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn document(&self) -> Result<String, serde_json::Error> {
        let signers = Signers { log_key: &self.log_key, witnesses: &self.witnesses };
        Document::new("certificate", signers, &self.statement, [self.proof.clone()]).json()
    }

    /// The certificate as Markdown.
    pub fn markdown(&self, language: Language) -> String {
        self.paper(language, None).markdown()
    }

    /// The certificate as one HTML file, fit to be printed: without script, without
    /// anything that is fetched, and with the document in it.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn html(&self, language: Language) -> Result<String, serde_json::Error> {
        Ok(self.paper(language, Some(self.document()?)).html())
    }
}

fn category_word<S: serde::Serializer>(
    category: &AccountCategory,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(words::category(*category))
}

fn holder(book: &AccountBook, open: &dyn Fn(Digest) -> Opened) -> Option<CertificateHolder> {
    let person = book.opening()?.person.clone()?;
    let now = book.particulars().last()?;
    let (particulars, details) = match open(now.particulars) {
        Opened::Data(data) => (Shown::Given, details(&data)),
        Opened::Erased => (Shown::Erased, Vec::new()),
        Opened::Withheld => (Shown::Withheld, Vec::new()),
    };
    let published = now.holder.clone();
    let (effective, commitment) = (now.effective, now.particulars);
    Some(CertificateHolder { person, published, effective, commitment, particulars, details })
}

/// Particulars name by name: the members of a JSON object; other text as it is.
/// What the holder handed in is free of form, so nothing is expected of it.
fn details(data: &[u8]) -> Vec<(String, String)> {
    let Ok(text) = std::str::from_utf8(data) else {
        return vec![("sha256".to_owned(), Digest::of(&[data]).to_string())];
    };
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(members)) => members
            .into_iter()
            .map(|(name, value)| match value {
                serde_json::Value::String(text) => (name, text),
                other => (name, other.to_string()),
            })
            .collect(),
        _ => vec![(String::new(), text.to_owned())],
    }
}

fn holding(
    range: SerialRange,
    facts: BlockFacts,
    identification: &IdentificationFormat,
) -> CertificateHolding {
    let BlockFacts { project, vintage, class, issued_on } = facts;
    CertificateHolding {
        range,
        identification: identification.print_range(&project, vintage, range),
        quantity_tonnes: range.quantity(),
        project,
        vintage,
        class,
        issued_on,
    }
}

fn trust_line(entry: EntryIndex, trust: &Trust) -> Result<CertificateTrust, BookError> {
    let ranges = trust.ranges();
    let quantity = Tonnes::checked_sum(ranges.iter().map(|range| range.quantity()));
    Ok(CertificateTrust {
        entry,
        ranges,
        quantity_tonnes: quantity.ok_or(BookError::TooLarge(entry))?,
        details: trust.terms.details,
        beneficiary_certificates: trust.terms.beneficiary_certificates,
        without_beneficiaries: trust.terms.without_beneficiaries,
        public_interest: trust.terms.public_interest,
        trustee_dismissed: trust.dismissed,
    })
}

fn restrictions(book: &AccountBook) -> Vec<CertificateRestriction> {
    let lines = book.restrictions().map(|(entry, restriction)| CertificateRestriction {
        entry,
        ranges: restriction.ranges.as_ref().map(|ranges| ranges.as_slice().to_vec()),
        ground: restriction.ground,
        authority: restriction.authority.clone(),
        reference: restriction.reference.clone(),
    });
    lines.collect()
}

fn totals(
    book: &AccountBook,
    holdings: &[(SerialRange, BlockFacts)],
    entry: EntryIndex,
) -> Result<CertificateTotals, BookError> {
    let too_large = BookError::TooLarge(entry);
    let mut by_class: BTreeMap<CreditClass, Tonnes> = BTreeMap::new();
    for (range, facts) in holdings {
        let total = by_class.entry(facts.class).or_default();
        *total = total.checked_add(range.quantity()).ok_or(too_large)?;
    }
    let in_trust = book.trusts().flat_map(|(_, trust)| trust.ranges());
    let in_trust = Tonnes::checked_sum(in_trust.map(SerialRange::quantity));
    Ok(CertificateTotals {
        held_tonnes: book.balance(),
        by_class: by_class.into_iter().collect(),
        trust_tonnes: in_trust.ok_or(too_large)?,
        restricted_tonnes: restricted(book).ok_or(too_large)?,
    })
}

/// How much is restricted: units that two restrictions name count once.
fn restricted(book: &AccountBook) -> Option<Tonnes> {
    let mut free = UnitSet::default();
    for range in book.holdings() {
        // Holdings are disjoint.
        let _added = free.add(range);
    }
    for (_, restriction) in book.restrictions() {
        match &restriction.ranges {
            None => return Some(book.balance()),
            Some(ranges) => ranges.iter().for_each(|range| free.take(range)),
        }
    }
    book.balance().checked_sub(free.quantity()?)
}

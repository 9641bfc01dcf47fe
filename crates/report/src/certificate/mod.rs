//! The certificate of recorded matters (記録事項証明書; Act, art. 57-2): what the
//! registry's book says of an account at a position of the log, and the entry
//! that vouches for it.
//!
//! What is certified are the lines of `docs/spec/commands.md`: their digest is
//! in the entry. The documents show the same for people, and add what helps to
//! read and to check it.

mod document;
mod lines;
mod paper;
#[cfg(test)]
mod tests;

pub use document::{
    CertificateDocument, CertificateHolder, CertificateHolding, CertificateRestriction,
    CertificateTotals, CertificateTrust, Shown,
};
pub use lines::statement_lines;

use crate::account_book::{AccountBook, BookError};
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::identification::IdentificationFormat;

/// What the private store has under a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The data.
    Data(Vec<u8>),
    /// It was erased for good.
    Erased,
    /// It is not at hand, or not for the reader.
    Withheld,
}

/// What a certificate is made of.
#[derive(Debug)]
pub struct CertificateSource<'a> {
    /// The account's book, of the entries before the certificate's.
    pub book: &'a AccountBook,
    /// The entry that issued it.
    pub entry: &'a Entry,
    /// Name of the log.
    pub origin: &'a str,
    /// The log's key, as a C2SP verifier key.
    pub log_key: &'a str,
    /// A tlog-proof of the entry.
    pub proof: &'a str,
    /// The keys of the witnesses whose signatures the proof has.
    pub witnesses: &'a [String],
    /// How identification numbers are written.
    pub identification: &'a IdentificationFormat,
}

/// Why there is no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The entry states no certificate of this account.
    #[error("entry {0} states no certificate of account {1}")]
    NotStated(EntryIndex, AccountNumber),
    /// The lines are not those that were certified.
    #[error("entry {entry} states the digest {stated}, but the lines have {found}")]
    DigestDiffers {
        /// The entry.
        entry: EntryIndex,
        /// The digest in it.
        stated: Digest,
        /// The digest of the lines.
        found: Digest,
    },
    /// The book does not tell what is certified.
    #[error("the account's book cannot be certified")]
    Book(#[from] BookError),
}

/// The digest that an entry states of an account, if it does.
pub fn stated_digest(entry: &Entry, account: AccountNumber) -> Option<Digest> {
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::CertificateStated { account: of, digest } if *of == account => Some(*digest),
        _ => None,
    })
}

/// The request that an entry's certificate answers.
fn request_of(entry: &Entry) -> Option<EntryIndex> {
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::CertificateIssued { application } => Some(application.unwrap_or(entry.index)),
        _ => None,
    })
}

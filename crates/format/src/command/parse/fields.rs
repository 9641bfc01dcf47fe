//! Single fields: each reads one value or names the rule that it breaks.

use super::Parsed;
use crate::amount::{Tonnes, Yen};
use crate::command::{FieldError, FieldRule};
use crate::hash::Digest;
use crate::id::{AccountNumber, Country, EntryIndex, ProjectRef};
use crate::key::PublicKey;
use crate::limits::{ATTACHMENTS_MAX, IMPORT_LINES_MAX, TONNES_MAX, YEN_MAX};
use crate::pb;
use crate::text::{Name, Text};
use crate::time::{Date, Year};

pub(super) fn optional<T>(
    bytes: &[u8],
    parse: impl FnOnce(&[u8]) -> Parsed<T>,
) -> Parsed<Option<T>> {
    if bytes.is_empty() { Ok(None) } else { parse(bytes).map(Some) }
}

pub(super) fn at_most(at: &str, count: usize, limit: usize) -> Parsed<()> {
    if limit < count { Err(FieldError::new(at, FieldRule::LongList)) } else { Ok(()) }
}

pub(super) fn digest(at: &str, bytes: &[u8]) -> Parsed<Digest> {
    Digest::from_slice(bytes).ok_or_else(|| FieldError::new(at, FieldRule::Length))
}

pub(super) fn public_key(at: &str, bytes: &[u8]) -> Parsed<PublicKey> {
    PublicKey::from_slice(bytes).ok_or_else(|| FieldError::new(at, FieldRule::Length))
}

pub(super) fn text(at: &str, raw: &str) -> Parsed<Text> {
    Text::new(raw).ok_or_else(|| FieldError::new(at, FieldRule::BadText))
}

pub(super) fn optional_text(at: &str, raw: &str) -> Parsed<Option<Text>> {
    if raw.is_empty() { Ok(None) } else { text(at, raw).map(Some) }
}

pub(super) fn name(at: &str, raw: &str) -> Parsed<Name> {
    Name::new(raw).ok_or_else(|| FieldError::new(at, FieldRule::BadName))
}

pub(super) fn country(at: &str, raw: &str) -> Parsed<Country> {
    Country::new(raw).ok_or_else(|| FieldError::new(at, FieldRule::BadId))
}

pub(super) fn project(at: &str, raw: &str) -> Parsed<ProjectRef> {
    ProjectRef::new(raw).ok_or_else(|| FieldError::new(at, FieldRule::BadId))
}

pub(super) fn account(at: &str, raw: u32) -> Parsed<AccountNumber> {
    AccountNumber::new(raw).ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

pub(super) fn optional_account(at: &str, raw: u32) -> Parsed<Option<AccountNumber>> {
    if raw == 0 { Ok(None) } else { account(at, raw).map(Some) }
}

/// Digests of what is attached: one at least.
pub(super) fn attachments(at: &str, items: &[Vec<u8>]) -> Parsed<Vec<Digest>> {
    if items.is_empty() {
        return Err(FieldError::new(at, FieldRule::EmptyList));
    }
    at_most(at, items.len(), ATTACHMENTS_MAX)?;
    items.iter().enumerate().map(|(i, bytes)| digest(&format!("{at}[{i}]"), bytes)).collect()
}

/// A line of an imported statement, or 0 for a payment recorded singly.
pub(super) fn line(at: &str, raw: u32) -> Parsed<u16> {
    let line = u16::try_from(raw).ok().filter(|line| usize::from(*line) <= IMPORT_LINES_MAX);
    line.ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

/// An entry other than genesis, which records nothing that can be referred to.
pub(super) fn entry(at: &str, raw: u64) -> Parsed<EntryIndex> {
    if raw == 0 { Err(FieldError::new(at, FieldRule::Missing)) } else { Ok(EntryIndex::new(raw)) }
}

pub(super) fn tonnes(at: &str, raw: u64) -> Parsed<Tonnes> {
    let fits = (1..=TONNES_MAX).contains(&raw);
    fits.then(|| Tonnes::new(raw)).ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

/// A limit in tonnes, or 0 for none.
pub(super) fn optional_tonnes(at: &str, raw: u64) -> Parsed<Option<Tonnes>> {
    if raw == 0 { Ok(None) } else { tonnes(at, raw).map(Some) }
}

pub(super) fn yen(at: &str, raw: u64) -> Parsed<Yen> {
    let fits = (1..=YEN_MAX).contains(&raw);
    fits.then(|| Yen::new(raw)).ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

pub(super) fn year(at: &str, raw: u32) -> Parsed<Year> {
    let year = u16::try_from(raw).ok().and_then(Year::new);
    year.ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

pub(super) fn date(at: &str, m: Option<pb::Date>) -> Parsed<Date> {
    let m = m.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    let parts = (u16::try_from(m.year), u8::try_from(m.month), u8::try_from(m.day));
    match parts {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day),
        _ => None,
    }
    .ok_or_else(|| FieldError::new(at, FieldRule::BadDate))
}

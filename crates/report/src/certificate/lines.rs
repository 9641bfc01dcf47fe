//! The lines whose digest an entry states (`docs/spec/commands.md`,
//! RequestCertificate).

use crate::account_book::{AccountBook, BookError};
use crate::lookup::{BlockFacts, Lookup};
use crate::words;
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRange;
use std::fmt::{self, Write as _};

/// What is recorded of the account before the entry with the number `entries`.
/// SHA-256 over the text is the digest in `CertificateStated`.
///
/// # Errors
///
/// When the book covers later entries, was never opened, or holds units of a
/// block that cannot be looked up.
pub fn statement_lines(
    book: &AccountBook,
    entries: u64,
    log: &dyn Lookup,
) -> Result<String, BookError> {
    if entries < book.entries() {
        return Err(BookError::ReadBeyond(EntryIndex::new(entries)));
    }
    let opening = book.opening().ok_or(BookError::NotOpened(book.account()))?;
    let holdings = book.described_holdings(log)?;
    let mut lines = Lines("jcm-account/v1\n".to_owned());
    lines.add(format_args!("entries {entries}"));
    let category = words::category(opening.category);
    lines.add(format_args!("account {} {category}", book.account()));
    if let Some(person) = &opening.person {
        lines.add(format_args!("person {person}"));
    }
    if let Some(now) = book.particulars().last() {
        if let Some(holder) = &now.holder {
            lines.add_some("name-ja", holder.name_ja.as_ref());
            lines.add_some("name-en", Some(&holder.name_en));
            lines.add_some("head-office-ja", holder.head_office_ja.as_ref());
            lines.add_some("head-office-en", Some(&holder.head_office_en));
        }
        lines.add(format_args!("particulars {}", now.particulars));
    }
    for (range, facts) in &holdings {
        let BlockFacts { project, vintage, class, issued_on } = facts;
        lines.add(format_args!("holding {range} {project} {vintage} {class} {issued_on}"));
    }
    for (range, trust) in trusts(book) {
        lines.add(format_args!("trust {range} {trust}"));
    }
    for (entry, restriction) in book.restrictions() {
        match &restriction.ranges {
            None => lines.add(format_args!("restriction {entry} account")),
            Some(ranges) => {
                ranges.iter().for_each(|r| lines.add(format_args!("restriction {entry} {r}")));
            }
        }
    }
    Ok(lines.0)
}

/// What the account holds in trust, by range.
fn trusts(book: &AccountBook) -> Vec<(SerialRange, EntryIndex)> {
    let of = |(entry, trust): (EntryIndex, &crate::account_book::Trust)| {
        trust.ranges().into_iter().map(move |range| (range, entry)).collect::<Vec<_>>()
    };
    let mut trusts: Vec<_> = book.trusts().flat_map(of).collect();
    trusts.sort_unstable();
    trusts
}

/// Lines, each ended by a line feed.
struct Lines(String);

impl Lines {
    fn add(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _written = self.0.write_fmt(line);
        self.0.push('\n');
    }

    fn add_some(&mut self, name: &str, value: Option<&impl fmt::Display>) {
        if let Some(value) = value {
            self.add(format_args!("{name} {value}"));
        }
    }
}

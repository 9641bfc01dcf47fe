//! What a certificate states: the digest of all that is recorded of an account
//! (`docs/spec/commands.md`, RequestCertificate).

use super::state::State;
use crate::holdings::category_name;
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;
use std::fmt::{self, Write};

/// The digest over what is recorded of an account now.
pub(crate) fn digest(state: &State, account: AccountNumber) -> Digest {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_lines(state, account, &mut text);
    Digest::of(&[text.as_bytes()])
}

fn write_lines(state: &State, number: AccountNumber, out: &mut String) -> fmt::Result {
    writeln!(out, "jcm-account/v1")?;
    writeln!(out, "entries {}", state.entries)?;
    if let Some(account) = state.accounts.get(&number) {
        writeln!(out, "account {number} {}", category_name(account.category))?;
        if let Some(person) = &account.person {
            writeln!(out, "person {person}")?;
        }
        if let Some(particulars) = &account.particulars {
            if let Some(published) = &particulars.published {
                let lines = [
                    ("name-ja", published.name_ja.as_ref()),
                    ("name-en", Some(&published.name_en)),
                    ("head-office-ja", published.head_office_ja.as_ref()),
                    ("head-office-en", Some(&published.head_office_en)),
                ];
                for (name, text) in lines {
                    if let Some(text) = text {
                        writeln!(out, "{name} {text}")?;
                    }
                }
            }
            writeln!(out, "particulars {}", particulars.commitment)?;
        }
    }
    write_units(state, number, out)
}

fn write_units(state: &State, number: AccountNumber, out: &mut String) -> fmt::Result {
    let units = &state.units;
    for range in units.holdings(number) {
        if let Some(block) = units.block_of(range) {
            let (project, vintage) = (&block.project, block.vintage);
            let (class, issued_on) = (block.class, block.issued_on);
            writeln!(out, "holding {range} {project} {vintage} {class} {issued_on}")?;
        }
    }
    for range in units.holdings(number) {
        for (part, trust) in units.in_trust.stretches(range) {
            if let Some(trust) = trust {
                writeln!(out, "trust {part} {trust}")?;
            }
        }
    }
    let entries = state.restricted.get(&number).into_iter().flat_map(|known| &known.entries);
    for (entry, restriction) in entries.filter_map(|entry| state.restrictions.get_key_value(entry))
    {
        match &restriction.ranges {
            None => writeln!(out, "restriction {entry} account")?,
            Some(ranges) => {
                for range in ranges.iter() {
                    writeln!(out, "restriction {entry} {range}")?;
                }
            }
        }
    }
    Ok(())
}

//! Identifiers of internationally transferred mitigation outcomes (ITMOs): five
//! parts, of which the serial is counted and stands in no entry.
//!
//! Specification: `docs/spec/commands.md`, Article 6. Who counts is whoever replays
//! the entries; here is only what the parts look like.

use crate::id::{CooperativeApproach, NotAnId};
use crate::party::Party;
use crate::time::Year;
use bincode::Encode;
use std::fmt;
use std::str::FromStr;

/// A Party's ITMO registry: three capital letters and two digits, such as `JPN01`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct ItmoRegistry([u8; 5]);

impl ItmoRegistry {
    /// An identifier of this form.
    pub fn new(id: &str) -> Option<ItmoRegistry> {
        let bytes: [u8; 5] = id.as_bytes().try_into().ok()?;
        let (letters, digits) = bytes.split_at(3);
        let fits =
            letters.iter().all(u8::is_ascii_uppercase) && digits.iter().all(u8::is_ascii_digit);
        fits.then_some(ItmoRegistry(bytes))
    }
}

impl fmt::Display for ItmoRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.0).unwrap_or("?????"))
    }
}

impl fmt::Debug for ItmoRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItmoRegistry({self})")
    }
}

/// What serials are counted for: each series from 1, whatever the vintage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItmoSeries {
    /// The cooperative approach.
    pub approach: CooperativeApproach,
    /// The registry that counts.
    pub registry: ItmoRegistry,
    /// The first transferring Party.
    pub party: Party,
}

impl fmt::Display for ItmoSeries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.approach, self.registry, self.party)
    }
}

/// One ITMO. Text form `CA0007-JPN01-MNG-1234-2024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Itmo {
    /// What its serial is counted for.
    pub series: ItmoSeries,
    /// From 1.
    pub serial: u64,
    /// Year in which the mitigation occurred.
    pub vintage: Year,
}

impl fmt::Display for Itmo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.series, self.serial, self.vintage)
    }
}

impl FromStr for Itmo {
    type Err = NotAnId;

    /// As others write it, too: with commas between groups of three digits.
    fn from_str(text: &str) -> Result<Itmo, NotAnId> {
        let error = NotAnId { expected: "an ITMO identifier such as CA0007-JPN01-MNG-1234-2024" };
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(error);
        let approach = next()?.parse().map_err(|_| error)?;
        let registry = ItmoRegistry::new(next()?).ok_or(error)?;
        let party = Party::new(next()?).ok_or(error)?;
        let serial = serial(next()?).ok_or(error)?;
        let vintage = next()?;
        if parts.next().is_some() || vintage.len() != 4 {
            return Err(error);
        }
        let vintage = digits(vintage).and_then(|year| u16::try_from(year).ok());
        let vintage = vintage.and_then(Year::new).ok_or(error)?;
        Ok(Itmo { series: ItmoSeries { approach, registry, party }, serial, vintage })
    }
}

/// A number from 1, without leading zeros, with all its commas or none.
fn serial(text: &str) -> Option<u64> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = !rest.is_empty();
    if (grouped && 3 < first.len()) || rest.iter().any(|group| group.len() != 3) {
        return None;
    }
    if first.is_empty() || first.starts_with('0') {
        return None;
    }
    digits(&[first, &rest.concat()].concat())
}

/// Digits alone: `parse` would take a sign.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

crate::codec::decode_checked!(ItmoRegistry, [u8; 5], |raw| {
    ItmoRegistry::new(str::from_utf8(&raw).ok()?)
});
crate::codec::serialize_as_text!(ItmoRegistry);
crate::codec::serialize_as_text!(ItmoSeries);
crate::codec::serialize_as_text!(Itmo);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_back_from_its_text() {
        for text in ["CA0007-JPN01-MNG-1234-2024", "CA0001-JPN99-EUE-1-2021"] {
            let itmo: Itmo = text.parse().expect("an identifier");
            assert_eq!(itmo.to_string(), text);
        }
        let itmo: Itmo = "CA0007-JPN01-MNG-1234567-2024".parse().expect("an identifier");
        assert_eq!("CA0007-JPN01-MNG-1,234,567-2024".parse(), Ok(itmo));
        assert_eq!(itmo.series.to_string(), "CA0007-JPN01-MNG");
        let largest = format!("CA0007-JPN01-MNG-{}-2024", u64::MAX);
        assert_eq!(largest.parse::<Itmo>().map(|itmo| itmo.serial), Ok(u64::MAX));
    }

    #[test]
    fn what_is_not_an_identifier_is_refused() {
        let bad = [
            "",
            "CA0007-JPN01-MNG-1234",
            "CA0007-JPN01-MNG-1234-2024-1",
            "CA7-JPN01-MNG-1234-2024",
            "CA0007-JPN1-MNG-1234-2024",
            "CA0007-jpn01-MNG-1234-2024",
            "CA0007-JPN01-MN-1234-2024",
            "CA0007-JPN01-MNG-0-2024",
            "CA0007-JPN01-MNG-01-2024",
            "CA0007-JPN01-MNG-+1-2024",
            "CA0007-JPN01-MNG--2024",
            "CA0007-JPN01-MNG-1,23-2024",
            "CA0007-JPN01-MNG-1234,567-2024",
            "CA0007-JPN01-MNG-,123-2024",
            "CA0007-JPN01-MNG-18446744073709551616-2024",
            "CA0007-JPN01-MNG-1-24",
            "CA0007-JPN01-MNG-1-1969",
            "CA0007-JPN01-MNG-1-+024",
        ];
        for text in bad {
            assert!(text.parse::<Itmo>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_registry_is_three_capitals_and_two_digits() {
        assert_eq!(ItmoRegistry::new("JPN01").map(|id| id.to_string()).as_deref(), Some("JPN01"));
        for bad in ["", "JPN1", "JPN001", "jpn01", "JP001", "JPN0A", "日本1"] {
            assert_eq!(ItmoRegistry::new(bad), None, "{bad}");
        }
    }
}

//! Identifiers of Parties, their registries, and internationally transferred
//! mitigation outcomes (decision 6/CMA.4, annex I, para. 5), kept in parts.

use jcm_format::id::CooperativeApproach;
use jcm_format::time::Year;
use std::fmt;
use std::str::FromStr;

/// The text is not an identifier of the kind named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct NotAnIdentifier {
    /// What was expected, with an example.
    pub expected: &'static str,
}

/// A Party, by its ISO 3166-1 alpha-3 code or a code that is reserved, such as `EUE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party([u8; 3]);

impl Party {
    /// Japan.
    pub const JAPAN: Party = Party(*b"JPN");

    /// Three capital letters.
    pub fn new(code: &str) -> Option<Party> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Party(bytes))
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only ASCII gets in.
        f.pad(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Party({self})")
    }
}

impl FromStr for Party {
    type Err = NotAnIdentifier;

    fn from_str(text: &str) -> Result<Party, NotAnIdentifier> {
        Party::new(text)
            .ok_or(NotAnIdentifier { expected: "a Party in three letters, such as JPN" })
    }
}

/// A Party's ITMO registry: the Party and two digits, such as `JPN01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItmoRegistry {
    /// Whose it is.
    pub party: Party,
    /// Its number.
    number: u8,
}

impl ItmoRegistry {
    /// The registry of a Party with a number from 0 to 99.
    pub fn new(party: Party, number: u8) -> Option<ItmoRegistry> {
        (number < 100).then_some(ItmoRegistry { party, number })
    }
}

impl fmt::Display for ItmoRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:02}", self.party, self.number)
    }
}

impl FromStr for ItmoRegistry {
    type Err = NotAnIdentifier;

    fn from_str(text: &str) -> Result<ItmoRegistry, NotAnIdentifier> {
        let error = NotAnIdentifier { expected: "an ITMO registry such as JPN01" };
        let (party, digits) = text.split_at_checked(3).ok_or(error)?;
        let party = Party::new(party).ok_or(error)?;
        let two = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = two.then(|| digits.parse().ok()).flatten().ok_or(error)?;
        ItmoRegistry::new(party, number).ok_or(error)
    }
}

/// What the units of a block have in common, beside their running number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItmoSeries {
    /// The cooperative approach.
    pub approach: CooperativeApproach,
    /// The registry that numbers them.
    pub registry: ItmoRegistry,
    /// The Party that transfers them first.
    pub party: Party,
    /// Calendar year in which the mitigation occurred.
    pub vintage: Year,
}

impl ItmoSeries {
    /// The unique identifier of the unit with the number `serial`.
    pub fn identifier(&self, serial: u64) -> String {
        let ItmoSeries { approach, registry, party, vintage } = self;
        format!("{approach}-{registry}-{party}-{serial}-{}", vintage.get())
    }
}

/// The unique identifier of one unit, `CA0007-JPN01-VNM-1234-2023`. Commas between
/// the digits of the running number are allowed when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItmoIdentifier {
    /// All but the running number.
    pub series: ItmoSeries,
    /// The running number, from 1.
    pub serial: u64,
}

impl FromStr for ItmoIdentifier {
    type Err = NotAnIdentifier;

    fn from_str(text: &str) -> Result<ItmoIdentifier, NotAnIdentifier> {
        let error =
            NotAnIdentifier { expected: "an identifier such as CA0007-JPN01-VNM-1234-2023" };
        let parts: Vec<&str> = text.split('-').collect();
        let [approach, registry, party, serial, vintage] = parts.as_slice() else {
            return Err(error);
        };
        let serial = serial_number(serial).ok_or(error)?;
        let year = (vintage.len() == 4).then(|| vintage.parse().ok()).flatten();
        let vintage = year.and_then(Year::new).ok_or(error)?;
        let approach = approach.parse().map_err(|_| error)?;
        let registry = registry.parse().map_err(|_| error)?;
        let party = party.parse().map_err(|_| error)?;
        let series = ItmoSeries { approach, registry, party, vintage };
        Ok(ItmoIdentifier { series, serial })
    }
}

impl fmt::Display for ItmoIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.series.identifier(self.serial))
    }
}

/// A running number from 1, with commas before each three digits or without any.
pub fn serial_number(text: &str) -> Option<u64> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.iter().all(|group| group.len() == 3)
        && (rest.is_empty() || (1..=3).contains(&first.len()));
    let digits: String = std::iter::once(first).chain(rest).collect();
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let leads = !digits.starts_with('0');
    (grouped && plain && leads).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_in_its_five_parts_and_written_again() {
        let text = "CA0007-JPN01-VNM-1234-2023";
        let read: ItmoIdentifier = text.parse().expect("an identifier");
        assert_eq!(read.serial, 1_234);
        assert_eq!(read.series.party, Party::new("VNM").expect("a code"));
        assert_eq!(read.series.registry.to_string(), "JPN01");
        assert_eq!(read.series.vintage.get(), 2023);
        assert_eq!(read.to_string(), text);
        let commas: ItmoIdentifier = "CA0007-JPN01-VNM-1,234-2023".parse().expect("with commas");
        assert_eq!(commas, read);
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in [
            "",
            "CA0007-JPN01-VNM-1234",
            "CA7-JPN01-VNM-1234-2023",
            "CA0007-JPN1-VNM-1234-2023",
            "CA0007-JPN01-VN-1234-2023",
            "CA0007-JPN01-vnm-1234-2023",
            "CA0007-JPN01-VNM-0-2023",
            "CA0007-JPN01-VNM-12,34-2023",
            "CA0007-JPN01-VNM-1,234,-2023",
            "CA0007-JPN01-VNM-01-2023",
            "CA0007-JPN01-VNM-1234-23",
            "CA0007-JPN01-VNM-1234-2023-1",
            "CA0007-JPN01-VNM-99999999999999999999-2023",
        ] {
            assert!(text.parse::<ItmoIdentifier>().is_err(), "{text}");
        }
        assert!("日本".parse::<ItmoRegistry>().is_err());
    }

    #[test]
    fn running_numbers_may_be_grouped_by_three() {
        assert_eq!(serial_number("1"), Some(1));
        assert_eq!(serial_number("1,234,567"), Some(1_234_567));
        for text in ["1234,567", "1,23", "", ",123", "1,,234", "1 234", "0"] {
            assert_eq!(serial_number(text), None, "{text}");
        }
    }
}

//! Identifiers, each its own type, each with one text form.

use bincode::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

/// The text is not an identifier of the kind named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct NotAnId {
    /// What was expected, with an example.
    pub expected: &'static str,
}

/// A caller's own id of a command: 16 bytes, 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct CommandId([u8; CommandId::LEN]);

impl CommandId {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Takes over 16 bytes.
    pub const fn from_bytes(bytes: [u8; CommandId::LEN]) -> CommandId {
        CommandId(bytes)
    }

    /// Reads an id from a slice of exactly 16 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<CommandId> {
        bytes.try_into().ok().map(CommandId)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; CommandId::LEN] {
        &self.0
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::hash::to_hex(&self.0))
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommandId({self})")
    }
}

impl FromStr for CommandId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<CommandId, NotAnId> {
        let expected = "a command id of 32 lowercase hexadecimal digits";
        crate::hash::from_hex(text).map(CommandId).map_err(|_| NotAnId { expected })
    }
}

/// Position of an entry in the log, from 0. Applications, payments, consents
/// and issuances are known by the entry that recorded them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, serde::Serialize,
)]
pub struct EntryIndex(u64);

impl EntryIndex {
    /// The genesis entry.
    pub const GENESIS: EntryIndex = EntryIndex(0);

    /// The entry at `index`.
    pub const fn new(index: u64) -> EntryIndex {
        EntryIndex(index)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for EntryIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Number of an account.
///
/// Text form `JP-0001001-05`: seven digits and two check digits (ISO 7064
/// MOD 97-10), so that a slip of the pen names no other account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct AccountNumber(u32);

impl AccountNumber {
    /// The largest number of seven digits.
    pub const MAX: u32 = 9_999_999;

    /// A number from 1 to 9,999,999.
    pub fn new(number: u32) -> Option<AccountNumber> {
        (1..=AccountNumber::MAX).contains(&number).then_some(AccountNumber(number))
    }

    /// The number without its check digits.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The account numbered next.
    pub fn next(self) -> Option<AccountNumber> {
        AccountNumber::new(self.0 + 1)
    }

    fn check_digits(self) -> u32 {
        98 - (self.0 * 100) % 97
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("JP-{:07}-{:02}", self.0, self.check_digits()))
    }
}

impl FromStr for AccountNumber {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<AccountNumber, NotAnId> {
        let expected = "an account number with its check digits, such as JP-0001001-05";
        let error = NotAnId { expected };
        let digits = text.get(3..10).ok_or(error)?;
        let account = digits.parse().ok().and_then(AccountNumber::new).ok_or(error)?;
        if account.to_string() == text { Ok(account) } else { Err(error) }
    }
}

/// Number of a block: the units of one issuance and one vintage, numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, serde::Serialize)]
pub struct BlockNumber(u32);

impl BlockNumber {
    /// A number from 1.
    pub fn new(number: u32) -> Option<BlockNumber> {
        (number >= 1).then_some(BlockNumber(number))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The block numbered next.
    pub fn next(self) -> Option<BlockNumber> {
        self.0.checked_add(1).map(BlockNumber)
    }
}

impl fmt::Display for BlockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A country by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Country([u8; 2]);

impl Country {
    /// Two capital letters. Whether the country is a partner is rule data.
    pub fn new(code: &str) -> Option<Country> {
        let bytes: [u8; 2] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Country(bytes))
    }

    /// The two letters, in ASCII.
    pub const fn letters(self) -> [u8; 2] {
        self.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.0).unwrap_or("??"))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

/// Reference of a project: the partner country's code and 1 to 14 of
/// `A-Z 0-9 -`, such as `MN003`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct ProjectRef(String);

impl ProjectRef {
    /// A reference that meets the rules of the type.
    pub fn new(reference: &str) -> Option<ProjectRef> {
        let (country, rest) = reference.split_at_checked(2)?;
        Country::new(country)?;
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        let fits = (1..=14).contains(&rest.len()) && rest.bytes().all(allowed);
        fits.then(|| ProjectRef(reference.to_owned()))
    }

    /// The partner country that the reference begins with.
    pub fn country(&self) -> Country {
        let bytes = self.0.as_bytes();
        Country([bytes[0], bytes[1]])
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ProjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProjectRef({self})")
    }
}

/// Identifier of a cooperative approach: `CA` and four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct CooperativeApproach(u16);

impl CooperativeApproach {
    /// A number from 0 to 9999.
    pub fn new(number: u16) -> Option<CooperativeApproach> {
        (number <= 9_999).then_some(CooperativeApproach(number))
    }
}

impl fmt::Display for CooperativeApproach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CA{:04}", self.0)
    }
}

impl FromStr for CooperativeApproach {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<CooperativeApproach, NotAnId> {
        let error = NotAnId { expected: "a cooperative approach such as CA0007" };
        let number = text.strip_prefix("CA").and_then(|digits| digits.parse().ok());
        let approach = number.and_then(CooperativeApproach::new).ok_or(error)?;
        if approach.to_string() == text { Ok(approach) } else { Err(error) }
    }
}

/// A corporate number (法人番号): 13 digits, the first a check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct CorporateNumber(u64);

impl CorporateNumber {
    /// A number whose check digit is right.
    pub fn new(number: u64) -> Option<CorporateNumber> {
        let (check, base) = (number / 1_000_000_000_000, number % 1_000_000_000_000);
        // 9 - (sum of digit * weight) mod 9, weights 1, 2, 1, 2 ... from the last.
        let mut rest = base;
        let mut sum = 0;
        for position in 0..12 {
            sum += rest % 10 * (1 + position % 2);
            rest /= 10;
        }
        (check == 9 - sum % 9).then_some(CorporateNumber(number))
    }
}

impl fmt::Display for CorporateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:013}", self.0))
    }
}

impl FromStr for CorporateNumber {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<CorporateNumber, NotAnId> {
        let error =
            NotAnId { expected: "a corporate number of 13 digits with a valid check digit" };
        let number = text.parse().ok().and_then(CorporateNumber::new).ok_or(error)?;
        if number.to_string() == text { Ok(number) } else { Err(error) }
    }
}

crate::codec::decode_checked!(AccountNumber, u32, AccountNumber::new);
crate::codec::decode_checked!(BlockNumber, u32, BlockNumber::new);
crate::codec::decode_checked!(Country, [u8; 2], |raw| Country::new(str::from_utf8(&raw).ok()?));
crate::codec::decode_checked!(ProjectRef, String, |raw| ProjectRef::new(&raw));
crate::codec::decode_checked!(CooperativeApproach, u16, CooperativeApproach::new);
crate::codec::decode_checked!(CorporateNumber, u64, CorporateNumber::new);
crate::codec::serialize_as_text!(CommandId);
crate::codec::serialize_as_text!(AccountNumber);
crate::codec::serialize_as_text!(Country);
crate::codec::serialize_as_text!(ProjectRef);
crate::codec::serialize_as_text!(CooperativeApproach);
crate::codec::serialize_as_text!(CorporateNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_or_a_swap_names_no_other_account() {
        let account = AccountNumber::new(1_001).expect("in range");
        let text = account.to_string();
        assert_eq!(text.parse(), Ok(account));
        let bytes = text.as_bytes();
        for position in 3..10 {
            for digit in b'0'..=b'9' {
                let mut wrong = bytes.to_vec();
                wrong[position] = digit;
                let wrong = String::from_utf8(wrong).expect("ascii");
                assert_eq!(wrong.parse::<AccountNumber>().is_ok(), wrong == text, "{wrong}");
            }
            let mut swapped = bytes.to_vec();
            swapped.swap(position, position + 1);
            let swapped = String::from_utf8(swapped).expect("ascii");
            assert_eq!(swapped.parse::<AccountNumber>().is_ok(), swapped == text, "{swapped}");
        }
    }

    #[test]
    fn a_corporate_number_needs_its_check_digit() {
        // The example of the National Tax Agency's own explanation of the digit.
        assert!("8700110005901".parse::<CorporateNumber>().is_ok());
        for check in 0..=9 {
            let text = format!("{check}700110005901");
            assert_eq!(text.parse::<CorporateNumber>().is_ok(), check == 8, "{text}");
        }
        assert!("700110005901".parse::<CorporateNumber>().is_err());
    }

    #[test]
    fn a_project_belongs_to_the_country_it_begins_with() {
        let project = ProjectRef::new("MN003").expect("a reference");
        assert_eq!(project.country(), Country::new("MN").expect("a country"));
        for bad in ["", "MN", "mn003", "M1003", "MN 03", "MN0030030030030030", "日本1"] {
            assert_eq!(ProjectRef::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_cooperative_approach_has_four_digits() {
        assert!("CA0007".parse::<CooperativeApproach>().is_ok());
        for bad in ["CA7", "CA10000", "ca0007", "CA+007", ""] {
            assert!(bad.parse::<CooperativeApproach>().is_err(), "{bad}");
        }
    }
}

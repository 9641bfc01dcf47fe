//! From words on the command line to the format's types.

use crate::amount;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Person, Role};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, Country, ProjectRef};
use jcm_format::text::{Name, Text};
use jcm_format::time::Year;

/// An account: with check digits, or the bare number.
pub fn account(text: &str) -> Result<AccountNumber, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = text.parse().ok().and_then(AccountNumber::new);
        return number.ok_or_else(|| format!("{text} is not an account number"));
    }
    text.parse().map_err(|error| format!("{error}"))
}

/// An account to which something is going to be sent: with check digits only, so
/// that a slip of the finger names no other account.
pub fn checked_account(text: &str) -> Result<AccountNumber, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// An amount of money.
pub fn yen(text: &str) -> Result<Yen, String> {
    amount::parse(text).map(Yen::new)
}

/// A quantity.
pub fn tonnes(text: &str) -> Result<Tonnes, String> {
    amount::parse(text).map(Tonnes::new)
}

/// A calendar year.
pub fn year(text: &str) -> Result<Year, String> {
    let year = text.parse().ok().and_then(Year::new);
    year.ok_or_else(|| format!("{text} is not a year between 1970 and 9999"))
}

/// Two years, `2021-2030`, or one.
pub fn years(text: &str) -> Result<(Year, Year), String> {
    match text.split_once('-') {
        Some((first, last)) => Ok((year(first)?, year(last)?)),
        None => year(text).map(|year| (year, year)),
    }
}

/// A country code.
pub fn country(text: &str) -> Result<Country, String> {
    Country::new(text).ok_or_else(|| format!("{text} is not a country code such as MN"))
}

/// A project's reference.
pub fn project(text: &str) -> Result<ProjectRef, String> {
    ProjectRef::new(text).ok_or_else(|| format!("{text} is not a project reference such as MN003"))
}

/// A stable name.
pub fn name(text: &str) -> Result<Name, String> {
    Name::new(text).ok_or_else(|| format!("{text} is not a name of 1 to 64 of A-Z a-z 0-9 - . _ /"))
}

/// Text that people read.
pub fn text(text: &str) -> Result<Text, String> {
    Text::new(text).ok_or_else(|| {
        "text has 1 to 512 bytes, without control characters or space at either end".to_owned()
    })
}

/// A person: `JP:<corporate number>` or `<country>:<number>`.
pub fn person(text: &str) -> Result<Person, String> {
    let expected = || format!("{text} is not a person such as JP:8700110005901 or MN:1234567");
    let (country, number) = text.split_once(':').ok_or_else(expected)?;
    if country == "JP" {
        return number.parse().map(Person::Corporation).map_err(|error| format!("{error}"));
    }
    let country = Country::new(country).ok_or_else(expected)?;
    let number = Name::new(number).ok_or_else(expected)?;
    Ok(Person::ForeignCorporation { country, number })
}

/// A role: `operator:op-07`, `account:JP-0001001-05` and so on.
pub fn role(text: &str) -> Result<Role, String> {
    let expected = || {
        format!(
            "{text} is not a role: authority:NAME, operator:NAME, partner:COUNTRY, account:NUMBER or auditor:NAME"
        )
    };
    let (kind, who) = text.split_once(':').ok_or_else(expected)?;
    match kind {
        "authority" => name(who).map(Role::Authority),
        "operator" => name(who).map(Role::Operator),
        "partner" => country(who).map(Role::Partner),
        "account" => account(who).map(Role::Account),
        "auditor" => name(who).map(Role::Auditor),
        _ => Err(expected()),
    }
}

/// The digest of a document: of the file at this path, or `sha256:<hex>`.
pub fn document(text: &str) -> Result<Digest, String> {
    if let Some(hex) = text.strip_prefix("sha256:") {
        return hex.parse().map_err(|error| format!("{error}"));
    }
    let bytes = std::fs::read(text).map_err(|error| format!("cannot read {text}: {error}"))?;
    Ok(Digest::of(&[&bytes]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_needs_its_check_digits() {
        assert_eq!(account("1001"), checked_account("JP-0001001-05"));
        assert!(checked_account("1001").is_err());
        assert!(account("JP-0001001-06").is_err());
        assert!(account("0").is_err());
    }

    #[test]
    fn roles_are_read_as_they_are_written() {
        for text in ["authority:a-1", "operator:op-07", "partner:MN", "auditor:x"] {
            assert_eq!(role(text).map(|role| role.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(role("account:1001"), role("account:JP-0001001-05"));
        for bad in ["operator", "operator:", "partner:mn", "king:me", ""] {
            assert!(role(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn persons_and_years_are_read() {
        assert!(person("JP:8700110005901").is_ok());
        assert!(person("JP:8700110005902").is_err());
        assert!(person("MN:12-34").is_ok());
        assert_eq!(years("2021"), years("2021-2021"));
        assert!(years("2021-").is_err());
    }
}

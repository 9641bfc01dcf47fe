//! From words on the command line to the format's types.

use crate::amount;
use jcm_client::KeyName;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Control, EntityRef, PaymentId, Person, Power, RefusalGround, Representative, Role,
};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, Country, EntryIndex, ProjectRef};
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

/// A key to sign with. No name is a mistake, not the file without a name.
pub fn key_name(text: &str) -> Result<KeyName, String> {
    match text {
        "" | "agent:" => Err("no key is named".to_owned()),
        _ => text.parse().map_err(|never| match never {}),
    }
}

/// The number of an entry, a block or whatever else is counted.
pub fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{text} is not a whole number such as 42, or is too large"))
}

/// How long a command stays valid; the registry takes none that is for longer than a day.
pub fn minutes(text: &str) -> Result<u64, String> {
    let minutes = text.parse().ok().filter(|minutes| (1..=1_440).contains(minutes));
    minutes.ok_or_else(|| format!("{text} is not a number of minutes from 1 to 1440"))
}

/// An amount of money.
pub fn yen(text: &str) -> Result<Yen, String> {
    amount::parse(text).map(Yen::new)
}

/// A quantity.
pub fn tonnes(text: &str) -> Result<Tonnes, String> {
    amount::parse(text).map(Tonnes::new)
}

/// A limit of a mandate. On the wire 0 is no limit, so that it must not be given.
pub fn limit(text: &str) -> Result<Tonnes, String> {
    match tonnes(text)? {
        Tonnes::ZERO => Err("0 is not a limit; freeze the account instead".to_owned()),
        limit => Ok(limit),
    }
}

/// How many must sign.
pub fn control(text: &str) -> Result<Control, String> {
    match text {
        "single" => Ok(Control::Single),
        "dual" => Ok(Control::Dual),
        _ => Err(format!("{text} is neither single nor dual")),
    }
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

/// A person: `JP:<corporate number>`, `<country>:<number>`, or an individual's
/// commitment, `individual:<hex>` or the bare digits.
pub fn person(text: &str) -> Result<Person, String> {
    let expected = || {
        format!(
            "{text} is not a person such as JP:8700110005901, MN:1234567 or individual:<64 hexadecimal digits>"
        )
    };
    if let Ok(commitment) = commitment(text.strip_prefix("individual:").unwrap_or(text)) {
        return Ok(Person::Individual(commitment));
    }
    let (country, number) = text.split_once(':').ok_or_else(expected)?;
    if country == "JP" {
        return number.parse().map(Person::Corporation).map_err(|error| format!("{error}"));
    }
    let country = Country::new(country).ok_or_else(expected)?;
    let number = Name::new(number).ok_or_else(expected)?;
    Ok(Person::ForeignCorporation { country, number })
}

/// A corporation as an authorisation names it: `<country>:<number>`.
pub fn entity(text: &str) -> Result<EntityRef, String> {
    let entity = text.split_once(':').and_then(|(country, number)| {
        Some(EntityRef { country: Country::new(country)?, number: Name::new(number)? })
    });
    entity.ok_or_else(|| format!("{text} is not an entity such as JP:8700110005901"))
}

/// A role: `operator:op-07`, `account:JP-0001001-05` and so on.
pub fn role(text: &str) -> Result<Role, String> {
    let expected = || {
        format!(
            "{text} is not a role: authority:NAME, operator:NAME, partner:COUNTRY, account:NUMBER, auditor:NAME or representative:NUMBER:NAME:POWER"
        )
    };
    let (kind, who) = text.split_once(':').ok_or_else(expected)?;
    match kind {
        "authority" => name(who).map(Role::Authority),
        "operator" => name(who).map(Role::Operator),
        "partner" => country(who).map(Role::Partner),
        "account" => account(who).map(Role::Account),
        "auditor" => name(who).map(Role::Auditor),
        "representative" => representative(who).map(Role::Representative),
        _ => Err(expected()),
    }
}

/// A representative: `JP-0001001-05:tanaka:initiate`.
fn representative(text: &str) -> Result<Representative, String> {
    let mut parts = text.split(':');
    let (Some(of), Some(person), Some(power), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(format!("{text} is not a representative such as JP-0001001-05:tanaka:full"));
    };
    let powers = [Power::Full, Power::Initiate, Power::Approve, Power::Read];
    let power = powers.into_iter().find(|known| known.to_string() == power);
    let power = power
        .ok_or_else(|| format!("{text}: the power is one of full, initiate, approve and read"))?;
    Ok(Representative { account: account(of)?, person: name(person)?, power })
}

/// A payment: the entry that recorded it, and behind a slash its line in an
/// imported statement.
pub fn payment(text: &str) -> Result<PaymentId, String> {
    let expected = || format!("{text} is not a payment such as 41, or 41/7 for a statement's line");
    let (entry, line) = match text.split_once('/') {
        Some((entry, line)) => (entry, line.parse().ok().filter(|line| *line != 0)),
        None => (text, Some(0)),
    };
    let entry = EntryIndex::new(entry.parse().map_err(|_| expected())?);
    Ok(PaymentId { entry, line: line.ok_or_else(expected)? })
}

/// A commitment to private data.
pub fn commitment(text: &str) -> Result<Digest, String> {
    text.parse().map_err(|_| format!("{text} is not a commitment of 64 hexadecimal digits"))
}

/// Grounds of a refusal, by number and word (registry ordinance, art. 7(1)).
pub const REFUSAL_GROUNDS: [(&str, &str, RefusalGround); 6] = [
    ("1", "restriction", RefusalGround::Restriction),
    ("2", "evident-error", RefusalGround::EvidentError),
    ("3", "irregularity", RefusalGround::Irregularity),
    ("4", "violation", RefusalGround::Violation),
    ("5", "falsehood", RefusalGround::Falsehood),
    ("6", "procedure", RefusalGround::Procedure),
];

/// The ground of a refusal, by its number in the ordinance or by its word.
pub fn refusal_ground(text: &str) -> Result<RefusalGround, String> {
    let found = REFUSAL_GROUNDS.iter().find(|(number, word, _)| *number == text || *word == text);
    found.map(|(_, _, ground)| *ground).ok_or_else(|| {
        let all: Vec<_> =
            REFUSAL_GROUNDS.iter().map(|(number, word, _)| format!("{number} {word}")).collect();
        format!("{text} is not a ground; give a number or its word: {}", all.join(", "))
    })
}

/// One unit, by its place or by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitArg {
    /// Block and number in the block.
    Place(BlockNumber, u64),
    /// The identification number, as the registry writes it.
    Identification(String),
}

/// One unit: `7:42`, or an identification number.
pub fn unit(text: &str) -> Result<UnitArg, String> {
    if let Some((block, unit)) = text.split_once(':')
        && let (Ok(block), Ok(unit)) = (block.parse(), unit.parse())
        && let Some(block) = BlockNumber::new(block)
        && unit != 0
    {
        return Ok(UnitArg::Place(block, unit));
    }
    let looks_named = text.is_ascii() && text.contains('-') && !text.contains(char::is_whitespace);
    match looks_named {
        true => Ok(UnitArg::Identification(text.to_owned())),
        false => Err(format!(
            "{text} is not a unit such as 7:42, or an identification number such as JP-MN003-2023-7-42"
        )),
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
    fn numbers_and_minutes_are_whole() {
        assert_eq!((number("42"), number("7")), (Ok(42_u64), Ok(7_u32)));
        assert_eq!((minutes("1"), minutes("1440")), (Ok(1), Ok(1_440)));
        for bad in ["", "abc", "-1", "1.5", "1,234"] {
            assert!(number::<u64>(bad).is_err_and(|error| error.contains("such as 42")), "{bad}");
        }
        assert!(number::<u32>("4294967296").is_err());
        for bad in ["0", "1441", "an hour"] {
            assert!(minutes(bad).is_err_and(|error| error.contains("from 1 to 1440")), "{bad}");
        }
    }

    #[test]
    fn roles_are_read_as_they_are_written() {
        for text in ["authority:a-1", "operator:op-07", "partner:MN", "auditor:x"] {
            assert_eq!(role(text).map(|role| role.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(role("account:1001"), role("account:JP-0001001-05"));
        for power in ["full", "initiate", "approve", "read"] {
            let text = format!("representative:JP-0001001-05:tanaka:{power}");
            assert_eq!(role(&text).map(|role| role.to_string()), Ok(text.clone()));
        }
        for bad in ["1001:tanaka", "1001:tanaka:king", "1001::full", "0:a:full", "1001:a:full:b"] {
            assert!(role(&format!("representative:{bad}")).is_err(), "{bad}");
        }
        for bad in ["operator", "operator:", "partner:mn", "king:me", ""] {
            assert!(role(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn payments_are_entries_or_lines_of_statements() {
        for text in ["41", "41/7", "0", "41/1000"] {
            assert_eq!(payment(text).map(|payment| payment.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "41/", "41/0", "/7", "a", "41/7/1", "41/70000", "-1", "41 / 7"] {
            assert!(payment(bad).is_err_and(|error| error.contains("such as 41")), "{bad}");
        }
    }

    #[test]
    fn grounds_are_known_by_number_and_by_word() {
        for (number, word, ground) in REFUSAL_GROUNDS {
            assert_eq!(refusal_ground(number), Ok(ground));
            assert_eq!(refusal_ground(word), Ok(ground));
        }
        let error = refusal_ground("7").expect_err("there are six");
        assert!(error.contains("5 falsehood"), "{error}");
    }

    #[test]
    fn units_are_known_by_place_and_by_name() {
        let block = BlockNumber::new(7).expect("from 1");
        assert_eq!(unit("7:42"), Ok(UnitArg::Place(block, 42)));
        let name = "JP-MN003-2023-7-42";
        assert_eq!(unit(name), Ok(UnitArg::Identification(name.to_owned())));
        for bad in ["", "7", "7:0", "0:1", "7:1 2", "七:四"] {
            assert!(unit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_individual_is_a_commitment() {
        let hex = "ab".repeat(32);
        let individual = Person::Individual(hex.parse().expect("a digest"));
        assert_eq!(person(&hex), Ok(individual.clone()));
        assert_eq!(person(&format!("individual:{hex}")), Ok(individual));
        assert!(person("individual:12").is_err());
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

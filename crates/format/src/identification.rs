//! How identification numbers of units (識別番号) are written: a template that the
//! rules name, and the way back from a number to the unit.
//!
//! A template is 1 to 64 of `A-Z a-z 0-9 - . / _ :`, which stand for themselves,
//! and the placeholders
//!
//! | placeholder | printed as |
//! | --- | --- |
//! | `{block}` | number of the block, once in every template |
//! | `{unit}` | number of the unit in its block, once in every template |
//! | `{project}` | reference of the project, such as `MN003` |
//! | `{country}` | the project's country, such as `MN` |
//! | `{vintage}` | calendar year, such as `2021` |
//!
//! The last three may be absent and occur once at most. `{block:6}`, `{unit:9}`
//! and `{vintage:5}` fill the number with zeros to so many digits, 1 to 15.
//!
//! Two rules keep every number readable although a reference may itself hold
//! digits and hyphens:
//!
//! 1. between two placeholders stands at least one character that is neither
//!    letter nor digit;
//! 2. no digit stands directly before or after `{block}`, `{unit}` or `{vintage}`.
//!
//! By rule 2 a number is the whole run of digits at its place, read from either
//! side, and a country always has two letters. So everything before `{project}`
//! is read from the left, everything after it from the right, and what is left
//! over is the reference. Without `{project}` all is read from the left. At each
//! step there is one way to go on, so no text is two units' number.

use crate::id::{BlockNumber, Country, NotAnId, ProjectRef};
use crate::limits::{IDENTIFICATION_BYTES_MAX, IDENTIFICATION_DIGITS_MAX, TONNES_MAX};
use crate::serial::SerialRange;
use crate::time::Year;
use bincode::Encode;
use std::fmt;

/// How identification numbers are written, such as
/// `JP-{project}-{vintage}-{block}-{unit}`.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentificationFormat {
    text: String,
    parts: Vec<Part>,
}

/// What an identification number is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitName {
    /// The project.
    pub project: ProjectRef,
    /// Calendar year in which the reductions occurred.
    pub vintage: Year,
    /// The block.
    pub block: BlockNumber,
    /// The unit's number in its block, from 1.
    pub unit: u64,
}

/// What an identification number says: the unit, and what else the template
/// shows, which the reader is to compare with the record of the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedUnit {
    /// The block.
    pub block: BlockNumber,
    /// The unit's number in its block, from 1.
    pub unit: u64,
    /// The project, if the template shows it.
    pub project: Option<ProjectRef>,
    /// The project's country, if the template shows it.
    pub country: Option<Country>,
    /// The vintage, if the template shows it.
    pub vintage: Option<Year>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Project,
    Country,
    Number(Number, usize),
}

/// A number that a template shows; beside it, its least count of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Vintage,
    Block,
    Unit,
}

impl IdentificationFormat {
    /// A template that meets the rules of the type.
    pub fn new(template: &str) -> Option<IdentificationFormat> {
        if !(1..=IDENTIFICATION_BYTES_MAX).contains(&template.len()) {
            return None;
        }
        let parts = split(template)?;
        let count = |wanted: &dyn Fn(&Part) -> bool| parts.iter().filter(|p| wanted(p)).count();
        let numbers = |number: Number| count(&|p| matches!(p, Part::Number(n, _) if *n == number));
        let each_once = numbers(Number::Block) == 1
            && numbers(Number::Unit) == 1
            && numbers(Number::Vintage) <= 1
            && count(&|part| *part == Part::Project) <= 1
            && count(&|part| *part == Part::Country) <= 1;
        (each_once && are_apart(&parts))
            .then(|| IdentificationFormat { text: template.to_owned(), parts })
    }

    /// The template.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The identification number of a unit.
    pub fn print(&self, unit: &UnitName) -> String {
        let pieces = self.parts.iter().map(|part| match part {
            Part::Literal(literal) => literal.clone(),
            Part::Project => unit.project.to_string(),
            Part::Country => unit.project.country().to_string(),
            Part::Number(number, digits) => {
                let value = match number {
                    Number::Vintage => unit.vintage.get().into(),
                    Number::Block => unit.block.get().into(),
                    Number::Unit => unit.unit,
                };
                format!("{value:0digits$}")
            }
        });
        pieces.collect()
    }

    /// The identification numbers of the first and the last unit of a range, with
    /// ` - ` between them, which no number holds.
    pub fn print_range(&self, project: &ProjectRef, vintage: Year, range: SerialRange) -> String {
        let name = |unit| {
            self.print(&UnitName { project: project.clone(), vintage, block: range.block(), unit })
        };
        format!("{} - {}", name(range.first()), name(range.last()))
    }

    /// The unit that an identification number names, if it is one in this form.
    ///
    /// Whether there is such a unit, and whether its project and vintage are the
    /// ones shown, only the record can tell.
    pub fn parse(&self, text: &str) -> Result<ParsedUnit, NotAnId> {
        self.read(text).ok_or(NotAnId {
            expected: "an identification number in the form that the rules in force give",
        })
    }

    fn read(&self, text: &str) -> Option<ParsedUnit> {
        let mut found = Found::default();
        let project = self.parts.iter().position(|part| *part == Part::Project);
        let (before, after) = self.parts.split_at(project.unwrap_or(self.parts.len()));
        let mut rest = text;
        for part in before {
            rest = found.take(part, rest, Side::Left)?;
        }
        // What stands after the reference, from the last part to the first.
        for part in after.iter().skip(1).rev() {
            rest = found.take(part, rest, Side::Right)?;
        }
        let project = match project {
            Some(_) => Some(ProjectRef::new(rest)?),
            None if rest.is_empty() => None,
            None => return None,
        };
        if let (Some(project), Some(country)) = (&project, found.country)
            && project.country() != country
        {
            return None;
        }
        let Found { vintage, block, unit, country } = found;
        Some(ParsedUnit { block: block?, unit: unit?, project, country, vintage })
    }
}

impl Default for IdentificationFormat {
    /// What is in use until other rules are adopted.
    fn default() -> IdentificationFormat {
        let hyphen = || Part::Literal("-".to_owned());
        IdentificationFormat {
            text: "JP-{project}-{vintage}-{block}-{unit}".to_owned(),
            parts: vec![
                Part::Literal("JP-".to_owned()),
                Part::Project,
                hyphen(),
                Part::Number(Number::Vintage, 1),
                hyphen(),
                Part::Number(Number::Block, 1),
                hyphen(),
                Part::Number(Number::Unit, 1),
            ],
        }
    }
}

/// From which end of the text a part is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// What was read so far.
#[derive(Default)]
struct Found {
    vintage: Option<Year>,
    block: Option<BlockNumber>,
    unit: Option<u64>,
    country: Option<Country>,
}

impl Found {
    /// Takes `part` from one end of `text` and returns the rest.
    fn take<'a>(&mut self, part: &Part, text: &'a str, side: Side) -> Option<&'a str> {
        let cut = |length: usize| match side {
            Side::Left => text.split_at_checked(length),
            Side::Right => {
                let (rest, piece) = text.split_at_checked(text.len().checked_sub(length)?)?;
                Some((piece, rest))
            }
        };
        match part {
            Part::Literal(literal) => {
                let (piece, rest) = cut(literal.len())?;
                (piece == literal).then_some(rest)
            }
            Part::Country => {
                let (piece, rest) = cut(2)?;
                self.country = Some(Country::new(piece)?);
                Some(rest)
            }
            Part::Number(number, digits) => {
                let is_digit = |byte: &u8| byte.is_ascii_digit();
                let run = match side {
                    Side::Left => text.bytes().take_while(is_digit).count(),
                    Side::Right => text.bytes().rev().take_while(is_digit).count(),
                };
                let (piece, rest) = cut(run)?;
                self.number(*number, *digits, piece)?;
                Some(rest)
            }
            // Not taken but left over.
            Part::Project => None,
        }
    }

    fn number(&mut self, number: Number, digits: usize, piece: &str) -> Option<()> {
        let value: u64 = piece.parse().ok()?;
        // One number, one spelling.
        if format!("{value:0digits$}") != piece {
            return None;
        }
        match number {
            Number::Vintage => {
                self.vintage = Some(u16::try_from(value).ok().and_then(Year::new)?);
            }
            Number::Block => {
                self.block = Some(u32::try_from(value).ok().and_then(BlockNumber::new)?);
            }
            Number::Unit => self.unit = Some(value).filter(|n| (1..=TONNES_MAX).contains(n)),
        }
        Some(())
    }
}

/// The parts of a template, whatever stands beside what.
fn split(template: &str) -> Option<Vec<Part>> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-./_:".contains(&byte);
    let mut parts = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (literal, placeholder) =
            rest.split_once('{').map_or((rest, None), |(a, b)| (a, Some(b)));
        if !literal.bytes().all(allowed) {
            return None;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        let Some(placeholder) = placeholder else { break };
        let (name, after) = placeholder.split_once('}')?;
        parts.push(part(name)?);
        rest = after;
    }
    Some(parts)
}

/// The placeholder that stands between two braces.
fn part(name: &str) -> Option<Part> {
    match name {
        "project" => return Some(Part::Project),
        "country" => return Some(Part::Country),
        _ => (),
    }
    let (name, digits) = match name.split_once(':') {
        None => (name, 1),
        Some((name, digits)) => {
            let count: usize = digits.parse().ok()?;
            let fits = (1..=IDENTIFICATION_DIGITS_MAX).contains(&count);
            // One template, one spelling.
            (name, (fits && count.to_string() == digits).then_some(count)?)
        }
    };
    let number = match name {
        "vintage" => Number::Vintage,
        "block" => Number::Block,
        "unit" => Number::Unit,
        _ => return None,
    };
    Some(Part::Number(number, digits))
}

/// Rules 1 and 2 of the module's documentation.
fn are_apart(parts: &[Part]) -> bool {
    parts.windows(2).enumerate().all(|(at, pair)| match pair {
        [Part::Literal(literal), next] => {
            let between = 0 < at;
            let parted = literal.bytes().any(|byte| !byte.is_ascii_alphanumeric());
            let touches = literal.ends_with(|c: char| c.is_ascii_digit());
            (parted || !between) && !(touches && matches!(next, Part::Number(..)))
        }
        [Part::Number(..), Part::Literal(literal)] => {
            !literal.starts_with(|c: char| c.is_ascii_digit())
        }
        [_, Part::Literal(_)] => true,
        // Two placeholders without anything between them.
        _ => false,
    })
}

impl fmt::Display for IdentificationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for IdentificationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentificationFormat({:?})", self.text)
    }
}

impl Encode for IdentificationFormat {
    fn encode<E: bincode::enc::Encoder>(
        &self,
        encoder: &mut E,
    ) -> Result<(), bincode::error::EncodeError> {
        self.text.encode(encoder)
    }
}

crate::codec::decode_checked!(IdentificationFormat, String, |text| {
    IdentificationFormat::new(&text)
});
crate::codec::serialize_as_text!(IdentificationFormat);

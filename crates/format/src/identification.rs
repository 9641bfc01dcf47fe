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

#[cfg(test)]
mod tests {
    use super::*;

    fn format(template: &str) -> IdentificationFormat {
        IdentificationFormat::new(template).unwrap_or_else(|| panic!("refused: {template}"))
    }

    fn unit(project: &str, vintage: u16, block: u32, unit: u64) -> UnitName {
        UnitName {
            project: ProjectRef::new(project).expect("a reference"),
            vintage: Year::new(vintage).expect("a year"),
            block: BlockNumber::new(block).expect("a number"),
            unit,
        }
    }

    #[test]
    fn the_default_is_a_template_like_any_other() {
        let default = IdentificationFormat::default();
        assert_eq!(default.as_str(), "JP-{project}-{vintage}-{block}-{unit}");
        assert_eq!(default, format(default.as_str()));
        assert_eq!(default.print(&unit("MN003", 2021, 7, 500)), "JP-MN003-2021-7-500");
        let range = "7:1-500".parse().expect("a range");
        let project = ProjectRef::new("MN003").expect("a reference");
        let year = Year::new(2021).expect("a year");
        let printed = default.print_range(&project, year, range);
        assert_eq!(printed, "JP-MN003-2021-7-1 - JP-MN003-2021-7-500");
    }

    #[test]
    fn zeros_fill_a_number_and_never_cut_it() {
        let padded = format("{country}.{block:3}:{unit:9}/{vintage:15}");
        let printed = padded.print(&unit("MN003", 2021, 7, 500));
        assert_eq!(printed, "MN.007:000000500/000000000002021");
        let read = padded.parse(&printed).expect("a number");
        assert_eq!((read.project, read.country), (None, Country::new("MN")));
        assert_eq!((read.block.get(), read.unit), (7, 500));
        assert_eq!(read.vintage, Year::new(2021));
        assert_eq!(
            padded.print(&unit("MN003", 2021, 12_345, 1)),
            "MN.12345:000000001/000000000002021"
        );
        for bad in [
            "MN.07:000000500/000000000002021",
            "MN.0007:000000500/000000000002021",
            "MN.007:500/000000000002021",
            "MN.007:000000500/2021",
        ] {
            assert!(padded.parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reference_that_looks_like_the_rest_is_told_from_it() {
        let default = IdentificationFormat::default();
        let middle = format("{block}-{project}-{unit}");
        for project in ["MN-2021-7", "MN-2021-7-", "MN-", "MN0", "MN--5-5-5"] {
            let unit = unit(project, 2021, 7, 5);
            for format in [&default, &middle] {
                let read = format.parse(&format.print(&unit)).expect("a number");
                assert_eq!((read.block, read.unit), (unit.block, unit.unit), "{project}");
                assert_eq!(read.project.as_ref(), Some(&unit.project));
            }
        }
    }

    #[test]
    fn what_is_no_number_of_this_form_is_refused() {
        let default = IdentificationFormat::default();
        assert!(default.parse("JP-MN003-2021-7-500").is_ok());
        for bad in [
            "",
            "JP-MN003-2021-7-",
            "JP-MN003-2021-7-0",
            "JP-MN003-2021-0-500",
            "JP-MN003-2021-7-0500",
            "JP-MN003-2021-7-+500",
            "JP-MN003-2021-7-500 ",
            "JP-MN003-1969-7-500",
            "JP-MN003-02021-7-500",
            "JP-MN003-2021-4294967296-500",
            "JP-MN003-2021-7-200000000001",
            "JP-MN003-2021-7-99999999999999999999999",
            "JP-mn003-2021-7-500",
            "JP-2021-7-500",
            "jp-MN003-2021-7-500",
            "JP-MN0030000000000000-2021-7-500",
            "JP-MN003-2021-7-\u{ff15}",
            "JP-\u{65e5}\u{672c}-2021-7-5",
            "JP-MN003-2021-7-500-",
        ] {
            assert!(default.parse(bad).is_err(), "{bad}");
        }
        // A country that is not the project's.
        let both = format("{country}/{project}/{block}.{unit}");
        assert!(both.parse("MN/MN003/7.5").is_ok());
        assert!(both.parse("VN/MN003/7.5").is_err());
        assert!(both.parse("\u{65e5}/MN003/7.5").is_err());
        let without = format("{block}.{unit}");
        assert!(without.parse("7.5").is_ok());
        assert!(without.parse("7.5x").is_err());
    }

    #[test]
    fn templates_that_could_be_read_in_two_ways_are_refused() {
        let longest = format!("{{block}}{}{{unit}}", ".".repeat(51));
        assert_eq!(longest.len(), IDENTIFICATION_BYTES_MAX);
        for good in [
            "{block}-{unit}",
            "{unit}.{block}",
            "{block:1}-{unit:15}",
            "A{block}B-C{unit}D",
            "{project}X-Y{unit}/{block}",
            "9-{project}9-{unit}/{block}",
            longest.as_str(),
        ] {
            assert_eq!(format(good).to_string(), good);
        }
        for bad in [
            "",
            "JP",
            "{block}",
            "{unit}",
            "{block}{unit}",
            "{block}X{unit}",
            "{block}-{unit}-{unit}",
            "{block}-{unit}-{block:2}",
            "{project}-{project}-{block}-{unit}",
            "{country}-{country}-{block}-{unit}",
            "{vintage}-{vintage}-{block}-{unit}",
            "{project}{vintage}-{block}-{unit}",
            "{country}0{project}-{block}-{unit}",
            "1{block}-{unit}",
            "{block}1-{unit}",
            "{block}-1{unit}",
            "{block}-{unit}1",
            "{project}-{vintage}1-{block}-{unit}",
            "{block:0}-{unit}",
            "{block:16}-{unit}",
            "{block:01}-{unit}",
            "{block:+1}-{unit}",
            "{block:}-{unit}",
            "{project:9}-{block}-{unit}",
            "{serial}-{block}-{unit}",
            "{Block}-{unit}",
            "{block}-{unit",
            "block}-{unit}",
            "{{block}}-{unit}",
            "{block} {unit}",
            "{block}-{unit}\n",
            "{block}\u{2010}{unit}",
            "{block}+{unit}",
            &format!("{longest}."),
        ] {
            assert_eq!(IdentificationFormat::new(bad), None, "{bad}");
        }
    }

    /// SplitMix64: the same values on every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % end
        }

        fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
            items[self.below(items.len() as u64) as usize]
        }

        fn letters(&mut self, letters: &str, count: u64) -> String {
            let letters: Vec<char> = letters.chars().collect();
            (0..count).map(|_| self.one_of(&letters)).collect()
        }

        /// Pieces of templates in any order; most are refused.
        fn template(&mut self) -> String {
            let pieces = [
                "{project}",
                "{country}",
                "{vintage}",
                "{vintage:5}",
                "{block}",
                "{block:2}",
                "{unit}",
                "{unit:9}",
            ];
            let mut template = String::new();
            for _ in 0..2 + self.below(4) {
                if self.below(5) > 0 {
                    let count = self.below(4);
                    template += &self.letters("-./_:AZaz09", count);
                }
                template += self.one_of(&pieces);
            }
            let count = self.below(2);
            template + &self.letters("-./_:AZaz09", count)
        }

        /// References that look like the rest of a number as often as not.
        fn unit(&mut self) -> UnitName {
            let count = 1 + self.below(14);
            let project = format!("{}{}", self.letters("AZ", 2), self.letters("AZ09---", count));
            let edges = [1, 9, 10, 99, 100, 2021, u64::from(u32::MAX), TONNES_MAX];
            let number = |random: &mut Random, max: u64| match random.below(2) {
                0 => random.one_of(&edges).min(max),
                _ => 1 + random.below(max),
            };
            let vintage = self.one_of(&[1970, 2021, 9999]);
            let block = number(self, u64::from(u32::MAX)) as u32;
            let unit_number = number(self, TONNES_MAX);
            unit(&project, vintage, block, unit_number)
        }
    }

    #[test]
    fn whatever_an_accepted_template_prints_it_reads() {
        let mut random = Random(2026);
        let mut accepted = std::collections::BTreeSet::new();
        for _ in 0..200_000 {
            let template = random.template();
            let Some(format) = IdentificationFormat::new(&template) else { continue };
            let bytes = crate::codec::encode(&format).expect("short");
            assert_eq!(crate::codec::decode::<IdentificationFormat>(&bytes).as_ref(), Ok(&format));
            for _ in 0..4 {
                let unit = random.unit();
                let printed = format.print(&unit);
                let shows = |name: &str| template.contains(name);
                let expected = ParsedUnit {
                    block: unit.block,
                    unit: unit.unit,
                    project: shows("{project").then(|| unit.project.clone()),
                    country: shows("{country").then(|| unit.project.country()),
                    vintage: shows("{vintage").then_some(unit.vintage),
                };
                assert_eq!(format.parse(&printed), Ok(expected), "{template} {printed}");
            }
            accepted.insert(template);
        }
        assert!(accepted.len() > 1_000, "{}", accepted.len());
    }

    /// A text that is read is the text that would be printed: no second spelling.
    #[test]
    fn whatever_is_read_has_one_spelling() {
        let mut random = Random(7);
        let templates = [
            "JP-{project}-{vintage}-{block}-{unit}",
            "{block:2}-{project}-{unit:3}",
            "{project}/{vintage:5}_{unit}:{block}",
        ];
        let mut read = 0;
        for _ in 0..50_000 {
            let format = format(random.one_of(&templates));
            let mut text = format.print(&random.unit()).into_bytes();
            for _ in 0..random.below(3) {
                let at = random.below(text.len() as u64) as usize;
                match random.below(3) {
                    0 => text[at] = random.one_of(b"0129-/_:AZ"),
                    1 => text.insert(at, random.one_of(b"0129-/_:AZ")),
                    _ => drop(text.remove(at)),
                }
            }
            let text = String::from_utf8(text).expect("ASCII");
            let Ok(parsed) = format.parse(&text) else { continue };
            let name = UnitName {
                project: parsed.project.expect("every template shows it"),
                vintage: parsed.vintage.unwrap_or_else(|| Year::new(2021).expect("a year")),
                block: parsed.block,
                unit: parsed.unit,
            };
            assert_eq!(format.print(&name), text);
            read += 1;
        }
        assert!(read > 20_000, "{read}");
    }

    #[test]
    fn a_template_in_bytes_is_a_string_that_is_checked() {
        let default = IdentificationFormat::default();
        let bytes = crate::codec::encode(&default).expect("short");
        assert_eq!(bytes, crate::codec::encode(&default.to_string()).expect("short"));
        assert_eq!(crate::codec::decode(&bytes), Ok(default.clone()));
        let json = serde_json::to_string(&default).expect("JSON");
        assert_eq!(json, format!("\"{default}\""));
        let bytes = crate::codec::encode(&String::from("{block}{unit}")).expect("short");
        assert!(crate::codec::decode::<IdentificationFormat>(&bytes).is_err());
    }
}

//! Files that describe an act: TOML, or JSON with the same names in a file that
//! ends in `.json`. What is wrong is named with the file and the field. A path in a
//! file is relative to the file.

pub mod article6;
pub mod authorisation;
pub mod calendar;
pub mod correction;
pub mod particulars;
pub mod rules;
pub mod safeguards;
pub mod trust;

use crate::failure::Failure;
use crate::parse;
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;
use jcm_format::serial::{SerialRange, SerialRanges};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::path::Path;

/// Reads a file and makes something of it. `example` names what docs/cli.md shows.
pub fn read<T: DeserializeOwned, R>(
    path: &Path,
    example: &str,
    make: impl FnOnce(&Path, T) -> Result<R, String>,
) -> Result<R, Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
    let json = path.extension().is_some_and(|extension| extension == "json");
    let folder = path.parent().unwrap_or(Path::new("."));
    parse(&text, json).and_then(|file| make(folder, file)).map_err(|what| {
        Failure::usage(
            format!("{}: {}", path.display(), what.trim_end()),
            format!("Correct the file; docs/cli.md shows {example}."),
        )
    })
}

/// Reads the text of a file.
pub fn parse<T: DeserializeOwned>(text: &str, json: bool) -> Result<T, String> {
    match json {
        true => serde_json::from_str(text).map_err(|error| error.to_string()),
        false => toml::from_str(text).map_err(|error| error.to_string()),
    }
}

/// Names the field that something is wrong with.
pub fn field<T, E: Display>(name: &str, value: Result<T, E>) -> Result<T, String> {
    value.map_err(|error| format!("{name}: {error}"))
}

/// The same for a field that may be absent.
pub fn optional<T, E: Display>(
    name: &str,
    text: Option<&String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, String> {
    text.map(|text| field(name, parse(text))).transpose()
}

/// The digest of a document, at a path relative to `folder` or as `sha256:<hex>`.
pub fn document(folder: &Path, name: &str, text: &str) -> Result<Digest, String> {
    let digest = match text {
        "" => Err("name a file, or sha256:<hex>".to_owned()),
        text if text.starts_with("sha256:") => parse::document(text),
        path => parse::document(&folder.join(path).to_string_lossy()),
    };
    field(name, digest)
}

/// The digests of several documents.
pub fn documents(folder: &Path, name: &str, texts: &[String]) -> Result<Vec<Digest>, String> {
    let one = |(i, text): (usize, &String)| document(folder, &format!("{name}[{i}]"), text);
    texts.iter().enumerate().map(one).collect()
}

/// Units in the order of a command.
pub fn ranges(name: &str, texts: &[String]) -> Result<SerialRanges, String> {
    let one =
        |(i, text): (usize, &String)| field(&format!("{name}[{i}]"), text.parse::<SerialRange>());
    let mut ranges: Vec<_> = texts.iter().enumerate().map(one).collect::<Result<_, _>>()?;
    ranges.sort_unstable();
    field(name, SerialRanges::new(ranges))
}

/// An account, as a number or with its check digits.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum AccountText {
    /// Without check digits.
    Number(u32),
    /// In either form.
    Text(String),
}

impl AccountText {
    /// The account.
    pub fn account(&self, name: &str) -> Result<AccountNumber, String> {
        match self {
            AccountText::Number(number) => field(name, parse::account(&number.to_string())),
            AccountText::Text(text) => field(name, parse::account(text)),
        }
    }
}

/// An example in a module's comment, as it stands there, for tests.
#[cfg(test)]
pub(crate) fn documented(source: &str) -> String {
    let lines = source.lines().skip_while(|line| *line != "//! ```toml").skip(1);
    let lines = lines.take_while(|line| *line != "//! ```");
    let line = |line: &str| line.strip_prefix("//! ").unwrap_or_default().to_owned();
    lines.map(line).collect::<Vec<_>>().join("\n")
}

/// A digest in place of each document that an example names, for tests.
#[cfg(test)]
pub(crate) fn with_digests(example: &str) -> String {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let mut text = String::new();
    for (i, part) in example.split('"').enumerate() {
        let named = i % 2 == 1 && [".pdf", ".json"].iter().any(|end| part.ends_with(end));
        text += if i == 0 { "" } else { "\"" };
        text += if named { &digest } else { part };
    }
    text
}

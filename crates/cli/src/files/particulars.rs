//! The particulars of a holder (registry ordinance, forms 1 and 2), as a file.
//!
//! ```toml
//! person = "JP:8700110005901"               # published, with the next four
//! name_ja = "例示株式会社"
//! name_en = "Example K.K."
//! head_office_ja = "東京都千代田区霞が関一丁目1番1号"
//! head_office_en = "1-1-1 Kasumigaseki, Chiyoda-ku, Tokyo"
//! attachments = ["articles.pdf"]            # files, or "sha256:<hex>": digests are recorded
//!
//! [representative]                          # not published, as everything below
//! name_ja = "例示 花子"
//! name_en = "Hanako Reiji"
//! title_ja = "代表取締役"
//! title_en = "Representative Director"
//!
//! [[contact]]
//! name_ja = "担当 太郎"
//! name_en = "Taro Tanto"
//! department_ja = "環境部"
//! department_en = "Environment Department"
//! telephone = "+81-3-0000-0000"
//! email = "tanto@example.jp"
//! ```
//!
//! What is not published is committed to in the log and kept in the registry's
//! private store, as JSON with the same names, in this order, without what is absent:
//! `{"format":"jcm-particulars/1","representative":{...},"contacts":[{...}]}`. Of an
//! individual nothing is published in the log: names and offices come first in it.

use super::{documents, optional};
use crate::parse;
use jcm_format::command::{Holder, Person};
use jcm_format::hash::Digest;
use jcm_format::text::Text;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the private data call themselves.
pub const FORMAT: &str = "jcm-particulars/1";

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticularsFile {
    person: Option<String>,
    name_ja: Option<String>,
    name_en: Option<String>,
    head_office_ja: Option<String>,
    head_office_en: Option<String>,
    #[serde(default)]
    attachments: Vec<String>,
    representative: Option<Representative>,
    #[serde(default, rename = "contact")]
    contacts: Vec<Contact>,
}

/// Who represents the holder.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Representative {
    #[serde(skip_serializing_if = "Option::is_none")]
    name_ja: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_ja: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_en: Option<String>,
}

/// Whom to ask.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    #[serde(skip_serializing_if = "Option::is_none")]
    name_ja: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department_ja: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department_en: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telephone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

/// What the private store keeps.
#[derive(Serialize)]
struct Private<'a> {
    format: &'static str,
    #[serde(flatten)]
    individual: Option<Individual<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    representative: Option<&'a Representative>,
    #[serde(skip_serializing_if = "<[Contact]>::is_empty")]
    contacts: &'a [Contact],
}

/// What of an individual stands there and not in the log.
#[derive(Serialize)]
struct Individual<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name_ja: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head_office_ja: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head_office_en: Option<&'a String>,
}

/// The published particulars, as far as they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// Name in Japanese.
    pub name_ja: Option<Text>,
    /// Name in English.
    pub name_en: Option<Text>,
    /// Head office in Japanese.
    pub office_ja: Option<Text>,
    /// Head office in English.
    pub office_en: Option<Text>,
}

/// What the file says.
#[derive(Debug, Default)]
pub struct Particulars {
    /// Who.
    pub person: Option<Person>,
    /// What is published.
    pub published: Published,
    /// What of a corporation is not, as the private store keeps it.
    pub of_corporation: Option<Vec<u8>>,
    /// The same of an individual.
    pub of_individual: Option<Vec<u8>>,
    /// Digests of the attachments.
    pub attachments: Vec<Digest>,
}

impl Published {
    /// Takes `first` where it says something, and this where it does not.
    #[must_use]
    pub fn under(self, first: Published) -> Published {
        Published {
            name_ja: first.name_ja.or(self.name_ja),
            name_en: first.name_en.or(self.name_en),
            office_ja: first.office_ja.or(self.office_ja),
            office_en: first.office_en.or(self.office_en),
        }
    }

    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        *self == Published::default()
    }

    /// The particulars as a whole; names the flag of what is missing.
    pub fn holder(self) -> Result<Holder, &'static str> {
        Ok(Holder {
            name_ja: self.name_ja,
            name_en: self.name_en.ok_or("--name-en")?,
            head_office_ja: self.office_ja,
            head_office_en: self.office_en.ok_or("--office-en")?,
        })
    }
}

/// Reads a file.
pub fn read(folder: &Path, file: &ParticularsFile) -> Result<Particulars, String> {
    let text = parse::text;
    let published = Published {
        name_ja: optional("name_ja", file.name_ja.as_ref(), text)?,
        name_en: optional("name_en", file.name_en.as_ref(), text)?,
        office_ja: optional("head_office_ja", file.head_office_ja.as_ref(), text)?,
        office_en: optional("head_office_en", file.head_office_en.as_ref(), text)?,
    };
    check_private(file)?;
    Ok(Particulars {
        person: optional("person", file.person.as_ref(), parse::person)?,
        published,
        of_corporation: private(file, false)?,
        of_individual: private(file, true)?,
        attachments: documents(folder, "attachments", &file.attachments)?,
    })
}

/// Every text is text that may be shown, and somebody can be reached.
fn check_private(file: &ParticularsFile) -> Result<(), String> {
    if let Some(r) = &file.representative {
        for (name, value) in [
            ("name_ja", &r.name_ja),
            ("name_en", &r.name_en),
            ("title_ja", &r.title_ja),
            ("title_en", &r.title_en),
        ] {
            optional(&format!("representative.{name}"), value.as_ref(), parse::text)?;
        }
    }
    for (i, c) in file.contacts.iter().enumerate() {
        for (name, value) in [
            ("name_ja", &c.name_ja),
            ("name_en", &c.name_en),
            ("department_ja", &c.department_ja),
            ("department_en", &c.department_en),
            ("telephone", &c.telephone),
            ("email", &c.email),
        ] {
            optional(&format!("contact[{i}].{name}"), value.as_ref(), parse::text)?;
        }
        if c.telephone.is_none() && c.email.is_none() {
            return Err(format!("contact[{i}]: give telephone or email"));
        }
    }
    Ok(())
}

fn private(file: &ParticularsFile, individual: bool) -> Result<Option<Vec<u8>>, String> {
    let names = individual.then_some(Individual {
        name_ja: file.name_ja.as_ref(),
        name_en: file.name_en.as_ref(),
        head_office_ja: file.head_office_ja.as_ref(),
        head_office_en: file.head_office_en.as_ref(),
    });
    let named = file.name_ja.is_some() || file.name_en.is_some();
    let says = file.representative.is_some() || !file.contacts.is_empty() || individual && named;
    let private = Private {
        format: FORMAT,
        individual: names,
        representative: file.representative.as_ref(),
        contacts: &file.contacts,
    };
    let json = says.then(|| serde_json::to_vec(&private)).transpose();
    json.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse, with_digests};

    fn example() -> String {
        with_digests(&documented(include_str!("particulars.rs")))
    }

    fn read_text(text: &str) -> Result<Particulars, String> {
        read(Path::new("."), &parse(text, false)?)
    }

    #[test]
    fn the_documented_example_is_read() {
        let particulars = read_text(&example()).expect("well formed");
        let holder = particulars.published.holder().expect("complete");
        assert_eq!(holder.name_en.as_str(), "Example K.K.");
        assert_eq!(particulars.attachments.len(), 1);
        let private = particulars.of_corporation.expect("a representative");
        let private = String::from_utf8(private).expect("JSON");
        let head = r#"{"format":"jcm-particulars/1","representative":{"name_ja":"例示 花子","#;
        assert!(private.starts_with(head), "{private}");
        assert!(!private.contains("例示株式会社"), "what is published is not private");
        let individual = particulars.of_individual.expect("a name");
        let individual = String::from_utf8(individual).expect("JSON");
        let head = r#"{"format":"jcm-particulars/1","name_ja":"例示株式会社","#;
        assert!(individual.starts_with(head), "{individual}");
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&documented(include_str!("particulars.rs"))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("\"Example K.K.\"", "\"\"", "name_en"),
            ("JP:8700110005901", "JP:8700110005902", "person"),
            ("\"+81-3-0000-0000\"", "\" \"", "contact[0].telephone"),
            ("\"代表取締役\"", "\"a\\u0007\"", "representative.title_ja"),
            ("sha256:ab", "sha256:xy", "attachments[0]"),
            ("[representative]", "[representant]", "representant"),
        ] {
            let text = example().replacen(from, to, 1);
            assert_ne!(text, example(), "{from}");
            let error = read_text(&text).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
        let error = read_text("[[contact]]\nname_en = \"T\"").expect_err("cannot be reached");
        assert!(error.contains("contact[0]: give telephone or email"), "{error}");
    }
}

//! What is recorded of a trust (Cabinet Order, art. 11(2)), as a file.
//!
//! ```toml
//! evidence = "deed.pdf"                     # proves the cause: a file, or "sha256:<hex>"
//! beneficiary_certificates = false          # item (vii)
//! without_beneficiaries = false             # item (viii)
//! public_interest = false                   # item (ix)
//!
//! [details]                                 # not published: items (iii) to (vi), (x) to (xiii)
//! settlor = "委託者株式会社"
//! trustee = "受託者信託銀行株式会社"
//! beneficiary = "受益者株式会社"
//! purpose = "排出削減量の管理"
//! management = "受託者の裁量による"
//! end = "2030-03-31"
//! ```
//!
//! The names under `details` are free, their values are texts, or lists of texts.
//! The table is committed to in the log and kept in the registry's private store, as
//! JSON with the names in alphabetical order: `{"format":"jcm-trust/1","details":{...}}`.
//! A court's commission has a table more:
//!
//! ```toml
//! [commission]
//! court = "東京地方裁判所"
//! reference = "令和8年(ホ)第12号"
//! trustee_dismissed = true
//! ```

use super::{document, field};
use crate::parse;
use jcm_client::PrivateValue;
use jcm_format::command::{Commission, TrustTerms};
use jcm_format::text::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustFile {
    evidence: String,
    #[serde(default)]
    beneficiary_certificates: bool,
    #[serde(default)]
    without_beneficiaries: bool,
    #[serde(default)]
    public_interest: bool,
    details: BTreeMap<String, Detail>,
    commission: Option<CommissionFile>,
}

/// A text, or several.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected a text, or a list of texts, under details")]
enum Detail {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommissionFile {
    court: String,
    reference: String,
    #[serde(default)]
    trustee_dismissed: bool,
}

#[derive(Serialize)]
struct Private<'a> {
    format: &'static str,
    details: &'a BTreeMap<String, Detail>,
}

/// A trust, with what is committed to.
#[derive(Debug)]
pub struct Trust {
    /// What is recorded.
    pub terms: TrustTerms,
    /// The details behind the commitment.
    pub details: PrivateValue,
    /// The court's commission, where the file has one.
    pub commission: Option<Commission>,
}

/// Reads a file.
pub fn read(folder: &Path, file: &TrustFile) -> Result<Trust, String> {
    if file.details.is_empty() {
        return Err("details: name at least settlor, trustee and beneficiary".to_owned());
    }
    for (name, detail) in &file.details {
        let texts = match detail {
            Detail::One(text) => std::slice::from_ref(text),
            Detail::Several(texts) => texts,
        };
        for text in texts {
            field(&format!("details.{name}"), parse::text(text))?;
        }
    }
    let private = Private { format: "jcm-trust/1", details: &file.details };
    let json = serde_json::to_vec(&private).map_err(|error| error.to_string())?;
    let details = PrivateValue::new(json).map_err(|error| error.to_string())?;
    Ok(Trust {
        terms: TrustTerms {
            details: details.commitment(),
            evidence: document(folder, "evidence", &file.evidence)?,
            beneficiary_certificates: file.beneficiary_certificates,
            without_beneficiaries: file.without_beneficiaries,
            public_interest: file.public_interest,
        },
        details,
        commission: file.commission.as_ref().map(commission).transpose()?,
    })
}

fn commission(file: &CommissionFile) -> Result<Commission, String> {
    let text = |name: &str, text: &str| -> Result<Text, String> { field(name, parse::text(text)) };
    Ok(Commission {
        court: text("commission.court", &file.court)?,
        reference: text("commission.reference", &file.reference)?,
        trustee_dismissed: file.trustee_dismissed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse, with_digests};

    fn example() -> String {
        with_digests(&documented(include_str!("trust.rs")))
    }

    fn read_text(text: &str) -> Result<Trust, String> {
        read(Path::new("."), &parse(text, false)?)
    }

    #[test]
    fn the_documented_example_is_read() {
        let trust = read_text(&example()).expect("well formed");
        assert_eq!(trust.terms.details, trust.details.commitment());
        let private = String::from_utf8(trust.details.data().to_vec()).expect("JSON");
        let head = r#"{"format":"jcm-trust/1","details":{"beneficiary":"受益者株式会社","#;
        assert!(private.starts_with(head), "{private}");
        assert!(trust.commission.is_none());
        let court =
            format!("{}\n[commission]\ncourt = \"東京地方裁判所\"\nreference = \"1\"\n", example());
        let commission = read_text(&court).expect("well formed").commission;
        assert!(commission.is_some_and(|commission| !commission.trustee_dismissed));
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&documented(include_str!("trust.rs"))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("sha256:ab", "sha256:xy", "evidence"),
            ("\"2030-03-31\"", "\"\"", "details.end"),
            ("public_interest = false", "public = false", "public"),
            ("\"2030-03-31\"", "20", "details"),
        ] {
            let error = read_text(&example().replacen(from, to, 1)).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}

//! The text of a document: one content has one spelling.

use super::DocumentError;
use jcm_format::tlog::VerifierKey;
use serde::{Deserialize, Serialize};

/// The format of documents.
const FORMAT: &str = "jcm-document/v1";

/// Longest document: 300 proofs of the largest entries would be 50 MB, and nobody
/// prints that.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How a document begins in an HTML file.
const BEGINS: &str = "<pre id=\"jcm-document\">";

/// How it ends there.
const ENDS: &str = "</pre>";

/// A document as it is written, nothing of it verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    format: String,
    /// `certificate` or `notice`.
    pub kind: String,
    log_key: String,
    witnesses: Vec<String>,
    /// What it states, in lines.
    pub statement: String,
    /// Proof files of the entries that it rests on, ascending.
    pub proofs: Vec<String>,
}

/// The document of a text: the text itself, or what an HTML file holds.
///
/// # Errors
///
/// There is none, or it is spelled in another way than documents are; in words.
pub fn extract(text: &str) -> Result<Document, String> {
    if DOCUMENT_BYTES_MAX < text.len() {
        return Err(format!("it has more than {DOCUMENT_BYTES_MAX} bytes"));
    }
    if text.starts_with('{') {
        return parse(text);
    }
    let (_, rest) = text.split_once(BEGINS).ok_or("it holds no document")?;
    let (escaped, rest) = rest.split_once(ENDS).ok_or("the document in it does not end")?;
    if rest.contains(BEGINS) {
        return Err("it holds several documents".to_owned());
    }
    // A line feed that follows the tag is none of the text's (HTML, 13.1.2.5).
    parse(&unescaped(escaped.strip_prefix('\n').unwrap_or(escaped))?)
}

fn parse(text: &str) -> Result<Document, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if document.format != FORMAT {
        return Err(format!("its format is {}, not {FORMAT}", document.format));
    }
    let spelled = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    if format!("{spelled}\n") != text {
        return Err("it is spelled in another way than documents are".to_owned());
    }
    Ok(document)
}

/// HTML text as it is shown. Only what the registry's own writer escapes is known.
fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let known =
            [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\'')];
        let found = known.iter().find(|(name, _)| after.starts_with(name));
        let (name, character) = found.ok_or("the document in it is not escaped as it should be")?;
        out.push(*character);
        rest = after.strip_prefix(name).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

impl Document {
    /// The key that it names.
    pub(super) fn log_key(&self) -> Result<VerifierKey, DocumentError> {
        key(&self.log_key)
    }

    /// The witnesses that it names.
    pub(super) fn witnesses(&self) -> Result<Vec<VerifierKey>, DocumentError> {
        self.witnesses.iter().map(|text| key(text)).collect()
    }
}

fn key(text: &str) -> Result<VerifierKey, DocumentError> {
    let key: Result<VerifierKey, _> = text.parse();
    key.map_err(|error| DocumentError::Form(format!("{text} is not a key: {error}")))
}

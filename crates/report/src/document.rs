//! Documents that prove themselves (`docs/spec/documents.md`): what is stated, and
//! the proofs of the entries that it follows from, in one JSON text.

use serde::{Deserialize, Serialize};

/// The format.
const FORMAT: &str = "jcm-document/v1";

/// How a line by somebody who signed a checkpoint begins.
const SIGNATURE: &str = "\u{2014} ";

/// Whose signatures on a checkpoint the reader of a document can check.
#[derive(Debug, Clone, Copy)]
pub struct Signers<'a> {
    /// The log's key, as a C2SP verifier key.
    pub log_key: &'a str,
    /// The witnesses' keys, likewise.
    pub witnesses: &'a [String],
}

/// A document: what is stated, and by what it is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    format: String,
    kind: String,
    log_key: String,
    witnesses: Vec<String>,
    statement: String,
    proofs: Vec<String>,
}

impl Document {
    /// Puts a document together. Signatures by others than those named are left
    /// out of the proofs: nobody could tell if they were changed.
    pub(crate) fn new(
        kind: &str,
        signers: Signers<'_>,
        statement: &str,
        proofs: impl IntoIterator<Item = String>,
    ) -> Document {
        Document {
            format: FORMAT.to_owned(),
            kind: kind.to_owned(),
            log_key: signers.log_key.to_owned(),
            witnesses: signers.witnesses.to_vec(),
            statement: statement.to_owned(),
            proofs: proofs.into_iter().map(|proof| known_signatures(&proof, signers)).collect(),
        }
    }

    /// Reads what [`Document::json`] has written.
    ///
    /// # Errors
    ///
    /// It is none, in the words of the reader of JSON.
    pub fn read(json: &str) -> Result<Document, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The proofs, ascending by entry.
    pub fn proofs(&self) -> &[String] {
        &self.proofs
    }

    /// The one spelling of the document.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| format!("{json}\n"))
    }
}

/// A proof without the signatures that the reader cannot check.
fn known_signatures(proof: &str, signers: Signers<'_>) -> String {
    let Some((text, lines)) = proof.rsplit_once("\n\n") else { return proof.to_owned() };
    let names: Vec<&str> = std::iter::once(signers.log_key)
        .chain(signers.witnesses.iter().map(String::as_str))
        .filter_map(|key| key.split('+').next())
        .collect();
    let known = lines.split_inclusive('\n').filter(|line| {
        let name = line.strip_prefix(SIGNATURE).and_then(|rest| rest.split(' ').next());
        name.is_some_and(|name| names.contains(&name))
    });
    format!("{text}\n\n{}", known.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_that_nobody_can_check_are_left_out() {
        let proof = "c2sp.org/tlog-proof@v1\nindex 0\n\no\n1\nr\n\n\u{2014} o AAAA\n\u{2014} w BBBB\n\u{2014} x CCCC\n";
        let witnesses = ["w+00+k".to_owned()];
        let signers = Signers { log_key: "o+00+k", witnesses: &witnesses };
        let made = Document::new("notice", signers, "s\n", [proof.to_owned()]);
        assert_eq!(made.proofs[0], proof.replace("\u{2014} x CCCC\n", ""));
        let json = made.json().expect("JSON");
        assert_eq!(Document::read(&json).expect("read"), made);
        assert!(
            json.starts_with("{\n  \"format\": \"jcm-document/v1\",\n  \"kind\": \"notice\",\n")
        );
        assert!(json.ends_with("}\n"));
    }
}

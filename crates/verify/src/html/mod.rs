//! The verifier that runs in a browser: one file, no network, nothing fetched.
//!
//! It is a third implementation, in the language of browsers, written from
//! `docs/spec`; what types there are it reads from a table that a test makes of
//! `docs/spec/entry.md`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jcm_format::hash::Digest;
use jcm_format::tlog::VerifierKey;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const TYPES: &str = include_str!("types.js");
const CHECK: &str = include_str!("check.js");
const SHOW: &str = include_str!("show.js");

/// The page. With a key it holds every document against that key; without one
/// whoever reads it is asked for the key.
///
/// The page may run this one script and use this one style, by their hashes, and
/// may fetch nothing.
pub fn page(log_key: Option<&VerifierKey>) -> String {
    let script = format!("\"use strict\";\n{TYPES}\n{CHECK}\n{SHOW}");
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash_of(&script),
        hash_of(STYLE)
    );
    // A key has none of the characters that mean something in HTML: it is a name
    // without spaces, hexadecimal and base64; the name is escaped all the same.
    let key = log_key.map_or_else(String::new, |key| escaped(&key.to_string()));
    PAGE.replace("{policy}", &policy)
        .replace("{key}", &key)
        .replace("{style}", STYLE)
        .replace("{script}", &script)
}

/// A hash as a content security policy names it.
fn hash_of(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Digest::of(&[text.as_bytes()]).as_bytes()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! What an auditor is handed: papers, receipts, and reports of others.

use jcm_format::tlog::VerifierKey;
use jcm_tests::seeds;
use jcm_verify::document::{Trust, check, extract};
use jcm_verify::{TrustedState, compare};
use std::io::Write as _;
use std::sync::OnceLock;

pub(crate) fn body(bytes: &[u8]) -> bool {
    static KNOWN: OnceLock<(VerifierKey, Vec<String>)> = OnceLock::new();
    let (log_key, papers) = KNOWN.get_or_init(seeds::papers);
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let trust = Trust { log_key: Some(log_key.clone()), ..Trust::default() };
    let checked = check(text, &trust);
    if let Ok(checked) = &checked {
        assert!(checked.log_key_pinned);
        // A page around a paper may say what it likes: the paper is one that was given out.
        let is = |paper: &String| {
            paper == text || extract(text).is_ok_and(|this| extract(paper) == Ok(this))
        };
        assert!(papers.iter().any(is), "forged");
    }
    let claims = compare::read(text);
    if let Ok(claims) = &claims {
        assert!(0 < claims.statements(), "a report that states nothing is none");
    }
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    let state = TrustedState::read(file.path());
    checked.is_ok() || claims.is_ok() || matches!(state, Ok(Some(_)))
}

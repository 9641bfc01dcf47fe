//! The certificate of recorded matters (記録事項証明書).

use super::{DocumentError, Ground, Opened, not_shown, proved, stated};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;

/// Whether the one entry of a certificate states the digest of these lines, and
/// the lines are of that account and that place of the log.
pub(super) fn check(statement: &str, opened: &Opened) -> Result<Vec<Ground>, DocumentError> {
    let wrong = |what: String| DocumentError::Content(what);
    let [sealed] = opened.entries.as_slice() else {
        return Err(wrong("a certificate rests on exactly one entry".to_owned()));
    };
    let entry = sealed.entry();
    let issued = entry.event.0.iter().any(|e| matches!(e, Effect::CertificateIssued { .. }));
    let said = entry.event.0.iter().find_map(|effect| match effect {
        Effect::CertificateStated { account, digest } => Some((*account, *digest)),
        _ => None,
    });
    let Some((account, digest)) = said.filter(|_| issued) else {
        return Err(wrong(format!("entry {} issues no certificate", entry.index)));
    };
    let found = Digest::of(&[statement.as_bytes()]);
    if found != digest {
        let what = format!(
            "entry {} states the digest {digest}, but these lines have {found}",
            entry.index
        );
        return Err(wrong(what));
    }
    let begins = format!("jcm-account/v1\nentries {}\naccount {account} ", entry.index);
    if !statement.starts_with(&begins) {
        return Err(wrong("the lines are not of this account and this entry".to_owned()));
    }
    Ok(vec![
        proved(format!(
            "the registry has certified these lines of account {account} in entry {}, which is in \
             the log that the key has signed",
            entry.index
        )),
        proved("not a letter of the lines was changed since"),
        stated(format!(
            "that the lines are what the {} entries before it amount to: the registry was bound to \
             state so, and the replay of the whole log (jcm-verify) shows whether it did",
            entry.index
        )),
        not_shown("what moved after that entry"),
        not_shown("whether the registry shows everybody the same log"),
    ])
}

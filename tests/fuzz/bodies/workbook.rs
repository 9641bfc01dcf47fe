//! A partner's workbook in the Agreed Electronic Format. The first byte says what the rest
//! is: a file, for 0, or a part of a workbook that is whole otherwise.

use jcm_format::party::Party;
use jcm_report::aef::AefSubmission;
use jcm_report::reconcile::{LISTED_MAX, reconcile};
use jcm_tests::seeds;
use std::sync::OnceLock;

pub(crate) fn body(bytes: &[u8]) -> bool {
    static REPORTS: OnceLock<(AefSubmission, Vec<u8>)> = OnceLock::new();
    let (ours, theirs) = REPORTS.get_or_init(seeds::reports);
    let Some((first, rest)) = bytes.split_first() else { return false };
    let Some(partner) = Party::new("MNG") else { return false };
    let file = match first {
        0 => rest.to_vec(),
        part => seeds::with_part(theirs, usize::from(part - 1), rest),
    };
    match reconcile(ours, partner, &file) {
        Ok(found) => {
            assert!(found.differences.len() <= LISTED_MAX);
            assert!(!found.to_string().is_empty());
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

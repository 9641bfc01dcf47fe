//! A bank's statement, as an operator is sent one.

use jcm_bank::{CREDIT_LINES_MAX, ERRORS_SHOWN_MAX, Options, propose};
use jcm_format::time::Date;

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Some(today) = Date::new(2026, 11, 23) else { return false };
    let options = Options { today, account_label: "main".to_owned(), format: None };
    match jcm_bank::read(bytes, options) {
        Ok(statement) => {
            assert!(statement.lines.len() <= CREDIT_LINES_MAX);
            assert!(statement.lines.iter().all(|line| line.value_date <= today));
            propose(&statement.lines, &[]);
            true
        }
        Err(errors) => {
            assert!(0 < errors.total && errors.shown.len() <= ERRORS_SHOWN_MAX);
            assert!(!errors.to_string().is_empty() && !errors.japanese().is_empty());
            false
        }
    }
}

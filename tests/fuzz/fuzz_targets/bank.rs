//! A bank's statement, as an operator is sent one.
#![no_main]
use jcm_bank::Options;
use jcm_format::time::Date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(today) = Date::new(2026, 11, 23) else { return };
    if let Ok(statement) = jcm_bank::read(bytes, Options { today, account_label: "main".to_owned(), format: None }) {
        assert!(statement.lines.len() <= jcm_bank::CREDIT_LINES_MAX);
    }
});

//! Cells for spreadsheets.

use std::borrow::Cow;

/// Text that a spreadsheet shows and does not run: a leading `=`, `+`, `-`, `@`,
/// tab or carriage return would make it a formula, and an apostrophe stops that.
pub fn neutral(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_shown_and_not_run() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(neutral(formula), format!("'{formula}"));
        }
        assert_eq!(neutral("株式会社"), "株式会社");
    }
}

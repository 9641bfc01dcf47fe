//! Markdown out of text that people wrote.

use std::fmt::Display;

/// Text that Markdown shows and does not interpret, within a paragraph or a cell of
/// a table: a name may be neither a heading, a link, a tag nor a new column.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // A line of its own could begin a list, a heading or another row.
            '\n' | '\r' => shown.push(' '),
            // A colon too: without it, an address is no link.
            c if c.is_ascii_punctuation() && !",.;/%'\"?-+=".contains(c) => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

/// A whole number with a comma between groups of three digits.
pub(crate) fn grouped(number: impl Display) -> String {
    let text = number.to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.as_str()),
    };
    let mut shown = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_and_not_interpreted() {
        assert_eq!(plain("株式会社A, Ltd."), "株式会社A, Ltd.");
        assert_eq!(plain("a|b"), "a\\|b");
        assert_eq!(plain("<b>[x](http://y)"), "\\<b\\>\\[x\\]\\(http\\://y\\)");
        assert_eq!(plain("a\n# b"), "a \\# b");
        assert_eq!(plain("*a*_b_`c`\\"), "\\*a\\*\\_b\\_\\`c\\`\\\\");
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        let shown = [0_u64, 999, 1_000, 14_400, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "14,400", "1,234,567"]);
        assert_eq!([-999_i64, -1_300].map(grouped), ["-999", "-1,300"]);
    }
}

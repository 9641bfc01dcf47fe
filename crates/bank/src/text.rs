//! Text from outside, made comparable and safe to show.

use crate::TEXT_BYTES_MAX;
use crate::error::Problem;
use encoding_rs::{Encoding, SHIFT_JIS, UTF_8};
use jcm_format::limits::NAME_BYTES_MAX;
use jcm_format::text::Text;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Characters of a file's text that a fault repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// What stands in the file, short and without characters that mislead.
pub(crate) fn shown(text: &str) -> String {
    let safe = |c: char| if c.is_control() || !is_safe(c) { '\u{fffd}' } else { c };
    text.chars().take(SHOWN_CHARS_MAX).map(safe).collect()
}

fn is_safe(c: char) -> bool {
    // Text refuses a space at either end, which is no danger in itself.
    c.is_whitespace() || Text::new(c.encode_utf8(&mut [0; 4])).is_some()
}

/// NFKC without space at either end: half-width kana become full-width, and
/// full-width letters and digits half-width.
pub(crate) fn normal(text: &str) -> String {
    let text: String = text.nfkc().collect();
    text.trim().to_owned()
}

/// A payer or a memo.
pub(crate) fn remark(text: &str) -> Result<String, Problem> {
    safe_text(text, TEXT_BYTES_MAX)
}

/// The bank's number of a line.
pub(crate) fn number(text: &str) -> Result<String, Problem> {
    safe_text(text, NAME_BYTES_MAX)
}

fn safe_text(text: &str, max: usize) -> Result<String, Problem> {
    // Before NFKC too, which makes one character up to eighteen.
    if max < text.len() {
        return Err(Problem::TooLong { max });
    }
    let text = normal(text);
    if max < text.len() {
        return Err(Problem::TooLong { max });
    }
    if !text.is_empty() && Text::new(&text).is_none() {
        return Err(Problem::UnsafeText);
    }
    Ok(text)
}

/// `first` and `second` with a space between, unless one is empty.
pub(crate) fn joined(first: String, second: &str) -> String {
    match (first.is_empty(), second.is_empty()) {
        (_, true) => first,
        (true, false) => second.to_owned(),
        (false, false) => format!("{first} {second}"),
    }
}

pub(crate) fn from_shift_jis(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    decoded(SHIFT_JIS, "Shift_JIS", bytes)
}

pub(crate) fn from_utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    decoded(UTF_8, "UTF-8", bytes)
}

fn decoded<'a>(
    encoding: &'static Encoding,
    name: &'static str,
    bytes: &'a [u8],
) -> Result<Cow<'a, str>, Problem> {
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    if malformed { Err(Problem::NotText { encoding: name }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_width_and_full_width_become_one() {
        assert_eq!(normal("ｶ)ｼﾞｴｲｼ-ｴﾑ  "), "カ)ジエイシ-エム");
        assert_eq!(normal("　Ｊ００　"), "J00");
        assert_eq!(from_shift_jis(b"\xb6\xde\xb0"), Ok("ｶﾞｰ".into()));
    }

    #[test]
    fn text_that_is_long_or_misleads_is_refused() {
        assert_eq!(remark(&"a".repeat(512)), Ok("a".repeat(512)));
        let long = Err(Problem::TooLong { max: 512 });
        assert_eq!(remark(&"a".repeat(513)), long);
        // One character of three bytes that NFKC makes eighteen.
        assert_eq!(remark(&"\u{fdfa}".repeat(100)), long);
        assert_eq!(number(&"1".repeat(65)), Err(Problem::TooLong { max: 64 }));
        assert_eq!(remark("a\u{202e}b"), Err(Problem::UnsafeText));
        assert_eq!(remark("a\u{7}b"), Err(Problem::UnsafeText));
        assert_eq!(remark("  "), Ok(String::new()));
    }

    #[test]
    fn a_fault_repeats_little_and_nothing_that_misleads() {
        assert_eq!(shown("a\u{202e}\u{1b} b"), "a\u{fffd}\u{fffd} b");
        assert_eq!(shown(&"あ".repeat(100)), "あ".repeat(40));
        assert_eq!(shown("\n"), "\u{fffd}");
    }
}

//! The reference that a payer quotes in a bank transfer.
//!
//! A transfer between Japanese banks carries capital letters, digits, kana and
//! a few signs, so the reference is made of a capital letter and digits only.

use crate::id::EntryIndex;
use std::fmt;
use std::str::FromStr;

/// Digits of the entry index at least; shorter ones are filled with zeros.
const INDEX_DIGITS_MIN: usize = 8;
/// Digits of the entry index at most: those of the largest 64-bit number.
const INDEX_DIGITS_MAX: usize = 20;
const CHECK_DIGITS: usize = 2;
/// Spaces and hyphens that a payer may put after the `J`.
const GAP_MAX: usize = 3;

/// What a payer quotes to say which application the money is for.
///
/// Text form `J0000004172`: `J`, the application's entry index in 8 to 20
/// digits, and two check digits (ISO 7064 MOD 97-10, as of an account number),
/// so that a slip of the pen names no other application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceReference(EntryIndex);

/// The text is not the reference of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReference {
    /// It is not of the form.
    #[error("expected J, 8 to 20 digits and two check digits, such as J0000004172")]
    Form,
    /// It is of the form, but its check digits are others: a digit is wrong.
    #[error("the check digits are wrong: at least one digit differs from the invoice's reference")]
    CheckDigits,
}

impl InvoiceReference {
    /// The most references that [`InvoiceReference::find_in`] returns.
    pub const FOUND_MAX: usize = 16;

    /// The reference of the application recorded by `entry`.
    pub const fn of(entry: EntryIndex) -> InvoiceReference {
        InvoiceReference(entry)
    }

    /// The entry that recorded the application.
    pub const fn entry(self) -> EntryIndex {
        self.0
    }

    /// The valid references in a payer's remark, each once, in their order, at
    /// most [`InvoiceReference::FOUND_MAX`].
    ///
    /// Letters and digits may be half-width or full-width, and up to three
    /// spaces or hyphens may follow the `J`. The digits must stand together and
    /// be all that stand there: a longer run is not cut to fit.
    pub fn find_in(text: &str) -> Vec<InvoiceReference> {
        let folded: Vec<char> = text.chars().map(half_width).collect();
        let mut found = Vec::new();
        let mut rest = folded.as_slice();
        while let Some(at) = rest.iter().position(|c| *c == 'J') {
            rest = rest.get(at + 1..).unwrap_or_default();
            let gap = rest.iter().take(GAP_MAX).take_while(|c| is_gap(**c)).count();
            // One digit more than fits, so that too long a run is seen as such.
            let digits = rest.iter().skip(gap).take(INDEX_DIGITS_MAX + CHECK_DIGITS + 1);
            let digits: String = digits.take_while(|c| c.is_ascii_digit()).collect();
            if let Ok(reference) = format!("J{digits}").parse()
                && found.len() < InvoiceReference::FOUND_MAX
                && !found.contains(&reference)
            {
                found.push(reference);
            }
        }
        found
    }

    fn check_digits(self) -> u64 {
        // Reduced first, so that an index near 2^64 does not overflow.
        98 - self.0.get() % 97 * 100 % 97
    }
}

/// Full-width ASCII as ASCII; a bank's terminal may write either.
fn half_width(c: char) -> char {
    let offset = u32::from('！') - u32::from('!');
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - offset).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// A space, or one of the signs that people use as a hyphen; kana keyboards
/// give the long-vowel mark.
fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー' | 'ｰ')
}

impl fmt::Display for InvoiceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, check) = (self.0.get(), self.check_digits());
        f.pad(&format!("J{index:0INDEX_DIGITS_MIN$}{check:0CHECK_DIGITS$}"))
    }
}

impl FromStr for InvoiceReference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<InvoiceReference, NotAReference> {
        let digits = text.strip_prefix('J').ok_or(NotAReference::Form)?;
        let length = digits.len();
        let fits = (INDEX_DIGITS_MIN + CHECK_DIGITS..=INDEX_DIGITS_MAX + CHECK_DIGITS)
            .contains(&length)
            && digits.bytes().all(|b| b.is_ascii_digit());
        let index = digits.get(..length.saturating_sub(CHECK_DIGITS)).filter(|_| fits);
        let index = index.ok_or(NotAReference::Form)?;
        // One application, one spelling: no zeros beyond the eight digits.
        if INDEX_DIGITS_MIN < index.len() && index.starts_with('0') {
            return Err(NotAReference::Form);
        }
        let entry = EntryIndex::new(index.parse().map_err(|_| NotAReference::Form)?);
        let reference = InvoiceReference::of(entry);
        if reference.to_string() == text { Ok(reference) } else { Err(NotAReference::CheckDigits) }
    }
}

crate::codec::serialize_as_text!(InvoiceReference);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(index: u64) -> InvoiceReference {
        InvoiceReference::of(EntryIndex::new(index))
    }

    #[test]
    fn a_reference_has_one_text() {
        assert_eq!(of(41).to_string(), "J0000004172");
        assert_eq!(of(0).to_string(), "J0000000098");
        assert_eq!(of(41).entry(), EntryIndex::new(41));
        for index in [0, 1, 41, 99_999_999, 100_000_000, u64::MAX - 1, u64::MAX] {
            let text = of(index).to_string();
            assert!((11..=23).contains(&text.len()), "{text}");
            assert_eq!(text.parse(), Ok(of(index)), "{text}");
            assert_eq!(InvoiceReference::find_in(&text), [of(index)], "{text}");
        }
    }

    #[test]
    fn a_wrong_digit_or_a_swap_names_no_other_application() {
        let text = of(12_345_678).to_string();
        for position in 1..text.len() {
            for digit in b'0'..=b'9' {
                let mut wrong = text.clone().into_bytes();
                wrong[position] = digit;
                let wrong = String::from_utf8(wrong).expect("ascii");
                assert_eq!(wrong.parse::<InvoiceReference>().is_ok(), wrong == text, "{wrong}");
            }
            let mut swapped = text.clone().into_bytes();
            swapped.swap(position, (position + 1).min(text.len() - 1));
            let swapped = String::from_utf8(swapped).expect("ascii");
            assert_eq!(swapped.parse::<InvoiceReference>().is_ok(), swapped == text, "{swapped}");
        }
        assert_eq!("J0000004171".parse::<InvoiceReference>(), Err(NotAReference::CheckDigits));
    }

    #[test]
    fn what_is_not_of_the_form_is_refused() {
        let too_large = format!("J{}00", "9".repeat(20));
        for bad in [
            "",
            "J",
            "J000004172",
            "j0000004172",
            "0000004172",
            "J00000041 72",
            "J00000004172",
            "J+000004172",
            "Ｊ0000004172",
            too_large.as_str(),
            "J99999999999999999999999",
        ] {
            assert_eq!(bad.parse::<InvoiceReference>(), Err(NotAReference::Form), "{bad}");
        }
    }

    #[test]
    fn a_reference_is_found_as_payers_write_it() {
        for remark in [
            "J0000004172",
            "Ｊ００００００４１７２",
            "カ)ニホンJ0000004172",
            "J-0000004172 カ)ニホン",
            "ｼﾞｴｲ J 0000004172",
            "J－0000004172ニホン",
            "Jｰ0000004172",
            "JJ - 0000004172",
            "J0000004172/J0000004172",
        ] {
            assert_eq!(InvoiceReference::find_in(remark), [of(41)], "{remark}");
        }
        let two = "J0000004172 Ｊ００００００４２６９";
        assert_eq!(InvoiceReference::find_in(two), [of(41), of(42)]);
    }

    #[test]
    fn what_only_resembles_a_reference_is_not_found() {
        for remark in [
            "",
            "J",
            "JJJJ",
            "J0000004171",
            "J00000041721",
            "J    0000004172",
            "J0000 004172",
            "ニホンJ",
            "J000000417",
            "0000004172",
        ] {
            assert_eq!(InvoiceReference::find_in(remark), [], "{remark}");
        }
        let many: String = (0..100).map(|index| of(index).to_string()).collect();
        assert_eq!(InvoiceReference::find_in(&many).len(), InvoiceReference::FOUND_MAX);
    }
}

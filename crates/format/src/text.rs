//! Text that people wrote, and names that machines compare.

use crate::limits::{NAME_BYTES_MAX, TEXT_BYTES_MAX};
use bincode::Encode;
use std::fmt;

/// Text for people: at most 512 bytes of UTF-8, not empty, without control or
/// direction-changing characters and without space at either end.
///
/// Direction changers are refused because they let a name read differently on
/// the screen of the person who approves it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Text(String);

/// A stable name: 1 to 64 of `A-Z a-z 0-9 - . _ /`, such as `op-07`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Name(String);

impl Text {
    /// Text that meets the rules of the type.
    pub fn new(text: &str) -> Option<Text> {
        let fits = !text.is_empty() && text.len() <= TEXT_BYTES_MAX && text.trim() == text;
        (fits && !text.chars().any(misleads)).then(|| Text(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Name {
    /// A name that meets the rules of the type.
    pub fn new(name: &str) -> Option<Name> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
        let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
        (fits && name.bytes().all(allowed)).then(|| Name(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

macro_rules! shown_as_is {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }

        crate::codec::decode_checked!($name, String, |text| $name::new(&text));
        crate::codec::serialize_as_text!($name);
    };
}

shown_as_is!(Text);
shown_as_is!(Name);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_could_mislead_is_refused() {
        assert!(Text::new("首都近郊農場での12.7MW太陽光発電").is_some());
        for bad in ["", " a", "a ", "a\nb", "a\u{202e}b", "a\u{200b}b", "\u{feff}a", "a\u{85}b"] {
            assert_eq!(Text::new(bad), None, "{bad:?}");
        }
        assert!(Text::new(&"x".repeat(TEXT_BYTES_MAX)).is_some());
        assert_eq!(Text::new(&"x".repeat(TEXT_BYTES_MAX + 1)), None);
    }

    #[test]
    fn names_are_plain_ascii() {
        assert!(Name::new("op-07").is_some());
        for bad in ["", "op 7", "担当", "a\n"] {
            assert_eq!(Name::new(bad), None, "{bad:?}");
        }
        assert_eq!(Name::new(&"x".repeat(NAME_BYTES_MAX + 1)), None);
    }

    #[test]
    fn an_invariant_holds_on_the_way_in_from_bytes_too() {
        let bytes = crate::codec::encode(&String::from(" padded")).expect("short");
        assert!(crate::codec::decode::<Text>(&bytes).is_err());
    }
}

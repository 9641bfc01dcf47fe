//! The text of a notice in both languages at once, so that neither says more
//! than the other.

use crate::words::grouped;
use std::fmt::Display;

/// Japanese and English.
pub(super) type Both = (&'static str, &'static str);

/// A text that is being written.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) title: Both,
    pub(super) text_ja: String,
    pub(super) text_en: String,
}

impl Letter {
    /// A title and the first sentence.
    pub(super) fn new(
        title: Both,
        japanese: impl Into<String>,
        english: impl Into<String>,
    ) -> Letter {
        Letter { title, text_ja: japanese.into(), text_en: english.into() }
    }

    /// A line that reads the same in both languages.
    pub(super) fn item(self, name: Both, value: impl Display) -> Letter {
        let value = value.to_string();
        self.both(name, &value, &value)
    }

    /// A line with a value in each language.
    pub(super) fn both(mut self, name: Both, japanese: &str, english: &str) -> Letter {
        self.text_ja.extend(["\n", name.0, "：", japanese]);
        self.text_en.extend(["\n", name.1, ": ", english]);
        self
    }

    /// A line, where there is something to say.
    pub(super) fn some(self, name: Both, value: Option<impl Display>) -> Letter {
        match value {
            Some(value) => self.item(name, value),
            None => self,
        }
    }

    /// A quantity in tonnes of CO2 equivalent.
    pub(super) fn tonnes(self, name: Both, quantity: u64) -> Letter {
        let quantity = grouped(quantity);
        self.both(name, &format!("{quantity}トン（二酸化炭素換算）"), &format!("{quantity} t CO2e"))
    }

    /// An amount of money.
    pub(super) fn yen(self, name: Both, amount: u64) -> Letter {
        let amount = grouped(amount);
        self.both(name, &format!("{amount}円"), &format!("{amount} yen"))
    }
}

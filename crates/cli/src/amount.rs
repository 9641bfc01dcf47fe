//! Amounts for people: thousands separated. JSON has plain numbers.

/// Separates thousands with commas: `1,234,567`.
pub fn grouped(amount: u64) -> String {
    let digits = amount.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i != 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Reads a whole number, with commas between thousands or without any.
pub fn parse(text: &str) -> Result<u64, String> {
    let plain = text.replace(',', "");
    let amount: u64 = plain.parse().map_err(|_| not_an_amount(text))?;
    if plain == text || grouped(amount) == text { Ok(amount) } else { Err(not_an_amount(text)) }
}

fn not_an_amount(text: &str) -> String {
    format!("{text} is not a whole number such as 14400 or 14,400")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (amount, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (14_400, "14,400"),
            (123_456, "123,456"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(grouped(amount), text);
            assert_eq!(parse(text), Ok(amount));
            assert_eq!(parse(&amount.to_string()), Ok(amount));
        }
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for bad in ["", "1.5", "-1", "1,00", "14,40", "1,2345", ",1", "1,", "1 000", "１"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

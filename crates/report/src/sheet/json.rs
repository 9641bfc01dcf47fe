//! A cell as a JSON value: numbers as numbers, what is blank as `null`.

use super::{Cell, DateStyle};
use serde_json::Value;

/// The value of `cell`. Text stays as it is: JSON has no formulas.
pub fn json_value(cell: &Cell, dates: DateStyle) -> Value {
    match cell {
        Cell::Blank => Value::Null,
        Cell::Integer(number) => Value::from(*number),
        // Beyond 64 bits JSON readers lose digits, text does not.
        Cell::Signed(number) => {
            i64::try_from(*number).map_or_else(|_| Value::from(number.to_string()), Value::from)
        }
        Cell::Text(_) | Cell::NotApplicable | Cell::Day(_) | Cell::Moment(_) => {
            Value::from(cell.shown(dates))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_number_keeps_every_digit() {
        let value = json_value(&Cell::Integer(u64::MAX), DateStyle::Iso);
        assert_eq!(value.to_string(), "18446744073709551615");
        assert_eq!(json_value(&Cell::Signed(-7), DateStyle::Iso).to_string(), "-7");
        let beyond = json_value(&Cell::Signed(i128::from(i64::MIN) - 1), DateStyle::Iso);
        assert_eq!(beyond.to_string(), "\"-9223372036854775809\"");
        assert!(json_value(&Cell::Blank, DateStyle::Iso).is_null());
    }
}

//! Rules of form: what a field must look like, whatever the ledger holds.

use std::fmt;

/// A field that breaks a rule of form. Of a command of several parts, one for each
/// part that breaks any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path in the message, such as `apply_transfer.ranges[1].last`.
    pub field: String,
    /// The rule.
    pub rule: FieldRule,
    /// Of the parts after this one, in order; themselves without any.
    pub further: Vec<FieldError>,
}

impl FieldError {
    /// The rule, and the field that breaks it.
    pub fn new(field: impl Into<String>, rule: FieldRule) -> FieldError {
        FieldError { field: field.into(), rule, further: Vec::new() }
    }

    /// This one, then those of further parts.
    pub fn all(&self) -> impl Iterator<Item = (&str, FieldRule)> {
        let further = self.further.iter().map(|error| (error.field.as_str(), error.rule));
        std::iter::once((self.field.as_str(), self.rule)).chain(further)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (field, rule)) in self.all().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {rule}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldError {}

macro_rules! field_rules {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $reason:literal, $english:literal;)*) => {
        /// A rule of form. Numbers and reasons are stable for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FieldRule {
            $($(#[$doc])* $name,)*
        }

        impl FieldRule {
            /// Every rule, in the order of the numbers.
            pub const ALL: &[FieldRule] = &[$(FieldRule::$name,)*];

            /// The stable number.
            pub const fn number(self) -> u16 {
                match self { $(FieldRule::$name => $number,)* }
            }

            /// The stable reason, for machines.
            pub const fn reason(self) -> &'static str {
                match self { $(FieldRule::$name => $reason,)* }
            }

            /// What is asked for, in English.
            pub const fn english(self) -> &'static str {
                match self { $(FieldRule::$name => $english,)* }
            }
        }
    };
}

field_rules! {
    /// The field is needed.
    Missing = 111, "FIELD_MISSING", "is needed";
    /// A byte string has the wrong length.
    Length = 112, "FIELD_LENGTH", "has the wrong number of bytes, or of items for the list beside it";
    /// Text that is not acceptable.
    BadText = 113, "FIELD_TEXT",
        "must be 1 to 512 bytes of text without control or direction characters, and without space at either end";
    /// A stable name that is not acceptable.
    BadName = 114, "FIELD_NAME", "must be 1 to 64 of A-Z a-z 0-9 - . _ /";
    /// A number is outside its range.
    OutOfRange = 115, "FIELD_OUT_OF_RANGE", "is outside the range that is allowed";
    /// Not a calendar date.
    BadDate = 116, "FIELD_DATE", "is not a calendar date between 1970 and 9999";
    /// An identifier in another form than its own.
    BadId = 117, "FIELD_IDENTIFIER", "does not have the form of its kind of identifier";
    /// An enumeration without a value, or with one that is not known.
    BadChoice = 118, "FIELD_CHOICE", "must be one of the values listed for it";
    /// A list with nothing in it.
    EmptyList = 119, "LIST_EMPTY", "needs at least one item";
    /// A list that is too long.
    LongList = 120, "LIST_TOO_LONG", "has more items than the limit";
    /// A list that names the same thing twice.
    Repeated = 121, "LIST_REPEATS", "names the same thing twice";
    /// A range whose last unit comes before its first.
    RangeReversed = 131, "RANGE_REVERSED", "ends before it begins";
    /// Two ranges with units in common.
    RangesOverlap = 132, "RANGES_OVERLAP", "shares units with a range before it";
    /// Ranges out of order.
    RangesUnsorted = 133, "RANGES_UNSORTED", "must come after the range before it: sort by block and first unit";
    /// The quantity is not the sum of the ranges.
    QuantityMismatch = 134, "QUANTITY_MISMATCH", "is not the number of units in the ranges";
    /// The allocations do not add up.
    AllocationSum = 141, "ALLOCATION_SUM", "is not the sum of its parts";
    /// The monitoring period ends before it begins.
    PeriodReversed = 142, "PERIOD_REVERSED", "ends before it begins";
    /// The vintages are not the calendar years of the monitoring period.
    VintageSplit = 143, "VINTAGE_SPLIT",
        "must have one item for each calendar year of the monitoring period, ascending";
    /// More for Japan than for both sides together, or more issued than notified.
    NotifiedExceeded = 144, "NOTIFIED_EXCEEDED", "is more than the amount notified";
    /// One authorisation without the other.
    AuthorisationPair = 145, "AUTHORISATION_PAIR", "needs the other side's authorisation beside it";
    /// A date that the predecessor book cannot have.
    NotPredecessor = 146, "NOT_PREDECESSOR", "must be at the latest 2025-03-31, the predecessor book's last day";
    /// A carried-over issuance dated before its decision.
    IssuedBeforeDecision = 147, "ISSUED_BEFORE_DECISION", "must not be before the date of the decision";
    /// A use that its purpose cannot serve.
    UseMisfit = 148, "USE_MISFIT",
        "does not fit the purpose: the NDC is served by retirement only, international mitigation, other international purposes and OMGE by cancellation only, and any other transfer serves no use";
    /// A list of items each once, out of order.
    ListUnsorted = 149, "LIST_UNSORTED", "must come after the item before it: sort ascending, each once";
    /// A field that something else in the command rules out.
    NotAllowed = 150, "FIELD_NOT_ALLOWED", "must be absent here";
    /// Not a template of identification numbers.
    BadIdentification = 151, "IDENTIFICATION_FORMAT",
        "must be 1 to 64 of A-Z a-z 0-9 - . / _ : with {block} and {unit} once each and {project}, {country}, {vintage} at most once each; between two of these something that is neither letter nor digit, and no digit beside a number";
    /// A metric in which units do not count.
    MetricNotGhg = 152, "METRIC_NOT_GHG", "must be GHG: units are tonnes of CO2 equivalent";
    /// Texts that do not fit one entry together.
    LongTexts = 153, "TEXTS_TOO_LONG",
        "have together more than 8,192 bytes in beneficiaries and numbers: split the command";
}

impl fmt::Display for FieldRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.english())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_reasons_are_unique() {
        for pair in FieldRule::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{:?}", pair[1]);
        }
        let mut reasons: Vec<_> = FieldRule::ALL.iter().map(|rule| rule.reason()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), FieldRule::ALL.len());
    }
}

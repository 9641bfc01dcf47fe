//! References to cells, held to what a sheet has before a reader of workbooks adds
//! them up: it does so without a limit, and a reference long enough would come out
//! as another cell.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The last row and column of a sheet (Excel's own limits): XFD1048576.
const ROW_LAST: u32 = 1_048_576;
const COLUMN_LAST: u32 = 16_384;

/// The first reference of a part that no sheet has. What is no XML has none: the reader
/// of workbooks, which is built on the same parser, stops where this does.
pub(super) fn beyond(content: &[u8]) -> Option<String> {
    let mut reader = Reader::from_reader(content);
    let config = reader.config_mut();
    // As the reader of workbooks sets them, so that both see the same elements.
    config.check_end_names = false;
    config.check_comments = false;
    config.expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => {
                if let Some(reference) = beyond_in(&element) {
                    return Some(reference);
                }
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

fn beyond_in(element: &BytesStart<'_>) -> Option<String> {
    let (attribute, holds): (_, fn(&str) -> bool) = match element.local_name().as_ref() {
        "c" => ("r", |of| cell(of).is_some()),
        "row" => ("r", |of| row(of).is_some()),
        "dimension" => ("ref", is_area),
        _ => return None,
    };
    // One that is given twice is looked at twice.
    let named = |found: &str| Some(found.chars().take(80).collect());
    for found in element.attributes().with_checks(false) {
        match found {
            Ok(found) if found.key.as_ref() == attribute && !holds(&found.value) => {
                return named(&found.value);
            }
            Ok(_) => {}
            Err(_) => return named(element.attributes_raw()),
        }
    }
    None
}

/// `A1:G67`, or a single cell.
fn is_area(text: &str) -> bool {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let (Some(first), Some(last)) = (cell(first), cell(last)) else { return false };
    first.0 <= last.0 && first.1 <= last.1
}

/// Row and column of `G67`, from 1.
fn cell(text: &str) -> Option<(u32, u32)> {
    let digits = text.find(|letter: char| !letter.is_ascii_alphabetic())?;
    let (letters, digits) = text.split_at(digits);
    if letters.is_empty() || 3 < letters.len() {
        return None;
    }
    let place = |letter: u8| u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    let column = letters.bytes().fold(0, |column, letter| column * 26 + place(letter));
    (column <= COLUMN_LAST).then_some((row(digits)?, column))
}

fn row(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let row = is_number.then(|| text.parse().ok()).flatten()?;
    (1..=ROW_LAST).contains(&row).then_some(row)
}

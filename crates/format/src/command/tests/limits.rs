//! That what the rules of form allow fits a payload, and its event an entry.

use super::acts::line_key;
use super::*;
use crate::entry::{Entry, FormatVersion, SealedEntry};
use crate::event::{Effect, Event};
use crate::limits::{
    ENTRY_BYTES_MAX, IMPORT_LINES_MAX, PAYMENT_PARTS_MAX, RANGES_MAX, SIGNATURES_MAX, TONNES_MAX,
};

/// A header as long as it can be.
fn longest(body: Body) -> Command {
    Command {
        registry: "x".repeat(255).parse().expect("an origin"),
        valid_until: Timestamp::MAX,
        effect_digest: Some(digest(0xff)),
        ..command(body)
    }
}

/// The entry of a command with as many signatures and as large numbers as there
/// can be, after it was read back.
fn entry_of(command: &Command, effects: Vec<Effect>) -> SealedEntry {
    let signature = CommandSignature {
        key: PublicKey::from_bytes([0xff; 32]),
        signature: Signature::from_bytes([0xff; 64]),
    };
    let entry = Entry {
        version: FormatVersion::V1,
        index: EntryIndex::new(u64::MAX),
        prev: digest(0xff),
        time: Timestamp::MAX,
        rule_set: u32::MAX,
        command: SignedCommand {
            payload: command.to_payload(),
            signatures: vec![signature; SIGNATURES_MAX],
        },
        event: Event(effects),
    };
    let sealed = SealedEntry::seal(entry).expect("within the limit");
    assert_eq!(SealedEntry::open(sealed.bytes().to_vec()).as_ref(), Ok(&sealed));
    sealed
}

#[test]
fn the_longest_statement_fits_a_payload_and_an_entry() {
    let payment = |number: usize| ImportedPayment {
        key: line_key(number as u64),
        amount_yen: Yen::MAX,
        value_date: Date::LAST,
        account: Some(account(AccountNumber::MAX)),
    };
    let statement = ImportStatement {
        statement: digest(0xff),
        payers: Some(digest(0xff)),
        payments: (0..IMPORT_LINES_MAX).map(payment).collect(),
    };
    let command = longest(Body::ImportStatement(statement.clone()));
    let payload = command.to_payload();
    assert_eq!(Command::parse(&payload), Ok(command.clone()));
    // The arithmetic of the limit: 26 bytes for each credit and 700 beside them.
    let credits = 26 * IMPORT_LINES_MAX;
    assert!((credits..credits + 700).contains(&payload.len()), "{}", payload.len());
    assert!(payload.len() <= PAYLOAD_BYTES_MAX);
    let ImportStatement { statement, payers, payments } = statement;
    let effect = Effect::StatementImported { statement, payers, payments };
    let event = codec::encode(&effect).expect("short").len();
    assert!((32_000..32_100).contains(&event), "{event}");
    let sealed = entry_of(&command, vec![effect]);
    assert!(sealed.bytes().len() < 60_000 && 60_000 < ENTRY_BYTES_MAX, "{}", sealed.bytes().len());
}

#[test]
fn the_most_parts_of_payments_fit() {
    let (payment, application) =
        (PaymentId { entry: EntryIndex::new(u64::MAX), line: 1_000 }, EntryIndex::new(u64::MAX));
    let part = PaymentPart { payment, application, amount_yen: Yen::MAX };
    let command = longest(Body::ApplyPayments { parts: vec![part; PAYMENT_PARTS_MAX] });
    assert_eq!(Command::parse(&command.to_payload()), Ok(command.clone()));
    let amount_yen = Yen::MAX;
    let effect = Effect::PaymentLineApplied { payment, application: Some(application), amount_yen };
    assert_eq!(codec::encode(&effect).expect("short").len(), 32);
    entry_of(&command, vec![effect; PAYMENT_PARTS_MAX]);
}

#[test]
fn the_longest_correction_fits() {
    let range = |number: usize| {
        let block = BlockNumber::new(u32::MAX).expect("from 1");
        let last = TONNES_MAX - number as u64;
        SerialRange::new(block, last, last).expect("one unit")
    };
    let each = RANGES_MAX / crate::limits::CORRECTION_MOVES_MAX;
    let moves = (0..crate::limits::CORRECTION_MOVES_MAX).map(|n| CorrectionMove {
        source: account(AccountNumber::MAX),
        destination: account(AccountNumber::MAX - 1),
        ranges: SerialRanges::new((n * each..(n + 1) * each).rev().map(range).collect())
            .expect("ascending"),
    });
    let Some(Body::RecordCorrection(correction)) = acts::corrections().pop() else {
        unreachable!("the last is a correction");
    };
    let correction = RecordCorrection { moves: moves.collect(), ..correction };
    let command = longest(Body::RecordCorrection(correction.clone()));
    assert_eq!(Command::parse(&command.to_payload()), Ok(command.clone()));
    let moved = correction.moves.into_iter().map(|units| Effect::UnitsMoved { units });
    entry_of(&command, moved.collect());
}

/// bincode counts the memory that a list takes; `codec` allows 512 bytes for each
/// byte of the encoding.
#[test]
fn no_item_of_a_list_takes_more_memory_than_the_codec_allows() {
    assert!(size_of::<Effect>() <= 512, "{}", size_of::<Effect>());
    assert!(size_of::<ImportedPayment>() <= 512);
    assert!(size_of::<FeePeriod>() <= 512);
}

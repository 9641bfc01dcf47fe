//! Every limit of the format, with its arithmetic.
//!
//! A limit may be raised by a new format version only: a verifier of this
//! version refuses what exceeds them.

/// An entry travels in a C2SP entry bundle, whose length field has 16 bits.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Half an entry: the other half holds signatures, the event and the frame.
pub const PAYLOAD_BYTES_MAX: usize = 32_768;

/// Two signatures are the most that a rule asks for; eight leave room for
/// genesis, which every authority key signs.
pub const SIGNATURES_MAX: usize = 8;

/// A transfer names at most this many ranges. 256 ranges take at most
/// 256 * (2 + 5 + 9 + 9) = 6,400 bytes in the payload and as much in the event.
pub const RANGES_MAX: usize = 256;

/// Accounts credited by one issuance, over all its vintages.
pub const ALLOCATIONS_MAX: usize = 256;

/// Calendar years in one monitoring period.
pub const VINTAGES_MAX: usize = 32;

/// Projects named by one authorisation.
pub const PROJECTS_MAX: usize = 256;

/// Attachments of one application.
pub const ATTACHMENTS_MAX: usize = 16;

/// Credits of one imported bank statement.
///
/// In the payload a credit takes at most 12 bytes of key, 6 of an amount of 40
/// bits, 4 of a day of 22 bits and 4 of an account of 24 bits: 26,000 bytes for
/// all, and 700 at most for the header, the digests and the lengths: less than
/// [`PAYLOAD_BYTES_MAX`]. In the event it takes 12 + 9 + 5 + 6 = 32, so the event
/// has at most 32,100 bytes. With 8 signatures of 96 bytes and the frame of the
/// entry that is less than 60,000, and [`ENTRY_BYTES_MAX`] holds it.
pub const IMPORT_LINES_MAX: usize = 1_000;

/// Parts of payments applied by one command, each with an effect of its own of
/// at most 32 bytes: 8,192 in the event.
pub const PAYMENT_PARTS_MAX: usize = 256;

/// Periods of the fee schedule. The Cabinet Order's amounts have changed less
/// often than once a year.
pub const FEE_PERIODS_MAX: usize = 32;

/// Days of a year.
pub const HOLIDAYS_MAX: usize = 366;

/// Working days that a rule may give; a year has not many more.
pub const WORKING_DAYS_MAX: u32 = 250;

/// The last hour of a day; it begins at hour 0.
pub const HOUR_MAX: u32 = 23;

/// The highest consumption tax that an invoice may state, in percent.
pub const TAX_PERCENT_MAX: u32 = 99;

/// Items that one request for completion asks for. 16 * (2 + 2 + 512) = 8,256
/// bytes in the payload and as much in the event.
pub const COMPLETION_ITEMS_MAX: usize = 16;

/// Pairs of accounts between which one correction moves units. All moves
/// together name at most [`RANGES_MAX`] ranges, as a transfer does: 8 * 256 of
/// them would fit a payload but not an entry.
pub const CORRECTION_MOVES_MAX: usize = 8;

/// Accounts from which one account receives units.
pub const ACCEPTED_ACCOUNTS_MAX: usize = 256;

/// A template of identification numbers, in bytes of ASCII.
pub const IDENTIFICATION_BYTES_MAX: usize = 64;

/// Digits to which a template fills a number with zeros. The longest number, of
/// a unit, has 12.
pub const IDENTIFICATION_DIGITS_MAX: usize = 15;

/// The longest a command may stay valid: 24 hours. A rejected command could be
/// decided anew until then, hence short.
pub const VALIDITY_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// Names, titles and reasons, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 512;

/// Stable names and references, in bytes of ASCII.
pub const NAME_BYTES_MAX: usize = 64;

/// Two hundred million tonnes is Japan's own target for 2040; a single amount
/// above a thousand times that is a slip of the pen, and sums of 2^16 of them
/// still fit 64 bits.
pub const TONNES_MAX: u64 = 200_000_000_000;

/// One trillion yen: a slip of the pen above it, and sums still fit 64 bits.
pub const YEN_MAX: u64 = 1_000_000_000_000;

/// Commands in one batch, and so entries under one checkpoint.
pub const BATCH_ENTRIES_MAX: usize = 256;

/// One frame of the log: a full batch of full entries and its checkpoint.
/// 256 * (65,535 + 4) + 65,536 = 16,843,520.
pub const FRAME_BYTES_MAX: usize = BATCH_ENTRIES_MAX * (ENTRY_BYTES_MAX + 4) + 65_536;

/// A caller's statement: an origin and a method of at most 255 bytes each, a time, a nonce
/// and a digest, with their tags: 2 * (3 + 255) + 11 + 18 + 34 = 579.
pub const CALLER_STATEMENT_BYTES_MAX: usize = 640;

/// A statement, a key and a signature: 3 + 640 + 34 + 66 = 743.
pub const CALLER_PROOF_BYTES_MAX: usize = 768;

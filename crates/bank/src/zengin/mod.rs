//! The fixed-width statements of the Japanese Bankers Association: 振込入金通知
//! (kind 01) and 入出金取引明細 (kind 03).
//!
//! A file is records of 200 bytes in JIS X 0201 (read as Shift_JIS, which holds
//! it), with or without CR, LF or both between them: a header (1), data (2), a
//! trailer (8), possibly more accounts in the same way, and an end (9). The
//! filling of a DOS file (`1A`) and empty lines are ignored.
//!
//! # Layout
//!
//! Positions from 1; N is digits, C is half-width letters and kana. Fields that
//! are not read are left out.
//!
//! | record | field | 01 | 03 |
//! | --- | --- | --- | --- |
//! | header | 種別コード N(2) | 2 | 2 |
//! | | コード区分 N(1), 0 JIS, 1 EBCDIC | 4 | 4 |
//! | | 勘定日(自), (至) N(6) each, YYMMDD of the era | 11, 17 | 11, 17 |
//! | | 銀行コード N(4), 支店コード N(3) | 23, 42 | 23, 42 |
//! | | 預金種目 N(1) | 60 | 63, after three zeros |
//! | | 口座番号 | 61 N(7) | 64 N(10) |
//! | data | 照会番号 | 2 N(6) | 2 N(8) |
//! | | 勘定日, 起算日 N(6) each | 8, 14 | 10, 16 |
//! | | 入払区分 N(1), 1 in, 2 out | | 22 |
//! | | 取引区分 N(2) | | 23 |
//! | | amount | 20 N(10) | 25 N(12) |
//! | | うち他店券金額 | 30 N(10) | 37 N(12) |
//! | | 振込依頼人名 C(48) | 50 | 82 |
//! | | 取消区分 N(1), 1 cancelled | 128 | |
//! | | 摘要内容 C(20) | | 160 |
//! | | EDI情報 C(20) | 129 | 180 |
//! | trailer | credits N(6), their sum | 2, 8 N(12) | 2, 8 N(13) |
//! | | kind 01: cancellations N(6), their sum N(12) | 20, 26 | |
//! | | kind 03: debits N(6), their sum N(13) | | 21, 27 |
//! | | データ・レコード件数 N(7) | | 55 |
//!
//! 取引区分: 10 cash, 11 transfer, 12 cheque, 13 clearing, 14 book transfer, 15
//! renewal, 18 other, 19 correction.
//!
//! Kind 01 has a variant ("B") for amounts of more than ten digits: 金額(2) and
//! うち他店券金額(2), N(12) each, stand at 129 and 141, EDI情報 at 153, and the
//! one of the two amounts that is not used is zero. A record is read so if 129
//! to 152 are 24 digits.
//!
//! # Sources
//!
//! * Awa Bank, 振込入金通知(全銀協制定フォーマット),
//!   <http://www.awabank.co.jp/houjin/service/fb/zengin/tsuchi/>: kind 01,
//!   header, and data up to 振込依頼人コード.
//! * Kiraboshi Bank, 《入出金明細(全銀)》明細ファイル・フォーマット(全銀協規定形式),
//!   2018-05-01: kind 03, header up to 預金種目.
//! * The rest of kinds 01 and 03, position by position, from public programs
//!   that read or write them: three independent ones agree on the data of 01
//!   and on the data and codes of 03, three on the trailer of 01 and two on that
//!   of 03.
//!
//! # What could not be verified
//!
//! The association's own document (適用業務およびレコード・フォーマット, linked from
//! <https://www.zenginkyo.or.jp/abstract/efforts/system/protocol/>) was not at
//! hand, and no file of a real bank. In particular:
//!
//! * variant B of 01 rests on one program, and so does the reading that a
//!   correction (19) of a credit stands as a debit;
//! * banks that keep no cancellations leave their fields in the trailer of 01
//!   empty; taken as zero;
//! * whether the credits of 01's trailer include cancelled transfers: it does
//!   not matter here, a cancelled transfer refuses the file in any case;
//! * 取引区分 may be left out by a bank: such a credit is taken for a transfer if
//!   it names a payer, and for another credit if not;
//! * what the end record counts (レコード総件数, 口座数) and the balances of 03 are
//!   not checked;
//! * whether a bank lists the payments of a day in the same order every time.

mod record;

use crate::collect::{Collector, Fault};
use crate::error::{Expected, Problem};
use crate::field::Field;
use crate::text::shown;
use crate::{Format, text};
use record::{Header, Kind, Record, Trailer};

/// Length of a record in bytes.
pub const RECORD_BYTES: usize = 200;

/// End of a DOS text file, with which old programs fill the last block.
const DOS_END: u8 = 0x1a;

/// Reads a file, leaving payments and faults in `collector`.
pub(crate) fn read(bytes: &[u8], format: Format, collector: &mut Collector) {
    let kind = match format {
        Format::ZenginTransactions => Kind::Transactions,
        _ => Kind::Transfers,
    };
    // Before anything else: without a header nobody knows what the records hold,
    // and a file of another kind has records of other lengths.
    if let Err(fault) = check_beginning(bytes, kind) {
        return collector.fault(Some(1), fault);
    }
    let mut reader = Reader {
        kind,
        expected: Expected::Header,
        group: Group::default(),
        account: None,
        record: 0,
    };
    for piece in pieces(bytes) {
        reader.record = reader.record.saturating_add(1);
        match Record::new(piece) {
            Some(record) => reader.take(&record, collector),
            None => {
                let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                reader.fault(collector, (Field::Record, Problem::RecordLength { bytes }));
                reader.go_on_after(piece.first().copied().unwrap_or_default());
            }
        }
    }
    if reader.expected != Expected::Nothing {
        let problem = Problem::EndsEarly { expected: reader.expected };
        collector.fault(None, (Field::File, problem));
    }
}

fn check_beginning(bytes: &[u8], kind: Kind) -> Result<(), Fault> {
    match bytes.split_at_checked(1) {
        Some((b"1", rest)) => record::check_kind(rest.get(..2).unwrap_or_default(), kind),
        first => Err(unexpected(first.map_or(&[], |(first, _)| first), Expected::Header)),
    }
}

fn unexpected(first: &[u8], expected: Expected) -> Fault {
    let found = shown(&text::from_shift_jis(first).unwrap_or_default());
    (Field::Record, Problem::UnexpectedRecord { found, expected })
}

/// The records. A line that is not a whole number of them is one piece, so that
/// a lost byte spoils that line only; in a file without line ends all that
/// follows is shifted, and only the last piece shows it.
fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    let end = bytes.iter().rposition(|b| !matches!(*b, DOS_END | b'\r' | b'\n'));
    let bytes = end.and_then(|end| bytes.get(..=end)).unwrap_or_default();
    let lines: Vec<_> =
        bytes.split(|b| matches!(*b, b'\r' | b'\n')).filter(|line| !line.is_empty()).collect();
    let only_one = lines.len() == 1;
    let mut pieces = Vec::new();
    for line in lines {
        if only_one || line.len().is_multiple_of(RECORD_BYTES) {
            pieces.extend(line.chunks(RECORD_BYTES));
        } else {
            pieces.push(line);
        }
    }
    pieces
}

/// What the data records of one account amount to.
#[derive(Default)]
struct Group {
    /// None if the header could not be read.
    header: Option<Header>,
    /// Whether a record could not be read: totals say nothing then.
    broken: bool,
    totals: record::Totals,
}

struct Reader {
    kind: Kind,
    expected: Expected,
    group: Group,
    /// The account of the first header.
    account: Option<String>,
    /// Number of the record, from 1.
    record: u32,
}

impl Reader {
    fn fault(&mut self, collector: &mut Collector, fault: Fault) {
        self.group.broken = true;
        collector.fault(Some(self.record), fault);
    }

    fn take(&mut self, record: &Record<'_>, collector: &mut Collector) {
        let (first, expected) = (record.first(), self.expected);
        let fits = match first {
            b'1' => matches!(expected, Expected::Header | Expected::HeaderOrEnd),
            b'2' | b'8' => expected == Expected::DataOrTrailer,
            b'9' => expected == Expected::HeaderOrEnd,
            _ => false,
        };
        if !fits {
            self.fault(collector, unexpected(&[first], expected));
        }
        self.go_on_after(first);
        match first {
            b'1' => self.header(record, collector),
            b'2' if fits => self.data(record, collector),
            b'8' if fits => self.trailer(record, collector),
            _ => {}
        }
    }

    /// Expects what follows a record that begins with `first`, whether or not
    /// it stood in its place, so that one gap is one fault.
    fn go_on_after(&mut self, first: u8) {
        if first == b'1' {
            // Broken until its header has been read.
            self.group = Group { broken: true, ..Group::default() };
        }
        self.expected = match first {
            b'1' | b'2' => Expected::DataOrTrailer,
            b'8' => Expected::HeaderOrEnd,
            b'9' => Expected::Nothing,
            _ => self.expected,
        };
    }

    fn header(&mut self, record: &Record<'_>, collector: &mut Collector) {
        match record.header(self.kind, collector.today) {
            Ok(header) => {
                let account = self.account.get_or_insert_with(|| header.account.clone());
                let other = *account != header.account;
                self.group = Group { header: Some(header), ..Group::default() };
                if other {
                    self.fault(collector, (Field::AccountNumber, Problem::OtherAccount));
                }
            }
            Err(fault) => self.fault(collector, fault),
        }
    }

    fn data(&mut self, record: &Record<'_>, collector: &mut Collector) {
        let header = self.group.header.as_ref();
        match record.data(self.kind, header, collector.today) {
            Ok((entry, row)) => {
                let fits = self.group.totals.add(entry);
                self.group.broken = self.group.broken || fits.is_none();
                collector.row(self.record, row);
            }
            Err(fault) => self.fault(collector, fault),
        }
    }

    fn trailer(&mut self, record: &Record<'_>, collector: &mut Collector) {
        let trailer = match record.trailer(self.kind) {
            Ok(trailer) => trailer,
            Err(fault) => return self.fault(collector, fault),
        };
        if !self.group.broken
            && let Some(fault) = difference(&trailer, &self.group.totals)
        {
            self.fault(collector, fault);
        }
    }
}

/// The first total in which trailer and records differ.
fn difference(trailer: &Trailer, totals: &record::Totals) -> Option<Fault> {
    trailer
        .compared_with(totals)
        .into_iter()
        .find(|(_, said, found)| said != found)
        .map(|(field, said, found)| (field, Problem::TrailerDiffers { said, found }))
}

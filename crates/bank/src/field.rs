//! The names of what a statement holds, as an operator reads them.

use std::fmt;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident: $english:literal, $japanese:literal;)*) => {
        /// A field of a record or a column of a table. Displayed in English.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        impl Field {
            /// The name in English.
            pub const fn english(self) -> &'static str {
                match self { $(Field::$name => $english,)* }
            }

            /// The name in Japanese, as banks print it.
            pub const fn japanese(self) -> &'static str {
                match self { $(Field::$name => $japanese,)* }
            }
        }
    };
}

fields! {
    /// The file as a whole.
    File: "file", "ファイル";
    /// A record or row as a whole.
    Record: "record", "レコード";
    /// The first line of a table.
    HeaderLine: "header line", "見出し行";
    /// Kind of statement, 01 or 03.
    StatementKind: "kind of statement", "種別コード";
    /// Character code, 0 for JIS.
    CharacterCode: "character code", "コード区分";
    /// First day of the statement.
    PeriodFrom: "first booking date", "勘定日(自)";
    /// Last day of the statement.
    PeriodTo: "last booking date", "勘定日(至)";
    /// Code of the bank.
    Bank: "bank code", "銀行コード";
    /// Code of the branch.
    Branch: "branch code", "支店コード";
    /// Kind of account.
    AccountKind: "kind of account", "預金種目";
    /// Number of the account.
    AccountNumber: "account number", "口座番号";
    /// Day on which the bank booked it.
    BookingDate: "booking date", "勘定日";
    /// Day from which the money counts.
    ValueDate: "value date", "起算日";
    /// Money that came in.
    Amount: "amount", "入金額";
    /// Money that went out.
    Withdrawal: "withdrawal", "出金額";
    /// What of the amount is cheques on other banks.
    Cheques: "cheques of other banks", "うち他店券金額";
    /// Who paid.
    Payer: "payer", "振込依頼人名";
    /// What the payer wrote along.
    Memo: "memo", "EDI情報";
    /// The bank's own number of the line.
    BankNumber: "reference no.", "照会番号";
    /// Money in or out.
    Direction: "in or out", "入払区分";
    /// Transfer, cash, cheque and so on.
    TransactionKind: "kind of transaction", "取引区分";
    /// Whether a transfer was cancelled.
    Cancellation: "cancellation", "取消区分";
    /// Number of credits by the trailer.
    CreditCount: "number of credits", "入金件数";
    /// Sum of the credits by the trailer.
    CreditTotal: "sum of credits", "入金額合計";
    /// Number of debits by the trailer.
    DebitCount: "number of debits", "出金件数";
    /// Sum of the debits by the trailer.
    DebitTotal: "sum of debits", "出金額合計";
    /// Number of cancelled transfers by the trailer.
    CancelledCount: "number of cancellations", "取消合計件数";
    /// Sum of the cancelled transfers by the trailer.
    CancelledTotal: "sum of cancellations", "取消合計金額";
    /// Number of data records by the trailer.
    DataCount: "number of data records", "データ・レコード件数";
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.english())
    }
}

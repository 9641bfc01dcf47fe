//! Every fault in Japanese, and what to do about it in both languages.

use crate::error::{Expected, Problem};
use crate::{CREDIT_LINES_MAX, FILE_BYTES_MAX};

/// What an operator can do about a fault.
#[derive(Clone, Copy)]
enum Advice {
    Fetch,
    Split,
    Kind,
    Jis,
    Untouched,
    ByHand,
    AskBank,
    Era,
    Columns,
    Cell,
    Tomorrow,
    OneAccount,
}

impl Advice {
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Advice::Fetch => {
                ("fetch the statement from the bank again", "明細を銀行から取得し直してください")
            }
            Advice::Split => (
                "fetch the statement in parts, a few days each",
                "数日ごとに分けて明細を取得してください",
            ),
            Advice::Kind => (
                "choose 振込入金通知 (01) or 入出金取引明細 (03) when you fetch it, or name the \
                 format that it has",
                "振込入金通知(01)又は入出金取引明細(03)を選んで取得するか、\
                 実際の形式を指定してください",
            ),
            Advice::Jis => (
                "ask the bank for a file in JIS of an ordinary or current account",
                "普通・当座・貯蓄預金のJISコードのファイルを銀行から取得してください",
            ),
            Advice::Untouched => (
                "fetch it again and load it without opening or saving it in an editor",
                "取得し直し、編集ソフトで開いたり保存したりせずに取り込んでください",
            ),
            Advice::ByHand => (
                "take the line out by fetching other days, and book it by hand",
                "この行を含まない期間で取得し直し、この行は手作業で記帳してください",
            ),
            Advice::AskBank => (
                "compare it with the bank's own screen before loading the file",
                "取り込む前に銀行の画面と照合してください",
            ),
            Advice::Era => (
                "a Zengin file has the year of Reiwa (R8 = 08), a table 2026-11-23 or R8.11.23",
                "全銀形式は令和の年(令和8年=08)、表形式は2026-11-23又はR8.11.23と書きます",
            ),
            Advice::Columns => (
                "the first line must name each column once: 取引日/date, 入金額/amount and \
                 振込人名/payer are needed",
                "先頭行に列名を一度ずつ書いてください。取引日・入金額・振込人名は必須です",
            ),
            Advice::Cell => (
                "correct the cell after the bank's own screen",
                "銀行の画面のとおりに直してください",
            ),
            Advice::Tomorrow => (
                "a statement must hold whole days: import it from tomorrow on, fetched anew",
                "明細は一日分を全て含む必要があります。明日以降に取得し直して取り込んでください",
            ),
            Advice::OneAccount => (
                "fetch a statement for each account, and import each under its own label",
                "口座ごとに明細を取得し、それぞれの口座の名称で取り込んでください",
            ),
        }
    }
}

impl Problem {
    fn way_out(&self) -> Advice {
        match self {
            Problem::FileTooLarge { .. } | Problem::TooManyCredits { .. } => Advice::Split,
            Problem::Empty | Problem::EndsEarly { .. } => Advice::Fetch,
            Problem::WrongKind { .. } => Advice::Kind,
            Problem::Ebcdic | Problem::TimeDeposit => Advice::Jis,
            Problem::RecordLength { .. }
            | Problem::UnexpectedRecord { .. }
            | Problem::NotText { .. } => Advice::Untouched,
            Problem::Correction | Problem::Uncleared { .. } => Advice::ByHand,
            Problem::TrailerDiffers { .. } | Problem::UnknownCode { .. } => Advice::AskBank,
            Problem::NotADate { .. } | Problem::Future { .. } | Problem::OutsidePeriod { .. } => {
                Advice::Era
            }
            Problem::NoColumn | Problem::SameColumn { .. } => Advice::Columns,
            Problem::DayNotOver { .. } => Advice::Tomorrow,
            Problem::OtherAccount => Advice::OneAccount,
            Problem::UnsafeText
            | Problem::TooLong { .. }
            | Problem::Missing
            | Problem::NotANumber { .. }
            | Problem::Zero
            | Problem::TooMuch { .. }
            | Problem::TwoAmounts
            | Problem::CellCount { .. }
            | Problem::OpenQuote => Advice::Cell,
        }
    }

    /// What to do about it, in English.
    pub fn advice(&self) -> &'static str {
        self.way_out().texts().0
    }

    /// What to do about it, in Japanese.
    pub fn advice_japanese(&self) -> &'static str {
        self.way_out().texts().1
    }

    /// What is wrong, in Japanese.
    pub fn japanese(&self) -> String {
        match self {
            Problem::FileTooLarge { bytes } => {
                format!("{bytes}バイトあり、上限{FILE_BYTES_MAX}バイトを超えています")
            }
            Problem::Empty => "空のファイルです".to_owned(),
            Problem::TooManyCredits { credits } => {
                format!("入金が{credits}件あり、上限{CREDIT_LINES_MAX}件を超えています")
            }
            Problem::WrongKind { found, expected } => {
                format!("種別が「{found}」で、{expected}ではありません")
            }
            Problem::Ebcdic => "JISではなくEBCDICで書かれています".to_owned(),
            Problem::TimeDeposit => "定期性預金の明細で、項目の並びが異なります".to_owned(),
            Problem::OtherAccount => "前のヘッダーと異なる口座の明細です".to_owned(),
            Problem::RecordLength { bytes } => {
                format!("{bytes}バイトで、200バイトのレコードではありません")
            }
            Problem::UnexpectedRecord { found, expected } => {
                format!("{}の位置に「{found}」のレコードがあります", in_japanese(*expected))
            }
            Problem::EndsEarly { expected } => {
                format!("{}の前でファイルが終わっています", in_japanese(*expected))
            }
            _ => self.japanese_of_cell(),
        }
    }

    fn japanese_of_cell(&self) -> String {
        match self {
            Problem::NotText { encoding } => format!("{encoding}の文字として読めません"),
            Problem::TooLong { max } => format!("{max}バイトを超えています"),
            Problem::Missing => "値がありません".to_owned(),
            Problem::NotANumber { text } => format!("「{text}」は整数ではありません"),
            Problem::Zero => "金額が0円です".to_owned(),
            Problem::TooMuch { text } => format!("{text}円は一件の金額の上限を超えています"),
            Problem::TwoAmounts => "一行に金額が二つあります".to_owned(),
            Problem::NotADate { text } => format!("「{text}」はこの暦の日付ではありません"),
            Problem::Future { text } => format!("「{text}」は未来の日付です"),
            Problem::DayNotOver { date } => format!("「{date}」は本日で、まだ終わっていません"),
            Problem::OutsidePeriod { text } => {
                format!("「{text}」はヘッダーの勘定日の期間外です")
            }
            Problem::UnknownCode { text } => format!("「{text}」はこの項目の区分ではありません"),
            Problem::Correction => "訂正又は取消の取引です".to_owned(),
            Problem::Uncleared { text } => format!("うち{text}円は未決済の他店券です"),
            Problem::TrailerDiffers { said, found } => {
                format!("トレーラは{said}、データの集計は{found}です")
            }
            Problem::NoColumn => "列がありません".to_owned(),
            Problem::SameColumn { name } => format!("同じ意味の列が二つあります(「{name}」)"),
            Problem::CellCount { found, expected } => {
                format!("{found}列あり、見出し行は{expected}列です")
            }
            Problem::OpenQuote => "引用符がその行で閉じていません".to_owned(),
            Problem::UnsafeText => "安全に表示できない文字があります".to_owned(),
            // Said by the caller. Named, so that a new fault is not forgotten here.
            Problem::FileTooLarge { .. }
            | Problem::Empty
            | Problem::TooManyCredits { .. }
            | Problem::WrongKind { .. }
            | Problem::Ebcdic
            | Problem::TimeDeposit
            | Problem::OtherAccount
            | Problem::RecordLength { .. }
            | Problem::UnexpectedRecord { .. }
            | Problem::EndsEarly { .. } => String::new(),
        }
    }
}

fn in_japanese(expected: Expected) -> &'static str {
    expected.texts().1
}

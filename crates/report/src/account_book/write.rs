//! The statement as a file: for spreadsheets, for programs, for people.

use super::{Movement, Statement};
use crate::ReportError;
use crate::cell::neutral;
use crate::paper::{Language, Paper};
use crate::words::{grouped, use_texts};
use jcm_format::serial::SerialRange;

const HEADING: [&str; 10] = [
    "entry",
    "time",
    "kind",
    "quantity_tonnes",
    "ranges",
    "counterparty",
    "use",
    "reporting_year",
    "beneficiary",
    "balance_tonnes",
];

impl Statement {
    /// The statement as a CSV file: a heading, the opening balance, each movement,
    /// the closing balance. Ranges are separated by spaces.
    ///
    /// # Errors
    ///
    /// When a row cannot be written, which the writer's own limits would have to cause.
    pub fn csv(&self) -> Result<String, ReportError> {
        let balance = |day: String, kind: &str, tonnes: u64, ranges: &[SerialRange]| {
            let empty = String::new;
            let (kind, ranges, tonnes) = (kind.to_owned(), joined(ranges), tonnes.to_string());
            let none = empty();
            [none, day, kind, empty(), ranges, empty(), empty(), empty(), empty(), tonnes]
        };
        let (from, to) = (self.from.to_string(), self.to.to_string());
        let opening = balance(from, "opening balance", self.opening_tonnes.get(), &self.opening);
        let closing = balance(to, "closing balance", self.closing_tonnes.get(), &self.closing);
        let movements = self.movements.iter().map(row);
        csv_of(HEADING, std::iter::once(opening).chain(movements).chain([closing]))
    }

    /// What was retired and cancelled, by what it serves, as a CSV file.
    ///
    /// # Errors
    ///
    /// As for [`Statement::csv`].
    pub fn cancellations_csv(&self) -> Result<String, ReportError> {
        let heading = ["purpose", "use", "reporting_year", "beneficiary", "quantity_tonnes"];
        let rows = self.cancellations.iter().map(|total| {
            let beneficiary = total.beneficiary.as_ref().map(|name| neutral(name.as_str()));
            [
                total.purpose.word().to_owned(),
                total.use_.unwrap_or_default().to_owned(),
                total.reporting_year.map_or_else(String::new, |year| year.to_string()),
                beneficiary.unwrap_or_default().into_owned(),
                total.quantity_tonnes.to_string(),
            ]
        });
        csv_of(heading, rows)
    }

    /// The statement as JSON, on many lines.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// The statement as Markdown.
    pub fn markdown(&self, language: Language) -> String {
        self.paper(language).markdown()
    }

    pub(crate) fn paper(&self, language: Language) -> Paper {
        let say = |japanese, english| language.pick(japanese, english);
        let mut paper = Paper::new(language, say("残高・移動明細書", "Statement of account"));
        let (from, to, entries) = (self.from, self.to, self.entries);
        let facts = [
            (say("口座番号", "Account"), self.account.to_string()),
            (say("期間", "Period"), format!("{from} – {to}")),
            (say("期首残高", "Opening balance"), tonnes(self.opening_tonnes.get())),
            (say("期末残高", "Closing balance"), tonnes(self.closing_tonnes.get())),
            (say("記録の件数", "Entries of the log read"), entries.to_string()),
        ];
        paper.table(
            &[say("項目", "Item"), say("内容", "Content")],
            facts.map(|(name, value)| vec![name.to_owned(), value]).to_vec(),
        );
        paper.heading("期首の保有", "Units held before");
        paper.table(&range_head(language), range_rows(&self.opening));
        paper.heading("移動", "Movements");
        paper.table(&movement_head(language), self.movement_rows(language));
        paper.heading("期末の保有", "Units held after");
        paper.table(&range_head(language), range_rows(&self.closing));
        paper.heading("無効化及び取消しの内訳", "Retired and cancelled, by use");
        paper.table(
            &[
                say("目的", "Purpose"),
                say("用途", "Use"),
                say("報告年度", "Reporting year"),
                say("受益者", "In favour of"),
                say("数量", "Quantity"),
            ],
            self.cancellation_rows(language),
        );
        paper
    }

    fn movement_rows(&self, language: Language) -> Vec<Vec<String>> {
        let rows = self.movements.iter().map(|movement| {
            let sign = if movement.kind.is_in() { "+" } else { "−" };
            vec![
                movement.entry.to_string(),
                movement.time.to_string(),
                language.pick(movement.kind.word_ja(), movement.kind.word()).to_owned(),
                format!("{sign}{}", tonnes(movement.quantity_tonnes.get())),
                joined(&movement.ranges),
                movement.counterparty.map_or_else(String::new, |account| account.to_string()),
                served(movement, language),
                tonnes(movement.balance_tonnes.get()),
            ]
        });
        rows.collect()
    }

    fn cancellation_rows(&self, language: Language) -> Vec<Vec<String>> {
        let own = language.pick("口座名義人", "the holder");
        let rows = self.cancellations.iter().map(|total| {
            let (japanese, english) = use_texts(total.use_.unwrap_or_default());
            vec![
                language.pick(total.purpose.word_ja(), total.purpose.word()).to_owned(),
                language.pick(japanese, english).to_owned(),
                total.reporting_year.map_or_else(String::new, |year| year.to_string()),
                total.beneficiary.as_ref().map_or_else(|| own.to_owned(), ToString::to_string),
                tonnes(total.quantity_tonnes.get()),
            ]
        });
        rows.collect()
    }
}

fn csv_of<const N: usize>(
    heading: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading).map_err(ReportError::Csv)?;
    for row in rows {
        writer.write_record(row).map_err(ReportError::Csv)?;
    }
    let bytes = writer.into_inner().map_err(|_| ReportError::Flush)?;
    String::from_utf8(bytes).map_err(ReportError::Text)
}

fn row(movement: &Movement) -> [String; 10] {
    let text = |text: Option<String>| text.unwrap_or_default();
    [
        movement.entry.to_string(),
        movement.time.to_string(),
        movement.kind.word().to_owned(),
        movement.quantity_tonnes.to_string(),
        joined(&movement.ranges),
        text(movement.counterparty.map(|account| account.to_string())),
        movement.use_.unwrap_or_default().to_owned(),
        text(movement.reporting_year.map(|year| year.to_string())),
        text(movement.beneficiary.as_ref().map(|name| neutral(name.as_str()).into_owned())),
        movement.balance_tonnes.to_string(),
    ]
}

fn joined(ranges: &[SerialRange]) -> String {
    let texts: Vec<_> = ranges.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

pub(crate) fn tonnes(quantity: u64) -> String {
    format!("{} t", grouped(quantity))
}

fn range_head(language: Language) -> [&'static str; 2] {
    [language.pick("範囲", "Units"), language.pick("数量", "Quantity")]
}

fn range_rows(ranges: &[SerialRange]) -> Vec<Vec<String>> {
    let rows = ranges.iter().map(|r| vec![r.to_string(), tonnes(r.quantity().get())]);
    rows.collect()
}

fn movement_head(language: Language) -> [&'static str; 8] {
    match language {
        Language::Japanese => {
            ["記録番号", "日時", "種別", "数量", "範囲", "相手方口座", "用途", "残高"]
        }
        Language::English => {
            ["Entry", "Time", "Kind", "Quantity", "Units", "Other account", "Use", "Balance"]
        }
    }
}

fn served(movement: &Movement, language: Language) -> String {
    let (japanese, english) = use_texts(movement.use_.unwrap_or_default());
    let kind = language.pick(japanese, english).to_owned();
    let year = movement.reporting_year.map(|year| match language {
        Language::Japanese => format!("{year}年度"),
        Language::English => format!("fiscal year {year}"),
    });
    let beneficiary = movement.beneficiary.as_ref().map(ToString::to_string);
    let parts = [Some(kind).filter(|kind| !kind.is_empty()), year, beneficiary];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(language.pick("、", ", "))
}

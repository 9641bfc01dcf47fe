//! The books on paper: one flat table, and a page in Japanese with English in brackets.

use super::{Books, Performance};
use crate::fee_ledger::FeeRow;
use crate::mark::grouped;
use crate::table::{ReportError, csv_of};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::BookTotals;
use std::fmt::Write;

/// One total: its name in the log, in Japanese, in English, and its unit.
struct Line {
    name: &'static str,
    ja: &'static str,
    en: &'static str,
    unit: &'static str,
    amount: u64,
}

const NUMBER: &str = "件";
const YEN: &str = "円";
const TONNES: &str = "t-CO2";

/// The sixteen totals, in the order of `BookTotals`.
fn lines(totals: &BookTotals) -> [Line; 16] {
    let line = |name, ja, en, unit, amount| Line { name, ja, en, unit, amount };
    let count = |name, ja, en, amount| line(name, ja, en, NUMBER, amount);
    let yen = |name, ja, en, amount: Yen| line(name, ja, en, YEN, amount.get());
    let tonnes = |name, ja, en, amount: Tonnes| line(name, ja, en, TONNES, amount.get());
    let of = totals;
    [
        count("entries", "記録", "entries", of.entries),
        count("received", "受け付けた申請等", "applications received", of.received),
        count("recorded", "記録等をした申請等", "applications recorded", of.recorded),
        count("refused", "拒否した申請等", "applications refused", of.refused),
        count("withdrawn", "取り下げられた申請等", "applications withdrawn", of.withdrawn),
        count("lapsed", "失効した申請等", "applications lapsed", of.lapsed),
        yen("payments_yen", "入金", "payments received", of.payments_yen),
        yen(
            "account_opening_fees_yen",
            "口座開設手数料への充当",
            "applied to fees for opening an account",
            of.account_opening_fees_yen,
        ),
        yen(
            "transfer_fees_yen",
            "振替手数料への充当",
            "applied to fees for transfers",
            of.transfer_fees_yen,
        ),
        yen(
            "certificate_fees_yen",
            "証明書手数料への充当",
            "applied to fees for certificates",
            of.certificate_fees_yen,
        ),
        yen("refunded_yen", "返還", "paid back", of.refunded_yen),
        tonnes("issued_tonnes", "発行", "issued", of.issued_tonnes),
        tonnes(
            "transferred_tonnes",
            "振替（無効化及び取消しを除く。）",
            "transferred, neither retired nor cancelled",
            of.transferred_tonnes,
        ),
        tonnes("retired_tonnes", "無効化", "retired", of.retired_tonnes),
        tonnes("cancelled_tonnes", "取消し", "cancelled", of.cancelled_tonnes),
        tonnes("corrected_tonnes", "修正に伴う移転", "moved by corrections", of.corrected_tonnes),
    ]
}

/// The columns of the state of performance.
fn performance(of: &Performance) -> [(&'static str, u64); 6] {
    [
        ("received", of.received),
        ("recorded", of.recorded),
        ("refused", of.refused),
        ("withdrawn", of.withdrawn),
        ("lapsed", of.lapsed),
        ("open", of.open),
    ]
}

/// The columns of the receipts.
fn receipts(of: &FeeRow) -> [(&'static str, i128); 9] {
    let yen = |amount: Yen| i128::from(amount.get());
    [
        ("received_yen", yen(of.received_yen)),
        ("account_opening_yen", yen(of.account_opening_yen)),
        ("transfer_yen", yen(of.transfer_yen)),
        ("certificate_yen", yen(of.certificate_yen)),
        ("refunded_yen", yen(of.refunded_yen)),
        ("refunded_payments_yen", yen(of.refunded_payments_yen)),
        ("refunded_fees_yen", yen(of.refunded_fees_yen)),
        ("income_yen", i128::from(of.income_yen)),
        ("unapplied_yen", yen(of.unapplied_yen)),
    ]
}

impl Books {
    /// The books as a CSV file: one figure a line.
    ///
    /// `section` is `closing` (the entry that closed the year; no line where it is
    /// open), `totals`, `closing-totals`, `performance` (`item` a kind) or `receipts`
    /// (`item` a month, or the year).
    ///
    /// # Errors
    ///
    /// When a row cannot be written, which the writer's own limits would have to cause.
    pub fn csv(&self) -> Result<String, ReportError> {
        let mut rows = Vec::new();
        let mut row = |section: &str, item: &str, figure: &str, amount: String| {
            rows.push([
                self.year.to_string(),
                section.to_owned(),
                item.to_owned(),
                figure.to_owned(),
                amount,
            ]);
        };
        if let Some(closing) = &self.closing {
            row("closing", "", "entry", closing.entry.to_string());
        }
        for line in lines(&self.totals) {
            row("totals", "", line.name, line.amount.to_string());
        }
        for line in self.closing.iter().flat_map(|closing| lines(&closing.totals)) {
            row("closing-totals", "", line.name, line.amount.to_string());
        }
        for (kind, of) in &self.performance {
            for (name, number) in performance(of) {
                row("performance", kind.as_str(), name, number.to_string());
            }
        }
        let year = (self.year.to_string(), &self.fees);
        let months = self.months.iter().map(|month| (month.period.clone(), month));
        for (period, fees) in months.chain([year]) {
            for (name, amount) in receipts(fees) {
                row("receipts", &period, name, amount.to_string());
            }
        }
        csv_of(["year", "section", "item", "figure", "amount"], rows)
    }

    /// The books as a page of Markdown.
    pub fn markdown(&self) -> String {
        let mut page = format!(
            "# 国際協力排出削減量関係事務 帳簿（{year}年度） [Books of fiscal year {year}]\n\n\
             地球温暖化対策の推進に関する法律第57条の12、同法に基づく指定実施機関に関する省令第11条 \
             [Act, art. 57-12; ordinance on the designated body, art. 11]\n\n\
             期間 [period]: {from} – {to}　読んだ記録 [entries read]: {read}\n\n",
            year = self.year,
            from = self.from,
            to = self.to,
            read = grouped(self.entries_read),
        );
        page.push_str(&self.closing_text());
        page.push_str(&self.totals_text());
        page.push_str(&self.performance_text());
        page.push_str(&self.receipts_text());
        page
    }

    fn closing_text(&self) -> String {
        let Some(closing) = &self.closing else {
            return "**閉鎖されていない。数値は確定していない。** \
                    [**Not closed. The figures are not final.**]\n\n"
                .to_owned();
        };
        let (entry, date) = (closing.entry, closing.date);
        let mut text = format!(
            "{date}に記録第{entry}号により閉鎖した。 [Closed on {date} by entry {entry}.] "
        );
        text.push_str(if closing.totals == self.totals {
            "閉鎖時の合計は、記録から計算した合計と一致する。 \
             [Its totals equal those folded from the entries.]\n\n"
        } else {
            "**閉鎖時の合計は、記録から計算した合計と一致しない。** \
             [**Its totals differ from those folded from the entries.**]\n\n"
        });
        text
    }

    fn totals_text(&self) -> String {
        let differs = self.closing.filter(|closing| closing.totals != self.totals);
        // A further column only where it says something else.
        let (heading, rule) =
            if differs.is_some() { (" 閉鎖時 [as closed] |", " --: |") } else { ("", "") };
        let mut text = format!(
            "## 合計 [Totals]\n\n| 事項 [item] | 単位 [unit] | 合計 [total] |{heading}\n\
             | --- | --- | --: |{rule}\n"
        );
        let stated = differs.map_or(self.totals, |closing| closing.totals);
        for (line, stated) in lines(&self.totals).iter().zip(lines(&stated)) {
            let amount = grouped(line.amount);
            let _ = write!(text, "| {} [{}] | {} | {amount} |", line.ja, line.en, line.unit);
            if differs.is_some() {
                let _ = write!(text, " {} |", grouped(stated.amount));
            }
            text.push('\n');
        }
        text.push('\n');
        text
    }

    fn performance_text(&self) -> String {
        let mut text = String::from(
            "## 実施状況 [State of performance]\n\n\
             | 種類 [kind] | 受付 [received] | 記録 [recorded] | 拒否 [refused] | \
             取下げ [withdrawn] | 失効 [lapsed] | 年度末に処理中 [open at the end] |\n\
             | --- | --: | --: | --: | --: | --: | --: |\n",
        );
        for (kind, of) in &self.performance {
            let _ = write!(text, "| {} [{}] |", kind.ja(), kind.en());
            for (_, number) in performance(of) {
                let _ = write!(text, " {} |", grouped(number));
            }
            text.push('\n');
        }
        text.push('\n');
        text
    }

    fn receipts_text(&self) -> String {
        let mut text = String::from(
            "## 手数料の収受の状況（円） [State of receipt of fees, in yen]\n\n\
             | 月 [month] | 入金 [received] | 口座開設 [account opening] | 振替 [transfer] | \
             証明書 [certificate] | 返還 [paid back] | うち未充当額 [of payments] | \
             うち手数料 [of fees] | 収入 [income] | 未充当残高 [unapplied] |\n\
             | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n",
        );
        let year = [("年度 [year]", &self.fees)];
        let months = self.months.iter().map(|month| (month.period.as_str(), month));
        for (period, fees) in months.chain(year) {
            let _ = write!(text, "| {period} |");
            for (_, amount) in receipts(fees) {
                let _ = write!(text, " {} |", grouped(amount));
            }
            text.push('\n');
        }
        text.push_str(
            "\n収入は、充当した額から返還した手数料を差し引いた額である。未充当残高は、期末に\
             充当も返還もされていない額である。 [Income is what was applied, less the fees paid \
             back. Unapplied is what was neither applied nor paid back at the end.]\n",
        );
        text
    }
}

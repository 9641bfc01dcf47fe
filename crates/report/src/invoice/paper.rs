//! Invoices as pages of Markdown.

use super::{Invoice, PaymentStatus};
use crate::mark::{grouped, plain};
use jcm_format::amount::Yen;

/// What both languages say in their own words.
struct Words {
    title: &'static str,
    qualified_title: &'static str,
    labels: [&'static str; 7],
    none: &'static str,
    withheld: &'static str,
    honorific: &'static str,
    heading: [&'static str; 4],
    total: &'static str,
    not_taxable: &'static str,
    /// Said of an amount at a rate: the tax is contained in it.
    contained: &'static str,
}

const JA: Words = Words {
    title: "請求書",
    qualified_title: "適格請求書",
    labels: ["番号", "日付", "宛先", "発行者", "登録番号", "納付の状況", "備考"],
    none: "（なし）",
    withheld: "（個人情報は表示できない）",
    honorific: " 殿",
    heading: ["内容", "金額（円）", "税率", "うち消費税額等（円）"],
    total: "合計",
    not_taxable: "非課税",
    contained: "対象（税込）",
};

const EN: Words = Words {
    title: "Invoice",
    qualified_title: "Qualified invoice",
    labels: ["Number", "Date", "To", "Issuer", "Registration number", "Payment", "Note"],
    none: "(none)",
    withheld: "(personal data not available)",
    honorific: "",
    heading: ["Content", "Amount (JPY)", "Rate", "Consumption tax contained (JPY)"],
    total: "Total",
    not_taxable: "not taxable",
    contained: "(tax included)",
};

impl Invoice {
    /// The invoice in Japanese.
    pub fn markdown_ja(&self) -> String {
        let texts = [&self.recipient, &self.description_ja, &self.note_ja];
        self.page(&JA, texts, &self.payment_ja())
    }

    /// The invoice in English.
    pub fn markdown_en(&self) -> String {
        let texts = [&self.recipient_en, &self.description_en, &self.note_en];
        self.page(&EN, texts, &self.payment_en())
    }

    fn page(&self, words: &Words, texts: [&String; 3], payment: &str) -> String {
        let [recipient, description, note] = texts;
        let or = |text: &str, none: &str| {
            if text.is_empty() { none.to_owned() } else { plain(text) }
        };
        let recipient = if recipient.is_empty() {
            words.withheld.to_owned()
        } else {
            format!("{}{}", plain(recipient), words.honorific)
        };
        let [number, date, to, issuer, registration, status, remark] = words.labels;
        let [content, gross, rate, tax] = words.heading;
        let (amount, contained) = (grouped(self.amount_yen), grouped(self.tax_yen));
        let percent = match self.tax_percent {
            0 => words.not_taxable.to_owned(),
            percent => format!("{percent}% {}", words.contained),
        };
        format!(
            "# {title}\n\n\
             - {number}: {}\n- {date}: {}\n- {to}: {recipient}\n- {issuer}: {}\n\
             - {registration}: {}\n- {status}: {payment}\n\n\
             | {content} | {gross} | {rate} | {tax} |\n| --- | --: | --- | --: |\n\
             | {} | {amount} | {percent} | {contained} |\n\
             | {} | {amount} | {percent} | {contained} |\n\n\
             {remark}: {note}\n",
            plain(&self.number),
            self.date,
            or(&self.issuer, words.none),
            or(&self.registration_number, words.none),
            plain(description),
            words.total,
            title = if self.qualified { words.qualified_title } else { words.title },
        )
    }

    fn payment_ja(&self) -> String {
        let [amount, settled, left] = self.amounts();
        let mut text = match self.status {
            PaymentStatus::Unpaid => format!("未納（納付すべき額 {amount}円）"),
            PaymentStatus::PartPaid => format!("一部納付（納付済み {settled}円、残額 {left}円）"),
            PaymentStatus::Settled => format!("納付済み（{settled}円）"),
        };
        if self.refunded_yen > Yen::ZERO {
            text.push_str(&format!("、うち返還済み {}円", grouped(self.refunded_yen)));
        }
        text
    }

    fn payment_en(&self) -> String {
        let [amount, settled, left] = self.amounts();
        let mut text = match self.status {
            PaymentStatus::Unpaid => format!("unpaid (JPY {amount} due)"),
            PaymentStatus::PartPaid => format!("part-paid (JPY {settled} settled, JPY {left} due)"),
            PaymentStatus::Settled => format!("settled (JPY {settled})"),
        };
        if self.refunded_yen > Yen::ZERO {
            text.push_str(&format!(", of which paid back JPY {}", grouped(self.refunded_yen)));
        }
        text
    }

    /// Due, settled, and what is left of the two.
    fn amounts(&self) -> [String; 3] {
        let left = self.amount_yen.checked_sub(self.settled_yen).unwrap_or_default();
        [self.amount_yen, self.settled_yen, left].map(grouped)
    }
}

//! The invoice for the fee of one application.
//!
//! Statutory fees that are not taxable (Consumption Tax Act, art. 6(1), appended table
//! 2, no. 5) call for no qualified invoice, and the invoice says so. Where rule data name
//! a rate, the tax is the one contained in the fee, rounded down once for the
//! invoice's only rate (Order for the Consumption Tax Act, art. 70-10), and the invoice is
//! a qualified one (適格請求書) if it has every item of art. 57-4(1).

use crate::fold::ApplicationKind;
use jcm_format::amount::Yen;
use jcm_format::command::InvoiceIssuer;
use jcm_format::event::Fee;
use jcm_format::id::EntryIndex;
use jcm_format::time::Date;
use serde::Serialize;

mod paper;

/// What an invoice is made of.
#[derive(Debug, Clone, Copy)]
pub struct InvoiceFacts<'a> {
    /// Its number: the reference that the payer quotes.
    pub number: &'a str,
    /// The application, by its entry.
    pub application: EntryIndex,
    /// What it is for.
    pub kind: ApplicationKind,
    /// The day in Japan on which it was received.
    pub date: Date,
    /// The applicant's name in Japanese; none = it has none, or it is withheld.
    pub recipient_ja: Option<&'a str>,
    /// The applicant's name in English; none = withheld.
    pub recipient_en: Option<&'a str>,
    /// The fee, as decided.
    pub fee: Fee,
    /// Of the fee, settled by payments.
    pub settled_yen: Yen,
    /// Of what was settled, paid back.
    pub refunded_yen: Yen,
    /// Who issues invoices, by the rule data under which the application came.
    pub issuer: Option<&'a InvoiceIssuer>,
}

/// Why there is no invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceError {
    /// No fee is due, so there is nothing to invoice.
    #[error("no fee is due for this application")]
    NothingDue,
    /// More is settled than due, or more paid back than settled.
    #[error("more is settled than due, or more paid back than settled")]
    Inconsistent,
}

/// How far the fee is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing is settled.
    Unpaid,
    /// Some is settled.
    PartPaid,
    /// All is settled.
    Settled,
}

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its number.
    pub number: String,
    /// The application.
    pub application: EntryIndex,
    /// The day on which the application was received.
    pub date: Date,
    /// The issuer's name; empty where rule data name none.
    pub issuer: String,
    /// The issuer's registration number, `T` and 13 digits; empty where there is none.
    pub registration_number: String,
    /// The recipient in Japanese, or else in English; empty where withheld.
    pub recipient: String,
    /// The recipient in English, or else in Japanese; empty where withheld.
    pub recipient_en: String,
    /// What is invoiced, in Japanese.
    pub description_ja: String,
    /// What is invoiced, in English.
    pub description_en: String,
    /// The fee, the tax contained in it included.
    pub amount_yen: Yen,
    /// The rate, in percent; 0 = not taxable.
    pub tax_percent: u8,
    /// The consumption tax contained in the fee.
    pub tax_yen: Yen,
    /// Of the fee, settled.
    pub settled_yen: Yen,
    /// Of what was settled, paid back.
    pub refunded_yen: Yen,
    /// How far the fee is paid.
    pub status: PaymentStatus,
    /// Whether it has every item of a qualified invoice.
    pub qualified: bool,
    /// What is to be said of the tax, in Japanese.
    pub note_ja: String,
    /// The same in English.
    pub note_en: String,
}

/// The consumption tax contained in `gross`, rounded down to a yen:
/// `gross * percent / (100 + percent)`.
pub fn contained_tax(gross: Yen, percent: u8) -> Yen {
    let percent = u128::from(percent);
    let tax = u128::from(gross.get()) * percent / (100 + percent);
    // Less than `gross`, so that it fits.
    Yen::new(u64::try_from(tax).unwrap_or(u64::MAX))
}

impl Invoice {
    /// The invoice for the fee of one application.
    ///
    /// # Errors
    ///
    /// [`InvoiceError`].
    pub fn of(facts: &InvoiceFacts<'_>) -> Result<Invoice, InvoiceError> {
        let amount = facts.fee.amount();
        if amount == Yen::ZERO {
            return Err(InvoiceError::NothingDue);
        }
        if amount < facts.settled_yen || facts.settled_yen < facts.refunded_yen {
            return Err(InvoiceError::Inconsistent);
        }
        let status = match facts.settled_yen {
            Yen::ZERO => PaymentStatus::Unpaid,
            settled if settled < amount => PaymentStatus::PartPaid,
            _ => PaymentStatus::Settled,
        };
        let percent = facts.issuer.map_or(0, |issuer| issuer.tax_percent);
        let (qualified, note_ja, note_en) = tax_note(facts);
        let either = |first: Option<&str>, second: Option<&str>| {
            first.or(second).unwrap_or_default().to_owned()
        };
        let registered = facts.issuer.and_then(|issuer| issuer.registration_number);
        let (description_ja, description_en) = description(facts.kind, facts.application);
        Ok(Invoice {
            number: facts.number.to_owned(),
            application: facts.application,
            date: facts.date,
            issuer: facts.issuer.map_or_else(String::new, |issuer| issuer.name.to_string()),
            registration_number: registered.map_or_else(String::new, |number| format!("T{number}")),
            recipient: either(facts.recipient_ja, facts.recipient_en),
            recipient_en: either(facts.recipient_en, facts.recipient_ja),
            description_ja,
            description_en,
            amount_yen: amount,
            tax_percent: percent,
            tax_yen: contained_tax(amount, percent),
            settled_yen: facts.settled_yen,
            refunded_yen: facts.refunded_yen,
            status,
            qualified,
            note_ja: note_ja.to_owned(),
            note_en: note_en.to_owned(),
        })
    }
}

fn description(kind: ApplicationKind, application: EntryIndex) -> (String, String) {
    (
        format!("{}に係る手数料（申請番号 {application}）", kind.ja()),
        format!("Fee for the {} (application {application})", kind.en()),
    )
}

/// Whether the invoice is a qualified one, and what is to be said of it.
///
/// Items (ii) to (v) of art. 57-4(1) — date, content, amount and rate, tax — are always
/// there where a rate is; (i) the issuer's registration number and (vi) the
/// recipient's name may be missing.
fn tax_note(facts: &InvoiceFacts<'_>) -> (bool, &'static str, &'static str) {
    let Some(issuer) = facts.issuer else {
        return (
            false,
            "発行者が規則データに定められていないため、この書面は納付のための案内であり、適格請求書ではない。",
            "Rule data name no issuer: this is a request for payment and not a qualified invoice.",
        );
    };
    if issuer.tax_percent == 0 {
        return (
            false,
            "非課税（消費税法第6条第1項・別表第二第5号）。法令に基づく手数料であり、適格請求書の交付を要しない。",
            "Not taxable (Consumption Tax Act, art. 6(1), appended table 2, no. 5): a statutory fee, for which no qualified invoice is called for.",
        );
    }
    if issuer.registration_number.is_none() {
        return (
            false,
            "発行者の登録番号がないため、適格請求書ではない（消費税法第57条の4第1項第1号）。",
            "Not a qualified invoice: the issuer has no registration number (Consumption Tax Act, art. 57-4(1)(i)).",
        );
    }
    if facts.recipient_ja.or(facts.recipient_en).is_none_or(str::is_empty) {
        return (
            false,
            "交付を受ける者の氏名又は名称がないため、適格請求書ではない（消費税法第57条の4第1項第6号）。",
            "Not a qualified invoice: the recipient's name is missing (Consumption Tax Act, art. 57-4(1)(vi)).",
        );
    }
    (
        true,
        "適格請求書（消費税法第57条の4第1項）。消費税額等は一の適格請求書につき税率ごとに1回、1円未満を切り捨てた。",
        "Qualified invoice (Consumption Tax Act, art. 57-4(1)). The tax is rounded down to a yen once for the rate.",
    )
}

#[cfg(test)]
mod tests;

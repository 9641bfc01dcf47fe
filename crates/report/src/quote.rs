//! The fee that an application would owe, and why.
//!
//! Basis: Act, art. 62; Cabinet Order, art. 20; registry ordinance, art. 18. The rule
//! is that of `docs/spec/commands.md`, ApplyTransfer.

use crate::fold::ApplicationKind;
use crate::mark::grouped;
use jcm_format::amount::Yen;
use jcm_format::command::Rules;
use jcm_format::event::{CreditClass, Fee};
use jcm_format::time::Date;
use serde::Serialize;

/// What decides the fee of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferFacts {
    /// The source is a government account.
    pub from_government: bool,
    /// The destination is a government account.
    pub to_government: bool,
    /// It is declared free of charge.
    pub gratuitous: bool,
    /// There are units, and all of them are of class C.
    pub all_class_c: bool,
}

/// Whether there are units, and all of them are of class C.
pub fn all_class_c(classes: impl IntoIterator<Item = CreditClass>) -> bool {
    let mut classes = classes.into_iter().peekable();
    classes.peek().is_some() && classes.all(|class| class == CreditClass::C)
}

/// What a fee is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeeQuestion {
    /// An application other than for a transfer. A transfer asked for here is one
    /// between entity accounts, of units within the statute.
    Plain(ApplicationKind),
    /// A transfer.
    Transfer(TransferFacts),
}

/// Why there is a fee, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// It is due.
    Due,
    /// It is waived.
    Waived,
    /// It may not be charged.
    NotChargeable,
    /// There is no application that could owe one.
    NoApplication,
    /// The law names no fee for this kind of application.
    NoFee,
}

impl Ground {
    /// The words of the service's messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Ground::Due => "due",
            Ground::Waived => "waived",
            Ground::NotChargeable => "not chargeable",
            Ground::NoApplication => "no application",
            Ground::NoFee => "no fee",
        }
    }

    /// The ground of a fee that was decided.
    pub const fn of(fee: Fee) -> Ground {
        match fee {
            Fee::Due(_) => Ground::Due,
            Fee::Waived => Ground::Waived,
            Fee::NotChargeable => Ground::NotChargeable,
            Fee::NotAnApplication => Ground::NoApplication,
        }
    }
}

/// A fee with its ground in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// What for.
    pub kind: ApplicationKind,
    /// How much.
    pub fee_yen: Yen,
    /// Why.
    pub ground: Ground,
    /// The provision, as it is cited on the day.
    pub basis: String,
    /// In Japanese.
    pub text_ja: String,
    /// In English.
    pub text_en: String,
}

/// The fee of the schedule for an application of this kind, of the last period
/// whose first day is not after `today`; none for a kind without a fee, or before the
/// first period.
pub fn scheduled_fee(rules: &Rules, kind: ApplicationKind, today: Date) -> Option<Yen> {
    let period = rules.fees.iter().rev().find(|period| period.from <= today)?;
    match kind {
        ApplicationKind::Account => Some(period.account_opening_fee_yen),
        ApplicationKind::Transfer => Some(period.transfer_fee_yen),
        ApplicationKind::Certificate => Some(period.certificate_fee_yen),
        ApplicationKind::Change | ApplicationKind::Closing | ApplicationKind::Trust => None,
    }
}

/// The fee as it would be decided; none for a kind without a fee.
pub fn fee_of(question: FeeQuestion, rules: &Rules, today: Date) -> Option<Fee> {
    match question {
        FeeQuestion::Transfer(facts) if facts.from_government => Some(Fee::NotAnApplication),
        FeeQuestion::Transfer(facts) if facts.all_class_c => Some(Fee::NotChargeable),
        FeeQuestion::Transfer(facts) if facts.gratuitous && facts.to_government => {
            Some(Fee::Waived)
        }
        FeeQuestion::Transfer(_) => {
            scheduled_fee(rules, ApplicationKind::Transfer, today).map(Fee::Due)
        }
        FeeQuestion::Plain(kind) => scheduled_fee(rules, kind, today).map(Fee::Due),
    }
}

impl Quote {
    /// The quote for what `question` asks. `cite` gives the citation of a provision by its
    /// key on the same day, as the ledger's table of the law does.
    pub fn of<'a>(
        question: FeeQuestion,
        rules: &Rules,
        today: Date,
        cite: impl Fn(&str) -> &'a str,
    ) -> Quote {
        let kind = match question {
            FeeQuestion::Plain(kind) => kind,
            FeeQuestion::Transfer(_) => ApplicationKind::Transfer,
        };
        Quote::decided(kind, fee_of(question, rules, today), cite)
    }

    /// The quote for a fee that the ledger has decided; none for a kind without a fee.
    pub fn decided<'a>(
        kind: ApplicationKind,
        fee: Option<Fee>,
        cite: impl Fn(&str) -> &'a str,
    ) -> Quote {
        let ground = fee.map_or(Ground::NoFee, Ground::of);
        let fee_yen = fee.map_or(Yen::ZERO, Fee::amount);
        let keys: &[&str] = match ground {
            Ground::Due => &["ACT.FEES", "CO.FEES"],
            Ground::Waived => &["CO.FEE_WAIVER", "ORD.FEE_WAIVER"],
            Ground::NotChargeable | Ground::NoFee => &["ACT.FEES"],
            Ground::NoApplication => &["ACT.TRANSFER", "ACT.FEES"],
        };
        let cited: Vec<&str> =
            keys.iter().map(|key| cite(key)).filter(|text| !text.is_empty()).collect();
        let basis = cited.join("、");
        let (text_ja, text_en) = texts(kind, ground, fee_yen, &basis);
        Quote { kind, fee_yen, ground, basis, text_ja, text_en }
    }
}

fn texts(kind: ApplicationKind, ground: Ground, fee: Yen, basis: &str) -> (String, String) {
    let amount = grouped(fee);
    let (ja, en) = match ground {
        Ground::Due => (
            format!("{}の手数料は{amount}円です。納付があるまで記録等は行いません", kind.ja()),
            format!(
                "The fee for the {} is JPY {amount}. Nothing is recorded before it is settled",
                kind.en()
            ),
        ),
        Ground::Waived => (
            "政府保有口座への無償の移転である旨の申告があるため、手数料は免除します".to_owned(),
            "The fee is waived: a transfer to a government account, declared to be free of charge"
                .to_owned(),
        ),
        Ground::NotChargeable => (
            "2021年より前の削減量で2025年4月1日以後に発行されたもの（区分C）の振替は、\
             法の手数料の対象外です"
                .to_owned(),
            "No fee may be charged: units for reductions before 2021 that were issued from \
             2025-04-01 (class C) lie outside the statute"
                .to_owned(),
        ),
        Ground::NoApplication => (
            "政府保有口座からの移転は申請によらないため、手数料はありません".to_owned(),
            "No fee: a transfer out of a government account is not made on an application"
                .to_owned(),
        ),
        Ground::NoFee => (
            format!("{}に手数料はありません", kind.ja()),
            format!("There is no fee for the {}", kind.en()),
        ),
    };
    match basis {
        "" => (format!("{ja}。"), format!("{en}.")),
        _ => (format!("{ja}（{basis}）。"), format!("{en} ({basis}).")),
    }
}

#[cfg(test)]
mod tests;

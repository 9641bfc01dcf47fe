//! Words of the specification for the values of enumerations, and their texts
//! in both languages.

use jcm_format::command::{LapseGround, Power, RefusalGround, RestrictionGround, UseKind};
use jcm_format::event::AccountCategory;

/// A digit group for each thousand: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The category in the lines that are hashed (`docs/spec/commands.md`).
pub(crate) const fn category(category: AccountCategory) -> &'static str {
    match category {
        AccountCategory::GovernmentHolding => "government-holding",
        AccountCategory::Retirement => "retirement",
        AccountCategory::Cancellation => "cancellation",
        AccountCategory::Entity => "entity",
    }
}

/// The category for people: Japanese, English.
pub(crate) const fn category_texts(category: AccountCategory) -> (&'static str, &'static str) {
    match category {
        AccountCategory::GovernmentHolding => ("政府保有口座", "government holding account"),
        AccountCategory::Retirement => ("無効化口座", "retirement account"),
        AccountCategory::Cancellation => ("取消口座", "cancellation account"),
        AccountCategory::Entity => ("法人等保有口座", "entity holding account"),
    }
}

/// The kind of use, in the words of the service.
pub(crate) const fn use_kind(kind: UseKind) -> &'static str {
    match kind {
        UseKind::Ndc => "ndc",
        UseKind::Shk => "shk",
        UseKind::GxEts => "gx-ets",
        UseKind::Voluntary => "voluntary",
        UseKind::InternationalMitigation => "international-mitigation",
        UseKind::Other => "other",
        UseKind::OtherPurposes => "other-purposes",
        UseKind::Omge => "omge",
    }
}

/// The kind of use for people: Japanese, English.
pub(crate) fn use_texts(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "ndc" => ("国が決定する貢献（NDC）", "nationally determined contribution (NDC)"),
        "shk" => (
            "温室効果ガス算定・報告・公表制度（SHK）",
            "greenhouse gas accounting and reporting (SHK)",
        ),
        "gx-ets" => ("排出量取引制度（GX-ETS）", "emissions trading system (GX-ETS)"),
        "voluntary" => ("自主的な主張", "voluntary claim"),
        "international-mitigation" => {
            ("他の国際的な緩和の目的", "other international mitigation purposes")
        }
        "other-purposes" => ("その他の国際的な目的（OP）", "other purposes (OP)"),
        "omge" => (
            "世界全体の排出の総体的な緩和（OMGE）",
            "overall mitigation in global emissions (OMGE)",
        ),
        "other" => ("その他", "other"),
        _ => ("", ""),
    }
}

/// A ground of refusal: Japanese, English (registry ordinance, art. 7(1)).
pub(crate) const fn refusal_texts(ground: RefusalGround) -> (&'static str, &'static str) {
    match ground {
        RefusalGround::Restriction => (
            "処分の制限が記録されているため（第1号）",
            "a restriction on disposal is recorded (item i)",
        ),
        RefusalGround::EvidentError => (
            "口座の記録に明白な誤りがあるため（第2号）",
            "the record of the account is evidently wrong (item ii)",
        ),
        RefusalGround::Irregularity => (
            "口座の開設、発行又は振替に関し不正の行為又は重大な法令違反があるため（第3号）",
            "a wrongful act or grave breach of law in opening, issuance or transfer (item iii)",
        ),
        RefusalGround::Violation => (
            "口座名義人が法令又はこれに基づく命令等に違反したため（第4号）",
            "the holder broke the law, or an order or instruction under it (item iv)",
        ),
        RefusalGround::Falsehood => {
            ("申請の内容に虚偽があるため（第5号）", "what is applied for is false (item v)")
        }
        RefusalGround::Procedure => {
            ("申請の手続に不備があるため（第6号）", "the procedure is defective (item vi)")
        }
    }
}

/// A ground of lapse: Japanese, English.
pub(crate) const fn lapse_texts(ground: LapseGround) -> (&'static str, &'static str) {
    match ground {
        LapseGround::Unpaid => {
            ("手数料が期限までに納付されなかったため", "its fee was not paid in time")
        }
        LapseGround::Incomplete => {
            ("補正が期限までに行われなかったため", "what was missing was not handed in in time")
        }
    }
}

/// What a representative may do: Japanese, English.
pub(crate) const fn power_texts(power: Power) -> (&'static str, &'static str) {
    match power {
        Power::Full => ("起案及び承認", "initiate and approve"),
        Power::Initiate => ("起案", "initiate"),
        Power::Approve => ("承認", "approve"),
        Power::Read => ("閲覧", "read"),
    }
}

/// The ground of a restriction: Japanese, English.
pub(crate) const fn restriction_texts(ground: RestrictionGround) -> (&'static str, &'static str) {
    match ground {
        RestrictionGround::CourtOrder => (
            "裁判所又は官公署の命令等による処分の制限",
            "an order of a court or of an authority that enforces a claim",
        ),
        RestrictionGround::EvidentError => {
            ("口座の記録の明白な誤り", "an evident error in the record")
        }
        RestrictionGround::Irregularity => (
            "開設、発行又は振替に関する不正の行為等",
            "a wrongful act or grave breach of law in opening, issuance or transfer",
        ),
        RestrictionGround::Violation => ("口座名義人の法令違反等", "a breach of law by the holder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let shown = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}

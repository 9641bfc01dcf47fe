//! The notice for people.

use super::lines::{Adjustment, Units};
use super::{Act, CancellationNotice};
use crate::account_book::tonnes;
use crate::lookup::BlockFacts;
use crate::paper::{Language, Paper};

impl CancellationNotice {
    pub(super) fn paper(&self, language: Language, document: Option<String>) -> Paper {
        let say = |japanese, english| language.pick(japanese, english);
        let mut paper = Paper::new(language, self.title(language));
        paper.text(self.sentence(language));
        paper.table(&[say("項目", "Item"), say("内容", "Content")], self.facts(language));
        paper.heading("対象の国際協力排出削減量", "Units");
        let head = match language {
            Language::Japanese => {
                ["識別番号", "範囲", "数量", "プロジェクト", "排出削減の年", "区分", "発行日"]
            }
            Language::English => [
                "Identification numbers",
                "Units",
                "Quantity",
                "Project",
                "Vintage",
                "Class",
                "Issued on",
            ],
        };
        paper.table(&head, self.unit_rows());
        if self.content.units.iter().any(|units| units.known.is_none()) {
            paper.text(say(
                "「–」の事項は、他の口座に係る発行の記録によるため、本通知では証明されません。実施機関に\
                 お問い合わせください。",
                "What is shown as – stands in an issuance that concerns other accounts too, and is not \
                 proved by this notice. Ask the implementing body.",
            ));
        }
        if self.content.act == Act::Retirement {
            paper.heading("相当調整", "Corresponding adjustments");
            let head = match language {
                Language::Japanese => ["相手国", "排出削減の年", "数量"],
                Language::English => ["Partner country", "Vintage", "Quantity"],
            };
            paper.table(&head, self.adjustment_rows());
        }
        paper.heading(
            "本通知が示すこと及びその確認方法",
            "What this notice shows, and how to check it",
        );
        for text in how_to_check(language) {
            paper.text(text);
        }
        if let Some(document) = document {
            paper.document(document);
        }
        paper
    }

    fn title(&self, language: Language) -> &'static str {
        match (self.content.act, language) {
            (Act::Retirement, Language::Japanese) => "無効化通知書",
            (Act::Cancellation, Language::Japanese) => "取消し通知書",
            (Act::Retirement, Language::English) => "Notice of retirement",
            (Act::Cancellation, Language::English) => "Notice of cancellation",
        }
    }

    fn sentence(&self, language: Language) -> String {
        let (entry, _) = self.content.recorded;
        let act = match (self.content.act, language) {
            (Act::Retirement, Language::Japanese) => "無効化",
            (Act::Cancellation, Language::Japanese) => "取消し",
            (Act::Retirement, Language::English) => "retired",
            (Act::Cancellation, Language::English) => "cancelled",
        };
        match language {
            Language::Japanese => format!(
                "次の国際協力排出削減量について、国際協力排出削減量口座簿の記録番号{entry}により\
                 {act}が記録されたことを通知します。"
            ),
            Language::English => format!(
                "The following units were {act} by entry {entry} of the registry for credits of \
                 the Joint Crediting Mechanism."
            ),
        }
    }

    fn facts(&self, language: Language) -> Vec<Vec<String>> {
        let say = |japanese, english| language.pick(japanese, english);
        let content = &self.content;
        let quantity = tonnes(content.terms.ranges.quantity().get());
        let mut facts = vec![
            (say("口座簿", "Registry"), content.registry.clone()),
            (say("記録日時", "Recorded"), content.recorded.1.to_string()),
            (say("記録番号", "Entry"), content.recorded.0.to_string()),
            (say("申請日時", "Applied for"), content.applied.1.to_string()),
            (say("申請番号", "Application"), content.applied.0.to_string()),
            (say("申請した口座", "Account"), content.terms.source.to_string()),
            (say("移転先の口座", "Into account"), content.terms.destination.to_string()),
            (say("数量の合計", "Total"), quantity),
        ];
        if let Some((japanese, english)) = content.use_texts() {
            facts.push((say("用途", "Purpose"), language.pick(japanese, english)));
        }
        let named = content.terms.use_.as_ref().and_then(|used| used.beneficiary.as_ref());
        if let Some(beneficiary) = named {
            facts.push((say("受益者", "Beneficiary"), beneficiary.to_string()));
        }
        if let Some(details) = &content.details {
            let number = details.beneficiary.as_ref();
            let name = say("受益者の法人番号", "Number of the beneficiary");
            facts.extend(number.map(|number| (name, number.to_string())));
            let name = say("利用・取消しをする承認された事業体", "Authorised entity");
            facts.extend(details.entity.as_ref().map(|entity| (name, entity.to_string())));
        }
        if let Some((number, of)) = content.part {
            let name = say("一括申請中の順番", "Part of the application");
            facts.push((name, format!("{number} / {of}")));
        }
        facts.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
    }

    fn unit_rows(&self) -> Vec<Vec<String>> {
        let none = || "–".to_owned();
        let rows = self.content.units.iter().map(|Units { range, known }| {
            let of = |show: fn(&BlockFacts) -> String| {
                known.as_ref().map_or_else(none, |(facts, _)| show(facts))
            };
            vec![
                known.as_ref().map_or_else(none, |(_, named)| named.clone()),
                range.to_string(),
                tonnes(range.quantity().get()),
                of(|facts| facts.project.to_string()),
                of(|facts| facts.vintage.to_string()),
                of(|facts| facts.class.to_string()),
                of(|facts| facts.issued_on.to_string()),
            ]
        });
        rows.collect()
    }

    fn adjustment_rows(&self) -> Vec<Vec<String>> {
        let rows = self.content.adjustments.iter().map(|booked| {
            let Adjustment { partner, vintage, tonnes: quantity, .. } = booked;
            vec![partner.to_string(), vintage.to_string(), tonnes(quantity.get())]
        });
        rows.collect()
    }
}

/// What a reader does who believes nothing but the log's key.
const fn how_to_check(language: Language) -> [&'static str; 3] {
    match language {
        Language::Japanese => [
            "本通知の電子データには、上の事項の根拠となる記録そのもの及びその証明が含まれます。検証用の頁\
             （jcm-verify html により作成）又は検証プログラム（jcm-verify document）に本ファイルを与えると、\
             通信をせずに確認できます。検証鍵が、口座簿の管理者が公表しているものと同じであることも\
             確かめてください。",
            "この証明は、上の全ての事項が、署名された記録の列にある記録のとおりであることを示します。規則に\
             従って記録されたこと、及びその口座から再び移転されないことは、全記録の再計算（jcm-verify）により\
             確かめられます。排出削減の事実及び受益者の同一性は、記録の外の事項です。",
            "印刷した紙だけでは確認できません。電子データをご利用ください。",
        ],
        Language::English => [
            "The file of this notice holds the entries that it rests on, and their proofs. The \
             verifier's page (made by jcm-verify html) or the program (jcm-verify document) checks \
             the file without any network. Make sure that the log key is the one that the registry \
             has published.",
            "The proof shows that everything above is as the entries of the signed log say. That \
             the rules were kept, and that no rule lets the units out of that account again, is \
             shown by a replay of the whole log (jcm-verify). That tonnes were reduced, and for \
             whom the beneficiary's name stands, is outside the log.",
            "The printed sheet alone proves nothing: use the file.",
        ],
    }
}

//! The certificate for people.

use super::{CertificateDocument, CertificateHolder, Shown};
use crate::account_book::tonnes;
use crate::paper::{Language, Paper};
use crate::words;
use jcm_format::serial::SerialRange;

impl CertificateDocument {
    pub(super) fn paper(&self, language: Language, document: Option<String>) -> Paper {
        let say = |japanese, english| language.pick(japanese, english);
        let title = say("記録事項証明書", "Certificate of recorded matters");
        let mut paper = Paper::new(language, title);
        paper.text(self.sentence(language));
        paper.table(&[say("項目", "Item"), say("内容", "Content")], self.facts(language));
        if let Some(holder) = &self.holder {
            paper.heading("口座名義人", "Holder");
            let head = [say("項目", "Item"), say("内容", "Content")];
            paper.table(&head, holder_rows(holder, language));
            if holder.particulars == Shown::Given {
                // Apart from the rest: the names of these items are the holder's own.
                paper.heading(
                    "公表されない事項（口座名義人が届け出たもの）",
                    "Particulars not published, as the holder gave them",
                );
                let given = holder.details.iter();
                paper.table(&head, given.map(|(n, v)| vec![n.clone(), v.clone()]).collect());
            }
        }
        paper.heading("保有する国際協力排出削減量", "Units held");
        paper.table(&holding_head(language), self.holding_rows());
        paper.heading("数量の合計", "Totals");
        paper.table(&[say("区分", "Kind"), say("数量", "Quantity")], self.total_rows(language));
        paper.heading("信託", "Trusts");
        paper.table(&trust_head(language), self.trust_rows(language));
        paper.heading("処分の制限", "Restrictions on disposal");
        paper.table(&restriction_head(language), self.restriction_rows(language));
        paper.heading("証明する記録", "The lines that are certified");
        paper.text(say(
            "次の各行（行末は改行1文字）のSHA-256が、本証明書の記録に記載されています。",
            "SHA-256 over these lines, each ended by one line feed, stands in the entry of this \
             certificate.",
        ));
        paper.lines(&self.statement);
        paper.text(format!("SHA-256: {}", self.statement_sha256));
        paper.heading("記録の証明及びその確認方法", "Proof of the entry, and how to check it");
        for step in how_to_check(language) {
            paper.text(step);
        }
        paper.lines(&format!("{}\n", self.log_key));
        paper.lines(&self.proof);
        if let Some(document) = document {
            paper.document(document);
        }
        paper
    }

    fn sentence(&self, language: Language) -> String {
        let (basis, entries) = (&self.basis, self.as_of_entries);
        match language {
            Language::Japanese => format!(
                "{basis}の規定に基づき、国際協力排出削減量口座簿に次のとおり記録されていることを\
                 証明します。本証明書は、記録番号{}より前の{entries}件の記録によります。",
                self.entry
            ),
            Language::English => format!(
                "Under the Act on Promotion of Global Warming Countermeasures ({basis}) it is \
                 certified that the registry has the following on record. This certificate \
                 states what the {entries} entries before entry {} say.",
                self.entry
            ),
        }
    }

    fn facts(&self, language: Language) -> Vec<Vec<String>> {
        let say = |japanese, english| language.pick(japanese, english);
        let none = || "–".to_owned();
        let category = words::category_texts(self.category);
        let mut facts = vec![
            (say("口座簿", "Registry"), self.registry.clone()),
            (say("口座番号", "Account number"), self.account.to_string()),
            (say("口座の区分", "Category of account"), say(category.0, category.1).to_owned()),
            (say("開設日時", "Opened"), self.opened.to_string()),
        ];
        if let Some((japanese, english)) = &self.account_names {
            let name = language.pick(japanese, english);
            facts.push((say("口座の名称", "Name of account"), name.to_string()));
        }
        facts.extend([
            (
                say("申請番号", "Application"),
                self.application.map_or_else(none, |entry| entry.to_string()),
            ),
            (say("証明書の記録番号", "Entry of this certificate"), self.entry.to_string()),
            (say("証明日時", "Issued"), self.time.to_string()),
        ]);
        rows(facts)
    }

    fn holding_rows(&self) -> Vec<Vec<String>> {
        let rows = self.holdings.iter().map(|holding| {
            vec![
                holding.identification.clone(),
                holding.range.to_string(),
                tonnes(holding.quantity_tonnes.get()),
                holding.project.to_string(),
                holding.vintage.to_string(),
                holding.class.to_string(),
                holding.issued_on.to_string(),
            ]
        });
        rows.collect()
    }

    fn total_rows(&self, language: Language) -> Vec<Vec<String>> {
        let totals = &self.totals;
        let say = |japanese, english| language.pick(japanese, english);
        let mut facts = vec![(say("保有", "Held").to_owned(), tonnes(totals.held_tonnes.get()))];
        facts.extend(totals.by_class.iter().map(|(class, quantity)| {
            let name = match language {
                Language::Japanese => format!("うち区分{class}"),
                Language::English => format!("of which class {class}"),
            };
            (name, tonnes(quantity.get()))
        }));
        facts.extend([
            (
                say("うち信託財産", "of which in trust").to_owned(),
                tonnes(totals.trust_tonnes.get()),
            ),
            (
                say("うち処分の制限に係るもの", "of which under a restriction").to_owned(),
                tonnes(totals.restricted_tonnes.get()),
            ),
        ]);
        facts.into_iter().map(|(name, value)| vec![name, value]).collect()
    }

    fn trust_rows(&self, language: Language) -> Vec<Vec<String>> {
        let yes =
            |on: bool| language.pick(["非該当", "該当"], ["no", "yes"])[usize::from(on)].into();
        let rows = self.trusts.iter().map(|trust| {
            vec![
                trust.entry.to_string(),
                joined(&trust.ranges),
                tonnes(trust.quantity_tonnes.get()),
                yes(trust.beneficiary_certificates),
                yes(trust.without_beneficiaries),
                yes(trust.public_interest),
                yes(trust.trustee_dismissed),
                trust.details.to_string(),
            ]
        });
        rows.collect()
    }

    fn restriction_rows(&self, language: Language) -> Vec<Vec<String>> {
        let whole = language.pick("口座の全部", "the whole account");
        let rows = self.restrictions.iter().map(|restriction| {
            let (japanese, english) = words::restriction_texts(restriction.ground);
            vec![
                restriction.entry.to_string(),
                restriction.ranges.as_deref().map_or_else(|| whole.to_owned(), joined),
                language.pick(japanese, english).to_owned(),
                restriction.authority.to_string(),
                restriction.reference.to_string(),
            ]
        });
        rows.collect()
    }
}

fn rows(facts: Vec<(&str, String)>) -> Vec<Vec<String>> {
    facts.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}

fn joined(ranges: &[SerialRange]) -> String {
    let texts: Vec<_> = ranges.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

fn holder_rows(holder: &CertificateHolder, language: Language) -> Vec<Vec<String>> {
    let say = |japanese, english| language.pick(japanese, english);
    let gone = match holder.particulars {
        Shown::Erased => say("消去済み", "erased"),
        Shown::Withheld => say("本書には記載しません", "not shown here"),
        Shown::Given => say("別表のとおり", "as shown below"),
    };
    let mut facts = vec![(say("識別", "Person"), holder.person.to_string())];
    if let Some(published) = &holder.published {
        let text = |text: &Option<_>| text.as_ref().map_or_else(String::new, ToString::to_string);
        facts.extend([
            (say("名称", "Name in Japanese"), text(&published.name_ja)),
            (say("名称（英語）", "Name in English"), published.name_en.to_string()),
            (
                say("主たる事務所の所在地", "Head office in Japanese"),
                text(&published.head_office_ja),
            ),
            (
                say("主たる事務所の所在地（英語）", "Head office in English"),
                published.head_office_en.to_string(),
            ),
        ]);
    } else {
        // An individual's name and address are personal data, outside the log.
        facts.push((say("氏名及び住所", "Name and address"), gone.to_owned()));
    }
    facts.extend([
        (say("記録事項の効力発生日", "Particulars right since"), holder.effective.to_string()),
        (say("公表されない事項", "Particulars not published"), gone.to_owned()),
        (say("同上のコミットメント", "Commitment to these"), holder.commitment.to_string()),
    ]);
    rows(facts)
}

fn holding_head(language: Language) -> [&'static str; 7] {
    match language {
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
    }
}

fn trust_head(language: Language) -> [&'static str; 8] {
    match language {
        Language::Japanese => [
            "記録番号",
            "範囲",
            "数量",
            "受益証券発行信託",
            "受益者の定めのない信託",
            "公益信託",
            "受託者の解任",
            "その他の事項のコミットメント",
        ],
        Language::English => [
            "Entry",
            "Units",
            "Quantity",
            "Beneficiary certificates",
            "Without beneficiaries",
            "Public interest",
            "Trustee dismissed",
            "Commitment to the other items",
        ],
    }
}

fn restriction_head(language: Language) -> [&'static str; 5] {
    match language {
        Language::Japanese => ["記録番号", "範囲", "原因", "命令等をした者", "番号"],
        Language::English => ["Entry", "Units", "Ground", "Court or authority", "Reference"],
    }
}

/// What a reader does who believes nothing but the log's key.
fn how_to_check(language: Language) -> [&'static str; 4] {
    match language {
        Language::Japanese => [
            "一、下の検証鍵が、口座簿の管理者が公表しているものと同じであることを確かめます。",
            "二、下の証明（C2SP tlog-proof形式）を検証鍵で検証します。これにより、その\
             「extra」行にある記録が、署名されたチェックポイントの示す記録の列に含まれることが分かります。",
            "三、その記録が本証明書の記録であること、並びにその記録にあるSHA-256が上の各行のものと\
             一致することを確かめます。",
            "この証明は、記録がなされたことと、その後改変されていないことを示します。上の各行がそれより\
             前の記録から導かれることは、全記録を読んで再計算すること（検証プログラム jcm-verify）により\
             確かめられます。証明日時より後の移動は、本証明書には現れません。",
        ],
        Language::English => [
            "First, make sure that the verifier key below is the one that the registry has \
             published.",
            "Second, verify the proof below (C2SP tlog-proof) with that key. It shows that the \
             entry in its “extra” line is in the log whose checkpoint the registry signed.",
            "Third, make sure that this entry is the one of this certificate, and that the SHA-256 \
             in it is that of the lines above.",
            "The proof shows that the entry was made and was not changed since. That the lines \
             follow from the entries before it is shown by a replay of the whole log (the program \
             jcm-verify). What moved after the time of issue is not in this certificate.",
        ],
    }
}

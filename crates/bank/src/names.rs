//! Names of payers, made comparable: a bank writes 株式会社 as `カ)`, knows no
//! small kana, and fills with spaces as it likes.

use unicode_normalization::UnicodeNormalization;

/// Legal forms as banks abbreviate them, before or after a bracket.
const ABBREVIATED: &[&str] = &[
    "カ",
    "ユ",
    "メ",
    "シ",
    "ド",
    "イ",
    "ザイ",
    "シヤ",
    "シユウ",
    "ガク",
    "フク",
    "ドク",
    "トクヒ",
    "株",
    "有",
    "名",
    "資",
    "合",
    "医",
    "財",
    "社",
    "宗",
    "学",
    "福",
    "独",
    "特非",
];

/// Legal forms written out, in kanji, kana and English.
const WRITTEN_OUT: &[&str] = &[
    "特定非営利活動法人",
    "公益財団法人",
    "公益社団法人",
    "一般財団法人",
    "一般社団法人",
    "独立行政法人",
    "株式会社",
    "有限会社",
    "合同会社",
    "合名会社",
    "合資会社",
    "カブシキガイシヤ",
    "カブシキカイシヤ",
    "ユウゲンガイシヤ",
    "ゴウドウガイシヤ",
];

/// At the end only: the letters may be part of a name elsewhere.
const ENGLISH: &[&str] = &["COLTD", "LIMITED", "LTD", "INC", "KK"];

/// What is left of a name when form, width, case, small kana, spaces and signs
/// are taken away. Empty if nothing is.
pub(crate) fn comparable(name: &str) -> String {
    let name: String = name.nfkc().collect::<String>().chars().map(large).collect();
    let name = without_abbreviation(name.trim());
    let mut name: String = name.to_uppercase().chars().filter(|c| is_of_a_name(*c)).collect();
    for form in WRITTEN_OUT {
        let bare = name.strip_prefix(form).or_else(|| name.strip_suffix(form));
        if let Some(bare) = bare {
            name = bare.to_owned();
            break;
        }
    }
    let english = ENGLISH.iter().find_map(|form| name.strip_suffix(form));
    let name = english.unwrap_or(&name);
    // A hyphen alone is how people leave a field empty.
    if name.chars().all(|c| c == 'ー') { String::new() } else { name.to_owned() }
}

/// `カ)ニホン`, `ニホン(カ`, `ニホン(カ)トウキヨウ` and `(株)日本` without the form.
fn without_abbreviation(name: &str) -> String {
    for form in ABBREVIATED {
        let (before, after, within) = (format!("{form})"), format!("({form}"), format!("({form})"));
        if let Some(rest) = name.strip_prefix(&within).or_else(|| name.strip_prefix(&before)) {
            return rest.to_owned();
        }
        if let Some(rest) = name.strip_suffix(&within).or_else(|| name.strip_suffix(&after)) {
            return rest.to_owned();
        }
        if name.contains(&within) {
            return name.replacen(&within, "", 1);
        }
    }
    name.to_owned()
}

/// Katakana for hiragana, and large kana for small, as a transfer has only
/// those; every hyphen as the long-vowel mark, as which banks write it.
fn large(c: char) -> char {
    let c = match c {
        // The two blocks lie 96 apart.
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 96).unwrap_or(c),
        _ => c,
    };
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => 'ー',
        _ => c,
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == 'ー'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_has_one_comparable_name() {
        for name in [
            "ｶ)ﾆﾎﾝﾊﾂﾃﾞﾝ",
            "カ）ニホンハツデン",
            "ニホンハツデン（カ",
            "(カ)ニホン ハツデン",
            "ニホンハツデン(カ)",
            "株式会社ニホンハツデン",
            "ニホンハツデン㈱",
            "㈱にほんはつでん",
            "カブシキガイシャ ニホンハツデン",
            "ニホンハツデン",
        ] {
            assert_eq!(comparable(name), "ニホンハツデン", "{name}");
        }
        assert_eq!(comparable("ト-キヨ- ﾃﾞﾝﾘﾖｸ"), comparable("トーキョーデンリョク"));
        assert_eq!(comparable("Green Power Co., Ltd."), comparable("GREENPOWER"));
        assert_eq!(comparable("カ)ニホン(エイ)"), "ニホンエイ");
    }

    #[test]
    fn different_companies_stay_different() {
        let names = ["カ)ニホン", "カ)ニツポン", "ニホンカ", "カニホン", "ニホントウキヨウ"];
        for (at, name) in names.iter().enumerate() {
            assert!(names[at + 1..].iter().all(|other| comparable(name) != comparable(other)));
        }
        for nothing in ["", " ", "カ)", "(株)", "株式会社", "()", "-"] {
            assert_eq!(comparable(nothing), "", "{nothing}");
        }
    }
}

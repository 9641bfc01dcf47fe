//! What is written on a handover for people.

use jcm_format::time::Date;

/// What both languages say.
pub(super) struct Told {
    pub(super) origin: String,
    pub(super) log_key: String,
    pub(super) entries: u64,
    pub(super) private: usize,
    pub(super) made: Date,
}

/// In Japanese.
pub(super) fn japanese(told: &Told) -> String {
    let Told { origin, log_key, entries, private, made } = told;
    format!(
        "# 口座簿の引継ぎ\n\n\
         口座簿 `{origin}` の引継ぎのための写し（{made}作成、記録 {entries} 件、個人情報 {private} 件）。\n\n\
         | ファイル | 内容 |\n| --- | --- |\n\
         | `registry.jcmlog` | すべての記録。口座簿の正本はこれだけであり、他はすべてここから作り直せる（`private/` を除く） |\n\
         | `checkpoint.txt` | 最新の署名付きチェックポイント |\n\
         | `releases` | 立会人（witness）の連署を得たチェックポイントの記録。立会人を置いた口座簿のみ |\n\
         | `private/` | 記録が約束（コミットメント）だけを持つ個人情報。取扱いに注意し、引継ぎ後は写しを消去すること |\n\
         | `books/` | 帳簿（年度ごと） |\n\
         | `fees/` | 手数料収受簿（日・月・年度ごと） |\n\
         | `publication/` | 公表事項（名義人、区分ごとの数量、年ごとの取引） |\n\
         | `manifest.json` | 各ファイルの長さと SHA-256、消去済みの個人情報の一覧 |\n\n\
         ## 確かめ方\n\n\
         1. `manifest.json` の SHA-256 を各ファイルと照合する。\n\
         2. `jcm-verify registry.jcmlog` がすべての記録を規則に照らして判定し直す。\n\
         3. チェックポイントの鍵は `{log_key}` である。別の経路で得た鍵と照合する。\n\n\
         チェックポイントに署名する鍵（`keys/log.key`）は含まれていない。口座簿をそのまま続ける場合は、別の安全な経路で引き渡す。\
         続けるには、`registry.jcmlog` を `log/00000000000000000000.seg` として、鍵とともに新しいデータフォルダーに置き\
         （`releases` があれば `witness/releases` として置く）、\
         `registry-node private restore` で個人情報を戻す。\n"
    )
}

/// In English.
pub(super) fn english(told: &Told) -> String {
    let Told { origin, log_key, entries, private, made } = told;
    format!(
        "# Handover of the registry\n\n\
         A copy of the registry `{origin}` for its successor, made on {made}: {entries} entries, \
         {private} files of personal data.\n\n\
         | file | content |\n| --- | --- |\n\
         | `registry.jcmlog` | Every entry. This alone is the registry; all but `private/` can be made anew from it |\n\
         | `checkpoint.txt` | The newest signed checkpoint |\n\
         | `releases` | Which checkpoints witnesses cosigned, and what was released under them; only of a registry with witnesses |\n\
         | `private/` | Personal data to which the log only commits. Handle with care, and erase the copy after the handover |\n\
         | `books/` | The books, by fiscal year |\n\
         | `fees/` | The fee ledger, by day, month and fiscal year |\n\
         | `publication/` | What is published: holders, totals by category, transactions by year |\n\
         | `manifest.json` | Length and SHA-256 of each file, and what personal data was erased |\n\n\
         ## To check it\n\n\
         1. Compare the SHA-256 in `manifest.json` with each file.\n\
         2. `jcm-verify registry.jcmlog` judges every entry again by the rules.\n\
         3. The key of the checkpoints is `{log_key}`. Compare it with one that came another way.\n\n\
         The key that signs checkpoints (`keys/log.key`) is not in here. If the same registry is to go on, hand it \
         over by another, safe way. To go on, place `registry.jcmlog` as `log/00000000000000000000.seg` in a new data \
         folder, with the key, and `releases`, if it is there, as `witness/releases`; then bring the personal data back with `registry-node private restore`.\n"
    )
}

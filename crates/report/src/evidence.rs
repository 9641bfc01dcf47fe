//! A holder's evidence pack: a statement of account and, for each movement in
//! it, the entry itself with a proof that the log has it. Whoever is given the
//! pack needs nothing of the registry's but its log key.

use crate::account_book::{AccountBook, BookError, Statement};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::time::{Date, Year};
use serde::Serialize;
use std::collections::BTreeSet;

/// The pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidencePack {
    /// `jcm-evidence/v1`.
    pub format: &'static str,
    /// What the pack is and what it proves, in Japanese.
    pub readme_ja: String,
    /// The same in English.
    pub readme_en: String,
    /// Name of the log.
    pub registry: String,
    /// The log's key, as a C2SP verifier key.
    pub log_key: String,
    /// The account.
    pub account: AccountNumber,
    /// The statement.
    pub statement: Statement,
    /// The entries that the statement rests on, ascending: those that recorded its
    /// movements, and those that recorded the applications for them.
    pub entries: Vec<Evidence>,
}

/// One entry with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The entry's number.
    pub entry: EntryIndex,
    /// `movement`, or `application` for one that a later entry recorded.
    pub role: &'static str,
    /// Its bytes (`docs/spec/entry.md`), in base64.
    pub bytes_base64: String,
    /// A tlog-proof of it.
    pub proof: String,
}

/// An entry's bytes and its tlog-proof, as the log has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedEntry {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The proof.
    pub proof: String,
}

/// Why there is no pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// There is no statement.
    #[error("the account's book makes no statement")]
    Book(#[from] BookError),
    /// An entry or its proof is not at hand.
    #[error("entry {0} or its proof is not at hand")]
    NotProved(EntryIndex),
}

/// First and last day of a fiscal year, which runs from April to March and bears
/// the number of the calendar year in which it begins.
pub fn fiscal_year(year: Year) -> Option<(Date, Date)> {
    let next = year.next()?;
    Some((Date::new(year.get(), 4, 1)?, Date::new(next.get(), 3, 31)?))
}

impl EvidencePack {
    /// The pack of an account from one day to another, both included. `prove` gives
    /// an entry's bytes and its proof.
    ///
    /// # Errors
    ///
    /// When there is no statement, or an entry that it rests on is not proved.
    pub fn new(
        book: &AccountBook,
        (from, to): (Date, Date),
        (origin, log_key): (&str, &str),
        prove: &dyn Fn(EntryIndex) -> Option<ProvedEntry>,
    ) -> Result<EvidencePack, EvidenceError> {
        let statement = book.statement(from, to)?;
        let recorded: BTreeSet<_> = statement.movements.iter().map(|m| m.entry).collect();
        let applied = statement.movements.iter().filter_map(|movement| movement.application);
        let all: BTreeSet<_> = recorded.iter().copied().chain(applied).collect();
        let entries = all.into_iter().map(|entry| {
            let proved = prove(entry).ok_or(EvidenceError::NotProved(entry))?;
            let role = if recorded.contains(&entry) { "movement" } else { "application" };
            let bytes_base64 = base64(&proved.bytes);
            Ok(Evidence { entry, role, bytes_base64, proof: proved.proof })
        });
        Ok(EvidencePack {
            format: "jcm-evidence/v1",
            readme_ja: readme(README_JA, book.account(), (from, to)),
            readme_en: readme(README_EN, book.account(), (from, to)),
            registry: origin.to_owned(),
            log_key: log_key.to_owned(),
            account: book.account(),
            entries: entries.collect::<Result<_, EvidenceError>>()?,
            statement,
        })
    }

    /// The pack as JSON, on many lines.
    ///
    /// # Errors
    ///
    /// None that its types allow.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

fn readme(text: &str, account: AccountNumber, (from, to): (Date, Date)) -> String {
    text.replace("{account}", &account.to_string())
        .replace("{from}", &from.to_string())
        .replace("{to}", &to.to_string())
}

const README_JA: &str = "\
口座{account}の{from}から{to}までの移動に関する証拠書類一式

statement は、期首残高、期間中の移動及び期末残高です。entries は、各移動を記録した記録及びその申請の記録\
そのもの（bytes_base64）と、それぞれの証明（proof、C2SP tlog-proof形式）です。

この一式により証明されること
・entries の各記録が、口座簿の記録の列のその番号の位置に、そのとおりの内容で存在すること（包含証明）。
・その記録の列の先頭からの全体に対し、口座簿の検証鍵（log_key）による署名がなされていること。したがって、\
各記録は署名の後に改変されていないこと。
検証鍵は、本書によらず、口座簿の管理者の公表したものと照合してください。

この一式だけでは証明されないこと
・期間中の移動がこれらに尽きること（網羅性）。他に移動がないこと並びに期首及び期末の残高が正しいことは、\
全記録を読み、全ての申請を規則に照らして再計算しなければ確かめられません。検証プログラム jcm-verify が\
これを行います。
・各記録が規則に従ってなされたこと。これも再計算により確かめられます。
・管理者が他の者に別の口座簿を示していないこと。証明のチェックポイントを、他の者が得たもの又は立会人の\
署名のあるものと比較してください。
・記録の外の事実（入金、合同委員会の決定、排出削減の事実等）。

他の口座は番号のみで示し、その名義人の名称は記載していません。記録そのものには、申請に署名した鍵及び申請者が\
記載した文言（受益者の名称、訂正の理由等）が含まれます。
";

const README_EN: &str = "\
Evidence of what moved in account {account} from {from} to {to}

`statement` is the opening balance, the movements of the period and the closing balance. `entries` are the
entries that recorded the movements and the applications for them, byte for byte (`bytes_base64`), each with
its proof (`proof`, a C2SP tlog-proof).

What this pack proves
- That each entry stands in the registry's log under its number, with exactly this content (inclusion).
- That the log up to and beyond it was signed with the log's key (`log_key`), so that none of these entries
  was changed since.
Compare the key with the one that the registry has published; do not take it from this pack.

What this pack alone does not prove
- That these are all movements of the period (completeness). That there is no other, and that the opening and
  closing balances are right, is known only to who reads the whole log and judges every entry by the rules
  anew. The program jcm-verify does so.
- That each entry was made according to the rules. The same replay shows it.
- That the registry shows everybody the same log. Compare the checkpoint of a proof with one that somebody
  else was given, or that witnesses have signed.
- Facts outside the log: that money arrived, that a committee decided, that emissions were reduced.

Other accounts appear by number alone, never with their holder's name. The entries themselves contain the keys
that signed an application, and the words of who made it (a beneficiary, the reason of a correction).
";

/// Base64 with the standard alphabet and padding (RFC 4648, section 4). Only
/// written, never read, so that nothing depends on how strict a reader is.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for position in 0..3 {
            bits = bits << 8 | u32::from(group.get(position).copied().unwrap_or(0));
        }
        for position in 0..4 {
            // One byte makes two characters, two make three; padding fills up.
            let sextet = (bits >> (18 - 6 * position)) & 0x3f;
            let character = match position <= group.len() {
                true => ALPHABET.get(sextet as usize).copied().unwrap_or(b'='),
                false => b'=',
            };
            text.push(char::from(character));
        }
    }
    text
}

#[cfg(test)]
mod tests;

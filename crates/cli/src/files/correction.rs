//! A correction of the record (registry ordinance, art. 15), as a file.
//!
//! ```toml
//! account = "JP-0001001-05"                 # whose record is wrong
//! affected = 41                             # the entry that is wrong
//! error = "transferred 100 t too many"
//! consulted_on = "2026-06-01"
//! consultation = "minutes.pdf"              # a file, or "sha256:<hex>"
//! # third_party_consent = "consent.pdf"     # of another holder who loses units
//!
//! # effective = "2026-04-01"                # since when, with one of the next two
//! # particulars = "form2.toml"              # what is not published, as it should have been
//! # [holder]                                # what is published, as a whole
//! # name_ja = "例示株式会社"
//! # name_en = "Example K.K."
//! # head_office_ja = "東京都千代田区"
//! # head_office_en = "Chiyoda-ku, Tokyo"
//!
//! [[move]]
//! source = "JP-0001002-02"
//! destination = "JP-0001001-05"
//! units = ["7:401-500"]
//! ```

use super::particulars::{self, Published};
use super::{AccountText, document, field, optional, ranges};
use crate::parse;
use jcm_client::PrivateValue;
use jcm_format::command::{CorrectionGround, CorrectionMove, ParticularsChange, RecordCorrection};
use jcm_format::id::EntryIndex;
use serde::Deserialize;
use std::path::Path;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionFile {
    account: AccountText,
    affected: u64,
    error: String,
    consulted_on: String,
    consultation: String,
    third_party_consent: Option<String>,
    effective: Option<String>,
    particulars: Option<String>,
    holder: Option<HolderFile>,
    #[serde(default, rename = "move")]
    moves: Vec<MoveFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HolderFile {
    name_ja: Option<String>,
    name_en: String,
    head_office_ja: Option<String>,
    head_office_en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveFile {
    source: AccountText,
    destination: AccountText,
    units: Vec<String>,
}

/// Reads a file; with the private data that it commits to.
pub fn read(
    folder: &Path,
    file: &CorrectionFile,
) -> Result<(RecordCorrection, Vec<PrivateValue>), String> {
    let consent = file.third_party_consent.as_ref();
    let ground = CorrectionGround {
        account: file.account.account("account")?,
        affected: EntryIndex::new(file.affected),
        error: field("error", parse::text(&file.error))?,
        consulted_on: field("consulted_on", file.consulted_on.parse())?,
        consultation: document(folder, "consultation", &file.consultation)?,
        third_party_consent: consent
            .map(|text| document(folder, "third_party_consent", text))
            .transpose()?,
    };
    let private = private(folder, file)?;
    let change = change(file, private.as_ref())?;
    let moves: Vec<_> = file.moves.iter().enumerate().map(one_move).collect::<Result<_, _>>()?;
    if change.is_none() && moves.is_empty() {
        return Err("nothing is corrected: give [[move]], [holder] or particulars".to_owned());
    }
    Ok((RecordCorrection { ground, change, moves }, private.into_iter().collect()))
}

fn private(folder: &Path, file: &CorrectionFile) -> Result<Option<PrivateValue>, String> {
    let Some(path) = &file.particulars else { return Ok(None) };
    let path = folder.join(path);
    let example = "a file of particulars";
    let read = super::read(&path, example, |folder, file| particulars::read(folder, &file));
    let read = field("particulars", read)?;
    let data = read.of_corporation.ok_or("particulars: the file has nothing that is private")?;
    field("particulars", PrivateValue::new(data)).map(Some)
}

fn change(
    file: &CorrectionFile,
    private: Option<&PrivateValue>,
) -> Result<Option<ParticularsChange>, String> {
    let holder = file.holder.as_ref().map(published).transpose()?;
    let effective = optional("effective", file.effective.as_ref(), |text| text.parse())?;
    match (holder.is_some() || private.is_some(), effective) {
        (false, None) => Ok(None),
        (true, Some(effective)) => {
            let holder = holder.map(Published::holder).transpose();
            let holder = holder.map_err(|flag| format!("holder: {flag} is missing"))?;
            let particulars = private.map(PrivateValue::commitment);
            Ok(Some(ParticularsChange { holder, particulars, effective }))
        }
        (true, None) => Err("effective: since when are the particulars other?".to_owned()),
        (false, Some(_)) => Err("effective: give [holder] or particulars with it".to_owned()),
    }
}

fn published(file: &HolderFile) -> Result<Published, String> {
    let text = parse::text;
    Ok(Published {
        name_ja: optional("holder.name_ja", file.name_ja.as_ref(), text)?,
        name_en: Some(field("holder.name_en", text(&file.name_en))?),
        office_ja: optional("holder.head_office_ja", file.head_office_ja.as_ref(), text)?,
        office_en: Some(field("holder.head_office_en", text(&file.head_office_en))?),
    })
}

fn one_move((i, file): (usize, &MoveFile)) -> Result<CorrectionMove, String> {
    Ok(CorrectionMove {
        source: file.source.account(&format!("move[{i}].source"))?,
        destination: file.destination.account(&format!("move[{i}].destination"))?,
        ranges: ranges(&format!("move[{i}].units"), &file.units)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse, with_digests};

    fn example() -> String {
        with_digests(&documented(include_str!("correction.rs")))
    }

    fn read_text(text: &str) -> Result<RecordCorrection, String> {
        read(Path::new("."), &parse(text, false)?).map(|(correction, _)| correction)
    }

    #[test]
    fn the_documented_example_is_read_with_and_without_its_remarks() {
        let correction = read_text(&example()).expect("well formed");
        assert_eq!(correction.moves.len(), 1);
        assert!(correction.change.is_none());
        let whole = example().replace("# third", "third").replace("# effective", "effective");
        let whole = whole.replace("# [holder]", "[holder]").replace("# name", "name");
        let whole = whole.replace("# head", "head");
        let correction = read_text(&whole).expect("well formed");
        assert!(correction.change.is_some_and(|change| change.holder.is_some()));
        assert!(correction.ground.third_party_consent.is_some());
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&documented(include_str!("correction.rs"))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("JP-0001001-05\" ", "JP-0001001-06\" ", "account"),
            ("\"2026-06-01\"", "\"2026-06-31\"", "consulted_on"),
            ("\"7:401-500\"", "\"7:500-401\"", "move[0].units[0]"),
            ("\"7:401-500\"", "\"7:1-9\", \"7:5-6\"", "move[0].units"),
            ("JP-0001002-02", "JP-0001002-03", "move[0].source"),
            ("sha256:ab", "sha256:", "consultation"),
            ("# effective", "effective", "effective"),
        ] {
            let text = example().replacen(from, to, 1);
            assert_ne!(text, example(), "{from}");
            let error = read_text(&text).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}

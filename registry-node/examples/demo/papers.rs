//! What the Act gives a holder beside transfers: a court's restriction that
//! holds, a certificate that proves itself, notices that tell of both.

use crate::stage::{Result, Stage};
use crate::story::{OPERATORS, pay, shown, transfer, units};
use jcm_api::pb;
use jcm_format::command::{Body, PaymentId, Purpose, Restriction, RestrictionGround};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRanges;
use jcm_format::text::Text;
use jcm_format::time::Date;
use serde_json::json;
use std::path::Path;

/// A court attaches one tonne; it is released again.
pub(crate) async fn restrict_and_release(
    stage: &mut Stage,
    aoba: AccountNumber,
    minato: AccountNumber,
) -> Result<()> {
    stage.say("\n6. A court restricts one tonne of Aoba's (処分の制限)");
    let held = units(stage, aoba, 2021, 100).await?;
    let first = held.iter().next().ok_or("Aoba holds units")?;
    let one = format!("{}:{}-{}", first.block(), first.first(), first.first());
    let restriction = Restriction {
        account: aoba,
        ranges: Some(SerialRanges::new(vec![one.parse()?])?),
        ground: RestrictionGround::CourtOrder,
        authority: Text::new("Tokyo District Court (synthetic)").ok_or("a text")?,
        reference: Text::new("2026 (synthetic)").ok_or("a text")?,
        document: Digest::of(&[b"synthetic order"]),
    };
    let entry = stage.accepted(Some(Body::RecordRestriction(restriction)), OPERATORS).await?;
    stage.recorded(format_args!("two operators record the order on unit {one}"), entry);
    let body = transfer(aoba, minato, held.clone(), Purpose::Other, None);
    let refusal = stage.refused(Some(body), &["aoba"], "UNITS_RESTRICTED").await?;
    stage.tried(&format!("transferring {}", shown(&held)), &refusal);
    let release = Body::ReleaseRestriction {
        restriction: EntryIndex::new(entry),
        reference: Text::new("2026 (synthetic), withdrawn").ok_or("a text")?,
        document: Digest::of(&[b"synthetic release"]),
    };
    let entry = stage.accepted(Some(release), OPERATORS).await?;
    stage.recorded("the order is withdrawn: released", entry);
    Ok(())
}

/// A certificate of recorded matters, paid, issued and written to a file.
pub(crate) async fn certify(
    stage: &mut Stage,
    today: Date,
    aoba: AccountNumber,
    data: &Path,
) -> Result<()> {
    stage.say("\n7. A certificate of recorded matters (記録事項証明書), and Aoba's notices");
    let payment = pay(stage, today, "demo-0004", 1_200, Some(aoba), None).await?;
    let fee_payment = Some(PaymentId::single(EntryIndex::new(payment)));
    let body = Body::RequestCertificate { account: aoba, fee_payment };
    let entry = stage.accepted(Some(body), &["aoba"]).await?;
    let request = pb::GetCertificateRequest { application: entry, language: "ja".to_owned() };
    let certificate = stage.of("aoba").certificate(request).await?;
    let file = data.join("demo-certificate.html");
    std::fs::write(&file, &certificate.html)?;
    stage.recorded("1,200 yen: issued; the entry states the digest of what it says", entry);
    let notices = stage.of("aoba").notices(aoba.get(), "").await?;
    for notice in notices.iter().rev().take(3).rev() {
        stage.say(format_args!(
            "   notice {:>5}  {} / {}, {}",
            notice.position, notice.title_ja, notice.title_en, notice.basis
        ));
    }
    peep(stage, aoba).await?;
    stage.fact(json!({ "certificate": file, "statement": certificate.statement,
        "notices": notices.iter().map(|notice| &notice.kind).collect::<Vec<_>>() }));
    Ok(())
}

/// Another holder asks for Aoba's account, and for one that there is not: both times it
/// is told the same.
async fn peep(stage: &mut Stage, aoba: AccountNumber) -> Result<()> {
    let minato = stage.of("minato");
    let mut told = Vec::new();
    for account in [aoba.get(), 9_999] {
        let refused = minato.account(account).await.err().ok_or("Minato sees Aoba's account")?;
        let number = account.to_string();
        told.push(refused.to_string().replace(&number, "N"));
    }
    if told[0] != told[1] {
        return Err("a refusal tells which accounts there are".into());
    }
    let refused = stage.client.account(aoba.get()).await.err().ok_or("anybody sees it")?;
    stage.tried("Minato asks for Aoba's account", &format!("refused: {}", told[0]));
    stage.tried("somebody without a key asks for it", &format!("refused: {refused}"));
    stage.fact(json!({ "asked_for_anothers_account": told[0],
        "asked_without_a_key": refused.to_string() }));
    Ok(())
}

//! The registry as a whole.

use super::adjustment;
use crate::amount::grouped;
use crate::failure::Failure;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use jcm_client::{KeySource, wire};
use serde_json::{Value, json};

/// Who the registry is.
pub async fn info(context: &Context) -> Result<Reply, Failure> {
    let session = context.open().await?;
    let info = &session.info;
    let source = match session.trust.key_source() {
        KeySource::Pinned => "pinned",
        KeySource::FirstUse => "kept on first use",
    };
    let json = json!({
        "origin": info.origin,
        "log_key": info.log_key.to_string(),
        "log_key_source": source,
        "genesis": info.genesis,
        "entries": info.entries,
        "rule_set": info.rule_set,
        "account_opening_fee_yen": info.account_opening_fee_yen,
        "transfer_fee_yen": info.transfer_fee_yen,
        "certificate_fee_yen": info.certificate_fee_yen,
        "now_ms": info.now_ms,
        "software_version": info.software_version,
        "identification_format": info.identification_format,
        "trusted_size": session.trust.last().map(|last| last.checkpoint().size),
    });
    let yen = |amount| format!("{} yen", grouped(amount));
    let text = pairs([
        ("origin", info.origin.to_string()),
        ("log key", format!("{} ({source})", info.log_key)),
        ("genesis", info.genesis.clone()),
        ("entries", grouped(info.entries)),
        ("rule set", info.rule_set.to_string()),
        ("account opening fee", yen(info.account_opening_fee_yen)),
        ("transfer fee", yen(info.transfer_fee_yen)),
        ("certificate fee", yen(info.certificate_fee_yen)),
        ("identification numbers", info.identification_format.clone()),
        ("version", info.software_version.clone()),
    ]);
    Ok(Reply::new(json, text))
}

/// Totals by category, and the corresponding adjustments.
pub async fn totals(context: &Context) -> Result<Reply, Failure> {
    let totals = context.connect().await?.totals().await?;
    let category = |total: &wire::CategoryTotal| -> Value {
        json!({ "category": total.category, "quantity_tonnes": total.quantity_tonnes })
    };
    let json = json!({
        "totals": totals.totals.iter().map(category).collect::<Vec<_>>(),
        "issued_tonnes": totals.issued_tonnes,
        "adjustments": totals.adjustments.iter().map(adjustment::to_json).collect::<Vec<_>>(),
        "entries": totals.entries,
        "state_digest": totals.state_digest,
    });
    let rows = totals.totals.iter().map(|t| vec![t.category.clone(), grouped(t.quantity_tonnes)]);
    let issued = vec!["issued".to_owned(), grouped(totals.issued_tonnes)];
    let categories = [Column::Left("category"), Column::Right("tonnes")];
    let mut text = table(&categories, rows.chain([issued]));
    text += &format!("\n\nCorresponding adjustments\n{}", adjustment::list(&totals.adjustments));
    text += &format!("\n\nafter {} entries, state {}", totals.entries, totals.state_digest);
    Ok(Reply::new(json, text))
}

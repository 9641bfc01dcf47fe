//! Accounts: who applies for one, and what changes about its holder.

use super::Parsed;
use super::fields::{
    account, attachments, country, date, digest, entry, name, optional, optional_text, project,
    public_key, text,
};
use crate::command::{
    ApplyAccount, ApplyIndividualAccount, Body, FieldError, FieldRule, Holder, NotifyChange,
    ParticularsChange, Person,
};
use crate::pb;

pub(super) fn apply_account(m: &pb::ApplyAccount) -> Parsed<Body> {
    let person = person("apply_account.person", m.person.as_ref())?;
    // Only a foreign corporation may have no Japanese spelling (registry
    // ordinance, art. 3(iv)).
    let japanese = |field: &str, raw: &str| match (&person, raw) {
        (Person::ForeignCorporation { .. }, "") => Ok(None),
        _ => text(field, raw).map(Some),
    };
    let holder = Holder {
        name_ja: japanese("apply_account.name_ja", &m.name_ja)?,
        name_en: text("apply_account.name_en", &m.name_en)?,
        head_office_ja: japanese("apply_account.head_office_ja", &m.head_office_ja)?,
        head_office_en: text("apply_account.head_office_en", &m.head_office_en)?,
    };
    let attachments = attachments("apply_account.attachments", &m.attachments)?;
    Ok(Body::ApplyAccount(ApplyAccount {
        person,
        holder,
        particulars: digest("apply_account.particulars_commitment", &m.particulars_commitment)?,
        attachments,
        representative: public_key("apply_account.representative_key", &m.representative_key)?,
    }))
}

pub(super) fn person(field: &str, m: Option<&pb::Person>) -> Parsed<Person> {
    use pb::person::Kind;
    match m.and_then(|person| person.kind.as_ref()) {
        None => Err(FieldError::new(field, FieldRule::Missing)),
        Some(Kind::CorporateNumber(number)) => number
            .parse()
            .map(Person::Corporation)
            .map_err(|_| FieldError::new(format!("{field}.corporate_number"), FieldRule::BadId)),
        Some(Kind::ForeignCorporation(foreign)) => {
            let path = format!("{field}.foreign_corporation.country");
            let country = country(&path, &foreign.country)?;
            if country.to_string() == "JP" {
                // Japanese corporations have a corporate number; a second
                // identity would open a second account.
                return Err(FieldError::new(path, FieldRule::BadId));
            }
            let number = name(&format!("{field}.foreign_corporation.number"), &foreign.number)?;
            Ok(Person::ForeignCorporation { country, number })
        }
    }
}

pub(super) fn open_account(m: &pb::OpenAccount) -> Parsed<Body> {
    let application = entry("open_account.application", m.application)?;
    Ok(Body::OpenAccount { application })
}

pub(super) fn register_proponent(m: &pb::RegisterProponent) -> Parsed<Body> {
    Ok(Body::RegisterProponent {
        project: project("register_proponent.project", &m.project)?,
        person: digest("register_proponent.person", &m.person)?,
    })
}

pub(super) fn apply_individual_account(m: &pb::ApplyIndividualAccount) -> Parsed<Body> {
    let at = |field: &str| format!("apply_individual_account.{field}");
    Ok(Body::ApplyIndividualAccount(ApplyIndividualAccount {
        person: digest(&at("person"), &m.person)?,
        particulars: digest(&at("particulars_commitment"), &m.particulars_commitment)?,
        attachments: attachments(&at("attachments"), &m.attachments)?,
        representative: public_key(&at("representative_key"), &m.representative_key)?,
    }))
}

pub(super) fn notify_change(m: &pb::NotifyChange) -> Parsed<Body> {
    let at = |field: &str| format!("notify_change.{field}");
    let commitment = &m.particulars_commitment;
    let change = particulars_change("notify_change", m.holder.as_ref(), commitment, m.effective)?;
    Ok(Body::NotifyChange(NotifyChange {
        account: account(&at("account"), m.account)?,
        change: change.ok_or_else(|| FieldError::new(at("holder"), FieldRule::Missing))?,
        attachments: attachments(&at("attachments"), &m.attachments)?,
    }))
}

/// What changes by the message at `at`, if anything does. When it took effect is
/// then needed.
pub(super) fn particulars_change(
    at: &str,
    holder: Option<&pb::HolderParticulars>,
    commitment: &[u8],
    effective: Option<pb::Date>,
) -> Parsed<Option<ParticularsChange>> {
    let path = format!("{at}.particulars_commitment");
    let particulars = optional(commitment, |bytes| digest(&path, bytes))?;
    let holder = holder.map(|m| self::holder(&format!("{at}.holder"), m)).transpose()?;
    if holder.is_none() && particulars.is_none() {
        return Ok(None);
    }
    let effective = date(&format!("{at}.effective"), effective)?;
    Ok(Some(ParticularsChange { holder, particulars, effective }))
}

/// Whether the holder may do without a Japanese spelling depends on who it is,
/// which the ledger knows.
fn holder(at: &str, m: &pb::HolderParticulars) -> Parsed<Holder> {
    Ok(Holder {
        name_ja: optional_text(&format!("{at}.name_ja"), &m.name_ja)?,
        name_en: text(&format!("{at}.name_en"), &m.name_en)?,
        head_office_ja: optional_text(&format!("{at}.head_office_ja"), &m.head_office_ja)?,
        head_office_en: text(&format!("{at}.head_office_en"), &m.head_office_en)?,
    })
}

pub(super) fn apply_closing(m: &pb::ApplyClosing) -> Parsed<Body> {
    Ok(Body::ApplyClosing {
        account: account("apply_closing.account", m.account)?,
        attachments: attachments("apply_closing.attachments", &m.attachments)?,
    })
}

//! What the implementing body and the ministers lay down: rule data, the
//! calendar, government accounts, the books.

use super::Parsed;
use super::choices::government_category;
use super::fields::{at_most, country, date, digest, text, year, yen};
use crate::command::{Body, FeePeriod, FieldError, FieldRule, InvoiceIssuer, Rules};
use crate::identification::IdentificationFormat;
use crate::limits::{FEE_PERIODS_MAX, HOLIDAYS_MAX, TAX_PERCENT_MAX, WORKING_DAYS_MAX};
use crate::pb;
use crate::time::Date;

/// The first year of the books in which there was a registry to keep them.
const FIRST_BOOK_YEAR: u16 = 2025;

pub(super) fn adopt_rules(m: &pb::AdoptRules) -> Parsed<Body> {
    let at = |field: &str| format!("adopt_rules.{field}");
    // Genesis adopts version 1.
    if m.version < 2 {
        return Err(FieldError::new(at("version"), FieldRule::OutOfRange));
    }
    let identification = IdentificationFormat::new(&m.identification_format).ok_or_else(|| {
        FieldError::new(at("identification_format"), FieldRule::BadIdentification)
    })?;
    Ok(Body::AdoptRules(Rules {
        version: m.version,
        fees: fees(&at("fees"), &m.fees)?,
        payment_days: working_days(&at("payment_days"), m.payment_days)?,
        examination_days: working_days(&at("examination_days"), m.examination_days)?,
        transferee_acceptance: m.transferee_acceptance,
        shk_issued_until: date(&at("shk_issued_until"), m.shk_issued_until)?,
        shk_public_input_until: date(&at("shk_public_input_until"), m.shk_public_input_until)?,
        identification,
        invoice: m.invoice.as_ref().map(|m| invoice(&at("invoice"), m)).transpose()?,
    }))
}

fn fees(at: &str, items: &[pb::FeePeriod]) -> Parsed<Vec<FeePeriod>> {
    if items.is_empty() {
        return Err(FieldError::new(at, FieldRule::EmptyList));
    }
    at_most(at, items.len(), FEE_PERIODS_MAX)?;
    let mut periods: Vec<FeePeriod> = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let path = |field: &str| format!("{at}[{i}].{field}");
        let fee = |field: &str, amount: u64| yen(&path(field), amount);
        let from = date(&path("from"), item.from)?;
        if periods.last().is_some_and(|last| from <= last.from) {
            return Err(FieldError::new(path("from"), FieldRule::ListUnsorted));
        }
        periods.push(FeePeriod {
            from,
            account_opening_fee_yen: fee("account_opening_fee_yen", item.account_opening_fee_yen)?,
            transfer_fee_yen: fee("transfer_fee_yen", item.transfer_fee_yen)?,
            certificate_fee_yen: fee("certificate_fee_yen", item.certificate_fee_yen)?,
        });
    }
    Ok(periods)
}

fn working_days(at: &str, raw: u32) -> Parsed<u16> {
    let days = u16::try_from(raw).ok().filter(|_| (1..=WORKING_DAYS_MAX).contains(&raw));
    days.ok_or_else(|| FieldError::new(at, FieldRule::OutOfRange))
}

fn invoice(at: &str, m: &pb::InvoiceIssuer) -> Parsed<InvoiceIssuer> {
    let registration_number = match m.registration_number.as_str() {
        "" => None,
        raw => {
            let path = format!("{at}.registration_number");
            Some(raw.parse().map_err(|_| FieldError::new(path, FieldRule::BadId))?)
        }
    };
    let percent = u8::try_from(m.tax_percent).ok().filter(|_| m.tax_percent <= TAX_PERCENT_MAX);
    Ok(InvoiceIssuer {
        name: text(&format!("{at}.name"), &m.name)?,
        registration_number,
        tax_percent: percent
            .ok_or_else(|| FieldError::new(format!("{at}.tax_percent"), FieldRule::OutOfRange))?,
    })
}

pub(super) fn adopt_calendar(m: &pb::AdoptCalendar) -> Parsed<Body> {
    let at = "adopt_calendar.holidays";
    let country = country("adopt_calendar.country", &m.country)?;
    let year = year("adopt_calendar.year", m.year)?;
    at_most(at, m.holidays.len(), HOLIDAYS_MAX)?;
    let mut holidays: Vec<Date> = Vec::with_capacity(m.holidays.len());
    for (i, item) in m.holidays.iter().enumerate() {
        let path = format!("{at}[{i}]");
        let day = date(&path, Some(*item))?;
        if day.year() != year {
            return Err(FieldError::new(path, FieldRule::OutOfRange));
        }
        if holidays.last().is_some_and(|last| day <= *last) {
            return Err(FieldError::new(path, FieldRule::ListUnsorted));
        }
        holidays.push(day);
    }
    Ok(Body::AdoptCalendar { country, year, holidays })
}

pub(super) fn open_government_account(m: &pb::OpenGovernmentAccount) -> Parsed<Body> {
    Ok(Body::OpenGovernmentAccount {
        category: government_category("open_government_account.category", m.category)?,
        name_ja: text("open_government_account.name_ja", &m.name_ja)?,
        name_en: text("open_government_account.name_en", &m.name_en)?,
    })
}

pub(super) fn close_books(m: &pb::CloseBooks) -> Parsed<Body> {
    let at = "close_books.year";
    let year = year(at, m.year)?;
    if year.get() < FIRST_BOOK_YEAR {
        return Err(FieldError::new(at, FieldRule::OutOfRange));
    }
    Ok(Body::CloseBooks { year })
}

pub(super) fn erase_data(m: &pb::EraseData) -> Parsed<Body> {
    Ok(Body::EraseData {
        commitment: digest("erase_data.commitment", &m.commitment)?,
        reason: text("erase_data.reason", &m.reason)?,
    })
}

//! The books (帳簿): what each year from April to March amounts to, counted as
//! entries come, so that closing a year costs nothing.

use super::{BookYear, SubjectKind};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{BookTotals, Purpose, book_year};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRanges;
use jcm_format::time::{Timestamp, Year};
use std::collections::BTreeMap;

/// The years of the books in which there is an entry, or which are closed.
#[derive(Debug, Clone, Default)]
pub struct Books {
    years: BTreeMap<Year, BookYear>,
}

impl Books {
    /// A year.
    pub fn year(&self, year: Year) -> Option<&BookYear> {
        self.years.get(&year)
    }

    /// Every year, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Year, &BookYear)> {
        self.years.iter().map(|(year, book)| (*year, book))
    }

    /// The first year before `year` that is not closed.
    pub(crate) fn open_before(&self, year: Year) -> Option<Year> {
        let mut earlier = self.years.range(..year);
        earlier.find(|(_, book)| book.closed.is_none()).map(|(year, _)| *year)
    }

    pub(super) fn close(&mut self, year: Year, totals: BookTotals, by: EntryIndex) {
        self.years.insert(year, BookYear { totals, closed: Some(by) });
    }

    pub(super) fn count_entry(&mut self, time: Timestamp) {
        let totals = self.totals(time);
        totals.entries = totals.entries.saturating_add(1);
    }

    /// Counts what an effect says by itself.
    pub(super) fn count_effect(&mut self, time: Timestamp, effect: &Effect) {
        let totals = self.totals(time);
        match effect {
            Effect::AccountApplied { .. }
            | Effect::IndividualApplied { .. }
            | Effect::TransferApplied { .. }
            | Effect::CertificateRequested { .. }
            | Effect::ChangeNotified { .. }
            | Effect::ClosingApplied { .. }
            | Effect::TrustApplied { .. } => increment(&mut totals.received),
            Effect::AccountOpened { .. }
            | Effect::TransferRecorded { .. }
            | Effect::CertificateIssued { .. }
            | Effect::ParticularsChanged { application: Some(_), .. }
            | Effect::AccountClosed { .. }
            | Effect::TrustApplicationRecorded { .. } => increment(&mut totals.recorded),
            Effect::ApplicationRefused { .. } => increment(&mut totals.refused),
            Effect::ApplicationWithdrawn { .. } => increment(&mut totals.withdrawn),
            Effect::ApplicationLapsed { .. } => increment(&mut totals.lapsed),
            Effect::PaymentRecorded { amount_yen, .. } => {
                add_yen(&mut totals.payments_yen, *amount_yen);
            }
            Effect::StatementImported { payments, .. } => {
                for payment in payments {
                    add_yen(&mut totals.payments_yen, payment.amount_yen);
                }
            }
            Effect::Refunded { amount_yen, .. } => add_yen(&mut totals.refunded_yen, *amount_yen),
            Effect::BlockIssued { allocations, .. } => {
                for part in allocations {
                    add_tonnes(&mut totals.issued_tonnes, part.range.quantity());
                }
            }
            Effect::UnitsMoved { units } => {
                add_tonnes(&mut totals.corrected_tonnes, units.ranges.quantity());
            }
            _ => {}
        }
    }

    /// Part of a payment settles the fee of an application of this kind.
    pub(super) fn count_fee(&mut self, time: Timestamp, kind: SubjectKind, amount: Yen) {
        let totals = self.totals(time);
        match kind {
            SubjectKind::Account => add_yen(&mut totals.account_opening_fees_yen, amount),
            SubjectKind::Transfer => add_yen(&mut totals.transfer_fees_yen, amount),
            SubjectKind::Certificate => add_yen(&mut totals.certificate_fees_yen, amount),
            // These owe nothing.
            SubjectKind::Change | SubjectKind::Closing | SubjectKind::Trust => {}
        }
    }

    /// A transfer is recorded.
    pub(super) fn count_transfer(
        &mut self,
        time: Timestamp,
        purpose: Purpose,
        ranges: &SerialRanges,
    ) {
        let totals = self.totals(time);
        let sum = match purpose {
            Purpose::Other => &mut totals.transferred_tonnes,
            Purpose::Retirement => &mut totals.retired_tonnes,
            Purpose::Cancellation => &mut totals.cancelled_tonnes,
        };
        add_tonnes(sum, ranges.quantity());
    }

    fn totals(&mut self, time: Timestamp) -> &mut BookTotals {
        &mut self.years.entry(book_year(time.date_in_japan())).or_default().totals
    }
}

fn increment(count: &mut u64) {
    *count = count.saturating_add(1);
}

fn add_yen(sum: &mut Yen, amount: Yen) {
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

fn add_tonnes(sum: &mut Tonnes, amount: Tonnes) {
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

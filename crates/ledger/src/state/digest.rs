//! The state digest of `docs/spec/commands.md`: one line per fact, in one order.

use super::{
    Account, Adjustment, AdjustmentKey, ApplicationStatus, AuthorisationRecord, Completion,
    ItmoStretch, State, SubjectKind, TransfereeConsent,
};
use jcm_format::command::{
    Acceptance, Article6, BookTotals, Confirmation, Control, Holder, Mandate, Role, Safeguards,
};
use jcm_format::event::AccountCategory;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::itmo::ItmoSeries;
use jcm_format::text::Text;
use jcm_format::time::{Date, Timestamp};
use std::fmt::Display;

impl State {
    /// Digest of everything that the rules can ask about.
    pub fn digest(&self) -> Digest {
        let mut text = self.digest_lines().join("\n");
        text.push('\n');
        Digest::of(&[text.as_bytes()])
    }

    /// The lines that the digest covers, without line feeds.
    pub fn digest_lines(&self) -> Vec<String> {
        let mut lines = vec!["jcm-state/v4".to_owned(), format!("entries {}", self.entries)];
        self.rule_lines(&mut lines);
        self.party_lines(&mut lines);
        self.holding_lines(&mut lines);
        self.project_lines(&mut lines);
        self.article6_lines(&mut lines);
        self.money_lines(&mut lines);
        self.guard_lines(&mut lines);
        self.application_lines(&mut lines);
        for (year, book) in self.books.iter() {
            let status = if book.closed.is_some() { "closed" } else { "open" };
            lines.push(format!("books {year} {status} {}", totals_text(&book.totals)));
        }
        lines.extend(self.erased.iter().map(|commitment| format!("erased {commitment}")));
        lines
    }

    fn rule_lines(&self, lines: &mut Vec<String>) {
        if let Some(rules) = &self.rules {
            let choice = on_or_off(rules.transferee_acceptance);
            lines.push(format!(
                "rules {} {} {} {choice} {} {} {}",
                rules.version,
                rules.payment_days,
                rules.examination_days,
                rules.shk_issued_until,
                rules.shk_public_input_until,
                rules.identification
            ));
            lines.extend(rules.fees.iter().map(|period| {
                let opening = period.account_opening_fee_yen;
                let (transfer, certificate) = (period.transfer_fee_yen, period.certificate_fee_yen);
                format!("fee {} {opening} {transfer} {certificate}", period.from)
            }));
            if let Some(issuer) = &rules.invoice {
                let number = or_dash(issuer.registration_number.as_ref());
                lines.push(format!("invoice {} {number} {}", issuer.tax_percent, issuer.name));
            }
        }
        for (country, year, days) in self.calendars.iter() {
            let days = if days.is_empty() { "-".to_owned() } else { joined(days) };
            lines.push(format!("calendar {country} {year} {days}"));
        }
    }

    fn party_lines(&self, lines: &mut Vec<String>) {
        for (key, record) in &self.keys {
            let status = if record.revoked { "revoked" } else { "valid" };
            lines.push(format!("key {key} {} {status}", record.role));
        }
        lines.extend(self.operators.iter().map(|person| format!("operator {person}")));
        lines.extend(self.accounts.values().map(account_line));
        for account in self.accounts.values() {
            let Some(holder) = &account.holder else { continue };
            let published = or_dash(holder.particulars.as_ref().map(published_digest));
            lines.push(format!("holder {} {} {published}", account.number, holder.commitment));
        }
    }

    fn holding_lines(&self, lines: &mut Vec<String>) {
        for (account, units) in &self.holdings {
            lines.extend(units.iter().map(|(range, ())| format!("holding {account} {range}")));
        }
        for (range, application) in self.reserved.iter() {
            lines.push(format!("reserved {range} {application}"));
        }
        for trust in self.trusts.values() {
            let trustee = if trust.dismissed { "dismissed" } else { "present" };
            let (entry, account, details) = (trust.entry, trust.account, trust.terms.details);
            lines.push(format!("trust {entry} {account} {details} {trustee}"));
        }
        for (range, trust) in self.in_trust.iter() {
            lines.push(format!("in-trust {range} {trust}"));
        }
        for record in self.restrictions() {
            let (entry, account) = (record.entry, record.restriction.account);
            let ranges = record.restriction.ranges.as_ref();
            let ranges = ranges.map_or_else(|| "account".to_owned(), |r| joined(r.as_slice()));
            lines.push(format!("restriction {entry} {account} {ranges}"));
        }
    }

    fn project_lines(&self, lines: &mut Vec<String>) {
        lines.extend(self.projects.keys().map(|reference| format!("project {reference}")));
        for (project, person) in &self.proponents {
            lines.push(format!("proponent {project} individual:{person}"));
        }
    }

    fn article6_lines(&self, lines: &mut Vec<String>) {
        lines.extend(self.article6.as_ref().map(article6_line));
        lines.extend(self.authorisations.values().map(authorisation_line));
        for block in self.blocks.values() {
            lines.push(format!(
                "block {} {} {} {} {} {}",
                block.number,
                block.project,
                block.vintage,
                block.issued_on,
                block.class,
                block.quantity_tonnes
            ));
        }
        for (range, (japan, partner)) in self.first_transfers.iter() {
            lines.push(format!("first-transferred {range} {japan} {partner}"));
        }
        for ItmoStretch { range, series, first_serial } in self.itmos.iter() {
            lines.push(format!("itmo {range} {} {first_serial}", series_text(series)));
        }
        for (series, next) in self.itmos.next_serials() {
            lines.push(format!("itmo-next {} {next}", series_text(series)));
        }
        for (key, sum) in self.adjustments() {
            let AdjustmentKey { partner, year, vintage } = key;
            let Adjustment { booked, confirmed } = sum;
            lines.push(format!("adjustment {partner} {year} {vintage} {booked} {confirmed}"));
        }
        for (entry, confirmed) in self.confirmations() {
            let Confirmation { partner, year, vintage, quantity_tonnes, .. } = confirmed;
            lines
                .push(format!("confirmation {entry} {partner} {year} {vintage} {quantity_tonnes}"));
        }
    }

    fn money_lines(&self, lines: &mut Vec<String>) {
        for payment in self.payments.values() {
            let (id, yen, left) = (payment.id, payment.amount_yen, payment.left_yen);
            lines.push(format!("payment {id} {yen} {left}"));
        }
        lines.extend(self.statements.iter().map(|statement| format!("statement {statement}")));
    }

    fn guard_lines(&self, lines: &mut Vec<String>) {
        let guard = &self.guard;
        if let Some(safeguards) = &guard.safeguards {
            lines.push(format!("safeguards {}", safeguards_text(safeguards)));
        }
        // In force or to come as of the last entry.
        let today = self.last_time.map_or(Date::FIRST, Timestamp::date_in_japan);
        for (account, mandates) in &guard.mandates {
            for dated in [mandates.on(today), mandates.after(today)].into_iter().flatten() {
                let mandate = mandate_text(&dated.mandate);
                lines.push(format!("mandate {account} {mandate} {}", dated.effective));
            }
        }
        for (account, list) in &guard.trusted {
            let list = list.iter();
            lines.extend(list.map(|(trusted, from)| format!("trusted {account} {trusted} {from}")));
        }
        lines.extend(guard.frozen.iter().map(|account| format!("frozen {account}")));
        for recovery in guard.recoveries.values() {
            let role = Role::Representative(recovery.representative.clone());
            let (entry, key, from) = (recovery.entry, recovery.key, recovery.not_before);
            lines.push(format!("recovery {entry} {role} {key} {from}"));
        }
        for (account, outgoing) in &guard.outgoing {
            lines.push(format!("outgoing {account} {} {}", outgoing.day, outgoing.tonnes));
        }
    }

    fn application_lines(&self, lines: &mut Vec<String>) {
        let open = self.open_applications.values().map(|open| {
            let kind = kind_word(open.subject.kind());
            let money = format!("{} {} 0", open.fee.amount(), open.settled_yen);
            let completion = completion_text(open.completion.as_ref());
            let consent = consent_word(open.consent);
            let first_day = or_dash(open.not_before);
            (open.entry, format!("{kind} open {money} {completion} {consent} {first_day}"))
        });
        let closed = self.closed_applications.iter().map(|(entry, closed)| {
            let (kind, status) = (kind_word(closed.kind), status_word(closed.status));
            let (fee, settled, refunded) =
                (closed.fee_yen, closed.settled_yen, closed.refunded_yen);
            (*entry, format!("{kind} {status} {fee} {settled} {refunded} - - -"))
        });
        let mut all: Vec<(EntryIndex, String)> = open.chain(closed).collect();
        all.sort_unstable_by_key(|(entry, _)| *entry);
        lines.extend(all.into_iter().map(|(entry, text)| format!("application {entry} {text}")));
    }
}

fn account_line(account: &Account) -> String {
    let person = or_dash(account.holder.as_ref().map(|holder| &holder.person));
    let status = if account.closed.is_some() { "closed" } else { "open" };
    let acceptance = match &account.acceptance {
        Acceptance::Anybody => "anybody".to_owned(),
        Acceptance::Consent => "consent".to_owned(),
        Acceptance::Listed(accounts) => format!("listed:{}", joined(accounts)),
    };
    let (number, category) = (account.number, category_word(account.category));
    format!("account {number} {category} {person} {status} {acceptance}")
}

fn article6_line(article6: &Article6) -> String {
    format!(
        "article6 {} {} {} {} {} {}",
        article6.registry,
        article6.ndc_first_year,
        article6.ndc_last_year,
        on_or_off(article6.oimp_needs_authorisation),
        or_dash(article6.gx_ets_cap_basis_points),
        article6.identifiers
    )
}

fn authorisation_line(record: &AuthorisationRecord) -> String {
    let version = record.latest();
    let status = if record.revoked.is_some() { "revoked" } else { "valid" };
    format!(
        "authorisation {} {} {} {} {} {} {} {status}",
        record.entry,
        record.party(),
        record.id,
        version.number,
        version.entry,
        version.terms.quantity_tonnes,
        record.used_tonnes
    )
}

fn series_text(series: ItmoSeries) -> String {
    format!("{} {} {}", series.approach, series.registry, series.party)
}

fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn safeguards_text(safeguards: &Safeguards) -> String {
    format!(
        "{} {} {} {} {} {} {} {} {}",
        mandate_text(&safeguards.default_mandate),
        or_dash(safeguards.central_untrusted_tonnes),
        on_or_off(safeguards.delays),
        safeguards.cutoff_hour,
        safeguards.early_days,
        safeguards.late_days,
        safeguards.trust_days,
        safeguards.recovery_days,
        on_or_off(safeguards.pinned)
    )
}

fn mandate_text(mandate: &Mandate) -> String {
    let control = match mandate.control {
        Control::Single => "single",
        Control::Dual => "dual",
    };
    let limits =
        [mandate.per_transfer_tonnes, mandate.per_day_tonnes, mandate.per_untrusted_tonnes];
    format!("{control},{}", limits.map(or_dash).join(","))
}

fn published_digest(holder: &Holder) -> Digest {
    let text = |value: Option<&Text>| format!("{}\n", value.map_or("", Text::as_str));
    let lines = [
        text(holder.name_ja.as_ref()),
        text(Some(&holder.name_en)),
        text(holder.head_office_ja.as_ref()),
        text(Some(&holder.head_office_en)),
    ];
    Digest::of(&[lines.concat().as_bytes()])
}

fn totals_text(totals: &BookTotals) -> String {
    let numbers = [
        totals.entries,
        totals.received,
        totals.recorded,
        totals.refused,
        totals.withdrawn,
        totals.lapsed,
        totals.payments_yen.get(),
        totals.account_opening_fees_yen.get(),
        totals.transfer_fees_yen.get(),
        totals.certificate_fees_yen.get(),
        totals.refunded_yen.get(),
        totals.issued_tonnes.get(),
        totals.transferred_tonnes.get(),
        totals.retired_tonnes.get(),
        totals.cancelled_tonnes.get(),
        totals.corrected_tonnes.get(),
    ];
    numbers.map(|number| number.to_string()).join(" ")
}

fn joined<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

fn or_dash<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn completion_text(completion: Option<&Completion>) -> String {
    match completion {
        None => "complete".to_owned(),
        Some(completion) => format!("awaited:{}", completion.due),
    }
}

fn consent_word(consent: TransfereeConsent) -> &'static str {
    match consent {
        TransfereeConsent::NotAsked => "none",
        TransfereeConsent::Awaited => "awaited",
        TransfereeConsent::Given => "given",
    }
}

fn status_word(status: ApplicationStatus) -> &'static str {
    match status {
        ApplicationStatus::Open => "open",
        ApplicationStatus::Recorded(_) => "recorded",
        ApplicationStatus::Withdrawn(_) => "withdrawn",
        ApplicationStatus::Refused(..) => "refused",
        ApplicationStatus::Lapsed(..) => "lapsed",
    }
}

pub(super) fn category_word(category: AccountCategory) -> &'static str {
    match category {
        AccountCategory::GovernmentHolding => "government-holding",
        AccountCategory::Retirement => "retirement",
        AccountCategory::Cancellation => "cancellation",
        AccountCategory::Entity => "entity",
    }
}

fn kind_word(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Account => "account",
        SubjectKind::Transfer => "transfer",
        SubjectKind::Certificate => "certificate",
        SubjectKind::Change => "change",
        SubjectKind::Closing => "closing",
        SubjectKind::Trust => "trust",
    }
}

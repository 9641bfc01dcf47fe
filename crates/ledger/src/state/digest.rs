//! The state digest of `docs/spec/commands.md`: one line per fact, in one order.

use super::{ApplicationStatus, State, SubjectKind};
use jcm_format::event::AccountCategory;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;

impl State {
    /// Digest of everything that the rules can ask about.
    pub fn digest(&self) -> Digest {
        let mut text = self.digest_lines().join("\n");
        text.push('\n');
        Digest::of(&[text.as_bytes()])
    }

    /// The lines that the digest covers, without line feeds.
    pub fn digest_lines(&self) -> Vec<String> {
        let mut lines = vec!["jcm-state/v1".to_owned(), format!("entries {}", self.entries)];
        if let Some(rules) = self.rule_set {
            lines.push(format!(
                "rule-set {} {} {} {}",
                rules.version,
                rules.account_opening_fee_yen,
                rules.transfer_fee_yen,
                rules.certificate_fee_yen
            ));
        }
        self.party_lines(&mut lines);
        self.unit_lines(&mut lines);
        self.application_lines(&mut lines);
        lines
    }

    fn party_lines(&self, lines: &mut Vec<String>) {
        for (key, record) in &self.keys {
            let status = if record.revoked { "revoked" } else { "valid" };
            lines.push(format!("key {key} {} {status}", record.role));
        }
        lines.extend(self.operators.iter().map(|person| format!("operator {person}")));
        for account in self.accounts.values() {
            let holder = account.holder.as_ref();
            let person = holder.map_or_else(|| "-".to_owned(), |holder| holder.person.to_string());
            lines.push(format!(
                "account {} {} {person}",
                account.number,
                category_word(account.category)
            ));
        }
        for (account, units) in &self.holdings {
            lines.extend(units.iter().map(|(range, ())| format!("holding {account} {range}")));
        }
    }

    fn unit_lines(&self, lines: &mut Vec<String>) {
        for (range, application) in self.reserved.iter() {
            lines.push(format!("reserved {range} {application}"));
        }
        lines.extend(self.projects.keys().map(|reference| format!("project {reference}")));
        for record in self.authorisations.values() {
            let id = &record.authorisation.id;
            lines.push(format!("authorisation {} {id} {}", record.entry, record.used_tonnes));
        }
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
        for ((country, vintage), quantity) in &self.adjustments {
            lines.push(format!("adjustment {country} {vintage} {quantity}"));
        }
        for payment in self.payments.values() {
            lines.push(format!(
                "payment {} {} {}",
                payment.entry, payment.amount_yen, payment.left_yen
            ));
        }
    }

    fn application_lines(&self, lines: &mut Vec<String>) {
        let open = self.open_applications.values().map(|application| {
            let kind = kind_word(application.subject.kind());
            let fee = (application.fee.amount(), application.settled_yen);
            (application.entry, kind, "open", fee)
        });
        let closed = self.closed_applications.iter().map(|(entry, closed)| {
            let status = match closed.status {
                ApplicationStatus::Open => "open",
                ApplicationStatus::Recorded(_) => "recorded",
                ApplicationStatus::Withdrawn(_) => "withdrawn",
            };
            (*entry, kind_word(closed.kind), status, (closed.fee_yen, closed.settled_yen))
        });
        let mut all: Vec<(EntryIndex, _, _, _)> = open.chain(closed).collect();
        all.sort_unstable_by_key(|(entry, ..)| *entry);
        for (entry, kind, status, (fee, settled)) in all {
            lines.push(format!("application {entry} {kind} {status} {fee} {settled}"));
        }
    }
}

fn category_word(category: AccountCategory) -> &'static str {
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
    }
}

//! The state as text, by which two replays are compared
//! (`docs/spec/commands.md`, state digest).

use super::state::State;
use crate::holdings::category_name;
use std::fmt::{self, Write};

impl State {
    /// The lines of the state digest, each ended by a line feed.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_lines(&mut text);
        text
    }

    fn write_lines(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "jcm-state/v1")?;
        writeln!(out, "entries {}", self.entries)?;
        let rules = &self.rules;
        writeln!(
            out,
            "rule-set {} {} {} {}",
            rules.version,
            rules.account_opening_fee_yen,
            rules.transfer_fee_yen,
            rules.certificate_fee_yen
        )?;
        for (key, known) in &self.keys {
            let validity = if known.revoked { "revoked" } else { "valid" };
            writeln!(out, "key {key} {} {validity}", known.role)?;
        }
        for person in &self.operators {
            writeln!(out, "operator {person}")?;
        }
        for (number, account) in &self.accounts {
            let category = category_name(account.category);
            match &account.person {
                Some(person) => writeln!(out, "account {number} {category} {person}")?,
                None => writeln!(out, "account {number} {category} -")?,
            }
        }
        self.write_units(out)?;
        self.write_money(out)
    }

    fn write_units(&self, out: &mut String) -> fmt::Result {
        let mut holdings: Vec<_> =
            self.units.held.iter().map(|(range, account)| (account, range)).collect();
        holdings.sort_unstable();
        for (account, range) in holdings {
            writeln!(out, "holding {account} {range}")?;
        }
        for (range, application) in self.units.reserved.iter() {
            writeln!(out, "reserved {range} {application}")?;
        }
        for reference in self.projects.keys() {
            writeln!(out, "project {reference}")?;
        }
        for (entry, authorised) in &self.authorisations {
            let id = &authorised.authorisation.id;
            writeln!(out, "authorisation {entry} {id} {}", authorised.used)?;
        }
        for (number, block) in &self.units.blocks {
            let (project, vintage) = (&block.project, block.vintage);
            let (issued_on, class) = (block.issued_on, block.class);
            let tonnes = block.range.quantity();
            writeln!(out, "block {number} {project} {vintage} {issued_on} {class} {tonnes}")?;
        }
        for (range, pair) in self.units.first_transferred.iter() {
            writeln!(out, "first-transferred {range} {} {}", pair.japan, pair.partner)?;
        }
        for ((country, vintage), tonnes) in &self.adjustments {
            writeln!(out, "adjustment {country} {vintage} {tonnes}")?;
        }
        Ok(())
    }

    fn write_money(&self, out: &mut String) -> fmt::Result {
        for (entry, payment) in &self.payments {
            writeln!(out, "payment {entry} {} {}", payment.amount, payment.left)?;
        }
        for (entry, application) in &self.applications {
            writeln!(
                out,
                "application {entry} {} {} {} {}",
                application.kind.name(),
                application.status.name(),
                application.fee.amount(),
                application.settled
            )?;
        }
        Ok(())
    }
}

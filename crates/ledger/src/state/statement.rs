//! What a certificate states of an account (`docs/spec/commands.md`, under
//! RequestCertificate): one line per fact, in one order.

use super::State;
use super::digest::category_word;
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;

impl State {
    /// Digest of what is recorded of an account; `None` where there is none.
    pub fn account_statement(&self, account: AccountNumber) -> Option<Digest> {
        let mut text = self.account_statement_lines(account)?.join("\n");
        text.push('\n');
        Some(Digest::of(&[text.as_bytes()]))
    }

    /// The lines that the digest covers, without line feeds.
    pub fn account_statement_lines(&self, number: AccountNumber) -> Option<Vec<String>> {
        let account = self.account(number)?;
        let mut lines = vec![
            "jcm-account/v1".to_owned(),
            format!("entries {}", self.entries),
            format!("account {number} {}", category_word(account.category)),
        ];
        if let Some(holder) = &account.holder {
            lines.push(format!("person {}", holder.person));
            if let Some(published) = &holder.particulars {
                let mut push = |name: &str, value: Option<&jcm_format::text::Text>| {
                    lines.extend(value.map(|value| format!("{name} {value}")));
                };
                push("name-ja", published.name_ja.as_ref());
                push("name-en", Some(&published.name_en));
                push("head-office-ja", published.head_office_ja.as_ref());
                push("head-office-en", Some(&published.head_office_en));
            }
            lines.push(format!("particulars {}", holder.commitment));
        }
        self.statement_holdings(number, &mut lines);
        for record in self.restrictions_of(number) {
            match &record.restriction.ranges {
                None => lines.push(format!("restriction {} account", record.entry)),
                Some(ranges) => lines.extend(
                    ranges.iter().map(|range| format!("restriction {} {range}", record.entry)),
                ),
            }
        }
        Some(lines)
    }

    fn statement_holdings(&self, number: AccountNumber, lines: &mut Vec<String>) {
        for range in self.holdings(number) {
            let Some(block) = self.block(range.block()) else { continue };
            let (project, vintage) = (&block.project, block.vintage);
            let (class, issued_on) = (block.class, block.issued_on);
            lines.push(format!("holding {range} {project} {vintage} {class} {issued_on}"));
        }
        for range in self.holdings(number) {
            let parts = self.in_trust(range);
            lines.extend(parts.map(|(part, trust)| format!("trust {part} {trust}")));
        }
    }
}

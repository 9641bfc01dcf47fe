//! The state as text, by which two replays are compared
//! (`docs/spec/commands.md`, state digest).

use super::paris::{Adjusted, Confirmed};
use super::state::{Application, Particulars, State, Status};
use crate::holdings::category_name;
use jcm_format::command::{Acceptance, BookTotals, Control, Mandate, Person, Role};
use jcm_format::hash::Digest;
use jcm_format::itmo::ItmoSeries;
use std::fmt::{self, Display, Write};

impl State {
    /// The lines of the state digest, each ended by a line feed.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_lines(&mut text);
        text
    }

    fn write_lines(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "jcm-state/v4")?;
        writeln!(out, "entries {}", self.entries)?;
        self.write_rules(out)?;
        for (key, known) in &self.keys {
            let validity = if known.revoked { "revoked" } else { "valid" };
            writeln!(out, "key {key} {} {validity}", known.role)?;
        }
        for person in &self.operators {
            writeln!(out, "operator {person}")?;
        }
        self.write_accounts(out)?;
        self.write_units(out)?;
        self.write_projects(out)?;
        self.write_money(out)?;
        for (year, book) in &self.books {
            let closed = if book.closed { "closed" } else { "open" };
            writeln!(out, "books {year} {closed} {}", Totals(&book.totals))?;
        }
        for commitment in &self.erased {
            writeln!(out, "erased {commitment}")?;
        }
        Ok(())
    }

    fn write_rules(&self, out: &mut String) -> fmt::Result {
        let rules = &self.rules;
        let choice = on_or_off(rules.transferee_acceptance);
        writeln!(
            out,
            "rules {} {} {} {choice} {} {} {}",
            rules.version,
            rules.payment_days,
            rules.examination_days,
            rules.shk_issued_until,
            rules.shk_public_input_until,
            rules.identification
        )?;
        for period in &rules.fees {
            let (opening, transfer) = (period.account_opening_fee_yen, period.transfer_fee_yen);
            let certificate = period.certificate_fee_yen;
            writeln!(out, "fee {} {opening} {transfer} {certificate}", period.from)?;
        }
        if let Some(issuer) = &rules.invoice {
            let number = or_dash(issuer.registration_number.as_ref());
            writeln!(out, "invoice {} {number} {}", issuer.tax_percent, issuer.name)?;
        }
        for ((country, year), holidays) in &self.calendars {
            writeln!(out, "calendar {country} {year} {}", list_or_dash(holidays))?;
        }
        Ok(())
    }

    fn write_accounts(&self, out: &mut String) -> fmt::Result {
        for (number, account) in &self.accounts {
            let category = category_name(account.category);
            let person = or_dash(account.person.as_ref());
            let closed = if account.closed { "closed" } else { "open" };
            let acceptance = match &account.acceptance {
                Acceptance::Anybody => "anybody".to_owned(),
                Acceptance::Consent => "consent".to_owned(),
                Acceptance::Listed(accounts) => format!("listed:{}", joined(accounts)),
            };
            writeln!(out, "account {number} {category} {person} {closed} {acceptance}")?;
        }
        for (number, account) in &self.accounts {
            if let Some(particulars) = &account.particulars {
                let published = or_dash(published(particulars).as_ref());
                writeln!(out, "holder {number} {} {published}", particulars.commitment)?;
            }
        }
        Ok(())
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
        for (entry, trust) in &self.trusts {
            let trustee = if trust.dismissed { "dismissed" } else { "present" };
            writeln!(out, "trust {entry} {} {} {trustee}", trust.account, trust.details)?;
        }
        for (range, trust) in self.units.in_trust.iter() {
            writeln!(out, "in-trust {range} {trust}")?;
        }
        for (entry, restriction) in &self.restrictions {
            let ranges = restriction.ranges.as_ref();
            let units = ranges.map_or_else(|| "account".to_owned(), |r| joined(r.as_slice()));
            writeln!(out, "restriction {entry} {} {units}", restriction.account)?;
        }
        Ok(())
    }

    fn write_projects(&self, out: &mut String) -> fmt::Result {
        for reference in self.projects.keys() {
            writeln!(out, "project {reference}")?;
        }
        for (reference, project) in &self.projects {
            for person in &project.proponents {
                writeln!(out, "proponent {reference} {}", Person::Individual(*person))?;
            }
        }
        self.write_authorisations(out)?;
        for (number, block) in &self.units.blocks {
            let (project, vintage) = (&block.project, block.vintage);
            let (issued_on, class) = (block.issued_on, block.class);
            let tonnes = block.range.quantity();
            writeln!(out, "block {number} {project} {vintage} {issued_on} {class} {tonnes}")?;
        }
        for (range, pair) in self.units.first_transferred.iter() {
            writeln!(out, "first-transferred {range} {} {}", pair.japan, pair.partner)?;
        }
        self.write_adjustments(out)
    }

    fn write_authorisations(&self, out: &mut String) -> fmt::Result {
        let paris = &self.paris;
        if let Some(data) = &paris.data {
            let (first, last) = (data.ndc_first_year, data.ndc_last_year);
            let oimp = on_or_off(data.oimp_needs_authorisation);
            let cap = or_dash(data.gx_ets_cap_basis_points.as_ref());
            let identifiers = data.identifiers;
            writeln!(out, "article6 {} {first} {last} {oimp} {cap} {identifiers}", data.registry)?;
        }
        for (entry, authorised) in &paris.authorisations {
            let party = authorised.party().map_err(|_| fmt::Error)?;
            let (id, last, used) = (&authorised.id, authorised.last(), authorised.used);
            let (number, tonnes) = (last.number(), last.terms.quantity_tonnes);
            let validity = if authorised.revoked { "revoked" } else { "valid" };
            write!(out, "authorisation {entry} {party} {id} {number} {} ", last.entry)?;
            writeln!(out, "{tonnes} {used} {validity}")?;
        }
        Ok(())
    }

    fn write_adjustments(&self, out: &mut String) -> fmt::Result {
        let paris = &self.paris;
        for (range, series, serial) in paris.itmos.iter() {
            let ItmoSeries { approach, registry, party } = series;
            writeln!(out, "itmo {range} {approach} {registry} {party} {serial}")?;
        }
        for (ItmoSeries { approach, registry, party }, next) in paris.itmos.next() {
            writeln!(out, "itmo-next {approach} {registry} {party} {next}")?;
        }
        for ((country, year, vintage), Adjusted { booked, confirmed }) in &paris.adjustments {
            writeln!(out, "adjustment {country} {year} {vintage} {booked} {confirmed}")?;
        }
        for (entry, Confirmed { partner, year, vintage, tonnes }) in &paris.confirmations {
            writeln!(out, "confirmation {entry} {partner} {year} {vintage} {tonnes}")?;
        }
        Ok(())
    }

    fn write_money(&self, out: &mut String) -> fmt::Result {
        for (id, payment) in &self.payments {
            writeln!(out, "payment {id} {} {}", payment.amount, payment.left)?;
        }
        for statement in &self.statements {
            writeln!(out, "statement {statement}")?;
        }
        self.write_guard(out)?;
        for (entry, application) in &self.applications {
            let (kind, status) = (application.kind.name(), application.status.name());
            let Some((fee, settled)) = application.sums() else { return Err(fmt::Error) };
            let (refunded, waiting) = (application.refunded, Waiting(application));
            writeln!(
                out,
                "application {entry} {kind} {status} {fee} {settled} {refunded} {waiting}"
            )?;
        }
        Ok(())
    }

    fn write_guard(&self, out: &mut String) -> fmt::Result {
        let guard = &self.guard;
        if let Some(s) = &guard.safeguards {
            let (mandate, central) = (Shown(&s.default_mandate), s.central_untrusted_tonnes);
            let (delays, pinned) = (on_or_off(s.delays), on_or_off(s.pinned));
            let central = or_dash(central.as_ref());
            write!(out, "safeguards {mandate} {central} {delays} {} ", s.cutoff_hour)?;
            let (early, late, trust) = (s.early_days, s.late_days, s.trust_days);
            writeln!(out, "{early} {late} {trust} {} {pinned}", s.recovery_days)?;
        }
        for (account, mandates) in &guard.mandates {
            for (first, mandate) in mandates.from(self.today) {
                writeln!(out, "mandate {account} {} {first}", Shown(&mandate))?;
            }
        }
        for ((account, trusted), first) in &guard.trusted {
            writeln!(out, "trusted {account} {trusted} {first}")?;
        }
        for account in &guard.frozen {
            writeln!(out, "frozen {account}")?;
        }
        for (entry, recovery) in &guard.recoveries {
            let role = Role::Representative(recovery.representative.clone());
            writeln!(out, "recovery {entry} {role} {} {}", recovery.key, recovery.not_before)?;
        }
        for (account, (day, tonnes)) in &guard.outgoing {
            writeln!(out, "outgoing {account} {day} {tonnes}")?;
        }
        Ok(())
    }
}

const fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn or_dash(value: Option<&impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn joined(values: &[impl Display]) -> String {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.join(",")
}

fn list_or_dash(values: &[impl Display]) -> String {
    if values.is_empty() { "-".to_owned() } else { joined(values) }
}

/// The digest of published particulars, where there are any.
fn published(particulars: &Particulars) -> Option<Digest> {
    let holder = particulars.published.as_ref()?;
    let (name_ja, office_ja) = (holder.name_ja.as_ref(), holder.head_office_ja.as_ref());
    let lines =
        [name_ja, Some(&holder.name_en), office_ja, Some(&holder.head_office_en)].map(|line| {
            let text = line.map_or("", |text| text.as_str());
            format!("{text}\n")
        });
    Some(Digest::of(&[lines.concat().as_bytes()]))
}

/// What an open application waits for.
struct Waiting<'a>(&'a Application);

impl Display for Waiting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Waiting(application) = self;
        if application.status != Status::Open {
            return f.write_str("- - -");
        }
        match application.missing_until {
            Some(until) => write!(f, "awaited:{until}")?,
            None => f.write_str("complete")?,
        }
        let first = or_dash(application.not_before.as_ref());
        write!(f, " {} {first}", application.consent.name())
    }
}

/// How an account may be used.
struct Shown<'a>(&'a Mandate);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(mandate) = self;
        f.write_str(match mandate.control {
            Control::Single => "single",
            Control::Dual => "dual",
        })?;
        let limits =
            [mandate.per_transfer_tonnes, mandate.per_day_tonnes, mandate.per_untrusted_tonnes];
        limits.iter().try_for_each(|limit| write!(f, ",{}", or_dash(limit.as_ref())))
    }
}

/// In the order of `BookTotals` in `docs/spec/entry.md`.
struct Totals<'a>(&'a BookTotals);

impl Display for Totals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.0;
        let (entries, received, recorded) = (t.entries, t.received, t.recorded);
        let (refused, withdrawn, lapsed) = (t.refused, t.withdrawn, t.lapsed);
        write!(f, "{entries} {received} {recorded} {refused} {withdrawn} {lapsed}")?;
        let (payments, opening) = (t.payments_yen, t.account_opening_fees_yen);
        let (transfer, certificate) = (t.transfer_fees_yen, t.certificate_fees_yen);
        write!(f, " {payments} {opening} {transfer} {certificate} {}", t.refunded_yen)?;
        let (issued, transferred) = (t.issued_tonnes, t.transferred_tonnes);
        let (retired, cancelled) = (t.retired_tonnes, t.cancelled_tonnes);
        write!(f, " {issued} {transferred} {retired} {cancelled} {}", t.corrected_tonnes)
    }
}

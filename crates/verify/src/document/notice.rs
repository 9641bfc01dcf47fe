//! The notice of a retirement (無効化通知) or a cancellation (取消し通知): its lines
//! are made anew from the entries that it carries.

use super::{DocumentError, Ground, Opened, not_shown, proved, stated};
use jcm_format::command::{Purpose, TransferTerms, UseDetails, UseKind};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::{CreditClass, Effect};
use jcm_format::id::{BlockNumber, EntryIndex, ProjectRef};
use jcm_format::identification::IdentificationFormat;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Year};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What an issuance says of a block.
struct Issued<'a> {
    entry: EntryIndex,
    project: &'a ProjectRef,
    vintage: Year,
    class: CreditClass,
    issued_on: Date,
    whole: SerialRange,
}

/// Whether a notice says exactly what its entries say, and carries no other.
pub(super) fn check(statement: &str, opened: &Opened) -> Result<Vec<Ground>, DocumentError> {
    let told = told(statement, opened).map_err(DocumentError::Content)?;
    if told != statement {
        let differs = told.lines().zip(statement.lines()).find(|(ours, theirs)| ours != theirs);
        let what = match differs {
            Some((ours, theirs)) => format!("it says `{theirs}`, but its entries say `{ours}`"),
            None => "it has other lines than its entries give".to_owned(),
        };
        return Err(DocumentError::Content(what));
    }
    Ok(vec![
        proved("every line: the entries it follows from are in the log that the key has signed"),
        proved("the keys named have signed the application for exactly these units"),
        stated(
            "that the units were the applicant's, that the rules allowed it, and that no rule lets \
             them out of that account again: the replay of the whole log (jcm-verify) shows it",
        ),
        stated("the time, which is the registry's own"),
        not_shown("whether the registry shows everybody the same log"),
        not_shown("whether tonnes were reduced, and for whom the beneficiary's name stands"),
    ])
}

/// The lines that the entries give.
fn told(statement: &str, opened: &Opened) -> Result<String, String> {
    let mut used = BTreeSet::new();
    let recording = recording(statement, opened)?;
    used.insert(recording.index);
    let application = recording
        .event
        .0
        .iter()
        .find_map(|effect| match effect {
            Effect::TransferRecorded { application } => {
                Some(application.unwrap_or(recording.index))
            }
            _ => None,
        })
        .ok_or_else(|| format!("entry {} records no transfer", recording.index))?;
    let applied = opened
        .entry(application)
        .ok_or_else(|| format!("the application, entry {application}, is missing"))?;
    used.insert(application);
    let transfer = transfer(statement, applied, recording)?;
    let (rules, form) = form_of(opened, recording.rule_set)?;
    used.insert(rules);
    let mut units = Vec::new();
    for range in transfer.terms.ranges.iter() {
        // Without its issuance, nothing is told that only the issuance says.
        let issued = issued(opened, range.block()).filter(|issued| issued.whole.contains(range));
        used.extend(issued.as_ref().map(|issued| issued.entry));
        units.push((range, issued));
    }
    if used.len() != opened.entries.len() {
        return Err("it carries entries that it does not rest on".to_owned());
    }
    lines(opened, (recording, applied), &transfer, &units, &form)
}

/// The transfer that a notice is of, with the effects that recorded it.
struct Transfer<'a> {
    /// Of several in one entry: which, from 1, and of how many.
    part: Option<(usize, usize)>,
    terms: &'a TransferTerms,
    details: Option<&'a UseDetails>,
    recorded: &'a [Effect],
}

/// The one that an entry applied for; of several, the one that the notice names.
fn transfer<'a>(
    statement: &str,
    applied: &'a Entry,
    recording: &'a Entry,
) -> Result<Transfer<'a>, String> {
    // What belongs to a transfer follows its application, up to the next one.
    let mut all: Vec<(&TransferTerms, &[Effect])> = Vec::new();
    let mut rest = applied.event.0.as_slice();
    while let Some((effect, behind)) = rest.split_first() {
        if let Effect::TransferApplied { terms, .. } = effect {
            let next = behind.iter().position(|of| matches!(of, Effect::TransferApplied { .. }));
            all.push((terms, behind.get(..next.unwrap_or(behind.len())).unwrap_or_default()));
        }
        rest = behind;
    }
    let (which, of) = match statement.lines().find_map(|line| line.strip_prefix("part ")) {
        _ if all.len() == 1 => (1, 1),
        None => return Err(format!("entry {} has no transfer, or several", applied.index)),
        Some(named) => {
            let number = named.split(' ').next().and_then(|number| number.parse().ok());
            (number.ok_or("it does not say which part it is of")?, all.len())
        }
    };
    let chosen = usize::checked_sub(which, 1).and_then(|before| all.get(before));
    let (terms, own) =
        chosen.ok_or_else(|| format!("entry {} has no part {which}", applied.index))?;
    let details = own.iter().find_map(|effect| match effect {
        Effect::UseStated(details) => Some(details),
        _ => None,
    });
    let at_once = applied.index == recording.index;
    let recorded = if at_once { own } else { recording.event.0.as_slice() };
    let part = (of > 1).then_some((which, of));
    Ok(Transfer { part, terms, details, recorded })
}

/// The entry that the notice is of: named in its fourth line.
fn recording<'o>(statement: &str, opened: &'o Opened) -> Result<&'o Entry, String> {
    let named = statement.lines().find_map(|line| line.strip_prefix("entry "));
    let index = named.and_then(|rest| rest.split(' ').next()?.parse().ok());
    let index = EntryIndex::new(index.ok_or("it does not say which entry it is of")?);
    opened.entry(index).ok_or_else(|| format!("the entry that it is of, {index}, is missing"))
}

/// The form of identification numbers by the rule set of the day, and the entry
/// that adopted it.
fn form_of(opened: &Opened, version: u32) -> Result<(EntryIndex, IdentificationFormat), String> {
    for entry in opened.entries.iter().map(SealedEntry::entry) {
        for effect in &entry.event.0 {
            match effect {
                Effect::RulesAdopted { rules } if rules.version == version => {
                    return Ok((entry.index, rules.identification.clone()));
                }
                Effect::RuleSetAdopted { rule_set } if rule_set.version == version => {
                    return Ok((entry.index, IdentificationFormat::default()));
                }
                _ => {}
            }
        }
    }
    Err(format!("the entry that adopted rule set {version} is missing"))
}

fn issued(opened: &Opened, wanted: BlockNumber) -> Option<Issued<'_>> {
    opened.entries.iter().map(SealedEntry::entry).find_map(|entry| {
        // Blocks are those of the issuance before them; an entry may hold several.
        let mut project = None;
        entry.event.0.iter().find_map(|effect| match effect {
            Effect::IssuanceRecorded { project: named, .. } => {
                project = Some(named);
                None
            }
            Effect::BlockIssued { block, vintage, issued_on, class, allocations }
                if *block == wanted =>
            {
                let last = allocations.last()?.range.last();
                let whole = SerialRange::new(wanted, 1, last).ok()?;
                let (vintage, class, issued_on) = (*vintage, *class, *issued_on);
                Some(Issued {
                    entry: entry.index,
                    project: project?,
                    vintage,
                    class,
                    issued_on,
                    whole,
                })
            }
            _ => None,
        })
    })
}

fn lines(
    opened: &Opened,
    (recording, applied): (&Entry, &Entry),
    transfer: &Transfer<'_>,
    units: &[(SerialRange, Option<Issued<'_>>)],
    form: &IdentificationFormat,
) -> Result<String, String> {
    let terms = transfer.terms;
    let act = match terms.purpose {
        Purpose::Retirement => "retirement",
        Purpose::Cancellation => "cancellation",
        Purpose::Other => return Err("the transfer neither retires nor cancels".to_owned()),
    };
    let mut out = String::from("jcm-notice/v1\n");
    // Writing to a string does not fail.
    let mut add = |line: String| {
        let _ = writeln!(out, "{line}");
    };
    add(format!("registry {}", opened.head().origin));
    add(format!("act {act}"));
    add(format!("entry {} {}", recording.index, recording.time));
    add(format!("application {} {}", applied.index, applied.time));
    if let Some((number, of)) = transfer.part {
        add(format!("part {number} {of}"));
    }
    add(format!("source {}", terms.source));
    add(format!("destination {}", terms.destination));
    if let Some(used) = &terms.use_ {
        let year = used.reporting_year.map_or_else(|| "-".to_owned(), |year| year.to_string());
        add(format!("use {} {year}", use_word(used.kind)));
        if let Some(beneficiary) = &used.beneficiary {
            add(format!("beneficiary {beneficiary}"));
        }
    }
    if let Some(number) = transfer.details.and_then(|details| details.beneficiary.as_ref()) {
        add(format!("beneficiary_number {number}"));
    }
    if let Some(entity) = transfer.details.and_then(|details| details.entity.as_ref()) {
        add(format!("entity {entity}"));
    }
    add(format!("identification {form}"));
    for (range, issued) in units {
        let tonnes = range.quantity();
        let Some(Issued { project, vintage, class, issued_on, .. }) = issued else {
            add(format!("units {range} {tonnes}"));
            continue;
        };
        let named = form.print_range(project, *vintage, *range);
        add(format!("units {range} {project} {vintage} {class} {issued_on} {tonnes} {named}"));
    }
    for effect in transfer.recorded {
        if let Effect::AdjustmentBooked {
            partner,
            vintage,
            quantity_tonnes,
            japan_authorisation,
            partner_authorisation,
        } = effect
        {
            let pair = format!("{japan_authorisation} {partner_authorisation}");
            add(format!("adjustment {partner} {vintage} {quantity_tonnes} {pair}"));
        }
    }
    add(format!("total {}", terms.ranges.quantity()));
    Ok(out)
}

const fn use_word(kind: UseKind) -> &'static str {
    match kind {
        UseKind::Ndc => "ndc",
        UseKind::Shk => "shk",
        UseKind::GxEts => "gx_ets",
        UseKind::Voluntary => "voluntary",
        UseKind::InternationalMitigation => "international_mitigation",
        UseKind::OtherPurposes => "other_purposes",
        UseKind::Omge => "omge",
        UseKind::Other => "other",
    }
}

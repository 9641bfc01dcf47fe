//! The serial time machine: who held a unit at a moment, and how it is known.

use super::log_args::LogArgs;
use super::{Failure, files, progress, verdict};
use jcm_format::id::{AccountNumber, BlockNumber};
use jcm_format::identification::IdentificationFormat;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Timestamp};
use jcm_verify::{Report, UnitMove, UnitTrace, Verifier};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Who held a unit at a moment, by which entries, and with their proofs
///
/// The whole log is judged for it: that no other entry moved the unit is nothing that a proof of
/// single entries could show.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  jcm-verify unit export.jcmlog 7:500 --at 2026-12-31\n  jcm-verify unit export.jcmlog JP-MN003-2021-7-500 --json"
)]
pub(crate) struct Args {
    /// An export, a data folder, a folder of segments or of tiles, or a node's address
    #[arg(value_name = "SOURCE")]
    path: PathBuf,
    /// The unit: block and number, such as 7:500, or its identification number
    unit: String,
    /// The moment: a date, for the end of that day in Japan, or a time such as
    /// 2026-12-01T15:30:00+09:00; now if absent
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    /// The form of identification numbers, where it is not the usual one
    #[arg(long, value_name = "FORM", default_value = "JP-{project}-{vintage}-{block}-{unit}")]
    identification: String,
    /// Write the proof of each entry into this folder
    #[arg(long, value_name = "FOLDER")]
    proofs: Option<PathBuf>,
    /// Print JSON, with the proofs
    #[arg(long)]
    json: bool,
    /// Tell nothing of progress
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// Follows a unit.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut options = args.log.options(args.quiet)?;
    let unit = unit(&args.unit, &args.identification)?;
    options.trace = Some(unit);
    let mut source = args.log.open(&args.path)?;
    let mut verifier = Verifier::new(&options);
    let read = verifier.read(&mut source);
    progress::clear();
    read.map_err(|error| Failure::reading(&error))?;
    let report = verifier.conclude();
    let Some(trace) = verifier.trace() else {
        return Err(Failure::usage("the unit was not traced"));
    };
    if let Some(named) = &trace.identification
        && !args.unit.contains(':')
        && *named != args.unit
    {
        let text = format!("{} is no unit; unit {} is called {named}", args.unit, trace.unit);
        return Err(Failure::usage(text));
    }
    if let Some(folder) = &args.proofs {
        write_proofs(folder, &trace)?;
    }
    let told = Told { args, report: &report, trace: &trace };
    // A reader that went away does not change the verdict.
    let _ = match args.json {
        true => told.json(),
        false => told.words(),
    };
    Ok(verdict(report.ok && !trace.moves.is_empty()))
}

fn write_proofs(folder: &PathBuf, trace: &UnitTrace) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::writing(&error))?;
    for moved in &trace.moves {
        if let Some(proof) = &moved.proof {
            let name = format!("entry-{}.tlog-proof", moved.entry);
            files::write(&folder.join(name), proof)?;
        }
    }
    Ok(())
}

struct Told<'a> {
    args: &'a Args,
    report: &'a Report,
    trace: &'a UnitTrace,
}

impl Told<'_> {
    /// The move after which the unit stood at the moment asked for, and the next.
    fn at(&self) -> (Option<&UnitMove>, Option<&UnitMove>) {
        let held = match self.args.at {
            Some(moment) => self.trace.at(moment),
            None => self.trace.moves.last(),
        };
        let next = match held {
            Some(held) => self.trace.after(held.entry),
            None => self.trace.moves.first(),
        };
        (held, next)
    }

    fn holder(&self) -> Option<AccountNumber> {
        self.at().0.and_then(|held| held.to)
    }

    /// The moment asked for, as far as the log knows of it.
    fn moment(&self) -> String {
        let last = self.report.last_time;
        let known = last.map_or_else(|| "never".to_owned(), |last| last.to_string());
        match self.args.at {
            None => format!("the last entry, {known}"),
            Some(at) if last.is_none_or(|last| last < at) => {
                format!("{at}, which is after the last entry: as of that, {known}")
            }
            Some(at) => at.to_string(),
        }
    }

    /// What is known, and how.
    fn grounds(&self) -> [(&'static str, String); 3] {
        let entries = self.report.entries;
        let listed = self.trace.moves.len();
        let inclusion = format!(
            "every entry listed ({listed}) is in the log of {entries} entries that the log's key has \
             signed, with exactly this content. Whoever has only the proofs can check this."
        );
        let replay = if self.report.ok {
            format!(
                "no other of the {entries} entries moved the unit, and each that did was signed and \
                 did what the rules allow. No proof of single entries shows that: all {entries} \
                 entries were just judged."
            )
        } else {
            "NOT ESTABLISHED: the log is not in order, see the findings.".to_owned()
        };
        let open = "that there is no other log, and what was recorded after the last entry here. \
                    Compare the checkpoint with one that somebody else was given (--seen).";
        [
            ("proved by inclusion alone", inclusion),
            ("known by the full replay", replay),
            ("not known", open.to_owned()),
        ]
    }

    fn words(&self) -> io::Result<()> {
        let (trace, mut out) = (self.trace, io::stdout().lock());
        let mut row = |name: &str, value: &str| writeln!(out, "{name:<12}{value}");
        row("unit", &trace.unit)?;
        for (name, value) in [
            ("called", &trace.identification),
            ("project", &trace.project),
            ("vintage", &trace.vintage.map(|vintage| vintage.to_string())),
            ("class", &trace.class),
            ("issued on", &trace.issued_on),
        ] {
            if let Some(value) = value {
                row(name, value)?;
            }
        }
        row("at", &self.moment())?;
        let (held, next) = self.at();
        match held.and_then(|held| held.to) {
            Some(account) => row("held by", &account.to_string())?,
            None if trace.moves.is_empty() => row("held by", "nobody: it was never issued")?,
            None => row("held by", "nobody: it was not issued yet")?,
        }
        if let Some(held) = held {
            row("since", &format!("entry {}, {}", held.entry, held.time))?;
        }
        if let Some(next) = next {
            row("until", &format!("entry {}, {}", next.entry, next.time))?;
        }
        writeln!(out, "\nmoved by")?;
        for moved in &trace.moves {
            let nobody = || "nobody".to_owned();
            let from = moved.from.map_or_else(nobody, |account| account.to_string());
            let to = moved.to.map_or_else(nobody, |account| account.to_string());
            let category = moved.to_category.unwrap_or("unknown");
            let (entry, time, command) = (moved.entry, moved.time, moved.command);
            writeln!(out, "  entry {entry}  {time}  {command}: {from} -> {to} ({category})")?;
        }
        for (name, text) in self.grounds() {
            writeln!(out, "\n{name}:\n  {text}")?;
        }
        if let Some(checkpoint) = &self.report.signed_checkpoint {
            writeln!(out, "\nthe checkpoint:\n{checkpoint}")?;
        }
        for finding in &self.report.findings {
            writeln!(out, "{finding}")?;
        }
        Ok(())
    }

    fn json(&self) -> io::Result<()> {
        let (held, next) = self.at();
        let grounds: Vec<Value> = self
            .grounds()
            .into_iter()
            .map(|(ground, text)| json!({ "ground": ground, "text": text }))
            .collect();
        let answer = json!({
            "unit": self.trace,
            "at": self.args.at,
            "last_entry_time": self.report.last_time,
            "holder": self.holder(),
            "since": held.map(|held| held.entry),
            "until": next.map(|next| next.entry),
            "ok": self.report.ok,
            "entries": self.report.entries,
            "checkpoint": self.report.signed_checkpoint,
            "grounds": grounds,
            "findings": self.report.findings,
        });
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &answer)?;
        writeln!(out)
    }
}

/// A unit as it is named on the command line.
fn unit(text: &str, form: &str) -> Result<SerialRange, Failure> {
    let unknown = || {
        Failure::usage(format!(
            "{text} is not a unit; give block and number, such as 7:500, or an identification \
             number in the form {form}"
        ))
    };
    let (block, unit) = match text.split_once(':') {
        Some((block, unit)) => {
            let block = block.parse().ok().and_then(BlockNumber::new).ok_or_else(unknown)?;
            (block, unit.parse().map_err(|_| unknown())?)
        }
        None => {
            let format = IdentificationFormat::new(form).ok_or_else(|| {
                Failure::usage(format!("{form} is not a form of identification numbers"))
            })?;
            let parsed = format.parse(text).map_err(|_| unknown())?;
            (parsed.block, parsed.unit)
        }
    };
    SerialRange::new(block, unit, unit).map_err(|_| unknown())
}

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// Japan is nine hours ahead.
const JAPAN_MS: u64 = 9 * 3_600_000;

/// A date, meaning the end of that day in Japan, or a time with its distance from
/// UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong = || "give a date such as 2026-12-31, or a time such as 2026-12-01T15:30:00+09:00";
    let ms = moment_ms(text).ok_or_else(wrong)?;
    Timestamp::from_ms(ms).ok_or_else(|| wrong().to_owned())
}

fn moment_ms(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once('T') {
        None => {
            let date: Date = text.parse().ok()?;
            let ends = date.days().checked_add(1)?.checked_mul(DAY_MS)?;
            return ends.checked_sub(JAPAN_MS)?.checked_sub(1);
        }
        Some(parts) => parts,
    };
    let date: Date = date.parse().ok()?;
    let (clock, ahead) = match time.strip_suffix('Z') {
        Some(clock) => (clock, 0_i64),
        None => {
            let at = time.rfind(['+', '-'])?;
            let (clock, offset) = time.split_at_checked(at)?;
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let minutes = two(hours, 14)? * 60 + two(minutes, 59)?;
            let ms = i64::try_from(minutes * 60_000).ok()?;
            (clock, if offset.starts_with('-') { -ms } else { ms })
        }
    };
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = seconds.split(':');
    let (hour, minute) = (two(parts.next()?, 23)?, two(parts.next()?, 59)?);
    let second = two(parts.next().unwrap_or("00"), 59)?;
    let whole = parts.next().is_none() && (1..=3).contains(&fraction.len());
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !whole || !digits {
        return None;
    }
    let ms: u64 = format!("{fraction:0<3}").parse().ok()?;
    let day = date.days().checked_mul(DAY_MS)?;
    let local = day + ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
    local.checked_add_signed(-ahead)
}

/// Two digits, up to a number.
fn two(text: &str, most: u64) -> Option<u64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        moment(text).ok().map(|moment| moment.to_string())
    }

    #[test]
    fn moments_are_read_with_their_distance_from_utc() {
        let last = Some("2026-12-31T23:59:59.999+09:00".to_owned());
        assert_eq!(at("2026-12-31"), last);
        assert_eq!(at("2026-12-31T14:59:59.999Z"), last);
        assert_eq!(at("2026-12-31T23:59:59.999+09:00"), last);
        assert_eq!(at("2026-12-31T10:29:59.999-04:30"), last);
        let noon = Some("2026-12-31T12:00:00.000+09:00".to_owned());
        assert_eq!(at("2026-12-31T12:00+09:00"), noon);
        for wrong in ["", "2026-13-01", "2026-12-31T12:00", "2026-12-31T25:00Z", "2026-12-31T1:00Z"]
        {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn units_are_named_in_two_ways() {
        let form = "JP-{project}-{vintage}-{block}-{unit}";
        let named = |text: &str| unit(text, form).map(|unit| unit.to_string()).ok();
        assert_eq!(named("7:500"), Some("7:500-500".to_owned()));
        assert_eq!(named("JP-MN003-2021-7-500"), Some("7:500-500".to_owned()));
        for wrong in ["7", "7:0", "0:1", "7:1-5", "MN003"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}

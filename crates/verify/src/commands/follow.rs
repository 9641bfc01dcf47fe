//! Following a registry, and raising an alarm.

mod alarm;
mod args;

pub(crate) use args::Args;

use super::{EXIT_FINDINGS, Failure, files, with_causes};
use alarm::{Alarm, Sinks, What};
use jcm_verify::{Access, Finding, Seen, Source, TrustedState, Verifier, is_address};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What one look at the source brought.
enum Looked {
    /// It answered, and everything holds.
    Well,
    /// It did not answer.
    Silent(String),
    /// Something does not hold.
    Found(Vec<Finding>),
}

/// Follows a source until something does not hold.
struct Follower<'a> {
    args: &'a Args,
    /// How nodes are reached; a key is opened once.
    access: Access,
    verifier: Verifier,
    sinks: Sinks,
    /// When the source answered last.
    answered: Instant,
    /// Since when somebody has been shown more than the source gives, by peer.
    behind: BTreeMap<String, Instant>,
    rounds: u64,
}

/// Follows a source.
///
/// 1. look at the source, from where the last look ended;
/// 2. compare what it states for what was read before;
/// 3. compare what others were shown;
/// 4. raise or end alarms;
/// 5. write what was found, for the next start, and the metrics.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut options = args.log.options(true)?;
    options.keep_leaves = true;
    options.trusted = match &args.state {
        Some(file) => TrustedState::read(file)
            .map_err(|error| Failure::reading(&error))?
            .filter(TrustedState::is_of_this_program),
        None => None,
    };
    let mut follower = Follower {
        args,
        access: args.log.access()?,
        verifier: Verifier::new(&options),
        sinks: Sinks::new(args.alarm_file.clone(), args.alarm_command.clone()),
        answered: Instant::now(),
        behind: BTreeMap::new(),
        rounds: 0,
    };
    loop {
        let looked = follower.look()?;
        if let Some(code) = follower.act(looked)? {
            return Ok(ExitCode::from(code));
        }
        std::thread::sleep(args.every);
    }
}

impl Follower<'_> {
    fn look(&mut self) -> Result<Looked, Failure> {
        let before = self.verifier.entries();
        let read = Source::open(&self.args.path, &self.access)
            .and_then(|mut source| self.verifier.read(&mut source));
        if let Err(error) = read {
            return Ok(Looked::Silent(with_causes(&error)));
        }
        self.answered = Instant::now();
        self.rounds += 1;
        let mut findings = self.verifier.conclude().findings;
        if findings.is_empty() && 0 < before {
            findings.extend(self.stated(before));
        }
        for peer in &self.args.peer {
            findings.extend(self.peer(peer));
        }
        Ok(if findings.is_empty() { Looked::Well } else { Looked::Found(findings) })
    }

    /// What the source states for the entries that were read before: it must not
    /// have taken them back, nor state others.
    fn stated(&mut self, before: u64) -> Option<Finding> {
        let from = self.args.path.display().to_string();
        let note = self.verifier.stated().unwrap_or_default().to_owned();
        self.verifier.went_back(before, &from).or_else(|| {
            let seen = Seen { from, note };
            self.verifier.compare(&seen).filter(|finding| finding.code != "SEEN_BEYOND")
        })
    }

    /// What somebody else was shown. That it is more than there is here is a lag,
    /// as long as it does not last.
    fn peer(&mut self, peer: &str) -> Option<Finding> {
        let note = match self.note_of(peer) {
            Ok(note) => note,
            Err(what) => {
                warn(&format!("{peer} was not compared: {what}"));
                return None;
            }
        };
        let finding = self.verifier.compare(&Seen { from: peer.to_owned(), note });
        match finding {
            Some(finding) if finding.code == "SPLIT_VIEW" => return Some(finding),
            Some(finding) if finding.code == "SEEN_BEYOND" => {
                self.behind.entry(peer.to_owned()).or_insert_with(Instant::now);
            }
            Some(finding) => warn(&finding.detail),
            None => {
                self.behind.remove(peer);
            }
        }
        None
    }

    fn note_of(&self, peer: &str) -> Result<String, String> {
        let path = Path::new(peer);
        if !is_address(peer) && !path.is_dir() {
            return files::text(path).map_err(|failure| failure.text);
        }
        let source = Source::open(path, &self.access).map_err(|error| with_causes(&error))?;
        source.checkpoint().ok_or_else(|| "it states no checkpoint".to_owned())
    }

    /// The alarms of this round, and whether it was the last.
    fn act(&mut self, looked: Looked) -> Result<Option<u8>, Failure> {
        let entries = self.verifier.entries();
        let mut last = self.args.once.then_some(0);
        match looked {
            Looked::Found(findings) => {
                let text = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
                self.sinks.raise(&Alarm { what: What::Finding, text, findings, entries })?;
                last = Some(EXIT_FINDINGS);
            }
            Looked::Silent(what) => {
                let silent = self.answered.elapsed();
                if self.args.once || self.args.silence <= silent {
                    let seconds = silent.as_secs();
                    let text = format!("no answer for {seconds} seconds: {what}");
                    last = self.alarm(What::Silence, text)?.or(last);
                }
            }
            Looked::Well => {
                self.sinks.end(What::Silence, entries)?;
                let longest = self.behind.iter().max_by_key(|(_, since)| since.elapsed());
                match longest {
                    Some((peer, since)) if self.late(*since) => {
                        let seconds = since.elapsed().as_secs();
                        let text = format!(
                            "{peer} was shown more than the {entries} entries here, for {seconds} seconds"
                        );
                        last = self.alarm(What::Lag, text)?.or(last);
                    }
                    Some(_) => {}
                    None => self.sinks.end(What::Lag, entries)?,
                }
                self.keep()?;
            }
        }
        self.metrics()?;
        Ok(last)
    }

    fn late(&self, since: Instant) -> bool {
        self.args.once || self.args.lag <= since.elapsed()
    }

    /// Raises an alarm that may pass; gives the exit status if it is to be the last.
    fn alarm(&mut self, what: What, text: String) -> Result<Option<u8>, Failure> {
        let entries = self.verifier.entries();
        self.sinks.raise(&Alarm { what, text, findings: Vec::new(), entries })?;
        let stops = self.args.once || self.args.stop_on_alarm;
        Ok(stops.then_some(what.exit_status()))
    }

    /// For the next start.
    fn keep(&self) -> Result<(), Failure> {
        if let (Some(file), Some(state)) = (&self.args.state, self.verifier.vouch()) {
            state.write(file).map_err(|error| Failure::writing(&error))?;
        }
        Ok(())
    }

    fn metrics(&self) -> Result<(), Failure> {
        let Some(file) = &self.args.metrics else { return Ok(()) };
        let alarms = What::ALL.map(|what| {
            let raised = u8::from(self.sinks.is_raised(what));
            format!("jcm_verify_alarm{{kind=\"{}\"}} {raised}\n", what.word())
        });
        let entries = self.verifier.entries();
        let (rounds, silent) = (self.rounds, self.answered.elapsed().as_secs());
        let text = format!(
            "# TYPE jcm_verify_entries gauge\njcm_verify_entries {entries}\n\
             # TYPE jcm_verify_rounds counter\njcm_verify_rounds {rounds}\n\
             # TYPE jcm_verify_silent_seconds gauge\njcm_verify_silent_seconds {silent}\n\
             # TYPE jcm_verify_alarm gauge\n{}",
            alarms.concat()
        );
        jcm_verify::write_whole(file, text.as_bytes()).map_err(|error| Failure::writing(&error))
    }
}

fn warn(text: &str) {
    // Whoever does not listen is told by the alarm file.
    let _ = writeln!(io::stderr(), "jcm-verify: {text}");
}

/// A number of seconds, minutes or hours: `30s`, `10m`, `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "give a number of seconds, minutes or hours, such as 30s, 10m or 2h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        's' => Some(number),
        'm' => number.checked_mul(60),
        'h' => number.checked_mul(3_600),
        _ => None,
    };
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        for wrong in ["", "s", "30", "1d", "-1s", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}

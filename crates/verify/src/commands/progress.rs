//! How far the program is, told on standard error.

use jcm_verify::{Advance, Progress, Progressed};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Where nobody looks, a line now and then is enough.
const SECONDS_BETWEEN_LINES: u64 = 5;

/// Tells how far it is, how fast, and how long it will take: on a terminal once a
/// second in one line, elsewhere a line every five seconds.
pub(crate) fn teller() -> Progress {
    let begun = Instant::now();
    let told = AtomicU64::new(0);
    let terminal = io::stderr().is_terminal();
    let every = if terminal { 1 } else { SECONDS_BETWEEN_LINES };
    Arc::new(move |advance| {
        let seconds = begun.elapsed().as_secs();
        let before = told.load(Ordering::Relaxed);
        if seconds < before.saturating_add(every) {
            return;
        }
        told.store(seconds, Ordering::Relaxed);
        let line = line(advance, seconds);
        // Whoever does not listen to progress does not stop it.
        let _ = match terminal {
            true => write!(io::stderr(), "\r\x1b[K{line}"),
            false => writeln!(io::stderr(), "{line}"),
        };
    })
}

/// Clears the line that a terminal shows.
pub(crate) fn clear() {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}

fn line(advance: Advance, seconds: u64) -> String {
    let Advance { entries, read: Progressed { done, total } } = advance;
    let rate = entries / seconds.max(1);
    let mut line = format!("{entries} entries verified, {rate} a second");
    if 0 < done && done <= total {
        let percent = done.saturating_mul(100) / total;
        // What is left takes as long for each part of it as what is done.
        let left = u128::from(seconds) * u128::from(total - done) / u128::from(done);
        let (minutes, rest) = (left / 60, left % 60);
        line.push_str(&format!(", {percent} %, about {minutes}:{rest:02} left"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_rate_and_time_left() {
        let read = Progressed { done: 25, total: 100 };
        let told = line(Advance { entries: 3_000, read }, 30);
        assert_eq!(told, "3000 entries verified, 100 a second, 25 %, about 1:30 left");
        let unknown = Progressed { done: 0, total: 0 };
        let told = line(Advance { entries: 7, read: unknown }, 0);
        assert_eq!(told, "7 entries verified, 7 a second");
    }
}

//! Log lines on standard error. No secrets and no personal data are ever passed
//! to them; a rejected command is the caller's affair and no error of ours.

use crate::config::{LogFormat, LogLevel, Logging};
use std::error::Error;
use std::fmt;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Installs the log for the process; a second call changes nothing.
pub(crate) fn install(logging: &Logging) {
    let level = match logging.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let registry = tracing_subscriber::registry().with(filter(level));
    // The only error is that a log is installed already.
    let _ = match logging.format {
        LogFormat::Text => registry.with(layer).try_init(),
        LogFormat::Json => registry.with(layer.json()).try_init(),
    };
}

/// What HTTP/2 warns of are faults of callers, who could multiply the lines: these are
/// for whoever looks for a fault, and counted for everybody else.
fn filter(level: LevelFilter) -> Targets {
    let of_callers = if level < LevelFilter::DEBUG { LevelFilter::ERROR.min(level) } else { level };
    Targets::new().with_default(level).with_target("h2", of_callers)
}

/// An error with all its causes, `: ` between them.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn faults_of_callers_are_no_lines_unless_somebody_looks_for_them() {
        for level in [LevelFilter::WARN, LevelFilter::INFO] {
            assert!(!filter(level).would_enable("h2::proto", &Level::WARN));
            assert!(filter(level).would_enable("registry_node", &Level::WARN));
        }
        assert!(filter(LevelFilter::DEBUG).would_enable("h2::proto", &Level::DEBUG));
        assert!(!filter(LevelFilter::ERROR).would_enable("registry_node", &Level::WARN));
    }
}

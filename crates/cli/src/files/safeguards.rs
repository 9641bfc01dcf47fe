//! Safeguards of accounts, as a file. The example is what `--default` adopts.
//!
//! ```toml
//! central_untrusted_tonnes = 2000000        # in one transfer to an account that is not trusted; may be absent
//! delays = true                             # do transfers to accounts that are not trusted wait?
//! cutoff_hour = 12                          # before this hour in Japan it is early in the day; 0 to 23
//! early_days = 1                            # working days that a transfer waits
//! late_days = 2                             # likewise, when applied for later in the day
//! trust_days = 4                            # working days until an account is trusted
//! recovery_days = 10                        # working days until a lost key is replaced
//! pinned = true                             # must two who sign pin the effect?
//!
//! [default_mandate]                         # of an account that has none of its own
//! control = "single"                        # or "dual"
//! # per_transfer_tonnes = 100000            # each of the three may be absent: no limit
//! # per_day_tonnes = 200000
//! # per_untrusted_tonnes = 50000
//! ```

use super::field;
use crate::parse;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Control, Mandate, Safeguards};
use serde::Deserialize;

/// The figures of the EU registry, as days (`docs/adr/0013-safeguards.md`).
pub const DEFAULT: Safeguards = Safeguards {
    default_mandate: Mandate {
        control: Control::Single,
        per_transfer_tonnes: None,
        per_day_tonnes: None,
        per_untrusted_tonnes: None,
    },
    central_untrusted_tonnes: Some(Tonnes::new(2_000_000)),
    delays: true,
    cutoff_hour: 12,
    early_days: 1,
    late_days: 2,
    trust_days: 4,
    recovery_days: 10,
    pinned: true,
};

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeguardsFile {
    default_mandate: MandateFile,
    central_untrusted_tonnes: Option<u64>,
    delays: bool,
    cutoff_hour: u8,
    early_days: u16,
    late_days: u16,
    trust_days: u16,
    recovery_days: u16,
    pinned: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MandateFile {
    control: String,
    per_transfer_tonnes: Option<u64>,
    per_day_tonnes: Option<u64>,
    per_untrusted_tonnes: Option<u64>,
}

/// Reads a file.
pub fn read(file: &SafeguardsFile) -> Result<Safeguards, String> {
    let mandate = &file.default_mandate;
    Ok(Safeguards {
        default_mandate: Mandate {
            control: field("default_mandate.control", parse::control(&mandate.control))?,
            per_transfer_tonnes: limit(
                "default_mandate.per_transfer_tonnes",
                mandate.per_transfer_tonnes,
            )?,
            per_day_tonnes: limit("default_mandate.per_day_tonnes", mandate.per_day_tonnes)?,
            per_untrusted_tonnes: limit(
                "default_mandate.per_untrusted_tonnes",
                mandate.per_untrusted_tonnes,
            )?,
        },
        central_untrusted_tonnes: limit("central_untrusted_tonnes", file.central_untrusted_tonnes)?,
        delays: file.delays,
        cutoff_hour: file.cutoff_hour,
        early_days: file.early_days,
        late_days: file.late_days,
        trust_days: file.trust_days,
        recovery_days: file.recovery_days,
        pinned: file.pinned,
    })
}

/// On the wire 0 is no limit: it must not be one by mistake.
fn limit(name: &str, tonnes: Option<u64>) -> Result<Option<Tonnes>, String> {
    match tonnes {
        Some(0) => Err(format!("{name}: leave it out where there is no limit")),
        other => Ok(other.map(Tonnes::new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse};
    use jcm_format::command::Body;

    fn example() -> String {
        documented(include_str!("safeguards.rs"))
    }

    fn read_text(text: &str) -> Result<Safeguards, String> {
        read(&parse(text, false)?)
    }

    #[test]
    fn the_documented_example_is_the_default() {
        assert_eq!(read_text(&example()), Ok(DEFAULT));
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        let body = Body::AdoptSafeguards(DEFAULT);
        let command = jcm_client::CommandBuilder::new(origin, body).build();
        assert!(command.is_ok(), "{command:?}");
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&example()), "docs/cli.md differs from the example in safeguards.rs");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("\"single\"", "\"triple\"", "default_mandate.control"),
            ("2000000", "0", "central_untrusted_tonnes"),
            ("cutoff_hour = 12 ", "cutoff_hour = 300 ", "cutoff_hour"),
            ("# per_day_tonnes = 200000", "per_day_tonnes = 0", "default_mandate.per_day_tonnes"),
            ("pinned", "pin", "pin"),
        ] {
            let error = read_text(&example().replacen(from, to, 1)).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}

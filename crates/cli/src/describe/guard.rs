//! What the safeguards of accounts say.

use super::acts::yes_no;
use super::{Line, article6, line, tonnes};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Body, Control, Mandate, Representative, Safeguards};

/// One line for each thing that the command says; none for a command of another
/// kind.
pub(super) fn body(body: &Body) -> Vec<Line> {
    match body {
        Body::AdoptSafeguards(safeguards) => self::safeguards(safeguards),
        Body::SetMandate { account, mandate } => {
            [vec![line("account", account)], self::mandate(mandate)].concat()
        }
        Body::TrustAccount { account, trusted } => {
            vec![line("account", account), line("trusts", trusted)]
        }
        Body::DistrustAccount { account, trusted } => {
            vec![line("account", account), line("no longer trusts", trusted)]
        }
        Body::FreezeAccount { account, reason } | Body::UnfreezeAccount { account, reason } => {
            vec![line("account", account), line("reason", reason)]
        }
        Body::RequestRecovery { representative, key, reason } => {
            let mut lines = self::representative(representative);
            lines.extend([line("new key", key.key), line("reason", reason)]);
            lines
        }
        Body::CancelRecovery { recovery, reason } => {
            vec![line("recovery", recovery), line("reason", reason)]
        }
        Body::CompleteRecovery { recovery } => vec![line("recovery", recovery)],
        other => article6::body(other),
    }
}

fn representative(of: &Representative) -> Vec<Line> {
    vec![line("account", of.account), line("person", &of.person), line("power", of.power)]
}

fn mandate(mandate: &Mandate) -> Vec<Line> {
    let control = match mandate.control {
        Control::Single => "one signs",
        Control::Dual => "two sign: one initiates, another approves",
    };
    vec![
        line("control", control),
        line("most in one transfer", limit(mandate.per_transfer_tonnes)),
        line("most in a day", limit(mandate.per_day_tonnes)),
        line("most to an account not trusted", limit(mandate.per_untrusted_tonnes)),
    ]
}

fn limit(limit: Option<Tonnes>) -> String {
    limit.map_or_else(|| "no limit".to_owned(), |limit| tonnes(limit.get()))
}

fn safeguards(m: &Safeguards) -> Vec<Line> {
    let mut lines = vec![line("without a mandate", "")];
    lines.extend(mandate(&m.default_mandate));
    lines.extend([
        line("the last whatever the mandate", limit(m.central_untrusted_tonnes)),
        line("transfers there are delayed", yes_no(m.delays)),
        line("early in the day before", format!("{}:00", m.cutoff_hour)),
        line("working days of delay, early", m.early_days),
        line("working days of delay, later", m.late_days),
        line("working days until trusted", m.trust_days),
        line("working days until recovered", m.recovery_days),
        line("two who sign pin the effect", yes_no(m.pinned)),
    ]);
    lines
}

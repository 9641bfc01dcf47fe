//! Safeguards: their commands, each with its event, and a life under them.

use super::acts::*;
use super::who::*;
use super::*;
use jcm_format::command::{Control, Mandate, Power, Representative, Safeguards};
use jcm_format::id::Country;

pub(crate) const HOUR_MS: u64 = 3_600_000;
/// Whom alpha's mandate asks for.
pub(crate) const BOTH: &[u8] = &[TANAKA, SUZUKI];

pub(crate) fn mandate(control: Control, limits: [u64; 3]) -> Mandate {
    let [per_transfer_tonnes, per_day_tonnes, per_untrusted_tonnes] =
        limits.map(|limit| Some(limit).filter(|limit| 0 < *limit).map(Tonnes::new));
    Mandate { control, per_transfer_tonnes, per_day_tonnes, per_untrusted_tonnes }
}

/// One or two working days of delay, two for the list, three for lost keys.
pub(crate) fn rule_data() -> Safeguards {
    Safeguards {
        default_mandate: mandate(Control::Single, [500, 600, 100]),
        central_untrusted_tonnes: Some(Tonnes::new(80)),
        delays: true,
        cutoff_hour: 12,
        early_days: 1,
        late_days: 2,
        trust_days: 2,
        recovery_days: 3,
        pinned: true,
    }
}

pub(crate) fn adopt_safeguards(safeguards: Safeguards) -> Act {
    (Body::AdoptSafeguards(safeguards), vec![Effect::SafeguardsAdopted { safeguards }])
}

pub(crate) fn holidays(country: &str, number: u16, days: &[&str]) -> Act {
    let (country, year) = (Country::new(country).expect("a country"), year(number));
    let holidays: Vec<Date> = days.iter().map(|day| date(day)).collect();
    let effect = Effect::CalendarAdopted { country, year, holidays: holidays.clone() };
    (Body::AdoptCalendar { country, year, holidays }, vec![effect])
}

pub(crate) fn representative(number: u32, person: &str, power: Power) -> Representative {
    Representative { account: account(number), person: name(person), power }
}

pub(crate) fn register(seed: u8, number: u32, person: &str, power: Power) -> Act {
    register_key(seed, &Role::Representative(representative(number, person, power)))
}

pub(crate) fn set_mandate(number: u32, mandate: Mandate, first: &str) -> Act {
    let (account, effective) = (account(number), date(first));
    let effect = Effect::MandateSet { account, mandate, effective };
    (Body::SetMandate { account, mandate }, vec![effect])
}

pub(crate) fn trust_account(number: u32, trusted: u32, first: &str) -> Act {
    let (account, trusted, effective) = (account(number), account(trusted), date(first));
    let effect = Effect::TrustedAdded { account, trusted, effective };
    (Body::TrustAccount { account, trusted }, vec![effect])
}

pub(crate) fn distrust_account(number: u32, trusted: u32) -> Act {
    let (account, trusted) = (account(number), account(trusted));
    (Body::DistrustAccount { account, trusted }, vec![Effect::TrustedRemoved { account, trusted }])
}

pub(crate) fn freeze(number: u32) -> Act {
    let (account, reason) = (account(number), text("stolen"));
    (Body::FreezeAccount { account, reason }, vec![Effect::AccountFrozen { account }])
}

pub(crate) fn unfreeze(number: u32) -> Act {
    let (account, reason) = (account(number), text("found"));
    (Body::UnfreezeAccount { account, reason }, vec![Effect::AccountUnfrozen { account }])
}

pub(crate) fn request_recovery(seed: u8, of: Representative, first: &str) -> Act {
    let (representative, not_before) = (of, date(first));
    let key = possession(seed, &Role::Representative(representative.clone()));
    let effect = Effect::RecoveryRequested {
        representative: representative.clone(),
        key: key.key,
        not_before,
    };
    (Body::RequestRecovery { representative, key, reason: text("lost") }, vec![effect])
}

pub(crate) fn cancel_recovery(recovery: EntryIndex) -> Act {
    let effect = Effect::RecoveryCancelled { recovery };
    (Body::CancelRecovery { recovery, reason: text("not us") }, vec![effect])
}

pub(crate) fn complete_recovery(recovery: EntryIndex, seed: u8, of: Representative) -> Act {
    let role = Role::Representative(of);
    let registered = Effect::KeyRegistered { key: public(seed), role };
    let effects = vec![Effect::RecoveryCompleted { recovery }, registered];
    (Body::CompleteRecovery { recovery }, effects)
}

pub(crate) fn withdraw(application: EntryIndex) -> Act {
    let body = Body::WithdrawApplication { application, reason: text("changed our mind") };
    (body, vec![Effect::ApplicationWithdrawn { application }])
}

/// A transfer of alpha's that waits for its fee, delayed or not.
pub(crate) fn sale(destination: u32, units: &[&str], first: Option<&str>) -> Act {
    let asked = terms(ALPHA_ACCOUNT, destination, units, Purpose::Other);
    let (body, mut event) = apply_transfer(asked);
    event.extend(first.map(|first| Effect::TransferDelayed { not_before: date(first) }));
    (body, event)
}

impl Life {
    /// As `name`, its effect pinned.
    pub(crate) fn pinned(&mut self, name: &'static str, signers: &[u8], act: Act) -> EntryIndex {
        let index = self.name(name, signers, act.0, act.1);
        self.pin();
        index
    }

    /// Pins the effect of the last step.
    pub(crate) fn pin(&mut self) {
        let rule_set = self.rule_set;
        let last = self.last();
        let digest = Event(last.event.clone()).digest(rule_set).expect("short");
        last.command.effect_digest = Some(digest);
    }

    /// As `name`, its effect not pinned.
    pub(crate) fn plain(&mut self, name: &'static str, signers: &[u8], act: Act) -> EntryIndex {
        self.name(name, signers, act.0, act.1)
    }

    /// The honest life, then one under safeguards.
    pub(crate) fn guarded() -> Life {
        let mut life = Life::honest();
        life.protection();
        life.delays();
        life.recoveries();
        life.later();
        life
    }

    /// That life until this step.
    pub(crate) fn guarded_until(name: &str) -> Life {
        let mut life = Life::guarded();
        let last = life.at(name).get();
        life.steps.truncate(last as usize + 1);
        life.skipped_ms = life.last().time_ms - BEGINNING_MS - last * 60_000;
        life
    }

    /// On Friday, 10 April: the working days after it are 13, 15, 16 and so on
    /// in Japan, and 13, 16 and so on where units of Viet Nam move.
    fn protection(&mut self) {
        self.plain("calendar", OPERATORS, holidays("JP", 2026, &["2026-04-14", "2026-04-29"]));
        self.plain("partner-calendar", OPERATORS, holidays("VN", 2026, &["2026-04-15"]));
        // A representative may come before there are safeguards.
        let act = register(TANAKA, ALPHA_ACCOUNT, "tanaka", Power::Initiate);
        self.plain("tanaka", &[ALPHA], act);
        self.plain("safeguards", AUTHORITIES, adopt_safeguards(rule_data()));
        let act = register(SUZUKI, ALPHA_ACCOUNT, "suzuki", Power::Approve);
        self.plain("suzuki", &[TANAKA], act);
        let act = register(SATO, ALPHA_ACCOUNT, "sato", Power::Read);
        self.pinned("sato", AUTHORITIES, act);
        let act = set_mandate(ALPHA_ACCOUNT, mandate(Control::Dual, [200, 300, 60]), TODAY);
        self.plain("mandate", &[ALPHA], act);
        let act = register(TANAKA_AGAIN, ALPHA_ACCOUNT, "tanaka", Power::Approve);
        self.pinned("tanaka-again", &[ALPHA, SUZUKI], act);
    }

    fn delays(&mut self) {
        let act = trust_account(ALPHA_ACCOUNT, BETA_ACCOUNT, "2026-04-15");
        self.pinned("trusted", BOTH, act);
        // Government accounts need no trust.
        let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["2:1-70"], Purpose::Cancellation);
        let (body, event) = transfer(gratuitous(asked), Fee::Waived, Vec::new());
        self.pinned("to-government", BOTH, (body, event));
        // The addition's day has not come.
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:401-440"], Purpose::Other);
        let (body, event) = transfer_waiting(asked, PaymentId::single(self.at("alpha-payment")));
        self.pinned("delayed", BOTH, (body, event));
        self.delay("2026-04-13");
        let act = sale(BETA_ACCOUNT, &["1:441-450"], Some("2026-04-13"));
        let application = self.pinned("regretted", BOTH, act);
        self.plain("regretted-withdrawn", &[SUZUKI], withdraw(application));
        // Later in the day: the second day on which both countries work.
        self.skipped_ms += 3 * HOUR_MS;
        let act = sale(BETA_ACCOUNT, &["1:441-450"], Some("2026-04-16"));
        self.pinned("late", BOTH, act);
        self.plain("frozen", &[SATO], freeze(ALPHA_ACCOUNT));
        self.pinned("unfrozen", OPERATORS, unfreeze(ALPHA_ACCOUNT));
        // Both signed for a mandate that waits, which takes the other's place.
        let looser = mandate(Control::Dual, [200, 400, 60]);
        self.pinned("looser", BOTH, set_mandate(ALPHA_ACCOUNT, looser, "2026-04-15"));
        let looser = mandate(Control::Single, [200, 300, 60]);
        self.pinned("single", BOTH, set_mandate(ALPHA_ACCOUNT, looser, "2026-04-15"));
        self.plain("frozen-too", &[OPERATOR_1], freeze(BETA_ACCOUNT));
    }

    /// Delays the last step, pinned anew.
    fn delay(&mut self, first: &str) {
        let delayed = Effect::TransferDelayed { not_before: date(first) };
        self.last().event.insert(1, delayed);
        self.pin();
    }

    /// Monday, 13 April: the third working day after it is Friday, the 17th.
    fn recoveries(&mut self) {
        self.skip(3);
        let delayed = self.at("delayed");
        self.plain("delayed-recorded", &[OPERATOR_1], record_transfer(delayed));
        let yamada = || representative(BETA_ACCOUNT, "yamada", Power::Full);
        let act = request_recovery(YAMADA, yamada(), "2026-04-17");
        let recovery = self.pinned("recovery", OPERATORS, act.clone());
        self.plain("cancelled", &[BETA], cancel_recovery(recovery));
        let recovery = self.pinned("recovery-again", OPERATORS, act);
        self.skip(4);
        let act = complete_recovery(recovery, YAMADA, yamada());
        self.plain("recovered", &[OPERATOR_2], act);
    }

    /// Friday, 17 April: the list and the mandate are in force.
    fn later(&mut self) {
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:51-150"], Purpose::Other);
        let (body, event) = transfer(asked, Fee::NotChargeable, Vec::new());
        self.plain("to-trusted", &[TANAKA], (body, event));
        self.plain("distrusted", &[SUZUKI], distrust_account(ALPHA_ACCOUNT, BETA_ACCOUNT));
        let act = trust_account(ALPHA_ACCOUNT, BETA_ACCOUNT, "2026-04-21");
        self.plain("trusted-again", &[ALPHA], act);
        let looser = mandate(Control::Single, [0, 300, 60]);
        self.plain("unlimited", &[ALPHA], set_mandate(ALPHA_ACCOUNT, looser, "2026-04-21"));
        let act = request_recovery(
            DELTA,
            representative(ALPHA_ACCOUNT, "kato", Power::Full),
            "2026-04-22",
        );
        self.pinned("recovery-open", OPERATORS, act);
        let (body, event) = sale(BETA_ACCOUNT, &["1:451-460"], Some("2026-04-21"));
        self.plain("waits", &[ALPHA], (body, event));
    }
}

/// A certificate that waits for its fee.
pub(crate) fn request(number: u32) -> Act {
    let (account, fee) = (account(number), Fee::Due(Yen::new(1_200)));
    let body = Body::RequestCertificate { account, fee_payment: None };
    (body, vec![Effect::CertificateRequested { account, fee }])
}

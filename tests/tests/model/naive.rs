//! The registry as one would keep it on paper: a row for every unit, and of each
//! rule the sentence in the specification, asked of one row after the other.
//! A stretch of units is something that a command names; nothing here is kept as one.

use jcm_format::command::{Acceptance, Purpose, RefusalGround};
use jcm_format::id::EntryIndex;
use jcm_ledger::Reason;
use jcm_tests::world::{CANCELLATION, GOVERNMENT, RETIREMENT};
use std::collections::{BTreeMap, BTreeSet};

/// Units of each of the three blocks: 1 of 2019, 2 of 2023, 3 of 2020 issued
/// outside the Act (class C).
pub(crate) const UNITS: u64 = 40;
/// The block that may be retired.
const OF_2023: u32 = 2;
/// The block of class C.
const OUTSIDE: u32 = 3;

/// What a rule says: nothing, or the reason why not.
pub(crate) type Verdict = Result<(), Reason>;

/// Days since Monday, 23 November 2026.
pub(crate) type Day = u64;

/// The last day of 2026.
const NEW_YEARS_EVE: Day = 38;
/// Holidays of 2026 and 2027, as days and as dates.
pub(crate) const HOLIDAYS: [(Day, &str); 8] = [
    (0, "2026-11-23"),
    (36, "2026-12-29"),
    (37, "2026-12-30"),
    (38, "2026-12-31"),
    (39, "2027-01-01"),
    (49, "2027-01-11"),
    (80, "2027-02-11"),
    (92, "2027-02-23"),
];

/// The government's accounts, three of which are opened later, and what goes there.
pub(crate) const GOVERNMENT_ACCOUNTS: [(u32, Purpose); 6] = [
    (GOVERNMENT, Purpose::Other),
    (RETIREMENT, Purpose::Retirement),
    (CANCELLATION, Purpose::Cancellation),
    (4, Purpose::Other),
    (5, Purpose::Cancellation),
    (6, Purpose::Retirement),
];

/// Units as a command names them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) block: u32,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Stretch {
    /// The rows; none if some unit was never issued.
    pub(crate) fn rows(&self) -> Option<Vec<usize>> {
        let row = |unit: u64| usize::try_from(u64::from(self.block - 1) * UNITS + unit - 1);
        (self.last <= UNITS)
            .then(|| (self.first..=self.last).map(|unit| row(unit).expect("small")).collect())
    }

    /// `1:1-10`.
    pub(crate) fn text(&self) -> String {
        format!("{}:{}-{}", self.block, self.first, self.last)
    }
}

/// A unit's row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    pub(crate) block: u32,
    pub(crate) number: u64,
    pub(crate) owner: u32,
    pub(crate) reserved: Option<EntryIndex>,
    pub(crate) trust: Option<EntryIndex>,
    pub(crate) first_transferred: bool,
}

/// What a transfer says of a trust.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Word {
    Record,
    Delete,
    ChangeTrustee { by_new: bool },
}

#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) source: u32,
    pub(crate) destination: u32,
    pub(crate) purpose: Purpose,
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) gratuitous: bool,
    pub(crate) word: Option<Word>,
}

/// A matter of trust without a transfer.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Record(Vec<Stretch>),
    Delete(Vec<Stretch>),
    Amend(EntryIndex),
}

/// The payment that a transfer brings with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Money {
    None,
    Enough,
    Short,
    OfAnother,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Transfer(Transfer),
    Trust { account: u32, request: Request, subrogation: bool },
    Closing(u32),
    Change(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) kind: Kind,
    pub(crate) due: u64,
    pub(crate) received: Day,
    pub(crate) payment_days: u16,
    pub(crate) missing: Option<Day>,
    pub(crate) awaits_consent: bool,
    pub(crate) open: bool,
}

pub(crate) type Moves = Vec<(u32, u32, Vec<Stretch>)>;

#[derive(Debug, Clone)]
pub(crate) struct Correction {
    pub(crate) account: u32,
    pub(crate) affected: EntryIndex,
    pub(crate) consulted: Day,
    pub(crate) consent: bool,
    pub(crate) moves: Moves,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    Transfer(Transfer, Money),
    Trust {
        account: u32,
        request: Request,
        subrogation: bool,
    },
    Close(u32),
    Change {
        account: u32,
        effective: Day,
    },
    RecordTransfer(EntryIndex),
    RecordApplication(EntryIndex),
    Pay(EntryIndex),
    Withdraw(EntryIndex),
    Refuse(EntryIndex, RefusalGround),
    Lapse(EntryIndex),
    Ask(EntryIndex, Day),
    Complete(EntryIndex),
    Accept(EntryIndex),
    Restrict {
        account: u32,
        stretches: Vec<Stretch>,
    },
    Release(EntryIndex),
    Commission {
        trust: EntryIndex,
        dismissed: bool,
    },
    Correct(Correction),
    AdoptRules {
        version: u32,
        fee: u64,
        days: u16,
        choice: bool,
    },
    AdoptCalendar(u16),
    SetAcceptance(u32, Acceptance),
    /// A certificate, paid for: what it states is between the ledger and the verifier.
    Certificate(u32),
}

#[derive(Debug, Default)]
pub(crate) struct Holder {
    pub(crate) closed: bool,
    pub(crate) acceptance: Option<Acceptance>,
}

/// An unreleased restriction: on rows, or on whatever the account holds.
#[derive(Debug)]
pub(crate) struct Restriction {
    pub(crate) account: u32,
    pub(crate) rows: Option<Vec<usize>>,
}

#[derive(Debug)]
pub(crate) struct Trust {
    pub(crate) account: u32,
    pub(crate) dismissed: bool,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) units: Vec<Unit>,
    /// The entity accounts.
    pub(crate) holders: BTreeMap<u32, Holder>,
    pub(crate) restrictions: BTreeMap<EntryIndex, Restriction>,
    pub(crate) trusts: BTreeMap<EntryIndex, Trust>,
    pub(crate) applications: BTreeMap<EntryIndex, Application>,
    pub(crate) calendars: BTreeSet<u16>,
    pub(crate) version: u32,
    pub(crate) fee: u64,
    pub(crate) payment_days: u16,
    pub(crate) choice: bool,
    pub(crate) authorised_left: u64,
    pub(crate) retired: u64,
    pub(crate) today: Day,
}

fn refuse_if(broken: bool, reason: Reason) -> Verdict {
    if broken { Err(reason) } else { Ok(()) }
}

pub(crate) fn is_government(account: u32) -> bool {
    GOVERNMENT_ACCOUNTS.iter().any(|(number, _)| *number == account)
}

pub(crate) fn is_sink(account: u32) -> bool {
    is_government(account) && purpose_towards(account) != Purpose::Other
}

/// What units that go there are transferred for.
pub(crate) fn purpose_towards(account: u32) -> Purpose {
    let known = GOVERNMENT_ACCOUNTS.iter().find(|(number, _)| *number == account);
    known.map_or(Purpose::Other, |(_, purpose)| *purpose)
}

impl Model {
    pub(crate) fn restricted(&self, row: usize) -> bool {
        self.restrictions.values().any(|restriction| match &restriction.rows {
            Some(rows) => rows.contains(&row),
            None => restriction.account == self.units[row].owner,
        })
    }

    /// Whether an account exists: it was opened and is not closed.
    fn exists(&self, account: u32) -> bool {
        is_government(account) || self.is_entity(account)
    }

    fn is_entity(&self, account: u32) -> bool {
        self.holders.get(&account).is_some_and(|holder| !holder.closed)
    }

    fn acceptance(&self, account: u32) -> Option<&Acceptance> {
        self.holders.get(&account).and_then(|holder| holder.acceptance.as_ref())
    }

    fn rows(&self, stretches: &[Stretch]) -> Vec<usize> {
        stretches.iter().flat_map(|stretch| stretch.rows().expect("judged before")).collect()
    }

    // Rules.

    /// 706 and 707 of one stretch.
    fn held(&self, source: u32, stretch: &Stretch) -> Result<Vec<usize>, Reason> {
        let rows = stretch.rows().ok_or(Reason::UnitsUnknown)?;
        refuse_if(rows.iter().any(|row| self.units[*row].owner != source), Reason::UnitsNotHeld)?;
        Ok(rows)
    }

    /// 706, 707, 715, 708: all of one stretch, then of the next.
    fn free(&self, source: u32, stretches: &[Stretch]) -> Verdict {
        for stretch in stretches {
            let rows = self.held(source, stretch)?;
            refuse_if(rows.iter().any(|row| self.restricted(*row)), Reason::UnitsRestricted)?;
            refuse_if(
                rows.iter().any(|row| self.units[*row].reserved.is_some()),
                Reason::UnitsReserved,
            )?;
        }
        Ok(())
    }

    /// 715 alone.
    fn unrestricted(&self, stretches: &[Stretch]) -> Verdict {
        let rows = self.rows(stretches);
        refuse_if(rows.iter().any(|row| self.restricted(*row)), Reason::UnitsRestricted)
    }

    /// 716.
    fn own(&self, stretches: &[Stretch]) -> Verdict {
        let rows = self.rows(stretches);
        refuse_if(rows.iter().any(|row| self.units[*row].trust.is_some()), Reason::UnitsInTrust)
    }

    /// 717.
    fn entrusted(&self, stretches: &[Stretch]) -> Verdict {
        let rows = self.rows(stretches);
        refuse_if(rows.iter().any(|row| self.units[*row].trust.is_none()), Reason::UnitsNotInTrust)
    }

    /// 720 and 727.
    fn in_office(&self, transfer: &Transfer) -> Verdict {
        let by_new = transfer.word == Some(Word::ChangeTrustee { by_new: true });
        let by_trustee = [Word::Delete, Word::ChangeTrustee { by_new: false }]
            .map(Some)
            .contains(&transfer.word);
        let rows = self.rows(&transfer.stretches);
        let dismissed = |row: &usize| {
            let trust = self.units[*row].trust;
            trust.is_some_and(|trust| self.trusts[&trust].dismissed)
        };
        refuse_if(by_trustee && rows.iter().any(dismissed), Reason::TrusteeDismissed)?;
        refuse_if(by_new && !rows.iter().all(dismissed), Reason::TrusteeInOffice)
    }

    /// 716, 717, 719, 720, 727.
    fn trust_fits(&self, transfer: &Transfer) -> Verdict {
        match transfer.word {
            None | Some(Word::Record) => self.own(&transfer.stretches)?,
            Some(Word::Delete) => self.entrusted(&transfer.stretches)?,
            Some(Word::ChangeTrustee { .. }) => {
                self.entrusted(&transfer.stretches)?;
                let rows = self.rows(&transfer.stretches);
                let trusts: BTreeSet<_> = rows.iter().map(|row| self.units[*row].trust).collect();
                refuse_if(1 < trusts.len(), Reason::TrustsDiffer)?;
            }
        }
        self.in_office(transfer)
    }

    /// 710 and 613, stretch by stretch. Both sides have authorised from the start.
    fn retirable(&self, transfer: &Transfer) -> Verdict {
        let mut left = self.authorised_left;
        for stretch in &transfer.stretches {
            refuse_if(stretch.block != OF_2023, Reason::RetirementBefore2021)?;
            let rows = stretch.rows().expect("judged before");
            let fresh = rows.iter().filter(|row| !self.units[**row].first_transferred).count();
            let rest = left.checked_sub(fresh as u64);
            left = rest.ok_or(Reason::AuthorisationExhausted)?;
        }
        Ok(())
    }

    /// What the transfer costs; nothing where nothing is due.
    fn fee_of(&self, transfer: &Transfer) -> u64 {
        let outside = transfer.stretches.iter().all(|stretch| stretch.block == OUTSIDE);
        let waived = transfer.gratuitous && is_government(transfer.destination);
        if is_government(transfer.source) || outside || waived { 0 } else { self.fee }
    }

    fn consent_awaited(&self, transfer: &Transfer) -> bool {
        let by_new = transfer.word == Some(Word::ChangeTrustee { by_new: true });
        !by_new
            && self.choice
            && self.acceptance(transfer.destination) == Some(&Acceptance::Consent)
    }

    fn may_apply(&self, transfer: &Transfer, money: Money) -> Verdict {
        let Transfer { source, destination, purpose, .. } = *transfer;
        refuse_if(destination == source, Reason::DestinationIsSource)?;
        refuse_if(!self.exists(destination), Reason::DestinationUnknown)?;
        refuse_if(purpose != purpose_towards(destination), Reason::PurposeDestinationMismatch)?;
        let to_government = is_government(destination);
        refuse_if(transfer.gratuitous && !to_government, Reason::GratuitousNotApplicable)?;
        let to_trustee = !matches!(transfer.word, None | Some(Word::Delete));
        refuse_if(to_trustee && to_government, Reason::TrustAccount)?;
        let by_new = transfer.word == Some(Word::ChangeTrustee { by_new: true });
        if let (true, Some(Acceptance::Listed(listed))) =
            (self.choice && !by_new, self.acceptance(destination))
        {
            let is_listed = listed.iter().any(|account| account.get() == source);
            refuse_if(!is_listed, Reason::NotAccepted)?;
        }
        self.free(source, &transfer.stretches)?;
        self.trust_fits(transfer)?;
        let outside = transfer.stretches.iter().filter(|stretch| stretch.block == OUTSIDE).count();
        let mixed = outside != 0 && outside != transfer.stretches.len();
        refuse_if(mixed, Reason::ClassesMixed)?;
        if purpose == Purpose::Retirement {
            self.retirable(transfer)?;
        }
        refuse_if(money != Money::None && self.fee_of(transfer) == 0, Reason::FeePaymentNotNeeded)?;
        refuse_if(money == Money::OfAnother, Reason::PaymentOfAnother)?;
        refuse_if(money == Money::Short, Reason::PaymentSpent)
    }

    /// 504 and 505.
    fn open(
        &self,
        entry: EntryIndex,
        is_kind: impl Fn(&Kind) -> bool,
    ) -> Result<&Application, Reason> {
        let application =
            self.applications.get(&entry).filter(|application| is_kind(&application.kind));
        let application = application.ok_or(Reason::ApplicationUnknown)?;
        refuse_if(!application.open, Reason::ApplicationClosed)?;
        Ok(application)
    }

    fn may_record_transfer(&self, entry: EntryIndex) -> Verdict {
        let application = self.open(entry, |kind| matches!(kind, Kind::Transfer(_)))?;
        let Kind::Transfer(transfer) = &application.kind else { unreachable!() };
        refuse_if(application.missing.is_some(), Reason::CompletionAwaited)?;
        refuse_if(application.due != 0, Reason::FeeUnpaid)?;
        refuse_if(application.awaits_consent, Reason::AcceptanceAwaited)?;
        refuse_if(!self.exists(transfer.destination), Reason::DestinationUnknown)?;
        self.unrestricted(&transfer.stretches)?;
        self.in_office(transfer)?;
        match transfer.purpose {
            Purpose::Retirement => self.retirable(transfer),
            Purpose::Cancellation | Purpose::Other => Ok(()),
        }
    }

    fn may_record_application(&self, entry: EntryIndex) -> Verdict {
        let application = self.open(entry, |kind| !matches!(kind, Kind::Transfer(_)))?;
        refuse_if(application.missing.is_some(), Reason::CompletionAwaited)?;
        match &application.kind {
            Kind::Closing(account) => self.closable(*account, Some(entry)),
            Kind::Trust { request, .. } => {
                if let Request::Record(units) | Request::Delete(units) = request {
                    self.unrestricted(units)?;
                }
                self.trustee_remains(request)
            }
            Kind::Change(_) | Kind::Transfer(_) => Ok(()),
        }
    }

    /// 521, 522, 523.
    fn closable(&self, account: u32, own: Option<EntryIndex>) -> Verdict {
        let concerns = |kind: &Kind| match kind {
            Kind::Transfer(transfer) => {
                transfer.source == account || transfer.destination == account
            }
            Kind::Trust { account: of, .. } | Kind::Closing(of) | Kind::Change(of) => {
                *of == account
            }
        };
        let pending = self.applications.iter().any(|(entry, application)| {
            application.open && concerns(&application.kind) && Some(*entry) != own
        });
        refuse_if(pending, Reason::ApplicationPending)?;
        let holds = self.units.iter().any(|unit| unit.owner == account);
        refuse_if(holds, Reason::AccountNotEmpty)?;
        let restricted = self.restrictions.values().any(|other| other.account == account);
        refuse_if(restricted, Reason::AccountRestricted)
    }

    fn may_request(&self, account: u32, request: &Request) -> Verdict {
        refuse_if(!self.is_entity(account), Reason::AccountUnknown)?;
        match request {
            Request::Record(units) => {
                self.free(account, units)?;
                self.own(units)
            }
            Request::Delete(units) => {
                self.free(account, units)?;
                self.entrusted(units)?;
                self.trustee_remains(request)
            }
            Request::Amend(trust) => {
                let known = self.trusts.get(trust).is_some_and(|trust| trust.account == account);
                refuse_if(!known, Reason::TrustUnknown)?;
                self.trustee_remains(request)
            }
        }
    }

    /// 720 without a transfer.
    fn trustee_remains(&self, request: &Request) -> Verdict {
        let dismissed = |trust: &EntryIndex| self.trusts[trust].dismissed;
        let is_dismissed = match request {
            Request::Record(_) => false,
            Request::Delete(units) => {
                let rows = self.rows(units);
                rows.iter().any(|row| self.units[*row].trust.as_ref().is_some_and(dismissed))
            }
            Request::Amend(trust) => dismissed(trust),
        };
        refuse_if(is_dismissed, Reason::TrusteeDismissed)
    }

    fn may_refuse(&self, entry: EntryIndex, ground: RefusalGround) -> Verdict {
        use RefusalGround::{Falsehood, Procedure, Restriction};
        let application = self.open(entry, |_| true)?;
        let (grounds, units): (&[RefusalGround], _) = match &application.kind {
            Kind::Transfer(transfer) => (&[ground], Some(&transfer.stretches)),
            Kind::Trust { request, .. } => match request {
                Request::Record(units) | Request::Delete(units) => {
                    (&[Restriction, Falsehood, Procedure], Some(units))
                }
                Request::Amend(_) => (&[Restriction, Falsehood, Procedure], None),
            },
            Kind::Closing(_) | Kind::Change(_) => (&[Falsehood, Procedure], None),
        };
        refuse_if(!grounds.contains(&ground), Reason::GroundNotApplicable)?;
        let rows = units.map(|units| self.rows(units)).unwrap_or_default();
        let founded = rows.iter().any(|row| self.restricted(*row));
        refuse_if(ground == Restriction && !founded, Reason::GroundUnfounded)
    }

    /// The last day for payment, counted on the fingers.
    fn last_day(&self, received: Day, days: u16) -> Option<Day> {
        let mut day = received;
        let mut left = days;
        while left != 0 {
            day += 1;
            let year = if day <= NEW_YEARS_EVE { 2026 } else { 2027 };
            if !self.calendars.contains(&year) {
                return None;
            }
            // Day 0 is a Monday.
            let weekend = day % 7 == 5 || day % 7 == 6;
            if !weekend && !HOLIDAYS.iter().any(|(holiday, _)| *holiday == day) {
                left -= 1;
            }
        }
        Some(day)
    }

    fn may_lapse(&self, entry: EntryIndex) -> Verdict {
        let application = self.open(entry, |_| true)?;
        if application.missing.is_some_and(|due| due < self.today) {
            return Ok(());
        }
        refuse_if(application.due == 0, Reason::NotLapsed)?;
        let last = self
            .last_day(application.received, application.payment_days)
            .ok_or(Reason::CalendarMissing)?;
        refuse_if(self.today <= last, Reason::NotLapsed)
    }

    fn may_correct(&self, correction: &Correction, entries: u64) -> Verdict {
        let Correction { account, affected, consulted, consent, moves } = correction;
        refuse_if(!self.is_entity(*account), Reason::AccountUnknown)?;
        refuse_if(entries <= affected.get(), Reason::EntryUnknown)?;
        refuse_if(self.today < *consulted, Reason::DateInFuture)?;
        for (source, destination, stretches) in moves {
            refuse_if(source != account && destination != account, Reason::MoveUnrelated)?;
            refuse_if(is_sink(*source), Reason::SourceIsSink)?;
            refuse_if(source == destination, Reason::DestinationIsSource)?;
            refuse_if(!self.exists(*destination), Reason::DestinationUnknown)?;
            refuse_if(is_sink(*destination), Reason::MoveToSink)?;
            self.free(*source, stretches)?;
            self.own(stretches)?;
            let third_party = !is_government(*source) && source != account;
            refuse_if(third_party && !consent, Reason::ThirdPartyConsentMissing)?;
        }
        Ok(())
    }

    /// Who applied, or whose consent is asked for: an account with a key; nobody where
    /// operators act.
    pub(crate) fn signer(&self, act: &Act) -> Option<u32> {
        let entity = |account: u32| (!is_government(account)).then_some(account);
        let transferor = |transfer: &Transfer| match transfer.word {
            _ if is_government(transfer.source) => None,
            Some(Word::ChangeTrustee { by_new: true }) => Some(transfer.destination),
            _ => Some(transfer.source),
        };
        match act {
            Act::Transfer(transfer, _) => transferor(transfer),
            Act::Trust { account, subrogation, .. } => (!subrogation).then_some(*account),
            Act::Close(account)
            | Act::Change { account, .. }
            | Act::Certificate(account)
            | Act::SetAcceptance(account, _) => Some(*account),
            Act::Withdraw(entry) | Act::Complete(entry) => match &self.applications[entry].kind {
                Kind::Transfer(transfer) => transferor(transfer),
                Kind::Trust { account, subrogation, .. } => (!subrogation).then_some(*account),
                Kind::Closing(account) | Kind::Change(account) => Some(*account),
            },
            Act::Accept(entry) => match &self.applications[entry].kind {
                Kind::Transfer(transfer) => entity(transfer.destination),
                _ => None,
            },
            _ => None,
        }
    }

    /// What must become of the act, `entries` being recorded so far.
    pub(crate) fn verdict(&self, act: &Act, entries: u64) -> Verdict {
        // The keys of a closed account are revoked, which is judged before all else.
        if let Some(signer) = self.signer(act) {
            refuse_if(self.holders[&signer].closed, Reason::KeyRevoked)?;
        }
        match act {
            Act::Transfer(transfer, money) => self.may_apply(transfer, *money),
            Act::Trust { account, request, .. } => self.may_request(*account, request),
            Act::Close(account) => self.closable(*account, None),
            Act::Change { account, effective } => {
                let pending = self.applications.values().any(|other| {
                    other.open && matches!(&other.kind, Kind::Change(of) if of == account)
                });
                refuse_if(pending, Reason::ApplicationPending)?;
                refuse_if(self.today < *effective, Reason::DateInFuture)
            }
            Act::RecordTransfer(entry) => self.may_record_transfer(*entry),
            Act::RecordApplication(entry) => self.may_record_application(*entry),
            Act::Pay(_) | Act::AdoptCalendar(_) | Act::Certificate(_) => Ok(()),
            Act::Withdraw(entry) => self.open(*entry, |_| true).map(drop),
            Act::Refuse(entry, ground) => self.may_refuse(*entry, *ground),
            Act::Lapse(entry) => self.may_lapse(*entry),
            Act::Ask(entry, due) => {
                self.open(*entry, |_| true)?;
                refuse_if(*due <= self.today, Reason::DueDatePast)
            }
            Act::Complete(entry) => {
                let application = self.open(*entry, |_| true)?;
                refuse_if(application.missing.is_none(), Reason::CompletionNotAsked)
            }
            Act::Accept(entry) => {
                let application = self.open(*entry, |_| true)?;
                refuse_if(!application.awaits_consent, Reason::AcceptanceNotAsked)
            }
            Act::Restrict { account, stretches } => {
                refuse_if(!self.is_entity(*account), Reason::AccountUnknown)?;
                stretches.iter().try_for_each(|stretch| self.held(*account, stretch).map(drop))
            }
            Act::Release(entry) => {
                refuse_if(!self.restrictions.contains_key(entry), Reason::RestrictionUnknown)
            }
            Act::Commission { trust, .. } => {
                refuse_if(!self.trusts.contains_key(trust), Reason::TrustUnknown)
            }
            Act::Correct(correction) => self.may_correct(correction, entries),
            Act::AdoptRules { version, .. } => {
                refuse_if(*version != self.version + 1, Reason::RulesVersion)
            }
            Act::SetAcceptance(..) => refuse_if(!self.choice, Reason::AcceptanceOff),
        }
    }

    // What an accepted act does.

    fn move_units(&mut self, at: EntryIndex, transfer: &Transfer) {
        for row in self.rows(&transfer.stretches) {
            let unit = &mut self.units[row];
            unit.owner = transfer.destination;
            unit.reserved = None;
            match transfer.word {
                Some(Word::Record | Word::ChangeTrustee { .. }) => unit.trust = Some(at),
                Some(Word::Delete) => unit.trust = None,
                None => {}
            }
            if transfer.purpose == Purpose::Retirement {
                self.authorised_left -= u64::from(!unit.first_transferred);
                unit.first_transferred = true;
                self.retired += 1;
            }
        }
        if let Some(Word::Record | Word::ChangeTrustee { .. }) = transfer.word {
            self.trusts.insert(at, Trust { account: transfer.destination, dismissed: false });
        }
    }

    fn receive(&mut self, at: EntryIndex, kind: Kind, due: u64, awaits_consent: bool) {
        let units = match &kind {
            Kind::Transfer(transfer) => transfer.stretches.clone(),
            Kind::Trust { request: Request::Record(units) | Request::Delete(units), .. } => {
                units.clone()
            }
            Kind::Trust { .. } | Kind::Closing(_) | Kind::Change(_) => Vec::new(),
        };
        for row in self.rows(&units) {
            self.units[row].reserved = Some(at);
        }
        let application = Application {
            kind,
            due,
            received: self.today,
            payment_days: self.payment_days,
            missing: None,
            awaits_consent,
            open: true,
        };
        self.applications.insert(at, application);
    }

    fn end(&mut self, entry: EntryIndex) -> Kind {
        for unit in &mut self.units {
            if unit.reserved == Some(entry) {
                unit.reserved = None;
            }
        }
        let application = self.applications.get_mut(&entry).expect("known");
        application.open = false;
        application.kind.clone()
    }

    fn apply_for(&mut self, at: EntryIndex, transfer: &Transfer, money: Money) {
        let due = if money == Money::Enough { 0 } else { self.fee_of(transfer) };
        let awaits = self.consent_awaited(transfer);
        self.receive(at, Kind::Transfer(transfer.clone()), due, awaits);
        if due == 0 && !awaits && transfer.word.is_none() {
            self.record(at, at);
        }
    }

    fn record(&mut self, at: EntryIndex, entry: EntryIndex) {
        match self.end(entry) {
            Kind::Transfer(transfer) => self.move_units(at, &transfer),
            Kind::Trust { account, request: Request::Record(units), .. } => {
                for row in self.rows(&units) {
                    self.units[row].trust = Some(at);
                }
                self.trusts.insert(at, Trust { account, dismissed: false });
            }
            Kind::Trust { request: Request::Delete(units), .. } => {
                for row in self.rows(&units) {
                    self.units[row].trust = None;
                }
            }
            Kind::Trust { request: Request::Amend(_), .. } | Kind::Change(_) => {}
            Kind::Closing(account) => self.holder(account).closed = true,
        }
    }

    fn holder(&mut self, account: u32) -> &mut Holder {
        self.holders.get_mut(&account).expect("known")
    }

    fn application(&mut self, entry: EntryIndex) -> &mut Application {
        self.applications.get_mut(&entry).expect("known")
    }

    /// Does what `at` recorded.
    pub(crate) fn apply(&mut self, act: &Act, at: EntryIndex) {
        match act.clone() {
            Act::Transfer(transfer, money) => self.apply_for(at, &transfer, money),
            Act::Trust { account, request, subrogation } => {
                self.receive(at, Kind::Trust { account, request, subrogation }, 0, false);
            }
            Act::Close(account) => self.receive(at, Kind::Closing(account), 0, false),
            Act::Change { account, .. } => self.receive(at, Kind::Change(account), 0, false),
            Act::RecordTransfer(entry) | Act::RecordApplication(entry) => self.record(at, entry),
            Act::Pay(entry) => self.application(entry).due = 0,
            Act::Withdraw(entry) | Act::Refuse(entry, _) | Act::Lapse(entry) => {
                self.end(entry);
            }
            Act::Ask(entry, due) => self.application(entry).missing = Some(due),
            Act::Complete(entry) => self.application(entry).missing = None,
            Act::Accept(entry) => self.application(entry).awaits_consent = false,
            Act::Restrict { account, stretches } => {
                let rows = (!stretches.is_empty()).then(|| self.rows(&stretches));
                self.restrictions.insert(at, Restriction { account, rows });
            }
            Act::Release(entry) => {
                self.restrictions.remove(&entry);
            }
            Act::Commission { trust, dismissed } => {
                let trust = self.trusts.get_mut(&trust).expect("known");
                trust.dismissed |= dismissed;
            }
            Act::Correct(correction) => {
                for (_, destination, stretches) in &correction.moves {
                    for row in self.rows(stretches) {
                        self.units[row].owner = *destination;
                    }
                }
            }
            Act::AdoptRules { version, fee, days, choice } => {
                (self.version, self.fee) = (version, fee);
                (self.payment_days, self.choice) = (days, choice);
            }
            Act::AdoptCalendar(year) => {
                self.calendars.insert(year);
            }
            Act::Certificate(_) => {}
            Act::SetAcceptance(account, acceptance) => {
                self.holder(account).acceptance = Some(acceptance);
            }
        }
    }
}

//! Article 6: its commands, each with its event, commands of several parts, and a life
//! under it.

use super::acts::*;
use super::who::*;
use super::*;
use jcm_format::command::{
    ApplyTransfers, Article6, AuthorisationChange, AuthorisationDetails, AuthorisationRevocation,
    AuthorisationTerms, AuthorisedEntity, Confirmation, EntityRef, ItmoRendering, MitigationType,
    Sector, TransferPart, UseDetails, YearSpan,
};
use jcm_format::id::Country;
use jcm_format::itmo::ItmoRegistry;

/// The entries of the versions of Japan's and the partner's authorisation.
pub(crate) type PairOf = (EntryIndex, EntryIndex);

pub(crate) const NDC: AuthorisedPurposes = AuthorisedPurposes { ndc: true, imp: false, op: false };
pub(crate) const IMP: AuthorisedPurposes = AuthorisedPurposes { ndc: false, imp: true, op: false };
pub(crate) const OP: AuthorisedPurposes = AuthorisedPurposes { ndc: false, imp: false, op: true };
pub(crate) const NDC_AND_IMP: AuthorisedPurposes =
    AuthorisedPurposes { ndc: true, imp: true, op: false };

pub(crate) fn country(code: &str) -> Country {
    Country::new(code).expect("a country")
}

/// Cancellation for other purposes needs authorisation; GX-ETS up to 10 %.
pub(crate) fn paris() -> Article6 {
    Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: Some(1_000),
        identifiers: ItmoRendering::Full,
    }
}

pub(crate) fn adopt_article6(data: Article6) -> Act {
    (Body::AdoptArticle6(data), vec![Effect::Article6Adopted(data)])
}

/// An authorisation of 1,000 tonnes for the NDC, of all projects in Viet Nam.
pub(crate) fn grant(id: &str, side: Side) -> Authorisation {
    Authorisation {
        id: name(id),
        side,
        partner: country("VN"),
        cooperative_approach: "CA0001".parse().expect("an approach"),
        date: date("2026-01-15"),
        quantity_tonnes: Tonnes::new(1_000),
        first_vintage: year(2021),
        last_vintage: year(2030),
        purposes: NDC,
        first_transfer: FirstTransferDefinition::Issuance,
        projects: Vec::new(),
        document: digest(id),
    }
}

pub(crate) fn undetailed(authorisation: Authorisation) -> Act {
    let effect = Effect::AuthorisationRecorded { authorisation: authorisation.clone() };
    (Body::RecordAuthorisation { authorisation, details: None }, vec![effect])
}

/// What 4/CMA.6 asks for, in short.
pub(crate) fn details(version: u32) -> AuthorisationDetails {
    AuthorisationDetails {
        version,
        mitigation: MitigationType::Reductions,
        gwp: None,
        sectors: vec![Sector::EnergyGeneration],
        activities: Vec::new(),
        parties: Vec::new(),
        entities: Vec::new(),
        use_years: None,
        oimp: None,
        terms: Vec::new(),
        changes_reach_first_transferred: false,
        notes: None,
    }
}

pub(crate) fn detailed(authorisation: Authorisation, details: AuthorisationDetails) -> Act {
    let effects = vec![
        Effect::AuthorisationRecorded { authorisation: authorisation.clone() },
        Effect::AuthorisationDetailed(details.clone()),
    ];
    (Body::RecordAuthorisation { authorisation, details: Some(details) }, effects)
}

pub(crate) fn change_authorisation(
    authorisation: EntryIndex,
    new: &Authorisation,
    details: AuthorisationDetails,
) -> Act {
    let change =
        AuthorisationChange { authorisation, terms: AuthorisationTerms::from(new), details };
    (Body::ChangeAuthorisation(change.clone()), vec![Effect::AuthorisationChanged(change)])
}

pub(crate) fn revoke_authorisation(authorisation: EntryIndex, day: &str) -> Act {
    let (date, document) = (date(day), digest("revocation"));
    let revocation = AuthorisationRevocation { authorisation, date, document };
    let reason = text("unused");
    let effect = Effect::AuthorisationRevoked(revocation);
    (Body::RevokeAuthorisation { revocation, reason }, vec![effect])
}

pub(crate) fn confirm(of: &str, used: u16, vintage: u16, tonnes: u64) -> Act {
    let confirmation = Confirmation {
        partner: country(of),
        year: year(used),
        vintage: year(vintage),
        quantity_tonnes: Tonnes::new(tonnes),
        date: date(TODAY),
        document: digest("note"),
    };
    (Body::ConfirmAdjustment(confirmation), vec![Effect::AdjustmentConfirmed(confirmation)])
}

pub(crate) fn withdraw_confirmation(confirmation: EntryIndex) -> Act {
    let body = Body::WithdrawConfirmation { confirmation, reason: text("a mistake") };
    (body, vec![Effect::ConfirmationWithdrawn { confirmation }])
}

pub(crate) fn entity(number: &str) -> EntityRef {
    EntityRef { country: country("VN"), number: name(number) }
}

pub(crate) fn listed(number: &str) -> AuthorisedEntity {
    AuthorisedEntity { entity: entity(number), name: text("Entity"), conditions: None }
}

/// By an authorised entity, for a corporation.
pub(crate) fn by(number: &str) -> UseDetails {
    let beneficiary = Some(corporation("8700110005901"));
    UseDetails { beneficiary, entity: Some(entity(number)) }
}

pub(crate) fn serving(terms: TransferTerms, kind: UseKind, reported: Option<u16>) -> TransferTerms {
    let use_ = Use { kind, reporting_year: reported.map(year), beneficiary: None };
    TransferTerms { use_: Some(use_), ..terms }
}

/// A cancellation without a fee, for a use.
pub(crate) fn cancel_for(kind: UseKind, units: &[&str], more: Vec<Effect>) -> Act {
    cancel_of(ALPHA_ACCOUNT, kind, units, more)
}

pub(crate) fn cancel_of(number: u32, kind: UseKind, units: &[&str], more: Vec<Effect>) -> Act {
    let asked = terms(number, CANCELLATION, units, Purpose::Cancellation);
    transfer(gratuitous(serving(asked, kind, None)), Fee::Waived, more)
}

/// A retirement of alpha's without a fee.
pub(crate) fn retire(units: &[&str], more: Vec<Effect>) -> Act {
    retire_of(ALPHA_ACCOUNT, units, more)
}

pub(crate) fn retire_of(number: u32, units: &[&str], more: Vec<Effect>) -> Act {
    let asked = terms(number, RETIREMENT, units, Purpose::Retirement);
    transfer(gratuitous(asked), Fee::Waived, more)
}

/// First transferred and adjusted for.
pub(crate) fn retired(units: &str, vintage: u16, pair: PairOf) -> Vec<Effect> {
    let tonnes = range(units).quantity().get();
    vec![first_transferred(units, pair), adjusted(vintage, tonnes, pair)]
}

/// As [`adjusted`], of another country.
pub(crate) fn adjusted_of(of: &str, vintage: u16, tonnes: u64, pair: PairOf) -> Effect {
    let mut effect = adjusted(vintage, tonnes, pair);
    if let Effect::AdjustmentBooked { partner, .. } = &mut effect {
        *partner = country(of);
    }
    effect
}

/// The same transfer, whose use names somebody.
pub(crate) fn naming(act: Act, details: UseDetails) -> Act {
    let (mut body, mut effects) = act;
    if let Body::ApplyTransfer { use_details, .. } = &mut body {
        *use_details = Some(details.clone());
    }
    effects.insert(1, Effect::UseStated(details));
    (body, effects)
}

/// The same transfers as one command.
pub(crate) fn at_once(acts: Vec<Act>) -> Act {
    let (mut parts, mut effects, mut source) = (Vec::new(), Vec::new(), account(ALPHA_ACCOUNT));
    for (body, own) in acts {
        if let Body::ApplyTransfer { terms, use_details, fee_payment, .. } = body {
            source = terms.source;
            parts.push(TransferPart { terms, use_details, fee_payment });
        }
        effects.extend(own);
    }
    (Body::ApplyTransfers(ApplyTransfers { source, parts }), effects)
}

/// The same issuances as one command.
pub(crate) fn issued_at_once(acts: Vec<Act>) -> Act {
    let (mut parts, mut effects) = (Vec::new(), Vec::new());
    for (body, own) in acts {
        if let Body::RecordIssuance(issuance) = body {
            parts.push(issuance);
        }
        effects.extend(own);
    }
    (Body::RecordIssuances { parts }, effects)
}

/// An issuance of one vintage into one account, which names a pair of identifiers.
pub(crate) fn issue_under(
    (reference, vintage, block, tonnes): (&str, u16, u32, u64),
    consented: EntryIndex,
    named: Option<(&str, &str)>,
    first: Option<PairOf>,
) -> Act {
    let parts: &[(u32, u64)] = &[(ALPHA_ACCOUNT, tonnes)];
    let vintages: [Vintage<'_>; 1] = [(vintage, block, CreditClass::A, parts)];
    let decided = of_year(vintage, tonnes);
    let (mut body, mut effects) = issue(reference, &decided, Basis::Consent(consented), &vintages);
    if let Body::RecordIssuance(issuance) = &mut body {
        issuance.authorisations = named.map(|(japan, partner)| (name(japan), name(partner)));
    }
    let units = format!("{block}:1-{tonnes}");
    effects.extend(first.map(|pair| first_transferred(&units, pair)));
    (body, effects)
}

/// A decision about one calendar year.
pub(crate) fn of_year(vintage: u16, tonnes: u64) -> Decision {
    let (first, last) = (format!("{vintage}-01-01"), format!("{vintage}-12-31"));
    decision((&first, &last), tonnes)
}

impl Life {
    /// The honest life, and what follows under Article 6, each with its event.
    pub(crate) fn paris() -> Life {
        let mut life = Life::honest();
        life.adoption();
        life.under_article6();
        life
    }

    /// Until this step.
    pub(crate) fn paris_until(name: &str) -> Life {
        let mut life = Life::paris();
        let last = life.at(name).get();
        life.steps.truncate(last as usize + 1);
        life
    }

    pub(crate) fn does(&mut self, name: &'static str, signers: &[u8], act: Act) -> EntryIndex {
        self.name(name, signers, act.0, act.1)
    }

    /// The versions in force of the pair of the honest life.
    pub(crate) fn second(&self) -> PairOf {
        (self.at("japan-2"), self.at("partner-2"))
    }

    /// The pair for other purposes, whose changes reach back.
    pub(crate) fn of_op(&self) -> PairOf {
        (self.at("japan-op"), self.at("partner-op"))
    }

    /// The partner's consent to what is issued of a year.
    pub(crate) fn consented(&mut self, reference: &str, vintage: u16, tonnes: u64) -> EntryIndex {
        let (body, event) = consent(reference, &of_year(vintage, tonnes));
        self.push(&[PARTNER], body, event)
    }

    fn adoption(&mut self) {
        let role = Role::Partner(country("MN"));
        let (body, event) = register_key(MONGOLIA, &role);
        self.push(AUTHORITIES, body, event);
        self.does("adopt-6", AUTHORITIES, adopt_article6(paris()));
        let (japan, partner) = (self.at("japan"), self.at("partner"));
        // Both of 1,000 tonnes so far, of which 800 are used.
        let covered = ["VN001", "VN002", "VN004", "VN005"].map(project).to_vec();
        let wider = |id, side| Authorisation {
            quantity_tonnes: Tonnes::new(1_500),
            purposes: NDC_AND_IMP,
            date: date("2026-03-01"),
            first_transfer: FirstTransferDefinition::UseOrCancellation,
            ..grant(id, side)
        };
        let years = Some(YearSpan { first: year(2026), last: year(2030) });
        let new = Authorisation { projects: covered.clone(), ..wider("JP-A1", Side::Japan) };
        let of_japan = AuthorisationDetails { use_years: years, ..details(2) };
        self.does("japan-2", AUTHORITIES, change_authorisation(japan, &new, of_japan));
        let new =
            Authorisation { projects: covered[..3].to_vec(), ..wider("VN-A1", Side::Partner) };
        let of_partner = AuthorisationDetails { entities: vec![listed("E-1")], ..details(2) };
        self.does("partner-2", &[PARTNER], change_authorisation(partner, &new, of_partner));
        // One identifier, two Parties.
        let op = |side| Authorisation {
            quantity_tonnes: Tonnes::new(50),
            purposes: OP,
            cooperative_approach: "CA0002".parse().expect("an approach"),
            projects: vec![project("VN006")],
            ..grant("A7", side)
        };
        let reaching = AuthorisationDetails { changes_reach_first_transferred: true, ..details(1) };
        self.does("japan-op", AUTHORITIES, detailed(op(Side::Japan), reaching.clone()));
        self.does("partner-op", &[PARTNER], detailed(op(Side::Partner), reaching));
    }

    fn under_article6(&mut self) {
        let (second, of_op) = (self.second(), self.of_op());
        let first = vec![first_transferred("1:401-410", second)];
        let act = cancel_for(UseKind::InternationalMitigation, &["1:401-410"], first);
        self.does("imp", &[ALPHA], naming(act, by("E-1")));
        let act = retire(&["1:411-420"], retired("1:411-420", 2022, second));
        self.does("retire-2", &[ALPHA], act);
        let sale = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:421-430"], Purpose::Other);
        let several = vec![
            transfer_paid(sale, self.at("alpha-payment")),
            retire(&["1:431-440"], retired("1:431-440", 2022, second)),
            cancel_for(
                UseKind::OtherPurposes,
                &["7:1-10"],
                vec![first_transferred("7:1-10", of_op)],
            ),
        ];
        self.does("bulk", &[ALPHA], at_once(several));
        let one = self.consented("VN001", 2024, 10);
        let other = self.consented("VN001", 2025, 5);
        self.named.insert("consent-2024", one);
        let named = Some(("JP-A1", "VN-A1"));
        let several = vec![
            issue_under(("VN001", 2024, 8, 10), one, named, Some(second)),
            issue_under(("VN001", 2025, 9, 5), other, named, Some(second)),
        ];
        self.does("bulk-issue", OPERATORS, issued_at_once(several));
        let consented = self.consented("VN006", 2024, 10);
        let act = issue_under(("VN006", 2024, 10, 10), consented, Some(("A7", "A7")), Some(of_op));
        self.does("issue-op", OPERATORS, act);
        // 9:1-2 are first transferred, 1:441-444 are not.
        let more = [retired("1:441-444", 2022, second), vec![adjusted(2025, 2, second)]].concat();
        self.does("retire-both", &[ALPHA], retire(&["1:441-444", "9:1-2"], more));
        self.does("confirmed", &[PARTNER], confirm("VN", 2026, 2022, 60));
        self.does("confirmed-too", &[PARTNER], confirm("VN", 2026, 2022, 30));
        let mistaken = self.at("confirmed-too");
        self.does("unconfirmed", &[PARTNER], withdraw_confirmation(mistaken));
        let revoked = self.at("partner-op");
        self.does("revoked-op", &[PARTNER], revoke_authorisation(revoked, TODAY));
    }
}

//! The commands of holders and of the implementing body, each with its event.

use super::*;
use jcm_format::command::{
    Acceptance, ApplyIndividualAccount, BookTotals, Commission, CorrectionGround, CorrectionMove,
    FeePeriod, ImportStatement, ImportedPayment, LapseGround, LineKey, NotifyChange,
    ParticularsChange, PaymentPart, RecordCorrection, Refund, RefundSource, RefusalGround,
    Restriction, RestrictionGround, Rules, TransferTrust, TrustRequest, TrustTerms,
};
use jcm_format::event::AccountCategory;
use jcm_format::id::Country;
use jcm_format::identification::IdentificationFormat;

pub(crate) type Act = (Body, Vec<Effect>);

pub(crate) fn ranges(texts: &[&str]) -> SerialRanges {
    SerialRanges::new(texts.iter().map(|text| range(text)).collect()).expect("a set")
}

/// Other rules: higher fees from May on, three days to pay, holders may choose.
pub(crate) fn rules(version: u32) -> Rules {
    let period = |from, opening, transfer, certificate| FeePeriod {
        from: date(from),
        account_opening_fee_yen: Yen::new(opening),
        transfer_fee_yen: Yen::new(transfer),
        certificate_fee_yen: Yen::new(certificate),
    };
    Rules {
        version,
        fees: vec![
            period("2020-01-01", 14_400, 2_500, 1_200),
            period("2026-05-01", 15_000, 3_000, 1_500),
        ],
        payment_days: 3,
        examination_days: 10,
        transferee_acceptance: true,
        shk_issued_until: date("2025-03-31"),
        shk_public_input_until: date("2021-04-30"),
        identification: IdentificationFormat::default(),
        invoice: None,
    }
}

pub(crate) fn adopt(rules: Rules) -> Act {
    (Body::AdoptRules(rules.clone()), vec![Effect::RulesAdopted { rules }])
}

pub(crate) fn calendar(number: u16, days: &[&str]) -> Act {
    let (country, year) = (Country::new("JP").expect("a country"), year(number));
    let holidays: Vec<Date> = days.iter().map(|day| date(day)).collect();
    let effect = Effect::CalendarAdopted { country, year, holidays: holidays.clone() };
    (Body::AdoptCalendar { country, year, holidays }, vec![effect])
}

pub(crate) fn government(number: u32, category: AccountCategory) -> Act {
    let (account, name_ja, name_en) = (account(number), text("口座"), text("Account"));
    let effects = vec![
        Effect::GovernmentAccountOpened { account, category },
        Effect::GovernmentAccountNamed {
            account,
            name_ja: name_ja.clone(),
            name_en: name_en.clone(),
        },
    ];
    (Body::OpenGovernmentAccount { category, name_ja, name_en }, effects)
}

pub(crate) fn proponent(reference: &str, person: &str) -> Act {
    let (project, person) = (project(reference), digest(person));
    let effect = Effect::ProponentRegistered { project: project.clone(), person };
    (Body::RegisterProponent { project, person }, vec![effect])
}

pub(crate) fn individual(person: &str, seed: u8) -> Act {
    individual_with(person, "an individual's particulars", seed)
}

pub(crate) fn individual_with(person: &str, particulars: &str, seed: u8) -> Act {
    let body = ApplyIndividualAccount {
        person: digest(person),
        particulars: digest(particulars),
        attachments: vec![digest("residence")],
        representative: public(seed),
    };
    let effect = Effect::IndividualApplied {
        person: body.person,
        particulars: body.particulars,
        attachments: body.attachments.clone(),
        representative: body.representative,
        fee: Fee::Due(Yen::new(14_400)),
    };
    (Body::ApplyIndividualAccount(body), vec![effect])
}

/// A statement with credits of so many yen, each of an account or nobody known.
pub(crate) fn import(file: &str, credits: &[(u8, u64, Option<u32>)]) -> Act {
    let payments: Vec<ImportedPayment> = credits
        .iter()
        .map(|(key, yen, payer)| ImportedPayment {
            key: LineKey::from_bytes([*key; LineKey::LEN]),
            amount_yen: Yen::new(*yen),
            value_date: date(TODAY),
            account: payer.map(account),
        })
        .collect();
    let (statement, payers) = (digest(file), Some(digest("payers")));
    let effect = Effect::StatementImported { statement, payers, payments: payments.clone() };
    (Body::ImportStatement(ImportStatement { statement, payers, payments }), vec![effect])
}

pub(crate) fn line(entry: EntryIndex, line: u16) -> PaymentId {
    PaymentId { entry, line }
}

pub(crate) fn applied(
    payment: PaymentId,
    application: Option<EntryIndex>,
    amount_yen: Yen,
) -> Effect {
    match payment.line {
        0 => Effect::PaymentApplied { payment: payment.entry, application, amount_yen },
        _ => Effect::PaymentLineApplied { payment, application, amount_yen },
    }
}

pub(crate) fn pay_all(parts: &[(PaymentId, EntryIndex, u64)]) -> Act {
    let part = |(payment, application, yen): &(PaymentId, EntryIndex, u64)| PaymentPart {
        payment: *payment,
        application: *application,
        amount_yen: Yen::new(*yen),
    };
    let parts: Vec<PaymentPart> = parts.iter().map(part).collect();
    let effects =
        parts.iter().map(|part| applied(part.payment, Some(part.application), part.amount_yen));
    let effects = effects.collect();
    (Body::ApplyPayments { parts }, effects)
}

pub(crate) fn refund(source: RefundSource, yen: u64, reference: &str) -> Act {
    let (amount_yen, bank_reference, reason) = (Yen::new(yen), name(reference), text("too much"));
    let effect = Effect::Refunded { source, amount_yen, bank_reference: bank_reference.clone() };
    (Body::Refund(Refund { source, amount_yen, bank_reference, reason }), vec![effect])
}

pub(crate) fn ask(application: EntryIndex, due: &str) -> Act {
    let (items, due) = (vec![text("the articles")], date(due));
    let effect = Effect::CompletionRequested { application, items: items.clone(), due };
    (Body::RequestCompletion { application, items, due }, vec![effect])
}

pub(crate) fn complete(application: EntryIndex) -> Act {
    let attachments = vec![digest("the articles")];
    let effect = Effect::ApplicationCompleted { application, attachments: attachments.clone() };
    (Body::CompleteApplication { application, attachments }, vec![effect])
}

pub(crate) fn refuse(application: EntryIndex, ground: RefusalGround) -> Act {
    let explanation = text("because");
    let effect =
        Effect::ApplicationRefused { application, ground, explanation: explanation.clone() };
    (Body::RefuseApplication { application, ground, explanation }, vec![effect])
}

pub(crate) fn lapse(application: EntryIndex, ground: LapseGround) -> Act {
    let effect = Effect::ApplicationLapsed { application, ground };
    (Body::LapseApplication { application }, vec![effect])
}

pub(crate) fn prove(application: EntryIndex) -> Act {
    let document = digest("receipt");
    let effect = Effect::PaymentProofSubmitted { application, document };
    (Body::SubmitPaymentProof { application, document }, vec![effect])
}

pub(crate) fn change(english: Option<&str>, particulars: Option<&str>) -> ParticularsChange {
    ParticularsChange {
        holder: english.map(holder),
        particulars: particulars.map(digest),
        effective: date("2026-04-01"),
    }
}

pub(crate) fn notify(number: u32, change: ParticularsChange) -> Act {
    let body =
        NotifyChange { account: account(number), change, attachments: vec![digest("register")] };
    let effect = Effect::ChangeNotified {
        account: body.account,
        change: body.change.clone(),
        attachments: body.attachments.clone(),
    };
    (Body::NotifyChange(body), vec![effect])
}

pub(crate) fn record(application: EntryIndex, effects: Vec<Effect>) -> Act {
    (Body::RecordApplication { application }, effects)
}

pub(crate) fn changed(application: EntryIndex, number: u32, change: ParticularsChange) -> Act {
    let (account, application) = (account(number), Some(application));
    let effect = Effect::ParticularsChanged { application, account, change };
    record(application.expect("given"), vec![effect])
}

pub(crate) fn apply_closing(number: u32) -> Act {
    let (account, attachments) = (account(number), vec![digest("form")]);
    let effect = Effect::ClosingApplied { account, attachments: attachments.clone() };
    (Body::ApplyClosing { account, attachments }, vec![effect])
}

pub(crate) fn close(application: EntryIndex, number: u32, keys: &[u8]) -> Act {
    let mut effects = vec![Effect::AccountClosed { application, account: account(number) }];
    effects.extend(keys.iter().map(|seed| Effect::KeyRevoked { key: public(*seed) }));
    record(application, effects)
}

pub(crate) fn restrict(number: u32, units: Option<&[&str]>) -> Act {
    let restriction = Restriction {
        account: account(number),
        ranges: units.map(ranges),
        ground: RestrictionGround::CourtOrder,
        authority: text("Tokyo District Court"),
        reference: text("2026 (ru) 1"),
        document: digest("order"),
    };
    let effect = Effect::RestrictionRecorded { restriction: restriction.clone() };
    (Body::RecordRestriction(restriction), vec![effect])
}

pub(crate) fn release(restriction: EntryIndex) -> Act {
    let (reference, document) = (text("2026 (ru) 2"), digest("release"));
    let effect = Effect::RestrictionReleased { restriction };
    (Body::ReleaseRestriction { restriction, reference, document }, vec![effect])
}

pub(crate) fn trust(details: &str) -> TrustTerms {
    TrustTerms {
        details: digest(details),
        evidence: digest("deed"),
        beneficiary_certificates: false,
        without_beneficiaries: false,
        public_interest: false,
    }
}

pub(crate) fn record_trust(units: &[&str], details: &str) -> TrustRequest {
    TrustRequest::Record { ranges: ranges(units), terms: trust(details) }
}

pub(crate) fn delete_trust(units: &[&str]) -> TrustRequest {
    TrustRequest::Delete {
        ranges: ranges(units),
        evidence: digest("deed"),
        beneficiaries: digest("beneficiaries"),
    }
}

pub(crate) fn apply_trust(number: u32, request: TrustRequest) -> Act {
    let account = account(number);
    let effect = Effect::TrustApplied { account, request: request.clone(), subrogation: None };
    (Body::ApplyTrust { account, request, subrogation: None }, vec![effect])
}

/// In the place of alpha, the trustee.
pub(crate) fn subrogate(units: &[&str], details: &str) -> Act {
    let (account, request) = (account(ALPHA_ACCOUNT), record_trust(units, details));
    let subrogation = Some(digest("cause"));
    let effect = Effect::TrustApplied { account, request: request.clone(), subrogation };
    (Body::ApplyTrust { account, request, subrogation }, vec![effect])
}

pub(crate) fn trust_recorded(number: u32, units: &[&str], details: &str) -> Effect {
    let (account, ranges, terms) = (account(number), ranges(units), trust(details));
    Effect::TrustRecorded { account, ranges, terms }
}

/// A transfer that states something of a trust, and so waits.
pub(crate) fn transfer_trust(terms: TransferTerms, trust: TransferTrust, from: PaymentId) -> Act {
    let fee = Fee::Due(Yen::new(2_500));
    let effects = vec![
        Effect::TransferApplied { terms: terms.clone(), fee },
        Effect::TransferTrustStated { trust: trust.clone() },
        applied(from, None, Yen::new(2_500)),
    ];
    let (trust, fee_payment) = (Some(trust), Some(from));
    (Body::ApplyTransfer { terms, use_details: None, trust, fee_payment }, effects)
}

/// A transfer that is paid for and waits for something else.
pub(crate) fn transfer_waiting(terms: TransferTerms, from: PaymentId) -> Act {
    let fee = Fee::Due(Yen::new(2_500));
    let effects = vec![
        Effect::TransferApplied { terms: terms.clone(), fee },
        applied(from, None, Yen::new(2_500)),
    ];
    (
        Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment: Some(from) },
        effects,
    )
}

pub(crate) fn change_trustee(details: &str, by_new_trustee: bool) -> TransferTrust {
    TransferTrust::ChangeTrustee { terms: trust(details), by_new_trustee }
}

pub(crate) fn commission(trust: EntryIndex, details: &str, trustee_dismissed: bool) -> Act {
    let commission =
        Commission { court: text("Court"), reference: text("2026 (hi) 3"), trustee_dismissed };
    let terms = self::trust(details);
    let effect = Effect::TrustAmended { trust, terms, commission: Some(commission.clone()) };
    (Body::RecordCommission { trust, terms, commission }, vec![effect])
}

pub(crate) fn moved(source: u32, destination: u32, units: &[&str]) -> CorrectionMove {
    let (source, destination) = (account(source), account(destination));
    CorrectionMove { source, destination, ranges: ranges(units) }
}

pub(crate) fn ground(number: u32, affected: EntryIndex) -> CorrectionGround {
    CorrectionGround {
        account: account(number),
        affected,
        error: text("another account was meant"),
        consulted_on: date(TODAY),
        consultation: digest("minutes"),
        third_party_consent: None,
    }
}

pub(crate) fn correct(
    ground: CorrectionGround,
    change: Option<ParticularsChange>,
    moves: Vec<CorrectionMove>,
) -> Act {
    let account = ground.account;
    let mut effects = vec![Effect::CorrectionRecorded { ground: ground.clone() }];
    effects.extend(change.clone().map(|change| Effect::ParticularsChanged {
        application: None,
        account,
        change,
    }));
    effects.extend(moves.iter().map(|units| Effect::UnitsMoved { units: units.clone() }));
    (Body::RecordCorrection(RecordCorrection { ground, change, moves }), effects)
}

pub(crate) fn choose(number: u32, acceptance: Acceptance) -> Act {
    let account = account(number);
    let effect = Effect::AcceptanceSet { account, acceptance: acceptance.clone() };
    (Body::SetAcceptance { account, acceptance }, vec![effect])
}

pub(crate) fn accept(application: EntryIndex) -> Act {
    (Body::AcceptTransfer { application }, vec![Effect::TransferAccepted { application }])
}

pub(crate) fn close_books(number: u16, totals: BookTotals) -> Act {
    let year = year(number);
    (Body::CloseBooks { year }, vec![Effect::BooksClosed { year, totals }])
}

pub(crate) fn erase(commitment: &str) -> Act {
    let commitment = digest(commitment);
    let effect = Effect::PersonalDataErased { commitment };
    (Body::EraseData { commitment, reason: text("ten years") }, vec![effect])
}

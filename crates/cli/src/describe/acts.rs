//! What the acts of holders and of the implementing body say.

use super::{Line, guard, line, optional, ranges, tonnes, yen};
use crate::parse::REFUSAL_GROUNDS;
use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, ApplyIndividualAccount, Body, Commission, Holder, ImportStatement,
    ParticularsChange, RecordCorrection, Refund, RefundSource, RefusalGround, Restriction,
    RestrictionGround, Rules, TransferTrust, TrustRequest, TrustTerms,
};
use jcm_format::hash::Digest;

/// One line for each thing that the command says; none for a command of another
/// kind.
pub(super) fn body(body: &Body) -> Vec<Line> {
    match body {
        Body::AdoptRules(rules) => self::rules(rules),
        Body::AdoptCalendar { country, year, holidays } => {
            let mut lines = vec![line("country", country), line("year", year)];
            lines.extend(holidays.iter().map(|day| line("holiday", day)));
            lines
        }
        Body::OpenGovernmentAccount { category, name_ja, name_en } => {
            vec![line("category", category), line("name (ja)", name_ja), line("name (en)", name_en)]
        }
        Body::RegisterProponent { project, person } => {
            vec![line("project", project), line("person (committed)", person)]
        }
        Body::ApplyIndividualAccount(m) => individual(m),
        Body::NotifyChange(m) => {
            let account = vec![line("account", m.account)];
            [account, change(&m.change), attachments(&m.attachments)].concat()
        }
        Body::ApplyClosing { account, attachments } => {
            [vec![line("account", account)], self::attachments(attachments)].concat()
        }
        Body::ImportStatement(m) => statement(m),
        Body::ApplyPayments { parts } => {
            let part = |p: &jcm_format::command::PaymentPart| {
                let amount = yen(p.amount_yen.get());
                line("payment", format!("{}: {amount} to application {}", p.payment, p.application))
            };
            parts.iter().map(part).collect()
        }
        Body::Refund(m) => refund(m),
        Body::RecordRestriction(m) => restriction(m),
        Body::ReleaseRestriction { restriction, reference, document } => vec![
            line("restriction", restriction),
            line("reference", reference),
            line("document", document),
        ],
        Body::ApplyTrust { account, request, subrogation } => {
            let mut lines = vec![line("account", account)];
            lines.extend(trust_request(request));
            lines.extend(optional("in the trustee's place, cause", subrogation.as_ref()));
            lines
        }
        Body::RecordCommission { trust, terms, commission } => {
            [vec![line("trust", trust)], self::terms(terms), self::commission(commission)].concat()
        }
        Body::RecordCorrection(m) => correction(m),
        Body::SetAcceptance { account, acceptance } => {
            [vec![line("account", account)], self::acceptance(acceptance)].concat()
        }
        Body::CloseBooks { year } => {
            vec![line("year", format!("{year}, from April {year} to March of the next"))]
        }
        Body::EraseData { commitment, reason } => {
            vec![line("commitment", commitment), line("reason", reason)]
        }
        other => procedure(other),
    }
}

/// The steps of an application.
fn procedure(body: &Body) -> Vec<Line> {
    match body {
        Body::RecordApplication { application }
        | Body::LapseApplication { application }
        | Body::AcceptTransfer { application } => vec![line("application", application)],
        Body::RequestCompletion { application, items, due } => {
            let mut lines = vec![line("application", application)];
            lines.extend(items.iter().map(|item| line("missing", item)));
            lines.push(line("until", due));
            lines
        }
        Body::CompleteApplication { application, attachments } => {
            [vec![line("application", application)], self::attachments(attachments)].concat()
        }
        Body::RefuseApplication { application, ground, explanation } => vec![
            line("application", application),
            line("ground", refusal(*ground)),
            line("explanation", explanation),
        ],
        Body::SubmitPaymentProof { application, document } => {
            vec![line("application", application), line("document", document)]
        }
        other => guard::body(other),
    }
}

/// The published particulars.
pub(super) fn holder(holder: &Holder) -> Vec<Line> {
    let mut lines = optional("name (ja)", holder.name_ja.as_ref());
    lines.push(line("name (en)", &holder.name_en));
    lines.extend(optional("head office (ja)", holder.head_office_ja.as_ref()));
    lines.push(line("head office (en)", &holder.head_office_en));
    lines
}

/// What is asked for of a trust together with a transfer.
pub(super) fn transfer_trust(trust: Option<&TransferTrust>) -> Vec<Line> {
    match trust {
        None => Vec::new(),
        Some(TransferTrust::Record(terms)) => {
            [vec![line("trust", "the units become trust property")], self::terms(terms)].concat()
        }
        Some(TransferTrust::Delete(evidence)) => {
            vec![line("trust", "the units leave the trust"), line("evidence", evidence)]
        }
        Some(TransferTrust::ChangeTrustee { terms, by_new_trustee }) => {
            let who = if *by_new_trustee { "the new trustee" } else { "the former trustee" };
            let what = line("trust", format!("the units pass to a new trustee; {who} applies"));
            [vec![what], self::terms(terms)].concat()
        }
    }
}

/// A ground by its item in the registry ordinance, art. 7(1), and its word.
fn refusal(ground: RefusalGround) -> String {
    let found = REFUSAL_GROUNDS.iter().find(|(_, _, known)| *known == ground);
    found.map_or_else(String::new, |(number, word, _)| format!("{number} {word}"))
}

fn restriction_ground(ground: RestrictionGround) -> &'static str {
    match ground {
        RestrictionGround::CourtOrder => "an order of a court or authority",
        RestrictionGround::EvidentError => "an evident error in the record, art. 7(1)(ii)",
        RestrictionGround::Irregularity => "an irregularity, art. 7(1)(iii)",
        RestrictionGround::Violation => "a violation of the law, art. 7(1)(iv)",
    }
}

fn attachments(attachments: &[Digest]) -> Vec<Line> {
    attachments.iter().map(|digest| line("attachment", digest)).collect()
}

pub(super) fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn terms(terms: &TrustTerms) -> Vec<Line> {
    vec![
        line("details (committed)", terms.details),
        line("evidence", terms.evidence),
        line("beneficiary certificates", yes_no(terms.beneficiary_certificates)),
        line("without beneficiaries", yes_no(terms.without_beneficiaries)),
        line("public interest", yes_no(terms.public_interest)),
    ]
}

fn commission(commission: &Commission) -> Vec<Line> {
    vec![
        line("court", &commission.court),
        line("reference", &commission.reference),
        line("trustee dismissed", yes_no(commission.trustee_dismissed)),
    ]
}

fn trust_request(request: &TrustRequest) -> Vec<Line> {
    match request {
        TrustRequest::Record { ranges, terms } => {
            let units = vec![
                line("trust", "the units become trust property"),
                line("quantity", tonnes(ranges.quantity().get())),
                line("units", self::ranges(ranges)),
            ];
            [units, self::terms(terms)].concat()
        }
        TrustRequest::Delete { ranges, evidence, beneficiaries } => vec![
            line("trust", "the units become the trustee's own"),
            line("quantity", tonnes(ranges.quantity().get())),
            line("units", self::ranges(ranges)),
            line("evidence", evidence),
            line("beneficiaries' application", beneficiaries),
        ],
        TrustRequest::Amend { trust, terms } => {
            [vec![line("trust", format!("amended, entry {trust}"))], self::terms(terms)].concat()
        }
    }
}

fn individual(m: &ApplyIndividualAccount) -> Vec<Line> {
    let mut lines =
        vec![line("person (committed)", m.person), line("particulars (committed)", m.particulars)];
    lines.extend(attachments(&m.attachments));
    lines.push(line("representative's key", m.representative));
    lines
}

fn change(change: &ParticularsChange) -> Vec<Line> {
    let mut lines = change.holder.as_ref().map(holder).unwrap_or_default();
    lines.extend(optional("particulars (committed)", change.particulars.as_ref()));
    lines.push(line("since", change.effective));
    lines
}

fn statement(m: &ImportStatement) -> Vec<Line> {
    let sum = Yen::checked_sum(m.payments.iter().map(|payment| payment.amount_yen));
    let mut lines = vec![
        line("statement", m.statement),
        line("payments", m.payments.len()),
        line("sum", sum.map_or_else(|| "too large".to_owned(), |sum| yen(sum.get()))),
    ];
    lines.extend(optional("payers (committed)", m.payers.as_ref()));
    for (i, payment) in m.payments.iter().enumerate() {
        let account = payment.account.map_or_else(String::new, |account| format!(", {account}"));
        let text = format!("{}, {}{account}", payment.value_date, yen(payment.amount_yen.get()));
        lines.push(line("line", format!("{}: {text}", i + 1)));
    }
    lines
}

fn refund(m: &Refund) -> Vec<Line> {
    vec![
        match &m.source {
            RefundSource::Payment(payment) => line("of payment", payment),
            RefundSource::Application(application) => line("for application", application),
        },
        line("amount", yen(m.amount_yen.get())),
        line("bank reference", &m.bank_reference),
        line("reason", &m.reason),
    ]
}

fn restriction(m: &Restriction) -> Vec<Line> {
    vec![
        line("account", m.account),
        match &m.ranges {
            Some(units) => line("units", ranges(units)),
            None => line("units", "whatever the account holds, now and later"),
        },
        line("ground", restriction_ground(m.ground)),
        line("authority", &m.authority),
        line("reference", &m.reference),
        line("document", m.document),
    ]
}

fn correction(m: &RecordCorrection) -> Vec<Line> {
    let ground = &m.ground;
    let mut lines = vec![
        line("account", ground.account),
        line("affected entry", ground.affected),
        line("error", &ground.error),
        line("consulted on", ground.consulted_on),
        line("consultation", ground.consultation),
    ];
    lines.extend(optional("third party's consent", ground.third_party_consent.as_ref()));
    lines.extend(m.change.as_ref().map(change).unwrap_or_default());
    for part in &m.moves {
        let quantity = tonnes(part.ranges.quantity().get());
        let (source, destination) = (part.source, part.destination);
        let units = ranges(&part.ranges);
        lines.push(line("move", format!("{quantity} from {source} to {destination}: {units}")));
    }
    lines
}

fn acceptance(acceptance: &Acceptance) -> Vec<Line> {
    match acceptance {
        Acceptance::Anybody => vec![line("receives from", "anybody")],
        Acceptance::Consent => vec![line("receives from", "anybody, after its consent")],
        Acceptance::Listed(accounts) => {
            accounts.iter().map(|account| line("receives from", account)).collect()
        }
    }
}

fn rules(rules: &Rules) -> Vec<Line> {
    let mut lines = vec![line("version", rules.version)];
    for period in &rules.fees {
        let fees =
            [period.account_opening_fee_yen, period.transfer_fee_yen, period.certificate_fee_yen]
                .map(|fee| yen(fee.get()));
        let [account, transfer, certificate] = fees;
        let text = format!("account {account}, transfer {transfer}, certificate {certificate}");
        lines.push(line("fees", format!("from {}: {text}", period.from)));
    }
    lines.extend([
        line("payment days", rules.payment_days),
        line("examination days", rules.examination_days),
        line("transferee acceptance", yes_no(rules.transferee_acceptance)),
        line("SHK issued until", rules.shk_issued_until),
        line("SHK public input until", rules.shk_public_input_until),
        line("identification", rules.identification.as_str()),
    ]);
    if let Some(issuer) = &rules.invoice {
        lines.push(line("invoice issuer", &issuer.name));
        let number = issuer.registration_number.map(|number| format!("T{number}"));
        lines.extend(optional("registration number", number));
        lines.push(line("tax in a fee", format!("{} %", issuer.tax_percent)));
    }
    lines
}

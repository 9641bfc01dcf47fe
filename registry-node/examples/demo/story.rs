//! The registry's life, in the order in which it happens.

use crate::announced::{Announced, announced};
use crate::cast::COMPANIES;
use crate::papers;
use crate::stage::{Result, Stage, grouped};
use jcm_client::PrivateValue;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Allocation, Authorisation, AuthorisedPurposes, Basis, Body, Decision, FirstTransferDefinition,
    Purpose, RecordIssuance, RecordPayment, RegisterProject, Role, Side, TransferTerms, Use,
    UseKind, VintageIssue,
};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, Country, EntryIndex, ProjectRef};
use jcm_format::serial::SerialRanges;
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Year};
use serde_json::json;
use std::path::Path;

const AUTHORITIES: &[&str] = &["authority-1", "authority-2"];
pub(crate) const OPERATORS: &[&str] = &["operator-1", "operator-2"];
const GOVERNMENT: u32 = 1;
const RETIREMENT: u32 = 2;
const CANCELLATION: u32 = 3;
const PALAU_PROJECT: &str = "PW004";

/// Plays everything; the first thing that goes otherwise than expected ends it.
pub(crate) async fn play(stage: &mut Stage, today: Date, data: &Path) -> Result<()> {
    staff(stage).await?;
    announced_issuances(stage).await?;
    let aoba = account_refused_then_opened(stage, today).await?;
    let minato = open_quietly(stage, today).await?;
    issue_to_aoba(stage, aoba).await?;
    transfer_refused_then_recorded(stage, today, aoba, minato).await?;
    retire_and_cancel(stage, aoba, minato).await?;
    papers::restrict_and_release(stage, aoba, minato).await?;
    papers::certify(stage, today, aoba, data).await
}

async fn staff(stage: &mut Stage) -> Result<()> {
    for operator in OPERATORS {
        let person = Name::new(operator).ok_or("a name")?;
        let role = Role::Operator(person.clone());
        let key = stage.cast.possessed(operator, &role, &stage.registry)?;
        stage.accepted(Some(Body::AppointOperator { person, key }), AUTHORITIES).await?;
    }
    let role = Role::Partner(Country::new("PW").ok_or("a country")?);
    let key = stage.cast.possessed("palau", &role, &stage.registry)?;
    stage.accepted(Some(Body::RegisterKey { role, key }), AUTHORITIES).await?;
    Ok(())
}

async fn announced_issuances(stage: &mut Stage) -> Result<()> {
    let government = number(GOVERNMENT)?;
    stage.say("1. Issuances that were really announced, carried over (government's part only)");
    stage.say("   project country      monitoring period       decided    announced government");
    let rows: Vec<Announced> = announced()?;
    for row in &rows {
        stage.accepted(row.project(), &["operator-1"]).await?;
        let entry = stage.accepted(row.issuance(government), AUTHORITIES).await?;
        let line = format!(
            "{:<7} {:<12} {} {:>8} t {:>8} t",
            row.project,
            row.country,
            row.period_and_decision(),
            grouped(row.announced_total_t),
            grouped(row.government_t),
        );
        stage.recorded(line, entry);
        stage.fact(json!({
            "issuance": row.project, "title": row.title, "announced_total_tonnes":
            row.announced_total_t, "government_tonnes": row.government_t, "source": row.source,
            "synthetic": row.synthetic.split(' ').collect::<Vec<_>>(), "entry": entry,
        }));
    }
    stage.say(
        "   Sources, and what of each row is synthetic: registry-node/examples/demo/README.md",
    );
    Ok(())
}

async fn account_refused_then_opened(stage: &mut Stage, today: Date) -> Result<AccountNumber> {
    let company = &COMPANIES[0];
    stage.say(format_args!("\n2. {} applies for an account", company.name_en));
    let particulars = PrivateValue::new(b"representative: (synthetic)".to_vec())?;
    let body = company.application(&stage.cast, particulars.commitment());
    let application = stage.accepted_with(body, &[company.player], &[particulars]).await?;
    let open = || Some(Body::OpenAccount { application: EntryIndex::new(application) });
    let refusal = stage.refused(open(), &["operator-1"], "FEE_UNPAID").await?;
    stage.tried("opening it before the fee is paid", &refusal);
    pay(stage, today, "demo-0001", 14_400, None, Some(application)).await?;
    let entry = stage.accepted(open(), &["operator-1"]).await?;
    let account = newest_account(stage).await?;
    stage.recorded(format_args!("14,400 yen arrive: account {account} is open"), entry);
    Ok(account)
}

async fn open_quietly(stage: &mut Stage, today: Date) -> Result<AccountNumber> {
    let company = &COMPANIES[1];
    let particulars = PrivateValue::new(b"representative: (synthetic)".to_vec())?;
    let body = company.application(&stage.cast, particulars.commitment());
    let application = stage.accepted_with(body, &[company.player], &[particulars]).await?;
    pay(stage, today, "demo-0002", 14_400, None, Some(application)).await?;
    let application = EntryIndex::new(application);
    let entry = stage.accepted(Some(Body::OpenAccount { application }), &["operator-1"]).await?;
    let account = newest_account(stage).await?;
    stage
        .recorded(format_args!("{} pays first: account {account} is open", company.name_en), entry);
    Ok(account)
}

/// Records a payment and, if it is for an application, applies it. Gives the
/// payment's entry.
pub(crate) async fn pay(
    stage: &mut Stage,
    today: Date,
    reference: &str,
    yen: u64,
    account: Option<AccountNumber>,
    application: Option<u64>,
) -> Result<u64> {
    let payment = Name::new(reference).map(|bank_reference| {
        Body::RecordPayment(RecordPayment {
            bank_reference,
            amount_yen: Yen::new(yen),
            value_date: today,
            account,
            payer: None,
        })
    });
    let payment = stage.accepted(payment, &["operator-1"]).await?;
    if let Some(application) = application {
        let body = Body::ApplyPayment {
            payment: EntryIndex::new(payment),
            application: EntryIndex::new(application),
            amount_yen: Yen::new(yen),
        };
        stage.accepted(Some(body), &["operator-1"]).await?;
    }
    Ok(payment)
}

/// Two real decisions on PW004, with synthetic amounts: vintage 2020, which
/// lies outside the statute, and vintage 2021, which both governments authorise.
async fn issue_to_aoba(stage: &mut Stage, aoba: AccountNumber) -> Result<()> {
    stage.say("\n3. PW004, Palau: decisions are real, amounts and authorisations synthetic");
    let project = Body::RegisterProject(RegisterProject {
        reference: ProjectRef::new(PALAU_PROJECT).ok_or("a reference")?,
        title: Text::new(
            "Introduction of 0.4MW Rooftop Solar Power System in Supermarket and Hotel",
        )
        .ok_or("a title")?,
        methodology: Name::new("PW_AM001").ok_or("a name")?,
        public_input_date: None,
    });
    stage.accepted(Some(project), &["operator-1"]).await?;
    for (id, side, signers) in
        [("JP-PW-1", Side::Japan, AUTHORITIES), ("PW-JP-1", Side::Partner, &["palau"][..])]
    {
        stage.accepted(authorisation(id, side), signers).await?;
    }
    for (year, start, decided) in
        [(2020, "2020-06-30", "2025-07-26"), (2021, "2021-01-01", "2026-05-16")]
    {
        let decision = decision(year, start, decided).ok_or("a decision")?;
        let project = ProjectRef::new(PALAU_PROJECT).ok_or("a reference")?;
        let consent = Body::ConsentIssuance { project, decision: decision.clone() };
        let consent = stage.accepted(Some(consent), &["palau"]).await?;
        let body = issuance(year, decision, EntryIndex::new(consent), aoba);
        let entry = stage.accepted(body, OPERATORS).await?;
        let class = if year < 2021 { "C (not statutory)" } else { "A" };
        stage.recorded(
            format_args!(
                "vintage {year}, decided {decided}, Palau consents: 2,000 t, class {class}"
            ),
            entry,
        );
    }
    Ok(())
}

fn authorisation(id: &str, side: Side) -> Option<Body> {
    Some(Body::RecordAuthorisation {
        authorisation: Authorisation {
            id: Name::new(id)?,
            side,
            partner: Country::new("PW")?,
            cooperative_approach: "CA9999".parse().ok()?,
            date: "2026-05-16".parse().ok()?,
            quantity_tonnes: Tonnes::new(1_000),
            first_vintage: Year::new(2021)?,
            last_vintage: Year::new(2030)?,
            purposes: AuthorisedPurposes { ndc: true, imp: false, op: false },
            first_transfer: FirstTransferDefinition::Issuance,
            projects: vec![ProjectRef::new(PALAU_PROJECT)?],
            document: Digest::of(&[b"synthetic authorisation ", id.as_bytes()]),
        },
        details: None,
    })
}

fn decision(year: u16, start: &str, decided: &str) -> Option<Decision> {
    Some(Decision {
        reference: Name::new(&format!("JC-{PALAU_PROJECT}-{decided}"))?,
        date: decided.parse().ok()?,
        period_start: start.parse().ok()?,
        period_end: Date::new(year, 12, 31)?,
        notified_total_tonnes: Tonnes::new(4_000),
        notified_japan_tonnes: Tonnes::new(2_000),
    })
}

fn issuance(
    year: u16,
    decision: Decision,
    consent: EntryIndex,
    aoba: AccountNumber,
) -> Option<Body> {
    let allocations = [(aoba, 1_500), (AccountNumber::new(GOVERNMENT)?, 500)];
    let quantity_tonnes = Tonnes::new(2_000);
    Some(Body::RecordIssuance(RecordIssuance {
        project: ProjectRef::new(PALAU_PROJECT)?,
        decision,
        basis: Basis::Consent(consent),
        verifier: Text::new("verifier (synthetic)")?,
        verification_report: Digest::of(&[b"synthetic report"]),
        quantity_tonnes,
        vintages: vec![VintageIssue {
            year: Year::new(year)?,
            quantity_tonnes,
            allocations: allocations
                .map(|(account, tonnes)| Allocation {
                    account,
                    quantity_tonnes: Tonnes::new(tonnes),
                })
                .to_vec(),
        }],
        authorisations: None,
    }))
}

async fn transfer_refused_then_recorded(
    stage: &mut Stage,
    today: Date,
    aoba: AccountNumber,
    minato: AccountNumber,
) -> Result<()> {
    let units = units(stage, aoba, 2021, 600).await?;
    stage.say(format_args!("\n4. Aoba transfers 600 t of 2021 to Minato: units {}", shown(&units)));
    let body = transfer(aoba, minato, units, Purpose::Other, None);
    let application = stage.accepted(Some(body), &["aoba"]).await?;
    let record = || Some(Body::RecordTransfer { application: EntryIndex::new(application) });
    let refusal = stage.refused(record(), &["operator-1"], "FEE_UNPAID").await?;
    stage.tried("recording it before the fee is paid", &refusal);
    pay(stage, today, "demo-0003", 2_500, Some(aoba), Some(application)).await?;
    let entry = stage.accepted(record(), &["operator-1"]).await?;
    stage.recorded("2,500 yen arrive: debit and credit are recorded at once", entry);
    Ok(())
}

async fn retire_and_cancel(
    stage: &mut Stage,
    aoba: AccountNumber,
    minato: AccountNumber,
) -> Result<()> {
    stage.say(
        "\n5. Retirement (無効化) and cancellation (取消し), free of charge to the government",
    );
    let (retirement, cancellation) = (number(RETIREMENT)?, number(CANCELLATION)?);
    let ndc = Some(Use { kind: UseKind::Ndc, reporting_year: None, beneficiary: None });
    let early = units(stage, aoba, 2020, 500).await?;
    let body = transfer(aoba, retirement, early, Purpose::Retirement, ndc.clone());
    let refusal = stage.refused(Some(body), &["aoba"], "RETIREMENT_BEFORE_2021").await?;
    stage.tried("500 t of 2020, towards the NDC", &refusal);

    let authorised = units(stage, minato, 2021, 500).await?;
    let body = transfer(minato, retirement, authorised, Purpose::Retirement, ndc);
    let entry = stage.accepted(Some(body), &["minato"]).await?;
    stage.recorded("500 t of 2021, authorised by both governments: retired and adjusted", entry);
    let totals = stage.client.totals().await?;
    for adjustment in &totals.adjustments {
        let tonnes = grouped(adjustment.quantity_tonnes);
        stage.say(format_args!(
            "     corresponding adjustment, vintage {}: Japan -{tonnes} t, {} +{tonnes} t",
            adjustment.vintage, adjustment.partner
        ));
        stage.fact(json!({
            "adjustment": { "vintage": adjustment.vintage, "partner": adjustment.partner,
            "japan_tonnes": -i64::try_from(adjustment.quantity_tonnes)?,
            "partner_tonnes": adjustment.quantity_tonnes },
        }));
    }

    let voluntary = Some(Use { kind: UseKind::Voluntary, reporting_year: None, beneficiary: None });
    let early = units(stage, aoba, 2020, 300).await?;
    let body = transfer(aoba, cancellation, early, Purpose::Cancellation, voluntary);
    let entry = stage.accepted(Some(body), &["aoba"]).await?;
    stage.recorded("300 t of 2020, for a voluntary claim: cancelled", entry);
    Ok(())
}

pub(crate) fn transfer(
    source: AccountNumber,
    destination: AccountNumber,
    ranges: SerialRanges,
    purpose: Purpose,
    use_: Option<Use>,
) -> Body {
    let gratuitous = purpose != Purpose::Other;
    let terms = TransferTerms { source, destination, ranges, purpose, gratuitous, use_ };
    Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment: None }
}

/// The first `tonnes` units of one vintage that an account holds.
pub(crate) async fn units(
    stage: &Stage,
    account: AccountNumber,
    vintage: u32,
    tonnes: u64,
) -> Result<SerialRanges> {
    let mut missing = tonnes;
    let mut picked = Vec::new();
    for held in stage.of("operator-1").holdings(account.get()).await? {
        let of_vintage = held.block.as_ref().is_some_and(|block| block.vintage == vintage);
        let Some(range) = held.range.filter(|_| of_vintage && missing != 0) else { continue };
        let last = range.last.min(range.first + missing - 1);
        missing -= last - range.first + 1;
        picked.push(format!("{}:{}-{last}", range.block, range.first).parse()?);
    }
    if missing != 0 {
        return Err(format!("{account} has {missing} t too few of {vintage}").into());
    }
    Ok(SerialRanges::new(picked)?)
}

pub(crate) fn shown(ranges: &SerialRanges) -> String {
    ranges.iter().map(|range| range.to_string()).collect::<Vec<_>>().join(" ")
}

fn number(raw: u32) -> Result<AccountNumber> {
    AccountNumber::new(raw).ok_or_else(|| "an account number".into())
}

async fn newest_account(stage: &Stage) -> Result<AccountNumber> {
    let accounts = stage.of("operator-1").accounts().await?;
    number(accounts.iter().map(|account| account.id).max().unwrap_or_default())
}

impl Announced {
    fn period_and_decision(&self) -> String {
        format!("{}..{}  {}", self.period_start(), self.period_end(), self.decision_date)
    }
}

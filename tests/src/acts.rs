//! Acts of holders and of the implementing body, as callers would make them.

use crate::world::{account, date, name, ranges, secret, terms, text, year};
use jcm_format::amount::Yen;
use jcm_format::command::{
    ApplyIndividualAccount, Body, CorrectionGround, CorrectionMove, FeePeriod, Holder,
    ImportStatement, ImportedPayment, LineKey, NotifyChange, ParticularsChange, PaymentId, Purpose,
    RecordCorrection, Refund, RefundSource, RefusalGround, Restriction, RestrictionGround, Rules,
    TransferTerms, TransferTrust, TrustRequest, TrustTerms,
};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;
use jcm_format::time::Date;

/// Two ministers.
pub const AUTHORITIES: &[&str] = &["authority-1", "authority-2"];
/// Two operators.
pub const OPERATORS: &[&str] = &["op-1", "op-2"];
/// An entry that nobody recorded.
pub const NOBODY: EntryIndex = EntryIndex::new(999_999);

/// A digest of its own for each text.
pub fn digest(of: &str) -> Digest {
    Digest::of(&[of.as_bytes()])
}

/// The key of a test's person.
pub fn key(of: &str) -> PublicKey {
    secret(of).public_key()
}

/// Rules of the second version: as after genesis, in the fee periods given.
pub fn rules(fees: &[(&str, u64)]) -> Rules {
    Rules {
        version: 2,
        fees: fees
            .iter()
            .map(|(from, transfer)| FeePeriod {
                from: date(from),
                account_opening_fee_yen: Yen::new(14_400),
                transfer_fee_yen: Yen::new(*transfer),
                certificate_fee_yen: Yen::new(1_200),
            })
            .collect(),
        ..Rules::of_genesis(&crate::world::RULES)
    }
}

/// Adopts rules under which holders choose from whom they receive units.
pub fn rules_with_acceptance() -> Body {
    let rules = rules(&[("2025-04-01", 2_500)]);
    Body::AdoptRules(Rules { transferee_acceptance: true, ..rules })
}

/// Japan's calendar of a year with the holidays given.
pub fn calendar(of: u16, holidays: &[&str]) -> Body {
    Body::AdoptCalendar {
        country: jcm_format::id::Country::new("JP").expect("a country"),
        year: year(of),
        holidays: holidays.iter().map(|day| date(day)).collect(),
    }
}

/// A statement of credits: key, yen, value date.
pub fn statement(id: &str, credits: &[(&str, u64, &str)]) -> Body {
    let payments = credits
        .iter()
        .map(|(key, yen, day)| ImportedPayment {
            key: line_key(key),
            amount_yen: Yen::new(*yen),
            value_date: date(day),
            account: None,
        })
        .collect();
    Body::ImportStatement(ImportStatement { statement: digest(id), payers: None, payments })
}

/// The key of a line.
pub fn line_key(of: &str) -> LineKey {
    let mut bytes = [0; LineKey::LEN];
    bytes.copy_from_slice(&digest(of).as_bytes()[..LineKey::LEN]);
    LineKey::from_bytes(bytes)
}

/// A payment in an imported statement.
pub fn line(entry: EntryIndex, line: u16) -> PaymentId {
    PaymentId { entry, line }
}

/// Pays back what is left of a payment recorded singly.
pub fn refund(payment: EntryIndex, yen: u64, reference: &str) -> Body {
    refund_of(RefundSource::Payment(PaymentId::single(payment)), yen, reference)
}

/// Pays something back.
pub fn refund_of(source: RefundSource, yen: u64, reference: &str) -> Body {
    Body::Refund(Refund {
        source,
        amount_yen: Yen::new(yen),
        bank_reference: name(reference),
        reason: text("過納"),
    })
}

/// Refuses an application.
pub fn refuse(application: EntryIndex, ground: RefusalGround) -> Body {
    Body::RefuseApplication {
        application, ground, explanation: text("書類に不備があります。")
    }
}

/// Asks for what is missing.
pub fn request_completion(application: EntryIndex, due: &str) -> Body {
    Body::RequestCompletion {
        application, items: vec![text("登記事項証明書")], due: date(due)
    }
}

/// Hands in what was missing.
pub fn complete(application: EntryIndex) -> Body {
    Body::CompleteApplication { application, attachments: vec![digest("登記事項証明書")] }
}

/// A court's order on units of an account, or on the whole of it.
pub fn restriction(of: u32, units: &[&str]) -> Body {
    Body::RecordRestriction(Restriction {
        account: account(of),
        ranges: (!units.is_empty()).then(|| ranges(units)),
        ground: RestrictionGround::CourtOrder,
        authority: text("東京地方裁判所"),
        reference: text("令和8年(ヨ)第123号"),
        document: digest("order"),
    })
}

/// Releases a restriction.
pub fn release(restriction: EntryIndex) -> Body {
    Body::ReleaseRestriction {
        restriction,
        reference: text("令和8年(ヨ)第123号 取下げ"),
        document: digest("release"),
    }
}

/// What is recorded of a trust.
pub fn trust(of: &str) -> TrustTerms {
    TrustTerms {
        details: digest(of),
        evidence: digest("trust deed"),
        beneficiary_certificates: false,
        without_beneficiaries: false,
        public_interest: false,
    }
}

/// A transfer to another entity account together with something about a trust.
pub fn transfer_with(source: u32, destination: u32, units: &[&str], trust: TransferTrust) -> Body {
    let terms = terms(source, destination, units, Purpose::Other);
    Body::ApplyTransfer { terms, use_details: None, trust: Some(trust), fee_payment: None }
}

/// An application about a trust without a transfer.
pub fn apply_trust(of: u32, request: TrustRequest) -> Body {
    Body::ApplyTrust { account: account(of), request, subrogation: None }
}

/// A transfer whose fee is drawn from a payment.
pub fn paid_transfer(terms: TransferTerms, payment: EntryIndex) -> Body {
    let fee_payment = Some(PaymentId::single(payment));
    Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment }
}

/// Changed particulars: a new English name.
pub fn change(of: u32, name_en: &str, effective: &str) -> Body {
    Body::NotifyChange(NotifyChange {
        account: account(of),
        change: ParticularsChange {
            holder: Some(holder(name_en)),
            particulars: None,
            effective: date(effective),
        },
        attachments: vec![digest("登記事項証明書")],
    })
}

/// Published particulars with this English name.
pub fn holder(name_en: &str) -> Holder {
    Holder {
        name_ja: Some(text("株式会社新名")),
        name_en: text(name_en),
        head_office_ja: Some(text("東京都港区虎ノ門1-1-1")),
        head_office_en: text("1-1-1 Toranomon, Minato-ku, Tokyo"),
    }
}

/// An application to close an account.
pub fn close(of: u32) -> Body {
    Body::ApplyClosing { account: account(of), attachments: vec![digest("form 8")] }
}

/// An individual's application.
pub fn apply_individual(key: &str, person: &str) -> Body {
    Body::ApplyIndividualAccount(ApplyIndividualAccount {
        person: digest(person),
        particulars: digest(&format!("particulars of {person}")),
        attachments: vec![digest("住民票の写し")],
        representative: secret(key).public_key(),
    })
}

/// A correction of the record of an account, with moves.
pub fn correction(
    of: u32,
    affected: EntryIndex,
    moves: &[(u32, u32, &[&str])],
) -> RecordCorrection {
    RecordCorrection {
        ground: CorrectionGround {
            account: account(of),
            affected,
            error: text("振替先の誤記"),
            consulted_on: date("2026-11-20"),
            consultation: digest("minutes"),
            third_party_consent: None,
        },
        change: None,
        moves: moves
            .iter()
            .map(|(source, destination, units)| CorrectionMove {
                source: account(*source),
                destination: account(*destination),
                ranges: ranges(units),
            })
            .collect(),
    }
}

/// Erases personal data.
pub fn erase(commitment: Digest) -> Body {
    Body::EraseData { commitment, reason: text("本人の請求") }
}

/// The day of a test's date text, for computing with.
pub fn day(text: &str) -> Date {
    date(text)
}

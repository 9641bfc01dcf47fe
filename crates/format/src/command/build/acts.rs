//! The messages of the acts of account holders and of the implementing body.

use super::{Wire, date, digests, fee_payment, optional_digest, optional_text, ranges};
use crate::command::{
    Acceptance, ApplyIndividualAccount, Commission, CorrectionMove, FeePeriod, Holder,
    ImportStatement, InvoiceIssuer, NotifyChange, PaymentPart, RecordCorrection, Refund,
    RefundSource, RefusalGround, Restriction, RestrictionGround, Rules, TransferTrust,
    TrustRequest, TrustTerms,
};
use crate::event::AccountCategory;
use crate::hash::Digest;
use crate::id::{AccountNumber, Country, EntryIndex, ProjectRef};
use crate::pb;
use crate::text::Text;
use crate::time::{Date, Year};

pub(super) fn rules(rules: &Rules) -> pb::AdoptRules {
    pb::AdoptRules {
        version: rules.version,
        fees: rules.fees.iter().map(fee_period).collect(),
        payment_days: rules.payment_days.into(),
        examination_days: rules.examination_days.into(),
        transferee_acceptance: rules.transferee_acceptance,
        shk_issued_until: Some(date(rules.shk_issued_until)),
        shk_public_input_until: Some(date(rules.shk_public_input_until)),
        identification_format: rules.identification.to_string(),
        invoice: rules.invoice.as_ref().map(invoice),
    }
}

fn fee_period(period: &FeePeriod) -> pb::FeePeriod {
    pb::FeePeriod {
        from: Some(date(period.from)),
        account_opening_fee_yen: period.account_opening_fee_yen.get(),
        transfer_fee_yen: period.transfer_fee_yen.get(),
        certificate_fee_yen: period.certificate_fee_yen.get(),
    }
}

fn invoice(issuer: &InvoiceIssuer) -> pb::InvoiceIssuer {
    let number = issuer.registration_number;
    pb::InvoiceIssuer {
        name: issuer.name.to_string(),
        registration_number: number.map_or_else(String::new, |number| number.to_string()),
        tax_percent: issuer.tax_percent.into(),
    }
}

pub(super) fn days(country: Country, year: Year, holidays: &[Date]) -> Wire {
    Wire::AdoptCalendar(pb::AdoptCalendar {
        country: country.to_string(),
        year: year.get().into(),
        holidays: holidays.iter().copied().map(date).collect(),
    })
}

pub(super) fn government_account(
    category: AccountCategory,
    name_ja: &Text,
    name_en: &Text,
) -> Wire {
    let category = match category {
        AccountCategory::GovernmentHolding => pb::GovernmentAccountCategory::Holding,
        AccountCategory::Retirement => pb::GovernmentAccountCategory::Retirement,
        AccountCategory::Cancellation => pb::GovernmentAccountCategory::Cancellation,
        // Not the government's: `parse` refuses it.
        AccountCategory::Entity => pb::GovernmentAccountCategory::Unspecified,
    };
    Wire::OpenGovernmentAccount(pb::OpenGovernmentAccount {
        category: category.into(),
        name_ja: name_ja.to_string(),
        name_en: name_en.to_string(),
    })
}

pub(super) fn proponent(project: &ProjectRef, person: &Digest) -> Wire {
    let (project, person) = (project.to_string(), person.as_bytes().to_vec());
    Wire::RegisterProponent(pb::RegisterProponent { project, person })
}

pub(super) fn individual(apply: &ApplyIndividualAccount) -> Wire {
    Wire::ApplyIndividualAccount(pb::ApplyIndividualAccount {
        person: apply.person.as_bytes().to_vec(),
        particulars_commitment: apply.particulars.as_bytes().to_vec(),
        attachments: digests(&apply.attachments),
        representative_key: apply.representative.as_bytes().to_vec(),
    })
}

fn holder(holder: &Holder) -> pb::HolderParticulars {
    pb::HolderParticulars {
        name_ja: optional_text(holder.name_ja.as_ref()),
        name_en: holder.name_en.to_string(),
        head_office_ja: optional_text(holder.head_office_ja.as_ref()),
        head_office_en: holder.head_office_en.to_string(),
    }
}

pub(super) fn notice(notice: &NotifyChange) -> pb::NotifyChange {
    pb::NotifyChange {
        account: notice.account.get(),
        holder: notice.change.holder.as_ref().map(holder),
        particulars_commitment: optional_digest(notice.change.particulars.as_ref()),
        effective: Some(date(notice.change.effective)),
        attachments: digests(&notice.attachments),
    }
}

pub(super) fn closing(account: AccountNumber, attachments: &[Digest]) -> Wire {
    let (account, attachments) = (account.get(), digests(attachments));
    Wire::ApplyClosing(pb::ApplyClosing { account, attachments })
}

pub(super) fn ask(application: EntryIndex, items: &[Text], due: Date) -> Wire {
    Wire::RequestCompletion(pb::RequestCompletion {
        application: application.get(),
        items: items.iter().map(Text::to_string).collect(),
        due: Some(date(due)),
    })
}

pub(super) fn hand_in(application: &EntryIndex, attachments: &[Digest]) -> Wire {
    let (application, attachments) = (application.get(), digests(attachments));
    Wire::CompleteApplication(pb::CompleteApplication { application, attachments })
}

pub(super) fn refusal(application: EntryIndex, ground: RefusalGround, explanation: &Text) -> Wire {
    let ground = match ground {
        RefusalGround::Restriction => pb::RefusalGround::Restriction,
        RefusalGround::EvidentError => pb::RefusalGround::EvidentError,
        RefusalGround::Irregularity => pb::RefusalGround::Irregularity,
        RefusalGround::Violation => pb::RefusalGround::Violation,
        RefusalGround::Falsehood => pb::RefusalGround::Falsehood,
        RefusalGround::Procedure => pb::RefusalGround::Procedure,
    };
    Wire::RefuseApplication(pb::RefuseApplication {
        application: application.get(),
        ground: ground.into(),
        explanation: explanation.to_string(),
    })
}

pub(super) fn proof(application: EntryIndex, document: &Digest) -> Wire {
    let (application, document) = (application.get(), document.as_bytes().to_vec());
    Wire::SubmitPaymentProof(pb::SubmitPaymentProof { application, document })
}

pub(super) fn statement(statement: &ImportStatement) -> pb::ImportStatement {
    let payments = &statement.payments;
    let number = |account: Option<AccountNumber>| account.map_or(0, AccountNumber::get);
    // Where no account is known, there is no column of them.
    let known = payments.iter().any(|payment| payment.account.is_some());
    // A date has at most 22 bits.
    let days = |date: Date| u32::try_from(date.days()).unwrap_or(u32::MAX);
    pb::ImportStatement {
        statement: statement.statement.as_bytes().to_vec(),
        payers_commitment: optional_digest(statement.payers.as_ref()),
        keys: payments.iter().flat_map(|payment| *payment.key.as_bytes()).collect(),
        amounts_yen: payments.iter().map(|payment| payment.amount_yen.get()).collect(),
        value_days: payments.iter().map(|payment| days(payment.value_date)).collect(),
        accounts: match known {
            true => payments.iter().map(|payment| number(payment.account)).collect(),
            false => Vec::new(),
        },
    }
}

pub(super) fn payment_parts(parts: &[PaymentPart]) -> Wire {
    let message = |part: &PaymentPart| pb::PaymentPart {
        payment: part.payment.entry.get(),
        line: part.payment.line.into(),
        application: part.application.get(),
        amount_yen: part.amount_yen.get(),
    };
    Wire::ApplyPayments(pb::ApplyPayments { parts: parts.iter().map(message).collect() })
}

pub(super) fn refund(refund: &Refund) -> pb::Refund {
    use pb::refund::Source;
    let source = match refund.source {
        RefundSource::Payment(payment) => {
            let (entry, line) = fee_payment(Some(payment));
            Source::Payment(pb::PaymentReference { entry, line })
        }
        RefundSource::Application(index) => Source::Application(index.get()),
    };
    pb::Refund {
        source: Some(source),
        amount_yen: refund.amount_yen.get(),
        bank_reference: refund.bank_reference.to_string(),
        reason: refund.reason.to_string(),
    }
}

pub(super) fn restriction(restriction: &Restriction) -> pb::RecordRestriction {
    let ground = match restriction.ground {
        RestrictionGround::CourtOrder => pb::RestrictionGround::CourtOrder,
        RestrictionGround::EvidentError => pb::RestrictionGround::EvidentError,
        RestrictionGround::Irregularity => pb::RestrictionGround::Irregularity,
        RestrictionGround::Violation => pb::RestrictionGround::Violation,
    };
    pb::RecordRestriction {
        account: restriction.account.get(),
        ranges: restriction.ranges.as_ref().map_or_else(Vec::new, ranges),
        ground: ground.into(),
        authority: restriction.authority.to_string(),
        reference: restriction.reference.to_string(),
        document: restriction.document.as_bytes().to_vec(),
    }
}

pub(super) fn release(restriction: EntryIndex, reference: &Text, document: &Digest) -> Wire {
    Wire::ReleaseRestriction(pb::ReleaseRestriction {
        restriction: restriction.get(),
        reference: reference.to_string(),
        document: document.as_bytes().to_vec(),
    })
}

fn trust_terms(terms: &TrustTerms) -> pb::TrustTerms {
    pb::TrustTerms {
        details_commitment: terms.details.as_bytes().to_vec(),
        evidence: terms.evidence.as_bytes().to_vec(),
        beneficiary_certificates: terms.beneficiary_certificates,
        without_beneficiaries: terms.without_beneficiaries,
        public_interest: terms.public_interest,
    }
}

pub(super) fn transfer_trust(trust: &TransferTrust) -> pb::TransferTrust {
    use pb::transfer_trust::Kind;
    let kind = match trust {
        TransferTrust::Record(terms) => Kind::Record(trust_terms(terms)),
        TransferTrust::Delete(evidence) => {
            Kind::Delete(pb::TrustDeletion { evidence: evidence.as_bytes().to_vec() })
        }
        TransferTrust::ChangeTrustee { terms, by_new_trustee } => {
            Kind::ChangeTrustee(pb::TrusteeChange {
                terms: Some(trust_terms(terms)),
                by_new_trustee: *by_new_trustee,
            })
        }
    };
    pb::TransferTrust { kind: Some(kind) }
}

pub(super) fn trust(
    account: AccountNumber,
    request: &TrustRequest,
    subrogation: &Option<Digest>,
) -> Wire {
    use pb::apply_trust::Request;
    let request = match request {
        TrustRequest::Record { ranges, terms } => Request::Record(pb::TrustRecording {
            ranges: self::ranges(ranges),
            terms: Some(trust_terms(terms)),
        }),
        TrustRequest::Delete { ranges, evidence, beneficiaries } => {
            Request::Delete(pb::TrustOwnership {
                ranges: self::ranges(ranges),
                evidence: evidence.as_bytes().to_vec(),
                beneficiaries: beneficiaries.as_bytes().to_vec(),
            })
        }
        TrustRequest::Amend { trust, terms } => Request::Amend(pb::TrustAmendment {
            trust: trust.get(),
            terms: Some(trust_terms(terms)),
        }),
    };
    Wire::ApplyTrust(pb::ApplyTrust {
        account: account.get(),
        request: Some(request),
        subrogation: optional_digest(subrogation.as_ref()),
    })
}

pub(super) fn court(trust: EntryIndex, terms: &TrustTerms, by: &Commission) -> Wire {
    Wire::RecordCommission(pb::RecordCommission {
        trust: trust.get(),
        terms: Some(trust_terms(terms)),
        court: by.court.to_string(),
        reference: by.reference.to_string(),
        trustee_dismissed: by.trustee_dismissed,
    })
}

pub(super) fn correction(correction: &RecordCorrection) -> pb::RecordCorrection {
    let (ground, change) = (&correction.ground, correction.change.as_ref());
    pb::RecordCorrection {
        account: ground.account.get(),
        affected: ground.affected.get(),
        error: ground.error.to_string(),
        consulted_on: Some(date(ground.consulted_on)),
        consultation: ground.consultation.as_bytes().to_vec(),
        third_party_consent: optional_digest(ground.third_party_consent.as_ref()),
        holder: change.and_then(|change| change.holder.as_ref()).map(holder),
        particulars_commitment: optional_digest(change.and_then(|c| c.particulars.as_ref())),
        effective: change.map(|change| date(change.effective)),
        moves: correction.moves.iter().map(correction_move).collect(),
    }
}

fn correction_move(units: &CorrectionMove) -> pb::CorrectionMove {
    pb::CorrectionMove {
        source: units.source.get(),
        destination: units.destination.get(),
        ranges: ranges(&units.ranges),
    }
}

pub(super) fn acceptance(account: AccountNumber, acceptance: &Acceptance) -> Wire {
    let (kind, accounts) = match acceptance {
        Acceptance::Anybody => (pb::AcceptanceKind::Anybody, Vec::new()),
        Acceptance::Listed(accounts) => {
            let numbers = accounts.iter().map(|account| account.get());
            (pb::AcceptanceKind::Listed, numbers.collect())
        }
        Acceptance::Consent => (pb::AcceptanceKind::Consent, Vec::new()),
    };
    let account = account.get();
    Wire::SetAcceptance(pb::SetAcceptance { account, kind: kind.into(), accounts })
}

pub(super) fn erasure(commitment: &Digest, reason: &Text) -> Wire {
    let (commitment, reason) = (commitment.as_bytes().to_vec(), reason.to_string());
    Wire::EraseData(pb::EraseData { commitment, reason })
}

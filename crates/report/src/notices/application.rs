//! Notices about an application on its way: money, what is missing, consent, and
//! the ends that are not a record.

use super::letter::{Both, Letter};
use super::{Address, Desk};
use crate::account_book::BookError;
use crate::application::{Application, Request, ended};
use crate::words;
use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, LapseGround, PaymentId, RefundSource, TransferTerms, TransferTrust, TrustRequest,
};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use jcm_format::time::Date;

/// An application's kind in words, its notices' kinds and its provision.
struct Words {
    /// Japanese, English.
    name: Both,
    basis: &'static str,
    refused: &'static str,
    withdrawn: &'static str,
    lapsed: &'static str,
}

const fn words_of(request: &Request) -> Words {
    match request {
        Request::Account { .. } => Words {
            name: ("口座の開設の申請", "application for an account"),
            basis: "ACT.OPENING",
            refused: "account-refused",
            withdrawn: "account-withdrawn",
            lapsed: "account-lapsed",
        },
        Request::Transfer { .. } => Words {
            name: ("振替の申請", "application for a transfer"),
            basis: "ACT.TRANSFER",
            refused: "transfer-refused",
            withdrawn: "transfer-withdrawn",
            lapsed: "transfer-lapsed",
        },
        Request::Certificate { .. } => Words {
            name: ("証明書の交付の請求", "request for a certificate"),
            basis: "ACT.CERTIFICATE",
            refused: "certificate-refused",
            withdrawn: "certificate-withdrawn",
            lapsed: "certificate-lapsed",
        },
        Request::Change { .. } => Words {
            name: ("記録事項の変更の届出", "notification of changed particulars"),
            basis: "ACT.CHANGE",
            refused: "change-refused",
            withdrawn: "change-withdrawn",
            lapsed: "change-lapsed",
        },
        Request::Closing { .. } => Words {
            name: ("口座の廃止の申請", "application to close the account"),
            basis: "ORD.CLOSING",
            refused: "closing-refused",
            withdrawn: "closing-withdrawn",
            lapsed: "closing-lapsed",
        },
        Request::Trust { .. } => Words {
            name: ("信託に関する記録の申請", "application about a trust"),
            basis: "CO.TRUST",
            refused: "trust-refused",
            withdrawn: "trust-withdrawn",
            lapsed: "trust-lapsed",
        },
    }
}

impl Desk<'_> {
    pub(super) fn of_application(&mut self, effect: &Effect) -> Result<(), BookError> {
        match effect {
            Effect::TransferApplied { terms, .. } => self.consent_awaited(terms),
            Effect::TransferTrustStated {
                trust: TransferTrust::ChangeTrustee { by_new_trustee: true, .. },
            } => self.trustee_change_applied(),
            Effect::TrustApplied { account, request, subrogation: Some(cause) } => {
                self.trust_applied_in_place(*account, request, cause)
            }
            Effect::PaymentApplied { payment, application, amount_yen } => {
                self.paid(PaymentId::single(*payment), *application, *amount_yen)
            }
            Effect::PaymentLineApplied { payment, application, amount_yen } => {
                self.paid(*payment, *application, *amount_yen)
            }
            Effect::CompletionRequested { application, items, due } => {
                self.completion_requested(*application, items, *due)
            }
            Effect::ApplicationWithdrawn { application } => {
                let applied = self.application(Some(*application))?;
                let words = words_of(&applied.request);
                let letter = ending(
                    &words,
                    ("取下げの通知", "Application withdrawn"),
                    "が取り下げられました",
                    "is withdrawn",
                );
                self.end(&applied, words.withdrawn, words.basis, letter)
            }
            Effect::ApplicationRefused { application, ground, explanation } => {
                let applied = self.application(Some(*application))?;
                let words = words_of(&applied.request);
                let letter = ending(
                    &words,
                    ("拒否の通知", "Application refused"),
                    "を拒否しました",
                    "was refused",
                );
                let (ja, en) = words::refusal_texts(*ground);
                let letter = letter.both(("理由", "Ground"), ja, en);
                let letter = letter.item(("説明", "Explanation"), explanation);
                // Refusing an account is not a matter of the ordinance but of the Act.
                let account = matches!(applied.request, Request::Account { .. });
                let basis = if account { words.basis } else { "ORD.REFUSAL" };
                self.end(&applied, words.refused, basis, letter)
            }
            Effect::ApplicationLapsed { application, ground } => self.lapsed(*application, *ground),
            Effect::Refunded { source, amount_yen, bank_reference } => {
                self.refunded(*source, *amount_yen, bank_reference.as_str())
            }
            Effect::CertificateIssued { application } => self.certificate_issued(*application),
            _ => Ok(()),
        }
    }

    fn lapsed(&mut self, application: EntryIndex, ground: LapseGround) -> Result<(), BookError> {
        let applied = self.application(Some(application))?;
        let words = words_of(&applied.request);
        let title = ("失効の通知", "Application lapsed");
        let letter = ending(&words, title, "が失効しました", "has lapsed");
        let (ja, en) = words::lapse_texts(ground);
        let letter = letter.both(("理由", "Ground"), ja, en);
        self.end(&applied, words.lapsed, "JCMA.RULES", letter)
    }

    /// The end of an application: what it was for, what was paid, what is free.
    fn end(
        &mut self,
        applied: &Application,
        kind: &'static str,
        basis: &'static str,
        letter: Letter,
    ) -> Result<(), BookError> {
        let mut letter = letter;
        if let Request::Transfer { terms, .. } = &applied.request {
            letter = letter.item(("振替先口座", "To account"), terms.destination);
        }
        if let Some(ranges) = applied.reserved() {
            letter = self.with_units(letter, ranges.iter())?;
        }
        let paid = self.log.settled(applied.entry, self.entry.index);
        if paid > Yen::ZERO {
            letter = letter.yen(("納付済みの手数料", "Paid for it"), paid.get());
        }
        self.send(Address::applicant(applied), kind, basis, letter);
        Ok(())
    }

    fn paid(
        &mut self,
        payment: PaymentId,
        application: Option<EntryIndex>,
        amount: Yen,
    ) -> Result<(), BookError> {
        let applied = self.application(application)?;
        // What is recorded in the same entry has a notice that names the fee.
        let own = self.entry.index;
        if self.has(|effect| ended(effect, own).is_some_and(|(ended, _)| ended == applied.entry)) {
            return Ok(());
        }
        let too_large = BookError::TooLarge(own);
        let within = self.settled.entry(applied.entry).or_default();
        *within = within.checked_add(amount).ok_or(too_large)?;
        let before = self.log.settled(applied.entry, own);
        let settled = before.checked_add(*within).ok_or(too_large)?;
        let due = applied.due();
        // More than is due is never applied.
        let left = due.checked_sub(settled).unwrap_or(Yen::ZERO);
        let (kind, letter) = if left == Yen::ZERO {
            (
                "payment-applied",
                Letter::new(
                    ("手数料の納付の通知", "Fee paid"),
                    "手数料の納付を確認しましたので通知します。",
                    "Your fee is paid in full.",
                ),
            )
        } else {
            (
                "payment-partly-applied",
                Letter::new(
                    ("手数料の一部納付の通知", "Fee paid in part"),
                    "手数料の一部の納付を確認しましたので通知します。残額を納付してください。",
                    "Part of your fee is paid. Please pay the rest.",
                ),
            )
        };
        let letter = letter
            .both(
                ("申請", "For"),
                words_of(&applied.request).name.0,
                words_of(&applied.request).name.1,
            )
            .item(("振込の番号", "Payment"), payment)
            .yen(("充当額", "Applied"), amount.get())
            .yen(("手数料", "Fee"), due.get())
            .yen(("未納額", "Still due"), left.get());
        self.send(Address::applicant(&applied), kind, "ORD.FEE_METHOD", letter);
        Ok(())
    }

    fn refunded(
        &mut self,
        source: RefundSource,
        amount: Yen,
        bank_reference: &str,
    ) -> Result<(), BookError> {
        let letter = Letter::new(
            ("還付の通知", "Refund"),
            "次のとおり還付しましたので通知します。",
            "Money was paid back to you.",
        );
        let letter = letter.yen(("還付額", "Amount"), amount.get());
        let letter = letter.item(("銀行の参照番号", "Bank's reference"), bank_reference);
        let (to, letter) = match source {
            RefundSource::Application(application) => {
                (Address::applicant(&self.application(Some(application))?), letter)
            }
            RefundSource::Payment(payment) => {
                // Nobody is known to have paid where no account is named.
                let Some(account) = self.payer(payment)? else { return Ok(()) };
                (Address::account(account), letter.item(("振込の番号", "Payment"), payment))
            }
        };
        self.send(to, "refunded", "ORD.FEE_METHOD", letter);
        Ok(())
    }

    fn payer(&self, payment: PaymentId) -> Result<Option<AccountNumber>, BookError> {
        let missing = BookError::EntryMissing(payment.entry);
        let recorded = self.log.entry(payment.entry).ok_or(missing)?;
        let found = recorded.event.0.iter().find_map(|effect| match effect {
            Effect::PaymentRecorded { account, .. } if payment.line == 0 => Some(*account),
            Effect::StatementImported { payments, .. } => {
                let position = usize::from(payment.line).checked_sub(1)?;
                payments.get(position).map(|credit| credit.account)
            }
            _ => None,
        });
        found.ok_or(missing)
    }

    fn completion_requested(
        &mut self,
        application: EntryIndex,
        items: &[Text],
        due: Date,
    ) -> Result<(), BookError> {
        let applied = self.application(Some(application))?;
        let (ja, en) = words_of(&applied.request).name;
        let letter = Letter::new(
            ("補正の求め", "Something is missing"),
            format!("{ja}について、次の事項の補正を求めますので、期限までに提出してください。"),
            format!("Something is missing from your {en}. Please hand it in in time."),
        );
        let mut letter = letter.item(("期限", "Until"), due);
        for item in items {
            letter = letter.item(("補正を要する事項", "Missing"), item);
        }
        let to = Address::applicant(&applied);
        self.send(to, "completion-requested", "JCMA.RULES", letter);
        Ok(())
    }

    /// The transferee's turn: what it is asked to consent to.
    fn consent_awaited(&mut self, terms: &TransferTerms) -> Result<(), BookError> {
        let own = self.entry.index;
        let choice = self.log.rules(self.entry.rule_set).is_some_and(|r| r.transferee_acceptance);
        let recorded = self.has(|effect| matches!(effect, Effect::TransferRecorded { .. }));
        if !choice || recorded || self.log.acceptance(terms.destination, own) != Acceptance::Consent
        {
            return Ok(());
        }
        let letter = Letter::new(
            ("同意の求め", "Your consent is awaited"),
            "貴口座への振替の申請がありました。貴口座は同意を条件としていますので、同意するかどうかを\
             お知らせください。同意があるまで、この振替は記録しません。",
            "A transfer to your account is applied for. You receive units after your consent only; \
             until you consent, the transfer is not recorded.",
        );
        let letter = letter
            .item(("振替元口座", "From account"), terms.source)
            .item(("振替先口座", "To account"), terms.destination);
        let letter = self.with_units(letter, terms.ranges.iter())?;
        let to = Address { account: Some(terms.destination), application: Some(own) };
        self.send(to, "consent-awaited", "JCMA.RULES", letter);
        Ok(())
    }

    /// What a new trustee applies for leaves the account of the former, who did not sign.
    fn trustee_change_applied(&mut self) -> Result<(), BookError> {
        let applied = self.application(None)?;
        let Request::Transfer { terms, .. } = &applied.request else { return Ok(()) };
        let letter = Letter::new(
            ("受託者の変更の申請の通知", "Change of trustee applied for"),
            "新たな受託者から、受託者の変更による貴口座からの振替の申請がありましたので通知します。心当たりがない\
             場合は、直ちに担当者に連絡してください。",
            "A new trustee applies for a transfer from your account because of a change of trustee. \
             If there was no such change, tell an operator at once.",
        );
        let letter = letter
            .item(("振替元口座", "From account"), terms.source)
            .item(("振替先口座", "To account"), terms.destination);
        let letter = self.with_units(letter, terms.ranges.iter())?;
        let to = Address { account: Some(terms.source), application: Some(applied.entry) };
        self.send(to, "trustee-change-applied", "ORD.TRUSTEE_CHANGE", letter);
        Ok(())
    }

    /// What a beneficiary or settlor applies for (Cabinet Order, art. 12), whom the
    /// trustee may have to answer.
    fn trust_applied_in_place(
        &mut self,
        account: AccountNumber,
        request: &TrustRequest,
        cause: &Digest,
    ) -> Result<(), BookError> {
        let letter = Letter::new(
            ("代位による信託の申請の通知", "Trust applied for in your place"),
            "受益者又は委託者から、貴口座の受託者に代位して、信託に関する記録の申請がありましたので通知します。\
             心当たりがない場合は、直ちに担当者に連絡してください。",
            "A beneficiary or settlor applies for a record about a trust in your place, as trustee. \
             If you know of no reason, tell an operator at once.",
        );
        let (ja, en) = match request {
            TrustRequest::Record { .. } => ("信託の記録", "to record a trust"),
            TrustRequest::Delete { .. } => ("信託の記録の抹消", "to delete a trust"),
            TrustRequest::Amend { .. } => ("信託の記録の変更", "to amend a trust"),
        };
        let letter = letter.item(("受託者の口座", "Trustee's account"), account);
        let mut letter = letter.both(("申請", "For"), ja, en);
        match request {
            TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. } => {
                letter = self.with_units(letter, ranges.iter())?;
            }
            TrustRequest::Amend { trust, .. } => {
                letter = letter.item(("信託の記録番号", "Entry of the trust"), trust);
            }
        }
        let letter = letter
            .item(("代位の原因を証する書面のSHA-256", "SHA-256 of the proof of the cause"), cause);
        let to = Address { account: Some(account), application: Some(self.entry.index) };
        self.send(to, "trust-applied-in-place", "CO.TRUST", letter);
        Ok(())
    }

    fn certificate_issued(&mut self, application: Option<EntryIndex>) -> Result<(), BookError> {
        let applied = self.application(application)?;
        let digest = self.entry.event.0.iter().find_map(|effect| match effect {
            Effect::CertificateStated { digest, .. } => Some(digest),
            _ => None,
        });
        let letter = Letter::new(
            ("記録事項証明書の交付の通知", "Certificate issued"),
            "請求に基づき、記録事項証明書を交付しましたので通知します。",
            "The certificate of recorded matters that you requested is issued.",
        );
        let letter = letter
            .some(("口座番号", "Account"), applied.applicant())
            .some(("証明する記録のSHA-256", "SHA-256 of what it certifies"), digest)
            .yen(("手数料", "Fee"), applied.due().get());
        let to = Address::applicant(&applied);
        self.send(to, "certificate-issued", "ACT.CERTIFICATE", letter);
        Ok(())
    }
}

fn ending(words: &Words, title: Both, japanese: &str, english: &str) -> Letter {
    let (name_ja, name_en) = words.name;
    Letter::new(
        title,
        format!("{name_ja}{japanese}ので通知します。"),
        format!("Your {name_en} {english}."),
    )
}

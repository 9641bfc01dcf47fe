//! Notices about units: issuance, transfer, trust and correction.

use super::account::changed;
use super::letter::{Both, Letter};
use super::{Address, Desk, touched};
use crate::account_book::BookError;
use crate::application::{Application, Request};
use crate::words;
use jcm_format::command::{CorrectionGround, Purpose, TransferTerms, Use, UseDetails};
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::{SerialRange, SerialRanges};
use std::collections::BTreeMap;

impl Desk<'_> {
    pub(super) fn of_units(&mut self, effect: &Effect) -> Result<(), BookError> {
        match effect {
            Effect::IssuanceRecorded { .. } => self.issued(),
            Effect::TransferRecorded { application } => self.transferred(*application),
            Effect::TrustRecorded { account, ranges, .. } => {
                let letter = Letter::new(
                    ("信託の記録の通知", "Trust recorded"),
                    "次の国際協力排出削減量が信託財産に属する旨を記録しましたので通知します。",
                    "It is recorded that these units are trust property.",
                );
                let letter = letter.item(("受託者の口座", "Trustee's account"), account);
                let letter = self.with_units(letter, ranges.iter())?;
                let to = Address { account: Some(*account), application: self.recorded() };
                self.send(to, "trust-recorded", "CO.TRUST", letter);
                Ok(())
            }
            Effect::TrustDeleted { ranges } => self.trust_deleted(ranges),
            Effect::TrustAmended { trust, commission, .. } => {
                let court = commission.as_ref().map(|commission| {
                    (&commission.court, &commission.reference, commission.trustee_dismissed)
                });
                let letter = Letter::new(
                    ("信託の記録の変更の通知", "Trust amended"),
                    "信託の記録事項の変更を記録しましたので通知します。",
                    "The items of a trust are changed.",
                );
                let mut letter = letter.item(("信託の記録番号", "Entry of the trust"), trust);
                if let Some((court, reference, dismissed)) = court {
                    letter = letter.item(("嘱託をした裁判所", "Commissioned by"), court);
                    letter = letter.item(("番号", "Reference"), reference);
                    if dismissed {
                        letter = letter.both(("受託者", "Trustee"), "解任", "dismissed");
                    }
                }
                let account = self.trustee(*trust)?;
                let to = Address { account: Some(account), application: self.recorded() };
                self.send(to, "trust-amended", "CO.TRUST", letter);
                Ok(())
            }
            Effect::CorrectionRecorded { ground } => self.corrected(ground),
            _ => Ok(()),
        }
    }

    /// The application that this entry records.
    fn recorded(&self) -> Option<EntryIndex> {
        self.entry.event.0.iter().find_map(|effect| match effect {
            Effect::TransferRecorded { application } => {
                Some(application.unwrap_or(self.entry.index))
            }
            Effect::TrustApplicationRecorded { application } => Some(*application),
            _ => None,
        })
    }

    /// One notice to each account that an issuance credits; an entry may have several
    /// issuances, each with its blocks behind it.
    fn issued(&mut self) -> Result<(), BookError> {
        let mut credited: BTreeMap<AccountNumber, Vec<SerialRange>> = BTreeMap::new();
        let behind = self.entry.event.0.iter().skip(self.position.saturating_add(1));
        let is_its = |effect: &&Effect| !matches!(effect, Effect::IssuanceRecorded { .. });
        for effect in behind.take_while(is_its) {
            if let Effect::BlockIssued { allocations, .. } = effect {
                for part in allocations {
                    credited.entry(part.account).or_default().push(part.range);
                }
            }
        }
        for (account, ranges) in credited {
            let letter = Letter::new(
                ("発行の通知", "Units issued"),
                "国際協力排出削減量を発行し、貴口座に増加の記録をしましたので通知します。",
                "Units were issued and credited to your account.",
            );
            let letter = letter.item(("口座番号", "Account"), account);
            let letter = self.with_units(letter, ranges)?;
            self.send(Address::account(account), "issuance-credited", "ACT.ISSUANCE", letter);
        }
        Ok(())
    }

    fn transferred(&mut self, application: Option<EntryIndex>) -> Result<(), BookError> {
        let applied = self.application(application)?;
        let missing = BookError::EntryMissing(applied.entry);
        let Request::Transfer { terms, details, .. } = &applied.request else {
            return Err(missing);
        };
        let (kind, title, verb): (_, Both, Both) = match terms.purpose {
            Purpose::Other => {
                ("transfer-recorded", ("振替の通知", "Transfer recorded"), ("振替", "transfer"))
            }
            Purpose::Retirement => (
                "retirement-recorded",
                ("無効化の通知", "Retirement recorded"),
                ("無効化のための振替", "retirement"),
            ),
            Purpose::Cancellation => (
                "cancellation-recorded",
                ("取消しの通知", "Cancellation recorded"),
                ("取消しのための振替", "cancellation"),
            ),
        };
        let letter = Letter::new(
            title,
            format!("国際協力排出削減量の{}を口座簿に記録しましたので通知します。", verb.0),
            format!("The {} is recorded.", verb.1),
        );
        let letter = letter
            .some(("一括申請中の順番", "Part"), self.part_of(&applied))
            .item(("振替元口座", "From account"), terms.source)
            .item(("振替先口座", "To account"), terms.destination);
        let letter = self.with_units(letter, terms.ranges.iter())?;
        let source = served(letter.clone(), terms.use_.as_ref(), details.as_ref());
        let to = |account| Address { account: Some(account), application: Some(applied.entry) };
        let source = self.with_fee(source, &applied, terms.source);
        self.send(to(terms.source), kind, "ACT.TRANSFER", source);
        // What enters a retirement or cancellation account is nobody's any more.
        if terms.purpose == Purpose::Other {
            let letter = self.with_fee(letter, &applied, terms.destination);
            self.send(to(terms.destination), kind, "ACT.TRANSFER", letter);
        }
        Ok(())
    }

    /// Which of several transfers of this entry it is, from 1.
    fn part_of(&self, applied: &Application) -> Option<String> {
        let several = applied.entry == self.entry.index && self.own.len() > 1;
        several.then(|| format!("{} / {}", self.applied, self.own.len()))
    }

    /// The fee, for the one who applied.
    fn with_fee(&self, letter: Letter, applied: &Application, account: AccountNumber) -> Letter {
        let name = ("手数料", "Fee");
        if applied.applicant() != Some(account) {
            return letter;
        }
        match applied.fee {
            Some(Fee::Due(amount)) => letter.yen(name, amount.get()),
            Some(Fee::Waived) => letter.both(name, "免除", "waived"),
            Some(Fee::NotChargeable) => letter.both(name, "対象外", "not chargeable"),
            Some(Fee::NotAnApplication) | None => letter,
        }
    }

    fn trust_deleted(&mut self, ranges: &SerialRanges) -> Result<(), BookError> {
        let index = self.recorded().ok_or(BookError::EntryMissing(self.entry.index))?;
        let applied = self.application(Some(index).filter(|index| *index != self.entry.index))?;
        let account = match &applied.request {
            Request::Transfer { terms: TransferTerms { source, .. }, .. } => *source,
            Request::Trust { account, .. } => *account,
            _ => return Err(BookError::EntryMissing(index)),
        };
        let letter = Letter::new(
            ("信託の記録の抹消の通知", "Trust deleted"),
            "次の国際協力排出削減量が信託財産に属する旨の記録を抹消しましたので通知します。",
            "These units are not trust property any more.",
        );
        let letter = letter.item(("口座番号", "Account"), account);
        let letter = self.with_units(letter, ranges.iter())?;
        let to = Address { account: Some(account), application: Some(index) };
        self.send(to, "trust-deleted", "CO.TRUST", letter);
        Ok(())
    }

    fn trustee(&self, trust: EntryIndex) -> Result<AccountNumber, BookError> {
        let missing = BookError::EntryMissing(trust);
        let recorded = self.log.entry(trust).ok_or(missing)?;
        let account = recorded.event.0.iter().find_map(|effect| match effect {
            Effect::TrustRecorded { account, .. } => Some(*account),
            _ => None,
        });
        account.ok_or(missing)
    }

    /// One notice to each account that a correction touches. What was wrong with the
    /// record is told to its holder alone.
    fn corrected(&mut self, ground: &CorrectionGround) -> Result<(), BookError> {
        for account in touched(self.entry) {
            let mut letter = Letter::new(
                ("訂正の通知", "Record corrected"),
                "口座簿の記録を次のとおり訂正しましたので通知します。",
                "A record was corrected as follows.",
            );
            letter = letter.item(("口座番号", "Account"), account);
            if account == ground.account {
                letter = letter
                    .item(("訂正に係る記録番号", "Entry concerned"), ground.affected)
                    .item(("誤りの内容", "Error"), &ground.error)
                    .item(("協議をした日", "Consulted on"), ground.consulted_on);
            }
            letter = self.correction_items(letter, account)?;
            self.send(Address::account(account), "correction-recorded", "ORD.CORRECTION", letter);
        }
        Ok(())
    }

    fn correction_items(
        &self,
        letter: Letter,
        account: AccountNumber,
    ) -> Result<Letter, BookError> {
        let mut letter = letter;
        for effect in &self.entry.event.0 {
            match effect {
                Effect::UnitsMoved { units }
                    if units.source == account || units.destination == account =>
                {
                    letter = letter
                        .item(("移動元口座", "From account"), units.source)
                        .item(("移動先口座", "To account"), units.destination);
                    letter = self.with_units(letter, units.ranges.iter())?;
                }
                Effect::ParticularsChanged { account: of, change, .. } if *of == account => {
                    letter = changed(letter, change);
                }
                _ => {}
            }
        }
        Ok(letter)
    }
}

/// What a retirement or cancellation serves, in the applicant's own words.
fn served(letter: Letter, use_: Option<&Use>, details: Option<&UseDetails>) -> Letter {
    let Some(served) = use_ else { return letter };
    let (ja, en) = words::use_texts(words::use_kind(served.kind));
    let mut letter = letter.both(("用途", "Use"), ja, en);
    if let Some(year) = served.reporting_year {
        let (ja, en) = (format!("{year}年度"), format!("fiscal year {year}"));
        letter = letter.both(("報告年度", "Reporting year"), &ja, &en);
    }
    let number = details.and_then(|details| details.beneficiary.as_ref());
    let entity = details.and_then(|details| details.entity.as_ref());
    letter
        .some(("受益者", "In favour of"), served.beneficiary.as_ref())
        .some(("受益者の法人番号", "Number of the corporation"), number)
        .some(("利用・取消しをする承認された事業体", "Authorised entity"), entity)
}

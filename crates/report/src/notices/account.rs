//! Notices about an account itself: its opening, particulars, revoked keys, closing
//! and restrictions.

use super::letter::Letter;
use super::{Address, Desk};
use crate::account_book::BookError;
use crate::words;
use jcm_format::command::{ParticularsChange, Restriction, Role};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

impl Desk<'_> {
    pub(super) fn of_account(&mut self, effect: &Effect) -> Result<(), BookError> {
        match effect {
            Effect::AccountOpened { application, account } => {
                self.account_opened(*application, *account)?;
            }
            Effect::KeyRevoked { key } => {
                let closing = self.has(|effect| matches!(effect, Effect::AccountClosed { .. }));
                if let Some(account) = self.log.key_account(key).filter(|_| !closing) {
                    let letter = Letter::new(
                        ("署名鍵の失効の通知", "Key revoked"),
                        "貴口座の署名鍵を失効させましたので通知します。この鍵による申請は、受け付けません。",
                        "A key of your account was revoked. Nothing that it signs is accepted any more.",
                    );
                    let letter = letter.item(("口座番号", "Account"), account);
                    let letter = letter.item(("公開鍵", "Public key"), key);
                    self.send(Address::account(account), "key-revoked", "JCMA.RULES", letter);
                }
            }
            Effect::ParticularsChanged { application: Some(application), account, change } => {
                let letter = Letter::new(
                    ("記録事項の変更の通知", "Particulars changed"),
                    "届出に基づき、口座の記録事項の変更を記録しましたので通知します。",
                    "The change of particulars that you notified is recorded.",
                );
                let letter = changed(letter.item(("口座番号", "Account"), account), change);
                let to = Address { account: Some(*account), application: Some(*application) };
                self.send(to, "particulars-changed", "ACT.CHANGE", letter);
            }
            Effect::AccountClosed { application, account } => {
                let letter = Letter::new(
                    ("口座の廃止の通知", "Account closed"),
                    "申請に基づき、口座を廃止しましたので通知します。口座の署名鍵は全て失効しました。",
                    "Your account is closed as you applied for. All its keys are revoked.",
                );
                let letter = letter.item(("口座番号", "Account"), account);
                let to = Address { account: Some(*account), application: Some(*application) };
                self.send(to, "account-closed", "ORD.CLOSING", letter);
            }
            Effect::RestrictionRecorded { restriction } => self.restricted(restriction)?,
            Effect::RestrictionReleased { restriction } => self.released(*restriction)?,
            _ => {}
        }
        Ok(())
    }

    fn account_opened(
        &mut self,
        application: EntryIndex,
        account: AccountNumber,
    ) -> Result<(), BookError> {
        let applied = self.application(Some(application))?;
        let key = self.entry.event.0.iter().find_map(|effect| match effect {
            Effect::KeyRegistered { key, role: Role::Account(of) } if *of == account => Some(key),
            _ => None,
        });
        let letter = Letter::new(
            ("口座の開設の通知", "Account opened"),
            "申請に基づき、国際協力排出削減量口座簿に法人等保有口座を開設しましたので通知します。",
            "An entity holding account was opened as you applied for.",
        );
        let letter = letter.item(("口座番号", "Account"), account);
        let letter = letter.some(("代表者の公開鍵", "Representative's public key"), key);
        let letter = letter.yen(("手数料", "Fee"), applied.due().get());
        let to = Address { account: Some(account), application: Some(application) };
        self.send(to, "account-opened", "ACT.OPENING", letter);
        Ok(())
    }

    fn restricted(&mut self, restriction: &Restriction) -> Result<(), BookError> {
        let letter = Letter::new(
            ("処分の制限の通知", "Restriction on disposal"),
            "次のとおり処分の制限を記録しましたので通知します。解除されるまで、これに係る振替及び信託の\
             記録は行いません。",
            "A restriction on disposal is recorded. Until it is released, no transfer and no trust \
             of what it covers is recorded.",
        );
        let letter = self.restriction_items(letter, restriction)?;
        let to = Address::account(restriction.account);
        self.send(to, "restriction-recorded", "CO.RESTRICTION", letter);
        Ok(())
    }

    fn released(&mut self, index: EntryIndex) -> Result<(), BookError> {
        let missing = BookError::EntryMissing(index);
        let recorded = self.log.entry(index).ok_or(missing)?;
        let restriction = recorded.event.0.into_iter().find_map(|effect| match effect {
            Effect::RestrictionRecorded { restriction } => Some(restriction),
            _ => None,
        });
        let restriction = restriction.ok_or(missing)?;
        let letter = Letter::new(
            ("処分の制限の解除の通知", "Restriction released"),
            "次の処分の制限を解除しましたので通知します。",
            "A restriction on disposal was released.",
        );
        let letter = letter.item(("制限の記録番号", "Entry of the restriction"), index);
        let letter = self.restriction_items(letter, &restriction)?;
        let to = Address::account(restriction.account);
        self.send(to, "restriction-released", "CO.RESTRICTION", letter);
        Ok(())
    }

    fn restriction_items(
        &self,
        letter: Letter,
        restriction: &Restriction,
    ) -> Result<Letter, BookError> {
        let (ja, en) = words::restriction_texts(restriction.ground);
        let letter = letter
            .item(("口座番号", "Account"), restriction.account)
            .both(("原因", "Ground"), ja, en)
            .item(("命令等をした者", "Court or authority"), &restriction.authority)
            .item(("番号", "Reference"), &restriction.reference);
        match &restriction.ranges {
            None => Ok(letter.both(
                ("対象", "Covers"),
                "口座の全部（今後増加するものを含みます。）",
                "the whole account, also what it will receive",
            )),
            Some(ranges) => self.with_units(letter, ranges.iter()),
        }
    }
}

/// What changed of a holder's particulars. They are the addressee's own.
pub(super) fn changed(letter: Letter, change: &ParticularsChange) -> Letter {
    let mut letter = letter.item(("変更の効力発生日", "In effect since"), change.effective);
    if let Some(holder) = &change.holder {
        letter = letter
            .some(("名称", "Name in Japanese"), holder.name_ja.as_ref())
            .item(("名称（英語）", "Name in English"), &holder.name_en)
            .some(
                ("主たる事務所の所在地", "Head office in Japanese"),
                holder.head_office_ja.as_ref(),
            )
            .item(
                ("主たる事務所の所在地（英語）", "Head office in English"),
                &holder.head_office_en,
            );
    }
    if change.particulars.is_some() {
        letter =
            letter.both(("公表されない事項", "Particulars not published"), "変更あり", "changed");
    }
    letter
}

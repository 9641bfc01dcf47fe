//! Notices about the safeguards of an account: mandates, trusted accounts, freezes,
//! delays, and the recovery of a lost key. Whoever did not ask for it has to know in
//! time to stop it.

use super::letter::{Both, Letter};
use super::{Address, Desk};
use crate::account_book::BookError;
use crate::application::Request;
use crate::words;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Control, Mandate, Representative, Role};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::time::Date;

const ACCOUNT: Both = ("口座番号", "Account");
const FIRST_DAY: Both = ("適用開始日", "In force from");
const RECOVERY: Both = ("回復の記録番号", "Entry of the recovery");

impl Desk<'_> {
    pub(super) fn of_guard(&mut self, effect: &Effect) -> Result<(), BookError> {
        match effect {
            Effect::KeyRegistered { key, role } => self.key_registered(key, role),
            Effect::MandateSet { account, mandate, effective } => {
                self.mandate_set(*account, mandate, *effective);
            }
            Effect::TrustedAdded { account, trusted, effective } => {
                self.trusted_added(*account, *trusted, *effective);
            }
            Effect::TrustedRemoved { account, trusted } => {
                self.trusted_removed(*account, *trusted);
            }
            Effect::AccountFrozen { account } => self.frozen(*account),
            Effect::AccountUnfrozen { account } => self.unfrozen(*account),
            Effect::TransferDelayed { not_before } => self.delayed(*not_before)?,
            Effect::RecoveryRequested { representative, key, not_before } => {
                self.recovery_requested(representative, key, *not_before);
            }
            Effect::RecoveryCancelled { recovery } => {
                let letter = Letter::new(
                    ("鍵の回復の取消しの通知", "Recovery stopped"),
                    "貴口座の署名鍵の回復が取り消されましたので通知します。この鍵は登録されません。",
                    "The recovery of a key of your account was stopped. The key will not be \
                     registered.",
                );
                self.recovery_ended(*recovery, "recovery-cancelled", letter)?;
            }
            Effect::RecoveryCompleted { recovery } => {
                let letter = Letter::new(
                    ("鍵の回復の完了の通知", "Recovery complete"),
                    "貴口座の署名鍵の回復を完了し、次の鍵を登録しましたので通知します。この鍵による申請は、\
                     次の記録から受け付けます。",
                    "The recovery of a key of your account is complete, and the key is registered. \
                     It may sign from the next entry on.",
                );
                self.recovery_ended(*recovery, "recovery-completed", letter)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The notices of an opening and of a recovery name the key themselves.
    fn key_registered(&mut self, key: &PublicKey, role: &Role) {
        let (account, named) = match role {
            Role::Account(account) => (*account, None),
            Role::Representative(of) => (of.account, Some(of)),
            Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => return,
        };
        let is_named = |effect: &Effect| {
            matches!(effect, Effect::AccountOpened { .. } | Effect::RecoveryCompleted { .. })
        };
        if self.has(is_named) {
            return;
        }
        let letter = Letter::new(
            ("署名鍵の登録の通知", "Key registered"),
            "貴口座の署名鍵を登録しましたので通知します。この鍵による申請は、次の記録から受け付けます。",
            "A key was registered for your account. It may sign from the next entry on.",
        );
        let mut letter = letter.item(ACCOUNT, account);
        if let Some(of) = named {
            letter = representative(letter, of);
        }
        let letter = letter.item(("公開鍵", "Public key"), key);
        self.send(Address::account(account), "key-registered", "JCMA.RULES", letter);
    }

    fn mandate_set(&mut self, account: AccountNumber, mandate: &Mandate, effective: Date) {
        let letter = Letter::new(
            ("口座の利用条件の設定の通知", "Mandate set"),
            "貴口座の利用条件を次のとおり設定しましたので通知します。心当たりがない場合は、直ちに口座の凍結を\
             申請してください。",
            "How your account may be used was set as follows. If this was not you, freeze the \
             account at once.",
        );
        let letter = letter.item(ACCOUNT, account).item(FIRST_DAY, effective);
        let (ja, en) = match mandate.control {
            Control::Single => ("一名", "one representative"),
            Control::Dual => {
                ("二名（起案及び承認）", "two representatives, who initiate and approve")
            }
        };
        let letter = letter.both(("署名する者", "Signed by"), ja, en);
        let letter =
            limit(letter, ("一件の上限", "At most in one transfer"), mandate.per_transfer_tonnes);
        let letter = limit(letter, ("一日の上限", "At most in a day"), mandate.per_day_tonnes);
        let untrusted =
            ("信頼口座以外への一件の上限", "At most in one transfer to an account not trusted");
        let letter = limit(letter, untrusted, mandate.per_untrusted_tonnes);
        self.send(Address::account(account), "mandate-set", "JCMA.RULES", letter);
    }

    fn trusted_added(&mut self, account: AccountNumber, trusted: AccountNumber, effective: Date) {
        let letter = Letter::new(
            ("信頼口座の追加の通知", "Account trusted"),
            "貴口座の信頼口座に次の口座を追加しましたので通知します。適用開始日から、この口座への振替は待機期間なく\
             記録されます。心当たりがない場合は、直ちに削除するか、口座の凍結を申請してください。",
            "An account was added to those that your account trusts. From its day on, transfers \
             there are not delayed. If this was not you, remove it or freeze the account at once.",
        );
        let letter = letter.item(ACCOUNT, account);
        let letter = letter.item(("信頼口座", "Trusted account"), trusted);
        let letter = letter.item(FIRST_DAY, effective);
        self.send(Address::account(account), "account-trusted", "JCMA.RULES", letter);
    }

    fn trusted_removed(&mut self, account: AccountNumber, trusted: AccountNumber) {
        let letter = Letter::new(
            ("信頼口座の削除の通知", "Account no longer trusted"),
            "貴口座の信頼口座から次の口座を削除しましたので通知します。",
            "An account was removed from those that your account trusts.",
        );
        let letter = letter.item(ACCOUNT, account);
        let letter = letter.item(("削除した口座", "Removed account"), trusted);
        self.send(Address::account(account), "account-distrusted", "JCMA.RULES", letter);
    }

    fn frozen(&mut self, account: AccountNumber) {
        let letter = Letter::new(
            ("口座の凍結の通知", "Account frozen"),
            "貴口座を凍結しましたので通知します。解除されるまで、貴口座からの振替の申請及び記録等は行いません。\
             解除は、担当者二名が行います。",
            "Your account is frozen. Until the freeze ends, nothing goes out of it. Two operators \
             can end it.",
        );
        let letter = letter.item(ACCOUNT, account);
        self.send(Address::account(account), "account-frozen", "JCMA.RULES", letter);
    }

    fn unfrozen(&mut self, account: AccountNumber) {
        let letter = Letter::new(
            ("口座の凍結の解除の通知", "Freeze ended"),
            "貴口座の凍結を解除しましたので通知します。",
            "The freeze of your account is over.",
        );
        let letter = letter.item(ACCOUNT, account);
        self.send(Address::account(account), "account-unfrozen", "JCMA.RULES", letter);
    }

    fn delayed(&mut self, not_before: Date) -> Result<(), BookError> {
        let applied = self.application(None)?;
        let letter = Letter::new(
            ("振替の待機の通知", "Transfer delayed"),
            "信頼口座以外への振替の申請がありましたので通知します。次の日までは記録しません。心当たりがない場合は、\
             その日までに取り下げるか、口座の凍結を申請してください。",
            "A transfer to an account that yours does not trust is applied for. It is not recorded \
             before the day below. If this was not you, withdraw it or freeze the account by then.",
        );
        let mut letter = letter.item(("記録できる最初の日", "Not recorded before"), not_before);
        if let Request::Transfer { terms, .. } = &applied.request {
            letter = letter
                .item(("振替元口座", "From account"), terms.source)
                .item(("振替先口座", "To account"), terms.destination);
            letter = self.with_units(letter, terms.ranges.iter())?;
        }
        self.send(Address::applicant(&applied), "transfer-delayed", "JCMA.RULES", letter);
        Ok(())
    }

    fn recovery_requested(&mut self, of: &Representative, key: &PublicKey, not_before: Date) {
        let letter = Letter::new(
            ("鍵の回復の申請の通知", "Recovery of a key requested"),
            "貴口座について、次の新しい署名鍵の登録が求められましたので通知します。次の日以後に登録されます。心当たりが\
             ない場合は、それまでに、貴口座の鍵により取り消してください。",
            "A new key is asked for in place of a lost one of your account. It can be registered \
             from the day below. If you did not ask for it, stop it before, with any key of the \
             account.",
        );
        let letter = letter.item(ACCOUNT, of.account);
        let letter = representative(letter, of)
            .item(("公開鍵", "Public key"), key)
            .item(("登録できる最初の日", "Not registered before"), not_before)
            .item(RECOVERY, self.entry.index);
        self.send(Address::account(of.account), "recovery-requested", "JCMA.RULES", letter);
    }

    fn recovery_ended(
        &mut self,
        recovery: EntryIndex,
        kind: &'static str,
        letter: Letter,
    ) -> Result<(), BookError> {
        let missing = BookError::EntryMissing(recovery);
        let asked = self.log.entry(recovery).ok_or(missing)?;
        let found = asked.event.0.iter().find_map(|effect| match effect {
            Effect::RecoveryRequested { representative, key, .. } => Some((representative, key)),
            _ => None,
        });
        let (of, key) = found.ok_or(missing)?;
        let letter = representative(letter.item(ACCOUNT, of.account), of)
            .item(("公開鍵", "Public key"), key)
            .item(RECOVERY, recovery);
        self.send(Address::account(of.account), kind, "JCMA.RULES", letter);
        Ok(())
    }
}

fn representative(letter: Letter, of: &Representative) -> Letter {
    let (ja, en) = words::power_texts(of.power);
    letter.item(("代表者", "Representative"), &of.person).both(("権限", "Power"), ja, en)
}

fn limit(letter: Letter, name: Both, limit: Option<Tonnes>) -> Letter {
    match limit {
        Some(limit) => letter.tonnes(name, limit.get()),
        None => letter.both(name, "なし", "no limit"),
    }
}

//! Applying effects: keys, operators, rule data and accounts. What stands until
//! something else is recorded.

use super::{Account, AccountHolder, GovernmentAccountName, KeyRecord, State, account_of};
use super::{ApplicationStatus, Subject};
use jcm_format::command::{Acceptance, ParticularsChange, Role, Rules};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;

impl State {
    pub(super) fn apply_administration(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::RegistryCreated { origin, log_key } => {
                self.origin = Some(origin.clone());
                self.log_key = Some(*log_key);
            }
            Effect::RuleSetAdopted { rule_set } => {
                self.rules = Some(Rules::of_genesis(rule_set));
            }
            Effect::RulesAdopted { rules } => self.rules = Some(rules.clone()),
            Effect::CalendarAdopted { country, year, holidays } => {
                self.calendars.adopt(*country, *year, holidays.clone());
            }
            Effect::KeyRegistered { key, role } => self.register_key(*key, role),
            Effect::KeyRevoked { key } => self.revoke_key(*key),
            Effect::OperatorAppointed { person } => {
                self.operators.insert(person.clone());
            }
            Effect::OperatorRemoved { person } => {
                self.operators.remove(person);
            }
            Effect::BooksClosed { year, totals } => self.books.close(*year, *totals, index),
            Effect::PersonalDataErased { commitment } => {
                self.erased.insert(*commitment);
            }
            _ => {}
        }
    }

    fn register_key(&mut self, key: PublicKey, role: &Role) {
        if let Some(account) = account_of(role) {
            self.account_keys.entry(account).or_default().insert(key);
        }
        if let Role::Representative(of) = role {
            let keys = self.representatives.entry(of.person.clone()).or_default();
            *keys = keys.saturating_add(1);
        }
        self.keys.insert(key, KeyRecord { role: role.clone(), revoked: false });
    }

    fn revoke_key(&mut self, key: PublicKey) {
        let Some(record) = self.keys.get_mut(&key).filter(|record| !record.revoked) else { return };
        record.revoked = true;
        if let Some(keys) = account_of(&record.role).and_then(|of| self.account_keys.get_mut(&of)) {
            keys.remove(&key);
        }
        if let Role::Representative(of) = &record.role
            && let Some(keys) = self.representatives.get_mut(&of.person)
        {
            *keys = keys.saturating_sub(1);
            if *keys == 0 {
                self.representatives.remove(&of.person);
            }
        }
    }

    pub(super) fn apply_account(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::GovernmentAccountOpened { account, category } => {
                self.add_account(index, *account, *category, None);
            }
            Effect::GovernmentAccountNamed { account, name_ja, name_en } => {
                if let Some(account) = self.accounts.get_mut(account) {
                    let (ja, en) = (name_ja.clone(), name_en.clone());
                    account.name = Some(GovernmentAccountName { ja, en });
                }
            }
            Effect::AccountOpened { application, account } => {
                if let Some(Subject::Account { holder, .. }) =
                    self.close(*application, ApplicationStatus::Recorded(index))
                {
                    self.add_account(index, *account, AccountCategory::Entity, Some(holder));
                }
            }
            Effect::AccountClosed { application, account } => {
                self.close(*application, ApplicationStatus::Recorded(index));
                self.end_guard_of(*account);
                if let Some(account) = self.accounts.get_mut(account) {
                    account.closed = Some(index);
                    if let Some(holder) = &account.holder {
                        // The person may apply for another account.
                        self.persons.remove(&holder.person);
                    }
                }
            }
            Effect::ParticularsChanged { application, account, change } => {
                if let Some(application) = application {
                    self.close(*application, ApplicationStatus::Recorded(index));
                }
                self.change_particulars(index, *account, change);
            }
            Effect::AcceptanceSet { account, acceptance } => {
                if let Some(account) = self.accounts.get_mut(account) {
                    account.acceptance = acceptance.clone();
                }
            }
            _ => {}
        }
    }

    fn add_account(
        &mut self,
        index: EntryIndex,
        number: AccountNumber,
        category: AccountCategory,
        holder: Option<AccountHolder>,
    ) {
        if let Some(holder) = &holder {
            self.persons.insert(holder.person.clone(), number);
        }
        let account = Account {
            number,
            category,
            holder,
            opened: index,
            closed: None,
            changed: None,
            name: None,
            acceptance: Acceptance::Anybody,
        };
        self.accounts.insert(number, account);
    }

    fn change_particulars(
        &mut self,
        index: EntryIndex,
        number: AccountNumber,
        change: &ParticularsChange,
    ) {
        self.commitments.extend(change.particulars);
        let Some(account) = self.accounts.get_mut(&number) else { return };
        account.changed = Some(index);
        let Some(holder) = account.holder.as_mut() else { return };
        if let Some(particulars) = &change.holder {
            holder.particulars = Some(particulars.clone());
        }
        if let Some(commitment) = change.particulars {
            holder.commitment = commitment;
        }
    }
}

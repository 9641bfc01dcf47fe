//! What an entry does to the register.

use super::{Account, Block, Names, Project, Register, Served, Use, Waiting, uses::Kind};
use crate::fold::{FoldError, add_tonnes, ended};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Rules, UseKind};
use jcm_format::entry::Entry;
use jcm_format::event::{AccountCategory, Effect, Holding};
use jcm_format::id::{AccountNumber, EntryIndex, ProjectRef};
use jcm_format::serial::SerialRange;
use jcm_ledger::eligibility::{self, ShkGround};

/// The issuance whose blocks follow in the same entry.
#[derive(Default)]
struct Issuing {
    project: Option<ProjectRef>,
    /// What its blocks are still to add up to.
    left: Tonnes,
}

impl Register {
    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// [`FoldError`]; after one the register takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.position.begin(entry)?;
        let mut issuing = Issuing::default();
        for effect in &entry.event.0 {
            self.apply_people(entry, effect);
            self.apply_rights(entry, effect);
            self.apply_issuance(entry, effect, &mut issuing)?;
            self.apply_transfer(entry, effect)?;
        }
        if issuing.left != Tonnes::ZERO {
            return Err(FoldError::IssuanceUneven(entry.index));
        }
        self.last_time = Some(entry.time);
        self.position.end()
    }

    fn apply_people(&mut self, entry: &Entry, effect: &Effect) {
        match effect {
            Effect::RegistryCreated { origin, .. } => self.origin = Some(origin.clone()),
            Effect::RuleSetAdopted { rule_set } => {
                self.rules.insert(rule_set.version, Rules::of_genesis(rule_set));
            }
            Effect::RulesAdopted { rules } => {
                self.rules.insert(rules.version, rules.clone());
            }
            Effect::Article6Adopted(data) => self.article6 = Some(*data),
            Effect::GovernmentAccountOpened { account, category } => {
                let names = Names::default();
                self.accounts.insert(*account, Account { category: *category, names });
            }
            Effect::GovernmentAccountNamed { account, name_ja, name_en } => {
                if let Some(account) = self.accounts.get_mut(account) {
                    account.names.ja = Some(name_ja.to_string());
                    account.names.en = Some(name_en.to_string());
                }
            }
            Effect::AccountApplied { holder, .. } => {
                self.applicants.insert(entry.index, Some(holder.clone()));
            }
            Effect::IndividualApplied { .. } => {
                self.applicants.insert(entry.index, None);
            }
            Effect::AccountOpened { application, account } => {
                let holder = self.applicants.remove(application).flatten();
                let names = holder.as_ref().map(Names::from).unwrap_or_default();
                self.accounts
                    .insert(*account, Account { category: AccountCategory::Entity, names });
            }
            Effect::ParticularsChanged { account, change, .. } => {
                let account = self.accounts.get_mut(account);
                if let Some((account, holder)) = account.zip(change.holder.as_ref()) {
                    account.names = Names::from(holder);
                }
            }
            Effect::ProjectRegistered { reference, methodology, public_input_date, .. } => {
                let project =
                    Project { methodology: methodology.clone(), public_input: *public_input_date };
                self.projects.insert(reference.clone(), project);
            }
            _ => {}
        }
    }

    fn apply_rights(&mut self, entry: &Entry, effect: &Effect) {
        match effect {
            Effect::TrustRecorded { ranges, .. } => {
                ranges.iter().for_each(|range| self.trusts.insert(range, entry.index));
            }
            Effect::TrustDeleted { ranges } => {
                ranges.iter().for_each(|range| self.trusts.remove(range));
            }
            Effect::RestrictionRecorded { restriction } => {
                self.restrictions.insert(entry.index, restriction.clone());
            }
            Effect::RestrictionReleased { restriction } => {
                self.restrictions.remove(restriction);
            }
            _ => {}
        }
    }

    fn apply_issuance(
        &mut self,
        entry: &Entry,
        effect: &Effect,
        issuing: &mut Issuing,
    ) -> Result<(), FoldError> {
        let uneven = FoldError::IssuanceUneven(entry.index);
        match effect {
            Effect::IssuanceRecorded { project, quantity_tonnes, .. } => {
                if issuing.left != Tonnes::ZERO {
                    return Err(uneven);
                }
                *issuing = Issuing { project: Some(project.clone()), left: *quantity_tonnes };
            }
            Effect::BlockIssued { block, vintage, issued_on, class, allocations } => {
                let mut quantity = Tonnes::ZERO;
                for Holding { account, range } in allocations {
                    add_tonnes(&mut quantity, range.quantity())?;
                    if range.block() != *block || self.holders.within(*range).next().is_some() {
                        return Err(FoldError::Exceeded(entry.index));
                    }
                    self.enter(entry.index, *range, *account)?;
                }
                issuing.left = issuing.left.checked_sub(quantity).ok_or(uneven)?;
                let project = issuing.project.clone().ok_or(uneven)?;
                self.blocks.insert(
                    *block,
                    Block {
                        project,
                        vintage: *vintage,
                        class: *class,
                        issued_on: *issued_on,
                        recorded_on: entry.time.date_in_japan(),
                        quantity,
                    },
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn apply_transfer(&mut self, entry: &Entry, effect: &Effect) -> Result<(), FoldError> {
        match effect {
            Effect::TransferApplied { terms, .. } => {
                let rule_set = entry.rule_set;
                let waiting = Waiting { terms: terms.clone(), details: None, rule_set };
                self.waiting.insert(entry.index, waiting);
                Ok(())
            }
            // It follows the application that it is of; of several in one entry, its own.
            Effect::UseStated(details) => {
                if let Some(waiting) = self.waiting.get_mut(&entry.index) {
                    waiting.details = Some(details.clone());
                }
                Ok(())
            }
            Effect::TransferRecorded { application } => {
                let application = application.unwrap_or(entry.index);
                let unknown = FoldError::ApplicationUnknown { entry: entry.index, application };
                let recorded = self.waiting.remove(&application).ok_or(unknown)?;
                self.record(entry, &recorded)
            }
            Effect::UnitsMoved { units } => {
                for range in units.ranges.iter() {
                    self.leave(entry.index, range, units.source)?;
                    self.enter(entry.index, range, units.destination)?;
                    self.serve(entry, range, units.source, units.destination, None)?;
                }
                Ok(())
            }
            effect => {
                if let Some((application, _)) = ended(effect, entry.index) {
                    self.waiting.remove(&application);
                    self.applicants.remove(&application);
                }
                Ok(())
            }
        }
    }

    fn record(&mut self, entry: &Entry, recorded: &Waiting) -> Result<(), FoldError> {
        let terms = &recorded.terms;
        for range in terms.ranges.iter() {
            self.leave(entry.index, range, terms.source)?;
            self.enter(entry.index, range, terms.destination)?;
            self.serve(entry, range, terms.source, terms.destination, Some(recorded))?;
        }
        Ok(())
    }

    fn leave(
        &mut self,
        here: EntryIndex,
        range: SerialRange,
        source: AccountNumber,
    ) -> Result<(), FoldError> {
        if !self.holders.all_have(range, source) {
            return Err(FoldError::Exceeded(here));
        }
        self.holders.remove(range);
        self.uses.remove(range);
        Ok(())
    }

    fn enter(
        &mut self,
        here: EntryIndex,
        range: SerialRange,
        account: AccountNumber,
    ) -> Result<(), FoldError> {
        if !self.accounts.contains_key(&account) {
            return Err(FoldError::AccountUnknown { entry: here, account });
        }
        self.holders.insert(range, account);
        Ok(())
    }

    /// Notes what units serve that enter the retirement or the cancellation account.
    fn serve(
        &mut self,
        entry: &Entry,
        range: SerialRange,
        source: AccountNumber,
        destination: AccountNumber,
        asked: Option<&Waiting>,
    ) -> Result<(), FoldError> {
        let retired = match self.accounts.get(&destination).map(|account| account.category) {
            Some(AccountCategory::Retirement) => true,
            Some(AccountCategory::Cancellation) => false,
            _ => return Ok(()),
        };
        let named = asked.and_then(|asked| Some((asked.terms.use_.as_ref()?, asked)));
        let served = named.map(|(use_, Waiting { details, .. })| Served {
            kind: Kind(use_.kind),
            reporting_year: use_.reporting_year,
            beneficiary: use_.beneficiary.clone(),
            beneficiary_number: details.as_ref().and_then(|of| of.beneficiary.clone()),
            entity: details.as_ref().and_then(|of| of.entity.clone()),
        });
        let ground = named.and_then(|(use_, Waiting { rule_set, .. })| match use_.kind {
            UseKind::Shk => self.ground(range, retired, *rule_set),
            _ => None,
        });
        let recorded_on = entry.time.date_in_japan();
        let use_ = Use { retired, served, account: source, recorded_on, ground };
        if self.uses.add(range, use_) { Ok(()) } else { Err(FoldError::Overflow) }
    }

    /// Why units serve a report under the Act, by the rules of the application.
    fn ground(&self, range: SerialRange, retired: bool, rule_set: u32) -> Option<ShkGround> {
        let block = self.blocks.get(&range.block())?;
        let rules = self.rules.get(&rule_set)?;
        let public_input = self.projects.get(&block.project).and_then(|of| of.public_input);
        let ground = eligibility::shk(rules, block.vintage, block.issued_on, public_input)?;
        (retired || ground != ShkGround::FromNdcPeriod).then_some(ground)
    }
}

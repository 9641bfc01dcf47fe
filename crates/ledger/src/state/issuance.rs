//! Applying effects: projects, consents and issuances.

use super::{Block, Consent, Issuance, Project, State};
use jcm_format::amount::Tonnes;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

impl State {
    pub(super) fn apply_issuance(&mut self, index: EntryIndex, effect: &Effect) {
        match effect {
            Effect::ProjectRegistered { reference, title, methodology, public_input_date } => {
                let project = Project {
                    reference: reference.clone(),
                    title: title.clone(),
                    methodology: methodology.clone(),
                    public_input_date: *public_input_date,
                };
                self.projects.insert(reference.clone(), project);
            }
            Effect::ProponentRegistered { project, person } => {
                self.proponents.insert((project.clone(), *person));
                self.individuals.insert(*person);
                self.commitments.insert(*person);
            }
            Effect::IssuanceConsented { project, decision } => {
                let consent =
                    Consent { entry: index, project: project.clone(), decision: decision.clone() };
                self.consents.insert(index, consent);
            }
            Effect::IssuanceRecorded { project, decision, quantity_tonnes, .. } => {
                let part = self.last_issuance(index).map_or(0, |before| before.part) + 1;
                let issuance = Issuance {
                    entry: index,
                    part,
                    project: project.clone(),
                    decision: decision.clone(),
                    quantity_tonnes: *quantity_tonnes,
                };
                self.issuances.insert((index, part), issuance);
            }
            Effect::BlockIssued { .. } => self.add_block(index, effect),
            _ => {}
        }
    }

    /// The last issuance of an entry.
    fn last_issuance(&self, entry: EntryIndex) -> Option<&Issuance> {
        let of_entry = self.issuances.range((entry, 0)..=(entry, u16::MAX));
        of_entry.map(|(_, issuance)| issuance).next_back()
    }

    fn add_block(&mut self, index: EntryIndex, effect: &Effect) {
        let Effect::BlockIssued { block, vintage, issued_on, class, allocations } = effect else {
            return;
        };
        let Some(issuance) = self.last_issuance(index) else { return };
        let sum = Tonnes::checked_sum(allocations.iter().map(|part| part.range.quantity()));
        let record = Block {
            number: *block,
            issuance: index,
            part: issuance.part,
            project: issuance.project.clone(),
            vintage: *vintage,
            issued_on: *issued_on,
            class: *class,
            quantity_tonnes: sum.unwrap_or(Tonnes::ZERO),
        };
        self.blocks.insert(*block, record);
        for part in allocations {
            self.holders.insert(part.range, part.account);
            self.holdings.entry(part.account).or_default().insert(part.range, ());
        }
    }
}

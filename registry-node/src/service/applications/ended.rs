//! Applications that ended. What they were about stands in their entry; how they
//! ended, in a few words of the state.

use super::{Told, invoice_reference, kind_word};
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::command::{Body, Command};
use jcm_format::entry::Entry;
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_ledger::State;
use jcm_ledger::index::Subject;
use jcm_ledger::state::{ApplicationStatus, ClosedApplication, SubjectKind};

/// Entries about one application that are looked through; few have ten.
const STEPS_MAX: usize = 256;

/// How an application ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// It was acted on.
    Recorded,
    /// It was refused.
    Refused,
    /// The applicant withdrew it.
    Withdrawn,
    /// It lapsed.
    Lapsed,
}

impl End {
    pub(super) const ALL: [End; 4] = [End::Recorded, End::Refused, End::Withdrawn, End::Lapsed];

    /// How it ended, and by which entry; none while it is open.
    pub(crate) fn of(status: ApplicationStatus) -> Option<(End, EntryIndex)> {
        match status {
            ApplicationStatus::Open => None,
            ApplicationStatus::Recorded(entry) => Some((End::Recorded, entry)),
            ApplicationStatus::Withdrawn(entry) => Some((End::Withdrawn, entry)),
            ApplicationStatus::Refused(entry, _) => Some((End::Refused, entry)),
            ApplicationStatus::Lapsed(entry, _) => Some((End::Lapsed, entry)),
        }
    }

    /// The word of the wire.
    pub(super) const fn word(self) -> &'static str {
        match self {
            End::Recorded => "recorded",
            End::Refused => "refused",
            End::Withdrawn => "withdrawn",
            End::Lapsed => "lapsed",
        }
    }
}

/// Ended applications as the wire has them, ascending as given. Reads their
/// entries, and of some the entry that ended them.
pub(super) fn messages(shared: &Shared, entries: &[u64]) -> Result<Vec<pb::Application>, Refusal> {
    let known: Vec<ClosedApplication> = {
        let view = shared.view();
        let known = entries.iter().map(|entry| {
            view.state().closed_application(EntryIndex::new(*entry)).ok_or(Refusal::Internal)
        });
        known.collect::<Result<_, _>>()?
    };
    let begun = shared.stored_entries(entries)?;
    let mut messages = Vec::with_capacity(entries.len());
    for (sealed, closed) in begun.iter().zip(known) {
        let (end, by) = End::of(closed.status).ok_or(Refusal::Internal)?;
        let says_more = matches!(end, End::Refused | End::Withdrawn)
            || end == End::Recorded && closed.kind == SubjectKind::Account;
        let last = if says_more { Some(shared.stored(by)?.sealed) } else { None };
        let view = shared.view();
        let told = message(view.state(), sealed.entry(), closed, (end, by));
        let mut told = told.ok_or(Refusal::DataLoss)?;
        if let Some(last) = last {
            add_end(&mut told, last.entry(), sealed.entry().index);
        }
        messages.push(told);
    }
    Ok(messages)
}

/// The proofs of payment handed in: whoever pays back what was paid needs them.
pub(super) fn proofs(shared: &Shared, application: EntryIndex) -> Result<Vec<String>, Refusal> {
    let subject = Subject::Application(application);
    let entries = shared.index.history(shared.size(), &subject, 0, STEPS_MAX)?;
    let mut proofs = Vec::new();
    for sealed in shared.stored_entries(&entries)? {
        proofs.extend(sealed.entry().event.0.iter().filter_map(|effect| match effect {
            Effect::PaymentProofSubmitted { application: of, document } if *of == application => {
                Some(document.to_string())
            }
            _ => None,
        }));
    }
    Ok(proofs)
}

fn message(
    state: &State,
    entry: &Entry,
    closed: ClosedApplication,
    (end, by): (End, EntryIndex),
) -> Option<pb::Application> {
    let (fee, told) = applied(state, entry)?;
    let ground = match closed.status {
        ApplicationStatus::Refused(_, ground) => words::refusal_ground(ground),
        ApplicationStatus::Lapsed(_, ground) => words::lapse_ground(ground),
        _ => "",
    };
    Some(pb::Application {
        entry: entry.index.get(),
        kind: kind_word(closed.kind).to_owned(),
        status: end.word().to_owned(),
        fee_yen: closed.fee_yen.get(),
        fee_ground: words::fee_ground(fee).to_owned(),
        settled_yen: closed.settled_yen.get(),
        received_ms: entry.time.as_ms(),
        account: told.account.map_or(0, AccountNumber::get),
        summary: told.summary,
        closed_entry: by.get(),
        invoice_reference: invoice_reference(entry.index, closed.fee_yen),
        applicant: told.applicant,
        refunded_yen: closed.refunded_yen.get(),
        ground: ground.to_owned(),
        ..Default::default()
    })
}

/// What only the entry that ended it says: the account opened, why it was refused in
/// the operator's own words, or why it was withdrawn in the applicant's.
fn add_end(told: &mut pb::Application, last: &Entry, of: EntryIndex) {
    for effect in &last.event.0 {
        match effect {
            Effect::AccountOpened { application, account } if *application == of => {
                told.account = account.get();
            }
            Effect::ApplicationRefused { application, explanation, .. } if *application == of => {
                told.ground = format!("{}; {explanation}", told.ground);
            }
            Effect::ApplicationWithdrawn { application } if *application == of => {
                // The command alone says why, and it was read when it was executed.
                if let Ok(Command { body: Body::WithdrawApplication { reason, .. }, .. }) =
                    Command::parse(&last.command.payload)
                {
                    told.ground = reason.to_string();
                }
            }
            _ => {}
        }
    }
}

/// Fee and words of the application that an entry recorded.
fn applied(state: &State, entry: &Entry) -> Option<(Fee, Told)> {
    let effects = &entry.event.0;
    let trust = effects.iter().find_map(|effect| match effect {
        Effect::TransferTrustStated { trust } => Some(trust),
        _ => None,
    });
    effects.iter().find_map(|effect| match effect {
        Effect::AccountApplied { person, holder, fee, .. } => {
            Some((*fee, Told::account(person, Some(holder))))
        }
        Effect::IndividualApplied { person, fee, .. } => {
            let person = jcm_format::command::Person::Individual(*person);
            Some((*fee, Told::account(&person, None)))
        }
        Effect::TransferApplied { terms, fee } => Some((*fee, Told::transfer(state, terms, trust))),
        Effect::CertificateRequested { account, fee } => {
            Some((*fee, Told::certificate(state, *account)))
        }
        Effect::ChangeNotified { account, change, .. } => {
            Some((Fee::NotChargeable, Told::change(state, *account, change)))
        }
        Effect::ClosingApplied { account, .. } => {
            Some((Fee::NotChargeable, Told::closing(state, *account)))
        }
        Effect::TrustApplied { account, request, subrogation } => {
            let request = words::request_words(request);
            let told = Told::trust(state, *account, &request, subrogation.is_some());
            Some((Fee::NotChargeable, told))
        }
        _ => None,
    })
}

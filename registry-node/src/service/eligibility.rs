//! Whether units may serve a use, and by which operation (`docs/spec/commands.md`,
//! under ApplyTransfer). The ledger judges again when the application comes.

use super::units;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::amount::Tonnes;
use jcm_format::command::Side;
use jcm_format::command::{Authorisation, UseKind};
use jcm_format::id::EntryIndex;
use jcm_format::limits::RANGES_MAX;
use jcm_format::serial::SerialRange;
use jcm_ledger::State;
use jcm_ledger::eligibility::{self, FIRST_NDC_YEAR, ShkGround};
use jcm_ledger::state::{AuthorisationRecord, Block};
use std::collections::BTreeMap;

/// Why, in both languages, and by which operation if at all.
type Verdict = (Option<&'static str>, &'static str, &'static str);

const RETIREMENT: &str = "retirement";
const CANCELLATION: &str = "cancellation";

/// What the ranges before would take of each authorisation, as one application.
type Taken = BTreeMap<EntryIndex, Tonnes>;

/// Whether the units of each range may serve a use, after the ranges before it.
pub(crate) fn check(
    shared: &Shared,
    request: pb::CheckEligibilityRequest,
) -> Result<pb::CheckEligibilityResponse, Refusal> {
    let use_ = use_of(&request.r#use)?;
    if request.ranges.is_empty() || RANGES_MAX < request.ranges.len() {
        let wanted = format!("give 1 to {RANGES_MAX} ranges");
        return Err(Refusal::Argument { field: "ranges", wanted });
    }
    let view = shared.view();
    let mut taken = Taken::new();
    let results = request.ranges.into_iter().map(|wire| {
        let range = units::range_of(wire, "ranges")?;
        let (operation, reason_ja, reason_en) = verdict(view.state(), range, use_, &mut taken);
        Ok(pb::Eligibility {
            range: Some(wire),
            eligible: operation.is_some(),
            operation: operation.unwrap_or_default().to_owned(),
            reason_ja: reason_ja.to_owned(),
            reason_en: reason_en.to_owned(),
        })
    });
    Ok(pb::CheckEligibilityResponse { results: results.collect::<Result<_, Refusal>>()? })
}

fn use_of(word: &str) -> Result<UseKind, Refusal> {
    Ok(match word {
        "ndc" => UseKind::Ndc,
        "shk" => UseKind::Shk,
        "gx-ets" => UseKind::GxEts,
        "voluntary" => UseKind::Voluntary,
        "international-mitigation" => UseKind::InternationalMitigation,
        "other" => UseKind::Other,
        _ => {
            let wanted =
                "give ndc, shk, gx-ets, voluntary, international-mitigation or other".to_owned();
            return Err(Refusal::Argument { field: "use", wanted });
        }
    })
}

fn verdict(state: &State, range: SerialRange, use_: UseKind, taken: &mut Taken) -> Verdict {
    let block = state.block(range.block());
    let Some(block) = block.filter(|block| range.last() <= block.quantity_tonnes.get()) else {
        return (
            None,
            "発行されていない単位が含まれています。",
            "Some of these units were never issued.",
        );
    };
    match use_ {
        UseKind::Ndc => by_retirement(state, range, block, taken),
        UseKind::Shk if FIRST_NDC_YEAR <= block.vintage.get() => {
            by_retirement(state, range, block, taken)
        }
        UseKind::Shk => shk_before_2021(state, block),
        UseKind::InternationalMitigation => (
            Some(CANCELLATION),
            "他の国際的な緩和の目的には、取消しによって使用します。",
            "Other international mitigation purposes are served by cancellation.",
        ),
        UseKind::Voluntary => (
            Some(CANCELLATION),
            "自主的な主張には、取消しによって使用します。",
            "A voluntary claim is served by cancellation.",
        ),
        UseKind::GxEts | UseKind::Other => {
            let retired = by_retirement(state, range, block, taken);
            if retired.0.is_some() {
                return retired;
            }
            (
                Some(CANCELLATION),
                "無効化はできませんが、取消しによって使用できます。",
                "These units cannot be retired; cancellation may serve this use.",
            )
        }
    }
}

/// Units before 2021 serve reports under the Act by cancellation, by the matrix of
/// the rules in force.
fn shk_before_2021(state: &State, block: &Block) -> Verdict {
    let Some(rules) = state.rules() else {
        return (None, "規則がまだ定められていません。", "No rules are in force yet.");
    };
    let project = state.project(&block.project);
    let public_input = project.and_then(|project| project.public_input_date);
    match eligibility::shk(rules, block.vintage, block.issued_on, public_input) {
        Some(ShkGround::FromNdcPeriod | ShkGround::IssuedInTime) => (
            Some(CANCELLATION),
            "定められた日までに発行された2020年以前の単位であり、取消しによって使用できます。",
            "Units before 2021 that were issued by the day set serve it by cancellation.",
        ),
        Some(ShkGround::PublicInputInTime) => (
            Some(CANCELLATION),
            "定められた日までに意見公募が開始された事業の単位であり、取消しによって使用できます。",
            "Public input on the project began by the day set: the units serve it by cancellation.",
        ),
        None => (
            None,
            "2020年以前の単位で、発行日及び意見公募の開始日のいずれの要件も満たしません。",
            "Units before 2021, issued after the day set and without public input known by the day set.",
        ),
    }
}

/// Retirement: vintages from 2021, authorised by both sides.
fn by_retirement(state: &State, range: SerialRange, block: &Block, taken: &mut Taken) -> Verdict {
    if block.vintage.get() < FIRST_NDC_YEAR {
        return (
            None,
            "2020年以前の削減・吸収に係る単位は無効化できません。",
            "Units of vintages before 2021 cannot be retired.",
        );
    }
    let transferred = state.first_transfers(range).map(|(part, _)| part.quantity());
    let transferred = Tonnes::checked_sum(transferred).unwrap_or(Tonnes::ZERO);
    let Some(missing) =
        range.quantity().checked_sub(transferred).filter(|missing| *missing != Tonnes::ZERO)
    else {
        return (
            Some(RETIREMENT),
            "既に最初の移転がされており、無効化によって使用できます。",
            "The units are first transferred already and serve it by retirement.",
        );
    };
    match authorised(state, block, missing, taken) {
        Ok(()) => (
            Some(RETIREMENT),
            "両国の承認があり、無効化によって使用できます。",
            "Both sides have authorised: the units serve it by retirement.",
        ),
        Err(Missing::Japan) => {
            (None, "日本の承認がありません。", "An authorisation of Japan is missing.")
        }
        Err(Missing::Partner) => (
            None,
            "パートナー国の承認がありません。",
            "An authorisation of the partner country is missing.",
        ),
        Err(Missing::Quantity) => (
            None,
            "承認された数量の残りが足りません。",
            "Not enough is left of the authorisations.",
        ),
    }
}

/// What is missing for a first transfer.
enum Missing {
    Japan,
    Partner,
    Quantity,
}

/// Whether a pair of authorisations covers units of the block and has enough left;
/// the first such pair is taken from.
fn authorised(
    state: &State,
    block: &Block,
    quantity: Tonnes,
    taken: &mut Taken,
) -> Result<(), Missing> {
    let covering = |side: Side| {
        state.authorisations().filter(move |record| covers(&record.authorisation, side, block))
    };
    let mut missing = Missing::Japan;
    let after = |record: &AuthorisationRecord, taken: &Taken| {
        let taken = taken.get(&record.entry).copied().unwrap_or(Tonnes::ZERO);
        let sum = taken.checked_add(quantity)?;
        (sum <= record.left_tonnes()).then_some(sum)
    };
    for japan in covering(Side::Japan) {
        if matches!(missing, Missing::Japan) {
            missing = Missing::Partner;
        }
        let approach = japan.authorisation.cooperative_approach;
        let pairs = covering(Side::Partner)
            .filter(|partner| partner.authorisation.cooperative_approach == approach);
        for partner in pairs {
            missing = Missing::Quantity;
            let sums = after(japan, taken).zip(after(partner, taken));
            if let Some((of_japan, of_partner)) = sums {
                taken.insert(japan.entry, of_japan);
                taken.insert(partner.entry, of_partner);
                return Ok(());
            }
        }
    }
    Err(missing)
}

fn covers(authorisation: &Authorisation, side: Side, block: &Block) -> bool {
    authorisation.side == side
        && authorisation.partner == block.project.country()
        && authorisation.purposes.ndc
        && (authorisation.first_vintage..=authorisation.last_vintage).contains(&block.vintage)
        && (authorisation.projects.is_empty() || authorisation.projects.contains(&block.project))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::command::{Body, Purpose, TransferTerms, Use};
    use jcm_tests::world::{CANCELLATION as SINK, RETIREMENT as BOOK, World, terms};

    /// Whether the ledger would record the operation for the use.
    fn is_recorded(world: &mut World, units: &str, use_: UseKind, purpose: Purpose) -> bool {
        let sink = if purpose == Purpose::Retirement { BOOK } else { SINK };
        let use_ = Some(Use { kind: use_, reporting_year: None, beneficiary: None });
        let terms =
            TransferTerms { use_, gratuitous: true, ..terms(1_001, sink, &[units], purpose) };
        let command = world.command(Body::ApplyTransfer {
            terms,
            use_details: None,
            trust: None,
            fee_payment: None,
        });
        let signer = jcm_tests::world::secret("alpha").public_key();
        // That the NDC is served by retirement only is a rule of form.
        let parsed = jcm_format::command::Command::parse(&command.to_payload());
        parsed.is_ok_and(|command| {
            jcm_ledger::prepare(world.state(), world.now, &command, &[signer]).is_ok()
        })
    }

    #[test]
    fn ranges_of_one_request_share_what_is_authorised() {
        let mut world = World::stocked();
        world.authorise(10, 10);
        let mut taken = Taken::new();
        let mut told = |units: &str| {
            let range = units.parse().expect("a range");
            verdict(world.state(), range, UseKind::Ndc, &mut taken).0
        };
        let told = ["2:1-6", "2:7-11", "4:1-4", "4:5-5"].map(|units| told(units).is_some());
        assert_eq!(told, [true, false, true, false]);
    }

    /// The ledger decides; what is told before must be what it would say.
    #[test]
    fn what_is_told_is_what_the_ledger_decides() {
        let mut world = World::stocked();
        for round in 0..2 {
            // A unit of each class: B2 of 2019, B1 of 2022, C of 2020, A of 2023.
            for block in 1..=4 {
                let units = format!("{block}:1-5");
                let range: SerialRange = units.parse().expect("a range");
                for use_ in [
                    UseKind::Ndc,
                    UseKind::Shk,
                    UseKind::Voluntary,
                    UseKind::InternationalMitigation,
                ] {
                    let (operation, _, reason) =
                        verdict(world.state(), range, use_, &mut Taken::new());
                    let can =
                        [(RETIREMENT, Purpose::Retirement), (CANCELLATION, Purpose::Cancellation)]
                            .map(|(word, purpose)| {
                                (word, is_recorded(&mut world, &units, use_, purpose))
                            });
                    let told = operation.map(|told| can.contains(&(told, true)));
                    let can_any = can.iter().any(|(_, can)| *can);
                    let what = format!("{units} for {use_:?} in round {round}: {reason} {can:?}");
                    match told {
                        Some(can) => assert!(can, "{what}"),
                        None => assert!(!can_any, "{what}"),
                    }
                }
            }
            if round == 0 {
                world.authorise(1_000, 1_000);
            }
        }
    }
}

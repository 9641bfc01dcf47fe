//! Whether units may serve a use, and by which operation (`docs/spec/commands.md`,
//! under ApplyTransfer). The ledger judges again when the application comes.

use super::units;
use crate::clock;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::command::{Purpose, UseKind};
use jcm_format::limits::RANGES_MAX;
use jcm_format::serial::SerialRange;
use jcm_ledger::eligibility::{self, FIRST_NDC_YEAR, ShkGround};
use jcm_ledger::state::Block;
use jcm_ledger::{Reason, State, Uses};

/// Why, in both languages, and by which operation if at all.
type Verdict = (Option<&'static str>, &'static str, &'static str);

const RETIREMENT: &str = "retirement";
const CANCELLATION: &str = "cancellation";

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
    let mut uses = Uses::new(view.state(), clock::now().date_in_japan());
    let results = request.ranges.into_iter().map(|wire| {
        let range = units::range_of(wire, "ranges")?;
        let (operation, reason_ja, reason_en) = verdict(&mut uses, view.state(), range, use_);
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
        "other-purposes" => UseKind::OtherPurposes,
        "omge" => UseKind::Omge,
        "other" => UseKind::Other,
        _ => {
            let wanted = "give ndc, shk, gx-ets, voluntary, international-mitigation, \
                          other-purposes, omge or other"
                .to_owned();
            return Err(Refusal::Argument { field: "use", wanted });
        }
    })
}

fn verdict(uses: &mut Uses<'_>, state: &State, range: SerialRange, use_: UseKind) -> Verdict {
    let block = state.block(range.block());
    let Some(block) = block.filter(|block| range.last() <= block.quantity_tonnes.get()) else {
        return (
            None,
            "発行されていない単位が含まれています。",
            "Some of these units were never issued.",
        );
    };
    match use_ {
        UseKind::Ndc => by_retirement(uses, range, use_),
        UseKind::Shk if FIRST_NDC_YEAR <= block.vintage.get() => {
            by_retirement(uses, range, use_)
        }
        UseKind::Shk => shk_before_2021(state, block),
        UseKind::InternationalMitigation | UseKind::OtherPurposes => {
            by_cancellation(uses, range, use_)
        }
        UseKind::Omge if state.article6().is_none() => refused(Reason::Article6Off),
        UseKind::Omge => (
            Some(CANCELLATION),
            "世界全体の排出の総体的な緩和（OMGE）には、取消しによって使用します。",
            "Overall mitigation in global emissions (OMGE) is served by cancellation.",
        ),
        UseKind::Voluntary => (
            Some(CANCELLATION),
            "自主的な主張には、取消しによって使用します。",
            "A voluntary claim is served by cancellation.",
        ),
        UseKind::GxEts if is_off(state) => refused(Reason::GxEtsOff),
        UseKind::GxEts | UseKind::Other => {
            let retired = by_retirement(uses, range, use_);
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

/// Whether the rule data adopted for Article 6 say that units do not serve GX-ETS.
fn is_off(state: &State) -> bool {
    state.article6().is_some_and(|article6| article6.gx_ets_cap_basis_points.is_none())
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

/// Cancellation for international purposes, which may need both sides' leave.
fn by_cancellation(uses: &mut Uses<'_>, range: SerialRange, use_: UseKind) -> Verdict {
    match uses.check(range, Purpose::Cancellation, use_) {
        Ok(()) => (
            Some(CANCELLATION),
            "他の国際的な緩和の目的には、取消しによって使用します。",
            "Other international mitigation purposes are served by cancellation.",
        ),
        Err(broken) => refused(broken.reason),
    }
}

/// Retirement: vintages from 2021, authorised by both sides.
fn by_retirement(uses: &mut Uses<'_>, range: SerialRange, use_: UseKind) -> Verdict {
    match uses.check(range, Purpose::Retirement, use_) {
        Ok(()) => (
            Some(RETIREMENT),
            "両国の承認があり、無効化によって使用できます。",
            "Both sides have authorised: the units serve it by retirement.",
        ),
        Err(broken) => refused(broken.reason),
    }
}

/// Why not, in the words of the rule.
const fn refused(reason: Reason) -> Verdict {
    (None, reason.japanese(), reason.english())
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
        let mut uses = Uses::new(world.state(), world.now.date_in_japan());
        let mut told = |units: &str| {
            let range = units.parse().expect("a range");
            verdict(&mut uses, world.state(), range, UseKind::Ndc).0
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
                    let state = world.state();
                    let mut uses = Uses::new(state, world.now.date_in_japan());
                    let (operation, _, reason) = verdict(&mut uses, state, range, use_);
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

//! An honest log passes, whole or in parts, and its figures are right.

mod common;

use common::*;
use jcm_verify::verify_frames;

#[test]
fn an_honest_log_passes() {
    let life = Life::honest();
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
    assert_eq!(report.entries, life.steps.len() as u64);
    assert_eq!(report.replayed, report.entries);
    let figures = report.figures.clone().expect("replayed to the end");
    assert_eq!(figures.issued_tonnes, 1_000 + 800 + 400 + 200 + 600 + 100 + 100);
    assert_eq!(figures.retired_tonnes, 300);
    assert_eq!(figures.cancelled_tonnes, 100);
    assert_eq!(figures.held_tonnes, 3_200 - 400);
    assert_eq!(figures.adjustments_tonnes.get("VN"), Some(&300));
}

#[test]
fn any_number_of_threads_gives_the_same_report() {
    let frames = Life::honest().frames();
    let one = verify_frames(frames.clone(), &options(1));
    for threads in [2, 3, 8] {
        assert_eq!(verify_frames(frames.clone(), &options(threads)), one);
    }
}

#[test]
fn a_command_id_may_be_used_again_after_its_time() {
    let mut life = Life::honest();
    let old = life.step("class-c").command.clone();
    let (body, event) = register_project("VN007");
    life.push(&[who::OPERATOR_1], body, event);
    life.last().command.id = old.id;
    let step = life.last();
    // Not while the earlier command is valid, to the millisecond.
    assert!(old.valid_until.as_ms() < step.time_ms);
    assert!(verify(life.frames()).ok);
}

//! What becomes of an application.

use super::Parsed;
use super::choices::refusal_ground;
use super::fields::{at_most, attachments, date, entry, text};
use crate::command::{Body, FieldError, FieldRule};
use crate::limits::COMPLETION_ITEMS_MAX;
use crate::pb;

pub(super) fn withdraw_application(m: &pb::WithdrawApplication) -> Parsed<Body> {
    Ok(Body::WithdrawApplication {
        application: entry("withdraw_application.application", m.application)?,
        reason: text("withdraw_application.reason", &m.reason)?,
    })
}

pub(super) fn record_application(m: &pb::RecordApplication) -> Parsed<Body> {
    let application = entry("record_application.application", m.application)?;
    Ok(Body::RecordApplication { application })
}

pub(super) fn request_completion(m: &pb::RequestCompletion) -> Parsed<Body> {
    let at = "request_completion.items";
    if m.items.is_empty() {
        return Err(FieldError::new(at, FieldRule::EmptyList));
    }
    at_most(at, m.items.len(), COMPLETION_ITEMS_MAX)?;
    let items = m.items.iter().enumerate().map(|(i, raw)| text(&format!("{at}[{i}]"), raw));
    Ok(Body::RequestCompletion {
        application: entry("request_completion.application", m.application)?,
        items: items.collect::<Parsed<_>>()?,
        due: date("request_completion.due", m.due)?,
    })
}

pub(super) fn complete_application(m: &pb::CompleteApplication) -> Parsed<Body> {
    Ok(Body::CompleteApplication {
        application: entry("complete_application.application", m.application)?,
        attachments: attachments("complete_application.attachments", &m.attachments)?,
    })
}

pub(super) fn refuse_application(m: &pb::RefuseApplication) -> Parsed<Body> {
    Ok(Body::RefuseApplication {
        application: entry("refuse_application.application", m.application)?,
        ground: refusal_ground("refuse_application.ground", m.ground)?,
        explanation: text("refuse_application.explanation", &m.explanation)?,
    })
}

pub(super) fn lapse_application(m: &pb::LapseApplication) -> Parsed<Body> {
    let application = entry("lapse_application.application", m.application)?;
    Ok(Body::LapseApplication { application })
}

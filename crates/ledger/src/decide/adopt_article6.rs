//! AdoptArticle6: rule data for Article 6 and for the uses that reports are made of.

use super::Decision;
use jcm_format::command::Article6;
use jcm_format::event::Effect;

/// No rule of its own: every item may be adopted anew.
pub(super) fn decide(article6: Article6) -> Decision {
    Ok(vec![Effect::Article6Adopted(article6)])
}

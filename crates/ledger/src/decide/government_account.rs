//! OpenGovernmentAccount (registry ordinance, art. 2(1)).

use super::{Case, Decision};
use crate::rejection::{Reason, Rejection};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::text::Text;

pub(super) fn decide(
    case: &Case<'_>,
    category: AccountCategory,
    name_ja: &Text,
    name_en: &Text,
) -> Decision {
    let account = case
        .state
        .next_government_account()
        .ok_or_else(|| Rejection::new(Reason::GovernmentAccountsFull, ""))?;
    // After this point the command is accepted.
    let (name_ja, name_en) = (name_ja.clone(), name_en.clone());
    Ok(vec![
        Effect::GovernmentAccountOpened { account, category },
        Effect::GovernmentAccountNamed { account, name_ja, name_en },
    ])
}

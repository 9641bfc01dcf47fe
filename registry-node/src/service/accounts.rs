//! Accounts.

use crate::access::Pass;
use crate::clock;
use crate::page::{self, PAGE_MAX};
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Acceptance, Holder};
use jcm_format::event::AccountCategory;
use jcm_format::id::AccountNumber;
use jcm_format::text::Text;
use jcm_format::time::Date;
use jcm_ledger::State;
use jcm_ledger::state::{Account, AccountHolder};

/// One account.
pub(crate) fn one(
    shared: &Shared,
    pass: &Pass,
    request: pb::GetAccountRequest,
) -> Result<pb::Account, Refusal> {
    let view = shared.view();
    let state = view.state();
    let account = seen(state, pass, request.account)?;
    let trusted = state.trusted_by(account.number).take(PAGE_MAX);
    let trusted = trusted.map(|(account, from)| pb::TrustedAccount {
        account: account.get(),
        from: from.to_string(),
    });
    Ok(pb::Account { trusted: trusted.collect(), ..account_message(state, account, today()) })
}

fn today() -> Date {
    clock::now().date_in_japan()
}

/// The account with this number, as a request gave it.
pub(crate) fn find(state: &State, number: u32) -> Result<&Account, Refusal> {
    AccountNumber::new(number)
        .and_then(|number| state.account(number))
        .ok_or_else(|| Refusal::Absent { what: "account", which: number.to_string() })
}

/// As [`find`]; an account that is not the caller's is not there.
pub(crate) fn seen<'a>(state: &'a State, pass: &Pass, number: u32) -> Result<&'a Account, Refusal> {
    if !pass.sees_account(number) {
        return Err(Refusal::Absent { what: "account", which: number.to_string() });
    }
    find(state, number)
}

/// The account that a list is restricted to; 0 = every one that the caller may see.
pub(crate) fn seen_or_every(
    state: &State,
    pass: &Pass,
    number: u32,
) -> Result<Option<AccountNumber>, Refusal> {
    match number {
        0 if pass.sees_all() => Ok(None),
        0 => match pass.account() {
            Some(own) => Ok(Some(own)),
            // Without an account nothing is seen; lists that show more say so themselves.
            None => Err(Refusal::Absent { what: "account", which: number.to_string() }),
        },
        number => seen(state, pass, number).map(|account| Some(account.number)),
    }
}

/// Every account, by number.
pub(crate) fn list(
    shared: &Shared,
    request: &pb::ListAccountsRequest,
) -> Result<pb::ListAccountsResponse, Refusal> {
    let after = page::after("accounts", &request.page_token, |text| text.parse::<u32>().ok())?;
    let view = shared.view();
    let state = view.state();
    let accounts = state
        .accounts()
        .skip_while(|account| after.is_some_and(|after| account.number.get() <= after));
    let (accounts, next_page_token) =
        page::take(accounts, page::page_size(request.page_size), "accounts", |account| {
            account.number.get()
        });
    let today = today();
    let accounts = accounts.into_iter().map(|account| account_message(state, account, today));
    let accounts = accounts.collect();
    Ok(pb::ListAccountsResponse { accounts, next_page_token })
}

fn account_message(state: &State, account: &Account, today: Date) -> pb::Account {
    // Neither a restriction nor a trust is recorded of a government account.
    let encumbered = account.is_entity().then(|| encumbered(state, account.number));
    let (restricted, in_trust) = encumbered.unwrap_or((Tonnes::ZERO, Tonnes::ZERO));
    let (name_ja, name_en) = match &account.name {
        Some(name) => (name.ja.to_string(), name.en.to_string()),
        None => Default::default(),
    };
    let mandates = account.is_entity().then(|| mandates(state, account.number, today));
    let (mandate, next_mandate, next_mandate_from) = mandates.unwrap_or_default();
    pb::Account {
        number: account.number.to_string(),
        id: account.number.get(),
        category: category(account.category).to_owned(),
        holder: account.holder.as_ref().map(holder_message),
        balance_tonnes: state.balance(account.number).get(),
        opened_entry: account.opened.get(),
        closed: account.closed.is_some(),
        name_ja,
        name_en,
        restricted_tonnes: restricted.get(),
        trust_tonnes: in_trust.get(),
        acceptance: acceptance(&account.acceptance).to_owned(),
        frozen: state.is_frozen(account.number),
        mandate,
        next_mandate,
        next_mandate_from,
        trusted_count: state.trusted_by(account.number).count() as u64,
        trusted: Vec::new(),
    }
}

/// The mandate in force, and that to come with its first day.
fn mandates(state: &State, account: AccountNumber, today: Date) -> (String, String, String) {
    let in_force = state.mandate_on(account, today);
    let in_force = in_force.as_ref().map_or_else(String::new, words::mandate_words);
    match state.mandate_after(account, today) {
        Some(next) => (in_force, words::mandate_words(&next.mandate), next.effective.to_string()),
        None => (in_force, String::new(), String::new()),
    }
}

/// How much of what an account holds is under a restriction, and in trust.
fn encumbered(state: &State, account: AccountNumber) -> (Tonnes, Tonnes) {
    let mut sums = (Tonnes::ZERO, Tonnes::ZERO);
    // Most accounts have neither; then their units are not looked at.
    let is_restricted = state.restrictions_of(account).next().is_some();
    for held in state.holdings(account) {
        let in_trust = state.in_trust(held).map(|(part, _)| part.quantity());
        let in_trust = Tonnes::checked_sum(in_trust).unwrap_or(Tonnes::ZERO);
        sums.1 = sums.1.checked_add(in_trust).unwrap_or(sums.1);
        if is_restricted {
            let units = state.units(held);
            let restricted = units.iter().filter(|stretch| stretch.restricted);
            let restricted = Tonnes::checked_sum(restricted.map(|part| part.range.quantity()));
            sums.0 = sums.0.checked_add(restricted.unwrap_or(Tonnes::ZERO)).unwrap_or(sums.0);
        }
    }
    sums
}

fn acceptance(acceptance: &Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Anybody => "anybody",
        Acceptance::Listed(_) => "listed",
        Acceptance::Consent => "consent",
    }
}

/// An individual's name and address are not in the log, and not told here.
fn holder_message(holder: &AccountHolder) -> pb::Holder {
    let person = holder.person.to_string();
    let Some(Holder { name_ja, name_en, head_office_ja, head_office_en }) = &holder.particulars
    else {
        return pb::Holder { person, ..Default::default() };
    };
    let text = |text: &Option<Text>| text.as_ref().map_or_else(String::new, Text::to_string);
    pb::Holder {
        person,
        name_ja: text(name_ja),
        name_en: name_en.to_string(),
        head_office_ja: text(head_office_ja),
        head_office_en: head_office_en.to_string(),
    }
}

/// A category's name on the wire.
pub(crate) fn category(category: AccountCategory) -> &'static str {
    match category {
        AccountCategory::GovernmentHolding => "government-holding",
        AccountCategory::Retirement => "retirement",
        AccountCategory::Cancellation => "cancellation",
        AccountCategory::Entity => "entity",
    }
}

//! Accounts and payments.

use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::amount::Yen;
use jcm_format::event::AccountCategory;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use jcm_ledger::State;
use jcm_ledger::state::{Account, AccountHolder, Payment};

/// One account.
pub(crate) fn one(shared: &Shared, request: pb::GetAccountRequest) -> Result<pb::Account, Refusal> {
    let view = shared.view();
    let account = find(view.state(), request.account)?;
    Ok(account_message(view.state(), account))
}

/// The account with this number, as a request gave it.
pub(crate) fn find(state: &State, number: u32) -> Result<&Account, Refusal> {
    AccountNumber::new(number)
        .and_then(|number| state.account(number))
        .ok_or_else(|| Refusal::Absent { what: "account", which: number.to_string() })
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
    let accounts = accounts.into_iter().map(|account| account_message(state, account)).collect();
    Ok(pb::ListAccountsResponse { accounts, next_page_token })
}

fn account_message(state: &State, account: &Account) -> pb::Account {
    pb::Account {
        number: account.number.to_string(),
        id: account.number.get(),
        category: category(account.category).to_owned(),
        holder: account.holder.as_ref().map(holder_message),
        balance_tonnes: state.balance(account.number).get(),
        opened_entry: account.opened.get(),
    }
}

fn holder_message(holder: &AccountHolder) -> pb::Holder {
    let particulars = &holder.particulars;
    let text = |text: &Option<Text>| text.as_ref().map_or_else(String::new, Text::to_string);
    pb::Holder {
        person: holder.person.to_string(),
        name_ja: text(&particulars.name_ja),
        name_en: particulars.name_en.to_string(),
        head_office_ja: text(&particulars.head_office_ja),
        head_office_en: particulars.head_office_en.to_string(),
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

/// One payment.
pub(crate) fn payment(
    shared: &Shared,
    request: pb::GetPaymentRequest,
) -> Result<pb::Payment, Refusal> {
    let view = shared.view();
    view.state()
        .payment(EntryIndex::new(request.payment))
        .map(payment_message)
        .ok_or_else(|| Refusal::Absent { what: "payment", which: request.payment.to_string() })
}

/// Every payment, oldest first.
pub(crate) fn payments(
    shared: &Shared,
    request: &pb::ListPaymentsRequest,
) -> Result<pb::ListPaymentsResponse, Refusal> {
    let after = page::after("payments", &request.page_token, |text| text.parse::<u64>().ok())?;
    let view = shared.view();
    let payments = view
        .state()
        .payments()
        .skip_while(|payment| after.is_some_and(|after| payment.entry.get() <= after))
        .filter(|payment| !request.unspent_only || payment.left_yen != Yen::ZERO);
    let (payments, next_page_token) =
        page::take(payments, page::page_size(request.page_size), "payments", |payment| {
            payment.entry
        });
    let payments = payments.into_iter().map(payment_message).collect();
    Ok(pb::ListPaymentsResponse { payments, next_page_token })
}

fn payment_message(payment: &Payment) -> pb::Payment {
    pb::Payment {
        entry: payment.entry.get(),
        bank_reference: payment.bank_reference.to_string(),
        amount_yen: payment.amount_yen.get(),
        left_yen: payment.left_yen.get(),
        value_date: payment.value_date.to_string(),
        account: payment.account.map_or(0, AccountNumber::get),
    }
}

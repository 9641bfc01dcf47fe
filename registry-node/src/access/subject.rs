//! What a request is about, in the words of the audit file.

use jcm_api::pb;
use jcm_api::pb::list_history_request::Subject;
use jcm_format::command::Command;

/// A request that names whose data it asks for.
pub(crate) trait AboutWhom {
    /// What it asks for; empty where the method says it all.
    fn about(&self) -> String;
}

/// Requests of which the method says it all.
macro_rules! about_everything {
    ($($request:ident),* $(,)?) => {
        $(impl AboutWhom for pb::$request {
            fn about(&self) -> String {
                String::new()
            }
        })*
    };
}

/// Requests about one account, or where that is 0, every one.
macro_rules! about_an_account {
    ($($request:ident),* $(,)?) => {
        $(impl AboutWhom for pb::$request {
            fn about(&self) -> String {
                account(self.account)
            }
        })*
    };
}

/// Requests about the application of an entry.
macro_rules! about_an_application {
    ($($request:ident),* $(,)?) => {
        $(impl AboutWhom for pb::$request {
            fn about(&self) -> String {
                format!("application {}", self.application)
            }
        })*
    };
}

about_everything!(ListAccountsRequest, ListPaymentsRequest, FindStatementLinesRequest);

about_an_account!(
    GetAccountRequest,
    ListKeysRequest,
    ListHoldingsRequest,
    ListApplicationsRequest,
    PickUnitsRequest,
    ListRestrictionsRequest,
    ListTrustsRequest,
    ListNoticesRequest,
    SubscribeNoticesRequest,
    GetStatementRequest,
);

about_an_application!(
    GetApplicationRequest,
    GetInvoiceRequest,
    GetCertificateRequest,
    GetCancellationNoticeRequest,
);

fn account(number: u32) -> String {
    if number == 0 { "every account".to_owned() } else { format!("account {number}") }
}

/// A number that is not printable must not get into a line.
fn quoted(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Longest text of a request that is repeated in a line.
const TEXT_CHARS_MAX: usize = 128;

fn units(range: Option<&pb::Range>, identification: &str) -> String {
    match range {
        Some(range) => format!("units {}:{}-{}", range.block, range.first, range.last),
        None => format!("unit {}", quoted(identification)),
    }
}

impl AboutWhom for pb::PrepareRequest {
    fn about(&self) -> String {
        match Command::parse(&self.payload) {
            Ok(command) => format!("command {} {}", command.id, command.body.name()),
            Err(_) => "what is no command".to_owned(),
        }
    }
}

impl AboutWhom for pb::GetReceiptRequest {
    fn about(&self) -> String {
        let id: String =
            self.command_id.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("command {id}")
    }
}

impl AboutWhom for pb::GetUnitsRequest {
    fn about(&self) -> String {
        units(self.range.as_ref(), &self.identification)
    }
}

impl AboutWhom for pb::CheckEligibilityRequest {
    fn about(&self) -> String {
        format!("{} ranges of units", self.ranges.len())
    }
}

impl AboutWhom for pb::GetUnitHistoryRequest {
    fn about(&self) -> String {
        if self.identification.is_empty() {
            format!("unit {}:{}", self.block, self.unit)
        } else {
            units(None, &self.identification)
        }
    }
}

impl AboutWhom for pb::GetFeeLedgerRequest {
    fn about(&self) -> String {
        format!("{} to {}", quoted(&self.from), quoted(&self.to))
    }
}

impl AboutWhom for pb::GetReportRequest {
    fn about(&self) -> String {
        format!("{} of {}", quoted(&self.report), account(self.account))
    }
}

impl AboutWhom for pb::GetBooksRequest {
    fn about(&self) -> String {
        format!("year {}", self.year)
    }
}

impl AboutWhom for pb::GetPaymentRequest {
    fn about(&self) -> String {
        format!("payment {}/{}", self.payment, self.line)
    }
}

impl AboutWhom for pb::ListHistoryRequest {
    fn about(&self) -> String {
        match &self.subject {
            None => String::new(),
            Some(Subject::Account(number)) => account(*number),
            Some(Subject::Application(entry)) => format!("application {entry}"),
            Some(Subject::Payment(entry)) => format!("payment {entry}"),
            Some(Subject::Project(reference)) => format!("project {}", quoted(reference)),
            Some(Subject::Block(number)) => format!("block {number}"),
        }
    }
}

impl AboutWhom for pb::GetEntryRequest {
    fn about(&self) -> String {
        format!("entry {}", self.entry)
    }
}

impl AboutWhom for pb::ReadLogRequest {
    fn about(&self) -> String {
        format!("every entry from {}", self.from_entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_says_cannot_break_a_line() {
        let identification = format!("a\nb\u{7f}{}", "x".repeat(1_000));
        let request = pb::GetUnitsRequest { identification, ..Default::default() };
        let about = request.about();
        assert!(about.starts_with("unit a?b?xxx"), "{about}");
        assert_eq!(about.chars().count(), "unit ".len() + TEXT_CHARS_MAX);
    }
}

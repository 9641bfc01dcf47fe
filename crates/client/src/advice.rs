//! What to do next, for every kind of failure: one table, by stable reason.

use crate::error::{ClientError, Outcome, Refusal};

/// Advice by stable reason. A reason that is not listed gets the advice for its
/// status code.
const BY_REASON: &[(&str, &str)] = &[
    ("WRONG_REGISTRY", "Check the endpoint, or build the command again for this registry."),
    (
        "COMMAND_EXPIRED",
        "Build and sign it again; if it happens at once, set this computer's clock.",
    ),
    ("VALIDITY_TOO_LONG", "Use a validity of at most 24 hours, and check this computer's clock."),
    ("COMMAND_ID_REUSED", "Build the command again: it then gets a new id."),
    (
        "KEY_UNKNOWN",
        "Sign with a registered key, or have this one registered (for an account: by one of its own keys and the authority).",
    ),
    ("KEY_REVOKED", "Sign with a valid key."),
    (
        "CALLER_PROOF_MISSING",
        "Say who asks: name your key file with --key, or in JCM_KEY or JCM_READER.",
    ),
    ("CALLER_ROLE", "Ask with the key of somebody whom the registry answers this."),
    (
        "CALLER_NOT_A_SIGNER",
        "Ask with the key of one who is to sign, or of the same account or person.",
    ),
    ("CALLER_KEY_NOT_IN_FORCE", "Ask with a key that is valid."),
    ("CALLER_KEY_UNSUITABLE", "Make a new key."),
    (
        "CALLER_PROOF_TIME",
        "Set this computer's clock; the message says what time the registry has.",
    ),
    (
        "CALLER_PROOF_REGISTRY",
        "Check the endpoint: the registry there is not the one that this home folder trusts.",
    ),
    ("CALLER_PROOF_REPEATED", "Ask again: every question is signed anew."),
    ("ABSENT", "Check the number; what is somebody else's is answered as what does not exist."),
    ("ROLE_NOT_PERMITTED", "Sign with the key of the role that this act belongs to."),
    (
        "SECOND_SIGNATURE_MISSING",
        "Have a second person of the same role sign too: give both keys, or pass the unsigned file on.",
    ),
    ("SIGNATURE_INVALID", "Sign again: the payload was changed after it was signed."),
    (
        "POSSESSION_NOT_PROVED",
        "Have the key's owner make a new proof for this registry and exactly this role.",
    ),
    ("KEY_UNSUITABLE", "Make a new key."),
    ("KEY_ALREADY_REGISTERED", "Make a new key: a key is registered once only."),
    ("ACCOUNT_UNKNOWN", "Check the account number; list the accounts to find it."),
    ("FEE_UNPAID", "Record the payment and apply it to the application; then try again."),
    ("FEE_PAYMENT_NOT_NEEDED", "Leave the payment out: nothing is due."),
    ("PAYMENT_SPENT", "Choose a payment with enough left, or apply several."),
    ("PAYMENT_OF_ANOTHER", "Choose a payment that was recorded for this account."),
    ("PAYMENT_UNKNOWN", "List the payments to find its entry number."),
    ("FEE_EXCEEDED", "Apply at most what is still due; show the application to see it."),
    ("APPLICATION_UNKNOWN", "List the applications to find its entry number."),
    ("APPLICATION_CLOSED", "Nothing is left to do for it; its history shows what became of it."),
    ("ACCOUNT_EXISTS_FOR_PERSON", "Use the account that the person has."),
    ("PROJECT_UNKNOWN", "Register the project first, or check its reference."),
    (
        "CONSENT_DIFFERS",
        "Record exactly what the partner authority consented to, or have it consent anew.",
    ),
    ("CONSENT_UNKNOWN", "Give the entry number of the partner authority's consent."),
    ("UNITS_NOT_HELD", "Show the account's holdings and choose ranges from them."),
    ("UNITS_RESERVED", "Withdraw the application that reserves them, or choose other units."),
    ("CLASSES_MIXED", "Make one application for class C units and another for the rest."),
    ("RETIREMENT_BEFORE_2021", "Cancel these units instead; they cannot serve the NDC."),
    (
        "AUTHORISATION_OF_JAPAN_MISSING",
        "Choose authorised units, or have Japan's authorisation recorded first.",
    ),
    (
        "AUTHORISATION_OF_PARTNER_MISSING",
        "Choose authorised units, or have the partner's authorisation recorded first.",
    ),
    (
        "AUTHORISATION_EXHAUSTED",
        "Use less, or have a further authorisation recorded by both sides.",
    ),
    (
        "PURPOSE_DESTINATION_MISMATCH",
        "Retire into the retirement account, cancel into the cancellation account, transfer to any other.",
    ),
    (
        "GRATUITOUS_NOT_APPLICABLE",
        "Leave the declaration out: the fee is waived towards government accounts only.",
    ),
    (
        "PAYMENT_RECORDED_BEFORE",
        "Nothing is left to do if it is the same payment; `jcm payment list --all` shows it.",
    ),
    ("UNITS_UNKNOWN", "Show the account's holdings and choose ranges from them."),
    ("DESTINATION_UNKNOWN", "Check the account number; the account may have been closed."),
    ("DATE_IN_FUTURE", "Give a day up to today, in Japan."),
    ("VALUE_DATE_IN_FUTURE", "Give a day up to today, in Japan."),
    (
        "RULES_VERSION",
        "Number the rules one above the version in force; `jcm rules show` shows it.",
    ),
    ("FEES_NOT_IN_FORCE", "Let the first period of the fee schedule begin today or earlier."),
    ("GOVERNMENT_ACCOUNTS_FULL", "Use a government account that there is."),
    (
        "CALENDAR_MISSING",
        "Adopt the calendar of every year touched (`jcm calendar adopt`); then try again.",
    ),
    (
        "COMPLETION_AWAITED",
        "Wait until the applicant has handed in what is missing, or for the day set.",
    ),
    ("COMPLETION_NOT_ASKED", "Nothing is missing from it; hand in nothing."),
    (
        "STATEMENT_IMPORTED",
        "Nothing is left to import from this file; match its payments with --match-only.",
    ),
    (
        "NOT_REFUNDABLE",
        "Refund what is left of the payment instead, or refuse the application first.",
    ),
    ("REFUND_EXCEEDED", "Refund at most what was paid for it; show the application to see it."),
    (
        "GROUND_NOT_APPLICABLE",
        "Choose falsehood or procedure; the other grounds are for transfers alone.",
    ),
    ("GROUND_UNFOUNDED", "Record the restriction first, or refuse on the ground that applies."),
    ("NOT_LAPSED", "Wait for the last day; the application shows it."),
    ("DUE_DATE_PAST", "Set a day after today."),
    ("APPLICATION_PENDING", "Wait for the open application, or withdraw it."),
    ("ACCOUNT_NOT_EMPTY", "Transfer, retire or cancel every unit first."),
    ("ACCOUNT_RESTRICTED", "Have every restriction on the account released first."),
    (
        "PARTICULARS_MISFIT",
        "Leave out what an individual does not publish; give Japanese names for a corporation in Japan.",
    ),
    (
        "NOT_A_PROPONENT",
        "Have the operator register the person as proponent first, and use the same commitment.",
    ),
    ("PROPONENT_EXISTS", "Nothing is left to do: the person is a proponent of the project."),
    (
        "UNITS_RESTRICTED",
        "Choose other units; `jcm restriction list` shows what is restricted, and why.",
    ),
    (
        "UNITS_IN_TRUST",
        "Choose units that are not trust property, or have them leave the trust with --trust-delete.",
    ),
    ("UNITS_NOT_IN_TRUST", "Choose trust property; `jcm trust list` shows it."),
    ("TRUST_ACCOUNT", "Name the entity account of the trustee as the destination."),
    ("TRUSTS_DIFFER", "Apply for the units of each trust by itself."),
    ("TRUSTEE_DISMISSED", "Let the new trustee apply; the dismissed one no longer may."),
    ("TRUST_UNKNOWN", "Give the entry that recorded the trust; `jcm trust list` shows it."),
    (
        "RESTRICTION_UNKNOWN",
        "Give the entry of a restriction in force; `jcm restriction list` shows them.",
    ),
    ("ACCEPTANCE_OFF", "The rules in force let nobody choose from whom to receive units."),
    ("NOT_ACCEPTED", "Ask the holder of the destination to list your account."),
    ("ACCEPTANCE_AWAITED", "Wait until the transferee has consented."),
    ("ACCEPTANCE_NOT_ASKED", "No consent is awaited; there is nothing to accept."),
    ("USE_NOT_ELIGIBLE", "Choose units that serve this use; `jcm units eligible` tells which do."),
    ("ENTRY_UNKNOWN", "Give the number of the entry that is wrong."),
    ("MOVE_UNRELATED", "Move units from or to the account that is corrected only."),
    ("MOVE_TO_SINK", "Correct towards a holding account; retire or cancel by a transfer."),
    (
        "THIRD_PARTY_CONSENT_MISSING",
        "Obtain the consent of the other holder who loses units, and name it as third_party_consent.",
    ),
    ("BOOKS_YEAR_OPEN", "Close the year after its 31 March."),
    ("BOOKS_CLOSED", "Nothing is left to do: the year is closed."),
    ("BOOKS_EARLIER_OPEN", "Close the earlier years first, in order."),
    ("COMMITMENT_UNKNOWN", "Give a commitment that an entry names; `jcm entry` shows it."),
    ("ERASED_ALREADY", "Nothing is left to do: the data is erased."),
    ("UNITS_SHORT", "Ask for at most what is available, or choose among more units."),
    ("TOO_MUCH", "Ask for less at once, as the message says."),
    (
        "PRIVATE_DATA_ERASED",
        "Build the command again: the same data then gets a fresh salt and another commitment.",
    ),
    (
        "NOT_ERASED",
        "Send the same command again: the erasure is recorded, and the data is then removed.",
    ),
    ("EFFECT_NOT_PINNED", "Prepare the command, and sign it with the digest of its effect."),
    ("PERSON_IN_TWO_ROLES", "Name another person; nobody is on both sides of the counter."),
    (
        "ACCOUNT_FROZEN",
        "Find out why it is frozen; `jcm notices` and `jcm history` tell. Two operators end a freeze.",
    ),
    (
        "LIMIT_PER_TRANSFER",
        "Split it, or set another mandate (`jcm account mandate`), which takes some working days.",
    ),
    (
        "LIMIT_PER_DAY",
        "Apply tomorrow, or set another mandate (`jcm account mandate`), which takes some working days.",
    ),
    (
        "LIMIT_UNTRUSTED",
        "Trust the destination first (`jcm account trust add`), which takes some working days, or transfer less.",
    ),
    ("TRANSFER_DELAYED", "Record it on the day that `jcm application show` names, or later."),
    ("SAFEGUARDS_OFF", "Have two authorities adopt safeguards first (`jcm safeguards adopt`)."),
    (
        "REPRESENTATIVES_MISSING",
        "Register keys of two persons first, one who initiates and another who approves; `jcm key list` shows who has one.",
    ),
    (
        "TRUSTED_ALREADY",
        "Nothing is left to do; `jcm account trust list` shows from which day it counts.",
    ),
    ("NOT_TRUSTED", "Nothing is left to do; `jcm account trust list` shows who is trusted."),
    ("ACCOUNT_NOT_FROZEN", "Nothing is left to do: the account is not frozen."),
    ("RECOVERY_PENDING", "Complete or cancel the one that waits; `jcm key list` shows it."),
    ("RECOVERY_UNKNOWN", "Give the entry that asked for it; `jcm key list` shows one that waits."),
    ("RECOVERY_TOO_EARLY", "Complete it on the day that `jcm key list` names, or later."),
    ("PROJECT_EXISTS", "Nothing is left to do; `jcm project list` shows it."),
    (
        "AUTHORISATION_EXISTS",
        "Nothing is left to do if it is the same; another needs another identifier, and a later version is a change.",
    ),
    ("DECISION_BEFORE_PERIOD_END", "Check the decision's date and the monitoring period."),
    (
        "CONSENT_EXISTS",
        "Nothing is left to do if it is the same decision; else check the monitoring period.",
    ),
    (
        "ISSUED_BEFORE",
        "Check project and monitoring period: what was issued for them is in `jcm history`.",
    ),
    (
        "ALLOCATION_TO_SINK",
        "Issue to an entity or government holding account; retire or cancel afterwards.",
    ),
    (
        "AUTHORISATION_UNKNOWN",
        "Check the identifier or entry and the side; `jcm authorisation list` shows all.",
    ),
    (
        "AUTHORISATION_DOES_NOT_COVER",
        "Compare partner, projects, vintages, purposes and approach of both (`jcm authorisation show`) with the units.",
    ),
    (
        "ARTICLE6_OFF",
        "Have two authorities adopt the rule data for Article 6 first (`jcm article6 adopt`).",
    ),
    (
        "AUTHORISATION_VERSION",
        "Number the version one above that in force; `jcm authorisation show` shows it.",
    ),
    (
        "AUTHORISATION_REVOKED",
        "Name an authorisation that is in force; `jcm authorisation list` shows them.",
    ),
    (
        "QUANTITY_BELOW_USED",
        "Authorise at least what is first transferred already; `jcm authorisation show` shows it.",
    ),
    (
        "DATE_BEFORE_VERSION",
        "Give a date from that of the version in force on; `jcm authorisation show` shows it.",
    ),
    (
        "FIRST_TRANSFER_LATER",
        "Leave both authorisations out of the issuance: these units are first transferred when they are used.",
    ),
    (
        "CONFIRMATION_EXCEEDED",
        "Confirm at most what is open; `jcm adjustment list --open` shows it.",
    ),
    (
        "CONFIRMATION_UNKNOWN",
        "Give the entry of a confirmation that stands; `jcm adjustment list` shows them.",
    ),
    (
        "AUTHORISATION_DETAILS_MISSING",
        "Add the details as a file (--details); docs/cli.md shows one.",
    ),
    (
        "TERMS_ON_CHANGE_DIFFER",
        "Set changes_reach_first_transferred as the first version has it; `jcm authorisation show` shows it.",
    ),
    ("SOURCE_IS_SINK", "Nothing can be done: what is retired or cancelled stays so."),
    ("DESTINATION_IS_SOURCE", "Name another account as the destination."),
    (
        "TRUSTEE_IN_OFFICE",
        "Have the end of the former trustee's office recorded first, or let the former trustee apply.",
    ),
    (
        "PART_WOULD_WAIT",
        "Give a payment for its fee, trust its destination first, or apply for it by itself.",
    ),
    (
        "USE_NOT_AUTHORISED",
        "Choose another use or other units; `jcm authorisation show` tells what is allowed, and in which years.",
    ),
    (
        "AUTHORISATION_WITHDRAWN",
        "Choose units of another authorisation; `jcm authorisation list` shows them.",
    ),
    (
        "OIMP_OF_JAPAN_MISSING",
        "Choose units that Japan has authorised for this purpose, or have its authorisation recorded first.",
    ),
    (
        "OIMP_OF_PARTNER_MISSING",
        "Choose units that the partner has authorised for this purpose, or have its authorisation recorded first.",
    ),
    (
        "ENTITY_NOT_AUTHORISED",
        "Leave the entity out, or name one that `jcm authorisation show` lists.",
    ),
    (
        "GX_ETS_OFF",
        "Choose another use; two authorities set the cap for GX-ETS (`jcm article6 adopt`).",
    ),
    ("REPORTING_YEAR_MISSING", "Add the fiscal year of the report (--year)."),
    ("EFFECT_CHANGED", "Prepare again, look at the new effect, and sign that."),
];

/// What to do next.
pub(crate) fn of(error: &ClientError) -> String {
    match error {
        ClientError::Endpoint { .. } => "Give a URL with scheme, host and port.".to_owned(),
        ClientError::Connect { .. } => {
            "Check that the registry runs at this endpoint and that the network lets you through; then try again.".to_owned()
        }
        ClientError::Unencrypted { .. } => {
            "Use https://; http:// is for a registry on this computer only, such as http://127.0.0.1:50051.".to_owned()
        }
        ClientError::TlsFile(error) => error.advice().to_owned(),
        ClientError::Handshake { source, .. } => source.advice().to_owned(),
        ClientError::Refused(refusal) => of_refusal(refusal),
        ClientError::NoAnswer { .. } => {
            "Whether it was recorded is not known. Send the same command again when the registry is well: if it was recorded, the answer is its receipt. Do not build another one before that is settled.".to_owned()
        }
        ClientError::Trust(error) => error.advice(),
        ClientError::Receipt(_) => {
            "Do not rely on this act. Keep the receipt that was offered, ask the registry for the receipt again, and report it to an auditor if it comes back the same.".to_owned()
        }
        ClientError::Command(_) => "Correct the command and sign it again.".to_owned(),
        ClientError::Malformed { .. } => {
            "Check that client and registry are of matching versions.".to_owned()
        }
        ClientError::Key(error) => error.advice().to_owned(),
        ClientError::NoRandomness => "Do not make keys or commands on this computer.".to_owned(),
    }
}

fn of_refusal(refusal: &Refusal) -> String {
    let listed = BY_REASON.iter().find(|(reason, _)| *reason == refusal.reason);
    if let Some((_, advice)) = listed {
        return (*advice).to_owned();
    }
    if !refusal.violations.is_empty() {
        return "Correct the fields named above.".to_owned();
    }
    match refusal.outcome() {
        Outcome::Rejected => "Correct the command; nothing was recorded.",
        Outcome::NotPermitted => "Use a key that may do this; nothing was recorded.",
        Outcome::Unavailable => {
            "Try again: the same command is safe to send again and is recorded once only."
        }
        Outcome::Untrusted | Outcome::Other => {
            "Tell the registry's operator, with the time and this message."
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::{Code, Status};

    #[test]
    fn no_reason_is_listed_twice_and_all_advice_is_a_sentence() {
        for (i, (reason, advice)) in BY_REASON.iter().enumerate() {
            assert!(BY_REASON[..i].iter().all(|(other, _)| other != reason), "{reason}");
            assert!(advice.ends_with('.'), "{reason}");
        }
    }

    /// Nobody is left with "correct the command" where units and authorisations are concerned.
    #[test]
    fn every_rejection_about_issuance_and_transfer_says_what_to_do() {
        let page = include_str!("../../../docs/spec/rejections.md");
        let mut count = 0;
        for line in page.lines() {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let number = cells.next().and_then(|number| number.parse::<u32>().ok());
            let Some(reason) = cells.next().filter(|_| number.is_some()) else { continue };
            if (600..760).contains(&number.unwrap_or(0)) {
                assert!(BY_REASON.iter().any(|(known, _)| *known == reason), "{reason}");
                count += 1;
            }
        }
        assert!(60 <= count, "{count}");
    }

    #[test]
    fn advice_follows_the_reason_and_else_the_code() {
        let mut refusal = Refusal::from_status(&Status::new(Code::FailedPrecondition, "m"));
        assert!(of_refusal(&refusal).contains("nothing was recorded"));
        refusal.reason = "FEE_UNPAID".to_owned();
        assert!(of_refusal(&refusal).contains("apply it"));
        let busy = Refusal::from_status(&Status::new(Code::Unavailable, "starting"));
        assert!(of_refusal(&busy).contains("safe to send again"));
    }
}

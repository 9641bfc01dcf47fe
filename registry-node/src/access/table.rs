//! Who may call what: the one table, method by role. `docs/spec/access.md` shows it
//! as it is printed here, and a test walks every cell of it on a running service.

use super::Method;

/// What somebody is to the registry: the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Proves nothing.
    Public,
    /// Has a key that nobody registered.
    Applicant,
    /// Represents an account.
    Holder,
    /// Is the competent authority of a partner country.
    Partner,
    /// Is staff of the implementing body.
    Operator,
    /// Is a minister's key.
    Authority,
    /// Reads everything, signs nothing.
    Auditor,
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Everything that the method shows.
    Allowed,
    /// What is the caller's own; the rest is answered as if it did not exist.
    Own,
    /// Nothing.
    Denied,
}

use Grant::{Allowed, Denied, Own};

/// A row: one cell for each of [`Class::ALL`].
type Row = [Grant; Class::ALL.len()];

//                        public   applicant holder partner  operator authority auditor
const OPEN: Row = [Allowed, Allowed, Allowed, Allowed, Allowed, Allowed, Allowed];
const SIGNERS: Row = [Denied, Own, Own, Own, Own, Own, Own];
const OF_ACCOUNT: Row = [Denied, Denied, Own, Denied, Allowed, Allowed, Allowed];
const OF_APPLICANT: Row = [Denied, Own, Own, Denied, Allowed, Allowed, Allowed];
const OF_UNITS: Row = [Denied, Denied, Own, Own, Allowed, Allowed, Allowed];
const ABOUT_UNITS: Row = [Denied, Denied, Allowed, Allowed, Allowed, Allowed, Allowed];
const OF_RECORD: Row = [Denied, Own, Own, Own, Allowed, Allowed, Allowed];
const OF_LOG: Row = [Denied, Own, Own, Allowed, Allowed, Allowed, Allowed];
const WHOLE_LOG: Row = [Denied, Denied, Denied, Allowed, Allowed, Allowed, Allowed];
const OFFICE: Row = [Denied, Denied, Denied, Denied, Allowed, Allowed, Allowed];

/// The row of a method. Every method is listed: a new one must be thought about.
const fn row(method: Method) -> Row {
    match method {
        Method::GetRegistry
        | Method::Quote
        | Method::GetRules
        | Method::GetPublication
        | Method::ListProjects
        | Method::ListAuthorisations
        | Method::GetAuthorisation
        | Method::ListAdjustments
        | Method::ListConfirmations
        | Method::GetTotals
        | Method::GetCheckpoint
        | Method::ListCheckpoints
        | Method::GetInclusionProof
        | Method::GetConsistencyProof => OPEN,
        // A command proves by its own signatures who acts.
        Method::Submit | Method::SubmitStream => OPEN,
        // Own: by one of the signers that it names.
        Method::Prepare => SIGNERS,
        Method::GetAccount
        | Method::ListKeys
        | Method::ListHoldings
        | Method::PickUnits
        | Method::ListRestrictions
        | Method::ListTrusts
        | Method::ListNotices
        | Method::SubscribeNotices
        | Method::GetStatement
        | Method::GetReport
        | Method::GetCertificate
        | Method::GetCancellationNotice
        | Method::GetPayment
        | Method::ListPayments => OF_ACCOUNT,
        Method::GetApplication | Method::ListApplications | Method::GetInvoice => OF_APPLICANT,
        Method::GetUnits | Method::GetUnitHistory => OF_UNITS,
        Method::CheckEligibility => ABOUT_UNITS,
        Method::ListHistory => OF_RECORD,
        Method::GetReceipt | Method::GetEntry => OF_LOG,
        Method::ReadLog => WHOLE_LOG,
        Method::ListAccounts
        | Method::GetFeeLedger
        | Method::GetBooks
        | Method::FindStatementLines => OFFICE,
    }
}

impl Class {
    /// Every class, in the order of the columns.
    pub(crate) const ALL: [Class; 7] = [
        Class::Public,
        Class::Applicant,
        Class::Holder,
        Class::Partner,
        Class::Operator,
        Class::Authority,
        Class::Auditor,
    ];

    /// Its name, for people and for the audit file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Class::Public => "public",
            Class::Applicant => "applicant",
            Class::Holder => "holder",
            Class::Partner => "partner",
            Class::Operator => "operator",
            Class::Authority => "authority",
            Class::Auditor => "auditor",
        }
    }
}

impl Class {
    /// For a sentence.
    pub(crate) fn with_article(self) -> String {
        let article = match self {
            Class::Public => "the",
            Class::Applicant | Class::Operator | Class::Authority | Class::Auditor => "an",
            Class::Holder | Class::Partner => "a",
        };
        format!("{article} {}", self.word())
    }
}

/// What a class may see by a method.
pub(crate) fn grant(method: Method, class: Class) -> Grant {
    let columns = Class::ALL.iter().zip(row(method));
    let mut of_class = columns.filter(|(column, _)| **column == class);
    of_class.next().map_or(Denied, |(_, grant)| grant)
}

/// Whether a method needs a proof of who calls.
pub(crate) fn is_protected(method: Method) -> bool {
    grant(method, Class::Public) != Allowed
}

/// Who may call a method, for whoever may not.
pub(crate) fn who_may(method: Method) -> String {
    let may = Class::ALL.iter().filter(|class| grant(method, **class) != Denied);
    may.map(|class| class.word()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as `docs/spec/access.md` has it.
    fn markdown() -> String {
        let head = Class::ALL.map(Class::word).join(" | ");
        let mut text = format!("| method | {head} |\n|{}\n", " --- |".repeat(8));
        for method in Method::ALL {
            let cells = Class::ALL.map(|class| match grant(*method, class) {
                Allowed => "all",
                Own => "own",
                Denied => "-",
            });
            text += &format!("| {} | {} |\n", method.name(), cells.join(" | "));
        }
        text
    }

    /// `UPDATE_DOCS=1 cargo test -p registry-node --lib access` writes it anew.
    #[test]
    fn the_specification_shows_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/spec/access.md");
        let page = std::fs::read_to_string(path).expect("the page");
        let begin = "<!-- generated: roles -->\n";
        let (before, rest) = page.split_once(begin).expect("the mark before");
        let (shown, after) = rest.split_once("<!-- end -->").expect("the mark after");
        let table = format!("\n{}\n", markdown());
        if std::env::var_os("UPDATE_DOCS").is_some() {
            let page = format!("{before}{begin}{table}<!-- end -->{after}");
            std::fs::write(path, page).expect("written");
        } else {
            assert_eq!(shown, table, "run with UPDATE_DOCS=1");
        }
    }

    #[test]
    fn what_needs_no_proof_is_what_clients_are_told() {
        let open = Method::ALL.iter().filter(|method| !is_protected(**method));
        let open: Vec<&str> = open.map(|method| method.name()).collect();
        assert_eq!(open, jcm_api::access::OPEN_METHODS);
    }

    #[test]
    fn what_is_open_is_open_to_everybody_and_nothing_else_to_the_public() {
        for method in Method::ALL {
            let row = row(*method);
            assert!(row[0] != Own, "the public owns nothing: {}", method.name());
            if row[0] == Allowed {
                assert_eq!(row, OPEN, "{}", method.name());
            }
        }
    }
}

//! What a request costs the node, by its method.

/// Kinds of requests, each with a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Taking a connection.
    Connect,
    /// Answered from memory, or by reading one entry.
    Read,
    /// Answered by reading files or many entries.
    CostlyRead,
    /// As the last, but it lasts: places for those are counted by the service.
    Subscription,
    /// What a command would do.
    Prepare,
    /// Commands.
    Submission,
}

/// The path of the service.
const SERVICE: &str = "/jcm.registry.v1.Registry/";

/// Every method, so that a new one is thought about.
const METHODS: &[(&str, Class)] = &[
    ("GetRegistry", Class::Read),
    ("Prepare", Class::Prepare),
    ("Submit", Class::Submission),
    // Its messages are counted, and not the stream.
    ("SubmitStream", Class::Read),
    ("GetReceipt", Class::Read),
    ("GetAccount", Class::Read),
    ("ListKeys", Class::Read),
    ("ListAccounts", Class::Read),
    ("ListHoldings", Class::Read),
    ("GetUnits", Class::Read),
    ("GetApplication", Class::Read),
    ("ListApplications", Class::Read),
    ("Quote", Class::Read),
    ("GetInvoice", Class::CostlyRead),
    ("PickUnits", Class::CostlyRead),
    ("CheckEligibility", Class::Read),
    ("GetUnitHistory", Class::CostlyRead),
    ("ListRestrictions", Class::Read),
    ("ListTrusts", Class::Read),
    ("ListNotices", Class::CostlyRead),
    ("SubscribeNotices", Class::Subscription),
    ("GetStatement", Class::CostlyRead),
    ("GetCertificate", Class::CostlyRead),
    ("GetFeeLedger", Class::CostlyRead),
    ("GetBooks", Class::CostlyRead),
    ("FindStatementLines", Class::Read),
    ("GetRules", Class::Read),
    ("GetPublication", Class::CostlyRead),
    ("GetPayment", Class::Read),
    ("ListPayments", Class::Read),
    ("ListProjects", Class::Read),
    ("ListAuthorisations", Class::Read),
    ("GetTotals", Class::CostlyRead),
    ("ListHistory", Class::CostlyRead),
    ("GetCheckpoint", Class::Read),
    ("ListCheckpoints", Class::CostlyRead),
    ("GetEntry", Class::Read),
    ("GetInclusionProof", Class::Read),
    ("GetConsistencyProof", Class::Read),
    ("ReadLog", Class::CostlyRead),
];

impl Class {
    /// The class of a request; health, reflection and what does not exist are reads.
    pub(crate) fn of(path: &str) -> Class {
        let method = path.strip_prefix(SERVICE).unwrap_or_default();
        let known = METHODS.iter().find(|(name, _)| *name == method);
        known.map_or(Class::Read, |(_, class)| *class)
    }

    /// Whether the messages of a request are commands, each to be counted.
    pub(crate) fn is_stream_of_commands(path: &str) -> bool {
        path.strip_prefix(SERVICE) == Some("SubmitStream")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_class() {
        // The names stand in the descriptors as they are; the schema is read as text.
        let schema = include_str!("../../../proto/jcm/registry/v1/registry.proto");
        let methods: Vec<&str> = schema
            .lines()
            .filter_map(|line| line.trim().strip_prefix("rpc "))
            .filter_map(|rest| rest.split('(').next())
            .map(str::trim)
            .collect();
        assert!(30 < methods.len());
        for method in &methods {
            assert!(METHODS.iter().any(|(name, _)| name == method), "{method} has no class");
        }
        assert_eq!(METHODS.len(), methods.len());
    }

    #[test]
    fn what_is_not_the_service_is_a_read() {
        assert_eq!(Class::of("/jcm.registry.v1.Registry/Submit"), Class::Submission);
        assert_eq!(Class::of("/jcm.registry.v1.Registry/Nothing"), Class::Read);
        assert_eq!(Class::of("/grpc.health.v1.Health/Check"), Class::Read);
        assert_eq!(Class::of("/elsewhere/Submit"), Class::Read);
    }
}

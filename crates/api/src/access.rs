//! Which methods are open to everybody, and need no proof of who calls.
//!
//! A fact of the wire that both ends need: the node's table of roles says the same,
//! and a test holds the two together.

/// The gRPC service.
pub const SERVICE: &str = "jcm.registry.v1.Registry";

/// The methods of the service that are open to everybody, in the order of the
/// proto file. Commands prove by their own signatures who acts.
pub const OPEN_METHODS: [&str; 16] = [
    "GetRegistry",
    "Submit",
    "SubmitStream",
    "Quote",
    "GetRules",
    "GetPublication",
    "ListProjects",
    "ListAuthorisations",
    "GetAuthorisation",
    "ListAdjustments",
    "ListConfirmations",
    "GetTotals",
    "GetCheckpoint",
    "ListCheckpoints",
    "GetInclusionProof",
    "GetConsistencyProof",
];

/// Whether a call of this path, such as `/jcm.registry.v1.Registry/GetAccount`,
/// needs no proof of who calls. What is no method of the service needs none.
pub fn is_open(path: &str) -> bool {
    let method = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    method.is_none_or(|(service, name)| service != SERVICE || OPEN_METHODS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_methods_of_the_service_that_are_not_open_need_a_proof() {
        assert!(!is_open("/jcm.registry.v1.Registry/GetAccount"));
        assert!(is_open("/jcm.registry.v1.Registry/Submit"));
        assert!(is_open("/grpc.health.v1.Health/Check"));
        assert!(is_open("*"));
    }
}

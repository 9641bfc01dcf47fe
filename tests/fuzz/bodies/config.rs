//! Files of whoever runs a node: its configuration, and the policy with its witnesses.

use jcm_format::tlog::{POLICY_BYTES_MAX, POLICY_LINES_MAX, Policy};
use registry_node::Config;

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let config = Config::parse(text);
    if let Ok(config) = &config {
        // It shows what is effective, so that what was left out is there the second time.
        let again = Config::parse(&config.to_string()).expect("its own text");
        assert_eq!(again.to_string(), config.to_string(), "what it shows is what it does");
        assert_eq!(again.limits, config.limits);
    }
    let policy = text.parse::<Policy>();
    if let Ok(policy) = &policy {
        assert!(text.len() <= POLICY_BYTES_MAX);
        assert!(policy.logs().len() + policy.witnesses().len() <= POLICY_LINES_MAX);
        // Whoever has all of them has enough, unless the policy asks for none.
        assert!(policy.is_met(|_| true));
    }
    config.is_ok() || policy.is_ok()
}

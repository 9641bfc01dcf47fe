//! The service, without its sockets: a method, and any bytes as its message. The first
//! byte chooses the method.

use super::surface::{proof, registry};
use jcm_tests::seeds::methods;
use std::sync::OnceLock;
use tonic::Code;

pub(crate) fn body(bytes: &[u8]) -> bool {
    static METHODS: OnceLock<Vec<&str>> = OnceLock::new();
    let methods = METHODS.get_or_init(methods);
    let Some((first, message)) = bytes.split_first() else { return false };
    let method = methods[usize::from(*first) % methods.len()];
    let (runtime, node) = registry();
    let (status, length) = runtime.block_on(node.answer(method, message, &proof(method, message)));
    assert!(length < 20 << 20);
    // A subscription that found its account has no end, and hence no status.
    let Some(status) = status else { return true };
    // What a caller says is never the node's own fault; what is no message of the schema
    // gRPC itself answers.
    let is_ours = [Code::Internal, Code::DataLoss, Code::Unknown].contains(&status.code());
    let is_no_message = status.message().starts_with("failed to decode Protobuf message");
    assert!(!is_ours || is_no_message, "{method}: {status:?}");
    // A message was read, whatever was thought of it.
    !is_no_message
}

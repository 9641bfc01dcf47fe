//! The service, without its sockets: a method, and any bytes as its message. The first
//! byte chooses the method.
#![no_main]
use jcm_fuzz_surface::{METHODS, proof, registry};
use libfuzzer_sys::fuzz_target;
use tonic::Code;

#[path = "../surface.rs"]
mod jcm_fuzz_surface;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, message)) = bytes.split_first() else { return };
    let method = METHODS[usize::from(*first) % METHODS.len()];
    let (runtime, node) = registry();
    let (status, length) = runtime.block_on(node.answer(method, message, &proof(method, message)));
    // A subscription that found its account has no end, and hence no status.
    if let Some(status) = status {
        // What a caller says is never the node's own fault; what is no message of the schema
        // gRPC itself answers.
        let is_ours = [Code::Internal, Code::DataLoss, Code::Unknown].contains(&status.code());
        let is_no_message = status.message().starts_with("failed to decode Protobuf message");
        assert!(!is_ours || is_no_message, "{method}: {status:?}");
    }
    assert!(length < 20 << 20);
});

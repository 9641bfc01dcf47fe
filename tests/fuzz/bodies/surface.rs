//! A registry with people in it, for the target `grpc`.

use jcm_api::pb;
use jcm_format::caller::{Call, CallerProof, Nonce};
use jcm_format::command::{Body, Command, Role};
use jcm_format::hash::{Digest, to_hex};
use jcm_format::id::CommandId;
use jcm_format::time::Timestamp;
use jcm_tests::world::{
    apply_account, genesis, name, origin, possessed, register_project, secret, sign,
};
use prost::Message as _;
use registry_node::{Config, Node};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Runtime;

fn now() -> Timestamp {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_ms(u64::try_from(now.as_millis()).expect("soon")).expect("in range")
}

fn command(number: u128, body: Body) -> Command {
    let valid_until = now().saturating_add_ms(3_600_000);
    let id = CommandId::from_bytes(number.to_be_bytes());
    Command { registry: origin(), id, valid_until, effect_digest: None, body }
}

/// Commands that fill it, with those who sign.
fn story() -> Vec<(Body, &'static [&'static str])> {
    let operator = |person| {
        let key = possessed(&secret(person), &Role::Operator(name(person)));
        Body::AppointOperator { person: name(person), key }
    };
    vec![
        (operator("op-1"), &["authority-1", "authority-2"]),
        (operator("op-2"), &["authority-1", "authority-2"]),
        (register_project("MN001"), &["op-1"]),
        (apply_account("alpha", jcm_tests::world::ALPHA), &["alpha"]),
        (apply_account("beta", jcm_tests::world::BETA), &["beta"]),
    ]
}

/// A proof of one of the four who see most, in turns: of each only so many are remembered.
pub(crate) fn proof(method: &str, message: &[u8]) -> Vec<u8> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    let who =
        ["authority-1", "authority-2", "op-1", "op-2"][usize::try_from(number % 4).expect("small")];
    let (registry, method) = (origin(), format!("/jcm.registry.v1.Registry/{method}"));
    let call = Call { registry: &registry, method: &method, message: Some(Digest::of(&[message])) };
    let nonce = Nonce::from_bytes(u128::from(number).to_be_bytes());
    CallerProof::sign(call.statement(now(), nonce), &secret(who)).to_bytes()
}

pub(crate) fn registry() -> &'static (Runtime, Node) {
    static REGISTRY: OnceLock<(Runtime, Node)> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let data = tempfile::tempdir().expect("a folder").keep();
        let keys = data.join("keys");
        std::fs::create_dir(&keys).expect("a folder");
        let key = keys.join("log.key");
        std::fs::write(&key, format!("{}\n", to_hex(&secret("log").seed()))).expect("a file");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("own file");
        let text = format!("data_dir = {data:?}\nlisten = \"127.0.0.1:0\"\n");
        let config = Config::parse(&text).expect("a configuration");
        let genesis = sign(&command(0, genesis()), &["authority-1", "authority-2"]);
        let genesis = pb::SignedCommand::from(genesis).encode_to_vec();
        registry_node::create(&config, &genesis).expect("created");
        let runtime = Runtime::new().expect("a runtime");
        let node = runtime.block_on(Node::start(config)).expect("started");
        for (number, (body, signers)) in (1..).zip(story()) {
            let signed = sign(&command(number, body), signers);
            let request =
                pb::SubmitRequest { command: Some(signed.into()), private_data: Vec::new() };
            let (code, _) = runtime.block_on(node.answer("Submit", &request.encode_to_vec(), &[]));
            assert_eq!(code.map(|status| status.code()), Some(tonic::Code::Ok));
        }
        (runtime, node)
    })
}

//! A registry in a temporary folder, for tests of the parts.

use crate::clock;
use crate::config::Config;
use crate::node::Node;
use crate::shared::Shared;
use crate::writer::Answer;
use jcm_api::pb;
use jcm_format::command::{Body, Command, Role};
use jcm_format::envelope::SignedCommand;
use jcm_format::hash::to_hex;
use jcm_format::id::CommandId;
use jcm_tests::world::{genesis, name, origin, possessed, secret, sign};
use prost::Message as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

/// A folder with the test registry's key and its first entry.
pub(crate) fn registry() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).expect("a folder");
    let path = keys.join("log.key");
    fs::write(&path, format!("{}\n", to_hex(&secret("log").seed()))).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
    let genesis = signed(1, genesis(), &["authority-1", "authority-2"]);
    let genesis = pb::SignedCommand::from(genesis).encode_to_vec();
    crate::create(&config(&folder, ""), &genesis).expect("created");
    folder
}

/// Its configuration, with further lines.
pub(crate) fn config(folder: &TempDir, more: &str) -> Config {
    let text = format!("data_dir = {:?}\nlisten = \"127.0.0.1:0\"\n{more}", folder.path());
    Config::parse(&text).expect("a configuration")
}

/// A running node of it.
pub(crate) async fn node(folder: &TempDir) -> Node {
    Node::start(config(folder, "")).await.expect("started")
}

/// Has an operator appointed, in a batch of its own.
pub(crate) async fn appoint(shared: &Shared, id: u8) {
    let person = format!("op-{id}");
    let key = possessed(&secret(&person), &Role::Operator(name(&person)));
    let body = Body::AppointOperator { person: name(&person), key };
    let signed = signed(id, body, &["authority-1", "authority-2"]);
    let command = signed.verify(|key| key.admit()).expect("signed");
    let answered = shared.queue.push(command).expect("there is room");
    assert!(matches!(answered.await, Ok(Answer::Recorded { .. })));
}

/// A command with this id, valid for an hour.
pub(crate) fn signed(id: u8, body: Body, signers: &[&str]) -> SignedCommand {
    let command = Command {
        registry: origin(),
        id: CommandId::from_bytes([id; CommandId::LEN]),
        valid_until: clock::now().saturating_add_ms(3_600_000),
        effect_digest: None,
        body,
    };
    sign(&command, signers)
}

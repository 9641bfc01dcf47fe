//! A registry in this process, and `jcm` as a process of its own.

#![allow(clippy::expect_used, reason = "a test may")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use registry_node::{Config, Node};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The home folder of somebody who asks without a key.
pub(crate) const NOBODY: &str = "nobody";

pub(crate) const ORIGIN: &str = "registry.example/jcm/test";

/// A folder with keys, for as many registries as a test needs.
pub(crate) struct World {
    pub(crate) folder: TempDir,
}

/// A registry that runs.
pub(crate) struct Registry {
    pub(crate) endpoint: String,
    pub(crate) log_key: String,
    runtime: Runtime,
    node: Option<Node>,
}

impl World {
    /// Makes every key and proof that the tests use.
    pub(crate) fn new() -> World {
        let world = World { folder: tempfile::tempdir().expect("a folder") };
        for (name, role) in [
            ("a1", "authority:authority-1"),
            ("a2", "authority:authority-2"),
            ("op1", "operator:op-1"),
            ("op2", "operator:op-2"),
            ("mn", "partner:MN"),
            ("aud", "auditor:auditor-1"),
            ("rep1", "operator:nobody"),
            ("rep2", "operator:nobody"),
            ("rep3", "operator:nobody"),
        ] {
            world.ok(&["key", "new", &world.key(name)]);
            let out = world.path(&format!("{name}.possession"));
            let key = world.key(name);
            world.ok(&[
                "key",
                "possession",
                "--role",
                role,
                "--origin",
                ORIGIN,
                "--out",
                &out,
                &key,
            ]);
        }
        world
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    pub(crate) fn key(&self, name: &str) -> String {
        self.path(&format!("{name}.key"))
    }

    /// Starts a registry in the folder `name`, created by the genesis of this world.
    pub(crate) fn registry(&self, name: &str) -> Registry {
        self.registry_with(name, "")
    }

    /// As above, with more lines in its configuration.
    pub(crate) fn registry_with(&self, name: &str, more: &str) -> Registry {
        let config = self.config_with(name, more);
        let log_key = registry_node::prepare(&config).expect("a fresh folder").log_key.to_string();
        let genesis = self.path("genesis.bin");
        if !Path::new(&genesis).exists() {
            let (a1, a2) = (self.key("a1"), self.key("a2"));
            let (a1, a2) = (format!("authority-1={a1}"), format!("authority-2={a2}"));
            self.ok(&[
                "genesis",
                "--origin",
                ORIGIN,
                "--log-key",
                &log_key,
                "--authority",
                &a1,
                "--authority",
                &a2,
                "--out",
                &genesis,
            ]);
        }
        let genesis = registry_node::read_genesis(genesis.as_ref()).expect("written");
        registry_node::create(&config, &genesis).expect("signed by its authorities");
        self.start(config, log_key)
    }

    pub(crate) fn config(&self, name: &str) -> Config {
        self.config_with(name, "")
    }

    fn config_with(&self, name: &str, more: &str) -> Config {
        let data_dir = self.path(name);
        let text = format!("data_dir = {data_dir:?}\nlisten = \"127.0.0.1:0\"\n{more}");
        Config::parse(&text).expect("a configuration")
    }

    pub(crate) fn start(&self, config: Config, log_key: String) -> Registry {
        let runtime = Runtime::new().expect("a runtime");
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let node = runtime.block_on(Node::start(config)).expect("a free port");
        let endpoint = format!("{scheme}://{}", node.grpc_addr());
        Registry { endpoint, log_key, runtime, node: Some(node) }
    }

    /// Runs `jcm` without a registry.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_in("home", "http://127.0.0.1:1", args)
    }

    pub(crate) fn run_in(&self, home: &str, endpoint: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_jcm"))
            .args(args)
            .env_clear()
            .env("JCM_HOME", self.path(home))
            .env("JCM_ENDPOINT", endpoint)
            // Whoever looks something up and names no key is a minister, who sees all.
            .envs(self.minister(home))
            .stdin(Stdio::null())
            .output()
            .expect("built")
    }

    fn minister(&self, home: &str) -> Option<(&'static str, String)> {
        let key = self.key("a1");
        (home != NOBODY && Path::new(&key).exists()).then_some(("JCM_READER", key))
    }

    pub(crate) fn ok(&self, args: &[&str]) -> Value {
        json(&self.run(&[args, &["--json"]].concat()))
    }
}

impl Registry {
    pub(crate) fn stop(mut self) {
        if let Some(node) = self.node.take() {
            self.runtime.block_on(node.shutdown()).expect("an orderly stop");
        }
    }
}

/// `jcm` for one registry and one home folder.
pub(crate) struct Jcm<'a> {
    pub(crate) world: &'a World,
    pub(crate) registry: &'a Registry,
    pub(crate) home: &'a str,
}

impl Jcm<'_> {
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.world.run_in(self.home, &self.registry.endpoint, args)
    }

    /// The answer, for people.
    pub(crate) fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Looks something up.
    pub(crate) fn look(&self, args: &[&str]) -> Value {
        json(&self.run(&[args, &["--json"]].concat()))
    }

    /// Acts with the keys named; the entry that recorded it.
    pub(crate) fn act(&self, args: &[&str], keys: &[&str]) -> Value {
        json(&self.try_act(args, keys))
    }

    pub(crate) fn try_act(&self, args: &[&str], keys: &[&str]) -> Output {
        let keys: Vec<String> = keys.iter().map(|key| self.world.key(key)).collect();
        let mut all = [args, &["--yes", "--json"]].concat();
        keys.iter().for_each(|key| all.extend(["--key", key]));
        self.run(&all)
    }

    /// Acts, and gives the number of the entry.
    pub(crate) fn entry(&self, args: &[&str], keys: &[&str]) -> String {
        self.act(args, keys)["entry"].as_u64().expect("an entry").to_string()
    }

    /// Acts in vain; the exit code and the reason.
    pub(crate) fn refused(&self, args: &[&str], keys: &[&str]) -> (i32, String) {
        let output = self.try_act(args, keys);
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let reason = answer["error"]["reason"].as_str().unwrap_or_default().to_owned();
        (output.status.code().expect("an exit code"), reason)
    }

    pub(crate) fn home_path(&self) -> PathBuf {
        PathBuf::from(self.world.path(self.home))
    }
}

/// A command line in one text: words, and several in one between apostrophes.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        match i % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The same as `Jcm` does, for command lines in one text.
impl Jcm<'_> {
    pub(crate) fn does(&self, line: &str, keys: &[&str]) -> Value {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.act(&words, keys)
    }

    pub(crate) fn does_entry(&self, line: &str, keys: &[&str]) -> String {
        self.does(line, keys)["entry"].as_u64().expect("an entry").to_string()
    }

    pub(crate) fn is_refused(&self, line: &str, keys: &[&str]) -> (i32, String) {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.refused(&words, keys)
    }

    pub(crate) fn sees(&self, line: &str) -> Value {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.look(&words)
    }

    pub(crate) fn reads(&self, line: &str) -> String {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.text(&words)
    }
}

pub(crate) fn json(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "exit code {:?}: {}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        stderr(output)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

//! Keys in encrypted files and in a real ssh-agent, and signing on a computer without
//! a network, as their users do it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use serde_json::Value;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::{AUTHORITIES, Jcm, ORIGIN, World, account, issue, office, stderr, transfer};

fn jcm() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jcm"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// One test at a time: a program that another one starts has this one's files open for
/// a moment, the lock on a registry's log among them.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A file that its owner alone may read.
fn secret_file(world: &World, name: &str, text: &str) -> String {
    let path = world.path(name);
    std::fs::write(&path, text).expect("writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
    path
}

fn failed(output: &Output, code: i32, parts: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(parts.iter().all(|part| said.contains(part)), "{said}");
}

fn public(world: &World, key: &str) -> String {
    let shown = world.ok(&["key", "show", key]);
    shown["public_key"].as_str().expect("a key").to_owned()
}

#[test]
fn a_new_key_is_encrypted_and_opens_with_its_passphrase_only() {
    let _alone = alone();
    let world = World { folder: tempfile::tempdir().expect("a folder") };
    let key = world.key("new");
    failed(&world.run(&["key", "new", &key]), 1, &["no terminal to ask", "--passphrase-file"]);
    let short = secret_file(&world, "short", "too short\n");
    let refused = world.run(&["key", "new", &key, "--passphrase-file", &short]);
    failed(&refused, 1, &["fewer than 12 characters"]);
    assert!(!Path::new(&key).exists(), "nothing is written");
    let right = secret_file(&world, "right", "correct horse battery\n");
    let made = world.ok(&["key", "new", &key, "--passphrase-file", &right]);
    assert_eq!(made["is_encrypted"], true);
    let text = std::fs::read_to_string(&key).expect("there");
    assert!(text.contains("BEGIN ENCRYPTED PRIVATE KEY"), "{text}");

    let shown = world.ok(&["key", "show", &key, "--passphrase-file", &right]);
    assert_eq!(shown["public_key"], made["public_key"]);
    // The variable names a file too, and never holds the passphrase itself.
    let by_variable = jcm()
        .args(["key", "show", &key])
        .envs([("JCM_HOME", world.path("home")), ("JCM_PASSPHRASE_FILE", right.clone())])
        .output()
        .expect("built");
    assert!(by_variable.status.success(), "{}", stderr(&by_variable));
    assert_eq!(stderr(&by_variable), "", "no warning about an encrypted key");
    failed(&world.run(&["key", "show", &key]), 1, &["stays locked"]);
    let wrong = secret_file(&world, "wrong", "something else\n");
    let output = world.run(&["key", "show", &key, "--passphrase-file", &wrong]);
    failed(&output, 1, &["the passphrase is wrong, or the file is damaged"]);
    let open = world.path("right");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).expect("ours");
    let output = world.run(&["key", "show", &key, "--passphrase-file", &open]);
    failed(&output, 1, &["passphrase file", "open to others", "chmod 600"]);
}

#[test]
fn an_unencrypted_key_is_said_to_be_one_and_can_be_protected() {
    let _alone = alone();
    let world = World { folder: tempfile::tempdir().expect("a folder") };
    let (open, shut) = (world.key("open"), world.key("shut"));
    let made = world.run(&["key", "new", "--without-passphrase", &open]);
    assert!(made.status.success() && stderr(&made).contains("is not encrypted"), "{made:?}");
    let shown = world.run(&["key", "show", &open]);
    assert!(stderr(&shown).contains("warning: ") && stderr(&shown).contains("jcm key protect"));
    let words = secret_file(&world, "words", "correct horse battery\n");
    let others = secret_file(&world, "others", "another horse battery\n");
    let key = public(&world, &open);
    let protect = ["key", "protect", &open, "--out", &shut];
    let protected = world.ok(&[&protect[..], &["--new-passphrase-file", &words]].concat());
    assert_eq!(protected["public_key"], key.as_str());
    // Again, with another passphrase.
    let again = world.key("again");
    let protect = ["key", "protect", &shut, "--out", &again, "--passphrase-file", &words];
    world.ok(&[&protect[..], &["--new-passphrase-file", &others]].concat());
    failed(&world.run(&["key", "show", &again, "--passphrase-file", &words]), 1, &["is wrong"]);
    let shown = world.ok(&["key", "show", &again, "--passphrase-file", &others]);
    assert_eq!(shown["public_key"], key.as_str());
    failed(&world.run(&protect), 1, &["exists already"]);
    // The form of before.
    let seed = format!("jcm-key/1\n{}\n", "07".repeat(32));
    let before = secret_file(&world, "before.key", &seed);
    assert!(stderr(&world.run(&["key", "show", &before])).contains("is not encrypted"));
}

/// Python's standard library has terminals: nothing that is typed may be shown.
#[test]
fn a_passphrase_is_asked_for_twice_and_not_shown() {
    let _alone = alone();
    let world = World { folder: tempfile::tempdir().expect("a folder") };
    let script = r#"
import os, pty, sys, termios, time
program, key, answers = sys.argv[1], sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execve(program, [program, "key", "new", key], {"JCM_HOME": key + ".home"})
seen = b""
def until(text):
    global seen
    while text not in seen:
        try:
            more = os.read(terminal, 1024)
        except OSError:
            more = b""
        if not more:
            sys.exit("ended: %r" % seen)
        seen += more
for question, answer in zip([b"New passphrase of ", b"The same again: "], answers):
    until(question)
    until(b": ")
    # Whoever types before the terminal is told not to show it is shown.
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)
    os.write(terminal, answer.encode() + b"\n")
while True:
    try:
        more = os.read(terminal, 1024)
    except OSError:
        break
    if not more:
        break
    seen += more
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;
    let typed = |name: &str, answers: [&str; 2]| {
        Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_jcm"), &world.key(name)])
            .args(answers)
            .output()
            .expect("python3 is installed")
    };
    let same = typed("same", ["correct horse battery", "correct horse battery"]);
    let seen = String::from_utf8_lossy(&same.stdout).into_owned();
    assert!(same.status.success(), "{seen} {}", stderr(&same));
    assert!(seen.contains("encrypted") && !seen.contains("horse"), "{seen}");
    let words = secret_file(&world, "words", "correct horse battery");
    world.ok(&["key", "show", &world.key("same"), "--passphrase-file", &words]);
    let differing = typed("differing", ["correct horse battery", "correct horse batterie"]);
    assert!(!differing.status.success());
    let seen = String::from_utf8_lossy(&differing.stdout).into_owned();
    assert!(seen.contains("the two passphrases differ"), "{seen}");
    assert!(!Path::new(&world.key("differing")).exists());
}

/// An ssh-agent of Debian's, with its keys; ended with it.
struct SshAgent {
    socket: String,
    child: std::process::Child,
}

impl SshAgent {
    fn start(world: &World) -> SshAgent {
        let socket = world.path("agent");
        let child = Command::new("ssh-agent")
            .args(["-D", "-a", &socket])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent is installed (tests/run.sh sees to it)");
        while !Path::new(&socket).exists() {
            std::thread::yield_now();
        }
        SshAgent { socket, child }
    }

    fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(args)
            .env("SSH_AUTH_SOCK", &self.socket)
            .stdin(Stdio::null())
            .output()
            .expect("installed with ssh-agent");
        assert!(output.status.success(), "{program} {args:?}: {}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn add(&self, world: &World, kind: &str, comment: &str) {
        let path = world.path(&format!("ssh-{kind}-{}", comment.replace(' ', "-")));
        self.run("ssh-keygen", &["-q", "-t", kind, "-N", "", "-C", comment, "-f", &path]);
        self.run("ssh-add", &["-q", &path]);
    }

    /// Runs `jcm` with the agent.
    fn jcm(&self, jcm: &Jcm<'_>, args: &[&str]) -> Output {
        self::jcm()
            .args(args)
            .env("JCM_HOME", jcm.home_path())
            .env("JCM_ENDPOINT", &jcm.registry.endpoint)
            .env("SSH_AUTH_SOCK", &self.socket)
            .output()
            .expect("built")
    }

    fn look(&self, jcm: &Jcm<'_>, args: &[&str]) -> Value {
        support::json(&self.jcm(jcm, &[args, &["--json"]].concat()))
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An Ed25519 key that never leaves the agent becomes an account's, and signs a transfer,
/// which stands in the log: strict verification let it in.
#[test]
fn a_key_in_an_ssh_agent_is_registered_and_signs() {
    let _alone = alone();
    let world = World::new();
    let registry = world.registry("registry");
    let user = Jcm { world: &world, registry: &registry, home: "home" };
    let agent = SshAgent::start(&world);
    agent.add(&world, "ed25519", "at work");
    agent.add(&world, "ed25519", "another");
    agent.add(&world, "rsa", "old rsa");
    let listed = agent.run("ssh-add", &["-l"]);
    let line = listed.lines().find(|line| line.contains("at work")).expect("listed");
    let print = line.split(' ').nth(1).expect("a fingerprint");
    let (by_comment, by_print) = ("agent:at work", format!("agent:{print}"));
    let key = agent.look(&user, &["key", "show", by_comment]);
    assert_eq!(agent.look(&user, &["key", "show", &by_print]), key);

    office(&user);
    let one = account(&user, "JP:8700110005901", "rep1");
    let two = account(&user, "MN:12-34", "rep2");
    issue(&user, &one);
    let (proof, role) = (world.path("agent.possession"), format!("account:{one}"));
    agent.look(&user, &["key", "possession", "--role", &role, "--out", &proof, by_comment]);
    user.does(&format!("key register --possession {proof}"), &["rep1"]);
    let line = transfer(&user, &one, &two, "1:1-100");
    let transfer: Vec<&str> = line.split_whitespace().collect();
    let done = agent.look(&user, &[&transfer[..], &["--yes", "--key", &by_print]].concat());
    let entry = done["entry"].as_u64().expect("recorded").to_string();
    let shown = user.text(&["entry", &entry, "--json"]);
    assert!(shown.contains(key["public_key"].as_str().expect("a key")), "{shown}");
    assert_eq!(user.sees(&format!("account show {two}"))["balance_tonnes"], 100);

    // It takes the old key's place: docs/cli.md, "Rotate a key".
    let old = public(&world, &world.key("rep1"));
    let revoke = ["key", "revoke", &old, "--reason", "rotation", "--yes", "--key", by_comment];
    agent.look(&user, &revoke);
    // The old one is no longer answered, and so does not get as far as signing.
    assert_eq!(user.is_refused(&line, &["rep1"]), (4, "CALLER_KEY_NOT_IN_FORCE".to_owned()));

    // What cannot be done is said before anything is sent.
    fn with<'a>(transfer: &[&'a str], key: &'a str) -> Vec<&'a str> {
        [transfer, &["--yes", "--key", key]].concat()
    }
    failed(
        &agent.jcm(&user, &with(&transfer, "agent:old rsa")),
        1,
        &["of the kind ssh-rsa", "ed25519"],
    );
    failed(
        &agent.jcm(&user, &with(&transfer, "agent:nobody")),
        1,
        &["has no Ed25519 key", "ssh-add -l"],
    );
    failed(&user.run(&with(&transfer, by_comment)), 1, &["SSH_AUTH_SOCK is not set", "ssh-agent"]);
    agent.run("ssh-add", &["-q", "-D"]);
    failed(&agent.jcm(&user, &with(&transfer, by_comment)), 1, &["has no Ed25519 key"]);
    registry.stop();
}

/// Whether an empty network can be had here.
fn empty_network() -> bool {
    let tried = Command::new("unshare").args(["-rn", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// Runs `jcm` without any network. Where that cannot be had, the endpoint is a
/// socket of ours, and nobody may have come there.
fn apart(home: &str, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_jcm");
    if empty_network() {
        let mut command = Command::new("unshare");
        command.args(["-rn", program]).args(args).stdin(Stdio::null());
        command.env("JCM_HOME", home);
        return command.output().expect("unshare is there");
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("ours");
    let address = listener.local_addr().expect("bound");
    let output = jcm()
        .args(args)
        .env("JCM_HOME", home)
        .env("JCM_ENDPOINT", format!("http://{address}"))
        .output()
        .expect("built");
    assert!(listener.accept().is_err(), "a connection was tried");
    output
}

/// Prepares the appointment of an operator for two authorities; the command file.
fn prepared(user: &Jcm<'_>, operator: &str, out: &str) -> String {
    let (world, file) = (user.world, user.world.path(out));
    let proof = world.path(&format!("{operator}.proof"));
    let role = format!("operator:{operator}");
    let key = world.key(operator);
    world.ok(&["key", "new", "--without-passphrase", &key]);
    world.ok(&["key", "possession", "--role", &role, "--origin", ORIGIN, "--out", &proof, &key]);
    let signers = AUTHORITIES.map(|name| public(world, &world.key(name)));
    let words = ["operator", "appoint", operator, "--possession", &proof];
    let files = ["--unsigned-out", &file, "--signer", &signers[0], "--signer", &signers[1]];
    user.look(&[&words[..], &files[..]].concat());
    file
}

/// Two computers without a network sign one command; a third one puts it together.
#[test]
fn two_sign_apart_without_a_network_and_a_third_submits() {
    let _alone = alone();
    let world = World::new();
    let registry = world.registry("registry");
    let user = Jcm { world: &world, registry: &registry, home: "home" };
    let file = prepared(&user, "op-4", "c.json");
    let other = prepared(&user, "op-5", "d.json");
    let before = std::fs::read(&file).expect("written");
    let mut signatures = Vec::new();
    for name in AUTHORITIES {
        // A copy on a computer of its own.
        let (home, copy) =
            (world.path(&format!("{name}.home")), world.path(&format!("{name}.json")));
        std::fs::copy(&file, &copy).expect("carried over");
        let out = world.path(&format!("{name}.sig"));
        let sign = ["sign", &copy, "--offline", "--yes", "--key", &world.key(name)];
        let signed = apart(&home, &[&sign[..], &["--signature-out", &out]].concat());
        assert!(signed.status.success(), "{}", stderr(&signed));
        let shown = stderr(&signed);
        for part in ["AppointOperator", "op-4", ORIGIN, "valid until", "Effect:", "Fee: none"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(std::fs::read(&copy).expect("there"), before, "the command stays as it is");
        signatures.push(out);
    }
    // With a network nothing else would have been shown: the check can fail.
    let asked = apart(&world.path("x"), &["sign", &file, "--yes", "--key", &world.key("a1")]);
    failed(&asked, 5, &["cannot reach the registry"]);

    let [one, two] = [&signatures[0], &signatures[1]];
    let submit = |more: &[&str]| user.run(&[&["submit", &file, "--yes"], more].concat());
    failed(&submit(&["--signature", one]), 4, &["SECOND_SIGNATURE_MISSING"]);
    let mixed = user.run(&["submit", &other, "--yes", "--signature", one, "--signature", two]);
    failed(&mixed, 2, &["signs another command", "same file"]);
    failed(&submit(&["--signature", &world.key("a1")]), 2, &["neither a signature file"]);
    let text = std::fs::read_to_string(one).expect("there");
    let at = text.find("\"signature\": \"").expect("one") + 14;
    let flipped = if text[at..].starts_with('0') { "1" } else { "0" };
    let forged = format!("{}{flipped}{}", &text[..at], &text[at + 1..]);
    let forged = secret_file(&world, "forged.sig", &forged);
    failed(&submit(&["--signature", &forged]), 2, &["does not verify"]);
    failed(&user.run(&["submit", one, "--yes"]), 2, &["holds signatures, not a command"]);
    let signing = ["sign", one.as_str(), "--offline", "--yes", "--key", &world.key("a1")];
    failed(&user.run(&signing), 2, &["holds signatures, not a command"]);

    let both = ["--signature", two, "--signature", one, "--json"];
    let done = support::json(&submit(&both));
    let entry = done["entry"].as_u64().expect("recorded").to_string();
    let shown = user.text(&["entry", &entry]);
    assert!(shown.contains("op-4"), "{shown}");
    registry.stop();
}

/// What is shown offline comes from what is pinned: a file that shows another effect
/// than it pins is not signed.
#[test]
fn an_effect_that_was_exchanged_is_not_signed() {
    let _alone = alone();
    let world = World::new();
    let registry = world.registry("registry");
    let user = Jcm { world: &world, registry: &registry, home: "home" };
    let [good, other] =
        [("op-6", "e.json"), ("op-7", "f.json")].map(|(name, out)| prepared(&user, name, out));
    registry.stop();
    let read = |path: &str| -> Value {
        serde_json::from_slice(&std::fs::read(path).expect("there")).expect("JSON")
    };
    let mut mixed = read(&good);
    mixed["effect"] = read(&other)["effect"].clone();
    let mixed = secret_file(&world, "mixed.json", &mixed.to_string());
    let key = world.key("a1");
    let sign = |file: &str| {
        apart(&world.path("apart"), &["sign", file, "--offline", "--yes", "--key", &key])
    };
    failed(&sign(&mixed), 2, &["not the one that the command pins", "Do not sign"]);
    // Without the effect there is its digest, and that is said.
    let mut bare = read(&good);
    bare.as_object_mut().expect("an object").remove("effect");
    let bare = secret_file(&world, "bare.json", &bare.to_string());
    let signed = sign(&bare);
    assert!(signed.status.success(), "{}", stderr(&signed));
    assert!(stderr(&signed).contains("not in the file; its digest is"), "{}", stderr(&signed));
}

//! The example clients, built as a stranger would build them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::OnceLock;

pub(crate) fn project_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the folder")
}

/// A client as a stranger would build it from `docs/clients`, in a folder of its own.
pub(crate) struct Client {
    pub(crate) built: PathBuf,
    /// The program that runs its files, and the variables that it needs.
    pub(crate) runner: PathBuf,
    pub(crate) variables: Vec<(&'static str, PathBuf)>,
    pub(crate) holder: PathBuf,
    pub(crate) faults: PathBuf,
}

/// What a client that has ended left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// What stands behind a name at the beginning of a line.
    pub(crate) fn told(&self, name: &str) -> &str {
        let told = self.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        told.unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.told(name).parse().unwrap_or_else(|_| panic!("{name} is no number in {self:?}"))
    }
}

pub(crate) fn run(process: &mut Process) -> Ended {
    // A proxy of whoever runs the tests is not asked for the loopback.
    for name in ["http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        process.env_remove(name);
    }
    let output = process.output().unwrap_or_else(|error| panic!("{process:?}: {error}"));
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

pub(crate) fn succeed(process: &mut Process) -> Ended {
    let ended = run(process);
    assert_eq!(ended.code, Some(0), "{process:?}\n{}{}", ended.stdout, ended.stderr);
    ended
}

/// Whether `tests/run.sh` has installed a client's tools.
pub(crate) fn installed(what: &Path) -> bool {
    installed_as(&what.display().to_string(), what.exists())
}

pub(crate) fn installed_as(what: &str, found: bool) -> bool {
    if !found {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some();
        assert!(!needed, "{what} is missing: `bash tests/run.sh` installs it");
        eprintln!("SKIPPED: {what} is missing: `bash tests/run.sh` installs it");
    }
    found
}

/// The lines of the block of `docs/clients/README.md` in which `line` stands.
pub(crate) fn page_block(line: &str) -> Vec<String> {
    let page = fs::read_to_string(project_folder().join("docs/clients/README.md")).expect("it");
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.lines().any(|known| known.starts_with(line)));
    let block = found.next().unwrap_or_else(|| panic!("no block of README has {line}"));
    assert_eq!(found.next(), None, "{line} stands in several blocks");
    block.lines().map(str::to_owned).collect()
}

/// A line of the shell.
pub(crate) fn shell(line: &str) -> Process {
    let mut process = Process::new("sh");
    process.args(["-ceu", line]);
    process
}

/// An empty folder among the products of the build. One for each client, so that it is
/// built once for all tests and does not stay when they are run again.
pub(crate) fn build_folder(client: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(client);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

impl Client {
    pub(crate) fn python() -> Option<&'static Client> {
        static BUILT: OnceLock<Option<Client>> = OnceLock::new();
        BUILT.get_or_init(Client::build_python).as_ref()
    }

    pub(crate) fn typescript() -> Option<&'static Client> {
        static BUILT: OnceLock<Option<Client>> = OnceLock::new();
        BUILT.get_or_init(Client::build_typescript).as_ref()
    }

    /// The commands of `docs/clients/README.md`, Python.
    pub(crate) fn build_python() -> Option<Client> {
        let root = project_folder();
        let runner = root.join("target/clients/python/bin/python");
        if !installed(&runner) {
            return None;
        }
        let built = build_folder("python");
        let block = page_block("venv/bin/python -m grpc_tools.protoc ");
        for line in block.iter().filter(|line| line.contains("protoc")) {
            let line = line.replace("venv/bin/python", &runner.display().to_string());
            let line = line.replace("generated", &built.display().to_string());
            succeed(shell(&line).current_dir(&root));
        }
        let variables =
            vec![("PYTHONPATH", built.clone()), ("PYTHONDONTWRITEBYTECODE", PathBuf::from("1"))];
        let holder = root.join("docs/clients/python/holder.py");
        let faults = root.join("tests/clients/faults.py");
        Some(Client { built, runner, variables, holder, faults })
    }

    /// The commands of `docs/clients/README.md`, TypeScript.
    pub(crate) fn build_typescript() -> Option<Client> {
        let root = project_folder();
        let modules = root.join("target/clients/typescript/node_modules");
        if !installed(&modules) {
            return None;
        }
        // As in the sources, with what is generated and built beside it.
        let built = build_folder("typescript");
        let folder = built.join("docs/clients/typescript");
        fs::create_dir_all(folder.join("src")).expect("a folder");
        let from = root.join("docs/clients");
        for name in ["package.json", "tsconfig.json"] {
            fs::copy(from.join("typescript").join(name), folder.join(name)).expect("a file");
        }
        for file in fs::read_dir(from.join("typescript/src")).expect("sources") {
            let file = file.expect("a file");
            fs::copy(file.path(), folder.join("src").join(file.file_name())).expect("a file");
        }
        fs::copy(from.join("errors.proto"), built.join("docs/clients/errors.proto"))
            .expect("a file");
        symlink(root.join("proto"), built.join("proto")).expect("a link");
        symlink(modules, folder.join("node_modules")).expect("a link");
        let block = page_block("npm run ");
        assert_eq!(block[1..4], ["npm run generate", "npm run check", "npm run build"]);
        for line in &block[1..4] {
            succeed(shell(line).current_dir(&folder));
        }
        let variables = vec![("BUILT", folder.join("dist"))];
        let holder = folder.join("dist/src/holder.js");
        let faults = root.join("tests/clients/faults.mjs");
        Some(Client { built, runner: PathBuf::from("node"), variables, holder, faults })
    }

    pub(crate) fn process(&self, program: &Path) -> Process {
        let mut process = Process::new(&self.runner);
        process.arg(program).current_dir(&self.built);
        process.envs(self.variables.iter().map(|(name, value)| (name, value)));
        process
    }

    /// Runs `holder` without a registry.
    pub(crate) fn offline(&self, args: &[&str]) -> Ended {
        run(self.process(&self.holder).args(args))
    }
}

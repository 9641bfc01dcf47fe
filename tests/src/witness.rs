//! A witness of ours in this process.

use jcm_format::tlog::VerifierKey;
use jcm_verify::{Protection, create_witness, open_witness, serve_witness};
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A witness of one log, on a port of the system's choice, until it is dropped.
pub struct RunningWitness {
    folder: TempDir,
    key: VerifierKey,
    address: SocketAddr,
    // `None` once it was stopped.
    running: Option<(Runtime, File)>,
}

impl RunningWitness {
    /// Makes a witness and starts it.
    pub fn start(name: &str, log: &VerifierKey) -> RunningWitness {
        let folder = tempfile::tempdir().expect("a folder");
        let key = create_witness(folder.path(), name, &Protection::Unencrypted).expect("made");
        let opened = open_witness(folder.path(), vec![log.clone()], None).expect("opened");
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let bound = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = bound.expect("a port");
        let address = listener.local_addr().expect("bound");
        runtime.spawn(serve_witness(Arc::new(opened.witness), listener));
        RunningWitness { folder, key, address, running: Some((runtime, opened.lock)) }
    }

    /// What its cosignatures verify with.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Where it listens, and can be asked.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its key and memory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it as the end of its process would: with every connection.
    pub fn stop(&mut self) {
        if let Some((runtime, _)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for RunningWitness {
    fn drop(&mut self) {
        self.stop();
    }
}

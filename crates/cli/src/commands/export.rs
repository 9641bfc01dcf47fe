//! The whole log as a file (`docs/spec/log-file.md`), checked as it comes.

use crate::amount::grouped;
use crate::failure::{Failure, exit};
use crate::reply::Reply;
use crate::session::Context;
use clap::Args;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::tlog::{Frontier, TrustedCheckpoint, VerifierKey, leaf_hash};
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Get the whole log, check it, and write it to a file.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm export registry.jcmlog --key auditor.key\n\nWhat is written has been checked for completeness: every checkpoint in it is the log's\nown and is the root of exactly the entries before it. `jcm-verify` judges their content."
)]
pub struct ExportArgs {
    /// Where to write it; an existing file is replaced at the end
    file: PathBuf,
}

/// Follows the frames and refuses the first that does not continue the log.
struct Follower {
    frontier: Frontier,
    log_key: VerifierKey,
    last: Option<TrustedCheckpoint>,
}

/// Exports.
pub async fn run(context: &Context, args: ExportArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let log_key = session.trust.log_key().clone();
    let mut follower = Follower { frontier: Frontier::new(), log_key, last: None };
    let mut stream = session.client.read_log(0).await?;
    let beside = args.file.with_extension(format!("{}.tmp", std::process::id()));
    let mut out = BufWriter::new(File::create(&beside).map_err(Failure::writing(&beside))?);
    out.write_all(MAGIC).map_err(Failure::writing(&beside))?;
    let result = async {
        while let Some(answer) = stream.message().await.map_err(jcm_client::ClientError::from)? {
            follower.take(&answer.frame)?;
            out.write_all(&answer.frame).map_err(Failure::writing(&beside))?;
        }
        let file = out.into_inner().map_err(|error| error.into_error());
        file.and_then(|file| file.sync_all()).map_err(Failure::writing(&beside))?;
        let last = follower
            .last
            .as_ref()
            .ok_or_else(|| Failure::other("the registry gave no entries", exit::UNTRUSTED))?;
        session.client.believe(last.note_text(), &mut session.trust).await?;
        std::fs::rename(&beside, &args.file).map_err(Failure::writing(&args.file))?;
        Ok(exported(last, &args.file))
    }
    .await;
    if result.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    result
}

fn exported(last: &TrustedCheckpoint, file: &Path) -> Reply {
    let head = last.checkpoint();
    let json = json!({ "file": file, "entries": head.size, "root": head.root });
    let text = format!(
        "{} entries written to {}; every checkpoint holds. Next: jcm-verify {}",
        grouped(head.size),
        file.display(),
        file.display()
    );
    Reply::new(json, text)
}

impl Follower {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let refuse = |what: String| Failure::Other {
            what: format!("the log is not believed: {what}"),
            code: exit::UNTRUSTED,
            advice: "Nothing was written. Try again, and tell an auditor if it happens again."
                .to_owned(),
        };
        let (frame, length) = Frame::decode(bytes).map_err(|error| refuse(error.to_string()))?;
        if length != bytes.len() {
            return Err(refuse("a frame is followed by other bytes".to_owned()));
        }
        if frame.first != self.frontier.len() {
            let (first, expected) = (frame.first, self.frontier.len());
            return Err(refuse(format!("entry {first} follows where {expected} should")));
        }
        for entry in &frame.entries {
            self.frontier.push(leaf_hash(entry));
        }
        let checkpoint = TrustedCheckpoint::open(&frame.checkpoint, &self.log_key)
            .map_err(|error| refuse(error.to_string()))?;
        let head = checkpoint.checkpoint();
        if head.size != self.frontier.len() || head.root != self.frontier.root() {
            return Err(refuse(format!("the checkpoint of size {} is another log's", head.size)));
        }
        self.last = Some(checkpoint);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::key::SecretKey;
    use jcm_format::tlog::{Checkpoint, KeyType};

    const ORIGIN: &str = "registry.example/jcm/test";

    /// Frames of one and two entries, and their key.
    fn frames() -> (Vec<Vec<u8>>, VerifierKey) {
        let secret = SecretKey::from_seed(&[5; 32]);
        let mut frontier = Frontier::new();
        let mut frames = Vec::new();
        for entries in [vec![b"a".to_vec()], vec![b"b".to_vec(), b"c".to_vec()]] {
            let first = frontier.len();
            entries.iter().for_each(|entry| frontier.push(leaf_hash(entry)));
            let origin = ORIGIN.parse().expect("an origin");
            let head = Checkpoint { origin, size: frontier.len(), root: frontier.root() };
            let frame = Frame { first, entries, checkpoint: head.sign(&secret) };
            frames.push(frame.encode().expect("small"));
        }
        let key = VerifierKey::new(ORIGIN, KeyType::Ed25519, &secret.public_key());
        (frames, key.expect("honest"))
    }

    fn follow(frames: &[Vec<u8>], log_key: VerifierKey) -> Result<u64, Failure> {
        let mut follower = Follower { frontier: Frontier::new(), log_key, last: None };
        frames.iter().try_for_each(|frame| follower.take(frame))?;
        Ok(follower.frontier.len())
    }

    #[test]
    fn a_whole_log_is_followed_and_a_broken_one_refused() {
        let (frames, key) = frames();
        assert_eq!(follow(&frames, key.clone()).expect("whole"), 3);
        assert!(follow(&frames[1..], key.clone()).is_err());
        let swapped = [frames[1].clone(), frames[0].clone()];
        assert!(follow(&swapped, key.clone()).is_err());
        let mut flipped = frames.clone();
        let middle = flipped[1].len() / 2;
        flipped[1][middle] ^= 1;
        assert_eq!(follow(&flipped, key).expect_err("flipped").exit_code(), exit::UNTRUSTED);
        let other = SecretKey::from_seed(&[6; 32]).public_key();
        let other = VerifierKey::new(ORIGIN, KeyType::Ed25519, &other).expect("honest");
        assert!(follow(&frames, other).is_err());
    }
}

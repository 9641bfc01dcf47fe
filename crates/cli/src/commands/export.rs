//! The whole log as a file (`docs/spec/log-file.md`), checked as it comes.

use crate::amount::grouped;
use crate::failure::{Failure, exit};
use crate::log_file::Follower;
use crate::reply::Reply;
use crate::session::Context;
use clap::Args;
use jcm_format::frame::MAGIC;
use jcm_format::tlog::TrustedCheckpoint;
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

/// Exports.
pub async fn run(context: &Context, args: ExportArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let log_key = session.trust.log_key().clone();
    let mut follower = Follower::new(log_key);
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
            .last()
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

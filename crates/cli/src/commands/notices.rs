//! The notices that the law asks for, to one holder.

use crate::failure::{Failure, exit};
use crate::home::write_private;
use crate::parse;
use crate::reply::Reply;
use crate::session::Context;
use crate::tell;
use clap::Args;
use jcm_client::{FeedEvent, NoticeFeed, Position, Refusal, wire};
use jcm_format::id::AccountNumber;
use jcm_format::time::Timestamp;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;

/// The notices to one holder, oldest first.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm notices JP-0001001-05\n  jcm notices JP-0001001-05 --follow --json\n\nWith --follow each notice is shown as soon as there is one, after those that came meanwhile. How far\nit got is kept in the home folder: the next run goes on there. With --json each is one line."
)]
pub struct NoticesArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// Only those after this position, <entry>.<number>
    #[arg(long, value_name = "POSITION")]
    after: Option<Position>,
    /// Go on without an end, from where the last run stopped
    #[arg(long)]
    follow: bool,
    /// With --follow: end after so many
    #[arg(long, value_name = "NUMBER", requires = "follow", value_parser = parse::number::<u64>)]
    count: Option<u64>,
}

/// Lists or follows.
pub async fn run(context: &Context, args: NoticesArgs, json: bool) -> Result<Reply, Failure> {
    if args.follow {
        return follow(context, args, json).await;
    }
    let after = args.after.map_or_else(String::new, |after| after.to_string());
    let notices = context.connect().await?.notices(args.account.get(), &after).await?;
    let text = match notices.is_empty() {
        true => "none".to_owned(),
        false => notices.iter().map(one).collect::<Vec<_>>().join("\n\n"),
    };
    Ok(Reply::new(notices.iter().map(to_json).collect(), text))
}

async fn follow(context: &Context, args: NoticesArgs, json: bool) -> Result<Reply, Failure> {
    // Positions are of one registry: it must be the one that this folder trusts.
    let session = context.open().await?;
    let file = context.home.notices(args.account);
    let from = match args.after {
        Some(after) => Some(after),
        None => kept(&file)?,
    };
    let mut feed = NoticeFeed::new(session.client, args.account.get(), from);
    let mut shown = 0;
    while args.count.is_none_or(|count| shown < count) {
        let notice = match feed.next_event().await? {
            FeedEvent::Notice(notice) => *notice,
            FeedEvent::Interrupted { refusal, failures } => {
                // Once, however often it is tried until the next notice.
                if failures == 1 {
                    tell!("{}", interrupted(refusal.as_deref()));
                }
                continue;
            }
        };
        let text = if json { to_json(&notice).to_string() } else { one(&notice) + "\n" };
        let mut out = std::io::stdout();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| {
            Failure::other(format!("nobody reads any more: {error}"), exit::OTHER)
        })?;
        // After it was shown: should this program end here, it comes again.
        if let Some(position) = feed.position() {
            write_private(&file, format!("{position}\n").as_bytes())?;
        }
        shown += 1;
    }
    let position = feed.position().map(|position| position.to_string());
    let text = format!(
        "{shown} shown; the next run goes on after {}",
        position.as_deref().unwrap_or("the beginning")
    );
    Ok(Reply::new(json!({ "shown": shown, "position": position }), text))
}

/// The registry's reason when it has as many subscriptions as it can serve.
const SUBSCRIBERS_FULL: &str = "SUBSCRIBERS_FULL";

/// Why nothing comes for the moment.
fn interrupted(refusal: Option<&Refusal>) -> String {
    let why = match refusal {
        Some(refusal) if refusal.reason == SUBSCRIBERS_FULL => {
            format!("the registry has no room for another subscription ({refusal})")
        }
        Some(refusal) => format!("the connection to the registry is lost ({refusal})"),
        None => "the registry has ended the subscription".to_owned(),
    };
    format!("note: {why}; trying again until it is there. Nothing is missed meanwhile.")
}

/// Where the last run stopped.
fn kept(file: &Path) -> Result<Option<Position>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::reading(file)(error)),
    };
    text.trim().parse().map(Some).map_err(|error| {
        Failure::usage(
            format!("{}: {error}", file.display()),
            "Remove the file to begin anew, or give --after.",
        )
    })
}

fn time(ms: u64) -> String {
    Timestamp::from_ms(ms).map_or_else(String::new, |time| time.to_string())
}

fn to_json(notice: &wire::Notice) -> Value {
    json!({
        "position": notice.position,
        "entry": notice.entry,
        "time": time(notice.time_ms),
        "account": notice.account,
        "kind": notice.kind,
        "basis": notice.basis,
        "title_ja": notice.title_ja,
        "text_ja": notice.text_ja,
        "title_en": notice.title_en,
        "text_en": notice.text_en,
        "application": (notice.application != 0).then_some(notice.application),
    })
}

fn one(notice: &wire::Notice) -> String {
    let head = format!("{}  {}  {}", notice.position, time(notice.time_ms), notice.kind);
    let basis = match notice.basis.as_str() {
        "" => String::new(),
        basis => format!(" [{basis}]"),
    };
    let lines = [
        format!("{head}{basis}"),
        notice.title_ja.clone(),
        notice.text_ja.clone(),
        notice.title_en.clone(),
        notice.text_en.clone(),
    ];
    let lines: Vec<_> =
        lines.iter().map(|line| line.trim_end()).filter(|l| !l.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_says_whether_there_is_no_room_or_no_connection() {
        let said = |code: i32, reason: &str| {
            // gRPC codes: 8 RESOURCE_EXHAUSTED, 14 UNAVAILABLE.
            let refusal = Refusal {
                code: code.into(),
                reason: reason.to_owned(),
                number: 0,
                subject: String::new(),
                article: String::new(),
                message: "no".to_owned(),
                message_ja: String::new(),
                violations: Vec::new(),
                retry_after: None,
            };
            interrupted(Some(&refusal))
        };
        let full = said(8, SUBSCRIBERS_FULL);
        assert!(full.contains("no room") && full.contains("SUBSCRIBERS_FULL"), "{full}");
        assert!(said(14, "").contains("connection to the registry is lost"));
        assert!(interrupted(None).contains("trying again"));
    }

    #[test]
    fn a_position_is_kept_from_one_run_to_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("notices").join("1001.position");
        assert_eq!(kept(&file).expect("none yet"), None);
        write_private(&file, b"41.2\n").expect("writable");
        assert_eq!(kept(&file).expect("kept").map(|p| p.to_string()).as_deref(), Some("41.2"));
        write_private(&file, b"elsewhere\n").expect("writable");
        let error = kept(&file).expect_err("damaged");
        assert!(error.advice().contains("Remove the file"));
    }
}

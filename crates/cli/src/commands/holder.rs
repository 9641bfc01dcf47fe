//! What a holder asks for about its own account: opening, changed particulars,
//! closing, and from whom it receives units.

use crate::act::{ActArgs, act, act_with};
use crate::failure::Failure;
use crate::files;
use crate::files::particulars::{self, Particulars, Published};
use crate::parse;
use crate::reply::Reply;
use crate::session::{Context, Session};
use clap::{Args, Subcommand};
use jcm_client::PrivateValue;
use jcm_format::command::{
    Acceptance, ApplyAccount, ApplyIndividualAccount, Body, NotifyChange, ParticularsChange, Person,
};
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;
use jcm_format::text::Text;
use jcm_format::time::Date;
use std::path::PathBuf;

/// Particulars: in a file, or one by one.
#[derive(Debug, Args)]
pub struct ParticularsArgs {
    /// Particulars in a file (docs/cli.md); what is given by a flag goes before it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Name in Japanese; published
    #[arg(long, value_parser = parse::text)]
    name_ja: Option<Text>,
    /// Name in English; published
    #[arg(long, value_parser = parse::text)]
    name_en: Option<Text>,
    /// Head office in Japanese; published
    #[arg(long, value_parser = parse::text)]
    office_ja: Option<Text>,
    /// Head office in English; published
    #[arg(long, value_parser = parse::text)]
    office_en: Option<Text>,
    /// What is not published, as it is to be kept outside the log, in place of what --file says
    #[arg(long, value_name = "FILE")]
    particulars: Option<PathBuf>,
    /// An attachment, of which the digest is recorded: a file, or sha256:<hex>; at least one, here or
    /// in the file
    #[arg(long, value_name = "FILE", value_parser = parse::document)]
    attachment: Vec<Digest>,
}

/// What the flags and the file say together.
struct Given {
    person: Option<Person>,
    published: Published,
    private: Option<PrivateValue>,
    attachments: Vec<Digest>,
}

impl ParticularsArgs {
    fn read(self, individual: bool) -> Result<Given, Failure> {
        let read = |path: &PathBuf| {
            files::read(path, "a file of particulars", |folder, file| {
                particulars::read(folder, &file)
            })
        };
        let file = self.file.as_ref().map(read).transpose()?;
        let Particulars { person, published, of_corporation, of_individual, mut attachments } =
            file.unwrap_or_default();
        let of_file = if individual { of_individual } else { of_corporation };
        let private = match &self.particulars {
            Some(path) => Some(std::fs::read(path).map_err(Failure::reading(path))?),
            None => of_file,
        };
        attachments.extend(self.attachment);
        Ok(Given {
            person,
            published: published.under(Published {
                name_ja: self.name_ja,
                name_en: self.name_en,
                office_ja: self.office_ja,
                office_en: self.office_en,
            }),
            private: private.map(PrivateValue::new).transpose()?,
            attachments,
        })
    }
}

/// Who applies.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Corporate number, JP:<13 digits>, or <country>:<number in its register>; of an individual
    /// the commitment under which the project names it
    #[arg(long, value_parser = parse::person)]
    person: Option<Person>,
    /// An individual applies, who is proponent of a project
    #[arg(long)]
    individual: bool,
    /// The particulars.
    #[command(flatten)]
    particulars: ParticularsArgs,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// What has changed.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// The day on which the change took effect, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    effective: Date,
    /// The particulars.
    #[command(flatten)]
    particulars: ParticularsArgs,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Close the account.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The account; it must hold no unit
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// An attachment, of which the digest is recorded: a file, or sha256:<hex>; at least one
    #[arg(long, value_name = "FILE", value_parser = parse::document, required = true)]
    attachment: Vec<Digest>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// From whom an account receives units, where the rules let holders choose.
#[derive(Debug, Subcommand)]
pub enum AcceptanceCommand {
    /// Receive units from anybody
    #[command(
        after_help = "Example:\n  jcm account acceptance anybody JP-0001001-05 --key representative.key"
    )]
    Anybody(AcceptanceArgs),
    /// Receive units after consent to each transfer (`jcm transfer accept`)
    #[command(
        after_help = "Example:\n  jcm account acceptance consent JP-0001001-05 --key representative.key"
    )]
    Consent(AcceptanceArgs),
    /// Receive units from the accounts listed only
    #[command(
        after_help = "Example:\n  jcm account acceptance list JP-0001001-05 --from JP-0001002-02 --key representative.key"
    )]
    List {
        /// An account to receive units from; may be repeated
        #[arg(long, value_name = "ACCOUNT", value_parser = parse::account, required = true)]
        from: Vec<AccountNumber>,
        /// Whose.
        #[command(flatten)]
        args: AcceptanceArgs,
    },
}

/// Whose acceptance.
#[derive(Debug, Args)]
pub struct AcceptanceArgs {
    /// The account that receives
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// A flag that neither the command line nor the file answers.
fn missing(flag: &str, why: &str) -> Failure {
    Failure::usage(format!("{flag} is missing: {why}"), "Give it, or a --file that has it.")
}

/// Applies to open an account.
pub async fn apply(context: &Context, args: ApplyArgs) -> Result<Reply, Failure> {
    let given = args.particulars.read(args.individual)?;
    let person = args.person.or(given.person);
    let person = person.ok_or_else(|| missing("--person", "who applies?"))?;
    let particulars = given
        .private
        .ok_or_else(|| missing("--particulars", "what is not published is committed to"))?;
    if given.attachments.is_empty() {
        return Err(missing("--attachment", "an application has at least one"));
    }
    let keys = context.keyring.open(&args.act.key)?;
    let signers = args.act.signers(&keys)?;
    let [representative] = signers[..] else {
        return Err(Failure::usage(
            "an application for an account is signed by one key",
            "Give the first representative's key alone.",
        ));
    };
    let attachments = given.attachments;
    let body = match (person, args.individual) {
        (Person::Individual(person), true) => {
            Body::ApplyIndividualAccount(ApplyIndividualAccount {
                person,
                particulars: particulars.commitment(),
                attachments,
                representative,
            })
        }
        (Person::Individual(_), false) => {
            return Err(Failure::usage(
                "--person is an individual's commitment",
                "Give --individual too; nothing of an individual is published in the log.",
            ));
        }
        (_, true) => {
            return Err(Failure::usage(
                "--individual goes with a commitment as --person",
                "Give the commitment that `jcm project proponent` showed.",
            ));
        }
        (person, false) => Body::ApplyAccount(ApplyAccount {
            person,
            holder: given
                .published
                .holder()
                .map_err(|flag| missing(flag, "it is published of every corporation"))?,
            particulars: particulars.commitment(),
            attachments,
            representative,
        }),
    };
    let mut session = context.open().await?;
    act_with(context, &mut session, &args.act, &keys, body, vec![particulars]).await
}

/// Notifies changed particulars. What of the published ones is not given stays as
/// it is recorded.
pub async fn change(context: &Context, args: ChangeArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let account = session.client.account(args.account.get()).await?;
    let recorded = account.holder.unwrap_or_default();
    let individual = recorded.person.starts_with("individual:");
    let given = args.particulars.read(individual)?;
    let published = if individual { Published::default() } else { given.published };
    if published.is_empty() && given.private.is_none() {
        return Err(Failure::usage(
            "nothing changes",
            "Give what changes: --file, --name-en and so on, or --particulars.",
        ));
    }
    if given.attachments.is_empty() {
        return Err(missing("--attachment", "a notification has at least one"));
    }
    let holder = match published.is_empty() {
        true => None,
        false => {
            let text = |text: &String| Text::new(text);
            let before = Published {
                name_ja: text(&recorded.name_ja),
                name_en: text(&recorded.name_en),
                office_ja: text(&recorded.head_office_ja),
                office_en: text(&recorded.head_office_en),
            };
            let whole = before.under(published).holder();
            Some(whole.map_err(|flag| {
                Failure::usage(format!("{flag} is missing"), "The record has none either: give it.")
            })?)
        }
    };
    let body = Body::NotifyChange(NotifyChange {
        account: args.account,
        change: ParticularsChange {
            holder,
            particulars: given.private.as_ref().map(PrivateValue::commitment),
            effective: args.effective,
        },
        attachments: given.attachments,
    });
    let private = given.private.into_iter().collect();
    act(context, &mut session, &args.act, body, private).await
}

/// Applies to close an account.
pub async fn close(context: &Context, args: CloseArgs) -> Result<Reply, Failure> {
    let body = Body::ApplyClosing { account: args.account, attachments: args.attachment };
    let mut session = context.open().await?;
    act(context, &mut session, &args.act, body, Vec::new()).await
}

/// Says from whom an account receives units.
pub async fn acceptance(context: &Context, command: AcceptanceCommand) -> Result<Reply, Failure> {
    let (args, acceptance) = match command {
        AcceptanceCommand::Anybody(args) => (args, Acceptance::Anybody),
        AcceptanceCommand::Consent(args) => (args, Acceptance::Consent),
        AcceptanceCommand::List { mut from, args } => {
            from.sort_unstable();
            from.dedup();
            (args, Acceptance::Listed(from))
        }
    };
    let AcceptanceArgs { account, act: act_args } = args;
    let mut session: Session = context.open().await?;
    let body = Body::SetAcceptance { account, acceptance };
    act(context, &mut session, &act_args, body, Vec::new()).await
}

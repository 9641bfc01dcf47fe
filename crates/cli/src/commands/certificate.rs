//! Certificates of recorded matters (記録事項証明書).

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::parse;
use crate::reply::Reply;
use crate::session::Context;
use clap::Subcommand;
use jcm_format::command::Body;
use jcm_format::id::{AccountNumber, EntryIndex};

/// Certificates of recorded matters: request, issue.
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Request a certificate of one's own account
    #[command(
        after_help = "Example:\n  jcm certificate request JP-0001001-05 --fee-payment 40 --key representative.key"
    )]
    Request {
        /// The account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// The entry of a payment to draw the fee from; it is then issued at once
        #[arg(long, value_name = "PAYMENT")]
        fee_payment: Option<u64>,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Issue the certificate requested, once its fee is paid
    #[command(after_help = "Example:\n  jcm certificate issue 50 --key operator-07.key")]
    Issue {
        /// The entry that recorded the request
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Runs one of them.
pub async fn run(context: &Context, command: CertificateCommand) -> Result<Reply, Failure> {
    let (body, args) = match command {
        CertificateCommand::Request { account, fee_payment, act } => {
            let fee_payment = fee_payment.map(EntryIndex::new);
            (Body::RequestCertificate { account, fee_payment }, act)
        }
        CertificateCommand::Issue { application, act } => {
            (Body::IssueCertificate { application: EntryIndex::new(application) }, act)
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, Vec::new()).await
}

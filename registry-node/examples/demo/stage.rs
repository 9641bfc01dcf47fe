//! The stage: submits commands as a player would, and keeps what happened.

use crate::cast::Cast;
use jcm_client::{
    Caller, ClientError, CommandBuilder, PrivateValue, RegistryClient, SubmitPolicy, TrustStore,
};
use jcm_format::command::Body;
use jcm_format::key::{PublicKey, SecretKey};
use jcm_format::tlog::Origin;
use serde_json::{Value, json};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Where the story is played.
pub(crate) struct Stage {
    pub(crate) client: RegistryClient,
    pub(crate) registry: Origin,
    pub(crate) cast: Cast,
    trust: TrustStore,
    talks: bool,
    facts: Vec<Value>,
}

impl Stage {
    /// A stage before a running registry.
    pub(crate) fn new(
        client: RegistryClient,
        registry: Origin,
        cast: Cast,
        trust: TrustStore,
        talks: bool,
    ) -> Stage {
        Stage { client, registry, cast, trust, talks, facts: Vec::new() }
    }

    /// The client of a player, who signs what it asks for.
    pub(crate) fn of(&self, player: &str) -> RegistryClient {
        let caller = Caller::new(self.registry.clone(), self.cast.key(player).clone());
        self.client.clone().with_caller(caller)
    }

    /// Tells the human reader.
    pub(crate) fn say(&self, line: impl std::fmt::Display) {
        if self.talks {
            println!("{line}");
        }
    }

    /// Tells what was recorded, and where.
    pub(crate) fn recorded(&self, what: impl std::fmt::Display, entry: u64) {
        self.say(format_args!("   {:<76} entry {entry:>2}", what.to_string()));
    }

    /// Tells what was tried, and how it was refused.
    pub(crate) fn tried(&self, what: &str, refusal: &str) {
        self.say(format_args!("   {what:<38} {refusal}"));
    }

    /// Keeps a fact for machines.
    pub(crate) fn fact(&mut self, fact: Value) {
        self.facts.push(fact);
    }

    /// Everything that happened.
    pub(crate) fn into_facts(self) -> Vec<Value> {
        self.facts
    }

    /// Prepares, signs and submits a command, checks the receipt, and gives the
    /// entry's number.
    pub(crate) async fn accepted(&mut self, body: Option<Body>, players: &[&str]) -> Result<u64> {
        self.accepted_with(body, players, &[]).await
    }

    /// As [`Stage::accepted`], with personal data beside the command.
    pub(crate) async fn accepted_with(
        &mut self,
        body: Option<Body>,
        players: &[&str],
        private: &[PrivateValue],
    ) -> Result<u64> {
        let body = body.ok_or("the demo's own data are well formed")?;
        let name = body.name();
        let entry = self.perform(body, players, private).await?;
        self.fact(json!({ "command": name, "signed_by": players, "recorded_as": entry }));
        Ok(entry)
    }

    /// Submits a command that the registry must refuse for `reason`; gives the
    /// refusal as one line.
    pub(crate) async fn refused(
        &mut self,
        body: Option<Body>,
        players: &[&str],
        reason: &str,
    ) -> Result<String> {
        let body = body.ok_or("the demo's own data are well formed")?;
        let name = body.name();
        match self.perform(body, players, &[]).await {
            Ok(entry) => Err(format!("{name} was recorded as {entry}, not refused").into()),
            Err(error) => {
                let refusal = error
                    .downcast_ref::<ClientError>()
                    .and_then(ClientError::refusal)
                    .filter(|refusal| refusal.reason == reason);
                let Some(refusal) = refusal.cloned() else {
                    return Err(format!("{name}: expected {reason}, got {error}").into());
                };
                self.fact(json!({
                    "command": name, "signed_by": players, "refused_for": refusal.reason,
                    "number": refusal.number, "article": refusal.article,
                    "message": refusal.message, "message_ja": refusal.message_ja,
                }));
                let article = match refusal.article.as_str() {
                    "" => String::new(),
                    article => format!(", {article}"),
                };
                Ok(format!("refused: {} {}{article}", refusal.number, refusal.reason))
            }
        }
    }

    async fn perform(
        &mut self,
        body: Body,
        players: &[&str],
        private: &[PrivateValue],
    ) -> Result<u64> {
        let keys: Vec<&SecretKey> = players.iter().map(|player| self.cast.key(player)).collect();
        let signers: Vec<PublicKey> = keys.iter().map(|key| key.public_key()).collect();
        let command = CommandBuilder::new(self.registry.clone(), body).build()?;
        let first = players.first().ok_or("somebody signs")?;
        let effect = self.of(first).prepare(&command, &signers).await?;
        let signed = command.pin(&effect).sign(&keys)?;
        let receipt =
            self.client.submit(&signed, private, &mut self.trust, &SubmitPolicy::default()).await?;
        Ok(receipt.index().get())
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i != 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

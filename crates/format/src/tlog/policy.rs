//! Policies: which logs and witnesses are known, and how many cosignatures are
//! enough (`docs/spec/tlog.md` §8; C2SP tlog-policy).
//!
//! A policy is read by whoever demands cosignatures: the node before it releases,
//! a witness that wants to know whose checkpoints to take, a verifier years later.

use super::checkpoint::TrustedCheckpoint;
use super::cosignature::CosignatureError;
use super::text::from_decimal;
use super::vkey::{KeyType, VerifierKey, VerifierKeyError};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Longest policy file: 96 lines of a name, a key and an address take far less.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;

/// Most logs in a policy, most witnesses, and most groups; C2SP demands 32 of each.
pub const POLICY_LINES_MAX: usize = 32;

/// The name of the quorum that demands nobody.
const NONE: &str = "none";

/// A policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyKey>,
    witnesses: Vec<PolicyKey>,
    groups: Vec<Group>,
    // `None`: nobody is demanded.
    quorum: Option<Member>,
}

/// A key of a log or a witness, and where it can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyKey {
    /// The name within the policy; a log's is that of its key.
    pub name: String,
    /// The key.
    pub key: VerifierKey,
    /// The address, which nobody has checked.
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    threshold: usize,
    members: Vec<Member>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// Why a text is not a policy: the line, from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PolicyError {
    /// The line; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub what: PolicyFault,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// More than [`POLICY_BYTES_MAX`] bytes.
    #[error("the policy has more than {POLICY_BYTES_MAX} bytes")]
    TooLong,
    /// A byte that is neither text, a tab nor a newline, or no newline at the end.
    #[error("a control character, or the last line does not end")]
    Characters,
    /// Not one of the four words.
    #[error("a line begins with log, witness, group, quorum or #")]
    Word,
    /// Too few or too many parts.
    #[error("write {0}")]
    Parts(&'static str),
    /// The key is not one.
    #[error("{0}")]
    Key(VerifierKeyError),
    /// A log's key of a witness's type, or the other way round.
    #[error("the key is not of the type that a {0} signs with")]
    KeyType(&'static str),
    /// The same key stands on another line.
    #[error("the same key stands on an earlier line")]
    KeyRepeated,
    /// The name is taken, or is `none`.
    #[error("the name {0} is taken")]
    NameTaken(String),
    /// The name is not defined before.
    #[error("the name {0} is not defined on an earlier line")]
    NameUnknown(String),
    /// The name is a member of a group already.
    #[error("the name {0} is a member of a group already")]
    MemberRepeated(String),
    /// The threshold is not from 1 to the number of members.
    #[error("the threshold is any, all, or a number from 1 to the number of members")]
    Threshold,
    /// More than [`POLICY_LINES_MAX`] of a kind.
    #[error("more than {POLICY_LINES_MAX} lines of a kind")]
    TooMany,
    /// No quorum line, or more than one.
    #[error("exactly one quorum line is needed")]
    Quorum,
}

impl Policy {
    /// The logs whose checkpoints are known.
    pub fn logs(&self) -> &[PolicyKey] {
        &self.logs
    }

    /// The witnesses, in the order of the file.
    pub fn witnesses(&self) -> &[PolicyKey] {
        &self.witnesses
    }

    /// Whether the quorum is reached by the witnesses of whom `has_cosigned` is true,
    /// each given by its place in [`Policy::witnesses`].
    pub fn is_met(&self, has_cosigned: impl Fn(usize) -> bool) -> bool {
        let met = |member: &Member, groups: &[bool]| match member {
            Member::Witness(place) => has_cosigned(*place),
            Member::Group(place) => groups.get(*place).copied().unwrap_or(false),
        };
        // A group has only members from lines before its own.
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let count = group.members.iter().filter(|member| met(member, &groups)).count();
            groups.push(group.threshold <= count);
        }
        self.quorum.is_none_or(|quorum| met(&quorum, &groups))
    }

    /// Whether enough witnesses cosigned a checkpoint.
    ///
    /// # Errors
    ///
    /// When a line by a known witness does not verify.
    pub fn is_met_by(&self, checkpoint: &TrustedCheckpoint) -> Result<bool, CosignatureError> {
        let keys: Vec<VerifierKey> = self.witnesses.iter().map(|one| one.key.clone()).collect();
        let found = checkpoint.cosignatures(&keys)?;
        let has_cosigned = |place: usize| {
            let key = keys.get(place);
            found.iter().any(|found| Some(found.witness) == key)
        };
        Ok(self.is_met(has_cosigned))
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Policy, PolicyError> {
        let whole = |what| PolicyError { line: 0, what };
        if text.len() > POLICY_BYTES_MAX {
            return Err(whole(PolicyFault::TooLong));
        }
        let forbidden = |c: char| c.is_ascii_control() && c != '\n' && c != '\t';
        if text.contains(forbidden) || !(text.is_empty() || text.ends_with('\n')) {
            return Err(whole(PolicyFault::Characters));
        }
        let mut reading = Reading::default();
        for (line, text) in (1..).zip(text.lines()) {
            reading.line(text).map_err(|what| PolicyError { line, what })?;
        }
        let quorum = reading.quorum.ok_or_else(|| whole(PolicyFault::Quorum))?;
        let Reading { logs, witnesses, groups, .. } = reading;
        Ok(Policy { logs, witnesses, groups, quorum })
    }
}

#[derive(Default)]
struct Reading {
    logs: Vec<PolicyKey>,
    witnesses: Vec<PolicyKey>,
    groups: Vec<Group>,
    names: BTreeMap<String, Member>,
    members: Vec<Member>,
    quorum: Option<Option<Member>>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), PolicyFault> {
        let parts: Vec<&str> = line.split([' ', '\t']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Ok(()),
            [word, ..] if word.starts_with('#') => Ok(()),
            ["log", rest @ ..] => self.log(rest),
            ["witness", rest @ ..] => self.witness(rest),
            ["group", rest @ ..] => self.group(rest),
            ["quorum", rest @ ..] => self.quorum(rest),
            _ => Err(PolicyFault::Word),
        }
    }

    fn log(&mut self, parts: &[&str]) -> Result<(), PolicyFault> {
        const FORM: PolicyFault = PolicyFault::Parts("log <vkey> [<url>]");
        let [key, url @ ..] = parts else { return Err(FORM) };
        let url = single(url).ok_or(FORM)?;
        let key = read_key(key, KeyType::Ed25519, "log")?;
        let name = key.name().to_owned();
        add(&mut self.logs, PolicyKey { name, key, url })
    }

    fn witness(&mut self, parts: &[&str]) -> Result<(), PolicyFault> {
        const FORM: PolicyFault = PolicyFault::Parts("witness <name> <vkey> [<url>]");
        let [name, key, url @ ..] = parts else { return Err(FORM) };
        let url = single(url).ok_or(FORM)?;
        let key = read_key(key, KeyType::Cosignature, "witness")?;
        self.define(name, Member::Witness(self.witnesses.len()))?;
        add(&mut self.witnesses, PolicyKey { name: (*name).to_owned(), key, url })
    }

    fn group(&mut self, parts: &[&str]) -> Result<(), PolicyFault> {
        let [name, threshold, names @ ..] = parts else {
            return Err(PolicyFault::Parts("group <name> <any, all or a number> <name>..."));
        };
        let mut members = Vec::with_capacity(names.len());
        for name in names {
            let member = self.known(name)?;
            if self.members.contains(&member) {
                return Err(PolicyFault::MemberRepeated((*name).to_owned()));
            }
            self.members.push(member);
            members.push(member);
        }
        let threshold = match *threshold {
            "any" => Some(1),
            "all" => Some(members.len()),
            number => from_decimal(number).and_then(|number| usize::try_from(number).ok()),
        };
        let threshold = threshold.filter(|k| (1..=members.len()).contains(k));
        let threshold = threshold.ok_or(PolicyFault::Threshold)?;
        self.define(name, Member::Group(self.groups.len()))?;
        if self.groups.len() == POLICY_LINES_MAX {
            return Err(PolicyFault::TooMany);
        }
        self.groups.push(Group { threshold, members });
        Ok(())
    }

    fn quorum(&mut self, parts: &[&str]) -> Result<(), PolicyFault> {
        let [name] = parts else { return Err(PolicyFault::Parts("quorum <name, or none>")) };
        if self.quorum.is_some() {
            return Err(PolicyFault::Quorum);
        }
        let quorum = if *name == NONE { None } else { Some(self.known(name)?) };
        self.quorum = Some(quorum);
        Ok(())
    }

    fn known(&self, name: &str) -> Result<Member, PolicyFault> {
        let known = self.names.get(name).copied();
        known.ok_or_else(|| PolicyFault::NameUnknown(name.to_owned()))
    }

    fn define(&mut self, name: &str, member: Member) -> Result<(), PolicyFault> {
        if name == NONE || self.names.contains_key(name) {
            return Err(PolicyFault::NameTaken(name.to_owned()));
        }
        self.names.insert(name.to_owned(), member);
        Ok(())
    }
}

/// Nothing, or the only part.
fn single(parts: &[&str]) -> Option<Option<String>> {
    match parts {
        [] => Some(None),
        [only] => Some(Some((*only).to_owned())),
        _ => None,
    }
}

fn read_key(text: &str, kind: KeyType, whose: &'static str) -> Result<VerifierKey, PolicyFault> {
    let key: VerifierKey = text.parse().map_err(PolicyFault::Key)?;
    if key.kind() == kind { Ok(key) } else { Err(PolicyFault::KeyType(whose)) }
}

fn add(keys: &mut Vec<PolicyKey>, key: PolicyKey) -> Result<(), PolicyFault> {
    if keys.len() == POLICY_LINES_MAX {
        return Err(PolicyFault::TooMany);
    }
    if keys.iter().any(|known| known.key.public_key() == key.key.public_key()) {
        return Err(PolicyFault::KeyRepeated);
    }
    keys.push(key);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;
    use crate::key::SecretKey;

    fn witness(seed: u8) -> String {
        let key = SecretKey::from_seed(&[seed; 32]).public_key();
        let name = format!("witness.example/{seed}");
        VerifierKey::new(&name, KeyType::Cosignature, &key).expect("a key").to_string()
    }

    fn witnesses(count: u8) -> String {
        (1..=count).map(|seed| format!("witness w{seed} {}\n", witness(seed))).collect()
    }

    fn fault(text: &str) -> (usize, PolicyFault) {
        let error = text.parse::<Policy>().expect_err(text);
        (error.line, error.what)
    }

    /// Whether the witnesses at these places are enough.
    fn met(policy: &Policy, places: &[usize]) -> bool {
        policy.is_met(|place| places.contains(&place))
    }

    #[test]
    fn a_quorum_of_groups_is_counted_as_it_is_written() {
        let text = format!(
            "# two organisations\n\nlog {} https://log.example/\n{}group X 2 w1 w2 w3\n\
             \tgroup  Y any w4 w5 w6 \n group both all X Y\nquorum both\n",
            golden::text("log_vkey"),
            witnesses(6)
        );
        let policy: Policy = text.parse().expect("a policy");
        assert_eq!(policy.logs()[0].url.as_deref(), Some("https://log.example/"));
        assert_eq!((policy.witnesses().len(), policy.witnesses()[5].name.as_str()), (6, "w6"));
        for enough in [&[0, 1, 3][..], &[0, 2, 5], &[0, 1, 2, 3, 4, 5]] {
            assert!(met(&policy, enough), "{enough:?}");
        }
        for short in [&[][..], &[0, 1, 2], &[0, 3, 4, 5], &[3]] {
            assert!(!met(&policy, short), "{short:?}");
        }
        let single: Policy = format!("{}quorum w2\n", witnesses(2)).parse().expect("a policy");
        assert!(met(&single, &[1]) && !met(&single, &[0]));
        let none: Policy = format!("{}quorum none\n", witnesses(2)).parse().expect("a policy");
        assert!(met(&none, &[]));
    }

    #[test]
    fn a_checkpoint_is_judged_by_the_cosignatures_on_it() {
        let key = golden::vkey("witness_vkey");
        let text = |quorum: &str| {
            format!("witness w {key}\n{}group both all w w1\nquorum {quorum}\n", witnesses(1))
        };
        let note = golden::checkpoint(600);
        let log = golden::vkey("log_vkey");
        let checkpoint = TrustedCheckpoint::open(&note, &log).expect("signed");
        let policy = |quorum: &str| text(quorum).parse::<Policy>().expect("a policy");
        assert_eq!(policy("w").is_met_by(&checkpoint), Ok(true));
        assert_eq!(policy("both").is_met_by(&checkpoint), Ok(false));
        let bare = checkpoint.checkpoint().sign(&golden::secret("log_seed_hex"));
        let bare = TrustedCheckpoint::open(&bare, &log).expect("signed");
        assert_eq!(policy("w").is_met_by(&bare), Ok(false));
        assert_eq!(policy("none").is_met_by(&bare), Ok(true));
    }

    #[test]
    fn each_fault_is_named_with_its_line() {
        let two = witnesses(2);
        let log = golden::text("log_vkey");
        let cases = [
            (String::new(), 0, PolicyFault::Quorum),
            ("quorum none".to_owned(), 0, PolicyFault::Characters),
            ("quorum none\r\n".to_owned(), 0, PolicyFault::Characters),
            ("Quorum none\n".to_owned(), 1, PolicyFault::Word),
            ("quorum\n".to_owned(), 1, PolicyFault::Parts("quorum <name, or none>")),
            ("quorum none\nquorum none\n".to_owned(), 2, PolicyFault::Quorum),
            ("quorum w\n".to_owned(), 1, PolicyFault::NameUnknown("w".to_owned())),
            ("log x\n".to_owned(), 1, PolicyFault::Key(VerifierKeyError::Parts)),
            ("log\n".to_owned(), 1, PolicyFault::Parts("log <vkey> [<url>]")),
            (format!("log {log} a b\n"), 1, PolicyFault::Parts("log <vkey> [<url>]")),
            (format!("log {}\n", witness(1)), 1, PolicyFault::KeyType("log")),
            (format!("log {log}\nlog {log}\n"), 2, PolicyFault::KeyRepeated),
            (format!("witness w {log}\n"), 1, PolicyFault::KeyType("witness")),
            (format!("{two}witness w3 {}\n", witness(1)), 3, PolicyFault::KeyRepeated),
            (format!("{two}witness w1 {}\n", witness(3)), 3, PolicyFault::NameTaken("w1".into())),
            (
                format!("witness none {}\n", witness(1)),
                1,
                PolicyFault::NameTaken("none".to_owned()),
            ),
            (format!("{two}group w1 any w2\n"), 3, PolicyFault::NameTaken("w1".to_owned())),
            (format!("{two}group g any g\n"), 3, PolicyFault::NameUnknown("g".to_owned())),
            (format!("{two}group g any none\n"), 3, PolicyFault::NameUnknown("none".to_owned())),
            (format!("{two}group g 0 w1\n"), 3, PolicyFault::Threshold),
            (format!("{two}group g 3 w1 w2\n"), 3, PolicyFault::Threshold),
            (format!("{two}group g 01 w1 w2\n"), 3, PolicyFault::Threshold),
            (format!("{two}group g any\n"), 3, PolicyFault::Threshold),
            (format!("{two}group g 2 w1 w1\n"), 3, PolicyFault::MemberRepeated("w1".to_owned())),
            (
                format!("{two}group g any w1\ngroup h any w1 w2\n"),
                4,
                PolicyFault::MemberRepeated("w1".to_owned()),
            ),
            (witnesses(33), 33, PolicyFault::TooMany),
        ];
        for (text, line, what) in cases {
            assert_eq!(fault(&text), (line, what), "{text}");
        }
        assert_eq!(fault(&"#\n".repeat(40_000)), (0, PolicyFault::TooLong));
        let most = format!("{}quorum w32\n", witnesses(32));
        assert_eq!(most.parse::<Policy>().expect("C2SP's least").witnesses().len(), 32);
    }

    #[test]
    fn garbage_is_refused_or_reads_as_a_policy() {
        for text in golden::garbage(5_000) {
            if let Ok(policy) = text.parse::<Policy>() {
                assert!(policy.witnesses().is_empty(), "{text}");
            }
        }
    }
}

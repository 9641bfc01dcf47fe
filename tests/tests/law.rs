//! The page that says what answers the law names what exists, all of it, and
//! leaves no article out; the specification has a section for each command.

use std::collections::BTreeSet;
use std::path::PathBuf;

fn read(path: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", path].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The commands, from the one place where callers find them.
fn commands() -> BTreeSet<String> {
    let schema = read("proto/jcm/registry/v1/command.proto");
    let (_, rest) = schema.split_once("oneof body {").expect("the commands");
    let (body, _) = rest.split_once('}').expect("their end");
    let commands: BTreeSet<_> =
        body.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(commands.contains("Genesis") && 40 < commands.len(), "{commands:?}");
    commands
}

fn calls() -> BTreeSet<String> {
    let schema = read("proto/jcm/registry/v1/registry.proto");
    let rpcs = schema.lines().filter_map(|line| line.trim().strip_prefix("rpc "));
    rpcs.filter_map(|line| line.split('(').next()).map(str::to_owned).collect()
}

/// What stands in `this type` and looks like the name of a command or call.
fn names(page: &str) -> BTreeSet<String> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| text.chars().next().is_some_and(char::is_uppercase))
        .filter(|text| text.chars().all(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_law_page_names_what_exists() {
    let page = read("docs/law.md");
    let known: BTreeSet<_> = commands().union(&calls()).cloned().collect();
    let unknown: Vec<_> = names(&page).difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "docs/law.md names {unknown:?}");
}

/// Commands that no article asks for: they serve keys, the safety of accounts and the
/// registry itself.
const WITHOUT_ARTICLE: [&str; 17] = [
    "RegisterKey",
    "RevokeKey",
    "CompleteApplication",
    "LapseApplication",
    "RequestCompletion",
    "Refund",
    "ApplyPayments",
    "SetAcceptance",
    "AcceptTransfer",
    "SetMandate",
    "TrustAccount",
    "DistrustAccount",
    "FreezeAccount",
    "UnfreezeAccount",
    "RequestRecovery",
    "CancelRecovery",
    "CompleteRecovery",
];

#[test]
fn every_command_answers_an_article_or_is_listed_as_without() {
    let named = names(&read("docs/law.md"));
    let without: BTreeSet<String> = WITHOUT_ARTICLE.iter().map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = commands()
        .into_iter()
        .filter(|name| !named.contains(name) && !without.contains(name))
        .filter(|name| name != "WithdrawApplication")
        .collect();
    assert!(missing.is_empty(), "docs/law.md does not say what {missing:?} answer");
}

/// The numbers that the first cells of a section's rows cover.
fn covered(section: &str) -> BTreeSet<String> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| "));
    let firsts = cells.filter_map(|row| row.split(" |").next());
    let mut covered = BTreeSet::new();
    for part in firsts.flat_map(|cell| cell.split(", ")) {
        match part.split_once(" to ") {
            None => {
                covered.insert(part.to_owned());
            }
            Some((first, last)) => covered.extend(between(first, last)),
        }
    }
    covered
}

/// From `10` to `12`, or from `57-4` to `57-7`.
fn between(first: &str, last: &str) -> Vec<String> {
    let split = |text: &str| match text.split_once('-') {
        Some((stem, number)) => (format!("{stem}-"), number.parse::<u32>().expect("a number")),
        None => (String::new(), text.parse().expect("a number")),
    };
    let ((stem, first), (_, last)) = (split(first), split(last));
    (first..=last).map(|number| format!("{stem}{number}")).collect()
}

#[test]
fn no_article_is_left_out() {
    let page = read("docs/law.md");
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    let [act, order, ordinance, _, _] = sections.as_slice() else { panic!("five sections") };
    let wanted = |ranges: &[(&str, &str)]| -> BTreeSet<String> {
        ranges.iter().flat_map(|(first, last)| between(first, last)).collect()
    };
    let asked = [
        (act, wanted(&[("43", "57"), ("57-2", "57-19"), ("62", "62")])),
        (order, wanted(&[("10", "20")])),
        (ordinance, wanted(&[("1", "18")])),
    ];
    for (section, wanted) in asked {
        let covered = covered(section);
        let missing: Vec<_> = wanted.difference(&covered).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", section.lines().next().unwrap_or(""));
    }
}

#[test]
fn every_command_has_a_section_that_states_its_effect() {
    let page = read("docs/spec/commands.md");
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    for command in commands() {
        let section = sections.iter().find(|text| text.lines().next() == Some(command.as_str()));
        let section = section.unwrap_or_else(|| panic!("commands.md has no section {command}"));
        assert!(section.contains("Effect"), "{command} states no effect");
    }
}

//! The types of entries, for the verifier that runs in a browser: made of the
//! tables of the specification, so that they cannot lag behind.
//! `UPDATE_GENERATED=1 cargo test -p jcm-tests --test html_types` writes them anew.

use serde_json::{Map, Value, json};
use std::path::PathBuf;

fn file(parts: &[&str]) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().chain(parts).collect()
}

/// The cells of a table's row.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix("| ")?.trim_end().strip_suffix('|')?;
    Some(row.split(" | ").map(|cell| cell.trim()).collect())
}

/// The type that a cell begins with, as in `Digest of the document`.
fn type_of(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', ':', ',']).collect();
    match words.as_slice() {
        [outer @ ("option" | "list"), "of", inner, ..] => format!("{outer} of {inner}"),
        [only, ..] => (*only).to_owned(),
        [] => String::new(),
    }
}

/// `a: T, b: option of T`.
fn fields(text: &str) -> Value {
    let fields = text.split(", ").map(|field| {
        let (name, type_) = field.split_once(": ").expect("name and type");
        json!([name, type_of(type_)])
    });
    fields.collect()
}

/// What a variant holds: nothing, one value, or fields, whose names begin small.
fn holds(text: &str) -> Value {
    let one = |text: &str| json!(type_of(text));
    let named = text.split_once(": ").is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(' ')
    });
    match text {
        "" => Value::Null,
        _ if named => fields(text),
        _ => one(text),
    }
}

/// Without what stands in brackets: the words of reports beside the names.
fn without_remarks(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(" (") {
        kept.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    kept + rest
}

fn types(page: &str) -> Map<String, Value> {
    let mut types = Map::new();
    let mut name = String::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("**") {
            name = rest.split("**").next().unwrap_or_default().to_owned();
            if let Some((_, list)) = line.split_once("**: payload: ") {
                types.insert(
                    name.clone(),
                    json!({ "struct": fields(&format!("payload: {}", list
                    .trim_end_matches('.').split(". ").next().unwrap_or_default()
                    .replace("; ", ", "))) }),
                );
            } else if let Some((_, list)) = line.split_once("**: key: ") {
                let list = format!("key: {}", list.trim_end_matches('.'));
                types.insert(name.clone(), json!({ "struct": fields(&list) }));
            }
        }
        let Some(cells) = cells(line) else { continue };
        match cells.as_slice() {
            [number, variant, what] if number.parse::<u64>().is_ok() => {
                let known = types.entry(name.clone()).or_insert_with(|| json!({ "enum": [] }));
                let variants = known["enum"].as_array_mut().expect("an enum");
                assert_eq!(variants.len().to_string(), *number, "{name}");
                variants.push(json!([variant, holds(what)]));
            }
            [enum_, variants]
                if !enum_.contains(' ')
                    && enum_.starts_with(|c: char| c.is_ascii_uppercase())
                    && !variants.contains(':') =>
            {
                let variants = without_remarks(variants);
                let variants = variants.split(", ").map(|variant| json!([variant, null]));
                let variants: Value = variants.collect();
                types.insert((*enum_).to_owned(), json!({ "enum": variants }));
            }
            [struct_, list]
                if struct_.starts_with(|c: char| c.is_ascii_uppercase()) && list.contains(": ") =>
            {
                types.insert((*struct_).to_owned(), json!({ "struct": fields(list) }));
            }
            _ => {}
        }
    }
    types
}

fn generated() -> String {
    let page = std::fs::read_to_string(file(&["docs", "spec", "entry.md"])).expect("the page");
    let (_, composite) = page.split_once("## 4. Composite types").expect("the section");
    let (composite, _) = composite.split_once("## 6. JSON").expect("the section");
    let types = types(composite);
    let mut lines = vec!["// Made of docs/spec/entry.md by a test; do not edit.".to_owned()];
    lines.push("const TYPES = {".to_owned());
    for (name, type_) in &types {
        lines.push(format!("  {name}: {type_},"));
    }
    lines.push("};\n".to_owned());
    lines.join("\n")
}

#[test]
fn the_types_in_the_page_are_those_of_the_specification() {
    let path = file(&["crates", "verify", "src", "html", "types.js"]);
    let generated = generated();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &generated).expect("written");
    }
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(current == generated, "types.js is stale: run with UPDATE_GENERATED=1");
}

#[test]
fn every_effect_and_every_type_that_it_holds_is_there() {
    let generated = generated();
    let types: Vec<&str> = generated
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(name, _)| name)
        .collect();
    for name in
        ["Effect", "Role", "Person", "TransferTerms", "TrustRequest", "CommandSignature", "Purpose"]
    {
        assert!(types.contains(&name), "{name} is missing in {types:?}");
    }
    assert!(
        generated.contains(r#"["transfer_recorded",[["application","option of EntryIndex"]]]"#),
        "{generated}"
    );
    assert!(generated.contains(r#"["delete","Digest"]"#), "{generated}");
    assert!(generated.contains(r#"["individual","Digest"]"#), "{generated}");
}

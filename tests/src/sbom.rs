//! The bill of materials of a released program: every crate that is built into it or
//! helps to build it, with version, licence and checksum, as CycloneDX 1.5.
//!
//! What is built comes from `cargo tree`, which resolves features for one program as
//! its build does; licences come from `cargo metadata`, which mixes those of the whole
//! workspace and would name crates that are not in a program; checksums come from
//! `Cargo.lock`. Nothing in a bill depends on when or where it was made.

use crate::root;
use cyclonedx_bom::external_models::normalized_string::NormalizedString;
use cyclonedx_bom::external_models::spdx::SpdxExpression;
use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::bom::{Bom, SpecVersion, UrnUuid};
use cyclonedx_bom::models::component::{Classification, Component, Components, Scope};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::models::tool::{Tool, Tools};
use cyclonedx_bom::validation::Validate as _;
use jcm_format::hash::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The released programs: package, program.
pub const PROGRAMS: [(&str, &str); 3] =
    [("registry-node", "registry-node"), ("jcm-cli", "jcm"), ("jcm-verify", "jcm-verify")];

/// What releases are built for.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A crate: name and version.
pub type Named = (String, String);

/// The crates that this workspace has to do with.
pub struct Crates {
    /// Licence, and whether it was downloaded.
    packages: BTreeMap<Named, (Option<String>, bool)>,
    checksums: BTreeMap<Named, String>,
}

/// What is built for a program, and what each crate of it needs.
struct Tree(BTreeMap<Named, BTreeSet<Named>>);

fn cargo(arguments: &[&str]) -> Result<String> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(arguments)
        .current_dir(root())
        .output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

impl Tree {
    /// The tree of a package over edges of these kinds.
    fn read(package: &str, edges: &str) -> Result<Tree> {
        let what = ["tree", "--locked", "--package", package, "--edges", edges];
        let how = ["--target", TARGET, "--prefix", "depth", "--format", "{p}"];
        Tree::parse(&cargo(&[&what[..], &how[..]].concat())?)
    }

    /// Lines such as `2sha2 v0.10.9`: the depth, and a crate that the one above it at a
    /// lesser depth needs.
    fn parse(text: &str) -> Result<Tree> {
        let mut tree = Tree(BTreeMap::new());
        let mut path: Vec<Named> = Vec::new();
        for line in text.lines() {
            let named = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let depth: usize = line[..line.len() - named.len()].parse()?;
            let mut words = named.split(' ');
            let (name, version) =
                (words.next(), words.next().and_then(|word| word.strip_prefix('v')));
            let (Some(name), Some(version)) = (name, version) else {
                return Err(format!("cargo tree says {line:?}").into());
            };
            let this = (name.to_owned(), version.to_owned());
            path.truncate(depth);
            if let Some(above) = path.last() {
                tree.0.entry(above.clone()).or_default().insert(this.clone());
            }
            tree.0.entry(this.clone()).or_default();
            path.push(this);
        }
        Ok(tree)
    }
}

impl Crates {
    /// Asks cargo, which must not change the lock file.
    ///
    /// # Errors
    ///
    /// When it does not answer, or the lock file is not up to date.
    pub fn read() -> Result<Crates> {
        let metadata =
            cargo(&["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET])?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let one = |package: &Value| {
            let licence = package["license"].as_str().map(str::to_owned);
            let named = (text(&package["name"]), text(&package["version"]));
            (named, (licence, !package["source"].is_null()))
        };
        let packages = metadata["packages"].as_array().ok_or("no packages")?;
        let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
        let packages = packages.iter().map(one).collect();
        Ok(Crates { packages, checksums: checksums(&lock)? })
    }

    /// The bill of materials of one program, as JSON.
    ///
    /// # Errors
    ///
    /// When a crate lacks a licence or a checksum, or the result is not valid.
    pub fn bill(&self, package: &str, program: &str) -> Result<Vec<u8>> {
        let all = Tree::read(package, "normal,build")?;
        let built_in = Tree::read(package, "normal")?;
        let start = all.0.keys().find(|(name, _)| name == package);
        let start = start.ok_or_else(|| format!("there is no package {package}"))?;
        let mut components = Vec::new();
        for named in all.0.keys().filter(|named| *named != start) {
            let scope = match built_in.0.contains_key(named) {
                true => Scope::Required,
                // It helps to build, and nothing of it is in the program.
                false => Scope::Excluded,
            };
            components.push(self.component(named, scope)?);
        }
        let mut subject = self.component(start, Scope::Required)?;
        subject.component_type = Classification::Application;
        subject.name = NormalizedString::new(program);
        let dependencies = all.0.iter().map(|(of, on)| Dependency {
            dependency_ref: reference(of),
            dependencies: on.iter().map(reference).collect(),
        });
        let dependencies = dependencies.collect();
        let tool = Tool {
            vendor: None,
            name: Some(NormalizedString::new("jcm-tests sbom")),
            version: Some(NormalizedString::new(env!("CARGO_PKG_VERSION"))),
            hashes: None,
            external_references: None,
        };
        let bom = Bom {
            serial_number: Some(self.serial(program, &all)?),
            metadata: Some(Metadata {
                component: Some(subject),
                tools: Some(Tools::List(vec![tool])),
                ..Metadata::default()
            }),
            components: Some(Components(components)),
            dependencies: Some(Dependencies(dependencies)),
            ..Bom::default()
        };
        let judged = bom.validate_version(SpecVersion::V1_5);
        if !judged.passed() {
            return Err(format!("the bill of {program} is not valid: {judged:?}").into());
        }
        let mut json = Vec::new();
        bom.output_as_json(&mut json, SpecVersion::V1_5)?;
        json.push(b'\n');
        Ok(json)
    }

    fn component(&self, named: &Named, scope: Scope) -> Result<Component> {
        let (name, version) = named;
        let package = self.packages.get(named);
        let (licence, is_downloaded) =
            package.ok_or_else(|| format!("{name} {version} is unknown"))?;
        let licence = licence.clone();
        let licence = licence.ok_or_else(|| format!("{name} {version} states no licence"))?;
        let reference = Some(reference(named));
        let mut component = Component::new(Classification::Library, name, version, reference);
        let licence = SpdxExpression::parse_lax(licence)?;
        component.licenses = Some(Licenses(vec![LicenseChoice::Expression(licence)]));
        component.scope = Some(scope);
        if !is_downloaded {
            // One of ours: nothing was downloaded.
            return Ok(component);
        }
        let checksum = self.checksums.get(named);
        let checksum = checksum.ok_or_else(|| format!("{name} {version} is not in Cargo.lock"))?;
        let content = HashValue(checksum.clone());
        component.hashes = Some(Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content }]));
        component.purl = Some(Purl::new("cargo", name, version)?);
        Ok(component)
    }

    /// The same for the same contents, so that a bill can be made again.
    fn serial(&self, program: &str, all: &Tree) -> Result<UrnUuid> {
        let mut of = format!("{program}\n");
        for named in all.0.keys() {
            let checksum = self.checksums.get(named).map_or("ours", String::as_str);
            of += &format!("{} {checksum}\n", reference(named));
        }
        let hex = Digest::of(&[of.as_bytes()]).to_string();
        // Version 8 (RFC 9562): of our own making.
        let uuid = format!(
            "{}-{}-8{}-8{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..32]
        );
        UrnUuid::new(format!("urn:uuid:{uuid}")).map_err(|error| format!("{error:?}").into())
    }
}

fn reference((name, version): &Named) -> String {
    format!("{name}@{version}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Checksums of a lock file by name and version.
///
/// # Errors
///
/// When it is not one.
pub fn checksums(lock: &str) -> Result<BTreeMap<Named, String>> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.ok_or("the lock file has no packages")?;
    let field = |package: &toml::Value, name: &str| {
        package.get(name).and_then(toml::Value::as_str).map(str::to_owned)
    };
    Ok(packages
        .iter()
        .filter_map(|package| {
            let name = (field(package, "name")?, field(package, "version")?);
            Some((name, field(package, "checksum")?))
        })
        .collect())
}

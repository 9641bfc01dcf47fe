//! The bill of materials of a released program: every crate that is built into it or
//! helps to build it, with version, licence and checksum, as CycloneDX 1.5.
//!
//! What is built comes from `cargo metadata`, checksums from `Cargo.lock`. Nothing
//! in it depends on when or where it was made.

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
use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The released programs: package, program.
pub const PROGRAMS: [(&str, &str); 3] =
    [("registry-node", "registry-node"), ("jcm-cli", "jcm"), ("jcm-verify", "jcm-verify")];

/// What releases are built for.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The top of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The crates of this workspace and how they depend on each other.
pub struct Crates {
    packages: BTreeMap<String, Value>,
    nodes: BTreeMap<String, Vec<Edge>>,
    checksums: BTreeMap<(String, String), String>,
}

struct Edge {
    to: String,
    is_for_building: bool,
}

impl Crates {
    /// Asks cargo, which must not change the lock file.
    ///
    /// # Errors
    ///
    /// When it does not answer, or the lock file is not up to date.
    pub fn read() -> Result<Crates> {
        let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
            .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET])
            .current_dir(root())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let packages = items(&metadata["packages"])
            .map(|package| (text(&package["id"]), package.clone()))
            .collect();
        let nodes = items(&metadata["resolve"]["nodes"])
            .map(|node| (text(&node["id"]), items(&node["deps"]).filter_map(edge).collect()))
            .collect();
        let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
        Ok(Crates { packages, nodes, checksums: checksums(&lock)? })
    }

    /// The bill of materials of one program, as JSON.
    ///
    /// # Errors
    ///
    /// When a crate lacks a licence or a checksum, or the result is not valid.
    pub fn bill(&self, package: &str, program: &str) -> Result<Vec<u8>> {
        let start = self.packages.iter().find(|(_, of)| text(&of["name"]) == package);
        let (start, _) = start.ok_or_else(|| format!("there is no package {package}"))?;
        let built_in = self.reached(start, false);
        let all = self.reached(start, true);
        let mut components = Vec::new();
        for id in all.iter().filter(|id| **id != start) {
            let scope = match built_in.contains(id) {
                true => Scope::Required,
                // It helps to build, and nothing of it is in the program.
                false => Scope::Excluded,
            };
            components.push(self.component(id, scope)?);
        }
        let mut subject = self.component(start, Scope::Required)?;
        subject.component_type = Classification::Application;
        subject.name = NormalizedString::new(program);
        let dependencies = all.iter().map(|id| self.dependency(id, &all)).collect::<Result<_>>()?;
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

    fn reached<'a>(&'a self, start: &'a String, with_building: bool) -> BTreeSet<&'a String> {
        let (mut seen, mut waiting) = (BTreeSet::from([start]), vec![start]);
        while let Some(id) = waiting.pop() {
            let edges = self.nodes.get(id).into_iter().flatten();
            for edge in edges.filter(|edge| with_building || !edge.is_for_building) {
                if seen.insert(&edge.to) {
                    waiting.push(&edge.to);
                }
            }
        }
        seen
    }

    fn component(&self, id: &str, scope: Scope) -> Result<Component> {
        let package = self.packages.get(id).ok_or_else(|| format!("{id} is unknown"))?;
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        let licence = package["license"].as_str();
        let licence = licence.ok_or_else(|| format!("{name} {version} states no licence"))?;
        let reference = Some(format!("{name}@{version}"));
        let mut component = Component::new(Classification::Library, &name, &version, reference);
        let licence = SpdxExpression::parse_lax(licence.to_owned())?;
        component.licenses = Some(Licenses(vec![LicenseChoice::Expression(licence)]));
        component.scope = Some(scope);
        if package["source"].is_null() {
            // One of ours: nothing was downloaded.
            return Ok(component);
        }
        let checksum = self.checksums.get(&(name.clone(), version.clone()));
        let checksum = checksum.ok_or_else(|| format!("{name} {version} is not in Cargo.lock"))?;
        let content = HashValue(checksum.clone());
        component.hashes = Some(Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content }]));
        component.purl = Some(Purl::new("cargo", &name, &version)?);
        Ok(component)
    }

    fn dependency(&self, id: &String, all: &BTreeSet<&String>) -> Result<Dependency> {
        let edges = self.nodes.get(id).into_iter().flatten();
        let to: BTreeSet<String> = edges
            .filter(|edge| all.contains(&edge.to))
            .map(|edge| self.reference(&edge.to))
            .collect::<Result<_>>()?;
        Ok(Dependency {
            dependency_ref: self.reference(id)?,
            dependencies: to.into_iter().collect(),
        })
    }

    fn reference(&self, id: &str) -> Result<String> {
        let package = self.packages.get(id).ok_or_else(|| format!("{id} is unknown"))?;
        Ok(format!("{}@{}", text(&package["name"]), text(&package["version"])))
    }

    /// The same for the same contents, so that a bill can be made again.
    fn serial(&self, program: &str, all: &BTreeSet<&String>) -> Result<UrnUuid> {
        let mut of = format!("{program}\n");
        for id in all {
            let reference = self.reference(id)?;
            let (name, version) = reference.split_once('@').ok_or("a reference has an @")?;
            let key = (name.to_owned(), version.to_owned());
            let checksum = self.checksums.get(&key).map_or("ours", String::as_str);
            of += &format!("{reference} {checksum}\n");
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

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An edge that has to do with the program; not one of tests.
fn edge(dependency: &Value) -> Option<Edge> {
    let kinds: BTreeSet<Option<&str>> =
        items(&dependency["dep_kinds"]).map(|kind| kind["kind"].as_str()).collect();
    let is_for_building = match (kinds.contains(&None), kinds.contains(&Some("build"))) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => return None,
    };
    Some(Edge { to: text(&dependency["pkg"]), is_for_building })
}

/// Checksums of a lock file by name and version.
///
/// # Errors
///
/// When it is not one.
pub fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
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

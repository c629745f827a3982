//! What `cargo metadata` says about the workspace, as far as the chores need it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::{cargo, host};

/// The packages of the workspace and the graph that cargo resolved.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Our packages, by name.
    pub(crate) packages: BTreeMap<String, Package>,
    /// Every package of the graph, by cargo's id.
    pub(crate) graph: BTreeMap<String, Node>,
}

/// A package of the workspace as its manifest declares it.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its id in the graph.
    pub(crate) id: String,
    /// Its direct dependencies, optional ones too.
    pub(crate) dependencies: Vec<Dependency>,
    /// Whether it has benchmarks of its own.
    pub(crate) has_benches: bool,
}

/// A line of a manifest's dependency tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only tests, examples and benchmarks see it.
    pub(crate) is_dev: bool,
    /// Whether it sits behind a feature.
    pub(crate) is_optional: bool,
}

#[cfg(test)]
impl Dependency {
    /// A line that only names the package.
    pub(crate) fn on(name: &str) -> Self {
        Self {
            name: name.into(),
            is_dev: false,
            is_optional: false,
        }
    }
}

/// A package in the resolved graph.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// Ids of what its build needs; what only its tests need is left out.
    pub(crate) needs: Vec<String>,
}

impl Workspace {
    /// Asks cargo, for this machine's platform alone: other platforms' packages need not be here.
    pub(crate) fn load(shell: &Shell) -> Result<Self> {
        let cargo = cargo();
        let host = host(shell)?;
        let json = cmd!(
            shell,
            "{cargo} metadata --format-version 1 --filter-platform {host}"
        )
        .quiet()
        .read()?;
        Self::parse(&json)
    }

    /// Reads the JSON of `cargo metadata --format-version 1`.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(json).context("reading `cargo metadata`")?;
        let members: Vec<&str> = texts(&json["workspace_members"]).collect();
        let mut workspace = Self::default();
        let mut names = BTreeMap::new();
        for package in list(&json["packages"]) {
            let (name, id) = (text(&package["name"]), text(&package["id"]));
            names.insert(id, name);
            if members.contains(&id) {
                let found = Package {
                    id: id.to_owned(),
                    dependencies: list(&package["dependencies"]).map(dependency).collect(),
                    has_benches: list(&package["targets"])
                        .any(|target| texts(&target["kind"]).any(|kind| kind == "bench")),
                };
                workspace.packages.insert(name.to_owned(), found);
            }
        }
        for node in list(&json["resolve"]["nodes"]) {
            let id = text(&node["id"]);
            let name = names.get(id).copied().unwrap_or(id).to_owned();
            let needs = needs(node);
            workspace.graph.insert(id.to_owned(), Node { name, needs });
        }
        Ok(workspace)
    }
}

fn dependency(json: &Value) -> Dependency {
    Dependency {
        name: text(&json["name"]).to_owned(),
        is_dev: json["kind"] == "dev",
        is_optional: json["optional"] == true,
    }
}

fn needs(node: &Value) -> Vec<String> {
    list(&node["deps"])
        .filter(|dep| list(&dep["dep_kinds"]).any(|kind| kind["kind"] != "dev"))
        .map(|dep| text(&dep["pkg"]).to_owned())
        .collect()
}

fn list(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn texts(json: &Value) -> impl Iterator<Item = &str> {
    list(json).map(text)
}

fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_graph_are_read() {
        let workspace = Workspace::parse(
            r#"{
              "packages": [
                { "name": "a", "id": "path+a", "targets": [{ "kind": ["lib"] }, { "kind": ["bench"] }],
                  "dependencies": [
                    { "name": "serde", "kind": null, "optional": true },
                    { "name": "proptest", "kind": "dev", "optional": false } ] },
                { "name": "serde", "id": "reg+serde", "targets": [], "dependencies": [] } ],
              "workspace_members": ["path+a"],
              "resolve": { "nodes": [
                { "id": "path+a", "deps": [
                    { "pkg": "reg+serde", "dep_kinds": [{ "kind": "dev" }, { "kind": null }] },
                    { "pkg": "reg+proptest", "dep_kinds": [{ "kind": "dev" }] } ] },
                { "id": "reg+serde", "deps": [] } ] } }"#,
        )
        .unwrap();
        let a = &workspace.packages["a"];
        assert_eq!(workspace.packages.len(), 1);
        assert!(a.has_benches);
        assert!(a.dependencies[0].is_optional && !a.dependencies[0].is_dev);
        assert!(a.dependencies[1].is_dev);
        assert_eq!(workspace.graph["path+a"].needs, ["reg+serde"]);
        assert_eq!(workspace.graph["reg+serde"].name, "serde");
    }
}

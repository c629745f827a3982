//! Who may touch candle: a few crates name it, the others build without it.

use std::collections::{BTreeMap, VecDeque};

use super::{Candle, HERE, Row, row_of};
use crate::metadata::{Package, Workspace};

/// Compares the manifests and the resolved graph with the table.
pub(super) fn check(workspace: &Workspace) -> Vec<String> {
    let ours = workspace.packages.iter();
    let rows = ours.filter_map(|(name, package)| Some((row_of(name)?, package)));
    rows.filter_map(|(row, package)| problem(row, package, workspace))
        .collect()
}

fn problem(row: &Row, package: &Package, workspace: &Workspace) -> Option<String> {
    let name = row.package();
    let direct = package
        .dependencies
        .iter()
        .find(|used| is_candle(&used.name));
    if let Some(used) = direct.filter(|_| row.candle != Candle::Names) {
        return Some(format!(
            "crates/{name}/Cargo.toml: `{name}` must not use `{}`: \
             work on plain arrays, or move the code to a crate that may name candle ({HERE})",
            used.name
        ));
    }
    let path = path_to_candle(&package.id, workspace).filter(|_| row.candle == Candle::Free)?;
    Some(format!(
        "`{name}` must build without candle, but reaches it: {}; cut this path",
        path.join(" → ")
    ))
}

/// The names on a shortest path through the graph.
fn path_to_candle<'a>(from: &'a str, workspace: &'a Workspace) -> Option<Vec<&'a str>> {
    let mut came_from = BTreeMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(id) = queue.pop_front() {
        let Some(node) = workspace.graph.get(id) else {
            continue;
        };
        if is_candle(&node.name) {
            let steps = std::iter::successors(Some(id), |id| came_from[id]);
            let mut path: Vec<_> = steps.map(|id| workspace.graph[id].name.as_str()).collect();
            path.reverse();
            return Some(path);
        }
        for next in &node.needs {
            came_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some(id)
            });
        }
    }
    None
}

fn is_candle(name: &str) -> bool {
    name.starts_with("candle-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Dependency, Node};

    /// A graph of edges (from, to); an id is a name. Packages of ours declare their direct ones.
    fn problems(edges: &[(&str, &str)]) -> Vec<String> {
        let mut workspace = Workspace::default();
        for name in edges.iter().flat_map(|&(from, to)| [from, to]) {
            let used = || edges.iter().filter(|(from, _)| *from == name);
            let node = Node {
                name: name.into(),
                needs: used().map(|&(_, to)| to.into()).collect(),
            };
            workspace.graph.insert(name.into(), node);
            let package = Package {
                id: name.into(),
                dependencies: used().map(|(_, to)| Dependency::on(to)).collect(),
                has_benches: false,
            };
            workspace.packages.insert(name.into(), package);
        }
        check(&workspace)
    }

    #[test]
    fn crates_that_may_name_candle_do() {
        let found = problems(&[
            ("disentangle", "disentangle-trainer"),
            ("disentangle-trainer", "candle-core"),
            ("disentangle-metrics", "ndarray"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn naming_candle_elsewhere_is_reported() {
        let found = problems(&[("disentangle", "candle-nn")]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("`disentangle` must not use `candle-nn`"),
            "{found:?}"
        );
    }

    #[test]
    fn reaching_candle_is_reported_with_the_path() {
        let found = problems(&[
            ("disentangle-data", "serde"),
            ("disentangle-data", "helper"),
            ("helper", "candle-core"),
            ("serde", "helper"),
        ]);
        assert_eq!(found.len(), 1);
        let path = "disentangle-data → helper → candle-core";
        assert!(found[0].contains(path), "{found:?}");
    }
}

//! Merging files and applying overrides.

use super::ConfigError;
use super::node::{Entry, Node, Place, Value};
use super::parse::parse_value;

impl Node {
    /// Lays another tree over this one.
    pub(super) fn merge(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Map(below), Value::Map(above)) if same_kind(below, &above) => {
                for entry in above {
                    match below.iter_mut().find(|e| e.key == entry.key) {
                        Some(existing) => {
                            existing.node.merge(entry.node);
                            existing.key_place = entry.key_place;
                        }
                        None => below.push(entry),
                    }
                }
            }
            (value, above) => *value = above,
        }
        self.place = over.place.or(self.place.take());
    }
}

/// The fields of one kind of part mean nothing to another kind.
fn same_kind(below: &[Entry], above: &[Entry]) -> bool {
    let kind = |entries: &[Entry]| {
        let kind = entries.iter().find(|entry| entry.key == "kind");
        kind.map(|entry| entry.node.value.clone())
    };
    match (kind(below), kind(above)) {
        (Some(below), Some(above)) => below == above,
        _ => true,
    }
}

/// Applies `key.sub=value`; the value is YAML.
pub(super) fn apply_override(root: &mut Node, text: &str) -> Result<(), ConfigError> {
    let wrong = |problem: String| ConfigError::Override {
        text: text.to_owned(),
        problem,
    };
    let (path, value) = text
        .split_once('=')
        .ok_or_else(|| wrong("expected key=value, such as train.steps=1000".into()))?;
    let path = path.trim();
    if path.split('.').any(str::is_empty) {
        return Err(wrong("the key has an empty part".into()));
    }
    let source = format!("--set {path}");
    let mut node = parse_value(value, &source).map_err(wrong)?;
    let place = Some(Place {
        file: source.as_str().into(),
        position: None,
    });
    // A chain of maps of one entry, merged like a file; what is no map on the way is an error.
    let mut below = Some(&*root);
    let mut walked = Vec::new();
    for key in path.split('.') {
        if let Some(Node { value, .. }) = below
            && !matches!(value, Value::Map(_) | Value::Null)
        {
            return Err(wrong(format!("`{}` is not a map", walked.join("."))));
        }
        below = below.and_then(|node| node.get(key));
        walked.push(key);
    }
    for key in path.rsplit('.') {
        node = Node {
            value: Value::Map(vec![Entry {
                key: key.to_owned(),
                key_place: place.clone(),
                node,
            }]),
            place: None,
        };
    }
    root.merge(node);
    Ok(())
}

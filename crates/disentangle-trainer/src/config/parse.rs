//! From YAML text to nodes.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::ConfigError;
use super::node::{Entry, Node, Place, Value};

/// Parses a text; an empty one is an empty map.
pub(super) fn parse(text: &str, file: &str) -> Result<Node, ConfigError> {
    let syntax = |message: String| ConfigError::Syntax {
        file: file.to_owned(),
        message,
    };
    let parsed: Spanned<Raw> = read(text).map_err(|e| syntax(e.without_snippet().to_string()))?;
    let mut node = located(parsed, &Arc::from(file));
    match node.value {
        Value::Null => node.value = Value::Map(Vec::new()),
        Value::Map(_) => {}
        _ => return Err(syntax("the top level must be a map".into())),
    }
    Ok(node)
}

/// Parses the value of an override.
pub(super) fn parse_value(text: &str, source: &str) -> Result<Node, String> {
    let raw: Raw = read(text).map_err(|e| e.without_snippet().to_string())?;
    let file: Arc<str> = Arc::from(source);
    let mut node = Node {
        value: convert(raw, &file),
        place: None,
    };
    forget_positions(&mut node, &file);
    Ok(node)
}

/// As YAML 1.2 has it, only `true` and `false` are booleans: an array may well be called `y`.
fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
}

/// Positions inside an override mean nothing to its writer.
fn forget_positions(node: &mut Node, file: &Arc<str>) {
    let place = Some(Place {
        file: file.clone(),
        position: None,
    });
    node.place.clone_from(&place);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|n| forget_positions(n, file)),
        Value::Map(entries) => {
            for entry in entries {
                entry.key_place.clone_from(&place);
                forget_positions(&mut entry.node, file);
            }
        }
        _ => {}
    }
}

/// What serde sees; the children carry their places.
enum Raw {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn located(raw: Spanned<Raw>, file: &Arc<str>) -> Node {
    Node {
        value: convert(raw.value, file),
        place: Some(place(raw.referenced, file)),
    }
}

fn place(location: Location, file: &Arc<str>) -> Place {
    Place {
        file: file.clone(),
        position: (location.line() > 0).then(|| (location.line(), location.column())),
    }
}

fn convert(raw: Raw, file: &Arc<str>) -> Value {
    match raw {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Int(value) => Value::Int(value),
        Raw::Float(value) => Value::Float(value),
        Raw::Text(value) => Value::Text(value),
        Raw::List(items) => {
            Value::List(items.into_iter().map(|item| located(item, file)).collect())
        }
        Raw::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| Entry {
                key_place: Some(place(key.referenced, file)),
                key: key.value,
                node: located(value, file),
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Int(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Int(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

//! A serde deserializer over nodes whose errors carry path and place.

use std::fmt;

use disentangle_registry::hint;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::node::{Entry, Node, Place, Value};

/// Reads a value from a node.
pub(super) fn from_node<T: serde::de::DeserializeOwned>(node: &Node) -> Result<T, ValueError> {
    T::deserialize(Reader(node))
}

/// A value that cannot be read as what it should be.
#[derive(Debug)]
pub struct ValueError {
    place: Option<Place>,
    /// From the innermost key outwards.
    path: Vec<String>,
    message: String,
}

impl ValueError {
    fn at(mut self, place: Option<&Place>) -> Self {
        self.place = self.place.or_else(|| place.cloned());
        self
    }

    fn under(mut self, key: impl Into<String>) -> Self {
        self.path.push(key.into());
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        let path: Vec<_> = self.path.iter().rev().map(String::as_str).collect();
        if !path.is_empty() {
            write!(f, "`{}`: ", path.join("."))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ValueError {}

impl Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            place: None,
            path: Vec::new(),
            message: message.to_string(),
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("field", field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("name", variant, expected)
    }
}

impl ValueError {
    fn unknown(what: &str, found: &str, expected: &[&str]) -> Self {
        let quoted: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
        let expected_names = match quoted.as_slice() {
            [] => {
                return Self::custom(format_args!(
                    "unknown {what} `{found}`, there are none here"
                ));
            }
            [one] => one.clone(),
            [one, other] => format!("{one} or {other}"),
            several => format!("one of {}", several.join(", ")),
        };
        let hint = hint(found, expected.iter().copied());
        Self::custom(format_args!(
            "unknown {what} `{found}`, expected {expected_names}{hint}"
        ))
    }
}

struct Reader<'a>(&'a Node);

impl Reader<'_> {
    /// A whole number written as a float (`1e5`) may stand for an integer.
    fn whole(&self) -> Option<i128> {
        match self.0.value {
            Value::Float(x) if x.fract() == 0.0 && x.abs() < 1e18 => Some(x as i128),
            Value::Int(x) => Some(x),
            _ => None,
        }
    }

    fn integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.whole() {
            Some(x) => visit_int(x, visitor).map_err(|e: ValueError| e.at(self.0.place.as_ref())),
            None => self.deserialize_any(visitor),
        }
    }
}

fn visit_int<'de, V: Visitor<'de>>(x: i128, visitor: V) -> Result<V::Value, ValueError> {
    match (u64::try_from(x), i64::try_from(x)) {
        (Ok(x), _) => visitor.visit_u64(x),
        (_, Ok(x)) => visitor.visit_i64(x),
        _ => visitor.visit_i128(x),
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let result = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(x) => visitor.visit_bool(*x),
            Value::Int(x) => visit_int(*x, visitor),
            Value::Float(x) => visitor.visit_f64(*x),
            Value::Text(x) => visitor.visit_str(x),
            Value::List(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
            }),
            Value::Map(entries) => visitor.visit_map(Entries::new(entries)),
        };
        result.map_err(|e| e.at(self.0.place.as_ref()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let result = match &self.0.value {
            Value::Text(name) => {
                let name: StrDeserializer<'_, ValueError> = name.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            _ => Err(ValueError::custom("expected one of the names as text")),
        };
        result.map_err(|e| e.at(self.0.place.as_ref()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.integer(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.integer(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.integer(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some((i, node)) = self.items.next() else {
            return Ok(None);
        };
        let value = seed.deserialize(Reader(node));
        value.map(Some).map_err(|e| e.under(i.to_string()))
    }
}

/// The entries of a map with `kind` in front, as readers of tagged parts need it.
struct Entries<'a> {
    rest: std::vec::IntoIter<&'a Entry>,
    current: Option<&'a Entry>,
}

impl<'a> Entries<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        let mut ordered: Vec<_> = entries.iter().collect();
        ordered.sort_by_key(|entry| entry.key != "kind");
        Self {
            rest: ordered.into_iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ValueError> {
        self.current = self.rest.next();
        let Some(entry) = self.current else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, ValueError> = entry.key.as_str().into_deserializer();
        let key = seed.deserialize(key);
        key.map(Some)
            .map_err(|e| e.at(entry.key_place.as_ref()).under(&entry.key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ValueError> {
        let entry = self
            .current
            .take()
            .ok_or_else(|| ValueError::custom("a value was asked for before its key"))?;
        let value = seed.deserialize(Reader(&entry.node));
        let place = entry.node.place.as_ref().or(entry.key_place.as_ref());
        value.map_err(|e| e.at(place).under(&entry.key))
    }
}

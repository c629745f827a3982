//! Reads `{kind: …, the part's own fields}` without buffering.
//!
//! serde's `tag = "kind"` copies the map into a buffer to find the tag, and an error inside the part
//! then has no place. Here `kind` is the first key (readers of this workspace put it first), and the
//! part is read from what is left of the same map.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::hint;

/// What the `registry!` macro tells about an enum.
pub trait Variants: Sized {
    /// The tags, in the order of the enum.
    const KINDS: &'static [&'static str];
    /// What the enum holds, for messages.
    const WHAT: &'static str;
    /// Reads the part behind a tag.
    fn read<'de, A: MapAccess<'de>>(
        kind: &str,
        fields: MapAccessDeserializer<A>,
    ) -> Result<Self, A::Error>;
}

/// Deserializes a tagged enum.
pub fn deserialize_tagged<'de, D, V>(deserializer: D) -> Result<V, D::Error>
where
    D: Deserializer<'de>,
    V: Variants,
{
    deserializer.deserialize_map(TaggedVisitor(PhantomData))
}

struct TaggedVisitor<V>(PhantomData<V>);

impl<'de, V: Variants> Visitor<'de> for TaggedVisitor<V> {
    type Value = V;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map with a `kind` ({})", V::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == "kind" => {
                let kind: Kind<V> = map.next_value()?;
                V::read(kind.name, MapAccessDeserializer::new(map))
            }
            Some(key) => Err(A::Error::custom(format_args!(
                "`kind` must come first, found `{key}`; expected one of {}",
                V::KINDS.join(", ")
            ))),
            None => Err(A::Error::custom(format_args!(
                "missing field `kind`; expected one of {}",
                V::KINDS.join(", ")
            ))),
        }
    }
}

/// A tag, refused while the reader still stands at its place.
struct Kind<V> {
    name: &'static str,
    variants: PhantomData<V>,
}

impl<'de, V: Variants> serde::Deserialize<'de> for Kind<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        V::KINDS
            .iter()
            .find(|kind| **kind == found)
            .map(|&name| Self {
                name,
                variants: PhantomData,
            })
            .ok_or_else(|| {
                D::Error::custom(format_args!(
                    "unknown kind `{found}`, expected one of {}{}",
                    V::KINDS.join(", "),
                    hint(&found, V::KINDS.iter().copied())
                ))
            })
    }
}

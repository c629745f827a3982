//! The one shorthand of the configuration: a number where a schedule may stand.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use disentangle_registry::{Config, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

/// A part that a plain number can stand for.
pub trait FromNumber: Sized {
    /// Makes the constant part.
    fn from_number(value: f64) -> Self;
    /// Returns the number, if the part is constant.
    fn as_number(&self) -> Option<f64>;
    /// Reports values that a part of its own may have, but none that stands here.
    fn check_place(&self, _problems: &mut Problems) {}
}

/// A number or a map with a `kind`; a constant is written back as a number.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberOr<T>(pub T);

impl<T: FromNumber> From<f64> for NumberOr<T> {
    fn from(value: f64) -> Self {
        Self(T::from_number(value))
    }
}

impl<T: Config + FromNumber> Config for NumberOr<T> {
    fn examples() -> Vec<Self> {
        T::examples().into_iter().map(Self).collect()
    }

    fn check(&self, problems: &mut Problems) {
        self.0.check(problems);
        self.0.check_place(problems);
    }
}

impl<T: FromNumber + Serialize> Serialize for NumberOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_number() {
            Some(value) => serializer.serialize_f64(value),
            None => self.0.serialize(serializer),
        }
    }
}

impl<'de, T: FromNumber + Deserialize<'de>> Deserialize<'de> for NumberOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrVisitor(PhantomData))
    }
}

struct NumberOrVisitor<T>(PhantomData<T>);

impl<'de, T: FromNumber + Deserialize<'de>> Visitor<'de> for NumberOrVisitor<T> {
    type Value = NumberOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a schedule with a `kind`")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok((value as f64).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok((value as f64).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(NumberOr)
    }
}

impl<T: JsonSchema> JsonSchema for NumberOr<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("NumberOr{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, or a schedule with a `kind`.",
            "anyOf": [{ "type": "number" }, generator.subschema_for::<T>()]
        })
    }
}

//! The `registry!` macro: one list of parts makes the enum, its serde, schema, examples and builder.

/// Declares the configuration enum of a kind of part.
///
/// `builds dyn Trait` is for parts with state: each variant's configuration implements
/// [`Build`](crate::Build). `is dyn Trait` is for parts without: each configuration implements the
/// trait itself and `as_part` lends it.
///
/// Each line reads `"kind" => Variant(config::Type),`.
#[macro_export]
macro_rules! registry {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident builds dyn $part:path {
            $($kind:literal => $variant:ident($config:ty)),+ $(,)?
        }
    ) => {
        $crate::registry!(@enum $(#[$meta])* $vis enum $name { $($kind => $variant($config)),+ });

        impl $crate::Build<dyn $part> for $name {
            fn build(
                &self,
                cx: &<dyn $part + 'static as $crate::Part>::Cx<'_>,
            ) -> ::std::result::Result<
                Box<dyn $part>,
                <dyn $part + 'static as $crate::Part>::Error,
            > {
                match self {
                    $(Self::$variant(config) => $crate::Build::<dyn $part>::build(config, cx)),+
                }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident is dyn $part:path {
            $($kind:literal => $variant:ident($config:ty)),+ $(,)?
        }
    ) => {
        $crate::registry!(@enum $(#[$meta])* $vis enum $name { $($kind => $variant($config)),+ });

        impl $name {
            /// Lends the part: a stateless part is its own configuration.
            $vis fn as_part(&self) -> &(dyn $part + 'static) {
                match self {
                    $(Self::$variant(config) => config),+
                }
            }
        }
    };
    (
        @enum $(#[$meta:meta])* $vis:vis enum $name:ident {
            $($kind:literal => $variant:ident($config:ty)),+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, PartialEq,
            $crate::private::serde::Serialize,
            $crate::private::schemars::JsonSchema,
        )]
        #[serde(tag = "kind", crate = "disentangle_registry::private::serde")]
        #[schemars(crate = "disentangle_registry::private::schemars")]
        $vis enum $name {
            $(
                #[doc = concat!("`kind: ", $kind, "`")]
                #[serde(rename = $kind)]
                $variant($config)
            ),+
        }

        impl $name {
            /// Every `kind`, in the order of the registry.
            $vis const KINDS: &'static [&'static str] = &[$($kind),+];

            /// Returns the `kind` of this configuration.
            $vis fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind),+
                }
            }
        }

        impl $crate::Config for $name {
            fn examples() -> Vec<Self> {
                let mut examples = Vec::new();
                $(examples.extend(
                    <$config as $crate::Config>::examples().into_iter().map(Self::$variant)
                );)+
                examples
            }

            fn check(&self, problems: &mut $crate::Problems) {
                match self {
                    $(Self::$variant(config) => $crate::Config::check(config, problems)),+
                }
            }
        }

        $(
            impl ::std::convert::From<$config> for $name {
                fn from(config: $config) -> Self {
                    Self::$variant(config)
                }
            }
        )+

        impl $crate::Variants for $name {
            const KINDS: &'static [&'static str] = Self::KINDS;
            const WHAT: &'static str = stringify!($name);

            fn read<'de, A: $crate::private::serde::de::MapAccess<'de>>(
                kind: &str,
                fields: $crate::private::serde::de::value::MapAccessDeserializer<A>,
            ) -> ::std::result::Result<Self, A::Error> {
                use $crate::private::serde::{Deserialize, de::Error};
                match kind {
                    $($kind => <$config>::deserialize(fields).map(Self::$variant),)+
                    other => Err(A::Error::unknown_variant(other, Self::KINDS)),
                }
            }
        }

        impl<'de> $crate::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::deserialize_tagged(deserializer)
            }
        }
    };
}

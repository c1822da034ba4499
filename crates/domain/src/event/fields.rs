//! One list of fields for everything that is written by organizers: the draft, the body that creates it, the patch that changes it.

use serde::{Deserialize, Deserializer};

/// Reads a field of a patch that may be null: left out is `None`, null is `Some(None)`.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The JSON name of a field.
pub(super) fn json_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut upper = false;
    for c in field.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => name.push(c.to_ascii_uppercase()),
            c => name.push(c),
        }
    }
    name
}

/// Defines a draft, the body that creates it and the patch that changes it, from one list of fields. A `required` field must be
/// given; `fixed` is required and never changes; `defaulted` has a default; `optional` may be null.
macro_rules! draft {
    (
        $(#[$draft_doc:meta])* draft $draft:ident
        $(#[$create_doc:meta])* create $create:ident { $($(#[$extra_attr:meta])* $extra:ident: $extra_type:ty,)* }
        $(#[$patch_doc:meta])* patch $patch:ident
        fields { $($(#[$attr:meta])* $kind:ident $field:ident: $type:ident $(= $default:expr)?,)* }
    ) => {
        draft!(@fields {
            $(#[$draft_doc])* $draft
            $(#[$create_doc])* $create { $($(#[$extra_attr])* $extra: $extra_type,)* }
            $(#[$patch_doc])* $patch
        } [] [] [] [] [] $($(#[$attr])* $kind $field: $type $(= $default)?,)*);
    };
    // One field at a time: fields of the draft, of the body and of the patch; body to draft; patch onto draft.
    (@fields $names:tt [$($d:tt)*] [$($c:tt)*] [$($p:tt)*] [$($from:tt)*] [$($apply:tt)*]
        $(#[$attr:meta])* fixed $field:ident: $type:ident, $($rest:tt)*) => {
        draft!(@fields $names
            [$($d)* pub $field: $type,]
            [$($c)* $(#[$attr])* pub $field: $type,]
            [$($p)*]
            [$($from)* $field (|given| given),]
            [$($apply)*]
            $($rest)*);
    };
    (@fields $names:tt [$($d:tt)*] [$($c:tt)*] [$($p:tt)*] [$($from:tt)*] [$($apply:tt)*]
        $(#[$attr:meta])* required $field:ident: $type:ident, $($rest:tt)*) => {
        draft!(@fields $names
            [$($d)* pub $field: $type,]
            [$($c)* $(#[$attr])* pub $field: $type,]
            [$($p)* $(#[$attr])* pub $field: Option<$type>,]
            [$($from)* $field (|given| given),]
            [$($apply)* $field,]
            $($rest)*);
    };
    (@fields $names:tt [$($d:tt)*] [$($c:tt)*] [$($p:tt)*] [$($from:tt)*] [$($apply:tt)*]
        $(#[$attr:meta])* defaulted $field:ident: $type:ident = $default:expr, $($rest:tt)*) => {
        draft!(@fields $names
            [$($d)* pub $field: $type,]
            [$($c)* $(#[$attr])* pub $field: Option<$type>,]
            [$($p)* $(#[$attr])* pub $field: Option<$type>,]
            [$($from)* $field (|given: Option<$type>| given.unwrap_or_else(|| $default)),]
            [$($apply)* $field,]
            $($rest)*);
    };
    (@fields $names:tt [$($d:tt)*] [$($c:tt)*] [$($p:tt)*] [$($from:tt)*] [$($apply:tt)*]
        $(#[$attr:meta])* optional $field:ident: $type:ident, $($rest:tt)*) => {
        draft!(@fields $names
            [$($d)* pub $field: Option<$type>,]
            [$($c)* $(#[$attr])* pub $field: Option<$type>,]
            [$($p)* $(#[$attr])*
                #[serde(default, deserialize_with = "crate::event::fields::nullable")]
                #[schema(value_type = Option<$type>)]
                pub $field: Option<Option<$type>>,]
            [$($from)* $field (|given| given),]
            [$($apply)* $field,]
            $($rest)*);
    };
    (@fields {
        $(#[$draft_doc:meta])* $draft:ident
        $(#[$create_doc:meta])* $create:ident { $($(#[$extra_attr:meta])* $extra:ident: $extra_type:ty,)* }
        $(#[$patch_doc:meta])* $patch:ident
    } [$($d:tt)*] [$($c:tt)*] [$($p:tt)*] [$($from:ident $take:tt,)*] [$($apply:ident,)*]) => {
        $(#[$draft_doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $draft { $($d)* }

        $(#[$create_doc])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $create { $($c)* $($(#[$extra_attr])* pub $extra: $extra_type,)* }

        $(#[$patch_doc])*
        #[derive(Debug, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $patch { $($p)* }

        impl $create {
            /// The draft, with defaults for fields that were left out.
            pub fn into_draft(self) -> $draft {
                $draft { $($from: ($take)(self.$from),)* }
            }
        }

        impl $patch {
            /// Puts the given fields into a draft.
            pub fn apply(self, mut draft: $draft) -> $draft {
                $(if let Some(given) = self.$apply {
                    draft.$apply = given;
                })*
                draft
            }
        }

        impl $draft {
            /// JSON names of the fields that are different in `after`.
            pub fn changed_fields(&self, after: &Self) -> Vec<String> {
                let mut changed = Vec::new();
                $(if self.$apply != after.$apply {
                    changed.push(crate::event::fields::json_name(stringify!($apply)));
                })*
                changed
            }
        }
    };
}

pub(super) use draft;

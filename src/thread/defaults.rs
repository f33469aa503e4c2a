//! What the server has said of a thread when it was opened.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::{
    generated::v2_all::*,
    json::OnlyId,
    wire::{Key, read_sent, redacted_debug},
};

/// Makes the defaults of the members that all responses about opened threads have, as the build
/// script lists them.
macro_rules! thread_defaults {
    ($($(#[$doc:meta])* $field:ident $(($secret:ident))?: $kind:ident $ty:ty = $wire:literal;)*) => {
        /// How a thread works, as the server has said when it was opened: the response to
        /// `thread/start`, `thread/resume` or `thread/fork`, without the thread itself.
        ///
        /// This is not asked for again. [`update_defaults`](crate::Thread::update_defaults) changes
        /// it; overrides of a turn, which the server keeps, and what other clients do change the
        /// thread, but not this. What was not said, or does not fit its type, is `None` or empty.
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct ThreadDefaults {
            $($(#[$doc])* pub $field: thread_defaults!(@type $kind $ty),)*
        }

        impl fmt::Debug for ThreadDefaults {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("ThreadDefaults")
                    $(.field(stringify!($field), redacted_debug!(@value self.$field $($secret)?)))*
                    .finish()
            }
        }

        /// The members of the responses that are kept.
        const MEMBERS: &[&str] = &[$($wire),*];

        impl ThreadDefaults {
            pub(super) fn read(defaults: &RawDefaults) -> Self {
                Self { $($field: thread_defaults!(@read $kind defaults $wire),)* }
            }
        }
    };

    (@read one $defaults:ident $wire:literal) => { $defaults.member($wire) };
    (@read list $defaults:ident $wire:literal) => { $defaults.member($wire).unwrap_or_default() };
    (@type one $ty:ty) => { Option<$ty> };
    (@type list $ty:ty) => { $ty };
}

include!(concat!(env!("OUT_DIR"), "/thread_defaults.rs"));

/// What a response has said of a thread, unread: a program that does not ask for it does not
/// contain the decoders. Clones share it.
#[derive(Clone, Default)]
pub(super) struct RawDefaults(Arc<Mutex<BTreeMap<&'static str, Box<RawValue>>>>);

/// The options of turns that have another name among the defaults.
const RENAMED: &[(&str, &str)] = &[("effort", "reasoningEffort"), ("sandboxPolicy", "sandbox")];

impl RawDefaults {
    /// Notes what was changed, by the wire names of the options. Of null only the server knows
    /// what comes of it.
    pub(super) fn update(&self, options: Map<String, Value>) {
        let mut members = self.members();
        for (option, value) in options.into_iter().filter(|(_, value)| !value.is_null()) {
            let renamed = RENAMED.iter().find(|(from, _)| *from == option);
            let name = renamed.map_or(&*option, |(_, to)| to);
            let known = MEMBERS.iter().find(|member| **member == name);
            if let (Some(name), Ok(json)) = (known, to_raw_value(&value)) {
                members.insert(name, json);
            }
        }
    }

    fn members(&self) -> MutexGuard<'_, BTreeMap<&'static str, Box<RawValue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A member, if it is there and fits.
    fn member<T: DeserializeOwned>(&self, wire: &str) -> Option<T> {
        let members = self.members();
        let json = members.get(wire)?;
        let reading = read_sent::<Option<T>>(json.get());
        if reading.value.is_none() {
            tracing::warn!(member = wire, "what is said of a thread does not fit its type");
        }
        reading.value.flatten()
    }
}

/// A response that tells of a thread. Of the thread only the id is read: what else there is may be
/// a long history.
pub(super) struct Opened {
    pub(super) id: String,
    pub(super) defaults: RawDefaults,
}

impl<'de> Deserialize<'de> for Opened {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OpenedVisitor)
    }
}

struct OpenedVisitor;

impl<'de> Visitor<'de> for OpenedVisitor {
    type Value = Opened;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a thread")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Opened, A::Error> {
        let (mut thread, mut defaults) = (None, BTreeMap::new());
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let key = key.as_str();
            if key == "thread" {
                thread = Some(map.next_value::<OnlyId>()?);
            } else if let Some(name) = MEMBERS.iter().find(|name| **name == key) {
                defaults.insert(*name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let missing = || serde::de::Error::missing_field("thread");
        let defaults = RawDefaults(Arc::new(Mutex::new(defaults)));
        Ok(Opened { id: thread.ok_or_else(missing)?.id, defaults })
    }
}

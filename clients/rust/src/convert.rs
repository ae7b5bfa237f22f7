//! From the contract's messages to native values, and from those to proto3 JSON.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// A native value that is made from `P`, a field of a generated message.
pub(crate) trait Decode<P> {
    fn decode(field: P) -> Self;
}

/// A native value as a field in proto3 JSON.
pub(crate) trait Json {
    /// Whether the field is left out.
    fn is_unset(&self) -> bool {
        false
    }

    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// `skip_serializing_if` of every field.
pub(crate) fn is_unset<T: Json>(value: &T) -> bool {
    value.is_unset()
}

/// `serialize_with` of every field.
pub(crate) fn json<T: Json, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.json(serializer)
}

/// Declares native counterparts of messages: their fields have the contract's names, and types that
/// say how each is decoded.
macro_rules! messages {
    ($(
        $(#[$meta:meta])*
        $name:ident = $message:ident { $( $(#[$field_meta:meta])* $field:ident: $type:ty, )* }
    )*) => {$(
        $(#[$meta])*
        ///
        /// Serializes as the contract's JSON (proto3 mapping).
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {$(
            $(#[$field_meta])*
            #[serde(
                skip_serializing_if = "crate::convert::is_unset",
                serialize_with = "crate::convert::json"
            )]
            pub $field: $type,
        )*}

        impl crate::convert::Decode<crate::pb::$message> for $name {
            fn decode(message: crate::pb::$message) -> Self {
                Self { $( $field: crate::convert::Decode::decode(message.$field), )* }
            }
        }

        /// Where the service leaves out what the contract promises, nothing is known of it.
        impl crate::convert::Decode<Option<crate::pb::$message>> for $name {
            fn decode(message: Option<crate::pb::$message>) -> Self {
                message.map(crate::convert::Decode::decode).unwrap_or_default()
            }
        }

        impl crate::convert::Json for $name {
            fn json<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }
        }
    )*};
}
pub(crate) use messages;

macro_rules! scalars {
    ($( $type:ty, $unset:expr; )*) => {$(
        impl Decode<$type> for $type {
            fn decode(field: $type) -> Self {
                field
            }
        }

        impl Json for $type {
            fn is_unset(&self) -> bool {
                $unset(self)
            }

            fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }
    )*};
}

scalars! {
    bool, |value: &bool| !value;
    u32, |value: &u32| *value == 0;
    String, |value: &String| value.is_empty();
}

/// An empty text means "none" where the native value is optional.
impl Decode<String> for Option<String> {
    fn decode(field: String) -> Self {
        (!field.is_empty()).then_some(field)
    }
}

impl Decode<u64> for u64 {
    fn decode(field: u64) -> Self {
        field
    }
}

/// A text, because numbers of JavaScript end at 2^53.
impl Json for u64 {
    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The contract has no negative durations; one of a faulty service is none at all.
impl Decode<prost_types::Duration> for Duration {
    fn decode(field: prost_types::Duration) -> Self {
        field.try_into().unwrap_or_default()
    }
}

impl Json for Duration {
    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&duration(*self))
    }
}

/// As the contract says it. It reaches to 10,000 years; what is longer is cut to that, and by the
/// service to less.
pub(crate) fn duration(native: Duration) -> prost_types::Duration {
    const LONGEST: Duration = Duration::from_secs(315_576_000_000);
    let native = native.min(LONGEST);
    prost_types::Duration {
        seconds: native.as_secs() as i64,
        nanos: native.subsec_nanos() as i32,
    }
}

/// What no clock of this machine can say is the epoch.
impl Decode<prost_types::Timestamp> for SystemTime {
    fn decode(field: prost_types::Timestamp) -> Self {
        field.try_into().unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

impl Json for SystemTime {
    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&prost_types::Timestamp::from(*self))
    }
}

impl<P, T: Decode<P>> Decode<Option<P>> for Option<T> {
    fn decode(field: Option<P>) -> Self {
        field.map(T::decode)
    }
}

impl<T: Json> Json for Option<T> {
    fn is_unset(&self) -> bool {
        self.is_none()
    }

    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.json(serializer),
            None => serializer.serialize_none(),
        }
    }
}

impl<P, T: Decode<P>> Decode<Vec<P>> for Vec<T> {
    fn decode(field: Vec<P>) -> Self {
        field.into_iter().map(T::decode).collect()
    }
}

/// A value that serializes as its field in proto3 JSON.
struct Item<'a, T>(&'a T);

impl<T: Json> Serialize for Item<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json(serializer)
    }
}

impl<T: Json> Json for Vec<T> {
    fn is_unset(&self) -> bool {
        self.is_empty()
    }

    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for item in self {
            list.serialize_element(&Item(item))?;
        }
        list.end()
    }
}

impl Decode<HashMap<String, String>> for BTreeMap<String, String> {
    fn decode(field: HashMap<String, String>) -> Self {
        field.into_iter().collect()
    }
}

impl Json for BTreeMap<String, String> {
    fn is_unset(&self) -> bool {
        self.is_empty()
    }

    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use serde_json::Value;

    use super::*;
    use crate::{
        FilesystemInfo, ForcedThaw, FrozenStatus, HoldInfo, HoldStatus, Plan, Progress, Receipt, pb,
    };

    fn json_of<P: Message + Default, T: Decode<P> + Serialize>(bytes: &[u8]) -> Value {
        let native = T::decode(P::decode(bytes).unwrap());
        serde_json::to_value(native).unwrap()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digits).collect()
    }

    /// What another implementation of protobuf writes for the same bytes, each field set.
    #[test]
    fn everything_is_told_in_the_contracts_json() {
        for line in include_str!("../testdata/messages.jsonl").lines() {
            let expected: Value = serde_json::from_str(line).unwrap();
            let bytes = bytes(expected["hex"].as_str().unwrap());
            let json = match expected["message"].as_str().unwrap() {
                "Receipt" => json_of::<pb::Receipt, Receipt>,
                "Hold" => json_of::<pb::Hold, HoldInfo>,
                "HoldStatus" => json_of::<pb::HoldStatus, HoldStatus>,
                "HoldProgress" => json_of::<pb::HoldProgress, Progress>,
                "IsFrozenResponse" => json_of::<pb::IsFrozenResponse, FrozenStatus>,
                "FilesystemInfo" => json_of::<pb::FilesystemInfo, FilesystemInfo>,
                "Plan" => json_of::<pb::Plan, Plan>,
                "ForcedThaw" => json_of::<pb::ForcedThaw, ForcedThaw>,
                other => panic!("no native type of {other}"),
            }(&bytes);
            assert_eq!(json, expected["json"], "{}", expected["name"]);
        }
    }

    #[test]
    fn what_is_unset_is_left_out() {
        let json = json_of::<pb::HoldProgress, Progress>(&[]);
        assert_eq!(json, serde_json::json!({ "filesystem": { "device": {} } }));
    }

    #[test]
    fn times_that_nothing_native_can_say_are_no_failures() {
        let negative = prost_types::Duration {
            seconds: -1,
            nanos: 0,
        };
        assert_eq!(Duration::decode(negative), Duration::ZERO);
        for seconds in [i64::MIN, i64::MAX] {
            let never = SystemTime::decode(prost_types::Timestamp { seconds, nanos: -1 });
            assert!(serde_json::to_value(Item(&never)).is_ok());
        }
        assert_eq!(duration(Duration::MAX).seconds, 315_576_000_000);
    }
}

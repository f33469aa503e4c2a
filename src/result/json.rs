//! How the parts of a result are written, in any format that serde knows, and read again.

use std::time::{Duration, SystemTime};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Value, value::RawValue};

use crate::wire::{UnknownMessage, decode_sent};

/// Reads what a server has once sent as it was read then: what does not fit is kept as unknown.
pub(super) fn sent<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let json = Value::deserialize(deserializer)?;
    decode_sent(&json.to_string()).map_err(D::Error::custom)
}

/// Seconds since 1970.
pub(super) mod epoch {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let seconds = time.map(|time| match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i128::from(after.as_secs()),
            Err(before) => -i128::from(before.duration().as_secs()),
        });
        seconds.and_then(|seconds| i64::try_from(seconds).ok()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let seconds = Option::<i64>::deserialize(deserializer)?;
        Ok(seconds.and_then(|seconds| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            match seconds {
                0.. => SystemTime::UNIX_EPOCH.checked_add(distance),
                _ => SystemTime::UNIX_EPOCH.checked_sub(distance),
            }
        }))
    }
}

/// Milliseconds.
pub(super) mod millis {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let millis = duration.map(|duration| u64::try_from(duration.as_millis()));
        millis.and_then(Result::ok).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

/// Messages that were not read. Their params are JSON within whatever is written; what no value can
/// hold is a string of its text.
pub(super) mod messages {
    use super::*;

    #[derive(Deserialize, Serialize)]
    struct Message {
        method: String,
        #[serde(default)]
        params: Value,
        #[serde(default)]
        reason: Option<String>,
    }

    pub(crate) fn serialize<S: Serializer>(
        messages: &[UnknownMessage],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(messages.iter().map(|message| Message {
            method: message.method.clone(),
            params: value(&message.params),
            reason: message.reason.clone(),
        }))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<UnknownMessage>, D::Error> {
        let messages = Vec::<Message>::deserialize(deserializer)?.into_iter();
        let messages = messages.map(|Message { method, params, reason }| {
            UnknownMessage::new(&method, &params.to_string(), reason)
        });
        Ok(messages.collect())
    }

    fn value(params: &RawValue) -> Value {
        serde_json::from_str(params.get()).unwrap_or_else(|_| params.get().into())
    }
}

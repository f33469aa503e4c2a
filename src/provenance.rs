//! Who has set what in the server's configuration.

use serde_json::Value;

use crate::generated::v2_all::{ConfigLayer, ConfigReadResponse};

impl ConfigReadResponse {
    /// The layers that set a value, by its dotted key: first the one that counts, then those that
    /// it overrides. None of a default. The request has to [ask for
    /// layers](crate::protocol::ConfigReadParams::include_layers).
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::ConfigReadParams;
    ///
    /// let config = codex.config_read(ConfigReadParams::new().include_layers(true)).await?;
    /// for (layer, value) in config.provenance("model") {
    ///     println!("{value} by {:?}", layer.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn provenance(&self, key_path: &str) -> impl Iterator<Item = (&ConfigLayer, &Value)> {
        let layers = self.layers.iter().flatten();
        let in_force = layers.filter(|layer| layer.disabled_reason.is_none());
        in_force.filter_map(move |layer| Some((layer, find(&layer.config, key_path)?)))
    }
}

/// The value at a dotted key. A key may have dots itself, such as a path.
fn find<'a>(mut value: &'a Value, mut path: &str) -> Option<&'a Value> {
    while !path.is_empty() {
        let mut members = value.as_object()?.iter();
        (value, path) = members.find_map(|(key, member)| match path.strip_prefix(&**key)? {
            "" => Some((member, "")),
            rest => Some((member, rest.strip_prefix('.').filter(|rest| !rest.is_empty())?)),
        })?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::find;

    #[test]
    fn values_are_found_by_dotted_keys() {
        let config = json!({"a": {"b": 1, "/srv/x.y": {"c": 2}}, "ab": 3});
        assert_eq!(find(&config, "a.b"), Some(&json!(1)));
        assert_eq!(find(&config, "a./srv/x.y.c"), Some(&json!(2)));
        assert_eq!(find(&config, "ab"), Some(&json!(3)));
        for missing in ["a.", "b", "a.b.c", ".a", "abc"] {
            assert_eq!(find(&config, missing), None, "{missing}");
        }
    }
}

//! Whether what is known about methods beyond the schema is about methods of the schema.

use super::pairing::Methods;
use crate::{error::Error, load::Facts};
use std::collections::BTreeSet;

/// Checks that no row is stale and none is missing.
pub(super) fn check(facts: &Facts, methods: &Methods<'_>) -> Result<(), Error> {
    let requests: BTreeSet<&str> =
        methods.requests.iter().map(|pair| pair.method.name.as_str()).collect();
    for (table, rows) in [
        ("no_deadline", &facts.no_deadline),
        ("read_only", &facts.read_only),
        ("control", &facts.control),
    ] {
        if let Some(method) = rows.iter().find(|method| !requests.contains(method.as_str())) {
            return Err(Error::Methods(format!(
                "schema/methods.json has `{method}`, which is no request of the client; remove it from `{table}`"
            )));
        }
    }
    let asked: BTreeSet<&str> =
        methods.server_requests.iter().map(|pair| pair.method.name.as_str()).collect();
    let refused: BTreeSet<&str> = facts.refusals.keys().map(String::as_str).collect();
    if let Some(method) = asked.difference(&refused).next() {
        return Err(Error::Methods(format!(
            "nothing says how the server's request `{method}` is refused; add it to `refusals` in schema/methods.json, \
             with the response that grants nothing, or null if only an error refuses it"
        )));
    }
    if let Some(method) = refused.difference(&asked).next() {
        return Err(Error::Methods(format!(
            "schema/methods.json has `{method}`, which is no request of the server; remove it from `refusals`"
        )));
    }
    Ok(())
}

//! Whether what is known about methods beyond the schema is about methods of the schema.

use crate::{
    error::{Error, Problems},
    load::{Facts, Schema},
};
use std::collections::BTreeSet;

/// Checks that no row is stale and none is missing.
pub(super) fn check(facts: &Facts, schema: &Schema) -> Result<(), Error> {
    let mut problems = Problems::default();
    let mut stale = |table, method: &str, why: &str| {
        problems.add(Error::StaleRow { table, method: method.to_owned(), why: why.to_owned() });
    };
    let requests = schema.requests.iter().map(|method| method.name.as_str());
    let requests: BTreeSet<&str> = requests.collect();
    for (table, rows) in [
        ("no_deadline", &facts.no_deadline),
        ("read_only", &facts.read_only),
        ("control", &facts.control),
    ] {
        for method in rows.iter().filter(|method| !requests.contains(method.as_str())) {
            stale(table, method, "which is no request of the client");
        }
    }
    let asked = schema.server_requests.iter().map(|method| method.name.as_str());
    let asked: BTreeSet<&str> = asked.collect();
    let refused: BTreeSet<&str> = facts.refusals.keys().map(String::as_str).collect();
    for method in refused.difference(&asked) {
        stale("refusals", method, "which is no request of the server");
    }
    for method in asked.difference(&refused) {
        problems.add(Error::Methods(format!(
            "nothing says how the server's request `{method}` is refused; add `\"{method}\": ` with the response that grants \
             nothing, or null if only an error refuses it, to `refusals` in schema/methods.json"
        )));
    }
    problems.finish(())
}

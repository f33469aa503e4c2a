//! Which params and response belong to which method. The schema does not say; `XxxParams` to
//! `XxxResponse` is the rule, and the exceptions stand in `schema/methods.json`.

use crate::{
    error::{Error, Problems},
    load::{Definitions, Facts, Method, Schema},
    model::Notification,
    names::{self, NOTIFICATION, Names, PARAMS},
};
use std::collections::BTreeSet;

/// The table of responses that are not named as their params are.
const RESPONSES: &str = "responses";

/// All methods, in the order of their names.
pub(super) struct Methods<'a> {
    pub(super) requests: Vec<Pair<'a>>,
    pub(super) server_requests: Vec<Pair<'a>>,
    pub(super) notifications: Vec<Notification>,
    /// The types that stand for the params of methods without.
    pub(super) markers: BTreeSet<String>,
}

/// A request with its types.
pub(super) struct Pair<'a> {
    pub(super) method: &'a Method,
    pub(super) params: String,
    pub(super) response: String,
    pub(super) experimental: bool,
}

/// The response of a method, as far as the rule and the table tell.
pub fn response(method: &Method, definitions: &Definitions, facts: &Facts) -> Option<String> {
    by_rule(&params_of(method), definitions).or_else(|| {
        let by_table = facts.responses.get(&method.name);
        by_table.filter(|response| definitions.contains_key(*response)).cloned()
    })
}

/// Pairs every method that can be paired, and says what is wrong with the others. `is_used` tells
/// the names of all types.
pub(super) fn pair<'a>(
    schema: &'a Schema,
    stable: Option<&Schema>,
    facts: &Facts,
    is_used: impl Fn(&str) -> bool,
    problems: &mut Problems,
) -> Methods<'a> {
    let markers = Markers::of(schema, is_used);
    let stable_names = |list: fn(&Schema) -> &Vec<Method>| -> Option<BTreeSet<&str>> {
        Some(list(stable?).iter().map(|method| method.name.as_str()).collect())
    };
    let unclaimed = unclaimed(schema, facts);
    let mut pairer = Pairer { schema, facts, unclaimed, problems };
    let requests = pairer.requests(
        &schema.requests,
        &markers.requests,
        stable_names(|schema| &schema.requests),
    );
    let server_requests = pairer.requests(
        &schema.server_requests,
        &markers.server_requests,
        stable_names(|schema| &schema.server_requests),
    );
    pairer.check_table();
    let notifications =
        pairer.notifications(&markers.notifications, stable_names(|schema| &schema.notifications));
    Methods { requests, server_requests, notifications, markers: markers.names() }
}

/// The types that stand for the params of methods without, by method.
struct Markers {
    requests: Names,
    server_requests: Names,
    notifications: Names,
}

impl Markers {
    fn of(schema: &Schema, is_used: impl Fn(&str) -> bool) -> Self {
        fn without_params(methods: &[Method]) -> impl Iterator<Item = &str> {
            let methods = methods.iter().filter(|method| method.params.is_none());
            methods.map(|method| method.name.as_str())
        }
        let has = |names: &Names, name: &str| names.values().any(|known| known == name);
        let asked = without_params(&schema.requests);
        let requests = names::payloads_of_methods(asked, PARAMS, &is_used);
        let is_used = |name: &str| is_used(name) || has(&requests, name);
        let asked = without_params(&schema.server_requests);
        let server_requests = names::payloads_of_methods(asked, PARAMS, is_used);
        let is_used = |name: &str| is_used(name) || has(&server_requests, name);
        let told = without_params(&schema.notifications);
        let notifications = names::payloads_of_methods(told, NOTIFICATION, is_used);
        Self { requests, server_requests, notifications }
    }

    fn names(self) -> BTreeSet<String> {
        let names = [self.requests, self.server_requests, self.notifications].into_iter();
        names.flat_map(Names::into_values).collect()
    }
}

/// The responses that neither the rule nor the table gives to a method.
fn unclaimed<'a>(schema: &'a Schema, facts: &Facts) -> Vec<&'a str> {
    let methods = schema.requests.iter().chain(&schema.server_requests);
    let claimed: BTreeSet<String> =
        methods.filter_map(|method| response(method, &schema.definitions, facts)).collect();
    let names = schema.definitions.keys().map(String::as_str);
    names.filter(|name| name.ends_with("Response") && !claimed.contains(*name)).collect()
}

struct Pairer<'a, 'f> {
    schema: &'a Schema,
    facts: &'f Facts,
    unclaimed: Vec<&'a str>,
    problems: &'f mut Problems,
}

impl<'a> Pairer<'a, '_> {
    fn requests(
        &mut self,
        methods: &'a [Method],
        markers: &Names,
        stable: Option<BTreeSet<&str>>,
    ) -> Vec<Pair<'a>> {
        let mut requests = Vec::new();
        for method in methods {
            let params = params_of(method);
            let response = self.response(&method.name, &params);
            if let Some(response) = self.problems.take(response) {
                let params = markers.get(&method.name).cloned().unwrap_or(params);
                let experimental = is_experimental(&method.name, stable.as_ref());
                requests.push(Pair { method, params, response, experimental });
            }
        }
        requests.sort_by(|left, right| left.method.name.cmp(&right.method.name));
        requests
    }

    fn response(&self, method: &str, params: &str) -> Result<String, Error> {
        match (self.facts.responses.get(method), by_rule(params, &self.schema.definitions)) {
            (None, Some(response)) => Ok(response),
            (Some(response), None) if self.schema.definitions.contains_key(response) => {
                Ok(response.clone())
            }
            (Some(response), None) => Err(Error::Methods(format!(
                "schema/methods.json pairs `{method}` with `{response}`, which the schema does not define; correct it"
            ))),
            (Some(response), Some(by_rule)) => Err(Error::StaleRow {
                table: RESPONSES,
                method: method.to_owned(),
                why: format!(
                    "with `{response}`, but its params are `{params}`, which pairs it with `{by_rule}`"
                ),
            }),
            (None, None) => Err(Error::Methods(format!(
                "nothing says what the response to `{method}` is: its params are `{params}`, and there is no response of that name; \
                 {}",
                self.missing_row(method)
            ))),
        }
    }

    /// The row to add: with the response that nobody claims and that shares most words.
    fn missing_row(&self, method: &str) -> String {
        let likeness = |name: &&str| names::shared_words(name, method);
        let row = |response: &str| {
            format!("add `\"{method}\": \"{response}\"` to `responses` in schema/methods.json")
        };
        match self.unclaimed.iter().copied().max_by_key(likeness) {
            None => format!("{}, with a type of the schema", row("...Response")),
            Some(nearest) => format!(
                "{}, if that is right. Not claimed yet: {}",
                row(nearest),
                self.unclaimed.join(", ")
            ),
        }
    }

    fn check_table(&mut self) {
        let methods = self.schema.requests.iter().chain(&self.schema.server_requests);
        let methods: Vec<&Method> = methods.collect();
        for method in self.facts.responses.keys() {
            if !methods.iter().any(|known| known.name == *method) {
                self.problems.add(Error::StaleRow {
                    table: RESPONSES,
                    method: method.clone(),
                    why: "which is no method of the schema".to_owned(),
                });
            }
        }
        // Where a method has no response, one of these is likely to be its.
        let is_paired =
            |method: &&Method| response(method, &self.schema.definitions, self.facts).is_some();
        if methods.iter().all(is_paired) {
            for response in &self.unclaimed {
                self.problems.add(Error::Methods(format!(
                    "no method has the response `{response}`; add `\"METHOD\": \"{response}\"` to `responses` in \
                     schema/methods.json, with the method"
                )));
            }
        }
    }

    fn notifications(
        &mut self,
        markers: &Names,
        stable: Option<BTreeSet<&str>>,
    ) -> Vec<Notification> {
        let mut notifications = Vec::new();
        for method in &self.schema.notifications {
            let marker = markers.get(&method.name).cloned();
            let params = method.params.clone().or(marker).unwrap_or_default();
            notifications.push(Notification {
                method: method.name.clone(),
                params,
                experimental: is_experimental(&method.name, stable.as_ref()),
                listed: true,
            });
        }
        for (method, params) in &self.facts.notifications {
            if notifications.iter().any(|known| known.method == *method) {
                self.problems.add(Error::StaleRow {
                    table: "notifications",
                    method: method.clone(),
                    why: "which the schema lists by now".to_owned(),
                });
            } else if self.schema.definitions.contains_key(params) {
                notifications.push(Notification {
                    method: method.clone(),
                    params: params.clone(),
                    experimental: true,
                    listed: false,
                });
            } else {
                self.problems.add(Error::Methods(format!(
                    "schema/methods.json gives `{method}` the payload `{params}`, which the schema does not define; correct it"
                )));
            }
        }
        notifications.sort_by(|left, right| left.method.cmp(&right.method));
        notifications
    }
}

fn by_rule(params: &str, definitions: &Definitions) -> Option<String> {
    let response = format!("{}Response", params.strip_suffix("Params")?);
    definitions.contains_key(&response).then_some(response)
}

/// The params type of a method, also of one without params.
fn params_of(method: &Method) -> String {
    method.params.clone().unwrap_or_else(|| names::params_of_method(&method.name))
}

fn is_experimental(method: &str, stable: Option<&BTreeSet<&str>>) -> bool {
    stable.is_some_and(|stable| !stable.contains(method))
}

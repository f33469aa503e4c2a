//! Which params and response belong to which method. The schema does not say; `XxxParams` to
//! `XxxResponse` is the rule, and the exceptions stand in `schema/methods.json`.

use super::names;
use crate::{
    error::Error,
    load::{Definitions, Facts, Method, Schema},
    model::Notification,
};
use std::collections::BTreeSet;

/// All methods, in the order of their names.
pub(super) struct Methods<'a> {
    pub(super) requests: Vec<Pair<'a>>,
    pub(super) server_requests: Vec<Pair<'a>>,
    pub(super) notifications: Vec<Notification>,
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

/// Pairs every method.
pub(super) fn pair<'a>(
    schema: &'a Schema,
    stable: Option<&Schema>,
    facts: &Facts,
) -> Result<Methods<'a>, Error> {
    let mut pairer = Pairer { schema, facts, claimed: BTreeSet::new() };
    for method in schema.requests.iter().chain(&schema.server_requests) {
        let response = by_rule(&params_of(method), &schema.definitions);
        pairer.claimed.extend(response);
    }
    let stable_names = |list: fn(&Schema) -> &Vec<Method>| -> Option<BTreeSet<&str>> {
        Some(list(stable?).iter().map(|method| method.name.as_str()).collect())
    };
    let requests = pairer.requests(&schema.requests, stable_names(|schema| &schema.requests))?;
    let server_requests =
        pairer.requests(&schema.server_requests, stable_names(|schema| &schema.server_requests))?;
    pairer.check_table()?;
    let notifications = pairer.notifications(stable_names(|schema| &schema.notifications))?;
    Ok(Methods { requests, server_requests, notifications })
}

struct Pairer<'a, 'f> {
    schema: &'a Schema,
    facts: &'f Facts,
    claimed: BTreeSet<String>,
}

impl<'a> Pairer<'a, '_> {
    fn requests(
        &mut self,
        methods: &'a [Method],
        stable: Option<BTreeSet<&str>>,
    ) -> Result<Vec<Pair<'a>>, Error> {
        let mut requests = Vec::new();
        for method in methods {
            let params = params_of(method);
            if method.params.is_none() && self.schema.definitions.contains_key(&params) {
                return Err(Error::Methods(format!(
                    "`{}` takes no params, but the type that stands for them, `{params}`, is defined by the schema; \
                     give it another name in codegen/src/plan/names.rs",
                    method.name
                )));
            }
            let response = self.response(&method.name, &params)?;
            let experimental = is_experimental(&method.name, stable.as_ref());
            requests.push(Pair { method, params, response, experimental });
        }
        requests.sort_by(|left, right| left.method.name.cmp(&right.method.name));
        Ok(requests)
    }

    fn response(&mut self, method: &str, params: &str) -> Result<String, Error> {
        let response = match (
            self.facts.responses.get(method),
            by_rule(params, &self.schema.definitions),
        ) {
            (None, Some(response)) => response,
            (Some(response), None) if self.schema.definitions.contains_key(response) => {
                response.clone()
            }
            (Some(response), None) => {
                return Err(Error::Methods(format!(
                    "schema/methods.json pairs `{method}` with `{response}`, which the schema does not define; correct it"
                )));
            }
            (Some(response), Some(by_rule)) => {
                return Err(Error::Methods(format!(
                    "schema/methods.json pairs `{method}` with `{response}`, but its params are `{params}`, which pairs it with \
                     `{by_rule}`; remove it from `responses`"
                )));
            }
            (None, None) => {
                return Err(Error::Methods(format!(
                    "nothing says what the response to `{method}` is: its params are `{params}`, and there is no response of that name; \
                     add `\"{method}\": \"...Response\"` to `responses` in schema/methods.json. Not claimed yet: {}",
                    self.unclaimed().join(", ")
                )));
            }
        };
        self.claimed.insert(response.clone());
        Ok(response)
    }

    fn unclaimed(&self) -> Vec<&str> {
        let names = self.schema.definitions.keys().map(String::as_str);
        names.filter(|name| name.ends_with("Response") && !self.claimed.contains(*name)).collect()
    }

    fn check_table(&self) -> Result<(), Error> {
        let methods: BTreeSet<&str> = self
            .schema
            .requests
            .iter()
            .chain(&self.schema.server_requests)
            .map(|method| method.name.as_str())
            .collect();
        if let Some(method) =
            self.facts.responses.keys().find(|method| !methods.contains(method.as_str()))
        {
            return Err(Error::Methods(format!(
                "schema/methods.json has `{method}`, which is no method of the schema; remove it from `responses`"
            )));
        }
        match self.unclaimed().as_slice() {
            [] => Ok(()),
            names => Err(Error::Methods(format!(
                "no method has the response {}; add the method to `responses` in schema/methods.json",
                names.join(", ")
            ))),
        }
    }

    fn notifications(&self, stable: Option<BTreeSet<&str>>) -> Result<Vec<Notification>, Error> {
        let mut notifications = Vec::new();
        for method in &self.schema.notifications {
            let params = method
                .params
                .clone()
                .unwrap_or_else(|| names::notification_of_method(&method.name));
            notifications.push(Notification {
                method: method.name.clone(),
                params,
                experimental: is_experimental(&method.name, stable.as_ref()),
                listed: true,
            });
        }
        for (method, params) in &self.facts.notifications {
            if notifications.iter().any(|known| known.method == *method) {
                return Err(Error::Methods(format!(
                    "the schema lists the notification `{method}` by now; remove it from `notifications` in schema/methods.json"
                )));
            }
            if !self.schema.definitions.contains_key(params) {
                return Err(Error::Methods(format!(
                    "schema/methods.json gives `{method}` the payload `{params}`, which the schema does not define; correct it"
                )));
            }
            notifications.push(Notification {
                method: method.clone(),
                params: params.clone(),
                experimental: true,
                listed: false,
            });
        }
        notifications.sort_by(|left, right| left.method.cmp(&right.method));
        Ok(notifications)
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

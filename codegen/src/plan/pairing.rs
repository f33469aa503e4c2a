//! Which params and response belong to which method. The schema does not say; `XxxParams` to
//! `XxxResponse` is the rule, and the exceptions stand in a table.

use crate::{
    Error,
    docs::clean,
    load::{Method, Schema, json},
    model::{Notification, Request},
    names,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The exceptions, by method.
#[derive(Clone, Debug, Default)]
pub struct Pairings {
    /// Requests whose response is not named as their params are.
    pub responses: BTreeMap<String, String>,
    /// Notifications that the server sends although the schema does not list them, with their
    /// payload.
    pub notifications: BTreeMap<String, String>,
}

impl Pairings {
    /// Reads the table.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not what it should be.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file = json(path)?;
        let table = |key: &str| {
            let table = file.get(key).cloned().unwrap_or_default();
            serde_json::from_value(table)
                .map_err(|source| Error::Json { path: path.into(), source })
        };
        Ok(Self { responses: table("responses")?, notifications: table("notifications")? })
    }
}

/// All methods, in the order of their names.
pub(super) struct Methods {
    pub(super) requests: Vec<Request>,
    pub(super) server_requests: Vec<Request>,
    pub(super) notifications: Vec<Notification>,
}

/// Pairs every method.
pub(super) fn pair(
    schema: &Schema,
    stable: Option<&Schema>,
    pairings: &Pairings,
) -> Result<Methods, Error> {
    let mut pairer = Pairer { schema, pairings, claimed: BTreeSet::new() };
    for method in schema.requests.iter().chain(&schema.server_requests) {
        let response = pairer.by_rule(&params_of(method));
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

struct Pairer<'a> {
    schema: &'a Schema,
    pairings: &'a Pairings,
    claimed: BTreeSet<String>,
}

impl Pairer<'_> {
    fn requests(
        &mut self,
        methods: &[Method],
        stable: Option<BTreeSet<&str>>,
    ) -> Result<Vec<Request>, Error> {
        let mut requests = Vec::new();
        for method in methods {
            let params = params_of(method);
            if method.params.is_none() && self.schema.definitions.contains_key(&params) {
                return Err(Error::Pairing(format!(
                    "`{}` takes no params, but the type that stands for them, `{params}`, is defined by the schema; \
                     give it another name in codegen/src/names.rs",
                    method.name
                )));
            }
            let response = self.response(&method.name, &params)?;
            requests.push(Request {
                takes_params: method.params.is_some(),
                docs: clean(&method.description),
                experimental: is_experimental(&method.name, stable.as_ref()),
                method: method.name.clone(),
                params,
                response,
            });
        }
        requests.sort_by(|left, right| left.method.cmp(&right.method));
        Ok(requests)
    }

    fn response(&mut self, method: &str, params: &str) -> Result<String, Error> {
        let response = match (self.pairings.responses.get(method), self.by_rule(params)) {
            (None, Some(response)) => response,
            (Some(response), None) if self.schema.definitions.contains_key(response) => {
                response.clone()
            }
            (Some(response), None) => {
                return Err(Error::Pairing(format!(
                    "schema/pairings.json pairs `{method}` with `{response}`, which the schema does not define; correct it"
                )));
            }
            (Some(response), Some(by_rule)) => {
                return Err(Error::Pairing(format!(
                    "schema/pairings.json pairs `{method}` with `{response}`, but its params are `{params}`, which pairs it with \
                     `{by_rule}`; remove it from `responses`"
                )));
            }
            (None, None) => {
                return Err(Error::Pairing(format!(
                    "nothing says what `{method}` answers: its params are `{params}`, and there is no response of that name; \
                     add `\"{method}\": \"...Response\"` to `responses` in schema/pairings.json. Not claimed yet: {}",
                    self.unclaimed().join(", ")
                )));
            }
        };
        self.claimed.insert(response.clone());
        Ok(response)
    }

    fn by_rule(&self, params: &str) -> Option<String> {
        let response = format!("{}Response", params.strip_suffix("Params")?);
        self.schema.definitions.contains_key(&response).then_some(response)
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
            self.pairings.responses.keys().find(|method| !methods.contains(method.as_str()))
        {
            return Err(Error::Pairing(format!(
                "schema/pairings.json has `{method}`, which is no method of the schema; remove it from `responses`"
            )));
        }
        match self.unclaimed().as_slice() {
            [] => Ok(()),
            names => Err(Error::Pairing(format!(
                "no method answers with {}; add the method to `responses` in schema/pairings.json",
                names.join(", ")
            ))),
        }
    }

    fn notifications(&self, stable: Option<BTreeSet<&str>>) -> Result<Vec<Notification>, Error> {
        let mut notifications = Vec::new();
        for method in &self.schema.notifications {
            let params = method.params.clone().ok_or_else(|| {
                Error::Pairing(format!(
                    "the notification `{}` has no params; the generator has no type for that",
                    method.name
                ))
            })?;
            notifications.push(Notification {
                method: method.name.clone(),
                params,
                docs: clean(&method.description),
                experimental: is_experimental(&method.name, stable.as_ref()),
                listed: true,
            });
        }
        for (method, params) in &self.pairings.notifications {
            if notifications.iter().any(|known| known.method == *method) {
                return Err(Error::Pairing(format!(
                    "the schema lists the notification `{method}` by now; remove it from `notifications` in schema/pairings.json"
                )));
            }
            if !self.schema.definitions.contains_key(params) {
                return Err(Error::Pairing(format!(
                    "schema/pairings.json gives `{method}` the payload `{params}`, which the schema does not define; correct it"
                )));
            }
            notifications.push(Notification {
                method: method.clone(),
                params: params.clone(),
                docs: String::new(),
                experimental: true,
                listed: false,
            });
        }
        notifications.sort_by(|left, right| left.method.cmp(&right.method));
        Ok(notifications)
    }
}

/// The params type of a method, also of one without params.
fn params_of(method: &Method) -> String {
    method.params.clone().unwrap_or_else(|| names::params_of_method(&method.name))
}

fn is_experimental(method: &str, stable: Option<&BTreeSet<&str>>) -> bool {
    stable.is_some_and(|stable| !stable.contains(method))
}

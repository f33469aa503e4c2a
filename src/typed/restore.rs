//! From an answer to what serde reads.

use std::{collections::HashMap, ptr};

use serde::de::Error as _;
use serde_json::{Error, Map, Value};

use super::{
    form::{Form, KEY, Kind, Member, Plan, VALUE, matches_type},
    write::WRAPPER,
};

/// Which parts of an answer were looked at as which definition, and whether they fit. Without it a
/// type that contains itself in several branches would be looked at in all ways to combine them.
type Seen<'a> = HashMap<(&'a str, *const Value), bool>;

impl Plan {
    /// Turns back what travelled in another form: maps, tuples, members that are missing, and the
    /// wrapper. Where the answer does not fit it stays as it is, and serde says so.
    pub(super) fn restore(&self, answer: Value) -> serde_json::Result<Value> {
        if !self.is_wrapped() {
            return Ok(self.value(&self.root, answer));
        }
        let Value::Object(mut members) = answer else {
            return Err(no_wrapper());
        };
        members.remove(WRAPPER).map(|value| self.value(&self.root, value)).ok_or_else(no_wrapper)
    }

    fn value(&self, form: &Form, value: Value) -> Value {
        match (&form.kind, value) {
            (Kind::Definition(name), value) => match self.definition(name) {
                Some(form) => self.value(form, value),
                None => value,
            },
            (Kind::Object(members), Value::Object(object)) => self.object(members, object).into(),
            (Kind::List { items, .. }, Value::Array(list)) => {
                list.into_iter().map(|item| self.value(items, item)).collect()
            }
            (Kind::Tuple(forms), Value::Object(object)) => self.tuple(forms, object),
            (Kind::Map { value: form, .. }, Value::Array(entries)) => self.map(form, entries),
            (Kind::Union(branches), value) => match self.branch(branches, &value) {
                Some(branch) => self.value(branch, value),
                None => value,
            },
            (_, value) => value,
        }
    }

    fn object(&self, members: &[Member], mut object: Map<String, Value>) -> Map<String, Value> {
        for member in members {
            match object.remove(&member.name) {
                Some(Value::Null) if self.null_is_missing(member) => {}
                Some(value) => {
                    object.insert(member.name.clone(), self.value(&member.form, value));
                }
                None => {}
            }
        }
        object
    }

    fn tuple(&self, forms: &[Form], mut object: Map<String, Value>) -> Value {
        if !(0..forms.len()).all(|index| object.contains_key(&index.to_string())) {
            return object.into();
        }
        let parts = forms
            .iter()
            .enumerate()
            .filter_map(|(index, form)| Some(self.value(form, object.remove(&index.to_string())?)));
        parts.collect()
    }

    /// Of a key that comes twice the last one counts, as in JSON.
    fn map(&self, form: &Form, mut entries: Vec<Value>) -> Value {
        if !entries.iter().all(|entry| entry[KEY].is_string() && entry.get(VALUE).is_some()) {
            return entries.into();
        }
        let entries = entries.iter_mut().filter_map(|entry| {
            let value = self.value(form, entry[VALUE].take());
            Some((entry[KEY].as_str()?.to_owned(), value))
        });
        entries.collect::<Map<_, _>>().into()
    }

    /// The first branch that fits, as serde takes it; else the only one that is not null, so that
    /// what is said of the misfit is where it is.
    fn branch<'a>(&self, branches: &'a [Form], value: &Value) -> Option<&'a Form> {
        let mut seen = Seen::new();
        branches.iter().find(|branch| self.fits(branch, value, &mut seen)).or_else(|| {
            let mut others = branches.iter().filter(|branch| !branch.is_null());
            others.next().filter(|_| others.next().is_none() && !value.is_null())
        })
    }

    fn fits<'a>(&'a self, form: &'a Form, value: &Value, seen: &mut Seen<'a>) -> bool {
        match (&form.kind, value) {
            (Kind::Scalar(keywords), value) => matches_type(keywords, value),
            (Kind::Definition(name), value) => {
                let key = (name.as_str(), ptr::from_ref(value));
                if let Some(fits) = seen.get(&key) {
                    return *fits;
                }
                let form = self.definition(name);
                let fits = form.is_some_and(|form| self.fits(form, value, seen));
                seen.insert(key, fits);
                fits
            }
            (Kind::Object(members), Value::Object(object)) => {
                let known = |name: &String| members.iter().any(|member| member.name == *name);
                // What tells branches apart is a tag: nothing deep is looked at twice.
                let (scalars, others): (Vec<_>, Vec<_>) =
                    members.iter().partition(|member| matches!(member.form.kind, Kind::Scalar(_)));
                object.keys().all(known)
                    && scalars.into_iter().chain(others).all(|member| {
                        match object.get(&member.name) {
                            None => member.optional,
                            Some(Value::Null) if member.optional => true,
                            Some(value) => self.fits(&member.form, value, seen),
                        }
                    })
            }
            (Kind::List { items, .. }, Value::Array(list)) => {
                list.iter().all(|item| self.fits(items, item, seen))
            }
            (Kind::Tuple(forms), Value::Object(object)) => {
                let mut forms = forms.iter().enumerate();
                object.len() == forms.len()
                    && forms.all(|(index, form)| {
                        let part = object.get(&index.to_string());
                        part.is_some_and(|part| self.fits(form, part, seen))
                    })
            }
            (Kind::Map { value: form, .. }, Value::Array(entries)) => entries.iter().all(|entry| {
                let value = entry.get(VALUE);
                entry[KEY].is_string() && value.is_some_and(|value| self.fits(form, value, seen))
            }),
            (Kind::Union(branches), value) => {
                branches.iter().any(|branch| self.fits(branch, value, seen))
            }
            _ => false,
        }
    }
}

fn no_wrapper() -> Error {
    Error::custom(format_args!("it is no object with the member `{WRAPPER}`"))
}

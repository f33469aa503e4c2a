//! The options of threads and turns: which fields of the requests' params they are, and which
//! requests take each. What the server says a thread works with is found here, too.

use super::docs;
use crate::{
    error::{Error, Problems},
    model::{Field, OptionField, Options, Shape, Type},
};
use std::collections::{BTreeMap, BTreeSet};

/// The requests that open a thread, in the order of the columns.
const OPENING: [(&str, &str); 3] = [
    ("ThreadStartParams", "starting"),
    ("ThreadResumeParams", "resuming"),
    ("ThreadForkParams", "forking"),
];

/// The request that starts a turn.
const TURN: [(&str, &str); 1] = [("TurnStartParams", "turns")];

/// What says how a thread that was opened works.
const OPENED: [&str; 3] = ["ThreadStartResponse", "ThreadResumeResponse", "ThreadForkResponse"];

/// Fields for which the SDK has an option of its own: the name on the wire, and the option.
pub const BY_HAND: &[(&str, &str)] =
    &[("config", "config"), ("cwd", "cwd"), ("dynamicTools", "tools"), ("sandbox", "sandbox")];

/// Fields that are no option, and why. All are in the params themselves.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("excludeTurns", "the SDK reads no history from the response"),
    ("history", "the schema says not to use it"),
    ("initialTurnsPage", "the page would come in a response that is not kept"),
    ("input", "what a turn is about is no option"),
    ("mockExperimentalField", "it is for tests of the server"),
    ("multiAgentMode", "the server ignores it"),
    ("path", "it takes the place of the thread that is named, and may go"),
    ("threadId", "which thread it is about is no option"),
    ("toolOutput", "what a turn is about is no option"),
];

/// What the options are, where the schema says nothing of them, or says it to somebody else.
const SAID: &[(&str, &str)] = &[
    (
        "approvalPolicy",
        "When the agent asks before it acts. See also [`approval_mode`](Self::approval_mode).",
    ),
    ("approvalsReviewer", "Who answers when it asks: the user, or a reviewing model."),
    ("baseInstructions", "Replaces the agent's own instructions."),
    ("clientUserMessageId", "The program's own id of the message, which the item of it has then."),
    ("collaborationMode", "Plan or default mode, with its settings."),
    ("developerInstructions", "Instructions of the embedding program, beside the agent's own."),
    (
        "effort",
        "How much the model reasons: a constant like [`ReasoningEffort::HIGH`], or any other text.",
    ),
    ("ephemeral", "Whether the thread lives in memory only."),
    ("model", "The model's name."),
    ("modelProvider", "The model provider's id in the server's configuration."),
    ("outputSchema", "The JSON schema that the final answer has to fit."),
    ("sandboxPolicy", "What commands may touch. See also [`sandbox`](Self::sandbox)."),
    ("serviceName", "Names the embedding service."),
    ("serviceTier", "The service tier, such as `priority`."),
    ("sessionStartSource", "Why the session starts."),
    ("summary", "How reasoning is summarised."),
    ("threadSource", "What the thread is for, in lists of threads."),
];

/// What the defaults are, where the schema does not say.
const SAID_OF_DEFAULTS: &[(&str, &str)] = &[
    ("approvalPolicy", "When the agent asks before it acts."),
    ("cwd", "The folder to work in."),
    ("model", "The model's name."),
    ("modelProvider", "The model provider's id in the server's configuration."),
    ("reasoningEffort", "How much the model reasons."),
    ("serviceTier", "The service tier."),
];

/// All options, where the schema has the requests.
pub(super) fn all(types: &[Type], problems: &mut Problems) -> Options {
    Options {
        thread: options(types, &OPENING, problems),
        turn: options(types, &TURN, problems),
        defaults: defaults(types),
    }
}

/// The options of some requests.
fn options(types: &[Type], requests: &[(&str, &str)], problems: &mut Problems) -> Vec<OptionField> {
    let fields: Vec<BTreeMap<&str, &Field>> =
        requests.iter().map(|(params, _)| fields(types, params)).collect();
    let names: BTreeSet<&str> = fields.iter().flat_map(BTreeMap::keys).copied().collect();
    let is_generated = |wire: &&str| !has(BY_HAND, wire) && !has(LEFT_OUT, wire);
    let mut options = Vec::new();
    for wire in names.into_iter().filter(is_generated) {
        let taken: Vec<bool> = fields.iter().map(|fields| fields.contains_key(wire)).collect();
        let mut takers = fields.iter().filter_map(|fields| fields.get(wire).copied());
        let Some(field) = takers.next() else {
            continue;
        };
        if takers.any(|other| (&other.name, &other.ty) != (&field.name, &field.ty)) {
            problems.add(Error::Schema(format!(
                "`{wire}` is not of the same type in all of {}; add it to `LEFT_OUT` in \
                 codegen/src/plan/options.rs, or to `BY_HAND` and to src/settings",
                requests
                    .iter()
                    .map(|(params, _)| format!("`{params}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )));
        }
        options.push(OptionField {
            field: Field { docs: described(field, requests, &taken), ..field.clone() },
            taken,
        });
    }
    options
}

/// What an option is, and for which of the requests.
fn described(field: &Field, requests: &[(&str, &str)], taken: &[bool]) -> String {
    let text = said(SAID, field);
    let which = |is: bool| {
        let each = requests.iter().zip(taken).filter(move |(_, taken)| **taken == is);
        each.map(|((_, doing), _)| *doing).collect::<Vec<_>>()
    };
    match (&which(true)[..], &which(false)[..]) {
        (_, []) => text,
        ([only], _) => format!("{text}\n\nFor {only} only."),
        (_, others) => format!("{text}\n\nNot for {}.", others.join(" or ")),
    }
}

/// What is said of each thread that was opened, whichever way.
fn defaults(types: &[Type]) -> Vec<Field> {
    let [first, rest @ ..] = OPENED.map(|response| fields(types, response));
    let is_default = |field: &&&Field| {
        field.wire != "thread"
            && !has(LEFT_OUT, &field.wire)
            && rest.iter().all(|fields| {
                fields.get(field.wire.as_str()).is_some_and(|other| other.ty == field.ty)
            })
    };
    let documented =
        |field: &&Field| Field { docs: said(SAID_OF_DEFAULTS, field), ..(*field).clone() };
    first.values().filter(is_default).map(documented).collect()
}

/// What a table says of a field, else what the schema does.
fn said(table: &[(&str, &str)], field: &Field) -> String {
    match table.iter().find(|(wire, _)| *wire == field.wire) {
        Some((_, said)) => docs::item(vec![(*said).to_owned()], field.experimental),
        None => field.docs.clone(),
    }
}

fn has(table: &[(&str, &str)], wire: &str) -> bool {
    table.iter().any(|(name, _)| *name == wire)
}

/// The fields of a struct by their names on the wire; none, if there is no such struct.
fn fields<'a>(types: &'a [Type], name: &str) -> BTreeMap<&'a str, &'a Field> {
    let found = types.iter().find(|ty| ty.name == name).map(|ty| &ty.shape);
    let fields = match found {
        Some(Shape::Struct(own)) => &own.fields[..],
        _ => &[],
    };
    fields.iter().map(|field| (field.wire.as_str(), field)).collect()
}

//! How users give what a struct requires: one value to `new`, several by name.
//!
//! Several values in a row can be swapped without a word from the compiler, and a new one would
//! shift the others. So each is given by a method of its name, one after the other: a step.

use crate::model::{Argument, Field, Given, Making};

/// What identifies comes first, from the largest to the smallest, then what is named.
const FIRST: [&[&str]; 5] = [
    &["threadId", "ThreadId"],
    &["turnId", "TurnId"],
    &["itemId", "itemIds", "ItemId", "ItemIds"],
    &["id", "Id", "Ids"],
    &["name"],
];

/// How a struct with these fields is made, if something of it is required.
pub(super) fn making(fields: &mut [Field]) -> Option<Making> {
    let mut required: Vec<&mut Field> =
        fields.iter_mut().filter(|field| argument(field).is_some()).collect();
    if required.len() < 2 {
        return required.first().map(|_| Making::New);
    }
    required.sort_by_key(|field| (rank(&field.wire), field.wire.clone()));
    for field in &mut required {
        if let Some(Given::Argument { is_step, .. }) = &mut field.given {
            *is_step = true;
        }
    }
    Some(Making::Steps(required.into_iter().map(|field| field.name.clone()).collect()))
}

fn argument(field: &Field) -> Option<Argument> {
    match field.given {
        Some(Given::Argument { argument, .. }) => Some(argument),
        _ => None,
    }
}

/// Fields of the same rank are in the order of their names on the wire.
fn rank(wire: &str) -> usize {
    let is_of = |words: &&[&str]| {
        let ends = |word: &&str| {
            wire == *word || (word.starts_with(char::is_uppercase) && wire.ends_with(*word))
        };
        words.iter().any(ends)
    };
    FIRST.iter().position(is_of).unwrap_or(FIRST.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_comes_first() {
        let ordered = |wires: &[&str]| {
            let mut wires: Vec<String> = wires.iter().map(ToString::to_string).collect();
            wires.sort_by_key(|wire| (rank(wire), wire.clone()));
            wires.join(" ")
        };
        assert_eq!(
            ordered(&["expectedTurnId", "input", "threadId"]),
            "threadId expectedTurnId input"
        );
        assert_eq!(ordered(&["itemIds", "threadId", "turnId"]), "threadId turnId itemIds");
        assert_eq!(
            ordered(&["description", "inputSchema", "name"]),
            "name description inputSchema"
        );
        assert_eq!(ordered(&["name", "requestId", "grid", "value"]), "requestId name grid value");
        assert_eq!(ordered(&["sessionId", "accountId"]), "accountId sessionId");
    }
}

//! Names as a Rust reader expects them.

use crate::error::Error;
use heck::{ToSnakeCase, ToUpperCamelCase};

/// The ending of the structs of a union's branches, where it is not the name of the union.
const BRANCH_ENDINGS: &[(&str, &str)] = &[
    // `AgentMessageItem`, as everybody calls it.
    ("ThreadItem", "Item"),
    // Shorter, and still clear.
    ("AccountSessionsSwitchResponse", "AccountSwitch"),
    ("CommandExecutionApprovalDecision", ""),
    ("McpServerElicitationRequestParams", "ElicitationParams"),
    ("ModelProviderError", "Error"),
];

/// Tags and values that make no good variant, or the same one as another.
const VARIANTS: &[(&str, &str)] = &[
    // `Unknown` is what the SDK does not know; this is what the server does not know.
    ("unknown", "Unspecified"),
    // A legacy spelling of `openai/form`.
    ("openaiForm", "LegacyOpenaiForm"),
];

/// The variant of a tag, key or value.
pub(crate) fn variant(wire: &str) -> String {
    if let Some((_, name)) = VARIANTS.iter().find(|(text, _)| *text == wire) {
        return (*name).to_owned();
    }
    let name = wire.to_upper_camel_case();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("V{name}") } else { name }
}

/// The struct of a branch of a union.
pub(crate) fn branch_struct(union: &str, wire: &str) -> String {
    let ending =
        BRANCH_ENDINGS.iter().find(|(name, _)| *name == union).map_or(union, |(_, ending)| ending);
    let (variant, ending) = (words(&variant(wire)), words(ending));
    // `ExternalSandbox` of `SandboxPolicy` is `ExternalSandboxPolicy`.
    let overlap = (0..=variant.len().min(ending.len()))
        .rev()
        .find(|count| variant.ends_with(&ending[..*count]));
    variant.concat() + &ending[overlap.unwrap_or(0)..].concat()
}

/// The method of a client: `model/list` is `model_list`.
pub(super) fn method(wire: &str) -> String {
    // One word, for all but the case rules.
    wire.replace("OAuth", "Oauth").to_snake_case()
}

/// The params type of a method without params.
pub(crate) fn params_of_method(wire: &str) -> String {
    format!("{}Params", variant(wire))
}

/// The params type of a notification without params.
pub(super) fn notification_of_method(wire: &str) -> String {
    format!("{}Notification", variant(wire))
}

/// What is left of a name without the words at both ends that it shares with another.
pub(super) fn distinct_part(name: &str, other: &str) -> String {
    let (name_words, other_words) = (words(name), words(other));
    let mut own = name_words.as_slice();
    let mut rest = other_words.as_slice();
    while let ([first, tail @ ..], [other, others @ ..]) = (own, rest) {
        if first != other || tail.is_empty() {
            break;
        }
        (own, rest) = (tail, others);
    }
    while let ([head @ .., last], [others @ .., other]) = (own, rest) {
        if last != other || head.is_empty() {
            break;
        }
        (own, rest) = (head, others);
    }
    own.concat()
}

/// An error for a name that Rust does not take.
pub(super) fn check(name: &str, of: &str) -> Result<(), Error> {
    match syn::parse_str::<syn::Ident>(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::Schema(format!(
            "{of} would be called `{name}`, which is no name in Rust; give it another one in codegen/src/plan/names.rs"
        ))),
    }
}

fn words(name: &str) -> Vec<String> {
    name.to_snake_case().split('_').map(ToUpperCamelCase::to_upper_camel_case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_like_rust() {
        assert_eq!(variant("on-request"), "OnRequest");
        assert_eq!(variant("item/agentMessage/delta"), "ItemAgentMessageDelta");
        assert_eq!(variant("5g"), "V5g");
        assert_eq!(variant("unknown"), "Unspecified");
        assert_eq!(method("thread/inject_items"), "thread_inject_items");
        assert_eq!(method("account/gatewayOAuth/read"), "account_gateway_oauth_read");
        assert_eq!(params_of_method("config/mcpServer/reload"), "ConfigMcpServerReloadParams");
    }

    #[test]
    fn a_branch_is_named_by_its_tag_and_its_union() {
        assert_eq!(branch_struct("UserInput", "localImage"), "LocalImageUserInput");
        assert_eq!(branch_struct("ThreadItem", "agentMessage"), "AgentMessageItem");
        assert_eq!(branch_struct("SandboxPolicy", "externalSandbox"), "ExternalSandboxPolicy");
    }

    #[test]
    fn shared_words_are_dropped() {
        assert_eq!(distinct_part("ThreadItemsListAnchor", "ThreadItemsListCursor"), "Anchor");
        assert_eq!(distinct_part("FieldTextSchema", "FieldSchema"), "Text");
        assert_eq!(distinct_part("Anchor", "Cursor"), "Anchor");
    }
}

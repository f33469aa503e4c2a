//! What the pinned schema becomes.

use codex_app_server_codegen::{
    api, emit, inventory,
    model::{Api, Shape, Type},
};
use std::path::Path;

fn pinned() -> Api {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    api(&dir).expect("the pinned schema can be planned")
}

/// The names of the types of one kind.
fn names(api: &Api, is: fn(&Shape) -> bool) -> Vec<&str> {
    let types: Vec<&Type> = api.types.iter().filter(|ty| is(&ty.shape)).collect();
    types.iter().map(|ty| ty.name.as_str()).collect()
}

#[test]
fn only_what_has_no_tag_is_told_by_its_shape() {
    let api = pinned();
    let expected = [
        "AccountSessionsSwitchResponse",
        "ForcedChatgptWorkspaceIds",
        "FunctionCallOutputBody",
        "McpElicitationEnumSchema",
        "McpElicitationMultiSelectEnumSchema",
        "McpElicitationPrimitiveSchema",
        "McpElicitationSingleSelectEnumSchema",
        "RequestId",
        "ResourceContent",
        "ThreadItemsListCursor",
        "ThreadListCwdFilter",
    ];
    assert_eq!(names(&api, |shape| matches!(shape, Shape::Untagged { .. })), expected);
}

#[test]
fn every_method_is_there_and_says_whether_it_is_experimental() {
    let api = pinned();
    let stable = |experimental: &dyn Fn(usize) -> bool, count: usize| {
        (0..count).filter(|index| !experimental(*index)).count()
    };
    assert_eq!(api.requests.len(), 184);
    assert_eq!(stable(&|index| api.requests[index].experimental, 184), 109);
    assert_eq!(api.server_requests.len(), 11);
    assert_eq!(stable(&|index| api.server_requests[index].experimental, 11), 10);
    assert_eq!(api.notifications.iter().filter(|notification| notification.listed).count(), 86);
    assert_eq!(api.notifications.len(), 88);
}

#[test]
fn variants_have_names_and_the_text_is_stable() {
    let text = || emit::source(&pinned()).expect("what is emitted is Rust");
    let (text, again) = (text(), text());
    let numbered = text
        .match_indices("Variant")
        .find(|(at, name)| text[at + name.len()..].starts_with(|next: char| next.is_ascii_digit()));
    assert_eq!(numbered, None);
    assert_eq!(text, again);
}

#[test]
fn the_inventory_names_everything() {
    let text = inventory::text(&pinned());
    for line in [
        "thread/start ThreadStartParams -> ThreadStartResponse",
        "thread/sample ThreadSampleParams -> ThreadSampleResponse *",
        "item/tool/call DynamicToolCallParams -> DynamicToolCallResponse",
        "rawResponse/completed RawResponseCompletedNotification (not in the schema) *",
        "union ThreadItem by type",
        "  \"agentMessage\": AgentMessageItem",
    ] {
        assert!(text.lines().any(|known| known == line), "{line:?} is missing");
    }
}

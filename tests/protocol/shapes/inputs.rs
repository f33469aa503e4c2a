//! How each kind of input is sent.

use codex_app_server::{
    AudioInput, ExternalMessage, ImageInput, Input, InputItem, LocalAudioInput, LocalImageInput,
    MentionInput, SkillInput, TextInput, TurnOverrides,
};
use serde_json::{Value, json};

use super::turn_start_params;

#[tokio::test]
async fn each_kind_of_input_has_its_shape() {
    let text = |text: &str| json!({"type": "text", "text": text, "text_elements": []});
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("a.png");
    std::fs::write(&png, b"\x89PNG\r\n\x1a\n").unwrap();
    let data_url = "data:image/png;base64,iVBORw0KGgo=";
    let cases: Vec<(Input, Value)> = vec![
        ("plain".into(), text("plain")),
        (String::from("owned").into(), text("owned")),
        ((&String::from("lent")).into(), text("lent")),
        (TextInput::new("typed").into(), text("typed")),
        (ImageInput::from_url(data_url).into(), json!({"type": "image", "url": data_url})),
        (
            ImageInput::from_bytes(b"\x89PNG\r\n\x1a\n").unwrap().into(),
            json!({"type": "image", "url": data_url}),
        ),
        (ImageInput::from_file(&png).unwrap().into(), json!({"type": "image", "url": data_url})),
        (
            LocalImageInput::from_path(&png).unwrap().into(),
            json!({"type": "localImage", "path": png}),
        ),
        (
            // Which of its members are arguments differs between versions of codex.
            serde_json::from_value::<AudioInput>(json!({"url": "data:audio/wav;base64,AA=="}))
                .unwrap()
                .into(),
            json!({"type": "audio", "url": "data:audio/wav;base64,AA=="}),
        ),
        (
            LocalAudioInput::from_path("/tmp/a.wav").unwrap().into(),
            json!({"type": "localAudio", "path": "/tmp/a.wav"}),
        ),
        (
            SkillInput::new().name("greet").path("/skills/greet/SKILL.md").into(),
            json!({"type": "skill", "name": "greet", "path": "/skills/greet/SKILL.md"}),
        ),
        (
            MentionInput::new().name("docs").path("app://docs").into(),
            json!({"type": "mention", "name": "docs", "path": "app://docs"}),
        ),
    ];
    for (input, expected) in cases {
        let sent = turn_start_params(input, TurnOverrides::new()).await;
        assert_eq!(sent, json!({"input": [expected]}));
    }
}

#[tokio::test]
async fn a_list_of_items_keeps_their_order() {
    let items = [InputItem::from("one"), LocalImageInput::new("/a.png").into(), "two".into()];
    let sent = turn_start_params(items, TurnOverrides::new()).await;
    let kinds: Vec<_> =
        sent["input"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds, ["text", "localImage", "text"]);
}

#[tokio::test]
async fn an_external_message_is_a_tool_output_beside_an_empty_input() {
    let message = ExternalMessage::new("build", "3 tests failed");
    assert_eq!(
        turn_start_params(message.clone(), TurnOverrides::new()).await,
        json!({"input": [], "toolOutput": {"name": "build", "output": "3 tests failed"}})
    );
    assert_eq!(
        turn_start_params(message.namespace("ci"), TurnOverrides::new()).await,
        json!({"input": [], "toolOutput": {"name": "build", "namespace": "ci", "output": "3 tests failed"}})
    );
}

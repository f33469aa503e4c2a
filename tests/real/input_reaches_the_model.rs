//! Each kind of input as the model is given it, and its answer as a typed value.

use codex_app_server::{
    Error, ExternalMessage, ImageInput, InputItem, LocalImageInput, SkillInput, TextInput,
    generated::v2_all::TurnStatus,
};
use codex_app_server_testkit::Answer;
use serde_json::{Value, json};

use support::{Real, soon};

/// One transparent pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T',
    0x78, 0xda, 0x63, 0x64, 0x60, 0xf8, 0x5f, 0x0f, 0, 2, 0x87, 1, 0x80, 0xeb, 0x47, 0xba, 0x92, 0,
    0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// The last input items that the model was given.
async fn given(real: &Real) -> Value {
    Value::from(real.model.next_request().await.input().to_vec())
}

#[tokio::test]
async fn images_reach_the_model_as_data_urls() {
    let real = Real::start([Answer::text("A pixel.")]).await;
    let file = real.cwd.path().join("pixel.png");
    std::fs::write(&file, PNG).unwrap();
    let input = vec![
        InputItem::from(TextInput::new("What is this?")),
        ImageInput::from_file(&file).unwrap().into(),
        LocalImageInput::from_path(&file).unwrap().into(),
    ];
    soon(real.thread().await.run(input)).await.unwrap();
    let given = given(&real).await.to_string();
    assert_eq!(given.matches("data:image/png;base64,").count(), 2, "{given}");
}

#[tokio::test]
async fn an_external_message_is_the_output_of_a_tool() {
    let real = Real::start([Answer::text("Noted.")]).await;
    let thread = real.thread().await;
    let message = ExternalMessage::new("build", "3 tests failed").namespace("ci");
    let result = soon(thread.run(message)).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Noted."));
    let given = given(&real).await.to_string();
    assert!(given.contains("3 tests failed"), "{given}");
}

#[tokio::test]
async fn a_skill_is_given_with_its_text() {
    let real = Real::start([Answer::text("ok")]).await;
    let folder = real.home.path().join("skills/greet");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("SKILL.md");
    std::fs::write(&file, "---\nname: greet\ndescription: Greets.\n---\nSay ahoy.\n").unwrap();
    let input = vec![
        InputItem::from("Use the skill"),
        SkillInput::new().name("greet").path(file.to_str().unwrap()).into(),
    ];
    soon(real.thread().await.run(input)).await.unwrap();
    let given = given(&real).await.to_string();
    assert!(given.contains("Say ahoy."), "{given}");
}

#[tokio::test]
async fn a_typed_answer_is_decoded_and_a_misfit_is_an_error_with_the_text() {
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    struct Review {
        score: u8,
        remark: Option<String>,
    }
    let real =
        Real::start([Answer::text(r#"{"score":4,"remark":null}"#), Answer::text("no JSON at all")])
            .await;
    let thread = real.thread().await;
    let review = soon(thread.run_typed::<Review>("Review")).await.unwrap();
    assert_eq!((review.value.score, review.value.remark), (4, None));
    assert_eq!(review.result.status, TurnStatus::Completed);
    let format = &real.model.next_request().await.body["text"]["format"];
    assert_eq!(format["strict"], true);
    assert_eq!(format["schema"]["required"], json!(["remark", "score"]));
    assert_eq!(format["schema"]["additionalProperties"], false);

    let error = soon(thread.run_typed::<Review>("Again")).await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::TypedOutput { result, source: Some(_), .. }
                if result.final_response.as_deref() == Some("no JSON at all")
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_empty_list_of_items_is_refused_before_it_is_sent() {
    let real = Real::start([]).await;
    let thread = real.thread().await;
    let nothing: Vec<String> = Vec::new();
    for error in [
        soon(thread.run(nothing.clone())).await.unwrap_err(),
        soon(thread.turn(nothing)).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidInput { argument: "input", .. }), "{error:?}");
    }
    assert!(real.model.requests().is_empty());
}

#[tokio::test]
async fn a_start_that_the_server_refuses_leaves_the_thread_free() {
    let real = Real::start([Answer::text("Free.")]).await;
    let thread = real.thread().await;
    let remote = ImageInput::from_url("https://example.com/a.png");
    let error = soon(thread.run(remote)).await.unwrap_err();
    assert!(matches!(error, Error::Rpc(_)), "{error:?}");
    assert!(error.to_string().contains("remote image URLs are not supported"), "{error}");
    let result = soon(thread.run("And now?")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Free."));
}

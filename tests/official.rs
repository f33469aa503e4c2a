//! What the official SDK does beyond plain turns, on the real codex.

mod support;

use codex_app_server::{
    ApprovalMode, Codex, Error, ExternalMessage, ImageInput, InputItem, LocalImageInput, Sandbox,
    SkillInput, TextInput, Thread, ThreadConfig, TurnOverrides, VersionPolicy,
    generated::v2_all::{
        AskForApproval, ServerNotification, ThreadItem, ThreadListParams, ThreadResumeParams,
        TurnStatus,
    },
};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::{Value, json};

use support::{Real, offline, soon, streamed_text};

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
        SkillInput::new("greet", file.to_str().unwrap()).into(),
    ];
    soon(real.thread().await.run(input)).await.unwrap();
    let given = given(&real).await.to_string();
    assert!(given.contains("Say ahoy."), "{given}");
}

#[cfg(feature = "schemars")]
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
        matches!(&error, Error::TypedOutput { raw, .. } if raw == "no JSON at all"),
        "{error:?}"
    );
}

#[tokio::test]
async fn threads_are_listed_archived_and_brought_back() {
    let real = Real::start([Answer::text("one"), Answer::text("two")]).await;
    let (kept, archived) = (real.thread().await, real.thread().await);
    for thread in [&kept, &archived] {
        soon(thread.run("Begin")).await.unwrap();
    }
    soon(real.codex.thread_archive(archived.id())).await.unwrap();
    let list = async |archived| {
        let params = ThreadListParams::new().archived(archived);
        let page = soon(real.codex.thread_list(params)).await.unwrap();
        page.data.into_iter().map(|thread| thread.id).collect::<Vec<_>>()
    };
    assert_eq!(list(false).await, [kept.id()]);
    assert_eq!(list(true).await, [archived.id()]);
    let back = soon(real.codex.thread_unarchive(archived.id())).await.unwrap();
    assert_eq!(back.id(), archived.id());
    assert_eq!(list(false).await.len(), 2);
}

#[tokio::test]
async fn models_are_listed() {
    let real = Real::start([]).await;
    let models = soon(real.codex.models(true)).await.unwrap();
    assert!(models.data.iter().any(|model| model.model == "mock-model"), "{models:?}");
}

/// The approval policy that the server has for a thread.
async fn policy(codex: &Codex, thread: &Thread) -> AskForApproval {
    let resume = ThreadResumeParams::new(thread.id()).exclude_turns(true);
    let resumed = soon(async { codex.client().thread_resume(resume).await }).await;
    resumed.unwrap().approval_policy
}

/// A thread that denies all, and has had a turn.
async fn denying(real: &Real) -> Thread {
    let config = ThreadConfig::new().approval_mode(ApprovalMode::DenyAll);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    soon(thread.run("First")).await.unwrap();
    thread
}

#[tokio::test]
async fn resume_and_fork_inherit_deny_all() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = denying(&real).await;
    let fork = soon(thread.fork(ThreadConfig::new())).await.unwrap();
    assert_eq!(policy(&real.codex, &fork).await, AskForApproval::Never);
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::Never);

    soon(real.codex.close()).await;
    let second = real.second().await;
    let resumed = soon(second.thread_resume(thread.id(), ThreadConfig::new())).await;
    assert_eq!(policy(&second, &resumed.unwrap()).await, AskForApproval::Never);
}

#[tokio::test]
async fn a_fork_overrides_the_approval_mode_for_itself() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = denying(&real).await;
    let other = ThreadConfig::new().approval_mode(ApprovalMode::AutoReview);
    let fork = soon(thread.fork(other)).await.unwrap();
    assert_eq!(policy(&real.codex, &fork).await, AskForApproval::OnRequest);
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::Never);
}

#[tokio::test]
async fn the_approval_mode_of_a_turn_lasts_until_the_next_override() {
    let real = Real::start((0..5).map(|n| Answer::text(n.to_string()))).await;
    let thread = denying(&real).await;
    let mode = |mode| TurnOverrides::new().approval_mode(mode);
    let review = mode(ApprovalMode::AutoReview);
    soon(thread.run_with("Second", review)).await.unwrap();
    soon(thread.run("Third")).await.unwrap();
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::OnRequest);
    let deny = mode(ApprovalMode::DenyAll);
    soon(thread.run_with("Fourth", deny)).await.unwrap();
    soon(thread.run("Fifth")).await.unwrap();
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::Never);
}

/// Whether a command writes a file in the working folder, whether it writes one outside of it, and
/// its output.
#[cfg(unix)]
async fn writes(sandbox: Sandbox) -> (bool, bool, String) {
    // Unlike /tmp, this is no part of any workspace.
    let outside = tempfile::tempdir_in("/var/tmp").unwrap();
    let file = outside.path().join("outside");
    let command = format!("echo x > inside; echo x > '{}'; echo done", file.display());
    let real = Real::start([Answer::shell(command), Answer::text("Done.")]).await;
    let config = ThreadConfig::new().sandbox(sandbox).approval_mode(ApprovalMode::DenyAll);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    soon(thread.run("Write")).await.unwrap();
    let output = real.model.requests()[1].last_tool_output().unwrap();
    (real.cwd.path().join("inside").exists(), file.exists(), output)
}

#[cfg(unix)]
#[tokio::test]
async fn a_write_outside_the_workspace_does_not_happen() {
    let (inside, outside, output) = writes(Sandbox::WorkspaceWrite).await;
    assert_eq!((inside, outside), (true, false), "{output}");
    // The command ran to its end, and was told.
    assert!(output.contains("outside: ") && output.contains("done"), "{output}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_sandbox_is_the_one_that_was_asked_for() {
    let (inside, outside, output) = writes(Sandbox::ReadOnly).await;
    assert_eq!((inside, outside), (false, false), "{output}");
    let (inside, outside, output) = writes(Sandbox::DangerFullAccess).await;
    assert_eq!((inside, outside), (true, true), "{output}");
}

#[tokio::test]
async fn turns_are_read_when_they_are_asked_for() {
    let real = Real::start([Answer::text("one"), Answer::text("two")]).await;
    let thread = real.thread().await;
    soon(thread.run("First")).await.unwrap();
    soon(thread.run("Second")).await.unwrap();
    assert!(soon(thread.read(false)).await.unwrap().turns.is_empty());
    let turns = soon(thread.read(true)).await.unwrap().turns;
    assert_eq!(turns.len(), 2);
    assert!(turns.iter().all(|turn| turn.items.len() == 2), "{turns:?}");
}

#[tokio::test]
async fn compacting_is_a_turn_that_leaves_a_summary_in_the_history() {
    let real = Real::start([
        Answer::text("A long story."),
        Answer::text("The summary."),
        Answer::text("As I said."),
    ])
    .await;
    let thread = real.thread().await;
    soon(thread.run("Tell me a story")).await.unwrap();
    let mut events = thread.events();
    soon(thread.compact()).await.unwrap();
    let mut compacted = false;
    loop {
        match soon(events.next()).await.unwrap().unwrap() {
            ServerNotification::ItemCompleted(item) => {
                compacted |= matches!(item.item, ThreadItem::ContextCompaction(_));
            }
            ServerNotification::TurnCompleted(_) => break,
            _ => {}
        }
    }
    assert!(compacted);
    soon(thread.run("And then?")).await.unwrap();
    let history = real.model.requests()[2].body.to_string();
    assert!(history.contains("The summary.") && !history.contains("A long story."), "{history}");
}

#[tokio::test]
async fn a_text_stream_is_not_disturbed_while_other_requests_run() {
    let pieces: Vec<_> = (0..500).map(|n| format!("{n} ")).collect();
    let gate = Gate::new();
    let real = Real::start([Answer::from_deltas(&pieces).gate_after(250, &gate)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Count")).await.unwrap();
    let first = soon(turn.next_text()).await.unwrap().unwrap();
    assert_eq!(first, "0 ");
    let others = async {
        for _ in 0..10 {
            assert!(!real.codex.models(true).await.unwrap().data.is_empty());
            assert_eq!(thread.read(false).await.unwrap().id, thread.id());
        }
        // Half of the text is still to come.
        gate.open();
        for _ in 0..10 {
            real.codex.models(true).await.unwrap();
        }
    };
    let (text, ()) = soon(async { tokio::join!(streamed_text(&mut turn), others) }).await;
    assert_eq!(first + &text, pieces.concat());
}

#[tokio::test]
async fn the_version_policy_is_kept() {
    let real = Real::start([]).await;
    let config = || offline(&real.home);
    let exact = Codex::builder().app_server(config()).version_policy(VersionPolicy::Exact);
    soon(exact.connect_stdio()).await.unwrap();
    let future = Codex::builder()
        .app_server(config())
        .version_policy(VersionPolicy::AtLeast("999.0.0".parse().unwrap()));
    let error = soon(future.connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Version { .. }), "{error:?}");
    assert!(error.to_string().contains("999.0.0 or later"), "{error}");
}

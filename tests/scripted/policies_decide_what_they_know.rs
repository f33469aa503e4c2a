//! Policies decide on approvals and on nothing else; what a rule cannot decide is asked, or
//! declined.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use codex_app_server::{
    ApprovalMode, Codex, Policy, Question, Reply, Rules, ThreadConfig, blocking,
};
use codex_app_server_testkit::Script;
use serde_json::{Value, json};
use tempfile::TempDir;
use tracing::Level;

use support::{Log, fake_transport, next_params, refused_argument, soon};

use crate::kinds_of_requests::{
    Asking, COMMAND, FILE_CHANGE, LEGACY_COMMAND, LEGACY_PATCH, PERMISSIONS, all, params_of,
};

/// A project, and a folder beside it.
fn project() -> (TempDir, String) {
    let base = TempDir::new().unwrap();
    fs::create_dir_all(base.path().join("project/sub")).unwrap();
    fs::create_dir(base.path().join("out")).unwrap();
    let root = base.path().join("project").display().to_string();
    (base, root)
}

/// Rules that allow `cargo test`, and changes, in the project.
fn rules(root: &str) -> Rules {
    Policy::rules().allow_command_under(root, ["cargo", "test"]).allow_changes_under(root)
}

/// A request for `cargo test` in the folder.
fn command(cwd: &str) -> Value {
    let mut params = params_of(COMMAND);
    params["cwd"] = json!(cwd);
    params
}

/// One request of each kind; those that have a folder come from this one.
fn all_in(folder: &str) -> Vec<(&'static str, Value)> {
    let mut all = all();
    for cwd in all.iter_mut().filter_map(|(_, params)| params.get_mut("cwd")) {
        *cwd = json!(folder);
    }
    all
}

/// A change of the item `i`, as its start tells it.
async fn start_change(asking: &Asking, changes: Value) {
    let item = json!({"type": "fileChange", "id": "i", "changes": changes, "status": "inProgress"});
    let started = json!({"threadId": "t", "turnId": "u", "startedAtMs": 1, "item": item});
    asking.tell("item/started", started).await;
}

fn decision(reply: &Value) -> String {
    reply["result"]["decision"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
}

/// Each kind of request, and whether it gets what it asks for.
async fn replies(builder: codex_app_server::CodexBuilder, root: &str) -> Vec<(&'static str, bool)> {
    let asking = Asking::new(builder).await;
    let file = format!("{root}/file");
    start_change(&asking, json!([{"path": file, "kind": {"type": "add"}, "diff": "x"}])).await;
    let mut accepted = Vec::new();
    for (method, params) in all_in(root) {
        let reply = asking.reply(method, params).await;
        let text = reply.to_string();
        let is_refusal = reply["error"]["code"] == -32000
            || text.contains("decline")
            || text.contains("denied")
            || reply["result"]["success"] == false
            || reply["result"]["permissions"] == json!({});
        accepted.push((method, !is_refusal));
    }
    accepted
}

#[tokio::test]
async fn only_approvals_are_ever_accepted_by_a_policy() {
    let (_base, root) = project();
    for (policy, expected) in [
        (Policy::deny_all(), &[] as &[_]),
        (Policy::rules().into(), &[]),
        (rules(&root).into(), &[COMMAND, FILE_CHANGE]),
        (rules(&root).for_session().into(), &[COMMAND, FILE_CHANGE]),
        (Policy::dangerously_auto_approve(), &[COMMAND, FILE_CHANGE, LEGACY_COMMAND, LEGACY_PATCH]),
    ] {
        let shown = format!("{policy:?}");
        for (method, accepted) in replies(Codex::builder().approvals(policy), &root).await {
            assert_eq!(accepted, expected.contains(&method), "{shown}: {method}");
        }
    }
}

#[tokio::test]
async fn what_a_policy_does_not_decide_reaches_the_program() {
    let (_base, root) = project();
    // Whoever replies says so with this error.
    let kinds = [COMMAND, FILE_CHANGE, PERMISSIONS, LEGACY_COMMAND, LEGACY_PATCH];
    for (policy, decided) in [
        (Policy::deny_all(), &kinds as &[_]),
        (Policy::rules().into(), &[]),
        (rules(&root).into(), &[COMMAND, FILE_CHANGE]),
        (Policy::dangerously_auto_approve(), &[COMMAND, FILE_CHANGE, LEGACY_COMMAND, LEGACY_PATCH]),
    ] {
        let builder = Codex::builder()
            .approvals(policy.clone())
            .on_server_request(|_, _| async { Reply::error(7, "the program") });
        let asking = Asking::new(builder).await;
        let file = format!("{root}/file");
        start_change(&asking, json!([{"path": file, "kind": {"type": "add"}, "diff": "x"}])).await;
        for (method, params) in all_in(&root) {
            let reply = asking.reply(method, params).await;
            let is_program = reply["error"]["code"] == 7;
            assert_eq!(is_program, !decided.contains(&method), "{policy:?}: {method}: {reply}");
        }
    }
}

#[tokio::test]
async fn an_undecided_request_is_for_the_handler_of_its_kind_or_is_held() {
    let (base, root) = project();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let builder = Codex::builder().approvals(rules(&root)).on_command_approval(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { request.accept() }
    });
    let asking = Asking::new(builder).await;
    let out = base.path().join("out").display().to_string();
    for (cwd, expected) in [(&root, 0), (&out, 1)] {
        assert_eq!(decision(&asking.reply(COMMAND, command(cwd)).await), "accept");
        assert_eq!(asked.load(Ordering::Relaxed), expected);
    }

    let held = Codex::builder().approvals(rules(&root)).hold_requests(Duration::from_secs(60));
    let asking = Asking::new(held).await;
    let mut requests = asking.codex.server_requests();
    assert_eq!(decision(&asking.reply(COMMAND, command(&root)).await), "accept");
    asking.ask(1, COMMAND, command(&out)).await;
    let pending = soon(requests.next()).await.unwrap();
    let Question::CommandApproval(request) = pending.question() else { panic!("{pending:?}") };
    let reply = request.cancel().unwrap();
    pending.respond(reply).unwrap();
    assert_eq!(decision(&soon(asking.server.next_answer()).await), "cancel");
}

#[tokio::test]
async fn a_rule_accepts_its_command_in_its_folder() {
    let (base, root) = project();
    let asking = Asking::new(Codex::builder().approvals(rules(&root))).await;
    let said = async |command: &str, cwd: &str| {
        let mut params = params_of(COMMAND);
        params["command"] = json!(command);
        params["cwd"] = json!(cwd);
        decision(&asking.reply(COMMAND, params).await)
    };
    for command in [
        "/bin/bash -lc 'cargo test'",
        "bash -c 'cargo test --lib -- --nocapture'",
        "/usr/bin/zsh -lc \"cargo test 'a b; c'\"",
        "cargo test",
        "cargo test 'a b'",
    ] {
        assert_eq!(said(command, &root).await, "accept", "{command}");
        assert_eq!(said(command, &format!("{root}/sub")).await, "accept", "{command}");
    }
    for command in [
        // Another program, or less than the words.
        "/bin/bash -lc 'cargo testing'",
        "/bin/bash -lc cargo",
        "/bin/bash -lc ''",
        "/bin/bash -lc './cargo test'",
        "/bin/bash -lc '/tmp/cargo test'",
        "/bin/bash -lc 'bin/cargo test'",
        "/bin/bash -lc 'Cargo test'",
        // Something before it.
        "/bin/bash -lc 'X=1 cargo test'",
        "/bin/bash -lc 'env X=1 cargo test'",
        "/bin/bash -lc 'sudo cargo test'",
        "/bin/bash -lc 'time cargo test'",
        "/bin/bash -lc 'command cargo test'",
        "/bin/bash -lc 'cd /tmp && cargo test'",
        "/bin/bash -lc 'alias cargo=evil; cargo test'",
        "/bin/bash -lc 'cargo test; evil'",
        "/bin/bash -lc 'cargo test > file'",
        "/bin/bash -lc 'cargo test\nevil'",
        "/bin/bash -lc \"cargo test \\$(evil)\"",
        "/bin/bash -lc 'bash -c \"cargo test\"'",
        // Another shell, or more than a shell with its script.
        "/tmp/bash -lc 'cargo test'",
        "/bin/bash --rcfile evil -lc 'cargo test'",
        "/bin/bash -ilc 'cargo test'",
        "/bin/bash -lc 'cargo test' x",
        "fish -c 'cargo test'",
        "pwsh -NoProfile -Command 'cargo test'",
        "powershell.exe -Command 'cargo test'",
        "cmd.exe /c 'cargo test'",
        "X=1 cargo test",
        "env cargo test",
        // No text that codex makes of words.
        "cargo test; evil",
        "cargo test $X",
        "cargo test x && evil",
        "cargo  test",
        "cargo test # evil",
        "cargo test\nevil",
        "/bin/bash -lc 'cargo test' # evil",
        "/bin/bash -lc 'cargo test'; evil",
        "/bin/bash -lc 'cargo test",
        "'cargo' test",
        "cargo test '$(evil)'",
        "cargo test \u{0}",
        "",
    ] {
        assert_eq!(said(command, &root).await, "decline", "{command:?}");
    }
    let out = base.path().join("out").display().to_string();
    let above = base.path().display().to_string();
    for cwd in [&out, &above, "", ".", "sub", &format!("{root}/../out"), &format!("{root}/none")] {
        assert_eq!(said("cargo test", cwd).await, "decline", "{cwd}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&out, format!("{root}/link")).unwrap();
        assert_eq!(said("cargo test", &format!("{root}/link")).await, "decline");
    }
    let anywhere = Policy::rules().allow_command_anywhere(["cargo", "test"]);
    let asking = Asking::new(Codex::builder().approvals(anywhere)).await;
    let mut params = command(&out);
    assert_eq!(decision(&asking.reply(COMMAND, params.clone()).await), "accept");
    params["cwd"] = json!(null);
    assert_eq!(decision(&asking.reply(COMMAND, params).await), "accept");
}

#[tokio::test]
async fn a_request_that_says_more_than_its_command_is_not_decided() {
    let (_base, root) = project();
    let asking = Asking::new(Codex::builder().approvals(rules(&root))).await;
    let said = async |member: &str, value: Value| {
        let mut params = command(&root);
        params[member] = value;
        decision(&asking.reply(COMMAND, params).await)
    };
    assert_eq!(said("environmentId", json!("local")).await, "accept");
    assert_eq!(said("kind", json!("command")).await, "accept");
    for (member, value) in [
        ("kind", json!("writeStdin")),
        ("kind", json!("humanCommand")),
        ("kind", json!("dream")),
        ("networkApprovalContext", json!({"host": "example.org", "protocol": "https"})),
        ("proposedNetworkPolicyAmendments", json!([{"host": "example.org", "action": "allow"}])),
        ("additionalPermissions", json!({"network": {"enabled": true}})),
        ("additionalPermissions", json!({})),
        ("approvalId", json!("part")),
        ("environmentId", json!("elsewhere")),
        ("cwd", json!(null)),
        ("command", json!(null)),
        ("stdin", json!("evil")),
        ("availableDecisions", json!(["cancel"])),
    ] {
        assert_eq!(said(member, value.clone()).await, "decline", "{member}: {value}");
    }
}

#[tokio::test]
async fn a_rule_accepts_changes_below_its_folder() {
    let (base, root) = project();
    let asking = Asking::new(Codex::builder().approvals(rules(&root))).await;
    let said = async |changes: Value, more: Value| {
        start_change(&asking, changes).await;
        let mut params = params_of(FILE_CHANGE);
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        decision(&asking.reply(FILE_CHANGE, params).await)
    };
    let change = |path: &str, kind: Value| json!({"path": path, "kind": kind, "diff": "x"});
    let (add, delete) = (json!({"type": "add"}), json!({"type": "delete"}));
    let update = |to: Option<&str>| json!({"type": "update", "move_path": to});
    let (inside, other) = (format!("{root}/a"), format!("{root}/sub/b"));
    let outside = base.path().join("out/a").display().to_string();
    for changes in [
        json!([change(&inside, add.clone())]),
        json!([change(&inside, delete.clone()), change(&other, update(None))]),
        json!([change(&inside, update(Some(&other)))]),
    ] {
        assert_eq!(said(changes.clone(), json!({})).await, "accept", "{changes}");
    }
    let unknown = json!({"path": inside, "kind": add, "diff": "x", "link": outside});
    for changes in [
        json!([]),
        json!([change(&outside, add.clone())]),
        json!([change(&outside, delete)]),
        json!([change(&inside, add.clone()), change(&outside, add.clone())]),
        json!([change(&inside, update(Some(&outside)))]),
        json!([change(&outside, update(Some(&inside)))]),
        json!([change(&inside, update(Some("b")))]),
        json!([change("a", add.clone())]),
        json!([change(&format!("{root}/.git/hooks/pre-commit"), add.clone())]),
        json!([change(&inside, json!({"type": "chmod"}))]),
        json!([change(&inside, json!({"type": "update", "copyPath": outside}))]),
        // One that cannot be read is not among the others.
        json!([change(&inside, add.clone()), {"path": outside}]),
        json!([change(&inside, add.clone()), 7]),
        json!([unknown]),
    ] {
        assert_eq!(said(changes.clone(), json!({})).await, "decline", "{changes}");
    }
    let good = || json!([change(&inside, json!({"type": "add"}))]);
    assert_eq!(said(good(), json!({"grantRoot": root})).await, "decline");
    assert_eq!(said(good(), json!({"also": [outside]})).await, "decline");
    // Of another item, nothing is known.
    assert_eq!(said(good(), json!({"itemId": "other"})).await, "decline");
    assert_eq!(said(good(), json!({})).await, "accept");

    let commands = Policy::rules().allow_command_under(&root, ["cargo"]);
    let asking = Asking::new(Codex::builder().approvals(commands)).await;
    start_change(&asking, good()).await;
    let reply = asking.reply(FILE_CHANGE, params_of(FILE_CHANGE)).await;
    assert_eq!(decision(&reply), "decline");
}

#[tokio::test]
async fn rules_accept_for_the_session_where_that_is_open() {
    let (_base, root) = project();
    let asking = Asking::new(Codex::builder().approvals(rules(&root).for_session())).await;
    let mut params = command(&root);
    assert_eq!(decision(&asking.reply(COMMAND, params.clone()).await), "acceptForSession");
    params["availableDecisions"] = json!(["accept", "cancel"]);
    assert_eq!(decision(&asking.reply(COMMAND, params).await), "accept");
    let change = json!({"path": format!("{root}/a"), "kind": {"type": "add"}, "diff": "x"});
    start_change(&asking, json!([change])).await;
    let reply = asking.reply(FILE_CHANGE, params_of(FILE_CHANGE)).await;
    assert_eq!(decision(&reply), "acceptForSession");
}

#[tokio::test]
async fn approving_everything_leaves_to_a_person_what_is_for_a_person() {
    let asking = Asking::new(Codex::builder().approvals(Policy::dangerously_auto_approve())).await;
    let said = async |kind: &str| {
        let mut params = params_of(COMMAND);
        params["kind"] = json!(kind);
        decision(&asking.reply(COMMAND, params).await)
    };
    for (kind, expected) in [
        ("command", "accept"),
        ("writeStdin", "accept"),
        ("humanCommand", "decline"),
        ("dream", "decline"),
    ] {
        assert_eq!(said(kind).await, expected, "{kind}");
    }
    let told = next_params(&asking.server, "initialize").await["capabilities"].take();
    assert_eq!(told, json!({"experimentalApi": true, "requestAttestation": false}));
}

#[tokio::test]
async fn a_rule_that_allows_too_much_is_refused() {
    let (base, root) = project();
    let file = format!("{root}/file");
    fs::write(&file, "").unwrap();
    let under = |words: &[&str]| Policy::rules().allow_command_under(&root, words.iter().copied());
    let none = base.path().join("none");
    for (argument, rules) in [
        ("allow_command", under(&[])),
        ("allow_command", under(&[""])),
        ("allow_command", under(&["bash"])),
        ("allow_command", under(&["/bin/sh", "-c"])),
        ("allow_command", under(&["env", "cargo", "test"])),
        ("allow_command", under(&["python3", "-c"])),
        ("allow_command", under(&["./cargo"])),
        ("allow_command", under(&["cargo", "test;"]).allow_command_anywhere(["eval"])),
        ("allow_command", under(&["cargo", "$X"])),
        ("allow_command", Policy::rules().allow_command_anywhere(["xargs"])),
        ("allow_command", Policy::rules().allow_command_under(&none, ["cargo"])),
        ("allow_command", Policy::rules().allow_command_under("project", ["cargo"])),
        ("allow_changes_under", Policy::rules().allow_changes_under(&none)),
        ("allow_changes_under", Policy::rules().allow_changes_under(&file)),
        ("allow_changes_under", Policy::rules().allow_changes_under(".")),
        ("allow_changes_under", Policy::rules().allow_changes_under("")),
    ] {
        let (server, transport) = fake_transport(Script::new());
        let shown = format!("{rules:?}");
        let connected = soon(Codex::builder().approvals(rules).connect_with(transport)).await;
        assert_eq!(refused_argument(connected), argument, "{shown}");
        assert!(server.received().is_empty(), "{shown}");
    }
}

#[tokio::test]
async fn a_policy_is_there_to_be_asked() {
    for policy in [Policy::deny_all(), Policy::rules().into()] {
        let asking = Asking::new(Codex::builder().approvals(policy)).await;
        let config = ThreadConfig::new().approval_mode(ApprovalMode::Ask);
        soon(asking.codex.thread_start(config)).await.unwrap();
    }
}

#[test]
fn a_blocking_program_has_the_same_policies() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (server, transport) = runtime.block_on(async { fake_transport(Script::new()) });
    let builder = blocking::Codex::builder().approvals(Policy::dangerously_auto_approve());
    let codex = builder.connect_with(transport).unwrap();
    runtime.block_on(async {
        let request = json!({"id": 0, "method": COMMAND, "params": params_of(COMMAND)});
        soon(server.send(request)).await.unwrap();
        assert_eq!(decision(&soon(server.next_answer()).await), "accept");
    });
    drop(codex);
}

#[tokio::test]
async fn approving_everything_is_loud_in_the_log() {
    let log = Log::default();
    let _log = tracing::subscriber::set_default(log.clone());
    let loud = || {
        let warnings = log.lines().into_iter().filter(|(level, _)| *level <= Level::WARN);
        let loud = warnings.filter(|(_, text)| text.contains("dangerously_auto_approve"));
        loud.map(|(_, text)| text).collect::<Vec<_>>()
    };
    let auto = || Asking::new(Codex::builder().approvals(Policy::dangerously_auto_approve()));
    let mut params = params_of(COMMAND);
    params["command"] = json!("curl -H 'Authorization: Bearer planted-secret'");
    // A place in the code that logs for the first time, in another test, while this one begins to
    // listen may take it that nobody does. After this each has logged once.
    auto().await.reply(COMMAND, params.clone()).await;
    tracing::callsite::rebuild_interest_cache();

    let before = loud().len();
    let asking = auto().await;
    assert_eq!(loud().len(), before + 1, "{:?}", loud());
    for n in 2..5 {
        asking.reply(COMMAND, params.clone()).await;
        assert_eq!(loud().len(), before + n);
    }
    let last = loud().pop().unwrap();
    assert!(last.contains("curl") && !last.contains("planted"), "{last}");
    // What is not accepted is not said to be.
    asking.reply(PERMISSIONS, params_of(PERMISSIONS)).await;
    assert_eq!(loud().len(), before + 4);
}

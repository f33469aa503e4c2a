//! Secrets in what programs give and servers send are in no text that leaves the SDK: in no
//! `Debug`, no error with its sources, no log. Programs still find them in the fields.

use std::{
    cell::RefCell,
    error::Error as _,
    fmt::{Debug, Write},
};

use codex_app_server::{
    AppServerConfig, CloseReason, Codex, Error, Reply, ThreadConfig,
    generated::v2_all::{
        ChatgptAuthTokensRefreshParams, ChatgptAuthTokensRefreshResponse, LoginAccountParams,
        LoginAccountResponse, ModelListParams, ThreadStartParams, ToolRequestUserInputAnswer,
        ToolRequestUserInputParams, ToolRequestUserInputResponse,
    },
};
use codex_app_server_testkit::{Action, Script, message, turn_accepted, turn_ended, turn_started};
use serde_json::{Map, json};

use support::{Log, fake, fake_process, soon, thread_of, turn_object};

/// What is in each secret.
const PLANTED: &str = "planted";

/// All that was shown, with what showed it.
#[derive(Default)]
struct Shown {
    log: Log,
    others: RefCell<Vec<String>>,
}

impl Shown {
    fn debug(&self, value: &impl Debug) {
        self.text(format!("{value:?} {value:#?}"));
    }

    fn error(&self, error: &Error) {
        let mut text = format!("{error} {error:?} {error:#?}");
        let mut source = error.source();
        while let Some(cause) = source {
            write!(text, " {cause} {cause:?}").unwrap();
            source = cause.source();
        }
        self.text(text);
        match error {
            Error::Rpc(error) => self.debug(error),
            Error::Closed(closed) => self.debug(closed),
            _ => {}
        }
    }

    fn text(&self, text: String) {
        self.others.borrow_mut().push(text);
    }

    fn all(&self) -> Vec<String> {
        let logged = self.log.lines().into_iter().map(|(_, text)| text);
        logged.chain(self.others.borrow().iter().cloned()).collect()
    }

    /// How many texts hide something; none may show a secret.
    #[track_caller]
    fn check(&self) -> usize {
        let shown = self.all();
        for text in &shown {
            assert!(!text.to_ascii_lowercase().contains(PLANTED), "{text}");
        }
        shown.iter().filter(|text| text.contains("[redacted]")).count()
    }
}

#[test]
fn of_what_a_program_gives() {
    let shown = Shown::default();
    let config = AppServerConfig::new()
        .env("HARMLESS", "planted-01")
        .config_override("mcp_servers.x.url=\"planted-02\"")
        .config_override("planted-03")
        .launch_args_override(["codex", "planted-04"]);
    shown.debug(&config);
    let text = format!("{config:?}");
    assert!(text.contains("HARMLESS") && text.contains("mcp_servers.x.url"), "{text}");

    let settings = Map::from_iter([("mcp_servers.x.url".to_owned(), json!("planted-05"))]);
    shown.debug(&ThreadConfig::new().config(settings.clone()));
    shown.debug(&ThreadStartParams::new().config(settings));

    let tokens = ChatgptAuthTokensRefreshResponse::new()
        .chatgpt_account_id("account")
        .access_token("planted-06");
    let params: ChatgptAuthTokensRefreshParams =
        serde_json::from_value(json!({"reason": "unauthorized"})).unwrap();
    shown.debug(&Reply::to(&params, tokens));
    let answer = ToolRequestUserInputAnswer::new(["planted-07"]);
    let params: ToolRequestUserInputParams = serde_json::from_value(json!({
        "isBlocking": true, "itemId": "i", "questions": [], "threadId": "t", "turnId": "u",
    }))
    .unwrap();
    let response: ToolRequestUserInputResponse =
        serde_json::from_value(json!({"answers": {"pin": answer}})).unwrap();
    shown.debug(&Reply::to(&params, response));
    shown.debug(&Reply::error(-1, "no Bearer planted-08"));
    shown.debug(&LoginAccountParams::Unknown(
        json!({"type": "magic", "apiKey": "planted-09"}).into(),
    ));
    assert!(shown.check() >= 6);
}

#[tokio::test]
async fn of_settings_that_are_refused() {
    let shown = Shown::default();
    for setting in ["sk-planted-03", "=planted-03", "a..b=planted-03"] {
        let config = AppServerConfig::new().config_override(setting);
        let error = Codex::builder().app_server(config).connect_stdio().await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput { argument: "config_override", .. }));
        shown.error(&error);
    }
    shown.check();
}

#[tokio::test]
async fn of_logins() {
    let shown = Shown::default();
    let device = json!({"type": "chatgptDeviceCode", "loginId": "device", "userCode": "PLANTED-10",
                        "verificationUrl": "https://example.com/device"});
    let browser = json!({"type": "chatgpt", "loginId": "browser",
                         "authUrl": "https://example.com/?state=planted-11"});
    let magic = json!({"type": "magic", "userCode": "planted-12", "deviceToken": "planted-12"});
    let script = [&device, &browser, &magic].into_iter().fold(Script::new(), |script, login| {
        script.on("account/login/start", [Action::respond(login.clone())])
    });
    let (_server, codex) = fake(script).await;
    let login = soon(codex.login_chatgpt_device_code()).await.unwrap();
    assert_eq!(login.user_code(), "PLANTED-10");
    shown.debug(&login);
    shown.debug(&soon(codex.login_chatgpt()).await.unwrap());
    shown.error(&soon(codex.login_chatgpt()).await.unwrap_err());
    for login in [device, browser, magic] {
        shown.debug(&serde_json::from_value::<LoginAccountResponse>(login).unwrap());
    }
    assert!(shown.check() >= 3);
}

#[tokio::test]
async fn of_responses_and_notifications() {
    let shown = Shown::default();
    let _log = tracing::subscriber::set_default(shown.log.clone());
    let rpc = |code| {
        let data = json!({"headers": {"Authorization": "Bearer planted-13"}});
        Action::error(code, "401: Incorrect API key sk-planted-14, token=planted-14", Some(data))
    };
    let nested = json!({"session": "{\"accessToken\":\"planted-15\"}", "nextCursor": 7});
    // What begins the text is shown, so that only the cause could show the rest.
    let repeated = json!({"a": "long".repeat(100), "data": "planted-16"});
    let script = Script::new()
        .on("model/list", [rpc(-32600)])
        .on("model/list", [Action::respond(json!({"data": {"accessToken": "planted-15"}}))])
        .on("model/list", [Action::respond(repeated)])
        .on("model/list", [Action::respond(nested)])
        .on("turn/start", {
            let mut failed = turn_object("{{turnId}}");
            failed["status"] = json!("failed");
            failed["error"] = json!({"message": "401 for Bearer planted-17"});
            let end = json!({"threadId": "{{threadId}}", "turn": failed});
            [turn_started(), vec![turn_accepted(), Action::notify("turn/completed", end)]].concat()
        })
        .on("turn/start", {
            let answer = r#"{"apiKey":"planted-18"}"#;
            let begin = [vec![turn_accepted()], turn_started()].concat();
            [begin, message(answer, 0), turn_ended("completed")].concat()
        });
    let (server, codex) = fake(script).await;
    for _ in 0..4 {
        let error = soon(codex.models(ModelListParams::new())).await.unwrap_err();
        if let Error::Decode { raw, .. } = &error {
            assert!(raw.contains(PLANTED), "{raw}");
        }
        shown.error(&error);
    }
    let thread = thread_of(&codex).await;
    let error = soon(thread.run("Go")).await.unwrap_err();
    assert!(matches!(error, Error::TurnFailed(_)), "{error:?}");
    shown.error(&error);
    let error = soon(thread.run_typed::<Vec<u8>>("Go")).await.unwrap_err();
    assert!(matches!(error, Error::TypedOutput { .. }), "{error:?}");
    shown.error(&error);

    let mut events = codex.client().events();
    for (method, params) in [
        ("account/magic", json!({"refresh_token": "planted-19", "plan": {"env": {"A": PLANTED}}})),
        ("account/updated", json!({"authMode": null, "planType": null, "idToken": "planted-19"})),
        ("account/rateLimits/updated", json!({"rateLimits": 7, "sessionToken": "planted-19"})),
    ] {
        soon(server.send(json!({"method": method, "params": params}))).await.unwrap();
        let event = soon(events.next()).await.unwrap().unwrap();
        shown.debug(&event);
    }
    soon(server.send_raw("<html>api_key=planted-20</html>\n")).await.unwrap();
    let error = soon(events.next()).await.unwrap().unwrap_err();
    let Error::Closed(closed) = &error else { panic!("{error:?}") };
    assert!(matches!(closed.reason, CloseReason::BadMessage(_)), "{error:?}");
    shown.error(&error);
    assert!(shown.check() >= 8);
}

#[tokio::test]
async fn of_what_a_process_prints() {
    let shown = Shown::default();
    let _log = tracing::subscriber::set_default(shown.log.clone());
    let stray = r#"npm notice _authToken=planted-21 {"password": "planted-21"#;
    let words = "curl -H 'Authorization: Basic planted-22' https://me:planted-23@host\n";
    let script = Script::new().on(
        "model/list",
        [Action::raw(stray), Action::stderr(words), Action::stderr("the end\n"), Action::exit(3)],
    );
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let mut events = codex.client().events();
    shown.error(&soon(codex.models(ModelListParams::new())).await.unwrap_err());
    let error = soon(events.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::StrayOutput { .. }), "{error:?}");
    shown.error(&error);
    let error = soon(events.next()).await.unwrap().unwrap_err();
    let Error::Closed(closed) = &error else { panic!("{error:?}") };
    assert!(closed.stderr.contains("planted-22"), "{error:?}");
    shown.error(&error);
    shown.check();
    let shown = shown.all();
    for line in ["npm notice", "curl -H"] {
        let logged = |text: &String| text.starts_with("codex_app_server") && text.contains(line);
        let line = shown.iter().find(|text| logged(text));
        assert!(line.is_some_and(|line| line.contains("[redacted]")), "{shown:?}");
    }
}

//! A browser without a window, and one page in it.

use std::{panic::resume_unwind, path::Path, process::Stdio, thread};

use fantoccini::{
    Client, ClientBuilder, Locator,
    wd::{TimeoutConfiguration, WindowHandle},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use support::{Chrome, PATIENCE, soon};

/// Options of a browser that nobody sees, that reaches nothing but loopback, and that takes any
/// name below `.test` for this machine.
const OPTIONS: [&str; 10] = [
    "--headless",
    // The sandbox refuses root, and every page is ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
];

/// Runs a test with a browser of its own. Of one that fails, a picture of the page is kept.
pub(crate) async fn in_browser<F>(test: impl FnOnce(Page) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let browser = Browser::start().await;
    let page = Page { client: browser.client.clone() };
    let outcome = tokio::spawn(test(page)).await;
    if outcome.is_err() {
        browser.keep_picture().await;
    }
    browser.stop().await;
    if let Err(failure) = outcome {
        resume_unwind(failure.into_panic());
    }
}

struct Browser {
    client: Client,
    /// Ends the browser as well, should it be killed.
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    async fn start() -> Self {
        let chrome = Chrome::find().unwrap_or_else(|missing| panic!("{missing}"));
        let mut driver = Command::new(&chrome.driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = soon(async {
            loop {
                let line = lines.next_line().await.unwrap().expect("chromedriver has ended");
                if let Some((_, port)) = line.split_once("successfully on port ") {
                    break port.trim_end_matches('.').to_owned();
                }
            }
        })
        .await;

        let profile = TempDir::new().unwrap();
        let mut options = OPTIONS.map(str::to_owned).to_vec();
        options.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities =
            json!({"goog:chromeOptions": {"args": options, "binary": chrome.browser}});
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let client = soon(builder.capabilities(capabilities).connect(&address)).await.unwrap();
        let patience = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
        client.update_timeouts(patience).await.unwrap();
        client.set_window_size(1000, 760).await.unwrap();
        Self { client, driver, _profile: profile }
    }

    async fn keep_picture(&self) {
        let name = thread::current().name().unwrap_or("test").replace("::", "-");
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        match self.client.screenshot().await {
            Ok(picture) => match std::fs::write(&file, picture) {
                Ok(()) => eprintln!("what the browser showed: {}", file.display()),
                Err(error) => eprintln!("{}: {error}", file.display()),
            },
            Err(error) => eprintln!("there is no picture of the page: {error}"),
        }
    }

    async fn stop(mut self) {
        let _ = self.client.close().await;
        let _ = self.driver.kill().await;
    }
}

/// What is seen in the browser, and done there.
#[derive(Clone)]
pub(crate) struct Page {
    client: Client,
}

/// Calls back once an element of a page has a text in it, or, without one, once none has.
const UNTIL: &str = "
    const [css, text, there, done] = arguments;
    const has = () => [...document.querySelectorAll(css)].some((e) => e.textContent.includes(text));
    const observer = new MutationObserver(() => check());
    const check = () => has() === there && (observer.disconnect(), done());
    const what = {subtree: true, childList: true, characterData: true, attributes: true};
    observer.observe(document, what);
    check();
";

impl Page {
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.unwrap().into()
    }

    /// Opens another window, in which everything is done from now on; gives the one before.
    pub(crate) async fn other_window(&self) -> WindowHandle {
        let before = self.client.window().await.unwrap();
        let other = self.client.new_window(false).await.unwrap().handle;
        self.go_to(other).await;
        before
    }

    pub(crate) async fn go_to(&self, window: WindowHandle) {
        self.client.switch_to_window(window).await.unwrap();
    }

    /// Types a message and sends it.
    pub(crate) async fn say(&self, text: &str) {
        let field = self.client.find(Locator::Css("textarea")).await.unwrap();
        field.send_keys(text).await.unwrap();
        self.click("#send").await;
    }

    pub(crate) async fn click(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Waits until an element shows a text.
    pub(crate) async fn until(&self, css: &str, text: &str) {
        self.wait(css, text, true).await;
    }

    /// Waits until there is no such element.
    pub(crate) async fn until_gone(&self, css: &str) {
        self.wait(css, "", false).await;
    }

    async fn wait(&self, css: &str, text: &str, there: bool) {
        let waited = self.client.execute_async(UNTIL, vec![json!(css), json!(text), json!(there)]);
        if let Err(error) = waited.await {
            panic!("{css} with {text:?}, {there}: {error}\n{:?}", self.texts("main > *").await);
        }
    }

    /// The texts of all such elements.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)";
        let texts = self.client.execute(script, vec![json!(css)]).await.unwrap();
        serde_json::from_value(texts).unwrap()
    }

    /// What a function of the page's own comes to, with its arguments.
    pub(crate) async fn run(&self, function: &str, arguments: &[&str]) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             ({function})(...arguments).then(done, (error) => done(String(error)))"
        );
        let arguments = arguments.iter().map(|argument| json!(argument)).collect();
        self.client.execute_async(&script, arguments).await.unwrap()
    }
}

//! The model's side: an OpenAI Responses API backend on loopback that says what the test wants.

mod answer;
mod home;
mod request;
mod sse;
#[cfg(target_os = "linux")]
mod users;

use std::{
    collections::VecDeque,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use tokio::net::TcpListener;

use self::answer::Outcome;
pub use self::{answer::Answer, home::CodexHome, request::ModelRequest};
use crate::{Gate, lock, record::Record};

/// A model backend on `127.0.0.1` that gives scripted answers to `POST /v1/responses`.
///
/// Each request takes the next answer of the queue. When the queue is empty, the function given to
/// [`respond_with`](Self::respond_with) answers; without one the request fails with status 400 and
/// a sentence that says so, which codex shows as the error of the turn.
///
/// A turn with a tool call makes **two** requests: the second brings the tool's output and takes
/// the next answer. Dropping the model stops the server and cuts answers that are under way.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use codex_app_server_testkit::{Answer, MockModel};
///
/// let model = MockModel::start().await?;
/// model.script([Answer::shell("echo hi"), Answer::text("It says hi.")]);
/// let home = model.codex_home()?;
///
/// // A client of yours would start this and run a turn; so can any program.
/// let codex = tokio::process::Command::new("codex")
///     .args(["app-server", "--listen", "stdio://"])
///     .env("CODEX_HOME", home.path())
///     .spawn()?;
///
/// assert_eq!(model.next_request().await.last_tool_output(), None);
/// assert!(model.next_request().await.last_tool_output().unwrap().contains("hi"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MockModel {
    shared: Arc<Shared>,
    address: SocketAddr,
}

type Responder = Arc<dyn Fn(&ModelRequest) -> Answer + Send + Sync>;

struct Shared {
    queue: Mutex<VecDeque<Answer>>,
    responder: Mutex<Option<Responder>>,
    requests: Record<ModelRequest>,
    stopped: Gate,
}

impl MockModel {
    /// Starts the server on a free port of the loopback interface, on the current tokio runtime.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            responder: Mutex::default(),
            requests: Record::new(),
            stopped: Gate::new(),
        });
        let routes = Router::new()
            .route("/v1/responses", post(respond))
            .layer(DefaultBodyLimit::disable())
            .with_state(shared.clone());
        let stopped = shared.stopped.clone();
        // Owned through the gate: aborting the task would leave its open connections running.
        tokio::spawn(async move {
            let served = axum::serve(listener, routes);
            served.with_graceful_shutdown(async move { stopped.opened().await }).await
        });
        Ok(Self { shared, address })
    }

    /// Where the API is: `http://127.0.0.1:PORT/v1`, what codex calls `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Appends answers to the queue.
    pub fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        lock(&self.shared.queue).extend(answers);
    }

    /// Appends one answer to the queue.
    pub fn push(&self, answer: Answer) {
        self.script([answer]);
    }

    /// Answers from the request, for what the queue does not. With several threads at once, whose
    /// requests come in any order, this says which answer belongs to which.
    ///
    /// ```
    /// # async fn example() -> std::io::Result<()> {
    /// use codex_app_server_testkit::{Answer, MockModel};
    ///
    /// let model = MockModel::start().await?;
    /// model.respond_with(|request| Answer::text(format!("You said: {}", request.user_text())));
    /// # Ok(()) }
    /// ```
    pub fn respond_with(&self, respond: impl Fn(&ModelRequest) -> Answer + Send + Sync + 'static) {
        *lock(&self.shared.responder) = Some(Arc::new(respond));
    }

    /// A new home folder for codex, whose configuration points at this backend. Several may exist,
    /// and codex may be started in the same one again and again.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn codex_home(&self) -> io::Result<CodexHome> {
        CodexHome::new(&self.base_url())
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.shared.requests.all()
    }

    /// Waits for the next request that this method has not returned yet: the first call gives the
    /// first request, also when it came long ago. It waits as long as it takes.
    pub async fn next_request(&self) -> ModelRequest {
        match self.shared.requests.next("", |_| true).await {
            Some(request) => request,
            None => std::future::pending().await,
        }
    }

    /// How many scripted answers no request has taken yet.
    #[must_use]
    pub fn unused(&self) -> usize {
        lock(&self.shared.queue).len()
    }
}

impl Drop for MockModel {
    fn drop(&mut self) {
        self.shared.stopped.open();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("requests", &self.requests).finish_non_exhaustive()
    }
}

/// Records the request and gives its answer.
async fn respond(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let body = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => {
            return failure(StatusCode::BAD_REQUEST, &format!("The body is not JSON: {error}."));
        }
    };
    let request = ModelRequest::new(&headers, body);
    let (number, scripted) = {
        // Under one lock, so that the n-th request recorded takes the n-th answer.
        let mut queue = lock(&shared.queue);
        (shared.requests.push(request.clone()), queue.pop_front())
    };
    let responder = lock(&shared.responder).clone();
    let Some(answer) = scripted.or_else(|| responder.map(|respond| respond(&request))) else {
        let message = format!(
            "The mock model has no answer left for request {number}: \
             script one more, or use `respond_with`."
        );
        return failure(StatusCode::BAD_REQUEST, &message);
    };
    let started = async {
        for gate in answer.gates_at(0) {
            gate.opened().await;
        }
        start(&answer, &request, number, &shared.stopped).await
    };
    tokio::select! {
        response = started => response,
        () = shared.stopped.opened() => {
            failure(StatusCode::SERVICE_UNAVAILABLE, "The mock model was dropped.")
        }
    }
}

async fn start(answer: &Answer, request: &ModelRequest, number: usize, stopped: &Gate) -> Response {
    match &answer.outcome {
        Outcome::Silence => std::future::pending().await,
        Outcome::Status { code, body, retry_after } => {
            let code = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = match body {
                Some(body) => (code, body.clone()).into_response(),
                None => failure(code, &format!("The mock model was told to answer {code}.")),
            };
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
            }
            response
        }
        Outcome::Stream => {
            let steps = sse::steps(answer, request, number);
            let body = Body::from_stream(sse::stream(steps, stopped.clone()));
            ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
        }
    }
}

/// Plain words, because codex shows a body as it is.
fn failure(code: StatusCode, message: &str) -> Response {
    (code, message.to_owned()).into_response()
}

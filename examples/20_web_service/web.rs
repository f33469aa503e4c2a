//! The routes, and who may use them.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN},
    },
    middleware::{Next, from_fn_with_state},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
};
use codex_app_server::Error;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{select, sync::watch};

use crate::chat::{Chat, Chats, Page};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Phase {
    Running,
    Stopping,
    Over,
}

struct Service {
    chats: Chats,
    /// What the browser calls this service.
    hosts: [String; 2],
    phase: watch::Sender<Phase>,
}

impl Service {
    fn is_asked_by_us(&self, headers: &HeaderMap) -> bool {
        let ours = |host: &[u8]| self.hosts.iter().any(|known| known.as_bytes() == host);
        let page = |origin: &[u8]| origin.strip_prefix(b"http://").is_some_and(ours);
        let header = |name| headers.get(name).map(HeaderValue::as_bytes);
        // Without an origin it is no page that asks, or it asks where it comes from.
        header(HOST).is_some_and(ours) && header(ORIGIN).is_none_or(page)
    }
}

/// The service, and what tells it to stop.
pub(crate) fn service(chats: Chats, address: SocketAddr) -> (Router, watch::Sender<Phase>) {
    let hosts = [address.to_string(), format!("localhost:{}", address.port())];
    let phase = watch::Sender::new(Phase::Running);
    let service = Arc::new(Service { chats, hosts, phase: phase.clone() });
    let page = || async { file("text/html", include_str!("page.html")) };
    let routes = Router::new()
        .route("/", get(page))
        .route("/threads/{id}", get(page))
        .route("/page.css", get(|| async { file("text/css", include_str!("page.css")) }))
        .route("/page.js", get(|| async { file("text/javascript", include_str!("page.js")) }))
        .route("/api/messages", post(say))
        .route("/api/threads/{id}/events", get(events))
        .route("/api/threads/{id}/decisions", post(decide))
        .route("/api/threads/{id}/interrupt", post(interrupt))
        .layer(from_fn_with_state(Arc::clone(&service), only_our_pages))
        .with_state(service);
    (routes, phase)
}

/// Other pages in the same browser can send requests here, too, also under names that resolve to
/// this machine. They would approve commands.
async fn only_our_pages(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    if !service.is_asked_by_us(request.headers()) {
        return (StatusCode::FORBIDDEN, "Not from here").into_response();
    }
    let mut response = next.run(request).await;
    // Nothing but our own files, and nobody puts the buttons into a frame.
    let policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text)
}

/// Why something was not done, as the page says it.
struct Failure(StatusCode, String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(StatusCode::BAD_GATEWAY, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

#[derive(Deserialize)]
struct Message {
    /// None for a new thread.
    thread: Option<String>,
    text: String,
}

/// Begins a turn; the events show what comes of it.
async fn say(
    State(service): State<Arc<Service>>,
    Json(message): Json<Message>,
) -> Result<Json<Value>, Failure> {
    if *service.phase.borrow() != Phase::Running {
        return Err(Failure(StatusCode::SERVICE_UNAVAILABLE, "The service is stopping".into()));
    }
    let chat = service.chats.open(message.thread.as_deref()).await?;
    Arc::clone(&chat).say(message.text).await?;
    Ok(Json(json!({"thread": chat.id()})))
}

/// All that is shown of a thread, from its beginning, and then what comes. A page that goes away
/// ends this stream, and nothing else.
async fn events(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Sse<impl Stream<Item = Result<Event, axum::Error>>> {
    // A browser shows nothing of a response that is none of 200, and asks again and again.
    let events = match service.chats.open(Some(&id)).await {
        Ok(chat) => {
            let begin = (chat.page(), service.phase.subscribe());
            let next = async |(mut page, mut phase): (Page, watch::Receiver<Phase>)| {
                let next = select! {
                    // What was shown by the end of the service is on its pages, too.
                    biased;
                    next = page.next() => next?,
                    _ = phase.wait_for(|phase| *phase == Phase::Over) => return None,
                };
                Some((next, (page, phase)))
            };
            stream::unfold(begin, next).left_stream()
        }
        Err(error) => {
            stream::iter([json!({"type": "failed", "error": error.to_string()})]).right_stream()
        }
    };
    let events = events.map(|event| Event::default().json_data(event));
    Sse::new(events).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct Decision {
    id: String,
    accept: bool,
}

async fn decide(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    Json(decision): Json<Decision>,
) -> Result<(), Failure> {
    let chat = open(&service, &id)?;
    if chat.decide(&decision.id, decision.accept) {
        return Ok(());
    }
    Err(Failure(StatusCode::CONFLICT, "Nobody has to decide that any more".into()))
}

async fn interrupt(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<(), Failure> {
    Ok(open(&service, &id)?.interrupt().await?)
}

fn open(service: &Service, id: &str) -> Result<Arc<Chat>, Failure> {
    let none = || Failure(StatusCode::NOT_FOUND, "This thread is not open".into());
    service.chats.get(id).ok_or_else(none)
}

//! Conversations, as their pages show them.
//!
//! What is shown is kept, and a page only has a place in it ([`Page`]). So one that comes late, or
//! again, misses nothing, and for one that is slow nothing is queued.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use codex_app_server::{
    ApprovalMode, Codex, PendingRequest, Question, Reply, Result, Sandbox, Thread, ThreadConfig,
    TurnControl, TurnHandle, protocol::ServerNotification,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    select,
    sync::{Mutex as AsyncMutex, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

/// The conversations that somebody looks at, or in which a turn runs. codex keeps the others.
#[derive(Clone)]
pub(crate) struct Chats {
    codex: Codex,
    open: Arc<Mutex<HashMap<String, Weak<Chat>>>>,
}

/// One conversation.
pub(crate) struct Chat {
    thread: Thread,
    shown: watch::Sender<Vec<Value>>,
    asked: Mutex<HashMap<String, oneshot::Sender<bool>>>,
    latest: AsyncMutex<Option<(TurnControl, JoinHandle<()>)>>,
    /// Turns are shown one after the other.
    showing: AsyncMutex<()>,
}

impl Chats {
    pub(crate) fn new(codex: Codex) -> Self {
        Self { codex, open: Arc::default() }
    }

    /// The conversation of a thread with all that was said in it, or a new one.
    pub(crate) async fn open(&self, id: Option<&str>) -> Result<Arc<Chat>> {
        // What the agent may do unasked.
        let config =
            ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::Ask);
        let Some(id) = id else {
            return Ok(self.add(Chat::new(self.codex.thread_start(config).await?)));
        };
        if let Some(chat) = self.get(id) {
            return Ok(chat);
        }
        let chat = Chat::new(self.codex.thread_resume(id, config).await?);
        for turn in chat.thread.read_with_turns().await?.turns {
            chat.show(json!({"type": "turn"}));
            turn.items.iter().for_each(|item| chat.show(json!({"type": "item", "item": item})));
            chat.show(json!({"type": "end", "status": turn.status, "error": turn.error.map(|error| error.message)}));
        }
        Ok(self.add(chat))
    }

    /// Another page may have been faster: then its conversation is taken.
    fn add(&self, chat: Chat) -> Arc<Chat> {
        let mut open = lock(&self.open);
        open.retain(|_, chat| chat.strong_count() > 0);
        let entry = open.entry(chat.thread.id().to_owned()).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let chat = Arc::new(chat);
            *entry = Arc::downgrade(&chat);
            chat
        })
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Chat>> {
        lock(&self.open).get(id)?.upgrade()
    }

    /// Brings each request of the server to the pages of its thread, or of the one that has started
    /// that. What belongs to none is declined, as it is dropped.
    pub(crate) async fn ask_for_approvals(self) {
        let mut requests = self.codex.server_requests();
        while let Some(pending) = requests.next().await {
            let threads = [pending.thread_id(), pending.parent_thread_id()];
            let chat = threads.into_iter().flatten().find_map(|id| self.get(id));
            if let Some(chat) = chat {
                tokio::spawn(chat.ask(pending));
            }
        }
    }

    /// Waits for the turns that run, and interrupts those that take too long.
    pub(crate) async fn finish(&self, grace: Duration) {
        let chats: Vec<_> = lock(&self.open).values().filter_map(Weak::upgrade).collect();
        join_all(chats.iter().map(|chat| chat.finish(grace))).await;
    }
}

impl Chat {
    fn new(thread: Thread) -> Self {
        let (shown, asked) = (watch::Sender::default(), Mutex::default());
        Self { thread, shown, asked, latest: AsyncMutex::default(), showing: AsyncMutex::default() }
    }

    pub(crate) fn id(&self) -> &str {
        self.thread.id()
    }

    /// Says something to the agent; while a turn runs, as a part of that.
    pub(crate) async fn say(self: Arc<Self>, text: String) -> Result<()> {
        let mut latest = self.latest.lock().await;
        let turn = self.thread.turn(text).await?;
        if latest.as_ref().is_none_or(|(control, _)| control.id() != turn.id()) {
            let control = turn.control();
            *latest = Some((control, tokio::spawn(Arc::clone(&self).follow(turn))));
        }
        Ok(())
    }

    /// Shows a turn, whether a page looks at it or not.
    async fn follow(self: Arc<Self>, mut turn: TurnHandle) {
        let _alone = self.showing.lock().await;
        self.show(json!({"type": "turn"}));
        while let Some(event) = turn.next().await {
            match event {
                Ok(ServerNotification::ItemStarted(started)) => {
                    self.show(json!({"type": "item", "item": started.item}));
                }
                Ok(ServerNotification::ItemCompleted(completed)) => {
                    self.show(json!({"type": "item", "item": completed.item}));
                }
                Ok(ServerNotification::ItemAgentMessageDelta(more)) => {
                    self.show(json!({"type": "more", "id": more.item_id, "text": more.delta}));
                }
                Ok(ServerNotification::ItemCommandExecutionOutputDelta(more)) => {
                    self.show(json!({"type": "more", "id": more.item_id, "text": more.delta}));
                }
                // Whatever else there is to show goes here, and to page.js.
                Ok(_) => {}
                // A part is missing; the end of the connection is told below.
                Err(error) => eprintln!("{error}"),
            }
        }
        self.show(match turn.run().await {
            Ok(result) => json!({"type": "end", "status": result.status}),
            Err(error) => json!({"type": "end", "error": error.to_string()}),
        });
    }

    pub(crate) async fn interrupt(&self) -> Result<()> {
        match &*self.latest.lock().await {
            Some((control, _)) => control.interrupt().await,
            None => Ok(()),
        }
    }

    async fn finish(&self, grace: Duration) {
        let Some((control, mut following)) = self.latest.lock().await.take() else { return };
        if timeout(grace, &mut following).await.is_err() {
            let interrupted = async { tokio::join!(control.interrupt(), following) };
            let _ = timeout(grace, interrupted).await;
        }
    }

    /// Shows what the agent wants to do until somebody decides, or nobody has to any more.
    async fn ask(self: Arc<Self>, mut pending: PendingRequest) {
        let Some(card) = card(&pending) else { return };
        // An old page, of before a restart, must not reply to something else.
        let id = format!("{:x}", fastrand::u64(..));
        let (decide, decided) = oneshot::channel();
        lock(&self.asked).insert(id.clone(), decide);
        self.show(json!({"type": "ask", "id": id, "card": card}));
        select! {
            Ok(accept) = decided => {
                let replied = reply(&pending, accept).and_then(|reply| pending.respond(reply));
                if let Err(error) = replied {
                    eprintln!("{error}");
                }
            }
            () = pending.resolved() => {}
        }
        lock(&self.asked).remove(&id);
        self.show(json!({"type": "settled", "id": id}));
    }

    /// What a person has decided; false if nobody has to any more.
    pub(crate) fn decide(&self, id: &str, accept: bool) -> bool {
        lock(&self.asked).remove(id).is_some_and(|decide| decide.send(accept).is_ok())
    }

    fn show(&self, what: Value) {
        self.shown.send_modify(|shown| shown.push(what));
    }

    /// A page of it, at the beginning.
    pub(crate) fn page(self: Arc<Self>) -> Page {
        Page { shown: self.shown.subscribe(), next: 0, _chat: self }
    }
}

/// A place in a conversation, which stays open as long.
pub(crate) struct Page {
    shown: watch::Receiver<Vec<Value>>,
    next: usize,
    _chat: Arc<Chat>,
}

impl Page {
    /// Waits for what comes next.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let shown = self.shown.wait_for(|shown| shown.len() > self.next).await.ok()?;
        self.next += 1;
        shown.get(self.next - 1).cloned()
    }
}

/// What a person has to see of a request. Other kinds are not for this program.
fn card(question: &Question) -> Option<Value> {
    match question {
        Question::CommandApproval(request) => {
            let command = request.shell_command().or(request.command.clone());
            Some(json!({"command": command, "cwd": request.cwd, "reason": request.reason}))
        }
        // What cannot be shown cannot be approved.
        Question::FileChangeApproval(request) => {
            Some(json!({"changes": request.changes()?, "reason": request.reason}))
        }
        _ => None,
    }
}

fn reply(question: &Question, accept: bool) -> Result<Reply> {
    match question {
        Question::CommandApproval(request) if accept => request.accept(),
        Question::FileChangeApproval(request) if accept => request.accept(),
        other => other.decline(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

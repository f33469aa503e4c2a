//! Which tools of the program each thread has.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{error::Result, reply::Reply, rpc::Payload};

/// Threads whose tools are kept. A connection that has more of them lets go of the one whose tools
/// were used the longest ago.
const THREADS: usize = 4096;

/// What runs a tool, for a request that calls it. It decodes the request itself, so that a program
/// without tools does not contain the decoder.
pub(crate) type ToolHandler = Arc<dyn Fn(&Payload) -> Answering + Send + Sync>;

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

/// A tool's name, within its namespace if it has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ToolName {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

/// The tools of one thread.
pub(crate) type ThreadTools = HashMap<ToolName, ToolHandler>;

/// The tools of the threads of a connection, for as long as it lasts: a turn goes on when its
/// handles are dropped, and a thread can be picked up again by its id.
#[derive(Default)]
pub(crate) struct ToolTable(Mutex<Threads>);

#[derive(Default)]
struct Threads {
    /// With the time of their last use.
    tools: HashMap<String, (u64, ThreadTools)>,
    time: u64,
}

impl ToolTable {
    /// Gives a thread tools beside those that it has.
    pub(crate) fn add(&self, thread: &str, tools: ThreadTools) {
        if tools.is_empty() {
            return;
        }
        let mut threads = self.threads();
        threads.time += 1;
        let now = threads.time;
        if !threads.tools.contains_key(thread) {
            threads.make_room();
        }
        let (used, known) = threads.tools.entry(thread.to_owned()).or_default();
        *used = now;
        known.extend(tools);
    }

    /// The tools of a thread, if it has any.
    pub(crate) fn of(&self, thread: &str) -> Option<ThreadTools> {
        self.threads().tools.get(thread).map(|(_, tools)| tools.clone())
    }

    /// Lets go of the tools of a thread, or brings back those that it had before.
    pub(crate) fn set(&self, thread: &str, tools: Option<ThreadTools>) {
        self.threads().tools.remove(thread);
        self.add(thread, tools.unwrap_or_default());
    }

    /// The tool that is called.
    pub(crate) fn find(&self, thread: &str, tool: &ToolName) -> Option<ToolHandler> {
        let mut threads = self.threads();
        threads.time += 1;
        let now = threads.time;
        let (used, tools) = threads.tools.get_mut(thread)?;
        *used = now;
        tools.get(tool).cloned()
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threads {
    fn make_room(&mut self) {
        if self.tools.len() < THREADS {
            return;
        }
        let oldest = self.tools.iter().min_by_key(|(_, (used, _))| *used);
        if let Some(thread) = oldest.map(|(thread, _)| thread.clone()) {
            tracing::warn!(thread, "too many threads have tools; those of the oldest are let go");
            self.tools.remove(&thread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(name: &str) -> ThreadTools {
        let handler: ToolHandler = Arc::new(|_| Box::pin(async { Ok(Reply::raw("done")) }));
        HashMap::from([(named(name), handler)])
    }

    fn named(name: &str) -> ToolName {
        ToolName { namespace: None, name: name.to_owned() }
    }

    #[test]
    fn tools_are_those_of_their_thread() {
        let table = ToolTable::default();
        table.add("t", tools("a"));
        table.add("u", tools("b"));
        table.add("t", tools("c"));
        let has = |thread: &str, name: &str| table.find(thread, &named(name)).is_some();
        assert!(has("t", "a") && has("t", "c") && has("u", "b"));
        assert!(!has("t", "b") && !has("u", "a") && !has("v", "a"));
        let within = ToolName { namespace: Some("n".into()), ..named("a") };
        assert!(table.find("t", &within).is_none());
        table.set("t", Some(tools("d")));
        assert!(has("t", "d") && !has("t", "a"));
        table.set("t", None);
        assert!(table.of("t").is_none());
    }

    #[test]
    fn the_least_used_make_room() {
        let table = ToolTable::default();
        for n in 0..THREADS {
            table.add(&n.to_string(), tools("a"));
        }
        table.find("0", &named("a"));
        table.add("new", tools("a"));
        assert_eq!(table.threads().tools.len(), THREADS);
        assert!(table.of("0").is_some() && table.of("1").is_none() && table.of("new").is_some());
    }
}

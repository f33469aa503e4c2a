//! Lists are streams over pages, without gaps and without doubles.

use codex_app_server::{
    Codex, Pages,
    generated::v2_all::{ModelListParams, SortDirection, Thread, ThreadListParams, ThreadSortKey},
};
use codex_app_server_testkit::Answer;

use support::{Real, Way, soon};

async fn ids(mut pages: Pages<Thread>) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(thread) = soon(pages.next()).await {
        ids.push(thread.unwrap().id);
    }
    ids
}

async fn start_thread(real: &Real) -> String {
    real.model.push(Answer::text("ok"));
    let thread = real.thread().await;
    soon(thread.run("Begin")).await.unwrap();
    thread.id().to_owned()
}

#[tokio::test]
async fn threads_come_once_each_whatever_the_size_of_a_page() {
    for way in [Way::Stdio, Way::Websocket] {
        let real = Real::start_by(way, [], Codex::builder()).await;
        let mut started = Vec::new();
        for _ in 0..5 {
            started.insert(0, start_thread(&real).await);
        }
        for limit in [1, 2, 5, 20] {
            let params = ThreadListParams::new().limit(limit);
            assert_eq!(ids(real.codex.threads(params)).await, started, "{limit} a page");
        }
        let ascending = ThreadListParams::new().limit(2).sort_direction(SortDirection::Asc);
        let mut ascending = ids(real.codex.threads(ascending)).await;
        ascending.reverse();
        assert_eq!(ascending, started);
    }
}

#[tokio::test]
async fn what_happens_between_two_pages_doubles_and_loses_none() {
    for key in [ThreadSortKey::CreatedAt, ThreadSortKey::UpdatedAt] {
        let real = Real::start([]).await;
        let mut started = Vec::new();
        for _ in 0..5 {
            started.insert(0, start_thread(&real).await);
        }
        let params = ThreadListParams::new().limit(2).sort_key(key);
        let mut pages = real.codex.threads(params);
        let mut read = vec![soon(pages.next()).await.unwrap().unwrap().id];
        // One begins, and one that was read is archived.
        start_thread(&real).await;
        soon(real.codex.thread_archive(&read[0])).await.unwrap();
        read.extend(ids(pages).await);
        assert_eq!(read, started);
    }
}

#[tokio::test]
async fn pages_are_fetched_as_they_are_read() {
    let real = Real::start([]).await;
    for _ in 0..3 {
        start_thread(&real).await;
    }
    let mut pages = real.codex.threads(ThreadListParams::new().limit(1));
    soon(pages.next()).await.unwrap().unwrap();
    soon(real.codex.close()).await;
    // The next page is asked for only now.
    assert!(soon(pages.next()).await.unwrap().unwrap_err().is_closed());
    assert!(soon(pages.next()).await.is_none());
}

#[tokio::test]
async fn a_cursor_that_is_none_is_an_error_and_the_end() {
    let real = Real::start([]).await;
    let mut pages = real.codex.threads(ThreadListParams::new().cursor("zzz"));
    let error = soon(pages.next()).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("zzz"), "{error}");
    assert!(soon(pages.next()).await.is_none());
}

#[tokio::test]
async fn models_come_in_pages_too() {
    let real = Real::start([]).await;
    let whole = soon(real.codex.models(ModelListParams::new())).await.unwrap().data;
    let mut pages = real.codex.all_models(ModelListParams::new().limit(1));
    for model in &whole {
        assert_eq!(soon(pages.next()).await.unwrap().unwrap().id, model.id);
    }
    assert!(soon(pages.next()).await.is_none());
}

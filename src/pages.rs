//! Lists that come in pages, as one stream.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use crate::{client::Client, error::Result, wire::ClientRequest};

/// The items of a list that comes in pages: a [`Stream`]. The next page is asked for when this one
/// is read, so that dropping it asks for no more.
///
/// An error of a request is the last item.
pub struct Pages<T> {
    fetch: Box<dyn FnMut(Option<String>) -> Fetching<T> + Send>,
    state: State<T>,
    /// What is left of the page.
    page: VecDeque<T>,
}

/// Items, and the cursor of those after them.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

type Fetching<T> = Pin<Box<dyn Future<Output = Result<Page<T>>> + Send>>;

enum State<T> {
    /// The page after this cursor comes next.
    Next(Option<String>),
    Fetching {
        after: Option<String>,
        page: Fetching<T>,
    },
    Ended,
}

impl<T> Pages<T> {
    /// Pages of a request: how it goes on after a cursor, and what of its response is a page.
    pub(crate) fn new<R>(
        client: &Client,
        params: R,
        after: fn(R, String) -> R,
        split: fn(R::Response) -> Page<T>,
    ) -> Self
    where
        R: ClientRequest + Clone + Send + 'static,
        T: 'static,
    {
        let client = client.clone();
        let fetch = move |cursor| -> Fetching<T> {
            let params = match cursor {
                Some(cursor) => after(params.clone(), cursor),
                None => params.clone(),
            };
            let client = client.clone();
            Box::pin(async move { client.request(params).await.map(split) })
        };
        Self { fetch: Box::new(fetch), state: State::Next(None), page: VecDeque::new() }
    }

    /// The next item; `None` after the last. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call). An error is the last item.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.page.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match &mut self.state {
                State::Next(cursor) => {
                    let after = cursor.take();
                    let page = (self.fetch)(after.clone());
                    self.state = State::Fetching { after, page };
                }
                State::Fetching { after, page } => {
                    let fetched = ready!(page.as_mut().poll(cx));
                    let after = after.take();
                    self.state = State::Ended;
                    let (page, next) = match fetched {
                        Ok(page) => page,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    self.page = page.into();
                    // One that leads to itself would never end.
                    if next.is_some() && next != after {
                        self.state = State::Next(next);
                    }
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

// The items are only moved.
impl<T> Unpin for Pages<T> {}

impl<T> Stream for Pages<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("unread", &self.page.len()).finish_non_exhaustive()
    }
}

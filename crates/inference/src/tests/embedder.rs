//! The queue: order, limits, end.

use super::fixture;
use crate::{Embedder, Error, Model, Settings};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};

fn model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| Arc::new(Model::load(&fixture("bert")).unwrap())))
}

fn embedder(threads: usize, waiting_queries: usize, waiting_passages: usize) -> Embedder {
    Embedder::start(model(), Settings { threads, waiting_queries, waiting_passages }).unwrap()
}

/// Texts of many lengths.
fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| "douleur au genou droit ".repeat(n % 13) + &n.to_string()).collect()
}

#[test]
fn vectors_come_in_the_order_of_the_texts() {
    let texts = texts(150);
    let plain: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected = model().embed_passages(&plain).unwrap();
    for threads in [1, 3] {
        let embedder = embedder(threads, 10, 1_000);
        let pending: Vec<_> = (0..3).map(|_| embedder.passages(texts.clone()).unwrap()).collect();
        for pending in pending {
            assert_eq!(pending.wait().unwrap(), expected);
        }
        let query = embedder.queries(vec!["toux".to_owned()]).unwrap().wait().unwrap();
        assert_eq!(query, embedder.model().embed_queries(&["toux"]).unwrap());
    }
}

#[test]
fn nothing_is_asked_of_no_texts() {
    assert_eq!(embedder(1, 1, 1).queries(Vec::new()).unwrap().wait().unwrap(), Vec::<Vec<f32>>::new());
}

#[test]
fn more_than_may_wait_is_refused() {
    let embedder = embedder(1, 2, 5);
    assert!(matches!(embedder.queries(texts(3)), Err(Error::Overloaded)));
    assert!(matches!(embedder.passages(texts(6)), Err(Error::Overloaded)));
    // What was refused has taken no place.
    assert_eq!(embedder.queries(texts(2)).unwrap().wait().unwrap().len(), 2);
    assert_eq!(embedder.passages(texts(5)).unwrap().wait().unwrap().len(), 5);
}

#[test]
fn what_nobody_waits_for_makes_room() {
    let embedder = embedder(1, 10, 1_000);
    drop(embedder.passages(texts(1_000)).unwrap());
    // Given up work is passed over, until there is room again.
    let vectors = loop {
        match embedder.passages(texts(10)) {
            Ok(pending) => break pending.wait().unwrap(),
            Err(Error::Overloaded) => std::thread::yield_now(),
            Err(other) => unreachable!("{other}"),
        }
    };
    assert_eq!(vectors.len(), 10);
}

#[test]
fn an_end_leaves_nobody_waiting() {
    let embedder = embedder(2, 10, 1_000);
    let pending: Vec<_> = (0..4).map(|_| embedder.passages(texts(200)).unwrap()).collect();
    drop(embedder);
    for pending in pending {
        match pending.wait() {
            Ok(vectors) => assert_eq!(vectors.len(), 200),
            Err(error) => assert!(matches!(error, Error::Stopped), "{error}"),
        }
    }
}

/// Wakes the thread that waits.
struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn a_runtime_can_wait_without_blocking() {
    let embedder = embedder(1, 10, 1_000);
    let mut pending = Box::pin(embedder.passages(texts(50)).unwrap());
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let vectors = loop {
        match pending.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(vectors) => break vectors.unwrap(),
            Poll::Pending => std::thread::park(),
        }
    };
    assert_eq!(vectors.len(), 50);
}

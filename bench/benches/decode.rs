//! Reading the params of a notification as their type, for the kinds that come often or large.

use std::hint::black_box;

use codex_app_server::generated::v2_all::ServerNotification;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const DELTA: &str = r#"{"threadId":"01a1f884-6556-7ba1-8ae4-673350560807","turnId":"01a1f884-6568-7332-87cc-310a0e94e780","itemId":"msg_2_0","delta":"word "}"#;

/// An agent message with `text`, as codex writes it.
fn item(text: &str) -> String {
    format!(
        r#"{{"type":"agentMessage","moderation":null,"id":"msg_2_0","text":"{text}","phase":null,"memoryCitation":null,"delivery":null,"questions":null,"startedAtMs":1795170794402,"completedAtMs":1795170794402}}"#
    )
}

fn item_completed(text: &str) -> String {
    format!(
        r#"{{"item":{},"threadId":"01a1f884-6556-7ba1-8ae4-673350560807","turnId":"01a1f884-6568-7332-87cc-310a0e94e780","contentTokenCount":null,"completedAtMs":1795170794402}}"#,
        item(text)
    )
}

fn turn_completed() -> String {
    format!(
        r#"{{"threadId":"01a1f884-6556-7ba1-8ae4-673350560807","turn":{{"id":"01a1f884-6568-7332-87cc-310a0e94e780","rootTurnId":"01a1f884-6568-7332-87cc-310a0e94e780","items":[{}],"itemsView":"summary","status":"completed","error":null,"startedAt":1795170792,"completedAt":1795170794,"durationMs":2117}}}}"#,
        item("Done.")
    )
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    let cases = [
        ("delta", "item/agentMessage/delta", DELTA.to_owned()),
        ("item", "item/completed", item_completed("Done.")),
        ("item of 1 MiB", "item/completed", item_completed(&"x".repeat(1 << 20))),
        ("turn", "turn/completed", turn_completed()),
        ("unknown method", "thread/ofTheFuture", DELTA.to_owned()),
    ];
    for (name, method, params) in cases {
        group.throughput(Throughput::Bytes(params.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| ServerNotification::decode(black_box(method), black_box(&params)));
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);

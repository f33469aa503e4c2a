//! The blocking facade of our SDK, doing what `bench-client` does:
//! `bench-blocking stream|read COUNT`.

use std::{env, error::Error, time::Instant};

use codex_app_server::{ThreadConfig, blocking::Codex, generated::v2_all::ServerNotification};
use codex_app_server_bench::{Phase, Seen};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, count] = &args[..] else {
        return Err("usage: bench-blocking stream|read COUNT".into());
    };
    let codex = Codex::connect()?;
    let thread = codex.thread_start(ThreadConfig::new())?;
    let mut phase = Phase::start()?;
    let mut seen = Seen::default();
    match what.as_str() {
        "stream" => {
            for event in thread.turn("go")? {
                if let ServerNotification::ItemAgentMessageDelta(delta) = event? {
                    seen.delta(&delta.delta);
                }
            }
        }
        "read" => {
            for _ in 0..count.parse::<u64>()? {
                let sent = Instant::now();
                thread.read()?;
                phase.latency(sent.elapsed());
            }
        }
        _ => return Err(format!("`{what}` is nothing that can be measured").into()),
    }
    phase.finish(seen)?;
    codex.close()?;
    Ok(())
}

//! Start, thread, run: what the size of `codex-codes` in a program is measured with.

use codex_codes::{
    AsyncClient, Notification, ServerMessage, ThreadStartParams, TurnStartParams, UserInput,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut client = AsyncClient::start().await?;
    let thread = client.thread_start(&ThreadStartParams::default()).await?;
    let input = vec![UserInput::Text { text: "Say hello.".into(), text_elements: None }];
    let params = TurnStartParams { thread_id: thread.thread.id, input, ..Default::default() };
    client.turn_start(&params).await?;
    while let Some(message) = client.next_message().await? {
        match message {
            ServerMessage::Notification(Notification::ItemCompleted(completed)) => {
                println!("{:?}", completed.item)
            }
            ServerMessage::Notification(Notification::TurnCompleted(_)) => break,
            _ => {}
        }
    }
    Ok(())
}

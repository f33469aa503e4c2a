//! A transport of one's own: the app-server runs behind a TCP port, as in a container or on another
//! machine, and the client speaks with it over that connection.
//!
//! Here both ends are in one program. TCP neither hides nor asks who is there, and this server runs
//! commands: keep it on loopback, or put it behind a tunnel (`ssh -L`).
//!
//! `cargo run --example 24_transport -- --mock`

mod support;

use std::{
    error::Error,
    io,
    net::Ipv4Addr,
    process::{ExitStatus, Stdio},
};

use codex_app_server::{Codex, ThreadConfig, transport::Transport};
use codex_app_server_testkit::Answer;
use tokio::{
    io::{copy, sink},
    net::{TcpListener, TcpStream},
    process::Command,
};

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([Answer::text("It is nice here, behind the port.")]).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve_one(listener, mock.app_server().command()?));

    // The client's half. One JSON object per line goes each way.
    let (reader, writer) = TcpStream::connect(address).await?.into_split();
    let transport = Transport::from_io(reader, writer);
    let codex = Codex::builder().connect_with(transport).await?;
    println!("connected to codex {} at {address}", codex.metadata().server_version);

    let thread = codex.thread_start(ThreadConfig::new()).await?;
    let result = thread.run("How is it there?").await?;
    println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));
    codex.close().await;
    println!("the server has ended: {}", server.await??);
    Ok(())
}

/// The server's half: starts codex for the first who comes, and passes on what either side says.
/// Gives how codex has ended.
async fn serve_one(
    listener: TcpListener,
    command: std::process::Command,
) -> io::Result<ExitStatus> {
    let (client, _) = listener.accept().await?;
    // Nobody else gets a server.
    drop(listener);
    let mut codex = Command::from(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || io::Error::other("codex has no stdin or stdout");
    let mut stdin = codex.stdin.take().ok_or_else(missing)?;
    let mut stdout = codex.stdout.take().ok_or_else(missing)?;
    let (mut from_client, mut to_client) = client.into_split();
    let incoming = async {
        copy(&mut from_client, &mut stdin).await?;
        // The end of its input is what tells codex to leave.
        drop(stdin);
        io::Result::Ok(())
    };
    let outgoing = async {
        // A client that has gone reads no more, but codex is heard out: it may wait for that.
        match copy(&mut stdout, &mut to_client).await {
            Ok(_) => Ok(0),
            Err(_) => copy(&mut stdout, &mut sink()).await,
        }
    };
    tokio::try_join!(incoming, outgoing)?;
    codex.wait().await
}

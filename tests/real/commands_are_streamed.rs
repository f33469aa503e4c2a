//! Commands of the program: what they write is streamed, and how they end is told.

use codex_app_server::{
    Codex, CommandHandle, Error,
    generated::v2_all::{
        CommandExecOutputStream, CommandExecParams, CommandExecTerminalSize, SandboxPolicy,
    },
};

use support::{Real, Way, soon};

const WAYS: [Way; 2] = [Way::Stdio, Way::Websocket];

fn shell(script: &str) -> CommandExecParams {
    CommandExecParams::new(["sh", "-c", script]).sandbox_policy(SandboxPolicy::DangerFullAccess)
}

async fn start(real: &Real, params: CommandExecParams) -> CommandHandle {
    soon(real.codex.exec_command(params)).await.unwrap()
}

/// All that is written to stdout and to stderr.
async fn read(command: &mut CommandHandle) -> (Vec<u8>, Vec<u8>) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(output) = soon(command.next()).await {
        let output = output.unwrap();
        assert!(!output.cap_reached);
        match output.stream {
            CommandExecOutputStream::Stderr => stderr.extend(output.data),
            _ => stdout.extend(output.data),
        }
    }
    (stdout, stderr)
}

#[tokio::test]
async fn what_commands_write_is_streamed_to_each_its_own() {
    for way in WAYS {
        let real = Real::start_by(way, [], Codex::builder()).await;
        let mut commands = Vec::new();
        for n in 0..8 {
            commands.push(
                start(&real, shell(&format!("echo out {n}; echo err {n} >&2; exit {n}"))).await,
            );
        }
        for (n, command) in commands.iter_mut().enumerate() {
            let (stdout, stderr) = read(command).await;
            assert_eq!(stdout, format!("out {n}\n").into_bytes());
            assert_eq!(stderr, format!("err {n}\n").into_bytes());
            // Any number of times.
            for _ in 0..2 {
                assert_eq!(soon(command.wait()).await.unwrap(), i32::try_from(n).unwrap());
            }
            assert!(soon(command.next()).await.is_none());
        }
    }
}

#[tokio::test]
async fn no_output_is_lost_however_much_there_is_and_whenever_it_is_read() {
    for way in WAYS {
        let real = Real::start_by(way, [], Codex::builder()).await;
        let mut command = start(&real, shell("yes 0123456789 | head -c 5000000")).await;
        // All of it is unread at the end.
        assert_eq!(soon(command.wait()).await.unwrap(), 0);
        let (stdout, _) = read(&mut command).await;
        assert_eq!(stdout.len(), 5_000_000);
        let pattern = b"0123456789\n".iter().cycle();
        assert!(stdout.iter().zip(pattern).all(|(byte, expected)| byte == expected));
    }
}

#[tokio::test]
async fn output_that_is_capped_says_where_it_ends() {
    let real = Real::start([]).await;
    let mut command = start(&real, shell("yes | head -c 100000").output_bytes_cap(1000_u64)).await;
    let (mut bytes, mut capped) = (0, false);
    while let Some(output) = soon(command.next()).await {
        let output = output.unwrap();
        bytes += output.data.len();
        capped |= output.cap_reached;
    }
    assert_eq!((bytes, capped), (1000, true));
}

#[tokio::test]
async fn commands_are_written_to() {
    for way in WAYS {
        let real = Real::start_by(way, [], Codex::builder()).await;
        let mut command = start(&real, shell("cat; exit 3").stream_stdin(true)).await;
        let control = command.control();
        soon(control.write("Grüße, ")).await.unwrap();
        soon(control.write(b"\xff\x00")).await.unwrap();
        soon(control.close_stdin()).await.unwrap();
        let (stdout, _) = read(&mut command).await;
        assert_eq!(stdout, ["Grüße, ".as_bytes(), b"\xff\x00"].concat());
        assert_eq!(soon(command.wait()).await.unwrap(), 3);
        // It is gone.
        assert!(matches!(soon(control.write("more")).await, Err(Error::Rpc(_))));
        soon(control.terminate()).await.unwrap();
    }
}

#[tokio::test]
async fn a_terminal_has_a_size() {
    let real = Real::start([]).await;
    let size = CommandExecTerminalSize::new().cols(100).rows(30);
    let script = "stty size; read line; stty size";
    let mut command = start(&real, shell(script).tty(true).size(size)).await;
    let control = command.control();
    let mut text = String::new();
    while !text.contains("30 100") {
        text += &String::from_utf8_lossy(&soon(command.next()).await.unwrap().unwrap().data);
    }
    soon(control.resize(50, 20)).await.unwrap();
    soon(control.write("\n")).await.unwrap();
    let (rest, _) = read(&mut command).await;
    assert!(String::from_utf8_lossy(&rest).contains("20 50"), "{rest:?}");
    assert_eq!(soon(command.wait()).await.unwrap(), 0);
}

#[tokio::test]
async fn commands_are_terminated() {
    for way in WAYS {
        let real = Real::start_by(way, [], Codex::builder()).await;
        let mut command = start(&real, shell("echo here; sleep 600")).await;
        assert_eq!(soon(command.next()).await.unwrap().unwrap().data, b"here\n");
        soon(command.control().terminate()).await.unwrap();
        assert_ne!(soon(command.wait()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn dropping_the_handle_terminates_the_command() {
    let real = Real::start([]).await;
    let mut command = start(&real, shell("echo $$; exec sleep 600")).await;
    let pid = String::from_utf8(soon(command.next()).await.unwrap().unwrap().data).unwrap();
    drop(command);
    let mut probe = start(
        &real,
        shell(&format!("while kill -0 {} 2>/dev/null; do sleep 0.05; done", pid.trim())),
    )
    .await;
    assert_eq!(soon(probe.wait()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_command_that_cannot_start_or_loses_its_server_says_so() {
    let real = Real::start([]).await;
    let missing =
        CommandExecParams::new(["no-such-program"]).sandbox_policy(SandboxPolicy::DangerFullAccess);
    let mut command = start(&real, missing).await;
    let error = soon(command.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Rpc(_)), "{error:?}");
    assert!(soon(command.next()).await.is_none());
    assert!(matches!(soon(command.wait()).await, Err(Error::Rpc(_))));

    let mut command = start(&real, shell("sleep 600")).await;
    soon(real.codex.close()).await;
    assert!(soon(command.next()).await.unwrap().unwrap_err().is_closed());
    assert!(soon(command.next()).await.is_none());
    assert!(soon(command.wait()).await.unwrap_err().is_closed());
}

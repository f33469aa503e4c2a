//! What is measured: a table, read from top to bottom.

use super::{
    client::Client::{self, Bare, Sdk, SdkBlocking, SdkOneThread},
    columns::Column::{self, AboveIdle, Cpu, Deltas, P50, P99, Peak, PerSecond, Start, Wall},
};

/// One thing that clients do, measured on each of them in turn.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) title: String,
    /// What the figures are per.
    pub(super) unit: &'static str,
    pub(super) rounds: usize,
    pub(super) server: Server,
    pub(super) columns: &'static [Column],
    /// The first is what the others are compared with.
    pub(super) arms: Vec<Arm>,
}

/// Who serves the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    /// The testkit's scripted app-server, as a process on stdio.
    Script,
    /// The same behind a websocket.
    ScriptOnWebsocket,
    /// The real codex, with a model on loopback.
    Codex,
}

/// A client, and what it is told to do.
#[derive(Clone)]
pub(super) struct Arm {
    pub(super) client: Client,
    /// Beside the client's name, where a scenario has it twice.
    note: String,
    /// What `bench-script` writes the script from.
    pub(super) script: Script,
    pub(super) what: &'static str,
    pub(super) count: u64,
    /// How many events, calls or turns the time is shared by.
    pub(super) per: u64,
}

/// What `bench-script` is told: the kind of script, and how much of it.
pub(super) type Script = (&'static str, u64);

impl Arm {
    fn new(client: Client, script: Script, what: &'static str, count: u64, per: u64) -> Self {
        Self { client, note: String::new(), script, what, count, per }
    }

    /// The same for each of these clients and, where there are any, the peers.
    fn each(
        clients: &[Client],
        script: Script,
        what: &'static str,
        count: u64,
        per: u64,
    ) -> Vec<Self> {
        let all = clients.iter().chain(Client::PEERS);
        all.map(|&client| Self::new(client, script, what, count, per)).collect()
    }

    /// One turn of which each delta is read.
    fn stream(client: Client, deltas: u64) -> Self {
        Self::new(client, ("stream", deltas), "stream", deltas, deltas)
    }

    /// The same, with deltas that the server makes as it goes.
    fn flood(client: Client, deltas: u64) -> Self {
        let note = format!("{deltas} deltas");
        Self { note, ..Self::new(client, ("flood", deltas), "stream", deltas, deltas) }
    }

    /// What its row and its bar are called.
    pub(super) fn label(&self) -> String {
        let client = self.client.label();
        if self.note.is_empty() { client.into() } else { format!("{client}, {}", self.note) }
    }
}

/// How much there is of everything.
struct Scale {
    rounds: usize,
    deltas: u64,
    turns: u64,
    calls: u64,
    /// Bytes of the large item.
    item: u64,
}

/// Deltas of each turn when there are many; `bench-script` has the same number.
const DELTAS_PER_TURN: u64 = 200;

/// The names of all scenarios.
pub(super) const NAMES: [&str; 10] = [
    "stream",
    "run",
    "turns",
    "read",
    "approve",
    "item",
    "memory",
    "start",
    "websocket",
    "websocket-read",
];

/// The scenarios with these names, or all.
pub(super) fn named(names: &[&str], quick: bool) -> Vec<Scenario> {
    let wanted = |scenario: &Scenario| names.is_empty() || names.contains(&scenario.name);
    all(quick).into_iter().filter(wanted).collect()
}

fn all(quick: bool) -> [Scenario; NAMES.len()] {
    let (rounds, part) = if quick { (3, 10) } else { (7, 1) };
    let scale = Scale {
        rounds,
        deltas: 200_000 / part,
        turns: 1_000 / part,
        calls: 2_000 / part,
        item: (16 << 20) / part,
    };
    [
        stream(&scale),
        run(&scale),
        turns(&scale),
        read(&scale),
        approve(&scale),
        item(&scale),
        memory(&scale),
        start(&scale),
        websocket(&scale),
        websocket_read(&scale),
    ]
}

fn stream(&Scale { rounds, deltas, .. }: &Scale) -> Scenario {
    let clients = [Bare, Sdk, SdkOneThread, SdkBlocking];
    Scenario {
        name: "stream",
        title: format!("one turn of {deltas} deltas, each read typed"),
        unit: "event",
        rounds,
        server: Server::Script,
        columns: &[Cpu, PerSecond, Deltas, Peak],
        arms: Arm::each(&clients, ("stream", deltas), "stream", deltas, deltas),
    }
}

fn run(&Scale { rounds, deltas, .. }: &Scale) -> Scenario {
    let ours = Arm::each(&[Sdk, SdkOneThread], ("stream", deltas), "run", deltas, deltas);
    Scenario {
        name: "run",
        title: format!("the same turn of {deltas} deltas, of which only the result is wanted"),
        unit: "event",
        rounds,
        server: Server::Script,
        columns: &[Cpu, PerSecond, Peak],
        arms: [vec![Arm::stream(Bare, deltas)], ours].concat(),
    }
}

fn turns(&Scale { rounds, deltas, turns, .. }: &Scale) -> Scenario {
    let one = Arm { note: "one turn".into(), ..Arm::stream(Sdk, deltas) };
    let clients = [Bare, Sdk, SdkOneThread];
    let many = Arm::each(&clients, ("turns", turns), "turns", turns, turns * DELTAS_PER_TURN);
    Scenario {
        name: "turns",
        title: format!("{turns} turns at once, {DELTAS_PER_TURN} deltas each, in turn"),
        unit: "event",
        rounds,
        server: Server::Script,
        columns: &[Cpu, PerSecond, Deltas, Peak],
        arms: [vec![one], many].concat(),
    }
}

fn read(&Scale { rounds, calls, .. }: &Scale) -> Scenario {
    let clients = [Bare, Sdk, SdkOneThread, SdkBlocking];
    Scenario {
        name: "read",
        title: format!("{calls} × `thread/read`, one after the other"),
        unit: "call",
        rounds,
        server: Server::Script,
        columns: &[Cpu, P50, P99],
        arms: Arm::each(&clients, ("read", calls), "read", calls, calls),
    }
}

fn approve(&Scale { rounds, calls, .. }: &Scale) -> Scenario {
    let clients = [Bare, Sdk, SdkOneThread];
    Scenario {
        name: "approve",
        title: format!("{calls} approvals, one after the other"),
        unit: "approval",
        rounds,
        server: Server::Script,
        columns: &[Cpu, Wall],
        arms: Arm::each(&clients, ("approve", calls), "approve", calls, calls),
    }
}

fn item(&Scale { rounds, item, .. }: &Scale) -> Scenario {
    let bare = Arm::new(Bare, ("item", item), "stream", 1, 1);
    let others = Arm::each(&[Sdk, SdkOneThread], ("item", item), "run", 1, 1);
    Scenario {
        name: "item",
        title: format!("a turn with one item of {} MiB, as a result", item >> 20),
        unit: "turn",
        rounds,
        server: Server::Script,
        columns: &[AboveIdle, Peak, Wall],
        arms: [vec![bare], others].concat(),
    }
}

fn memory(&Scale { deltas, .. }: &Scale) -> Scenario {
    Scenario {
        name: "memory",
        title: "ten times the deltas, in the same memory".into(),
        unit: "event",
        rounds: 3,
        server: Server::Script,
        columns: &[Peak, Cpu, Deltas],
        arms: vec![
            Arm::flood(Sdk, deltas),
            Arm::flood(Sdk, 10 * deltas),
            Arm::flood(SdkOneThread, deltas),
            Arm::flood(SdkOneThread, 10 * deltas),
            Arm::flood(Bare, 10 * deltas),
        ],
    }
}

fn start(&Scale { rounds, .. }: &Scale) -> Scenario {
    let bare = Arm::new(Bare, ("read", 1), "stream", 1, 1);
    let others = Arm::each(&[Sdk, SdkOneThread], ("read", 1), "run", 1, 1);
    Scenario {
        name: "start",
        title: "from the start of the program to the end of its first turn, with the real codex"
            .into(),
        unit: "turn",
        rounds,
        server: Server::Codex,
        columns: &[Start],
        arms: [vec![bare], others].concat(),
    }
}

fn websocket(&Scale { rounds, deltas, .. }: &Scale) -> Scenario {
    let script = ("stream", deltas);
    let arm = |client| Arm::new(client, script, "websocket-stream", deltas, deltas);
    Scenario {
        name: "websocket",
        title: format!("one turn of {deltas} deltas over a websocket, each read typed"),
        unit: "event",
        rounds,
        server: Server::ScriptOnWebsocket,
        columns: &[Cpu, PerSecond, Deltas, Peak],
        arms: [Bare, Sdk, SdkOneThread].map(arm).into(),
    }
}

fn websocket_read(&Scale { rounds, calls, .. }: &Scale) -> Scenario {
    let arm = |client| Arm::new(client, ("read", calls), "websocket-read", calls, calls);
    Scenario {
        name: "websocket-read",
        title: format!("{calls} × `thread/read` over a websocket, one after the other"),
        unit: "call",
        rounds,
        server: Server::ScriptOnWebsocket,
        columns: &[Cpu, P50, P99],
        arms: [Bare, Sdk, SdkOneThread].map(arm).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_can_be_named() {
        assert_eq!(all(true).map(|scenario| scenario.name), NAMES);
        assert_eq!(named(&[], false).len(), NAMES.len());
        let chosen = named(&["start", "read"], false);
        assert_eq!(
            chosen.iter().map(|scenario| scenario.name).collect::<Vec<_>>(),
            ["read", "start"]
        );
    }
}

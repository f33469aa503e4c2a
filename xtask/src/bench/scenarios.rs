//! What is measured: a table, read from top to bottom.

use super::{programs::Program, report::Column};
use crate::Result;

/// One thing that clients do, measured on each of them in turn.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) title: String,
    /// What the figures are per.
    pub(super) unit: &'static str,
    pub(super) rounds: usize,
    /// Whether the server is the real codex, with a model on loopback, instead of a script.
    pub(super) real_codex: bool,
    pub(super) columns: &'static [Column],
    /// The first is what the others are compared with.
    pub(super) arms: Vec<Arm>,
}

/// A program, and what it is told to do.
#[derive(Clone)]
pub(super) struct Arm {
    pub(super) program: Program,
    /// Beside the program's name, where a scenario has it twice.
    pub(super) note: String,
    /// What `bench-script` writes the script from.
    pub(super) script: (&'static str, u64),
    pub(super) what: &'static str,
    pub(super) count: u64,
    /// How many events, calls or turns the time is shared by.
    pub(super) per: u64,
}

/// Deltas of each turn when there are many; `bench-script` has the same number.
const DELTAS_PER_TURN: u64 = 200;

/// The scenarios with these names, or all.
pub(super) fn named(names: &[&str], quick: bool) -> Result<Vec<Scenario>> {
    let all = all(quick);
    let known: Vec<&str> = all.iter().map(|scenario| scenario.name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        return Err(format!("there is no scenario `{unknown}`; there are: {}", known.join(", ")));
    }
    let wanted = |scenario: &Scenario| names.is_empty() || names.contains(&scenario.name);
    Ok(all.into_iter().filter(wanted).collect())
}

fn all(quick: bool) -> Vec<Scenario> {
    use Column::{AboveIdle, Cpu, Deltas, P50, P99, Peak, PerSecond, Start, Wall};
    use Program::{Bare, Sdk, SdkBlocking, SdkOneThread};

    let (rounds, scale) = if quick { (3, 10) } else { (7, 1) };
    let deltas = 200_000 / scale;
    let turns = 1_000 / scale;
    let calls = 2_000 / scale;
    let item = (16 << 20) / scale;

    let arm = |program, script, what, count, per| Arm {
        program,
        note: String::new(),
        script,
        what,
        count,
        per,
    };
    // The same for each of these programs and, where there are any, the peers.
    let each = |programs: &[Program], script, what, count, per| -> Vec<Arm> {
        let all = programs.iter().chain(Program::PEERS);
        all.map(|&program| arm(program, script, what, count, per)).collect()
    };
    let stream = |program| arm(program, ("stream", deltas), "stream", deltas, deltas);
    let flood = |program, deltas: u64| Arm {
        note: format!("{deltas} deltas"),
        ..arm(program, ("flood", deltas), "stream", deltas, deltas)
    };

    vec![
        Scenario {
            name: "stream",
            title: format!("one turn of {deltas} deltas, each read typed"),
            unit: "event",
            rounds,
            real_codex: false,
            columns: &[Cpu, PerSecond, Deltas, Peak],
            arms: each(
                &[Bare, Sdk, SdkOneThread, SdkBlocking],
                ("stream", deltas),
                "stream",
                deltas,
                deltas,
            ),
        },
        Scenario {
            name: "run",
            title: format!("the same turn of {deltas} deltas, of which only the result is wanted"),
            unit: "event",
            rounds,
            real_codex: false,
            columns: &[Cpu, PerSecond, Peak],
            arms: [
                vec![stream(Bare)],
                each(&[Sdk, SdkOneThread], ("stream", deltas), "run", deltas, deltas),
            ]
            .concat(),
        },
        Scenario {
            name: "turns",
            title: format!("{turns} turns at once, {DELTAS_PER_TURN} deltas each, in turn"),
            unit: "event",
            rounds,
            real_codex: false,
            columns: &[Cpu, PerSecond, Deltas, Peak],
            arms: [
                vec![Arm { note: "one turn".into(), ..stream(Sdk) }],
                each(
                    &[Bare, Sdk, SdkOneThread],
                    ("turns", turns),
                    "turns",
                    turns,
                    turns * DELTAS_PER_TURN,
                ),
            ]
            .concat(),
        },
        Scenario {
            name: "read",
            title: format!("{calls} × `thread/read`, one after the other"),
            unit: "call",
            rounds,
            real_codex: false,
            columns: &[Cpu, P50, P99],
            arms: each(
                &[Bare, Sdk, SdkOneThread, SdkBlocking],
                ("read", calls),
                "read",
                calls,
                calls,
            ),
        },
        Scenario {
            name: "approve",
            title: format!("{calls} approvals, one after the other"),
            unit: "approval",
            rounds,
            real_codex: false,
            columns: &[Cpu, Wall],
            arms: each(&[Bare, Sdk, SdkOneThread], ("approve", calls), "approve", calls, calls),
        },
        Scenario {
            name: "item",
            title: format!("a turn with one item of {} MiB, as a result", item >> 20),
            unit: "turn",
            rounds,
            real_codex: false,
            columns: &[AboveIdle, Peak, Wall],
            arms: [
                vec![arm(Bare, ("item", item), "stream", 1, 1)],
                each(&[Sdk, SdkOneThread], ("item", item), "run", 1, 1),
            ]
            .concat(),
        },
        Scenario {
            name: "memory",
            title: "ten times the deltas, in the same memory".into(),
            unit: "event",
            rounds: 3,
            real_codex: false,
            columns: &[Peak, Cpu, Deltas],
            arms: vec![
                flood(Sdk, deltas),
                flood(Sdk, 10 * deltas),
                flood(SdkOneThread, deltas),
                flood(SdkOneThread, 10 * deltas),
                flood(Bare, 10 * deltas),
            ],
        },
        Scenario {
            name: "start",
            title:
                "from the start of the program to the end of its first turn, with the real codex"
                    .into(),
            unit: "turn",
            rounds,
            real_codex: true,
            columns: &[Start],
            arms: [
                vec![arm(Bare, ("read", 1), "stream", 1, 1)],
                each(&[Sdk, SdkOneThread], ("read", 1), "run", 1, 1),
            ]
            .concat(),
        },
    ]
}

//! The generator on schemas that nobody has written yet: what it makes of each is a type that
//! compiles, or an error that says what to do.
//!
//! `cargo test -p codex-app-server-codegen --features typify --test fuzz` is a small run. The whole
//! one has `FUZZ=10000` before it, and `--release`.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails where it stands")]

mod compile;
mod fragments;
mod mutate;
mod outcome;
mod random;
mod shapes;

use outcome::{Generated, Pinned};
use std::{
    collections::BTreeMap,
    env, thread,
    time::{Duration, Instant},
};

/// How many changed schemas there are in an ordinary run.
const FEW: u64 = 24;

/// How many types one batch has, about.
const BATCH: usize = 6000;

/// What one schema may take. It takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn changed_schemas_compile_or_are_refused_with_advice() {
    let count = env::var("FUZZ").map_or(FEW, |count| count.parse().expect("FUZZ is a number"));
    let first = env::var("FUZZ_FROM").map_or(0, |seed| seed.parse().expect("it is a number"));
    let pinned = Pinned::read();
    let started = Instant::now();
    let mut total = Tally::default();
    outcome::quietly(|| {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..2)
                .map(|worker| {
                    let pinned = &pinned;
                    scope.spawn(move || {
                        let seeds = (first..first + count).filter(|seed| seed % 2 == worker);
                        run(pinned, worker, seeds)
                    })
                })
                .collect();
            workers.into_iter().for_each(|worker| total.add(worker.join().expect("it ends")));
        });
    });
    total.report(started.elapsed());
}

#[derive(Default)]
struct Tally {
    taken: usize,
    types: usize,
    checking: Duration,
    refused: BTreeMap<String, usize>,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.types += other.types;
        self.checking += other.checking;
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        self.failures.extend(other.failures);
    }

    fn report(self, took: Duration) {
        let refused: usize = self.refused.values().sum();
        println!(
            "{} taken ({} types compiled), {refused} refused, {} s ({} s of rustc), peak {} MB",
            self.taken,
            self.types,
            took.as_secs(),
            self.checking.as_secs(),
            outcome::peak_megabytes(),
        );
        for (reason, count) in &self.refused {
            println!("{count:6} {reason}");
        }
        let failures = self.failures;
        assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
        assert!(outcome::peak_megabytes() < 4000, "memory grows");
    }
}

fn run(pinned: &Pinned, worker: u64, seeds: impl Iterator<Item = u64>) -> Tally {
    let krate = compile::Crate::new(&format!("worker{worker}"));
    let mut tally = Tally::default();
    let mut modules = Vec::new();
    let mut in_batch = 0;
    for seed in seeds {
        let started = Instant::now();
        match pinned.outcome(&mutate::mutated(&pinned.schema, seed)) {
            Ok(Generated { text, types }) => {
                tally.taken += 1;
                tally.types += types;
                in_batch += types;
                modules.push((format!("seed{seed}"), text));
            }
            Err(refusal) => {
                if !outcome::is_advice(&refusal) {
                    tally.failures.push(format!("seed {seed}: {refusal}"));
                }
                *tally.refused.entry(outcome::reason(&refusal)).or_default() += 1;
            }
        }
        if started.elapsed() > PATIENCE {
            tally.failures.push(format!("seed {seed} took {:?}", started.elapsed()));
        }
        if in_batch > BATCH {
            compile(&krate, &pinned.text, &mut modules, &mut tally);
            in_batch = 0;
        }
    }
    compile(&krate, &pinned.text, &mut modules, &mut tally);
    tally
}

fn compile(
    krate: &compile::Crate,
    shared: &str,
    modules: &mut Vec<(String, String)>,
    tally: &mut Tally,
) {
    let started = Instant::now();
    if let Err(errors) = krate.check(shared, modules) {
        tally.failures.push(errors);
    }
    modules.clear();
    tally.checking += started.elapsed();
}

#[test]
fn single_shapes_compile_or_are_refused_with_advice() {
    let mut modules = Vec::new();
    let (mut refused, mut failures) = (BTreeMap::<String, usize>::new(), Vec::new());
    let cases = shapes::all();
    outcome::quietly(|| {
        for (name, input) in &cases {
            match outcome::of_shape(input) {
                Ok(text) => modules.push((name.clone(), text)),
                Err(refusal) => {
                    if !outcome::is_advice(&refusal) {
                        failures.push(format!("{name}: {refusal}\n  {input:?}"));
                    }
                    *refused.entry(outcome::reason(&refusal)).or_default() += 1;
                }
            }
        }
    });
    println!("{} of {} shapes are taken", modules.len(), cases.len());
    for (reason, count) in &refused {
        println!("{count:6} {reason}");
    }
    let krate = compile::Crate::new("shapes");
    if let Err(errors) = krate.check("", &modules) {
        failures.push(errors);
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

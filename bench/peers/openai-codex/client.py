"""The official Python SDK: `client.py stream|run|turns|read|approve COUNT`.

It accepts approvals without being asked to, which is what `approve` measures.
"""

import json
import os
import sys
import time

from openai_codex import Codex, CodexConfig


def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


class Phase:
    """What `Phase` of the measuring programs in Rust is."""

    def __init__(self):
        self.idle_kb = peak_kb()
        self.latencies = []
        self.deltas = self.text = 0
        self.cpu = time.process_time_ns()
        self.began = time.perf_counter_ns()

    def stream(self, turn):
        for event in turn.stream():
            if event.method == "item/agentMessage/delta":
                self.deltas += 1
                self.text += len(event.payload.delta)

    def finish(self):
        wall = time.perf_counter_ns() - self.began
        cpu = time.process_time_ns() - self.cpu
        self.latencies.sort()
        percentile = lambda n: self.latencies[len(self.latencies) * n // 100] if self.latencies else 0
        figures = {
            "deltas": self.deltas, "text": self.text, "wall_ns": wall, "cpu_ns": cpu,
            "idle_kb": self.idle_kb, "peak_kb": peak_kb(),
            "p50_ns": percentile(50), "p99_ns": percentile(99),
        }
        print(json.dumps(figures), flush=True)


def main(what, count):
    with Codex(CodexConfig(codex_bin=os.environ["CODEX_BIN"])) as codex:
        thread = codex.thread_start()
        if what == "stream":
            phase = Phase()
            phase.stream(thread.turn("go"))
        elif what in ("run", "approve"):
            phase = Phase()
            thread.run("go")
        elif what == "turns":
            turns = [thread.turn("go")]
            turns += [codex.thread_start().turn("go") for _ in range(count - 1)]
            phase = Phase()
            thread.set_name("all turns are there")
            for turn in turns:
                phase.stream(turn)
        elif what == "read":
            phase = Phase()
            for _ in range(count):
                sent = time.perf_counter_ns()
                thread.read()
                phase.latencies.append(time.perf_counter_ns() - sent)
        else:
            sys.exit(f"it cannot do `{what}`")
        phase.finish()


main(sys.argv[1], int(sys.argv[2]))

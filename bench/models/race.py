# SPDX-License-Identifier: Apache-2.0
"""Worker processes that take turns: short windows in rotating order, each with a note of how much of
the machine somebody else used meanwhile. Used by compare.py and kernels/compare_onednn.py.
"""

import atexit
import json
import os
import pathlib
import select
import signal
import statistics
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
CLEAN = 0.08  # cores that others may use in a window that counts
SESSION = pathlib.Path("/proc/self/autogroup")  # Linux shares cores out between sessions first
CALM = int(SESSION.read_text().split()[-1]) if SESSION.exists() else 0  # niceness between windows


class Failed(Exception):
    """A worker cannot do what it was asked; the text says why."""


def busy_seconds():
    """CPU time used by anyone on this machine, stolen time included."""
    numbers = [int(n) for n in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(numbers) - numbers[3] - numbers[4]) / TICKS  # all but idle and waiting for a disk


def cpu_seconds(process):
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except OSError:
        return 0


class Worker:
    """A process that answers a JSON object for each one it is sent."""

    def __init__(self, name, command, log, environment=None, patience=1800, pin=None):
        self.name, self.log = name, pathlib.Path(log)
        command = [str(word) for word in command]
        if pin:
            command = ["taskset", "-c", pin, *command]
        with self.log.open("w") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **(environment or {})},
            )
        self.rest = b""
        self.facts = self.read(patience)

    def read(self, patience):
        limit = time.monotonic() + patience
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, limit - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            if not more:
                self.close(at_once=True)
                said = self.log.read_text(errors="replace").strip().splitlines()[-3:]
                raise Failed(
                    f"no answer within {patience} s"
                    if not ready
                    else f"ended with {self.process.returncode}: {' / '.join(said)}"
                )
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        answer = json.loads(line)
        if "failed" in answer:
            raise Failed(answer["failed"])
        return answer

    def ask(self, command, patience=600, **more):
        try:
            self.process.stdin.write(json.dumps({"cmd": command, **more}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # read() says how it ended
        return self.read(patience)

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def hurry(self, niceness):
        """Gives all of its threads, and this session, a niceness; below 0 only root may."""
        try:
            for thread in os.listdir(f"/proc/{self.process.pid}/task"):
                os.setpriority(os.PRIO_PROCESS, int(thread), niceness)
            if SESSION.exists():
                SESSION.write_text(str(niceness))
        except OSError as fault:
            raise Failed(
                f"its niceness cannot be {niceness}: {fault}; leave --urgent out or be root"
            ) from fault

    def close(self, at_once=False):
        try:
            if at_once:
                self.process.kill()
            self.process.stdin.close()
            self.process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


class Keepers:
    """Processes that keep every core busy when no worker does, at a lower priority than the workers. Without
    them, other load on the machine would take the cores, and their caches, each time that a worker's threads
    wait for each other."""

    def __init__(self):
        # What ends the script also ends the window, which gives the niceness back, and these processes.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        atexit.register(self.close)
        body = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
        self.processes = [subprocess.Popen([sys.executable, "-S", "-c", body]) for _ in range(os.cpu_count())]
        self.signal(signal.SIGSTOP)

    def signal(self, number):
        for process in self.processes:
            process.send_signal(number)

    def cpu_seconds(self):
        return sum(cpu_seconds(process.pid) for process in self.processes)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


def used(worker, work, keepers=None):
    """What `work` returns, and the cores that the worker and that others used meanwhile (this script is
    neither)."""

    def spent():
        mine = worker.cpu_seconds() if worker else 0
        kept = keepers.cpu_seconds() if keepers else 0
        return mine, busy_seconds() - mine - kept - time.process_time()

    start, before = time.perf_counter(), spent()
    result = work()
    after, seconds = spent(), time.perf_counter() - start
    return result, *(max(0, b - a) / seconds for a, b in zip(before, after))


def wait_until_quiet(patience):
    """Returns when the machine has been idle for a moment, or after so many seconds."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit and used(None, lambda: time.sleep(0.15))[2] > CLEAN:
        pass


def window(worker, seconds, least, keepers=None):
    """One window of a worker: median and least of its milliseconds, the cores that it and that others
    used, and whether it counts."""
    time.sleep(0.06)  # threads of the worker before it, which spin after their work, lie down
    if keepers:
        worker.hurry(-20)
        keepers.signal(signal.SIGCONT)
    try:
        answer, mine, others = used(worker, lambda: worker.ask("run", seconds=seconds, min=least), keepers)
    finally:
        if keepers:
            keepers.signal(signal.SIGSTOP)
            worker.hurry(CALM)
    answer.update(cores=round(mine, 2), others=round(others, 3), clean=others <= CLEAN)
    if "ms" in answer:
        times = answer.pop("ms")
        answer.update(
            median=statistics.median(times),
            best=min(times),
            runs=len(times),
            best_cpu=min(answer.pop("cpu_ms")),
        )
    return answer


def race(workers, rounds, seconds, patience, least=None, budget=1e9, keepers=None):
    """Lists of windows by worker. In each round everyone has one, in an order that changes. After
    three rounds none begins that would end later than `budget` seconds after the first. A window in
    which others used the machine is followed by up to `patience` seconds of waiting for a quiet one."""
    windows = {worker.name: [] for worker in workers}
    begin = time.monotonic()
    for turn in range(rounds):
        spent = time.monotonic() - begin
        if turn >= 3 and spent * (turn + 1) / turn > budget:
            break
        start = turn % len(workers)
        order = workers[start:] + workers[:start]
        for worker in order if turn % 2 == 0 else reversed(order):
            one = window(worker, seconds, (least or {}).get(worker.name, 3), keepers)
            windows[worker.name].append(one)
            if not one["clean"]:
                wait_until_quiet(patience)
    return windows


def counted(windows, enough=3):
    """The clean windows, or all of them where there are too few."""
    clean = [one for one in windows if one["clean"]]
    return clean if len(clean) >= min(enough, len(windows)) else windows


def summary(windows):
    """Median of the windows' medians, the quartiles of them, and the best window."""
    medians = sorted(one["median"] for one in counted(windows))
    low, high = (
        statistics.quantiles(medians, n=4, method="inclusive")[::2]
        if len(medians) > 1
        else (medians[0], medians[0])
    )
    return {
        "ms": statistics.median(medians),
        "low": low,
        "high": high,
        "best": medians[0],
        "best_run": min(one["best"] for one in windows),
        "cpu_ms": min(one["best_cpu"] for one in windows),
        "cores": statistics.median(one["cores"] for one in windows),
        "clean": sum(one["clean"] for one in windows),
        "windows": len(windows),
    }


def paired_ratio(ours, theirs):
    """Median over the rounds of theirs / ours: what drifts from round to round cancels."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if a["clean"] and b["clean"]]
    if len(pairs) < min(3, len(ours)):
        pairs = list(zip(ours, theirs))
    return statistics.median(b["median"] / a["median"] for a, b in pairs)

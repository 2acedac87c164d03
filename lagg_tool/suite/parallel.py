"""Runs on several targets at once, each in a process of its own.

None waits for another: one that hangs is interrupted at its deadline, which gives it time to
restore its NAS, and then killed; what it did not reach is "not run", with the reason.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.errors import INTERRUPTED, DocumentError
from lagg_tool.evidence import Results
from lagg_tool.evidence.merging import with_reason
from lagg_tool.own_command import with_bare_name

AT_ONCE = 16
# From the interruption at the deadline to the kill: for restoring a NAS that answers slowly.
GRACE_SECONDS = 90.0
UNREACHABLE = 3
PART = "ACCEPT_IS_A_PART"  # set for one run of several: its parent has said what all share
_PACKAGES = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """A target and the words of ``accept`` for it; a deadline in seconds, or none."""

    url: str
    words: tuple[str, ...]
    deadline: float | None = None


@dataclass(frozen=True)
class JobResult:
    """How a job ended: its exit status, its results if it wrote some, and else the reason."""

    job: Job
    status: int
    results: Results | None
    reason: str = ""


def run_all(jobs: Sequence[Job], directory: Path) -> list[JobResult]:
    """Run them side by side; pass an interruption on to all, and wait for what they have so far.

    An interrupted run's status is INTERRUPTED.
    """
    running = _Running()
    with ThreadPoolExecutor(min(len(jobs), AT_ONCE)) as pool:
        files = [directory / f"{number}.json" for number in range(len(jobs))]
        futures = [
            pool.submit(running.run, job, file) for job, file in zip(jobs, files, strict=True)
        ]
        while True:
            try:
                return [future.result() for future in futures]
            except KeyboardInterrupt:  # they end by themselves, with their NAS restored
                running.interrupt()


class _Running:
    """The processes that run now."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._ending = False

    def interrupt(self) -> None:
        """Interrupt all of them, once; those that have not begun do not begin."""
        with self._lock:
            if self._ending:
                return
            self._ending = True
            for process in self._processes:
                process.send_signal(signal.SIGINT)

    def run(self, job: Job, file: Path) -> JobResult:
        """Run one target to its end; pass its messages on line by line."""
        command = [sys.executable, "-m", "lagg_tool", "accept", "--target", job.url]
        with self._lock:
            if self._ending:
                return JobResult(job, INTERRUPTED, None, "the run was interrupted")
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [*command, "--results", str(file), *job.words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=_environment(),
            )
            self._processes.add(process)
        last: list[str] = []
        reader = threading.Thread(target=pass_on, args=(process, job.url, last))
        reader.start()
        try:
            forced = _wait(process, job.deadline)
        finally:
            reader.join()
            with self._lock:
                self._processes.discard(process)
        return _job_result(job, process.returncode, file, forced, "".join(last))


def _wait(process: subprocess.Popen[str], deadline: float | None) -> str:
    """Wait for the end; return why it was forced, or nothing."""
    try:
        process.wait(deadline)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return f"not done within {deadline:g} s, and killed: the NAS may not be as it was"
        return f"not done within {deadline:g} s"
    return ""


def pass_on(process: subprocess.Popen[str], url: str, last: list[str]) -> None:
    """Print what a run says, a line at a time, with its target in front; keep the last line."""
    assert process.stderr is not None
    before = f"{url.removesuffix(':')}: "  # sim: has a colon of its own
    with process.stderr:
        for line in (said.removeprefix("lagg-tool: ") for said in process.stderr):
            if line.strip():
                last[:] = [line.strip()]
                print(f"{before}{line}", end="", file=sys.stderr, flush=True)


def _job_result(job: Job, code: int, file: Path, forced: str, said: str) -> JobResult:
    """Return how a job ended; ``forced`` is why its end was, ``said`` its last line."""
    reason = forced or (f"ended by signal {-code}: {said}" if code < 0 else said)
    status = UNREACHABLE if forced or code < 0 else code
    try:
        results = Results.read(file) if file.exists() else None
    except DocumentError as error:
        return JobResult(job, max(status, 1), None, str(error))
    if results is not None and not results.targets:
        results = None  # it ended before it knew what it was to test
    if results is not None and forced:
        results = with_reason(results, forced)
    return JobResult(job, status, results, with_bare_name(reason))


def _environment() -> Mapping[str, str]:
    path = os.pathsep.join(filter(None, (str(_PACKAGES), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": path, PART: "1"}

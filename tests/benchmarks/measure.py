"""Measuring several contenders in turn, and describing the numbers."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.support.paths import ROOT

LONGEST_SECONDS = 120


class Absent(Exception):  # noqa: N818 - a state of a peer, not an error of ours
    """A contender that cannot be measured here, and why."""


@dataclass(frozen=True)
class Spread:
    """Seconds of one piece of work: the quartiles of all rounds."""

    lower: float
    median: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the quartiles of at least two values."""
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(lower, median, upper)


@dataclass(frozen=True)
class Contender:
    """A program to measure: its name, its command line, and what it adds to the environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """What came out for one contender: how long, or why it was not measured."""

    name: str
    spread: Spread | None
    per_round: tuple[float, ...] = ()
    absent: str = ""

    def over(self, other: Measured) -> Spread | None:
        """Return how many times longer this took than the other, round by round."""
        if self.spread is None or other.spread is None:
            return None
        pairs = zip(self.per_round, other.per_round, strict=True)
        return Spread.of([mine / theirs for mine, theirs in pairs])


def start(contender: Contender) -> subprocess.Popen[str]:
    """Start a warm contender and wait until it is ready. Raises Absent."""
    process = subprocess.Popen(
        contender.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(contender),
        cwd=ROOT,
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        process.kill()
        raise Absent(_last_line(process.communicate()[1]))
    return process


def ask(process: subprocess.Popen[str], count: int) -> float:
    """Let a warm contender do its work; return the seconds for one time."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{count}\n")
    process.stdin.flush()
    return float(process.stdout.readline()) / count


def warm(contenders: Sequence[Contender], rounds: int, seconds: float = 0.15) -> list[Measured]:
    """Measure contenders that stay up, round by round, each as long as ``seconds`` a round."""
    running: dict[str, subprocess.Popen[str]] = {}
    missing: dict[str, str] = {}
    for contender in contenders:
        try:
            running[contender.name] = start(contender)
        except Absent as reason:
            missing[contender.name] = str(reason)
    try:
        counts = {
            name: max(1, round(seconds / max(ask(process, 1), 1e-7)))
            for name, process in running.items()
        }
        return _rounds(
            contenders, missing, rounds, lambda one: ask(running[one.name], counts[one.name])
        )
    finally:
        for process in running.values():
            process.kill()
            process.communicate()


def cold(contenders: Sequence[Contender], rounds: int) -> list[Measured]:
    """Measure programs from their start to their end, round by round."""
    missing: dict[str, str] = {}
    for contender in contenders:  # once beforehand: files into the cache, masters started
        try:
            run(contender)
        except Absent as reason:
            missing[contender.name] = str(reason)
    return _rounds(contenders, missing, rounds, run)


def run(contender: Contender) -> float:
    """Run a program; return its seconds. Raises Absent when it fails."""
    began = time.perf_counter()
    try:
        done = subprocess.run(
            contender.command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(contender),
            cwd=ROOT,
            timeout=LONGEST_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Absent(str(error)) from error
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise Absent(_last_line(done.stderr or done.stdout))
    return took


def exponent(points: Mapping[int, float]) -> float:
    """Return b of time = a * n**b, by least squares over the logarithms."""
    xs = [math.log(n) for n in points]
    ys = [math.log(seconds) for seconds in points.values()]
    return statistics.linear_regression(xs, ys).slope


def _rounds(
    contenders: Sequence[Contender],
    missing: Mapping[str, str],
    rounds: int,
    once: Callable[[Contender], float],
) -> list[Measured]:
    values: dict[str, list[float]] = {one.name: [] for one in contenders}
    failed = dict(missing)
    for number in range(rounds):
        print(f"\r  round {number + 1} of {rounds} ", end="", file=sys.stderr, flush=True)
        # Each round begins with another one, so that none always comes behind the same.
        shift = number % len(contenders)
        for contender in (*contenders[shift:], *contenders[:shift]):
            if contender.name in failed:
                continue
            try:
                values[contender.name].append(once(contender))
            except (Absent, ValueError, OSError) as error:
                failed[contender.name] = f"round {number + 1}: {error}"
    print("\r", end="", file=sys.stderr)
    return [
        Measured(one.name, None, absent=failed[one.name])
        if one.name in failed
        else Measured(one.name, Spread.of(values[one.name]), tuple(values[one.name]))
        for one in contenders
    ]


def _environment(contender: Contender) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **contender.environment}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"

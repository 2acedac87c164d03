"""``python -m tests.benchmarks [ROW…] [--quick]``: measure, print, write the page and the plot."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import growth, peers, report, rows, server
from tests.benchmarks.measure import Absent
from tests.benchmarks.rows import Row

NAMES = ("start", "text", "command", "job", "site", "acceptance", "runner", "growth")


def main() -> int:
    """Measure what was asked for; the page is written only when that is everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*NAMES, []], help="all, if not given")
    parser.add_argument("--quick", action="store_true", help="three rounds; writes no page")
    options = parser.parse_args()
    chosen = options.rows or NAMES
    failure = peers.install()
    if failure:
        report.say(f"the peers could not be installed: {failure}")
    done: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="lagg-bench-") as name:
        directory = Path(name)
        for row in _rows(chosen, directory, quick=options.quick):
            done.append(row)
            report.say(report.terminal(row))
        grown = growth.everything(directory) if "growth" in chosen else []
        for one in grown:
            exponent = f"exponent {one.exponent:.2f}" if one.points else one.failed
            report.say(f"growth of {one.title}: {exponent}")
    if not options.rows and not options.quick:
        report.write(done, grown, peers.versions())
        report.say(f"written: {report.PAGE}, {report.PLOT}")
    return 0


def _rows(chosen: tuple[str, ...], directory: Path, *, quick: bool) -> Iterator[Row]:
    few, many, most = (2, 3, 5) if quick else (5, 9, 15)
    if "start" in chosen:
        yield rows.start_up(most)
    if "text" in chosen:
        yield from rows.text(many, directory)
    if "command" in chosen or "job" in chosen:
        yield from _over_ssh(chosen, directory, many, most)
    single: tuple[tuple[str, Callable[[int, Path], Row]], ...] = (
        ("site", rows.site),
        ("acceptance", rows.acceptance),
        ("runner", rows.runner),
    )
    for name, measure in single:
        if name in chosen:
            try:
                yield measure(few, directory)
            except Absent as reason:
                report.say(f"{name}: not measured: {reason}")


def _over_ssh(chosen: tuple[str, ...], directory: Path, many: int, most: int) -> Iterator[Row]:
    try:
        with server.running(directory) as environment:
            if "command" in chosen:
                yield rows.per_command(environment, most)
            if "job" in chosen:
                yield rows.cold_job(environment, many, directory)
    except Absent as reason:
        report.say(f"over SSH: not measured: {reason}")


raise SystemExit(main())

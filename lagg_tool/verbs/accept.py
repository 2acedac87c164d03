"""``lagg-tool accept``: run the suite, print the verdicts, write results.json, build the site."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lagg_tool import assets, suite
from lagg_tool.claims import Verdict, releases
from lagg_tool.errors import UsageError
from lagg_tool.evidence import (
    CommandEvent,
    FeatureResult,
    Provenance,
    Results,
    Status,
    TargetResult,
    WaitEvent,
)
from lagg_tool.evidence.redaction import redacted
from lagg_tool.evidence.release_notes import defect_states
from lagg_tool.suite.exit_status import TARGET_EXIT
from lagg_tool.suite.inventory import Entry, read_inventory, unique
from lagg_tool.suite.parallel import Job, not_run, run_all
from lagg_tool.target import open_target
from lagg_tool.testbed.memory import MemoryTestbed

# Options that the plugin takes as they are.
_PASSED_ON = (
    *("identity", "host_key_policy", "host_key", "ports", "wire_base", "qmp", "bench"),
    *("image_checksum", "memory", "boot_deadline"),
)
INTERRUPTED = 130
# Together they have a verdict on every claim: the system below, and the API above it.
DEFAULT_TARGETS = ("sim:", f"sim:?os={releases.REFERENCE_TRUENAS}")
_LINE_WIDTH = 88


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``accept``."""
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="SCENARIO", help="features/X.feature[::NAME]; else all")
    add("--target", action="append", metavar="URL", help="sim:, ssh://user@host, qemu:IMAGE")
    add("--inventory", type=Path, metavar="FILE", help="TOML: targets, each with its options")
    add("--workers", type=_count, metavar="N", help="processes for a simulated NAS; one per CPU")
    add("--deadline", type=_seconds, metavar="SECONDS", help="for each target; then it is ended")
    add("--identity", metavar="FILE", help="the private key for ssh://")
    add("--host-key-policy", choices=["strict", "accept-new"])
    add("--host-key", metavar="SHA256:…", help="the only host key to accept")
    add("--ports", metavar="NAMES", help="the NAS's test ports, in the bench's order")
    add("--wire-base", metavar="A:B", help="UDP ports of the NAS's cables and of the bench")
    add("--bench", choices=["epair", "wires"], help="epair: the host makes its own cables")
    add("--qmp", metavar="PATH", help="QEMU's monitor, to switch links")
    add("--image-checksum", metavar="sha256:HEX", help="what the image of qemu: must have")
    add("--memory", type=int, metavar="MIB", help="of the machine of qemu:; 1024")
    add("--boot-deadline", type=float, metavar="SECONDS", help="until qemu: answers; 600")
    add("--results", type=Path, metavar="FILE", default=Path("build/results.json"))
    add("--site", type=Path, metavar="DIRECTORY", help="build the site here")
    add("--tags", metavar="EXPRESSION", help="as in '@failover and not @confirms.C-05'")
    add("--read-only", action="store_true", help="run nothing that changes the NAS")
    add("--json", action="store_true", help="print the verdicts as JSON")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError(text)
    return seconds


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count


def accept(options: argparse.Namespace) -> int:
    """Run every feature against every target. Returns the exit status."""
    entries = unique(
        tuple(Entry(url) for url in options.target or ())
        + (read_inventory(options.inventory) if options.inventory else ())
    ) or tuple(Entry(url) for url in DEFAULT_TARGETS)
    with tempfile.TemporaryDirectory(prefix="lagg-accept-") as directory:
        if len(entries) == 1 and entries[0].deadline is None and options.deadline is None:
            status, runs = _run_here(options, entries[0], Path(directory))
        else:
            status, runs = _run_all(options, entries, Path(directory))
    if not runs:
        return status or 1
    whole = dataclasses.replace(merge(runs), command=_command_line(), commit=checked_out())
    results = redacted(whole)  # the command line names hosts and users as well
    print(results_json(results) if options.json else summary(results), flush=True)
    results.write(options.results)  # behind the verdicts: its disk may be full
    if options.site is not None:
        from lagg_tool.site import build  # noqa: PLC0415 - mkdocs is heavy

        build(options.site, [options.results])
        print(f"site: {options.site / 'index.html'}", file=sys.stderr)
    return status


def _run_here(
    options: argparse.Namespace, entry: Entry, directory: Path
) -> tuple[int, list[Results]]:
    """Run the one target in this process."""
    file = directory / "results.json"
    status = _run(argparse.Namespace(**{**vars(options), **entry.options}), entry.url, file)
    if not file.exists():
        return status, []
    results = Results.read(file)
    if any(s.status is not Status.NOT_RUN for f in results.features for s in f.scenarios):
        print(spent(results), file=sys.stderr)  # else the last word is why nothing ran
    return status, [results]


def _run_all(
    options: argparse.Namespace, entries: Sequence[Entry], directory: Path
) -> tuple[int, list[Results]]:
    """Run several targets at once. The worst of their statuses is ours."""
    each = max(1, (os.cpu_count() or 1) // len(entries))
    options.workers = options.workers or each
    jobs = [
        Job(entry.url, _words(options, entry), entry.deadline or options.deadline)
        for entry in entries
    ]
    ends = run_all(jobs, directory)
    example = next((end.results for end in ends if end.results is not None), None)
    runs = []
    for end in ends:
        if end.results is not None:
            runs.append(end.results)
        elif example is not None:
            runs.append(not_run(example, end.job.url, end.reason))
    return max(end.status for end in ends), runs


def _words(options: argparse.Namespace, entry: Entry) -> tuple[str, ...]:
    """Return the command line for one of several targets."""
    given = {name: getattr(options, name) for name in (*_PASSED_ON, "tags")} | dict(entry.options)
    words = [
        f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None
    ]
    if entry.url.startswith("sim:"):
        words.append(f"--workers={options.workers}")
    return (*words, *(["--read-only"] if options.read_only else []), *options.scenarios)


def _run(options: argparse.Namespace, target: str, file: Path) -> int:
    """Run pytest in this process. Returns an exit status of ours."""
    import pytest  # noqa: PLC0415 - heavy

    root = assets.root()
    arguments = [
        *suite_arguments(root, target),
        f"--results={file}",
        *(
            f"--{name.replace('_', '-')}={value}"
            for name in _PASSED_ON
            if (value := getattr(options, name)) is not None
        ),
    ]
    if options.tags:
        arguments.append(f"--tags={options.tags}")
    if options.read_only:
        arguments.append("--read-only")
    if (workers := _workers(options, target)) > 1:
        with open_target(target):  # a URL that cannot be is found here, not by each of them
            arguments.append(f"--numprocesses={workers}")
    chosen = [str(root / scenario) for scenario in options.scenarios]
    interruption = _Interruption()
    for number in (signal.SIGTERM, signal.SIGHUP) if workers > 1 else ():
        signal.signal(number, signal.default_int_handler)  # as the workers take it
    code = int(
        pytest.main([*arguments, *(chosen or [str(root / "features")])], plugins=[interruption])
    )
    if interruption.happened:
        return INTERRUPTED
    if code > TARGET_EXIT:
        return code - TARGET_EXIT
    return {
        pytest.ExitCode.OK: 0,
        pytest.ExitCode.TESTS_FAILED: 1,
        pytest.ExitCode.INTERRUPTED: 2,  # a feature file cannot be read
        pytest.ExitCode.USAGE_ERROR: 2,
        pytest.ExitCode.NO_TESTS_COLLECTED: 2,
    }.get(pytest.ExitCode(code), 1)


def _workers(options: argparse.Namespace, target: str) -> int:
    """Return how many processes are to share a run, each with a simulated NAS of its own."""
    if not target.startswith("sim:"):
        if options.workers is not None:
            raise UsageError(f"--workers: {target} is one NAS; only a simulated one can be many")
        return 1
    few = options.scenarios or any(getattr(options, name) is not None for name in _PASSED_ON)
    return options.workers or (1 if few else os.cpu_count() or 1)


def suite_arguments(root: Path, target: str) -> list[str]:
    """Return pytest's arguments for the suite of a checkout on a target; it can be imported."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))  # where the package steps is
    configuration = [
        "-c",
        str(Path(suite.__file__).with_name("pytest.toml")),
        "--rootdir",
        str(root),
    ]
    return [*configuration, "-p", "no:terminal", f"--target={target}"]


class _Interruption:
    """Notices that somebody pressed Ctrl-C; pytest's exit status does not tell."""

    happened = False

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Tell Ctrl-C from ``pytest.exit``."""
        self.happened |= type(excinfo.value) is KeyboardInterrupt  # Interrupted is one too


def merge(runs: Sequence[Results]) -> Results:
    """Return several runs of the same features as one, targets and scenarios in their order."""
    first = runs[0]
    return dataclasses.replace(
        first,
        seconds=sum(run.seconds for run in runs),
        targets=tuple(target for run in runs for target in run.targets),
        features=tuple(
            FeatureResult(
                feature.path,
                feature.name,
                feature.digest,
                tuple(s for run in runs for s in run.features[number].scenarios),
            )
            for number, feature in enumerate(first.features)
        ),
        verdicts=tuple(verdict for run in runs for verdict in run.verdicts),
    )


def summary(results: Results) -> str:
    """Return the verdicts in a few lines, per target."""
    parts = []
    for target in results.targets:
        parts.append(_heading(results, target))
        for verdict in Verdict:
            claims = [
                v.claim for v in results.verdicts if v.target == target.id and v.verdict == verdict
            ]
            if claims:
                parts.append(_line(f"{verdict.value} ({len(claims)})", claims))
        states = defect_states(
            s for f in results.features for s in f.scenarios if s.target == target.id
        )
        for state in ("present", "gone"):
            defects = [defect for defect, found in states.items() if found == state]
            if defects:
                parts.append(_line(f"defects {state} ({len(defects)})", defects))
    return "\n".join(parts)


def _heading(results: Results, target: TargetResult) -> str:
    scenarios = [s for f in results.features for s in f.scenarios if s.target == target.id]
    counts = {s.status.value: 0 for s in scenarios}
    for scenario in scenarios:
        counts[scenario.status.value] += 1
    ended = ", ".join(f"{count} {status}" for status, count in counts.items())
    if target.provenance is Provenance.SIMULATED:
        what = f"{target.url} is a simulated {target.os}: no evidence about a real host"
    else:
        what = f"{target.url} is {target.os}"
    return f"{what}\n{len(scenarios)} scenarios: {ended}\nVerdicts on the article's claims:"


def spent(run: Results) -> str:
    """Say how long a run waited for the protocols, and how long for itself.

    On a virtual clock waiting costs nothing, so that only the sum is the run's own time.
    """
    steps = [step for f in run.features for s in f.scenarios for step in s.steps]
    events = [event for step in steps for event in step.evidence]
    waited = sum(event.seconds for event in events if isinstance(event, WaitEvent))
    ran = sum(event.measured for event in events if isinstance(event, CommandEvent))
    if any(target.testbed == MemoryTestbed.kind for target in run.targets):
        return f"time: {run.seconds:.0f} s; the NAS's clock went {waited + ran:.0f} s further"
    own = max(0.0, run.seconds - waited - ran)
    return (
        f"time: {run.seconds:.0f} s: {waited:.0f} s waiting for protocol timers, "
        f"{ran:.0f} s for the NAS's commands, {own:.0f} s for itself"
    )


def _line(head: str, claims: Sequence[str]) -> str:
    lines = [f"  {head:20}"]
    for claim in claims:
        if len(lines[-1]) + 1 + len(claim) > _LINE_WIDTH:
            lines.append(" " * 22)
        lines[-1] += f" {claim}"
    return "\n".join(lines)


def results_json(results: Results) -> str:
    """Return the verdicts as JSON."""
    return json.dumps({"verdicts": [dataclasses.asdict(v) for v in results.verdicts]}, indent=1)


def _command_line() -> str:
    return shlex.join(["lagg-tool", *sys.argv[1:]])


def checked_out() -> str:
    """Return the checkout's commit, or nothing outside a checkout."""
    git = shutil.which("git")
    if git is None or not (assets.root() / ".git").exists():
        return ""
    done = subprocess.run(  # noqa: S603 - a constant command
        [git, "-C", str(assets.root()), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.strip()

"""The question before ``accept`` touches a real NAS: what happens there, and whether to go on."""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
import textwrap
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lagg_tool import assets
from lagg_tool.errors import DocumentError, RefusedError, TargetError, UsageError
from lagg_tool.evidence import Provenance, Results, Status, TargetResult
from lagg_tool.nas.opening import product_of
from lagg_tool.output import printable
from lagg_tool.target import open_target
from lagg_tool.target.options import login_options

EPAIR, WIRES = "epair", "UDP"  # the kinds of testbed, as results have them
_LINUX = "Linux"  # which has wires only
_ALL_PORTS = "every network card but that of this session"
_WIDTH = 96
_CHANGES = {
    EPAIR: "makes four pairs of epair(4) and jails, and on them LAGGs, VLANs and bridges; sets "
    "sysctls below net.link.lagg. Its network cards, their addresses and rc.conf stay as they are",
    WIRES: "{ports}: takes them up and down, sets their MTU and addresses, makes LAGGs, VLANs and "
    "bridges of them; their variables in rc.conf, static ARP entries of test addresses, and "
    "sysctls below net.link.lagg. The interface of this session stays as it is",
    _LINUX: "{ports}: takes them up and down, sets their MTU and addresses, makes bonds, VLANs and "
    "bridges of them. The interface of this session, and the files for the next boot, stay as they "
    "are",
}
_TRUENAS = "; the rows of these interfaces in the middleware's database"
_RESTORES = (
    "what a scenario has changed after it, and everything at the end, after Ctrl-C too; it "
    "prints what it could not restore, with the commands for that"
)
_NEEDS = {
    EPAIR: "root over SSH; VIMAGE, epair(4), jail, tcpdump and daemon on the host; and nobody "
    "else who changes interfaces there meanwhile",
    WIRES: "root over SSH; test ports that nobody uses, with a bench at the other end; and nobody "
    "else who changes interfaces there meanwhile",
}


def ask(options: argparse.Namespace, targets: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """Say what a run does to each real NAS; return the targets that it may change.

    ``targets`` are the options of each URL. ``--yes`` is the answer before the question.
    Simulated ones, virtual machines of our own and runs that only look need none. Of several,
    one that cannot be reached now is left out: its own run would ask. Raises UsageError,
    TargetError and RefusedError.
    """
    hosts = [url for url in targets if url.startswith("ssh:")]
    if options.yes or options.read_only or not hosts:
        return frozenset(targets)
    looks: list[TargetResult | None]
    if len(targets) == 1:
        looks = [_look(options, hosts[0], targets[hosts[0]])]
    else:
        with ThreadPoolExecutor(len(hosts)) as pool:  # a silent one keeps no other waiting
            looks = list(pool.map(lambda url: _look_if_there(options, url, targets[url]), hosts))
    found = {url: look for url, look in zip(hosts, looks, strict=True) if look is not None}
    real = {url: look for url, look in found.items() if look.provenance is Provenance.OBSERVED}
    for url, look in real.items():
        text = notice(look, *_ports_of(targets[url]))
        print(printable(text), file=sys.stderr, flush=True)
    if real:
        _wait_for_answer(", ".join(real))
    return frozenset(targets) - (frozenset(hosts) - frozenset(found))


def _wait_for_answer(names: str) -> None:
    """Return if somebody at a terminal agrees. Raises RefusedError."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise RefusedError(
            f"{names}: nothing was touched, since nobody has agreed to these changes; "
            "--yes agrees, --read-only only looks"
        )
    print(f"Go on with {printable(names)}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RefusedError(
            f"{names}: the answer was no; nothing was touched; --read-only only looks"
        )


def _ports_of(given: Mapping[str, str]) -> tuple[str, str]:
    """Return the testbed that a run will have, and the words for the ports that it uses."""
    bench, ports = given.get("bench"), given.get("ports")
    wired = bench == "wires" or (bench is None and bool(ports or given.get("wire_base")))
    return WIRES if wired else EPAIR, ports or _ALL_PORTS


def _look(options: argparse.Namespace, url: str, given: Mapping[str, str]) -> TargetResult:
    """Log in, and ask the NAS what it is. Raises UsageError and TargetError."""
    paths: dict[str, Any] = {"identity": [Path(given["identity"])]} if "identity" in given else {}
    if "ssh_config" in given:
        paths["ssh_config"] = Path(given["ssh_config"])
    how = login_options({**vars(options), **given, **paths}, read_only=True)
    with open_target(url, how) as target:
        return target.result


def _look_if_there(
    options: argparse.Namespace, url: str, given: Mapping[str, str]
) -> TargetResult | None:
    try:
        return _look(options, url, given)
    except (TargetError, UsageError):  # such as no key: its own run says so
        return None


def notice(target: TargetResult, testbed: str, ports: str) -> str:
    """Return what a run does to a NAS, what it restores, how long it takes and what it needs."""
    product = product_of(target.facts)
    testbed = WIRES if product == "linux" else testbed
    changes = _CHANGES[_LINUX if product == "linux" else testbed].format(ports=ports)
    rows = {
        "changes": changes + (_TRUENAS if product == "truenas" else ""),
        "restores": _RESTORES,
        "takes": duration(testbed),
        "needs": _NEEDS[testbed],
    }
    return f"{target.url} is {target.os}, a real NAS. The run\n" + _table(rows)


def _table(rows: Mapping[str, str]) -> str:
    return "\n".join(
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent=f"  {word:10}",
            subsequent_indent=" " * 12,
            break_on_hyphens=False,
        )
        for word, text in rows.items()
    )


def duration(testbed: str) -> str:
    """Return how long the recorded whole runs on such a testbed took."""
    took = [f"{minutes} minutes on {on}" for (kind, on), minutes in _recorded() if kind == testbed]
    measured = f"for all scenarios {', '.join(took)}" if took else "not measured yet"
    return f"{measured}; --tags, or the names of features, make it shorter"


@functools.cache  # reading them takes seconds
def _recorded() -> tuple[tuple[tuple[str, str], int], ...]:
    """Return the minutes of the last recorded whole run on each testbed and release."""
    minutes: dict[tuple[str, str], int] = {}
    for file in sorted((assets.root() / "docs" / "history").glob("*.json*")):
        with contextlib.suppress(DocumentError):
            run = Results.read(file)
            scenarios = list(run.scenarios)
            ran = sum(s.status is not Status.NOT_RUN for s in scenarios)
            if ran > len(scenarios) / 2:
                minutes[run.targets[0].testbed, run.targets[0].release] = round(run.seconds / 60)
    return tuple(minutes.items())

"""A Linux host: what it is asked, and what its answers mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lagg_tool.bond.links import read_links
from lagg_tool.bond.report import BondReport, parse_reports
from lagg_tool.bond.state import BondHost, Route
from lagg_tool.command import Command, Completed, Effect, Runner, load_script, read, script
from lagg_tool.errors import HostError, UnreadableError, why_no_json
from lagg_tool.lagg import Management
from lagg_tool.nas.contract import read_user
from lagg_tool.nas.linux.layout import ETC
from lagg_tool.nas.linux.state import LinuxState

_SCRIPTS = "lagg_tool.nas.linux.scripts"

# The client's address and ours, then the way back to the client.
_SESSION = """\
set -- $SSH_CONNECTION
echo "${1:-} ${3:-}"
[ -z "${1:-}" ] || ip -j route get "$1"
true"""

LINKS = read("ip", "-d", "-s", "-j", "link")
BONDS = script(load_script(_SCRIPTS, "bonds"), effect=Effect.READ)

_QUESTIONS: tuple[tuple[str, Command], ...] = (
    ("links", LINKS),
    ("addresses", read("ip", "-j", "addr")),
    ("bonds", BONDS),
    ("dmesg", read("dmesg")),
    ("session", script(_SESSION, effect=Effect.READ)),
    ("routes", read("ip", "-j", "route")),
    ("facts", script(load_script(_SCRIPTS, "facts"), effect=Effect.READ)),
    ("files", script(load_script(_SCRIPTS, "netfiles"), ETC, effect=Effect.READ)),
)


def observe_commands() -> list[Command]:
    """Return the commands of the one batch that observes a host."""
    return [command for _, command in _QUESTIONS]


def observe(runner: Runner) -> LinuxState:
    """Look at the host in one round trip. Raises HostError and TargetError."""
    return read_answers(runner.run_batch(observe_commands()))


def read_answers(completed: list[Completed]) -> LinuxState:
    """Make facts of the answers to ``observe_commands``. Raises HostError."""
    answers = {name: answer for (name, _), answer in zip(_QUESTIONS, completed, strict=True)}
    links = answers["links"]
    if links.status == 127:
        raise HostError("the host has no program ip; install iproute2 there")
    if links.status != 0:
        said = links.stderr.strip().partition("\n")[0]
        raise UnreadableError(
            f"ip -d -j link: exit status {links.status}: {said or 'nothing'}; the ip of iproute2"
            " is needed, not that of busybox"
        )
    facts = list(_facts(answers["facts"].stdout))
    values = dict(facts)
    host = BondHost(
        links=read_links(links.stdout, answers["addresses"].stdout),
        reports=read_bonds(answers["bonds"].stdout),
        dmesg=answers["dmesg"].stdout.splitlines(),
        management=read_session(answers["session"].stdout),
        routes=read_routes(answers["routes"].stdout),
        user=read_user(values.get("user", "")),
        root=values.get("user", "").startswith("uid=0("),
        system=values.get("system", ""),
        boot=values.get("boot", ""),
        speeds=dict(_speeds(facts)),
        files=read_files(answers["files"].stdout),
        hidden=tuple(
            line.removeprefix("hidden ")
            for line in answers["files"].stdout.splitlines()
            if line.startswith("hidden /")
        ),
        tools=frozenset(value for word, value in facts if word == "tool"),
    )
    return LinuxState(host)


def _facts(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        word, _, value = line.partition(" ")
        yield word, value


def _speeds(facts: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[int, str]]]:
    for word, value in facts:
        match value.split() if word == "speed" else ():
            case [name, speed, duplex] if re.fullmatch(r"[0-9]{1,9}", speed):
                yield name, (int(speed), duplex)
            case [name, _, duplex]:  # -1: the driver does not know it
                yield name, (0, duplex)


def read_bonds(text: str) -> dict[str, BondReport]:
    """Return the reports of the bonds, by name, from the answer of bonds.sh."""
    texts: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("= "):
            name = line[2:]
            texts[name] = ""
        elif line.startswith("| ") and name:
            texts[name] += f"{line[2:]}\n"
    found = {name: parse_reports(own, name).bonds for name, own in texts.items()}
    return {name: bonds[0] for name, bonds in found.items() if bonds}


def read_session(text: str) -> Management:
    """Return how the client comes in, from its environment and the route back to it."""
    first, _, route = text.partition("\n")
    client, _, address = first.strip().partition(" ")
    ways = read_routes(route)
    return Management(client, address, ways[0].interface if ways else "")


def read_routes(text: str) -> tuple[Route, ...]:
    """Return the routes of ``ip -j route``; none where it said none."""
    try:
        found = json.loads(text.strip() or "[]")
        return tuple(
            Route(
                each["dst"],
                each.get("gateway", ""),
                each["dev"],
                each.get("metric"),
                each.get("protocol", ""),
            )
            for each in found
            if "dev" in each
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableError(f"ip -j route: {why_no_json(error)}") from error


def read_files(text: str) -> dict[str, tuple[tuple[int, str], ...]]:
    """Return the numbered lines of netfiles.sh, by path."""
    found: dict[str, tuple[tuple[int, str], ...]] = {}
    path = ""
    for line in text.splitlines():
        if line.startswith("= /"):
            path = line[2:]
            found[path] = ()
            continue
        number, _, rest = line.partition(" ")
        if path and number.isascii() and number.isdigit():
            found[path] += ((int(number), rest),)
    return found

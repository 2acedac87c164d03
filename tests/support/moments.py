"""A change of a NAS that something befalls at a moment, and whether what is left is right.

What is left is one configuration, the one before or the one after, with all that is not the
tool's as it was; and what the verb said, with its exit status, is true.

``python -m tests.support.moments --runs 50`` tries many moments of every change.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.support.mishaps import MISHAPS, Host

SPEC = """\
name = "lagg0"
description = "by the tool"
protocol = "failover"
ports = ["vtnet2", "vtnet1"]
mtu = 9000
addresses = ["192.0.2.1/24"]
"""
# What an administrator has there, which is none of the tool's business.
FOREIGN = {
    "freebsd": """\
sysrc cloned_interfaces="lagg7 vlan7 vlan8" ifconfig_lagg7="laggproto failover laggport em0 up"
sysrc hostname=filer.example ifconfig_vlan8="vlan 8 vlandev lagg7 10.9.7.9/24"
sysrc static_routes=site route_site="-net 10.7.0.0/16 10.9.8.1"
sysrc ifconfig_vlan7="vlan 7 vlandev em1 10.9.9.9/24" ifconfig_em0=up ifconfig_em1=up
sysrc ifconfig_vtnet3="inet 10.9.8.9/24" ifconfig_vtnet3_alias0="inet 10.9.8.10/32"
echo '# written by hand' >> /etc/rc.conf
""",
    "truenas": """\
midclt call interface.create '{"type": "LINK_AGGREGATION", "name": "lagg7",\
 "lag_protocol": "FAILOVER", "lag_ports": ["em0"]}'
midclt call interface.create '{"type": "VLAN", "name": "vlan7", "vlan_parent_interface": "em1",\
 "vlan_tag": 7}'
midclt call interface.update vtnet3 '{"aliases": [{"type": "INET", "address": "10.9.8.9",\
 "netmask": 24}, {"type": "INET", "address": "10.9.8.10", "netmask": 24}]}'
midclt call interface.commit '{"rollback": false}'
""",
}
# The settings of a LAGG's ports stay until the next boot on a TrueNAS.
_OURS = re.compile("(lagg0|vtnet1|vtnet2): ")
AGAIN = ("nothing was touched", "the old configuration holds", "not undone")


@dataclass(frozen=True)
class Change:
    """A change of the NAS: what comes before, the words of its verb, whether lagg0 is there."""

    first: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    before: bool  # whether the NAS has lagg0 if the verb does nothing, and time goes on
    after: bool  # ... and if it does all


APPLY = ("apply", "FILE")
HOLD = ("apply", "FILE", "--hold")
CHANGES = {
    "apply": Change((), APPLY, before=False, after=True),
    "remove": Change(
        (APPLY, ("reboot",)), ("apply", "--remove", "lagg0"), before=True, after=False
    ),
    "confirm": Change((HOLD,), ("confirm",), before=False, after=True),
    "rollback": Change((HOLD,), ("rollback",), before=False, after=False),
    "undo": Change((APPLY,), ("rollback",), before=True, after=False),
    "undo later": Change((APPLY, ("reboot",)), ("rollback",), before=True, after=False),
}


@dataclass
class Site:
    """A host, and how it looks with lagg0 and without."""

    host: Host
    file: str
    looks: dict[bool, set[str]] = field(default_factory=lambda: {False: set(), True: set()})

    @property
    def truenas(self) -> bool:
        """Whether a middleware has the configuration."""
        return bool(self.host.nas.release.product)

    def verb(self, words: tuple[str, ...]) -> tuple[int, str]:
        """Run a verb, or reboot."""
        if words == ("reboot",):
            self.host.nas.reboot()
            return 0, ""
        return self.host.verb(*(self.file if word == "FILE" else word for word in words))

    def look(self) -> str:
        """Return what the NAS is, at runtime and for its next boot."""
        if not self.truenas:
            return self.host.say("ifconfig -a; cat /etc/rc.conf; hostname; netstat -rn")
        rows = json.loads(self.host.say("midclt call interface.query"))
        pending = self.host.say("midclt call interface.has_pending_changes")
        shown = self.host.say("ifconfig -a | grep -v status:")  # of a card that was never up
        others = [
            block for block in re.split(r"^(?=\w)", shown, flags=re.M) if not _OURS.match(block)
        ]
        data = [row for row in rows if row["name"] not in ("lagg0", "vtnet1", "vtnet2")]
        for row in data:
            del row["state"]
        found = [name for name in ("lagg0",) if f"\n{name}: " in shown]
        stored = [row["name"] for row in rows if row["name"] == "lagg0" and row.get("lag_ports")]
        text = json.dumps(sorted(data, key=lambda row: str(row["name"])), indent=1)
        lines = sorted({*"".join(others).splitlines(), *text.splitlines()})
        return "\n".join([*lines, f"kernel: {found}", f"stored: {stored}", f"pending: {pending}"])

    def learn(self) -> None:
        """See how it looks with lagg0 and without, now and after a boot."""
        for words, has in ((("reboot",), False), (APPLY, True), (("reboot",), True)):
            status, said = self.verb(words)
            assert status == 0, said
            self.looks[has].add(self.look())
        assert self.verb(("rollback",))[0] == 0
        self.looks[False].add(self.look())

    @property
    def state(self) -> bool | None:
        """Whether lagg0 is there; None if the NAS is neither with it nor without it."""
        shown = self.look()
        return next((has for has, looks in self.looks.items() if shown in looks), None)


def site(made: Host, directory: Path) -> Site:
    """Return a host with what is not the tool's on it."""
    file = directory / "lagg0.toml"
    file.write_text(SPEC, "utf-8")
    found = Site(made, str(file))
    made.say(FOREIGN["truenas" if found.truenas else "freebsd"])
    found.learn()
    return found


def befall(at: Site, change: Change, mishap: Callable[[], None], number: int) -> list[str]:
    """Make the change, have the mishap at this moment of it; return what is wrong then."""
    for words in change.first:
        status, said = at.verb(words)
        assert status == 0, said
    at.host.moments.plan(number, mishap)
    status, said = at.verb(change.words)
    passed = at.host.moments.passed
    at.host.moments.forget()
    at.host.clock.sleep(600)
    wrong = [] if passed >= number else [f"it ended after {passed} moments"]
    wrong += [f"{each}" for each in _judge(at, change, status, said)]
    wrong += _tidy_up(at)
    return [f"{each}\n    status {status}: {said.splitlines()[-3:]}" for each in wrong]


def _judge(at: Site, change: Change, status: int, said: str) -> list[str]:
    state = at.state
    wrong = []
    if "Traceback" in said:
        wrong.append(said)
    left = at.truenas and status == 5 and "pending: True" in at.look()  # rollback is advised
    if state is None and not left:
        wrong.append(f"a mixture: {_difference(at)}")
    elif status == 0 and state is not change.after:
        wrong.append("it is done, by its words, and is not")
    elif status == 4 and state is not change.before:  # REVERTED
        wrong.append("it is reverted, by its words, and is not")
    elif at.truenas and HOLD in change.first and status == 3:
        pass  # a reboot makes a held change permanent (B-13), whatever the verb did
    elif any(text in said for text in AGAIN) and status and state is not change.before:
        wrong.append("nothing was touched, by its words, and something was")
    if status == 5 and "lagg-tool" not in said:
        wrong.append("an unknown outcome without a word on what to do")
    if status not in (0, 3, 4, 5) and not any(text in said for text in AGAIN):
        wrong.append("no word on what holds")
    if "armed:" in said and status == 3 and not any(text in said for text in AGAIN):
        wrong.append("a lost connection without a word on what holds")
    return wrong


def _difference(at: Site) -> str:
    shown = at.look().splitlines()
    every = {line for looks in at.looks.values() for look in looks for line in look.splitlines()}
    common = set.intersection(
        *(set(look.splitlines()) for looks in at.looks.values() for look in looks)
    )
    more = [line for line in shown if line not in every]
    return f"more: {more}; missing: {sorted(common - set(shown))}"


def _tidy_up(at: Site) -> list[str]:
    """Undo what is left, as messages advise, and see that the next change works."""
    wrong = []
    said = []
    if at.state is not False:
        said.append(at.verb(("rollback",)))
    if at.state is not False:
        said.append(at.verb(("apply", "--remove", "lagg0")))
    if at.state is not False:
        wrong.append(f"the old configuration does not come back: {_difference(at)} {said}")
        return wrong
    for words, has in ((APPLY, True), (("rollback",), False)):
        status, text = at.verb(words)
        if status or at.state is not has:
            wrong.append(f"the next {words[0]} does not work: {status} {text}{_difference(at)}")
    return wrong


def moments_of(at: Site, change: Change) -> int:
    """Return how many moments an undisturbed change has."""
    for words in change.first:
        at.verb(words)
    at.host.moments.plan(0, lambda: None)
    status, said = at.verb(change.words)
    assert status == 0, said
    passed = at.host.moments.passed
    assert at.state is change.after, _difference(at)
    assert not _tidy_up(at)
    return passed


class Campaign:
    """Tries moments of changes at one NAS, and at a fresh one after something was wrong."""

    def __init__(self, release: str) -> None:
        self._release = release
        self._closing = contextlib.ExitStack()
        self._site: Site | None = None
        self._counts: dict[str, int] = {}
        self.tried: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def site(self) -> Site:
        """The NAS, with what is not the tool's on it."""
        if self._site is None:
            directory = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="moments-"))
            self._site = site(Host(self._release), Path(directory))
        return self._site

    def moments_of(self, change: str) -> int:
        """Return how many moments an undisturbed change has."""
        if change not in self._counts:
            self._counts[change] = moments_of(self.site, CHANGES[change])
        return self._counts[change]

    def attempt(self, change: str, mishap: str, seed: int) -> list[str]:
        """Let it happen at the moment that the seed says; return what is wrong then."""
        count = self.moments_of(change)
        number = random.Random(f"{self._release} {change} {mishap} {seed}").randint(1, count)
        at = self.site
        wrong = befall(at, CHANGES[change], lambda: MISHAPS[mishap](at.host.way), number)
        self.tried[mishap] += 1
        if wrong:
            self._closing.close()
            self._site = None
        name = f"{self._release}, {mishap} at {number} of {count} of {change}, seed {seed}"
        return [f"{name}: {each}" for each in wrong]


def main() -> int:
    """Try moments, a mishap after the other; print what was wrong, and the counts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--release", default="freebsd-13.2")
    parser.add_argument("--changes", nargs="+", default=list(CHANGES))
    parser.add_argument("--mishaps", nargs="+", default=list(MISHAPS))
    parser.add_argument("--runs", type=int, default=50, help="of each change")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong = 0
    for change in options.changes:
        with Campaign(options.release) as campaign:
            found = 0
            for run in range(options.runs):
                mishap = options.mishaps[run % len(options.mishaps)]
                for line in campaign.attempt(change, mishap, options.seed + run):
                    print(line, flush=True)
                    found += 1
            tried = ", ".join(f"{count} {name}" for name, count in campaign.tried.items())
            print(f"{options.release} {change}: {found} wrong of {tried}", flush=True)
            wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

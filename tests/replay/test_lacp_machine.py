"""The LACP machines alone, played against every recorded LACP session.

What the partner sent goes in, what the host sent must come out: the same frames per port in
the same order, each within a second and the slack that the recordings' README gives. A
partner's frame that answered a frame of the host is given when the machine sends that
frame; others come at their recorded time. ``ifconfig -v`` lines are compared at their time.
"""

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lagg_tool.simulator.kernel.lacp.instance import LacpInstance, is_control
from lagg_tool.simulator.kernel.lacp.model import Effect, Flapped, Link, LinkState, Send
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import mac, mac_text
from lagg_tool.wire.summary import summary
from tests.support.paths import RECORDINGS

LAGG_INDEX = 9
SLACK = 1.3  # seconds: a tick of arbitrary phase, and an emulated machine under load
EM_RESET = 3.0  # seconds of autonegotiation
REPLY = 0.05  # seconds within which a partner answers
NAMES = {1: "vtnet1", 2: "vtnet2", 3: "vtnet3", 4: "vtnet4", 5: "em0", 6: "em1"}
BENCH_PORT = {name: number for number, name in NAMES.items()}


def interface_index(port: int) -> int:
    return port + 1


def lacp_recordings() -> Iterator[str]:
    for path in sorted(RECORDINGS.glob("freebsd-*/wire-*.json")):
        if "laggproto lacp" in path.read_text():
            yield f"{path.parent.name}/{path.stem}"


@dataclass
class Sent:
    at: float
    frame: bytes


@dataclass
class Recording:
    steps: list[dict[str, Any]]
    sent: dict[int, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[int, dict[int, list[bytes]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    unasked: list[tuple[float, int, bytes]] = field(default_factory=list)

    @property
    def end(self) -> float:
        return max(one.at for sent in self.sent.values() for one in sent)


def load(name: str) -> Recording:
    data = json.loads((RECORDINGS / f"{name}.json").read_text())
    recording = Recording(data["steps"])
    for one in data["frames"]:
        frame, port, at = bytes.fromhex(one["hex"]), one["port"], one["t"]
        if not is_control(frame):
            continue
        sent = recording.sent[port]
        if one["dir"] == "from_nas":
            if not sent and is_stale(frame):
                continue
            sent.append(Sent(at, frame))
        elif not sent and is_stale(frame):
            continue
        elif sent and at - sent[-1].at < REPLY and is_answer(sent[-1].frame, frame):
            recording.answers[port][len(sent) - 1].append(frame)
        else:
            recording.unasked.append((at, port, frame))
    return recording


def is_stale(frame: bytes) -> bool:
    """Whether the session before left this marker in the driver's queue, or it answers such."""
    marker = slow.Marker.parse(frame)
    return marker is not None and marker.transaction != 1


def is_answer(asked: bytes, frame: bytes) -> bool:
    marker, response = slow.Marker.parse(asked), slow.Marker.parse(frame)
    if marker is not None and response is not None:
        return marker.transaction == response.transaction
    return (slow.Lacpdu.parse(asked) is None) == (slow.Lacpdu.parse(frame) is None)


class Replayed:
    """One lagg with what the machine needs of a host: carriers, drivers' queues, options."""

    def __init__(self, recording: Recording, latency: float) -> None:
        self.recording = recording
        self.latency = latency
        self.carrier = dict.fromkeys(NAMES, True)
        self.machine = LacpInstance(LAGG_INDEX, accepts=self.accepts)
        self.members: list[int] = []
        self.up = False
        self.now = 0.0
        self.sent: dict[int, list[Sent]] = defaultdict(list)
        self.queued: dict[int, list[bytes]] = defaultdict(list)
        self.active_ports = self.flapping = 0
        self.resets: dict[float, int] = {}
        self.history: list[tuple[float, list[str]]] = []

    def accepts(self, index: int) -> bool:
        name = NAMES[index - 1]
        return name.startswith("vtnet") or self.carrier[index - 1]

    def link(self, port: int) -> Link:
        return Link(self.carrier[port], 10_000 if NAMES[port].startswith("vtnet") else 1000)

    def advance(self, until: float) -> None:
        self.note()
        while True:
            tick = self.machine.next_deadline()
            due = min(one for one in (tick, until, *self.resets) if one is not None)
            self.now = due
            if due in self.resets:
                self.set_link(self.resets.pop(due), up=True)
            elif due == tick:
                self.apply(self.machine.tick(due))
            else:
                return
            self.note()

    def note(self) -> None:
        self.history.append((self.now, self.verbose()))

    def views(self, start: float, end: float) -> list[list[str]]:
        before = [view for at, view in self.history if at <= start]
        return before[-1:] + [view for at, view in self.history if start < at <= end]

    def apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.transmit(effect.port - 1, effect.frame)
            elif isinstance(effect, LinkState):
                self.active_ports = effect.active_ports
            elif isinstance(effect, Flapped):
                self.flapping += 1

    def transmit(self, port: int, frame: bytes) -> None:
        if not self.carrier[port]:
            self.queued[port].append(frame)
            return
        self.sent[port].append(Sent(self.now, frame))
        for answer in self.recording.answers[port].get(len(self.sent[port]) - 1, ()):
            self.receive(port, answer)

    def receive(self, port: int, frame: bytes) -> None:
        if port in self.members and self.up and self.carrier[port]:
            at = self.now + self.latency
            self.apply(self.machine.receive(interface_index(port), frame, at))

    def set_link(self, port: int, *, up: bool) -> None:
        self.carrier[port] = up
        waiting, self.queued[port] = self.queued[port], []
        for frame in waiting if up else ():
            self.transmit(port, frame)
        if port in self.members:
            index = interface_index(port)
            self.apply(self.machine.link_changed(index, self.link(port), self.now))

    def run(self, line: str) -> None:
        for command in line.split(";"):
            words = command.split()
            if words[:2] == ["ifconfig", "lagg0"]:
                self.ifconfig(words[2:])

    def ifconfig(self, words: list[str]) -> None:
        for word, argument in itertools.pairwise([*words, ""]):
            match word:
                case "laggport":
                    self.add(BENCH_PORT[argument])
                case "up":
                    self.up = True
                    self.machine.start(self.now)
                case "down":
                    self.up = False
                    self.machine.stop()
                case "ether":
                    self.machine.stop()
                    self.machine.start(self.now)
                case "lacp_fast_timeout":
                    self.machine.set_fast_timeout(fast=True)
                case "-lacp_strict":
                    self.machine.strict = False
                case "lacp_txtest" | "-lacp_txtest":
                    self.machine.set_transmit_test(drop=word == "lacp_txtest")
                case "lacp_rxtest":
                    self.machine.set_receive_test(drop=True)

    def add(self, port: int) -> None:
        self.members.append(port)
        effects = self.machine.add_port(
            interface_index(port),
            name=NAMES[port],
            unit=int(NAMES[port][-1]),
            source=mac(f"52:54:00:aa:00:0{port}"),
            system=mac(f"52:54:00:aa:00:0{self.members[0]}"),
            link=self.link(port),
            now=self.now,
        )
        self.apply(effects)
        if NAMES[port].startswith("em") and len(self.members) > 1:
            # Another MAC address resets an em(4), and its link comes back after a while.
            self.set_link(port, up=False)
            self.resets[self.now + EM_RESET] = port

    def verbose(self) -> list[str]:
        """Return the lines of ``ifconfig -v`` that LACP decides."""
        machine = self.machine
        actor, partner = machine.lag_id
        lines = [f"active ports: {self.active_ports}", f"flapping: {self.flapping}"]
        lines += [f"lag id: [{info(actor)},", f"{info(partner)}]"]
        for port in sorted(self.members):
            index = interface_index(port)
            flags = (
                4 * machine.is_active(index)
                | 8 * machine.is_collecting(index)
                | 16 * machine.is_distributing(index)
            )
            record = machine.port(index)
            lines.append(f"laggport: {NAMES[port]} flags={flags:x} state={record.state:x}")
            lines += [f"[{info(record.actor)},", f"{info(record.partner)}]"]
        return lines


def info(one: slow.Info) -> str:
    address = mac_text(one.system).upper().replace(":", "-")
    return (
        f"({one.system_priority:04X},{address},{one.key:04X},"
        f"{one.port_priority:04X},{one.port:04X})"
    )


VERBOSE = re.compile(r"active ports: |flapping: |lag id: |laggport: |\[?\([0-9A-F]{4},")


def recorded_verbose(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [re.sub("<.*?>", "", line) for line in lines if VERBOSE.match(line)]


def play(name: str, latency: float) -> tuple[Recording, Replayed, list[tuple[float, list[str]]]]:
    recording = load(name)
    replayed = Replayed(recording, latency)
    first = min((sent[0].at for sent in recording.sent.values() if sent), default=None)
    views: list[tuple[float, list[str]]] = []
    events: list[tuple[float, int, dict[str, Any]]] = [
        (step["at"], 0, step) for step in recording.steps
    ]
    events += [(at, 1, {"port": port, "frame": frame}) for at, port, frame in recording.unasked]
    for at, kind, event in sorted(events, key=lambda entry: entry[:2]):
        when = at
        if "laggproto lacp" in event.get("run", "") and first is not None and first - at < 6:
            when = max(at, first - 2)  # the phase of the recorded tick: the second sends
        replayed.advance(max(when, replayed.now))
        if kind == 1:
            replayed.receive(event["port"], event["frame"])
        elif "run" in event:
            if "-v lagg0" in event["run"]:
                views.append((at, recorded_verbose(event["stdout"])))
            if "laggproto failover" in event["run"]:
                break
            replayed.run(event["run"])
        elif "link" in event:
            replayed.set_link(event["link"], up=event["up"])
    replayed.advance(max(replayed.now, recording.end, recording.steps[-1]["at"] + SLACK))
    return recording, replayed, views


def told(sent: list[Sent]) -> list[str]:
    return [summary(one.frame) for one in sent]


@pytest.mark.parametrize("name", list(lacp_recordings()))
def test_the_machines_send_what_the_host_sent(name: str) -> None:
    # Whether a second has passed between a PDU and the next tick (lacp_run_timers asks) is
    # a matter of a millisecond on the recorded hosts; a timeout takes a second less if so.
    try:
        compare(*play(name, latency=0.0))
    except AssertionError:
        compare(*play(name, latency=-0.01))


def compare(recording: Recording, replayed: Replayed, views: list[tuple[float, list[str]]]) -> None:
    for port in recording.sent:
        expected, sent = recording.sent[port], replayed.sent[port]
        both = min(len(expected), len(sent))
        assert told(sent[:both]) == told(expected[:both]), f"port {port}"
        assert [one.frame for one in sent[:both]] == [one.frame for one in expected[:both]]
        late = [two.at - one.at for one, two in zip(expected, sent, strict=False)]
        assert all(abs(seconds) <= SLACK for seconds in late), f"port {port}: {late}"
        cut = [one.at for one in expected[both:] + sent[both:]]
        assert all(at > recording.end - SLACK for at in cut), f"port {port}: {cut}"
    for at, view in views:
        assert view in replayed.views(at - SLACK, at + SLACK), f"ifconfig -v at {at}"

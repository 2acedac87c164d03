"""A FreeBSD host as its own testbed: epair(4) pairs with their far ends in a jail.

Only SSH is needed. The near ends are the NAS's test ports; at the far ends tcpdump captures,
hosts send echo requests, and a second lagg is the LACP partner. epair(4) cannot lose its
carrier, and the base system has no program that sends any frame: the testbed lacks both.
What runs on the host is in scripts.py; a guard there takes everything down when it has
received no sign of life for ``limit`` seconds.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from lagg_tool.clock import Clock, SystemClock
from lagg_tool.command import Command, Completed, Effect, change, script
from lagg_tool.errors import CommandError, HostError, RefusedError, TargetError
from lagg_tool.evidence import Journal, NoteEvent
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.stream import Streaming
from lagg_tool.testbed.contract import Capability, Direction, Frame, Question, Testbed
from lagg_tool.testbed.epair import scripts
from lagg_tool.testbed.epair.tap import Tap
from lagg_tool.testbed.partner import Settings, partner_state
from lagg_tool.wire.ethernet import Ethernet, mac, mac_text

PORTS = 4  # one channel each, and one for commands: the connection has five
GUARD_SECONDS = 120
_SLICE = 20.0  # seconds between two signs of life while time passes
_ANSWER_SECONDS = 15.0  # real ones, for frames on their way
_FAST = partner_state(fast=True)


@dataclass(frozen=True)
class Pair:
    """One cable: its interfaces on the host and in the jail, and the far end's own address."""

    near: str
    far: str
    far_mac: bytes


@dataclass(frozen=True)
class _Partner:
    """A lagg that is the LACP partner, and its jail."""

    jail: str
    lagg: str
    ports: tuple[int, ...]


class EpairTestbed(Testbed):
    """Cables within the host, created with the testbed and destroyed with it.

    ``connect`` makes a connection for the testbed alone. Raises RefusedError when the host
    cannot have such a testbed, with all that is missing, before anything was changed.
    """

    kind = "epair"
    capabilities = frozenset(
        {Capability.CAPTURE, Capability.ASK, Capability.LACP, Capability.SILENCE}
    )

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Clock,
        journal: Journal | None = None,
        *,
        count: int = PORTS,
        limit: int = GUARD_SECONDS,
    ) -> None:
        super().__init__(clock, {}, journal)
        self.run_name = scripts.PREFIX + secrets.token_hex(4)
        self.limit = limit
        self.pairs: dict[int, Pair] = {}
        self._connect = connect
        self._connection = connect()
        self._wall = SystemClock()
        self._taps: dict[int, tuple[Tap, Streaming]] = {}
        self._partners: list[_Partner] = []
        self._silent: set[int] = set()
        self._own_macs: set[bytes] = set()
        self._difference: float | None = None
        self._beats = 0
        self._is_down = False
        try:
            self._ask_host()
            self._begin(count)
        except BaseException:
            self.close()
            raise

    # --- making and taking down ---

    def _ask_host(self) -> None:
        missing = self._connection.run(script(scripts.CHECK, effect=Effect.READ)).stdout.split("\n")
        if any(missing):
            what = ", ".join(filter(None, missing))
            raise RefusedError(f"this host cannot be its own testbed; missing: {what}")

    def _begin(self, count: int) -> None:
        words = (scripts.GUARD, scripts.ROOT, self.run_name, str(count), str(self.limit))
        made = self._must(script(scripts.BEGIN, *words), 60.0)
        for number, line in enumerate(made.stdout.splitlines(), 1):
            unit, _, far_mac = line.split()
            self.pairs[number] = Pair(f"epair{unit}a", f"epair{unit}b", mac(far_mac))
        self.names.update({number: pair.near for number, pair in self.pairs.items()})
        self.links.update(dict.fromkeys(self.names, True))
        self._own_macs = {pair.far_mac for pair in self.pairs.values()}
        self._listen(self.run_name, self.ports)
        self._must(script(scripts.SIGN, self.run_name, self.pairs[1].far))
        self.journalled = lambda _frame: False  # our own sign is no evidence
        self.synchronise()
        self.journalled = lambda _frame: True

    def close(self) -> None:
        """Take everything down; if the host cannot be reached, its guard does that."""
        if self._is_down:
            return
        for _, stream in self._taps.values():
            stream.stop()
        self._taps = {}
        command = script(scripts.END, scripts.ROOT, self.run_name)
        for attempt in range(2):
            try:
                if attempt:
                    self._connection.close()
                    self._connection = self._connect()
                done = self._connection.run(command, 60.0)
            except TargetError:
                continue
            except RefusedError:  # read-only: nothing was made
                break
            if done.status == 0:
                self._is_down = True
                break
        else:
            self._note(f"the host is left to its guard, which acts within {self.limit} seconds")
        self._connection.close()

    def _note(self, text: str) -> None:
        if self.journal is not None:
            self.journal.emit(NoteEvent(self.clock.now(), text))

    def _must(self, command: Command, deadline: float = 30.0) -> Completed:
        done = self._connection.run(command, deadline)
        if done.status != 0:
            raise CommandError("the epair testbed", done.status, done.stderr)
        return done

    # --- frames ---

    def _listen(self, jail: str, ports: Iterable[int]) -> None:
        """Start a tcpdump at far ends, or at near ends without a jail; wait until it listens."""
        started = []
        for port in ports:
            tap = Tap(self._wall, self.clock.now)
            pair = self.pairs[port]
            command = script(scripts.TAP, jail, pair.far if jail else pair.near)
            self._taps[port] = (tap, self._connection.stream(command, tap.out, tap.err))
            started.append(tap)
        self._await(lambda: all(tap.listening for tap in started), "tcpdump to begin")

    def _stop_listening(self, ports: Iterable[int]) -> None:
        """End the tcpdumps of some far ends: their interfaces are about to move."""
        self.synchronise()
        ended = [self._taps.pop(port) for port in ports]
        self._must(change("kill", *(tap.pid for tap, _ in ended)))
        for _, stream in ended:
            stream.stop()

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        def over() -> bool:
            return condition() or not all(stream.running for _, stream in self._taps.values())

        held = self._wall.wait_until(over, self._wall.now() + _ANSWER_SECONDS)
        if held and condition():
            return
        said = "; ".join(filter(None, (tap.said for tap, _ in self._taps.values())))
        raise HostError(f"the epair testbed waited in vain for {what}: {said or 'no message'}")

    def synchronise(self) -> None:
        """Process every frame that was captured so far, in the order of the host's time.

        This is also the sign of life for the guard.
        """
        with self._wall.lock:
            asked = [(tap, tap.answers + 1) for tap, _ in self._taps.values()]
        self._beats += 1
        pids = [tap.pid for tap, _ in asked]
        beat = script(scripts.BEAT, f"{scripts.ROOT}/{self.run_name}", f"{self._beats}", *pids)
        done = self._connection.run(beat)
        if done.status != 0:
            self._gone(done)
        self._await(lambda: all(tap.complete(n) for tap, n in asked), "tcpdump's frames")
        self._hand_over()

    def _gone(self, done: Completed) -> NoReturn:
        said = done.stderr.strip()
        raise HostError(
            f"the epair testbed {self.run_name} is no longer there (its guard takes it down when "
            f"it gets no sign of life for {self.limit} seconds){': ' if said else ''}{said}"
        )

    def _hand_over(self) -> None:
        now = self.clock.now()
        seen = []
        for port, (tap, _) in self._taps.items():
            seen += [(at, port, data) for at, data in tap.take()]
            if tap.difference is not None:
                known = self._difference
                self._difference = min(known or tap.difference, tap.difference)
        with self.clock.lock:
            for at, port, data in sorted(seen, key=lambda one: one[:2]):
                when = min(at + (self._difference or 0.0), now)
                self._saw(Frame(when, port, self._direction(data), data))
            self.clock.notify()

    def _direction(self, data: bytes) -> Direction:
        """Return a frame's direction, by its sender: all addresses in the jails are known."""
        ethernet = Ethernet.parse(data)
        ours = ethernet is not None and ethernet.src in self._own_macs
        return Direction.TO_NAS if ours else Direction.FROM_NAS

    # --- time ---

    def wait(self, seconds: float, reason: str) -> None:
        """Let time pass on purpose, with a sign of life now and then."""
        began = self.clock.now()
        while (left := began + seconds - self.clock.now()) > 0:
            self.clock.sleep(min(left, _SLICE))
            self.synchronise()
        self._waited(began, reason)

    def wait_until(self, condition: Callable[[], bool], seconds: float, reason: str) -> bool:
        """Wait until the condition holds; frames are taken in twice a second."""
        began = self.clock.now()
        while True:
            self.synchronise()
            held = condition()
            left = began + seconds - self.clock.now()
            if held or left <= 0:
                break
            self.clock.sleep(min(left, 0.5))
        self._waited(began, reason if held else f"{reason}: in vain")
        return held

    # --- hosts ---

    def announce(self, questions: Sequence[Question]) -> None:
        """Make hosts announce themselves; those behind one port share an Ethernet address."""
        self._run_hosts("announce", questions)

    def ask(self, questions: Sequence[Question]) -> None:
        """Make hosts ping; those behind one port share an Ethernet address and ask together."""
        self._run_hosts("ask", questions)

    def _run_hosts(self, mode: str, questions: Sequence[Question]) -> None:
        by_port: dict[int, list[Question]] = defaultdict(list)
        for question in questions:
            self._check(question.port)
            by_port[question.port].append(question)
        for port, asked in by_port.items():
            sources = list(dict.fromkeys(str(one.source) for one in asked))
            jail, interface, ether = self._interface(port, asked[0].hardware)
            first, turns = asked[0], len(asked) // len(sources)
            nas = (str(first.nas), mac_text(first.nas_hardware), str(turns))
            words = (mode, jail, interface, ether, *nas, *sources)
            self._must(script(scripts.HOSTS, *words), 60.0 + 2 * len(asked))

    def _interface(self, port: int, hardware: bytes) -> tuple[str, str, str]:
        """Where the hosts of a port are: jail, interface, and the address to give it."""
        for partner in self._partners:
            if port in partner.ports:
                if len(partner.ports) > 1:
                    raise RefusedError(
                        f"the {self.kind} testbed cannot choose the port by which a group sends"
                    )
                return partner.jail, partner.lagg, ""
        self._own_macs.add(hardware)
        return self.run_name, self.pairs[port].far, mac_text(hardware)

    # --- partners ---

    def lacp(self, ports: Iterable[int], settings: Settings) -> None:
        """Make a lagg of far ends; the first in their own jail, each further one in another."""
        chosen = tuple(ports)
        usual = replace(Settings(), system=settings.system, state=settings.state)
        if settings != usual or settings.state not in {partner_state(), _FAST}:
            raise RefusedError(
                f"the {self.kind} testbed cannot choose the settings of its LACP partner"
            )
        home = self.run_name
        jail = f"{home}_{len(self._partners) + 1}" if self._partners else home
        timeout = "fast" if settings.state == _FAST else "slow"
        if jail != home:
            self._stop_listening(chosen)
        ends = [self.pairs[port].far for port in chosen]
        done = self._must(script(scripts.JOIN, home, jail, timeout, *ends))
        self._partners.append(_Partner(jail, done.stdout.strip(), chosen))
        if jail != home:
            self._listen(jail, chosen)

    def unplug_switch(self) -> None:
        """Destroy the LACP partners; every far end can be captured again."""
        for port in tuple(self._silent):
            self.silence(port, silent=False)
        while self._partners:
            partner = self._partners.pop()
            moved = partner.jail != self.run_name
            if moved:
                self._stop_listening(partner.ports)
            ends = [self.pairs[port].far for port in partner.ports]
            words = (self.run_name, partner.jail, partner.lagg, *ends)
            self._must(script(scripts.PART, *words))
            if moved:
                self._listen(self.run_name, partner.ports)

    # --- the ends themselves ---

    def silence(self, port: int, *, silent: bool) -> None:
        """Take a far end down: it sends and receives nothing, and the near end keeps its link.

        What the NAS sends there meanwhile is captured at the near end.
        """
        self._check(port)
        if silent == (port in self._silent):
            return
        jail = next((p.jail for p in self._partners if port in p.ports), self.run_name)
        self._stop_listening([port])
        way = "down" if silent else "up"
        self._must(change("jexec", jail, "ifconfig", self.pairs[port].far, way))
        self._silent ^= {port}
        self._listen("" if silent else jail, [port])

    # --- what cannot be ---

    def _transmit(self, port: int, data: bytes) -> None:
        del port, data
        self.require(Capability.FORGE)

    def _switch_carrier(self, port: int, *, up: bool) -> None:
        del port, up
        self.require(Capability.CARRIER)

"""The testbed that a host makes of itself, on the simulated NAS behind its SSH server."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import re
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import script
from lagg_tool.errors import HostError, LaggToolError, RefusedError, UnreachableError
from lagg_tool.evidence import FrameEvent, Journal
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15, Release
from lagg_tool.simulator.server.execution import machine
from lagg_tool.ssh.connection import Connection
from lagg_tool.suite import fixtures, restoring
from lagg_tool.suite.interruption import Interruption
from lagg_tool.suite.lock import RunLock
from lagg_tool.suite.outage import Outage
from lagg_tool.testbed.contract import Capability, Direction, Question
from lagg_tool.testbed.epair.scripts import ROOT
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.testbed.partner import Settings, partner_state
from lagg_tool.wire import icmp, ip, slow
from lagg_tool.wire.ethernet import Ethernet, EtherType, mac
from tests.support.commit_rig import target_of
from tests.support.ssh_site import Site, running

LOOK = "ifconfig -a; jls; cat /etc/rc.conf; sysctl -a; ls /var/run; ps -ax -o command="
LAGG = """\
for port; do ifconfig "$port" up; done
ifconfig lagg0 create
for port; do ifconfig lagg0 laggport "$port"; done
ifconfig lagg0 laggproto "$PROTOCOL" 192.0.2.1/24 up
arp -s 192.0.2.9 02:11:22:33:44:55
"""
NEIGHBOUR = mac("02:11:22:33:44:55")
LIMIT = 20


@dataclasses.dataclass
class Host:
    """A simulated NAS on a virtual clock, and the way to it."""

    nas: SimulatedNas
    site: Site
    journal: Journal

    def testbed(self, **options: int) -> EpairTestbed:
        clock = self.nas.clock
        return EpairTestbed(self.connect, clock, self.journal, limit=LIMIT, **options)

    def connect(self) -> Connection:
        if not self.site.network.is_set():
            raise UnreachableError("the network is down")  # as a deadline would say, later
        return self.site.connect()

    def look(self) -> list[str]:
        """All that a run must leave as it was; what ages by itself is left out."""
        text = self.nas.run(LOOK).stdout.decode() + re.sub(
            r"expires in \d+ seconds", "", self.nas.run("arp -an").stdout.decode()
        )
        ages = ("kern.boottime", "sshd:", "ps -ax", "sh -c ifconfig -a", "vm.", "kern.cp_time")
        return [line for line in text.splitlines() if not line.startswith(ages)]

    def sent(self, testbed: EpairTestbed) -> dict[int, int]:
        """Return how many frames the NAS counts at each test port, by netstat -I."""
        looks = {port: f"netstat -n -I {name}" for port, name in testbed.names.items()}
        shown = {port: self.nas.run(look).stdout.decode() for port, look in looks.items()}
        tables = {port: text.splitlines()[:2] for port, text in shown.items()}
        return {
            port: int(dict(zip(heads.split(), line.split(), strict=True))["Opkts"])
            for port, (heads, line) in tables.items()
        }

    def lagg(self, protocol: str, testbed: EpairTestbed, *ports: int) -> bytes:
        """Make lagg0 of test ports; return its MAC address."""
        names = " ".join(testbed.names[port] for port in ports)
        self.nas.run(f"PROTOCOL={protocol}; set -- {names}; {LAGG}")
        shown = self.nas.run("ifconfig lagg0").stdout.decode()
        found = re.search(r"ether (\S+)", shown)
        assert found, shown
        return mac(found[1])

    def wait_for_the_guard(self) -> None:
        self.nas.clock.sleep(LIMIT + 40)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with simulated(tmp_path) as made:
        yield made


@contextlib.contextmanager
def simulated(directory: Path, release: Release = FREEBSD_13_2) -> Iterator[Host]:
    nas = SimulatedNas(VirtualClock(), release)
    with running(directory, machine(nas), lambda: reachable(nas)) as site:
        yield Host(nas, site, Journal())


def question(port: int, to: bytes, host: int = 9) -> Question:
    source = IPv4Address("192.0.2.0") + host
    return Question(port, source, NEIGHBOUR, IPv4Address("192.0.2.1"), to)


def kinds(capture: list[bytes]) -> list[int]:
    """Return the ICMP types of the frames that are ICMP."""
    found = []
    for data in capture:
        ethernet = Ethernet.parse(data)
        if ethernet is not None and ethernet.ethertype == EtherType.IPV4:
            packet = ip.Ipv4.parse(ethernet.payload)
            message = icmp.Icmp.parse(packet.payload) if packet else None
            found += [message.type] if message else []
    return found


def test_the_ports_are_the_near_ends_of_pairs_that_did_not_exist(host: Host) -> None:
    host.nas.run("ifconfig epair1 create")

    with host.testbed(count=3) as testbed:
        assert testbed.names == {1: "epair0a", 2: "epair2a", 3: "epair3a"}
        assert testbed.run_name in host.nas.run("jls name").stdout.decode().split()


def test_afterwards_the_host_is_as_it_was(host: Host) -> None:
    before = host.look()

    with host.testbed() as testbed:
        host.lagg("failover", testbed, 1, 2)
        testbed.lacp((3,), Settings())
        testbed.lacp((4,), Settings())
        during = host.look()

    assert during != before
    assert host.look() == before


def test_frames_come_in_the_order_in_which_they_left_and_become_evidence(host: Host) -> None:
    with host.testbed() as testbed:
        host.lagg("roundrobin", testbed, 1, 2, 3)
        capture = testbed.capture()
        began = testbed.clock.now()

        host.nas.run("ping -c 6 -i 0.05 -t 1 192.0.2.9")
        testbed.synchronise()

        sent = [f for f in capture.received() if kinds([f.data]) == [icmp.Type4.ECHO_REQUEST]]
        ports = [frame.port for frame in sent]
        assert ports in ([1, 2, 3] * 2, [2, 3, 1] * 2, [3, 1, 2] * 2)
        assert all(began <= frame.at <= testbed.clock.now() for frame in sent)
        assert [f.at for f in sent] == sorted(f.at for f in sent)
        assert sum(isinstance(event, FrameEvent) for event in host.journal.take()) >= 6


def test_hosts_ask_and_the_answers_are_seen_wherever_they_come(host: Host) -> None:
    with host.testbed() as testbed:
        to = host.lagg("loadbalance", testbed, 1, 2, 3)
        questions = [question(1, to, host=20 + number) for number in range(12)]
        testbed.announce(questions)
        testbed.synchronise()
        capture = testbed.capture()

        testbed.ask(questions)
        testbed.synchronise()

        asked = [f for f in capture.frames if f.direction is Direction.TO_NAS]
        assert kinds([f.data for f in asked]) == [icmp.Type4.ECHO_REQUEST] * 12
        answers = [f for f in capture.received() if icmp.Type4.ECHO_REPLY in kinds([f.data])]
        assert len(answers) == 12
        assert len({frame.port for frame in answers}) > 1


def test_counters_agree_with_what_was_captured(host: Host) -> None:
    with host.testbed() as testbed:
        host.lagg("roundrobin", testbed, 1, 2)
        testbed.synchronise()
        capture = testbed.capture()
        before = host.sent(testbed)

        host.nas.run("ping -c 6 -i 0.05 -t 1 192.0.2.9")
        testbed.synchronise()

        after = host.sent(testbed)
        for port in (1, 2):
            assert after[port] - before[port] == len(capture.received(port))


def test_two_partners_in_two_jails_are_two_systems(host: Host) -> None:
    with host.testbed() as testbed:
        testbed.lacp((1,), Settings())
        testbed.lacp((2,), Settings(state=partner_state(fast=True)))
        capture = testbed.capture()
        host.lagg("lacp", testbed, 1, 2)

        testbed.wait(10, "negotiation")

        flags = re.findall(r"laggport: \S+ flags=\w+<(.*?)>", _lagg(host))
        assert sorted(flags) == ["ACTIVE,COLLECTING,DISTRIBUTING", "COLLECTING,DISTRIBUTING"]
        said = [slow.Lacpdu.parse(f.data) for f in capture.frames]
        heard = {
            (frame.port, pdu.actor.system, slow.State.TIMEOUT in pdu.actor.state)
            for frame, pdu in zip(capture.frames, said, strict=True)
            if pdu is not None and frame.direction is Direction.TO_NAS
        }
        assert {(port, fast) for port, _, fast in heard} == {(1, False), (2, True)}
        assert len({system for _, system, _ in heard}) == 2
        jails = host.nas.run("jls name").stdout.decode().split()
        assert jails == [testbed.run_name, f"{testbed.run_name}_2"]

        testbed.unplug_switch()

        assert host.nas.run("jls name").stdout.decode().split() == [testbed.run_name]


@pytest.mark.parametrize("release", [FREEBSD_13_2, FREEBSD_15])
def test_when_a_partner_is_gone_hosts_are_heard_again(release: Release, tmp_path: Path) -> None:
    with simulated(tmp_path, release) as host, host.testbed(count=2) as testbed:
        testbed.lacp((1,), Settings())
        testbed.lacp((2,), Settings())
        testbed.unplug_switch()
        to = host.lagg("roundrobin", testbed, 1, 2)
        capture = testbed.capture()

        testbed.ask([question(1, to), question(2, to)])
        testbed.synchronise()

        assert kinds([f.data for f in capture.received()]) == [icmp.Type4.ECHO_REPLY] * 2


def _lagg(host: Host) -> str:
    return host.nas.run("ifconfig -v lagg0").stdout.decode()


def test_a_far_end_that_is_down_is_silence_behind_a_live_link(host: Host) -> None:
    with host.testbed() as testbed:
        testbed.lacp((1, 2), Settings(state=partner_state(fast=True)))
        host.lagg("lacp", testbed, 1, 2)
        host.nas.run("ifconfig lagg0 lacp_fast_timeout")
        testbed.wait(15, "negotiation")

        testbed.silence(1, silent=True)
        testbed.wait(5, "the short timeout")

        flags = re.findall(r"laggport: \S+ flags=\w+<(.*?)>", _lagg(host))
        assert "ACTIVE,COLLECTING,DISTRIBUTING" in flags
        assert any("DISTRIBUTING" not in one for one in flags)
        assert "status: active" in host.nas.run(f"ifconfig {testbed.names[1]}").stdout.decode()


def test_what_it_cannot_it_refuses_with_a_reason(host: Host) -> None:
    with host.testbed() as testbed:
        assert not {Capability.CARRIER, Capability.FORGE} & testbed.capabilities

        with pytest.raises(RefusedError, match="the epair testbed cannot switch the carrier"):
            testbed.set_link(1, up=False)
        with pytest.raises(RefusedError, match="the epair testbed cannot send any frame"):
            testbed.send(1, bytes(60))
        with pytest.raises(RefusedError, match="cannot choose the settings of its LACP partner"):
            testbed.lacp((1,), Settings(system_priority=1))
        with pytest.raises(RefusedError, match="no port 9"):
            testbed.silence(9, silent=True)
        testbed.lacp((1, 2), Settings())
        with pytest.raises(RefusedError, match="cannot choose the port by which a group sends"):
            testbed.ask([question(1, NEIGHBOUR)])


def test_all_that_a_host_lacks_is_said_at_once_and_nothing_is_touched(host: Host) -> None:
    host.nas.run("rm /usr/sbin/tcpdump /usr/sbin/jexec")
    before = host.look()

    with pytest.raises(RefusedError, match=r"cannot be its own testbed; missing: jexec, tcpdump$"):
        host.testbed()

    assert host.look() == before


def test_a_bench_that_cannot_be_finished_is_taken_down(host: Host) -> None:
    before = host.look()

    with pytest.raises(HostError):
        host.testbed(count=257)  # there are fewer units

    assert host.look() == before


def test_what_a_run_left_whose_guard_was_killed_is_removed_by_the_next(host: Host) -> None:
    before = host.look()
    dead = host.testbed()
    host.lagg("failover", dead, 1, 2)
    host.nas.run(f"kill -KILL $(cat {ROOT}/{dead.run_name}/pid); ifconfig lagg7 create")
    host.site.server.drop_connections()

    with host.testbed() as testbed:
        names = host.nas.run("jls name").stdout.decode().split()
        assert names == [testbed.run_name]
        assert testbed.names[1] == "epair0a"

    left = host.look()
    assert any(line.startswith("lagg7:") for line in left)  # nobody said whose it is
    host.nas.run("ifconfig lagg7 destroy")
    assert host.look() == before


def test_a_run_whose_guard_was_killed_takes_itself_down(host: Host) -> None:
    before = host.look()

    with host.testbed() as testbed:
        host.lagg("failover", testbed, 1, 2)
        host.nas.run(f"kill -KILL $(cat {ROOT}/{testbed.run_name}/pid)")

    host.nas.clock.sleep(1)  # the dead guard's own sleep
    assert host.look() == before


def test_a_second_run_leaves_one_that_lives_alone(host: Host) -> None:
    with host.testbed(count=2) as first:
        with host.testbed(count=2) as second:
            assert set(first.names.values()).isdisjoint(second.names.values())
        first.synchronise()

        assert host.nas.run("jls name").stdout.decode().split() == [first.run_name]


def locked(host: Host, testbed: EpairTestbed, *, force: bool = False) -> RunLock:
    """Take the NAS for a run with a testbed, as the suite does."""
    target = target_of(host.nas)
    target.testbed, target.ports = testbed, tuple(testbed.names.values())
    lock = RunLock(target, print, force=force)
    lock.take()
    lock.keep(restoring.answer(target), None)
    lock.add(["a LAGG lagg0"])
    return lock


@pytest.mark.parametrize("guard", ["killed", "alive"])
def test_the_testbed_of_a_dead_run_is_not_in_the_way_of_the_next_one(
    host: Host, guard: str
) -> None:
    before = host.look()
    dead = host.testbed()
    locked(host, dead)
    host.nas.run(f"sysrc ifconfig_{dead.names[1]}=up")
    if guard == "killed":
        host.nas.run(f"kill -KILL $(cat {ROOT}/{dead.run_name}/pid)")
    host.site.server.drop_connections()

    with host.testbed() as testbed:
        lock = locked(host, testbed, force=True)
        host.lagg("failover", testbed, 1, 2)
        for _ in range(8):
            testbed.wait(LIMIT / 4, "longer than the guard of the dead run waits")
        assert host.nas.run("ifconfig lagg0").status == 0
        lock.end()

    assert host.look() == before


def test_an_interface_of_others_that_has_the_name_of_a_dead_runs_cable_stays(host: Host) -> None:
    dead = host.testbed()
    locked(host, dead)
    host.site.server.drop_connections()
    host.wait_for_the_guard()
    host.nas.run("ifconfig epair0 create; ifconfig epair0a inet 198.51.100.1/24 description jail")
    before = host.look()

    RunLock(target_of(host.nas), print, force=True).release_dead()

    assert host.look() == before


def test_a_testbed_is_gone_before_another_run_may_have_the_nas(
    host: Host, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its guard would take away what that run makes at once."""
    jails: list[bytes] = []
    with host.testbed() as testbed:
        target = target_of(host.nas)
        target.testbed = testbed
        lock = RunLock(target, print)
        lock.take()
        monkeypatch.setattr(lock, "end", lambda: jails.append(host.nas.run("jls name").stdout))
        outage = Outage(target, print, host.nas.clock.sleep, 60.0)
        function: Any = fixtures.untouched
        whole = function._get_wrapped_function()(
            target, lock, Interruption(print), None, outage, request=request
        )
        next(whole)

        assert list(whole) == []

    assert jails == [b""]


def test_a_run_that_waits_long_keeps_its_guard_content(host: Host) -> None:
    with host.testbed() as testbed:
        testbed.wait(10 * LIMIT, "a long time")

        assert host.nas.run("jls name").stdout.decode().split() == [testbed.run_name]


def test_a_bench_that_the_guard_took_down_says_so(host: Host) -> None:
    testbed = host.testbed()

    host.wait_for_the_guard()

    with pytest.raises(HostError, match="is no longer there"):
        testbed.synchronise()
    testbed.close()


def work(host: Host) -> None:
    """Do what a run does, in short."""
    with host.testbed(count=3) as testbed:
        to = host_lagg(testbed, "loadbalance")
        testbed.announce([question(1, to, 20), question(1, to, 21)])
        testbed.ask([question(1, to, 20), question(2, to)])
        _on_the_host(testbed, "sysctl net.link.lagg.failover_rx_all=1; ifconfig lagg0 destroy")
        testbed.lacp((1, 2), Settings())
        testbed.lacp((3,), Settings())
        host_lagg(testbed, "lacp")
        testbed.wait(8, "negotiation")
        _on_the_host(testbed, "ifconfig vlan5 create vlan 5 vlandev lagg0; ifconfig epair create")
        testbed.unplug_switch()


def host_lagg(testbed: EpairTestbed, protocol: str) -> bytes:
    ports = " ".join(testbed.names[port] for port in (1, 2, 3))
    _on_the_host(testbed, f"PROTOCOL={protocol}; set -- {ports}; {LAGG}")
    return NEIGHBOUR


def _on_the_host(testbed: EpairTestbed, text: str) -> None:
    testbed._connection.run(script(text))


def cut_at(moment: float, directory: Path) -> None:
    """Lose the network at a moment of a run, for good, and look again after the guard's time."""
    directory.mkdir(exist_ok=True)
    with simulated(directory) as host:
        before = host.look()

        def cut() -> None:
            host.site.network.clear()
            host.site.server.drop_connections()

        host.nas.clock.call_at(host.nas.clock.now() + moment, cut)
        with contextlib.suppress(LaggToolError):
            work(host)
        host.wait_for_the_guard()

        assert host.look() == before, f"cut after {moment} s"


@pytest.mark.parametrize("times", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_a_run_that_is_cut_at_any_moment_leaves_nothing(times: int, tmp_path: Path) -> None:
    moments = random.Random(9)
    for number in range(times):
        cut_at(moments.uniform(0.0, 12.0), tmp_path / str(number))

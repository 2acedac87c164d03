from __future__ import annotations

import functools
import getpass
import platform
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock, VirtualClock
from lagg_tool.command import change, read
from lagg_tool.errors import HostKeyError, RefusedError, UsageError
from lagg_tool.evidence import CommandEvent, Provenance
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.server.execution import machine
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.target import TargetOptions, is_own, open_target
from lagg_tool.target.simulated import PORTS
from tests.support import openssh
from tests.support.ssh_site import running
from tests.support.waiting import nothing_left


def test_the_embedded_nas_runs_commands_into_the_journal() -> None:
    with open_target("sim:") as target:
        target.journal.take()

        done = target.run(read("echo", "a b"))
        target.run_batch([read("true"), read("false")])

    events = [event for event in target.journal.take() if isinstance(event, CommandEvent)]
    assert done.stdout == "a b\n"
    assert [(e.command, e.status) for e in events] == [("echo 'a b'", 0), ("true", 0), ("false", 1)]
    assert events[0].at <= events[1].at <= events[2].at


def test_a_batch_is_timed_as_a_whole_and_a_single_command_by_itself() -> None:
    about = functools.partial(pytest.approx, abs=0.1)  # starting a program takes time as well
    with open_target("sim:") as target:
        target.journal.take()
        began = target.clock.now()

        target.run(read("sleep", "2"))
        target.run_batch([read("sleep", "3"), read("true")])
        target.run_batch([read("sleep", "1")])

        ended = target.clock.now()
        alone, first, second, last = target.journal.take()

    events = [event for event in (alone, first, second, last) if isinstance(event, CommandEvent)]
    assert [event.seconds for event in events] == [about(2), None, None, about(1)]
    batches = [event.batch for event in events]
    assert [(part.number, part.size) if part else None for part in batches] == [
        None,
        (1, 2),
        (2, 2),
        None,
    ]
    assert [part.seconds for part in batches if part] == [about(3), about(3)]
    assert first.at == second.at == about(began + 2)
    assert sum(event.measured for event in events) == pytest.approx(ended - began)


def test_the_embedded_nas_lives_on_a_virtual_clock_and_says_that_it_is_simulated() -> None:
    with open_target("sim:?os=freebsd-15&seed=7") as target:
        assert isinstance(target.clock, VirtualClock)
        assert target.result.provenance is Provenance.SIMULATED
        assert target.result.release == "freebsd-15"
        assert target.result.testbed == "memory"
        assert target.ports == PORTS


def test_test_ports_can_be_chosen_in_any_order() -> None:
    with open_target("sim:", TargetOptions(ports=("em1", "vtnet2"))) as target:
        assert target.testbed is not None
        assert target.testbed.names == {1: "em1", 2: "vtnet2"}
        assert target.simulated is not None
        target.testbed.set_link(1, up=False)
        assert "no carrier" in target.run(read("ifconfig", "em1")).stdout


def test_a_closed_target_leaves_nothing_behind() -> None:
    with open_target("sim:") as warm:
        warm.run(read("true"))

    with nothing_left(), open_target("sim:") as target:
        target.run(read("true"))
        with target.connect() as second:
            second.run(read("true"))
        target.reconnect()


def test_a_target_that_fails_to_open_leaves_nothing_behind() -> None:
    with open_target("sim:"):
        pass

    with nothing_left(), pytest.raises(UsageError, match="no port 'vtnet9'"):
        open_target("sim:", TargetOptions(ports=("vtnet9",)))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nas", "no such kind of target"),
        ("sim", "no such kind of target"),
        ("simulated:", "no such kind of target"),
        ("sim:?os=windows", "os is one of freebsd-13.2, .*not .windows."),
        ("sim:?seed=x", "seed is a number"),
        ("sim:?speed=1", "no parameter 'speed'"),
        ("sim:?fault=none-such", "no fault 'none-such'"),
        ("ssh://nas", "names no user"),
    ],
)
def test_what_is_wrong_in_a_url_is_named(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_target(url)


def test_a_read_only_target_refuses_changes() -> None:
    with (
        open_target("sim:", TargetOptions(read_only=True)) as target,
        pytest.raises(RefusedError, match="read-only"),
    ):
        target.run(change("touch", "/tmp/x"))


def test_a_simulated_host_over_ssh_is_not_taken_for_a_real_one(tmp_path: Path) -> None:
    with running(tmp_path, machine(SimulatedNas(SystemClock()))) as site:
        host, port = site.server.address
        url = f"ssh://root@{host}:{port}"
        options = TargetOptions(
            identities=(site.identity,),
            host_keys=HostKeys(fingerprint=site.server.fingerprint),
            ports=("vtnet1",),
        )

        with open_target(url, options) as target:
            assert target.run(read("echo", "x")).stdout == "x\n"
            assert target.result.provenance is Provenance.SIMULATED
            assert target.testbed is None

        with pytest.raises(HostKeyError):
            open_target(url, TargetOptions(identities=(site.identity,), host_keys=HostKeys(())))


@pytest.mark.sshd
@pytest.mark.skipif(bool(openssh.missing()), reason=openssh.missing() or "present")
def test_a_real_host_over_ssh_is_observed(tmp_path: Path) -> None:
    with openssh.running(tmp_path) as server:
        options = TargetOptions(
            identities=(server.identity,),
            host_keys=HostKeys(fingerprint=openssh.fingerprint(server.host_key)),
            ports=("eth0",),
        )

        with open_target(f"ssh://{getpass.getuser()}@127.0.0.1:{server.port}", options) as target:
            assert target.result.provenance is Provenance.OBSERVED
            assert target.result.os.startswith(platform.system())


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("sim:", True),
        ("sim:?os=truenas-13.3", True),
        ("qemu:linux", True),
        ("qemu:linux-6.12", True),
        ("qemu:./linux", False),
        ("qemu:linux.qcow2", False),
        ("ssh://root@nas", False),
    ],
)
def test_only_a_target_that_is_made_for_the_run_can_be_many(url: str, own: bool) -> None:
    assert is_own(url) is own

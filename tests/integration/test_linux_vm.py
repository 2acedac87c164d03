"""A machine with a real Linux kernel: made, booted, wired, restored, ended.

Skipped, with what is missing, where none can be made.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.clock import SystemClock
from lagg_tool.command import change, read, script
from lagg_tool.errors import UnreachableError
from lagg_tool.evidence import Provenance
from lagg_tool.nas.made import Made
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import RunLock
from lagg_tool.target import Target, TargetOptions, open_target
from lagg_tool.target.linux import make
from lagg_tool.testbed.contract import Direction
from lagg_tool.testbed.linux_vm.boot import PORTS
from lagg_tool.wire import slow
from tests.support.waiting import wait_for

URL = "qemu:linux"
OPENING = "import sys; from lagg_tool.target import open_target; t = open_target(sys.argv[1])"


@pytest.fixture(scope="module", autouse=True)
def made() -> None:
    try:
        make(URL, lambda _: None)
    except UnreachableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def linux() -> Iterator[Target]:
    with open_target(URL, TargetOptions(tell=lambda _: None)) as opened:
        yield opened


def must(target: Target, *lines: str) -> None:
    for done in target.run_batch([change(*line.split()) for line in lines]):
        assert done.status == 0, f"{done.command.text}: {done.stderr}"


def test_it_is_an_observed_host_and_says_which_kernel(linux: Target) -> None:
    result = linux.result

    kernel = linux.run(read("uname", "-r")).stdout.strip()
    assert result.provenance is Provenance.OBSERVED
    assert result.os == f"Linux {kernel} in a QEMU machine"
    assert (result.release, result.facts["product"]) == ("linux-6.1", "linux")
    assert result.facts["kernel"] == kernel


def test_its_ports_have_the_speeds_that_lacp_tells_apart(linux: Target) -> None:
    said = [linux.run(read("ethtool", name)).stdout for name in linux.ports]

    speeds = [text.partition("Speed: ")[2].partition("\n")[0] for text in said]
    assert speeds == ["1000Mb/s"] * 4 + ["100Mb/s", "Unknown!"]


def test_a_connection_lasts_for_many_commands(linux: Target) -> None:
    looks = [read("true"), read("ls", "/nowhere")]

    assert [done.status for _ in range(8) for done in linux.run_batch(looks)] == [0, 1] * 8
    assert [linux.run(read("true")).status for _ in range(8)] == [0] * 8


def test_frames_of_a_bond_arrive_by_the_port_that_sent_them(linux: Target) -> None:
    assert linux.testbed is not None
    before = restoring.take(linux)
    capture = linux.testbed.capture()

    must(
        linux,
        "ip link add bond0 type bond mode 802.3ad",
        "ip link set eth2 master bond0",
        "ip link set bond0 up",
    )

    def ports() -> set[int]:
        pdus = [f for f in capture.frames if slow.Lacpdu.parse(f.data) is not None]
        return {frame.port for frame in pdus if frame.direction is Direction.FROM_NAS}

    assert linux.testbed.wait_until(lambda: bool(ports()), 60.0, "an LACPDU")
    assert ports() == {2}
    restoring.restore(linux, before, Made.of({"bond0"}, linux.ports))


def test_a_link_is_lost_and_returns(linux: Target) -> None:
    assert linux.testbed is not None
    must(linux, "ip link set eth3 up")

    def carrier() -> str:
        return linux.run(read("cat", "/sys/class/net/eth3/carrier")).stdout.strip()

    for up in (False, True):
        linux.testbed.set_link(3, up=up)
        wait_for(lambda: carrier() == f"{up:d}")  # noqa: B023 - it is called here
    must(linux, "ip link set eth3 down")


def test_what_a_run_made_is_taken_away_and_what_others_made_stays(linux: Target) -> None:
    before = restoring.take(linux)
    must(
        linux,
        "ip link add bond0 type bond mode active-backup miimon 100",
        "ip link set eth1 master bond0",
        "ip link set eth2 master bond0",
        "ip link set bond0 address 02:00:00:00:00:aa up",
        "ip address add 192.0.2.1/24 dev bond0",
        "ip link add link bond0 name bond0.7 type vlan id 7",
        "ip link add bond1 type bond",
        "ip link set eth3 mtu 9000 address 02:00:00:00:00:bb alias port",
        "ip link set eth3 up",
        "ip address add 198.51.100.1/24 dev eth3",
        "ip neighbour replace 198.51.100.9 lladdr 02:00:00:00:00:01 nud permanent dev eth3",
        "sysctl -w net.ipv6.conf.eth3.disable_ipv6=0",
        "ip link add foreign0 type dummy",
    )
    names = restoring.names_in(["a bond bond0", "bond0.7", "a bond bond1 with mode balance-rr"])

    restored = restoring.restore(linux, before, Made.of(names, linux.ports))

    assert restored.foreign == ("foreign0",)
    must(linux, "ip link delete foreign0")
    assert restoring.take(linux) == before


def test_a_run_that_died_is_cleaned_up_after(linux: Target) -> None:
    before = restoring.take(linux)
    dead = RunLock(linux, lambda _: None)
    dead.take()
    dead.keep(restoring.answer(linux), None)
    dead.add(["a bond bond0"])
    must(linux, "ip link add bond0 type bond", "ip link set eth1 master bond0")
    said: list[str] = []
    following = RunLock(linux, said.append, force=True)

    following.take()

    following.end()
    assert any("dead run" in line for line in said), said
    assert restoring.take(linux) == before


def test_the_commands_for_a_person_lead_back(linux: Target) -> None:
    before = restoring.take(linux)
    must(
        linux,
        "ip link add bond0 type bond",
        "ip link set eth1 master bond0",
        "ip link set eth2 up mtu 1400",
        "ip address add 192.0.2.7/24 dev eth2",
    )

    linux.run_batch(restoring.manual_restore_commands(linux, before))

    assert restoring.take(linux) == before


def test_the_machine_dies_with_a_killed_run() -> None:
    code = f"{OPENING}; print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, URL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "open\n"
        [qemu] = _children(run.pid)

        os.kill(run.pid, signal.SIGKILL)

    clock = SystemClock()

    def ended() -> bool:
        clock.call_at(clock.now() + 0.05, lambda: None)
        return not Path(f"/proc/{qemu}/exe").exists() or _is_zombie(qemu)

    assert clock.wait_until(ended, clock.now() + 60)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(word) for task in tasks for word in task.read_text().split()]
    return [each for each in found if "qemu" in Path(f"/proc/{each}/cmdline").read_text()]


def _is_zombie(pid: int) -> bool:
    return ") Z" in Path(f"/proc/{pid}/stat").read_text()


def test_a_machine_for_people_is_reached_as_it_says_and_ends(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(short_path))

    up = subprocess.run(
        [sys.executable, "-m", "lagg_tool", "vm", "up", URL, "--name", "m", "--json"],
        capture_output=True,
        check=True,
        timeout=600,
    )

    record = json.loads(up.stdout)
    assert Path(record["login_key"]).stat().st_mode & 0o777 == 0o600
    words = ["-i", record["login_key"], "-o", f"UserKnownHostsFile={record['known_hosts']}"]
    words += ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-p"]
    argv = ["ssh", "-F", "none", *words, str(record["ssh_port"]), "root@127.0.0.1", "uname", "-s"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600)
    assert (done.stdout, done.returncode) == ("Linux\n", 0), done.stderr
    near, far = map(int, record["wire_base"].split(":"))
    options = TargetOptions(
        identities=(Path(record["login_key"]),),
        host_keys=HostKeys(files=(Path(record["known_hosts"]),)),
        wire_base=(near, far),
        qmp=Path(record["qmp"]),
        tell=lambda _: None,
    )
    with open_target(f"ssh://root@127.0.0.1:{record['ssh_port']}", options) as host:
        assert host.ports == PORTS  # all cards but the one of this session
        assert host.testbed is not None
        host.testbed.set_link(2, up=False)
        must(host, "ip link set eth2 up", "ip link set eth3 up")

        def carrier() -> list[str]:
            return [host.run(read("cat", f"/sys/class/net/eth{n}/carrier")).stdout for n in (2, 3)]

        wait_for(lambda: carrier() == ["0\n", "1\n"])
    assert main(["vm", "down", "--name", "m"]) == 0
    assert not Path(f"/proc/{record['pid']}/exe").exists() or _is_zombie(record["pid"])
    assert list((short_path / "lagg_tool" / "vm").iterdir()) == []


def test_a_machine_that_does_not_come_up_leaves_nothing(
    short_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(short_path))

    assert main(["vm", "up", URL, "--name", "m", "--deadline", "0.1"]) == 3

    assert "did not answer SSH within" in capsys.readouterr().err
    assert list((short_path / "lagg_tool" / "vm").iterdir()) == []


@pytest.mark.slow
def test_two_runs_that_begin_at_once_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said: list[str] = []
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(make(URL, said.append))) for _ in range(2)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(said) == 1, said
    assert found[0] == found[1]
    kept = list((tmp_path / "lagg_tool" / "linux").iterdir())
    assert sorted(path.suffix for path in kept) == ["", ".lock"]


@pytest.mark.slow
def test_the_newer_kernel_boots_as_well() -> None:
    with open_target("qemu:linux-6.12", TargetOptions(tell=lambda _: None)) as newer:
        done = newer.run(
            script("ip link add bond0 type bond mode 802.3ad && cat /proc/net/bonding/bond0")
        )

    assert newer.result.release == "linux-6.12"
    assert "IEEE 802.3ad Dynamic link aggregation" in done.stdout

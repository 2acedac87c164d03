"""QEMU for real, without an operating system: the NICs' boot ROMs send DHCP discovers.

That proves wiring, links and capture from one end to the other.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.errors import UnreachableError, UsageError
from lagg_tool.target import TargetOptions, open_target
from lagg_tool.testbed.qemu import vm
from lagg_tool.testbed.qemu.accelerator import QEMU, Accelerator, works
from lagg_tool.testbed.qemu.image import Image, ImageFormat
from lagg_tool.testbed.qemu.machine import Machine, MachineOptions, Wiring

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed"),
]

DISCOVER = bytes.fromhex("63825363350101")  # DHCP's magic cookie, then option 53: DISCOVER


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_block(count: int) -> tuple[int, list[socket.socket]]:
    """Bind ``count`` neighbouring UDP ports and return the port before the first.

    Each of parallel processes has four such blocks of its own, below the ports that a kernel
    gives to those who name none.
    """
    for base in range(20_000 + os.getpid() % 190 * 64, 32_700, 16):
        bound: list[socket.socket] = []
        try:
            for offset in range(1, count + 1):
                end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                bound.append(end)
                end.bind(("127.0.0.1", base + offset))
        except OSError:
            for end in bound:
                end.close()
        else:
            return base, bound
    raise AssertionError("no free block of UDP ports")


@pytest.fixture
def wires() -> Iterator[tuple[Wiring, list[socket.socket]]]:
    far, ends = free_block(6)
    near, taken = free_block(6)
    for end in taken:
        end.close()  # QEMU binds them
    yield Wiring(near, far), ends
    for end in ends:
        end.close()


class Cable:
    """The far end of one wire."""

    def __init__(self, machine: Machine, end: socket.socket) -> None:
        self.clock = SystemClock()
        self.machine = machine
        self.end = end
        end.setblocking(False)

    def forget(self) -> None:
        """Drop what has come and was not looked at."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.end.recv(2048)

    def discover(self, seconds: float) -> bytes | None:
        """Return the next DHCP discover within ``seconds``."""
        found: list[bytes] = []

        def look() -> bool:
            self.machine.check()
            self.clock.call_at(self.clock.now() + 0.02, lambda: None)
            try:
                frame = self.end.recv(2048)
            except BlockingIOError:
                return False
            if DISCOVER in frame:
                found.append(frame)
            return bool(found)

        self.clock.wait_until(look, self.clock.now() + seconds)
        return found[0] if found else None


@pytest.mark.parametrize(
    "port", [pytest.param(1, marks=pytest.mark.slow, id="virtio"), pytest.param(6, id="intel")]
)
def test_a_nic_is_on_its_own_wire_and_its_link_can_be_switched(
    short_path: Path, wires: tuple[Wiring, list[socket.socket]], port: int
) -> None:
    wiring, ends = wires
    options = MachineOptions(short_path, free_port(), wiring, memory_mib=256, boot_port=port)

    with Machine((), options, SystemClock()) as machine:
        cable = Cable(machine, ends[port - 1])
        first = cable.discover(60)
        machine.qmp.set_link(port, False)
        cable.forget()
        while_down = cable.discover(2.5)
        machine.qmp.set_link(port, True)
        others = [end for end in ends if end is not cable.end]
        on_others = [Cable(machine, end).discover(0) for end in others]

    assert first is not None
    assert first[6:12].hex() == f"525400aa000{port}"
    assert while_down is None
    assert on_others == [None] * 5
    assert not options.qmp.exists()


def test_emulation_gets_somewhere_and_what_does_not_is_given_up() -> None:
    assert works(Accelerator.TCG, 60)
    assert not works(Accelerator.TCG, 0.001)


def test_a_machine_that_never_answers_ssh_is_given_up_with_its_console(
    short_path: Path, wires: tuple[Wiring, list[socket.socket]]
) -> None:
    disk = short_path / "empty.raw"
    disk.write_bytes(bytes(1 << 20))
    options = MachineOptions(short_path / "vm", free_port(), wires[0], memory_mib=128)
    machine = Machine(Image(disk, ImageFormat.RAW).words, options, SystemClock())
    pid = machine.pid

    with machine, pytest.raises(UnreachableError, match="did not answer SSH within 1 seconds"):
        machine.wait_for_ssh(1, lambda _: None)

    assert not Path(f"/proc/{pid}").exists()
    assert disk.read_bytes() == bytes(1 << 20)


def test_what_qemu_complains_about_is_the_message(
    short_path: Path, wires: tuple[Wiring, list[socket.socket]]
) -> None:
    image = Image(short_path / "missing.qcow2", ImageFormat.QCOW2)
    options = MachineOptions(short_path, free_port(), wires[0])

    with pytest.raises(UsageError, match=r"missing\.qcow2"):
        Machine(image.words, options, SystemClock())


STARTER = """
import sys
from pathlib import Path
from lagg_tool.testbed.qemu.machine import Machine, MachineOptions, Wiring
from lagg_tool.clock import SystemClock
wiring = Wiring(int(sys.argv[3]), int(sys.argv[4]))
options = MachineOptions(Path(sys.argv[1]), int(sys.argv[2]), wiring, memory_mib=128)
machine = Machine((), options, SystemClock())
print(machine.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_qemu_dies_with_a_killed_parent(
    short_path: Path, wires: tuple[Wiring, list[socket.socket]]
) -> None:
    wiring = wires[0]
    arguments = [str(short_path), str(free_port()), str(wiring.near), str(wiring.far)]
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)

    assert ends(pid)


def ends(pid: int) -> bool:
    """Whether a process is soon gone; nobody may be there to take its status."""
    clock = SystemClock()

    def gone() -> bool:
        clock.call_at(clock.now() + 0.02, lambda: None)
        try:
            return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
        except FileNotFoundError:
            return True

    return clock.wait_until(gone, clock.now() + 60)


@pytest.fixture
def _short_state(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep machines in a directory of the test's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(short_path))


@pytest.mark.usefixtures("_short_state")
def test_a_machine_for_people_that_never_answers_leaves_nothing_running(
    tmp_path: Path, wires: tuple[Wiring, list[socket.socket]]
) -> None:
    disk = tmp_path / "empty.raw"
    disk.write_bytes(bytes(1 << 20))
    bases = (wires[0].near, wires[0].far)

    with pytest.raises(UnreachableError, match="did not answer SSH"):
        vm.up(disk, "nas", SystemClock(), lambda _: None, wire_base=bases, deadline=1)

    assert vm.status() == []
    with pytest.raises(UsageError, match="no virtual machine named 'nas'"):
        vm.down("nas", SystemClock())


@pytest.mark.usefixtures("_short_state")
def test_a_machine_for_people_goes_down_by_its_record(
    wires: tuple[Wiring, list[socket.socket]],
) -> None:
    directory = vm.state_directory() / "nas"
    options = MachineOptions(directory, free_port(), wires[0], memory_mib=128)
    machine = Machine((), options, SystemClock())
    record = vm.MachineRecord(
        "nas", "none", machine.pid, "tcg", options.ssh_port, "1:2", str(options.qmp), "", ""
    )
    machine.qmp.close()  # QEMU serves one control connection at a time
    (directory / "vm.json").write_text(json.dumps(dataclasses.asdict(record)))

    before = vm.status()
    vm.down("nas", SystemClock())

    assert before == [(record, True)]
    assert vm.status() == []
    machine.stop()


@pytest.mark.usefixtures("_short_state")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_boot_for_people_that_is_ended_leaves_nothing_that_has_no_record(
    empty_disk: Path, wires: tuple[Wiring, list[socket.socket]], number: signal.Signals
) -> None:
    base = f"{wires[0].near}:{wires[0].far}"
    command = ["vm", "up", str(empty_disk), "--memory", "128", "--wire-base", base]
    with subprocess.Popen(
        [sys.executable, "-m", "lagg_tool", *command], stderr=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stderr is not None
        said = starter.stderr.readline()
        running = vm.status()
        starter.send_signal(number)
        rest = starter.stderr.read()

    left = vm.status()
    assert said.startswith(f"booting {empty_disk} with ")
    assert [runs for _, runs in running] == [True]
    if number is signal.SIGKILL:
        assert left == running
        vm.down("nas", SystemClock())
    else:
        assert starter.returncode == 130, rest
    assert vm.status() == []
    assert ends(running[0][0].pid)


def children_of_ours() -> list[str]:
    """Return the QEMU processes that this process started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(")")
        except OSError:
            continue  # it ended meanwhile
        if "qemu" in name and rest.split()[1] == str(os.getpid()):
            found.append(name)
    return found


@pytest.fixture
def empty_disk(tmp_path: Path) -> Path:
    disk = tmp_path / "empty.raw"
    disk.write_bytes(bytes(1 << 20))
    return disk


def test_an_image_that_does_not_come_up_as_a_target_leaves_nothing_behind(
    empty_disk: Path, wires: tuple[Wiring, list[socket.socket]]
) -> None:
    told: list[str] = []
    options = TargetOptions(
        wire_base=(wires[0].near, wires[0].far), memory_mib=128, boot_deadline=1, tell=told.append
    )

    with pytest.raises(UnreachableError, match="its console ended with"):
        open_target(f"qemu:{empty_disk}", options)

    assert told[0].startswith(f"booting {empty_disk} with ")
    assert children_of_ours() == []


def test_an_interrupted_boot_leaves_nothing_behind(
    empty_disk: Path, wires: tuple[Wiring, list[socket.socket]]
) -> None:
    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    options = TargetOptions(wire_base=(wires[0].near, wires[0].far), memory_mib=128, tell=interrupt)

    with pytest.raises(KeyboardInterrupt):
        open_target(f"qemu:{empty_disk}", options)

    assert children_of_ours() == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (TargetOptions(image_checksum="sha256:00"), "its sha256 is .* and should be 00"),
        (TargetOptions(image_checksum="md5:00"), "is not a checksum"),
        (TargetOptions(memory_mib=1), "--memory 1: MiB, at least 64"),
        (TargetOptions(qmp=Path("x")), "has a QMP socket of its own"),
    ],
)
def test_options_of_an_image_that_cannot_be_are_named(
    empty_disk: Path, options: TargetOptions, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        open_target(f"qemu:{empty_disk}", options)

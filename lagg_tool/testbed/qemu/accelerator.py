"""What runs a guest's instructions: KVM where it is faster than emulation, else TCG.

That /dev/kvm opens says little: under some nested virtualisations KVM emulates the guest's
kernel, a hundred times slower than TCG, or ends in an internal error. So it is tried, with a
disk of one sector that counts and then leaves QEMU.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import subprocess
import tempfile

QEMU = "qemu-system-x86_64"

# cli; mov ecx, 20000000; dec ecx; jnz to the dec; then 0x10 to isa-debug-exit's port; hlt.
_COUNT = bytes.fromhex("fa 66b9002d3101 6649 75fc b010 e6f4 f4")
_SECTOR = _COUNT.ljust(510, b"\0") + b"\x55\xaa"
_COUNTED = 0x10 << 1 | 1  # what isa-debug-exit makes of 0x10
# TCG counts in a quarter of a second on a machine where KVM, emulating, takes half a minute.
_PATIENCE_SECONDS = 3.0


class Accelerator(enum.Enum):
    """What runs the guest's instructions, by QEMU's names."""

    KVM = "kvm"
    TCG = "tcg"


@functools.cache
def choose() -> Accelerator:
    """Return KVM if it works well here."""
    return Accelerator.KVM if works(Accelerator.KVM) else Accelerator.TCG


def works(accelerator: Accelerator, seconds: float = _PATIENCE_SECONDS) -> bool:
    """Whether a guest gets anywhere within ``seconds`` of real time."""
    with tempfile.NamedTemporaryFile(prefix="lagg-tool-", suffix=".img") as disk:
        disk.write(_SECTOR.ljust(1 << 20, b"\0"))
        disk.flush()
        return _counts(accelerator, disk.name, seconds)


def _counts(accelerator: Accelerator, disk: str, seconds: float) -> bool:
    argv = [QEMU, "-nodefaults", "-no-user-config", "-machine", "q35", "-display", "none"]
    argv += ["-accel", accelerator.value, "-cpu", "max", "-m", "64"]
    argv += ["-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
    argv += ["-drive", f"file={disk.replace(',', ',,')},format=raw,if=virtio"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - argv of our own making
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=seconds
        )
        return done.returncode == _COUNTED
    return False

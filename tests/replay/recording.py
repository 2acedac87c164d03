"""The recordings of real hosts as data; tests/recordings/README.md tells their form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent.parent / "recordings"

# Four recordings were made while the host's file system had no inode left: files could
# grow but none could be made. The host's rc.conf held these leftovers then.
LEFTOVERS = 'cloned_interfaces="lagg0"\nifconfig_lagg0="x"\n'
UPS = 'ifconfig_vtnet1="up"\nifconfig_vtnet2="up"\n'
NO_INODES: dict[str, str] = {
    "cmd-daemon-guard": "",
    "cmd-files-and-guards": LEFTOVERS + UPS,
    "cmd-sysrc": 'ifconfig_lagg0="x"\n',
    "cmd-rc-start-stop": LEFTOVERS,
}
PREPARED_RC_CONF: dict[str, str] = {"cmd-observe-batch": LEFTOVERS + UPS}
# Variables that the host's rc.conf was given only later.
NOT_YET_IN_RC_CONF = {"cmd-observe-batch": ("background_fsck", "varmfs", "tmpmfs")}

# The host gives lo0 its IPv6 addresses when IPv6 is first used after a boot; these two
# recordings were made before that, all others that show lo0 after it.
BEFORE_IPV6 = {"cmd-list-idle", "cmd-observe-batch"}


@dataclass(frozen=True)
class Frame:
    """One Ethernet frame on a port's cable; ``t`` in seconds since the session began."""

    t: float
    port: int
    from_nas: bool
    data: bytes


@dataclass(frozen=True)
class Step:
    """One step: ``kind`` is the key that names it in the file, ``value`` what stands there."""

    at: float
    kind: str
    value: Any
    stdout: str = ""
    stderr: str = ""
    rc: int = 0
    up: bool = False


@dataclass(frozen=True)
class Recording:
    """One session on one host."""

    host: str
    name: str
    steps: tuple[Step, ...]
    frames: tuple[Frame, ...]
    captured: bool  # whether the cables were watched at all

    @property
    def lines(self) -> str:
        """All command lines, to look for words in."""
        return "\n".join(step.value for step in self.steps if step.kind == "run")


KINDS = ("run", "link", "wait", "partner", "tell", "inject", "reboot")


def load(path: Path) -> Recording:
    """Read one recording."""
    document = json.loads(path.read_text(encoding="utf-8"))
    steps = []
    at = 0.0
    for entry in document["steps"]:
        kind = next(kind for kind in KINDS if kind in entry)
        at = entry.get("at", at)
        steps.append(
            Step(
                at,
                kind,
                entry[kind],
                entry.get("stdout", ""),
                entry.get("stderr", ""),
                entry.get("rc", 0),
                entry.get("up", False),
            )
        )
    frames = tuple(
        Frame(f["t"], f["port"], f["dir"] == "from_nas", bytes.fromhex(f["hex"]))
        for f in document.get("frames", ())
    )
    return Recording(path.parent.name, document["name"], tuple(steps), frames, "frames" in document)


def names(host: str) -> list[str]:
    """The names of a host's recordings."""
    return sorted(path.stem for path in (RECORDINGS / host).glob("*.json"))

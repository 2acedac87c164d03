"""The recordings of real hosts as data; tests/recordings/README.md tells their form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import RECORDINGS

# What the hosts held before some of the sessions, by Recording.key: their answers show it.

# Four recordings were made while the host's file system had no inode left: files could
# grow but none could be made. The host's rc.conf held these leftovers then.
LEFTOVERS = 'cloned_interfaces="lagg0"\nifconfig_lagg0="x"\n'
UPS = 'ifconfig_vtnet1="up"\nifconfig_vtnet2="up"\n'
NO_INODES = {
    "freebsd-13.2/cmd-daemon-guard": "",
    "freebsd-13.2/cmd-files-and-guards": LEFTOVERS + UPS,
    "freebsd-13.2/cmd-sysrc": 'ifconfig_lagg0="x"\n',
    "freebsd-13.2/cmd-rc-start-stop": LEFTOVERS,
}
PREPARED_RC_CONF = {"freebsd-13.2/cmd-observe-batch": LEFTOVERS + UPS}
# Variables that the host's rc.conf was given only later.
NOT_YET_IN_RC_CONF = {"freebsd-13.2/cmd-observe-batch": ("background_fsck", "varmfs", "tmpmfs")}

# The host gives lo0 its IPv6 addresses when IPv6 is first used after a boot; these two
# recordings were made before that, all others that show lo0 after it.
BEFORE_IPV6 = {"freebsd-13.2/cmd-list-idle", "freebsd-13.2/cmd-observe-batch"}

# The other host's disk lacked parts of the userland: sysrc and su could not work there.
MISSING_FILES = {
    "freebsd-15-derivative": ("/usr/share/bsdconfig/common.subr", "/etc/pam.d/su"),
}
# Before these of its sessions the default route and lo0's IPv6 addresses had gone, and a
# link-local address had come to vtnet1.
IPV6_LEFT = {
    f"freebsd-15-derivative/{name}"
    for name in (
        *("cmd-arp-route-ping", "cmd-ifconfig-usage", "cmd-link-down-status"),
        *("cmd-observe-batch", "cmd-rc-start-stop"),
    )
}
# vtnet counts a frame as sent at its fourth tick from then, 3 to 4 seconds later.
LATE_TICK = {"freebsd-15-derivative/cmd-arp-route-ping": 3.95}
LEAVE_IPV6 = """\
route delete default
ifconfig lo0 inet6 ::1 delete
ifconfig lo0 inet6 fe80::1%lo0 delete
ifconfig vtnet1 inet6 fe80::d863:9746:6aba:2bb prefixlen 64
ifconfig vtnet1 inet6 ifdisabled
sleep 10.5
ifconfig vtnet1 down
for prefix in ::/96 ::ffff:0.0.0.0/96 ff02::/16 fe80::/10; do
    route -q add -inet6 $prefix -interface lo0 -reject
done
"""


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
    append: str = ""
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
    untimed: bool = False  # whether the steps have no times, as those of the boots

    @property
    def key(self) -> str:
        """Host and name."""
        return f"{self.host}/{self.name}"

    @property
    def lines(self) -> str:
        """All command lines, to look for words in."""
        return "\n".join(step.value for step in self.steps if step.kind == "run")


KINDS = ("run", "link", "wait", "partner", "tell", "inject", "reboot", "write")


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
                entry.get("append", ""),
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
    untimed = all("at" not in entry for entry in document["steps"])
    captured = "frames" in document
    return Recording(
        path.parent.name, document["name"], tuple(steps), frames, captured, untimed=untimed
    )


def names(host: str) -> list[str]:
    """Return the names of a host's recordings."""
    return sorted(path.stem for path in (RECORDINGS / host).glob("*.json"))

"""What the command line says about a target beyond its URL."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lagg_tool.output import progress
from lagg_tool.ssh.hostkeys import DEFAULT_FILES, HostKeys


class TestbedChoice(enum.Enum):
    """Which testbed to use at the test ports."""

    WIRES = "wires"  # what the target has: memory, UDP, or nothing
    EPAIR = "epair"  # the host itself
    BEST = "best"  # wires if there are any, otherwise the host itself if it can
    NONE = "none"  # no testbed, and no test ports: the NAS is only looked at or changed


@dataclass(frozen=True)
class TargetOptions:
    """How to open a target; the last four options apply to ``qemu:`` alone."""

    identities: tuple[Path, ...] = ()
    agent: bool = False
    become: str | None = None  # sudo or doas
    ssh_config: Path | None = None  # "none" for no file, None for the user's own
    host_keys: HostKeys = field(default_factory=HostKeys)
    ports: tuple[str, ...] = ()  # the NAS's names of the test ports; found out if not given
    wire_base: tuple[int, int] | None = None  # A and B of the UDP wires
    qmp: Path | None = None
    read_only: bool = False
    bench: TestbedChoice = TestbedChoice.WIRES
    tell: Callable[[str], None] = progress  # takes a line of progress
    image_checksum: str | None = None  # sha256:HEX or sha512:HEX
    memory_mib: int = 1024
    boot_deadline: float = 600.0  # seconds until the machine must answer SSH


def login_options(given: Mapping[str, Any], *, read_only: bool) -> TargetOptions:
    """Return how to log in at a target to look at it or to change it, without a testbed.

    ``given`` are the values of ssh/options.py.
    """
    accept_new = DEFAULT_FILES[0] if given["host_key_policy"] == "accept-new" else None
    return TargetOptions(
        identities=tuple(given["identity"]),
        agent=given["agent"],
        become=given["become"],
        ssh_config=given["ssh_config"],
        host_keys=HostKeys(fingerprint=given["host_key"], accept_new=accept_new),
        read_only=read_only,
        bench=TestbedChoice.NONE,
    )

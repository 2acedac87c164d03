"""What a kind of host offers to the rest: to be observed, in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lagg_tool.ifconfig import Listing
from lagg_tool.lagg import HostState


@dataclass(frozen=True)
class Observation:
    """A host at one moment: the facts, and the listing that they were read from."""

    state: HostState
    listing: Listing


class Host(Protocol):
    """A NAS by its kind; differences between FreeBSD and TrueNAS CORE live in its classes."""

    kind: str

    def observe(self) -> Observation:
        """Look at the host in one round trip. Raises UnreadableError and TargetError."""
        ...


def needs_root(user: str) -> str:
    """Say why another than root cannot go on, and what to do."""
    return (
        f"this needs root on the host, and the session is that of {user}: name root in the"
        " target, as in ssh://root@HOST, with a key that sshd there takes for root"
        " (PermitRootLogin prohibit-password)"
    )

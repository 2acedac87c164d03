"""Who holds a NAS: a process of a user on a machine, which may have ended."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
import uuid
from pathlib import Path

from lagg_tool.user import local_user

_OWNER = re.compile(r".*, process ([0-9]+) of machine ([0-9a-f]{8}), [0-9a-f]+", re.ASCII)


def own_name() -> str:
    """Return a name for this process, which tells from another machine who it is."""
    return f"{local_user()}, process {os.getpid()} of machine {_machine()}, {secrets.token_hex(4)}"


def has_ended(owner: str) -> bool:
    """Return whether it is known that the process does not run any more.

    Of a process on another machine nothing is known, nor of one in another container.
    """
    found = _OWNER.fullmatch(owner)
    if found is None or found[2] != _machine():
        return False
    try:
        os.kill(int(found[1]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    """Return what this machine, and its name space of process numbers, is known by."""
    parts = [socket.gethostname(), str(uuid.getnode())]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii"))
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:  # not Linux
        pass
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]

"""The user of this machine, as messages on a NAS name the owner of a run or of a change."""

from __future__ import annotations

import getpass
import os
import socket


def local_user() -> str:
    """Return ``name@host``; a user that passwd does not know is named by the number."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # OSError since Python 3.13
        name = f"uid-{os.getuid()}"
    return f"{name}@{socket.gethostname()}"

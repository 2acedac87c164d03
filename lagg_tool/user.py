"""The user of this machine: the name on a NAS, the home directory, how many files may be open.

Containers run programs as users that passwd does not know, without a HOME.
"""

from __future__ import annotations

import getpass
import os
import resource
import socket
from pathlib import Path

from lagg_tool.errors import TargetError

_FEWEST_FILES = 32  # with 12 a run of the suite or a change ends in the middle


def local_user() -> str:
    """Return ``name@host``; a user that passwd does not know is named by the number."""
    return f"{_name()}@{socket.gethostname()}"


def name_user() -> None:
    """Give a user whom passwd does not know a name in the environment.

    paramiko asks getpass for it to read any ssh_config, even an empty one.
    """
    if not os.environ.get("LOGNAME"):
        os.environ["LOGNAME"] = _name()


def check_open_files() -> None:
    """Raise TargetError where too few files may be open for a way to a NAS: sockets, pipes."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= most < _FEWEST_FILES:  # without a limit it is -1
        raise TargetError(
            f"only {most} files may be open at once here; raise the limit, as with ulimit -n 256"
        )


def _name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # OSError since Python 3.13
        return f"uid-{os.getuid()}"


def home() -> Path:
    """Return the home directory; that of a user who has none is the root, as in a container."""
    found = os.path.expanduser("~")  # noqa: PTH111 - Path's fails where there is none
    return Path("/" if found.startswith("~") else found)


def expanded(path: Path) -> Path:
    """Return a path that may begin with ~; one of a user who is not known stays as it is."""
    first, *others = path.parts or ("",)
    return home().joinpath(*others) if first == "~" else Path(os.path.expanduser(path))  # noqa: PTH111

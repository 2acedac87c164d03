"""What the scripts of a confirmed commit need of a system: shell functions, and where files are.

``session`` are the functions for the scripts that a session runs:

    elapsed                      print the seconds since the boot; a clock that is set does
                                 not change them
    detach [-p FILE] WORD…       run a program that outlives the session; FILE gets its number
    took DIRECTORY               whether the boot configuration has the change that the
                                 directory keeps for its undoing

``change`` are those that change.sh runs, each in a subshell that they end with 0 or not:

    prepare_early  make what prepare needs, where that takes long, while the steps go on
    prepare    make the new boot configuration beside the old one, without touching that
    persist    put it in place
    restore    undo a confirmed change, at runtime and for the next boot
    unprepare  remove what prepare made, and nothing else
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """A system that changes can be made on. ``boot`` is how messages call what boots it.

    ``root`` is gone after a reboot, at least its files; ``records`` stay. ``config`` is the
    boot configuration: a file, or the directory that its files are below.
    """

    root: str
    records: str
    config: str
    session: str
    change: str
    boot: str
    the_boot: str
    room: str = "its disk is full"

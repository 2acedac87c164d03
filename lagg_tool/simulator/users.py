"""The users and groups of the simulated host."""

from __future__ import annotations

USERS = {"root": 0, "daemon": 1, "nobody": 65534}
GROUPS = {"wheel": 0, "daemon": 1, "operator": 5, "nogroup": 65533, "nobody": 65534}
MEMBERSHIPS = {"root": ("wheel", "operator"), "daemon": ("daemon",), "nobody": ("nobody",)}


def user_name(uid: int) -> str:
    """Return a user's name, or the number if there is none."""
    return next((name for name, known in USERS.items() if known == uid), str(uid))


def group_name(gid: int) -> str:
    """Return a group's name, or the number if there is none."""
    return next((name for name, known in GROUPS.items() if known == gid), str(gid))


def user_id(name: str, *, groups: bool = False) -> int | None:
    """Return the number of a user (or a group), who may be given by number."""
    if name.isdecimal():
        return int(name)
    return (GROUPS if groups else USERS).get(name)

"""The users and groups of the simulated host."""

from __future__ import annotations

USERS = {"root": 0, "daemon": 1, "freebsd": 1001, "nobody": 65534}
GROUPS = {
    "wheel": 0,
    "daemon": 1,
    "operator": 5,
    "freebsd": 1001,
    "nogroup": 65533,
    "nobody": 65534,
}
MEMBERSHIPS = {
    "root": ("wheel", "operator"),
    "daemon": ("daemon",),
    "freebsd": ("freebsd",),
    "nobody": ("nobody",),
}
HOMES = {"root": "/root", "daemon": "/root", "freebsd": "/home/freebsd", "nobody": "/nonexistent"}
# Who may log in: the others' shell is nologin(8). Only the first may change the host.
LOGINS = ("root", "freebsd")


def user_name(uid: int) -> str:
    """Return a user's name, or the number if there is none."""
    return next((name for name, known in USERS.items() if known == uid), str(uid))


def group_name(gid: int) -> str:
    """Return a group's name, or the number if there is none."""
    return next((name for name, known in GROUPS.items() if known == gid), str(gid))


def user_id(name: str) -> int | None:
    """Return the number of a user, who may be given by number."""
    if name.isdecimal():
        return int(name)
    return USERS.get(name)


def primary_group(uid: int) -> int:
    """Return the group of a user's processes."""
    return GROUPS[MEMBERSHIPS[user_name(uid)][0]] if user_name(uid) in MEMBERSHIPS else uid


def is_member(uid: int, gid: int) -> bool:
    """Whether a user is in a group."""
    return group_name(gid) in MEMBERSHIPS.get(user_name(uid), ())

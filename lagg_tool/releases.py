"""Which release a NAS runs, and whether a scenario is expected to hold there.

The one place that knows version numbers. A release is a name such as ``freebsd-13.2``,
``freebsd-15`` (a branch) or ``truenas-13.3``. It belongs to wider ones: 13.2 to
``freebsd-13``, and TrueNAS CORE 13.3 to that as well, which it is made of. Scenarios say
with tags where they hold, and a tag for a wider release is for all that belong to it:

- ``@on.NAME``: on these releases only;
- ``@not.NAME``: everywhere but there.

``@defect.ID`` shows a defect, ``@fixed.ID`` that it is gone; ``@behaviour.WORDS`` names
what two scenarios of different releases are about. All else asks for names, never numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

UNKNOWN = "unknown"

# A release, or a wider one.
NAME = re.compile(r"[a-z]+(-\d+(\.\d+)*)?")
# A tag that says where a scenario holds.
TAG = re.compile(rf"(?P<word>on|not)\.(?P<release>{NAME.pattern})")
_NAME = re.compile(r"(?P<system>[a-z]+)-(?P<major>\d+)(\.(?P<minor>\d+))?(\.\d+)*")
# param.h: __FreeBSD_version is major, minor and a count from 500 on for a branch.
_BRANCH_FROM = 500


def release_of(facts: Mapping[str, str]) -> str:
    """Return a host's release from what it says about itself.

    ``facts`` are those of results.json: "truenas" is /etc/version, "osreldate" the sysctl,
    "system" what ``uname -sr`` prints. A derivative has a name of its own in ``system``, so
    that the number goes first.
    """
    product = re.match(r"TrueNAS-(\d+\.\d+)", facts.get("truenas", ""))
    if product:
        return f"truenas-{product[1]}"
    linux = re.match(r"Linux (\d+\.\d+)", facts.get("system", ""))
    if linux:
        return f"linux-{linux[1]}"
    number = facts.get("osreldate", "")
    if not number.isdecimal():
        named = re.match(r"FreeBSD (\d+\.\d+)-", facts.get("system", ""))
        return f"freebsd-{named[1]}" if named else UNKNOWN
    major, minor, count = int(number) // 100000, int(number) // 1000 % 100, int(number) % 1000
    return f"freebsd-{major}" if count >= _BRANCH_FROM else f"freebsd-{major}.{minor}"


def title(release: str) -> str:
    """Return ``freebsd-13.2`` as people write it."""
    system, _, number = release.partition("-")
    names = {"freebsd": "FreeBSD", "truenas": "TrueNAS CORE", "linux": "Linux"}
    return f"{names.get(system, system)} {number}".strip()


def differ(one: str, other: str) -> bool:
    """Return whether these are two releases."""
    return one != other


def precedes(one: str, other: str) -> bool:
    """Return whether a release is an earlier one of the same system; a branch has no minor."""
    mine, others = _NAME.fullmatch(one), _NAME.fullmatch(other)
    if mine is None or others is None or mine["system"] != others["system"]:
        return False
    return _number(mine) < _number(others)


def newest(names: Iterable[str]) -> str:
    """Return the newest of releases of one system."""
    return max(names, key=lambda name: _number(m) if (m := _NAME.fullmatch(name)) else (-1, -1))


def _number(match: re.Match[str]) -> tuple[int, int]:
    return int(match["major"]), int(match["minor"] or 99)


def system(release: str) -> str:
    """Return the system of a release, such as freebsd."""
    return release.partition("-")[0]


def lineage(release: str) -> tuple[str, ...]:
    """Return a release and the wider ones that it belongs to, the narrowest first."""
    name = _NAME.fullmatch(release)
    if name is None:
        return (release,)
    system, major = name["system"], name["major"]
    wider = dict.fromkeys((release, f"{system}-{major}", system))
    if system == "truenas":  # CORE counts its versions as FreeBSD does, which it is made of
        wider |= dict.fromkeys((f"freebsd-{major}", "freebsd"))
    return tuple(wider)


def holds(tags: Iterable[str], release: str) -> bool:
    """Return whether a scenario with these tags (without the at sign) is expected to hold."""
    return why_not(tags, release) == ""


def why_not(tags: Iterable[str], release: str) -> str:
    """Return why a scenario is not expected to hold on a release; nothing when it is."""
    found = [match for tag in tags if (match := TAG.fullmatch(tag))]
    names = lineage(release)
    only = [match["release"] for match in found if match["word"] == "on"]
    never = [match["release"] for match in found if match["word"] == "not"]
    if only and not set(only) & set(names):
        return f"not expected on {release}, only on {' and '.join(only)}"
    if set(never) & set(names):
        return f"not expected on {release}"
    return ""

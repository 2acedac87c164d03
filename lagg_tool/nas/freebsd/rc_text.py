"""rc.conf put back variable by variable: what is somebody else's stays. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lagg_tool.nas.made import Made

CLONED = "cloned_interfaces"
_ASSIGNMENT = re.compile(r"""(\w+)=(["']?)(.*?)\2\s*(?:#.*)?$""", re.ASCII)


def rc_conf_back(before: str, now: str, made: Made) -> str:
    """Return rc.conf with the variables of the run as before, and all others as they are."""
    if not foreign_variables(before, now, made):
        return before
    was, is_now = _variables(before), _variables(now)
    out: list[str] = []
    done: set[str] = set()
    for line in now.splitlines(keepends=True):
        name = _name(line)
        if name == CLONED:
            out += [] if name in done else _cloned_back(was, is_now, made)
        elif made.has_variable(name):
            out += [] if name in done else was.get(name, [])
        else:
            out.append(line)
        done.add(name)
    for name, lines in was.items():
        if name not in done and made.has_variable(name):
            out += lines
    return "".join(out)


def foreign_variables(before: str, now: str, made: Made) -> list[str]:
    """Return the variables that differ and are none of the run's; "" for other lines."""
    was, is_now = _variables(before), _variables(now)
    found = [
        name
        for name in dict.fromkeys([*was, *is_now])
        if name != CLONED and not made.has_variable(name) and was.get(name) != is_now.get(name)
    ]
    old, new = (_words(each.get(CLONED, [])) for each in (was, is_now))
    if any(not made.has_interface(word) for word in set(old) ^ set(new)):
        found.append(CLONED)
    return found


def _cloned_back(
    was: Mapping[str, list[str]], is_now: Mapping[str, list[str]], made: Made
) -> list[str]:
    old, new = (_words(each.get(CLONED, [])) for each in (was, is_now))
    kept = [word for word in new if word in old or not made.has_interface(word)]
    kept += [word for word in old if word not in new and made.has_interface(word)]
    return [f'{CLONED}="{" ".join(kept)}"\n'] if kept or CLONED in was else []


def _words(lines: Sequence[str]) -> list[str]:
    found = _ASSIGNMENT.match(lines[-1]) if lines else None
    return found[3].split() if found else []


def _variables(text: str) -> dict[str, list[str]]:
    """Return the lines of each variable, and of no variable under the empty name."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines(keepends=True):
        found.setdefault(_name(line), []).append(line)
    return found


def _name(line: str) -> str:
    found = _ASSIGNMENT.match(line)
    return found[1] if found else ""

"""Lines of rc.conf that sysrc cannot edit: values over several lines, or two on one line.

sysrc replaces what it finds on one line, and removes whole lines. What people wrote in another
way is put in place of itself here, and all around it stays byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot.rc_file import Assignment, RcFile, read_rc_file
from lagg_tool.nas.freebsd.plan.rcconf import RcChange

RC_CONF = "/etc/rc.conf"


@dataclass(frozen=True)
class Swap:
    """Whole lines, the last ones of this text, and those that are put in their place."""

    old: str
    new: str


@dataclass(frozen=True)
class RcEdits:
    """The changes that sysrc makes, and those of lines."""

    by_sysrc: tuple[RcChange, ...]
    swaps: tuple[Swap, ...] = ()


def written_value(value: str) -> str:
    """Return the value as it is written between double quotation marks."""
    return "".join(f"\\{each}" if each in '\\"$`' else each for each in value)


def edits_of(changes: Iterable[RcChange], text: str) -> RcEdits:
    """Return how to make the changes in the rc.conf that has this text."""
    by_sysrc: list[RcChange] = []
    swaps: list[Swap] = []
    for each in changes:
        file = read_rc_file(text)
        found = file.of(each.variable)
        if all(file.is_plain(one) for one in found):
            by_sysrc.append(each)
            continue
        while found:  # the last one holds
            swap = _swap(file, found[-1], each.after)
            start, _ = file.lines_of(found[-1])
            if f"\n{text}".rfind(f"\n{swap.old}") != start:  # a value has these lines as well
                swap = Swap(text[start:], swap.new + text[start + len(swap.old) :])
            swaps.append(swap)
            text = text[:start] + swap.new + text[start + len(swap.old) :]
            file = read_rc_file(text)
            found = file.of(each.variable) if each.after is None else []
    return RcEdits(tuple(by_sysrc), tuple(swaps))


def _swap(file: RcFile, found: Assignment, value: str | None) -> Swap:
    start, end = file.lines_of(found)
    old = file.text[start:end]
    before, after = file.text[start : found.start], file.text[found.end : end]
    if value is None:
        rest = before + after.lstrip(" \t;")
        # A bare export would print the environment whenever rc.conf is read.
        return Swap(old, rest if rest.strip() not in ("", "export") else "")
    return Swap(old, f'{before}{found.name}="{written_value(value)}"{after}')


def line_findings(changes: Iterable[RcChange], host: HostState) -> Iterator[str]:
    """Yield the changes that cannot be made, since something else than a line sets a variable."""
    if not host.rc_text:
        return
    file = read_rc_file(host.rc_text)
    for each in changes:
        found = file.of(each.variable)
        if nested := next((one for one in found if one.conditional), None):
            yield (
                f"rc.conf: {RC_CONF}:{nested.line} sets {each.variable} on a condition; set it"
                " without one first"
            )
        elif each.before is not None and not found and not _elsewhere(each.variable, host):
            yield (
                f"rc.conf: {each.variable} is set by a file that {RC_CONF} reads; set it in"
                f" {RC_CONF} itself first"
            )


def _elsewhere(variable: str, host: HostState) -> bool:
    return any(read_rc_file(text).of(variable) for text in host.rc_files.values())

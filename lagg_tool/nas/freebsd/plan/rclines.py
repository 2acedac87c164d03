"""Lines of rc.conf in place of others: of all changes, or of those that sysrc cannot make.

sysrc takes some hundred processes. It is not needed where rc.conf still has the values that the
plan saw. Where it is, it replaces what it finds on one line, and removes whole lines: what people
wrote over several lines, or two on one, is put in place of itself, and all around it stays byte
for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot import Variables
from lagg_tool.nas.freebsd.boot.rc_file import Assignment, RcFile, read_rc_file
from lagg_tool.nas.freebsd.plan.rcconf import RcChange

RC_CONF = "/etc/rc.conf"
CLONED = "cloned_interfaces"


@dataclass(frozen=True)
class Swap:
    """Whole lines, the last ones of this text, and those that are put in their place."""

    old: str
    new: str


@dataclass(frozen=True)
class RcEdits:
    """The changes that sysrc makes, and the lines that it cannot make."""

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
        if all(file.is_plain(one) for one in file.of(each.variable)):
            by_sysrc.append(each)
        else:
            text = _put(each, text, swaps)
    return RcEdits(tuple(by_sysrc), tuple(swaps))


def swaps_of(changes: Iterable[RcChange], text: str) -> tuple[Swap, ...]:
    """Return the lines for all changes in the rc.conf that has this text.

    There are none if a value is not from the last line that sets it here.
    """
    swaps: list[Swap] = []
    for each in changes:
        found = read_rc_file(text).of(each.variable)
        value = found[-1].value if found else None
        if (value or "").split() != (each.before or "").split() or any(
            one.conditional for one in found
        ):
            return ()
        if text and not text.endswith("\n"):
            text += "\n"
        text = _put(each, text, swaps)
    return tuple(swaps)


def _put(change: RcChange, text: str, swaps: list[Swap]) -> str:
    """Add what makes one change, and return the text afterwards."""
    file = read_rc_file(text)
    found = file.of(change.variable)
    if not found and change.after is not None:
        swaps.append(Swap("", f'{change.variable}="{written_value(change.after)}"\n'))
        return text + swaps[-1].new
    while found:  # the last one holds
        swap = _swap(file, found[-1], change.after)
        start, _ = file.lines_of(found[-1])
        if f"\n{text}".rfind(f"\n{swap.old}") != start:  # a value has these lines as well
            swap = Swap(text[start:], swap.new + text[start + len(swap.old) :])
        swaps.append(swap)
        text = text[:start] + swap.new + text[start + len(swap.old) :]
        file = read_rc_file(text)
        found = file.of(change.variable) if change.after is None else []
    return text


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
    file = read_rc_file(host.rc_text, host.rc_conf)
    for each in changes:
        found = file.of(each.variable)
        said = host.rc_conf.get(each.variable)
        value = found[-1].value if found else ""
        if nested := next((one for one in found if one.conditional), None):
            yield (
                f"rc.conf: {RC_CONF}:{nested.line} sets {each.variable} on a condition; set it"
                " without one first"
            )
        elif (
            said is not None
            and value is not None
            and said.split() != value.split()
            and not any(read_rc_file(text).of(each.variable) for text in host.rc_files.values())
        ):
            yield (
                f"rc.conf: {_decides(each.variable, file)} decides {each.variable}, which this tool"
                f' does not follow; take it out there, and write {each.variable}="'
                f'{written_value(said)}" in {RC_CONF} first'
            )


def _decides(variable: str, file: RcFile) -> str:
    """Return what sets a variable that no line of rc.conf sets last: another file, or a loop."""
    lines = file.text.split("\n")
    found = [(lines[line - 1].strip(), line) for line in file.foreign]
    # Best the one that has its name, then one that reads a file.
    found.sort(key=lambda each: (variable not in each[0], not each[0].startswith(". ")))
    return f"{RC_CONF}:{found[0][1]} ({found[0][0]})" if found else f"another file than {RC_CONF}"


def condition_notes(names: Iterable[str], host: HostState) -> Iterator[str]:
    """Yield the lines that set variables of interfaces on a condition: who boots may meet another.

    sysrc answers for itself: a script of rc(8) has another $name, and no host name yet.
    """
    lines = {
        each.name: each.line for each in read_rc_file(host.rc_text).assignments if each.conditional
    }
    own = {each for name in names for each in Variables(dict.fromkeys(lines, "")).names(name)}
    those = [f"{each} (line {line})" for each, line in lines.items() if each in {*own, CLONED}]
    if those:
        yield (
            f"rc.conf: {RC_CONF} sets on a condition: {', '.join(those)}; what sysrc finds now the"
            " next boot may find otherwise"
        )

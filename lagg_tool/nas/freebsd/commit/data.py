"""The plan of a change as data for its scripts: files of words, all quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lagg_tool.command import quote
from lagg_tool.lagg import Record
from lagg_tool.nas.freebsd.plan import Change, Edit, RcChange
from lagg_tool.nas.freebsd.plan.rclines import Swap, edits_of, swaps_of, written_value
from lagg_tool.nas.step import Step

_SIMPLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:,/@+-=")


def data_of(plan: Change) -> dict[str, str]:
    """Return the data files of a change by name; scripts/change.sh and rcconf.sh read them."""
    files = {"steps": _steps(plan.steps), "inverse": _steps(plan.inverse)}
    if plan.rc:
        edits = edits_of(plan.rc, plan.rc_text)
        files["edits"] = _swaps(edits.swaps) + _edits(edits.by_sysrc) + _expected(plan.rc)
        back = _edits(_opposite(edits.by_sysrc))
        files["edits.back"] = _swaps(edits.swaps, back=True) + back
        if lines := swaps_of(plan.rc, plan.rc_text):
            before = {each.variable: each.before for each in reversed(plan.rc)}
            after = {each.variable: each.after for each in plan.rc}
            files["lines"] = _expect(before) + _swaps(lines) + _expect(after)
    files["laggs"] = "".join(f"{name}\n" for name in plan.laggs)
    for name, record in plan.records.items():
        if record is None:
            files[f"removal.{name}"] = "yes\n"
        else:
            files[f"record.{name}"] = record_text(record)
    return files


def record_text(record: Record) -> str:
    """Return what the file of a record holds; nas/freebsd/observation.py reads it."""
    lines: list[str] = []
    if record.variables:
        lines.append(f"set {' '.join(record.variables)}")
    if record.ports:
        lines.append(f"down {' '.join(record.ports)}")
    lines += [f"mtu {port} {mtu}" for port, mtu in record.mtus.items()]
    lines += [
        f"address {port} {address}" for port, those in record.addresses.items() for address in those
    ]
    lines += [f"lease {port}" for port in record.leases]
    lines += [f"route {destination} {port}" for destination, port in record.routes.items()]
    lines += [f"was {name} {' '.join(value.split())}" for name, value in record.values.items()]
    return "".join(f"{line}\n" for line in lines)


def _steps(steps: Iterable[Step]) -> str:
    return "".join(f"step {step.command.text}\n" for step in steps)


def _line(*words: str) -> str:
    return f"{' '.join(quote(word) for word in words)}\n"


def _swaps(swaps: Iterable[Swap], *, back: bool = False) -> str:
    """Return the calls that put lines in place of others."""
    pairs = [(each.old, each.new) for each in swaps]
    pairs = [(new, old) for old, new in reversed(pairs)] if back else pairs
    return "".join(_line("swap", old, new) for old, new in pairs)


def _edits(changes: Iterable[RcChange]) -> str:
    """Return the words of the sysrc calls that make the changes.

    A value that is more than plain words is deleted and appended: where sysrc replaces one,
    awk takes its backslashes for itself.
    """
    delete: list[str] = []
    assign: list[str] = []
    for each in changes:
        match each.edit:
            case Edit.DELETE:
                delete.append(each.variable)
            case Edit.ADD_WORD:
                assign.append(f"{each.variable}+={each.value}")
            case Edit.REMOVE_WORD:
                assign.append(f"{each.variable}-={each.value}")
            case Edit.SET:
                if not set(each.value) <= _SIMPLE and each.before is not None:
                    delete.append(each.variable)
                assign.append(f"{each.variable}={written_value(each.value)}")
    text = _line("edit", "-x", *delete) if delete else ""
    return text + (_line("edit", *assign) if assign else "")


def _expected(changes: Iterable[RcChange]) -> str:
    """Return the values that sysrc must have given the variables that were set."""
    found = {each.variable: each.value for each in changes if each.edit is Edit.SET}
    return _expect(found) if found else ""


def _expect(values: Mapping[str, str | None]) -> str:
    """Return the call that looks whether the variables have these values; None is none."""
    text = "\n".join(value or "" for value in values.values()).rstrip("\n")  # as $(…) does
    return _line("expect", text, *values)


def _opposite(changes: Iterable[RcChange]) -> list[RcChange]:
    """Return the changes that lead back, for an rc.conf that others changed meanwhile."""
    back: list[RcChange] = []
    for each in changes:
        match each.edit:
            case Edit.ADD_WORD if each.before is not None:
                back.append(RcChange(Edit.REMOVE_WORD, each.variable, each.value, each.after))
            case Edit.REMOVE_WORD:
                back.append(RcChange(Edit.ADD_WORD, each.variable, each.value, each.after))
            case _ if each.before is None:
                back.append(RcChange(Edit.DELETE, each.variable, "", each.after))
            case _:
                back.append(RcChange(Edit.SET, each.variable, each.before or "", each.after))
    return back

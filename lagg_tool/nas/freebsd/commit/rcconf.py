"""The scripts that edit rc.conf: made ready beside it, put in place, and undone; by sysrc only."""

from __future__ import annotations

from collections.abc import Iterable

from lagg_tool.command import quote
from lagg_tool.lagg import Record
from lagg_tool.nas.freebsd.commit.layout import RC_CONF, RC_NEW, RECORDS, UNPREPARE, file_text
from lagg_tool.nas.freebsd.plan import Edit, Plan, RcChange

_SIMPLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:,/@+-=")


def _escaped(value: str) -> str:
    """The value as it stands between the double quotes that sysrc writes, and does not escape."""
    return "".join(f"\\{each}" if each in '\\"$`' else each for each in value)


def _edits(changes: Iterable[RcChange], path: str) -> list[str]:
    """Return the sysrc calls that make the changes in the file ``path``.

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
                assign.append(f"{each.variable}={_escaped(each.value)}")
    lines: list[str] = []
    if delete:
        lines.append(f"sysrc -f {path} -x {' '.join(quote(each) for each in delete)} || exit 1")
    if assign:
        lines.append(f"sysrc -f {path} {' '.join(quote(each) for each in assign)} || exit 1")
    return lines


def _read_back(changes: Iterable[RcChange], path: str) -> list[str]:
    """Return the check that the file now says what it is to say."""
    sure = [each for each in changes if each.edit is Edit.SET]
    if not sure:
        return []
    names = " ".join(quote(each.variable) for each in sure)
    values = quote("\n".join(each.value for each in sure))
    return [f'[ "$(sysrc -f {path} -n {names})" = {values} ] || exit 1']


def _copy(source: str, target: str) -> str:
    return f"cp -p {source} {target} && cmp -s {source} {target} || exit 1"


# What undoes the change, laid out as below /var/run. The exit statuses are those that it has
# once the directory bears its name; what a full disk could not hold later is made now.
_KEPT = (
    f"k={RECORDS}/$token.new",
    f'rm -rf "$k" && mkdir -p {RECORDS} && mkdir "$k" "$k/started" "$k/decided" || exit 1',
    "for part in undo.sh restore.sh revert.sh rc.before rc.after who name seconds when; do",
    '    cp -p "$t/$part" "$k/$part" && cmp -s "$t/$part" "$k/$part" || exit 1',
    "done",
    'if [ -f "$t/record.before" ]; then cp -p "$t/record.before" "$k" || exit 1; fi',
    'echo 0 > "$k/apply.rc" && echo 0 > "$k/persist.rc" || exit 1',
    'echo confirm > "$k/decided/by" || exit 1',
    '[ "$(cat "$k/persist.rc"):$(cat "$k/decided/by")" = 0:confirm ] || exit 1',
)


def prepare_script(plan: Plan) -> str:
    """Make the new rc.conf beside the old one, without touching that."""
    if not plan.rc:
        return file_text(*_record_lines(plan), "exit 0")
    return file_text(
        _copy(RC_CONF, '"$t/rc.before"'),
        _copy(RC_CONF, RC_NEW),
        # sysrc appends to what may not end in a newline.
        f'[ -z "$(tail -c 1 {RC_NEW})" ] || echo >> {RC_NEW}',
        *_edits(plan.rc, RC_NEW),
        *_read_back(plan.rc, RC_NEW),
        f"sh -n {RC_NEW} || exit 1",
        _copy(RC_NEW, '"$t/rc.after"'),
        *_record_lines(plan),
        *_KEPT,
        "exit 0",
    )


def record_text(record: Record) -> str:
    """Return what the file of a record holds; hosts/freebsd.py reads it."""
    lines: list[str] = []
    if record.variables:
        lines.append(f"set {' '.join(record.variables)}")
    if record.ports:
        lines.append(f"down {' '.join(record.ports)}")
    lines += [f"mtu {port} {mtu}" for port, mtu in record.mtus.items()]
    return "".join(f"{line}\n" for line in lines)


def _record_lines(plan: Plan) -> list[str]:
    path = f"{RECORDS}/{plan.name}"
    lines = [f'[ ! -f {path} ] || cp -p {path} "$t/record.before" || exit 1']
    if plan.record is not None:
        text = quote(record_text(plan.record))
        lines += [
            f"mkdir -p {RECORDS} || exit 1",
            f"printf %s {text} > {path}.new || exit 1",
            f'[ "$(cat {path}.new)" = "$(printf %s {text})" ] || exit 1',
        ]
    return lines


def persist_script(plan: Plan) -> str:
    """Put the new rc.conf and the record in place."""
    lines: list[str] = []
    path = f"{RECORDS}/{plan.name}"
    if plan.rc:
        # Somebody else may have written rc.conf since: then it is made anew.
        lines += [
            f'if ! cmp -s {RC_CONF} "$t/rc.before"; then',
            '    sh "$t/prepare.sh" "$root" "$token" || exit 1',
            "fi",
            # First what can undo it: an rc.conf that is still the old one makes that void.
            f"k={RECORDS}/$token",
            'rm -rf "$k" && mv "$k.new" "$k" || exit 1',
            f'mv -f {RC_NEW} {RC_CONF} || {{ rm -rf "$k"; exit 1; }}',
            f'for old in {RECORDS}/t-*; do [ "$old" = "$k" ] || rm -rf "$old"; done',
        ]
    if plan.record is not None:
        lines.append(f"mv -f {path}.new {path} || exit 1")
    elif plan.after is None:
        lines += [f"rm -f {path}", f"rmdir {RECORDS} 2>/dev/null"]
    return file_text(*lines, "exit 0")


def _undoing(changes: Iterable[RcChange]) -> list[RcChange]:
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


def restore_script(plan: Plan) -> str:
    """Undo a confirmed change: rc.conf made ready, the commands, then rc.conf in place.

    An rc.conf that nobody touched since is put back byte for byte; otherwise only the
    change's own variables are.
    """
    path = f"{RECORDS}/{plan.name}"
    ready: list[str] = []
    place: list[str] = []
    if plan.rc:
        back = _undoing(plan.rc)
        ready = [
            f'if cmp -s {RC_CONF} "$t/rc.after"; then',
            _copy('"$t/rc.before"', RC_NEW),
            "else",
            _copy(RC_CONF, RC_NEW),
            *_edits(back, RC_NEW),
            "fi",
        ]
        place = [f"mv -f {RC_NEW} {RC_CONF} || exit 1"]
    return file_text(
        *ready,
        'sh "$t/revert.sh" "$root" "$token"',
        *place,
        'if [ -f "$t/record.before" ]; then',
        f'    mkdir -p {RECORDS} && cp -p "$t/record.before" {path} || exit 1',
        "else",
        f"    rm -f {path}",
        "fi",
        f'rm -rf "$root/last" "{RECORDS}/$token"',
        *UNPREPARE,
        "exit 0",
    )

"""The scripts of a confirmed commit, for FreeBSD's /bin/sh and its base system alone.

Layout on the host, below /var/run/lagg_tool (0700, and gone after a reboot, as is the
configuration that was never confirmed):

    pending/token    whose change it is; the directory is the lock: one change at a time
    last             the token of the last change that was confirmed
    lapsed           the token of a change that the guard reverted, until the next is armed
    TOKEN/           apply.sh revert.sh prepare.sh persist.sh restore.sh guard.sh …
      meta           who, when (seconds since the boot), how long, which lagg
      started/       made by whoever begins the change, or clears it away before that
      decided/by     made by whoever decides: guard, confirm or rollback. mkdir is the arbiter
      *.rc *.log     exit status of each part, and what it said; made empty beforehand, since
                     sh runs no command whose output file a full disk keeps it from making
      reserve        room that is given up for the decision when the disk is full

A confirmed change that wrote rc.conf is kept below /var/db/lagg_tool as well, the last one
only, so that it can be rolled back after a reboot:

    NAME             what the creation of a lagg changed, for its removal (hosts/freebsd.py)
    TOKEN/           what its directory below /var/run had that is needed to undo it

Every file ends in a line that says so: a script that a full disk cut short is not run.
"""

from __future__ import annotations

from collections.abc import Iterable

from lagg_tool.hosts.elapsed import ELAPSED
from lagg_tool.model import Record
from lagg_tool.plan import Edit, Plan, RcChange, Step
from lagg_tool.shell import quote

ROOT = "/var/run/lagg_tool"
RECORDS = "/var/db/lagg_tool"
RC_CONF = "/etc/rc.conf"
RC_NEW = "/etc/rc.conf.lagg_tool"
END = "# end"

_HEAD = """\
#!/bin/sh
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 077
root=$1 token=$2
t=$root/$token
"""


def _file(*lines: str) -> str:
    return _HEAD + "\n".join(lines) + f"\n{END}\n"


def apply_script(steps: Iterable[Step]) -> str:
    """Run the steps in order, and stop at the first that fails or when it is decided."""
    return _file(
        "step() {",
        '    if [ -d "$t/decided" ]; then exit 75; fi',
        '    "$@" && return',
        '    echo "failed: $*" >&2',
        "    exit 1",
        "}",
        *(f"step {step.command.text}" for step in steps),
        "exit 0",
    )


def revert_script(steps: Iterable[Step]) -> str:
    """Undo whatever of the change was done; each step as far as it is needed.

    The change may be between two of its commands: it is waited for, and stops by itself,
    since it is decided.
    """
    return _file(
        '[ -d "$t/started" ] || exit 0',
        '[ -s "$t/apply.rc" ] || sleep 1',
        "n=0",
        'while [ ! -s "$t/apply.rc" ] && [ $n -lt 60 ]; do',
        '    kill -0 "$(cat "$t/apply.pid" 2>/dev/null)" 2>/dev/null || break',
        "    sleep 1",
        "    n=$((n + 1))",
        "done",
        *(f"{step.command.text}" for step in steps),
        "exit 0",
    )


# Away with what prepare.sh made, and nothing else.
_UNPREPARE = (
    f'rm -rf {RC_NEW} "{RECORDS}/$(cat "$t/name").new" "{RECORDS}/$token.new"',
    f"rmdir {RECORDS} 2>/dev/null",
)

# The deadline is elapsed time: a clock that is set does not move it. A directory that
# cannot be made because the disk is full is no reason to keep an unconfirmed change.
GUARD = _file(
    'sleep "$3"',
    # The lock is somebody else's if this change was cleared away before it began.
    '[ "$(cat "$root/pending/token" 2>/dev/null)" = "$token" ] || exit 0',
    'rm -f "$t/reserve"',
    'if ! mkdir "$t/decided" 2>/dev/null; then',
    '    [ ! -d "$t/decided" ] || exit 0',
    "fi",
    'echo guard > "$t/decided/by"',
    'echo "$token" > "$root/lapsed"',
    'sh "$t/revert.sh" "$root" "$token" > "$t/revert.log" 2>&1',
    "rc=$?",
    *_UNPREPARE,
    'sh "$t/release.sh" "$root" "$token"',
    'echo $rc > "$t/revert.rc"',
)

RELEASE = _file(
    '[ "$(cat "$root/pending/token" 2>/dev/null)" = "$token" ] && rm -rf "$root/pending"',
    "true",
)

# The new rc.conf is ready, and checked, before anything is decided: from there it is one
# rename, which needs no room and cannot be done by half.
CONFIRM = _file(
    'mkdir "$t/confirming" 2>/dev/null || exit 75',
    'if [ "$(cat "$t/apply.rc" 2>/dev/null)" != 0 ]; then',
    '    echo "the change was not made as a whole" > "$t/confirm.log"',
    '    rm -r "$t/confirming"',
    '    echo 65 > "$t/confirm.rc"',
    "    exit 65",
    "fi",
    'if [ ! -d "$t/decided" ]; then',
    '    sh "$t/prepare.sh" "$root" "$token" > "$t/confirm.log" 2>&1',
    "    rc=$?",
    "    if [ $rc != 0 ]; then",
    *_UNPREPARE,
    '        rm -rf "$t/reserve" "$t/confirming"',
    '        echo $rc > "$t/confirm.rc"',
    "        exit $rc",
    "    fi",
    "fi",
    'rm -f "$t/reserve"',
    'mkdir "$t/decided" 2>/dev/null || exit 75',
    'echo confirm > "$t/decided/by"',
    'kill "$(cat "$t/guard.pid" 2>/dev/null)" 2>/dev/null',
    'sh "$t/persist.sh" "$root" "$token" > "$t/persist.log" 2>&1',
    "rc=$?",
    'echo "$token" > "$root/last"',
    # The lock first: who has seen the exit status may begin the next change at once.
    'sh "$t/release.sh" "$root" "$token"',
    'echo $rc > "$t/persist.rc"',
)

# The decision stands and rc.conf does not say so yet: once more, by as many clients as like.
KEEP = _file(
    '[ "$(cat "$t/decided/by" 2>/dev/null)" = confirm ] || exit 75',
    '[ ! -d "$t/undone" ] || exit 75',
    'if ! mkdir "$t/keeping" 2>/dev/null; then',
    '    kill -0 "$(cat "$t/keeping/pid" 2>/dev/null)" 2>/dev/null && exit 75',
    "fi",
    'echo $$ > "$t/keeping/pid"',
    'if [ "$(cat "$t/persist.rc" 2>/dev/null)" = 0 ]; then',
    "    rc=0",
    "else",
    '    sh "$t/prepare.sh" "$root" "$token" > "$t/persist.log" 2>&1 &&',
    '        sh "$t/persist.sh" "$root" "$token" >> "$t/persist.log" 2>&1',
    "    rc=$?",
    '    echo $rc > "$t/persist.rc"',
    "fi",
    'rm -r "$t/keeping"',
    'echo $rc > "$t/keep.rc"',
)

ROLLBACK = _file(
    'rm -f "$t/reserve"',
    'if mkdir "$t/decided" 2>/dev/null; then',
    '    echo rollback > "$t/decided/by"',
    '    kill "$(cat "$t/guard.pid" 2>/dev/null)" 2>/dev/null',
    '    sh "$t/revert.sh" "$root" "$token" > "$t/revert.log" 2>&1',
    "    rc=$?",
    *_UNPREPARE,
    '    sh "$t/release.sh" "$root" "$token"',
    '    echo $rc > "$t/revert.rc"',
    "fi",
)

# A confirmed change is undone only when somebody asks for just that, and after it was kept.
# What could not be undone, as when the disk is full, may be tried again.
UNDO = _file(
    '[ -s "$t/persist.rc" ] || exit 75',
    'mkdir "$t/undone" 2>/dev/null || exit 75',
    'sh "$t/restore.sh" "$root" "$token" > "$t/restore.log" 2>&1',
    "rc=$?",
    '[ $rc = 0 ] || rmdir "$t/undone"',
    'echo $rc > "$t/undo.rc"',
)

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
        return _file(*_record_lines(plan), "exit 0")
    return _file(
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
    return _file(*lines, "exit 0")


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
    return _file(
        *ready,
        'sh "$t/revert.sh" "$root" "$token"',
        *place,
        'if [ -f "$t/record.before" ]; then',
        f'    mkdir -p {RECORDS} && cp -p "$t/record.before" {path} || exit 1',
        "else",
        f"    rm -f {path}",
        "fi",
        f'rm -rf "$root/last" "{RECORDS}/$token"',
        *_UNPREPARE,
        "exit 0",
    )


def files_of(plan: Plan) -> dict[str, str]:
    """Return all scripts of a change by name."""
    return {
        "apply": apply_script(plan.steps),
        "revert": revert_script(plan.inverse),
        "prepare": prepare_script(plan),
        "persist": persist_script(plan),
        "restore": restore_script(plan),
        "guard": GUARD,
        "release": RELEASE,
        "confirm": CONFIRM,
        "keep": KEEP,
        "rollback": ROLLBACK,
        "undo": UNDO,
    }


# ---- what a client runs ----

# Exit status of these: sysexits(3) where one fits.
FULL = 73
BUSY = 75
LOST = 76
NOT_ROOT = 77
NO_GUARD = 78
BAD_SCRIPT = 65

# root token seconds who name, then name and text of each file.
ARM = f"""\
{ELAPSED}umask 077
root=$1 token=$2 seconds=$3 who=$4 name=$5
shift 5
t=$root/$token
[ "$(id -u)" = 0 ] || exit {NOT_ROOT}
mkdir -p "$root" && mkdir "$t" || exit {FULL}
give_up() {{
    rm -rf "$t"
    exit "$1"
}}
while [ $# -gt 1 ]; do
    printf '%s' "$2" > "$t/$1.sh" || give_up {FULL}
    [ "$(tail -n 1 "$t/$1.sh")" = "{END}" ] || give_up {FULL}
    sh -n "$t/$1.sh" || give_up {BAD_SCRIPT}
    shift 2
done
printf '%s\\n' "$who" > "$t/who" && printf '%s\\n' "$name" > "$t/name" || give_up {FULL}
echo "$seconds" > "$t/seconds" && elapsed > "$t/when" || give_up {FULL}
for part in apply revert confirm persist keep undo restore; do
    : > "$t/$part.log" && : > "$t/$part.rc" || give_up {FULL}
done
cat "$t"/*.sh "$t"/*.sh "$t"/*.sh > "$t/reserve" || give_up {FULL}
if ! mkdir "$root/pending" 2>/dev/null; then
    [ -d "$root/pending" ] || give_up {FULL}
    other=$(cat "$root/pending/token" 2>/dev/null)
    if [ -z "$other" ]; then
        sleep 2
        other=$(cat "$root/pending/token" 2>/dev/null)
    fi
    if [ -n "$other" ]; then
        if kill -0 "$(cat "$root/$other/guard.pid" 2>/dev/null)" 2>/dev/null; then
            echo "$other"
            give_up {BUSY}
        fi
        if [ -d "$root/$other" ] && ! mkdir "$root/$other/started" 2>/dev/null; then
            echo "$other"
            give_up {BUSY}
        fi
    fi
    rm -rf "$root/pending"
    mkdir "$root/pending" 2>/dev/null || give_up {BUSY}
fi
rm -f "$root/lapsed"
echo "$token" > "$root/pending/token" || {{ rm -rf "$root/pending"; give_up {FULL}; }}
daemon -f -p "$t/guard.pid" /bin/sh "$t/guard.sh" "$root" "$token" "$seconds"
n=0
until kill -0 "$(cat "$t/guard.pid" 2>/dev/null)" 2>/dev/null; do
    n=$((n + 1))
    if [ $n -gt 30 ]; then
        rm -rf "$root/pending"
        give_up {NO_GUARD}
    fi
    sleep 0.1
done
last=$(cat "$root/last" 2>/dev/null)
for old in "$root"/t-*; do
    case $old in
    "$t" | "$root/$last") ;;
    *) rm -rf "$old" ;;
    esac
done
true"""

# root token: begin the change, detached; at most once.
START = f"""\
root=$1 token=$2
t=$root/$token
[ "$(cat "$root/pending/token" 2>/dev/null)" = "$token" ] || exit {LOST}
kill -0 "$(cat "$t/guard.pid" 2>/dev/null)" 2>/dev/null || exit {NO_GUARD}
[ ! -d "$t/decided" ] || exit {BUSY}
mkdir "$t/started" || exit {LOST}
daemon -f -p "$t/apply.pid" /bin/sh -c '
sh "$1/$2/apply.sh" "$1" "$2" > "$1/$2/apply.log" 2>&1
echo $? > "$1/$2/apply.rc"' sh "$root" "$token"
"""

# root token part: run confirm.sh, keep.sh, rollback.sh or undo.sh, detached. After a reboot
# what was kept goes back to where it was; a second client's copy goes below the first's.
DECIDE = f"""\
[ "$(id -u)" = 0 ] || exit {NOT_ROOT}
umask 077
if [ ! -d "$1/$2" ] && [ -d "{RECORDS}/$2" ]; then
    mkdir -p "$1" && cp -Rp "{RECORDS}/$2" "$1/.$2.$$" || {{ rm -rf "$1/.$2.$$"; exit {FULL}; }}
    : > "$1/.$2.$$/undo.rc" && : > "$1/.$2.$$/restore.log" || exit {FULL}
    mv "$1/.$2.$$" "$1/$2" || exit {FULL}
fi
[ -f "$1/$2/$3.sh" ] || exit {LOST}
: > "$1/$2/$3.rc"
daemon -f /bin/sh "$1/$2/$3.sh" "$1" "$2"
"""

# root [token]: what is known of a change; of the pending one without a token. One that was
# kept for after a reboot counts only if rc.conf took it: the power may have gone in between.
STATUS = f"""\
{ELAPSED}root=$1
[ "$(id -u)" = 0 ] || echo "user $(id -un) (uid $(id -u))"
for each in "$root" {RECORDS}; do
    [ ! -d "$each" ] || [ -x "$each" ] || echo "hidden yes"
done
pending=$(cat "$root/pending/token" 2>/dev/null)
token=${{2:-$pending}}
echo "pending $pending"
echo "token $token"
last=$(cat "$root/last" 2>/dev/null)
for each in "{RECORDS}"/t-*; do
    [ -z "$last" ] && [ -f "$each/rc.before" ] || continue
    cmp -s {RC_CONF} "$each/rc.before" || last=${{each##*/}}
done
echo "last $last"
echo "lapsed $(cat "$root/lapsed" 2>/dev/null)"
echo "now $(elapsed)"
t=$root/$token
if [ ! -d "$t" ] && [ -n "$token" ] && ! cmp -s {RC_CONF} "{RECORDS}/$token/rc.before"; then
    t={RECORDS}/$token
fi
[ -n "$token" ] && [ -f "$t/name" ] || exit 0
echo "there yes"
kill -0 "$(cat "$t/guard.pid" 2>/dev/null)" 2>/dev/null && echo "guard alive"
[ -d "$t/started" ] && echo "started yes"
[ -d "$t/decided" ] && echo "decided $(cat "$t/decided/by" 2>/dev/null)"
[ -d "$t/undone" ] && echo "undone yes"
[ -d "$t/confirming" ] && echo "confirming yes"
[ -d "$t/keeping" ] && echo "keeping yes"
for each in who name seconds when apply.rc revert.rc confirm.rc persist.rc keep.rc undo.rc; do
    [ -s "$t/$each" ] && echo "$each $(cat "$t/$each")"
done
for each in apply confirm persist restore; do
    [ -s "$t/$each.log" ] && echo "$each.log $(tail -n 1 "$t/$each.log")"
done
true"""

"""The scripts of a change, for FreeBSD's /bin/sh and its base system alone: guard and decision.

What a confirmed change does to rc.conf is in rcconf.py, where everything lies in layout.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from lagg_tool.nas.freebsd.commit.layout import UNPREPARE, file_text
from lagg_tool.nas.freebsd.commit.rcconf import persist_script, prepare_script, restore_script
from lagg_tool.nas.freebsd.commit.requests import FULL
from lagg_tool.nas.freebsd.plan import Plan, Step


def apply_script(steps: Iterable[Step]) -> str:
    """Run the steps in order, and stop at the first that fails or when it is decided."""
    return file_text(
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
    return file_text(
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


# The deadline is elapsed time: a clock that is set does not move it. A directory that
# cannot be made because the disk is full is no reason to keep an unconfirmed change.
GUARD = file_text(
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
    *UNPREPARE,
    'sh "$t/release.sh" "$root" "$token"',
    'echo $rc > "$t/revert.rc"',
)

RELEASE = file_text(
    '[ "$(cat "$root/pending/token" 2>/dev/null)" = "$token" ] && rm -rf "$root/pending"',
    "true",
)

# The new rc.conf is ready, and checked, before anything is decided: from there it is one
# rename, which needs no room and cannot be done by half.
CONFIRM = file_text(
    'if ! why=$(mkdir "$t/confirming" 2>&1); then',
    '    [ ! -d "$t/confirming" ] || exit 75',
    '    rm -f "$t/reserve"',
    '    echo "$why" > "$t/confirm.log"',
    f'    echo {FULL} > "$t/confirm.rc"',
    f"    exit {FULL}",
    "fi",
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
    *UNPREPARE,
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
KEEP = file_text(
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

ROLLBACK = file_text(
    'rm -f "$t/reserve"',
    'if mkdir "$t/decided" 2>/dev/null; then',
    '    echo rollback > "$t/decided/by"',
    '    kill "$(cat "$t/guard.pid" 2>/dev/null)" 2>/dev/null',
    '    sh "$t/revert.sh" "$root" "$token" > "$t/revert.log" 2>&1',
    "    rc=$?",
    *UNPREPARE,
    '    sh "$t/release.sh" "$root" "$token"',
    '    echo $rc > "$t/revert.rc"',
    "fi",
)

# A confirmed change is undone only when somebody asks for just that, and after it was kept.
# What could not be undone, as when the disk is full, may be tried again.
UNDO = file_text(
    '[ -s "$t/persist.rc" ] || exit 75',
    'if ! why=$(mkdir "$t/undone" 2>&1); then',
    '    [ ! -d "$t/undone" ] || exit 75',
    '    echo "$why" > "$t/restore.log"',
    f'    echo {FULL} > "$t/undo.rc"',
    f"    exit {FULL}",
    "fi",
    'sh "$t/restore.sh" "$root" "$token" > "$t/restore.log" 2>&1',
    "rc=$?",
    '[ $rc = 0 ] || rmdir "$t/undone"',
    'echo $rc > "$t/undo.rc"',
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

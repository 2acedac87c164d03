"""What a client has the host run: arm the guard, begin, decide, and ask how things stand.

Constants for ``sh -c``, with their words as positional parameters.
"""

from __future__ import annotations

from lagg_tool.nas.elapsed import ELAPSED
from lagg_tool.nas.freebsd.commit.layout import END, RC_CONF, RECORDS

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
for part in apply revert confirm persist keep rollback undo restore; do
    : > "$t/$part.log" && : > "$t/$part.rc" || give_up {FULL}
done
echo > "$t/restore.log" && echo > "$t/undo.rc" || give_up {FULL}
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
    echo > "$1/.$2.$$/undo.rc" && echo > "$1/.$2.$$/restore.log" || exit {FULL}
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

# Write the files of a change, take the lock, and start the guard.
#
# arm.sh ROOT RECORDS CONFIG RUN_LOCK TOKEN SECONDS WHO NAME [FILE TEXT]…
#   RUN_LOCK   there while a run of the suite has the host
#   SECONDS    after which the guard reverts what nobody confirmed
#   WHO NAME   who makes the change, and the LAGG that it is about
#   FILE TEXT  sorted by FILE; change.sh is one of them
# Needs words.sh before it, and the functions of the host: see ../functions.py.
#
# Exit status: 0 the guard is alive; 65 sh does not accept change.sh; 73 a file cannot be
# written; 75 another change is pending (its token is printed); 77 not root; 78 no guard; 79 a
# run has the host.
# Unless it is 0, nothing is left.
umask 077
root=$1 records=$2 config=$3 run_lock=$4 token=$5 seconds=$6 who=$7 name=$8
shift 8
t=$root/$token
word=
# Only root can make it. To ask who the user is costs a process: only where this fails.
if ! mkdir -p "$t"; then
    [ "$(id -u)" = 0 ] || exit 77
    exit 73
fi
give_up() {
    rm -rf "$t"
    exit "$1"
}
all=
while [ $# -gt 1 ]; do
    printf %s "$2" > "$t/$1" || give_up 73
    all=$all$2
    shift 2
done
# A disk that is full may cut a file short.
[ "$(cat "$t"/*; echo .)" = "$all." ] || give_up 73
sh -n "$t/change.sh" || give_up 65
printf '%s\n' "$who" > "$t/who" || give_up 73
printf '%s\n' "$name" > "$t/name" || give_up 73
echo "$seconds" > "$t/seconds" || give_up 73
elapsed > "$t/when" || give_up 73
for part in apply revert confirm persist keep rollback undo restore; do
    : > "$t/$part.log" || give_up 73
    : > "$t/$part.rc" || give_up 73
done
echo > "$t/restore.log" || give_up 73
echo > "$t/undo.rc" || give_up 73
printf %s "$all$all$all" > "$t/reserve" || give_up 73
if ! mkdir "$root/pending" 2>/dev/null; then
    [ -d "$root/pending" ] || give_up 73
    word "$root/pending/token"
    if [ -z "$word" ]; then
        sleep 2
        word "$root/pending/token"
    fi
    other=$word
    if [ -n "$other" ]; then
        if alive "$root/$other/guard.pid"; then
            echo "$other"
            give_up 75
        fi
        if [ -d "$root/$other" ] && ! mkdir "$root/$other/started" 2>/dev/null; then
            echo "$other"
            give_up 75
        fi
    fi
    rm -rf "$root/pending"
    mkdir "$root/pending" 2>/dev/null || give_up 75
fi
# A run takes its lock first and then looks for a pending change: one of the two sees the other.
if [ -d "$run_lock" ]; then
    rm -rf "$root/pending"
    give_up 79
fi
[ ! -f "$root/lapsed" ] || rm -f "$root/lapsed"
if ! echo "$token" > "$root/pending/token"; then
    rm -rf "$root/pending"
    give_up 73
fi
detach -p "$t/guard.pid" /bin/sh "$t/change.sh" guard \
    "$root" "$records" "$config" "$token" "$seconds"
n=0
until alive "$t/guard.pid"; do
    n=$((n + 1))
    if [ $n -gt 30 ]; then
        rm -rf "$root/pending"
        give_up 78
    fi
    sleep 0.1
done
word "$root/last"
for old in "$root"/t-*; do
    case $old in
    "$t" | "$root/$word" | "$root/t-*") ;;
    *) rm -rf "$old" ;;
    esac
done
true

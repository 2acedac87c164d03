# One part of a change, on the host: the functions of the host, words.sh, undo.sh and this are
# its change.sh.
#
# change.sh PART ROOT RECORDS CONFIG TOKEN [SECONDS]
#   guard     after SECONDS, revert what nobody confirmed
#   apply     run the steps
#   confirm   keep the change: no revert, and the next boot has it
#   keep      write the boot configuration again, for a confirmed change that it did not take
#   rollback  revert a change that is not confirmed
#   undo      revert the last confirmed change
#   resume    go on with a decision whose process was ended
#
# Each part leaves its exit status in a file PART.rc of the change and what it printed in
# PART.log; nobody waits for the process. layout.py says what the other files are. steps and
# inverse are lines "step WORD…", a command each, whose words are all quoted.
# In the .rc files: 0 done; 65 the steps did not all succeed; 73 no room; else it failed.
# PATH and LC_ALL are the caller's.
# shellcheck disable=SC2034 # the functions of the host use records and new
# shellcheck disable=SC2317 # eval calls step

umask 077
part=$1 root=$2 records=$3 config=$4 token=$5 seconds=${6:-}
t=$root/$token
new=$config.lagg_tool
word=

# Run the steps in order; stop at the first that fails, or when the change is decided.
apply() {
    step() {
        [ ! -d "$t/decided" ] || exit 75
        "$@" && return
        echo "failed: $*" >&2
        exit 1
    }
    lines=$(cat "$t/steps") || exit 1
    eval "$lines"
    exit 0
}

# Make what confirm needs, where it takes longer than the steps. Only a confirmed change needs
# it, and the boot configuration may be another one by then: see prepare.
early() {
    (prepare_early) > "$t/early.log" 2>&1
    echo $? > "$t/early.rc"
}

# Undo whatever of the change was done; each step as far as it is needed. The change may be
# between two of its commands: wait for it. It stops by itself, since it is decided.
revert() {
    step() { "$@"; }
    [ -d "$t/started" ] || exit 0
    [ -s "$t/apply.rc" ] || sleep 1
    n=0
    while [ ! -s "$t/apply.rc" ] && [ $n -lt 60 ]; do
        alive "$t/apply.pid" || break
        sleep 1
        n=$((n + 1))
    done
    lines=$(cat "$t/inverse") || exit 1
    eval "$lines"
    exit 0
}

# The decision is against the change: undo it and let the next one begin.
take_back() {
    (revert) > "$t/revert.log" 2>&1
    rc=$?
    unprepare
    release
    echo $rc > "$t/revert.rc"
}

release() {
    word "$root/pending/token"
    [ "$word" != "$token" ] || rm -rf "$root/pending"
}

# The directory says so after a reboot, which deletes files below /var/run and no directories.
decided_by() {
    echo $$ > "$t/decided/pid"
    mkdir "$t/decided/$1"
    echo "$1" > "$t/decided/by"
}

stop_guard() {
    word "$t/guard.pid"
    kill "$word" 2>/dev/null
}

# The deadline is elapsed time: a clock that is set does not move it. A directory that
# cannot be made because the disk is full is no reason to keep an unconfirmed change.
guard() {
    if [ -f "$t/edits" ]; then
        early &
        echo $! > "$t/early.pid"
    fi
    sleep "$seconds"
    # The lock is another change's if this one was cleared away before it began.
    word "$root/pending/token"
    [ "$word" = "$token" ] || exit 0
    rm -f "$t/reserve"
    if ! mkdir "$t/decided" 2>/dev/null; then
        [ ! -d "$t/decided" ] || exit 0
    fi
    decided_by guard
    echo "$token" > "$root/lapsed"
    take_back
}

# The new boot configuration is ready, and checked, before anything is decided: from there it
# is a rename of each of its files, which needs no room and cannot be done by half.
confirm() {
    if ! why=$(mkdir "$t/confirming" 2>&1) && ! ended "$t/confirming"; then
        [ ! -d "$t/confirming" ] || exit 75
        rm -f "$t/reserve"
        echo "$why" > "$t/confirm.log"
        echo 73 > "$t/confirm.rc"
        exit 73
    fi
    echo $$ > "$t/confirming/pid"
    word "$t/apply.rc"
    if [ "$word" != 0 ]; then
        echo "the change was not made as a whole" > "$t/confirm.log"
        rm -r "$t/confirming"
        echo 65 > "$t/confirm.rc"
        exit 65
    fi
    if [ ! -d "$t/decided" ]; then
        (prepare) > "$t/confirm.log" 2>&1
        rc=$?
        if [ $rc != 0 ]; then
            unprepare
            rm -rf "$t/reserve" "$t/confirming"
            echo $rc > "$t/confirm.rc"
            exit $rc
        fi
    fi
    rm -f "$t/reserve"
    mkdir "$t/decided" 2>/dev/null || exit 75
    decided_by confirm
    stop_guard
    put_in_place
}

put_in_place() {
    (persist) > "$t/persist.log" 2>&1
    rc=$?
    kept $rc
    echo "$token" > "$root/last"
    # The lock first: a client that reads the exit status may begin the next change at once.
    release
    echo $rc > "$t/persist.rc"
}

# Whether the boot configuration has the change, for after a reboot.
kept() {
    if [ "$1" = 0 ] && [ -f "$t/edits" ]; then mkdir "$t/kept"; fi
}

# Whether a newer change is pending or was confirmed, whose boot configuration an older one would
# overwrite.
overtaken() {
    word "$root/last"
    [ "$word" = "$token" ] || return 0
    word "$root/pending/token"
    [ -n "$word" ]
}

# The change is confirmed and the boot configuration did not take it: try again, for any number of clients.
keep() {
    word "$t/decided/by"
    [ "$word" = confirm ] || exit 75
    [ ! -d "$t/undone" ] || exit 75
    if overtaken; then
        echo 75 > "$t/keep.rc"
        exit 75
    fi
    if ! mkdir "$t/keeping" 2>/dev/null && alive "$t/keeping/pid"; then
        exit 75
    fi
    echo $$ > "$t/keeping/pid"
    word "$t/persist.rc"
    rc=$word
    if [ "$rc" != 0 ]; then
        { (prepare) && (persist); } > "$t/persist.log" 2>&1
        rc=$?
        kept $rc
        echo $rc > "$t/persist.rc"
    fi
    rm -r "$t/keeping"
    echo "$rc" > "$t/keep.rc"
}

rollback() {
    rm -f "$t/reserve"
    mkdir "$t/decided" 2>/dev/null || exit 75
    decided_by rollback
    stop_guard
    take_back
}

# A confirmed change is undone only by this request, and after it was kept. What could not be
# undone, as when the disk is full, may be tried again.
undo() {
    [ -s "$t/persist.rc" ] || exit 75
    if ! why=$(mkdir "$t/undone" 2>&1); then
        if [ ! -d "$t/undone" ]; then
            echo "$why" > "$t/restore.log"
            echo 73 > "$t/undo.rc"
            exit 73
        fi
        ended "$t/undone" || exit 75
    fi
    echo $$ > "$t/undone/pid"
    (restore) > "$t/restore.log" 2>&1
    rc=$?
    [ $rc = 0 ] || rm -r "$t/undone"
    echo $rc > "$t/undo.rc"
}

# Whether the part that made a directory was ended: it writes its number first of all.
ended() {
    [ -s "$1/pid" ] || sleep 2
    stalled "$1"
}

# What was decided is finished. Without a word on it, nothing was put in place yet. If the
# lock was let go, all is done but to say so, and a newer change may have followed.
resume() {
    ended "$t/decided" || exit 75
    echo $$ > "$t/decided/pid"
    rm -f "$t/reserve"
    word "$root/pending/token"
    lock=$word
    word "$t/decided/by"
    by=$word
    [ -n "$by" ] || decided_by rollback
    case $by-$lock in
    "confirm-$token") put_in_place ;;
    confirm-*)
        { [ -d "$t/kept" ] || [ ! -f "$t/edits" ]; }
        echo $? > "$t/persist.rc"
        ;;
    *-"$token")
        stop_guard
        take_back
        ;;
    *) echo 0 > "$t/revert.rc" ;;
    esac
}

case $part in
apply)
    (apply) > "$t/apply.log" 2>&1
    echo $? > "$t/apply.rc"
    ;;
guard | confirm | keep | rollback | undo | resume) "$part" ;;
*) exit 64 ;;
esac

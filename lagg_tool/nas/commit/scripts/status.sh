# Print what the host knows of a change; of the pending one without a token.
#
# status.sh ROOT RECORDS CONFIG [TOKEN [LOOKS FILE…]]
#   LOOKS  at FILEs of the change, five a second, until one of them has a line
# Needs words.sh before it, and the functions of the host: see ../functions.py.
#
# Prints a word and its value a line, in any order; status.py reads them. Exit status 0.
#
# A change that RECORDS keeps for after a reboot counts only if the boot configuration
# took it: the power may have gone in between.
# shellcheck disable=SC2034 # the functions of the host use config
root=$1 records=$2 config=$3 asked=${4:-} looks=${5:-0}
if [ $# -gt 5 ]; then shift 5; else set --; fi
word=
wait_for() {
    while [ "$looks" -gt 0 ] && [ -f "$root/$asked/change.sh" ]; do
        for each; do
            [ ! -s "$root/$asked/$each" ] || return 0
        done
        looks=$((looks - 1))
        sleep 0.2
    done
}
wait_for "$@"
last_line() {
    word=
    while read -r line || [ -n "$line" ]; do word=$line; done < "$1"
}
# Who has waited for an answer and got it does not ask who he is, nor for the time.
if [ "$looks" = 0 ]; then
    [ "$(id -u)" = 0 ] || echo "user $(id)"
    echo "now $(elapsed)"
fi
for each in "$root" "$records"; do
    [ ! -d "$each" ] || [ -x "$each" ] || echo "hidden yes"
done
word "$root/pending/token"
token=${asked:-$word}
echo "pending $word"
echo "token $token"
word "$root/last"
last=$word
for each in "$records"/t-*; do
    if [ -z "$last" ] && [ "$each" = "${each%.new}" ] && took "$each"; then last=${each##*/}; fi
done
echo "last $last"
word "$root/lapsed"
echo "lapsed $word"
# Without a token, the change that a reboot found neither confirmed nor undone.
for each in "$root"/t-*; do
    [ -z "$token" ] || break
    if [ -d "$each" ] && [ ! -f "$each/change.sh" ] && [ ! -d "$each/decided" ]; then
        echo "interrupted ${each##*/}"
    fi
done
t=$root/$token
[ -n "$token" ] || exit 0
if [ ! -f "$t/change.sh" ]; then
    if took "$records/$token"; then
        t=$records/$token
        echo "stored yes"
    elif [ -d "$t" ]; then
        echo "rebooted yes"
        [ ! -d "$t/decided" ] || echo "decided "
        for each in guard rollback confirm; do
            [ ! -d "$t/decided/$each" ] || echo "decided $each"
        done
        for each in kept undone; do
            [ ! -d "$t/$each" ] || echo "$each yes"
        done
    fi
fi
[ -f "$t/name" ] || exit 0
echo "there yes"
if alive "$t/guard.pid"; then echo "guard alive"; fi
if [ -d "$t/decided" ]; then
    word "$t/decided/by"
    echo "decided $word"
fi
# The process that decides, or that undoes, was ended.
word "$t/revert.rc"
rc=$word
word "$t/persist.rc"
rc=$rc$word
if [ -z "$rc" ] && stalled "$t/decided"; then echo "stalled yes"; fi
word "$t/undo.rc"
if [ -z "$word" ] && stalled "$t/undone"; then echo "stalled yes"; fi
for each in started undone confirming keeping; do
    [ ! -d "$t/$each" ] || echo "$each yes"
done
for each in who name seconds when apply.rc revert.rc confirm.rc persist.rc keep.rc undo.rc; do
    [ -s "$t/$each" ] || continue
    word "$t/$each"
    echo "$each $word"
done
for each in apply.log confirm.log persist.log restore.log; do
    [ -s "$t/$each" ] || continue
    last_line "$t/$each"
    echo "$each $word"
done
true

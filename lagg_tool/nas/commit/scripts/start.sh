# Begin the steps of a change, detached from this session; at most once.
#
# start.sh ROOT RECORDS CONFIG TOKEN [LOOKS FILE…]
# Needs words.sh before it, and the functions of the host: see ../functions.py; status.sh behind
# it waits for the steps' end.
#
# Exit status: 0 they have begun; 75 it is decided already; 76 there is no such change, or
# it began before; 78 its guard is gone; else they could not be begun.
root=$1 records=$2 config=$3 token=$4
t=$root/$token
word=
word "$root/pending/token"
[ "$word" = "$token" ] || exit 76
alive "$t/guard.pid" || exit 78
[ ! -d "$t/decided" ] || exit 75
mkdir "$t/started" || exit 76
detach -p "$t/apply.pid" /bin/sh "$t/change.sh" apply "$root" "$records" "$config" "$token" ||
    exit

# Take the lock of a NAS, a directory: mkdir makes it or fails, nothing is in between.
#
# take.sh DIRECTORY OWNER LEASE
# Needs elapsed.sh before it. If it is another one's, prints a line each: the owner, the seconds
# since that took it, and the seconds since it renewed it last. If it is ours, prints where runs
# that died have left theirs, a line each: DIRECTORY with a suffix.
#
# Exit status: 0 it is ours; 75 another run holds it; 76 another run's, which has not renewed
# it for LEASE seconds; any other: it cannot be made, and standard error says why.
now=$(elapsed)
mkdir -p "${1%/*}" 2>/dev/null # a Linux host has no /var/db
why=$(mkdir "$1" 2>&1) || {
    [ -d "$1" ] || { echo "$why" >&2; exit 1; }
    # The owner is written last: one that is just beginning is given time to do so.
    [ -s "$1/owner" ] || { sleep 2 && now=$(elapsed); }
    owner=$(cat "$1/owner" 2>/dev/null)
    taken=$(cat "$1/taken" 2>/dev/null)
    renewed=$(cat "$1/renewed" 2>/dev/null)
    # A time to come means that the NAS was rebooted: nobody has renewed it since.
    [ "${taken:=0}" -le "$now" ] || taken=0
    [ "${renewed:=0}" -le "$now" ] || renewed=0
    printf '%s\n' "$owner" $((now - taken)) $((now - renewed))
    [ $((now - renewed)) -gt "$3" ] && exit 76
    exit 75
}
umask 077
echo "$now" >"$1/taken" && echo "$now" >"$1/renewed" && printf '%s\n' "$2" >"$1/owner" || exit
for left in "$1".*; do
    [ -d "$left" ] && echo "$left"
done
exit 0

# Have the guard take everything down and wait until it has; do it for a dead guard.
#
# end.sh ROOT NAME
# Needs takedown.sh before it.
#
# Exit status: 0 nothing of the run is left; 1 something still is.
root=$1 name=$2 d=$1/$2
[ -d "$d" ] || exit 0
echo > "$d/end"
n=0
while [ -d "$d" ] && [ "$n" -lt 150 ]; do
    pid=
    read -r pid 2>/dev/null < "$d/pid"
    kill -0 "$pid" 2>/dev/null || take_down "$root" "$name" all >/dev/null 2>&1
    sleep 0.2
    n=$((n + 1))
done
[ ! -d "$d" ]

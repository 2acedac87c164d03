# Remove what runs left whose guard is gone, start a guard, and print the pairs it made.
#
# begin.sh GUARD ROOT NAME COUNT LIMIT
#   GUARD  the text of guard.sh, which gets the other parameters
# Needs takedown.sh before it.
#
# Prints a line for each pair: its unit, and the addresses of its near and far end.
# Exit status: 0; 1 if there is no testbed, with the reason on standard error.
guard=$1 root=$2 name=$3 count=$4 limit=$5
d=$root/$name

# Runs have left these names: of directories, jails (a further one of a run has a suffix)
# and interfaces.
names() {
    ls "$root" 2>/dev/null
    jls name 2>/dev/null
    for each in $(group epair); do
        ifconfig "$each" 2>/dev/null | while read -r word text; do
            [ "$word" != description: ] || echo "$text"
        done
    done
}

# The names first: a guard is there before its run's names are, and goes after them.
found=$(names)
running=$(ps -axww -o command=)
known=" "
for each in $found; do
    each=${each%_[0-9]}
    case $each in lagg_tool_bench_*) ;; *) continue ;; esac
    case $known in *" $each "*) continue ;; esac
    known="$known$each "
    case "$running" in *" guard $root $each "*) continue ;; esac
    take_down "$root" "$each" >/dev/null 2>&1
done
daemon -f /bin/sh -c "$guard" guard "$root" "$name" "$count" "$limit" || exit 1
n=0
while [ ! -e "$d/ready" ] && [ ! -e "$d/failed" ] && [ "$n" -lt 100 ]; do
    sleep 0.2
    n=$((n + 1))
done
if [ ! -e "$d/ready" ]; then
    cat "$d/said" >&2
    echo > "$d/end"
    exit 1
fi
ether() {
    while read -r word address _; do
        [ "$word" != ether ] || echo "$address"
    done
}
while read -r unit; do
    near=$(ifconfig "epair${unit}a" | ether)
    far=$(jexec "$name" ifconfig "epair${unit}b" | ether)
    echo "$unit $near $far"
done < "$d/pairs"

# Make the pairs of a run; take everything down when the run ends or falls silent.
#
# guard.sh ROOT NAME COUNT LIMIT
#   COUNT  pairs, with their far ends in the jail NAME
#   LIMIT  seconds without a change of the file beat, counted by its own sleeps
# Needs takedown.sh before it. testbed.py says what its files are.
#
# Exit status: 1 if another run has this name, else that of the last command.
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 077
root=$1 name=$2 count=$3 limit=$4
d=$root/$name

make() {
    jail -c "name=$name" vnet persist path=/ || return 1
    unit=0 made=0
    while [ "$made" -lt "$count" ] && [ "$unit" -lt 256 ]; do
        if ifconfig "epair$unit" create description "$name"; then
            ifconfig "epair${unit}b" vnet "$name" || return 1
            jexec "$name" ifconfig "epair${unit}b" up || return 1
            echo "$unit" >> "$d/pairs"
            made=$((made + 1))
        fi
        unit=$((unit + 1))
    done
    [ "$made" = "$count" ]
}

if ! mkdir -p "$root" || ! mkdir "$d"; then exit 1; fi
trap 'ending=1' HUP INT TERM
ending=
echo $$ > "$d/pid"
echo 0 > "$d/beat"
ifconfig -l > "$d/before"
sysctl -e net.link.lagg > "$d/sysctls" 2>/dev/null
if make > /dev/null 2> "$d/said"; then echo > "$d/ready"; else echo > "$d/failed"; fi
idle=0 seen=0
while [ -z "$ending" ] && [ ! -e "$d/end" ] && [ "$idle" -lt "$limit" ]; do
    sleep 1
    now=
    read -r now 2>/dev/null < "$d/beat"
    if [ "$now" = "$seen" ]; then idle=$((idle + 1)); else idle=0 seen=$now; fi
done
take_down "$root" "$name" all >/dev/null 2>&1

"""What the epair bench runs on the host: FreeBSD's /bin/sh and its base system alone.

A run has a name of its own. Its jails are called so (a second one has a suffix), and the near
end of each of its pairs has it as description: the kernel itself says what is whose. The
guard, a process of daemon(8) that no session's end can reach, makes everything and takes
everything down: when it is told to, when it is killed kindly, or when nobody has changed the
run's file ``beat`` for some seconds, counted by its own sleeps so that no clock that is set
matters. Below /var/run/lagg_tool_bench/NAME, gone after a reboot as the interfaces are:

    pid before sysctls   the guard's; interfaces and net.link.lagg.* as they were
    pairs said           units that were made, and what the programs complained of
    ready failed         made by the guard when everything is there, or cannot be
    beat end             written by the run: it lives; it has ended
"""

from __future__ import annotations

ROOT = "/var/run/lagg_tool_bench"
PREFIX = "lagg_tool_bench_"

# Prints a line for each thing that is missing.
CHECK = """\
[ "$(id -u)" = 0 ] || echo 'root (log in as root)'
[ "$(sysctl -n kern.features.vimage 2>/dev/null)" = 1 ] || echo 'VIMAGE in the kernel'
case " $(ifconfig -C 2>/dev/null) " in
*" epair "*) ;;
*) [ -f /boot/kernel/if_epair.ko ] || echo 'epair(4)' ;;
esac
for program in jail jexec jls tcpdump daemon ping arp netstat; do
    command -v "$program" >/dev/null 2>&1 || echo "$program"
done
true"""

# Destroys what bears $name. With the argument "all", also the interfaces that were made while
# the run lasted, and sets the sysctls back: only the run's own guard knows that much.
_TAKE_DOWN = """\
described() { ifconfig "$1" 2>/dev/null | grep "^[[:space:]]*description: $2" >/dev/null; }
ports_of() { ifconfig "$1" 2>/dev/null | sed -n 's/^[[:space:]]*laggport: \\([^ ]*\\) .*/\\1/p'; }
group() { ifconfig -g "$1" 2>/dev/null; }
made_meanwhile() {
    known=" $(cat "$d/before") "
    for each in $(group vlan) $(group bridge) $(group lagg) $(group epair); do
        case "$known" in *" $each "*) continue ;; esac
        case "$each" in epair*b) continue ;; esac
        described "$each" lagg_tool_bench_ || echo "$each"
    done
}
take_down() {
    if [ "$1" = all ] && [ -s "$d/before" ]; then
        for each in $(made_meanwhile); do ifconfig "$each" destroy; done
        sysctl -e net.link.lagg 2>/dev/null | while read -r now; do
            old=$(grep "^${now%%=*}=" "$d/sysctls")
            [ -z "$old" ] || [ "$old" = "$now" ] || sysctl "$old"
        done
    fi
    for each in $(group lagg); do
        for port in $(ports_of "$each"); do
            if described "$port" "$name\\$"; then ifconfig "$each" destroy; break; fi
        done
    done
    for each in $(jls name); do
        case "$each" in "$name" | "$name"_*) jail -r "$each" ;; esac
    done
    for each in $(group epair); do
        if described "$each" "$name\\$"; then ifconfig "$each" destroy; fi
    done
    rm -rf "$d"
    rmdir "$root" 2>/dev/null
}
"""

GUARD = (
    """\
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 077
root=$1 name=$2 count=$3 limit=$4
d=$root/$name
"""
    + _TAKE_DOWN
    + """\
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
mkdir -p "$root" && mkdir "$d" || exit 1
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
take_down all >/dev/null 2>&1
"""
)

# Removes what earlier runs left whose guard is gone, starts the guard, and prints for each
# pair its unit and the addresses of its near and far end.
BEGIN = (
    """\
guard=$1 root=$2 new=$3 count=$4 limit=$5
"""
    + _TAKE_DOWN
    + """\
names() {
    ls "$root" 2>/dev/null
    jls name 2>/dev/null
    for each in $(group epair); do
        ifconfig "$each" 2>/dev/null | sed -n 's/^[[:space:]]*description: //p'
    done
}
running=$(ps -axww -o command=)
for name in $(names | grep '^lagg_tool_bench_' | sed 's/_[0-9]$//' | sort -u); do
    case "$running" in *" guard $root $name "*) continue ;; esac
    d=$root/$name
    take_down named >/dev/null 2>&1
done
name=$new d=$root/$new
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
address() { sed -n 's/^[[:space:]]*ether //p'; }
while read -r unit; do
    near=$(ifconfig "epair${unit}a" | address)
    far=$(jexec "$name" ifconfig "epair${unit}b" | address)
    echo "$unit $near $far"
done < "$d/pairs"
"""
)

# Tells the guard to take everything down, and waits until it has; does it for a dead guard.
END = (
    """\
root=$1 name=$2 d=$1/$2
[ -d "$d" ] || exit 0
"""
    + _TAKE_DOWN
    + """\
echo > "$d/end"
n=0
while [ -d "$d" ] && [ "$n" -lt 150 ]; do
    kill -0 "$(cat "$d/pid")" 2>/dev/null || take_down all >/dev/null 2>&1
    sleep 0.2
    n=$((n + 1))
done
[ ! -d "$d" ]
"""
)

# The pid is that of tcpdump: exec keeps it. Without a jail it listens on the host.
TAP = """\
tap='echo "pid $$" >&2; exec tcpdump -p -n -U --immediate-mode -i "$1" -w -'
if [ -n "$1" ]; then exec jexec "$1" /bin/sh -c "$tap" sh "$2"; fi
exec /bin/sh -c "$tap" sh "$2"
"""

# The run lives; every tcpdump says on its error output how much it has seen (SIGINFO).
BEAT = """\
d=$1 number=$2
shift 2
[ -d "$d" ] || exit 1
echo "$number" > "$d/beat"
[ $# = 0 ] || kill -INFO "$@"
"""

# A frame at a known time: the far end of a port announces an address, and gives it up.
SIGN = """\
jexec "$1" ifconfig "$2" inet 192.0.2.254/24 alias && \
jexec "$1" ifconfig "$2" inet 192.0.2.254 -alias"""

# An LACP partner in a jail: the home of the far ends, or one of its own.
PARTNER = """\
home=$1 jail=$2 timeout=$3
shift 3
if [ "$jail" != "$home" ]; then
    jail -c "name=$jail" vnet persist path=/ || exit 1
    for end in "$@"; do
        ifconfig "$end" -vnet "$home" || exit 1
        ifconfig "$end" vnet "$jail" || exit 1
        jexec "$jail" ifconfig "$end" up || exit 1
    done
fi
lagg=$(jexec "$jail" ifconfig lagg create) || exit 1
for end in "$@"; do
    shift
    set -- "$@" laggport "$end"
done
jexec "$jail" ifconfig "$lagg" laggproto lacp "$@" up || exit 1
[ "$timeout" = slow ] || jexec "$jail" ifconfig "$lagg" lacp_fast_timeout || exit 1
echo "$lagg"
"""

# The ends are brought up again: FreeBSD 15 leaves the ports of a lagg down that is destroyed.
PART = """\
home=$1 jail=$2 lagg=$3
shift 3
jexec "$jail" ifconfig "$lagg" destroy || exit 1
for end in "$@"; do
    if [ "$jail" != "$home" ]; then
        ifconfig "$end" -vnet "$jail" && ifconfig "$end" vnet "$home" || exit 1
    fi
    jexec "$home" ifconfig "$end" up || exit 1
done
[ "$jail" = "$home" ] || jail -r "$jail"
"""

_HOSTS = """\
jail=$1 interface=$2 ether=$3 nas=$4 hardware=$5 turns=$6
shift 6
own=$(jexec "$jail" ifconfig "$interface" | sed -n 's/^[[:space:]]*ether //p')
[ -z "$ether" ] || jexec "$jail" ifconfig "$interface" ether "$ether"
"""
_OWN_AGAIN = """\
[ -z "$ether" ] || jexec "$jail" ifconfig "$interface" ether "$own"
true
"""

# Hosts behind a far end make themselves known: each has its address for a moment, in which
# it looks for the NAS by ARP. The answer may come to another port; it is not waited for.
ANNOUNCE = (
    _HOSTS
    + """\
for source in "$@"; do
    jexec "$jail" ifconfig "$interface" inet "$source/24" alias
    jexec "$jail" ping -q -c 1 -i 0.01 -W 10 "$nas" >/dev/null 2>&1
    jexec "$jail" arp -d "$nas" >/dev/null 2>&1
    jexec "$jail" ifconfig "$interface" inet "$source" -alias
done
"""
    + _OWN_AGAIN
)

# Hosts behind a far end ask for an echo, all of them at once, as often as there are turns.
# The first address makes the route; the others are aliases of it.
ASK = (
    _HOSTS
    + """\
length=24
for source in "$@"; do
    jexec "$jail" ifconfig "$interface" inet "$source/$length" alias
    length=32
done
jexec "$jail" arp -s "$nas" "$hardware" >/dev/null
while [ "$turns" -gt 0 ]; do
    for source in "$@"; do
        jexec "$jail" ping -q -c 1 -t 1 -S "$source" "$nas" >/dev/null 2>&1 &
    done
    wait
    turns=$((turns - 1))
done
jexec "$jail" arp -d "$nas" >/dev/null 2>&1
for source in "$@"; do jexec "$jail" ifconfig "$interface" inet "$source" -alias; done
"""
    + _OWN_AGAIN
)

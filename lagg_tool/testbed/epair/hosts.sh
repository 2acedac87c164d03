# Have hosts behind a far end talk to the NAS.
#
# hosts.sh announce|ask JAIL INTERFACE ETHER NAS HARDWARE TURNS SOURCE…
#   ETHER         the Ethernet address that the hosts share; empty for the interface's own
#   NAS HARDWARE  the NAS's IPv4 and Ethernet addresses
#   SOURCE        the IPv4 address of each host
#
# announce: each host has its address for a moment, in which it looks for the NAS by ARP.
# The answer may come to another port; it is not waited for.
# ask: all of them send an echo request at once, TURNS times.
# Exit status 0: what the NAS answers is seen by tcpdump.
mode=$1 jail=$2 interface=$3 ether=$4 nas=$5 hardware=$6 turns=$7
shift 7
inside() { jexec "$jail" "$@"; }

announce() {
    for source in "$@"; do
        inside ifconfig "$interface" inet "$source/24" alias
        inside ping -q -c 1 -i 0.01 -W 10 "$nas" >/dev/null 2>&1
        inside arp -d "$nas" >/dev/null 2>&1
        inside ifconfig "$interface" inet "$source" -alias
    done
}

# The first address makes the route; the others are aliases of it.
ask() {
    length=24
    for source in "$@"; do
        inside ifconfig "$interface" inet "$source/$length" alias
        length=32
    done
    inside arp -s "$nas" "$hardware" >/dev/null
    while [ "$turns" -gt 0 ]; do
        for source in "$@"; do
            inside ping -q -c 1 -t 1 -S "$source" "$nas" >/dev/null 2>&1 &
        done
        wait
        turns=$((turns - 1))
    done
    inside arp -d "$nas" >/dev/null 2>&1
    for source in "$@"; do inside ifconfig "$interface" inet "$source" -alias; done
}

own=$(inside ifconfig "$interface" | while read -r word address _; do
    [ "$word" != ether ] || echo "$address"
done)
[ -z "$ether" ] || inside ifconfig "$interface" ether "$ether"
"$mode" "$@"
[ -z "$ether" ] || inside ifconfig "$interface" ether "$own"
true

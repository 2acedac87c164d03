# Print what a Linux host says about itself, a word and its value a line; builtins, uname and id.
#
# Exit status: 0.
#
# system   uname -a
# user     id
# boot     the number of this boot
# speed    an interface, its speed in Mb/s and its duplex, for those that know them
# tool     a program that may keep the network: boot/keeper.py knows the words
fact() {
    value=
    { read -r value < "$2"; } 2>/dev/null
    [ -z "$value" ] || echo "$1 $value"
}
echo "system $(uname -a)"
echo "user $(id)"
fact boot /proc/sys/kernel/random/boot_id
for each in /sys/class/net/*; do
    { read -r speed < "$each/speed" && read -r duplex < "$each/duplex"; } 2>/dev/null || continue
    echo "speed ${each##*/} $speed $duplex"
done
if command -v ifup > /dev/null && [ -f /etc/network/interfaces ]; then echo "tool ifupdown"; fi
[ ! -e /run/systemd/netif/state ] || echo "tool networkd"
[ ! -d /run/NetworkManager/devices ] || echo "tool networkmanager"
for each in /etc/netplan/*.yaml; do
    if [ -f "$each" ]; then
        echo "tool netplan"
        break
    fi
done
if command -v midclt > /dev/null; then echo "tool truenas"; fi
true

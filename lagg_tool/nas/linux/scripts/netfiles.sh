# Print the files that may keep the network: "= PATH", then lines "NUMBER LINE".
#
# netfiles.sh ETC
#
# Of files that are not ours, only the lines that say which interfaces they are about: others
# may hold a password. Ours are printed as a whole; "hidden PATH" is one that cannot be read.
#
# Exit status: 0.
etc=$1
show() {
    [ -f "$1" ] || return 0
    if [ ! -r "$1" ]; then
        echo "hidden $1"
        return 0
    fi
    echo "= $1"
    number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $1 in
        */*lagg_tool-*) ;;
        *)
            case $line in
            *iface\ * | *auto\ * | *allow-* | *source* | *slaves* | *bond-master* | *bridge?ports*) ;;
            \[*\] | [Nn]ame* | Bond* | Kind* | MACAddress* | interface-name=* | mac-address=*) ;;
            master=* | controller=* | type=*) ;;
            *) continue ;;
            esac
            ;;
        esac
        printf '%s %s\n' "$number" "$line"
    done < "$1"
}
show "$etc/network/interfaces"
for each in "$etc"/network/interfaces.d/* "$etc"/systemd/network/*.netdev \
    "$etc"/systemd/network/*.network "$etc"/systemd/network/*.link \
    "$etc"/NetworkManager/system-connections/*; do
    show "$each"
done
true

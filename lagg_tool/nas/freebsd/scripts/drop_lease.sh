# Stop asking for an IPv4 address by DHCP, and remove the address of the lease.
#
# drop_lease.sh INTERFACE [ADDRESS …]    with the addresses that stay
#
# The lease's address stays when dhclient ends. Before the first lease there is no process
# number in its file: it is found by its title then, or by its arguments.
#
# Exit status: 0.
name=$1
shift
pid=$(cat "/var/run/dhclient/dhclient.$name.pid" 2>/dev/null) && kill "$pid"
pkill -f "^dhclient: $name( |\$)|^(/sbin/)?dhclient $name\$"
ifconfig "$name" inet | while read -r word address rest; do
    [ "$word" = inet ] || continue
    case " $* " in
    *" $address "*) ;;
    *) ifconfig "$name" inet "$address" -alias ;;
    esac
done
true

# Remove every IPv6 address of an interface, and switch IPv6 off.
#
# drop_ipv6.sh INTERFACE
#
# Exit status: ifconfig's.
ifconfig "$1" | while read -r word address rest; do
    [ "$word" = inet6 ] && ifconfig "$1" inet6 "$address" -alias
done
ifconfig "$1" inet6 -accept_rtadv ifdisabled

# Remove the link-local addresses of an interface but one.
#
# drop_link_local.sh INTERFACE ADDRESS
#
# Exit status: 0.
ifconfig "$1" | while read -r word address rest; do
    case "$word $address" in
    "inet6 $2%$1") ;;
    "inet6 fe80:"*) ifconfig "$1" inet6 "$address" -alias ;;
    esac
done
true

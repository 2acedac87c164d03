# Remove the link-local addresses of an interface but its own.
#
# drop_link_local.sh INTERFACE ADDRESS...
#
# Exit status: 0.
port=$1
shift
own=" $* "
ifconfig "$port" | while read -r word address rest; do
    case "$word $address" in
    "inet6 fe80:"*) ;;
    *) continue ;;
    esac
    case $own in
    *" ${address%"%$port"} "*) ;;
    *) ifconfig "$port" inet6 "$address" -alias ;;
    esac
done
true

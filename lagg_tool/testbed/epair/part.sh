# Destroy an LACP partner that join.sh made; its far ends go back to their home.
#
# part.sh HOME JAIL LAGG END…
#
# Exit status: 1 if something failed.
#
# The ends are brought up again: FreeBSD 15 leaves the ports of a destroyed lagg(4) down.
home=$1 jail=$2 lagg=$3
shift 3
jexec "$jail" ifconfig "$lagg" destroy || exit 1
for end in "$@"; do
    if [ "$jail" != "$home" ]; then
        ifconfig "$end" -vnet "$jail" || exit 1
        ifconfig "$end" vnet "$home" || exit 1
    fi
    jexec "$home" ifconfig "$end" up || exit 1
done
[ "$jail" = "$home" ] || jail -r "$jail"

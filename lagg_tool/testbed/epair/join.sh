# Make an LACP partner of far ends: a lagg(4) in their own jail, or in one made for it.
#
# join.sh HOME JAIL TIMEOUT END…
#   HOME JAIL  where the far ends are, and where the LAGG is to be
#   TIMEOUT    slow or fast
#
# Prints the name of the LAGG. Exit status: 1 if something failed.
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

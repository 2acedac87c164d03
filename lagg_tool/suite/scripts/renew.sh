# Say that the run which holds the lock is alive.
#
# renew.sh DIRECTORY OWNER
# Needs elapsed.sh before it.
#
# Exit status: 0 it is renewed; 75 it is another run's.
[ "$(cat "$1/owner")" = "$2" ] || exit 75
elapsed >"$1/renewed.new" && mv "$1/renewed.new" "$1/renewed"

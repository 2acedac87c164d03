# Capture the frames of an interface to standard output, as pcap.
#
# tap.sh JAIL INTERFACE
#   JAIL  where the interface is; empty for the host itself
#
# Its first line on standard error is "pid N", that of tcpdump: exec keeps it.
# Exit status: that of tcpdump.
# shellcheck disable=SC2016 # the inner shell expands it
tap='echo "pid $$" >&2; exec tcpdump -p -n -U --immediate-mode -i "$1" -w -'
if [ -n "$1" ]; then exec jexec "$1" /bin/sh -c "$tap" sh "$2"; fi
exec /bin/sh -c "$tap" sh "$2"

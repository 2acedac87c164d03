# Have a far end send a frame at a known time: it announces an address, and gives it up.
#
# sign.sh JAIL INTERFACE
#
# Exit status: that of ifconfig.
jexec "$1" ifconfig "$2" inet 192.0.2.254/24 alias &&
    jexec "$1" ifconfig "$2" inet 192.0.2.254 -alias

# elapsed: print the seconds since the host booted; a clock that is set does not change them.
#
# kern.boottime moves along when the clock is set (tc_setclock, sys/kern/kern_tc.c), so the
# difference is the time since the boot, and gets smaller only with the next one.
elapsed() {
    boot=$(sysctl -n kern.boottime)
    boot=${boot#*sec = }
    boot=${boot%%,*}
    echo $(($(date +%s) - ${boot:-0}))
}

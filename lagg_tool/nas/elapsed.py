"""Elapsed time on a host, for a script: a clock that is set does not move it.

kern.boottime moves along when the clock is set (tc_setclock, sys/kern/kern_tc.c), so that
the difference is the time since the boot, and smaller only after the next one.
"""

# Defines the function ``elapsed``, which prints seconds.
ELAPSED = """\
elapsed() {
    boot=$(sysctl -n kern.boottime)
    boot=${boot#*sec = }
    boot=${boot%%,*}
    echo $(($(date +%s) - ${boot:-0}))
}
"""

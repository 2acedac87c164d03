# elapsed: print the seconds since the host booted; a clock that is set does not change them.
elapsed() {
    read -r up rest < /proc/uptime
    echo "${up%%.*}"
}

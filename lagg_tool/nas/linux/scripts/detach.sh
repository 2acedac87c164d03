# detach [-p FILE] PROGRAM WORD…: run a program that outlives this session; FILE gets its number.
#
# The new process writes the number itself: it is there only once that has begun.
detach() {
    if [ "$1" = -p ]; then
        pidfile=$2
        shift 2
        # shellcheck disable=SC2016 # the new shell expands these
        set -- /bin/sh -c 'echo $$ > "$0" && exec "$@"' "$pidfile" "$@"
    fi
    setsid "$@" < /dev/null > /dev/null 2>&1 &
}

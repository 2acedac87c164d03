# Say that the run lives, and have every tcpdump say how much it has seen (SIGINFO).
#
# beat.sh DIRECTORY NUMBER [PID]…
#   NUMBER  another one each time
#
# Exit status: 0; 1 the run's files are gone, or a tcpdump is.
d=$1 number=$2
shift 2
[ -d "$d" ] || exit 1
echo "$number" > "$d/beat"
[ $# = 0 ] || kill -INFO "$@"

# detach [-p FILE] PROGRAM WORD…: run a program that outlives this session; FILE gets its number.
detach() { daemon -f "$@"; }

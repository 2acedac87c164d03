# Functions for the files of a change that hold one line. They run builtins only.
#
# word FILE     set $word to the first line of the file, or to nothing
# alive FILE    whether the process lives whose number is in the file
# stalled DIR   whether a part made the directory and was ended since
word() {
    word=
    [ ! -f "$1" ] || read -r word < "$1" || true
}
alive() {
    word "$1"
    kill -0 "$word" 2>/dev/null
}
stalled() {
    [ -d "$1" ] && ! alive "$1/pid"
}

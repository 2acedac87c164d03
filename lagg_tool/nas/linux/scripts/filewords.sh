# Functions for files that a change writes for the next boot; a file that is not there is
# written "absent ''", one that is "text TEXT".
#
# is PATH KIND TEXT    whether the file is so now
# took DIRECTORY       whether a file has the change that the directory keeps for its undoing
#
# A line of the data file edits is "file PATH KIND TEXT KIND TEXT": before and after.
# shellcheck disable=SC2154 # config is the caller's: the directory of the files
# shellcheck disable=SC2317 # eval calls file
is() {
    if [ "$2" = absent ]; then
        [ ! -e "$config/$1" ]
    else
        [ -f "$config/$1" ] && [ "$(cat "$config/$1" && echo .)" = "$3." ]
    fi
}
took() {
    (
        file() { is "$1" "$2" "$3" || exit 0; }
        [ -f "$1/edits" ] || exit 1
        lines=$(cat "$1/edits") || exit 1
        eval "$lines"
        exit 1
    )
}

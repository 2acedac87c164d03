# Functions of change.sh that write the files of the next boot; see filewords.sh for their data.
#
# prepare    check that the files are as they were, and write the new ones beside them, under
#            names that begin with a dot, which nothing reads
# persist    put the new files in place
# restore    undo a confirmed change: the commands, then the files
# unprepare  remove what prepare made, and nothing else
#
# The first three end the shell, with 0 or, when something cannot be written, 1: call them
# in a subshell.
# shellcheck disable=SC2154 # change.sh sets root, config, records, token and t
# shellcheck disable=SC2317 # eval calls file

new_of() { new=$config/${1%/*}/.${1##*/}.new; }

for_each_file() {
    [ -f "$t/edits" ] || return 0
    lines=$(cat "$t/edits") || exit 1
    eval "$lines"
}

write_new() {
    new_of "$1"
    mkdir -p "${new%/*}" || exit 1
    # NetworkManager reads no file of connections that others may read.
    (umask 077 && printf %s "$2" > "$new") || exit 1
    case $1 in
    NetworkManager/*) ;;
    *) chmod 644 "$new" || exit 1 ;;
    esac
    [ "$(cat "$new" && echo .)" = "$2." ] || exit 1
}

# Files are written in no time.
prepare_early() { exit 0; }

prepare() {
    file() {
        if is "$1" "$4" "$5"; then return; fi
        if ! is "$1" "$2" "$3"; then
            echo "$config/$1 is not as it was when the change was planned; plan it again"
            exit 1
        fi
        [ "$4" = absent ] || write_new "$1" "$5"
    }
    for_each_file
    [ ! -f "$t/edits" ] || keep_for_undo edits
    exit 0
}

# What was interrupted is put in place as well: a file that is there already has no new one.
persist() {
    file() {
        if is "$1" "$4" "$5"; then return; fi
        new_of "$1"
        if [ "$4" = absent ]; then
            rm -f "$config/$1" || exit 1
        else
            [ -f "$new" ] || write_new "$1" "$5"
            mv -f "$new" "$config/$1" || exit 1
        fi
    }
    if [ -f "$t/edits" ]; then
        [ ! -d "$records/$token.new" ] || place_undo
        for_each_file
        forget_others
        unprepare
    fi
    exit 0
}

# A file that somebody has changed since is not ours to write.
restore() {
    file() {
        if is "$1" "$2" "$3" || is "$1" "$4" "$5"; then return; fi
        echo "$config/$1 was changed since; put it right by hand"
        exit 1
    }
    for_each_file
    (revert)
    file() {
        if is "$1" "$2" "$3"; then return; fi
        if [ "$2" = absent ]; then
            rm -f "$config/$1" || exit 1
        else
            write_new "$1" "$3"
            mv -f "$new" "$config/$1" || exit 1
        fi
    }
    for_each_file
    rm -rf "$root/last" "${records:?}/$token"
    exit 0
}

unprepare() {
    file() {
        new_of "$1"
        rm -f "$new"
    }
    for_each_file
    rm -rf "$records/$token.new"
    rmdir "$records" 2>/dev/null
}

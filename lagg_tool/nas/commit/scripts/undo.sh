# Functions of change.sh for what undoes a change after a reboot.
#
# keep_for_undo FILE…   keep these files of the change, and what every change needs, beside the
#                       records
# place_undo            put in place what was kept: before the boot configuration is changed,
#                       since one that is still the old one makes that void
# forget_others         only the last change is kept
#
# They end the shell with 1 when something cannot be written: call them in a subshell.
# shellcheck disable=SC2154 # change.sh sets records, token and t; word sets word

# Laid out as below $root. The exit statuses are those that the change has once the directory
# bears its name; what a full disk could not hold later is made now.
keep_for_undo() {
    k=$records/$token.new
    [ ! -d "$k" ] || rm -rf "$k" || exit 1
    mkdir -p "$k/started" "$k/decided" || exit 1
    set -- change.sh inverse who name seconds when "$@"
    (cd "$t" && cp -p "$@" "$k") || exit 1
    [ "$(cd "$t" && cat "$@")" = "$(cd "$k" && cat "$@")" ] || exit 1
    echo 0 > "$k/apply.rc" || exit 1
    echo 0 > "$k/persist.rc" || exit 1
    echo confirm > "$k/decided/by" || exit 1
    word "$k/persist.rc"
    [ "$word" = 0 ] || exit 1
    word "$k/decided/by"
    [ "$word" = confirm ] || exit 1
}

place_undo() {
    k=$records/$token
    [ ! -d "$k" ] || rm -rf "$k" || exit 1
    mv "$k.new" "$k" || exit 1
}

forget_others() {
    for old in "$records"/t-*; do
        [ "$old" = "$records/$token" ] || [ ! -d "$old" ] || rm -rf "$old"
    done
}

# took DIRECTORY: whether rc.conf has the change that the directory keeps for its undoing.
#
# shellcheck disable=SC2154 # config is the caller's: the path of rc.conf
took() {
    [ -f "$1/rc.before" ] && ! cmp -s "$config" "$1/rc.before"
}

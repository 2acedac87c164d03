# Confirm, keep, roll back or undo a change, detached from this session.
#
# decide.sh ROOT RECORDS CONFIG RUN_LOCK TOKEN PART [LOOKS FILE…]
#   RUN_LOCK  there while a run of the suite has the host: no confirmed change is touched then
#   PART  confirm, keep, rollback, undo or resume: see change.sh
# Needs status.sh behind it, which waits for the end, if FILEs are named.
#
# Needs the functions of the host: see ../functions.py.
#
# Exit status: 0 it has begun; 73 no room; 76 there is no such change; 77 not root; 79 a
# run has the host.
#
# A reboot deletes the files below ROOT (and may keep the directories, rc.d/cleanvar): a change
# without change.sh is from before one. The files of the last confirmed change go back from
# RECORDS then. One client does that, and another waits for it, but not for a dead one.
root=$1 records=$2 config=$3 run_lock=$4 token=$5 part=$6
umask 077
case $part in
undo | keep) [ ! -d "$run_lock" ] || exit 79 ;;
esac
bring_back() {
    mkdir -p "$root" || exit 73
    n=0
    until mkdir "$root/returning" 2>/dev/null || [ $n = 3 ]; do
        [ -d "$root/returning" ] || exit 73
        sleep 1
        n=$((n + 1))
    done
    if [ ! -f "$root/$token/change.sh" ]; then
        copy=$root/.$token.$$
        rm -rf "$copy"
        if ! cp -Rp "$records/$token" "$copy" || ! echo > "$copy/undo.rc" ||
            ! echo > "$copy/restore.log" || ! rm -rf "${root:?}/$token" ||
            ! mv "$copy" "$root/$token"; then
            rm -rf "$copy" "$root/returning"
            exit 73
        fi
    fi
    rm -rf "$root/returning"
}
if [ ! -f "$root/$token/change.sh" ] && [ -d "$records/$token" ]; then bring_back; fi
if [ ! -f "$root/$token/change.sh" ]; then # nobody but root can see it
    [ "$(id -u)" = 0 ] || exit 77
    exit 76
fi
: > "$root/$token/$part.rc"
detach /bin/sh "$root/$token/change.sh" "$part" "$root" "$records" "$config" "$token" || exit
[ $# -gt 6 ] || exit 0
shift 6
set -- "$root" "$records" "$config" "$token" "$@"

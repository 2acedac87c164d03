# Confirm, keep, roll back or undo a change, detached from this session.
#
# decide.sh ROOT RECORDS RC_CONF TOKEN PART
#   PART  confirm, keep, rollback or undo: see change.sh
#
# Exit status: 0 it has begun; 73 no room; 76 there is no such change; 77 not root.
#
# After a reboot the files of the last confirmed change go back from RECORDS to ROOT; if two
# clients do that at once, the second copy ends up inside the first.
root=$1 records=$2 rc_conf=$3 token=$4 part=$5
umask 077
[ "$(id -u)" = 0 ] || exit 77
if [ ! -d "$root/$token" ] && [ -d "$records/$token" ]; then
    copy=$root/.$token.$$
    if ! mkdir -p "$root" || ! cp -Rp "$records/$token" "$copy"; then
        rm -rf "$copy"
        exit 73
    fi
    echo > "$copy/undo.rc" || exit 73
    echo > "$copy/restore.log" || exit 73
    mv "$copy" "$root/$token" || exit 73
fi
[ -f "$root/$token/change.sh" ] || exit 76
: > "$root/$token/$part.rc"
daemon -f /bin/sh "$root/$token/change.sh" "$part" "$root" "$records" "$rc_conf" "$token"

# Functions of change.sh that write rc.conf and the record of a LAGG.
#
# prepare    make the new rc.conf beside the old one, without touching that
# persist    put the new rc.conf and the record in place
# restore    undo a confirmed change: rc.conf made ready, the commands, then rc.conf in place
# unprepare  remove what prepare made, and nothing else
#
# The first three end the shell, with 0 or, when something cannot be written, 1: call them
# in a subshell. Their data, written by the client below $t, is shell text whose words are
# all quoted:
#   edits, edits.back  lines "swap OLD NEW", lines in place of the last such ones (at the end
#                      for none),
#                      "edit WORD…", the words for one sysrc, and
#                      "expect VALUES NAME…", the values that these have then
#   lines              if there is such a way, the same change without sysrc, for an rc.conf
#                      that still has the values that the plan saw
#   laggs              the names of the LAGGs that change, and for each of them
#   record.LAGG        what /var/db keeps for its removal; or else
#   removal.LAGG       there if the LAGG is gone after the change, and its record with it
# shellcheck disable=SC2154 # change.sh sets root, records, config (rc.conf), token, t and new
# Needs undo.sh of nas/commit.

copy() {
    if ! cp -p "$1" "$2" || ! cmp -s "$1" "$2"; then exit 1; fi
}

edit() {
    sysrc -f "$new" "$@" || exit 1
}

# What sysrc -n prints; sysrc takes some hundred processes for it.
values_of() {
    lines=$(cat "$new") || exit 1
    for name; do eval "$name="; done
    eval "$lines"
    for name; do eval "printf '%s\n' \"\$$name\""; done
}

# The text begins with a newline, as every line has one before it.
swap() {
    rest=
    if [ -n "$1" ]; then
        rest=${text##*"
$1"}
        [ "$rest" != "$text" ] || exit 1
    fi
    text=${text%"$1$rest"}$2$rest
    printf %s "${text#?}" > "$new" || exit 1
}

expect() {
    values=$1
    shift
    [ "$(values_of "$@")" = "$values" ] || exit 1
}

read_new() {
    text=$(cat "$new" && echo .) || exit 1
    text="
${text%.}"
}

# sysrc is last: it writes the whole file, and swap has the text of before.
edit_by() {
    lines=$(cat "$1") || exit 1
    read_new
    eval "$lines"
}

# Run a function for each LAGG of the change.
each_lagg() {
    laggs=
    while read -r lagg; do laggs="$laggs $lagg"; done < "$t/laggs"
    for lagg in $laggs; do
        record=$records/$lagg
        "$1"
    done
}

prepare_record() {
    [ ! -f "$record" ] || cp -p "$record" "$t/before.$lagg" || exit 1
    if [ -f "$t/record.$lagg" ]; then
        [ -d "$records" ] || mkdir -p "$records" || exit 1
        copy "$t/record.$lagg" "$record.new"
    fi
}

keep_record() {
    [ ! -f "$t/before.$lagg" ] || cp -p "$t/before.$lagg" "$k" || exit 1
}

persist_record() {
    if [ -f "$t/record.$lagg" ]; then
        [ ! -f "$record.new" ] || mv -f "$record.new" "$record" || exit 1
    elif [ -f "$t/removal.$lagg" ]; then
        rm -f "$record"
        rmdir "$records" 2>/dev/null
    fi
}

restore_record() {
    if [ -f "$t/before.$lagg" ]; then
        mkdir -p "$records" || exit 1
        cp -p "$t/before.$lagg" "$record" || exit 1
    else
        rm -f "$record"
    fi
}

unprepare_record() { rm -rf "$record.new"; }

begin_after() {
    if ! cp -p "$t/rc.before" "$t/rc.after" || ! cmp -s "$config" "$t/rc.after"; then exit 1; fi
    # sysrc appends to what may not end in a newline.
    while IFS= read -r line; do :; done < "$new"
    [ -z "$line" ] || echo >> "$new"
}

# Make rc.after of rc.conf as it is now. sysrc takes its time: it is asked where another program
# has changed the values meanwhile.
prepare_early() {
    cp -p "$config" "$t/rc.before" || exit 1
    new=$t/rc.after
    begin_after
    if [ ! -f "$t/lines" ] || ! (edit_by "$t/lines"); then
        [ ! -f "$t/lines" ] || begin_after
        edit_by "$t/edits"
    fi
    sh -n "$new" || exit 1
    exit 0
}

# Whether that was done beforehand, of the same rc.conf.
prepared_early() {
    while [ ! -s "$t/early.rc" ] && alive "$t/early.pid"; do sleep 0.2; done
    word "$t/early.rc"
    [ "$word" = 0 ] && cmp -s "$config" "$t/rc.before"
}

prepare() {
    if [ -f "$t/edits" ]; then
        if ! prepared_early; then
            rm -f "$t/early.rc" || exit 1
            (prepare_early) || exit 1
        fi
        copy "$t/rc.after" "$new"
        keep_for_undo edits.back rc.before rc.after laggs
    fi
    each_lagg prepare_record
    [ ! -f "$t/edits" ] || each_lagg keep_record
    exit 0
}

persist() {
    k=$records/$token
    # It is in place already if this was ended there and is resumed.
    if [ -f "$t/edits" ] && ! { [ -d "$k" ] && cmp -s "$config" "$t/rc.after"; }; then
        # If rc.conf was written since by another program, make it again.
        [ -d "$k.new" ] && cmp -s "$config" "$t/rc.before" || (prepare) || exit 1
        # First what can undo it: an rc.conf that is still the old one makes that void.
        place_undo
        if ! mv -f "$new" "$config"; then
            rm -rf "$k"
            exit 1
        fi
        forget_others
    fi
    each_lagg persist_record
    exit 0
}

# An rc.conf that nobody touched since is put back byte for byte; otherwise only the
# change's own variables are.
restore() {
    if [ -f "$t/edits.back" ]; then
        if cmp -s "$config" "$t/rc.after" || cmp -s "$config" "$t/rc.before"; then
            copy "$t/rc.before" "$new"
        else
            copy "$config" "$new"
            edit_by "$t/edits.back"
        fi
    fi
    (revert)
    if [ -f "$t/edits.back" ]; then
        mv -f "$new" "$config" || exit 1
    fi
    each_lagg restore_record
    rm -rf "$root/last" "${records:?}/$token"
    unprepare
    exit 0
}

unprepare() {
    each_lagg unprepare_record
    rm -rf "$new" "$records/$token.new"
    rmdir "$records" 2>/dev/null
}

# Print the variables of rc.conf as "sysrc -a" does, "name: value" a line each.
#
# rcvalues.sh SYSRC LIBRARY FILE…
#   SYSRC    its path
#   LIBRARY  what sysrc sources first
#   FILE     of rc.conf, in the order of reading
#
# sysrc takes some hundred processes for that, which are seconds on a slow host. A file that has
# plain assignments and comments only means what it says, and is read here by builtins. For any
# other, and where sysrc would not work, sysrc itself answers.
#
# Exit status: 0, or that of sysrc.
sysrc=$1
library=$2
shift 2
ask_sysrc() {
    "$sysrc" -a
    exit
}
if [ ! -x "$sysrc" ] || [ ! -r "$library" ]; then ask_sysrc; fi
names=
for file; do
    [ -f "$file" ] || continue
    [ -r "$file" ] || ask_sysrc
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line#"${line%%[! 	]*}"}
        case $line in
        "" | "#"*) continue ;;
        *=*) ;;
        *) ask_sysrc ;;
        esac
        name=${line%%=*}
        value=${line#*=}
        # A name without a small letter may be one of the shell's own.
        case $name in
        [0-9]* | *[!A-Za-z0-9_]* | rc_conf_files) ask_sysrc ;;
        *[a-z]*) ;;
        *) ask_sysrc ;;
        esac
        case $value in
        \"*\"*)
            value=${value#\"}
            rest=${value#*\"}
            value=${value%%\"*}
            ;;
        \'*\'*)
            value=${value#\'}
            rest=${value#*\'}
            value=${value%%\'*}
            ;;
        *)
            rest=${value#"${value%%[ 	]*}"}
            value=${value%%[ 	]*}
            case $value in
            *[!A-Za-z0-9_.:/,@%+-]*) ask_sysrc ;;
            esac
            ;;
        esac
        case $value in
        *[\$\`\\]*) ask_sysrc ;;
        esac
        # Behind the value there is nothing, or blanks, or a comment after a blank.
        comment=${rest#"${rest%%[! 	]*}"}
        case $comment in
        "") ;;
        "#"*) [ "$comment" != "$rest" ] || ask_sysrc ;;
        *) ask_sysrc ;;
        esac
        case " $names " in
        *" $name "*) ;;
        *) names="$names $name" ;;
        esac
        eval "value_$name=\$value"
    done < "$file"
done
for name in $names; do
    eval "value=\$value_$name"
    printf '%s: %s\n' "$name" "$value"
done

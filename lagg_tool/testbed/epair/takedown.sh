# take_down ROOT NAME [all]: destroy the interfaces and jails of a run, and its files.
#
# With "all", also the interfaces that were made while the run lasted, and set the sysctls
# back: only the run's own guard knows that much. The other functions here:
#   described IF TEXT  whether an interface's description begins with TEXT
#   group NAME         print the interfaces of a group
newline='
'
described() {
    case "$newline$(ifconfig "$1" 2>/dev/null)$newline" in
    *"${newline}	description: $2"*) ;;
    *) false ;;
    esac
}

group() { ifconfig -g "$1" 2>/dev/null; }

ports_of() {
    ifconfig "$1" 2>/dev/null | while read -r word port _; do
        [ "$word" != laggport: ] || echo "$port"
    done
}

# The interfaces that were not there before the run; with the far ends, their pairs go.
made_meanwhile() {
    known=$(cat "$1") && [ -n "$known" ] || return # else all would seem to be made since
    known=" $known "
    for each in $(group vlan) $(group bridge) $(group lagg) $(group epair); do
        case "$known" in *" $each "*) continue ;; esac
        case "$each" in epair*b) continue ;; esac
        described "$each" lagg_tool_bench_ || echo "$each"
    done
}

set_sysctls_back() {
    now=$newline$(sysctl -e net.link.lagg 2>/dev/null)$newline
    while read -r old; do
        case "$now" in
        *"$newline$old$newline"*) ;;
        *"$newline${old%%=*}="*) sysctl "$old" ;;
        esac
    done < "$1"
}

take_down() {
    run=$1/$2
    if [ "${3:-}" = all ] && [ -s "$run/before" ]; then
        for each in $(made_meanwhile "$run/before"); do ifconfig "$each" destroy; done
        set_sysctls_back "$run/sysctls"
    fi
    for each in $(group lagg); do
        for port in $(ports_of "$each"); do
            if described "$port" "$2$newline"; then
                ifconfig "$each" destroy
                break
            fi
        done
    done
    for each in $(jls name); do
        case "$each" in "$2" | "$2"_*) jail -r "$each" ;; esac
    done
    for each in $(group epair); do
        if described "$each" "$2$newline"; then ifconfig "$each" destroy; fi
    done
    rm -rf "$run"
    rmdir "$1" 2>/dev/null
}

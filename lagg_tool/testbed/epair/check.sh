# Print what a host lacks to be its own testbed, one thing a line; exit status 0.
[ "$(id -u)" = 0 ] || echo 'root (log in as root)'
[ "$(sysctl -n kern.features.vimage 2>/dev/null)" = 1 ] || echo 'VIMAGE in the kernel'
case " $(ifconfig -C 2>/dev/null) " in
*" epair "*) ;;
*) [ -f /boot/kernel/if_epair.ko ] || echo 'epair(4)' ;;
esac
for program in jail jexec jls tcpdump daemon ping arp netstat; do
    command -v "$program" >/dev/null 2>&1 || echo "$program"
done
true

# The first process of a Linux machine: what the kernel leaves to do, then SSH, for ever.
#
# 10.0.2.15 is the address that QEMU's user network forwards to.
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs devtmpfs /dev
busybox mkdir -p /dev/pts
busybox mount -t devpts devpts /dev/pts
busybox mount -t tmpfs tmpfs /tmp
busybox mount -t tmpfs tmpfs /run
busybox --install -s /bin # does not overwrite what is there
while read -r module; do
    case $module in
        bonding) insmod "/lib/modules/$module.ko" max_bonds=0 ;; # no bond0 of its own
        dummy) insmod "/lib/modules/$module.ko" numdummies=0 ;;
        *) insmod "/lib/modules/$module.ko" ;;
    esac
done </lib/modules/order
hostname bonding-bench
until [ -e /sys/class/net/eth0 ]; do
    usleep 10000
done
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
# Fewer frames that nobody asked for, on interfaces still to come and on those that are there.
for each in default eth1 eth2 eth3 eth4 eth5 eth6; do
    echo 1 >"/proc/sys/net/ipv6/conf/$each/disable_ipv6" 2>/dev/null
done
dropbear -R -s -E -p 22 -r /etc/dropbear/host_key
echo "READY $(cat /proc/uptime) $(uname -r)"
while :; do
    sleep 86400
done

"""The file system of a freshly installed host, as the recordings found it."""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.simulator.system.filesystem import DeviceKind, File, FileError, FileSystem
from lagg_tool.simulator.system.process import Program
from lagg_tool.simulator.system.users import GROUPS, USERS

DIRECTORIES = """
/bin /sbin /boot /dev /etc /etc/defaults /etc/pam.d /etc/rc.d /etc/rc.conf.d /etc/ssh /lib /libexec
/media /mnt /proc /rescue /root /root/.ssh /root/bin /tmp /usr /usr/bin /usr/home /usr/lib
/usr/libexec /usr/local /usr/local/bin /usr/local/etc /usr/local/etc/rc.d /usr/local/sbin
/usr/sbin /usr/share /usr/share/bsdconfig
/var /var/cache /var/cron /var/db /var/empty /var/log /var/mail /var/run
/var/spool /var/tmp
"""

RC_CONF = """\
hostname="nas.test"
ifconfig_vtnet0="inet 10.0.2.15/24"
defaultrouter="10.0.2.2"
sshd_enable="YES"
syslogd_enable="NO"
cron_enable="YES"
sendmail_enable="NONE"
dumpdev="NO"
ipv6_activate_all_interfaces="NO"
rc_debug="NO"
clear_tmp_enable="NO"
update_motd="NO"
newsyslog_enable="NO"
devd_enable="NO"
kld_list=""
savecore_enable="NO"
crash_enable="NO"
varmfs="NO"
tmpmfs="NO"
background_fsck="NO"
"""

# TrueNAS: rc(8) sets up the loopback only; all others are middlewared's.
RC_CONF_TRUENAS = """\
hostname="nas.test"
network_interfaces="lo0"
middlewared_enable="YES"
sshd_enable="YES"
cron_enable="YES"
sendmail_enable="NONE"
dumpdev="NO"
"""

# Variables of /etc/defaults/rc.conf (rc.conf(5)) that matter to a host's network and to sysrc.
RC_DEFAULTS = """\
rc_debug="NO"
rc_info="NO"
rc_startmsgs="YES"
rcshutdown_timeout="90"
early_late_divider="FILESYSTEMS"
always_force_depends="NO"
swapfile="NO"
apm_enable="NO"
devd_enable="YES"
devd_flags=""
kld_list=""
tmpmfs="AUTO"
tmpsize="20m"
varmfs="AUTO"
varsize="32m"
cleanvar_enable="YES"
var_run_enable="NO"
local_startup="/usr/local/etc/rc.d"
script_name_sep=" "
rc_conf_files="/etc/rc.conf /etc/rc.conf.local"
zfs_enable="NO"
root_rw_mount="YES"
root_hold_delay="30"
fsck_y_enable="NO"
background_fsck="YES"
background_fsck_delay="60"
netfs_types="nfs:NFS smbfs:SMB"
hostname=""
hostid_enable="YES"
nisdomainname="NO"
dhclient_program="/sbin/dhclient"
dhclient_flags=""
background_dhclient="NO"
synchronous_dhclient="NO"
defaultroute_delay="30"
defaultroute_carrier_delay="5"
netif_enable="YES"
netif_ipexpand_max="2048"
wpa_supplicant_program="/usr/sbin/wpa_supplicant"
firewall_enable="NO"
firewall_type="UNKNOWN"
ipfilter_enable="NO"
pf_enable="NO"
pf_rules="/etc/pf.conf"
pflog_enable="NO"
tcp_extensions="YES"
log_in_vain="0"
tcp_keepalive="YES"
tcp_drop_synfin="NO"
icmp_drop_redirect="AUTO"
icmp_log_redirect="NO"
network_interfaces="auto"
cloned_interfaces=""
ppp_enable="NO"
gateway_enable="NO"
routed_enable="NO"
arpproxy_all="NO"
forward_sourceroute="NO"
accept_sourceroute="NO"
hostapd_enable="NO"
syslogd_enable="YES"
syslogd_flags="-s"
inetd_enable="NO"
named_enable="NO"
nfs_client_enable="NO"
nfs_server_enable="NO"
mountd_enable="NO"
rpcbind_enable="NO"
ntpdate_enable="NO"
ntpd_enable="NO"
nis_client_enable="NO"
bsnmpd_enable="NO"
sshd_enable="NO"
sshd_program="/usr/sbin/sshd"
sshd_flags=""
defaultrouter="NO"
static_arp_pairs=""
static_ndp_pairs=""
static_routes=""
natm_static_routes=""
ipv6_network_interfaces="auto"
ipv6_activate_all_interfaces="NO"
ipv6_defaultrouter="NO"
ipv6_static_routes=""
ipv6_gateway_enable="NO"
ipv6_cpe_wanif="NO"
ipv6_privacy="NO"
rtsold_enable="NO"
rtsol_flags="-i"
ip6addrctl_enable="YES"
keymap="NO"
moused_enable="NO"
cron_enable="YES"
cron_program="/usr/sbin/cron"
cron_flags=""
lpd_enable="NO"
dumpdev="AUTO"
dumpdir="/var/crash"
savecore_enable="YES"
crashinfo_enable="YES"
newsyslog_enable="YES"
mixer_enable="YES"
update_motd="YES"
clear_tmp_enable="NO"
clear_tmp_X="YES"
ldconfig_insecure="NO"
kern_securelevel_enable="NO"
kern_securelevel="-1"
virecover_enable="YES"
sendmail_enable="NO"
sendmail_submit_enable="YES"
sendmail_outbound_enable="YES"
sendmail_msp_queue_enable="YES"
jail_enable="NO"
jail_list=""
devfs_rulesets="/etc/defaults/devfs.rules /etc/devfs.rules"
devfs_system_ruleset=""
"""

ACCOUNTS = """\
root:*:0:0:Charlie &:/root:/bin/sh
toor:*:0:0:Bourne-again Superuser:/root:
daemon:*:1:1:Owner of many system processes:/root:/usr/sbin/nologin
nobody:*:65534:65534:Unprivileged user:/nonexistent:/usr/sbin/nologin
freebsd:*:1001:1001:FreeBSD User:/home/freebsd:/bin/sh
"""
GROUP = """\
wheel:*:0:root
daemon:*:1:
operator:*:5:root
nogroup:*:65533:
nobody:*:65534:
freebsd:*:1001:
"""
HOSTS = "::1\t\t\tlocalhost localhost.my.domain\n127.0.0.1\t\tlocalhost localhost.my.domain\n"


def install(
    files: FileSystem, programs: Mapping[str, Program], product: str = ""
) -> dict[int, Program]:
    """Make directories, files and programs; return the programs by inode number."""
    for path in DIRECTORIES.split():
        files.make_directory(path)
    for path in ("/tmp", "/var/tmp"):  # noqa: S108 - inside the simulated host
        files.lookup(path).mode = 0o1777
    files.lookup("/root/.ssh").mode = 0o700
    for kind, name in (
        (DeviceKind.NULL, "null"),
        (DeviceKind.ZERO, "zero"),
        (DeviceKind.RANDOM, "random"),
        (DeviceKind.RANDOM, "urandom"),
        (DeviceKind.CONSOLE, "console"),
    ):
        files.make_device(f"/dev/{name}", kind)
    files.write_text("/etc/rc.conf", RC_CONF_TRUENAS if product else RC_CONF)
    if product:
        files.make_directory("/data")
        files.write_text("/etc/version", f"{product}\n")
    files.write_text("/etc/defaults/rc.conf", RC_DEFAULTS)
    files.write_text("/etc/passwd", ACCOUNTS)
    files.write_text("/etc/group", GROUP)
    files.write_text("/etc/hosts", HOSTS)
    files.write_text("/etc/resolv.conf", "")
    files.write_text("/etc/pam.d/su", "auth\t\tsufficient\tpam_rootok.so\tno_warn\n")
    files.write_text("/usr/share/bsdconfig/common.subr", "# what sysrc sources first\n")
    files.make_symlink("/usr/home", "/home")
    home = files.make_directory("/usr/home/freebsd")
    home.uid, home.gid = USERS["freebsd"], GROUPS["freebsd"]
    table: dict[int, Program] = {}
    for path, program in sorted(programs.items()):
        table[_executable(files, path).number] = program
    return table


def _executable(files: FileSystem, path: str) -> File:
    parts = path.split("/")
    for end in range(2, len(parts)):
        try:
            files.make_directory("/".join(parts[:end]))
        except FileError:
            continue
    return files.write_text(path, "\x7fELF", mode=0o555)

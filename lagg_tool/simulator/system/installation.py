"""The file system of a freshly installed host, as the recordings found it."""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.simulator.system.filesystem import FileSystem
from lagg_tool.simulator.system.nodes import DeviceKind, File, FileError
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

# The variables of /etc/defaults/rc.conf (rc.conf(5)) that matter to a host's network.
RC_DEFAULTS = """\
kld_list=""
rc_conf_files="/etc/rc.conf /etc/rc.conf.local"
hostname=""
dhclient_program="/sbin/dhclient"
dhclient_flags=""
background_dhclient="NO"
synchronous_dhclient="NO"
defaultroute_delay="30"
defaultroute_carrier_delay="5"
netif_enable="YES"
netif_ipexpand_max="2048"
firewall_enable="NO"
network_interfaces="auto"
cloned_interfaces=""
gateway_enable="NO"
syslogd_enable="YES"
sshd_enable="NO"
sshd_program="/usr/sbin/sshd"
sshd_flags=""
defaultrouter="NO"
static_arp_pairs=""
static_ndp_pairs=""
static_routes=""
ipv6_network_interfaces="auto"
ipv6_activate_all_interfaces="NO"
ipv6_defaultrouter="NO"
ipv6_static_routes=""
ipv6_gateway_enable="NO"
ipv6_cpe_wanif="NO"
ipv6_privacy="NO"
rtsold_enable="NO"
ip6addrctl_enable="YES"
cron_enable="YES"
clear_tmp_enable="NO"
jail_enable="NO"
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

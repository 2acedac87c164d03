"""What the simulated host lets another than root do, in FreeBSD's words."""

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import RELEASES
from lagg_tool.simulator.system.users import is_member, primary_group

MAY = {
    "id": "uid=1001(freebsd) gid=1001(freebsd) groups=1001(freebsd)\n",
    "id -u; id -un; pwd; echo ~ ~root": "1001\nfreebsd\n/home/freebsd\n/home/freebsd /root\n",
    "touch ~/a && ls -l ~ | tail -1 | cut -d' ' -f3-": "1 freebsd freebsd 0 Nov 22 06:52 a\n",
    "echo x >/tmp/a; cat /tmp/a": "x\n",
    "sysrc -n hostname; sysctl -n kern.osreldate": "nas.test\n1302001\n",
    "ifconfig vtnet1 | head -1": (
        "vtnet1: flags=8822<BROADCAST,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
    ),
    "umask 077; mkdir /tmp/d; daemon -p /tmp/d/pid sleep 9; kill $(cat /tmp/d/pid); echo $?": "0\n",
    "ping -c 1 10.0.2.2 | grep -c 'bytes from'": "1\n",
}
# Recorded on FreeBSD 13.2 for nobody (cmd-unprivileged): the first, and destroy and laggproto.
MAY_NOT = {
    "ifconfig lagg1 create": "ifconfig: SIOCIFCREATE2 (lagg1): Operation not permitted\n",
    "ifconfig lagg0 destroy": "ifconfig: SIOCIFDESTROY: Operation not permitted\n",
    "ifconfig lagg0 laggproto lacp": "ifconfig: SIOCSLAGG: Operation not permitted\n",
    "ifconfig lagg0 laggport vtnet2": (
        "ifconfig: lagg0 vtnet2: SIOCSLAGGPORT: Operation not permitted\n"
    ),
    "ifconfig vtnet1 up": "ifconfig: up: permission denied\n",
    "ifconfig vtnet1 inet 192.0.2.1/24": "ifconfig: ioctl (SIOCDIFADDR): permission denied\n",
    "ifconfig vtnet1 mtu 1400": ("ifconfig: ioctl SIOCSIFMTU (set mtu): Operation not permitted\n"),
    "sysrc a=b": "/usr/sbin/sysrc: cannot create /etc/rc.conf: Permission denied\n",
    "echo x >>/etc/rc.conf": "sh: cannot create /etc/rc.conf: Permission denied\n",
    "mv /etc/rc.conf /tmp": "mv: rename /etc/rc.conf to /tmp/rc.conf: Permission denied\n",
    "rm /tmp/of-root": "rm: /tmp/of-root: Operation not permitted\n",
    "cat /tmp/of-root": "cat: /tmp/of-root: Permission denied\n",
    "sysctl -n net.link.lagg.failover_rx_all=1 >/dev/null": (
        "sysctl: net.link.lagg.failover_rx_all=1: Operation not permitted\n"
    ),
    "route add 192.0.2.0/24 10.0.2.2": "route: must be root to alter routing table\n",
    "arp -s 10.0.2.9 02:00:00:00:00:01": (
        "arp: writing to routing socket: Operation not permitted\n"
    ),
    "kill $(cat /tmp/pid)": "kill: PID: Operation not permitted\n",
    "daemon -p /tmp/pid sleep 1": "daemon: pidfile ``/tmp/pid'': Permission denied\n",
    "daemon -p /var/run/x.pid sleep 1": "daemon: pidfile ``/var/run/x.pid'': Permission denied\n",
    "dhclient vtnet1": "Can't find free bpf: Permission denied\nexiting.\n",
    "reboot": "reboot: Operation not permitted\n",
    "su root": "su: Sorry\n",
}


@pytest.fixture(scope="module")
def nas() -> SimulatedNas:
    made = SimulatedNas(VirtualClock())
    made.run("ifconfig lagg0 create laggport vtnet3 up")
    made.run("umask 077; echo x >/tmp/of-root; daemon -f -p /tmp/locked sleep 1000000")
    # A pidfile in /tmp that all may read and nobody else may write.
    made.run("cat /tmp/locked >/tmp/pid")
    return made


@pytest.mark.parametrize("line", MAY)
def test_what_another_than_root_may_do(line: str) -> None:
    done = SimulatedNas(VirtualClock()).run(line, user="freebsd")

    assert done.stdout.decode() == MAY[line]
    assert done.stderr == b""


@pytest.mark.parametrize("line", MAY_NOT)
def test_what_another_than_root_may_not_do(nas: SimulatedNas, line: str) -> None:
    files = "ifconfig -a; sysctl net.link.lagg; netstat -rn; ls -l /etc /tmp /var/run"
    files += "; arp -an | cut -d' ' -f1-6"
    before = nas.run(f"{files}; cat /etc/rc.conf").stdout

    done = nas.run(line, user="freebsd")

    pid = nas.run("cat /tmp/pid").stdout.decode().strip()
    assert done.stderr.decode() == MAY_NOT[line].replace("PID", pid)
    assert done.status != 0
    assert nas.run(f"{files}; cat /etc/rc.conf").stdout == before


def test_the_middleware_answers_root_alone() -> None:
    nas = SimulatedNas(VirtualClock(), RELEASES["truenas-13.3"])

    done = nas.run("midclt call interface.query", user="freebsd")

    assert done.status == 1
    assert done.stderr.endswith(b"PermissionError: [Errno 13] Permission denied\n")
    assert nas.run("cat /data/freenas-v1.db", user="freebsd").status == 1


def test_a_group_counts_where_the_owner_does_not() -> None:
    nas = SimulatedNas(VirtualClock())
    nas.run("umask 027; echo shared >/tmp/f")
    nas.filesystem.lookup("/tmp/f").gid = primary_group(1001)

    done = nas.run("cat /tmp/f; echo x >/tmp/f", user="freebsd")

    assert done.stdout == b"shared\n"
    assert done.status == 2
    assert is_member(1001, primary_group(1001))
    assert primary_group(4711) == 4711

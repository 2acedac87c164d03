"""The OpenSSH server that everybody talks to, and the programs of the NAS that it runs."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lagg_tool.clock import SystemClock
from tests.benchmarks.measure import Absent

SSHD = "/usr/sbin/sshd"
LISTING = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\toptions=800b8<VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,LINKSTATE>
\tether 52:54:00:aa:00:01
\tlaggproto lacp lagghash l2,l3,l4
\tlaggport: vtnet1 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
\tlaggport: vtnet2 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
"""
IFCONFIG = f"#!/bin/sh\n[ $# -gt 2 ] || [ \"$2\" = create ] || cat <<'END'\n{LISTING}END\n"
SYSRC = "#!/bin/sh\necho 'cloned_interfaces:  -> lagg0'\n"


@contextlib.contextmanager
def running(directory: Path) -> Iterator[dict[str, str]]:
    """Start sshd with keys of its own; give what contenders have to know. Raises Absent."""
    if not Path(SSHD).exists() or shutil.which("ssh-keygen") is None:
        raise Absent(f"{SSHD} or ssh-keygen is missing; on Debian install openssh-server")
    for name in ("host_key", "key"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)],
            check=True,
            stdin=subprocess.DEVNULL,
        )
    shutil.copy(directory / "key.pub", directory / "authorized_keys")
    port = _free_port()
    host_key = " ".join((directory / "host_key.pub").read_text().split()[:2])
    (directory / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    (directory / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {directory}/host_key\n"
        f"AuthorizedKeysFile {directory}/authorized_keys\nPidFile none\nUsePAM no\n"
        "StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin yes\nMaxStartups 100\nMaxSessions 100\nSetEnv SHLVL=1\n"
    )
    (directory / "ssh_config").write_text(
        f"Host benchmark\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {directory}/key\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {directory}/known_hosts\n"
    )
    process = subprocess.Popen(
        [SSHD, "-D", "-f", str(directory / "sshd_config"), "-E", str(directory / "log")],
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield {
            "BENCHMARK_PORT": str(port),
            "BENCHMARK_KEY": str(directory / "key"),
            "BENCHMARK_KNOWN_HOSTS": str(directory / "known_hosts"),
            "BENCHMARK_SSH_CONFIG": str(directory / "ssh_config"),
            "BENCHMARK_COMMANDS": json.dumps(_programs(directory)),
        }
    finally:
        process.terminate()
        process.wait()


def _programs(directory: Path) -> list[str]:
    """Write the stand-ins for ifconfig and sysrc; return the job's ten commands."""
    for name, text in (("ifconfig", IFCONFIG), ("sysrc", SYSRC)):
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)
    ifconfig, sysrc = directory / "ifconfig", directory / "sysrc"
    return [
        f"{ifconfig} -v",
        f"{ifconfig} -m",
        f"{sysrc} -a",
        f"{ifconfig} lagg0 create",
        f"{ifconfig} lagg0 laggproto lacp laggport vtnet1 laggport vtnet2",
        f"{sysrc} cloned_interfaces=lagg0",
        f"{sysrc} ifconfig_vtnet1=up",
        f"{sysrc} ifconfig_vtnet2=up",
        f"{sysrc} ifconfig_lagg0=laggproto.lacp.laggport.vtnet1.laggport.vtnet2",
        f"{ifconfig} lagg0",
    ]


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    clock = SystemClock()
    due = clock.now() + 10
    while clock.now() < due and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        clock.sleep(0.02)
    raise Absent("sshd does not listen")

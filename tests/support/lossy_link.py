"""A slow link that loses packets: ``python -m tests.lossy_link -- COMMAND``.

The command runs in a network namespace of its own, in which every TCP connection to
127.0.0.1 leaves through a TUN device. What comes out there waits for the delay, or is lost,
and goes in again: each direction of each connection has this delay and this loss, and it is
the kernel that notices and sends again. UDP, which carries the bench's cables, is left
alone. Needs Linux with user namespaces and /dev/net/tun, and iproute2; not root.
"""

from __future__ import annotations

import argparse
import fcntl
import heapq
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import threading
from pathlib import Path

from lagg_tool.clock import SystemClock

DEVICE = "link0"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
# Local routes are looked at after these, so that a packet to ourselves can leave first.
ROUTES = (
    "link set lo up",
    f"link set {DEVICE} up mtu 1500",
    f"rule add pref 1 iif {DEVICE} lookup local",
    "rule add pref 2 ipproto tcp lookup 100",
    "rule add pref 3 lookup local",
    "rule del pref 0",
    f"route add 127.0.0.1 dev {DEVICE} src 127.0.0.1 table 100",
)
SETTINGS = {"route_localnet": "1", "accept_local": "1", "rp_filter": "0"}
UNSHARE = ("unshare", "--user", "--map-root-user", "--net")


def missing() -> str:
    """Return why there can be no such link here, or nothing."""
    for program in ("unshare", "ip"):
        if shutil.which(program) is None:
            return f"{program} is missing"
    attempt = [*UNSHARE, "ip", "tuntap", "add", "dev", DEVICE, "mode", "tun"]
    done = subprocess.run(attempt, capture_output=True, text=True, check=False)
    return f"no TUN device in a namespace: {done.stderr.strip()}" if done.returncode else ""


def over(delay: float, loss: float, *command: str) -> list[str]:
    """Return the command line that runs a command over the link."""
    options = ["--delay", str(delay), "--loss", str(loss)]
    return [*UNSHARE, sys.executable, "-m", "tests.support.lossy_link", *options, "--", *command]


class Link:
    """Takes packets out of the device and puts them in again, later or never."""

    def __init__(self, delay: float, loss: float, seed: int) -> None:
        self._delay, self._loss = delay, loss
        self._chance = random.Random(seed)
        self._clock = SystemClock()
        self.packets = self.lost = 0
        self.connections: set[bytes] = set()  # by their ports: a first segment may come twice
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        request = struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(self._device, TUNSETIFF, request)
        for line in ROUTES:
            subprocess.run(["ip", *line.split()], check=True)
        for name, value in SETTINGS.items():
            for where in ("all", DEVICE):
                Path(f"/proc/sys/net/ipv4/conf/{where}/{name}").write_text(value)

    def carry(self) -> None:
        """Carry packets for as long as the process lives."""
        queue: list[tuple[float, int, bytes]] = []
        while True:
            wait = max(0.0, queue[0][0] - self._clock.now()) if queue else None
            readable, _, _ = select.select([self._device], [], [], wait)
            now = self._clock.now()
            if readable:
                packet = os.read(self._device, 65536)
                self.packets += 1
                self.connections |= _opened(packet)
                if self._chance.random() < self._loss:
                    self.lost += 1
                else:
                    heapq.heappush(queue, (now + self._delay, self.packets, packet))
            while queue and queue[0][0] <= now:
                os.write(self._device, heapq.heappop(queue)[2])


def _opened(packet: bytes) -> set[bytes]:
    """Return the ports of the connection whose first segment this is: SYN without ACK."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return set()
    segment = packet[(packet[0] & 15) * 4 :]
    return {segment[:4]} if segment[13] & 0x12 == 0x02 else set()


def main() -> int:
    """Run the command over the link; what the link did goes to standard error, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.lossy_link", description=__doc__)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds, in each direction")
    parser.add_argument("--loss", type=float, default=0.05, help="of 1, in each direction")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    link = Link(options.delay, options.loss, options.seed)
    threading.Thread(target=link.carry, daemon=True).start()
    status = subprocess.run(options.command, check=False).returncode
    did = {"packets": link.packets, "lost": link.lost, "connections": len(link.connections)}
    print(json.dumps(did), file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())

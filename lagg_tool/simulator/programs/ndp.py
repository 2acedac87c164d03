"""ndp(8) -i: what an interface knows of neighbour discovery (ifinfo(), usr.sbin/ndp/ndp.c)."""

from __future__ import annotations

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import ND6
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.process import Process

USAGE = """\
usage: ndp [-nt] hostname
       ndp [-nt] -a | -c | -p | -r | -H | -P | -R
       ndp [-nt] -A wait
       ndp [-nt] -d hostname
       ndp [-nt] -f filename
       ndp [-nt] -i interface [flags...]
       ndp [-nt] -I [interface|delete]
       ndp [-nt] -s nodename etheraddr [temp] [proxy]
"""
HOP_LIMIT = 64  # IPV6_DEFHLIM
BASE_REACHABLE, RETRANSMIT = 30, 1  # seconds: REACHABLE_TIME, RETRANS_TIMER
_FLAGS = (
    (ND6.IFDISABLED, "disabled"),
    (ND6.PERFORMNUD, "nud"),
    (ND6.ACCEPT_RTADV, "accept_rtadv"),
    (ND6.AUTO_LINKLOCAL, "auto_linklocal"),
    (ND6.NO_PREFER_IFACE, "no_prefer_iface"),
)


async def ndp(process: Process) -> int:
    """Print what ``-i`` asks for."""
    options = getopt(process, "i:nt", USAGE)
    if "i" not in options:
        fail(process, "", USAGE)
    try:
        interface = process.vnet.get(options.value("i"))
    except KernelError:
        process.warn(f"ioctl(SIOCGIFINFO_IN6): {Errno.ENXIO.text}")
        return 1
    # The reachable time is random between half and one and a half times its base
    # (ND_COMPUTE_RTIME): here the base itself.
    process.out(
        f"linkmtu={min(interface.mtu, interface.nd6_mtu)}, maxmtu={interface.nd6_mtu}, "
        f"curhlim={HOP_LIMIT}, basereachable={BASE_REACHABLE}s0ms, "
        f"reachable={BASE_REACHABLE}s, retrans={RETRANSMIT}s0ms\n"
    )
    names = "".join(f"{name} " for flag, name in _FLAGS if interface.nd6 & flag)
    if interface.nd6:
        process.out(f"Flags: {names}\n")
    return 0

"""What shows the kernel's own state: dmesg(8), kldstat(8)."""

from __future__ import annotations

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.programs.options import getopt
from lagg_tool.simulator.system.process import Process

KERNEL_FILE = (1, 1, 0xFFFFFFFF80200000, "kernel")
# Modules that are compiled into the kernel, as kldstat -m knows them.
MODULES = ("if_lagg", "if_vlan", "if_bridge", "if_epair", "if_tuntap", "if_lo", "vtnet", "em")
KLDSTAT_USAGE = """\
usage: kldstat [-dhqv] [-i id] [-n filename]
       kldstat [-dq] [-m modname]
"""


async def dmesg(process: Process) -> int:
    """Print the message buffer; -c empties it afterwards."""
    options = getopt(process, "ac", "usage: dmesg [-ac] [-M core [-N system]]\n")
    for line in process.kernel.messages:
        process.out(line + "\n")
    if "c" in options:
        if process.uid:
            process.warn(f"sysctl kern.msgbuf_clear: {Errno.EPERM.text}")
            return 1
        process.kernel.messages.clear()
    return 0


async def kldstat(process: Process) -> int:
    """List the files that make up the kernel (one, without modules), or find one with -m."""
    options = getopt(process, "m:q", KLDSTAT_USAGE)
    quiet = "q" in options
    if "m" in options:
        name = options.value("m")
        if name not in MODULES:
            if not quiet:
                process.warn(f"can't find module {name}: {Errno.ENOENT.text}")
            return 1
        if not quiet:
            process.out(f"Id  Refs Name\n{MODULES.index(name) + 1:3d} {1:4d} {name}\n")
        return 0
    number, references, address, name = KERNEL_FILE
    process.out("Id Refs Address                Size Name\n")
    size = process.kernel.release.kernel_size
    process.out(f"{number:2d} {references:4d} 0x{address:x} {size:8x} {name}\n")
    return 0

"""What shows the kernel's own state: dmesg(8), kldstat(8), kldload(8)."""

from __future__ import annotations

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.options import getopt
from lagg_tool.simulator.process import Process

KERNEL_FILE = (1, 1, 0xFFFFFFFF80200000, "kernel")
# Modules that are compiled into the kernel, as kldstat -m knows them.
MODULES = ("if_lagg", "if_vlan", "if_bridge", "if_epair", "if_tuntap", "if_lo", "vtnet", "em")
KLDSTAT_USAGE = """\
usage: kldstat [-dhqv] [-i id] [-n filename]
       kldstat [-dq] [-m modname]
"""
ALREADY = "module already loaded or in kernel"


async def dmesg(process: Process) -> int:
    """Print the message buffer; -c empties it afterwards."""
    options = getopt(process, "acM:N:", "usage: dmesg [-ac] [-M core [-N system]]\n")
    found = options.pairs
    for line in process.kernel.messages:
        process.out(line + "\n")
    if any(letter == "c" for letter, _ in found):
        if process.uid:
            process.warn(f"sysctl kern.msgbuf_clear: {Errno.EPERM.text}")
            return 1
        process.kernel.messages.clear()
    return 0


async def kldstat(process: Process) -> int:
    """List the files that make up the kernel: one, without modules."""
    options = getopt(process, "dhi:m:n:qv", KLDSTAT_USAGE)
    found = options.pairs
    chosen = dict(found)
    quiet = "q" in chosen
    if "m" in chosen:
        name = chosen["m"]
        if name not in MODULES:
            if not quiet:
                process.warn(f"can't find module {name}: {Errno.ENOENT.text}")
            return 1
        if not quiet:
            process.out(f"Id  Refs Name\n{MODULES.index(name) + 1:3d} {1:4d} {name}\n")
        return 0
    if "n" in chosen and chosen["n"] not in {"kernel", "/boot/kernel/kernel"}:
        if not quiet:
            process.warn(f"can't find file {chosen['n']}: {Errno.ENOENT.text}")
        return 1
    if not quiet:
        number, references, address, name = KERNEL_FILE
        process.out("Id Refs Address                Size Name\n")
        size = process.kernel.release.kernel_size
        process.out(f"{number:2d} {references:4d} 0x{address:x} {size:8x} {name}\n")
    return 0


async def kldload(process: Process) -> int:
    """Refuse: what there is, is compiled in."""
    words = [word for word in process.argv[1:] if not word.startswith("-")]
    if not words:
        process.err("usage: kldload [-nqv] file ...\n")
        return 1
    if process.uid:
        process.warn(f"can't load {words[0]}: {Errno.EPERM.text}")
        return 1
    status = 0
    silent = any("n" in word for word in process.argv[1:] if word.startswith("-"))
    for word in words:
        known = word.removesuffix(".ko").rsplit("/", 1)[-1] in MODULES
        if known and silent:
            continue
        process.warn(f"can't load {word}: {ALREADY if known else Errno.ENOENT.text}")
        status = 1
    return status


PROGRAMS = {"/sbin/dmesg": dmesg, "/sbin/kldstat": kldstat, "/sbin/kldload": kldload}

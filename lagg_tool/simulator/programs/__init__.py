"""The programs of the simulated NAS: where each is installed, and the function that it is."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import cast

from lagg_tool.simulator.system.process import Process, Program

# path: "module:function"; a module is imported when one of its programs is run
PROGRAMS: Mapping[str, str] = {
    "/bin/cat": "text:cat",
    "/bin/cp": "files:cp",
    "/bin/date": "host:date",
    "/bin/dd": "dd:dd",
    "/bin/freebsd-version": "host:freebsd_version",
    "/bin/hostname": "host:hostname",
    "/bin/ls": "ls:ls",
    "/bin/mkdir": "files:mkdir",
    "/bin/mv": "files:mv",
    "/bin/pgrep": "processes:pgrep",
    "/bin/pkill": "processes:pkill",
    "/bin/ps": "processes:ps",
    "/bin/rm": "files:rm",
    "/bin/rmdir": "files:rmdir",
    "/bin/sh": "sh:sh",
    "/bin/sleep": "processes:sleep",
    "/etc/rc.d/netif": "service:netif",
    "/sbin/dhclient": "dhclient:dhclient",
    "/sbin/dmesg": "kernel_state:dmesg",
    "/sbin/ifconfig": "ifconfig.command:ifconfig",
    "/sbin/kldstat": "kernel_state:kldstat",
    "/sbin/ping": "ping.command:ping",
    "/sbin/ping6": "ping.command:ping",
    "/sbin/reboot": "host:reboot",
    "/sbin/route": "route:route",
    "/sbin/sysctl": "sysctl:sysctl",
    "/usr/bin/cmp": "cmp:cmp",
    "/usr/bin/cut": "text:cut",
    "/usr/bin/grep": "grep:grep",
    "/usr/bin/head": "text:head",
    "/usr/bin/id": "host:identity",
    "/usr/bin/nc": "nc:nc",
    "/usr/bin/netstat": "netstat:netstat",
    "/usr/bin/seq": "seq:seq",
    "/usr/bin/su": "processes:su",
    "/usr/bin/tail": "text:tail",
    "/usr/bin/timeout": "processes:timeout",
    "/usr/bin/touch": "files:touch",
    "/usr/bin/tr": "text:tr",
    "/usr/bin/uname": "host:uname",
    "/usr/bin/wc": "text:wc",
    "/usr/sbin/arp": "arp:arp",
    "/usr/sbin/daemon": "daemon:daemon",
    "/usr/sbin/jail": "jails:jail",
    "/usr/sbin/jexec": "jails:jexec",
    "/usr/sbin/jls": "jails:jls",
    "/usr/sbin/ndp": "ndp:ndp",
    "/usr/sbin/service": "service:service",
    "/usr/sbin/sysrc": "sysrc:sysrc",
    "/usr/sbin/tcpdump": "tcpdump:tcpdump",
}
TRUENAS: Mapping[str, str] = {
    "/usr/local/bin/midclt": "midclt:midclt",
    "/usr/local/etc/rc.d/middlewared": "middlewared:script",
}


def installed(product: str = "") -> Mapping[str, Program]:
    """Return every program that a product has, by path; plain FreeBSD has no product name."""
    paths = {**PROGRAMS, **TRUENAS} if product else PROGRAMS
    return {path: _program(where) for path, where in paths.items()}


def _program(where: str) -> Program:
    module, _, name = where.partition(":")

    async def run(process: Process) -> int:
        found = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return await cast("Program", found)(process)

    return run

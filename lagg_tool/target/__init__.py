"""The NAS under test, by its URL.

::

    sim:[?os=NAME&fault=NAME&seed=N]   a simulated NAS in this process, on a virtual clock,
                                       behind a real SSH server on loopback; user=NAME logs
                                       in as another than root
    ssh://user@host[:port]             a host, simulated or real, with UDP wires if given,
                                       or with epair(4) cables of its own
    qemu:linux, qemu:linux-6.12        a Linux kernel of Debian's packages in a machine
    qemu:IMAGE                         a FreeBSD disk image, booted on an overlay that is
                                       deleted when the target is closed

A target is a context manager that leaves nothing behind.
"""

from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.schemes import is_own, open_target, try_target
from lagg_tool.target.target import Target

__all__ = ["Target", "TargetOptions", "TestbedChoice", "is_own", "open_target", "try_target"]

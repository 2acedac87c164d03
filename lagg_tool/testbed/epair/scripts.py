"""What the epair testbed runs on the host: FreeBSD's /bin/sh and its base system alone.

A run has a name of its own. Its jails are called so (a second one has a suffix), and the near
end of each of its pairs has it as description: the kernel itself says what is whose. The
guard, a process of daemon(8) that no session's end can reach, makes everything and takes
everything down: when the run ends, when it gets a signal, or when nobody has changed the
run's file ``beat`` for some seconds, counted by its own sleeps so that no clock that is set
matters. Below /var/run/lagg_tool_bench/NAME, gone after a reboot as the interfaces are:

    pid before sysctls   the guard's; interfaces and net.link.lagg.* as they were
    pairs said           units that were made, and what the programs complained of
    ready failed         made by the guard when everything is there, or cannot be
    beat end             written by the run: it lives; it has ended
"""

from __future__ import annotations

from lagg_tool.command import load_script

ROOT = "/var/run/lagg_tool_bench"
PREFIX = "lagg_tool_bench_"

_PACKAGE = "lagg_tool.testbed.epair"
CHECK = load_script(_PACKAGE, "check")
GUARD = load_script(_PACKAGE, "takedown", "guard")
BEGIN = load_script(_PACKAGE, "takedown", "begin")
END = load_script(_PACKAGE, "takedown", "end")
TAP = load_script(_PACKAGE, "tap")
BEAT = load_script(_PACKAGE, "beat")
SIGN = load_script(_PACKAGE, "sign")
JOIN = load_script(_PACKAGE, "join")
PART = load_script(_PACKAGE, "part")
HOSTS = load_script(_PACKAGE, "hosts")

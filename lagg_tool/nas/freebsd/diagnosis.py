"""What a diagnosis of a LAGG rests on: the host's state, dmesg, and LACPDUs by tcpdump."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.command import Runner, read
from lagg_tool.ifconfig import Listing
from lagg_tool.lagg.diagnosis import Finding, Seen, diagnose, see
from lagg_tool.nas.freebsd.boot_diagnosis import boot_checks
from lagg_tool.nas.freebsd.observation import observe
from lagg_tool.nas.listening import listen_at


def diagnose_lagg(
    runner: Runner, name: str, seconds: int, tell: Callable[[str], None] = lambda _: None
) -> tuple[Finding, ...]:
    """Return why a LAGG does not carry traffic, the most basic cause first; see ``look``."""
    before = observe(runner)
    host = before.host
    more = boot_checks(host.rc_conf, host.system, start_scripts=host.start_scripts)
    return diagnose(look(runner, before.listing, name, seconds, tell), more)


def look(
    runner: Runner, listing: Listing, name: str, seconds: int, tell: Callable[[str], None]
) -> Seen:
    """Read the console, and listen to the ports of a LAGG that was observed for ``seconds``.

    Raises UsageError for what is no LAGG, CommandError when the NAS cannot listen, and
    TargetError.
    """
    dmesg = runner.run(read("dmesg")).stdout.splitlines()
    seen = see(name, listing, dmesg)
    ports = [port.name for port in seen.lagg.ports]
    if not (seconds and ports and seen.is_lacp):
        return seen
    received, watched = listen_at(runner, ports, seconds, tell)
    # Look at the ports again, now that every partner had time to send.
    return see(name, observe(runner).listing, dmesg, received, watched)

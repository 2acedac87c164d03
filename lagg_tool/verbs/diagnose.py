"""``lagg-tool diagnose LAGG``: why it does not come up, from the host's state and LACPDUs."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lagg_tool.command import Effect, Runner, read, script
from lagg_tool.errors import CommandError, UsageError
from lagg_tool.lagg.diagnosis import Finding, Seen, diagnose, see
from lagg_tool.target import Target
from lagg_tool.verbs.common import add_target_arguments, observe, open_from
from lagg_tool.wire.slow import Lacpdu

# A partner on the slow timer sends every 30 seconds (802.1AX, 6.4.4): whoever listened for
# less does not know that nobody speaks.
SLOW_PERIOD = 30
_LONGEST = 600
_AT_ONCE = 8  # sshd's MaxSessions is 10

_LISTEN = """\
tcpdump -n -t -xx -Q in -i "$1" ether proto 0x8809 & pid=$!
sleep "$2"
kill "$pid" 2>/dev/null
wait "$pid\""""

_HEX_LINE = re.compile(r"^\t0x([0-9a-f]{4}):  ([0-9a-f ]+?) *$", re.MULTILINE)
_EPILOG = """\
exit status: 0 nothing found; 1 causes found; 2 wrong usage, or no such LAGG; 3 the target
cannot be reached, its host key is wrong, or it refused the login"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``diagnose``."""
    parser.epilog = _EPILOG
    parser.add_argument("lagg", metavar="LAGG", help="the interface, such as lagg0")
    add_target_arguments(parser)
    parser.add_argument(
        "--listen",
        type=int,
        default=0,
        metavar="SECONDS",
        help=f"hear the partners with tcpdump on the NAS; more than {SLOW_PERIOD} prove silence",
    )
    parser.add_argument("--json", action="store_true", help="the findings as JSON")


def run(options: argparse.Namespace) -> int:
    """Look, and print the causes. Returns 1 if there are any, else 0."""
    if not 0 <= options.listen <= _LONGEST:
        raise UsageError(f"--listen {options.listen}: seconds, 0 to {_LONGEST}")
    with open_from(options, read_only=True) as target:
        seen = look(target, options.lagg, options.listen)
    findings = diagnose(seen)
    if options.json:
        print(json.dumps(_data(options.lagg, findings), indent=1))
    elif findings:
        print("\n\n".join(_text(finding) for finding in findings))
    else:
        print(f"{options.lagg}: nothing found that keeps it from carrying traffic")
    return 1 if findings else 0


def look(target: Target, name: str, seconds: int = 0) -> Seen:
    """Observe the LAGG, and listen to its ports for ``seconds``.

    Raises UsageError for what is no LAGG, CommandError when the NAS cannot listen, and
    TargetError.
    """
    listing = observe(target).listing
    dmesg = target.run(read("dmesg")).stdout.splitlines()
    seen = see(name, listing, dmesg)
    ports = [port.name for port in seen.lagg.ports]
    if not (seconds and ports and seen.is_lacp):
        return seen
    print(f"listening on {', '.join(ports)} for {seconds} s", file=sys.stderr, flush=True)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        heard = pool.map(lambda port: listen(target.connection, port, seconds), ports)
        received = dict(zip(ports, heard, strict=True))
    watched = frozenset(ports if seconds > SLOW_PERIOD else ())
    # What the ports show is looked at when everybody had time to speak.
    return see(name, observe(target).listing, dmesg, received, watched)


def listen(runner: Runner, port: str, seconds: int) -> list[Lacpdu]:
    """Return the LACPDUs that arrive at a port. Raises CommandError and TargetError."""
    command = script(_LISTEN, port, str(seconds), effect=Effect.READ)
    done = runner.run(command, seconds + 30.0)
    if done.status != 0:
        raise CommandError(f"tcpdump -i {port}", done.status, done.stderr)
    return [pdu for frame in frames(done.stdout) if (pdu := Lacpdu.parse(frame))]


def frames(text: str) -> Iterator[bytes]:
    """Yield the frames that ``tcpdump -xx`` printed; lines that are no dump are passed over."""
    frame = b""
    for line in _HEX_LINE.finditer(text):
        digits = line[2].replace(" ", "")
        if int(line[1], 16) == 0 and frame:
            yield frame
            frame = b""
        frame += bytes.fromhex(digits[: len(digits) // 2 * 2])
    if frame:
        yield frame


def _text(finding: Finding) -> str:
    evidence = "\n".join(f"  seen: {line}" for line in finding.evidence)
    return (
        f"{finding.where}: {finding.cause.value}\n{evidence}\n"
        f"  meaning: {finding.meaning}\n  next: {finding.next_command}"
    )


def _data(name: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "lagg": name,
        "findings": [
            {
                "cause": finding.cause.name,
                "text": finding.cause.value,
                "where": finding.where,
                "evidence": list(finding.evidence),
                "meaning": finding.meaning,
                "next": finding.next_command,
            }
            for finding in findings
        ],
    }

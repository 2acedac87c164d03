"""Listening at a port of a NAS: the LACPDUs that arrive, by tcpdump."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from lagg_tool.command import Effect, Runner, script
from lagg_tool.errors import CommandError
from lagg_tool.wire.slow import Lacpdu

# A partner on the slow timer sends every 30 seconds (802.1AX, 6.4.4): silence for less than
# that proves nothing.
SLOW_PERIOD = 30
_AT_ONCE = 8  # sshd's MaxSessions is 10

_LISTEN = """\
tcpdump -n -t -xx -Q in -i "$1" ether proto 0x8809 & pid=$!
sleep "$2"
kill "$pid" 2>/dev/null
wait "$pid\""""

_HEX_LINE = re.compile(r"^\t0x([0-9a-f]{4}):  ([0-9a-f ]+?) *$", re.MULTILINE)


def listen(runner: Runner, port: str, seconds: int) -> list[Lacpdu]:
    """Return the LACPDUs that arrive at a port. Raises CommandError and TargetError."""
    command = script(_LISTEN, port, str(seconds), effect=Effect.READ)
    done = runner.run(command, seconds + 30.0)
    if done.status != 0:
        raise CommandError(f"tcpdump -i {port}", done.status, done.stderr)
    return [pdu for frame in frames(done.stdout) if (pdu := Lacpdu.parse(frame))]


def listen_at(
    runner: Runner, ports: Sequence[str], seconds: int, tell: Callable[[str], None]
) -> tuple[dict[str, list[Lacpdu]], frozenset[str]]:
    """Return the LACPDUs by port, and the ports whose silence proves something.

    Raises CommandError and TargetError.
    """
    tell(f"listening on {', '.join(ports)} for {seconds} s")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        heard = pool.map(lambda port: listen(runner, port, seconds), ports)
        received = dict(zip(ports, heard, strict=True))
    return received, frozenset(ports if seconds > SLOW_PERIOD else ())


def frames(text: str) -> Iterator[bytes]:
    """Yield the frames that ``tcpdump -xx`` printed; skip lines that are no dump."""
    frame = b""
    for line in _HEX_LINE.finditer(text):
        digits = line[2].replace(" ", "")
        if int(line[1], 16) == 0 and frame:
            yield frame
            frame = b""
        frame += bytes.fromhex(digits[: len(digits) // 2 * 2])
    if frame:
        yield frame

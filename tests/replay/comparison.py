"""What must be equal between a recording and a performance, and what may differ.

The list of what may differ is that of tests/recordings/README.md, and each rule here names
its line of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lagg_tool.wire.slow import Marker

from .partner import is_lacpdu, is_marker
from .player import Performance
from .recording import Frame, Recording, Step

# LACP acts on a tick of one second of arbitrary phase: "within a second and 0.3 s of slack".
TICK_SLACK = 1.3
# Frames closer together than this have one cause; their order between ports is the emulator's.
BURST = 0.02
# "A frame that the host sends on its own … comes within half a second of its cause."
NEIGHBOUR_DISCOVERY = 1.0

# "ping's times; tcpdump's time stamps; process identifiers; kern.boottime; dates; epair MAC
# addresses; counters that include LACPDUs"; the OACTIVE flag of em; mktemp's random names.
_TEXT_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"time=-?[\d.]+ ms", "time=T ms"),
        (r"= -?[\d.]+/-?[\d.]+/-?[\d.]+/-?[\d.]+ ms", "= T/T/T/T ms"),
        (r"^\d\d:\d\d:\d\d\.\d{6} ", "hh:mm:ss.uuuuuu "),
        (r"\{ sec = \d+, usec = \d+ \}.*", "{ boottime }"),
        (r"^\d{10}$", "EPOCH"),
        (r"\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d\b", "DATE"),
        (r"expires in \d+ seconds", "expires in N seconds"),
        (r"flags=(100)?8c(02|22|43)<", r"flags=\g<1>88\2<"),
        (r"(DRV_)?OACTIVE,", ""),
        (r"/tmp/sysrc\.\w{8}", "/tmp/sysrc.RANDOM"),
        (r"^(\d+) packets received by filter", "N packets received by filter"),
        # The emulator answers a ping beyond its router with the packet's own headers.
        (r"^(cp:|dp:|\t)(?: +[0-9a-f]{1,2}|[0-9a-f]{2}){6,32} *$", r"\1bytes"),
    )
)
_EPAIR_MAC = re.compile(r"(?i)\b(02|58)([:-])([0-9a-f]{2}\2){4}[0-9a-f]{2}\b")
_FIXED_MACS = ("02-00-00-00-00", "02:11:22", "02:aa:bb", "02:00:00")


def _without_random_macs(text: str) -> str:
    """Name epair's and tap's random addresses by the order in which they appear."""
    seen: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        word = match.group(0).lower()
        if word.startswith(_FIXED_MACS):
            return match.group(0)
        return seen.setdefault(word.replace("-", ":"), f"<random MAC {len(seen)}>")

    return _EPAIR_MAC.sub(name, text)


def normal_text(text: str) -> str:
    """Return text with all that may differ replaced."""
    for pattern, replacement in _TEXT_RULES:
        text = pattern.sub(replacement, text)
    return _without_random_macs(text)


@dataclass(frozen=True)
class Difference:
    """The first difference within one step or stream, with its context."""

    where: str
    text: str


def _first_line(expected: str, actual: str) -> str:
    want, have = expected.splitlines(), actual.splitlines()
    for number in range(max(len(want), len(have))):
        left = want[number] if number < len(want) else "<end>"
        right = have[number] if number < len(have) else "<end>"
        if left != right:
            context = "".join(f"    {line}\n" for line in want[max(0, number - 2) : number])
            return f"line {number + 1}\n{context}  - {left}\n  + {right}"
    return f"line ends: - {expected[-20:]!r} + {actual[-20:]!r}"


_INTERFACE_ROW = re.compile(r"^((vtnet|em|lo)\d\S*\s+\S+\s+\S+\s+\S+)( +[\d-]+)+ *$", re.MULTILINE)
_COUNTS = re.compile(r"^(\S+ +\d+ <Link#\d+> +\S+).*$", re.MULTILINE)


def _host_counters(text: str) -> str:
    """Counters of the host's own NICs go on from session to session, and widen the columns."""
    return re.sub(r" +", " ", _INTERFACE_ROW.sub(r"\1 <counters>", text))


_LACP_LINES = re.compile(
    r"^(\tlag id: .*|\tlaggport: .*|\t\t ?[\[(]\(?[0-9A-F]{4},.*"
    r"|\t\t(active ports|flapping): \d+)$",
    re.MULTILINE,
)


def _near_transition(recording: Recording, at: float) -> bool:
    """Whether a port's LACPDUs changed within a tick of this moment, whose phase is arbitrary."""
    last: dict[int, bytes] = {}
    for frame in recording.frames:
        if frame.from_nas and is_lacpdu(frame.data):
            changed = last.get(frame.port, frame.data) != frame.data
            last[frame.port] = frame.data
            if changed and abs(frame.t - at) <= TICK_SLACK:
                return True
    return False


def _spread_by_hash(recording: Recording, step: Step) -> bool:
    """Counters of ports that a random hash filled."""
    return "netstat -I epair" in step.value and "laggproto loadbalance" in recording.lines


def _comparable(recording: Recording, step: Step, text: str) -> str:
    """Text without what may differ in this very step."""
    text = normal_text(text)
    if "netstat" in step.value and "laggproto lacp" in recording.lines:
        text = _COUNTS.sub(r"\1 N", text)
    if _spread_by_hash(recording, step):
        text = _COUNTS.sub(r"\1 N", text)
    if step.value.startswith(("netstat -i", "ifconfig epair0a down; netstat")):
        text = _host_counters(text)
    if recording.untimed and step.value.startswith("dmesg"):
        # The rest are the machine's own messages, and states that passed.
        text = "".join(re.findall(r"^lagg.*link state.*\n", text, re.MULTILINE)[-1:])
    if "ifconfig -v" in step.value and _near_transition(recording, step.at):
        text = _LACP_LINES.sub("<LACP>", text)
    return text


def compare_answers(recording: Recording, performance: Performance) -> list[Difference]:
    """Compare exit status and both streams of every command."""
    differences = []
    for answer in performance.answers:
        step = answer.step
        where = f"[{step.at}] $ {step.value}"
        pairs = [("stdout", step.stdout, answer.stdout), ("stderr", step.stderr, answer.stderr)]
        for stream, expected, actual in pairs:
            want = _comparable(recording, step, expected)
            have = _comparable(recording, step, actual)
            if want != have:
                differences.append(Difference(where, f"{stream}, {_first_line(want, have)}"))
        if answer.rc != step.rc:
            differences.append(Difference(where, f"exit status {answer.rc} instead of {step.rc}"))
    return differences


def _ipv4(frame: bytearray) -> None:
    header = 14 + 4 * (frame[14] & 15)
    frame[18:20] = frame[24:26] = b"\0\0"  # identification, checksum
    fragment = int.from_bytes(frame[20:22], "big") & 0x1FFF
    protocol = frame[23]
    if protocol == 1 and fragment == 0 and frame[header] == 8:
        # An echo request's identifier is a process identifier, its payload begins with the time.
        frame[header + 2 : header + 6] = bytes(4)
        frame[header + 8 : header + 24] = bytes(16)
    if protocol == 17:
        frame[header:] = bytes(len(frame) - header)  # nc's port and /dev/random's bytes
        if fragment == 0:
            frame[header + 4 : header + 6] = b"\0\0"


def _ipv6(frame: bytearray) -> None:
    if frame[20] == 58 and frame[54] in (135, 136):
        frame[56:58] = b"\0\0"
        if len(frame) >= 86 and frame[78] == 14:  # the nonce option of RFC 7527
            frame[80:86] = bytes(6)
    if frame[20] == 0:
        frame[64:66] = b"\0\0"  # checksum of a multicast listener report


def normal_frame(data: bytes) -> bytes:
    """Return a frame with identifiers, times and random payload set to zero."""
    frame = bytearray(data)
    ethertype = bytes(frame[12:14])
    if ethertype == b"\x08\x00" and len(frame) >= 34:
        _ipv4(frame)
    elif ethertype == b"\x86\xdd" and len(frame) >= 86:
        _ipv6(frame)
    return bytes(frame)


def _is_slow(frame: Frame) -> bool:
    return is_lacpdu(frame.data) or is_marker(frame.data, 1) or is_marker(frame.data, 2)


def _hashed(recording: Recording) -> bool:
    return any(f"laggproto {proto}" in recording.lines for proto in ("loadbalance", "lacp"))


_BACKGROUND = re.compile(r"[^&]&(?![&>])")


def _step_of(recording: Recording, frame: Frame) -> Step | None:
    """Return the step during which a frame was sent."""
    return next((step for step in reversed(recording.steps) if step.at <= frame.t), None)


def _is_ipv6(frame: Frame) -> bool:
    return frame.data[12:14] == b"\x86\xdd"


def _together(recording: Recording, before: Frame, frame: Frame) -> bool:
    """Whether two frames have no order: sent at once, or by commands in the background."""
    if frame.t - before.t <= BURST:
        return True
    if _is_ipv6(before) and _is_ipv6(frame) and frame.t - before.t <= NEIGHBOUR_DISCOVERY:
        return True
    step = _step_of(recording, frame)
    in_background = step and step.kind == "run" and _BACKGROUND.search(step.value)
    return bool(in_background and step is _step_of(recording, before))


def _bursts(recording: Recording, frames: Sequence[Frame]) -> list[list[Frame]]:
    bursts: list[list[Frame]] = []
    for frame in frames:
        if bursts and _together(recording, bursts[-1][-1], frame):
            bursts[-1].append(frame)
        else:
            bursts.append([frame])
    return bursts


def _show(port: int, data: bytes) -> str:
    return f"port {port}: {data.hex()}"


def _compare_data(recording: Recording, have: list[Frame]) -> list[Difference]:
    """Compare data frames burst by burst, on the same ports unless a hash decides."""
    hashed = _hashed(recording)
    want = [f for f in recording.frames if f.from_nas and not _is_slow(f)]
    position = 0
    for burst in _bursts(recording, want):
        taken = have[position : position + len(burst)]
        position += len(burst)
        expected = Counter((0 if hashed else f.port, normal_frame(f.data)) for f in burst)
        actual = Counter((0 if hashed else f.port, normal_frame(f.data)) for f in taken)
        if expected != actual:
            missing = [_show(*key) for key in (expected - actual)][:3]
            extra = [_show(*key) for key in (actual - expected)][:3]
            text = "\n".join([f"  - {m}" for m in missing] + [f"  + {e}" for e in extra])
            return [Difference(f"frames at {burst[0].t}", text)]
    if position < len(have):
        frame = have[position]
        return [
            Difference(
                f"frames after the last, at {frame.t:.3f}", f"  + {_show(frame.port, frame.data)}"
            )
        ]
    return []


@dataclass
class _Run:
    """Equal slow-protocol frames in a row on one port."""

    data: bytes
    first: float
    count: int = 1


def _runs(frames: Iterable[Frame]) -> dict[int, list[_Run]]:
    runs: dict[int, list[_Run]] = defaultdict(list)
    for frame in frames:
        on_port = runs[frame.port]
        if on_port and on_port[-1].data == frame.data:
            on_port[-1].count += 1
        else:
            on_port.append(_Run(frame.data, frame.t))
    return runs


def _without_stale(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Leave out the markers that the session before left in a driver's queue.

    A lagg's first marker has the transaction 1, and no marker comes before an LACPDU.
    """
    spoken: set[int] = set()
    for frame in frames:
        marker = is_marker(frame.data, 1)
        if not marker or frame.port in spoken or _transaction(frame.data) == 1:
            yield frame
        if not marker:
            spoken.add(frame.port)


def _transaction(data: bytes) -> int:
    parsed = Marker.parse(data)
    return parsed.transaction if parsed is not None else 0


def _compare_slow(recording: Recording, have: list[Frame], ended: float) -> list[Difference]:
    """LACPDUs and markers: per port the same PDUs in the same order, within a tick in time."""
    want = _runs(_without_stale(f for f in recording.frames if f.from_nas and _is_slow(f)))
    got = _runs(have)
    differences = []
    for port in sorted({*want, *got}):
        left, right = want.get(port, []), got.get(port, [])
        for number in range(max(len(left), len(right))):
            expected = left[number] if number < len(left) else None
            actual = right[number] if number < len(right) else None
            late = [run for run in (expected, actual) if run is not None]
            if (expected is None or actual is None) and late[0].first > ended - TICK_SLACK - 0.5:
                break  # the session ended within the tick
            problem = _slow_problem(expected, actual)
            if problem:
                differences.append(Difference(f"slow protocols on port {port}", problem))
                break
    return differences


def _slow_problem(expected: _Run | None, actual: _Run | None) -> str:
    if expected is None or actual is None or expected.data != actual.data:
        wanted = "nothing" if expected is None else f"at {expected.first:.3f} {expected.data.hex()}"
        found = "nothing" if actual is None else f"at {actual.first:.3f} {actual.data.hex()}"
        return f"\n  - {wanted}\n  + {found}"
    if abs(expected.first - actual.first) > TICK_SLACK:
        return f"{actual.data.hex()} at {actual.first:.3f} instead of {expected.first:.3f}"
    if abs(expected.count - actual.count) > 1:
        return f"{actual.data.hex()} {actual.count} times instead of {expected.count}"
    return ""


def compare_frames(recording: Recording, performance: Performance) -> list[Difference]:
    """Compare all that left the NAS."""
    have = [frame for frame in performance.frames if frame.from_nas]
    data = [frame for frame in have if not _is_slow(frame)]
    slow = [frame for frame in have if _is_slow(frame)]
    return [
        *_compare_data(recording, data),
        *_compare_slow(recording, slow, performance.ended),
        *_hash_properties(recording, data),
    ]


def _flow(data: bytes) -> bytes:
    """Return what the default hash reads of an unfragmented frame: addresses and the L4 word."""
    if data[12:14] == b"\x08\x00":
        header = 14 + 4 * (data[14] & 15)
        ports = data[header : header + 4] if data[23] in (6, 17, 132) else b""
        return data[:14] + data[26:34] + ports
    return data[:14]


def _hash_properties(recording: Recording, data: list[Frame]) -> list[Difference]:
    """Check that a flow keeps its port while links and hash stay, and never a dead port."""
    if not _hashed(recording) or "laggproto failover" in recording.lines:
        return []
    changes = [
        step
        for step in recording.steps
        if step.kind == "link" or (step.kind == "run" and "lagghash" in step.value)
    ]
    bounds = [-1.0, *(step.at for step in changes), float("inf")]
    down: set[int] = set()
    for index, (begin, end) in enumerate(pairwise(bounds)):
        if index:
            step = changes[index - 1]
            if step.kind == "link":
                (down.discard if step.up else down.add)(step.value)
        ports: dict[bytes, set[int]] = defaultdict(set)
        for frame in data:
            if begin < frame.t <= end and not _is_fragment(frame.data):
                ports[_flow(frame.data)].add(frame.port)
        for flow, used in ports.items():
            if len(used) > 1 or used & down:
                return [Difference(f"flow {flow.hex()} after {begin}", f"left by ports {used}")]
    return []


def _is_fragment(data: bytes) -> bool:
    return data[12:14] == b"\x08\x00" and int.from_bytes(data[20:22], "big") & 0x3FFF != 0


def compare(recording: Recording, performance: Performance) -> list[Difference]:
    """All differences that count."""
    frames = compare_frames(recording, performance) if recording.captured else []
    return [*compare_answers(recording, performance), *frames]

"""Diagrams of frames: a timeline for each port, and a sequence diagram, as SVG."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence

from markupsafe import Markup, escape

from lagg_tool.evidence import FrameEvent, LinkEvent

_LEFT, _WIDTH, _LANE = 70, 640, 34
_TOP = 18
MAX_ARROWS = 60
# The sequence diagram: its width, the line of the NAS, the height of a row, a label's letters,
# which end within the lanes.
_NARROW, _NAS, _ROW, _LABEL = 340, 52, 36, 42
# The flags of both ends in the summary of a frame (wire/summary.py).
_FLAGS = re.compile(r"actor \([^)]*\) (?P<actor>.*) partner \([^)]*\) (?P<partner>.*)")
_LEGEND = (
    "Flags of the sender, and below them those that it knows of its partner: ACT active, TMO short "
    "timeout, AGG can aggregate, SYNC in sync, COL collecting, DIS distributing, DEF defaulted, "
    "EXP expired."
)


def timeline(
    frames: Sequence[FrameEvent],
    links: Sequence[LinkEvent],
    title: str,
    whole: tuple[float, float] | None = None,
) -> Markup | None:
    """Draw a lane for each port; frames from the NAS above it, to it below, lost links shaded.

    ``frames`` and ``links`` are in the order of time. ``whole`` is the time to draw, by
    default from the first event to the last. Returns None without frames.
    """
    if not frames:
        return None
    ports = sorted({frame.port for frame in frames} | {link.port for link in links})
    times = [frame.at for frame in frames] + [link.at for link in links] + list(whole or ())
    begin, end = min(times), max(times)  # the scale counts from the beginning
    span = max(end - begin, 0.001)

    def x(at: float) -> float:
        return round(_LEFT + (at - begin) / span * _WIDTH, 1)

    height = _TOP + _LANE * len(ports) + 26
    parts = []
    for lane, port in enumerate(ports):
        middle = _TOP + _LANE * lane + _LANE // 2
        parts.append(f'<text x="0" y="{middle + 4}">{escape(port)}</text>')
        for start, stop in _downs(port, links, begin, end):
            width = max(round(x(stop) - x(start), 1), 2)
            parts.append(
                f'<rect class="down" x="{x(start)}" y="{middle - 13}" '
                f'width="{width}" height="26"><title>link down</title></rect>'
            )
        parts.append(f'<path class="lane" d="M{_LEFT} {middle}h{_WIDTH}"/>')
        for kind, css in (("data", "tick"), ("control", "tick control")):
            path = "".join(
                f"M{x(f.at)} {middle}v{-11 if f.direction == 'from_nas' else 11}"
                for f in frames
                if f.port == port and _kind(f) == kind
            )
            if path:
                parts.append(f'<path class="{css}" d="{path}"/>')
    parts += _axis(span, height)
    described = _described(frames, links, ports, begin)
    return Markup(  # noqa: S704 - numbers, and escaped above
        f'<figure class="chart wide" tabindex="0"><svg role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {_LEFT + _WIDTH + 50} {height}">{"".join(parts)}</svg>'
        f"<figcaption>{escape(described)} Above a line: from the NAS; below: to the NAS. "
        f"Thick dashes: slow protocols. Shaded: link down.</figcaption></figure>"
    )


def sequence(
    frames: Sequence[FrameEvent],
    links: Sequence[LinkEvent],
    title: str,
    whole: tuple[float, float] | None = None,
) -> Markup | None:
    """Draw the NAS on the left, a line for each port with frames, and an arrow for each frame.

    A frame with flags has them on the arrow: the actor's, and below them what it says of its
    partner. The picture is as wide as a telephone. Seconds count from the beginning of
    ``whole``, as in the timeline.
    """
    if not frames:
        return None
    ports = sorted({frame.port for frame in frames})
    shown: list[FrameEvent | LinkEvent] = [*frames, *(e for e in links if e.port in ports)]
    shown.sort(key=lambda event: event.at)
    begin = min([shown[0].at, *(whole or ())])
    left_out = len(shown) - MAX_ARROWS
    shown = shown[:MAX_ARROWS]
    step = (_NARROW - _NAS - 24) // len(ports)
    targets = {port: _NAS + step * (i + 1) for i, port in enumerate(ports)}
    height = 40 + _ROW * len(shown)
    parts = [f'<text x="{_NAS - 10}" y="12">NAS</text>', _vertical(_NAS, height)]
    for port, at in targets.items():
        parts.append(f'<text x="{at}" y="12" text-anchor="middle">{escape(port)}</text>')
        parts.append(_vertical(at, height))
    for place, event in enumerate(shown):
        y = 24 + _ROW * (place + 1)
        parts.append(f'<text class="at" x="0" y="{y + 4}">{event.at - begin:.3f}</text>')
        if isinstance(event, LinkEvent):
            word = f"{event.port}: link {'up' if event.up else 'down'}"
            parts.append(f'<circle class="link" cx="{targets[event.port]}" cy="{y}" r="5"/>')
            parts.append(_label(y - 8, word, "flags"))
        else:
            parts += _arrow(event, targets[event.port], y)
    more = f" {left_out} later events are left out." if left_out > 0 else ""
    legend = f" {_LEGEND}" if any(_kind(frame) == "control" for frame in frames) else ""
    return Markup(  # noqa: S704 - numbers, and escaped above
        f'<figure class="chart"><svg role="img" aria-label="{escape(title)}" '
        f'width="{_NARROW * 3 // 2}" viewBox="0 0 {_NARROW} {height}">{"".join(parts)}</svg>'
        f"<figcaption>{escape(_described(frames, links, ports, begin))} Seconds at the left."
        f"{legend}{more}</figcaption></figure>"
    )


def _arrow(frame: FrameEvent, port: int, y: int) -> list[str]:
    """Return an arrow with its label above it."""
    css = "arrow control" if _kind(frame) == "control" else "arrow"
    out = frame.direction == "from_nas"
    a, b = (_NAS, port) if out else (port, _NAS)
    head = -7 if out else 7
    drawn = f'<path class="{css}" d="M{a} {y}H{b}m{head} -4L{b} {y}l{head} 4"/>'
    flags = _FLAGS.search(frame.summary)
    if flags is None:
        first, *rest = textwrap.wrap(frame.summary, _LABEL) or [""]
        if not rest:
            return [drawn, _label(y - 6, first, "flags")]
        more = " ".join(rest)
        return [drawn, _label(y - 17, first, "flags"), _label(y - 6, more, "flags")]
    partner = f"partner {flags['partner']}"
    return [drawn, _label(y - 17, flags["actor"], "flags"), _label(y - 6, partner, "at")]


def _label(y: int, text: str, css: str) -> str:
    """Return a label over an arrow; all of a long one is in its title."""
    title = f"<title>{escape(text)}</title>" if len(text) > _LABEL else ""
    shown = f"{text[: _LABEL - 1]}…" if title else text
    return f'<text class="{css}" x="{_NAS + 8}" y="{y}">{title}{escape(shown)}</text>'


def _kind(frame: FrameEvent) -> str:
    """Return "control" for slow protocols (Ethertype 0x8809), by which the two ends agree."""
    return "control" if frame.hex[24:28] == "8809" else "data"


def _downs(
    port: str, links: Sequence[LinkEvent], begin: float, end: float
) -> list[tuple[float, float]]:
    spans = []
    since: float | None = None
    for link in (link for link in links if link.port == port):
        if not link.up and since is None:
            since = link.at
        elif link.up:
            spans.append((begin if since is None else since, link.at))
            since = None
    if since is not None:
        spans.append((since, end))
    return spans


def _axis(span: float, height: int) -> list[str]:
    rough = span / 6
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    parts = []
    for i in range(int(span / step) + 1):
        x = round(_LEFT + i * step / span * _WIDTH, 1)
        parts.append(f'<path class="grid" d="M{x} {_TOP - 6}V{height - 22}"/>')
        parts.append(f'<text class="at" x="{x}" y="{height - 8}">{i * step:.4g} s</text>')
    return parts


def _vertical(x: int, height: int) -> str:
    return f'<path class="lane" d="M{x} 22V{height - 10}"/>'


def _described(
    frames: Sequence[FrameEvent], links: Sequence[LinkEvent], ports: Sequence[str], begin: float
) -> str:
    """Describe the diagram in words, for readers who cannot see it."""
    counts = []
    for port in ports:
        sent = sum(f.port == port and f.direction == "from_nas" for f in frames)
        received = sum(f.port == port and f.direction == "to_nas" for f in frames)
        counts.append(f"{port}: {sent} from the NAS, {received} to it")
    changes = [
        f"{link.port} {'up' if link.up else 'down'} at {link.at - begin:.3f} s" for link in links
    ]
    changes_text = f" Links: {', '.join(changes)}." if changes else ""
    return f"Frames on {'; '.join(counts)}.{changes_text}"

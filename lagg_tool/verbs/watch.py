"""``lagg-tool watch LAGG``: follow a LAGG, and name the port that is marginal, with times."""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from lagg_tool import numbers
from lagg_tool.lagg.watching import Outage, Watch, WatchEvent
from lagg_tool.output import output_is_lost, steer_terminal
from lagg_tool.verbs.common import add_target_arguments, nas_of

_EPILOG = """\
For example, for an hour, with a line for every change:
  lagg-tool watch lagg0 --target ssh://root@nas --for 3600

exit status: 0 nothing was disturbed; 1 something was; 2 wrong usage, or no such LAGG; 3 the
target cannot be reached, at first or at the end; 130 ended by Ctrl-C, or as by
timeout(1), after the summary"""

_SHOWN = 12  # events below the table on a terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``watch``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lagg", metavar="LAGG", help="the interface, such as lagg0")
    add_target_arguments(parser)
    add = parser.add_argument
    add(
        "--every",
        type=numbers.interval,
        default=1.0,
        metavar="SECONDS",
        help="between two looks (1)",
    )
    add(
        "--for",
        type=numbers.duration,
        default=math.inf,
        metavar="SECONDS",
        dest="seconds",
        help="how long; without it, until Ctrl-C",
    )
    add("--json", action="store_true", help="one JSON object for each look that changes something")


def run(options: argparse.Namespace) -> int:
    """Follow the LAGG, and print what changes. Returns 1 if anything disturbed it, else 0."""
    with nas_of(options, read_only=True) as nas:
        watch: Watch[Any] = nas.watch(options.lagg)
        screen = _Screen(watch, as_json=options.json, heading=options.simulated)
        look: Any = None
        try:
            for look in nas.looks(options.every, options.seconds):
                screen.show(watch.miss(look) if isinstance(look, Outage) else watch.see(look))
                if output_is_lost():
                    break
        finally:
            screen.end()
        if isinstance(look, Outage):
            raise look.error
    return 1 if any(event.disturbance for event in watch.events) else 0


class _Screen:
    """Where the watch is shown: JSON lines, a terminal that is redrawn, or lines of text."""

    def __init__(self, watch: Watch[Any], *, as_json: bool, heading: str) -> None:
        self._watch = watch
        self._json = as_json
        self._live = not as_json and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._heading = heading.splitlines()  # stands above the first drawing
        self._drawn = 0
        self._size: os.terminal_size | None = None
        self._begun = False

    def show(self, events: Sequence[WatchEvent]) -> None:
        """Show the state, and the events of the last look."""
        if self._json:
            lines = [json.dumps(event_data(event)) for event in events]
            if not self._begun:
                lines.insert(0, json.dumps(state_data(self._watch)))
        elif self._live:
            self._redraw()
            return
        else:
            lines = [] if self._begun else table(self._watch)
            lines += [event_line(event) for event in events]
        self._begun = True
        if lines:
            print("\n".join(lines), flush=True)

    def _redraw(self) -> None:
        size = shutil.get_terminal_size()
        lines = picture(self._watch, size.columns - 1, size.lines - 1)
        back = f"\x1b[{self._drawn}A" if self._drawn else ""
        if self._size not in (None, size):
            # The terminal may have wrapped what it shows: nobody knows how far up it begins.
            back = "\x1b[H\x1b[2J" + "".join(f"{line}\n" for line in self._heading)
        steer_terminal(back + "".join(f"\x1b[2K{line}\n" for line in lines) + "\x1b[J")
        self._drawn, self._size = len(lines), size

    def end(self) -> None:
        """Print the summary."""
        if not self._watch.has_begun:
            return
        if self._live:
            steer_terminal("\r\x1b[J")  # the ^C of the person
        if self._json:
            print(json.dumps(summary_data(self._watch)), flush=True)
        else:
            print("\n".join(summary(self._watch)), flush=True)


def shown(text: str) -> str:
    """Return text of the host as a terminal can show it, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def picture(watch: Watch[Any], width: int, height: int) -> list[str]:
    """Return what a terminal shows, in lines that it does not wrap, the last events below."""
    above = _wrapped(title_line(watch), width) + [line[:width] for line in rows(watch, width)]
    recent = watch.events[-_SHOWN:]
    short = any(len(event_line(event)) > width for event in recent)
    below = [line for event in recent for line in _wrapped(event_line(event, short=short), width)]
    room = height - len(above) - 1
    below = below[-room:] if room > 0 else []
    return [*above, "", *below] if below else above[:height]


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, max(width, 10), subsequent_indent="  ")


def table(watch: Watch[Any]) -> list[str]:
    """Return the LAGG and its ports, a line each."""
    return [title_line(watch), *rows(watch)]


def title_line(watch: Watch[Any]) -> str:
    """Return the LAGG in a line."""
    return f"{shown(watch.title)}; watched for {watch.looked:.0f} s"


# The columns, and the order in which they go where there is no room for all.
_COLUMNS = ("port", "link", "media", "flags", "partner", "disturbed")
_FIRST_TO_GO = ("media", "partner", "flags")


def rows(watch: Watch[Any], width: float = math.inf) -> list[str]:
    """Return the ports, a line each, with as many columns as there is room for."""
    cells = [
        dict(zip(_COLUMNS, map(shown, row), strict=True))
        for row in (
            _COLUMNS,
            *(
                (p.name, p.link, p.media, p.flags, p.partner, str(len(p.disturbances)))
                for p in watch.ports
            ),
        )
    ]
    widths = {column: max(len(row[column]) for row in cells) for column in _COLUMNS}
    for column in _FIRST_TO_GO:
        if sum(widths.values()) + 2 * (len(widths) - 1) > width:
            del widths[column]
    return ["  ".join(row[c].ljust(size) for c, size in widths.items()).rstrip() for row in cells]


_TIME = slice(len("2026-11-28T"), len("2026-11-28T08:00:00"))


def event_line(event: WatchEvent, *, short: bool = False) -> str:
    """Return an event as a line; a short one has the time of the day only."""
    mark = "!" if event.disturbance else " "
    what = f"{mark} {shown(event.where)}: {shown(event.what)}"
    clock = shown(event.clock) or "-"
    return (
        f"{clock[_TIME] or clock:8} {what}" if short else f"{clock:24}  {event.at:8.1f} s  {what}"
    )


def summary(watch: Watch[Any]) -> list[str]:
    """Return which port was disturbed, how often and when."""
    lines = [f"watched {watch.name} for {watch.looked:.0f} s"]
    for port in watch.ports:
        if port.disturbances:
            times = ", ".join(dict.fromkeys(shown(event.clock) for event in port.disturbances))
            lines.append(f"  {shown(port.name)}: disturbed {len(port.disturbances)} times: {times}")
    if watch.marginal:
        lines.append(
            f"marginal: {shown(watch.marginal)}; look at its cable, module and switch port"
        )
    elif any(event.disturbance for event in watch.events):
        lines.append("no port more than the others: look at what they share, such as the switch")
    else:
        lines.append("nothing was disturbed")
    return lines


def event_data(event: WatchEvent) -> dict[str, object]:
    """Return an event as JSON takes it."""
    return {
        "event": event.what,
        "where": event.where,
        "at": round(event.at, 3),
        "clock": event.clock,
        "disturbance": event.disturbance,
    }


def state_data(watch: Watch[Any]) -> dict[str, object]:
    """Return the LAGG and its ports as JSON takes them."""
    return {
        "lagg": watch.name,
        "state": watch.title,
        "ports": [
            {
                "name": p.name,
                "link": p.link,
                "media": p.media,
                "flags": p.flags,
                "partner": p.partner,
            }
            for p in watch.ports
        ],
    }


def summary_data(watch: Watch[Any]) -> dict[str, object]:
    """Return the end of the watch as JSON takes it."""
    return {
        "lagg": watch.name,
        "seconds": round(watch.looked, 3),
        "marginal": watch.marginal or None,
        "ports": [
            {
                "name": p.name,
                "disturbances": len(p.disturbances),
                "times": [event.clock for event in p.disturbances],
            }
            for p in watch.ports
        ],
    }

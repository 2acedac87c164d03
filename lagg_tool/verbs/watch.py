"""``lagg-tool watch LAGG``: follow a LAGG, and name the port that is marginal, with times."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

from lagg_tool.errors import UsageError
from lagg_tool.lagg.watching import Watch, WatchEvent
from lagg_tool.output import steer_terminal
from lagg_tool.verbs.common import add_target_arguments, nas_of

_EPILOG = """\
For example, for an hour, with a line for every change:
  lagg-tool watch lagg0 --target ssh://root@nas --for 3600

exit status: 0 nothing was disturbed; 1 something was; 2 wrong usage, or no such LAGG; 3 the
target cannot be reached; 130 ended by Ctrl-C, after the summary"""

_SHOWN = 12  # events below the table on a terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``watch``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lagg", metavar="LAGG", help="the interface, such as lagg0")
    add_target_arguments(parser)
    add = parser.add_argument
    add("--every", type=float, default=1.0, metavar="SECONDS", help="between two looks (1)")
    add(
        "--for",
        type=float,
        default=math.inf,
        metavar="SECONDS",
        dest="seconds",
        help="how long; without it, until Ctrl-C",
    )
    add("--json", action="store_true", help="one JSON object for each look that changes something")


def run(options: argparse.Namespace) -> int:
    """Follow the LAGG, and print what changes. Returns 1 if anything disturbed it, else 0."""
    if not 0.1 <= options.every <= 3600:
        raise UsageError(f"--every {options.every}: write seconds, 0.1 to 3600")
    if not options.seconds >= 0:
        raise UsageError(f"--for {options.seconds}: write seconds, 0 or more")
    with nas_of(options, read_only=True) as nas:
        watch: Watch[Any] = nas.watch(options.lagg)
        screen = _Screen(watch, as_json=options.json)
        try:
            for look in nas.looks(options.every, options.seconds):
                screen.show(watch.see(look))
        finally:
            screen.end()
    return 1 if any(event.disturbance for event in watch.events) else 0


class _Screen:
    """Where the watch is shown: JSON lines, a terminal that is redrawn, or lines of text."""

    def __init__(self, watch: Watch[Any], *, as_json: bool) -> None:
        self._watch = watch
        self._json = as_json
        self._live = not as_json and sys.stdout.isatty()
        self._drawn = 0
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
        recent = [event_line(event) for event in self._watch.events[-_SHOWN:]]
        lines = [*table(self._watch), "", *recent] if recent else table(self._watch)
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        steer_terminal(up + "".join(f"\x1b[2K{line}\n" for line in lines) + "\x1b[J")
        self._drawn = len(lines)

    def end(self) -> None:
        """Print the summary."""
        if not self._watch.ports:
            return
        if self._json:
            print(json.dumps(summary_data(self._watch)), flush=True)
        else:
            print("\n".join(summary(self._watch)), flush=True)


def shown(text: str) -> str:
    """Return text of the host as a terminal can show it, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def table(watch: Watch[Any]) -> list[str]:
    """Return the LAGG and its ports, a line each."""
    rows = [("port", "link", "media", "flags", "partner", "disturbed")]
    rows += [
        (p.name, p.link, p.media, p.flags, p.partner, str(len(p.disturbances))) for p in watch.ports
    ]
    cells = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return [f"{shown(watch.title)}; watched for {watch.looked:.0f} s", *lines]


def event_line(event: WatchEvent) -> str:
    """Return an event as a line."""
    mark = "!" if event.disturbance else " "
    return (
        f"{shown(event.clock)}  {event.at:8.1f} s  {mark} {shown(event.where)}: {shown(event.what)}"
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

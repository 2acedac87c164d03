"""The measurements as a page of the documentation, a plot, and a few lines for the terminal."""

from __future__ import annotations

import datetime as dt
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.growth import Growth
from tests.benchmarks.measure import Measured, Spread
from tests.benchmarks.rows import Goal, Row
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "explanation" / "measurements.md"
PLOT = ROOT / "docs" / "explanation" / "measurements.svg"
_ABOUT = (
    "`make bench` writes this page. Ours and the other tools run in turn on one machine, against "
    "one OpenSSH server on loopback. A ratio is the time of another tool divided by ours in the "
    "same round: the median of all rounds, with the quartiles in brackets. Ratios carry over to "
    "other machines, seconds do not."
)
_WHY = (Path(__file__).parent / "why.md").read_text(encoding="utf-8")


def judged(row: Row, goal: Goal) -> tuple[float, bool] | None:
    """Return how many times longer the goal's fastest peer took, and whether that will do."""
    ratios = [
        ratio.median
        for peer in row.measured
        if peer.name in goal.peers and (ratio := peer.over(row.measured[0])) is not None
    ]
    return (min(ratios), min(ratios) >= goal.at_least) if ratios else None


def terminal(row: Row) -> str:
    """Return a row as lines of text."""
    lines = [row.title]
    for one in row.measured:
        if one.spread is None:
            lines.append(f"  {one.name:36} absent: {one.absent}")
            continue
        ratio = one.over(row.measured[0])
        assert ratio is not None
        lines.append(f"  {one.name:36} {_time(one.spread.median):>9}  {_ratio(ratio)}")
    lines += [f"  goal: {words}" for words in _goals(row)]
    return "\n".join(lines)


def page(rows: Sequence[Row], growths: Sequence[Growth], peers: Mapping[str, str]) -> str:
    """Return the page."""
    parts = [
        "# Performance compared with other tools",
        "",
        _ABOUT,
        "",
        f"On {_where()}. Peers: {', '.join(f'{name} {v}' for name, v in peers.items())}.",
        "",
        "![How many times longer peers take, on a log scale](measurements.svg)",
    ]
    for row in rows:
        parts += ["", f"## {row.title}", "", f"{row.about[0].upper()}{row.about[1:]}.", ""]
        parts += ["| tool | median | quartiles | times ours |", "|---|---:|---:|---:|"]
        parts += [_table_line(one, row) for one in row.measured]
        goals = [f"- Goal: {words}" for words in _goals(row)]
        parts += ["", *goals] if goals else []
    parts += [
        "",
        "## Growth",
        "",
        "Time grows as size to the power of the exponent, taken over the larger half of the sizes.",
        "",
    ]
    parts += ["| what | sizes and times | exponent |", "|---|---|---:|"]
    parts += [_growth_line(growth) for growth in growths]
    return "\n".join([*parts, "", _WHY])


def write(rows: Sequence[Row], growths: Sequence[Growth], peers: Mapping[str, str]) -> None:
    """Write page and plot."""
    PAGE.write_text(page(rows, growths, peers), encoding="utf-8")
    PLOT.write_text(plot(rows, _where()), encoding="utf-8")


def plot(rows: Sequence[Row], where: str) -> str:
    """Return an SVG: a bar per peer, as long as the logarithm of its ratio."""
    left, width, line = 330, 420, 18
    bars: list[str] = []
    y = 64
    for row in (row for row in rows if len(row.measured) > 1):
        bars.append(f'<text x="10" y="{y}" font-weight="bold">{escape(row.title)}</text>')
        y += line
        for one in row.measured[1:]:
            ratio = one.over(row.measured[0])
            bars.append(f'<text x="24" y="{y}">{escape(one.name)}</text>')
            if ratio is None:
                bars.append(f'<text x="{left + 6}" y="{y}">absent</text>')
            else:
                start, end = sorted((_x(1, left, width), _x(ratio.median, left, width)))
                bars.append(
                    f'<rect x="{start:.1f}" y="{y - 10}" width="{max(end - start, 1):.1f}" '
                    f'height="11" fill="{"#2b6cb0" if ratio.median >= 1 else "#c05621"}"/>'
                )
                low, high = _x(ratio.lower, left, width), _x(ratio.upper, left, width)
                bars.append(f'<path d="M{low:.1f} {y - 4.5}H{high:.1f}" stroke="#000"/>')
                at = max(end, high) + 5
                bars.append(f'<text x="{at:.1f}" y="{y}">{ratio.median:.3g}</text>')
            y += line
        y += 6
    grid = [
        f'<path d="M{_x(n, left, width):.1f} 50V{y}" stroke="{"#000" if n == 1 else "#ccc"}"/>'
        f'<text x="{_x(n, left, width):.1f}" y="44" text-anchor="middle">{n}</text>'
        for n in (1, 10, 100)
    ]
    height = y + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="860" height="{height}" fill="#fff"/>\n'
        '<text x="10" y="20" font-size="14">Times longer than lagg_tool (blue: slower than '
        "ours, orange: faster)</text>\n" + "\n".join([*grid, *bars]) + "\n"
        f'<text x="10" y="{height - 10}" font-size="10">{escape(where)}</text>\n</svg>\n'
    )


def _x(ratio: float, left: int, width: int) -> float:
    """Return where a ratio is on the axis, which ends at 500."""
    return left + width * math.log(min(max(ratio, 0.3), 500) / 0.3) / math.log(500 / 0.3)


def _goals(row: Row) -> Iterator[str]:
    for goal in row.goals:
        found = judged(row, goal)
        if found is None:
            yield f"{goal.words}: **not measured**, the peer is absent"
        else:
            yield f"{goal.words}: **{'met' if found[1] else 'not met'}** ({_goal_ratio(*found)})"


def _goal_ratio(ratio: float, met: bool) -> str:
    del met
    return f"{ratio:.3g} times faster" if ratio >= 1 else f"{1 / ratio:.3g} times slower"


def _table_line(one: Measured, row: Row) -> str:
    if one.spread is None:
        return f"| {one.name} | absent | {one.absent.replace('|', '/')} | |"
    ratio = one.over(row.measured[0])
    assert ratio is not None
    spread = f"{_time(one.spread.lower)} to {_time(one.spread.upper)}"
    return f"| {one.name} | {_time(one.spread.median)} | {spread} | {_ratio(ratio)} |"


def _growth_line(growth: Growth) -> str:
    if not growth.points:
        return f"| {growth.title} | not measured: {growth.failed.replace('|', '/')} | |"
    times = ", ".join(f"{n}: {_time(seconds)}" for n, seconds in growth.points.items())
    return f"| {growth.title} | {times} | {growth.exponent:.2f} |"


def _ratio(ratio: Spread) -> str:
    return f"{ratio.median:.3g} [{ratio.lower:.3g} to {ratio.upper:.3g}]"


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _where() -> str:
    return (
        f"{dt.datetime.now(tz=dt.UTC):%d %B %Y}, {os.cpu_count()} cores ({_processor()}), "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"{_openssh()}, paramiko {version('paramiko')} on both sides, load average "
        f"{os.getloadavg()[2]:.1f}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _openssh() -> str:
    try:
        said = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return "no OpenSSH"
    return said.strip().partition(",")[0]


def say(text: str) -> None:
    """Print to the terminal."""
    print(text, file=sys.stdout, flush=True)

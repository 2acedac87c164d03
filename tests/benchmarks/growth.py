"""How our own work grows with its size, each with the exponent of its growth."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.ifconfig import parse
from lagg_tool.lagg import HostState, LaggSpec, Protocol
from lagg_tool.nas.freebsd.observation import read_interfaces
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.site import Layout, build
from tests.benchmarks import inputs
from tests.benchmarks.measure import Absent, Contender, exponent, run
from tests.support.paths import ROOT
from tests.support.synthetic import article_of_core, synthetic_features, synthetic_results


@dataclass(frozen=True)
class Growth:
    """Seconds by size; ``failed`` says why there are none."""

    title: str
    points: dict[int, float]
    failed: str = ""

    @property
    def exponent(self) -> float:
        """Return b of time = a * n**b over the larger half of the sizes."""
        sizes = sorted(self.points)[len(self.points) // 2 :]
        return exponent({size: self.points[size] for size in sizes})


def everything(directory: Path) -> list[Growth]:
    """Measure all of them."""
    kinds: tuple[tuple[str, Callable[[int], Callable[[], object]], tuple[int, ...]], ...] = (
        ("parsing, by interfaces", _parsing, (1, 3, 10, 30, 100, 300, 1000)),
        ("parsing and planning, by ports of a LAGG", _planning_ports, (1, 2, 4, 8, 16, 32)),
        ("parsing and planning, by LAGGs of four ports", _planning_laggs, (1, 5, 20, 50, 200)),
    )
    grown = [Growth(title, {n: _several(make(n)) for n in sizes}) for title, make, sizes in kinds]
    grown.append(
        Growth("the site, by scenarios", {n: _site(directory, n) for n in (10, 100, 1000)})
    )
    for title, make_run, sizes in (
        ("a run, by scenarios", _scenarios, (10, 100, 1000)),
        ("a run of one scenario, by targets at once", _targets, (1, 2, 4, 8, 16)),
    ):
        print(f"  {title}", file=sys.stderr)
        try:
            grown.append(Growth(title, {n: run(make_run(directory, n)) for n in sizes}))
        except Absent as reason:
            grown.append(Growth(title, {}, str(reason)))
    return grown


def _several(work: Callable[[], object]) -> float:
    """Return the median of the seconds that a piece of work takes."""
    values: list[float] = []
    stop = time.perf_counter() + 0.3
    while time.perf_counter() < stop or len(values) < 5:
        began = time.perf_counter()
        work()
        values.append(time.perf_counter() - began)
    return statistics.median(values)


def _parsing(count: int) -> Callable[[], object]:
    text = inputs.interfaces(count)
    return lambda: parse(text)


def _planning_ports(count: int) -> Callable[[], object]:
    text = inputs.interfaces(50) + inputs.lagg(100, count)
    ports = tuple(f"ix{number}" for number in range(count) if number % 10 != 9)
    return lambda: _plan(text, ports)


def _planning_laggs(count: int) -> Callable[[], object]:
    text = inputs.interfaces(2) + "".join(inputs.lagg(100 + n, 4) for n in range(count))
    return lambda: _plan(text, ("ix0", "ix1"))


def _plan(text: str, ports: tuple[str, ...]) -> object:
    host = HostState(interfaces=read_interfaces(parse(text)))
    return make_plan(LaggSpec(name="lagg999", protocol=Protocol.FAILOVER, ports=ports), host)


def _site(directory: Path, count: int) -> float:
    home = directory / f"site{count}"
    features = synthetic_features(home / "features", count)
    article_of_core(home / "features")
    (home / "docs").mkdir()
    results = home / "results.json"
    synthetic_results(features).write(results)
    layout = Layout(ROOT / "mkdocs.yml", home / "docs", home / "features")
    began = time.perf_counter()
    build(home / "site", [results], layout=layout, strict=False)
    return time.perf_counter() - began


def _accept(directory: Path, feature: Path, *words: str) -> Contender:
    results = directory / "growth.json"
    return Contender(
        "accept",
        (
            *(sys.executable, "-m", "lagg_tool", "accept", "--results", str(results)),
            *(*words, str(feature)),
        ),
        {},
    )


def _scenarios(directory: Path, count: int) -> Contender:
    return _accept(directory, inputs.scenarios(directory, count), "--target", "sim:")


def _targets(directory: Path, count: int) -> Contender:
    words = [word for n in range(count) for word in ("--target", f"sim:?seed={n}")]
    return _accept(directory, inputs.scenarios(directory, 1), *words)

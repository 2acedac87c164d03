"""Pictures of frames and of state machines hold what their sources hold."""

from __future__ import annotations

import dataclasses
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.evidence import FrameEvent, LinkEvent
from lagg_tool.simulator.kernel.lacp.instance import MACHINES
from lagg_tool.simulator.kernel.lacp.tables import Machine
from lagg_tool.site.chart import MAX_ARROWS, sequence, timeline
from lagg_tool.site.evidence_block import LIMITS, evidence_blocks
from lagg_tool.site.state_diagram import figure

times = st.floats(0, 1000, allow_nan=False)
frames = st.builds(
    FrameEvent,
    times,
    st.sampled_from(["vtnet1", "em0", "<b>"]),
    st.sampled_from(["from_nas", "to_nas"]),
    st.text(max_size=80),
    st.just("00" * 60),
)
links = st.builds(LinkEvent, times, st.sampled_from(["vtnet1", "em0"]), st.booleans())


def parsed(html: str) -> ET.Element:
    clean = "".join(c for c in html if c in "\t\n" or ord(c) >= 32)
    return ET.fromstring(  # noqa: S314 - our own picture
        f"<div>{clean.encode('utf-8', 'replace').decode()}</div>"
    )


@given(
    st.lists(frames, min_size=1, max_size=80).map(lambda f: sorted(f, key=lambda e: e.at)),
    st.lists(links, max_size=6).map(lambda e: sorted(e, key=lambda e: e.at)),
)
def test_every_frame_is_drawn_once_inside_the_picture(
    seen: list[FrameEvent], switched: list[LinkEvent]
) -> None:
    line, arrows = timeline(seen, switched, "a <title>"), sequence(seen, switched, "b")

    assert line is not None
    assert arrows is not None
    ticks = [path.get("d", "") for path in parsed(line).iter("path")]
    assert sum(d.count("M") for d in ticks if "v-11" in d or "v11" in d) == len(seen)
    drawn = parsed(arrows).iter("path")
    count = sum((path.get("class") or "").startswith("arrow") for path in drawn)
    assert count <= min(len(seen), MAX_ARROWS)
    if len(seen) + len(switched) <= MAX_ARROWS:
        assert count == len(seen)


def test_pictures_and_lists_count_from_the_beginning_of_the_scenario() -> None:
    seen = [FrameEvent(1521.5, "vtnet1", "from_nas", "a frame", "00" * 60)]
    switched = [LinkEvent(1523.0, "vtnet1", up=False)]
    whole = (1521.0, 1525.0)

    line = timeline(seen, switched, "a", whole)
    arrows = sequence(seen, switched, "b", whole)
    [shown] = evidence_blocks(seen, LIMITS[0], whole[0])

    assert "vtnet1 down at 2.000 s" in str(line)
    assert ">0.500<" in str(arrows)
    assert ">2.000<" in str(arrows)
    assert shown.frames[0].at == "0.500"


def test_one_transition_is_counted_in_the_singular() -> None:
    machine = next(machine for machine in MACHINES if len(machine.transitions) > 1)
    single = dataclasses.replace(machine, transitions=machine.transitions[:1])

    assert ">1 transition<" in figure(single)
    assert f">{len(machine.transitions)} transitions<" in figure(machine)


def test_the_flags_of_an_lacpdu_are_on_its_arrow_and_idle_ports_have_no_lane() -> None:
    summary = (
        "LACPv1 actor (8000, 52:54:00:aa:00:01, key 0132, port 8000/3) ACT AGG SYNC COL DIS "
        "partner (8000, 02:00:00:00:00:a1, key 0007, port 8000/2) ACT AGG EXP"
    )
    seen = [FrameEvent(1.0, "vtnet1", "from_nas", summary, "00" * 12 + "8809" + "00" * 60)]

    drawn = str(sequence(seen, [LinkEvent(1.5, "vtnet2", False)], "b"))

    assert ">ACT AGG SYNC COL DIS<" in drawn
    assert ">partner ACT AGG EXP<" in drawn
    assert ">vtnet2<" not in drawn
    assert "COL collecting" in drawn


@pytest.mark.parametrize("ports", [("vtnet1",), ("vtnet1", "vtnet2"), tuple("abcd")])
def test_the_label_of_a_marker_ends_within_the_lanes(ports: tuple[str, ...]) -> None:
    summary = "marker response xid 12 from (52:54:00:aa:00:01, port 0003)"
    seen = [FrameEvent(n, port, "to_nas", summary, "00" * 60) for n, port in enumerate(ports)]

    drawn = parsed(str(sequence(seen, [], "b")))

    lanes = [
        float(path.get("d", "")[1:].split()[0])
        for path in drawn.iter("path")
        if path.get("class") == "lane"
    ]
    labels = [text for text in drawn.iter("text") if text.get("class") == "flags"]
    assert " ".join("".join(text.itertext()) for text in labels[:2]) == summary
    for text in labels:
        end = float(text.get("x", "")) + 6.1 * len("".join(text.itertext()))
        assert min(lanes) < float(text.get("x", ""))
        assert end <= max(lanes)


def test_nothing_is_drawn_of_nothing() -> None:
    assert timeline([], [], "") is None
    assert sequence([], [], "") is None


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_state_diagram_has_every_state_and_every_transition(
    machine: Machine[Any, Any],
) -> None:
    drawn = parsed(figure(machine))

    assert len(list(drawn.iter("rect"))) == len(machine.states)
    assert len(list(drawn.iter("tr"))) == len(machine.transitions) + 1
    labels = [t.text or "" for t in drawn.iter("text") if t.get("class") == "event"]
    rows = [list(tr.iter("td")) for tr in drawn.iter("tr")][1:]
    assert len(labels) == len(rows)
    for label, transition in zip(labels, machine.transitions, strict=True):
        assert label.partition(" ")[2] == transition.event.value
    identifiers = {one.get("id") for one in drawn.iter()}
    links = [one.get("href", "")[1:] for one in drawn.iter("a")]
    assert len(links) == 2 * len(rows)
    assert identifiers.issuperset(links)


def boxes(drawn: ET.Element) -> list[tuple[float, float, float, float]]:
    """Return the space that each label of an event takes."""
    return [
        (x, y - 8, x + 6.1 * len(text.text or ""), y + 2)
        for text in drawn.iter("text")
        if text.get("class") == "event"
        for x, y in [(float(text.get("x", "")), float(text.get("y", "")))]
    ]


def lines(drawn: ET.Element) -> list[tuple[float, float, float, float]]:
    """Return the straight lines of the edges, each as the box that it fills."""
    found = []
    for path in drawn.iter("path"):
        if path.get("class") != "edge":
            continue
        x, y = map(float, re.match(r"M(\S+) (\S+?)H", path.get("d", "")).groups())  # type: ignore[union-attr]
        for way, number in re.findall(r"([HV])([\d.]+)", path.get("d", "")):
            to = (float(number), y) if way == "H" else (x, float(number))
            found.append((min(x, to[0]), min(y, to[1]), max(x, to[0]), max(y, to[1])))
            x, y = to
    return found


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_no_label_of_a_state_diagram_is_on_a_line_or_out_of_the_picture(
    machine: Machine[Any, Any],
) -> None:
    drawn = parsed(figure(machine))

    svg = next(drawn.iter("svg"))
    labels, edges = boxes(drawn), lines(drawn)
    assert len(edges) == 3 * len(machine.transitions)
    for n, (left, top, right, bottom) in enumerate(labels):
        assert right <= float(svg.get("width", ""))
        assert bottom <= float(svg.get("height", ""))
        for a, b, c, d in [*edges, *labels[:n]]:
            assert c < left or a > right or d < top or b > bottom

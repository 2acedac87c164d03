"""Pictures of frames and of state machines hold what their sources hold."""

from __future__ import annotations

import dataclasses
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.evidence import FrameEvent, LinkEvent
from lagg_tool.simulator.kernel.lacp.instance import MACHINES
from lagg_tool.simulator.kernel.lacp.tables import Machine
from lagg_tool.site.chart import MAX_ARROWS, sequence, timeline
from lagg_tool.site.evidence_block import LIMITS, evidence_blocks
from lagg_tool.site.machine import figure

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


@settings(max_examples=60, deadline=None)
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
    numbers = [
        int(number)
        for text in drawn.iter("text")
        if text.get("class") == "at"
        for number in (text.text or "").split(", ")
    ]
    assert sorted(numbers) == list(range(1, len(machine.transitions) + 1))

"""The comparison itself: a recording equals itself, and a changed one does not."""

from dataclasses import replace

import pytest

from tests.support.paths import RECORDINGS

from .comparison import compare, normal_text
from .player import Answer, Performance
from .recording import Frame, Recording, load, names

HOST = "freebsd-13.2"


def perfect(recording: Recording) -> Performance:
    answers = tuple(
        Answer(step, step.stdout, step.stderr, step.rc)
        for step in recording.steps
        if step.kind == "run"
    )
    ended = max((frame.t for frame in recording.frames), default=0.0) + 2
    return Performance(answers, recording.frames, ended)


def recorded(name: str) -> Recording:
    return load(RECORDINGS / HOST / f"{name}.json")


@pytest.mark.parametrize("name", names(HOST))
def test_every_recording_equals_itself(name: str) -> None:
    recording = recorded(name)

    assert compare(recording, perfect(recording)) == []


def test_one_changed_word_is_found_with_its_line() -> None:
    recording = recorded("cmd-proto-failover")
    played = perfect(recording)
    first = played.answers[2]
    changed = replace(first, stdout=first.stdout.replace("MASTER,ACTIVE", "MASTER"))

    found = compare(recording, replace(played, answers=(*played.answers[:2], changed)))

    assert len(found) == 1
    assert "- \tlaggport: vtnet1 flags=5<MASTER,ACTIVE>" in found[0].text


def moved(frame: Frame) -> Frame:
    return replace(frame, port=frame.port % 3 + 1)


def test_a_frame_on_another_port_is_found() -> None:
    recording = recorded("wire-roundrobin")
    played = perfect(recording)
    frames = list(played.frames)
    frames[5] = moved(frames[5])

    assert compare(recording, replace(played, frames=tuple(frames)))


def test_a_missing_and_an_added_frame_are_found() -> None:
    recording = recorded("wire-failover")
    played = perfect(recording)

    assert compare(recording, replace(played, frames=played.frames[:-1]))
    assert compare(recording, replace(played, frames=(*played.frames, played.frames[-1])))


def test_a_flow_that_changes_its_port_is_found() -> None:
    recording = recorded("wire-lacp-no-marker-response")
    played = perfect(recording)
    frames = list(played.frames)
    index = next(i for i, f in enumerate(frames) if f.data[12:14] == b"\x08\x00")
    frames[index] = moved(frames[index])

    assert compare(recording, replace(played, frames=tuple(frames)))


def test_an_lacpdu_that_comes_two_seconds_late_is_found() -> None:
    recording = recorded("wire-lacp-negotiate")
    played = perfect(recording)
    frames = [replace(f, t=f.t + 2) if f.t < 9 else f for f in played.frames]

    assert compare(recording, replace(played, frames=tuple(frames)))


def test_random_addresses_are_named_by_the_order_of_their_appearance() -> None:
    one = "ether 02:f4:24:b0:bf:0a\nlag id: 02-F4-24-B0-BF-0A\nether 02:00:00:00:00:b2"
    two = "ether 02:11:aa:b0:bf:0a\nlag id: 02-11-AA-B0-BF-0A\nether 02:00:00:00:00:b2"

    assert normal_text(one) == normal_text(two)
    assert normal_text(one) != normal_text(two.replace("-0A", "-0B"))

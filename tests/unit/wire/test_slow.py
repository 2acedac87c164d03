"""LACPDUs and markers: 124 bytes, and FreeBSD's rules on what to ignore."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.wire import slow
from lagg_tool.wire.slow import Info, Lacpdu, Marker, MarkerKind, State
from tests.support import paths

RECORDINGS = paths.RECORDINGS / "freebsd-13.2"
WORDS = st.integers(0, 0xFFFF)
MACS = st.binary(min_size=6, max_size=6)
INFOS = st.builds(Info, WORDS, MACS, WORDS, WORDS, WORDS, st.integers(0, 255).map(State))
PDUS = st.builds(Lacpdu, INFOS, INFOS, WORDS, st.integers(0, 255))
MARKERS = st.builds(
    Marker,
    st.sampled_from(MarkerKind),
    WORDS,
    MACS,
    st.integers(0, 0xFFFFFFFF),
    st.binary(min_size=2, max_size=2),
)


@given(PDUS, MACS)
def test_a_lacpdu_is_124_bytes_and_parsed_back(pdu: Lacpdu, src: bytes) -> None:
    frame = pdu.encode(src)

    assert len(frame) == 124
    assert frame[6:12] == src
    assert Lacpdu.parse(frame) == pdu


@given(MARKERS, MACS)
def test_a_marker_is_124_bytes_and_parsed_back(marker: Marker, src: bytes) -> None:
    frame = marker.encode(src)

    assert len(frame) == 124
    assert Marker.parse(frame) == marker


@given(st.binary(max_size=150))
def test_no_bytes_make_the_parsers_raise(data: bytes) -> None:
    for start in (b"", slow.GROUP + bytes(6) + b"\x88\x09"):
        Lacpdu.parse(start + data)
        Marker.parse(start + data)
        slow.subtype(start + data)


@given(PDUS, st.integers(0, 123), st.integers(1, 255))
def test_a_changed_octet_matters_only_in_fields_and_checked_places(
    pdu: Lacpdu, where: int, change: int
) -> None:
    frame = bytearray(pdu.encode(bytes(6)))
    frame[where] ^= change

    parsed = Lacpdu.parse(bytes(frame))

    checked = {*range(6), 12, 13, 14, 17, 37, 57, 73}
    ignored = {*range(6, 12), 16, 36, 56, 72, *range(33, 36), *range(53, 56), *range(60, 72)}
    ignored |= set(range(74, 124))
    if where in checked:
        assert parsed is None
    elif where in ignored:
        assert parsed == pdu
    else:
        assert parsed not in (None, pdu)


def frames(name: str) -> list[tuple[str, bytes]]:
    recording = json.loads((RECORDINGS / f"{name}.json").read_text())
    return [(frame["dir"], bytes.fromhex(frame["hex"])) for frame in recording["frames"]]


def test_the_host_took_only_the_last_two_of_the_recorded_bad_lacpdus() -> None:
    injected = [frame for direction, frame in frames("wire-lacp-bad-pdus") if direction == "to_nas"]

    taken = [Lacpdu.parse(frame) is not None for frame in injected]

    assert taken == [False] * 8 + [True] * 2


def test_every_recorded_pdu_of_the_host_is_encoded_to_the_same_bytes() -> None:
    count = 0
    for path in sorted(RECORDINGS.glob("wire-*.json")):
        for direction, frame in frames(path.stem):
            if direction == "from_nas" and (pdu := Lacpdu.parse(frame)):
                assert pdu.encode(frame[6:12]) == frame
                count += 1
            elif direction == "from_nas" and (marker := Marker.parse(frame)):
                assert marker.encode(frame[6:12]) == frame
                count += 1

    assert count > 300


def test_the_recorded_marker_responses_are_the_requests_with_another_type_and_source() -> None:
    exchanged = frames("wire-marker-responder")
    asked = [
        frame
        for direction, frame in exchanged
        if direction == "to_nas"
        and (marker := Marker.parse(frame))
        and marker.kind is MarkerKind.INFORMATION
    ]
    answers = [
        frame
        for direction, frame in exchanged
        if direction == "from_nas"
        and (marker := Marker.parse(frame))
        and marker.kind is MarkerKind.RESPONSE
    ]

    assert len(asked) == 2
    assert [
        slow.marker_response(q, a[6:12]) for q, a in zip(asked, answers, strict=True)
    ] == answers


def test_a_marker_of_another_version_is_ignored_though_a_lacpdu_is_not() -> None:
    marker = Marker(MarkerKind.INFORMATION, 1, bytes(6), 1)
    pdu = Lacpdu(slow.NOBODY, slow.NOBODY, version=2)

    assert Marker.parse(marker.encode(bytes(6), version=2)) is None
    assert Lacpdu.parse(pdu.encode(bytes(6))) == pdu


@pytest.mark.parametrize(("where", "value"), [(16, 3), (17, 15), (32, 1), (33, 1)])
def test_a_marker_with_a_wrong_tlv_is_ignored(where: int, value: int) -> None:
    frame = bytearray(Marker(MarkerKind.INFORMATION, 1, bytes(6), 1).encode(bytes(6)))
    frame[where] = value

    assert Marker.parse(bytes(frame)) is None
